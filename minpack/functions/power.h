/* power: exp(y log(x)), log(x) to about 2^-68 of itself. */
#pragma once

#include "logarithm.h"

/* log(x) for positive, finite x */
static inline pair
log_pair(double x)
{
    const double up = choose(x < 0x1p-1022, x * 0x1p54, x);
    const uint64_t t = log_bits(up);
    const double k = log_power(t) - choose(x < 0x1p-1022, 54.0, 0.0);
    const double m = log_mantissa(t);
    const uint64_t i = shift_right(t, 45) & 127;
    const double c = POWER_INVERSE[i];
    /* r = m c - 1, without error in two parts */
    const double mh = head(m);
    const pair r = two_sum(mh * c - 1.0, (m - mh) * c);
    const double rh = head(r.hi);
    const double square = (0.5 * rh) * rh;
    const double square_low = (0.5 * (r.hi - rh)) * (r.hi + rh);
    const double z = r.hi * r.hi;
    const double a = (POWER[0] + POWER[1] * r.hi) + z * (POWER[2] + POWER[3] * r.hi);
    const double p = a + (z * z) * ((POWER[4] + POWER[5] * r.hi) + z * POWER[6]);
    /* this sum is free of rounding: multiples of 2^-42 */
    const pair sum = two_sum(k * LN2[0] + POWER_HIGH[i], r.hi);
    const pair y = quick_sum(sum.hi, -square);
    const double low = (k * LN2[1] + POWER_LOW[i]) + (r.lo - r.lo * r.hi);
    return quick_sum(y.hi, (z * r.hi) * p + ((sum.lo + y.lo) + (low - square_low)));
}

/* |y| rounded to an integer, for |y| < 2^52 */
static inline double
power_rounded(double size)
{
    return (size + 0x1p52) - 0x1p52;
}

/* C99 F.9.4.4, for all that is not x finite, not zero, and y finite */
static inline double
power_special(double x, double y, double result)
{
    const double size = magnitude(x);
    const double ysize = magnitude(y);
    const double half = 0.5 * ysize;
    const int whole = (ysize >= 0x1p52) | (power_rounded(ysize) == ysize);
    const int odd = whole & (ysize < 0x1p53) & (power_rounded(half) != half);
    /* |x|^y where x is zero or infinite, or y infinite: 0 or inf */
    const double of_infinity = choose(y > 0.0, INF, 0.0);
    const double of_zero = choose(y > 0.0, 0.0, INF);
    const double of_one = choose(size == 1.0, 1.0, choose(size > 1.0, of_infinity, of_zero));
    const double a = choose(size == INF, of_infinity, result);
    const double b = choose(size == 0.0, of_zero, a);
    const double c = choose(ysize == INF, of_one, b);
    const double signed_ = choose(odd, with_sign(c, x), c);
    const int undefined = (x < 0.0) & (size < INF) & (ysize < INF);
    const double d = choose(undefined, choose(whole, signed_, double_of(0x7ff8000000000000)), signed_);
    const double e = choose((x == x) & (y == y), d, double_of(0x7ff8000000000000));
    return canonical(choose((x == 1.0) | (y == 0.0), 1.0, e));
}

static inline double
power_kernel(double x, double y)
{
    const pair log = log_pair(magnitude(x));
    /* beyond 2^80 the result is 0, 1 or inf all the same, and products of parts would overflow */
    const double low = choose(y < -0x1p80, -0x1p80, y);
    const double factor = choose(low > 0x1p80, 0x1p80, low);
    const pair p = two_product(factor, log.hi);
    const double tail = p.lo + factor * log.lo;
    const double above = choose(p.hi < -750.0, -750.0, p.hi);
    const double inside = choose(above > 720.0, 720.0, above);
    const double k = exp_power(inside);
    const pair rest = exp_reduced(inside, choose(inside == p.hi, tail, 0.0), k);
    const pair r = quick_sum(rest.hi, rest.lo);
    const pair e = exp_sum(r.hi, r.lo + r.hi * r.lo);
    return power_special(x, y, scaled(e.hi + e.lo, k));
}
