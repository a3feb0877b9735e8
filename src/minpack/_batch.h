/* The lockstep engine: many fits through the steps of the core at once. */
#ifndef MINPACK_BATCH_H
#define MINPACK_BATCH_H

#include "_convert.h"

/* What became of a fit of a batch, beside MINPACK's codes 0 to 8. */
enum { NOT_FINITE_AT_START = -3, TOO_FEW_POINTS = -4, NOT_RUN_YET = -5 };

/* Add the type Batch and the codes to the module. Returns 0, or -1 with the error set. */
int add_batch(PyObject *module);

#endif
