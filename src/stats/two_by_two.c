#include "dyad/stats/two_by_two.h"

#include <math.h>
#include <string.h>

#include "dyad/stats/exact_odds.h"

#include "cells.h"

static const char *const measure_names[] = { "or", "rr", "rd", "nnt", "afe", "paf" };
static const char *const method_names[] = {
    "wald", "exact", "midp", "score", "cornfield", "profile"
};

static bool
find_name(const char *const *names, size_t n, const char *name, size_t *out)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

const char *
measure_name(enum measure measure)
{
    return measure_names[measure];
}

bool
measure_find(const char *name, enum measure *out)
{
    size_t i;

    if (!find_name(measure_names, sizeof measure_names / sizeof *measure_names, name, &i))
        return false;
    *out = (enum measure)i;
    return true;
}

const char *
interval_method_name(enum interval_method method)
{
    return method_names[method];
}

bool
interval_method_find(const char *name, enum interval_method *out)
{
    size_t i;

    if (!find_name(method_names, sizeof method_names / sizeof *method_names, name, &i))
        return false;
    *out = (enum interval_method)i;
    return true;
}

bool
interval_method_has(enum interval_method method, enum measure measure)
{
    if (method == INTERVAL_WALD)
        return true;
    if (method == INTERVAL_SCORE)
        return measure != MEASURE_PAF;
    return measure == MEASURE_OR;
}

static double
total(const struct two_by_two *t)
{
    return t->a + t->b + t->c + t->d;
}

/* Exposed and unexposed change places. */
static struct two_by_two
turned(const struct two_by_two *t)
{
    return (struct two_by_two){ t->c, t->d, t->a, t->b };
}

/* ---- wald ---- */

static struct estimate
wald_or(const struct two_by_two *t, double level)
{
    return wald_ratio(t->a * t->d, t->b * t->c, cells_determinant(t->a, t->b, t->c, t->d),
                      1 / t->a + 1 / t->b + 1 / t->c + 1 / t->d, level);
}

static struct estimate
wald_rr(const struct two_by_two *t, double level)
{
    const double n1 = t->a + t->b, n0 = t->c + t->d;

    /* Katz's 1/a - 1/n1, which would cancel for a common outcome. */
    return wald_ratio(t->a * n0, t->c * n1, cells_determinant(t->a, t->b, t->c, t->d),
                      t->b / (t->a * n1) + t->d / (t->c * n0), level);
}

static struct estimate
wald_rd(const struct two_by_two *t, double level)
{
    const double n1 = t->a + t->b, n0 = t->c + t->d;

    return wald_difference(cells_determinant(t->a, t->b, t->c, t->d) / (n1 * n0),
                           t->a / n1 * (t->b / n1) / n1 + t->c / n0 * (t->d / n0) / n0, level);
}

static struct estimate
wald_paf(const struct two_by_two *t, double level)
{
    const double n0 = t->c + t->d, m1 = t->a + t->c, n = total(t);
    const double paf = cells_determinant(t->a, t->b, t->c, t->d) / (n0 * m1);
    const double rest = t->c * n / (n0 * m1); /* 1 - paf */

    /* (b + paf (a+d)) / (N c), multiplied out: every term is positive. */
    const double variance =
        (t->b * t->c / (n0 * m1) * t->c + t->a * t->d / (n0 * m1) * (t->a + t->b + t->d)) /
        (n * t->c);

    if (!(rest > 0 && variance > 0))
        return wald_undefined(paf);

    const double logarithm = fabs(paf) < 0.5 ? log1p(-paf) : log(rest);
    const double se = sqrt(variance), margin = cells_z(level) * se;

    return (struct estimate){ paf, rest * se, -expm1(logarithm + margin),
                              -expm1(logarithm - margin), cells_p_normal(logarithm / se) };
}

struct estimate
nnt_from_rd(const struct estimate *rd)
{
    /* A limit of 0 is reached from the interval's side. */
    return (struct estimate){ .value = 1 / rd->value,
                              .std_error = NAN,
                              .lower = rd->upper == 0 ? -INFINITY : 1 / rd->upper,
                              .upper = rd->lower == 0 ? INFINITY : 1 / rd->lower,
                              .p_value = rd->p_value };
}

struct estimate
afe_from_rr(const struct estimate *rr)
{
    return (struct estimate){ .value = 1 - 1 / rr->value,
                              .std_error = rr->std_error / rr->value,
                              .lower = 1 - 1 / rr->lower,
                              .upper = 1 - 1 / rr->upper,
                              .p_value = rr->p_value };
}

static struct estimate
wald(const struct two_by_two *t, enum measure measure, double level)
{
    switch (measure) {
    case MEASURE_OR:
        return wald_or(t, level);
    case MEASURE_RR:
        return wald_rr(t, level);
    case MEASURE_PAF:
        return wald_paf(t, level);
    default:
        return wald_rd(t, level);
    }
}

/* ---- score, cornfield, profile ---- */

/*
 * Each of these intervals ends where a distance between the table and the nearest table that
 * obeys the limit has grown to ${goal}.  The table moves along one path, by a parameter y from
 * -infinity (as observed) on, and the distance grows with it: one root in y, and no subtraction
 * of counts anywhere, which is why 1e9 persons are no harder than 10.
 *
 * All limits are lower ones: the upper one is that of the groups exchanged, turned back.
 */
struct place {
    double distance, measure;
};

typedef struct place path(const struct two_by_two *t, double goal, double y);

/* A, B, C, D with the same margins, t events fewer among the exposed; a or d is used up at
 * y = +infinity, where what is left is known without subtracting. */
struct moved {
    double shift, a, b, c, d;
};

static struct moved
move_margins_kept(const struct two_by_two *t, double y)
{
    const double most = fmin(t->a, t->d);
    const double shift = most / (1 + exp(-y)), left = most / (1 + exp(y));

    return (struct moved){ shift, t->a - most + left, t->b + shift, t->c + shift,
                           t->d - most + left };
}

static double
odds_ratio(const struct moved *m)
{
    return m->a / m->b * (m->d / m->c);
}

static struct place
chi2_path(const struct two_by_two *t, double goal, double y)
{
    (void)goal;

    const struct moved m = move_margins_kept(t, y);

    return (struct place){ m.shift / m.a * m.shift + m.shift / m.b * m.shift +
                               m.shift / m.c * m.shift + m.shift / m.d * m.shift,
                           odds_ratio(&m) };
}

static double
deviance(const struct two_by_two *t, const struct moved *m)
{
    return 2 * (cells_deviance(t->a, m->a, -m->shift) + cells_deviance(t->b, m->b, m->shift) +
                cells_deviance(t->c, m->c, m->shift) + cells_deviance(t->d, m->d, -m->shift));
}

static struct place
deviance_path(const struct two_by_two *t, double goal, double y)
{
    (void)goal;

    const struct moved m = move_margins_kept(t, y);

    return (struct place){ deviance(t, &m), odds_ratio(&m) };
}

/*
 * Risk ratio: with ${shift} events fewer among the exposed, the likelihood is greatest for
 * ${gain} more among the unexposed, shift / q1 = gain / q0 (Miettinen & Nurminen's constrained
 * estimate), and their chi-squared is Pearson's between the two tables (Gart & Nam 1988,
 * Biometrics 44:323-338).
 */
static struct place
rr_path(const struct two_by_two *t, double goal, double y)
{
    (void)goal;

    const double n1 = t->a + t->b, n0 = t->c + t->d;
    const double shift = t->a / (1 + exp(-y)), left = t->a / (1 + exp(y));
    const double b = t->b + shift, weight = n0 * b + n1 * shift;
    const double gain = t->d * (n1 * shift / weight), d = t->d * (n0 * b / weight);
    const double chi2 =
        shift / left * (shift / b) * n1 + (d > 0 ? gain / (t->c + gain) * (gain / d) * n0 : 0);

    return (struct place){ chi2, left / n1 * (n0 / (t->c + gain)) };
}

/* Without non-events among the exposed (b = 0) the constrained estimate first keeps p1 = 1, and
 * only p0 moves; then only p1.  Either way the root is that of a quadratic. */
static double
rr_lower_all_events(const struct two_by_two *t, double goal)
{
    const double n1 = t->a, n0 = t->c + t->d, gain = t->d * (n1 / (n0 + n1));
    const double chi2 = gain > 0 ? n1 * (gain / (t->c + gain)) : 0;

    if (goal >= chi2)
        return n1 / (n1 + goal - chi2) * (n0 / (t->c + gain));

    const double half = goal * (t->c - t->d) / 2;
    const double root = sqrt(half * half + (n0 + goal) * goal * t->c * t->d);

    /* The events that the unexposed would have: c + gain. */
    return n0 /
           (t->c + (half < 0 ? (root - half) / (n0 + goal) : goal * t->c * t->d / (half + root)));
}

/* How far a risk x/n moves, in units of n, where the score is ${k} a person:
 * r = k (p - r)(q + r), r > 0. */
static double
risk_shift(double p, double q, double k)
{
    const double half = (1 / k - (p - q)) / 2, root = hypot(half, sqrt(p * q));

    return half > 0 ? p * q / (half + root) : root - half;
}

/*
 * Risk difference: the constrained estimate moves both risks until their scores are equal,
 * (a - n1 p1) / p1 q1 = (n0 p0 - c) / p0 q0 = exp(y), and the chi-squared is that common score
 * times the distance moved.  So at the goal the distance is goal / exp(y), which is free of the
 * cancelling in a risk that has only just begun to move from 0 or 1.
 */
static struct place
rd_path(const struct two_by_two *t, double goal, double y)
{
    const double n1 = t->a + t->b, n0 = t->c + t->d, k = exp(y);
    const double moved =
        risk_shift(t->a / n1, t->b / n1, k / n1) + risk_shift(t->d / n0, t->c / n0, k / n0);

    return (struct place){ k * moved,
                           cells_determinant(t->a, t->b, t->c, t->d) / (n1 * n0) - goal / k };
}

/* The measure where the path's distance is ${goal}: bisection to a narrow bracket, then the
 * Illinois rule (Dowell & Jarratt 1971, BIT 11:168-174) on the log distance, which is near to
 * linear in y. */
static enum dyad_status
follow(path *along, const struct two_by_two *t, double goal, double *out)
{
    double lo = -700, hi = 700, f_lo, f_hi;
    int kept = 0;

    f_lo = log(along(t, goal, lo).distance / goal);
    f_hi = log(along(t, goal, hi).distance / goal);
    for (int i = 0; i < 300 && f_lo < 0 && f_hi > 0; i++) {
        double y = hi - lo > 4 ? (lo + hi) / 2 : (lo * f_hi - hi * f_lo) / (f_hi - f_lo), f;
        struct place here;

        if (!(y > lo && y < hi))
            y = (lo + hi) / 2;
        here = along(t, goal, y);
        f = log(here.distance / goal);
        if (f == 0 || hi - lo <= 4e-16 * fmax(1, fabs(y))) {
            *out = here.measure;
            return DYAD_OK;
        }
        if (f < 0) {
            lo = y;
            f_lo = f;
            f_hi = kept < 0 ? f_hi / 2 : f_hi;
            kept = -1;
        } else {
            hi = y;
            f_hi = f;
            f_lo = kept > 0 ? f_lo / 2 : f_lo;
            kept = 1;
        }
    }
    return DYAD_NOCONV;
}

static enum dyad_status
or_lower(path *along, const struct two_by_two *t, double goal, double *out)
{
    *out = 0;
    return t->a > 0 && t->d > 0 ? follow(along, t, goal, out) : DYAD_OK;
}

static enum dyad_status
rr_lower(const struct two_by_two *t, double goal, double *out)
{
    *out = 0;
    if (t->a > 0 && t->b > 0)
        return follow(rr_path, t, goal, out);
    if (t->a > 0)
        *out = rr_lower_all_events(t, goal);
    return DYAD_OK;
}

static enum dyad_status
rd_lower(const struct two_by_two *t, double goal, double *out)
{
    *out = -1;
    return t->a > 0 || t->d > 0 ? follow(rd_path, t, goal, out) : DYAD_OK;
}

/* Pearson's chi-squared against no association; 0 where a margin is empty, as the fit is then
 * perfect. */
static double
chi2_at_null(const struct two_by_two *t)
{
    const double n = total(t), n1 = t->a + t->b, n0 = t->c + t->d;
    const double m1 = t->a + t->c, m0 = t->b + t->d;
    const double residual = cells_determinant(t->a, t->b, t->c, t->d) / n;

    return m1 > 0 && m0 > 0 ? residual * (n / n1) * (residual / n0) * (n / m1) * (n / m0) : 0;
}

static double
deviance_at_null(const struct two_by_two *t)
{
    const double n = total(t), n1 = t->a + t->b, n0 = t->c + t->d;
    const double m1 = t->a + t->c, m0 = t->b + t->d;
    const struct moved m = { .shift = cells_determinant(t->a, t->b, t->c, t->d) / n,
                             .a = n1 * (m1 / n),
                             .b = n1 * (m0 / n),
                             .c = n0 * (m1 / n),
                             .d = n0 * (m0 / n) };

    return deviance(t, &m);
}

static enum dyad_status
or_limits(path *along, const struct two_by_two *t, double goal, struct estimate *out)
{
    const struct two_by_two back = turned(t);
    double lower, upper;
    enum dyad_status st;

    if ((st = or_lower(along, t, goal, &lower)) != DYAD_OK ||
        (st = or_lower(along, &back, goal, &upper)) != DYAD_OK)
        return st;
    out->lower = lower;
    out->upper = 1 / upper;
    return DYAD_OK;
}

static enum dyad_status
rr_limits(const struct two_by_two *t, double goal, struct estimate *out)
{
    const struct two_by_two back = turned(t);
    double lower, upper;
    enum dyad_status st;

    if ((st = rr_lower(t, goal, &lower)) != DYAD_OK ||
        (st = rr_lower(&back, goal, &upper)) != DYAD_OK)
        return st;
    out->lower = lower;
    out->upper = 1 / upper;
    return DYAD_OK;
}

static enum dyad_status
rd_limits(const struct two_by_two *t, double goal, struct estimate *out)
{
    const struct two_by_two back = turned(t);
    double lower, upper;
    enum dyad_status st;

    if ((st = rd_lower(t, goal, &lower)) != DYAD_OK ||
        (st = rd_lower(&back, goal, &upper)) != DYAD_OK)
        return st;
    out->lower = lower;
    out->upper = -upper;
    return DYAD_OK;
}

static enum dyad_status
score(const struct two_by_two *t, enum measure measure, double level, struct estimate *out)
{
    const double n = total(t), z = cells_z(level), goal = z * z * (n / (n - 1));

    if (!(n > 1))
        return DYAD_DOMAIN;
    out->p_value = cells_p_chi2(chi2_at_null(t) * ((n - 1) / n), 1);
    if (measure == MEASURE_OR)
        return or_limits(chi2_path, t, goal, out);
    return measure == MEASURE_RR ? rr_limits(t, goal, out) : rd_limits(t, goal, out);
}

static enum dyad_status
conditional(const struct two_by_two *t, bool mid, double level, struct estimate *out)
{
    const struct stratum only = { *t, 1 };

    return exact_odds_estimate(&only, 1, mid, level, out);
}

/* or, rr, rd and paf; wald's estimate is the start, of which the others change what differs. */
static enum dyad_status
estimate(const struct two_by_two *t, enum measure measure, enum interval_method method,
         double level, struct estimate *out)
{
    const double z = cells_z(level);

    *out = wald(t, measure, level);
    switch (method) {
    case INTERVAL_EXACT:
    case INTERVAL_MIDP:
        return conditional(t, method == INTERVAL_MIDP, level, out);
    case INTERVAL_SCORE:
        return score(t, measure, level, out);
    case INTERVAL_CORNFIELD:
        out->p_value = cells_p_chi2(chi2_at_null(t), 1);
        return or_limits(chi2_path, t, z * z, out);
    case INTERVAL_PROFILE:
        out->p_value = cells_p_chi2(deviance_at_null(t), 1);
        return or_limits(deviance_path, t, z * z, out);
    default:
        return DYAD_OK;
    }
}

enum dyad_status
two_by_two_estimate(const struct two_by_two *t, enum measure measure, enum interval_method method,
                    double level, struct estimate *out)
{
    const enum measure made = measure == MEASURE_NNT   ? MEASURE_RD
                              : measure == MEASURE_AFE ? MEASURE_RR
                                                       : measure;
    struct estimate it;
    enum dyad_status st;

    if (!is_table(t) || !(t->a + t->b > 0 && t->c + t->d > 0) || !is_level(level) ||
        !interval_method_has(method, measure))
        return DYAD_DOMAIN;
    if ((st = estimate(t, made, method, level, &it)) != DYAD_OK)
        return st;
    if (measure == MEASURE_NNT)
        it = nnt_from_rd(&it);
    if (measure == MEASURE_AFE)
        it = afe_from_rr(&it);
    *out = it;
    return DYAD_OK;
}
