/* One fit of Python's: what evaluates it, and its memory. */
#pragma once

#include "compiled.h"
#include "convert.h"
#include "data.h"
#include "misled.h"
#include "minpack.h"
#include "settings.h"

/* How Dfun gives the Jacobian: (m, n), its transpose, or row by row. */
enum { BY_SHAPE = 0, BY_COLUMNS = 1, BY_ROWS = 2 };

/* Lives on the C stack of the call; references are borrowed from the caller's arguments unless said otherwise. */
typedef struct Fit {
    minpack_fit core;
    int (*evaluate)(struct Fit *fit); /* what core.s.task asks for, into core's arrays: 0, or what stops the fit */
    const Settings *settings;
    PyObject *callback; /* None if there is none */
    PyObject *notice;   /* looks at a first value that is no plain array of doubles; NULL if nothing does */
    int said;           /* whether that had something to say */
    Misled misled;      /* whether differences misled the fit */

    PyObject *func, *dfun; /* Python functions; dfun is None for forward differences */
    int layout;            /* of what dfun returns */
    PyObject *xdata;       /* what a model is called with before the parameters */
    const Data *data;      /* NULL if func returns residuals */
    PyObject **argv;       /* room for what vectorcall wants, then what func is called with */
    Py_ssize_t argc;       /* how many that are */
    PyObject *x;           /* owned: the vector last handed out; reused only while nobody else holds it */

    Compiled compiled;     /* compiled functions, */
    PyThreadState *thread; /* and the thread while they run without the GIL; else NULL */

    int full;                                /* whether the caller wants these four arrays. Owned. */
    PyArrayObject *fvec, *fjac, *ipvt, *qtf; /* NULL as long as the number of residuals is not known */
    double *room;                            /* owned: all other arrays of core */
} Fit;

/* Room for m residuals of a NumPy floating-point type, whose precision sets the difference steps. Called once, by the
 * first evaluation, as only it tells m. Returns 0, or -1 with the error set. */
int fit_allocate(Fit *fit, npy_intp m, int type);
void fit_free(Fit *fit);
