#define NO_IMPORT_ARRAY
#include "ending.h"
#include <math.h>
#include <string.h>

/* Changes of the model below this part of its variation are none: exact data have no standard errors to compare with. */
#define NO_CHANGE 1e-6

static double
norm(int n, const double *x)
{
    double total = 0.0;

    for (int i = 0; i < n; i++)
        total += x[i] * x[i];
    return sqrt(total);
}

/* The norms of the Jacobian's columns, in the order of the pivots, from those of R. */
static void
column_norms(const minpack_fit *fit, double *norms)
{
    for (int j = 0; j < fit->s.n; j++)
        norms[j] = norm(j + 1, fit->fjac + (size_t)j * (size_t)fit->s.ldfjac);
}

/* z = Q'z, from the reflectors below R. R has taken the place of their first elements: those follow from the others, as
 * 1 + sqrt(1 - the sum of their squares). */
static void
reflect(const minpack_fit *fit, double *z)
{
    int m = fit->s.m;

    for (int j = 0; j < fit->s.n; j++) {
        const double *v = fit->fjac + (size_t)j * (size_t)fit->s.ldfjac;
        double squares = 0.0, along = 0.0, first;
        if (v[j] == 0.0)
            continue;
        for (int i = j + 1; i < m; i++) {
            squares += v[i] * v[i];
            along += v[i] * z[i];
        }
        first = 1.0 + sqrt(squares < 1.0 ? 1.0 - squares : 0.0);
        along = z[j] + along / first;
        z[j] -= first * along;
        for (int i = j + 1; i < m; i++)
            z[i] -= v[i] * along;
    }
}

/* q = the first n elements of Q'fvec for the residuals at x, with the last Jacobian, which is of the point before unless
 * the last step was refused. */
static const double *
left_over(minpack_fit *fit, double *q)
{
    int n = fit->s.n;

    memcpy(q, fit->qtf, (size_t)n * sizeof(double));
    if (fit->s.info == 4 || memcmp(fit->x, fit->xtrial, (size_t)n * sizeof(double)) != 0)
        return q;
    if (fit->s.par == 0.0) { /* else S has taken the place of parts of the reflectors */
        memcpy(fit->ftrial, fit->fvec, (size_t)fit->s.m * sizeof(double));
        reflect(fit, fit->ftrial);
        return fit->ftrial;
    }
    for (int j = 0; j < n; j++)
        for (int i = 0; i <= j; i++)
            q[i] += fit->fjac[(size_t)j * (size_t)fit->s.ldfjac + (size_t)i] * fit->step[fit->ipvt[j] - 1];
    return q;
}

/* How far the model varies around its mean, as the norm of a vector, and the largest number that it is computed from. */
static double
variation(minpack_fit *fit, const Data *data, npy_intp row, double *largest)
{
    int m = fit->s.m;
    double *model = fit->ftrial, mean = 0.0;

    data_derivatives(data, row, m, (Values){row_of(&data->ydata, row), data->ydata.per_point, 0}, 0, model);
    *largest = 0.0;
    for (int i = 0; i < m; i++) {
        *largest = fmax(*largest, fabs(model[i]));
        model[i] += fit->fvec[i];
        *largest = fmax(*largest, fabs(model[i]));
        mean += model[i] / m;
    }
    for (int i = 0; i < m; i++)
        model[i] -= mean;
    return norm(m, model);
}

Ending
ending_of(minpack_fit *fit, const Data *data, npy_intp row, int scale)
{
    Ending ending = {0.0, -1};
    int m = fit->s.m, n = fit->s.n, differences = fit->s.differences;
    double eps = fit->s.mach.epsmch, largest, rounding, varying, scatter, worst = 1.0, step = 0.0;
    double *norms = fit->wa, *noise = fit->wa + n;
    const double *q;

    if (fit->s.info < 1 || fit->s.info > 4 || (m <= n && scale) || !(fit->s.fnorm > 0.0 && fit->s.fnorm < INFINITY))
        return ending;
    varying = variation(fit, data, row, &largest);
    column_norms(fit, norms);
    rounding = sqrt((double)m) * eps * largest;
    for (int j = 0; j < n; j++) {
        double x = fit->x[fit->ipvt[j] - 1], change = minpack_difference_step(x, fit->s.epsfcn, &fit->s.mach);
        noise[j] = differences ? sqrt((double)m) * eps * largest / fabs(change) : m * eps * norms[j];
        if (differences && noise[j] >= worst * norms[j]) {
            worst = norms[j] > 0.0 ? noise[j] / norms[j] : INFINITY;
            ending.lost = fit->ipvt[j] - 1;
        }
    }
    for (int j = 0; j < n; j++)
        rounding += 10.0 * eps * norms[j] * fabs(fit->x[fit->ipvt[j] - 1]);
    if (scale && fit->s.fnorm <= NO_CHANGE * varying + rounding)
        ending.lost = -1; /* exact data: all errors are zero */
    q = left_over(fit, noise + n);
    for (int j = 0; j < n; j++)
        if (fabs(fit->fjac[(size_t)j * (size_t)fit->s.ldfjac + (size_t)j]) > noise[j])
            step += q[j] * q[j];
    step = sqrt(step);
    if (!(step > NO_CHANGE * varying + rounding))
        return ending;
    scatter = m > n ? fit->s.fnorm / sqrt((double)(m - n)) : 0.0;
    ending.distance = step / (scale ? scatter : fmax(1.0, scatter));
    return ending;
}
