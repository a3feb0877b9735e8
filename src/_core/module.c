/* The boundary: the extension module.
 *
 * Python owns policy and words, Fortran owns arithmetic; C owns references, copies and the GIL. Nothing is global but
 * constant tables and NumPy's, so that fits may nest, and run in any thread.
 */
#define MINPACK_IMPORTS_NUMPY
#include "arguments.h"
#include "batch.h"
#include "doors.h"
#include "minpack.h"
#include <limits.h>
#include <math.h>
#include <string.h>

const char chkder_doc[] =
    "chkder(x, fvec=None, fjac=None, fvecp=None) -> xp or err\n\n"
    "MINPACK's check of a Jacobian, all of float64: without fvec the neighbouring point of x; else the verdict on\n"
    "each row of the Jacobian, fjac of shape (n, m), from the residuals at x and at that point.";

PyObject *
chkder(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    enum { X, FVEC, FJAC, FVECP, ARGUMENTS };
    static Argument names[] = {{"x", "n"}, {"fvec", "m"}, {"fjac", "nm"}, {"fvecp", "m"}, {NULL}};
    PyObject *a[ARGUMENTS], *out = NULL;
    PyArrayObject *in[ARGUMENTS] = {NULL};
    Py_ssize_t given = count + (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    minpack_machine mach;
    npy_intp sizes[SIZES];

    if (take_arguments("chkder", names, given > 1 ? ARGUMENTS : 1, args, count, keywords, a) != 0)
        return NULL;
    minpack_machine_parameters(MINPACK_SCIPY, &mach);
    if (take_arrays("chkder", names, a, in, sizes) == 0)
        out = PyArray_SimpleNew(1, sizes + (given > 1 ? M : N), NPY_DOUBLE);
    if (out != NULL && given > 1)
        minpack_chkder((int)sizes[M], (int)sizes[N], PyArray_DATA(in[X]), PyArray_DATA(in[FVEC]),
                       PyArray_DATA(in[FJAC]), (int)sizes[M], NULL, PyArray_DATA(in[FVECP]), 2,
                       PyArray_DATA((PyArrayObject *)out), &mach);
    else if (out != NULL)
        minpack_chkder(0, (int)sizes[N], PyArray_DATA(in[X]), NULL, NULL, 0, PyArray_DATA((PyArrayObject *)out), NULL,
                       1, NULL, &mach);
    drop_arrays(in, ARGUMENTS);
    return out;
}

const char spectral_covar_doc[] =
    "spectral_covar(jac) -> (cov, share) or None\n\n"
    "Inverse(J'J) of a Jacobian (m, n) on the directions that it determines, (n, n), and how much of each\n"
    "parameter's unit vector, squared, lies in these, (n,). None if the Jacobian is not finite.";

PyObject *
spectral_covar(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    static Argument names[] = {{"jac"}, {NULL}};
    PyObject *a[1], *result = NULL;
    PyArrayObject *jac = NULL, *out[2] = {NULL}; /* cov, share */
    minpack_machine mach;
    double *memory = NULL;
    int finite = 1;

    if (take_arguments("spectral_covar", names, 1, args, count, keywords, a) == 0)
        jac = (PyArrayObject *)PyArray_FROMANY(a[0], NPY_DOUBLE, 2, 2, NPY_ARRAY_FARRAY_RO);
    if (jac == NULL)
        return NULL;
    npy_intp m = PyArray_DIM(jac, 0), n = PyArray_DIM(jac, 1), dims[2] = {n, n}, rows = m > n ? m : n;
    if (m > 0 && n > 0 && rows <= INT_MAX && (double)n * (double)(rows + n + 7) < PY_SSIZE_T_MAX / 16.0)
        memory = PyMem_Calloc((size_t)(n * (rows + n + 6) + (n + 1) / 2), sizeof(double));
    if (memory == NULL)
        PyErr_NoMemory();
    for (npy_intp j = 0; memory != NULL && finite && j < n; j++) {
        for (npy_intp i = 0; finite && i < m; i++)
            finite = isfinite(memory[j * rows + i] = ((const double *)PyArray_DATA(jac))[j * m + i]);
    }
    if (memory != NULL && finite) {
        out[0] = (PyArrayObject *)PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        out[1] = (PyArrayObject *)PyArray_SimpleNew(1, dims, NPY_DOUBLE);
    }
    if (out[0] != NULL && out[1] != NULL) {
        minpack_machine_parameters(MINPACK_SCIPY, &mach);
        minpack_spectral_covar((int)rows, (int)n, memory, (int *)(memory + n * (rows + n + 6)), PyArray_DATA(out[0]),
                               PyArray_DATA(out[1]), memory + n * rows, &mach);
        result = PyTuple_Pack(2, out[0], out[1]);
    }
    PyMem_Free(memory);
    Py_DECREF(jac);
    drop_arrays(out, 2);
    return finite ? result : Py_NewRef(Py_None);
}

/* ---- The module ------------------------------------------------------------------------------------------ */

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL | METH_KEYWORDS, name##_doc},
#define POSITIONAL(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, name##_doc},
/* clang-format off */
static PyMethodDef methods[] = {
    MODULE_FUNCTIONS(METHOD)
    POSITIONAL(hold)
    POSITIONAL(count_stuck)
    POSITIONAL(empty_results)
    POSITIONAL(call_with_columns)
    POSITIONAL(best_of_candidates)
    {NULL, NULL, 0, NULL},
};
/* clang-format on */

/* routines: the addresses of the functions of minpack.h, for ctypes and for compiled callers. */
static int
add_routines(PyObject *module)
{
#define ROUTINE(name) {#name, (void (*)(void))minpack_##name},
    static const struct {
        const char *name;
        void (*address)(void);
    } table[] = {MINPACK_ROUTINES(ROUTINE)};
    PyObject *routines = PyDict_New();

    for (size_t i = 0; routines != NULL && i < sizeof table / sizeof table[0]; i++) {
        PyObject *address = PyLong_FromVoidPtr((void *)table[i].address);
        if (address == NULL || PyDict_SetItemString(routines, table[i].name, address) != 0)
            Py_CLEAR(routines);
        Py_XDECREF(address);
    }
    int status = routines == NULL ? -1 : PyModule_AddObjectRef(module, "routines", routines);
    Py_XDECREF(routines);
    return status;
}

/* A field of a struct: its name, its type for NumPy, and where it is. */
typedef struct {
    const char *name, *format;
    size_t offset;
} Field;

/* Add what numpy.dtype makes a type from. Returns 0, or -1 with the error set. */
static int
add_layout(PyObject *module, const char *name, const Field *table, Py_ssize_t count, size_t size)
{
    PyObject *names = PyList_New(count), *formats = PyList_New(count), *offsets = PyList_New(count), *layout = NULL;

    for (Py_ssize_t i = 0; names != NULL && formats != NULL && offsets != NULL && i < count; i++) {
        PyList_SET_ITEM(names, i, PyUnicode_FromString(table[i].name));
        PyList_SET_ITEM(formats, i, PyUnicode_FromString(table[i].format));
        PyList_SET_ITEM(offsets, i, PyLong_FromSize_t(table[i].offset));
    }
    if (!PyErr_Occurred())
        layout = Py_BuildValue("{sOsOsOsn}", "names", names, "formats", formats, "offsets", offsets, "itemsize",
                               (Py_ssize_t)size);
    Py_XDECREF(names);
    Py_XDECREF(formats);
    Py_XDECREF(offsets);
    int status = layout == NULL ? -1 : PyModule_AddObjectRef(module, name, layout);
    Py_XDECREF(layout);
    return status;
}

/* Add fit_layout and bounded_layout, those of minpack_fit and minpack_bounded, for callers that are not in C. */
static int
add_layouts(PyObject *module)
{
#define MACHINE(name) {#name, "f8", offsetof(minpack_machine, name)}
#define IN_FIT(type, name) {#name, sizeof(type) == sizeof(double) ? "f8" : "i4", offsetof(minpack_fit, s.name)},
#define OF_FIT(type, name) {#name, "p", offsetof(minpack_fit, name)},
#define IN_BOUNDED(type, name) {#name, sizeof(type) == sizeof(double) ? "f8" : "i4", offsetof(minpack_bounded, s.name)},
#define OF_BOUNDED(type, name) {#name, "p", offsetof(minpack_bounded, name)},
    static const Field of_fit[] = {MACHINE(epsmch), MACHINE(dwarf), MACHINE(rdwarf), MACHINE(rgiant),
                                   MINPACK_STATE_FIELDS(IN_FIT) MINPACK_ARRAYS(OF_FIT)};
    static const Field of_bounded[] = {MINPACK_BOUNDED_FIELDS(IN_BOUNDED) MINPACK_BOUNDED_ARRAYS(OF_BOUNDED)};

    if (add_layout(module, "fit_layout", of_fit, sizeof of_fit / sizeof of_fit[0], sizeof(minpack_fit)) != 0)
        return -1;
    return add_layout(module, "bounded_layout", of_bounded, sizeof of_bounded / sizeof of_bounded[0],
                      sizeof(minpack_bounded));
}

static int
module_exec(PyObject *module)
{
    if (PyArray_ImportNumPyAPI() < 0)
        return -1;
    if (add_routines(module) != 0 || add_layouts(module) != 0 || add_settings(module) != 0 || add_data(module) != 0
        || add_single(module) != 0 || add_batch(module) != 0 || add_ufuncs(module) != 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#ifdef Py_mod_multiple_interpreters
    /* As NumPy itself: its table of functions and types belongs to the process, not to an interpreter. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "minpack._core", .m_doc = "MINPACK's Levenberg-Marquardt for Python callables.",
    .m_methods = methods,  .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
