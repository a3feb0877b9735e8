/* Each elementary function by the widest vectors that were built and that the processor has. */
#include "levels.h"

#ifdef MINPACK_FUNCTIONS_AVX2
#define TRY_AVX2(function, ...)                                                                                        \
    if (__builtin_cpu_supports("avx2")) {                                                                              \
        function##_avx2(__VA_ARGS__);                                                                                  \
        return;                                                                                                        \
    }
#else
#define TRY_AVX2(function, ...)
#endif

#define CHOOSE(function, ...)                                                                                          \
    TRY_AVX2(function, __VA_ARGS__)                                                                                    \
    function##_base(__VA_ARGS__);

#define UNARY(name, doc)                                                                                               \
    void minpack_##name(size_t n, const double *x, double *y)                                                          \
    {                                                                                                                  \
        CHOOSE(minpack_##name, n, x, y)                                                                                \
    }
MINPACK_UNARY(UNARY)
MINPACK_PERIODIC(UNARY)

#define BINARY(name, doc)                                                                                              \
    void minpack_##name(size_t n, const double *x1, const double *x2, double *y)                                       \
    {                                                                                                                  \
        CHOOSE(minpack_##name, n, x1, x2, y)                                                                           \
    }
MINPACK_BINARY(BINARY)

#define TERNARY(name, doc)                                                                                             \
    void minpack_##name(size_t n, const double *x1, const double *x2, const double *x3, double *y)                     \
    {                                                                                                                  \
        CHOOSE(minpack_##name, n, x1, x2, x3, y)                                                                       \
    }
MINPACK_TERNARY(TERNARY)
