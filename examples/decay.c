/* A model in C: residuals and Jacobian of a decay, for minpack. See compiled_c.py. */
#include <math.h>
#include "minpack.h"

/* minpack.h defines these types: the compiler checks the definitions below against them. */
minpack_residual decay;
minpack_jacobian decay_jacobian;

/* ctx points to the array that Python passes: m times, then m values. */
int
decay(void *ctx, int m, int n, const double *x, double *fvec)
{
    const double *t = ctx, *y = t + m;

    (void)n;
    for (int i = 0; i < m; i++)
        fvec[i] = x[0] * exp(-x[1] * t[i]) + x[2] - y[i];
    return 0;
}

/* Column by column: the derivatives of all residuals with respect to x[0], then x[1], then x[2]. */
int
decay_jacobian(void *ctx, int m, int n, const double *x, double *fjac)
{
    const double *t = ctx;

    (void)n;
    for (int i = 0; i < m; i++) {
        double e = exp(-x[1] * t[i]);
        fjac[i] = e;
        fjac[m + i] = -x[0] * t[i] * e;
        fjac[2 * m + i] = 1.0;
    }
    return 0;
}
