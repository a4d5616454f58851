#include "dyad/output/text_table.h"

#include "dyad/output/display.h"
#include "dyad/output/provenance.h"
#include "dyad/output/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 80, MARGIN = 2, GAP = 2, LEAST_WRAPPED = 12, LONG_WORD = 24 };

/* --- lines ------------------------------------------------------------------------------------ */

static void
put_spaces(struct text *out, size_t n)
{
    while (n-- > 0)
        text_putc(out, ' ');
}

static void
end_line(struct text *out)
{
    while (out->length > 0 && out->at[out->length - 1] == ' ')
        out->length--;
    text_putc(out, '\n');
}

static const char *
skip_blanks(const char *s)
{
    return s + strspn(s, " ");
}

/* Where a line may end: in names also behind a joint, in numbers only before limits, "0.97 (0.82 to 1.13)". */
enum breaking { AT_BLANKS, AT_JOINTS, BEFORE_LIMITS };

static bool
is_break(enum breaking how, const char *s)
{
    return *s == ' ' && (how != BEFORE_LIMITS || s[1] == '(');
}

/* A name that is too long goes on behind one of these. */
static bool
is_joint(enum breaking how, uint32_t code)
{
    return how == AT_JOINTS && code < 128 && code > 0 && strchr("-_:/,;", (int)code) != NULL;
}

/*
 * Bytes of the first line of ${s}, which begins with no blank: up to the last blank within
 * ${width} columns, else behind the last joint, else as many characters as fit, at least one.
 */
static size_t
line_of(const char *s, size_t width, enum breaking how)
{
    size_t length = 0, blank = 0, joint = 0, used = 0, step;
    uint32_t code;

    for (; (step = utf8_next(s + length, &code)) > 0; length += step) {
        if (is_break(how, s + length))
            blank = length;
        used += utf8_code_width(code);
        if (used > width && length > 0)
            return blank ? blank : joint ? joint : length;
        if (is_joint(how, code))
            joint = length + step;
    }
    return length;
}

static size_t
count_lines(const char *s, size_t width, enum breaking how)
{
    size_t n = 0;

    for (s = skip_blanks(s); *s; n++)
        s = skip_blanks(s + line_of(s, width, how));
    return n;
}

/* ${s} in lines of at most PAGE columns, the first behind ${lead}, the others as far in. */
static void
put_wrapped(struct text *out, const char *lead, const char *s)
{
    const size_t indent = strlen(lead);

    text_puts(out, lead);
    s = skip_blanks(s);
    do {
        const size_t length = line_of(s, PAGE - indent, AT_BLANKS);
        text_put(out, s, length);
        end_line(out);
        s = skip_blanks(s + length);
        if (*s)
            put_spaces(out, indent);
    } while (*s);
}

/* --- a table ---------------------------------------------------------------------------------- */

static size_t
longest_piece(const char *s, enum breaking how)
{
    size_t longest = 0, width = 0, length;
    uint32_t code;

    for (; (length = utf8_next(s, &code)) > 0; s += length) {
        width = is_break(how, s) ? 0 : width + utf8_code_width(code);
        longest = width > longest ? width : longest;
        if (is_joint(how, code))
            width = 0;
    }
    return longest;
}

static size_t
total_width(const size_t *widths, size_t n)
{
    size_t total = MARGIN;

    for (size_t i = 0; i < n; i++)
        total += widths[i] + (i ? GAP : 0);
    return total;
}

static void
widths_of_columns(const struct display *d, bool wrap_headings, size_t *widths)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        const char *heading = d->columns[i].heading;
        widths[i] = wrap_headings ? longest_piece(heading, AT_BLANKS) : utf8_width(heading);
        for (size_t row = 0; row < d->n_rows; row++) {
            const size_t width = utf8_width(display_cell(d, row, i));
            widths[i] = width > widths[i] ? width : widths[i];
        }
        if (widths[i] == 0)
            widths[i] = 1;
    }
}

static enum breaking
breaking_of(const struct display *d, size_t column)
{
    return d->columns[column].is_words ? AT_JOINTS : BEFORE_LIMITS;
}

/* How narrow a column can be that breaks no word and no limits. */
static size_t
unbroken_width(const struct display *d, size_t column)
{
    size_t width = longest_piece(d->columns[column].heading, AT_BLANKS);

    for (size_t row = 0; row < d->n_rows; row++) {
        const size_t piece = longest_piece(display_cell(d, row, column), breaking_of(d, column));
        width = piece > width ? piece : width;
    }
    return width;
}

/* Limits go below their estimates, first where that gains most; nowhere if the page is too narrow even so. */
static void
break_intervals(const struct display *d, size_t *widths)
{
    size_t total = total_width(widths, d->n_columns), gained = 0;

    for (size_t i = 0; i < d->n_columns; i++)
        gained += d->columns[i].is_words ? 0 : widths[i] - unbroken_width(d, i);
    while (total > PAGE && total <= PAGE + gained) {
        size_t best = 0, gain = 0;
        for (size_t i = 0; i < d->n_columns; i++) {
            const size_t most = d->columns[i].is_words ? 0 : widths[i] - unbroken_width(d, i);
            if (most > gain) {
                best = i;
                gain = most;
            }
        }
        widths[best] -= gain;
        gained -= gain;
        total -= gain;
    }
}

/* Whole words again, where there is room, or none to be won by breaking them. */
static void
mend_words(const struct display *d, size_t *widths)
{
    const bool wide = total_width(widths, d->n_columns) > PAGE;

    for (size_t i = 0; i < d->n_columns; i++)
        while (d->columns[i].is_words && widths[i] < unbroken_width(d, i) && widths[i] < LONG_WORD &&
               (wide || total_width(widths, d->n_columns) < PAGE))
            widths[i]++;
}

/* The widest columns of words first, as far as the page needs. */
static void
narrow_words(const struct display *d, size_t *widths)
{
    for (size_t total = total_width(widths, d->n_columns); total > PAGE; total--) {
        size_t *widest = NULL;
        for (size_t i = 0; i < d->n_columns; i++)
            if (d->columns[i].is_words && widths[i] > LEAST_WRAPPED &&
                (widest == NULL || widths[i] > *widest))
                widest = &widths[i];
        if (widest == NULL)
            return;
        --*widest;
    }
}

/* What does not fit the page wraps: first headings, then columns of words, then intervals. */
static void
choose_widths(const struct display *d, size_t *widths)
{
    widths_of_columns(d, false, widths);
    if (total_width(widths, d->n_columns) > PAGE)
        widths_of_columns(d, true, widths);
    narrow_words(d, widths);
    if (total_width(widths, d->n_columns) > PAGE) {
        break_intervals(d, widths);
        mend_words(d, widths);
    }
}

/* ${length} bytes of ${s} in a field of ${width} columns. */
static void
put_field(struct text *out, const char *s, size_t length, size_t width, bool is_words)
{
    size_t used = 0, step;
    uint32_t code;

    for (size_t i = 0; i < length; i += step) {
        step = utf8_next(s + i, &code);
        used += utf8_code_width(code);
    }
    const size_t pad = width > used ? width - used : 0;
    if (!is_words)
        put_spaces(out, pad);
    text_put(out, s, length);
    if (is_words)
        put_spaces(out, pad);
}

/* A row of cells in as many lines as the longest needs; headings stand at the bottom of theirs. */
static void
put_row(struct text *out, const struct display *d, const char **cells, const size_t *widths,
        bool is_heading)
{
    size_t height = 1;

    for (size_t i = 0; i < d->n_columns; i++) {
        cells[i] = skip_blanks(cells[i]);
        const size_t lines = count_lines(cells[i], widths[i], is_heading ? AT_BLANKS : breaking_of(d, i));
        height = lines > height ? lines : height;
    }
    for (size_t left = height; left > 0; left--) {
        put_spaces(out, MARGIN);
        for (size_t i = 0; i < d->n_columns; i++) {
            const enum breaking how = is_heading ? AT_BLANKS : breaking_of(d, i);
            const bool is_later = is_heading && count_lines(cells[i], widths[i], how) < left;
            const size_t length = is_later ? 0 : line_of(cells[i], widths[i], how);
            put_spaces(out, i ? GAP : 0);
            put_field(out, cells[i], length, widths[i], d->columns[i].is_words);
            cells[i] = skip_blanks(cells[i] + length);
        }
        end_line(out);
    }
}

static void
put_rule(struct text *out, const struct display *d, const size_t *widths)
{
    put_spaces(out, MARGIN);
    for (size_t i = 0; i < d->n_columns; i++) {
        put_spaces(out, i ? GAP : 0);
        for (size_t k = 0; k < widths[i]; k++)
            text_putc(out, '-');
    }
    text_putc(out, '\n');
}

static void
put_grid(struct text *out, const struct display *d)
{
    size_t *widths = calloc(d->n_columns + 1, sizeof *widths);
    const char **cells = calloc(d->n_columns + 1, sizeof *cells);

    if (widths == NULL || cells == NULL) {
        out->failed = true;
    } else {
        choose_widths(d, widths);
        for (size_t i = 0; i < d->n_columns; i++)
            cells[i] = d->columns[i].heading;
        put_row(out, d, cells, widths, true);
        put_rule(out, d, widths);
        for (size_t row = 0; row < d->n_rows && !out->failed; row++) {
            for (size_t i = 0; i < d->n_columns; i++)
                cells[i] = display_cell(d, row, i);
            put_row(out, d, cells, widths, false);
        }
    }
    free(widths);
    free(cells);
}

static void
put_table(struct text *out, const struct display *d)
{
    struct text above = TEXT_INIT;

    text_putc(out, '\n');
    put_wrapped(out, "", d->caption);
    for (size_t i = 0; i < d->n_above; i++) {
        text_puts(&above, i ? "; " : "");
        text_puts(&above, d->above[i]);
    }
    if (above.failed)
        out->failed = true;
    if (d->n_above)
        put_wrapped(out, "  ", above.at ? above.at : "");
    text_release(&above);
    text_putc(out, '\n');
    if (d->n_columns)
        put_grid(out, d);
    if (d->n_rows == 0)
        text_puts(out, "  (no rows)\n");
    if (d->n_below)
        text_putc(out, '\n');
    for (size_t i = 0; i < d->n_below; i++)
        put_wrapped(out, "  ", d->below[i]);
}

/* --- a result --------------------------------------------------------------------------------- */

static void
put_notes(struct text *out, const struct result *r)
{
    struct text note = TEXT_INIT;

    if (r->n_notes)
        text_puts(out, "\nNotes\n");
    for (size_t i = 0; i < r->n_notes; i++) {
        text_clear(&note);
        utf8_visible(&note, r->notes[i]);
        put_wrapped(out, "  - ", note.at ? note.at : "");
    }
    out->failed |= note.failed;
    text_release(&note);
}

static void
put_provenance(struct text *out, const struct result *r)
{
    if (r->n_inputs)
        text_puts(out, r->n_inputs == 1 ? "\nInput\n" : "\nInputs\n");
    for (size_t i = 0; i < r->n_inputs; i++) {
        text_puts(out, "  ");
        provenance_input(out, &r->inputs[i]);
        text_putc(out, '\n');
    }
    text_putc(out, '\n');
    provenance_version(out, r);
    text_puts(out, "\n  ");
    provenance_command(out, r);
    text_putc(out, '\n');
}

void
text_table_render(const struct result *r, const struct table *const *tables, size_t n,
                  struct text *out)
{
    provenance_title(out, r);
    text_putc(out, '\n');
    display_each(r, tables, n, put_table, out);
    put_notes(out, r);
    put_provenance(out, r);
}
