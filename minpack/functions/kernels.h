/* All kernels. */
#ifndef MINPACK_KERNELS_H
#define MINPACK_KERNELS_H

#include "exponential.h"
#include "logarithm.h"
#include "power.h"
#include "trigonometric.h"

static inline double
sqrt_kernel(double x)
{
    return canonical(root(x));
}

#endif
