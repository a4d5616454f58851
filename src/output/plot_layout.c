/* plot_draw(): where the words, marks and numbers of a plot stand on the page. */
#include "dyad/output/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/axis.h"
#include "dyad/output/canvas.h"
#include "dyad/output/lettering.h"

/* Points, for letters of CANVAS_FONT. */
#define MARGIN 12.0
#define COLUMN_GAP 16.0
#define GUTTER 9.0       /* either side of the axis, for the tips of arrows */
#define INDENT 11.0      /* of rows under a heading */
#define PITCH 18.5       /* from row to row */
#define LEAST_PITCH 14.5
#define MOST_PITCH 54.0
#define GROUP_GAP 7.0    /* above a panel, a heading, a summary */
#define AXIS_USUAL 240.0
#define AXIS_GOOD 190.0  /* labels give way up to here */
#define AXIS_LEAST 150.0
#define LABEL_MOST 280.0
#define LABEL_LEAST 110.0
#define CELL_MOST 190.0   /* words; numbers are never cut */
#define HEAD_SPARE 40.0   /* a heading may be that much wider than its column before it wraps */
#define LEAST_WIDTH 400.0
#define TICK 4.0
#define SQUARE_MOST 11.0
#define SQUARE_LEAST 3.5
#define SQUARE_USUAL 6.5 /* where no row has a weight */
#define DIAMOND_HALF 5.0
#define ARROW_LENGTH 6.0
#define ARROW_HALF 3.5
#define REMNANT 14.0        /* an interval of which only the arrow is on the axis */
#define LONGEST_PAGE 14000.0 /* a PDF page ends at 14400 */

enum { LABEL_LINES = 3, TITLE_LINES = 6, CAPTION_LINES = 40, CAPTION_CAP = 4000, HEAD_LINES = 3 };

/* What a column's numbers are aligned on. */
enum anchor { ANCHOR_WORDS, ANCHOR_RIGHT, ANCHOR_BRACKET, ANCHOR_SLASH, ANCHOR_POINT };

struct column_layout {
    bool shown;
    enum anchor anchor;
    double before, behind; /* widest part left and right of the anchor */
    double width, x;       /* x: its left edge */
    char *title;           /* wrapped */
    size_t title_lines;
};

enum item_kind { ITEM_PANEL, ITEM_HEADING, ITEM_ROW };

struct item {
    enum item_kind kind;
    const struct plot_row *row; /* NULL: a panel's title */
    char *label;                /* clean */
    char *wrapped;
    size_t lines;
    double indent, gap;
    bool shaded, bold;
    char *cells[PLOT_COLUMNS];  /* clean; NULL: empty */
};

/* A text that stands alone: the title, the caption ... */
struct paragraph {
    char *wrapped;
    size_t lines;
};

struct layout {
    const struct plot *plot;
    struct item *items;
    size_t n_items;
    struct column_layout columns[PLOT_COLUMNS];
    struct paragraph title, label_title, axis_title, favours_low, favours_high, caption;
    double label_natural, label_width;
    double axis_x, axis_width;
    double width, height, pitch;
    double heaviest;
    struct axis covered, axis; /* without and with ticks */
    struct canvas canvas;
    bool failed;
};

/* ---- words ---- */

static char *
clean(struct layout *l, const char *string, size_t cap)
{
    struct text out = TEXT_INIT;

    if (string == NULL || *string == '\0')
        return NULL;
    lettering_clean(string, cap, &out);
    char *made = text_steal(&out);
    l->failed |= made == NULL;
    return made;
}

static double
width_of(const char *string, bool bold)
{
    return string ? CANVAS_FONT * lettering_width(string, strlen(string), bold) : 0;
}

/* The widest of the parts between ${separators}. */
static double
longest(const char *string, const char *separators, bool bold)
{
    double most = 0;

    while (string && *string) {
        const size_t n = strcspn(string, separators);
        most = fmax(most, CANVAS_FONT * lettering_width(string, n, bold));
        string += n + (string[n] != '\0');
    }
    return most;
}

/* ${string} in lines of ${width} points, in place of what ${wrapped} held. */
static size_t
wrap(struct layout *l, const char *string, double width, size_t max_lines, bool bold,
     char **wrapped)
{
    struct text out = TEXT_INIT;

    free(*wrapped);
    *wrapped = NULL;
    if (string == NULL)
        return 0;
    const size_t lines = lettering_wrap(string, width / CANVAS_FONT, max_lines, bold, &out);
    *wrapped = text_steal(&out);
    l->failed |= *wrapped == NULL;
    return *wrapped ? lines : 0;
}

static void
set_paragraph(struct layout *l, struct paragraph *p, const char *string, double width,
              size_t max_lines, bool bold)
{
    char *words = clean(l, string, CAPTION_CAP);

    p->lines = wrap(l, words, width, max_lines, bold, &p->wrapped);
    free(words);
}

/* Lines of text, the middle of the first at ${y}. */
static void
draw_lines(struct layout *l, const char *wrapped, enum canvas_align align, bool bold, double x,
           double y)
{
    while (wrapped) {
        const char *end = strchr(wrapped, '\n');
        struct text line = TEXT_INIT;
        text_put(&line, wrapped, end ? (size_t)(end - wrapped) : strlen(wrapped));
        if (line.failed)
            l->failed = true;
        else
            canvas_words(&l->canvas, align, bold, x, y, line.at);
        text_release(&line);
        y += CANVAS_LINE;
        wrapped = end ? end + 1 : NULL;
    }
}

/* A clean heading whose short brackets, as in "(95% CI)", are not broken. */
static char *
tied(struct layout *l, const char *title)
{
    enum { SHORT = 12 };
    struct text out = TEXT_INIT;
    char *plain = clean(l, title, LETTERING_CAP);
    size_t inside = 0;

    for (const char *c = plain; c && *c; c++) {
        if (*c == '(')
            inside = strcspn(c, ")") <= SHORT ? strcspn(c, ")") : 0;
        if (inside && inside-- && *c == ' ')
            text_puts(&out, " ");
        else
            text_putc(&out, *c);
    }
    if (plain == NULL)
        return NULL;
    free(plain);
    char *made = text_steal(&out);
    l->failed |= made == NULL;
    return made;
}

/* ---- rows ---- */

static bool
is_numeric(const char *cell)
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
        const bool begins = c == cell || strchr(" ([", c[-1]);
        if (*c == '-' && begins && c[1] >= '0' && c[1] <= '9')
            text_puts(&out, "−");
        else
            text_putc(&out, *c);
    }
    char *made = text_steal(&out);
    l->failed |= made == NULL;
    return made;
}

static void
fill_item(struct layout *l, struct item *item, const struct plot_row *row)
{
    const char *label = row->label ? row->label : "";
    const size_t spaces = strspn(label, " ");

    item->kind = row->mark == PLOT_HEADING ? ITEM_HEADING : ITEM_ROW;
    item->row = row;
    item->bold = row->mark != PLOT_SQUARE;
    item->indent = 0.5 * INDENT * (double)(spaces < 12 ? spaces : 12);
    item->label = clean(l, label + spaces, LETTERING_CAP);
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        char *cell = clean(l, row->columns[i], LETTERING_CAP);
        if (cell && is_numeric(cell))
            item->cells[i] = with_minus_signs(l, cell);
        else if (cell)
            wrap(l, cell, CELL_MOST, 1, false, &item->cells[i]);
        free(cell);
    }
}

/* Rows below a heading stand in, a summary does not; groups keep a distance. */
static void
add_panel(struct layout *l, const struct plot_panel *panel)
{
    bool under_heading = false, shaded = false;

    if (panel->title && *panel->title) {
        struct item *item = &l->items[l->n_items++];
        item->kind = ITEM_PANEL;
        item->bold = true;
        item->label = clean(l, panel->title, LETTERING_CAP);
    }
    if (l->n_items && panel != l->plot->panels)
        l->items[l->n_items - (panel->title && *panel->title)].gap = GROUP_GAP;
    for (size_t i = 0; i < panel->n_rows; i++) {
        const struct plot_row *row = &panel->rows[i];
        struct item *item = &l->items[l->n_items++];
        fill_item(l, item, row);
        if (row->mark == PLOT_HEADING) {
            under_heading = true;
            shaded = false;
            item->bold = panel->title == NULL || *panel->title == '\0';
            item->gap = i ? GROUP_GAP : item->gap;
            continue;
        }
        if (row->mark == PLOT_SQUARE && under_heading)
            item->indent += INDENT;
        if (i && row->mark == PLOT_DIAMOND && panel->rows[i - 1].mark == PLOT_SQUARE)
            item->gap = GROUP_GAP / 2;
        item->shaded = shaded = !shaded;
    }
}

static void
add_items(struct layout *l)
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
        add_panel(l, &p->panels[i]);
    /* The column is as wide as its heading, within reason: that stands beside another one. */
    if (p->label_title)
        l->label_natural = fmin(width_of(p->label_title, true), LABEL_MOST);
    for (size_t i = 0; i < l->n_items; i++) {
        const struct item *item = &l->items[i];
        if (item->kind == ITEM_ROW) {
            const double wide = item->indent + width_of(item->label, item->bold);
            l->label_natural = fmax(l->label_natural, fmin(wide, LABEL_MOST));
            if (isfinite(item->row->weight))
                l->heaviest = fmax(l->heaviest, item->row->weight);
        }
    }
}

/* ---- columns ---- */

/* Where the part right of the anchor begins; the end if the cell has none. */
static const char *
anchor_in(const char *cell, enum anchor anchor)
{
    const char *at = NULL;

    if (anchor == ANCHOR_BRACKET) {
        at = strstr(cell, " (");
        if (at == NULL)
            at = strstr(cell, " [");
    } else if (anchor == ANCHOR_SLASH || anchor == ANCHOR_POINT)
        at = strchr(cell, anchor == ANCHOR_SLASH ? '/' : '.');
    return at ? at : cell + strlen(cell);
}

static bool
any_has(const struct layout *l, size_t i, enum anchor anchor)
{
    for (size_t k = 0; k < l->n_items; k++) {
        const char *cell = l->items[k].cells[i];
        if (cell && is_numeric(cell) && *anchor_in(cell, anchor))
            return true;
    }
    return false;
}

static enum anchor
choose_anchor(const struct layout *l, size_t i)
{
    size_t numbers = 0, words = 0;

    for (size_t k = 0; k < l->n_items; k++) {
        const char *cell = l->items[k].cells[i];
        if (cell)
            *(is_numeric(cell) ? &numbers : &words) += 1;
    }
    if (words > numbers)
        return ANCHOR_WORDS;
    for (enum anchor a = ANCHOR_BRACKET; a <= ANCHOR_POINT; a++)
        if (any_has(l, i, a))
            return a;
    return ANCHOR_RIGHT;
}

static void
measure_column(struct layout *l, size_t i)
{
    struct column_layout *c = &l->columns[i];
    char *title = tied(l, l->plot->column_titles[i]);
    double whole = 0;

    c->shown = title != NULL;
    c->anchor = choose_anchor(l, i);
    for (size_t k = 0; k < l->n_items; k++) {
        const char *cell = l->items[k].cells[i];
        if (cell == NULL)
            continue;
        c->shown = true;
        const char *behind = is_numeric(cell) ? anchor_in(cell, c->anchor) : NULL;
        if (behind == NULL || c->anchor == ANCHOR_WORDS || c->anchor == ANCHOR_RIGHT) {
            whole = fmax(whole, width_of(cell, false));
            continue;
        }
        c->before = fmax(c->before, width_of(cell, false) - width_of(behind, false));
        c->behind = fmax(c->behind, width_of(behind, false));
    }
    whole = fmax(whole, c->before + c->behind);
    if (title) {
        const double at_once = width_of(title, true);
        const double least = fmin(longest(title, " ", true), CELL_MOST);
        const double width = at_once <= whole + HEAD_SPARE ? at_once : fmax(whole, least);
        c->title_lines = wrap(l, title, width, HEAD_LINES, true, &c->title);
        whole = fmax(whole, longest(c->title, "\n", true));
    }
    c->width = whole;
    free(title);
}

/* The columns of one side with the gap before each. */
static double
side_width(const struct layout *l, bool left)
{
    double sum = 0;

    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        if (l->columns[i].shown && l->plot->column_left[i] == left)
            sum += COLUMN_GAP + l->columns[i].width;
    return sum;
}

/* ---- the page ---- */

/* Share ${width} points between label and axis; false if the axis comes out too short. */
static bool
share_width(struct layout *l, double width)
{
    const double fixed = 2 * MARGIN + side_width(l, true) + side_width(l, false) + COLUMN_GAP +
                         2 * GUTTER;
    const double room = width - fixed;
    const double least = fmin(l->label_natural, LABEL_LEAST);

    l->width = width;
    l->label_width = fmin(l->label_natural, fmax(room - AXIS_GOOD, least));
    l->axis_width = room - l->label_width;
    double x = MARGIN + l->label_width;
    for (int left = 1; left >= 0; left--) {
        for (size_t i = 0; i < PLOT_COLUMNS; i++) {
            struct column_layout *c = &l->columns[i];
            if (!c->shown || l->plot->column_left[i] != left)
                continue;
            c->x = x + COLUMN_GAP;
            x = c->x + c->width;
        }
        if (left) {
            l->axis_x = x + COLUMN_GAP + GUTTER;
            x = l->axis_x + l->axis_width + GUTTER;
        }
    }
    return l->axis_width >= AXIS_LEAST;
}

static double
natural_width(const struct layout *l)
{
    return fmax(LEAST_WIDTH, 2 * MARGIN + l->label_natural + side_width(l, true) +
                                 side_width(l, false) + COLUMN_GAP + 2 * GUTTER + AXIS_USUAL);
}

static double
reference_x(const struct layout *l, bool *is_there)
{
    double x;

    *is_there = axis_reference(&l->axis, &x);
    return l->axis_x + l->axis_width * (*is_there ? axis_place(&l->axis, x) : 0.5);
}

static void
set_favours(struct layout *l, const char *low, const char *high)
{
    struct text left = TEXT_INIT, right = TEXT_INIT;
    bool is_there;
    const double x = reference_x(l, &is_there);

    if (low && *low)
        text_printf(&left, "← %s", low);
    if (high && *high)
        text_printf(&right, "%s →", high);
    l->failed |= left.failed || right.failed;
    set_paragraph(l, &l->favours_low, left.at, fmax(x - MARGIN - 8, 40), HEAD_LINES, false);
    set_paragraph(l, &l->favours_high, right.at, fmax(l->width - MARGIN - x - 8, 40), HEAD_LINES,
                  false);
    text_release(&left);
    text_release(&right);
}

/* Everything that wraps, at the widths that were shared out. */
static void
wrap_all(struct layout *l)
{
    const struct plot *p = l->plot;
    const double page = l->width - 2 * MARGIN, middle = l->axis_x + l->axis_width / 2;
    const double reach = fmin(middle - MARGIN, l->width - MARGIN - middle);

    set_paragraph(l, &l->title, p->title, page, TITLE_LINES, true);
    set_paragraph(l, &l->label_title, p->label_title, l->label_width, HEAD_LINES, true);
    set_paragraph(l, &l->axis_title, p->axis, 2 * reach, HEAD_LINES, false);
    set_paragraph(l, &l->caption, p->caption, page, CAPTION_LINES, false);
    set_favours(l, p->favours_low, p->favours_high);
    for (size_t i = 0; i < l->n_items; i++) {
        struct item *item = &l->items[i];
        double width = l->label_width - item->indent;
        bool alone = item->kind != ITEM_ROW;
        for (size_t c = 0; c < PLOT_COLUMNS; c++)
            alone &= item->cells[c] == NULL || !p->column_left[c];
        if (alone) /* nothing beside it up to the axis; a panel's title has the page */
            width = (item->kind == ITEM_PANEL ? l->width - MARGIN : l->axis_x - GUTTER - COLUMN_GAP) - MARGIN -
                    item->indent;
        item->lines = wrap(l, item->label, fmax(width, 30), LABEL_LINES, item->bold, &item->wrapped);
    }
}

static size_t
head_lines(const struct layout *l)
{
    size_t most = l->label_title.lines;

    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        if (l->columns[i].shown && l->columns[i].title_lines > most)
            most = l->columns[i].title_lines;
    return most;
}

static double
item_height(const struct layout *l, const struct item *item)
{
    return l->pitch + (item->lines > 1 ? CANVAS_LINE * (double)(item->lines - 1) : 0);
}

static double
rows_height(const struct layout *l)
{
    double sum = 0;

    for (size_t i = 0; i < l->n_items; i++)
        sum += item_height(l, &l->items[i]) + l->items[i].gap;
    return sum;
}

static size_t
favours_lines(const struct layout *l)
{
    return l->favours_low.lines > l->favours_high.lines ? l->favours_low.lines
                                                        : l->favours_high.lines;
}

/* The parts above and below the rows, as draw_page() draws them. */
static double
top_height(const struct layout *l)
{
    const size_t head = head_lines(l);

    return MARGIN + (l->title.lines ? CANVAS_LINE * (double)l->title.lines + 8 : 0) +
           (head ? CANVAS_LINE * (double)head + 6 : 0);
}

static double
bottom_height(const struct layout *l)
{
    return 4 + TICK + 16 + (favours_lines(l) ? CANVAS_LINE * (double)favours_lines(l) + 4 : 0) +
           (l->axis_title.lines ? CANVAS_LINE * (double)l->axis_title.lines + 2 : 0) +
           (l->caption.lines ? CANVAS_LINE * (double)l->caption.lines + 10 : 0) + MARGIN;
}

/* Fit the rows into ${height} points, 0 for as many as they like; false if they cannot. */
static bool
share_height(struct layout *l, double height)
{
    l->pitch = PITCH;
    l->height = top_height(l) + rows_height(l) + bottom_height(l);
    if (height <= 0 || l->n_items == 0)
        return height <= 0 || l->height <= height;
    l->pitch += (height - l->height) / (double)l->n_items;
    l->height = height;
    if (l->pitch > MOST_PITCH)
        l->pitch = MOST_PITCH;
    return l->pitch >= LEAST_PITCH;
}

/* Lay the page out at the largest scale up to 1 at which everything has its place. */
static double
arrange(struct layout *l, struct plot_size size)
{
    double scale = 1, height = 72 * size.height_inches;

    for (;; scale *= 0.97) {
        const double width = size.width_inches > 0 ? 72 * size.width_inches / scale
                                                   : natural_width(l);
        const bool wide = share_width(l, width);
        if (!wide && scale > 0.01)
            continue;
        l->axis = l->covered;
        axis_set_ticks(&l->axis, l->axis_width / CANVAS_FONT);
        wrap_all(l);
        const bool high = share_height(l, height / scale);
        if (l->failed || (high && l->height * scale <= LONGEST_PAGE) || scale <= 0.01)
            return scale;
    }
}

/* ---- drawing ---- */

static void
draw_cell(struct layout *l, const struct column_layout *c, const char *cell, double y)
{
    const char *behind = anchor_in(cell, c->anchor);
    const double right = c->x + c->width;
    struct text part = TEXT_INIT;

    if (c->anchor == ANCHOR_WORDS) {
        canvas_words(&l->canvas, ALIGN_LEFT, false, c->x, y, cell);
        return;
    }
    if (!is_numeric(cell) || c->anchor == ANCHOR_RIGHT) {
        canvas_words(&l->canvas, ALIGN_RIGHT, false, right, y, cell);
        return;
    }
    text_put(&part, cell, (size_t)(behind - cell));
    l->failed |= part.failed;
    if (!part.failed)
        canvas_words(&l->canvas, ALIGN_RIGHT, false, right - c->behind, y, part.at);
    if (c->anchor == ANCHOR_BRACKET)
        canvas_words(&l->canvas, ALIGN_RIGHT, false, right, y, behind + strspn(behind, " "));
    else
        canvas_words(&l->canvas, ALIGN_LEFT, false, right - c->behind, y, behind);
    text_release(&part);
}

/* A tip at ${x} that points to the low end (${side} -1) or the high one (+1). */
static void
draw_arrow(struct layout *l, double x, double y, int side)
{
    const double back = x - side * ARROW_LENGTH;
    const struct canvas_point head[] = { { x, y }, { back, y - ARROW_HALF },
                                         { back, y + ARROW_HALF } };

    canvas_area(&l->canvas, INK_SUMMARY, head, 3);
}

/* An interval on the axis, in shares of it; what is outside was cut and ends in an arrow. */
struct span {
    double at, low, high;
    bool has_point, cut_low, cut_high;
};

static struct span
span_of(const struct layout *l, const struct plot_row *row)
{
    const double slack = 1e-9;
    struct span s = { .at = axis_place(&l->axis, row->estimate),
                      .low = axis_place(&l->axis, row->low),
                      .high = axis_place(&l->axis, row->high) };

    s.has_point = s.at >= -slack && s.at <= 1 + slack;
    if (isnan(s.low))
        s.low = s.at;
    if (isnan(s.high))
        s.high = s.at;
    s.cut_low = s.low < -slack;
    s.cut_high = s.high > 1 + slack;
    s.low = fmax(0, fmin(1, s.low));
    s.high = fmax(0, fmin(1, s.high));

    /* Too little of it is left for an arrow: let it begin inside. */
    const double remnant = REMNANT / l->axis_width;
    if (s.cut_low && s.high < remnant)
        s.high = fmax(s.high, s.has_point ? s.high : remnant);
    if (s.cut_high && s.low > 1 - remnant)
        s.low = fmin(s.low, s.has_point ? s.low : 1 - remnant);
    return s;
}

static double
square_side(const struct layout *l, double weight)
{
    if (!(l->heaviest > 0))
        return SQUARE_USUAL;
    return weight > 0 ? fmax(SQUARE_LEAST, SQUARE_MOST * sqrt(fmin(1, weight / l->heaviest)))
                      : SQUARE_LEAST;
}

/* The tips of arrows reach into the gutter, so that they stand clear of a square at the end. */
static void
draw_interval(struct layout *l, const struct plot_row *row, double y)
{
    const struct span s = span_of(l, row);
    const double low = l->axis_x + s.low * l->axis_width - (s.cut_low ? GUTTER - 2 : 0);
    const double high = l->axis_x + s.high * l->axis_width + (s.cut_high ? GUTTER - 2 : 0);

    if (s.has_point) {
        const double half = square_side(l, row->weight) / 2, x = l->axis_x + s.at * l->axis_width;
        const struct canvas_point corners[] = { { x - half, y - half }, { x + half, y - half },
                                                { x + half, y + half }, { x - half, y + half } };
        canvas_area(&l->canvas, INK_SQUARE, corners, 4);
    }
    if (high > low)
        canvas_line(&l->canvas, INK_INTERVAL, low + (s.cut_low ? ARROW_LENGTH / 2 : 0), y,
                    high - (s.cut_high ? ARROW_LENGTH / 2 : 0), y);
    if (s.cut_low)
        draw_arrow(l, low, y, -1);
    if (s.cut_high)
        draw_arrow(l, high, y, +1);
}

/* How high a diamond is where the axis cuts it: its side runs on to ${limit} beyond. */
static double
height_at_cut(double at, double edge, double limit)
{
    return isinf(limit) ? DIAMOND_HALF : DIAMOND_HALF * (limit - edge) / (limit - at);
}

static void
draw_diamond(struct layout *l, const struct plot_row *row, double y)
{
    const struct span s = span_of(l, row);

    if (!s.has_point) {
        draw_interval(l, row, y);
        return;
    }
    const double x = l->axis_x + s.at * l->axis_width;
    const double least = isnan(row->low) && isnan(row->high) ? DIAMOND_HALF : 1.5;
    const double left = fmin(l->axis_x + s.low * l->axis_width, x - least);
    const double right = fmax(l->axis_x + s.high * l->axis_width, x + least);
    const double low = s.cut_low ? height_at_cut(s.at, 0, axis_place(&l->axis, row->low)) : 0;
    const double high = s.cut_high ? height_at_cut(s.at, 1, axis_place(&l->axis, row->high)) : 0;
    const double tip = GUTTER - 2;
    const struct canvas_point corners[] = {
        { s.cut_low ? left - tip : left, y }, { left, y - low },   { x, y - DIAMOND_HALF },
        { right, y - high }, { s.cut_high ? right + tip : right, y }, { right, y + high },
        { x, y + DIAMOND_HALF }, { left, y + low },
    };
    canvas_area(&l->canvas, INK_SUMMARY, corners, sizeof corners / sizeof corners[0]);
}

static void
draw_item(struct layout *l, const struct item *item, double top)
{
    const double height = item_height(l, item), y = top + height / 2;

    if (item->shaded) {
        const double left = MARGIN - 5, right = l->width - MARGIN + 5;
        const struct canvas_point corners[] = { { left, top }, { right, top },
                                                { right, top + height }, { left, top + height } };
        canvas_area(&l->canvas, INK_BAND, corners, 4);
    }
    if (item->lines)
        draw_lines(l, item->wrapped, ALIGN_LEFT, item->bold, MARGIN + item->indent,
                   y - CANVAS_LINE * (double)(item->lines - 1) / 2);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        if (item->cells[i])
            draw_cell(l, &l->columns[i], item->cells[i], y);
    if (item->kind != ITEM_ROW || isnan(item->row->estimate))
        return;
    if (item->row->mark == PLOT_DIAMOND)
        draw_diamond(l, item->row, y);
    else
        draw_interval(l, item->row, y);
}

static double
draw_head(struct layout *l, double y)
{
    const size_t lines = head_lines(l);

    if (lines == 0)
        return y;
    const double last = y + CANVAS_LINE * ((double)lines - 0.5);
    if (l->label_title.lines)
        draw_lines(l, l->label_title.wrapped, ALIGN_LEFT, true, MARGIN,
                   last - CANVAS_LINE * (double)(l->label_title.lines - 1));
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        const struct column_layout *c = &l->columns[i];
        const bool words = c->anchor == ANCHOR_WORDS;
        if (c->title_lines)
            draw_lines(l, c->title, words ? ALIGN_LEFT : ALIGN_RIGHT, true,
                       words ? c->x : c->x + c->width,
                       last - CANVAS_LINE * (double)(c->title_lines - 1));
    }
    y += CANVAS_LINE * (double)lines + 3;
    canvas_line(&l->canvas, INK_RULE, MARGIN - 5, y, l->width - MARGIN + 5, y);
    return y + 3;
}

/* The axis with its ticks, the favours and its title; returns where the next thing may stand. */
static double
draw_axis(struct layout *l, double y)
{
    const double right = l->axis_x + l->axis_width;
    bool is_there;
    const double x = reference_x(l, &is_there);

    y += 4;
    canvas_line(&l->canvas, INK_AXIS, l->axis_x, y, right, y);
    for (size_t i = 0; i < l->axis.n_ticks; i++) {
        const double at = l->axis_x + l->axis_width * axis_place(&l->axis, l->axis.ticks[i]);
        canvas_line(&l->canvas, INK_AXIS, at, y, at, y + TICK);
        canvas_words(&l->canvas, ALIGN_CENTRE, false, at, y + TICK + 9, l->axis.labels[i]);
    }
    y += TICK + 16;
    if (favours_lines(l)) {
        draw_lines(l, l->favours_low.wrapped, is_there ? ALIGN_RIGHT : ALIGN_LEFT, false,
                   is_there ? x - 8 : l->axis_x, y + CANVAS_LINE / 2 + 2);
        draw_lines(l, l->favours_high.wrapped, is_there ? ALIGN_LEFT : ALIGN_RIGHT, false,
                   is_there ? x + 8 : right, y + CANVAS_LINE / 2 + 2);
        y += CANVAS_LINE * (double)favours_lines(l) + 4;
    }
    if (l->axis_title.lines) {
        draw_lines(l, l->axis_title.wrapped, ALIGN_CENTRE, false, l->axis_x + l->axis_width / 2,
                   y + CANVAS_LINE / 2 + 2);
        y += CANVAS_LINE * (double)l->axis_title.lines + 2;
    }
    return y;
}

static void
draw_page(struct layout *l)
{
    double y = MARGIN;
    bool is_there;

    if (l->title.lines) {
        draw_lines(l, l->title.wrapped, ALIGN_LEFT, true, MARGIN, y + CANVAS_LINE / 2);
        y += CANVAS_LINE * (double)l->title.lines + 8;
    }
    y = draw_head(l, y);
    const double top = y, x = reference_x(l, &is_there);
    for (size_t i = 0; i < l->n_items; i++) {
        y += l->items[i].gap;
        draw_item(l, &l->items[i], y);
        y += item_height(l, &l->items[i]);
    }
    if (is_there)
        canvas_line(&l->canvas, INK_REFERENCE, x, top, x, y + 4);
    y = draw_axis(l, y);
    if (l->caption.lines)
        draw_lines(l, l->caption.wrapped, ALIGN_LEFT, false, MARGIN, y + 10 + CANVAS_LINE / 2);
}

/* ---- the whole ---- */

static void
layout_release(struct layout *l)
{
    struct paragraph *const all[] = { &l->title, &l->label_title, &l->axis_title, &l->favours_low,
                                      &l->favours_high, &l->caption };

    for (size_t i = 0; i < l->n_items; i++) {
        free(l->items[i].label);
        free(l->items[i].wrapped);
        for (size_t k = 0; k < PLOT_COLUMNS; k++)
            free(l->items[i].cells[k]);
    }
    free(l->items);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->wrapped);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        free(l->columns[i].title);
    canvas_release(&l->canvas);
}

static enum dyad_status
choose_axis(struct layout *l)
{
    struct axis_interval *of = malloc((l->n_items + 1) * sizeof *of);
    size_t n = 0;

    if (of == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < l->n_items; i++)
        if (l->items[i].kind == ITEM_ROW)
            of[n++] = (struct axis_interval){ l->items[i].row->estimate, l->items[i].row->low,
                                              l->items[i].row->high };
    const enum dyad_status st = axis_cover(l->plot->scale, of, n, &l->covered);
    free(of);
    return st;
}

/* Words for who cannot see the picture. */
static void
describe(const struct layout *l, struct text *out)
{
    size_t rows = 0;

    for (size_t i = 0; i < l->n_items; i++)
        rows += l->items[i].kind == ITEM_ROW;
    text_printf(out, "%s: %zu %s with intervals.", l->plot->axis ? l->plot->axis : "Estimates",
                rows, rows == 1 ? "row" : "rows");
    if (l->plot->caption)
        text_printf(out, " %s", l->plot->caption);
}

static bool
is_drawable(struct plot_size size)
{
    const double sides[] = { size.width_inches, size.height_inches };

    for (size_t i = 0; i < 2; i++)
        if (!(sides[i] == 0 || (sides[i] >= 1 && sides[i] <= 100)))
            return false;
    return true;
}

enum dyad_status
plot_draw(const struct plot *p, const char *path, const char *format, struct plot_size size,
          struct dyad_error *err)
{
    struct layout l = { .plot = p, .failed = p->failed, .canvas = CANVAS_INIT };
    struct text description = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    if (!is_drawable(size))
        return dyad_fail(err, DYAD_USAGE, "a plot is between 1 and 100 inches wide and high");
    add_items(&l);
    if (!l.failed)
        st = choose_axis(&l);
    for (size_t i = 0; i < PLOT_COLUMNS && !l.failed; i++)
        measure_column(&l, i);
    if (!l.failed && st == DYAD_OK) {
        const double scale = arrange(&l, size);
        draw_page(&l);
        describe(&l, &description);
        const struct canvas_page page = { l.width, l.height, scale, p->title ? p->title : p->axis,
                                          description.at };
        if (!l.failed && !description.failed)
            st = canvas_paint(&l.canvas, &page, path, format, err);
    }
    if (l.failed || description.failed || (st == DYAD_NOMEM))
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    text_release(&description);
    layout_release(&l);
    return st;
}
