/* erf, erfc, sinc.
 *
 * erfc(x) = exp(-x^2) g(x) for x >= 0, g by one of 40 polynomials, 8 for each power of two of 1 + x, about the middles
 * of their intervals; exp(-x^2) in two parts. The tables are Chebyshev interpolants of mpmath's erfc.
 */
#pragma once

#include "hyperbolic.h"
#include "trigonometric.h"

/* g(x) = exp(x^2) erfc(x) for 0 <= x < 31 */
static inline pair
erfcx_pair(double x)
{
    const uint64_t bits = bits_of(x + 1.0);
    const uint64_t i = shift_right(bits, 49) - 8184;
    const double middle = double_of((bits & 0xfffe000000000000) | 0x1000000000000) - 1.0;
    const double d = x - middle;
    const uint64_t at = (i << 4) - (i << 1); /* 14 a row */
    const double z = d * d;
    const double a = (ERFCX[at + 2] + ERFCX[at + 3] * d) + z * (ERFCX[at + 4] + ERFCX[at + 5] * d);
    const double b = (ERFCX[at + 6] + ERFCX[at + 7] * d) + z * (ERFCX[at + 8] + ERFCX[at + 9] * d);
    const double c = (ERFCX[at + 10] + ERFCX[at + 11] * d) + z * (ERFCX[at + 12] + ERFCX[at + 13] * d);
    const double z2 = z * z;
    return quick_sum(ERFCX[at], ERFCX[at + 1] + d * (a + z2 * (b + z2 * c)));
}

/* erfc(x) / 2^k for 0 <= x < 31, where e = exp(-x^2) / 2^k */
static inline pair
erfc_pair(double x, pair e)
{
    const pair g = erfcx_pair(x);
    const pair p = two_product(e.hi, g.hi);
    return quick_sum(p.hi, p.lo + (e.hi * g.lo + e.lo * g.hi));
}

static inline double
erfc_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size < 28.0, size, 28.0);
    const pair square = two_product(inside, inside);
    const double k = exp_power(-square.hi);
    const pair y = erfc_pair(inside, exp_pair(-square.hi, -square.lo, k));
    /* 2 - y, where 2^k is in range */
    const double s = two_to(choose(k < -1000.0, -1000.0, k));
    const pair sum = quick_sum(2.0, -(y.hi * s));
    const double left = sum.hi + (sum.lo - y.lo * s);
    const double result = choose(x < 0.0, left, scaled(y.hi + y.lo, k));
    return canonical(choose(x == x, result, x));
}

static inline double
erf_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size < 6.0, size, 6.0);
    const pair square = two_product(inside, inside);
    const double k = exp_power(-square.hi);
    const pair y = erfc_pair(inside, exp_pair(-square.hi, -square.lo, k));
    const double s = two_to(k);
    const pair sum = quick_sum(1.0, -(y.hi * s));
    const double large = sum.hi + (sum.lo - y.lo * s);
    const double z = square.hi;
    const double z2 = z * z;
    const double a = (ERF[0] + ERF[1] * z) + z2 * (ERF[2] + ERF[3] * z);
    const double b = (ERF[4] + ERF[5] * z) + z2 * (ERF[6] + ERF[7] * z);
    const double c = ERF[8] + ERF[9] * z;
    const double z4 = z2 * z2;
    /* 2 / sqrt(pi) - 1 in the first coefficient; scaled, as the product may be subnormal where x is not */
    const double small = size + size * (a + z4 * (b + z4 * c));
    const double tiny = (size * 0x1p200 + (size * 0x1p200) * ERF[0]) * 0x1p-200;
    const double result = choose(size < 0.5, choose(size < 0x1p-700, tiny, small), large);
    return canonical(choose(x == x, with_sign(result, x), x));
}

/* sin(pi x) / (pi x), as NumPy's sinc; 0 beyond 2^52, where x is an integer, and at infinity */
static inline double
sinc_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size < 0x1p51, size, 0x1p51);
    const pair over = sin_of_turns(inside);
    const pair under = two_product(inside, PI_TWO[0]);
    const double y = divided(over.hi, over.lo, under.hi, under.lo + inside * PI_TWO[1]);
    const double signed_ = double_of(bits_of(y) ^ ((bits_of(2.0 * inside + ROUND) & 2) << 62)) + 0.0;
    const double result = choose(size < 0x1p-27, 1.0, choose(size < 0x1p51, signed_, 0.0));
    return canonical(choose(x == x, result, x));
}
