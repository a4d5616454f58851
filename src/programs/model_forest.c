#include "labels.h"
#include "model.h"

#include "model_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The ratios of a group as rows of a forest plot; linear models' coefficients as they stand. */
struct drawing {
    const struct model_report *m;
    const struct model_shown *shown;
    struct ratio_row *rows;
    struct text *labels; /* of the rows that a term names */
    size_t n, n_labels;
    struct tally {
        double *n, *events; /* of each code; NULL: not counted */
    } *tallies;             /* of each column of the formula */
    bool has_events;
};

/* --- counts of each level -------------------------------------------------------------------- */

/* Records with the outcome, and of EVENTS/TOTAL both. */
static void
count_record(const struct model_frame *f, const struct frame_piece *p, size_t i, double *n, double *events)
{
    const struct formula_response *y = &f->formula.response;

    *n = p->weights ? p->weights[i] : 1;
    if (f->counts) {
        *events = *n * f->at[y->column].numbers[p->codes[f->at[y->column].factor][i]];
        *n *= f->at[y->total].numbers[p->codes[f->at[y->total].factor][i]];
    } else {
        *events = model_frame_has_events(f) ? *n * (f->event.states[p->codes[f->event.factor][i]] == 1) : 0;
    }
}

static enum dyad_status
count_piece(const struct frame_piece *p, void *context)
{
    const struct drawing *d = context;
    const struct model_frame *f = d->m->frame;

    for (size_t i = 0; i < p->n; i++) {
        double n, events;
        count_record(f, p, i, &n, &events);
        for (size_t c = 0; c < f->formula.n_columns; c++)
            if (d->tallies[c].n) {
                const uint32_t code = p->codes[f->at[c].factor][i];
                d->tallies[c].n[code] += n;
                d->tallies[c].events[code] += events;
            }
    }
    return DYAD_OK;
}

/* Of the columns that are factors in terms of their own. */
static enum dyad_status
count_levels(struct drawing *d)
{
    const struct design *design = d->shown->design;
    const struct formula *f = design->formula;

    d->tallies = calloc(f->n_columns + 1, sizeof *d->tallies);
    if (d->tallies == NULL)
        return DYAD_NOMEM;
    d->has_events = model_frame_has_events(d->m->frame);
    for (size_t a = 0; a < f->n_atoms; a++) {
        struct tally *t = &d->tallies[f->atoms[a].column];
        if (design->blocks[a].kind != BLOCK_LEVELS || t->n)
            continue;
        const size_t n = d->m->frame->at[f->atoms[a].column].n_levels + 1;
        t->n = calloc(n, sizeof *t->n);
        t->events = calloc(n, sizeof *t->events);
        if (t->n == NULL || t->events == NULL)
            return DYAD_NOMEM;
    }
    return model_frame_each(d->m->frame, d->m->group, count_piece, d);
}

static void
tallies_release(struct drawing *d)
{
    for (size_t c = 0; d->tallies && c < d->shown->design->formula->n_columns; c++) {
        free(d->tallies[c].n);
        free(d->tallies[c].events);
    }
    free(d->tallies);
}

/* --- rows --------------------------------------------------------------------------------------- */

static struct estimate
ratio_of(const struct drawing *d, size_t column)
{
    const struct estimate *e = &d->shown->estimates[column];

    return model_ratio(d->m->how)
               ? (struct estimate){ exp(e->value), e->std_error, exp(e->lower), exp(e->upper), e->p_value }
               : *e;
}

static void
put(struct drawing *d, enum ratio_kind kind, const char *term, struct estimate ratio)
{
    struct text *label = &d->labels[d->n_labels++];

    labels_term(d->m->frame->cohort, term, label);
    d->rows[d->n++] = (struct ratio_row){ kind, label->failed ? "" : label->at, NAN, NAN, ratio };
}

static void
put_level(struct drawing *d, enum ratio_kind kind, size_t column, uint32_t code, struct estimate ratio)
{
    const struct tally *t = &d->tallies[column];

    const struct model_frame *f = d->m->frame;
    const char *label = labels_value(f->cohort, f->formula.columns[column].name, f->at[column].names[code - 1]);

    d->rows[d->n++] = (struct ratio_row){ kind, label,
                                          d->has_events ? t->events[code] : NAN, t->n[code], ratio };
}

/* The factor that the term is, alone and as contrasts; NULL where it is something else. */
static const struct design_block *
only_factor(const struct design *d, size_t term)
{
    const struct formula_term *t = &d->formula->terms[term - 1];
    const struct design_block *b = &d->blocks[t->parts[0].atom];

    return t->n_parts == 1 && b->kind == BLOCK_LEVELS ? b : NULL;
}

static void
put_term(struct drawing *d, size_t term)
{
    static const struct estimate none = { NAN, NAN, NAN, NAN, NAN };
    const struct design *design = d->shown->design;
    const struct formula_term *t = &design->formula->terms[term - 1];
    const struct design_block *b = only_factor(design, term);
    const size_t column = design->formula->atoms[t->parts[0].atom].column;
    size_t columns = 0;

    for (size_t i = 0; i < design->n_columns; i++)
        columns += design->columns[i].term == term;
    if (b) {
        put(d, RATIO_HEADING, t->label, none);
        if (columns < b->n_levels)
            put_level(d, RATIO_REFERENCE, column, b->levels[0], none);
    }
    for (size_t i = 0; i < design->n_columns; i++)
        if (design->columns[i].term == term && b)
            put_level(d, RATIO_LEVEL, column, design->columns[i].parts[0].index, ratio_of(d, i));
        else if (design->columns[i].term == term)
            put(d, RATIO_TERM, design->columns[i].name, ratio_of(d, i));
}

static const struct {
    const char *code, *measure, *symbol;
} measures[] = { { "or", "Odds ratio", "OR" }, { "rr", "Risk ratio", "RR" }, { "irr", "Rate ratio", "IRR" },
                 { "hr", "Hazard ratio", "HR" } };

enum dyad_status
model_forest(const struct model_report *m, const struct model_shown *shown)
{
    const struct design *design = shown->design;
    const char *code = model_ratio(m->how);
    struct ratio_forest f = { .measure = "Difference", .symbol = "Difference", .scale = code ? SCALE_RATIO : SCALE_NUMBER,
                              .level = m->how->level };
    const size_t room = 3 * design->n_columns + 1;
    struct drawing d = { .m = m, .shown = shown, .rows = calloc(room, sizeof *d.rows), .labels = calloc(room, sizeof *d.labels) };
    struct text panel = TEXT_INIT, caption = TEXT_INIT;

    for (size_t i = 0; code && i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(measures[i].code, code) == 0) {
            f.measure = measures[i].measure;
            f.symbol = measures[i].symbol;
        }
    const bool counted = count_levels(&d) == DYAD_OK;
    for (size_t term = 1; d.rows && d.labels && counted && term <= design->formula->n_terms; term++)
        put_term(&d, term);
    for (size_t i = 0; i < m->frame->by.n; i++)
        text_printf(&panel, "%s%s = %s", i ? ", " : "", labels_column(m->frame->cohort, m->frame->by.names[i]),
                    labels_value(m->frame->cohort, m->frame->by.names[i],
                                 analysis_level(m->frame->cohort, m->frame->by.factors[i], m->group->codes[i])));
    text_printf(&caption, "Adjusted for each other, family %s: %s. Bars: %g%% intervals.", model_family_name(m->how->family),
                option_text(m->o, "formula"), 100 * m->how->level);
    f.panel = panel.length ? panel.at : NULL;
    f.caption = caption.at;
    f.rows = d.rows;
    f.n = d.n;
    f.outcome = d.has_events ? "Events/n" : "n";
    bool failed = d.rows == NULL || d.labels == NULL || !counted || panel.failed || caption.failed;
    for (size_t i = 0; i < d.n_labels; i++)
        failed = failed || d.labels[i].failed;
    if (!failed)
        model_picture_forest(&f, &m->out->plot);
    m->out->has_plot = true;
    text_release(&panel);
    text_release(&caption);
    for (size_t i = 0; i < d.n_labels; i++)
        text_release(&d.labels[i]);
    free(d.labels);
    free(d.rows);
    tallies_release(&d);
    return failed ? DYAD_NOMEM : DYAD_OK;
}
