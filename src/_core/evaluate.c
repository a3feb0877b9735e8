#define NO_IMPORT_ARRAY
#include "evaluate.h"
#include <string.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>

void
gil_take(Fit *fit)
{
    if (fit->thread != NULL) {
        PyEval_RestoreThread(fit->thread);
        fit->thread = NULL;
    }
}

void
gil_give(Fit *fit)
{
    if (fit->release)
        fit->thread = PyEval_SaveThread();
}

/* A new one, or the last where nobody else has a claim on it. */
PyObject *
vector_for_user(Fit *fit, npy_intp n, const double *x)
{
    PyObject *vector = fit->x;
    int reusable = 0;
#ifndef Py_GIL_DISABLED
    /* A callback may also have changed its shape, type or flags in place. */
    reusable = vector != NULL && Py_REFCNT(vector) == 1 && is_plain(vector)
               && PyArray_NDIM((PyArrayObject *)vector) == 1 && PyArray_DIM((PyArrayObject *)vector, 0) == n
               && PyArray_CHKFLAGS((PyArrayObject *)vector, NPY_ARRAY_OWNDATA | NPY_ARRAY_WRITEABLE);
#endif
    if (!reusable) {
        Py_CLEAR(fit->x);
        vector = fit->x = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        if (vector == NULL)
            return NULL;
    }
    memcpy(PyArray_DATA((PyArrayObject *)vector), x, (size_t)n * sizeof(double));
    return vector;
}

/* Drop the numbers in argv[from..to-1]. */
static void
drop_numbers(Fit *fit, npy_intp from, npy_intp to)
{
    for (npy_intp i = from; i < to; i++)
        Py_CLEAR(fit->argv[i]);
}

/* A user's function at x: function(x, *args), or for a curve function(xdata, *x) with x as NumPy's float64 scalars. */
static PyObject *
call_user(Fit *fit, PyObject *function, npy_intp n, const double *x)
{
    PyObject *value = NULL;

    if (PyErr_CheckSignals() != 0)
        return NULL;
    if (fit->curve == NULL) {
        fit->argv[1] = vector_for_user(fit, n, x);
        if (fit->argv[1] == NULL)
            return NULL;
    }
    else {
        fit->argv[1] = fit->curve->xdata;
        for (npy_intp j = 0; j < n; j++) {
            fit->argv[2 + j] = PyArrayScalar_New(Double);
            if (fit->argv[2 + j] == NULL) {
                drop_numbers(fit, 2, 2 + j);
                return NULL;
            }
            PyArrayScalar_ASSIGN(fit->argv[2 + j], Double, x[j]);
        }
    }
    if (Py_EnterRecursiveCall(" in a function to be fitted") == 0) {
        value = PyObject_Vectorcall(function, fit->argv + 1, (size_t)fit->argc | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        Py_LeaveRecursiveCall();
    }
    if (fit->curve != NULL)
        drop_numbers(fit, 2, 2 + n);
    return value;
}

/* What func must return for m residuals, or for any number of them where m is negative. */
static Expected
expected_of_func(const Fit *fit, npy_intp m)
{
    Expected expected = {fit->curve != NULL ? MODEL : RESIDUALS, m, 0};

    return expected;
}

/* From one element of a vector to the next: none where it has one for all. */
static npy_intp
step_of(const PyArrayObject *vector)
{
    return PyArray_SIZE((PyArrayObject *)vector) == 1 ? 0 : 1;
}

/* Solve L*z = z in place, L lower triangular, row after row. */
static void
forward_substitution(npy_intp m, const double *lower, double *z)
{
    for (npy_intp i = 0; i < m; i++) {
        double total = z[i];
        for (npy_intp k = 0; k < i; k++)
            total -= lower[i * m + k] * z[k];
        z[i] = total / lower[i * m + i];
    }
}

/* Weigh one column of residuals or of their derivatives as the data want it. */
static void
weigh(const Curve *curve, npy_intp m, double *column)
{
    if (curve->weights != NULL) {
        const double *weights = PyArray_DATA(curve->weights);
        npy_intp step = step_of(curve->weights);
        for (npy_intp i = 0; i < m; i++)
            column[i] = weights[i * step] * column[i];
    }
    if (curve->cholesky != NULL)
        forward_substitution(m, PyArray_DATA(curve->cholesky), column);
}

/* fvec from what func returned, which must not be let go of before: its end may be that of the memory. */
static void
store_residuals(const Fit *fit, npy_intp m, PyArrayObject *value, double *fvec)
{
    const double *f = PyArray_DATA(value);

    if (fit->curve == NULL) {
        memcpy(fvec, f, (size_t)m * sizeof(double));
        return;
    }
    const double *y = PyArray_DATA(fit->curve->ydata);
    npy_intp f_step = step_of(value), y_step = step_of(fit->curve->ydata);
    for (npy_intp i = 0; i < m; i++)
        fvec[i] = f[i * f_step] - y[i * y_step];
    weigh(fit->curve, m, fvec);
}

npy_intp
evaluate_first(Fit *fit, int n, const double *x, int *precision)
{
    npy_intp points = fit->curve == NULL ? 1 : PyArray_SIZE(fit->curve->ydata); /* one goes with any number */
    Expected expected = expected_of_func(fit, points == 1 ? -1 : points);

    fit->first_value = call_user(fit, fit->func, n, x);
    if (fit->first_value == NULL)
        return -1;
    fit->first = as_residuals(fit->func, fit->first_value, &expected, precision);
    if (fit->first == NULL)
        return -1;
    if (points == 1)
        points = PyArray_SIZE(fit->first);
    if (fit->curve != NULL) {
        *precision = NPY_DOUBLE; /* that of the difference from ydata */
        if (fit->curve->cholesky != NULL && PyArray_SIZE(fit->curve->cholesky) != points * points) {
            PyErr_SetString(PyExc_ValueError, "the covariance of ydata must have a row and a column for each residual");
            return -1;
        }
    }
    return points;
}

void
store_first(Fit *fit, int m, double *fvec)
{
    store_residuals(fit, m, fit->first, fvec);
    Py_CLEAR(fit->first);
    Py_CLEAR(fit->first_value);
    fit->started = 1;
}

int
residual(void *ctx, int m, int n, const double *x, double *fvec)
{
    Fit *fit = ctx;
    Expected expected = expected_of_func(fit, m);
    PyArrayObject *array = NULL;
    PyObject *value;
    int precision, stored;

    if (fit->started) { /* the point x0 has been evaluated, to find m, and fvec has the residuals */
        fit->started = 0;
        return 0;
    }
    gil_take(fit);
    value = call_user(fit, fit->func, n, x);
    if (value != NULL)
        array = as_residuals(fit->func, value, &expected, &precision);
    stored = array != NULL;
    if (stored)
        store_residuals(fit, m, array, fvec);
    Py_XDECREF(array);
    Py_XDECREF(value);
    gil_give(fit);
    return stored ? 0 : STOP_ERROR;
}

/* Refuse a Jacobian of the wrong shape, in the words that SciPy has for it. */
static void
refuse_shape(PyObject *dfun, npy_intp rows, npy_intp columns, PyObject *found)
{
    PyObject *shape = PyObject_GetAttrString(found, "shape");
    PyObject *name = shape == NULL ? NULL : PyObject_GetAttrString(dfun, "__name__");
    PyObject *named = NULL;

    if (name != NULL) {
        named = PyUnicode_FromFormat(" '%S'", name);
    }
    else if (shape != NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        named = PyUnicode_FromString("");
    }
    if (named != NULL)
        PyErr_Format(PyExc_TypeError,
                     "leastsq: there is a mismatch between the input and output shape of the 'Dfun' argument%U. "
                     "Shape should be (%zd, %zd) but it is %S.",
                     named, (Py_ssize_t)rows, (Py_ssize_t)columns, shape);
    Py_XDECREF(named);
    Py_XDECREF(name);
    Py_XDECREF(shape);
}

/* fjac, column after column, from what Dfun returned. */
static void
store_jacobian(const Fit *fit, npy_intp m, npy_intp n, PyArrayObject *value, double *fjac)
{
    const double *data = PyArray_DATA(value);

    if (n == 1 || fit->source == BY_COLUMNS) {
        memcpy(fjac, data, (size_t)(m * n) * sizeof(double));
    }
    else {
        for (npy_intp i = 0; i < m; i++)
            for (npy_intp j = 0; j < n; j++)
                fjac[j * m + i] = data[i * n + j];
    }
    if (fit->curve != NULL)
        for (npy_intp j = 0; j < n; j++)
            weigh(fit->curve, m, fjac + j * m);
}

int
jacobian(void *ctx, int m, int n, const double *x, double *fjac)
{
    Fit *fit = ctx;
    int transposed = fit->source == BY_COLUMNS;
    Expected expected = {JACOBIAN, transposed ? n : m, transposed ? m : n};
    PyArrayObject *array = NULL;
    PyObject *value;
    int precision, stored = 0;

    gil_take(fit);
    value = call_user(fit, fit->dfun, n, x);
    if (value != NULL)
        array = as_double(fit->dfun, value, &expected, &precision);
    if (array != NULL) {
        stored = PyArray_NDIM(array) == 2 && PyArray_DIM(array, 0) == expected.rows
                 && PyArray_DIM(array, 1) == expected.columns;
        if (n == 1 && PyArray_SIZE(array) == m) /* for one parameter a vector will do, as in SciPy */
            stored = 1;
        if (stored)
            store_jacobian(fit, m, n, array, fjac);
        else
            refuse_shape(fit->dfun, expected.rows, expected.columns, (PyObject *)array);
    }
    Py_XDECREF(array);
    Py_XDECREF(value);
    gil_give(fit);
    return stored ? 0 : STOP_ERROR;
}

/* The next rows of the Jacobian, into fit->block. Returns 1, 0 at the end, or -1 with the error set. */
static int
next_block(Fit *fit, const Expected *expected)
{
    PyArrayObject *array;
    PyObject *item;
    int ndim, precision;

    Py_CLEAR(fit->block);
    fit->block_row = 0;
    if (PyErr_CheckSignals() != 0)
        return -1;
    item = PyIter_Next(fit->rows);
    if (item == NULL)
        return PyErr_Occurred() ? -1 : 0;
    array = as_double(fit->dfun, item, expected, &precision);
    if (array != NULL) {
        ndim = PyArray_NDIM(array);
        if (ndim < 1 || ndim > 2 || PyArray_DIM(array, ndim - 1) != expected->columns)
            refuse(PyExc_TypeError, fit->dfun, expected, (PyObject *)array);
        else /* not by NumPy, which lets other threads in while it copies */
            fit->block = (PyArrayObject *)PyArray_SimpleNew(ndim, PyArray_DIMS(array), NPY_DOUBLE);
        if (fit->block != NULL)
            memcpy(PyArray_DATA(fit->block), PyArray_DATA(array), (size_t)PyArray_NBYTES(fit->block));
    }
    Py_XDECREF(array);
    Py_DECREF(item);
    return fit->block == NULL ? -1 : 1;
}

static npy_intp
rows_in_block(const Fit *fit)
{
    if (fit->block == NULL)
        return 0;
    return PyArray_NDIM(fit->block) == 1 ? 1 : PyArray_DIM(fit->block, 0);
}

/* Have a row that is not used up in fit->block. Returns as next_block. */
static int
find_row(Fit *fit, const Expected *expected)
{
    int status = 1;

    while (status == 1 && fit->block_row == rows_in_block(fit)) /* a block may have no rows */
        status = next_block(fit, expected);
    return status;
}

/* Row i of the Jacobian: Dfun(x, *args) is asked for an iterable of them at row 0. */
int
jacobian_row(void *ctx, int m, int n, const double *x, int i, double *row)
{
    Fit *fit = ctx;
    Expected expected = {JACOBIAN_ROWS, m, n};
    int status = 1;

    gil_take(fit);
    if (i == 0) {
        PyObject *value = call_user(fit, fit->dfun, n, x);
        fit->rows = value == NULL ? NULL : PyObject_GetIter(value);
        if (value != NULL && fit->rows == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
            refuse(PyExc_TypeError, fit->dfun, &expected, value);
        Py_XDECREF(value);
        if (fit->rows == NULL)
            status = -1;
    }
    if (status == 1)
        status = find_row(fit, &expected);
    if (status == 0)
        PyErr_Format(PyExc_TypeError, "Dfun must give %d rows of the Jacobian, one a residual; it gave %d", m, i);
    if (status == 1) {
        memcpy(row, (const double *)PyArray_DATA(fit->block) + fit->block_row * n, (size_t)n * sizeof(double));
        fit->block_row++;
        if (i == m - 1) { /* there must be no more */
            status = find_row(fit, &expected);
            if (status == 1)
                PyErr_Format(PyExc_TypeError, "Dfun must give %d rows of the Jacobian, one a residual; it gave more", m);
            status = status == 0 ? 1 : -1;
            Py_CLEAR(fit->rows);
        }
    }
    gil_give(fit);
    return status == 1 ? 0 : STOP_ERROR;
}

/* callback(x, cost, nfev), once an accepted step. */
int
iteration(void *ctx, const minpack_state *s, const double *x)
{
    Fit *fit = ctx;
    npy_intp n = s->n;
    PyObject *vector, *value = NULL;
    int stop = 0;

    gil_take(fit);
    vector = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    if (vector != NULL) {
        memcpy(PyArray_DATA((PyArrayObject *)vector), x, (size_t)n * sizeof(double));
        value = PyObject_CallFunction(fit->callback, "Ndi", vector, 0.5 * s->fnorm * s->fnorm, s->nfev);
    }
    if (value == NULL) {
        stop = STOP_ERROR;
        if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
            PyErr_Clear();
            stop = STOP_CALLBACK;
        }
    }
    else if (value == Py_True || (PyArray_IsScalar(value, Bool) && PyObject_IsTrue(value))) {
        stop = STOP_CALLBACK; /* nothing but True: a callback that happens to return something goes on */
    }
    Py_XDECREF(value);
    gil_give(fit);
    return stop;
}

int
residual_compiled(void *ctx, int m, int n, const double *x, double *fvec)
{
    return compiled_residual(&((Fit *)ctx)->compiled, m, n, x, fvec);
}

int
jacobian_compiled(void *ctx, int m, int n, const double *x, double *fjac)
{
    return compiled_jacobian(&((Fit *)ctx)->compiled, m, n, x, fjac);
}
