"""Make intervals.json with iminuit and lmfit (pip install iminuit lmfit): python tests/data/make_intervals.py.

Minuit minimizes over the parameters in units of their errors, with central differences: in their own units it fails for
Kirby2 and Thurber. lmfit's conf_interval takes half a minute for Thurber.
"""

import json
import sys
import warnings
from pathlib import Path

import iminuit
import lmfit
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "examples")]

from support.intervals import CONTOUR_LEVEL, CONTOURS, LEVEL, PROBLEMS, problem  # noqa: E402


def minuit(fit):
    """Minuit at the minimum of chi-square less what it is there, over u = (parameters - values) / errors."""

    def residuals(u):
        return (fit.ydata - fit.f(fit.xdata, *(fit.values + fit.errors * u))) / fit.sigma

    def gradient(u):
        moves = 1e-3 * np.eye(len(u))
        return np.array([2.0 * residuals(u) @ (residuals(u + h) - residuals(u - h)) / 2e-3 for h in moves])

    def rise(u):
        return float(residuals(u) @ residuals(u)) - fit.chi_square

    m = iminuit.Minuit(rise, np.zeros(len(fit.names)), grad=gradient, name=fit.names)
    m.errordef, m.strategy, m.tol, m.errors = 1.0, 2, 1e-5, np.ones(len(fit.names))
    m.migrad()
    m.hesse()
    return m


def minos(fit):
    m = minuit(fit)
    m.minos(cl=LEVEL)
    ends = [[v + m.merrors[k].lower, v + m.merrors[k].upper] for k, v in enumerate(m.values)]
    return (fit.values[:, np.newaxis] + fit.errors[:, np.newaxis] * np.array(ends)).tolist()


def mncontour(fit):
    points = minuit(fit).mncontour(*fit.names[:2], cl=CONTOUR_LEVEL, size=12)
    return (fit.values[:2] + fit.errors[:2] * np.asarray(points)).tolist()


def conf_interval(fit):
    parameters = lmfit.create_params(**dict(fit))
    mini = lmfit.Minimizer(lambda p: fit.f(fit.xdata, *p.valuesdict().values()) - fit.ydata, parameters)
    result = mini.minimize(method="leastsq", ftol=1e-13, xtol=1e-13)
    ends = lmfit.conf_interval(mini, result, sigmas=[LEVEL], maxiter=500)
    return [[ends[k][0][1], ends[k][2][1]] for k in fit.names]


def main():
    warnings.simplefilter("ignore")
    found = {"versions": {"iminuit": iminuit.__version__, "lmfit": lmfit.__version__}}
    found["minos"] = {name: minos(problem(name, absolute_sigma=True)) for name in PROBLEMS}
    found["mncontour"] = {name: mncontour(problem(name, absolute_sigma=True)) for name in CONTOURS}
    found["conf_interval"] = {name: conf_interval(problem(name)) for name in PROBLEMS}
    (HERE / "intervals.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
