#include "key_set.h"

#include <stdlib.h>

static int
ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void
key_set_settle(struct key_set *set)
{
    size_t kept = 0;

    if (set->n)
        qsort(set->at, set->n, sizeof *set->at, ascending);
    for (size_t i = 0; i < set->n; i++)
        if (i == 0 || set->at[i] != set->at[i - 1])
            set->at[kept++] = set->at[i];
    set->n = kept;
}

enum dyad_status
key_set_reserve(struct key_set *set, size_t n)
{
    uint64_t *grown;

    if (set->n + n <= set->room)
        return DYAD_OK;
    key_set_settle(set);
    if (set->n + n <= set->room / 2)
        return DYAD_OK;
    set->room = 2 * (set->n + n);
    grown = realloc(set->at, set->room * sizeof *grown);
    if (grown == NULL)
        return DYAD_NOMEM;
    set->at = grown;
    return DYAD_OK;
}

size_t
key_set_find(const struct key_set *set, uint64_t key)
{
    size_t low = 0, high = set->n;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (set->at[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void
key_set_release(struct key_set *set)
{
    free(set->at);
    *set = (struct key_set)KEY_SET_INIT;
}
