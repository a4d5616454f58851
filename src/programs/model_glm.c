#include "model.h"

#include "dyad/stats/classification.h"
#include "dyad/stats/firth.h"
#include "dyad/stats/separation.h"
#include "dyad/stats/wald.h"

#include "model_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One generalised linear model of a group. */
struct glm_job {
    struct model_report *m;
    struct model_data data;
    struct glm_spec spec;
    struct glm_fit fit;
    struct estimate *estimates;
    double *df, *covariance;
    struct glm_cluster_terms terms; /* of cr2 */
    double *slopes; /* the coefficients, 0 of those without an estimate: what predicts */
};

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

enum glm_family
model_glm_family(enum model_family family)
{
    switch (family) {
    case FAMILY_LOG_BINOMIAL: return GLM_LOG_BINOMIAL;
    case FAMILY_POISSON:
    case FAMILY_MODIFIED_POISSON: return GLM_POISSON;
    case FAMILY_NEGATIVE_BINOMIAL: return GLM_NEGATIVE_BINOMIAL;
    case FAMILY_LINEAR: return GLM_LINEAR;
    default: return GLM_LOGISTIC;
    }
}

static bool
is_binary(const struct model_report *m)
{
    return m->how->family == FAMILY_LOGISTIC || m->how->family == FAMILY_LOG_BINOMIAL ||
           m->how->family == FAMILY_MODIFIED_POISSON;
}

/* --- what is told of the fit ---------------------------------------------------------------- */

struct scoring {
    struct scores *scores;
    enum glm_family family;
};

static void
score_batch(const struct model_batch *b, void *context)
{
    const struct scoring *s = context;
    double means[MODEL_BATCH];

    for (size_t i = 0; i < b->n; i++)
        means[i] = glm_mean(s->family, b->eta[i]);
    scores_add(s->scores, means, b->response, b->prior, b->n);
}

static enum dyad_status
count_scores(struct glm_job *j, struct scores *scores)
{
    struct scoring scoring = { scores, j->spec.family };
    const enum dyad_status st = model_rows_visit(j->data.x, j->slopes, score_batch, &scoring);

    return st == DYAD_OK ? scores_finish(scores) : st;
}

static enum dyad_status
discrimination_rows(struct glm_job *j)
{
    struct scores scores = SCORES_INIT;
    struct risk_groups *groups = malloc(sizeof *groups);
    struct auc auc;
    struct test fit = { NAN, NAN, NAN };
    enum dyad_status st = groups ? count_scores(j, &scores) : DYAD_NOMEM;

    if (st == DYAD_OK) {
        const bool has = classification_auc(&scores, j->m->how->level, &auc) == DYAD_OK;
        model_fit_row(j->m, "auc", has ? auc.area.value : NAN);
        model_fit_row(j->m, "auc_low", has ? auc.area.lower : NAN);
        model_fit_row(j->m, "auc_high", has ? auc.area.upper : NAN);
        if (classification_groups(&scores, RISK_GROUPS, j->m->how->level, groups) == DYAD_OK)
            classification_hosmer_lemeshow(groups, &fit);
        model_fit_row(j->m, "hosmer_lemeshow", fit.statistic);
        model_fit_row(j->m, "hosmer_lemeshow_p", fit.p_value);
    }
    scores_release(&scores);
    free(groups);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static enum dyad_status
draw_roc(const struct glm_job *j, const struct scores *scores, struct scatter *out)
{
    struct roc_picture picture = { .n = scores->n + 1, .level = j->m->how->level };
    struct roc_point *points = calloc(scores->n + 1, sizeof *points);
    enum dyad_status st = points ? DYAD_OK : DYAD_NOMEM;

    picture.points = points;
    if (st == DYAD_OK && (st = classification_roc(scores, points)) == DYAD_OK &&
        (st = classification_auc(scores, j->m->how->level, &picture.auc)) == DYAD_OK)
        st = model_picture_roc(&picture, out);
    free(points);
    return st;
}

static enum dyad_status
draw_calibration(const struct glm_job *j, const struct scores *scores, struct scatter *out)
{
    struct risk_groups *groups = malloc(sizeof *groups);
    struct calibration line;
    struct calibration_picture picture = { .groups = groups, .hosmer_lemeshow = { NAN, NAN, NAN }, .level = j->m->how->level };
    enum dyad_status st = groups ? classification_groups(scores, RISK_GROUPS, j->m->how->level, groups) : DYAD_NOMEM;

    if (st == DYAD_OK) {
        classification_hosmer_lemeshow(groups, &picture.hosmer_lemeshow);
        if (classification_calibration(scores, j->m->how->level, &line) == DYAD_OK)
            picture.line = &line;
        st = model_picture_calibration(&picture, out);
    }
    free(groups);
    return st;
}

static enum dyad_status
draw_scores(struct glm_job *j, struct dyad_error *err)
{
    const bool roc = option_given(j->m->o, "roc"), calibration = option_given(j->m->o, "calibration");
    struct scores scores = SCORES_INIT;
    enum dyad_status st;

    if (!roc && !calibration)
        return DYAD_OK;
    st = count_scores(j, &scores);
    if (st == DYAD_OK && roc)
        st = draw_roc(j, &scores, outcome_picture(j->m->out, "roc"));
    if (st == DYAD_OK && calibration)
        st = draw_calibration(j, &scores, outcome_picture(j->m->out, "calibration"));
    scores_release(&scores);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_OK ? st : dyad_fail(err, st, "no picture of predicted risks can be drawn: they must lie between 0 and 1");
}

/* Records that hold EVENTS of TOTAL: what they add to the likelihood of their people one by one. */
struct binomials {
    const struct model_frame *frame;
    double choose;    /* sum of log(TOTAL choose EVENTS) */
    double saturated; /* the likelihood, without that, of each record's own share */
    double records;   /* of people */
};

static enum dyad_status
add_binomials(const struct frame_piece *p, void *context)
{
    struct binomials *b = context;
    const struct formula_response *y = &b->frame->formula.response;
    const struct frame_column *events = &b->frame->at[y->column], *totals = &b->frame->at[y->total];

    for (size_t i = 0; i < p->n; i++) {
        const double with = events->numbers[p->codes[events->factor][i]], all = totals->numbers[p->codes[totals->factor][i]];
        const double times = p->weights ? p->weights[i] : 1;
        if (!(all > 0))
            continue;
        b->records += times;
        b->choose += times * log_choose(all, with);
        b->saturated += times * ((with > 0 ? with * log(with / all) : 0) + (with < all ? (all - with) * log1p(-with / all) : 0));
    }
    return DYAD_OK;
}

/* As R's glm of cbind(events, others): records are binomials, and the saturated model has a share for each. */
static enum dyad_status
as_binomials(const struct glm_job *j, struct glm_fit *f)
{
    struct binomials b = { .frame = j->m->frame };
    const double k = (double)f->rank;

    if (!j->m->frame->counts)
        return DYAD_OK;
    if (model_frame_each(j->m->frame, j->m->group, add_binomials, &b) != DYAD_OK)
        return DYAD_NOMEM;
    f->deviance = 2 * (b.saturated - f->log_likelihood);
    f->null_deviance = 2 * (b.saturated - f->null_log_likelihood);
    f->log_likelihood += b.choose;
    f->null_log_likelihood += b.choose;
    f->aic = 2 * (k - f->log_likelihood);
    f->bic = k * log(b.records) - 2 * f->log_likelihood;
    return DYAD_OK;
}

/* Weighted records have none. */
static void
forget_likelihood(struct glm_fit *f)
{
    f->log_likelihood = f->null_log_likelihood = f->deviance = f->null_deviance = f->aic = f->bic = NAN;
    f->dispersion = f->df_residual = NAN;
}

static enum dyad_status
fit_rows(struct glm_job *j)
{
    struct glm_fit shown = j->fit, *f = &shown;
    const struct model_report *m = j->m;
    const bool design = m->how->errors == ERRORS_DESIGN;

    if (design)
        forget_likelihood(f);
    if (is_binary(m) && m->how->family != FAMILY_MODIFIED_POISSON && as_binomials(j, f) != DYAD_OK)
        return DYAD_NOMEM;
    model_fit_row(m, "n", f->n);
    model_fit_row(m, "dropped", m->frame->by.n ? NAN : (double)columns_dropped(m->frame->columns));
    model_fit_row(m, "parameters", (double)f->rank);
    model_fit_row(m, "log_lik", f->log_likelihood);
    model_fit_row(m, "null_log_lik", f->null_log_likelihood);
    model_fit_row(m, "deviance", f->deviance);
    model_fit_row(m, "null_deviance", f->null_deviance);
    model_fit_row(m, "aic", f->aic);
    model_fit_row(m, "bic", f->bic);
    model_fit_row(m, "iterations", (double)f->iterations);
    if (m->how->family == FAMILY_LINEAR) {
        model_fit_row(m, "sigma", sqrt(f->dispersion));
        model_fit_row(m, "df_residual", f->df_residual);
        model_fit_row(m, "r_squared", 1 - f->deviance / f->null_deviance);
    }
    if (m->how->family == FAMILY_NEGATIVE_BINOMIAL) {
        model_fit_row(m, "theta", f->theta);
        model_fit_row(m, "theta_error", f->theta_error);
    }
    return m->how->family == FAMILY_LOGISTIC && !design ? discrimination_rows(j) : DYAD_OK;
}

static bool
has_part(const struct formula_term *t, size_t atom)
{
    for (size_t i = 0; i < t->n_parts; i++)
        if (t->parts[i].atom == atom)
            return true;
    return false;
}

/* Is the term contained in an interaction?  Then what it adds to the others has no meaning. */
static bool
is_part_of_another(const struct formula *f, size_t term)
{
    for (size_t k = 0; k < f->n_terms; k++) {
        bool all = k != term;
        for (size_t i = 0; all && i < f->terms[term].n_parts; i++)
            all = has_part(&f->terms[k], f->terms[term].parts[i].atom);
        if (all)
            return true;
    }
    return false;
}

/* Errors that do not trust the model leave its likelihood without a meaning. */
static bool
has_likelihood(const struct model_report *m)
{
    return m->how->errors == ERRORS_MODEL && m->how->family != FAMILY_MODIFIED_POISSON;
}

/* Twice the log-likelihood that each term adds to the others. */
static enum dyad_status
likelihood_ratio_rows(struct glm_job *j)
{
    const struct design *d = &j->data.design;
    size_t *which = calloc(d->n_columns + 1, sizeof *which);
    bool *tested = calloc(d->n_columns + 1, sizeof *tested);
    enum dyad_status st = which && tested ? DYAD_OK : DYAD_NOMEM;

    for (size_t term = 1; st == DYAD_OK && term <= d->formula->n_terms; term++) {
        struct test test;
        if (is_part_of_another(d->formula, term - 1))
            continue;
        const size_t n = model_term_columns(d, term, which);
        memset(tested, 0, d->n_columns * sizeof *tested);
        for (size_t i = 0; i < n; i++)
            tested[which[i]] = true;
        st = j->m->how->firth ? firth_ratio_test(&j->spec, &j->fit, tested, &test)
                              : glm_ratio_test(&j->spec, &j->fit, tested, &test);
        if (st == DYAD_OK)
            model_test_row(j->m, d->formula->terms[term - 1].label, "lr", &test, NAN);
        st = st == DYAD_NOMEM ? st : DYAD_OK;
    }
    free(which);
    free(tested);
    return st;
}

/* --- the fit -------------------------------------------------------------------------------- */

static void
note_dependence(struct glm_job *j)
{
    const struct glm_fit *f = &j->fit;
    const struct design *d = &j->data.design;

    for (size_t k = 0; k < f->p; k++) {
        struct text t = TEXT_INIT;
        size_t n = 0;
        if (!f->dependent[k])
            continue;
        for (size_t l = 0; l < f->p; l++)
            if (fabs(f->dependence[k * f->p + l]) > 1e-6)
                text_printf(&t, "%s%s", n++ ? ", " : "", d->columns[l].name);
        result_note(j->m->r, "%s has no estimate: %s%s.", d->columns[k].name,
                    n ? "it says nothing that the columns before it do not say: "
                      : "it is 0 for every record, or too small to be told from 0",
                    t.failed || !n ? "" : t.at);
        j->m->r->failed = j->m->r->failed || t.failed;
        text_release(&t);
    }
}

/* Which columns run to infinity, and where to; false where nothing is separated or it is not known. */
static bool
name_separation(const struct glm_job *j, struct text *out)
{
    enum { NAMED_MOST = 10 };
    const size_t p = j->data.design.n_columns;
    bool *independent = calloc(p + 1, sizeof *independent), *infinite = calloc(p + 1, sizeof *infinite);
    double *direction = calloc(p + 1, sizeof *direction);
    struct separation found = { SEPARATION_NONE, 0 };
    size_t n = 0;

    for (size_t i = 0; independent && i < p; i++)
        independent[i] = true;
    if (independent && infinite && direction &&
        separation_find(&j->spec, independent, infinite, direction, &found) == DYAD_OK)
        for (size_t i = 0; found.kind != SEPARATION_NONE && i < p; i++)
            if (infinite[i] && n++ < NAMED_MOST)
                text_printf(out, "%s%s", n > 1 ? ", " : found.kind == SEPARATION_COMPLETE ? "complete separation by " :
                            "quasi-complete separation by ", j->data.design.columns[i].name);
    if (n > NAMED_MOST)
        text_printf(out, " and %zu more", n - NAMED_MOST);
    free(independent);
    free(infinite);
    free(direction);
    return n > 0 && !out->failed;
}

static enum dyad_status
explain(const struct glm_job *j, enum dyad_status st, struct dyad_error *err)
{
    struct text columns = TEXT_INIT;

    if (st == DYAD_NOMEM)
        return no_memory(err);
    if (st == DYAD_NOCONV && j->m->how->family != FAMILY_LINEAR && name_separation(j, &columns))
        dyad_fail(err, st, "the likelihood has no maximum: %s: %s tells outcomes for certain, so that the coefficients are "
                           "infinite; %s", columns.at, strchr(columns.at, ',') ? "a combination of these" : "it",
                  j->m->how->family == FAMILY_LOGISTIC ? "leave it out, join levels, or take --penalty firth"
                                                       : "leave it out or join levels");
    else if (st == DYAD_NOCONV && j->m->how->family == FAMILY_NEGATIVE_BINOMIAL)
        dyad_fail(err, st, "the likelihood has no maximum that could be found: where counts vary no more than Poisson's, theta "
                           "is infinite: take --family poisson");
    else if (st == DYAD_NOCONV)
        dyad_fail(err, st, "the likelihood has no maximum that could be found");
    else
        dyad_fail(err, st = DYAD_DOMAIN, "the response is not what the family %s can have%s",
                  model_family_name(j->m->how->family),
                  j->m->how->family == FAMILY_POISSON || j->m->how->family == FAMILY_NEGATIVE_BINOMIAL
                      ? ": numbers from 0 are needed" : "");
    text_release(&columns);
    return st;
}

/* Does the outcome vary at all? */
struct variation {
    bool frequency;
    double events, n, weight, least, most;
};

static void
count_events(const struct model_batch *b, void *context)
{
    struct variation *v = context;

    for (size_t i = 0; i < b->n; i++) {
        v->events += b->prior[i] * b->response[i];
        v->n += v->frequency ? b->prior[i] : b->times[i];
        v->weight += b->prior[i];
        v->least = fmin(v->least, b->response[i]);
        v->most = fmax(v->most, b->response[i]);
    }
}

static enum dyad_status
check_outcome(struct glm_job *j, struct dyad_error *err)
{
    struct variation v = { .frequency = j->spec.frequency, .least = INFINITY, .most = -INFINITY };

    if (model_rows_visit(j->data.x, NULL, count_events, &v) != DYAD_OK)
        return no_memory(err);
    j->m->outcome_share = is_binary(j->m) ? v.events / v.weight : NAN;
    if (is_binary(j->m) && v.least == v.most)
        return dyad_fail(err, DYAD_DOMAIN, "%s of the %.0f records used has the outcome: there is nothing to explain",
                         v.events == 0 ? "none" : "every one", v.n);
    if (v.least == v.most && (v.most == 0 || j->m->how->family == FAMILY_LINEAR))
        return dyad_fail(err, DYAD_DOMAIN, "the outcome is %s for each of the %.0f records used: there is nothing to explain",
                         v.most == 0 ? "0" : "the same", v.n);
    return DYAD_OK;
}

static enum dyad_status
take_design_errors(struct glm_job *j, struct dyad_error *err)
{
    const struct survey *s = j->m->frame->survey.survey;
    const enum dyad_status st = glm_survey_covariance(&j->spec, &j->fit, &s->design, s->records, j->covariance);

    for (size_t i = 0; i < j->fit.p; i++)
        j->df[i] = survey_degrees(&s->design);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_OK ? st : dyad_fail(err, st, "no errors can be had: some risk is 1 at the maximum of the likelihood");
}

/* The errors that were asked for, in place of the model's. */
static enum dyad_status
take_errors(struct glm_job *j, struct dyad_error *err)
{
    static const enum glm_robust kinds[] = { [ERRORS_HC0] = GLM_HC0, [ERRORS_HC1] = GLM_HC1, [ERRORS_HC2] = GLM_HC2,
                                             [ERRORS_HC3] = GLM_HC3, [ERRORS_CR0] = GLM_CR0, [ERRORS_CR1] = GLM_CR1,
                                             [ERRORS_CR2] = GLM_CR2 };
    const size_t p = j->fit.p;
    enum dyad_status st;

    for (size_t i = 0; i < p; i++)
        j->df[i] = j->m->how->family == FAMILY_LINEAR ? j->fit.df_residual : NAN;
    if (j->m->how->errors == ERRORS_MODEL) {
        memcpy(j->covariance, j->fit.covariance, p * p * sizeof *j->covariance);
        return DYAD_OK;
    }
    if (j->m->how->errors == ERRORS_DESIGN)
        return take_design_errors(j, err);
    st = glm_robust_covariance(&j->spec, &j->fit, kinds[j->m->how->errors], j->covariance,
                               j->m->how->errors == ERRORS_CR2 ? j->df : NULL, &j->terms);
    if (st == DYAD_NOMEM)
        return no_memory(err);
    return st == DYAD_OK ? st
                         : dyad_fail(err, st, "these errors cannot be had: two clusters or more are needed, of at most 4000 "
                                              "records under cr2");
}

static enum dyad_status
profile(struct glm_job *j)
{
    for (size_t i = 0; i < j->fit.p; i++) {
        struct estimate *e = &j->estimates[i];
        if (isnan(j->fit.coefficients[i]))
            continue;
        const enum dyad_status st = (j->m->how->firth ? firth_profile : glm_profile)(&j->spec, &j->fit, i, j->m->how->level,
                                                                                     &e->lower, &e->upper);
        if (st == DYAD_NOMEM)
            return st;
        if (st != DYAD_OK)
            model_no_limits(j->m, &j->data.design, i, e);
    }
    return DYAD_OK;
}

static enum dyad_status
show(struct glm_job *j)
{
    const struct glm_fit *f = &j->fit;
    const bool design = j->m->how->errors == ERRORS_DESIGN, t = j->m->how->family == FAMILY_LINEAR || design;
    const bool has_df = t || j->m->how->errors == ERRORS_CR2;
    const struct cluster_terms terms = { j->terms.n, f->p, j->terms.at,
                                         j->terms.n ? j->terms.at + j->terms.n * f->p * f->p : NULL };
    const struct model_shown shown = { &j->data.design, f->p, j->estimates, has_df ? j->df : NULL, j->covariance,
                                       design ? j->df[0] : t ? f->df_residual : NAN, j->terms.n ? &terms : NULL };
    enum dyad_status st;

    for (size_t i = 0; i < f->p; i++)
        j->estimates[i] = wald_estimate(f->coefficients[i], sqrt(j->covariance[i * f->p + i]), j->m->how->level, j->df[i]);
    if (j->m->how->profile && (st = profile(j)) != DYAD_OK)
        return st;
    return model_coefficients(j->m, &shown);
}

enum dyad_status
model_glm(struct model_report *m, struct dyad_error *err)
{
    struct glm_job j = { .m = m, .fit = GLM_FIT_INIT };
    enum dyad_status st = model_data_make(m->frame, m->group, (struct model_wants){ .clusters = m->frame->has_cluster },
                                          &j.data, err);

    if (st != DYAD_OK)
        goto done;
    const size_t p = j.data.design.n_columns, intercept = model_intercept(&j.data.design);
    if (p == 0) {
        st = dyad_fail(err, DYAD_DATA, "the formula has no term at all");
        goto done;
    }
    j.spec = (struct glm_spec){ .design = j.data.x, .family = model_glm_family(m->how->family),
                                .intercept = intercept < p ? intercept : GLM_NO_INTERCEPT,
                                .frequency = !m->frame->has_survey,
                                .threads = m->frame->n_threads };
    j.estimates = calloc(p, sizeof *j.estimates);
    j.df = calloc(p, sizeof *j.df);
    j.slopes = calloc(p, sizeof *j.slopes);
    j.covariance = calloc(p * p, sizeof *j.covariance);
    if (j.estimates == NULL || j.df == NULL || j.slopes == NULL || j.covariance == NULL)
        st = no_memory(err);
    else if ((st = check_outcome(&j, err)) == DYAD_OK && (st = (m->how->firth ? firth_estimate : glm_estimate)(&j.spec, &j.fit)) != DYAD_OK)
        st = explain(&j, st, err);
    if (st == DYAD_OK && !isfinite(j.fit.log_likelihood))
        st = dyad_fail(err, DYAD_DOMAIN, "the likelihood is not finite: is a response, an offset or a term in too large a unit?");
    if (st == DYAD_OK)
        st = take_errors(&j, err);
    if (st == DYAD_OK) {
        for (size_t i = 0; i < p; i++)
            j.slopes[i] = isnan(j.fit.coefficients[i]) ? 0 : j.fit.coefficients[i];
        note_dependence(&j);
        st = show(&j);
        if (st == DYAD_OK && option_wants_table(m->o, "tests", false) && has_likelihood(m))
            st = likelihood_ratio_rows(&j);
        if (st == DYAD_OK && option_wants_table(m->o, "fit", false))
            st = fit_rows(&j);
        if (st == DYAD_OK && m->vif)
            st = model_vif(m, &j.data.design, j.fit.covariance);
        if (st != DYAD_OK)
            no_memory(err);
        if (st == DYAD_OK)
            st = draw_scores(&j, err);
        if (st == DYAD_OK && m->margins)
            st = model_margins(m, &j.data, &j.fit, j.covariance, err);
    }
done:
    free(j.estimates);
    free(j.df);
    free(j.slopes);
    free(j.covariance);
    free(j.terms.at);
    glm_fit_release(&j.fit);
    model_data_release(&j.data);
    return st;
}
