/* Tables that count the same people, or some of them, are tied to each other. */
#include "counted_ties.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t
translate(const size_t *numbers, size_t number)
{
    return number >= OTHER_VALUE ? number : numbers[number];
}

static bool
copy_table(struct ties *a, const struct people_table *from, const struct counted *c, size_t set,
           const size_t *numbers, size_t base)
{
    struct people_table *t = &a->tables[a->n_tables++];
    const size_t n_values = from->n_cells * from->n_columns;

    *t = (struct people_table){ .what = numbers[from->what],
                                .set = set,
                                .n_facts = from->n_facts,
                                .n_columns = from->n_columns,
                                .n_cells = from->n_cells };
    t->facts = malloc((from->n_facts + 1) * sizeof *t->facts);
    t->columns = calloc(from->n_columns + 1, sizeof *t->columns);
    t->values = malloc((n_values + 1) * sizeof *t->values);
    t->counts = malloc((from->n_cells + 1) * sizeof *t->counts);
    if (t->facts == NULL || t->columns == NULL || t->values == NULL || t->counts == NULL)
        return false;
    for (size_t i = 0; i < from->n_facts; i++)
        t->facts[i] = (struct fact){ .subject = numbers[from->facts[i].subject],
                                     .name = numbers[from->facts[i].name],
                                     .only = numbers[from->facts[i].only],
                                     .what = from->facts[i].filter == NO_FILTER
                                                 ? &c->said.at[from->facts[i].said]
                                                 : &c->filters.at[from->facts[i].said],
                                     .number = from->facts[i].number,
                                     .filter = NO_FILTER,
                                     .idle = from->facts[i].idle || (from->facts[i].filter != NO_FILTER &&
                                                                     c->idle[from->facts[i].filter]) };
    for (size_t i = 0; i < from->n_columns; i++)
        t->columns[i] = (struct people_column){ NULL,
                                                numbers[from->columns[i].subject],
                                                numbers[from->columns[i].value],
                                                from->columns[i].detail,
                                                from->columns[i].ends,
                                                from->columns[i].n_ends };
    for (size_t i = 0; i < n_values; i++)
        t->values[i] = from->columns[i % from->n_columns].detail == COUNTED_STEPS
                           ? from->values[i]
                           : translate(numbers, from->values[i]);
    for (size_t i = 0; i < from->n_cells; i++)
        t->counts[i] = base + from->counts[i];
    return true;
}

static bool
copy_set(struct ties *a, const struct counted *c, size_t number, size_t base)
{
    size_t *numbers = calloc(c->texts.n + 1, sizeof *numbers);
    bool failed = numbers == NULL || c->failed;

    for (size_t i = 0; !failed && i < c->texts.room; i++)
        if (c->texts.at[i].text)
            numbers[c->texts.at[i].value] = counted_number(&a->texts, c->texts.at[i].text, &failed);
    for (size_t i = 0; !failed && i < c->n_tables; i++)
        failed = !copy_table(a, &c->tables[i], c, number, numbers, base);
    free(numbers);
    return !failed;
}

/* --- whose people are some of the other's ------------------------------------------------------ */

/* A count of the whole is those of the parts, and of others. */
bool
ties_sum(struct ties *a, size_t whole, const size_t *parts, size_t n)
{
    struct text name = TEXT_INIT;
    int64_t others = disclosure_value(a->d, whole);
    const size_t before = a->told.n;

    text_printf(&name, "%zu", whole);
    for (size_t i = 0; i < n; i++) {
        text_printf(&name, " %zu", parts[i]);
        others -= disclosure_value(a->d, parts[i]);
    }
    const bool good = !name.failed && name_map_add(&a->told, name.at, 0);
    text_release(&name);
    if (!good || a->told.n == before || others < 0 || (n == 1 && parts[0] == whole))
        return good;
    const size_t sum = disclosure_sum(a->d);
    for (size_t i = 0; i < n; i++)
        disclosure_part(a->d, sum, parts[i], 1);
    if (others)
        disclosure_part(a->d, sum, disclosure_count(a->d, others), 1);
    disclosure_same(a->d, sum, whole);
    return true;
}

static bool
tie_margins(struct ties *a, size_t of_large, size_t of_small)
{
    const struct margin *x = &a->margins[of_large], *y = &a->margins[of_small];
    bool good = true;

    for (size_t i = 0; i < y->n && good; i++) {
        const size_t found = *margin_slot(x, y->keys + i * y->n_columns);
        if (found)
            good = ties_sum(a, x->counts[found - 1], &y->counts[i], 1);
    }
    return good;
}

/* --- two tables -------------------------------------------------------------------------------- */

static bool
same_but(const size_t *x, const size_t *y, size_t n, size_t step)
{
    for (size_t k = 0; k < n; k++)
        if (k != step && x[k] != y[k])
            return false;
    return true;
}

/* The ends of a step, from behind low to high; the first has no beginning, and behind the last end is no end. */
static void
step_bounds(const struct people_column *c, size_t value, double *low, double *high)
{
    *low = value > 1 ? c->ends[value - 2] : -INFINITY;
    *high = value <= c->n_ends ? c->ends[value - 1] : INFINITY;
}

static bool
is_inside(double low, double high, double from, double to)
{
    const double near = 1e-9 * (1 + fabs(isinf(to) ? 0 : to));
    return low >= from - near && high <= to + near;
}

/* Those who left between two times of the large table: in the steps of the small one inside, and others. */
static bool
tie_between(struct ties *a, const struct margin *x, const struct people_column *of_x, const struct margin *y,
            const struct people_column *of_y, size_t step, const size_t *key, double from, double to)
{
    size_t *parts = malloc((x->n + y->n + 1) * sizeof *parts), n = 0;
    double low, high;

    if (parts == NULL)
        return false;
    for (size_t i = 0; i < x->n; i++) {
        step_bounds(of_x, x->keys[i * x->n_columns + step], &low, &high);
        if (same_but(x->keys + i * x->n_columns, key, x->n_columns, step) && is_inside(low, high, from, to))
            parts[n++] = x->counts[i];
    }
    const size_t whole = n == 1 ? parts[0] : disclosure_sum(a->d);
    for (size_t i = 0; i < n && n > 1; i++)
        disclosure_part(a->d, whole, parts[i], 1);
    n = 0;
    for (size_t i = 0; i < y->n; i++) {
        step_bounds(of_y, y->keys[i * y->n_columns + step], &low, &high);
        if (same_but(y->keys + i * y->n_columns, key, y->n_columns, step) && is_inside(low, high, from, to))
            parts[n++] = y->counts[i];
    }
    const bool good = n == 0 || ties_sum(a, whole, parts, n);
    free(parts);
    return good;
}

/* Steps with other ends: those inside each step of the large table, and inside the fewest that hold one of the
 * small. */
static bool
tie_steps(struct ties *a, const struct margin *x, const struct people_column *of_x, const struct margin *y,
          const struct people_column *of_y, size_t step)
{
    double low, high;
    bool good = true;

    for (size_t i = 0; i < x->n && good; i++) {
        const size_t *key = x->keys + i * x->n_columns;
        step_bounds(of_x, key[step], &low, &high);
        good = tie_between(a, x, of_x, y, of_y, step, key, low, high);
    }
    for (size_t i = 0; i < y->n && good; i++) {
        const size_t *key = y->keys + i * y->n_columns;
        double from = -INFINITY, to = INFINITY;
        step_bounds(of_y, key[step], &low, &high);
        for (size_t k = 0; k < of_x->n_ends; k++) {
            const double near = 1e-9 * (1 + fabs(of_x->ends[k]));
            from = of_x->ends[k] <= low + near ? of_x->ends[k] : from;
            to = of_x->ends[k] >= high - near && isinf(to) ? of_x->ends[k] : to;
        }
        good = tie_between(a, x, of_x, y, of_y, step, key, from, to);
    }
    return good;
}

/* The same of two tables, if both have steps of the same time; u_in_t: all people of ${u} are some of those of
 * ${t}. */
static bool
tie_own_steps(struct ties *a, const struct people_table *t, const struct people_table *u,
              const struct conditions_of *conditions, const struct people_column *columns, size_t n, bool u_in_t,
              bool t_in_u)
{
    struct people_column *own = malloc((n + 1) * sizeof *own);
    size_t step = 0;

    while (step < n && columns[step].detail != COUNTED_STEPS)
        step++;
    if (own == NULL || step == n) {
        const bool no_memory = own == NULL;
        free(own);
        return !no_memory;
    }
    memcpy(own, columns, n * sizeof *own);
    own[step] = t->columns[table_column_of(t, columns[step].subject)];
    const struct people_column of_t = own[step];
    const size_t x = ties_margin(a, t, &conditions[0], &conditions[1], own, n);
    own[step] = u->columns[table_column_of(u, columns[step].subject)];
    const struct people_column of_u = own[step];
    const size_t y = x == SIZE_MAX ? x : ties_margin(a, u, &conditions[2], &conditions[3], own, n);
    free(own);
    return y != SIZE_MAX && (!u_in_t || tie_steps(a, &a->margins[x], &of_t, &a->margins[y], &of_u, step)) &&
           (!t_in_u || tie_steps(a, &a->margins[y], &of_u, &a->margins[x], &of_t, step));
}

static bool
tie_two(struct ties *a, const struct people_table *t, const struct people_table *u)
{
    struct conditions_of of_t, of_u, t_by_u = { .at = NULL }, u_by_t = { .at = NULL };
    size_t n = 0;
    struct people_column *columns = ties_common(a, t->columns, t->n_columns, u, &n);
    const bool t_good = ties_narrow(t, u, &of_t, &t_by_u), u_good = ties_narrow(u, t, &of_u, &u_by_t);
    bool good = columns && t_good && u_good;
    const bool u_in_t = good && ties_all_follow(&of_u, &of_t), t_in_u = good && ties_all_follow(&of_t, &of_u);

    if (u_in_t || t_in_u) {
        const size_t x = ties_margin(a, t, &of_t, &t_by_u, columns, n);
        const size_t y = x == SIZE_MAX ? x : ties_margin(a, u, &of_u, &u_by_t, columns, n);
        good = y != SIZE_MAX;
        if (good && u_in_t)
            good = tie_margins(a, x, y);
        if (good && t_in_u)
            good = tie_margins(a, y, x);
        good = good && tie_own_steps(a, t, u, (const struct conditions_of[]){ of_t, t_by_u, of_u, u_by_t }, columns,
                                     n, u_in_t, t_in_u);
    }
    ties_free_columns(columns, n);
    free(of_t.at);
    free(of_u.at);
    free(t_by_u.at);
    free(u_by_t.at);
    return good;
}

/* Texts by their numbers. */
static bool
spell(struct ties *a)
{
    a->spelt = calloc(a->texts.n + 1, sizeof *a->spelt);
    for (size_t i = 0; a->spelt && i < a->texts.room; i++)
        if (a->texts.at[i].text)
            a->spelt[a->texts.at[i].value] = a->texts.at[i].text;
    return a->spelt != NULL;
}

/* A total that another table tells already needs no table. */
static bool
is_told_before(struct ties *a, size_t i, bool *failed)
{
    struct conditions_of all, narrowed;
    bool before = false;

    if (a->tables[i].n_columns)
        return false;
    const size_t known = a->counts.n;
    const bool good = ties_narrow(&a->tables[i], &a->tables[i], &all, &narrowed) &&
                      ties_margin(a, &a->tables[i], &all, &narrowed, NULL, 0) != SIZE_MAX;
    *failed = *failed || !good;
    before = a->counts.n == known;
    free(all.at);
    free(narrowed.at);
    return before;
}

static void
release_all(struct ties *a)
{
    for (size_t i = 0; i < a->n_tables; i++)
        counted_table_release(&a->tables[i]);
    for (size_t i = 0; i < a->n_margins; i++)
        margin_release(&a->margins[i]);
    free(a->tables);
    free(a->margins);
    free(a->spelt);
    name_map_release(&a->texts);
    name_map_release(&a->made);
    name_map_release(&a->counts);
    name_map_release(&a->told);
}

enum dyad_status
counted_tie(const struct counted *const *sets, const size_t *bases, size_t n, struct disclosure *d)
{
    struct ties a = { .d = d };
    bool failed = false, *dropped = NULL;
    size_t n_tables = 0;

    for (size_t i = 0; i < n; i++)
        n_tables += sets[i]->n_tables;
    a.tables = calloc(n_tables + 1, sizeof *a.tables);
    dropped = calloc(n_tables + 1, sizeof *dropped);
    failed = a.tables == NULL || dropped == NULL;
    (void)counted_number(&a.texts, "", &failed);
    for (size_t i = 0; i < n && !failed; i++)
        failed = !copy_set(&a, sets[i], i, bases[i]);
    failed = failed || !spell(&a);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        dropped[i] = is_told_before(&a, i, &failed);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        for (size_t k = 0; k < i && !failed; k++)
            if (!dropped[i] && !dropped[k] && a.tables[i].what == a.tables[k].what)
                failed = !tie_two(&a, &a.tables[k], &a.tables[i]);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        if (!dropped[i])
            failed = !ties_parts(&a, i, dropped);
    failed = failed || !ties_populations(&a);
    release_all(&a);
    free(dropped);
    return failed ? DYAD_NOMEM : DYAD_OK;
}
