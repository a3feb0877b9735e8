/* Each elementary function by the widest vectors that were built and that the processor has. */
#include "minpack.h"

#define UNARY(name, level) void minpack_##name##_##level(size_t n, const double *x, double *y);
#define BINARY(name, level) void minpack_##name##_##level(size_t n, const double *x1, const double *x2, double *y);
#define UNARY_BASE(name, doc) UNARY(name, base)
#define BINARY_BASE(name, doc) BINARY(name, base)
MINPACK_UNARY(UNARY_BASE)
MINPACK_PERIODIC(UNARY_BASE)
MINPACK_BINARY(BINARY_BASE)

#ifdef MINPACK_FUNCTIONS_AVX2
#define UNARY_AVX2(name, doc) UNARY(name, avx2)
#define BINARY_AVX2(name, doc) BINARY(name, avx2)
MINPACK_UNARY(UNARY_AVX2)
MINPACK_PERIODIC(UNARY_AVX2)
MINPACK_BINARY(BINARY_AVX2)
#define TRY_AVX2(call) if (__builtin_cpu_supports("avx2")) { call; return; }
#else
#define TRY_AVX2(call)
#endif

#ifdef MINPACK_FUNCTIONS_AVX512
#define UNARY_AVX512(name, doc) UNARY(name, avx512)
#define BINARY_AVX512(name, doc) BINARY(name, avx512)
MINPACK_UNARY(UNARY_AVX512)
MINPACK_PERIODIC(UNARY_AVX512)
MINPACK_BINARY(BINARY_AVX512)
#define TRY_AVX512(call)                                                                                               \
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) { \
        call;                                                                                                          \
        return;                                                                                                        \
    }
#else
#define TRY_AVX512(call)
#endif

#define CHOOSE_UNARY(name, doc)                                                                                        \
    void minpack_##name(size_t n, const double *x, double *y)                                                          \
    {                                                                                                                  \
        TRY_AVX512(minpack_##name##_avx512(n, x, y))                                                                   \
        TRY_AVX2(minpack_##name##_avx2(n, x, y))                                                                       \
        minpack_##name##_base(n, x, y);                                                                                \
    }
MINPACK_UNARY(CHOOSE_UNARY)
MINPACK_PERIODIC(CHOOSE_UNARY)

#define CHOOSE_BINARY(name, doc)                                                                                       \
    void minpack_##name(size_t n, const double *x1, const double *x2, double *y)                                       \
    {                                                                                                                  \
        TRY_AVX512(minpack_##name##_avx512(n, x1, x2, y))                                                              \
        TRY_AVX2(minpack_##name##_avx2(n, x1, x2, y))                                                                  \
        minpack_##name##_base(n, x1, x2, y);                                                                           \
    }
MINPACK_BINARY(CHOOSE_BINARY)
