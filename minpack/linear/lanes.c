/* Several small matrices side by side, element by element, as the lanes of vector instructions.
 *
 * A small problem spends its time waiting: each addition to a sum waits for the one before. The sums of several problems do
 * not wait for each other. Every operation on a lane is the one that the routine for one matrix does, in its order, so a
 * lane's bits are that routine's. This file is compiled once for each set of instructions, LEVEL being the end of its
 * routines' names. */
#include "lane_norms.h"

#ifdef SMALL /* for processors that few have */
enum { LANES = MINPACK_LANES, MOST = 1 };
#else
enum { LANES = MINPACK_LANES, MOST = 6 }; /* columns that are reflected together: their sums have registers */
#endif

/* ---- From the arrays of each problem to the lanes --------------------------------------------------------- */

/* Rows i to i + 3 of a column in all lanes, less those of minus. */
INLINE void
four_rows(const minpack_lane *lanes, ptrdiff_t at, int i, int subtract, vec r[LANES])
{
    for (int l = 0; l < LANES; l++) {
        r[l] = *(const stored *)(lanes[l].columns + at * lanes[l].stride + i);
        if (subtract)
            r[l] -= *(const stored *)(lanes[l].minus + i);
    }
    transpose(r);
}

/* Column j, rows 0 to count - 1, if these are four or more; and the sum of squares of as many of them as make fours. */
INLINE void
whole_rows(const minpack_lane *lanes, int j, int count, int subtract, int divide, double small, const stored *vector,
           vec h, stored *to, vec *total)
{
    vec r[LANES], sum = {0.0};
    int full = count - count % LANES;

    for (int i = 0; i < full; i += LANES) {
        four_rows(lanes, j, i, subtract, r);
        for (int k = 0; k < LANES; k++) {
            vec value = divide ? (r[k] - vector[i + k]) / h : r[k];
            to[i + k] = value;
            sum += squares_above(small, value);
        }
    }
    *total = sum;
    if (full == 0 || full == count)
        return;
    four_rows(lanes, j, count - LANES, subtract, r); /* some of them once more */
    for (int k = 0, i = count - LANES; k < LANES; k++)
        to[i + k] = divide ? (r[k] - vector[i + k]) / h : r[k];
}

/* Column j of one lane from row i on, and zeros below. */
INLINE void
other_rows(const minpack_lane *lane, int m, int j, int i, const double *vector, double *to)
{
    const double *from = lane->columns + j * lane->stride;

    for (; i < m; i++) {
        double value = 0.0;
        if (i < lane->rows) {
            value = lane->minus == NULL ? from[i] : from[i] - lane->minus[i];
            if (lane->h != NULL)
                value = (value - vector[(ptrdiff_t)i * LANES]) / lane->h[j];
        }
        to[(ptrdiff_t)i * LANES] = value;
    }
}

/* The vectors of all lanes. */
static void
fill_vector(int m, int count, const minpack_lane *lanes, stored *to)
{
    for (int i = 0, last = count - LANES; i < count && last >= 0; i = i < last && i + LANES > last ? last : i + LANES) {
        vec r[LANES];
        for (int l = 0; l < LANES; l++)
            r[l] = *(const stored *)(lanes[l].vector + i);
        transpose(r);
        for (int k = 0; k < LANES; k++)
            to[i + k] = r[k];
    }
    for (int l = 0; l < LANES; l++)
        for (int i = count < LANES ? 0 : count; i < m; i++)
            ((double *)(to + i))[l] = i < lanes[l].rows ? lanes[l].vector[i] : 0.0;
}

void
NAME(fill_lanes)(int m, int n, const minpack_lane *lanes, double *a, double *squares, const minpack_machine *mach)
{
    double small = small_square(mach);
    stored *vector = (stored *)a + (ptrdiff_t)n * m;
    int count = m, subtract = lanes[0].minus != NULL, divide = lanes[0].h != NULL; /* count: rows that all lanes have */

    for (int l = 0; l < LANES; l++)
        if (lanes[l].rows < count)
            count = lanes[l].rows;
    fill_vector(m, count, lanes, vector);
    for (int j = 0; j < n; j++) {
        stored *to = (stored *)a + (ptrdiff_t)j * m;
        vec total, h = {1.0, 1.0, 1.0, 1.0};
        if (divide)
            h = (vec){lanes[0].h[j], lanes[1].h[j], lanes[2].h[j], lanes[3].h[j]};
        if (divide && subtract)
            whole_rows(lanes, j, count, 1, 1, small, vector, h, to, &total);
        else if (divide)
            whole_rows(lanes, j, count, 0, 1, small, vector, h, to, &total);
        else if (subtract)
            whole_rows(lanes, j, count, 1, 0, small, vector, h, to, &total);
        else
            whole_rows(lanes, j, count, 0, 0, small, vector, h, to, &total);
        for (int l = 0; l < LANES && (count < LANES || count < m); l++)
            other_rows(lanes + l, m, j, count < LANES ? 0 : count, (double *)vector + l, (double *)to + l);
        for (int i = count - count % LANES; i < m; i++)
            total += squares_above(small, to[i]);
        ((stored *)squares)[j] = total;
    }
}

void
NAME(norm_lanes)(int m, const minpack_lane *lanes, double *a, double *norm, double *column, const minpack_machine *mach)
{
    Norms norms = norms_up_to(m, column, mach);
    vec total = {0.0};
    int count = m, rows[LANES];

    for (int l = 0; l < LANES; l++) {
        rows[l] = lanes[l].rows;
        if (rows[l] < count)
            count = rows[l];
    }
    fill_vector(m, count, lanes, (stored *)a);
    for (int i = 0; i < m; i++)
        total += squares_above(norms.small, ((stored *)a)[i]);
    norms_of_squares(&norms, rows, (stored *)a, &total);
    *(stored *)norm = total;
}

/* ---- Their QR factors ------------------------------------------------------------------------------------- */

/* What all parts of a factorization know. */
typedef struct {
    int m, n;
    const int *rows;
    stored *a, *rdiag, *wa, *squares; /* squares: their sum in each column from the next row on */
    int *ipvt;
    Norms norms;
} Factors;

/* The norms of rows i to the end of a column, instead of their sums of squares. */
static void
norms_below(const Factors *f, int i, const stored *c, vec *norm)
{
    int counts[LANES];

    for (int l = 0; l < LANES; l++)
        counts[l] = f->rows[l] - i;
    norms_of_squares(&f->norms, counts, c + i, norm);
}

/* Exchange columns j and k of one lane. */
static void
exchange(const Factors *f, int l, int j, int k)
{
    double *b = (double *)(f->a + (ptrdiff_t)j * f->m) + l, *c = (double *)(f->a + (ptrdiff_t)k * f->m) + l;

    for (ptrdiff_t i = 0; i < (ptrdiff_t)f->m * LANES; i += LANES) {
        double held = b[i];
        b[i] = c[i];
        c[i] = held;
    }
}

/* The column with the largest norm to place j, in each lane; its norm, and its sum of squares. */
static void
bring_pivot(const Factors *f, int j, vec *norm, vec *total)
{
    mask at;
    vec largest = f->rdiag[j];

    for (int l = 0; l < LANES; l++)
        at[l] = j;
    for (int k = j + 1; k < f->n; k++) {
        vec other = f->rdiag[k];
        mask larger = other > largest;
        largest = pick(larger, other, largest);
        at = (larger & k) | (~larger & at);
    }
    *norm = largest;
    *total = f->squares[j];
    if (all(at == j))
        return;
    if (all(at == at[0])) {
        stored *b = f->a + (ptrdiff_t)j * f->m, *c = f->a + (ptrdiff_t)at[0] * f->m;
        for (int i = 0; i < f->m; i++) {
            vec held = b[i];
            b[i] = c[i];
            c[i] = held;
        }
    }
    else {
        for (int l = 0; l < LANES; l++)
            if (at[l] != j)
                exchange(f, l, j, (int)at[l]);
    }
    for (int l = 0; l < LANES; l++) {
        ptrdiff_t here = (ptrdiff_t)j * LANES + l, there = at[l] * LANES + l;
        int held = f->ipvt[here];
        ((double *)f->rdiag)[there] = ((double *)f->rdiag)[here];
        ((double *)f->wa)[there] = ((double *)f->wa)[here];
        (*total)[l] = ((double *)f->squares)[there];
        ((double *)f->squares)[there] = ((double *)f->squares)[here];
        f->ipvt[here] = f->ipvt[there];
        f->ipvt[there] = held;
    }
}

/* Add to the totals the products of v with `count` columns from c on, rows i to m - 1; if it is to be divided, v first. */
INLINE void
products(int m, int i, int count, int divide, vec divisor, stored *v, const stored *c, vec *total)
{
    vec sum[MOST];

    for (int k = 0; k < count; k++)
        sum[k] = total[k];
    for (; i < m; i++) {
        vec element = v[i];
        if (divide) {
            element /= divisor;
            v[i] = element;
        }
        for (int k = 0; k < count; k++)
            sum[k] += element * c[(ptrdiff_t)k * m + i];
    }
    for (int k = 0; k < count; k++)
        total[k] = sum[k];
}

/* Take multiples of v from `count` columns, from row j on; the squares of the rows below j are summed if they are wanted. */
INLINE void
subtract(int m, int j, int count, double small, const stored *v, const vec *multiple, stored *c, stored *squares)
{
    vec sum[MOST];

    for (int k = 0; k < count; k++) {
        c[(ptrdiff_t)k * m + j] -= multiple[k] * v[j];
        sum[k] = (vec){0.0};
    }
    for (int i = j + 1; i < m; i++) {
        vec element = v[i];
        for (int k = 0; k < count; k++) {
            vec left = c[(ptrdiff_t)k * m + i] - multiple[k] * element;
            c[(ptrdiff_t)k * m + i] = left;
            if (squares != NULL)
                sum[k] += squares_above(small, left);
        }
    }
    for (int k = 0; k < count && squares != NULL; k++)
        squares[k] = sum[k];
}

/* Apply the Householder transformation that v defines, from row j on, to columns, in each lane whose norm is not zero. */
INLINE void
reflect(int m, int j, int count, int divide, double small, vec divisor, vec norm, stored *v, stored *c, stored *squares)
{
    vec total[MOST] = {{0.0}};

    if (divide)
        v[j] = v[j] / divisor + 1.0;
    for (int k = 0; k < count; k++)
        total[k] += v[j] * c[(ptrdiff_t)k * m + j];
    products(m, j + 1, count, divide, divisor, v, c, total);
    for (int k = 0; k < count; k++)
        total[k] = pick(norm != 0.0, total[k] / v[j], (vec){0.0});
    subtract(m, j, count, small, v, total, c, squares);
}

static void
reflect_all(const Factors *f, int j, const vec *norms)
{
    vec norm = *norms, divisor = pick(norm == 0.0, (vec){1.0, 1.0, 1.0, 1.0}, norm); /* 0: it sits this step out */
    stored *v = f->a + (ptrdiff_t)j * f->m;

    for (int k = j + 1, divide = 1; k <= f->n; k += MOST, divide = 0) { /* the vector is column n */
        stored *c = f->a + (ptrdiff_t)k * f->m, *squares = f->squares + k;
        switch (f->n + 1 - k) {
        case 1: /* only the vector is left, whose squares nobody wants */
            reflect(f->m, j, 1, divide, f->norms.small, divisor, norm, v, c, NULL);
            break;
#ifndef SMALL
        case 2:
            reflect(f->m, j, 2, divide, f->norms.small, divisor, norm, v, c, squares);
            break;
        case 3:
            reflect(f->m, j, 3, divide, f->norms.small, divisor, norm, v, c, squares);
            break;
        case 4:
            reflect(f->m, j, 4, divide, f->norms.small, divisor, norm, v, c, squares);
            break;
        case 5:
            reflect(f->m, j, 5, divide, f->norms.small, divisor, norm, v, c, squares);
            break;
#endif
        default:
            reflect(f->m, j, MOST, divide, f->norms.small, divisor, norm, v, c, squares);
        }
    }
}

/* The norms of what is left of column k without row j, in each lane whose pivot is not zero; computed afresh if too little
 * is left. */
static void
downdate(const Factors *f, int j, int k, const vec *pivot)
{
    const stored *c = f->a + (ptrdiff_t)k * f->m;
    vec norm = f->rdiag[k], ratio = c[j] / norm, left = 1.0 - ratio * ratio, rest;
    mask lost, none = (norm == 0.0) | (*pivot == 0.0); /* what is computed is no number then */

    rest = norm * roots(pick(left > 0.0, left, (vec){0.0}));
    ratio = rest / f->wa[k];
    lost = ((vec){0.05, 0.05, 0.05, 0.05} * (ratio * ratio) <= f->norms.mach->epsmch) & ~none;
    f->rdiag[k] = pick(none, norm, rest);
    if (all(~lost))
        return;
    for (int l = 0; l < LANES; l++)
        if (lost[l])
            ((double *)(f->wa + k))[l] = ((double *)(f->rdiag + k))[l] =
                norm_of_lane(&f->norms, f->rows[l] - j - 1, l, c + j + 1);
}

void
NAME(qrfac_lanes)(int m, int n, const int *rows, double *a, int *ipvt, double *rdiag, double *acnorm, double *wa,
                  double *column, const minpack_machine *mach)
{
    Factors f = {
        m, n, rows, (stored *)a, (stored *)rdiag, (stored *)wa, (stored *)wa + n, ipvt, norms_up_to(m, column, mach)};

    for (int j = 0; j < n; j++) {
        vec norm = ((stored *)acnorm)[j];
        norms_below(&f, 0, f.a + (ptrdiff_t)j * m, &norm);
        ((stored *)acnorm)[j] = f.rdiag[j] = f.wa[j] = norm;
        for (int l = 0; l < LANES; l++)
            ipvt[j * LANES + l] = j + 1;
    }
    for (int j = 0; j < n; j++) {
        const stored *v = f.a + (ptrdiff_t)j * m;
        vec norm, total;
        bring_pivot(&f, j, &norm, &total);
        if (j > 0) {
            norm = total;
            norms_below(&f, j, v, &norm);
        }
        norm = pick(v[j] < 0.0, -norm, norm);
        reflect_all(&f, j, &norm);
        for (int k = j + 1; k < n; k++)
            downdate(&f, j, k, &norm);
        f.rdiag[j] = -norm;
    }
}
