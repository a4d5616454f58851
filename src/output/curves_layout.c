/* curves_paint(): how the page of a picture of curves is divided, and the whole of it drawn. */
#include "curves_layout.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_FRAME_WIDTH 130.0
#define LEAST_FRAME_HEIGHT 90.0
#define LEAST_CELL_WIDTH 230.0
#define CELL_GAP 14.0      /* below a row of panels */
#define LONGEST_PAGE 14000.0

enum { TITLE_LINES = 6, PANEL_LINES = 3, AXIS_LINES = 3, CAPTION_LINES = 40 };

/* Of the page, by columns of panels, and the height of a frame by its width. */
static const double usual_widths[] = { 480, 660, 840 };
static const double flatness[] = { 0.66, 0.72, 0.78 };

static size_t
columns_for(const struct curves_layout *l, double width)
{
    const size_t n = l->of->n_panels, most = n < 2 ? 1 : n < 5 ? 2 : 3;
    const double fit = floor(width / LEAST_CELL_WIDTH);

    return fit >= (double)most ? most : fit < 1 ? 1 : (size_t)fit;
}

static double
below_frame(const struct curves_layout *l)
{
    return TICK + 16 + scatter_words_height(&l->page.x_title, 2);
}

/* What the panels of a row need above and below their frames. */
struct shelf {
    double above, risk;
};

static struct shelf
shelf_of(const struct curves_layout *l, size_t row)
{
    struct shelf s = { 0, 0 };
    double note = 0;

    for (size_t i = row * l->columns; i < (row + 1) * l->columns && i < l->of->n_panels; i++) {
        const struct curves_cell *cell = &l->cells[i];
        s.above = fmax(s.above, scatter_words_height(&cell->title, 4));
        s.risk = fmax(s.risk, curves_risk_height(l, cell));
        note = cell->note && cell->note_above ? NOTE_PITCH : note;
    }
    s.above += note;
    return s;
}

static double
top_of_panels(const struct curves_layout *l)
{
    return MARGIN + scatter_words_height(&l->page.title, TITLE_GAP) + l->page.legend_height;
}

static size_t
rows_of(const struct curves_layout *l)
{
    return (l->of->n_panels + l->columns - 1) / l->columns;
}

/* The frames on a page of that size, ${height} 0 for any; false if they come out too small. */
static bool
fit_frames(struct curves_layout *l, double width, double height)
{
    const double caption = scatter_words_height(&l->page.caption, 10) + MARGIN;
    const double columns = (double)l->columns;
    const double across = (width - l->left - (columns - 1) * l->inner) / columns - l->right;
    const size_t rows = rows_of(l);
    double taken = top_of_panels(l) + caption, y = top_of_panels(l);

    for (size_t r = 0; r < rows; r++) {
        const struct shelf s = shelf_of(l, r);
        taken += s.above + below_frame(l) + s.risk + (r ? CELL_GAP : 0);
    }
    const double down = height > 0 ? (height - taken) / (double)rows
                                   : flatness[l->columns - 1] * across;
    for (size_t i = 0; i < l->of->n_panels; i++) {
        struct curves_cell *cell = &l->cells[i];
        const struct shelf s = shelf_of(l, i / l->columns);
        if (i && i % l->columns == 0) {
            const struct shelf before = shelf_of(l, i / l->columns - 1);
            y += before.above + down + below_frame(l) + before.risk + CELL_GAP;
        }
        const double column = (double)(i % l->columns);
        const double left = l->left + column * (across + l->right + l->inner);
        cell->left = column > 0 ? left - l->inner : 0;
        cell->right = left + across + l->right;
        cell->top = y;
        cell->frame = (struct box){ left, y + s.above, left + across, y + s.above + down };
    }
    l->page.width = width;
    l->page.height = height > 0 ? height : taken + down * (double)rows;
    return across >= LEAST_FRAME_WIDTH && down >= LEAST_FRAME_HEIGHT;
}

/* What ticks, names and numbers at risk need beside the frames. */
static void
measure_sides(struct curves_layout *l)
{
    const double number = l->of->risk ? curves_risk_widest(l) / 2 : 0;
    const double ticks = scatter_axes_widest(&l->x) / 2;

    l->inner = MARGIN + scatter_axes_widest(&l->y) + TICK + 3;
    l->left = l->inner + scatter_words_height(&l->page.y_title, 6);
    if (l->of->risk)
        l->left = fmax(l->left, MARGIN + curves_risk_names(l) + number - INSET);
    if (!l->names_once)
        l->inner = l->left;
    l->right = fmax(MARGIN, fmax(number, ticks) - INSET + 3);
    if (l->of->n_panels)
        l->right = fmax(l->right, curves_names_beside(l) + 4);
}

/* Words first, then the frames between what stands beside them, which depends on them: thrice. */
static bool
fit_page(struct curves_layout *l, double width, double height)
{
    struct layout *page = &l->page;
    const double room = width - 2 * MARGIN;

    page->width = width;
    l->columns = columns_for(l, width);
    l->cell_width = width / (double)l->columns;
    scatter_words_wrap(page, &page->title, l->of->title, room, TITLE_LINES, true);
    scatter_words_wrap(page, &page->caption, l->caption.at, room, CAPTION_LINES, false);
    for (size_t i = 0; i < l->of->n_panels; i++)
        scatter_words_wrap(page, &l->cells[i].title, l->cells[i].of->title,
                           l->cell_width - 2 * MARGIN, PANEL_LINES, true);
    curves_names_fit(l);
    curves_risk_fit(l);
    l->left = l->inner = l->right = 50;
    for (int i = 0; i < 3 && !page->failed; i++) {
        if (!fit_frames(l, width, height))
            return false;
        const struct box *f = &l->cells[0].frame;
        scatter_words_wrap(page, &page->x_title, l->of->x, f->right - f->left, AXIS_LINES, false);
        scatter_words_wrap(page, &page->y_title, l->of->y, f->bottom - f->top, AXIS_LINES, false);
        curves_axes_set(l, f->right - f->left, f->bottom - f->top);
        measure_sides(l);
    }
    return fit_frames(l, width, height);
}

/* Lay the page out at the largest scale up to 1 at which everything has its place. */
static double
arrange(struct curves_layout *l, struct plot_size size)
{
    const double usual = usual_widths[columns_for(l, 1e6) - 1];
    double scale = 1;

    for (;; scale *= 0.97) {
        const double width = size.width_inches > 0 ? 72 * size.width_inches / scale : usual;
        const bool fits = fit_page(l, width, 72 * size.height_inches / scale);
        if (l->page.failed || (fits && l->page.height * scale <= LONGEST_PAGE) || scale <= 0.01)
            return scale;
    }
}

/* The page with names and notes in their places; where one has none all is laid out anew. */
static double
compose(struct curves_layout *l, struct plot_size size)
{
    double scale;

    for (;;) {
        scale = arrange(l, size);
        for (size_t i = 0; i < l->of->n_panels && !l->page.failed; i++)
            curves_marks_trace(l, &l->cells[i]);
        if (l->page.failed || curves_names_put(l) || l->page.failed)
            return scale;
        canvas_release(&l->page.canvas);
        l->page.canvas = (struct canvas)CANVAS_INIT;
    }
}

static void
draw_page(struct curves_layout *l)
{
    struct layout *page = &l->page;

    scatter_words_draw(page, &page->title, ALIGN_LEFT, true, MARGIN, MARGIN + CANVAS_LINE / 2);
    curves_names_draw_legend(l, MARGIN + scatter_words_height(&page->title, TITLE_GAP));
    for (size_t i = 0; i < l->of->n_panels; i++) {
        const struct curves_cell *cell = &l->cells[i];
        scatter_words_draw(page, &cell->title, ALIGN_LEFT, true, cell->left + MARGIN,
                           cell->top + CANVAS_LINE / 2);
        curves_marks_draw(l, cell);
        curves_axes_draw(l, cell);
        curves_risk_draw(l, cell, cell->frame.bottom + below_frame(l));
    }
    scatter_words_draw(page, &page->caption, ALIGN_LEFT, false, MARGIN,
                       page->height - MARGIN - CANVAS_LINE * ((double)page->caption.lines - 0.5));
}

/* ---- the whole ---- */

static void
find_last(struct curves_layout *l)
{
    double last = 0;

    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->of->panels[i].n; k++) {
            const struct curve *c = &l->of->panels[i].curves[k];
            last = c->n ? fmax(last, c->points[c->n - 1].time) : last;
        }
    l->last = isnan(l->of->until) ? last : l->of->until;
    if (!(l->last > 0 && isfinite(l->last)))
        l->last = 1;
}

/* What the ticks are, if any is drawn, and whether all of them are. */
static void
write_caption(struct curves_layout *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->of->panels[i].n; k++) {
            const struct curve *c = &l->of->panels[i].curves[k];
            size_t n = 0;
            for (size_t j = 0; j < c->n; j++)
                n += c->points[j].n_censor > 0;
            most = n > most ? n : most;
        }
    if (l->of->caption)
        text_puts(&l->caption, l->of->caption);
    if (l->of->ticks && most)
        text_printf(&l->caption, "%sTicks: %s%s.", l->caption.length ? " " : "", l->of->ticks,
                    most > MOST_TICKS ? " (not each is drawn)" : "");
    l->page.failed |= l->caption.failed;
}

static void
layout_init(struct curves_layout *l)
{
    l->cells = calloc(l->of->n_panels + 1, sizeof *l->cells);
    l->page.failed |= l->cells == NULL;
    for (size_t i = 0; i < l->of->n_panels && !l->page.failed; i++) {
        struct curves_cell *cell = &l->cells[i];
        cell->of = &l->of->panels[i];
        cell->names = calloc(cell->of->n + 1, sizeof *cell->names);
        cell->lines = calloc(cell->of->n + 1, sizeof *cell->lines);
        l->page.failed |= cell->names == NULL || cell->lines == NULL;
        cell->note = scatter_words_line(&l->page, cell->of->note, LEAST_CELL_WIDTH);
    }
    find_last(l);
    write_caption(l);
    if (!l->page.failed)
        curves_names_collect(l);
}

static void
layout_release(struct curves_layout *l)
{
    struct layout *page = &l->page;
    struct paragraph *const all[] = { &page->title, &page->x_title, &page->y_title,
                                      &page->caption };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->wrapped);
    for (size_t i = 0; l->cells && i < l->of->n_panels; i++) {
        struct curves_cell *cell = &l->cells[i];
        for (size_t k = 0; cell->of && k < cell->of->n; k++) {
            if (cell->names)
                free(cell->names[k].wrapped);
            if (cell->lines)
                free(cell->lines[k].at);
        }
        free(cell->names);
        free(cell->lines);
        free(cell->title.wrapped);
        free(cell->note);
    }
    for (size_t i = 0; i < l->n_names; i++)
        free(l->labels[i]);
    free(l->labels);
    free(l->names);
    free(l->cells);
    scatter_legend_release(page);
    crowd_release(&page->crowd);
    canvas_release(&page->canvas);
    text_release(&l->caption);
}

static void
describe(const struct curves_layout *l, struct text *out)
{
    const struct curves *c = l->of;

    if (c->alternative)
        text_puts(out, c->alternative);
    else {
        text_printf(out, "%s against %s", c->y ? c->y : "y", c->x ? c->x : "time");
        for (size_t i = 0; i < l->n_names; i++)
            text_printf(out, "%s%s", i ? ", " : ": ", l->labels[i]);
        text_putc(out, '.');
    }
    if (l->caption.length)
        text_printf(out, " %s", l->caption.at);
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
curves_paint(const struct curves *c, const char *format, struct plot_size size, struct text *picture,
             struct dyad_error *err)
{
    struct curves_layout l = { .of = c, .page = { .failed = c->failed, .canvas = CANVAS_INIT } };
    struct text description = TEXT_INIT;
    enum dyad_status st = DYAD_OK;
    double scale = 1;

    if (!is_drawable(size))
        return dyad_fail(err, DYAD_USAGE, "a plot is between 1 and 200 inches wide and high");
    if (c->n_panels == 0 && !c->failed)
        return dyad_fail(err, DYAD_DOMAIN, "there is no curve to draw");
    layout_init(&l);
    if (!l.page.failed)
        scale = compose(&l, size);
    if (!l.page.failed) {
        draw_page(&l);
        describe(&l, &description);
    }
    const struct canvas_page page = { l.page.width, l.page.height, scale,
                                      c->title ? c->title : c->y, description.at };
    if (l.page.failed || description.failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    else
        st = canvas_paint(&l.page.canvas, &page, format, picture, err);
    text_release(&description);
    layout_release(&l);
    return st;
}

enum dyad_status
curves_draw(const struct curves *c, const char *path, const char *format, struct plot_size size,
            struct dyad_error *err)
{
    struct text picture = TEXT_INIT;
    enum dyad_status st = curves_paint(c, format, size, &picture, err);

    if (st == DYAD_OK)
        st = canvas_save(path, &picture, err);
    text_release(&picture);
    return st;
}
