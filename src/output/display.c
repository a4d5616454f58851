#include "dyad/output/display.h"

#include "dyad/output/numeral.h"
#include "dyad/output/utf8.h"
#include "dyad/output/wording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\u2013"

enum { NONE = -1 };

enum view_kind {
    VIEW_WORDS,
    VIEW_SENTENCE, /* its number; the sentence itself stands below */
    VIEW_COUNT,
    VIEW_FRACTION, /* events of n */
    VIEW_INTERVAL, /* estimate (low to high) */
    VIEW_PRINTED,  /* the same of texts */
    VIEW_RANGE,    /* low to high */
    VIEW_NUMBER,
    VIEW_STATISTIC,
    VIEW_DF,
    VIEW_P_VALUE
};

/* A column for people, made of one to three columns of the table. */
struct view {
    enum view_kind kind;
    long main, low, high;
};

struct builder {
    const struct table *t;
    double level;
    struct view *views;
    size_t n_views;
    long suppressed;   /* the column of that name, or NONE */
    long digits;       /* the column that says how many decimals a row's estimate is to show, or NONE */
    long measure;      /* the column whose one value names the estimate, or NONE */
    long marked;       /* the column that bears the numbers of the sentences of `marks`, or NONE */
    long marks;
    size_t *numbers;   /* under which a sentence stands, column after column; 0: it has none */
    struct display d;
    struct text line;  /* the string in work */
    bool failed;
};

/* --- what the table holds -------------------------------------------------------------------- */

static bool
is_named(const struct table *t, long column, const char *name)
{
    return t->columns[column].role != COLUMN_GROUP && strcmp(t->columns[column].name, name) == 0;
}

static long
find(const struct table *t, const char *name)
{
    const size_t i = table_find_column(t, name);
    return i < t->n_columns && t->columns[i].role != COLUMN_GROUP ? (long)i : NONE;
}

static long
find_role(const struct table *t, enum column_role role)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].role == role)
            return (long)i;
    return NONE;
}

static const struct cell *
cell_at(const struct builder *b, size_t row, long column)
{
    return table_cell(b->t, row, (size_t)column);
}

static bool
is_blank_cell(const struct cell *c)
{
    return c->state == CELL_EMPTY || (c->state == CELL_TEXT && *c->is.text == '\0');
}

static bool
is_blank_column(const struct builder *b, long column)
{
    for (size_t row = 0; row < b->t->n_rows; row++)
        if (!is_blank_cell(cell_at(b, row, column)))
            return false;
    return b->t->n_rows > 0;
}

static bool
is_same_cell(const struct cell *x, const struct cell *y)
{
    if (x->state != y->state)
        return is_blank_cell(x) && is_blank_cell(y);
    switch (x->state) {
    case CELL_EMPTY:
        return true;
    case CELL_TEXT:
        return strcmp(x->is.text, y->is.text) == 0;
    case CELL_COUNT:
        return x->is.count == y->is.count;
    case CELL_NUMBER:
        break;
    }
    return x->is.number <= y->is.number && x->is.number >= y->is.number;
}

static bool
is_constant(const struct builder *b, long column)
{
    for (size_t row = 1; row < b->t->n_rows; row++)
        if (!is_same_cell(cell_at(b, 0, column), cell_at(b, row, column)))
            return false;
    return b->t->n_rows > 0;
}

/* NaN for anything but a number. */
static double
number_at(const struct builder *b, size_t row, long column)
{
    if (column == NONE)
        return NAN;
    const struct cell *c = cell_at(b, row, column);
    if (c->state == CELL_COUNT)
        return (double)c->is.count;
    return c->state == CELL_NUMBER ? c->is.number : NAN;
}

static bool
is_suppressed(const struct builder *b, size_t row)
{
    const struct cell *c = b->suppressed == NONE ? NULL : cell_at(b, row, b->suppressed);
    return c && c->state == CELL_TEXT && strcmp(c->is.text, "true") == 0;
}

/* --- which views ----------------------------------------------------------------------------- */

/* The column called as ${column}, with ${ending} in place of the last ${cut} bytes. */
static long
relative(struct builder *b, long column, size_t cut, const char *ending)
{
    const char *name = b->t->columns[column].name;

    text_put(&b->line, name, strlen(name) - cut);
    text_puts(&b->line, ending);
    b->failed |= b->line.failed;
    const long found = b->line.failed ? NONE : find(b->t, b->line.at);
    text_clear(&b->line);
    return found;
}

static bool
ends_in(const char *name, const char *ending)
{
    const size_t n = strlen(name), e = strlen(ending);
    return n > e && strcmp(name + n - e, ending) == 0;
}

/* The estimate with its limits; alone where a ratio says the same and is easier to read. */
static struct view
view_of_estimate(const struct builder *b, long column)
{
    const long low = find_role(b->t, COLUMN_CONF_LOW), high = find_role(b->t, COLUMN_CONF_HIGH);
    const long ratio = find(b->t, "ratio");

    if (low == NONE || high == NONE || (ratio != NONE && !is_blank_column(b, ratio)))
        return (struct view){ VIEW_NUMBER, column, NONE, NONE };
    return (struct view){ VIEW_INTERVAL, column, low, high };
}

static struct view
view_of_number(struct builder *b, long column)
{
    const char *name = b->t->columns[column].name;
    long low = relative(b, column, 0, "_low"), high = relative(b, column, 0, "_high");

    if (low != NONE && high != NONE)
        return (struct view){ VIEW_INTERVAL, column, low, high };
    if (ends_in(name, "_low")) {
        high = relative(b, column, 4, "_high");
        if (high != NONE)
            return (struct view){ VIEW_RANGE, column, column, high };
    }
    return (struct view){ VIEW_NUMBER, column, NONE, NONE };
}

static struct view
view_of_count(struct builder *b, long column)
{
    const char *name = b->t->columns[column].name;
    long other = NONE;

    if (strcmp(name, "events") == 0 || ends_in(name, "_events"))
        other = relative(b, column, strlen("events"), "n");
    if (other != NONE && b->t->columns[other].role == COLUMN_COUNT)
        return (struct view){ VIEW_FRACTION, column, NONE, other };
    return (struct view){ VIEW_COUNT, column, NONE, NONE };
}

/* Words, but a number as somebody printed it goes with its limits. */
static struct view
view_of_label(struct builder *b, long column)
{
    const long low = relative(b, column, 0, "_low"), high = relative(b, column, 0, "_high");

    if (low != NONE && high != NONE)
        return (struct view){ VIEW_PRINTED, column, low, high };
    return (struct view){ VIEW_WORDS, column, NONE, NONE };
}

static struct view
view_of(struct builder *b, long column)
{
    switch (b->t->columns[column].role) {
    case COLUMN_GROUP:
        break;
    case COLUMN_LABEL:
        return view_of_label(b, column);
    case COLUMN_SENTENCE:
        if (!is_constant(b, column))
            return (struct view){ VIEW_SENTENCE, column, NONE, NONE };
        break;
    case COLUMN_COUNT:
        return view_of_count(b, column);
    case COLUMN_ESTIMATE:
        return view_of_estimate(b, column);
    case COLUMN_STATISTIC:
        return (struct view){ VIEW_STATISTIC, column, NONE, NONE };
    case COLUMN_DF:
        return (struct view){ VIEW_DF, column, NONE, NONE };
    case COLUMN_P_VALUE:
        return (struct view){ VIEW_P_VALUE, column, NONE, NONE };
    case COLUMN_STD_ERROR:
    case COLUMN_CONF_LOW:
    case COLUMN_CONF_HIGH:
    case COLUMN_NUMBER:
        return view_of_number(b, column);
    }
    return (struct view){ VIEW_WORDS, column, NONE, NONE };
}

/* Is ${column} shown in another one's view, or said by it? */
static bool
is_taken(struct builder *b, const struct view *all, size_t n, long column)
{
    const enum column_role role = b->t->columns[column].role;

    for (size_t i = 0; i < n; i++) {
        const struct view *v = &all[i];
        if (v->main == column)
            continue;
        if (v->low == column || v->high == column)
            return true;
        if (b->t->columns[v->main].role == COLUMN_ESTIMATE) {
            /* With its limits shown, the error adds nothing; without them, it replaces them. */
            if (role == COLUMN_STD_ERROR && v->kind == VIEW_INTERVAL)
                return true;
            if ((role == COLUMN_CONF_LOW || role == COLUMN_CONF_HIGH) && v->kind == VIEW_NUMBER)
                return find(b->t, "ratio") != NONE;
        }
    }
    return column == b->suppressed;
}

/* Every column's own view; then those stay that no other one covers and that hold something. */
static void
choose_views(struct builder *b)
{
    const size_t n = b->t->n_columns;
    struct view *all = calloc(n + 1, sizeof *all);

    b->views = calloc(n + 1, sizeof *b->views);
    if (all == NULL || b->views == NULL) {
        free(all);
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        all[i] = view_of(b, (long)i);
    for (size_t i = 0; i < n; i++) {
        const bool is_needed = b->t->columns[i].role == COLUMN_ESTIMATE ||
                               b->suppressed != NONE || !is_blank_column(b, all[i].main) ||
                               (all[i].low != NONE && !is_blank_column(b, all[i].low));
        if (is_needed && !is_taken(b, all, n, (long)i))
            b->views[b->n_views++] = all[i];
    }
    free(all);
}

/* --- strings --------------------------------------------------------------------------------- */

/* The line in work as a string of the display's, made visible; a new one is begun. */
static char *
take_line(struct builder *b)
{
    struct text visible = TEXT_INIT;

    text_puts(&visible, "");
    utf8_visible(&visible, b->line.at ? b->line.at : "");
    if (b->line.failed)
        visible.failed = true;
    text_clear(&b->line);
    char *string = text_steal(&visible);
    if (string == NULL)
        b->failed = true;
    return string;
}

static void
add_line(struct builder *b, char ***lines, size_t *n)
{
    char *line = take_line(b);
    char **grown = line ? realloc(*lines, (*n + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(line);
        b->failed = true;
        return;
    }
    *lines = grown;
    grown[(*n)++] = line;
}

static void
put_level(struct builder *b)
{
    if (b->level > 0)
        text_printf(&b->line, "%.6g%% ", 100 * b->level);
}

static void
put_heading(struct builder *b, const struct view *v)
{
    const struct column *c = &b->t->columns[v->main];

    if (c->shown || c->role == COLUMN_GROUP) {
        text_puts(&b->line, c->shown ? c->shown : c->name);
    } else if (v->kind == VIEW_RANGE) {
        put_level(b);
        wording_name(&b->line, c->name);
    } else if (c->role == COLUMN_ESTIMATE && b->measure != NONE) {
        const char *code = cell_at(b, 0, b->measure)->is.text;
        text_puts(&b->line, wording_measure(code));
    } else {
        wording_name(&b->line, c->name);
    }
    if (v->kind == VIEW_FRACTION)
        text_puts(&b->line, "/n");
    if (v->kind == VIEW_INTERVAL) {
        text_puts(&b->line, " (");
        put_level(b);
        text_puts(&b->line, "CI)");
    }
}

static void
put_words(struct builder *b, size_t row, long column)
{
    const struct cell *c = cell_at(b, row, column);
    const bool is_group = b->t->columns[column].role == COLUMN_GROUP;

    if (c->state == CELL_COUNT)
        numeral_count(&b->line, c->is.count);
    else if (c->state == CELL_NUMBER)
        numeral_put(&b->line, NUMERAL_PLAIN, c->is.number);
    else if (is_blank_cell(c))
        text_puts(&b->line, is_group ? "(all)" : "");
    else if (c->shown)
        text_puts(&b->line, c->shown);
    else if (is_named(b->t, column, "name"))
        wording_name(&b->line, c->is.text);
    else if (is_named(b->t, column, "measure"))
        text_puts(&b->line, wording_short_measure(c->is.text));
    else
        text_puts(&b->line, c->is.text);
}

/* The number of the row's sentence, which stands below the table. */
static size_t
number_of(const struct builder *b, size_t row, long column)
{
    return b->numbers ? b->numbers[(size_t)column * b->t->n_rows + row] : 0;
}

static void
put_mark(struct builder *b, size_t row, long column)
{
    const size_t number = number_of(b, row, column);

    if (number)
        text_printf(&b->line, "[%zu]", number);
}

static void
put_printed(struct builder *b, size_t row, const struct view *v)
{
    put_words(b, row, v->main);
    if (is_blank_cell(cell_at(b, row, v->low)) || is_blank_cell(cell_at(b, row, v->high)))
        return;
    text_puts(&b->line, " (");
    put_words(b, row, v->low);
    text_puts(&b->line, " to ");
    put_words(b, row, v->high);
    text_putc(&b->line, ')');
}

static void
put_count(struct builder *b, size_t row, long column)
{
    const struct cell *c = cell_at(b, row, column);

    if (c->state == CELL_COUNT)
        numeral_count(&b->line, c->is.count);
    else if (c->state == CELL_NUMBER)
        numeral_put(&b->line, NUMERAL_PLAIN, c->is.number);
    else
        text_puts(&b->line, is_suppressed(b, row) ? "*" : DASH);
}

/* How the numbers of a view are written in a row. */
static enum numeral
writing(const struct builder *b, size_t row, const struct view *v)
{
    const struct column *c = &b->t->columns[v->main];

    switch (c->role) {
    case COLUMN_ESTIMATE:
    case COLUMN_CONF_LOW:
    case COLUMN_CONF_HIGH:
        return numeral_of(b->t->scales[row]);
    case COLUMN_STD_ERROR:
        return NUMERAL_MEASURE;
    case COLUMN_STATISTIC:
        return NUMERAL_CENTS;
    default:
        break;
    }
    if (strcmp(c->name, "pred_low") == 0 || strcmp(c->name, "published") == 0)
        return numeral_of(b->t->scales[row]);
    static const char *const measures[] = { "ratio", "times_published", "tau2", "i2", "h2" };
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
        if (strcmp(c->name, measures[i]) == 0)
            return NUMERAL_MEASURE;
    if (strcmp(c->name, "weight") == 0 || strcmp(c->name, "weight_common") == 0)
        return NUMERAL_TENTHS;
    return NUMERAL_PLAIN;
}

/* As many decimals as were printed: of percent where it was percent, else two fewer than of the proportion. */
static int
decimals_of(const struct builder *b, size_t row, const struct view *v)
{
    const double digits = number_at(b, row, b->digits);
    const long published = find(b->t, "published");

    if (b->t->columns[v->main].role != COLUMN_ESTIMATE || isnan(digits))
        return 0;
    const enum scale scale = b->t->scales[row];
    const struct cell *c = published == NONE ? NULL : cell_at(b, row, published);
    const bool percent = c && c->state == CELL_TEXT && strchr(c->is.text, '%');
    const int fewer = (scale == SCALE_PROPORTION || scale == SCALE_DIFFERENCE) && !percent ? 2 : 0;
    return digits > fewer ? (int)digits - fewer : 0;
}

static void
put_numbers(struct builder *b, size_t row, const struct view *v)
{
    const double main = number_at(b, row, v->main);
    const double low = number_at(b, row, v->low), high = number_at(b, row, v->high);
    const enum numeral how = writing(b, row, v);

    if (is_suppressed(b, row) && isnan(main) && isnan(low) && isnan(high))
        text_putc(&b->line, '*');
    else if (v->kind == VIEW_P_VALUE)
        numeral_p_value(&b->line, main);
    else if (v->kind == VIEW_DF)
        numeral_df(&b->line, main);
    else if (v->kind == VIEW_INTERVAL)
        numeral_interval_digits(&b->line, how, main, low, high, decimals_of(b, row, v));
    else if (v->kind == VIEW_RANGE && !(isnan(low) && isnan(high)))
        numeral_range(&b->line, how, low, high);
    else
        numeral_put(&b->line, how, main);
}

static void
put_cell(struct builder *b, size_t row, const struct view *v)
{
    switch (v->kind) {
    case VIEW_WORDS:
        put_words(b, row, v->main);
        if (v->main == b->marked && number_of(b, row, b->marks)) {
            text_putc(&b->line, ' ');
            put_mark(b, row, b->marks);
        }
        return;
    case VIEW_SENTENCE:
        put_mark(b, row, v->main);
        return;
    case VIEW_PRINTED:
        put_printed(b, row, v);
        return;
    case VIEW_COUNT:
        put_count(b, row, v->main);
        return;
    case VIEW_FRACTION:
        put_count(b, row, v->main);
        text_putc(&b->line, '/');
        put_count(b, row, v->high);
        return;
    default:
        break;
    }
    if (cell_at(b, row, v->main)->state == CELL_TEXT)
        put_words(b, row, v->main);
    else
        put_numbers(b, row, v);
}

/* --- what stands above and below --------------------------------------------------------------- */

static bool
is_liftable(const struct builder *b, const struct view *v)
{
    if (is_blank_cell(cell_at(b, 0, v->main)) || !is_constant(b, v->main))
        return false;
    return v->kind == VIEW_WORDS ||
           (v->kind == VIEW_COUNT && b->t->n_rows > 1 && is_named(b->t, v->main, "missing"));
}

/* The words that stay in the table though they never change, lest its rows have no name. */
static long
words_to_keep(const struct builder *b)
{
    long first = NONE;

    for (size_t i = 0; i < b->n_views; i++) {
        const struct view *v = &b->views[i];
        if (v->kind != VIEW_WORDS || v->main == b->measure || b->t->columns[v->main].role == COLUMN_SENTENCE)
            continue;
        if (!is_liftable(b, v))
            return NONE;
        if (first == NONE)
            first = v->main;
    }
    return first;
}

static void
lift(struct builder *b, const struct view *v)
{
    if (v->main == b->measure)
        return;
    put_heading(b, v);
    text_puts(&b->line, ": ");
    put_cell(b, 0, v);
    if (b->t->columns[v->main].role == COLUMN_SENTENCE)
        add_line(b, &b->d.below, &b->d.n_below);
    else
        add_line(b, &b->d.above, &b->d.n_above);
}

/* Say once, outside the table, what is the same in all its rows. */
static void
lift_constants(struct builder *b)
{
    size_t n = 0;

    if (b->t->n_rows == 0)
        return;
    const long measure = find(b->t, "measure");
    if (measure != NONE && find_role(b->t, COLUMN_ESTIMATE) != NONE &&
        cell_at(b, 0, measure)->state == CELL_TEXT && is_constant(b, measure))
        b->measure = measure;
    const long keep = words_to_keep(b);
    for (size_t i = 0; i < b->n_views; i++) {
        const struct view v = b->views[i];
        if (v.main != keep && is_liftable(b, &v))
            lift(b, &v);
        else
            b->views[n++] = v;
    }
    b->n_views = n;
}

/* Number the sentences of a column behind the ${n} that are below the table; each stands there once. */
static void
number_sentences(struct builder *b, long column, const struct cell **below, size_t *n)
{
    for (size_t row = 0; row < b->t->n_rows && !b->failed; row++) {
        const struct cell *c = cell_at(b, row, column);
        size_t i = 0;
        if (is_blank_cell(c))
            continue;
        while (i < *n && !is_same_cell(below[i], c))
            i++;
        b->numbers[(size_t)column * b->t->n_rows + row] = i + 1;
        if (i < *n)
            continue;
        below[(*n)++] = c;
        text_printf(&b->line, "[%zu] ", *n);
        put_words(b, row, column);
        add_line(b, &b->d.below, &b->d.n_below);
    }
}

/* One column of sentences needs no column for its numbers where a measure can bear them. */
static void
list_sentences(struct builder *b)
{
    const size_t n_cells = b->t->n_rows * b->t->n_columns;
    const long measure = find(b->t, "measure");
    const struct cell **below = calloc(n_cells + 1, sizeof *below);
    size_t n_sentences = 0, n = 0, at = 0;

    b->numbers = calloc(n_cells + 1, sizeof *b->numbers);
    b->failed = below == NULL || b->numbers == NULL;
    for (size_t i = 0; i < b->n_views && !b->failed; i++) {
        if (b->views[i].kind != VIEW_SENTENCE)
            continue;
        number_sentences(b, b->views[i].main, below, &n);
        n_sentences++;
        at = i;
    }
    free(below);
    if (n_sentences == 1 && measure != NONE && b->measure == NONE) {
        b->marked = measure;
        b->marks = b->views[at].main;
        b->n_views--;
        memmove(&b->views[at], &b->views[at + 1], (b->n_views - at) * sizeof *b->views);
    }
}

/* What the signs in the cells mean. */
static void
explain_signs(struct builder *b)
{
    const long estimate = find_role(b->t, COLUMN_ESTIMATE);
    bool has_points = false, has_stars = false;

    for (size_t row = 0; row < b->t->n_rows; row++) {
        has_points |= b->t->scales[row] == SCALE_DIFFERENCE &&
                      isfinite(number_at(b, row, estimate));
        has_stars |= is_suppressed(b, row);
    }
    if (has_points) {
        text_puts(&b->line, "pp: percentage points");
        add_line(b, &b->d.below, &b->d.n_below);
    }
    if (has_stars) {
        text_puts(&b->line, "*: suppressed");
        add_line(b, &b->d.below, &b->d.n_below);
    }
}

/* --- the display ------------------------------------------------------------------------------- */

static bool
has_labels(const struct builder *b, long column)
{
    for (size_t row = 0; row < b->t->n_rows; row++)
        if (cell_at(b, row, column)->shown)
            return true;
    return false;
}

static void
fill(struct builder *b)
{
    struct display *d = &b->d;

    d->columns = calloc(b->n_views + 1, sizeof *d->columns);
    d->cells = calloc(b->n_views * b->t->n_rows + 1, sizeof *d->cells);
    if (d->columns == NULL || d->cells == NULL) {
        b->failed = true;
        return;
    }
    d->n_columns = b->n_views;
    d->n_rows = b->t->n_rows;
    wording_name(&b->line, b->t->name);
    d->caption = take_line(b);
    for (size_t i = 0; i < b->n_views; i++) {
        put_heading(b, &b->views[i]);
        d->columns[i].heading = take_line(b);
        d->columns[i].is_words = b->views[i].kind == VIEW_WORDS;
        if (b->t->columns[b->views[i].main].role == COLUMN_GROUP)
            d->columns[i].is_words = has_labels(b, b->views[i].main) ||
                                     !table_group_is_numeric(b->t, (size_t)b->views[i].main);
    }
    for (size_t row = 0; row < d->n_rows && !b->failed; row++)
        for (size_t i = 0; i < b->n_views; i++) {
            put_cell(b, row, &b->views[i]);
            d->cells[row * d->n_columns + i] = take_line(b);
        }
}

enum dyad_status
display_table(const struct table *t, double level, struct display *out)
{
    struct builder b = { .t = t, .level = level, .measure = NONE, .marked = NONE, .marks = NONE };

    b.suppressed = find(t, "suppressed");
    b.digits = find(t, "digits");
    choose_views(&b);
    if (!b.failed)
        lift_constants(&b);
    if (!b.failed)
        list_sentences(&b);
    if (!b.failed)
        explain_signs(&b);
    if (!b.failed)
        fill(&b);
    text_release(&b.line);
    free(b.views);
    free(b.numbers);
    if (b.failed) {
        display_release(&b.d);
        return DYAD_NOMEM;
    }
    *out = b.d;
    return DYAD_OK;
}

static void
free_strings(char **strings, size_t n)
{
    for (size_t i = 0; strings && i < n; i++)
        free(strings[i]);
    free(strings);
}

void
display_release(struct display *d)
{
    for (size_t i = 0; i < d->n_columns; i++)
        free(d->columns[i].heading);
    free(d->columns);
    free_strings(d->cells, d->n_columns * d->n_rows);
    free_strings(d->above, d->n_above);
    free_strings(d->below, d->n_below);
    free(d->caption);
    *d = (struct display)DISPLAY_INIT;
}

const char *
display_cell(const struct display *d, size_t row, size_t column)
{
    return d->cells[row * d->n_columns + column];
}

void
display_each(const struct result *r, const struct table *const *tables, size_t n,
             void (*put)(struct text *out, const struct display *d), struct text *out)
{
    for (size_t i = 0; i < n && !out->failed; i++) {
        struct display d = DISPLAY_INIT;
        if (display_table(tables[i], r->level, &d) != DYAD_OK) {
            out->failed = true;
            return;
        }
        put(out, &d);
        display_release(&d);
    }
}
