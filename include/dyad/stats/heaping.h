/*
 * stats/heaping.h: durations that are reported as round numbers.
 *
 * Mothers say 6 or 12 months for 5 or 13; a smooth curve through the other months says how many
 * would have been expected at the round ones.
 */
#ifndef DYAD_STATS_HEAPING_H
#define DYAD_STATS_HEAPING_H

#include <stdbool.h>
#include <stddef.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

struct heap {
    size_t at;              /* index of the unit of time */
    double observed, expected;
    struct estimate ratio;  /* observed / expected; std_error of its log; p_value two-sided */
};

struct heaping_fit {
    double lambda, df;      /* of the smooth curve: penalty, effective degrees of freedom */
    double deviance;        /* of the units that are no heaps */
    double excess;          /* sum of observed - expected at the heaps, as share of all counts */
};

/* Storage: reserved by the function that uses it, used often. */
struct heaping_work {
    double *at;
    size_t room;
};

#define HEAPING_WORK_INIT { NULL, 0 }

void heaping_work_release(struct heaping_work *work);

/**
 * heaping(counts, n, level, work, heaps, k, out):
 * Compare the ${counts} of units of time at the ${k} heaps with what the other units say; the
 * caller sets heaps[].at.
 *
 *   counts[t] Poisson of mean m_t, t no heap;  log m minimises
 *   deviance + lambda sum of (log m_t - 2 log m_t-1 + log m_t-2)^2  over all t
 *   lambda = 10^(i/4), i from -4 to 24: where deviance + 2 df is least;
 *   df = trace of (W + lambda P)^-1 W,  W = diag(m), 0 at heaps,  P of the squares above
 *   ratio: var log = 1 / observed + (W + lambda P)^-1 at the heap,   limits ratio exp(-+ z se)
 *
 * A ratio without observed has no limits.  What a heap took from its neighbours lowers the
 * curve, too, so that the ratio says how far the heap stands out, not how many were moved to it.
 *
 * Domain:  3 <= n <= 100000;  counts >= 0, finite;  heaps below n, each once;  counts above 0
 *          at 3 units or more that are no heaps;  0 < level < 1.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV; DYAD_NOMEM; all but heaps[].at is left as it was
 *          unless DYAD_OK.
 * Source:  Eilers & Marx (1996), Stat. Sci. 11:89-121 (penalised Poisson smoothing, AIC; here
 *          without splines, after Whittaker 1923); the smooth latent distribution as the
 *          measure of digit preference: Camarda, Eilers & Gampe (2008), Stat. Model. 8:385-401.
 */
DYAD_MUST_CHECK enum dyad_status heaping(const double *counts, size_t n, double level,
                                         struct heaping_work *work, struct heap *heaps, size_t k,
                                         struct heaping_fit *out);

#endif
