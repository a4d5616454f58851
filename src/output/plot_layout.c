/* plot_paint(): where the rows, the axis and the words around them stand on the page. */
#include "plot_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PITCH 18.5       /* from row to row */
#define LEAST_PITCH 14.5
#define MOST_PITCH 54.0
#define BLANK 0.5        /* of a pitch */
#define NOTE_SPARE 2.0   /* above a note */
#define AXIS_USUAL 240.0
#define AXIS_GOOD 190.0  /* labels give way up to here */
#define AXIS_LEAST 150.0
#define LABEL_LEAST 110.0
#define LABEL_CALM 180.0
#define CALM_SHARE 0.8
#define SHRINK 0.97
#define LEAST_SCALE 0.01
#define LEAST_WIDTH 400.0
#define TICK 4.0
#define SLACK 0.01       /* a width that was a sum is not quite one */
#define FAVOURS_GAP 8.0  /* from the reference */
#define LONGEST_PAGE 14000.0 /* a PDF page ends at 14400 */

enum { LABEL_LINES = 3, NOTE_LINES = 6, FAVOURS_LINES = 5, TITLE_LINES = 6, CAPTION_LINES = 40 };

/* ---- the width ---- */

/* Share ${width} points between labels, first if ${calm}, and axis; false if that comes out too short. */
static bool
share_width(struct layout *l, double width, bool calm)
{
    const double fixed = 2 * MARGIN + layout_side_width(l, true) + layout_side_width(l, false) +
                         COLUMN_GAP + 2 * GUTTER;
    const double room = width - fixed;
    const double least = fmin(l->label_natural, LABEL_LEAST);

    l->width = width;
    l->label_width = fmin(l->label_natural, fmax(room - (calm ? AXIS_LEAST : AXIS_GOOD), least));
    l->axis_width = room - l->label_width;
    l->axis_x = layout_place_columns(l, true, MARGIN + l->label_width) + COLUMN_GAP + GUTTER;
    layout_place_columns(l, false, l->axis_x + l->axis_width + GUTTER);
    return l->axis_width >= AXIS_LEAST;
}

static double
natural_width(const struct layout *l)
{
    return fmax(LEAST_WIDTH, 2 * MARGIN + l->label_natural + layout_side_width(l, true) +
                                 layout_side_width(l, false) + COLUMN_GAP + 2 * GUTTER +
                                 AXIS_USUAL);
}

static double
reference_x(const struct layout *l, bool *is_there)
{
    double x;

    *is_there = axis_reference(&l->axis, &x);
    return l->axis_x + l->axis_width * (*is_there ? axis_place(&l->axis, x) : 0.5);
}

/* What words about the axis may take of the page. */
struct stretch {
    double left, right;
};

/* Above the axis stand headings, beside it perhaps notes; otherwise nothing does. */
static struct stretch
axis_stretch(const struct layout *l, bool above)
{
    const double left = l->axis_x - GUTTER, right = l->axis_x + l->axis_width + GUTTER;

    return (struct stretch){ above || l->notes_beside ? left : MARGIN,
                             above ? right : l->width - MARGIN };
}

/* How much of an axis with room for both the low one gets; otherwise the shorter stays in one line. */
static double
share_of_low(double axis, double low, double high)
{
    const double most = 0.6 * axis, least = fmin(low, high);

    if (low + high <= axis)
        return low + (axis - low - high) / 2;
    if (least > most)
        return axis / 2;
    return low < high ? low : axis - high;
}

/* The favours stand at the reference, at the ends of the axis if one of them had to wrap there. */
static void
place_favours(struct layout *l, const struct stretch *in, double low, double high)
{
    bool is_there;
    const double x = reference_x(l, &is_there);

    low += FAVOURS_GAP;
    high += FAVOURS_GAP;
    l->favours_apart = !is_there || low > x - in->left || high > in->right - x;
    l->favours_middle = x;
    if (l->favours_apart)
        l->favours_middle = l->axis_x - GUTTER + share_of_low(l->axis_width + 2 * GUTTER, low, high);
}

static void
wrap_favours(struct layout *l)
{
    const struct plot *p = l->plot;
    struct stretch in = axis_stretch(l, p->layout == PLOT_LAYOUT_JAMA);
    struct text low = TEXT_INIT, high = TEXT_INIT;

    if (p->favours_low && *p->favours_low)
        text_printf(&low, "←\u00a0%s", p->favours_low);
    if (p->favours_high && *p->favours_high)
        text_printf(&high, "%s\u00a0→", p->favours_high);
    l->failed |= low.failed || high.failed;
    place_favours(l, &in, layout_width_of(low.at, false), layout_width_of(high.at, false));
    if (l->favours_apart)
        in = axis_stretch(l, true);
    layout_paragraph(l, &l->favours_low, low.at, l->favours_middle - FAVOURS_GAP - in.left + SLACK,
                     FAVOURS_LINES, false);
    layout_paragraph(l, &l->favours_high, high.at,
                     in.right - l->favours_middle - FAVOURS_GAP + SLACK, FAVOURS_LINES, false);
    text_release(&low);
    text_release(&high);
}

static void
wrap_item(struct layout *l, struct item *item, double width)
{
    layout_wrap(l, &item->lines, item->label, fmax(width, 30),
                item->kind == ITEM_NOTE ? (size_t)NOTE_LINES : (size_t)LABEL_LINES, item->bold);
}

/* With nothing beside it a row has the page up to the axis, a panel's title all of it. */
static void
wrap_labels(struct layout *l)
{
    const double upto_axis = l->axis_x - GUTTER - COLUMN_GAP - MARGIN;

    for (size_t i = 0; i < l->n_items; i++) {
        struct item *item = &l->items[i];
        double width = l->label_width;
        bool alone = item->kind != ITEM_ROW;
        for (size_t c = 0; c < l->n_columns; c++)
            alone &= item->cells[c] == NULL || !l->columns[c].left;
        if (alone)
            width = item->kind == ITEM_PANEL ? l->width - 2 * MARGIN : upto_axis;
        wrap_item(l, item, width - item->indent);
    }
}

/* The notes that end the picture stand beside the axis if they can, or below with all the page. */
static void
place_notes(struct layout *l)
{
    size_t most = 0;

    for (size_t i = l->n_rows; i < l->n_items; i++)
        if (l->items[i].lines.lines > most)
            most = l->items[i].lines.lines;
    l->notes_beside = most > 0 && (most <= 2 || l->plot->layout == PLOT_LAYOUT_REVMAN);
    for (size_t i = l->n_rows; i < l->n_items && !l->notes_beside; i++)
        wrap_item(l, &l->items[i], l->width - 2 * MARGIN - l->items[i].indent);
}

/* In lines of much the same length, as few as ${width} allows. */
static void
wrap_axis_title(struct layout *l, double width)
{
    const bool bold = l->plot->layout == PLOT_LAYOUT_REVMAN;

    layout_paragraph(l, &l->axis_title, l->plot->axis, width, HEAD_LINES, bold);
    const size_t lines = l->axis_title.lines;
    double even = lines ? layout_width_of(l->plot->axis, bold) / (double)lines : 0;
    if (lines <= 1 || layout_width_of(l->plot->axis, bold) > (double)lines * width)
        return;
    do {
        layout_paragraph(l, &l->axis_title, l->plot->axis, fmin(even, width), HEAD_LINES + 1, bold);
        even += CANVAS_FONT / 2;
    } while (l->axis_title.lines > lines && even < width + CANVAS_FONT);
}

/* Everything that wraps, at the widths that were shared out. */
static void
wrap_all(struct layout *l)
{
    const struct plot *p = l->plot;
    const double page = l->width - 2 * MARGIN, middle = l->axis_x + l->axis_width / 2;

    wrap_labels(l);
    place_notes(l);
    const struct stretch in = axis_stretch(l, p->layout == PLOT_LAYOUT_REVMAN);
    const double reach = fmin(middle - in.left, in.right - middle);
    layout_paragraph(l, &l->title, p->title, page, TITLE_LINES, true);
    layout_paragraph(l, &l->label_title, p->label_title, l->label_width, HEAD_LINES, true);
    wrap_axis_title(l, 2 * reach);
    layout_paragraph(l, &l->caption, p->caption, page, CAPTION_LINES, false);
    wrap_favours(l);
}

/* ---- the height ---- */

static double
paragraph_height(const struct paragraph *p, double gap)
{
    return p->lines ? CANVAS_LINE * (double)p->lines + gap : 0;
}

static double
favours_height(const struct layout *l, double gap)
{
    return paragraph_height(l->favours_low.lines > l->favours_high.lines ? &l->favours_low
                                                                         : &l->favours_high, gap);
}

/* Of the headings, and of what stands above the axis beside them. */
static double
head_height(const struct layout *l)
{
    const double over = l->plot->layout == PLOT_LAYOUT_REVMAN ? paragraph_height(&l->axis_title, 0)
                        : l->plot->layout == PLOT_LAYOUT_JAMA ? favours_height(l, 0) : 0;

    return fmax(fmax(layout_head_height(l), paragraph_height(&l->label_title, 0)), over);
}

static double
pitches_of(const struct item *item)
{
    return item->kind == ITEM_NOTE ? 0 : item->kind == ITEM_BLANK ? BLANK : 1;
}

static double
item_height(const struct layout *l, const struct item *item)
{
    const double more = item->lines.lines > 1 ? CANVAS_LINE * (double)(item->lines.lines - 1) : 0;

    return pitches_of(item) * l->pitch + more +
           (item->kind == ITEM_NOTE ? CANVAS_LINE + NOTE_SPARE : 0);
}

static double
rows_height(const struct layout *l, size_t from, size_t to)
{
    double sum = 0;

    for (size_t i = from; i < to; i++)
        sum += item_height(l, &l->items[i]) + l->items[i].gap;
    return sum;
}

/* The parts above and below the rows, as draw_page() draws them. */
static double
top_height(const struct layout *l)
{
    const double head = head_height(l);

    return MARGIN + paragraph_height(&l->title, 8) + (head > 0 ? head + 6 : 0);
}

static double
axis_height(const struct layout *l)
{
    return 4 + TICK + 16 + (l->plot->layout == PLOT_LAYOUT_JAMA ? 0 : favours_height(l, 4)) +
           (l->plot->layout == PLOT_LAYOUT_REVMAN ? 0 : paragraph_height(&l->axis_title, 2));
}

static double
bottom_height(const struct layout *l)
{
    const double notes = rows_height(l, l->n_rows, l->n_items), axis = axis_height(l);

    return (l->notes_beside ? fmax(notes, axis) : notes + axis) +
           paragraph_height(&l->caption, 10) + MARGIN;
}

/* Fit the rows into ${height} points, 0 for as many as they like; false if they cannot. */
static bool
share_height(struct layout *l, double height)
{
    double pitches = 0;

    for (size_t i = 0; i < l->n_rows; i++)
        pitches += pitches_of(&l->items[i]);
    l->pitch = PITCH;
    l->height = top_height(l) + rows_height(l, 0, l->n_rows) + bottom_height(l);
    if (height <= 0 || pitches == 0)
        return height <= 0 || l->height <= height;
    l->pitch += (height - l->height) / pitches;
    l->height = height;
    if (l->pitch > MOST_PITCH)
        l->pitch = MOST_PITCH;
    return l->pitch >= LEAST_PITCH;
}

/* Does everything have its place at ${scale}; with ${calm}, labels that are not long in one line? */
static bool
fits(struct layout *l, struct plot_size size, double scale, bool calm)
{
    const double width = size.width_inches > 0 ? 72 * size.width_inches / scale : natural_width(l);
    const bool last = scale <= LEAST_SCALE, wide = share_width(l, width, calm);

    if (calm && l->label_width < fmin(l->label_natural, LABEL_CALM))
        return false;
    if (!wide && !last)
        return false;
    l->axis = l->covered;
    axis_set_ticks(&l->axis, l->axis_width / CANVAS_FONT);
    wrap_all(l);
    const bool high = share_height(l, 72 * size.height_inches / scale);
    return l->failed || (high && l->height * scale <= LONGEST_PAGE) || last;
}

/* The largest scale up to 1; letters may shrink a little more for the labels' sake. */
static double
arrange(struct layout *l, struct plot_size size)
{
    double largest = 1;

    while (!fits(l, size, largest, false))
        largest *= SHRINK;
    for (double scale = largest; scale > CALM_SHARE * largest; scale *= SHRINK)
        if (fits(l, size, scale, true))
            return scale;
    fits(l, size, largest, false);
    return largest;
}

/* ---- drawing ---- */

static void
draw_band(struct layout *l, const struct item *item)
{
    const double left = MARGIN - BLEED, right = l->width - MARGIN + BLEED;
    const double top = item->top, bottom = item->top + item->height;
    const struct canvas_point corners[] = { { left, top }, { right, top }, { right, bottom },
                                            { left, bottom } };

    canvas_area(&l->canvas, INK_BAND, corners, 4);
}

static void
draw_item(struct layout *l, struct item *item, double top)
{
    item->top = top;
    item->height = item_height(l, item);
    const double y = top + item->height / 2;

    if (item->shaded)
        draw_band(l, item);
    layout_draw_lines(l, &item->lines, ALIGN_LEFT, item->bold, MARGIN + item->indent,
                      y - CANVAS_LINE * ((double)item->lines.lines - 1) / 2);
    layout_draw_cells(l, item, y);
    if (item->kind == ITEM_ROW)
        layout_draw_mark(l, item->row, y);
}

/* Items ${from} to ${to}; returns where the next thing may stand. */
static double
draw_items(struct layout *l, size_t from, size_t to, double y)
{
    for (size_t i = from; i < to; i++) {
        y += l->items[i].gap;
        draw_item(l, &l->items[i], y);
        y += l->items[i].height;
    }
    return y;
}

/* The first line of each is CANVAS_LINE / 2 below ${y}. */
static void
draw_favours(struct layout *l, double y)
{
    const bool apart = l->favours_apart;

    layout_draw_lines(l, &l->favours_low, apart ? ALIGN_LEFT : ALIGN_RIGHT, false,
                      apart ? l->axis_x - GUTTER : l->favours_middle - FAVOURS_GAP,
                      y + CANVAS_LINE / 2);
    layout_draw_lines(l, &l->favours_high, apart ? ALIGN_RIGHT : ALIGN_LEFT, false,
                      apart ? l->axis_x + l->axis_width + GUTTER : l->favours_middle + FAVOURS_GAP,
                      y + CANVAS_LINE / 2);
}

static double
draw_head(struct layout *l, double y)
{
    const double height = head_height(l), bottom = y + height;

    if (height <= 0)
        return y;
    layout_draw_lines(l, &l->label_title, ALIGN_LEFT, true, MARGIN,
                      bottom - CANVAS_LINE * ((double)l->label_title.lines - 0.5));
    layout_draw_heads(l, bottom);
    if (l->plot->layout == PLOT_LAYOUT_REVMAN)
        layout_draw_lines(l, &l->axis_title, ALIGN_CENTRE, true, l->axis_x + l->axis_width / 2,
                          bottom - CANVAS_LINE * ((double)l->axis_title.lines - 0.5));
    if (l->plot->layout == PLOT_LAYOUT_JAMA)
        draw_favours(l, bottom - favours_height(l, 0));
    canvas_line(&l->canvas, INK_RULE, MARGIN - BLEED, bottom + 3, l->width - MARGIN + BLEED,
                bottom + 3);
    return bottom + 6;
}

/* The axis with its ticks, the favours and its title; returns where the next thing may stand. */
static double
draw_axis(struct layout *l, double y)
{
    const double right = l->axis_x + l->axis_width;

    y += 4;
    canvas_line(&l->canvas, INK_AXIS, l->axis_x, y, right, y);
    for (size_t i = 0; i < l->axis.n_ticks; i++) {
        const double at = l->axis_x + l->axis_width * axis_place(&l->axis, l->axis.ticks[i]);
        canvas_line(&l->canvas, INK_AXIS, at, y, at, y + TICK);
        canvas_words(&l->canvas, ALIGN_CENTRE, false, at, y + TICK + 9, l->axis.labels[i]);
    }
    y += TICK + 16;
    if (l->plot->layout != PLOT_LAYOUT_JAMA) {
        draw_favours(l, y + 2);
        y += favours_height(l, 4);
    }
    if (l->plot->layout != PLOT_LAYOUT_REVMAN) {
        layout_draw_lines(l, &l->axis_title, ALIGN_CENTRE, false, l->axis_x + l->axis_width / 2,
                          y + CANVAS_LINE / 2 + 2);
        y += paragraph_height(&l->axis_title, 2);
    }
    return y;
}

/* From the heads to the axis, but not through the title of a panel. */
static void
draw_reference(struct layout *l, double top, double bottom)
{
    bool is_there;
    const double x = reference_x(l, &is_there);

    for (size_t i = 0; i < l->n_rows && is_there; i++) {
        const struct item *item = &l->items[i];
        const double reach = MARGIN + layout_longest(item->lines.wrapped, "\n", item->bold);
        if (item->kind != ITEM_PANEL || reach < x - 2)
            continue;
        if (item->top > top)
            canvas_line(&l->canvas, INK_REFERENCE, x, top, x, item->top);
        top = item->top + item->height;
    }
    if (is_there)
        canvas_line(&l->canvas, INK_REFERENCE, x, top, x, bottom);
}

static void
draw_page(struct layout *l)
{
    double y = MARGIN;

    layout_draw_lines(l, &l->title, ALIGN_LEFT, true, MARGIN, y + CANVAS_LINE / 2);
    const double top = draw_head(l, y + paragraph_height(&l->title, 8));
    const double below = draw_items(l, 0, l->n_rows, top);
    draw_reference(l, top, below + 4);
    for (size_t i = 0; i < l->n_rows; i++)
        if (l->items[i].kind == ITEM_ROW && l->items[i].row->mark == PLOT_TOTAL)
            layout_draw_total(l, i);
    y = draw_axis(l, below);
    const double notes = draw_items(l, l->n_rows, l->n_items, l->notes_beside ? below : y);
    y = fmax(y, notes);
    layout_draw_lines(l, &l->caption, ALIGN_LEFT, false, MARGIN, y + 10 + CANVAS_LINE / 2);
}

/* ---- the whole ---- */

static void
layout_release(struct layout *l)
{
    struct paragraph *const all[] = { &l->title, &l->label_title, &l->axis_title, &l->favours_low,
                                      &l->favours_high, &l->caption };

    layout_release_items(l);
    layout_release_columns(l);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->wrapped);
    canvas_release(&l->canvas);
}

/* The summary in words, where the picture has one in numbers. */
static void
describe_total(const struct layout *l, const struct item *item, struct text *out)
{
    for (size_t i = 0; i < l->n_columns; i++)
        if (item->kind == ITEM_ROW && item->row->mark == PLOT_TOTAL && item->cells[i] &&
            l->plot->columns[l->columns[i].source].role == PLOT_COLUMN_ESTIMATE_TEXT)
            text_printf(out, " %s: %s.", item->label ? item->label : "Total", item->cells[i]);
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
    for (size_t i = 0; i < l->n_items; i++)
        describe_total(l, &l->items[i], out);
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

/* The columns need the rows, the labels need the columns. */
static enum dyad_status
measure_all(struct layout *l)
{
    layout_plan_columns(l);
    if (!l->failed)
        layout_add_items(l);
    if (!l->failed)
        layout_measure_columns(l);
    if (!l->failed)
        layout_measure_labels(l);
    return l->failed ? DYAD_NOMEM : layout_choose_axis(l);
}

enum dyad_status
plot_paint(const struct plot *p, const char *format, struct plot_size size, struct text *picture,
           struct dyad_error *err)
{
    struct layout l = { .plot = p, .failed = p->failed, .canvas = CANVAS_INIT };
    struct text description = TEXT_INIT;
    enum dyad_status st;

    if (!is_drawable(size))
        return dyad_fail(err, DYAD_USAGE, "a plot is between 1 and 100 inches wide and high");
    if ((st = measure_all(&l)) == DYAD_OK) {
        const double scale = arrange(&l, size);
        draw_page(&l);
        describe(&l, &description);
        const struct canvas_page page = { l.width, l.height, scale, p->title ? p->title : p->axis,
                                          description.at };
        if (!l.failed && !description.failed)
            st = canvas_paint(&l.canvas, &page, format, picture, err);
    }
    if (l.failed || description.failed || (st == DYAD_NOMEM))
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    text_release(&description);
    layout_release(&l);
    return st;
}

enum dyad_status
plot_draw(const struct plot *p, const char *path, const char *format, struct plot_size size,
          struct dyad_error *err)
{
    struct text picture = TEXT_INIT;
    enum dyad_status st = plot_paint(p, format, size, &picture, err);

    if (st == DYAD_OK)
        st = canvas_save(path, &picture, err);
    text_release(&picture);
    return st;
}
