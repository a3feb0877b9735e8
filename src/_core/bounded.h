/* BoundedFit: one bounded fit between evaluations, for a loop in Python. */
#ifndef MINPACK_BOUNDED_H
#define MINPACK_BOUNDED_H

#include "convert.h"

int add_bounded(PyObject *module);

#endif
