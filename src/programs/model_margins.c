#include "model.h"

#include "dyad/stats/standardization.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_SHOWN_MAX = 20 };

/* Everybody shown to the model at each level of a column. */
struct marginal {
    const struct model_report *m;
    const struct model_data *data;
    size_t column; /* of the formula */
    uint32_t levels[LEVELS_SHOWN_MAX];
    size_t n_levels;
    struct standard_model model;
    struct standardization sums;
    struct dyad_error *err;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- levels -------------------------------------------------------------------------------- */

/* The same number, spelt in two ways. */
static bool
is_same(const struct marginal *j, uint32_t a, uint32_t b)
{
    const struct frame_column *c = &j->m->frame->at[j->column];

    return !c->is_factor && c->numbers && c->numbers[a] == c->numbers[b];
}

static enum dyad_status
see_piece(const struct frame_piece *p, void *context)
{
    struct marginal *j = context;
    const uint32_t *codes = p->codes[j->m->frame->at[j->column].factor];

    for (size_t i = 0; i < p->n; i++) {
        size_t k = 0;
        while (k < j->n_levels && j->levels[k] != codes[i] && !is_same(j, j->levels[k], codes[i]))
            k++;
        if (k < j->n_levels)
            continue;
        if (j->n_levels == LEVELS_SHOWN_MAX)
            return DYAD_DATA;
        j->levels[j->n_levels++] = codes[i];
    }
    return DYAD_OK;
}

static int
ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum dyad_status
find_levels(struct marginal *j)
{
    const struct formula *f = &j->m->frame->formula;
    const char *name = j->m->how->margins;
    enum dyad_status st;

    while (j->column < f->n_columns && strcmp(f->columns[j->column].name, name) != 0)
        j->column++;
    if (j->column == f->n_columns ||
        (!f->columns[j->column].plain && !f->columns[j->column].factor && !f->columns[j->column].number))
        return dyad_fail(j->err, DYAD_USAGE, "--margins %s: the formula has no such column right of ~", name);
    st = model_frame_each(j->m->frame, j->m->group, see_piece, j);
    if (st == DYAD_DATA)
        return dyad_fail(j->err, DYAD_USAGE, "--margins %s: it has more than %d values: --define groups of them", name,
                         LEVELS_SHOWN_MAX);
    if (st != DYAD_OK)
        return no_memory(j->err);
    qsort(j->levels, j->n_levels, sizeof *j->levels, ascending);
    return DYAD_OK;
}

/* --- rows ---------------------------------------------------------------------------------- */

/* How many people each record of a piece is: those of --freq, each of so many trials. */
static void
count_people(const struct model_frame *f, const struct frame_piece *p, double *people)
{
    const struct frame_column *total = f->counts ? &f->at[f->formula.response.total] : NULL;

    for (size_t i = 0; i < p->n; i++)
        people[i] = (p->weights ? p->weights[i] : 1) * (total ? total->numbers[p->codes[total->factor][i]] : 1);
}

static enum dyad_status
add_piece(const struct frame_piece *p, void *context)
{
    struct marginal *j = context;
    const size_t width = j->data->design.n_columns;
    double *x[LEVELS_SHOWN_MAX] = { NULL }, *offsets = calloc(p->n + 1, sizeof *offsets);
    double *people = malloc((p->n + 1) * sizeof *people);
    enum dyad_status st = offsets && people ? DYAD_OK : no_memory(j->err);

    for (size_t l = 0; l < j->n_levels && st == DYAD_OK; l++) {
        x[l] = malloc((p->n * width + 1) * sizeof **x);
        st = x[l] ? model_data_fill(j->data, p, j->column, j->levels[l], x[l], offsets, j->err) : no_memory(j->err);
    }
    if (st == DYAD_OK) {
        const struct standard_rows rows = { p->n, (const double *const *)x, people, offsets };
        count_people(j->m->frame, p, people);
        standardization_add(&j->sums, &rows);
    }
    for (size_t l = 0; l < j->n_levels; l++)
        free(x[l]);
    free(offsets);
    free(people);
    return st;
}

/* --- the table ------------------------------------------------------------------------------ */

static const char *
level_name(const struct marginal *j, size_t l)
{
    return j->m->frame->at[j->column].names[j->levels[l] - 1];
}

static void
row(const struct marginal *j, size_t l, const char *measure, enum scale scale, const struct estimate *e)
{
    struct table *t = j->m->margins;
    const bool alone = strcmp(measure, "risk") == 0 || strcmp(measure, "mean") == 0;
    struct text contrast = TEXT_INIT;

    model_row(j->m, t, scale);
    table_set_text(t, "exposure", j->m->how->margins);
    table_set_text(t, "level", level_name(j, l));
    if (!alone)
        table_set_text(t, "reference", level_name(j, 0));
    table_set_text(t, "measure", measure);
    table_set_number(t, "estimate", e->value);
    table_set_number(t, "std_error", e->std_error);
    table_set_number(t, "conf_low", e->lower);
    table_set_number(t, "conf_high", e->upper);
    table_set_number(t, "p_value", e->p_value);
    text_printf(&contrast, "mean prediction if everybody had %s = %s", j->m->how->margins, level_name(j, l));
    if (!alone)
        text_printf(&contrast, " %s that if everybody had %s = %s", strcmp(measure, "rd") == 0 ? "minus" : "divided by",
                    j->m->how->margins, level_name(j, 0));
    table_set_text(t, "contrast", contrast.failed ? "" : contrast.at);
    j->m->r->failed = j->m->r->failed || contrast.failed;
    text_release(&contrast);
}

static void
rows(const struct marginal *j, const struct standardized *s)
{
    const enum model_family mean = j->m->how->mean;
    const bool risks = mean == FAMILY_LOGISTIC || mean == FAMILY_LOG_BINOMIAL || mean == FAMILY_MODIFIED_POISSON;

    for (size_t l = 0; l < j->n_levels; l++)
        row(j, l, risks ? "risk" : "mean", risks ? SCALE_PROPORTION : SCALE_NUMBER, &s[l].mean);
    for (size_t l = 1; l < j->n_levels; l++)
        row(j, l, "rd", risks ? SCALE_DIFFERENCE : SCALE_NUMBER, &s[l].difference);
    for (size_t l = 1; l < j->n_levels; l++)
        row(j, l, "rr", SCALE_RATIO, &s[l].ratio);
    result_note(j->m->r, "Margins: predictions averaged over all records with %s set to each value in turn (standardisation, "
                         "g-computation)%s", j->m->how->margins,
                j->m->how->replicates ? "." : "; errors by the delta method, for these records' covariates.");
}

/* Errors and limits by fits to people drawn again. */
static enum dyad_status
draw_again(struct marginal *j, const struct glm_fit *fit, struct standardized *out)
{
    const struct model_report *m = j->m;
    size_t failed = 0;
    const enum dyad_status st = model_bootstrap(m, j->data, fit, &j->model, j->column, j->levels, out, &failed, j->err);
    struct text left_out = TEXT_INIT;

    text_puts(&left_out, "");
    if (failed)
        text_printf(&left_out, "; %zu of them could not be fitted and %s left out", failed, failed == 1 ? "is" : "are");
    if (st == DYAD_OK)
        result_note(m->r, "Errors and limits of the margins: bootstrap, %zu replicates of %s drawn with replacement, seed %llu, "
                          "percentile limits (of the log of rr)%s.", m->how->replicates,
                    m->frame->has_cluster ? "whole clusters" : "people", m->o->seed, left_out.failed ? "" : left_out.at);
    m->r->failed = m->r->failed || left_out.failed;
    text_release(&left_out);
    return st;
}

/* Is the design's column made of the column of --margins? */
static bool
shows_exposure(const struct marginal *j, size_t column)
{
    const struct design_column *c = &j->data->design.columns[column];

    for (size_t i = 0; i < c->n_parts; i++) {
        const struct formula_atom *a = &j->data->design.formula->atoms[c->parts[i].atom];
        if ((a->kind == FORMULA_PLAIN || a->value.n == 0) && a->column == j->column)
            return true;
        for (size_t s = 0; s < a->value.n; s++)
            if (a->value.steps[s].operation == FORMULA_COLUMN && a->value.steps[s].column == j->column)
                return true;
    }
    return false;
}

/*
 * A column that others say adds nothing to predictions as long as they go on saying it when the
 * exposure is set: when neither it nor they are made of the exposure.
 */
static enum dyad_status
check_dependence(const struct marginal *j, const struct glm_fit *fit)
{
    for (size_t k = 0; k < fit->p; k++) {
        bool exposure = isnan(fit->coefficients[k]) && shows_exposure(j, k);
        for (size_t l = 0; isnan(fit->coefficients[k]) && l < fit->p; l++)
            exposure = exposure || (fabs(fit->dependence[k * fit->p + l]) > 1e-6 && shows_exposure(j, l));
        if (exposure)
            return dyad_fail(j->err, DYAD_DOMAIN, "--margins: %s has no estimate, and with it goes what %s does: leave it out of "
                                                  "the formula", j->data->design.columns[k].name, j->m->how->margins);
    }
    return DYAD_OK;
}

static enum dyad_status
add_records(struct marginal *j, struct standardized *out)
{
    enum dyad_status st = standardization_init(&j->sums, &j->model);

    if (st != DYAD_OK)
        no_memory(j->err);
    else if ((st = model_frame_each(j->m->frame, j->m->group, add_piece, j)) == DYAD_OK &&
             (st = standardization_finish(&j->sums, STANDARD_THESE, j->m->how->level, out)) != DYAD_OK)
        dyad_fail(j->err, st, "--margins: the predictions are not finite");
    standardization_release(&j->sums);
    return st;
}

enum dyad_status
model_margins(struct model_report *m, const struct model_data *data, const struct glm_fit *fit, const double *covariance,
              struct dyad_error *err)
{
    struct marginal j = { .m = m, .data = data, .sums = STANDARDIZATION_INIT, .err = err };
    const size_t p = data->design.n_columns;
    double *beta = malloc(p * sizeof *beta), *variance = malloc(p * p * sizeof *variance);
    struct standardized out[LEVELS_SHOWN_MAX];
    enum dyad_status st = beta && variance ? DYAD_OK : no_memory(err);

    if (st == DYAD_OK && (st = find_levels(&j)) == DYAD_OK && (st = check_dependence(&j, fit)) == DYAD_OK) {
        for (size_t i = 0; i < p; i++)
            beta[i] = isnan(fit->coefficients[i]) ? 0 : fit->coefficients[i];
        for (size_t i = 0; i < p * p; i++)
            variance[i] = isnan(fit->coefficients[i / p]) || isnan(fit->coefficients[i % p]) ? 0 : covariance[i];
        j.model = (struct standard_model){ m->how->mean == FAMILY_LOGISTIC ? STANDARD_LOGIT
                                           : m->how->mean == FAMILY_LINEAR ? STANDARD_IDENTITY
                                                                           : STANDARD_LOG,
                                           p, j.n_levels, beta, variance };
        st = m->how->replicates ? draw_again(&j, fit, out) : add_records(&j, out);
    }
    if (st == DYAD_OK)
        rows(&j, out);
    free(beta);
    free(variance);
    return st;
}
