#include "odds_report.h"

#include "labels.h"

#include "dyad/output/numeral.h"

#include <math.h>
#include <string.h>

/* Reads the rows of one measure back from the table, so that picture and table cannot differ. */
struct drawing {
    const struct odds_tables *ts;
    const struct odds_choices *how;
    const struct table *t;
    struct plot *p;
    struct text label, counts, reference, estimate;
};

static bool
same_texts(const struct table *t, size_t a, size_t b, const char *const *columns)
{
    for (; *columns; columns++)
        if (strcmp(table_text(t, a, *columns), table_text(t, b, *columns)) != 0)
            return false;
    return true;
}

/* Which outcome, exposure and level the rows below are about: what differs between them. */
static void
heading(struct drawing *d, size_t row, bool outcomes, bool exposures, bool levels)
{
    struct text *l = &d->label;

    text_clear(l);
    if (outcomes)
        text_puts(l, table_shown(d->t, row, "outcome"));
    if (exposures)
        text_printf(l, "%s%s", l->length ? ", " : "", table_shown(d->t, row, "exposure"));
    if (levels)
        text_printf(l, "%s%s v %s", l->length ? ": " : "", table_shown(d->t, row, "level"),
                    table_shown(d->t, row, "reference"));
}

static void
draw_row(struct drawing *d, size_t row, const char *label, bool diamond)
{
    const double error = table_number(d->t, row, "std_error");

    text_clear(&d->counts);
    text_clear(&d->reference);
    suppression_put_fraction(&d->counts, d->t, row, "events", "n");
    suppression_put_fraction(&d->reference, d->t, row, "reference_events", "reference_n");
    text_clear(&d->estimate);
    if (suppression_is_row(d->t, row) && isnan(table_number(d->t, row, "estimate")))
        text_putc(&d->estimate, '*');
    else
        numeral_interval(&d->estimate, numeral_of(d->p->scale), table_number(d->t, row, "estimate"),
                         table_number(d->t, row, "conf_low"), table_number(d->t, row, "conf_high"));
    plot_row(d->p, diamond ? PLOT_DIAMOND : PLOT_SQUARE, label,
             (const char *const[PLOT_COLUMNS]){ d->counts.at, d->reference.at, d->estimate.at },
             table_number(d->t, row, "estimate"), table_number(d->t, row, "conf_low"), table_number(d->t, row, "conf_high"),
             error > 0 ? 1 / (error * error) : NAN);
}

/* Do the rows of the measure differ in this column? */
static bool
varies(const struct drawing *d, const char *column, const char *measure)
{
    const char *first = NULL;

    for (size_t row = 0; row < d->t->n_rows; row++) {
        if (strcmp(table_text(d->t, row, "measure"), measure) != 0)
            continue;
        const char *text = table_text(d->t, row, column);
        if (first && strcmp(first, text) != 0)
            return true;
        first = text;
    }
    return false;
}

static void
name_group(struct drawing *d, size_t row)
{
    text_clear(&d->label);
    for (size_t i = 0; i < d->ts->n_group_names; i++) {
        const struct cell *c = table_cell(d->t, row, i);
        text_printf(&d->label, "%s%s = %s", i ? ", " : "", labels_column(d->ts->cohort, d->ts->group_names[i]),
                    c->shown ? c->shown : c->state == CELL_TEXT ? c->is.text : "");
    }
}

static bool
same_group(const struct drawing *d, size_t a, size_t b)
{
    for (size_t i = 0; i < d->ts->n_group_names; i++) {
        const struct cell *x = table_cell(d->t, a, i), *y = table_cell(d->t, b, i);
        if (x->state != y->state || (x->state == CELL_TEXT && strcmp(x->is.text, y->is.text) != 0))
            return false;
    }
    return true;
}

/* Group by group (they need not stand together in the table), a heading wherever the subject changes. */
static void
draw_group(struct drawing *d, size_t first, const char *measure)
{
    static const char *const subject[] = { "outcome", "exposure", "level", NULL };
    const bool outcomes = varies(d, "outcome", measure), exposures = varies(d, "exposure", measure),
               levels = varies(d, "level", measure), strata = varies(d, "stratum", measure);
    size_t last = d->t->n_rows;

    name_group(d, first);
    plot_panel(d->p, d->ts->n_group_names ? d->label.at : NULL);
    for (size_t row = first; row < d->t->n_rows; row++) {
        if (strcmp(table_text(d->t, row, "measure"), measure) != 0 || !same_group(d, first, row))
            continue;
        const bool changed = last == d->t->n_rows || !same_texts(d->t, last, row, subject);
        const char *stratum = table_text(d->t, row, "stratum");
        heading(d, row, outcomes, exposures, levels || !strata);
        if (strata && changed && d->label.length)
            plot_words(d->p, PLOT_HEADING, d->label.at);
        const bool pooled = strcmp(stratum, "pooled") == 0, crude = strcmp(stratum, "crude") == 0;
        draw_row(d, row, !strata ? d->label.at : pooled ? "Pooled" : crude ? "Crude" : table_shown(d->t, row, "stratum"), pooled);
        last = row;
    }
}

static void
name_axes(struct drawing *d, enum measure measure)
{
    static const char *const names[] = { "Odds ratio", "Risk ratio", "Risk difference, percentage points",
                                         "Number needed to treat", "Attributable fraction among the exposed",
                                         "Population attributable fraction" };
    static const char *const symbols[] = { "OR", "RR", "RD", "NNT", "AFE", "PAF" };
    const struct odds_table *o = &d->ts->at[0];
    const char *name = measure_name(measure);
    const bool one = !varies(d, "level", name);
    struct text t = TEXT_INIT;

    text_printf(&t, "%s (%g%% CI)", names[measure], 100 * d->how->level);
    plot_set(&d->p->axis, t.failed ? "" : t.at, d->p);
    text_clear(&t);
    text_printf(&t, "%s (%g%% CI)", symbols[measure], 100 * d->how->level);
    plot_column(d->p, 0, PLOT_COLUMN_OTHER, NULL,
                one ? table_shown(d->t, 0, "level") : "Exposed", true);
    plot_column(d->p, 1, PLOT_COLUMN_OTHER, NULL, one ? table_shown(d->t, 0, "reference") : "Reference", true);
    plot_column(d->p, 2, PLOT_COLUMN_ESTIMATE_TEXT, NULL, t.failed ? "" : t.at, false);
    plot_set(&d->p->label_title, d->ts->stratum_name ? d->ts->stratum_name : "Contrast", d->p);
    text_clear(&t);
    const char *contrast = table_shown(d->t, 0, "contrast");
    labels_sentence(d->ts->cohort, o->event, &d->label);
    text_printf(&t, "At each side events/n of %s. ",
                varies(d, "outcome", name) ? "the outcome" : d->label.failed ? "" : d->label.at);
    text_putc(&t, contrast[0] >= 'a' && contrast[0] <= 'z' ? (char)(contrast[0] - 'a' + 'A') : contrast[0]);
    text_printf(&t, "%s%s. Intervals: %g%%, %s%s.", contrast + 1,
                one && !varies(d, "outcome", name) && !varies(d, "exposure", name) ? "" : ", and so on",
                100 * d->how->level, interval_method_name(d->how->method),
                o->stratified == STRATA_NONE ? "" : "; the diamond is pooled");
    suppression_caption(d->how->suppression, &t);
    plot_set(&d->p->caption, t.failed ? "" : t.at, d->p);
    d->p->failed = d->p->failed || t.failed;
    text_release(&t);
}

void
odds_plot(const struct odds_tables *ts, const struct odds_choices *how, const struct result *r, struct plot *p)
{
    const enum measure measure = how->measures[0];
    struct drawing d = { ts, how, result_find(r, "measures"), p, TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT };

    p->scale = measure == MEASURE_OR || measure == MEASURE_RR   ? SCALE_RATIO
               : measure == MEASURE_RD                          ? SCALE_DIFFERENCE
               : measure == MEASURE_AFE || measure == MEASURE_PAF ? SCALE_PROPORTION
                                                                  : SCALE_NUMBER;
    for (size_t row = 0; row < d.t->n_rows; row++) {
        size_t before = 0;
        while (before < row && !same_group(&d, before, row))
            before++;
        if (before == row)
            draw_group(&d, row, measure_name(measure));
    }
    name_axes(&d, measure);
    p->failed = p->failed || d.label.failed || d.counts.failed || d.reference.failed || d.estimate.failed;
    text_release(&d.label);
    text_release(&d.counts);
    text_release(&d.reference);
    text_release(&d.estimate);
}
