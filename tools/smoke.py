"""Check an installed minpack with no other package than NumPy: fits of each kind, and the stored bits."""

import sys
import sysconfig
import warnings
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / "tests"), str(ROOT / "examples")]

import numpy as np  # noqa: E402

import minpack  # noqa: E402
import stored  # noqa: E402


def decay(t: np.ndarray, a: float, b: float) -> np.ndarray:
    return a / (1.0 + b * t)


def main() -> None:
    installed = {d.name for d in metadata.distributions()} - {"pip", "setuptools"}
    assert installed == {"minpack", "numpy"}, installed

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled(), "importing minpack enabled the GIL"

    x, ier = minpack.leastsq(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0])
    assert ier in (1, 2, 3, 4) and abs(x - 1).max() < 1e-6, (x, ier)
    t, truth = np.linspace(0.0, 4.0, 20), np.array([[2.0, 0.5], [3.0, 1.5], [1.0, 0.2]])
    y = np.array([decay(t, *p) for p in truth])
    for p, data in zip(truth, y, strict=True):
        assert np.allclose(minpack.curve_fit(decay, t, data, [1.0, 1.0])[0], p)
        result = minpack.least_squares(lambda p, data=data: decay(t, *p) - data, [1.0, 1.0], method="lm")
        assert np.allclose(result.x, p)
    noisy = y + 1e-3 * np.cos(7.0 * t)
    batch = minpack.curve_fit_batch(decay, t, noisy, [1.0, 1.0])
    assert batch.success.all()
    for data, p in zip(noisy, batch.x, strict=True):
        assert (minpack.curve_fit(decay, t, data, [1.0, 1.0])[0] == p).all()
    assert "no doubts" in minpack.fit(decay, t, noisy[0]).report()

    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some problems start where nothing changes, and the like
        for reference in ("scipy", "netlib"):
            for name, run, answer in stored.fits(reference):
                assert run.stored() == answer, (reference, name)
                count += 1
    assert count > 500
    print(f"{count} fits with the stored bits")


if __name__ == "__main__":
    main()
