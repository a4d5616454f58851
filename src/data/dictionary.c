#include "dyad/data/dictionary.h"

#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two tables.  The cache maps the bytes of a field as it stands in the file (with its quotes and
 * padding, up to 16 bytes) to a code at once; what it does not know goes, bare, to the table of
 * values, which is open-addressed.  No field holds a zero byte, so a field padded with zeros is a
 * key; an empty cache knows that the empty field is missing, which is true.
 */
enum { CACHE_BITS = 13, CACHE_SLOTS = 1 << CACHE_BITS, TEXT_BLOCK = 16 * 1024 };

struct cached {
    uint64_t low, high;
};

struct text_block {
    struct text_block *next;
    char bytes[];
};

struct dictionary {
    struct cached cache[CACHE_SLOTS];
    uint32_t cached_codes[CACHE_SLOTS];
    uint32_t single[256]; /* of fields of one byte, which most answers are, code plus 1; [0]: the empty field */
    bool cached_any;
    bool cached_raw; /* the keys are of raw fields: the same bytes mean another value where they are bare */
    const struct missing_values *missing;
    struct level *levels;
    size_t n_levels, room;
    uint32_t *table; /* codes; 0: free */
    size_t table_size;
    struct text_block *texts;
    size_t text_used, text_room;
    struct text scratch;
    bool failed;
};

bool
missing_is(const struct missing_values *m, const char *text, size_t length)
{
    double number;

    if (length == 0 || (length == 1 && text[0] == '.') || (length == 2 && memcmp(text, "NA", 2) == 0))
        return true;
    if (m == NULL || m->n == 0)
        return false;
    const bool is_number = number_parse(text, length, m->decimal ? m->decimal : '.', &number) == NUMBER_GOOD;
    for (size_t i = 0; i < m->n; i++)
        if ((strlen(m->texts[i]) == length && memcmp(m->texts[i], text, length) == 0) ||
            (is_number && number == m->numbers[i]))
            return true;
    return false;
}

struct dictionary *
dictionary_new(const struct missing_values *missing)
{
    struct dictionary *d = calloc(1, sizeof *d);
    if (d)
        d->missing = missing;
    return d;
}

static uint64_t
hash_bytes(const char *text, size_t length)
{
    uint64_t h = length * UINT64_C(0x9e3779b97f4a7c15);

    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = 0;
        memcpy(&word, text + i, length - i < 8 ? length - i : 8);
        h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 29;
    }
    return h ^ h >> 32;
}

/* The slot of the table where the value is, or would be. */
static size_t
find_slot(const struct dictionary *d, const char *text, size_t length)
{
    size_t slot = hash_bytes(text, length) & (d->table_size - 1);

    while (d->table[slot]) {
        const struct level *l = &d->levels[d->table[slot] - 1];
        if (l->length == length && memcmp(l->text, text, length) == 0)
            break;
        slot = (slot + 1) & (d->table_size - 1);
    }
    return slot;
}

static bool
grow_table(struct dictionary *d)
{
    const size_t size = d->table_size ? 2 * d->table_size : 64;
    uint32_t *table = calloc(size, sizeof *table);

    if (table == NULL)
        return false;
    free(d->table);
    d->table = table;
    d->table_size = size;
    for (size_t i = 0; i < d->n_levels; i++)
        d->table[find_slot(d, d->levels[i].text, d->levels[i].length)] = (uint32_t)i + 1;
    return true;
}

static const char *
keep_text(struct dictionary *d, const char *text, size_t length)
{
    if (d->text_room - d->text_used <= length || d->texts == NULL) {
        const size_t room = length + 1 > TEXT_BLOCK ? length + 1 : TEXT_BLOCK;
        struct text_block *b = malloc(sizeof *b + room);
        if (b == NULL)
            return NULL;
        b->next = d->texts;
        d->texts = b;
        d->text_room = room;
        d->text_used = 0;
    }
    char *kept = d->texts->bytes + d->text_used;
    memcpy(kept, text, length);
    kept[length] = '\0';
    d->text_used += length + 1;
    return kept;
}

static uint32_t
add_level(struct dictionary *d, const char *text, size_t length, struct place place)
{
    if (d->n_levels == d->room) {
        const size_t room = d->room ? 2 * d->room : 16;
        struct level *grown = realloc(d->levels, room * sizeof *grown);
        if (grown == NULL)
            return 0;
        d->levels = grown;
        d->room = room;
    }
    const char *kept = keep_text(d, text, length);
    if (kept == NULL)
        return 0;
    d->levels[d->n_levels++] = (struct level){ kept, length, place };
    return (uint32_t)d->n_levels;
}

uint32_t
dictionary_code(struct dictionary *d, const char *text, size_t length, struct place place)
{
    uint32_t code = d->table_size ? d->table[find_slot(d, text, length)] : 0;

    if (code || missing_is(d->missing, text, length))
        return code;
    if ((2 * (d->n_levels + 1) <= d->table_size || grow_table(d)) && (code = add_level(d, text, length, place)) != 0)
        d->table[find_slot(d, text, length)] = code;
    else
        d->failed = true;
    return code;
}

static uint32_t
decode_slowly(struct dictionary *d, const struct block *b, size_t record, size_t start, size_t end)
{
    const char *text = b->text + start;
    size_t length = end - start;

    if (b->raw)
        text = field_bare(b->text, start, end, &d->scratch, &length);
    if (d->scratch.failed)
        d->failed = true;
    return dictionary_code(d, text, length, block_place(b, record));
}

/* The first ${length} <= 16 bytes, the rest zero. */
static inline struct cached
key_of(const char *text, size_t length)
{
    static const unsigned char masks[32] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    struct cached key, mask;

    memcpy(&key, text, sizeof key);
    memcpy(&mask, masks + 16 - length, sizeof mask);
    return (struct cached){ key.low & mask.low, key.high & mask.high };
}

/* A key may stand in one of two neighbouring slots. */
static inline size_t
slot_of(struct cached key)
{
    return (size_t)(((key.low ^ key.high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9)) >>
                    (64 - CACHE_BITS));
}

static inline bool
is_key(const struct dictionary *d, size_t slot, struct cached key)
{
    return ((d->cache[slot].low ^ key.low) | (d->cache[slot].high ^ key.high)) == 0;
}

static uint32_t
learn(struct dictionary *d, size_t slot, struct cached key, uint32_t code)
{
    const size_t kept = slot ^ (d->cache[slot].low != 0);

    d->cache[kept] = key;
    d->cached_codes[kept] = code;
    return code;
}

static inline uint32_t
decode_key(struct dictionary *d, const struct block *b, size_t record, size_t start, size_t end)
{
    const size_t length = end - start;

    if (length > 16)
        return decode_slowly(d, b, record, start, end);
    const struct cached key = key_of(b->text + start, length);
    const size_t slot = slot_of(key);
    if (is_key(d, slot, key))
        return d->cached_codes[slot];
    if (is_key(d, slot ^ 1, key))
        return d->cached_codes[slot ^ 1];
    return learn(d, slot, key, decode_slowly(d, b, record, start, end));
}

static __attribute__((noinline)) uint32_t
decode(struct dictionary *d, const struct block *b, size_t record, size_t start, size_t end)
{
    const size_t length = end - start;

    if (length <= 1) {
        uint32_t *const known = &d->single[(unsigned char)b->text[start] & (0 - length)];
        if (*known == 0)
            *known = decode_slowly(d, b, record, start, end) + 1;
        return *known - 1;
    }
    return decode_key(d, b, record, start, end);
}

/* Fields of one byte, mostly: what they are called is looked up here, all else there. */
static void
decode_short(struct dictionary *d, const struct block *b, size_t column, struct selection which, uint32_t *codes)
{
    const uint32_t *end = b->ends + which.first * b->n_columns + column;

    for (size_t i = 0; i < which.n; i++, end += b->n_columns) {
        const size_t start = (uint32_t)(end[0] + 1), length = end[1] - start;
        const uint32_t known = d->single[(unsigned char)b->text[start] & (0 - length)];
        codes[i] = length <= 1 && known ? known - 1 : decode(d, b, which.first + i, start, end[1]);
    }
}

/* Fields of any length: none is treated apart, as the processor could not foresee which. */
static void
decode_long(struct dictionary *d, const struct block *b, size_t column, struct selection which, uint32_t *codes)
{
    const uint32_t *end = b->ends + which.first * b->n_columns + column;

    for (size_t i = 0; i < which.n; i++, end += b->n_columns)
        codes[i] = decode_key(d, b, which.first + i, (uint32_t)(end[0] + 1), end[1]);
}

/* Has more than one of sixteen of the first fields more bytes than one? */
static bool
is_long(const struct block *b, size_t column, struct selection which)
{
    const uint32_t *end = b->ends + which.first * b->n_columns + column;
    const size_t n = which.n < 64 ? which.n : 64;
    size_t n_long = 0;

    for (size_t i = 0; i < n; i++, end += b->n_columns)
        n_long += end[1] - (uint32_t)(end[0] + 1) > 1;
    return 16 * n_long > n;
}

void
dictionary_decode(struct dictionary *d, const struct block *b, size_t column, struct selection which, uint32_t *codes)
{
    const size_t n_columns = b->n_columns;

    if (d->cached_any && d->cached_raw != b->raw) {
        memset(d->cache, 0, sizeof d->cache);
        memset(d->cached_codes, 0, sizeof d->cached_codes);
        memset(d->single, 0, sizeof d->single);
    }
    d->cached_any = true;
    d->cached_raw = b->raw;
    if (which.list == NULL)
        (is_long(b, column, which) ? decode_long : decode_short)(d, b, column, which, codes);
    for (size_t i = 0; which.list && i < which.n; i++) {
        const uint32_t *end = b->ends + (size_t)which.list[i] * n_columns + column;
        codes[i] = decode(d, b, which.list[i], (uint32_t)(end[0] + 1), end[1]);
    }
}

size_t
dictionary_n_levels(const struct dictionary *d)
{
    return d->n_levels;
}

const struct level *
dictionary_level(const struct dictionary *d, uint32_t code)
{
    return &d->levels[code - 1];
}

uint32_t
dictionary_find(const struct dictionary *d, const char *text, size_t length)
{
    return d->table_size ? d->table[find_slot(d, text, length)] : 0;
}

void
dictionary_meet(struct dictionary *d, uint32_t code, struct place place)
{
    struct level *l = &d->levels[code - 1];

    if (place_before(place, l->first))
        l->first = place;
}

bool
dictionary_failed(const struct dictionary *d)
{
    return d->failed;
}

void
dictionary_free(struct dictionary *d)
{
    if (d == NULL)
        return;
    while (d->texts) {
        struct text_block *next = d->texts->next;
        free(d->texts);
        d->texts = next;
    }
    free(d->levels);
    free(d->table);
    text_release(&d->scratch);
    free(d);
}
