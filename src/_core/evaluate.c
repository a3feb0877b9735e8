#include "fit.h"
#include <string.h>
#include <numpy/arrayscalars.h>

int
prepare_call(Fit *fit, PyObject *args, PyObject **on_stack)
{
    int many = args != NULL && PyTuple_Check(args);
    Py_ssize_t further = fit->data != NULL ? fit->core.s.n : many ? PyTuple_GET_SIZE(args) : args != NULL;

    fit->argc = 1 + further;
    fit->argv = on_stack;
    if (fit->argc >= ARGV_ON_STACK)
        fit->argv = PyMem_Malloc((size_t)(fit->argc + 1) * sizeof(PyObject *));
    if (fit->argv == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; fit->data == NULL && i < further; i++)
        fit->argv[2 + i] = many ? PyTuple_GET_ITEM(args, i) : args;
    return 0;
}

void
end_call(Fit *fit, PyObject **on_stack)
{
    Py_CLEAR(fit->x);
    if (fit->argv != on_stack)
        PyMem_Free(fit->argv);
}

/* A new one, or the last if nobody else has a claim on it. */
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

PyObject *
call_user(Fit *fit, PyObject *function, npy_intp n, const double *x)
{
    PyObject *value = NULL;

    if (fit->data == NULL) {
        fit->argv[1] = vector_for_user(fit, n, x);
        if (fit->argv[1] == NULL)
            return NULL;
    }
    else {
        fit->argv[1] = fit->xdata;
        for (npy_intp j = 0; j < n; j++) {
            fit->argv[2 + j] = PyArrayScalar_New(Double);
            if (fit->argv[2 + j] == NULL) {
                drop_numbers(fit, 2, 2 + j);
                return NULL;
            }
            PyArrayScalar_ASSIGN(fit->argv[2 + j], Double, x[j]);
        }
    }
    /* functions written in C may never look at signals */
    if (PyErr_CheckSignals() == 0 && Py_EnterRecursiveCall(" in a function to be fitted") == 0) {
        value = PyObject_Vectorcall(function, fit->argv + 1, (size_t)fit->argc | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        Py_LeaveRecursiveCall();
    }
    if (fit->data != NULL)
        drop_numbers(fit, 2, 2 + n);
    return value;
}

/* ---- Residuals ------------------------------------------------------------------------------------------- */

/* How many values func must return, for fits whose m is not known yet; -1 for any number. */
static npy_intp
values_expected(const Fit *fit)
{
    if (fit->core.s.m > 0)
        return fit->core.s.m;
    return fit->data == NULL || fit->data->m == 1 ? -1 : fit->data->m; /* one goes with any number */
}

/* The first values tell how many residuals there are, and how precise they are. Returns 0, or -1 with the error set. */
static int
allocate_for(Fit *fit, PyArrayObject *values, int precision)
{
    npy_intp m = data_size(fit->data, PyArray_SIZE(values));

    if (fit->data != NULL)
        precision = NPY_DOUBLE; /* that of the difference from ydata */
    return m < 0 ? -1 : fit_allocate(fit, m, precision);
}

/* Whether values may mislead the fit: not if all residuals are zero. */
static int
is_watched(const Fit *fit)
{
    return fit->core.s.task == MINPACK_START || fit->core.s.fnorm != 0.0 || fit->core.bounded != NULL;
}

/* Whether a value is what nearly all functions return: an array of doubles, or a list of floats. */
static int
is_usual(PyObject *value)
{
    if (PyArray_CheckExact(value)) /* masked arrays and quantities are classes of their own */
        return PyArray_TYPE((PyArrayObject *)value) == NPY_DOUBLE;
    if (PyList_CheckExact(value) && PyList_GET_SIZE(value) > 0)
        return PyFloat_Check(PyList_GET_ITEM(value, 0));
    return PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) > 0 && PyFloat_Check(PyTuple_GET_ITEM(value, 0));
}

/* Tell notice(function, value, eps) of a first value that is not usual. eps is the relative error of the values for
 * which steps for differences are made: 0 for that of their type, negative if there are no differences. Returns 0, or -1
 * with the error set. */
static int
tell_notice(Fit *fit, PyObject *value)
{
    const minpack_state *s = &fit->core.s;
    double eps = fit->data == NULL ? 0.0 : s->mach.epsmch; /* less ydata they are doubles */
    PyObject *said;

    if (fit->notice == NULL || is_usual(value))
        return 0;
    if (fit->settings->has_epsfcn)
        eps = s->epsfcn > s->mach.epsmch ? s->epsfcn : s->mach.epsmch;
    said = PyObject_CallFunction(fit->notice, "OOd", fit->func, value, s->differences ? eps : -1.0);
    if (said != NULL)
        fit->said = PyObject_IsTrue(said);
    Py_XDECREF(said);
    return said == NULL || fit->said < 0 ? -1 : 0;
}

/* Whether a value is an array of doubles, and of no class derived from that, with ndim dimensions. */
static int
is_array(PyObject *value, int ndim)
{
    return PyArray_CheckExact(value) && PyArray_TYPE((PyArrayObject *)value) == NPY_DOUBLE
           && PyArray_NDIM((PyArrayObject *)value) == ndim;
}

int
python_residuals(Fit *fit, const double *x, double **fvec)
{
    Expected expected = {fit->data != NULL ? MODEL : RESIDUALS, values_expected(fit), 0};
    PyObject *value = call_user(fit, fit->func, fit->core.s.n, x);
    PyArrayObject *array = NULL;
    int status = STOP_ERROR;

    fit->calls += value != NULL;
    if (value != NULL && fit->convert != NULL && !is_array(value, 1))
        Py_SETREF(value, PyObject_CallOneArg(fit->convert, value));
    if (value != NULL && (fit->core.s.m > 0 || tell_notice(fit, value) == 0))
        array = as_residuals(fit->func, value, &expected, &fit->precision);
    if (array != NULL && (fit->core.s.m > 0 || allocate_for(fit, array, fit->precision) == 0)) {
        Values values = {PyArray_DATA(array), PyArray_SIZE(array) != 1, 0};
        fit->misled.off |= fit->precision != NPY_DOUBLE && (fit->data == NULL || fit->core.bounded == NULL);
        if (is_watched(fit))
            misled_by_values(&fit->misled, PyArray_SIZE(array), PyArray_DATA(array));
        data_residuals(fit->data, 0, fit->core.s.m, &values, *fvec);
        status = 0;
    }
    Py_XDECREF(array); /* not before: its end may be that of the memory */
    Py_XDECREF(value);
    return status;
}

int
moved_residuals(void *ctx, int Py_UNUSED(m), int Py_UNUSED(n), const double *x, double *fvec)
{
    return python_residuals(ctx, x, &fvec);
}

/* ---- Jacobians ------------------------------------------------------------------------------------------- */

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

/* What convert_jac makes of a Jacobian, unless it is an array of that shape: it gets x and the residuals there, too.
 * Takes over the reference, and returns one. */
static PyObject *
convert_jacobian(Fit *fit, PyObject *value)
{
    const minpack_fit *core = &fit->core;

    if (is_array(value, 2) && PyArray_DIM((PyArrayObject *)value, 0) == core->s.m
        && PyArray_DIM((PyArrayObject *)value, 1) == core->s.n)
        return value;
    return PyObject_CallFunction(fit->convert_jac, "NNN", value, vector_from(core->x, core->s.n),
                                 vector_from(core->fvec, core->s.m));
}

int
python_jacobian(Fit *fit)
{
    npy_intp m = fit->core.s.m, n = fit->core.s.n;
    int transposed = fit->layout == BY_COLUMNS, precision, fits = 0;
    Expected expected = {JACOBIAN, transposed ? n : m, transposed ? m : n};
    PyObject *value = call_user(fit, fit->dfun, n, fit->core.x);
    PyArrayObject *array = NULL;

    if (value != NULL && fit->convert_jac != NULL)
        value = convert_jacobian(fit, value);
    if (value != NULL)
        array = as_double(fit->dfun, value, &expected, &precision);
    if (array != NULL) {
        fits = PyArray_NDIM(array) == 2 && PyArray_DIM(array, 0) == expected.rows
               && PyArray_DIM(array, 1) == expected.columns;
        if (n == 1 && PyArray_SIZE(array) == m) /* for one parameter a vector will do, as in SciPy */
            fits = 1;
        if (!fits)
            refuse_shape(fit->dfun, expected.rows, expected.columns, (PyObject *)array);
        Values values = {PyArray_DATA(array), transposed ? 1 : n, transposed ? m : 1};
        for (npy_intp j = 0; fits && j < n; j++)
            data_derivatives(fit->data, 0, m, &values, j, fit->core.fjac + j * m);
    }
    Py_XDECREF(array);
    Py_XDECREF(value);
    return fits ? 0 : STOP_ERROR;
}

/* Rotate rows of the Jacobian, from row i on, into R and Q'fvec. */
static void
rotate_rows(minpack_fit *core, npy_intp i, npy_intp count, const double *rows)
{
    int n = core->s.n;
    int release = (double)count * n * n > RELEASE_GIL_ABOVE;
    PyThreadState *thread = release ? PyEval_SaveThread() : NULL;

    for (npy_intp k = 0; k < count; k++) {
        double alpha = core->fvec[i + k];
        minpack_rwupdt(n, core->fjac, n, rows + k * n, core->qtf, &alpha, core->wa, core->wa + n);
    }
    if (release)
        PyEval_RestoreThread(thread);
}

/* One row or a block of them, of which i have come before. Returns how many there are, or -1 with the error set. */
static npy_intp
take_block(Fit *fit, PyObject *item, npy_intp i, const Expected *expected)
{
    int precision, ndim;
    npy_intp count = -1;
    PyArrayObject *array = as_double(fit->dfun, item, expected, &precision);
    double *rows;

    if (array == NULL)
        return -1;
    ndim = PyArray_NDIM(array);
    if (ndim < 1 || ndim > 2 || PyArray_DIM(array, ndim - 1) != expected->columns) {
        refuse(PyExc_TypeError, fit->dfun, expected, (PyObject *)array);
    }
    else if ((ndim == 1 ? 1 : PyArray_DIM(array, 0)) > expected->rows - i) {
        PyErr_Format(PyExc_TypeError, "Dfun must give %zd rows of the Jacobian, one per residual; it gave more",
                     (Py_ssize_t)expected->rows);
    }
    else { /* copied, as other threads may run meanwhile; not by NumPy, which lets them run while it copies */
        rows = PyMem_Malloc((size_t)PyArray_NBYTES(array));
        if (rows == NULL) {
            PyErr_NoMemory();
        }
        else {
            count = ndim == 1 ? 1 : PyArray_DIM(array, 0);
            memcpy(rows, PyArray_DATA(array), (size_t)PyArray_NBYTES(array));
            rotate_rows(&fit->core, i, count, rows);
            PyMem_Free(rows);
        }
    }
    Py_DECREF(array);
    return count;
}

/* R and Q'fvec from the iterable over the rows of the Jacobian that Dfun returns. Returns 0, or STOP_ERROR. */
static int
jacobian_rows(Fit *fit)
{
    minpack_fit *core = &fit->core;
    npy_intp m = core->s.m, n = core->s.n, i = 0;
    Expected expected = {JACOBIAN_ROWS, m, n};
    PyObject *item, *value = call_user(fit, fit->dfun, n, core->x);
    PyObject *iterator = value == NULL ? NULL : PyObject_GetIter(value);

    if (value != NULL && iterator == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
        refuse(PyExc_TypeError, fit->dfun, &expected, value);
    Py_XDECREF(value);
    if (iterator == NULL)
        return STOP_ERROR;
    memset(core->fjac, 0, (size_t)(n * n) * sizeof(double));
    memset(core->qtf, 0, (size_t)n * sizeof(double));
    while (i >= 0 && PyErr_CheckSignals() == 0 && (item = PyIter_Next(iterator)) != NULL) {
        npy_intp count = take_block(fit, item, i, &expected);
        i = count < 0 ? -1 : i + count;
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    if (!PyErr_Occurred() && i < m)
        PyErr_Format(PyExc_TypeError, "Dfun must give %zd rows of the Jacobian, one per residual; it gave %zd",
                     (Py_ssize_t)m, (Py_ssize_t)i);
    return PyErr_Occurred() ? STOP_ERROR : 0;
}

/* ---- What a fit asks for --------------------------------------------------------------------------------- */

/* What the fit asks for, into core's arrays. Returns 0, or what stops the fit. */
static int
evaluate(Fit *fit)
{
    minpack_fit *core = &fit->core;
    int stop = 0;

    if (core->s.task == MINPACK_START)
        return python_residuals(fit, core->x, &core->fvec);
    if (core->s.task == MINPACK_TRIAL)
        return python_residuals(fit, core->xtrial, &core->ftrial);
    if (core->s.by_rows)
        return jacobian_rows(fit);
    if (!core->s.differences)
        return python_jacobian(fit);
    minpack_fdjac2(moved_residuals, fit, core->s.m, core->s.n, core->x, core->fvec, core->fjac, core->s.epsfcn,
                   &core->s.mach, &stop);
    return stop;
}

int
evaluate_python(Fit *fit)
{
    minpack_fit *core = &fit->core;
    int task = core->s.task, stop;

    stop = evaluate(fit);
    if (stop != 0 || !is_watched(fit))
        return stop;
    if (task == MINPACK_TRIAL)
        misled_at_trial(&fit->misled, core->s.n, core->x, core->xtrial, core->ftrial);
    else if (task != MINPACK_START && !core->s.by_rows)
        misled_at_jacobian(&fit->misled, core->s.m, core->s.n, core->fjac, core->fvec);
    return stop;
}
