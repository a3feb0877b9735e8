#define NO_IMPORT_ARRAY
#include "batch.h"
#include "covariance.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <numpy/arrayobject.h>
#include <structmember.h>

#ifndef Py_T_PYSSIZET /* its name from Python 3.12 on */
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY READONLY
#endif

/* Elements of a Jacobian and its residuals up to which it pays to factor several together. */
static const double LARGEST_LANE = 1 << 14;

/* ---- A fit from its start to its end --------------------------------------------------------------------- */

/* Write the results of a fit where they belong. */
static void
write_results(Batch *batch, Slot *slot, int status)
{
    npy_intp n = batch->n, fit = slot->fit;
    double *cov = (double *)PyArray_DATA(batch->cov) + fit * n * n;
    double cost = status >= 0 || status == JACOBIAN_NOT_FINITE ? cost_of(&slot->core) : NAN;

    if (status >= 1 && status <= 4)
        parameter_covariance(&slot->core, batch->scale_covariance, cost, cov);
    else
        for (npy_intp i = 0; i < n * n; i++)
            cov[i] = NAN;
    memcpy((double *)PyArray_DATA(batch->x) + fit * n, slot->core.x, (size_t)n * sizeof(double));
    ((double *)PyArray_DATA(batch->cost))[fit] = cost;
    ((npy_int32 *)PyArray_DATA(batch->nfev))[fit] = slot->core.s.nfev;
    ((npy_int32 *)PyArray_DATA(batch->status))[fit] = status;
}

void
finish(Batch *batch, Slot *slot, int status)
{
    int lost;

    if (batch->distances == NULL)
        write_results(batch, slot, status);
    else if (status >= 1 && status <= 4)
        look_at_end(&slot->core, batch->data, slot->fit, batch->m, batch->scale_covariance,
                    (double *)PyArray_DATA(batch->distances) + slot->fit, &lost);
    slot->core.s.task = MINPACK_DONE;
    batch->finished++;
}

/* Begin the fit of a slot that has one. Returns 0 if it ends there. */
static int
begin(Batch *batch, Slot *slot)
{
    minpack_fit *core = &slot->core;
    minpack_bounded *bounded = core->bounded;
    size_t size = (size_t)batch->n * sizeof(double);
    int m = (int)data_points(batch->data, slot->fit, batch->m);

    core->s = batch->state;
    core->s.m = m;
    core->s.ldfjac = batch->in_lanes && bounded == NULL ? batch->n : m;
    memcpy(core->x, row_of(&batch->x0, slot->fit), size);
    if (m < (bounded == NULL ? batch->n : 1)) {
        finish(batch, slot, TOO_FEW_POINTS);
        return 0;
    }
    if (bounded != NULL) {
        bounded->s = batch->settings->bounded;
        bounded->s.max_nfev = batch->state.maxfev;
        memcpy(bounded->lower, row_of(&batch->lower, slot->fit), size);
        memcpy(bounded->upper, row_of(&batch->upper, slot->fit), size);
        if (batch->settings->x_scale != NULL)
            memcpy(bounded->scale, batch->settings->x_scale, size);
    }
    minpack_begin(core);
    if (core->s.task == MINPACK_DONE)
        finish(batch, slot, core->s.info);
    return core->s.task != MINPACK_DONE;
}

/* Whether a fit is to be run. */
static int
is_open(const Batch *batch, npy_intp fit)
{
    if (batch->distances != NULL)
        return !isnan(((const double *)PyArray_DATA(batch->distances))[fit]);
    return ((const npy_int32 *)PyArray_DATA(batch->status))[fit] == NOT_RUN_YET;
}

int
occupy(Batch *batch, Slot *slot)
{
    if (slot->core.s.task != MINPACK_DONE)
        return 1;
    for (; batch->next < batch->count; batch->next++) {
        if (!is_open(batch, batch->next))
            continue;
        slot->fit = batch->next;
        if (!begin(batch, slot))
            continue;
        batch->next++;
        return 1;
    }
    return 0;
}

/* ---- The object ------------------------------------------------------------------------------------------ */

int
enter(Batch *batch)
{
    if (atomic_exchange(&batch->busy, 1)) {
        PyErr_SetString(PyExc_RuntimeError, "a batch belongs to one thread at a time");
        return -1;
    }
    return 0;
}

/* An array for results. */
static int
take_result(PyArrayObject **place, PyObject *results, const char *name, int type, npy_intp size)
{
    PyObject *value = PyObject_GetAttrString(results, name);
    Rows rows = {NULL, 0, 0};
    int status = value == NULL ? -1 : take_rows(&rows, value, type, 1, size, 0);

    *place = rows.array;
    if (status == 0 && (rows.array == NULL || !PyArray_ISWRITEABLE(rows.array))) {
        PyErr_Format(PyExc_ValueError, "Batch: results need an array '%s' that can be written to", name);
        status = -1;
    }
    Py_XDECREF(value);
    return status;
}

/* The memory of all slots and lanes. Returns 0, or -1 with the error set. */
static int
allocate(Batch *batch)
{
    minpack_bounded of_pattern = {.s = batch->settings->bounded};
    minpack_fit pattern = {.s = batch->state, .bounded = knows_bounds(batch->settings) ? &of_pattern : NULL};
    size_t lanes = batch->in_lanes ? lanes_room(batch->m, batch->n) : 0, of_slot;
    double *place;

    pattern.s.m = batch->m;
    pattern.s.ldfjac = batch->in_lanes && pattern.bounded == NULL ? batch->n : batch->m;
    of_slot = minpack_fit_room(&pattern);
    batch->slots = PyMem_Calloc((size_t)batch->capacity, sizeof(Slot));
    if ((double)batch->capacity * (double)of_slot < PY_SSIZE_T_MAX / 16.0)
        batch->memory = PyMem_Calloc((size_t)batch->capacity * of_slot + lanes, sizeof(double));
    if (batch->slots == NULL || batch->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    place = batch->memory;
    for (npy_intp k = 0; k < batch->capacity; k++, place += of_slot) {
        minpack_fit *core = &batch->slots[k].core;
        *core = pattern;
        if (pattern.bounded != NULL) {
            batch->slots[k].bounded = of_pattern; /* its loss says how much room it takes */
            core->bounded = &batch->slots[k].bounded;
        }
        minpack_fit_place(core, place);
        settings_scale(batch->settings, core->diag);
    }
    if (batch->in_lanes)
        lanes_place(&batch->lanes, batch->m, batch->n, place);
    return 0;
}

static void
batch_dealloc(Batch *batch)
{
    PyTypeObject *type = Py_TYPE(batch);
    PyArrayObject *owned[] = {batch->x0.array, batch->lower.array, batch->upper.array, batch->x,        batch->cov,
                              batch->status,   batch->nfev,        batch->cost,        batch->distances};

    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        Py_XDECREF(owned[i]);
    Py_XDECREF(batch->data_object);
    Py_XDECREF((PyObject *)batch->settings);
    PyMem_Free(batch->slots);
    PyMem_Free(batch->memory);
    type->tp_free((PyObject *)batch);
    Py_DECREF(type);
}

PyDoc_STRVAR(batch_doc,
             "Batch(count, *, m, n, capacity, x0, data, results, settings, differences, scale_covariance, lower, upper,\n"
             "      distances)\n\n"
             "`count` fits, `capacity` of them under way at once, from x0, (n,) or (count, n), to Data, or to residuals\n"
             "if data is None. results has the arrays x, cov, status, nfev, cost, with a row per fit. lower and upper, of\n"
             "shapes like x0's, are there if the method of the settings knows bounds. distances, (count,), is there if\n"
             "results is None: it gets how many standard errors each fit of Data is away from a minimum, if its first\n"
             "Jacobian ends it, except those for which it has NaN.");

/* The members that the arguments give. Returns 0, or -1 with the error set. */
static int
fill_in(Batch *batch, PyObject *x0, PyObject *lower, PyObject *upper, PyObject *data, PyObject *results,
        PyObject *distances)
{
    npy_intp count = batch->count, n = batch->n;
    Rows room = {NULL, 0, 0};

    if (data != Py_None) {
        batch->data = as_data(data);
        if (batch->data == NULL)
            return -1;
        batch->data_object = Py_NewRef(data);
        if (batch->data->m != batch->m || batch->data->count != count || batch->data->cholesky != NULL) {
            PyErr_SetString(PyExc_ValueError, "Batch: the data must be of count fits with m points each");
            return -1;
        }
    }
    if (knows_bounds(batch->settings) != (lower != Py_None && upper != Py_None)) {
        PyErr_SetString(PyExc_ValueError, "Batch: there must be bounds if the method knows them, and only then");
        return -1;
    }
    if (take_rows(&batch->x0, x0, NPY_DOUBLE, count, n, 0) != 0
        || take_rows(&batch->lower, lower, NPY_DOUBLE, count, n, 0) != 0
        || take_rows(&batch->upper, upper, NPY_DOUBLE, count, n, 0) != 0
        || take_rows(&room, distances, NPY_DOUBLE, 1, count, 0) != 0)
        return -1;
    batch->distances = room.array;
    if (room.array == NULL)
        return take_result(&batch->x, results, "x", NPY_DOUBLE, count * n) != 0
                       || take_result(&batch->cov, results, "cov", NPY_DOUBLE, count * n * n) != 0
                       || take_result(&batch->status, results, "status", NPY_INT32, count) != 0
                       || take_result(&batch->nfev, results, "nfev", NPY_INT32, count) != 0
                       || take_result(&batch->cost, results, "cost", NPY_DOUBLE, count) != 0
                   ? -1
                   : 0;
    if (results != Py_None || batch->data == NULL || knows_bounds(batch->settings)
        || !PyArray_ISWRITEABLE(room.array)) {
        PyErr_SetString(PyExc_ValueError,
                        "Batch: distances must be writeable, of fits of data without bounds, and instead of results");
        return -1;
    }
    return 0;
}

static PyObject *
batch_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"count", "m",       "n",         "capacity",    "x0",
                            "data",  "results", "settings",  "differences", "scale_covariance",
                            "lower", "upper",   "distances", NULL};
    PyObject *x0, *data, *results, *settings_object, *lower, *upper, *distances;
    Py_ssize_t count, capacity;
    int m, n, differences, scale_covariance;
    const Settings *settings;
    Batch *batch;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "n$iinOOOOppOOO:Batch", names, &count, &m, &n, &capacity, &x0,
                                     &data, &results, &settings_object, &differences, &scale_covariance, &lower, &upper,
                                     &distances))
        return NULL;
    settings = as_settings(settings_object);
    if (settings == NULL || settings_check(settings, n) != 0)
        return NULL;
    if (count < 0 || m < 1 || n < 1 || capacity < 1 || x0 == Py_None || (double)m * n > INT_MAX / 2
        || (double)count * n * n > PY_SSIZE_T_MAX / 2 || (double)count * m > PY_SSIZE_T_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "Batch: sizes must be positive and not too large, and x0 be given");
        return NULL;
    }
    batch = (Batch *)type->tp_alloc(type, 0);
    if (batch == NULL)
        return NULL;
    batch->count = count;
    batch->capacity = capacity < count ? capacity : count > 0 ? count : 1;
    batch->m = m;
    batch->n = n;
    batch->in_lanes = batch->capacity >= MINPACK_LANES && (n + 1.0) * m <= LARGEST_LANE && m >= n
                      && (!knows_bounds(settings) || settings->bounded.method == MINPACK_TRF);
    batch->scale_covariance = scale_covariance;
    batch->state = settings_state(settings, n, differences);
    batch->state.epsfcn = settings_epsfcn(settings, NPY_DOUBLE);
    batch->settings = (const Settings *)Py_NewRef(settings_object);
    if (fill_in(batch, x0, lower, upper, data, results, distances) != 0 || allocate(batch) != 0)
        Py_CLEAR(batch);
    return (PyObject *)batch;
}

static PyMethodDef batch_methods[] = {
    {"rounds", (PyCFunction)(void (*)(void))rounds_run, METH_FASTCALL, rounds_run_doc},
    {"run", (PyCFunction)(void (*)(void))compiled_run, METH_FASTCALL | METH_KEYWORDS, compiled_run_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef batch_members[] = {
    {"finished", Py_T_PYSSIZET, offsetof(Batch, finished), Py_READONLY, "fits that have ended"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot batch_slots[] = {
    {Py_tp_doc, (void *)batch_doc}, {Py_tp_new, batch_new},         {Py_tp_dealloc, batch_dealloc},
    {Py_tp_methods, batch_methods}, {Py_tp_members, batch_members}, {0, NULL},
};

static PyType_Spec batch_spec = {
    .name = "minpack._core.Batch",
    .basicsize = sizeof(Batch),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = batch_slots,
};

/* ---- What became of all fits ----------------------------------------------------------------------------- */

static const double LEAST_COST = 1e-280; /* below which squares underflow */

/* Whether a fit ended at its start because no value changes with any parameter, though the residuals are not zero. No
 * parameter has a variance then: it is 0 by a method that knows bounds, and infinite by the other. */
static int
is_stuck_at(const double *start, const double *x, const double *cov, npy_intp n, int bounded)
{
    for (npy_intp j = 0; j < n; j++) {
        double variance = cov[j * (n + 1)];
        if (bounded ? variance != 0.0 : isfinite(variance) || x[j] != start[j])
            return 0;
    }
    return 1;
}

const char count_stuck_doc[] =
    "count_stuck(results, start, bounded, /) -> int\n\n"
    "How many fits of results, which has the arrays of a Batch, ended at their start, (n,) or a row per fit, because no\n"
    "value changes with any parameter, though residuals are not zero. Methods that know bounds move a start that lies on\n"
    "one, but evaluate no other point.";

PyObject *
count_stuck(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    PyArrayObject *x = NULL, *cov = NULL, *status = NULL, *nfev = NULL, *cost = NULL;
    PyObject *of_status = given == 3 ? PyObject_GetAttrString(args[0], "status") : NULL, *result = NULL;
    Rows start = {NULL, 0, 0};
    npy_intp count, n, stuck = 0;
    int bounded = given == 3 ? PyObject_IsTrue(args[2]) : -1;

    if (of_status == NULL || bounded < 0 || !PyArray_Check(of_status) || !PyArray_Check(args[1])
        || PyArray_NDIM((PyArrayObject *)args[1]) < 1) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "count_stuck takes results, an array of starts, and whether there are bounds");
        goto done;
    }
    count = PyArray_SIZE((PyArrayObject *)of_status);
    n = PyArray_DIM((PyArrayObject *)args[1], PyArray_NDIM((PyArrayObject *)args[1]) - 1);
    if (take_rows(&start, args[1], NPY_DOUBLE, count, n, 0) != 0
        || take_result(&x, args[0], "x", NPY_DOUBLE, count * n) != 0
        || take_result(&cov, args[0], "cov", NPY_DOUBLE, count * n * n) != 0
        || take_result(&status, args[0], "status", NPY_INT32, count) != 0
        || take_result(&nfev, args[0], "nfev", NPY_INT32, count) != 0
        || take_result(&cost, args[0], "cost", NPY_DOUBLE, count) != 0)
        goto done;
    for (npy_intp fit = 0; fit < count; fit++) {
        npy_int32 code = ((const npy_int32 *)PyArray_DATA(status))[fit];
        int at_start = !bounded || ((const npy_int32 *)PyArray_DATA(nfev))[fit] == 1;
        if (code >= 1 && code <= 4 && at_start && ((const double *)PyArray_DATA(cost))[fit] > LEAST_COST)
            stuck += is_stuck_at(row_of(&start, fit), (const double *)PyArray_DATA(x) + fit * n,
                                 (const double *)PyArray_DATA(cov) + fit * n * n, n, bounded);
    }
    result = PyLong_FromSsize_t(stuck);

done:
    Py_XDECREF(of_status);
    Py_XDECREF((PyObject *)start.array);
    Py_XDECREF((PyObject *)x);
    Py_XDECREF((PyObject *)cov);
    Py_XDECREF((PyObject *)status);
    Py_XDECREF((PyObject *)nfev);
    Py_XDECREF((PyObject *)cost);
    return result;
}

int
add_batch(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &batch_spec, NULL);
    int status = type == NULL ? -1 : PyModule_AddObjectRef(module, "Batch", type);

    Py_XDECREF(type);
    if (status != 0 || PyModule_AddIntMacro(module, STOPPED_BY_FUNCTION) != 0
        || PyModule_AddIntMacro(module, NOT_FINITE_AT_START) != 0 || PyModule_AddIntMacro(module, TOO_FEW_POINTS) != 0
        || PyModule_AddIntMacro(module, NOT_RUN_YET) != 0 || PyModule_AddIntMacro(module, BAD_BOUNDS) != 0
        || PyModule_AddIntMacro(module, START_OUT_OF_BOUNDS) != 0
        || PyModule_AddIntMacro(module, JACOBIAN_NOT_FINITE) != 0)
        return -1;
    return 0;
}
