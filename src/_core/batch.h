/* A batch of fits: their data, their results, and the fits under way; shared by the engines that drive them. */
#ifndef MINPACK_BATCH_H
#define MINPACK_BATCH_H

#include "convert.h"
#include "minpack.h"
#include <stdatomic.h>

/* What became of a fit of a batch, beside MINPACK's codes 0 to 8. */
enum { STOPPED_BY_FUNCTION = -1, NOT_FINITE_AT_START = -3, TOO_FEW_POINTS = -4, NOT_RUN_YET = -5 };

enum { IDLE, WANTS_START, WANTS_DIFFERENCES, WANTS_JACOBIAN, WANTS_TRIAL };

/* One of the fits that are under way. Its arrays are in one block that all slots share. */
typedef struct {
    minpack_state s;
    npy_intp fit; /* which of the batch */
    npy_intp row; /* its first row among the points, or among the points of Jacobians, last asked for */
    int wants;
    int *ipvt;
    double *x, *diag, *qtf, *fvec, *ftrial, *xtrial, *wa;
    double *step; /* the core's; while differences are wanted, the increments */
    double *fjac; /* m by n, or n by n where Jacobians are factored in lanes */
} Slot;

/* Fits whose Jacobians are factored together, each in a lane of `a` and of all other arrays. */
typedef struct {
    int count; /* lanes that are taken */
    Slot *slots[MINPACK_LANES];
    int rows[MINPACK_LANES];
    int *ipvt;
    double *a, *h, *rdiag, *acnorm, *wa;
} Lanes;

/* An array that has a row for each fit, or one row for all; NULL where there is none. Owned. */
typedef struct {
    PyArrayObject *array;
    npy_intp stride; /* elements from a fit's row to the next: 0 where there is one for all */
} Rows;

typedef struct {
    PyObject_HEAD
    npy_intp count, next, capacity, point_rows, jacobian_rows;
    Py_ssize_t finished; /* fits that ended in this batch */
    int m, n, given_jacobian, scale_covariance;
    atomic_int busy;
    minpack_state settings;
    Rows x0, ydata, weights, valid;
    PyArrayObject *x, *cov, *status, *nfev, *cost; /* the results, a row a fit. Owned. */
    Slot *slots;
    double *memory;
    int in_lanes;  /* whether Jacobians are factored in lanes: small ones are, which fit in a processor's cache */
    Lanes lanes;
    double *value; /* room for the residuals of one fit at one point */
} Batch;

/* A fit's row. */
const double *row_of(const Rows *rows, npy_intp fit);

/* Which points of a fit there are; NULL for all. */
const npy_bool *valid_of(const Batch *batch, npy_intp fit);

/* out = what the user's function gave for one point of a fit, less the data and weighed, without points left out.
 * out may be value. */
void residuals_of(const Batch *batch, npy_intp fit, const double *value, double *out);

/* out = a column of the Jacobian from the user's derivatives, that of point i at value[i * row]: weighed, and without
 * points left out. out may be value, where row is 1. */
void derivatives_of(const Batch *batch, npy_intp fit, const double *value, npy_intp row, double *out);

/* Begin the next fit that has not been run; FALSE where none is left. Fits with too few points end here. */
int begin_next(Batch *batch, Slot *slot);

/* Write a fit's results where they belong; status last, as it says that the others are there. */
void finish(Batch *batch, Slot *slot, int status);

/* Take the step that what a slot wants, now at `value`, makes possible: for a Jacobian the derivative of point i by
 * parameter j is at value[i * row + j * column]. Steps that wait for other lanes are taken by end_round at the latest. */
void take_step(Batch *batch, Slot *slot, const double *value, npy_intp row, npy_intp column);
void end_round(Batch *batch);

/* A batch belongs to one thread at a time: returns 0, or -1 with the error set; ends with batch->busy = 0. */
int enter(Batch *batch);

/* Methods of the type: those of the lockstep engine, and of compiled functions. */
PyObject *lockstep_request(Batch *batch, PyObject *none);
PyObject *lockstep_feed(Batch *batch, PyObject *args);
PyObject *compiled_run(Batch *batch, PyObject *args);
extern const char lockstep_request_doc[], lockstep_feed_doc[], compiled_run_doc[];

/* Add the type Batch and the codes to the module. Returns 0, or -1 with the error set. */
int add_batch(PyObject *module);

#endif
