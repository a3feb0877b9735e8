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

/* Elements of a Jacobian and its residuals, where several are still worth factoring together. */
static const double LARGEST_LANE = 1 << 14;

/* ---- A fit's data and results ---------------------------------------------------------------------------- */

const double *
row_of(const Rows *rows, npy_intp fit)
{
    return (const double *)PyArray_DATA(rows->array) + fit * rows->stride;
}

const npy_bool *
valid_of(const Batch *batch, npy_intp fit)
{
    if (batch->valid.array == NULL)
        return NULL;
    return (const npy_bool *)PyArray_DATA(batch->valid.array) + fit * batch->valid.stride;
}

void
residuals_of(const Batch *batch, npy_intp fit, const double *value, double *out)
{
    const npy_bool *valid = valid_of(batch, fit);
    const double *y = batch->ydata.array == NULL ? NULL : row_of(&batch->ydata, fit);
    const double *w = batch->weights.array == NULL ? NULL : row_of(&batch->weights, fit);
    npy_intp k = 0, m = batch->m;

    if (valid == NULL && y == NULL) {
        if (out != value)
            memcpy(out, value, (size_t)m * sizeof(double));
    }
    else if (valid == NULL && w == NULL) { /* the usual case, in a loop of its own, as it takes vector instructions */
        for (npy_intp i = 0; i < m; i++)
            out[i] = value[i] - y[i];
    }
    else {
        for (npy_intp i = 0; i < m; i++) {
            if (valid != NULL && !valid[i])
                continue;
            out[k] = y == NULL ? value[i] : value[i] - y[i];
            if (w != NULL)
                out[k] = w[i] * out[k];
            k++;
        }
    }
}

void
derivatives_of(const Batch *batch, npy_intp fit, const double *value, npy_intp row, double *out)
{
    const npy_bool *valid = valid_of(batch, fit);
    const double *w = batch->weights.array == NULL ? NULL : row_of(&batch->weights, fit);

    if (valid == NULL && w == NULL) { /* the usual case */
        for (npy_intp i = 0; i < batch->m; i++)
            out[i] = value[i * row];
        return;
    }
    for (npy_intp i = 0; i < batch->m; i++)
        if (valid == NULL || valid[i])
            *out++ = w == NULL ? value[i * row] : w[i] * value[i * row];
}

void
finish(Batch *batch, Slot *slot, int status)
{
    npy_intp n = batch->n, fit = slot->fit;
    double *cov = (double *)PyArray_DATA(batch->cov) + fit * n * n, cost = 0.0, factor = 1.0;
    int defined = 0;

    for (int i = 0; status >= 0 && i < slot->s.m; i++)
        cost += slot->fvec[i] * slot->fvec[i];
    if (status >= 1 && status <= 4) {
        defined = covariance_of(&slot->s, slot->fjac, slot->ipvt, cov, slot->wa) && !isnan(cov[0]);
        if (batch->scale_covariance) {
            defined = defined && slot->s.m > n;
            factor = cost / (slot->s.m - (double)n);
        }
        for (npy_intp i = 0; i < n * n; i++)
            cov[i] = defined ? factor * cov[i] : INFINITY;
    }
    else {
        for (npy_intp i = 0; i < n * n; i++)
            cov[i] = NAN;
    }
    memcpy((double *)PyArray_DATA(batch->x) + fit * n, slot->x, (size_t)n * sizeof(double));
    ((double *)PyArray_DATA(batch->cost))[fit] = status >= 0 ? 0.5 * cost : NAN;
    ((npy_int32 *)PyArray_DATA(batch->nfev))[fit] = slot->s.nfev;
    ((npy_int32 *)PyArray_DATA(batch->status))[fit] = status;
    slot->wants = IDLE;
    batch->finished++;
}

int
begin_next(Batch *batch, Slot *slot)
{
    const npy_int32 *status = PyArray_DATA(batch->status);

    for (; batch->next < batch->count; batch->next++) {
        const npy_bool *valid = valid_of(batch, batch->next);
        int m = 0;
        if (status[batch->next] != NOT_RUN_YET)
            continue;
        for (npy_intp i = 0; i < batch->m; i++)
            m += valid == NULL || valid[i];
        slot->s = batch->settings;
        slot->s.m = m;
        slot->s.ldfjac = batch->in_lanes ? batch->n : m;
        slot->fit = batch->next;
        memcpy(slot->x, row_of(&batch->x0, slot->fit), (size_t)batch->n * sizeof(double));
        if (m < batch->n) {
            slot->s.m = 0;
            finish(batch, slot, TOO_FEW_POINTS);
            continue;
        }
        slot->wants = WANTS_START;
        slot->s.nfev = 1; /* the start, whatever comes of it */
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

/* An array of `width` elements a fit, for each of `count` fits or for all. Returns 0, or -1 with the error set. */
static int
take_rows(Rows *rows, PyObject *value, int type, npy_intp count, npy_intp width)
{
    PyArrayObject *array = (PyArrayObject *)value;

    if (value == Py_None)
        return 0;
    if (!PyArray_Check(value) || PyArray_TYPE(array) != type || !PyArray_ISCARRAY_RO(array)
        || (PyArray_SIZE(array) != width && PyArray_SIZE(array) != count * width)) {
        PyErr_SetString(PyExc_ValueError, "Batch: an array has not the type, order or size of its place");
        return -1;
    }
    rows->array = (PyArrayObject *)Py_NewRef(value);
    rows->stride = PyArray_SIZE(array) == width && count != 1 ? 0 : width;
    return 0;
}

/* An array for results. */
static int
take_result(PyArrayObject **place, PyObject *value, int type, npy_intp size)
{
    Rows rows = {NULL, 0};

    if (value == Py_None || take_rows(&rows, value, type, 1, size) != 0 || !PyArray_ISWRITEABLE(rows.array)) {
        Py_XDECREF(rows.array);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "Batch: results need arrays that can be written to");
        return -1;
    }
    *place = rows.array;
    return 0;
}

/* The memory of all slots and lanes, and each one's arrays in it. */
static int
allocate(Batch *batch, const double *diag)
{
    size_t m = (size_t)batch->m, n = (size_t)batch->n, lanes = batch->in_lanes ? MINPACK_LANES : 0;
    size_t of_fjac = (batch->in_lanes ? n : m) * n;
    size_t of_slot = 8 * n + 2 * m + of_fjac + (n + 1) / 2, of_lanes = lanes * ((n + 1) * m + 4 * n + (n + 1) / 2);
    double *place;

    batch->slots = PyMem_Calloc((size_t)batch->capacity, sizeof(Slot));
    if ((double)batch->capacity * (double)of_slot < PY_SSIZE_T_MAX / 16.0)
        batch->memory = PyMem_Calloc((size_t)batch->capacity * of_slot + of_lanes + m, sizeof(double));
    if (batch->slots == NULL || batch->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    place = batch->memory;
    for (npy_intp k = 0; k < batch->capacity; k++, place += of_slot) {
        Slot *slot = batch->slots + k;
        slot->x = place;
        slot->diag = slot->x + n;
        slot->qtf = slot->diag + n;
        slot->xtrial = slot->qtf + n;
        slot->step = slot->xtrial + n;
        slot->wa = slot->step + n;
        slot->fvec = slot->wa + 3 * n;
        slot->ftrial = slot->fvec + m;
        slot->fjac = slot->ftrial + m;
        slot->ipvt = (int *)(slot->fjac + of_fjac);
        if (diag != NULL)
            memcpy(slot->diag, diag, n * sizeof(double));
    }
    batch->value = place;
    batch->lanes.a = place + m;
    batch->lanes.h = batch->lanes.a + lanes * (n + 1) * m;
    batch->lanes.rdiag = batch->lanes.h + lanes * n;
    batch->lanes.acnorm = batch->lanes.rdiag + lanes * n;
    batch->lanes.wa = batch->lanes.acnorm + lanes * n;
    batch->lanes.ipvt = (int *)(batch->lanes.wa + lanes * n);
    return 0;
}

static void
batch_dealloc(Batch *batch)
{
    PyTypeObject *type = Py_TYPE(batch);
    PyArrayObject *owned[] = {batch->x0.array, batch->ydata.array, batch->weights.array, batch->valid.array, batch->x,
                              batch->cov, batch->status, batch->nfev, batch->cost};

    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        Py_XDECREF(owned[i]);
    PyMem_Free(batch->slots);
    PyMem_Free(batch->memory);
    type->tp_free((PyObject *)batch);
    Py_DECREF(type);
}

PyDoc_STRVAR(batch_doc,
             "Batch(count, m, n, capacity, data, results, options, given_jacobian, scale_covariance)\n\n"
             "`count` fits, `capacity` of them under way at once. data: x0, ydata, weights, valid; a row a fit or one for\n"
             "all, the last three may be None. results: x, cov, status, nfev, cost. options: ftol, xtol, gtol, maxfev,\n"
             "epsfcn, factor, diag, reference.");

static PyObject *
batch_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(keywords))
{
    PyObject *data[4], *results[5], *diag, *self;
    Py_ssize_t count, capacity;
    int m, n, given_jacobian, scale_covariance, reference;
    minpack_state s = {.mode = 1};
    double room[16], *scale = NULL;
    npy_intp length;

    if (!PyArg_ParseTuple(args, "niin(OOOO)(OOOOO)(dddiddOi)pp:Batch", &count, &m, &n, &capacity, data, data + 1,
                          data + 2, data + 3, results, results + 1, results + 2, results + 3, results + 4, &s.ftol,
                          &s.xtol, &s.gtol, &s.maxfev, &s.epsfcn, &s.factor, &diag, &reference, &given_jacobian,
                          &scale_covariance))
        return NULL;
    if (count < 0 || m < 1 || n < 1 || capacity < 1 || data[0] == Py_None || (double)m * n > INT_MAX / 2
        || (double)count * n * n > PY_SSIZE_T_MAX / 2 || (double)count * m > PY_SSIZE_T_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "Batch: sizes must be positive and not too large, and x0 be given");
        return NULL;
    }
    if (capacity > count)
        capacity = count > 0 ? count : 1;
    self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Batch *batch = (Batch *)self;
    batch->count = count;
    batch->capacity = capacity;
    batch->m = m;
    batch->n = n;
    batch->in_lanes = capacity >= MINPACK_LANES && (n + 1.0) * m <= LARGEST_LANE;
    batch->given_jacobian = given_jacobian;
    batch->scale_covariance = scale_covariance;
    minpack_machine_parameters(reference, &s.mach);
    s.n = n;
    if (diag != Py_None) {
        scale = vector_argument(diag, "diag", room, 16, &length);
        if (scale == NULL)
            goto fail;
        if (length != n) {
            PyErr_Format(PyExc_ValueError, "diag must have one element a parameter, %d in all, not %zd", n,
                         (Py_ssize_t)length);
            goto fail;
        }
        s.mode = 2;
    }
    batch->settings = s;
    if (take_rows(&batch->x0, data[0], NPY_DOUBLE, count, n) != 0
        || take_rows(&batch->ydata, data[1], NPY_DOUBLE, count, m) != 0
        || take_rows(&batch->weights, data[2], NPY_DOUBLE, count, m) != 0
        || take_rows(&batch->valid, data[3], NPY_BOOL, count, m) != 0
        || take_result(&batch->x, results[0], NPY_DOUBLE, count * n) != 0
        || take_result(&batch->cov, results[1], NPY_DOUBLE, count * n * n) != 0
        || take_result(&batch->status, results[2], NPY_INT32, count) != 0
        || take_result(&batch->nfev, results[3], NPY_INT32, count) != 0
        || take_result(&batch->cost, results[4], NPY_DOUBLE, count) != 0 || allocate(batch, scale) != 0)
        goto fail;
    if (scale != room)
        PyMem_Free(scale);
    return self;

fail:
    if (scale != room)
        PyMem_Free(scale);
    Py_DECREF(self);
    return NULL;
}

static PyMethodDef batch_methods[] = {
    {"request", (PyCFunction)(void (*)(void))lockstep_request, METH_NOARGS, lockstep_request_doc},
    {"feed", (PyCFunction)(void (*)(void))lockstep_feed, METH_VARARGS, lockstep_feed_doc},
    {"run", (PyCFunction)(void (*)(void))compiled_run, METH_VARARGS, compiled_run_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef batch_members[] = {
    {"finished", Py_T_PYSSIZET, offsetof(Batch, finished), Py_READONLY, "fits that have ended"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot batch_slots[] = {
    {Py_tp_doc, (void *)batch_doc},
    {Py_tp_new, batch_new},
    {Py_tp_dealloc, batch_dealloc},
    {Py_tp_methods, batch_methods},
    {Py_tp_members, batch_members},
    {0, NULL},
};

static PyType_Spec batch_spec = {
    .name = "minpack._core.Batch",
    .basicsize = sizeof(Batch),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = batch_slots,
};

int
add_batch(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &batch_spec, NULL);
    int status = type == NULL ? -1 : PyModule_AddObjectRef(module, "Batch", type);

    Py_XDECREF(type);
    if (status != 0 || PyModule_AddIntMacro(module, STOPPED_BY_FUNCTION) != 0
        || PyModule_AddIntMacro(module, NOT_FINITE_AT_START) != 0
        || PyModule_AddIntMacro(module, TOO_FEW_POINTS) != 0 || PyModule_AddIntMacro(module, NOT_RUN_YET) != 0)
        return -1;
    return 0;
}
