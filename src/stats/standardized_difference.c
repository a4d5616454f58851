#include "dyad/stats/standardized_difference.h"

#include <math.h>

enum dyad_status
standardized_difference_means(double mean1, double sd1, double mean0, double sd0, double *out)
{
    const double spread = hypot(sd1, sd0) * M_SQRT1_2;

    if (!(isfinite(mean1) && isfinite(mean0) && isfinite(sd1) && isfinite(sd0) && sd1 >= 0 && sd0 >= 0))
        return DYAD_DOMAIN;
    *out = mean1 == mean0 ? 0 : (mean1 - mean0) / spread;
    return DYAD_OK;
}

/* NaN where a count is none. */
static double
total(const double *counts, size_t k)
{
    double sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += counts[i] >= 0 ? counts[i] : NAN;
    return sum;
}

enum dyad_status
standardized_difference_shares(const double *counts1, const double *counts0, size_t k, double *out)
{
    const double n1 = total(counts1, k), n0 = total(counts0, k);
    double apart = 0, together = 0;

    if (!(n1 > 0 && n0 > 0 && isfinite(n1) && isfinite(n0)))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < k; i++) {
        const double p = counts1[i] / n1, q = counts0[i] / n0;
        if (p + q > 0) {
            apart += (p - q) * (p - q) / (p + q);
            together += p * q / (p + q);
        }
    }
    *out = apart > 0 ? sqrt(apart / together) : 0;
    return DYAD_OK;
}
