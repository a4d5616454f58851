#include "suppression_group.h"

#include "counted_related.h"

#include <pthread.h>
#include <stdlib.h>

struct told {
    bool done;                 /* it came or left */
    struct disclosure *counts; /* NULL: it left */
    struct counted *people;
    size_t first_count, first_figure;
};

struct suppression_group {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t over;
    size_t n, n_awaited;
    struct told *members;
    struct disclosure *all;
    int64_t threshold;
    enum dyad_status status;
    bool is_over;
};

struct suppression_group *
suppression_group_new(size_t n)
{
    struct suppression_group *g = calloc(1, sizeof *g);

    if (g == NULL)
        return NULL;
    g->members = calloc(n + 1, sizeof *g->members);
    g->n = g->n_awaited = n;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->over, NULL);
    if (g->members == NULL) {
        suppression_group_free(g);
        return NULL;
    }
    return g;
}

void
suppression_group_free(struct suppression_group *g)
{
    if (g == NULL)
        return;
    disclosure_free(g->all);
    free(g->members);
    pthread_cond_destroy(&g->over);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

void
suppression_group_lock(struct suppression_group *g)
{
    if (g)
        pthread_mutex_lock(&g->lock);
}

void
suppression_group_unlock(struct suppression_group *g)
{
    if (g)
        pthread_mutex_unlock(&g->lock);
}

/* In the members' order, whoever came first. */
static enum dyad_status
decide_of(struct suppression_group *g, struct counted **people, struct disclosure **counts, size_t *bases)
{
    const struct counted *const *tied = (const struct counted *const *)people;
    size_t n = 0;
    enum dyad_status st;

    for (size_t i = 0; i < g->n; i++)
        if (g->members[i].counts) {
            counts[n] = g->members[i].counts;
            people[n++] = g->members[i].people;
        }
    if ((st = counted_relate(people, counts, n)) != DYAD_OK)
        return st;
    n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->members[i].counts) {
            disclosure_append(g->all, g->members[i].counts, &g->members[i].first_count,
                              &g->members[i].first_figure);
            bases[n++] = g->members[i].first_count;
        }
    st = counted_tie(tied, bases, n, g->all);
    return st == DYAD_OK ? disclosure_protect(g->all) : st;
}

static enum dyad_status
decide(struct suppression_group *g)
{
    struct counted **people = calloc(g->n + 1, sizeof *people);
    struct disclosure **counts = calloc(g->n + 1, sizeof *counts);
    size_t *bases = calloc(g->n + 1, sizeof *bases);
    enum dyad_status st = DYAD_NOMEM;

    g->all = disclosure_new(g->threshold);
    if (people && counts && bases && g->all)
        st = decide_of(g, people, counts, bases);
    free(people);
    free(counts);
    free(bases);
    return st;
}

/* Behind the last one it is decided, on this thread. */
static void
count_off(struct suppression_group *g, size_t number)
{
    g->members[number].done = true;
    if (--g->n_awaited > 0)
        return;
    g->status = decide(g);
    g->is_over = true;
    pthread_cond_broadcast(&g->over);
}

enum dyad_status
suppression_group_decide(const struct suppression_member *m, int64_t threshold, struct disclosure *counts,
                         struct counted *people, struct disclosure **out, size_t *first_count, size_t *first_figure)
{
    struct suppression_group *g = m->group;
    struct told *told = &g->members[m->number];

    if (m->before)
        m->before(m->context);
    pthread_mutex_lock(&g->lock);
    g->threshold = threshold > g->threshold ? threshold : g->threshold;
    told->counts = counts;
    told->people = people;
    count_off(g, m->number);
    while (!g->is_over)
        pthread_cond_wait(&g->over, &g->lock);
    *out = g->all;
    *first_count = told->first_count;
    *first_figure = told->first_figure;
    const enum dyad_status st = g->status;
    pthread_mutex_unlock(&g->lock);
    return st;
}

void
suppression_group_leave(const struct suppression_member *m)
{
    if (m->group == NULL)
        return;
    pthread_mutex_lock(&m->group->lock);
    if (!m->group->members[m->number].done)
        count_off(m->group, m->number);
    pthread_mutex_unlock(&m->group->lock);
}
