#define NO_IMPORT_ARRAY
#include "single.h"
#include "evaluate.h"
#include "covariance.h"
#include <limits.h>
#include <math.h>
#include <string.h>
#include <numpy/arrayobject.h>

/* Above this many products in a factorization it is worth to let other threads run meanwhile. */
static const double RELEASE_GIL_ABOVE = 2e5;

/* Small fits do without allocating these. */
#define ARGV_ON_STACK 16
#define VECTOR_ON_STACK 16

/* What one fit works on. */
typedef struct {
    PyArrayObject *fvec, *fjac, *ipvt, *qtf; /* only where the caller wants them */
    double *x, *fvec_data, *fjac_data, *qtf_data, *diag, *wa;
    int *ipvt_data;
    double *scratch; /* owned */
} Work;

static void
work_free(Work *work)
{
    Py_XDECREF(work->fvec);
    Py_XDECREF(work->fjac);
    Py_XDECREF(work->ipvt);
    Py_XDECREF(work->qtf);
    PyMem_Free(work->scratch);
}

/* Room for m residuals and n parameters: results in arrays of their own where wanted, the rest in one block. */
static int
work_allocate(Work *work, int m, int n, int ldfjac, int full)
{
    size_t rows = (size_t)m, columns = (size_t)n, jacobian_size = (size_t)ldfjac * columns;
    size_t size = columns + rows + 5 * columns; /* diag, wa */

    if (full) {
        npy_intp m_dim = m, n_dim = n, fjac_dims[2] = {n, ldfjac};
        work->fvec = (PyArrayObject *)PyArray_SimpleNew(1, &m_dim, NPY_DOUBLE);
        work->fjac = (PyArrayObject *)PyArray_SimpleNew(2, fjac_dims, NPY_DOUBLE);
        work->ipvt = (PyArrayObject *)PyArray_SimpleNew(1, &n_dim, NPY_INT32);
        work->qtf = (PyArrayObject *)PyArray_SimpleNew(1, &n_dim, NPY_DOUBLE);
        if (work->fvec == NULL || work->fjac == NULL || work->ipvt == NULL || work->qtf == NULL)
            return -1;
    }
    else {
        size += jacobian_size + rows + columns + columns; /* fjac, fvec, qtf; an int takes no more than a double */
    }
    work->scratch = PyMem_Malloc(size * sizeof(double));
    if (work->scratch == NULL) {
        PyErr_Format(PyExc_MemoryError, "cannot allocate the workspace of a fit of %d residuals and %d parameters", m, n);
        return -1;
    }
    work->diag = work->scratch;
    work->wa = work->diag + columns;
    if (full) {
        work->fvec_data = PyArray_DATA(work->fvec);
        work->fjac_data = PyArray_DATA(work->fjac);
        work->qtf_data = PyArray_DATA(work->qtf);
        work->ipvt_data = PyArray_DATA(work->ipvt);
    }
    else {
        work->fvec_data = work->wa + rows + 5 * columns;
        work->fjac_data = work->fvec_data + rows;
        work->qtf_data = work->fjac_data + jacobian_size;
        work->ipvt_data = (int *)(work->qtf_data + columns);
    }
    return 0;
}

/* The outcome 0, improper input, comes before there is a Jacobian: define what SciPy leaves undefined. As much for a
 * function that stopped its fit, as this may be in the middle of one. */
static void
define_outputs(const minpack_state *s, Work *work)
{
    size_t size = (size_t)s->ldfjac * (size_t)s->n;

    for (size_t i = 0; i < size; i++)
        work->fjac_data[i] = NAN;
    for (int j = 0; j < s->n; j++) {
        work->qtf_data[j] = NAN;
        work->ipvt_data[j] = j + 1;
    }
}

/* The covariance as an array, or None. New reference. */
static PyObject *
covariance(const minpack_state *s, const Work *work)
{
    npy_intp dims[2] = {s->n, s->n};
    PyObject *cov = PyArray_SimpleNew(2, dims, NPY_DOUBLE);

    if (cov != NULL
        && !covariance_of(s, work->fjac_data, work->ipvt_data, PyArray_DATA((PyArrayObject *)cov), work->wa))
        Py_SETREF(cov, Py_NewRef(Py_None));
    return cov;
}

/* The first residual that is not finite where the fit ended at once for that reason, else -1. */
static Py_ssize_t
not_finite_at_start(const minpack_state *s, const double *fvec)
{
    if (s->iter == 1 && s->info == 4 && !isfinite(s->fnorm))
        for (Py_ssize_t i = 0; i < s->m; i++)
            if (!isfinite(fvec[i]))
                return i;
    return -1;
}

static int
is_compiled(const Fit *fit)
{
    return fit->source >= COMPILED;
}

/* Find m and, where epsfcn is None, the precision of the residuals: func is evaluated at x0, but for compiled ones, of
 * which m is known. */
static int
evaluate_start(Fit *fit, minpack_state *s, const double *x, PyObject *epsfcn)
{
    int precision = NPY_DOUBLE;
    npy_intp n = s->n, m = is_compiled(fit) ? s->m : evaluate_first(fit, s->n, x, &precision);

    if (m < 0)
        return -1;
    if (n > m) {
        PyErr_Format(PyExc_TypeError,
                     "Improper input: func input vector length N=%zd must not exceed func output vector length M=%zd",
                     (Py_ssize_t)n, (Py_ssize_t)m);
        return -1;
    }
    if (m > INT_MAX - 5 * n || n * (fit->source == BY_ROWS ? n : m) > INT_MAX) {
        PyErr_Format(PyExc_ValueError,
                     "%zd residuals and %zd parameters are too many: the Jacobian must have at most %d elements",
                     (Py_ssize_t)m, (Py_ssize_t)n, INT_MAX);
        return -1;
    }
    s->m = (int)m;
    s->ldfjac = fit->source == BY_ROWS ? s->n : s->m;
    if (epsfcn == Py_None)
        s->epsfcn = ldexp(1.0, precision == NPY_FLOAT ? -23 : precision == NPY_HALF ? -10 : -52);
    return 0;
}

/* Run the fit; info is negative where a callback stopped it. */
static void
drive(Fit *fit, minpack_state *s, Work *work)
{
    minpack_iteration *told = fit->callback == Py_None ? NULL : iteration;

    fit->release = is_compiled(fit) || (double)s->m * s->n * s->n > RELEASE_GIL_ABOVE;
    gil_give(fit);
    switch (fit->source) {
    case COMPILED_FORWARD:
        minpack_lmdif(residual_compiled, told, fit, s, work->x, work->fvec_data, work->fjac_data, work->ipvt_data,
                      work->qtf_data, work->diag, work->wa);
        break;
    case COMPILED:
        minpack_lmder(residual_compiled, jacobian_compiled, told, fit, s, work->x, work->fvec_data, work->fjac_data,
                      work->ipvt_data, work->qtf_data, work->diag, work->wa);
        break;
    case FORWARD:
        minpack_lmdif(residual, told, fit, s, work->x, work->fvec_data, work->fjac_data, work->ipvt_data, work->qtf_data,
                      work->diag, work->wa);
        break;
    case BY_ROWS:
        minpack_lmstr(residual, jacobian_row, told, fit, s, work->x, work->fvec_data, work->fjac_data, work->ipvt_data,
                      work->qtf_data, work->diag, work->wa);
        break;
    default:
        minpack_lmder(residual, jacobian, told, fit, s, work->x, work->fvec_data, work->fjac_data, work->ipvt_data,
                      work->qtf_data, work->diag, work->wa);
    }
    gil_take(fit);
}

/* A tuple of x, info, bad, maxfev and room for more; by hand, as Py_BuildValue costs more than the rest of this. */
static PyObject *
begin_result(Py_ssize_t size, Fit *fit, const minpack_state *s, const Work *work)
{
    PyObject *tuple = PyTuple_New(size);

    if (tuple != NULL) {
        PyTuple_SET_ITEM(tuple, 0, Py_XNewRef(vector_for_user(fit, s->n, work->x)));
        PyTuple_SET_ITEM(tuple, 1, PyLong_FromLong(s->info));
        PyTuple_SET_ITEM(tuple, 2, PyLong_FromSsize_t(not_finite_at_start(s, work->fvec_data)));
        PyTuple_SET_ITEM(tuple, 3, PyLong_FromLong(s->maxfev));
    }
    return tuple;
}

/* The tuple, or NULL where making one of its items failed. */
static PyObject *
end_result(PyObject *tuple)
{
    if (tuple != NULL && PyErr_Occurred())
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *
plain_result(Fit *fit, const minpack_state *s, const Work *work)
{
    return end_result(begin_result(4, fit, s, work));
}

static PyObject *
full_result(Fit *fit, const minpack_state *s, Work *work)
{
    PyObject *tuple = begin_result(11, fit, s, work);

    if (tuple == NULL)
        return NULL;
    if (s->info == 0 || s->info == -STOP_FUNCTION)
        define_outputs(s, work);
    PyTuple_SET_ITEM(tuple, 10, s->info >= 1 && s->info <= 4 ? covariance(s, work) : Py_NewRef(Py_None));
    for (int j = 0; j < s->n; j++)
        work->ipvt_data[j]--; /* 0-based, as J[:, ipvt] = Q R */
    PyTuple_SET_ITEM(tuple, 4, PyLong_FromLong(s->nfev));
    PyTuple_SET_ITEM(tuple, 5, PyLong_FromLong(s->njev));
    PyTuple_SET_ITEM(tuple, 6, Py_NewRef(work->fvec));
    PyTuple_SET_ITEM(tuple, 7, Py_NewRef(work->fjac));
    PyTuple_SET_ITEM(tuple, 8, Py_NewRef(work->ipvt));
    PyTuple_SET_ITEM(tuple, 9, Py_NewRef(work->qtf));
    return end_result(tuple);
}

/* The curve that a tuple is. Returns 0, or -1 with the error set. */
static int
curve_argument(PyObject *tuple, Curve *curve)
{
    PyObject *weights, *cholesky, *ydata;
    npy_intp m;

    if (PyTuple_GET_SIZE(tuple) != 5 || !PyCallable_Check(PyTuple_GET_ITEM(tuple, 0))) {
        PyErr_SetString(PyExc_TypeError, "func must be callable, not a tuple");
        return -1;
    }
    curve->xdata = PyTuple_GET_ITEM(tuple, 1);
    ydata = PyTuple_GET_ITEM(tuple, 2);
    weights = PyTuple_GET_ITEM(tuple, 3);
    cholesky = PyTuple_GET_ITEM(tuple, 4);
    if (!is_plain(ydata) || (weights != Py_None && !is_plain(weights)) || (cholesky != Py_None && !is_plain(cholesky))) {
        PyErr_SetString(PyExc_TypeError, "a curve's data must be float64 arrays in C order");
        return -1;
    }
    curve->ydata = (PyArrayObject *)ydata;
    curve->weights = weights == Py_None ? NULL : (PyArrayObject *)weights;
    curve->cholesky = cholesky == Py_None ? NULL : (PyArrayObject *)cholesky;
    m = PyArray_SIZE(curve->ydata);
    if ((curve->weights != NULL && PyArray_SIZE(curve->weights) != 1 && PyArray_SIZE(curve->weights) != m)
        || (curve->cholesky != NULL && PyArray_SIZE(curve->cholesky) != m * m)) {
        PyErr_SetString(PyExc_ValueError, "a curve's weights must be as long as its ydata");
        return -1;
    }
    return 0;
}

/* The addresses that func and dfun are, and what else compiled functions need. Returns 0, or -1 with the error set. */
static int
compiled_arguments(Fit *fit, PyObject *args, int *m)
{
    PyObject *context;

    if (!PyArg_ParseTuple(args, "Oi", &context, m) || compiled_functions(&fit->compiled, fit->func, fit->dfun) != 0)
        return -1;
    if (context != Py_None && !is_plain(context)) {
        PyErr_SetString(PyExc_TypeError, "the context of a compiled function must be a float64 array in C order");
        return -1;
    }
    fit->compiled.ctx = context == Py_None ? NULL : PyArray_DATA((PyArrayObject *)context);
    fit->compiled.thread = &fit->thread;
    return 0;
}

/* What func is called with: its array, on the stack of the call where that has the room; args filled in. */
static int
prepare_arguments(Fit *fit, int n, PyObject *args, PyObject **on_stack)
{
    Py_ssize_t further = fit->curve != NULL ? n : PyTuple_GET_SIZE(args);

    fit->argc = 1 + further;
    fit->argv = on_stack;
    if (fit->argc >= ARGV_ON_STACK)
        fit->argv = PyMem_Malloc((size_t)(fit->argc + 1) * sizeof(PyObject *));
    if (fit->argv == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (fit->curve == NULL)
        for (Py_ssize_t i = 0; i < further; i++)
            fit->argv[2 + i] = PyTuple_GET_ITEM(args, i);
    return 0;
}

PyObject *
leastsq(PyObject *Py_UNUSED(module), PyObject *const *a, Py_ssize_t count)
{
    PyObject *argv[ARGV_ON_STACK], *epsfcn, *args, *result = NULL;
    double x_on_stack[VECTOR_ON_STACK], diag_on_stack[VECTOR_ON_STACK], *diag = NULL;
    npy_intp n;
    Curve curve;
    Fit fit = {.x = NULL};
    minpack_state s = {.mode = 1};
    Work work = {.x = NULL};
    int full, reference;

    if (count != 15 || !PyTuple_Check(a[3])) {
        PyErr_SetString(PyExc_TypeError, "leastsq takes 15 arguments, args a tuple");
        return NULL;
    }
    fit.func = a[0];
    fit.dfun = a[1];
    args = a[3];
    epsfcn = a[10];
    fit.callback = a[14];
    full = PyObject_IsTrue(a[5]);
    if (full < 0 || int_argument(a[4], "source", &fit.source) || real_argument(a[6], "ftol", &s.ftol)
        || real_argument(a[7], "xtol", &s.xtol) || real_argument(a[8], "gtol", &s.gtol)
        || int_argument(a[9], "maxfev", &s.maxfev)
        || (epsfcn != Py_None && real_argument(epsfcn, "epsfcn", &s.epsfcn))
        || real_argument(a[11], "factor", &s.factor) || int_argument(a[13], "reference", &reference))
        return NULL;
    if (fit.source < FORWARD || fit.source > COMPILED_FORWARD) {
        PyErr_SetString(PyExc_ValueError, "source is not known");
        return NULL;
    }
    if (is_compiled(&fit) && compiled_arguments(&fit, args, &s.m) != 0)
        return NULL;
    if (PyTuple_Check(fit.func)) {
        if (curve_argument(fit.func, &curve) != 0)
            return NULL;
        if (fit.source == BY_ROWS) {
            PyErr_SetString(PyExc_ValueError, "by_rows does not go with data to fit: weights do not reach the rows");
            return NULL;
        }
        fit.curve = &curve;
        fit.func = PyTuple_GET_ITEM(fit.func, 0);
    }
    minpack_machine_parameters(reference, &s.mach);

    work.x = vector_argument(a[2], "x0", x_on_stack, VECTOR_ON_STACK, &n);
    if (work.x == NULL)
        goto done;
    s.n = (int)n;
    if (a[12] != Py_None) {
        diag = vector_argument(a[12], "diag", diag_on_stack, VECTOR_ON_STACK, &n);
        if (diag == NULL)
            goto done;
        if (n != s.n) {
            PyErr_Format(PyExc_ValueError, "diag must have one element a parameter, %d in all, not %zd", s.n,
                         (Py_ssize_t)n);
            goto done;
        }
        s.mode = 2;
    }
    if (s.maxfev <= 0) {
        double calls = (fit.source == FORWARD || fit.source == COMPILED_FORWARD ? 200.0 : 100.0) * (s.n + 1.0);
        s.maxfev = calls < INT_MAX ? (int)calls : INT_MAX;
    }

    if (prepare_arguments(&fit, s.n, args, argv) != 0 || evaluate_start(&fit, &s, work.x, epsfcn) != 0
        || work_allocate(&work, s.m, s.n, s.ldfjac, full) != 0)
        goto done;
    if (diag != NULL)
        memcpy(work.diag, diag, (size_t)s.n * sizeof(double));
    if (is_compiled(&fit))
        for (int i = 0; i < s.m; i++)
            work.fvec_data[i] = NAN; /* for a function that stops at once */
    else
        store_first(&fit, s.m, work.fvec_data);
    drive(&fit, &s, &work);
    if (s.info != -STOP_ERROR)
        result = full ? full_result(&fit, &s, &work) : plain_result(&fit, &s, &work);

done:
    Py_XDECREF(fit.x);
    Py_XDECREF(fit.first);
    Py_XDECREF(fit.first_value);
    Py_XDECREF(fit.rows);
    Py_XDECREF(fit.block);
    if (work.x != x_on_stack)
        PyMem_Free(work.x);
    if (diag != diag_on_stack)
        PyMem_Free(diag);
    work_free(&work);
    if (fit.argv != argv)
        PyMem_Free(fit.argv);
    return result;
}
