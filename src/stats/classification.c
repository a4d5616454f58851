#include "dyad/stats/classification.h"

#include <math.h>

#include "dyad/stats/proportion.h"

#include "cells.h"

struct totals {
    double events, others;
};

static struct totals
totals_of(const struct scores *s)
{
    struct sum events = { 0, 0 }, others = { 0, 0 };

    for (size_t i = 0; i < s->n; i++) {
        sum_add(&events, s->counts[i].events);
        sum_add(&others, s->counts[i].others);
    }
    return (struct totals){ sum_value(&events), sum_value(&others) };
}

static bool
has_both(const struct totals *t)
{
    return t->events > 0 && t->others > 0 && isfinite(t->events + t->others);
}

/* Scores ascend. */
static bool
are_risks(const struct scores *s)
{
    return s->n > 0 && s->counts[0].score >= 0 && s->counts[s->n - 1].score <= 1;
}

/* ---- discrimination ---- */

/*
 * All in terms of 1 - A and 1 - V, so that nothing is lost where the scores tell well.  The sum of
 * c (2 above + d) is of whole numbers if weights are, and then exact.
 */
static double
wrong_share(const struct scores *s, const struct totals *t)
{
    struct sum wrong = { 0, 0 };
    double below = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct score_count *c = &s->counts[i];
        const double above = t->others - below - c->others;

        sum_add(&wrong, c->events * (2 * above + c->others));
        below += c->others;
    }
    return sum_value(&wrong) / (2 * t->events) / t->others;
}

static double
delong_variance(const struct scores *s, const struct totals *t, double wrong)
{
    struct sum events = { 0, 0 }, others = { 0, 0 };
    struct totals below = { 0, 0 };

    for (size_t i = 0; i < s->n; i++) {
        const struct score_count *c = &s->counts[i];
        const double above = t->others - below.others - c->others;
        const double of_event = (above + c->others / 2) / t->others - wrong;
        const double of_other = (below.events + c->events / 2) / t->events - wrong;

        sum_add(&events, c->events * of_event * of_event);
        sum_add(&others, c->others * of_other * of_other);
        below.events += c->events;
        below.others += c->others;
    }
    return sum_value(&events) / (t->events - 1) / t->events +
           sum_value(&others) / (t->others - 1) / t->others;
}

/* What the pairs within joined scores could change: each counts half, and might count 0 or 1. */
static double
blur_of(const struct scores *s, const struct totals *t)
{
    struct sum pairs = { 0, 0 };

    if (s->coarse == 0)
        return 0;
    for (size_t i = 0; i < s->n; i++)
        sum_add(&pairs, s->counts[i].events * s->counts[i].others);
    return sum_value(&pairs) / (2 * t->events) / t->others;
}

enum dyad_status
classification_auc(const struct scores *s, double level, struct auc *out)
{
    const struct totals t = totals_of(s);

    if (!is_level(level) || !has_both(&t))
        return DYAD_DOMAIN;

    const double wrong = wrong_share(s, &t);
    const double variance =
        t.events >= 2 && t.others >= 2 ? delong_variance(s, &t, wrong) : NAN;

    out->area = wald_difference(1 - wrong, variance, level);
    out->area.p_value = NAN;
    if (out->area.lower < 0)
        out->area.lower = 0;
    if (out->area.upper > 1)
        out->area.upper = 1;
    out->events = t.events;
    out->others = t.others;
    out->blur = blur_of(s, &t);
    return DYAD_OK;
}

enum dyad_status
classification_roc(const struct scores *s, struct roc_point *points)
{
    const struct totals t = totals_of(s);
    struct totals below = t;

    if (!has_both(&t))
        return DYAD_DOMAIN;
    points[0] = (struct roc_point){ INFINITY, 0, 1 };
    for (size_t i = s->n; i-- > 0;) {
        below.events -= s->counts[i].events;
        below.others -= s->counts[i].others;
        points[s->n - i] = (struct roc_point){ s->counts[i].score,
                                               (t.events - below.events) / t.events,
                                               below.others / t.others };
    }
    points[s->n].sensitivity = 1; /* whatever fractional weights left over */
    points[s->n].specificity = 0;
    return DYAD_OK;
}

/* ---- groups of risk ---- */

/*
 * R's quantile(), type 7, of n people: between the lo-th and hi-th, in R's order of operations.
 * ${at} and ${below} go up with ${p}: scores are walked through once.
 */
static double
quantile(const struct scores *s, double n, double p, size_t *at, double *below)
{
    const double index = 1 + fmax(n - 1, 0) * p, lo = floor(index), hi = ceil(index);

    while (*at + 1 < s->n && *below + (s->counts[*at].events + s->counts[*at].others) < lo) {
        *below += s->counts[*at].events + s->counts[*at].others;
        ++*at;
    }

    const double low = s->counts[*at].score, within = s->counts[*at].events + s->counts[*at].others;
    const double high =
        *below + within < hi && *at + 1 < s->n ? s->counts[*at + 1].score : low;
    const double h = index - lo;

    return high == low || !(h > 0) ? low : (1 - h) * low + h * high;
}

/* The different limits, ascending; how many. */
static size_t
find_limits(const struct scores *s, double n, size_t groups, double *limits)
{
    const double by = 1 / (double)groups;
    double below = 0;
    size_t at = 0, found = 0;

    for (size_t k = 0; k <= groups; k++) {
        const double limit = quantile(s, n, fmin((double)k * by, 1), &at, &below);

        if (found == 0 || limit > limits[found - 1])
            limits[found++] = limit;
    }
    limits[found - 1] = s->counts[s->n - 1].score;
    return found;
}

/* Those from ${*at} on whose score is at most ${high}. */
static struct risk_group
gather_group(const struct scores *s, size_t *at, double low, double high)
{
    struct sum events = { 0, 0 }, others = { 0, 0 }, expected = { 0, 0 }, rest = { 0, 0 };

    for (; *at < s->n && s->counts[*at].score <= high; ++*at) {
        const struct score_count *c = &s->counts[*at];

        sum_add(&events, c->events);
        sum_add(&others, c->others);
        sum_add(&expected, (c->events + c->others) * c->score);
        sum_add(&rest, (c->events + c->others) * (1 - c->score));
    }
    return (struct risk_group){ .low = low,
                                .high = high,
                                .n = sum_value(&events) + sum_value(&others),
                                .events = sum_value(&events),
                                .expected = sum_value(&expected),
                                .expected_others = sum_value(&rest) };
}

enum dyad_status
classification_groups(const struct scores *s, size_t groups, double level, struct risk_groups *out)
{
    const struct totals t = totals_of(s);
    double limits[RISK_GROUPS_MAX + 1];
    struct risk_groups found = { .n = 0 };
    size_t at = 0;

    if (!is_level(level) || groups < 2 || groups > RISK_GROUPS_MAX || !are_risks(s))
        return DYAD_DOMAIN;

    const size_t n = find_limits(s, t.events + t.others, groups, limits);

    for (size_t k = n == 1 ? 0 : 1; k < n; k++) {
        struct risk_group *g = &found.at[found.n];

        *g = gather_group(s, &at, limits[k ? k - 1 : 0], limits[k]);
        if (g->n == 0)
            continue;

        const enum dyad_status st =
            proportion_interval(g->events, g->n, PROPORTION_WILSON, level, &g->observed);

        if (st != DYAD_OK)
            return st;
        found.n++;
    }
    *out = found;
    return DYAD_OK;
}

static double
misfit(double observed, double expected)
{
    const double away = observed - expected;

    return away == 0 ? 0 : away * away / expected;
}

void
classification_hosmer_lemeshow(const struct risk_groups *groups, struct test *out)
{
    struct sum c = { 0, 0 };

    *out = (struct test){ NAN, NAN, NAN };
    if (groups->n < 3)
        return;
    for (size_t k = 0; k < groups->n; k++) {
        const struct risk_group *g = &groups->at[k];

        sum_add(&c, misfit(g->events, g->expected));
        sum_add(&c, misfit(g->n - g->events, g->expected_others));
    }
    out->statistic = isfinite(c.total) ? sum_value(&c) : INFINITY;
    out->df = (double)(groups->n - 2);
    out->p_value = cells_p_chi2(out->statistic, out->df);
}

/* ---- calibration ---- */

/* logit(risk) = a + b (logit(p) - centre); b stays 1 for calibration in the large. */
struct recalibration {
    const struct scores *scores;
    double centre;
    bool has_slope;
    double a, b;
    double likelihood, gradient[2], information[3]; /* aa, ab, bb */
};

static double
logit(double p)
{
    return log(p) - log1p(-p);
}

static void
look(struct recalibration *r)
{
    struct sum likelihood = { 0, 0 }, gradient[2] = { { 0, 0 } }, information[3] = { { 0, 0 } };

    for (size_t i = 0; i < r->scores->n; i++) {
        const struct score_count *c = &r->scores->counts[i];
        const double n = c->events + c->others, z = logit(c->score) - r->centre;
        const double eta = r->a + r->b * z, t = exp(-fabs(eta)), far = t / (1 + t);
        const double mu = eta > 0 ? 1 / (1 + t) : far, rest = eta > 0 ? far : 1 / (1 + t);
        const double residual = c->events * rest - c->others * mu, w = n * mu * rest;

        sum_add(&likelihood, -n * log1p(t) - (eta > 0 ? c->others : c->events) * fabs(eta));
        sum_add(&gradient[0], residual);
        sum_add(&gradient[1], residual * z);
        sum_add(&information[0], w);
        sum_add(&information[1], w * z);
        sum_add(&information[2], w * z * z);
    }
    r->likelihood = sum_value(&likelihood);
    for (size_t k = 0; k < 2; k++)
        r->gradient[k] = sum_value(&gradient[k]);
    for (size_t k = 0; k < 3; k++)
        r->information[k] = sum_value(&information[k]);
}

/* The inverse of the information: aa, ab, bb. */
static bool
invert(const struct recalibration *r, double inverse[3])
{
    const double *i = r->information, determinant = cells_determinant(i[0], i[1], i[1], i[2]);

    if (!r->has_slope) {
        inverse[0] = 1 / i[0];
        inverse[1] = inverse[2] = 0;
        return i[0] > 0 && isfinite(inverse[0]);
    }
    inverse[0] = i[2] / determinant;
    inverse[1] = -i[1] / determinant;
    inverse[2] = i[0] / determinant;
    return determinant > 0 && isfinite(inverse[0] + inverse[1] + inverse[2]);
}

/* Newton's steps, halved while they lead down.  Where scores separate there is no end of them. */
static enum dyad_status
recalibrate(struct recalibration *r, double inverse[3])
{
    enum { MOST_STEPS = 50, MOST_HALVES = 40 };
    const double near = 1e-9; /* the step after it is its square */
    bool ended = false;

    look(r);
    for (int step = 0; step < MOST_STEPS; step++) {
        const struct recalibration from = *r;

        if (!invert(r, inverse))
            return DYAD_NOCONV;
        if (ended)
            return DYAD_OK;

        double a = inverse[0] * r->gradient[0] + inverse[1] * r->gradient[1];
        double b = inverse[1] * r->gradient[0] + inverse[2] * r->gradient[1];

        ended = fabs(a) <= near * (1 + fabs(r->a)) && fabs(b) <= near * (1 + fabs(r->b));
        for (int half = 0; half < MOST_HALVES; half++) {
            r->a = from.a + a;
            r->b = from.b + b;
            look(r);
            if (ended || r->likelihood >= from.likelihood)
                break;
            a /= 2;
            b /= 2;
        }
    }
    return DYAD_NOCONV;
}

static double
mean_logit(const struct scores *s)
{
    struct sum total = { 0, 0 }, n = { 0, 0 };

    for (size_t i = 0; i < s->n; i++) {
        const double weight = s->counts[i].events + s->counts[i].others;

        sum_add(&total, weight * logit(s->counts[i].score));
        sum_add(&n, weight);
    }
    return sum_value(&total) / sum_value(&n);
}

static enum dyad_status
calibrate_line(const struct scores *s, double level, struct calibration *out)
{
    struct recalibration r = { .scores = s, .centre = mean_logit(s), .has_slope = true, .b = 1 };
    double v[3];
    enum dyad_status st;

    out->intercept = out->slope = wald_undefined(NAN);
    if (s->n == 1)
        return DYAD_OK;
    r.a = r.centre;
    if ((st = recalibrate(&r, v)) != DYAD_OK)
        return st;

    const double c = r.centre, variance = v[0] - 2 * c * v[1] + c * c * v[2];

    out->intercept = wald_difference(r.a - r.b * c, variance, level);
    out->slope = wald_difference(r.b, v[2], level);
    out->slope.p_value = cells_p_normal((r.b - 1) / sqrt(v[2]));
    return DYAD_OK;
}

enum dyad_status
classification_calibration(const struct scores *s, double level, struct calibration *out)
{
    const struct totals t = totals_of(s);
    struct recalibration large = { .scores = s, .b = 1 };
    struct calibration found;
    double v[3];
    enum dyad_status st;

    if (!is_level(level) || !has_both(&t) || !(s->counts[0].score > 0) ||
        !(s->counts[s->n - 1].score < 1))
        return DYAD_DOMAIN;
    if ((st = recalibrate(&large, v)) != DYAD_OK)
        return st;
    found.large = wald_difference(large.a, v[0], level);
    if ((st = calibrate_line(s, level, &found)) != DYAD_OK)
        return st;
    *out = found;
    return DYAD_OK;
}

enum dyad_status
classification_brier(const struct scores *s, double *out)
{
    const struct totals t = totals_of(s);
    struct sum squares = { 0, 0 };

    if (!are_risks(s) || !isfinite(t.events + t.others))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < s->n; i++) {
        const double p = s->counts[i].score;

        sum_add(&squares, s->counts[i].events * (1 - p) * (1 - p));
        sum_add(&squares, s->counts[i].others * p * p);
    }
    *out = sum_value(&squares) / (t.events + t.others);
    return DYAD_OK;
}
