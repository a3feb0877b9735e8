"""Minpack in SciPy's place, for programs and packages that call SciPy: no change of their code.

After ``minpack.scipy.use()``, `leastsq`, `curve_fit` and `least_squares` of `scipy.optimize` are minpack's, for all
packages that call them, imported before or after. ``python -m minpack.scipy script.py`` does the same for a program.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from ._switch.calls import Calls, Report
from ._switch.places import Namespace, namespaces, replace
from ._switch.stand_ins import Switch, curve_fit_for, least_squares_for, leastsq_for

__all__ = ["Calls", "Report", "Use", "report", "restore", "use"]

_USAGE = "usage: python -m minpack.scipy [--report] (script.py | -m module) [argument ...]"

_lock = threading.RLock()  # for what follows
_switch = Switch()
_users: set[Use] = set()
_pairs: list[tuple[Callable[..., Any], Callable[..., Any]]] = []  # SciPy's functions and their stand-ins
_changed: list[Namespace] = []


class Use:
    """The switch, held on: what `use` returns. As a context manager it lets go at the end of the block.

    Examples
    --------
    >>> import minpack.scipy
    >>> with minpack.scipy.use() as held:
    ...     pass
    >>> type(held).__name__
    'Use'
    """

    def __enter__(self) -> Use:
        _hold(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with _lock:
            _users.discard(self)
            if not _users:
                _off()


def use() -> Use:
    """Replace SciPy's functions by minpack's.

    They are `leastsq`, `curve_fit` and `least_squares`: in `scipy.optimize`, in SciPy's private modules, and as globals
    of all modules imported so far. They look like SciPy's, return SciPy's types, and call your functions as often as
    SciPy does. SciPy serves each call that minpack cannot (sparse Jacobians, `tr_solver` "lsmr", arguments that minpack
    refuses), without a word; `report` lists these calls.

    Returns
    -------
    Use
        A context manager, which need not be used: ``with minpack.scipy.use():`` switches off at the end of the block,
        if nobody else holds the switch on. Otherwise it stays on until `restore`.

    Raises
    ------
    ImportError
        If SciPy is not installed, or older than 1.17.

    See Also
    --------
    restore : Undo it.
    report : What was called since.

    Notes
    -----
    The switch is for the whole process, all threads. Processes that were forked after it have it too; those that were
    spawned do not. A function that is kept elsewhere than in a module's globals (in a class, say, or in a default
    argument) is not replaced. If SciPy serves a call, its warnings point at a line of minpack.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.optimize
    >>> import minpack.scipy
    >>> t = np.array([0.0, 1.0, 2.0, 3.0])
    >>> with minpack.scipy.use():
    ...     popt, _ = scipy.optimize.curve_fit(lambda t, a, b: a + b * t, t, 1.0 + 2.0 * t)
    >>> popt.round(6)
    array([1., 2.])
    """
    user = Use()
    _hold(user)
    return user


def restore() -> None:
    """Put SciPy's functions back everywhere, whoever holds the switch on.

    Stand-ins that are kept elsewhere than in a module's globals call SciPy from now on.

    Examples
    --------
    >>> import minpack.scipy
    >>> _ = minpack.scipy.use()
    >>> minpack.scipy.restore()
    """
    with _lock:
        _users.clear()
        _off()


def report(clear: bool = False) -> Report:
    """Say what was called while the switch was on.

    Parameters
    ----------
    clear : bool, optional
        Count from zero again.

    Returns
    -------
    Report
        How often which module called each function, how long that took, and why SciPy served it if it did; prints as a
        table.

    Examples
    --------
    >>> import minpack.scipy
    >>> from scipy import optimize
    >>> _ = minpack.scipy.report(clear=True)
    >>> with minpack.scipy.use():
    ...     x, ier = optimize.leastsq(lambda x: [x[0] - 2.0], [1.0])
    >>> minpack.scipy.report().served
    1
    """
    return _switch.counter.report(clear)


def _hold(user: Use) -> None:
    with _lock:
        if not _pairs:
            _pairs.extend(_find())
        _users.add(user)
        if _switch.is_on:
            return
        _switch.is_on = True
        _changed.extend(replace({id(scipys): ours for scipys, ours in _pairs}, namespaces()))


def _off() -> None:
    if not _switch.is_on:
        return
    _switch.is_on = False
    # modules imported meanwhile have the stand-ins as well, and some that were changed may be imported no longer
    replace({id(ours): scipys for scipys, ours in _pairs}, [*namespaces(), *_changed])
    _changed.clear()


def _find() -> list[tuple[Callable[..., Any], Callable[..., Any]]]:
    try:
        version = importlib.import_module("scipy").__version__
        home = importlib.import_module("scipy.optimize._minpack_py")
    except ImportError as error:
        raise ImportError("minpack.scipy needs SciPy: pip install scipy") from error
    if tuple(int(part) for part in version.split(".")[:2]) < (1, 17):
        raise ImportError(f"minpack.scipy needs SciPy 1.17 or later; found {version}")
    makers = {"leastsq": leastsq_for, "curve_fit": curve_fit_for, "least_squares": least_squares_for}
    return [(getattr(home, name), make(getattr(home, name), _switch)) for name, make in makers.items()]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a script, or a module, with the switch on.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit status, unless what ran ended by SystemExit.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    with_report = args[:1] == ["--report"]
    args = args[with_report:]
    as_module = args[:1] == ["-m"]
    args = args[as_module:]
    if not as_module and args[:1] in (["-h"], ["--help"]):
        print(_USAGE)
        return 0
    if not args or (args[0].startswith("-") and not as_module):
        print(_USAGE, file=sys.stderr)
        return 2
    if not as_module and not os.path.exists(args[0]):
        print(f"minpack.scipy: there is no file {args[0]!r}", file=sys.stderr)
        return 2
    sys.argv = args
    try:
        with use():
            if as_module:
                runpy.run_module(args[0], run_name="__main__", alter_sys=True)
            else:
                sys.path[0] = os.path.dirname(os.path.abspath(args[0]))
                runpy.run_path(args[0], run_name="__main__")
    finally:
        if with_report:
            print(report(), file=sys.stderr)
    return 0


if __name__ == "__main__":
    # not this copy of the module, but the one that others import
    sys.exit(importlib.import_module("minpack.scipy").main())
