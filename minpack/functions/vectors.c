/* The elementary functions over vectors. This file is compiled once for each set of instructions, LEVEL being its name:
 * the bits are the same, as each number takes the same operations in the same order wherever it stands. FREQUENT_ONLY
 * and RARE_ONLY leave out the others, so that the two can have other options. */
#include "kernels.h"
#include "minpack.h"

#define JOIN(name, level) minpack_##name##_##level
#define EXPAND(name, level) JOIN(name, level)
#define NAME(name) EXPAND(name, LEVEL)

/* x and y are the same vector or have nothing in common */
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

/* Numbers come in groups of eight, the last of them filled up: then the loops are vectors alone, at half the size. */
enum { GROUP = 8, BLOCK = 128 };

#define APART __attribute__((noinline)) /* once, not in each place */

#define FOR_WHOLE_GROUPS                                                                                               \
    if (n % GROUP != 0)                                                                                                \
        __builtin_unreachable();                                                                                       \
    INDEPENDENT                                                                                                        \
    for (size_t i = 0; i < n; i++)

typedef void unary(size_t n, const double *x, double *y);
typedef void binary(size_t n, const double *x1, const double *x2, double *y);
typedef void ternary(size_t n, const double *x1, const double *x2, const double *x3, double *y);

static void
fill(size_t n, const double *from, double *to)
{
    for (size_t i = 0; i < GROUP; i++)
        to[i] = i < n ? from[i] : 1.0;
}

static APART void
by_groups(size_t n, const double *x, double *y, unary *whole)
{
    const size_t rest = n % GROUP, start = n - rest;

    whole(start, x, y);
    if (rest != 0) {
        double in[GROUP], out[GROUP];
        fill(rest, x + start, in);
        whole(GROUP, in, out);
        for (size_t i = 0; i < rest; i++)
            y[start + i] = out[i];
    }
}

#define WHOLE(name)                                                                                                    \
    static APART void name##_whole(size_t n, const double *x, double *y)                                               \
    {                                                                                                                  \
        FOR_WHOLE_GROUPS                                                                                               \
            y[i] = name##_kernel(x[i]);                                                                                \
    }

#ifndef RARE_ONLY
/* Most numbers lie where fewer operations serve; a block with others is computed again. */
typedef int middle(size_t n, const double *x, double *y);

static APART void
by_middle(size_t n, const double *x, double *y, middle *inside, unary *any)
{
    double kept[BLOCK];

    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t m = n - start < BLOCK ? n - start : BLOCK, whole = m - m % GROUP;
        const double *from = x + start;
        if (x == y)
            from = __builtin_memcpy(kept, from, m * sizeof *from);
        if (!inside(whole, from, y + start))
            any(whole, from, y + start);
        by_groups(m - whole, from + whole, y + start + whole, any);
    }
}

#define MIDDLE(name, room)                                                                                             \
    static APART int name##_middle(size_t n, const double *x, double *y)                                               \
    {                                                                                                                  \
        uint64_t offsets = 0;                                                                                          \
        FOR_WHOLE_GROUPS {                                                                                             \
            offsets |= name##_offset(x[i]); /* before y[i] is stored, which compilers take for x[i] */                 \
            y[i] = name##_inside(x[i]);                                                                                \
        }                                                                                                              \
        return offsets < room;                                                                                         \
    }                                                                                                                  \
    WHOLE(name)                                                                                                        \
    unary NAME(name);                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        by_middle(n, x, y, name##_middle, name##_whole);                                                               \
    }
MIDDLE(exp, (uint64_t)1 << 10)
MIDDLE(log, (uint64_t)1 << 62)

/* Are any beyond the limit, or NaN? */
static int
any_large(size_t n, const double *x)
{
    uint64_t outside = 0;

    for (size_t i = 0; i < n; i++)
        outside |= magnitude(x[i]) <= TRIGONOMETRIC_LIMIT ? 0 : 1;
    return outside != 0;
}

static APART void
by_blocks(size_t n, const double *x, double *y, unary *whole, unary *any)
{
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t m = n - start < BLOCK ? n - start : BLOCK;
        if (any_large(m, x + start))
            any(m, x + start, y + start);
        else
            by_groups(m, x + start, y + start, whole);
    }
}

#define PERIODIC(name, doc)                                                                                            \
    double minpack_##name##_of(double x);                                                                              \
    static APART void name##_whole(size_t n, const double *x, double *y)                                               \
    {                                                                                                                  \
        FOR_WHOLE_GROUPS                                                                                               \
            y[i] = name##_small(x[i]);                                                                                 \
    }                                                                                                                  \
    static APART void name##_any(size_t n, const double *x, double *y)                                                 \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = minpack_##name##_of(x[i]);                                                                          \
    }                                                                                                                  \
    unary NAME(name);                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        by_blocks(n, x, y, name##_whole, name##_any);                                                                  \
    }
MINPACK_PERIODIC(PERIODIC)
#endif

#ifndef FREQUENT_ONLY
#define UNARY(name, doc)                                                                                               \
    WHOLE(name)                                                                                                        \
    unary NAME(name);                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        by_groups(n, x, y, name##_whole);                                                                              \
    }
MINPACK_RARE(UNARY)

/* The same for functions of several arguments. */
enum { MOST = 3 };
typedef void several(size_t n, const double *const *x, double *y);

static APART void
by_groups_of(int count, size_t n, const double *const *x, double *y, several *whole)
{
    const size_t rest = n % GROUP, start = n - rest;
    double in[MOST][GROUP], out[GROUP];
    const double *filled[MOST];

    whole(start, x, y);
    if (rest == 0)
        return;
    for (int k = 0; k < count; k++) {
        fill(rest, x[k] + start, in[k]);
        filled[k] = in[k];
    }
    whole(GROUP, filled, out);
    for (size_t i = 0; i < rest; i++)
        y[start + i] = out[i];
}

#define BINARY(name, doc)                                                                                              \
    static APART void name##_whole(size_t n, const double *const *x, double *y)                                        \
    {                                                                                                                  \
        const double *x1 = x[0], *x2 = x[1];                                                                           \
        FOR_WHOLE_GROUPS                                                                                               \
            y[i] = name##_kernel(x1[i], x2[i]);                                                                        \
    }                                                                                                                  \
    binary NAME(name);                                                                                                 \
    void NAME(name)(size_t n, const double *x1, const double *x2, double *y)                                           \
    {                                                                                                                  \
        by_groups_of(2, n, (const double *[]){x1, x2}, y, name##_whole);                                               \
    }
MINPACK_BINARY(BINARY)

#define TERNARY(name, doc)                                                                                             \
    static APART void name##_whole(size_t n, const double *const *x, double *y)                                        \
    {                                                                                                                  \
        const double *x1 = x[0], *x2 = x[1], *x3 = x[2];                                                               \
        FOR_WHOLE_GROUPS                                                                                               \
            y[i] = name##_kernel(x1[i], x2[i], x3[i]);                                                                 \
    }                                                                                                                  \
    ternary NAME(name);                                                                                                \
    void NAME(name)(size_t n, const double *x1, const double *x2, const double *x3, double *y)                         \
    {                                                                                                                  \
        by_groups_of(3, n, (const double *[]){x1, x2, x3}, y, name##_whole);                                           \
    }
MINPACK_TERNARY(TERNARY)
#endif
