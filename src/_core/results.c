#include "results.h"
#include "arguments.h"
#include "batch.h"
#include <math.h>

static int
take_result(PyArrayObject **place, PyObject *object, Argument *name, int type, npy_intp size)
{
    PyObject *value;
    Rows rows = {NULL, 0, 0};

    if (name->interned == NULL)
        name->interned = PyUnicode_InternFromString(name->name);
    value = name->interned == NULL ? NULL : PyObject_GetAttr(object, name->interned);
    int status = value == NULL ? -1 : take_rows(&rows, value, type, 1, size, 0);
    *place = rows.array;
    if (status == 0 && (rows.array == NULL || !PyArray_ISWRITEABLE(rows.array))) {
        PyErr_Format(PyExc_ValueError, "results need an array '%s' that can be written to", name->name);
        status = -1;
    }
    Py_XDECREF(value);
    return status;
}

/* The type of each, and how often n is among its sizes. */
static const struct {
    int type, axes;
} kinds[RESULTS] = {{NPY_DOUBLE, 1}, {NPY_DOUBLE, 2}, {NPY_INT32, 0}, {NPY_INT32, 0}, {NPY_DOUBLE, 0}};

int
take_results(Results *results, PyObject *object, npy_intp count, npy_intp n)
{
    static Argument names[RESULTS] = {{"x"}, {"cov"}, {"status"}, {"nfev"}, {"cost"}};
    const npy_intp sizes[] = {count, count * n, count * n * n};
    int status = 0;

    *results = (Results){{NULL}};
    for (int k = 0; status == 0 && k < RESULTS; k++)
        status = take_result(results->arrays + k, object, names + k, kinds[k].type, sizes[kinds[k].axes]);
    return status;
}

const char empty_results_doc[] =
    "empty_results(shape, /) -> tuple\n\n"
    "x, cov, status, nfev and cost of fits that have not been run; `shape` is that of cov.";

PyObject *
empty_results(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    PyArray_Dims shape = {NULL, 0};
    PyObject *all;

    if (given != 1 || !PyTuple_Check(args[0]) || PyTuple_GET_SIZE(args[0]) < 2) {
        PyErr_SetString(PyExc_TypeError, "empty_results takes a tuple of at least two numbers");
        return NULL;
    }
    if (!PyArray_IntpConverter(args[0], &shape))
        return NULL;
    all = PyTuple_New(RESULTS);
    for (int k = 0; all != NULL && k < RESULTS; k++) {
        PyObject *array = PyArray_SimpleNew(shape.len - 2 + kinds[k].axes, shape.ptr, kinds[k].type);
        if (array == NULL) {
            Py_CLEAR(all);
            break;
        }
        PyTuple_SET_ITEM(all, k, array);
        void *data = PyArray_DATA((PyArrayObject *)array);
        for (npy_intp i = 0, size = PyArray_SIZE((PyArrayObject *)array); i < size; i++) {
            if (kinds[k].type == NPY_DOUBLE)
                ((double *)data)[i] = NAN;
            else
                ((npy_int32 *)data)[i] = k == OF_STATUS ? NOT_RUN_YET : 0;
        }
    }
    PyDimMem_FREE(shape.ptr);
    return all;
}

/* ---- Memory that stays where it is ----------------------------------------------------------------------- */

PyObject *
hold_memory(PyObject *array)
{
    PyObject *owner = array, *base = PyArray_BASE((PyArrayObject *)array);

    for (; base != NULL && PyArray_Check(base); base = PyArray_BASE((PyArrayObject *)base))
        owner = base;
    return PyWeakref_NewRef(owner, NULL);
}

const char hold_doc[] =
    "hold(*arrays) -> list\n\n"
    "Keep arrays from being resized while the result lives, which has weak references to those that\n"
    "own the memory: NumPy refuses to resize such an array. Other objects are left out.";

PyObject *
hold(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    PyObject *held = PyList_New(0);

    for (Py_ssize_t i = 0; held != NULL && i < count; i++) {
        PyObject *reference = args[i] != NULL && PyArray_Check(args[i]) ? hold_memory(args[i]) : Py_NewRef(Py_None);
        if (reference == NULL || (reference != Py_None && PyList_Append(held, reference) != 0))
            Py_CLEAR(held);
        Py_XDECREF(reference);
    }
    return held;
}

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
    "count_stuck(results, start, count, bounded, /) -> tuple[int, int]\n\n"
    "How many of count fits, with the results of a Batch, ended at their start, (n,) or a row per fit, because no\n"
    "value changes with any parameter, though residuals are not zero. Methods that know bounds move a start that lies on\n"
    "one, but evaluate no other point. And how many that converged have a parameter without a variance.";

/* Whether a variance is infinite or, though residuals are not zero, 0. */
static int
lacks_variance(const double *cov, npy_intp n, double cost)
{
    for (npy_intp j = 0; j < n; j++)
        if (isinf(cov[j * (n + 1)]) || (cov[j * (n + 1)] == 0.0 && cost > 0.0))
            return 1;
    return 0;
}

PyObject *
count_stuck(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    PyArrayObject *starts = given == 4 && PyArray_Check(args[1]) ? (PyArrayObject *)args[1] : NULL;
    Py_ssize_t count = starts == NULL ? -1 : PyNumber_AsSsize_t(args[2], PyExc_OverflowError), stuck = 0, without = 0;
    int bounded = count < 0 ? -1 : PyObject_IsTrue(args[3]), status = -1;
    Results results = {{NULL}};
    Rows start = {NULL, 0, 0};

    if (bounded < 0 || PyArray_NDIM(starts) < 1) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "count_stuck takes results, an array of starts, how many, and a bool");
        return NULL;
    }
    npy_intp n = PyArray_DIM(starts, PyArray_NDIM(starts) - 1);
    if (take_rows(&start, args[1], NPY_DOUBLE, count, n, 0) == 0)
        status = take_results(&results, args[0], count, n);
    for (npy_intp fit = 0; status == 0 && fit < count; fit++) {
        npy_int32 code = counts_of(&results, OF_STATUS)[fit];
        int at_start = bounded ? counts_of(&results, OF_NFEV)[fit] == 1 : code == 4; /* the gradient is zero */
        double cost = numbers_of(&results, OF_COST)[fit];
        const double *cov = numbers_of(&results, OF_COV) + fit * n * n;
        if (code < 1 || code > 4)
            continue;
        without += lacks_variance(cov, n, cost);
        if (at_start && cost > LEAST_COST)
            stuck += is_stuck_at(row_of(&start, fit), numbers_of(&results, OF_X) + fit * n, cov, n, bounded);
    }
    Py_XDECREF((PyObject *)start.array);
    drop_arrays(results.arrays, RESULTS);
    return status == 0 ? Py_BuildValue("nn", stuck, without) : NULL;
}
