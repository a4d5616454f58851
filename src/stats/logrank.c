#include "dyad/stats/logrank.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "quadratic_form.h"

void
logrank_work_release(struct logrank_work *work)
{
    free(work->at);
    free(work->next);
    *work = (struct logrank_work)LOGRANK_WORK_INIT;
}

/* Zeros. */
static enum dyad_status
reserve(struct logrank_work *work, size_t room, size_t groups)
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

/* ---- walking the tables of a stratum side by side ---- */

struct walk {
    const struct survival_table *tables;
    size_t groups, *next; /* of each table: the first row that is not behind */
    double time, *risk, *events, all_risk, all_events;
};

static const struct survival_row *
next_row(const struct walk *w, size_t g)
{
    return w->next[g] < w->tables[g].n ? &w->tables[g].rows[w->next[g]] : NULL;
}

static double
next_time(const struct walk *w)
{
    double time = INFINITY;

    for (size_t g = 0; g < w->groups; g++) {
        const struct survival_row *row = next_row(w, g);

        if (row != NULL)
            time = fmin(time, row->time);
    }
    return time;
}

/* Between its rows nobody comes or goes: a group's next row knows who is at risk. */
static bool
walk_on(struct walk *w)
{
    w->time = next_time(w);
    w->all_risk = w->all_events = 0;
    for (size_t g = 0; g < w->groups; g++) {
        const struct survival_row *row = next_row(w, g);

        w->risk[g] = row != NULL ? row->n_risk : 0;
        w->events[g] = row != NULL && row->time == w->time ? row->n_event : 0;
        w->all_risk += w->risk[g];
        w->all_events += w->events[g];
        if (row != NULL && row->time == w->time)
            w->next[g]++;
    }
    return w->time < INFINITY;
}

/* ---- weights ---- */

struct pooled {
    double survival, below; /* just before; 1 - survival */
    double peto;
};

static double
weight_at(const struct walk *w, const struct pooled *p, const struct logrank_method *method)
{
    switch (method->weight) {
    case LOGRANK_EQUAL:
        return 1;
    case LOGRANK_FLEMING_HARRINGTON:
        return pow(p->survival, method->rho) * pow(p->below, method->gamma);
    case LOGRANK_PETO_PETO:
        return p->peto;
    case LOGRANK_PRENTICE:
        return p->peto * w->all_risk / (w->all_risk + 1);
    case LOGRANK_GEHAN:
        return w->all_risk;
    case LOGRANK_TARONE_WARE:
        return sqrt(w->all_risk);
    }
    return NAN;
}

/* ---- sums ---- */

struct sums {
    double *observed, *expected, *covariance;
    size_t groups;
};

static void
add_time(const struct walk *w, double weight, const struct sums *s)
{
    const double n = w->all_risk, d = w->all_events;
    /* One alone at risk, or all with the event: nothing is left to chance. */
    const double spread = n > 1 && n > d ? weight * weight * d * ((n - d) / (n - 1)) : 0;

    for (size_t g = 0; g < s->groups; g++) {
        const double share = w->risk[g] / n;

        s->observed[g] += weight * w->events[g];
        s->expected[g] += weight * d * share;
        for (size_t h = 0; h < g; h++)
            s->covariance[g * s->groups + h] -= spread * share * (w->risk[h] / n);
    }
}

static void
add_stratum(struct walk *w, const struct logrank_method *method, const struct sums *s)
{
    struct pooled p = { 1, 0, 1 };

    memset(w->next, 0, w->groups * sizeof *w->next);
    while (walk_on(w)) {
        if (!(w->all_events > 0))
            continue;
        const double hazard = fmin(w->all_events / w->all_risk, 1);

        p.peto *= 1 - w->all_events / (w->all_risk + 1);
        add_time(w, weight_at(w, &p, method), s);
        p.below += p.survival * hazard;
        p.survival *= 1 - hazard;
    }
}

/* Rows of V add up to 0: so its diagonal is a sum of what is off it, and nothing cancels. */
static void
complete(const struct sums *s)
{
    const size_t k = s->groups;

    for (size_t g = 0; g < k; g++)
        for (size_t h = 0; h < g; h++)
            s->covariance[h * k + g] = s->covariance[g * k + h];
    for (size_t g = 0; g < k; g++) {
        double sum = 0;

        for (size_t h = 0; h < k; h++)
            if (h != g)
                sum -= s->covariance[g * k + h];
        s->covariance[g * k + g] = sum;
    }
}

/* scratch: k x k + 2 k */
static struct test
compare(const struct sums *s, double *scratch)
{
    const size_t k = s->groups;
    double *const v = scratch, *const u = v + k * k, *const scale = u + k;
    size_t rank;

    memcpy(v, s->covariance, k * k * sizeof *v);
    for (size_t g = 0; g < k; g++) {
        u[g] = s->observed[g] - s->expected[g];
        scale[g] = v[g * k + g];
    }
    const double form = quadratic_form(v, u, scale, k, &rank);
    const double statistic = rank > 0 ? form : NAN;

    return (struct test){ statistic, (double)rank, cells_p_chi2(statistic, (double)rank) };
}

static bool
is_method(const struct logrank_method *m)
{
    return m->weight != LOGRANK_FLEMING_HARRINGTON ||
           (m->rho >= 0 && m->rho < INFINITY && m->gamma >= 0 && m->gamma < INFINITY);
}

enum dyad_status
logrank(const struct survival_table *tables, size_t groups, size_t strata,
        const struct logrank_method *method, struct logrank_work *work, double *observed,
        double *expected, double *covariance, struct test *out)
{
    const size_t k = groups;

    if (k < 2 || k > 10000 || strata < 1 || !is_method(method))
        return DYAD_DOMAIN;
    if (reserve(work, 2 * k * k + 6 * k, k) != DYAD_OK)
        return DYAD_NOMEM;

    double *const at = work->at;
    const struct sums sums = { at, at + k, at + 2 * k, k };
    struct walk walk = { .groups = k, .next = work->next };

    walk.risk = at + 2 * k + k * k;
    walk.events = walk.risk + k;
    for (size_t h = 0; h < strata; h++) {
        walk.tables = tables + h * k;
        add_stratum(&walk, method, &sums);
    }
    complete(&sums);
    *out = compare(&sums, walk.events + k);
    memcpy(observed, sums.observed, k * sizeof *observed);
    memcpy(expected, sums.expected, k * sizeof *expected);
    memcpy(covariance, sums.covariance, k * k * sizeof *covariance);
    return DYAD_OK;
}

enum dyad_status
logrank_trend(const double *scores, size_t k, const double *observed, const double *expected,
              const double *covariance, struct test *out)
{
    double u = 0, variance = 0;

    for (size_t g = 0; g < k; g++)
        if (!(fabs(scores[g]) <= 1e60))
            return DYAD_DOMAIN;
    if (k < 2)
        return DYAD_DOMAIN;
    for (size_t g = 0; g < k; g++) {
        u += (scores[g] - scores[0]) * (observed[g] - expected[g]);
        /* a'V a of a V whose rows add up to 0. */
        for (size_t h = 0; h < g; h++) {
            const double apart = scores[g] - scores[h];

            variance -= apart * apart * covariance[g * k + h];
        }
    }
    const double statistic = variance > 0 ? u * u / variance : NAN;

    *out = (struct test){ statistic, 1, cells_p_chi2(statistic, 1) };
    return DYAD_OK;
}
