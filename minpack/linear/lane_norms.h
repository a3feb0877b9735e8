/* The Euclidean norms of vectors side by side in lanes: each with the bits of enorm. */
#pragma once

#include "vectors.h"

/* For vectors of up to m elements: if the squares that are above `small` have a sum of at least `enough`, and below
 * `limit`, its root is what enorm gives. Then no component is large or NaN, and what enorm would add for the small ones is
 * less than half a unit in the last place. */
typedef struct {
    double small, enough, limit;
    double *column; /* room for m elements of one lane */
    const minpack_machine *mach;
} Norms;

/* The largest square of a component that enorm scales as small: only these have squares up to it. */
INLINE double
small_square(const minpack_machine *mach)
{
    return mach->rdwarf * mach->rdwarf;
}

INLINE Norms
norms_up_to(int m, double *column, const minpack_machine *mach)
{
    double small = small_square(mach), giant = mach->rgiant / m, tiny = 0x1p56 * m * small;

    return (Norms){small, mach->rdwarf > tiny ? mach->rdwarf : tiny, giant * giant, column, mach};
}

/* The squares of the components that are not small, a NaN among them, and zeros. */
INLINE vec
squares_above(double small, vec component)
{
    vec square = component * component;

    return (vec)((mask)square & ~(square <= (vec){small, small, small, small}));
}

/* The norm of `count` elements of one lane. */
static double
norm_of_lane(const Norms *norms, int count, int l, const stored *c)
{
    for (int i = 0; i < count; i++)
        norms->column[i] = ((const double *)(c + i))[l];
    return count > 0 ? minpack_enorm(count, norms->column, norms->mach) : 0.0;
}

/* The norms of the first counts[l] elements, zeros from there on, instead of the sums of squares_above.
 *
 * Vectors are passed to functions by address, unless they are INLINE: GCC 12 loses parts of them on i386. */
static void
norms_of_squares(const Norms *norms, const int counts[MINPACK_LANES], const stored *c, vec *norm)
{
    vec total = *norm;
    mask plain = (total >= norms->enough) & (total < norms->limit);

    *norm = roots(total);
    for (int l = 0; l < MINPACK_LANES && !all(plain); l++)
        if (!plain[l])
            (*norm)[l] = norm_of_lane(norms, counts[l], l, c);
}
