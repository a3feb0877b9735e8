/* Vectors of as many numbers as there are lanes, on every processor: the compiler makes them of what there is.
 *
 * C and not Fortran: here such a vector is a type, whose sums stay in registers over a loop, and whose elements can be
 * shuffled. */
#pragma once

#include <stdint.h>
#include "minpack.h"

typedef double vec __attribute__((vector_size(8 * MINPACK_LANES)));
typedef int64_t mask __attribute__((vector_size(8 * MINPACK_LANES))); /* all bits of an element, or none */
/* in memory, where the elements lie as doubles */
typedef double stored __attribute__((vector_size(8 * MINPACK_LANES), aligned(8), may_alias));

/* The name of a routine that is compiled once for each set of instructions: LEVEL is its end. */
#define JOIN(name, level) minpack_##name##level
#define EXPAND(name, level) JOIN(name, level)
#define NAME(name) EXPAND(name, LEVEL)

#define INLINE static inline __attribute__((always_inline))

/* The elements of a if the mask is set, else those of b. */
INLINE vec
pick(mask m, vec a, vec b)
{
    return (vec)((m & (mask)a) | (~m & (mask)b));
}

INLINE int
all(mask m)
{
    return (m[0] & m[1] & m[2] & m[3]) != 0;
}

INLINE vec
roots(vec x)
{
    for (int l = 0; l < MINPACK_LANES; l++)
        x[l] = __builtin_sqrt(x[l]);
    return x;
}

#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (mask){i, j, k, l})
#endif

/* Four vectors as the rows of a matrix: its columns. */
INLINE void
transpose(vec r[MINPACK_LANES])
{
    vec even = SHUFFLE(r[0], r[1], 0, 4, 2, 6), odd = SHUFFLE(r[0], r[1], 1, 5, 3, 7);
    vec even_2 = SHUFFLE(r[2], r[3], 0, 4, 2, 6), odd_2 = SHUFFLE(r[2], r[3], 1, 5, 3, 7);

    r[0] = SHUFFLE(even, even_2, 0, 1, 4, 5);
    r[1] = SHUFFLE(odd, odd_2, 0, 1, 4, 5);
    r[2] = SHUFFLE(even, even_2, 2, 3, 6, 7);
    r[3] = SHUFFLE(odd, odd_2, 2, 3, 6, 7);
}
