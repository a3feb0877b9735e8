#include "bounded_run.h"
#include <string.h>

/* ---- Residuals ------------------------------------------------------------------------------------------- */

/* Whether func may return so many values. */
static int
is_number_of_values(const BoundedRun *run, npy_intp size)
{
    const Data *data = run->user.data;

    if (run->fit->sized)
        return size == run->fit->s.m || (data != NULL && size == 1);
    return data == NULL || data->m == 1 || size == 1 || size == data->m;
}

/* What func returned as a vector of doubles. New reference; NULL with the error set. */
static PyArrayObject *
values_of(BoundedRun *run, PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *)value, *doubles = NULL;
    int type;

    run->precision = 0;
    if (PyArray_CheckExact(value) && is_plain(value) && PyArray_NDIM(array) == 1
        && is_number_of_values(run, PyArray_SIZE(array)))
        return (PyArrayObject *)Py_NewRef(value);
    array = (PyArrayObject *)PyObject_CallOneArg(run->convert, value);
    if (array == NULL)
        return NULL;
    type = PyArray_Check(array) ? PyArray_TYPE(array) : NPY_DOUBLE;
    doubles =
        (PyArrayObject *)PyArray_FromAny((PyObject *)array, PyArray_DescrFromType(NPY_DOUBLE), 1, 1,
                                         NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_ENSUREARRAY, NULL);
    Py_DECREF(array);
    if (run->user.data == NULL) /* less ydata they are doubles */
        run->precision = type == NPY_FLOAT ? 1 : type == NPY_HALF ? 2 : 0;
    if (doubles != NULL && !is_number_of_values(run, PyArray_SIZE(doubles))) {
        shape_error("what fun returns", doubles, run->fit->s.m, -1);
        Py_CLEAR(doubles);
    }
    return doubles;
}

/* The first values say how many residuals there are. Returns 0, or -1 with the error set. */
static int
size_by(BoundedRun *run, npy_intp values)
{
    npy_intp m = data_size(run->user.data, values);

    return m < 0 ? -1 : bounded_room(run->fit, m);
}

/* func at x into out, or, as long as that has no place, into last_f. Returns 0, or -1 with the error set. */
static int
residuals(BoundedRun *run, const double *x, double *out)
{
    BoundedFit *fit = run->fit;
    PyObject *value = PyErr_CheckSignals() == 0 ? call_user(&run->user, run->user.func, fit->s.n, x) : NULL;
    PyArrayObject *array = NULL;
    int status = -1;

    if (value != NULL) {
        fit->calls++;
        array = values_of(run, value);
    }
    if (array != NULL && (fit->sized || size_by(run, PyArray_SIZE(array)) == 0)) {
        Values values = {PyArray_DATA(array), PyArray_SIZE(array) != 1, 0};
        fit->misled.off |= run->precision != 0;
        misled_by_values(&fit->misled, PyArray_SIZE(array), PyArray_DATA(array));
        data_residuals(run->user.data, 0, fit->s.m, values, out == NULL ? fit->last_f : out);
        status = 0;
    }
    Py_XDECREF(array);
    Py_XDECREF(value);
    return status;
}

/* The residuals at x into last_f; no point is evaluated twice in a row. Returns 0, or -1 with the error set. */
static int
residuals_at(BoundedRun *run, const double *x)
{
    BoundedFit *fit = run->fit;
    int same = run->known;

    for (int j = 0; same && j < fit->s.n; j++)
        same = x[j] == fit->last_x[j];
    if (same)
        return 0;
    run->known = 0;
    if (residuals(run, x, NULL) != 0)
        return -1;
    memcpy(fit->last_x, x, (size_t)fit->s.n * sizeof(double));
    run->known = 1;
    return 0;
}

/* ---- Jacobians ------------------------------------------------------------------------------------------- */

/* By differences of func. Returns 0, or -1 with the error set. */
static int
by_differences(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int m = fit->s.m, n = fit->s.n, precision = run->precision;
    const double *x = fit->x;
    double *point = fit->point;

    minpack_differences_begin(run->kind, precision, n, x, fit->lower, fit->upper, fit->relative, fit->typical, fit->h,
                              fit->one_sided);
    memcpy(point, x, (size_t)n * sizeof(double));
    for (int j = 0; j < n; j++) {
        double *column = fit->fjac + (size_t)j * (size_t)m;
        for (int k = 1; k < run->kind; k++) {
            point[j] = minpack_difference_point(run->kind, k, fit->one_sided[j], x[j], fit->h[j]);
            if (residuals(run, point, k == 1 ? column : fit->ftrial) != 0)
                return -1;
        }
        point[j] = x[j];
        minpack_difference_column(run->kind, precision, m, fit->one_sided[j], x[j], fit->h[j], fit->last_f, fit->ftrial,
                                  column);
    }
    run->precision = precision;
    return 0;
}

/* Columns of derivatives, one row per point, to columns of the Jacobian. */
static void
set_jacobian(BoundedFit *fit, const Data *data, PyArrayObject *array)
{
    Values values = {PyArray_DATA(array), fit->s.n, 1};

    for (int j = 0; j < fit->s.n; j++)
        data_derivatives(data, 0, fit->s.m, values, j, fit->fjac + (size_t)j * (size_t)fit->s.m);
}

/* By dfun. Returns 0, or -1 with the error set. */
static int
by_function(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    PyObject *value = call_user(&run->user, run->user.dfun, fit->s.n, fit->x);
    PyArrayObject *array = (PyArrayObject *)value;

    if (value == NULL)
        return -1;
    if (!PyArray_CheckExact(value) || PyArray_TYPE(array) != NPY_DOUBLE || PyArray_NDIM(array) != 2
        || PyArray_DIM(array, 0) != fit->s.m || PyArray_DIM(array, 1) != fit->s.n)
        Py_SETREF(value, PyObject_CallOneArg(run->convert_jac, value));
    array = value == NULL ? NULL : matrix_of(value, "what jac returns", fit->s.m, fit->s.n);
    if (array != NULL)
        set_jacobian(fit, run->user.data, array);
    Py_XDECREF(value);
    Py_XDECREF(array);
    return array == NULL ? -1 : 0;
}

/* By Python's differences, weighed already. Returns 0, or -1 with the error set. */
static int
by_python(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    PyObject *x = vector_from(fit->x, fit->s.n), *f = vector_from(fit->last_f, fit->s.m), *value = NULL;
    PyArrayObject *array = NULL;

    if (x != NULL && f != NULL)
        value = PyObject_CallFunction(run->differences, "OOi", x, f, run->precision);
    if (value != NULL)
        array = matrix_of(value, "the differences", fit->s.m, fit->s.n);
    if (array != NULL)
        set_jacobian(fit, NULL, array);
    Py_XDECREF(x);
    Py_XDECREF(f);
    Py_XDECREF(value);
    Py_XDECREF(array);
    return array == NULL ? -1 : 0;
}

static int
jacobian(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int by_user = run->kind == 0 && run->differences == NULL;

    /* dogbox may have moved x since its residuals were evaluated, which the result keeps */
    if (!by_user && residuals_at(run, fit->x) != 0)
        return -1;
    if ((by_user ? by_function(run) : run->kind != 0 ? by_differences(run) : by_python(run)) != 0)
        return -1;
    fit->misled.given = by_user;
    misled_at_jacobian(&fit->misled, fit->s.m, fit->s.n, fit->fjac, fit->last_f);
    if (fit->derivatives != fit->fjac)
        memcpy(fit->derivatives, fit->fjac, (size_t)fit->s.m * (size_t)fit->s.n * sizeof(double));
    return 0;
}

/* ---- What a fit asks for -------------------------------------------------------------------------------------------- */

int
bounded_evaluate(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int starts = fit->s.task == MINPACK_START;

    if (fit->s.task == MINPACK_JACOBIAN)
        return jacobian(run);
    if (fit->s.task == MINPACK_LOSS)
        return call_loss(run->loss, fit->s.m, fit->rho);
    if (residuals_at(run, starts ? fit->x : fit->xtrial) != 0)
        return -1;
    if (!starts)
        misled_at_trial(&fit->misled, fit->s.n, fit->x, fit->xtrial, fit->last_f);
    memcpy(starts ? fit->fvec : fit->ftrial, fit->last_f, (size_t)fit->s.m * sizeof(double));
    return 0;
}
