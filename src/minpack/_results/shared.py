"""Classes that are SciPy's own if SciPy has been imported, and ours if not; SciPy itself is never imported here."""

from __future__ import annotations

import sys
from typing import Any


class Shared:
    """A class of ours, `own`, that SciPy has too, by the same name in `scipy.optimize`.

    Clients catch, filter and compare with SciPy's class, so new objects are of that class if there is one. If `own` was
    handed out before SciPy was imported, new objects are of both classes, so that code that holds either recognizes
    them.
    """

    def __init__(self, own: type[Any]) -> None:
        self.own = own
        self._is_out = False
        self._both: dict[type[Any], type[Any]] = {}

    def _scipys(self) -> type[Any] | None:
        found = getattr(sys.modules.get("scipy.optimize"), self.own.__name__, None)
        return found if isinstance(found, type) else None

    def hand_out(self) -> type[Any]:
        """The class for code that catches, filters or compares."""
        found = self._scipys()
        if found is None:
            self._is_out = True
            return self.own
        return found

    def current(self) -> type[Any]:
        """The class for a new object."""
        found = self._scipys()
        if found is None:
            return self.own
        if not self._is_out:
            return found
        if found not in self._both:
            members = {"__doc__": self.own.__doc__, "__module__": self.own.__module__}
            self._both.setdefault(found, type(self.own.__name__, (self.own, found), members))
        return self._both[found]
