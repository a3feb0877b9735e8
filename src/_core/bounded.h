/* BoundedFit: one bounded fit between evaluations, for a loop in Python. */
#ifndef MINPACK_BOUNDED_H
#define MINPACK_BOUNDED_H

#include "convert.h"
#include "minpack.h"
#include <stdatomic.h>

/* All memory is the object's own: what is given is copied in, what is asked for is copied out. The arrays of m exist from
 * the first residuals on, so all that wants them is refused before. */
typedef struct {
    PyObject_HEAD
    minpack_bounded_state s;
    atomic_flag busy;
    int sized; /* whether m is known */
    double *vectors, *x, *lower, *upper, *scale, *xtrial, *grad, *work;
    int *iwork;
    double *values, *fvec, *ftrial, *rho, *fjac, *a;
} BoundedFit;

/* Keep other threads out. The first returns 0, or -1 with the error set if one is in. */
int bounded_enter(BoundedFit *fit);
void bounded_leave(BoundedFit *fit);

/* The attributes, all of them copies. */
extern PyGetSetDef bounded_getset[];

/* The names of the methods and of the losses, in the order of minpack.h. */
extern const char *const bounded_method_names[];
extern const char *const bounded_loss_names[];

int add_bounded(PyObject *module);

#endif
