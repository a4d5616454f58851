#include "dyad/stats/current_status.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

static bool
are_counts(const struct status_count *c, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!(c[i].age >= 0 && c[i].age < INFINITY && c[i].still >= 0 && c[i].still <= c[i].n &&
              c[i].n > 0 && c[i].n <= 1e15) ||
            (i > 0 && !(c[i - 1].age < c[i].age)))
            return false;
    return k >= 1;
}

enum dyad_status
current_status(const struct status_count *counts, size_t k, double *survival, double *scratch)
{
    double *const n = scratch, *const still = scratch + k;
    size_t blocks = 0, at = k;

    if (!are_counts(counts, k))
        return DYAD_DOMAIN;

    /* survival holds where the blocks begin until it is known: whole numbers, exact. */
    for (size_t i = 0; i < k; i++) {
        n[blocks] = counts[i].n;
        still[blocks] = counts[i].still;
        survival[blocks++] = (double)i;
        while (blocks > 1 &&
               still[blocks - 2] * n[blocks - 1] <= still[blocks - 1] * n[blocks - 2]) {
            blocks--;
            n[blocks - 1] += n[blocks];
            still[blocks - 1] += still[blocks];
        }
    }
    /* From the last, so that no beginning is written over before it is read. */
    while (blocks-- > 0)
        for (const size_t begin = (size_t)survival[blocks]; at > begin;)
            survival[--at] = still[blocks] / n[blocks];
    return DYAD_OK;
}

enum dyad_status
current_status_quantile(const struct status_count *counts, const double *survival, size_t k,
                        double p, struct estimate *out)
{
    const double left = 1 - p, tolerance = sqrt(DBL_EPSILON);
    size_t i = 0, last;

    if (k < 1 || !(p > 0 && p < 1))
        return DYAD_DOMAIN;
    while (i < k && survival[i] > left + tolerance)
        i++;
    if (i == k) {
        *out = (struct estimate){ NAN, NAN, counts[k - 1].age, NAN, NAN };
        return DYAD_OK;
    }
    for (last = i; last + 1 < k && survival[last + 1] == survival[i];)
        last++;
    if (fabs(survival[i] - left) <= tolerance && last + 1 < k) {
        const double low = counts[i].age, high = counts[last].age;

        *out = (struct estimate){ low / 2 + high / 2, NAN, low, high, NAN };
        return DYAD_OK;
    }

    const double age = i > 0 ? counts[i - 1].age : 0, before = i > 0 ? survival[i - 1] : 1;
    const double part = (before - left) / (before - survival[i]);

    *out = (struct estimate){ age + part * (counts[i].age - age), NAN, age, counts[i].age, NAN };
    return DYAD_OK;
}

/* ---- as the Demographic and Health Surveys do it ---- */

static bool
smooth(const double *n, const double *still, double *share)
{
    for (size_t i = 0; i < DHS_GROUPS; i++) {
        const bool inner = i > 0 && i + 1 < DHS_GROUPS;
        const double all = inner ? n[i - 1] + n[i] + n[i + 1] : n[i];

        if (!(still[i] >= 0 && still[i] <= n[i] && n[i] < INFINITY && all > 0))
            return false;
        share[i] = (inner ? still[i - 1] + still[i] + still[i + 1] : still[i]) / all;
    }
    return true;
}

static double
midpoint(size_t i, enum dhs_ages ages)
{
    if (ages == DHS_COMPLETED_MONTHS)
        return 2 * (double)i + 1;
    return i == 0 ? 0.75 : 2 * (double)i + 0.5;
}

static double
median_of(const double *share, enum dhs_ages ages, double ever)
{
    double age = 0, before = ever;

    if (ever < 0.5)
        return 0;
    for (size_t i = 0; i < DHS_GROUPS; i++) {
        const double here = midpoint(i, ages);

        if (share[i] < 0.5)
            return age + (here - age) * ((before - 0.5) / (before - share[i]));
        age = here;
        before = share[i];
    }
    return NAN;
}

enum dyad_status
dhs_duration(const double *n, const double *still, enum dhs_ages ages, double ever,
             struct dhs_duration *out)
{
    struct dhs_duration d = { .mean = 0 };

    if (!(ever >= 0 && ever <= 1) || !smooth(n, still, d.share))
        return DYAD_DOMAIN;
    d.median = median_of(d.share, ages, ever);
    for (size_t i = 0; i < DHS_GROUPS; i++)
        d.mean += (i == 0 && ages == DHS_MONTH_DIFFERENCE ? 1.5 : 2) * d.share[i];
    *out = d;
    return DYAD_OK;
}

double
dhs_prevalence_mean(double still, double births, double months)
{
    return births > 0 ? still / (births / months) : NAN;
}
