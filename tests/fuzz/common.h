/* What fits.c and routines.c share: random numbers, the functions under test, and what equal means. */
#ifndef COMMON_H
#define COMMON_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "minpack.h"

enum { MOST_ROWS = 400, MOST_COLUMNS = 40, MOST = MOST_ROWS * MOST_COLUMNS };

/* ---- Random numbers: splitmix64 */

static _Thread_local uint64_t generator;

static inline uint64_t
bits64(void)
{
    uint64_t z = generator += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline int
below(int count)
{
    return (int)(bits64() % (uint64_t)count);
}

static inline int
between(int low, int high)
{
    return low + below(high - low + 1);
}

static inline double
number(int reach)
{
    double unit = (double)(int64_t)bits64() * 0x1p-63;

    return ldexp(unit, between(-reach, reach));
}

static inline double
one_of(const double *values, int count)
{
    return values[below(count)];
}
#define ONE_OF(...) one_of((const double[]){__VA_ARGS__}, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)))

/* ---- The functions under test, by address: those of minpack.h, and netlib's, which take all by reference */

typedef void Dif(void (*)(int *, int *, double *, double *, int *), int *, int *, double *, double *, double *,
                 double *, double *, int *, double *, double *, int *, double *, int *, int *, int *, double *, int *,
                 int *, double *, double *, double *, double *, double *);
typedef void Der(void (*)(int *, int *, double *, double *, double *, int *, int *), int *, int *, double *, double *,
                 double *, int *, double *, double *, double *, int *, double *, int *, double *, int *, int *, int *,
                 int *, int *, double *, double *, double *, double *, double *);
typedef void Str(void (*)(int *, int *, double *, double *, double *, int *), int *, int *, double *, double *,
                 double *, int *, double *, double *, double *, int *, double *, int *, double *, int *, int *, int *,
                 int *, int *, double *, double *, double *, double *, double *);

struct Ours {
    __typeof__(minpack_lmdif) *lmdif;
    __typeof__(minpack_lmder) *lmder;
    __typeof__(minpack_lmstr) *lmstr;
    __typeof__(minpack_enorm) *enorm;
    __typeof__(minpack_qrfac) *qrfac;
    __typeof__(minpack_qrsolv) *qrsolv;
    __typeof__(minpack_lmpar) *lmpar;
    __typeof__(minpack_rwupdt) *rwupdt;
    __typeof__(minpack_machine_parameters) *machine_parameters;
    __typeof__(minpack_fit_room) *fit_room;
    __typeof__(minpack_fit_place) *fit_place;
    __typeof__(minpack_begin) *begin;
    __typeof__(minpack_step) *step;
    __typeof__(minpack_qrfac_lanes) *qrfac_lanes, *qrfac_lanes_avx2; /* NULL if the processor lacks it */
};

struct Theirs {
    Dif *lmdif;
    Der *lmder;
    Str *lmstr;
    double (*enorm)(int *, double *);
    void (*qrfac)(int *, int *, double *, int *, int *, int *, int *, double *, double *, double *);
    void (*qrsolv)(int *, double *, int *, int *, double *, double *, double *, double *, double *);
    void (*lmpar)(int *, double *, int *, int *, double *, double *, double *, double *, double *, double *, double *,
                  double *);
    void (*rwupdt)(int *, double *, int *, double *, double *, double *, double *, double *);
};

extern struct Ours ours;
extern struct Theirs theirs;

/* ---- Comparison */

typedef struct {
    const char *routine, *field; /* field: what differs, or NULL */
    int finite, info;
    /* of a fit, for others to run it */
    int m, n;
    const minpack_state *settings;
    const double *x0, *diag;
} Outcome;

static inline uint64_t
canonical(double number_) /* one NaN for all */
{
    uint64_t bits;

    if (isnan(number_))
        number_ = NAN;
    memcpy(&bits, &number_, sizeof bits);
    return bits;
}

static inline int
differ(const double *a, const double *b, int size)
{
    for (int i = 0; i < size; i++)
        if (canonical(a[i]) != canonical(b[i]))
            return 1;
    return 0;
}

static inline int
all_finite(const double *a, int size)
{
    for (int i = 0; i < size; i++)
        if (!isfinite(a[i]))
            return 0;
    return 1;
}

/* The sums of the squares of the columns of a, n of them with m rows in lanes, as fill_lanes gives them. */
static inline void
sum_squares(int m, int n, const double *a, double *squares, const minpack_machine *mach)
{
    for (int k = 0; k < MINPACK_LANES * n; k++) {
        squares[k] = 0.0;
        for (int i = 0; i < m; i++) {
            double x = a[(k / MINPACK_LANES * m + i) * MINPACK_LANES + k % MINPACK_LANES];
            squares[k] += fabs(x) <= mach->rdwarf ? 0.0 : x * x;
        }
    }
}

#endif
