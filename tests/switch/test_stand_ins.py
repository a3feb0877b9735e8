"""The stand-ins for SciPy's functions: SciPy's looks, results, calls and silence."""

import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")
pytest.importorskip("scipy", minversion="1.17")

import minpack.scipy as switch  # noqa: E402

T = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
Y = np.array([2.0, 1.3, 0.7, 0.5, 0.25])
SCIPYS = {name: getattr(optimize, name) for name in ("leastsq", "curve_fit", "least_squares")}


def model(t: Any, a: Any, b: Any) -> Any:
    return a / (1.0 + b * t)


@pytest.fixture(autouse=True)
def on() -> Iterator[None]:
    switch.report(clear=True)
    with switch.use():
        yield


class Problem:
    """Functions that keep what they are called with."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, type, list[float]]] = []

    def func(self, x: Any) -> Any:
        self.seen.append(("f", x.dtype.type, x.tolist()))
        return (x[0] / (1.0 + x[1] * T) if x.size else T) - Y

    def dfun(self, x: Any) -> Any:
        self.seen.append(("J", x.dtype.type, x.tolist()))
        return np.stack([1.0 / (1.0 + x[1] * T), -x[0] * T / (1.0 + x[1] * T) ** 2], axis=1)


@pytest.mark.parametrize("name", SCIPYS)
def test_looks_like_scipys(name: str) -> None:
    ours, scipys = getattr(optimize, name), SCIPYS[name]
    assert ours is not scipys
    assert inspect.signature(ours) == inspect.signature(scipys)
    assert inspect.getfullargspec(ours) == inspect.getfullargspec(scipys)
    assert inspect.getdoc(ours) == inspect.getdoc(scipys)
    assert inspect.getsource(ours) == inspect.getsource(scipys)
    for attribute in ("__name__", "__qualname__", "__module__", "__defaults__", "__kwdefaults__"):
        assert getattr(ours, attribute) == getattr(scipys, attribute)


@pytest.mark.parametrize("derivatives", [False, True])
@pytest.mark.parametrize(
    "kwargs",
    [{}, {"maxfev": 3}, {"epsfcn": 1e-10}, {"ftol": -1}, {"factor": 0}, {"diag": [-1, 1]}, {"x0": []}, {"x0": [2, 1]}],
    ids=str,
)
def test_leastsq_calls_and_returns_as_scipy_does(derivatives: bool, kwargs: dict[str, Any]) -> None:
    """func nfev + 2 times, Dfun njev + 1 times, in this order, at these points, of these types."""
    if derivatives and kwargs.get("x0") == []:
        pytest.skip("there are no derivatives by nothing")
    seen, results = [], []
    for function in (SCIPYS["leastsq"], optimize.leastsq):
        problem = Problem()
        given = {"x0": [1.5, 0.5], "full_output": True, "Dfun": problem.dfun if derivatives else None, **kwargs}
        results.append(function(problem.func, **given))
        seen.append(problem.seen)
    (x, cov, info, mesg, ier), (our_x, our_cov, our_info, our_mesg, our_ier) = results
    kinds = [kind for kind, _, _ in seen[1]]
    assert kinds.count("f") == our_info["nfev"] + 2
    assert kinds.count("J") == (our_info["njev"] + 1 if derivatives else 0)
    assert (our_ier, our_mesg, our_info["nfev"], our_info.keys()) == (ier, mesg, info["nfev"], info.keys())
    assert [row[:2] for row in seen[1]] == [row[:2] for row in seen[0]]
    for ours, scipys in zip(seen[1], seen[0], strict=True):
        assert ours[2] == pytest.approx(scipys[2], rel=1e-12)
    np.testing.assert_allclose(our_x, x, rtol=1e-12)
    assert (our_cov is None) == (cov is None)
    assert (switch.report().served, switch.report().passed_on) == (1, 0)


def test_leastsq_by_columns_with_arguments() -> None:
    def func(x: Any, y: Any) -> Any:
        return Problem().func(x) - y

    kwargs = {"args": np.float64(0.1), "Dfun": lambda x, y: Problem().dfun(x).T, "col_deriv": True}
    ours, scipys = optimize.leastsq(func, [1.0, 1.0], **kwargs), SCIPYS["leastsq"](func, [1.0, 1.0], **kwargs)
    np.testing.assert_allclose(ours[0], scipys[0], rtol=1e-12)
    assert ours[1] == scipys[1]


@pytest.mark.parametrize("full_output", [False, True])
def test_silent_about_residuals_that_are_not_finite(full_output: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = optimize.leastsq(lambda x: x * np.nan, [1.0], full_output=full_output)
    assert result[-1] == SCIPYS["leastsq"](lambda x: x * np.nan, [1.0])[-1] == 4
    with pytest.warns(optimize.OptimizeWarning) as caught:
        optimize.curve_fit(lambda t, a: a * np.nan * t, T, Y)
    (warning,) = caught
    assert issubclass(warning.category, optimize.OptimizeWarning)  # of both classes, if ours was in use before SciPy's
    assert warning.filename == __file__


def test_warnings_and_errors_are_scipys() -> None:
    with pytest.warns(RuntimeWarning, match="has reached maxfev = 3") as caught:
        optimize.leastsq(Problem().func, [1.5, 0.5], maxfev=3)
    assert caught[0].filename == __file__
    with pytest.raises(TypeError, match=r"^Improper input parameters\.$"):
        optimize.leastsq(Problem().func, [1.5, 0.5], ftol=-1.0)
    with pytest.raises(RuntimeError, match="^Optimal parameters not found: Number of calls"):
        optimize.curve_fit(model, T, Y, maxfev=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'by_rows'"):
        optimize.leastsq(Problem().func, [1.5, 0.5], by_rows=True)


REFUSED = "arguments that minpack refuses"
SERVED: dict[str, Callable[[Any], Any]] = {
    "curve_fit": lambda o: o.curve_fit(model, T, Y),
    "curve_fit, unbounded": lambda o: o.curve_fit(model, T, Y, [1.0, 1.0], bounds=([-np.inf] * 2, np.inf)),
    "curve_fit, Bounds": lambda o: o.curve_fit(model, T, Y, bounds=optimize.Bounds([-np.inf] * 2, [np.inf] * 2)),
    "curve_fit, lm": lambda o: o.curve_fit(model, T, Y, method="lm", full_output=True, sigma=0.1 + T, ftol=1e-6),
    "least_squares": lambda o: o.least_squares(Problem().func, [1.0, 1.0], method="lm"),
    "least_squares, jac": lambda o: o.least_squares(Problem().func, [1.0, 1.0], Problem().dfun, method="lm"),
    "curve_fit, bounds": lambda o: o.curve_fit(model, T, Y, bounds=(0.0, [3.0, 0.9]), full_output=True),
    "curve_fit, trf": lambda o: o.curve_fit(model, T, Y, method="trf", maxfev=30, loss="huber", sigma=0.1 + T),
    "curve_fit, dogbox": lambda o: o.curve_fit(model, T, Y, method="dogbox", jac="3-point", absolute_sigma=True),
    "least_squares, trf": lambda o: o.least_squares(Problem().func, [1.0, 1.0], bounds=(0, [5, 1.2]), loss="soft_l1"),
    "least_squares, dogbox": lambda o: o.least_squares(
        Problem().func, [1.0, 1.0], Problem().dfun, (0, 1.2), "dogbox", 1e-6, x_scale="jac"
    ),
    "root": lambda o: optimize.root(Problem().func, [1.0, 1.0], method="lm"),
}
PASSED_ON: dict[str, tuple[Callable[[Any], Any], str]] = {
    "lsmr": (lambda o: o.curve_fit(model, T, Y, method="trf", tr_solver="lsmr"), "tr_solver='lsmr'"),
    "lsmr, too": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], tr_solver="lsmr"), "tr_solver='lsmr'"),
    "lm, loss": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], method="lm", loss="huber"), REFUSED),
    "lm, bounds": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], bounds=(0, 9), method="lm"), REFUSED),
    "outside": (lambda o: o.curve_fit(model, T, Y, [1.0, 10.0], bounds=(0, 9)), REFUSED),
    "bounds in the wrong order": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], bounds=(9, 0)), REFUSED),
    "workers": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], workers=-7), REFUSED),
    "sparse": (lambda o: o.least_squares(Problem().func, [1.0, 1.0], jac_sparsity=np.ones((5, 2))), "jac_sparsity"),
    "sparse, lm": (
        lambda o: o.least_squares(Problem().func, [1.0, 1.0], jac_sparsity=np.ones((5, 2)), method="lm"),
        REFUSED,
    ),
    "unknown option": (lambda o: o.curve_fit(model, T, Y, reference="netlib"), REFUSED),
    "jac": (lambda o: o.curve_fit(model, T, Y, jac="2-point"), REFUSED),
    "NaN": (lambda o: o.curve_fit(model, T, Y * np.nan), REFUSED),
    "complex": (lambda o: o.leastsq(Problem().func, [1j, 1.0]), REFUSED),
    "maxfev": (lambda o: o.leastsq(Problem().func, [1.0, 1.0], maxfev=10.0), REFUSED),
}


class Scipy:
    """SciPy's own functions."""

    leastsq, curve_fit, least_squares = (staticmethod(function) for function in SCIPYS.values())


def outcome(call: Callable[[Any], Any], library: Any) -> Any:
    try:
        return call(library)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("name", SERVED)
def test_served(name: str) -> None:
    ours = SERVED[name](optimize)
    (calls,) = switch.report().calls
    assert (calls.count, calls.passed_on) == (1, "")
    assert calls.caller == ("scipy.optimize._root" if name == "root" else __name__)
    switch.restore()
    scipys = SERVED[name](Scipy)
    assert isinstance(ours, type(scipys))  # of both classes, if ours was in use before SciPy's
    assert len(ours) == len(scipys)
    for key in ours if isinstance(ours, dict) else range(len(ours)):
        one, other = ours[key], scipys[key]
        assert isinstance(one, type(other))
        if isinstance(one, np.ndarray) and one.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("jac", ["2-point", "3-point", "cs", "given"])
@pytest.mark.parametrize("loss", ["linear", "cauchy"])
def test_functions_are_called_where_scipy_calls_them(method: str, jac: str, loss: str) -> None:
    if method == "lm" and loss != "linear":
        pytest.skip("lm has no losses")
    within = {} if method == "lm" else {"bounds": ([0.0, 0.0], [5.0, 1.3])}
    seen = []
    for function in (SCIPYS["least_squares"], optimize.least_squares):
        problem = Problem()
        given = problem.dfun if jac == "given" else jac
        function(problem.func, [1.5, 0.5], given, method=method, loss=loss, f_scale=0.5, gtol=1e-14, **within)
        seen.append(problem.seen)
    assert [row[:2] for row in seen[1]] == [row[:2] for row in seen[0]]
    for ours, scipys in zip(seen[1], seen[0], strict=True):
        np.testing.assert_allclose(ours[2], scipys[2], rtol=1e-6)
    assert (switch.report().served, switch.report().passed_on) == (1, 0)


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("kind", ["csr_array", "aslinearoperator"])
def test_a_jacobian_that_turns_out_sparse_costs_no_more_calls(kind: str, by_name: bool) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    make = getattr(sparse, kind, None) or sparse.linalg.aslinearoperator
    seen, results = [], []
    for function in (SCIPYS["least_squares"], optimize.least_squares):
        problem = Problem()

        def jac(x: Any, problem: Problem = problem) -> Any:
            return make(problem.dfun(x))

        given = {"fun": problem.func, "x0": [1.0, 1.0], "jac": jac} if by_name else {}
        positional = () if by_name else (problem.func, [1.0, 1.0], jac)
        results.append(function(*positional, **given, max_nfev=6))
        seen.append(problem.seen)
    assert seen[0] == seen[1]
    assert results[0].x.tolist() == results[1].x.tolist()
    (calls,) = switch.report().calls
    assert calls.passed_on == f"jac returns {'a sparse array' if kind == 'csr_array' else 'a LinearOperator'}"


def test_bounded_fits_warn_of_what_scipy_warns_of() -> None:
    """Once each, at the caller's line; minpack's own doubts about pcov are left out, and so are masks."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimize.curve_fit(model, T, np.ma.masked_greater(Y, 1.5), bounds=(0.0, [3.0, 0.9]))
        optimize.curve_fit(model, T, np.ma.masked_greater(Y, 1.5))
        assert caught == []
        optimize.least_squares(Problem().func, [1.0, 1.0], ftol=1e-20, bounds=(0.0, 9.0))
        with pytest.raises(ValueError, match="^At least one of the tolerances must be higher"):
            optimize.least_squares(Problem().func, [1.0, 1.0], ftol=1e-20, gtol=0.0, xtol=None)
    assert [str(warning.message).split()[1] for warning in caught] == ["`ftol`", "`ftol`", "`gtol`"]
    assert caught[0].filename == __file__
    with pytest.warns(optimize.OptimizeWarning, match="^Covariance of the parameters could not be estimated$"):
        optimize.curve_fit(model, T[:2], Y[:2], bounds=(0.0, 9.0))


@pytest.mark.parametrize("name", PASSED_ON)
def test_passed_on(name: str) -> None:
    """SciPy's result or error, one call counted, also if SciPy calls its other functions for it."""
    call, why = PASSED_ON[name]
    ours = outcome(call, optimize)
    report = switch.report()
    (calls,) = report.calls
    assert (calls.count, calls.passed_on, calls.caller) == (1, why, __name__)
    assert (report.served, report.passed_on) == (0, 1)
    assert f"SciPy: {why}" in str(report)
    scipys = outcome(call, Scipy)
    assert type(ours) is type(scipys)
    assert repr(ours) == repr(scipys)  # the same code ran, so the same bits


def test_the_users_errors_come_out_and_are_counted() -> None:
    error = KeyError("mine")

    def func(x: Any) -> Any:
        raise error

    with pytest.raises(KeyError) as caught:
        optimize.leastsq(func, [1.0])
    assert caught.value is error
    assert caught.value.__context__ is None
    assert switch.report().served == 1
    assert switch.report(clear=True).calls[0].seconds > 0.0
    assert switch.report().calls == ()
