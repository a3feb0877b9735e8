#include "batch.h"
#include "compiled.h"
#include <string.h>

/* Losses that are functions, in batches. Each is called with the squares of one fit, as in a fit on its own: what it makes
 * of one may depend on the others. */

void
loss_known(Batch *batch, Slot *slot)
{
    minpack_step(&slot->core);
    settle(batch, slot);
}

static int
loss_by_python(Batch *batch, Slot *slot, PyObject *loss)
{
    npy_intp m = slot->core.s.m;
    double *rho = slot->core.bounded->rho;
    PyObject *z = vector_from(rho, m), *value = z == NULL ? NULL : PyObject_CallOneArg(loss, z);
    int good = value != NULL && is_plain(value) && PyArray_SIZE((PyArrayObject *)value) == 3 * m;
    if (good) {
        memcpy(rho, PyArray_DATA((PyArrayObject *)value), 3 * (size_t)m * sizeof(double));
        loss_known(batch, slot);
    }
    else if (value != NULL) {
        PyErr_SetString(PyExc_ValueError, "rounds: the loss must return (3, m), float64 in C order");
    }
    Py_XDECREF(z);
    Py_XDECREF(value);
    return good ? 0 : -1;
}

int
losses_by_python(Batch *batch, PyObject *loss)
{
    for (npy_intp k = 0; k < batch->capacity; k++) {
        Slot *slot = batch->slots + k;
        if (!wants_loss(slot))
            continue;
        if (loss == Py_None) {
            PyErr_SetString(PyExc_ValueError, "rounds: the loss must be given");
            return -1;
        }
        if (loss_by_python(batch, slot, loss) != 0)
            return -1;
    }
    return 0;
}

int
loss_compiled(Batch *batch, Slot *slot, minpack_loss *loss, double *z)
{
    int m = slot->core.s.m;

    memcpy(z, slot->core.bounded->rho, (size_t)m * sizeof(double));
    if (loss(m, z, slot->core.bounded->rho) != 0)
        return STOP_FUNCTION;
    loss_known(batch, slot);
    return 0;
}
