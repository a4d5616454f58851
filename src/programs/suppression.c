#include "suppression.h"

#include "dyad/output/csv_table.h"
#include "dyad/output/numeral.h"

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

struct name {
    char *text;
    size_t count;
};

struct note {
    char *text, *instead;
    size_t figure;
};

struct suppression {
    int64_t threshold;
    struct disclosure *counts;
    struct name *names; /* a table of hashes; text NULL: free */
    size_t n_names, names_room;
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
suppression_new(int64_t threshold, bool audit)
{
    struct suppression *s = calloc(1, sizeof *s);

    if (s == NULL || (s->counts = disclosure_new(threshold)) == NULL) {
        free(s);
        return NULL;
    }
    s->threshold = threshold;
    s->wants_audit = audit;
    return s;
}

void
suppression_free(struct suppression *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->names_room; i++)
        free(s->names[i].text);
    for (size_t i = 0; i < s->n_notes; i++) {
        free(s->notes[i].text);
        free(s->notes[i].instead);
    }
    free(s->names);
    free(s->bindings);
    free(s->notes);
    free(s->inputs);
    disclosure_free(s->counts);
    text_release(&s->audit);
    free(s);
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

static struct name *
find_name(const struct suppression *s, const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = hash & (s->names_room - 1);; i = (i + 1) & (s->names_room - 1))
        if (s->names[i].text == NULL || strcmp(s->names[i].text, text) == 0)
            return &s->names[i];
}

static bool
make_room(struct suppression *s)
{
    struct suppression wider = { .names_room = s->names_room ? 2 * s->names_room : 256 };

    if (2 * s->n_names < s->names_room)
        return true;
    if (s->failed || (wider.names = calloc(wider.names_room, sizeof *wider.names)) == NULL) {
        s->failed = true;
        return false;
    }
    for (size_t i = 0; i < s->names_room; i++)
        if (s->names[i].text)
            *find_name(&wider, s->names[i].text) = s->names[i];
    free(s->names);
    s->names = wider.names;
    s->names_room = wider.names_room;
    return true;
}

size_t
suppression_name(struct suppression *s, const char *name, size_t count)
{
    if (s == NULL || !make_room(s))
        return count;
    struct name *n = find_name(s, name);
    if (n->text) {
        disclosure_same(s->counts, n->count, count);
        return n->count;
    }
    *n = (struct name){ text_copy(name), count };
    if (n->text)
        s->n_names++;
    else
        s->failed = true;
    return count;
}

bool
suppression_named(const struct suppression *s, const char *name, size_t *out)
{
    const struct name *n = s && s->names_room ? find_name(s, name) : NULL;

    if (n == NULL || n->text == NULL)
        return false;
    *out = n->count;
    return true;
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

/* Cells under way: their codes at some factors, and one count each. */
struct margin {
    size_t factors[CROSSTAB_FACTORS], n_factors;
    const char *kind; /* what is counted */
    const uint32_t **codes; /* the table's: of its factors, in its order */
    size_t places[CROSSTAB_FACTORS]; /* of our factors among them */
    size_t *counts;
    size_t n;
};

static void
margin_release(struct margin *m)
{
    free(m->codes);
    free(m->counts);
    *m = (struct margin){ .n = 0 };
}

static bool
margin_reserve(struct margin *m, size_t n)
{
    m->codes = malloc((n + 1) * sizeof *m->codes);
    m->counts = malloc((n + 1) * sizeof *m->counts);
    return m->codes && m->counts;
}

/* "records 3=1 7=2": the factors ascending, so that tables that share them share the name. */
static void
name_cell(const struct margin *m, const uint32_t *codes, struct text *name)
{
    size_t least = 0;

    text_clear(name);
    text_puts(name, m->kind);
    for (size_t done = 0; done < m->n_factors; done++) {
        size_t next = CROSSTAB_FACTORS;
        for (size_t i = 0; i < m->n_factors; i++)
            if (m->factors[i] >= least && (next == CROSSTAB_FACTORS || m->factors[i] < m->factors[next]))
                next = i;
        if (next == CROSSTAB_FACTORS)
            break;
        text_printf(name, " %zu=%" PRIu32, m->factors[next], codes[m->places[next]]);
        least = m->factors[next] + 1;
    }
}

/* The sums of ${from} over all factors but the ${kept} first, and ${last} of its own last ones. */
static bool
sum_over(struct suppression *s, const struct margin *from, size_t kept, size_t last, struct margin *out)
{
    struct text name = TEXT_INIT;
    struct suppression seen = { .counts = s->counts }; /* sums of this margin alone: others may share the names */
    bool good;

    *out = (struct margin){ .kind = from->kind };
    for (size_t i = 0; i < from->n_factors; i++)
        if (i < kept || i + last >= from->n_factors) {
            out->factors[out->n_factors] = from->factors[i];
            out->places[out->n_factors++] = from->places[i];
        }
    good = margin_reserve(out, from->n);
    for (size_t i = 0; good && i < from->n; i++) {
        size_t sum;
        name_cell(out, from->codes[i], &name);
        if (name.failed || !make_room(&seen))
            good = false;
        else if (!suppression_named(&seen, name.at, &sum)) {
            sum = disclosure_sum(s->counts);
            (void)suppression_name(&seen, name.at, sum);
            out->codes[out->n] = from->codes[i];
            out->counts[out->n++] = sum;
        }
        if (good)
            disclosure_part(s->counts, sum, from->counts[i], 1);
    }
    good = good && !seen.failed;
    for (size_t i = 0; good && i < out->n; i++) {
        name_cell(out, out->codes[i], &name);
        if ((good = !name.failed))
            out->counts[i] = suppression_name(s, name.at, out->counts[i]);
    }
    for (size_t i = 0; i < seen.names_room; i++)
        free(seen.names[i].text);
    free(seen.names);
    text_release(&name);
    if (!good)
        margin_release(out);
    return good;
}

/*
 * The sums that tables share: of a group by outcome (with other exposures), of a group by the rest (with other
 * outcomes), of a group, and all.
 */
static bool
tell_margins(struct suppression *s, const struct margin *all, size_t n_by, bool has_outcome)
{
    struct margin outcome = { .n = 0 }, rest = { .n = 0 }, group = { .n = 0 }, same = { .n = 0 }, total = { .n = 0 };
    const bool good = sum_over(s, all, n_by, has_outcome, &outcome) &&
                      sum_over(s, all, all->n_factors - has_outcome, 0, &rest) && sum_over(s, &outcome, n_by, 0, &group) &&
                      sum_over(s, &rest, n_by, 0, &same) && sum_over(s, &group, 0, 0, &total);

    margin_release(&outcome);
    margin_release(&rest);
    margin_release(&group);
    margin_release(&same);
    margin_release(&total);
    return good;
}

/* One kind of count of all cells. */
static void
tell_kind(struct suppression *s, const struct crosstab_spec *spec, const struct crosstab_cell *cells, size_t n,
          size_t n_by, bool has_outcome, const char *kind, const size_t *counts)
{
    struct margin all = { .n_factors = spec->n_factors, .kind = kind };
    struct text name = TEXT_INIT;
    bool good = margin_reserve(&all, n);

    for (size_t k = 0; k < spec->n_factors; k++) {
        all.factors[k] = spec->factors[k];
        all.places[k] = k;
    }
    for (size_t i = 0; good && i < n; i++) {
        all.codes[i] = cells[i].codes;
        name_cell(&all, cells[i].codes, &name);
        good = !name.failed;
        all.counts[i] = good ? suppression_name(s, name.at, counts[i]) : 0;
        all.n++;
    }
    if (!good || !tell_margins(s, &all, n_by, has_outcome))
        s->failed = true;
    margin_release(&all);
    text_release(&name);
}

static void
tell_groups(struct suppression *s, const struct crosstab_spec *spec, const struct event *e,
            const struct crosstab_cell *cells, size_t n, size_t n_by, struct people_counts *out, size_t *counts)
{
    static const char *const kinds[] = { "events", "non-events", "without" };
    struct text kind = TEXT_INIT;

    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            counts[i] = k == 0 ? out[i].events : k == 1 ? out[i].non_events : out[i].missing;
        text_clear(&kind);
        text_printf(&kind, "%s of %s/%s:", kinds[k], e->column, e->value);
        if (kind.failed)
            s->failed = true;
        else
            tell_kind(s, spec, cells, n, n_by, false, kind.at, counts);
    }
    text_release(&kind);
}

void
suppression_crosstab(struct suppression *s, const struct crosstab_spec *spec, const struct event *e,
                     const struct crosstab_cell *cells, size_t n, size_t n_by, struct people_counts *out)
{
    if (s == NULL)
        return;
    size_t *counts = malloc((n + 1) * sizeof *counts);

    if (counts == NULL) {
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct crosstab_cell *c = &cells[i];
        if (e->coding == EVENT_COUNTS) {
            out[i] = people_counts_typed(s, &(struct people){ c->events, c->total - c->events, c->records });
            continue;
        }
        const int state = e->states[c->codes[spec->n_factors - 1]];
        counts[i] = disclosure_count(s->counts, c->records);
        out[i] = (struct people_counts){ state == 1 ? counts[i] : COUNT_OF_NOBODY, state == 0 ? counts[i] : COUNT_OF_NOBODY,
                                         state == 1 || state == 0 ? COUNT_OF_NOBODY : counts[i] };
    }
    if (e->coding == EVENT_COUNTS)
        tell_groups(s, spec, e, cells, n, n_by, out, counts);
    else
        tell_kind(s, spec, cells, n, n_by, true, "records", counts);
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

void
suppression_input(struct suppression *s, size_t input, size_t records)
{
    size_t *grown = s ? realloc(s->inputs, (input + 1) * sizeof *grown) : NULL;

    if (s && grown == NULL)
        s->failed = true;
    if (grown == NULL)
        return;
    s->inputs = grown;
    while (s->n_inputs <= input)
        grown[s->n_inputs++] = NO_COUNT;
    grown[input] = figure_of(s, &records, 1);
}

/* --- the end ------------------------------------------------------------------------------- */

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
            *v = disclosure_is_hidden(s->counts, b->figure) ? VERDICT_HIDDEN : VERDICT_SHOWN;
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
    const int64_t value = disclosure_value(s->counts, b->count);
    const enum dyad_status st = disclosure_range(s->counts, b->count, &range);

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
        if (s->bindings[i].count != NO_COUNT && disclosure_is_hidden(s->counts, s->bindings[i].figure))
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
        if (disclosure_is_hidden(s->counts, s->notes[i].figure))
            result_change_note(r, s->notes[i].text, s->notes[i].instead);
    /* One that is told gives the others' away where all together are. */
    bool hidden = false;
    for (size_t i = 0; i < r->n_inputs; i++)
        hidden = hidden || i >= s->n_inputs || s->inputs[i] == NO_COUNT || disclosure_is_hidden(s->counts, s->inputs[i]);
    for (size_t i = 0; i < r->n_inputs; i++)
        r->inputs[i].hidden = hidden;
    result_note(r, "Suppressed (--suppress %" PRId64 "): counts from 1 to %" PRId64 ", what is computed from them, and as many "
                   "other figures as keep each of them from being worked out from what is shown.",
                s->threshold, s->threshold - 1);
    if (disclosure_n_told(s->counts))
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

enum dyad_status
suppression_apply(struct suppression *s, struct result *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    bool any = true, first = true;

    if (s == NULL)
        return DYAD_OK;
    s->applied = true;
    if (s->all_open)
        return apply_nothing(s, r, err);
    for (size_t i = 0; i < s->n_notes; i++)
        s->failed = s->failed || s->notes[i].text == NULL || s->notes[i].instead == NULL;
    if (s->failed || result_status(r) != DYAD_OK || (st = disclosure_protect(s->counts)) == DYAD_NOMEM)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (st != DYAD_OK)
        return dyad_fail(err, DYAD_DEFECT, "--suppress: the figures to hide were not found");
    if (s->wants_audit && (st = audit(s, err)) != DYAD_OK)
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
