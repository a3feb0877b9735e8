/* Loops over fits without Python, with netlib's lmdif_ and with minpack's core, for the same functions; and calls of only
 * these functions, at the points where the fits call them. One thread at a time: netlib's callbacks have no context, so
 * static variables hold the current fit. loops.py calls this. */
#include "minpack.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef void netlib_residual(const int *, const int *, const double *, double *, int *);
typedef void netlib_lmdif(netlib_residual *, const int *m, const int *n, double *x, double *fvec, const double *ftol,
                          const double *xtol, const double *gtol, const int *maxfev, const double *epsfcn, double *diag,
                          const int *mode, const double *factor, const int *nprint, int *info, int *nfev, double *fjac,
                          const int *ldfjac, int *ipvt, double *qtf, double *wa1, double *wa2, double *wa3,
                          double *wa4);

/* loops.py declares the same. */
typedef struct {
    minpack_residual *fcn; /* residuals; with y, a model's values */
    minpack_jacobian *jac; /* NULL for forward differences */
    char *context;         /* of the first fit */
    ptrdiff_t stride;      /* bytes from a fit's context to the next */
    const double *y, *x0;  /* y: one row per fit, or NULL; x0: shared by all */
    int count, m, n, reference;
    double *x; /* results, one row per fit */
    int *info, *nfev, *njev;
    double *points, *jacobian_points; /* out, unless NULL: the points at which the functions were called */
    /* from the library and the package */
    netlib_lmdif *netlib;
    void (*machine_parameters)(int, minpack_machine *);
    size_t (*fit_room)(const minpack_fit *);
    void (*fit_place)(minpack_fit *, double *);
    void (*lmdif)(minpack_residual *, minpack_iteration *, void *, minpack_fit *);
    void (*lmder)(minpack_residual *, minpack_jacobian *, minpack_iteration *, void *, minpack_fit *);
} Fits;

/* All return 0, or -1 if memory runs out. */
int netlib_fits(Fits *fits);
int core_fits(Fits *fits);
int functions_alone(const Fits *fits, const double *points, const double *jacobian_points, minpack_jacobian *moved,
                    int shared);

/* Residuals of a decay; the context holds m times, then m values. */
minpack_residual decay;

/* Recorded values and Jacobians, in their order; the context is a Recorded. */
typedef struct {
    const double *values, *jacobians;
} Recorded;
minpack_residual recorded_values;
minpack_jacobian recorded_jacobian;

int
decay(void *context, int m, int n, const double *x, double *fvec)
{
    const double *t = context, *y = t + m;

    (void)n;
    for (int i = 0; i < m; i++)
        fvec[i] = x[0] * exp(-x[1] * t[i]) + x[2] - y[i];
    return 0;
}

int
recorded_values(void *context, int m, int n, const double *x, double *fvec)
{
    Recorded *recorded = context;

    (void)n, (void)x;
    memcpy(fvec, recorded->values, (size_t)m * sizeof(double));
    recorded->values += m;
    return 0;
}

int
recorded_jacobian(void *context, int m, int n, const double *x, double *fjac)
{
    Recorded *recorded = context;

    (void)x;
    memcpy(fjac, recorded->jacobians, (size_t)m * (size_t)n * sizeof(double));
    recorded->jacobians += (ptrdiff_t)m * n;
    return 0;
}

/* ---- The current fit ------------------------------------------------------------------------------------- */

static const Fits *all;
static int current;
static double *next_point, *next_jacobian_point;

static void
note(double **place, int n, const double *x)
{
    if (*place != NULL) {
        memcpy(*place, x, (size_t)n * sizeof(double));
        *place += n;
    }
}

static int
residual(void *none, int m, int n, const double *x, double *fvec)
{
    (void)none;
    note(&next_point, n, x);
    int stop = all->fcn(all->context + current * all->stride, m, n, x, fvec);
    if (all->y != NULL) {
        const double *y = all->y + (ptrdiff_t)current * m;
        for (int i = 0; i < m; i++)
            fvec[i] -= y[i];
    }
    return stop;
}

static void
residual_for_netlib(const int *m, const int *n, const double *x, double *fvec, int *flag)
{
    if (residual(NULL, *m, *n, x, fvec) != 0)
        *flag = -1;
}

static int
jacobian(void *none, int m, int n, const double *x, double *fjac)
{
    (void)none;
    note(&next_jacobian_point, n, x);
    return all->jac(all->context + current * all->stride, m, n, x, fjac);
}

/* ---- The loops ------------------------------------------------------------------------------------------- */

static const double TOLERANCE = 1.49012e-8, GTOL = 0.0, FACTOR = 100.0, EPSILON = 0x1p-52;

/* The memory of one fit. */
typedef struct {
    double *fvec, *qtf, *diag, *wa, *fjac;
    int *ipvt;
} Work;

static void
begin_recording(const Fits *fits)
{
    all = fits;
    next_point = fits->points;
    next_jacobian_point = fits->jacobian_points;
}

/* Allocate it, in one block that begins with fvec; NULL if memory runs out. */
static double *
begin(const Fits *fits, Work *work)
{
    size_t m = (size_t)fits->m, n = (size_t)fits->n, size = 2 * m + 7 * n + m * n;
    double *room = malloc(size * sizeof(double) + n * sizeof(int));

    begin_recording(fits);
    if (room != NULL) {
        *work = (Work){.fvec = room, .qtf = room + m, .diag = room + m + n, .wa = room + m + 2 * n};
        work->fjac = work->wa + m + 5 * n;
        work->ipvt = (int *)(room + size);
    }
    return room;
}

int
netlib_fits(Fits *fits)
{
    int m = fits->m, n = fits->n, mode = 1, nprint = 0, maxfev = 200 * (n + 1);
    Work w;

    if (begin(fits, &w) == NULL)
        return -1;
    for (current = 0; current < fits->count; current++) {
        double *x = fits->x + (ptrdiff_t)current * n;
        memcpy(x, fits->x0, (size_t)n * sizeof(double));
        fits->netlib(residual_for_netlib, &m, &n, x, w.fvec, &TOLERANCE, &TOLERANCE, &GTOL, &maxfev, &EPSILON, w.diag,
                     &mode, &FACTOR, &nprint, fits->info + current, fits->nfev + current, w.fjac, &m, w.ipvt, w.qtf,
                     w.wa, w.wa + n, w.wa + 2 * n, w.wa + 3 * n);
    }
    free(w.fvec);
    return 0;
}

int
core_fits(Fits *fits)
{
    int m = fits->m, n = fits->n, maxfev = (fits->jac == NULL ? 200 : 100) * (n + 1);
    double place;
    minpack_fit fit = {.s = {.ftol = TOLERANCE,
                             .xtol = TOLERANCE,
                             .gtol = GTOL,
                             .factor = FACTOR,
                             .epsfcn = EPSILON,
                             .m = m,
                             .n = n,
                             .ldfjac = m,
                             .maxfev = maxfev,
                             .mode = 1},
                       .x = &place};
    double *room = malloc(fits->fit_room(&fit) * sizeof(double));

    if (room == NULL)
        return -1;
    begin_recording(fits);
    fits->machine_parameters(fits->reference, &fit.s.mach);
    fits->fit_place(&fit, room);
    for (current = 0; current < fits->count; current++) {
        fit.x = fits->x + (ptrdiff_t)current * n;
        memcpy(fit.x, fits->x0, (size_t)n * sizeof(double));
        if (fits->jac == NULL)
            fits->lmdif(residual, NULL, NULL, &fit);
        else
            fits->lmder(residual, jacobian, NULL, NULL, &fit);
        fits->info[current] = fit.s.info;
        fits->nfev[current] = fit.s.nfev;
        fits->njev[current] = fit.s.njev;
    }
    free(room);
    return 0;
}

/* moved, if not NULL, gives the values at n moved points at once. It replaces the calls for each Jacobian, and there is one
 * Jacobian per trial point, as if no trial were rejected. */
int
functions_alone(const Fits *fits, const double *points, const double *jacobian_points, minpack_jacobian *moved,
                int shared)
{
    int n = fits->n;
    Work w;

    if (begin(fits, &w) == NULL)
        return -1;
    for (int k = 0; k < fits->count; k++) {
        char *context = fits->context + k * fits->stride;
        int jacobians = moved == NULL ? 0 : (fits->nfev[k] - 1) / (n + 1), known = shared && k > 0;
        for (int call = 0; call < jacobians; call++, points += n * n)
            if (call > 0 || !known)
                moved(context, fits->m, 2 * n, points, w.fjac); /* of which n > 1 */
        for (int call = n * jacobians; call < fits->nfev[k]; call++, points += n)
            if (call > n * jacobians || !known)
                fits->fcn(context, fits->m, n, points, w.fvec);
        for (int call = 0; fits->jac != NULL && call < fits->njev[k]; call++, jacobian_points += n)
            if (call > 0 || !known)
                fits->jac(context, fits->m, n, jacobian_points, w.fjac);
    }
    free(w.fvec);
    return 0;
}
