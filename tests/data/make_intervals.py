"""Make intervals.json with iminuit and lmfit (pip install iminuit lmfit scipy): python tests/data/make_intervals.py.

Minuit minimizes over the parameters in units of their errors, with central differences: in their own units it fails for
Kirby2 and Thurber. lmfit's conf_interval takes half a minute for Thurber.
"""

import json
import math
import sys
import warnings
from pathlib import Path
from statistics import NormalDist

import iminuit
import lmfit
import numpy as np
from scipy.optimize import root_scalar

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


def sharpened(m, best, covariance, held, away, level):
    """A point, from the minimum, moved outward or inward until Minuit's rise is the level: it stops up to 2e-3 off."""
    followed = covariance[:, held] @ np.linalg.inv(covariance[np.ix_(held, held)])  # where the others go

    def beyond(stretch):
        m.values = best + followed @ (stretch * away)
        for k in held:
            m.fixed[k] = True
        m.migrad()
        return m.fval - level

    stretch = 1.0
    if beyond(0.98) < 0.0 < beyond(1.02):
        root = root_scalar(beyond, bracket=(0.98, 1.02), xtol=1e-8).root
        if abs(beyond(root)) < 1e-5:  # else Minuit is lost, as near some ends of Rat43
            stretch = root
    end = best[held] + stretch * away
    m.fixed = False
    return end


def minos(fit, before=None):
    """Intervals by MINOS; for parameters that it cannot do on this machine, those found before."""
    m = minuit(fit)
    m.minos(cl=LEVEL)
    best, covariance, level = np.array(m.values), np.array(m.covariance), NormalDist().inv_cdf(0.5 + LEVEL / 2) ** 2
    errors = [m.merrors[k] for k in range(len(best))]
    found = []
    for k, error in enumerate(errors):
        if error.is_valid or before is None:
            ends = [sharpened(m, best, covariance, [k], np.array([away]), level)[0]
                    for away in (error.lower, error.upper)]  # fmt: skip
            found.append([float(fit.values[k] + fit.errors[k] * end) for end in ends])
        else:
            found.append(before[k])
    return found


def mncontour(fit):
    m = minuit(fit)
    best, covariance, level = np.array(m.values), np.array(m.covariance), -2.0 * math.log1p(-CONTOUR_LEVEL)
    points = np.asarray(m.mncontour(*fit.names[:2], cl=CONTOUR_LEVEL, size=12)) - best[:2]
    ends = [sharpened(m, best, covariance, [0, 1], point, level) for point in points]
    return (fit.values[:2] + fit.errors[:2] * np.array(ends)).tolist()


def conf_interval(fit):
    parameters = lmfit.create_params(**dict(fit))
    mini = lmfit.Minimizer(lambda p: fit.f(fit.xdata, *p.valuesdict().values()) - fit.ydata, parameters)
    result = mini.minimize(method="leastsq", ftol=1e-13, xtol=1e-13)
    ends = lmfit.conf_interval(mini, result, sigmas=[LEVEL], maxiter=500)
    return [[ends[k][0][1], ends[k][2][1]] for k in fit.names]


def main():
    warnings.simplefilter("ignore")
    found = {"versions": {"iminuit": iminuit.__version__, "lmfit": lmfit.__version__}}
    before = json.loads((HERE / "intervals.json").read_text(encoding="utf-8"))["minos"]
    found["minos"] = {name: minos(problem(name, absolute_sigma=True), before.get(name)) for name in PROBLEMS}
    found["mncontour"] = {name: mncontour(problem(name, absolute_sigma=True)) for name in CONTOURS}
    found["conf_interval"] = {name: conf_interval(problem(name)) for name in PROBLEMS}
    (HERE / "intervals.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
