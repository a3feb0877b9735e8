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
    int (*tell)(struct Fit *fit,
                int accepted); /* the callback, if there was a step to tell of since core.s.iter had that
                                                   value: the same */
    const Settings *settings;
    PyObject *callback; /* None if there is none */
    PyObject *notice;   /* looks at a first value that is no plain array of doubles; NULL if nothing does */
    int said;           /* whether that had something to say */
    Misled misled;      /* whether differences misled the fit */

    PyObject *func, *dfun;           /* Python functions; dfun is None for forward differences */
    PyObject *convert, *convert_jac; /* make arrays of what they return if it is none of doubles, or raise; or NULL */
    int layout;                      /* of what dfun returns */
    int precision;                   /* the NumPy type number of what func returned last */
    Py_ssize_t calls;                /* of func */
    PyObject *xdata;                 /* what a model is called with before the parameters */
    const Data *data;                /* NULL if func returns residuals */
    PyObject **argv;                 /* room for what vectorcall wants, then what func is called with */
    Py_ssize_t argc;                 /* how many that are */
    PyObject *x;                     /* owned: the vector last handed out; reused only while nobody else holds it */

    Compiled compiled;     /* compiled functions, */
    PyThreadState *thread; /* and the thread while they run without the GIL; else NULL */

    int full;                                /* whether the caller wants these four arrays, by a method that knows
                                                bounds the mask and the gradient as the last two. Owned. */
    PyArrayObject *fvec, *fjac, *ipvt, *qtf; /* NULL as long as the number of residuals is not known */
    double *room;                            /* owned: all other arrays of core */
} Fit;

/* Room for m residuals of a NumPy floating-point type, whose precision sets the difference steps. Called once, by the
 * first evaluation, as only it tells m. Returns 0, or -1 with the error set. */
int fit_allocate(Fit *fit, npy_intp m, int type);
void fit_free(Fit *fit);

/* ---- What a fit asks for, from the user's Python functions ---------------------------------------------- */

/* Above this many products it is worth while to let other threads run. */
#define RELEASE_GIL_ABOVE 2e5

/* Calls with few arguments do without allocating what vectorcall wants. */
#define ARGV_ON_STACK 16

/* Room for what a Python function is called with, on the stack of the call if that is large enough; and the further
 * arguments of residuals, a tuple, another object if there is one, or NULL. Returns 0, or -1 with the error set; end_call
 * follows in any case. */
int prepare_call(Fit *fit, PyObject *args, PyObject **on_stack);
void end_call(Fit *fit, PyObject **on_stack);

/* A copy of x in a vector that a user may keep and spoil; borrowed from fit. NULL with the error set. */
PyObject *vector_for_user(Fit *fit, npy_intp n, const double *x);

/* func at x into *fvec, which the first evaluation allocates; the same as minpack.h wants it; dfun at x into fjac. Each
 * returns 0, or STOP_ERROR. */
int python_residuals(Fit *fit, const double *x, double **fvec);
int moved_residuals(void *fit, int m, int n, const double *x, double *fvec);
int python_jacobian(Fit *fit);

/* A user's function at x: function(x, *args), or for a model function(xdata, *x) with x as NumPy's float64 scalars. New
 * reference. */
PyObject *call_user(Fit *fit, PyObject *function, npy_intp n, const double *x);

/* Fit.evaluate for Python functions. */
int evaluate_python(Fit *fit);

/* ---- The loop -------------------------------------------------------------------------------------------- */

/* A fit that has begun, to its end: info is negative if a function or the callback stopped it. */
void fit_run(Fit *fit);

/* Whether an object can be called, or is None if that will do. Returns 0, or -1 with the error set. */
int check_callable(PyObject *object, const char *name, int none_will_do);
