#include "dyad/stats/survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double
survey_degrees(const struct survey_design *d)
{
    double units = 0;

    for (size_t h = 0; h < d->strata; h++)
        units += d->drawn[h];
    return units - (double)d->strata;
}

double
survey_factor(const struct survey_design *d, size_t h)
{
    const double left = d->fraction ? 1 - d->fraction[h] : 1;

    if (left == 0)
        return 0;
    return d->drawn[h] > 1 ? left * d->drawn[h] / (d->drawn[h] - 1) : (double)NAN;
}

static void
add_product(const double *z, size_t p, double times, double *out)
{
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            out[a * p + b] += times * z[a] * z[b];
}

/* Deviations from the stratum's mean: units that are numbered by their own, the others, of total 0, together. */
enum dyad_status
survey_variance(const struct survey_design *d, const double *totals, size_t p, double *out)
{
    double *means = calloc(d->strata * p + p, sizeof *means), *deviation = means ? means + d->strata * p : NULL;
    double *numbered = calloc(d->strata + 1, sizeof *numbered);
    enum dyad_status st = means && numbered ? DYAD_OK : DYAD_NOMEM;

    for (size_t h = 0; st == DYAD_OK && h < d->strata; h++)
        if (isnan(survey_factor(d, h)))
            st = DYAD_DOMAIN;
    if (st == DYAD_OK) {
        for (size_t i = 0; i < d->units; i++) {
            numbered[d->stratum[i]]++;
            for (size_t a = 0; a < p; a++)
                means[d->stratum[i] * p + a] += totals[i * p + a] / d->drawn[d->stratum[i]];
        }
        memset(out, 0, p * p * sizeof *out);
        for (size_t i = 0; i < d->units; i++) {
            for (size_t a = 0; a < p; a++)
                deviation[a] = totals[i * p + a] - means[d->stratum[i] * p + a];
            add_product(deviation, p, survey_factor(d, d->stratum[i]), out);
        }
        for (size_t h = 0; h < d->strata; h++)
            add_product(means + h * p, p, survey_factor(d, h) * (d->drawn[h] - numbered[h]), out);
    }
    free(means);
    free(numbered);
    return st;
}

void
survey_center(const struct survey_design *d, const double *sums, size_t p, double *out)
{
    for (size_t h = 0; h < d->strata; h++)
        add_product(sums + h * p, p, -survey_factor(d, h) / d->drawn[h], out);
}
