#include "differences.h"
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

/* An array of numbers in C order, of a size unless that is negative. New reference; NULL with the error set. */
static PyArrayObject *
take_array(PyObject *value, const char *name, int type, int dimensions, npy_intp size)
{
    PyArrayObject *array = (PyArrayObject *)PyArray_FROMANY(value, type, dimensions, dimensions, NPY_ARRAY_CARRAY_RO);

    if (array != NULL && size >= 0 && PyArray_SIZE(array) != size) {
        PyErr_Format(PyExc_ValueError, "%s must have %zd elements; got %zd", name, (Py_ssize_t)size,
                     (Py_ssize_t)PyArray_SIZE(array));
        Py_CLEAR(array);
    }
    return array;
}

static void
drop(PyArrayObject **arrays, int count)
{
    for (int k = 0; k < count; k++)
        Py_XDECREF(arrays[k]);
}

const char difference_points_doc[] =
    "difference_points(kind, precision, x, lower, upper, relative, typical) -> (h, one_sided, points)\n\n"
    "The points that differences of a kind of minpack.h want, in order, one or two per parameter: (k, n). (Those of the\n"
    "complex step are x, as h are imaginary parts.) precision is that of the residuals: 0 double, 1 single, 2 half.";

PyObject *
difference_points(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { KIND, PRECISION, X, LOWER, UPPER, RELATIVE, TYPICAL, ARGUMENTS };
    static Argument names[] = {{"kind"}, {"precision"}, {"x"}, {"lower"}, {"upper"}, {"relative"}, {"typical"}, {NULL}};
    PyObject *a[ARGUMENTS], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL}, *out[3] = {NULL};
    npy_intp dims[2], n = -1;
    int kind, precision, each;

    if (take_arguments("difference_points", names, ARGUMENTS, args, count, keywords, a) != 0
        || take_kind(a[KIND], &kind) != 0 || int_argument(a[PRECISION], "precision", &precision) != 0)
        return NULL;
    for (int k = X; k < ARGUMENTS && (k == X || in[k - 1] != NULL); k++) {
        in[k] = take_array(a[k], names[k].name, NPY_DOUBLE, 1, n);
        if (in[k] != NULL)
            n = PyArray_SIZE(in[k]);
    }
    each = kind == MINPACK_3_POINT ? 2 : 1;
    dims[0] = each * n;
    dims[1] = n;
    if (in[TYPICAL] != NULL && n <= INT_MAX / 2) {
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
    drop(in, ARGUMENTS);
    drop(out, 3);
    if (result == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "x must have fewer elements");
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
    static Argument names[] = {{"kind"}, {"precision"}, {"x"}, {"h"}, {"one_sided"}, {"f"}, {"values"}, {NULL}};
    PyObject *a[ARGUMENTS];
    PyArrayObject *in[ARGUMENTS] = {NULL}, *out = NULL;
    npy_intp n, m, dims[2];
    int kind, precision, each;

    if (take_arguments("difference_columns", names, ARGUMENTS, args, count, keywords, a) != 0
        || take_kind(a[KIND], &kind) != 0 || int_argument(a[PRECISION], "precision", &precision) != 0)
        return NULL;
    each = kind == MINPACK_3_POINT ? 2 : 1;
    in[X] = take_array(a[X], "x", NPY_DOUBLE, 1, -1);
    in[F] = in[X] == NULL ? NULL : take_array(a[F], "f", NPY_DOUBLE, 1, -1);
    if (in[F] != NULL) {
        n = dims[0] = PyArray_SIZE(in[X]);
        m = dims[1] = PyArray_SIZE(in[F]);
        in[H] = take_array(a[H], "h", NPY_DOUBLE, 1, n);
        in[ONE_SIDED] = in[H] == NULL ? NULL : take_array(a[ONE_SIDED], "one_sided", NPY_INT, 1, n);
        in[VALUES] = in[ONE_SIDED] == NULL ? NULL : take_array(a[VALUES], "values", NPY_DOUBLE, 2, each * n * m);
    }
    if (in[VALUES] != NULL && m <= INT_MAX)
        out = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
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
    drop(in, ARGUMENTS);
    if (out == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "f must have fewer elements");
    return (PyObject *)out;
}
