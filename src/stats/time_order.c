#include "time_order.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The bits of doubles from 0 ascend as the numbers do: so many at once, from the last. */
enum { BITS = 11, DIGITS = 6, VALUES = 1 << BITS, FEW = 64 };

bool
time_order_init(struct time_order *o, size_t room)
{
    *o = (struct time_order){ calloc(room + 1, sizeof *o->at), calloc(room + 1, sizeof *o->at), 0 };
    if (o->at != NULL && o->scratch != NULL)
        return true;
    time_order_release(o);
    return false;
}

void
time_order_release(struct time_order *o)
{
    free(o->at);
    free(o->scratch);
    *o = (struct time_order){ NULL, NULL, 0 };
}

void
time_order_add(struct time_order *o, double time, size_t number)
{
    o->at[o->n++] = (struct numbered_time){ time, number };
}

static size_t
digit(double time, unsigned d)
{
    uint64_t bits;

    memcpy(&bits, &time, sizeof bits);
    return (size_t)(bits >> (d * BITS)) & (VALUES - 1);
}

static void
sort_few(struct time_order *o)
{
    for (size_t i = 1; i < o->n; i++) {
        const struct numbered_time moved = o->at[i];
        size_t k = i;

        for (; k > 0 && o->at[k - 1].time > moved.time; k--)
            o->at[k] = o->at[k - 1];
        o->at[k] = moved;
    }
}

/* One digit: what is equal in it stays in its order. */
static void
sort_digit(struct time_order *o, unsigned d, const size_t *counts)
{
    size_t places[VALUES], n = 0;

    for (size_t v = 0; v < VALUES; v++) {
        places[v] = n;
        n += counts[v];
    }
    for (size_t i = 0; i < o->n; i++)
        o->scratch[places[digit(o->at[i].time, d)]++] = o->at[i];
    struct numbered_time *const sorted = o->scratch;
    o->scratch = o->at;
    o->at = sorted;
}

void
time_order_sort(struct time_order *o)
{
    size_t counts[DIGITS][VALUES] = { { 0 } };

    if (o->n <= FEW) {
        sort_few(o);
        return;
    }
    for (size_t i = 0; i < o->n; i++)
        for (unsigned d = 0; d < DIGITS; d++)
            counts[d][digit(o->at[i].time, d)]++;
    for (unsigned d = 0; d < DIGITS; d++)
        if (counts[d][digit(o->at[0].time, d)] < o->n)
            sort_digit(o, d, counts[d]);
}
