"""Linear algebra of our own: against LAPACK, and with the same bits whichever of its kernels OpenBLAS takes."""

import os
import subprocess
import sys

import numpy as np
import pytest

from minpack import _linear

RNG = np.random.default_rng(8)
A, B = RNG.normal(size=(40, 5)), RNG.normal(size=(5, 7))

FITS = """
import hashlib, warnings
import numpy as np
import minpack

warnings.simplefilter("ignore")
rng, t, digest = np.random.default_rng(0), np.linspace(0.0, 4.0, 40), hashlib.sha256()
model = minpack.model("a*exp(-b*t) + c")
ways = [
    {}, {"bounds": {"a": (0, 6), "b": (0, 2)}}, {"bounds": {"c": (0, None)}, "method": "dogbox"}, {"loss": "cauchy"},
    {"loss": "huber", "f_scale": 0.1}, {"tied": {"c": lambda a: a / 7}},
]
for _ in range(10):
    a, b, c = rng.uniform([1.0, 0.3, -1.0], [5.0, 3.0, 1.0])
    y = model(t, a, b, c) + rng.normal(scale=0.1, size=40)
    for way in ways:
        fit = minpack.fit(model, t, y, {"a": 1.0, "b": 1.0, "c": 1.0}, **way)
        square = fit.derived(lambda a, b: [a * b, a / b]).covariance
        for numbers in (fit.values, fit.covariance, square, np.array([fit.chi_square, fit.r_squared])):
            digest.update(numbers.tobytes())
digest.update(fit.bootstrap(20, rng=1).covariance.tobytes())
u = np.arange(9.0)  # terms that cancel tell the steps
far = minpack.fit(lambda x, a, b, c, d: a + b * x + c * np.exp((1e8 - x) / 3) + d * (x - 1e8)**2, 1e8 + u, 2 * u + u**2)
digest.update(far.covariance.tobytes())
print(digest.hexdigest())
"""


def test_products() -> None:
    np.testing.assert_allclose(_linear.product(A, B), A @ B, rtol=1e-13, atol=1e-14)
    rows = RNG.normal(size=(3, 40))
    np.testing.assert_allclose(_linear.products(A.T, rows), A.T @ rows.T, rtol=1e-13, atol=1e-13)
    assert _linear.products(A.T[:0], A.T[:0]).shape == (0, 0)


def test_orthogonal_rows() -> None:
    q, r = _linear.orthogonal(A)
    np.testing.assert_allclose(q @ q.T, np.eye(5), atol=1e-14)
    np.testing.assert_allclose(q.T @ r, A, atol=1e-14)
    assert (np.tril(r, -1) == 0.0).all()


def test_cholesky_factor() -> None:
    square = A.T @ A
    lower = _linear.lower_of(square)
    assert lower is not None
    np.testing.assert_allclose(lower, np.linalg.cholesky(square), atol=1e-13)
    assert _linear.lower_of(square - 1e3 * np.eye(5)) is None
    assert _linear.lower_of(np.full((2, 2), np.nan)) is None


@pytest.mark.parametrize("rows", [RNG.normal(size=(5, 3)), RNG.normal(size=5)], ids=["matrix", "vector"])
def test_triangular_systems(rows: np.ndarray) -> None:
    matrix = RNG.normal(size=(5, 5)) + 4.0 * np.eye(5)
    lower, upper = np.tril(matrix), np.triu(matrix)
    np.testing.assert_allclose(lower @ _linear.solve_lower(lower, rows.copy()), rows, atol=1e-13)
    np.testing.assert_allclose(upper @ _linear.solve_upper(upper, rows.copy()), rows, atol=1e-13)


def test_fits_have_the_same_bits_with_each_kernel_of_openblas() -> None:
    """Parameters and their covariance, that of derived quantities, how good the fit is, the bootstrap, and steps."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", FITS], env=os.environ | {"OPENBLAS_CORETYPE": kernel}, capture_output=True,
            text=True, check=True,
        ).stdout
        for kernel in ("Nehalem", "Haswell")
    }  # fmt: skip
    assert len(digests) == 1
