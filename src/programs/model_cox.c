#include "model_cox.h"

#include "dyad/stats/wald.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- the records --------------------------------------------------------------------------- */

static enum dyad_status
take_piece(const struct frame_piece *p, void *context)
{
    struct cox_job *j = context;
    const struct model_frame *f = j->m->frame;
    const struct formula_response *y = &f->formula.response;
    const struct frame_column *time = &f->at[y->time], *entry = y->has_entry ? &f->at[y->entry] : NULL;

    for (size_t i = 0; i < p->n; i++) {
        const size_t k = p->first + i;
        j->time[k] = time->numbers[p->codes[time->factor][i]];
        j->event[k] = f->event.states[p->codes[f->event.factor][i]] == 1;
        if (entry)
            j->entry[k] = entry->numbers[p->codes[entry->factor][i]];
        if (j->stratum) {
            uint64_t key = 0;
            for (size_t s = 0; s < f->n_strata; s++)
                key = key * (f->strata_levels[s] + 1) + p->codes[f->strata[s]][i];
            j->stratum[k] = (uint32_t)key;
        }
        if (j->cluster)
            j->cluster[k] = p->codes[f->cluster][i] - 1;
    }
    return DYAD_OK;
}

static int
ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Strata from 0 on, as cox.h wants them. */
static enum dyad_status
number_strata(uint32_t *stratum, size_t n)
{
    uint32_t *keys = malloc((n + 1) * sizeof *keys);
    size_t kept = 0;

    if (keys == NULL)
        return DYAD_NOMEM;
    memcpy(keys, stratum, n * sizeof *keys);
    qsort(keys, n, sizeof *keys, ascending);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            keys[kept++] = keys[i];
    for (size_t i = 0; i < n; i++) {
        const uint32_t *at = bsearch(&stratum[i], keys, kept, sizeof *keys, ascending);
        stratum[i] = (uint32_t)(at - keys);
    }
    free(keys);
    return DYAD_OK;
}

static enum dyad_status
take_records(struct cox_job *j, struct dyad_error *err)
{
    const struct model_frame *f = j->m->frame;
    const struct formula_response *y = &f->formula.response;
    const size_t n = j->m->group->n;
    enum dyad_status st;

    j->time = malloc((n + 1) * sizeof *j->time);
    j->event = malloc(n + 1);
    j->entry = y->has_entry ? malloc((n + 1) * sizeof *j->entry) : NULL;
    j->stratum = f->n_strata ? malloc((n + 1) * sizeof *j->stratum) : NULL;
    j->cluster = f->has_cluster ? malloc((n + 1) * sizeof *j->cluster) : NULL;
    if (j->time == NULL || j->event == NULL || (y->has_entry && j->entry == NULL) || (f->n_strata && j->stratum == NULL) ||
        (f->has_cluster && j->cluster == NULL))
        return no_memory(err);
    if ((st = model_frame_each(f, j->m->group, take_piece, j)) == DYAD_OK && j->stratum)
        st = number_strata(j->stratum, n);
    if (st != DYAD_OK)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (j->entry && !(j->entry[i] < j->time[i]))
            return dyad_fail(err, DYAD_DATA, "columns '%s' and '%s': a record enters at or after its end",
                             f->formula.columns[y->entry].name, f->formula.columns[y->time].name);
    }
    return DYAD_OK;
}

/* --- what is told --------------------------------------------------------------------------- */

static enum dyad_status
fit_rows(struct cox_job *j)
{
    const struct cox_fit *f = &j->fit;
    struct model_report *m = j->m;
    struct cox_concordance c;
    enum dyad_status st = cox_concordance(j->model, &c);

    if (st == DYAD_NOMEM)
        return st;
    model_fit_row(m, "n", f->records);
    model_fit_row(m, "dropped", m->frame->by.n ? NAN : (double)columns_dropped(m->frame->columns));
    model_fit_row(m, "events", f->events);
    model_fit_row(m, "parameters", (double)f->rank);
    model_fit_row(m, "log_lik", f->loglik);
    model_fit_row(m, "null_log_lik", f->null_loglik);
    model_fit_row(m, "aic", 2 * ((double)f->rank - f->loglik));
    model_fit_row(m, "bic", (double)f->rank * log(f->events) - 2 * f->loglik);
    model_fit_row(m, "iterations", (double)f->iterations);
    model_fit_row(m, "concordance", st == DYAD_OK ? c.value : NAN);
    model_fit_row(m, "lr", f->lr.statistic);
    model_fit_row(m, "lr_p", f->lr.p_value);
    model_fit_row(m, "score", f->score.statistic);
    model_fit_row(m, "score_p", f->score.p_value);
    model_fit_row(m, "wald", f->wald.statistic);
    model_fit_row(m, "wald_p", f->wald.p_value);
    return DYAD_OK;
}

/* Schoenfeld's test of each term and of all together. */
static enum dyad_status
proportional_rows(struct cox_job *j)
{
    const struct design *d = &j->data.design;
    const size_t n_terms = d->formula->n_terms;
    size_t *term = calloc(d->n_columns + 1, sizeof *term);
    struct test *tests = calloc(n_terms + 1, sizeof *tests);
    enum dyad_status st = term && tests ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < d->n_columns; i++)
        term[i] = d->columns[i].term - 1;
    if (st == DYAD_OK)
        st = cox_proportional(j->model, COX_KM, term, n_terms, tests);
    for (size_t t = 0; st == DYAD_OK && t <= n_terms; t++)
        model_test_row(j->m, t < n_terms ? d->formula->terms[t].label : "GLOBAL", "ph", &tests[t]);
    free(term);
    free(tests);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static void
note_infinite(struct cox_job *j)
{
    const struct design *d = &j->data.design;

    for (size_t i = 0; i < d->n_columns; i++)
        if (j->states[i] == COX_ALIASED)
            result_note(j->m->r, "%s has no estimate: the columns before it (or the strata) say what it says.",
                        d->columns[i].name);
        else if (j->states[i] == COX_INFINITE)
            result_note(j->m->r, "%s is infinite: the likelihood rises with it for ever (at every event the record with the "
                                 "largest value has it); join levels, leave it out, or take --penalty firth.",
                        d->columns[i].name);
}

static enum dyad_status
show(struct cox_job *j)
{
    const size_t p = j->data.design.n_columns;
    const double *covariance = j->robust ? j->robust : j->covariance;
    const struct model_shown shown = { &j->data.design, p, j->estimates, NULL, covariance, NAN };

    for (size_t i = 0; i < p; i++) {
        struct estimate *e = &j->estimates[i];
        *e = wald_estimate(j->coefficients[i], sqrt(covariance[i * p + i]), j->m->how->level, NAN);
        if (j->m->how->profile && (j->states[i] == COX_FINITE || j->states[i] == COX_INFINITE)) {
            const enum dyad_status st = cox_profile(j->model, i, j->m->how->level, &e->lower, &e->upper);
            if (st == DYAD_NOMEM)
                return st;
            if (st != DYAD_OK)
                e->lower = e->upper = NAN;
        }
    }
    return model_coefficients(j->m, &shown);
}

static enum dyad_status
explain(enum dyad_status st, struct dyad_error *err)
{
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_NOCONV ? dyad_fail(err, st, "the partial likelihood has no maximum that could be found")
                             : dyad_fail(err, DYAD_DOMAIN, "no event among the records: there is nothing to compare");
}

static enum dyad_status
make_matrix(struct cox_job *j)
{
    const size_t n = j->m->group->n, p = j->data.design.n_columns;
    const bool weights = j->m->o->cohort.frequency != NULL;

    j->x = malloc((n * p + 1) * sizeof *j->x);
    j->weight = malloc((n + 1) * sizeof *j->weight);
    j->offset = malloc((n + 1) * sizeof *j->offset);
    if (j->x == NULL || j->weight == NULL || j->offset == NULL)
        return DYAD_NOMEM;
    j->records.design = NULL;
    j->records.x = j->x;
    j->records.weight = weights ? j->weight : NULL;
    j->records.offset = j->offset;
    return model_rows_dense(j->data.x, &(struct model_dense){ .x = j->x, .weight = j->weight, .offset = j->offset });
}

/* The penalty and the residuals need the design as a matrix. */
static bool
needs_matrix(const struct model_report *m)
{
    return m->how->firth || option_given(m->o, "schoenfeld");
}

static enum dyad_status
fit(struct cox_job *j, struct dyad_error *err)
{
    const size_t p = j->data.design.n_columns;
    enum dyad_status st;

    j->coefficients = calloc(p + 1, sizeof *j->coefficients);
    j->covariance = calloc(p * p + 1, sizeof *j->covariance);
    j->states = calloc(p + 1, sizeof *j->states);
    j->estimates = calloc(p + 1, sizeof *j->estimates);
    if (j->coefficients == NULL || j->covariance == NULL || j->states == NULL || j->estimates == NULL)
        return no_memory(err);
    j->records = (struct cox_data){ .n = j->m->group->n, .entry = j->entry, .time = j->time, .event = j->event,
                                    .stratum = j->stratum, .p = p, .design = j->data.x,
                                    .ties = j->m->how->breslow ? COX_BRESLOW : COX_EFRON,
                                    .counts = j->m->o->cohort.frequency != NULL, .threads = j->m->frame->n_threads };
    if (needs_matrix(j->m) && (st = make_matrix(j)) != DYAD_OK)
        return no_memory(err);
    if ((st = cox_new(&j->records, &j->model)) != DYAD_OK ||
        (st = (j->m->how->firth ? cox_fit_firth : cox_fit)(j->model, j->coefficients, j->covariance, j->states,
                                                           &j->fit)) != DYAD_OK)
        return explain(st, err);
    j->m->outcome_share = j->fit.events / j->fit.records;
    if (j->m->how->errors != ERRORS_MODEL) {
        size_t clusters;
        j->robust = calloc(p * p + 1, sizeof *j->robust);
        if (j->robust == NULL)
            return no_memory(err);
        if ((st = cox_robust(j->model, j->cluster, j->robust, &clusters)) != DYAD_OK)
            return explain(st, err);
        for (size_t i = 0; j->m->how->errors == ERRORS_CR1 && i < p * p; i++)
            j->robust[i] *= (double)clusters / ((double)clusters - 1);
    }
    note_infinite(j);
    return DYAD_OK;
}

enum dyad_status
model_cox(struct model_report *m, struct dyad_error *err)
{
    struct cox_job j = { .m = m };
    enum dyad_status st = take_records(&j, err);

    if (st == DYAD_OK)
        st = model_data_make(m->frame, m->group, (struct model_wants){ .numbered = true, .no_intercept = true,
                                                                       .ordered = needs_matrix(m) }, &j.data, err);
    if (st == DYAD_OK && j.data.design.n_columns == 0)
        st = dyad_fail(err, DYAD_DATA, "the formula has no term");
    if (st == DYAD_OK && (st = fit(&j, err)) == DYAD_OK) {
        st = show(&j);
        if (st == DYAD_OK && option_wants_table(m->o, "tests", false))
            st = proportional_rows(&j);
        if (st == DYAD_OK && option_wants_table(m->o, "fit", false))
            st = fit_rows(&j);
        if (st == DYAD_OK && m->vif)
            st = model_vif(m, &j.data.design, j.covariance);
        if (st != DYAD_OK)
            no_memory(err);
        else
            st = model_cox_pictures(&j, err);
    }
    cox_free(j.model);
    free(j.x);
    free(j.weight);
    free(j.offset);
    free(j.entry);
    free(j.time);
    free(j.event);
    free(j.stratum);
    free(j.cluster);
    free(j.coefficients);
    free(j.covariance);
    free(j.robust);
    free(j.states);
    free(j.estimates);
    model_data_release(&j.data);
    return st;
}
