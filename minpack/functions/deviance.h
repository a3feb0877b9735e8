/* The signed root of the deviance of Poisson's distribution, and its derivative.
 *
 * Twice (expected - count + count log(count / expected)) is a difference of nearly equal numbers near the data. There,
 * with d = (expected - count) / count, it is count d^2 (1 - 2 d / 3 + d^2 / 2 - 2 d^3 / 5 + ...), and the derivative
 * is a series, too.
 */
#ifndef MINPACK_DEVIANCE_H
#define MINPACK_DEVIANCE_H

#include "logarithm.h"

static const double DEVIANCE_NEAR = 0x1.47ae147ae147bp-7; /* 0.01 */
static const double DEVIANCE_NEAR_FOR_SLOPES = 0x1.a36e2eb1c432dp-14; /* 0.0001 */

/* NaN if a negative number is expected, infinite if none is and there are some */
static inline double
deviance_root_kernel(double expected, double count)
{
    const double d = (expected - count) / count;
    const double further = 1.0 / 3.0 + d * (-2.0 / 7.0 + d * (1.0 / 4.0 - d * (2.0 / 9.0)));
    const double series = 1.0 + d * (-2.0 / 3.0 + d * (1.0 / 2.0 + d * (-2.0 / 5.0 + d * further)));
    const double near = (root(count) * d) * root(series);
    const double whole = 2.0 * ((expected - count) + count * log_kernel(count / expected));
    const double size = root(choose(whole < 0.0, 0.0, whole));
    const double far = choose(count > expected, -size, size);
    const double some = choose(magnitude(d) < DEVIANCE_NEAR, near, far);
    const double any = choose(count == 0.0, root(2.0 * expected), some);
    return canonical(choose(expected >= 0.0, any, INF - INF));
}

/* By what is expected: (1 - count / expected) / root. */
static inline double
deviance_slope_kernel(double expected, double count)
{
    const double d = (expected - count) / count;
    const double series = 1.0 - d * (2.0 / 3.0 - d * (7.0 / 12.0 - d * (73.0 / 135.0)));
    const double far = (1.0 - count / expected) / deviance_root_kernel(expected, count);
    const int is_near = (count > 0.0) & (magnitude(d) < DEVIANCE_NEAR_FOR_SLOPES);
    return canonical(choose(is_near, series / root(count), far));
}

#endif
