/* voigt: the real part of Faddeeva's w(z), scaled.
 *
 * The integral of a Gaussian over z - t by the trapezoidal or the midpoint rule, whichever has its nodes farther from
 * Re z, with the residue of the pole (Chiarella & Reichel, Math. Comp. 22, 1968; Matta & Reichel, Math. Comp. 25, 1971;
 * the choice of rule and step as Al Azah & Chandler-Wilde, SIAM J. Numer. Anal. 59, 2021). All terms of the real part
 * are positive, so that it is right where it is small. Ten units in the last place, not one.
 */
#ifndef MINPACK_VOIGT_H
#define MINPACK_VOIGT_H

#include "hyperbolic.h"
#include "trigonometric.h"

/* The real part of i / (z - t) + i / (z + t), less the factor y */
static inline double
voigt_node(double x, double y2, double t, double weight)
{
    const double a = (x - t) * (x - t) + y2;
    const double b = (x + t) * (x + t) + y2;
    return weight * ((a + b) / (a * b));
}

/* The sum over all nodes: h / pi times this times y is the rule */
static inline double
voigt_sum(double x, double y2, int rule)
{
    const double s0 = voigt_node(x, y2, choose(rule, VOIGT_T[0], VOIGT_M[0]), choose(rule, VOIGT_TW[0], VOIGT_MW[0]));
    const double s1 = voigt_node(x, y2, choose(rule, VOIGT_T[1], VOIGT_M[1]), choose(rule, VOIGT_TW[1], VOIGT_MW[1]));
    const double s2 = voigt_node(x, y2, choose(rule, VOIGT_T[2], VOIGT_M[2]), choose(rule, VOIGT_TW[2], VOIGT_MW[2]));
    const double s3 = voigt_node(x, y2, choose(rule, VOIGT_T[3], VOIGT_M[3]), choose(rule, VOIGT_TW[3], VOIGT_MW[3]));
    const double s4 = voigt_node(x, y2, choose(rule, VOIGT_T[4], VOIGT_M[4]), choose(rule, VOIGT_TW[4], VOIGT_MW[4]));
    const double s5 = voigt_node(x, y2, choose(rule, VOIGT_T[5], VOIGT_M[5]), choose(rule, VOIGT_TW[5], VOIGT_MW[5]));
    const double s6 = voigt_node(x, y2, choose(rule, VOIGT_T[6], VOIGT_M[6]), choose(rule, VOIGT_TW[6], VOIGT_MW[6]));
    const double s7 = voigt_node(x, y2, choose(rule, VOIGT_T[7], VOIGT_M[7]), choose(rule, VOIGT_TW[7], VOIGT_MW[7]));
    const double s8 = voigt_node(x, y2, choose(rule, VOIGT_T[8], VOIGT_M[8]), choose(rule, VOIGT_TW[8], VOIGT_MW[8]));
    const double s9 = voigt_node(x, y2, choose(rule, VOIGT_T[9], VOIGT_M[9]), choose(rule, VOIGT_TW[9], VOIGT_MW[9]));
    const double s10 = voigt_node(x, y2, choose(rule, VOIGT_T[10], VOIGT_M[10]), choose(rule, VOIGT_TW[10], VOIGT_MW[10]));
    const double s11 = voigt_node(x, y2, choose(rule, VOIGT_T[11], VOIGT_M[11]), choose(rule, VOIGT_TW[11], VOIGT_MW[11]));
    const double s12 = voigt_node(x, y2, choose(rule, VOIGT_T[12], VOIGT_M[12]), choose(rule, VOIGT_TW[12], VOIGT_MW[12]));
    const double s13 = voigt_node(x, y2, choose(rule, VOIGT_T[13], VOIGT_M[13]), choose(rule, VOIGT_TW[13], VOIGT_MW[13]));
    return (((s13 + s12) + (s11 + s10)) + (s9 + s8)) + (((s7 + s6) + (s5 + s4)) + (((s3 + s2) + s1) + s0));
}

/* The residue: the real part of 2 exp(-z^2) / (1 - s exp(-2 pi i z / h)), s = 1 for the trapezoidal rule, else -1 */
static inline double
voigt_residue(double x, double xl, double y, double yl, double s)
{
    /* exp(y^2 - x^2), the square in two parts */
    const pair a = two_sum(y, -x);
    const pair b = two_sum(y, x);
    const pair p = two_product(a.hi, b.hi);
    const double low = choose(p.hi < -760.0, 0.0, p.lo + ((a.hi * b.lo + a.lo * b.hi) + 2.0 * (y * yl - x * xl)));
    const double high = choose(p.hi < -760.0, -760.0, p.hi);
    const double k = exp_power(high);
    const pair e = exp_pair(high, low, k);
    const double size = scaled(e.hi + e.lo, k);
    const double g = exp_kernel(y * VOIGT_STEP[1]);
    const double turn = x * VOIGT_STEP[2];
    const double theta = (turn - ((turn + ROUND) - ROUND)) * (2.0 * PI_TWO[0]);
    const double phase = (2.0 * x) * y;
    const double real = 1.0 - (s * g) * cos_small(theta);
    const double imaginary = (s * g) * sin_small(theta);
    const double over = cos_small(phase) * real - sin_small(phase) * imaginary;
    return (2.0 * size) * (over / (real * real + imaginary * imaginary));
}

/* The real part of w(x + xl + i (y + yl)) for 0 <= x, y <= 2^30 */
static inline double
voigt_w(double x, double xl, double y, double yl)
{
    const double turn = x * VOIGT_STEP[2];
    const double part = magnitude(turn - ((turn + ROUND) - ROUND));
    const int rule = (part >= 0.25) & (y < x);
    const double sum = (VOIGT_STEP[3] * y) * voigt_sum(x, y * y, rule);
    /* where there is one; beyond 30 it is 0 */
    const double inside = choose(x < 30.0, x, 30.0);
    const double residue = voigt_residue(inside, xl, choose(y < VOIGT_STEP[0], y, 0.0), yl, choose(rule, 1.0, -1.0));
    return sum + choose(y < VOIGT_STEP[0], residue, 0.0);
}

/* gamma / (pi (x^2 + gamma^2)) */
static inline double
lorentz(double x, double gamma)
{
    const double larger = choose(x > gamma, x, gamma);
    const double u = x / larger;
    const double v = gamma / larger;
    return ((v / (u * u + v * v)) / larger) * VOIGT_STEP[4];
}

static inline double
voigt_kernel(double x, double sigma, double gamma)
{
    const double size = magnitude(x);
    const pair p = two_product(sigma, SQRT2_TWO[0]);
    const double low = p.lo + sigma * SQRT2_TWO[1];
    const pair a = quotient(size, 0.0, p.hi, low);
    const pair b = quotient(gamma, 0.0, p.hi, low);
    const int far = (a.hi > 0x1p30) | (b.hi > 0x1p30) | (sigma == 0.0) | (size == INF);
    const double x1 = choose(far, 1.0, a.hi);
    const double y1 = choose(far, 1.0, b.hi);
    const double w = voigt_w(x1, choose(far, 0.0, a.lo), y1, choose(far, 0.0, b.lo)) * (VOIGT_STEP[5] / sigma);
    const double line = choose((size == 0.0) & (gamma == 0.0), INF, lorentz(size, gamma));
    const double y = choose(far, choose(size < INF, line, 0.0), w);
    const int valid = (sigma >= 0.0) & (gamma >= 0.0) & (sigma < INF) & (gamma < INF) & (x == x);
    return canonical(choose(valid, y, double_of(0x7ff8000000000000)));
}

#endif
