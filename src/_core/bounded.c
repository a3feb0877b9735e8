/* One fit for Python by a method that knows bounds and losses. */
#include "arguments.h"
#include "doors.h"
#include "fit.h"
#include <math.h>
#include <string.h>

/* What such a fit has beside the rest. References are borrowed from the caller's arguments unless said otherwise. */
typedef struct {
    Fit fit; /* first, as its functions get its address */
    minpack_bounded bounded;
    minpack_bounded_state before;     /* what that was before the last step */
    const double *relative, *typical; /* NULL for the defaults */
    int kind;                         /* of differences; 0 if dfun is the user's, 1 if dfun makes differences */
    PyObject *loss;                   /* NULL if no function evaluates it */
    PyArrayObject *derivatives;       /* the Jacobian before the loss has weighed it; NULL if none does. Owned. */
    double *last_f; /* the residuals at the point in core.wa, which was evaluated last, if differences are
                                   left out; NULL if there is none yet. Owned. */
} Bounded;

/* ---- What it asks for ------------------------------------------------------------------------------------ */

/* Memory that only the first residuals tell the size of. Returns 0, or -1 with the error set. */
static int
allocate(Bounded *b)
{
    npy_intp dims[2] = {b->fit.core.s.m, b->fit.core.s.n};

    b->last_f = PyMem_Malloc((size_t)dims[0] * sizeof(double));
    if (b->last_f == NULL)
        PyErr_NoMemory();
    else if (b->bounded.s.loss != MINPACK_LINEAR)
        b->derivatives = (PyArrayObject *)PyArray_EMPTY(2, dims, NPY_DOUBLE, 1);
    return b->last_f == NULL || (b->bounded.s.loss != MINPACK_LINEAR && b->derivatives == NULL) ? -1 : 0;
}

/* The residuals at x into *f; no point is evaluated twice in a row. Returns 0, or STOP_ERROR. */
static int
residuals_at(Bounded *b, const double *x, double **f)
{
    minpack_fit *core = &b->fit.core;
    int same = b->last_f != NULL;

    for (int j = 0; same && j < core->s.n; j++)
        same = x[j] == core->wa[j];
    if (same) {
        memcpy(*f, b->last_f, (size_t)core->s.m * sizeof(double));
        return 0;
    }
    if (python_residuals(&b->fit, x, f) != 0 || (b->last_f == NULL && allocate(b) != 0))
        return STOP_ERROR;
    memcpy(core->wa, x, (size_t)core->s.n * sizeof(double));
    memcpy(b->last_f, *f, (size_t)core->s.m * sizeof(double));
    return 0;
}

/* The Jacobian by differences within the bounds, from the residuals at x in last_f. Returns 0, or STOP_ERROR. */
static int
differences(Bounded *b)
{
    minpack_fit *core = &b->fit.core;
    int m = core->s.m, n = core->s.n, *one_sided = core->ipvt;
    int type = b->fit.data != NULL ? NPY_DOUBLE : b->fit.precision; /* less ydata they are doubles */
    int single = type == NPY_FLOAT ? 1 : type == NPY_HALF ? 2 : 0;
    double *x = core->x, *h = core->step, *relative = core->acnorm, *typical = core->diag;

    for (int j = 0; j < n; j++) {
        relative[j] = b->relative == NULL ? NAN : b->relative[j];
        typical[j] = b->typical == NULL ? 1.0 : b->typical[j];
    }
    minpack_differences_begin(b->kind, single, n, x, b->bounded.lower, b->bounded.upper, relative, typical, h,
                              one_sided);
    for (int j = 0; j < n; j++) {
        double *column = core->fjac + (size_t)j * (size_t)m, xj = x[j];
        for (int k = 1; k < b->kind; k++) {
            x[j] = minpack_difference_point(b->kind, k, one_sided[j], xj, h[j]);
            if (moved_residuals(&b->fit, m, n, x, k == 1 ? column : core->ftrial) != 0)
                return STOP_ERROR;
        }
        x[j] = xj;
        minpack_difference_column(b->kind, single, m, one_sided[j], xj, h[j], b->last_f, core->ftrial, column);
    }
    b->fit.precision = type;
    return 0;
}

/* The Jacobian at x into fjac. Returns 0, or STOP_ERROR. */
static int
jacobian(Bounded *b)
{
    minpack_fit *core = &b->fit.core;

    /* dogbox may have moved x since its residuals were evaluated, which the result keeps */
    if (b->kind != 0 && residuals_at(b, core->x, &core->ftrial) != 0)
        return STOP_ERROR;
    if ((b->kind > MINPACK_COMPLEX_STEP ? differences(b) : python_jacobian(&b->fit)) != 0)
        return STOP_ERROR;
    misled_at_jacobian(&b->fit.misled, core->s.m, core->s.n, core->fjac, b->last_f);
    if (b->derivatives != NULL)
        memcpy(PyArray_DATA(b->derivatives), core->fjac, (size_t)PyArray_NBYTES(b->derivatives));
    return 0;
}

/* Fit.evaluate. */
static int
evaluate(Fit *fit)
{
    Bounded *b = (Bounded *)fit;
    minpack_fit *core = &fit->core;

    b->before = b->bounded.s;
    if (core->s.task == MINPACK_LOSS)
        return call_loss(b->loss, core->s.m, b->bounded.rho) == 0 ? 0 : STOP_ERROR;
    if (core->s.task == MINPACK_JACOBIAN)
        return jacobian(b);
    if (core->s.task == MINPACK_START)
        return residuals_at(b, core->x, &core->fvec);
    if (residuals_at(b, core->xtrial, &core->ftrial) != 0)
        return STOP_ERROR;
    misled_at_trial(&fit->misled, core->s.n, core->x, core->xtrial, core->ftrial);
    return 0;
}

/* Fit.tell: at the start and after each iteration. One with an accepted step is over when its Jacobian is there; its step
 * is not the next one's. If that ends the fit, its optimality is the one that was last tested. */
static int
tell(Fit *fit, int accepted)
{
    Bounded *b = (Bounded *)fit;
    minpack_bounded_state *s = &b->bounded.s;
    int of_jacobian = b->before.task == MINPACK_JACOBIAN, stop;
    PyObject *value;

    if (!of_jacobian && (fit->core.s.iter == accepted || s->task == MINPACK_JACOBIAN))
        return 0;
    value = PyObject_CallFunction(fit->callback, "NNiindddd", vector_from(fit->core.x, s->n),
                                  vector_from(fit->core.fvec, s->m), s->nit, s->nfev, fit->calls, s->cost, s->reduction,
                                  s->g_norm, of_jacobian ? b->before.step_norm : s->step_norm);
    stop = value == NULL ? -1 : PyObject_IsTrue(value);
    Py_XDECREF(value);
    if (stop > 0)
        s->g_norm = b->before.g_norm;
    return stop < 0 ? STOP_ERROR : stop > 0 ? STOP_CALLBACK : 0;
}

/* ---- What became of it ----------------------------------------------------------------------------------- */

/* The largest part of the cost that a column of the Jacobian explains, as far as the bounds let the parameter go. */
static double
explained(const Bounded *b)
{
    const minpack_fit *core = &b->fit.core;
    double largest = 0.0;

    for (int j = 0; j < core->s.n; j++) {
        const double *column = core->fjac + (size_t)j * (size_t)core->s.m, slope = b->bounded.grad[j];
        double norm = 0.0, step, part;
        for (int i = 0; i < core->s.m; i++)
            norm += column[i] * column[i];
        double ahead = core->x[j] - slope / norm;
        ahead = ahead > b->bounded.upper[j] ? b->bounded.upper[j] : ahead;
        step = (ahead < b->bounded.lower[j] ? b->bounded.lower[j] : ahead) - core->x[j];
        part = -step * (2.0 * slope + step * norm);
        if (norm > 0.0 && part > largest)
            largest = part;
    }
    return largest / (2.0 * b->bounded.s.cost);
}

/* All of it, if there was no error. New reference. */
static PyObject *
outcome_of(Bounded *b, PyArrayObject *x)
{
    Fit *fit = &b->fit;
    minpack_bounded_state *s = &b->bounded.s;
    int *active = fit->core.ipvt;

    if (fit->core.s.info == -STOP_ERROR)
        return NULL;
    if (b->last_f == NULL) {
        PyErr_Format(PyExc_ValueError, "solve_bounded: the start, the bounds or the settings are not valid: %d",
                     s->status);
        return NULL;
    }
    minpack_bounded_active(s, fit->core.x, b->bounded.lower, b->bounded.upper, b->bounded.iwork, active);
    return Py_BuildValue("OOOOOOiiinddddi", x, fit->fvec, fit->fjac,
                         b->derivatives == NULL ? fit->fjac : b->derivatives, fit->qtf, fit->ipvt, fit->core.s.info,
                         s->nfev, s->njev, fit->calls, s->cost, s->initial_cost, s->g_norm, explained(b),
                         is_misled(&fit->misled));
}

/* ---- The way to call it ---------------------------------------------------------------------------------- */

const char solve_bounded_doc[] =
    "solve_bounded(x0, lower, upper, relative, typical, settings, loss, tell, func, args, convert, *, xdata=None,\n"
    "    data=None, jac=None, convert_jac=None, kind=0) -> tuple\n\n"
    "Fit func(x, *args), or, with Data, a model func(xdata, *x), by a method that knows bounds. convert(value) makes a\n"
    "vector of what func returned, or raises, if it is not just that. The Jacobian comes from differences of this kind,\n"
    "2 or 3 points, with steps relative to x, or, if that is None or NaN, the default, which grows with |x| above typical,\n"
    "1 if that is None; or from jac, called as func, with convert_jac(value, x, residuals); kind is 1 if that makes differences. loss(z) gives\n"
    "a callable loss and its derivatives, (3, m). tell(x, residuals, nit, nfev, calls, cost, reduction, optimality,\n"
    "step_norm) is called at the start and after each iteration; something true ends the fit. The tuple: x, residuals,\n"
    "the Jacobian corrected for the loss, and as it was evaluated, the gradient, the active mask, status, nfev, njev,\n"
    "calls of func, cost, cost at x0, optimality, the largest part of the cost that a column of the Jacobian explains,\n"
    "and whether differences differ from what short steps showed.";

/* clang-format off */
#define OF_BOUNDED(A) \
    A(X0, "x0", "+n") A(LOWER, "lower", "+n") A(UPPER, "upper", "+n") A(RELATIVE, "relative", "+n") \
    A(TYPICAL, "typical", "+n") A(SETTINGS, "settings") A(LOSS, "loss") A(TELL, "tell") A(FUNC, "func") A(ARGS, "args") \
    A(CONVERT, "convert") A(XDATA, "xdata") A(DATA, "data") A(JAC, "jac") A(CONVERT_JAC, "convert_jac") A(KIND, "kind")
/* clang-format on */
TAKES(OF_BOUNDED)

/* What the arguments say that are no arrays. Returns 0, or -1 with the error set. */
static int
take(Bounded *b, PyObject **a)
{
    Fit *fit = &b->fit;

    for (int k = XDATA; k < ARGUMENTS; k++)
        a[k] = a[k] == NULL ? Py_None : a[k];
    for (int k = RELATIVE; k <= TYPICAL; k++)
        a[k] = a[k] == Py_None ? NULL : a[k];
    fit->func = a[FUNC];
    fit->dfun = a[JAC];
    fit->convert = a[CONVERT];
    fit->convert_jac = a[CONVERT_JAC];
    fit->xdata = a[XDATA];
    fit->callback = a[TELL];
    b->loss = a[LOSS];
    fit->settings = as_settings(a[SETTINGS]);
    if (fit->settings == NULL || (a[KIND] != Py_None && int_argument(a[KIND], "kind", &b->kind) != 0)
        || (a[DATA] != Py_None && (fit->data = as_data(a[DATA])) == NULL))
        return -1;
    int by_dfun = b->kind == 0 || b->kind == MINPACK_COMPLEX_STEP;
    if (!knows_bounds(fit->settings) || b->kind < 0 || b->kind > MINPACK_3_POINT || !PyTuple_Check(a[ARGS])) {
        PyErr_SetString(PyExc_ValueError,
                        "solve_bounded: args must be a tuple, kind from 0 to 3, and the method of the "
                        "settings one that knows bounds");
        return -1;
    }
    return check_callable(fit->func, "func", 0) != 0 || check_callable(fit->convert, "convert", 0) != 0
                   || check_callable(fit->dfun, "jac", !by_dfun) != 0
                   || check_callable(fit->convert_jac, "convert_jac", !by_dfun) != 0
                   || check_callable(b->loss, "loss", fit->settings->bounded.loss != MINPACK_CALLABLE) != 0
                   || check_callable(fit->callback, "tell", 1) != 0
               ? -1
               : 0;
}

PyObject *
solve_bounded(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK], *result = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL};
    npy_intp sizes[SIZES];
    Bounded b = {.fit = {.evaluate = evaluate, .tell = tell, .layout = BY_SHAPE, .full = 1, .argv = argv}};
    minpack_fit *core = &b.fit.core;

    if (take_arguments("solve_bounded", arguments, CONVERT + 1, args, count, keywords, a) != 0 || take(&b, a) != 0)
        return NULL;
    if (take_arrays("solve_bounded", arguments, a, in, sizes) == 0
        && settings_check(b.fit.settings, (int)sizes[N]) == 0) {
        core->s = settings_state(b.fit.settings, (int)sizes[N], b.kind > MINPACK_COMPLEX_STEP);
        core->x = PyArray_DATA(in[X0]);
        core->bounded = &b.bounded;
        b.bounded.s = b.fit.settings->bounded;
        b.bounded.s.max_nfev = core->s.maxfev;
        b.bounded.lower = PyArray_DATA(in[LOWER]);
        b.bounded.upper = PyArray_DATA(in[UPPER]);
        b.bounded.scale = b.fit.settings->x_scale;
        b.relative = in[RELATIVE] == NULL ? NULL : PyArray_DATA(in[RELATIVE]);
        b.typical = in[TYPICAL] == NULL ? NULL : PyArray_DATA(in[TYPICAL]);
        b.fit.misled.given = b.kind == 0;
        if (prepare_call(&b.fit, a[ARGS], argv) == 0) {
            core->s.m = 1; /* not known yet, but not improper */
            minpack_begin(core);
            core->s.m = 0;
            fit_run(&b.fit);
            result = outcome_of(&b, in[X0]);
        }
    }
    fit_free(&b.fit);
    end_call(&b.fit, argv);
    Py_XDECREF(b.derivatives);
    PyMem_Free(b.last_f);
    drop_arrays(in, ARGUMENTS);
    return result;
}
