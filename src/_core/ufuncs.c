/* The elementary functions as NumPy's ufuncs: loops that hand pieces of any array to the vectors of minpack.h.
 *
 * float64 goes through where it lies side by side; else pieces are converted and copied. The bits do not depend on the
 * way. Nothing raises a floating-point warning: the flags that vectors set where they compute both sides of a choice
 * say nothing.
 */
#include "convert.h"
#include "doors.h"
#include "functions/levels.h"
#include <fenv.h>
#include <numpy/ufuncobject.h>

enum { MOST_INPUTS = 3, PIECE = 256 };

typedef struct {
    int inputs;
    void (*vector)(void); /* of that many inputs */
} Function;

static void
call(const Function *f, size_t n, const double *const *in, double *out)
{
    if (f->inputs == 1)
        ((void (*)(size_t, const double *, double *))f->vector)(n, in[0], out);
    else if (f->inputs == 2)
        ((void (*)(size_t, const double *, const double *, double *))f->vector)(n, in[0], in[1], out);
    else
        ((void (*)(size_t, const double *, const double *, const double *, double *))f->vector)(n, in[0], in[1], in[2],
                                                                                                out);
}

typedef void Fill(npy_intp n, const char *from, npy_intp step, double *to);
typedef void Store(npy_intp n, const double *from, char *to, npy_intp step);

#define FILL(type) \
    static void fill_##type(npy_intp n, const char *from, npy_intp step, double *to) \
    { \
        for (npy_intp i = 0; i < n; i++) \
            to[i] = (double)*(const type *)(from + i * step); \
    }
#define STORE(type) \
    static void store_##type(npy_intp n, const double *from, char *to, npy_intp step) \
    { \
        for (npy_intp i = 0; i < n; i++) \
            *(type *)(to + i * step) = (type)from[i]; \
    }
FILL(npy_bool)
FILL(npy_byte)
FILL(npy_ubyte)
FILL(npy_short)
FILL(npy_ushort)
FILL(npy_float)
FILL(npy_double)
STORE(npy_float)
STORE(npy_double)

/* Piece by piece. An operand of float64 side by side is used in its place, except that an input which overlaps the
 * output can only be the output itself: NumPy sees to that. */
static void
pieces(const Function *f, char **args, npy_intp count, const npy_intp *steps, Fill *fill, Store *store)
{
    double in[MOST_INPUTS][PIECE], out[PIECE];
    const double *operands[MOST_INPUTS];
    char *result = args[f->inputs];
    npy_intp result_step = steps[f->inputs];
    const int direct = store == store_npy_double && result_step == sizeof(double);
    int all = direct;

    for (int k = 0; k < f->inputs; k++)
        all = all && fill == fill_npy_double && steps[k] == sizeof(double);
    for (npy_intp start = 0; start < count;) {
        npy_intp n = all || count - start < PIECE ? count - start : PIECE;
        for (int k = 0; k < f->inputs; k++) {
            const char *from = args[k] + start * steps[k];
            if (fill == fill_npy_double && steps[k] == sizeof(double)) {
                operands[k] = (const double *)from;
                continue;
            }
            /* a number for all is converted once */
            if (start == 0 || steps[k] != 0)
                fill(start == 0 && steps[k] == 0 ? PIECE : n, from, steps[k], in[k]);
            operands[k] = in[k];
        }
        call(f, (size_t)n, operands, direct ? (double *)(result + start * result_step) : out);
        if (!direct)
            store(n, out, result + start * result_step, result_step);
        start += n;
    }
    feclearexcept(FE_ALL_EXCEPT);
}

#define LOOP(from, to) \
    static void loop_##from(char **args, const npy_intp *count, const npy_intp *steps, void *function) \
    { \
        pieces(function, args, *count, steps, fill_##from, store_##to); \
    }
LOOP(npy_bool, npy_double)
LOOP(npy_byte, npy_double)
LOOP(npy_ubyte, npy_double)
LOOP(npy_short, npy_double)
LOOP(npy_ushort, npy_double)
LOOP(npy_float, npy_float)
LOOP(npy_double, npy_double)

/* The first to which all operands can be cast is taken: wider integers become float64, too, and float16 float32. */
enum { LOOPS = 7 };
static const PyUFuncGenericFunction loops[LOOPS] = {
    loop_npy_bool, loop_npy_byte, loop_npy_ubyte, loop_npy_short, loop_npy_ushort, loop_npy_float, loop_npy_double,
};
#define TYPES_1(t, r) t, r
#define TYPES_2(t, r) t, t, r
#define TYPES_3(t, r) t, t, t, r
#define TYPES(T) \
    {T(NPY_BOOL, NPY_DOUBLE),   T(NPY_BYTE, NPY_DOUBLE), T(NPY_UBYTE, NPY_DOUBLE), T(NPY_SHORT, NPY_DOUBLE), \
     T(NPY_USHORT, NPY_DOUBLE), T(NPY_FLOAT, NPY_FLOAT), T(NPY_DOUBLE, NPY_DOUBLE)}
static const char types_1[] = TYPES(TYPES_1), types_2[] = TYPES(TYPES_2), types_3[] = TYPES(TYPES_3);
static const char *const types[MOST_INPUTS] = {types_1, types_2, types_3};

#define FUNCTION(name, count) \
    static const Function function_##name = {count, (void (*)(void))minpack_##name}; \
    static const void *const data_##name[LOOPS] = {&function_##name, &function_##name, &function_##name, \
                                                   &function_##name, &function_##name, &function_##name, \
                                                   &function_##name};
#define FUNCTION_1(name, doc) FUNCTION(name, 1)
#define FUNCTION_2(name, doc) FUNCTION(name, 2)
#define FUNCTION_3(name, doc) FUNCTION(name, 3)
MINPACK_EACH(FUNCTION_1, FUNCTION_2, FUNCTION_3)
MINPACK_SLOPES(FUNCTION_3)

#define ROW(name, doc) {#name, doc, data_##name},
static const struct {
    const char *name, *doc;
    const void *const *data;
} table[] = {MINPACK_EACH(ROW, ROW, ROW) MINPACK_SLOPES(ROW)};

/* The vectors for each set of instructions, by name, for tests and compiled callers. */
#define ANY(name, doc) {#name, (void (*)(void))minpack_##name},
#define BASE(name, doc) {#name "_base", (void (*)(void))minpack_##name##_base},
#define AVX2(name, doc) {#name "_avx2", (void (*)(void))minpack_##name##_avx2},
#define AVX512(name, doc) {#name "_avx512", (void (*)(void))minpack_##name##_avx512},
static const struct {
    const char *name;
    void (*address)(void);
} addresses[] = {MINPACK_EACH(ANY, ANY, ANY) MINPACK_EACH(BASE, BASE, BASE)
#ifdef MINPACK_FUNCTIONS_AVX2
                     MINPACK_EACH(AVX2, AVX2, AVX2)
#endif
#ifdef MINPACK_FUNCTIONS_AVX512
                         MINPACK_AVX512_EACH(AVX512)
#endif
};

/* Put a new reference into a dict. */
static int
put(PyObject *dict, const char *name, PyObject *value)
{
    int status = value == NULL ? -1 : PyDict_SetItemString(dict, name, value);
    Py_XDECREF(value);
    return status;
}

/* The constants of the functions, as bytes, for compiled callers. */
static int
add_tables(PyObject *module)
{
    PyObject *tables = PyDict_New();
    int status = tables == NULL ? -1 : PyModule_AddObjectRef(module, "tables", tables);

#define TABLE(name) \
    if (status == 0) \
        status = put(tables, #name, PyBytes_FromStringAndSize((const char *)name, sizeof name));
    MINPACK_TABLES_EACH(TABLE)
    Py_XDECREF(tables);
    return status;
}

int
add_ufuncs(PyObject *module)
{
    PyObject *routines, *ufuncs;
    int status = 0;

    if (PyUFunc_ImportUFuncAPI() < 0 || add_tables(module) < 0)
        return -1;
    routines = PyObject_GetAttrString(module, "routines");
    if (routines == NULL)
        return -1;
    for (size_t i = 0; status == 0 && i < sizeof addresses / sizeof addresses[0]; i++)
        status = put(routines, addresses[i].name, PyLong_FromVoidPtr((void *)addresses[i].address));
    Py_DECREF(routines);
    ufuncs = PyDict_New();
    if (status != 0 || ufuncs == NULL || PyModule_AddObjectRef(module, "ufuncs", ufuncs) != 0) {
        Py_XDECREF(ufuncs);
        return -1;
    }
    for (size_t i = 0; status == 0 && i < sizeof table / sizeof table[0]; i++) {
        int inputs = ((const Function *)table[i].data[0])->inputs;
        /* NumPy takes tables that it could write to, and does not */
        status = put(ufuncs, table[i].name,
                     PyUFunc_FromFuncAndData((PyUFuncGenericFunction *)loops, (void *)table[i].data, types[inputs - 1],
                                             LOOPS, inputs, 1, PyUFunc_None, table[i].name, table[i].doc, 0));
    }
    Py_DECREF(ufuncs);
    return status;
}
