/* The C face of the core: MINPACK's Levenberg-Marquardt, whole fits by C callbacks or step by step.
 *
 * Matrices are Fortran's: column after column, with the leading dimension if it is not the number of rows.
 * Permutations are 1-based. Nothing here allocates, prints or keeps anything between calls. The Fortran file of a
 * routine says what its arguments are.
 */
#ifndef MINPACK_H
#define MINPACK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Machine parameters, in which the two references differ (see minpack_machine_parameters). */
typedef struct {
    double epsmch, dwarf, rdwarf, rgiant;
} minpack_machine;

enum { MINPACK_SCIPY = 0, MINPACK_NETLIB = 1 };

/* What a fit needs next: nothing; the residuals at x, in fvec; the Jacobian at x, in fjac; the residuals at xtrial, in
 * ftrial. */
enum { MINPACK_DONE = 0, MINPACK_START = 1, MINPACK_JACOBIAN = 2, MINPACK_TRIAL = 3 };

/* The scalars of a fit: settings first, then progress. X(type, name) for each, so that tables of
 * their places can be made for other languages. fit_state.f90 says what each is. */
/* clang-format off */
#define MINPACK_STATE_FIELDS(X) \
    X(double, ftol) X(double, xtol) X(double, gtol) X(double, factor) X(double, epsfcn) \
    X(int, m) X(int, n) X(int, by_rows) X(int, differences) X(int, ldfjac) X(int, maxfev) X(int, mode) \
    X(int, task) X(int, info) X(int, nfev) X(int, njev) X(int, iter) \
    X(double, fnorm) X(double, xnorm) X(double, gnorm) X(double, delta) X(double, par) X(double, pnorm)
/* clang-format on */

#define MINPACK_DECLARE(type, name) type name;
typedef struct {
    minpack_machine mach;
    MINPACK_STATE_FIELDS(MINPACK_DECLARE)
} minpack_state;

/* The arrays of a fit, which the caller owns. */
/* clang-format off */
#define MINPACK_ARRAYS(X) \
    X(double *, x) X(double *, fvec) X(double *, fjac) X(int *, ipvt) X(double *, qtf) X(double *, acnorm) \
    X(double *, diag) X(double *, xtrial) X(double *, ftrial) X(double *, step) X(double *, wa)
/* clang-format on */

/* One fit. */
typedef struct {
    minpack_state s;
    MINPACK_ARRAYS(MINPACK_DECLARE)
} minpack_fit;
#undef MINPACK_DECLARE

/* Callbacks; ctx is passed through. A nonzero answer r stops the fit, with info = -|r|. */
typedef int minpack_residual(void *ctx, int m, int n, const double *x, double *fvec);
typedef int minpack_jacobian(void *ctx, int m, int n, const double *x, double *fjac);
typedef int minpack_row(void *ctx, int m, int n, const double *x, int i, double *row);
typedef int minpack_iteration(void *ctx, const minpack_state *s, const double *x);

void minpack_machine_parameters(int reference, minpack_machine *mach);

/* The size, in doubles, of those arrays of a fit that are NULL; and places for them in memory of that size. */
size_t minpack_fit_room(const minpack_fit *fit);
void minpack_fit_place(minpack_fit *fit, double *room);

/* MINPACK's limit on evaluations, which callers put into maxfev if they have none of their own. */
int minpack_default_maxfev(int n, int differences);

/* Whole fits: the settings are made, the arrays placed, x is the start. iteration may be NULL. For lmstr by_rows is 1, and
 * ldfjac is n. */
void minpack_lmdif(minpack_residual *fcn, minpack_iteration *iteration, void *ctx, minpack_fit *fit);
void minpack_lmder(minpack_residual *fcn, minpack_jacobian *jac, minpack_iteration *iteration, void *ctx,
                   minpack_fit *fit);
void minpack_lmstr(minpack_residual *fcn, minpack_row *jacrow, minpack_iteration *iteration, void *ctx,
                   minpack_fit *fit);

/* The same step by step: after begin, and after each step, s.task says what to evaluate. propose is the last part of a
 * step with a Jacobian, for callers that have factored it. */
void minpack_begin(minpack_fit *fit);
void minpack_step(minpack_fit *fit);
void minpack_propose(minpack_fit *fit);

/* Forward differences. */
double minpack_difference_step(double x, double epsfcn, const minpack_machine *mach);
void minpack_difference_points(int n, const double *x, double epsfcn, double *h, double *points,
                               const minpack_machine *mach);
void minpack_difference_quotients(int m, const double *fvec, double h, double *column);
void minpack_fdjac2(minpack_residual *fcn, void *ctx, int m, int n, double *x, const double *fvec, double *fjac,
                    double epsfcn, const minpack_machine *mach, int *stop);

/* Several small matrices at once: element (i, j) of matrix l at a[(j * m + i) * MINPACK_LANES + l], and so all other
 * arguments. */
enum { MINPACK_LANES = 4 };
void minpack_difference_lanes(int m, int n, const double *h, double *a);
void minpack_qrfac_lanes(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm, double *wa,
                         double *column, const minpack_machine *mach);
#ifdef MINPACK_AVX2 /* the same for x86-64 processors that have it, with the same bits */
void minpack_difference_lanes_avx2(int m, int n, const double *h, double *a);
void minpack_qrfac_lanes_avx2(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm,
                              double *wa, double *column, const minpack_machine *mach);
#define MINPACK_AVX2_ROUTINES(X) X(difference_lanes_avx2) X(qrfac_lanes_avx2)
#else
#define MINPACK_AVX2_ROUTINES(X)
#endif

/* Linear algebra. */
double minpack_enorm(int n, const double *x, const minpack_machine *mach);
void minpack_qrfac(int m, int n, double *a, int *ipvt, double *rdiag, double *acnorm, double *wa,
                   const minpack_machine *mach);
void minpack_qrsolv(int n, double *r, int ldr, const int *ipvt, const double *diag, const double *qtb, double *x,
                    double *sdiag, double *wa);
void minpack_lmpar(int n, double *r, int ldr, const int *ipvt, const double *diag, const double *qtb, double delta,
                   double *par, double *x, double *sdiag, double *wa1, double *wa2, const minpack_machine *mach);
void minpack_rwupdt(int n, double *r, int ldr, const double *w, double *b, double *alpha, double *cosines,
                    double *sines);
void minpack_covar(int n, double *r, int ldr, const int *ipvt, double tol, double *wa);
void minpack_chkder(int m, int n, const double *x, const double *fvec, const double *fjac, int ldfjac, double *xp,
                    const double *fvecp, int mode, double *err, const minpack_machine *mach);

/* All of these, as X(name without the prefix), for tables. */
/* clang-format off */
#define MINPACK_ROUTINES(X) \
    X(machine_parameters) X(fit_room) X(fit_place) X(default_maxfev) X(lmdif) X(lmder) X(lmstr) \
    X(begin) X(step) X(propose) X(difference_step) X(difference_points) X(difference_quotients) X(fdjac2) \
    X(difference_lanes) X(qrfac_lanes) X(enorm) X(qrfac) X(qrsolv) X(lmpar) X(rwupdt) X(covar) X(chkder) \
    MINPACK_AVX2_ROUTINES(X)
/* clang-format on */

#ifdef __cplusplus
}
#endif

#endif
