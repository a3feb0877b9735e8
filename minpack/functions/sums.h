/* Sums and products with their errors (Dekker 1971; Knuth, TAOCP 2, 4.2.2), signs and powers of two. */
#pragma once

#include "arithmetic.h"

static inline double
magnitude(double x)
{
    return double_of(bits_of(x) & 0x7fffffffffffffff);
}

static inline double
with_sign(double size, double sign)
{
    return double_of(bits_of(size) | (bits_of(sign) & 0x8000000000000000));
}

/* All NaN are one, whatever the processor makes of an invalid operation. */
static inline double
canonical(double x)
{
    return choose(x == x, x, double_of(0x7ff8000000000000));
}

/* The leading 26 bits. */
static inline double
head(double x)
{
    return double_of(bits_of(x) & 0xfffffffff8000000);
}

/* a + b where a is zero or not smaller than b. */
static inline pair
quick_sum(double a, double b)
{
    const double s = a + b;
    return pair_of(s, b - (s - a));
}

static inline pair
two_sum(double a, double b)
{
    const double s = a + b;
    const double v = s - a;
    return pair_of(s, (a - (s - v)) + (b - v));
}

static inline pair
two_product(double a, double b)
{
    const double p = a * b;
    const double ah = head(a);
    const double bh = head(b);
    const double al = a - ah;
    const double bl = b - bh;
    return pair_of(p, (((ah * bh - p) + ah * bl) + al * bh) + al * bl);
}

/* (a + al) / (b + bl), to about 2^-100 of itself. */
static inline pair
quotient(double a, double al, double b, double bl)
{
    const double q = a / b;
    const pair p = two_product(q, b);
    const double rest = (((a - p.hi) - p.lo) + al) - q * bl;
    return quick_sum(q, rest / b);
}

/* Rounded once more, for where only the sum is wanted. */
static inline double
divided(double a, double al, double b, double bl)
{
    const pair q = quotient(a, al, b, bl);
    return q.hi + q.lo;
}

/* y * 2^k for an integer -2000 < k < 2000, in two steps so that neither factor overflows: rounded once, in the second. */
static inline double
scaled(double y, double k)
{
    const uint64_t whole = bits_of(k + (ROUND + 4096.0));
    const uint64_t half = shift_right(whole, 1);
    const double a = double_of((half << 52) + 0x3ff0000000000000);
    const double b = double_of(((whole - half) << 52) + 0x3ff0000000000000);
    return (y * a) * b;
}
