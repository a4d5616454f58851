#include "cox_recede.h"

#include <math.h>
#include <string.h>

static const double ties_tried[] = { 1e-4, 1e-6, 1e-8, 1e-10, 1e-12 };
static const double rounding = 1e-10;

void
recede_scale(const struct recede *r, const double *x, double *out)
{
    for (size_t j = 0; j < r->p; j++)
        out[j] = r->state[j] == COX_FINITE && r->range[j] > 0 ? x[j] / r->range[j] : 0;
}

void
recede_add(struct recede *r, const double *one, const double *other)
{
    if (r->span->dim == r->p)
        return;
    for (size_t j = 0; j < r->p; j++)
        r->difference[j] = one[j] - other[j];
    span_add(r->span, r->difference);
}

/* The direction without what it has of the span; false if too little is left. */
static bool
purify(struct recede *r, const double *direction)
{
    double *v = r->difference, before = 0, after = 0;

    for (size_t j = 0; j < r->p; j++) {
        v[j] = r->state[j] == COX_FINITE ? direction[j] * r->range[j] : 0;
        before += v[j] * v[j];
    }
    span_reject(r->span, v);
    for (size_t j = 0; j < r->p; j++)
        after += v[j] * v[j];
    recede_scale(r, v, r->direction);
    return after > 0.01 * before;
}

static enum dyad_status
try_tie(struct recede *r, const double *direction, double tie, bool *yes)
{
    enum dyad_status st;

    memcpy(r->direction, direction, r->p * sizeof *r->direction);
    if ((st = r->see(r)) != DYAD_OK)
        return st;
    if (!(r->spread > 0) || r->violation > tie * r->spread / 4)
        return DYAD_OK;
    r->tie = tie * r->spread;
    r->gap = INFINITY;
    r->span->dim = 0;
    if ((st = r->find_span(r)) != DYAD_OK || !purify(r, direction) || (st = r->see(r)) != DYAD_OK)
        return st;
    *yes = r->violation <= rounding * r->spread;
    return DYAD_OK;
}

enum dyad_status
recede_test(struct recede *r, const double *direction, struct recession *out, bool *yes)
{
    r->direction = out->direction;
    r->span = &out->span;
    *yes = false;
    for (size_t i = 0; !*yes && i < sizeof ties_tried / sizeof *ties_tried; i++) {
        const enum dyad_status st = try_tie(r, direction, ties_tried[i], yes);

        if (st != DYAD_OK)
            return st;
        if (!*yes && r->violation > ties_tried[i] * r->spread)
            break;
    }
    out->gap = r->gap;
    out->spread = r->spread;
    return DYAD_OK;
}
