/* Derivatives of functions that have no simpler formula, see minpack.h. */
#include "minpack.h"
#include "voigt_slopes.h"

#define TERNARY(name, doc)                                                                                             \
    void minpack_##name(size_t n, const double *x1, const double *x2, const double *x3, double *y)                     \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x1[i], x2[i], x3[i]);                                                                 \
    }
MINPACK_SLOPES(TERNARY)
