"""xarray's own tests of DataArray.curvefit, from the installed xarray, run against the accessor.

Not run: the one of xarray's private helpers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

xr = pytest.importorskip("xarray", reason="xarray is not installed")
pytest.importorskip("scipy", reason="SciPy is not installed")
suite = pytest.importorskip("xarray.tests.test_dataarray", reason="xarray is installed without its tests")
import minpack.xarray  # noqa: E402, F401

calls: list[str] = []  # the models that the accessor was called with


def row_by_row(func: Callable[..., Any]) -> Callable[..., Any]:
    """A model that asks `if a > 10`, and so must be called with numbers."""

    def model(x: Any, *params: Any) -> Any:
        return np.stack([np.broadcast_to(func(x, *row), x.shape) for row in np.hstack(params)])

    return model


def curvefit(self: Any, coords: Any, func: Any, **kwargs: Any) -> Any:
    """The accessor's."""
    calls.append(func.__name__)
    if func.__name__ == "line":
        func, kwargs["param_names"] = row_by_row(func), ["a", "b"]
    return self.minpack.curvefit(coords, func, **kwargs)


@pytest.mark.parametrize("use_dask", [False, True], ids=["numpy", "dask"])
@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("test_curvefit", 2), ("test_curvefit_multidimensional_guess", 2), ("test_curvefit_multidimensional_bounds", 3),
        ("test_curvefit_ignore_errors", 2),
    ],
)
def test_of_xarray(name: str, ours: int, use_dask: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if use_dask:
        pytest.importorskip("dask.array", reason="Dask is not installed")
    monkeypatch.setattr(xr.DataArray, "curvefit", curvefit)
    calls.clear()
    getattr(suite.TestDataArray(), name)(use_dask=use_dask)
    assert len(calls) == ours  # else it would have passed without us
