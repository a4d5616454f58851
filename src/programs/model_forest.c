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
    size_t n;
};

static struct estimate
ratio_of(const struct drawing *d, size_t column)
{
    const struct estimate *e = &d->shown->estimates[column];

    return model_family_ratio(d->m->how->family)
               ? (struct estimate){ exp(e->value), e->std_error, exp(e->lower), exp(e->upper), e->p_value }
               : *e;
}

static void
put(struct drawing *d, enum ratio_kind kind, const char *label, struct estimate ratio)
{
    d->rows[d->n++] = (struct ratio_row){ kind, label, NAN, NAN, ratio };
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
    const struct frame_column *column = b ? &d->m->frame->at[design->formula->atoms[t->parts[0].atom].column] : NULL;
    size_t columns = 0;

    for (size_t i = 0; i < design->n_columns; i++)
        columns += design->columns[i].term == term;
    if (b) {
        put(d, RATIO_HEADING, t->label, none);
        if (columns < b->n_levels)
            put(d, RATIO_REFERENCE, column->names[b->levels[0] - 1], none);
    }
    for (size_t i = 0; i < design->n_columns; i++)
        if (design->columns[i].term == term)
            put(d, b ? RATIO_LEVEL : RATIO_TERM, b ? column->names[design->columns[i].parts[0].index - 1]
                                                   : design->columns[i].name, ratio_of(d, i));
}

static const struct {
    const char *code, *measure, *symbol;
} measures[] = { { "or", "Odds ratio", "OR" }, { "rr", "Risk ratio", "RR" }, { "irr", "Rate ratio", "IRR" },
                 { "hr", "Hazard ratio", "HR" } };

enum dyad_status
model_forest(const struct model_report *m, const struct model_shown *shown)
{
    const struct design *design = shown->design;
    const char *code = model_family_ratio(m->how->family);
    struct ratio_forest f = { .measure = "Difference", .symbol = "Difference", .scale = code ? SCALE_RATIO : SCALE_NUMBER,
                              .level = m->how->level };
    struct drawing d = { .m = m, .shown = shown, .rows = calloc(3 * design->n_columns + 1, sizeof *d.rows) };
    struct text panel = TEXT_INIT, caption = TEXT_INIT;

    for (size_t i = 0; code && i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(measures[i].code, code) == 0) {
            f.measure = measures[i].measure;
            f.symbol = measures[i].symbol;
        }
    for (size_t term = 1; d.rows && term <= design->formula->n_terms; term++)
        put_term(&d, term);
    for (size_t i = 0; i < m->frame->by.n; i++)
        text_printf(&panel, "%s%s = %s", i ? ", " : "", m->frame->by.names[i],
                    analysis_level(m->frame->cohort, m->frame->by.factors[i], m->group->codes[i]));
    text_printf(&caption, "Adjusted for each other, family %s: %s. Bars: %g%% intervals.", model_family_name(m->how->family),
                option_text(m->o, "formula"), 100 * m->how->level);
    f.panel = panel.length ? panel.at : NULL;
    f.caption = caption.at;
    f.rows = d.rows;
    f.n = d.n;
    const bool failed = d.rows == NULL || panel.failed || caption.failed;
    if (!failed)
        model_picture_forest(&f, &m->out->plot);
    m->out->has_plot = true;
    text_release(&panel);
    text_release(&caption);
    free(d.rows);
    return failed ? DYAD_NOMEM : DYAD_OK;
}
