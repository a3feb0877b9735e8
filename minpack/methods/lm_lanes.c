/* Levenberg-Marquardt between two evaluations for several fits side by side in lanes: lm_propose of lm.f90, with its
 * operations in their order, so that each fit's bits are those of that routine. Whatever is rare goes to it. */
#include "../linear/lane_norms.h"

enum { LANES = MINPACK_LANES };

/* The fits, the factors of their Jacobians, and scratch of n vectors each. */
typedef struct {
    int m, n;
    minpack_fit *const *fits;
    const stored *a, *rdiag, *acnorm;
    const int *ipvt;
    stored *diag, *x, *u, *v;
    Norms norms;
    int counts[LANES]; /* n, for norms */
} Lanes;

/* A scalar, and an element of an array, of each fit. */
/* clang-format off */
#define FIELD(name) ((vec){w->fits[0]->s.name, w->fits[1]->s.name, w->fits[2]->s.name, w->fits[3]->s.name})
#define ELEMENT(name, j) ((vec){w->fits[0]->name[j], w->fits[1]->name[j], w->fits[2]->name[j], w->fits[3]->name[j]})
/* clang-format on */

/* Element (i, j) of R, i < j. */
INLINE vec
above(const Lanes *w, int i, int j)
{
    return w->a[(ptrdiff_t)j * w->m + i];
}

INLINE vec
norm_of(const Lanes *w, const stored *c)
{
    vec total = {0.0};

    for (int j = 0; j < w->n; j++)
        total += squares_above(w->norms.small, c[j]);
    norms_of_squares(&w->norms, w->counts, c, &total);
    return total;
}

/* Scale of the parameters, and the step bound that follows from it, of the fits that begin. */
INLINE void
first_scale(const Lanes *w, mask begins, vec *xnorm, vec *delta)
{
    const minpack_state *s = &w->fits[0]->s;
    vec norm, bound, factor = {s->factor, s->factor, s->factor, s->factor};

    for (int j = 0; j < w->n; j++) {
        vec length = w->acnorm[j];
        if (s->mode != 2)
            w->diag[j] = pick(begins, pick(length == 0.0, length + 1.0, length), w->diag[j]);
        w->u[j] = w->diag[j] * ELEMENT(x, j);
    }
    norm = norm_of(w, w->u);
    bound = factor * norm;
    *xnorm = pick(begins, norm, *xnorm);
    *delta = pick(begins, pick(bound == 0.0, factor, bound), *delta);
}

/* The largest cosine between the residuals and a column of the Jacobian. */
INLINE vec
largest_cosine(const Lanes *w, vec fnorm)
{
    const stored *qtf = w->a + (ptrdiff_t)w->n * w->m;
    vec largest = {0.0};

    for (int j = 0; j < w->n; j++) {
        vec total = {0.0}, length, cosine;
        w->u[j] = qtf[j] / fnorm;
        for (int i = 0; i < j; i++)
            total += above(w, i, j) * w->u[i];
        total += w->rdiag[j] * w->u[j];
        for (int l = 0; l < LANES; l++)
            length[l] = ((const double *)(w->acnorm + w->ipvt[j * LANES + l] - 1))[l];
        cosine = total / length;
        cosine = pick(cosine < 0.0, -cosine, cosine);
        largest = pick((length != 0.0) & ((cosine > largest) | (largest != largest)), cosine, largest);
    }
    return pick(fnorm == 0.0, (vec){0.0}, largest);
}

/* The Gauss-Newton direction to x, and permuted as the columns to u. It is not finite if R is singular. */
static void
gauss_newton(const Lanes *w)
{
    const stored *qtf = w->a + (ptrdiff_t)w->n * w->m;

    for (int j = 0; j < w->n; j++)
        w->u[j] = qtf[j];
    for (int j = w->n - 1; j >= 0; j--) {
        vec value = w->u[j] /= w->rdiag[j];
        for (int i = 0; i < j; i++)
            w->u[i] -= above(w, i, j) * value;
        for (int l = 0; l < LANES; l++)
            ((double *)(w->x + w->ipvt[j * LANES + l] - 1))[l] = value[l];
    }
}

/* |R*P'*step|, step being -u. */
INLINE vec
model_norm(const Lanes *w)
{
    for (int j = 0; j < w->n; j++) {
        vec value = -w->u[j];
        for (int i = 0; i < j; i++)
            w->v[i] += above(w, i, j) * value;
        w->v[j] = 0.0 + w->rdiag[j] * value;
    }
    return norm_of(w, w->v);
}

/* To one fit: its scale, and, unless its gradient ends it, the Gauss-Newton step. */
static void
write(const Lanes *w, int l, int ends)
{
    minpack_fit *fit = w->fits[l];

    for (int j = 0; j < w->n; j++) {
        double move = -((const double *)(w->x + j))[l];
        fit->diag[j] = ((const double *)(w->diag + j))[l];
        if (ends)
            continue;
        fit->step[j] = move;
        fit->xtrial[j] = fit->x[j] + move;
    }
}

void
NAME(propose_lanes)(int m, int taken, minpack_fit *const *fits, const double *a, const int *ipvt, const double *rdiag,
                    const double *acnorm, double *wa, double *column)
{
    const minpack_state *first = &fits[0]->s;
    int n = first->n;
    stored *room = (stored *)wa;
    const Lanes lanes = {
        m,           n,    fits,     (const stored *)a, (const stored *)rdiag, (const stored *)acnorm,
        ipvt,        room, room + n, room + 2 * n,      room + 3 * n,          norms_up_to(n, column, &first->mach),
        {n, n, n, n}};
    const Lanes *w = &lanes;
    vec fnorm = FIELD(fnorm), xnorm = FIELD(xnorm), delta = FIELD(delta), iter = FIELD(iter), gnorm, pnorm, reduction;
    mask begins = iter == 1.0, ends, direct;

    for (int j = 0; j < n; j++)
        w->diag[j] = ELEMENT(diag, j);
    if (!all(~begins))
        first_scale(w, begins, &xnorm, &delta);
    gnorm = largest_cosine(w, fnorm);
    ends = gnorm <= first->gtol;
    gauss_newton(w);
    for (int j = 0; j < n; j++) {
        vec scale = w->diag[j], length = w->acnorm[j];
        if (first->mode != 2)
            w->diag[j] = scale = pick(((length > scale) | (scale != scale)) & ~ends, length, scale);
        w->v[j] = scale * w->x[j];
    }
    pnorm = norm_of(w, w->v);
    direct = pnorm - delta <= (vec){0.1, 0.1, 0.1, 0.1} * delta;
    delta = pick(begins & ~ends & ((pnorm < delta) | (delta != delta)), pnorm, delta);
    reduction = model_norm(w) / fnorm;
    for (int l = 0; l < taken; l++) {
        minpack_state *s = &fits[l]->s;
        if (!ends[l] && !direct[l]) {
            minpack_propose(fits[l]);
            continue;
        }
        s->nfev += s->differences == 1 ? n : 0;
        s->njev += s->differences == 1 ? 0 : 1;
        s->xnorm = xnorm[l];
        s->gnorm = gnorm[l];
        s->delta = delta[l];
        s->task = ends[l] ? MINPACK_DONE : MINPACK_TRIAL;
        if (ends[l])
            s->info = 4;
        else {
            s->par = 0.0;
            s->pnorm = pnorm[l];
            s->prered = reduction[l] * reduction[l];
            s->dirder = -s->prered;
        }
        write(w, l, ends[l]);
    }
}
