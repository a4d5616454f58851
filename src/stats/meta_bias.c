#include "dyad/stats/meta_bias.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "dyad/stats/wald.h"

#include "cells.h"
#include "meta_sample.h"

/* ---- regression lines ---- */

struct point {
    double x, y, weight;
};

struct points {
    struct point (*at)(const struct points *p, size_t i);
    const struct effect *effects;
    const struct two_by_two *tables;
    size_t k;
};

static struct point
egger_point(const struct points *p, size_t i)
{
    const struct effect *e = &p->effects[i];

    return (struct point){ sqrt(e->v), e->y, 1 / e->v };
}

static struct point
peters_point(const struct points *p, size_t i)
{
    const struct two_by_two *t = &p->tables[i];
    const double m1 = t->a + t->c, m0 = t->b + t->d;

    return (struct point){ 1 / (m1 + m0), p->effects[i].y, m1 * (m0 / (m1 + m0)) };
}

/* Weighted sums about the weighted means. */
struct spread {
    double weight, x, y;
    double xx, xy, yy;
};

static struct spread
spread_of(const struct points *p)
{
    struct spread s = { 0 };

    for (size_t i = 0; i < p->k; i++) {
        const struct point it = p->at(p, i);

        s.weight += it.weight;
        s.x += it.weight * it.x;
        s.y += it.weight * it.y;
    }
    s.x /= s.weight;
    s.y /= s.weight;
    for (size_t i = 0; i < p->k; i++) {
        const struct point it = p->at(p, i);

        s.xx += it.weight * (it.x - s.x) * (it.x - s.x);
        s.xy += it.weight * (it.x - s.x) * (it.y - s.y);
        s.yy += it.weight * (it.y - s.y) * (it.y - s.y);
    }
    return s;
}

static double
residual_squares(const struct points *p, const struct spread *s, double slope)
{
    double squares = 0;

    for (size_t i = 0; i < p->k; i++) {
        const struct point it = p->at(p, i);
        const double r = (it.y - s->y) - slope * (it.x - s->x);

        squares += it.weight * r * r;
    }
    /* What rounding leaves of a perfect fit. */
    return squares > 1e-26 * (s->yy + s->weight * s->y * s->y) ? squares : 0;
}

static enum dyad_status
fit_line(const struct points *p, double level, struct bias_line *out)
{
    const struct spread s = spread_of(p);

    /* Where R's lm calls the line undetermined: 1e-7 of the predictor's size. */
    if (!(s.xx > 1e-14 * (s.xx + s.weight * s.x * s.x)))
        return DYAD_DOMAIN;

    const double df = (double)(p->k - 2), slope = s.xy / s.xx;
    const double error = residual_squares(p, &s, slope) / df;
    struct bias_line line;

    line.slope = wald_estimate(slope, sqrt(error / s.xx), level, df);
    line.test = (struct test){ wald_statistic(&line.slope), df, line.slope.p_value };
    line.intercept = s.y - slope * s.x;
    line.intercept_std_error = sqrt(error * (1 / s.weight + s.x / s.xx * s.x));
    *out = line;
    return DYAD_OK;
}

enum dyad_status
meta_bias_egger(const struct effect *effects, size_t k, double level, struct bias_line *out)
{
    const struct points p = { egger_point, effects, NULL, k };

    if (k < 3 || !are_effects(effects, k) || !is_level(level))
        return DYAD_DOMAIN;
    return fit_line(&p, level, out);
}

static bool
have_both_outcomes(const struct two_by_two *tables, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (!is_table(&tables[i]) || table_is_double_zero(&tables[i]))
            return false;
    return true;
}

enum dyad_status
meta_bias_peters(const struct two_by_two *tables, const struct effect *effects, size_t k,
                 double level, struct bias_line *out)
{
    const struct points p = { peters_point, effects, tables, k };

    if (k < 3 || !have_both_outcomes(tables, k) || !are_effects(effects, k) || !is_level(level))
        return DYAD_DOMAIN;
    return fit_line(&p, level, out);
}

enum dyad_status
meta_bias_harbord(const struct two_by_two *tables, size_t k, double level, struct meta_work *work,
                  struct bias_line *out)
{
    struct effect *scores;
    enum dyad_status st;

    if (k < 3)
        return DYAD_DOMAIN;
    if ((st = meta_work_reserve(work, k, 2)) != DYAD_OK)
        return st;
    scores = (struct effect *)(void *)work->at;
    for (size_t i = 0; i < k; i++)
        if ((st = effect_of_table(&tables[i], EFFECT_PETO, &scores[i])) != DYAD_OK)
            return st;
    return meta_bias_egger(scores, k, level, out);
}

/* ---- rank correlation ---- */

/* metafor has no such end; here the normal is right to some 1e-3 of p where p is not tiny. */
enum { EXACT_UP_TO = 200 };

/*
 * P(T <= t) of the number of concordant pairs of k in random order, by the recursion over k: the
 * j-th comes before 0 .. j-1 of the others, all equally likely.  Sums that run upwards keep their
 * relative accuracy, as t is below the middle.  ${room}: 2 (t+1).
 */
static double
kendall_tail(size_t k, size_t t, double *room)
{
    double *p = room, *next = room + t + 1, tail = 0;

    memset(p, 0, (t + 1) * sizeof *p);
    p[0] = 1;
    for (size_t j = 2; j <= k; j++) {
        double sum = 0, *swap = p;

        for (size_t q = 0; q <= t; q++) {
            sum += p[q];
            if (q >= j)
                sum -= p[q - j];
            next[q] = sum / (double)j;
        }
        p = next;
        next = swap;
    }
    for (size_t q = 0; q <= t; q++)
        tail += p[q];
    return tail;
}

static int
sign(double x)
{
    return (x > 0) - (x < 0);
}

/* Sums over groups of equal values of t(t-1), t(t-1)(2t+5), t(t-1)(t-2): summed over members. */
struct ties {
    double pairs, spread, triples;
};

static struct ties
ties_of(const double *x, size_t k)
{
    struct ties all = { 0, 0, 0 };

    for (size_t i = 0; i < k; i++) {
        double equal = 0;

        for (size_t j = 0; j < k; j++)
            equal += x[j] == x[i];
        all.pairs += equal - 1;
        all.spread += (equal - 1) * (2 * equal + 5);
        all.triples += (equal - 1) * (equal - 2);
    }
    return all;
}

static struct test
kendall(const double *x, const double *y, size_t k, double *room)
{
    const double n = (double)k, all = n * (n - 1);
    const struct ties tx = ties_of(x, k), ty = ties_of(y, k);
    double s = 0;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            s += sign(x[i] - x[j]) * sign(y[i] - y[j]);
    if (tx.pairs == all || ty.pairs == all)
        return (struct test){ NAN, NAN, NAN };

    struct test it = { 2 * s / sqrt((all - tx.pairs) * (all - ty.pairs)), NAN, NAN };

    if (k <= EXACT_UP_TO && tx.pairs == 0 && ty.pairs == 0) {
        /* The distribution is symmetric about s = 0. */
        it.p_value = fmin(1, 2 * kendall_tail(k, (size_t)((all / 2 - fabs(s)) / 2), room));
        return it;
    }

    double variance = (all * (2 * n + 5) - tx.spread - ty.spread) / 18 +
                      tx.pairs * ty.pairs / (2 * all);

    if (k > 2)
        variance += tx.triples * ty.triples / (9 * all * (n - 2));
    it.p_value = cells_p_normal(s / sqrt(variance));
    return it;
}

enum dyad_status
meta_bias_begg(const struct effect *effects, size_t k, struct meta_work *work, struct test *out)
{
    const struct sample s = sample_of(effects, k);
    struct moments m;
    enum dyad_status st;

    if (k < 2 || k > 10000 || !are_effects(effects, k))
        return DYAD_DOMAIN;
    /* z and v, and what the exact distribution needs: up to k(k-1)/2 + 2. */
    if ((st = meta_work_reserve(work, k, k <= EXACT_UP_TO ? k / 2 + 2 : 2)) != DYAD_OK)
        return st;

    double *z = work->at, *v = z + k;

    sample_moments(&s, 0, &m);
    for (size_t i = 0; i < k; i++) {
        v[i] = effects[i].v;
        z[i] = (effects[i].y - m.mean) / sqrt(fmax(effects[i].v - 1 / m.sum_w, DBL_MIN));
    }
    *out = kendall(z, v, k, v + k);
    return DYAD_OK;
}

/* ---- trim and fill ---- */

/* By y, ascending; equal ones keep their order. */
static void
sort_effects(struct effect *e, size_t k)
{
    for (size_t i = 1; i < k; i++) {
        const struct effect it = e[i];
        size_t j = i;

        for (; j > 0 && e[j - 1].y > it.y; j--)
            e[j] = e[j - 1];
        e[j] = it;
    }
}

/* The sum of the ranks of |y - mean| where y > mean. */
static double
rank_sum(const struct effect *e, size_t k, double mean)
{
    double sum = 0;

    for (size_t i = 0; i < k; i++) {
        const double away = fabs(e[i].y - mean);
        size_t rank = 1;

        if (!(e[i].y > mean))
            continue;
        for (size_t j = 0; j < k; j++)
            rank += fabs(e[j].y - mean) < away || (j < i && fabs(e[j].y - mean) == away);
        sum += (double)rank;
    }
    return sum;
}

static double
filled_error(double k, double l0)
{
    const double variance = (k * (k + 1) * (2 * k + 1) + 10 * l0 * l0 * l0 + 27 * l0 * l0 +
                             17 * l0 - 18 * k * l0 * l0 - 18 * k * l0 + 6 * k * k * l0) / 24;

    return variance >= 0 ? 4 * sqrt(variance) / (2 * k - 1) : NAN;
}

/* Of sorted effects that lack their mirror images on the left. */
static enum dyad_status
count_missing(const struct effect *e, size_t k, const struct meta_method *method, size_t *missing,
              double *center, double *std_error)
{
    size_t filled = 0;

    for (int round = 0; round < 100; round++) {
        struct meta_fit fit;
        enum dyad_status st;
        double l0;
        size_t before = filled;

        if ((st = meta_pool(e, k - filled, method, &fit)) != DYAD_OK)
            return st;
        l0 = (4 * rank_sum(e, k, fit.pooled.value) - (double)(k * (k + 1))) / (double)(2 * k - 1);
        filled = (size_t)fmax(0, nearbyint(l0));
        if (filled >= k)
            return DYAD_NOCONV;
        if (filled == before) {
            *missing = filled;
            *center = fit.pooled.value;
            *std_error = filled_error((double)k, l0);
            return DYAD_OK;
        }
    }
    return DYAD_NOCONV;
}

static enum dyad_status
choose_side(const struct effect *effects, size_t k, const struct meta_method *method,
            struct meta_work *work, double *x, enum fill_side *side)
{
    struct estimate line[2];
    struct meta_regression fit;
    enum dyad_status st;

    for (size_t i = 0; i < k; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = sqrt(effects[i].v);
    }
    st = meta_regress(effects, k, x, 2, 1, method, work, line, NULL, &fit);
    if (st == DYAD_OK)
        *side = line[1].value < 0 ? FILL_RIGHT : FILL_LEFT;
    return st;
}

static void
mirror(const struct effect *from, size_t k, double sign_of_side, struct effect *to)
{
    for (size_t i = 0; i < k; i++)
        to[i] = (struct effect){ sign_of_side * from[i].y, from[i].v };
}

enum dyad_status
meta_trim_and_fill(const struct effect *effects, size_t k, enum fill_side side,
                   const struct meta_method *method, struct meta_work *work,
                   struct effect *mirrored, struct trim_and_fill *out)
{
    struct trim_and_fill it = { .side = side };
    double center = 0;
    enum dyad_status st;

    if (k < 2 || !are_effects(effects, k) || method->estimator == TAU2_MH_DL)
        return DYAD_DOMAIN;
    /* The front is meta_regress's; behind it 2k effects, or the design. */
    if ((st = meta_work_reserve(work, 3 * k, 2)) != DYAD_OK)
        return st;

    double *behind = work->at + work->room - 4 * k;
    struct effect *sorted = (struct effect *)(void *)behind;

    if (side == FILL_AUTOMATIC &&
        (st = choose_side(effects, k, method, work, behind, &it.side)) != DYAD_OK)
        return st;

    const double turn = it.side == FILL_RIGHT ? -1 : 1;

    mirror(effects, k, turn, sorted);
    sort_effects(sorted, k);
    st = count_missing(sorted, k, method, &it.filled, &center, &it.filled_std_error);
    if (st != DYAD_OK)
        return st;

    struct effect *all = sorted; /* the trimmed ones are moved behind the studies themselves */

    memmove(sorted + k, sorted + k - it.filled, it.filled * sizeof *sorted);
    mirror(effects, k, 1, all);
    for (size_t i = 0; i < it.filled; i++)
        all[k + i].y = turn * (2 * center - all[k + i].y);
    if ((st = meta_pool(all, k + it.filled, method, &it.fit)) != DYAD_OK)
        return st;
    memcpy(mirrored, all + k, it.filled * sizeof *mirrored);
    *out = it;
    return DYAD_OK;
}

/* ---- fail-safe N ---- */

enum dyad_status
meta_fail_safe_n(const struct effect *effects, size_t k, double alpha, double *out)
{
    struct sum z = { 0, 0 };

    if (!are_effects(effects, k) || !(alpha > 0 && alpha < 0.5))
        return DYAD_DOMAIN;
    for (size_t i = 0; i < k; i++)
        sum_add(&z, effects[i].y / sqrt(effects[i].v));

    const double ratio = sum_value(&z) / cells_z(1 - 2 * alpha), n = ratio * ratio - (double)k;

    /* A whole number is not rounded up for what rounding added to it. */
    *out = fmax(0, fabs(n - nearbyint(n)) < sqrt(DBL_EPSILON) ? nearbyint(n) : ceil(n));
    return DYAD_OK;
}
