#include "convert.h"
#include "doors.h"
#include <math.h>
#include <string.h>

/* The best of candidates for a start, for rows of data, and what lies between it and its neighbours on a grid. */

static const double SAME = 1e-12; /* of the sum of squares: candidates that are as good as each other */
static const double FLAT = 1e-6;  /* of it: less of a bend may be rounding, which differs between processors */
static const double FREE = 0.1;   /* less of a bend that another parameter leaves: they replace each other */
static const double EVEN = 1e-9;  /* of the distance of two neighbours: less off the middle is rounding */
#define INLINE static inline __attribute__((always_inline))
enum { MOST_AXES = 2 }; /* how more of them depend on each other takes many more candidates to tell */

/* Candidates, (count, n), and what belongs to each; their directions, one per linear parameter, are q, with q r = columns
 * of length 1, which `size` makes what they were. */
typedef struct {
    npy_intp count, n, linear, axes, full;
    const double *points, *r, *size, *lower, *upper;
    const npy_intp *columns;          /* of the linear parameters */
    const npy_intp *place, *at_place; /* of each candidate in the grid; and which is at a place, -1 for none */
    const npy_intp *axis;             /* of each axis its column, its length and its stride */
} Candidates;

/* One row of data: its sum of squares, what each candidate takes away of that, and how far it is along the directions. */
typedef struct {
    double total;
    const double *gain, *along;
} Row;

/* ---- The best one ---------------------------------------------------------------------------------------- */

/* As many numbers as the vectors of every processor have; and a mask of all bits, or none, of each. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef long long mask __attribute__((vector_size(16)));

INLINE pair
larger_of(pair a, pair b)
{
    mask larger = b > a; /* no NaN is */

    return (pair)((larger & (mask)b) | (~larger & (mask)a));
}

static double
largest_of(npy_intp count, const double *gain)
{
    pair even = {-INFINITY, -INFINITY}, odd = even;
    npy_intp k = 0;
    double largest;

    for (; k + 4 <= count; k += 4) { /* two comparisons that do not wait for each other */
        even = larger_of(even, *(const pair *)(gain + k));
        odd = larger_of(odd, *(const pair *)(gain + k + 2));
    }
    even = larger_of(even, odd);
    largest = even[1] > even[0] ? even[1] : even[0];
    for (; k < count; k++)
        largest = gain[k] > largest ? gain[k] : largest;
    return largest;
}

/* The candidate that takes most away, -1 if none does. Mirror images, such as an exponent with the other sign, differ by
 * rounding only: the one with most positive values, and of these the first. */
static npy_intp
best_of(const Candidates *c, const Row *row)
{
    double enough = largest_of(c->count, row->gain) - SAME * row->total;
    npy_intp best = -1, most = -1, k = 0;

    while (k < c->count) {
        if (k + 4 <= c->count) { /* mostly none of them */
            mask near = (*(const pair *)(row->gain + k) >= enough) | (*(const pair *)(row->gain + k + 2) >= enough);
            if ((near[0] | near[1]) == 0) {
                k += 4;
                continue;
            }
        }
        npy_intp end = k + 4 < c->count ? k + 4 : c->count;
        for (; k < end; k++) {
            npy_intp positive = 0;
            if (!(row->gain[k] >= enough))
                continue;
            for (npy_intp j = 0; j < c->n; j++)
                positive += c->points[k * c->n + j] > 0.0;
            if (positive > most) {
                most = positive;
                best = k;
            }
        }
    }
    return best;
}

/* ---- Between its neighbours ------------------------------------------------------------------------------ */

/* The neighbour of candidate k some steps away on each axis, -1 if there is none. */
static npy_intp
neighbour(const Candidates *c, npy_intp k, int first, int second)
{
    const int steps[MOST_AXES] = {first, second};
    npy_intp place = c->place[k];

    for (npy_intp a = 0; a < c->axes; a++) {
        npy_intp length = c->axis[3 * a + 1], stride = c->axis[3 * a + 2],
                 at = c->place[k] / stride % length + steps[a];
        if (at < 0 || at >= length)
            return -1;
        place += steps[a] * stride;
    }
    return c->at_place[place];
}

/* Whether candidate k is in the middle of two neighbours on an axis, or of their logarithms. */
static int
is_regular(const Candidates *c, npy_intp axis, npy_intp low, npy_intp k, npy_intp high)
{
    npy_intp column = c->axis[3 * axis];
    double a = c->points[low * c->n + column], b = c->points[k * c->n + column], z = c->points[high * c->n + column];

    return fabs(z - 2.0 * b + a) <= EVEN * fabs(z - a) || (a * z > 0.0 && fabs(a * z - b * b) <= EVEN * b * b);
}

/* Candidate k with the linear parameters of a row; unscaled is room for these. */
static void
values_of(const Candidates *c, const Row *row, npy_intp k, double *unscaled, double *out)
{
    const double *r = c->r + k * c->linear * c->linear;

    memcpy(out, c->points + k * c->n, (size_t)c->n * sizeof(double));
    for (npy_intp j = c->linear - 1; j >= 0; j--) {
        double value = row->along[k * c->linear + j];
        for (npy_intp i = j + 1; i < c->linear; i++)
            value -= r[j * c->linear + i] * unscaled[i];
        unscaled[j] = value /= r[j * c->linear + j];
        value /= c->size[k * c->linear + j];
        value = value < c->lower[j] ? c->lower[j] : value;
        out[c->columns[j]] = value > c->upper[j] ? c->upper[j] : value;
    }
}

/* Where the parabola through what candidate k and its neighbours leave has its minimum, in steps on each axis: 0 on one
 * without neighbours, or where that is not clear. near: the two on each axis. */
static void
steps_to_minimum(const Candidates *c, const Row *row, npy_intp k, npy_intp near[MOST_AXES][2], double steps[MOST_AXES])
{
    double middle = row->total - row->gain[k], bend[MOST_AXES] = {0.0};
    int fine[MOST_AXES] = {0};

    for (npy_intp a = 0; a < c->axes; a++) {
        npy_intp low = neighbour(c, k, a == 0 ? -1 : 0, a == 1 ? -1 : 0),
                 high = neighbour(c, k, a == 0 ? 1 : 0, a == 1 ? 1 : 0);
        near[a][0] = low;
        near[a][1] = high;
        steps[a] = 0.0;
        if (low < 0 || high < 0 || !is_regular(c, a, low, k, high))
            continue;
        double below = row->total - row->gain[low], above = row->total - row->gain[high];
        bend[a] = above - 2.0 * middle + below;
        fine[a] = bend[a] > FLAT * row->total;
        if (fine[a])
            steps[a] = -0.5 * (above - below) / bend[a];
    }
    if (fine[0] && fine[1]) {
        double cross = 0.0, free = 0.0, first = steps[0], second = steps[1];
        for (int i = 0; i < 4; i++) {
            npy_intp corner = neighbour(c, k, i < 2 ? -1 : 1, i % 2 == 0 ? -1 : 1);
            /* NAN: as if they replaced each other */
            double cost = corner < 0 ? NAN : row->total - row->gain[corner];
            cross += i == 0 || i == 3 ? 0.25 * cost : -0.25 * cost;
        }
        free = 1.0 - cross * cross / (bend[0] * bend[1]);
        steps[0] = free >= FREE ? (first - second * (cross / bend[0])) / free : 0.0;
        steps[1] = free >= FREE ? (second - first * (cross / bend[1])) / free : 0.0;
    }
    for (int a = 0; a < MOST_AXES; a++)
        steps[a] = steps[a] > 1.0 ? 1.0 : steps[a] < -1.0 ? -1.0 : steps[a];
}

/* The start of a row from its best candidate: each parameter by parabolas through its values there and at neighbours. */
static __attribute__((noinline)) void
start_of_row(const Candidates *c, const Row *row, npy_intp best, double *room, double *out)
{
    double steps[MOST_AXES] = {0.0}, *middle = room + c->linear, *low = middle + c->n, *high = low + c->n;
    npy_intp near[MOST_AXES][2];

    values_of(c, row, best, room, middle);
    memcpy(out, middle, (size_t)c->n * sizeof(double));
    steps_to_minimum(c, row, best, near, steps);
    for (npy_intp a = 0; a < c->axes; a++) {
        double step = steps[a];
        if (step == 0.0)
            continue;
        values_of(c, row, near[a][0], room, low);
        values_of(c, row, near[a][1], room, high);
        for (npy_intp j = 0; j < c->n; j++)
            out[j] += 0.5 * step * (high[j] - low[j] + step * (high[j] - 2.0 * middle[j] + low[j]));
    }
}

/* ---- For Python ------------------------------------------------------------------------------------------ */

/* Whether all elements are from `least` to below `end`. */
static int
are_within(const npy_intp *values, npy_intp size, npy_intp step, npy_intp least, npy_intp end)
{
    for (npy_intp i = 0; i < size; i += step)
        if (values[i] < least || values[i] >= end)
            return 0;
    return 1;
}

enum { POINTS, COLUMNS, R, SIZE, PLACE, AT_PLACE, AXES, LOWER, UPPER, ALONG, GAIN, TOTAL, BEST, ANSWER, TAKEN };

#define DATA(name) PyArray_DATA((PyArrayObject *)a[name])
#define LENGTH(name) PyArray_SIZE((PyArrayObject *)a[name])

/* Whether the arguments are arrays in C order of the types and sizes that belong together, of this number of rows. */
static int
are_arrays(PyObject *const *a, Candidates *c, npy_intp *rows)
{
    for (int i = 0; i < TAKEN; i++)
        if (!PyArray_Check(a[i]) && (i != GAIN || a[i] != Py_None))
            return 0;
    if (PyArray_NDIM((PyArrayObject *)a[POINTS]) != 2)
        return 0;
    c->count = PyArray_DIM((PyArrayObject *)a[POINTS], 0);
    c->n = PyArray_DIM((PyArrayObject *)a[POINTS], 1);
    c->linear = LENGTH(COLUMNS);
    c->axes = LENGTH(AXES) / 3;
    c->full = LENGTH(AT_PLACE);
    *rows = LENGTH(TOTAL);
    npy_intp lengths = c->count * c->linear;
    const npy_intp sizes[TAKEN] = {[POINTS] = c->count * c->n,
                                   [COLUMNS] = c->linear,
                                   [R] = lengths * c->linear,
                                   [SIZE] = lengths,
                                   [PLACE] = c->count,
                                   [AT_PLACE] = c->full,
                                   [AXES] = 3 * c->axes,
                                   [LOWER] = c->linear,
                                   [UPPER] = c->linear,
                                   [ALONG] = *rows * lengths,
                                   [GAIN] = *rows * c->count,
                                   [TOTAL] = *rows,
                                   [BEST] = *rows,
                                   [ANSWER] = *rows * c->n};
    for (int i = 0; i < TAKEN; i++) {
        PyArrayObject *array = (PyArrayObject *)a[i];
        int is_place = i == COLUMNS || i == PLACE || i == AT_PLACE || i == AXES;
        if (a[i] != Py_None
            && (PyArray_TYPE(array) != (is_place ? NPY_INTP : NPY_DOUBLE) || !PyArray_ISCARRAY_RO(array)
                || PyArray_SIZE(array) != sizes[i] || (i >= BEST && !PyArray_ISWRITEABLE(array))))
            return 0;
    }
    return 1;
}

/* The candidates that arguments describe. Returns whether these fit together. */
static int
take_candidates(PyObject *const *a, Candidates *c, npy_intp *rows)
{
    npy_intp places = 1;

    if (!are_arrays(a, c, rows) || c->linear > c->n || c->axes > MOST_AXES)
        return 0;
    c->points = DATA(POINTS);
    c->r = DATA(R);
    c->size = DATA(SIZE);
    c->lower = DATA(LOWER);
    c->upper = DATA(UPPER);
    c->columns = DATA(COLUMNS);
    c->place = DATA(PLACE);
    c->at_place = DATA(AT_PLACE);
    c->axis = DATA(AXES);
    for (npy_intp k = c->axes; k-- > 0; places *= c->axis[3 * k + 1])
        if (c->axis[3 * k + 1] < 1 || c->axis[3 * k + 1] > c->full || c->axis[3 * k + 2] != places)
            return 0;
    return (c->axes == 0 || (places == c->full && are_within(c->place, c->count, 1, 0, c->full)))
           && are_within(c->axis, 3 * c->axes, 3, 0, c->n) && are_within(c->columns, c->linear, 1, 0, c->n)
           && are_within(c->at_place, c->full, 1, -1, c->count);
}

/* What each candidate takes away of a row that has these lengths along its directions. */
static void
add_squares(const Candidates *c, const double *along, double *gain)
{
    npy_intp first = 0;

    for (; c->linear == 1 && first + 2 <= c->count; first += 2) {
        pair here = *(const pair *)(along + first);
        *(pair *)(gain + first) = here * here;
    }
    for (npy_intp k = first; k < c->count; k++) {
        double sum = 0.0;
        for (npy_intp j = 0; j < c->linear; j++)
            sum += along[k * c->linear + j] * along[k * c->linear + j];
        gain[k] = sum;
    }
}

const char best_of_candidates_doc[] =
    "best_of_candidates(points, columns, r, size, place, at_place, axes, lower, upper, along, gain, total, best, answer, /)"
    "\n\n"
    "For rows of data the best candidate, points (count, n), if it leaves less than `best`: that becomes what it leaves,\n"
    "and `answer`, (rows, n), a start between its neighbours in the grid. The linear parameters, in `columns`, are what r\n"
    "and size make of `along`, (rows, count, linear), within lower and upper. gain, (rows, count): what candidates take\n"
    "away of total, (rows,); None: the squares of along. axes: at most two, each with its column, length and stride.\n"
    "place: where in the grid candidates are; at_place: which is there, or -1.";

PyObject *
best_of_candidates(PyObject *Py_UNUSED(module), PyObject *const *a, Py_ssize_t given)
{
    Candidates c;
    npy_intp rows;
    double *room;

    if (given != TAKEN || !take_candidates(a, &c, &rows)) {
        PyErr_SetString(PyExc_ValueError, "best_of_candidates: arguments do not fit together");
        return NULL;
    }
    room = PyMem_Malloc((size_t)(c.count + c.linear + 3 * c.n) * sizeof(double));
    if (room == NULL)
        return PyErr_NoMemory();
    for (npy_intp i = 0; i < rows; i++) {
        double *best = (double *)DATA(BEST) + i;
        Row row = {((const double *)DATA(TOTAL))[i], room, (const double *)DATA(ALONG) + i * c.count * c.linear};
        if (a[GAIN] != Py_None)
            row.gain = (const double *)DATA(GAIN) + i * c.count;
        else
            add_squares(&c, row.along, room);
        npy_intp k = best_of(&c, &row);
        if (k < 0 || !(row.total - row.gain[k] < *best))
            continue;
        *best = row.total - row.gain[k];
        start_of_row(&c, &row, k, room + c.count, (double *)DATA(ANSWER) + i * c.n);
    }
    PyMem_Free(room);
    Py_RETURN_NONE;
}
