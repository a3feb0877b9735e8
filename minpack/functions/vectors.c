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

#define UNARY(name, doc)                                                                                                    \
    void NAME(name)(size_t n, const double *x, double *y);                                                             \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x[i]);                                                                                \
    }
MINPACK_UNARY(UNARY)

#define BINARY(name, doc)                                                                                                   \
    void NAME(name)(size_t n, const double *x1, const double *x2, double *y);                                          \
    void NAME(name)(size_t n, const double *x1, const double *x2, double *y)                                           \
    {                                                                                                                  \
        INDEPENDENT                                                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = name##_kernel(x1[i], x2[i]);                                                                        \
    }
MINPACK_BINARY(BINARY)

/* Are any beyond the limit, or NaN? */
static inline int
any_large(size_t n, const double *x)
{
    uint64_t outside = 0;

    for (size_t i = 0; i < n; i++)
        outside |= magnitude(x[i]) <= TRIGONOMETRIC_LIMIT ? 0 : 1;
    return outside != 0;
}

enum { BLOCK = 128 };

#define PERIODIC(name, doc)                                                                                                 \
    static __attribute__((noinline)) void name##_any(size_t n, const double *x, double *y)                             \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                                 \
            y[i] = magnitude(x[i]) <= TRIGONOMETRIC_LIMIT ? name##_small(x[i]) : name##_large(x[i]);                   \
    }                                                                                                                  \
    void NAME(name)(size_t n, const double *x, double *y);                                                             \
    void NAME(name)(size_t n, const double *x, double *y)                                                              \
    {                                                                                                                  \
        for (size_t start = 0; start < n; start += BLOCK) {                                                            \
            size_t m = n - start < BLOCK ? n - start : BLOCK;                                                          \
            const double *in = x + start;                                                                              \
            double *out = y + start;                                                                                   \
            if (any_large(m, in)) {                                                                                    \
                name##_any(m, in, out);                                                                                \
                continue;                                                                                              \
            }                                                                                                          \
            INDEPENDENT                                                                                                \
            for (size_t i = 0; i < m; i++)                                                                             \
                out[i] = name##_small(in[i]);                                                                          \
        }                                                                                                              \
    }
MINPACK_PERIODIC(PERIODIC)
