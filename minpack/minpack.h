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

/* Elementary functions over vectors: y[i] = f(x[i]), each number with the same bits wherever it stands and whichever
 * instructions the processor has. y may be x. The errors are below one unit in the last place (voigt: 10), special values are those
 * of C99 Annex F, and every NaN is the same one. F(name, what it is, for Python) goes over all, by the number of
 * arguments; the periodic ones are apart because numbers above 1.6e6 take another way. */
#define MINPACK_UNARY(F)                                                                                               \
    F(sqrt, "The square root, correctly rounded.")                                                                     \
    F(cbrt, "The cube root.")                                                                                          \
    F(exp, "e to the power of x.")                                                                                     \
    F(exp2, "2 to the power of x.")                                                                                    \
    F(expm1, "exp(x) - 1, also where x is small.")                                                                     \
    F(log, "The natural logarithm.")                                                                                   \
    F(log2, "The logarithm to base 2, exact for powers of 2.")                                                         \
    F(log10, "The logarithm to base 10, exact for powers of 10.")                                                      \
    F(log1p, "log(1 + x), also where x is small.")                                                                     \
    F(sinh, "The hyperbolic sine.")                                                                                    \
    F(cosh, "The hyperbolic cosine.")                                                                                  \
    F(tanh, "The hyperbolic tangent.")                                                                                 \
    F(arcsin, "The angle of this sine, -pi / 2 to pi / 2.")                                                            \
    F(arccos, "The angle of this cosine, 0 to pi.")                                                                    \
    F(arctan, "The angle of this tangent, -pi / 2 to pi / 2.")                                                         \
    F(arcsinh, "The inverse of the hyperbolic sine.")                                                                  \
    F(arccosh, "The inverse of the hyperbolic cosine, 0 or more.")                                                     \
    F(arctanh, "The inverse of the hyperbolic tangent.")                                                               \
    F(erf, "The error function.")                                                                                      \
    F(erfc, "1 - erf(x), also where that is small.")                                                                   \
    F(logistic, "1 / (1 + exp(-x)).")                                                                                  \
    F(sinc, "sin(pi x) / (pi x), 1 at 0.")
#define MINPACK_PERIODIC(F)                                                                                            \
    F(sin, "The sine, x in radians.")                                                                                  \
    F(cos, "The cosine, x in radians.")                                                                                \
    F(tan, "The tangent, x in radians.")
#define MINPACK_BINARY(F)                                                                                              \
    F(power, "x1 to the power of x2.")                                                                                 \
    F(hypot, "sqrt(x1^2 + x2^2), without overflow on the way.")                                                        \
    F(arctan2, "The angle of the point with ordinate x1 and abscissa x2, -pi to pi.")
#define MINPACK_TERNARY(F)                                                                                             \
    F(voigt, "The Voigt profile of x, sigma, gamma: a Gaussian folded with a Lorentzian, of area 1.")

#define MINPACK_DECLARE(name, doc) void minpack_##name(size_t n, const double *x, double *y);
MINPACK_UNARY(MINPACK_DECLARE)
MINPACK_PERIODIC(MINPACK_DECLARE)
#undef MINPACK_DECLARE
#define MINPACK_DECLARE(name, doc) void minpack_##name(size_t n, const double *x1, const double *x2, double *y);
MINPACK_BINARY(MINPACK_DECLARE)
#undef MINPACK_DECLARE
#define MINPACK_DECLARE(name, doc)                                                                                     \
    void minpack_##name(size_t n, const double *x1, const double *x2, const double *x3, double *y);
MINPACK_TERNARY(MINPACK_DECLARE)
#undef MINPACK_DECLARE

#ifdef __cplusplus
}
#endif

#endif
