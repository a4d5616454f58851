#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cox_model.h"

/* ---- functions of time ---- */

/* Times of events in all strata together, and records counted by them. */
struct clock {
    const struct cox_model *m;
    double *time, *deaths;
    double *ended, *here, *entered; /* by what: see count_record */
    size_t n;
    enum cox_transform transform;
};

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* How many of the times are not later. */
static size_t
times_until(const struct clock *c, double time)
{
    size_t low = 0, high = c->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (c->time[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ended[k]: the last time that is not later is the k-th from 1; here[k]: and it is that time. */
static void
count_records(struct clock *c, size_t record, double n)
{
    const struct cox_data *d = &c->m->data;
    const size_t last = times_until(c, d->time[record]);

    c->ended[last] += n;
    if (last > 0 && c->time[last - 1] == d->time[record])
        c->here[last] += n;
    if (d->entry != NULL)
        c->entered[times_until(c, d->entry[record])] += n;
}

/* How many records a record of the data stands for. */
static double
records_of(const struct cox_model *m, size_t record)
{
    const double *weight = m->data.weight;

    if (m->data.design != NULL)
        return m->kind_rows[record];
    if (weight == NULL)
        return 1;
    return m->data.counts ? weight[record] : weight[record] > 0;
}

static enum dyad_status
clock_begin(struct clock *c, const struct cox_model *m)
{
    c->time = malloc((5 * m->moments + 4) * sizeof *c->time);
    if (c->time == NULL)
        return DYAD_NOMEM;
    memcpy(c->time, m->moment_time, m->moments * sizeof *c->time);
    qsort(c->time, m->moments, sizeof *c->time, compare_doubles);
    for (size_t g = 0; g < m->moments; g++)
        if (g == 0 || c->time[g] != c->time[g - 1])
            c->time[c->n++] = c->time[g];
    c->deaths = c->time + m->moments;
    c->ended = c->deaths + m->moments + 1;
    c->here = c->ended + m->moments + 1;
    c->entered = c->here + m->moments + 1;
    memset(c->deaths, 0, (4 * m->moments + 4) * sizeof *c->deaths);
    for (size_t i = 0; i < m->data.n; i++)
        count_records(c, i, records_of(m, i));
    for (size_t g = 0; g < m->moments; g++)
        c->deaths[times_until(c, m->moment_time[g]) - 1] += m->deaths[g];
    return DYAD_OK;
}

/* 1 - Kaplan-Meier just before each time. */
static void
transform_km(const struct clock *c, double *out)
{
    double at_risk = 0, survival = 1;

    for (size_t k = 1; k <= c->n; k++)
        at_risk += c->ended[k] - c->entered[k];
    for (size_t k = 0; k < c->n; k++) {
        out[k] = 1 - survival;
        if (c->deaths[k] > 0)
            survival *= (at_risk - c->deaths[k]) / at_risk;
        at_risk += c->entered[k + 1] - c->ended[k + 1];
    }
}

/* The mean rank among the times of all records. */
static void
transform_rank(const struct clock *c, double *out)
{
    double before = 0;

    for (size_t k = 1; k <= c->n; k++) {
        before += c->ended[k - 1] - c->here[k - 1]; /* later than the time before */
        out[k - 1] = before + (c->here[k] + 1) / 2;
        before += c->here[k];
    }
}

static enum dyad_status
find_times(struct cox_model *m, enum cox_transform transform, double *by)
{
    struct clock c = { .m = m, .transform = transform };
    enum dyad_status st = clock_begin(&c, m);
    double sum = 0, *of = by + m->moments;

    if (st == DYAD_OK && transform == COX_LOG && !(c.time[0] > 0))
        st = DYAD_DOMAIN;
    if (st == DYAD_OK) {
        if (transform == COX_KM)
            transform_km(&c, of);
        if (transform == COX_RANK)
            transform_rank(&c, of);
        for (size_t k = 0; k < c.n; k++) {
            if (transform == COX_IDENTITY || transform == COX_LOG)
                of[k] = transform == COX_LOG ? log(c.time[k]) : c.time[k];
        }
        for (size_t g = 0; g < m->moments; g++) {
            by[g] = of[times_until(&c, m->moment_time[g]) - 1];
            sum += m->deaths[g] * by[g];
        }
        for (size_t g = 0; g < m->moments; g++)
            by[g] -= sum / m->events;
    }
    free(c.time);
    return st;
}

/* ---- the test ---- */

struct zph {
    struct cox_model *m;
    double *by;          /* of moments; as many again for scratch */
    double *information; /* 2p x 2p */
    double *score;       /* 2p: zeros, and that of x g(t) */
    double *part;        /* p x p */
    double *room;        /* 2p x 2p + 2p */
    double *mean;
    enum cox_state *state;
};

static void
add_event(const struct cox_row *row, void *context)
{
    const struct zph *z = context;
    const struct cox_model *m = z->m;
    const size_t p = m->p;

    if (!cox_is_dead(m, row->record))
        return;

    const uint32_t g = m->spans[m->bin[row->record]].anchor;

    cox_event_mean(m, g, z->mean);
    for (size_t j = 0; j < p; j++)
        z->score[p + j] += row->times * row->weight * z->by[g] * (row->z[j] - z->mean[j]);
}

/* Into a quarter of the information. */
static void
place(struct zph *z, size_t row, size_t column)
{
    const size_t p = z->m->p;

    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            z->information[(row * p + j) * 2 * p + column * p + k] = z->part[j * p + k];
}

static enum dyad_status
find_sums(struct zph *z, enum cox_transform transform)
{
    struct cox_model *m = z->m;
    enum dyad_status st;

    if ((st = cox_restore(m)) != DYAD_OK || (st = find_times(m, transform, z->by)) != DYAD_OK)
        return st;
    memcpy(z->part, m->newton.information, m->p * m->p * sizeof *z->part);
    place(z, 0, 0);
    if ((st = cox_information(m, z->by, z->part)) != DYAD_OK)
        return st;
    place(z, 0, 1);
    place(z, 1, 0);
    for (size_t g = 0; g < m->moments; g++)
        z->by[m->moments + g] = z->by[g] * z->by[g];
    if ((st = cox_information(m, z->by + m->moments, z->part)) != DYAD_OK)
        return st;
    place(z, 1, 1);
    memset(z->score, 0, 2 * m->p * sizeof *z->score);
    return cox_rows_visit(m, m->fit.beta, true, add_event, z);
}

/* Of the columns of one term; or of all, for n_terms. */
static struct test
test_term(struct zph *z, const size_t *term, size_t which, size_t n_terms)
{
    const struct fitted *f = &z->m->fit;
    const size_t p = f->p;
    double df = 0;

    for (size_t j = 0; j < p; j++) {
        const bool in = (which == n_terms || term[j] == which) && f->state[j] == COX_FINITE;

        z->state[j] = f->held[j];
        z->state[p + j] = in ? COX_FINITE : COX_ALIASED;
        df += in;
    }
    if (df == 0)
        return (struct test){ NAN, 0, NAN };
    return fitted_test(newton_quadratic(z->information, z->score, 2 * p, z->state, z->room), df);
}

enum dyad_status
cox_proportional(struct cox_model *m, enum cox_transform transform, const size_t *term,
                 size_t n_terms, struct test *out)
{
    const size_t p = m->p;
    struct zph z = { .m = m };
    enum dyad_status st;

    for (size_t j = 0; j < p; j++)
        if (term[j] >= n_terms)
            return DYAD_DOMAIN;
    z.by = malloc((2 * m->moments + 9 * p * p + 5 * p + 1) * sizeof *z.by);
    z.state = malloc((2 * p + 1) * sizeof *z.state);
    st = z.by && z.state ? DYAD_OK : DYAD_NOMEM;
    if (st == DYAD_OK) {
        z.information = z.by + 2 * m->moments;
        z.part = z.information + 4 * p * p;
        z.room = z.part + p * p;
        z.score = z.room + 4 * p * p + 2 * p;
        z.mean = z.score + 2 * p;
        st = find_sums(&z, transform);
    }
    for (size_t t = 0; st == DYAD_OK && t <= n_terms; t++)
        out[t] = test_term(&z, term, t, n_terms);
    free(z.by);
    free(z.state);
    return st;
}
