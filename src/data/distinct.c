#include "dyad/data/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REGISTER_BITS = 14, REGISTERS = 1 << REGISTER_BITS, FIRST_SIZE = 1 << 10 };

uint64_t
distinct_hash(const char *text, size_t length)
{
    uint64_t h = length * UINT64_C(0x9e3779b97f4a7c15) + 1, word;
    size_t i = 0;

    for (; i + 8 <= length; i += 8) {
        memcpy(&word, text + i, 8);
        h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
        h ^= h >> 31;
    }
    for (word = 0; i < length; i++)
        word = word << 8 | (unsigned char)text[i];
    h = (h ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    h ^= h >> 31;
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    return h ? h : 1;
}

static void
put(struct distinct *d, uint64_t hash)
{
    size_t slot = hash & (d->size - 1);

    while (d->slots[slot] && d->slots[slot] != hash)
        slot = (slot + 1) & (d->size - 1);
    d->n += d->slots[slot] == 0;
    d->slots[slot] = hash;
}

static bool
grow(struct distinct *d)
{
    const struct distinct old = *d;
    const size_t size = old.size ? 2 * old.size : FIRST_SIZE;
    uint64_t *slots = calloc(size, sizeof *slots);

    if (slots == NULL)
        return false;
    d->slots = slots;
    d->size = size;
    d->n = 0;
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i])
            put(d, old.slots[i]);
    free(old.slots);
    return true;
}

static void
forget(struct distinct *d)
{
    free(d->slots);
    d->slots = NULL;
    d->size = d->n = 0;
    d->too_many = true;
}

/* The register by the upper bits, the rank by the zeros that end the hash. */
static void
estimate(struct distinct *d, uint64_t hash)
{
    const size_t at = hash >> (64 - REGISTER_BITS);
    const unsigned char rank = (unsigned char)(__builtin_ctzll(hash | UINT64_C(1) << (63 - REGISTER_BITS)) + 1);

    if (rank > d->registers[at])
        d->registers[at] = rank;
}

bool
distinct_add(struct distinct *d, const uint64_t *hashes, size_t n)
{
    enum { AHEAD = 16 };

    if (d->registers == NULL && (d->registers = calloc(REGISTERS, 1)) == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        estimate(d, hashes[i]);
    while (!d->too_many && 2 * (d->n + n) > d->size && d->size < 2 * DISTINCT_EXACT_MAX)
        if (!grow(d))
            return false;
    for (size_t i = 0; !d->too_many && i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(&d->slots[hashes[i + AHEAD] & (d->size - 1)], 1);
        put(d, hashes[i]);
        if (d->n > DISTINCT_EXACT_MAX)
            forget(d);
    }
    return true;
}

bool
distinct_merge(struct distinct *d, const struct distinct *from)
{
    if (from->registers == NULL)
        return true;
    if (!distinct_add(d, NULL, 0))
        return false;
    for (size_t i = 0; i < REGISTERS; i++)
        d->registers[i] = from->registers[i] > d->registers[i] ? from->registers[i] : d->registers[i];
    if (from->too_many)
        forget(d);
    for (size_t i = 0; !d->too_many && i < from->size; i++)
        if (from->slots[i] && !distinct_add(d, &from->slots[i], 1))
            return false;
    return true;
}

uint64_t
distinct_count(const struct distinct *d, bool *exact)
{
    double sum = 0;

    *exact = !d->too_many;
    if (!d->too_many)
        return d->n;
    for (size_t i = 0; i < REGISTERS; i++)
        sum += ldexp(1, -d->registers[i]);
    return (uint64_t)(0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum + 0.5);
}

void
distinct_release(struct distinct *d)
{
    free(d->slots);
    free(d->registers);
    *d = (struct distinct)DISTINCT_INIT;
}
