#define NO_IMPORT_ARRAY
#include "batch.h"

/* Jacobians factored several at once, side by side as the lanes of vector instructions. */

size_t
lanes_room(int m, int n)
{
    size_t columns = (size_t)n, rows = (size_t)m;

    return MINPACK_LANES * ((2 * columns + 1) * rows + 3 * columns + (columns + 1) / 2) + rows;
}

void
lanes_place(Lanes *lanes, int m, int n, double *room)
{
    size_t columns = (size_t)n, rows = (size_t)m;

    lanes->a = room;
    lanes->columns = lanes->a + MINPACK_LANES * (columns + 1) * rows;
    lanes->rdiag = lanes->columns + MINPACK_LANES * columns * rows;
    lanes->acnorm = lanes->rdiag + MINPACK_LANES * columns;
    lanes->wa = lanes->acnorm + MINPACK_LANES * columns;
    lanes->column = lanes->wa + MINPACK_LANES * columns;
    lanes->ipvt = (int *)(lanes->column + rows);
}

/* The Jacobians of all lanes, from the residuals at moved points unless they are given; then their factors. */
static void
factor(Batch *batch)
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
    fill(batch->m, batch->n, lanes->lanes, lanes->a, lanes->acnorm);
    for (int l = 0; l < MINPACK_LANES; l++)
        rows[l] = lanes->lanes[l].rows;
    qrfac(batch->m, batch->n, rows, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa, lanes->column,
          first->bounded == NULL ? &first->s.mach : &first->bounded->s.mach);
}

/* R and what goes with it from lane l to its fit. */
static void
empty_lane(const Batch *batch, int l)
{
    const Lanes *lanes = &batch->lanes;
    const double *a = lanes->a + l;
    npy_intp m = batch->m, n = batch->n;
    minpack_factors to;

    minpack_fit_factors(&lanes->slots[l]->core, &to);
    for (npy_intp j = 0; j < n; j++) {
        for (npy_intp i = 0; i < j; i++)
            to.r[j * n + i] = a[(j * m + i) * MINPACK_LANES];
        to.r[j * n + j] = lanes->rdiag[j * MINPACK_LANES + l];
        to.qtf[j] = a[(n * m + j) * MINPACK_LANES];
        to.ipvt[j] = lanes->ipvt[j * MINPACK_LANES + l];
        to.acnorm[j] = lanes->acnorm[j * MINPACK_LANES + l];
    }
}

void
factor_lanes(Batch *batch)
{
    Lanes *lanes = &batch->lanes;
    int taken = lanes->count;

    for (int l = taken; l < MINPACK_LANES; l++) /* the same once more, which costs nothing but its place */
        lanes->lanes[l] = lanes->lanes[0];
    factor(batch);
    lanes->count = 0;
    for (int l = 0; l < taken; l++) {
        lanes->slots[l]->waits = 0;
        empty_lane(batch, l);
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
