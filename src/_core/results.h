/* The results of many fits, as arrays with a row per fit. */
#pragma once

#include "convert.h"

enum { OF_X, OF_COV, OF_STATUS, OF_NFEV, OF_COST, RESULTS };
typedef struct {
    PyArrayObject *arrays[RESULTS]; /* owned */
} Results;

/* The arrays that are attributes of an object, of `count` fits of n parameters. Returns 0, or -1 with the error set; in
 * both cases they are to be given to drop_arrays. */
int take_results(Results *results, PyObject *object, npy_intp count, npy_intp n);

/* x, cov, cost; status, nfev. */
static inline double *
numbers_of(const Results *results, int which)
{
    return PyArray_DATA(results->arrays[which]);
}

static inline npy_int32 *
counts_of(const Results *results, int which)
{
    return PyArray_DATA(results->arrays[which]);
}

/* A weak reference for which NumPy does not resize the memory of an array. New reference; NULL with the error set. */
PyObject *hold_memory(PyObject *array);

/* Functions of the module. */
PyObject *hold(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *count_stuck(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *empty_results(PyObject *module, PyObject *const *args, Py_ssize_t count);
extern const char hold_doc[], count_stuck_doc[], empty_results_doc[];
