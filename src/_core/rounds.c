#include "batch.h"
#include "compiled.h"
#include <math.h>
#include <string.h>

/* Many fits through the steps of the core at once, round after round. */

void
settle(Batch *batch, Slot *slot)
{
    if (slot->core.s.task == MINPACK_DONE)
        finish(batch, slot, slot->core.s.info);
}

/* The Jacobian of a slot, in its place, from values. */
static void
store_jacobian(const Batch *batch, const Slot *slot, Values values)
{
    const minpack_fit *core = &slot->core;
    const double *base = core->fvec;

    if (wants_differences(slot) && moved_points(slot) > batch->n) {
        Values last = {values.data + batch->n * values.per_parameter, 1, 0};
        data_residuals(batch->data, slot->fit, batch->m, last, core->ftrial);
        base = core->ftrial;
    }
    for (int j = 0; j < batch->n; j++) {
        double *column = core->fjac + (npy_intp)j * core->s.m;
        if (core->s.differences) {
            Values moved = {values.data + j * values.per_parameter, 1, 0};
            data_residuals(batch->data, slot->fit, batch->m, moved, column);
            minpack_difference_quotients(core->s.m, base, core->step[j], column);
        }
        else {
            data_derivatives(batch->data, slot->fit, batch->m, values, j, column);
        }
    }
}

static int
all_finite(const double *v, npy_intp size)
{
    for (npy_intp i = 0; i < size; i++)
        if (!isfinite(v[i]))
            return 0;
    return 1;
}

void
take_step(Batch *batch, Slot *slot, Values values)
{
    minpack_fit *core = &slot->core;

    if (core->s.task == MINPACK_JACOBIAN && (!batch->in_lanes || core->bounded != NULL))
        store_jacobian(batch, slot, values);
    if (core->s.task == MINPACK_JACOBIAN && batch->in_lanes && core->s.m >= core->s.n) {
        minpack_prepare(core);
        if (core->s.task == MINPACK_DONE)
            settle(batch, slot);
        else
            join_lanes(batch, slot, values);
        return;
    }
    if (core->s.task != MINPACK_JACOBIAN)
        data_residuals(batch->data, slot->fit, batch->m, values,
                       core->s.task == MINPACK_START ? core->fvec : core->ftrial);
    if (core->s.task == MINPACK_TRIAL && batch->in_lanes && core->bounded == NULL) {
        join_trials(batch, slot);
        return;
    }
    int starts = core->s.task == MINPACK_START;
    minpack_step(core);
    if (starts && !all_finite(core->fvec, core->s.m))
        finish(batch, slot, NOT_FINITE_AT_START);
    else
        settle(batch, slot);
}

void
end_round(Batch *batch)
{
    if (batch->lanes.count > 0)
        factor_lanes(batch);
    if (batch->lanes.trials > 0)
        judge_trials(batch);
}

/* ---- Losses that are functions ----------------------------------------------------------------------------- */

/* Each is called with the squares of one fit, as in a fit on its own: what it makes of one may depend on the others. */
static void
loss_known(Batch *batch, Slot *slot)
{
    minpack_step(&slot->core);
    settle(batch, slot);
}

static int
losses_by_python(Batch *batch, PyObject *loss)
{
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (!wants_loss(slot))
            continue;
        if (loss == Py_None) {
            PyErr_SetString(PyExc_ValueError, "feed: the loss must be given");
            return -1;
        }
        if (call_loss(loss, slot->core.s.m, slot->core.bounded->rho) != 0)
            return -1;
        loss_known(batch, slot);
    }
    return 0;
}

int
loss_compiled(Batch *batch, Slot *slot, minpack_loss *loss, double *z)
{
    int m = slot->core.s.m;

    memcpy(z, slot->core.bounded->rho, (size_t)m * sizeof(double));
    if (loss(m, z, slot->core.bounded->rho) != 0)
        return STOP_FUNCTION;
    loss_known(batch, slot);
    return 0;
}

/* ---- For Python ------------------------------------------------------------------------------------------ */

const char rounds_request_doc[] =
    "request() -> (points, fits, jacobian_points, jacobian_fits)\n\n"
    "The points at which the fits under way want the function, (rows, n), and the Jacobian, and which fit of\n"
    "the batch each row belongs to. No rows at all: every fit has ended.";

/* Have fits under way, and count the rows of points that they want, and of points of Jacobians. */
static void
count_rows(Batch *batch, npy_intp *rows)
{
    rows[0] = rows[1] = 0;
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (!occupy(batch, slot))
            continue;
        npy_intp *of_kind = rows + wants_jacobian(slot);
        slot->row = *of_kind;
        *of_kind += wants_differences(slot) ? moved_points(slot) : 1;
    }
}

/* The points that a slot wants, and its number at each. */
static void
write_points(Slot *slot, double *points, npy_intp *fits)
{
    minpack_fit *core = &slot->core;
    npy_intp n = core->s.n, count = 1;

    points += slot->row * n;
    if (wants_differences(slot))
        count = minpack_fit_points(core, points);
    else
        memcpy(points, core->s.task == MINPACK_TRIAL ? core->xtrial : core->x, (size_t)n * sizeof(double));
    for (npy_intp j = 0; j < count; j++)
        fits[slot->row + j] = slot->fit;
}

PyObject *
rounds_request(Batch *batch, PyObject *Py_UNUSED(none))
{
    npy_intp n = batch->n, rows[2];
    PyObject *result = NULL;
    PyArrayObject *points[2] = {NULL}, *fits[2] = {NULL};

    if (enter(batch) != 0)
        return NULL;
    count_rows(batch, rows);
    for (int kind = 0; kind < 2; kind++) {
        npy_intp dims[2] = {rows[kind], n};
        points[kind] = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        fits[kind] = (PyArrayObject *)PyArray_SimpleNew(1, dims, NPY_INTP);
        if (points[kind] == NULL || fits[kind] == NULL)
            goto done;
    }
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        int kind = wants_jacobian(slot);
        if (slot->core.s.task != MINPACK_DONE)
            write_points(slot, PyArray_DATA(points[kind]), PyArray_DATA(fits[kind]));
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

const char rounds_feed_doc[] =
    "feed(values, jacobians, loss=None)\n\n"
    "The values that request asked for: (rows, m), and (rows, m, n) or None if it asked for no Jacobian; float64 in C\n"
    "order. Every fit takes a step, without the GIL. loss is called with the squares z, (m,), of a fit with a callable\n"
    "loss, and returns (3, m), float64 in C order.";

PyObject *
rounds_feed(Batch *batch, PyObject *args)
{
    PyObject *values, *jacobians, *loss = Py_None;
    npy_intp m = batch->m, n = batch->n;
    int status;

    if (!PyArg_ParseTuple(args, "OO|O:feed", &values, &jacobians, &loss) || enter(batch) != 0)
        return NULL;
    if (batch->point_rows + batch->jacobian_rows == 0 || !is_plain(values)
        || PyArray_SIZE((PyArrayObject *)values) != batch->point_rows * m
        || (batch->jacobian_rows > 0
            && (!is_plain(jacobians) || PyArray_SIZE((PyArrayObject *)jacobians) != batch->jacobian_rows * m * n))) {
        PyErr_SetString(PyExc_ValueError, "feed: not what was asked for");
        batch->busy = 0;
        return NULL;
    }
    const double *value_data = PyArray_DATA((PyArrayObject *)values);
    const double *jacobian_data = batch->jacobian_rows > 0 ? PyArray_DATA((PyArrayObject *)jacobians) : NULL;
    Py_BEGIN_ALLOW_THREADS
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (wants_jacobian(slot))
            take_step(batch, slot, (Values){jacobian_data + slot->row * m * n, .per_point = n, .per_parameter = 1});
        else if (slot->core.s.task != MINPACK_DONE)
            take_step(batch, slot, (Values){value_data + slot->row * m, .per_point = 1, .per_parameter = m});
    }
    end_round(batch);
    Py_END_ALLOW_THREADS
    batch->point_rows = batch->jacobian_rows = 0;
    status = losses_by_python(batch, loss);
    batch->busy = 0;
    return status == 0 ? Py_NewRef(Py_None) : NULL;
}
