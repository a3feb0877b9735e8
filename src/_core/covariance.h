/* The covariance of a finished fit. */
#ifndef MINPACK_COVARIANCE_H
#define MINPACK_COVARIANCE_H

#include "minpack.h"

/* out = inverse(J'J), n by n, from R in fjac and the 1-based ipvt; all NaN where R has a NaN. Returns whether there is
 * one: not where R has a zero on its diagonal, and out is then left alone. wa has n elements. */
int covariance_of(const minpack_state *s, const double *fjac, const int *ipvt, double *out, double *wa);

#endif
