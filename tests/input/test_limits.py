"""Bounds of `fit` by name and by position: how they may be written, where fits start, what is refused."""

from typing import Any

import numpy as np
import pytest

from minpack import fit
from support.decay import T, Y, decay


class LikeSciPys:
    """What SciPy's Bounds has."""

    def __init__(self, lb: Any, ub: Any) -> None:
        self.lb, self.ub = np.atleast_1d(lb), np.atleast_1d(ub)


@pytest.mark.parametrize(
    ("bounds", "lower", "upper"),
    [
        ({"rate": (0, None)}, [-np.inf, 0, -np.inf], [np.inf] * 3),
        ({"rate": None, "offset": [None, 1]}, [-np.inf] * 3, [np.inf, np.inf, 1]),
        ((0, None), [0] * 3, [np.inf] * 3),
        ((0, [9, 8, 7]), [0] * 3, [9, 8, 7]),
        (LikeSciPys(0, 9), [0] * 3, [9] * 3),
        (LikeSciPys([0, 1, 0], np.inf), [0, 1, 0], [np.inf] * 3),
        (None, [-np.inf] * 3, [np.inf] * 3),
    ],
)
def test_ways_to_write_bounds(bounds: Any, lower: list[float], upper: list[float]) -> None:
    result = fit(decay, T, Y, bounds=bounds)
    assert (result.lower.tolist(), result.upper.tolist()) == (lower, upper)
    assert result.method == ("lm" if bounds is None else "trf")
    np.testing.assert_allclose(result.values, fit(decay, T, Y).values, rtol=1e-5)


def with_default(t: Any, amplitude: Any, rate: Any = 2.0, offset: Any = 0.3) -> Any:
    return decay(t, amplitude, rate, offset)


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"bounds": {"amplitude": (2, 4), "rate": (3, None), "offset": (None, 0)}}, [3, 4, -1]),
        ({"bounds": {"amplitude": (0, 4), "rate": (0, 9)}}, [1, 2, 0.3]),  # 1 and the defaults lie within
        ({"bounds": {"rate": (3, 9)}, "p0": {"amplitude": 2}}, [2, 6, 0.3]),
        ({"bounds": {"rate": (1, 9), "offset": (0.5, 0.5)}, "p0": [2, 1, 7]}, [2, 1, 0.5]),  # one on its bound: quiet
        ({"bounds": {"rate": (1, 9)}, "fixed": {"offset": 0.5}}, [1, 2, 0.5]),
    ],
)
def test_starts(options: dict[str, Any], start: list[float]) -> None:
    assert fit(with_default, T, Y, **options).start.tolist() == start


def test_equal_bounds_hold_a_parameter() -> None:
    bounded = fit(decay, T, Y, bounds={"offset": (0.5, 0.5)})
    held = fit(decay, T, Y, fixed={"offset": 0.5})
    assert (bounded.fixed, bounded.method) == (("offset",), "lm")
    assert bounded.values.tobytes() == held.values.tobytes()
    assert bounded.covariance.tobytes() == held.covariance.tobytes()
    assert repr(bounded) == repr(held)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bounds": {"rate": (0, 9)}, "p0": [1, 12, 1]}, "p0 must lie within the bounds: 'rate' starts at 12.0, with "
                                                         "bounds 0.0 and 9.0"),
        ({"bounds": {"rate": (0, 9)}, "fixed": {"rate": -1}}, r"fixed\['rate'\] must lie within .*: it is -1.0, with"),
        ({"bounds": {"rate": (9, 0)}}, "the lower not above the upper; 'rate' has 9.0 and 0.0"),
        ({"bounds": {"rate": (np.nan, 0)}}, "'rate' has nan and 0.0"),
        ({"bounds": {"rate": (np.inf, np.inf)}}, "'rate' has inf and inf"),
        ({"bounds": {"slope": (0, 1)}}, "bounds must name parameters of decay .*; got 'slope'"),
        ({"bounds": {"rate": 5}}, r"bounds\['rate'\] must be a pair \(lower, upper\).*; got 5"),
        ({"bounds": {"rate": (0, [1, 2])}}, r"got \[1, 2\] as one of the two"),
        ({"bounds": {"rate": (0, "big")}}, r"bounds\['rate'\] must be real numbers"),
        ({"bounds": ([0, 0], 9)}, r"bounds must be numbers or have shape \(3,\).*got shape \(2,\)"),
        ({"bounds": [(0, 1)] * 3}, "bounds must be a pair .*, a dict of pairs by parameter name, or SciPy's"),
        ({"bounds": (1, 1)}, "bounds and fixed hold all parameters"),
        ({"bounds": (0, 9), "method": "lm"}, "method must be 'trf' or 'dogbox' with bounds; got 'lm'"),
        ({"loss": "huber", "method": "lm"}, "method must be 'trf' or 'dogbox' with a loss; got 'lm'"),
        ({"method": "newton"}, "method must be None, 'trf', 'dogbox' or 'lm'; got 'newton'"),
        ({"loss": "quartic"}, "loss must be 'linear', 'huber', .*; got 'quartic'"),
        ({"loss": "huber", "f_scale": 0}, "f_scale must be positive and finite; got 0"),
        ({"bounds": (0, 9), "max_nfev": 2.5}, "max_nfev` must be None or positive integer"),
    ],
)  # fmt: skip
def test_value_errors(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit(decay, T, Y, **options)


@pytest.mark.parametrize("pairs", [[(0, 3), (0, 1)], ((1, 3), (0, 1))])
def test_a_pair_per_parameter_is_recognized(pairs: Any) -> None:
    with pytest.raises(ValueError, match=r"pass tuple\(zip\(\*bounds\)\)"):
        fit(decay, T, Y, bounds=[*pairs, (-1, 1)])
    with pytest.raises(ValueError, match=r"the lower not above the upper; .*: pass tuple\(zip\(\*bounds\)\)"):
        fit(lambda t, a, b: decay(t, a, b, 0.5), T, Y, bounds=pairs)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bounds": (0, 9), "factor": 1}, "fit got 'factor', which method 'trf' does not have; its options are ftol"),
        ({"x_scale": "jac"}, "fit got 'x_scale', which method 'lm' does not have: pass method='trf'"),
        ({"bounds": (0, 9), "maxfev": 9, "max_nfev": 9}, "the same, not both"),
    ],
)
def test_options_of_the_other_methods(options: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        fit(decay, T, Y, **options)
