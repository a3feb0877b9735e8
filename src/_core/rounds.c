#include "batch.h"
#include "compiled.h"
#include "covariance.h"
#include <math.h>
#include <string.h>

/* Many fits through the steps of the core at once, round after round. */

void
settle(Batch *batch, Slot *slot)
{
    const minpack_fit *core = &slot->core;

    if (core->s.task == MINPACK_DONE) /* MINPACK takes derivatives that are not finite for a gradient of zero */
        finish(batch, slot, core->bounded == NULL && is_blind(core) ? JACOBIAN_NOT_FINITE : core->s.info);
}

/* The Jacobian of a slot, in its place, from values. */
static void
store_jacobian(const Batch *batch, const Slot *slot, const Values *values)
{
    const minpack_fit *core = &slot->core;
    const double *base = core->fvec;

    if (wants_differences(slot) && moved_points(slot) > batch->n) {
        Values last = {values->data + batch->n * values->per_parameter, 1, 0};
        data_residuals(batch->data, slot->fit, batch->m, &last, core->ftrial);
        base = core->ftrial;
    }
    for (int j = 0; j < batch->n; j++) {
        double *column = core->fjac + (npy_intp)j * core->s.m;
        if (core->s.differences) {
            Values moved = {values->data + j * values->per_parameter, 1, 0};
            data_residuals(batch->data, slot->fit, batch->m, &moved, column);
            minpack_difference_quotients(core->s.m, base, core->step[j], column);
        }
        else {
            data_derivatives(batch->data, slot->fit, batch->m, values, j, column);
        }
    }
}

int
all_finite(const double *v, npy_intp size)
{
    for (npy_intp i = 0; i < size; i++)
        if (!isfinite(v[i]))
            return 0;
    return 1;
}

void
take_step(Batch *batch, Slot *slot, const Values *values)
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
            PyErr_SetString(PyExc_ValueError, "rounds: the loss must be given");
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

/* Values that fits take a step with in less time than it takes to hand over the GIL and to get it back. */
enum { FEW = 1024 };

/* What is evaluated together: rows of points, (rows, n), and which fit of the batch each belongs to. */
typedef struct {
    npy_intp rows, width; /* numbers that each row gives */
    PyArrayObject *points, *fits;
    PyObject *values, *hold; /* what a function gave, and a reference for which NumPy does not resize it */
} Asked;

/* Have fits under way, and count the rows of points that they want, and of points of Jacobians. */
static void
count_rows(Batch *batch, Asked *asked)
{
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (!occupy(batch, slot))
            continue;
        Asked *of_kind = asked + wants_jacobian(slot);
        slot->row = of_kind->rows;
        of_kind->rows += wants_differences(slot) ? moved_points(slot) : 1;
    }
}

/* The points that a slot wants, and its number at each. */
static void
write_points(Slot *slot, const Asked *asked)
{
    minpack_fit *core = &slot->core;
    npy_intp n = core->s.n, count = 1, *fits = (npy_intp *)PyArray_DATA(asked->fits) + slot->row;
    double *points = (double *)PyArray_DATA(asked->points) + slot->row * n;

    if (wants_differences(slot))
        count = minpack_fit_points(core, points);
    else
        memcpy(points, core->s.task == MINPACK_TRIAL ? core->xtrial : core->x, (size_t)n * sizeof(double));
    for (npy_intp j = 0; j < count; j++)
        fits[j] = slot->fit;
}

/* Room for the points of a round. Returns 0, or -1 with the error set. */
static int
make_points(Asked *asked, npy_intp n)
{
    npy_intp dims[2] = {asked->rows, n};

    if (asked->rows == 0)
        return 0;
    asked->points = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    asked->fits = (PyArrayObject *)PyArray_SimpleNew(1, dims, NPY_INTP);
    return asked->points == NULL || asked->fits == NULL ? -1 : 0;
}

/* What a model gives, as (rows, m). `model` is the function, x, and what converts a value to a shape. New reference. */
static PyObject *
values_of_model(const Asked *asked, PyObject *model)
{
    PyObject *arguments[] = {PyTuple_GET_ITEM(model, 0), PyTuple_GET_ITEM(model, 1), (PyObject *)asked->points};
    PyObject *value = call_with_columns(NULL, arguments, 3), *converted;
    PyArrayObject *array = (PyArrayObject *)value;

    if (value == NULL
        || (is_plain(value) && PyArray_NDIM(array) == 2 && PyArray_DIM(array, 0) == asked->rows
            && PyArray_DIM(array, 1) == asked->width)) /* mostly */
        return value;
    converted = PyObject_CallFunction(PyTuple_GET_ITEM(model, 2), "O(nn)", value, asked->rows, asked->width);
    Py_DECREF(value);
    return converted;
}

/* Have values that another function, called before they are used, cannot change: a model may return the same array each
 * time, and its derivatives may call it. Returns 0, or -1 with the error set. */
static int
make_own(Asked *asked)
{
    PyArrayObject *array = (PyArrayObject *)asked->values;

    if (array == NULL || (Py_REFCNT(array) == 1 && PyArray_BASE(array) == NULL)) /* mostly */
        return 0;
    asked->values = PyArray_NewCopy(array, NPY_CORDER);
    Py_DECREF(array);
    return asked->values == NULL ? -1 : 0;
}

/* What a function, or else the model, gives at the points of a round. Returns 0, or -1 with the error set. */
static int
evaluate(Asked *asked, PyObject *function, PyObject *m, PyObject *model)
{
    PyObject *arguments[] = {(PyObject *)asked->points, (PyObject *)asked->fits, m};

    if (asked->rows == 0)
        return 0;
    asked->values =
        model == Py_None ? PyObject_Vectorcall(function, arguments, 3, NULL) : values_of_model(asked, model);
    if (asked->values == NULL)
        return -1;
    if (!is_plain(asked->values) || PyArray_SIZE((PyArrayObject *)asked->values) != asked->rows * asked->width) {
        PyErr_SetString(PyExc_ValueError, "rounds: a function must give float64 in C order, as many as were asked for");
        return -1;
    }
    asked->hold = hold_memory(asked->values);
    return asked->hold == NULL ? -1 : 0;
}

/* Let every fit take a step, with what it asked for. */
static void
take_steps(Batch *batch, const Asked *asked)
{
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        int of_jacobian = wants_jacobian(slot);
        const Asked *of_kind = asked + of_jacobian;
        Values values = {NULL, of_jacobian ? batch->n : 1, of_jacobian ? 1 : batch->m};
        if (slot->core.s.task == MINPACK_DONE)
            continue;
        values.data = (const double *)PyArray_DATA((PyArrayObject *)of_kind->values) + slot->row * of_kind->width;
        take_step(batch, slot, &values);
    }
    end_round(batch);
}

/* Take all fits under way one step further. Returns whether there were any, or -1 with the error set. */
static int
go_round(Batch *batch, PyObject *const *functions, PyObject *m, PyObject *loss, PyObject *model)
{
    Asked asked[2] = {{.width = batch->m}, {.width = (npy_intp)batch->m * batch->n}};
    int status;

    count_rows(batch, asked);
    if (asked[0].rows + asked[1].rows == 0)
        return 0;
    status = make_points(asked, batch->n) == 0 && make_points(asked + 1, batch->n) == 0 ? 1 : -1;
    for (npy_intp k = 0; status == 1 && k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (slot->core.s.task != MINPACK_DONE)
            write_points(slot, asked + wants_jacobian(slot));
    }
    if (status == 1
        && (evaluate(asked, functions[0], m, model) != 0 || (asked[1].rows > 0 && make_own(asked) != 0)
            || evaluate(asked + 1, functions[1], m, Py_None) != 0))
        status = -1;
    if (status == 1) {
        PyThreadState *thread =
            asked[0].rows * asked[0].width + asked[1].rows * asked[1].width < FEW ? NULL : PyEval_SaveThread();
        take_steps(batch, asked);
        if (thread != NULL)
            PyEval_RestoreThread(thread);
        status = losses_by_python(batch, loss) == 0 ? 1 : -1;
    }
    for (int kind = 0; kind < 2; kind++) {
        Py_XDECREF(asked[kind].points);
        Py_XDECREF(asked[kind].fits);
        Py_XDECREF(asked[kind].values);
        Py_XDECREF(asked[kind].hold);
    }
    return status;
}

PyObject *
call_with_columns(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    PyArrayObject *points = count == 3 ? (PyArrayObject *)args[2] : NULL;
    PyObject *arguments, *value = NULL;

    if (points == NULL || !is_plain(args[2]) || PyArray_NDIM(points) != 2) {
        PyErr_SetString(PyExc_TypeError,
                        "call_with_columns takes a function, x and points, (rows, n), float64 in C order");
        return NULL;
    }
    npy_intp n = PyArray_DIM(points, 1), dims[2] = {PyArray_DIM(points, 0), 1},
             strides[2] = {PyArray_STRIDE(points, 0), 0};
    arguments = PyTuple_New(1 + n);
    if (arguments == NULL)
        return NULL;
    PyTuple_SET_ITEM(arguments, 0, Py_NewRef(args[1]));
    for (npy_intp j = 0; j < n; j++) {
        PyObject *column = PyArray_New(&PyArray_Type, 2, dims, NPY_DOUBLE, strides, (double *)PyArray_DATA(points) + j,
                                       0, PyArray_FLAGS(points) & NPY_ARRAY_WRITEABLE, NULL);
        if (column == NULL || PyArray_SetBaseObject((PyArrayObject *)column, Py_NewRef(args[2])) != 0) {
            Py_XDECREF(column);
            goto done;
        }
        PyTuple_SET_ITEM(arguments, 1 + j, column);
    }
    value = PyObject_Call(args[0], arguments, NULL);

done:
    Py_DECREF(arguments);
    return value;
}

const char call_with_columns_doc[] =
    "call_with_columns(f, x, points, /)\n\n"
    "f(x, *columns), with the n columns of points, (rows, n), as views of shape (rows, 1).";

const char rounds_run_doc[] =
    "rounds(values, jacobians, loss=None, model=None) -> bool\n\n"
    "Run fits with Python functions, round after round, for a moment. Whether there are fits left. Each gets points,\n"
    "(rows, n), which fit of the batch each row belongs to, and m; values gives (rows, m), jacobians (rows, m, n), float64\n"
    "in C order. Every fit takes a step, without the GIL if that is long. loss is called with the squares z, (m,), of a\n"
    "fit with a callable loss, and returns (3, m), float64 in C order. model, (f, x, convert), is called instead, as\n"
    "f(x, *columns); if it does not give (rows, m), float64 in C order, convert(value, (rows, m)) does.";

PyObject *
rounds_run(Batch *batch, PyObject *const *args, Py_ssize_t count)
{
    PyObject *m;
    int left = 1;
    double begun = seconds();

    if (count < 2 || count > 4
        || (count == 4 && args[3] != Py_None && (!PyTuple_Check(args[3]) || PyTuple_GET_SIZE(args[3]) != 3))) {
        PyErr_SetString(PyExc_TypeError, "rounds takes two functions, and perhaps a loss, and a tuple of three");
        return NULL;
    }
    m = PyLong_FromLong(batch->m);
    if (m == NULL || enter(batch) != 0) {
        Py_XDECREF(m);
        return NULL;
    }
    while (left == 1 && !is_over(begun))
        left = go_round(batch, args, m, count < 3 ? Py_None : args[2], count < 4 ? Py_None : args[3]);
    batch->busy = 0;
    Py_DECREF(m);
    return left < 0 ? NULL : PyBool_FromLong(left);
}
