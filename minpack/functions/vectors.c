/* The elementary functions over vectors. This file is compiled once for each set of instructions, LEVEL being its name:
 * the bits are the same, as each number takes the same operations in the same order wherever it stands. */
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

typedef void unary(size_t n, const double *x, double *y);
typedef void binary(size_t n, const double *x1, const double *x2, double *y);
typedef void ternary(size_t n, const double *x1, const double *x2, const double *x3, double *y);

static void
fill(size_t n, const double *from, double *to)
{
    for (size_t i = 0; i < GROUP; i++)
        to[i] = i < n ? from[i] : 1.0;
}

static void
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

#define APART __attribute__((noinline)) /* once, not in each place */

#define UNARY(name, doc)                                                                                               \
    static APART void name##_whole(size_t n, const double *x, double *y)                                               \
    {                                                                                                                  \
        if (n % GROUP != 0)                                                                                            \
            __builtin_unreachable();                                                                                   \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x[i]);                                                                                \
    }                                                                                                                  \
    unary NAME(name);                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        by_groups(n, x, y, name##_whole);                                                                              \
    }
MINPACK_UNARY(UNARY)

static void
by_groups_2(size_t n, const double *x1, const double *x2, double *y, binary *whole)
{
    const size_t rest = n % GROUP, start = n - rest;

    whole(start, x1, x2, y);
    if (rest != 0) {
        double in1[GROUP], in2[GROUP], out[GROUP];
        fill(rest, x1 + start, in1);
        fill(rest, x2 + start, in2);
        whole(GROUP, in1, in2, out);
        for (size_t i = 0; i < rest; i++)
            y[start + i] = out[i];
    }
}

#define BINARY(name, doc)                                                                                              \
    static APART void name##_whole(size_t n, const double *x1, const double *x2, double *y)                            \
    {                                                                                                                  \
        if (n % GROUP != 0)                                                                                            \
            __builtin_unreachable();                                                                                   \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x1[i], x2[i]);                                                                        \
    }                                                                                                                  \
    binary NAME(name);                                                                                                 \
    void NAME(name)(size_t n, const double *x1, const double *x2, double *y)                                           \
    {                                                                                                                  \
        by_groups_2(n, x1, x2, y, name##_whole);                                                                       \
    }
MINPACK_BINARY(BINARY)

static void
by_groups_3(size_t n, const double *x1, const double *x2, const double *x3, double *y, ternary *whole)
{
    const size_t rest = n % GROUP, start = n - rest;

    whole(start, x1, x2, x3, y);
    if (rest != 0) {
        double in1[GROUP], in2[GROUP], in3[GROUP], out[GROUP];
        fill(rest, x1 + start, in1);
        fill(rest, x2 + start, in2);
        fill(rest, x3 + start, in3);
        whole(GROUP, in1, in2, in3, out);
        for (size_t i = 0; i < rest; i++)
            y[start + i] = out[i];
    }
}

#define TERNARY(name, doc)                                                                                             \
    static APART void name##_whole(size_t n, const double *x1, const double *x2, const double *x3, double *y)          \
    {                                                                                                                  \
        if (n % GROUP != 0)                                                                                            \
            __builtin_unreachable();                                                                                   \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x1[i], x2[i], x3[i]);                                                                 \
    }                                                                                                                  \
    ternary NAME(name);                                                                                                \
    void NAME(name)(size_t n, const double *x1, const double *x2, const double *x3, double *y)                         \
    {                                                                                                                  \
        by_groups_3(n, x1, x2, x3, y, name##_whole);                                                                   \
    }
MINPACK_TERNARY(TERNARY)

/* Are any beyond the limit, or NaN? */
static int
any_large(size_t n, const double *x)
{
    uint64_t outside = 0;

    for (size_t i = 0; i < n; i++)
        outside |= magnitude(x[i]) <= TRIGONOMETRIC_LIMIT ? 0 : 1;
    return outside != 0;
}

static void
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
    static APART void name##_whole(size_t n, const double *x, double *y)                                               \
    {                                                                                                                  \
        if (n % GROUP != 0)                                                                                            \
            __builtin_unreachable();                                                                                   \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_small(x[i]);                                                                                 \
    }                                                                                                                  \
    static APART void name##_any(size_t n, const double *x, double *y)                                                 \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = magnitude(x[i]) <= TRIGONOMETRIC_LIMIT ? name##_small(x[i]) : name##_large(x[i]);                   \
    }                                                                                                                  \
    unary NAME(name);                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        by_blocks(n, x, y, name##_whole, name##_any);                                                                  \
    }
MINPACK_PERIODIC(PERIODIC)
