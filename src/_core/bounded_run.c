/* What a BoundedFit asks for while it runs, from Python functions. */
#include "bounded.h"
#include "arguments.h"
#include "fit.h"
#include <math.h>
#include <string.h>

/* A fit under way. References are borrowed from the caller's arguments. */
typedef struct {
    BoundedFit *fit;
    Fit user;                        /* only what calls the user's functions: func, dfun, argv, xdata, data */
    PyObject *convert, *convert_jac; /* make real arrays of what func and dfun return if it is none, or raise */
    int kind;                        /* of differences of func; 0 if others give the Jacobian */
    PyObject *differences;           /* differences(x, f, precision) gives the Jacobian; NULL: dfun does */
    PyObject *loss, *tell;           /* NULL if there is none */
    int known;                       /* whether last_f are the residuals at last_x */
    int precision;                   /* of the residuals: 0 double, 1 single, 2 half */
} BoundedRun;

/* ---- Residuals ------------------------------------------------------------------------------------------- */

/* Whether func may return so many values. */
static int
is_number_of_values(const BoundedRun *run, npy_intp size)
{
    const Data *data = run->user.data;

    if (run->fit->sized)
        return size == run->fit->s.m || (data != NULL && size == 1);
    return data == NULL || data->m == 1 || size == 1 || size == data->m;
}

/* What func returned as a vector of doubles. New reference; NULL with the error set. */
static PyArrayObject *
values_of(BoundedRun *run, PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *)value, *doubles = NULL;
    int type;

    run->precision = 0;
    if (PyArray_CheckExact(value) && is_plain(value) && PyArray_NDIM(array) == 1
        && is_number_of_values(run, PyArray_SIZE(array)))
        return (PyArrayObject *)Py_NewRef(value);
    array = (PyArrayObject *)PyObject_CallOneArg(run->convert, value);
    if (array == NULL)
        return NULL;
    type = PyArray_Check(array) ? PyArray_TYPE(array) : NPY_DOUBLE;
    doubles =
        (PyArrayObject *)PyArray_FromAny((PyObject *)array, PyArray_DescrFromType(NPY_DOUBLE), 1, 1,
                                         NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_ENSUREARRAY, NULL);
    Py_DECREF(array);
    if (run->user.data == NULL) /* less ydata they are doubles */
        run->precision = type == NPY_FLOAT ? 1 : type == NPY_HALF ? 2 : 0;
    if (doubles != NULL && !is_number_of_values(run, PyArray_SIZE(doubles))) {
        shape_error("what fun returns", doubles, run->fit->s.m, -1);
        Py_CLEAR(doubles);
    }
    return doubles;
}

/* The first values say how many residuals there are. Returns 0, or -1 with the error set. */
static int
size_by(BoundedRun *run, npy_intp values)
{
    npy_intp m = data_size(run->user.data, values);

    return m < 0 ? -1 : bounded_room(run->fit, m);
}

/* func at x into out, or, as long as that has no place, into last_f. Returns 0, or -1 with the error set. */
static int
residuals(BoundedRun *run, const double *x, double *out)
{
    BoundedFit *fit = run->fit;
    PyObject *value = PyErr_CheckSignals() == 0 ? call_user(&run->user, run->user.func, fit->s.n, x) : NULL;
    PyArrayObject *array = NULL;
    int status = -1;

    if (value != NULL) {
        fit->calls++;
        array = values_of(run, value);
    }
    if (array != NULL && (fit->sized || size_by(run, PyArray_SIZE(array)) == 0)) {
        Values values = {PyArray_DATA(array), PyArray_SIZE(array) != 1, 0};
        fit->misled.off |= run->precision != 0;
        misled_by_values(&fit->misled, PyArray_SIZE(array), PyArray_DATA(array));
        data_residuals(run->user.data, 0, fit->s.m, &values, out == NULL ? fit->last_f : out);
        status = 0;
    }
    Py_XDECREF(array);
    Py_XDECREF(value);
    return status;
}

/* The residuals at x into last_f; no point is evaluated twice in a row. Returns 0, or -1 with the error set. */
static int
residuals_at(BoundedRun *run, const double *x)
{
    BoundedFit *fit = run->fit;
    int same = run->known;

    for (int j = 0; same && j < fit->s.n; j++)
        same = x[j] == fit->last_x[j];
    if (same)
        return 0;
    run->known = 0;
    if (residuals(run, x, NULL) != 0)
        return -1;
    memcpy(fit->last_x, x, (size_t)fit->s.n * sizeof(double));
    run->known = 1;
    return 0;
}

/* ---- Jacobians ------------------------------------------------------------------------------------------- */

/* By differences of func. Returns 0, or -1 with the error set. */
static int
by_differences(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int m = fit->s.m, n = fit->s.n, precision = run->precision;
    const double *x = fit->x;
    double *point = fit->point;

    minpack_differences_begin(run->kind, precision, n, x, fit->lower, fit->upper, fit->relative, fit->typical, fit->h,
                              fit->one_sided);
    memcpy(point, x, (size_t)n * sizeof(double));
    for (int j = 0; j < n; j++) {
        double *column = fit->fjac + (size_t)j * (size_t)m;
        for (int k = 1; k < run->kind; k++) {
            point[j] = minpack_difference_point(run->kind, k, fit->one_sided[j], x[j], fit->h[j]);
            if (residuals(run, point, k == 1 ? column : fit->ftrial) != 0)
                return -1;
        }
        point[j] = x[j];
        minpack_difference_column(run->kind, precision, m, fit->one_sided[j], x[j], fit->h[j], fit->last_f, fit->ftrial,
                                  column);
    }
    run->precision = precision;
    return 0;
}

/* Columns of derivatives, one row per point, to columns of the Jacobian. */
static void
set_jacobian(BoundedFit *fit, const Data *data, PyArrayObject *array)
{
    Values values = {PyArray_DATA(array), fit->s.n, 1};

    for (int j = 0; j < fit->s.n; j++)
        data_derivatives(data, 0, fit->s.m, &values, j, fit->fjac + (size_t)j * (size_t)fit->s.m);
}

/* By dfun. Returns 0, or -1 with the error set. */
static int
by_function(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    PyObject *value = call_user(&run->user, run->user.dfun, fit->s.n, fit->x);
    PyArrayObject *array = (PyArrayObject *)value;

    if (value == NULL)
        return -1;
    if (!PyArray_CheckExact(value) || PyArray_TYPE(array) != NPY_DOUBLE || PyArray_NDIM(array) != 2
        || PyArray_DIM(array, 0) != fit->s.m || PyArray_DIM(array, 1) != fit->s.n)
        Py_SETREF(value, PyObject_CallOneArg(run->convert_jac, value));
    array = value == NULL ? NULL : matrix_of(value, "what jac returns", fit->s.m, fit->s.n);
    if (array != NULL)
        set_jacobian(fit, run->user.data, array);
    Py_XDECREF(value);
    Py_XDECREF(array);
    return array == NULL ? -1 : 0;
}

/* By Python's differences, weighed already. Returns 0, or -1 with the error set. */
static int
by_python(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    PyObject *x = vector_from(fit->x, fit->s.n), *f = vector_from(fit->last_f, fit->s.m), *value = NULL;
    PyArrayObject *array = NULL;

    if (x != NULL && f != NULL)
        value = PyObject_CallFunction(run->differences, "OOi", x, f, run->precision);
    if (value != NULL)
        array = matrix_of(value, "the differences", fit->s.m, fit->s.n);
    if (array != NULL)
        set_jacobian(fit, NULL, array);
    Py_XDECREF(x);
    Py_XDECREF(f);
    Py_XDECREF(value);
    Py_XDECREF(array);
    return array == NULL ? -1 : 0;
}

static int
jacobian(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int by_user = run->kind == 0 && run->differences == NULL;

    /* dogbox may have moved x since its residuals were evaluated, which the result keeps */
    if (!by_user && residuals_at(run, fit->x) != 0)
        return -1;
    if ((by_user ? by_function(run) : run->kind != 0 ? by_differences(run) : by_python(run)) != 0)
        return -1;
    fit->misled.given = by_user;
    misled_at_jacobian(&fit->misled, fit->s.m, fit->s.n, fit->fjac, fit->last_f);
    if (fit->derivatives != fit->fjac)
        memcpy(fit->derivatives, fit->fjac, (size_t)fit->s.m * (size_t)fit->s.n * sizeof(double));
    return 0;
}

/* ---- What a fit asks for -------------------------------------------------------------------------------------------- */

/* What the fit asks for, to where it belongs. Returns 0, or -1 with the error set. */
static int
evaluate(BoundedRun *run)
{
    BoundedFit *fit = run->fit;
    int starts = fit->s.task == MINPACK_START;

    if (fit->s.task == MINPACK_JACOBIAN)
        return jacobian(run);
    if (fit->s.task == MINPACK_LOSS)
        return call_loss(run->loss, fit->s.m, fit->rho);
    if (residuals_at(run, starts ? fit->x : fit->xtrial) != 0)
        return -1;
    if (!starts)
        misled_at_trial(&fit->misled, fit->s.n, fit->x, fit->xtrial, fit->last_f);
    memcpy(starts ? fit->fvec : fit->ftrial, fit->last_f, (size_t)fit->s.m * sizeof(double));
    return 0;
}

/* SciPy's status of a fit that its callback stopped. */
enum { STOPPED = -2 };

/* ---- The loop -------------------------------------------------------------------------------------------- */

/* A step of the core; other threads may run meanwhile if it is long, but not read what it works on. */
static int
step(BoundedFit *fit)
{
    minpack_bounded_state *s = &fit->s;
    PyThreadState *thread;

    if (bounded_enter(fit) != 0)
        return -1;
    thread = (double)s->m * s->n * s->n > RELEASE_GIL_ABOVE ? PyEval_SaveThread() : NULL;
    minpack_bounded_step(s, fit->x, fit->lower, fit->upper, fit->scale, fit->xtrial, fit->grad, fit->fvec, fit->ftrial,
                         fit->fjac, fit->a, fit->rho, fit->work, fit->iwork);
    if (thread != NULL)
        PyEval_RestoreThread(thread);
    bounded_leave(fit);
    return 0;
}

/* tell(fit, step_norm) at the start and after each iteration. Returns 1 to stop the fit, 0, or -1 with the error set. */
static int
tell_python(BoundedRun *run, double step_norm)
{
    PyObject *value = PyObject_CallFunction(run->tell, "Od", run->fit, step_norm);
    int stop = value == NULL ? -1 : PyObject_IsTrue(value);

    Py_XDECREF(value);
    return stop;
}

/* The fit, to its end; if tell stops it, its optimality is the one that was last tested. Returns 0, or -1 with the error
 * set. */
static int
drive(BoundedRun *run)
{
    minpack_bounded_state *s = &run->fit->s;

    while (s->task != MINPACK_DONE) {
        int task = s->task, nit = s->nit, stop = 0;
        double optimality = s->g_norm, step_norm = s->step_norm;

        if (evaluate(run) != 0 || step(run->fit) != 0)
            return -1;
        /* an iteration with an accepted step is over when its Jacobian is there; its step is not the next one's */
        if (run->tell != NULL && (task == MINPACK_JACOBIAN || (s->nit > nit && s->task != MINPACK_JACOBIAN)))
            stop = tell_python(run, task == MINPACK_JACOBIAN ? step_norm : s->step_norm);
        if (stop > 0) {
            s->status = STOPPED;
            s->g_norm = optimality;
        }
        if (stop != 0)
            return stop < 0 ? -1 : 0;
    }
    return 0;
}

/* ---- The way to call it ---------------------------------------------------------------------------------- */

/* An argument, NULL if it is None. */
static PyObject *
given(PyObject *argument)
{
    return argument == Py_None ? NULL : argument;
}

/* n numbers for the parameters, or one and the same. Returns 0, or -1 with the error set. */
static int
fill_with(double *to, npy_intp n, PyObject *value, const char *name, double otherwise)
{
    for (npy_intp j = 0; j < n; j++)
        to[j] = otherwise;
    return value != NULL ? bounded_fill(to, value, name, n) : 0;
}

enum { FUN, ARGS, CONVERT, XDATA, DATA, JAC, CONVERT_JAC, KIND, DIFFERENCES, RELATIVE, TYPICAL, LOSS, TELL, ARGUMENTS };
static Argument arguments[] = {{"fun"},     {"args"},        {"convert"}, {"xdata"},       {"data"},
                               {"jac"},     {"convert_jac"}, {"kind"},    {"differences"}, {"relative"},
                               {"typical"}, {"loss"},        {"tell"},    {NULL}};

/* What the arguments say. Returns 0, or -1 with the error set. */
static int
take(BoundedRun *run, PyObject *const *a)
{
    BoundedFit *fit = run->fit;
    npy_intp n = fit->s.n;

    if (!PyTuple_Check(a[ARGS]) || !PyCallable_Check(a[FUN]) || !PyCallable_Check(a[CONVERT])) {
        PyErr_SetString(PyExc_TypeError, "run needs a function, a tuple, and what makes arrays of what it returns");
        return -1;
    }
    run->user.func = a[FUN];
    run->user.dfun = given(a[JAC]);
    run->user.xdata = a[XDATA] == NULL ? Py_None : a[XDATA];
    run->convert = a[CONVERT];
    run->convert_jac = given(a[CONVERT_JAC]);
    run->differences = given(a[DIFFERENCES]);
    run->loss = given(a[LOSS]);
    run->tell = given(a[TELL]);
    if (given(a[DATA]) != NULL) {
        run->user.data = as_data(a[DATA]);
        if (run->user.data == NULL)
            return -1;
    }
    if (a[KIND] != NULL && int_argument(a[KIND], "kind", &run->kind) != 0)
        return -1;
    if (run->kind != 0 && run->kind != MINPACK_2_POINT && run->kind != MINPACK_3_POINT) {
        PyErr_Format(PyExc_ValueError, "kind must be 0, 2 or 3; got %d", run->kind);
        return -1;
    }
    if ((run->kind == 0 && run->differences == NULL && (run->user.dfun == NULL || run->convert_jac == NULL))
        || (fit->s.loss == MINPACK_CALLABLE && run->loss == NULL)) {
        PyErr_SetString(PyExc_TypeError, "run needs a way to the Jacobian, and to a callable loss");
        return -1;
    }
    if (fill_with(fit->relative, n, given(a[RELATIVE]), "relative", NAN) != 0)
        return -1;
    return fill_with(fit->typical, n, given(a[TYPICAL]), "typical", 1.0);
}

const char bounded_run_doc[] =
    "run(fun, args, convert, *, xdata=None, data=None, jac=None, convert_jac=None, kind=0, differences=None,\n"
    "    relative=None, typical=None, loss=None, tell=None)\n\n"
    "Fit to the end, by evaluating fun(x, *args), or, with Data, a model fun(xdata, *x). convert(value) makes a vector\n"
    "of what fun returned, or raises, if it is not just that. The Jacobian comes from differences of this kind, 2 or 3\n"
    "points, with steps relative to x or the default, which grows with |x| above typical; or from differences(x, f,\n"
    "precision); or from jac, called as fun, with convert_jac(value). loss(z) gives a callable loss and its derivatives,\n"
    "(3, m). tell(fit, step_norm) is called at the start and after each iteration, with the length of the last step;\n"
    "something true ends the fit.";

PyObject *
bounded_run(BoundedFit *fit, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK];
    BoundedRun run = {.fit = fit};
    int status = -1;

    if (take_arguments("run", arguments, 3, args, count, keywords, a) != 0)
        return NULL;
    if (atomic_flag_test_and_set(&fit->running)) {
        PyErr_SetString(PyExc_RuntimeError, "this BoundedFit is running already");
        return NULL;
    }
    run.user.argv = argv;
    run.user.core.s.n = fit->s.n;
    if (take(&run, a) == 0 && prepare_call(&run.user, a[ARGS], argv) == 0)
        status = drive(&run);
    end_call(&run.user, argv);
    atomic_flag_clear(&fit->running);
    return status == 0 ? Py_NewRef(Py_None) : NULL;
}
