#include "dyad/stats/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"

/* ---- the model ---- */

void
cox_free(struct cox_model *m)
{
    if (m == NULL)
        return;

    void *const owned[] = {
        m->moment_time, m->moment_stratum, m->first_moment, m->deaths,     m->death_weight,
        m->bin,         m->second,         m->spans,        m->center,     m->mean,
        m->range,       m->indicator,      m->sums,         m->dead_sums,  m->hazard,
        m->multiplier,  m->shift,          m->bin_sums,     m->running,    m->part_sums,
        m->blocks,      m->steps,          m->firth_room,  m->penalized,
        m->plain_mean,   m->dots,           m->columns,      m->kind_weight, m->ahead,     m->level,
    };

    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    cox_cells_free(m->cells);
    newton_work_release(&m->newton);
    fitted_release(&m->fit);
    free(m);
}

static enum dyad_status
reserve_columns(struct cox_model *m)
{
    const size_t p = m->p;

    m->center = calloc(p + 1, sizeof *m->center);
    m->mean = calloc(p + 1, sizeof *m->mean);
    m->plain_mean = calloc(p + 1, sizeof *m->plain_mean);
    m->range = calloc(p + 1, sizeof *m->range);
    m->indicator = calloc(p + 1, sizeof *m->indicator);
    if (!m->center || !m->mean || !m->plain_mean || !m->range || !m->indicator ||
        fitted_reserve(&m->fit, p) != DYAD_OK)
        return DYAD_NOMEM;
    return newton_work_reserve(&m->newton, p);
}

static enum dyad_status
reserve_moments(struct cox_model *m)
{
    m->deaths = calloc(m->moments, sizeof *m->deaths);
    m->death_weight = calloc(m->moments, sizeof *m->death_weight);
    m->steps = calloc(m->moments, sizeof *m->steps);
    if (!m->deaths || !m->death_weight || !m->steps)
        return DYAD_NOMEM;
    return cox_sums_reserve(m);
}

/* ---- once over the rows ---- */

struct survey {
    struct cox_model *m;
    double weight;
    bool valid;
};

static void
count_row(const struct cox_row *row, void *context)
{
    struct survey *s = context;
    struct cox_model *m = s->m;
    const double weight = row->times * row->weight;
    const double records = m->data.counts ? weight : row->weight > 0 ? row->times : 0;

    s->weight += weight;
    m->records += records;
    for (size_t j = 0; j < m->p; j++) {
        m->mean[j] += weight * row->z[j];
        m->plain_mean[j] += records * row->z[j];
        s->valid = s->valid && isfinite(row->z[j]);
    }
    m->offset_most = fmax(m->offset_most, fabs(row->eta));
    if (cox_is_dead(m, row->record)) {
        const uint32_t g = m->spans[m->bin[row->record]].anchor;

        m->deaths[g] += records;
        m->death_weight[g] += weight;
        m->events += records;
    }
}

static void
measure_row(const struct cox_row *row, void *context)
{
    struct survey *s = context;
    struct cox_model *m = s->m;

    for (size_t j = 0; j < m->p; j++) {
        const double x = row->z[j];

        m->range[j] = fmax(m->range[j], fabs(x - m->mean[j]));
        m->indicator[j] = m->indicator[j] && (x == 0 || fabs(x) == 1);
    }
}

static enum dyad_status
look_at_matrix(struct cox_model *m)
{
    struct survey s = { m, 0, true };
    enum dyad_status st = cox_rows_visit(m, m->fit.beta, true, count_row, &s);

    if (st != DYAD_OK)
        return st;
    if (!s.valid)
        return DYAD_DOMAIN;
    for (size_t j = 0; j < m->p; j++) {
        m->mean[j] /= s.weight;
        m->plain_mean[j] /= m->records;
        m->indicator[j] = true;
    }
    st = cox_rows_visit(m, m->fit.beta, true, measure_row, &s);
    memcpy(m->center, m->mean, m->p * sizeof *m->center);
    return st;
}

static enum dyad_status
prepare(struct cox_model *m)
{
    enum dyad_status st = reserve_columns(m);

    if (st == DYAD_OK && m->data.design != NULL)
        st = cox_design_survey(m);
    if (st != DYAD_OK || (st = cox_index(m)) != DYAD_OK || (st = reserve_moments(m)) != DYAD_OK)
        return st;
    if (m->data.design == NULL)
        return look_at_matrix(m);
    cox_design_deaths(m);
    return cox_cells_new(m);
}

enum dyad_status
cox_new(const struct cox_data *data, struct cox_model **out)
{
    struct cox_model *m;
    enum dyad_status st;

    if (!cox_data_valid(data))
        return DYAD_DOMAIN;
    if ((m = calloc(1, sizeof *m)) == NULL)
        return DYAD_NOMEM;
    m->data = *data;
    m->p = data->design ? model_design_columns(data->design) : data->p;
    if ((st = prepare(m)) != DYAD_OK) {
        cox_free(m);
        return st;
    }
    *out = m;
    return DYAD_OK;
}

/* ---- the fit ---- */

static enum dyad_status
finish(struct cox_model *m, const struct newton_result *r, struct cox_fit *out)
{
    const double rank = (double)r->rank;
    double wald;
    enum dyad_status st = fitted_finish(&m->fit, &m->newton, r, &wald);

    if (st != DYAD_OK)
        return st;
    *out = (struct cox_fit){ .records = m->records,
                             .events = m->events,
                             .rank = r->rank,
                             .null_loglik = r->start,
                             .loglik = r->loglik,
                             .lr = fitted_test(2 * (r->loglik - r->start), rank),
                             .score = fitted_test(r->score, rank),
                             .wald = fitted_test(wald, rank),
                             .iterations = r->iterations,
                             .infinite = r->infinite };
    return DYAD_OK;
}

static struct likelihood
likelihood_of(struct cox_model *m)
{
    enum { MANY = 1000000 };

    return (struct likelihood){ .p = m->p,
                                .range = m->range,
                                .costly = m->events > MANY && !m->firth,
                                .model = m,
                                .evaluate = m->firth ? cox_evaluate_firth : cox_evaluate,
                                .recedes = m->firth ? NULL : cox_recedes };
}

static enum dyad_status
fit(struct cox_model *m, double *coefficients, double *covariance, enum cox_state *state,
    struct cox_fit *out)
{
    const struct likelihood like = likelihood_of(m);
    struct newton_result r;
    enum dyad_status st;

    fitted_begin(&m->fit);
    st = newton_maximize(&like, &m->newton, m->fit.beta, m->fit.held, m->fit.sign, &r);
    if (st == DYAD_OK)
        st = finish(m, &r, out);
    if (st == DYAD_OK)
        fitted_report(&m->fit, coefficients, covariance, state);
    return st;
}

enum dyad_status
cox_fit(struct cox_model *m, double *coefficients, double *covariance, enum cox_state *state,
        struct cox_fit *out)
{
    m->firth = false;
    return fit(m, coefficients, covariance, state, out);
}

enum dyad_status
cox_fit_firth(struct cox_model *m, double *coefficients, double *covariance,
              enum cox_state *state, struct cox_fit *out)
{
    struct cox_fit found;
    enum dyad_status st;

    if (m->data.design != NULL)
        return DYAD_DOMAIN;
    m->firth = true;
    if ((st = cox_firth_reserve(m)) != DYAD_OK ||
        (st = fit(m, coefficients, covariance, state, &found)) != DYAD_OK)
        return st;
    found.score = (struct test){ NAN, found.score.df, NAN };
    *out = found;
    return DYAD_OK;
}

enum dyad_status
cox_profile(struct cox_model *m, size_t column, double level, double *lower, double *upper)
{
    const struct likelihood like = likelihood_of(m);

    return fitted_profile(&m->fit, &like, &m->newton, column, level, lower, upper);
}
