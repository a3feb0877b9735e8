#define NO_IMPORT_ARRAY
#include "batch.h"
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
        for (int j = 0; j < batch->n && !batch->given_jacobian; j++)
            slot->step[j] = minpack_difference_step(slot->x[j], slot->s.epsfcn, &slot->s.mach);
        break;
    case MINPACK_TRIAL:
        slot->wants = WANTS_TRIAL;
        break;
    default:
        finish(batch, slot, slot->s.info);
    }
}

/* ---- Jacobians, factored in lanes ------------------------------------------------------------------------ */

/* Values into a column of the next lane; zeros where points were left out. */
static void
fill_lane(Batch *batch, npy_intp j, npy_intp rows, const double *values)
{
    double *lane = batch->lanes.a + j * batch->m * MINPACK_LANES + batch->lanes.count;

    for (npy_intp i = 0; i < rows; i++)
        lane[i * MINPACK_LANES] = values[i];
    for (npy_intp i = rows; i < batch->m; i++)
        lane[i * MINPACK_LANES] = 0.0;
}

/* The Jacobians of all lanes, from the values at moved points unless they are given; then their factors. */
static void
factor_lanes(Lanes *lanes, int m, int n, int given, double *column, const minpack_machine *mach)
{
    void (*difference)(int, int, const double *, double *) = minpack_difference_lanes;
    void (*qrfac)(int, int, const int *, double *, int *, double *, double *, double *, double *,
                  const minpack_machine *) = minpack_qrfac_lanes;

#ifdef MINPACK_AVX2
    if (__builtin_cpu_supports("avx2")) {
        difference = minpack_difference_lanes_avx2;
        qrfac = minpack_qrfac_lanes_avx2;
    }
#endif
    if (!given)
        difference(m, n, lanes->h, lanes->a);
    qrfac(m, n, lanes->rows, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa, column, mach);
}

/* Factor the Jacobians that are there, and go on with each fit. */
static void
linearize_lanes(Batch *batch)
{
    Lanes *lanes = &batch->lanes;
    int n = batch->n, count = lanes->count;
    npy_intp m = batch->m;

    for (; lanes->count < MINPACK_LANES; lanes->count++) { /* lanes of zeros, which cost nothing but their place */
        lanes->rows[lanes->count] = batch->m;
        for (int j = 0; j < n; j++)
            lanes->h[j * MINPACK_LANES + lanes->count] = 1.0;
        for (int j = 0; j <= n; j++)
            fill_lane(batch, j, 0, NULL);
    }
    factor_lanes(lanes, batch->m, n, batch->given_jacobian, batch->value, &batch->settings.mach);
    lanes->count = 0;
    for (int l = 0; l < count; l++) {
        Slot *slot = lanes->slots[l];
        const double *a = lanes->a + l;
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < j; i++)
                slot->fjac[j * n + i] = a[(j * m + i) * MINPACK_LANES];
            slot->fjac[j * n + j] = lanes->rdiag[j * MINPACK_LANES + l];
            slot->qtf[j] = a[(n * m + j) * MINPACK_LANES];
            slot->ipvt[j] = lanes->ipvt[j * MINPACK_LANES + l];
            slot->wa[n + j] = lanes->acnorm[j * MINPACK_LANES + l];
        }
        minpack_lm_begin_iteration(&slot->s, slot->x, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                                   slot->step, slot->wa);
        go_on(batch, slot);
    }
}

/* The Jacobian of a slot is known: into a lane with it, or, where it is large, to the next trial point at once. */
static void
linearize(Batch *batch, Slot *slot, const double *value, npy_intp row, npy_intp column)
{
    minpack_state *s = &slot->s;
    int m = s->m, n = batch->n;

    for (int j = 0; j < n; j++) {
        double *out = batch->in_lanes ? batch->value : slot->fjac + (npy_intp)j * m;
        if (batch->given_jacobian)
            derivatives_of(batch, slot->fit, value + j * column, row, out);
        else
            residuals_of(batch, slot->fit, value + (npy_intp)j * batch->m, out);
        if (batch->in_lanes) {
            batch->lanes.h[j * MINPACK_LANES + batch->lanes.count] = slot->step[j];
            fill_lane(batch, j, m, out);
        }
        else if (!batch->given_jacobian) {
            for (int i = 0; i < m; i++)
                out[i] = (out[i] - slot->fvec[i]) / slot->step[j];
        }
    }
    if (batch->given_jacobian)
        s->njev++;
    else
        s->nfev += n;
    if (!batch->in_lanes) {
        minpack_lm_linearize(s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                             slot->ftrial, slot->step, slot->wa);
        go_on(batch, slot);
        return;
    }
    fill_lane(batch, n, m, slot->fvec);
    batch->lanes.rows[batch->lanes.count] = m;
    batch->lanes.slots[batch->lanes.count++] = slot;
    if (batch->lanes.count == MINPACK_LANES)
        linearize_lanes(batch);
}

/* ---- Rounds ---------------------------------------------------------------------------------------------- */

void
take_step(Batch *batch, Slot *slot, const double *value, npy_intp row, npy_intp column)
{
    minpack_state *s = &slot->s;

    if (slot->wants == WANTS_DIFFERENCES || slot->wants == WANTS_JACOBIAN) {
        linearize(batch, slot, value, row, column);
        return;
    }
    if (slot->wants == WANTS_START) {
        residuals_of(batch, slot->fit, value, slot->fvec);
        for (npy_intp i = 0; i < s->m; i++) {
            if (!isfinite(slot->fvec[i])) {
                finish(batch, slot, NOT_FINITE_AT_START);
                return;
            }
        }
        minpack_lm_start(s, slot->fvec, slot->diag);
    }
    else {
        residuals_of(batch, slot->fit, value, slot->ftrial);
        minpack_lm_update(s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag, slot->xtrial,
                          slot->ftrial, slot->step, slot->wa);
    }
    go_on(batch, slot);
}

void
end_round(Batch *batch)
{
    if (batch->lanes.count > 0)
        linearize_lanes(batch);
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
                point[j] = slot->x[j] + slot->step[j];
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
    if (batch->point_rows + batch->jacobian_rows == 0 || !is_plain(values)
        || PyArray_SIZE((PyArrayObject *)values) != batch->point_rows * batch->m
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
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (slot->wants == WANTS_JACOBIAN)
            take_step(batch, slot, jacobian_data + slot->row * batch->m * batch->n, batch->n, 1);
        else if (slot->wants != IDLE)
            take_step(batch, slot, value_data + slot->row * batch->m, 0, 0);
    }
    end_round(batch);
    Py_END_ALLOW_THREADS
    batch->point_rows = batch->jacobian_rows = 0;
    batch->busy = 0;
    Py_RETURN_NONE;
}
