#define NO_IMPORT_ARRAY
#include "batch.h"
#include "arguments.h"
#include "covariance.h"
#include "doors.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
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

/* Whether a fit has come so far that it has a cost. */
static int
has_cost(int status)
{
    return status >= 0 || status == JACOBIAN_NOT_FINITE;
}

/* Write the results of a fit where they belong. */
static void
write_results(Batch *batch, Slot *slot, int status)
{
    npy_intp n = batch->n, fit = slot->fit;
    double *cov = numbers_of(&batch->results, OF_COV) + fit * n * n;
    double cost = has_cost(status) ? cost_of(&slot->core) : NAN;

    if (status >= 1 && status <= 4)
        parameter_covariance(&slot->core, batch->scale_covariance, cost, cov);
    else
        for (npy_intp i = 0; i < n * n; i++)
            cov[i] = NAN;
    memcpy(numbers_of(&batch->results, OF_X) + fit * n, slot->core.x, (size_t)n * sizeof(double));
    numbers_of(&batch->results, OF_COST)[fit] = cost;
    counts_of(&batch->results, OF_NFEV)[fit] = slot->core.s.nfev;
    counts_of(&batch->results, OF_STATUS)[fit] = status;
}

/* Whether a fit within bounds, begun at its end, reduced the sum of squares by that of a long step. */
static int
gains(const Batch *batch, const Slot *slot)
{
    npy_intp points = data_points(batch->data, slot->fit, batch->m);
    double before = 2.0 * numbers_of(&batch->results, OF_COST)[slot->fit];
    double gained = before - 2.0 * cost_of(&slot->core), variance = before / (double)(points - batch->n), least;

    if (!batch->scale_covariance && variance < 1.0)
        variance = 1.0;
    if (!(gained > 0.0) || points <= batch->n || !(gained > batch->far * batch->far * variance)) /* mostly */
        return 0;
    least = batch->no_change > batch->state.epsfcn ? batch->no_change : batch->state.epsfcn;
    return gained > least * least * data_variation(batch->data, slot->fit, batch->m);
}

/* Whether a fit that has been begun at its end shows that there is no minimum. */
static int
is_away(const Batch *batch, Slot *slot, int status)
{
    double distance = 0.0;
    int lost = -1;

    if (slot->core.bounded != NULL)
        return has_cost(status) && gains(batch, slot);
    if (status < 1 || status > 4)
        return 0;
    look_at_end(&slot->core, batch->data, slot->fit, batch->m, batch->scale_covariance, &distance, &lost);
    return lost >= 0 || distance > batch->far; /* if one is lost, there are no standard errors to measure by */
}

void
finish(Batch *batch, Slot *slot, int status)
{
    if (batch->far > 0.0)
        batch->away += is_away(batch, slot, status);
    else
        write_results(batch, slot, status);
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

/* Whether a fit is to be run, or its end to be looked at: fits without errors tell that themselves. */
static int
is_open(const Batch *batch, npy_intp fit)
{
    npy_int32 status = counts_of(&batch->results, OF_STATUS)[fit];
    npy_intp size = (npy_intp)batch->n * batch->n;

    if (!(batch->far > 0.0))
        return status == NOT_RUN_YET;
    return status >= 1 && status <= 4 && numbers_of(&batch->results, OF_COST)[fit] > 0.0
           && all_finite(numbers_of(&batch->results, OF_COV) + fit * size, size);
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
        batch->begun++;
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

enum { OF_LINE = 64 }; /* bytes of a line of the cache */

/* The first place from `memory` on where a line of the cache begins: a vector that lies in two takes twice the time. */
static double *
begin_of_line(double *memory)
{
    return memory + -(uintptr_t)memory % OF_LINE / sizeof(double);
}

/* The memory of all slots and lanes. Returns 0, or -1 with the error set. */
static int
allocate(Batch *batch)
{
    minpack_bounded of_pattern = {.s = batch->settings->bounded};
    minpack_fit pattern = {.s = batch->state, .bounded = knows_bounds(batch->settings) ? &of_pattern : NULL};
    size_t lanes = batch->in_lanes ? lanes_room(batch->m, batch->n) + OF_LINE / sizeof(double) : 0, of_slot;
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
        lanes_place(&batch->lanes, batch->m, batch->n, begin_of_line(place));
    return 0;
}

static void
batch_dealloc(Batch *batch)
{
    Py_XDECREF(batch->x0.array);
    Py_XDECREF(batch->lower.array);
    Py_XDECREF(batch->upper.array);
    Py_XDECREF(batch->held);
    drop_arrays(batch->results.arrays, RESULTS);
    Py_XDECREF(batch->data_object);
    Py_XDECREF((PyObject *)batch->settings);
    PyMem_Free(batch->slots);
    PyMem_Free(batch->memory);
    PyObject_Free(batch);
}

PyDoc_STRVAR(batch_doc,
             "Batch(count, *, m, n, capacity, x0, data, results, settings, differences, scale_covariance, lower, upper,\n"
             "      look=None)\n\n"
             "`count` fits, `capacity` of them under way at once, from x0, (n,) or (count, n), to Data, or to residuals\n"
             "if data is None. results has the arrays x, cov, status, nfev, cost, with a row per fit. lower and upper, of\n"
             "shapes like x0's, are there if the method of the settings knows bounds. Nobody resizes these arrays while the\n"
             "batch lives. look, (far, no change), asks how many ends are away from a minimum, `away` of those `begun` at x0,\n"
             "by more than `far` standard errors: by the step that is left, or within bounds by what further ones gain.");

/* clang-format off */
#define OF_BATCH(A) \
    A(COUNT, "count") A(POINTS, "m") A(PARAMETERS, "n") A(CAPACITY, "capacity") A(X0, "x0") A(DATA, "data") \
    A(RESULTS_OF, "results") A(SETTINGS, "settings") A(DIFFERENCES, "differences") A(SCALE_COVARIANCE, "scale_covariance") \
    A(LOWER, "lower") A(UPPER, "upper") A(LOOK, "look")
/* clang-format on */
TAKES(OF_BATCH)

/* The members that the arguments give. Returns 0, or -1 with the error set. */
static int
fill_in(Batch *batch, PyObject *const *a)
{
    npy_intp count = batch->count, n = batch->n;
    PyObject *data = a[DATA], *lower = a[LOWER], *upper = a[UPPER];

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
    if (take_rows(&batch->x0, a[X0], NPY_DOUBLE, count, n, 0) != 0
        || take_rows(&batch->lower, lower, NPY_DOUBLE, count, n, 0) != 0
        || take_rows(&batch->upper, upper, NPY_DOUBLE, count, n, 0) != 0
        || take_results(&batch->results, a[RESULTS_OF], count, n) != 0)
        return -1;
    if (a[LOOK] == NULL || a[LOOK] == Py_None)
        return 0;
    if (!PyTuple_Check(a[LOOK]) || !PyArg_ParseTuple(a[LOOK], "dd", &batch->far, &batch->no_change)
        || !(batch->far > 0.0) || batch->data == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "Batch: look must be two numbers, the first positive, for fits to data");
        return -1;
    }
    return 0;
}

/* Keep others from resizing what the batch works on. Returns 0, or -1 with the error set. */
static int
hold_all(Batch *batch)
{
    PyArrayObject *const *results = batch->results.arrays;
    const Data none = {.m = 0}, *data = batch->data == NULL ? &none : batch->data;
    PyArrayObject *arrays[] = {batch->x0.array,     batch->lower.array, batch->upper.array, data->ydata.array,
                               data->weights.array, data->valid.array,  results[OF_X],      results[OF_COV],
                               results[OF_STATUS],  results[OF_NFEV],   results[OF_COST]};

    batch->held = hold(NULL, (PyObject *const *)arrays, sizeof arrays / sizeof arrays[0]);
    return batch->held == NULL ? -1 : 0;
}

static PyObject *
batch_vectorcall(PyObject *type, PyObject *const *args, size_t given, PyObject *keywords)
{
    PyObject *a[ARGUMENTS];
    Py_ssize_t count, capacity;
    int m, n, differences, scale_covariance;
    const Settings *settings;
    Batch *batch;

    if (take_arguments("Batch", arguments, LOOK, args, PyVectorcall_NARGS(given), keywords, a) != 0)
        return NULL;
    count = PyNumber_AsSsize_t(a[COUNT], PyExc_OverflowError);
    capacity = PyErr_Occurred() ? -1 : PyNumber_AsSsize_t(a[CAPACITY], PyExc_OverflowError);
    differences = PyErr_Occurred() ? -1 : PyObject_IsTrue(a[DIFFERENCES]);
    scale_covariance = differences < 0 ? -1 : PyObject_IsTrue(a[SCALE_COVARIANCE]);
    if (scale_covariance < 0 || int_argument(a[POINTS], "m", &m) != 0 || int_argument(a[PARAMETERS], "n", &n) != 0)
        return NULL;
    settings = as_settings(a[SETTINGS]);
    if (settings == NULL || settings_check(settings, n) != 0)
        return NULL;
    if (count < 0 || m < 1 || n < 1 || capacity < 1 || a[X0] == Py_None || (double)m * n > INT_MAX / 2
        || (double)count * n * n > PY_SSIZE_T_MAX / 2 || (double)count * m > PY_SSIZE_T_MAX / 2) {
        PyErr_SetString(PyExc_ValueError, "Batch: sizes must be positive and not too large, and x0 be given");
        return NULL;
    }
    batch = PyObject_New(Batch, (PyTypeObject *)type);
    if (batch == NULL)
        return NULL;
    memset((char *)batch + offsetof(Batch, count), 0, sizeof *batch - offsetof(Batch, count));
    batch->count = count;
    batch->capacity = capacity < count ? capacity : count > 0 ? count : 1;
    batch->m = m;
    batch->n = n;
    batch->in_lanes = batch->capacity >= MINPACK_LANES && (n + 1.0) * m <= LARGEST_LANE && m >= n
                      && (!knows_bounds(settings) || settings->bounded.method == MINPACK_TRF);
    batch->scale_covariance = scale_covariance;
    batch->state = settings_state(settings, n, differences);
    batch->state.epsfcn = settings_epsfcn(settings, NPY_DOUBLE);
    batch->settings = (const Settings *)Py_NewRef(a[SETTINGS]);
    if (fill_in(batch, a) != 0 || hold_all(batch) != 0 || allocate(batch) != 0)
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
    {"begun", Py_T_PYSSIZET, offsetof(Batch, begun), Py_READONLY, "fits that have begun"},
    {"away", Py_T_PYSSIZET, offsetof(Batch, away), Py_READONLY, "fits whose end, looked at, is no minimum"},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject BatchType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "minpack._core.Batch",
    .tp_basicsize = sizeof(Batch),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = batch_doc,
    .tp_dealloc = (destructor)batch_dealloc,
    .tp_methods = batch_methods,
    .tp_members = batch_members,
    .tp_vectorcall = batch_vectorcall,
};

int
add_batch(PyObject *module)
{
    if (PyModule_AddType(module, &BatchType) != 0 || PyModule_AddIntMacro(module, STOPPED_BY_FUNCTION) != 0
        || PyModule_AddIntMacro(module, NOT_FINITE_AT_START) != 0 || PyModule_AddIntMacro(module, TOO_FEW_POINTS) != 0
        || PyModule_AddIntMacro(module, NOT_RUN_YET) != 0 || PyModule_AddIntMacro(module, BAD_BOUNDS) != 0
        || PyModule_AddIntMacro(module, START_OUT_OF_BOUNDS) != 0
        || PyModule_AddIntMacro(module, JACOBIAN_NOT_FINITE) != 0)
        return -1;
    return 0;
}
