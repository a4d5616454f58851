#include "model_cox.h"

#include "dyad/core/text.h"
#include "dyad/stats/kaplan_meier.h"

#include "labels.h"
#include "model_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES_MOST = 12 };

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static const char *
time_name(const struct cox_job *j)
{
    const struct formula *f = &j->m->frame->formula;

    return labels_column(j->m->frame->cohort, f->columns[f->response.time].name);
}

/* --- survival by Kaplan and Meier ------------------------------------------------------------ */

struct km_curve {
    struct survival_table table;
    struct estimate *at; /* each of its rows */
};

static void
km_curve_release(struct km_curve *c)
{
    survival_table_release(&c->table);
    free(c->at);
}

/* Of the records whose ${codes} are ${code}; NULL: of all. */
static enum dyad_status
make_curve(const struct cox_job *j, const uint32_t *codes, uint32_t code, struct km_curve *out)
{
    const struct kaplan_meier_method method = { LIMITS_LOG_LOG, 0.95, false, 0 };
    struct survival_counts *counts = survival_counts_new(1);
    enum dyad_status st = counts ? DYAD_OK : DYAD_NOMEM;

    *out = (struct km_curve){ SURVIVAL_TABLE_INIT, NULL };
    for (size_t i = 0; st == DYAD_OK && i < j->m->group->n; i++) {
        const struct survival_time time = { j->entry && j->entry[i] > 0 ? j->entry[i] : SURVIVAL_FROM_START, j->time[i],
                                            j->event[i], j->records.weight ? j->weight[i] : 1, 1 };
        if (codes == NULL || codes[i] == code)
            st = survival_counts_add(counts, &time);
    }
    if (st == DYAD_OK)
        st = survival_tables((const struct survival_counts *const *)&counts, 1, &out->table);
    if (st == DYAD_OK && (out->at = calloc(out->table.n + 1, sizeof *out->at)) == NULL)
        st = DYAD_NOMEM;
    if (st == DYAD_OK)
        st = kaplan_meier(&out->table, &method, out->at);
    survival_counts_free(counts);
    return st;
}

/* --- residuals ------------------------------------------------------------------------------- */

/* Does --of name the coefficient, its term, or the only column of the term? */
static bool
is_named(const struct design *d, size_t column, const char *name)
{
    const struct formula_term *term = &d->formula->terms[d->columns[column].term - 1];

    return strcmp(d->columns[column].name, name) == 0 || strcmp(term->label, name) == 0 ||
           (term->n_parts == 1 && d->formula->atoms[term->parts[0].atom].kind == FORMULA_PLAIN &&
            strcmp(d->formula->columns[d->formula->atoms[term->parts[0].atom].column].name, name) == 0);
}

/* The coefficient that --of names; without it the one that seems to change most; ${p} if there is none. */
static enum dyad_status
choose_coefficient(const struct cox_job *j, size_t *column, struct test *test)
{
    const struct design *d = &j->data.design;
    const size_t p = d->n_columns;
    const char *name = option_text(j->m->o, "of");
    size_t *term = calloc(p + 1, sizeof *term);
    struct test *tests = calloc(p + 1, sizeof *tests);
    enum dyad_status st = term && tests ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < p; i++)
        term[i] = i;
    if (st == DYAD_OK)
        st = cox_proportional(j->model, COX_KM, term, p, tests);
    *column = p;
    for (size_t i = 0; st == DYAD_OK && i < p; i++)
        if (j->states[i] == COX_FINITE && (name ? *column == p && is_named(d, i, name)
                                                : *column == p || tests[i].p_value < tests[*column].p_value))
            *column = i;
    if (st == DYAD_OK && *column < p)
        *test = tests[*column];
    free(term);
    free(tests);
    return st;
}

/* g(t) = 1 - S(t-) of each record's time. */
static enum dyad_status
transform_times(const struct cox_job *j, double *out)
{
    struct km_curve all;
    const enum dyad_status st = make_curve(j, NULL, 0, &all);

    for (size_t i = 0; st == DYAD_OK && i < j->m->group->n; i++) {
        size_t row = survival_table_find(&all.table, j->time[i]);
        while (row > 0 && all.table.rows[row - 1].time >= j->time[i])
            row--;
        out[i] = row ? 1 - all.at[row - 1].value : 0;
    }
    km_curve_release(&all);
    return st;
}

static enum dyad_status
draw_residuals(struct cox_job *j, struct dyad_error *err)
{
    const size_t n = j->m->group->n, p = j->data.design.n_columns;
    double *schoenfeld = malloc((n * p + 1) * sizeof *schoenfeld), *transformed = malloc((n + 1) * sizeof *transformed);
    struct residual_picture r = { .time = time_name(j), .n = n, .p = p, .times = j->time, .transformed = transformed,
                                  .schoenfeld = schoenfeld, .coefficients = j->coefficients, .covariance = j->covariance,
                                  .transform = "1 − Kaplan–Meier", .level = j->m->how->level };
    struct text term = TEXT_INIT;
    enum dyad_status st = schoenfeld && transformed ? choose_coefficient(j, &r.column, &r.test) : DYAD_NOMEM;

    if (st == DYAD_OK && r.column == p && option_given(j->m->o, "of"))
        st = dyad_fail(err, DYAD_USAGE, "--of %s: the model has no such coefficient, term or column with an estimate",
                       option_text(j->m->o, "of"));
    else if (st == DYAD_OK && r.column == p)
        st = dyad_fail(err, DYAD_DOMAIN, "--schoenfeld: no coefficient has an estimate");
    else if (st == DYAD_OK && (st = cox_residuals(j->model, NULL, NULL, schoenfeld)) == DYAD_OK &&
             (st = transform_times(j, transformed)) == DYAD_OK) {
        labels_term(j->m->frame->cohort, j->data.design.columns[r.column].name, &term);
        r.term = term.at;
        st = term.failed ? DYAD_NOMEM : model_picture_residuals(&r, outcome_picture(j->m->out, "schoenfeld"));
    }
    text_release(&term);
    free(schoenfeld);
    free(transformed);
    return st;
}

/* --- log-log curves --------------------------------------------------------------------------- */

struct coding {
    size_t factor;
    uint32_t *codes; /* of each record */
};

static enum dyad_status
take_codes(const struct frame_piece *p, void *context)
{
    const struct coding *c = context;

    memcpy(c->codes + p->first, p->codes[c->factor], p->n * sizeof *c->codes);
    return DYAD_OK;
}

/* The formula's column that --of names; without it the first that is a factor; NULL if there is none. */
static const struct frame_column *
choose_factor(const struct cox_job *j, const char **name)
{
    const struct formula *f = &j->m->frame->formula;
    const char *of = option_text(j->m->o, "of");

    for (size_t t = 0; t < f->n_terms; t++) {
        const struct formula_atom *a = &f->atoms[f->terms[t].parts[0].atom];
        const bool levels = j->data.design.blocks[f->terms[t].parts[0].atom].kind == BLOCK_LEVELS;
        if (f->terms[t].n_parts != 1 || (a->kind != FORMULA_PLAIN && !levels))
            continue;
        *name = f->columns[a->column].name;
        if (of ? strcmp(of, f->terms[t].label) == 0 || strcmp(of, *name) == 0 : levels)
            return &j->m->frame->at[a->column];
    }
    return NULL;
}

static enum dyad_status
fill_curves(const struct cox_job *j, const char *name, const struct frame_column *by, const uint32_t *codes,
            struct km_curve *curves, struct survival_steps *steps, size_t *n)
{
    enum dyad_status st = DYAD_OK;

    for (uint32_t code = 1; code <= by->n_levels && st == DYAD_OK; code++) {
        struct survival_steps *s = &steps[*n];
        bool occurs = false;
        for (size_t i = 0; !occurs && i < j->m->group->n; i++)
            occurs = codes[i] == code;
        if (!occurs)
            continue;
        if (*n == CURVES_MOST)
            return DYAD_DATA;
        if ((st = make_curve(j, codes, code, &curves[(*n)++])) != DYAD_OK)
            return st;
        const struct km_curve *c = &curves[*n - 1];
        double *both = malloc((2 * c->table.n + 1) * sizeof *both);
        if (both == NULL)
            return DYAD_NOMEM;
        for (size_t i = 0; i < c->table.n; i++) {
            both[i] = c->table.rows[i].time;
            both[c->table.n + i] = c->at[i].value;
        }
        *s = (struct survival_steps){ labels_value(j->m->frame->cohort, name, by->names[code - 1]), both, both + c->table.n,
                                      c->table.n };
    }
    return st;
}

static enum dyad_status
draw_log_log(struct cox_job *j, struct dyad_error *err)
{
    const char *name = NULL;
    const struct frame_column *by = choose_factor(j, &name);
    struct km_curve curves[CURVES_MOST];
    struct survival_steps steps[CURVES_MOST];
    struct coding c;
    size_t n = 0;
    enum dyad_status st;

    if (by == NULL)
        return dyad_fail(err, DYAD_USAGE, "--log-log: the formula has no factor%s to draw a curve for each level of: name a "
                                          "column of it with --of", option_given(j->m->o, "of") ? " of that name" : "");
    c = (struct coding){ by->factor, malloc((j->m->group->n + 1) * sizeof *c.codes) };
    st = c.codes ? model_frame_each(j->m->frame, j->m->group, take_codes, &c) : DYAD_NOMEM;
    if (st == DYAD_OK)
        st = fill_curves(j, name, by, c.codes, curves, steps, &n);
    if (st == DYAD_DATA)
        dyad_fail(err, DYAD_USAGE, "--log-log: '%s' has more than %d values: --define groups of them", name, CURVES_MOST);
    if (st == DYAD_OK) {
        const struct log_log_picture picture = { .time = time_name(j), .by = labels_column(j->m->frame->cohort, name),
                                                 .curves = steps, .n = n };
        st = model_picture_log_log(&picture, outcome_picture(j->m->out, "log-log"));
    }
    for (size_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)steps[i].times);
        km_curve_release(&curves[i]);
    }
    free(c.codes);
    return st;
}

enum dyad_status
model_cox_pictures(struct cox_job *j, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (option_given(j->m->o, "schoenfeld"))
        st = draw_residuals(j, err);
    if (st == DYAD_OK && option_given(j->m->o, "log-log"))
        st = draw_log_log(j, err);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    if (st == DYAD_DOMAIN && err->text[0] == '\0')
        dyad_fail(err, st, "no picture of these times can be drawn: no event is there to show");
    return st;
}
