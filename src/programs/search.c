#include "search.h"

#include "analysis.h"
#include "conventions.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row's command is run at most so often, and reads at most so much, but is run so often at least. */
enum { RUNS_MAX = 4000, RUNS_MIN = 64 };
#define BYTES_MAX ((uint64_t)1 << 29)

/* A command with some departures made, and what it gave. */
struct trial {
    size_t picks[DEPARTURES_AT_ONCE], n;
    struct figure figure;
};

struct search {
    const struct search_row *row;
    struct departures departures;
    struct trial *trials; /* that gave something, the row as it stands first */
    size_t n, room;
    size_t runs, runs_max, tried, agreed;
    bool limits, cut_short;
    struct table *table;
    struct search_answer *answer;
};

/* --- copies ------------------------------------------------------------------------------- */

static enum dyad_status
copy_list(char *const *from, size_t n, char ***out, size_t *made)
{
    char **copy = calloc(n ? n : 1, sizeof *copy);

    *out = copy;
    for (*made = 0; copy && *made < n; (*made)++)
        if ((copy[*made] = text_copy(from[*made])) == NULL)
            return DYAD_NOMEM;
    return copy ? DYAD_OK : DYAD_NOMEM;
}

/* The row's own words and quantity, changed as the trial says. */
static enum dyad_status
prepare(const struct search *s, const struct trial *t, struct words *w, struct quantity *q, struct text *typed)
{
    const struct search_row *row = s->row;
    enum dyad_status st;

    *q = (struct quantity){ .table = row->quantity->table, .column = row->quantity->column };
    if ((st = copy_list(row->words->at, row->words->n, &w->at, &w->n)) == DYAD_OK &&
        (st = copy_list(row->quantity->conditions, row->quantity->n, &q->conditions, &q->n)) == DYAD_OK)
        st = departures_make(&s->departures, t->picks, t->n, w, q, typed);
    return st;
}

/* --- commands ----------------------------------------------------------------------------- */

static enum dyad_status
keep(struct search *s, const struct trial *t)
{
    if (s->n == s->room) {
        const size_t room = s->room ? 2 * s->room : 64;
        struct trial *grown = realloc(s->trials, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        s->trials = grown;
        s->room = room;
    }
    s->trials[s->n++] = *t;
    return DYAD_OK;
}

/* What the command refuses, or has no answer to, is no convention. */
static enum dyad_status
attempt(struct search *s, struct trial *t)
{
    struct outcome out = OUTCOME_INIT;
    struct dyad_error err = DYAD_ERROR_INIT;
    struct words w = { 0 };
    struct quantity q = { 0 };
    enum dyad_status st = prepare(s, t, &w, &q, NULL);

    if (st == DYAD_OK)
        st = words_run(&w, s->row->folder, false, &out, &err);
    s->runs++;
    if (st == DYAD_OK && (st = quantity_look_up(&q, &out.result, &t->figure, &err)) == DYAD_OK)
        st = keep(s, t);
    outcome_release(&out);
    list_free(w.at, w.n);
    list_free(q.conditions, q.n);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

/* Run the command with every ${left} more departures of the axes behind those of ${t}. */
static enum dyad_status
attempt_all(struct search *s, const struct trial *t, size_t from, size_t left)
{
    enum dyad_status st = DYAD_OK;
    struct trial next = *t;

    if (left == 0)
        return attempt(s, &next);
    for (size_t i = from; i < s->departures.n && st == DYAD_OK && !s->cut_short; i++) {
        const struct axis *axis = s->departures.at[i].axis;
        if ((t->n && s->departures.at[t->picks[t->n - 1]].axis == axis) ||
            (s->departures.at[i].choice->alone && t->n + left > 1))
            continue;
        next.picks[t->n] = i;
        next.n = t->n + 1;
        s->cut_short = s->runs >= s->runs_max;
        if (!s->cut_short)
            st = attempt_all(s, &next, i + 1, left - 1);
    }
    return st;
}

/* --- readings ----------------------------------------------------------------------------- */

static void
put_convention(const struct search *s, const struct trial *t, const struct reading *const *readings, size_t n,
               struct text *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct departure *d = &s->departures.at[t->picks[i]];
        text_printf(out, "%s%s", out->length ? "; " : "", d->choice->says);
        if (d->instead_of)
            text_printf(out, " instead of %s", d->instead_of);
    }
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%s%s", out->length ? "; " : "", readings[i]->says);
}

static enum dyad_status
list_hit(struct search *s, const struct trial *t, const struct reading *const *readings, size_t n,
         const struct figure *f)
{
    struct text convention = TEXT_INIT, typed = TEXT_INIT;
    struct words w = { 0 };
    struct quantity q = { 0 };
    enum dyad_status st = prepare(s, t, &w, &q, &typed);

    list_free(w.at, w.n);
    list_free(q.conditions, q.n);
    put_convention(s, t, readings, n, &convention);
    if (st == DYAD_OK && convention.failed)
        st = DYAD_NOMEM;
    if (st == DYAD_OK) {
        table_row(s->table, f->scale);
        table_set_text(s->table, "id", s->row->id);
        table_set_number(s->table, "departures", (double)(t->n + n));
        table_set_text(s->table, "convention", convention.at);
        if (typed.length)
            table_set_text(s->table, "options", typed.at);
        table_set_number(s->table, "computed", f->value);
        if (s->row->published[1][0])
            table_set_number(s->table, "computed_low", f->low);
        if (s->row->published[2][0])
            table_set_number(s->table, "computed_high", f->high);
        table_set_number(s->table, "digits", s->row->digits);
        if (s->agreed++ == 0)
            *s->answer = (struct search_answer){ text_steal(&convention), *f };
    }
    text_release(&convention);
    text_release(&typed);
    return st;
}

/* Every number printed, read in one way. */
static enum dyad_status
judge(struct search *s, const struct trial *t, const struct reading *const *readings, size_t n)
{
    struct figure f = t->figure;
    enum rounding how = ROUNDED;
    bool agrees = true;

    for (size_t i = 0; i < n; i++) {
        const struct reading *r = readings[i];
        if (r->of_percent && strchr(s->row->published[0], '%') == NULL)
            return DYAD_OK;
        if (r->of_p_values != (strcmp(s->row->quantity->column, "p_value") == 0) && r->read)
            return DYAD_OK;
        if (r->read && !r->read(&f))
            return DYAD_OK;
        if (r->rounding != ROUNDED)
            how = r->rounding;
    }
    const double computed[3] = { f.value, f.low, f.high };
    for (size_t i = 0; i < 3; i++)
        if (s->row->published[i][0])
            agrees = agrees && printed_agrees(s->row->published[i], computed[i], how);
    s->tried++;
    return agrees ? list_hit(s, t, readings, n, &f) : DYAD_OK;
}

static enum dyad_status
judge_all(struct search *s, const struct trial *t, const struct reading **readings, size_t n, size_t from,
          size_t left)
{
    enum dyad_status st = DYAD_OK;
    const struct reading *r;

    if (left == 0 || n == DEPARTURES_AT_ONCE)
        return judge(s, t, readings, n);
    for (size_t i = from; st == DYAD_OK && (r = reading_at(i)) != NULL; i++) {
        if (n && readings[n - 1]->axis == r->axis)
            continue;
        readings[n] = r;
        st = judge_all(s, t, readings, n + 1, i + 1, left - 1);
    }
    return st;
}

/* --- a row -------------------------------------------------------------------------------- */

/* All with ${k} departures; what a command was told before how its figure is read. */
static enum dyad_status
search_depth(struct search *s, size_t k)
{
    const struct reading *readings[DEPARTURES_AT_ONCE];
    const struct trial nothing = { .n = 0 };
    enum dyad_status st = attempt_all(s, &nothing, 0, k);

    for (size_t c = k + 1; c-- > 0;)
        for (size_t i = 0; i < s->n && st == DYAD_OK; i++)
            if (s->trials[i].n == c)
                st = judge_all(s, &s->trials[i], readings, 0, 0, k - c);
    return st;
}

static void
put_number(struct text *t, double number, int digits)
{
    if (isfinite(number))
        text_printf(t, "%.*f", digits, number);
    else
        text_puts(t, isnan(number) ? "undefined" : number > 0 ? "infinite" : "minus infinite");
}

/* As its command stands, with two digits more than are printed. */
static void
put_figure(struct text *t, const struct search *s)
{
    const struct figure *f = &s->row->figure;
    const bool percent = strchr(s->row->published[0], '%') != NULL;
    const int digits = s->row->digits + (percent ? 4 : 2);

    put_number(t, f->value, digits);
    if (s->limits) {
        text_puts(t, " (");
        put_number(t, f->low, digits);
        text_puts(t, " to ");
        put_number(t, f->high, digits);
        text_puts(t, ")");
    }
}

static enum dyad_status
note(const struct search *s, size_t depth, struct result *r)
{
    struct text t = TEXT_INIT;

    put_figure(&t, s);
    text_printf(&t, " as its command stands; %zu convention%s tried, of up to %zu departure%s, %zu agree%s", s->tried,
                plural((int64_t)s->tried), depth, plural((int64_t)depth), s->agreed, s->agreed == 1 ? "s" : "");
    if (s->cut_short)
        text_printf(&t, "; the search was cut short after %zu runs of the command", s->runs);
    if (!t.failed)
        result_note(r, "%s: %s.", s->row->id, t.at);
    const bool failed = t.failed;
    text_release(&t);
    return failed ? DYAD_NOMEM : DYAD_OK;
}

static size_t
runs_allowed(uint64_t bytes)
{
    const uint64_t runs = bytes ? BYTES_MAX / bytes : RUNS_MAX;
    return runs > RUNS_MAX ? RUNS_MAX : runs < RUNS_MIN ? RUNS_MIN : (size_t)runs;
}

/* Standard input cannot be read again. */
static bool
reads_standard_input(const struct options *o)
{
    for (size_t i = 0; i < o->n_files; i++)
        if (strcmp(o->files[i], "-") == 0)
            return true;
    return false;
}

/* What is printed, in digits that tell something: 0.560 has three. */
static size_t
digits_printed(const struct search_row *row)
{
    size_t n = 0;

    for (size_t i = 0; i < 3; i++)
        for (const char *c = row->published[i] + strspn(row->published[i], "+-0."); *c; c++)
            n += *c >= '0' && *c <= '9';
    return n;
}

/* Some 30 conventions are one departure away, 300 two, 3000 three: among so many, few digits agree by chance. */
static size_t
depth_allowed(const struct search_row *row)
{
    const size_t digits = digits_printed(row);
    return digits < 4 ? 1 : digits < 6 ? 2 : DEPARTURES_AT_ONCE;
}

struct table *
search_table(struct result *r)
{
    struct table *t = result_table(r, "search");

    table_column(t, "id", COLUMN_LABEL);
    table_column(t, "departures", COLUMN_NUMBER);
    table_column(t, "convention", COLUMN_SENTENCE);
    table_column(t, "options", COLUMN_SENTENCE);
    table_column(t, "computed", COLUMN_ESTIMATE);
    table_column(t, "computed_low", COLUMN_CONF_LOW);
    table_column(t, "computed_high", COLUMN_CONF_HIGH);
    table_column(t, "digits", COLUMN_NUMBER);
    return t;
}

enum dyad_status
search_run(const struct search_row *row, struct table *table, struct result *r, struct search_answer *out,
           struct dyad_error *err)
{
    struct search s = { .row = row, .table = table, .answer = out, .runs_max = runs_allowed(row->bytes) };
    const struct trial standing = { .figure = row->figure };
    const struct command *command = command_find(row->words->at[0]);
    struct options o;
    size_t depth = 0;
    enum dyad_status st = options_parse(command, (const char *const *)row->words->at + 1, row->words->n - 1, row->folder, &o,
                                        err);

    *out = (struct search_answer){ NULL, { NAN, NAN, NAN, SCALE_NUMBER } };
    s.limits = row->published[1][0] || row->published[2][0];
    if (st == DYAD_OK && reads_standard_input(&o)) {
        result_note(r, "%s: not searched: its command reads standard input.", row->id);
    } else if (st == DYAD_OK) {
        departures_find(&o, row->quantity, s.limits, &s.departures);
        st = keep(&s, &standing);
        while (st == DYAD_OK && s.agreed == 0 && !s.cut_short && depth < depth_allowed(row))
            st = search_depth(&s, ++depth);
        if (st == DYAD_OK)
            st = note(&s, depth, r);
    }
    options_release(&o);
    free(s.trials);
    return st == DYAD_OK ? st : dyad_fail(err, st, "out of memory");
}
