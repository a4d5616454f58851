#include "dyad/data/repeats.h"

#include <stdlib.h>
#include <string.h>

/* Parted by the hash's upper bits, so that the search of a part stays in a core's cache. */
enum { PART_BITS = 8, PARTS = 1 << PART_BITS, PIECE_ENTRIES = 400 };

/*
 * An entry is kept in ten bytes: the 56 bits of the hash that its part does not tell and 24 of the line
 * within its block, which is no more than BLOCK_BYTES_MAX = 2^24 bytes.  The block is told once for all
 * entries behind it: by an entry with the line NO_LINE, and the block where the hash would be.
 */
#define NO_LINE UINT32_C(0xffffff)
_Static_assert(BLOCK_BYTES_MAX <= 1 << 24, "a line's number within a block has 24 bits");

struct piece {
    struct piece *next;
    uint64_t words[PIECE_ENTRIES]; /* the hash and the upper 8 bits of the line */
    uint16_t lines[PIECE_ENTRIES]; /* the lower 16 */
};

struct part {
    struct piece *first, *last;
    size_t n;       /* in the last piece */
    size_t entries; /* in all, blocks not counted */
    uint64_t block;
};

struct repeats {
    struct part parts[PARTS];
};

struct entry {
    uint64_t hash;
    uint32_t block, line;
};

struct repeats *
repeats_new(void)
{
    return calloc(1, sizeof(struct repeats));
}

static bool
push(struct part *p, uint64_t hash, uint32_t line)
{
    if (p->first == NULL || p->n == PIECE_ENTRIES) {
        struct piece *fresh = malloc(sizeof *fresh);
        if (fresh == NULL)
            return false;
        fresh->next = NULL;
        *(p->last ? &p->last->next : &p->first) = fresh;
        p->last = fresh;
        p->n = 0;
    }
    p->last->words[p->n] = hash << 8 | line >> 16;
    p->last->lines[p->n++] = (uint16_t)line;
    return true;
}

bool
repeats_add(struct repeats *r, uint64_t hash, struct place place)
{
    struct part *p = &r->parts[hash >> (64 - PART_BITS)];

    if (p->entries == 0 || p->block != place.block) {
        if (!push(p, place.block, NO_LINE))
            return false;
        p->block = place.block;
    }
    p->entries++;
    return push(p, hash, (uint32_t)place.line);
}

/* All entries of a part; returns behind the last. */
static struct entry *
unpack(const struct part *p, struct entry *out)
{
    uint32_t block = 0;

    for (const struct piece *piece = p->first; piece; piece = piece->next)
        for (size_t i = 0; i < (piece->next ? PIECE_ENTRIES : p->n); i++) {
            const uint32_t line = (uint32_t)(piece->words[i] & 255) << 16 | piece->lines[i];
            if (line == NO_LINE)
                block = (uint32_t)(piece->words[i] >> 8);
            else
                *out++ = (struct entry){ piece->words[i] >> 8, block, line };
        }
    return out;
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
search(const struct entry **slots, size_t size, const struct entry *entries, size_t n, size_t most, struct place *places,
       size_t *n_places, uint64_t *total)
{
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = &entries[i];
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
    struct entry *entries = NULL;
    const struct entry **slots = NULL;
    size_t room = 0;

    *n_places = 0;
    *total = 0;
    for (size_t part = 0; part < PARTS; part++) {
        size_t n_entries = 0, size = 64;
        for (size_t i = 0; i < n; i++)
            n_entries += all[i]->parts[part].entries;
        while (size < 2 * n_entries)
            size *= 2;
        if (size > room) {
            free(slots);
            free(entries);
            room = size;
            slots = malloc(room * sizeof *slots);
            entries = malloc(room / 2 * sizeof *entries);
        }
        if (slots == NULL || entries == NULL)
            break;
        memset(slots, 0, size * sizeof *slots);
        struct entry *end = entries;
        for (size_t i = 0; i < n; i++)
            end = unpack(&all[i]->parts[part], end);
        search(slots, size, entries, n_entries, most, places, n_places, total);
    }
    const bool good = slots && entries;
    free(slots);
    free(entries);
    return good;
}

void
repeats_free(struct repeats *r)
{
    for (size_t i = 0; r && i < PARTS; i++)
        while (r->parts[i].first) {
            struct piece *next = r->parts[i].first->next;
            free(r->parts[i].first);
            r->parts[i].first = next;
        }
    free(r);
}
