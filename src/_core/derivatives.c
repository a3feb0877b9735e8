/* Derivatives of a Python function for statistics, by central differences. */
#include "doors.h"
#include "evaluate.h"

const char derivatives_doc[] =
    "derivatives(func, x, center, errors, sizes, eps, good, *, xdata=None, data=None)\n"
    "    -> (jacobian, steps, eps)\n\n"
    "Derivatives of func(x), (m,), by x, (n,), where it is center, with steps that are looked for: the Jacobian, (m, n),\n"
    "the steps, (n,), and the relative error that func seems to have; NaN where there are no values near. With data, of\n"
    "m zeros, func is a model: func(xdata, *x). derivatives.f90 says what errors, sizes, eps and good are.";

enum { FUNC, X, CENTER, ERRORS, OF_SIZE, EPS, GOOD, XDATA, DATA, ARGUMENTS };

/* The derivatives, with all that is needed at hand. New reference, or NULL with the error set. */
static PyObject *
differentiate(Fit *fit, PyArrayObject **in, double eps, double good)
{
    npy_intp m = PyArray_SIZE(in[CENTER]), n = PyArray_SIZE(in[X]), dims[2] = {m, n};
    PyObject *jacobian = PyArray_EMPTY(2, dims, NPY_DOUBLE, 1);
    PyObject *steps = PyArray_SimpleNew(1, &n, NPY_DOUBLE), *result = NULL;
    double *work = PyMem_Malloc((size_t)(3 * m) * sizeof(double));
    int stop = 0;

    if (work == NULL)
        PyErr_NoMemory();
    if (work != NULL && jacobian != NULL && steps != NULL) {
        minpack_derivatives(moved_residuals, fit, (int)m, (int)n, PyArray_DATA(in[X]), PyArray_DATA(in[CENTER]),
                            PyArray_DATA(in[ERRORS]), PyArray_DATA(in[OF_SIZE]), good, &eps,
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
    static Argument names[] = {{"func"},
                               {"x", .shape = "+n"}, /* it is moved */
                               {"center", .shape = "m"},
                               {"errors", .shape = "n"},
                               {"sizes", .shape = "n"},
                               {"eps"},
                               {"good"},
                               {"xdata"},
                               {"data"},
                               {NULL}};
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
            result = differentiate(&fit, in, eps, good);
        end_call(&fit, argv);
    }
    drop_arrays(in, ARGUMENTS);
    return result;
}
