/* Elementary functions of one number, for the core and for what vectors leave out; the bits are those of the vectors. */
#include "inverse.h"
#include "logarithm.h"
#include "minpack.h"
#include "roots.h"
#include "trigonometric.h"

double minpack_next_up_of(double x);
double minpack_inverse_power_of(double x);

#define OF(name)                                                                                                       \
    double minpack_##name##_of(double x);                                                                              \
    double minpack_##name##_of(double x)                                                                               \
    {                                                                                                                  \
        return name##_kernel(x);                                                                                       \
    }
OF(arctan)
OF(cbrt)
OF(log10)
OF(log1p)

/* The next number above a finite one; Fortran's NEAREST is a call of the compiler's library. */
double
minpack_next_up_of(double x)
{
    const uint64_t bits = bits_of(x + 0.0); /* -0 becomes 0 */

    return double_of(bits >> 63 ? bits - 1 : bits + 1);
}

/* A normal power of two near 1 / x, x > 0; so are EXPONENT and SCALE. */
double
minpack_inverse_power_of(double x)
{
    const uint64_t exponent = bits_of(x) >> 52; /* this, and the result's, with their offset of 1023 */

    return double_of((exponent < 2045 ? 2045 - exponent : 1) << 52);
}

#define PERIODIC(name, doc)                                                                                            \
    double minpack_##name##_of(double x);                                                                              \
    double minpack_##name##_of(double x)                                                                               \
    {                                                                                                                  \
        return magnitude(x) <= TRIGONOMETRIC_LIMIT ? name##_small(x) : name##_large(x);                                \
    }
MINPACK_PERIODIC(PERIODIC)
