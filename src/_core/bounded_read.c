#include "bounded.h"
#include <stddef.h>
#include <string.h>

/* ---- One thread at a time -------------------------------------------------------------------------------- */

int
bounded_enter(BoundedFit *fit)
{
    if (atomic_flag_test_and_set(&fit->busy)) {
        PyErr_SetString(PyExc_RuntimeError, "this BoundedFit is in use by another thread");
        return -1;
    }
    return 0;
}

void
bounded_leave(BoundedFit *fit)
{
    atomic_flag_clear(&fit->busy);
}

/* ---- What can be read ------------------------------------------------------------------------------------ */

enum { X, GRAD, FUN, JAC, DERIVATIVES, ACTIVE };

static PyObject *
copy_of(BoundedFit *fit, int which)
{
    const double *sources[] = {
        [X] = fit->x, [GRAD] = fit->grad, [FUN] = fit->fvec, [JAC] = fit->fjac, [DERIVATIVES] = fit->derivatives};
    int matrix = which == JAC || which == DERIVATIVES;
    npy_intp dims[2] = {which == FUN || matrix ? fit->s.m : fit->s.n, fit->s.n};
    PyArrayObject *array;

    if (which >= FUN && !fit->sized) {
        PyErr_SetString(PyExc_AttributeError, "a BoundedFit has this only after its first residuals");
        return NULL;
    }
    array = (PyArrayObject *)PyArray_EMPTY(matrix ? 2 : 1, dims, which == ACTIVE ? NPY_INT : NPY_DOUBLE, 1);
    if (array == NULL)
        return NULL;
    if (which == ACTIVE)
        minpack_bounded_active(&fit->s, fit->x, fit->lower, fit->upper, fit->iwork, PyArray_DATA(array));
    else
        memcpy(PyArray_DATA(array), sources[which], (size_t)PyArray_NBYTES(array));
    return (PyObject *)array;
}

static PyObject *
get_array(BoundedFit *fit, void *closure)
{
    PyObject *array = NULL;

    if (bounded_enter(fit) == 0) {
        array = copy_of(fit, (int)(Py_ssize_t)closure);
        bounded_leave(fit);
    }
    return array;
}

const char *const bounded_method_names[] = {[MINPACK_TRF] = "trf", [MINPACK_DOGBOX] = "dogbox"};
const char *const bounded_loss_names[] = {[MINPACK_LINEAR] = "linear",   [MINPACK_HUBER] = "huber",
                                          [MINPACK_SOFT_L1] = "soft_l1", [MINPACK_CAUCHY] = "cauchy",
                                          [MINPACK_ARCTAN] = "arctan",   [MINPACK_CALLABLE] = "callable"};

static PyObject *
get_method(BoundedFit *fit, void *Py_UNUSED(closure))
{
    return PyUnicode_InternFromString(bounded_method_names[fit->s.method]);
}

static PyObject *
get_misled(BoundedFit *fit, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(is_misled(&fit->misled));
}

/* The Jacobian vanishes, as it does at a minimum of x^2 + 1, if it is below this part of the first one. */
static const double VANISHED = 1e-4;

/* The largest part of the cost that a column of the Jacobian explains, except for parameters that a bound keeps from
   taking it away; 0 if the Jacobian vanishes. */
static PyObject *
get_explained(BoundedFit *fit, void *Py_UNUSED(closure))
{
    double largest = 0.0, f = 0.0;
    int m = fit->s.m;
    int *active;

    if (!fit->sized || fit->misled.last < VANISHED * fit->misled.first)
        return PyFloat_FromDouble(0.0);
    active = PyMem_New(int, (size_t)fit->s.n);
    if (active == NULL)
        return PyErr_NoMemory();
    minpack_bounded_active(&fit->s, fit->x, fit->lower, fit->upper, fit->iwork, active);
    for (int i = 0; i < m; i++)
        f += fit->fvec[i] * fit->fvec[i];
    for (int j = 0; j < fit->s.n; j++) {
        const double *column = fit->fjac + (size_t)j * (size_t)m;
        double norm = 0.0, product = 0.0;
        for (int i = 0; i < m; i++) {
            norm += column[i] * column[i];
            product += column[i] * fit->fvec[i];
        }
        if (norm > 0.0 && f > 0.0 && active[j] * product >= 0.0)
            largest = product * product > largest * (norm * f) ? product * product / (norm * f) : largest;
    }
    PyMem_Free(active);
    return PyFloat_FromDouble(largest);
}

#define ARRAY(name, which, doc) {name, (getter)get_array, NULL, doc, (void *)(Py_ssize_t)(which)}

PyGetSetDef bounded_getset[] = {
    {"misled", (getter)get_misled, NULL, "whether difference quotients differ from what short steps showed", NULL},
    {"explained", (getter)get_explained, NULL,
     "the largest part of the cost that a column of the Jacobian explains; 0 if that vanished", NULL},
    {"method", (getter)get_method, NULL, "'trf' or 'dogbox'", NULL},
    ARRAY("x", X, "the best point so far, (n,)"),
    ARRAY("grad", GRAD, "the gradient of the cost, (n,)"),
    ARRAY("fun", FUN, "the residuals at x, (m,)"),
    ARRAY("jac", JAC, "the Jacobian at x, corrected for the loss, (m, n)"),
    ARRAY("derivatives", DERIVATIVES, "the Jacobian at x as it was evaluated, (m, n)"),
    ARRAY("active_mask", ACTIVE, "-1 for parameters on their lower bound, 1 on the upper, else 0, (n,)"),
    {NULL, NULL, NULL, NULL, NULL},
};

#define NUMBER(name, type, field, doc) {name, type, offsetof(BoundedFit, field), READONLY, doc}

PyMemberDef bounded_members[] = {
    NUMBER("calls", T_PYSSIZET, calls, "calls of the function so far, those for differences in C included"),
    NUMBER("status", T_INT, s.status, "the outcome once the fit has ended: SciPy's, or one of minpack.h below 0"),
    NUMBER("nfev", T_INT, s.nfev, "evaluations of the residuals, at x0 and at trial points"),
    NUMBER("njev", T_INT, s.njev, "evaluations of the Jacobian"),
    NUMBER("nit", T_INT, s.nit, "iterations done"),
    NUMBER("initial_cost", T_DOUBLE, s.initial_cost, "the cost at x0"),
    NUMBER("cost", T_DOUBLE, s.cost, "the cost at x"),
    NUMBER("reduction", T_DOUBLE, s.reduction, "of the cost by the last step; 0 after an iteration without progress"),
    NUMBER("step_norm", T_DOUBLE, s.step_norm, "length of the last step; 0 after an iteration without progress"),
    NUMBER("optimality", T_DOUBLE, s.g_norm, "the largest scaled component of the gradient"),
    {NULL},
};
