/* The C face of the core: MINPACK's Levenberg-Marquardt with C callbacks.
 *
 * Matrices are Fortran's: column after column, with the leading dimension where it is not the number of rows.
 * Permutations are 1-based. Nothing here allocates, prints or keeps anything between calls. What the arguments
 * of a routine are is said once, in its Fortran file.
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
enum { MINPACK_DONE = 0, MINPACK_JACOBIAN = 1, MINPACK_TRIAL = 2 };

/* One fit: settings above, progress below. lm_steps.f90 says what each is. */
typedef struct {
    minpack_machine mach;
    double ftol, xtol, gtol, factor, epsfcn;
    int m, n, ldfjac, maxfev, mode;
    int task, info, nfev, njev, iter;
    double fnorm, xnorm, gnorm, delta, par, pnorm;
} minpack_state;

/* Callbacks; ctx is passed through. A nonzero answer r stops the fit, with info = -|r|. */
typedef int minpack_residual(void *ctx, int m, int n, const double *x, double *fvec);
typedef int minpack_jacobian(void *ctx, int m, int n, const double *x, double *fjac);
typedef int minpack_row(void *ctx, int m, int n, const double *x, int i, double *row);
typedef int minpack_iteration(void *ctx, const minpack_state *s, const double *x);

void minpack_machine_parameters(int reference, minpack_machine *mach);

/* The drivers. iteration may be NULL; wa has m + 5n elements; fjac is m by n, for lmstr n by n. */
void minpack_lmdif(minpack_residual *fcn, minpack_iteration *iteration, void *ctx, minpack_state *s, double *x,
                   double *fvec, double *fjac, int *ipvt, double *qtf, double *diag, double *wa);
void minpack_lmder(minpack_residual *fcn, minpack_jacobian *jac, minpack_iteration *iteration, void *ctx,
                   minpack_state *s, double *x, double *fvec, double *fjac, int *ipvt, double *qtf, double *diag,
                   double *wa);
void minpack_lmstr(minpack_residual *fcn, minpack_row *jacrow, minpack_iteration *iteration, void *ctx,
                   minpack_state *s, double *x, double *fvec, double *fjac, int *ipvt, double *qtf, double *diag,
                   double *wa);

/* The steps that the drivers loop over, for callers that drive many fits at once; wa has 3n elements. */
void minpack_lm_start(minpack_state *s, const double *fvec, const double *diag);
void minpack_lm_linearize(minpack_state *s, const double *x, const double *fvec, double *fjac, int *ipvt, double *qtf,
                          double *diag, double *xtrial, double *ftrial, double *step, double *wa);
void minpack_lm_linearize_rows(minpack_state *s, const double *x, double *fjac, int *ipvt, double *qtf, double *diag,
                               double *xtrial, double *step, double *wa);
void minpack_lm_begin_iteration(minpack_state *s, const double *x, double *fjac, const int *ipvt, const double *qtf,
                                double *diag, double *xtrial, double *step, double *wa);
void minpack_lm_update(minpack_state *s, double *x, double *fvec, double *fjac, const int *ipvt, const double *qtf,
                       const double *diag, double *xtrial, const double *ftrial, double *step, double *wa);

/* Bounded least squares: "trf" and "dogbox", with losses. bounded.f90 says how its steps go, bounded_state.f90 what each
 * field is. Settings are filled in, then minpack_bounded_begin; from then on the caller provides what task asks for and
 * calls minpack_bounded_step, until it is MINPACK_DONE:
 *   MINPACK_START      fvec = f(x)            MINPACK_JACOBIAN   fjac = J(x)
 *   MINPACK_TRIAL      ftrial = f(xtrial)     MINPACK_LOSS       rho, rho', rho'' of the z in rho[0..m-1], into rho
 * MINPACK_FACTOR and MINPACK_PROPOSE are seen only by callers of the single steps. While the Jacobian is wanted, ftrial
 * and a are scratch for its differences, which start from fvec, or from f(x) afresh where moved is 1. */
enum { MINPACK_START = 3, MINPACK_LOSS = 4, MINPACK_FACTOR = 5, MINPACK_PROPOSE = 6 };
enum { MINPACK_TRF = 0, MINPACK_DOGBOX = 1 };
enum { MINPACK_LINEAR, MINPACK_HUBER, MINPACK_SOFT_L1, MINPACK_CAUCHY, MINPACK_ARCTAN, MINPACK_CALLABLE };
enum { MINPACK_SCALE_GIVEN = 0, MINPACK_SCALE_JAC = 1 };
enum {
    MINPACK_MAX_NFEV = 0, MINPACK_GTOL = 1, MINPACK_FTOL = 2, MINPACK_XTOL = 3, MINPACK_FTOL_XTOL = 4,
    MINPACK_IMPROPER = -1, MINPACK_BAD_BOUNDS = -3, MINPACK_OUTSIDE = -4, MINPACK_BAD_RESIDUALS = -5,
    MINPACK_BAD_JACOBIAN = -6,
};
typedef struct {
    minpack_machine mach;
    double ftol, xtol, gtol, f_scale;
    int method, loss, scaling, m, n, max_nfev;
    int task, status, nfev, njev, nit, bounded, moved, fresh, fast, full_rank, spectrum, hit;
    double initial_cost, cost, reduction, step_norm, g_norm, delta, alpha, theta, predicted, scaled_norm, outlying;
    double line_a, line_b;
} minpack_bounded_state;

/* Arrays of a fit: x, lower, upper, scale, xtrial, grad of n; fvec, ftrial of m; fjac m by n; a max(m, n) by n; rho m by 3,
 * looked at only with MINPACK_CALLABLE; work of minpack_bounded_work(n) = 4n^2 + 26n doubles; iwork of 4n ints. */
size_t minpack_bounded_work(int n);
void minpack_bounded_begin(minpack_bounded_state *s, double *x, const double *lower, const double *upper,
                           const double *scale);
void minpack_bounded_step(minpack_bounded_state *s, double *x, const double *lower, const double *upper, double *scale,
                          double *xtrial, double *grad, double *fvec, double *ftrial, double *fjac, double *a, double *rho,
                          double *work, int *iwork);
void minpack_bounded_start(minpack_bounded_state *s, const double *x, const double *lower, const double *upper,
                           const double *scale, const double *fvec, double *rho, double *work, int *iwork);
void minpack_bounded_prepare(minpack_bounded_state *s, const double *x, const double *lower, const double *upper,
                             double *scale, double *grad, const double *fvec, double *ftrial, double *fjac, double *a,
                             const double *rho, double *work, int *iwork);
void minpack_bounded_factor(minpack_bounded_state *s, double *ftrial, const double *fjac, double *a, double *work,
                            int *iwork);
void minpack_bounded_propose(minpack_bounded_state *s, const double *x, const double *lower, const double *upper,
                             double *scale, double *xtrial, const double *grad, double *work, int *iwork);
void minpack_bounded_judge(minpack_bounded_state *s, double *x, const double *lower, const double *upper,
                           const double *xtrial, double *grad, double *fvec, const double *ftrial, double *rho,
                           double *work, int *iwork);
void minpack_bounded_active(const minpack_bounded_state *s, const double *x, const double *lower, const double *upper,
                            const int *iwork, int *mask);

/* Differences within bounds. relative is NaN where the default increments are to be taken. */
enum { MINPACK_COMPLEX_STEP = 1, MINPACK_2_POINT = 2, MINPACK_3_POINT = 3 };
void minpack_differences_begin(int kind, int single, int n, const double *x, const double *lower, const double *upper,
                               const double *relative, double *h, int *one_sided);
double minpack_difference_point(int kind, int k, int one_sided, double x, double h);
void minpack_difference_column(int kind, int m, int one_sided, double x, double h, const double *f, const double *second,
                               double *column);

/* The QR factors of several small matrices at once: element (i, j) of matrix l at a[(j * m + i) * MINPACK_LANES + l],
 * and so all other arguments. */
enum { MINPACK_LANES = 4 };
void minpack_difference_lanes(int m, int n, const double *h, double *a);
void minpack_qrfac_lanes(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm, double *wa,
                         double *column, const minpack_machine *mach);
#ifdef MINPACK_AVX2 /* the same for x86-64 processors that have it, with the same bits */
void minpack_difference_lanes_avx2(int m, int n, const double *h, double *a);
void minpack_qrfac_lanes_avx2(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm,
                              double *wa, double *column, const minpack_machine *mach);
#endif

/* The routines below them. */
void minpack_active(int n, const double *x, const double *lower, const double *upper, double rtol, int *mask);
void minpack_move_inside(int n, double *x, const double *lower, const double *upper, double rstep);
void minpack_to_bound(int n, const double *x, const double *s, const double *lower, const double *upper, double *t,
                      int *hits);
double minpack_loss_value(int loss, double z);
void minpack_loss_slopes(int loss, double z, double *first, double *second);
void minpack_minimum_on(double a, double b, double low, double high, double c, double *t, double *value);
void minpack_new_radius(double *delta, double actual, double predicted, double step_norm, int hit, double *ratio);
int minpack_verdict(double reduction, double cost, double step_norm, double x_norm, double ratio, double ftol,
                    double xtol);
void minpack_step_by_factor(int n, int ldt, double delta, double *t, const int *ipvt, const double *rhs, const double *gh,
                            const double *gauss_newton, double *alpha, double *p, int *done, double *wa,
                            const minpack_machine *mach);
void minpack_step_by_spectrum(int n, int full_rank, double delta, const double *sigma, const double *uf, const double *v,
                              double *alpha, double *p, double *wa, const minpack_machine *mach);
void minpack_singular_values(int n, int ldt, const double *t, const double *b, double *sigma, double *ub, double *v,
                             const minpack_machine *mach);
double minpack_enorm(int n, const double *x, const minpack_machine *mach);
double minpack_difference_step(double x, double epsfcn, const minpack_machine *mach);
void minpack_fdjac2(minpack_residual *fcn, void *ctx, int m, int n, double *x, const double *fvec, double *fjac,
                    double epsfcn, double *wa, const minpack_machine *mach, int *stop);
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

#ifdef __cplusplus
}
#endif

#endif
