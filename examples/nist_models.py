"""The 27 nonlinear regression data sets of NIST's Statistical Reference Datasets, ready to fit.

`load` returns each set with its data, two starts, certified results, model and analytic Jacobian. `model(x, b)` gives
the response at `x`, and `jacobian(x, b)` its derivatives, (m, n). Sets that differ only in their data share a model.

References
----------
.. [1] NIST/ITL, Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Function = Callable[[Array, Array], Array]

DATA = Path(__file__).parent / "data" / "nist_strd.json"


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set: the data, the starts, and the certified results."""

    name: str
    difficulty: str  # "lower", "average" or "higher", as NIST grades it
    x: Array  # (m,); for Nelson (m, 2)
    y: Array  # (m,); for Nelson the logarithm of the data, because NIST fits that
    starts: tuple[Array, Array]  # the far one, the near one
    certified: Array
    certified_sd: Array
    residual_sum_of_squares: float
    residual_sd: float
    degrees_of_freedom: int
    model: Function = field(repr=False)
    jacobian: Function = field(repr=False)

    def residual(self, b: Array) -> Array:
        """Model minus data, (m,)."""
        return self.model(self.x, b) - self.y

    def jac(self, b: Array) -> Array:
        """Derivatives of `residual`, (m, n)."""
        return self.jacobian(self.x, b)


def log_relative_error(value: ArrayLike, certified: ArrayLike) -> Array:
    """Number of decimal digits in which `value` agrees with `certified`, elementwise, from 0 to 11.

    NIST certifies 11 digits, so 11 is the maximum. NaN counts as 0 digits. A certified 0 is compared absolutely.
    """
    value, certified = np.asarray(value, dtype=float), np.asarray(certified, dtype=float)
    size = np.where(certified == 0.0, 1.0, np.abs(certified))
    error = np.abs(value - certified) / size
    return 0.0 - np.log10(np.clip(np.where(np.isnan(error), 1.0, error), 1e-11, 1.0))


def columns(*values: ArrayLike) -> Array:
    """Matrix of these columns; scalars are repeated."""
    return np.stack(np.broadcast_arrays(*values), axis=1).astype(float, copy=False)


def misra1a(x: Array, b: Array) -> Array:
    # BoxBOD's far start leads to a trial with a negative rate: every solver rejects its infinite residuals
    with np.errstate(over="ignore"):
        return -b[0] * np.expm1(-b[1] * x)


def misra1a_jacobian(x: Array, b: Array) -> Array:
    return columns(-np.expm1(-b[1] * x), b[0] * x * np.exp(-b[1] * x))


def misra1b(x: Array, b: Array) -> Array:
    return b[0] * (1.0 - (1.0 + b[1] * x / 2.0) ** -2)


def misra1b_jacobian(x: Array, b: Array) -> Array:
    base = 1.0 + b[1] * x / 2.0
    return columns(1.0 - base**-2, b[0] * x * base**-3)


def misra1c(x: Array, b: Array) -> Array:
    return b[0] * (1.0 - (1.0 + 2.0 * b[1] * x) ** -0.5)


def misra1c_jacobian(x: Array, b: Array) -> Array:
    base = 1.0 + 2.0 * b[1] * x
    return columns(1.0 - base**-0.5, b[0] * x * base**-1.5)


def misra1d(x: Array, b: Array) -> Array:
    return b[0] * b[1] * x / (1.0 + b[1] * x)


def misra1d_jacobian(x: Array, b: Array) -> Array:
    base = 1.0 + b[1] * x
    return columns(b[1] * x / base, b[0] * x / base**2)


def chwirut(x: Array, b: Array) -> Array:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def chwirut_jacobian(x: Array, b: Array) -> Array:
    base = b[1] + b[2] * x
    value = np.exp(-b[0] * x) / base
    return columns(-x * value, -value / base, -x * value / base)


def lanczos(x: Array, b: Array) -> Array:
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def lanczos_jacobian(x: Array, b: Array) -> Array:
    first, second, third = np.exp(-b[1] * x), np.exp(-b[3] * x), np.exp(-b[5] * x)
    return columns(first, -b[0] * x * first, second, -b[2] * x * second, third, -b[4] * x * third)


def gauss(x: Array, b: Array) -> Array:
    left, right = (x - b[3]) / b[4], (x - b[6]) / b[7]
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-(left**2)) + b[5] * np.exp(-(right**2))


def gauss_jacobian(x: Array, b: Array) -> Array:
    decay = np.exp(-b[1] * x)
    result = [decay, -b[0] * x * decay]
    for height, center, width in (b[2:5], b[5:8]):
        z = (x - center) / width
        peak = np.exp(-(z**2))
        slope = 2.0 * height * z * peak / width
        result += [peak, slope, slope * z]
    return columns(*result)


def dan_wood(x: Array, b: Array) -> Array:
    return b[0] * x ** b[1]


def dan_wood_jacobian(x: Array, b: Array) -> Array:
    power = x ** b[1]
    return columns(power, b[0] * power * np.log(x))


def rational(x: Array, b: Array) -> Array:
    """Ratio of two polynomials of degree k = (n - 1) / 2, the one below with constant term 1."""
    above, below = np.split(b, [len(b) // 2 + 1])
    return np.polyval(above[::-1], x) / (1.0 + x * np.polyval(below[::-1], x))


def rational_jacobian(x: Array, b: Array) -> Array:
    above, below = np.split(b, [len(b) // 2 + 1])
    bottom = 1.0 + x * np.polyval(below[::-1], x)
    powers = x[:, np.newaxis] ** np.arange(len(above)) / bottom[:, np.newaxis]
    value = np.polyval(above[::-1], x) / bottom
    return np.hstack([powers, -value[:, np.newaxis] * powers[:, 1:]])


def mgh09(x: Array, b: Array) -> Array:
    return b[0] * x * (x + b[1]) / (x * (x + b[2]) + b[3])


def mgh09_jacobian(x: Array, b: Array) -> Array:
    below = x * (x + b[2]) + b[3]
    shape = x * (x + b[1]) / below
    slope = -b[0] * shape / below
    return columns(shape, b[0] * x / below, slope * x, slope)


def mgh10(x: Array, b: Array) -> Array:
    return b[0] * np.exp(b[1] / (x + b[2]))


def mgh10_jacobian(x: Array, b: Array) -> Array:
    below = x + b[2]
    growth = np.exp(b[1] / below)
    slope = b[0] * growth / below
    return columns(growth, slope, -slope * b[1] / below)


def mgh17(x: Array, b: Array) -> Array:
    # the far start leads to trials with two negative rates: inf, or NaN as a difference, which every solver rejects
    with np.errstate(over="ignore", invalid="ignore"):
        return b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4])


def mgh17_jacobian(x: Array, b: Array) -> Array:
    first, second = np.exp(-x * b[3]), np.exp(-x * b[4])
    return columns(np.ones_like(x), first, second, -b[1] * x * first, -b[2] * x * second)


def nelson(x: Array, b: Array) -> Array:
    return b[0] - b[1] * x[:, 0] * np.exp(-b[2] * x[:, 1])


def nelson_jacobian(x: Array, b: Array) -> Array:
    time, temperature = x[:, 0], x[:, 1]
    decay = np.exp(-b[2] * temperature)
    return columns(np.ones_like(time), -time * decay, b[1] * time * temperature * decay)


def enso(x: Array, b: Array) -> Array:
    year, first, second = 2.0 * np.pi * x / 12.0, 2.0 * np.pi * x / b[3], 2.0 * np.pi * x / b[6]
    return (
        b[0]
        + (b[1] * np.cos(year) + b[2] * np.sin(year))
        + (b[4] * np.cos(first) + b[5] * np.sin(first))
        + (b[7] * np.cos(second) + b[8] * np.sin(second))
    )


def enso_jacobian(x: Array, b: Array) -> Array:
    year = 2.0 * np.pi * x / 12.0
    result = [np.ones_like(x), np.cos(year), np.sin(year)]
    for period, in_phase, out_of_phase in (b[3:6], b[6:9]):
        angle = 2.0 * np.pi * x / period
        cosine, sine = np.cos(angle), np.sin(angle)
        result += [(in_phase * sine - out_of_phase * cosine) * angle / period, cosine, sine]
    return columns(*result)


def eckerle4(x: Array, b: Array) -> Array:
    return b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


def eckerle4_jacobian(x: Array, b: Array) -> Array:
    z = (x - b[2]) / b[1]
    peak = np.exp(-0.5 * z**2) / b[1]
    slope = b[0] * peak / b[1]
    return columns(peak, slope * (z**2 - 1.0), slope * z)


def rat42(x: Array, b: Array) -> Array:
    return b[0] / (1.0 + np.exp(b[1] - b[2] * x))


def rat42_jacobian(x: Array, b: Array) -> Array:
    # each half has its own exponential, because e / (1 + e)^2 would be inf / inf for a large e
    above, below = 1.0 / (1.0 + np.exp(b[1] - b[2] * x)), 1.0 / (1.0 + np.exp(b[2] * x - b[1]))
    slope = b[0] * above * below
    return columns(above, -slope, x * slope)


def rat43(x: Array, b: Array) -> Array:
    # logaddexp(0, z) is log(1 + exp(z)) without overflow
    return b[0] * np.exp(-np.logaddexp(0.0, b[1] - b[2] * x) / b[3])


def rat43_jacobian(x: Array, b: Array) -> Array:
    log_base = np.logaddexp(0.0, b[1] - b[2] * x)
    shape = np.exp(-log_base / b[3])
    slope = b[0] * shape / b[3] * np.exp(-np.logaddexp(0.0, b[2] * x - b[1]))
    return columns(shape, -slope, x * slope, b[0] * shape * log_base / b[3] ** 2)


def bennett5(x: Array, b: Array) -> Array:
    return b[0] * (b[1] + x) ** (-1.0 / b[2])


def bennett5_jacobian(x: Array, b: Array) -> Array:
    base = b[1] + x
    power = base ** (-1.0 / b[2])
    return columns(power, -b[0] * power / (b[2] * base), b[0] * power * np.log(base) / b[2] ** 2)


def roszman1(x: Array, b: Array) -> Array:
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi


def roszman1_jacobian(x: Array, b: Array) -> Array:
    d = x - b[3]
    below = np.pi * (d**2 + b[2] ** 2)
    return columns(np.ones_like(x), -x, -d / below, -b[2] / below)


MODELS: dict[str, tuple[Function, Function]] = {
    "Bennett5": (bennett5, bennett5_jacobian),
    "BoxBOD": (misra1a, misra1a_jacobian),
    "Chwirut1": (chwirut, chwirut_jacobian),
    "Chwirut2": (chwirut, chwirut_jacobian),
    "DanWood": (dan_wood, dan_wood_jacobian),
    "ENSO": (enso, enso_jacobian),
    "Eckerle4": (eckerle4, eckerle4_jacobian),
    "Gauss1": (gauss, gauss_jacobian),
    "Gauss2": (gauss, gauss_jacobian),
    "Gauss3": (gauss, gauss_jacobian),
    "Hahn1": (rational, rational_jacobian),
    "Kirby2": (rational, rational_jacobian),
    "Lanczos1": (lanczos, lanczos_jacobian),
    "Lanczos2": (lanczos, lanczos_jacobian),
    "Lanczos3": (lanczos, lanczos_jacobian),
    "MGH09": (mgh09, mgh09_jacobian),
    "MGH10": (mgh10, mgh10_jacobian),
    "MGH17": (mgh17, mgh17_jacobian),
    "Misra1a": (misra1a, misra1a_jacobian),
    "Misra1b": (misra1b, misra1b_jacobian),
    "Misra1c": (misra1c, misra1c_jacobian),
    "Misra1d": (misra1d, misra1d_jacobian),
    "Nelson": (nelson, nelson_jacobian),
    "Rat42": (rat42, rat42_jacobian),
    "Rat43": (rat43, rat43_jacobian),
    "Roszman1": (roszman1, roszman1_jacobian),
    "Thurber": (rational, rational_jacobian),
}


def load() -> dict[str, Dataset]:
    """All 27 data sets, by NIST's name."""
    problems = json.loads(DATA.read_text(encoding="utf-8"))["problems"]
    result = {}
    for name, entry in problems.items():
        y = np.array(entry["y"])
        model, jacobian = MODELS[name]
        result[name] = Dataset(
            name=name,
            difficulty=entry["difficulty"],
            x=np.array(entry["x"]),
            y=np.log(y) if name == "Nelson" else y,
            starts=(np.array(entry["start1"]), np.array(entry["start2"])),
            certified=np.array(entry["certified"]),
            certified_sd=np.array(entry["certified_sd"]),
            residual_sum_of_squares=entry["residual_sum_of_squares"],
            residual_sd=entry["residual_sd"],
            degrees_of_freedom=entry["degrees_of_freedom"],
            model=model,
            jacobian=jacobian,
        )
    return result
