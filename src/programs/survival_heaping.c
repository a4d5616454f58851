/* dyad survival: durations that are reported as round numbers. */
#include "survival.h"

#include "dyad/stats/heaping.h"

#include <math.h>
#include <stdlib.h>

/* Events of whole units of time, from the first that has one to the last. */
struct units {
    double first, *events;
    size_t n;
    bool parts; /* some times are between two units */
};

enum { UNITS_MAX = 100000 };

/* DYAD_DOMAIN where there is none, or too many. */
static enum dyad_status
count_units(const struct survival_table *t, struct units *u)
{
    double first = NAN, last = NAN;

    *u = (struct units){ .events = NULL };
    for (size_t i = 0; i < t->n; i++) {
        const double unit = floor(t->rows[i].time);
        if (t->rows[i].exits[1].records == 0)
            continue;
        first = isnan(first) ? unit : first;
        last = unit;
        u->parts = u->parts || unit < t->rows[i].time;
    }
    if (isnan(first) || last - first >= UNITS_MAX)
        return DYAD_DOMAIN;
    u->first = first;
    u->n = (size_t)(last - first) + 1;
    u->events = calloc(u->n, sizeof *u->events);
    if (u->events == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < t->n; i++)
        if (t->rows[i].exits[1].records > 0)
            u->events[(size_t)(floor(t->rows[i].time) - first)] += t->rows[i].exits[1].records;
    return DYAD_OK;
}

struct reports {
    struct table *heaps, *all;
};

/* Round times outside of what was reported have empty rows. */
static void
write_group(struct survival_job *j, struct reports to, const struct survival_group *g, const struct heap *heaps, size_t n,
            const struct heaping_fit *fit, const struct units *u)
{
    double events = 0;

    for (size_t i = 0; i < j->how.n_heaps; i++) {
        struct table *t = to.heaps;
        survival_row(j, t, g, SCALE_RATIO);
        table_set_number(t, "time", j->how.heaps[i]);
        for (size_t k = 0; k < n; k++) {
            if (u->first + (double)heaps[k].at != j->how.heaps[i])
                continue;
            table_set_count(t, "observed", (int64_t)heaps[k].observed);
            table_set_number(t, "expected", heaps[k].expected);
            survival_set_estimate(t, &heaps[k].ratio);
            table_set_number(t, "p_value", heaps[k].ratio.p_value);
        }
    }
    for (size_t i = 0; i < u->n; i++)
        events += u->events[i];
    survival_row(j, to.all, g, SCALE_PROPORTION);
    table_set_count(to.all, "events", (int64_t)events);
    if (fit == NULL)
        return;
    table_set_number(to.all, "excess", fit->excess);
    table_set_number(to.all, "smooth_df", fit->df);
    table_set_number(to.all, "deviance", fit->deviance);
}

static enum dyad_status
heap_group(struct survival_job *j, struct reports to, const struct survival_group *g, struct heap *heaps, bool *parts,
           bool *failed)
{
    struct heaping_work work = HEAPING_WORK_INIT;
    struct heaping_fit fit;
    struct units u;
    size_t n = 0;
    enum dyad_status st = count_units(&g->tables[0], &u);

    for (size_t i = 0; st == DYAD_OK && i < j->how.n_heaps; i++)
        if (j->how.heaps[i] >= u.first && j->how.heaps[i] < u.first + (double)u.n)
            heaps[n++].at = (size_t)(j->how.heaps[i] - u.first);
    if (st == DYAD_OK && n)
        st = heaping(u.events, u.n, j->how.method.level, &work, heaps, n, &fit);
    if (st != DYAD_NOMEM) {
        const bool fitted = st == DYAD_OK && n;
        write_group(j, to, g, heaps, fitted ? n : 0, fitted ? &fit : NULL, &u);
        *failed = *failed || !fitted;
        *parts = *parts || u.parts;
        st = DYAD_OK;
    }
    heaping_work_release(&work);
    free(u.events);
    return st;
}

enum dyad_status
survival_heaping(struct survival_job *j, struct dyad_error *err)
{
    struct reports to;
    struct heap *heaps;
    bool parts = false, failed = false;
    enum dyad_status st = DYAD_OK;

    if (j->how.n_heaps == 0)
        return DYAD_OK;
    to.heaps = survival_open(j, "heaping");
    table_column(to.heaps, "time", COLUMN_NUMBER);
    table_column(to.heaps, "observed", COLUMN_COUNT);
    table_column(to.heaps, "expected", COLUMN_NUMBER);
    survival_estimate_columns(to.heaps);
    table_column(to.heaps, "p_value", COLUMN_P_VALUE);
    to.all = survival_open(j, "heaping_all");
    table_column(to.all, "events", COLUMN_COUNT);
    table_column(to.all, "excess", COLUMN_ESTIMATE);
    survival_numbers(to.all, NAMES("smooth_df", "deviance"));
    heaps = calloc(j->how.n_heaps + 1, sizeof *heaps);
    st = heaps ? DYAD_OK : DYAD_NOMEM;
    for (size_t g = 0; g < j->n_groups && st == DYAD_OK; g++)
        st = heap_group(j, to, &j->groups[g], heaps, &parts, &failed);
    free(heaps);
    if (st != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    result_note(j->r, "Heaping: events at a round time, divided by those that a smooth curve through the other times would "
                      "have there (penalised Poisson, the penalty by AIC); table heaping_all has the excess at all the round "
                      "times as share of all events. Censored times are not counted. Name every round time: those not named bend the curve.");
    if (parts)
        result_note(j->r, "Heaping: times are counted by whole units, 6.9 as 6.");
    if (failed)
        result_note(j->r, "Heaping: empty where the events are too few (at three times or more that are not round), or none of "
                          "the round times lies between the first and the last event.");
    return DYAD_OK;
}
