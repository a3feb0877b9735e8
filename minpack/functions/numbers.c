/* The elementary functions that the core calls for one number; the bits are those of the vectors. */
#include "inverse.h"
#include "logarithm.h"

double minpack_log1p_of(double x);
double minpack_arctan_of(double x);

double
minpack_log1p_of(double x)
{
    return log1p_kernel(x);
}

double
minpack_arctan_of(double x)
{
    return arctan_kernel(x);
}
