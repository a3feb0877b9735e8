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
enum { MINPACK_DONE = 0, MINPACK_JACOBIAN = 1, MINPACK_TRIAL = 2, MINPACK_START = 3 };

/* The scalars of a fit: settings first, then progress. X(type, name) for each, so that tables of
 * their places can be made for other languages. fit_state.f90 says what each is. */
/* clang-format off */
#define MINPACK_STATE_FIELDS(X) \
    X(double, ftol) X(double, xtol) X(double, gtol) X(double, factor) X(double, epsfcn) \
    X(int, m) X(int, n) X(int, by_rows) X(int, differences) X(int, ldfjac) X(int, maxfev) X(int, mode) \
    X(int, task) X(int, info) X(int, nfev) X(int, njev) X(int, iter) \
    X(double, fnorm) X(double, xnorm) X(double, gnorm) X(double, delta) X(double, par) X(double, pnorm) \
    X(double, prered) X(double, dirder)
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
    X(double *, diag) X(double *, xtrial) X(double *, ftrial) X(double *, step) X(double *, wa) \
    X(struct minpack_bounded *, bounded)
/* clang-format on */

/* One fit: by Levenberg-Marquardt if bounded is NULL, else by a method that knows bounds, whose state that is. begin, step,
 * fit_room, fit_place, fit_points, lmdif and lmder serve both. */
typedef struct {
    minpack_state s;
    MINPACK_ARRAYS(MINPACK_DECLARE)
} minpack_fit;

/* Callbacks; ctx is passed through. A nonzero answer r stops the fit, with info = -|r|. */
typedef int minpack_residual(void *ctx, int m, int n, const double *x, double *fvec);
typedef int minpack_jacobian(void *ctx, int m, int n, const double *x, double *fjac);
typedef int minpack_row(void *ctx, int m, int n, const double *x, int i, double *row);
typedef int minpack_iteration(void *ctx, const minpack_state *s, const double *x);

/* A loss: of the squares z of m residuals rho(z) into rho[0..m-1], and behind it the first two derivatives. A nonzero
 * answer stops the fit. */
typedef int minpack_loss(int m, const double *z, double *rho);

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

/* The same step by step: after begin, and after each step, s.task says what to evaluate. */
void minpack_begin(minpack_fit *fit);
void minpack_step(minpack_fit *fit);

/* A step with a Jacobian in parts, for callers that factor it themselves. After prepare, if the fit is not done, the factors
 * of fjac are wanted, and Q' times ftrial if bounded is not NULL, else Q' times fvec. They go where fit_factors says: R to
 * the upper triangle of r(ldr, n); without bounds ldfjac may be n. Then shape; if it returns 1, fit_factors says where a
 * matrix r(ldr, n) is, with a vector qtf(ldr), whose factors are wanted, in the same places. Then propose. Not for dogbox,
 * which factors only some columns. */
typedef struct {
    double *r;
    int *ipvt;
    double *qtf, *acnorm;
    int ldr;
} minpack_factors;
void minpack_prepare(minpack_fit *fit);
void minpack_fit_factors(const minpack_fit *fit, minpack_factors *places);
int minpack_shape(minpack_fit *fit);
void minpack_propose(minpack_fit *fit);

/* A step with a trial point, without bounds, for callers that have the norm of its residuals. */
void minpack_judge(minpack_fit *fit, double norm);

/* Forward differences. */
double minpack_difference_step(double x, double epsfcn, const minpack_machine *mach);
void minpack_difference_points(int n, const double *x, double epsfcn, double *h, double *points,
                               const minpack_machine *mach);
void minpack_difference_quotients(int m, const double *fvec, double h, double *column);
/* The points, one after the other, that a fit wants for the forward differences of its method, at most n + 1 of them; and
 * into step what the differences are divided by. If it returns n + 1, not n, the last is x itself, and the
 * differences are from the residuals there, not from fvec. */
int minpack_fit_points(minpack_fit *fit, double *points);
void minpack_fdjac2(minpack_residual *fcn, void *ctx, int m, int n, double *x, const double *fvec, double *fjac,
                    double epsfcn, const minpack_machine *mach, int *stop);

/* How far the end of a fit is from a minimum, in standard errors, and the parameter, from 0 on, whose differences are
 * mostly rounding, else -1. ftrial holds the data, weighted; it and wa are spoilt. ending.f90 says more. */
void minpack_ending(minpack_fit *fit, int scale, double *distance, int *lost);

/* What the factors of a Jacobian at x say: R, (n, n), its columns in the order of the parameters; the Gauss-Newton step,
 * without columns that those before replace, and by how much it changes the model; and how well the Jacobian determines
 * the parameters: the product of the sines of the angles between each column and those before it, the sum of the model's
 * terms, and how many columns are not replaced. wa is spoilt. */
typedef struct {
    double change, sines, terms;
    int rank;
} minpack_findings;
void minpack_look(minpack_fit *fit, double *r, double *step, minpack_findings *found);

/* Central differences with steps that are looked for. */
void minpack_derivatives(minpack_residual *fcn, void *ctx, int m, int n, double *x, const double *center,
                         const double *errors, const double *sizes, double good, double *eps, double *fjac,
                         double *steps, double *wa, int *stop);

/* Bounded least squares: "trf" and "dogbox", with losses. bounded.f90 says how its steps go, bounded_state.f90 what each
 * field is. Settings are filled in, then minpack_bounded_begin; from then on the caller provides what task asks for and
 * calls minpack_bounded_step, until it is MINPACK_DONE:
 *   MINPACK_START      fvec = f(x)            MINPACK_JACOBIAN   fjac = J(x)
 *   MINPACK_TRIAL      ftrial = f(xtrial)     MINPACK_LOSS       rho, rho', rho'' of the z in rho[0..m-1], into rho
 * While the Jacobian is wanted, ftrial and a are scratch for its differences, which start from fvec, or from f(x) afresh
 * where moved is 1. */
enum { MINPACK_LOSS = 4 };
enum { MINPACK_TRF = 0, MINPACK_DOGBOX = 1 };
enum { MINPACK_LINEAR, MINPACK_HUBER, MINPACK_SOFT_L1, MINPACK_CAUCHY, MINPACK_ARCTAN, MINPACK_CALLABLE };
enum { MINPACK_SCALE_GIVEN = 0, MINPACK_SCALE_JAC = 1 };
enum {
    MINPACK_MAX_NFEV = 0,
    MINPACK_GTOL = 1,
    MINPACK_FTOL = 2,
    MINPACK_XTOL = 3,
    MINPACK_FTOL_XTOL = 4,
    MINPACK_IMPROPER = -1,
    MINPACK_BAD_RESIDUALS = -3,
    MINPACK_BAD_BOUNDS = -6,
    MINPACK_OUTSIDE = -7,
    MINPACK_BAD_JACOBIAN = -8,
};
/* clang-format off */
#define MINPACK_BOUNDED_FIELDS(X) \
    X(double, ftol) X(double, xtol) X(double, gtol) X(double, f_scale) \
    X(int, method) X(int, loss) X(int, scaling) X(int, m) X(int, n) X(int, max_nfev) \
    X(int, task) X(int, status) X(int, nfev) X(int, njev) X(int, nit) X(int, bounded) X(int, moved) X(int, fresh) \
    X(int, fast) X(int, full_rank) X(int, spectrum) X(int, hit) \
    X(double, initial_cost) X(double, cost) X(double, reduction) X(double, step_norm) X(double, g_norm) \
    X(double, delta) X(double, alpha) X(double, theta) X(double, predicted) X(double, scaled_norm) \
    X(double, outlying) X(double, line_a) X(double, line_b)
/* clang-format on */
typedef struct {
    minpack_machine mach;
    MINPACK_BOUNDED_FIELDS(MINPACK_DECLARE)
} minpack_bounded_state;

/* What a minpack_fit has beside its own arrays if its method knows bounds: settings, and lower, upper and, unless it
 * comes from the Jacobian, scale are filled in before minpack_begin; rho is there with MINPACK_CALLABLE only, and so is
 * callable, which the drivers call (other callers need none). */
/* clang-format off */
#define MINPACK_BOUNDED_ARRAYS(X) \
    X(double *, lower) X(double *, upper) X(double *, scale) X(double *, grad) X(double *, a) X(double *, rho) \
    X(double *, work) X(int *, iwork) X(minpack_loss *, callable)
/* clang-format on */
typedef struct minpack_bounded {
    minpack_bounded_state s;
    MINPACK_BOUNDED_ARRAYS(MINPACK_DECLARE)
} minpack_bounded;
#undef MINPACK_DECLARE

/* Arrays of a fit: x, lower, upper, scale, xtrial, grad of n; fvec, ftrial of m; fjac m by n; a max(m, n) by n; rho m by 3,
 * looked at only with MINPACK_CALLABLE; work of minpack_bounded_work(n) = 4n^2 + 26n doubles; iwork of 4n ints. */
size_t minpack_bounded_work(int n);
void minpack_bounded_begin(minpack_bounded_state *s, double *x, const double *lower, const double *upper,
                           const double *scale);
void minpack_bounded_step(minpack_bounded_state *s, double *x, const double *lower, const double *upper, double *scale,
                          double *xtrial, double *grad, double *fvec, double *ftrial, double *fjac, double *a,
                          double *rho, double *work, int *iwork);
void minpack_bounded_active(const minpack_bounded_state *s, const double *x, const double *lower, const double *upper,
                            const int *iwork, int *mask);

/* Differences within bounds. relative is NaN where the default increments are to be taken, which grow with |x| above
 * typical; single is 1 or 2 if the residuals are of single or half precision, and then the differences are, too. */
enum { MINPACK_COMPLEX_STEP = 1, MINPACK_2_POINT = 2, MINPACK_3_POINT = 3 };
void minpack_differences_begin(int kind, int single, int n, const double *x, const double *lower, const double *upper,
                               const double *relative, const double *typical, double *h, int *one_sided);
double minpack_difference_point(int kind, int k, int one_sided, double x, double h);
void minpack_difference_column(int kind, int single, int m, int one_sided, double x, double h, const double *f,
                               const double *second, double *column);

/* Several small matrices at once: element (i, j) of matrix l at a[(j * m + i) * MINPACK_LANES + l], and so all other
 * arguments. Matrix l has lanes[l].rows <= m rows, and ends in zeros. */
enum { MINPACK_LANES = 4 };
typedef struct {
    int rows;
    const double *columns;    /* the elements of n columns, */
    ptrdiff_t stride;         /* and so many from each to the next */
    const double *minus;      /* subtracted from each column; NULL, in all lanes: nothing */
    const double *vector, *h; /* column n + 1; unless h is NULL, in all lanes, a column j is what is left of it */
} minpack_lane;               /* less that vector, divided by h[j] */
/* fill_lanes: a = the matrices, of n + 1 columns; squares = the sums of squares of the first n, without those of
 * components that are at most rdwarf.
 * qrfac_lanes: the factors of the first n columns, as qrfac has them, and Q' times the last in its first n elements.
 * acnorm comes with the sums of squares; wa is scratch of 2n + 1 elements, column, of one lane, of m numbers.
 * norm_lanes: the norms of the vectors; a is scratch of m elements.
 * propose_lanes: minpack_propose for `taken` fits without bounds, with the same settings, whose factors are in lanes and in
 * their places; wa is scratch of 4n elements, column, of one lane, of n numbers. */
/* clang-format off */
#define MINPACK_LANE_ROUTINES(end) \
    void minpack_fill_lanes##end(int m, int n, const minpack_lane *lanes, double *a, double *squares, \
                                 const minpack_machine *mach); \
    void minpack_qrfac_lanes##end(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm, \
                                  double *wa, double *column, const minpack_machine *mach); \
    void minpack_norm_lanes##end(int m, const minpack_lane *lanes, double *a, double *norm, double *column, \
                                 const minpack_machine *mach); \
    void minpack_propose_lanes##end(int m, int taken, minpack_fit *const *fits, const double *a, const int *ipvt, \
                                    const double *rdiag, const double *acnorm, double *wa, double *column);
MINPACK_LANE_ROUTINES()
#ifdef MINPACK_AVX2 /* the same for x86-64 processors that have it, with the same bits */
MINPACK_LANE_ROUTINES(_avx2)
#define MINPACK_AVX2_ROUTINES(X) X(fill_lanes_avx2) X(qrfac_lanes_avx2) X(norm_lanes_avx2) X(propose_lanes_avx2)
#else
#define MINPACK_AVX2_ROUTINES(X)
#endif
/* clang-format on */

/* Pieces of the bounded methods. */
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
void minpack_step_by_factor(int n, int ldt, double delta, double *t, const int *ipvt, const double *rhs,
                            const double *gh, const double *gauss_newton, double *alpha, double *p, int *done,
                            double *wa, const minpack_machine *mach);
void minpack_step_by_spectrum(int n, int full_rank, double delta, const double *sigma, const double *uf,
                              const double *v, double *alpha, double *p, double *wa, const minpack_machine *mach);
void minpack_singular_values(int n, int ldt, const double *t, const double *b, double *sigma, double *ub, double *v,
                             const minpack_machine *mach);

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
void minpack_spectral_covar(int rows, int n, double *a, int *ipvt, double *c, double *share, double *wa,
                            const minpack_machine *mach);
void minpack_covar(int n, double *r, int ldr, const int *ipvt, double tol, double *wa);
void minpack_chkder(int m, int n, const double *x, const double *fvec, const double *fjac, int ldfjac, double *xp,
                    const double *fvecp, int mode, double *err, const minpack_machine *mach);

/* All of these, as X(name without the prefix), for tables. */
/* clang-format off */
#define MINPACK_ROUTINES(X) \
    X(machine_parameters) X(fit_room) X(fit_place) X(default_maxfev) X(lmdif) X(lmder) X(lmstr) \
    X(begin) X(step) X(prepare) X(fit_factors) X(shape) X(propose) X(judge) X(difference_step) X(difference_points) X(difference_quotients) X(fdjac2) X(derivatives) X(ending) X(look) \
    X(fill_lanes) X(qrfac_lanes) X(norm_lanes) X(propose_lanes) X(enorm) X(qrfac) X(qrsolv) X(lmpar) X(rwupdt) X(covar) X(chkder) X(fit_points) X(spectral_covar) \
    X(bounded_work) X(bounded_begin) X(bounded_step) X(bounded_active) X(differences_begin) X(difference_point) X(difference_column) \
    X(active) X(move_inside) X(to_bound) X(loss_value) X(loss_slopes) X(minimum_on) X(new_radius) X(verdict) \
    X(step_by_factor) X(step_by_spectrum) X(singular_values) \
    MINPACK_AVX2_ROUTINES(X)
/* clang-format on */

/* Elementary functions over vectors: y[i] = f(x[i]), each number with the same bits wherever it stands and whichever
 * instructions the processor has. y may be x. Errors are below one unit in the last place, except for those of the
 * deviance, a difference of nearly equal numbers; special values are those of C99 Annex F, and every NaN is the same
 * one. F(name, what it is, for Python) goes over all, by the number of arguments; the periodic ones are apart because
 * numbers above 1.6e6 take another way, and the frequent ones because most numbers take a shorter one. */
/* clang-format off */
#define MINPACK_FREQUENT(F) \
    F(exp, "e to the power of x.") \
    F(log, "The natural logarithm.")
#define MINPACK_RARE(F) \
    F(sqrt, "The square root, correctly rounded.") \
    F(cbrt, "The cube root.") \
    F(exp2, "2 to the power of x.") \
    F(expm1, "exp(x) - 1, also where x is small.") \
    F(log2, "The logarithm to base 2, exact for powers of 2.") \
    F(log10, "The logarithm to base 10, exact for powers of 10.") \
    F(log1p, "log(1 + x), also where x is small.") \
    F(sinh, "The hyperbolic sine.") \
    F(cosh, "The hyperbolic cosine.") \
    F(tanh, "The hyperbolic tangent.") \
    F(arcsin, "The angle of this sine, -pi / 2 to pi / 2.") \
    F(arccos, "The angle of this cosine, 0 to pi.") \
    F(arctan, "The angle of this tangent, -pi / 2 to pi / 2.") \
    F(arcsinh, "The inverse of the hyperbolic sine.") \
    F(arccosh, "The inverse of the hyperbolic cosine, 0 or more.") \
    F(arctanh, "The inverse of the hyperbolic tangent.") \
    F(erf, "The error function.") \
    F(erfc, "1 - erf(x), also where that is small.") \
    F(lgamma, "The logarithm of |gamma(x)|.") \
    F(logistic, "1 / (1 + exp(-x)).") \
    F(sinc, "sin(pi x) / (pi x), 1 at 0.")
#define MINPACK_UNARY(F) MINPACK_FREQUENT(F) MINPACK_RARE(F)
#define MINPACK_PERIODIC(F) \
    F(sin, "The sine, x in radians.") \
    F(cos, "The cosine, x in radians.") \
    F(tan, "The tangent, x in radians.")
#define MINPACK_BINARY(F) \
    F(power, "x1 to the power of x2.") \
    F(hypot, "sqrt(x1^2 + x2^2), without overflow on the way.") \
    F(arctan2, "The angle of the point with ordinate x1 and abscissa x2, -pi to pi.") \
    F(deviance_root, "The signed root of the deviance of x1 expected and x2 counted, positive if more is expected.") \
    F(deviance_slope, "The derivative of deviance_root by x1.")
#define MINPACK_TERNARY(F) \
    F(voigt, "The Voigt profile of x, sigma, gamma: a Gaussian folded with a Lorentzian, of area 1.")
/* Not public, and not as vectors: they would gain less than their size. */
#define MINPACK_SLOPES(F) \
    F(voigt_by_x, "The derivative of voigt by x.") \
    F(voigt_by_sigma, "The derivative of voigt by sigma.") \
    F(voigt_by_gamma, "The derivative of voigt by gamma.")
/* clang-format on */

#define MINPACK_DECLARE(name, doc) void minpack_##name(size_t n, const double *x, double *y);
MINPACK_UNARY(MINPACK_DECLARE)
MINPACK_PERIODIC(MINPACK_DECLARE)
#undef MINPACK_DECLARE
#define MINPACK_DECLARE(name, doc) void minpack_##name(size_t n, const double *x1, const double *x2, double *y);
MINPACK_BINARY(MINPACK_DECLARE)
#undef MINPACK_DECLARE
#define MINPACK_DECLARE(name, doc) \
    void minpack_##name(size_t n, const double *x1, const double *x2, const double *x3, double *y);
MINPACK_TERNARY(MINPACK_DECLARE)
MINPACK_SLOPES(MINPACK_DECLARE)
#undef MINPACK_DECLARE

#ifdef __cplusplus
}
#endif

#endif
