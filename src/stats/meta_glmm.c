#include "dyad/stats/meta_glmm.h"

#include <math.h>
#include <string.h>

#include "dyad/stats/exact_odds.h"
#include "dyad/stats/wald.h"

#include "cells.h"
#include "meta_glmm_study.h"
#include "meta_sample.h"

static const char *const model_names[] = { "um.fs", "cm.el" };

const char *
glmm_model_name(enum glmm_model model)
{
    return model_names[model];
}

bool
glmm_model_find(const char *name, enum glmm_model *out)
{
    for (size_t i = 0; i < sizeof model_names / sizeof *model_names; i++)
        if (strcmp(model_names[i], name) == 0) {
            *out = (enum glmm_model)i;
            return true;
        }
    return false;
}

/* ---- the studies ---- */

/* Either tables or events of totals. */
struct studies {
    const struct two_by_two *tables;
    const double *events, *totals;
    size_t k;
    enum glmm_model model;
};

static bool
are_proportions(const struct studies *s)
{
    return s->tables == NULL;
}

static bool
have_intercepts(const struct studies *s)
{
    return !are_proportions(s) && s->model == GLMM_UM_FS;
}

static size_t
arms_of(const struct studies *s, size_t i, struct arm *arms)
{
    if (are_proportions(s)) {
        arms[0] = (struct arm){ s->events[i], s->totals[i] - s->events[i], 0, 1 };
        return 1;
    }

    const struct two_by_two *t = &s->tables[i];

    arms[0] = (struct arm){ t->a, t->b, 1, 0.5 };
    arms[1] = (struct arm){ t->c, t->d, 1, -0.5 };
    return 2;
}

static bool
are_pooled(const struct studies *s)
{
    const double most = 1e12, most_conditional = 1e7;
    bool up = false, down = false;

    for (size_t i = 0; i < s->k; i++) {
        struct arm arms[2];
        const size_t n = arms_of(s, i, arms);

        for (size_t r = 0; r < n; r++)
            if (!(arms[r].x >= 0 && arms[r].x <= most && arms[r].y >= 0 && arms[r].y <= most &&
                  arms[r].x + arms[r].y > 0))
                return false;
        if (are_proportions(s)) {
            up = up || arms[0].x > 0;
            down = down || arms[0].y > 0;
            continue;
        }
        if (table_is_double_zero(&s->tables[i]))
            return false;
        if (s->model == GLMM_CM_EL &&
            !(is_whole_table(&s->tables[i]) &&
              arms[0].x + arms[0].y + arms[1].x + arms[1].y <= most_conditional))
            return false;
        up = up || (arms[0].x > 0 && arms[1].y > 0);
        down = down || (arms[0].y > 0 && arms[1].x > 0);
    }
    return up && down;
}

/* The study's own estimate, a cell of it empty or (${add}) not; false where it is infinite. */
static bool
own_effect(const struct studies *s, size_t i, double add, struct effect *out)
{
    if (are_proportions(s)) {
        double x = s->events[i], n = s->totals[i];

        effect_add_to_proportion(&x, &n, ZERO_ONLY0, add, false);
        return effect_of_proportion(x, n, EFFECT_LOGIT, out) == DYAD_OK;
    }

    const struct two_by_two t = zero_rule_apply(&s->tables[i], ZERO_ONLY0, add, false);

    return effect_of_table(&t, EFFECT_LOG_OR, out) == DYAD_OK;
}

/* ---- the likelihood ---- */

struct glmm {
    struct studies studies;
    struct hermite points;
    /* Each of k elements: the intercepts, others to try, the way there, and what one step of the
     * intercept would be: shift + slope * (step of the mean). */
    double *intercepts, *trial, *way, *shift, *slope;
};

/* Derivatives are those of the likelihood with each intercept following the rest. */
struct place {
    double mean, tau, log_lik;
    double d_mean, d_tau;
    double d_mean2, d_mean_tau, d_tau2;
    double left; /* Newton's decrement of the intercepts */
};

static struct jet
study_jet(const struct glmm *g, size_t i, double intercept, double mean, double tau)
{
    struct arm arms[2];

    if (!are_proportions(&g->studies) && g->studies.model == GLMM_CM_EL)
        return study_conditional(&g->studies.tables[i], mean, tau);

    const size_t n = arms_of(&g->studies, i, arms);

    return study_binomial(arms, n, &g->points, intercept, mean, tau);
}

/* Its log_lik is NaN where there is no maximum to step towards. */
static struct place
look(struct glmm *g, const double *intercepts, double mean, double tau)
{
    struct place at = { .mean = mean, .tau = tau };

    for (size_t i = 0; i < g->studies.k; i++) {
        const struct jet l = study_jet(g, i, intercepts[i], mean, tau);
        const double *d = l.d, *by = l.dd[BY_INTERCEPT];
        double pull = 0, mean_pull = 0, tau_pull = 0;

        if (have_intercepts(&g->studies)) {
            if (!(by[BY_INTERCEPT] < 0))
                return (struct place){ .log_lik = NAN };
            pull = -d[BY_INTERCEPT] / by[BY_INTERCEPT];
            mean_pull = -by[BY_MEAN] / by[BY_INTERCEPT];
            tau_pull = -by[BY_TAU] / by[BY_INTERCEPT];
        }
        g->shift[i] = pull;
        g->slope[i] = mean_pull;
        at.left += pull * d[BY_INTERCEPT];
        at.log_lik += l.v;
        at.d_mean += d[BY_MEAN] + by[BY_MEAN] * pull;
        at.d_tau += d[BY_TAU] + by[BY_TAU] * pull;
        at.d_mean2 += l.dd[BY_MEAN][BY_MEAN] + by[BY_MEAN] * mean_pull;
        at.d_mean_tau += l.dd[BY_MEAN][BY_TAU] + by[BY_MEAN] * tau_pull;
        at.d_tau2 += l.dd[BY_TAU][BY_TAU] + by[BY_TAU] * tau_pull;
    }
    if (!isfinite(at.log_lik) || !(at.d_mean2 < 0))
        at.log_lik = NAN;
    return at;
}

/* One Newton step of mean and intercepts, shortened until it does not lead down. */
static bool
step(struct glmm *g, struct place *at, bool last)
{
    const double slack = 1e-11 * fabs(at->log_lik), by = -at->d_mean / at->d_mean2;
    double part = 1;

    for (size_t i = 0; i < g->studies.k; i++)
        g->way[i] = g->shift[i] + g->slope[i] * by;
    for (int n = 0; n < 60; n++, part /= 2) {
        struct place there;

        for (size_t i = 0; i < g->studies.k; i++)
            g->trial[i] = g->intercepts[i] + part * g->way[i];
        there = look(g, g->trial, at->mean + part * by, at->tau);
        if (there.log_lik >= at->log_lik - slack || (last && isfinite(there.log_lik))) {
            memcpy(g->intercepts, g->trial, g->studies.k * sizeof *g->trial);
            *at = there;
            return true;
        }
    }
    return false;
}

/*
 * The mean and the intercepts where the likelihood is largest at ${tau}: it is concave in them, the
 * integral of a log-concave function (Prekopa 1973, Acta Sci. Math. 34:335-343).
 */
static bool
climb(struct glmm *g, double mean, double tau, struct place *out)
{
    struct place at = look(g, g->intercepts, mean, tau);

    for (int n = 0; n < 200 && !isnan(at.log_lik); n++) {
        const double left = at.left - at.d_mean * at.d_mean / at.d_mean2;
        const bool last = left < 1e-14;

        if (!step(g, &at, last))
            return false;
        if (last) {
            *out = at;
            return true;
        }
    }
    return false;
}

/* ---- tau ---- */

/* Of the profile likelihood. */
static double
curvature(const struct place *at)
{
    return at->d_tau2 - at->d_mean_tau * at->d_mean_tau / at->d_mean2;
}

/* The peak between two taus where the profile rises and falls. */
static bool
find_peak(struct glmm *g, double low, double high, struct place *at)
{
    double tau = low > 0 ? sqrt(low * high) : high / 2;

    for (int n = 0; n < 200; n++) {
        if (!climb(g, at->mean, tau, at))
            return false;
        if (at->d_tau > 0)
            low = tau;
        else
            high = tau;

        const double by = -at->d_tau / curvature(at);
        const bool is_step = curvature(at) < 0 && tau + by > low && tau + by < high;

        if (is_step && fabs(by) <= 1e-7 * tau)
            return climb(g, at->mean, tau + by, at);
        if (high - low <= 1e-14 * high)
            return true;
        tau = is_step ? tau + by : (low + high) / 2;
    }
    return false;
}

/* Where to begin: well below the smallest error of a study. */
static double
smallest_tau(const struct studies *s)
{
    double least = INFINITY;

    for (size_t i = 0; i < s->k; i++) {
        struct effect e;

        if (own_effect(s, i, 0.5, &e))
            least = fmin(least, e.v);
    }
    return sqrt(least / 8);
}

/*
 * From the common-effect model up, which stands if the profile falls from there.  Where tau is so
 * large that a study with an empty cell is a step between the points of the quadrature, its sum
 * is no longer concave, and what it says no longer of interest unless the profile still rises.
 */
static enum dyad_status
find_highest(struct glmm *g, const struct place *common, struct place *out)
{
    const double most = 32;
    struct place here = *common, highest = *common;
    double low = 0;
    bool rises = curvature(common) > 0;

    for (double tau = smallest_tau(&g->studies); tau < most; tau *= 2) {
        bool still;

        if (!climb(g, here.mean, tau, &here))
            break;
        still = here.d_tau > 0;
        if (rises && !still) {
            struct place peak = here;

            if (!find_peak(g, low, tau, &peak))
                return DYAD_NOCONV;
            if (peak.log_lik > highest.log_lik)
                highest = peak;
        }
        rises = still;
        low = tau;
    }
    if (rises && here.log_lik > highest.log_lik)
        return DYAD_NOCONV;
    *out = highest;
    return DYAD_OK;
}

/* ---- what the studies say by themselves ---- */

/* A weighted sum of squares; Q when all is added. */
struct spread {
    double weights, mean, squares;
};

static void
spread_add(struct spread *s, double y, double w)
{
    const double away = y - s->mean;

    s->weights += w;
    s->mean += away * (w / s->weights);
    s->squares += w * away * (y - s->mean);
}

/* Twice what a binomial study lacks to its best fit at tau = 0. */
static double
binomial_deviance(const struct glmm *g, size_t i, double mean)
{
    struct arm arms[2];
    const size_t n = arms_of(&g->studies, i, arms);
    double sum = 0;

    for (size_t r = 0; r < n; r++) {
        const double logit = arms[r].intercept * g->intercepts[i] + arms[r].slope * mean;
        const double p = 1 / (1 + exp(-logit)), q = 1 / (1 + exp(logit));
        const double total = arms[r].x + arms[r].y, excess = arms[r].x * q - arms[r].y * p;

        sum += cells_deviance(arms[r].x, total * p, -excess) +
               cells_deviance(arms[r].y, total * q, excess);
    }
    return 2 * sum;
}

/* The same conditionally; and the study's own estimate. */
static enum dyad_status
conditional_deviance(const struct glmm *g, size_t i, double mean, struct spread *own,
                     double *deviance)
{
    const struct stratum one = { g->studies.tables[i], 1 };
    const struct hypergeometric h = hypergeometric_of(&one.counts);
    double best = 0;
    struct estimate e;
    enum dyad_status st;

    if ((st = exact_odds_estimate(&one, 1, false, 0.95, &e)) != DYAD_OK)
        return st;
    /* At an end of its range a is certain. */
    if (e.value > 0 && e.value < INFINITY) {
        spread_add(own, log(e.value), 1 / (e.std_error * e.std_error));
        best = -hypergeometric_moments(&h, e.value, one.counts.a).log_sum;
    }
    *deviance = 2 * (best - study_conditional(&one.counts, mean, 0).v);
    return DYAD_OK;
}

static struct test
chi2_test(double statistic, double df)
{
    /* Studies that agree leave rounding. */
    const double x = statistic < 0 ? 0 : statistic;

    return (struct test){ x, df, cells_p_chi2(x, df) };
}

/* At the common-effect fit, whose intercepts are still there. */
static enum dyad_status
test_spread(const struct glmm *g, double mean, struct test *ratio, struct test *wald)
{
    const struct studies *s = &g->studies;
    const double df = (double)(s->k - 1);
    struct spread own = { 0, 0, 0 };
    double sum = 0;

    for (size_t i = 0; i < s->k; i++) {
        double deviance;
        struct effect e;
        enum dyad_status st;

        if (!are_proportions(s) && s->model == GLMM_CM_EL) {
            if ((st = conditional_deviance(g, i, mean, &own, &deviance)) != DYAD_OK)
                return st;
        } else {
            deviance = binomial_deviance(g, i, mean);
            if (own_effect(s, i, 0, &e))
                spread_add(&own, e.y, 1 / e.v);
        }
        sum += deviance;
    }
    *ratio = chi2_test(sum, df);
    *wald = chi2_test(own.squares, df);
    return DYAD_OK;
}

static double
typical_variance(const struct studies *s)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < s->k; i++) {
        struct effect e;

        if (!own_effect(s, i, 0.5, &e))
            return NAN;
        sum += 1 / e.v;
        squares += 1 / e.v / e.v;
    }
    return (double)(s->k - 1) / (sum - squares / sum);
}

static struct heterogeneity
describe(const struct studies *s, const struct meta_method *method, const struct test *ratio,
         double tau2)
{
    struct heterogeneity h = { ratio->statistic, ratio->df, ratio->p_value, NAN, NAN, NAN,
                               NAN, NAN, NAN, NAN, NAN, NAN };

    if (method->model == META_RANDOM && s->k > 1) {
        const double typical = typical_variance(s);

        h.tau2 = tau2;
        h.i2 = 100 * (tau2 / (typical + tau2));
        h.h2 = tau2 / typical + 1;
    }
    return h;
}

/* ---- the answer ---- */

static struct meta_fit
fit_of(const struct place *at, size_t k, const struct meta_method *method)
{
    struct meta_fit fit = { .k = k, .df = NAN, .pred_low = NAN, .pred_high = NAN, .scale = 1 };
    double information = -at->d_mean2, df;

    if (at->tau > 0)
        information += at->d_mean_tau * at->d_mean_tau / at->d_tau2;
    if (method->interval == META_T)
        fit.df = (double)(k - 1);
    fit.tau2 = at->tau * at->tau;
    fit.pooled = wald_estimate(at->mean, sqrt(1 / information), method->level, fit.df);
    fit.statistic = wald_statistic(&fit.pooled);
    df = meta_prediction_df(method->prediction, k, fit.df);
    if (method->model == META_RANDOM && k > 1) {
        const double margin = wald_critical(method->level, df) * sqrt(1 / information + fit.tau2);

        fit.pred_low = at->mean - margin;
        fit.pred_high = at->mean + margin;
    }
    return fit;
}

static void
place_starts(struct glmm *g)
{
    for (size_t i = 0; i < g->studies.k; i++) {
        struct arm arms[2];

        g->intercepts[i] = 0;
        if (!have_intercepts(&g->studies))
            continue;
        (void)arms_of(&g->studies, i, arms);
        g->intercepts[i] = log((arms[0].x + arms[1].x) / (arms[0].y + arms[1].y));
    }
}

static enum dyad_status
pool(const struct studies *s, unsigned points, const struct meta_method *method,
     struct meta_work *work, struct meta_fit *fit, struct heterogeneity *differ, struct test *wald)
{
    struct glmm g = { .studies = *s };
    struct place common, at;
    struct test ratio, own;
    enum dyad_status st;

    if (s->k == 0 || points < 1 || points > GLMM_MOST_POINTS || !is_level(method->level) ||
        method->interval == META_HKSJ || !are_pooled(s))
        return DYAD_DOMAIN;
    if ((st = meta_work_reserve(work, s->k, 4)) != DYAD_OK)
        return st;
    g.intercepts = work->at;
    g.trial = g.intercepts + s->k;
    g.way = g.trial + s->k;
    g.shift = g.way + s->k;
    g.slope = g.shift + s->k;
    hermite_set(&g.points, points);
    place_starts(&g);
    if (!climb(&g, 0, 0, &common))
        return DYAD_NOCONV;
    if ((st = test_spread(&g, common.mean, &ratio, &own)) != DYAD_OK)
        return st;
    at = common;
    if (method->model == META_RANDOM && s->k > 1 &&
        (st = find_highest(&g, &common, &at)) != DYAD_OK)
        return st;
    if (s->k == 1) {
        ratio = (struct test){ 0, 0, NAN };
        own = (struct test){ NAN, NAN, NAN };
    }
    *fit = fit_of(&at, s->k, method);
    *differ = describe(s, method, &ratio, fit->tau2);
    *wald = own;
    return DYAD_OK;
}

enum dyad_status
meta_glmm(const struct two_by_two *tables, size_t k, enum glmm_model model, unsigned points,
          const struct meta_method *method, struct meta_work *work, struct meta_fit *fit,
          struct heterogeneity *differ, struct test *wald)
{
    const struct studies s = { tables, NULL, NULL, k, model };

    return pool(&s, points, method, work, fit, differ, wald);
}

enum dyad_status
meta_glmm_proportion(const double *events, const double *totals, size_t k, unsigned points,
                     const struct meta_method *method, struct meta_work *work,
                     struct meta_fit *fit, struct heterogeneity *differ, struct test *wald)
{
    const struct studies s = { NULL, events, totals, k, GLMM_UM_FS };

    return pool(&s, points, method, work, fit, differ, wald);
}
