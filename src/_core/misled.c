#include "misled.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Short steps, relative to x, and changes by them, relative to the value, that the derivatives need not explain: if
 * differences, with steps of about 2**-26, are lost in rounding, a value changes by about 2**-27 of the step for each
 * parameter, and if the function is curved, by the square of the step. */
static const double SHORT = 0x1p-8, OF_THE_STEP = 0x1p-20, OF_ITS_SQUARE = 64.0;
/* What rounding of a function makes of a value at most, relative to the largest sum of derivatives times parameters. */
static const double ROUNDING = 0x1p-44;

static double
larger(double a, double b)
{
    return a > b ? a : b;
}

enum { AT_LEAST = 3, ONE_IN = 4 };

void
misled_by_values(Misled *misled, long count, const double *values)
{
    long step = 1 + count / MISLED_VALUES;

    for (long i = 0; !misled->other; i += step) {
        uint64_t bits;
        while (i < count && values[i] == 0.0)
            i += step;
        if (i >= count)
            return;
        memcpy(&bits, values + i, sizeof bits);
        misled->other = isfinite(values[i]) && (bits & 0x1fffffff) != 0;
        misled->values++;
        misled->long_values += (bits & 0x1e0000000) != 0; /* the last four bits of 24: short decimals have none */
    }
}

void
misled_at_jacobian(Misled *misled, int m, int n, const double *fjac, const double *f)
{
    int most = n * MISLED_ROWS <= MISLED_ELEMENTS ? MISLED_ROWS : MISLED_ELEMENTS / n;
    int step = most > 0 ? (m + most - 1) / most : 0, rows = 0;

    misled->before = is_misled(misled);
    for (int i = 0; most > 0 && i < m; i += step, rows++) {
        double *row = misled->derivatives + rows * n;
        for (int j = 0; j < n; j++)
            row[j] = fjac[i + (long)j * m];
        misled->at[rows] = i;
        misled->value[rows] = f[i];
        misled->is_wrong[rows] = 0;
    }
    misled->rows = rows;
    misled->wrong = misled->tried = 0;
}

void
misled_at_trial(Misled *misled, int n, const double *x, const double *xtrial, const double *ftrial)
{
    double step = 0.0, largest = 0.0, least;

    for (int j = 0; j < n; j++)
        step = larger(step, fabs(xtrial[j] - x[j]) / (x[j] == 0.0 ? 1.0 : fabs(x[j])));
    if (!(step <= SHORT) || misled->rows == 0)
        return;
    misled->tried = 1;
    for (int k = 0; k < misled->rows; k++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += fabs(misled->derivatives[k * n + j] * x[j]);
        largest = larger(largest, sum);
    }
    least = larger(OF_THE_STEP * step, OF_ITS_SQUARE * step * step);
    for (int k = 0; k < misled->rows; k++) {
        const double *row = misled->derivatives + k * n;
        double left = ftrial[misled->at[k]] - misled->value[k], sum = 0.0;
        for (int j = 0; j < n; j++) {
            double part = row[j] * (xtrial[j] - x[j]);
            left -= part;
            sum += fabs(part);
        }
        if (!misled->is_wrong[k] && fabs(left) > 0.5 * sum + least * fabs(misled->value[k]) + ROUNDING * largest) {
            misled->is_wrong[k] = 1;
            misled->wrong++;
        }
    }
}

int
is_misled(const Misled *misled)
{
    if (misled->off)
        return 0;
    if (!misled->given && !misled->other && misled->values >= AT_LEAST && 2 * misled->long_values >= misled->values)
        return 1;
    if (!misled->tried)
        return misled->before;
    return misled->wrong >= AT_LEAST && misled->wrong * ONE_IN >= misled->rows;
}
