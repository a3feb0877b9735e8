#include "convert.h"
#include <limits.h>
#include <math.h>
#include <string.h>

/* ---- Errors ---------------------------------------------------------------------------------------------- */

void
raise_from(PyObject *type, const char *format, ...)
{
    PyObject *cause_type, *cause, *traceback, *new_type, *value, *new_traceback, *message;
    va_list words;

    PyErr_Fetch(&cause_type, &cause, &traceback);
    if (cause_type != NULL) {
        PyErr_NormalizeException(&cause_type, &cause, &traceback);
        if (traceback != NULL)
            PyException_SetTraceback(cause, traceback);
    }
    va_start(words, format);
    message = PyUnicode_FromFormatV(format, words); /* not PyErr_FormatV, which forgot failures up to Python 3.11.2 */
    va_end(words);
    if (message != NULL)
        PyErr_SetObject(type, message);
    if (cause != NULL) {
        PyErr_Fetch(&new_type, &value, &new_traceback);
        PyErr_NormalizeException(&new_type, &value, &new_traceback);
        if (value != cause) { /* making the words may have raised the same object */
            PyException_SetContext(value, Py_NewRef(cause));
            PyException_SetCause(value, Py_NewRef(cause));
        }
        PyErr_Restore(new_type, value, new_traceback);
    }
    Py_XDECREF(message);
    Py_XDECREF(cause_type);
    Py_XDECREF(cause);
    Py_XDECREF(traceback);
}

/* The name to call a user's function by, as called of _names.py does. New reference. */
static PyObject *
name_of(PyObject *function)
{
    PyObject *name = PyObject_GetAttrString(function, "__name__"), *within;

    if (name == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        if (strcmp(Py_TYPE(function)->tp_name, "functools.partial") != 0)
            return PyType_GetName(Py_TYPE(function));
        within = PyObject_GetAttrString(function, "func");
        if (within != NULL) {
            name = name_of(within);
            Py_DECREF(within);
        }
    }
    return name;
}

/* What was expected, or what was found, in words. New references. */
static PyObject *
in_words(const Expected *expected)
{
    Py_ssize_t rows = expected->rows, columns = expected->columns;

    switch (expected->kind) {
    case JACOBIAN:
        return PyUnicode_FromFormat("a real Jacobian of shape (%zd, %zd)", rows, columns);
    case JACOBIAN_ROWS:
        return PyUnicode_FromFormat("an iterable of real rows of the Jacobian, each of shape (%zd,), or of blocks of "
                                    "rows of shape (k, %zd)",
                                    columns, columns);
    default:
        if (rows < 0)
            return PyUnicode_FromString("a real vector, one element per data point");
        return PyUnicode_FromFormat("a real vector of shape (%zd,), %s", rows,
                                    expected->kind == MODEL ? "as ydata" : "as at the first call");
    }
}

static PyObject *
found_in_words(PyObject *found)
{
    PyObject *shape, *words = NULL;

    if (!PyArray_Check(found))
        return PyUnicode_FromFormat("an object of type '%.200s'", Py_TYPE(found)->tp_name);
    shape = PyObject_GetAttrString(found, "shape");
    if (shape != NULL)
        words = PyUnicode_FromFormat("shape %R and dtype %S", shape, PyArray_DESCR((PyArrayObject *)found));
    Py_XDECREF(shape);
    return words;
}

void
refuse(PyObject *type, PyObject *function, const Expected *expected, PyObject *found)
{
    PyObject *cause_type, *cause, *traceback;
    PyObject *name, *wanted = NULL, *came = NULL;

    PyErr_Fetch(&cause_type, &cause, &traceback); /* it becomes the cause; the words are made without it */
    name = name_of(function);
    if (name != NULL)
        wanted = in_words(expected);
    if (wanted != NULL)
        came = found_in_words(found);
    if (came != NULL) {
        PyErr_Restore(cause_type, cause, traceback);
        raise_from(type, "the function '%S' must return %U; it returned %U", name, wanted, came);
    }
    else {
        Py_XDECREF(cause_type);
        Py_XDECREF(cause);
        Py_XDECREF(traceback);
    }
    Py_XDECREF(name);
    Py_XDECREF(wanted);
    Py_XDECREF(came);
}

/* ---- What users' functions return ------------------------------------------------------------------------ */

int
is_plain(PyObject *value)
{
    return PyArray_Check(value) && PyArray_TYPE((PyArrayObject *)value) == NPY_DOUBLE
           && PyArray_ISCARRAY_RO((PyArrayObject *)value);
}

/* The numbers of a list of what float() takes, such as Fractions or mpmath's; NULL with the error set if it does not
 * take one, or if one is None, which NumPy would turn into NaN. Takes over the reference to objects, the list as an array. */
static PyArrayObject *
numbers_in(PyObject *function, PyObject *list, PyArrayObject *objects, const Expected *expected)
{
    PyObject **items = PyArray_DATA(objects);
    PyArrayObject *numbers = NULL;
    int has_none = 0;

    for (npy_intp i = 0; i < PyArray_SIZE(objects); i++)
        has_none = has_none || items[i] == Py_None;
    if (!has_none)
        numbers = (PyArrayObject *)PyArray_FromAny(list, PyArray_DescrFromType(NPY_DOUBLE), 0, 0, NPY_ARRAY_ENSUREARRAY,
                                                   NULL);
    if (has_none
        || (numbers == NULL && (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError))))
        refuse(PyExc_TypeError, function, expected, (PyObject *)objects);
    Py_DECREF(objects);
    return numbers;
}

/* The real array that a user's function returned, of any type and layout. New reference. */
static PyArrayObject *
as_real(PyObject *function, PyObject *value, const Expected *expected, int *precision)
{
    PyArrayObject *array;
    int type;

    *precision = NPY_DOUBLE;
    if (is_plain(value))
        return (PyArrayObject *)Py_NewRef(value);
    array = (PyArrayObject *)PyArray_FromAny(value, NULL, 0, 0, NPY_ARRAY_ENSUREARRAY, NULL);
    if (array == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError))
            refuse(PyExc_TypeError, function, expected, value);
        return NULL;
    }
    if (PyArray_TYPE(array) == NPY_OBJECT && PyArray_NDIM(array) > 0 && !PyArray_Check(value))
        array = numbers_in(function, value, array, expected);
    if (array == NULL)
        return NULL;
    type = PyArray_TYPE(array);
    if (type == NPY_HALF || type == NPY_FLOAT)
        *precision = type;
    if (!(PyTypeNum_ISBOOL(type) || PyTypeNum_ISINTEGER(type) || PyTypeNum_ISFLOAT(type))
        || !PyArray_CanCastSafely(type, NPY_DOUBLE)) {
        /* NumPy wraps what it does not know in an array of no dimensions */
        refuse(PyExc_TypeError, function, expected, PyArray_NDIM(array) == 0 ? value : (PyObject *)array);
        Py_CLEAR(array);
    }
    return array;
}

PyArrayObject *
cast_to_double(PyArrayObject *array)
{
    PyArrayObject *doubles;

    if (is_plain((PyObject *)array))
        return array;
    doubles = (PyArrayObject *)PyArray_FromArray(array, PyArray_DescrFromType(NPY_DOUBLE),
                                                 NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED);
    Py_DECREF(array);
    return doubles;
}

/* Refuse an array that ints cannot count. Takes over the reference; NULL if that is done. */
static PyArrayObject *
refuse_if_huge(PyObject *function, PyArrayObject *array)
{
    PyObject *name;

    if (PyArray_SIZE(array) <= INT_MAX)
        return array;
    name = name_of(function);
    if (name != NULL)
        PyErr_Format(PyExc_ValueError, "the function '%S' must return at most %d numbers; it returned %zd", name,
                     INT_MAX, (Py_ssize_t)PyArray_SIZE(array));
    Py_XDECREF(name);
    Py_DECREF(array);
    return NULL;
}

PyArrayObject *
as_double(PyObject *function, PyObject *value, const Expected *expected, int *precision)
{
    PyArrayObject *array = as_real(function, value, expected, precision);

    if (array != NULL)
        array = refuse_if_huge(function, array);
    return array == NULL ? NULL : cast_to_double(array);
}

PyArrayObject *
as_residuals(PyObject *function, PyObject *value, const Expected *expected, int *precision)
{
    PyArrayObject *array = as_real(function, value, expected, precision);
    npy_intp size;
    int fits;

    if (array != NULL && expected->rows < 0)
        array = refuse_if_huge(function, array);
    if (array == NULL)
        return NULL;
    size = PyArray_SIZE(array);
    fits = expected->rows < 0 || size == expected->rows || (expected->kind == MODEL && size == 1);
    if (fits && PyArray_NDIM(array) <= 1)
        return cast_to_double(array);
    refuse(PyExc_ValueError, function, expected, (PyObject *)array); /* before it is copied, as it may be huge */
    Py_DECREF(array);
    return NULL;
}

double
epsilon_of(int type)
{
    return ldexp(1.0, type == NPY_FLOAT ? -23 : type == NPY_HALF ? -10 : -52);
}

PyObject *
vector_from(const double *values, npy_intp size)
{
    PyObject *vector = PyArray_SimpleNew(1, &size, NPY_DOUBLE);

    if (vector != NULL)
        memcpy(PyArray_DATA((PyArrayObject *)vector), values, (size_t)size * sizeof(double));
    return vector;
}

int
call_loss(PyObject *loss, npy_intp m, double *rho)
{
    PyObject *z = vector_from(rho, m), *value = z == NULL ? NULL : PyObject_CallOneArg(loss, z);
    PyArrayObject *array = NULL;
    int status = -1;

    if (value != NULL)
        array =
            (PyArrayObject *)PyArray_FromAny(value, PyArray_DescrFromType(NPY_DOUBLE), 2, 2,
                                             NPY_ARRAY_CARRAY_RO | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_ENSUREARRAY, NULL);
    if (array != NULL && PyArray_DIM(array, 0) == 3 && PyArray_DIM(array, 1) == m) {
        memcpy(rho, PyArray_DATA(array), 3 * (size_t)m * sizeof(double));
        status = 0;
    }
    else if (array != NULL) {
        PyErr_Format(PyExc_ValueError, "the values of the loss must have shape (3, %zd); got shape (%zd, %zd)",
                     (Py_ssize_t)m, (Py_ssize_t)PyArray_DIM(array, 0), (Py_ssize_t)PyArray_DIM(array, 1));
    }
    Py_XDECREF(z);
    Py_XDECREF(value);
    Py_XDECREF(array);
    return status;
}
