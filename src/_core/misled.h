/* Fits that differences misled: values that are rounded, or change otherwise in short steps than difference quotients
 * say. This looks at values that a fit evaluates anyway. */
#pragma once

enum { MISLED_VALUES = 32, MISLED_ROWS = 16, MISLED_ELEMENTS = 128 };

/* A few rows of the last Jacobian, and whether a short step from there changed the values as they say. */
typedef struct {
    int off;                        /* whether the caller chose steps, or they suit short floats */
    int given;                      /* whether the Jacobian is the caller's, so that short floats do no harm */
    int other, values, long_values; /* whether a value was no 32-bit float; how many were and used their digits */
    int rows, wrong;
    int tried, before; /* whether there were short steps; what they showed at the last Jacobian that had any */
    int at[MISLED_ROWS];
    unsigned char is_wrong[MISLED_ROWS];
    double value[MISLED_ROWS], derivatives[MISLED_ELEMENTS];
} Misled;

/* Values that a function returned, some of them if they are many. */
void misled_by_values(Misled *misled, long count, const double *values);

/* A Jacobian, (m, n) by columns, where the residuals are f. */
void misled_at_jacobian(Misled *misled, int m, int n, const double *fjac, const double *f);

/* What a trial step from there gave. */
void misled_at_trial(Misled *misled, int n, const double *x, const double *xtrial, const double *ftrial);

/* Whether all values were 32-bit floats, or a quarter of the rows, and no fewer than three, are not the derivatives. */
int is_misled(const Misled *misled);
