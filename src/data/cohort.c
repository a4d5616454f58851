#include "dyad/data/cohort.h"

#include "dyad/core/workers.h"
#include "dyad/data/expression.h"
#include "dyad/data/identifiers.h"
#include "dyad/data/number.h"
#include "dyad/data/number_order.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = EXPRESSION_ROWS, COMPLAINTS_MAX = 20, CODE_CACHE = 64 };
#define BYTES_PER_THREAD (UINT64_C(1) << 20)

/* Where a name leads: a column of the files, or a derived one. */
struct variable {
    bool derived;
    size_t column;
};

struct factor {
    struct variable from;
    const char *name;
    size_t levels_max;
    bool is_number;       /* asked for by cohort_number alone */
    bool is_direct;       /* after the run: some of its numbers went by without a code */
    struct level *levels; /* after the run */
    size_t n_levels;
    const struct level_order *order;
    const struct codebook_field *field; /* what the codebook says of it; NULL: nothing */
    struct missing_values missing;
};

struct count {
    struct variable from;
    const char *name;
};

struct derived {
    const char *name;
    struct expression *expression;
};

struct complaint {
    struct place place;
    uint64_t column;
    const char *name; /* of the column; NULL: a complaint about the record */
    bool broken;      /* the file's form is at fault: nothing behind it is read */
    char text[240];
};

struct cohort {
    struct cohort_options options;
    struct reader *reader;
    bool is_shared; /* the reader is that of a pass */
    struct derived *derived;
    struct expression **filters;
    struct factor *factors;
    size_t n_factors;
    struct count *counts;
    size_t n_counts;
    bool has_frequency;
    struct variable frequency;
    struct missing_values *missing; /* of each column of the file, made when it is needed */
    struct codebook *codebook;
    const struct codebook_field **fields; /* of each column of the file; NULL without a codebook */
    bool *computed;                       /* is it used in an expression? */
    int64_t n_read, n_missing_frequency, *n_kept;
};

/* --- names -------------------------------------------------------------------------------- */

static bool
find_variable(const struct cohort *c, const char *name, struct variable *out)
{
    for (size_t i = 0; i < c->options.n_derived; i++)
        if (c->derived[i].expression && strcmp(c->derived[i].name, name) == 0) {
            *out = (struct variable){ true, i };
            return true;
        }
    *out = (struct variable){ false, reader_find(c->reader, name) };
    return out->column < reader_n_columns(c->reader);
}

/* Small edits apart? For "did you mean". */
static bool
is_near(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    size_t same = 0, ends = 0;

    while (same < n && same < m && (a[same] | 32) == (b[same] | 32))
        same++;
    while (ends < n - same && ends < m - same && (a[n - 1 - ends] | 32) == (b[m - 1 - ends] | 32))
        ends++;
    return n > 2 && n - same - ends <= 2 && m - same - ends <= 2;
}

static enum dyad_status
no_column(const struct cohort *c, const char *name, struct dyad_error *err)
{
    const char *path = source_path(reader_source(c->reader, 0));

    for (size_t i = 0; i < reader_n_columns(c->reader); i++)
        if (is_near(reader_name(c->reader, i), name))
            return dyad_fail(err, DYAD_USAGE, "%s:1: no column '%s': is '%s' meant?", path, name,
                             reader_name(c->reader, i));
    return dyad_fail(err, DYAD_USAGE, "%s:1: no column '%s' in the header", path, name);
}

bool
cohort_has(const struct cohort *c, const char *name)
{
    struct variable v;
    return find_variable(c, name, &v);
}

/* Names in expressions are numbered: columns of the file first, derived ones behind. */
static bool
find_in_expression(void *context, const char *name, size_t *column, enum expression_type *type)
{
    struct cohort *c = context;
    struct variable v;

    if (!find_variable(c, name, &v))
        return false;
    if (!v.derived)
        c->computed[v.column] = true;
    *column = v.derived ? reader_n_columns(c->reader) + v.column : v.column;
    *type = v.derived ? expression_type(c->derived[v.column].expression) : EXPRESSION_EITHER;
    return true;
}

/* --- opening ------------------------------------------------------------------------------ */

static enum dyad_status
open_missing(struct cohort *c, struct dyad_error *err)
{
    const size_t n = reader_n_columns(c->reader);

    for (size_t i = 0; i < c->options.n_missing; i++)
        if (c->options.missing[i].column && reader_find(c->reader, c->options.missing[i].column) == n)
            return no_column(c, c->options.missing[i].column, err);
    c->missing = calloc(n ? n : 1, sizeof *c->missing);
    if (c->missing == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < n && (c->options.n_missing || c->fields); i++)
        if (missing_of(c->options.missing, c->options.n_missing, c->fields ? c->fields[i] : NULL, reader_name(c->reader, i),
                       c->options.decimal, &c->missing[i]) != DYAD_OK)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return DYAD_OK;
}

/* Say which option the expression stands in. */
static enum dyad_status
blame(struct dyad_error *err, enum dyad_status st, const char *option, const char *name)
{
    char what[DYAD_ERROR_TEXT];

    snprintf(what, sizeof what, "%s", err ? err->text : "");
    return dyad_fail(err, st, "%s%s%s: %.2000s", option, name ? " " : "", name ? name : "", what);
}

static enum dyad_status
open_expressions(struct cohort *c, struct dyad_error *err)
{
    const struct cohort_options *o = &c->options;
    const struct expression_names names = { c, find_in_expression };
    enum dyad_status st = DYAD_OK;

    c->derived = calloc(o->n_derived ? o->n_derived : 1, sizeof *c->derived);
    c->filters = calloc(o->n_filters ? o->n_filters : 1, sizeof *c->filters);
    c->n_kept = calloc(o->n_filters ? o->n_filters : 1, sizeof *c->n_kept);
    if (c->derived == NULL || c->filters == NULL || c->n_kept == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < o->n_derived; i++) {
        const char *name = o->derived[i].name;
        if (cohort_has(c, name))
            return dyad_fail(err, DYAD_USAGE, "--define %s: there is a column of that name: choose another", name);
        if ((st = expression_parse(o->derived[i].expression, &names, &c->derived[i].expression, err)) != DYAD_OK)
            return blame(err, st, "--define", name);
        c->derived[i].name = name;
    }
    for (size_t i = 0; i < o->n_filters; i++)
        if ((st = expression_parse(o->filters[i], &names, &c->filters[i], err)) != DYAD_OK ||
            (st = expression_require_truth(c->filters[i], err)) != DYAD_OK)
            return blame(err, st, "--where", NULL);
    return DYAD_OK;
}

static enum dyad_status
check_orders(const struct cohort *c, struct dyad_error *err)
{
    for (size_t i = 0; i < c->options.n_orders; i++)
        if (!cohort_has(c, c->options.orders[i].column))
            return no_column(c, c->options.orders[i].column, err);
    return DYAD_OK;
}

/* What the codebook says of the file's columns; with none in common it is another file's. */
static enum dyad_status
open_codebook(struct cohort *c, struct dyad_error *err)
{
    const size_t n = reader_n_columns(c->reader);
    enum dyad_status st;

    if ((c->computed = calloc(n ? n : 1, sizeof *c->computed)) == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (c->options.codebook == NULL)
        return DYAD_OK;
    if ((st = codebook_read(c->options.codebook, c->options.hash, &c->codebook, err)) != DYAD_OK)
        return st;
    if ((c->fields = calloc(n ? n : 1, sizeof *c->fields)) == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        c->fields[i] = codebook_find(c->codebook, reader_name(c->reader, i));
    return codebook_match(c->codebook, c->reader, err);
}

static enum dyad_status
refuse_identifier(const struct cohort *c, size_t column, const char *how, enum identifier kind, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_DATA,
                     "%s:1:%zu: column '%s' %s%s: remove it, say in the codebook's Identifier? that it is none, or give "
                     "--allow-identifiers",
                     source_path(reader_source(c->reader, 0)), column + 1, reader_name(c->reader, column), how,
                     identifier_kind(kind));
}

/* Columns that by their names, or by the codebook, identify people. */
static enum dyad_status
check_identifiers(const struct cohort *c, struct dyad_error *err)
{
    for (size_t i = 0; c->options.refuse_identifiers && i < reader_n_columns(c->reader); i++) {
        const struct codebook_field *f = c->fields ? c->fields[i] : NULL;
        const enum identifier kind = identifier_by_name(reader_name(c->reader, i));
        if (f && f->mark == CODEBOOK_IDENTIFIES)
            return refuse_identifier(c, i, "is an identifier by the codebook", IDENTIFIER_NONE, err);
        if (f && (f->mark == CODEBOOK_DOES_NOT || f->type == CODEBOOK_TRUTH || f->type == CODEBOOK_CATEGORY))
            continue;
        if (f && f->personal)
            return refuse_identifier(c, i, "is an identifier by the codebook's type", IDENTIFIER_NONE, err);
        if (kind)
            return refuse_identifier(c, i, "is by its name a direct identifier: ", kind, err);
    }
    return DYAD_OK;
}

static enum dyad_status
open_reader(struct cohort *c, const struct reader_options *how, struct dyad_error *err)
{
    const struct cohort_options *o = &c->options;
    enum dyad_status st = DYAD_OK;

    if (o->member)
        st = pass_reader(o->member, o->paths, o->n_paths, how, &c->reader, err);
    c->is_shared = c->reader != NULL;
    return st == DYAD_OK && !c->is_shared ? reader_open(o->paths, o->n_paths, how, &c->reader, err) : st;
}

enum dyad_status
cohort_open(const struct cohort_options *options, struct cohort **out, struct dyad_error *err)
{
    const struct reader_options how = { options->delimiter, options->hash };
    struct cohort *c = calloc(1, sizeof *c);
    enum dyad_status st;

    if (c == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    c->options = *options;
    if (c->options.decimal == 0)
        c->options.decimal = '.';
    if ((st = open_reader(c, &how, err)) == DYAD_OK &&
        (st = open_codebook(c, err)) == DYAD_OK && (st = check_identifiers(c, err)) == DYAD_OK &&
        (st = open_missing(c, err)) == DYAD_OK && (st = open_expressions(c, err)) == DYAD_OK &&
        (st = check_orders(c, err)) == DYAD_OK && options->frequency) {
        c->has_frequency = find_variable(c, options->frequency, &c->frequency);
        if (!c->has_frequency)
            st = no_column(c, options->frequency, err);
    }
    if (st == DYAD_OK)
        *out = c;
    else
        cohort_close(c);
    return st;
}

static bool
find_factor(const struct cohort *c, const char *name, size_t *out)
{
    for (size_t i = 0; i < c->n_factors; i++)
        if (strcmp(c->factors[i].name, name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

enum dyad_status
cohort_factor(struct cohort *c, const char *name, size_t levels_max, size_t *out, struct dyad_error *err)
{
    struct variable v;

    if (find_factor(c, name, out)) {
        c->factors[*out].is_number = false;
        return DYAD_OK;
    }
    if (!find_variable(c, name, &v))
        return no_column(c, name, err);
    struct factor *grown = realloc(c->factors, (c->n_factors + 1) * sizeof *grown);
    if (grown == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    c->factors = grown;
    c->factors[c->n_factors] = (struct factor){ .from = v, .levels_max = levels_max };
    struct factor *f = &c->factors[c->n_factors];
    f->name = v.derived ? c->derived[v.column].name : reader_name(c->reader, v.column);
    for (size_t i = 0; i < c->options.n_orders; i++)
        if (strcmp(c->options.orders[i].column, name) == 0)
            f->order = &c->options.orders[i];
    if (!v.derived) {
        f->missing = c->missing[v.column];
        f->field = c->fields ? c->fields[v.column] : NULL;
    }
    if (f->order == NULL && f->field && f->field->order.n)
        f->order = &f->field->order;
    *out = c->n_factors++;
    return DYAD_OK;
}

enum dyad_status
cohort_number(struct cohort *c, const char *name, size_t *out, struct dyad_error *err)
{
    enum dyad_status st;

    if (find_factor(c, name, out))
        return DYAD_OK;
    if ((st = cohort_factor(c, name, LEVELS_UNLIMITED, out, err)) == DYAD_OK)
        c->factors[*out].is_number = true;
    return st;
}

bool
cohort_is_number(const struct cohort *c, size_t factor)
{
    return c->factors[factor].is_number;
}

size_t
cohort_n_factors(const struct cohort *c)
{
    return c->n_factors;
}

const char *
cohort_factor_name(const struct cohort *c, size_t factor)
{
    return c->factors[factor].name;
}

enum dyad_status
cohort_count(struct cohort *c, const char *name, size_t *out, struct dyad_error *err)
{
    struct variable v;

    if (!find_variable(c, name, &v))
        return no_column(c, name, err);
    if (v.derived && expression_type(c->derived[v.column].expression) == EXPRESSION_TEXT)
        return dyad_fail(err, DYAD_USAGE, "'%s' is text where counts are needed", name);
    struct count *grown = realloc(c->counts, (c->n_counts + 1) * sizeof *grown);
    if (grown == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    c->counts = grown;
    c->counts[c->n_counts] =
        (struct count){ v, v.derived ? c->derived[v.column].name : reader_name(c->reader, v.column) };
    *out = c->n_counts++;
    return DYAD_OK;
}

/* --- one thread --------------------------------------------------------------------------- */

/*
 * One cohort at a pass, and its worker on each lane.  Seats that define the same columns by the same
 * rules of what is missing have the same leader, the first of them: what it has worked out of the
 * records at hand, the others take from it.
 */
struct seat {
    struct cohort *c;
    const struct accumulator *accumulator;
    const void *spec;
    void **out;
    struct dyad_error *err;
    enum dyad_status st;
    struct worker *workers; /* one a lane; one more holds the whole */
    size_t leader;          /* its number */
    size_t *columns;        /* of each factor: the lanes' decoded column, SIZE_MAX: it decodes for itself */
    struct twin {
        size_t seat, filter;
    } *twins;               /* of each filter: where the leader's followers had the same first */
    atomic_uint_fast64_t last; /* the last block that it wants: behind it, it has complained enough */
};

/* A column of the file that several seats want as codes, decoded once. */
struct shared_column {
    size_t column;
    const struct missing_values *missing;
};

struct decoded {
    struct dictionary *dictionary;
    uint32_t *codes;
    bool is_fresh; /* they are of the records at hand */
};

struct party {
    struct seat *const *seats;
    size_t n_seats, n_lanes;
    struct reader *reader;
    struct shared_column *shared;
    size_t n_shared;
};

/* A thread: the block it has taken, and what it has worked out of the records at hand for all seats. */
struct lane {
    const struct party *party;
    size_t number;
    struct block block;
    struct decoded *decoded; /* of each shared column */
    size_t first, n;         /* the records at hand, of the block */
    enum dyad_status st;
    struct dyad_error err;
};

/* A derived number's code without a search, most of the time. */
struct cached_code {
    double number;
    uint32_t code;
    bool used;
};

struct worker {
    struct cohort *c;
    const struct accumulator *accumulator;
    void *sums;
    struct seat *seat;
    struct lane *lane;   /* of the thread */
    struct block *block; /* the lane's */
    struct dictionary **dictionaries;
    uint32_t **translations; /* of each factor that the lane decodes: from its codes to ours; 0: not met yet */
    size_t *translation_rooms;
    struct cached_code (*cached)[CODE_CACHE];
    uint32_t **codes;
    double **numbers;               /* of each factor, if it is a number */
    const double **direct;          /* the same where the values go by without codes; else NULL */
    struct code_numbers *known;     /* of each factor's codes */
    double **counts, *weights;
    struct expression_scratch **derived_scratch, **filter_scratch;
    const double **derived_numbers; /* of the records at hand, of each derived column of numbers */
    const struct span **derived_texts;
    size_t first, n;  /* the records at hand, of the block */
    uint32_t *kept;   /* of the block, those that are kept */
    size_t n_kept_rows;
    struct text bare;     /* for fields with doubled quotes */
    char **unpacked;      /* such fields, kept while the records are at hand */
    size_t n_unpacked, unpacked_room;
    struct complaint complaints[COMPLAINTS_MAX];
    size_t n_complaints;
    bool has_complained;  /* of the records at hand */
    bool is_derived;      /* the derived columns are worked out of the records at hand, without a complaint */
    const double **truths; /* of each filter, of the records at hand; NULL: not worked out, or complained of */
    struct identifier_tally *looked; /* at the columns of expressions; NULL: this thread did not have the first block */
    int64_t n_read, n_missing_frequency, *n_kept;
    enum dyad_status st;
    struct dyad_error err;
};

/* By place, then column, then words: the same order whichever thread complained first. */
static int
compare_complaints(const struct complaint *a, const struct complaint *b)
{
    if (place_before(a->place, b->place))
        return -1;
    if (place_before(b->place, a->place))
        return 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    const int order = strcmp(a->name ? a->name : "", b->name ? b->name : "");
    return order ? order : strcmp(a->text, b->text);
}

/*
 * Keep the complaint if it is among the first of this thread.  The records at hand are looked
 * through column by column, so a later complaint may be of an earlier line; and a column that two
 * expressions use is complained of once.
 */
static void
put_complaint(struct worker *w, const struct complaint *p)
{
    size_t at = w->n_complaints;

    while (at > 0 && compare_complaints(p, &w->complaints[at - 1]) < 0)
        at--;
    if (at == COMPLAINTS_MAX || (at > 0 && compare_complaints(p, &w->complaints[at - 1]) == 0))
        return;
    if (w->n_complaints < COMPLAINTS_MAX)
        w->n_complaints++;
    memmove(&w->complaints[at + 1], &w->complaints[at], (w->n_complaints - 1 - at) * sizeof *p);
    w->complaints[at] = *p;
}

/* Blocks behind this one are not wanted; when no seat wants any, no more are read. */
static void
stop_seat(struct worker *w)
{
    const struct party *p = w->lane->party;
    uint_fast64_t last = atomic_load(&w->seat->last);
    bool any = false;

    while (w->block->number < last && !atomic_compare_exchange_weak(&w->seat->last, &last, w->block->number))
        ;
    for (size_t i = 0; i < p->n_seats; i++)
        any = any || atomic_load(&p->seats[i]->last) == UINT64_MAX;
    if (!any)
        reader_stop(p->reader);
}

static void
keep_complaint(struct worker *w, const struct complaint *p)
{
    put_complaint(w, p);
    w->has_complained = true;
    if (w->n_complaints == COMPLAINTS_MAX)
        stop_seat(w);
}

static enum dyad_status
complain(struct worker *w, size_t record, const struct variable *from, const char *name, const char *what)
{
    struct complaint p = { .place = block_place(w->block, record), .name = name };

    if (from && !from->derived)
        p.column = reader_column(w->c->reader, w->block->file, from->column) + 1;
    snprintf(p.text, sizeof p.text, "%s", what);
    keep_complaint(w, &p);
    return DYAD_OK;
}

static enum dyad_status
complain_of_number(struct worker *w, size_t record, const struct variable *from, const char *name,
                   enum number_state state, const char *text, size_t length)
{
    char what[200];

    if (state == NUMBER_NONE) {
        const char *hint = number_hint(text, length);
        snprintf(what, sizeof what, "holds no number%s%s", *hint ? ": " : "", hint);
    } else {
        snprintf(what, sizeof what, "holds a number too %s for a double",
                 state == NUMBER_TOO_LARGE ? "large" : "small");
    }
    return complain(w, record, from, name, what);
}

/* A field without padding and quotes; NULL where it is missing. */
static struct span
bare_field(struct worker *w, size_t record, size_t column)
{
    const struct block *b = w->block;
    const size_t k = record * b->n_columns + reader_column(w->c->reader, b->file, column);
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    size_t length = end - start;
    const char *text = b->raw ? field_bare(b->text, start, end, &w->bare, &length) : b->text + start;

    return missing_is(&w->c->missing[column], text, length) ? (struct span){ NULL, 0 } : (struct span){ text, length };
}

/* Does a value that is not missing break what the codebook says? */
static bool
complain_of_codebook(struct worker *w, size_t record, size_t column, struct span text)
{
    const struct codebook_field *f = w->c->fields ? w->c->fields[column] : NULL;
    const enum codebook_fault fault =
        f && text.at ? codebook_fault(f, text.at, text.length, w->c->options.decimal) : FAULT_NONE;

    if (fault)
        (void)complain(w, record, &(struct variable){ false, column }, f->name, codebook_fault_words(f, fault));
    return fault != FAULT_NONE;
}

static enum dyad_status
field_number(struct worker *w, size_t record, const struct variable *from, double *out)
{
    const struct block *b = w->block;
    const size_t k = record * b->n_columns + reader_column(w->c->reader, b->file, from->column);
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    const char decimal = w->c->options.decimal;

    if (w->c->fields == NULL && number_parse(b->text + start, end - start, decimal, out) == NUMBER_GOOD &&
        w->c->missing[from->column].n == 0)
        return DYAD_OK;
    const struct span text = bare_field(w, record, from->column);
    *out = NAN;
    if (w->bare.failed)
        return DYAD_NOMEM;
    if (text.at == NULL)
        return DYAD_OK;
    const enum number_state state = number_parse(text.at, text.length, decimal, out);
    if (complain_of_codebook(w, record, from->column, text))
        *out = NAN;
    if (state == NUMBER_GOOD)
        return DYAD_OK;
    return complain_of_number(w, record, from, reader_name(w->c->reader, from->column), state, text.at, text.length);
}

/* The expression's way to a column's numbers: of all the records at hand. */
static enum dyad_status
give_numbers(void *context, size_t column, size_t n, double *out)
{
    struct worker *w = context;
    const size_t n_columns = reader_n_columns(w->c->reader);
    const struct variable from = { false, column };
    enum dyad_status st = DYAD_OK;

    if (column >= n_columns) {
        const double *numbers = w->derived_numbers[column - n_columns];
        if (numbers)
            memcpy(out, numbers, n * sizeof *out);
        for (size_t i = 0; numbers == NULL && i < n && st == DYAD_OK; i++) {
            const struct span text = w->derived_texts[column - n_columns][i];
            out[i] = NAN;
            const enum number_state state =
                text.at ? number_parse(text.at, text.length, w->c->options.decimal, &out[i]) : NUMBER_GOOD;
            if (state != NUMBER_GOOD)
                st = complain_of_number(w, w->first + i, NULL, w->c->derived[column - n_columns].name, state,
                                        text.at, text.length);
        }
        return st;
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = field_number(w, w->first + i, &from, &out[i]);
    return st;
}

/* Text that had to be unpacked is overwritten by the next field's: keep it. */
static enum dyad_status
keep_unpacked(struct worker *w, struct span *text)
{
    if (text->at == NULL || text->at != w->bare.at)
        return DYAD_OK;
    if (w->n_unpacked == w->unpacked_room) {
        const size_t room = w->unpacked_room ? 2 * w->unpacked_room : 64;
        char **grown = realloc(w->unpacked, room * sizeof *grown);
        if (grown == NULL)
            return DYAD_NOMEM;
        w->unpacked = grown;
        w->unpacked_room = room;
    }
    char *copy = malloc(text->length + 1);
    if (copy == NULL)
        return DYAD_NOMEM;
    memcpy(copy, text->at, text->length);
    w->unpacked[w->n_unpacked++] = copy;
    text->at = copy;
    return DYAD_OK;
}

static void
drop_unpacked(struct worker *w)
{
    while (w->n_unpacked)
        free(w->unpacked[--w->n_unpacked]);
}

static enum dyad_status
give_texts(void *context, size_t column, size_t n, struct span *out)
{
    struct worker *w = context;
    const size_t n_columns = reader_n_columns(w->c->reader);
    enum dyad_status st = DYAD_OK;

    if (column >= n_columns) {
        memcpy(out, w->derived_texts[column - n_columns], n * sizeof *out);
        return DYAD_OK;
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        out[i] = bare_field(w, w->first + i, column);
        (void)complain_of_codebook(w, w->first + i, column, out[i]);
        st = w->bare.failed ? DYAD_NOMEM : keep_unpacked(w, &out[i]);
    }
    return st;
}

static struct expression_source
source_of(struct worker *w)
{
    return (struct expression_source){
        .context = w,
        .decimal = w->c->options.decimal,
        .numbers = give_numbers,
        .texts = give_texts,
    };
}

static enum dyad_status
derive_all(struct worker *w)
{
    const struct expression_source source = source_of(w);
    enum dyad_status st = DYAD_OK;

    w->has_complained = false;
    for (size_t i = 0; i < w->c->options.n_derived && st == DYAD_OK; i++) {
        const struct expression *e = w->c->derived[i].expression;
        st = expression_type(e) == EXPRESSION_NUMBER
                 ? expression_numbers(e, &source, w->n, w->derived_scratch[i], &w->derived_numbers[i])
                 : expression_texts(e, &source, w->n, w->derived_scratch[i], &w->derived_texts[i]);
    }
    w->is_derived = st == DYAD_OK && !w->has_complained;
    return st;
}

static const struct worker *
worker_of(const struct worker *w, size_t seat)
{
    return &w->lane->party->seats[seat]->workers[w->lane->number];
}

/* The derived columns: the leader's, unless it complained, which each has to do for itself. */
static enum dyad_status
derive(struct worker *w)
{
    const struct worker *leader = worker_of(w, w->seat->leader);
    const size_t n = w->c->options.n_derived;

    if (leader == w || !leader->is_derived)
        return derive_all(w);
    for (size_t i = 0; i < n; i++) {
        w->derived_numbers[i] = leader->derived_numbers[i];
        w->derived_texts[i] = leader->derived_texts[i];
    }
    w->is_derived = true;
    return DYAD_OK;
}

/* A whole number from 0 that a double holds exactly, or a complaint; NaN where it is missing. */
static enum dyad_status
whole_number(struct worker *w, size_t record, const struct variable *from, const char *name, double *out)
{
    enum dyad_status st = DYAD_OK;

    if (!from->derived)
        st = field_number(w, record, from, out);
    else if (w->derived_numbers[from->column])
        *out = w->derived_numbers[from->column][record - w->first];
    else {
        const struct span text = w->derived_texts[from->column][record - w->first];
        *out = NAN;
        if (text.at && number_parse(text.at, text.length, w->c->options.decimal, out) != NUMBER_GOOD)
            st = complain_of_number(w, record, from, name, NUMBER_NONE, text.at, text.length);
    }
    if (st != DYAD_OK || isnan(*out))
        return st;
    if (*out >= 0 && *out < (double)COUNT_MAX && *out == floor(*out)) /* 2^53 + 1 reads as 2^53 */
        return DYAD_OK;
    *out = NAN;
    return complain(w, record, from, name, "holds no count: a whole number from 0 to 2^53 is needed");
}

static enum dyad_status
too_many(const struct cohort *c, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_DATA, "column '%s' adds up to more than 2^53 records", c->options.frequency);
}

/* The records at hand that count at all, and what each stands for. */
static enum dyad_status
weigh(struct worker *w)
{
    enum dyad_status st = DYAD_OK;
    size_t kept = 0;

    if (!w->c->has_frequency) {
        for (size_t i = 0; i < w->n; i++)
            w->kept[i] = (uint32_t)(w->first + i);
        w->n_kept_rows = w->n;
        w->n_read += (int64_t)w->n;
        return DYAD_OK;
    }
    for (size_t i = 0; i < w->n && st == DYAD_OK; i++) {
        double weight;
        st = whole_number(w, w->first + i, &w->c->frequency, w->c->options.frequency, &weight);
        if (isnan(weight))
            w->n_missing_frequency++;
        if (isnan(weight) || weight == 0) /* a record that stands for none is not there */
            continue;
        if ((int64_t)weight > COUNT_MAX - w->n_read)
            return too_many(w->c, &w->err);
        w->n_read += (int64_t)weight;
        w->kept[kept] = (uint32_t)(w->first + i);
        w->weights[kept++] = weight;
    }
    w->n_kept_rows = kept;
    return st;
}

static int64_t
total_weight(const struct worker *w)
{
    int64_t total = 0;

    if (!w->c->has_frequency)
        return (int64_t)w->n_kept_rows;
    for (size_t i = 0; i < w->n_kept_rows; i++)
        total += (int64_t)w->weights[i];
    return total;
}

/* Of which records a filter is true: as one with the same filter has found, or anew. */
static enum dyad_status
find_truth(struct worker *w, size_t filter, const double **out)
{
    const struct expression_source source = source_of(w);
    const struct twin *twin = &w->seat->twins[filter];
    const double *known = worker_of(w, twin->seat)->truths[twin->filter];

    if (known) {
        *out = known;
        return DYAD_OK;
    }
    w->has_complained = false;
    const enum dyad_status st = expression_numbers(w->c->filters[filter], &source, w->n, w->filter_scratch[filter], out);
    if (st == DYAD_OK && !w->has_complained)
        w->truths[filter] = *out;
    return st;
}

static enum dyad_status
filter(struct worker *w)
{
    for (size_t f = 0; f < w->c->options.n_filters; f++) {
        const double *keep;
        size_t kept = 0;
        const enum dyad_status st = find_truth(w, f, &keep);
        if (st != DYAD_OK)
            return st;
        for (size_t i = 0; i < w->n_kept_rows; i++) {
            const double truth = keep[w->kept[i] - w->first];
            w->kept[kept] = w->kept[i];
            w->weights[kept] = w->weights[i];
            kept += !isnan(truth) && truth != 0;
        }
        w->n_kept_rows = kept;
        w->n_kept[f] += total_weight(w);
    }
    return DYAD_OK;
}

static uint32_t
code_of_number(struct worker *w, size_t factor, double number, size_t record)
{
    char text[32];
    uint64_t bits;

    if (isnan(number))
        return 0;
    memcpy(&bits, &number, sizeof bits);
    struct cached_code *known = &w->cached[factor][(bits * UINT64_C(0x9e3779b97f4a7c15)) >> 58];
    if (!known->used || known->number != number) {
        const size_t length = number_text(number, text);
        const uint32_t code = dictionary_code(w->dictionaries[factor], text, length, block_place(w->block, record));
        *known = (struct cached_code){ number, code, true };
    }
    return known->code;
}

static void
code_derived(struct worker *w, size_t factor)
{
    const size_t d = w->c->factors[factor].from.column;
    uint32_t *codes = w->codes[factor];

    for (size_t i = 0; i < w->n_kept_rows; i++) {
        const size_t record = w->kept[i];
        if (w->derived_numbers[d]) {
            codes[i] = code_of_number(w, factor, w->derived_numbers[d][record - w->first], record);
            continue;
        }
        const struct span text = w->derived_texts[d][record - w->first];
        codes[i] = text.at ? dictionary_code(w->dictionaries[factor], text.at, text.length,
                                             (struct place){ w->block->number, UINT64_MAX })
                           : 0;
    }
}

static enum dyad_status
check_levels(const struct factor *f, size_t n_levels, struct dyad_error *err)
{
    if (f->levels_max == LEVELS_UNLIMITED || n_levels <= f->levels_max)
        return DYAD_OK;
    return dyad_fail(err, DYAD_DATA,
                     "column '%s' has more than %zu different values: is it a category? group it with --define", f->name,
                     f->levels_max);
}

/* The lane's codes of the records at hand, decoded by whoever asks first. */
static enum dyad_status
decode_shared(struct lane *l, size_t column, const struct decoded **out)
{
    struct decoded *d = &l->decoded[column];
    const struct party *p = l->party;

    *out = d;
    if (d->is_fresh)
        return DYAD_OK;
    dictionary_decode(d->dictionary, &l->block, reader_column(p->reader, l->block.file, p->shared[column].column),
                      (struct selection){ l->first, l->n, NULL }, d->codes);
    d->is_fresh = !dictionary_failed(d->dictionary);
    return d->is_fresh ? DYAD_OK : DYAD_NOMEM;
}

static enum dyad_status
make_room(struct worker *w, size_t factor, size_t n)
{
    size_t room = w->translation_rooms[factor];

    if (n <= room)
        return DYAD_OK;
    while (room < n)
        room = room ? 2 * room : 64;
    uint32_t *grown = realloc(w->translations[factor], room * sizeof *grown);
    if (grown == NULL)
        return DYAD_NOMEM;
    memset(grown + w->translation_rooms[factor], 0, (room - w->translation_rooms[factor]) * sizeof *grown);
    w->translations[factor] = grown;
    w->translation_rooms[factor] = room;
    return DYAD_OK;
}

/* The lane's codes as this seat's own, which numbers only what its own records hold. */
static enum dyad_status
translate(struct worker *w, size_t factor)
{
    const struct decoded *d;
    uint32_t *codes = w->codes[factor];
    enum dyad_status st = decode_shared(w->lane, w->seat->columns[factor], &d);

    if (st != DYAD_OK || (st = make_room(w, factor, dictionary_n_levels(d->dictionary) + 1)) != DYAD_OK)
        return st;
    uint32_t *own = w->translations[factor];
    for (size_t i = 0; i < w->n_kept_rows; i++) {
        const uint32_t code = d->codes[w->kept[i] - w->first];
        if (own[code] == 0 && code) {
            const struct level *l = dictionary_level(d->dictionary, code);
            own[code] = dictionary_code(w->dictionaries[factor], l->text, l->length, block_place(w->block, w->kept[i]));
        }
        codes[i] = own[code];
    }
    return DYAD_OK;
}

/*
 * From so many values on, or where most of those at hand are new, numbers go by without codes.  It
 * changes what it costs, not what comes of it.
 */
enum { DIRECT_FROM = 1 << 16 };

static bool
has_many(const struct worker *w, size_t factor, size_t before)
{
    const size_t n = dictionary_n_levels(w->dictionaries[factor]);

    return n > DIRECT_FROM || (w->n_kept_rows >= ROWS / 4 && 16 * (n - before) > 15 * w->n_kept_rows);
}

/* What a code would mean if it had one: no missing value, and nothing that may be refused later. */
static bool
is_plain(double number)
{
    return number == 0 || (number >= DBL_MIN && number <= 1e15);
}

static enum dyad_status
number_field(struct worker *w, const struct factor *f, size_t i, size_t factor)
{
    const struct block *b = w->block;
    const size_t record = w->kept[i], k = record * b->n_columns + reader_column(w->c->reader, b->file, f->from.column);
    const size_t start = (uint32_t)(b->ends[k] + 1), end = b->ends[k + 1];
    const char decimal = w->c->options.decimal;
    double *number = &w->numbers[factor][i];
    size_t length = end - start;

    w->codes[factor][i] = 0;
    if (f->missing.n == 0 && f->field == NULL && number_parse(b->text + start, length, decimal, number) == NUMBER_GOOD &&
        is_plain(*number))
        return DYAD_OK;
    const char *text = b->raw ? field_bare(b->text, start, end, &w->bare, &length) : b->text + start;
    *number = NAN;
    if (w->bare.failed)
        return DYAD_NOMEM;
    if (missing_is(&f->missing, text, length))
        return DYAD_OK;
    if (number_parse(text, length, decimal, number) != NUMBER_GOOD)
        *number = NAN;
    if (!is_plain(*number) || (f->field && codebook_fault(f->field, text, length, decimal) != FAULT_NONE))
        w->codes[factor][i] = dictionary_code(w->dictionaries[factor], text, length, block_place(b, record));
    return DYAD_OK;
}

static void
number_derived(struct worker *w, size_t i, size_t factor)
{
    const size_t record = w->kept[i];
    const double number = w->derived_numbers[w->c->factors[factor].from.column][record - w->first];

    w->numbers[factor][i] = number;
    w->codes[factor][i] = is_plain(number) ? 0 : code_of_number(w, factor, number, record);
}

/* The numbers at hand; a code have those alone that are not plain. */
static enum dyad_status
number_factor(struct worker *w, size_t factor)
{
    const struct factor *f = &w->c->factors[factor];
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < w->n_kept_rows && st == DYAD_OK; i++)
        if (f->from.derived)
            number_derived(w, i, factor);
        else
            st = number_field(w, f, i, factor);
    return st;
}

/* A derived number is written with a point where it gets a code: there are such, or there are none. */
static bool
may_be_direct(const struct worker *w, const struct factor *f)
{
    return f->is_number &&
           (!f->from.derived || (w->derived_numbers[f->from.column] != NULL && w->c->options.decimal == '.'));
}

const double *
rows_numbers(const struct rows *rows, size_t factor)
{
    struct worker *w = rows->context;

    if (w->direct[factor])
        return w->direct[factor];
    if (code_numbers_learn(&w->known[factor], w->dictionaries[factor], w->c->options.decimal) != DYAD_OK)
        return NULL;
    for (size_t i = 0; i < rows->n; i++)
        w->numbers[factor][i] = w->known[factor].at[rows->codes[factor][i]];
    return w->numbers[factor];
}

static enum dyad_status
code_factors(struct worker *w)
{
    const struct cohort *c = w->c;
    const bool all = w->n_kept_rows == w->n;
    const struct selection which = { w->first, w->n_kept_rows, all ? NULL : w->kept };
    enum dyad_status st;

    for (size_t f = 0; f < c->n_factors; f++) {
        const struct factor *factor = &c->factors[f];
        const size_t before = dictionary_n_levels(w->dictionaries[f]);
        if (w->direct[f]) {
            if ((st = number_factor(w, f)) != DYAD_OK)
                return st;
        } else if (factor->from.derived)
            code_derived(w, f);
        else if (w->seat->columns[f] != SIZE_MAX) {
            if ((st = translate(w, f)) != DYAD_OK)
                return st;
        } else
            dictionary_decode(w->dictionaries[f], w->block,
                              reader_column(c->reader, w->block->file, factor->from.column), which, w->codes[f]);
        if (dictionary_failed(w->dictionaries[f]))
            return DYAD_NOMEM;
        if ((st = check_levels(factor, dictionary_n_levels(w->dictionaries[f]), &w->err)) != DYAD_OK)
            return st;
        if (may_be_direct(w, factor) && w->direct[f] == NULL && has_many(w, f, before)) {
            if (rows_numbers(&(struct rows){ .n = w->n_kept_rows, .codes = (const uint32_t *const *)w->codes, .context = w },
                             f) == NULL)
                return DYAD_NOMEM;
            w->direct[f] = w->numbers[f];
        }
    }
    return DYAD_OK;
}

static enum dyad_status
read_counts(struct worker *w)
{
    enum dyad_status st = DYAD_OK;

    for (size_t k = 0; k < w->c->n_counts; k++)
        for (size_t i = 0; i < w->n_kept_rows && st == DYAD_OK; i++)
            st = whole_number(w, w->kept[i], &w->c->counts[k].from, w->c->counts[k].name, &w->counts[k][i]);
    return st;
}

enum dyad_status
rows_complain(const struct rows *rows, size_t i, const char *column, const char *what)
{
    struct worker *w = rows->context;
    return complain(w, w->kept[i], NULL, column, what);
}

struct place
rows_place(const struct rows *rows, size_t i)
{
    const struct worker *w = rows->context;
    return block_place(w->block, w->kept[i]);
}

static enum dyad_status
work_rows(struct worker *w)
{
    enum dyad_status st;

    if ((st = derive(w)) != DYAD_OK || (st = weigh(w)) != DYAD_OK || (st = filter(w)) != DYAD_OK ||
        (st = code_factors(w)) != DYAD_OK || (st = read_counts(w)) != DYAD_OK)
        return st;
    const struct rows rows = {
        .n = w->n_kept_rows,
        .codes = (const uint32_t *const *)w->codes,
        .numbers = w->direct,
        .counts = (const double *const *)w->counts,
        .weights = w->c->has_frequency ? w->weights : NULL,
        .dictionaries = (const struct dictionary *const *)w->dictionaries,
        .context = w,
    };
    return w->accumulator->add(w->sums, &rows);
}

/* Is a column used in expressions, or its number alone? */
static bool
is_computed(const struct cohort *c, size_t column)
{
    bool is = c->computed[column];

    for (size_t f = 0; f < c->n_factors; f++)
        is = is || (c->factors[f].is_number && !c->factors[f].from.derived && c->factors[f].from.column == column);
    return is;
}

/* Of what is only computed with, the first records are looked at: the same whichever thread has them. */
static enum dyad_status
look_at_computed(struct worker *w)
{
    const struct cohort *c = w->c;
    const size_t n = reader_n_columns(c->reader);

    if (!c->options.refuse_identifiers || w->block->number != 0)
        return DYAD_OK;
    if ((w->looked = calloc(n ? n : 1, sizeof *w->looked)) == NULL)
        return DYAD_NOMEM;
    for (size_t column = 0; column < n; column++)
        for (size_t record = 0; is_computed(c, column) && record < w->block->n_records && record < ROWS; record++) {
            const struct span text = bare_field(w, record, column);
            if (text.at)
                identifier_look(&w->looked[column], text.at, text.length);
        }
    return w->bare.failed ? DYAD_NOMEM : DYAD_OK;
}

/* Records of the block that all seats are given, before the next ones. */
static void
work_chunk(struct lane *l)
{
    const struct party *p = l->party;

    for (size_t k = 0; k < p->n_shared; k++)
        l->decoded[k].is_fresh = false;
    for (size_t i = 0; i < p->n_seats; i++) {
        struct worker *w = &p->seats[i]->workers[l->number];
        w->first = l->first;
        w->n = l->n;
        w->is_derived = false;
        memset(w->truths, 0, w->c->options.n_filters * sizeof *w->truths);
    }
    for (size_t i = 0; i < p->n_seats; i++) {
        struct worker *w = &p->seats[i]->workers[l->number];
        if (w->st != DYAD_OK || w->n_complaints == COMPLAINTS_MAX || l->block.number > atomic_load(&p->seats[i]->last))
            continue;
        if ((w->st = work_rows(w)) != DYAD_OK)
            stop_seat(w);
    }
    for (size_t i = 0; i < p->n_seats; i++)
        drop_unpacked(&p->seats[i]->workers[l->number]);
}

/* The file's form is at fault: every seat has to say so. */
static void
complain_of_form(struct lane *l, const struct problem *problem)
{
    const struct party *p = l->party;
    struct complaint c = { .place = { l->block.number, problem->line }, .column = problem->column, .broken = true };

    snprintf(c.text, sizeof c.text, "%s", problem->text);
    for (size_t i = 0; i < p->n_seats; i++)
        keep_complaint(&p->seats[i]->workers[l->number], &c);
    reader_stop(p->reader);
}

static enum dyad_status
work_block(struct lane *l)
{
    const struct party *p = l->party;
    struct problem problem;
    enum dyad_status st = reader_index(p->reader, &l->block, &problem);

    if (st == DYAD_PARSE) {
        complain_of_form(l, &problem);
        return DYAD_OK;
    }
    for (size_t i = 0; st == DYAD_OK && i < p->n_seats; i++)
        st = look_at_computed(&p->seats[i]->workers[l->number]);
    for (size_t first = 0; st == DYAD_OK && first < l->block.n_records; first += ROWS) {
        l->first = first;
        l->n = l->block.n_records - first < ROWS ? l->block.n_records - first : ROWS;
        work_chunk(l);
    }
    return st;
}

/* What is said of a status that came without words. */
static void
explain(enum dyad_status st, struct dyad_error *err)
{
    if (st == DYAD_OK || err == NULL || (err->status == st && err->text[0]))
        return;
    dyad_fail(err, st, "%s",
              st == DYAD_NOMEM  ? "out of memory"
              : st == DYAD_DATA ? "the counts add up to more than 2^53"
                                : "more combinations of values than can be counted: name fewer columns");
}

static void
work(void *lane)
{
    struct lane *l = lane;
    const struct party *p = l->party;

    while (l->st == DYAD_OK) {
        if ((l->st = reader_next(p->reader, &l->block, &l->err)) != DYAD_OK || l->block.n == 0)
            break;
        l->st = work_block(l);
    }
    if (l->st != DYAD_OK)
        reader_stop(p->reader);
    explain(l->st, &l->err);
    for (size_t i = 0; i < p->n_seats; i++) {
        struct worker *w = &p->seats[i]->workers[l->number];
        if (w->st == DYAD_OK && l->st != DYAD_OK) {
            w->st = l->st;
            w->err = l->err;
        }
        explain(w->st, &w->err);
    }
}

/* --- a worker's storage ------------------------------------------------------------------- */

static bool
make_factors(struct worker *w)
{
    const struct cohort *c = w->c;
    const size_t n = c->n_factors ? c->n_factors : 1;

    w->dictionaries = calloc(n, sizeof(void *));
    w->codes = calloc(n, sizeof(void *));
    w->cached = calloc(n, sizeof *w->cached);
    w->translations = calloc(n, sizeof(void *));
    w->translation_rooms = calloc(n, sizeof *w->translation_rooms);
    w->numbers = calloc(n, sizeof(void *));
    w->direct = calloc(n, sizeof(void *));
    w->known = calloc(n, sizeof *w->known);
    if (w->numbers == NULL || w->direct == NULL || w->known == NULL || w->dictionaries == NULL || w->codes == NULL || w->cached == NULL || w->translations == NULL ||
        w->translation_rooms == NULL)
        return false;
    for (size_t f = 0; f < c->n_factors; f++) {
        w->dictionaries[f] = dictionary_new(&c->factors[f].missing);
        w->codes[f] = malloc(ROWS * sizeof **w->codes);
        if (w->dictionaries[f] == NULL || w->codes[f] == NULL)
            return false;
        if (c->factors[f].is_number && (w->numbers[f] = malloc(ROWS * sizeof **w->numbers)) == NULL)
            return false;
    }
    w->counts = calloc(c->n_counts ? c->n_counts : 1, sizeof(void *));
    for (size_t k = 0; w->counts && k < c->n_counts; k++)
        if ((w->counts[k] = malloc(ROWS * sizeof **w->counts)) == NULL)
            return false;
    return w->counts != NULL;
}

static bool
make_expressions(struct worker *w)
{
    const struct cohort_options *o = &w->c->options;
    const size_t n = o->n_derived ? o->n_derived : 1;

    w->derived_scratch = calloc(n, sizeof(void *));
    w->derived_numbers = calloc(n, sizeof(void *));
    w->derived_texts = calloc(n, sizeof(void *));
    w->filter_scratch = calloc(o->n_filters ? o->n_filters : 1, sizeof(void *));
    w->n_kept = calloc(o->n_filters ? o->n_filters : 1, sizeof *w->n_kept);
    w->truths = calloc(o->n_filters ? o->n_filters : 1, sizeof *w->truths);
    if (w->derived_scratch == NULL || w->derived_numbers == NULL || w->derived_texts == NULL ||
        w->filter_scratch == NULL || w->n_kept == NULL || w->truths == NULL)
        return false;
    for (size_t i = 0; i < o->n_derived; i++)
        if ((w->derived_scratch[i] = expression_scratch_new(w->c->derived[i].expression)) == NULL)
            return false;
    for (size_t i = 0; i < o->n_filters; i++)
        if ((w->filter_scratch[i] = expression_scratch_new(w->c->filters[i])) == NULL)
            return false;
    return true;
}

static enum dyad_status
worker_init(struct worker *w, struct seat *seat, struct lane *lane)
{
    *w = (struct worker){ .c = seat->c, .accumulator = seat->accumulator, .seat = seat, .lane = lane, .block = &lane->block };
    w->sums = seat->accumulator->begin(seat->spec);
    w->kept = malloc(ROWS * sizeof *w->kept);
    w->weights = calloc(ROWS, sizeof *w->weights);
    return w->sums && w->kept && w->weights && make_factors(w) && make_expressions(w) ? DYAD_OK : DYAD_NOMEM;
}

static void
worker_release(struct worker *w)
{
    const struct cohort *c = w->c;

    if (c == NULL)
        return;
    for (size_t f = 0; f < c->n_factors; f++) {
        if (w->dictionaries)
            dictionary_free(w->dictionaries[f]);
        if (w->codes)
            free(w->codes[f]);
        if (w->translations)
            free(w->translations[f]);
        if (w->numbers)
            free(w->numbers[f]);
        if (w->known)
            free(w->known[f].at);
    }
    for (size_t k = 0; w->counts && k < c->n_counts; k++)
        free(w->counts[k]);
    for (size_t i = 0; w->derived_scratch && i < c->options.n_derived; i++)
        expression_scratch_free(w->derived_scratch[i]);
    for (size_t i = 0; w->filter_scratch && i < c->options.n_filters; i++)
        expression_scratch_free(w->filter_scratch[i]);
    drop_unpacked(w);
    if (w->sums)
        w->accumulator->end(w->sums);
    free(w->dictionaries);
    free(w->codes);
    free(w->cached);
    free(w->translations);
    free(w->translation_rooms);
    free(w->numbers);
    free(w->direct);
    free(w->known);
    free(w->truths);
    free(w->counts);
    free(w->weights);
    free(w->kept);
    free(w->derived_scratch);
    free(w->filter_scratch);
    free(w->derived_numbers);
    free(w->derived_texts);
    free(w->n_kept);
    free(w->unpacked);
    free(w->looked);
    text_release(&w->bare);
}

/* --- all threads -------------------------------------------------------------------------- */

static int
by_place(const void *a, const void *b)
{
    return compare_complaints(*(const struct complaint *const *)a, *(const struct complaint *const *)b);
}

static void
tell(const struct cohort *c, const struct complaint *p, const char *what, struct text *out)
{
    const char *path;
    uint64_t line;

    reader_place(c->reader, p->place, &path, &line);
    text_printf(out, "%s%s:%llu", out->length ? "\n" : "", path, (unsigned long long)line);
    if (p->column)
        text_printf(out, ":%llu", (unsigned long long)p->column);
    if (p->name)
        text_printf(out, ": column '%s' %s", p->name, what);
    else
        text_printf(out, ": %s", what);
}

/* Would the complaints have ended the run in any case, whatever else went wrong meanwhile? */
static bool
ended_by_complaints(const struct worker *workers, size_t n)
{
    size_t total = 0;
    bool broken = false;

    for (size_t i = 0; i < n; i++) {
        total += workers[i].n_complaints;
        for (size_t k = 0; k < workers[i].n_complaints; k++)
            broken = broken || workers[i].complaints[k].broken;
    }
    return broken || total >= COMPLAINTS_MAX;
}

/* The first complaints of all the threads, in the order of the files. */
static enum dyad_status
report_complaints(const struct cohort *c, const struct worker *workers, size_t n, struct dyad_error *err)
{
    const struct complaint **all;
    struct text out = TEXT_INIT;
    size_t total = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        total += workers[i].n_complaints;
    if (total == 0)
        return DYAD_OK;
    all = malloc(total * sizeof *all);
    if (all == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < workers[i].n_complaints; k++)
            all[at++] = &workers[i].complaints[k];
    qsort(all, total, sizeof *all, by_place);
    /* Behind a block that is no CSV the threads read on as far as they happened to be. */
    size_t shown = 0;
    for (bool broken = false; shown < total && shown < COMPLAINTS_MAX && !broken; shown++) {
        tell(c, all[shown], all[shown]->text, &out);
        broken = all[shown]->broken;
    }
    if (shown == COMPLAINTS_MAX)
        text_puts(&out, "\nand perhaps more: these are the first 20");
    dyad_fail(err, out.failed ? DYAD_NOMEM : DYAD_DATA, "%s", out.failed ? "out of memory" : out.at);
    text_release(&out);
    free(all);
    return err ? err->status : DYAD_DATA;
}

/* The values of a factor that any thread met, in their order; recode[thread][code] is the new code. */
static enum dyad_status
join_levels(struct factor *f, size_t number, const struct worker *workers, size_t n, uint32_t ***recode,
            struct dyad_error *err)
{
    struct dictionary *all = dictionary_new(NULL);
    enum dyad_status st = DYAD_NOMEM;
    struct level *found = NULL;

    for (size_t i = 0; all && i < n; i++) {
        const struct dictionary *d = workers[i].dictionaries[number];
        for (uint32_t code = 1; code <= dictionary_n_levels(d); code++) {
            const struct level *l = dictionary_level(d, code);
            dictionary_code(all, l->text, l->length, l->first);
        }
    }
    if (all == NULL || dictionary_failed(all))
        goto done;
    if ((st = check_levels(f, dictionary_n_levels(all), err)) != DYAD_OK)
        goto done;
    st = DYAD_NOMEM;
    f->n_levels = dictionary_n_levels(all);
    found = calloc(f->n_levels + 1, sizeof *found);
    f->levels = calloc(f->n_levels + 1, sizeof *f->levels);
    uint32_t *rank = calloc(f->n_levels + 1, sizeof *rank);
    if (found == NULL || f->levels == NULL || rank == NULL) {
        free(rank);
        goto done;
    }
    for (uint32_t code = 1; code <= f->n_levels; code++) {
        found[code - 1] = *dictionary_level(all, code);
        f->levels[code - 1] = found[code - 1];
    }
    if (levels_sort(f->levels, f->n_levels, f->order)) {
        for (uint32_t k = 0; k < f->n_levels; k++)
            rank[dictionary_code(all, f->levels[k].text, f->levels[k].length, f->levels[k].first)] = k + 1;
        st = DYAD_OK;
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        const struct dictionary *d = workers[i].dictionaries[number];
        uint32_t *map = recode[i][number] = calloc(dictionary_n_levels(d) + 1, sizeof *map);
        if (map == NULL) {
            st = DYAD_NOMEM;
            break;
        }
        for (uint32_t code = 1; code <= dictionary_n_levels(d); code++) {
            const struct level *l = dictionary_level(d, code);
            map[code] = rank[dictionary_code(all, l->text, l->length, l->first)];
            struct level *kept = &f->levels[map[code] - 1];
            if (place_before(l->first, kept->first))
                kept->first = l->first;
        }
    }
    free(rank);
    /* The texts must outlive the dictionary. */
    for (size_t k = 0; k < f->n_levels; k++) {
        f->levels[k].text = text_copy(f->levels[k].text);
        if (f->levels[k].text == NULL)
            st = DYAD_NOMEM;
    }
done:
    free(found);
    dictionary_free(all);
    return st;
}

/*
 * What the values of the columns in use must not be: against the codebook, or personal.  A column
 * of an expression that is no factor was looked at while it was read.
 */
static enum dyad_status
check_values(const struct cohort *c, struct dyad_error *err)
{
    struct worker all = { .n_complaints = 0 };

    for (size_t f = 0; f < c->n_factors; f++) {
        const struct factor *factor = &c->factors[f];
        for (size_t k = 0; factor->field && k < factor->n_levels; k++) {
            const struct level *l = &factor->levels[k];
            const enum codebook_fault fault = codebook_fault(factor->field, l->text, l->length, c->options.decimal);
            struct complaint p = { .place = l->first, .name = factor->name };
            if (fault == FAULT_NONE)
                continue;
            p.column = reader_column(c->reader, reader_place_file(c->reader, p.place), factor->from.column) + 1;
            snprintf(p.text, sizeof p.text, "%s", codebook_fault_words(factor->field, fault));
            put_complaint(&all, &p);
        }
    }
    return report_complaints(c, &all, 1, err);
}

enum { LOOKED_AT_MAX = 10000 };

/* The first values of each column in use; more would say the same. */
static enum dyad_status
check_content(const struct cohort *c, const struct identifier_tally *computed, struct dyad_error *err)
{
    for (size_t i = 0; c->options.refuse_identifiers && i < reader_n_columns(c->reader); i++) {
        const struct codebook_field *field = c->fields ? c->fields[i] : NULL;
        struct identifier_tally t = { 0 };
        bool is_looked_at = c->computed[i];
        for (size_t f = 0; f < c->n_factors; f++)
            is_looked_at = is_looked_at || (c->factors[f].is_direct && c->factors[f].from.column == i);
        if (computed && is_looked_at)
            identifier_add(&t, &computed[i]);
        for (size_t f = 0; f < c->n_factors; f++)
            for (size_t k = 0; !c->factors[f].from.derived && !c->factors[f].is_direct && c->factors[f].from.column == i && k < c->factors[f].n_levels &&
                               k < LOOKED_AT_MAX; k++)
                identifier_look(&t, c->factors[f].levels[k].text, c->factors[f].levels[k].length);
        const enum identifier kind = identifier_by_content(&t, reader_name(c->reader, i), field ? field->unit : NULL);
        if (identifier_is_direct(kind))
            return refuse_identifier(c, i, "holds what looks like a direct identifier: ", kind, err);
    }
    return DYAD_OK;
}

/* Was the header written again in the middle, as when files are joined by hand? */
static enum dyad_status
check_repeated_header(const struct cohort *c, struct dyad_error *err)
{
    const struct level *first = NULL;
    size_t n = 0;

    for (size_t f = 0; f < c->n_factors; f++) {
        const struct factor *factor = &c->factors[f];
        if (factor->from.derived)
            continue;
        size_t k = 0;
        while (k < factor->n_levels && strcmp(factor->levels[k].text, factor->name) != 0)
            k++;
        if (k == factor->n_levels || (first && (factor->levels[k].first.block != first->first.block ||
                                                factor->levels[k].first.line != first->first.line)))
            return DYAD_OK;
        first = &factor->levels[k];
        n++;
    }
    if (n < 2 && !(n == 1 && reader_n_columns(c->reader) == 1))
        return DYAD_OK;
    return cohort_refuse(c, first, NULL, "the header again: files were joined; delete the line", err);
}

static const struct identifier_tally *
looked_at(const struct worker *workers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (workers[i].looked)
            return workers[i].looked;
    return NULL;
}

static enum dyad_status
merge(struct cohort *c, struct worker *workers, size_t n, struct dyad_error *err)
{
    uint32_t ***recode = calloc(n, sizeof *recode);
    enum dyad_status st = recode ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        if ((recode[i] = calloc(c->n_factors ? c->n_factors : 1, sizeof **recode)) == NULL)
            st = DYAD_NOMEM;
    for (size_t f = 0; f < c->n_factors && st == DYAD_OK; f++) {
        for (size_t i = 0; i < n; i++)
            c->factors[f].is_direct = c->factors[f].is_direct || workers[i].direct[f];
        st = join_levels(&c->factors[f], f, workers, n, recode, err);
    }
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        c->n_read += workers[i].n_read;
        c->n_missing_frequency += workers[i].n_missing_frequency;
        for (size_t f = 0; f < c->options.n_filters; f++)
            c->n_kept[f] += workers[i].n_kept[f];
    }
    if (st == DYAD_OK && c->n_read > COUNT_MAX)
        st = too_many(c, err);
    if (st == DYAD_OK && ((st = check_repeated_header(c, err)) != DYAD_OK || (st = check_values(c, err)) != DYAD_OK ||
                          (st = check_content(c, looked_at(workers, n), err)) != DYAD_OK))
        goto done;
    /* The first worker's sums become the whole: recoded into a new accumulator, then the others. */
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = workers[0].accumulator->merge(workers[n].sums, workers[i].sums, (const uint32_t *const *)recode[i]);
done:
    for (size_t i = 0; recode && i < n; i++) {
        for (size_t f = 0; recode[i] && f < c->n_factors; f++)
            free(recode[i][f]);
        free(recode[i]);
    }
    free(recode);
    explain(st, err);
    return st;
}

/* What a worker could not do; of several the one that all runs would name. */
static enum dyad_status
first_failure(const struct worker *workers, size_t n, struct dyad_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (workers[i].st != DYAD_OK)
            return dyad_fail(err, workers[i].st, "%s", workers[i].err.text);
    return DYAD_OK;
}

static size_t
threads_for(const struct cohort *c)
{
    const uint64_t size = reader_size(c->reader), wanted = size / BYTES_PER_THREAD + 1;
    size_t n = c->options.n_threads ? c->options.n_threads : workers_available();

    if (size && n > wanted)
        n = (size_t)wanted;
    return n < 256 ? n : 256;
}

/* --- several cohorts at once ---------------------------------------------------------------- */

static bool
same_missing(const struct missing_values *a, const struct missing_values *b)
{
    bool same = a->n == b->n && a->decimal == b->decimal;

    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->texts[i], b->texts[i]) == 0;
    return same;
}

/* Are an expression's values for one those for the other? */
static bool
is_like(const struct cohort *a, const struct cohort *b)
{
    const struct cohort_options *x = &a->options, *y = &b->options;
    bool like = x->n_derived == y->n_derived && x->decimal == y->decimal && !x->codebook == !y->codebook &&
                (x->codebook == NULL || strcmp(x->codebook, y->codebook) == 0);

    for (size_t i = 0; like && i < x->n_derived; i++)
        like = strcmp(x->derived[i].name, y->derived[i].name) == 0 &&
               strcmp(x->derived[i].expression, y->derived[i].expression) == 0;
    for (size_t i = 0; like && i < reader_n_columns(a->reader); i++)
        like = same_missing(&a->missing[i], &b->missing[i]);
    return like;
}

/* Who works out what for whom; of a party of one, it everything for itself. */
static enum dyad_status
seat_prepare(const struct party *p, size_t number)
{
    struct seat *s = p->seats[number];
    const struct cohort_options *o = &s->c->options;

    while (s->leader < number && !(p->seats[s->leader]->leader == s->leader && is_like(p->seats[s->leader]->c, s->c)))
        s->leader++;
    atomic_init(&s->last, UINT64_MAX);
    s->columns = malloc((s->c->n_factors + 1) * sizeof *s->columns);
    s->twins = malloc((o->n_filters + 1) * sizeof *s->twins);
    s->workers = calloc(p->n_lanes + 1, sizeof *s->workers);
    if (s->columns == NULL || s->twins == NULL || s->workers == NULL)
        return DYAD_NOMEM;
    for (size_t f = 0; f < s->c->n_factors; f++)
        s->columns[f] = SIZE_MAX;
    for (size_t f = 0; f < o->n_filters; f++) {
        s->twins[f] = (struct twin){ number, f };
        for (size_t i = 0; i < number && s->twins[f].seat == number; i++)
            for (size_t k = 0; p->seats[i]->leader == s->leader && k < p->seats[i]->c->options.n_filters; k++)
                if (strcmp(p->seats[i]->c->options.filters[k], o->filters[f]) == 0)
                    s->twins[f] = p->seats[i]->twins[k];
    }
    return DYAD_OK;
}

/* The column's number among the shared ones; a new one if it is not there. */
static size_t
share_column(struct party *p, size_t column, const struct missing_values *missing)
{
    size_t k = 0;

    while (k < p->n_shared && !(p->shared[k].column == column && same_missing(p->shared[k].missing, missing)))
        k++;
    if (k == p->n_shared)
        p->shared[p->n_shared++] = (struct shared_column){ column, missing };
    return k;
}

static enum dyad_status
share_columns(struct party *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_seats; i++)
        n += p->seats[i]->c->n_factors;
    p->shared = malloc((n + 1) * sizeof *p->shared);
    if (p->shared == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < p->n_seats && p->n_seats > 1; i++)
        for (size_t f = 0; f < p->seats[i]->c->n_factors; f++) {
            const struct factor *factor = &p->seats[i]->c->factors[f];
            if (!factor->from.derived)
                p->seats[i]->columns[f] = share_column(p, factor->from.column, &factor->missing);
        }
    return DYAD_OK;
}

static enum dyad_status
lane_init(struct lane *l, const struct party *p, size_t number)
{
    *l = (struct lane){ .party = p, .number = number, .block = BLOCK_INIT };
    l->decoded = calloc(p->n_shared + 1, sizeof *l->decoded);
    for (size_t k = 0; l->decoded && k < p->n_shared; k++) {
        l->decoded[k].dictionary = dictionary_new(p->shared[k].missing);
        l->decoded[k].codes = malloc(ROWS * sizeof *l->decoded[k].codes);
        if (l->decoded[k].dictionary == NULL || l->decoded[k].codes == NULL)
            return DYAD_NOMEM;
    }
    return l->decoded ? DYAD_OK : DYAD_NOMEM;
}

static void
lane_release(struct lane *l)
{
    for (size_t k = 0; l->decoded && k < l->party->n_shared; k++) {
        dictionary_free(l->decoded[k].dictionary);
        free(l->decoded[k].codes);
    }
    free(l->decoded);
    block_release(&l->block);
}

static enum dyad_status
seat_fill(struct seat *s, struct lane *lanes, size_t n)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = worker_init(&s->workers[i], s, &lanes[i]);
    if (st == DYAD_OK && (s->workers[n].sums = s->accumulator->begin(s->spec)) == NULL)
        st = DYAD_NOMEM;
    return st;
}

static enum dyad_status
party_prepare(struct party *p, struct lane *lanes)
{
    enum dyad_status st = lanes ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < p->n_seats && st == DYAD_OK; i++)
        st = seat_prepare(p, i);
    if (st == DYAD_OK)
        st = share_columns(p);
    for (size_t i = 0; i < p->n_lanes && st == DYAD_OK; i++)
        st = lane_init(&lanes[i], p, i);
    for (size_t i = 0; i < p->n_seats && st == DYAD_OK; i++)
        st = seat_fill(p->seats[i], lanes, p->n_lanes);
    return st;
}

/* What came of it for one: ${st}, in ${why}'s words, if the reading failed for all. */
static void
seat_finish(struct seat *s, size_t n, enum dyad_status st, const struct dyad_error *why)
{
    struct worker *whole = s->workers ? &s->workers[n] : NULL;

    if (st == DYAD_OK && !ended_by_complaints(s->workers, n))
        st = first_failure(s->workers, n, s->err);
    else if (st != DYAD_OK)
        dyad_fail(s->err, st, "%s", why->text);
    if (st == DYAD_OK && (st = reader_finish(s->c->reader, s->err)) == DYAD_OK &&
        (st = report_complaints(s->c, s->workers, n, s->err)) == DYAD_OK)
        st = merge(s->c, s->workers, n, s->err);
    if (st == DYAD_OK)
        *s->out = whole->sums;
    else if (whole && whole->sums)
        s->accumulator->end(whole->sums);
    for (size_t i = 0; s->workers && i < n; i++)
        worker_release(&s->workers[i]);
    free(s->workers);
    free(s->columns);
    free(s->twins);
    s->st = st;
}

/* One pass over the files, for all seats. */
static void
read_together(void *const *seats, size_t n)
{
    struct party p = { .seats = (struct seat *const *)seats, .n_seats = n };
    struct dyad_error err = DYAD_ERROR_INIT;

    p.reader = p.seats[0]->c->reader;
    for (size_t i = 0; i < n; i++) {
        const size_t threads = threads_for(p.seats[i]->c);
        p.n_lanes = threads > p.n_lanes ? threads : p.n_lanes;
    }
    struct lane *lanes = calloc(p.n_lanes, sizeof *lanes);
    const enum dyad_status st = party_prepare(&p, lanes);
    if (st == DYAD_OK)
        workers_run(p.n_lanes, work, lanes, sizeof *lanes);
    else
        dyad_fail(&err, st, "out of memory");
    for (size_t i = 0; i < n; i++)
        seat_finish(p.seats[i], p.n_lanes, st, &err);
    for (size_t i = 0; lanes && i < p.n_lanes; i++)
        if (lanes[i].party)
            lane_release(&lanes[i]);
    free(lanes);
    free(p.shared);
}

enum dyad_status
cohort_run(struct cohort *c, const struct accumulator *accumulator, const void *spec, void **out,
           struct dyad_error *err)
{
    struct seat seat = { .c = c, .accumulator = accumulator, .spec = spec, .out = out, .err = err };
    void *const alone = &seat;

    if (!c->is_shared)
        read_together(&alone, 1);
    else if (!pass_arrive(c->options.member, &seat, read_together))
        return dyad_fail(err, DYAD_IO, "not read: another analysis of the same data has failed");
    return seat.st;
}

/* --- afterwards --------------------------------------------------------------------------- */

const struct level *
cohort_levels(const struct cohort *c, size_t factor, size_t *n)
{
    *n = c->factors[factor].n_levels;
    return c->factors[factor].levels;
}

bool
cohort_is_ordered(const struct cohort *c, size_t factor)
{
    const struct factor *f = &c->factors[factor];
    return f->order && (f->field == NULL || f->order != &f->field->order || f->field->ordered);
}

const char *
cohort_reference(const struct cohort *c, size_t factor)
{
    const struct factor *f = &c->factors[factor];
    const bool typed = f->order && !(f->field && f->order == &f->field->order);

    if (!typed && f->field && f->field->reference)
        return f->field->reference;
    return f->order && f->n_levels ? f->levels[0].text : NULL;
}

int64_t
cohort_n_read(const struct cohort *c)
{
    return c->n_read;
}

int64_t
cohort_n_kept(const struct cohort *c, size_t filters)
{
    return c->n_kept[filters];
}

int64_t
cohort_n_missing_frequency(const struct cohort *c)
{
    return c->n_missing_frequency;
}

enum dyad_status
cohort_refuse_at(const struct cohort *c, struct place place, const char *column, const char *what,
                 struct dyad_error *err)
{
    struct complaint p = { .place = place, .name = column };
    struct text out = TEXT_INIT;
    const size_t at = column ? reader_find(c->reader, column) : reader_n_columns(c->reader);

    if (place.line == UINT64_MAX)
        return dyad_fail(err, DYAD_DATA, "column '%s' %s", column ? column : "", what);
    if (at < reader_n_columns(c->reader))
        p.column = reader_column(c->reader, reader_place_file(c->reader, p.place), at) + 1;
    tell(c, &p, what, &out);
    const enum dyad_status st = out.failed ? DYAD_NOMEM : DYAD_DATA;
    dyad_fail(err, st, "%s", out.failed ? "out of memory" : out.at);
    text_release(&out);
    return st;
}

enum dyad_status
cohort_refuse(const struct cohort *c, const struct level *level, const char *column, const char *what,
              struct dyad_error *err)
{
    return cohort_refuse_at(c, level->first, column, what, err);
}

struct reader *
cohort_reader(const struct cohort *c)
{
    return c->reader;
}

const struct codebook *
cohort_codebook(const struct cohort *c)
{
    return c->codebook;
}

const struct codebook_field *
cohort_field(const struct cohort *c, const char *name)
{
    return codebook_find(c->codebook, name);
}

void
cohort_close(struct cohort *c)
{
    if (c == NULL)
        return;
    for (size_t f = 0; f < c->n_factors; f++) {
        for (size_t k = 0; c->factors[f].levels && k < c->factors[f].n_levels; k++)
            free((char *)(uintptr_t)c->factors[f].levels[k].text);
        free(c->factors[f].levels);
    }
    for (size_t i = 0; c->derived && i < c->options.n_derived; i++)
        expression_free(c->derived[i].expression);
    for (size_t i = 0; c->filters && i < c->options.n_filters; i++)
        expression_free(c->filters[i]);
    for (size_t i = 0; c->missing && i < reader_n_columns(c->reader); i++)
        missing_release(&c->missing[i]);
    free(c->missing);
    free(c->computed);
    free((void *)c->fields);
    codebook_free(c->codebook);
    free(c->derived);
    free(c->filters);
    free(c->n_kept);
    free(c->factors);
    free(c->counts);
    if (!c->is_shared)
        reader_close(c->reader);
    free(c);
}
