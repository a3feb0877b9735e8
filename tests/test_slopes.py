"""The derivatives of voigt: exact, the same bits everywhere, and what models use."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import accuracy
from minpack import _core, curve_fit_batch, functions, model, models

ROOT = Path(__file__).parents[1]
NAMES = ("voigt_by_x", "voigt_by_sigma", "voigt_by_gamma")
INF, NAN = math.inf, math.nan

Array = accuracy.Array


def bits(x: Any) -> Any:
    return np.ascontiguousarray(x).view(np.int64)


def arguments(count: int) -> tuple[Array, Array, Array]:
    x, sigma, gamma = accuracy._voigt_arguments(np.random.default_rng(5), count)
    special = np.array([0.0, -0.0, 1.0, -1.0, INF, NAN, 1e300, 5e-324])
    rest = [a.ravel() for a in np.meshgrid(special, special, special)]
    return tuple(np.concatenate(pair) for pair in zip((x, sigma, gamma), rest, strict=True))  # type: ignore[return-value]


def exact(x: float, sigma: float, gamma: float) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """The three derivatives, and the sizes of the complex ones that they are parts of, by w' = 2i/sqrt(pi) - 2 z w."""
    import mpmath as mp

    with mp.workdps(120):
        z = mp.mpc(abs(x), gamma) / (sigma * mp.sqrt(2))
        if abs(z) > 30:  # Laplace's continued fraction
            w = z
            for k in range(80, 0, -1):
                w = z - mp.mpf(k) / 2 / w
            w = 1j / mp.sqrt(mp.pi) / w + (mp.exp(-z * z) if gamma == 0 else 0)
        else:
            w = mp.exp(-z * z) * mp.erfc(mp.mpc(z.imag, -z.real))
        first = 2j / mp.sqrt(mp.pi) - 2 * z * w
        second = -2 * w - 2 * z * first
        one, two = (1 / (2 * mp.mpf(sigma) ** 2 * mp.sqrt(pi)) for pi in (mp.pi, 2 * mp.pi))
        return (
            (mp.sign(x) * first.real * one, second.real * two, -first.imag * one),
            (abs(first) * one, abs(second) * two, abs(first) * one),
        )


@pytest.mark.any_python
def test_accuracy() -> None:
    pytest.importorskip("mpmath")
    x, sigma, gamma = accuracy._voigt_arguments(np.random.default_rng(3), 300)
    got = [_core.ufuncs[name](x, sigma, gamma).tolist() for name in NAMES]
    worst = [0.0, 0.0, 0.0]
    for *found, point in zip(*got, zip(x.tolist(), sigma.tolist(), gamma.tolist(), strict=True), strict=True):
        for j, (value, right, size) in enumerate(zip(found, *exact(*point), strict=True)):
            worst[j] = max(worst[j], float(abs(value - right) / size))
    assert max(worst) < 1e-13


def test_limits() -> None:
    by_x, by_sigma, by_gamma = (_core.ufuncs[name] for name in NAMES)
    x = np.array([-3.0, -0.5, 0.0, 0.7, 4.0])
    gauss = np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    assert_allclose(by_x(x, 1.0, 0.0), -x * gauss, rtol=1e-13, atol=1e-16)
    assert_allclose(by_sigma(x, 1.0, 0.0), (x * x - 1.0) * gauss, rtol=1e-13)
    for sigma in (0.0, 1e-12):  # a Lorentzian
        assert_allclose(by_x(x, sigma, 1.0), -2.0 * x / (math.pi * (x * x + 1.0) ** 2), rtol=1e-14)
        assert_allclose(by_gamma(x, sigma, 1.0), (x * x - 1.0) / (math.pi * (x * x + 1.0) ** 2), rtol=1e-14)
        assert_allclose(
            by_sigma(x, sigma, 1.0), sigma * (6.0 * x * x - 2.0) / (math.pi * (x * x + 1.0) ** 3), rtol=1e-14
        )
    for f in (by_x, by_sigma, by_gamma):
        assert f(INF, 1.0, 1.0) == 0.0
        assert np.isnan([f(0.0, 0.0, 0.0), f(NAN, 1.0, 1.0), f(1.0, -1.0, 1.0), f(1.0, 1.0, -1.0)]).all()


@pytest.mark.any_python
@pytest.mark.parametrize("compiler", [["gcc", "-O0"], ["gcc", "-O3", "-march=native"], ["clang", "-O2"]])
def test_compilers(compiler: list[str], tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no {compiler[0]}")
    library, folder = tmp_path / "slopes.so", ROOT / "minpack" / "functions"
    flags = ["-std=c17", "-ffp-contract=off", "-shared", "-fPIC", "-w", "-I", str(ROOT / "minpack")]
    sources = [str(folder / "slopes.c"), str(folder / "tables.c")]
    subprocess.run([*compiler, *flags, *sources, "-o", str(library), "-lm"], check=True)
    x = arguments(5000)
    for name in NAMES:
        out = np.empty_like(x[0])
        addresses = [ctypes.c_void_p(a.ctypes.data) for a in (*x, out)]
        getattr(ctypes.CDLL(str(library)), f"minpack_{name}")(ctypes.c_size_t(out.size), *addresses)
        assert_array_equal(bits(out), bits(_core.ufuncs[name](*x)))


@pytest.mark.parametrize("name", NAMES)
def test_numba(name: str) -> None:
    numba = pytest.importorskip("numba")
    import minpack._engine.vector_functions  # noqa: F401

    f, x = _core.ufuncs[name], arguments(5000)
    assert_array_equal(bits(numba.njit(lambda a, b, c: f(a, b, c))(*x)), bits(f(*x)))


def test_models_take_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative that a formula gives is not replaced by a quotient."""
    monkeypatch.setattr("minpack._models.code._quotient", None)
    x, p = np.linspace(-2.0, 8.0, 60), (3.0, 2.5, 0.7, 0.4)
    slopes = models.voigt.jac(x, *p)
    for name, column, sign in zip(NAMES, (1, 2, 3), (-3.0, 3.0, 3.0), strict=True):
        assert_allclose(slopes[:, column], sign * _core.ufuncs[name](x - p[1], *p[2:]), rtol=1e-15)
    both = models.voigt("a") + models.voigt("b") + models.line("base")
    assert_array_equal(both.jac(x, *p, *p, 1.0, 2.0)[:, 4:8], slopes)
    start = np.array([p, p]) * 1.05
    fits = curve_fit_batch(models.voigt, x, [models.voigt(x, *p), models.voigt(x, *p) * 2.0], start)
    assert fits.success.all()
    assert_allclose(fits.x[0], p, rtol=1e-7)


def test_they_are_not_public() -> None:
    assert not set(NAMES) & {*functions.__all__}
    with pytest.raises(ValueError, match="not a function here"):
        model("a*voigt_by_x(x, b, c)")
