#include "odds_tables.h"

#include "dyad/data/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "labels.h"

#define CELL_MAX 1e15 /* what the statistics take */

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- storage ------------------------------------------------------------------------------ */

static void
release(struct odds_table *t)
{
    list_free(t->groups, t->n_groups);
    list_free(t->levels, t->n_levels);
    list_free(t->strata, t->strata ? t->n_strata : 0);
    free(t->event);
    free(t->exposed_to);
    free(t->scores);
    for (size_t i = 0; t->kinds && i < t->n_levels; i++)
        free(t->kinds[i].counts);
    free(t->kinds);
    free(t->counts);
    free(t->n_counts);
    free(t->people);
}

void
odds_tables_release(struct odds_tables *t)
{
    for (size_t i = 0; i < t->n; i++)
        release(&t->at[i]);
    free(t->at);
    free(t->stratum_name);
    cohort_close(t->cohort);
    *t = (struct odds_tables){ 0 };
}

static struct odds_table *
add_table(struct odds_tables *ts)
{
    struct odds_table *grown = realloc(ts->at, (ts->n + 1) * sizeof *grown);

    if (grown == NULL)
        return NULL;
    ts->at = grown;
    grown[ts->n] = (struct odds_table){ .outcome = NULL };
    return &grown[ts->n++];
}

static enum dyad_status
make_levels(struct odds_table *t, size_t n)
{
    t->levels = calloc(n ? n : 1, sizeof *t->levels);
    t->scores = calloc(n ? n : 1, sizeof *t->scores);
    if (t->levels == NULL || t->scores == NULL)
        return DYAD_NOMEM;
    t->n_levels = n;
    return DYAD_OK;
}

struct people
odds_table_people(const struct odds_table *t, size_t stratum, size_t level)
{
    struct people sum = { 0 };

    if (stratum < t->n_strata)
        return t->people[stratum * t->n_levels + level];
    for (size_t s = 0; s < t->n_strata; s++) {
        const struct people *p = &t->people[s * t->n_levels + level];
        sum.events += p->events;
        sum.non_events += p->non_events;
        sum.missing += p->missing;
    }
    return sum;
}

const struct people_counts *
odds_table_counts(const struct odds_table *t, size_t stratum, size_t level)
{
    return &t->counts[stratum * t->n_levels + level];
}

struct two_by_two
odds_table_pair(const struct odds_table *t, size_t stratum, size_t level)
{
    const struct people x = odds_table_people(t, stratum, level), y = odds_table_people(t, stratum, t->reference);
    return (struct two_by_two){ (double)x.events, (double)x.non_events, (double)y.events, (double)y.non_events };
}

static int
by_counts(const void *a, const void *b)
{
    const struct two_by_two *x = &((const struct stratum *)a)->counts, *y = &((const struct stratum *)b)->counts;
    const double d[4] = { x->a - y->a, x->b - y->b, x->c - y->c, x->d - y->d };

    for (int i = 0; i < 4; i++)
        if (d[i] != 0)
            return d[i] < 0 ? -1 : 1;
    return 0;
}

struct stratum *
odds_table_strata(const struct odds_table *t, size_t level, size_t *n)
{
    struct stratum *all = malloc((t->n_strata ? t->n_strata : 1) * sizeof *all);
    size_t kept = 0;

    if (all == NULL)
        return NULL;
    for (size_t s = 0; s < t->n_strata; s++)
        all[s] = (struct stratum){ odds_table_pair(t, s, level), 1 };
    qsort(all, t->n_strata, sizeof *all, by_counts);
    for (size_t s = 0; s < t->n_strata; s++) {
        if (kept && by_counts(&all[kept - 1], &all[s]) == 0)
            all[kept - 1].copies += all[s].copies;
        else
            all[kept++] = all[s];
    }
    *n = kept;
    return all;
}

/* --- from a cohort ------------------------------------------------------------------------ */

/* The codes of a cell: --by columns, strata, exposure, outcome. */
struct counting {
    const struct options *o;
    struct cohort *cohort;
    struct grouping by;
    size_t strata[BY_MAX], n_strata;
    enum stratification stratified;
    struct event *events;
    struct exposure *exposures;
    size_t n_events, n_exposures;
    struct crosstab_spec *specs;
};

static enum dyad_status
request_strata(struct counting *c, struct dyad_error *err)
{
    size_t n;
    const char *match = option_text(c->o, "match");
    const char *const *names = option_list(c->o, "stratify", &n);
    enum dyad_status st = DYAD_OK;

    if (match && n)
        return dyad_fail(err, DYAD_USAGE, "--match and --stratify exclude each other: matched sets are strata");
    if (n + c->by.n > BY_MAX)
        return dyad_fail(err, DYAD_USAGE, "--stratify and --by: at most %d columns", BY_MAX);
    c->stratified = match ? STRATA_SETS : n ? STRATA_COLUMNS : STRATA_NONE;
    if (match) {
        c->n_strata = 1;
        return cohort_factor(c->cohort, match, LEVELS_UNLIMITED, &c->strata[0], err);
    }
    for (; c->n_strata < n && st == DYAD_OK; c->n_strata++)
        st = cohort_factor(c->cohort, names[c->n_strata], LEVELS_MAX, &c->strata[c->n_strata], err);
    return st;
}

static enum dyad_status
request(struct counting *c, struct dyad_error *err)
{
    size_t n_outcomes, n_exposures;
    const char *const *outcomes = option_list(c->o, "outcome", &n_outcomes);
    const char *const *exposures = option_list(c->o, "exposure", &n_exposures);
    bool has_levels = false;
    enum dyad_status st;

    c->events = calloc(n_outcomes, sizeof *c->events);
    c->exposures = calloc(n_exposures, sizeof *c->exposures);
    c->specs = calloc(n_outcomes * n_exposures, sizeof *c->specs);
    if (c->events == NULL || c->exposures == NULL || c->specs == NULL)
        return no_memory(err);
    if ((st = grouping_request(c->cohort, c->o, &c->by, err)) != DYAD_OK || (st = request_strata(c, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < n_outcomes; i++) {
        c->n_events++;
        if ((st = event_request(c->cohort, outcomes[i], &c->events[i], err)) != DYAD_OK)
            return st;
    }
    for (size_t i = 0; i < n_exposures; i++) {
        c->n_exposures++;
        if ((st = exposure_request(c->cohort, exposures[i], &c->exposures[i], err)) != DYAD_OK)
            return st;
        has_levels = has_levels || c->exposures[i].value == NULL;
    }
    if (!has_levels && option_given(c->o, "reference"))
        return dyad_fail(err, DYAD_USAGE, "--reference does not go with --exposure %s, which sets that level against all "
                                          "others", exposures[0]);
    for (size_t i = 0; i < n_outcomes * n_exposures; i++) {
        struct crosstab_spec *spec = &c->specs[i];
        memcpy(spec->factors, c->by.factors, c->by.n * sizeof *spec->factors);
        memcpy(spec->factors + c->by.n, c->strata, c->n_strata * sizeof *spec->factors);
        spec->n_factors = c->by.n + c->n_strata;
        spec->factors[spec->n_factors++] = c->exposures[i % n_exposures].factor;
        event_specify(&c->events[i / n_exposures], spec);
    }
    return DYAD_OK;
}

static enum dyad_status
name_levels(const struct counting *c, const struct exposure *x, struct odds_table *t, struct dyad_error *err)
{
    size_t n;
    const struct level *levels = cohort_levels(c->cohort, x->factor, &n);
    struct text other = TEXT_INIT;

    if (x->value) {
        if (make_levels(t, 2) != DYAD_OK)
            return no_memory(err);
        text_printf(&other, "not %s", x->value);
        t->levels[0] = text_copy(x->value);
        t->levels[1] = text_steal(&other);
        t->reference = 1;
        t->against_others = true;
        return t->levels[0] && t->levels[1] ? DYAD_OK : no_memory(err);
    }
    if (make_levels(t, n) != DYAD_OK)
        return no_memory(err);
    t->has_scores = true;
    for (size_t i = 0; i < n; i++) {
        if ((t->levels[i] = text_copy(levels[i].text)) == NULL)
            return no_memory(err);
        t->has_scores = t->has_scores && level_is_number(&levels[i], &t->scores[i]);
    }
    if (!t->has_scores && cohort_is_ordered(c->cohort, x->factor)) {
        for (size_t i = 0; i < n; i++)
            t->scores[i] = (double)i;
        t->has_scores = true;
    }
    return exposure_reference(c->cohort, x, option_text(c->o, "reference"), &t->reference, err);
}

/* Which of the table's levels a code is. */
static size_t
level_of(const struct counting *c, const struct exposure *x, uint32_t code)
{
    if (x->value == NULL)
        return code - 1;
    return strcmp(analysis_level(c->cohort, x->factor, code), x->value) == 0 ? 0 : 1;
}

static enum dyad_status
name_groups(const struct counting *c, const uint32_t *codes, struct odds_table *t)
{
    t->groups = calloc(c->by.n ? c->by.n : 1, sizeof *t->groups);
    if (t->groups == NULL)
        return DYAD_NOMEM;
    for (; t->n_groups < c->by.n; t->n_groups++) {
        t->groups[t->n_groups] = text_copy(analysis_level(c->cohort, c->by.factors[t->n_groups], codes[t->n_groups]));
        if (t->groups[t->n_groups] == NULL)
            return DYAD_NOMEM;
    }
    return DYAD_OK;
}

static bool
same_codes(const struct crosstab_cell *a, const struct crosstab_cell *b, size_t from, size_t n)
{
    return memcmp(a->codes + from, b->codes + from, n * sizeof *a->codes) == 0;
}

/* Sums of nothing yet for each level in each stratum, and for all strata together. */
static enum dyad_status
begin_counts(struct suppression *s, size_t n_strata, struct odds_table *t)
{
    const size_t n = (n_strata + 1) * t->n_levels;

    if (s == NULL)
        return DYAD_OK;
    t->counts = calloc(n + 1, sizeof *t->counts);
    t->n_counts = calloc(n + 1, sizeof *t->n_counts);
    if (t->counts == NULL || t->n_counts == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n && t->stratified != STRATA_SETS; i++)
        t->counts[i] = people_counts_begin(s);
    return DYAD_OK;
}

/* Whom a table of matched sets counts, all sets together. */
static void
tell_sets(const struct counting *c, const struct event *e, const struct exposure *x, const struct odds_table *t)
{
    struct counted *people = suppression_people(c->o->suppression);
    const char *values[CROSSTAB_FACTORS];

    counted_table(people, COUNTED_RECORDS, SIZE_MAX);
    for (size_t k = 0; k < c->n_strata; k++)
        counted_need(people, cohort_factor_name(c->cohort, c->strata[k]), 1);
    for (size_t k = 0; k < c->by.n; k++) {
        counted_column(people, c->by.names[k], COUNTED_LEVELS, NULL);
        values[k] = t->groups[k];
    }
    counted_column(people, x->column, x->value ? COUNTED_IS : COUNTED_LEVELS, x->value);
    event_column(e, people);
    for (size_t i = 0; i < t->n_levels; i++) {
        const struct people_counts *counts = odds_table_counts(t, t->n_strata, i);
        values[c->by.n] = x->value && strcmp(t->levels[i], x->value) != 0 ? COUNTED_OTHER : t->levels[i];
        for (size_t k = 0; k < 3; k++) {
            values[c->by.n + 1] = k == 2 ? "" : event_value(e, k == 0);
            counted_cell(people, values, k == 0 ? counts->events : k == 1 ? counts->non_events : counts->missing);
        }
    }
}

/* Of matched sets, each of them small, only all together are counted here; count_kinds() has the rest. */
static void
sum_counts(struct suppression *s, struct odds_table *t)
{
    const size_t each = t->n_strata * t->n_levels;

    for (size_t i = 0; s && i < each && t->stratified != STRATA_SETS; i++)
        people_counts_add(s, &t->counts[each + i % t->n_levels], &t->counts[i]);
    for (size_t i = 0; s && i < t->n_levels && t->stratified == STRATA_SETS; i++) {
        const struct people all = odds_table_people(t, t->n_strata, i);
        t->counts[each + i] = people_counts_typed(s, &all);
    }
    for (size_t i = t->stratified == STRATA_SETS ? each : 0; s && i < each + t->n_levels; i++)
        t->n_counts[i] = people_counts_n(s, &t->counts[i]);
}

/* Sets that are alike are counted together: a of the exposed with the event, b without, c and d of the others. */
static enum dyad_status
count_kinds(struct suppression *s, struct odds_table *t)
{
    struct disclosure *d = suppression_counts(s);
    enum dyad_status st = DYAD_OK;

    if (s == NULL || t->stratified != STRATA_SETS)
        return DYAD_OK;
    if ((t->kinds = calloc(t->n_levels + 1, sizeof *t->kinds)) == NULL)
        return DYAD_NOMEM;
    for (size_t level = 0; level < t->n_levels && st == DYAD_OK; level++) {
        size_t n = 0, sums[4];
        struct stratum *kinds = level == t->reference ? NULL : odds_table_strata(t, level, &n);
        struct stratum_kinds *k = &t->kinds[level];
        if (level == t->reference)
            continue;
        for (size_t i = 0; i < 4; i++)
            sums[i] = disclosure_sum(d);
        st = kinds && (k->counts = calloc(n + 1, sizeof *k->counts)) ? DYAD_OK : DYAD_NOMEM;
        for (size_t i = 0; st == DYAD_OK && i < n; i++) {
            const double cells[4] = { kinds[i].counts.a, kinds[i].counts.b, kinds[i].counts.c, kinds[i].counts.d };
            k->counts[k->n++] = disclosure_count(d, (int64_t)kinds[i].copies);
            for (size_t cell = 0; cell < 4; cell++)
                if (cells[cell] > 0)
                    disclosure_part(d, sums[cell], k->counts[i], (int64_t)cells[cell]);
        }
        if (st == DYAD_OK) {
            const struct people_counts *x = odds_table_counts(t, t->n_strata, level);
            const struct people_counts *y = odds_table_counts(t, t->n_strata, t->reference);
            disclosure_same(d, sums[0], x->events);
            disclosure_same(d, sums[1], x->non_events);
            disclosure_same(d, sums[2], y->events);
            disclosure_same(d, sums[3], y->non_events);
        }
        free(kinds);
    }
    return st;
}

/* The cells [0, n) are one group's, sorted by stratum. */
static enum dyad_status
fill_people(const struct counting *c, const struct event *e, const struct exposure *x, const struct crosstab_cell *cells,
            const struct people_counts *counts, size_t n, struct odds_table *t)
{
    struct text name = TEXT_INIT;
    size_t n_strata = 0;

    for (size_t i = 0; i < n; i++)
        n_strata += i == 0 || !same_codes(&cells[i - 1], &cells[i], c->by.n, c->n_strata);
    t->people = calloc(n_strata * t->n_levels + 1, sizeof *t->people);
    if (c->stratified == STRATA_COLUMNS)
        t->strata = calloc(n_strata ? n_strata : 1, sizeof *t->strata);
    if (t->people == NULL || (c->stratified == STRATA_COLUMNS && t->strata == NULL) ||
        begin_counts(c->o->suppression, n_strata, t) != DYAD_OK)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_codes(&cells[i - 1], &cells[i], c->by.n, c->n_strata)) {
            if (t->strata) {
                analysis_join(c->cohort, c->strata, c->n_strata, cells[i].codes + c->by.n, &name);
                if ((t->strata[t->n_strata] = text_steal(&name)) == NULL)
                    return DYAD_NOMEM;
            }
            t->n_strata++;
        }
        const size_t at = c->by.n + c->n_strata;
        const size_t level = level_of(c, x, cells[i].codes[at]);
        event_count(e, &cells[i], at + 1, &t->people[(t->n_strata - 1) * t->n_levels + level]);
        if (t->counts && t->stratified != STRATA_SETS)
            people_counts_add(c->o->suppression, &t->counts[(t->n_strata - 1) * t->n_levels + level], &counts[i]);
    }
    sum_counts(c->o->suppression, t);
    if (t->counts && t->stratified == STRATA_SETS && e->coding != EVENT_COUNTS)
        tell_sets(c, e, x, t);
    return count_kinds(c->o->suppression, t);
}

static enum dyad_status
add_group(const struct counting *c, const struct event *e, const struct exposure *x, const struct crosstab_cell *cells,
          const struct people_counts *counts, size_t n, struct odds_tables *out, struct dyad_error *err)
{
    struct odds_table *t = add_table(out);
    enum dyad_status st;

    if (t == NULL)
        return no_memory(err);
    t->outcome = e->typed;
    t->exposure = x->typed;
    t->event = text_copy(e->label);
    t->exposed_to = text_copy(x->column);
    t->stratified = c->stratified;
    if (t->event == NULL || t->exposed_to == NULL || name_groups(c, cells[0].codes, t) != DYAD_OK)
        return no_memory(err);
    if ((st = name_levels(c, x, t, err)) != DYAD_OK)
        return st;
    return fill_people(c, e, x, cells, counts, n, t) == DYAD_OK ? DYAD_OK : no_memory(err);
}

static void
note_left_out(const struct counting *c, const struct exposure *x, const struct crosstab_cell *cells,
              const struct people_counts *counts, size_t n, bool first, struct result *r)
{
    struct suppression *s = c->o->suppression;
    size_t n_names;
    const char *const *strata = option_list(c->o, "stratify", &n_names);

    for (size_t k = 0; first && k < c->by.n; k++)
        analysis_note_missing(c->by.names[k], cells, counts, n, k, s, r);
    for (size_t k = 0; first && k < c->n_strata; k++)
        analysis_note_missing(n_names ? strata[k] : option_text(c->o, "match"), cells, counts, n, c->by.n + k, s, r);
    analysis_note_missing(x->column, cells, counts, n, c->by.n + c->n_strata, s, r);
}

/* One outcome by one exposure: drop the cells with a value missing, then a table a group. */
static enum dyad_status
split_groups(const struct counting *c, const struct event *e, const struct exposure *x, const struct crosstab_cell *cells,
             const struct people_counts *counts, size_t n, struct odds_tables *out, struct dyad_error *err)
{
    struct crosstab_cell *complete = malloc((n ? n : 1) * sizeof *complete);
    struct people_counts *of_these = malloc((n ? n : 1) * sizeof *of_these);
    enum dyad_status st = complete && of_these ? DYAD_OK : no_memory(err);
    size_t kept = 0, first = 0;

    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        bool good = true;
        for (size_t k = 0; k <= c->by.n + c->n_strata; k++)
            good = good && cells[i].codes[k] != 0;
        if (good) {
            of_these[kept] = counts[i];
            complete[kept++] = cells[i];
        }
    }
    for (size_t i = 1; i <= kept && st == DYAD_OK; i++)
        if (i == kept || !same_codes(&complete[first], &complete[i], 0, c->by.n)) {
            st = add_group(c, e, x, complete + first, of_these + first, i - first, out, err);
            first = i;
        }
    free(complete);
    free(of_these);
    return st;
}

/* The cells of matched sets, each by itself, for the notes on what was left out. */
static void
count_cells(struct suppression *s, const struct crosstab_cell *cells, size_t n, struct people_counts *out)
{
    for (size_t i = 0; s && i < n; i++)
        out[i] = (struct people_counts){ COUNT_OF_NOBODY, COUNT_OF_NOBODY,
                                         disclosure_count(suppression_counts(s), cells[i].records + cells[i].total) };
}

/* Those in the tables of one outcome by one exposure, from the first of them on; with ${missing} those without it too. */
static size_t
count_complete(const struct counting *c, const struct odds_tables *out, size_t first, bool missing)
{
    struct disclosure *d = suppression_counts(c->o->suppression);
    const size_t sum = d ? disclosure_sum(d) : 0;

    for (size_t i = first; d && i < out->n; i++)
        for (size_t level = 0; level < out->at[i].n_levels; level++) {
            const struct odds_table *t = &out->at[i];
            disclosure_part(d, sum, t->n_counts[t->n_strata * t->n_levels + level], 1);
            if (missing)
                disclosure_part(d, sum, odds_table_counts(t, t->n_strata, level)->missing, 1);
        }
    return sum;
}

static enum dyad_status
make_tables(struct counting *c, struct crosstabs *sums, struct odds_tables *out, struct result *r, struct dyad_error *err)
{
    size_t *complete = calloc(c->n_events * c->n_exposures + 1, sizeof *complete), n_complete = 0, everybody = COUNT_OF_NOBODY;
    enum dyad_status st = complete ? DYAD_OK : no_memory(err);
    bool counts_given = false;

    for (size_t i = 0; i < c->n_events && st == DYAD_OK; i++) {
        st = event_settle(c->cohort, &c->events[i], r, err);
        counts_given = counts_given || c->events[i].coding == EVENT_COUNTS;
        for (size_t k = 0; k < c->n_exposures && st == DYAD_OK; k++) {
            size_t n;
            const struct crosstab_cell *cells = crosstab_cells(sums, i * c->n_exposures + k, &n);
            struct people_counts *counts = calloc(n + 1, sizeof *counts);
            if (cells == NULL || counts == NULL) {
                free(counts);
                free(complete);
                return no_memory(err);
            }
            const size_t first = out->n;
            if (c->stratified != STRATA_SETS)
                suppression_crosstab(c->o->suppression, c->cohort, &c->specs[i * c->n_exposures + k], &c->events[i], cells, n,
                                     counts);
            else
                count_cells(c->o->suppression, cells, n, counts);
            if (i == 0)
                note_left_out(c, &c->exposures[k], cells, counts, n, k == 0, r);
            st = split_groups(c, &c->events[i], &c->exposures[k], cells, counts, n, out, err);
            if (st == DYAD_OK && c->events[i].coding != EVENT_COUNTS)
                complete[n_complete++] = count_complete(c, out, first, false);
            if (st == DYAD_OK && c->n_exposures == 1)
                everybody = count_complete(c, out, first, true);
            free(counts);
        }
    }
    if (st == DYAD_OK && (!counts_given || c->n_events * c->n_exposures == 1))
        analysis_tell_used(c->o->suppression, complete, n_complete, everybody, crosstab_n_used(sums));
    free(complete);
    return st;
}

static enum dyad_status
name_strata(const struct options *o, const struct cohort *c, struct odds_tables *out, struct dyad_error *err)
{
    size_t n;
    const char *const *names = option_list(o, "stratify", &n);
    struct text joined = TEXT_INIT;

    if (n == 0)
        return DYAD_OK;
    for (size_t i = 0; i < n; i++)
        text_printf(&joined, "%s%s", i ? " / " : "", labels_column(c, names[i]));
    out->stratum_name = text_steal(&joined);
    return out->stratum_name ? DYAD_OK : no_memory(err);
}

enum dyad_status
odds_tables_count(const struct options *o, struct odds_tables *out, struct result *r, struct dyad_error *err)
{
    struct counting c = { .o = o };
    void *sums = NULL;
    enum dyad_status st;

    if ((st = analysis_open(o, &c.cohort, err)) == DYAD_OK && (st = request(&c, err)) == DYAD_OK &&
        (st = name_strata(o, c.cohort, out, err)) == DYAD_OK &&
        (st = analysis_run(c.cohort, &(struct crosstab_set){ c.specs, c.n_events * c.n_exposures }, &sums, err)) ==
            DYAD_OK &&
        (st = make_tables(&c, sums, out, r, err)) == DYAD_OK) {
        out->group_names = c.by.names;
        out->n_group_names = c.by.n;
        out->n_used = crosstab_n_used(sums);
    }
    for (size_t i = 0; i < c.n_events; i++)
        event_release(&c.events[i]);
    for (size_t i = 0; i < c.n_exposures; i++)
        exposure_release(&c.exposures[i]);
    free(c.events);
    free(c.exposures);
    free(c.specs);
    crosstabs_free(sums);
    out->cohort = c.cohort;
    return st;
}

/* --- typed -------------------------------------------------------------------------------- */

static bool
read_count(const char *text, size_t length, int64_t *out)
{
    double value;

    while (length && *text == ' ')
        text++, length--;
    while (length && text[length - 1] == ' ')
        length--;
    if (number_parse(text, length, '.', &value) != NUMBER_GOOD || value < 0 || value != floor(value) || value > CELL_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

/* "A/N1": events of a total. */
static bool
read_fraction(const char *text, struct people *out)
{
    const char *slash = strchr(text, '/');
    int64_t total;

    if (slash == NULL || !read_count(text, (size_t)(slash - text), &out->events) ||
        !read_count(slash + 1, strlen(slash + 1), &total) || total < out->events)
        return false;
    out->non_events = total - out->events;
    return true;
}

static bool
read_cells(char *const *values, size_t n, struct people out[2])
{
    if (n == 2)
        return read_fraction(values[0], &out[0]) && read_fraction(values[1], &out[1]);
    return n == 4 && read_count(values[0], strlen(values[0]), &out[0].events) &&
           read_count(values[1], strlen(values[1]), &out[0].non_events) &&
           read_count(values[2], strlen(values[2]), &out[1].events) &&
           read_count(values[3], strlen(values[3]), &out[1].non_events);
}

static enum dyad_status
read_stratum(const char *typed, size_t number, struct odds_table *t, struct dyad_error *err)
{
    struct text own = TEXT_INIT;
    char **values = NULL;
    size_t n = 0;
    enum dyad_status st = list_split(typed, &values, &n);

    if (st == DYAD_NOMEM)
        return no_memory(err);
    char *equals = st == DYAD_OK ? strrchr(values[0], '=') : NULL;
    if (equals) {
        text_put(&own, values[0], (size_t)(equals - values[0]));
        memmove(values[0], equals + 1, strlen(equals + 1) + 1);
        t->stratified = STRATA_COLUMNS;
    } else {
        text_printf(&own, "%zu", number + 1);
    }
    if (st != DYAD_OK || equals == values[0] || !read_cells(values, n, &t->people[2 * number]))
        st = dyad_fail(err, DYAD_USAGE, "--cells %s: A,B,C,D (exposed events and non-events, unexposed events and "
                                        "non-events) or A/N1,C/N0 is needed, whole numbers from 0 to 1e15; a label stands "
                                        "before an '='", typed);
    list_free(values, n);
    t->strata[number] = text_steal(&own);
    if (st == DYAD_OK && t->strata[number] == NULL)
        st = no_memory(err);
    for (size_t i = 0; i < number && st == DYAD_OK; i++)
        if (strcmp(t->strata[i], t->strata[number]) == 0)
            st = dyad_fail(err, DYAD_USAGE, "--cells %s: there is a stratum %s already", typed, t->strata[i]);
    t->n_strata++;
    return st;
}

enum dyad_status
odds_tables_typed(const struct options *o, struct odds_tables *out, struct dyad_error *err)
{
    size_t n;
    const char *const *typed = option_list(o, "cells", &n);
    struct odds_table *t = add_table(out);
    enum dyad_status st = DYAD_OK;

    if (t == NULL)
        return no_memory(err);
    *t = (struct odds_table){ .outcome = "event", .exposure = "exposure", .reference = 1 };
    t->event = text_copy("event");
    t->exposed_to = text_copy("exposure");
    t->groups = calloc(1, sizeof *t->groups);
    t->people = calloc(2 * n, sizeof *t->people);
    t->strata = calloc(n, sizeof *t->strata);
    if (t->event == NULL || t->exposed_to == NULL || t->groups == NULL || t->people == NULL || t->strata == NULL ||
        make_levels(t, 2) != DYAD_OK)
        return no_memory(err);
    t->levels[0] = text_copy("exposed");
    t->levels[1] = text_copy("unexposed");
    if (t->levels[0] == NULL || t->levels[1] == NULL || (out->stratum_name = text_copy("stratum")) == NULL)
        return no_memory(err);
    t->stratified = n > 1 ? STRATA_COLUMNS : STRATA_NONE;
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = read_stratum(typed[i], i, t, err);
    for (size_t i = 0; i < 2; i++) {
        const struct people p = odds_table_people(t, t->n_strata, i);
        out->n_used += p.events + p.non_events;
    }
    return st;
}
