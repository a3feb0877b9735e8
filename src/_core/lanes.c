#define NO_IMPORT_ARRAY
#include "batch.h"

/* Jacobians factored several at once, side by side as the lanes of vector instructions. */

size_t
lanes_room(int m, int n)
{
    size_t columns = (size_t)n;

    return MINPACK_LANES * ((columns + 1) * (size_t)m + 4 * columns + (columns + 1) / 2);
}

void
lanes_place(Lanes *lanes, int m, int n, double *room)
{
    size_t columns = (size_t)n;

    lanes->a = room;
    lanes->h = lanes->a + MINPACK_LANES * (columns + 1) * (size_t)m;
    lanes->rdiag = lanes->h + MINPACK_LANES * columns;
    lanes->acnorm = lanes->rdiag + MINPACK_LANES * columns;
    lanes->wa = lanes->acnorm + MINPACK_LANES * columns;
    lanes->ipvt = (int *)(lanes->wa + MINPACK_LANES * columns);
}

/* Values into column j of the next lane; zeros for points that were left out. */
static void
fill_column(Batch *batch, int j, int rows, const double *values)
{
    double *lane = batch->lanes.a + (npy_intp)j * batch->m * MINPACK_LANES + batch->lanes.count;

    for (npy_intp i = 0; i < rows; i++)
        lane[i * MINPACK_LANES] = values[i];
    for (npy_intp i = rows; i < batch->m; i++)
        lane[i * MINPACK_LANES] = 0.0;
}

/* The Jacobians of all lanes, from the residuals at moved points unless they are given; then their factors. */
static void
factor(Batch *batch)
{
    void (*difference)(int, int, const double *, double *) = minpack_difference_lanes;
    void (*qrfac)(int, int, const int *, double *, int *, double *, double *, double *, double *,
                  const minpack_machine *) = minpack_qrfac_lanes;
    Lanes *lanes = &batch->lanes;

#ifdef MINPACK_AVX2
    if (__builtin_cpu_supports("avx2")) {
        difference = minpack_difference_lanes_avx2;
        qrfac = minpack_qrfac_lanes_avx2;
    }
#endif
    if (batch->state.differences)
        difference(batch->m, batch->n, lanes->h, lanes->a);
    qrfac(batch->m, batch->n, lanes->rows, lanes->a, lanes->ipvt, lanes->rdiag, lanes->acnorm, lanes->wa, batch->value,
          &batch->state.mach);
}

/* R and what goes with it from lane l to its fit. */
static void
empty_lane(const Batch *batch, int l)
{
    const Lanes *lanes = &batch->lanes;
    const double *a = lanes->a + l;
    const minpack_fit *core = &lanes->slots[l]->core;
    npy_intp m = batch->m, n = batch->n;

    for (npy_intp j = 0; j < n; j++) {
        for (npy_intp i = 0; i < j; i++)
            core->fjac[j * n + i] = a[(j * m + i) * MINPACK_LANES];
        core->fjac[j * n + j] = lanes->rdiag[j * MINPACK_LANES + l];
        core->qtf[j] = a[(n * m + j) * MINPACK_LANES];
        core->ipvt[j] = lanes->ipvt[j * MINPACK_LANES + l];
        core->acnorm[j] = lanes->acnorm[j * MINPACK_LANES + l];
    }
}

void
factor_lanes(Batch *batch)
{
    Lanes *lanes = &batch->lanes;
    int taken = lanes->count;

    for (; lanes->count < MINPACK_LANES; lanes->count++) { /* lanes of zeros, which cost nothing but their place */
        lanes->rows[lanes->count] = batch->m;
        for (int j = 0; j < batch->n; j++)
            lanes->h[j * MINPACK_LANES + lanes->count] = 1.0;
        for (int j = 0; j <= batch->n; j++)
            fill_column(batch, j, 0, NULL);
    }
    factor(batch);
    lanes->count = 0;
    for (int l = 0; l < taken; l++) {
        empty_lane(batch, l);
        minpack_propose(&lanes->slots[l]->core);
        settle(batch, lanes->slots[l]);
    }
}

void
fill_lanes(Batch *batch, Slot *slot, Values values)
{
    Lanes *lanes = &batch->lanes;
    minpack_fit *core = &slot->core;

    for (int j = 0; j < batch->n; j++) {
        if (core->s.differences) {
            Values moved = {values.data + j * values.per_parameter, 1, 0};
            data_residuals(batch->data, slot->fit, batch->m, moved, batch->value);
            lanes->h[j * MINPACK_LANES + lanes->count] = core->step[j];
        }
        else {
            data_derivatives(batch->data, slot->fit, batch->m, values, j, batch->value);
        }
        fill_column(batch, j, core->s.m, batch->value);
    }
    fill_column(batch, batch->n, core->s.m, core->fvec);
    lanes->rows[lanes->count] = core->s.m;
    lanes->slots[lanes->count++] = slot;
    if (lanes->count == MINPACK_LANES)
        factor_lanes(batch);
}
