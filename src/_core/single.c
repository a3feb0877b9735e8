/* One fit for Python, from the arguments to the results. */
#define NO_IMPORT_ARRAY
#include "arguments.h"
#include "covariance.h"
#include "doors.h"
#include "fit.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <numpy/arrayobject.h>
#include <structmember.h>

#ifndef Py_T_OBJECT_EX /* names from Python 3.12 on */
#define Py_T_OBJECT_EX T_OBJECT_EX
#define Py_READONLY READONLY
#endif

#define VECTOR_ON_STACK 16 /* small fits do without allocating x */

/* ---- The loop -------------------------------------------------------------------------------------------- */

/* Fit.tell: callback(x, cost, nfev) after an accepted step. */
static int
tell_python(Fit *fit, int accepted)
{
    const minpack_state *s = &fit->core.s;
    int released = fit->thread != NULL, stop = 0;
    PyObject *vector, *value = NULL;

    if (s->iter == accepted)
        return 0;
    if (released)
        PyEval_RestoreThread(fit->thread);
    vector = vector_from(fit->core.x, s->n);
    if (vector != NULL)
        value = PyObject_CallFunction(fit->callback, "Ndi", vector, 0.5 * s->fnorm * s->fnorm, s->nfev);
    if (value == NULL) {
        stop = STOP_ERROR;
        if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
            PyErr_Clear();
            stop = STOP_CALLBACK;
        }
    }
    else if (value == Py_True || (PyArray_IsScalar(value, Bool) && PyObject_IsTrue(value))) {
        stop = STOP_CALLBACK; /* nothing but True: a callback that happens to return something goes on */
    }
    Py_XDECREF(value);
    if (released)
        fit->thread = PyEval_SaveThread();
    return stop;
}

/* A step of the core; other threads may run meanwhile if it is long. */
static void
step(Fit *fit)
{
    const minpack_state *s = &fit->core.s;

    if (fit->thread == NULL && (double)s->m * s->n * s->n > RELEASE_GIL_ABOVE) {
        Py_BEGIN_ALLOW_THREADS
        minpack_step(&fit->core);
        Py_END_ALLOW_THREADS
    }
    else {
        minpack_step(&fit->core);
    }
}

void
fit_run(Fit *fit)
{
    minpack_state *s = &fit->core.s;
    int stop = 0;

    while (stop == 0 && s->task != MINPACK_DONE) {
        int accepted = s->iter;
        stop = fit->evaluate(fit);
        if (stop == 0)
            step(fit);
        if (stop == 0 && fit->callback != Py_None)
            stop = fit->tell(fit, accepted);
    }
    if (stop != 0)
        s->info = -stop;
}

/* ---- Results --------------------------------------------------------------------------------------------- */

/* What became of a fit. Every member is set; attributes of such a type are the quickest to read. */
typedef struct {
    PyObject_HEAD
    PyObject *x, *info, *bad, *maxfev, *nfev, *njev, *fvec, *fjac, *ipvt, *qtf, *cov, *distance, *lost, *stuck, *misled,
        *usual;
} Outcome;

#define MEMBER(name, doc) {#name, Py_T_OBJECT_EX, offsetof(Outcome, name), Py_READONLY, doc}
static PyMemberDef outcome_members[] = {
    MEMBER(x, "where the fit ended, (n,)"),
    MEMBER(info, "MINPACK's code; negative if a compiled function or the callback stopped the fit"),
    MEMBER(bad, "the first residual that is not finite at x0, if no fit was made for that reason, else -1"),
    MEMBER(maxfev, "the limit on evaluations that held"),
    MEMBER(nfev, "evaluations of the residuals"),
    MEMBER(njev, "evaluations of the Jacobian"),
    MEMBER(fvec, "residuals at x, (m,); this and all that follow are None unless full"),
    MEMBER(fjac, "the transpose of the factored Jacobian, (n, m), or (n, n) by rows"),
    MEMBER(ipvt, "its permutation, 0-based, (n,)"),
    MEMBER(qtf, "the first n elements of Q'fvec, (n,)"),
    MEMBER(cov,
           "(n, n): for residuals inverse(J'J), None if there is none; for a curve the covariance, inf if it cannot\n"
           "be estimated"),
    MEMBER(distance, "for a curve the Gauss-Newton step that is left at the end, in standard errors, else 0"),
    MEMBER(lost, "the parameter by which difference quotients are mostly rounding, n more if its own part is, else -1"),
    MEMBER(stuck,
           "whether the fit ended at its start as the Jacobian is zero there, but not the residuals; notice has not\n"
           "said why"),
    MEMBER(misled, "whether difference quotients differ from what short steps showed; notice has not said why"),
    MEMBER(usual, "whether it is a solution, of residuals that were finite at x0, and neither stuck nor misled"),
    {NULL, 0, 0, 0, NULL},
};

static void
outcome_dealloc(Outcome *outcome)
{
    PyObject *owned[] = {outcome->x,    outcome->info,  outcome->bad,    outcome->maxfev,
                         outcome->nfev, outcome->njev,  outcome->fvec,   outcome->fjac,
                         outcome->ipvt, outcome->qtf,   outcome->cov,    outcome->distance,
                         outcome->lost, outcome->stuck, outcome->misled, outcome->usual};

    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        Py_XDECREF(owned[i]);
    PyObject_Free(outcome);
}

static PyTypeObject OutcomeType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "minpack._core.Outcome",
    .tp_basicsize = sizeof(Outcome),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "What became of a fit.",
    .tp_dealloc = (destructor)outcome_dealloc,
    .tp_members = outcome_members,
};

/* The outcome 0, improper input, comes before there is a Jacobian: define what SciPy leaves undefined. The same if a
 * function stopped its fit, as this may be in the middle of one. */
static void
define_outputs(minpack_fit *core)
{
    size_t size = (size_t)core->s.ldfjac * (size_t)core->s.n;

    for (size_t i = 0; i < size; i++)
        core->fjac[i] = NAN;
    for (int j = 0; j < core->s.n; j++) {
        core->qtf[j] = NAN;
        core->ipvt[j] = j + 1;
    }
}

/* inverse(J'J), or None; for a curve the covariance of its parameters. New reference. */
static PyObject *
covariance(const Fit *fit, int scale)
{
    npy_intp dims[2] = {fit->core.s.n, fit->core.s.n};
    PyObject *cov;

    if (fit->core.s.info < 1 || fit->core.s.info > 4)
        return Py_NewRef(Py_None);
    cov = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    if (cov == NULL)
        return NULL;
    if (fit->data != NULL)
        parameter_covariance(&fit->core, scale, cost_of(&fit->core), PyArray_DATA((PyArrayObject *)cov));
    else if (!inverse_normal(&fit->core, PyArray_DATA((PyArrayObject *)cov)))
        Py_SETREF(cov, Py_NewRef(Py_None));
    return cov;
}

/* An array of the fit's, or None. New reference. */
static PyObject *
array_or_none(PyArrayObject *array)
{
    return Py_NewRef(array == NULL ? Py_None : (PyObject *)array);
}

/* The Outcome of a fit. New reference, or NULL with the error set. */
static PyObject *
outcome_of(Fit *fit, int scale)
{
    minpack_fit *core = &fit->core;
    double distance = 0.0;
    int lost = -1, stuck, misled;
    Py_ssize_t bad = not_finite_at_start(core);
    Outcome *outcome;

    if (core->s.info == -STOP_ERROR)
        return NULL;
    outcome = PyObject_New(Outcome, &OutcomeType);
    if (outcome == NULL)
        return NULL;
    stuck = !fit->said && is_stuck(core);
    misled = !fit->said && core->s.info > 0 && !stuck && (is_misled(&fit->misled) || is_blind(core));
    outcome->stuck = PyBool_FromLong(stuck);
    outcome->misled = PyBool_FromLong(misled);
    outcome->usual = PyBool_FromLong(core->s.info >= 1 && core->s.info <= 4 && bad < 0 && !stuck && !misled);
    if (fit->full && (core->s.info == 0 || core->s.info == -STOP_FUNCTION))
        define_outputs(core);
    outcome->cov = fit->full ? covariance(fit, scale) : Py_NewRef(Py_None);
    if (fit->full && fit->data != NULL)
        look_at_end(core, fit->data, 0, core->s.m, scale, &distance, &lost);
    for (int j = 0; fit->full && j < core->s.n; j++)
        core->ipvt[j]--; /* 0-based, as J[:, ipvt] = Q R */
    outcome->x = Py_XNewRef(vector_for_user(fit, core->s.n, core->x));
    outcome->info = PyLong_FromLong(core->s.info);
    outcome->bad = PyLong_FromSsize_t(bad);
    outcome->maxfev = PyLong_FromLong(core->s.maxfev);
    outcome->nfev = PyLong_FromLong(core->s.nfev);
    outcome->njev = PyLong_FromLong(core->s.njev);
    outcome->fvec = array_or_none(fit->fvec);
    outcome->fjac = array_or_none(fit->fjac);
    outcome->ipvt = array_or_none(fit->ipvt);
    outcome->qtf = array_or_none(fit->qtf);
    outcome->distance = PyFloat_FromDouble(distance);
    outcome->lost = PyLong_FromLong(lost);
    if (outcome->distance == NULL || outcome->lost == NULL || outcome->cov == NULL || outcome->x == NULL
        || outcome->info == NULL || outcome->bad == NULL || outcome->maxfev == NULL || outcome->nfev == NULL
        || outcome->njev == NULL)
        Py_CLEAR(outcome);
    return (PyObject *)outcome;
}

/* ---- The ways to call it --------------------------------------------------------------------------------- */

int
check_callable(PyObject *object, const char *name, int none_will_do)
{
    if (PyCallable_Check(object) || (none_will_do && object == Py_None))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s must be callable%s; got %.200R", name, none_will_do ? " or None" : "", object);
    return -1;
}

/* What all of them take, checked: sets up fit, with x in `room` or in memory to be given to PyMem_Free. settings and x0
 * are given, callback and full may be NULL. Returns 0, or -1 with the error set. */
static int
begin(Fit *fit, PyObject *x0, PyObject *settings, PyObject *callback, PyObject *full, int differences, double *room)
{
    npy_intp n;

    fit->tell = tell_python;
    fit->callback = callback == NULL ? Py_None : callback;
    fit->full = full == NULL ? 0 : PyObject_IsTrue(full);
    fit->settings = as_settings(settings);
    if (fit->settings == NULL || fit->full < 0 || check_callable(fit->callback, "callback", 1) != 0)
        return -1;
    fit->core.x = vector_argument(x0, "x0", room, VECTOR_ON_STACK, &n);
    if (fit->core.x == NULL)
        return -1;
    fit->misled.given = !differences;
    fit->misled.off = differences && fit->settings->has_epsfcn;
    fit->core.s = settings_state(fit->settings, (int)n, differences);
    return settings_check(fit->settings, (int)n);
}

/* Run a fit of Python functions that begin has set up, and make its outcome. */
static PyObject *
finish_python(Fit *fit, int ready, int scale, PyObject **argv_on_stack, double *x_on_stack)
{
    PyObject *result = NULL;

    if (ready) {
        fit->evaluate = evaluate_python;
        minpack_begin(&fit->core);
        fit_run(fit);
        result = outcome_of(fit, scale);
        fit_free(fit);
    }
    end_call(fit, argv_on_stack);
    if (fit->core.x != x_on_stack)
        PyMem_Free(fit->core.x);
    return result;
}

const char solve_residuals_doc[] =
    "solve_residuals(func, x0, args, settings, *, dfun=None, layout=0, callback=None, full=False, notice=None)\n"
    "    -> Outcome\n\n"
    "Fit func(x, *args), which returns residuals; anything but a tuple is one argument. layout says how dfun(x, *args)\n"
    "gives the Jacobian: BY_SHAPE (m, n), BY_COLUMNS (n, m), or BY_ROWS as an iterable. If the first value is no array of doubles, notice(func, value, eps) is\n"
    "called, and returns whether it said something of it; eps is the relative error that steps for differences are made\n"
    "for, 0 if that is the one of the value's type, negative if there are no differences.";

PyObject *
solve_residuals(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FUNC, X0, ARGS, SETTINGS, DFUN, LAYOUT, CALLBACK, FULL, NOTICE, ARGUMENTS };
    static Argument names[] = {{"func"},   {"x0"},       {"args"}, {"settings"}, {"dfun"},
                               {"layout"}, {"callback"}, {"full"}, {"notice"},   {NULL}};
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK];
    double x_on_stack[VECTOR_ON_STACK];
    Fit fit = {.layout = BY_SHAPE};
    int ready;

    if (take_arguments("solve_residuals", names, 4, args, count, keywords, a) != 0)
        return NULL;
    if (a[LAYOUT] != NULL && int_argument(a[LAYOUT], "layout", &fit.layout) != 0)
        return NULL;
    fit.func = a[FUNC];
    fit.dfun = a[DFUN] == NULL ? Py_None : a[DFUN];
    fit.notice = a[NOTICE] == Py_None ? NULL : a[NOTICE];
    ready = check_callable(fit.func, "func", 0) == 0 && check_callable(fit.dfun, "Dfun", 1) == 0
            && begin(&fit, a[X0], a[SETTINGS], a[CALLBACK], a[FULL], fit.dfun == Py_None, x_on_stack) == 0
            && prepare_call(&fit, a[ARGS], argv) == 0;
    fit.core.s.by_rows = fit.layout == BY_ROWS;
    return finish_python(&fit, ready, 0, argv, x_on_stack);
}

const char solve_curve_doc[] =
    "solve_curve(f, x0, xdata, data, settings, *, jac=None, layout=0, scale=False, callback=None, full=False,\n"
    "    notice=None) -> Outcome\n\n"
    "Fit a model f(xdata, *x) to Data; jac(xdata, *x) gives its derivatives, BY_SHAPE or BY_COLUMNS. The covariance is\n"
    "scaled by the variance of the residuals if scale is true. notice is that of solve_residuals.";

PyObject *
solve_curve(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { F, X0, XDATA, DATA, SETTINGS, JAC, LAYOUT, SCALE, CALLBACK, FULL, NOTICE, ARGUMENTS };
    static Argument names[] = {{"f"},      {"x0"},    {"xdata"},    {"data"}, {"settings"}, {"jac"},
                               {"layout"}, {"scale"}, {"callback"}, {"full"}, {"notice"},   {NULL}};
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK];
    double x_on_stack[VECTOR_ON_STACK];
    Fit fit = {.layout = BY_SHAPE};
    int ready;

    if (take_arguments("solve_curve", names, 5, args, count, keywords, a) != 0)
        return NULL;
    fit.data = as_data(a[DATA]);
    if (fit.data == NULL || (a[LAYOUT] != NULL && int_argument(a[LAYOUT], "layout", &fit.layout) != 0))
        return NULL;
    fit.func = a[F];
    fit.dfun = a[JAC] == NULL ? Py_None : a[JAC];
    fit.xdata = a[XDATA];
    fit.notice = a[NOTICE] == Py_None ? NULL : a[NOTICE];
    ready = check_callable(fit.func, "f", 0) == 0 && check_callable(fit.dfun, "jac", 1) == 0
            && begin(&fit, a[X0], a[SETTINGS], a[CALLBACK], a[FULL], fit.dfun == Py_None, x_on_stack) == 0
            && prepare_call(&fit, NULL, argv) == 0;
    return finish_python(&fit, ready, a[SCALE] != NULL && PyObject_IsTrue(a[SCALE]), argv, x_on_stack);
}

const char solve_compiled_doc[] =
    "solve_compiled(fcn, x0, m, settings, *, jac=None, context=None, callback=None, full=False) -> Outcome\n\n"
    "Fit compiled functions of the types of minpack.h, given by their addresses, without the GIL. context, a float64\n"
    "array in C order, is what they get as ctx.";

PyObject *
solve_compiled(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FCN, X0, M, SETTINGS, JAC, CONTEXT, CALLBACK, FULL, ARGUMENTS };
    static Argument names[] = {{"fcn"},     {"x0"},       {"m"},    {"settings"}, {"jac"},
                               {"context"}, {"callback"}, {"full"}, {NULL}};
    PyObject *a[ARGUMENTS], *result = NULL;
    double x_on_stack[VECTOR_ON_STACK];
    Fit fit = {.evaluate = evaluate_compiled};
    int m;

    if (take_arguments("solve_compiled", names, 4, args, count, keywords, a) != 0 || int_argument(a[M], "m", &m) != 0
        || compiled_functions(&fit.compiled, a[FCN], a[JAC] == NULL ? Py_None : a[JAC], &fit.thread) != 0
        || compiled_context(&fit.compiled, a[CONTEXT]) != 0)
        return NULL;
    if (begin(&fit, a[X0], a[SETTINGS], a[CALLBACK], a[FULL], fit.compiled.jac == NULL, x_on_stack) == 0
        && fit_allocate(&fit, m, NPY_DOUBLE) == 0) {
        for (int i = 0; i < m; i++)
            fit.core.fvec[i] = NAN; /* for a function that stops at once */
        minpack_begin(&fit.core);
        fit.thread = PyEval_SaveThread();
        fit_run(&fit);
        PyEval_RestoreThread(fit.thread);
        result = outcome_of(&fit, 0);
    }
    fit_free(&fit);
    if (fit.core.x != x_on_stack)
        PyMem_Free(fit.core.x);
    return result;
}

int
add_single(PyObject *module)
{
    return PyModule_AddType(module, &OutcomeType) != 0 || PyModule_AddIntMacro(module, BY_SHAPE) != 0
                   || PyModule_AddIntMacro(module, BY_COLUMNS) != 0 || PyModule_AddIntMacro(module, BY_ROWS) != 0
               ? -1
               : 0;
}
