"""`model`: a formula as a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._models.model import Model, predictors_of


def model(
    formula: str,
    predictors: str | Sequence[str] | None = None,
    *,
    name: str = "model",
    derived: Mapping[str, str] | None = None,
) -> Model:
    """Make a formula into a model with exact derivatives.

    The formula is parsed, never run. The model can be passed wherever minpack takes a function: `fit` and
    `curve_fit_batch`, with both engines, use its derivatives; to `curve_fit` pass ``jac=model.jac``.

    Parameters
    ----------
    formula : str
        Numbers, names, ``+ - * / ^`` (or ``**``), parentheses, ``where(a < b, u, v)``, pi, and functions: exp, expm1,
        log (ln), log10, log2, log1p, sqrt, sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh,
        atanh, hypot, erf, erfc, logistic, voigt, abs, sign, minimum, maximum. Names may have Latin and Greek letters,
        and may be ``lambda``. ``e`` is Euler's number if it is the base of a power. Signs may be those of typesetting,
        as in ``a·x²``, and ``np.exp`` is ``exp``.
    predictors : str or sequence of str, optional
        Which names are data; by default those of x, y, z, t that are in the formula. All others are parameters.
    name : str, optional
        What reports call it.
    derived : dict of str to str, optional
        Quantities computed from the parameters, as formulas, such as ``{"half_life": "ln(2)/rate"}``.

    Returns
    -------
    Model
        ``model(x, *params)`` are its values, ``model.jac(x, *params)`` its derivatives, shape (m, n). If a derivative
        has no value at a point but a limit, as that of x^b by b at 0, it is a difference quotient there. Values that
        are not finite raise no error and no warning.

    Raises
    ------
    ValueError
        If the formula is not arithmetic, or a parameter has no influence: one line, with the place.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> decay = minpack.model("a*exp(-b*t) + c")
    >>> decay
    <model model(t, a, b, c) = a*exp(-b*t) + c>
    >>> t = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    >>> y = np.array([3.01, 2.02, 1.42, 1.03, 0.82, 0.63, 0.54, 0.51])
    >>> minpack.fit(decay, t, y, [1, 1, 1])
    Fit(a = 2.518 ± 0.013, b = 1.013 ± 0.012, c = 0.4962 ± 0.0082)
    >>> decay.jac(t[:2], 2.0, 1.0, 0.5).round(3)
    array([[ 1.   , -0.   ,  1.   ],
           [ 0.607, -0.607,  1.   ]])
    """
    if not isinstance(formula, str):
        raise TypeError(f"formula must be text; got {formula!r}")
    names = predictors_of(formula) if predictors is None else predictors
    made = Model(formula, (names,) if isinstance(names, str) else tuple(names), name=name, derived=derived)
    made.check()
    return made
