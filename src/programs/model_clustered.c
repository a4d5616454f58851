#include "model.h"

#include "dyad/stats/conditional.h"
#include "dyad/stats/gee.h"
#include "dyad/stats/mixed_logistic.h"
#include "dyad/stats/wald.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group as a matrix, for models that go by sets or clusters. */
struct dense_job {
    struct model_report *m;
    struct model_data data;
    size_t n, p;
    double *x, *response, *weight, *offset, *cluster_of;
    uint32_t *cluster;
    size_t clusters;
    double *coefficients, *covariance;
    struct estimate *estimates;
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static void
release(struct dense_job *j)
{
    free(j->x);
    free(j->response);
    free(j->weight);
    free(j->offset);
    free(j->cluster_of);
    free(j->cluster);
    free(j->coefficients);
    free(j->covariance);
    free(j->estimates);
    model_data_release(&j->data);
}

static enum dyad_status
make(struct dense_job *j, struct model_wants wants, struct dyad_error *err)
{
    enum dyad_status st;

    wants.ordered = wants.clusters = true;
    if ((st = model_data_make(j->m->frame, j->m->group, wants, &j->data, err)) != DYAD_OK)
        return st;
    j->n = (size_t)model_rows_count(j->data.rows);
    j->p = j->data.design.n_columns;
    if (j->p == 0)
        return dyad_fail(err, DYAD_DATA, "the formula has no term");
    if (j->n > SIZE_MAX / sizeof(double) / (j->p + 1))
        return no_memory(err);
    j->x = malloc((j->n * j->p + 1) * sizeof *j->x);
    j->response = malloc((j->n + 1) * sizeof *j->response);
    j->weight = malloc((j->n + 1) * sizeof *j->weight);
    j->offset = malloc((j->n + 1) * sizeof *j->offset);
    j->cluster_of = malloc((j->n + 1) * sizeof *j->cluster_of);
    j->cluster = malloc((j->n + 1) * sizeof *j->cluster);
    j->coefficients = calloc(j->p + 1, sizeof *j->coefficients);
    j->covariance = calloc(j->p * j->p + 1, sizeof *j->covariance);
    j->estimates = calloc(j->p + 1, sizeof *j->estimates);
    if (j->x == NULL || j->response == NULL || j->weight == NULL || j->offset == NULL || j->cluster_of == NULL ||
        j->cluster == NULL || j->coefficients == NULL || j->covariance == NULL || j->estimates == NULL)
        return no_memory(err);
    const struct model_dense dense = { j->x, j->response, j->weight, j->offset, j->cluster_of };
    if ((st = model_rows_dense(j->data.x, &dense)) != DYAD_OK)
        return no_memory(err);
    for (size_t i = 0; i < j->n; i++)
        j->cluster[i] = (uint32_t)j->cluster_of[i];
    return model_renumber(j->cluster, j->n, &j->clusters) == DYAD_OK ? DYAD_OK : no_memory(err);
}

/* The share of people with the outcome. */
static double
share_of_outcome(const struct dense_job *j)
{
    double events = 0, people = 0;

    for (size_t i = 0; i < j->n; i++) {
        events += j->weight[i] * j->response[i];
        people += j->weight[i];
    }
    return events / people;
}

static void
estimate(struct dense_job *j)
{
    for (size_t i = 0; i < j->p; i++)
        j->estimates[i] = wald_estimate(j->coefficients[i], sqrt(j->covariance[i * j->p + i]), j->m->how->level, NAN);
}

static enum dyad_status
show(struct dense_job *j)
{
    const struct model_shown shown = { &j->data.design, j->p, j->estimates, NULL, j->covariance, NAN, NULL };

    /* Of matched sets it is by design, not by nature. */
    j->m->outcome_share = j->m->how->family != FAMILY_CONDITIONAL && model_frame_has_events(j->m->frame) ? share_of_outcome(j)
                                                                                                         : NAN;
    return model_coefficients(j->m, &shown);
}

static void
count_row(const struct dense_job *j)
{
    double people = 0;

    for (size_t i = 0; i < j->n; i++)
        people += j->weight[i];
    model_fit_row(j->m, "n", people);
    model_fit_row(j->m, "dropped", j->m->frame->by.n ? NAN : (double)columns_dropped(j->m->frame->columns));
    model_fit_row(j->m, "parameters", (double)j->p);
}

/* --- clusters ------------------------------------------------------------------------------ */

static enum dyad_status
explain(const struct dense_job *j, enum dyad_status st, const struct clustered_why *why, struct dyad_error *err)
{
    static const char *const words[] = {
        [CLUSTERED_INVALID] = "the outcome or a term holds what the model cannot take",
        [CLUSTERED_SEPARATED] = ("some combination of the terms separates those with the outcome from those without: leave it "
                                 "out or join levels"),
        [CLUSTERED_EXACT] = "the terms leave nothing unexplained",
        [CLUSTERED_ALONE] = "two clusters or more are needed, one of them of two records or more",
        [CLUSTERED_BOUNDARY] = "a risk wants to be 1 or more: take the logit or a Poisson model",
        [CLUSTERED_WORKING] = "the working correlation is none for clusters of this size: take --working independence",
        [CLUSTERED_SIGMA] = "outcomes hardly differ within any cluster: the variance between clusters grows without end",
        [CLUSTERED_ITERATION] = "the iteration does not come to an end",
    };

    if (st == DYAD_NOMEM)
        return no_memory(err);
    if (why->trouble == CLUSTERED_COLLINEAR)
        return dyad_fail(err, DYAD_DOMAIN, "%s says nothing that the columns before it do not say: leave it out",
                         j->data.design.columns[why->column].name);
    return dyad_fail(err, st == DYAD_NOCONV ? st : DYAD_DOMAIN, "%s", words[why->trouble] ? words[why->trouble] : "no answer");
}

static struct clustered_rows
rows_of(const struct dense_job *j)
{
    return (struct clustered_rows){ .n = j->n, .p = j->p, .x = j->x, .y = j->response, .times = j->weight,
                                    .offset = j->offset, .cluster = j->cluster, .clusters = j->clusters };
}

enum dyad_status
model_mixed_logistic(struct model_report *m, struct dyad_error *err)
{
    struct dense_job j = { .m = m };
    struct clustered_why why = { CLUSTERED_FINE, 0 };
    struct mixed_fit fit;
    enum dyad_status st = make(&j, (struct model_wants){ .ordered = true }, err);

    if (st == DYAD_OK) {
        const struct clustered_rows rows = rows_of(&j);
        const struct mixed_output output = { j.coefficients, j.covariance, NULL };
        double low = NAN, high = NAN;
        if ((st = mixed_logistic(&rows, (unsigned)m->how->points, &fit, &output, &why)) != DYAD_OK) {
            st = explain(&j, st, &why, err);
        } else if (estimate(&j), (st = show(&j)) != DYAD_OK) {
            no_memory(err);
        } else if (option_wants_table(m->o, "fit", false)) {
            const double lr = 2 * (fit.log_lik - fit.log_lik_fixed);
            if (mixed_logistic_sigma_limits(&rows, (unsigned)m->how->points, m->how->level, &low, &high, &why) != DYAD_OK)
                low = high = NAN;
            count_row(&j);
            model_fit_row(m, "clusters", (double)fit.clusters);
            model_fit_row(m, "log_lik", fit.log_lik);
            model_fit_row(m, "log_lik_fixed", fit.log_lik_fixed);
            model_fit_row(m, "aic", 2 * ((double)j.p + 1 - fit.log_lik));
            model_fit_row(m, "bic", ((double)j.p + 1) * log(fit.people) - 2 * fit.log_lik);
            model_fit_row(m, "sigma", fit.sigma);
            model_fit_row(m, "sigma_low", low);
            model_fit_row(m, "sigma_high", high);
            model_fit_row(m, "icc", fit.icc);
            model_fit_row(m, "lr_of_sigma", lr);
            model_fit_row(m, "iterations", (double)fit.iterations);
        }
    }
    release(&j);
    return st;
}

enum dyad_status
model_gee(struct model_report *m, struct dyad_error *err)
{
    struct dense_job j = { .m = m };
    struct clustered_why why = { CLUSTERED_FINE, 0 };
    static const enum gee_family families[MODEL_FAMILIES] = {
        [FAMILY_LOGISTIC] = GEE_LOGISTIC, [FAMILY_LOG_BINOMIAL] = GEE_LOG_BINOMIAL, [FAMILY_POISSON] = GEE_POISSON,
        [FAMILY_MODIFIED_POISSON] = GEE_POISSON, [FAMILY_LINEAR] = GEE_LINEAR,
    };
    const struct gee_method method = { families[m->how->mean], m->how->exchangeable ? GEE_EXCHANGEABLE : GEE_INDEPENDENCE,
                                       GEE_MOMENTS_ALL, false };
    struct gee_output output = { NULL, NULL, NULL, NULL, NULL, NULL };
    struct gee_fit fit;
    enum dyad_status st = make(&j, (struct model_wants){ .ordered = true }, err);

    if (st == DYAD_OK) {
        const struct clustered_rows rows = rows_of(&j);
        output.coefficients = j.coefficients;
        switch (m->how->correction) {
        case CORRECTION_KAUERMANN_CARROLL: output.kauermann_carroll = j.covariance; break;
        case CORRECTION_MANCL_DEROUEN: output.mancl_derouen = j.covariance; break;
        case CORRECTION_FAY_GRAUBARD: output.fay_graubard = j.covariance; break;
        default: *(m->how->errors == ERRORS_MODEL && m->how->errors_named ? &output.model : &output.robust) = j.covariance;
        }
        if ((st = gee(&rows, &method, &fit, &output, &why)) != DYAD_OK) {
            st = explain(&j, st, &why, err);
        } else if (estimate(&j), (st = show(&j)) != DYAD_OK) {
            no_memory(err);
        } else if (option_wants_table(m->o, "fit", false)) {
            count_row(&j);
            model_fit_row(m, "clusters", (double)fit.clusters);
            model_fit_row(m, "largest_cluster", fit.largest);
            model_fit_row(m, "alpha", fit.alpha);
            model_fit_row(m, "scale", fit.scale);
            model_fit_row(m, "qic", fit.qic);
            model_fit_row(m, "iterations", (double)fit.iterations);
        }
        if (st == DYAD_OK && m->margins)
            st = model_margins(m, &j.data, &(struct glm_fit){ .p = j.p, .coefficients = j.coefficients }, j.covariance, err);
    }
    release(&j);
    return st;
}

/* --- matched sets --------------------------------------------------------------------------- */

static enum dyad_status
conditional_rows(struct dense_job *j, const struct conditional_fit *f)
{
    struct model_report *m = j->m;

    model_fit_row(m, "n", f->records);
    model_fit_row(m, "dropped", m->frame->by.n ? NAN : (double)columns_dropped(m->frame->columns));
    model_fit_row(m, "events", f->events);
    model_fit_row(m, "sets", (double)f->sets);
    model_fit_row(m, "uninformative_sets", (double)f->uninformative);
    model_fit_row(m, "parameters", (double)f->rank);
    model_fit_row(m, "log_lik", f->loglik);
    model_fit_row(m, "null_log_lik", f->null_loglik);
    model_fit_row(m, "aic", 2 * ((double)f->rank - f->loglik));
    model_fit_row(m, "lr", f->lr.statistic);
    model_fit_row(m, "lr_p", f->lr.p_value);
    model_fit_row(m, "score", f->score.statistic);
    model_fit_row(m, "wald", f->wald.statistic);
    model_fit_row(m, "iterations", (double)f->iterations);
    return DYAD_OK;
}

static void
note_states(struct dense_job *j, const enum cox_state *states)
{
    for (size_t i = 0; i < j->p; i++)
        if (states[i] == COX_ALIASED)
            result_note(j->m->r, "%s has no estimate: it does not differ within sets, or the columns before it say what it says.",
                        j->data.design.columns[i].name);
        else if (states[i] == COX_INFINITE)
            result_note(j->m->r, "%s is infinite: in every set it is larger (or smaller) for the cases; join levels or leave it "
                                 "out.", j->data.design.columns[i].name);
}

/* Limits by the likelihood; where they are not found they are empty, and that is said. */
static enum dyad_status
profile(struct dense_job *j, struct conditional_model *model, const enum cox_state *states)
{
    for (size_t i = 0; i < j->p; i++) {
        struct estimate *e = &j->estimates[i];
        if (states[i] != COX_FINITE && states[i] != COX_INFINITE)
            continue;
        const enum dyad_status st = conditional_profile(model, i, j->m->how->level, &e->lower, &e->upper);
        if (st == DYAD_NOMEM)
            return st;
        if (st != DYAD_OK)
            model_no_limits(j->m, &j->data.design, i, e);
    }
    return DYAD_OK;
}

static enum dyad_status
fit_conditional(struct dense_job *j, struct conditional_model *model, struct dyad_error *err)
{
    struct model_report *m = j->m;
    struct conditional_fit fit;
    enum cox_state *states = calloc(j->p + 1, sizeof *states);
    enum dyad_status st = states ? DYAD_OK : DYAD_NOMEM;

    if (st == DYAD_OK)
        st = conditional_fit(model, j->coefficients, j->covariance, states, &fit);
    if (st == DYAD_OK && m->how->errors != ERRORS_MODEL) {
        size_t clusters = 0;
        st = conditional_robust(model, NULL, j->covariance, &clusters);
    }
    if (st == DYAD_OK) {
        note_states(j, states);
        estimate(j);
        if (m->how->profile)
            st = profile(j, model, states);
    }
    if (st == DYAD_OK)
        st = show(j);
    if (st == DYAD_OK && option_wants_table(m->o, "fit", false))
        st = conditional_rows(j, &fit);
    free(states);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_OK ? st : dyad_fail(err, st, "the conditional likelihood has no maximum that could be found");
}

/* Does each set stand for as many in all its records? */
static enum dyad_status
check_sets(const struct dense_job *j, struct dyad_error *err)
{
    double *weight = calloc(j->clusters + 1, sizeof *weight);
    enum dyad_status st = weight ? DYAD_OK : no_memory(err);

    for (size_t i = 0; st == DYAD_OK && i < j->n; i++) {
        double *w = &weight[j->cluster[i]];
        if (*w != 0 && *w != j->weight[i])
            st = dyad_fail(err, DYAD_DATA, "--freq %s: it differs within a set, which can stand only as a whole for several",
                           j->m->o->cohort.frequency);
        *w = j->weight[i];
    }
    free(weight);
    return st;
}

enum dyad_status
model_conditional(struct model_report *m, struct dyad_error *err)
{
    struct dense_job j = { .m = m };
    struct conditional_model *model = NULL;
    unsigned char *event = NULL;
    enum dyad_status st;

    if (m->frame->counts)
        return dyad_fail(err, DYAD_USAGE, "--family conditional needs a record for each case and control, not EVENTS/TOTAL");
    st = make(&j, (struct model_wants){ .ordered = true, .no_intercept = true, .sets = true }, err);

    if (st == DYAD_OK)
        st = check_sets(&j, err);
    if (st == DYAD_OK && (event = malloc(j.n + 1)) == NULL)
        st = no_memory(err);
    for (size_t i = 0; st == DYAD_OK && i < j.n; i++)
        event[i] = j.response[i] > 0;
    if (st == DYAD_OK) {
        const struct conditional_data data = { .n = j.n, .set = j.cluster, .event = event, .p = j.p, .x = j.x,
                                               .weight = j.weight, .offset = j.offset };
        st = conditional_new(&data, &model);
        if (st == DYAD_NOMEM)
            no_memory(err);
        else if (st != DYAD_OK)
            dyad_fail(err, st, "no set has both a case and a control: there is nothing to compare");
    }
    if (st == DYAD_OK)
        st = fit_conditional(&j, model, err);
    conditional_free(model);
    free(event);
    release(&j);
    return st;
}
