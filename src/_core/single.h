/* One fit for Python, from the arguments to the results. */
#ifndef MINPACK_LEASTSQ_H
#define MINPACK_LEASTSQ_H

#include "convert.h"

#define LEASTSQ_DOC \
    "leastsq(func, dfun, x0, args, source, full, ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference,\n" \
    "        callback) -> (x, info, bad, maxfev[, nfev, njev, fvec, fjac, ipvt, qtf, cov])\n\n" \
    "One fit. bad is the first residual that is not finite at x0, where no fit was made for that, else -1.\n" \
    "func is a function of x that returns residuals; or a curve, the tuple (f, xdata, ydata, weights, cholesky)\n" \
    "of a function f(xdata, *x) and float64 arrays in C order, of which the last two may be None.\n" \
    "Where source says that they are compiled, func and dfun are addresses, and args is (context, m)."

/* A function of the module, by METH_FASTCALL. */
PyObject *leastsq(PyObject *module, PyObject *const *a, Py_ssize_t count);

#endif
