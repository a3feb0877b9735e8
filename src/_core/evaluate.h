/* What a fit asks for, from the user's Python functions. */
#pragma once

#include "fit.h"

/* Above this many products it is worth while to let other threads run. */
#define RELEASE_GIL_ABOVE 2e5

/* Calls with few arguments do without allocating what vectorcall wants. */
#define ARGV_ON_STACK 16

/* Room for what a Python function is called with, on the stack of the call if that is large enough; and the further
 * arguments of residuals, a tuple or NULL. Returns 0, or -1 with the error set; end_call follows in any case. */
int prepare_call(Fit *fit, PyObject *args, PyObject **on_stack);
void end_call(Fit *fit, PyObject **on_stack);

/* A copy of x in a vector that a user may keep and spoil; borrowed from fit. NULL with the error set. */
PyObject *vector_for_user(Fit *fit, npy_intp n, const double *x);

/* func at x into fvec, as minpack.h wants it. Returns 0, or STOP_ERROR. */
int moved_residuals(void *fit, int m, int n, const double *x, double *fvec);

/* A user's function at x: function(x, *args), or for a model function(xdata, *x) with x as NumPy's float64 scalars. New
 * reference. */
PyObject *call_user(Fit *fit, PyObject *function, npy_intp n, const double *x);

/* Fit.evaluate for Python functions. */
int evaluate_python(Fit *fit);
