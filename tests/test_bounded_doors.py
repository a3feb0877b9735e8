"""What is better than SciPy in bounded fits, at every door: errors that name things, callbacks with true numbers."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minpack
from support.decay import T, Y, decay, decay_jacobian

BOUNDS = ([0.0, 0.0, 0.0], [9.0, 9.0, 1.0])
START = [2.0, 1.0, 0.3]


def by_least_squares(p0: Any, jac: Any = None, **options: Any) -> np.ndarray:
    derivatives = "2-point" if jac is None else lambda p: jac(T, *p)
    return minpack.least_squares(lambda p: decay(T, *p) - Y, p0, derivatives, **options).x


def by_curve_fit(p0: Any, jac: Any = None, **options: Any) -> np.ndarray:
    return minpack.curve_fit(decay, T, Y, p0, jac=jac, **options)[0]


def by_fit(p0: Any, jac: Any = None, **options: Any) -> np.ndarray:
    return minpack.fit(decay, T, Y, p0, jac=jac, **options).values


DOORS = {"least_squares": by_least_squares, "curve_fit": by_curve_fit, "fit": by_fit}
NAMES = {"least_squares": "parameter 2", "curve_fit": "parameter 'offset'", "fit": "'offset'"}
doors = pytest.mark.parametrize("door", DOORS)
methods = pytest.mark.parametrize("method", ["trf", "dogbox"])


@doors
@methods
def test_the_parameter_its_value_and_its_bounds_are_named(door: str, method: str) -> None:
    with pytest.raises(ValueError, match=r"within the bounds|outside of provided bounds") as raised:
        DOORS[door]([2, 1, 1.5], bounds=BOUNDS, method=method)
    assert f"{NAMES[door]} starts at 1.5, with bounds 0.0 and 1.0" in str(raised.value)
    with pytest.raises(ValueError, match="lower") as raised:
        DOORS[door](START, bounds=([0, 0, 2], [9, 9, 1]), method=method)
    assert NAMES[door] in str(raised.value).replace("Parameter", "parameter")
    assert "2.0 and 1.0" in str(raised.value)


@doors
@methods
@pytest.mark.parametrize("p0", [[9, 1, 0.3], [2, 0, 0.3], [2, 1, 1], [0, 9, 0]])
def test_a_start_on_a_bound_is_quiet(door: str, method: str, p0: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = DOORS[door](p0, bounds=BOUNDS, method=method)
    assert ((BOUNDS[0] <= x) & (x <= BOUNDS[1])).all()


@doors
@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("limit", [2.5, np.nan, 0])
def test_a_limit_that_is_no_whole_number_is_refused(door: str, method: str, limit: float) -> None:
    """SciPy loops for ever if max_nfev is 2.5."""
    with pytest.raises((ValueError, TypeError), match="max_nfev"):
        DOORS[door](START, method=method, max_nfev=limit)


@doors
@methods
def test_a_jacobian_that_is_not_finite_is_located_at_the_best_point(door: str, method: str) -> None:
    """The row, the column, and where the fit had come to, which is better than the start."""
    points = []

    def jac(t: Any, *p: float) -> Any:
        jacobian = decay_jacobian(t, *p)
        points.append(p)
        if len(points) == 3:
            jacobian[4, 1] = np.inf
        return jacobian

    if door == "fit":
        with pytest.warns(RuntimeWarning, match="that by 'rate' is inf at point 4"):
            assert by_fit(START, jac, bounds=BOUNDS, method=method).tolist() == list(points[2])
    else:
        with pytest.raises(ValueError, match="the Jacobian has inf in row 4, column 1, at x = ") as raised:
            DOORS[door](START, jac, bounds=BOUNDS, method=method)
        assert str(list(map(float, points[2]))) in str(raised.value)
    costs = [np.sum((decay(T, *p) - Y) ** 2) for p in points]
    assert costs == sorted(costs, reverse=True)
    assert costs[2] < costs[0]


def by_batch(p0: Any, **options: Any) -> np.ndarray:
    return minpack.curve_fit_batch(decay, T, Y[None], p0, **options).x


@pytest.mark.parametrize("bounds", [(0, None), ([0, None, 0], [9, 9, 1])])
@pytest.mark.parametrize("door", [by_least_squares, by_curve_fit, by_batch])
def test_none_is_no_bound_in_a_pair_of_arrays(door: Callable[..., Any], bounds: Any) -> None:
    """NumPy makes NaN of it; SciPy then says that the start is outside."""
    with pytest.raises(ValueError, match=r"bounds must be numbers: pass -np.inf or np.inf .*; got .*None"):
        door(START, bounds=bounds)


def test_models_name_their_parameters() -> None:
    with pytest.raises(ValueError, match="must be finite: parameter 'rate' starts at inf"):
        by_curve_fit([2, np.inf, 0.3], bounds=(0, np.inf))
    with pytest.raises(ValueError, match="Parameter 'offset' has bounds 2.0 and 1.0"):
        by_batch(START, bounds=([0, 0, 2], [9, 9, 1]))


def test_xarray_names_the_parameter_and_the_fit() -> None:
    xr = pytest.importorskip("xarray")
    import minpack.xarray  # noqa: F401

    data = xr.DataArray(np.stack([Y, Y]), coords={"t": T}, dims=("fit", "t"))
    highest = xr.DataArray([9.0, 1.0], dims="fit")
    with pytest.raises(ValueError, match=r"'rate' starts at 2.0, with bounds 0.0 and 1.0 \(at \(1,\) of \(2,\)\)"):
        data.minpack.curvefit("t", decay, p0={"rate": 2.0}, bounds={"rate": (0.0, highest)})


LOSSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda z: z, "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1), "cauchy": np.log1p,
}  # fmt: skip


@pytest.mark.parametrize("door", ["least_squares", "curve_fit"])
@methods
@pytest.mark.parametrize("loss", LOSSES)
def test_callbacks_get_true_numbers(door: str, method: str, loss: str) -> None:
    """The residuals without the loss, the cost with it, at the point that it gets: also after rejected steps."""
    seen = []

    def whole(intermediate_result: Any) -> None:
        r = intermediate_result
        residuals = decay(T, *r.x) - Y
        np.testing.assert_array_equal(r.fun, residuals)
        assert r.cost == pytest.approx(0.5 * 0.01 * np.sum(LOSSES[loss]((residuals / 0.1) ** 2)), rel=1e-12)
        seen.append(r.x.copy())
        r.x[:] = r.fun[:] = np.nan

    options = {"bounds": BOUNDS, "method": method, "loss": loss, "f_scale": 0.1}
    expected = DOORS[door]([0.5, 8, 0.9], **options)
    assert DOORS[door]([0.5, 8, 0.9], callback=whole, **options).tobytes() == expected.tobytes()
    assert seen[-1].tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("method", "loss"), [("lm", "linear"), *((method, loss) for method in ("trf", "dogbox") for loss in LOSSES)]
)
def test_callbacks_of_fit_get_true_numbers(method: str, loss: str) -> None:
    seen = []

    def tell(x: np.ndarray, cost: float, nfev: int) -> None:
        z = ((decay(T, *x) - Y) / 0.1) ** 2
        assert cost == pytest.approx(0.5 * 0.01 * np.sum(LOSSES[loss](z)), rel=1e-12)
        seen.append((x.copy(), nfev))
        x[:] = np.nan

    options: dict[str, Any] = {"method": method, "loss": loss, "f_scale": 0.1}
    start = START if method == "lm" else [0.5, 8, 0.9]
    expected = by_fit(start, **options)
    assert by_fit(start, callback=tell, **options).tobytes() == expected.tobytes()
    assert seen[-1][0].tobytes() == expected.tobytes()
    assert [nfev for _, nfev in seen] == sorted({nfev for _, nfev in seen})
