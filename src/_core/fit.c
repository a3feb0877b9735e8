#include "fit.h"
#include <limits.h>

/* Whether m residuals can be fitted, and counted by ints. Returns 0, or -1 with the error set. */
static int
check_sizes(const minpack_fit *core, npy_intp m)
{
    npy_intp n = core->s.n;

    if (core->bounded != NULL) { /* which may be more parameters, and more than an int can count of a Jacobian */
        if (m > 0)
            return 0;
        PyErr_Format(PyExc_ValueError, "fun must return between 1 and %d residuals; got 0", INT_MAX);
        return -1;
    }
    if (n > m) {
        PyErr_Format(PyExc_TypeError,
                     "Improper input: func input vector length N=%zd must not exceed func output vector length M=%zd",
                     (Py_ssize_t)n, (Py_ssize_t)m);
        return -1;
    }
    if (m > INT_MAX - 5 * n || n * (core->s.by_rows ? n : m) > INT_MAX) {
        PyErr_Format(PyExc_ValueError,
                     "%zd residuals and %zd parameters are too many: the Jacobian must have at most %d elements",
                     (Py_ssize_t)m, (Py_ssize_t)n, INT_MAX);
        return -1;
    }
    return 0;
}

/* The arrays that are results. Returns 0, or -1 with the error set. */
static int
make_results(Fit *fit)
{
    minpack_fit *core = &fit->core;
    npy_intp m = core->s.m, n = core->s.n, dims[2] = {n, core->s.ldfjac}, matrix[2] = {m, n};
    int by_columns = core->bounded != NULL;

    fit->fvec = (PyArrayObject *)PyArray_SimpleNew(1, &m, NPY_DOUBLE);
    fit->fjac = (PyArrayObject *)PyArray_EMPTY(2, by_columns ? matrix : dims, NPY_DOUBLE, by_columns);
    fit->ipvt = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_INT32);
    fit->qtf = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    if (fit->fvec == NULL || fit->fjac == NULL || fit->ipvt == NULL || fit->qtf == NULL)
        return -1;
    core->fvec = PyArray_DATA(fit->fvec);
    core->fjac = PyArray_DATA(fit->fjac);
    core->ipvt = PyArray_DATA(fit->ipvt);
    core->qtf = PyArray_DATA(fit->qtf);
    if (core->bounded != NULL)
        core->bounded->grad = core->qtf;
    return 0;
}

int
fit_allocate(Fit *fit, npy_intp m, int type)
{
    minpack_fit *core = &fit->core;
    double n = core->s.n;

    if (check_sizes(core, m) != 0)
        return -1;
    core->s.m = (int)m;
    if (core->bounded != NULL)
        core->bounded->s.m = core->s.m;
    core->s.ldfjac = core->s.by_rows ? core->s.n : core->s.m;
    core->s.epsfcn = settings_epsfcn(fit->settings, type);
    if (fit->full && make_results(fit) != 0)
        return -1;
    if (n * (8.0 * n + 2.0 * (double)m + 100.0) < PY_SSIZE_T_MAX / 16.0)
        fit->room = PyMem_Malloc(minpack_fit_room(core) * sizeof(double));
    if (fit->room == NULL) {
        PyErr_Format(PyExc_MemoryError, "cannot allocate the workspace of a fit of %d residuals and %d parameters",
                     core->s.m, core->s.n);
        return -1;
    }
    minpack_fit_place(core, fit->room);
    settings_scale(fit->settings, core->diag);
    return 0;
}

void
fit_free(Fit *fit)
{
    Py_CLEAR(fit->x);
    Py_XDECREF(fit->fvec);
    Py_XDECREF(fit->fjac);
    Py_XDECREF(fit->ipvt);
    Py_XDECREF(fit->qtf);
    PyMem_Free(fit->room);
}
