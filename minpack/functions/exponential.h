/* exp, expm1, tanh and what else is made of exponentials.
 *
 * exp(x) = 2^k exp(r), |r| <= log(2) / 2, log(2) in two parts (Cody & Waite, Software Manual for the Elementary
 * Functions, 1980); exp(r) = 1 + r + r^2 P(r), whose first two terms are added without error.
 */
#pragma once

#include "sums.h"

/* r^2 P(r) = exp(r) - 1 - r */
static inline double
exp_tail(double r)
{
    const double z = r * r;
    const double z2 = z * z;
    const double a = (EXP[0] + EXP[1] * r) + z * (EXP[2] + EXP[3] * r);
    const double b = (EXP[4] + EXP[5] * r) + z * (EXP[6] + EXP[7] * r);
    const double c = (EXP[8] + EXP[9] * r) + z * EXP[10];
    return z * (a + z2 * (b + z2 * c));
}

/* The integer nearest to x / log(2), for |x| < 2^40. */
static inline double
exp_power(double x)
{
    return (x * INVLN2[0] + ROUND) - ROUND;
}

/* x + xl - k log(2) */
static inline pair
exp_reduced(double x, double xl, double k)
{
    const double high = x - k * LN2[0];
    const double low = k * LN2[1];
    const double r = high - low;
    return pair_of(r, ((high - r) - low) + xl);
}

/* exp(r + rl) as an unevaluated sum: 1 + r and the rest. */
static inline pair
exp_sum(double r, double rl)
{
    const double y = 1.0 + r;
    return pair_of(y, (r - (y - 1.0)) + (rl + exp_tail(r)));
}

static inline double
exp_kernel(double x)
{
    const double low = choose(x < -750.0, -750.0, x);
    const double inside = choose(low > 720.0, 720.0, low);
    const double k = exp_power(inside);
    const pair r = exp_reduced(inside, -0.0, k);
    const pair y = exp_sum(r.hi, r.lo);
    return canonical(scaled(y.hi + y.lo, k));
}

/* Less than 2^10 where exp_inside serves: 2^-512 <= exp(x) < 2^512, nearly. */
static inline uint64_t
exp_offset(double x)
{
    return bits_of(x * INVLN2[0] + ROUND) - 0x4337fffffffffe00;
}

/* The same as exp_kernel, in fewer operations: the power of 2 is added to the exponent. */
static inline double
exp_inside(double x)
{
    const double whole = x * INVLN2[0] + ROUND;
    const pair r = exp_reduced(x, -0.0, whole - ROUND);
    const pair y = exp_sum(r.hi, r.lo);
    return double_of(bits_of(y.hi + y.lo) + (bits_of(whole) << 52));
}

/* exp(r + rl) - 1 as r + r^2 / 2 and the rest, to about 2^-60 of itself */
static inline pair
exp_precise(double r, double rl)
{
    const double z = r * r;
    const double z2 = z * z;
    const double a = (EXP3[0] + EXP3[1] * r) + z * (EXP3[2] + EXP3[3] * r);
    const double b = (EXP3[4] + EXP3[5] * r) + z * (EXP3[6] + EXP3[7] * r);
    const double c = (EXP3[8] + EXP3[9] * r) + z * EXP3[10];
    const double rh = head(r);
    const double square = (0.5 * rh) * rh;
    const double square_low = (0.5 * (r - rh)) * (r + rh);
    const pair y = quick_sum(r, square);
    return quick_sum(y.hi, (z * r) * (a + z2 * (b + z2 * c)) + (y.lo + (square_low + (rl + r * rl))));
}

/* exp(x + xl) / 2^k to about 2^-60 of itself, for |x| < 2^40 */
static inline pair
exp_pair(double x, double xl, double k)
{
    const pair rest = exp_reduced(x, xl, k);
    const pair r = quick_sum(rest.hi, rest.lo);
    const pair p = exp_precise(r.hi, r.lo);
    const pair y = quick_sum(1.0, p.hi);
    return quick_sum(y.hi, y.lo + p.lo);
}

/* 2^k exp(r) - 1 for -60 <= k <= 1023, from p = exp(r) - 1 */
static inline pair
expm1_scaled(double p, double pl, double k)
{
    const double s = double_of((bits_of(k + ROUND) << 52) + 0x3ff0000000000000);
    const double t = s - 1.0;
    const pair y = two_sum(t, s * p);
    return quick_sum(y.hi, (y.lo + ((s - t) - 1.0)) + s * pl);
}

/* exp(x) - 1 to about 2^-60 of itself, for -40 <= x <= 709 */
static inline pair
expm1_pair(double x)
{
    const double k = exp_power(x);
    const pair r = exp_reduced(x, -0.0, k);
    const pair p = exp_precise(r.hi, r.lo);
    return expm1_scaled(p.hi, p.lo, k);
}

static inline double
expm1_kernel(double x)
{
    const double low = choose(x < -40.0, -40.0, x);
    const double inside = choose(low > 720.0, 720.0, low);
    const double k = exp_power(inside);
    const pair r = exp_reduced(inside, -0.0, k);
    const pair p = exp_precise(r.hi, r.lo);
    /* where 2^k may overflow the 1 does not matter */
    const double less = choose(k > 1000.0, 64.0, 0.0);
    const pair y = expm1_scaled(p.hi, p.lo, k - less);
    const double result = (y.hi + y.lo) * choose(k > 1000.0, 0x1p64, 1.0);
    return canonical(choose(magnitude(x) < 0x1p-54, x, result));
}

/* tanh(x) = E / (E + 2), E = exp(2 x) - 1 */
static inline double
tanh_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size > 20.0, 20.0, size);
    const pair e = expm1_pair(2.0 * inside);
    const pair d = two_sum(e.hi, 2.0);
    const double y = divided(e.hi, e.lo, d.hi, d.lo + e.lo);
    const double result = choose(size > 20.0, 1.0, y);
    return canonical(with_sign(choose(size < 0x1p-28, size, result), x));
}
