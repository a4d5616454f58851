#include "dyad/data/levels.h"

#include "dyad/data/number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
level_is_number(const struct level *l, double *out)
{
    return number_parse(l->text, l->length, '.', out) == NUMBER_GOOD;
}

int
level_truth(const struct level *l)
{
    static const char *const words[] = { "0", "no", "n", "false", "1", "yes", "y", "true" };
    double number;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(l->text, words[i]) == 0)
            return i >= 4;
    if (level_is_number(l, &number) && (number == 0 || number == 1)) /* 1.0 */
        return number == 1;
    return -1;
}

/* What is compared, so that qsort needs no context. */
struct key {
    struct level level;
    size_t rank;   /* in the order asked for; behind it if not in it */
    double number; /* or truth; 0 where only the bytes count */
};

static int
by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->number < y->number || x->number > y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->level.text, y->level.text);
}

static size_t
rank_in(const struct level_order *order, const char *text)
{
    size_t i = 0;

    while (order && i < order->n && strcmp(order->values[i], text) != 0)
        i++;
    return i;
}

bool
levels_sort(struct level *levels, size_t n, const struct level_order *order)
{
    struct key *keys = malloc((n ? n : 1) * sizeof *keys);
    bool numbers = true, truths = true;

    if (keys == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        keys[i] = (struct key){ .level = levels[i], .rank = rank_in(order, levels[i].text) };
        numbers = numbers && level_is_number(&levels[i], &keys[i].number);
        truths = truths && level_truth(&levels[i]) >= 0;
    }
    for (size_t i = 0; i < n && !numbers; i++)
        keys[i].number = truths ? level_truth(&levels[i]) : 0;
    qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0; i < n; i++)
        levels[i] = keys[i].level;
    free(keys);
    return true;
}
