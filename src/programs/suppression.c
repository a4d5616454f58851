#include "suppression.h"

#include "dyad/output/csv_table.h"
#include "dyad/output/numeral.h"

#include "counted.h"
#include "counted_related.h"
#include "name_map.h"
#include "suppression_group.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A cell of a table, or (column WHOLE_ROW) the numbers of a row that are no cells of their own. */
#define WHOLE_ROW SIZE_MAX
#define FLAG_ALONE (SIZE_MAX - 1) /* no number: the row is flagged */

struct binding {
    const struct table *table;
    size_t row, column, figure;
    size_t count; /* that a cell is; NO_COUNT */
};

#define NO_COUNT SIZE_MAX

struct note {
    char *text, *instead;
    size_t figure;
};

struct suppression {
    int64_t threshold;
    struct disclosure *counts;
    struct counted *people;  /* who they are */
    struct name_map names;   /* counts by name */
    /* Several results together: what is hidden is decided of all, in which this one's numbers begin at these. */
    struct suppression_member member;
    struct disclosure *decided;
    size_t first_count, first_figure;
    struct binding *bindings;
    size_t n_bindings, bindings_room;
    struct note *notes;
    size_t n_notes;
    size_t *inputs; /* figure of each; NO_COUNT: none */
    size_t n_inputs;
    bool applied, failed, wants_audit;
    bool all_open; /* nothing has to be hidden */
    struct text audit;
};

/* --- storage ------------------------------------------------------------------------------ */

struct suppression *
suppression_new(int64_t threshold, bool audit, const struct cohort_options *o)
{
    struct suppression *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->counts = disclosure_new(threshold);
    s->people = counted_new(o);
    if (s->counts == NULL || s->people == NULL) {
        suppression_free(s);
        return NULL;
    }
    s->decided = s->counts;
    s->threshold = threshold;
    s->wants_audit = audit;
    return s;
}

void
suppression_free(struct suppression *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_notes; i++) {
        free(s->notes[i].text);
        free(s->notes[i].instead);
    }
    name_map_release(&s->names);
    free(s->bindings);
    free(s->notes);
    free(s->inputs);
    disclosure_free(s->counts);
    counted_free(s->people);
    text_release(&s->audit);
    free(s);
}

void
suppression_join(struct suppression *s, const struct suppression_member *member)
{
    if (s)
        s->member = *member;
}

struct counted *
suppression_people(struct suppression *s)
{
    return s ? s->people : NULL;
}

int64_t
suppression_threshold(const struct suppression *s)
{
    return s ? s->threshold : 0;
}

struct disclosure *
suppression_counts(struct suppression *s)
{
    return s ? s->counts : NULL;
}

bool
suppression_is_applied(const struct suppression *s)
{
    return s == NULL || s->applied;
}

const struct text *
suppression_audit(const struct suppression *s)
{
    return s && s->wants_audit ? &s->audit : NULL;
}

/* --- names -------------------------------------------------------------------------------- */

size_t
suppression_name(struct suppression *s, const char *name, size_t count)
{
    const struct named *n = s ? name_map_add(&s->names, name, count) : NULL;

    if (s && n == NULL)
        s->failed = true;
    if (n == NULL)
        return count;
    disclosure_same(s->counts, n->value, count);
    return n->value;
}

bool
suppression_named(const struct suppression *s, const char *name, size_t *out)
{
    const struct named *n = s ? name_map_find(&s->names, name) : NULL;

    if (n)
        *out = n->value;
    return n != NULL;
}

/* --- cells of a crosstab ------------------------------------------------------------------ */

struct people_counts
people_counts_begin(struct suppression *s)
{
    return (struct people_counts){ disclosure_sum(s->counts), disclosure_sum(s->counts), disclosure_sum(s->counts) };
}

void
people_counts_add(struct suppression *s, const struct people_counts *sums, const struct people_counts *part)
{
    const size_t to[] = { sums->events, sums->non_events, sums->missing };
    const size_t from[] = { part->events, part->non_events, part->missing };

    for (size_t k = 0; k < 3; k++)
        if (from[k] != COUNT_OF_NOBODY)
            disclosure_part(s->counts, to[k], from[k], 1);
}

struct people_counts
people_counts_typed(struct suppression *s, const struct people *p)
{
    return (struct people_counts){ disclosure_count(s->counts, p->events), disclosure_count(s->counts, p->non_events),
                                   disclosure_count(s->counts, p->missing) };
}

size_t
people_counts_n(struct suppression *s, const struct people_counts *p)
{
    const size_t n = disclosure_sum(s->counts);

    disclosure_part(s->counts, n, p->events, 1);
    disclosure_part(s->counts, n, p->non_events, 1);
    return n;
}

/* The cells' codes are those of the table that was begun, with one count of each. */
static void
tell_cells(struct suppression *s, const struct cohort *c, const struct crosstab_spec *spec, const struct crosstab_cell *cells,
           size_t n, const size_t *counts)
{
    const char *values[CROSSTAB_FACTORS];

    for (size_t k = 0; k < spec->n_factors; k++)
        counted_column(s->people, cohort_factor_name(c, spec->factors[k]), COUNTED_LEVELS, NULL);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < spec->n_factors; k++)
            values[k] = analysis_level(c, spec->factors[k], cells[i].codes[k]);
        counted_cell(s->people, values, counts[i]);
    }
}

static void
tell_groups(struct suppression *s, const struct cohort *c, const struct crosstab_spec *spec, const struct event *e,
            const struct crosstab_cell *cells, size_t n, const struct people_counts *out, size_t *counts)
{
    static const char *const kinds[] = { "events", "non-events", "without" };

    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            counts[i] = k == 0 ? out[i].events : k == 1 ? out[i].non_events : out[i].missing;
        counted_groups(s->people, kinds[k], e->column, e->value);
        tell_cells(s, c, spec, cells, n, counts);
    }
}

void
suppression_crosstab(struct suppression *s, const struct cohort *c, const struct crosstab_spec *spec, const struct event *e,
                     const struct crosstab_cell *cells, size_t n, struct people_counts *out)
{
    if (s == NULL)
        return;
    size_t *counts = malloc((n + 1) * sizeof *counts);

    if (counts == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct crosstab_cell *cell = &cells[i];
        if (e->coding == EVENT_COUNTS) {
            out[i] = people_counts_typed(s, &(struct people){ cell->events, cell->total - cell->events, cell->records });
            continue;
        }
        const int state = e->states[cell->codes[spec->n_factors - 1]];
        counts[i] = disclosure_count(s->counts, cell->records);
        out[i] = (struct people_counts){ state == 1 ? counts[i] : COUNT_OF_NOBODY, state == 0 ? counts[i] : COUNT_OF_NOBODY,
                                         state == 1 || state == 0 ? COUNT_OF_NOBODY : counts[i] };
    }
    if (e->coding == EVENT_COUNTS) {
        tell_groups(s, c, spec, e, cells, n, out, counts);
    } else {
        counted_table(s->people, COUNTED_RECORDS, SIZE_MAX);
        tell_cells(s, c, spec, cells, n, counts);
    }
    free(counts);
}

/* --- what shows them ----------------------------------------------------------------------- */

static size_t
figure_of(struct suppression *s, const size_t *counts, size_t n)
{
    const size_t figure = disclosure_figure(s->counts);

    for (size_t i = 0; i < n; i++)
        disclosure_shows(s->counts, figure, counts[i]);
    return figure;
}

static void
bind(struct suppression *s, struct binding b)
{
    if (s->n_bindings == s->bindings_room) {
        const size_t room = s->bindings_room ? 2 * s->bindings_room : 64;
        struct binding *grown = s->failed ? NULL : realloc(s->bindings, room * sizeof *grown);
        if (grown == NULL) {
            s->failed = true;
            return;
        }
        s->bindings = grown;
        s->bindings_room = room;
    }
    s->bindings[s->n_bindings++] = b;
}

void
suppression_cell(struct suppression *s, const struct table *t, size_t row, const char *column, size_t count)
{
    if (s)
        bind(s, (struct binding){ t, row, table_find_column(t, column), figure_of(s, &count, 1), count });
}

void
suppression_numbers(struct suppression *s, const struct table *t, size_t row, const size_t *counts, size_t n)
{
    if (s)
        bind(s, (struct binding){ t, row, WHOLE_ROW, figure_of(s, counts, n), NO_COUNT });
}

void
suppression_open(struct suppression *s, const struct table *t, size_t row, const char *column)
{
    if (s)
        bind(s, (struct binding){ t, row, table_find_column(t, column), figure_of(s, NULL, 0), NO_COUNT });
}

void
suppression_flag(struct suppression *s, const struct table *t, size_t row)
{
    if (s)
        bind(s, (struct binding){ t, row, FLAG_ALONE, 0, NO_COUNT });
}

void
suppression_open_all(struct suppression *s)
{
    if (s)
        s->all_open = true;
}

void
suppression_note(struct suppression *s, struct result *r, const size_t *counts, size_t n, const char *instead,
                 const char *fmt, ...)
{
    struct text note = TEXT_INIT;
    va_list args;

    va_start(args, fmt);
    text_vprintf(&note, fmt, args);
    va_end(args);
    if (note.failed) {
        r->failed = true;
        text_release(&note);
        return;
    }
    result_note(r, "%s", note.at);
    struct note *grown = s ? realloc(s->notes, (s->n_notes + 1) * sizeof *grown) : NULL;
    if (grown) {
        s->notes = grown;
        grown[s->n_notes++] = (struct note){ text_steal(&note), text_copy(instead), figure_of(s, counts, n) };
    } else if (s) {
        s->failed = true;
    }
    text_release(&note);
}

/* Those without one of all columns are those without one of the columns that somebody is without. */
size_t
suppression_left_out(struct suppression *s, const char *const *names, const int64_t *without, size_t n, size_t count)
{
    const char **lacked = s ? malloc((n + 1) * sizeof *lacked) : NULL;
    size_t n_lacked = 0;

    if (s && lacked == NULL)
        s->failed = true;
    if (lacked == NULL)
        return count;
    for (size_t i = 0; i < n; i++)
        if (without[i])
            lacked[n_lacked++] = names[i];
    for (int k = 0; n_lacked && k < (n_lacked < n ? 2 : 1); k++) {
        counted_table(s->people, COUNTED_RECORDS, SIZE_MAX);
        counted_lack(s->people, k ? lacked : names, k ? n_lacked : n);
        counted_cell(s->people, NULL, count);
    }
    free(lacked);
    return count;
}

void
suppression_input(struct suppression *s, size_t input, size_t records)
{
    size_t *grown = s ? realloc(s->inputs, (input + 1) * sizeof *grown) : NULL;
    struct text what = TEXT_INIT;

    if (s && grown == NULL)
        s->failed = true;
    if (grown == NULL)
        return;
    s->inputs = grown;
    while (s->n_inputs <= input)
        grown[s->n_inputs++] = NO_COUNT;
    grown[input] = figure_of(s, &records, 1);
    text_printf(&what, "records of file %zu", input);
    s->failed = s->failed || what.failed;
    counted_table(s->people, what.failed ? "" : what.at, 0);
    counted_cell(s->people, NULL, records);
    text_release(&what);
}

/* --- the end ------------------------------------------------------------------------------- */

static bool
is_hidden(const struct suppression *s, size_t figure)
{
    return disclosure_is_hidden(s->decided, s->first_figure + figure);
}

static bool
is_number(const struct cell *c)
{
    return c->state == CELL_COUNT || c->state == CELL_NUMBER;
}

/* What is known of each cell of a table: HIDDEN unless told otherwise. */
enum verdict { VERDICT_UNTOLD, VERDICT_SHOWN, VERDICT_HIDDEN };

/* The column `suppressed` of a table, and whether anything but that somewhere nobody is is left of it. */
static bool
empty_cells(struct table *t, const enum verdict *cells, const enum verdict *rows, bool *flags)
{
    bool any = false;

    for (size_t row = 0; row < t->n_rows; row++)
        for (size_t k = 0; k < t->n_columns; k++) {
            const enum verdict own = cells[row * t->n_columns + k];
            if (!is_number(table_cell(t, row, k)))
                continue;
            if ((own == VERDICT_UNTOLD ? rows[row] : own) == VERDICT_SHOWN) {
                const struct cell *c = table_cell(t, row, k);
                any = any || c->state == CELL_NUMBER || c->is.count > 0;
                continue;
            }
            table_empty(t, row, k);
            flags[row] = true;
        }
    return any;
}

static enum dyad_status
apply_table(struct suppression *s, struct table *t, bool *any)
{
    enum verdict *cells = calloc(t->n_rows * t->n_columns + 1, sizeof *cells);
    enum verdict *rows = calloc(t->n_rows + 1, sizeof *rows);
    bool *flags = calloc(t->n_rows + 1, sizeof *flags);
    enum dyad_status st = cells && rows && flags ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; st == DYAD_OK && i < s->n_bindings; i++) {
        const struct binding *b = &s->bindings[i];
        if (b->table != t || b->row >= t->n_rows)
            continue;
        flags[b->row] = flags[b->row] || b->column == FLAG_ALONE;
        if (b->column == FLAG_ALONE)
            continue;
        enum verdict *v = b->column == WHOLE_ROW ? &rows[b->row] : &cells[b->row * t->n_columns + b->column];
        if (*v != VERDICT_HIDDEN)
            *v = is_hidden(s, b->figure) ? VERDICT_HIDDEN : VERDICT_SHOWN;
    }
    if (st == DYAD_OK) {
        *any = empty_cells(t, cells, rows, flags);
        table_flag(t, "suppressed", flags);
    }
    free(cells);
    free(rows);
    free(flags);
    return st;
}

/* The words of a row, which say what it is about. */
static void
name_row(const struct table *t, size_t row, struct text *out)
{
    text_clear(out);
    text_puts(out, "");
    for (size_t k = 0; k < t->n_columns; k++) {
        const struct cell *c = table_cell(t, row, k);
        if (c->state == CELL_TEXT && t->columns[k].role != COLUMN_SENTENCE && *c->is.text)
            text_printf(out, "%s%s", out->length ? " / " : "", c->is.text);
    }
}

static enum dyad_status
audit_cell(struct suppression *s, const struct binding *b, struct table *t, struct text *name, struct dyad_error *err)
{
    struct disclosure_range range;
    const int64_t value = disclosure_value(s->decided, s->first_count + b->count);
    const enum dyad_status st = disclosure_range(s->decided, s->first_count + b->count, &range);

    if (st != DYAD_OK)
        return dyad_fail(err, st == DYAD_NOMEM ? st : DYAD_DEFECT,
                         st == DYAD_NOMEM ? "out of memory" : "--audit: a range was not found");
    if (range.low >= range.high ||
        (value > 0 && value < s->threshold && (range.high < s->threshold || range.high - range.low < s->threshold - 2)))
        return dyad_fail(err, DYAD_DEFECT, "--audit: a hidden count could be worked out from the others: this is a "
                                           "defect of the program");
    name_row(b->table, b->row, name);
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "table", b->table->name);
    table_set_count(t, "row", (int64_t)b->row + 1);
    table_set_text(t, "of", name->failed ? "" : name->at);
    table_set_text(t, "column", b->table->columns[b->column].name);
    table_set_count(t, "low", range.low);
    if (range.high < INT64_MAX)
        table_set_count(t, "high", range.high);
    return name->failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : DYAD_OK;
}

/* Before the cells are emptied, while the rows still have their own columns alone. */
static enum dyad_status
audit(struct suppression *s, struct dyad_error *err)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "audit");
    struct text name = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    table_column(t, "table", COLUMN_LABEL);
    table_column(t, "row", COLUMN_COUNT);
    table_column(t, "of", COLUMN_LABEL);
    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "low", COLUMN_COUNT);
    table_column(t, "high", COLUMN_COUNT);
    for (size_t i = 0; i < s->n_bindings && st == DYAD_OK; i++)
        if (s->bindings[i].count != NO_COUNT && is_hidden(s, s->bindings[i].figure))
            st = audit_cell(s, &s->bindings[i], t, &name, err);
    if (st == DYAD_OK)
        csv_table_render(t, &s->audit);
    if (st == DYAD_OK && (s->audit.failed || result_status(&r) != DYAD_OK))
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    text_release(&name);
    result_release(&r);
    return st;
}

static void
apply_rest(struct suppression *s, struct result *r)
{
    for (size_t i = 0; i < s->n_notes; i++)
        if (is_hidden(s, s->notes[i].figure))
            result_change_note(r, s->notes[i].text, s->notes[i].instead);
    /* One that is told gives the others' away where all together are.  Those behind the cohort's files are of no people. */
    bool hidden = s->n_inputs == 0;
    for (size_t i = 0; i < s->n_inputs; i++)
        hidden = hidden || s->inputs[i] == NO_COUNT || is_hidden(s, s->inputs[i]);
    for (size_t i = 0; i < r->n_inputs; i++)
        r->inputs[i].hidden = hidden && (i < s->n_inputs || s->n_inputs == 0);
    result_note(r, "Suppressed (--suppress %" PRId64 "): counts from 1 to %" PRId64 ", what is computed from them, and as many "
                   "other figures as keep each of them from being worked out from what is shown.",
                s->threshold, s->threshold - 1);
    if (disclosure_n_told(s->decided))
        result_note(r, "Who knew which of the hidden counts are small could work some of them out: there are so many of them "
                       "that they leave each other no room. Larger groups are safer.");
}

/* The tables have the column all the same, and there is an audit of no cells. */
static enum dyad_status
apply_nothing(struct suppression *s, struct result *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    s->n_bindings = 0;
    for (size_t i = 0; i < r->n_tables && st == DYAD_OK; i++) {
        bool *flags = calloc(r->tables[i]->n_rows + 1, sizeof *flags);
        if (flags == NULL)
            st = dyad_fail(err, DYAD_NOMEM, "out of memory");
        else
            table_flag(r->tables[i], "suppressed", flags);
        free(flags);
    }
    result_note(r, "--suppress %" PRId64 ": no count is from 1 to %" PRId64 ", and nothing is hidden.", s->threshold,
                s->threshold - 1);
    if (st == DYAD_OK && result_status(r) != DYAD_OK)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    return st == DYAD_OK && s->wants_audit ? audit(s, err) : st;
}

/* Of this result alone, or of all whose group it is in. */
static enum dyad_status
decide(struct suppression *s)
{
    struct counted *const people = s->people;
    const struct counted *const tied = s->people;
    const size_t first = 0;

    if (s->member.group)
        return suppression_group_decide(&s->member, s->threshold, s->counts, s->people, &s->decided, &s->first_count,
                                        &s->first_figure);
    enum dyad_status st = counted_relate(&people, &s->counts, 1);
    if (st == DYAD_OK)
        st = counted_tie(&tied, &first, 1, s->counts);
    return st == DYAD_OK ? disclosure_protect(s->counts) : st;
}

/* The ranges of a group are computed by one at a time. */
static enum dyad_status
audit_alone(struct suppression *s, struct dyad_error *err)
{
    suppression_group_lock(s->member.group);
    const enum dyad_status st = audit(s, err);
    suppression_group_unlock(s->member.group);
    return st;
}

enum dyad_status
suppression_apply(struct suppression *s, struct result *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    bool any = true, first = true;

    if (s == NULL)
        return DYAD_OK;
    s->applied = true;
    if (s->all_open) {
        suppression_group_leave(&s->member);
        return apply_nothing(s, r, err);
    }
    for (size_t i = 0; i < s->n_notes; i++)
        s->failed = s->failed || s->notes[i].text == NULL || s->notes[i].instead == NULL;
    if (s->failed || result_status(r) != DYAD_OK || (st = decide(s)) == DYAD_NOMEM)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (st != DYAD_OK)
        return dyad_fail(err, DYAD_DEFECT, "--suppress: the figures to hide were not found");
    if (s->wants_audit && (st = audit_alone(s, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < r->n_tables; i++) {
        if (apply_table(s, r->tables[i], &any) != DYAD_OK)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
        first = i == 0 ? any : first;
    }
    apply_rest(s, r);
    if (result_status(r) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return first ? DYAD_OK
                 : dyad_fail(err, DYAD_DOMAIN, "--suppress %" PRId64 " hides every number of the table %s: groups are too small: "
                                               "take larger ones, or fewer",
                             s->threshold, r->tables[0]->name);
}

void
suppression_done(struct suppression *s, struct result *r)
{
    if (s == NULL)
        return;
    s->applied = true;
    suppression_group_leave(&s->member);
    for (size_t i = 0; i < r->n_inputs; i++)
        r->inputs[i].hidden = true;
}

/* --- pictures ------------------------------------------------------------------------------ */

bool
suppression_is_row(const struct table *t, size_t row)
{
    return table_find_column(t, "suppressed") < t->n_columns && strcmp(table_text(t, row, "suppressed"), "true") == 0;
}

static void
put_count(struct text *out, const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, table_find_column(t, column));

    if (c->state == CELL_COUNT)
        text_printf(out, "%" PRId64, c->is.count);
    else
        text_putc(out, '*');
}

void
suppression_put_fraction(struct text *out, const struct table *t, size_t row, const char *events, const char *n)
{
    put_count(out, t, row, events);
    text_putc(out, '/');
    put_count(out, t, row, n);
}

void
suppression_caption(const struct suppression *s, struct text *out)
{
    if (s)
        text_printf(out, " *: suppressed, counts from 1 to %" PRId64 " and what would reveal them.", s->threshold - 1);
}
