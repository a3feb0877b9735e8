/* Derivatives of a Python function for statistics, by central differences. */
#ifndef MINPACK_DERIVATIVES_H
#define MINPACK_DERIVATIVES_H

#include "convert.h"

extern const char derivatives_doc[];
PyObject *derivatives(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);

#endif
