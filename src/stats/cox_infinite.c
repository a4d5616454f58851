#include "cox_model.h"
#include "cox_recede.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The likelihood rises for ever along d if at every moment x'd is the same for all events and
 * nobody's at risk is larger.  At its end only those matter who equal the events.
 */
struct recess {
    struct recede base;
    struct cox_model *m;
    double *most, *least; /* x'd at a moment: the largest at risk, the least of the events */
    double *who;          /* moments x p: one of the events, its columns scaled */
    double *links;        /* somebody matters at this moment and the next: steps of that count */
    double *bins;
    double *low, *high;   /* of a stratum */
    double *scaled;
};

static double
along(const struct recess *r, const struct cox_row *row)
{
    double e = 0;

    for (size_t j = 0; j < r->m->p; j++)
        e += r->base.direction[j] * row->z[j];
    return e;
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
            recede_scale(&r->base, row->z, r->who + g * m->p);
        }
    }
}

static enum dyad_status
see(struct recede *base)
{
    struct recess *r = (struct recess *)base;
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
    st = cox_rows_visit(m, m->fit.beta, true, see_row, r);
    cox_spread_largest(m, r->bins, r->most);
    base->spread = base->violation = 0;
    for (size_t s = 0; s < m->strata; s++)
        base->spread = fmax(base->spread, r->high[s] - r->low[s]);
    for (size_t g = 0; g < m->moments; g++)
        if (isfinite(r->least[g]))
            base->violation = fmax(base->violation, r->most[g] - r->least[g]);
    return st;
}

/* One who equals the events at a moment: the difference matters. */
static void
add_equal(struct recess *r, const double *z, uint32_t g)
{
    if (r->base.span->dim == r->base.p)
        return;
    recede_scale(&r->base, z, r->scaled);
    recede_add(&r->base, r->scaled, r->who + g * r->m->p);
}

/* All begin together, so that the largest never grow: equality, once reached, stays. */
static void
compare_from_the_start(struct recess *r, const struct cox_row *row, double e, uint32_t first,
                       uint32_t last)
{
    uint32_t low = first, high = last + 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (r->most[middle] > e + r->base.tie)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > first)
        r->base.gap = fmin(r->base.gap, r->most[low - 1] - e);
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
        if (r->most[g] > e + r->base.tie)
            r->base.gap = fmin(r->base.gap, r->most[g] - e);
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
find_span(struct recede *base)
{
    struct recess *r = (struct recess *)base;
    struct cox_model *m = r->m;
    enum dyad_status st;
    double linked = 0;

    memset(r->links, 0, m->moments * sizeof *r->links);
    st = cox_rows_visit(m, m->fit.beta, true, compare_row, r);
    for (size_t g = 0; g + 1 < m->moments; g++) {
        linked += r->links[g];
        if (linked > 0)
            recede_add(base, r->who + g * m->p, r->who + (g + 1) * m->p);
    }
    return st;
}

static enum dyad_status
recess_reserve(struct recess *r)
{
    const struct cox_model *m = r->m;

    r->most = malloc((3 * m->moments + m->moments * m->p + m->bins + 2 * m->strata + 2 * m->p + 1) *
                     sizeof *r->most);
    if (r->most == NULL)
        return DYAD_NOMEM;
    r->least = r->most + m->moments;
    r->links = r->least + m->moments;
    r->who = r->links + m->moments;
    r->bins = r->who + m->moments * m->p;
    r->low = r->bins + m->bins;
    r->high = r->low + m->strata;
    r->scaled = r->high + m->strata;
    r->base.difference = r->scaled + m->p;
    return DYAD_OK;
}

enum dyad_status
cox_recedes(void *model, const double *direction, const enum cox_state *state,
            struct recession *out, bool *yes)
{
    struct cox_model *m = model;
    struct recess r = { .base = { .p = m->p,
                                  .range = m->range,
                                  .state = state,
                                  .see = see,
                                  .find_span = find_span },
                        .m = m };
    enum dyad_status st = recess_reserve(&r);

    if (st == DYAD_OK)
        st = recede_test(&r.base, direction, out, yes);
    free(r.most);
    return st;
}
