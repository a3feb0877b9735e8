/* voigt: the real part of Faddeeva's w(z), scaled.
 *
 * The integral of a Gaussian over z - t by the trapezoidal or the midpoint rule, whichever has its nodes farther from
 * Re z, with the residue of the pole (Chiarella & Reichel, Math. Comp. 22, 1968; Matta & Reichel, Math. Comp. 25, 1971;
 * the choice of rule as Al Azah & Chandler-Wilde, SIAM J. Numer. Anal. 59, 2021). The step is 1/2, so that the nodes are
 * exact. All nodes of the real part are positive, so that it is right where it is small. All in two parts.
 */
#pragma once

#include "hyperbolic.h"
#include "trigonometric.h"

/* (a + al) (b + bl) */
static inline pair
pair_product(pair a, pair b)
{
    const pair p = two_product(a.hi, b.hi);
    return quick_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline pair
pair_sum(pair a, pair b)
{
    const pair s = two_sum(a.hi, b.hi);
    return quick_sum(s.hi, s.lo + (a.lo + b.lo));
}

/* (x + xl - t)^2 + y2 */
static inline pair
voigt_distance(double x, double xl, double t, pair y2)
{
    const pair d = two_sum(x, -t);
    const pair p = two_product(d.hi, d.hi);
    const pair s = two_sum(p.hi, y2.hi);
    return pair_of(s.hi, s.lo + (p.lo + (2.0 * d.hi) * (d.lo + xl) + y2.lo));
}

/* The real part of i / (z - t) + i / (z + t), less the factor y, weighted and added */
static inline pair
voigt_node(pair sum, double x, double xl, pair y2, double t, double weight, double weight_low)
{
    const pair a = voigt_distance(x, xl, t, y2);
    const pair b = voigt_distance(x, xl, -t, y2);
    const pair over = two_sum(a.hi, b.hi);
    const pair under = two_product(a.hi, b.hi);
    const double inverse = 1.0 / under.hi;
    const double q = over.hi * inverse;
    const pair back = two_product(q, under.hi);
    const double under_low = under.lo + (a.hi * b.lo + a.lo * b.hi);
    const double rest = (((over.hi - back.hi) - back.lo) + (over.lo + (a.lo + b.lo))) - q * under_low;
    const pair p = two_product(weight, q);
    const pair s = two_sum(sum.hi, p.hi);
    return pair_of(s.hi, sum.lo + (s.lo + (p.lo + (weight * (rest * inverse) + weight_low * q))));
}

/* The sum over all nodes: h / pi times this times y is the rule */
static inline pair
voigt_sum(double x, double xl, pair y2, int rule)
{
    const double t = choose(rule, 0.0, 0.25);
    const pair s13 = voigt_node(pair_of(0.0, 0.0), x, xl, y2, 6.5 + t, choose(rule, VOIGT_TW[26], VOIGT_MW[26]),
                                choose(rule, VOIGT_TW[27], VOIGT_MW[27]));
    const pair s12 = voigt_node(s13, x, xl, y2, 6.0 + t, choose(rule, VOIGT_TW[24], VOIGT_MW[24]),
                                choose(rule, VOIGT_TW[25], VOIGT_MW[25]));
    const pair s11 = voigt_node(s12, x, xl, y2, 5.5 + t, choose(rule, VOIGT_TW[22], VOIGT_MW[22]),
                                choose(rule, VOIGT_TW[23], VOIGT_MW[23]));
    const pair s10 = voigt_node(s11, x, xl, y2, 5.0 + t, choose(rule, VOIGT_TW[20], VOIGT_MW[20]),
                                choose(rule, VOIGT_TW[21], VOIGT_MW[21]));
    const pair s9 = voigt_node(s10, x, xl, y2, 4.5 + t, choose(rule, VOIGT_TW[18], VOIGT_MW[18]),
                                choose(rule, VOIGT_TW[19], VOIGT_MW[19]));
    const pair s8 = voigt_node(s9, x, xl, y2, 4.0 + t, choose(rule, VOIGT_TW[16], VOIGT_MW[16]),
                                choose(rule, VOIGT_TW[17], VOIGT_MW[17]));
    const pair s7 = voigt_node(s8, x, xl, y2, 3.5 + t, choose(rule, VOIGT_TW[14], VOIGT_MW[14]),
                                choose(rule, VOIGT_TW[15], VOIGT_MW[15]));
    const pair s6 = voigt_node(s7, x, xl, y2, 3.0 + t, choose(rule, VOIGT_TW[12], VOIGT_MW[12]),
                                choose(rule, VOIGT_TW[13], VOIGT_MW[13]));
    const pair s5 = voigt_node(s6, x, xl, y2, 2.5 + t, choose(rule, VOIGT_TW[10], VOIGT_MW[10]),
                                choose(rule, VOIGT_TW[11], VOIGT_MW[11]));
    const pair s4 = voigt_node(s5, x, xl, y2, 2.0 + t, choose(rule, VOIGT_TW[8], VOIGT_MW[8]),
                                choose(rule, VOIGT_TW[9], VOIGT_MW[9]));
    const pair s3 = voigt_node(s4, x, xl, y2, 1.5 + t, choose(rule, VOIGT_TW[6], VOIGT_MW[6]),
                                choose(rule, VOIGT_TW[7], VOIGT_MW[7]));
    const pair s2 = voigt_node(s3, x, xl, y2, 1.0 + t, choose(rule, VOIGT_TW[4], VOIGT_MW[4]),
                                choose(rule, VOIGT_TW[5], VOIGT_MW[5]));
    const pair s1 = voigt_node(s2, x, xl, y2, 0.5 + t, choose(rule, VOIGT_TW[2], VOIGT_MW[2]),
                                choose(rule, VOIGT_TW[3], VOIGT_MW[3]));
    const pair s0 = voigt_node(s1, x, xl, y2, 0.0 + t, choose(rule, VOIGT_TW[0], VOIGT_MW[0]),
                                choose(rule, VOIGT_TW[1], VOIGT_MW[1]));
    return quick_sum(s0.hi, s0.lo);
}

/* cos(2 pi (f + fl)) for |f| <= 1/2, and the sine a quarter of a turn later */
static inline pair
cos_of_turn(double f, double fl, uint64_t more)
{
    const double k = 4.0 * f + ROUND;
    const double rest = f - 0.25 * (k - ROUND);
    const pair r = two_product(rest, 2.0 * PI_TWO[0]);
    const double rl = r.lo + (rest * (2.0 * PI_TWO[1]) + fl * (2.0 * PI_TWO[0]));
    return sin_pair_in_quadrant(r.hi, rl, bits_of(k) + 1 + more);
}

/* The residue: the real part of 2 exp(-z^2) / (1 - s exp(-2 pi i z / h)), s = 1 for the trapezoidal rule, else -1 */
static inline pair
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
    /* s exp(4 pi y) */
    const pair u = two_product(y, 4.0 * PI_TWO[0]);
    const double ul = u.lo + (y * (4.0 * PI_TWO[1]) + yl * (4.0 * PI_TWO[0]));
    const double m = exp_power(u.hi);
    const pair v = exp_pair(u.hi, ul, m);
    const double signed_ = s * two_to(m);
    const pair g = pair_of(v.hi * signed_, v.lo * signed_);
    const double f = 2.0 * x - ((2.0 * x + ROUND) - ROUND);
    const pair c = pair_product(g, cos_of_turn(f, 2.0 * xl, 0));
    const pair imaginary = pair_product(g, cos_of_turn(f, 2.0 * xl, 3));
    const pair real = pair_sum(pair_of(1.0, 0.0), pair_of(-c.hi, -c.lo));
    /* exp(-2 i x y) */
    const pair w = two_product(2.0 * x, y);
    const double turns = quadrant(w.hi);
    const pair r = reduced(w.hi, turns - ROUND);
    const double rl = r.lo + (w.lo + 2.0 * (x * yl + xl * y));
    const pair cosine = sin_pair_in_quadrant(r.hi, rl, bits_of(turns) + 1);
    const pair sine = sin_pair_in_quadrant(r.hi, rl, bits_of(turns));
    const pair left = pair_product(cosine, real);
    const pair right = pair_product(sine, imaginary);
    const pair over = pair_sum(left, pair_of(-right.hi, -right.lo));
    const pair squares = pair_sum(pair_of(1.0, 0.0), pair_product(g, g));
    const pair under = pair_sum(squares, pair_of(-2.0 * c.hi, -2.0 * c.lo));
    const pair q = pair_product(e, quotient(over.hi, over.lo, under.hi, under.lo));
    return pair_of(scaled(2.0 * q.hi, k), scaled(2.0 * q.lo, k));
}

/* The real part of w(x + xl + i (y + yl)) for 0 <= x, y <= 2^30 */
static inline pair
voigt_w(double x, double xl, double y, double yl)
{
    const double part = magnitude(2.0 * x - ((2.0 * x + ROUND) - ROUND));
    const int rule = (part >= 0.25) & (y < x);
    const pair square = two_product(y, y);
    const pair sum = voigt_sum(x, xl, pair_of(square.hi, square.lo + (2.0 * y) * yl), rule);
    const pair line = pair_product(pair_product(pair_of(y, yl), pair_of(VOIGT_STEP[0], VOIGT_STEP[1])), sum);
    /* where there is one; beyond 30 it is 0 */
    const int has = (y < VOIGT_STEP[2]) & (x < 30.0);
    const pair pole = voigt_residue(choose(has, x, 0.25), choose(has, xl, 0.0), choose(has, y, 0.0),
                                    choose(has, yl, 0.0), choose(rule, 1.0, -1.0));
    return pair_sum(line, pair_of(choose(has, pole.hi, 0.0), choose(has, pole.lo, 0.0)));
}

/* gamma / (pi (x^2 + gamma^2)) */
static inline double
lorentz(double x, double gamma)
{
    const double larger = choose(x > gamma, x, gamma);
    const pair u = quotient(x, 0.0, larger, 0.0);
    const pair v = quotient(gamma, 0.0, larger, 0.0);
    const pair under = pair_product(pair_sum(pair_product(u, u), pair_product(v, v)), pair_of(PI_TWO[0], PI_TWO[1]));
    const pair q = quotient(v.hi, v.lo, under.hi, under.lo);
    return divided(q.hi, q.lo, larger, 0.0);
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
    const pair w = voigt_w(x1, choose(far, 0.0, a.lo), y1, choose(far, 0.0, b.lo));
    const pair q = quotient(VOIGT_STEP[3], VOIGT_STEP[4], sigma, 0.0);
    const pair near = pair_product(w, q);
    const double line = choose((size == 0.0) & (gamma == 0.0), INF, lorentz(size, gamma));
    const double y = choose(far, choose(size < INF, line, 0.0), near.hi + near.lo);
    const int valid = (sigma >= 0.0) & (gamma >= 0.0) & (sigma < INF) & (gamma < INF) & (x == x);
    return canonical(choose(valid, y, double_of(0x7ff8000000000000)));
}
