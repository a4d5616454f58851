/* What follows from who is in one population, or table, and in no other. */
#include "counted_ties.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- several tables, none of which has people of another's ------------------------------------- */

/* Are the people of ${small}, as far as ${large} tells, some of that one's, but not all? */
static bool
is_part(const struct people_table *large, const struct people_table *small, bool *good)
{
    struct conditions_of wide, close, unused[2];
    const bool first = ties_narrow(large, small, &wide, &unused[0]),
               second = ties_narrow(small, large, &close, &unused[1]);
    const bool found = first && second && ties_all_follow(&close, &wide) && !ties_all_follow(&wide, &close);

    *good = *good && first && second;
    free(wide.at);
    free(close.at);
    free(unused[0].at);
    free(unused[1].at);
    return found;
}

/* Of the same analysis they are tied already. */
static bool
excludes(const struct people_table *x, const struct people_table *y)
{
    for (size_t i = 0; i < x->n_facts && x->set != y->set; i++)
        for (size_t k = 0; k < y->n_facts; k++)
            if (x->facts[i].subject == y->facts[k].subject &&
                condition_excludes(x->facts[i].what, y->facts[k].what))
                return true;
    return false;
}

/* The margin of ${t} over the columns, of those whom the conditions of ${other} leave as far as it tells; SIZE_MAX:
 * no memory. */
static size_t
margin_beside(struct ties *a, const struct people_table *t, const struct people_table *other,
              const struct people_column *columns, size_t n)
{
    struct conditions_of all, narrowed;
    const size_t found =
        ties_narrow(t, other, &all, &narrowed) ? ties_margin(a, t, &all, &narrowed, columns, n) : SIZE_MAX;

    free(all.at);
    free(narrowed.at);
    return found;
}

/* Two parts, and every further one that has all of their columns and none of their people. */
static bool
tie_together(struct ties *a, const struct people_table *t, const struct people_table *const *parts, size_t n,
             const struct people_column *columns, size_t n_columns, const struct people_table *x,
             const struct people_table *y)
{
    const struct people_table **chosen = malloc((n + 2) * sizeof *chosen);
    size_t *margins = malloc((n + 2) * sizeof *margins), *counts = malloc((n + 2) * sizeof *counts), n_chosen = 2;
    bool good = chosen && margins && counts;

    for (size_t i = 0; good && i < n; i++) {
        chosen[0] = x;
        chosen[1] = y;
        bool fits = true;
        for (size_t k = 0; k < n_chosen; k++)
            fits = fits && excludes(parts[i], chosen[k]);
        for (size_t k = 0; k < n_columns && fits; k++) {
            const size_t own = table_column_of(parts[i], columns[k].subject);
            fits = own < parts[i]->n_columns && ties_tell(&parts[i]->columns[own], &columns[k]);
        }
        if (fits)
            chosen[n_chosen++] = parts[i];
    }
    const size_t whole = good ? margin_beside(a, t, t, columns, n_columns) : SIZE_MAX;
    good = whole != SIZE_MAX;
    for (size_t k = 0; k < n_chosen && good; k++)
        good = (margins[k] = margin_beside(a, chosen[k], t, columns, n_columns)) != SIZE_MAX;
    for (size_t i = 0; good && i < a->margins[whole].n; i++) {
        size_t n_counts = 0;
        for (size_t k = 0; k < n_chosen; k++) {
            const struct margin *m = &a->margins[margins[k]];
            const size_t found = *margin_slot(m, a->margins[whole].keys + i * n_columns);
            if (found)
                counts[n_counts++] = m->counts[found - 1];
        }
        good = n_counts < 2 || ties_sum(a, a->margins[whole].counts[i], counts, n_counts);
    }
    free(chosen);
    free(margins);
    free(counts);
    return good;
}

/* What is left of a table's people when those of others, with different values of something, are taken away. */
bool
ties_parts(struct ties *a, size_t i, const bool *dropped)
{
    const struct people_table *t = &a->tables[i];
    const struct people_table **parts = malloc((a->n_tables + 1) * sizeof *parts);
    size_t n = 0;
    bool good = parts != NULL;

    for (size_t k = 0; good && k < a->n_tables; k++)
        if (k != i && !dropped[k] && a->tables[k].what == t->what && is_part(t, &a->tables[k], &good))
            parts[n++] = &a->tables[k];
    for (size_t x = 0; x < n && good; x++)
        for (size_t y = 0; y < x && good; y++) {
            size_t n_two = 0, n_columns = 0;
            if (!excludes(parts[x], parts[y]))
                continue;
            struct people_column *two = ties_common(a, t->columns, t->n_columns, parts[x], &n_two);
            struct people_column *columns = two ? ties_common(a, two, n_two, parts[y], &n_columns) : NULL;
            good = columns && tie_together(a, t, parts, n, columns, n_columns, parts[x], parts[y]);
            ties_free_columns(two, n_two);
            ties_free_columns(columns, n_columns);
        }
    free(parts);
    return good;
}

/* --- those who are in both of two --------------------------------------------------------------- */

/* Tables of the same people. */
struct population {
    struct conditions_of all;
    const struct people_table **tables;
    size_t n;
};

static bool
is_within(const struct population *part, const struct population *whole)
{
    return part->tables[0]->what == whole->tables[0]->what && ties_all_follow(&part->all, &whole->all);
}

/* Does every condition of ${both} follow from those of the two? */
static bool
is_meeting(const struct population *both, const struct population *x, const struct population *y)
{
    for (size_t i = 0, end; i < both->all.n; i = end) {
        end = ties_end(both->all.at, both->all.n, i);
        if (!both->all.at[i].idle && !ties_follows(x->all.at, x->all.n, both->all.at, i, end) &&
            !ties_follows(y->all.at, y->all.n, both->all.at, i, end))
            return false;
    }
    return is_within(both, x) && is_within(both, y) && !is_within(x, y) && !is_within(y, x);
}

/* A margin of some table of a population that tells all values of the column (NULL: everybody); SIZE_MAX: none
 * does. */
static size_t
margin_of(struct ties *a, const struct population *p, const struct people_column *c, bool *failed)
{
    const struct conditions_of none = { .at = NULL };

    for (size_t i = 0; i < p->n; i++) {
        const size_t k = c ? table_column_of(p->tables[i], c->subject) : 0;
        if (c && (k == p->tables[i]->n_columns || p->tables[i]->columns[k].detail != COUNTED_LEVELS))
            continue;
        const size_t found = ties_margin(a, p->tables[i], &p->all, &none, c, c ? 1 : 0);
        *failed = *failed || found == SIZE_MAX;
        return found;
    }
    return SIZE_MAX;
}

/* Of the whole are those in one, those in the other but for those in both, and further ones: by their margins. */
static void
tie_meeting(struct ties *a, const size_t m[4])
{
    size_t count[4];

    for (size_t i = 0; i < a->margins[m[0]].n; i++) {
        bool all = true;
        for (size_t k = 0; k < 4; k++) {
            const size_t found =
                *margin_slot(&a->margins[m[k]], a->margins[m[0]].keys + i * a->margins[m[0]].n_columns);
            all = all && found;
            count[k] = found ? a->margins[m[k]].counts[found - 1] : 0;
        }
        const int64_t others = all ? disclosure_value(a->d, count[0]) + disclosure_value(a->d, count[3]) -
                                         disclosure_value(a->d, count[1]) - disclosure_value(a->d, count[2])
                                   : -1;
        if (others < 0)
            continue;
        const size_t left = disclosure_sum(a->d), right = disclosure_sum(a->d);
        disclosure_part(a->d, left, count[0], 1);
        disclosure_part(a->d, left, count[3], 1);
        disclosure_part(a->d, right, count[1], 1);
        disclosure_part(a->d, right, count[2], 1);
        if (others)
            disclosure_part(a->d, right, disclosure_count(a->d, others), 1);
        disclosure_same(a->d, left, right);
    }
}

/* The same of those of ${y} who meet the conditions of ${x} as well, if a table of ${y} tells who does; SIZE_MAX:
 * none. */
static size_t
margin_of_both(struct ties *a, const struct population *y, const struct population *x,
               const struct people_column *c, bool *failed)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < y->n && found == SIZE_MAX && !*failed; i++) {
        struct conditions_of both, narrowed;
        const size_t k = c ? table_column_of(y->tables[i], c->subject) : 0;
        const bool told = !c || (k < y->tables[i]->n_columns && y->tables[i]->columns[k].detail == COUNTED_LEVELS);
        const bool good = ties_narrow(y->tables[i], x->tables[0], &both, &narrowed);
        if (good && told && narrowed.n && ties_all_follow(&both, &x->all)) {
            found = ties_margin(a, y->tables[i], &both, &narrowed, c, c ? 1 : 0);
            *failed = found == SIZE_MAX;
        }
        *failed = *failed || !good;
        free(both.at);
        free(narrowed.at);
    }
    return found;
}

/* By a column, or (NULL) of everybody; ${both} is a population, or NULL: it is a part of the tables of ${y}. */
static bool
tie_by(struct ties *a, const struct population *whole, const struct population *x, const struct population *y,
       const struct population *both, const struct people_column *c)
{
    bool failed = false;
    const size_t m[4] = { margin_of(a, whole, c, &failed), margin_of(a, x, c, &failed), margin_of(a, y, c, &failed),
                          both ? margin_of(a, both, c, &failed) : margin_of_both(a, y, x, c, &failed) };

    if (!failed && m[0] != SIZE_MAX && m[1] != SIZE_MAX && m[2] != SIZE_MAX && m[3] != SIZE_MAX)
        tie_meeting(a, m);
    return !failed;
}

/* Of everybody, and by every column that all four tell. */
static bool
tie_four(struct ties *a, const struct population *whole, const struct population *x, const struct population *y,
         const struct population *both)
{
    struct text name = TEXT_INIT;
    bool good = tie_by(a, whole, x, y, both, NULL);

    for (size_t i = 0; good && i < y->n; i++)
        for (size_t k = 0; good && k < y->tables[i]->n_columns; k++) {
            const struct people_column *c = &y->tables[i]->columns[k];
            const size_t before = a->told.n;
            if (c->detail != COUNTED_LEVELS)
                continue;
            text_clear(&name);
            text_printf(&name, "four %p %p %p %p %zu", (const void *)whole, (const void *)x, (const void *)y,
                        (const void *)both, c->subject);
            good = !name.failed && name_map_add(&a->told, name.at, 0);
            if (good && a->told.n > before)
                good = tie_by(a, whole, x, y, both, c);
        }
    text_release(&name);
    return good;
}

/* Two populations, of which neither is within the other: with every one that both are in, and those in both. */
static bool
tie_pair(struct ties *a, const struct population *p, size_t n, const struct population *x,
         const struct population *y)
{
    bool good = true;

    for (size_t w = 0; w < n && good; w++) {
        const struct population *whole = &p[w];
        if (whole == x || whole == y || !is_within(x, whole) || !is_within(y, whole))
            continue;
        good = tie_four(a, whole, x, y, NULL) && tie_four(a, whole, y, x, NULL);
        for (size_t both = 0; both < n && good; both++)
            if (&p[both] != x && &p[both] != y && is_meeting(&p[both], x, y))
                good = tie_four(a, whole, x, y, &p[both]);
    }
    return good;
}

static bool
tie_meetings(struct ties *a, const struct population *p, size_t n)
{
    bool good = true;

    for (size_t x = 0; x < n && good; x++)
        for (size_t y = 0; y < x && good; y++)
            if (!is_within(&p[x], &p[y]) && !is_within(&p[y], &p[x]))
                good = tie_pair(a, p, n, &p[x], &p[y]);
    return good;
}

/* The populations that there are, and what follows from who is in several. */
bool
ties_populations(struct ties *a)
{
    struct population *p = calloc(a->n_tables + 1, sizeof *p);
    struct name_map names = NAME_MAP_INIT;
    size_t n = 0;
    bool good = p != NULL;

    for (size_t i = 0; good && i < a->n_tables; i++) {
        struct text name = TEXT_INIT;
        const struct conditions_of all = { a->tables[i].facts, a->tables[i].n_facts };
        good = ties_name(a->tables[i].what, &all, &name);
        const struct named *known = good ? name_map_add(&names, name.at, n) : NULL;
        text_release(&name);
        struct population *of = known ? &p[known->value] : NULL;
        const struct people_table **grown = of ? realloc(of->tables, (of->n + 1) * sizeof *grown) : NULL;
        if (!(good = grown != NULL))
            break;
        of->tables = grown;
        grown[of->n++] = &a->tables[i];
        of->all = of->n == 1 ? all : of->all;
        n += known->value == n;
    }
    good = good && tie_meetings(a, p, n);
    for (size_t i = 0; p && i < n; i++)
        free(p[i].tables);
    free(p);
    name_map_release(&names);
    return good;
}
