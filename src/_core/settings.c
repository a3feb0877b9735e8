#define NO_IMPORT_ARRAY
#include "settings.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

int
settings_check(const Settings *settings, int n)
{
    if (settings->diag != NULL && settings->diag_size != n) {
        PyErr_Format(PyExc_ValueError, "diag must have one element per parameter (%d); got %zd", n,
                     (Py_ssize_t)settings->diag_size);
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
    if (s.maxfev <= 0)
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
    return ldexp(1.0, type == NPY_FLOAT ? -23 : type == NPY_HALF ? -10 : -52);
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

enum { FTOL, XTOL, GTOL, MAXFEV, EPSFCN, FACTOR, DIAG, REFERENCE, ARGUMENTS };
static Argument arguments[] = {{"ftol"},   {"xtol"}, {"gtol"},      {"maxfev"}, {"epsfcn"},
                               {"factor"}, {"diag"}, {"reference"}, {NULL}};

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
    return 0;
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
    memset((char *)settings + offsetof(Settings, state), 0, sizeof *settings - offsetof(Settings, state));
    if (set_all(settings, a) != 0)
        Py_CLEAR(settings);
    return (PyObject *)settings;
}

static void
settings_dealloc(Settings *settings)
{
    PyMem_Free(settings->diag);
    PyObject_Free(settings);
}

/* For pickle, as settings go to other processes with the fits. */
static PyObject *
settings_reduce(Settings *settings, PyObject *Py_UNUSED(none))
{
    const minpack_state *s = &settings->state;
    minpack_machine netlib;
    PyObject *diag = settings->diag == NULL ? Py_NewRef(Py_None) : PyTuple_New(settings->diag_size);
    PyObject *epsfcn = settings->has_epsfcn ? PyFloat_FromDouble(s->epsfcn) : Py_NewRef(Py_None);

    minpack_machine_parameters(MINPACK_NETLIB, &netlib);
    for (npy_intp j = 0; diag != NULL && settings->diag != NULL && j < settings->diag_size; j++)
        PyTuple_SET_ITEM(diag, j, PyFloat_FromDouble(settings->diag[j]));
    return Py_BuildValue("O(dddiNdNs)", Py_TYPE(settings), s->ftol, s->xtol, s->gtol, s->maxfev, epsfcn, s->factor,
                         diag, s->mach.epsmch == netlib.epsmch ? "netlib" : "scipy");
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
    {"limit", (PyCFunction)(void (*)(void))settings_limit, METH_VARARGS,
     "limit(n, differences) -> int\n\nThe limit on evaluations that holds for n parameters."},
    {"__reduce__", (PyCFunction)(void (*)(void))settings_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(settings_doc,
             "Settings(ftol=1.49012e-8, xtol=1.49012e-8, gtol=0.0, maxfev=0, epsfcn=None, factor=100.0, diag=None,\n"
             "         reference='scipy')\n\n"
             "How to fit, as `leastsq` takes it: checked here, for every way to fit.");

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
