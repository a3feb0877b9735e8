#include "covariance.h"
#include <math.h>
#include <stddef.h>

int
covariance_of(const minpack_state *s, const double *fjac, const int *ipvt, double *out, double *wa)
{
    size_t n = (size_t)s->n, ld = (size_t)s->ldfjac;
    int has_nan = 0;

    for (size_t j = 0; j < n; j++) {
        if (fjac[j * ld + j] == 0.0)
            return 0;
        for (size_t i = 0; i <= j; i++)
            has_nan = has_nan || isnan(fjac[j * ld + i]);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            out[j * n + i] = has_nan ? NAN : fjac[j * ld + i];
    if (!has_nan)
        minpack_covar(s->n, out, s->n, ipvt, 0.0, wa);
    return 1;
}
