/* Whole fits of random problems, by the core and by netlib's MINPACK, compared bit for bit; fuzz_core.py drives this.
 *
 * Both sides start from scratch memory of different contents, which must not show.
 */
#include "problem.h"
#include <stdlib.h>

struct Ours ours;
struct Theirs theirs;

static const char *const kind_names[] = {"lmdif", "lmder", "lmstr", "steps"};
static const char *const family_names[] = {"linear", "quadratic", "product", "rational",
                                           "poles",  "root",      "corners", "rounded"};

/* ---- The two sides. What each asks for goes into a digest, so that every evaluation point is compared. */

typedef struct {
    double x[MOST_COLUMNS], fvec[MOST_ROWS], fjac[MOST], qtf[MOST_COLUMNS], diag[MOST_COLUMNS];
    int ipvt[MOST_COLUMNS], nfev, njev, info;
    uint64_t points;
    int calls, finite; /* finite: all points, all that the model gave, and what is seen of the progress */
} Side;

static _Thread_local Side sides[2], *side;
static _Thread_local double scratch[MOST_ROWS + 6 * MOST_COLUMNS];

static void
note(int what, const double *x)
{
    side->points = (side->points ^ (uint64_t)what) * 0x100000001b3u;
    for (int j = 0; j < problem.n; j++) {
        side->finite = side->finite && isfinite(x[j]);
        side->points = (side->points ^ canonical(x[j]) ^ (canonical(x[j]) >> 29)) * 0x100000001b3u;
    }
}

/* The model of the problem drawn last, at its call of this number. */
void
fuzz_residuals(const double *x, int call, double *fvec)
{
    for (int i = 0; i < problem.m; i++)
        fvec[i] = residual_at(i, x);
    if (call == problem.undefined_at)
        fvec[0] = problem.undefined;
}

static int
residuals(const double *x, double *fvec)
{
    note(1, x);
    fuzz_residuals(x, ++side->calls, fvec);
    for (int i = 0; i < problem.m; i++)
        side->finite = side->finite && isfinite(fvec[i]);
    return 0;
}

static void
row(int i, const double *x, double *out, int step)
{
    if (i == 0)
        note(2, x);
    fuzz_row(i, x, out, step);
    for (int j = 0; j < problem.n; j++)
        side->finite = side->finite && isfinite(out[j * step]);
}

/* The progress of a fit, which goes on between its calls; netlib's cannot be seen. */
static void
watch(const minpack_state *s)
{
    side->finite = side->finite && isfinite(s->par) && isfinite(s->delta) && isfinite(s->pnorm) && isfinite(s->gnorm)
                   && isfinite(s->xnorm) && isfinite(s->fnorm);
}

static int
our_residual(void *ctx, int m, int n, const double *x, double *fvec)
{
    (void)m, (void)n;
    watch(ctx);
    return residuals(x, fvec);
}

static int
our_jacobian(void *ctx, int m, int n, const double *x, double *fjac)
{
    (void)n;
    watch(ctx);
    for (int i = 0; i < m; i++)
        row(i, x, fjac + i, m);
    return 0;
}

static int
our_row(void *ctx, int m, int n, const double *x, int i, double *out)
{
    (void)m, (void)n;
    watch(ctx);
    row(i, x, out, 1);
    return 0;
}

static void
their_dif(int *m, int *n, double *x, double *fvec, int *flag)
{
    (void)m, (void)n, (void)flag;
    residuals(x, fvec);
}

static void
their_der(int *m, int *n, double *x, double *fvec, double *fjac, int *ldfjac, int *flag)
{
    (void)n, (void)ldfjac;
    if (*flag == 1)
        residuals(x, fvec);
    else
        for (int i = 0; i < *m; i++)
            row(i, x, fjac + i, *m);
}

static void
their_str(int *m, int *n, double *x, double *fvec, double *out, int *flag)
{
    (void)m, (void)n;
    if (*flag == 1)
        residuals(x, fvec);
    else
        row(*flag - 2, x, out, 1);
}

static void
begin(Side *which, double junk)
{
    side = which;
    memset(side, 0, sizeof *side);
    memcpy(side->x, problem.x0, sizeof problem.x0);
    memcpy(side->diag, problem.diag, sizeof problem.diag);
    side->finite = 1;
    for (size_t i = 0; i < sizeof scratch / sizeof scratch[0]; i++)
        scratch[i] = junk;
}

/* The steps that a batch takes, in the order of lmder. */
static void
run_steps(minpack_fit *fit)
{
    minpack_state *s = &fit->s;

    ours.begin(fit);
    while (s->task != MINPACK_DONE) {
        if (s->task == MINPACK_JACOBIAN)
            our_jacobian(s, s->m, s->n, fit->x, fit->fjac);
        else
            our_residual(s, s->m, s->n, s->task == MINPACK_TRIAL ? fit->xtrial : fit->x,
                         s->task == MINPACK_TRIAL ? fit->ftrial : fit->fvec);
        ours.step(fit);
    }
}

static void
run_ours(void)
{
    minpack_fit fit = {.s = problem.s};

    ours.machine_parameters(MINPACK_NETLIB, &fit.s.mach);
    begin(sides, NAN);
    fit.s.by_rows = problem.kind == LMSTR;
    fit.x = side->x;
    fit.fvec = side->fvec;
    fit.fjac = side->fjac;
    fit.ipvt = side->ipvt;
    fit.qtf = side->qtf;
    fit.diag = side->diag;
    if (ours.fit_room(&fit) > sizeof scratch / sizeof scratch[0])
        abort();
    ours.fit_place(&fit, scratch);
    switch (problem.kind) {
    case LMDIF:
        ours.lmdif(our_residual, NULL, &fit.s, &fit);
        break;
    case LMDER:
        ours.lmder(our_residual, our_jacobian, NULL, &fit.s, &fit);
        break;
    case LMSTR:
        ours.lmstr(our_residual, our_row, NULL, &fit.s, &fit);
        break;
    default:
        run_steps(&fit);
    }
    side->nfev = fit.s.nfev;
    side->njev = fit.s.njev;
    side->info = fit.s.info;
    watch(&fit.s);
}

static void
run_theirs(void)
{
    minpack_state s = problem.s;
    int nprint = 0, n = s.n;
    double *wa = scratch + s.m;

    begin(sides + 1, 1e300);
    if (problem.kind == LMDIF)
        theirs.lmdif(their_dif, &s.m, &s.n, side->x, side->fvec, &s.ftol, &s.xtol, &s.gtol, &s.maxfev, &s.epsfcn,
                     side->diag, &s.mode, &s.factor, &nprint, &side->info, &side->nfev, side->fjac, &s.ldfjac,
                     side->ipvt, side->qtf, wa, wa + n, wa + 2 * n, scratch);
    else if (problem.kind == LMSTR)
        theirs.lmstr(their_str, &s.m, &s.n, side->x, side->fvec, side->fjac, &s.ldfjac, &s.ftol, &s.xtol, &s.gtol,
                     &s.maxfev, side->diag, &s.mode, &s.factor, &nprint, &side->info, &side->nfev, &side->njev,
                     side->ipvt, side->qtf, wa, wa + n, wa + 2 * n, scratch);
    else
        theirs.lmder(their_der, &s.m, &s.n, side->x, side->fvec, side->fjac, &s.ldfjac, &s.ftol, &s.xtol, &s.gtol,
                     &s.maxfev, side->diag, &s.mode, &s.factor, &nprint, &side->info, &side->nfev, &side->njev,
                     side->ipvt, side->qtf, wa, wa + n, wa + 2 * n, scratch);
}

/* ---- Comparison */

Outcome
fuzz_fit(uint64_t seed)
{
    Side *a = sides, *b = sides + 1;
    int size, m, n;
    Outcome out = {.settings = &problem.s, .x0 = problem.x0, .diag = problem.diag};

    draw_problem(seed);
    m = out.m = problem.m;
    n = out.n = problem.n;
    size = problem.s.ldfjac * n;
    run_ours();
    run_theirs();
    out.routine = kind_names[problem.kind];
    out.info = b->info;
    out.finite = a->finite && b->finite && all_finite(b->fjac, size) && all_finite(b->qtf, n) && all_finite(b->x, n);
    if (a->info != b->info)
        out.field = "info";
    else if (a->info == 0) /* netlib checks the input before it evaluates anything */
        out.field = differ(a->x, b->x, n) ? "x" : NULL;
    else if (a->points != b->points)
        out.field = "points";
    else if (differ(a->x, b->x, n))
        out.field = "x";
    else if (differ(a->fvec, b->fvec, m))
        out.field = "fvec";
    else if (differ(a->fjac, b->fjac, size))
        out.field = "fjac";
    else if (memcmp(a->ipvt, b->ipvt, (size_t)n * sizeof(int)) != 0)
        out.field = "ipvt";
    else if (differ(a->qtf, b->qtf, n))
        out.field = "qtf";
    else if (differ(a->diag, b->diag, n))
        out.field = "diag";
    else if (a->nfev != b->nfev || a->njev != b->njev)
        out.field = "nfev, njev";
    return out;
}

static void
print_vector(const char *name, const double *v, int size)
{
    printf("  %s:", name);
    for (int i = 0; i < size; i++)
        printf(" %a", v[i]);
    printf("\n");
}

/* The problem of a seed in words, and what became of it. */
void
fuzz_describe(uint64_t seed)
{
    const minpack_state *s = &problem.s;

    fuzz_fit(seed);
    printf("  %s of a %s model, m = %d, n = %d, bend %a\n  ftol %g, xtol %g, gtol %g, factor %g, epsfcn %g, maxfev %d, "
           "mode %d\n  row %d of the Jacobian times %g; residual 0 is %g at call %d\n",
           kind_names[problem.kind], family_names[problem.family], problem.m, problem.n, problem.bend, s->ftol, s->xtol,
           s->gtol, s->factor, s->epsfcn, s->maxfev, s->mode, problem.wrong_row, problem.wrong, problem.undefined,
           problem.undefined_at);
    print_vector("x0", problem.x0, problem.n);
    print_vector("diag", problem.diag, s->mode == 2 ? problem.n : 0);
    print_vector("scale", problem.scale, problem.m);
    print_vector("y", problem.y, problem.m);
    print_vector("a", problem.a, problem.m * problem.n);
    print_vector("b", problem.b, problem.m * problem.n);
    for (int k = 0; k < 2; k++) {
        printf(" %s: info %d, nfev %d, njev %d\n", k ? "netlib" : "ours", sides[k].info, sides[k].nfev, sides[k].njev);
        print_vector("x", sides[k].x, problem.n);
        print_vector("qtf", sides[k].qtf, problem.n);
        print_vector("fvec", sides[k].fvec, problem.m);
        print_vector("fjac", sides[k].fjac, s->ldfjac * problem.n);
    }
    fflush(stdout);
}
