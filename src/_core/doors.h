/* The functions of the module, by METH_FASTCALL | METH_KEYWORDS, and what adds its types and tables. */
#pragma once

#include <Python.h>

/* clang-format off */
#define MODULE_FUNCTIONS(X) \
    X(solve_residuals) X(solve_curve) X(solve_compiled) X(solve_bounded) X(chkder) X(spectral_covar) X(bounded_differences) \
    X(derivatives) X(factorize)
/* clang-format on */
#define DECLARE(name) \
    PyObject *name(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords); \
    extern const char name##_doc[];
MODULE_FUNCTIONS(DECLARE)
#undef DECLARE

/* For starts; by METH_FASTCALL. */
PyObject *best_of_candidates(PyObject *module, PyObject *const *args, Py_ssize_t count);
extern const char best_of_candidates_doc[];

/* Each adds to the module, and returns 0, or -1 with the error set: types, with constants that go with them; and ufuncs, a
 * dict from name to ufunc, and the addresses of their vectors to routines. */
int add_settings(PyObject *module);
int add_data(PyObject *module);
int add_single(PyObject *module);
int add_batch(PyObject *module);
int add_ufuncs(PyObject *module);
