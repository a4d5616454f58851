#include "dyad/output/json.h"

#include "dyad/core/version.h"
#include "dyad/output/numeral.h"
#include "dyad/output/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
put_string(struct text *out, const char *s)
{
    size_t length;
    uint32_t code;

    text_putc(out, '"');
    for (; (length = utf8_next(s, &code)) > 0; s += length) {
        if (code == '"' || code == '\\') {
            text_putc(out, '\\');
            text_putc(out, (char)code);
        } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
            text_printf(out, "\\u%04X", (unsigned)code);
        } else {
            utf8_put(out, code);
        }
    }
    text_putc(out, '"');
}

static void
put_number(struct text *out, double x)
{
    char number[NUMERAL_ROOM];

    if (isinf(x)) {
        text_puts(out, x < 0 ? "\"-Inf\"" : "\"Inf\"");
        return;
    }
    numeral_exact(x, number);
    text_puts(out, number);
}

static void
put_cell(struct text *out, const struct cell *c, bool as_number)
{
    switch (c->state) {
    case CELL_EMPTY:
        text_puts(out, "null");
        break;
    case CELL_TEXT:
        if (as_number)
            text_puts(out, c->is.text);
        else
            put_string(out, c->is.text);
        break;
    case CELL_COUNT:
        text_printf(out, "%" PRId64, c->is.count);
        break;
    case CELL_NUMBER:
        put_number(out, c->is.number);
        break;
    }
}

/* How a column stands in a row: the text before its value, and what its value is. */
struct member {
    struct text before;
    bool is_number; /* a group column of numbers */
    bool is_flag;   /* `suppressed`: true or false */
};

static void
put_table(const struct table *t, struct member *members, struct text *out)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct member *m = &members[i];
        const enum column_role role = t->columns[i].role;
        text_puts(&m->before, i ? ", " : "{");
        put_string(&m->before, t->columns[i].name);
        text_puts(&m->before, ": ");
        m->is_number = role == COLUMN_GROUP && table_group_is_numeric(t, i);
        m->is_flag = role == COLUMN_LABEL && strcmp(t->columns[i].name, "suppressed") == 0;
        if (m->before.failed)
            out->failed = true;
    }
    for (size_t row = 0; row < t->n_rows && !out->failed; row++) {
        text_puts(out, row ? ",\n      " : "\n      ");
        for (size_t i = 0; i < t->n_columns; i++) {
            const struct cell *c = table_cell(t, row, i);
            text_put(out, members[i].before.at, members[i].before.length);
            if (members[i].is_flag)
                text_puts(out, c->state == CELL_TEXT && strcmp(c->is.text, "true") == 0
                                   ? "true"
                                   : "false");
            else
                put_cell(out, c, members[i].is_number);
        }
        text_putc(out, '}');
    }
}

static void
put_tables(const struct table *const *tables, size_t n, struct text *out)
{
    text_puts(out, "  \"tables\": {");
    for (size_t i = 0; i < n; i++) {
        const struct table *t = tables[i];
        struct member *members = calloc(t->n_columns + 1, sizeof *members);
        if (members == NULL) {
            out->failed = true;
            return;
        }
        text_puts(out, i ? ",\n    " : "\n    ");
        put_string(out, t->name);
        text_puts(out, ": [");
        put_table(t, members, out);
        text_puts(out, t->n_rows ? "\n    ]" : "]");
        for (size_t k = 0; k < t->n_columns; k++)
            text_release(&members[k].before);
        free(members);
    }
    text_puts(out, n ? "\n  },\n" : "},\n");
}

static void
put_inputs(const struct result *r, struct text *out)
{
    text_puts(out, "  \"inputs\": [");
    for (size_t i = 0; i < r->n_inputs; i++) {
        const struct input *in = &r->inputs[i];
        text_puts(out, i ? ",\n    {\"path\": " : "\n    {\"path\": ");
        put_string(out, in->path);
        if (in->hidden)
            text_puts(out, ", \"bytes\": null");
        else
            text_printf(out, ", \"bytes\": %" PRIu64, in->bytes);
        if (*in->sha256) {
            text_puts(out, ", \"sha256\": ");
            put_string(out, in->sha256);
        }
        if (in->hidden)
            text_puts(out, ", \"records\": null, \"suppressed\": true}");
        else if (in->records == RECORDS_UNKNOWN)
            text_puts(out, ", \"records\": null}");
        else
            text_printf(out, ", \"records\": %" PRIu64 "}", in->records);
    }
    text_puts(out, r->n_inputs ? "\n  ],\n" : "],\n");
}

/* ${separator} stands between two strings. */
static void
put_strings(struct text *out, char *const *strings, size_t n, const char *separator)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            text_puts(out, separator);
        put_string(out, strings[i]);
    }
}

void
json_render(const struct result *r, const struct table *const *tables, size_t n,
            struct text *out)
{
    text_puts(out, "{\n  \"dyad\": ");
    put_string(out, DYAD_VERSION);
    text_puts(out, ",\n  \"command\": ");
    put_string(out, r->command ? r->command : "");
    text_puts(out, ",\n  \"arguments\": [");
    put_strings(out, r->arguments, r->n_arguments, ", ");
    text_printf(out, "],\n  \"seed\": %" PRIu64 ",\n", r->seed);
    put_inputs(r, out);
    put_tables(tables, n, out);
    text_puts(out, r->n_notes ? "  \"notes\": [\n    " : "  \"notes\": [");
    put_strings(out, r->notes, r->n_notes, ",\n    ");
    text_puts(out, r->n_notes ? "\n  ]\n}\n" : "]\n}\n");
}
