/* The elementary functions for each set of instructions, minpack_NAME_LEVEL, declared whether built or not; and their
 * tables. */
#pragma once

#include "minpack.h"
#include "tables.h"

/* F1, F2, F3 for the functions of one, two and three arguments */
#define MINPACK_EACH(F1, F2, F3) MINPACK_UNARY(F1) MINPACK_PERIODIC(F1) MINPACK_BINARY(F2) MINPACK_TERNARY(F3)

#define MINPACK_LEVELS(name, arguments)                                                                                \
    void minpack_##name##_base arguments;                                                                              \
    void minpack_##name##_avx2 arguments;
#define MINPACK_LEVELS_1(name, doc) MINPACK_LEVELS(name, (size_t n, const double *, double *))
#define MINPACK_LEVELS_2(name, doc) MINPACK_LEVELS(name, (size_t n, const double *, const double *, double *))
#define MINPACK_LEVELS_3(name, doc)                                                                                    \
    MINPACK_LEVELS(name, (size_t n, const double *, const double *, const double *, double *))
MINPACK_EACH(MINPACK_LEVELS_1, MINPACK_LEVELS_2, MINPACK_LEVELS_3)

/* AVX-512 pays for these alone */
#define MINPACK_AVX512_EACH(F) MINPACK_FREQUENT(F) MINPACK_PERIODIC(F)
#define MINPACK_LEVEL(name, doc) void minpack_##name##_avx512(size_t n, const double *, double *);
MINPACK_AVX512_EACH(MINPACK_LEVEL)
