/* sin, cos, tan.
 *
 * x = k pi / 2 + r, |r| <= pi / 4. Up to 2^20 pi / 2 with pi / 2 in four parts (Cody & Waite 1980): vectors. Beyond
 * that with as many bits of 2 / pi as x calls for (Payne & Hanek, SIGNUM Newsletter 18, 1983): one number at a time.
 * Both give r in two parts.
 */
#pragma once

#include "sums.h"

static const double TRIGONOMETRIC_LIMIT = 0x1.9p20;

/* k + ROUND: the last bits are the quadrant */
static inline double
quadrant(double x)
{
    return x * TWO_OVER_PI[0] + ROUND;
}

static inline pair
reduced(double x, double k)
{
    /* The products with 33 bits are exact, and so is the first difference, a multiple of 2^-53 below 1 if k is not 0.
     * Each first operand is a multiple of the last place of the second: then quick_sum has no error, whichever is
     * larger. */
    const pair a = quick_sum(x - k * HALFPI[0], -(k * HALFPI[1]));
    const pair b = quick_sum(a.hi, -(k * HALFPI[2]));
    return quick_sum(b.hi, (a.lo + b.lo) - k * HALFPI[3]);
}

/* sin(r + rl) as r and the rest */
static inline double
sin_tail(double r, double rl)
{
    const double z = r * r;
    const double z2 = z * z;
    const double s = (SIN[0] + SIN[1] * z) + z2 * ((SIN[2] + SIN[3] * z) + z2 * (SIN[4] + SIN[5] * z));
    return (r * z) * s + (rl - (0.5 * z) * rl);
}

/* The same with r^3 in two parts, for the tangent, whose quotient has the errors of both. */
static inline double
sin_tail_for_tan(double r, double rl)
{
    const pair z = two_product(r, r);
    const pair p = two_product(r, z.hi);
    const double z2 = z.hi * z.hi;
    const double s = (SIN[0] + SIN[1] * z.hi) + z2 * ((SIN[2] + SIN[3] * z.hi) + z2 * (SIN[4] + SIN[5] * z.hi));
    return p.hi * s + ((p.lo + r * z.lo) * s + (rl - (0.5 * z.hi) * rl));
}

/* cos(r + rl) as 1 - r^2 / 2 and the rest */
static inline pair
cos_sum(double r, double rl)
{
    const double z = r * r;
    const double z2 = z * z;
    const double c = (COS[0] + COS[1] * z) + z2 * ((COS[2] + COS[3] * z) + z2 * (COS[4] + COS[5] * z));
    const double rh = head(r);
    const double square = (0.5 * rh) * rh;
    const double square_low = (0.5 * (r - rh)) * (r + rh);
    const double y = 1.0 - square;
    return pair_of(y, (((1.0 - y) - square) - square_low) + (z2 * c - r * rl));
}

/* sin(r + rl + q pi / 2), q the two last bits of a number */
static inline pair
sin_pair_in_quadrant(double r, double rl, uint64_t q)
{
    const pair c = cos_sum(r, rl);
    const int odd = (q & 1) == 1;
    const pair y = quick_sum(choose(odd, c.hi, r), choose(odd, c.lo, sin_tail(r, rl)));
    const uint64_t sign = (q & 2) << 62;
    return pair_of(double_of(bits_of(y.hi) ^ sign), double_of(bits_of(y.lo) ^ sign));
}

static inline double
sin_in_quadrant(double r, double rl, uint64_t q)
{
    const pair y = sin_pair_in_quadrant(r, rl, q);
    return y.hi;
}

static inline double
tan_in_quadrant(double r, double rl, uint64_t q)
{
    const pair c = cos_sum(r, rl);
    const double s = sin_tail_for_tan(r, rl);
    const int odd = (q & 1) == 1;
    const pair over = quick_sum(choose(odd, c.hi, r), choose(odd, c.lo, s));
    const pair under = quick_sum(choose(odd, r, c.hi), choose(odd, s, c.lo));
    const double y = divided(over.hi, over.lo, under.hi, under.lo);
    return double_of(bits_of(y) ^ ((q & 1) << 63));
}

static inline double
sin_small(double x)
{
    const double k = quadrant(x);
    const pair r = reduced(x, k - ROUND);
    return canonical(choose(magnitude(x) < 0x1p-27, x, sin_in_quadrant(r.hi, r.lo, bits_of(k))));
}

static inline double
cos_small(double x)
{
    const double k = quadrant(x);
    const pair r = reduced(x, k - ROUND);
    return canonical(sin_in_quadrant(r.hi, r.lo, bits_of(k) + 1));
}

static inline double
tan_small(double x)
{
    const double k = quadrant(x);
    const pair r = reduced(x, k - ROUND);
    return canonical(choose(magnitude(x) < 0x1p-27, x, tan_in_quadrant(r.hi, r.lo, bits_of(k))));
}

/* sin(pi x) for 0 <= x <= 2^51, with the other sign in every second half turn */
static inline pair
sin_of_turns(double x)
{
    const double q = 2.0 * x + ROUND;
    const double rest = x - 0.5 * (q - ROUND);
    const pair r = two_product(rest, PI_TWO[0]);
    const double rl = r.lo + rest * PI_TWO[1];
    const pair c = cos_sum(r.hi, rl);
    const int odd = (bits_of(q) & 1) == 1;
    return quick_sum(choose(odd, c.hi, r.hi), choose(odd, c.lo, sin_tail(r.hi, rl)));
}

/* ---- beyond the limit, for positive x */

static inline uint64_t
low_half(uint64_t u)
{
    return u & 0xffffffff;
}

/* Word i of 2 / pi where the binary point has moved n < 32 bits. */
static inline uint64_t
moved_word(uint64_t i, uint64_t n)
{
    return low_half(shift_right(((WORDS[i] << 32) | WORDS[i + 1]) << n, 32));
}

/* x 2 / pi modulo 4, in units of 2^-126: the upper 64 of its 128 bits, or the lower ones, as all bits of lower say */
static inline uint64_t
large_fraction(double x, uint64_t lower)
{
    const uint64_t bits = bits_of(x);
    /* x = m 2^e: from the bit of 2 / pi that counts 2 on */
    const uint64_t first = shift_right(bits, 52) - 1013;
    const uint64_t n = first & 31;
    const uint64_t i = shift_right(first, 5);
    const uint64_t m = (bits & 0xfffffffffffff) | 0x10000000000000;
    const uint64_t m0 = low_half(m);
    const uint64_t m1 = shift_right(m, 32);
    const uint64_t a = moved_word(i, n);
    const uint64_t b = moved_word(i + 1, n);
    const uint64_t c = moved_word(i + 2, n);
    const uint64_t d = moved_word(i + 3, n);
    const uint64_t e = moved_word(i + 4, n);
    const uint64_t f = moved_word(i + 5, n);
    const uint64_t t5 = m0 * f;
    const uint64_t t4 = shift_right(t5, 32) + low_half(m0 * e) + low_half(m1 * f);
    const uint64_t t3 = shift_right(t4, 32) + shift_right(m0 * e, 32) + shift_right(m1 * f, 32) + low_half(m0 * d)
                        + low_half(m1 * e);
    const uint64_t t2 = shift_right(t3, 32) + shift_right(m0 * d, 32) + shift_right(m1 * e, 32) + low_half(m0 * c)
                        + low_half(m1 * d);
    const uint64_t t1 = shift_right(t2, 32) + shift_right(m0 * c, 32) + shift_right(m1 * d, 32) + low_half(m0 * b)
                        + low_half(m1 * c);
    const uint64_t t0 = shift_right(t1, 32) + shift_right(m0 * b, 32) + shift_right(m1 * c, 32) + m0 * a + m1 * b;
    return (((low_half(t2) << 32) | low_half(t3)) & lower) | (((t0 << 32) | low_half(t1)) & ~lower);
}

/* The two last bits of k, where x = k pi / 2 + r */
static inline uint64_t
large_quadrant(double x)
{
    return shift_right(large_fraction(x, 0) + 0x2000000000000000, 62);
}

/* A word of 32 bits as a number. */
static inline double
word(uint64_t u)
{
    return double_of(low_half(u) | 0x4330000000000000) - 0x1p52;
}

/* r */
static inline pair
large_rest(double x)
{
    const uint64_t high = large_fraction(x, 0);
    const uint64_t low = large_fraction(x, 0xffffffffffffffff);
    /* less k 2^62, then the absolute value of the 128 bits */
    const uint64_t rest = high - (large_quadrant(x) << 62);
    const uint64_t sign = rest & 0x8000000000000000;
    const uint64_t flip = 0 - shift_right(sign, 63);
    const uint64_t l = low ^ flip;
    const uint64_t h = rest ^ flip;
    const pair a = quick_sum(word(shift_right(h, 32)) * 0x1p-30, word(h) * 0x1p-62);
    const pair b = quick_sum(word(shift_right(l, 32)) * 0x1p-94, word(l) * 0x1p-126);
    const pair sum = two_sum(a.hi, b.hi);
    const pair y = quick_sum(sum.hi, sum.lo + (a.lo + b.lo));
    const pair p = two_product(y.hi, HALFPI_TWO[0]);
    const pair r = quick_sum(p.hi, p.lo + (y.hi * HALFPI_TWO[1] + y.lo * HALFPI_TWO[0]));
    return pair_of(double_of(bits_of(r.hi) ^ sign), double_of(bits_of(r.lo) ^ sign));
}

/* A finite number instead of one that is not, for the table's sake. */
static inline double
large_finite(double x)
{
    const double size = magnitude(x);
    return choose(size < INF, choose(size < 0x1p20, 0x1p20, size), 0x1p20);
}

static inline double
large_result(double x, double result)
{
    return canonical(choose(magnitude(x) < INF, result, double_of(0x7ff8000000000000)));
}

static inline double
sin_large(double x)
{
    const double size = large_finite(x);
    const pair r = large_rest(size);
    const double y = sin_in_quadrant(r.hi, r.lo, large_quadrant(size));
    return large_result(x, double_of(bits_of(y) ^ (bits_of(x) & 0x8000000000000000)));
}

static inline double
cos_large(double x)
{
    const double size = large_finite(x);
    const pair r = large_rest(size);
    return large_result(x, sin_in_quadrant(r.hi, r.lo, large_quadrant(size) + 1));
}

static inline double
tan_large(double x)
{
    const double size = large_finite(x);
    const pair r = large_rest(size);
    const double y = tan_in_quadrant(r.hi, r.lo, large_quadrant(size));
    return large_result(x, double_of(bits_of(y) ^ (bits_of(x) & 0x8000000000000000)));
}
