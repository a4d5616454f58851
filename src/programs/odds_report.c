#include "odds_report.h"

#include "dyad/stats/association.h"
#include "dyad/stats/exact_odds.h"
#include "dyad/stats/stratified.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct estimate nothing = { NAN, NAN, NAN, NAN, NAN };

/* What is said once in the notes. */
struct seen {
    bool any_estimate, no_people, no_limits, through_infinity, added, no_pooled_paf, mantel_haenszel, conditional,
        too_large, not_found, woolf_left_out;
};

struct report {
    const struct odds_tables *ts;
    const struct odds_choices *how;
    struct table *measures, *cells, *tests;
    struct result *r;
    struct seen seen;
    struct dyad_error *err;
};

/* --- tables ------------------------------------------------------------------------------- */

static struct table *
begin_table(struct report *p, const char *name, const char *const *labels)
{
    struct table *t = result_table(p->r, name);

    for (size_t i = 0; i < p->ts->n_group_names; i++)
        table_column(t, p->ts->group_names[i], COLUMN_GROUP);
    for (; *labels; labels++)
        table_column(t, *labels, COLUMN_LABEL);
    return t;
}

static void
make_tables(struct report *p)
{
    static const char *const of_measures[] = { "outcome", "exposure", "level", "reference", "stratum", NULL };
    static const char *const of_cells[] = { "outcome", "exposure", "stratum", "level", NULL };
    static const char *const of_tests[] = { "outcome", "exposure", "level", "stratum", "measure", "test", NULL };
    static const char *const counts[] = { "events", "n", "reference_events", "reference_n", NULL };

    struct table *t = p->measures = begin_table(p, "measures", of_measures);
    for (const char *const *c = counts; *c; c++)
        table_column(t, *c, COLUMN_COUNT);
    table_column(t, "measure", COLUMN_LABEL);
    table_column(t, "method", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "std_error", COLUMN_STD_ERROR);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "p_value", COLUMN_P_VALUE);
    table_column(t, "contrast", COLUMN_SENTENCE);

    t = p->cells = begin_table(p, "cells", of_cells);
    table_column(t, "events", COLUMN_COUNT);
    table_column(t, "non_events", COLUMN_COUNT);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "missing", COLUMN_COUNT);

    t = p->tests = begin_table(p, "tests", of_tests);
    table_column(t, "statistic", COLUMN_STATISTIC);
    table_column(t, "df", COLUMN_DF);
    table_column(t, "p_value", COLUMN_P_VALUE);
}

static void
begin_row(struct table *t, enum scale scale, const struct odds_table *o)
{
    table_row(t, scale);
    for (size_t i = 0; i < o->n_groups; i++)
        table_set_group(t, i, o->groups[i]);
    table_set_text(t, "outcome", o->outcome);
    table_set_text(t, "exposure", o->exposure);
}

static const char *
stratum_name(const struct odds_table *o, size_t s)
{
    return s < o->n_strata ? o->strata[s] : "crude";
}

/* --- sentences ---------------------------------------------------------------------------- */

static void
append_place(struct text *t, const struct odds_table *o, size_t level)
{
    const bool not_it = o->against_others && level == o->reference;
    text_printf(t, "%s %s", o->exposed_to, not_it ? "" : "= ");
    text_puts(t, o->levels[level]);
}

/* "odds of initiated = 1 at support = ibclc divided by odds at support = none" */
static void
append_contrast(struct text *t, const struct odds_table *o, size_t level, enum measure measure)
{
    const char *of = measure == MEASURE_OR ? "odds" : "risk";
    const char *between = measure == MEASURE_OR || measure == MEASURE_RR ? " divided by " : " minus ";

    if (measure == MEASURE_PAF) {
        text_printf(t, "share of the risk of %s that would go if all of %s had the risk at ", o->event, o->exposed_to);
        append_place(t, o, o->reference);
        return;
    }
    if (measure == MEASURE_NNT)
        text_puts(t, "1 divided by (");
    text_printf(t, "%s of %s at ", of, o->event);
    append_place(t, o, level);
    text_printf(t, "%s%s at ", between, of);
    append_place(t, o, o->reference);
    if (measure == MEASURE_NNT)
        text_puts(t, ")");
    if (measure == MEASURE_AFE) {
        text_puts(t, ", divided by risk at ");
        append_place(t, o, level);
    }
}

/* The same sentence in every stratum and for the pooled row: the column stratum says where. */
static void
set_contrast(struct report *p, const struct odds_table *o, size_t level, enum measure measure)
{
    struct text t = TEXT_INIT;

    append_contrast(&t, o, level, measure);
    p->r->failed = p->r->failed || t.failed;
    table_set_text(p->measures, "contrast", t.failed ? "" : t.at);
    text_release(&t);
}

/* --- measures ----------------------------------------------------------------------------- */

static struct two_by_two
filled(struct report *p, struct two_by_two c)
{
    const struct two_by_two out = zero_rule_apply(&c, p->how->zero, p->how->added, false);

    p->seen.added = p->seen.added || out.a != c.a;
    return out;
}

static enum scale
scale_of(enum measure measure)
{
    switch (measure) {
    case MEASURE_OR:
    case MEASURE_RR:
        return SCALE_RATIO;
    case MEASURE_RD:
        return SCALE_DIFFERENCE;
    case MEASURE_AFE:
    case MEASURE_PAF:
        return SCALE_PROPORTION;
    default:
        return SCALE_NUMBER;
    }
}

/* --- what --suppress must know ------------------------------------------------------------- */

/* Those with the event and all, of a level and of the reference, in a stratum or in all together. */
static size_t
pair_counts(const struct odds_table *o, size_t stratum, size_t level, size_t *out)
{
    const size_t at = stratum * o->n_levels;

    out[0] = o->counts[at + level].events;
    out[1] = o->n_counts[at + level];
    out[2] = o->counts[at + o->reference].events;
    out[3] = o->n_counts[at + o->reference];
    return 4;
}

/* What numbers are computed from: one level and the reference, or (n_levels) all levels; all strata if pooled. */
static void
tell_numbers(struct report *p, const struct table *t, const struct odds_table *o, size_t stratum, size_t level, bool pooled)
{
    const bool sets = pooled && o->stratified == STRATA_SETS, all = level == o->n_levels;
    const size_t from = pooled ? 0 : stratum, to = pooled ? o->n_strata : stratum + 1;
    size_t room = 4 * (to - from + 1) * o->n_levels, n = 0, *counts;

    for (size_t i = 0; sets && i < o->n_levels; i++)
        room += o->kinds[i].n;
    if ((counts = malloc(room * sizeof *counts)) == NULL) {
        p->r->failed = true;
        return;
    }
    for (size_t i = 0; sets && i < o->n_levels; i++)
        for (size_t k = 0; (all || i == level) && k < o->kinds[i].n; k++)
            counts[n++] = o->kinds[i].counts[k];
    for (size_t h = from; !sets && h < to; h++)
        for (size_t i = 0; i < o->n_levels; i++)
            if (all || i == level)
                n += pair_counts(o, h, i, counts + n);
    suppression_numbers(p->how->suppression, t, t->n_rows - 1, counts, n);
    free(counts);
}

static void
tell_measure(struct report *p, const struct odds_table *o, size_t stratum, size_t level, bool pooled)
{
    static const char *const columns[] = { "events", "n", "reference_events", "reference_n" };
    struct suppression *s = p->how->suppression;
    size_t counts[4];

    if (s == NULL || p->r->failed)
        return;
    (void)pair_counts(o, stratum, level, counts);
    for (size_t i = 0; i < 4; i++)
        suppression_cell(s, p->measures, p->measures->n_rows - 1, columns[i], counts[i]);
    tell_numbers(p, p->measures, o, stratum, level, pooled);
}

static void
add_measure(struct report *p, const struct odds_table *o, size_t level, enum measure measure, const char *stratum_label,
            size_t stratum, const char *method, const struct estimate *e)
{
    struct table *t = p->measures;
    const struct people x = odds_table_people(o, stratum, level), y = odds_table_people(o, stratum, o->reference);

    begin_row(t, scale_of(measure), o);
    table_set_text(t, "level", o->levels[level]);
    table_set_text(t, "reference", o->levels[o->reference]);
    table_set_text(t, "stratum", stratum_label);
    table_set_count(t, "events", x.events);
    table_set_count(t, "n", x.events + x.non_events);
    table_set_count(t, "reference_events", y.events);
    table_set_count(t, "reference_n", y.events + y.non_events);
    table_set_text(t, "measure", measure_name(measure));
    table_set_text(t, "method", method);
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
    table_set_number(t, "p_value", e->p_value);
    set_contrast(p, o, level, measure);
    tell_measure(p, o, stratum, level, stratum == o->n_strata && strcmp(stratum_label, "pooled") == 0);
    p->seen.any_estimate = p->seen.any_estimate || !isnan(e->value) || !isnan(e->lower);
    p->seen.no_limits = p->seen.no_limits || (!isnan(e->value) && isnan(e->lower));
    p->seen.through_infinity = p->seen.through_infinity || (measure == MEASURE_NNT && e->lower > e->upper);
}

static bool
is_exact(const struct report *p)
{
    return p->how->method == INTERVAL_EXACT || p->how->method == INTERVAL_MIDP;
}

/* What has no answer is an empty row, and only the note says so. */
static enum dyad_status
computed(struct report *p, enum dyad_status st, const struct odds_table *o, size_t level, struct estimate *e)
{
    if (st == DYAD_OK)
        return DYAD_OK;
    if (st != DYAD_DOMAIN && st != DYAD_NOCONV)
        return dyad_fail(p->err, st, st == DYAD_NOMEM ? "out of memory" : "%s by %s = %s: the estimate failed",
                         o->outcome, o->exposure, o->levels[level]);
    p->seen.not_found = p->seen.not_found || st == DYAD_NOCONV;
    p->seen.too_large = p->seen.too_large || (st == DYAD_DOMAIN && is_exact(p));
    *e = nothing;
    return DYAD_OK;
}

static enum dyad_status
add_unpooled(struct report *p, const struct odds_table *o, size_t level, size_t stratum)
{
    const struct two_by_two raw = odds_table_pair(o, stratum, level), counts = filled(p, raw);
    const bool people = raw.a + raw.b > 0 && raw.c + raw.d > 0;

    for (size_t m = 0; m < p->how->n_measures; m++) {
        struct estimate e = nothing;
        enum dyad_status st = DYAD_OK;
        if (people)
            st = two_by_two_estimate(&counts, p->how->measures[m], p->how->method, p->how->level, &e);
        if (computed(p, st, o, level, &e) != DYAD_OK)
            return st;
        add_measure(p, o, level, p->how->measures[m], stratum_name(o, stratum), stratum, interval_method_name(p->how->method), &e);
    }
    p->seen.no_people = p->seen.no_people || !people;
    return DYAD_OK;
}

static struct stratum *
pooled_strata(struct report *p, const struct odds_table *o, size_t level, size_t *n)
{
    struct stratum *strata = odds_table_strata(o, level, n);

    for (size_t i = 0; strata && i < *n; i++)
        if (strata[i].counts.a + strata[i].counts.b > 0 && strata[i].counts.c + strata[i].counts.d > 0)
            strata[i].counts = filled(p, strata[i].counts);
    return strata;
}

static enum dyad_status
pool(struct report *p, const struct stratum *strata, size_t n, bool sets, enum measure measure, struct estimate *e)
{
    enum dyad_status st;

    *e = nothing;
    if (measure == MEASURE_PAF) {
        p->seen.no_pooled_paf = true;
        return DYAD_OK;
    }
    if (is_exact(p)) {
        p->seen.conditional = true;
        st = exact_odds_estimate(strata, n, p->how->method == INTERVAL_MIDP, p->how->level, e);
    } else if (sets && (measure == MEASURE_RD || measure == MEASURE_NNT)) {
        st = stratified_risk_difference_sato(strata, n, p->how->level, e);
        if (st == DYAD_OK && measure == MEASURE_NNT)
            *e = nnt_from_rd(e);
    } else {
        p->seen.mantel_haenszel = true;
        st = stratified_mantel_haenszel(strata, n, measure, p->how->level, e);
    }
    return st;
}

static enum dyad_status
add_pooled(struct report *p, const struct odds_table *o, size_t level)
{
    size_t n;
    struct stratum *strata = pooled_strata(p, o, level, &n);
    enum dyad_status st = strata ? DYAD_OK : dyad_fail(p->err, DYAD_NOMEM, "out of memory");

    for (size_t m = 0; m < p->how->n_measures && st == DYAD_OK; m++) {
        struct estimate e;
        if ((st = computed(p, pool(p, strata, n, o->stratified == STRATA_SETS, p->how->measures[m], &e), o, level, &e)) == DYAD_OK)
            add_measure(p, o, level, p->how->measures[m], "pooled", o->n_strata,
                        is_exact(p) ? "conditional" : "mh", &e);
    }
    free(strata);
    return st;
}

static enum dyad_status
add_measures(struct report *p, const struct odds_table *o)
{
    enum dyad_status st = DYAD_OK;

    for (size_t level = 0; level < o->n_levels && st == DYAD_OK; level++) {
        if (level == o->reference)
            continue;
        if (o->stratified != STRATA_SETS)
            st = add_unpooled(p, o, level, o->n_strata);
        for (size_t s = 0; s < o->n_strata && o->stratified == STRATA_COLUMNS && st == DYAD_OK; s++)
            st = add_unpooled(p, o, level, s);
        if (o->stratified != STRATA_NONE && st == DYAD_OK)
            st = add_pooled(p, o, level);
    }
    return st;
}

/* --- cells -------------------------------------------------------------------------------- */

static void
tell_cells(struct report *p, const struct odds_table *o, size_t stratum, size_t level)
{
    const struct people_counts *x = odds_table_counts(o, stratum, level);
    const size_t row = p->cells->n_rows - 1;

    suppression_cell(p->how->suppression, p->cells, row, "events", x->events);
    suppression_cell(p->how->suppression, p->cells, row, "non_events", x->non_events);
    suppression_cell(p->how->suppression, p->cells, row, "n", o->n_counts[stratum * o->n_levels + level]);
    suppression_cell(p->how->suppression, p->cells, row, "missing", x->missing);
}

static void
add_cells(struct report *p, const struct odds_table *o, size_t stratum)
{
    for (size_t level = 0; level < o->n_levels; level++) {
        const struct people x = odds_table_people(o, stratum, level);
        begin_row(p->cells, SCALE_NUMBER, o);
        table_set_text(p->cells, "stratum", stratum_name(o, stratum));
        table_set_text(p->cells, "level", o->levels[level]);
        table_set_count(p->cells, "events", x.events);
        table_set_count(p->cells, "non_events", x.non_events);
        table_set_count(p->cells, "n", x.events + x.non_events);
        table_set_count(p->cells, "missing", x.missing);
        if (p->how->suppression && !p->r->failed)
            tell_cells(p, o, stratum, level);
    }
}

/* --- tests -------------------------------------------------------------------------------- */

/* A row; ${level} is o->n_levels for all levels together. */
static void
add_test(struct report *p, const struct odds_table *o, size_t level, const char *stratum, const char *measure,
         const char *name, enum dyad_status st, const struct test *result)
{
    struct table *t = p->tests;

    begin_row(t, SCALE_NUMBER, o);
    if (level < o->n_levels)
        table_set_text(t, "level", o->levels[level]);
    table_set_text(t, "stratum", stratum);
    if (measure)
        table_set_text(t, "measure", measure);
    table_set_text(t, "test", name);
    if (st == DYAD_OK) {
        table_set_number(t, "statistic", result->statistic);
        table_set_number(t, "df", result->df);
        table_set_number(t, "p_value", result->p_value);
    }
    p->r->failed = p->r->failed || st == DYAD_NOMEM;
    if (p->how->suppression && !p->r->failed)
        tell_numbers(p, t, o, o->n_strata, level, strcmp(stratum, "pooled") == 0);
}

static void
test_crude(struct report *p, const struct odds_table *o, size_t level)
{
    const struct two_by_two c = odds_table_pair(o, o->n_strata, level);
    const double events[2] = { c.a, c.c }, non_events[2] = { c.b, c.d };
    struct test t;
    enum dyad_status st;

    st = association_chi2(events, non_events, 2, &t);
    add_test(p, o, level, "crude", NULL, "chi2", st, &t);
    st = association_chi2_yates(&c, &t);
    add_test(p, o, level, "crude", NULL, "chi2-yates", st, &t);
    st = association_fisher(&c, &t);
    add_test(p, o, level, "crude", NULL, "fisher", st, &t);
    st = association_midp(&c, &t);
    add_test(p, o, level, "crude", NULL, "midp", st, &t);
    st = association_lr(events, non_events, 2, &t);
    add_test(p, o, level, "crude", NULL, "lr", st, &t);
}

static void
test_homogeneity(struct report *p, const struct odds_table *o, size_t level, const struct stratum *strata, size_t n)
{
    static const enum measure measures[] = { MEASURE_OR, MEASURE_RR, MEASURE_RD };
    struct test t;
    double left_out;
    enum dyad_status st;

    st = stratified_breslow_day(strata, n, &t);
    add_test(p, o, level, "pooled", "or", "breslow-day", st, &t);
    st = stratified_tarone(strata, n, &t);
    add_test(p, o, level, "pooled", "or", "tarone", st, &t);
    for (size_t m = 0; m < 3; m++) {
        st = stratified_woolf(strata, n, measures[m], &left_out, &t);
        add_test(p, o, level, "pooled", measure_name(measures[m]), "woolf", st, &t);
        p->seen.woolf_left_out = p->seen.woolf_left_out || (st == DYAD_OK && left_out > 0);
    }
}

/* Discordant pairs, if every set that says something is a pair. */
static bool
discordant(const struct stratum *strata, size_t n, double *first, double *second)
{
    *first = *second = 0;
    for (size_t i = 0; i < n; i++) {
        const struct two_by_two *c = &strata[i].counts;
        const double n1 = c->a + c->b, n0 = c->c + c->d, m1 = c->a + c->c, m0 = c->b + c->d;
        if (n1 == 0 || n0 == 0 || m1 == 0 || m0 == 0)
            continue;
        if (n1 != 1 || n0 != 1)
            return false;
        *(c->a == 1 ? first : second) += strata[i].copies;
    }
    return true;
}

static void
test_sets(struct report *p, const struct odds_table *o, size_t level, const struct stratum *strata, size_t n)
{
    double first, second;
    struct test t;

    if (!discordant(strata, n, &first, &second))
        return;
    enum dyad_status st = association_mcnemar(first, second, &t);
    add_test(p, o, level, "pooled", NULL, "mcnemar", st, &t);
    st = association_mcnemar_exact(first, second, &t);
    add_test(p, o, level, "pooled", NULL, "mcnemar-exact", st, &t);
}

static enum dyad_status
test_pooled(struct report *p, const struct odds_table *o, size_t level)
{
    size_t n;
    struct stratum *strata = odds_table_strata(o, level, &n);
    struct test t;

    if (strata == NULL)
        return dyad_fail(p->err, DYAD_NOMEM, "out of memory");
    enum dyad_status st = stratified_cmh(strata, n, false, &t);
    add_test(p, o, level, "pooled", NULL, "cmh", st, &t);
    st = stratified_cmh(strata, n, true, &t);
    add_test(p, o, level, "pooled", NULL, "cmh-cc", st, &t);
    if (o->stratified == STRATA_SETS)
        test_sets(p, o, level, strata, n);
    else
        test_homogeneity(p, o, level, strata, n);
    free(strata);
    return DYAD_OK;
}

/* Events and non-events of all levels: of all strata one behind the other, or of all together. */
static double *
level_counts(const struct odds_table *o, bool by_stratum)
{
    const size_t n_strata = by_stratum ? o->n_strata : 1, n = n_strata * o->n_levels;
    double *counts = malloc(2 * (n + 1) * sizeof *counts);

    for (size_t s = 0; counts && s < n_strata; s++)
        for (size_t level = 0; level < o->n_levels; level++) {
            const struct people x = odds_table_people(o, by_stratum ? s : o->n_strata, level);
            counts[s * o->n_levels + level] = (double)x.events;
            counts[n + s * o->n_levels + level] = (double)x.non_events;
        }
    return counts;
}

static enum dyad_status
test_all_levels(struct report *p, const struct odds_table *o)
{
    const size_t k = o->n_levels, sets = o->n_strata * k;
    double *all = level_counts(o, false), *each = level_counts(o, true);
    struct test t;
    enum dyad_status st = all && each ? DYAD_OK : dyad_fail(p->err, DYAD_NOMEM, "out of memory");

    if (st != DYAD_OK)
        goto done;
    if (o->stratified != STRATA_SETS) {
        st = association_chi2(all, all + k, k, &t);
        add_test(p, o, k, "crude", NULL, "chi2", st, &t);
        st = association_lr(all, all + k, k, &t);
        add_test(p, o, k, "crude", NULL, "lr", st, &t);
        if (o->has_scores) {
            st = association_trend(o->scores, all, all + k, k, &t);
            add_test(p, o, k, "crude", NULL, "trend", st, &t);
        }
    }
    if (o->has_scores && o->stratified != STRATA_NONE) {
        st = association_trend_mh(o->scores, each, each + sets, k, o->n_strata, &t);
        add_test(p, o, k, "pooled", NULL, "trend-mh", st, &t);
    }
    st = DYAD_OK;
done:
    free(all);
    free(each);
    return st;
}

static enum dyad_status
add_tests(struct report *p, const struct odds_table *o)
{
    enum dyad_status st = DYAD_OK;

    for (size_t level = 0; level < o->n_levels && st == DYAD_OK; level++) {
        if (level == o->reference)
            continue;
        if (o->stratified != STRATA_SETS)
            test_crude(p, o, level);
        if (o->stratified != STRATA_NONE)
            st = test_pooled(p, o, level);
    }
    return st == DYAD_OK && o->n_levels > 2 ? test_all_levels(p, o) : st;
}

/* --- notes -------------------------------------------------------------------------------- */

static void
note_method(struct report *p)
{
    static const char *const sentences[] = {
        [INTERVAL_WALD] = "Wald intervals: Woolf's of the log odds ratio, Katz's of the log risk ratio, unpooled for the risk "
                          "difference; p-values of the same normal tests",
        [INTERVAL_EXACT] = "odds ratios by conditional maximum likelihood with Fisher's exact limits; p-values twice the "
                           "smaller tail (the table tests has Fisher's test by small probabilities)",
        [INTERVAL_MIDP] = "median-unbiased odds ratios with mid-P limits; p-values twice the smaller mid-P tail",
        [INTERVAL_SCORE] = "score intervals of Miettinen and Nurminen (1985), variance with N/(N-1); p-values of the same "
                           "chi-squared",
        [INTERVAL_CORNFIELD] = "Cornfield's limits without continuity correction; p-values of Pearson's chi-squared",
        [INTERVAL_PROFILE] = "profile-likelihood limits; p-values of the likelihood ratio test",
    };

    result_note(p->r, "Measures: %s; level %g%%.", sentences[p->how->method], 100 * p->how->level);
}

/* What a note says of some row is said without looking, lest it say something of a hidden one. */
static struct seen
seen_whatever(const struct odds_choices *how, const struct odds_tables *ts)
{
    struct seen seen = { .no_people = true, .no_limits = true, .added = how->zero != ZERO_NONE };

    seen.too_large = how->method == INTERVAL_EXACT || how->method == INTERVAL_MIDP;
    for (size_t i = 0; i < how->n_measures; i++)
        seen.through_infinity = seen.through_infinity || how->measures[i] == MEASURE_NNT;
    for (size_t i = 0; i < ts->n; i++)
        seen.woolf_left_out = seen.woolf_left_out || ts->at[i].stratified == STRATA_COLUMNS;
    return seen;
}

static void
note_reference(struct report *p)
{
    for (size_t i = 0; i < p->ts->n; i++) {
        const struct odds_table *o = &p->ts->at[i];
        result_note(p->r, "Reference of %s: %s.", o->exposure, o->levels[o->reference]);
    }
}

static void
note_zero(struct report *p)
{
    if (p->how->zero == ZERO_NONE && p->seen.no_limits)
        result_note(p->r, "Nothing is added to empty cells: an estimate is 0 or infinite as the counts say, and has limits "
                          "only where the method has them.");
    if (p->seen.added)
        result_note(p->r, "%g is added to each cell of %s; tests and counts are of the cells as they are.", p->how->added,
                    p->how->zero == ZERO_ALL ? "every table" : "a table that has an empty one");
}

static void
note_pooling(struct report *p)
{
    if (p->seen.mantel_haenszel)
        result_note(p->r, "Pooled by Mantel and Haenszel; variances of Robins, Breslow and Greenland (1986) for odds ratios, "
                          "Greenland and Robins (1985) for risk ratios and differences.");
    if (p->seen.conditional)
        result_note(p->r, "Pooled odds ratios are conditional on all margins of the strata.");
    if (p->seen.too_large)
        result_note(p->r, "A conditional estimate is left empty where its distribution is too large to compute: "
                          "--ci wald takes such counts as well.");
    if (p->seen.not_found)
        result_note(p->r, "Rows without an estimate: the limits lie beyond what can be computed, or were not found.");
    if (p->seen.no_pooled_paf)
        result_note(p->r, "There is no pooled population attributable fraction: its rows are empty.");
    if (p->seen.woolf_left_out)
        result_note(p->r, "Woolf's tests leave out strata without a finite estimate or without a variance.");
}

static void
note_tests(struct report *p)
{
    bool trend = false;

    for (size_t i = 0; i < p->ts->n; i++)
        trend = trend || (p->ts->at[i].has_scores && p->ts->at[i].n_levels > 2);
    result_note(p->r, "Tests: chi2 is Pearson's without correction, chi2-yates with; fisher sums the tables that are not "
                      "more probable; midp is twice the smaller mid-P tail; lr is the likelihood ratio%s.",
                trend ? "; trend is Cochran and Armitage's" : "");
    if (p->seen.through_infinity)
        result_note(p->r, "Where an nnt's conf_low is above its conf_high, the interval runs from conf_low through infinity "
                          "to conf_high: the risk difference may have either sign.");
    if (p->seen.no_people)
        result_note(p->r, "Rows without an estimate: a level or the reference has nobody with a known outcome there%s.",
                    p->how->suppression ? ", or the row is suppressed" : "");
}

static void
note_sets(struct report *p)
{
    for (size_t i = 0; i < p->ts->n; i++)
        if (p->ts->at[i].stratified == STRATA_SETS)
            result_note(p->r, "Matched sets are strata; sets in which nobody differs in exposure or outcome say nothing. "
                              "Risk differences have the variance of Sato, Greenland and Robins (1989). mcnemar is without correction and stands only where every set that says something is a pair.");
}

enum dyad_status
odds_report(const struct odds_tables *ts, const struct odds_choices *choices, struct result *r, bool *any,
            struct dyad_error *err)
{
    struct report p = { .ts = ts, .how = choices, .r = r, .err = err };
    enum dyad_status st = DYAD_OK;

    make_tables(&p);
    if (choices->suppression)
        p.seen = seen_whatever(choices, ts);
    for (size_t i = 0; i < ts->n && st == DYAD_OK; i++) {
        const struct odds_table *o = &ts->at[i];
        if ((st = add_measures(&p, o)) != DYAD_OK || (st = add_tests(&p, o)) != DYAD_OK)
            break;
        add_cells(&p, o, o->n_strata);
        for (size_t s = 0; s < o->n_strata && o->stratified == STRATA_COLUMNS; s++)
            add_cells(&p, o, s);
    }
    note_method(&p);
    note_reference(&p);
    note_zero(&p);
    note_pooling(&p);
    note_sets(&p);
    note_tests(&p);
    *any = p.seen.any_estimate;
    return st;
}
