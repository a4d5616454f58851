/* dyad reproduce: published figures, computed anew from the data behind them. */
#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/number.h"
#include "dyad/data/reader.h"

#include "analysis.h"
#include "commands.h"
#include "options.h"

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
    bool hash; /* the data files are to be hashed */
};

/* What a row's command gave. */
struct finding {
    double value, low, high;
    enum scale scale;
    enum verdict verdict;
    int digits;
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
split_command(const char *command, char ***words, size_t *n, struct dyad_error *err)
{
    struct text word = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    for (const char *s = command + strspn(command, " \t"); *s && st == DYAD_OK; s += strspn(s, " \t")) {
        s = shell_word(s, &word);
        if (s == NULL) {
            st = dyad_fail(err, DYAD_DATA, "a quote in the command is not closed");
            break;
        }
        char **grown = realloc(*words, (*n + 1) * sizeof *grown);
        char *own = word.failed ? NULL : text_copy(word.at);
        if (grown)
            *words = grown;
        if (grown == NULL || own == NULL) {
            free(own);
            st = no_memory(err);
        } else {
            grown[(*n)++] = own;
        }
    }
    text_release(&word);
    return st;
}

static enum dyad_status
run_words(char *const *words, size_t n, const struct registry *g, struct outcome *out, struct dyad_error *err)
{
    const struct command *c = n ? command_find(words[0]) : NULL;
    struct options o;
    enum dyad_status st;

    if (c == NULL || c == &reproduce_command)
        return dyad_fail(err, DYAD_DATA, "the command is none of dyad's that compute something");
    st = options_parse(c, (const char *const *)words + 1, n - 1, g->folder, &o, err);
    o.cohort.hash = g->hash;
    if (st == DYAD_OK && (o.help || option_given(&o, "output") || option_given(&o, "plot") ||
                          option_given(&o, "plot-data") || option_given(&o, "format") || option_given(&o, "table")))
        st = dyad_fail(err, DYAD_USAGE, "a registry's command computes and writes nothing: leave out what says where to");
    if (st == DYAD_OK)
        st = c->run(&o, out, err);
    options_release(&o);
    return st == DYAD_OK ? result_status(&out->result) : st;
}

static enum dyad_status
run_command(const char *command, const struct registry *g, struct outcome *out, struct dyad_error *err)
{
    char **words = NULL;
    size_t n = 0;
    enum dyad_status st = split_command(command, &words, &n, err);

    if (st == DYAD_OK)
        st = run_words(words, n, g, out, err);
    list_free(words, n);
    return st;
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

/* The only row of which all "COL=VALUE" hold. */
static enum dyad_status
find_row(const struct table *t, char *const *conditions, size_t n, size_t *out, struct dyad_error *err)
{
    size_t matches = 0;

    for (size_t i = 0; i < n; i++) {
        char *equals = strchr(conditions[i], '=');
        if (equals == NULL)
            return dyad_fail(err, DYAD_DATA, "the quantity '%s' is no COL=VALUE", conditions[i]);
        *equals = '\0';
        if (table_find_column(t, conditions[i]) == t->n_columns)
            return dyad_fail(err, DYAD_DATA, "the table %s has no column '%s'", t->name, conditions[i]);
    }
    for (size_t row = 0; row < t->n_rows; row++) {
        bool all = true;
        for (size_t i = 0; i < n; i++)
            all = all && cell_is(table_cell(t, row, table_find_column(t, conditions[i])),
                                 conditions[i] + strlen(conditions[i]) + 1);
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

/* "TABLE.COLUMN: COL=VALUE, ..." */
static enum dyad_status
look_up(const struct result *r, const char *quantity, struct finding *out, struct dyad_error *err)
{
    const char *colon = strchr(quantity, ':'), *dot = strchr(quantity, '.');
    char *name = NULL, *column = NULL, **conditions = NULL;
    size_t n = 0, row = 0;
    enum dyad_status st = DYAD_OK;

    if (dot == NULL || (colon && dot > colon))
        return dyad_fail(err, DYAD_DATA, "the quantity is no TABLE.COLUMN: COL=VALUE, ...");
    name = strndup(quantity, (size_t)(dot - quantity));
    column = colon ? strndup(dot + 1, (size_t)(colon - dot - 1)) : text_copy(dot + 1);
    if (name == NULL || column == NULL)
        st = no_memory(err);
    const struct table *t = name ? result_find(r, name) : NULL;
    if (st == DYAD_OK && (t == NULL || table_find_column(t, column) == t->n_columns))
        st = dyad_fail(err, DYAD_DATA, "the result has no %s.%s", name, column);
    if (st == DYAD_OK && colon && (st = list_split(colon + 1, &conditions, &n)) != DYAD_OK)
        st = dyad_fail(err, st == DYAD_NOMEM ? st : DYAD_DATA, "the quantity's conditions are no list");
    if (st == DYAD_OK && (st = find_row(t, conditions, n, &row, err)) == DYAD_OK) {
        out->value = number_of(t, row, column);
        out->low = number_of(t, row, "conf_low");
        out->high = number_of(t, row, "conf_high");
        out->scale = strcmp(column, "estimate") == 0 ? t->scales[row] : SCALE_NUMBER;
    }
    list_free(conditions, n);
    free(name);
    free(column);
    return st;
}

/* --- comparing ---------------------------------------------------------------------------- */

/* A number as printed, without exponent: how many digits behind the point, and is it percent? */
static bool
read_printed(const char *text, double *number, int *digits, double *unit)
{
    const size_t length = strlen(text);
    const bool percent = length && text[length - 1] == '%';
    const char *point = strchr(text, '.');

    *unit = percent ? 100 : 1;
    *digits = point ? (int)(length - (size_t)(point - text) - 1 - percent) : 0;
    return strpbrk(text, "eE") == NULL && number_parse(text, length - percent, '.', number) == NUMBER_GOOD;
}

/* Within half a unit of the last digit printed, a tie either way. */
static bool
agrees(const char *printed, double computed)
{
    double number, unit;
    int digits;

    if (!read_printed(printed, &number, &digits, &unit) || !isfinite(computed))
        return false;
    const double half = 0.5 * pow(10, -digits);
    return fabs(computed * unit - number) <= half * (1 + 1e-9);
}

static enum dyad_status
compare(const struct row *row, struct finding *f, struct dyad_error *err)
{
    const char *const printed[3] = { row->fields[PUBLISHED], row->fields[LOW], row->fields[HIGH] };
    const double computed[3] = { f->value, f->low, f->high };
    bool same = true, any = false;
    double number, unit;

    f->digits = -1;
    for (size_t i = 0; i < 3; i++) {
        int digits;
        if (printed[i][0] == '\0')
            continue;
        if (!read_printed(printed[i], &number, &digits, &unit))
            return dyad_fail(err, DYAD_DATA, "column '%s' holds no number", field_names[PUBLISHED + i]);
        if (f->digits < 0)
            f->digits = digits;
        any = true;
        same = same && agrees(printed[i], computed[i]);
    }
    if (!any)
        return dyad_fail(err, DYAD_DATA, "no published number to compare with");
    f->verdict = same ? REPRODUCED : DIFFERS;
    return DYAD_OK;
}

/* What a row's command read, once. */
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
    }
}

static enum dyad_status
examine(const struct registry *g, const struct row *row, struct finding *f, struct result *r)
{
    struct outcome out = { .result = RESULT_INIT, .plot = PLOT_INIT };
    struct dyad_error err = DYAD_ERROR_INIT;
    enum dyad_status st;

    *f = (struct finding){ NAN, NAN, NAN, SCALE_NUMBER, NO_DATA, -1 };
    if (row->fields[COMMAND][0] == '\0') {
        result_note(r, "%s: no data: %s", row->fields[ID],
                    row->fields[MISSING][0] ? row->fields[MISSING] : "the registry does not say what is missing");
        return DYAD_OK;
    }
    if ((st = run_command(row->fields[COMMAND], g, &out, &err)) != DYAD_OK ||
        (st = look_up(&out.result, row->fields[QUANTITY], f, &err)) != DYAD_OK || (st = compare(row, f, &err)) != DYAD_OK) {
        f->verdict = FAILED;
        result_note(r, "%s: failed: %.*s", row->fields[ID], (int)strcspn(err.text, "\n"), err.text);
    }
    add_inputs(&out.result, r);
    result_release(&out.result);
    plot_release(&out.plot);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

/* --- the tables --------------------------------------------------------------------------- */

static struct table *
make_table(struct result *r)
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
add_row(struct table *t, const struct row *row, const struct finding *f)
{
    static const enum field copied[] = { ID, CITATION, QUANTITY, PUBLISHED, LOW, HIGH, CONVENTION, EXPECTED };

    table_row(t, f->scale);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        set_text(t, field_names[copied[i]], row->fields[copied[i]]);
    table_set_number(t, "computed", f->value);
    /* Limits only where some were printed: a proportion's own interval was not asked for. */
    if (row->fields[LOW][0])
        table_set_number(t, "computed_low", f->low);
    if (row->fields[HIGH][0])
        table_set_number(t, "computed_high", f->high);
    if (f->digits >= 0)
        table_set_number(t, "digits", f->digits);
    table_set_text(t, "verdict", verdict_names[f->verdict]);
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
    struct table *t = make_table(r);
    size_t counts[VERDICTS][2] = { { 0 } }, unexpected = 0;
    struct text ids = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < g->n && st == DYAD_OK; i++) {
        const struct row *row = &g->rows[i];
        struct finding f;
        if (!is_wanted(o, row->fields[ID]))
            continue;
        if ((st = examine(g, row, &f, r)) != DYAD_OK)
            st = no_memory(err);
        add_row(t, row, &f);
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
    struct registry g = { .path = o->n_files ? o->files[0] : own_registry(room), .hash = o->cohort.hash };
    enum dyad_status st;

    if (o->n_files > 1)
        return dyad_fail(err, DYAD_USAGE, "one registry at a time");
    if ((st = read_registry(o, &g, &out->result, err)) == DYAD_OK && (st = check_only(o, &g, err)) == DYAD_OK) {
        result_note(&out->result, "A figure is reproduced if what is computed, rounded to the digits that are printed, is "
                                  "what is printed: its estimate and its limits. A tie may round either way.");
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
             "Verdicts: reproduced; reproduced-under, only with the convention named; differs; no-data, what is missing "
             "stands in the notes; failed. The exit status is 1 unless every row has the verdict that is expected of it.\n"
             "\n"
             "Tables: reproduction (id, citation, quantity, published, published_low, published_high, computed, "
             "computed_low, computed_high, digits, verdict, convention, expected) and verdicts (verdict, figures, "
             "as_expected).",
    .examples = "    dyad reproduce --table verdicts\n"
                "        how many of the figures that come with dyad come back\n"
                "    dyad reproduce ours.csv --only table2-initiation --format json\n"
                "        one figure of a registry of our own, with all its numbers\n",
    .shared = SHARED_OUTPUT,
    .options = known,
    .run = run,
};
