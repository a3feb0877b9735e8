/* A random least-squares problem, all of which follows from its seed: models of plain arithmetic; options, sizes and scales
 * drawn from ordinary and from nasty ones. Residual i is scale[i] * (g(u, v) - y[i]), with u = a[i].x and v = b[i].x.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "common.h"

enum { LMDIF, LMDER, LMSTR, STEPS, KINDS };
enum { LINEAR, QUADRATIC, PRODUCT, RATIONAL, POLES, ROOT, CORNERS, ROUNDED, FAMILIES };

static _Thread_local struct {
    int kind, family, m, n, wrong_row, undefined_at;
    minpack_state s;
    double x0[MOST_COLUMNS], diag[MOST_COLUMNS], y[MOST_ROWS], scale[MOST_ROWS], a[MOST], b[MOST];
    double bend, wrong, undefined;
} problem;

static double
value(int family, double u, double v, double *du, double *dv)
{
    double bend = problem.bend, c, q;

    switch (family) {
    case LINEAR:
        *du = 1.0, *dv = 0.0;
        return u;
    case QUADRATIC:
        *du = 1.0 + 2.0 * bend * u, *dv = 0.0;
        return u + bend * u * u;
    case PRODUCT:
        *du = v, *dv = u;
        return u * v;
    case RATIONAL:
        q = 1.0 + v * v;
        *du = 1.0 / q, *dv = -2.0 * u * v / (q * q);
        return u / q;
    case POLES:
        q = 1.0 + v;
        *du = 1.0 / q, *dv = -u / (q * q);
        return u / q;
    case ROOT:
        q = sqrt(1.0 + u * u);
        *du = u / q, *dv = 1.0;
        return q + v;
    case CORNERS:
        *du = u < 0.0 ? -1.0 : 1.0, *dv = 1.0;
        return fabs(u) + v;
    default: /* to multiples of 2^-10: many differences are 0 */
        c = 0x1.8p42;
        *du = 1.0, *dv = 0.0;
        return (u + c) - c;
    }
}

static double
dot(const double *row, const double *x)
{
    double total = 0.0;

    for (int j = 0; j < problem.n; j++)
        total += row[j] * x[j];
    return total;
}

static double
residual_at(int i, const double *x)
{
    double du, dv, u = dot(problem.a + i * problem.n, x), v = dot(problem.b + i * problem.n, x);

    return problem.scale[i] * (value(problem.family, u, v, &du, &dv) - problem.y[i]);
}

void
fuzz_row(int i, const double *x, double *row, int step)
{
    double du, dv, u = dot(problem.a + i * problem.n, x), v = dot(problem.b + i * problem.n, x);

    value(problem.family, u, v, &du, &dv);
    for (int j = 0; j < problem.n; j++) {
        double d = problem.scale[i] * (du * problem.a[i * problem.n + j] + dv * problem.b[i * problem.n + j]);
        row[j * step] = i == problem.wrong_row ? problem.wrong * d : d;
    }
}

static void
draw_options(minpack_state *s, int n)
{
    memset(s, 0, sizeof *s);
    s->ftol = ONE_OF(1.49012e-8, 1.49012e-8, 0.0, 0x1p-52, 1e-15, 1e-3, 0.1, 1e-30);
    s->xtol = ONE_OF(1.49012e-8, 1.49012e-8, 0.0, 0x1p-52, 1e-15, 1e-3, 0.1, 1e-30);
    s->gtol = ONE_OF(0.0, 0.0, 0.0, 1e-15, 1e-8, 1e-2, 0.5);
    s->factor = ONE_OF(100.0, 100.0, 100.0, 1.0, 0.1, 1e-3, 1e-10, 1e10, 1e300, ldexp(1.0, between(-40, 40)));
    s->epsfcn = ONE_OF(0.0, 0x1p-52, 0x1p-52, 1e-10, 1e-4, 1e-30, -1.0, 0.5);
    s->maxfev = (int)ONE_OF(1.0, 2.0, 10.0, 50.0, 50.0, 150.0, 150.0, 300.0);
    s->mode = below(3) == 0 ? 2 : 1;
    for (int j = 0; j < n; j++)
        if (s->mode == 2) { /* one draw per statement: compilers choose the order in which arguments are evaluated */
            double head = below(2) ? 1.5 : 1.0;
            problem.diag[j] = ldexp(head, below(2) ? between(-30, 30) : 0);
        }
    switch (below(150)) { /* improper */
    case 0:
        s->ftol = -1.0;
        break;
    case 1:
        s->xtol = -1e-300;
        break;
    case 2:
        s->factor = 0.0;
        break;
    case 3:
        s->mode = 2, problem.diag[below(n)] = -0.0;
        break;
    }
}

static void
draw_problem(uint64_t seed)
{
    int m, n, reach, size, k;
    double du, dv, truth[MOST_COLUMNS];

    generator = seed;
    memset(&problem, 0, sizeof problem);
    size = below(100);
    n = problem.n = size == 0 ? between(1, MOST_COLUMNS) : size < 15 ? between(1, 20) : between(1, 7);
    m = problem.m = size == 0 ? between(n, MOST_ROWS) : size < 15 ? between(n, n + 60) : between(n, n + 12);
    problem.kind = below(KINDS);
    problem.family = below(FAMILIES);
    problem.bend = number(2);
    reach = below(4) ? 2 : 40; /* of the parameters' scales */
    for (int j = 0; j < n; j++) {
        double column = ldexp(1.0, between(-reach, reach)), tilt = below(2) ? 1.0 : 0.0;
        for (int i = 0; i < m; i++) {
            problem.a[i * n + j] = column * number(0);
            problem.b[i * n + j] = tilt * column * number(0);
        }
        truth[j] = number(2) / column;
        problem.x0[j] = below(3) ? truth[j] * (1.0 + number(3)) : number(reach);
        if (below(20) == 0)
            problem.x0[j] = ONE_OF(0.0, 0.0, -0.0, 1e200, 1e-200, 5e-324);
    }
    for (int j = 1; j < n && below(4) == 0; j++) { /* rank-deficient, or nearly */
        int other = below(j);
        double times = ONE_OF(0.0, 1.0, -2.0, 1.0 + 0x1p-40);
        for (int i = 0; i < m; i++) {
            problem.a[i * n + j] = times * problem.a[i * n + other];
            problem.b[i * n + j] = times * problem.b[i * n + other];
        }
    }
    k = below(10);
    reach = k < 6 ? 0 : k < 8 ? 20 : k < 9 ? 500 : 1000; /* of the residuals' scales */
    for (int i = 0; i < m; i++) {
        static _Thread_local double common;
        if (i == 0)
            common = ldexp(1.0, between(-reach, reach));
        problem.scale[i] = k % 2 ? common : ldexp(1.0, between(-reach, reach));
    }
    k = below(4); /* no residuals, noise, or data that the model cannot meet */
    for (int i = 0; i < m; i++) {
        problem.y[i] = value(problem.family, dot(problem.a + i * n, truth), dot(problem.b + i * n, truth), &du, &dv);
        problem.y[i] = k == 0 ? problem.y[i] : k == 1 ? number(3) : problem.y[i] + 1e-3 * number(3);
    }
    problem.wrong_row = below(8) == 0 ? below(m) : -1;
    problem.wrong = ONE_OF(0.0, -1.0, 0.5, 2.0, 1e10);
    problem.undefined_at = below(40) == 0 ? between(1, 12) : 0;
    problem.undefined = ONE_OF(NAN, INFINITY, -INFINITY);
    draw_options(&problem.s, n);
    problem.s.m = m;
    problem.s.n = n;
    problem.s.ldfjac = problem.kind == LMSTR ? n : m;
}

#endif
