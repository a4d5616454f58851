/*
 * stats/two_by_two.h: measures of one two-by-two table, and their intervals.
 *
 * Throughout:  n1 = a+b,  n0 = c+d,  m1 = a+c,  m0 = b+d,  N = n1+n0,  p1 = a/n1,  p0 = c/n0.
 */
#ifndef DYAD_STATS_TWO_BY_TWO_H
#define DYAD_STATS_TWO_BY_TWO_H

#include <stdbool.h>

#include "dyad/core/shapes.h"
#include "dyad/core/status.h"

/* Odds ratio, risk ratio, risk difference, number needed to treat, attributable fraction among
 * the exposed, population attributable fraction. */
enum measure { MEASURE_OR, MEASURE_RR, MEASURE_RD, MEASURE_NNT, MEASURE_AFE, MEASURE_PAF };

enum interval_method {
    INTERVAL_WALD,
    INTERVAL_EXACT,
    INTERVAL_MIDP,
    INTERVAL_SCORE,
    INTERVAL_CORNFIELD,
    INTERVAL_PROFILE
};

/** measure_name(measure): `or`, `rr`, `rd`, `nnt`, `afe`, `paf`. */
const char *measure_name(enum measure measure);

/** measure_find(name, out): the measure called ${name}; false, and ${out} untouched, if none. */
DYAD_MUST_CHECK bool measure_find(const char *name, enum measure *out);

/** interval_method_name(method): `wald`, `exact`, `midp`, `score`, `cornfield`, `profile`. */
const char *interval_method_name(enum interval_method method);

/** interval_method_find(name, out): as measure_find. */
DYAD_MUST_CHECK bool interval_method_find(const char *name, enum interval_method *out);

/**
 * interval_method_has(method, measure):
 * Does ${method} make intervals for ${measure}?  wald for all; score for all but paf; exact,
 * midp, cornfield and profile for or.
 */
bool interval_method_has(enum interval_method method, enum measure measure);

/**
 * two_by_two_estimate(counts, measure, method, level, out):
 * Estimate ${measure} of ${counts}, exposed against unexposed, with the interval of ${method}
 * and the p-value of the test which that interval inverts.
 *
 *   or   ad / bc          wald: se^2 = 1/a + 1/b + 1/c + 1/d of the log (Woolf)
 *   rr   p1 / p0          wald: se^2 = b/(a n1) + d/(c n0) of the log (Katz)
 *   rd   p1 - p0          wald: se^2 = ab/n1^3 + cd/n0^3
 *   nnt  1 / rd           limits 1/(rd's upper), 1/(rd's lower), in this order; where rd's
 *                         limits differ in sign the interval runs through infinity
 *   afe  1 - 1/rr         limits from rr's; se = se(log rr) / rr
 *   paf  1 - p0 / (m1/N)  wald: log(1-paf) -+ z s,  s^2 = (b + paf (a+d)) / (N c);
 *                         se = (1-paf) s
 *
 *   exact      value: conditional maximum likelihood, se from its information; limits invert
 *              Fisher's one-sided tests; p: twice the smaller tail, at most 1
 *   midp       value: median-unbiased; the same with half the probability of a itself
 *   score      limits invert Miettinen and Nurminen's chi-squared, variance with N/(N-1);
 *              p: Pearson's chi-squared times (N-1)/N
 *   cornfield  limits solve (a-A)^2 (1/A + 1/B + 1/C + 1/D) = z^2, A..D with the margins of
 *              a..d and odds ratio the limit, no continuity correction; p: Pearson's chi-squared
 *   profile    limits solve G^2 = z^2 of a..d against the same A..D; p: the likelihood ratio
 *
 * The value is the sample's own (and its se that of wald) but under exact and midp; midp has
 * no se, nor has nnt.
 *
 * Empty cells, nothing added: the value is 0, infinite, or NaN for 0/0 (afe: 1 for rr infinite
 * and -infinity for rr 0; nnt: infinite for rd 0).  wald then has NaN for the rest, as where its
 * variance is 0; the other methods have their limits, 0 and infinity where the counts allow it,
 * and p.  No outcome at all, or only outcomes (m1 = 0 or m0 = 0): or is NaN between 0 and
 * infinity; rr and rd keep the limits that the score test gives; p is 1 but under wald.
 *
 * Domain:  a, b, c, d >= 0 and finite;  n1, n0 > 0;  0 < level < 1;  interval_method_has;
 *          score: N > 1;  exact and midp: whole numbers, N <= 1e12.
 * Returns: DYAD_OK; DYAD_DOMAIN; DYAD_NOMEM (exact, midp); DYAD_NOCONV.  ${out} is left as it
 *          was unless DYAD_OK.
 * Source:  Woolf (1955), Ann. Hum. Genet. 19:251-253; Katz et al. (1978), Biometrics 34:469-474;
 *          Walter (1976), Biometrics 32:829-849 and Jewell (2004), Statistics for Epidemiology,
 *          7.5 (paf); Fisher (1935), J. R. Stat. Soc. 98:39-82; Miettinen & Nurminen (1985),
 *          Stat. Med. 4:213-226; Cornfield (1956), Proc. 3rd Berkeley Symp. 4:135-148.
 */
DYAD_MUST_CHECK enum dyad_status two_by_two_estimate(const struct two_by_two *counts,
                                                     enum measure measure,
                                                     enum interval_method method, double level,
                                                     struct estimate *out);

/** nnt_from_rd(rd): the number needed to treat from a risk difference, std_error NaN. */
struct estimate nnt_from_rd(const struct estimate *rd);

/** afe_from_rr(rr): the attributable fraction among the exposed from a risk ratio. */
struct estimate afe_from_rr(const struct estimate *rr);

#endif
