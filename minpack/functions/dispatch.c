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

#ifdef MINPACK_FUNCTIONS_AVX512
#define TRY_AVX512(function, ...)                                                                                      \
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {                                     \
        function##_avx512(__VA_ARGS__);                                                                                \
        return;                                                                                                        \
    }
#else
#define TRY_AVX512(function, ...)
#endif

#define CHOOSE(function, ...)                                                                                          \
    TRY_AVX2(function, __VA_ARGS__)                                                                                    \
    function##_base(__VA_ARGS__);

#define FREQUENT(name, doc)                                                                                            \
    void minpack_##name(size_t n, const double *x, double *y)                                                          \
    {                                                                                                                  \
        TRY_AVX512(minpack_##name, n, x, y)                                                                            \
        CHOOSE(minpack_##name, n, x, y)                                                                                \
    }
MINPACK_AVX512_EACH(FREQUENT)

#define RARE(name, doc)                                                                                                \
    void minpack_##name(size_t n, const double *x, double *y)                                                          \
    {                                                                                                                  \
        CHOOSE(minpack_##name, n, x, y)                                                                                \
    }
MINPACK_RARE(RARE)

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
