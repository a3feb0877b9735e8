/* One fit for Python, from the arguments to the results. */
#pragma once

#include "convert.h"

/* Functions of the module, by METH_FASTCALL | METH_KEYWORDS. */
PyObject *solve_residuals(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
PyObject *solve_curve(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
PyObject *solve_compiled(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
extern const char solve_residuals_doc[], solve_curve_doc[], solve_compiled_doc[];

/* Add the type of their results to the module. Returns 0, or -1 with the error set. */
int add_single(PyObject *module);
