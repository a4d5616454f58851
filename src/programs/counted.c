#include "counted.h"

#include "counted_ties.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- telling ------------------------------------------------------------------------------- */

void
counted_table_release(struct people_table *t)
{
    free(t->facts);
    for (size_t k = 0; t->columns && k < t->n_columns; k++)
        free(t->columns[k].name);
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
        counted_table_release(&c->tables[i]);
    free(c->tables);
    free(c->idle);
    conditions_release(&c->filters);
    conditions_release(&c->said);
    name_map_release(&c->texts);
    text_release(&c->data);
    free(c);
}

size_t
counted_number(struct name_map *texts, const char *text, bool *failed)
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
    (void)counted_number(&c->texts, "", &c->failed);
    c->idle = calloc(o->n_filters + 1, sizeof *c->idle);
    if (c->failed || c->idle == NULL || c->data.failed ||
        conditions_read(o->filters, o->n_filters, o->derived, o->n_derived, &c->filters) != DYAD_OK) {
        counted_free(c);
        return NULL;
    }
    return c;
}

static struct people_table *
last_table(struct counted *c)
{
    return c->failed || c->n_tables == 0 ? NULL : &c->tables[c->n_tables - 1];
}

/* A way to say the condition ${number} of the last table, at ${i} of a list: it is numbered by what it says. */
static void
add_fact(struct counted *c, const struct conditions *list, size_t i, size_t number, size_t filter, bool idle)
{
    struct people_table *t = last_table(c);
    struct fact *grown = t ? realloc(t->facts, (t->n_facts + 1) * sizeof *grown) : NULL;
    const struct condition *said = &list->at[i];
    struct text name = TEXT_INIT;

    c->failed = c->failed || grown == NULL;
    if (grown == NULL)
        return;
    t->facts = grown;
    condition_name(said, &name);
    c->failed = c->failed || name.failed;
    grown[t->n_facts++] =
        (struct fact){ .subject = counted_number(&c->texts, said->subject, &c->failed),
                       .name = name.failed ? 0 : counted_number(&c->texts, name.at, &c->failed),
                       .only = said->n == 1 ? counted_number(&c->texts, said->values[0], &c->failed) : 0,
                       .said = i,
                       .number = number,
                       .filter = filter,
                       .idle = idle };
    text_release(&name);
}

void
counted_table(struct counted *c, const char *what, size_t filters)
{
    struct text name = TEXT_INIT;
    struct people_table *grown = c->failed ? NULL : realloc(c->tables, (c->n_tables + 1) * sizeof *grown);

    c->failed = grown == NULL;
    if (grown == NULL)
        return;
    c->tables = grown;
    text_printf(&name, "%s\n%s", c->data.at, what);
    grown[c->n_tables++] =
        (struct people_table){ .what = name.failed ? 0 : counted_number(&c->texts, name.at, &c->failed) };
    c->failed = c->failed || name.failed;
    text_release(&name);
    for (size_t i = 0; i < c->filters.n; i++)
        if (c->filters.at[i].filter < filters)
            add_fact(c, &c->filters, i, c->filters.at[i].number, c->filters.at[i].filter, false);
}

void
counted_groups(struct counted *c, const char *kind, const char *events, const char *totals)
{
    struct text what = TEXT_INIT;

    text_printf(&what, "%s of %s/%s", kind, events, totals);
    c->failed = c->failed || what.failed;
    counted_table(c, what.failed ? "" : what.at, SIZE_MAX);
    text_release(&what);
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
    const size_t number = subject.failed ? 0 : counted_number(&c->texts, subject.at, &c->failed);
    text_release(&subject);
    return number;
}

/* A condition by itself, the last table's next one, of a subject as condition_subject() writes it. */
static void
add_condition(struct counted *c, const char *subject, enum condition_kind kind, const char *value, bool idle)
{
    const struct people_table *t = last_table(c);

    if (t == NULL)
        return;
    if (conditions_add(&c->said, subject, kind, value) == NULL)
        c->failed = true;
    else
        add_fact(c, &c->said, c->said.n - 1, t->n_facts ? t->facts[t->n_facts - 1].number + 1 : 0, NO_FILTER, idle);
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

static void
put_value(struct counted *c, const char *text, struct text *out)
{
    condition_value(text, c->o->decimal ? c->o->decimal : '.', out);
    text_puts(out, "");
    c->failed = c->failed || out->failed;
}

static size_t
value_of(struct counted *c, const char *text)
{
    struct text value = TEXT_INIT;

    put_value(c, text, &value);
    const size_t number = value.failed ? 0 : counted_number(&c->texts, value.at, &c->failed);
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

    put_value(c, value, &as);
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
    struct people_table *t = last_table(c);
    struct people_column *grown = t ? realloc(t->columns, (t->n_columns + 1) * sizeof *grown) : NULL;

    c->failed = c->failed || grown == NULL;
    if (grown == NULL)
        return;
    t->columns = grown;
    grown[t->n_columns++] = (struct people_column){
        text_copy(name), subject_of(c, name), value ? value_of(c, value) : 0, detail, NULL, 0
    };
    c->failed = c->failed || grown[t->n_columns - 1].name == NULL;
}

/* Steps are named by their ends. */
size_t
counted_name_steps(struct name_map *texts, const double *ends, size_t n, bool *failed)
{
    struct text name = TEXT_INIT;

    text_puts(&name, "steps");
    for (size_t i = 0; i < n; i++)
        text_printf(&name, " %.9g", ends[i]);
    *failed = *failed || name.failed;
    const size_t number = name.failed ? 0 : counted_number(texts, name.at, failed);
    text_release(&name);
    return number;
}

void
counted_steps(struct counted *c, const char *name, const double *ends, size_t n)
{
    struct people_table *t = last_table(c);

    counted_column(c, name, COUNTED_STEPS, NULL);
    if (t == NULL || c->failed)
        return;
    struct people_column *k = &t->columns[t->n_columns - 1];
    k->value = counted_name_steps(&c->texts, ends, n, &c->failed);
    t->ends = malloc((n + 1) * sizeof *t->ends);
    c->failed = c->failed || t->ends == NULL;
    if (t->ends && n)
        memcpy(t->ends, ends, n * sizeof *ends);
    k->ends = t->ends;
    k->n_ends = n;
}

static size_t
cell_value(struct counted *c, const struct people_column *k, const char *text)
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
    struct people_table *t = last_table(c);

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
