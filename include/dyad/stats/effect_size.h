/*
 * stats/effect_size.h: what one study brings to a pooled analysis: an effect and its variance.
 *
 * Ratios are brought on the log scale.  Throughout a two-by-two table has  n1 = a+b,  n0 = c+d,
 * m1 = a+c,  m0 = b+d,  N = n1+n0,  p1 = a/n1,  p0 = c/n0.
 */
#ifndef DYAD_STATS_EFFECT_SIZE_H
#define DYAD_STATS_EFFECT_SIZE_H

#include <stdbool.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/* An effect y with its variance v. */
struct effect {
    double y, v;
};

/* Of a two-by-two table. */
enum table_effect {
    EFFECT_LOG_OR,
    EFFECT_LOG_RR,
    EFFECT_RD,
    EFFECT_PETO, /* Peto's one-step log odds ratio */
    EFFECT_ASD   /* arcsine difference */
};

/* Of a single proportion. */
enum proportion_effect { EFFECT_LOGIT, EFFECT_FREEMAN_TUKEY };

/* How a published estimate is read. */
enum effect_reading { READ_AS_RATIO, READ_AS_IT_STANDS };

/* What an empty cell gets; see zero_rule_apply. */
enum zero_rule { ZERO_NONE, ZERO_ONLY0, ZERO_IF0ALL, ZERO_ALL, ZERO_BY_ARM };

/** table_has_zero(table): is a cell empty? */
bool table_has_zero(const struct two_by_two *table);

/** table_is_double_zero(table): is there no outcome in either arm, or nothing but outcomes? */
bool table_is_double_zero(const struct two_by_two *table);

/**
 * zero_rule_apply(table, rule, add, any_zero):
 * The table with ${add} in each of its cells where ${rule} says so.
 *
 *   none     never
 *   only0    if the table has an empty cell
 *   if0all   if any table of the analysis has one: ${any_zero}
 *   all      always
 *   by arm   if the table has an empty cell: the share of the people that are in the arm, to
 *            both of its cells; ${add} is nothing to it
 *
 * Source:  as metafor's escalc (`to`); by arm Sweeting, Sutton & Lambert (2004), Statist Med
 *          23:1351-1375, the treatment arm correction: in inverse proportion to the other arm's
 *          size, 1 in all.
 */
struct two_by_two zero_rule_apply(const struct two_by_two *table, enum zero_rule rule, double add,
                                  bool any_zero);

/**
 * effect_of_table(table, measure, out):
 * The effect of one study, exposed against unexposed, from its counts as they are.
 *
 *   log or   y = log(ad/bc),                    v = 1/a + 1/b + 1/c + 1/d
 *   log rr   y = log(p1/p0),                    v = 1/a - 1/n1 + 1/c - 1/n0
 *   rd       y = p1 - p0,                       v = p1(1-p1)/n1 + p0(1-p0)/n0
 *   peto     y = (a - n1 m1/N) / V,             v = 1/V,  V = n1 n0 m1 m0 / (N^2 (N-1))
 *   asd      y = asin sqrt p1 - asin sqrt p0,   v = 1/(4 n1) + 1/(4 n0)
 *
 * Domain:  cells >= 0 and at most 1e15, whole or not;  n1, n0 > 0;  a finite effect and a
 *          positive variance: log or no empty cell; log rr a, c > 0 and b + d > 0; rd p1 or p0
 *          strictly between 0 and 1; peto m1, m0 > 0 and N > 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Woolf (1955), Ann. Hum. Genet. 19:251-253; Katz et al. (1978), Biometrics 34:469-474;
 *          Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371; Ruecker et al. (2009), Stat.
 *          Med. 28:721-738.
 */
DYAD_MUST_CHECK enum dyad_status effect_of_table(const struct two_by_two *table,
                                                 enum table_effect measure, struct effect *out);

/**
 * effect_of_proportion(events, n, measure, out):
 * The effect of one study with a single arm.
 *
 *   logit          y = log(events / (n - events)),   v = 1/events + 1/(n - events)
 *   freeman-tukey  y = (asin sqrt(events/(n+1)) + asin sqrt((events+1)/(n+1))) / 2,
 *                  v = 1/(4n + 2)
 *
 * Domain:  0 <= events <= n <= 1e15,  n > 0;  logit: 0 < events < n.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611, halved as in metafor.
 */
DYAD_MUST_CHECK enum dyad_status effect_of_proportion(double events, double n,
                                                      enum proportion_effect measure,
                                                      struct effect *out);

/**
 * effect_add_to_proportion(events, n, rule, add, any_zero):
 * As zero_rule_apply for the two cells of a proportion: ${add} to events and to non-events; by
 * arm is of two arms, and adds nothing.
 */
void effect_add_to_proportion(double *events, double *n, enum zero_rule rule, double add,
                              bool any_zero);

/** proportion_of_logit(y): 1 / (1 + exp(-y)). */
double proportion_of_logit(double y);

/**
 * proportion_of_freeman_tukey(y, n):
 * Turn a (pooled) double arcsine back into a proportion of ${n}, the harmonic mean of the
 * studies' sizes.
 *
 *   p = (1 - sign(cos 2y) sqrt(1 - (sin 2y + (sin 2y - 1/sin 2y)/n)^2)) / 2;
 *   0 or 1 below or above the values that y has at 0 or n events
 *
 * NaN for NaN, and unless n > 0.
 * Source:  Miller (1978), Am. Stat. 32:138; as metafor's transf.ipft.hm.
 */
double proportion_of_freeman_tukey(double y, double n);

/**
 * effect_from_limits(value, lower, upper, level, reading, out):
 * The effect of a published estimate with the limits of a Wald interval of coverage ${level}.
 *
 *   ratio:         y = log value,  v = ((log upper - log lower) / 2z)^2
 *   as it stands:  y = value,      v = ((upper - lower) / 2z)^2
 *
 * Domain:  lower < upper;  all finite;  of a ratio all > 0;  0 < level < 1.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 * Source:  Cochrane Handbook for Systematic Reviews of Interventions, version 6, 6.3.
 */
DYAD_MUST_CHECK enum dyad_status effect_from_limits(double value, double lower, double upper,
                                                    double level, enum effect_reading reading,
                                                    struct effect *out);

/**
 * effect_from_std_error(value, std_error, reading, out), effect_from_variance(value, ...):
 * The effect of a published estimate; std_error and variance are of the log of a ratio.
 *
 * Domain:  std_error or variance > 0 and finite;  value finite, of a ratio > 0.
 * Returns: DYAD_OK, or DYAD_DOMAIN with ${out} left as it was.
 */
DYAD_MUST_CHECK enum dyad_status effect_from_std_error(double value, double std_error,
                                                       enum effect_reading reading,
                                                       struct effect *out);
DYAD_MUST_CHECK enum dyad_status effect_from_variance(double value, double variance,
                                                      enum effect_reading reading,
                                                      struct effect *out);

/**
 * effect_asymmetry(value, lower, upper, reading):
 * How far an estimate lies from the middle of its limits, in half-widths of the interval, on the
 * log scale for a ratio: 0 if it is a Wald interval, beyond 1 if the estimate lies outside.
 * NaN where effect_from_limits is not defined.
 */
double effect_asymmetry(double value, double lower, double upper, enum effect_reading reading);

#endif
