#define NO_IMPORT_ARRAY
#include "batch.h"
#include "compiled.h"
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

/* The values that a slot wants, into `value`. Returns 0, or what stopped it. */
static int
evaluate(Compiled *functions, const Batch *batch, Slot *slot, double *value)
{
    int m = batch->m, n = batch->n, stop = 0;

    if (slot->wants == WANTS_JACOBIAN)
        return compiled_jacobian(functions, m, n, slot->x, value);
    if (slot->wants != WANTS_DIFFERENCES)
        return compiled_residual(functions, m, n, slot->wants == WANTS_TRIAL ? slot->xtrial : slot->x, value);
    double *point = slot->wa, *moved = slot->wa + n;
    for (int j = 0; j < n; j++) {
        point[j] = slot->x[j];
        moved[j] = slot->x[j] + slot->step[j];
    }
    if (functions->jac != NULL)
        return compiled_jacobian(functions, m, n, point, value);
    for (int j = 0; j < n && stop == 0; j++) {
        point[j] = moved[j];
        stop = compiled_residual(functions, m, n, point, value + (npy_intp)j * m);
        point[j] = slot->x[j];
    }
    return stop;
}

const char compiled_run_doc[] =
    "run(fcn, jac, context, per_fit) -> bool\n\n"
    "Run fits with compiled functions of the types of minpack.h, given by their addresses; without the GIL, for a\n"
    "moment. Whether there are fits left. In a batch by forward differences jac is None, or gives what fcn gives at\n"
    "the n points that have one parameter moved: behind the point it finds the n moved parameters. context, a float64\n"
    "array in C order or None, is what the functions get as ctx: its row of the fit where per_fit, else its beginning.\n"
    "In a batch with data the functions give a model's values and derivatives.";

PyObject *
compiled_run(Batch *batch, PyObject *args)
{
    PyObject *fcn, *jac, *context;
    Compiled functions;
    char *rows = NULL;
    npy_intp stride = 0;
    double begun = seconds(), *value;
    int per_fit, stop = 0, left = 1;
    PyThreadState *thread;

    if (!PyArg_ParseTuple(args, "OOOp:run", &fcn, &jac, &context, &per_fit)
        || compiled_functions(&functions, fcn, jac) != 0)
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
    value = PyMem_Malloc((size_t)batch->m * (size_t)batch->n * sizeof(double));
    if (value == NULL)
        return PyErr_NoMemory();
    if (enter(batch) != 0) {
        PyMem_Free(value);
        return NULL;
    }
    batch->point_rows = batch->jacobian_rows = 0; /* what was asked for before is not wanted any more */
    functions.thread = &thread;
    thread = PyEval_SaveThread();
    while (stop != STOP_ERROR && left && !is_over(begun)) {
        left = 0;
        for (npy_intp k = 0; k < batch->capacity && stop != STOP_ERROR; k++) {
            Slot *slot = batch->slots + k;
            if (slot->wants == IDLE && !begin_next(batch, slot))
                continue;
            left = 1;
            functions.ctx = rows == NULL ? NULL : rows + slot->fit * stride;
            stop = evaluate(&functions, batch, slot, value);
            if (stop == 0)
                take_step(batch, slot, value, 1, batch->m);
            else if (stop == STOP_FUNCTION)
                finish(batch, slot, STOPPED_BY_FUNCTION);
        }
        end_round(batch);
    }
    PyEval_RestoreThread(thread);
    batch->busy = 0;
    PyMem_Free(value);
    return stop == STOP_ERROR ? NULL : PyBool_FromLong(left);
}
