"""The modules that hold a function under any name, and how to put another one there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

Namespace = dict[str, Any]


def namespaces() -> Iterator[Namespace]:
    """The globals of all modules that are imported now."""
    for module in sys.modules.copy().values():
        if isinstance(module, ModuleType):
            # not module.__dict__, which would import a module that is to be imported later
            yield object.__getattribute__(module, "__dict__")


def replace(functions: Mapping[int, Any], everywhere: Iterable[Namespace]) -> list[Namespace]:
    """Put other functions where these, given by id, are; the namespaces that changed.

    The objects of whole namespaces are compared by id: their own `==` may do anything, and this takes milliseconds for
    thousands of modules.
    """
    changed = []
    for namespace in everywhere:
        copy = namespace.copy()  # another thread may be importing this very module
        if functions.keys().isdisjoint(map(id, copy.values())):
            continue
        changed.append(namespace)
        for name, value in copy.items():
            if id(value) in functions and namespace.get(name) is value:
                namespace[name] = functions[id(value)]
    return changed
