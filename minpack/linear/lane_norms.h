/* The Euclidean norms of vectors side by side in lanes: each with the bits of enorm. */
#pragma once

#include "vectors.h"

/* For vectors of up to m elements: enorm takes the root of the plain sum of squares if the square of the first component
 * that is not zero is at least `enough`, and the sum is below `limit`. */
typedef struct {
    double enough, limit;
    double *column; /* room for m elements of one lane */
    const minpack_machine *mach;
} Norms;

INLINE Norms
norms_up_to(int m, double *column, const minpack_machine *mach)
{
    double giant = mach->rgiant / m, tiny = 0x1p56 * m * (mach->rdwarf * mach->rdwarf);

    return (Norms){mach->rdwarf > tiny ? mach->rdwarf : tiny, giant * giant, column, mach};
}

/* The norm of `count` elements of one lane. */
static double
norm_of_lane(const Norms *norms, int count, int l, const stored *c)
{
    for (int i = 0; i < count; i++)
        norms->column[i] = ((const double *)(c + i))[l];
    return count > 0 ? minpack_enorm(count, norms->column, norms->mach) : 0.0;
}

/* The norms of the first counts[l] of `count` elements, zeros from there on, instead of the sums of squares: their roots
 * if enorm has those. A NaN is neither large nor small.
 *
 * Vectors are passed to functions by address, unless they are INLINE: GCC 12 loses parts of them on i386. */
static void
norms_of_squares(const Norms *norms, int count, const int counts[MINPACK_LANES], const stored *c, vec *norm)
{
    vec total = *norm, first = c[0];
    mask plain;

    for (int i = 1; i < count && !all(first != 0.0); i++)
        first = pick(first == 0.0, c[i], first);
    plain = ((first == 0.0) | (first * first >= norms->enough)) & (total < norms->limit);
    *norm = roots(total);
    for (int l = 0; l < MINPACK_LANES && !all(plain); l++)
        if (!plain[l])
            (*norm)[l] = norm_of_lane(norms, counts[l], l, c);
}
