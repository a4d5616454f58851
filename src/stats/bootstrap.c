#include "dyad/stats/bootstrap.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "dyad/core/workers.h"

#include "cells.h"

/* ---- limits ---- */

static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The (n+1) p-th from the bottom, or from the top, between ranks k and k+1 by normal quantiles. */
static double
order_statistic(const double *sorted, size_t n, double p, bool from_top)
{
    const double rank = ((double)n + 1) * p, k = floor(rank);
    const size_t at = k < 1 ? 0 : k > (double)(n - 1) ? n - 1 : (size_t)k - 1;
    const double low = sorted[from_top ? n - 1 - at : at];

    if (k < 1 || k > (double)(n - 1))
        return low;

    const double high = sorted[from_top ? n - 2 - at : at + 1];
    const double z = cells_z(1 - 2 * p), below = cells_z(1 - 2 * k / ((double)n + 1)),
                 above = cells_z(1 - 2 * (k + 1) / ((double)n + 1));

    return low + (z - below) / (above - below) * (high - low);
}

enum dyad_status
bootstrap_interval(double *replicates, size_t n, double value, enum bootstrap_limits limits,
                   double level, struct estimate *out)
{
    struct sum total = { 0, 0 }, squares = { 0, 0 };

    if (n < 2 || !is_level(level) || !isfinite(value))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < n; i++)
        sum_add(&total, replicates[i]);

    const double mean = sum_value(&total) / (double)n;

    for (size_t i = 0; i < n; i++)
        sum_add(&squares, (replicates[i] - mean) * (replicates[i] - mean));

    const double se = sqrt(sum_value(&squares) / (double)(n - 1)), margin = cells_z(level) * se;

    if (!isfinite(se))
        return DYAD_DOMAIN;
    qsort(replicates, n, sizeof *replicates, ascending);
    *out = (struct estimate){ value, se, 2 * value - mean - margin, 2 * value - mean + margin,
                              NAN };
    if (limits == BOOTSTRAP_PERCENTILE) {
        out->lower = order_statistic(replicates, n, (1 - level) / 2, false);
        out->upper = order_statistic(replicates, n, (1 - level) / 2, true);
    }
    return DYAD_OK;
}

/* ---- replicates ---- */

/* What all threads share. */
struct resampling {
    const struct standard_model *model;
    const struct standard_rows *rows;
    const struct bootstrap *how;
    double *shares;           /* of each row, or each cluster: how many people; of clusters 1 */
    size_t n_shares;
    double people;            /* their sum: how many are drawn */
    double *means;            /* replicates times levels; then the estimate's own */
    enum dyad_status *status; /* of each replicate */
    atomic_size_t next;
};

struct drawing {
    struct resampling *r;
    gsl_rng *rng;
    unsigned *counts; /* of each share, in a sample */
    double *weights;  /* of each row */
    double *beta;
};

static double
row_weight(const struct standard_rows *rows, size_t i)
{
    return rows->weights ? rows->weights[i] : 1;
}

/* The means that coefficients give for rows of these weights. */
static enum dyad_status
means_of(const struct resampling *r, const double *beta, const double *weights, double *means)
{
    struct standard_model model = *r->model;
    struct standard_rows rows = *r->rows;
    struct standardization s = STANDARDIZATION_INIT;
    enum dyad_status st;

    model.beta = beta;
    rows.weights = weights;
    if ((st = standardization_init(&s, &model)) != DYAD_OK)
        return st;
    standardization_add(&s, &rows);
    st = standardization_means(&s, means);
    standardization_release(&s);
    return st;
}

/* Steele, Lea & Flood (2014), OOPSLA '14, 453-472: the finalizer of splitmix64. */
static unsigned long
seed_of(uint64_t seed, size_t replicate)
{
    uint64_t z = seed + 0x9e3779b97f4a7c15u * (replicate + 1);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (unsigned long)(z ^ (z >> 31));
}

static enum dyad_status
resample(struct drawing *d, size_t replicate)
{
    const struct resampling *r = d->r;
    const struct bootstrap *how = r->how;
    enum dyad_status st;

    gsl_rng_set(d->rng, seed_of(how->seed, replicate));
    gsl_ran_multinomial(d->rng, r->n_shares, (unsigned)r->people, r->shares, d->counts);
    for (size_t i = 0; i < r->rows->n; i++)
        d->weights[i] = how->cluster ? d->counts[how->cluster[i]] * row_weight(r->rows, i)
                                     : d->counts[i];
    if ((st = how->refit(d->weights, d->beta, how->context)) == DYAD_OK)
        st = means_of(r, d->beta, d->weights, r->means + replicate * r->model->levels);
    return st;
}

static void
draw(void *each)
{
    struct drawing *d = each;
    size_t replicate;

    while ((replicate = d->r->next++) < d->r->how->replicates)
        d->r->status[replicate] = resample(d, replicate);
}

static enum dyad_status
set_shares(struct resampling *r)
{
    double rows = 0;

    for (size_t i = 0; i < r->rows->n; i++) {
        const double weight = row_weight(r->rows, i);

        if (!(weight >= 0) || !is_whole(weight) || (r->how->cluster && r->how->cluster[i] >= r->n_shares))
            return DYAD_DOMAIN;
        rows += weight;
        if (r->how->cluster == NULL)
            r->shares[i] = weight;
    }
    for (size_t i = 0; r->how->cluster && i < r->n_shares; i++)
        r->shares[i] = 1;
    r->people = r->how->cluster ? (double)r->n_shares : rows;
    return r->people >= 2 && rows <= 4e9 && r->people <= 4e9 && r->how->replicates >= 2 ? DYAD_OK
                                                                                      : DYAD_DOMAIN;
}

static enum dyad_status
resampling_init(struct resampling *r)
{
    const size_t times = r->how->replicates;

    r->n_shares = r->how->cluster ? r->how->clusters : r->rows->n;
    r->shares = calloc(r->n_shares + 1, sizeof *r->shares);
    r->means = calloc((times + 1) * r->model->levels, sizeof *r->means);
    r->status = calloc(times + 1, sizeof *r->status);
    return r->shares && r->means && r->status ? set_shares(r) : DYAD_NOMEM;
}

static void
resampling_release(struct resampling *r)
{
    free(r->shares);
    free(r->means);
    free(r->status);
}

/* A drawing for each thread. */
static enum dyad_status
draw_all(struct resampling *r)
{
    const size_t threads = r->how->threads < 1 ? 1 : r->how->threads;
    struct drawing *drawings = calloc(threads, sizeof *drawings);
    enum dyad_status st = drawings ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; drawings && i < threads; i++) {
        drawings[i] = (struct drawing){ r, gsl_rng_alloc(gsl_rng_mt19937),
                                        calloc(r->n_shares + 1, sizeof(unsigned)),
                                        calloc(r->rows->n + 1, sizeof(double)),
                                        calloc(r->model->p + 1, sizeof(double)) };
        if (!drawings[i].rng || !drawings[i].counts || !drawings[i].weights || !drawings[i].beta)
            st = DYAD_NOMEM;
    }
    if (st == DYAD_OK)
        workers_run(threads, draw, drawings, sizeof *drawings);
    for (size_t i = 0; drawings && i < threads; i++) {
        if (drawings[i].rng)
            gsl_rng_free(drawings[i].rng);
        free(drawings[i].counts);
        free(drawings[i].weights);
        free(drawings[i].beta);
    }
    free(drawings);
    return st;
}

/* Replicates that were fitted come first; how many were not. */
static enum dyad_status
settle(struct resampling *r, size_t *done, size_t *failed)
{
    const size_t levels = r->model->levels;

    *done = 0;
    for (size_t i = 0; i < r->how->replicates; i++) {
        if (r->status[i] != DYAD_OK && r->status[i] != DYAD_DOMAIN && r->status[i] != DYAD_NOCONV)
            return r->status[i];
        for (size_t l = 0; r->status[i] == DYAD_OK && l < levels; l++)
            r->means[*done * levels + l] = r->means[i * levels + l];
        *done += r->status[i] == DYAD_OK;
    }
    *failed = r->how->replicates - *done;
    return 2 * *failed > r->how->replicates || *done < 2 ? DYAD_NOCONV : DYAD_OK;
}

/* ---- estimates ---- */

/* What the bootstrap is of: a mean, its difference from the reference's, the log of their ratio. */
enum measure { MEASURE_MEAN, MEASURE_DIFFERENCE, MEASURE_LOG_RATIO };

static double
measured(enum measure measure, const double *means, size_t l)
{
    return measure == MEASURE_MEAN         ? means[l]
           : measure == MEASURE_DIFFERENCE ? means[l] - means[0]
           : means[l] > 0 && means[0] > 0  ? log(means[l] / means[0])
                                           : NAN;
}

/* ${one} has room for all replicates of one number. */
static struct estimate
estimate_of(const struct resampling *r, size_t done, enum measure measure, size_t l, double level,
            double *one)
{
    const size_t levels = r->model->levels;
    const double value = measured(measure, r->means + r->how->replicates * levels, l);
    struct estimate out = wald_undefined(value);
    size_t n = 0;

    for (size_t i = 0; i < done; i++) {
        const double x = measured(measure, r->means + i * levels, l);

        if (isfinite(x))
            one[n++] = x;
    }
    if (n == done && (l > 0 || measure == MEASURE_MEAN) &&
        bootstrap_interval(one, n, value, r->how->limits, level, &out) != DYAD_OK)
        out = wald_undefined(value);
    if (measure == MEASURE_LOG_RATIO) {
        out.value = exp(out.value);
        out.lower = exp(out.lower);
        out.upper = exp(out.upper);
    }
    return out;
}

enum dyad_status
bootstrap_standardization(const struct standard_model *model, const struct standard_rows *rows,
                          const struct bootstrap *how, double level, struct standardized *out,
                          size_t *failed)
{
    struct resampling r = { .model = model, .rows = rows, .how = how };
    double *one = calloc(how->replicates + 1, sizeof *one);
    size_t done, not_done;
    enum dyad_status st = one ? DYAD_OK : DYAD_NOMEM;

    if (!is_level(level) || model->p < 1 || model->levels < 1)
        st = DYAD_DOMAIN;
    if (st == DYAD_OK && (st = resampling_init(&r)) == DYAD_OK &&
        (st = means_of(&r, model->beta, rows->weights, r.means + how->replicates * model->levels)) == DYAD_OK &&
        (st = draw_all(&r)) == DYAD_OK && (st = settle(&r, &done, &not_done)) == DYAD_OK) {
        for (size_t l = 0; l < model->levels; l++)
            out[l] = (struct standardized){ estimate_of(&r, done, MEASURE_MEAN, l, level, one),
                                            estimate_of(&r, done, MEASURE_DIFFERENCE, l, level, one),
                                            estimate_of(&r, done, MEASURE_LOG_RATIO, l, level, one) };
        *failed = not_done;
    }
    resampling_release(&r);
    free(one);
    return st;
}
