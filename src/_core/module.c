/* The boundary: the extension module.
 *
 * Python owns policy and words, Fortran owns arithmetic; C owns references, copies and the GIL. Nothing is global but
 * constant tables and NumPy's, so that fits may nest, and run in any thread.
 */
#include "convert.h"
#include "batch.h"
#include "single.h"
#include "minpack.h"
#include <limits.h>
#include <numpy/arrayobject.h>

PyDoc_STRVAR(chkder_doc,
             "chkder(x, fvec, fjac, fvecp) -> xp or err\n\n"
             "MINPACK's check of a Jacobian, all of float64: with fvec None the neighbouring point of x; else the\n"
             "verdict on each row of the Jacobian, fjac of shape (n, m), from the residuals at x and at that point.");

static PyObject *
chkder(PyObject *Py_UNUSED(module), PyObject *const *a, Py_ssize_t count)
{
    PyArrayObject *in[4] = {NULL}, *out = NULL;
    minpack_machine mach;
    npy_intp n, m;

    if (count != 4) {
        PyErr_Format(PyExc_TypeError, "chkder takes 4 arguments, not %zd", count);
        return NULL;
    }
    minpack_machine_parameters(MINPACK_SCIPY, &mach);
    for (int k = 0; k < 4 && (k == 0 || a[1] != Py_None); k++) {
        in[k] = (PyArrayObject *)PyArray_FROMANY(a[k], NPY_DOUBLE, k == 2 ? 2 : 1, k == 2 ? 2 : 1, NPY_ARRAY_CARRAY_RO);
        if (in[k] == NULL)
            goto done;
    }
    n = PyArray_SIZE(in[0]);
    if (in[1] == NULL) {
        out = (PyArrayObject *)PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        if (out != NULL)
            minpack_chkder(0, (int)n, PyArray_DATA(in[0]), NULL, NULL, 0, PyArray_DATA(out), NULL, 1, NULL, &mach);
        goto done;
    }
    m = PyArray_SIZE(in[1]);
    if (n > INT_MAX || m > INT_MAX || PyArray_SIZE(in[3]) != m || PyArray_DIM(in[2], 0) != n
        || PyArray_DIM(in[2], 1) != m) {
        PyErr_SetString(PyExc_ValueError, "chkder: the shapes do not agree");
        goto done;
    }
    out = (PyArrayObject *)PyArray_SimpleNew(1, &m, NPY_DOUBLE);
    if (out != NULL)
        minpack_chkder((int)m, (int)n, PyArray_DATA(in[0]), PyArray_DATA(in[1]), PyArray_DATA(in[2]), (int)m, NULL,
                       PyArray_DATA(in[3]), 2, PyArray_DATA(out), &mach);
done:
    for (int k = 0; k < 4; k++)
        Py_XDECREF(in[k]);
    return (PyObject *)out;
}

/* ---- The module ------------------------------------------------------------------------------------------ */

static PyMethodDef methods[] = {
    {"leastsq", (PyCFunction)(void (*)(void))leastsq, METH_FASTCALL, LEASTSQ_DOC},
    {"chkder", (PyCFunction)(void (*)(void))chkder, METH_FASTCALL, chkder_doc},
    {NULL, NULL, 0, NULL},
};

/* routines: the addresses of the functions of minpack.h, for ctypes and for compiled callers. */
static int
add_routines(PyObject *module)
{
#define ROUTINE(name) {#name, (void (*)(void))minpack_##name}
    static const struct {
        const char *name;
        void (*address)(void);
    } table[] = {
        ROUTINE(machine_parameters), ROUTINE(lmdif), ROUTINE(lmder), ROUTINE(lmstr), ROUTINE(lm_start),
        ROUTINE(lm_linearize), ROUTINE(lm_linearize_rows), ROUTINE(lm_begin_iteration), ROUTINE(lm_update), ROUTINE(enorm),
        ROUTINE(difference_step), ROUTINE(fdjac2), ROUTINE(qrfac), ROUTINE(qrfac_lanes), ROUTINE(difference_lanes), ROUTINE(qrsolv), ROUTINE(lmpar), ROUTINE(rwupdt),
        ROUTINE(covar), ROUTINE(chkder),
        ROUTINE(bounded_work), ROUTINE(bounded_begin), ROUTINE(bounded_start), ROUTINE(bounded_prepare),
        ROUTINE(bounded_factor), ROUTINE(bounded_propose), ROUTINE(bounded_judge), ROUTINE(bounded_step),
        ROUTINE(bounded_active), ROUTINE(differences_begin), ROUTINE(difference_point), ROUTINE(difference_column),
        ROUTINE(active), ROUTINE(move_inside), ROUTINE(to_bound), ROUTINE(loss_value), ROUTINE(loss_slopes),
        ROUTINE(minimum_on), ROUTINE(new_radius), ROUTINE(verdict), ROUTINE(step_by_factor),
        ROUTINE(step_by_spectrum), ROUTINE(singular_values),
#ifdef MINPACK_AVX2
        ROUTINE(difference_lanes_avx2), ROUTINE(qrfac_lanes_avx2),
#endif
    };
#undef ROUTINE
    PyObject *routines = PyDict_New();

    for (size_t i = 0; routines != NULL && i < sizeof table / sizeof table[0]; i++) {
        PyObject *address = PyLong_FromVoidPtr((void *)table[i].address);
        if (address == NULL || PyDict_SetItemString(routines, table[i].name, address) != 0)
            Py_CLEAR(routines);
        Py_XDECREF(address);
    }
    if (routines == NULL)
        return -1;
    int status = PyModule_AddObjectRef(module, "routines", routines);
    Py_DECREF(routines);
    return status;
}

static int
module_exec(PyObject *module)
{
    if (PyArray_ImportNumPyAPI() < 0)
        return -1;
    return add_routines(module) != 0 || add_batch(module) != 0 ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec},
#ifdef Py_mod_multiple_interpreters
    /* Ours would be, but NumPy's table of functions and types, which is one a process, is not; as NumPy itself. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "minpack._core",
    .m_doc = "MINPACK's Levenberg-Marquardt for Python callables.",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
