/* log, log1p, and the logarithm of twice the precision for power.
 *
 * log(x) = k log(2) + log(m), m in sqrt(2)^+-1; with f = m - 1 and s = f / (2 + f), log(m) = 2 atanh(s) =
 * f - f^2 / 2 + s (f^2 / 2 + R(s^2)) (the arrangement of FDLIBM, Sun Microsystems 1993, which keeps the large terms
 * free of rounding). power takes log(m) = log(c) + log(1 + r) from a table of 128 c (Tang, ACM TOMS 16, 1990).
 */
#pragma once

#include "exponential.h"

/* Bits of x whose exponent field is 1023 + k for x in 2^k [sqrt(2) / 2, sqrt(2)). */
static inline uint64_t
log_bits(double x)
{
    return bits_of(x) + 0x95f6200000000;
}

static inline double
log_power(uint64_t t)
{
    return double_of(shift_right(t, 52) | 0x4330000000000000) - 0x1.00000000003ffp52;
}

/* x / 2^k, in sqrt(2)^+-1 */
static inline double
log_mantissa(uint64_t t)
{
    return double_of((t & 0xfffffffffffff) + 0x3fe6a09e00000000);
}

/* R(s^2) */
static inline double
log_rest(double s)
{
    const double z = s * s;
    const double z2 = z * z;
    const double z4 = z2 * z2;
    const double a = (LOG[0] + LOG[1] * z) + z2 * (LOG[2] + LOG[3] * z);
    const double b = (LOG[4] + LOG[5] * z) + z2 * (LOG[6] + LOG[7] * z);
    return z * (a + z4 * b);
}

/* f + fl - f^2 / 2 as hi, and as lo what is left of log(1 + f + fl), for 1 + f in sqrt(2)^+-1 */
static inline pair
log_sum(double f, double fl)
{
    const double fh = head(f);
    const double square = (0.5 * fh) * fh;
    const double square_low = (0.5 * (f - fh)) * (f + fh);
    const double s = f / (2.0 + f);
    const double y = f - square;
    const double rounding = ((f - y) - square) - square_low;
    return pair_of(y, s * ((square + square_low) + log_rest(s)) + (rounding + fl));
}

/* k log(2) + y.hi + y.lo, to be added */
static inline pair
log_with_power(double k, double y, double yl)
{
    const pair sum = quick_sum(k * LN2[0], y);
    return pair_of(sum.hi, yl + (k * LN2[1] + sum.lo));
}

/* What is left: log(0), negative numbers, infinity, NaN. */
static inline double
log_special(double x, double result)
{
    const double large = choose(x < INF, result, x);
    const double positive = choose(x > 0.0, large, double_of(0x7ff8000000000000));
    return canonical(choose(x == 0.0, -INF, positive));
}

/* log(x) as a sum, for x > 0 */
static inline pair
log_two(double x)
{
    const int tiny = x < 0x1p-1022;
    const uint64_t t = log_bits(choose(tiny, x * 0x1p54, x));
    const pair y = log_sum(log_mantissa(t) - 1.0, 0.0);
    return log_with_power(log_power(t) - choose(tiny, 54.0, 0.0), y.hi, y.lo);
}

static inline double
log_kernel(double x)
{
    const pair sum = log_two(x);
    return log_special(x, sum.hi + sum.lo);
}

/* Less than 2^62 where log_inside serves: 2^-511 <= x < 2^513. */
static inline uint64_t
log_offset(double x)
{
    return bits_of(x) - 0x2000000000000000;
}

/* The same as log_kernel, in fewer operations. */
static inline double
log_inside(double x)
{
    const uint64_t t = log_bits(x);
    const pair y = log_sum(log_mantissa(t) - 1.0, 0.0);
    const pair sum = log_with_power(log_power(t), y.hi, y.lo);
    return sum.hi + sum.lo;
}

/* log(1 + u + ul) as an unevaluated sum, for -1 < u < inf and ul small in u */
static inline pair
log1p_pair(double u, double ul)
{
    const pair v = two_sum(1.0, u);
    const uint64_t t = log_bits(v.hi);
    const double k = log_power(t);
    /* the low part over 2^k; beyond 2^60 it does not matter */
    const double down = double_of(0x7fe0000000000000 - (t & 0x7ff0000000000000));
    const double low = choose(u < 0x1p60, (v.lo + ul) * down, 0.0);
    const double f = log_mantissa(t) - 1.0;
    const pair g = two_sum(f, low);
    /* the low part in the derivative 1 / (1 + g) */
    const pair y = log_sum(g.hi, g.lo / (1.0 + g.hi));
    return log_with_power(k, y.hi, y.lo);
}

static inline double
log1p_kernel(double x)
{
    const pair sum = log1p_pair(x, 0.0);
    const double result = log_special(1.0 + x, sum.hi + sum.lo);
    return choose(magnitude(x) < 0x1p-54, x, result);
}
