/* Data that a model is fitted to: of one fit, or of each of many. */
#pragma once

#include "convert.h"

/* An array with a row per fit, or one row for all; NULL if there is none. Owned. */
typedef struct {
    PyArrayObject *array;
    npy_intp per_fit;   /* elements from a fit's row to the next: 0 if there is one for all */
    npy_intp per_point; /* from a point to the next: 0 if there is one element for all */
} Rows;

typedef struct {
    PyObject_HEAD
    npy_intp count;          /* of fits */
    npy_intp m;              /* points of each; 1 goes with any number that the model gives */
    Rows ydata, weights;     /* residuals are weights * (model - ydata), without ydata the model */
    Rows valid;              /* which points there are, as npy_bool */
    PyArrayObject *cholesky; /* NULL, or the lower triangular factor of the covariance of ydata, of one fit: owned */
} Data;

/* What a user's function gave: the value of point i at data[i * per_point], the derivative of point i by parameter j at
 * data[i * per_point + j * per_parameter]. */
typedef struct {
    const double *data;
    npy_intp per_point, per_parameter;
} Values;

/* The Data that an object is, borrowed; NULL with the error set if it is something else. */
const Data *as_data(PyObject *object);

/* A row of an array. Returns 0, or -1 with the error set, if the array is not of that type and of `width` elements for
 * each of `count` fits, for all, or, if one_will_do, just one. None leaves rows empty. */
int take_rows(Rows *rows, PyObject *value, int type, npy_intp count, npy_intp width, int one_will_do);
const double *row_of(const Rows *rows, npy_intp fit);

/* How many of m points a fit has. data may be NULL here and below: there are no data, and all points count. */
npy_intp data_points(const Data *data, npy_intp fit, npy_intp m);

/* How far the data vary around their mean, weighted: the sum of squares. */
double data_variation(const Data *data, npy_intp fit, npy_intp m);

/* How many residuals a fit has whose model gave so many values at first. -1 with the error set. */
npy_intp data_size(const Data *data, npy_intp values);

/* out = residuals of m points from a model's values, or from residuals without data; without points left out. */
void data_residuals(const Data *data, npy_intp fit, npy_intp m, const Values *values, double *out);

/* out = column j of their Jacobian from derivatives. */
void data_derivatives(const Data *data, npy_intp fit, npy_intp m, const Values *values, npy_intp j, double *out);
