#include "formula_terms.h"

#include <stdlib.h>
#include <string.h>

enum { TERMS_MAX = 2000 };

static bool
is_same(const struct term_set *a, const struct term_set *b)
{
    return a->n == b->n && memcmp(a->atoms, b->atoms, a->n * sizeof a->atoms[0]) == 0;
}

static size_t
find(const struct term_list *list, const struct term_set *set)
{
    size_t i = 0;

    while (i < list->n && !is_same(&list->sets[i], set))
        i++;
    return i;
}

enum terms_state
terms_add(struct term_list *list, const struct term_set *set, size_t *budget)
{
    const size_t cost = list->n + 1;

    if (*budget < cost)
        return TERMS_TOO_MANY;
    *budget -= cost;
    if (find(list, set) < list->n)
        return TERMS_OK;
    if (list->n == TERMS_MAX)
        return TERMS_TOO_MANY;
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : 8;
        struct term_set *grown = realloc(list->sets, room * sizeof *grown);
        if (grown == NULL)
            return TERMS_NOMEM;
        list->sets = grown;
        list->room = room;
    }
    list->sets[list->n++] = *set;
    return TERMS_OK;
}

enum terms_state
terms_append(struct term_list *list, const struct term_list *more, size_t *budget)
{
    enum terms_state st = TERMS_OK;

    for (size_t i = 0; st == TERMS_OK && i < more->n; i++)
        st = terms_add(list, &more->sets[i], budget);
    return st;
}

/* False if it has too many parts. */
static bool
unite(const struct term_set *a, const struct term_set *b, struct term_set *out)
{
    size_t i = 0, j = 0;

    out->n = 0;
    while (i < a->n || j < b->n) {
        if (out->n == FORMULA_DEGREE_MAX)
            return false;
        const bool from_a = j == b->n || (i < a->n && a->atoms[i] <= b->atoms[j]);
        const bool from_b = i == a->n || (j < b->n && b->atoms[j] <= a->atoms[i]);
        out->atoms[out->n++] = from_a ? a->atoms[i] : b->atoms[j];
        i += from_a;
        j += from_b;
    }
    return true;
}

enum terms_state
terms_cross(struct term_list *list, const struct term_list *a, const struct term_list *b, size_t *budget)
{
    enum terms_state st = TERMS_OK;
    struct term_set both;

    for (size_t i = 0; st == TERMS_OK && i < a->n; i++)
        for (size_t j = 0; st == TERMS_OK && j < b->n; j++)
            st = unite(&a->sets[i], &b->sets[j], &both) ? terms_add(list, &both, budget) : TERMS_TOO_HIGH;
    return st;
}

enum terms_state
terms_remove(struct term_list *list, const struct term_list *fewer)
{
    for (size_t i = 0; i < fewer->n; i++) {
        const size_t at = find(list, &fewer->sets[i]);
        if (at == list->n)
            return TERMS_ABSENT;
        list->n--;
        memmove(&list->sets[at], &list->sets[at + 1], (list->n - at) * sizeof list->sets[0]);
    }
    return TERMS_OK;
}

enum terms_state
terms_order(struct term_list *list)
{
    struct term_set *sorted = malloc((list->n + 1) * sizeof *sorted);
    size_t n = 0;

    if (sorted == NULL)
        return TERMS_NOMEM;
    for (size_t degree = 1; degree <= FORMULA_DEGREE_MAX; degree++)
        for (size_t i = 0; i < list->n; i++)
            if (list->sets[i].n == degree)
                sorted[n++] = list->sets[i];
    free(list->sets);
    list->sets = sorted;
    list->room = list->n + 1;
    return TERMS_OK;
}

static bool
contains(const struct term_set *all, const struct term_set *some)
{
    size_t j = 0;

    for (size_t i = 0; i < all->n && j < some->n; i++)
        j += all->atoms[i] == some->atoms[j];
    return j == some->n;
}

bool
terms_is_full(const struct term_list *list, size_t term, size_t part)
{
    struct term_set margin = list->sets[term];

    margin.n--;
    memmove(&margin.atoms[part], &margin.atoms[part + 1], (margin.n - part) * sizeof margin.atoms[0]);
    if (margin.n == 0)
        return false;
    for (size_t i = 0; i < term; i++)
        if (contains(&list->sets[i], &margin))
            return false;
    return true;
}

void
terms_release(struct term_list *list)
{
    free(list->sets);
    *list = (struct term_list){ NULL, 0, 0 };
}
