/* A batch of fits: their data, their results, and the fits under way; shared by the engines that drive them. */
#pragma once

#include "convert.h"
#include "data.h"
#include "minpack.h"
#include "results.h"
#include "settings.h"
#include <stdatomic.h>

/* What became of a fit of a batch, beside the codes of its method in minpack.h. */
enum {
    STOPPED_BY_FUNCTION = -1,
    NOT_FINITE_AT_START = MINPACK_BAD_RESIDUALS,
    TOO_FEW_POINTS = -4,
    NOT_RUN_YET = -5,
    BAD_BOUNDS = MINPACK_BAD_BOUNDS,
    START_OUT_OF_BOUNDS = MINPACK_OUTSIDE,
    JACOBIAN_NOT_FINITE = MINPACK_BAD_JACOBIAN,
};

/* One of the fits that are under way: none if core.s.task is MINPACK_DONE. Jacobians arrive as values, or, if they are
 * factored in lanes, core.fjac is n by n. While differences are wanted, core.step holds the increments. */
typedef struct {
    minpack_fit core;
    minpack_bounded bounded; /* what core.bounded points to, if the method of the batch knows bounds */
    npy_intp fit;            /* which of the batch */
    npy_intp row;            /* its first row among the points, or among the points of Jacobians, of a round */
    int waits;               /* whether it has its values, and waits for others to go on with it */
} Slot;

/* Fits that take a step together, each in a lane of `a` and of all other arrays: with a Jacobian, or with the residuals at
 * a trial point, in their place. */
typedef struct {
    int count, trials; /* lanes that are taken */
    Slot *slots[MINPACK_LANES], *trial_slots[MINPACK_LANES];
    minpack_lane lanes[MINPACK_LANES];
    int *ipvt;
    double *a, *rdiag, *acnorm, *wa, *column;
    double *columns; /* of each lane, if they are not as the functions gave them */
} Lanes;

typedef struct {
    PyObject_HEAD
    npy_intp count, next, capacity;
    Py_ssize_t begun, finished, away; /* fits of this batch */
    int m, n, scale_covariance;
    atomic_int busy;
    minpack_state state; /* of a fit about to begin */
    PyObject *data_object;
    const Settings *settings; /* owned */
    const Data *data;         /* NULL if the functions give residuals */
    Rows x0, lower, upper;    /* no bounds if the method does not know any */
    Results results;
    PyObject *held;        /* owned */
    double far, no_change; /* positive if the ends in results are looked at, and these stay as they are */
    Slot *slots;
    double *memory;
    int in_lanes; /* whether Jacobians are factored in lanes: small ones are, which fit in a processor's cache */
    Lanes lanes;
} Batch;

/* Whether a slot wants the Jacobian: as one, or as the residuals at the n points that differences need. */
static inline int
wants_jacobian(const Slot *slot)
{
    return slot->core.s.task == MINPACK_JACOBIAN && !slot->core.s.differences;
}

static inline int
wants_differences(const Slot *slot)
{
    return slot->core.s.task == MINPACK_JACOBIAN && slot->core.s.differences;
}

/* Whether a slot waits for a loss that the caller evaluates. It gets that before anything else is asked for. */
static inline int
wants_loss(const Slot *slot)
{
    return slot->core.s.task == MINPACK_LOSS;
}

/* How many points a slot that wants differences has moved: one per parameter, and where their base is not at hand, it. */
static inline int
moved_points(const Slot *slot)
{
    return slot->core.s.n + (slot->core.bounded != NULL && slot->core.bounded->s.moved);
}

/* Have a fit in a slot that has none: the next one that has not been run. FALSE if none is left. Fits with too few
 * points end here. */
int occupy(Batch *batch, Slot *slot);

int all_finite(const double *v, npy_intp size);

/* Write a fit's results where they belong; status last, as it says that the others are there. */
void finish(Batch *batch, Slot *slot, int status);

/* Take the step that what a slot wants, now at `values`, makes possible; residuals at moved points follow each other by
 * per_parameter. A step that waits for other lanes is taken by end_round at the latest; until then the values stay where
 * they are. */
void take_step(Batch *batch, Slot *slot, const Values *values);
void end_round(Batch *batch);

/* The memory of the lanes in doubles, and its distribution. */
size_t lanes_room(int m, int n);
void lanes_place(Lanes *lanes, int m, int n, double *room);

/* Give the next lane to a slot, and to the Jacobian at values, or in its place if the method knows bounds; when all are
 * taken, factor them and go on with each fit. */
void join_lanes(Batch *batch, Slot *slot, const Values *values);
void factor_lanes(Batch *batch);

/* The same for the residuals at a trial point, in their place, of a method that knows no bounds. */
void join_trials(Batch *batch, Slot *slot);
void judge_trials(Batch *batch);

/* After a step: the end of a fit that is done. */
void settle(Batch *batch, Slot *slot);

/* Evaluate a compiled loss for a slot that waits for it, and take the step that this makes possible; z is room for m
 * numbers. Returns what the function does. */
int loss_compiled(Batch *batch, Slot *slot, minpack_loss *loss, double *z);

/* A batch belongs to one thread at a time: returns 0, or -1 with the error set; ends with batch->busy = 0. */
int enter(Batch *batch);

/* Methods of the type: of the engine that goes by rounds, and for compiled functions. */
PyObject *rounds_run(Batch *batch, PyObject *const *args, Py_ssize_t count);
PyObject *compiled_run(Batch *batch, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
/* A function of the module. */
PyObject *call_with_columns(PyObject *module, PyObject *const *args, Py_ssize_t count);
extern const char call_with_columns_doc[], rounds_run_doc[], compiled_run_doc[];
