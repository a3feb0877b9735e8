#define NO_IMPORT_ARRAY
#include "_batch.h"
#include "_compiled.h"
#include <math.h>
#include <time.h>
#include <numpy/arrayobject.h>

static const double PATIENCE = 0.05; /* seconds without Python */
enum { CALLS_BETWEEN_LOOKS = 32 };   /* at the clock, which costs as much as a small residual */

double
seconds(void)
{
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whether it is time again; clocks may be set back. */
static int
is_over(double since)
{
    double passed = seconds() - since;

    return passed > PATIENCE || passed < 0.0;
}

int
compiled_functions(Compiled *compiled, PyObject *fcn, PyObject *jac)
{
    void *fcn_address = PyLong_AsVoidPtr(fcn);
    void *jac_address = jac == Py_None || PyErr_Occurred() ? NULL : PyLong_AsVoidPtr(jac);

    if (PyErr_Occurred())
        return -1;
    if (fcn_address == NULL) {
        PyErr_SetString(PyExc_ValueError, "a compiled function must have an address");
        return -1;
    }
    /* POSIX promises that a function's address goes through void *; ISO C does not */
    compiled->fcn = *(minpack_residual **)(void *)&fcn_address;
    compiled->jac = *(minpack_jacobian **)(void *)&jac_address;
    compiled->calls = 0;
    compiled->looked = seconds();
    return 0;
}

/* Obey Ctrl-C now and then. Returns 0, or -1 with the error set. */
static int
look(Compiled *compiled)
{
    int status;

    if (++compiled->calls % CALLS_BETWEEN_LOOKS != 0 || !is_over(compiled->looked))
        return 0;
    PyEval_RestoreThread(*compiled->thread);
    status = PyErr_CheckSignals();
    *compiled->thread = PyEval_SaveThread();
    compiled->looked = seconds();
    return status;
}

int
compiled_residual(Compiled *compiled, int m, int n, const double *x, double *fvec)
{
    if (look(compiled) != 0)
        return STOP_ERROR;
    return compiled->fcn(compiled->ctx, m, n, x, fvec) == 0 ? 0 : STOP_FUNCTION;
}

int
compiled_jacobian(Compiled *compiled, int m, int n, const double *x, double *fjac)
{
    if (look(compiled) != 0)
        return STOP_ERROR;
    return compiled->jac(compiled->ctx, m, n, x, fjac) == 0 ? 0 : STOP_FUNCTION;
}

/* ---- A batch of fits ------------------------------------------------------------------------------------- */

/* One fit of it. */
typedef struct {
    Compiled functions;
    const Batch *batch;
    const Slot *slot;
    int started; /* whether the residuals at the start are known */
} Run;

/* With data, the function gives a model's values at all points. */
static int
run_residual(void *ctx, int m, int n, const double *x, double *fvec)
{
    Run *run = ctx;
    const Batch *batch = run->batch;
    double *value = batch->valid.array == NULL ? fvec : run->slot->value; /* all points may be more than m */
    int stop = compiled_residual(&run->functions, batch->m, n, x, value);

    if (stop != 0)
        return stop;
    residuals_of(batch, run->slot->fit, value, fvec);
    for (int i = 0; i < m && !run->started; i++)
        if (!isfinite(fvec[i]))
            return STOP_NOT_FINITE;
    run->started = 1;
    return 0;
}

static int
run_jacobian(void *ctx, int Py_UNUSED(m), int n, const double *x, double *fjac)
{
    Run *run = ctx;
    int stop = compiled_jacobian(&run->functions, run->batch->m, n, x, fjac);

    if (stop == 0)
        jacobian_of(run->batch, run->slot, fjac, 1, run->batch->m);
    return stop;
}

/* The fit that a slot has begun. Returns 0, or -1 with the error set where a signal has ended it. */
static int
run_fit(Batch *batch, Slot *slot, Run *run)
{
    minpack_state *s = &slot->s;

    run->started = 0;
    if (run->functions.jac != NULL)
        minpack_lmder(run_residual, run_jacobian, NULL, run, s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf,
                      slot->diag, slot->ftrial);
    else
        minpack_lmdif(run_residual, NULL, run, s, slot->x, slot->fvec, slot->fjac, slot->ipvt, slot->qtf, slot->diag,
                      slot->ftrial);
    if (s->info == -STOP_ERROR)
        return -1;
    if (!run->started)
        s->nfev = 1;
    finish(batch, slot, s->info);
    return 0;
}

const char compiled_run_doc[] =
    "run(fcn, jac, context, per_fit) -> bool\n\n"
    "Run fits with compiled functions of the types of minpack.h, given by their addresses, jac None for forward\n"
    "differences; without the GIL, for a moment. Whether there are fits left. context, a float64 array in C order or\n"
    "None, is what the functions get as ctx: its row of the fit where per_fit, else its beginning. In a batch with\n"
    "data the functions give a model's values and derivatives.";

PyObject *
compiled_run(Batch *batch, PyObject *args)
{
    PyObject *fcn, *jac, *context;
    Run run = {.batch = batch, .slot = batch->slots};
    char *rows = NULL;
    npy_intp stride = 0;
    double begun = seconds();
    int per_fit, status = 0, left = 1;
    PyThreadState *thread;

    if (!PyArg_ParseTuple(args, "OOOp:run", &fcn, &jac, &context, &per_fit)
        || compiled_functions(&run.functions, fcn, jac) != 0)
        return NULL;
    if (context != Py_None) {
        if (!is_plain(context)
            || (per_fit && (PyArray_NDIM((PyArrayObject *)context) < 1
                            || PyArray_DIM((PyArrayObject *)context, 0) != batch->count))) {
            PyErr_SetString(PyExc_ValueError, "run: the context must be a float64 array in C order, a row a fit");
            return NULL;
        }
        rows = PyArray_DATA((PyArrayObject *)context);
        if (per_fit && batch->count > 0)
            stride = PyArray_NBYTES((PyArrayObject *)context) / batch->count;
    }
    if (enter(batch) != 0)
        return NULL;
    run.functions.thread = &thread;
    thread = PyEval_SaveThread();
    while (status == 0 && left && !is_over(begun)) {
        left = begin_next(batch, batch->slots);
        if (left) {
            run.functions.ctx = rows == NULL ? NULL : rows + batch->slots->fit * stride;
            status = run_fit(batch, batch->slots, &run);
        }
    }
    PyEval_RestoreThread(thread);
    batch->busy = 0;
    return status != 0 ? NULL : PyBool_FromLong(left);
}
