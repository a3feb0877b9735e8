/* Arguments of the module's functions, by position or by name. */
#pragma once

#include "convert.h"

/* The name of an argument, in a list that ends with NULL. */
typedef struct {
    const char *name;
    const char *shape;  /* of an array of float64: its sizes, m, n or k; after i, of int; after +, a copy of its own */
    PyObject *interned; /* what callers that name it pass; filled in when it is first wanted, and kept */
    Py_ssize_t place;   /* where the keyword of this number went in the last call */
    PyObject *keywords; /* of the first in the list: the keywords of that call, a constant of most callers */
    Py_ssize_t count;   /* and how many arguments came before them */
} Argument;

/* A list of arguments that is said once: TAKES(LIST), where LIST(A) is A(NAME, "name") or A(NAME, "name", "shape") for each,
 * makes `arguments`, and of each NAME its place there. */
#define ARGUMENT_PLACE(place, ...) place,
#define ARGUMENT_ENTRY(place, ...) {__VA_ARGS__},
#define TAKES(LIST) \
    enum { LIST(ARGUMENT_PLACE) ARGUMENTS }; \
    static Argument arguments[] = {LIST(ARGUMENT_ENTRY){NULL}};

/* Arguments of a function called by vectorcall, by position or by name, into out[0], out[1], ... in the order of the
 * list; NULL for those left out, which the first `required` must not be. Borrowed. Returns 0, or -1 with the error set. */
int take_arguments(const char *function, Argument *list, Py_ssize_t required, PyObject *const *args, Py_ssize_t count,
                   PyObject *keywords, PyObject **out);

/* The arrays among these arguments, in C order, and the sizes that they have in common, -1 for one that no array has; NULL
 * for those left out. Returns 0, or -1 with the error set. drop_arrays follows in any case. */
enum { M, N, K, SIZES };
int take_arrays(const char *function, const Argument *list, PyObject *const *a, PyArrayObject **in, npy_intp *sizes);
void drop_arrays(PyArrayObject **arrays, int count);

/* Arguments of Python functions; an error names the argument. The first two return 0, or -1 with the error set. */
int real_argument(PyObject *value, const char *name, double *out);
int int_argument(PyObject *value, const char *name, int *out);

/* The elements of any array-like as doubles, *n of them: in `room` if they fit in there, else in memory to be given
 * to PyMem_Free. NULL with the error set; TypeError if a cast would lose something. */
double *vector_argument(PyObject *value, const char *name, double *room, npy_intp room_size, npy_intp *n);
