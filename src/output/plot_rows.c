/* The rows of a plot as they will stand on the page, panel after panel. */
#include "plot_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

#define GROUP_GAP 7.0   /* above a panel, a heading, a summary */
#define NOTE_SPARE 45.0 /* that much wider labels may be for a note to need one line */

enum { NOTE_CAP = 600, MOST_SPACES = 12 };

bool
layout_is_numeric(const char *cell)
{
    return strchr("0123456789<>+-.(", cell[0]) != NULL ||
           strncmp(cell, "−", strlen("−")) == 0 || strncmp(cell, "∞", strlen("∞")) == 0;
}

/* A hyphen before a digit, as programs print it, becomes the sign that the axis has. */
static char *
with_minus_signs(struct layout *l, const char *cell)
{
    struct text out = TEXT_INIT;

    for (const char *c = cell; *c; c++) {
        const bool begins = c == cell || strchr(" ([\xa0", c[-1]); /* a0 ends a no-break space */
        if (*c == '-' && begins && c[1] >= '0' && c[1] <= '9')
            text_puts(&out, "−");
        else
            text_putc(&out, *c);
    }
    char *made = text_steal(&out);
    l->failed |= made == NULL;
    return made;
}

/* What stands in a column of the picture: "34/45" where two of the plot's are joined. */
static char *
cell_words(struct layout *l, const struct column_layout *c, const struct plot_row *row)
{
    const char *first = row->columns[c->source], *second = row->columns[c->joined];
    struct text both = TEXT_INIT;

    if (c->source == c->joined || second == NULL || *second == '\0' || first == NULL)
        return layout_clean(l, first ? first : second, LETTERING_CAP);
    text_printf(&both, "%s/%s", first, second);
    char *words = layout_clean(l, both.at, LETTERING_CAP);
    l->failed |= both.failed;
    text_release(&both);
    return words;
}

static void
fill_cells(struct layout *l, struct item *item)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        char *words = cell_words(l, &l->columns[i], item->row);
        if (words && layout_is_numeric(words))
            item->cells[i] = with_minus_signs(l, words);
        else if (words) {
            struct paragraph p = { NULL, 0 };
            layout_wrap(l, &p, words, CELL_MOST, 1, item->bold_cells);
            item->cells[i] = p.wrapped;
        }
        free(words);
    }
}

static char *
clean_note(struct layout *l, const char *sentence)
{
    char *plain = layout_clean(l, sentence, NOTE_CAP), *made = NULL;

    if (plain)
        made = with_minus_signs(l, plain);
    free(plain);
    return made;
}

static enum item_kind
kind_of(enum plot_mark mark)
{
    switch (mark) {
    case PLOT_HEADING:
        return ITEM_HEADING;
    case PLOT_NOTE:
        return ITEM_NOTE;
    case PLOT_BLANK:
        return ITEM_BLANK;
    default:
        return ITEM_ROW;
    }
}

static bool
is_summary(enum plot_mark mark)
{
    return mark == PLOT_DIAMOND || mark == PLOT_SUBTOTAL || mark == PLOT_TOTAL;
}

static void
fill_item(struct layout *l, struct item *item, const struct plot_row *row)
{
    const char *label = row->label ? row->label : "";
    const size_t spaces = strspn(label, " ");

    item->kind = kind_of(row->mark);
    item->row = row;
    item->bold = item->kind == ITEM_HEADING || is_summary(row->mark);
    item->bold_cells = is_summary(row->mark);
    item->indent = 0.5 * INDENT * (double)(spaces < MOST_SPACES ? spaces : MOST_SPACES);
    item->label = item->kind == ITEM_NOTE ? clean_note(l, label + spaces)
                                          : layout_clean(l, label + spaces, LETTERING_CAP);
    fill_cells(l, item);
}

/* Summaries of all keep a distance from those of some. */
static double
gap_above_summary(enum plot_mark mark, enum plot_mark before)
{
    if (before == PLOT_DIAMOND || before == PLOT_TOTAL || before == mark)
        return 0;
    return mark == PLOT_SUBTOTAL || (mark == PLOT_DIAMOND && before == PLOT_SQUARE) ? GROUP_GAP / 2
                                                                                   : GROUP_GAP;
}

/* The distance above a row, ${before} being the row above it in its panel, or NULL. */
static double
gap_above(const struct plot_row *row, const struct plot_row *before)
{
    if (before == NULL || before->mark == PLOT_BLANK)
        return 0;
    if (row->mark == PLOT_HEADING)
        return GROUP_GAP;
    return is_summary(row->mark) ? gap_above_summary(row->mark, before->mark) : 0;
}

static void
add_title(struct layout *l, size_t panel)
{
    struct item *item = &l->items[l->n_items++];

    item->kind = ITEM_PANEL;
    item->panel = panel;
    item->bold = true;
    item->label = layout_clean(l, l->plot->panels[panel].title, LETTERING_CAP);
}

/* Rows below a heading stand in, a summary does not; groups keep a distance. */
static void
add_panel(struct layout *l, size_t index)
{
    const struct plot_panel *panel = &l->plot->panels[index];
    const bool titled = panel->title && *panel->title;
    bool under_heading = false, shaded = false;

    if (titled)
        add_title(l, index);
    if (l->n_items && index)
        l->items[l->n_items - titled].gap = GROUP_GAP;
    for (size_t i = 0; i < panel->n_rows; i++) {
        const struct plot_row *row = &panel->rows[i];
        struct item *item = &l->items[l->n_items++];
        fill_item(l, item, row);
        item->panel = index;
        item->gap = fmax(item->gap, gap_above(row, i ? row - 1 : NULL));
        if (item->kind == ITEM_HEADING) {
            under_heading = true;
            item->bold = !titled;
        }
        if (item->kind != ITEM_ROW) {
            shaded = false;
            continue;
        }
        if (!item->bold && under_heading)
            item->indent += INDENT;
        shaded = !shaded;
        item->shaded = shaded && l->plot->layout != PLOT_LAYOUT_REVMAN;
    }
}

/* What labels would have to take for a note to need one line, if that is little; else about two. */
static double
width_for_note(const struct layout *l, double note, double labels)
{
    const double columns = layout_side_width(l, true);

    return note - columns <= labels + NOTE_SPARE ? note - columns : 0.55 * note - columns;
}

/* The label column is as wide as its words and notes, within reason. */
void
layout_measure_labels(struct layout *l)
{
    double most = l->plot->label_title ? layout_width_of(l->plot->label_title, true) : 0;

    for (size_t i = 0; i < l->n_items; i++) {
        const struct item *item = &l->items[i];
        const double wide = item->indent + layout_width_of(item->label, item->bold);
        if (item->kind == ITEM_ROW)
            most = fmax(most, wide);
        if (item->kind == ITEM_ROW && isfinite(item->row->weight) &&
            !is_summary(item->row->mark) && item->row->mark != PLOT_HOLLOW)
            l->heaviest = fmax(l->heaviest, item->row->weight);
    }
    const double labels = most;
    for (size_t i = 0; i < l->n_items; i++) {
        const struct item *item = &l->items[i];
        const double wide = item->indent + layout_width_of(item->label, item->bold);
        if (item->kind == ITEM_NOTE)
            most = fmax(most, width_for_note(l, wide, labels));
        else if (item->kind == ITEM_HEADING && layout_side_width(l, true) == 0)
            most = fmax(most, wide);
    }
    l->label_natural = fmin(most, LABEL_MOST);
}

void
layout_add_items(struct layout *l)
{
    const struct plot *p = l->plot;
    size_t n = 1; /* one to spare: the gap above an untitled, empty panel lands behind the last */

    for (size_t i = 0; i < p->n_panels; i++)
        n += 1 + p->panels[i].n_rows;
    if ((l->items = calloc(n, sizeof *l->items)) == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < p->n_panels; i++)
        add_panel(l, i);
    l->n_rows = l->n_items;
    while (l->n_rows && (l->items[l->n_rows - 1].kind == ITEM_NOTE ||
                         l->items[l->n_rows - 1].kind == ITEM_BLANK))
        l->n_rows--;
}

void
layout_release_items(struct layout *l)
{
    for (size_t i = 0; i < l->n_items; i++) {
        free(l->items[i].label);
        free(l->items[i].lines.wrapped);
        for (size_t k = 0; k < PLOT_COLUMNS; k++)
            free(l->items[i].cells[k]);
    }
    free(l->items);
}
