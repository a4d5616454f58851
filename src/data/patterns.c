#include "patterns.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4 * PATTERNS_MAX };

bool
patterns_init(struct patterns *p, size_t n_columns)
{
    *p = (struct patterns){ .n_words = (n_columns + 63) / 64 };
    p->words = malloc(PATTERNS_MAX * p->n_words * sizeof *p->words);
    p->counts = malloc(PATTERNS_MAX * sizeof *p->counts);
    p->slots = calloc(SLOTS, sizeof *p->slots);
    return p->words && p->counts && p->slots;
}

static bool
is_same(const struct patterns *p, size_t i, const uint64_t *words)
{
    const uint64_t *own = p->words + i * p->n_words;
    size_t k = 0;

    while (k < p->n_words && own[k] == words[k])
        k++;
    return k == p->n_words;
}

void
patterns_add(struct patterns *p, const uint64_t *words, int64_t n)
{
    uint64_t hash = 0;

    if (p->too_many)
        return;
    if (p->n_words > 1 && p->n && is_same(p, p->last, words)) { /* of one word the hash costs less than a wrong guess */
        p->counts[p->last] += n;
        return;
    }
    for (size_t i = 0; i < p->n_words; i++) {
        hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    size_t slot = hash % SLOTS;
    while (p->slots[slot] && !is_same(p, p->slots[slot] - 1, words))
        slot = (slot + 1) % SLOTS;
    if (p->slots[slot] == 0) {
        if (p->n == PATTERNS_MAX) {
            p->too_many = true;
            return;
        }
        memcpy(p->words + p->n * p->n_words, words, p->n_words * sizeof *words);
        p->counts[p->n++] = 0;
        p->slots[slot] = (uint32_t)p->n;
    }
    p->last = p->slots[slot] - 1;
    p->counts[p->last] += n;
}

void
patterns_release(struct patterns *p)
{
    free(p->words);
    free(p->counts);
    free(p->slots);
}
