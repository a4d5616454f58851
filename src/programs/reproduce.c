/* dyad reproduce: published figures, computed anew from the data behind them. */
#include "reproduce.h"

#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/number.h"
#include "dyad/data/reader.h"

#include "analysis.h"
#include "commands.h"
#include "options.h"
#include "search.h"
#include "suppression.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef DYAD_DATASETS
#define DYAD_DATASETS "/usr/local/share/dyad/datasets"
#endif

static const struct option_spec known[] = {
    { "only", OPTION_LIST, "ID,...", "only the rows of these ids" },
    { "search", OPTION_FLAG, NULL, "for a row that does not come back, try the conventions a paper may have used" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

enum field { ID, CITATION, COMMAND, QUANTITY, PUBLISHED, LOW, HIGH, EXPECTED, CONVENTION, MISSING, FIELDS };

static const char *const field_names[FIELDS] = { "id", "citation", "command", "quantity", "published", "published_low",
                                                 "published_high", "expected", "convention", "missing" };

enum verdict { REPRODUCED, REPRODUCED_UNDER, DIFFERS, NO_DATA, FAILED, VERDICTS };

static const char *const verdict_names[VERDICTS] = { "reproduced", "reproduced-under", "differs", "no-data", "failed" };

struct row {
    char *fields[FIELDS];
    uint64_t line;
};

struct registry {
    const char *path;
    char *folder;
    struct row *rows;
    size_t n;
    bool hash;   /* the data files are to be hashed */
    bool search; /* for the convention of what does not come back */
};

/* What a row's command gave. */
struct finding {
    struct figure figure;
    enum verdict verdict;
    int digits;
    char *convention; /* found by a search; NULL without */
};

/* --- reading the registry ----------------------------------------------------------------- */

static void
registry_release(struct registry *g)
{
    for (size_t i = 0; i < g->n; i++)
        for (size_t f = 0; f < FIELDS; f++)
            free(g->rows[i].fields[f]);
    free(g->rows);
    free(g->folder);
}

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
take_row(struct registry *g, struct reader *r, const struct block *b, size_t record, const size_t *columns,
         struct dyad_error *err)
{
    struct row *grown = realloc(g->rows, (g->n + 1) * sizeof *grown);
    struct text scratch = TEXT_INIT;
    const char *path;
    bool good = true;

    if (grown == NULL)
        return no_memory(err);
    g->rows = grown;
    struct row *row = &g->rows[g->n++];
    *row = (struct row){ .line = 0 };
    reader_place(r, block_place(b, record), &path, &row->line);
    for (size_t f = 0; f < FIELDS; f++) {
        size_t length = 0;
        const char *text = "";
        if (columns[f] < b->n_columns) {
            const size_t k = record * b->n_columns + columns[f], start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
            text = b->text + start;
            length = end - start;
            if (b->raw)
                text = field_bare(b->text, start, end, &scratch, &length);
        }
        row->fields[f] = strndup(text, length);
        good = good && row->fields[f] && !scratch.failed;
    }
    text_release(&scratch);
    return good ? DYAD_OK : no_memory(err);
}

static enum dyad_status
find_columns(const struct reader *r, const char *path, size_t columns[FIELDS], struct dyad_error *err)
{
    for (size_t f = 0; f < FIELDS; f++) {
        columns[f] = reader_find(r, field_names[f]);
        if (columns[f] == reader_n_columns(r) && f < CONVENTION)
            return dyad_fail(err, DYAD_DATA, "%s:1: no column '%s', which a registry needs", path, field_names[f]);
    }
    return DYAD_OK;
}

static enum dyad_status
read_blocks(struct registry *g, struct reader *r, const size_t *columns, struct dyad_error *err)
{
    struct block b = BLOCK_INIT;
    struct problem problem;
    enum dyad_status st;

    while ((st = reader_next(r, &b, err)) == DYAD_OK && b.n > 0) {
        if ((st = reader_index(r, &b, &problem)) == DYAD_PARSE) {
            const char *path;
            uint64_t line;
            reader_place(r, (struct place){ b.number, problem.line }, &path, &line);
            dyad_fail(err, st, "%s:%llu: %s", path, (unsigned long long)line, problem.text);
        } else if (st == DYAD_NOMEM) {
            no_memory(err);
        }
        for (size_t i = 0; st == DYAD_OK && i < b.n_records; i++)
            st = take_row(g, r, &b, i, columns, err);
        if (st != DYAD_OK)
            break;
    }
    block_release(&b);
    return st == DYAD_OK ? reader_finish(r, err) : st;
}

static bool
find_verdict(const char *name, enum verdict *out)
{
    for (size_t v = 0; v < VERDICTS; v++)
        if (strcmp(name, verdict_names[v]) == 0) {
            *out = (enum verdict)v;
            return true;
        }
    return false;
}

static enum dyad_status
check_rows(const struct registry *g, struct dyad_error *err)
{
    enum verdict v;

    if (g->n == 0)
        return dyad_fail(err, DYAD_DATA, "%s: no rows", g->path);
    for (size_t i = 0; i < g->n; i++) {
        char *const *f = g->rows[i].fields;
        const unsigned long long line = g->rows[i].line;
        if (f[ID][0] == '\0')
            return dyad_fail(err, DYAD_DATA, "%s:%llu: column 'id' is empty", g->path, line);
        if (!find_verdict(f[EXPECTED], &v))
            return dyad_fail(err, DYAD_DATA, "%s:%llu: column 'expected' holds no verdict: reproduced, reproduced-under, "
                                             "differs, no-data or failed", g->path, line);
        for (size_t k = 0; k < i; k++)
            if (strcmp(g->rows[k].fields[ID], f[ID]) == 0)
                return dyad_fail(err, DYAD_DATA, "%s:%llu: the id of line %llu again", g->path, line,
                                 (unsigned long long)g->rows[k].line);
    }
    return DYAD_OK;
}

static enum dyad_status
read_registry(const struct options *o, struct registry *g, struct result *r, struct dyad_error *err)
{
    const struct reader_options how = { .hash = o->cohort.hash };
    struct reader *reader = NULL;
    size_t columns[FIELDS];
    char sha256[65];
    const char *slash = strrchr(g->path, '/');
    enum dyad_status st = reader_open(&g->path, 1, &how, &reader, err);

    g->folder = slash ? strndup(g->path, slash == g->path ? 1 : (size_t)(slash - g->path)) : text_copy(".");
    if (st == DYAD_OK && g->folder == NULL)
        st = no_memory(err);
    if (st == DYAD_OK && (st = find_columns(reader, g->path, columns, err)) == DYAD_OK &&
        (st = read_blocks(g, reader, columns, err)) == DYAD_OK && (st = check_rows(g, err)) == DYAD_OK) {
        reader_sha256(reader, 0, sha256);
        result_input(r, g->path, source_bytes(reader_source(reader, 0)), reader_records(reader, 0), sha256);
    }
    reader_close(reader);
    return st;
}

/* --- running a row's command -------------------------------------------------------------- */

/* One word as a shell reads it, without anything that a shell would expand; NULL if a quote stays open. */
static const char *
shell_word(const char *s, struct text *word)
{
    char quote = '\0';

    text_clear(word);
    text_puts(word, "");
    for (; *s && (quote || (*s != ' ' && *s != '\t')); s++) {
        if (quote == '\0' && (*s == '\'' || *s == '"')) {
            quote = *s;
        } else if (*s == quote) {
            quote = '\0';
        } else {
            if (*s == '\\' && s[1] && quote != '\'' && (quote == '\0' || strchr("\"\\$`", s[1])))
                s++;
            text_putc(word, *s);
        }
    }
    return quote ? NULL : s;
}

static enum dyad_status
split_command(const char *command, struct words *out, struct dyad_error *err)
{
    struct text word = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    for (const char *s = command + strspn(command, " \t"); *s && st == DYAD_OK; s += strspn(s, " \t")) {
        s = shell_word(s, &word);
        if (s == NULL) {
            st = dyad_fail(err, DYAD_DATA, "a quote in the command is not closed");
            break;
        }
        char **grown = realloc(out->at, (out->n + 1) * sizeof *grown);
        char *own = word.failed ? NULL : text_copy(word.at);
        if (grown)
            out->at = grown;
        if (grown == NULL || own == NULL) {
            free(own);
            st = no_memory(err);
        } else {
            grown[out->n++] = own;
        }
    }
    text_release(&word);
    return st;
}

/* Does the command line say where to write? */
static bool
writes(const struct options *o)
{
    static const char *const where[] = { "output", "plot", "plot-data", "audit", "format", "table" };
    bool any = false;

    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++)
        any = any || option_given(o, where[i]);
    for (const char *const *p = o->command->pictures; p && *p; p++)
        any = any || option_given(o, *p);
    return any;
}

enum dyad_status
words_run(const struct words *w, const char *folder, bool hash, struct outcome *out, struct dyad_error *err)
{
    const struct command *c = w->n ? command_find(w->at[0]) : NULL;
    struct options o;
    enum dyad_status st;

    if (c == NULL || c->runs_commands)
        return dyad_fail(err, DYAD_DATA, "the command is none of dyad's that compute something");
    st = options_parse(c, (const char *const *)w->at + 1, w->n - 1, folder, &o, err);
    o.cohort.hash = hash;
    if (st == DYAD_OK && (o.help || writes(&o)))
        st = dyad_fail(err, DYAD_USAGE, "a registry's command computes and writes nothing: leave out what says where to");
    if (st == DYAD_OK)
        st = command_run(&o, out, err);
    options_release(&o);
    return st == DYAD_OK ? result_status(&out->result) : st;
}

/* --- the quantity ------------------------------------------------------------------------- */

static bool
cell_is(const struct cell *c, const char *text)
{
    double number, wanted;

    if (c->state == CELL_EMPTY)
        return *text == '\0';
    if (c->state == CELL_TEXT && strcmp(c->is.text, text) == 0)
        return true;
    if (number_parse(text, strlen(text), '.', &wanted) != NUMBER_GOOD)
        return false;
    if (c->state == CELL_TEXT)
        return number_parse(c->is.text, strlen(c->is.text), '.', &number) == NUMBER_GOOD && number == wanted;
    return (c->state == CELL_COUNT ? (double)c->is.count : c->is.number) == wanted;
}

/* Does the row's cell hold the VALUE of "COL=VALUE"? */
static bool
meets(const struct table *t, size_t row, const char *condition)
{
    const char *equals = strchr(condition, '=');
    const size_t length = (size_t)(equals - condition);
    size_t c = 0;

    while (strncmp(t->columns[c].name, condition, length) != 0 || t->columns[c].name[length] != '\0')
        c++;
    return cell_is(table_cell(t, row, c), equals + 1);
}

static bool
has_column(const struct table *t, const char *name, size_t length)
{
    for (size_t c = 0; c < t->n_columns; c++)
        if (strncmp(t->columns[c].name, name, length) == 0 && t->columns[c].name[length] == '\0')
            return true;
    return false;
}

/* The only row of which all conditions hold. */
static enum dyad_status
find_row(const struct table *t, const struct quantity *q, size_t *out, struct dyad_error *err)
{
    size_t matches = 0;

    for (size_t i = 0; i < q->n; i++) {
        const size_t length = strcspn(q->conditions[i], "=");
        if (!has_column(t, q->conditions[i], length))
            return dyad_fail(err, DYAD_DATA, "the table %s has no column '%.*s'", t->name, (int)length, q->conditions[i]);
    }
    for (size_t row = 0; row < t->n_rows; row++) {
        bool all = true;
        for (size_t i = 0; i < q->n; i++)
            all = all && meets(t, row, q->conditions[i]);
        if (all)
            *out = row;
        matches += all;
    }
    return matches == 1 ? DYAD_OK
                        : dyad_fail(err, DYAD_DATA, "the quantity names %zu rows of %s where it must name one", matches,
                                    t->name);
}

static double
number_of(const struct table *t, size_t row, const char *column)
{
    return table_find_column(t, column) < t->n_columns ? table_number(t, row, column) : NAN;
}

static void
quantity_release(struct quantity *q)
{
    free(q->table);
    free(q->column);
    list_free(q->conditions, q->n);
}

static enum dyad_status
read_quantity(const char *text, struct quantity *out, struct dyad_error *err)
{
    const char *colon = strchr(text, ':'), *dot = strchr(text, '.');
    enum dyad_status st = DYAD_OK;

    if (dot == NULL || (colon && dot > colon))
        return dyad_fail(err, DYAD_DATA, "the quantity is no TABLE.COLUMN: COL=VALUE, ...");
    out->table = strndup(text, (size_t)(dot - text));
    out->column = colon ? strndup(dot + 1, (size_t)(colon - dot - 1)) : text_copy(dot + 1);
    if (out->table == NULL || out->column == NULL)
        return no_memory(err);
    if (colon && (st = list_split(colon + 1, &out->conditions, &out->n)) != DYAD_OK)
        return dyad_fail(err, st == DYAD_NOMEM ? st : DYAD_DATA, "the quantity's conditions are no list");
    for (size_t i = 0; i < out->n; i++)
        if (strchr(out->conditions[i], '=') == NULL)
            return dyad_fail(err, DYAD_DATA, "the quantity '%s' is no COL=VALUE", out->conditions[i]);
    return DYAD_OK;
}

enum dyad_status
quantity_look_up(const struct quantity *q, const struct result *r, struct figure *out, struct dyad_error *err)
{
    const struct table *t = result_find(r, q->table);
    size_t row = 0;
    enum dyad_status st;

    if (t == NULL || table_find_column(t, q->column) == t->n_columns)
        return dyad_fail(err, DYAD_DATA, "the result has no %s.%s", q->table, q->column);
    if ((st = find_row(t, q, &row, err)) != DYAD_OK)
        return st;
    if (isnan(number_of(t, row, q->column)) && suppression_is_row(t, row))
        return dyad_fail(err, DYAD_DATA, "--suppress hides the quantity");
    out->value = number_of(t, row, q->column);
    out->low = number_of(t, row, "conf_low");
    out->high = number_of(t, row, "conf_high");
    out->scale = strcmp(q->column, "estimate") == 0 ? t->scales[row] : SCALE_NUMBER;
    return DYAD_OK;
}

/* --- comparing ---------------------------------------------------------------------------- */

/* A number as printed, without exponent: how many digits behind the point, and is it percent? */
bool
printed_number(const char *text, double *number, int *digits, double *unit)
{
    const size_t length = strlen(text);
    const bool percent = length && text[length - 1] == '%';
    const char *point = strchr(text, '.');

    *unit = percent ? 100 : 1;
    *digits = point ? (int)(length - (size_t)(point - text) - 1 - percent) : 0;
    return strpbrk(text, "eE") == NULL && number_parse(text, length - percent, '.', number) == NUMBER_GOOD;
}

/*
 * In units of the last digit printed: rounded, within half a unit, a tie either way; rounded to one
 * digit more first, within another twentieth; cut off, from the number printed up to the next away
 * from 0.  The least bit more for what a computed number may be off.
 */
bool
printed_agrees(const char *text, double computed, enum rounding how)
{
    const double least = 1e-9;
    double number, unit;
    int digits;

    if (!printed_number(text, &number, &digits, &unit) || !isfinite(computed))
        return false;
    const double units = pow(10, digits), beyond = (computed * unit - number) * units;
    if (how != CUT_OFF)
        return fabs(beyond) <= (how == ROUNDED ? 0.5 : 0.55) * (1 + least);
    if (number == 0)
        return fabs(beyond) < 1 - least;
    const double outward = number > 0 ? beyond : -beyond;
    return outward >= -least && outward < 1 - least;
}

static enum dyad_status
compare(const char *const published[3], struct finding *f, struct dyad_error *err)
{
    const double computed[3] = { f->figure.value, f->figure.low, f->figure.high };
    bool same = true, any = false;
    double number, unit;

    f->digits = -1;
    for (size_t i = 0; i < 3; i++) {
        const char *printed = published[i];
        int digits;
        if (printed[0] == '\0')
            continue;
        if (!printed_number(printed, &number, &digits, &unit))
            return dyad_fail(err, DYAD_DATA, "'%s' holds no number", field_names[PUBLISHED + i]);
        if (f->digits < 0)
            f->digits = digits;
        any = true;
        same = same && printed_agrees(printed, computed[i], ROUNDED);
    }
    if (!any)
        return dyad_fail(err, DYAD_DATA, "no published number to compare with");
    f->verdict = same ? REPRODUCED : DIFFERS;
    return DYAD_OK;
}

static struct published
published_of(const struct row *row)
{
    char *const *f = row->fields;

    return (struct published){ .id = f[ID], .citation = f[CITATION], .quantity = f[QUANTITY],
                               .printed = { f[PUBLISHED], f[LOW], f[HIGH] }, .expected = f[EXPECTED],
                               .convention = f[CONVENTION] };
}

/* What a row's command read, once; its size hidden if it is for one. */
static void
add_inputs(const struct result *from, struct result *r)
{
    for (size_t i = 0; i < from->n_inputs && !from->failed && !r->failed; i++) {
        const struct input *in = &from->inputs[i];
        size_t k = 0;
        while (k < r->n_inputs && strcmp(r->inputs[k].path, in->path) != 0)
            k++;
        if (k == r->n_inputs)
            result_input(r, in->path, in->bytes, in->records, in->sha256);
        if (k < r->n_inputs)
            r->inputs[k].hidden |= in->hidden;
    }
}

static enum dyad_status
search(const struct registry *g, const struct row *row, const struct words *w, const struct quantity *q,
       const struct result *from, struct finding *f, struct table *t, struct result *r, struct dyad_error *err)
{
    char *const *fields = row->fields;
    struct search_row what = { .id = fields[ID], .folder = g->folder, .words = w, .quantity = q, .digits = f->digits,
                               .published = { fields[PUBLISHED], fields[LOW], fields[HIGH] }, .figure = f->figure };
    struct search_answer found;

    for (size_t i = 0; i < from->n_inputs; i++)
        what.bytes += from->inputs[i].bytes;
    const enum dyad_status st = search_run(&what, t, r, &found, err);
    if (st == DYAD_OK && found.convention) {
        f->verdict = REPRODUCED_UNDER;
        f->figure = found.figure;
        f->convention = found.convention;
    }
    return st;
}

static enum dyad_status
examine(const struct registry *g, const struct row *row, struct finding *f, struct table *searched, struct result *r)
{
    struct outcome out = OUTCOME_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    struct words w = { 0 };
    struct quantity q = { 0 };
    enum dyad_status st;

    *f = (struct finding){ .figure = { NAN, NAN, NAN, SCALE_NUMBER }, .verdict = NO_DATA, .digits = -1 };
    if (row->fields[COMMAND][0] == '\0') {
        result_note(r, "%s: no data: %s", row->fields[ID],
                    row->fields[MISSING][0] ? row->fields[MISSING] : "the registry does not say what is missing");
        return DYAD_OK;
    }
    if ((st = split_command(row->fields[COMMAND], &w, &err)) != DYAD_OK ||
        (st = words_run(&w, g->folder, g->hash, &out, &err)) != DYAD_OK ||
        (st = read_quantity(row->fields[QUANTITY], &q, &err)) != DYAD_OK ||
        (st = quantity_look_up(&q, &out.result, &f->figure, &err)) != DYAD_OK || (st = compare(published_of(row).printed, f, &err)) != DYAD_OK) {
        f->verdict = FAILED;
        result_note(r, "%s: failed: %.*s", row->fields[ID], (int)strcspn(err.text, "\n"), err.text);
    } else if (searched && f->verdict == DIFFERS) {
        st = search(g, row, &w, &q, &out.result, f, searched, r, &err);
    } else if (f->verdict == DIFFERS && strcmp(row->fields[EXPECTED], verdict_names[REPRODUCED_UNDER]) == 0) {
        result_note(r, "%s: reproduced-under is expected, which only --search finds.", row->fields[ID]);
    }
    add_inputs(&out.result, r);
    list_free(w.at, w.n);
    quantity_release(&q);
    outcome_release(&out);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

/* --- the tables --------------------------------------------------------------------------- */

struct table *
reproduction_table(struct result *r)
{
    static const char *const labels[] = { "published", "published_low", "published_high" };
    struct table *t = result_table(r, "reproduction");

    table_column(t, "id", COLUMN_LABEL);
    table_column(t, "citation", COLUMN_SENTENCE);
    table_column(t, "quantity", COLUMN_SENTENCE);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        table_column(t, labels[i], COLUMN_LABEL);
    table_column(t, "computed", COLUMN_ESTIMATE);
    table_column(t, "computed_low", COLUMN_CONF_LOW);
    table_column(t, "computed_high", COLUMN_CONF_HIGH);
    table_column(t, "digits", COLUMN_NUMBER);
    table_column(t, "verdict", COLUMN_LABEL);
    table_column(t, "convention", COLUMN_SENTENCE);
    table_column(t, "expected", COLUMN_LABEL);
    return t;
}

static void
set_text(struct table *t, const char *column, const char *text)
{
    if (*text)
        table_set_text(t, column, text);
}

static void
add_row(struct table *t, const struct published *p, const struct finding *f)
{
    table_row(t, f->figure.scale);
    set_text(t, "id", p->id);
    set_text(t, "citation", p->citation);
    set_text(t, "quantity", p->quantity);
    for (size_t i = 0; i < 3; i++)
        set_text(t, field_names[PUBLISHED + i], p->printed[i]);
    set_text(t, "expected", p->expected);
    set_text(t, "convention", f->convention ? f->convention : p->convention);
    table_set_number(t, "computed", f->figure.value);
    /* Limits only where some were printed: a proportion's own interval was not asked for. */
    if (*p->printed[1])
        table_set_number(t, "computed_low", f->figure.low);
    if (*p->printed[2])
        table_set_number(t, "computed_high", f->figure.high);
    if (f->digits >= 0)
        table_set_number(t, "digits", f->digits);
    table_set_text(t, "verdict", verdict_names[f->verdict]);
}

/* --- a figure of a result that is there --------------------------------------------------- */

enum dyad_status
published_check(const struct published *p, struct dyad_error *err)
{
    struct finding f = { .figure = { NAN, NAN, NAN, SCALE_NUMBER } };
    struct quantity q = { 0 };
    enum verdict v;
    enum dyad_status st;

    if (!find_verdict(p->expected, &v))
        return dyad_fail(err, DYAD_DATA, "'expected' holds no verdict: reproduced, reproduced-under, differs, no-data or "
                                         "failed");
    if ((st = read_quantity(p->quantity, &q, err)) == DYAD_OK)
        st = compare(p->printed, &f, err);
    quantity_release(&q);
    return st;
}

enum dyad_status
reproduction_add(const struct published *p, const struct result *from, struct table *t, struct result *r,
                 bool *as_expected)
{
    struct finding f = { .figure = { NAN, NAN, NAN, SCALE_NUMBER }, .verdict = FAILED, .digits = -1 };
    struct dyad_error err = DYAD_ERROR_INIT;
    struct quantity q = { 0 };
    enum dyad_status st = from ? DYAD_OK : dyad_fail(&err, DYAD_DOMAIN, "the analysis has no answer");

    if (st == DYAD_OK && (st = read_quantity(p->quantity, &q, &err)) == DYAD_OK &&
        (st = quantity_look_up(&q, from, &f.figure, &err)) == DYAD_OK)
        st = compare(p->printed, &f, &err);
    if (st != DYAD_OK)
        result_note(r, "%s: failed: %s", p->id, err.text);
    add_row(t, p, &f);
    *as_expected = strcmp(p->expected, verdict_names[f.verdict]) == 0;
    quantity_release(&q);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static void
add_summary(struct result *r, size_t counts[VERDICTS][2])
{
    struct table *t = result_table(r, "verdicts");

    table_column(t, "verdict", COLUMN_LABEL);
    table_column(t, "figures", COLUMN_NUMBER);
    table_column(t, "as_expected", COLUMN_NUMBER);
    for (size_t v = 0; v < VERDICTS; v++) {
        if (counts[v][0] == 0)
            continue;
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "verdict", verdict_names[v]);
        table_set_number(t, "figures", (double)counts[v][0]);
        table_set_number(t, "as_expected", (double)counts[v][1]);
    }
}

static bool
is_wanted(const struct options *o, const char *id)
{
    size_t n;
    const char *const *ids = option_list(o, "only", &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return n == 0;
}

static enum dyad_status
check_only(const struct options *o, const struct registry *g, struct dyad_error *err)
{
    size_t n;
    const char *const *ids = option_list(o, "only", &n);

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < g->n && strcmp(g->rows[k].fields[ID], ids[i]) != 0)
            k++;
        if (k == g->n)
            return dyad_fail(err, DYAD_USAGE, "--only %s: %s has no such id", ids[i], g->path);
    }
    return DYAD_OK;
}

static enum dyad_status
examine_all(const struct options *o, const struct registry *g, struct result *r, struct dyad_error *err)
{
    struct table *t = reproduction_table(r), *searched = g->search ? search_table(r) : NULL;
    size_t counts[VERDICTS][2] = { { 0 } }, unexpected = 0;
    struct text ids = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < g->n && st == DYAD_OK; i++) {
        const struct row *row = &g->rows[i];
        struct finding f;
        if (!is_wanted(o, row->fields[ID]))
            continue;
        if ((st = examine(g, row, &f, searched, r)) != DYAD_OK)
            st = no_memory(err);
        const struct published published = published_of(row);
        add_row(t, &published, &f);
        free(f.convention);
        const bool expected = strcmp(row->fields[EXPECTED], verdict_names[f.verdict]) == 0;
        counts[f.verdict][0]++;
        counts[f.verdict][1] += expected;
        if (!expected && unexpected++ < 20)
            text_printf(&ids, "%s%s (%s)", unexpected > 1 ? ", " : "", row->fields[ID], verdict_names[f.verdict]);
    }
    add_summary(r, counts);
    if (st == DYAD_OK && unexpected)
        st = dyad_fail(err, DYAD_DIFFERS, "%zu figure%s without the verdict that the registry expects: %s%s", unexpected,
                       plural((int64_t)unexpected), ids.failed ? "" : ids.at, unexpected > 20 ? " ..." : "");
    text_release(&ids);
    return st;
}

/* The registry that comes with dyad: in a checkout, else beside the installed program. */
static const char *
own_registry(char room[PATH_MAX])
{
    static const char here[] = "datasets/registry.csv", beside[] = "/../share/dyad/datasets/registry.csv";
    const ssize_t n = readlink("/proc/self/exe", room, PATH_MAX - sizeof beside);
    char *slash = n > 0 ? memrchr(room, '/', (size_t)n) : NULL;

    if (access(here, R_OK) == 0 || slash == NULL)
        return here;
    memcpy(slash, beside, sizeof beside);
    return room;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    char room[PATH_MAX];
    struct registry g = { .path = o->n_files ? o->files[0] : own_registry(room), .hash = o->cohort.hash,
                          .search = option_given(o, "search") };
    enum dyad_status st;

    if (o->n_files > 1)
        return dyad_fail(err, DYAD_USAGE, "one registry at a time");
    if ((st = read_registry(o, &g, &out->result, err)) == DYAD_OK && (st = check_only(o, &g, err)) == DYAD_OK) {
        result_note(&out->result, "A figure is reproduced if what is computed, rounded to the digits that are printed, is "
                                  "what is printed: its estimate and its limits. A tie may round either way.");
        if (g.search)
            result_note(&out->result, "Of many conventions some agree by chance, the sooner the fewer digits are printed and "
                                      "the more are tried: one that is found is to be held against what the paper says of "
                                      "its methods.");
        st = examine_all(o, &g, &out->result, err);
    }
    registry_release(&g);
    return st;
}

const struct command reproduce_command = {
    .name = "reproduce",
    .usage = "dyad reproduce [OPTIONS] [REGISTRY]",
    .summary = "published figures, computed anew and set beside what was printed",
    .about = "Runs the command of each row of a registry and compares at the digits printed. A registry is a CSV with the "
             "columns id, citation, command (the arguments behind dyad; paths from the registry's folder), quantity "
             "(TABLE.COLUMN: COL=VALUE, ..., one row), published, published_low, published_high (as printed: 1.10 has two "
             "digits, 61% is 0.61), expected (a verdict), convention and missing. Without REGISTRY: the one that dyad comes "
             "with.\n"
             "\n"
             "Verdicts: reproduced; reproduced-under, only with the convention named, which --search found; differs; no-data, "
             "what is missing stands in the notes; failed. The exit status is 1 unless every row has the verdict that is "
             "expected of it; without --search no row is reproduced-under. There is no --suppress for all: a row's command may "
             "have it, and what that hides is not compared (failed).\n"
             "\n"
             "--search: a row that differs is tried under what its paper may have done otherwise, and what its command leaves "
             "open: the measure, the interval or test and the level of confidence, what an empty cell gets, crude or pooled, "
             "matched or not; in meta the model, how studies are pooled, the estimator of tau-squared and clusters; non-events for "
             "events, missing outcomes as non-events; the exposure turned round, logarithms, percent, a one-sided p-value, "
             "digits cut off or rounded twice. One departure, then two, then three at once (two where fewer than six digits "
             "are printed in all, one where fewer than four: more would agree by chance), until some give every digit printed; "
             "all those are listed, and the first is named. The notes tell how many were tried. After 4000 runs of a row's "
             "command, of large files fewer, its search is cut short.\n"
             "\n"
             "Tables: reproduction (id, citation, quantity, published, published_low, published_high, computed, "
             "computed_low, computed_high, digits, verdict, convention, expected; computed under the convention, where one was "
             "found), with --search also search (id, departures, convention, options, computed, computed_low, computed_high, "
             "digits: options stand in place of all that the command has of the same names; what is to be left out, or asked for "
             "instead, is in brackets), and verdicts (verdict, figures, as_expected).",
    .examples = "    dyad reproduce --table verdicts\n"
                "        how many of the figures that come with dyad come back\n"
                "    dyad reproduce ours.csv --only table2-initiation --format json\n"
                "        one figure of a registry of our own, with all its numbers\n"
                "    dyad reproduce ours.csv --search\n"
                "        for figures that do not come back: which convention gives what is printed\n",
    .shared = SHARED_OUTPUT,
    .options = known,
    .runs_commands = true,
    .run = run,
};
