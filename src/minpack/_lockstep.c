#define NO_IMPORT_ARRAY
#include "_batch.h"
#include <math.h>
#include <string.h>
#include <numpy/arrayobject.h>

/* The lockstep engine: many fits through the steps of the core at once. */

/* After a step: what the slot wants next, or the end of its fit. */
static void
go_on(Batch *batch, Slot *slot)
{
    switch (slot->s.task) {
    case MINPACK_JACOBIAN:
        slot->wants = batch->given_jacobian ? WANTS_JACOBIAN : WANTS_DIFFERENCES;
        break;
    case MINPACK_TRIAL:
        slot->wants = WANTS_TRIAL;
        break;
    default:
        finish(batch, slot, slot->s.info);
    }
}

/* Take the step that a slot's values make possible. */
static void
take_step(Batch *batch, Slot *slot, const double *values, const double *jacobians)
{
    minpack_state *s = &slot->s;
    npy_intp m = s->m, n = batch->n;
    const double *value = slot->wants == WANTS_JACOBIAN ? jacobians + slot->row * batch->m * n
                                                        : values + slot->row * batch->m;

    switch (slot->wants) {
    case WANTS_START:
        residuals_of(batch, slot->fit, value, slot->fvec);
        for (npy_intp i = 0; i < m; i++) {
            if (!isfinite(slot->fvec[i])) {
                s->nfev = 1;
                finish(batch, slot, NOT_FINITE_AT_START);
                return;
            }
        }
        minpack_lm_start(s, slot->fvec, slot->diag);
        break;
    case WANTS_DIFFERENCES:
        for (npy_intp j = 0; j < n; j++) {
            double h = minpack_difference_step(slot->x[j], s->epsfcn, &s->mach);
            double *column = slot->fjac + j * m;
            residuals_of(batch, slot->fit, value + j * batch->m, column);
            for (npy_intp i = 0; i < m; i++)
                column[i] = (column[i] - slot->fvec[i]) / h;
        }
        s->nfev += batch->n;
        minpack_lm_linearize(s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                             slot->ftrial, slot->step, slot->wa);
        break;
    case WANTS_JACOBIAN:
        jacobian_of(batch, slot, value, n, 1);
        s->njev++;
        minpack_lm_linearize(s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                             slot->ftrial, slot->step, slot->wa);
        break;
    default:
        residuals_of(batch, slot->fit, value, slot->ftrial);
        minpack_lm_update(s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                          slot->ftrial, slot->step, slot->wa);
    }
    go_on(batch, slot);
}

const char lockstep_request_doc[] =
    "request() -> (points, fits, jacobian_points, jacobian_fits)\n\n"
    "The points at which the fits under way want the function, (rows, n), and the Jacobian, and which fit of\n"
    "the batch each row belongs to. No rows at all: every fit has ended.";

PyObject *
lockstep_request(Batch *batch, PyObject *Py_UNUSED(none))
{
    npy_intp n = batch->n, rows[2] = {0, 0};
    PyObject *result = NULL;
    PyArrayObject *points[2] = {NULL}, *fits[2] = {NULL};

    if (enter(batch) != 0)
        return NULL;
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (slot->wants == IDLE && !begin_next(batch, slot))
            continue;
        int kind = slot->wants == WANTS_JACOBIAN;
        slot->row = rows[kind];
        rows[kind] += slot->wants == WANTS_DIFFERENCES ? n : 1;
    }
    for (int kind = 0; kind < 2; kind++) {
        npy_intp dims[2] = {rows[kind], n};
        points[kind] = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        fits[kind] = (PyArrayObject *)PyArray_SimpleNew(1, dims, NPY_INTP);
        if (points[kind] == NULL || fits[kind] == NULL)
            goto done;
    }
    for (npy_intp k = 0; k < batch->capacity; k++) {
        const Slot *slot = batch->slots + k;
        int kind = slot->wants == WANTS_JACOBIAN;
        npy_intp count = slot->wants == WANTS_DIFFERENCES ? n : 1;
        if (slot->wants == IDLE)
            continue;
        for (npy_intp j = 0; j < count; j++) {
            double *point = (double *)PyArray_DATA(points[kind]) + (slot->row + j) * n;
            memcpy(point, slot->wants == WANTS_TRIAL ? slot->xtrial : slot->x, (size_t)n * sizeof(double));
            if (slot->wants == WANTS_DIFFERENCES)
                point[j] = slot->x[j] + minpack_difference_step(slot->x[j], slot->s.epsfcn, &slot->s.mach);
            ((npy_intp *)PyArray_DATA(fits[kind]))[slot->row + j] = slot->fit;
        }
    }
    batch->point_rows = rows[0];
    batch->jacobian_rows = rows[1];
    result = PyTuple_Pack(4, points[0], fits[0], points[1], fits[1]);

done:
    for (int kind = 0; kind < 2; kind++) {
        Py_XDECREF(points[kind]);
        Py_XDECREF(fits[kind]);
    }
    batch->busy = 0;
    return result;
}

const char lockstep_feed_doc[] =
    "feed(values, jacobians)\n\n"
    "What was asked for: (rows, m), and (rows, m, n) or None where no Jacobian was; float64 in C order.\n"
    "Every fit takes a step, without the GIL.";

PyObject *
lockstep_feed(Batch *batch, PyObject *args)
{
    PyObject *values, *jacobians;

    if (!PyArg_ParseTuple(args, "OO:feed", &values, &jacobians) || enter(batch) != 0)
        return NULL;
    if (!is_plain(values) || PyArray_SIZE((PyArrayObject *)values) != batch->point_rows * batch->m
        || (batch->jacobian_rows > 0
            && (!is_plain(jacobians)
                || PyArray_SIZE((PyArrayObject *)jacobians) != batch->jacobian_rows * batch->m * batch->n))) {
        PyErr_SetString(PyExc_ValueError, "feed: not what was asked for");
        batch->busy = 0;
        return NULL;
    }
    const double *value_data = PyArray_DATA((PyArrayObject *)values);
    const double *jacobian_data = batch->jacobian_rows > 0 ? PyArray_DATA((PyArrayObject *)jacobians) : NULL;
    Py_BEGIN_ALLOW_THREADS
    for (npy_intp k = 0; k < batch->capacity; k++)
        if (batch->slots[k].wants != IDLE)
            take_step(batch, batch->slots + k, value_data, jacobian_data);
    Py_END_ALLOW_THREADS
    batch->point_rows = batch->jacobian_rows = 0;
    batch->busy = 0;
    Py_RETURN_NONE;
}
