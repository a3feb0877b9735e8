"""Models that find their own start, through xarray's accessor."""

import numpy as np
import pytest

import minpack
from minpack import models

xr = pytest.importorskip("xarray")
pytest.importorskip("minpack.xarray")

T = np.linspace(0.0, 10.0, 80)
FREQUENCY = np.array([[0.3, 0.9, 1.7], [2.2, 2.9, 3.6]])
SIGNALS = models.sine(T, 2.0, FREQUENCY[..., np.newaxis], 0.4, 5.0) + 0.1 * np.sin(77.0 * T)
DATA = xr.DataArray(SIGNALS, dims=("row", "column", "time"), coords={"time": T})


def frequencies(data, **options) -> np.ndarray:
    return data.minpack.curvefit("time", models.sine, **options).curvefit_coefficients.sel(param="frequency").values


def test_each_fit_starts_where_its_data_suggest() -> None:
    expected = minpack.curve_fit_batch(models.sine, T, SIGNALS)
    fit = DATA.minpack.curvefit("time", models.sine)
    np.testing.assert_array_equal(fit.curvefit_coefficients.values, expected.x)
    np.testing.assert_array_equal(fit.curvefit_covariance.values, expected.cov)
    np.testing.assert_allclose(frequencies(DATA.transpose("time", ...)), FREQUENCY, rtol=1e-2)
    np.testing.assert_allclose(frequencies(DATA.where(DATA.time != T[3])), FREQUENCY, rtol=1e-2)


def test_within_bounds_and_in_chunks() -> None:
    np.testing.assert_allclose(frequencies(DATA, bounds={"amplitude": (0, None)}), FREQUENCY, rtol=1e-2)
    pytest.importorskip("dask.array")
    np.testing.assert_array_equal(frequencies(DATA.chunk({"row": 1})), frequencies(DATA))


def test_what_is_given_is_the_start() -> None:
    start = {"frequency": 0.3, "phase": 0.4, "amplitude": 2.0, "offset": 5.0}
    one = DATA[0, 0].minpack.curvefit("time", models.sine, p0=start).curvefit_coefficients
    expected = minpack.curve_fit_batch(models.sine, T, SIGNALS[0, 0], [start[name] for name in models.sine.parameters])
    np.testing.assert_array_equal(one.values, expected.x)
