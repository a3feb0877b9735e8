/* sqrt, cbrt, hypot, and log2 and log10, whose last step is a product in two parts. */
#pragma once

#include "hyperbolic.h"

static inline double
sqrt_kernel(double x)
{
    return canonical(root(x));
}

/* A polynomial, and a step of Halley from 22 bits of it: their square is exact (as in FreeBSD's cbrt, Evans 2005). */
static inline double
cbrt_kernel(double x)
{
    const double size = magnitude(x);
    const int tiny = size < 0x1p-1022;
    const uint64_t t = bits_of(choose(tiny, size * 0x1p54, size));
    /* size = m 2^(3 q + j - 1023) */
    const double e = double_of(shift_right(t, 52) | 0x4330000000000000) - 0x1p52;
    const double q = ((e - 1.0) * 0x1.5555555555555p-2 + ROUND) - ROUND;
    const double j = e - 3.0 * q;
    const double m = double_of((t & 0xfffffffffffff) | 0x3ff0000000000000);
    const double z = m * m;
    const double a = (CBRT[0] + CBRT[1] * m) + z * (CBRT[2] + CBRT[3] * m);
    const double p = a + (z * z) * ((CBRT[4] + CBRT[5] * m) + z * CBRT[6]);
    const double guess = p * choose(j == 0.0, 1.0, choose(j == 1.0, CBRT_TWO[0], CBRT_TWO[1]));
    const double b = m * choose(j == 0.0, 1.0, choose(j == 1.0, 2.0, 4.0));
    const double h = double_of(bits_of(guess) & 0xffffffffc0000000);
    const double r = b / (h * h);
    const double y = h + h * ((r - h) / ((h + h) + r));
    const double result = y * two_to(q - choose(tiny, 359.0, 341.0));
    const int plain = (size > 0.0) & (size < INF);
    return canonical(choose(plain, with_sign(result, x), x));
}

static inline double
hypot_kernel(double x, double y)
{
    const double xs = magnitude(x);
    const double ys = magnitude(y);
    const double larger = choose(xs > ys, xs, ys);
    const double smaller = choose(xs > ys, ys, xs);
    /* powers of two that keep the squares in range */
    const double down = choose(larger > 0x1p500, 0x1p-600, 1.0);
    const double scale = choose(larger < 0x1p-400, 0x1p600, down);
    const double up = choose(larger < 0x1p-400, 0x1p-600, choose(larger > 0x1p500, 0x1p600, 1.0));
    const double u = larger * scale;
    const double v = smaller * scale;
    const pair a = two_product(u, u);
    const pair b = two_product(v, v);
    const pair sum = quick_sum(a.hi, b.hi);
    const pair r = root_pair(sum.hi, sum.lo + (a.lo + b.lo));
    const double plain = (r.hi + r.lo) * up;
    const double result = choose(larger == 0.0, smaller, plain);
    return canonical(choose((xs == INF) | (ys == INF), INF, result));
}

static inline double
log2_kernel(double x)
{
    const double up = choose(x < 0x1p-1022, x * 0x1p54, x);
    const uint64_t t = log_bits(up);
    const double k = log_power(t) - choose(x < 0x1p-1022, 54.0, 0.0);
    const pair y = log_sum(log_mantissa(t) - 1.0, -0.0);
    const pair f = quick_sum(y.hi, y.lo);
    const pair p = two_product(f.hi, INVLN2[0]);
    const pair sum = quick_sum(k, p.hi);
    const double low = p.lo + (f.hi * INVLN2[1] + f.lo * INVLN2[0]);
    return log_special(x, sum.hi + (sum.lo + low));
}

static inline double
log10_kernel(double x)
{
    const double up = choose(x < 0x1p-1022, x * 0x1p54, x);
    const uint64_t t = log_bits(up);
    const double k = log_power(t) - choose(x < 0x1p-1022, 54.0, 0.0);
    const pair y = log_sum(log_mantissa(t) - 1.0, -0.0);
    const pair f = quick_sum(y.hi, y.lo);
    const pair p = two_product(f.hi, INVLN10[0]);
    const pair sum = quick_sum(k * LOG10_2[0], p.hi);
    const double low = p.lo + (f.hi * INVLN10[1] + f.lo * INVLN10[0]);
    return log_special(x, sum.hi + (sum.lo + (low + k * LOG10_2[1])));
}
