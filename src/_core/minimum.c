/* What derivatives at a point say about it. */
#define NO_IMPORT_ARRAY
#include "arguments.h"
#include "covariance.h"
#include "doors.h"
#include "fit.h"
#include <string.h>

const char factorize_doc[] =
    "factorize(fvec, columns, x, settings, scale) -> (cov, r, step, change, sines, terms, rank)\n\n"
    "QR factorization of a Jacobian, (m, n), at x, (n,), where the residuals are fvec, (m,): the covariance of a fit that\n"
    "ends there, as its settings must say, scaled by the variance of the residuals or not, and what minpack_look finds.";

/* A fit that asks for the residuals and the Jacobian once, and ends. Returns whether it asked: not if it is improper. */
static int
fit_once(Fit *fit, const double *fvec, const double *columns)
{
    minpack_fit *core = &fit->core;
    size_t m = (size_t)core->s.m, n = (size_t)core->s.n;

    minpack_begin(core);
    memcpy(core->fvec, fvec, m * sizeof(double));
    minpack_step(core);
    if (core->s.task != MINPACK_JACOBIAN)
        return 0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++)
            core->fjac[j * m + i] = columns[i * n + j];
    minpack_step(core);
    return 1;
}

/* That, and what it says. New reference, or NULL with the error set. */
static PyObject *
look(Fit *fit, const double *fvec, const double *columns, int scale)
{
    npy_intp n = fit->core.s.n, dims[2] = {n, n};
    PyObject *cov = PyArray_SimpleNew(2, dims, NPY_DOUBLE), *r = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    PyObject *step = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    minpack_findings found;

    if (cov != NULL && r != NULL && step != NULL && !fit_once(fit, fvec, columns))
        PyErr_SetString(PyExc_ValueError, "factorize must get parameters and proper settings");
    if (PyErr_Occurred()) {
        Py_XDECREF(cov);
        Py_XDECREF(r);
        Py_XDECREF(step);
        return NULL;
    }
    minpack_look(&fit->core, PyArray_DATA((PyArrayObject *)r), PyArray_DATA((PyArrayObject *)step), &found);
    parameter_covariance(&fit->core, scale, cost_of(&fit->core), PyArray_DATA((PyArrayObject *)cov));
    return Py_BuildValue("NNNdddi", cov, r, step, found.change, found.sines, found.terms, found.rank);
}

PyObject *
factorize(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FVEC, COLUMNS, X, SETTINGS, SCALE, ARGUMENTS };
    static Argument names[] = {{"fvec", "m"}, {"columns", "mn"}, {"x", "+n"}, {"settings"}, {"scale"}, {NULL}};
    PyObject *a[ARGUMENTS], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL};
    Fit fit = {.full = 0};
    npy_intp sizes[SIZES];
    int scale;

    if (take_arguments("factorize", names, ARGUMENTS, args, count, keywords, a) != 0
        || (fit.settings = as_settings(a[SETTINGS])) == NULL || (scale = PyObject_IsTrue(a[SCALE])) < 0)
        return NULL;
    if (take_arrays("factorize", names, a, in, sizes) == 0 && settings_check(fit.settings, (int)sizes[N]) == 0) {
        fit.core.s = settings_state(fit.settings, (int)sizes[N], 0);
        fit.core.x = PyArray_DATA(in[X]);
        if (fit_allocate(&fit, sizes[M], NPY_DOUBLE) == 0)
            result = look(&fit, PyArray_DATA(in[FVEC]), PyArray_DATA(in[COLUMNS]), scale);
        fit_free(&fit);
    }
    drop_arrays(in, ARGUMENTS);
    return result;
}
