#include "covariance.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

int
inverse_normal(const minpack_fit *fit, double *out)
{
    size_t n = (size_t)fit->s.n, ld = (size_t)fit->s.ldfjac;
    const double *r = fit->fjac;
    int has_nan = 0;

    for (size_t j = 0; j < n; j++) {
        if (r[j * ld + j] == 0.0)
            return 0;
        for (size_t i = 0; i <= j; i++)
            has_nan = has_nan || isnan(r[j * ld + i]);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            out[j * n + i] = has_nan ? NAN : r[j * ld + i];
    if (!has_nan)
        minpack_covar(fit->s.n, out, fit->s.n, fit->ipvt, 0.0, fit->wa);
    return 1;
}

double
cost_of(const minpack_fit *fit)
{
    double total = 0.0;

    if (fit->bounded != NULL)
        return fit->bounded->s.cost;
    for (int i = 0; i < fit->s.m; i++)
        total += fit->fvec[i] * fit->fvec[i];
    return 0.5 * total;
}

/* The same from the Jacobian in fjac, without the directions that it does not determine; there is one if it is finite. */
static int
inverse_on_its_range(const minpack_fit *fit, double *out)
{
    minpack_bounded *b = fit->bounded;
    size_t m = (size_t)fit->s.m, n = (size_t)fit->s.n, rows = m > n ? m : n;

    for (size_t i = 0; i < m * n; i++)
        if (!isfinite(fit->fjac[i]))
            return 0;
    for (size_t j = 0; j < n; j++) {
        memcpy(b->a + j * rows, fit->fjac + j * m, m * sizeof(double));
        for (size_t i = m; i < rows; i++)
            b->a[j * rows + i] = 0.0;
    }
    minpack_spectral_covar((int)rows, fit->s.n, b->a, fit->ipvt, out, fit->qtf, b->work, &b->s.mach);
    return 1;
}

void
parameter_covariance(const minpack_fit *fit, int scale, double cost, double *out)
{
    size_t n = (size_t)fit->s.n;
    int dof = fit->s.m - fit->s.n;
    int found = fit->bounded == NULL ? inverse_normal(fit, out) : inverse_on_its_range(fit, out);
    int defined = found && (!scale || dof > 0);
    double factor = scale ? 2.0 * cost / dof : 1.0;

    for (size_t i = 0; defined && i < n * n; i++) {
        out[i] = factor * out[i];
        defined = isfinite(out[i]);
    }
    for (size_t i = 0; !defined && i < n * n; i++)
        out[i] = INFINITY;
}

void
look_at_end(minpack_fit *core, const Data *data, npy_intp fit, npy_intp m, int scale, double *distance, int *lost)
{
    const Rows *y = &data->ydata;

    if (core->s.info < 1) /* there may be no residuals */
        return;
    data_derivatives(data, fit, m, &(Values){row_of(y, fit), y->per_point, 0}, 0, core->ftrial);
    minpack_ending(core, scale, distance, lost);
}

Py_ssize_t
not_finite_at_start(const minpack_fit *fit)
{
    if (fit->s.iter == 1 && fit->s.info == 4 && !isfinite(fit->s.fnorm))
        for (Py_ssize_t i = 0; i < fit->s.m; i++)
            if (!isfinite(fit->fvec[i]))
                return i;
    return -1;
}

int
is_stuck(const minpack_fit *fit)
{
    const minpack_state *s = &fit->s;

    return s->info == 4 && s->iter == 1 && s->m > s->n && fit->fjac[0] == 0.0 && s->fnorm > 0.0 && isfinite(s->fnorm);
}

int
is_blind(const minpack_fit *fit)
{
    const minpack_state *s = &fit->s;

    for (npy_intp j = 0; s->info == 4 && isfinite(s->fnorm) && j < s->n; j++)
        if (!isfinite(fit->fjac[j * s->ldfjac + j]))
            return 1;
    return 0;
}
