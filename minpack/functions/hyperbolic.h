/* sinh, cosh, logistic, exp2 and the inverse hyperbolic functions, from exp and log1p in two parts. */
#pragma once

#include "logarithm.h"

/* 2^k for an integer |k| <= 1022 */
static inline double
two_to(double k)
{
    return double_of((bits_of(k + ROUND) << 52) + 0x3ff0000000000000);
}

/* exp(-x) / 2^k of e = exp(x) / 2^k, for x >= 0; beyond k = 60 it does not matter */
static inline pair
exp_inverse(pair e, double k)
{
    const pair q = quotient(1.0, 0.0, e.hi, e.lo);
    const double s = two_to(-2.0 * choose(k > 500.0, 500.0, k));
    return pair_of(q.hi * s, q.lo * s);
}

/* (exp(x) + sign exp(-x)) / 2 for x >= 0 */
static inline double
exp_half_sum(double x, double sign)
{
    const double inside = choose(x > 720.0, 720.0, x);
    const double k = exp_power(inside);
    const pair e = exp_pair(inside, -0.0, k);
    const pair q = exp_inverse(e, k);
    const pair y = quick_sum(e.hi, sign * q.hi);
    return scaled(y.hi + (y.lo + (e.lo + sign * q.lo)), k - 1.0);
}

static inline double
cosh_kernel(double x)
{
    return canonical(exp_half_sum(magnitude(x), 1.0));
}

static inline double
sinh_kernel(double x)
{
    const double size = magnitude(x);
    const double large = exp_half_sum(size, -1.0);
    const double z = x * x;
    const double z2 = z * z;
    const double s = (SINH[0] + SINH[1] * z) + z2 * ((SINH[2] + SINH[3] * z) + z2 * (SINH[4] + SINH[5] * z));
    const double small = size + (size * z) * s;
    return canonical(with_sign(choose(size < 0.5, choose(size < 0x1p-28, size, small), large), x));
}

/* 1 / (1 + exp(-x)), where for negative x exp(x) / (1 + exp(x)) */
static inline double
logistic_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size > 760.0, -760.0, -size);
    const double k = exp_power(inside);
    const pair e = exp_pair(inside, -0.0, k);
    const double s = two_to(choose(k < -1000.0, -1000.0, k));
    const pair d = quick_sum(1.0, e.hi * s);
    const int positive = x >= 0.0;
    const double y = divided(choose(positive, 1.0, e.hi), choose(positive, 0.0, e.lo), d.hi, d.lo + e.lo * s);
    return canonical(choose(positive, y, scaled(y, k)));
}

static inline double
exp2_kernel(double x)
{
    const double low = choose(x < -1100.0, -1100.0, x);
    const double inside = choose(low > 1100.0, 1100.0, low);
    const double k = (inside + ROUND) - ROUND;
    const double f = inside - k;
    const pair r = two_product(f, LN2_TWO[0]);
    const pair y = exp_sum(r.hi, r.lo + f * LN2_TWO[1]);
    return canonical(scaled(y.hi + y.lo, k));
}

/* The square root of a + al, 0 for 0 */
static inline pair
root_pair(double a, double al)
{
    const double h = root(a);
    const pair p = two_product(h, h);
    const double rest = (((a - p.hi) - p.lo) + al) / (2.0 * h);
    return quick_sum(h, choose(h == 0.0, 0.0, rest));
}

/* log(1 + u + ul), or, if u is large, log(2 u) */
static inline double
log1p_or_double(double u, double ul, int large)
{
    const pair y = log1p_pair(u, ul);
    const pair sum = two_sum(y.hi, choose(large, LN2_TWO[0], 0.0));
    return sum.hi + (sum.lo + (y.lo + choose(large, LN2_TWO[1], 0.0)));
}

/* log(x + sqrt(x^2 + 1)) = log(1 + x + x^2 / (1 + sqrt(x^2 + 1))) */
static inline double
arcsinh_kernel(double x)
{
    const double size = magnitude(x);
    const int large = size > 0x1p60;
    const double inside = choose(large, 0x1p60, size);
    const pair square = two_product(inside, inside);
    const pair below = two_sum(1.0, square.hi);
    const pair r = root_pair(below.hi, below.lo + square.lo);
    const pair d = quick_sum(choose(r.hi > 1.0, r.hi, 1.0), choose(r.hi > 1.0, 1.0, r.hi));
    const pair q = quotient(square.hi, square.lo, d.hi, d.lo + r.lo);
    const pair u = two_sum(inside, q.hi);
    const pair v = quick_sum(u.hi, u.lo + q.lo);
    const double y = log1p_or_double(choose(large, size, v.hi), choose(large, 0.0, v.lo), large);
    const double finite = choose(size < INF, choose(size < 0x1p-28, size, y), size);
    return canonical(with_sign(finite, x));
}

/* log(x + sqrt(x^2 - 1)) = log(1 + t + sqrt(t^2 + 2 t)), t = x - 1 */
static inline double
arccosh_kernel(double x)
{
    const int large = x > 0x1p60;
    const double inside = choose(large, 0x1p60, choose(x >= 1.0, x, 1.0));
    const pair t = two_sum(inside, -1.0);
    const pair a = two_sum(inside, 1.0);
    const pair p = two_product(t.hi, a.hi);
    const pair r = root_pair(p.hi, p.lo + (t.hi * a.lo + t.lo * a.hi));
    const pair u = two_sum(t.hi, r.hi);
    const pair v = quick_sum(u.hi, u.lo + (t.lo + r.lo));
    const double y = log1p_or_double(choose(large, x, v.hi), choose(large, 0.0, v.lo), large);
    return canonical(choose(x >= 1.0, choose(x < INF, y, x), double_of(0x7ff8000000000000)));
}

/* log((1 + x) / (1 - x)) / 2 = log(1 + 2 x / (1 - x)) / 2 */
static inline double
arctanh_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size < 1.0, size, 0.5);
    const pair d = two_sum(1.0, -inside);
    const pair q = quotient(2.0 * inside, 0.0, d.hi, d.lo);
    const pair y = log1p_pair(q.hi, q.lo);
    const double small = choose(size < 0x1p-28, size, 0.5 * (y.hi + y.lo));
    const double large = choose(size == 1.0, INF, double_of(0x7ff8000000000000));
    return canonical(with_sign(choose(size < 1.0, small, large), x));
}
