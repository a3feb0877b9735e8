"""Attributes asked for by the names that other packages give them."""

import copy
import pickle

import numpy as np
import pytest

import minpack

X = np.linspace(0.0, 4.0, 9)
Y = 3.0 * X + np.cos(X)


def line(x, slope):  # type: ignore[no-untyped-def]
    return slope * x


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("popt", "values"), ("x", "values"), ("pcov", "covariance"), ("stderr", "errors"), ("best_fit", "fitted"),
     ("redchi", "reduced_chi_square"), ("fit_report", "report"), ("findings", "diagnose"), ("eval", "predict")],
)  # fmt: skip
def test_fit(theirs: str, ours: str) -> None:
    fit = minpack.fit(line, X, Y)
    assert hasattr(fit, ours)
    with pytest.raises(AttributeError, match=f"^Fit has no attribute '{theirs}': it is called '{ours}' here$"):
        getattr(fit, theirs)


@pytest.mark.parametrize(("theirs", "ours"), [("popt", "x"), ("values", "x"), ("covariance", "cov"), ("pcov", "cov")])
def test_batch(theirs: str, ours: str) -> None:
    result = minpack.curve_fit_batch(line, X, [Y, 2.0 * Y])
    with pytest.raises(AttributeError, match=f"^BatchResult has no attribute '{theirs}': it is called '{ours}' here$"):
        getattr(result, theirs)


def test_other_names_get_no_advice() -> None:
    fit = minpack.fit(line, X, Y)
    with pytest.raises(AttributeError, match="^Fit has no attribute 'valeus'$") as caught:
        getattr(fit, "valeus")  # noqa: B009
    assert caught.value.obj is fit and caught.value.name == "valeus"  # so Python suggests what is spelt alike


def test_an_object_without_anything_ends() -> None:
    for kind in (type(minpack.fit(line, X, Y)), minpack.BatchResult):
        empty = object.__new__(kind)
        with pytest.raises(AttributeError, match="no attribute 'popt'$"):
            getattr(empty, "popt")  # noqa: B009


def test_copies_and_pickles() -> None:
    fit = minpack.fit(line, X, Y)
    for other in (copy.copy(fit), copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
        assert other["slope"] == fit["slope"]
