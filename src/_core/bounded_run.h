/* What a BoundedFit asks for while it runs, from Python functions. */
#pragma once

#include "bounded.h"
#include "evaluate.h"

/* A fit under way. References are borrowed from the caller's arguments. */
typedef struct {
    BoundedFit *fit;
    Fit user;                        /* only what calls the user's functions: func, dfun, argv, xdata, data */
    PyObject *convert, *convert_jac; /* make real arrays of what func and dfun return if it is none, or raise */
    int kind;                        /* of differences of func; 0 if others give the Jacobian */
    PyObject *differences;           /* differences(x, f, precision) gives the Jacobian; NULL: dfun does */
    PyObject *loss, *tell;           /* NULL if there is none */
    int known;                       /* whether last_f are the residuals at last_x */
    int precision;                   /* of the residuals: 0 double, 1 single, 2 half */
} BoundedRun;

/* What the fit asks for, to where it belongs. Returns 0, or -1 with the error set. */
int bounded_evaluate(BoundedRun *run);
