/* The derivatives of voigt, by the derivatives of Faddeeva's w(z): those of the same rules and residue, see voigt.h.
 *
 * Not from w itself, as w'(z) = 2i / sqrt(pi) - 2 z w(z), whose terms cancel where z is large. In numbers of single
 * precision: derivatives need no last bits. Pairs are complex numbers here.
 */
#pragma once

#include "voigt.h"

static inline pair
complex_product(pair a, pair b)
{
    return pair_of(a.hi * b.hi - a.lo * b.lo, a.hi * b.lo + a.lo * b.hi);
}

/* 1 / (z^2 - t^2) */
static inline pair
voigt_inverse(double x, double y, double t)
{
    const double real = (x - t) * (x + t) - y * y;
    const double imaginary = 2.0 * (x * y);
    const double over = 1.0 / (real * real + imaginary * imaginary);
    return pair_of(real * over, -imaginary * over);
}

/* (z^2 + t^2) / (z^2 - t^2)^2, weighted and added */
static inline pair
voigt_first_node(pair sum, double x, double y, double t, double weight)
{
    const pair r = voigt_inverse(x, y, t);
    const pair factor = pair_of((x - t) * (x + t) - y * y + 2.0 * (t * t), 2.0 * (x * y));
    const pair p = complex_product(factor, complex_product(r, r));
    return pair_of(sum.hi + weight * p.hi, sum.lo + weight * p.lo);
}

/* (z^2 + 3 t^2) / (z^2 - t^2)^3, weighted and added */
static inline pair
voigt_second_node(pair sum, double x, double y, double t, double weight)
{
    const pair r = voigt_inverse(x, y, t);
    const pair factor = pair_of((x - t) * (x + t) - y * y + 4.0 * (t * t), 2.0 * (x * y));
    const pair p = complex_product(factor, complex_product(r, complex_product(r, r)));
    return pair_of(sum.hi + weight * p.hi, sum.lo + weight * p.lo);
}

static inline pair
voigt_first_sum(double x, double y, int rule)
{
    const double t = choose(rule, 0.0, 0.25);
    const pair s13 = voigt_first_node(pair_of(0.0, 0.0), x, y, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]));
    const pair s12 = voigt_first_node(s13, x, y, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]));
    const pair s11 = voigt_first_node(s12, x, y, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]));
    const pair s10 = voigt_first_node(s11, x, y, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]));
    const pair s9 = voigt_first_node(s10, x, y, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]));
    const pair s8 = voigt_first_node(s9, x, y, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]));
    const pair s7 = voigt_first_node(s8, x, y, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]));
    const pair s6 = voigt_first_node(s7, x, y, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]));
    const pair s5 = voigt_first_node(s6, x, y, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]));
    const pair s4 = voigt_first_node(s5, x, y, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]));
    const pair s3 = voigt_first_node(s4, x, y, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]));
    const pair s2 = voigt_first_node(s3, x, y, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]));
    const pair s1 = voigt_first_node(s2, x, y, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]));
    return voigt_first_node(s1, x, y, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]));
}

static inline pair
voigt_second_sum(double x, double y, int rule)
{
    const double t = choose(rule, 0.0, 0.25);
    const pair s13 = voigt_second_node(pair_of(0.0, 0.0), x, y, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]));
    const pair s12 = voigt_second_node(s13, x, y, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]));
    const pair s11 = voigt_second_node(s12, x, y, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]));
    const pair s10 = voigt_second_node(s11, x, y, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]));
    const pair s9 = voigt_second_node(s10, x, y, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]));
    const pair s8 = voigt_second_node(s9, x, y, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]));
    const pair s7 = voigt_second_node(s8, x, y, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]));
    const pair s6 = voigt_second_node(s7, x, y, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]));
    const pair s5 = voigt_second_node(s6, x, y, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]));
    const pair s4 = voigt_second_node(s5, x, y, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]));
    const pair s3 = voigt_second_node(s4, x, y, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]));
    const pair s2 = voigt_second_node(s3, x, y, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]));
    const pair s1 = voigt_second_node(s2, x, y, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]));
    return voigt_second_node(s1, x, y, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]));
}

/* c = 1 / (1 - s exp(-2 pi i z / h)), with the factor of the residue that changes with the rule */
static inline pair
voigt_factor(double x, double y, double s)
{
    const double size = s * exp_kernel((4.0 * PI_TWO[0]) * y);
    const double turn = (2.0 * PI_TWO[0]) * (2.0 * x - ((2.0 * x + ROUND) - ROUND));
    const double real = 1.0 - size * cos_small(turn);
    const double imaginary = size * sin_small(turn);
    const double over = 1.0 / (real * real + imaginary * imaginary);
    return pair_of(real * over, -imaginary * over);
}

/* The residue 2 exp(-z^2) c */
static inline pair
voigt_pole(double x, double y, pair c)
{
    const double size = 2.0 * exp_kernel((y - x) * (y + x));
    const double turn = 2.0 * (x * y);
    return complex_product(pair_of(size * cos_small(turn), -(size * sin_small(turn))), c);
}

/* The derivative of its logarithm */
static inline pair
voigt_pole_slope(double x, double y, pair c)
{
    return pair_of((4.0 * PI_TWO[0]) * c.lo - 2.0 * x, (4.0 * PI_TWO[0]) * (1.0 - c.hi) - 2.0 * y);
}

/* w'(z) for 0 <= x, y <= 2^30; where the residue counts see voigt_w */
static inline pair
voigt_first(double x, double y)
{
    const int rule = (magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND)) >= 0.25) & (y < x);
    const pair sum = voigt_first_sum(x, y, rule);
    const int has = (y < VOIGT_STEP[2]) & (x < 30.0);
    const double a = choose(has, x, 0.25);
    const double b = choose(has, y, 0.0);
    const pair c = voigt_factor(a, b, choose(rule, 1.0, -1.0));
    const pair pole = complex_product(voigt_pole(a, b, c), voigt_pole_slope(a, b, c));
    return pair_of((2.0 * VOIGT_STEP[0]) * sum.lo + choose(has, pole.hi, 0.0),
                   choose(has, pole.lo, 0.0) - (2.0 * VOIGT_STEP[0]) * sum.hi);
}

/* The real part of w''(z) */
static inline double
voigt_second(double x, double y)
{
    const int rule = (magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND)) >= 0.25) & (y < x);
    const pair sum = voigt_second_sum(x, y, rule);
    const pair line = complex_product(pair_of(x, y), sum);
    const int has = (y < VOIGT_STEP[2]) & (x < 30.0);
    const double a = choose(has, x, 0.25);
    const double b = choose(has, y, 0.0);
    const pair c = voigt_factor(a, b, choose(rule, 1.0, -1.0));
    const pair slope = voigt_pole_slope(a, b, c);
    const pair square = complex_product(slope, slope);
    const pair bend = complex_product(c, pair_of(c.hi - 1.0, c.lo));
    const double k = (4.0 * PI_TWO[0]) * (4.0 * PI_TWO[0]);
    const pair pole = complex_product(voigt_pole(a, b, c),
                                      pair_of((square.hi - 2.0) - k * bend.hi, square.lo - k * bend.lo));
    return choose(has, pole.hi, 0.0) - (4.0 * VOIGT_STEP[0]) * line.lo;
}

/* Whether z is so large that the profile is a Lorentzian */
static inline int
voigt_is_far(double size, double sigma, double gamma)
{
    return (size > 0x1.6p30 * sigma) | (gamma > 0x1.6p30 * sigma) | (sigma == 0.0) | (size == INF);
}

static inline double
voigt_slope(double slope, double sigma, double gamma, double x)
{
    const int valid = (sigma >= 0.0) & (gamma >= 0.0) & (sigma < INF) & (gamma < INF) & (x == x);
    return canonical(choose(valid, slope, double_of(0x7ff8000000000000)));
}

static inline double
voigt_by_x_kernel(double x, double sigma, double gamma)
{
    const double size = magnitude(x);
    const int far = voigt_is_far(size, sigma, gamma);
    const double unit = choose(far, 1.0, sigma * SQRT2_TWO[0]);
    const pair w = voigt_first(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit);
    const double near = (w.hi * ((0.5 * VOIGT_STEP[3]) * SQRT2_TWO[0])) / sigma / sigma;
    const double larger = choose(size > gamma, size, gamma);
    const double u = size / larger;
    const double v = gamma / larger;
    const double d = u * u + v * v;
    const double line = choose(size < INF, (((-2.0 * u) * v) / (PI_TWO[0] * (d * d))) / larger / larger, 0.0);
    const double slope = choose(far, line, near);
    return voigt_slope(choose(x < 0.0, -slope, slope), sigma, gamma, x);
}

static inline double
voigt_by_gamma_kernel(double x, double sigma, double gamma)
{
    const double size = magnitude(x);
    const int far = voigt_is_far(size, sigma, gamma);
    const double unit = choose(far, 1.0, sigma * SQRT2_TWO[0]);
    const pair w = voigt_first(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit);
    const double near = (-w.lo * ((0.5 * VOIGT_STEP[3]) * SQRT2_TWO[0])) / sigma / sigma;
    const double larger = choose(size > gamma, size, gamma);
    const double u = size / larger;
    const double v = gamma / larger;
    const double d = u * u + v * v;
    const double line = choose(size < INF, (((u - v) * (u + v)) / (PI_TWO[0] * (d * d))) / larger / larger, 0.0);
    return voigt_slope(choose(far, line, near), sigma, gamma, x);
}

/* sigma times the second derivative by x: the profile spreads as heat does */
static inline double
voigt_by_sigma_kernel(double x, double sigma, double gamma)
{
    const double size = magnitude(x);
    const int far = voigt_is_far(size, sigma, gamma);
    const double unit = choose(far, 1.0, sigma * SQRT2_TWO[0]);
    const double w = voigt_second(choose(far, 1.0, size) / unit, choose(far, 1.0, gamma) / unit);
    const double near = (w * (0.5 * VOIGT_STEP[3])) / sigma / sigma;
    const double larger = choose(size > gamma, size, gamma);
    const double u = size / larger;
    const double v = gamma / larger;
    const double d = u * u + v * v;
    const double bend = ((2.0 * v) * (3.0 * (u * u) - v * v)) / (PI_TWO[0] * ((d * d) * d));
    const double line = choose(size < INF, ((sigma / larger) * bend) / larger / larger, 0.0);
    return voigt_slope(choose(far, line, near), sigma, gamma, x);
}
