#include "dyad/stats/classification.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A score as whole numbers in the same order, its lowest bits 0.  Empty: nobody in it. */
struct score_slot {
    uint64_t key;
    double events, others;
};

enum { LEAST_ROOM = 1024 };

#define SIGN ((uint64_t)1 << 63)

static uint64_t
key_of(double score)
{
    uint64_t bits;

    score += 0.0; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static double
score_of(uint64_t key)
{
    const uint64_t bits = key & SIGN ? key ^ SIGN : ~key;
    double score;

    memcpy(&score, &bits, sizeof score);
    return score;
}

/*
 * The next coarser grain.  Not every number of bits is tried: joining fewer than 24 hardly ever
 * frees much room, and each try costs a pass.
 */
static unsigned
coarser(unsigned coarse)
{
    return coarse == 0 ? 24 : coarse + 2;
}

static bool
is_empty(const struct score_slot *slot)
{
    return slot->events + slot->others == 0;
}

/* Where the key is, or would be.  Room is a power of two (Knuth, TAOCP 3, 6.4: Fibonacci hashing). */
static struct score_slot *
find(const struct scores *s, uint64_t key)
{
    const uint64_t hash = (key >> s->coarse) * UINT64_C(0x9e3779b97f4a7c15);
    const size_t mask = s->room - 1;

    for (size_t i = (size_t)(hash ^ hash >> 32) & mask;; i = (i + 1) & mask)
        if (is_empty(&s->slots[i]) || s->slots[i].key == key)
            return &s->slots[i];
}

static void
put(struct scores *s, uint64_t key, double events, double others)
{
    struct score_slot *slot = find(s, key >> s->coarse << s->coarse);

    s->used += is_empty(slot);
    slot->key = key >> s->coarse << s->coarse;
    slot->events += events;
    slot->others += others;
}

/* The slots that are not empty, to the front. */
static void
gather(struct scores *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->room; i++)
        if (!is_empty(&s->slots[i]))
            s->slots[n++] = s->slots[i];
}

static void
rebuild(struct scores *s, size_t room, unsigned coarse)
{
    const size_t n = s->used;
    struct score_slot *kept = malloc((n + 1) * sizeof *kept), *slots = s->slots;

    if (kept && n) {
        gather(s);
        memcpy(kept, s->slots, n * sizeof *kept);
    }
    if (kept && room != s->room) {
        free(s->slots);
        s->slots = slots = calloc(room, sizeof *slots);
    } else if (kept)
        memset(slots, 0, room * sizeof *slots);
    if (kept == NULL || slots == NULL) {
        s->failed = true;
    } else {
        s->room = room;
        s->coarse = coarse;
        s->used = 0;
        for (size_t i = 0; i < n; i++)
            put(s, kept[i].key, kept[i].events, kept[i].others);
    }
    free(kept);
}

static void
count(struct scores *s, uint64_t key, double events, double others)
{
    if (s->room == 0)
        rebuild(s, LEAST_ROOM, 0);
    else if (2 * s->used > s->room)
        rebuild(s, 2 * s->room, s->coarse);
    if (s->failed)
        return;
    put(s, key, events, others);
    while (s->used > s->limit && !s->failed)
        rebuild(s, s->room, coarser(s->coarse));
}

static void
widen(struct scores *s, double least, double most)
{
    s->least = s->room == 0 || least < s->least ? least : s->least;
    s->most = s->room == 0 || most > s->most ? most : s->most;
}

void
scores_add(struct scores *s, const double *scores, const double *outcomes, const double *weights,
           size_t n)
{
    for (size_t i = 0; i < n && !s->failed; i++) {
        const double weight = weights ? weights[i] : 1, y = outcomes[i];
        const double events = weight * y, others = weight * (1 - y);

        if (!(isfinite(scores[i]) && y >= 0 && y <= 1 && weight >= 0 && weight <= 1e15)) {
            s->refused = true;
        } else if (events + others > 0) {
            widen(s, scores[i], scores[i]);
            count(s, key_of(scores[i]), events, others);
        }
    }
}

void
scores_merge(struct scores *into, const struct scores *from)
{
    into->refused = into->refused || from->refused;
    into->failed = into->failed || from->failed;
    if (from->room == 0 || into->failed)
        return;
    widen(into, from->least, from->most);
    if (from->coarse > into->coarse)
        rebuild(into, into->room ? into->room : LEAST_ROOM, from->coarse);
    for (size_t i = 0; i < from->room && !into->failed; i++)
        if (!is_empty(&from->slots[i]))
            count(into, from->slots[i].key, from->slots[i].events, from->slots[i].others);
}

static int
by_key(const void *a, const void *b)
{
    const uint64_t x = ((const struct score_slot *)a)->key, y = ((const struct score_slot *)b)->key;

    return (x > y) - (x < y);
}

/* The middle of the scores that a key stands for, within those there were. */
static double
middle(const struct scores *s, uint64_t key)
{
    const double score = score_of(s->coarse ? key | (uint64_t)1 << (s->coarse - 1) : key);

    return score < s->least ? s->least : score > s->most ? s->most : score;
}

enum dyad_status
scores_finish(struct scores *s)
{
    if (s->failed)
        return DYAD_NOMEM;
    if (s->refused || s->used == 0)
        return DYAD_DOMAIN;
    if ((s->counts = malloc(s->used * sizeof *s->counts)) == NULL)
        return DYAD_NOMEM;
    gather(s);
    qsort(s->slots, s->used, sizeof *s->slots, by_key);
    s->n = s->used;
    for (size_t i = 0; i < s->n; i++)
        s->counts[i] = (struct score_count){ middle(s, s->slots[i].key),
                                             s->slots[i].events, s->slots[i].others };
    free(s->slots);
    s->slots = NULL;
    s->room = s->used = 0;
    return DYAD_OK;
}

void
scores_release(struct scores *s)
{
    free(s->slots);
    free(s->counts);
    *s = (struct scores){ .limit = s->limit };
}
