/* The core's routines by themselves, on random matrices and vectors of any scales, against netlib's. */
#include "common.h"

static void
draw_vector(double *v, int size)
{
    int reach = (int)ONE_OF(0.0, 0.0, 20.0, 300.0, 1000.0);

    for (int i = 0; i < size; i++)
        v[i] = below(20) ? number(reach) : ONE_OF(0.0, -0.0, 1.0, 5e-324, 1e308);
}

static void
draw_matrix(double *a, int m, int n)
{
    int wide = below(4) == 0 ? 300 : 30;

    for (int j = 0; j < n; j++) {
        double column = ldexp(1.0, between(-wide, wide));
        int like = below(8), other = j == 0 ? 0 : below(j);
        for (int i = 0; i < m; i++) {
            double fresh = column * number(3);
            a[j * m + i] = like == 0 && j > 0               ? a[other * m + i] * (1.0 + 0x1p-40 * (double)(i == 0))
                           : like == 1 && i > 0 && below(2) ? 0.0
                                                            : fresh;
        }
        if (like == 2)
            memset(a + j * m, 0, (size_t)m * sizeof(double));
    }
}

static void
draw_order(int *ipvt, int n)
{
    for (int j = 0; j < n; j++)
        ipvt[j] = j + 1;
    for (int j = n - 1; j > 0; j--) {
        int k = below(j + 1), kept = ipvt[j];
        ipvt[j] = ipvt[k];
        ipvt[k] = kept;
    }
}

static _Thread_local double r[2][MOST], v[2][6][MOST_ROWS];
static _Thread_local double alone[MINPACK_LANES][MOST];
static _Thread_local int order[2][MOST_COLUMNS];

/* Four matrices side by side, one of which may have fewer rows, each against netlib's factors of it on its own. */
Outcome
fuzz_lanes(uint64_t seed)
{
    enum { LANES = MINPACK_LANES, ROWS = 40, COLUMNS = 9 };
    static _Thread_local double a[LANES * ROWS * (COLUMNS + 1)], results[2][LANES * COLUMNS],
        wa[LANES * (2 * COLUMNS + 1)], column[ROWS];
    Outcome out = {.routine = "qrfac_lanes", .finite = 1};
    minpack_machine mach;
    int rows[LANES], pivots[LANES * COLUMNS], pivot = 1, n, m;

    generator = seed;
    ours.machine_parameters(MINPACK_NETLIB, &mach);
    n = between(1, COLUMNS);
    m = between(n, ROWS);
    memset(a, 0, sizeof a);
    for (int l = 0; l < LANES; l++) {
        rows[l] = below(3) ? m : between(n, m);
        draw_matrix(r[0], rows[l], n + 1);
        for (int j = 0; j <= n; j++)
            for (int i = 0; i < rows[l]; i++)
                a[(j * m + i) * LANES + l] = r[0][j * rows[l] + i];
    }
    for (int l = 0; l < LANES; l++) /* as they are before any is factored */
        for (int j = 0; j < n; j++)
            for (int i = 0; i < rows[l]; i++)
                alone[l][j * rows[l] + i] = a[(j * m + i) * LANES + l];
    sum_squares(m, n, a, results[1], &mach);
    (ours.qrfac_lanes_avx2 != NULL && below(2) ? ours.qrfac_lanes_avx2 : ours.qrfac_lanes)(
        m, n, rows, a, pivots, results[0], results[1], wa, column, &mach);
    for (int l = 0; l < LANES; l++) {
        theirs.qrfac(rows + l, &n, alone[l], rows + l, &pivot, order[1], &n, v[1][0], v[1][1], v[1][2]);
        out.finite = out.finite && all_finite(alone[l], rows[l] * n);
        for (int j = 0; j < n; j++) {
            if (pivots[j * LANES + l] != order[1][j])
                out.field = "ipvt";
            if (canonical(results[0][j * LANES + l]) != canonical(v[1][0][j])
                || canonical(results[1][j * LANES + l]) != canonical(v[1][1][j]))
                out.field = "rdiag, acnorm";
            for (int i = 0; i < j; i++)
                if (canonical(a[(j * m + i) * LANES + l]) != canonical(alone[l][j * rows[l] + i]))
                    out.field = "R";
        }
    }
    return out;
}

Outcome
fuzz_routine(uint64_t seed)
{
    Outcome out = {.routine = "enorm"};
    minpack_machine mach;
    double first[2], par[2], delta;
    int m, n, pivot = 1, which;

    generator = seed;
    ours.machine_parameters(MINPACK_NETLIB, &mach);
    which = below(5);
    n = below(20) ? between(1, 9) : between(1, MOST_COLUMNS);
    m = below(20) ? between(n, n + 30) : between(n, MOST_ROWS);
    for (int k = 0; k < 6; k++) {
        draw_vector(v[0][k], m);
        memcpy(v[1][k], v[0][k], sizeof v[0][k]);
    }
    draw_matrix(r[0], which == 1 ? m : n, n);
    memcpy(r[1], r[0], sizeof r[0]);
    draw_order(order[0], n);
    memcpy(order[1], order[0], sizeof order[0]);
    delta = fabs(number(60)) + 0x1p-200;
    par[0] = par[1] = below(2) ? fabs(number(30)) : 0.0;
    first[0] = first[1] = 0.0;
    switch (which) {
    case 0:
        first[0] = ours.enorm(m, v[0][0], &mach);
        first[1] = theirs.enorm(&m, v[1][0]);
        break;
    case 1:
        out.routine = "qrfac";
        ours.qrfac(m, n, r[0], order[0], v[0][0], v[0][1], v[0][2], &mach);
        theirs.qrfac(&m, &n, r[1], &m, &pivot, order[1], &n, v[1][0], v[1][1], v[1][2]);
        memcpy(v[0][2], v[1][2], sizeof v[0][2]); /* scratch */
        break;
    case 2:
        out.routine = "qrsolv";
        if (below(3) == 0)
            v[0][0][below(n)] = 0.0;
        memcpy(v[1][0], v[0][0], sizeof v[0][0]);
        ours.qrsolv(n, r[0], n, order[0], v[0][0], v[0][1], v[0][2], v[0][3], v[0][4]);
        theirs.qrsolv(&n, r[1], &n, order[1], v[1][0], v[1][1], v[1][2], v[1][3], v[1][4]);
        memcpy(v[0][4], v[1][4], sizeof v[0][4]);
        break;
    case 3:
        out.routine = "lmpar";
        for (int j = 0; j < n; j++)
            v[0][0][j] = v[1][0][j] = fabs(v[0][0][j]) + 0x1p-1000;
        ours.lmpar(n, r[0], n, order[0], v[0][0], v[0][1], delta, par, v[0][2], v[0][3], v[0][4], v[0][5], &mach);
        theirs.lmpar(&n, r[1], &n, order[1], v[1][0], v[1][1], &delta, par + 1, v[1][2], v[1][3], v[1][4], v[1][5]);
        memcpy(v[0][3], v[1][3], sizeof v[0][3]); /* sdiag, where lmpar has not needed it, and scratch */
        memcpy(v[0][4], v[1][4], sizeof v[0][4]);
        memcpy(v[0][5], v[1][5], sizeof v[0][5]);
        break;
    default:
        out.routine = "rwupdt";
        ours.rwupdt(n, r[0], n, v[0][0], v[0][1], first, v[0][2], v[0][3]);
        theirs.rwupdt(&n, r[1], &n, v[1][0], v[1][1], first + 1, v[1][2], v[1][3]);
    }
    out.finite = isfinite(first[1]) && isfinite(par[1]) && all_finite(r[1], which == 1 ? m * n : n * n);
    for (int k = 0; k < 6; k++) {
        out.finite = out.finite && all_finite(v[1][k], m);
        if (differ(v[0][k], v[1][k], m))
            out.field = "a vector";
    }
    if (canonical(first[0]) != canonical(first[1]) || canonical(par[0]) != canonical(par[1]))
        out.field = "the number";
    if (memcmp(order[0], order[1], (size_t)n * sizeof(int)) != 0)
        out.field = "ipvt";
    if (differ(r[0], r[1], which == 1 ? m * n : n * n))
        out.field = "the matrix";
    return out;
}
