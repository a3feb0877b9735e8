/* lgamma: the logarithm of |gamma(x)|.
 *
 * From 1/2 to 8 (x - 1) (x - 2) h(x), h by one of 32 polynomials, 8 for each power of two, about the middles of their
 * intervals: so it is right at the zeros 1 and 2. From 8 on Stirling's series; below 1/2 gamma(x + 1) / x; below 0 the
 * reflection pi / (x sin(pi x) gamma(-x)). Near the zeros of lgamma below -2 the error is absolute: 2^-54.
 */
#pragma once

#include "logarithm.h"
#include "trigonometric.h"

/* lgamma(x) for 8 <= x, where log(x) = l: (x - 1/2) (log(x) - 1) + log(2 pi) / 2 - 1/2 + a series in 1 / x */
static inline pair
lgamma_stirling(double x, pair l)
{
    const pair less = two_sum(l.hi, -1.0);
    const pair a = two_sum(x, -0.5);
    const pair p = two_product(a.hi, less.hi);
    const double t = 1.0 / x;
    const double z = t * t;
    const double z2 = z * z;
    const double s = (STIRLING[0] + STIRLING[1] * z) + z2 * (STIRLING[2] + STIRLING[3] * z);
    const double s2 = (STIRLING[4] + STIRLING[5] * z) + z2 * STIRLING[6];
    const double rest = t * (s + (z2 * z2) * s2) + LGAMMA_CONSTANTS[0];
    return quick_sum(p.hi, p.lo + ((a.hi * (less.lo + l.lo) + a.lo * less.hi) + rest));
}

/* lgamma(x) for 1/2 <= x < 8, or, if small, lgamma(1 + x) for 0 < x < 1/2 */
static inline pair
lgamma_middle(double x, int small)
{
    const uint64_t bits = bits_of(choose(small, x + 1.0, x));
    const uint64_t i = shift_right(bits, 49) - 8176;
    const double middle = double_of((bits & 0xfffe000000000000) | 0x1000000000000);
    const double d = x - (middle - choose(small, 1.0, 0.0));
    const uint64_t at = (i << 3) + (i << 2); /* 12 a row */
    const double z = d * d;
    const double a = (LGAMMA[at + 2] + LGAMMA[at + 3] * d) + z * (LGAMMA[at + 4] + LGAMMA[at + 5] * d);
    const double b = (LGAMMA[at + 6] + LGAMMA[at + 7] * d) + z * (LGAMMA[at + 8] + LGAMMA[at + 9] * d);
    const double c = LGAMMA[at + 10] + LGAMMA[at + 11] * d;
    const double z2 = z * z;
    const pair h = quick_sum(LGAMMA[at], LGAMMA[at + 1] + d * (a + z2 * (b + z2 * c)));
    const double u = choose(small, x, x - 1.0);
    const pair v = two_sum(x, choose(small, -1.0, -2.0));
    const pair p = two_product(u, v.hi);
    const pair y = two_product(p.hi, h.hi);
    return quick_sum(y.hi, y.lo + (p.hi * h.lo + (p.lo + u * v.lo) * h.hi));
}

/* log(pi / (factor |sin(pi x)|)) for 0 < x < 2^50 */
static inline pair
lgamma_reflected(double x, double factor)
{
    const pair turns = sin_of_turns(x);
    const pair s = pair_of(magnitude(turns.hi), double_of(bits_of(turns.lo) ^ (bits_of(turns.hi) & 0x8000000000000000)));
    const pair p = two_product(s.hi, factor);
    const pair l = log_two(p.hi);
    const pair y = two_sum(LGAMMA_CONSTANTS[1], -l.hi);
    return pair_of(y.hi, y.lo + ((LGAMMA_CONSTANTS[2] - l.lo) - (p.lo + s.lo * factor) / p.hi));
}

static inline double
lgamma_kernel(double x)
{
    const double size = magnitude(x);
    const int finite = size <= LGAMMA_CONSTANTS[3];
    const double inside = choose(finite, size, 8.0);
    const int small = inside < 0.5;
    const int large = inside >= 8.0;
    const pair l = log_two(inside);
    const pair s = lgamma_stirling(choose(large, inside, 8.0), l);
    const pair m = lgamma_middle(choose(large, 1.0, inside), small);
    /* lgamma(1 + size) if small, else lgamma(size) */
    const double y = choose(large, s.hi, m.hi);
    const double yl = choose(large, s.lo, m.lo);
    const pair sum = quick_sum(choose(small, -l.hi, y), choose(small, y, 0.0));
    const double right = sum.hi + (sum.lo + choose(small, yl - l.lo, yl));
    const pair r = lgamma_reflected(choose(inside < 0x1p50, inside, 0.25), choose(small, 1.0, inside));
    const pair less = two_sum(r.hi, -y);
    const double left = less.hi + (less.lo + (r.lo - yl));
    const int whole = (choose(inside < 0x1p52, inside + 0x1p52, inside) - choose(inside < 0x1p52, 0x1p52, 0.0)) == inside;
    const double negative = choose(whole, INF, left);
    const double tiny = choose(size == 0.0, INF, -(l.hi + l.lo));
    const double result = choose(size < 0x1p-54, tiny, choose(x < 0.0, negative, right));
    return canonical(choose(x == x, choose(finite, result, INF), x));
}
