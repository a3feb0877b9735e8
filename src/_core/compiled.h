/* Functions with an address, of the types of minpack.h, called without the GIL. */
#pragma once

#include "convert.h"
#include "minpack.h"

/* What a callback answers: info is the negative of it. A function of the user's that does not answer 0, a callback of
 * Python's that ends the fit, an error that is set. */
enum { STOP_FUNCTION = 1, STOP_CALLBACK = 2, STOP_ERROR = 100 };

typedef struct {
    minpack_residual *fcn;
    minpack_jacobian *jac;  /* NULL for forward differences */
    void *ctx;              /* handed to both */
    PyThreadState **thread; /* of the caller, saved while the GIL is released */
    int calls;
    double looked; /* when signals were last looked at, in seconds */
} Compiled;

/* Seconds since some time in the past; and whether so many have passed since then that Python should be looked at. */
double seconds(void);
int is_over(double since);

/* The functions at addresses, jac None for none, called by a thread without the GIL. Returns 0, or -1 with the error
 * set. */
int compiled_functions(Compiled *compiled, PyObject *fcn, PyObject *jac, PyThreadState **thread);

/* Their context, a float64 array in C order; NULL or None for none. Returns 0, or -1 with the error set. */
int compiled_context(Compiled *compiled, PyObject *context);

/* Call them. Ctrl-C is looked for now and then: the answer may be STOP_ERROR. */
int compiled_residual(Compiled *compiled, int m, int n, const double *x, double *fvec);
int compiled_jacobian(Compiled *compiled, int m, int n, const double *x, double *fjac);

/* Fit.evaluate for them. */
struct Fit;
int evaluate_compiled(struct Fit *fit);
