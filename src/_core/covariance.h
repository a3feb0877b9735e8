/* What a finished fit says: the covariance, and when there is one; whether it ended at a minimum. */
#pragma once

#include "data.h"
#include "minpack.h"

/* out = inverse(J'J), n by n, from R in fjac and ipvt; all NaN if R has a NaN. Returns whether there is one: not if R has
 * a zero on its diagonal, and out is then left as it is. wa is spoilt. */
int inverse_normal(const minpack_fit *fit, double *out);

/* Half the sum of squares, or what the loss makes of it. */
double cost_of(const minpack_fit *fit);

/* out = the covariance of the parameters: inverse(J'J), times the variance of the residuals, from the cost, if it is to be
 * scaled. If any element is not finite, it cannot be estimated, and all are inf. Directions that the data do not determine
 * are left out if the method knows bounds. */
void parameter_covariance(const minpack_fit *fit, int scale, double cost, double *out);

/* How far a fit of data of m points ended from a minimum, and which parameter's differences are rounding: what
 * minpack_ending says, if the fit began. ftrial and wa are spoilt. */
void look_at_end(minpack_fit *core, const Data *data, npy_intp fit, npy_intp m, int scale, double *distance, int *lost);

/* The first residual that is not finite if the fit ended at once for that reason, else -1. */
Py_ssize_t not_finite_at_start(const minpack_fit *fit);

/* Whether it ended at its start because no residual changes with any parameter, though they are not all zero. (Further
 * on that is a minimum, as of x*x + 1, and so may be a start if there is no more than one residual per parameter.) Pivots
 * come first, so that R is zero if it begins with a zero. */
int is_stuck(const minpack_fit *fit);

/* Whether it ended because derivatives are not finite, which looks like a gradient of zero. */
int is_blind(const minpack_fit *fit);
