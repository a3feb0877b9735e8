/* Differences within bounds, for Python functions that only Python can evaluate: by a map, or with complex parameters. */
#pragma once

#include "convert.h"

/* Functions of the module, by METH_FASTCALL | METH_KEYWORDS. */
PyObject *difference_points(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
PyObject *difference_columns(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords);
extern const char difference_points_doc[], difference_columns_doc[];
