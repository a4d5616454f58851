/* data/formula_terms.h: terms as sets of atoms, and R's algebra on lists of them. */
#ifndef DYAD_DATA_FORMULA_TERMS_H
#define DYAD_DATA_FORMULA_TERMS_H

#include "dyad/data/formula.h"

struct term_set {
    size_t atoms[FORMULA_DEGREE_MAX]; /* ascending */
    size_t n;
};

struct term_list {
    struct term_set *sets; /* each once */
    size_t n, room;
};

enum terms_state { TERMS_OK, TERMS_TOO_MANY, TERMS_TOO_HIGH, TERMS_ABSENT, TERMS_NOMEM };

/* What is left of the comparisons that one formula may cost; the time to refuse is a second. */
enum { TERMS_BUDGET = 100000000 };

/** terms_add(list, set, budget): at the end, unless it is there. */
enum terms_state terms_add(struct term_list *list, const struct term_set *set, size_t *budget);

/** terms_append(list, more, budget): `+`: each of ${more}. */
enum terms_state terms_append(struct term_list *list, const struct term_list *more, size_t *budget);

/** terms_cross(list, a, b, budget): `:`: add the union of each of ${a} with each of ${b}. */
enum terms_state terms_cross(struct term_list *list, const struct term_list *a, const struct term_list *b,
                             size_t *budget);

/** terms_remove(list, fewer): `-`: TERMS_ABSENT where one of ${fewer} is not there. */
enum terms_state terms_remove(struct term_list *list, const struct term_list *fewer);

/** terms_order(list): by the number of parts, otherwise as they stand. */
enum terms_state terms_order(struct term_list *list);

/** terms_is_full(list, term, part): R's TermCode: is that part of that term coded in full? */
bool terms_is_full(const struct term_list *list, size_t term, size_t part);

void terms_release(struct term_list *list);

#endif
