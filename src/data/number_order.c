#include "dyad/data/number_order.h"

#include "dyad/data/number.h"

#include <math.h>
#include <stdlib.h>

enum dyad_status
code_numbers_learn(struct code_numbers *known, const struct dictionary *d, char decimal)
{
    const size_t n = dictionary_n_levels(d) + 1;

    if (n > known->room) {
        const size_t room = 2 * n + 64;
        double *grown = realloc(known->at, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        known->at = grown;
        known->room = room;
    }
    for (; known->n < n; known->n++) {
        double *to = &known->at[known->n];
        const struct level *l = known->n ? dictionary_level(d, (uint32_t)known->n) : NULL;
        *to = NAN;
        if (l && number_parse(l->text, l->length, decimal, to) != NUMBER_GOOD)
            *to = NAN;
    }
    return DYAD_OK;
}

/* The records' numbers where they go by without codes. */
static const double *
direct(const struct rows *rows, size_t factor)
{
    return rows->numbers ? rows->numbers[factor] : NULL;
}

enum dyad_status
number_order_check(struct number_order_check *c, const struct number_order *o, const struct rows *rows)
{
    const double *low = direct(rows, o->low), *high = direct(rows, o->high);
    const char decimal = o->decimal ? o->decimal : '.';
    enum dyad_status st = DYAD_OK;

    if ((low == NULL && (st = code_numbers_learn(&c->low, rows->dictionaries[o->low], decimal)) != DYAD_OK) ||
        (high == NULL && (st = code_numbers_learn(&c->high, rows->dictionaries[o->high], decimal)) != DYAD_OK))
        return st;
    for (size_t i = 0; i < rows->n && st == DYAD_OK; i++) {
        const double a = low ? low[i] : c->low.at[rows->codes[o->low][i]];
        const double b = high ? high[i] : c->high.at[rows->codes[o->high][i]];
        if (a > b || (o->strict && a >= b))
            st = rows_complain(rows, i, o->name, o->complaint);
    }
    return st;
}

void
number_order_release(struct number_order_check *c)
{
    free(c->low.at);
    free(c->high.at);
}
