/*
 * stats/survey.h: variances of totals from a sample drawn by strata and primary sampling units.
 *
 *   V = sum over strata h of (1 - f_h) m_h / (m_h - 1) sum over i of (z_hi - z_h)(z_hi - z_h)'
 *
 * z_hi is the weighted total of unit i of stratum h, z_h their mean over all m_h units drawn - those
 * without a record in the domain have a total of 0 -, f_h the share of the stratum's units that was
 * drawn.
 */
#ifndef DYAD_STATS_SURVEY_H
#define DYAD_STATS_SURVEY_H

#include "dyad/core/status.h"

#include <stddef.h>
#include <stdint.h>

struct survey_design {
    size_t strata;
    const double *drawn;     /* units of each stratum: m_h */
    const double *fraction;  /* f_h, 0 ... 1;  NULL: 0 */
    size_t units;            /* that were drawn and are numbered */
    const uint32_t *stratum; /* of each unit */
};

/**
 * survey_degrees(d):
 * Return the degrees of freedom: units drawn minus strata.
 */
double survey_degrees(const struct survey_design *d);

/**
 * survey_factor(d, h):
 * Return (1 - f_h) m_h / (m_h - 1): 0 of a stratum of which all is known (f_h = 1), NaN of one with a
 * single unit, which says nothing of how units differ.
 */
double survey_factor(const struct survey_design *d, size_t h);

/**
 * survey_variance(d, totals, p, out):
 * V (p by p) of the column sums of ${totals} (units by p).
 *
 * Returns: DYAD_OK; DYAD_DOMAIN: some stratum has a factor of NaN; DYAD_NOMEM.
 * Source:  Binder (1983), Int. Stat. Rev. 51:279-292; R's survey, svyrecvar (one stage).
 */
DYAD_MUST_CHECK enum dyad_status survey_variance(const struct survey_design *d, const double *totals,
                                                 size_t p, double *out);

/**
 * survey_center(d, sums, p, out):
 * Where each record is a unit of its own: subtract from ${out}, the sum over records of
 * survey_factor z z', what the strata's means take away:  sum over h of factor_h s_h s_h' / m_h,
 * s_h (strata by p) the sums over the stratum.
 */
void survey_center(const struct survey_design *d, const double *sums, size_t p, double *out);

#endif
