/* Absolute effects: what the ratios of a report mean for people whose risk without is known or assumed. */
#include "report.h"

#include "dyad/output/numeral.h"
#include "dyad/stats/absolute_effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- what is spoken of ---------------------------------------------------------------------- */

const char *
report_first_measure(const struct table *measures)
{
    for (size_t row = 0; row < measures->n_rows; row++) {
        const char *code = table_text(measures, row, "measure");
        if (strcmp(code, "or") == 0 || strcmp(code, "rr") == 0 || strcmp(code, "rd") == 0)
            return code;
    }
    return "";
}

/* --- which coefficient is the exposure's -------------------------------------------------- */

bool
report_is(const struct plan_answer *a, const char *command)
{
    return strcmp(a->analysis->command->name, command) == 0;
}

const char *
report_measure_of(const struct plan_answer *a)
{
    static const char *const measures[][2] = { { "logistic", "or" },        { "conditional", "or" },
                                               { "mixed-logistic", "or" },  { "log-binomial", "rr" },
                                               { "modified-poisson", "rr" }, { "cox", "hr" } };
    const char *family = option_text(&a->options, "family");

    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(family ? family : "logistic", measures[i][0]) == 0)
            return measures[i][1];
    return NULL;
}

/* Tables whose rows say which levels an exposure has. */
static const char *const tables_of_levels[] = { "cells", "characteristics", "margins" };
enum { TABLES_OF_LEVELS = sizeof tables_of_levels / sizeof tables_of_levels[0] };

static const struct table *
table_of_levels(const struct plan_answer *a, size_t kind)
{
    const struct table *t = result_find(&a->outcome.result, tables_of_levels[kind]);

    return t && table_find_column(t, "level") < t->n_columns && table_find_column(t, "exposure") < t->n_columns ? t : NULL;
}

/* Has the exposure that level?  "ryes" is none of smoke, though a column smoker has the term smokeryes. */
static bool
is_level(const struct report *r, const char *level)
{
    for (size_t i = 0; i < r->plan->n_analyses; i++)
        for (size_t k = 0; k < TABLES_OF_LEVELS; k++) {
            const struct table *t = table_of_levels(&r->answers[i], k);
            for (size_t row = 0; t && row < t->n_rows; row++)
                if (strcmp(table_text(t, row, "exposure"), r->exposure) == 0 &&
                    strcmp(table_text(t, row, "level"), level) == 0)
                    return true;
        }
    return false;
}

/* Is there an interaction with the exposure?  Its own coefficients are then for one value of the other column. */
static bool
interacts(const struct report *r, const struct table *coefficients)
{
    for (size_t row = 0; row < coefficients->n_rows; row++) {
        const char *term = table_text(coefficients, row, "term");
        if (strchr(term, ':') && strstr(term, r->exposure))
            return true;
    }
    return false;
}

bool
report_exposure_term(const struct report *r, const struct table *t, size_t row, const char **level)
{
    const char *term = table_text(t, row, "term"), *at = term;
    const bool is_call = strncmp(term, "factor(", 7) == 0;
    const size_t n = r->exposure ? strlen(r->exposure) : 0;

    if (n == 0 || strncmp(at += is_call ? 7 : 0, r->exposure, n) != 0)
        return false;
    at += n;
    if (is_call) {
        if (*at != ')' && *at != ',')
            return false;
        at = strchr(at, ')');
    }
    *level = at ? at + is_call : "";
    return **level && is_level(r, *level) && !interacts(r, t);
}

/* Has that model a coefficient for the level? */
static bool
has_level(const struct report *r, const struct table *coefficients, const char *level)
{
    const char *has;

    for (size_t row = 0; row < coefficients->n_rows; row++)
        if (report_exposure_term(r, coefficients, row, &has) && strcmp(has, level) == 0)
            return true;
    return false;
}

/* The only level of the exposure, as ${t} knows them, that the model has no coefficient for. */
static const char *
level_without(const struct report *r, const struct table *coefficients, const struct table *t)
{
    const char *only = NULL;

    for (size_t row = 0; row < t->n_rows; row++) {
        const char *level = table_text(t, row, "level");
        if (*level == '\0' || strcmp(table_text(t, row, "exposure"), r->exposure) != 0 ||
            has_level(r, coefficients, level) || (only && strcmp(only, level) == 0))
            continue;
        if (only)
            return NULL;
        only = level;
    }
    return only;
}

const char *
report_reference_of(const struct report *r, const struct plan_answer *a)
{
    const struct table *coefficients = result_find(&a->outcome.result, "coefficients");

    for (size_t i = 0; coefficients && r->exposure && i < r->plan->n_analyses; i++)
        for (size_t k = 0; k < TABLES_OF_LEVELS; k++) {
            const struct table *t = table_of_levels(&r->answers[i], k);
            const char *reference = t ? level_without(r, coefficients, t) : NULL;
            if (reference)
                return reference;
        }
    return NULL;
}

/* --- the table ---------------------------------------------------------------------------- */

/* A ratio that is to be made absolute, and what it is of. */
struct ratio {
    const struct plan_answer *of;
    const char *measure;
    const char *exposure, *level, *reference; /* NULL: of none */
    const char *outcome;                      /* NULL: the analysis says it */
    const char *group;                        /* which rows it is of; NULL: all */
    struct estimate e;
    double observed;                          /* the risk at the reference; NaN: none */
};

static bool
find_kind(const char *measure, enum relative_effect *out)
{
    static const char *const kinds[] = { [RELATIVE_ODDS] = "or", [RELATIVE_RISK] = "rr", [RELATIVE_HAZARD] = "hr" };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (measure && strcmp(kinds[i], measure) == 0) {
            *out = (enum relative_effect)i;
            return true;
        }
    return false;
}

/* The first table of the report's own, once there is a row for it. */
static void
make_table(struct report *r)
{
    static const char *const labels[] = { "analysis", "group", "outcome", "exposure", "level", "reference", "measure",
                                          "baseline_from" };
    static const char *const numbers[] = { "ratio", "ratio_low", "ratio_high", "baseline", "risk", "risk_low", "risk_high",
                                           "difference", "difference_low", "difference_high", "nnt", "nnt_low", "nnt_high" };
    struct table *t = result_table(&r->own, "absolute");

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        table_column(t, labels[i], COLUMN_LABEL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        table_column(t, numbers[i], COLUMN_NUMBER);
}

static void
set_numbers(struct table *t, const char *const names[3], const struct estimate *e)
{
    table_set_number(t, names[0], e->value);
    table_set_number(t, names[1], e->lower);
    table_set_number(t, names[2], e->upper);
}

static void
add_row(struct report *r, const struct ratio *x, double baseline, bool is_observed)
{
    struct absolute_effect a;
    enum relative_effect kind;

    if (!find_kind(x->measure, &kind) || absolute_effect(kind, &x->e, baseline, &a) != DYAD_OK)
        return;
    if (r->own.n_tables == 0)
        make_table(r);
    if (r->own.failed)
        return;
    struct table *t = r->own.tables[0];
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "analysis", x->of->analysis->name);
    if (x->group)
        table_set_text(t, "group", x->group);
    if (x->outcome)
        table_set_text(t, "outcome", x->outcome);
    if (x->level) {
        table_set_text(t, "exposure", x->exposure);
        table_set_text(t, "level", x->level);
        table_set_text(t, "reference", x->reference);
    }
    table_set_text(t, "measure", x->measure);
    table_set_text(t, "baseline_from", is_observed ? "observed" : "assumed");
    set_numbers(t, (const char *const[]){ "ratio", "ratio_low", "ratio_high" }, &x->e);
    table_set_number(t, "baseline", baseline);
    set_numbers(t, (const char *const[]){ "risk", "risk_low", "risk_high" }, &a.risk);
    set_numbers(t, (const char *const[]){ "difference", "difference_low", "difference_high" }, &a.difference);
    set_numbers(t, (const char *const[]){ "nnt", "nnt_low", "nnt_high" }, &a.nnt);
}

static void
add_ratio(struct report *r, const struct ratio *x)
{
    if (!isnan(x->observed))
        add_row(r, x, x->observed, true);
    for (size_t i = 0; i < r->n_risks; i++)
        add_row(r, x, r->risks[i], false);
}

static struct estimate
estimate_at(const struct table *t, size_t row, const char *value, const char *low, const char *high)
{
    return (struct estimate){ table_number(t, row, value), NAN, table_number(t, row, low), table_number(t, row, high), NAN };
}

/* --- where ratios stand ------------------------------------------------------------------- */

/* events/n of a row; NaN where one of them is not shown. */
static double
share_at(const struct table *t, size_t row, const char *events, const char *n)
{
    return table_number(t, row, events) / table_number(t, row, n);
}

/* "a, b": the --by values of a row; with the names of their columns "site = a, three = b". */
static void
put_group(const struct table *t, size_t row, bool named, struct text *out)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].role != COLUMN_GROUP || table_cell(t, row, i)->state != CELL_TEXT)
            continue;
        text_puts(out, out->length ? ", " : "");
        if (named)
            text_printf(out, "%s = ", t->columns[i].name);
        text_puts(out, table_cell(t, row, i)->is.text);
    }
}

/* Crude ones, but pooled where there are strata. */
static void
add_odds(struct report *r, const struct plan_answer *a, const struct table *t)
{
    const char *const spoken_of = report_first_measure(t);
    bool pooled = false;

    for (size_t row = 0; row < t->n_rows; row++)
        pooled = pooled || strcmp(table_text(t, row, "stratum"), "pooled") == 0;
    for (size_t row = 0; row < t->n_rows; row++) {
        const char *measure = table_text(t, row, "measure"), *exposure = table_text(t, row, "exposure");
        if (strcmp(table_text(t, row, "stratum"), pooled ? "pooled" : "crude") != 0 ||
            strcmp(measure, spoken_of) != 0 || (r->exposure && strcmp(r->exposure, exposure) != 0))
            continue;
        struct text group = TEXT_INIT;
        put_group(t, row, true, &group);
        r->own.failed |= group.failed;
        add_ratio(r, &(struct ratio){ a, measure, exposure, table_text(t, row, "level"), table_text(t, row, "reference"),
                                      table_text(t, row, "outcome"), group.at,
                                      estimate_at(t, row, "estimate", "conf_low", "conf_high"),
                                      share_at(t, row, "reference_events", "reference_n") });
        text_release(&group);
    }
}

static void
add_model(struct report *r, const struct plan_answer *a, const struct table *t)
{
    const char *measure = report_measure_of(a), *reference = report_reference_of(r, a), *level;

    for (size_t row = 0; measure && reference && row < t->n_rows; row++)
        if (report_exposure_term(r, t, row, &level))
            add_ratio(r, &(struct ratio){ a, measure, r->exposure, level, reference, NULL, NULL,
                                          estimate_at(t, row, "ratio", "ratio_low", "ratio_high"), NAN });
}

/* Of each --by group, subgroup and model. */
static void
add_pooled(struct report *r, const struct plan_answer *a, const struct table *t)
{
    bool models = false;

    for (size_t row = 1; row < t->n_rows; row++)
        models = models || strcmp(table_text(t, row, "model"), table_text(t, 0, "model")) != 0;
    for (size_t row = 0; row < t->n_rows; row++) {
        struct text group = TEXT_INIT;
        put_group(t, row, false, &group);
        if (*table_text(t, row, "subgroup"))
            text_printf(&group, "%s%s", group.length ? ", " : "", table_text(t, row, "subgroup"));
        if (models)
            text_printf(&group, "%smodel %s", group.length ? ", " : "", table_text(t, row, "model"));
        r->own.failed |= group.failed;
        add_ratio(r, &(struct ratio){ a, table_text(t, row, "measure"), NULL, NULL, NULL, NULL, group.at,
                                      estimate_at(t, row, "estimate", "conf_low", "conf_high"), NAN });
        text_release(&group);
    }
}

void
report_find_absolute(struct report *r)
{
    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct plan_answer *a = &r->answers[i];
        const struct table *measures = result_find(&a->outcome.result, "measures"),
                           *coefficients = result_find(&a->outcome.result, "coefficients"),
                           *pooled = result_find(&a->outcome.result, "pooled");
        if (!r->is_absolute[i] || !report_has_answer(a))
            continue;
        if (report_is(a, "odds") && measures && measures->n_rows)
            add_odds(r, a, measures);
        if (report_is(a, "model") && coefficients)
            add_model(r, a, coefficients);
        if (report_is(a, "meta") && pooled)
            add_pooled(r, a, pooled);
    }
}

/* --- on the page -------------------------------------------------------------------------- */

/* "127 more (88 to 163 more)", of 1,000. */
static void
put_difference(const struct table *t, size_t row, struct text *out)
{
    const double value = table_number(t, row, "difference"), low = table_number(t, row, "difference_low"),
                 high = table_number(t, row, "difference_high");
    const char *const word = value < 0 ? "fewer" : "more";

    text_printf(out, "%.0f %s", fabs(1000 * value), word);
    if (isnan(low) || isnan(high))
        return;
    if (low < 0 && high > 0)
        text_printf(out, " (%.0f fewer to %.0f more)", -1000 * low, 1000 * high);
    else
        text_printf(out, " (%.0f to %.0f)", 1000 * fmin(fabs(low), fabs(high)), 1000 * fmax(fabs(low), fabs(high)));
}

static void
put_people(double nnt, struct text *out)
{
    if (isinf(nnt))
        text_puts(out, "\u221e");
    else
        text_printf(out, "%.0f", ceil(fabs(nnt) - 1e-9));
}

/* " for one fewer (8 to infinity to 17 for one more)" */
static void
put_through_infinity(const char *side, double limit, const char *other_side, double other, struct text *out)
{
    text_printf(out, " for one %s (", side);
    put_people(limit, out);
    text_puts(out, " to \u221e to ");
    put_people(other, out);
    text_printf(out, " for one %s)", other_side);
}

/*
 * "8 (6 to 12)": so many for one more; where the limits of the difference have opposite signs, of
 * which side each is, for the interval then runs through infinity.
 */
static void
put_nnt(const struct table *t, size_t row, struct text *out)
{
    const double value = table_number(t, row, "nnt"), low = table_number(t, row, "nnt_low"),
                 high = table_number(t, row, "nnt_high");

    put_people(value, out);
    if (isnan(low) || isnan(high))
        return;
    if (low > 0 && high < 0) {
        put_through_infinity(value < 0 ? "fewer" : "more", value < 0 ? high : low, value < 0 ? "more" : "fewer",
                             value < 0 ? low : high, out);
        return;
    }
    text_puts(out, " (");
    put_people(fabs(low) < fabs(high) ? low : high, out);
    text_puts(out, " to ");
    put_people(fabs(low) < fabs(high) ? high : low, out);
    text_putc(out, ')');
}

static void
put_what(const struct report *r, const struct table *t, size_t row, struct text *out)
{
    const char *name = table_text(t, row, "analysis"), *group = table_text(t, row, "group"),
               *outcome = table_text(t, row, "outcome"), *level = table_text(t, row, "level");

    for (size_t i = 0; i < r->plan->n_analyses; i++)
        if (strcmp(r->plan->analyses[i].name, name) == 0)
            text_puts(out, r->plan->analyses[i].title);
    if (*outcome)
        text_printf(out, ": %s", report_label(r, outcome));
    if (*group)
        text_printf(out, "%s%s", *outcome ? ", " : ": ", report_label(r, group));
    if (*level) {
        text_puts(out, ", ");
        wordbook_group(&r->words, table_text(t, row, "exposure"), level, out);
        text_puts(out, " against ");
        wordbook_group(&r->words, table_text(t, row, "exposure"), table_text(t, row, "reference"), out);
    }
}

/* Is it of the same ratio as the row before it? */
static bool
is_same_ratio(const struct table *t, size_t row)
{
    static const char *const columns[] = { "analysis", "group", "outcome", "exposure", "level", "measure" };
    bool same = row > 0;

    for (size_t i = 0; same && i < sizeof columns / sizeof columns[0]; i++)
        same = strcmp(table_text(t, row, columns[i]), table_text(t, row - 1, columns[i])) == 0;
    return same;
}

enum { CELLS = 5 };

/* Cells of the table under way. */
struct absolute_rows {
    struct text *cells;
    const char **words;
    bool *is_heading;
    size_t n, room;
};

static void
put_ratio(const struct report *r, const struct table *t, size_t row, struct absolute_rows *rows)
{
    struct text *cells = rows->cells + rows->n * CELLS;
    const char *measure = table_text(t, row, "measure");

    put_what(r, t, row, &cells[0]);
    text_printf(&cells[1], "%s ", strcmp(measure, "or") == 0 ? "OR" : strcmp(measure, "rr") == 0 ? "RR" : "HR");
    numeral_interval(&cells[1], NUMERAL_MEASURE, table_number(t, row, "ratio"), table_number(t, row, "ratio_low"),
                     table_number(t, row, "ratio_high"));
    rows->is_heading[rows->n++] = true;
}

static void
put_risk(const struct table *t, size_t row, struct absolute_rows *rows)
{
    struct text *cells = rows->cells + rows->n * CELLS;

    text_printf(&cells[0], "%.0f, %s", 1000 * table_number(t, row, "baseline"), table_text(t, row, "baseline_from"));
    text_printf(&cells[2], "%.0f", 1000 * table_number(t, row, "risk"));
    put_difference(t, row, &cells[3]);
    put_nnt(t, row, &cells[4]);
    rows->is_heading[rows->n++] = false;
}

static void
show_absolute(struct report *r, const struct table *t, const struct absolute_rows *rows)
{
    static const char *const headings[CELLS] = { "Without, of 1,000", "Ratio (interval)", "With, of 1,000",
                                                 "Difference, of 1,000 (interval)", "For one more or one fewer (interval)" };

    struct text note = TEXT_INIT;
    bool any = false;

    for (size_t row = 0; row < t->n_rows; row++)
        any = any || isnan(table_number(t, row, "difference_low")) || isnan(table_number(t, row, "difference_high"));
    text_puts(&note, "Ratios are made risks as in the Cochrane Handbook, section 15.4.4. The last column is the number of "
                     "people among whom one more, or one fewer, has the event, rounded up.");
    if (any)
        text_puts(&note, " Without an interval: the ratio has none, or a limit of it would make more than 1,000 of 1,000.");
    page_section(&r->page, "Absolute effects");
    page_paragraph(&r->page, "What the ratios mean for 1,000 people, if the ratio is the same for everybody: how many have "
                             "the event without, taken as known, and how many would have it with.");
    page_grid(&r->page, &(struct page_grid){ .title = "Absolute effects", .headings = headings, .n_columns = CELLS,
                                             .cells = rows->words, .is_heading = rows->is_heading, .n_rows = rows->n,
                                             .note = note.at });
    r->page.body.failed |= note.failed;
    text_release(&note);
}

void
report_absolute(struct report *r)
{
    const struct table *t = result_find(&r->own, "absolute");
    struct absolute_rows rows = { .room = t ? 2 * t->n_rows : 0 };

    if (rows.room == 0)
        return;
    rows.cells = calloc(rows.room * CELLS, sizeof *rows.cells);
    rows.words = calloc(rows.room * CELLS, sizeof *rows.words);
    rows.is_heading = calloc(rows.room, sizeof *rows.is_heading);
    const bool good = rows.cells && rows.words && rows.is_heading;
    for (size_t row = 0; good && row < t->n_rows; row++) {
        if (!is_same_ratio(t, row))
            put_ratio(r, t, row, &rows);
        put_risk(t, row, &rows);
    }
    for (size_t i = 0; good && i < rows.n * CELLS; i++) {
        rows.words[i] = rows.cells[i].at;
        r->page.body.failed |= rows.cells[i].failed;
    }
    r->page.body.failed |= !good;
    if (!r->page.body.failed)
        show_absolute(r, t, &rows);
    for (size_t i = 0; good && i < rows.n * CELLS; i++)
        text_release(&rows.cells[i]);
    free(rows.cells);
    free(rows.words);
    free(rows.is_heading);
}
