#include "dyad/data/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One more element of ${size} bytes; sets r->failed where there is no memory. */
static void *
room_for_one(struct record_reader *r, void *array, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return array;
    const size_t wanted = *room ? 2 * *room : 1024;
    void *grown = realloc(array, wanted * size);
    if (grown == NULL) {
        r->failed = true;
        return array;
    }
    *room = wanted;
    return grown;
}

static void
add_end(struct record_reader *r, uint32_t position)
{
    r->ends = room_for_one(r, r->ends, r->n_ends, &r->ends_room, sizeof *r->ends);
    if (!r->failed)
        r->ends[r->n_ends++] = position;
}

/* libcsv's callbacks cannot stop the parse: what goes wrong is remembered in r. */
static void
on_field(void *bytes, size_t n, void *context)
{
    struct record_reader *r = context;

    r->n_fields++;
    if (n > FIELD_BYTES_MAX) {
        if (r->too_long == 0)
            r->too_long = r->n_fields;
        return;
    }
    text_put(&r->bytes, n ? bytes : "", n);
    text_putc(&r->bytes, '\n');
    add_end(r, (uint32_t)(r->bytes.length - 1));
}

static void
on_record(int end, void *context)
{
    (void)end;
    (void)context;
}

static enum dyad_status
start(struct record_reader *r, char delimiter)
{
    if (r->started)
        csv_free(&r->parser);
    r->started = csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
    if (!r->started)
        return DYAD_NOMEM;
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    csv_set_blk_size(&r->parser, 65536);

    text_clear(&r->bytes);
    r->failed = false;
    r->n_ends = r->n_records = 0;
    r->n_lines = r->n_blank = r->first_blank = 0;
    add_end(r, UINT32_MAX); /* + 1 is 0 */
    return r->failed ? DYAD_NOMEM : DYAD_OK;
}

/* The extent of one record by the parity of its quotes. */
struct extent {
    size_t length;      /* line end included */
    uint64_t n_lines;   /* line ends in it */
    bool open;          /* a quoted field has no end */
    uint64_t open_line; /* the line where it opened, from the record's first */
    bool blank;
};

static bool
ends_line(const char *bytes, size_t n, size_t *at)
{
    if (bytes[*at] == '\r' && *at + 1 < n && bytes[*at + 1] == '\n')
        ++*at;
    return bytes[*at] == '\n' || bytes[*at] == '\r';
}

static struct extent
measure(const char *bytes, size_t n, char delimiter)
{
    struct extent e = { .blank = true };
    size_t at;

    for (at = 0; at < n; at++) {
        if (bytes[at] == '"') {
            const bool doubled = !e.open && at > 0 && bytes[at - 1] == '"';
            if (!e.open && !doubled)
                e.open_line = e.n_lines;
            e.open = !e.open;
        }
        if (bytes[at] == '\n' || bytes[at] == '\r') {
            ends_line(bytes, n, &at);
            e.n_lines++;
            if (!e.open) {
                at++;
                break;
            }
        } else if (bytes[at] == delimiter || (bytes[at] != ' ' && bytes[at] != '\t')) {
            e.blank = false;
        }
    }
    e.length = at;
    return e;
}

static enum dyad_status
complain(struct problem *problem, uint64_t line, uint64_t column, const char *text)
{
    problem->line = line;
    problem->column = column;
    snprintf(problem->text, sizeof problem->text, "%s", text);
    return DYAD_PARSE;
}

/* What libcsv refused at bytes[at]. */
static enum dyad_status
refused(struct record_reader *r, const char *bytes, size_t at, struct problem *problem)
{
    uint64_t line = r->n_lines;

    if (csv_error(&r->parser) == CSV_ENOMEM)
        return DYAD_NOMEM;
    for (size_t i = 0; i < at; i++)
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            ends_line(bytes, at, &i);
            line++;
        }
    return complain(problem, line, r->n_fields + 1,
                    bytes[at] == '"' ? "a quote inside an unquoted field: put the whole field in quotes and "
                                       "double the quote"
                                     : "text behind a closing quote: a quote inside a quoted field must be doubled");
}

static enum dyad_status
count_fields(const struct record_reader *r, size_t n_columns, struct problem *problem)
{
    char text[200];
    const size_t n = r->n_fields;

    if (n == n_columns)
        return DYAD_OK;
    const uint32_t start = r->ends[r->n_ends - 2] + 1, end = r->ends[r->n_ends - 1]; /* UINT32_MAX + 1 is 0 */
    const size_t last_length = end - start;

    const char *hint = "";
    if (n == 1 && last_length == 1 && r->bytes.at[start] == 0x1a)
        hint = ": a Ctrl-Z (end-of-file mark of old systems): delete it";
    else if (n == n_columns + 1 && last_length == 0)
        hint = ": it ends with a separator that the header does not have";
    else if (n < n_columns)
        hint = ": a field is missing, or a line end inside a field is not quoted";
    else
        hint = ": a field that holds the separator must be quoted";
    snprintf(text, sizeof text, "%zu %s where the header has %zu%s", n, n == 1 ? "field" : "fields",
             n_columns, hint);
    return complain(problem, r->lines[r->n_records - 1], 0, text);
}

static enum dyad_status
read_one(struct record_reader *r, const char *bytes, const struct extent *e, size_t n_columns,
         struct problem *problem)
{
    r->lines = room_for_one(r, r->lines, r->n_records, &r->lines_room, sizeof *r->lines);
    if (r->failed)
        return DYAD_NOMEM;
    r->lines[r->n_records++] = (uint32_t)r->n_lines;
    r->n_fields = r->too_long = 0;

    if (e->blank) {
        on_field(NULL, 0, r);
    } else {
        const size_t taken = csv_parse(&r->parser, bytes, e->length, on_field, on_record, r);
        if (taken != e->length)
            return refused(r, bytes, taken, problem);
        if (e->open)
            return complain(problem, r->n_lines + e->open_line, r->n_fields + 1,
                            "a quoted field that opens here is never closed");
        if (csv_fini(&r->parser, on_field, on_record, r) != 0)
            return DYAD_NOMEM;
    }
    if (r->failed || r->bytes.failed)
        return DYAD_NOMEM;
    if (r->too_long)
        return complain(problem, r->n_lines, r->too_long,
                        "a field longer than 1 MiB: is a quote missing at the end of a field?");
    return n_columns ? count_fields(r, n_columns, problem) : DYAD_OK;
}

enum dyad_status
record_read(struct record_reader *r, const char *bytes, size_t n, char delimiter, size_t n_columns,
            struct problem *problem)
{
    enum dyad_status st = start(r, delimiter);

    for (size_t at = 0; st == DYAD_OK && at < n;) {
        const struct extent e = measure(bytes + at, n - at, delimiter);
        if (e.blank && n_columns != 1) {
            if (r->n_blank++ == 0)
                r->first_blank = r->n_lines;
        } else {
            st = read_one(r, bytes + at, &e, n_columns, problem);
        }
        at += e.length;
        r->n_lines += e.n_lines;
        if (n_columns == 0 && r->n_records > 0)
            break;
    }
    return st;
}

void
record_reader_release(struct record_reader *r)
{
    if (r->started)
        csv_free(&r->parser);
    text_release(&r->bytes);
    free(r->ends);
    free(r->lines);
    *r = (struct record_reader){ 0 };
}
