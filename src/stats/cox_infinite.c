#include "cox_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The likelihood rises for ever along d if at every moment x'd is the same for all events and
 * nobody's at risk is larger.  At its end only those matter who equal the events; differences of
 * columns among them span what can still be estimated.
 *
 * A step of the iteration is such a d but for what the finite coefficients still move.  So rows
 * that are equal but for a small `tie` are taken for equal, d is made exactly so for them, and
 * what came out is tested without such latitude.
 */
struct recess {
    struct cox_model *m;
    const enum cox_state *state;
    double *direction;
    double *most, *least; /* x'd at a moment: the largest at risk, the least of the events */
    double *who;          /* moments x p: one of the events, its columns in units of their range */
    double *links;        /* somebody matters at this moment and the next: steps of that count */
    double *bins;
    double *low, *high;   /* of a stratum */
    double *difference;
    double violation, spread, gap, tie;
    struct span *span;
};

static const double ties_tried[] = { 1e-4, 1e-6, 1e-8, 1e-10, 1e-12 };
static const double rounding = 1e-10;

static double
along(const struct recess *r, const struct cox_row *row)
{
    double e = 0;

    for (size_t j = 0; j < r->m->p; j++)
        e += r->direction[j] * row->z[j];
    return e;
}

static void
scale_columns(const struct recess *r, const double *z, double *out)
{
    for (size_t j = 0; j < r->m->p; j++)
        out[j] = r->state[j] == COX_FINITE && r->m->range[j] > 0 ? z[j] / r->m->range[j] : 0;
}

static void
see_row(const struct cox_row *row, void *context)
{
    struct recess *r = context;
    const struct cox_model *m = r->m;
    const uint32_t s = m->data.stratum ? m->data.stratum[row->record] : 0;
    const uint32_t bin = m->bin[row->record];
    const double e = along(r, row);

    if (bin == COX_NONE)
        return;
    r->low[s] = fmin(r->low[s], e);
    r->high[s] = fmax(r->high[s], e);
    r->bins[bin] = fmax(r->bins[bin], e);
    if (m->second != NULL && m->second[row->record] != COX_NONE)
        r->bins[m->second[row->record]] = fmax(r->bins[m->second[row->record]], e);
    if (cox_is_dead(m, row->record)) {
        const uint32_t g = m->spans[bin].anchor;

        if (e < r->least[g]) {
            r->least[g] = e;
            scale_columns(r, row->z, r->who + g * m->p);
        }
    }
}

static enum dyad_status
see(struct recess *r)
{
    struct cox_model *m = r->m;
    enum dyad_status st;

    for (size_t b = 0; b < m->bins; b++)
        r->bins[b] = -INFINITY;
    for (size_t g = 0; g < m->moments; g++)
        r->least[g] = INFINITY;
    for (size_t s = 0; s < m->strata; s++) {
        r->low[s] = INFINITY;
        r->high[s] = -INFINITY;
    }
    st = cox_rows_visit(m, m->fit.beta, see_row, r);
    cox_spread_largest(m, r->bins, r->most);
    r->spread = r->violation = 0;
    for (size_t s = 0; s < m->strata; s++)
        r->spread = fmax(r->spread, r->high[s] - r->low[s]);
    for (size_t g = 0; g < m->moments; g++)
        if (isfinite(r->least[g]))
            r->violation = fmax(r->violation, r->most[g] - r->least[g]);
    return st;
}

/* One who equals the events at a moment: the difference matters. */
static void
add_equal(struct recess *r, const double *z, uint32_t g)
{
    const double *who = r->who + g * r->m->p;

    if (r->span->dim == r->span->p)
        return;
    scale_columns(r, z, r->difference);
    for (size_t j = 0; j < r->m->p; j++)
        r->difference[j] -= who[j];
    span_add(r->span, r->difference);
}

/* All begin together, so that the largest never grow: equality, once reached, stays. */
static void
compare_from_the_start(struct recess *r, const struct cox_row *row, double e, uint32_t first,
                       uint32_t last)
{
    uint32_t low = first, high = last + 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (r->most[middle] > e + r->tie)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > first)
        r->gap = fmin(r->gap, r->most[low - 1] - e);
    if (low > last)
        return;
    add_equal(r, row->z, last);
    r->links[low]++;
    r->links[last]--;
}

static void
compare_each(struct recess *r, const struct cox_row *row, double e, uint32_t first, uint32_t last)
{
    for (uint32_t g = first; g <= last; g++) {
        if (r->most[g] > e + r->tie)
            r->gap = fmin(r->gap, r->most[g] - e);
        else
            add_equal(r, row->z, g);
    }
}

static void
compare_row(const struct cox_row *row, void *context)
{
    struct recess *r = context;
    const struct cox_model *m = r->m;
    const uint32_t bin = m->bin[row->record];

    if (bin == COX_NONE)
        return;

    const uint32_t last = m->spans[bin].anchor;
    const bool split = m->second != NULL && m->second[row->record] != COX_NONE;
    const uint32_t first = split ? m->spans[m->second[row->record]].anchor : m->spans[bin].end;

    if (m->bins == 2 * m->moments)
        compare_from_the_start(r, row, along(r, row), first, last);
    else
        compare_each(r, row, along(r, row), first, last);
}

static enum dyad_status
find_span(struct recess *r)
{
    struct cox_model *m = r->m;
    const size_t p = m->p;
    enum dyad_status st;
    double linked = 0;

    r->span->dim = 0;
    r->gap = INFINITY;
    memset(r->links, 0, m->moments * sizeof *r->links);
    st = cox_rows_visit(m, m->fit.beta, compare_row, r);
    for (size_t g = 0; g + 1 < m->moments; g++) {
        linked += r->links[g];
        if (!(linked > 0))
            continue;
        for (size_t j = 0; j < p; j++)
            r->difference[j] = r->who[g * p + j] - r->who[(g + 1) * p + j];
        span_add(r->span, r->difference);
    }
    return st;
}

/* The direction without what it has of the span; false if nothing is left. */
static bool
purify(struct recess *r, const double *direction)
{
    const struct cox_model *m = r->m;
    double *v = r->difference, before = 0, after = 0;

    for (size_t j = 0; j < m->p; j++) {
        v[j] = r->state[j] == COX_FINITE ? direction[j] * m->range[j] : 0;
        before += v[j] * v[j];
    }
    span_reject(r->span, v);
    for (size_t j = 0; j < m->p; j++) {
        after += v[j] * v[j];
        r->direction[j] = r->state[j] == COX_FINITE && m->range[j] > 0 ? v[j] / m->range[j] : 0;
    }
    return after > 0.01 * before;
}

static enum dyad_status
try_tie(struct recess *r, const double *direction, double tie, bool *yes)
{
    enum dyad_status st;

    memcpy(r->direction, direction, r->m->p * sizeof *r->direction);
    if ((st = see(r)) != DYAD_OK)
        return st;
    *yes = false;
    if (!(r->spread > 0) || r->violation > tie * r->spread / 4)
        return DYAD_OK;
    r->tie = tie * r->spread;
    if ((st = find_span(r)) != DYAD_OK || !purify(r, direction) || (st = see(r)) != DYAD_OK)
        return st;
    *yes = r->violation <= rounding * r->spread;
    return DYAD_OK;
}

static enum dyad_status
recess_reserve(struct recess *r)
{
    const struct cox_model *m = r->m;

    r->most = malloc((3 * m->moments + m->moments * m->p + m->bins + 2 * m->strata + m->p + 1) *
                     sizeof *r->most);
    if (r->most == NULL)
        return DYAD_NOMEM;
    r->least = r->most + m->moments;
    r->links = r->least + m->moments;
    r->who = r->links + m->moments;
    r->bins = r->who + m->moments * m->p;
    r->low = r->bins + m->bins;
    r->high = r->low + m->strata;
    r->difference = r->high + m->strata;
    return DYAD_OK;
}

enum dyad_status
cox_recedes(void *model, const double *direction, const enum cox_state *state,
            struct recession *out, bool *yes)
{
    struct recess r = { .m = model, .state = state, .direction = out->direction,
                        .span = &out->span };
    enum dyad_status st = recess_reserve(&r);

    *yes = false;
    for (size_t i = 0; st == DYAD_OK && !*yes && i < sizeof ties_tried / sizeof *ties_tried; i++) {
        st = try_tie(&r, direction, ties_tried[i], yes);
        if (r.violation > 0.01 * r.spread)
            break;
    }
    out->gap = r.gap;
    out->spread = r.spread;
    free(r.most);
    return st;
}
