/* Parts of the elementary functions: bits, choices, sums and products with their errors.
 *
 * The kernels in this folder are written once, here, in a part of C that tools/translate_kernels.py turns into Python
 * for numba: constants that are assigned once, + - * / and root, comparisons, choose, operations on bits. They have no
 * branches, so that compilers make vectors of them, no fused operations and no calls of the C library. Every rounding
 * is IEEE 754's own, which is why every compiler and processor gives the same bits.
 *
 * C and not Fortran: Fortran has no unsigned integers, and gfortran 12 made no vectors of TRANSFER with MERGE.
 *
 * This file is not translated: its counterpart is the head of that script.
 */
#pragma once

#include <stdint.h>
#include "tables.h"

/* A number of twice the precision: hi + lo, where lo is at most half a unit in the last place of hi. */
typedef struct {
    double hi, lo;
} pair;

static const double INF = __builtin_inf();
static const double ROUND = 0x1.8p52; /* x + ROUND has the integer nearest to x in its low bits */

static inline uint64_t
bits_of(double x)
{
    union { double x; uint64_t u; } view = {.x = x};
    return view.u;
}

static inline double
double_of(uint64_t u)
{
    union { uint64_t u; double x; } view = {.u = u};
    return view.x;
}

static inline double
choose(int condition, double yes, double no)
{
    return condition ? yes : no;
}

static inline uint64_t
shift_right(uint64_t u, int n)
{
    return u >> n;
}

/* The correctly rounded square root, an instruction everywhere. */
static inline double
root(double x)
{
    return __builtin_sqrt(x);
}

static inline pair
pair_of(double hi, double lo)
{
    return (pair){hi, lo};
}
