#include "model_cox.h"

#include "dyad/stats/wald.h"

#include "key_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* The penalty and the pictures need records one by one, and the design as a matrix. */
static bool
needs_matrix(const struct model_report *m)
{
    return m->how->firth || option_given(m->o, "schoenfeld") || option_given(m->o, "log-log");
}

/* --- the records --------------------------------------------------------------------------- */

/* Times, event and strata of a record are one number: what it has in common with others of its kind. */
struct kinds {
    const struct model_frame *frame;
    size_t factors[3 + BY_MAX]; /* entry, time, event, strata */
    size_t levels[3 + BY_MAX];
    size_t n_factors;
    uint64_t n_keys;
    struct key_set keys;        /* those that occur; empty: all */
};

static bool
kinds_begin(struct kinds *k, const struct model_frame *f)
{
    const struct formula_response *y = &f->formula.response;
    uint32_t strata = 1;
    size_t n = 0;

    *k = (struct kinds){ .frame = f, .keys = KEY_SET_INIT, .n_keys = 1 };
    if (y->has_entry)
        k->factors[n++] = f->at[y->entry].factor;
    k->factors[n++] = f->at[y->time].factor;
    k->factors[n++] = f->event.factor;
    for (size_t s = 0; s < f->n_strata; s++)
        k->factors[n++] = f->strata[s];
    k->n_factors = n;
    for (size_t i = 0; i < n; i++) {
        (void)cohort_levels(f->cohort, k->factors[i], &k->levels[i]);
        if (__builtin_mul_overflow(k->n_keys, (uint64_t)k->levels[i] + 1, &k->n_keys))
            return false;
        if (i >= n - f->n_strata && __builtin_mul_overflow(strata, (uint32_t)k->levels[i] + 1, &strata))
            return false;
    }
    return true;
}

static uint64_t
key_of(const struct kinds *k, const struct frame_piece *p, size_t i)
{
    uint64_t key = 0;

    for (size_t f = 0; f < k->n_factors; f++)
        key = key * (k->levels[f] + 1) + p->codes[k->factors[f]][i];
    return key;
}

static enum dyad_status
collect_keys(const struct frame_piece *p, void *context)
{
    struct kinds *k = context;

    if (key_set_reserve(&k->keys, p->n) != DYAD_OK)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n; i++)
        k->keys.at[k->keys.n++] = key_of(k, p, i);
    return DYAD_OK;
}

/* The kind of a record, as the response of its row. */
static double
kind_of(const struct frame_piece *p, size_t i, const void *context)
{
    const struct kinds *k = context;
    const uint64_t key = key_of(k, p, i);

    return (double)(k->keys.at ? key_set_find(&k->keys, key) : key);
}

/* The number of a record, where a matrix is made: kinds are records. */
static double
number_of(const struct frame_piece *p, size_t i, const void *context)
{
    (void)context;
    return (double)(p->first + i);
}

/* What the ${i}-th kind is. */
static void
fill_kind(struct cox_job *j, const struct kinds *k, size_t i, uint64_t key)
{
    const struct model_frame *f = k->frame;
    const struct formula_response *y = &f->formula.response;
    uint32_t codes[3 + BY_MAX];
    uint64_t stratum = 0;
    size_t n = 0;

    for (size_t c = k->n_factors; c-- > 0; key /= k->levels[c] + 1)
        codes[c] = (uint32_t)(key % (k->levels[c] + 1));
    if (y->has_entry)
        j->entry[i] = f->at[y->entry].numbers[codes[n++]];
    j->time[i] = f->at[y->time].numbers[codes[n++]];
    j->event[i] = f->event.states[codes[n++]] == 1;
    for (size_t s = 0; s < f->n_strata; s++)
        stratum = stratum * (k->levels[n + s] + 1) + codes[n + s];
    if (j->stratum)
        j->stratum[i] = (uint32_t)stratum;
    /* No record has it: it must only be such as a record could have. */
    if (isnan(j->time[i]))
        j->time[i] = 0;
}

struct filling {
    struct cox_job *j;
    const struct kinds *k;
};

static enum dyad_status
fill_piece(const struct frame_piece *p, void *context)
{
    const struct filling *f = context;

    for (size_t i = 0; i < p->n; i++) {
        fill_kind(f->j, f->k, p->first + i, key_of(f->k, p, i));
        if (f->j->cluster)
            f->j->cluster[p->first + i] = p->codes[f->k->frame->cluster][i];
    }
    return DYAD_OK;
}

/* As many kinds as there are, or, for a matrix, as there are records. */
static enum dyad_status
take_records(struct cox_job *j, struct kinds *k, struct dyad_error *err)
{
    enum { DIRECT_MAX = 1 << 18 };
    const struct model_frame *f = j->m->frame;
    const bool matrix = needs_matrix(j->m);
    enum dyad_status st = DYAD_OK;
    size_t numbers;

    if (!kinds_begin(k, f))
        return dyad_fail(err, DYAD_DATA, "times have more than 2^64 combinations with strata, or strata more than 2^32: join levels");
    if (!matrix && (k->n_keys > DIRECT_MAX || f->formula.response.has_entry)) {
        if (model_frame_each(f, j->m->group, collect_keys, k) != DYAD_OK)
            return no_memory(err);
        key_set_settle(&k->keys);
    }
    j->n = matrix ? j->m->group->n : k->keys.at ? k->keys.n : (size_t)k->n_keys;
    j->time = malloc((j->n + 1) * sizeof *j->time);
    j->event = malloc(j->n + 1);
    j->entry = f->formula.response.has_entry ? malloc((j->n + 1) * sizeof *j->entry) : NULL;
    j->stratum = f->n_strata ? malloc((j->n + 1) * sizeof *j->stratum) : NULL;
    j->cluster = matrix && f->has_cluster ? malloc((j->n + 1) * sizeof *j->cluster) : NULL;
    if (j->time == NULL || j->event == NULL || (f->formula.response.has_entry && j->entry == NULL) ||
        (f->n_strata && j->stratum == NULL) || (matrix && f->has_cluster && j->cluster == NULL))
        return no_memory(err);
    if (matrix)
        st = model_frame_each(f, j->m->group, fill_piece, &(struct filling){ j, k });
    for (size_t i = 0; !matrix && i < j->n; i++)
        fill_kind(j, k, i, k->keys.at ? k->keys.at[i] : i);
    if (st == DYAD_OK && j->stratum)
        st = model_renumber(j->stratum, j->n, &numbers);
    if (st == DYAD_OK && j->cluster)
        st = model_renumber(j->cluster, j->n, &numbers);
    return st == DYAD_OK ? st : no_memory(err);
}

/* --- what is told --------------------------------------------------------------------------- */

static enum dyad_status
fit_rows(struct cox_job *j)
{
    struct cox_fit shown = j->fit;
    const struct cox_fit *f = &shown;
    struct model_report *m = j->m;
    struct cox_concordance c;
    enum dyad_status st = cox_concordance(j->model, &c);

    if (st == DYAD_NOMEM)
        return st;
    if (m->frame->has_survey) /* weighted records have no likelihood */
        shown.loglik = shown.null_loglik = shown.lr.statistic = shown.lr.p_value = shown.score.statistic =
            shown.score.p_value = shown.wald.statistic = shown.wald.p_value = NAN;
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
        model_test_row(j->m, t < n_terms ? d->formula->terms[t].label : "GLOBAL", "ph", &tests[t], NAN);
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
    const double degrees = j->m->frame->has_survey ? survey_degrees(&j->m->frame->survey.survey->design) : NAN;
    const struct model_shown shown = { &j->data.design, p, j->estimates, j->m->frame->has_survey ? j->df : NULL, covariance,
                                       degrees, NULL };

    for (size_t i = 0; i < p; i++) {
        struct estimate *e = &j->estimates[i];
        j->df[i] = degrees;
        *e = wald_estimate(j->coefficients[i], sqrt(covariance[i * p + i]), j->m->how->level, degrees);
        if (j->m->how->profile && (j->states[i] == COX_FINITE || j->states[i] == COX_INFINITE)) {
            const enum dyad_status st = cox_profile(j->model, i, j->m->how->level, &e->lower, &e->upper);
            if (st == DYAD_NOMEM)
                return st;
            if (st != DYAD_OK)
                model_no_limits(j->m, &j->data.design, i, e);
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
    const size_t n = j->n, p = j->data.design.n_columns;
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

static enum dyad_status
fit(struct cox_job *j, struct dyad_error *err)
{
    const size_t p = j->data.design.n_columns;
    enum dyad_status st;

    j->coefficients = calloc(p + 1, sizeof *j->coefficients);
    j->covariance = calloc(p * p + 1, sizeof *j->covariance);
    j->states = calloc(p + 1, sizeof *j->states);
    j->estimates = calloc(p + 1, sizeof *j->estimates);
    j->df = calloc(p + 1, sizeof *j->df);
    if (j->df == NULL || j->coefficients == NULL || j->covariance == NULL || j->states == NULL || j->estimates == NULL)
        return no_memory(err);
    j->records = (struct cox_data){ .n = j->n, .entry = j->entry, .time = j->time, .event = j->event,
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
    if (j->m->how->errors != ERRORS_MODEL && (j->robust = calloc(p * p + 1, sizeof *j->robust)) == NULL)
        return no_memory(err);
    if (j->m->how->errors == ERRORS_DESIGN) {
        const struct survey *s = j->m->frame->survey.survey;
        if ((st = cox_survey(j->model, &s->design, s->records, j->robust)) != DYAD_OK)
            return explain(st, err);
    } else if (j->m->how->errors != ERRORS_MODEL) {
        size_t clusters;
        if ((st = cox_robust(j->model, j->cluster, j->robust, &clusters)) != DYAD_OK)
            return explain(st, err);
        if (clusters < 2)
            return dyad_fail(err, DYAD_DOMAIN, "these errors cannot be had: two clusters or more are needed");
        for (size_t i = 0; j->m->how->errors == ERRORS_CR1 && i < p * p; i++)
            j->robust[i] *= (double)clusters / ((double)clusters - 1);
    }
    note_infinite(j);
    return DYAD_OK;
}

static void
release(struct cox_job *j)
{
    cox_free(j->model);
    free(j->x);
    free(j->weight);
    free(j->offset);
    free(j->entry);
    free(j->time);
    free(j->event);
    free(j->stratum);
    free(j->cluster);
    free(j->coefficients);
    free(j->covariance);
    free(j->robust);
    free(j->states);
    free(j->estimates);
    free(j->df);
    model_data_release(&j->data);
}

enum dyad_status
model_cox(struct model_report *m, struct dyad_error *err)
{
    struct cox_job j = { .m = m };
    struct kinds kinds = { .keys = KEY_SET_INIT };
    const bool matrix = needs_matrix(m);
    const struct model_wants wants = { .response = matrix ? number_of : kind_of, .context = &kinds, .no_intercept = true,
                                       .ordered = matrix, .clusters = m->frame->has_cluster && !matrix };
    enum dyad_status st = take_records(&j, &kinds, err);

    if (st == DYAD_OK)
        st = model_data_make(m->frame, m->group, wants, &j.data, err);
    key_set_release(&kinds.keys);
    if (st == DYAD_OK && j.data.design.n_columns == 0)
        st = dyad_fail(err, DYAD_USAGE, "--formula: nothing stands right of ~ that a hazard could depend on");
    if (st == DYAD_OK && (st = fit(&j, err)) == DYAD_OK) {
        st = show(&j);
        if (st == DYAD_OK && option_wants_table(m->o, "tests", false) && !m->frame->has_survey)
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
    release(&j);
    return st;
}
