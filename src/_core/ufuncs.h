/* The elementary functions as NumPy's ufuncs. */
#pragma once

#include <Python.h>

/* Add to the module: ufuncs, a dict from name to ufunc; functions, one from name to the addresses of its vectors, by
 * the name of the instructions ("" for what chooses). 0, or -1 with an error set. */
int add_ufuncs(PyObject *module);
