/* From Python objects to doubles and back to Python errors; knows nothing of fits. */
#pragma once

#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_1_25_API_VERSION
#define NPY_TARGET_VERSION NPY_1_25_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL minpack_array_api
#ifndef MINPACK_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY /* the table of NumPy's functions is there once, in module.c */
#endif
#include <Python.h>
#include <numpy/arrayobject.h>

/* What a user's function must return; put into words only if it did not. */
typedef struct {
    enum { RESIDUALS, MODEL, JACOBIAN, JACOBIAN_ROWS } kind;
    npy_intp rows, columns; /* of residuals and model values only rows, and -1 for any number of them */
} Expected;

/* Raise `type` in words made by a format of PyErr_Format; the error that is set, if any, becomes its cause. */
void raise_from(PyObject *type, const char *format, ...);

/* Raise `type`: what a user's function returned is not what was expected. */
void refuse(PyObject *type, PyObject *function, const Expected *expected, PyObject *found);

/* Whether an object is an aligned, native, C-contiguous float64 array. */
int is_plain(PyObject *value);

/* An array as such a one. Takes over the reference; the same array if it is so already. */
PyArrayObject *cast_to_double(PyArrayObject *array);

/* Such an array of what a user's function returned, of any shape; new reference. *precision becomes the NumPy type
 * number of its floating-point type, float64's if it had none. */
PyArrayObject *as_double(PyObject *function, PyObject *value, const Expected *expected, int *precision);

/* The same, of the length that is expected of residuals; of a model's values there may also be just one. */
PyArrayObject *as_residuals(PyObject *function, PyObject *value, const Expected *expected, int *precision);

/* The machine epsilon of such a type, that of doubles for types that are more precise. */
double epsilon_of(int type);

/* A callable loss at the squares in rho, (m,), into rho, (3, m). Returns 0, or -1 with the error set. */
int call_loss(PyObject *loss, npy_intp m, double *rho);

/* A vector that Python may keep. New reference; NULL with the error set. */
PyObject *vector_from(const double *values, npy_intp size);
