#include "dyad/stats/standardization.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "cells.h"

/* Rows of which sums are formed plainly; those sums are added with compensation. */
enum { ROWS_TOGETHER = 128 };

/* ---- sums ---- */

/* Where what is summed stands among the sums, and in the sums of some rows. */
static size_t
mean_at(size_t l)
{
    return 1 + l;
}

static size_t
product_at(const struct standard_model *m, size_t l, size_t k)
{
    return 1 + m->levels + l * m->levels + k;
}

static size_t
gradient_at(const struct standard_model *m, size_t l)
{
    return 1 + m->levels + m->levels * m->levels + l * m->p;
}

static size_t
sums_of(const struct standard_model *m)
{
    return gradient_at(m, m->levels);
}

/* The sums of some rows, their predictions, and one number for each coefficient. */
static size_t
scratch_of(const struct standard_model *m)
{
    return sums_of(m) + ROWS_TOGETHER * m->levels + m->p;
}

enum dyad_status
standardization_init(struct standardization *s, const struct standard_model *model)
{
    struct standardization made = { .model = model };

    if (model->p < 1 || model->levels < 1)
        return DYAD_DOMAIN;
    made.sums = calloc(sums_of(model), sizeof *made.sums);
    made.scratch = calloc(scratch_of(model), sizeof *made.scratch);
    if (made.sums == NULL || made.scratch == NULL) {
        standardization_release(&made);
        return DYAD_NOMEM;
    }
    *s = made;
    return DYAD_OK;
}

void
standardization_release(struct standardization *s)
{
    free(s->sums);
    free(s->scratch);
    *s = (struct standardization)STANDARDIZATION_INIT;
}

/* The prediction, and how fast it goes with the linear predictor. */
static double
predict(enum standard_link link, double eta, double *slope)
{
    const double t = exp(-fabs(eta));

    switch (link) {
    case STANDARD_LOGIT:
        *slope = t / (1 + t) / (1 + t);
        return eta > 0 ? 1 / (1 + t) : t / (1 + t);
    case STANDARD_LOG:
        return *slope = exp(eta);
    case STANDARD_IDENTITY:
        *slope = 1;
        return eta;
    }
    return *slope = NAN;
}

static double
weight_of(const struct standard_rows *rows, size_t i)
{
    return rows->weights ? rows->weights[i] : 1;
}

/* Sums of weighted predictions of a level and of their gradient; the predictions themselves. */
static void
sum_level(const struct standard_model *m, const struct standard_rows *rows, size_t begin, size_t n,
          size_t l, double *sums, double *predictions)
{
    double *gradient = sums + gradient_at(m, l);

    for (size_t i = 0; i < n; i++) {
        const double *x = rows->x[l] + (begin + i) * m->p, weight = weight_of(rows, begin + i);
        double eta = rows->offsets ? rows->offsets[begin + i] : 0, slope;

        for (size_t j = 0; j < m->p; j++)
            eta += x[j] * m->beta[j];
        predictions[i] = predict(m->link, eta, &slope);
        sums[mean_at(l)] += weight * predictions[i];
        for (size_t j = 0; j < m->p; j++)
            gradient[j] += weight * slope * x[j];
    }
}

/* Products of deviations from the means of these rows. */
static void
sum_products(const struct standard_model *m, const struct standard_rows *rows, size_t begin,
             size_t n, double *sums, const double *predictions)
{
    for (size_t l = 0; l < m->levels; l++)
        for (size_t k = 0; k <= l; k++) {
            const double *a = predictions + l * ROWS_TOGETHER, *b = predictions + k * ROWS_TOGETHER;
            const double mean_a = sums[mean_at(l)] / sums[0], mean_b = sums[mean_at(k)] / sums[0];
            double sum = 0;

            for (size_t i = 0; i < n; i++)
                sum += weight_of(rows, begin + i) * (a[i] - mean_a) * (b[i] - mean_b);
            sums[product_at(m, l, k)] = sum;
        }
}

/*
 * Others' sums join; the products by Chan, Golub & LeVeque (1983), Am. Stat. 37:242-247, eq. 2.1b.
 */
static void
join(struct standardization *s, const double *sums)
{
    const struct standard_model *m = s->model;
    const double ours = sum_value(&s->sums[0]), theirs = sums[0];

    if (!(theirs > 0))
        return;
    for (size_t l = 0; l < m->levels; l++)
        for (size_t k = 0; ours > 0 && k <= l; k++) {
            const double a = sum_value(&s->sums[mean_at(l)]) / ours - sums[mean_at(l)] / theirs;
            const double b = sum_value(&s->sums[mean_at(k)]) / ours - sums[mean_at(k)] / theirs;

            sum_add(&s->sums[product_at(m, l, k)], a * b * (ours / (ours + theirs)) * theirs);
        }
    for (size_t i = 0; i < sums_of(m); i++)
        sum_add(&s->sums[i], sums[i]);
}

void
standardization_add(struct standardization *s, const struct standard_rows *rows)
{
    const struct standard_model *m = s->model;
    double *sums = s->scratch, *predictions = sums + sums_of(m);

    for (size_t begin = 0; begin < rows->n; begin += ROWS_TOGETHER) {
        const size_t n = rows->n - begin < ROWS_TOGETHER ? rows->n - begin : ROWS_TOGETHER;

        memset(sums, 0, sums_of(m) * sizeof *sums);
        for (size_t i = 0; i < n; i++) {
            s->refused = s->refused || !(weight_of(rows, begin + i) >= 0);
            sums[0] += weight_of(rows, begin + i);
        }
        if (sums[0] == 0)
            continue;
        for (size_t l = 0; l < m->levels; l++)
            sum_level(m, rows, begin, n, l, sums, predictions + l * ROWS_TOGETHER);
        sum_products(m, rows, begin, n, sums, predictions);
        for (size_t i = 0; i < sums_of(m); i++)
            s->refused = s->refused || !isfinite(sums[i]);
        if (!s->refused)
            join(s, sums);
    }
}

void
standardization_merge(struct standardization *into, const struct standardization *from)
{
    for (size_t i = 0; i < sums_of(into->model); i++)
        into->scratch[i] = sum_value(&from->sums[i]);
    into->refused = into->refused || from->refused;
    join(into, into->scratch);
}

/* ---- means and their errors ---- */

static double
mean_of(const struct standardization *s, size_t l)
{
    return sum_value(&s->sums[mean_at(l)]) / sum_value(&s->sums[0]);
}

static double
product_of(const struct standardization *s, size_t l, size_t k)
{
    return sum_value(&s->sums[l > k ? product_at(s->model, l, k) : product_at(s->model, k, l)]);
}

/* The variance of a times the mean of level l and b times that of level k. */
static double
variance_of(const struct standardization *s, enum standard_population population, size_t l,
            double a, size_t k, double b)
{
    const struct standard_model *m = s->model;
    const double weight = sum_value(&s->sums[0]);
    double *gradient = s->scratch, variance = 0;

    for (size_t j = 0; j < m->p; j++)
        gradient[j] = (a * sum_value(&s->sums[gradient_at(m, l) + j]) +
                       b * sum_value(&s->sums[gradient_at(m, k) + j])) / weight;
    for (size_t i = 0; i < m->p; i++)
        for (size_t j = 0; j < m->p; j++)
            variance += gradient[i] * gradient[j] * m->covariance[i * m->p + j];
    if (population == STANDARD_SAMPLED)
        variance += (a * a * product_of(s, l, l) + 2 * a * b * product_of(s, l, k) +
                     b * b * product_of(s, k, k)) / weight / (weight - 1);
    return variance;
}

static struct standardized
standardize(const struct standardization *s, enum standard_population population, double level,
            size_t l)
{
    const double mean = mean_of(s, l), reference = mean_of(s, 0);
    struct standardized out;

    out.mean = wald_difference(mean, variance_of(s, population, l, 1, l, 0), level);
    out.mean.p_value = NAN;
    out.difference = wald_undefined(mean - reference);
    out.ratio = wald_undefined(mean > 0 && reference > 0 ? mean / reference : NAN);
    if (l == 0)
        return out;
    out.difference =
        wald_difference(mean - reference, variance_of(s, population, l, 1, 0, -1), level);
    if (mean > 0 && reference > 0)
        out.ratio =
            wald_ratio(mean, reference, mean - reference,
                       variance_of(s, population, l, 1 / mean, 0, -1 / reference), level);
    return out;
}

static bool
is_complete(const struct standardization *s)
{
    bool finite = true;

    for (size_t i = 0; i < sums_of(s->model); i++)
        finite = finite && isfinite(s->sums[i].total);
    return finite && !s->refused && sum_value(&s->sums[0]) > 0;
}

enum dyad_status
standardization_finish(const struct standardization *s, enum standard_population population,
                       double level, struct standardized *out)
{
    if (!is_complete(s) || !is_level(level) ||
        (population == STANDARD_SAMPLED && !(sum_value(&s->sums[0]) > 1)))
        return DYAD_DOMAIN;
    for (size_t l = 0; l < s->model->levels; l++)
        out[l] = standardize(s, population, level, l);
    return DYAD_OK;
}

/* ---- bootstrap ---- */

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

/* What a bootstrap works with. */
struct resampling {
    const struct standard_model *model;
    const struct standard_rows *rows;
    const struct bootstrap *how;
    unsigned *counts;     /* of each row, in a sample */
    double *weights;      /* the same */
    double *shares;       /* the rows' own weights */
    double *beta;
    double *means;        /* replicates times levels; then the estimate's own */
    double *one;          /* replicates of one number */
    size_t done, failed;
};

static enum dyad_status
resampling_init(struct resampling *r)
{
    const size_t n = r->rows->n, times = r->how->replicates;
    double total = 0;

    r->counts = calloc(n + 1, sizeof *r->counts);
    r->weights = calloc(n + 1, sizeof *r->weights);
    r->shares = calloc(n + 1, sizeof *r->shares);
    r->beta = calloc(r->model->p + 1, sizeof *r->beta);
    r->means = calloc((times + 1) * r->model->levels, sizeof *r->means);
    r->one = calloc(times + 1, sizeof *r->one);
    if (!r->counts || !r->weights || !r->shares || !r->beta || !r->means || !r->one)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++) {
        r->shares[i] = weight_of(r->rows, i);
        if (!(r->shares[i] >= 0) || !is_whole(r->shares[i]))
            return DYAD_DOMAIN;
        total += r->shares[i];
    }
    return total >= 2 && total <= 4e9 && times >= 2 ? DYAD_OK : DYAD_DOMAIN;
}

static void
resampling_release(struct resampling *r)
{
    free(r->counts);
    free(r->weights);
    free(r->shares);
    free(r->beta);
    free(r->means);
    free(r->one);
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
    if (is_complete(&s))
        for (size_t l = 0; l < model.levels; l++)
            means[l] = mean_of(&s, l);
    else
        st = DYAD_DOMAIN;
    standardization_release(&s);
    return st;
}

static enum dyad_status
resample(struct resampling *r)
{
    const size_t n = r->rows->n;
    double total = 0;
    enum dyad_status st;

    for (size_t i = 0; i < n; i++)
        total += r->shares[i];
    gsl_ran_multinomial(r->how->rng, n, (unsigned)total, r->shares, r->counts);
    for (size_t i = 0; i < n; i++)
        r->weights[i] = r->counts[i];
    if ((st = r->how->refit(r->weights, r->beta, r->how->context)) == DYAD_OK)
        st = means_of(r, r->beta, r->weights, r->means + r->done * r->model->levels);
    if (st == DYAD_OK)
        r->done++;
    else if (st == DYAD_DOMAIN || st == DYAD_NOCONV)
        r->failed++;
    else
        return st;
    return DYAD_OK;
}

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

static struct estimate
estimate_of(struct resampling *r, enum measure measure, size_t l, double level)
{
    const size_t levels = r->model->levels;
    const double value = measured(measure, r->means + r->how->replicates * levels, l);
    struct estimate out = wald_undefined(value);
    size_t n = 0;

    for (size_t i = 0; i < r->done; i++) {
        const double x = measured(measure, r->means + i * levels, l);

        if (isfinite(x))
            r->one[n++] = x;
    }
    if (n == r->done && (l > 0 || measure == MEASURE_MEAN) &&
        bootstrap_interval(r->one, n, value, r->how->limits, level, &out) != DYAD_OK)
        out = wald_undefined(value);
    if (measure == MEASURE_LOG_RATIO) {
        out.value = exp(out.value);
        out.lower = exp(out.lower);
        out.upper = exp(out.upper);
    }
    return out;
}

static enum dyad_status
resample_all(struct resampling *r)
{
    const size_t times = r->how->replicates;
    enum dyad_status st =
        means_of(r, r->model->beta, r->shares, r->means + times * r->model->levels);

    for (size_t i = 0; i < times && st == DYAD_OK; i++)
        st = resample(r);
    return st != DYAD_OK ? st : 2 * r->failed > times || r->done < 2 ? DYAD_NOCONV : DYAD_OK;
}

enum dyad_status
standardization_bootstrap(const struct standard_model *model, const struct standard_rows *rows,
                          const struct bootstrap *how, double level, struct standardized *out,
                          size_t *failed)
{
    struct resampling r = { .model = model, .rows = rows, .how = how };
    enum dyad_status st;

    if (!is_level(level) || model->p < 1 || model->levels < 1)
        return DYAD_DOMAIN;
    if ((st = resampling_init(&r)) == DYAD_OK && (st = resample_all(&r)) == DYAD_OK) {
        for (size_t l = 0; l < model->levels; l++)
            out[l] = (struct standardized){ estimate_of(&r, MEASURE_MEAN, l, level),
                                            estimate_of(&r, MEASURE_DIFFERENCE, l, level),
                                            estimate_of(&r, MEASURE_LOG_RATIO, l, level) };
        *failed = r.failed;
    }
    resampling_release(&r);
    return st;
}
