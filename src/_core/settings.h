/* How to fit: tolerances, limits, scale, reference. Made once, checked once, immutable. */
#pragma once

#include "convert.h"
#include "minpack.h"

enum { OF_LEASTSQ = 8 }; /* those that leastsq takes */

typedef struct {
    PyObject_HEAD
    PyObject *made_of[OF_LEASTSQ]; /* owned: what was passed for them by position */
    minpack_state state;           /* what the core wants to know of them; sizes and progress are zero */
    minpack_bounded_state bounded; /* the same for a method that knows bounds; that is -1 for Levenberg-Marquardt */
    int has_epsfcn;                /* whether epsfcn is given; if not, it depends on the precision of the residuals */
    npy_intp diag_size;
    double *diag; /* owned; NULL for the norms of the Jacobian's columns */
    npy_intp x_scale_size;
    double *x_scale; /* the same for a method that knows bounds */
} Settings;

/* Whether their method does. */
static inline int
knows_bounds(const Settings *settings)
{
    return settings->bounded.method >= 0;
}

/* The Settings that an object is, borrowed; NULL with the error set if it is something else. */
const Settings *as_settings(PyObject *object);

/* Whether they suit n parameters. Returns 0, or -1 with the error set. */
int settings_check(const Settings *settings, int n);

/* The state of a fit of n parameters about to begin. */
minpack_state settings_state(const Settings *settings, int n, int differences);

/* diag = the scale of the parameters, if it is given. */
void settings_scale(const Settings *settings, double *diag);

/* The epsfcn of residuals of a NumPy floating-point type, if none is given. */
double settings_epsfcn(const Settings *settings, int type);
