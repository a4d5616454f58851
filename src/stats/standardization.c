#include "dyad/stats/standardization.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

enum dyad_status
standardization_means(const struct standardization *s, double *means)
{
    if (!is_complete(s))
        return DYAD_DOMAIN;
    for (size_t l = 0; l < s->model->levels; l++)
        means[l] = mean_of(s, l);
    return DYAD_OK;
}
