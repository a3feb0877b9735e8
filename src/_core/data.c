#include "data.h"
#include "arguments.h"
#include "doors.h"
#include <limits.h>
#include <stddef.h>
#include <string.h>

const double *
row_of(const Rows *rows, npy_intp fit)
{
    return (const double *)PyArray_DATA(rows->array) + fit * rows->per_fit;
}

static const npy_bool *
valid_of(const Data *data, npy_intp fit)
{
    if (data->valid.array == NULL)
        return NULL;
    return (const npy_bool *)PyArray_DATA(data->valid.array) + fit * data->valid.per_fit;
}

npy_intp
data_points(const Data *data, npy_intp fit, npy_intp m)
{
    const npy_bool *valid = data == NULL ? NULL : valid_of(data, fit);
    npy_intp points = 0;

    if (valid == NULL)
        return m;
    for (npy_intp i = 0; i < m; i++)
        points += valid[i] != 0;
    return points;
}

npy_intp
data_size(const Data *data, npy_intp values)
{
    npy_intp m = data == NULL || data->m == 1 ? values : data->m;

    if (data != NULL && data->cholesky != NULL && PyArray_SIZE(data->cholesky) != m * m) {
        PyErr_SetString(PyExc_ValueError, "the covariance of ydata must have a row and a column for each residual");
        return -1;
    }
    return m;
}

/* Solve L*z = z in place, L lower triangular, row after row. */
static void
forward_substitution(npy_intp m, const double *lower, double *z)
{
    for (npy_intp i = 0; i < m; i++) {
        double total = z[i];
        for (npy_intp k = 0; k < i; k++)
            total -= lower[i * m + k] * z[k];
        z[i] = total / lower[i * m + i];
    }
}

/* Four numbers in memory, for the loop that every evaluation goes through. */
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));

static void
subtract(npy_intp m, const double *value, const double *y, double *out)
{
    npy_intp i = 0;

    for (; i + 4 <= m; i += 4)
        *(four *)(out + i) = *(const four *)(value + i) - *(const four *)(y + i);
    for (; i < m; i++)
        out[i] = value[i] - y[i];
}

/* out = values less y, if there is one, weighed, of the points that count: the one loop for residuals and derivatives. */
static void
weigh(const Data *data, npy_intp fit, npy_intp m, const double *value, npy_intp step, const Rows *ydata, double *out)
{
    if (data == NULL && step == 1) {
        memcpy(out, value, (size_t)m * sizeof(double));
        return;
    }
    const npy_bool *valid = data == NULL ? NULL : valid_of(data, fit);
    const double *w = data == NULL || data->weights.array == NULL ? NULL : row_of(&data->weights, fit);
    const double *y = ydata == NULL || ydata->array == NULL ? NULL : row_of(ydata, fit);
    npy_intp y_step = y == NULL ? 0 : ydata->per_point;

    if (valid == NULL && w == NULL && y == NULL) {
        for (npy_intp i = 0; i < m; i++)
            out[i] = value[i * step];
    }
    else if (valid == NULL && w == NULL && step == 1 && y_step == 1) {
        subtract(m, value, y, out);
    }
    else {
        npy_intp w_step = w == NULL ? 0 : data->weights.per_point, k = 0;
        for (npy_intp i = 0; i < m; i++) {
            if (valid != NULL && !valid[i])
                continue;
            double difference = y == NULL ? value[i * step] : value[i * step] - y[i * y_step];
            out[k++] = w == NULL ? difference : w[i * w_step] * difference;
        }
    }
    if (data != NULL && data->cholesky != NULL)
        forward_substitution(m, PyArray_DATA(data->cholesky), out);
}

void
data_residuals(const Data *data, npy_intp fit, npy_intp m, const Values *values, double *out)
{
    weigh(data, fit, m, values->data, values->per_point, data == NULL ? NULL : &data->ydata, out);
}

void
data_derivatives(const Data *data, npy_intp fit, npy_intp m, const Values *values, npy_intp j, double *out)
{
    weigh(data, fit, m, values->data + j * values->per_parameter, values->per_point, NULL, out);
}

double
data_variation(const Data *data, npy_intp fit, npy_intp m)
{
    const npy_bool *valid = valid_of(data, fit);
    const double *y = row_of(&data->ydata, fit), *w = data->weights.array == NULL ? NULL : row_of(&data->weights, fit);
    double points = (double)data_points(data, fit, m), mean = 0.0, sum = 0.0;

    for (npy_intp i = 0; i < m; i++)
        mean += valid == NULL || valid[i] ? y[i * data->ydata.per_point] / points : 0.0;
    for (npy_intp i = 0; i < m; i++) {
        double part = y[i * data->ydata.per_point] - mean;
        part = w == NULL ? part : w[i * data->weights.per_point] * part;
        sum += valid == NULL || valid[i] ? part * part : 0.0;
    }
    return sum;
}

/* ---- The type -------------------------------------------------------------------------------------------- */

/* Whether an array has so many rows; without their product, which may be too large. */
static int
has_rows(npy_intp size, npy_intp count, npy_intp width)
{
    return width == 0 ? size == 0 : size % width == 0 && size / width == count;
}

int
take_rows(Rows *rows, PyObject *value, int type, npy_intp count, npy_intp width, int one_will_do)
{
    PyArrayObject *array = (PyArrayObject *)value;
    npy_intp size;

    if (value == NULL || value == Py_None)
        return 0;
    size = PyArray_Check(value) ? PyArray_SIZE(array) : -1;
    if (size < 0 || PyArray_TYPE(array) != type || !PyArray_ISCARRAY_RO(array)
        || (size != width && !has_rows(size, count, width) && !(one_will_do && size == 1))) {
        PyErr_SetString(PyExc_ValueError, "an array has not the type, order or size of its place");
        return -1;
    }
    rows->array = (PyArrayObject *)Py_NewRef(value);
    rows->per_fit = has_rows(size, count, width) && count != 1 ? width : 0;
    rows->per_point = size == width || has_rows(size, count, width);
    if (width == 1 && size == 1)
        rows->per_point = 0;
    return 0;
}

static void
data_dealloc(Data *data)
{
    Py_XDECREF(data->ydata.array);
    Py_XDECREF(data->weights.array);
    Py_XDECREF(data->valid.array);
    Py_XDECREF(data->cholesky);
    PyObject_Free(data);
}

PyDoc_STRVAR(data_doc,
             "Data(ydata, weights=None, valid=None, cholesky=None, count=1)\n\n"
             "Data that a model is fitted to, in float64 arrays in C order: ydata, (m,) or (count, m); weights, one or as\n"
             "ydata; valid, bool, which points there are; cholesky, (m, m), the lower triangular factor of the\n"
             "covariance of ydata. The arrays are not copied.");

enum { YDATA, WEIGHTS, VALID, CHOLESKY, COUNT, ARGUMENTS };
static Argument arguments[] = {{"ydata"}, {"weights"}, {"valid"}, {"cholesky"}, {"count"}, {NULL}};

static int
take_cholesky(Data *data, PyObject *value)
{
    Rows rows = {NULL, 0, 0};
    npy_intp m = data->m, size = m <= INT_MAX ? m * m : -1;

    if (take_rows(&rows, value, NPY_DOUBLE, 1, size, 0) != 0)
        return -1;
    data->cholesky = rows.array;
    return 0;
}

static PyObject *
data_vectorcall(PyObject *type, PyObject *const *args, size_t count, PyObject *names)
{
    PyObject *a[ARGUMENTS];
    Py_ssize_t fits = 1;
    Data *data;
    int ndim;

    if (take_arguments("Data", arguments, 1, args, PyVectorcall_NARGS(count), names, a) != 0)
        return NULL;
    if (a[COUNT] != NULL) {
        fits = PyNumber_AsSsize_t(a[COUNT], PyExc_OverflowError);
        if (fits == -1 && PyErr_Occurred())
            return NULL;
    }
    if (fits < 0 || !PyArray_Check(a[YDATA])) {
        PyErr_SetString(PyExc_ValueError, "Data: ydata must be an array, of a fit or of each of count fits");
        return NULL;
    }
    data = PyObject_New(Data, (PyTypeObject *)type);
    if (data == NULL)
        return NULL;
    memset((char *)data + offsetof(Data, count), 0, sizeof *data - offsetof(Data, count));
    data->count = fits;
    ndim = PyArray_NDIM((PyArrayObject *)a[YDATA]);
    data->m = ndim == 0 ? 1 : PyArray_DIM((PyArrayObject *)a[YDATA], ndim - 1);
    if (take_rows(&data->ydata, a[YDATA], NPY_DOUBLE, fits, data->m, 0) != 0
        || take_rows(&data->weights, a[WEIGHTS], NPY_DOUBLE, fits, data->m, 1) != 0
        || take_rows(&data->valid, a[VALID], NPY_BOOL, fits, data->m, 0) != 0 || take_cholesky(data, a[CHOLESKY]) != 0)
        Py_CLEAR(data);
    return (PyObject *)data;
}

static PyTypeObject DataType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "minpack._core.Data",
    .tp_basicsize = sizeof(Data),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = data_doc,
    .tp_dealloc = (destructor)data_dealloc,
    .tp_vectorcall = data_vectorcall,
};

const Data *
as_data(PyObject *object)
{
    if (Py_IS_TYPE(object, &DataType))
        return (const Data *)object;
    PyErr_Format(PyExc_TypeError, "data must be Data; got %R", object);
    return NULL;
}

int
add_data(PyObject *module)
{
    return PyModule_AddType(module, &DataType);
}
