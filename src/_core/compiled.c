#define NO_IMPORT_ARRAY
#include "compiled.h"
#include "fit.h"
#include <numpy/arrayobject.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

static const double PATIENCE = 0.05; /* seconds without Python */
enum { CALLS_BETWEEN_LOOKS = 32 };   /* at the clock, which costs as much as a small residual */

/* The library of older Windows has no timespec_get. */
double
seconds(void)
{
#ifdef _WIN32
    return 1e-3 * (double)GetTickCount64();
#else
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

int
is_over(double since)
{
    double passed = seconds() - since; /* clocks may be set back */

    return passed > PATIENCE || passed < 0.0;
}

int
compiled_functions(Compiled *compiled, PyObject *fcn, PyObject *jac, PyThreadState **thread)
{
    void *fcn_address = PyLong_AsVoidPtr(fcn);
    void *jac_address = jac == Py_None || PyErr_Occurred() ? NULL : PyLong_AsVoidPtr(jac);

    if (PyErr_Occurred())
        return -1;
    if (fcn_address == NULL) {
        PyErr_SetString(PyExc_ValueError, "a compiled function must have an address");
        return -1;
    }
    /* POSIX promises that a function's address goes through void *; ISO C does not */
    compiled->fcn = *(minpack_residual **)(void *)&fcn_address;
    compiled->jac = *(minpack_jacobian **)(void *)&jac_address;
    compiled->ctx = NULL;
    compiled->thread = thread;
    compiled->calls = 0;
    compiled->looked = seconds();
    return 0;
}

/* Obey Ctrl-C now and then. Returns 0, or -1 with the error set. */
static int
look(Compiled *compiled)
{
    int status;

    if (++compiled->calls % CALLS_BETWEEN_LOOKS != 0 || !is_over(compiled->looked))
        return 0;
    PyEval_RestoreThread(*compiled->thread);
    status = PyErr_CheckSignals();
    *compiled->thread = PyEval_SaveThread();
    compiled->looked = seconds();
    return status;
}

int
compiled_residual(Compiled *compiled, int m, int n, const double *x, double *fvec)
{
    if (look(compiled) != 0)
        return STOP_ERROR;
    return compiled->fcn(compiled->ctx, m, n, x, fvec) == 0 ? 0 : STOP_FUNCTION;
}

int
compiled_jacobian(Compiled *compiled, int m, int n, const double *x, double *fjac)
{
    if (look(compiled) != 0)
        return STOP_ERROR;
    return compiled->jac(compiled->ctx, m, n, x, fjac) == 0 ? 0 : STOP_FUNCTION;
}

int
compiled_context(Compiled *compiled, PyObject *context)
{
    if (context == NULL || context == Py_None)
        return 0;
    if (!is_plain(context)) {
        PyErr_SetString(PyExc_TypeError, "the context of a compiled function must be a float64 array in C order");
        return -1;
    }
    compiled->ctx = PyArray_DATA((PyArrayObject *)context);
    return 0;
}

/* ---- One fit --------------------------------------------------------------------------------------------- */

/* Residuals as minpack.h wants them, for forward differences. */
static int
compiled_moved(void *ctx, int m, int n, const double *x, double *fvec)
{
    return compiled_residual(ctx, m, n, x, fvec);
}

int
evaluate_compiled(Fit *fit)
{
    Compiled *compiled = &fit->compiled;
    minpack_fit *core = &fit->core;
    int m = core->s.m, n = core->s.n, stop;

    if (core->s.task == MINPACK_START)
        return compiled_residual(compiled, m, n, core->x, core->fvec);
    if (core->s.task == MINPACK_TRIAL)
        return compiled_residual(compiled, m, n, core->xtrial, core->ftrial);
    if (compiled->jac != NULL)
        return compiled_jacobian(compiled, m, n, core->x, core->fjac);
    minpack_fdjac2(compiled_moved, compiled, m, n, core->x, core->fvec, core->fjac, core->s.epsfcn, &core->s.mach,
                   &stop);
    return stop;
}
