#include "cox_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    const uint32_t s = cox_stratum_of(d, record);
    struct stretch at = { .base = m->first_moment[s], .top = m->first_moment[s + 1] };

    at.last = cox_moment_after(m, s, at.base, at.top, d->time[record]);
    at.first = d->entry ? cox_moment_after(m, s, at.base, at.last, d->entry[record]) : at.base;
    at.empty = at.first == at.last || !cox_has_weight(m, record);
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
    const enum dyad_status st = cox_find_moments(m);

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

/* From one unit to another that is larger. */
static double
in_units(const struct cox_model *m, double from, double to)
{
    return m->shifted ? exp(from - to) : 1;
}

void
cox_spread(const struct cox_model *m, const double *bins, size_t width, double *out)
{
    double *running = m->running;

    for (size_t i = 0, end; i < m->bins; i = end) {
        double unit = m->shift[i];

        end = run_end(m, i);
        for (size_t c = 0; c < width; c++)
            running[c] = 0;
        for (; i < end; i++) {
            const struct cox_span *s = &m->spans[i];
            const uint32_t stop = stop_of(m, i, end);
            const double larger = fmax(unit, m->shift[i]);
            const double old = in_units(m, unit, larger), own = in_units(m, m->shift[i], larger);

            unit = larger;
            for (size_t c = 0; c < width; c++)
                running[c] = running[c] * old + bins[i * width + c] * own;
            for (uint32_t g = s->anchor; g != stop; g += s->left ? 1 : UINT32_MAX) {
                const double there = in_units(m, unit, m->level[g]);

                for (size_t c = 0; c < width; c++)
                    out[g * width + c] += running[c] * there;
            }
        }
    }
}

void
cox_spread_dead(const struct cox_model *m, const double *bins, size_t width, double *out)
{
    for (size_t b = 0; b < m->bins; b++) {
        const uint32_t g = m->spans[b].anchor;

        if (!m->spans[b].dead)
            continue;
        for (size_t c = 0; c < width; c++)
            out[g * width + c] += bins[b * width + c] * in_units(m, m->shift[b], m->level[g]);
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

/* running += one moment's, in units of the inverse of exp(unit), which becomes the least. */
static void
add_moment(const struct cox_model *m, uint32_t g, const double *inside, size_t width, double *unit)
{
    const double least = fmin(*unit, m->level[g]);
    const double old = in_units(m, least, *unit), own = in_units(m, least, m->level[g]);

    *unit = least;
    for (size_t c = 0; c < width; c++)
        m->running[c] = m->running[c] * old + inside[g * width + c] * own;
}

void
cox_gather(const struct cox_model *m, const double *inside, const double *dying, size_t width,
           double *out)
{
    for (size_t begin = 0, end; begin < m->bins; begin = end) {
        end = run_end(m, begin);

        /* Backwards, so that stretches become longer; next is the moment not yet in it. */
        uint32_t next = m->spans[begin].end;
        const uint32_t toward = m->spans[begin].left ? UINT32_MAX : 1;
        double unit = m->level[next];

        for (size_t c = 0; c < width; c++)
            m->running[c] = 0;
        for (size_t i = end; i-- > begin;) {
            const struct cox_span *s = &m->spans[i];

            for (; next != s->anchor; next += toward)
                add_moment(m, next, inside, width, &unit);

            const double *last = (s->dead ? dying : inside) + s->anchor * width;
            const double before = in_units(m, m->shift[i], unit);
            const double at = in_units(m, m->shift[i], m->level[s->anchor]);

            for (size_t c = 0; c < width; c++)
                out[i * width + c] = m->running[c] * before + last[c] * at;
        }
    }
}
