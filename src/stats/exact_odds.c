#include "dyad/stats/exact_odds.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "hypergeometric.h"

/* Products that the convolution may cost: some seconds. */
static const double most_products = 4e9;

/* Limits and estimate are sought within exp(+-300). */
static const double most_log_odds = 300;

/* Probabilities of first, first + 1, ..., those below HYPERGEOMETRIC_NEGLIGIBLE cut off. */
struct window {
    double *p;
    size_t n;
    double first;
};

/* A stratum that can vary.  origin and log_sum are where the distribution of S is based. */
struct part {
    struct hypergeometric range;
    double a, copies, origin, log_sum;
};

/*
 * S is written down once, at the odds ratio exp(base): its probability there is at.p[t - at.first].
 * Any other odds ratio only reweights it, and the weights' sum is a product over strata, each
 * summed from its own mode: so a tail is a sum of positive terms over a normaliser that knows
 * nothing of it, and keeps its digits however small it is.
 */
struct problem {
    struct part *parts;
    size_t n_parts;
    double s, lo, hi;
    double origin; /* sum of the parts' origins */
    double base;
    struct window at;
    double products;
};

enum side { SIDE_UPPER, SIDE_LOWER };

static void
window_release(struct window *w)
{
    free(w->p);
    *w = (struct window){ NULL, 0, 0 };
}

/* Cut the ends that weigh nothing. */
static void
window_trim(struct window *w)
{
    double most = 0;
    size_t begin = 0;

    for (size_t i = 0; i < w->n; i++)
        most = fmax(most, w->p[i]);
    while (w->p[w->n - 1] < most * HYPERGEOMETRIC_NEGLIGIBLE)
        w->n--;
    while (w->p[begin] < most * HYPERGEOMETRIC_NEGLIGIBLE)
        begin++;
    memmove(w->p, w->p + begin, (w->n - begin) * sizeof *w->p);
    w->n -= begin;
    w->first += (double)begin;
}

static enum dyad_status
window_convolve(struct problem *problem, const struct window *x, const struct window *y,
                struct window *out)
{
    const size_t n = x->n + y->n - 1;
    double *p;

    problem->products += (double)x->n * (double)y->n;
    if (problem->products > most_products)
        return DYAD_DOMAIN;
    if ((p = calloc(n, sizeof *p)) == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < y->n; j++)
            p[i + j] += x->p[i] * y->p[j];
    *out = (struct window){ p, n, x->first + y->first };
    window_trim(out);
    return DYAD_OK;
}

/* *x becomes the distribution of the sum of x and y. */
static enum dyad_status
window_multiply(struct problem *problem, struct window *x, const struct window *y)
{
    struct window product;
    enum dyad_status st;

    if ((st = window_convolve(problem, x, y, &product)) != DYAD_OK)
        return st;
    window_release(x);
    *x = product;
    return DYAD_OK;
}

/* The distribution of one stratum's a at ${psi}. */
static enum dyad_status
window_of(const struct hypergeometric *h, double psi, struct window *out)
{
    const double mode = hypergeometric_mode(h, psi);
    double first = mode, last = mode, w, sum = 1;
    struct window it;

    for (w = 1; last < h->hi && w > HYPERGEOMETRIC_NEGLIGIBLE; last++)
        w *= hypergeometric_step(h, last) * psi;
    for (w = 1; first > h->lo && w > HYPERGEOMETRIC_NEGLIGIBLE; first--)
        w /= hypergeometric_step(h, first - 1) * psi;

    it = (struct window){ NULL, (size_t)(last - first) + 1, first };
    if ((it.p = malloc(it.n * sizeof *it.p)) == NULL)
        return DYAD_NOMEM;

    const size_t middle = (size_t)(mode - first);

    it.p[middle] = 1;
    for (size_t i = middle; i + 1 < it.n; i++)
        sum += it.p[i + 1] = it.p[i] * (hypergeometric_step(h, first + (double)i) * psi);
    for (size_t i = middle; i > 0; i--)
        sum += it.p[i - 1] = it.p[i] / (hypergeometric_step(h, first + (double)i - 1) * psi);
    for (size_t i = 0; i < it.n; i++)
        it.p[i] /= sum;
    *out = it;
    return DYAD_OK;
}

/* Multiply ${into} by the ${copies}-th power of ${w}, which is used up. */
static enum dyad_status
window_multiply_power(struct problem *problem, struct window *into, struct window *w, double copies)
{
    enum dyad_status st = DYAD_OK;

    while (st == DYAD_OK && copies > 0) {
        if (fmod(copies, 2) != 0)
            st = window_multiply(problem, into, w);
        copies = floor(copies / 2);
        if (st == DYAD_OK && copies > 0)
            st = window_multiply(problem, w, w);
    }
    return st;
}

/* E(S) - s and Var(S) at log odds ratio ${lambda}. */
static void
mean_and_variance(const struct problem *problem, double lambda, double *mean, double *variance)
{
    struct sum means = { 0, 0 }, variances = { 0, 0 };

    for (size_t i = 0; i < problem->n_parts; i++) {
        const struct part *part = &problem->parts[i];
        const double mode = hypergeometric_mode(&part->range, exp(lambda));
        const struct hypergeometric_moments m =
            hypergeometric_moments(&part->range, exp(lambda), mode);

        sum_add(&means, part->copies * (mode - part->a));
        sum_add(&means, part->copies * m.mean);
        sum_add(&variances, part->copies * m.variance);
    }
    *mean = sum_value(&means);
    *variance = sum_value(&variances);
}

/* A value and its slope at ${lambda}, rising through 0 at the root that is sought. */
typedef void rising(const struct problem *problem, const void *context, double lambda,
                    double *value, double *slope);

/* Where a root is sought; width, 1/sqrt(Var S) or so, is the scale by which steps are judged. */
struct bracket {
    double lo, hi, width;
};

/*
 * Newton's steps from ${lambda}, bisecting where they would leave the bracket.  They stop once a
 * step is 1e-9 of the width: the next one would be its square.
 */
static enum dyad_status
find_root(const struct problem *problem, rising *f, const void *context, struct bracket within,
          double *lambda)
{
    double x = *lambda;

    for (int i = 0; i < 200 && x >= within.lo && x <= within.hi; i++) {
        double value, slope, next;

        f(problem, context, x, &value, &slope);
        next = x - value / slope;
        if (fabs(next - x) <= 1e-9 * within.width) {
            *lambda = next;
            return DYAD_OK;
        }
        if (value < 0)
            within.lo = x;
        else
            within.hi = x;
        x = next > within.lo && next < within.hi ? next : (within.lo + within.hi) / 2;
    }
    return DYAD_NOCONV;
}

static void
mean_equation(const struct problem *problem, const void *context, double lambda, double *value,
              double *slope)
{
    (void)context;
    mean_and_variance(problem, lambda, value, slope);
}

/* The window reweighted to another odds ratio, p(s) left as it is: sums of p and of |t - s| p on
 * each side of s, and whether what the window cut off would still weigh nothing. */
struct reweighted {
    double above, above_first, below, below_first;
    bool complete;
};

/*
 * One side of it: term i is at[i * stride] exp(i * tilt), i = 1..n.  Returns the last term.  The
 * powers start afresh now and then: the rounding of exp(tilt) next to 1, to the power of 1e5, is
 * all but nothing.
 */
static double
sum_side(const double *at, ptrdiff_t stride, size_t n, double tilt, double *sum, double *first)
{
    const double ratio = exp(tilt);
    double power = 1, term = *at;

    *sum = *first = 0;
    for (size_t i = 1; i <= n; i++) {
        power = i % 128 == 0 ? exp((double)i * tilt) : power * ratio;
        term = power * at[(ptrdiff_t)i * stride];
        *sum += term;
        *first += (double)i * term;
        if (term < HYPERGEOMETRIC_NEGLIGIBLE * *sum)
            break;
    }
    return term;
}

static struct reweighted
reweight(const struct problem *problem, double lambda)
{
    const struct window *at = &problem->at;
    const size_t s = (size_t)(problem->s - at->first);
    const double tilt = lambda - problem->base, negligible = 1e-18;
    struct reweighted it;
    double top, bottom, all;

    top = sum_side(at->p + s, 1, at->n - 1 - s, tilt, &it.above, &it.above_first);
    bottom = sum_side(at->p + s, -1, s, -tilt, &it.below, &it.below_first);
    all = it.above + it.below + at->p[s];
    it.complete = all < INFINITY &&
                  (top < negligible * all || at->first + (double)(at->n - 1) == problem->hi) &&
                  (bottom < negligible * all || at->first == problem->lo);
    return it;
}

/* log P(S = s) less the log of the window's p there, and E(S) - s, at ${lambda}. */
static void
normalise(const struct problem *problem, const struct reweighted *window, double lambda,
          double *log_factor, double *mean)
{
    struct sum logs = { 0, 0 }, means = { 0, 0 };

    if (window->complete) {
        const double here = problem->at.p[(size_t)(problem->s - problem->at.first)];
        const double all = window->above + window->below + here;

        *log_factor = -log(all);
        *mean = (window->above_first - window->below_first) / all;
        return;
    }
    sum_add(&logs, (problem->s - problem->origin) * (lambda - problem->base));
    sum_add(&means, problem->origin - problem->s);
    for (size_t i = 0; i < problem->n_parts; i++) {
        const struct part *part = &problem->parts[i];
        const struct hypergeometric_moments m =
            hypergeometric_moments(&part->range, exp(lambda), part->origin);

        if (isinf(m.log_sum)) {
            *log_factor = -INFINITY;
            *mean = NAN;
            return;
        }
        sum_add(&logs, -part->copies * (m.log_sum - part->log_sum));
        sum_add(&means, part->copies * m.mean);
    }
    *log_factor = sum_value(&logs);
    *mean = sum_value(&means);
}

struct tail_goal {
    enum side side;
    bool mid;
    double log_target;
};

/* log of the tail less its target; of the lower tail the negative, so that it rises too. */
static void
tail_equation(const struct problem *problem, const void *context, double lambda, double *value,
              double *slope)
{
    const struct tail_goal *goal = context;
    const double here = problem->at.p[(size_t)(problem->s - problem->at.first)];
    const double sign = goal->side == SIDE_UPPER ? 1 : -1;
    const struct reweighted window = reweight(problem, lambda);
    const double first = sign > 0 ? window.above_first : window.below_first;
    const double sum = (sign > 0 ? window.above : window.below) + (goal->mid ? here / 2 : here);
    double log_factor, mean;

    normalise(problem, &window, lambda, &log_factor, &mean);
    *value = sign * (log(sum) + log_factor - goal->log_target);
    *slope = first / sum - sign * mean;
}

/* P(S > s) = P(S < s): their log ratio. */
static void
median_equation(const struct problem *problem, const void *context, double lambda, double *value,
                double *slope)
{
    const struct reweighted window = reweight(problem, lambda);

    (void)context;
    *value = log(window.above) - log(window.below);
    *slope = window.above_first / window.above + window.below_first / window.below;
}

/* The strata that can vary; S and its range. */
static enum dyad_status
problem_init(struct problem *problem, const struct stratum *strata, size_t k)
{
    *problem = (struct problem){ .at = { malloc(sizeof(double)), 1, 0 },
                                 .parts = calloc(k + 1, sizeof *problem->parts) };
    if (problem->parts == NULL || problem->at.p == NULL)
        return DYAD_NOMEM;
    problem->at.p[0] = 1;
    for (size_t i = 0; i < k; i++) {
        const struct hypergeometric range = hypergeometric_of(&strata[i].counts);

        if (range.lo == range.hi || strata[i].copies == 0)
            continue;
        problem->parts[problem->n_parts++] =
            (struct part){ .range = range, .a = strata[i].counts.a, .copies = strata[i].copies };
        problem->s += strata[i].copies * strata[i].counts.a;
        problem->lo += strata[i].copies * range.lo;
        problem->hi += strata[i].copies * range.hi;
    }
    return DYAD_OK;
}

static void
problem_release(struct problem *problem)
{
    free(problem->parts);
    window_release(&problem->at);
}

static double
log_mantel_haenszel(const struct problem *problem)
{
    double with = 0, against = 0;

    for (size_t i = 0; i < problem->n_parts; i++) {
        const struct part *part = &problem->parts[i];
        const struct hypergeometric *h = &part->range;
        const double n = h->n1 + h->n0;

        with += part->copies * part->a * (h->n0 - h->m1 + part->a) / n;
        against += part->copies * (h->n1 - part->a) * (h->m1 - part->a) / n;
    }
    return log(with / against);
}

/* Write S down at the conditional maximum likelihood estimate, found on the way. */
static enum dyad_status
base_at_estimate(struct problem *problem, double *width)
{
    struct bracket everywhere = { -most_log_odds, most_log_odds, 0 };
    double mean, variance;
    enum dyad_status st;

    problem->base = log_mantel_haenszel(problem);
    mean_and_variance(problem, problem->base, &mean, &variance);
    everywhere.width = 1 / sqrt(variance);
    if ((st = find_root(problem, mean_equation, NULL, everywhere, &problem->base)) != DYAD_OK)
        return st;
    mean_and_variance(problem, problem->base, &mean, &variance);
    *width = 1 / sqrt(variance);

    /* The weights are those of the rounded odds ratio, whose log is not quite the root. */
    const double psi = exp(problem->base);

    problem->base = psi > 0.5 && psi < 2 ? log1p(psi - 1) : log(psi);
    for (size_t i = 0; st == DYAD_OK && i < problem->n_parts; i++) {
        struct part *part = &problem->parts[i];
        struct window one;

        part->origin = hypergeometric_mode(&part->range, psi);
        part->log_sum = hypergeometric_moments(&part->range, psi, part->origin).log_sum;
        problem->origin += part->copies * part->origin;
        if ((st = window_of(&part->range, psi, &one)) == DYAD_OK) {
            st = window_multiply_power(problem, &problem->at, &one, part->copies);
            window_release(&one);
        }
    }
    return st;
}

/* S at an end: one term is enough.  ${start} is where P(S = s) = exp(log_target) to first order. */
static void
base_at_end(struct problem *problem, double log_target, double *start)
{
    const bool top = problem->s == problem->hi;
    double next = 0;

    for (size_t i = 0; i < problem->n_parts; i++) {
        struct part *part = &problem->parts[i];
        const struct hypergeometric *h = &part->range;

        part->origin = part->a;
        part->log_sum = 0;
        next += part->copies *
                (top ? 1 / hypergeometric_step(h, part->a - 1) : hypergeometric_step(h, part->a));
    }
    problem->origin = problem->s;
    *start = (log(next) - log(-log_target)) * (top ? 1 : -1);
}

/* p at odds ratio 1: from the tail that s is in, the other one being its complement. */
static double
p_at_one(const struct problem *problem, enum side side, bool mid)
{
    const double here = problem->at.p[(size_t)(problem->s - problem->at.first)];
    const struct reweighted window = reweight(problem, 0);
    const double beside = side == SIDE_UPPER ? window.above : window.below;
    double log_factor, mean, tail, other;

    normalise(problem, &window, 0, &log_factor, &mean);
    tail = exp(log(beside + (mid ? here / 2 : here)) + log_factor);
    other = 1 - tail + (mid ? 0 : here * exp(log_factor));
    return fmin(1, 2 * fmin(tail, other));
}

static enum dyad_status
limit(const struct problem *problem, enum side side, bool mid, double level, double start,
      struct bracket within, double *out)
{
    const struct tail_goal goal = { side, mid, log((1 - level) / 2) };
    double lambda = start;
    enum dyad_status st;

    if ((st = find_root(problem, tail_equation, &goal, within, &lambda)) == DYAD_OK)
        *out = exp(lambda);
    return st;
}

static enum dyad_status
estimate_inside(struct problem *problem, bool mid, double level, struct estimate *out)
{
    const double z = cells_z(level);
    double width, median;
    enum dyad_status st;

    if ((st = base_at_estimate(problem, &width)) != DYAD_OK)
        return st;

    /* A tail below 1/2 ends within two widths; what the window cut off matters only far beyond. */
    const double left = problem->base - 2 * width, right = problem->base + 2 * width;

    median = problem->base;
    if ((st = limit(problem, SIDE_UPPER, mid, level, problem->base - z * width,
                    (struct bracket){ -most_log_odds, right, width }, &out->lower)) != DYAD_OK ||
        (st = limit(problem, SIDE_LOWER, mid, level, problem->base + z * width,
                    (struct bracket){ left, most_log_odds, width }, &out->upper)) != DYAD_OK)
        return st;
    if (mid && (st = find_root(problem, median_equation, NULL,
                               (struct bracket){ left, right, width }, &median)) != DYAD_OK)
        return st;
    out->value = exp(median);
    out->std_error = mid ? NAN : width;
    out->p_value = p_at_one(problem, problem->base > 0 ? SIDE_UPPER : SIDE_LOWER, mid);
    return DYAD_OK;
}

static enum dyad_status
estimate_at_end(struct problem *problem, bool mid, double level, struct estimate *out)
{
    const bool top = problem->s == problem->hi;
    const enum side side = top ? SIDE_UPPER : SIDE_LOWER;
    const struct bracket everywhere = { -most_log_odds, most_log_odds, 1 };
    double start;
    enum dyad_status st;

    problem->at.first = problem->s;
    base_at_end(problem, log((1 - level) / (mid ? 1 : 2)), &start);
    if ((st = limit(problem, side, mid, level, start, everywhere,
                    top ? &out->lower : &out->upper)) != DYAD_OK)
        return st;
    *(top ? &out->upper : &out->lower) = top ? INFINITY : 0;
    out->value = top ? INFINITY : 0;
    out->std_error = NAN;
    out->p_value = p_at_one(problem, side, mid);
    return DYAD_OK;
}

static bool
are_exact_strata(const struct stratum *strata, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!is_whole_table(&strata[i].counts) || !is_count(strata[i].copies) ||
            !is_whole(strata[i].copies))
            return false;
    return true;
}

enum dyad_status
exact_odds_estimate(const struct stratum *strata, size_t k, bool mid, double level,
                    struct estimate *out)
{
    struct estimate it = { NAN, NAN, 0, INFINITY, 1 };
    struct problem problem;
    enum dyad_status st;

    if (!is_level(level) || !are_exact_strata(strata, k))
        return DYAD_DOMAIN;
    if ((st = problem_init(&problem, strata, k)) == DYAD_OK && problem.n_parts > 0)
        st = problem.s == problem.lo || problem.s == problem.hi
                 ? estimate_at_end(&problem, mid, level, &it)
                 : estimate_inside(&problem, mid, level, &it);
    problem_release(&problem);
    if (st == DYAD_OK)
        *out = it;
    return st;
}
