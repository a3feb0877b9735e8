/* Differences for Python: within bounds, of functions that only Python can evaluate, by a map, or with complex parameters;
 * and central ones, for statistics. */
#include "arguments.h"
#include "doors.h"
#include "fit.h"
#include "minpack.h"
#include <string.h>

const char bounded_differences_doc[] =
    "bounded_differences(kind, precision, x, lower, upper, relative, typical, f=None, values=None)\n"
    "    -> (h, points) or columns\n\n"
    "The points that differences of a kind of minpack.h want, in order, one or two per parameter: (k, n). (Those of the\n"
    "complex step are x, as h are imaginary parts.) With the residuals f at x, (m,), and those at these points, (k, m), of\n"
    "the complex step their imaginary parts: the columns of the Jacobian as rows, (n, m). precision is that of the\n"
    "residuals: 0 double, 1 single, 2 half.";

PyObject *
bounded_differences(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { KIND, PRECISION, X, LOWER, UPPER, RELATIVE, TYPICAL, F, VALUES, ARGUMENTS };
    static Argument names[] = {{"kind"},          {"precision"},    {"x", "n"}, {"lower", "n"},   {"upper", "n"},
                               {"relative", "n"}, {"typical", "n"}, {"f", "m"}, {"values", "km"}, {NULL}};
    PyObject *a[ARGUMENTS], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL}, *made[3] = {NULL}; /* h, one_sided, and points or columns */
    Py_ssize_t given = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    npy_intp sizes[SIZES];
    int kind, precision, last = given > F;

    if (take_arguments("bounded_differences", names, last ? ARGUMENTS : F, args, count, keywords, a) != 0
        || int_argument(a[KIND], "kind", &kind) != 0 || int_argument(a[PRECISION], "precision", &precision) != 0)
        return NULL;
    int taken = take_arrays("bounded_differences", names, a, in, sizes) == 0, each = kind == MINPACK_3_POINT ? 2 : 1;
    npy_intp n = sizes[N], m = sizes[M], dims[2] = {last ? n : each * n, last ? m : n};
    if (taken && (kind < MINPACK_COMPLEX_STEP || kind > MINPACK_3_POINT || (last && sizes[K] != each * n))) {
        PyErr_SetString(PyExc_ValueError, "bounded_differences: kind must be 1, 2 or 3, with values at each point");
    }
    else if (taken) {
        made[0] = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        made[1] = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_INT);
        made[2] = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    }
    if (made[0] != NULL && made[1] != NULL && made[2] != NULL) {
        const double *x = PyArray_DATA(in[X]), *values = last ? PyArray_DATA(in[VALUES]) : NULL;
        double *h = PyArray_DATA(made[0]), *row = PyArray_DATA(made[2]);
        int *one_sided = PyArray_DATA(made[1]);
        minpack_differences_begin(kind, precision, (int)n, x, PyArray_DATA(in[LOWER]), PyArray_DATA(in[UPPER]),
                                  PyArray_DATA(in[RELATIVE]), PyArray_DATA(in[TYPICAL]), h, one_sided);
        for (npy_intp j = 0; j < n; j++) {
            for (int k = 1; !last && k <= each; k++, row += n) {
                memcpy(row, x, (size_t)n * sizeof(double));
                row[j] = minpack_difference_point(kind, k, one_sided[j], x[j], h[j]);
            }
            if (!last)
                continue;
            memcpy(row + j * m, values + each * j * m, (size_t)m * sizeof(double));
            minpack_difference_column(kind, precision, (int)m, one_sided[j], x[j], h[j], PyArray_DATA(in[F]),
                                      values + (each * j + each - 1) * m, row + j * m);
        }
        result = last ? Py_NewRef((PyObject *)made[2]) : PyTuple_Pack(2, made[0], made[2]);
    }
    drop_arrays(in, ARGUMENTS);
    drop_arrays(made, 3);
    return result;
}

/* ---- For statistics -------------------------------------------------------------------------------------- */

const char derivatives_doc[] =
    "derivatives(func, x, center, errors, sizes, eps, good, xdata=None) -> (jacobian, steps, eps, precision)\n\n"
    "Derivatives of func(x), (m,), by x, (n,), where it is center, with steps that are looked for: the Jacobian, (m, n),\n"
    "the steps, (n,), the relative error that func seems to have, and that of the type of its values; NaN where there are\n"
    "no values near. If center is the number of points m, func(xdata, *x) is a model, which is evaluated at x first.\n"
    "derivatives.f90 says what errors, sizes, eps and good are.";

/* The derivatives at x, where the function is center. New reference, or NULL with the error set. */
static PyObject *
differentiate(Fit *fit, double *x, const double *center, const double *errors, const double *sizes, double eps,
              double good)
{
    npy_intp m = fit->core.s.m, n = fit->core.s.n, dims[2] = {m, n};
    PyObject *jacobian = PyArray_EMPTY(2, dims, NPY_DOUBLE, 1);
    PyObject *steps = PyArray_ZEROS(1, &n, NPY_DOUBLE, 0), *result = NULL;
    double *work = PyMem_Malloc((size_t)(4 * m) * sizeof(double)), *first = work, precision;
    int stop = 0;

    if (work == NULL)
        PyErr_NoMemory();
    if (work != NULL && jacobian != NULL && steps != NULL) {
        if (center == NULL)
            stop = python_residuals(fit, x, &first);
        precision = epsilon_of(fit->precision); /* at the center: the last value may be one of none */
        eps = eps > precision ? eps : precision;
        if (stop == 0 && m > 0) /* without values there is nothing to look for */
            minpack_derivatives(moved_residuals, fit, (int)m, (int)n, x, center == NULL ? first : center, errors, sizes,
                                good, &eps, PyArray_DATA((PyArrayObject *)jacobian),
                                PyArray_DATA((PyArrayObject *)steps), work + m, &stop);
        if (stop == 0)
            result = Py_BuildValue("OOdd", jacobian, steps, eps, precision);
    }
    PyMem_Free(work);
    Py_XDECREF(jacobian);
    Py_XDECREF(steps);
    return result;
}

PyObject *
derivatives(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FUNC, X, CENTER, ERRORS, OF_SIZE, EPS, GOOD, XDATA, ARGUMENTS };
    static Argument names[] = {{"func"}, {"x", "+n"}, {"center", "m"}, {"errors", "n"}, {"sizes", "n"},
                               {"eps"},  {"good"},    {"xdata"},       {NULL}};
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL};
    Data data = {.count = 1};
    Fit fit = {.func = NULL};
    double eps, good;
    npy_intp sizes[SIZES];
    int m = 0;

    if (take_arguments("derivatives", names, XDATA, args, count, keywords, a) != 0
        || real_argument(a[EPS], "eps", &eps) != 0 || real_argument(a[GOOD], "good", &good) != 0
        || (PyLong_Check(a[CENTER]) && int_argument(a[CENTER], "center", &m) != 0))
        return NULL;
    if (m > 0) {
        a[CENTER] = NULL;
        fit.data = &data;
    }
    if (take_arrays("derivatives", names, a, in, sizes) == 0) {
        fit.func = a[FUNC];
        fit.xdata = a[XDATA] == NULL ? Py_None : a[XDATA];
        fit.precision = NPY_DOUBLE;
        fit.core.s.m = m > 0 ? m : (int)sizes[M];
        fit.core.s.n = (int)sizes[N];
        data.m = m;
        if (prepare_call(&fit, NULL, argv) == 0)
            result = differentiate(&fit, PyArray_DATA(in[X]), in[CENTER] == NULL ? NULL : PyArray_DATA(in[CENTER]),
                                   PyArray_DATA(in[ERRORS]), PyArray_DATA(in[OF_SIZE]), eps, good);
        end_call(&fit, argv);
    }
    drop_arrays(in, ARGUMENTS);
    return result;
}
