/* Whether a fit of data ended at a minimum, by what is there at its end: nothing is evaluated. */
#ifndef MINPACK_ENDING_H
#define MINPACK_ENDING_H

#include "data.h"
#include "minpack.h"

typedef struct {
    double distance; /* the Gauss-Newton step that is left, in standard errors; 0 if it changes the model by nothing */
    int lost;        /* the parameter whose difference quotients are mostly rounding; -1 if there is none */
} Ending;

/* The ending of fit number `row` of the data, by Levenberg-Marquardt. `scale`: the errors follow from the scatter of the
 * residuals. ftrial, step and wa are spoilt. */
Ending ending_of(minpack_fit *fit, const Data *data, npy_intp row, int scale);

#endif
