"""`leastsq`: what SciPy's has not. The arguments `callback`, `by_rows` and `reference`."""

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import START, WAYS, ratio, ratio_jac

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


# ---- callback


class Log:
    """A callback that keeps its arguments, and answers as asked at the call asked for."""

    def __init__(self, answer: Any = None, at: int = 1) -> None:
        self.calls: list[tuple[Any, float, int]] = []
        self.answer, self.at = answer, at

    def __call__(self, x: Any, cost: float, nfev: int) -> Any:
        self.calls.append((x, cost, nfev))
        if len(self.calls) < self.at:
            return None
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@ways
def test_callback_is_told_of_each_accepted_step(way: dict[str, Any]) -> None:
    evaluated: list[Any] = []

    def func(x: Any) -> Any:
        evaluated.append(x.tolist())
        return ratio(x)

    log = Log()
    told = leastsq(func, START, callback=log, full_output=True, **way)
    untold = leastsq(ratio, START, full_output=True, **way)
    assert told[0].tobytes() == untold[0].tobytes()
    assert told[2]["nfev"] == untold[2]["nfev"]
    assert len(log.calls) >= 3
    cost = np.inf
    for x, new_cost, nfev in log.calls:
        assert type(x) is np.ndarray
        assert (type(new_cost), type(nfev)) == (float, int)
        assert x.tolist() == evaluated[nfev - 1]  # the point evaluated last, unchanged though it was kept
        assert new_cost == pytest.approx(0.5 * (ratio(x) ** 2).sum(), rel=1e-14)
        assert new_cost <= cost
        cost = new_cost
    assert log.calls[-1][0].tobytes() == told[0].tobytes()
    assert log.calls[-1][2] <= told[2]["nfev"]


def test_callback_is_not_told_of_rejected_steps() -> None:
    """A first step much too long is taken back; one call of func more than of the callback for each such."""
    log, calls = Log(), []

    def func(x: Any) -> Any:
        calls.append(x[0])
        return np.array([10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]])

    def jac(x: Any) -> Any:
        return [[-20.0 * x[0], 10.0], [-1.0, 0.0]]

    *_, info, _, _ = leastsq(func, [-1.2, 1.0], Dfun=jac, callback=log, full_output=True)
    assert len(calls) == info["nfev"]
    assert 2 <= len(log.calls) < info["nfev"] - 1
    assert info["njev"] in (len(log.calls), len(log.calls) + 1)


@pytest.mark.filterwarnings("ignore:the fit ended at the start:UserWarning")
def test_callback_is_not_called_without_a_step() -> None:
    for func, x0 in ((lambda x: np.ones(3), [1.0]), (lambda x: np.zeros(2), [1.0, 2.0])):
        log = Log()
        leastsq(func, x0, callback=log)
        assert log.calls == []


@ways
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("answer", [True, np.True_, StopIteration(), StopIteration("enough")], ids=repr)
def test_callback_stops_the_fit(answer: Any, at: int, way: dict[str, Any]) -> None:
    log = Log(answer, at)
    x, cov_x, info, mesg, ier = leastsq(ratio, START, callback=log, full_output=True, **way)
    assert (ier, mesg, cov_x) == (-2, "The callback stopped the fit.", None)
    assert len(log.calls) == at
    last, cost, nfev = log.calls[-1]
    assert x.tobytes() == last.tobytes()
    assert info["nfev"] == nfev
    assert info["fvec"].tobytes() == ratio(x).tobytes()
    assert 0.5 * info["fvec"] @ info["fvec"] == pytest.approx(cost, rel=1e-14)
    assert sorted(info["ipvt"].tolist()) == [0, 1]
    assert np.isfinite(info["fjac"]).all()


def test_callback_stops_the_fit_in_short() -> None:
    """No warning: it was asked for."""
    x, ier = leastsq(ratio, START, callback=Log(True))
    assert ier == -2
    assert x.tolist() != START


@pytest.mark.parametrize(
    "answer", [1, 1.0, "stop", [1], np.array(True), np.array([True]), np.int64(1), False, np.False_]
)
def test_callback_goes_on_for_any_other_value(answer: Any) -> None:
    assert leastsq(ratio, START, callback=Log(answer))[0].tobytes() == leastsq(ratio, START)[0].tobytes()


@ways
def test_callback_owns_its_x(way: dict[str, Any]) -> None:
    def spoil(x: Any, cost: float, nfev: int) -> None:
        x[:] = np.nan

    expected = leastsq(ratio, START, **way)[0]
    assert leastsq(ratio, START, callback=spoil, **way)[0].tobytes() == expected.tobytes()


@ways
@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), StopAsyncIteration(), SystemExit(3)], ids=repr
)
def test_callback_error_comes_out(error: BaseException, way: dict[str, Any]) -> None:
    with pytest.raises(type(error)) as failure:
        leastsq(ratio, START, callback=Log(error), **way)
    assert failure.value is error


def test_callback_that_cannot_be_called_or_takes_other_arguments() -> None:
    with pytest.raises(TypeError, match="callback must be callable or None; got 3"):
        leastsq(ratio, START, callback=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes 1 positional argument but 3 were given"):
        leastsq(ratio, START, callback=lambda x: None)


def test_extensions_are_keywords_only() -> None:
    with pytest.raises(TypeError, match="positional"):
        leastsq(ratio, START, (), None, False, False, 1e-8, 1e-8, 0.0, 0, None, 100, None, True)  # type: ignore[misc]


# ---- by_rows


def one_by_one(x: Any) -> Iterator[Any]:
    yield from ratio_jac(x)


def in_blocks(x: Any) -> Iterator[Any]:
    jacobian = ratio_jac(x)
    yield jacobian[:0]
    yield jacobian[:4]
    yield jacobian[4]
    yield jacobian[5:6].tolist()
    yield np.empty((0, 2))


def same_buffer(x: Any) -> Iterator[Any]:
    row = np.empty(2)
    for values in ratio_jac(x):
        row[:] = values
        yield row


class Sequence:
    """Iterable by the old protocol only."""

    def __init__(self, x: Any) -> None:
        self.rows = ratio_jac(x)

    def __getitem__(self, i: int) -> Any:
        return self.rows[i]


@pytest.mark.parametrize(
    "rows",
    [
        ratio_jac,
        one_by_one,
        in_blocks,
        same_buffer,
        Sequence,
        lambda x: ratio_jac(x).tolist(),
        lambda x: iter([ratio_jac(x)]),
        lambda x: [np.asfortranarray(ratio_jac(x))],
        lambda x: map(tuple, ratio_jac(x)),
        lambda x: (row.astype(">f8") for row in ratio_jac(x)),
        lambda x: np.split(ratio_jac(x), 3),
    ],
)
def test_rows_in_any_form_give_the_same_bits(rows: Callable[[Any], Any]) -> None:
    expected = leastsq(ratio, START, Dfun=lambda x: [ratio_jac(x)], by_rows=True, full_output=True)
    got = leastsq(ratio, START, Dfun=rows, by_rows=True, full_output=True)
    assert got[0].tobytes() == expected[0].tobytes()
    assert got[1].tobytes() == expected[1].tobytes()
    for name in ("fvec", "fjac", "ipvt", "qtf"):
        assert got[2][name].tobytes() == expected[2][name].tobytes()
    assert got[2]["njev"] == expected[2]["njev"]


def test_rows_lead_to_the_same_minimum() -> None:
    whole = leastsq(ratio, START, Dfun=ratio_jac, full_output=True, ftol=1e-14, xtol=1e-14)
    rows = leastsq(ratio, START, Dfun=one_by_one, by_rows=True, full_output=True, ftol=1e-14, xtol=1e-14)
    np.testing.assert_allclose(rows[0], whole[0], rtol=1e-7)
    np.testing.assert_allclose(rows[1], whole[1], rtol=1e-6)
    r = np.triu(rows[2]["fjac"].T)
    permuted = ratio_jac(rows[0])[:, rows[2]["ipvt"]]
    assert rows[2]["fjac"].shape == (2, 2)
    assert rows[2]["fjac"].flags.c_contiguous
    np.testing.assert_allclose(r.T @ r, permuted.T @ permuted, rtol=1e-6)


def test_rows_of_a_singular_jacobian() -> None:
    slopes = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    x, cov_x, info, _, ier = leastsq(
        lambda x: slopes @ x - 1.0, [0.0, 0.0], Dfun=lambda x: slopes, by_rows=True, full_output=True
    )
    assert x.sum() == pytest.approx(6.0 / 14.0)
    assert ier in (1, 2, 3, 4)
    assert sorted(info["ipvt"].tolist()) == [0, 1]
    assert info["fjac"][1, 1] == 0.0  # to the bit, as the columns are the same
    assert cov_x is None


def test_rows_for_one_parameter() -> None:
    x, _ = leastsq(lambda x: [x[0] - 1.0, x[0] - 3.0], 0.0, Dfun=lambda x: [[1.0], [[1.0]]], by_rows=True)
    assert x[0] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (lambda x: ratio_jac(x)[:5], r"Dfun must give 6 rows of the Jacobian, one per residual; it gave 5$"),
        (lambda x: [], r"Dfun must give 6 rows of the Jacobian, one per residual; it gave 0$"),
        (lambda x: iter([ratio_jac(x)[:4]]), r"it gave 4$"),
        (
            lambda x: [*ratio_jac(x), [1.0, 1.0]],
            r"Dfun must give 6 rows of the Jacobian, one per residual; it gave more$",
        ),
        (lambda x: [np.ones((7, 2))], r"it gave more$"),
        (lambda x: [np.ones((4, 2)), np.ones((4, 2))], r"it gave more$"),
        (
            lambda x: ratio_jac(x).T,
            r"the function '<lambda>' must return an iterable .* shape \(2,\), .*; it returned shape \(6,\)",
        ),
        (lambda x: [1.0] * 12, r"it returned shape \(\)"),
        (lambda x: [np.ones((1, 6, 2))], r"it returned shape \(1, 6, 2\)"),
        (lambda x: [["a", "b"]], r"must return an iterable of real rows"),
        (lambda x: [[1j, 1j]], r"must return an iterable of real rows"),
        (lambda x: [None], r"must return an iterable of real rows"),
        (lambda x: 3.0, r"must return an iterable of real rows.*; it returned an object of type 'float'"),
        (lambda x: None, r"an object of type 'NoneType'"),
    ],
)
def test_rows_that_are_wrong(rows: Callable[[Any], Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        leastsq(ratio, START, Dfun=rows, by_rows=True)


def test_rows_error_comes_out_and_the_generator_is_closed() -> None:
    closed = []
    error = LookupError("row 3")

    def rows(x: Any) -> Iterator[Any]:
        try:
            yield from ratio_jac(x)[:3]
            raise error
        finally:
            closed.append(1)

    with pytest.raises(LookupError) as failure:
        leastsq(ratio, START, Dfun=rows, by_rows=True)
    assert failure.value is error
    assert closed == [1]


def test_rows_need_dfun_and_exclude_col_deriv() -> None:
    with pytest.raises(ValueError, match="by_rows needs Dfun"):
        leastsq(ratio, START, by_rows=True)
    with pytest.raises(ValueError, match="by_rows and col_deriv exclude each other"):
        leastsq(ratio, START, Dfun=ratio_jac, by_rows=True, col_deriv=True)


def test_rows_take_memory_for_n_by_n_only() -> None:
    """A Jacobian of 40 MB never exists as a whole: the peak stays below a tenth of it."""
    m, n = 100_000, 50
    index = np.arange(n)

    def func(x: Any) -> Any:
        return np.resize(x - 1.0, m)

    def rows(x: Any) -> Iterator[Any]:
        block = np.zeros((n, n))
        block[index, index] = 1.0
        for _ in range(m // n):
            yield block

    tracemalloc.start()
    try:
        x, ier = leastsq(func, np.zeros(n), Dfun=rows, by_rows=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(x, 1.0)
    assert ier in (1, 2, 3, 4)
    assert peak < 8 * m * n / 10


# ---- reference


def first_step(x0: float, reference: Any) -> float:
    points: list[float] = []

    def func(x: Any) -> Any:
        points.append(float(x[0]))
        return x - 1.0

    leastsq(func, [x0], reference=reference)
    return points[1]


@pytest.mark.parametrize(("reference", "epsmch"), [("scipy", 2.0**-52), ("netlib", 2.22044604926e-16)])
def test_reference_sets_the_difference_step(reference: Any, epsmch: float) -> None:
    assert first_step(3.7, reference) == 3.7 + epsmch**0.5 * 3.7


def test_references_differ_in_the_step_only_here() -> None:
    """The default is SciPy's; netlib's bits are those of its epsilon taken as epsfcn."""
    default = leastsq(ratio, [0.1, 3.0])
    scipy = leastsq(ratio, [0.1, 3.0], reference="scipy")
    netlib = leastsq(ratio, [0.1, 3.0], reference="netlib")
    by_hand = leastsq(ratio, [0.1, 3.0], reference="scipy", epsfcn=2.22044604926e-16)
    assert default[0].tobytes() == scipy[0].tobytes()
    assert netlib[0].tobytes() == by_hand[0].tobytes()
    assert netlib[0].tobytes() != scipy[0].tobytes()


@pytest.mark.parametrize("reference", ["SciPy", "", None, 0, b"scipy", ("scipy",)])
def test_reference_unknown(reference: Any) -> None:
    with pytest.raises(ValueError, match=r"^reference must be 'scipy' or 'netlib'; got ") as failure:
        leastsq(ratio, START, reference=reference)
    assert str(failure.value).endswith(repr(reference))
