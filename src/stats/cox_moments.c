#include <math.h>
#include <stdlib.h>

#include "cox_model.h"

struct event_time {
    uint32_t stratum;
    double time;
};

static int
compare_event_times(const void *a, const void *b)
{
    const struct event_time *x = a, *y = b;

    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    return (x->time > y->time) - (x->time < y->time);
}

uint32_t
cox_stratum_of(const struct cox_data *d, size_t record)
{
    return d->stratum ? d->stratum[record] : 0;
}

bool
cox_has_weight(const struct cox_model *m, size_t record)
{
    const double *weight = m->data.design ? m->kind_weight : m->data.weight;

    return weight == NULL || weight[record] > 0;
}

bool
cox_data_valid(const struct cox_data *d)
{
    if (d->n == 0 || d->n >= COX_NONE / 2)
        return false;
    for (size_t i = 0; i < d->n; i++) {
        if (!isfinite(d->time[i]) || d->event[i] > 1 || cox_stratum_of(d, i) >= d->n)
            return false;
        if (d->entry != NULL && !(d->entry[i] < d->time[i]))
            return false;
        if (d->design == NULL && d->weight != NULL &&
            !(d->weight[i] >= 0 && isfinite(d->weight[i])))
            return false;
        if (d->design == NULL && d->offset != NULL && !isfinite(d->offset[i]))
            return false;
        if (d->design == NULL && d->counts && d->weight != NULL &&
            d->weight[i] != floor(d->weight[i]))
            return false;
    }
    return true;
}

/*
 * Times in days or weeks are whole and few: then a table of them, for each stratum, has a mark for
 * each event, and in the end the number of the first moment after each time.
 */
enum { TABLE_MOST = 1 << 20 };

static bool
fits_table(double time)
{
    return time >= 0 && time < TABLE_MOST && time == floor(time);
}

static enum dyad_status
make_table(struct cox_model *m)
{
    const struct cox_data *d = &m->data;
    double last = 0;

    for (size_t i = 0; i < d->n; i++) {
        if (!d->event[i] || !cox_has_weight(m, i))
            continue;
        if (!fits_table(d->time[i]))
            return DYAD_OK;
        last = fmax(last, d->time[i]);
    }
    if ((last + 1) * (double)m->strata > (double)d->n + 1024)
        return DYAD_OK;
    m->last = (size_t)last;
    m->ahead = calloc(m->strata * (m->last + 1), sizeof *m->ahead);
    if (m->ahead == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < d->n; i++)
        if (d->event[i] && cox_has_weight(m, i))
            m->ahead[cox_stratum_of(d, i) * (m->last + 1) + (size_t)d->time[i]] = 1;
    return DYAD_OK;
}

static size_t
count_table(const struct cox_model *m)
{
    size_t n = 0;

    for (size_t k = 0; k < m->strata * (m->last + 1); k++)
        n += m->ahead[k];
    return n;
}

static void
read_table(struct cox_model *m)
{
    uint32_t g = 0;

    for (size_t k = 0; k < m->strata * (m->last + 1); k++) {
        if (m->ahead[k]) {
            m->moment_stratum[g] = (uint32_t)(k / (m->last + 1));
            m->moment_time[g++] = (double)(k % (m->last + 1));
        }
        m->ahead[k] = g;
    }
}

/* All others are sorted. */
static size_t
collect_events(const struct cox_model *m, struct event_time *events)
{
    const struct cox_data *d = &m->data;
    size_t n = 0, distinct = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->event[i] && cox_has_weight(m, i))
            events[n++] = (struct event_time){ cox_stratum_of(d, i), d->time[i] };
    qsort(events, n, sizeof *events, compare_event_times);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || compare_event_times(&events[i], &events[i - 1]) != 0)
            events[distinct++] = events[i];
    return distinct;
}

static bool
moments_reserve(struct cox_model *m)
{
    m->moment_time = malloc((m->moments + 1) * sizeof *m->moment_time);
    m->moment_stratum = malloc((m->moments + 1) * sizeof *m->moment_stratum);
    m->first_moment = calloc(m->strata + 1, sizeof *m->first_moment);
    return m->moment_time && m->moment_stratum && m->first_moment;
}

static enum dyad_status
sort_moments(struct cox_model *m)
{
    struct event_time *events;
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < m->data.n; i++)
        n += m->data.event[i];
    if ((events = malloc((n + 1) * sizeof *events)) == NULL)
        return DYAD_NOMEM;
    m->moments = collect_events(m, events);
    ok = moments_reserve(m);
    for (size_t g = 0; ok && g < m->moments; g++) {
        m->moment_time[g] = events[g].time;
        m->moment_stratum[g] = events[g].stratum;
    }
    free(events);
    return ok ? DYAD_OK : DYAD_NOMEM;
}

enum dyad_status
cox_find_moments(struct cox_model *m)
{
    const struct cox_data *d = &m->data;
    enum dyad_status st;

    m->strata = 1;
    for (size_t i = 0; i < d->n; i++)
        if (cox_stratum_of(d, i) >= m->strata)
            m->strata = (size_t)cox_stratum_of(d, i) + 1;
    if ((st = make_table(m)) != DYAD_OK)
        return st;
    if (m->ahead != NULL) {
        m->moments = count_table(m);
        if (!moments_reserve(m))
            return DYAD_NOMEM;
        read_table(m);
    } else if ((st = sort_moments(m)) != DYAD_OK) {
        return st;
    }
    for (size_t g = 0; g < m->moments; g++)
        m->first_moment[m->moment_stratum[g] + 1]++;
    for (size_t s = 0; s < m->strata; s++)
        m->first_moment[s + 1] += m->first_moment[s];
    return m->moments > 0 ? DYAD_OK : DYAD_DOMAIN;
}

uint32_t
cox_moment_after(const struct cox_model *m, uint32_t stratum, uint32_t begin, uint32_t end, double time)
{
    if (m->ahead != NULL) {
        if (time < 0 || begin == end)
            return begin;
        if (time >= (double)m->last)
            return end;

        const uint32_t after = m->ahead[stratum * (m->last + 1) + (size_t)time];

        return after < end ? after : end;
    }
    while (begin < end) {
        const uint32_t middle = begin + (end - begin) / 2;

        if (m->moment_time[middle] <= time)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}
