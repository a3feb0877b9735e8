/* Derivatives of a Python function for statistics, by central differences. */
#pragma once

#include "convert.h"

extern const char derivatives_doc[];
PyObject *derivatives(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
