#include "bounded_run.h"
#include <math.h>

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

/* The fit, to its end. New reference to its status and the optimality that was last tested. */
static PyObject *
drive(BoundedRun *run)
{
    minpack_bounded_state *s = &run->fit->s;

    while (s->task != MINPACK_DONE) {
        int task = s->task, nit = s->nit, stop = 0;
        double optimality = s->g_norm, step_norm = s->step_norm;

        if (bounded_evaluate(run) != 0 || step(run->fit) != 0)
            return NULL;
        /* an iteration with an accepted step is over when its Jacobian is there; its step is not the next one's */
        if (run->tell != NULL && (task == MINPACK_JACOBIAN || (s->nit > nit && s->task != MINPACK_JACOBIAN)))
            stop = tell_python(run, task == MINPACK_JACOBIAN ? step_norm : s->step_norm);
        if (stop < 0)
            return NULL;
        if (stop > 0)
            return Py_BuildValue("id", STOPPED, optimality);
    }
    return Py_BuildValue("id", s->status, s->g_norm);
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
    "    relative=None, typical=None, loss=None, tell=None) -> (status, optimality)\n\n"
    "Fit to the end, by evaluating fun(x, *args), or, with Data, a model fun(xdata, *x). convert(value) makes a vector\n"
    "of what fun returned, or raises, if it is not just that. The Jacobian comes from differences of this kind, 2 or 3\n"
    "points, with steps relative to x or the default, which grows with |x| above typical; or from differences(x, f,\n"
    "precision); or from jac, called as fun, with convert_jac(value). loss(z) gives a callable loss and its derivatives,\n"
    "(3, m). tell(fit, step_norm) is called at the start and after each iteration, with the length of the last step;\n"
    "something true ends the fit.";

PyObject *
bounded_run(BoundedFit *fit, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *a[ARGUMENTS], *argv[ARGV_ON_STACK], *result = NULL;
    BoundedRun run = {.fit = fit};

    if (take_arguments("run", arguments, 3, args, count, keywords, a) != 0)
        return NULL;
    if (atomic_flag_test_and_set(&fit->running)) {
        PyErr_SetString(PyExc_RuntimeError, "this BoundedFit is running already");
        return NULL;
    }
    run.user.argv = argv;
    run.user.core.s.n = fit->s.n;
    if (take(&run, a) == 0 && prepare_call(&run.user, a[ARGS], argv) == 0)
        result = drive(&run);
    end_call(&run.user, argv);
    atomic_flag_clear(&fit->running);
    return result;
}
