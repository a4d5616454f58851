#include "dyad/output/csv_table.h"

#include "dyad/output/numeral.h"
#include "dyad/output/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Blanks, quotes and what shows nothing: a spreadsheet may drop them before it looks. */
static bool
is_skipped(uint32_t code)
{
    return code == ' ' || code == '"' || code == 0xA0 || (code >= 0x2000 && code <= 0x200F) ||
           code == 0x202F || code == 0x205F || code == 0x3000 || utf8_is_hidden(code);
}

/* OWASP's list of what starts a formula, with the full-width = + - @. */
static bool
is_trigger(uint32_t code)
{
    return (code < 0x80 && code > 0 && strchr("=+-@\t\r\n", (int)code)) || code == 0xFF1D ||
           code == 0xFF0B || code == 0xFF0D || code == 0xFF20;
}

static bool
needs_guard(const char *s)
{
    uint32_t code;
    size_t length;

    if (text_is_plain_number(s))
        return false;
    while ((length = utf8_next(s, &code)) > 0 && !is_trigger(code)) {
        if (!is_skipped(code))
            return false;
        s += length;
    }
    return length > 0;
}

static void
put_word(struct text *out, const char *s)
{
    const bool guard = needs_guard(s);
    uint32_t code;
    size_t length;

    if (!guard && s[strcspn(s, "\",\r\n")] == '\0' && *s != ' ') {
        for (; (length = utf8_next(s, &code)) > 0; s += length)
            utf8_put(out, code);
        return;
    }
    text_puts(out, guard ? "\"'" : "\"");
    for (; (length = utf8_next(s, &code)) > 0; s += length) {
        if (code == '"')
            text_putc(out, '"');
        utf8_put(out, code);
    }
    text_putc(out, '"');
}

static void
put_cell(struct text *out, const struct cell *c)
{
    char number[NUMERAL_ROOM];

    switch (c->state) {
    case CELL_EMPTY:
        break;
    case CELL_TEXT:
        put_word(out, c->is.text);
        break;
    case CELL_COUNT:
        text_printf(out, "%" PRId64, c->is.count);
        break;
    case CELL_NUMBER:
        if (isinf(c->is.number)) {
            text_puts(out, c->is.number < 0 ? "-Inf" : "Inf");
            break;
        }
        numeral_exact(c->is.number, number);
        text_puts(out, number);
        break;
    }
}

static void
put_row(struct text *out, const struct table *t, size_t row)
{
    const size_t start = out->length;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (i)
            text_putc(out, ',');
        put_cell(out, table_cell(t, row, i));
    }
    /* A lone empty field would be a blank line, which readers skip. */
    if (out->length == start)
        text_puts(out, "\"\"");
    text_putc(out, '\n');
}

void
csv_table_render(const struct table *t, struct text *out)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (i)
            text_putc(out, ',');
        put_word(out, t->columns[i].name);
    }
    text_putc(out, '\n');
    for (size_t row = 0; row < t->n_rows && !out->failed; row++)
        put_row(out, t, row);
}
