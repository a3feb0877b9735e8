/* What a fit asks for, from the user's Python functions. */
#ifndef MINPACK_EVALUATE_H
#define MINPACK_EVALUATE_H

#include "fit.h"

/* Above this many products it is worth while to let other threads run. */
#define RELEASE_GIL_ABOVE 2e5

/* A copy of x in a vector that a user may keep and spoil; borrowed from fit. NULL with the error set. */
PyObject *vector_for_user(Fit *fit, npy_intp n, const double *x);

/* Fit.evaluate for Python functions. */
int evaluate_python(Fit *fit);

#endif
