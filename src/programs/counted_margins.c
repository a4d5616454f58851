/* Of tables that were told: conditions that follow from others, and sums over cells. */
#include "counted_ties.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- conditions ----------------------------------------------------------------------------- */

static bool
fact_follows(const struct fact *from, size_t n, const struct fact *f)
{
    for (size_t i = 0; i < n; i++)
        if (from[i].subject == f->subject && condition_implies(from[i].what, f->what))
            return true;
    return false;
}

/* The end of the facts that say the condition at ${i}. */
size_t
ties_end(const struct fact *facts, size_t n, size_t i)
{
    size_t end = i + 1;

    while (end < n && facts[end].number == facts[i].number)
        end++;
    return end;
}

bool
ties_follows(const struct fact *from, size_t n, const struct fact *facts, size_t i, size_t end)
{
    for (size_t k = i; k < end; k++)
        if (fact_follows(from, n, &facts[k]))
            return true;
    return false;
}

bool
ties_all_follow(const struct conditions_of *from, const struct conditions_of *c)
{
    for (size_t i = 0, end; i < c->n; i = end) {
        end = ties_end(c->at, c->n, i);
        if (!c->at[i].idle && !ties_follows(from->at, from->n, c->at, i, end))
            return false;
    }
    return true;
}

size_t
table_column_of(const struct people_table *t, size_t subject)
{
    for (size_t k = 0; k < t->n_columns; k++)
        if (t->columns[k].subject == subject)
            return k;
    return t->n_columns;
}

/* Do the cells tell whether it holds? */
static bool
is_told(const struct people_table *t, const struct fact *f)
{
    const size_t k = table_column_of(t, f->subject);
    const struct condition *c = f->what;

    if (k == t->n_columns)
        return false;
    if (c->kind == CONDITION_KNOWN || c->kind == CONDITION_MISSING || t->columns[k].detail == COUNTED_LEVELS)
        return true;
    return t->columns[k].detail == COUNTED_IS && (c->kind == CONDITION_IN || c->kind == CONDITION_NOT_IN) &&
           c->n == 1 && f->only == t->columns[k].value;
}

/* The conditions of ${t}, and of ${other}'s those that the cells of ${t} tell of; these are ${narrowed}. */
bool
ties_narrow(const struct people_table *t, const struct people_table *other, struct conditions_of *out,
            struct conditions_of *narrowed)
{
    size_t number = t->n_facts ? t->facts[t->n_facts - 1].number + 1 : 0;

    *narrowed = (struct conditions_of){ .at = malloc((other->n_facts + 1) * sizeof *narrowed->at) };
    *out = (struct conditions_of){ .at = malloc((t->n_facts + other->n_facts + 1) * sizeof *out->at),
                                   .n = t->n_facts };
    if (out->at == NULL || narrowed->at == NULL)
        return false;
    if (t->n_facts)
        memcpy(out->at, t->facts, t->n_facts * sizeof *t->facts);
    for (size_t i = 0, end; i < other->n_facts; i = end) {
        bool told = false;
        end = ties_end(other->facts, other->n_facts, i);
        if (ties_follows(t->facts, t->n_facts, other->facts, i, end))
            continue;
        for (size_t k = i; k < end && !told; k++)
            if ((told = is_told(t, &other->facts[k])))
                narrowed->at[narrowed->n++] = other->facts[k];
        for (size_t k = i; k < end && told; k++) {
            out->at[out->n] = other->facts[k];
            out->at[out->n].idle = false;
            out->at[out->n++].number = number;
        }
        number += told;
    }
    return true;
}

static bool
holds(const struct ties *a, const struct people_table *t, size_t cell, const struct fact *f)
{
    const size_t k = table_column_of(t, f->subject), value = t->values[cell * t->n_columns + k];

    if (value == MISSING_VALUE || f->what->kind == CONDITION_KNOWN || f->what->kind == CONDITION_MISSING)
        return (value == MISSING_VALUE) == (f->what->kind == CONDITION_MISSING);
    if (value == OTHER_VALUE || t->columns[k].detail == COUNTED_IS)
        return (value == f->only) == (f->what->kind == CONDITION_IN);
    return condition_is_met(f->what, a->spelt[value]);
}

/* --- margins --------------------------------------------------------------------------------- */

/* The steps that end where both have an end; their ends are the caller's to free, as all that common_columns()
 * made. */
static struct people_column
common_steps(struct ties *a, const struct people_column *x, const struct people_column *y, bool *failed)
{
    struct people_column out = { NULL, x->subject, 0, COUNTED_STEPS, NULL, 0 };
    double *ends = malloc((x->n_ends + 1) * sizeof *ends);
    size_t k = 0;

    *failed = *failed || ends == NULL;
    for (size_t i = 0; ends && i < x->n_ends; i++) {
        const double near = 1e-9 * (1 + fabs(x->ends[i]));
        while (k < y->n_ends && y->ends[k] < x->ends[i] - near)
            k++;
        if (k < y->n_ends && y->ends[k] <= x->ends[i] + near)
            ends[out.n_ends++] = x->ends[i];
    }
    out.ends = ends;
    if (ends)
        out.value = counted_name_steps(&a->texts, ends, out.n_ends, failed);
    return out;
}

/* What two columns of the same subject can both tell. */
static struct people_column
common(struct ties *all, const struct people_column *a, const struct people_column *b, bool *failed)
{
    if (a->detail == COUNTED_STEPS && b->detail == COUNTED_STEPS)
        return common_steps(all, a, b, failed);
    if (a->detail == COUNTED_STEPS || b->detail == COUNTED_STEPS)
        return (struct people_column){ NULL, a->subject, 0, COUNTED_KNOWN, NULL, 0 };
    if (a->detail == COUNTED_LEVELS)
        return *b;
    if (b->detail == COUNTED_LEVELS || (a->detail == b->detail && a->value == b->value))
        return *a;
    return (struct people_column){ NULL, a->subject, 0, COUNTED_KNOWN, NULL, 0 };
}

/* The step that holds another's step: the first that does not end before it. */
static size_t
coarse_step(size_t value, const struct people_column *from, const struct people_column *to)
{
    size_t step = 0;

    if (value > from->n_ends)
        return to->n_ends + 1;
    const double end = from->ends[value - 1];
    while (step < to->n_ends && to->ends[step] < end - 1e-9 * (1 + fabs(end)))
        step++;
    return step + 1;
}

static size_t
coarse(size_t value, const struct people_column *from, const struct people_column *to)
{
    if (value == MISSING_VALUE || to->detail == COUNTED_LEVELS)
        return value;
    if (to->detail == COUNTED_STEPS)
        return coarse_step(value, from, to);
    return to->detail == COUNTED_KNOWN ? ANY_VALUE : value == to->value ? value : OTHER_VALUE;
}

void
margin_release(struct margin *m)
{
    free(m->keys);
    free(m->counts);
    free(m->parts);
    free(m->slots);
}

static bool
margin_reserve(struct margin *m, size_t n_cells, size_t n_columns)
{
    *m = (struct margin){ .n_columns = n_columns, .n_slots = 16 };
    while (m->n_slots < 2 * n_cells)
        m->n_slots *= 2;
    m->keys = malloc((n_cells * n_columns + 1) * sizeof *m->keys);
    m->counts = malloc((n_cells + 1) * sizeof *m->counts);
    m->parts = malloc((n_cells + 1) * sizeof *m->parts);
    m->slots = calloc(m->n_slots, sizeof *m->slots);
    return m->keys && m->counts && m->parts && m->slots;
}

/* Where the number of a key stands, or would. */
size_t *
margin_slot(const struct margin *m, const size_t *key)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t k = 0; k < m->n_columns; k++)
        hash = (hash ^ key[k]) * 1099511628211u;
    for (size_t i = (hash ^ hash >> 32) & (m->n_slots - 1);; i = (i + 1) & (m->n_slots - 1)) {
        const size_t found = m->slots[i];
        if (found == 0 || m->n_columns == 0 ||
            memcmp(m->keys + (found - 1) * m->n_columns, key, m->n_columns * sizeof *key) == 0)
            return &m->slots[i];
    }
}

/* What is of one cell is that cell's count. */
static void
add_to_margin(struct disclosure *d, struct margin *m, const size_t *key, size_t count)
{
    size_t *slot = margin_slot(m, key);

    if (*slot == 0) {
        if (m->n_columns)
            memcpy(m->keys + m->n * m->n_columns, key, m->n_columns * sizeof *key);
        m->counts[m->n] = count;
        m->parts[m->n] = 1;
        *slot = ++m->n;
        return;
    }
    const size_t i = *slot - 1;
    if (m->parts[i]++ == 1) {
        const size_t first = m->counts[i];
        m->counts[i] = disclosure_sum(d);
        disclosure_part(d, m->counts[i], first, 1);
    }
    disclosure_part(d, m->counts[i], count, 1);
}

static bool
sum_cells(struct ties *a, const struct people_table *t, const struct conditions_of *narrowed,
          const struct people_column *columns, size_t n_columns, struct margin *out)
{
    size_t *key = malloc((n_columns + 1) * sizeof *key);
    const bool good = margin_reserve(out, t->n_cells, n_columns) && key;

    for (size_t cell = 0; good && cell < t->n_cells; cell++) {
        bool in = true;
        for (size_t i = 0; i < narrowed->n; i++)
            in = in && holds(a, t, cell, &narrowed->at[i]);
        for (size_t k = 0; in && k < n_columns; k++) {
            const size_t own = table_column_of(t, columns[k].subject);
            key[k] = coarse(t->values[cell * t->n_columns + own], &t->columns[own], &columns[k]);
        }
        if (in)
            add_to_margin(a->d, out, key, t->counts[cell]);
    }
    free(key);
    return good;
}

/* A condition can be said in several ways: this one stands for all. */
static const struct fact *
plainest(const struct fact *facts, size_t i, size_t end)
{
    const struct fact *least = &facts[i];

    for (size_t k = i + 1; k < end; k++)
        if (facts[k].name < least->name)
            least = &facts[k];
    return least;
}

static int
by_name(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    return x->name < y->name ? -1 : x->name > y->name;
}

/* Whom the conditions leave, in one spelling. */
bool
ties_name(size_t what, const struct conditions_of *c, struct text *out)
{
    struct fact *said = malloc((c->n + 1) * sizeof *said);
    size_t n = 0;

    if (said == NULL)
        return false;
    for (size_t i = 0, end; i < c->n; i = end) {
        end = ties_end(c->at, c->n, i);
        if (!c->at[i].idle)
            said[n++] = *plainest(c->at, i, end);
    }
    qsort(said, n, sizeof *said, by_name);
    text_printf(out, "%zu", what);
    for (size_t i = 0; i < n; i++) {
        bool follows = i && said[i - 1].name == said[i].name;
        for (size_t k = 0; k < n; k++)
            follows =
                follows || (said[k].name != said[i].name && said[k].subject == said[i].subject &&
                            said[i].what->kind == CONDITION_KNOWN && condition_implies(said[k].what, said[i].what));
        if (!follows)
            text_printf(out, " %zu", said[i].name);
    }
    free(said);
    return !out->failed;
}

/* What counts the same is the same count. */
static bool
name_counts(struct ties *a, size_t what, const struct conditions_of *c, const struct people_column *columns,
            struct margin *m)
{
    struct text people = TEXT_INIT, name = TEXT_INIT;
    bool good = ties_name(what, c, &people);

    for (size_t i = 0; good && i < m->n; i++) {
        text_clear(&name);
        text_printf(&name, "%s:", people.at);
        for (size_t k = 0; k < m->n_columns; k++)
            text_printf(&name, " %zu/%d/%zu=%zu", columns[k].subject, (int)columns[k].detail, columns[k].value,
                        m->keys[i * m->n_columns + k]);
        const struct named *n = name.failed ? NULL : name_map_add(&a->counts, name.at, m->counts[i]);
        good = n != NULL;
        if (good && n->value != m->counts[i] &&
            disclosure_value(a->d, n->value) == disclosure_value(a->d, m->counts[i])) {
            disclosure_same(a->d, n->value, m->counts[i]);
            m->counts[i] = n->value;
        }
    }
    text_release(&people);
    text_release(&name);
    return good;
}

/* The margin of ${t} over ${columns}; it is made once.  SIZE_MAX if memory ran out. */
size_t
ties_margin(struct ties *a, const struct people_table *t, const struct conditions_of *all,
            const struct conditions_of *narrowed, const struct people_column *columns, size_t n_columns)
{
    struct text name = TEXT_INIT;
    struct margin *grown = NULL;

    text_printf(&name, "%zu", (size_t)(t - a->tables));
    for (size_t i = 0; i < narrowed->n; i++)
        text_printf(&name, " %zu", narrowed->at[i].name);
    for (size_t k = 0; k < n_columns; k++)
        text_printf(&name, " %zu/%d/%zu", columns[k].subject, (int)columns[k].detail, columns[k].value);
    const struct named *n = name.failed ? NULL : name_map_add(&a->made, name.at, a->n_margins);
    text_release(&name);
    if (n == NULL || n->value < a->n_margins)
        return n ? n->value : SIZE_MAX;
    if ((grown = realloc(a->margins, (a->n_margins + 1) * sizeof *grown)) == NULL)
        return SIZE_MAX;
    a->margins = grown;
    struct margin *m = &grown[a->n_margins++];
    return sum_cells(a, t, narrowed, columns, n_columns, m) && name_counts(a, t->what, all, columns, m) ? n->value
                                                                                                        : SIZE_MAX;
}

static int
by_column(const void *a, const void *b)
{
    const struct people_column *x = a, *y = b;
    return x->subject < y->subject ? -1 : x->subject > y->subject;
}

void
ties_free_columns(struct people_column *columns, size_t n)
{
    for (size_t k = 0; columns && k < n; k++)
        if (columns[k].detail == COUNTED_STEPS)
            free(columns[k].ends);
    free(columns);
}

struct people_column *
ties_common(struct ties *a, const struct people_column *columns, size_t n_columns, const struct people_table *u,
            size_t *n)
{
    bool failed = false;
    struct people_column *out = malloc((n_columns + 1) * sizeof *out);

    *n = 0;
    for (size_t k = 0; out && k < n_columns; k++) {
        const size_t other = table_column_of(u, columns[k].subject);
        bool again = false;
        for (size_t i = 0; i < k; i++)
            again = again || columns[i].subject == columns[k].subject;
        if (other < u->n_columns && !again)
            out[(*n)++] = common(a, &columns[k], &u->columns[other], &failed);
    }
    if (out)
        qsort(out, *n, sizeof *out, by_column);
    if (failed) {
        ties_free_columns(out, *n);
        out = NULL;
    }
    return out;
}

/* Can what ${to} tells be seen in a column ${from} of the same subject? */
bool
ties_tell(const struct people_column *from, const struct people_column *to)
{
    if (to->detail == COUNTED_KNOWN || (from->detail == COUNTED_LEVELS && to->detail != COUNTED_STEPS))
        return true;
    if (from->detail != to->detail)
        return false;
    for (size_t i = 0, k = 0; i < to->n_ends; i++) {
        while (k < from->n_ends && from->ends[k] < to->ends[i] - 1e-9 * (1 + fabs(to->ends[i])))
            k++;
        if (k == from->n_ends || from->ends[k] > to->ends[i] + 1e-9 * (1 + fabs(to->ends[i])))
            return false;
    }
    return to->detail == COUNTED_STEPS || from->value == to->value;
}
