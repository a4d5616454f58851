/*
 * stats/bootstrap.h: errors and limits from fits to people drawn again, with replacement.
 *
 * Each replicate has random numbers of its own (Mersenne twister, seeded by splitmix64 from the
 * seed and the replicate's number), so that any number of threads makes the same.
 */
#ifndef DYAD_STATS_BOOTSTRAP_H
#define DYAD_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"
#include "dyad/stats/standardization.h"

enum bootstrap_limits {
    BOOTSTRAP_PERCENTILE, /* quantiles of the replicates */
    BOOTSTRAP_NORMAL      /* estimate less bias -+ z times the replicates' standard deviation */
};

/**
 * bootstrap_interval(replicates, n, value, limits, level, out):
 * An estimate from its bootstrap replicates, which are sorted.  std_error is their standard
 * deviation (divisor n - 1); p_value is NaN.
 *
 *   normal      value - (mean - value) -+ z se
 *   percentile  the (n+1) p-th of them, p = (1-level)/2 and 1 - p, between neighbours by the
 *               normal quantiles of their ranks; the lowest or highest where there is none
 *
 * Domain:  n >= 2;  finite;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Davison & Hinkley (1997), Bootstrap Methods and their Application, 5.2.1, 5.3.1; as
 *          boot's boot.ci.
 */
DYAD_MUST_CHECK enum dyad_status bootstrap_interval(double *replicates, size_t n, double value,
                                                    enum bootstrap_limits limits, double level,
                                                    struct estimate *out);

/*
 * Fits the model to the rows as often as ${weights} say (some are 0) and sets ${beta}, on any
 * thread.  It has DYAD_NOCONV or DYAD_DOMAIN for a sample that it cannot fit.
 */
typedef enum dyad_status bootstrap_refit(const double *weights, double *beta, const void *context);

struct bootstrap {
    uint64_t seed;
    size_t replicates;
    enum bootstrap_limits limits;
    const uint32_t *cluster; /* of each row, from 0: whole clusters are drawn; NULL: people */
    size_t clusters;
    bootstrap_refit *refit;
    const void *context;
    size_t threads; /* 0: 1 */
};

/**
 * bootstrap_standardization(model, rows, how, level, out, failed):
 * As standardization_finish, errors and limits from fits to people (or clusters) drawn again with
 * replacement, so that covariates are sampled too.  For ratios everything is done on the log
 * scale; they have no limits if a replicate has no ratio.  ${failed} replicates could not be
 * fitted and are left out.
 *
 * Domain:  as standardization_finish;  replicates >= 2;  whole weights of at most 4e9 in all;  two
 *          people, or clusters, at least;  model->covariance is not used.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOCONV if more than half of the replicates failed;
 *          DYAD_NOMEM; any other status of refit.  ${out} is left as it was unless DYAD_OK.
 */
DYAD_MUST_CHECK enum dyad_status bootstrap_standardization(const struct standard_model *model,
                                                           const struct standard_rows *rows,
                                                           const struct bootstrap *how,
                                                           double level, struct standardized *out,
                                                           size_t *failed);

#endif
