/* dyad rates: initiation, exclusivity, any proportion, by group. */
#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/crosstab.h"
#include "dyad/output/numeral.h"
#include "dyad/stats/proportion.h"
#include "dyad/stats/standardized_rate.h"

#include "analysis.h"
#include "commands.h"
#include "labels.h"
#include "options.h"
#include "suppression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec known[] = {
    { "outcome", OPTION_LIST, "COL,...", "the events counted: a 0/1 or no/yes column, COL=VALUE, or EVENTS/TOTAL" },
    { "ci", OPTION_TEXT, "METHOD", "wilson (default), wilson-cc, wald, agresti-coull, jeffreys, exact, midp, logit or arcsine" },
    { "standardize", OPTION_TEXT, "COL", "add rates standardised directly over the levels of COL" },
    { "standard", OPTION_PATH, "FILE", "the standard population: a CSV with the columns COL and weight" },
    { "overall", OPTION_FLAG, NULL, "add a row for all groups together" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* Stata's ci and R's metaprop print Clopper and Pearson's limits, SAS's PROC FREQ Wald's first. */
static const struct like_default like[] = {
    { "stata", "ci", "exact", NULL, NULL },
    { "meta", "ci", "exact", NULL, NULL },
    { "sas", "ci", "wald", NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

/* What the run is about, in one place. */
struct job {
    const struct options *o;
    struct cohort *cohort, *standard;
    struct event *events;
    size_t n_events;
    struct grouping by;
    enum proportion_method method;
    bool standardized;
    size_t standard_factor;
    double *weights; /* of each code of the standardising column, from 1 */
    size_t n_strata;
    struct crosstab_spec *specs;
    struct table *table;
    bool any_answer, any_empty, any_unbounded;
};

/* People of a group, and of each stratum of it. */
struct group {
    struct people all;
    struct people *strata;
};

/* --- options ------------------------------------------------------------------------------ */

static enum dyad_status
read_options(struct job *j, struct dyad_error *err)
{
    const char *ci = option_text(j->o, "ci");
    size_t n;

    option_list(j->o, "outcome", &n);
    if (n == 0)
        return dyad_fail(err, DYAD_USAGE, "no --outcome: name the column (or COL=VALUE, EVENTS/TOTAL) that is counted");
    j->method = PROPORTION_WILSON;
    if (ci && !proportion_method_find(ci, &j->method))
        return dyad_fail(err, DYAD_USAGE, "--ci %s: no such interval; there are wilson, wilson-cc, wald, agresti-coull, "
                                          "jeffreys, exact, midp, logit, arcsine", ci);
    j->standardized = option_given(j->o, "standardize");
    if (j->standardized != option_given(j->o, "standard"))
        return dyad_fail(err, DYAD_USAGE, "--standardize COL and --standard FILE go together");
    return DYAD_OK;
}

static enum dyad_status
request(struct job *j, struct dyad_error *err)
{
    size_t n;
    const char *const *outcomes = option_list(j->o, "outcome", &n);
    enum dyad_status st;

    j->events = calloc(n, sizeof *j->events);
    j->specs = calloc(n, sizeof *j->specs);
    if (j->events == NULL || j->specs == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    if ((st = grouping_request(j->cohort, j->o, &j->by, err)) != DYAD_OK)
        return st;
    if (j->standardized &&
        (st = cohort_factor(j->cohort, option_text(j->o, "standardize"), LEVELS_MAX, &j->standard_factor, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        struct crosstab_spec *spec = &j->specs[i];
        j->n_events++;
        if ((st = event_request(j->cohort, outcomes[i], &j->events[i], err)) != DYAD_OK)
            return st;
        memcpy(spec->factors, j->by.factors, j->by.n * sizeof *spec->factors);
        spec->n_factors = j->by.n;
        if (j->standardized)
            spec->factors[spec->n_factors++] = j->standard_factor;
        event_specify(&j->events[i], spec);
    }
    return DYAD_OK;
}

/* --- the standard population -------------------------------------------------------------- */

/* The weight of one level of the standard file, checked against the cohort's levels. */
static enum dyad_status
take_weight(struct job *j, const struct crosstab_spec *spec, const struct crosstab_cell *cell, struct dyad_error *err)
{
    const struct cohort *standard = j->standard;
    const char *column = option_text(j->o, "standardize");
    size_t n, k = 0;
    double weight;

    if (cell->codes[0] == 0 || cell->codes[1] == 0)
        return dyad_fail(err, DYAD_DATA, "%s: a level or its weight is missing", option_text(j->o, "standard"));
    const struct level *level = &cohort_levels(standard, spec->factors[0], &n)[cell->codes[0] - 1];
    const struct level *number = &cohort_levels(standard, spec->factors[1], &n)[cell->codes[1] - 1];
    const struct level *levels = cohort_levels(j->cohort, j->standard_factor, &n);

    if (!level_is_number(number, &weight) || weight < 0)
        return cohort_refuse(standard, number, "weight", "holds no weight: a number from 0 is needed", err);
    while (k < n && strcmp(levels[k].text, level->text) != 0)
        k++;
    if (cell->records > 1 || (k < n && !isnan(j->weights[k + 1])))
        return cohort_refuse(standard, level, column, "has a level more than once", err);
    if (k == n && weight > 0)
        return cohort_refuse(standard, level, column, "has a level that no record of the cohort has", err);
    if (k < n)
        j->weights[k + 1] = weight;
    return DYAD_OK;
}

static enum dyad_status
take_weights(struct job *j, const struct crosstab_spec *spec, struct crosstabs *sums, struct dyad_error *err)
{
    size_t n;
    const struct crosstab_cell *cells = crosstab_cells(sums, 0, &n);
    const struct level *levels = cohort_levels(j->cohort, j->standard_factor, &j->n_strata);
    enum dyad_status st = DYAD_OK;

    j->weights = malloc((j->n_strata + 1) * sizeof *j->weights);
    if (cells == NULL || j->weights == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i <= j->n_strata; i++)
        j->weights[i] = NAN;
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = take_weight(j, spec, &cells[i], err);
    for (size_t k = 0; k < j->n_strata && st == DYAD_OK; k++)
        if (isnan(j->weights[k + 1]))
            st = cohort_refuse(j->cohort, &levels[k], option_text(j->o, "standardize"),
                               "has a level that the standard population does not have", err);
    return st;
}

/* The standard file is read as the small cohort that it is. */
static enum dyad_status
read_weights(struct job *j, struct dyad_error *err)
{
    const char *path = option_text(j->o, "standard");
    const struct cohort_options options = { .paths = &path, .n_paths = 1, .n_threads = 1, .hash = j->o->cohort.hash };
    struct crosstab_spec spec = { .n_factors = 2 };
    void *sums = NULL;
    enum dyad_status st = cohort_open(&options, &j->standard, err);

    if (st == DYAD_OK &&
        (st = cohort_factor(j->standard, option_text(j->o, "standardize"), LEVELS_MAX, &spec.factors[0], err)) == DYAD_OK &&
        (st = cohort_factor(j->standard, "weight", LEVELS_MAX, &spec.factors[1], err)) == DYAD_OK &&
        (st = analysis_run(j->standard, &(struct crosstab_set){ &spec, 1 }, &sums, err)) == DYAD_OK)
        st = take_weights(j, &spec, sums, err);
    crosstabs_free(sums);
    return st;
}

/* --- the table ---------------------------------------------------------------------------- */

static void
make_table(struct job *j, struct result *r)
{
    struct table *t = j->table = result_table(r, "rates");

    for (size_t i = 0; i < j->by.n; i++)
        table_column(t, j->by.names[i], COLUMN_GROUP);
    table_column(t, "outcome", COLUMN_LABEL);
    if (j->standardized)
        table_column(t, "kind", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "events", COLUMN_COUNT);
    table_column(t, "missing", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "method", COLUMN_LABEL);
}

static void
add_row(struct job *j, const struct event *e, const uint32_t *codes, const struct people *p, const char *kind,
        const char *method, const struct estimate *est)
{
    struct table *t = j->table;

    table_row(t, SCALE_PROPORTION);
    for (size_t i = 0; codes && i < j->by.n; i++)
        table_set_group(t, i, analysis_level(j->cohort, j->by.factors[i], codes[i]));
    table_set_text(t, "outcome", e->typed);
    if (j->standardized)
        table_set_text(t, "kind", kind);
    table_set_count(t, "n", p->events + p->non_events);
    table_set_count(t, "events", p->events);
    table_set_count(t, "missing", p->missing);
    table_set_number(t, "estimate", est->value);
    table_set_number(t, "std_error", est->std_error);
    table_set_number(t, "conf_low", est->lower);
    table_set_number(t, "conf_high", est->upper);
    table_set_text(t, "method", method);
    j->any_answer = j->any_answer || !isnan(est->value);
    j->any_empty = j->any_empty || isnan(est->value);
    j->any_unbounded = j->any_unbounded || (!isnan(est->value) && isnan(est->lower));
}

static enum dyad_status
standardize(const struct job *j, const struct group *g, struct estimate *out)
{
    double *numbers = malloc(3 * j->n_strata * sizeof *numbers + 1);
    double *x = numbers, *n = numbers + j->n_strata, *w = n + j->n_strata;

    if (numbers == NULL)
        return DYAD_NOMEM;
    for (size_t k = 0; k < j->n_strata; k++) {
        x[k] = (double)g->strata[k + 1].events;
        n[k] = x[k] + (double)g->strata[k + 1].non_events;
        w[k] = j->weights[k + 1];
    }
    enum dyad_status st = standardized_rate(x, n, w, j->n_strata, j->o->level, out);
    if (st == DYAD_DOMAIN)
        st = DYAD_OK; /* a stratum without anyone: no standardised rate */
    free(numbers);
    return st;
}

static enum dyad_status
add_group(struct job *j, const struct event *e, const uint32_t *codes, const struct group *g)
{
    static const struct estimate none = { NAN, NAN, NAN, NAN, NAN };
    struct estimate est = none;
    const double x = (double)g->all.events, n = x + (double)g->all.non_events;
    enum dyad_status st = DYAD_OK;

    if (n > 0 && (st = proportion_interval(x, n, j->method, j->o->level, &est)) != DYAD_OK)
        return st;
    add_row(j, e, codes, &g->all, "crude", proportion_method_name(j->method), &est);
    if (j->standardized) {
        est = none;
        st = standardize(j, g, &est);
        add_row(j, e, codes, &g->all, "standardized", "fay-feuer", &est);
    }
    return st;
}

static bool
is_complete(const struct job *j, const struct crosstab_cell *c)
{
    for (size_t i = 0; i < j->by.n + j->standardized; i++)
        if (c->codes[i] == 0)
            return false;
    return true;
}

static void
count(const struct job *j, const struct event *e, const struct crosstab_cell *c, struct group *g)
{
    const size_t at = j->by.n + j->standardized;

    event_count(e, c, at, &g->all);
    if (j->standardized)
        event_count(e, c, at, &g->strata[c->codes[j->by.n]]);
}

static void
clear(const struct job *j, struct group *g)
{
    g->all = (struct people){ 0 };
    memset(g->strata, 0, (j->n_strata + 1) * sizeof *g->strata);
}

/* The cells of one outcome are sorted, so a group's stand together. */
static enum dyad_status
add_outcome(struct job *j, const struct event *e, const struct crosstab_cell *cells, size_t n)
{
    struct group one = { .strata = NULL }, all = { .strata = NULL };
    enum dyad_status st = DYAD_NOMEM;

    one.strata = calloc(j->n_strata + 1, sizeof *one.strata);
    all.strata = calloc(j->n_strata + 1, sizeof *all.strata);
    if (one.strata == NULL || all.strata == NULL)
        goto done;
    st = DYAD_OK;
    const struct crosstab_cell *open = NULL;
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        if (!is_complete(j, &cells[i]))
            continue;
        if (open && memcmp(open->codes, cells[i].codes, j->by.n * sizeof *open->codes) != 0) {
            st = add_group(j, e, open->codes, &one);
            clear(j, &one);
        }
        open = &cells[i];
        count(j, e, open, &one);
        count(j, e, open, &all);
    }
    if (open && st == DYAD_OK)
        st = add_group(j, e, open->codes, &one);
    if (open && st == DYAD_OK && j->by.n && option_given(j->o, "overall"))
        st = add_group(j, e, NULL, &all);
done:
    free(one.strata);
    free(all.strata);
    return st;
}

/* --- what --suppress must know ------------------------------------------------------------- */

/* As struct group: the counts of a group, and of each stratum of it. */
struct group_counts {
    struct people_counts all, *strata;
};

static void
begin_counts(const struct job *j, struct group_counts *g)
{
    g->all = people_counts_begin(j->o->suppression);
    for (size_t k = 1; j->standardized && k <= j->n_strata; k++)
        g->strata[k] = people_counts_begin(j->o->suppression);
}

/* A group's row, or its two. */
static size_t
tell_group(const struct job *j, size_t row, const struct group_counts *g)
{
    struct suppression *s = j->o->suppression;
    const size_t n = people_counts_n(s, &g->all);
    size_t *counts = malloc((3 * j->n_strata + 2) * sizeof *counts), used = 0;

    for (size_t i = 0; i <= j->standardized; i++) {
        suppression_cell(s, j->table, row + i, "n", n);
        suppression_cell(s, j->table, row + i, "events", g->all.events);
        suppression_cell(s, j->table, row + i, "missing", g->all.missing);
    }
    suppression_numbers(s, j->table, row, (const size_t[]){ n, g->all.events }, 2);
    /* With its weights known, a standardised rate has the digits to tell all strata. */
    for (size_t k = 1; counts && j->standardized && k <= j->n_strata; k++) {
        counts[used++] = g->strata[k].events;
        counts[used++] = people_counts_n(s, &g->strata[k]);
    }
    if (counts && j->standardized)
        suppression_numbers(s, j->table, row + 1, counts, used);
    free(counts);
    return row + 1 + j->standardized;
}

/* The rows of one outcome, which begin at ${row}, from the cells that they were made of; and all that are in it. */
static enum dyad_status
tell_outcome(const struct job *j, size_t row, const struct event *e, const struct crosstab_cell *cells,
             const struct people_counts *counts, size_t n, size_t *complete, size_t *everybody)
{
    struct suppression *s = j->o->suppression;
    struct group_counts one = { .strata = calloc(j->n_strata + 1, sizeof *one.strata) };
    struct group_counts all = { .strata = calloc(j->n_strata + 1, sizeof *all.strata) };
    const struct crosstab_cell *open = NULL;
    const bool good = one.strata && all.strata;

    for (size_t i = 0; good && i < n; i++) {
        if (!is_complete(j, &cells[i]))
            continue;
        if (open && memcmp(open->codes, cells[i].codes, j->by.n * sizeof *open->codes) != 0)
            row = tell_group(j, row, &one);
        if (open == NULL)
            begin_counts(j, &all);
        if (open == NULL || memcmp(open->codes, cells[i].codes, j->by.n * sizeof *open->codes) != 0)
            begin_counts(j, &one);
        open = &cells[i];
        people_counts_add(s, &one.all, &counts[i]);
        people_counts_add(s, &all.all, &counts[i]);
        if (j->standardized) {
            people_counts_add(s, &one.strata[open->codes[j->by.n]], &counts[i]);
            people_counts_add(s, &all.strata[open->codes[j->by.n]], &counts[i]);
        }
    }
    if (open)
        row = tell_group(j, row, &one);
    if (open && j->by.n && option_given(j->o, "overall"))
        (void)tell_group(j, row, &all);
    *complete = open && e->coding != EVENT_COUNTS ? people_counts_n(s, &all.all) : COUNT_OF_NOBODY;
    if (*complete != COUNT_OF_NOBODY) {
        *everybody = disclosure_sum(suppression_counts(s));
        disclosure_part(suppression_counts(s), *everybody, *complete, 1);
        disclosure_part(suppression_counts(s), *everybody, all.all.missing, 1);
    }
    free(one.strata);
    free(all.strata);
    return good ? DYAD_OK : DYAD_NOMEM;
}

/* --- notes and picture -------------------------------------------------------------------- */

static void
note_method(const struct job *j, struct result *r)
{
    static const char *const sentences[] = {
        [PROPORTION_WILSON] = "Wilson's score interval (Wilson 1927; Newcombe 1998, method 3)",
        [PROPORTION_WILSON_CC] = "Wilson's score interval with continuity correction (Newcombe 1998, method 4)",
        [PROPORTION_WALD] = "Wald interval, p -+ z sqrt(p(1-p)/n), cut at 0 and 1",
        [PROPORTION_AGRESTI_COULL] = "Agresti-Coull interval (1998), cut at 0 and 1",
        [PROPORTION_JEFFREYS] = "Jeffreys interval, 0 at no events and 1 at all (Brown, Cai & DasGupta 2001)",
        [PROPORTION_EXACT] = "exact interval of Clopper and Pearson (1934)",
        [PROPORTION_MIDP] = "mid-P exact interval (Newcombe 1998, method 6)",
        [PROPORTION_LOGIT] = "Wald interval on the log odds, turned back; it has no limits at no events or all",
        [PROPORTION_ARCSINE] = "Wald interval on asin(sqrt(p)), turned back",
    };

    result_note(r, "Rates are events divided by the records with a known outcome (n); intervals: %s; level %g%%.",
                sentences[j->method], 100 * j->o->level);
    if (j->standardized)
        result_note(r, "Standardised directly over %s to the weights of %s, with the gamma interval of Fay and Feuer (1997).",
                    option_text(j->o, "standardize"), option_text(j->o, "standard"));
    /* With --suppress said in any case, lest the notes say something of a row that is hidden. */
    if (j->any_empty || j->o->suppression)
        result_note(r, "Where there is no estimate%s, nobody with a known outcome is in the group%s.",
                    j->o->suppression ? " and nothing is suppressed" : "",
                    j->standardized ? ", or in a stratum of the standard population" : "");
    if (j->any_unbounded || (j->o->suppression && j->method == PROPORTION_LOGIT))
        result_note(r, "Where there are no limits, the method has none for no events or only events.");
}

static void
label_row(const struct job *j, size_t row, const char *kind, struct text *label)
{
    const struct table *t = j->table;

    text_clear(label);
    for (size_t i = 0; i < j->by.n; i++) {
        const char *value = table_shown(t, row, t->columns[i].name);
        if (*value)
            text_printf(label, "%s%s", label->length ? " / " : "", value);
    }
    if (label->length == 0)
        text_puts(label, j->by.n ? "All" : table_shown(t, row, "outcome"));
    if (kind && strcmp(kind, "standardized") == 0)
        text_puts(label, ", standardised");
}

static void
draw(const struct job *j, struct plot *p)
{
    const struct table *t = j->table;
    struct text label = TEXT_INIT, events = TEXT_INIT, estimate = TEXT_INIT, caption = TEXT_INIT;
    const char *panel = NULL;

    p->scale = SCALE_PROPORTION;
    text_printf(&label, "Rate (%g%% CI)", 100 * j->o->level);
    plot_set(&p->axis, label.failed ? "" : label.at, p);
    plot_column(p, 0, PLOT_COLUMN_OTHER, NULL, "Events/n", true);
    plot_column(p, 1, PLOT_COLUMN_ESTIMATE_TEXT, NULL, label.failed ? "" : label.at, false);
    text_clear(&label);
    for (size_t i = 0; i < j->by.n; i++)
        text_printf(&label, "%s%s", i ? " / " : "", labels_column(j->cohort, j->by.names[i]));
    plot_set(&p->label_title, label.length ? label.at : "Outcome", p);
    for (size_t row = 0; row < t->n_rows; row++) {
        const char *name = table_shown(t, row, "outcome");
        if (panel == NULL || (j->by.n && strcmp(panel, name) != 0))
            plot_panel(p, j->by.n ? name : NULL);
        panel = name;
        const char *kind = j->standardized ? table_text(t, row, "kind") : NULL;
        const double value = table_number(t, row, "estimate"), low = table_number(t, row, "conf_low"),
                     high = table_number(t, row, "conf_high");
        label_row(j, row, kind, &label);
        text_clear(&events);
        suppression_put_fraction(&events, t, row, "events", "n");
        text_clear(&estimate);
        if (isnan(value) && suppression_is_row(t, row))
            text_putc(&estimate, '*');
        else
            numeral_interval(&estimate, NUMERAL_PERCENT, value, low, high);
        const bool overall = j->by.n && table_cell(t, row, 0)->state == CELL_EMPTY;
        plot_row(p, overall ? PLOT_DIAMOND : PLOT_SQUARE, label.at,
                 (const char *const[PLOT_COLUMNS]){ events.at, estimate.at }, value, low, high, NAN);
    }
    text_printf(&caption, "Points are events divided by n, bars %g%% intervals by the method %s.", 100 * j->o->level,
                proportion_method_name(j->method));
    suppression_caption(j->o->suppression, &caption);
    plot_set(&p->caption, caption.failed ? "" : caption.at, p);
    p->failed = p->failed || label.failed || events.failed || estimate.failed || caption.failed;
    text_release(&label);
    text_release(&events);
    text_release(&estimate);
    text_release(&caption);
}

/* --- the run ------------------------------------------------------------------------------ */

/* The cells of the i-th outcome: its rows, and what they are made of. */
static enum dyad_status
tabulate_one(struct job *j, struct crosstabs *sums, size_t i, size_t *complete, size_t *everybody, struct result *r,
             struct dyad_error *err)
{
    const struct event *e = &j->events[i];
    const size_t row = j->table->n_rows;
    size_t n;
    const struct crosstab_cell *cells = crosstab_cells(sums, i, &n);
    struct people_counts *counts = calloc(n + 1, sizeof *counts);
    enum dyad_status st = cells && counts ? event_settle(j->cohort, &j->events[i], r, err)
                                          : dyad_fail(err, DYAD_NOMEM, "out of memory");

    if (st == DYAD_OK && (st = add_outcome(j, e, cells, n)) != DYAD_OK)
        dyad_fail(err, st, st == DYAD_NOMEM ? "out of memory" : "an interval of '%s' could not be computed", e->typed);
    if (st == DYAD_OK) {
        suppression_crosstab(j->o->suppression, j->cohort, &j->specs[i], e, cells, n, counts);
        if (j->o->suppression && (st = tell_outcome(j, row, e, cells, counts, n, complete, everybody)) != DYAD_OK)
            dyad_fail(err, st, "out of memory");
    }
    for (size_t k = 0; st == DYAD_OK && i == 0 && k < j->by.n; k++)
        analysis_note_missing(j->by.names[k], cells, counts, n, k, j->o->suppression, r);
    if (st == DYAD_OK && i == 0 && j->standardized)
        analysis_note_missing(option_text(j->o, "standardize"), cells, counts, n, j->by.n, j->o->suppression, r);
    free(counts);
    return st;
}

static enum dyad_status
tabulate(struct job *j, struct crosstabs *sums, struct result *r, struct dyad_error *err)
{
    size_t *complete = calloc(j->n_events + 1, sizeof *complete), n = 0, everybody = COUNT_OF_NOBODY;
    enum dyad_status st = complete ? DYAD_OK : dyad_fail(err, DYAD_NOMEM, "out of memory");

    make_table(j, r);
    for (size_t i = 0; i < j->n_events && st == DYAD_OK; i++) {
        st = tabulate_one(j, sums, i, &complete[n], &everybody, r, err);
        n += complete[n] != COUNT_OF_NOBODY;
    }
    /* A group that comes as counts is people in the table and one record in the flow. */
    if (st == DYAD_OK && (n == j->n_events || j->n_events == 1))
        analysis_tell_used(j->o->suppression, complete, n, everybody, crosstab_n_used(sums));
    free(complete);
    return st;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct job j = { .o = o };
    void *sums = NULL;
    enum dyad_status st;

    if ((st = read_options(&j, err)) != DYAD_OK || (st = analysis_open(o, &j.cohort, err)) != DYAD_OK ||
        (st = request(&j, err)) != DYAD_OK ||
        (st = analysis_run(j.cohort, &(struct crosstab_set){ j.specs, j.n_events }, &sums, err)) != DYAD_OK ||
        (j.standardized && (st = read_weights(&j, err)) != DYAD_OK) ||
        (st = tabulate(&j, sums, &out->result, err)) != DYAD_OK)
        goto done;
    note_method(&j, &out->result);
    analysis_report(j.cohort, o, crosstab_n_used(sums), &out->result);
    if (j.standard)
        analysis_inputs(j.standard, &out->result);
    if ((st = result_status(&out->result)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
    else if (!j.any_answer)
        st = dyad_fail(err, DYAD_DOMAIN, "no rate: no record is left that has the outcome%s",
                       o->cohort.n_filters || j.by.n ? " and what --where and --by ask for" : "");
    else if ((st = suppression_apply(o->suppression, &out->result, err)) == DYAD_OK &&
             (option_given(o, "plot") || option_given(o, "plot-data"))) {
        draw(&j, &out->plot);
        out->has_plot = true;
    }
done:
    for (size_t i = 0; i < j.n_events; i++)
        event_release(&j.events[i]);
    free(j.events);
    free(j.specs);
    free(j.weights);
    crosstabs_free(sums);
    cohort_close(j.cohort);
    cohort_close(j.standard);
    return st;
}

const struct command rates_command = {
    .name = "rates",
    .usage = "dyad rates [OPTIONS] COHORT... --outcome COL,...",
    .summary = "initiation, exclusivity, any proportion, with intervals",
    .about = "Counts, in one pass over the file, how many of the records with a known outcome have the event, in each "
             "group of --by, with an interval. The estimate is events/n whatever the interval. Records without a value of a "
             "--by column are left out and counted in the notes; those without the outcome stand under missing.\n"
             "\n"
             "Tables: rates (the --by columns, outcome, n, events, missing, estimate, std_error, conf_low, conf_high, "
             "method; with --standardize also kind, crude or standardized) and flow (step, n).",
    .examples = "    dyad rates cohort.csv --outcome initiated,exclusive_6m --by support\n"
                "        both rates in each support group, with Wilson's intervals\n"
                "    dyad rates cohort.csv --outcome feeding=exclusive --by site --overall \\\n"
                "            --where 'age_months < 6' --ci exact --plot rates.svg\n"
                "        exclusive breastfeeding under six months by site, and a picture\n",
    .shared = SHARED_LEVEL | SHARED_LIKE | SHARED_FREQ | SHARED_COHORT | SHARED_PEOPLE | SHARED_SUPPRESS | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .like = like,
    .run = run,
};
