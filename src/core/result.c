#include "dyad/core/result.h"

#include "dyad/core/text.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more of ${size} bytes in an array that holds ${n}; the array, or NULL. */
static void *
grow(void *array, size_t n, size_t size, bool *failed)
{
    void *grown = NULL;

    if (!*failed)
        grown = realloc(array, (n + 1) * size);
    if (grown == NULL)
        *failed = true;
    return grown;
}

static char *
copy(const char *string, bool *failed)
{
    char *c = text_copy(string);
    if (c == NULL)
        *failed = true;
    return c;
}

/* Where a table goes that there was no memory for: written to, never read. */
static struct table *
nowhere(void)
{
    static _Thread_local bool ignored;
    static _Thread_local struct table sink;

    ignored = true;
    sink = (struct table){ .failed = &ignored };
    return &sink;
}

struct table *
result_table(struct result *r, const char *name)
{
    struct table **tables = grow(r->tables, r->n_tables, sizeof *tables, &r->failed);
    if (tables == NULL)
        return nowhere();
    r->tables = tables;

    struct table *t = calloc(1, sizeof *t);
    char *own = copy(name, &r->failed);
    if (t == NULL || own == NULL) {
        free(t);
        free(own);
        r->failed = true;
        return nowhere();
    }
    t->name = own;
    t->failed = &r->failed;
    r->tables[r->n_tables++] = t;
    return t;
}

const struct table *
result_find(const struct result *r, const char *name)
{
    for (size_t i = 0; i < r->n_tables; i++)
        if (strcmp(r->tables[i]->name, name) == 0)
            return r->tables[i];
    return NULL;
}

/* Take ${string}, which is the result's from now on, into an array of strings. */
static void
keep(char ***array, size_t *n, char *string, bool *failed)
{
    char **grown = string ? grow(*array, *n, sizeof *grown, failed) : NULL;

    if (grown == NULL) {
        free(string);
        *failed = true;
        return;
    }
    *array = grown;
    grown[(*n)++] = string;
}

void
result_note(struct result *r, const char *fmt, ...)
{
    va_list args;
    struct text t = TEXT_INIT;

    va_start(args, fmt);
    text_vprintf(&t, fmt, args);
    va_end(args);
    char *note = text_steal(&t);
    for (size_t i = 0; note && i < r->n_notes; i++)
        if (strcmp(r->notes[i], note) == 0) {
            free(note);
            return;
        }
    keep(&r->notes, &r->n_notes, note, &r->failed);
}

void
result_change_note(struct result *r, const char *note, const char *instead)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        if (strcmp(r->notes[i], note) != 0)
            continue;
        char *own = instead ? copy(instead, &r->failed) : NULL;
        if (instead && own == NULL)
            return;
        free(r->notes[i]);
        if (instead)
            r->notes[i] = own;
        else
            memmove(&r->notes[i], &r->notes[i + 1], (--r->n_notes - i) * sizeof *r->notes);
        return;
    }
}

void
result_argument(struct result *r, const char *argument)
{
    keep(&r->arguments, &r->n_arguments, text_copy(argument), &r->failed);
}

void
result_input(struct result *r, const char *path, uint64_t bytes, uint64_t records,
             const char *sha256)
{
    struct input *inputs = grow(r->inputs, r->n_inputs, sizeof *inputs, &r->failed);
    if (inputs == NULL)
        return;
    r->inputs = inputs;

    struct input *in = &inputs[r->n_inputs++];
    *in = (struct input){ .path = copy(path, &r->failed), .bytes = bytes, .records = records };
    if (sha256 && strlen(sha256) < sizeof in->sha256)
        memcpy(in->sha256, sha256, strlen(sha256) + 1);
}

enum dyad_status
result_status(const struct result *r)
{
    return r->failed ? DYAD_NOMEM : DYAD_OK;
}

static void
table_free(struct table *t)
{
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
        if (t->cells[i].state == CELL_TEXT)
            free(t->cells[i].is.text);
        free(t->cells[i].shown);
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        free(t->columns[i].name);
        free(t->columns[i].shown);
    }
    free(t->columns);
    free(t->cells);
    free(t->scales);
    free(t->name);
    free(t);
}

void
result_release(struct result *r)
{
    for (size_t i = 0; i < r->n_tables; i++)
        table_free(r->tables[i]);
    for (size_t i = 0; i < r->n_arguments; i++)
        free(r->arguments[i]);
    for (size_t i = 0; i < r->n_notes; i++)
        free(r->notes[i]);
    for (size_t i = 0; i < r->n_inputs; i++)
        free(r->inputs[i].path);
    free(r->tables);
    free(r->arguments);
    free(r->notes);
    free(r->inputs);
    free(r->command);
    *r = (struct result)RESULT_INIT;
}

/* The group column ${i} gives its name to a column with a fixed one. */
static void
give_way(struct table *t, size_t i)
{
    struct text renamed = TEXT_INIT;

    text_puts(&renamed, t->columns[i].name);
    do
        text_putc(&renamed, '_');
    while (!renamed.failed && table_find_column(t, renamed.at) < t->n_columns);
    char *name = text_steal(&renamed);
    if (name == NULL) {
        *t->failed = true;
        return;
    }
    free(t->columns[i].name);
    t->columns[i].name = name;
}

void
table_column(struct table *t, const char *name, enum column_role role)
{
    assert(t->n_rows == 0);
    const size_t same = table_find_column(t, name);
    if (same < t->n_columns && t->columns[same].role == COLUMN_GROUP)
        give_way(t, same);

    struct column *columns = grow(t->columns, t->n_columns, sizeof *columns, t->failed);
    if (columns == NULL)
        return;
    t->columns = columns;
    char *own = copy(name, t->failed);
    if (own)
        t->columns[t->n_columns++] = (struct column){ own, role, NULL };
}

void
table_row(struct table *t, enum scale scale)
{
    if (*t->failed)
        return;
    assert(t->n_columns > 0);
    if (t->n_rows == t->room) {
        const size_t room = t->room ? 2 * t->room : 8;
        struct cell *cells = realloc(t->cells, room * t->n_columns * sizeof *cells);
        if (cells)
            t->cells = cells;
        enum scale *scales = realloc(t->scales, room * sizeof *scales);
        if (scales)
            t->scales = scales;
        if (cells == NULL || scales == NULL) {
            *t->failed = true;
            return;
        }
        t->room = room;
    }
    for (size_t i = 0; i < t->n_columns; i++)
        t->cells[t->n_rows * t->n_columns + i] = (struct cell){ .state = CELL_EMPTY };
    t->scales[t->n_rows++] = scale;
}

/* The cell of the last row to be filled, or NULL where memory ran out. */
static struct cell *
open_cell(struct table *t, size_t column)
{
    if (*t->failed)
        return NULL;
    assert(t->n_rows > 0 && column < t->n_columns);
    struct cell *c = &t->cells[(t->n_rows - 1) * t->n_columns + column];
    assert(c->state == CELL_EMPTY);
    return c;
}

void
table_set_group(struct table *t, size_t i, const char *text)
{
    struct cell *c = open_cell(t, i);
    if (c == NULL)
        return;
    char *own = copy(text, t->failed);
    if (own)
        *c = (struct cell){ .state = CELL_TEXT, .is.text = own };
}

void
table_set_text(struct table *t, const char *column, const char *text)
{
    if (!*t->failed)
        table_set_group(t, table_find_column(t, column), text);
}

void
table_set_count(struct table *t, const char *column, int64_t count)
{
    struct cell *c = *t->failed ? NULL : open_cell(t, table_find_column(t, column));
    if (c)
        *c = (struct cell){ .state = CELL_COUNT, .is.count = count };
}

void
table_set_number(struct table *t, const char *column, double number)
{
    struct cell *c = *t->failed ? NULL : open_cell(t, table_find_column(t, column));
    if (c && !isnan(number))
        *c = (struct cell){ .state = CELL_NUMBER, .is.number = number + 0.0 };
}

static void
show(char **which, const char *label, bool *failed)
{
    char *own = copy(label, failed);

    if (own == NULL)
        return;
    free(*which);
    *which = own;
}

void
table_show(struct table *t, size_t row, size_t column, const char *label)
{
    assert(row < t->n_rows && column < t->n_columns);
    show(&t->cells[row * t->n_columns + column].shown, label, t->failed);
}

void
table_show_column(struct table *t, size_t column, const char *label)
{
    assert(column < t->n_columns);
    show(&t->columns[column].shown, label, t->failed);
}

const char *
table_shown(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, table_find_column(t, column));
    return c->shown ? c->shown : c->state == CELL_TEXT ? c->is.text : "";
}

const struct cell *
table_cell(const struct table *t, size_t row, size_t column)
{
    assert(row < t->n_rows && column < t->n_columns);
    return &t->cells[row * t->n_columns + column];
}

void
table_empty(struct table *t, size_t row, size_t column)
{
    struct cell *c = &t->cells[row * t->n_columns + column];

    assert(row < t->n_rows && column < t->n_columns);
    if (c->state == CELL_TEXT)
        free(c->is.text);
    *c = (struct cell){ .state = CELL_EMPTY };
}

void
table_flag(struct table *t, const char *name, const bool *flags)
{
    const size_t n = t->n_columns, rows = t->n_rows, room = t->room;
    struct cell *old = t->cells, *cells = *t->failed ? NULL : calloc(room * (n + 1) + 1, sizeof *cells);

    if (cells == NULL) {
        *t->failed = true;
        return;
    }
    t->n_rows = 0; /* as before the first row: columns are added then */
    table_column(t, name, COLUMN_LABEL);
    if (*t->failed) {
        t->n_rows = rows;
        free(cells);
        return;
    }
    t->cells = cells;
    for (size_t row = 0; row < rows; row++) {
        if (n)
            memcpy(&cells[row * (n + 1)], &old[row * n], n * sizeof *cells);
        t->n_rows++;
        table_set_group(t, n, flags[row] ? "true" : "false");
    }
    free(old);
}

const char *
table_text(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, table_find_column(t, column));
    return c->state == CELL_TEXT ? c->is.text : "";
}

double
table_number(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, table_find_column(t, column));
    if (c->state == CELL_COUNT)
        return (double)c->is.count;
    return c->state == CELL_NUMBER ? c->is.number : NAN;
}

int64_t
table_count(const struct table *t, size_t row, const char *column)
{
    const struct cell *c = table_cell(t, row, table_find_column(t, column));
    return c->state == CELL_COUNT ? c->is.count : 0;
}

size_t
table_find_column(const struct table *t, const char *name)
{
    size_t i = 0;
    while (i < t->n_columns && strcmp(t->columns[i].name, name) != 0)
        i++;
    return i;
}

bool
text_is_plain_number(const char *s)
{
    size_t digits = 0;

    if (*s == '-')
        s++;
    if (*s == '0' && isdigit((unsigned char)s[1]))
        return false;
    const char *start = s;
    while (isdigit((unsigned char)*s))
        s++, digits++;
    if (s == start)
        return false;
    if (*s == '.') {
        start = ++s;
        while (isdigit((unsigned char)*s))
            s++, digits++;
        if (s == start)
            return false;
    }
    return *s == '\0' && digits <= 15;
}

bool
table_group_is_numeric(const struct table *t, size_t i)
{
    size_t numbers = 0;

    for (size_t row = 0; row < t->n_rows; row++) {
        const struct cell *c = table_cell(t, row, i);
        if (c->state != CELL_TEXT)
            continue;
        if (!text_is_plain_number(c->is.text))
            return false;
        numbers++;
    }
    return numbers > 0;
}
