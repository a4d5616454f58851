#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"

void
cox_find_means(const struct cox_model *m, double *inside, double *dying, double *means)
{
    const size_t p = m->p;

    for (size_t g = 0; g < m->moments; g++) {
        const double *mean = m->sums + g * (p + 1) + 1, *d = m->dead_sums + g * (p + 1) + 1;
        const struct cox_hazard h = m->hazard[g];
        const double s0 = h.a == 0 ? 1 : mean[-1];

        for (size_t j = 0; j < p; j++) {
            inside[g * p + j] = (h.a * mean[j] - h.b * d[j]) / s0;
            dying[g * p + j] = ((h.a - h.b) * mean[j] - (h.b - h.c) * d[j]) / s0;
        }
    }
    cox_gather(m, inside, dying, p, means);
}

/* The mean over the ties of the means at risk. */
void
cox_event_mean(const struct cox_model *m, size_t g, double *mean)
{
    const double *s = m->sums + g * (m->p + 1), *d = m->dead_sums + g * (m->p + 1);
    const double first = m->hazard[g].h0 * s[0] / m->death_weight[g];
    const double second = m->hazard[g].h1 * s[0] / m->death_weight[g];

    for (size_t j = 0; j < m->p; j++)
        mean[j] = first * s[1 + j] - second * d[1 + j];
}

struct residuals {
    struct cox_model *m;
    double *martingale, *score, *schoenfeld; /* what is wanted */
    double *means, *inside, *dying, *mean, *own;
    double *meat, *sums; /* of clusters */
    size_t clusters;
    const uint32_t *cluster;
    bool *used;
    double *factors; /* of strata, of each record's product; NULL: none is wanted of a record with a cluster */
};

static enum dyad_status
residuals_reserve(struct residuals *r)
{
    const struct cox_model *m = r->m;
    const size_t p = m->p;

    r->means = malloc((m->bins * p + 2 * m->moments * p + 2 * p + 1) * sizeof *r->means);
    if (r->means == NULL)
        return DYAD_NOMEM;
    r->inside = r->means + m->bins * p;
    r->dying = r->inside + m->moments * p;
    r->mean = r->dying + m->moments * p;
    r->own = r->mean + p;
    return DYAD_OK;
}

static enum dyad_status
residuals_begin(struct residuals *r)
{
    enum dyad_status st = cox_restore(r->m);

    if (st == DYAD_OK)
        st = residuals_reserve(r);
    if (st == DYAD_OK)
        cox_find_means(r->m, r->inside, r->dying, r->means);
    return st;
}

static double
martingale_of(const struct cox_model *m, const struct cox_row *row)
{
    uint32_t bins[2];
    const size_t n = cox_bins_of(m, row->record, bins);
    double residual = cox_is_dead(m, row->record);

    for (size_t k = 0; k < n; k++)
        residual -= cox_risk(m, bins[k], row->eta) * m->multiplier[bins[k]];
    return residual;
}

/* The score residual of a row in r->own. */
static void
find_score(struct residuals *r, const struct cox_row *row)
{
    const struct cox_model *m = r->m;
    const size_t p = m->p;
    uint32_t bins[2];
    const size_t n = cox_bins_of(m, row->record, bins);
    const bool dead = cox_is_dead(m, row->record);
    const double martingale = martingale_of(m, row);

    for (size_t j = 0; j < p; j++)
        r->own[j] = row->z[j] * martingale;
    for (size_t k = 0; k < n; k++) {
        const double risk = cox_risk(m, bins[k], row->eta);

        for (size_t j = 0; j < p; j++)
            r->own[j] += risk * r->means[bins[k] * p + j];
    }
    if (!dead)
        return;
    cox_event_mean(m, m->spans[bins[0]].anchor, r->mean);
    for (size_t j = 0; j < p; j++)
        r->own[j] -= r->mean[j];
}

/* ---- residuals ---- */

static void
fill_row(const struct cox_row *row, void *context)
{
    struct residuals *r = context;
    const struct cox_model *m = r->m;
    const size_t p = m->p, i = row->record;
    const bool dead = cox_is_dead(m, i);

    if (r->martingale != NULL)
        r->martingale[i] = martingale_of(m, row);
    find_score(r, row); /* and the mean at an event */
    for (size_t j = 0; j < p; j++) {
        if (r->score != NULL)
            r->score[i * p + j] = r->own[j];
        if (r->schoenfeld != NULL)
            r->schoenfeld[i * p + j] = dead ? row->z[j] - r->mean[j] : NAN;
    }
}

enum dyad_status
cox_residuals(struct cox_model *m, double *martingale, double *score, double *schoenfeld)
{
    struct residuals r = { .m = m, martingale, score, schoenfeld };
    enum dyad_status st;

    if (m->data.design != NULL)
        return DYAD_DOMAIN;
    if ((st = residuals_begin(&r)) == DYAD_OK)
        st = cox_rows_visit(m, m->fit.beta, true, fill_row, &r);
    free(r.means);
    return st;
}

/* ---- the sandwich ---- */

static uint32_t
cluster_of(const struct residuals *r, const struct cox_row *row)
{
    if (r->cluster != NULL)
        return r->cluster[row->record];
    return row->has_cluster ? row->cluster : COX_NONE;
}

static void
count_clusters(const struct cox_row *row, void *context)
{
    struct residuals *r = context;
    const uint32_t own = cluster_of(r, row);

    if (own != COX_NONE && own >= r->clusters)
        r->clusters = (size_t)own + 1;
}

static void
add_product(const double *u, size_t p, double times, double *meat)
{
    for (size_t j = 0; j < p; j++)
        for (size_t k = j; k < p; k++)
            meat[j * p + k] += times * u[j] * u[k];
}

static void
add_row(const struct cox_row *row, void *context)
{
    struct residuals *r = context;
    const struct cox_model *m = r->m;
    const size_t p = m->p;
    const uint32_t own = cluster_of(r, row);

    if (!(row->weight > 0))
        return;
    find_score(r, row);
    if (own == COX_NONE) {
        add_product(r->own, p, row->times * row->weight * (m->data.counts ? 1 : row->weight),
                    r->meat);
        return;
    }
    r->used[own] = true;
    if (r->factors != NULL)
        add_product(r->own, p, row->times * row->weight * row->weight * r->factors[own], r->meat);
    for (size_t j = 0; j < p; j++)
        r->sums[own * p + j] += row->times * row->weight * r->own[j];
}

static void
mirror(double *a, size_t p)
{
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < j; k++)
            a[j * p + k] = a[k * p + j];
}

static enum dyad_status
find_meat(struct residuals *r, size_t *clusters)
{
    struct cox_model *m = r->m;
    const size_t p = m->p;
    enum dyad_status st = cox_rows_visit(m, m->fit.beta, false, count_clusters, r);

    if (st != DYAD_OK)
        return st;
    r->sums = calloc(r->clusters * p + 1, sizeof *r->sums);
    r->used = calloc(r->clusters + 1, sizeof *r->used);
    if (r->sums == NULL || r->used == NULL)
        return DYAD_NOMEM;
    memset(r->meat, 0, p * p * sizeof *r->meat);
    if ((st = cox_rows_visit(m, m->fit.beta, true, add_row, r)) != DYAD_OK)
        return st;
    *clusters = 0;
    for (size_t c = 0; c < r->clusters; c++) {
        *clusters += r->used[c];
        add_product(r->sums + c * p, p, 1, r->meat);
    }
    mirror(r->meat, p);
    return DYAD_OK;
}

enum dyad_status
cox_robust(struct cox_model *m, const uint32_t *cluster, double *covariance, size_t *clusters)
{
    struct residuals r = { .m = m, .cluster = cluster, .meat = m->newton.basis };
    enum dyad_status st = DYAD_OK;
    size_t n = 0;

    for (size_t i = 0; cluster != NULL && i < m->data.n; i++)
        if (cluster[i] >= m->data.n)
            st = DYAD_DOMAIN;
    if (st == DYAD_OK)
        st = residuals_begin(&r);
    if (st == DYAD_OK)
        st = find_meat(&r, &n);
    if (st == DYAD_OK) {
        fitted_sandwich(&m->fit, r.meat, m->newton.factor, covariance);
        if (clusters != NULL)
            *clusters = n > 0 ? n : (size_t)m->records;
    }
    free(r.means);
    free(r.sums);
    free(r.used);
    return st;
}

static enum dyad_status
reserve_sample(struct residuals *r, const struct survey_design *d, bool records)
{
    r->clusters = records ? d->strata : d->units;
    r->sums = calloc(r->clusters * r->m->p + 1, sizeof *r->sums);
    r->used = calloc(r->clusters + 1, sizeof *r->used);
    r->factors = records ? calloc(d->strata + 1, sizeof *r->factors) : NULL;
    if (r->sums == NULL || r->used == NULL || (records && r->factors == NULL))
        return DYAD_NOMEM;
    for (size_t h = 0; records && h < d->strata; h++)
        if (isnan(r->factors[h] = survey_factor(d, h)))
            return DYAD_DOMAIN;
    return DYAD_OK;
}

/* Are the rows' clusters those of the sample? */
static enum dyad_status
check_clusters(struct cox_model *m, const struct survey_design *d, bool records)
{
    struct residuals r = { .m = m };
    const enum dyad_status st = cox_rows_visit(m, m->fit.beta, false, count_clusters, &r);

    if (st != DYAD_OK)
        return st;
    return r.clusters > 0 && r.clusters <= (records ? d->strata : d->units) ? DYAD_OK : DYAD_DOMAIN;
}

enum dyad_status
cox_survey(struct cox_model *m, const struct survey_design *design, bool records, double *covariance)
{
    struct residuals r = { .m = m, .meat = m->newton.basis };
    const size_t p = m->p;
    enum dyad_status st = check_clusters(m, design, records);

    if (st == DYAD_OK)
        st = residuals_begin(&r);
    if (st == DYAD_OK)
        st = reserve_sample(&r, design, records);
    if (st == DYAD_OK) {
        memset(r.meat, 0, p * p * sizeof *r.meat);
        st = cox_rows_visit(m, m->fit.beta, true, add_row, &r);
    }
    if (st == DYAD_OK && records) {
        mirror(r.meat, p);
        survey_center(design, r.sums, p, r.meat);
    } else if (st == DYAD_OK) {
        st = survey_variance(design, r.sums, p, r.meat);
    }
    if (st == DYAD_OK)
        fitted_sandwich(&m->fit, r.meat, m->newton.factor, covariance);
    free(r.means);
    free(r.sums);
    free(r.used);
    free(r.factors);
    return st;
}

/* ---- the baseline ---- */

enum dyad_status
cox_baseline(struct cox_model *m, double *centers, const struct cox_step **steps, size_t *n_steps)
{
    enum dyad_status st = cox_restore(m);
    double at = 0;

    if (st != DYAD_OK)
        return st;
    for (size_t j = 0; j < m->p; j++) {
        const double *mean = m->data.entry ? m->plain_mean : m->mean;
        const double center = m->indicator[j] ? 0 : mean[j];

        at += m->fit.beta[j] * (center - m->center[j]);
        if (centers != NULL)
            centers[j] = center;
    }
    for (size_t g = 0; g < m->moments; g++) {
        m->steps[g] = (struct cox_step){ m->moment_stratum[g], m->moment_time[g], m->deaths[g],
                                         m->hazard[g].h0 * exp(at - m->level[g]) };
        if (m->fit.infinite)
            m->steps[g].increment = NAN;
    }
    *steps = m->steps;
    *n_steps = m->moments;
    return DYAD_OK;
}
