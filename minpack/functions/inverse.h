/* arctan, arctan2, arcsin, arccos: the angle of a point.
 *
 * For 0 <= y <= x, atan(y / x) = atan(c) + atan((y - c x) / (x + c y)), c = 0, 1/2 or 1, whose multiples are exact; the
 * quotient is in two parts (the identity is that of Cody & Waite 1980).
 */
#pragma once

#include "hyperbolic.h"

/* atan((n + nl) / (d + dl)) for 0 <= n <= d, d > 0 */
static inline pair
arctan_pair(double n, double nl, double d, double dl)
{
    const int half = n > 0.25 * d;
    const int one = n > 0.75 * d;
    const double c = choose(one, 1.0, choose(half, 0.5, 0.0));
    const pair over = two_sum(n, -(c * d));
    const pair under = quick_sum(d, c * n);
    const pair t = quotient(over.hi, over.lo + (nl - c * dl), under.hi, under.lo + (dl + c * nl));
    const double z = t.hi * t.hi;
    const double z2 = z * z;
    const double a = (ATAN[0] + ATAN[1] * z) + z2 * (ATAN[2] + ATAN[3] * z);
    const double b = (ATAN[4] + ATAN[5] * z) + z2 * (ATAN[6] + ATAN[7] * z);
    const double tail = (t.hi * z) * (a + (z2 * z2) * b) + (t.lo - t.lo * z);
    const pair y = quick_sum(choose(one, ATAN_HIGH[2], choose(half, ATAN_HIGH[1], 0.0)), t.hi);
    return pair_of(y.hi, y.lo + (choose(one, ATAN_LOW[2], choose(half, ATAN_LOW[1], 0.0)) + tail));
}

/* The angle of the point (x + xl, y + yl) in the first quadrant, or, if left, that of (-x - xl, y + yl) */
static inline double
angle(double y, double yl, double x, double xl, int left)
{
    const int steep = y > x;
    const pair r = arctan_pair(choose(steep, x, y), choose(steep, xl, yl), choose(steep, y, x), choose(steep, yl, xl));
    const double high = choose(steep, HALFPI_TWO[0], choose(left, PI_TWO[0], 0.0));
    const double low = choose(steep, HALFPI_TWO[1], choose(left, PI_TWO[1], 0.0));
    const double sign = choose(steep, choose(left, 1.0, -1.0), choose(left, -1.0, 1.0));
    const pair sum = quick_sum(high, sign * r.hi);
    return sum.hi + (sum.lo + (low + sign * r.lo));
}

static inline double
arctan_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size > 0x1p60, 0x1p60, size);
    const double y = angle(inside, 0.0, 1.0, 0.0, 0);
    return canonical(with_sign(choose(size < 0x1p-28, size, y), x));
}

static inline double
arctan2_kernel(double y, double x)
{
    const double ys = magnitude(y);
    const double xs = magnitude(x);
    const double larger = choose(ys > xs, ys, xs);
    /* what is infinite becomes 1, and the rest then nothing; a larger one of 0 becomes 1 */
    const double scale = choose(larger < 0x1p-500, 0x1p600, choose(larger > 0x1p500, 0x1p-600, 1.0));
    const double y1 = choose(larger == INF, choose(ys == INF, 1.0, 0.0), ys * scale);
    const double x1 = choose(larger == INF, choose(xs == INF, 1.0, 0.0), xs * scale);
    const double x2 = choose(larger == 0.0, 1.0, x1);
    const int left = shift_right(bits_of(x), 63) == 1;
    const double a = angle(y1, 0.0, x2, 0.0, left);
    return canonical(choose((x == x) & (y == y), with_sign(a, y), double_of(0x7ff8000000000000)));
}

/* sqrt(1 - x^2) for 0 <= x <= 1 */
static inline pair
other_leg(double x)
{
    const pair a = two_sum(1.0, -x);
    const pair b = two_sum(1.0, x);
    const pair p = two_product(a.hi, b.hi);
    return root_pair(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline double
arcsin_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size <= 1.0, size, 0.5);
    const pair leg = other_leg(inside);
    const double y = angle(inside, 0.0, leg.hi, leg.lo, 0);
    const double result = choose(size <= 1.0, choose(size < 0x1p-28, size, y), double_of(0x7ff8000000000000));
    return canonical(with_sign(result, x));
}

static inline double
arccos_kernel(double x)
{
    const double size = magnitude(x);
    const double inside = choose(size <= 1.0, size, 0.5);
    const pair leg = other_leg(inside);
    const double y = angle(leg.hi, leg.lo, inside, 0.0, x < 0.0);
    return canonical(choose(size <= 1.0, y, double_of(0x7ff8000000000000)));
}
