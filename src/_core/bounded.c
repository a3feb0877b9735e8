#include "bounded.h"
#include "arguments.h"
#include "doors.h"
#include "settings.h"
#include <limits.h>
#include <stddef.h>
#include <string.h>

int
bounded_room(BoundedFit *fit, npy_intp m)
{
    size_t n = (size_t)fit->s.n, rows = (size_t)m > n ? (size_t)m : n;
    int weighed = fit->s.loss != MINPACK_LINEAR; /* then fjac does not keep what was evaluated */

    if (m < 1 || m > INT_MAX) {
        PyErr_Format(PyExc_ValueError, "fun must return between 1 and %d residuals; got %zd", INT_MAX, (Py_ssize_t)m);
        return -1;
    }
    if (rows <= (SIZE_MAX / sizeof(double) / 8) / (n + 3))
        fit->values = PyMem_Calloc(6 * (size_t)m + (size_t)(1 + weighed) * (size_t)m * n + rows * n, sizeof(double));
    if (fit->values == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    fit->fvec = fit->values;
    fit->ftrial = fit->fvec + m;
    fit->last_f = fit->ftrial + m;
    fit->rho = fit->last_f + m;
    fit->fjac = fit->rho + 3 * m;
    fit->a = fit->fjac + (size_t)m * n;
    fit->derivatives = weighed ? fit->a + rows * n : fit->fjac;
    fit->s.m = (int)m;
    fit->sized = 1;
    return 0;
}

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

static PyGetSetDef bounded_getset[] = {
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

static PyMemberDef bounded_members[] = {
    NUMBER("calls", T_PYSSIZET, calls, "calls of the function so far, those for differences in C included"),
    NUMBER("status", T_INT, s.status, "the outcome once the fit has ended: SciPy's, or one of minpack.h below 0"),
    NUMBER("nfev", T_INT, s.nfev, "evaluations of the residuals, at x0 and at trial points"),
    NUMBER("njev", T_INT, s.njev, "evaluations of the Jacobian"),
    NUMBER("nit", T_INT, s.nit, "iterations done"),
    NUMBER("initial_cost", T_DOUBLE, s.initial_cost, "the cost at x0"),
    NUMBER("cost", T_DOUBLE, s.cost, "the cost at x"),
    NUMBER("reduction", T_DOUBLE, s.reduction, "of the cost by the last step; 0 after an iteration without progress"),
    NUMBER("optimality", T_DOUBLE, s.g_norm, "the largest scaled component of the gradient"),
    {NULL},
};

static PyMethodDef bounded_methods[] = {
    {"run", (PyCFunction)(void (*)(void))bounded_run, METH_FASTCALL | METH_KEYWORDS, bounded_run_doc},
    {NULL, NULL, 0, NULL},
};

/* ---- The type -------------------------------------------------------------------------------------------- */

static void
bounded_dealloc(BoundedFit *fit)
{
    PyTypeObject *type = Py_TYPE(fit);

    PyMem_Free(fit->vectors);
    PyMem_Free(fit->iwork);
    PyMem_Free(fit->values);
    type->tp_free(fit);
    Py_DECREF(type);
}

/* Memory for n parameters, and the places in it. Returns 0, or -1 with the error set. */
static int
place_vectors(BoundedFit *fit, npy_intp n)
{
    double **places[] = {&fit->x,      &fit->lower, &fit->upper,    &fit->scale,   &fit->xtrial, &fit->grad,
                         &fit->last_x, &fit->point, &fit->relative, &fit->typical, &fit->h};
    size_t count = sizeof places / sizeof places[0];

    if (n < 1 || n > INT_MAX) {
        PyErr_Format(PyExc_ValueError, "x0 must have between 1 and %d elements; got %zd", INT_MAX, (Py_ssize_t)n);
        return -1;
    }
    if ((size_t)n <= SIZE_MAX / sizeof(double) / 64 / (size_t)n)
        fit->vectors = PyMem_Calloc(count * (size_t)n + minpack_bounded_work((int)n), sizeof(double));
    fit->iwork = PyMem_Calloc(5 * (size_t)n, sizeof(int));
    if (fit->vectors == NULL || fit->iwork == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t k = 0; k < count; k++)
        *places[k] = fit->vectors + k * (size_t)n;
    fit->work = fit->vectors + count * (size_t)n;
    fit->one_sided = fit->iwork + 4 * (size_t)n;
    fit->s.n = (int)n;
    return 0;
}

int
bounded_fill(double *to, PyObject *value, const char *name, npy_intp n)
{
    npy_intp size;
    double *numbers = vector_argument(value, name, to, n, &size);

    if (numbers == NULL)
        return -1;
    if (numbers != to)
        PyMem_Free(numbers);
    if (size == n)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s must have one element per parameter (%zd); got %zd", name, (Py_ssize_t)n,
                 (Py_ssize_t)size);
    return -1;
}

static int
fill_all(BoundedFit *fit, PyObject *x0, PyObject *lower, PyObject *upper, PyObject *scale)
{
    npy_intp n;
    double *start = vector_argument(x0, "x0", NULL, 0, &n);
    int status = start == NULL ? -1 : place_vectors(fit, n);

    if (status == 0)
        memcpy(fit->x, start, (size_t)n * sizeof(double));
    PyMem_Free(start);
    if (status != 0 || bounded_fill(fit->lower, lower, "lower", n) != 0
        || bounded_fill(fit->upper, upper, "upper", n) != 0
        || (scale != Py_None && bounded_fill(fit->scale, scale, "x_scale", n) != 0))
        return -1;
    fit->s.scaling = scale == Py_None ? MINPACK_SCALE_JAC : MINPACK_SCALE_GIVEN;
    return 0;
}

static PyObject *
bounded_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"x0",      "lower", "upper", "method", "loss",     "f_scale",
                            "x_scale", "ftol",  "xtol",  "gtol",   "max_nfev", NULL};
    PyObject *x0, *lower, *upper, *method = NULL, *loss = NULL, *scale = Py_None;
    minpack_bounded_state s = {.f_scale = 1.0, .ftol = 1e-8, .xtol = 1e-8, .gtol = 1e-8, .m = 1, .max_nfev = INT_MAX};
    BoundedFit *fit;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOO|$OOdOdddi:BoundedFit", names, &x0, &lower, &upper, &method,
                                     &loss, &s.f_scale, &scale, &s.ftol, &s.xtol, &s.gtol, &s.max_nfev))
        return NULL;
    if (bounded_names("BoundedFit", method, loss, &s) != 0)
        return NULL;

    fit = (BoundedFit *)type->tp_alloc(type, 0);
    if (fit == NULL)
        return NULL;
    fit->s = s;
    atomic_flag_clear(&fit->busy);
    atomic_flag_clear(&fit->running);
    if (fill_all(fit, x0, lower, upper, scale) != 0) {
        Py_DECREF(fit);
        return NULL;
    }
    minpack_bounded_begin(&fit->s, fit->x, fit->lower, fit->upper, fit->scale);
    return (PyObject *)fit;
}

PyDoc_STRVAR(bounded_doc,
             "BoundedFit(x0, lower, upper, *, method='trf', loss='linear', f_scale=1.0, x_scale=None, ftol=1e-8,\n"
             "           xtol=1e-8, gtol=1e-8, max_nfev=2147483647)\n\n"
             "A bounded fit. x_scale is None for the norms of the Jacobian's columns, the loss 'callable' if a function\n"
             "evaluates it. Settings, a start or values that are not valid end the fit with a status below 0.");

static PyType_Slot bounded_slots[] = {
    {Py_tp_doc, (void *)bounded_doc},
    {Py_tp_new, bounded_new},
    {Py_tp_dealloc, bounded_dealloc},
    {Py_tp_methods, bounded_methods},
    {Py_tp_getset, bounded_getset},
    {Py_tp_members, bounded_members},
    {0, NULL},
};

static PyType_Spec bounded_spec = {
    .name = "minpack._core.BoundedFit",
    .basicsize = sizeof(BoundedFit),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = bounded_slots,
};

int
add_bounded(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &bounded_spec, NULL);
    int status = type == NULL ? -1 : PyModule_AddObjectRef(module, "BoundedFit", type);

    Py_XDECREF(type);
    return status;
}
