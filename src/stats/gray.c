#include "dyad/stats/gray.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "quadratic_form.h"

void
gray_work_release(struct gray_work *work)
{
    free(work->at);
    free(work->next);
    *work = (struct gray_work)GRAY_WORK_INIT;
}

static enum dyad_status
reserve(struct gray_work *work, size_t room, size_t groups)
{
    if (room > work->room) {
        double *larger = realloc(work->at, room * sizeof *larger);

        if (larger == NULL)
            return DYAD_NOMEM;
        work->at = larger;
        work->room = room;
    }
    if (groups > work->next_room) {
        size_t *larger = realloc(work->next, groups * sizeof *larger);

        if (larger == NULL)
            return DYAD_NOMEM;
        work->next = larger;
        work->next_room = groups;
    }
    memset(work->at, 0, room * sizeof *work->at);
    return DYAD_OK;
}

/*
 * A stratum, time by time.  With the letters of the paper: a and c (k x k) are what a group's
 * martingale does to a score at this time, and through F at later times; their product sums with
 * the martingales' variances are kept apart, because c is known only at the end: V = sum of
 * (a + t (c_end - c))^2 dV, t = 1(own cause) - (1 - F) / S_k, is total + cross c_end' and its
 * transpose + c_end square c_end'.
 */
struct stratum {
    const struct survival_table *tables;
    size_t k, cause, *next;
    double rho;
    double *risk, *own, *other;              /* at this time: n, d of the cause, d of others */
    double *before, *after, *f_before, *f_after; /* S and F of each group */
    double pooled_before, pooled;            /* F of all */
    double all_h, all_r, all_own;
    double *a, *c, *total, *cross, *square;  /* cross k x k; square k */
    double *score, *covariance;              /* of all strata */
};

static double
row_time(const struct stratum *s, size_t g)
{
    return s->next[g] < s->tables[g].n ? s->tables[g].rows[s->next[g]].time : INFINITY;
}

static double
next_time(const struct stratum *s)
{
    double time = INFINITY;

    for (size_t g = 0; g < s->k; g++)
        time = fmin(time, row_time(s, g));
    return time;
}

static void
take_rows(struct stratum *s, double time)
{
    s->all_own = 0;
    for (size_t g = 0; g < s->k; g++) {
        const struct survival_row *row =
            s->next[g] < s->tables[g].n ? &s->tables[g].rows[s->next[g]] : NULL;
        const bool here = row != NULL && row->time == time;

        s->risk[g] = row != NULL ? row->n_risk : 0;
        s->own[g] = here ? row->exits[s->cause].weight : 0;
        s->other[g] = here ? row->n_event - s->own[g] : 0;
        s->all_own += s->own[g];
        s->next[g] += here;
    }
}

static void
update_curves(struct stratum *s)
{
    s->all_h = s->all_r = 0;
    for (size_t g = 0; g < s->k; g++) {
        s->before[g] = s->after[g];
        s->f_before[g] = s->f_after[g];
        if (!(s->risk[g] > 0))
            continue;
        const double n = s->risk[g], h = n / s->before[g];

        s->after[g] = s->before[g] * ((n - s->own[g] - s->other[g]) / n);
        s->f_after[g] = s->f_before[g] + s->before[g] * s->own[g] / n;
        s->all_h += h;
        s->all_r += h * (1 - s->f_before[g]);
    }
    s->pooled_before = s->pooled;
    s->pooled += s->all_own / s->all_h;
}

static void
update_scores(struct stratum *s)
{
    const size_t k = s->k;
    const double rest = 1 - s->pooled_before, weight = pow(rest, s->rho);
    const double hazard = s->all_own > 0 ? s->all_own / (s->all_h * rest) : 0;

    memset(s->a, 0, k * k * sizeof *s->a);
    for (size_t i = 0; i < k; i++) {
        if (!(s->risk[i] > 0))
            continue;
        const double h = s->risk[i] / s->before[i];

        for (size_t j = 0; j < k; j++) {
            if (!(s->risk[j] > 0))
                continue;
            const double share = s->risk[j] / s->before[j] / s->all_h;

            s->a[i * k + j] = weight * h * ((i == j) - share);
            s->c[i * k + j] += s->a[i * k + j] * hazard;
        }
        s->score[i] +=
            weight * (s->own[i] - s->all_own * (h * (1 - s->f_before[i]) / s->all_r));
    }
}

/* The martingale of group g has the variance ${dv} and goes to score i as a_i + t (c_end - c)_i. */
static void
add_variance(struct stratum *s, size_t g, bool own, double t, double dv)
{
    const size_t k = s->k;

    s->square[g] += t * t * dv;
    for (size_t i = 0; i < k; i++) {
        const double x = (own ? s->a[i * k + g] : 0) - t * s->c[i * k + g];

        s->cross[i * k + g] += x * t * dv;
        for (size_t j = 0; j <= i; j++)
            s->total[i * k + j] +=
                x * ((own ? s->a[j * k + g] : 0) - t * s->c[j * k + g]) * dv;
    }
}

static void
update_variance(struct stratum *s)
{
    for (size_t g = 0; g < s->k; g++) {
        const double n = s->risk[g], before = s->before[g], d = s->other[g];
        const double shrunk = s->after[g] > 0 ? (1 - s->pooled) / s->after[g] : 0;

        if (n > 0 && s->all_own > 0) {
            const double tie =
                s->all_own > 1 ? 1 - (s->all_own - 1) / (s->all_h * before - 1) : 1;

            add_variance(s, g, true, 1 - shrunk, tie * before * s->all_own / (s->all_h * n));
        }
        if (d > 0 && s->after[g] > 0) {
            const double tie = d > 1 ? 1 - (d - 1) / (n - 1) : 1;

            add_variance(s, g, false, -shrunk, tie * before * before * d / (n * n));
        }
    }
}

static void
finish_stratum(struct stratum *s)
{
    const size_t k = s->k;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++) {
            double v = s->total[i * k + j];

            for (size_t g = 0; g < k; g++) {
                const double ci = s->c[i * k + g], cj = s->c[j * k + g];

                v += ci * cj * s->square[g] + ci * s->cross[j * k + g] + cj * s->cross[i * k + g];
            }
            s->covariance[i * k + j] += v;
        }
}

static void
add_stratum(struct stratum *s)
{
    const size_t k = s->k;
    double time;

    memset(s->next, 0, k * sizeof *s->next);
    /* c, total, cross and square follow each other. */
    memset(s->c, 0, (3 * k * k + k) * sizeof *s->c);
    for (size_t g = 0; g < k; g++) {
        s->after[g] = 1;
        s->f_after[g] = 0;
    }
    s->pooled = 0;
    while ((time = next_time(s)) < INFINITY) {
        double events = 0;

        take_rows(s, time);
        for (size_t g = 0; g < k; g++)
            events += s->own[g] + s->other[g];
        if (events > 0) {
            update_curves(s);
            update_scores(s);
            update_variance(s);
        }
    }
    finish_stratum(s);
}

static bool
is_sound(const struct survival_table *tables, size_t n, size_t cause, double rho)
{
    for (size_t i = 0; i < n; i++)
        if (tables[i].late || cause < 1 || cause > tables[i].causes)
            return false;
    return rho >= 0 && rho < INFINITY;
}

/* Where each array of doubles begins; the end. */
static double *
place(struct stratum *s, double *at)
{
    double **const squares[] = { &s->a, &s->c, &s->total, &s->cross };
    double **const lines[] = { &s->square, &s->risk,     &s->own,     &s->other, &s->before,
                               &s->after,  &s->f_before, &s->f_after, &s->score };

    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++, at += s->k * s->k)
        *squares[i] = at;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++, at += s->k)
        *lines[i] = at;
    s->covariance = at;
    return at + s->k * s->k;
}

static struct test
score_test(const double *score, const double *covariance, size_t k, double *scratch)
{
    double *const v = scratch, *const u = v + k * k, *const scale = u + k;
    size_t rank;

    memcpy(v, covariance, k * k * sizeof *v);
    memcpy(u, score, k * sizeof *u);
    for (size_t g = 0; g < k; g++)
        scale[g] = v[g * k + g];

    const double form = quadratic_form(v, u, scale, k, &rank);
    const double statistic = rank > 0 ? form : NAN;

    return (struct test){ statistic, (double)rank, cells_p_chi2(statistic, (double)rank) };
}

enum dyad_status
gray(const struct survival_table *tables, size_t groups, size_t strata, size_t cause, double rho,
     struct gray_work *work, double *score, double *covariance, struct test *out)
{
    const size_t k = groups;
    struct stratum s = { .k = k, .cause = cause, .rho = rho };

    if (k < 2 || k > 1000 || strata < 1 || !is_sound(tables, k * strata, cause, rho))
        return DYAD_DOMAIN;
    if (reserve(work, 6 * k * k + 11 * k, k) != DYAD_OK)
        return DYAD_NOMEM;
    s.next = work->next;
    double *const scratch = place(&s, work->at);

    for (size_t h = 0; h < strata; h++) {
        s.tables = tables + h * k;
        add_stratum(&s);
    }
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            s.covariance[j * k + i] = s.covariance[i * k + j];
    *out = score_test(s.score, s.covariance, k, scratch);
    memcpy(score, s.score, k * sizeof *score);
    memcpy(covariance, s.covariance, k * k * sizeof *covariance);
    return DYAD_OK;
}
