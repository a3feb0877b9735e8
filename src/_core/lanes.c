#define NO_IMPORT_ARRAY
#include "batch.h"

/* Jacobians factored several at once, side by side as the lanes of vector instructions. */

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

    return MINPACK_LANES * ((2 * columns + 1) * rows + 3 * columns + (columns + 1) / 2) + rows;
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
    lanes->column = lanes->wa + MINPACK_LANES * columns;
    lanes->ipvt = (int *)(lanes->column + rows);
}

/* Fill `taken` lanes with matrices of m rows, or fewer, and factor them. */
static void
factor(Batch *batch, int m, int taken)
{
    void (*fill)(int, int, const minpack_lane *, double *, double *) = minpack_fill_lanes;
    void (*qrfac)(int, int, const int *, double *, int *, double *, double *, double *, double *,
                  const minpack_machine *) = minpack_qrfac_lanes;
    Lanes *lanes = &batch->lanes;
    const minpack_fit *first = &lanes->slots[0]->core;
    int rows[MINPACK_LANES];

#ifdef MINPACK_AVX2
    if (__builtin_cpu_supports("avx2")) {
        fill = minpack_fill_lanes_avx2;
        qrfac = minpack_qrfac_lanes_avx2;
    }
#endif
    for (int l = 0; l < MINPACK_LANES; l++) {
        if (l >= taken) /* the same once more, which costs nothing but its place */
            lanes->lanes[l] = lanes->lanes[0];
        rows[l] = lanes->lanes[l].rows;
    }
    fill(m, batch->n, lanes->lanes, lanes->a, lanes->acnorm);
    qrfac(m, batch->n, rows, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa, lanes->column,
          first->bounded == NULL ? &first->s.mach : &first->bounded->s.mach);
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
    if (lanes->slots[0]->core.bounded != NULL)
        factor_again(batch, lanes->slots, taken);
    for (int l = 0; l < taken; l++) {
        minpack_propose(&lanes->slots[l]->core);
        settle(batch, lanes->slots[l]);
    }
}

/* The columns of a lane as the functions gave them, or, if that is not enough, worked out. */
static void
take_columns(Batch *batch, const Slot *slot, Values values, minpack_lane *lane)
{
    const Data *data = batch->data;
    const minpack_fit *core = &slot->core;
    int plain =
        data == NULL || (data->weights.array == NULL && data->valid.array == NULL && data->ydata.per_point == 1);

    lane->h = core->s.differences ? core->step : NULL;
    lane->columns = values.data;
    lane->stride = values.per_parameter;
    if (plain && values.per_point == 1) {
        if (data != NULL && core->s.differences)
            lane->minus = row_of(&data->ydata, slot->fit);
        return;
    }
    double *column = batch->lanes.columns + (npy_intp)batch->lanes.count * batch->n * batch->m;
    lane->columns = column;
    lane->stride = batch->m;
    for (int j = 0; j < batch->n; j++, column += batch->m) {
        if (core->s.differences) {
            Values moved = {values.data + j * values.per_parameter, 1, 0};
            data_residuals(data, slot->fit, batch->m, moved, column);
        }
        else {
            data_derivatives(data, slot->fit, batch->m, values, j, column);
        }
    }
}

void
join_lanes(Batch *batch, Slot *slot, Values values)
{
    Lanes *lanes = &batch->lanes;
    const minpack_fit *core = &slot->core;
    minpack_lane *lane = lanes->lanes + lanes->count;

    *lane = (minpack_lane){.rows = core->s.m, .columns = core->fjac, .stride = core->s.m, .vector = core->ftrial};
    if (core->bounded == NULL) {
        lane->vector = core->fvec;
        take_columns(batch, slot, values, lane);
    }
    slot->waits = 1;
    lanes->slots[lanes->count++] = slot;
    if (lanes->count == MINPACK_LANES)
        factor_lanes(batch);
}
