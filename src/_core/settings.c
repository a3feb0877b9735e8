#include "settings.h"
#include "arguments.h"
#include "doors.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

int
settings_check(const Settings *settings, int n)
{
    int other_diag = settings->diag != NULL && settings->diag_size != n;

    if (other_diag || (settings->x_scale != NULL && settings->x_scale_size != n)) {
        PyErr_Format(PyExc_ValueError, "%s must have one element per parameter (%d); got %zd",
                     other_diag ? "diag" : "x_scale", n,
                     (Py_ssize_t)(other_diag ? settings->diag_size : settings->x_scale_size));
        return -1;
    }
    return 0;
}

minpack_state
settings_state(const Settings *settings, int n, int differences)
{
    minpack_state s = settings->state;

    s.n = n;
    s.differences = differences;
    if (s.maxfev <= 0 && knows_bounds(settings))
        s.maxfev = n > INT_MAX / 100 ? INT_MAX : 100 * n;
    else if (s.maxfev <= 0)
        s.maxfev = minpack_default_maxfev(n, differences);
    return s;
}

void
settings_scale(const Settings *settings, double *diag)
{
    if (settings->diag != NULL)
        memcpy(diag, settings->diag, (size_t)settings->diag_size * sizeof(double));
}

double
settings_epsfcn(const Settings *settings, int type)
{
    if (settings->has_epsfcn)
        return settings->state.epsfcn;
    return epsilon_of(type);
}

/* ---- The type -------------------------------------------------------------------------------------------- */

static int
reference_argument(PyObject *value, minpack_machine *mach)
{
    int reference = MINPACK_SCIPY;

    if (value != NULL) {
        if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, "netlib") == 0) {
            reference = MINPACK_NETLIB;
        }
        else if (!PyUnicode_Check(value) || PyUnicode_CompareWithASCIIString(value, "scipy") != 0) {
            PyErr_Format(PyExc_ValueError, "reference must be 'scipy' or 'netlib'; got %R", value);
            return -1;
        }
    }
    minpack_machine_parameters(reference, mach);
    return 0;
}

enum { FTOL, XTOL, GTOL, MAXFEV, EPSFCN, FACTOR, DIAG, REFERENCE, METHOD, LOSS, F_SCALE, X_SCALE, ARGUMENTS };
static Argument arguments[] = {{"ftol"},      {"xtol"},   {"gtol"}, {"maxfev"},  {"epsfcn"},  {"factor"}, {"diag"},
                               {"reference"}, {"method"}, {"loss"}, {"f_scale"}, {"x_scale"}, {NULL}};

static const char *const bounded_method_names[] = {[MINPACK_TRF] = "trf", [MINPACK_DOGBOX] = "dogbox"};
static const char *const bounded_loss_names[] = {[MINPACK_LINEAR] = "linear",   [MINPACK_HUBER] = "huber",
                                                 [MINPACK_SOFT_L1] = "soft_l1", [MINPACK_CAUCHY] = "cauchy",
                                                 [MINPACK_ARCTAN] = "arctan",   [MINPACK_CALLABLE] = "callable"};

/* Where a name stands in a list, or -1 with the error set. */
static int
place_of(PyObject *name, const char *what, const char *const *list, int size)
{
    for (int k = 0; PyUnicode_Check(name) && k < size; k++)
        if (PyUnicode_CompareWithASCIIString(name, list[k]) == 0)
            return k;
    PyErr_Format(PyExc_ValueError, "Settings does not know the %s %R", what, name);
    return -1;
}

/* The settings of a method that knows bounds, from the others. Returns 0, or -1 with the error set. */
static int
set_bounded(Settings *settings, PyObject *const *a)
{
    const minpack_state *s = &settings->state;
    minpack_bounded_state *b = &settings->bounded;

    b->mach = s->mach;
    b->ftol = s->ftol;
    b->xtol = s->xtol;
    b->gtol = s->gtol;
    b->f_scale = 1.0;
    b->scaling = MINPACK_SCALE_JAC;
    b->method = -1;
    if (a[METHOD] == NULL || (PyUnicode_Check(a[METHOD]) && PyUnicode_CompareWithASCIIString(a[METHOD], "lm") == 0))
        return 0;
    b->method = place_of(a[METHOD], "method", bounded_method_names, MINPACK_DOGBOX + 1);
    if (a[LOSS] != NULL && b->method >= 0)
        b->loss = place_of(a[LOSS], "loss", bounded_loss_names, MINPACK_CALLABLE + 1);
    if (b->method < 0 || b->loss < 0)
        return -1;
    if (a[F_SCALE] != NULL && real_argument(a[F_SCALE], "f_scale", &b->f_scale) != 0)
        return -1;
    if (a[X_SCALE] != NULL && a[X_SCALE] != Py_None) {
        settings->x_scale = vector_argument(a[X_SCALE], "x_scale", NULL, 0, &settings->x_scale_size);
        if (settings->x_scale == NULL)
            return -1;
        b->scaling = MINPACK_SCALE_GIVEN;
    }
    return 0;
}

/* Set what the arguments say; those that are NULL keep leastsq's defaults. Returns 0, or -1 with the error set. */
static int
set_all(Settings *settings, PyObject *const *a)
{
    minpack_state *s = &settings->state;

    s->ftol = s->xtol = 1.49012e-8;
    s->factor = 100.0;
    s->mode = 1;
    settings->has_epsfcn = a[EPSFCN] != NULL && a[EPSFCN] != Py_None;
    if ((a[FTOL] != NULL && real_argument(a[FTOL], "ftol", &s->ftol) != 0)
        || (a[XTOL] != NULL && real_argument(a[XTOL], "xtol", &s->xtol) != 0)
        || (a[GTOL] != NULL && real_argument(a[GTOL], "gtol", &s->gtol) != 0)
        || (a[MAXFEV] != NULL && int_argument(a[MAXFEV], "maxfev", &s->maxfev) != 0)
        || (settings->has_epsfcn && real_argument(a[EPSFCN], "epsfcn", &s->epsfcn) != 0)
        || (a[FACTOR] != NULL && real_argument(a[FACTOR], "factor", &s->factor) != 0)
        || reference_argument(a[REFERENCE], &s->mach) != 0)
        return -1;
    if (a[DIAG] != NULL && a[DIAG] != Py_None) {
        settings->diag = vector_argument(a[DIAG], "diag", NULL, 0, &settings->diag_size);
        if (settings->diag == NULL)
            return -1;
        s->mode = 2;
    }
    return set_bounded(settings, a);
}

static PyObject *
settings_vectorcall(PyObject *type, PyObject *const *args, size_t count, PyObject *names)
{
    PyObject *a[ARGUMENTS];
    Settings *settings;

    if (take_arguments("Settings", arguments, 0, args, PyVectorcall_NARGS(count), names, a) != 0)
        return NULL;
    settings = PyObject_New(Settings, (PyTypeObject *)type);
    if (settings == NULL)
        return NULL;
    memset((char *)settings + offsetof(Settings, made_of), 0, sizeof *settings - offsetof(Settings, made_of));
    if (set_all(settings, a) != 0)
        Py_CLEAR(settings);
    for (int k = 0; settings != NULL && names == NULL && k < PyVectorcall_NARGS(count) && k < OF_LEASTSQ; k++)
        settings->made_of[k] = Py_NewRef(args[k]);
    return (PyObject *)settings;
}

_Static_assert(OF_LEASTSQ == REFERENCE + 1, "the arguments of leastsq come first");

/* To make settings takes a twentieth of the time of a small fit, and nearly all fits have the defaults. */
static PyObject *
settings_again(Settings *settings, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t k = count == OF_LEASTSQ ? 0 : count + 1;

    while (k < count && args[k] == settings->made_of[k])
        k++;
    if (k == count)
        return Py_NewRef(settings);
    return settings_vectorcall((PyObject *)Py_TYPE(settings), args, (size_t)count, NULL);
}

static void
settings_dealloc(Settings *settings)
{
    for (int k = 0; k < OF_LEASTSQ; k++)
        Py_XDECREF(settings->made_of[k]);
    PyMem_Free(settings->diag);
    PyMem_Free(settings->x_scale);
    PyObject_Free(settings);
}

/* A tuple of numbers, None if there are none. */
static PyObject *
numbers(const double *values, npy_intp size)
{
    PyObject *tuple = values == NULL ? Py_NewRef(Py_None) : PyTuple_New(size);

    for (npy_intp j = 0; tuple != NULL && values != NULL && j < size; j++)
        PyTuple_SET_ITEM(tuple, j, PyFloat_FromDouble(values[j]));
    return tuple;
}

/* For pickle, as settings go to other processes with the fits. */
static PyObject *
settings_reduce(Settings *settings, PyObject *Py_UNUSED(none))
{
    const minpack_state *s = &settings->state;
    minpack_machine netlib;
    const minpack_bounded_state *b = &settings->bounded;
    PyObject *epsfcn = settings->has_epsfcn ? PyFloat_FromDouble(s->epsfcn) : Py_NewRef(Py_None);

    minpack_machine_parameters(MINPACK_NETLIB, &netlib);
    return Py_BuildValue("O(dddiNdNsssdN)", Py_TYPE(settings), s->ftol, s->xtol, s->gtol, s->maxfev, epsfcn, s->factor,
                         numbers(settings->diag, settings->diag_size),
                         s->mach.epsmch == netlib.epsmch ? "netlib" : "scipy",
                         b->method < 0 ? "lm" : bounded_method_names[b->method], bounded_loss_names[b->loss],
                         b->f_scale, numbers(settings->x_scale, settings->x_scale_size));
}

static PyObject *
settings_limit(Settings *settings, PyObject *args)
{
    int n, differences;

    if (!PyArg_ParseTuple(args, "ip:limit", &n, &differences))
        return NULL;
    return PyLong_FromLong(settings_state(settings, n, differences).maxfev);
}

static PyMethodDef settings_methods[] = {
    {"again", (PyCFunction)(void (*)(void))settings_again, METH_FASTCALL,
     "again(ftol, xtol, gtol, maxfev, epsfcn, factor, diag, reference) -> Settings\n\n"
     "These settings if they were made of the same objects, else others."},
    {"limit", (PyCFunction)(void (*)(void))settings_limit, METH_VARARGS,
     "limit(n, differences) -> int\n\nThe limit on evaluations that holds for n parameters."},
    {"__reduce__", (PyCFunction)(void (*)(void))settings_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(settings_doc,
             "Settings(ftol=1.49012e-8, xtol=1.49012e-8, gtol=0.0, maxfev=0, epsfcn=None, factor=100.0, diag=None,\n"
             "         reference='scipy', method='lm', loss='linear', f_scale=1.0, x_scale=None)\n\n"
             "How to fit, as `leastsq` takes it: checked here, for every way to fit. With the methods 'trf' and 'dogbox' as\n"
             "`least_squares` takes it: then x_scale is None for the norms of the Jacobian's columns.");

static PyObject *
settings_tolerances(Settings *settings, void *Py_UNUSED(closure))
{
    const minpack_state *s = &settings->state;

    return Py_BuildValue("ddd", s->ftol, s->xtol, s->gtol);
}

static PyGetSetDef settings_getset[] = {
    {"tolerances", (getter)settings_tolerances, NULL, "ftol, xtol, gtol", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject SettingsType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "minpack._core.Settings",
    .tp_basicsize = sizeof(Settings),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = settings_doc,
    .tp_dealloc = (destructor)settings_dealloc,
    .tp_methods = settings_methods,
    .tp_getset = settings_getset,
    .tp_vectorcall = settings_vectorcall,
};

const Settings *
as_settings(PyObject *object)
{
    if (Py_IS_TYPE(object, &SettingsType))
        return (const Settings *)object;
    PyErr_Format(PyExc_TypeError, "settings must be Settings; got %R", object);
    return NULL;
}

int
add_settings(PyObject *module)
{
    return PyModule_AddType(module, &SettingsType);
}
