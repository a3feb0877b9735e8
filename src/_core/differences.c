/* Differences within bounds, for Python functions that only Python can evaluate: by a map, or with complex parameters. */
#include "convert.h"
#include "doors.h"
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
    static Argument names[] = {{"kind"},
                               {"precision"},
                               {"x", .shape = "n"},
                               {"lower", .shape = "n"},
                               {"upper", .shape = "n"},
                               {"relative", .shape = "n"},
                               {"typical", .shape = "n"},
                               {NULL}};
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
    static Argument names[] = {{"kind"},
                               {"precision"},
                               {"x", .shape = "n"},
                               {"h", .shape = "n"},
                               {"one_sided", .shape = "in"},
                               {"f", .shape = "m"},
                               {"values", .shape = "km"},
                               {NULL}};
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
