"""MINPACK's Levenberg-Marquardt for Python: SciPy's `leastsq`, bit for bit, with NumPy alone."""

from ._check_gradient import GradientCheck, check_gradient
from ._leastsq import leastsq

__version__ = "0.1.0"

__all__ = ["GradientCheck", "check_gradient", "leastsq"]
