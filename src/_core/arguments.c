#include "arguments.h"
#include <limits.h>
#include <math.h>
#include <string.h>

/* Whether a keyword is the name of an argument; -1 with the error set. */
static int
is_named(PyObject *keyword, Argument *argument)
{
    if (argument->interned == NULL)
        argument->interned = PyUnicode_InternFromString(argument->name);
    if (argument->interned == NULL)
        return -1;
    return keyword == argument->interned || PyUnicode_Compare(keyword, argument->interned) == 0;
}

int
take_arguments(const char *function, Argument *list, Py_ssize_t required, PyObject *const *args, Py_ssize_t count,
               PyObject *keywords, PyObject **out)
{
    Py_ssize_t total = 0, named = keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords), next = count, at = 0;

    for (; list[total].name != NULL; total++)
        out[total] = total < count ? args[total] : NULL;
    if (keywords != NULL && keywords == list->keywords && count == list->count) { /* as before, and so all is right */
        for (Py_ssize_t k = 0; k < named; k++)
            out[list[k].place] = args[count + k];
        return 0;
    }
    Py_CLEAR(list->keywords);
    if (count > total) {
        PyErr_Format(PyExc_TypeError, "%s takes at most %zd arguments; got %zd", function, total, count);
        return -1;
    }
    for (Py_ssize_t k = 0; k < named; k++) {
        PyObject *keyword = PyTuple_GET_ITEM(keywords, k);
        Py_ssize_t tried = 0;
        int found = 0;
        /* keywords mostly come in the order of the list, so the one after the last is tried first */
        for (; tried < total && !found; tried++) {
            at = next < total ? next : 0;
            next = at + 1;
            found = is_named(keyword, list + at);
        }
        if (found < 0)
            return -1;
        if (!found || out[at] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s got an argument %R that it does not know, or twice", function, keyword);
            return -1;
        }
        out[at] = args[count + k];
        list[k].place = at;
    }
    for (Py_ssize_t i = 0; i < required; i++) {
        if (out[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s needs the argument '%s'", function, list[i].name);
            return -1;
        }
    }
    list->keywords = Py_XNewRef(keywords);
    list->count = count;
    return 0;
}

int
take_arrays(const char *function, const Argument *list, PyObject *const *a, PyArrayObject **in, npy_intp *sizes)
{
    sizes[M] = sizes[N] = sizes[K] = -1;
    for (int k = 0; list[k].name != NULL; k++) {
        const char *shape = list[k].shape;
        if (shape == NULL || a[k] == NULL)
            continue;
        int type = *shape == 'i' ? NPY_INT : NPY_DOUBLE;
        int flags = *shape == '+' ? NPY_ARRAY_CARRAY | NPY_ARRAY_ENSURECOPY : NPY_ARRAY_CARRAY_RO;
        shape += *shape == 'i' || *shape == '+';
        int ndim = (int)strlen(shape);
        in[k] = (PyArrayObject *)PyArray_FROMANY(a[k], type, ndim, ndim, flags);
        for (int d = 0; in[k] != NULL && d < ndim; d++) {
            npy_intp size = PyArray_DIM(in[k], d), *known = sizes + (shape[d] == 'm' ? M : shape[d] == 'n' ? N : K);
            *known = *known < 0 ? size : *known;
            if (size != *known || size > INT_MAX / 2) {
                PyErr_Format(PyExc_ValueError, "%s: the shapes of %s and of the others do not agree", function,
                             list[k].name);
                Py_CLEAR(in[k]);
            }
        }
        if (in[k] == NULL)
            return -1;
    }
    return 0;
}

void
drop_arrays(PyArrayObject **arrays, int count)
{
    for (int k = 0; k < count; k++)
        Py_XDECREF(arrays[k]);
}

int
real_argument(PyObject *value, const char *name, double *out)
{
    *out = PyFloat_AsDouble(value);
    if (*out == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            raise_from(PyExc_TypeError, "%s must be a real number; got %R", name, value);
        else if (PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_OverflowError))
            raise_from(PyExc_ValueError, "%s must be a real number that a double can hold; got %R", name, value);
        return -1;
    }
    return 0;
}

int
int_argument(PyObject *value, const char *name, int *out)
{
    int overflow = 0;
    PyObject *integer = PyNumber_Index(value);
    long wide = integer == NULL ? -1 : PyLong_AsLongAndOverflow(integer, &overflow);

    Py_XDECREF(integer);
    if (integer == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            raise_from(PyExc_TypeError, "%s must be an integer; got %R", name, value);
        return -1;
    }
    if (overflow || wide > INT_MAX || wide < INT_MIN) {
        PyErr_Format(PyExc_ValueError, "%s must be between %d and %d; got %R", name, INT_MIN, INT_MAX, value);
        return -1;
    }
    *out = (int)wide;
    return 0;
}

/* Put the argument's name before what NumPy says of it. */
static void
name_argument(const char *name)
{
    PyObject *type, *error, *traceback, *words;
    PyObject *kind = PyErr_ExceptionMatches(PyExc_TypeError)    ? PyExc_TypeError
                     : PyErr_ExceptionMatches(PyExc_ValueError) ? PyExc_ValueError
                                                                : NULL;

    if (kind == NULL)
        return;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    words = PyObject_Str(error);
    if (words == NULL)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
    if (words != NULL)
        raise_from(kind, "%s must be real numbers: %U", name, words);
    Py_XDECREF(words);
}

double *
vector_argument(PyObject *value, const char *name, double *room, npy_intp room_size, npy_intp *n)
{
    PyArrayObject *array, *doubles;
    double *vector = room;

    if (is_plain(value))
        array = (PyArrayObject *)Py_NewRef(value);
    else
        array = (PyArrayObject *)PyArray_FromAny(value, NULL, 0, 0, NPY_ARRAY_ENSUREARRAY, NULL);
    if (array == NULL) {
        name_argument(name);
        return NULL;
    }
    *n = PyArray_SIZE(array);
    if (*n > INT_MAX) { /* before it is copied */
        PyErr_Format(PyExc_ValueError, "%s must have at most %d elements; got %zd", name, INT_MAX, (Py_ssize_t)*n);
        Py_DECREF(array);
        return NULL;
    }
    doubles = cast_to_double(array);
    if (doubles == NULL) /* in NumPy's words, which are SciPy's */
        return NULL;
    if (room == NULL || *n > room_size)
        vector = PyMem_Malloc((size_t)*n * sizeof(double));
    if (vector == NULL)
        PyErr_NoMemory();
    else
        memcpy(vector, PyArray_DATA(doubles), (size_t)*n * sizeof(double));
    Py_DECREF(doubles);
    return vector;
}
