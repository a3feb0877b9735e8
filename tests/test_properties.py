"""Properties over arguments at random: whatever is passed or returned, a result or a clean refusal, never a crash."""

import inspect
import traceback
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from minpack import leastsq
from support import START, ratio, ratio_jac
from support.anything import Evil, anything
from support.layouts import NOISE, dtypes, laid_out, layouts

bounded = settings(suppress_health_check=list(HealthCheck))
CLEAN = (TypeError, ValueError, OverflowError, AttributeError)


@st.composite
def fits(draw: Any) -> dict[str, Any]:
    """A polynomial in each parameter, of any size, rank and type, with small integers for coefficients."""
    n = draw(st.integers(1, 5))
    m = n + draw(st.integers(0, 6))
    small = st.integers(-3, 3)
    slopes = draw(hnp.arrays(np.float64, (m, n), elements=small))
    if draw(st.booleans()):
        slopes[:, -1] = slopes[:, 0]
    return {
        "slopes": slopes,
        "y": draw(hnp.arrays(np.float64, m, elements=small)),
        "x0": draw(hnp.arrays(np.float64, n, elements=small)),
        "bend": draw(st.sampled_from([0.0, 0.125])),
        "dtype": draw(dtypes),
        "layout": draw(layouts),
        "dfun": draw(st.sampled_from([None, "rows", "columns", "by rows"])),
        "diag": draw(st.none() | st.lists(st.integers(1, 5), min_size=n, max_size=n)),
        "reference": draw(st.sampled_from(["scipy", "netlib"])),
    }


@NOISE
@bounded
@given(fits())
def test_type_and_layout_leave_the_bits_alone(case: dict[str, Any]) -> None:
    """Whatever container the values come in, the fit is that of the same values as plain float64 arrays."""

    def residuals(x: Any) -> Any:
        value = np.array(case["y"])
        for column, element in zip(case["slopes"].T, x, strict=True):
            value = value + column * element * (1.0 + case["bend"] * element)
        return np.clip(np.nan_to_num(value), 0.0, 100.0).astype(case["dtype"])

    def jacobian(x: Any) -> Any:
        value = case["slopes"] * (1.0 + 2.0 * case["bend"] * x)
        return np.clip(np.nan_to_num(value), 0.0, 100.0).astype(case["dtype"])

    outcomes = []
    for layout in ("C", case["layout"]):
        wrap = (lambda a: a.astype(np.float64)) if layout == "C" else (lambda a: laid_out(a, case["layout"]))
        dfun = {
            None: None,
            "rows": lambda x, wrap=wrap: wrap(jacobian(x)),
            "columns": lambda x, wrap=wrap: wrap(jacobian(x).T),
            "by rows": lambda x, wrap=wrap: iter([wrap(jacobian(x))]),
        }[case["dfun"]]
        x, cov_x, info, mesg, ier = leastsq(
            lambda x, wrap=wrap: wrap(residuals(x)),
            case["x0"],
            Dfun=dfun,
            col_deriv=case["dfun"] == "columns",
            by_rows=case["dfun"] == "by rows",
            diag=case["diag"],
            reference=case["reference"],
            epsfcn=1e-6,
            maxfev=40,
            full_output=True,
        )
        assert x.shape == case["x0"].shape
        assert sorted(info["ipvt"].tolist()) == list(range(x.size))
        arrays = [x, info["fvec"], info["fjac"], info["ipvt"], info["qtf"]] + ([] if cov_x is None else [cov_x])
        outcomes.append(([a.tobytes() for a in arrays], info["nfev"], info.get("njev"), mesg, ier))
    assert outcomes[0] == outcomes[1]


def any_size(x: Any, *args: Any) -> Any:
    return ratio(np.resize(x, 2))


def clean(**arguments: Any) -> None:
    """Fit; the outcome is a pair or one of the errors for improper arguments, with the words in text."""
    try:
        result = leastsq(**{"func": any_size, "x0": START, "maxfev": 30, **arguments})
    except CLEAN as error:
        # without words only what was passed raises
        assert str(error) or traceback.extract_tb(error.__traceback__)[-1].filename == inspect.getfile(Evil)
    else:
        assert len(result) in (2, 5)
        assert result[0].dtype == np.float64
        assert result[-1] in (-2, *range(9))


NAMES = ["func", "x0", "args", "Dfun", "full_output", "col_deriv", "ftol", "xtol", "gtol", "maxfev", "epsfcn", "factor"]
NAMES += ["diag", "by_rows", "callback", "reference"]


@NOISE
@bounded
@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_one_argument_of_any_type(name: str, data: st.DataObject) -> None:
    value = data.draw(anything)
    clean(**{name: value})


@NOISE
@bounded
@given(st.dictionaries(st.sampled_from(NAMES), anything, max_size=6))
def test_several_arguments_of_any_type(arguments: dict[str, Any]) -> None:
    clean(**arguments)


@NOISE
@bounded
@given(
    junk=anything, when=st.integers(0, 8), what=st.sampled_from(["func", "Dfun", "columns", "rows", "row", "callback"])
)
def test_any_value_returned_at_any_call(junk: Any, when: int, what: str) -> None:
    count = iter(range(10**6))

    def then(value: Any) -> Any:
        return junk if next(count) == when else value

    clean(
        **{
            "func": {"func": lambda x: then(ratio(x))},
            "Dfun": {"Dfun": lambda x: then(ratio_jac(x))},
            "columns": {"Dfun": lambda x: then(ratio_jac(x).T), "col_deriv": True},
            "rows": {"Dfun": lambda x: then(ratio_jac(x)), "by_rows": True},
            "row": {"Dfun": lambda x: (then(row) for row in ratio_jac(x)), "by_rows": True},
            "callback": {"callback": lambda *_: then(None)},
        }[what]
    )


@NOISE
@bounded
@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from([None, 0, 1, 2]),
    st.lists(st.floats(), max_size=5),
    st.lists(st.floats(), min_size=25, max_size=25),
)
def test_any_numbers_of_any_sizes(m: int, n: int, way: Any, diag: list[float], values: list[float]) -> None:
    """Sizes that do not agree, NaN, infinities, numbers near overflow and underflow."""
    slopes = np.resize(values, (m, n)) if m and n else np.zeros((m, n))
    more = (
        {}
        if way is None
        else {"Dfun": lambda x: slopes.T if way == 1 else slopes, "col_deriv": way == 1, "by_rows": way == 2}
    )
    clean(func=lambda x: slopes @ x - 1.0, x0=np.resize(values, n) if n else [], diag=diag or None, **more)
