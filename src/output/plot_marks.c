/* The marks of a plot: squares, diamonds, intervals and what of them leaves the axis. */
#include "plot_layout.h"

#include <math.h>
#include <stdlib.h>

#define SQUARE_MOST 11.0
#define SQUARE_LEAST 3.5
#define SQUARE_USUAL 6.5 /* where no row has a weight */
#define DIAMOND_HALF 5.0
#define DIAMOND_LEAST 1.5 /* from its middle to its tip */
#define ARROW_LENGTH 6.0
#define ARROW_HALF 3.5
#define TIP (GUTTER - 2) /* of what is cut, beyond the axis: clear of a square at the end */
#define REMNANT 14.0     /* an interval of which only the arrow is on the axis */
#define BAR_HALF 1.3     /* of a prediction interval */
#define BRACKET_HALF 3.5 /* at its ends */
#define DASH 3.0
#define DASH_GAP 2.5

/* ---- the axis ---- */

static double
laid_out(enum scale scale, double x)
{
    return scale == SCALE_RATIO ? (x > 0 ? log(x) : NAN) : x;
}

static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct fence {
    double low, high;
};

/*
 * Beyond it an estimate is left to an arrow, so that one of 20000 does not press all others
 * together: farther from the quartiles than 4 times their distance and 4 times the usual
 * half-width.  Too few rows, or a scale that has ends, need none.
 */
static struct fence
fence_around(enum scale scale, const struct axis_interval *of, size_t n, double *scratch)
{
    enum { ENOUGH = 5 };
    const double times = 4;
    double half = 0;
    size_t have = 0;

    for (size_t i = 0; i < n; i++) {
        const double width = laid_out(scale, of[i].high) - laid_out(scale, of[i].low);
        if (isfinite(width))
            scratch[have++] = width / 2;
    }
    qsort(scratch, have, sizeof *scratch, ascending);
    if (have)
        half = scratch[have / 2];
    have = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(laid_out(scale, of[i].estimate)))
            scratch[have++] = laid_out(scale, of[i].estimate);
    if (have < ENOUGH || half == 0 || scale == SCALE_PROPORTION)
        return (struct fence){ -INFINITY, INFINITY };
    qsort(scratch, have, sizeof *scratch, ascending);
    const double first = scratch[(have - 1) / 4], third = scratch[have - 1 - (have - 1) / 4];
    const double room = times * fmax(third - first, half);
    return (struct fence){ first - room, third + room };
}

/* Rows and prediction intervals; returns how many. */
static size_t
list_intervals(const struct layout *l, struct axis_interval *out)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_items; i++) {
        const struct plot_row *row = l->items[i].row;
        if (l->items[i].kind != ITEM_ROW)
            continue;
        out[n++] = (struct axis_interval){ row->estimate, row->low, row->high };
        if (!isnan(row->pred_low) || !isnan(row->pred_high))
            out[n++] = (struct axis_interval){ row->estimate, row->pred_low, row->pred_high };
    }
    return n;
}

enum dyad_status
layout_choose_axis(struct layout *l)
{
    const enum scale scale = l->plot->scale;
    struct axis_interval *of = malloc(2 * (l->n_items + 1) * sizeof *of);
    double *scratch = malloc(2 * (l->n_items + 1) * sizeof *scratch);
    enum dyad_status st = DYAD_NOMEM;

    if (of && scratch) {
        const size_t n = list_intervals(l, of);
        const struct fence fence = fence_around(scale, of, n, scratch);
        for (size_t i = 0; i < n; i++) {
            const double at = laid_out(scale, of[i].estimate);
            if (at < fence.low || at > fence.high)
                of[i].estimate = NAN;
        }
        st = axis_cover(scale, of, n, &l->covered);
    }
    free(of);
    free(scratch);
    return st;
}

/* ---- intervals ---- */

/* An interval on the page; what is outside the axis was cut and ends in an arrow. */
struct span {
    double at, low, high; /* points */
    bool has_point, cut_low, cut_high;
};

static struct span
span_of(const struct layout *l, double estimate, double low, double high)
{
    const double slack = 1e-9;
    struct span s = { .at = axis_place(&l->axis, estimate),
                      .low = axis_place(&l->axis, low),
                      .high = axis_place(&l->axis, high) };

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
    s.at = l->axis_x + s.at * l->axis_width;
    s.low = l->axis_x + s.low * l->axis_width;
    s.high = l->axis_x + s.high * l->axis_width;
    return s;
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

static double
square_side(const struct layout *l, const struct plot_row *row)
{
    const double weight = row->weight;

    if (!(l->heaviest > 0) || row->mark == PLOT_HOLLOW)
        return SQUARE_USUAL;
    return weight > 0 ? fmax(SQUARE_LEAST, SQUARE_MOST * sqrt(fmin(1, weight / l->heaviest)))
                      : SQUARE_LEAST;
}

static void
draw_box(struct layout *l, const struct canvas_point *corners, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct canvas_point *a = &corners[i], *b = &corners[(i + 1) % n];
        canvas_line(&l->canvas, INK_INTERVAL, a->x, a->y, b->x, b->y);
    }
}

/* From ${low} to ${high}, but not between ${from} and ${to}. */
static void
draw_line_around(struct layout *l, double low, double high, double from, double to, double y)
{
    if (low < from)
        canvas_line(&l->canvas, INK_INTERVAL, low, y, fmin(high, from), y);
    if (high > to)
        canvas_line(&l->canvas, INK_INTERVAL, fmax(low, to), y, high, y);
}

static void
draw_interval(struct layout *l, const struct plot_row *row, double y)
{
    const struct span s = span_of(l, row->estimate, row->low, row->high);
    const double low = s.low - (s.cut_low ? TIP : 0), high = s.high + (s.cut_high ? TIP : 0);
    const double half = square_side(l, row) / 2;
    const bool hollow = row->mark == PLOT_HOLLOW && s.has_point;

    if (s.has_point) {
        const struct canvas_point corners[] = { { s.at - half, y - half }, { s.at + half, y - half },
                                                { s.at + half, y + half }, { s.at - half, y + half } };
        if (hollow)
            draw_box(l, corners, 4);
        else
            canvas_area(&l->canvas, INK_SQUARE, corners, 4);
    }
    if (high > low) {
        const double from = low + (s.cut_low ? ARROW_LENGTH / 2 : 0);
        const double to = high - (s.cut_high ? ARROW_LENGTH / 2 : 0);
        if (hollow)
            draw_line_around(l, from, to, s.at - half, s.at + half, y);
        else
            canvas_line(&l->canvas, INK_INTERVAL, from, y, to, y);
    }
    if (s.cut_low)
        draw_arrow(l, low, y, -1);
    if (s.cut_high)
        draw_arrow(l, high, y, +1);
}

/* ---- diamonds ---- */

/* How high a diamond is where the axis cuts it: its side runs on to ${limit} beyond. */
static double
height_at_cut(const struct layout *l, double estimate, double limit, double edge)
{
    const double at = axis_place(&l->axis, estimate), beyond = axis_place(&l->axis, limit);

    return isinf(beyond) ? DIAMOND_HALF : DIAMOND_HALF * (beyond - edge) / (beyond - at);
}

static void
draw_diamond(struct layout *l, const struct plot_row *row, double y)
{
    const struct span s = span_of(l, row->estimate, row->low, row->high);
    const double least = isnan(row->low) && isnan(row->high) ? DIAMOND_HALF : DIAMOND_LEAST;
    const double left = fmin(s.low, s.at - least), right = fmax(s.high, s.at + least);
    const double low = s.cut_low ? height_at_cut(l, row->estimate, row->low, 0) : 0;
    const double high = s.cut_high ? height_at_cut(l, row->estimate, row->high, 1) : 0;
    const struct canvas_point corners[] = {
        { s.cut_low ? left - TIP : left, y }, { left, y - low },   { s.at, y - DIAMOND_HALF },
        { right, y - high }, { s.cut_high ? right + TIP : right, y }, { right, y + high },
        { s.at, y + DIAMOND_HALF }, { left, y + low },
    };
    const size_t n = sizeof corners / sizeof corners[0];

    canvas_area(&l->canvas, row->mark == PLOT_SUBTOTAL ? INK_SQUARE : INK_SUMMARY, corners, n);
    if (row->mark == PLOT_SUBTOTAL)
        draw_box(l, corners, n);
}

/* A light bar behind the diamond, a bracket or the tip of an arrow at its ends. */
static void
draw_prediction(struct layout *l, const struct plot_row *row, double y)
{
    const struct span s = span_of(l, row->estimate, row->pred_low, row->pred_high);
    const double ends[] = { s.low - (s.cut_low ? TIP : 0), s.high + (s.cut_high ? TIP : 0) };
    const bool cut[] = { s.cut_low, s.cut_high };
    const double from = ends[0] + (cut[0] ? ARROW_LENGTH / 2 : 0);
    const double to = ends[1] - (cut[1] ? ARROW_LENGTH / 2 : 0);
    const struct canvas_point bar[] = { { from, y - BAR_HALF }, { to, y - BAR_HALF },
                                        { to, y + BAR_HALF }, { from, y + BAR_HALF } };

    canvas_area(&l->canvas, INK_SQUARE, bar, 4);
    for (int i = 0; i < 2; i++)
        if (cut[i])
            draw_arrow(l, ends[i], y, 2 * i - 1);
        else
            canvas_line(&l->canvas, INK_INTERVAL, ends[i], y - BRACKET_HALF, ends[i],
                        y + BRACKET_HALF);
}

void
layout_draw_mark(struct layout *l, const struct plot_row *row, double y)
{
    const double at = axis_place(&l->axis, row->estimate);
    const bool summary = row->mark == PLOT_DIAMOND || row->mark == PLOT_SUBTOTAL ||
                         row->mark == PLOT_TOTAL;

    if (isnan(row->estimate))
        return;
    if (!isnan(row->pred_low) && !isnan(row->pred_high))
        draw_prediction(l, row, y);
    if (summary && at >= -1e-9 && at <= 1 + 1e-9)
        draw_diamond(l, row, y);
    else
        draw_interval(l, row, y);
}

void
layout_draw_total(struct layout *l, size_t i)
{
    const struct item *item = &l->items[i];
    const double at = axis_place(&l->axis, item->row->estimate);
    const double x = l->axis_x + at * l->axis_width;
    size_t first = i;

    if (!(at >= 0 && at <= 1))
        return;
    for (size_t k = i; k-- > 0 && l->items[k].panel == item->panel;)
        if (l->items[k].kind == ITEM_ROW)
            first = k;
    const double top = l->items[first].top, bottom = item->top + item->height / 2 - DIAMOND_HALF;
    for (double y = bottom; y > top; y -= DASH + DASH_GAP)
        canvas_line(&l->canvas, INK_REFERENCE, x, y, x, fmax(top, y - DASH));
}
