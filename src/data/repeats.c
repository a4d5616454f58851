#include "dyad/data/repeats.h"

#include <stdlib.h>
#include <string.h>

/* Parted by the hash's upper bits, so that the search of a part stays in a core's cache. */
enum { PART_BITS = 8, PARTS = 1 << PART_BITS };

struct entry {
    uint64_t hash;
    uint32_t block, line;
};

struct part {
    struct entry *at;
    size_t n, room;
};

struct repeats {
    struct part parts[PARTS];
};

struct repeats *
repeats_new(void)
{
    return calloc(1, sizeof(struct repeats));
}

static bool
push(struct part *p, struct entry e)
{
    if (p->n == p->room) {
        const size_t room = p->room ? p->room + p->room / 2 : 64;
        struct entry *grown = realloc(p->at, room * sizeof *grown);
        if (grown == NULL)
            return false;
        p->at = grown;
        p->room = room;
    }
    p->at[p->n++] = e;
    return true;
}

bool
repeats_add(struct repeats *r, uint64_t hash, struct place place)
{
    return push(&r->parts[hash >> (64 - PART_BITS)], (struct entry){ hash, (uint32_t)place.block, (uint32_t)place.line });
}

static bool
before(const struct entry *a, const struct entry *b)
{
    return a->block != b->block ? a->block < b->block : a->line < b->line;
}

static struct place
place_of(const struct entry *e)
{
    return (struct place){ e->block, e->line };
}

/* The first ${most} places, ascending. */
static void
keep(struct place *places, size_t *n, size_t most, struct place p)
{
    size_t at = *n;

    while (at > 0 && place_before(p, places[at - 1]))
        at--;
    if (at == most)
        return;
    *n += *n < most;
    memmove(&places[at + 1], &places[at], (*n - 1 - at) * sizeof p);
    places[at] = p;
}

/* Each hash's earliest record stays in its slot; all others are repeats of it. */
static void
search(const struct entry **slots, size_t size, const struct part *p, size_t most, struct place *places, size_t *n_places,
       uint64_t *total)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct entry *e = &p->at[i];
        size_t slot = e->hash & (size - 1);
        while (slots[slot] && slots[slot]->hash != e->hash)
            slot = (slot + 1) & (size - 1);
        if (slots[slot] == NULL) {
            slots[slot] = e;
            continue;
        }
        const struct entry *repeat = e;
        if (before(e, slots[slot])) {
            repeat = slots[slot];
            slots[slot] = e;
        }
        keep(places, n_places, most, place_of(repeat));
        ++*total;
    }
}

bool
repeats_find(struct repeats *const *all, size_t n, size_t most, struct place *places, size_t *n_places, uint64_t *total)
{
    const struct entry **slots = NULL;
    size_t room = 0;

    *n_places = 0;
    *total = 0;
    for (size_t part = 0; part < PARTS; part++) {
        size_t entries = 0, size = 64;
        for (size_t i = 0; i < n; i++)
            entries += all[i]->parts[part].n;
        while (size < 2 * entries)
            size *= 2;
        if (size > room) {
            free(slots);
            room = size;
            if ((slots = malloc(room * sizeof *slots)) == NULL)
                return false;
        }
        memset(slots, 0, size * sizeof *slots);
        for (size_t i = 0; i < n; i++)
            search(slots, size, &all[i]->parts[part], most, places, n_places, total);
    }
    free(slots);
    return true;
}

void
repeats_free(struct repeats *r)
{
    for (size_t i = 0; r && i < PARTS; i++)
        free(r->parts[i].at);
    free(r);
}
