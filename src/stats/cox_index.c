#include "cox_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- moments ---- */

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

static uint32_t
stratum_of(const struct cox_data *d, size_t record)
{
    return d->stratum ? d->stratum[record] : 0;
}

static bool
has_weight(const struct cox_model *m, size_t record)
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
        if (!isfinite(d->time[i]) || d->event[i] > 1 || stratum_of(d, i) >= d->n)
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

static size_t
collect_events(const struct cox_model *m, struct event_time *events)
{
    const struct cox_data *d = &m->data;
    size_t n = 0, distinct = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->event[i] && has_weight(m, i))
            events[n++] = (struct event_time){ stratum_of(d, i), d->time[i] };
    qsort(events, n, sizeof *events, compare_event_times);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || compare_event_times(&events[i], &events[i - 1]) != 0)
            events[distinct++] = events[i];
    return distinct;
}

static enum dyad_status
find_moments(struct cox_model *m)
{
    const struct cox_data *d = &m->data;
    struct event_time *events;
    size_t n = 0;

    m->strata = 1;
    for (size_t i = 0; i < d->n; i++) {
        n += d->event[i];
        if (stratum_of(d, i) >= m->strata)
            m->strata = (size_t)stratum_of(d, i) + 1;
    }
    events = malloc((n + 1) * sizeof *events);
    if (events == NULL)
        return DYAD_NOMEM;
    m->moments = collect_events(m, events);
    m->moment_time = malloc((m->moments + 1) * sizeof *m->moment_time);
    m->moment_stratum = malloc((m->moments + 1) * sizeof *m->moment_stratum);
    m->first_moment = calloc(m->strata + 1, sizeof *m->first_moment);
    if (m->moment_time && m->moment_stratum && m->first_moment) {
        for (size_t g = 0; g < m->moments; g++) {
            m->moment_time[g] = events[g].time;
            m->moment_stratum[g] = events[g].stratum;
            m->first_moment[events[g].stratum + 1]++;
        }
        for (size_t s = 0; s < m->strata; s++)
            m->first_moment[s + 1] += m->first_moment[s];
    }
    free(events);
    if (m->moment_time == NULL || m->moment_stratum == NULL || m->first_moment == NULL)
        return DYAD_NOMEM;
    return m->moments > 0 ? DYAD_OK : DYAD_DOMAIN;
}

/* The first moment from begin after time; end if there is none. */
static uint32_t
moment_after(const struct cox_model *m, uint32_t begin, uint32_t end, double time)
{
    while (begin < end) {
        const uint32_t middle = begin + (end - begin) / 2;

        if (m->moment_time[middle] <= time)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* ---- bins ---- */

/*
 * Keys sort bins so that those with one end stand together, farthest anchors first.  Bins from a
 * stratum's first moment, for the dead and for the others, need no sorting: they come before all
 * others, 2 for each moment.
 */
static uint64_t
key_of(uint32_t anchor, uint32_t end, bool left, bool dead)
{
    const uint64_t order = left ? anchor : INT32_MAX - anchor;

    return (uint64_t)left << 63 | (uint64_t)end << 32 | order << 1 | dead;
}

static struct cox_span
span_of(uint64_t key)
{
    const bool left = key >> 63;
    const uint32_t order = (uint32_t)(key >> 1) & INT32_MAX;

    return (struct cox_span){ .anchor = left ? order : INT32_MAX - order,
                              .end = (uint32_t)(key >> 32) & INT32_MAX,
                              .left = left,
                              .dead = key & 1 };
}

static int
compare_keys(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

struct stretch {
    uint32_t base, top; /* the stratum's moments, top not included */
    uint32_t first, last;
    bool empty, dead;
};

static struct stretch
stretch_of(const struct cox_model *m, size_t record)
{
    const struct cox_data *d = &m->data;
    const uint32_t s = stratum_of(d, record);
    struct stretch at = { .base = m->first_moment[s], .top = m->first_moment[s + 1] };

    at.last = moment_after(m, at.base, at.top, d->time[record]);
    at.first = d->entry ? moment_after(m, at.base, at.last, d->entry[record]) : at.base;
    at.empty = at.first == at.last || !has_weight(m, record);
    at.dead = d->event[record];
    if (!at.empty)
        at.last--;
    return at;
}

/* The keys of a stretch that does not begin at the base; how many. */
static size_t
keys_of(const struct stretch *at, uint64_t keys[2])
{
    const uint32_t first = at->first - at->base, last = at->last - at->base;
    uint32_t bit = 1;

    if (first == last) {
        keys[0] = key_of(at->last, at->last, false, at->dead);
        return 1;
    }
    while ((first ^ last) >> 1 >= bit)
        bit <<= 1;

    const uint32_t middle = at->base + (last & ~(bit - 1));

    keys[0] = key_of(at->last, middle, false, at->dead);
    keys[1] = key_of(at->first, middle - 1, true, false);
    return 2;
}

static size_t
find_key(const uint64_t *keys, size_t n, uint64_t key)
{
    size_t low = 0;

    while (n > 1) {
        const size_t half = n / 2;

        if (keys[low + half] <= key)
            low += half;
        n -= half;
    }
    return low;
}

static size_t
count_late(const struct cox_model *m)
{
    size_t late = 0;

    for (size_t i = 0; m->data.entry != NULL && i < m->data.n; i++) {
        const struct stretch at = stretch_of(m, i);

        late += !at.empty && at.first != at.base;
    }
    return late;
}

static size_t
collect_keys(const struct cox_model *m, uint64_t *keys)
{
    size_t n = 0, distinct = 0;

    for (size_t i = 0; m->data.entry != NULL && i < m->data.n; i++) {
        const struct stretch at = stretch_of(m, i);

        if (!at.empty && at.first != at.base)
            n += keys_of(&at, keys + n);
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            keys[distinct++] = keys[i];
    return distinct;
}

static void
assign_bins(struct cox_model *m, const uint64_t *keys, size_t n)
{
    const uint32_t whole = (uint32_t)(2 * m->moments);

    for (size_t i = 0; i < m->data.n; i++) {
        const struct stretch at = stretch_of(m, i);
        uint64_t own[2];

        m->bin[i] = COX_NONE;
        if (m->second != NULL)
            m->second[i] = COX_NONE;
        if (at.empty)
            continue;
        if (at.first == at.base) {
            m->bin[i] = 2 * (at.base + (at.top - 1 - at.last)) + at.dead;
            continue;
        }

        const size_t n_own = keys_of(&at, own);

        m->bin[i] = whole + (uint32_t)find_key(keys, n, own[0]);
        if (n_own > 1)
            m->second[i] = whole + (uint32_t)find_key(keys, n, own[1]);
    }
}

static enum dyad_status
find_bins(struct cox_model *m)
{
    const size_t late = count_late(m);
    uint64_t *keys = malloc((2 * late + 1) * sizeof *keys);
    size_t n = 0;

    m->bin = malloc(m->data.n * sizeof *m->bin);
    m->second = late > 0 ? malloc(m->data.n * sizeof *m->second) : NULL;
    if (keys != NULL) {
        n = collect_keys(m, keys);
        m->bins = 2 * m->moments + n;
        m->spans = malloc(m->bins * sizeof *m->spans);
    }
    if (keys == NULL || m->bin == NULL || m->spans == NULL || (late > 0 && m->second == NULL)) {
        free(keys);
        return DYAD_NOMEM;
    }
    for (uint32_t g = 0; g < m->moments; g++) {
        const uint32_t base = m->first_moment[m->moment_stratum[g]];
        const uint32_t top = m->first_moment[m->moment_stratum[g] + 1];
        struct cox_span *span = m->spans + 2 * (base + (top - 1 - g));

        span[0] = (struct cox_span){ .anchor = g, .end = base };
        span[1] = (struct cox_span){ .anchor = g, .end = base, .dead = true };
    }
    for (size_t i = 0; i < n; i++)
        m->spans[2 * m->moments + i] = span_of(keys[i]);
    assign_bins(m, keys, n);
    free(keys);
    return DYAD_OK;
}

enum dyad_status
cox_index(struct cox_model *m)
{
    const enum dyad_status st = find_moments(m);

    return st == DYAD_OK ? find_bins(m) : st;
}

/* ---- sums over those at risk, of bins; sums over what happens to bins ---- */

static size_t
run_end(const struct cox_model *m, size_t i)
{
    size_t j = i + 1;

    while (j < m->bins && m->spans[j].end == m->spans[i].end &&
           m->spans[j].left == m->spans[i].left)
        j++;
    return j;
}

/* The moment at which the next bin of the run takes over, or behind its end; it may wrap. */
static uint32_t
stop_of(const struct cox_model *m, size_t i, size_t end)
{
    const struct cox_span *s = &m->spans[i];

    if (i + 1 < end)
        return m->spans[i + 1].anchor;
    return s->left ? s->end + 1 : s->end - 1;
}

void
cox_spread(const struct cox_model *m, const double *bins, size_t width, double *out)
{
    double *running = m->running;

    for (size_t i = 0, end; i < m->bins; i = end) {
        end = run_end(m, i);
        for (size_t c = 0; c < width; c++)
            running[c] = 0;
        for (; i < end; i++) {
            const struct cox_span *s = &m->spans[i];
            const uint32_t stop = stop_of(m, i, end);

            for (size_t c = 0; c < width; c++)
                running[c] += bins[i * width + c];
            for (uint32_t g = s->anchor; g != stop; g += s->left ? 1 : UINT32_MAX)
                for (size_t c = 0; c < width; c++)
                    out[g * width + c] += running[c];
        }
    }
}

void
cox_spread_largest(const struct cox_model *m, const double *bins, double *out)
{
    for (size_t g = 0; g < m->moments; g++)
        out[g] = -INFINITY;
    for (size_t i = 0, end; i < m->bins; i = end) {
        double running = -INFINITY;

        end = run_end(m, i);
        for (; i < end; i++) {
            const struct cox_span *s = &m->spans[i];
            const uint32_t stop = stop_of(m, i, end);

            running = fmax(running, bins[i]);
            for (uint32_t g = s->anchor; g != stop; g += s->left ? 1 : UINT32_MAX)
                out[g] = fmax(out[g], running);
        }
    }
}

void
cox_gather(const struct cox_model *m, const double *inside, const double *dying, size_t width,
           double *out)
{
    double *running = m->running;

    for (size_t begin = 0, end; begin < m->bins; begin = end) {
        end = run_end(m, begin);

        /* Backwards, so that stretches become longer; next is the moment not yet in it. */
        uint32_t next = m->spans[begin].end;
        const uint32_t toward = m->spans[begin].left ? UINT32_MAX : 1;

        for (size_t c = 0; c < width; c++)
            running[c] = 0;
        for (size_t i = end; i-- > begin;) {
            const struct cox_span *s = &m->spans[i];

            for (; next != s->anchor; next += toward)
                for (size_t c = 0; c < width; c++)
                    running[c] += inside[next * width + c];

            const double *last = (s->dead ? dying : inside) + s->anchor * width;

            for (size_t c = 0; c < width; c++)
                out[i * width + c] = running[c] + last[c];
        }
    }
}
