/* The functions that the solvers call back, and the fit that they belong to. */
#ifndef MINPACK_CALLBACKS_H
#define MINPACK_CALLBACKS_H

#include "convert.h"
#include "compiled.h"


/* Where the Jacobian comes from: the last two where func and dfun are compiled. */
enum { FORWARD = 0, BY_COLUMNS = 1, BY_SHAPE = 2, BY_ROWS = 3, COMPILED = 4, COMPILED_FORWARD = 5 };

/* Data for a model f(xdata, *x): the residuals are weights * (f - y), or inverse(cholesky) * (f - y). Borrowed. */
typedef struct {
    PyObject *xdata;
    PyArrayObject *ydata;    /* a vector; one element goes with any length of f */
    PyArrayObject *weights;  /* NULL, one element, or as many as ydata */
    PyArrayObject *cholesky; /* NULL, or the lower triangular factor of the covariance of ydata */
} Curve;

/* One fit. Lives on the C stack of the call; references are borrowed from the caller's arguments but where said. */
typedef struct {
    PyObject *func, *dfun, *callback;
    const Curve *curve;    /* NULL where func returns residuals */
    PyObject **argv;       /* room for what vectorcall wants, then what func is called with */
    Py_ssize_t argc;       /* how many that are */
    PyObject *x;           /* owned: the vector last handed out; reused only while nobody else holds it */
    PyObject *first_value; /* owned: what func returned at x0, until store_first */
    PyArrayObject *first;  /* owned: the array of that */
    int started;           /* whether fvec has the residuals at x0 already, for which the solver asks first */
    PyObject *rows;        /* owned: the iterator over the Jacobian's rows, while it runs */
    PyArrayObject *block;  /* owned: the rows that it gave last, a copy */
    npy_intp block_row;    /* how many of them are used up */
    int source;
    PyThreadState *thread; /* set while the GIL is released */
    int release;           /* whether it is to be released between callbacks */
    Compiled compiled;     /* what to call where func and dfun are compiled */
} Fit;

/* Take the GIL back, or give it away where the fit is to do so. */
void gil_take(Fit *fit);
void gil_give(Fit *fit);

/* A copy of x in a vector that a user may keep and spoil; borrowed from fit. NULL with the error set. */
PyObject *vector_for_user(Fit *fit, npy_intp n, const double *x);

/* func at x0: returns how many residuals there are, or -1 with the error set. */
npy_intp evaluate_first(Fit *fit, int n, const double *x, int *precision);

/* Its residuals into fvec, before the solver, which begins with them, is started. */
void store_first(Fit *fit, int m, double *fvec);

/* The callbacks of minpack.h, with ctx a Fit. */
minpack_residual residual;
minpack_jacobian jacobian;
minpack_row jacobian_row;
minpack_iteration iteration;

/* The same for compiled functions. */
minpack_residual residual_compiled;
minpack_jacobian jacobian_compiled;

#endif
