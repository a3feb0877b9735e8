/* Digests of all bits that the core computes for random problems of plain arithmetic. They are the same on every
 * platform; tools/everywhere.py builds this for several and compares.
 */
#include "problem.h"
#include <stdlib.h>

static uint64_t digest;

static void
add_bits(uint64_t bits)
{
    digest = (digest ^ bits ^ (bits >> 29)) * 0x100000001b3u;
}

static void
add(const double *numbers, int size)
{
    for (int i = 0; i < size; i++)
        add_bits(canonical(numbers[i]));
}

static void
add_counts(const int *counts, int size)
{
    for (int i = 0; i < size; i++)
        add_bits((uint64_t)(int64_t)counts[i]);
}

/* ---- The model; each point at which it is evaluated counts */

static int calls;

static int
residuals(void *ctx, int m, int n, const double *x, double *fvec)
{
    (void)ctx;
    add(x, n);
    for (int i = 0; i < m; i++)
        fvec[i] = residual_at(i, x);
    if (++calls == problem.undefined_at)
        fvec[0] = problem.undefined;
    return 0;
}

static int
jacobian(void *ctx, int m, int n, const double *x, double *fjac)
{
    (void)ctx;
    add(x, n);
    for (int i = 0; i < m; i++)
        fuzz_row(i, x, fjac + i, m);
    return 0;
}

static int
row_of(void *ctx, int m, int n, const double *x, int i, double *row)
{
    (void)ctx, (void)m, (void)n;
    fuzz_row(i, x, row, 1);
    return 0;
}

/* ---- Fits by Levenberg-Marquardt: lmdif, lmder, lmstr, and step by step, with the constants of either reference */

static void
run_steps(minpack_fit *fit)
{
    minpack_state *s = &fit->s;

    minpack_begin(fit);
    while (s->task != MINPACK_DONE) {
        if (s->task == MINPACK_JACOBIAN)
            jacobian(NULL, s->m, s->n, fit->x, fit->fjac);
        else if (s->task == MINPACK_TRIAL)
            residuals(NULL, s->m, s->n, fit->xtrial, fit->ftrial);
        else
            residuals(NULL, s->m, s->n, fit->x, fit->fvec);
        minpack_step(fit);
    }
}

static void
fit(uint64_t seed)
{
    static double room[3 * MOST + 4 * MOST_ROWS + 20 * MOST_COLUMNS];
    minpack_fit f;

    draw_problem(seed);
    memset(&f, 0, sizeof f);
    memset(room, 0, sizeof room);
    f.s = problem.s;
    f.s.by_rows = problem.kind == LMSTR;
    minpack_machine_parameters(seed % 2 ? MINPACK_NETLIB : MINPACK_SCIPY, &f.s.mach);
    if (minpack_fit_room(&f) > sizeof room / sizeof room[0])
        abort();
    minpack_fit_place(&f, room);
    memcpy(f.x, problem.x0, (size_t)problem.n * sizeof(double));
    memcpy(f.diag, problem.diag, (size_t)problem.n * sizeof(double));
    if (problem.kind == LMDIF)
        minpack_lmdif(residuals, NULL, NULL, &f);
    else if (problem.kind == LMDER)
        minpack_lmder(residuals, jacobian, NULL, NULL, &f);
    else if (problem.kind == LMSTR)
        minpack_lmstr(residuals, row_of, NULL, NULL, &f);
    else
        run_steps(&f);
    add(f.x, problem.n);
    add(f.fvec, problem.m);
    if (f.s.info != 0) { /* otherwise there is none */
        add(f.fjac, f.s.ldfjac * problem.n);
        add(f.qtf, problem.n);
        add_counts(f.ipvt, problem.n);
    }
    add_counts((int[]){f.s.info, f.s.nfev, f.s.njev}, 3);
}

/* ---- Bounded fits */

static void
differences(minpack_bounded_state *s, int kind, const double *x, const double *lower, const double *upper,
            const double *f, double *fjac)
{
    static double h[MOST_COLUMNS], relative[MOST_COLUMNS], typical[MOST_COLUMNS], point[MOST_COLUMNS],
        second[MOST_ROWS];
    static int one_sided[MOST_COLUMNS];

    for (int j = 0; j < s->n; j++)
        relative[j] = NAN, typical[j] = 1.0;
    minpack_differences_begin(kind, 0, s->n, x, lower, upper, relative, typical, h, one_sided);
    memcpy(point, x, (size_t)s->n * sizeof(double));
    for (int j = 0; j < s->n; j++) {
        double *column = fjac + j * s->m;
        point[j] = minpack_difference_point(kind, 1, one_sided[j], x[j], h[j]);
        residuals(NULL, s->m, s->n, point, column);
        if (kind == MINPACK_3_POINT) {
            point[j] = minpack_difference_point(kind, 2, one_sided[j], x[j], h[j]);
            residuals(NULL, s->m, s->n, point, second);
        }
        point[j] = x[j];
        minpack_difference_column(kind, 0, s->m, one_sided[j], x[j], h[j], f, second, column);
    }
}

static void
draw_bounds(double *lower, double *upper)
{
    for (int j = 0; j < problem.n; j++) {
        double below_x = fabs(number(4)), above_x = fabs(number(4));
        int which = below(4);
        lower[j] = which == 0 || which == 3 ? -INFINITY : problem.x0[j] - below_x;
        upper[j] = which == 1 || which == 3 ? INFINITY : problem.x0[j] + above_x;
    }
}

static void
bounded_fit(uint64_t seed)
{
    static double lower[MOST_COLUMNS], upper[MOST_COLUMNS], scale[MOST_COLUMNS], xtrial[MOST_COLUMNS];
    static double x[MOST_COLUMNS], grad[MOST_COLUMNS], fvec[MOST_ROWS], ftrial[MOST_ROWS], base[MOST_ROWS];
    static double fjac[MOST], a[MOST + MOST_COLUMNS * MOST_COLUMNS], rho[3 * MOST_ROWS];
    static double work[4 * MOST_COLUMNS * MOST_COLUMNS + 26 * MOST_COLUMNS];
    static int iwork[4 * MOST_COLUMNS], mask[MOST_COLUMNS];
    minpack_bounded_state s;
    int kind;

    draw_problem(seed);
    memset(&s, 0, sizeof s);
    minpack_machine_parameters(MINPACK_SCIPY, &s.mach);
    s.ftol = problem.s.ftol, s.xtol = problem.s.xtol, s.gtol = problem.s.gtol;
    s.m = problem.m, s.n = problem.n, s.max_nfev = 60;
    s.method = below(2);
    s.loss = below(3) ? MINPACK_LINEAR : MINPACK_HUBER + below(4);
    s.scaling = below(2);
    s.f_scale = ONE_OF(1.0, 0.1, 1e-3, 30.0);
    kind = below(3) ? 0 : MINPACK_2_POINT + below(2);
    draw_bounds(lower, upper);
    for (int j = 0; j < s.n; j++)
        x[j] = problem.x0[j], scale[j] = 1.0;
    if (minpack_bounded_work(s.n) > sizeof work / sizeof work[0])
        abort();
    memset(work, 0, sizeof work);
    minpack_bounded_begin(&s, x, lower, upper, scale);
    while (s.task != MINPACK_DONE) {
        if (s.task == MINPACK_JACOBIAN && kind == 0)
            jacobian(NULL, s.m, s.n, x, fjac);
        else if (s.task == MINPACK_JACOBIAN) {
            if (s.moved)
                residuals(NULL, s.m, s.n, x, base);
            differences(&s, kind, x, lower, upper, s.moved ? base : fvec, fjac);
        }
        else if (s.task == MINPACK_TRIAL)
            residuals(NULL, s.m, s.n, xtrial, ftrial);
        else
            residuals(NULL, s.m, s.n, x, fvec);
        minpack_bounded_step(&s, x, lower, upper, scale, xtrial, grad, fvec, ftrial, fjac, a, rho, work, iwork);
    }
    add(x, s.n);
    add_counts((int[]){s.status, s.nfev, s.njev}, 3);
    if (s.status >= 0) { /* otherwise there is no more */
        minpack_bounded_active(&s, x, lower, upper, iwork, mask);
        add_counts(mask, s.n);
        add(&s.cost, 1);
        add(grad, s.n);
        add(fvec, s.m);
        add(fjac, s.m * s.n);
    }
}

/* ---- Four matrices side by side */

static void
lanes(uint64_t seed)
{
    enum { LANES = MINPACK_LANES, ROWS = 40, COLUMNS = 9 };
    static double a[LANES * ROWS * (COLUMNS + 1)], results[2][LANES * COLUMNS], column[LANES * ROWS];
    static double wa[LANES * (2 * COLUMNS + 1)];
    static double matrices[LANES][ROWS * (COLUMNS + 1)], h[LANES][COLUMNS];
    minpack_lane of_matrices[LANES];
    minpack_machine mach;
    int rows[LANES], pivots[LANES * COLUMNS], m, n, size;

    generator = seed;
    minpack_machine_parameters(seed % 2 ? MINPACK_NETLIB : MINPACK_SCIPY, &mach);
    n = between(1, COLUMNS);
    m = between(n, ROWS);
    size = LANES * m * (n + 1);
    for (int i = 0; i < size; i++)
        a[i] = number(3);
    for (int i = 0; i < LANES * n; i++)
        results[0][i] = ldexp(1.0, between(-30, 30));
    for (int l = 0; l < LANES; l++) {
        for (int i = 0; i < m * (n + 1); i++)
            matrices[l][i] = a[i * LANES + l];
        for (int j = 0; j < n; j++)
            h[l][j] = results[0][j * LANES + l];
        of_matrices[l] = (minpack_lane){m, matrices[l], m, NULL, matrices[l] + n * m, h[l]};
    }
    minpack_fill_lanes(m, n, of_matrices, a, results[1], &mach);
    add(a, size);
    for (int l = 0; l < LANES; l++)
        rows[l] = below(3) ? m : between(n, m);
    for (int l = 0; l < LANES; l++)
        for (int j = 0; j <= n; j++)
            for (int i = rows[l]; i < m; i++)
                a[(j * m + i) * LANES + l] = 0.0;
    sum_squares(m, n, a, results[1], &mach);
    minpack_qrfac_lanes(m, n, rows, a, pivots, results[0], results[1], wa, column, &mach);
    add(a, size);
    add(results[0], LANES * n);
    add(results[1], LANES * n);
    add_counts(pivots, LANES * n);
}

/* Norms, and the steps that follow from factors: the Gauss-Newton ones in lanes, others one by one. */
static void
steps_in_lanes(uint64_t seed)
{
    enum { LANES = MINPACK_LANES, COLUMNS = 9 };
    static double a[LANES * COLUMNS * (COLUMNS + 1)], rdiag[LANES * COLUMNS], acnorm[LANES * COLUMNS];
    static double wa[4 * LANES * COLUMNS], column[COLUMNS], room[LANES][COLUMNS * (COLUMNS + 16)], norms[LANES];
    minpack_fit fits[LANES], *places[LANES];
    minpack_lane of_residuals[LANES];
    int pivots[LANES * COLUMNS], n;

    generator = seed;
    n = between(1, COLUMNS);
    for (int i = 0; i < LANES * n * (n + 1); i++)
        a[i] = number(3);
    for (int l = 0; l < LANES; l++) {
        minpack_fit *f = places[l] = fits + l;
        memset(f, 0, sizeof *f);
        minpack_machine_parameters(seed % 2 ? MINPACK_NETLIB : MINPACK_SCIPY, &f->s.mach);
        f->s.m = f->s.n = f->s.ldfjac = n;
        f->s.mode = 1 + (int)(seed / 2 % 2);
        f->s.iter = between(1, 2);
        f->s.factor = 100.0;
        f->s.delta = ldexp(1.0, between(-6, 30));
        if (minpack_fit_room(f) > sizeof room[0] / sizeof room[0][0])
            abort();
        minpack_fit_place(f, room[l]);
        for (int j = 0; j < n; j++) {
            f->x[j] = number(5);
            f->ftrial[j] = number(9);
            f->diag[j] = ldexp(1.0, between(-9, 9));
            f->acnorm[j] = acnorm[j * LANES + l] = fabs(number(9));
            f->ipvt[j] = pivots[j * LANES + l] = (j + l) % n + 1;
            f->qtf[j] = a[(n * n + j) * LANES + l];
            for (int i = 0; i <= j; i++)
                f->fjac[j * n + i] = a[(j * n + i) * LANES + l];
            rdiag[j * LANES + l] = f->fjac[j * n + j];
        }
        of_residuals[l] = (minpack_lane){.rows = between(1, n), .vector = f->ftrial};
    }
    minpack_norm_lanes(n, of_residuals, wa, norms, column, &fits[0].s.mach);
    add(norms, LANES);
    for (int l = 0; l < LANES; l++)
        fits[l].s.fnorm = norms[l];
    minpack_propose_lanes(n, LANES, places, a, pivots, rdiag, acnorm, wa, column);
    for (int l = 0; l < LANES; l++) {
        add(fits[l].xtrial, n);
        add(fits[l].diag, n);
        add((double[]){fits[l].s.gnorm, fits[l].s.delta, fits[l].s.par, fits[l].s.prered, fits[l].s.dirder}, 5);
    }
}

/* ---- Digests, a line each */

static void
digests_of(const char *name, void (*run)(uint64_t), int count)
{
    digest = 0xcbf29ce484222325u;
    for (int seed = 1; seed <= count; seed++) {
        calls = 0;
        run((uint64_t)seed);
    }
    printf("%s %d %016llx\n", name, count, (unsigned long long)digest);
}

/* ---- Elementary functions, at 64 numbers each time. Each has its own digest: a new one leaves those of the others. */

enum { NUMBERS = 64, DRAWS = 200 };
static double one[NUMBERS], two[NUMBERS], three[NUMBERS], values[NUMBERS];

static void
draw_numbers(uint64_t seed)
{
    int reach;

    generator = seed;
    reach = (int)ONE_OF(1.0, 3.0, 3.0, 9.0, 9.0, 20.0, 300.0, 1000.0);
    for (int i = 0; i < NUMBERS; i++) {
        one[i] = below(100) ? number(reach) : ONE_OF(0.0, -0.0, 1.0, -1.0, 5e-324, INFINITY, -INFINITY, NAN);
        two[i] = number(reach);
        three[i] = number(reach);
    }
}

#define DEFINE(name, ...) \
    static void of_##name(uint64_t seed) \
    { \
        draw_numbers(seed); \
        minpack_##name(NUMBERS, __VA_ARGS__, values); \
        add(values, NUMBERS); \
    }
#define DEFINE_1(name, doc) DEFINE(name, one)
#define DEFINE_2(name, doc) DEFINE(name, one, two)
#define DEFINE_3(name, doc) DEFINE(name, one, two, three)
#define DIGEST(name, doc) digests_of(#name, of_##name, DRAWS);
MINPACK_UNARY(DEFINE_1)
MINPACK_PERIODIC(DEFINE_1)
MINPACK_BINARY(DEFINE_2)
MINPACK_TERNARY(DEFINE_3)

int
main(void)
{
    digests_of("fits", fit, 2000);
    digests_of("bounded", bounded_fit, 1000);
    digests_of("lanes", lanes, 2000);
    digests_of("steps", steps_in_lanes, 2000);
    MINPACK_UNARY(DIGEST)
    MINPACK_PERIODIC(DIGEST)
    MINPACK_BINARY(DIGEST)
    MINPACK_TERNARY(DIGEST)
    return 0;
}
