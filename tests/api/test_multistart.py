"""`fit` from many starts: the best minimum, and what is said about the others."""

import numpy as np
import pytest

import minpack
import nist_models
from minpack._results.minima import Minima, minima_of

SETS = nist_models.load()
X = np.linspace(0.0, 10.0, 60)


def wave(x, a, f):
    return a * np.sin(f * x)


WAVE = wave(X, 2.0, 3.0) + 0.05 * np.cos(11.0 * X)


@pytest.mark.parametrize("name", ["BoxBOD", "MGH09", "MGH10", "MGH17", "Thurber", "Eckerle4", "Hahn1"])
def test_hard_problems_are_solved_from_ranges_ten_times_wide_either_way(name: str) -> None:
    data = SETS[name]
    names = [f"b{i}" for i in range(data.certified.size)]
    ranges = {name: tuple(sorted((b / 10.0, 10.0 * b))) for name, b in zip(names, data.certified, strict=True)}

    def model(x, *b):
        with np.errstate(all="ignore"):
            return data.model(x, b)

    fit = minpack.fit(model, data.x, data.y, dict.fromkeys(names, 1.0), starts=100, ranges=ranges)
    assert fit.success
    assert fit.chi_square == pytest.approx(data.residual_sum_of_squares, rel=1e-6)
    assert fit.minima is not None
    assert fit.minima.counts[0] >= 2


def test_many_starts_find_what_one_does_not() -> None:
    assert minpack.fit(wave, X, WAVE, [1.0, 1.0]).chi_square > 50.0
    fit = minpack.fit(wave, X, WAVE, starts=200, ranges={"a": (0.1, 10.0), "f": (0.1, 10.0)})
    np.testing.assert_allclose(fit.values, [2.0, 3.0], rtol=0.01)
    assert fit.minima is not None
    assert fit.minima.starts == 200
    assert sum(fit.minima.counts) == fit.minima.converged
    assert [*fit.minima.chi_squares] == sorted(fit.minima.chi_squares)
    assert fit.minima.chi_squares[0] == pytest.approx(fit.chi_square, rel=1e-6)
    assert "starts        200 of 200 converged, the best minimum found" in fit.report()
    again = minpack.restore(fit.to_json(), wave)
    assert again.minima == fit.minima
    assert again.report() == fit.report()
    assert minpack.fit(wave, X, WAVE).minima is None


def test_held_parameters_sigma_and_models() -> None:
    fit = minpack.fit(wave, X, WAVE, sigma=np.full(60, 0.1), fixed={"a": 2.0}, ranges={"f": (0.5, 8.0)})
    assert fit.minima is not None
    assert fit.minima.starts == 200
    assert fit["f"] == pytest.approx(3.0, rel=0.01)
    bounded = minpack.fit(wave, X, WAVE, bounds={"f": (0.5, 8.0), "a": (0, None)}, starts=50)
    np.testing.assert_allclose(bounded.values, [2.0, 3.0], rtol=0.01)
    tied = minpack.fit(wave, X, WAVE, tied={"a": lambda f: 2.0 * f / 3.0}, ranges={"f": (0.5, 8.0)})
    assert tied["f"] == pytest.approx(3.0, rel=0.01)
    model = minpack.model("a*sin(f*x)")
    assert minpack.fit(model, X, WAVE, starts=50).chi_square == pytest.approx(
        minpack.fit(wave, X, WAVE, [2.0, 3.0]).chi_square
    )


class Measured:
    """Something other than an array that a model may get."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x


def test_x_may_be_what_a_model_takes() -> None:
    x = np.linspace(0.0, 4.0, 60)
    y = wave(x, 1.5, 2.3)
    how = {"starts": 40, "ranges": {"f": (0.5, 5.0)}}
    expected = minpack.fit(wave, x, y, [1.0, 1.0], **how)
    assert expected.values == pytest.approx([1.5, 2.3])
    lookup = np.sort(x)
    for f, given in ((lambda m, a, f: wave(m.x, a, f), Measured(x)),
                     (lambda d, a, f: wave(d["x"], a, f), {"x": x}),
                     (lambda i, a, f: wave(lookup[i], a, f), np.arange(60))):  # fmt: skip
        found = minpack.fit(f, given, y, [1.0, 1.0], **how)
        assert found.values.tobytes() == expected.values.tobytes()
        assert found.minima == expected.minima
    two = minpack.fit_global(wave, [(x, y), (x[::2], 2.0 * y[::2])], [1.0, 1.0], shared=["f"], **how)
    assert two.values == pytest.approx([1.5, 2.3, 3.0])


def test_minima_are_counted_by_their_sums_of_squares() -> None:
    half = np.array([1.0, 2.0, 1.0 + 1e-7, np.inf, 2.0, 1.0])
    found = minima_of(half, np.array([True, True, True, False, True, True]))
    assert (found.starts, found.converged, found.counts) == (6, 5, (3, 2))
    words = "5 of 6 converged, the best minimum found 3 times; 1 other, the next with 2 times its chi-square"
    assert str(found) == words
    assert str(Minima(3, 0, (), ())) == "0 of 3 converged"
    assert str(Minima(3, 1, (2.0,), (1,))) == "1 of 3 converged, the best minimum found 1 time, no other"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"starts": 0}, "starts must be a whole number from 1; got 0"),
        ({"starts": 2.5}, "starts must be a whole number from 1; got 2.5"),
        ({"starts": 20, "likelihood": "poisson"}, "starts and ranges must be left out with likelihood='poisson'"),
        ({"ranges": {"b": (0, 1)}}, "ranges must name parameters"),
        ({"ranges": {"a": (1, 0)}}, "must be two finite numbers, the lower one first"),
        ({"ranges": {"a": (1, np.inf)}}, "must be two finite numbers, the lower one first"),
    ],
)
def test_wrong_arguments(arguments, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        minpack.fit(wave, X, WAVE, **arguments)
    with pytest.raises(TypeError, match="ranges must be a dict of pairs by parameter name"):
        minpack.fit(wave, X, WAVE, starts=3, ranges=[(0, 1)])


@pytest.mark.parametrize(("apart", "minima"), [(0.98e-5, 1), (1.02e-5, 2)])
def test_ends_with_nearly_the_same_sum_of_squares_are_one_minimum(apart: float, minima: int) -> None:
    assert len(minima_of(np.array([1.0, 1.0 + apart]), np.array([True, True])).counts) == minima


FORMULAS = {
    "a - b*exp(-c*x**d)": (np.linspace(1.1, 55.0, 50), (8.4, 5.3, 1.3e-3, 1.84)),
    "a*exp(-((x - b)/c)^2) + d*exp(-((x - e)/f)^2)": (np.linspace(2.0, 97.0, 50), (5.7, 20.0, 5.5, 3.5, 69.0, 5.9)),
    "(a + b*x)/(1 + c*x + d*x^2)": (np.linspace(1.0, 55.0, 50), (2.0, 0.42, 0.012, 4e-4)),
}


@pytest.mark.filterwarnings("ignore:the fit did not", "ignore:the data do not")  # from the best candidate
@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_start_in_several_valleys(text: str) -> None:
    model, (x, truth) = minpack.model(text), FORMULAS[text]
    y = model(x, *truth)
    y += 0.01 * np.ptp(y) * np.random.default_rng(1).standard_normal(x.size)
    best = minpack.fit(model, x, y, truth)
    found = minpack.fit(model, x, y)
    assert found.success and found.chi_square == pytest.approx(best.chi_square, rel=1e-6)
    assert minpack.fit(model, x, y, model.guess(x, y)).chi_square > 1.4 * best.chi_square


def test_formulas_start_in_several_valleys_within_what_is_known() -> None:
    text = "a - b*exp(-c*x**d)"
    model, (x, truth) = minpack.model(text), FORMULAS[text]
    y = model(x, *truth)
    y += 0.01 * np.ptp(y) * np.random.default_rng(1).standard_normal(x.size)
    best = minpack.fit(model, x, y, truth).chi_square
    assert minpack.fit(model, x, y, bounds={"d": (0, 5)}).chi_square == pytest.approx(best, rel=1e-6)
    assert minpack.fit(model, x, y, bounds={"a": (0, 9)}, sigma=0.1).chi_square == pytest.approx(100.0 * best, rel=1e-6)
    held = minpack.fit(model, x, y, fixed={"b": 5.3})
    assert held["a"] == pytest.approx(8.4, rel=0.05) and held.chi_square < 1.1 * best
    tied = minpack.fit(model, x, y, tied={"b": lambda a: 5.3 / 8.4 * a})
    assert tied["a"] == pytest.approx(8.4, rel=0.05) and tied.chi_square < 1.1 * best
