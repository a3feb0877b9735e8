/* Differences for Python: within bounds, of functions that only Python can evaluate, by a map, or with complex parameters;
 * and central ones, for statistics. */
#include "arguments.h"
#include "doors.h"
#include "fit.h"
#include "minpack.h"
#include <limits.h>
#include <string.h>

/* A kind of minpack.h. Returns 0, or -1 with the error set. */
static int
take_kind(PyObject *value, int *kind)
{
    if (int_argument(value, "kind", kind) != 0)
        return -1;
    if (*kind >= MINPACK_COMPLEX_STEP && *kind <= MINPACK_3_POINT)
        return 0;
    PyErr_Format(PyExc_ValueError, "kind must be 1, 2 or 3; got %d", *kind);
    return -1;
}

const char difference_points_doc[] =
    "difference_points(kind, precision, x, lower, upper, relative, typical) -> (h, one_sided, points)\n\n"
    "The points that differences of a kind of minpack.h want, in order, one or two per parameter: (k, n). (Those of the\n"
    "complex step are x, as h are imaginary parts.) precision is that of the residuals: 0 double, 1 single, 2 half.";

PyObject *
difference_points(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { KIND, PRECISION, X, LOWER, UPPER, RELATIVE, TYPICAL, ARGUMENTS };
    static Argument names[] = {{"kind"},       {"precision"},     {"x", "n"},       {"lower", "n"},
                               {"upper", "n"}, {"relative", "n"}, {"typical", "n"}, {NULL}};
    PyObject *a[ARGUMENTS], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL}, *out[3] = {NULL};
    npy_intp sizes[SIZES];
    int kind, precision;

    if (take_arguments("difference_points", names, ARGUMENTS, args, count, keywords, a) != 0
        || take_kind(a[KIND], &kind) != 0 || int_argument(a[PRECISION], "precision", &precision) != 0)
        return NULL;
    int taken = take_arrays("difference_points", names, a, in, sizes) == 0, each = kind == MINPACK_3_POINT ? 2 : 1;
    npy_intp n = sizes[N], dims[2] = {each * n, n};
    if (taken) {
        out[0] = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        out[1] = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_INT);
        out[2] = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    }
    if (out[0] != NULL && out[1] != NULL && out[2] != NULL) {
        const double *x = PyArray_DATA(in[X]);
        double *h = PyArray_DATA(out[0]), *point = PyArray_DATA(out[2]);
        int *one_sided = PyArray_DATA(out[1]);
        minpack_differences_begin(kind, precision, (int)n, x, PyArray_DATA(in[LOWER]), PyArray_DATA(in[UPPER]),
                                  PyArray_DATA(in[RELATIVE]), PyArray_DATA(in[TYPICAL]), h, one_sided);
        for (npy_intp j = 0; j < n; j++) {
            for (int k = 1; k <= each; k++, point += n) {
                memcpy(point, x, (size_t)n * sizeof(double));
                point[j] = minpack_difference_point(kind, k, one_sided[j], x[j], h[j]);
            }
        }
        result = PyTuple_Pack(3, out[0], out[1], out[2]);
    }
    drop_arrays(in, ARGUMENTS);
    drop_arrays(out, 3);
    return result;
}

const char difference_columns_doc[] =
    "difference_columns(kind, precision, x, h, one_sided, f, values) -> columns\n\n"
    "The columns of the Jacobian as rows, (n, m), from the residuals f at x, (m,), and those at the points that\n"
    "difference_points gives, (k, m); of the complex step their imaginary parts.";

PyObject *
difference_columns(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { KIND, PRECISION, X, H, ONE_SIDED, F, VALUES, ARGUMENTS };
    static Argument names[] = {{"kind"},   {"precision"},    {"x", "n"}, {"h", "n"}, {"one_sided", "in"},
                               {"f", "m"}, {"values", "km"}, {NULL}};
    PyObject *a[ARGUMENTS];
    PyArrayObject *in[ARGUMENTS] = {NULL}, *out = NULL;
    npy_intp sizes[SIZES];
    int kind, precision;

    if (take_arguments("difference_columns", names, ARGUMENTS, args, count, keywords, a) != 0
        || take_kind(a[KIND], &kind) != 0 || int_argument(a[PRECISION], "precision", &precision) != 0)
        return NULL;
    int taken = take_arrays("difference_columns", names, a, in, sizes) == 0, each = kind == MINPACK_3_POINT ? 2 : 1;
    npy_intp n = sizes[N], m = sizes[M], dims[2] = {n, m};
    if (taken && sizes[K] == each * n)
        out = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    else if (taken)
        PyErr_SetString(PyExc_ValueError, "difference_columns: values must have a row for each point");
    if (out != NULL) {
        const double *x = PyArray_DATA(in[X]), *h = PyArray_DATA(in[H]), *values = PyArray_DATA(in[VALUES]);
        const int *one_sided = PyArray_DATA(in[ONE_SIDED]);
        for (npy_intp j = 0; j < n; j++) {
            double *column = (double *)PyArray_DATA(out) + j * m;
            const double *first = values + each * j * m;
            memcpy(column, first, (size_t)m * sizeof(double));
            minpack_difference_column(kind, precision, (int)m, one_sided[j], x[j], h[j], PyArray_DATA(in[F]),
                                      first + (each - 1) * m, column);
        }
    }
    drop_arrays(in, ARGUMENTS);
    return (PyObject *)out;
}

/* ---- For statistics -------------------------------------------------------------------------------------- */

const char derivatives_doc[] =
    "derivatives(func, x, center, errors, sizes, eps, good, *, xdata=None, data=None)\n"
    "    -> (jacobian, steps, eps)\n\n"
    "Derivatives of func(x), (m,), by x, (n,), where it is center, with steps that are looked for: the Jacobian, (m, n),\n"
    "the steps, (n,), and the relative error that func seems to have; NaN where there are no values near. With data, of\n"
    "m zeros, func is a model: func(xdata, *x). derivatives.f90 says what errors, sizes, eps and good are.";

/* The derivatives, from x, center, errors and sizes. New reference, or NULL with the error set. */
static PyObject *
differentiate(Fit *fit, PyArrayObject **in, double eps, double good)
{
    npy_intp m = PyArray_SIZE(in[1]), n = PyArray_SIZE(in[0]), dims[2] = {m, n};
    PyObject *jacobian = PyArray_EMPTY(2, dims, NPY_DOUBLE, 1);
    PyObject *steps = PyArray_SimpleNew(1, &n, NPY_DOUBLE), *result = NULL;
    double *work = PyMem_Malloc((size_t)(3 * m) * sizeof(double));
    int stop = 0;

    if (work == NULL)
        PyErr_NoMemory();
    if (work != NULL && jacobian != NULL && steps != NULL) {
        minpack_derivatives(moved_residuals, fit, (int)m, (int)n, PyArray_DATA(in[0]), PyArray_DATA(in[1]),
                            PyArray_DATA(in[2]), PyArray_DATA(in[3]), good, &eps,
                            PyArray_DATA((PyArrayObject *)jacobian), PyArray_DATA((PyArrayObject *)steps), work, &stop);
        if (stop == 0)
            result = Py_BuildValue("OOd", jacobian, steps, eps);
    }
    PyMem_Free(work);
    Py_XDECREF(jacobian);
    Py_XDECREF(steps);
    return result;
}

PyObject *
derivatives(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FUNC, X, CENTER, ERRORS, OF_SIZE, EPS, GOOD, XDATA, DATA, ARGUMENTS };
    static Argument names[] = {{"func"}, {"x", "+n"}, {"center", "m"}, {"errors", "n"}, {"sizes", "n"},
                               {"eps"},  {"good"},    {"xdata"},       {"data"},        {NULL}};
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL};
    Fit fit = {.func = NULL};
    double eps, good;
    npy_intp sizes[SIZES];

    if (take_arguments("derivatives", names, 7, args, count, keywords, a) != 0
        || real_argument(a[EPS], "eps", &eps) != 0 || real_argument(a[GOOD], "good", &good) != 0)
        return NULL;
    if (a[DATA] != NULL && a[DATA] != Py_None && (fit.data = as_data(a[DATA])) == NULL)
        return NULL;
    if (take_arrays("derivatives", names, a, in, sizes) == 0) {
        fit.func = a[FUNC];
        fit.xdata = a[XDATA] == NULL ? Py_None : a[XDATA];
        fit.core.s.m = (int)sizes[M];
        fit.core.s.n = (int)sizes[N];
        if (prepare_call(&fit, NULL, argv) == 0)
            result = differentiate(&fit, in + X, eps, good);
        end_call(&fit, argv);
    }
    drop_arrays(in, ARGUMENTS);
    return result;
}
