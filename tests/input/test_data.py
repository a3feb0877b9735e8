"""Missing values and data that a model may not change: the same at every door."""

from typing import Any

import numpy as np
import pytest

import minpack
from minpack import curve_fit, curve_fit_batch, fit, leastsq_batch

pandas = pytest.importorskip("pandas")

X = np.arange(5.0)
MASKED = np.ma.array([1, 2, 90, 3, 1], mask=[0, 0, 1, 0, 0])
MISSING: dict[str, Any] = {
    "mask": MASKED,
    "mask of floats": MASKED.astype(np.float64),
    "NaN": [1.0, 2.0, np.nan, 3.0, 1.0],
    "None": [1.0, 2.0, None, 3.0, 1.0],
    "NaT": np.array([1, 2, "NaT", 3, 1], dtype="m8[s]"),
    "pandas.NA": [1, 2, pandas.NA, 3, 1],
    "pandas Int64": pandas.Series([1, 2, None, 3, 1], dtype="Int64"),
    "pandas Float64": pandas.Series([1, 2, None, 3, 1], dtype="Float64"),
    "pandas NaN": pandas.Series([1, 2, np.nan, 3, 1]),
}
SHIFTED = {name: value for name, value in MISSING.items() if name != "NaT"}


def constant(x: Any, c: Any) -> Any:
    return c + 0.0 * x


def line(x: Any, a: Any, b: Any) -> Any:
    return a + b * x


DOORS: dict[str, Any] = {
    "fit": lambda *args, **kwargs: fit(*args, **kwargs).values,
    "curve_fit": lambda *args, **kwargs: curve_fit(*args, **kwargs)[0],
    "curve_fit_batch": lambda f, x, y, p0, **kwargs: curve_fit_batch(f, x, y, p0, **kwargs).x,
}


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("door", DOORS)
def test_omitted_from_y(door: str, form: str) -> None:
    assert DOORS[door](constant, X, MISSING[form], [1.0], nan_policy="omit") == pytest.approx([1.75], rel=1e-8)


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("door", DOORS)
def test_omitted_from_x(door: str, form: str) -> None:
    y = 2.0 + 3.0 * np.array([1.0, 2.0, 50.0, 3.0, 1.0])
    assert DOORS[door](line, MISSING[form], y, [1.0, 1.0], nan_policy="omit") == pytest.approx([2.0, 3.0], rel=1e-6)


@pytest.mark.parametrize("form", SHIFTED)
@pytest.mark.parametrize("door", DOORS)
def test_omitted_from_sigma(door: str, form: str) -> None:
    y = [1.0, 2.0, 90.0, 3.0, 1.0]
    kept = [0, 1, 3, 4]
    expected = curve_fit(constant, X[kept], np.array(y)[kept], [1.0], np.array([1.0, 2.0, 3.0, 1.0]))[0]
    found = DOORS[door](constant, X, y, [1.0], sigma=SHIFTED[form], nan_policy="omit")
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("door", ["fit", "curve_fit"])
def test_omitted_from_a_covariance_matrix(door: str) -> None:
    y, covariance = [1.0, 2.0, 90.0, 3.0, 1.0], np.eye(5)
    covariance[2] = covariance[:, 2] = np.nan
    assert DOORS[door](constant, X, y, [1.0], sigma=covariance, nan_policy="omit") == pytest.approx([1.75])


FACTOR = np.diag([1.0, 2.0, 1.0, 0.5, 1.0]) + np.tri(5, k=-1) / 10.0


@pytest.mark.parametrize("matrix", [FACTOR, FACTOR.T, (FACTOR @ FACTOR.T) * (1.0 + np.tri(5) / 1e3)])
def test_a_matrix_that_is_no_covariance(matrix: np.ndarray) -> None:
    """As with a factor instead of the matrix: the lower triangle decides, as for Cholesky's method."""
    y = [1.0, 2.0, 2.5, 3.0, 1.0]
    with pytest.raises(ValueError, match=r"sigma must be a covariance matrix, which is symmetric, .* pass L @ L.T"):
        fit(line, X, y, sigma=matrix)
    lower = np.tril(matrix)
    expected = curve_fit(line, X, y, sigma=lower + np.tril(lower, -1).T)
    with pytest.warns(RuntimeWarning, match="sigma is a matrix that is not symmetric, of which only the lower"):
        found = curve_fit(line, X, y, sigma=matrix.tolist())
    assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]
    covariance = FACTOR @ FACTOR.T
    assert np.isfinite(fit(line, X, y, sigma=covariance + 1e-15 * FACTOR).errors).all()  # as rounding leaves it


@pytest.mark.parametrize("form", MISSING)
@pytest.mark.parametrize("argument", ["xdata", "ydata", "sigma"])
def test_not_omitted_unless_asked(argument: str, form: str) -> None:
    data: dict[str, Any] = {"xdata": X, "ydata": X, "sigma": np.ones(5), "p0": [1.0]} | {argument: MISSING[form]}
    for policy in (None, "raise"):
        with pytest.raises(ValueError, match=f"{argument} must be finite|sigma must be finite"):
            fit(constant, **data, nan_policy=policy)
    with pytest.raises(ValueError, match="The input contains nan values"):
        curve_fit(constant, **data, nan_policy="raise")
    with pytest.raises(ValueError, match="The input contains nan values"):
        curve_fit_batch(constant, **data, nan_policy="raise")
    assert curve_fit_batch(line, **data | {"p0": [1.0, 1.0]}).status == minpack.NOT_FINITE_AT_START


@pytest.mark.filterwarnings("ignore:popt and pcov are doubtful")  # rightly: NaT is -9e18 here
@pytest.mark.parametrize("form", ["mask", "NaT"])
@pytest.mark.parametrize("argument", ["xdata", "ydata", "sigma"])
def test_curve_fit_warns_and_keeps_the_bits_of_scipy(argument: str, form: str) -> None:
    data: dict[str, Any] = {"xdata": X, "ydata": X, "sigma": np.ones(5), "p0": [1.0]} | {argument: MISSING[form]}
    data[argument] = MISSING[form]
    if (argument, form) == ("sigma", "NaT"):
        data["sigma"] = np.ma.array(np.ones(5), mask=MASKED.mask)
    plain = {name: np.asarray(value) for name, value in data.items()}
    expected = curve_fit(constant, **plain | ({argument: plain[argument].astype(np.float64)}))[0]
    with pytest.warns(RuntimeWarning, match=f"{argument} has masked elements or NaT"):
        assert curve_fit(constant, **data)[0].tobytes() == expected.tobytes()


def test_masked_residuals_of_a_batch_do_not_count_as_numbers() -> None:
    y = np.ma.array([[1.0, 2.0, 90.0], [1.0, 2.0, 3.0]], mask=[[0, 0, 1], [0, 0, 0]])
    result = leastsq_batch(lambda x, y: x - y, np.ones((2, 1)), (y,))
    assert result.status[0] == minpack.NOT_FINITE_AT_START
    assert result.x[1] == pytest.approx([2.0])


# ---- a model that writes into x


def moving(x: Any, a: Any, b: Any) -> Any:
    x -= 1.0
    return a + b * x


def moving_rows(x: Any, a: Any, b: Any) -> Any:
    x[..., 0] = 3.0
    return a + b * x


@pytest.mark.parametrize("f", [moving, moving_rows])
@pytest.mark.parametrize("per_fit", [False, True])
def test_model_cannot_change_x(f: Any, per_fit: bool) -> None:
    x = np.arange(5.0)
    with pytest.raises(ValueError, match="read-only") as caught:
        fit(f, x, x)
    assert caught.traceback[-1].name == f.__name__
    rows = np.tile(x, (3, 1))
    with pytest.raises(ValueError, match="read-only") as caught:
        curve_fit_batch(f, rows if per_fit else x, np.ones((3, 5)), [1.0, 1.0])
    assert caught.traceback[-1].name == f.__name__
    assert (rows == np.arange(5.0)).all()
    assert (x == np.arange(5.0)).all()
    x += 1.0  # the caller's own array stays writeable


def masked_residuals(x: np.ndarray) -> np.ma.MaskedArray:
    return np.ma.array(np.array([1.0, 2.0, 90.0, 3.0, 1.0]) - x[0], mask=[0, 0, 1, 0, 0])


@pytest.mark.parametrize("door", ["leastsq", "lm", "trf"])
def test_masked_residuals_warn_once(door: str) -> None:
    """SciPy takes the numbers beneath, so the answer stays."""
    with pytest.warns(RuntimeWarning, match="masked_residuals returns masked elements") as caught:
        if door == "leastsq":
            x = minpack.leastsq(masked_residuals, [1.0])[0]
        else:
            x = minpack.least_squares(masked_residuals, [1.0], method=door).x
    assert (len(caught), caught[0].filename) == (1, __file__)
    np.testing.assert_allclose(x, [19.4])
    np.testing.assert_allclose(minpack.leastsq(lambda x: masked_residuals(x).filled(0.0), [1.0])[0], [1.75])
