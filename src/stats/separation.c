#include "dyad/stats/separation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cone.h"
#include "model_design.h"

enum { ROWS_AT_FIRST = 20000, ROWS_MORE = 2000 };

/*
 * Rows that a direction must be right about: a'd >= 0, or = 0.  Columns of a centred design are
 * divided by their largest value, and rows by theirs, so that one bound says what is 0.
 */
struct searching {
    const struct glm_spec *spec;
    struct model_design *centred;
    size_t p, m;         /* columns, independent ones */
    size_t *column;      /* the independent ones */
    double *scale;       /* of each of them */
    double *a;           /* n by m */
    bool *equal;
    size_t n, room;
    size_t *slots, n_slots; /* a hash table of rows: number and 1 */
    double *directions;  /* found so far, m each: a row is separated by the first that moves it */
    size_t n_directions;
    double *basis;       /* of the rows that none separates: n_basis of m */
    size_t n_basis;
    double *row;         /* scratch: 3 m + p */
    bool failed;
    uint64_t every, seen; /* of a pass: each of how many rows is taken */
    size_t added;
    bool checking;        /* take rows that contradict */
    double separated, total;
};

static double
dot(const double *a, const double *b, size_t m)
{
    double sum = 0;

    for (size_t k = 0; k < m; k++)
        sum += a[k] * b[k];
    return sum;
}

/* ---- the rows ---- */

static size_t
hash_of(const double *a, bool equal, size_t m)
{
    uint64_t h = 1469598103934665603ULL + equal; /* FNV-1a, by words */

    for (size_t k = 0; k < m; k++) {
        const double x = a[k] + 0; /* -0 is 0 */
        uint64_t u;

        memcpy(&u, &x, sizeof u);
        h = (h ^ u) * 1099511628211ULL;
        h ^= h >> 29;
    }
    return (size_t)h;
}

static void
insert_slot(struct searching *s, size_t i)
{
    size_t at = hash_of(s->a + i * s->m, s->equal[i], s->m) % s->n_slots;

    while (s->slots[at])
        at = (at + 1) % s->n_slots;
    s->slots[at] = i + 1;
}

static bool
make_room(struct searching *s)
{
    const size_t room = s->room ? 2 * s->room : 256;
    double *a = realloc(s->a, room * s->m * sizeof *a);
    bool *equal;
    size_t *slots;

    if (!a)
        return false;
    s->a = a;
    if (!(equal = realloc(s->equal, room * sizeof *equal)))
        return false;
    s->equal = equal;
    if (!(slots = calloc(2 * room, sizeof *slots)))
        return false;
    free(s->slots);
    s->slots = slots;
    s->n_slots = 2 * room;
    s->room = room;
    for (size_t i = 0; i < s->n; i++)
        insert_slot(s, i);
    return true;
}

static void
add_row(struct searching *s, const double *a, bool equal)
{
    size_t at;

    if (s->n == s->room && !make_room(s)) {
        s->failed = true;
        return;
    }
    at = hash_of(a, equal, s->m) % s->n_slots;
    for (; s->slots[at]; at = (at + 1) % s->n_slots) {
        const size_t i = s->slots[at] - 1;

        if (s->equal[i] == equal && memcmp(s->a + i * s->m, a, s->m * sizeof *a) == 0)
            return;
    }
    memcpy(s->a + s->n * s->m, a, s->m * sizeof *a);
    s->equal[s->n] = equal;
    s->slots[at] = ++s->n;
    s->added++;
}

/* The row as a direction sees it; whether it is to be 0. */
static bool
turn_row(const struct searching *s, const struct model_batch *b, size_t i, double *a)
{
    const bool counts = s->spec->family != GLM_LOGISTIC;
    const double y = b->response[i];
    const bool equal = counts ? y > 0 : y > 0 && y < 1;
    double *x = s->row + 3 * s->m, size = 0;

    model_batch_fill(s->centred, b, i, x);
    for (size_t k = 0; k < s->m; k++) {
        a[k] = x[s->column[k]] / s->scale[k];
        size = fmax(size, fabs(a[k]));
    }
    for (size_t k = 0; k < s->m && size > 0; k++)
        a[k] = (y == 0 && !equal ? -a[k] : a[k]) / size + 0;
    return equal;
}

/* 1 if a direction found so far separates the row, -1 if it contradicts, else 0. */
static int
side_of(const struct searching *s, const double *a, bool equal)
{
    for (size_t k = 0; k < s->n_directions; k++) {
        const double x = dot(a, s->directions + k * s->m, s->m);

        if (x < -CONE_ZERO || (equal && x > CONE_ZERO))
            return -1;
        if (x > CONE_ZERO)
            return 1;
    }
    return 0;
}

/* What is left of ${a} without the rows of the basis; into ${rest}, its length. */
static double
beyond_basis(const struct searching *s, const double *a, double *rest)
{
    memcpy(rest, a, s->m * sizeof *rest);
    for (int twice = 0; twice < 2; twice++)
        for (size_t k = 0; k < s->n_basis; k++) {
            const double *q = s->basis + k * s->m, x = dot(rest, q, s->m);

            for (size_t l = 0; l < s->m; l++)
                rest[l] -= x * q[l];
        }
    return sqrt(dot(rest, rest, s->m));
}

static const double INSIDE = 1e-7; /* of the row space */

static void
visit_row(const struct model_batch *b, void *context)
{
    struct searching *s = context;
    double *a = s->row, *rest = a + s->m;

    for (size_t i = 0; i < b->n && !s->failed; i++) {
        const bool equal = turn_row(s, b, i, a);
        const int side = side_of(s, a, equal);

        s->total += b->times[i];
        s->separated += side == 1 ? b->times[i] : 0;
        if (!s->checking ? s->seen++ % s->every == 0
                         : s->added < ROWS_MORE &&
                               (side < 0 || (side == 0 && beyond_basis(s, a, rest) > INSIDE)))
            add_row(s, a, equal);
    }
}

static enum dyad_status
pass(struct searching *s, bool checking)
{
    enum dyad_status st;

    s->checking = checking;
    s->added = 0;
    s->seen = 0;
    s->separated = s->total = 0;
    st = model_rows_visit(s->centred, NULL, visit_row, s);
    return s->failed ? DYAD_NOMEM : st;
}

static void
note_scale(const struct model_batch *b, void *context)
{
    struct searching *s = context;
    double *x = s->row + 3 * s->m;

    for (size_t i = 0; i < b->n; i++) {
        model_batch_fill(s->centred, b, i, x);
        for (size_t k = 0; k < s->m; k++)
            s->scale[k] = fmax(s->scale[k], fabs(x[s->column[k]]));
    }
}

/* ---- directions ---- */

/* A direction of those rows that are not separated; and the space that these rows span. */
static enum dyad_status
find_direction(struct searching *s, bool *found)
{
    double *rest = malloc((s->n * s->m + 1) * sizeof *rest);
    bool *equal = malloc((s->n + 1) * sizeof *equal);
    enum dyad_status st = DYAD_NOMEM;
    size_t n = 0;

    s->n_basis = 0;
    *found = false;
    if (rest && equal) {
        for (size_t i = 0; i < s->n; i++)
            if (side_of(s, s->a + i * s->m, s->equal[i]) == 0) {
                double *left = s->row + s->m, size = beyond_basis(s, s->a + i * s->m, left);

                memcpy(rest + n * s->m, s->a + i * s->m, s->m * sizeof *rest);
                equal[n++] = s->equal[i];
                for (size_t k = 0; size > INSIDE && k < s->m; k++)
                    s->basis[s->n_basis * s->m + k] = left[k] / size;
                s->n_basis += size > INSIDE;
            }
        st = n == 0 ? DYAD_OK
                    : cone_find(rest, equal, n, s->m, found, s->directions + s->n_directions * s->m);
    }
    free(rest);
    free(equal);
    return st;
}

/* Directions until none is left; one that rows not yet looked at contradict is taken back. */
static enum dyad_status
find_all(struct searching *s)
{
    enum dyad_status st;

    for (;;) {
        bool found;

        if ((st = find_direction(s, &found)) != DYAD_OK)
            return st;
        s->n_directions += found;
        if ((st = pass(s, true)) != DYAD_OK)
            return st;
        if (s->added > 0)
            s->n_directions -= found;
        else if (!found)
            return DYAD_OK;
    }
}

/* One direction instead of several: as much of each next as leaves all rows where they are. */
static void
join_directions(const struct searching *s, double *out)
{
    memcpy(out, s->directions, s->m * sizeof *out);
    for (size_t k = 1; k < s->n_directions; k++) {
        const double *next = s->directions + k * s->m;
        double share = 1;

        for (size_t i = 0; i < s->n; i++) {
            const double here = dot(s->a + i * s->m, out, s->m);
            const double there = dot(s->a + i * s->m, next, s->m);

            if (here > CONE_ZERO && there < 0)
                share = fmin(share, -here / there / 2);
        }
        for (size_t l = 0; l < s->m; l++)
            out[l] += share * next[l];
    }
}

/* A coefficient is finite if the rows that are left determine it: if it is a sum of these. */
static void
report(const struct searching *s, bool *infinite, double *direction, struct separation *out)
{
    double *joined = s->row + 2 * s->m, *unit = s->row + 3 * s->m, *functional = s->row;

    for (size_t j = 0; j < s->p; j++) {
        infinite[j] = false;
        direction[j] = 0;
    }
    *out = (struct separation){ SEPARATION_NONE, 0 };
    if (s->n_directions == 0)
        return;
    out->kind = s->separated == s->total ? SEPARATION_COMPLETE : SEPARATION_QUASI;
    out->separated = s->separated;
    join_directions(s, joined);
    for (size_t k = 0; k < s->m; k++)
        direction[s->column[k]] = joined[k] / s->scale[k];
    model_design_uncentre(s->centred, direction);
    for (size_t c = 0; c < s->m; c++) {
        const size_t j = s->column[c];
        double size;

        for (size_t k = 0; k < s->m; k++) {
            memset(unit, 0, s->p * sizeof *unit);
            unit[s->column[k]] = 1;
            model_design_uncentre(s->centred, unit);
            functional[k] = unit[j] / s->scale[k];
        }
        size = sqrt(dot(functional, functional, s->m));
        infinite[j] = beyond_basis(s, functional, s->row + s->m) > 1e-6 * size;
        if (!infinite[j]) /* what is there is rounding */
            direction[j] = 0;
    }
}

static void
searching_release(struct searching *s)
{
    model_design_free(s->centred);
    free(s->column);
    free(s->scale);
    free(s->a);
    free(s->equal);
    free(s->slots);
}

static enum dyad_status
searching_init(struct searching *s, const bool *independent)
{
    const size_t p = s->p;
    double *held = calloc(p, sizeof *held);
    enum dyad_status st = DYAD_NOMEM;

    if (held)
        st = model_design_centred(s->spec->design, independent, held, &s->centred);
    free(held);
    s->column = malloc(p * sizeof *s->column);
    s->scale = calloc(p + p * (p + 1) + p * p + 4 * p, sizeof *s->scale);
    if (st != DYAD_OK || !s->column || !s->scale)
        return DYAD_NOMEM;
    s->directions = s->scale + p;
    s->basis = s->directions + p * (p + 1);
    s->row = s->basis + p * p;
    for (size_t j = 0; j < p; j++)
        if (independent[j])
            s->column[s->m++] = j;
    if (s->m == 0)
        return DYAD_DOMAIN;
    if ((st = model_rows_visit(s->centred, NULL, note_scale, s)) != DYAD_OK)
        return st;
    for (size_t k = 0; k < s->m; k++)
        s->scale[k] = s->scale[k] > 0 ? s->scale[k] : 1;
    s->every = model_rows_kept(s->spec->design->rows) / ROWS_AT_FIRST + 1;
    return pass(s, false);
}

enum dyad_status
separation_find(const struct glm_spec *spec, const bool *independent, bool *infinite,
                double *direction, struct separation *out)
{
    struct searching s = { .spec = spec, .p = spec->design->p };
    enum dyad_status st;

    if (spec->family == GLM_LINEAR)
        return DYAD_DOMAIN;
    if ((st = searching_init(&s, independent)) == DYAD_OK && (st = find_all(&s)) == DYAD_OK)
        report(&s, infinite, direction, out);
    searching_release(&s);
    return st;
}
