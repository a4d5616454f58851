#include "dyad/data/pass.h"

#include "dyad/core/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct pass {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t over;
    size_t n_awaited;     /* members who neither arrived nor left */
    void **seats;
    size_t n_seats;
    void (*read)(void *const *seats, size_t n);
    bool is_abandoned, is_over;
    struct reader *reader;
    char **paths;
    size_t n_paths;
    struct reader_options how;
};

struct pass *
pass_new(size_t n)
{
    struct pass *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->seats = calloc(n ? n : 1, sizeof *p->seats);
    if (p->seats == NULL) {
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->over, NULL);
    p->n_awaited = n;
    return p;
}

void
pass_free(struct pass *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n_paths; i++)
        free(p->paths[i]);
    free(p->paths);
    free(p->seats);
    reader_close(p->reader);
    pthread_cond_destroy(&p->over);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* --- the reader --------------------------------------------------------------------------- */

static enum dyad_status
keep_paths(struct pass *p, const char *const *paths, size_t n_paths)
{
    p->paths = calloc(n_paths, sizeof *p->paths);
    if (p->paths == NULL)
        return DYAD_NOMEM;
    for (; p->n_paths < n_paths; p->n_paths++)
        if ((p->paths[p->n_paths] = text_copy(paths[p->n_paths])) == NULL)
            return DYAD_NOMEM;
    return DYAD_OK;
}

static bool
is_of(const struct pass *p, const char *const *paths, size_t n_paths, const struct reader_options *how)
{
    bool same = p->n_paths == n_paths && p->how.delimiter == how->delimiter && p->how.hash == how->hash;

    for (size_t i = 0; same && i < n_paths; i++)
        same = strcmp(p->paths[i], paths[i]) == 0;
    return same;
}

enum dyad_status
pass_reader(struct pass_member *m, const char *const *paths, size_t n_paths, const struct reader_options *how,
            struct reader **out, struct dyad_error *err)
{
    struct pass *p = m->pass;
    enum dyad_status st = DYAD_OK;

    *out = NULL;
    if (m->done)
        return DYAD_OK;
    pthread_mutex_lock(&p->lock);
    if (p->paths == NULL) {
        p->how = *how;
        if ((st = keep_paths(p, paths, n_paths)) != DYAD_OK)
            dyad_fail(err, st, "out of memory");
    }
    const bool same = st == DYAD_OK && is_of(p, paths, n_paths, how);
    if (same && p->reader == NULL)
        st = reader_open(paths, n_paths, how, &p->reader, err);
    if (same)
        *out = p->reader;
    pthread_mutex_unlock(&p->lock);
    if (!same)
        pass_leave(m);
    return st;
}

/* --- waiting ------------------------------------------------------------------------------ */

/* One less is awaited; behind the last one all are read for, on this thread. */
static void
count_off(struct pass *p)
{
    if (--p->n_awaited > 0)
        return;
    if (p->n_seats && !p->is_abandoned) {
        pthread_mutex_unlock(&p->lock);
        p->read(p->seats, p->n_seats); /* nobody else is about: they wait */
        pthread_mutex_lock(&p->lock);
    }
    p->is_over = true;
    pthread_cond_broadcast(&p->over);
}

bool
pass_arrive(struct pass_member *m, void *seat, void (*read)(void *const *seats, size_t n))
{
    struct pass *p = m->pass;

    pthread_mutex_lock(&p->lock);
    m->done = true;
    p->read = read;
    p->seats[p->n_seats++] = seat;
    count_off(p);
    while (!p->is_over)
        pthread_cond_wait(&p->over, &p->lock);
    m->refused = p->is_abandoned;
    pthread_mutex_unlock(&p->lock);
    return !m->refused;
}

void
pass_leave(struct pass_member *m)
{
    if (m->pass == NULL || m->done)
        return;
    pthread_mutex_lock(&m->pass->lock);
    m->done = true;
    count_off(m->pass);
    pthread_mutex_unlock(&m->pass->lock);
}

void
pass_abandon(struct pass *p)
{
    pthread_mutex_lock(&p->lock);
    if (p->n_awaited > 0)
        p->is_abandoned = true;
    pthread_mutex_unlock(&p->lock);
}
