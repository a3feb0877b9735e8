#include "batch.h"

/* Steps of several fits at once, side by side as the lanes of vector instructions. */

/* Rows of the largest matrix: of a Jacobian, or of what bounded fits factor after it. */
static size_t
most_rows(int m, int n)
{
    return (size_t)(m > 2 * n ? m : 2 * n);
}

size_t
lanes_room(int m, int n)
{
    size_t columns = (size_t)n, rows = most_rows(m, n);

    return MINPACK_LANES * ((2 * columns + 1) * rows + 6 * columns + (columns + 1) / 2) + rows;
}

void
lanes_place(Lanes *lanes, int m, int n, double *room)
{
    size_t columns = (size_t)n, rows = most_rows(m, n);

    lanes->a = room;
    lanes->columns = lanes->a + MINPACK_LANES * (columns + 1) * rows;
    lanes->rdiag = lanes->columns + MINPACK_LANES * columns * rows;
    lanes->acnorm = lanes->rdiag + MINPACK_LANES * columns;
    lanes->wa = lanes->acnorm + MINPACK_LANES * columns;
    lanes->column = lanes->wa + MINPACK_LANES * 4 * columns;
    lanes->ipvt = (int *)(lanes->column + rows);
}

/* The routines for this processor. */
typedef struct {
    __typeof__(minpack_fill_lanes) *fill;
    __typeof__(minpack_qrfac_lanes) *qrfac;
    __typeof__(minpack_norm_lanes) *norm;
    __typeof__(minpack_propose_lanes) *propose;
} Routines;

static Routines
routines(void)
{
#ifdef MINPACK_AVX2
    if (__builtin_cpu_supports("avx2"))
        return (Routines){minpack_fill_lanes_avx2, minpack_qrfac_lanes_avx2, minpack_norm_lanes_avx2,
                          minpack_propose_lanes_avx2};
#endif
    return (Routines){minpack_fill_lanes, minpack_qrfac_lanes, minpack_norm_lanes, minpack_propose_lanes};
}

/* The lanes that are not taken get the first once more, which costs nothing but its place. */
static void
complete(Lanes *lanes, int taken)
{
    for (int l = taken; l < MINPACK_LANES; l++)
        lanes->lanes[l] = lanes->lanes[0];
}

/* Fill `taken` lanes with matrices of m rows, or fewer, and factor them. */
static void
factor(Batch *batch, int m, int taken)
{
    Lanes *lanes = &batch->lanes;
    const minpack_fit *first = &lanes->slots[0]->core;
    const minpack_machine *mach = first->bounded == NULL ? &first->s.mach : &first->bounded->s.mach;
    int rows[MINPACK_LANES];

    complete(lanes, taken);
    for (int l = 0; l < MINPACK_LANES; l++)
        rows[l] = lanes->lanes[l].rows;
    routines().fill(m, batch->n, lanes->lanes, lanes->a, lanes->acnorm, mach);
    routines().qrfac(m, batch->n, rows, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa, lanes->column,
                     mach);
}

/* R and what goes with it from lane l, with m rows, to its fit. */
static void
empty_lane(const Lanes *lanes, int l, npy_intp m, npy_intp n, const minpack_fit *core)
{
    const double *a = lanes->a + l;
    minpack_factors to;

    minpack_fit_factors(core, &to);
    for (npy_intp j = 0; j < n; j++) {
        double *r = to.r + j * to.ldr;
        for (npy_intp i = 0; i < j; i++)
            r[i] = a[(j * m + i) * MINPACK_LANES];
        r[j] = lanes->rdiag[j * MINPACK_LANES + l];
        to.qtf[j] = a[(n * m + j) * MINPACK_LANES];
        to.ipvt[j] = lanes->ipvt[j * MINPACK_LANES + l];
        to.acnorm[j] = lanes->acnorm[j * MINPACK_LANES + l];
    }
}

/* The factors that some of the fits in lanes, those with bounds nearby, want next. */
static void
factor_again(Batch *batch, Slot *const *slots, int count)
{
    Lanes *lanes = &batch->lanes;
    int n = batch->n, taken = 0, lane_of[MINPACK_LANES];

    for (int l = 0; l < count; l++) {
        minpack_factors at;
        lane_of[l] = -1;
        if (!minpack_shape(&slots[l]->core))
            continue;
        minpack_fit_factors(&slots[l]->core, &at);
        lanes->lanes[taken] = (minpack_lane){.rows = at.ldr, .columns = at.r, .stride = at.ldr, .vector = at.qtf};
        lane_of[l] = taken++;
    }
    if (taken == 0)
        return;
    factor(batch, 2 * n, taken);
    for (int l = 0; l < count; l++)
        if (lane_of[l] >= 0)
            empty_lane(lanes, lane_of[l], 2 * n, n, &slots[l]->core);
}

void
factor_lanes(Batch *batch)
{
    Lanes *lanes = &batch->lanes;
    int taken = lanes->count;

    factor(batch, batch->m, taken);
    lanes->count = 0;
    for (int l = 0; l < taken; l++) {
        lanes->slots[l]->waits = 0;
        empty_lane(lanes, l, batch->m, batch->n, &lanes->slots[l]->core);
    }
    if (lanes->slots[0]->core.bounded != NULL) {
        factor_again(batch, lanes->slots, taken);
        for (int l = 0; l < taken; l++)
            minpack_propose(&lanes->slots[l]->core);
    }
    else {
        minpack_fit *fits[MINPACK_LANES];
        for (int l = 0; l < MINPACK_LANES; l++)
            fits[l] = &lanes->slots[l < taken ? l : 0]->core;
        routines().propose(batch->m, taken, fits, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa,
                           lanes->column);
    }
    for (int l = 0; l < taken; l++)
        settle(batch, lanes->slots[l]);
}

void
judge_trials(Batch *batch)
{
    Lanes *lanes = &batch->lanes;
    minpack_lane of_trials[MINPACK_LANES];
    double norms[MINPACK_LANES];
    int taken = lanes->trials;

    for (int l = 0; l < MINPACK_LANES; l++) {
        const minpack_fit *core = &lanes->trial_slots[l < taken ? l : 0]->core;
        of_trials[l] = (minpack_lane){.rows = core->s.m, .vector = core->ftrial};
    }
    routines().norm(batch->m, of_trials, lanes->a, norms, lanes->column, &lanes->trial_slots[0]->core.s.mach);
    lanes->trials = 0;
    for (int l = 0; l < taken; l++) {
        Slot *slot = lanes->trial_slots[l];
        slot->waits = 0;
        minpack_judge(&slot->core, norms[l]);
        settle(batch, slot);
    }
}

void
join_trials(Batch *batch, Slot *slot)
{
    Lanes *lanes = &batch->lanes;

    slot->waits = 1;
    lanes->trial_slots[lanes->trials++] = slot;
    if (lanes->trials == MINPACK_LANES)
        judge_trials(batch);
}

/* The columns of a lane as the functions gave them, or, if that is not enough, worked out. */
static void
take_columns(Batch *batch, const Slot *slot, const Values *values, minpack_lane *lane)
{
    const Data *data = batch->data;
    const minpack_fit *core = &slot->core;
    int plain =
        data == NULL || (data->weights.array == NULL && data->valid.array == NULL && data->ydata.per_point == 1);

    lane->h = core->s.differences ? core->step : NULL;
    lane->columns = values->data;
    lane->stride = values->per_parameter;
    if (plain && values->per_point == 1) {
        if (data != NULL && core->s.differences)
            lane->minus = row_of(&data->ydata, slot->fit);
        return;
    }
    double *column = batch->lanes.columns + (npy_intp)batch->lanes.count * batch->n * batch->m;
    lane->columns = column;
    lane->stride = batch->m;
    for (int j = 0; j < batch->n; j++, column += batch->m) {
        if (core->s.differences) {
            Values moved = {values->data + j * values->per_parameter, 1, 0};
            data_residuals(data, slot->fit, batch->m, &moved, column);
        }
        else {
            data_derivatives(data, slot->fit, batch->m, values, j, column);
        }
    }
}

void
join_lanes(Batch *batch, Slot *slot, const Values *values)
{
    Lanes *lanes = &batch->lanes;
    const minpack_fit *core = &slot->core;
    minpack_lane *lane = lanes->lanes + lanes->count;

    lane->rows = core->s.m;
    lane->columns = core->fjac;
    lane->stride = core->s.m;
    lane->minus = NULL;
    lane->vector = core->ftrial;
    lane->h = NULL;
    if (core->bounded == NULL) {
        lane->vector = core->fvec;
        take_columns(batch, slot, values, lane);
    }
    slot->waits = 1;
    lanes->slots[lanes->count++] = slot;
    if (lanes->count == MINPACK_LANES)
        factor_lanes(batch);
}
