/* BoundedFit: one bounded fit, which Python can look at while it runs. */
#pragma once

#include "convert.h"
#include "misled.h"
#include "minpack.h"
#include <stdatomic.h>
#include <structmember.h> /* Python 3.11 declares PyMemberDef there */

/* All memory is the object's own: what is evaluated is copied in, what is asked for is copied out. The arrays of m exist
 * from the first residuals on, so all that wants them is refused before. */
typedef struct {
    PyObject_HEAD
    minpack_bounded_state s;
    atomic_flag busy;    /* while the core works on it, or somebody reads it */
    atomic_flag running; /* from the first evaluation to the last */
    int sized;           /* whether m is known */
    Py_ssize_t calls;    /* of the function that is fitted */
    Misled misled;       /* whether differences misled the fit */
    double *vectors, *x, *lower, *upper, *scale, *xtrial, *grad, *work;
    double *last_x, *last_f; /* the point evaluated last, except those of differences, and the residuals there */
    double *point, *relative, *typical, *h;
    int *iwork, *one_sided;
    double *values, *fvec, *ftrial, *rho, *fjac, *a;
    double *derivatives; /* the Jacobian at x before the loss has weighed it */
} BoundedFit;

/* Keep other threads out. The first returns 0, or -1 with the error set if one is in. */
int bounded_enter(BoundedFit *fit);
void bounded_leave(BoundedFit *fit);

/* Memory for m residuals. Returns 0, or -1 with the error set. */
int bounded_room(BoundedFit *fit, npy_intp m);

/* Copy an argument of n numbers to where it belongs. Returns 0, or -1 with the error set. */
int bounded_fill(double *to, PyObject *value, const char *name, npy_intp n);

/* BoundedFit.run. */
PyObject *bounded_run(BoundedFit *fit, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
extern const char bounded_run_doc[];
