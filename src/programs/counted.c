#include "counted.h"

#include "dyad/core/text.h"
#include "dyad/data/conditions.h"

#include "name_map.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Texts are numbers: of a set, or once they are tied, of all sets. */
#define MISSING_VALUE 0u             /* "" */
#define ANY_VALUE (SIZE_MAX - 1)     /* there is one */
#define OTHER_VALUE (SIZE_MAX - 2)   /* not that of COUNTED_IS */

/* A condition that all people of a table meet. */
struct fact {
    size_t subject, name;
    size_t said;   /* the condition's place in the set's list */
    size_t only;   /* the value of a list of one */
    const struct condition *what; /* once they are tied */
    size_t number; /* the same of all ways to say it */
    size_t filter; /* that makes it; NO_FILTER */
    bool idle;     /* it leaves nobody out */
};

#define NO_FILTER SIZE_MAX

struct column {
    size_t subject, value; /* value: of COUNTED_IS; which steps */
    enum counted_detail detail;
    double *ends;          /* of COUNTED_STEPS; of a table's column the table's */
    size_t n_ends;
};

struct table {
    size_t what;
    struct fact *facts; /* by number, ascending */
    size_t n_facts;
    struct column *columns;
    size_t n_columns;
    double *ends;            /* of the last column, if it has steps */
    size_t *values, *counts; /* values[cell * n_columns + column]; of a step its number plus 1 */
    size_t n_cells, room;
};

struct counted {
    const struct cohort_options *o;
    struct text data; /* which records */
    struct conditions filters, said; /* said: of all tables */
    bool *idle; /* of each filter */
    struct name_map texts;
    struct table *tables;
    size_t n_tables;
    bool failed;
};

/* --- telling ------------------------------------------------------------------------------- */

static void
release_table(struct table *t)
{
    free(t->facts);
    free(t->columns);
    free(t->ends);
    free(t->values);
    free(t->counts);
}

void
counted_free(struct counted *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n_tables; i++)
        release_table(&c->tables[i]);
    free(c->tables);
    free(c->idle);
    conditions_release(&c->filters);
    conditions_release(&c->said);
    name_map_release(&c->texts);
    text_release(&c->data);
    free(c);
}

static size_t
number_of(struct name_map *texts, const char *text, bool *failed)
{
    const struct named *n = name_map_add(texts, text, texts->n);

    *failed = *failed || n == NULL;
    return n ? n->value : 0;
}

/* Everything by which the same file would be other records. */
static void
name_data(const struct cohort_options *o, struct text *out)
{
    for (size_t i = 0; i < o->n_paths; i++)
        text_printf(out, "%s\n", o->paths[i]);
    text_printf(out, "%c%c\n%s\n%s\n", o->delimiter ? o->delimiter : ' ', o->decimal ? o->decimal : '.',
                o->codebook ? o->codebook : "", o->frequency ? o->frequency : "");
    for (size_t i = 0; i < o->n_missing; i++) {
        text_printf(out, "%s", o->missing[i].column ? o->missing[i].column : "");
        for (size_t k = 0; k < o->missing[i].n; k++)
            text_printf(out, "=%s", o->missing[i].values[k]);
        text_putc(out, '\n');
    }
}

struct counted *
counted_new(const struct cohort_options *o)
{
    struct counted *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->o = o;
    name_data(o, &c->data);
    (void)number_of(&c->texts, "", &c->failed);
    c->idle = calloc(o->n_filters + 1, sizeof *c->idle);
    if (c->failed || c->idle == NULL || c->data.failed ||
        conditions_read(o->filters, o->n_filters, o->derived, o->n_derived, &c->filters) != DYAD_OK) {
        counted_free(c);
        return NULL;
    }
    return c;
}

static struct table *
last_table(struct counted *c)
{
    return c->failed || c->n_tables == 0 ? NULL : &c->tables[c->n_tables - 1];
}

/* A way to say the condition ${number} of the last table: it is numbered by what it says. */
static void
add_fact(struct counted *c, const struct condition *said, size_t number, size_t filter, bool idle)
{
    struct table *t = last_table(c);
    struct fact *grown = t && said ? realloc(t->facts, (t->n_facts + 1) * sizeof *grown) : NULL;
    struct text name = TEXT_INIT;

    c->failed = c->failed || grown == NULL;
    if (grown == NULL)
        return;
    t->facts = grown;
    condition_name(said, &name);
    c->failed = c->failed || name.failed;
    grown[t->n_facts++] = (struct fact){ .subject = number_of(&c->texts, said->subject, &c->failed),
                                         .name = name.failed ? 0 : number_of(&c->texts, name.at, &c->failed),
                                         .only = said->n == 1 ? number_of(&c->texts, said->values[0], &c->failed) : 0,
                                         .said = (size_t)(said - c->said.at), .number = number, .filter = filter, .idle = idle };
    text_release(&name);
}

static struct condition *
copy_condition(struct counted *c, const struct condition *from)
{
    struct condition *to = conditions_add(&c->said, from->subject, from->kind, NULL);

    for (size_t i = 0; to && i < from->n; i++)
        if (!condition_add_value(to, from->values[i]))
            to = NULL;
    if (to) {
        to->low = from->low;
        to->high = from->high;
        to->with_low = from->with_low;
        to->with_high = from->with_high;
    }
    return to;
}

void
counted_table(struct counted *c, const char *what, size_t filters)
{
    struct text name = TEXT_INIT;
    struct table *grown = c->failed ? NULL : realloc(c->tables, (c->n_tables + 1) * sizeof *grown);

    c->failed = grown == NULL;
    if (grown == NULL)
        return;
    c->tables = grown;
    text_printf(&name, "%s\n%s", c->data.at, what);
    grown[c->n_tables++] = (struct table){ .what = name.failed ? 0 : number_of(&c->texts, name.at, &c->failed) };
    c->failed = c->failed || name.failed;
    text_release(&name);
    for (size_t i = 0; i < c->filters.n; i++) {
        const struct condition *f = &c->filters.at[i];
        if (f->filter < filters)
            add_fact(c, copy_condition(c, f), f->number, f->filter, false);
    }
}

void
counted_idle(struct counted *c, size_t filter)
{
    c->idle[filter] = true;
}

/* What a column of the run is, as a number. */
static size_t
subject_of(struct counted *c, const char *name)
{
    struct text subject = TEXT_INIT;

    condition_subject(name, c->o->derived, c->o->n_derived, &subject);
    c->failed = c->failed || subject.failed;
    const size_t number = subject.failed ? 0 : number_of(&c->texts, subject.at, &c->failed);
    text_release(&subject);
    return number;
}

/* A condition by itself, the last table's next one, of a subject as condition_subject() writes it. */
static void
add_condition(struct counted *c, const char *subject, enum condition_kind kind, const char *value, bool idle)
{
    const struct table *t = last_table(c);

    if (t)
        add_fact(c, conditions_add(&c->said, subject, kind, value), t->n_facts ? t->facts[t->n_facts - 1].number + 1 : 0,
                 NO_FILTER, idle);
}

/* The same of a column. */
static void
add_of_column(struct counted *c, const char *name, enum condition_kind kind, const char *value, bool idle)
{
    struct text subject = TEXT_INIT;

    condition_subject(name, c->o->derived, c->o->n_derived, &subject);
    c->failed = c->failed || subject.failed;
    if (!subject.failed)
        add_condition(c, subject.at, kind, value, idle);
    text_release(&subject);
}

static size_t
value_of(struct counted *c, const char *text)
{
    struct text value = TEXT_INIT;

    condition_value(text, c->o->decimal ? c->o->decimal : '.', &value);
    text_puts(&value, "");
    c->failed = c->failed || value.failed;
    const size_t number = value.failed ? 0 : number_of(&c->texts, value.at, &c->failed);
    text_release(&value);
    return number;
}

void
counted_need(struct counted *c, const char *name, int64_t n_without)
{
    add_of_column(c, name, CONDITION_KNOWN, NULL, n_without == 0);
}

void
counted_is(struct counted *c, const char *name, const char *value)
{
    struct text as = TEXT_INIT;

    condition_value(value, c->o->decimal ? c->o->decimal : '.', &as);
    text_puts(&as, "");
    c->failed = c->failed || as.failed;
    if (!as.failed)
        add_of_column(c, name, CONDITION_IN, as.at, false);
    text_release(&as);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(((const struct text *)a)->at, ((const struct text *)b)->at);
}

/* Of one column that it is missing; several together are a subject of their own. */
void
counted_lack(struct counted *c, const char *const *names, size_t n)
{
    struct text *subjects = calloc(n + 1, sizeof *subjects), all = TEXT_INIT;

    c->failed = c->failed || subjects == NULL;
    for (size_t i = 0; i < n && !c->failed; i++) {
        condition_subject(names[i], c->o->derived, c->o->n_derived, &subjects[i]);
        c->failed = subjects[i].failed;
    }
    if (!c->failed && n == 1)
        add_condition(c, subjects[0].at, CONDITION_MISSING, NULL, false);
    if (!c->failed && n > 1) {
        qsort(subjects, n, sizeof *subjects, by_text);
        text_puts(&all, "lack");
        for (size_t i = 0; i < n; i++)
            if (i == 0 || strcmp(subjects[i - 1].at, subjects[i].at) != 0)
                text_printf(&all, "\n%s", subjects[i].at);
        c->failed = all.failed;
        if (!all.failed)
            add_condition(c, all.at, CONDITION_IN, "1", false);
    }
    for (size_t i = 0; subjects && i < n; i++)
        text_release(&subjects[i]);
    free(subjects);
    text_release(&all);
}

void
counted_column(struct counted *c, const char *name, enum counted_detail detail, const char *value)
{
    struct table *t = last_table(c);
    struct column *grown = t ? realloc(t->columns, (t->n_columns + 1) * sizeof *grown) : NULL;

    c->failed = c->failed || grown == NULL;
    if (grown == NULL)
        return;
    t->columns = grown;
    grown[t->n_columns++] = (struct column){ subject_of(c, name), value ? value_of(c, value) : 0, detail, NULL, 0 };
}

/* Steps are named by their ends. */
static size_t
name_steps(struct name_map *texts, const double *ends, size_t n, bool *failed)
{
    struct text name = TEXT_INIT;

    text_puts(&name, "steps");
    for (size_t i = 0; i < n; i++)
        text_printf(&name, " %.9g", ends[i]);
    *failed = *failed || name.failed;
    const size_t number = name.failed ? 0 : number_of(texts, name.at, failed);
    text_release(&name);
    return number;
}

void
counted_steps(struct counted *c, const char *name, const double *ends, size_t n)
{
    struct table *t = last_table(c);

    counted_column(c, name, COUNTED_STEPS, NULL);
    if (t == NULL || c->failed)
        return;
    struct column *k = &t->columns[t->n_columns - 1];
    k->value = name_steps(&c->texts, ends, n, &c->failed);
    t->ends = malloc((n + 1) * sizeof *t->ends);
    c->failed = c->failed || t->ends == NULL;
    if (t->ends && n)
        memcpy(t->ends, ends, n * sizeof *ends);
    k->ends = t->ends;
    k->n_ends = n;
}

static size_t
cell_value(struct counted *c, const struct column *k, const char *text)
{
    if (*text == '\0')
        return MISSING_VALUE;
    if (k->detail == COUNTED_KNOWN)
        return ANY_VALUE;
    const size_t value = strcmp(text, COUNTED_OTHER) == 0 ? OTHER_VALUE : value_of(c, text);
    return k->detail == COUNTED_LEVELS || value == k->value ? value : OTHER_VALUE;
}

void
counted_cell(struct counted *c, const char *const *values, size_t count)
{
    counted_cell_at(c, values, 0, count);
}

void
counted_cell_at(struct counted *c, const char *const *values, size_t step, size_t count)
{
    struct table *t = last_table(c);

    if (t && t->n_cells == t->room) {
        const size_t room = t->room ? 2 * t->room : 16;
        size_t *grown = realloc(t->values, (room * t->n_columns + 1) * sizeof *grown);
        t->values = grown ? grown : t->values;
        size_t *longer = grown ? realloc(t->counts, room * sizeof *longer) : NULL;
        t->counts = longer ? longer : t->counts;
        c->failed = longer == NULL;
        t->room = longer ? room : t->room;
    }
    if (t == NULL || c->failed)
        return;
    for (size_t k = 0; k < t->n_columns; k++)
        t->values[t->n_cells * t->n_columns + k] =
            t->columns[k].detail == COUNTED_STEPS ? step + 1 : cell_value(c, &t->columns[k], values[k]);
    t->counts[t->n_cells++] = count;
}

/* --- tying: all sets with the same numbers for the same texts -------------------------------- */

struct all {
    struct disclosure *d;
    struct name_map texts;
    const char **spelt; /* text of each number that was given until all sets were copied */
    struct table *tables;
    size_t n_tables;
    struct margin *margins;   /* of tables, made once */
    size_t n_margins;
    struct name_map made;     /* which they are */
    struct name_map counts;   /* by what they count: the same count, wherever it comes from */
    struct name_map nested;   /* of which two, or more, it is told that they are parts of another */
};

/* Sums over the cells of a table that have the same values. */
struct margin {
    size_t *keys, *counts; /* keys[i * n_columns + column] */
    size_t *parts;         /* cells in each */
    size_t n, n_columns;
    size_t *slots, n_slots; /* of the hashes of keys: its number plus 1 */
};

static size_t
translate(const size_t *numbers, size_t number)
{
    return number >= OTHER_VALUE ? number : numbers[number];
}

static bool
copy_table(struct all *a, const struct table *from, const struct counted *c, const size_t *numbers, size_t base)
{
    struct table *t = &a->tables[a->n_tables++];
    const size_t n_values = from->n_cells * from->n_columns;

    *t = (struct table){ .what = numbers[from->what], .n_facts = from->n_facts, .n_columns = from->n_columns,
                         .n_cells = from->n_cells };
    t->facts = malloc((from->n_facts + 1) * sizeof *t->facts);
    t->columns = malloc((from->n_columns + 1) * sizeof *t->columns);
    t->values = malloc((n_values + 1) * sizeof *t->values);
    t->counts = malloc((from->n_cells + 1) * sizeof *t->counts);
    if (t->facts == NULL || t->columns == NULL || t->values == NULL || t->counts == NULL)
        return false;
    for (size_t i = 0; i < from->n_facts; i++)
        t->facts[i] = (struct fact){ .subject = numbers[from->facts[i].subject], .name = numbers[from->facts[i].name],
                                     .only = numbers[from->facts[i].only], .what = &c->said.at[from->facts[i].said], .number = from->facts[i].number,
                                     .filter = NO_FILTER,
                                     .idle = from->facts[i].idle ||
                                             (from->facts[i].filter != NO_FILTER && c->idle[from->facts[i].filter]) };
    for (size_t i = 0; i < from->n_columns; i++)
        t->columns[i] = (struct column){ numbers[from->columns[i].subject], numbers[from->columns[i].value],
                                         from->columns[i].detail, from->columns[i].ends, from->columns[i].n_ends };
    for (size_t i = 0; i < n_values; i++)
        t->values[i] = from->columns[i % from->n_columns].detail == COUNTED_STEPS ? from->values[i]
                                                                                 : translate(numbers, from->values[i]);
    for (size_t i = 0; i < from->n_cells; i++)
        t->counts[i] = base + from->counts[i];
    return true;
}

static bool
copy_set(struct all *a, const struct counted *c, size_t base)
{
    size_t *numbers = calloc(c->texts.n + 1, sizeof *numbers);
    bool failed = numbers == NULL || c->failed;

    for (size_t i = 0; !failed && i < c->texts.room; i++)
        if (c->texts.at[i].text)
            numbers[c->texts.at[i].value] = number_of(&a->texts, c->texts.at[i].text, &failed);
    for (size_t i = 0; !failed && i < c->n_tables; i++)
        failed = !copy_table(a, &c->tables[i], c, numbers, base);
    free(numbers);
    return !failed;
}

/* --- conditions ----------------------------------------------------------------------------- */

/* Conditions of a table, and those it is narrowed by: their numbers run on. */
struct conditions_of {
    struct fact *at;
    size_t n;
};

static bool
fact_follows(const struct fact *from, size_t n, const struct fact *f)
{
    for (size_t i = 0; i < n; i++)
        if (from[i].subject == f->subject && condition_implies(from[i].what, f->what))
            return true;
    return false;
}

/* The end of the facts that say the condition at ${i}. */
static size_t
end_of(const struct fact *facts, size_t n, size_t i)
{
    size_t end = i + 1;

    while (end < n && facts[end].number == facts[i].number)
        end++;
    return end;
}

static bool
condition_follows(const struct fact *from, size_t n, const struct fact *facts, size_t i, size_t end)
{
    for (size_t k = i; k < end; k++)
        if (fact_follows(from, n, &facts[k]))
            return true;
    return false;
}

static bool
all_follow(const struct conditions_of *from, const struct conditions_of *c)
{
    for (size_t i = 0, end; i < c->n; i = end) {
        end = end_of(c->at, c->n, i);
        if (!c->at[i].idle && !condition_follows(from->at, from->n, c->at, i, end))
            return false;
    }
    return true;
}

static size_t
find_column(const struct table *t, size_t subject)
{
    for (size_t k = 0; k < t->n_columns; k++)
        if (t->columns[k].subject == subject)
            return k;
    return t->n_columns;
}

/* Do the cells tell whether it holds? */
static bool
is_told(const struct table *t, const struct fact *f)
{
    const size_t k = find_column(t, f->subject);
    const struct condition *c = f->what;

    if (k == t->n_columns)
        return false;
    if (c->kind == CONDITION_KNOWN || c->kind == CONDITION_MISSING || t->columns[k].detail == COUNTED_LEVELS)
        return true;
    return t->columns[k].detail == COUNTED_IS && (c->kind == CONDITION_IN || c->kind == CONDITION_NOT_IN) && c->n == 1 &&
           f->only == t->columns[k].value;
}

/* The conditions of ${t}, and of ${other}'s those that the cells of ${t} tell of; these are ${narrowed}. */
static bool
narrow(const struct table *t, const struct table *other, struct conditions_of *out, struct conditions_of *narrowed)
{
    size_t number = t->n_facts ? t->facts[t->n_facts - 1].number + 1 : 0;

    *narrowed = (struct conditions_of){ .at = malloc((other->n_facts + 1) * sizeof *narrowed->at) };
    *out = (struct conditions_of){ .at = malloc((t->n_facts + other->n_facts + 1) * sizeof *out->at), .n = t->n_facts };
    if (out->at == NULL || narrowed->at == NULL)
        return false;
    if (t->n_facts)
        memcpy(out->at, t->facts, t->n_facts * sizeof *t->facts);
    for (size_t i = 0, end; i < other->n_facts; i = end) {
        bool told = false;
        end = end_of(other->facts, other->n_facts, i);
        if (condition_follows(t->facts, t->n_facts, other->facts, i, end))
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
holds(const struct all *a, const struct table *t, size_t cell, const struct fact *f)
{
    const size_t k = find_column(t, f->subject), value = t->values[cell * t->n_columns + k];

    if (value == MISSING_VALUE || f->what->kind == CONDITION_KNOWN || f->what->kind == CONDITION_MISSING)
        return (value == MISSING_VALUE) == (f->what->kind == CONDITION_MISSING);
    if (value == OTHER_VALUE || t->columns[k].detail == COUNTED_IS)
        return (value == f->only) == (f->what->kind == CONDITION_IN);
    return condition_is_met(f->what, a->spelt[value]);
}

/* --- margins --------------------------------------------------------------------------------- */

/* The steps that end where both have an end; their ends are the caller's to free, as all that common_columns() made. */
static struct column
common_steps(struct all *a, const struct column *x, const struct column *y, bool *failed)
{
    struct column out = { x->subject, 0, COUNTED_STEPS, NULL, 0 };
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
        out.value = name_steps(&a->texts, ends, out.n_ends, failed);
    return out;
}

/* What two columns of the same subject can both tell. */
static struct column
common(struct all *all, const struct column *a, const struct column *b, bool *failed)
{
    if (a->detail == COUNTED_STEPS && b->detail == COUNTED_STEPS)
        return common_steps(all, a, b, failed);
    if (a->detail == COUNTED_STEPS || b->detail == COUNTED_STEPS)
        return (struct column){ a->subject, 0, COUNTED_KNOWN, NULL, 0 };
    if (a->detail == COUNTED_LEVELS)
        return *b;
    if (b->detail == COUNTED_LEVELS || (a->detail == b->detail && a->value == b->value))
        return *a;
    return (struct column){ a->subject, 0, COUNTED_KNOWN, NULL, 0 };
}

/* The step that holds another's step: the first that does not end before it. */
static size_t
coarse_step(size_t value, const struct column *from, const struct column *to)
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
coarse(size_t value, const struct column *from, const struct column *to)
{
    if (value == MISSING_VALUE || to->detail == COUNTED_LEVELS)
        return value;
    if (to->detail == COUNTED_STEPS)
        return coarse_step(value, from, to);
    return to->detail == COUNTED_KNOWN ? ANY_VALUE : value == to->value ? value : OTHER_VALUE;
}

static void
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
static size_t *
slot_of(const struct margin *m, const size_t *key)
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
    size_t *slot = slot_of(m, key);

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
sum_cells(struct all *a, const struct table *t, const struct conditions_of *narrowed, const struct column *columns,
          size_t n_columns, struct margin *out)
{
    size_t *key = malloc((n_columns + 1) * sizeof *key);
    const bool good = margin_reserve(out, t->n_cells, n_columns) && key;

    for (size_t cell = 0; good && cell < t->n_cells; cell++) {
        bool in = true;
        for (size_t i = 0; i < narrowed->n; i++)
            in = in && holds(a, t, cell, &narrowed->at[i]);
        for (size_t k = 0; in && k < n_columns; k++) {
            const size_t own = find_column(t, columns[k].subject);
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
static bool
name_people(size_t what, const struct conditions_of *c, struct text *out)
{
    struct fact *said = malloc((c->n + 1) * sizeof *said);
    size_t n = 0;

    if (said == NULL)
        return false;
    for (size_t i = 0, end; i < c->n; i = end) {
        end = end_of(c->at, c->n, i);
        if (!c->at[i].idle)
            said[n++] = *plainest(c->at, i, end);
    }
    qsort(said, n, sizeof *said, by_name);
    text_printf(out, "%zu", what);
    for (size_t i = 0; i < n; i++) {
        bool follows = i && said[i - 1].name == said[i].name;
        for (size_t k = 0; k < n; k++)
            follows = follows || (said[k].name != said[i].name && said[k].subject == said[i].subject &&
                                  said[i].what->kind == CONDITION_KNOWN && condition_implies(said[k].what, said[i].what));
        if (!follows)
            text_printf(out, " %zu", said[i].name);
    }
    free(said);
    return !out->failed;
}

/* What counts the same is the same count. */
static bool
name_counts(struct all *a, size_t what, const struct conditions_of *c, const struct column *columns, struct margin *m)
{
    struct text people = TEXT_INIT, name = TEXT_INIT;
    bool good = name_people(what, c, &people);

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
static size_t
find_margin(struct all *a, const struct table *t, const struct conditions_of *all, const struct conditions_of *narrowed,
            const struct column *columns, size_t n_columns)
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
    return sum_cells(a, t, narrowed, columns, n_columns, m) && name_counts(a, t->what, all, columns, m) ? n->value : SIZE_MAX;
}

/* --- whose people are some of the other's ------------------------------------------------------ */

/* Those of ${whole} who are not of ${part} are counted by that, too. */
static bool
tie_nested(struct all *a, size_t whole, size_t part)
{
    struct text name = TEXT_INIT;
    const int64_t others = disclosure_value(a->d, whole) - disclosure_value(a->d, part);
    const size_t before = a->nested.n;

    if (whole == part || others < 0)
        return true;
    text_printf(&name, "%zu %zu", whole, part);
    const bool good = !name.failed && name_map_add(&a->nested, name.at, 0);
    text_release(&name);
    if (!good || a->nested.n == before)
        return good;
    if (others == 0) {
        disclosure_same(a->d, whole, part);
        return true;
    }
    const size_t sum = disclosure_sum(a->d);
    disclosure_part(a->d, sum, part, 1);
    disclosure_part(a->d, sum, disclosure_count(a->d, others), 1);
    disclosure_same(a->d, sum, whole);
    return true;
}

static bool
tie_margins(struct all *a, size_t of_large, size_t of_small)
{
    const struct margin *x = &a->margins[of_large], *y = &a->margins[of_small];
    bool good = true;

    for (size_t i = 0; i < y->n && good; i++) {
        const size_t found = *slot_of(x, y->keys + i * y->n_columns);
        if (found)
            good = tie_nested(a, x->counts[found - 1], y->counts[i]);
    }
    return good;
}

/* --- two tables -------------------------------------------------------------------------------- */

static int
by_column(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    return x->subject < y->subject ? -1 : x->subject > y->subject;
}

static void
free_columns(struct column *columns, size_t n)
{
    for (size_t k = 0; columns && k < n; k++)
        if (columns[k].detail == COUNTED_STEPS)
            free(columns[k].ends);
    free(columns);
}

static struct column *
common_with(struct all *a, const struct column *columns, size_t n_columns, const struct table *u, size_t *n)
{
    bool failed = false;
    struct column *out = malloc((n_columns + 1) * sizeof *out);

    *n = 0;
    for (size_t k = 0; out && k < n_columns; k++) {
        const size_t other = find_column(u, columns[k].subject);
        bool again = false;
        for (size_t i = 0; i < k; i++)
            again = again || columns[i].subject == columns[k].subject;
        if (other < u->n_columns && !again)
            out[(*n)++] = common(a, &columns[k], &u->columns[other], &failed);
    }
    if (out)
        qsort(out, *n, sizeof *out, by_column);
    if (failed) {
        free_columns(out, *n);
        out = NULL;
    }
    return out;
}

static struct column *
common_columns(struct all *a, const struct table *t, const struct table *u, size_t *n)
{
    return common_with(a, t->columns, t->n_columns, u, n);
}

/* Can what ${to} tells be seen in a column ${from} of the same subject? */
static bool
tells(const struct column *from, const struct column *to)
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

static bool
tie_two(struct all *a, const struct table *t, const struct table *u)
{
    struct conditions_of of_t, of_u, t_by_u = { .at = NULL }, u_by_t = { .at = NULL };
    size_t n = 0;
    struct column *columns = common_columns(a, t, u, &n);
    const bool t_good = narrow(t, u, &of_t, &t_by_u), u_good = narrow(u, t, &of_u, &u_by_t);
    bool good = columns && t_good && u_good;
    const bool u_in_t = good && all_follow(&of_u, &of_t), t_in_u = good && all_follow(&of_t, &of_u);

    if (u_in_t || t_in_u) {
        const size_t x = find_margin(a, t, &of_t, &t_by_u, columns, n);
        const size_t y = x == SIZE_MAX ? x : find_margin(a, u, &of_u, &u_by_t, columns, n);
        good = y != SIZE_MAX;
        if (good && u_in_t)
            good = tie_margins(a, x, y);
        if (good && t_in_u)
            good = tie_margins(a, y, x);
    }
    free_columns(columns, n);
    free(of_t.at);
    free(of_u.at);
    free(t_by_u.at);
    free(u_by_t.at);
    return good;
}

/* --- several tables, none of which has people of another's ------------------------------------- */

/* A table of some of the people of another: the one condition that makes them so, at [first, end) of its facts. */
struct part {
    const struct table *table;
    size_t first, end;
};

/* The one condition of ${small} that does not follow from those of ${large}, which its own all follow from. */
static bool
find_part(struct all *a, const struct table *large, const struct table *small, struct part *out)
{
    struct conditions_of wide, narrow_one, unused[2];
    const bool good = narrow(large, small, &wide, &unused[0]) & narrow(small, large, &narrow_one, &unused[1]);
    size_t n = 0;

    (void)a;
    for (size_t i = 0, end; good && i < small->n_facts; i = end) {
        end = end_of(small->facts, small->n_facts, i);
        if (small->facts[i].idle || condition_follows(wide.at, wide.n, small->facts, i, end))
            continue;
        *out = (struct part){ small, i, end };
        n++;
    }
    const bool found = good && n == 1 && all_follow(&narrow_one, &wide);
    free(wide.at);
    free(narrow_one.at);
    free(unused[0].at);
    free(unused[1].at);
    return found;
}

static bool
excludes(const struct part *x, const struct part *y)
{
    for (size_t i = x->first; i < x->end; i++)
        for (size_t k = y->first; k < y->end; k++)
            if (x->table->facts[i].subject == y->table->facts[k].subject &&
                condition_excludes(x->table->facts[i].what, y->table->facts[k].what))
                return true;
    return false;
}

/* The margin of ${t} over the columns, of those whom the conditions of ${other} leave as far as it tells; SIZE_MAX: no memory. */
static size_t
margin_beside(struct all *a, const struct table *t, const struct table *other, const struct column *columns, size_t n)
{
    struct conditions_of all, narrowed;
    const size_t found = narrow(t, other, &all, &narrowed) ? find_margin(a, t, &all, &narrowed, columns, n) : SIZE_MAX;

    free(all.at);
    free(narrowed.at);
    return found;
}

/* A count of the whole is those of the parts, and of others. */
static bool
tie_sum(struct all *a, size_t whole, const size_t *parts, size_t n)
{
    struct text name = TEXT_INIT;
    int64_t others = disclosure_value(a->d, whole);
    const size_t before = a->nested.n;

    text_printf(&name, "%zu", whole);
    for (size_t i = 0; i < n; i++) {
        text_printf(&name, " %zu", parts[i]);
        others -= disclosure_value(a->d, parts[i]);
    }
    const bool good = !name.failed && name_map_add(&a->nested, name.at, 0);
    text_release(&name);
    if (!good || a->nested.n == before || others < 0)
        return good;
    const size_t sum = disclosure_sum(a->d);
    for (size_t i = 0; i < n; i++)
        disclosure_part(a->d, sum, parts[i], 1);
    if (others)
        disclosure_part(a->d, sum, disclosure_count(a->d, others), 1);
    disclosure_same(a->d, sum, whole);
    return true;
}

/* Two parts, and every further one that has all of their columns and none of their people. */
static bool
tie_together(struct all *a, const struct table *t, const struct part *parts, size_t n, const struct column *columns,
             size_t n_columns, const struct part *x, const struct part *y)
{
    const struct part **chosen = malloc((n + 2) * sizeof *chosen);
    size_t *margins = malloc((n + 2) * sizeof *margins), *counts = malloc((n + 2) * sizeof *counts), n_chosen = 2;
    bool good = chosen && margins && counts;

    for (size_t i = 0; good && i < n; i++) {
        chosen[0] = x;
        chosen[1] = y;
        bool fits = true;
        for (size_t k = 0; k < n_chosen; k++)
            fits = fits && excludes(&parts[i], chosen[k]);
        for (size_t k = 0; k < n_columns && fits; k++) {
            const size_t own = find_column(parts[i].table, columns[k].subject);
            fits = own < parts[i].table->n_columns && tells(&parts[i].table->columns[own], &columns[k]);
        }
        if (fits)
            chosen[n_chosen++] = &parts[i];
    }
    const size_t whole = good ? margin_beside(a, t, x->table, columns, n_columns) : SIZE_MAX;
    good = whole != SIZE_MAX;
    for (size_t k = 0; k < n_chosen && good; k++)
        good = (margins[k] = margin_beside(a, chosen[k]->table, t, columns, n_columns)) != SIZE_MAX;
    for (size_t i = 0; good && i < a->margins[whole].n; i++) {
        size_t n_counts = 0;
        for (size_t k = 0; k < n_chosen; k++) {
            const struct margin *m = &a->margins[margins[k]];
            const size_t found = *slot_of(m, a->margins[whole].keys + i * n_columns);
            if (found)
                counts[n_counts++] = m->counts[found - 1];
        }
        good = n_counts < 2 || tie_sum(a, a->margins[whole].counts[i], counts, n_counts);
    }
    free(chosen);
    free(margins);
    free(counts);
    return good;
}

/* What is left of a table's people when those of others, with different values of something, are taken away. */
static bool
tie_parts(struct all *a, size_t i, const bool *dropped)
{
    const struct table *t = &a->tables[i];
    struct part *parts = malloc((a->n_tables + 1) * sizeof *parts);
    size_t n = 0;
    bool good = parts != NULL;

    for (size_t k = 0; good && k < a->n_tables; k++)
        if (k != i && !dropped[k] && a->tables[k].what == t->what && find_part(a, t, &a->tables[k], &parts[n]))
            n++;
    for (size_t x = 0; x < n && good; x++)
        for (size_t y = 0; y < x && good; y++) {
            size_t n_two = 0, n_columns = 0;
            if (!excludes(&parts[x], &parts[y]))
                continue;
            struct column *two = common_columns(a, t, parts[x].table, &n_two);
            struct column *columns = two ? common_with(a, two, n_two, parts[y].table, &n_columns) : NULL;
            good = columns && tie_together(a, t, parts, n, columns, n_columns, &parts[x], &parts[y]);
            free_columns(two, n_two);
            free_columns(columns, n_columns);
        }
    free(parts);
    return good;
}

/* Texts by their numbers. */
static bool
spell(struct all *a)
{
    a->spelt = calloc(a->texts.n + 1, sizeof *a->spelt);
    for (size_t i = 0; a->spelt && i < a->texts.room; i++)
        if (a->texts.at[i].text)
            a->spelt[a->texts.at[i].value] = a->texts.at[i].text;
    return a->spelt != NULL;
}

/* A total that another table tells already needs no table. */
static bool
is_told_before(struct all *a, size_t i, bool *failed)
{
    struct conditions_of all, narrowed;
    bool before = false;

    if (a->tables[i].n_columns)
        return false;
    const size_t known = a->counts.n;
    const bool good = narrow(&a->tables[i], &a->tables[i], &all, &narrowed) &&
                      find_margin(a, &a->tables[i], &all, &narrowed, NULL, 0) != SIZE_MAX;
    *failed = *failed || !good;
    before = a->counts.n == known;
    free(all.at);
    free(narrowed.at);
    return before;
}

static void
release_all(struct all *a)
{
    for (size_t i = 0; i < a->n_tables; i++)
        release_table(&a->tables[i]);
    for (size_t i = 0; i < a->n_margins; i++)
        margin_release(&a->margins[i]);
    free(a->tables);
    free(a->margins);
    free(a->spelt);
    name_map_release(&a->texts);
    name_map_release(&a->made);
    name_map_release(&a->counts);
    name_map_release(&a->nested);
}

enum dyad_status
counted_tie(const struct counted *const *sets, const size_t *bases, size_t n, struct disclosure *d)
{
    struct all a = { .d = d };
    bool failed = false, *dropped = NULL;
    size_t n_tables = 0;

    for (size_t i = 0; i < n; i++)
        n_tables += sets[i]->n_tables;
    a.tables = calloc(n_tables + 1, sizeof *a.tables);
    dropped = calloc(n_tables + 1, sizeof *dropped);
    failed = a.tables == NULL || dropped == NULL;
    (void)number_of(&a.texts, "", &failed);
    for (size_t i = 0; i < n && !failed; i++)
        failed = !copy_set(&a, sets[i], bases[i]);
    failed = failed || !spell(&a);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        dropped[i] = is_told_before(&a, i, &failed);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        for (size_t k = 0; k < i && !failed; k++)
            if (!dropped[i] && !dropped[k] && a.tables[i].what == a.tables[k].what)
                failed = !tie_two(&a, &a.tables[k], &a.tables[i]);
    for (size_t i = 0; i < a.n_tables && !failed; i++)
        if (!dropped[i])
            failed = !tie_parts(&a, i, dropped);
    release_all(&a);
    free(dropped);
    return failed ? DYAD_NOMEM : DYAD_OK;
}
