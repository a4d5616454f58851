#include "dyad/data/records.h"

#include <stdlib.h>

struct records {
    struct record *at;
    size_t n, room, n_factors;
};

static void *
begin(const void *spec)
{
    struct records *r = calloc(1, sizeof *r);

    if (r)
        r->n_factors = *(const size_t *)spec;
    return r;
}

/* A record whose codes are still to be set; NULL if memory ran out. */
static struct record *
push(struct records *r, struct place place)
{
    if (r->n == r->room) {
        const size_t room = r->room ? 2 * r->room : 64;
        struct record *grown = realloc(r->at, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        r->at = grown;
        r->room = room;
    }
    uint32_t *codes = calloc(r->n_factors + 1, sizeof *codes);
    if (codes == NULL)
        return NULL;
    r->at[r->n] = (struct record){ place, codes };
    return &r->at[r->n++];
}

static enum dyad_status
add(void *a, const struct rows *rows)
{
    struct records *r = a;

    for (size_t i = 0; i < rows->n; i++) {
        struct record *made = push(r, rows_place(rows, i));
        if (made == NULL)
            return DYAD_NOMEM;
        for (size_t f = 0; f < r->n_factors; f++)
            made->codes[f] = rows->codes[f][i];
    }
    return DYAD_OK;
}

static enum dyad_status
merge(void *a, const void *from, const uint32_t *const *recode)
{
    struct records *r = a;
    const struct records *others = from;

    for (size_t i = 0; i < others->n; i++) {
        struct record *made = push(r, others->at[i].place);
        if (made == NULL)
            return DYAD_NOMEM;
        for (size_t f = 0; f < r->n_factors; f++) {
            const uint32_t code = others->at[i].codes[f];
            made->codes[f] = code ? recode[f][code] : 0;
        }
    }
    return DYAD_OK;
}

void
records_free(struct records *r)
{
    for (size_t i = 0; r && i < r->n; i++)
        free(r->at[i].codes);
    if (r)
        free(r->at);
    free(r);
}

static void
end(void *a)
{
    records_free(a);
}

const struct accumulator records_accumulator = { begin, add, merge, end };

static int
by_place(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return place_before(x->place, y->place) ? -1 : place_before(y->place, x->place);
}

const struct record *
records_list(struct records *r, size_t *n)
{
    if (r->n)
        qsort(r->at, r->n, sizeof *r->at, by_place);
    *n = r->n;
    return r->at;
}
