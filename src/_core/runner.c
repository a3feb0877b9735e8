#define NO_IMPORT_ARRAY
#include "arguments.h"
#include "batch.h"
#include "compiled.h"
#include <numpy/arrayobject.h>
#include <string.h>

/* A batch of fits of compiled functions. */

/* What functions gave at points where many fits come by: at their start, if they have one start. */
typedef struct {
    size_t size; /* numbers in `points`; 0 if there are none yet */
    double *points, *values;
} Common;

/* What a function that gives derivatives behind its values gave a slot last, and where. */
typedef struct {
    const double *values; /* in `room`, or those that are common; NULL if there are none */
    double *point, *room;
} Latest;

/* Compiled functions, and what a batch hands to them. */
typedef struct {
    Compiled functions;
    Latest *latest;     /* of each slot; NULL if the function gives values only */
    minpack_loss *loss; /* NULL unless the loss is a function */
    Compiled moved;     /* its jac, if any, gives the residuals at n points with one parameter moved each */
    char *context;      /* NULL, or the row of the first fit */
    npy_intp stride;    /* bytes to the next fit's row; 0 if there is one for all */
    int m;              /* how many values the functions give, of which those of the batch are the first */
    int pure;           /* whether they give the same at the same point, and nobody minds how often they are called */
    double *values;     /* of each lane, or slot: room for m by n + 1 of them */
    double *points;     /* room for n + 1 of them */
    Common start, slopes;
} Runner;

/* Whether it is known what the functions give at these points, `size` numbers. */
static int
is_known(const Common *common, const double *points, size_t size)
{
    /* mostly the first number tells */
    return common->size == size && common->points[0] == points[0]
           && memcmp(common->points, points, size * sizeof(double)) == 0;
}

/* The residuals at points that differences need, one after the other. Returns 0, or what stopped it. */
static int
evaluate_moved(Runner *runner, minpack_fit *core, int count, double *values)
{
    int n = core->s.n, m = runner->m, stop = 0;

    if (runner->moved.jac == NULL) {
        for (npy_intp j = 0; j < count && stop == 0; j++)
            stop = compiled_residual(&runner->functions, m, n, runner->points + j * n, values + j * m);
        return stop;
    }
    for (npy_intp j = 0; j < n; j++) { /* it gets the point, and the moved parameters behind it */
        core->wa[j] = core->x[j];
        core->wa[n + j] = runner->points[j * n + j];
    }
    runner->moved.ctx = runner->functions.ctx;
    stop = compiled_jacobian(&runner->moved, m, 2 * n, core->wa, values);
    if (count > n && stop == 0)
        stop = compiled_residual(&runner->functions, m, n, core->x, values + (npy_intp)n * m);
    return stop;
}

/* Evaluate a function that gives derivatives, too, at a point of a slot. Returns 0, or what stopped it. */
static int
evaluate_both(Runner *runner, const Slot *slot, const double *point, Latest *latest)
{
    Common *start = &runner->start;
    size_t n = (size_t)slot->core.s.n, size = n * sizeof(double);
    int may_keep = runner->pure && slot->core.s.task == MINPACK_START, stop = 0;
    double *room = latest->room;

    memcpy(latest->point, point, size);
    latest->values = NULL;
    if (may_keep && is_known(start, point, n)) {
        latest->values = start->values;
        return 0;
    }
    may_keep = may_keep && start->size == 0;
    if (may_keep) {
        memcpy(start->points, point, size);
        room = start->values;
    }
    stop = compiled_residual(&runner->functions, runner->m, slot->core.s.n, point, room);
    if (stop != 0)
        return stop;
    if (may_keep)
        start->size = n;
    latest->values = room;
    return 0;
}

/* What a slot wants of such a function. The derivatives are at hand if x is the point where it was evaluated last: the
 * start, or a trial point that was taken. */
static int
evaluate_together(Runner *runner, const Slot *slot, Latest *latest, const double **values)
{
    const minpack_fit *core = &slot->core;
    const double *point = core->s.task == MINPACK_TRIAL ? core->xtrial : core->x;
    int of_jacobian = core->s.task == MINPACK_JACOBIAN, stop = 0;

    if (!of_jacobian || latest->values == NULL || memcmp(latest->point, point, (size_t)core->s.n * sizeof(double)) != 0)
        stop = evaluate_both(runner, slot, point, latest);
    if (stop == 0)
        *values = latest->values + (of_jacobian ? runner->m : 0);
    return stop;
}

/* What a slot wants: into *values, or these become where it is kept. Returns 0, or what stopped it. */
static int
evaluate_slot(Runner *runner, Slot *slot, double *room, const double **values)
{
    minpack_fit *core = &slot->core;
    int n = core->s.n, count = 1, stop;
    const double *points = core->s.task == MINPACK_TRIAL ? core->xtrial : core->x;
    Common *common = core->s.task == MINPACK_JACOBIAN ? &runner->slopes : &runner->start;
    int may_keep = runner->pure && core->s.task != MINPACK_TRIAL;
    size_t size;

    if (wants_differences(slot)) {
        count = minpack_fit_points(core, runner->points);
        points = runner->points;
    }
    size = (size_t)count * (size_t)n;
    if (may_keep && is_known(common, points, size)) {
        *values = common->values;
        return 0;
    }
    may_keep = may_keep && common->size == 0; /* later ones would be written over values that others wait with */
    if (may_keep) {
        memcpy(common->points, points, size * sizeof(double));
        room = common->values;
    }
    *values = room;
    if (wants_differences(slot))
        stop = evaluate_moved(runner, core, count, room);
    else if (wants_jacobian(slot))
        stop = compiled_jacobian(&runner->functions, runner->m, n, points, room);
    else
        stop = compiled_residual(&runner->functions, runner->m, n, points, room);
    if (may_keep && stop == 0)
        common->size = size;
    return stop;
}

/* Take each slot one step further that does not wait. Returns 0, or what stopped it; *left: whether there was any. */
static int
go_round(Runner *runner, Batch *batch, int *left)
{
    int stop = 0, m = runner->m, n = batch->n;

    *left = 0;
    for (npy_intp k = 0; k < batch->capacity && stop != STOP_ERROR; k++) {
        Slot *slot = batch->slots + k;
        double *room = runner->slopes.values;
        const double *values;

        if (slot->waits || !occupy(batch, slot))
            continue;
        *left = 1;
        runner->functions.ctx = runner->context == NULL ? NULL : runner->context + slot->fit * runner->stride;
        if (runner->latest != NULL) {
            stop = evaluate_together(runner, slot, runner->latest + k, &values);
        }
        else { /* behind those of the lanes that wait for their step */
            room = runner->values + batch->lanes.count * (npy_intp)m * (n + 1);
            stop = evaluate_slot(runner, slot, room, &values);
        }
        if (stop == 0)
            take_step(batch, slot, &(Values){values, .per_point = 1, .per_parameter = m});
        if (stop == 0 && !slot->waits && wants_loss(slot))
            stop = loss_compiled(batch, slot, runner->loss, room);
        if (stop == STOP_FUNCTION)
            finish(batch, slot, STOPPED_BY_FUNCTION);
    }
    return stop;
}

/* Run fits until patience is over. Returns whether there are fits left, or -1 with the error set. */
static int
run_for_a_while(Runner *runner, Batch *batch)
{
    double begun = seconds();
    int stop = 0, left = 1;

    while (stop != STOP_ERROR && left && !is_over(begun)) {
        stop = go_round(runner, batch, &left);
        if (left || batch->lanes.count + batch->lanes.trials == 0)
            continue;
        end_round(batch); /* all that is left waits: lanes stay empty */
        left = 1;
    }
    end_round(batch); /* what waits has its values in the runner */
    return stop == STOP_ERROR ? -1 : left;
}

/* The context of each fit, or one for all. Returns 0, or -1 with the error set. */
static int
take_context(Runner *runner, const Batch *batch, PyObject *context, int per_fit)
{
    PyArrayObject *array = (PyArrayObject *)context;
    PyObject *reference;

    if (compiled_context(&runner->functions, context) != 0)
        return -1;
    runner->context = runner->functions.ctx;
    if (runner->context == NULL)
        return 0;
    reference = hold_memory(context);
    if (reference == NULL || PyList_Append(batch->held, reference) != 0) {
        Py_XDECREF(reference);
        return -1;
    }
    Py_DECREF(reference);
    if (!per_fit)
        return 0;
    if (PyArray_NDIM(array) < 1 || PyArray_DIM(array, 0) != batch->count) {
        PyErr_SetString(PyExc_ValueError, "run: the context must have one row per fit");
        return -1;
    }
    if (batch->count > 0)
        runner->stride = PyArray_NBYTES(array) / batch->count;
    return 0;
}

/* The function that the settings of the batch announce. Returns 0, or -1 with the error set. */
static int
take_loss(Runner *runner, const Batch *batch, PyObject *loss)
{
    void *address = loss == NULL || loss == Py_None ? NULL : PyLong_AsVoidPtr(loss);

    if (PyErr_Occurred())
        return -1;
    if ((address != NULL) != (knows_bounds(batch->settings) && batch->settings->bounded.loss == MINPACK_CALLABLE)) {
        PyErr_SetString(PyExc_ValueError, "run: loss must be given if the settings have the loss 'callable', else not");
        return -1;
    }
    runner->loss = *(minpack_loss **)(void *)&address;
    return 0;
}

/* The memory of a runner. Returns 0, or -1 if there is none. */
static int
place(Runner *runner, const Batch *batch, int together)
{
    size_t m = (size_t)runner->m, n = (size_t)batch->n, of_values = m * (n + 1), of_points = n * (n + 1),
           places = together ? (size_t)batch->capacity : MINPACK_LANES, of_place = of_values + (together ? n : 0);

    runner->values = PyMem_Malloc((places * of_place + 3 * of_points + 2 * of_values) * sizeof(double));
    if (together)
        runner->latest = PyMem_Calloc(places, sizeof(Latest));
    if (runner->values == NULL || (together && runner->latest == NULL))
        return -1;
    for (size_t k = 0; together && k < places; k++) {
        runner->latest[k].room = runner->values + k * of_place;
        runner->latest[k].point = runner->latest[k].room + of_values;
    }
    runner->points = runner->values + places * of_place;
    runner->start.points = runner->points + of_points;
    runner->slopes.points = runner->start.points + of_points;
    runner->start.values = runner->slopes.points + of_points;
    runner->slopes.values = runner->start.values + of_values;
    return 0;
}

const char compiled_run_doc[] =
    "run(fcn, *, jac=None, moved=None, context=None, per_fit=False, loss=None, m=None, pure=False, together=False)\n"
    "-> bool\n\n"
    "Run fits with compiled functions of the types of minpack.h, given by their addresses; without the GIL, for a\n"
    "moment. Whether there are fits left. In a batch by differences moved may give, from 2n numbers, what fcn gives at\n"
    "the n points that have one parameter moved: behind the point are the n moved parameters. context, a float64\n"
    "array in C order, is what the functions get as ctx: its row of the fit if per_fit, else its beginning. In a batch\n"
    "with data the functions give a model's values and derivatives. loss is the address of a callable loss. The functions\n"
    "are called with m, at least the m of the batch, whose values are the first. Pure ones may be called once for all\n"
    "fits that begin at one point. If they are `together`, fcn gives the derivatives, too, behind its values.";

PyObject *
compiled_run(Batch *batch, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { FCN, JAC, MOVED, CONTEXT, PER_FIT, LOSS, OF_M, PURE, TOGETHER, ARGUMENTS };
    static Argument names[] = {{"fcn"},  {"jac"}, {"moved"}, {"context"},  {"per_fit"},
                               {"loss"}, {"m"},   {"pure"},  {"together"}, {NULL}};
    PyObject *a[ARGUMENTS];
    PyThreadState *thread;
    Runner runner = {.m = batch->m};
    int left, together;

    if (take_arguments("run", names, 1, args, count, keywords, a) != 0
        || compiled_functions(&runner.functions, a[FCN], a[JAC] == NULL ? Py_None : a[JAC], &thread) != 0
        || (a[MOVED] != NULL && compiled_functions(&runner.moved, a[FCN], a[MOVED], &thread) != 0)
        || take_context(&runner, batch, a[CONTEXT], a[PER_FIT] != NULL && PyObject_IsTrue(a[PER_FIT])) != 0
        || take_loss(&runner, batch, a[LOSS]) != 0 || (a[OF_M] != NULL && int_argument(a[OF_M], "m", &runner.m) != 0))
        return NULL;
    together = a[TOGETHER] != NULL && PyObject_IsTrue(a[TOGETHER]);
    if ((runner.functions.jac == NULL && !together) != batch->state.differences) {
        PyErr_SetString(PyExc_ValueError, "run: there must be derivatives unless the batch goes by differences");
        return NULL;
    }
    if (runner.m < batch->m) {
        PyErr_Format(PyExc_ValueError, "run: m must be at least the batch's, %d; got %d", batch->m, runner.m);
        return NULL;
    }
    runner.pure = a[PURE] != NULL && PyObject_IsTrue(a[PURE]) && runner.stride == 0;
    if (enter(batch) != 0)
        return NULL;
    if (place(&runner, batch, together) == 0) {
        thread = PyEval_SaveThread();
        left = run_for_a_while(&runner, batch);
        PyEval_RestoreThread(thread);
    }
    else {
        left = -1;
        PyErr_NoMemory();
    }
    batch->busy = 0;
    PyMem_Free(runner.values);
    PyMem_Free(runner.latest);
    return left < 0 ? NULL : PyBool_FromLong(left);
}
