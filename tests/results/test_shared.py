"""OptimizeWarning and OptimizeResult are SciPy's if SciPy has been imported, in either order of import."""

import pickle
import subprocess
import sys
import warnings
from types import ModuleType

import numpy as np
import pytest

import minpack
from minpack._results import optimize
from minpack._results import warnings as own_warnings
from minpack._results.shared import Shared

HEAD = """
import pickle, sys, warnings
import numpy as np

def fit():
    return minpack.curve_fit(lambda x, a: a + 0.0 * x, [0.0], [1.0])

def solve():
    return minpack.least_squares(lambda x: x - 1.0, [0.0])
"""

# Each is a process: the classes depend on what has been imported, in which order.
SCRIPTS = {
    "SciPy first": """
import scipy.optimize
import minpack
assert minpack.OptimizeWarning is scipy.optimize.OptimizeWarning
assert minpack.OptimizeResult is scipy.optimize.OptimizeResult
assert type(solve()) is scipy.optimize.OptimizeResult
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    fit()
assert [w.category for w in caught] == [scipy.optimize.OptimizeWarning]
""",
    "SciPy after minpack": """
import minpack
minpack.leastsq(lambda x: x, [1.0])
import scipy.optimize
assert minpack.OptimizeWarning is scipy.optimize.OptimizeWarning
assert type(solve()) is scipy.optimize.OptimizeResult
warnings.simplefilter("error")
try:
    fit()
except scipy.optimize.OptimizeWarning as error:
    assert type(error) is scipy.optimize.OptimizeWarning
""",
    "SciPy after our classes": """
import minpack
from minpack import OptimizeResult, OptimizeWarning
import scipy.optimize
assert minpack.OptimizeWarning is scipy.optimize.OptimizeWarning
for held in (OptimizeWarning, scipy.optimize.OptimizeWarning, minpack.OptimizeWarning):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            fit()
        except held as error:
            again = pickle.loads(pickle.dumps(error))
            assert isinstance(again, held) and again.args == error.args
        warnings.simplefilter("ignore", held)
        fit()
for held in (OptimizeResult, scipy.optimize.OptimizeResult, minpack.OptimizeResult):
    result = solve()
    again = pickle.loads(pickle.dumps(result))
    assert isinstance(result, held) and isinstance(again, held)
    assert (again.x, again.status, list(again)) == (result.x, result.status, list(result))
""",
    "no SciPy": """
import minpack
assert type(solve()) is minpack.OptimizeResult
warnings.simplefilter("ignore", minpack.OptimizeWarning)
fit()
assert not any(name.partition(".")[0] == "scipy" for name in sys.modules)
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_classes_of(name: str) -> None:
    if "SciPy " in name:
        pytest.importorskip("scipy")
    run = subprocess.run([sys.executable, "-c", HEAD + SCRIPTS[name]], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")


def test_pickles_of_our_own_classes_are_read_as_the_class_of_the_day() -> None:
    """Also those that were written where there was no SciPy."""
    result = pickle.loads(pickle.dumps(optimize.OptimizeResult(x=1.0, status=2)))
    assert type(result) is optimize.shared.current()
    assert (result.x, result.status) == (1.0, 2)
    warning = own_warnings.OptimizeWarning("careful")
    warning.add_note("twice")
    again = pickle.loads(pickle.dumps(warning))
    assert type(again) is own_warnings.shared.current()
    assert (again.args, again.__notes__) == (("careful",), ["twice"])


def test_the_class_of_both_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine:
        pass

    class Theirs:
        pass

    shared = Shared(Mine)
    assert shared.hand_out() is Mine
    Theirs.__name__ = "Mine"
    module = ModuleType("scipy.optimize")
    monkeypatch.setitem(sys.modules, "scipy.optimize", module)
    assert shared.current() is Mine  # no such class there, as in the middle of SciPy's import
    vars(module)["Mine"] = Theirs
    both = shared.current()
    assert both is shared.current()
    assert issubclass(both, Mine)
    assert issubclass(both, Theirs)
    assert shared.hand_out() is Theirs


def test_not_finite_is_a_runtime_warning_of_its_own() -> None:
    assert issubclass(minpack.NotFiniteWarning, RuntimeWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", minpack.NotFiniteWarning)
        x, ier = minpack.leastsq(lambda x: x * np.nan, [1.0])
    assert (x.tolist(), ier) == ([1.0], 4)
