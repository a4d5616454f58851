/* scatter_paint(): how the page of a scatter is divided, and the whole of it drawn. */
#include "scatter_layout.h"

#include <math.h>
#include <stdlib.h>

#define USUAL_WIDTH 480.0 /* of the page */
#define SQUARE_WIDTH 430.0
#define FLATNESS 0.76     /* height of the frame by its width, unless square */
#define LEAST_FRAME_WIDTH 150.0
#define LEAST_FRAME_HEIGHT 110.0
#define LONGEST_PAGE 14000.0

enum { TITLE_LINES = 6, AXIS_LINES = 3, CAPTION_LINES = 40 };

/* ---- the page ---- */

/* Keep marks off the axes and their labels, unless the ends of the picture mean something. */
static void
set_inset(struct layout *l)
{
    const struct scatter *s = l->of;
    double most = 0;

    l->inset = 0;
    for (size_t i = 0; i < s->n_points && s->slopes == NULL; i++) {
        if (!scatter_axes_show(s, &s->points[i].at))
            continue;
        const struct canvas_point at = scatter_axes_place(l, &s->points[i].at);
        const double sides = fmin(at.x - l->frame.left, l->frame.right - at.x);
        const double ends = fmin(at.y - l->frame.top, l->frame.bottom - at.y);
        most = fmax(most, scatter_marks_radius(l, &s->points[i]) + 2 - fmin(sides, ends));
    }
    l->inset = most;
}

static double
bottom_height(const struct layout *l)
{
    return TICK + 16 + scatter_words_height(&l->x_title, 2) +
           scatter_words_height(&l->caption, 10) + MARGIN;
}

/* What the ticks need beside the frame. */
static void
measure_sides(struct layout *l)
{
    const double first = scatter_words_width(l->x.labels[0], false) / 2;
    const double last = scatter_words_width(l->x.labels[l->x.n_ticks - 1], false) / 2;

    l->left = MARGIN + scatter_words_height(&l->y_title, 6) + scatter_axes_widest(&l->y) + TICK + 3;
    l->left = fmax(l->left, first + 3);
    l->right = fmax(MARGIN, last + 3);
    if (l->of->slopes)
        l->right = TICK + 3 + scatter_axes_widest(&l->slopes) +
                   scatter_words_height(&l->slope_title, 6) + MARGIN;
}

/* The frame on a page of ${width}, and of ${height} unless that is 0; false if it comes out too small. */
static bool
fit_frame(struct layout *l, double width, double height)
{
    const struct scatter *s = l->of;
    const double top = MARGIN + scatter_words_height(&l->title, TITLE_GAP) + l->legend_height + 4;
    double across = width - l->left - l->right, down = height - top - bottom_height(l);
    double spare = 0;

    if (height <= 0)
        down = s->square ? across : FLATNESS * across;
    if (s->square) {
        const double side = fmin(across, down);
        spare = across - side;
        across = down = side;
    }
    l->frame = (struct box){ l->left + spare / 2, top, l->left + spare / 2 + across, top + down };
    l->width = width;
    l->height = height > 0 ? height : top + down + bottom_height(l);
    return across >= LEAST_FRAME_WIDTH && down >= LEAST_FRAME_HEIGHT;
}

/* Words first, then the frame around what its ticks say, which depends on the frame: thrice. */
static bool
fit_page(struct layout *l, double width, double height)
{
    const struct scatter *s = l->of;
    bool fits = false;

    l->width = width;
    scatter_words_wrap(l, &l->title, s->title, width - 2 * MARGIN, TITLE_LINES, true);
    scatter_words_wrap(l, &l->caption, s->caption, width - 2 * MARGIN, CAPTION_LINES, false);
    scatter_words_wrap(l, &l->x_title, s->x.title, width - 2 * MARGIN, AXIS_LINES, false);
    scatter_legend_set(l);
    l->left = l->right = 60;
    for (int i = 0; i < 3 && !l->failed; i++) {
        fits = fit_frame(l, width, height);
        if (!fits)
            return false;
        const double down = l->frame.bottom - l->frame.top;
        scatter_words_wrap(l, &l->y_title, s->y.title, down, AXIS_LINES, false);
        scatter_words_wrap(l, &l->slope_title, s->slopes, down, AXIS_LINES, false);
        scatter_axes_set(l);
        measure_sides(l);
    }
    fits = fits && fit_frame(l, width, height);
    set_inset(l);
    return fits;
}

/* Lay the page out at the largest scale up to 1 at which everything has its place. */
static double
arrange(struct layout *l, struct plot_size size)
{
    const double usual = l->of->square ? SQUARE_WIDTH : USUAL_WIDTH;
    double scale = 1;

    for (;; scale *= 0.97) {
        const double width = size.width_inches > 0 ? 72 * size.width_inches / scale : usual;
        const bool fits = fit_page(l, width, 72 * size.height_inches / scale);
        if (l->failed || (fits && l->height * scale <= LONGEST_PAGE) || scale <= 0.01)
            return scale;
    }
}

static void
draw_page(struct layout *l)
{
    const struct scatter *s = l->of;
    const struct box *f = &l->frame;
    const double under_title = MARGIN + scatter_words_height(&l->title, TITLE_GAP);

    scatter_words_draw(l, &l->title, ALIGN_LEFT, true, MARGIN, MARGIN + CANVAS_LINE / 2);
    scatter_legend_draw(l, under_title);
    for (size_t i = 0; i < s->n_areas; i++)
        scatter_marks_draw_area(l, &s->areas[i]);
    for (size_t i = 0; i < s->n_lines; i++)
        scatter_marks_draw_line(l, &s->lines[i]);
    scatter_marks_draw_points(l);
    canvas_line(&l->canvas, INK_RULE, f->left, f->top, f->right, f->top);
    canvas_line(&l->canvas, INK_RULE, f->right, f->top, f->right, f->bottom);
    scatter_axes_draw(l);
    scatter_words_draw(l, &l->caption, ALIGN_LEFT, false, MARGIN,
               l->height - MARGIN - CANVAS_LINE * ((double)l->caption.lines - 0.5));
}

/* ---- the whole ---- */

static void
find_heaviest(struct layout *l)
{
    for (size_t i = 0; i < l->of->n_points; i++)
        if (isfinite(l->of->points[i].weight))
            l->heaviest = fmax(l->heaviest, l->of->points[i].weight);
}

/* The page with all names in their places; a line without one moves to the legend and all is laid out anew. */
static double
compose(struct layout *l, struct plot_size size)
{
    double scale;

    for (;;) {
        scale = arrange(l, size);
        if (l->failed)
            return scale;
        scatter_names_crowd(l);
        if (scatter_names_of_lines(l) || l->failed)
            break;
        canvas_release(&l->canvas);
        l->canvas = (struct canvas)CANVAS_INIT;
    }
    scatter_names_of_points(l);
    if (!l->failed)
        draw_page(l);
    return scale;
}

static void
layout_release(struct layout *l)
{
    struct paragraph *const all[] = { &l->title, &l->x_title, &l->y_title, &l->slope_title,
                                      &l->caption };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->wrapped);
    scatter_legend_release(l);
    free(l->unplaced);
    crowd_release(&l->crowd);
    crowd_release(&l->gaps);
    canvas_release(&l->canvas);
}

static void
describe(const struct scatter *s, struct text *out)
{
    if (s->alternative)
        text_puts(out, s->alternative);
    else
        text_printf(out, "%s against %s: %zu %s.", s->y.title ? s->y.title : "y",
                    s->x.title ? s->x.title : "x", s->n_points,
                    s->n_points == 1 ? "point" : "points");
    if (s->caption)
        text_printf(out, " %s", s->caption);
}

static bool
is_drawable(struct plot_size size)
{
    const double both[] = { size.width_inches, size.height_inches };

    for (size_t i = 0; i < 2; i++)
        if (!(both[i] == 0 || (both[i] >= 1 && both[i] <= 200)))
            return false;
    return true;
}

enum dyad_status
scatter_paint(const struct scatter *s, const char *format, struct plot_size size, struct text *picture,
              struct dyad_error *err)
{
    struct layout l = { .of = s, .failed = s->failed, .canvas = CANVAS_INIT };
    struct text description = TEXT_INIT;
    enum dyad_status st = DYAD_OK;
    double scale = 1;

    if (!is_drawable(size))
        return dyad_fail(err, DYAD_USAGE, "a plot is between 1 and 200 inches wide and high");
    l.unplaced = calloc(s->n_lines + 1, sizeof *l.unplaced);
    l.failed |= l.unplaced == NULL;
    find_heaviest(&l);
    if (!l.failed)
        scale = compose(&l, size);
    describe(s, &description);
    const struct canvas_page page = { l.width, l.height, scale, s->title ? s->title : s->y.title,
                                      description.at };
    if (l.failed || description.failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    else
        st = canvas_paint(&l.canvas, &page, format, picture, err);
    text_release(&description);
    layout_release(&l);
    return st;
}

enum dyad_status
scatter_draw(const struct scatter *s, const char *path, const char *format, struct plot_size size,
             struct dyad_error *err)
{
    struct text picture = TEXT_INIT;
    enum dyad_status st = scatter_paint(s, format, size, &picture, err);

    if (st == DYAD_OK)
        st = canvas_save(path, &picture, err);
    text_release(&picture);
    return st;
}
