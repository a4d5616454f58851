#include "neighbours.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 64, KNOWN_MAX = 8192, KNOWN_TOGETHER_MAX = 2048, LOOKED_AT = 2048 };

/* --- bytes -------------------------------------------------------------------------------- */

struct key {
    uint64_t low, high;
};

/* The first ${length} <= NEIGHBOURS_BYTES bytes, the rest zero. */
static inline struct key
key_of(const char *text, size_t length)
{
    static const unsigned char masks[2 * NEIGHBOURS_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    struct key key, mask;

    memcpy(&key, text, sizeof key);
    memcpy(&mask, masks + NEIGHBOURS_BYTES - length, sizeof mask);
    return (struct key){ key.low & mask.low, key.high & mask.high };
}

/* Digits differ in the lower half of a byte: the second eight are moved by half a byte, not to cover the first. */
static inline size_t
slot_of(struct key key, int shift)
{
    return (size_t)((key.low ^ key.high << 4 ^ key.high >> 60) * UINT64_C(0xbf58476d1ce4e5b9) >> shift);
}

/* Where the key is, or the free slot where it would be. */
static inline struct meeting *
find_from(struct meeting *slots, size_t size, size_t slot, struct key key)
{
    while ((slots[slot].low != key.low || slots[slot].high != key.high) && slots[slot].what)
        slot = (slot + 1) & (size - 1);
    return &slots[slot];
}

static struct meeting *
find(struct meeting *slots, size_t size, int shift, struct key key)
{
    return find_from(slots, size, slot_of(key, shift), key);
}

/* --- which columns ------------------------------------------------------------------------ */

bool
neighbours_suit(const struct block *b, size_t first, size_t n, const struct tally *tallies)
{
    const size_t n_records = b->n_records < LOOKED_AT ? b->n_records : LOOKED_AT;
    const size_t most = n == 1 ? n_records - n_records / 8 : n_records / 4;
    size_t size = 4, different = 0, n_long = 0;
    int shift = 62;

    if (n > NEIGHBOURS_MAX || first / 64 != (first + n - 1) / 64)
        return false;
    for (size_t i = first; i < first + n; i++)
        if (tallies[i].many)
            return false;
    for (; size < 2 * n_records; shift--)
        size *= 2;
    struct meeting *slots = calloc(size, sizeof *slots);
    for (size_t i = 0; slots && i < n_records && different <= most; i++) {
        const uint32_t *end = b->ends + i * b->n_columns + first;
        const size_t start = (uint32_t)(end[0] + 1), length = end[n] - start;
        if (length > NEIGHBOURS_BYTES) {
            n_long++;
            continue;
        }
        const struct key key = key_of(b->text + start, length);
        struct meeting *m = find(slots, size, shift, key);
        different += m->what == 0;
        *m = (struct meeting){ key.low, key.high, 0, 1 };
    }
    const bool suit = slots && different <= most && 32 * n_long <= n_records;
    free(slots);
    return suit;
}

/* --- what is known ------------------------------------------------------------------------ */

/* For what is known and ${more}. */
static bool
make_room(struct neighbours *g, size_t more)
{
    const size_t wanted = g->n_known + more + 1;
    size_t room = g->room ? g->room : 64;

    if (wanted <= g->room)
        return true;
    while (room < wanted)
        room *= 2;
    uint32_t *codes = realloc(g->codes, room * g->n * sizeof *codes);
    if (codes)
        g->codes = codes;
    uint64_t *missing = realloc(g->missing, room * sizeof *missing);
    if (missing)
        g->missing = missing;
    uint64_t *ahead = realloc(g->ahead, room * sizeof *ahead);
    if (ahead)
        g->ahead = ahead;
    uint64_t *behind = realloc(g->behind, room * sizeof *behind);
    if (behind)
        g->behind = behind;
    unsigned char *faulty = realloc(g->faulty, room);
    if (faulty)
        g->faulty = faulty;
    if (codes == NULL || missing == NULL || ahead == NULL || behind == NULL || faulty == NULL)
        return false;
    g->room = room;
    return true;
}

bool
neighbours_init(struct neighbours *g, size_t first, size_t n)
{
    *g = (struct neighbours){ .first = first, .n = n, .size = SIZE_FIRST, .shift = 58 };
    g->slots = calloc(g->size, sizeof *g->slots);
    return g->slots != NULL && make_room(g, 0);
}

static bool
grow(struct neighbours *g)
{
    const size_t size = 4 * g->size;
    struct meeting *slots = calloc(size, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < g->size; i++)
        if (g->slots[i].what)
            *find(slots, size, g->shift - 2, (struct key){ g->slots[i].low, g->slots[i].high }) = g->slots[i];
    free(g->slots);
    g->slots = slots;
    g->size = size;
    g->shift -= 2;
    return true;
}

uint32_t
neighbours_code(const struct neighbours *g, uint32_t what, size_t i)
{
    return g->codes[what * g->n + i];
}

static void
judge_sequences(struct neighbours *g, size_t what, size_t column, uint32_t code, const struct neighbours_view *v)
{
    const struct tally *t = &v->tallies[column];

    for (size_t s = 0; s < v->n_sequences && s < SEQUENCE_BITS; s++) {
        const struct sequence *q = &v->sequences[s];
        const double first = q->first_is_number ? t->numbers[code] : t->truths[code];
        const double second = q->second_is_number ? t->numbers[code] : t->truths[code];
        g->ahead[what] |= (uint64_t)(q->first == column && first > 0) << s;
        g->behind[what] |= (uint64_t)(q->second == column && second <= 0) << s;
        g->in_sequences = g->in_sequences || q->first == column || q->second == column;
    }
}

/* What the record's fields mean, as the meeting ${what}. */
static bool
describe(struct neighbours *g, size_t what, const struct chunk *c, size_t record, const struct neighbours_view *v)
{
    const struct block *b = c->block;
    const struct place place = block_place(b, record);

    g->missing[what] = g->ahead[what] = g->behind[what] = 0;
    g->faulty[what] = false;
    for (size_t i = 0; i < g->n; i++) {
        const size_t column = g->first + i, k = record * b->n_columns + column;
        struct tally *t = &v->tallies[column];
        size_t length;
        const char *text = field_bare(b->text, (uint32_t)(b->ends[k] + 1), b->ends[k + 1], v->scratch, &length);
        uint32_t code;
        if (v->scratch->failed || !tally_code(t, text, length, place, c->decimal, &code))
            return false;
        g->codes[what * g->n + i] = code;
        g->missing[what] |= (uint64_t)(code == 0) << column % 64;
        g->faulty[what] = g->faulty[what] || !tally_is_quiet(t, code);
        judge_sequences(g, what, column, code, v);
    }
    g->any_faulty = g->any_faulty || g->faulty[what];
    return true;
}

/* --- a chunk ------------------------------------------------------------------------------ */

/* First all keys, and the slots are sent for, then what stands there; how many were not known: their ${what} is 0. */
static size_t
look_up(struct neighbours *g, const struct chunk *c, uint32_t *what)
{
    const uint32_t too_long = UINT32_MAX;
    const size_t n = g->n, n_columns = c->block->n_columns;
    const char *text = c->block->text;
    const uint32_t *end = c->block->ends + c->first * n_columns + g->first;
    struct key keys[CHUNK];
    uint32_t slots[CHUNK];
    size_t unknown = 0;

    for (size_t i = 0; i < c->n; i++, end += n_columns) {
        const size_t start = (uint32_t)(end[0] + 1), length = end[n] - start;
        slots[i] = too_long;
        if (length <= NEIGHBOURS_BYTES) {
            keys[i] = key_of(text + start, length);
            slots[i] = (uint32_t)slot_of(keys[i], g->shift);
            __builtin_prefetch(&g->slots[slots[i]]);
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        uint32_t found = 0;
        if (slots[i] != too_long) {
            struct meeting *m = find_from(g->slots, g->size, slots[i], keys[i]);
            found = m->what;
            m->n++; /* of a free slot nobody asks */
        }
        what[i] = found;
        unknown += found == 0;
    }
    return unknown;
}

/* One that was not known, unless it is by now; it stays 0 where it is too long or they are too many. */
static bool
meet(struct neighbours *g, const struct chunk *c, size_t i, const struct neighbours_view *v)
{
    const uint32_t *end = c->block->ends + (c->first + i) * c->block->n_columns + g->first;
    const size_t start = (uint32_t)(end[0] + 1), length = end[g->n] - start;

    if (length > NEIGHBOURS_BYTES)
        return true;
    if ((g->size < 4096 ? 4 : 2) * (g->n_known + 1) > g->size && !grow(g))
        return false;
    const struct key key = key_of(c->block->text + start, length);
    struct meeting *m = find(g->slots, g->size, g->shift, key);
    if (m->what == 0) {
        g->failing = g->failing || g->n_known == (g->n > 1 ? KNOWN_TOGETHER_MAX : KNOWN_MAX);
        if (g->failing)
            return true;
        if (!make_room(g, 1) || !describe(g, g->n_known + 1, c, c->first + i, v))
            return false;
        *m = (struct meeting){ key.low, key.high, 0, (uint32_t)++g->n_known };
    }
    m->n++;
    v->what[i] = m->what;
    return true;
}

/* Those that are not to be known: told to the tallies at once, and described for as long as the chunk is at hand. */
static bool
pass_by(struct neighbours *g, const struct chunk *c, const struct neighbours_view *v, size_t n)
{
    size_t what = g->n_known;

    g->failing = g->failing || 8 * n > c->n;
    if (!make_room(g, n))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        if (v->what[i])
            continue;
        if (!describe(g, ++what, c, c->first + i, v))
            return false;
        for (size_t k = 0; k < g->n; k++)
            v->tallies[g->first + k].counts[neighbours_code(g, (uint32_t)what, k)]++;
        v->what[i] = (uint32_t)what;
    }
    return true;
}

/* What is to be said of records: of some only for a while. */
static void
tell(struct neighbours *g, const struct chunk *c, const struct neighbours_view *v)
{
    bool less = false;

    for (size_t i = 0; i < c->n; i++) {
        const size_t what = v->what[i];
        if (!g->faulty[what])
            continue;
        g->faulty[what] = false;
        for (size_t k = 0; k < g->n; k++) {
            struct tally *t = &v->tallies[g->first + k];
            const uint32_t code = neighbours_code(g, v->what[i], k);
            tally_tell(t, g->first + k, code, block_place(c->block, c->first + i), v->problems);
            g->faulty[what] = g->faulty[what] || !tally_is_quiet(t, code);
        }
        less = less || !g->faulty[what];
    }
    if (less)
        g->any_faulty = memchr(g->faulty + 1, true, g->n_known) != NULL;
}

static void
mark(uint64_t *bits, size_t step, const uint64_t *of, const uint32_t *what, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bits[i * step] |= of[what[i]];
}

bool
neighbours_chunk(struct neighbours *g, const struct chunk *c, const struct neighbours_view *v)
{
    const size_t n = c->n;
    const uint32_t *what = v->what;
    size_t unknown = look_up(g, c, v->what);

    for (size_t i = 0; unknown && i < n; i++)
        if (what[i] == 0) {
            if (!meet(g, c, i, v))
                return false;
            unknown -= what[i] != 0;
        }
    if (unknown && !pass_by(g, c, v, unknown))
        return false;
    if (v->bits)
        mark(v->bits + g->first / 64, v->n_words, g->missing, what, n);
    if (g->in_sequences) {
        mark(v->ahead, 1, g->ahead, what, n);
        mark(v->behind, 1, g->behind, what, n);
    }
    if (g->any_faulty)
        tell(g, c, v);
    return true;
}

bool
neighbours_fold(struct neighbours *g, struct tally *tallies)
{
    bool good = true;

    for (size_t slot = 0; g->slots && slot < g->size; slot++) {
        const struct meeting *m = &g->slots[slot];
        for (size_t k = 0; m->what && k < g->n; k++)
            tallies[g->first + k].counts[neighbours_code(g, m->what, k)] += m->n;
    }
    for (size_t k = 0; g->slots && k < g->n; k++)
        good = good && tally_limit(&tallies[g->first + k]);
    neighbours_release(g);
    return good;
}

void
neighbours_release(struct neighbours *g)
{
    free(g->slots);
    free(g->codes);
    free(g->missing);
    free(g->ahead);
    free(g->behind);
    free(g->faulty);
    *g = (struct neighbours){ .first = g->first, .n = g->n };
}
