"""`leastsq`: what comes out. Results, covariance, every outcome with its words, warnings."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import START, ratio, ratio_jac


def flat(x: Any) -> Any:
    """Linear, with residuals that no step takes away."""
    return np.array([x[0] - 1.0, x[1] - 2.0, x[0] + x[1]])


def flat_jac(x: Any) -> Any:
    return np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


# Problem, start and settings that end with each code.
OUTCOMES: dict[int, tuple[Any, Any, dict[str, Any]]] = {
    0: (ratio, START, {"ftol": -1.0}),
    1: (ratio, START, {"xtol": 0.0, "ftol": 1e-3}),
    2: (ratio, START, {"xtol": 1e-3, "ftol": 0.0}),
    3: (ratio, START, {"xtol": 0.1, "ftol": 0.1}),
    4: (ratio, START, {"gtol": 1e-3}),
    5: (ratio, START, {"maxfev": 2}),
    6: (flat, [0.0, 0.0], {"ftol": 0.0, "xtol": 0.0, "Dfun": flat_jac}),
    7: (lambda x: x - 1.0, [1.001], {"ftol": 0.0, "xtol": 0.0, "Dfun": lambda x: [[-1.0]]}),  # every step is uphill
    8: (flat, [0.0, 0.0], {"ftol": 0.0, "xtol": 0.0}),
}

WORDS = {
    0: "Improper input parameters.",
    1: "Both actual and predicted relative reductions in the sum of squares\n  are at most 0.001000",
    2: "The relative error between two consecutive iterates is at most 0.001000",
    3: (
        "Both actual and predicted relative reductions in the sum of squares\n  are at most 0.100000 and the relative "
        "error between two consecutive iterates is at \n  most 0.100000"
    ),
    4: (
        "The cosine of the angle between func(x) and any column of the\n  Jacobian is at most 0.001000 in absolute "
        "value"
    ),
    5: "Number of calls to function has reached maxfev = 2.",
    6: "ftol=0.000000 is too small, no further reduction in the sum of squares\n  is possible.",
    7: "xtol=0.000000 is too small, no further improvement in the approximate\n  solution is possible.",
    8: "gtol=0.000000 is too small, func(x) is orthogonal to the columns of\n  the Jacobian to machine precision.",
}


def full(func: Any, x0: Any, **settings: Any) -> Any:
    return leastsq(func, x0, full_output=True, **settings)


def lineno() -> int:
    """The line that calls this."""
    return inspect.stack()[1].lineno


def r_of(info: dict[str, Any]) -> Any:
    n = info["qtf"].size
    return np.triu(info["fjac"].T[:n])


# ---- Shapes and types


@pytest.mark.parametrize("dfun", [None, ratio_jac])
def test_types_of_the_results(dfun: Any) -> None:
    short = leastsq(ratio, START, Dfun=dfun)
    assert type(short) is tuple
    assert len(short) == 2
    x, cov_x, info, mesg, ier = leastsq(ratio, START, Dfun=dfun, full_output=True)
    assert short[0].tobytes() == x.tobytes()
    assert short[1] == ier
    assert type(ier) is int
    assert type(mesg) is str
    assert list(info) == ["fvec", "nfev", "fjac", "ipvt", "qtf"] + ["njev"] * (dfun is not None)
    assert type(info["nfev"]) is int
    assert type(info.get("njev", 0)) is int
    shapes = {"fvec": (6,), "fjac": (2, 6), "ipvt": (2,), "qtf": (2,)}
    for name, array in {"x": x, "cov_x": cov_x, **info}.items():
        if name in ("nfev", "njev"):
            continue
        assert type(array) is np.ndarray
        assert array.dtype == (np.int32 if name == "ipvt" else np.float64)
        assert array.shape == {"x": (2,), "cov_x": (2, 2)}.get(name, shapes.get(name))
        assert array.flags.c_contiguous
        assert array.flags.owndata
        assert array.flags.writeable


@pytest.mark.parametrize("flag", [0, "", None, np.False_, []])
def test_full_output_is_any_truth_value(flag: Any) -> None:
    assert len(leastsq(ratio, START, full_output=flag)) == 2
    assert len(leastsq(ratio, START, full_output=not flag)) == 5


def test_results_are_not_shared_between_fits() -> None:
    a, b = full(ratio, START), full(ratio, START)
    for one, other in ((a[0], b[0]), (a[1], b[1]), *((a[2][k], b[2][k]) for k in ("fvec", "fjac", "ipvt", "qtf"))):
        assert not np.shares_memory(one, other)


@pytest.mark.parametrize("dfun", [None, ratio_jac])
def test_each_call_is_counted(dfun: Any) -> None:
    """func and Dfun are called as often as the counts say, the first of them to find m."""
    calls = {"f": 0, "J": 0}

    def func(x: Any) -> Any:
        calls["f"] += 1
        return ratio(x)

    def jac(x: Any) -> Any:
        calls["J"] += 1
        return ratio_jac(x)

    for settings in ({}, {"maxfev": 1}, {"ftol": 0.0, "xtol": 0.0}, {"ftol": -1.0}, {"factor": 0.1}):
        calls["f"] = calls["J"] = 0
        _, _, info, _, ier = full(func, START, Dfun=jac if dfun else None, **settings)
        assert calls["f"] == info["nfev"] + (ier == 0)  # improper input is seen once m is known
        assert calls["J"] == info.get("njev", 0)


# ---- What the arrays hold


def test_fvec_is_func_at_the_solution() -> None:
    x, _, info, _, _ = full(ratio, START)
    assert info["fvec"].tobytes() == ratio(x).tobytes()


def test_fjac_holds_the_factors_of_the_last_jacobian() -> None:
    """J P = Q R with R in the upper triangle of fjac' and the Householder vectors of Q below and on the diagonal."""
    points: list[Any] = []

    def jac(x: Any) -> Any:
        points.append(x)
        return ratio_jac(x) * [1.0, 30.0]

    x, _, info, _, _ = full(lambda x: ratio(x * [1.0, 30.0]), [1.0, 1.0 / 30.0], Dfun=lambda x: jac(x * [1.0, 30.0]))
    permuted = (ratio_jac(points[-1]) * [1.0, 30.0])[:, info["ipvt"]]
    r = r_of(info)
    assert sorted(info["ipvt"].tolist()) == [0, 1]
    assert abs(r[0, 0]) >= abs(r[1, 1])
    np.testing.assert_allclose(r.T @ r, permuted.T @ permuted, rtol=1e-12)
    q = permuted @ np.linalg.inv(r)
    np.testing.assert_allclose(q.T @ q, np.eye(2), atol=1e-12)
    assert x.shape == (2,)


def test_ipvt_puts_the_longest_column_first() -> None:
    scale = np.array([1.0, 3.0, 2.0])
    *_, info, _, _ = full(lambda x: scale * x - 1.0, [0.0, 0.0, 0.0], Dfun=lambda x: np.diag(scale))
    assert info["ipvt"].tolist() == [1, 2, 0]
    np.testing.assert_array_equal(np.abs(np.diag(r_of(info))), [3.0, 2.0, 1.0])


def test_qtf_is_of_the_residuals_where_the_last_jacobian_was() -> None:
    points: list[Any] = []

    def jac(x: Any) -> Any:
        points.append(x)
        return ratio_jac(x)

    *_, info, _, _ = full(ratio, START, Dfun=jac)
    permuted = ratio_jac(points[-1])[:, info["ipvt"]]
    q = permuted @ np.linalg.inv(r_of(info))
    np.testing.assert_allclose(q.T @ ratio(points[-1]), info["qtf"], rtol=1e-6, atol=1e-14)


# ---- Covariance


@pytest.mark.parametrize("dfun", [None, ratio_jac])
def test_cov_x_is_the_inverse_of_the_normal_matrix(dfun: Any) -> None:
    x, cov_x, _, _, _ = full(ratio, START, Dfun=dfun)
    jacobian = ratio_jac(x)
    np.testing.assert_allclose(cov_x, np.linalg.inv(jacobian.T @ jacobian), rtol=1e-3)
    assert (cov_x == cov_x.T).all()


def test_cov_x_undoes_the_pivoting() -> None:
    _, cov_x, info, _, _ = full(lambda x: [1.0, 4.0, 2.0] * x, [1.0, 1.0, 1.0], Dfun=lambda x: np.diag([1.0, 4.0, 2.0]))
    assert info["ipvt"].tolist() == [1, 2, 0]
    np.testing.assert_array_equal(cov_x, np.diag([1.0, 1.0 / 16.0, 0.25]))


@pytest.mark.parametrize("ier", OUTCOMES)
def test_cov_x_is_none_unless_solved(ier: int) -> None:
    func, x0, settings = OUTCOMES[ier]
    assert (full(func, x0, **settings)[1] is None) == (ier not in (1, 2, 3, 4))


def test_cov_x_is_none_where_r_has_a_zero_on_its_diagonal() -> None:
    _, cov_x, info, _, ier = full(lambda x: np.array([x[0] - 1.0, 1.0, 2.0]), [0.0, 0.0])
    assert ier in (1, 2, 3, 4)
    assert r_of(info)[1, 1] == 0.0
    assert cov_x is None


def test_cov_x_is_nan_where_r_has_nan() -> None:
    with pytest.warns(RuntimeWarning, match="because derivatives or squares are not finite"):
        _, cov_x, info, _, ier = full(flat, [0.0, 0.0], Dfun=lambda x: np.full((3, 2), np.nan))
    assert ier == 4
    assert np.isnan(r_of(info)[0]).all()
    assert cov_x.shape == (2, 2)
    assert np.isnan(cov_x).all()


def test_cov_x_of_nearly_singular_r_is_huge() -> None:
    slopes = np.array([[1.0, 1.0], [1.0, 1.0 + 2.0**-40], [1.0, 1.0]])
    _, cov_x, _, _, _ = full(lambda x: slopes @ x, [1.0, -1.0], Dfun=lambda x: slopes, gtol=1e3)
    assert np.isfinite(cov_x).all()
    assert cov_x[0, 0] > 1e20


# ---- Outcomes


@pytest.mark.parametrize("ier", OUTCOMES)
def test_outcome_in_full(ier: int) -> None:
    """The code and its words; no warning (they are errors here) and nothing raised, whatever it is."""
    func, x0, settings = OUTCOMES[ier]
    result = full(func, x0, **settings)
    assert result[4] == ier
    assert result[3] == WORDS[ier]


@pytest.mark.parametrize("ier", OUTCOMES)
def test_outcome_in_short(ier: int) -> None:
    """Improper input is an error, want of convergence a warning at the caller's line."""
    func, x0, settings = OUTCOMES[ier]
    if ier == 0:
        with pytest.raises(TypeError) as failure:
            leastsq(func, x0, **settings)
        assert str(failure.value) == WORDS[0]
    elif ier <= 4:
        assert leastsq(func, x0, **settings)[1] == ier
    else:
        with pytest.warns(RuntimeWarning) as caught:
            result = leastsq(func, x0, **settings)
        line = lineno() - 1
        assert result[1] == ier
        assert [str(w.message) for w in caught] == [WORDS[ier]]
        assert (caught[0].filename, caught[0].lineno) == (__file__, line)


IMPROPER = {
    "ftol": {"ftol": -1e-300},
    "xtol": {"xtol": -1.0},
    "gtol": {"gtol": -1.0},
    "factor": {"factor": 0.0},
    "factor below": {"factor": -1.0},
    "diag": {"diag": [1.0, 0.0]},
    "diag below": {"diag": [-1.0, 1.0]},
    "inf": {"ftol": -np.inf},
}


@pytest.mark.parametrize(
    "more", [{}, {"Dfun": ratio_jac}, {"Dfun": ratio_jac, "by_rows": True}], ids=["differences", "Dfun", "rows"]
)
@pytest.mark.parametrize("cause", IMPROPER)
def test_improper_input_in_full(cause: str, more: dict[str, Any]) -> None:
    """The arrays are defined though nothing was done; func was called once, for fvec."""
    x, cov_x, info, mesg, ier = full(ratio, START, **IMPROPER[cause], **more)
    assert (ier, mesg, cov_x) == (0, WORDS[0], None)
    assert x.tolist() == START
    assert info["nfev"] == 0  # as in MINPACK, which refuses improper input before it evaluates anything
    assert info["fvec"].tobytes() == ratio(START).tobytes()
    assert np.isnan(info["fjac"]).all()
    assert info["fjac"].shape == (2, 2 if "by_rows" in more else 6)
    assert np.isnan(info["qtf"]).all()
    assert info["ipvt"].tolist() == [0, 1]
    with pytest.raises(TypeError, match=r"^Improper input parameters\.$"):
        leastsq(ratio, START, **IMPROPER[cause], **more)


@pytest.mark.parametrize("m", [0, 3])
def test_no_parameters(m: int) -> None:
    x, cov_x, info, mesg, ier = full(lambda x: np.ones(m), [])
    assert (ier, mesg, cov_x, info["nfev"]) == (0, WORDS[0], None, 0)
    assert x.shape == info["qtf"].shape == info["ipvt"].shape == (0,)
    assert info["fvec"].tolist() == [1.0] * m
    assert info["fjac"].shape == (0, m)
    with pytest.raises(TypeError, match=r"^Improper input parameters\.$"):
        leastsq(lambda x: np.ones(m), [])


# ---- Residuals that are not finite


@pytest.fixture(params=["forward", "dfun", "rows"])
def slopes(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    yield {"forward": {}, "dfun": {"Dfun": flat_jac}, "rows": {"Dfun": flat_jac, "by_rows": True}}[request.param]


@pytest.mark.parametrize("reference", ["scipy", "netlib"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("bad", [0, 1, 2])
def test_not_finite_at_x0(bad: int, value: float, reference: Any, slopes: dict[str, Any]) -> None:
    """As SciPy ends, with ier 4 at x0; but said, and at the caller's line."""

    def func(x: Any) -> Any:
        f = flat(x)
        f[bad] = value
        return f

    for full_output in (False, True):
        with pytest.warns(RuntimeWarning, match=rf"^residual {bad} is not finite at x0, so no fit was made") as caught:
            result = leastsq(func, [0.5, 1.5], full_output=full_output, reference=reference, **slopes)
        line = lineno() - 1
        assert len(caught) == 1
        assert (caught[0].filename, caught[0].lineno) == (__file__, line)
        assert result[0].tolist() == [0.5, 1.5]
        assert result[-1] == 4
    assert result[2]["nfev"] == (1 if slopes else 3)
    np.testing.assert_array_equal(result[2]["fvec"], func(np.array([0.5, 1.5])))


def test_all_residuals_nan() -> None:
    with pytest.warns(RuntimeWarning, match="residual 0 is not finite"):
        x, _, info, _, ier = full(lambda x: x * np.nan, [1.0, 2.0, 3.0])
    assert (x.tolist(), info["nfev"], ier) == ([1.0, 2.0, 3.0], 4, 4)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_on_the_way(value: float) -> None:
    """A trial point that is not finite is not taken."""

    def func(x: Any) -> Any:
        return np.full(2, value) if x[0] < 0.0 else np.array([1.0 / (x[0] + 0.01) - 2.0, x[0] - 3.0])

    x, ier = leastsq(func, [2.0], factor=1e3, diag=[1.0])
    assert np.isfinite(x).all()
    assert ier in range(1, 9)


def test_finite_residuals_whose_norm_overflows() -> None:
    """No residual is to blame: no warning of one."""
    x, ier = leastsq(lambda x: np.full(4, 1.7e308) + x, [1.0])
    assert x.tolist() == [1.0]
    assert ier == 4
