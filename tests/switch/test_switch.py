"""The switch: it reaches all modules that hold SciPy's functions, and takes everything back."""

import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize")
pytest.importorskip("scipy", minversion="1.17")

import minpack.scipy as switch  # noqa: E402
from minpack._switch.places import namespaces, replace  # noqa: E402

NAMES = ("leastsq", "curve_fit", "least_squares")
SCIPYS = {name: getattr(optimize, name) for name in NAMES}


def residuals(x: Any) -> Any:
    return np.array([x[0] - 1.0, x[0] * x[1] - 2.0, 0.5 * x[1]])


def holders(functions: Any) -> set[tuple[str, str]]:
    wanted = set(map(id, functions))
    everywhere = ((space["__name__"], *item) for space in namespaces() for item in space.copy().items())
    return {(module, name) for module, name, value in everywhere if id(value) in wanted}


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    switch.restore()
    switch.report(clear=True)
    before = holders(SCIPYS.values())
    yield
    switch.restore()
    assert holders(SCIPYS.values()) >= before
    assert {name: getattr(optimize, name) for name in NAMES} == SCIPYS


def test_all_modules_that_hold_a_function_have_the_other_and_back() -> None:
    before = holders(SCIPYS.values())
    assert {("scipy.optimize", name) for name in NAMES} <= before
    assert {("scipy.optimize._minpack_py", "curve_fit"), ("scipy.optimize._root", "leastsq")} <= before
    assert {("scipy.optimize._lsq", "least_squares"), ("scipy.optimize._lsq.least_squares", "least_squares")} <= before
    with switch.use():
        ours = {name: getattr(optimize, name) for name in NAMES}
        assert not set(ours.values()) & set(SCIPYS.values())
        assert holders(ours.values()) == before
        assert holders(SCIPYS.values()) == set()
    assert holders(SCIPYS.values()) == before
    assert holders(ours.values()) == set()


def test_modules_imported_while_it_is_on_get_scipys_back(monkeypatch: pytest.MonkeyPatch) -> None:
    late = ModuleType("late")
    monkeypatch.setitem(sys.modules, "late", late)
    with switch.use():
        exec("from scipy.optimize import leastsq as fit", vars(late))
        kept = vars(late)["fit"]
        assert kept is not SCIPYS["leastsq"]
    assert vars(late)["fit"] is SCIPYS["leastsq"]
    kept(residuals, [1.0, 1.0])
    assert switch.report().calls == ()  # what was kept elsewhere calls SciPy now


def test_a_module_that_is_gone_gets_scipys_back(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ModuleType("gone")
    vars(gone)["fit"] = SCIPYS["leastsq"]
    monkeypatch.setitem(sys.modules, "gone", gone)
    switch.use()
    assert vars(gone)["fit"] is not SCIPYS["leastsq"]
    monkeypatch.delitem(sys.modules, "gone")
    switch.restore()
    assert vars(gone)["fit"] is SCIPYS["leastsq"]


def test_names_of_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def patched() -> None:
        """Put there by somebody else."""

    monkeypatch.setattr(optimize, "leastsq", patched)
    with switch.use():
        assert optimize.leastsq is patched
    assert optimize.leastsq is patched
    monkeypatch.undo()


def test_objects_are_not_compared_by_their_own_equality() -> None:
    class Odd:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError

    old, new = object(), object()
    space = {"odd": Odd(), "array": np.ones(3), "name": old}
    (changed,) = replace({id(old): new}, [space, {"odd": Odd()}])
    assert changed is space
    assert space["name"] is new


def test_it_stays_on_while_somebody_holds_it() -> None:
    first = switch.use()
    with first, switch.use():
        pass
    assert optimize.leastsq is SCIPYS["leastsq"]  # `first` was a context, which has ended
    switch.use()
    switch.use()
    with switch.use():
        pass
    assert optimize.leastsq is not SCIPYS["leastsq"]
    switch.restore()
    switch.restore()
    assert optimize.leastsq is SCIPYS["leastsq"]


def within_bounds(which: Any) -> Any:
    """A fit within bounds, which stops at one."""
    return which["least_squares"](residuals, [0.5, 1.0], bounds=(0.0, [0.9, 5.0])).x


FITS = {
    "leastsq": lambda which: which["leastsq"](residuals, [1.0, 1.0])[0],
    "curve_fit": lambda which: which["curve_fit"](lambda t, a: a + 0.0 * t, np.arange(3.0), np.ones(3))[0],
    "least_squares": within_bounds,
    "curve_fit within bounds": lambda which: which["curve_fit"](
        lambda t, a: a + 0.0 * t, np.arange(3.0), np.ones(3), [0.2], bounds=(0.0, 0.5)
    )[0],
}


def fits_right(answers: dict[str, Any]) -> int:
    """One fit of each kind by the functions that SciPy's module has at this moment; how many these are."""
    for name, fit in FITS.items():
        assert fit(vars(optimize)) == pytest.approx(answers[name], rel=1e-6)
    return len(FITS)


@pytest.fixture
def answers() -> dict[str, Any]:
    return {name: fit(SCIPYS) for name, fit in FITS.items()}


def test_held_on_a_thousand_times_by_eight_threads(answers: dict[str, Any]) -> None:
    """All calls of a thread that holds it on are minpack's, whoever else lets go."""
    before = holders(SCIPYS.values())

    def on_and_off() -> None:
        for _ in range(125):
            with switch.use():
                fits_right(answers)

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(on_and_off) for _ in range(8)]:
            each.result()
    report = switch.report()
    assert (report.served, report.passed_on) == (1000 * len(FITS), 0)
    assert holders(SCIPYS.values()) == before


def test_on_and_off_a_thousand_times_while_eight_threads_fit(
    answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever serves a call, it is served once, and rightly."""
    before = holders(SCIPYS.values())
    few = [vars(module) for name, module in sys.modules.items() if name.startswith("scipy.optimize")]
    monkeypatch.setattr(switch, "namespaces", lambda: iter(few))  # all take milliseconds
    done = threading.Event()

    def fit_all_the_time() -> int:
        count = 0
        while not done.is_set():
            count += fits_right(answers)
        return count

    with ThreadPoolExecutor(8) as pool:
        fits = [pool.submit(fit_all_the_time) for _ in range(8)]
        try:
            for k in range(1000):
                with switch.use():
                    assert optimize.leastsq is not SCIPYS["leastsq"]
                    if k % 100 == 0:  # or the others might find it off each time that they get the GIL
                        time.sleep(0.005)
                assert optimize.leastsq is SCIPYS["leastsq"]
        finally:
            done.set()
        made = sum(each.result() for each in fits)
    report = switch.report()
    assert 0 < report.served <= made
    assert report.passed_on == 0
    assert holders(SCIPYS.values()) == before


def test_functions_are_pickled_by_name() -> None:
    with switch.use():
        text = pickle.dumps(optimize.curve_fit)
        assert pickle.loads(text) is optimize.curve_fit
    assert pickle.loads(text) is SCIPYS["curve_fit"]


def test_scipy_too_old_or_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "_pairs", [])
    monkeypatch.setattr(sys.modules["scipy"], "__version__", "1.16.2")
    with pytest.raises(ImportError, match=r"^minpack.scipy needs SciPy 1\.17 or later; found 1\.16\.2$"):
        switch.use()
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r"^minpack.scipy needs SciPy: pip install scipy$"):
        switch.use()
    assert optimize.leastsq is SCIPYS["leastsq"]


SCRIPT = """
import sys
from helper import fit
print(sys.argv, __name__, float(fit()))
sys.exit(5)
"""
HELPER = """
from scipy.optimize import curve_fit
def fit():
    return curve_fit(lambda t, a: a * t, [1.0, 2.0], [2.0, 4.0])[0][0]
"""


def run(folder: Path, *args: str) -> Any:
    command = [sys.executable, "-m", "minpack.scipy", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_script_and_a_module_run_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "script.py").write_text(SCRIPT)
    (folder / "helper.py").write_text(HELPER)
    for where, args in ((tmp_path, ["there/script.py"]), (folder, ["-m", "script"])):
        command = [sys.executable, *args, "a", "-b"]
        plain = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        done = run(where, "--report", *args, "a", "-b")
        assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
        assert done.returncode == 5
        assert [line.split()[:3] for line in done.stderr.splitlines()[1:]] == [["curve_fit", "helper", "1"]]
        assert done.stderr.rstrip().endswith("minpack")


@pytest.mark.parametrize("args", [[], ["-x"], ["-m"], ["no.py"]])
def test_wrong_usage(tmp_path: Path, args: list[str]) -> None:
    done = run(tmp_path, *args)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert (done.returncode, done.stdout[:6], done.stderr) == (0, "usage:", "")
