/* dyad survival: times made coarse for --suppress, so that no step of a curve is of a few people. */
#include "survival_coarsen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_WANTED = 100 };

enum dyad_status
coarse_times_add(struct coarse_times *c, size_t table, const struct survival_time *time)
{
    if (c->n == c->room) {
        const size_t room = c->room ? 2 * c->room : 256;
        struct coarse_time *grown = realloc(c->at, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        c->at = grown;
        c->room = room;
    }
    c->at[c->n++] = (struct coarse_time){ table, *time };
    return DYAD_OK;
}

void
coarse_times_release(struct coarse_times *c)
{
    free(c->at);
    *c = (struct coarse_times){ .at = NULL };
}

static int
by_time(const void *a, const void *b)
{
    const struct coarse_time *x = a, *y = b;

    if (x->time.exit != y->time.exit)
        return x->time.exit < y->time.exit ? -1 : 1;
    return 0;
}

/* How many leave each table by each cause: in all, and since the last step. */
struct leaving {
    double *in_all, *before, *since;
    size_t n, per_table;
    double threshold;
    bool *few; /* of each table */
    bool failed; /* memory ran out */
};

static size_t
place_of(const struct leaving *l, const struct coarse_time *t)
{
    return t->table * l->per_table + t->time.cause;
}

static bool
is_small(const struct leaving *l, double count)
{
    return count > 0 && count < l->threshold;
}

/* May a step end here?  Tables of a few do not count: they will be hidden. */
static bool
may_end(const struct leaving *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->few[i / l->per_table] &&
            (is_small(l, l->since[i]) || is_small(l, l->in_all[i] - l->before[i] - l->since[i])))
            return false;
    return true;
}

static bool
is_chosen(double time, const double *chosen, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (chosen[i] == time)
            return true;
    return false;
}

/*
 * Cut ${c}[first, last) into steps, of which each time becomes that of the end.  With ${chosen} only these are ends,
 * and each step is then cut further.
 */
static void
join_steps(struct coarse_times *c, struct leaving *l, size_t first, size_t last, const double *chosen, size_t n_chosen)
{
    memset(l->in_all, 0, 3 * l->n * sizeof *l->in_all);
    for (size_t i = first; i < last; i++)
        l->in_all[place_of(l, &c->at[i])] += c->at[i].time.count;
    for (size_t i = first; i < last; i++) {
        l->since[place_of(l, &c->at[i])] += c->at[i].time.count;
        if (i + 1 < last && (c->at[i + 1].time.exit == c->at[i].time.exit || !may_end(l) ||
                             (chosen && !is_chosen(c->at[i].time.exit, chosen, n_chosen))))
            continue;
        if (chosen) {
            struct leaving within = *l;
            if ((within.in_all = calloc(3 * l->n + 1, sizeof *within.in_all)) == NULL) {
                l->failed = true;
                return;
            }
            within.before = within.in_all + l->n;
            within.since = within.before + l->n;
            join_steps(c, &within, first, i + 1, NULL, 0);
            free(within.in_all);
        }
        for (size_t k = first; !chosen && k <= i; k++)
            c->at[k].time.exit = c->at[i].time.exit;
        for (size_t k = 0; k < l->n; k++) {
            l->before[k] += l->since[k];
            l->since[k] = 0;
        }
        first = i + 1;
    }
}

/* 1, 2 or 5 times a power of ten, at least ${least}. */
static double
round_width(double least)
{
    const double power = pow(10, floor(log10(least)));

    return least <= power ? power : least <= 2 * power ? 2 * power : least <= 5 * power ? 5 * power : 10 * power;
}

/* No time is that of one person: up to a round one, or to the next of those that were chosen. */
static void
round_up(struct coarse_times *c, const double *chosen, size_t n_chosen)
{
    const double last = c->n ? c->at[c->n - 1].time.exit : 0;
    double width = last > 0 ? round_width(last / STEPS_WANTED) : 1;
    bool whole = true;

    for (size_t i = 0; i < c->n; i++)
        whole = whole && c->at[i].time.exit == floor(c->at[i].time.exit);
    width = whole ? fmax(width, 1) : width;
    for (size_t i = 0; i < c->n; i++) {
        double *time = &c->at[i].time.exit;
        double up = width * ceil(*time / width - 1e-9);
        for (size_t k = 0; k < n_chosen; k++)
            if (chosen[k] >= *time && chosen[k] < up)
                up = chosen[k];
        *time = up;
    }
}

static bool
begin(const struct coarse_times *c, size_t causes, int64_t threshold, bool *few, struct leaving *l)
{
    size_t tables = 0;

    for (size_t i = 0; i < c->n; i++)
        tables = c->at[i].table >= tables ? c->at[i].table + 1 : tables;
    *l = (struct leaving){ .n = tables * (causes + 1), .per_table = causes + 1,
                             .threshold = (double)threshold, .few = few };
    l->in_all = calloc(3 * l->n + 1, sizeof *l->in_all);
    if (l->in_all == NULL)
        return false;
    l->before = l->in_all + l->n;
    l->since = l->before + l->n;
    for (size_t i = 0; i < c->n; i++)
        l->in_all[place_of(l, &c->at[i])] += c->at[i].time.count;
    for (size_t i = 0; i < l->n; i++)
        few[i / l->per_table] = few[i / l->per_table] || is_small(l, l->in_all[i]);
    return true;
}

static size_t
count_times(const struct coarse_times *c)
{
    size_t n = c->n > 0;

    for (size_t i = 1; i < c->n; i++)
        n += c->at[i].time.exit != c->at[i - 1].time.exit;
    return n;
}

enum dyad_status
coarse_times_join(struct coarse_times *c, size_t causes, int64_t threshold, const double *chosen, size_t n_chosen,
                  bool *few, bool *changed)
{
    struct leaving l;
    struct coarse_times tried = { malloc((c->n + 1) * sizeof *tried.at), c->n, c->n };

    if (tried.at == NULL || !begin(c, causes, threshold, few, &l)) {
        free(tried.at);
        return DYAD_NOMEM;
    }
    if (c->n)
        qsort(c->at, c->n, sizeof *c->at, by_time);
    /* As they are, where that is coarse enough. */
    if (c->n)
        memcpy(tried.at, c->at, c->n * sizeof *c->at);
    join_steps(&tried, &l, 0, tried.n, NULL, 0);
    *changed = count_times(&tried) != count_times(c);
    if (*changed) {
        round_up(c, chosen, n_chosen);
        join_steps(c, &l, 0, c->n, chosen, n_chosen);
    }
    free(tried.at);
    free(l.in_all);
    return l.failed ? DYAD_NOMEM : DYAD_OK;
}
