/* scatter_draw(): where axes, marks, lines and words of a scatter stand on the page. */
#include "dyad/output/scatter.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/axis.h"
#include "dyad/output/canvas.h"
#include "dyad/output/lettering.h"

#include "scatter_geometry.h"

/* Points, for letters of CANVAS_FONT. */
#define MARGIN 12.0
#define TICK 4.0
#define USUAL_WIDTH 480.0   /* of the page */
#define SQUARE_WIDTH 430.0
#define FLATNESS 0.76       /* height of the frame by its width, unless square */
#define LEAST_FRAME_WIDTH 150.0
#define LEAST_FRAME_HEIGHT 110.0
#define TITLE_GAP 8.0
#define SAMPLE 18.0         /* of a line or an area, in the legend */
#define SAMPLE_GAP 5.0
#define ENTRY_GAP 14.0
#define ENTRY_PITCH 16.0
#define RADIUS 3.2
#define RADIUS_OF_MANY 2.2
#define BUBBLE_LEAST 2.5
#define BUBBLE_MOST 12.0
#define BUBBLE_MOST_OF_MANY 9.0
#define DIAMOND_HALF 5.5
#define LABEL_MOST 170.0    /* of a point, before it is shortened */
#define LABEL_SHORT 110.0
#define LABEL_HALF 6.0      /* height of letters, halved */
#define LABEL_GAP 2.5
#define FARTHEST (DBL_MAX / 16)
#define OUT_OF_SIGHT 1e5    /* frames; finite, so that what is cut stays so */
#define LONGEST_PAGE 14000.0

enum { TITLE_LINES = 6, AXIS_LINES = 3, CAPTION_LINES = 40, CAPTION_CAP = 4000, MANY = 60 };

struct paragraph {
    char *wrapped;
    size_t lines;
};

enum entry_kind { ENTRY_MARK, ENTRY_LINE, ENTRY_AREA };

/* A line of the legend; x and y from the legend's corner. */
struct entry {
    enum entry_kind kind;
    size_t which;
    char *words;
    double width, x, y;
};

struct layout {
    const struct scatter *of;
    struct axis x, y, slopes;
    struct box frame;
    double inset;       /* of the axes' ends from the frame, for marks there */
    double width, height;
    double left, right; /* beside the frame, for what the ticks say now */
    struct paragraph title, x_title, y_title, slope_title, caption;
    struct entry *legend;
    size_t n_legend;
    double legend_height;
    bool *unplaced;     /* lines that found no room for their name */
    double heaviest;
    struct crowd crowd;
    struct crowd gaps;  /* where words interrupt the lines */
    struct canvas canvas;
    bool failed;
};

/* ---- words ---- */

static double
width_of(const char *string, bool bold)
{
    return string ? CANVAS_FONT * lettering_width(string, strlen(string), bold) : 0;
}

/* Clean words in lines of ${width} points; NULL for none. */
static char *
wrapped(struct layout *l, const char *string, double width, size_t max_lines, bool bold,
        size_t *lines)
{
    struct text clean = TEXT_INIT, out = TEXT_INIT;

    *lines = 0;
    if (string == NULL || *string == '\0')
        return NULL;
    lettering_clean(string, CAPTION_CAP, &clean);
    if (!clean.failed && clean.length)
        *lines = lettering_wrap(clean.at, fmax(width, 30) / CANVAS_FONT, max_lines, bold, &out);
    char *made = *lines ? text_steal(&out) : NULL;
    l->failed |= clean.failed || (*lines && made == NULL);
    if (made == NULL)
        *lines = 0;
    text_release(&clean);
    return made;
}

static void
set_paragraph(struct layout *l, struct paragraph *p, const char *string, double width,
              size_t max_lines, bool bold)
{
    free(p->wrapped);
    p->wrapped = wrapped(l, string, width, max_lines, bold, &p->lines);
}

static char *
one_line(struct layout *l, const char *string, double width)
{
    size_t lines;

    return wrapped(l, string, width, 1, false, &lines);
}

/* The lines of a paragraph from the middle of the first at (x, y), each ${dx}, ${dy} further. */
static void
draw_lines(struct layout *l, const struct paragraph *p, enum canvas_align align, bool bold,
           double x, double y)
{
    const char *at = p->wrapped;

    for (; at; y += CANVAS_LINE) {
        const size_t n = strcspn(at, "\n");
        struct text line = TEXT_INIT;
        text_put(&line, at, n);
        l->failed |= line.failed;
        if (!line.failed)
            canvas_words(&l->canvas, align, bold, x, y, line.at ? line.at : "");
        text_release(&line);
        at = at[n] ? at + n + 1 : NULL;
    }
}

static void
draw_lines_upwards(struct layout *l, const struct paragraph *p, double x, double y)
{
    const char *at = p->wrapped;

    for (; at; x += CANVAS_LINE) {
        const size_t n = strcspn(at, "\n");
        struct text line = TEXT_INIT;
        text_put(&line, at, n);
        l->failed |= line.failed;
        if (!line.failed)
            canvas_words_upwards(&l->canvas, x, y, line.at ? line.at : "");
        text_release(&line);
        at = at[n] ? at + n + 1 : NULL;
    }
}

static double
widest_line(const struct paragraph *p)
{
    double most = 0;

    for (const char *at = p->wrapped; at;) {
        const size_t n = strcspn(at, "\n");
        most = fmax(most, CANVAS_FONT * lettering_width(at, n, false));
        at = at[n] ? at + n + 1 : NULL;
    }
    return most;
}

/* ---- axes ---- */

static double
laid_out(enum scale scale, double x)
{
    if (scale == SCALE_RATIO)
        return x > 0 ? log(x) : NAN;
    return isnan(x) ? x : fmax(-FARTHEST, fmin(FARTHEST, x));
}

static double
read_back(enum scale scale, double t)
{
    return scale == SCALE_RATIO ? exp(fmax(-700, fmin(700, t))) : t;
}

static bool
is_drawn(const struct scatter *s, const struct scatter_spot *at)
{
    return isfinite(at->x) && isfinite(at->y) && (s->x.scale != SCALE_RATIO || at->x > 0) &&
           (s->y.scale != SCALE_RATIO || at->y > 0);
}

struct extent {
    double low, high;
};

static struct extent
extent_of(const struct scatter *s, const struct scatter_axis *a)
{
    const double low = laid_out(a->scale, a->low), high = laid_out(a->scale, a->high);
    struct extent e = { INFINITY, -INFINITY };

    for (size_t i = 0; i < s->n_points; i++)
        if (is_drawn(s, &s->points[i].at)) {
            const double t = laid_out(a->scale, a == &s->x ? s->points[i].at.x
                                                           : s->points[i].at.y);
            e.low = fmin(e.low, t);
            e.high = fmax(e.high, t);
        }
    if (isfinite(low)) {
        e.low = fmin(e.low, low);
        e.high = fmax(e.high, low);
    }
    if (isfinite(high)) {
        e.low = fmin(e.low, high);
        e.high = fmax(e.high, high);
    }
    return e.low <= e.high ? e : (struct extent){ 0, 1 };
}

/* Some air beside what no wish of the program's ends at; an axis is never a single value. */
static void
give_air(const struct scatter_axis *a, struct extent *e)
{
    const double low = laid_out(a->scale, a->low), high = laid_out(a->scale, a->high);
    const double size = fmax(fabs(e->low), fabs(e->high));
    const double least = a->scale == SCALE_RATIO ? 0.02 : 1e-6 * size;

    if (e->high - e->low <= least) {
        const double more = a->scale == SCALE_RATIO ? 0.7 : size > 0 ? 0.5 * size : 1;
        e->low -= e->low == low ? 0 : more;
        e->high += more;
    }
    const double air = 0.04 * (e->high - e->low);
    e->low -= e->low == low ? 0 : air;
    e->high += e->high == high ? 0 : air;
    if (a->scale == SCALE_PROPORTION) {
        e->low = fmax(0, e->low);
        e->high = fmin(1, e->high);
    }
}

static struct axis
axis_of(const struct scatter *s, const struct scatter_axis *a)
{
    struct extent e = extent_of(s, a);

    give_air(a, &e);
    if (s->square) {
        struct extent other = extent_of(s, a == &s->x ? &s->y : &s->x);
        give_air(a == &s->x ? &s->y : &s->x, &other);
        e = (struct extent){ fmin(e.low, other.low), fmax(e.high, other.high) };
    }
    return (struct axis){ .scale = a->scale, .low = read_back(a->scale, e.low),
                          .high = read_back(a->scale, e.high) };
}

/* Share of the way from the axis' first end, far out for what is infinite. */
static double
share(const struct axis *axis, bool reversed, double x)
{
    const bool below = x == -INFINITY || (axis->scale == SCALE_RATIO && x <= 0);
    const double t = below ? -INFINITY : axis_place(axis, x);
    const double kept = isnan(t) ? t : fmax(-OUT_OF_SIGHT, fmin(OUT_OF_SIGHT, t));

    return reversed ? 1 - kept : kept;
}

static double
place_x(const struct layout *l, double x)
{
    const double width = l->frame.right - l->frame.left - 2 * l->inset;

    return l->frame.left + l->inset + width * share(&l->x, l->of->x.reversed, x);
}

static double
place_y(const struct layout *l, double y)
{
    const double height = l->frame.bottom - l->frame.top - 2 * l->inset;

    return l->frame.bottom - l->inset - height * share(&l->y, l->of->y.reversed, y);
}

static struct canvas_point
place(const struct layout *l, const struct scatter_spot *at)
{
    return (struct canvas_point){ place_x(l, at->x), place_y(l, at->y) };
}

/* The axis at the right: what y/x is where the picture ends. */
static void
set_slopes(struct layout *l)
{
    const double low = l->y.low / l->x.high, high = l->y.high / l->x.high;
    const enum scale scale = l->of->slope_scale;

    l->slopes = (struct axis){ .scale = scale, .low = read_back(scale, low),
                               .high = read_back(scale, high) };
    if (isfinite(low) && isfinite(high) && low < high)
        axis_set_ticks(&l->slopes, (l->frame.bottom - l->frame.top) / CANVAS_FONT);
}

static double
slope_y(const struct layout *l, double tick)
{
    const double slope = laid_out(l->slopes.scale, tick);

    return place_y(l, slope * l->x.high);
}

static double
widest_label(const struct axis *a)
{
    double most = 0;

    for (size_t i = 0; i < a->n_ticks; i++)
        most = fmax(most, width_of(a->labels[i], false));
    return most;
}

/* Labels of the y axis stand one above the other: they need less than what is beside another. */
static void
set_ticks(struct layout *l)
{
    const struct scatter *s = l->of;
    const double width = (l->frame.right - l->frame.left) / CANVAS_FONT;
    const double height = (l->frame.bottom - l->frame.top) / CANVAS_FONT;

    l->x = axis_of(s, &s->x);
    axis_set_ticks(&l->x, width);
    l->y = axis_of(s, &s->y);
    if (s->square && s->x.scale == s->y.scale)
        l->y = l->x;
    else
        axis_set_ticks(&l->y, 1.2 * height);
    if (s->slopes)
        set_slopes(l);
}

/* ---- the legend ---- */

static bool
is_marked(const struct scatter *s, size_t mark)
{
    for (size_t i = 0; i < s->n_points; i++)
        if (s->points[i].mark == mark && is_drawn(s, &s->points[i].at))
            return true;
    return false;
}

static void
add_entry(struct layout *l, enum entry_kind kind, size_t which, const char *words)
{
    struct entry *e = &l->legend[l->n_legend];

    if (words == NULL || *words == '\0')
        return;
    *e = (struct entry){ .kind = kind, .which = which };
    e->words = one_line(l, words, l->width - 2 * MARGIN - SAMPLE - SAMPLE_GAP);
    e->width = SAMPLE + SAMPLE_GAP + width_of(e->words, false);
    l->n_legend++;
}

static void
legend_release(struct layout *l)
{
    for (size_t i = 0; i < l->n_legend; i++)
        free(l->legend[i].words);
    free(l->legend);
    l->legend = NULL;
    l->n_legend = 0;
}

/* Marks, lines and areas, side by side as far as the page goes; areas begin a row unless one holds all. */
static void
set_legend(struct layout *l)
{
    const struct scatter *s = l->of;
    const double room = l->width - 2 * MARGIN;
    double x = 0, y = 0, whole = 0;

    legend_release(l);
    l->legend = calloc(SCATTER_MARKS + s->n_lines + s->n_areas, sizeof *l->legend);
    if (l->legend == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = SCATTER_MARKS; i-- > 0;)
        if (is_marked(s, i))
            add_entry(l, ENTRY_MARK, i, s->marks[i]);
    for (size_t i = 0; i < s->n_lines; i++)
        if (s->lines[i].naming == SCATTER_IN_LEGEND || l->unplaced[i])
            add_entry(l, ENTRY_LINE, i, s->lines[i].label);
    for (size_t i = s->n_areas; i-- > 0;) /* the uppermost first */
        add_entry(l, ENTRY_AREA, i, s->areas[i].label);
    for (size_t i = 0; i < l->n_legend; i++)
        whole += l->legend[i].width + (i ? ENTRY_GAP : 0);
    for (size_t i = 0; i < l->n_legend; i++) {
        struct entry *e = &l->legend[i];
        const bool turns = i && e->kind == ENTRY_AREA && e[-1].kind != ENTRY_AREA;
        if (x > 0 && (x + e->width > room || (turns && whole > room))) {
            x = 0;
            y += ENTRY_PITCH;
        }
        e->x = x;
        e->y = y + ENTRY_PITCH / 2;
        x += e->width + ENTRY_GAP;
    }
    l->legend_height = l->n_legend ? y + ENTRY_PITCH + TITLE_GAP : 0;
}

/* ---- the page ---- */

static double
bubble_radius(const struct layout *l, double weight)
{
    const double most = l->of->n_points > MANY ? BUBBLE_MOST_OF_MANY : BUBBLE_MOST;

    if (!(weight > 0) || !(l->heaviest > 0))
        return BUBBLE_LEAST;
    return fmax(BUBBLE_LEAST, most * sqrt(fmin(1, weight / l->heaviest)));
}

static double
radius_of(const struct layout *l, const struct scatter_point *p)
{
    if (p->mark == SCATTER_BUBBLE)
        return bubble_radius(l, p->weight);
    if (p->mark == SCATTER_DIAMOND)
        return DIAMOND_HALF;
    return l->of->n_points > MANY ? RADIUS_OF_MANY : RADIUS;
}

/* Keep marks off the axes and their labels, unless the ends of the picture mean something. */
static void
set_inset(struct layout *l)
{
    const struct scatter *s = l->of;
    double most = 0;

    l->inset = 0;
    for (size_t i = 0; i < s->n_points && s->slopes == NULL; i++) {
        if (!is_drawn(s, &s->points[i].at))
            continue;
        const struct canvas_point at = place(l, &s->points[i].at);
        const double sides = fmin(at.x - l->frame.left, l->frame.right - at.x);
        const double ends = fmin(at.y - l->frame.top, l->frame.bottom - at.y);
        most = fmax(most, radius_of(l, &s->points[i]) + 2 - fmin(sides, ends));
    }
    l->inset = most;
}

static double
lines_height(const struct paragraph *p, double gap)
{
    return p->lines ? CANVAS_LINE * (double)p->lines + gap : 0;
}

static double
bottom_height(const struct layout *l)
{
    return TICK + 16 + lines_height(&l->x_title, 2) + lines_height(&l->caption, 10) + MARGIN;
}

/* What the ticks need beside the frame. */
static void
measure_sides(struct layout *l)
{
    const double first = width_of(l->x.labels[0], false) / 2;
    const double last = width_of(l->x.labels[l->x.n_ticks - 1], false) / 2;

    l->left = MARGIN + lines_height(&l->y_title, 6) + widest_label(&l->y) + TICK + 3;
    l->left = fmax(l->left, first + 3);
    l->right = fmax(MARGIN, last + 3);
    if (l->of->slopes)
        l->right = TICK + 3 + widest_label(&l->slopes) + lines_height(&l->slope_title, 6) + MARGIN;
}

/* The frame on a page of ${width}, and of ${height} unless that is 0; false if it comes out too small. */
static bool
fit_frame(struct layout *l, double width, double height)
{
    const struct scatter *s = l->of;
    const double top = MARGIN + lines_height(&l->title, TITLE_GAP) + l->legend_height + 4;
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
    set_paragraph(l, &l->title, s->title, width - 2 * MARGIN, TITLE_LINES, true);
    set_paragraph(l, &l->caption, s->caption, width - 2 * MARGIN, CAPTION_LINES, false);
    set_paragraph(l, &l->x_title, s->x.title, width - 2 * MARGIN, AXIS_LINES, false);
    set_legend(l);
    l->left = l->right = 60;
    for (int i = 0; i < 3 && !l->failed; i++) {
        fits = fit_frame(l, width, height);
        if (!fits)
            return false;
        const double down = l->frame.bottom - l->frame.top;
        set_paragraph(l, &l->y_title, s->y.title, down, AXIS_LINES, false);
        set_paragraph(l, &l->slope_title, s->slopes, down, AXIS_LINES, false);
        set_ticks(l);
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

/* ---- marks ---- */

static void
draw_mark(struct layout *l, enum scatter_mark mark, double x, double y, double radius)
{
    static const enum canvas_ink of_mark[] = { INK_BUBBLE, INK_HOLLOW, INK_FILLED };

    if (mark == SCATTER_DIAMOND) {
        const struct canvas_point corners[] = { { x - radius, y }, { x, y - radius },
                                                { x + radius, y }, { x, y + radius } };
        canvas_area(&l->canvas, INK_SUMMARY, corners, 4);
    } else
        canvas_disc(&l->canvas, of_mark[mark], x, y, radius);
}

/* A point with what decides where it comes in a row. */
struct ranked {
    double rank;
    size_t which, box; /* box: of its mark in the crowd */
};

/* The highest first, then in the order they came. */
static int
by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? 1 : -1;
    return (x->which > y->which) - (x->which < y->which);
}

/* Large ones first, so that none is hidden below another. */
static void
draw_points(struct layout *l)
{
    const struct scatter *s = l->of;
    struct ranked *order = calloc(s->n_points + 1, sizeof *order);

    if (order == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_points; i++)
        order[i] = (struct ranked){ radius_of(l, &s->points[i]), i, 0 };
    qsort(order, s->n_points, sizeof *order, by_rank);
    for (size_t i = 0; i < s->n_points; i++) {
        const struct scatter_point *p = &s->points[order[i].which];
        if (!is_drawn(s, &p->at))
            continue;
        const struct canvas_point at = place(l, &p->at);
        draw_mark(l, p->mark, at.x, at.y, order[i].rank);
    }
    free(order);
}

/* ---- lines and areas ---- */

static enum canvas_ink
ink_of_style(enum scatter_style style)
{
    return style == SCATTER_SOLID ? INK_SOLID : style == SCATTER_DASHED ? INK_DASHED : INK_DOTTED;
}

static enum canvas_ink
ink_of_shade(unsigned shade)
{
    static const enum canvas_ink of_shade[] = { INK_SHADE_0, INK_SHADE_1, INK_SHADE_2,
                                                INK_SHADE_3 };

    return of_shade[shade];
}

/* The ${i}-th stretch of a line, as much as is in the frame. */
static bool
stretch_of(const struct layout *l, const struct scatter_line *line, size_t i, struct segment *out)
{
    *out = (struct segment){ place(l, &line->spots[i]), place(l, &line->spots[i + 1]) };
    return segment_cut(out, &l->frame);
}

/* A line as it is drawn: spots that follow each other are one path, so that its dashes run on. */
struct pen {
    struct canvas *canvas;
    enum canvas_ink ink;
    struct canvas_point *path;
    size_t n;
};

static void
pen_lift(struct pen *pen)
{
    if (pen->n)
        canvas_path(pen->canvas, pen->ink, pen->path, pen->n);
    pen->n = 0;
}

static void
pen_draw(struct pen *pen, struct segment s)
{
    if (pen->n && (pen->path[pen->n - 1].x != s.from.x || pen->path[pen->n - 1].y != s.from.y))
        pen_lift(pen);
    if (pen->n == 0)
        pen->path[pen->n++] = s.from;
    pen->path[pen->n++] = s.to;
}

/* A stretch without what words cover. */
static void
pen_draw_around(struct pen *pen, struct segment s, const struct crowd *gaps)
{
    struct segment gap;

    while (crowd_first_on(gaps, &s, &gap)) {
        if (gap.from.x != s.from.x || gap.from.y != s.from.y)
            pen_draw(pen, (struct segment){ s.from, gap.from });
        pen_lift(pen);
        s.from = gap.to;
    }
    if (s.from.x != s.to.x || s.from.y != s.to.y)
        pen_draw(pen, s);
}

static void
draw_line(struct layout *l, const struct scatter_line *line)
{
    struct pen pen = { &l->canvas, ink_of_style(line->style),
                       malloc((line->n + 1) * sizeof *pen.path), 0 };
    struct segment s;

    if (pen.path == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i + 1 < line->n; i++)
        if (stretch_of(l, line, i, &s))
            pen_draw_around(&pen, s, &l->gaps);
    pen_lift(&pen);
    free(pen.path);
}

static void
draw_area(struct layout *l, const struct scatter_area *area)
{
    const size_t room = AREA_ROOM(area->n);
    struct canvas_point *corners = malloc(2 * room * sizeof *corners);
    bool whole = true;

    if (corners == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < area->n; i++) {
        corners[i] = place(l, &area->spots[i]);
        whole &= isfinite(corners[i].x) && isfinite(corners[i].y);
    }
    const size_t n = whole ? area_cut(corners, area->n, &l->frame, corners + room) : 0;
    if (n >= 3)
        canvas_area(&l->canvas, ink_of_shade(area->shade), corners, n);
    free(corners);
}

/* ---- names ---- */

/* What must stay readable: marks, and the lines. */
static void
fill_crowd(struct layout *l)
{
    const struct scatter *s = l->of;
    struct segment stretch;

    crowd_release(&l->crowd);
    crowd_release(&l->gaps);
    for (size_t i = 0; i < s->n_points; i++) {
        if (!is_drawn(s, &s->points[i].at))
            continue;
        const struct canvas_point at = place(l, &s->points[i].at);
        /* Half the corner of a disc's box is outside the disc. */
        const double r = radius_of(l, &s->points[i]) - 0.3;
        crowd_add_box(&l->crowd, (struct box){ at.x - r, at.y - r, at.x + r, at.y + r });
    }
    for (size_t i = 0; i < s->n_lines; i++)
        for (size_t k = 0; k + 1 < s->lines[i].n; k++)
            if (stretch_of(l, &s->lines[i], k, &stretch))
                crowd_add_segment(&l->crowd, stretch);
    l->failed |= l->crowd.failed;
}

static bool
is_within(const struct box *b, const struct box *frame)
{
    return b->left >= frame->left + 2 && b->right <= frame->right - 2 &&
           b->top >= frame->top + 1 && b->bottom <= frame->bottom - 1;
}

/* How near to others words may come, best first. */
static const struct room {
    double air;
    bool over_lines;
} rooms[] = { { 6, false }, { 6, true }, { 2, true }, { 0, true } };

/* What words are written beside: its mark's box in the crowd, if it has one. */
struct anchor {
    struct canvas_point at;
    double distance;
    size_t box;
};

/* The sides that words are tried at, best first; h: 1 is away from the picture's middle. */
static const struct side {
    int h, v;
} sides[] = { { 1, 0 }, { -1, 0 }, { 1, -1 }, { -1, -1 }, { 1, 1 }, { -1, 1 }, { 0, -1 }, { 0, 1 } };

/* Write ${words} on that side if there is room. */
static bool
place_words(struct layout *l, const char *words, const struct anchor *a, const struct side *side,
            const struct room *room)
{
    const double width = width_of(words, false), slant = side->h && side->v ? 0.75 : 1;
    const int h = 2 * a->at.x < l->frame.left + l->frame.right ? -side->h : side->h;
    const double x = a->at.x + h * slant * a->distance - (h < 0 ? width : h == 0 ? width / 2 : 0);
    const double y = a->at.y + side->v * (slant * a->distance + (h ? 0.6 : 1) * LABEL_HALF);
    const struct box box = { x - 1, y - LABEL_HALF, x + width + 1, y + LABEL_HALF };

    if (!is_within(&box, &l->frame) || crowd_covers_box(&l->crowd, &box, a->box, room->air) ||
        (!room->over_lines && crowd_covers_segment(&l->crowd, &box)))
        return false;
    crowd_add_box(&l->crowd, box);
    if (room->over_lines)
        crowd_add_box(&l->gaps, box);
    l->failed |= l->crowd.failed || l->gaps.failed;
    canvas_words(&l->canvas, ALIGN_LEFT, false, x, y, words);
    return true;
}

static bool
place_label(struct layout *l, const char *words, const struct anchor *a)
{
    for (size_t r = 0; r < sizeof rooms / sizeof rooms[0]; r++)
        for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
            if (place_words(l, words, a, &sides[i], &rooms[r]))
                return true;
    return false;
}

/* Does another point's label begin with these ${n} bytes? */
static bool
is_shared(const struct scatter *s, const struct scatter_point *p, size_t n)
{
    for (size_t i = 0; i < s->n_points; i++)
        if (&s->points[i] != p && s->points[i].label &&
            strncmp(s->points[i].label, p->label, n) == 0)
            return true;
    return false;
}

/* The beginning and the end of a label of which the beginning says too little. */
static char *
without_middle(struct layout *l, const char *label, double width)
{
    struct text out = TEXT_INIT;
    char *head = one_line(l, label, 0.45 * width);
    const char *tail = label;

    while (*tail && width_of(tail, false) > 0.55 * width) {
        tail++;
        while (((unsigned char)*tail & 0xc0) == 0x80) /* within a character */
            tail++;
    }
    text_puts(&out, head ? head : "");
    text_puts(&out, tail + strspn(tail, " "));
    free(head);
    char *made = text_steal(&out);
    l->failed |= made == NULL;
    return made;
}

/* The label in ${width} points; NULL where it is empty. */
static char *
shortened(struct layout *l, const struct scatter_point *p, double width)
{
    char *words = one_line(l, p->label, width);
    const char *cut = words ? strstr(words, "…") : NULL;

    if (cut && cut[strlen("…")] == '\0' && is_shared(l->of, p, (size_t)(cut - words))) {
        free(words);
        return without_middle(l, p->label, width);
    }
    return words;
}

static void
label_point(struct layout *l, const struct scatter_point *p, size_t box)
{
    static const double widths[] = { LABEL_MOST, LABEL_SHORT };
    const struct anchor anchor = { place(l, &p->at), radius_of(l, p) + LABEL_GAP, box };
    bool placed = false;

    for (size_t i = 0; i < 2 && !placed; i++) {
        char *words = shortened(l, p, widths[i]);
        placed = words == NULL || place_label(l, words, &anchor);
        free(words);
    }
}

static void
label_points(struct layout *l)
{
    const struct scatter *s = l->of;
    struct ranked *order = calloc(s->n_points + 1, sizeof *order);
    size_t n = 0, box = 0;

    if (order == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_points; i++)
        if (is_drawn(s, &s->points[i].at)) {
            if (s->points[i].label && !isnan(s->points[i].rank))
                order[n++] = (struct ranked){ s->points[i].rank, i, box };
            box++; /* fill_crowd() put it there */
        }
    qsort(order, n, sizeof *order, by_rank);
    for (size_t i = 0; i < n; i++)
        label_point(l, &s->points[order[i].which], order[i].box);
    free(order);
}

/* The point after ${part} of the line's length in the frame. */
static struct canvas_point
along(const struct layout *l, const struct scatter_line *line, double part)
{
    struct canvas_point at = { NAN, NAN };
    struct segment s;
    double length = 0;

    for (size_t i = 0; i + 1 < line->n; i++)
        if (stretch_of(l, line, i, &s))
            length += hypot(s.to.x - s.from.x, s.to.y - s.from.y);
    length *= part;
    for (size_t i = 0; i + 1 < line->n; i++) {
        if (!stretch_of(l, line, i, &s))
            continue;
        const double whole = hypot(s.to.x - s.from.x, s.to.y - s.from.y);
        const double t = whole > 0 ? fmin(1, length / whole) : 0;
        at = (struct canvas_point){ s.from.x + t * (s.to.x - s.from.x),
                                    s.from.y + t * (s.to.y - s.from.y) };
        if (length <= whole)
            break;
        length -= whole;
    }
    return at;
}

/* From the line's end back to its beginning, on any side that is free. */
static bool
label_line(struct layout *l, const struct scatter_line *line)
{
    enum { STEPS = 25 };
    char *words = one_line(l, line->label, LABEL_MOST);
    bool placed = words == NULL;

    for (int i = STEPS; i >= 0 && !placed; i--) {
        const struct anchor anchor = { along(l, line, (double)i / STEPS), 3, SIZE_MAX };
        for (size_t k = 0; k < sizeof sides / sizeof sides[0] && !placed; k++)
            placed = !isnan(anchor.at.x) && place_words(l, words, &anchor, &sides[k], &rooms[0]);
    }
    free(words);
    return placed;
}

/* Name lines at their place; false if one goes into the legend instead, which needs its room. */
static bool
label_lines(struct layout *l)
{
    const struct scatter *s = l->of;
    bool all = true;

    for (size_t i = 0; i < s->n_lines; i++)
        if (s->lines[i].naming == SCATTER_AT_LINE && s->lines[i].label && !l->unplaced[i] &&
            !label_line(l, &s->lines[i])) {
            l->unplaced[i] = true;
            all = false;
        }
    return all;
}

/* ---- drawing ---- */

static void
draw_entry(struct layout *l, const struct entry *e, double left, double top)
{
    const double x = left + e->x, y = top + e->y, middle = x + SAMPLE / 2;
    const struct canvas_point ends[] = { { x, y }, { x + SAMPLE, y } };
    const struct canvas_point box[] = { { x, y - 5 }, { x + SAMPLE, y - 5 },
                                        { x + SAMPLE, y + 5 }, { x, y + 5 } };

    if (e->kind == ENTRY_MARK)
        draw_mark(l, (enum scatter_mark)e->which, middle, y,
                  e->which == SCATTER_DIAMOND ? DIAMOND_HALF : e->which == SCATTER_BUBBLE ? 5 : RADIUS);
    else if (e->kind == ENTRY_LINE)
        canvas_path(&l->canvas, ink_of_style(l->of->lines[e->which].style), ends, 2);
    else {
        canvas_area(&l->canvas, ink_of_shade(l->of->areas[e->which].shade), box, 4);
        for (int i = 0; i < 4; i++)
            canvas_line(&l->canvas, INK_RULE, box[i].x, box[i].y, box[(i + 1) % 4].x,
                        box[(i + 1) % 4].y);
    }
    canvas_words(&l->canvas, ALIGN_LEFT, false, x + SAMPLE + SAMPLE_GAP, y, e->words);
}

static void
draw_x_axis(struct layout *l)
{
    const struct box *f = &l->frame;
    const double y = f->bottom, half = widest_line(&l->x_title) / 2;
    const double middle = fmax(MARGIN + half, fmin(l->width - MARGIN - half, (f->left + f->right) / 2));

    canvas_line(&l->canvas, INK_AXIS, f->left, y, f->right, y);
    for (size_t i = 0; i < l->x.n_ticks; i++) {
        const double x = place_x(l, l->x.ticks[i]);
        canvas_line(&l->canvas, INK_AXIS, x, y, x, y + TICK);
        canvas_words(&l->canvas, ALIGN_CENTRE, false, x, y + TICK + 9, l->x.labels[i]);
    }
    draw_lines(l, &l->x_title, ALIGN_CENTRE, false, middle, y + TICK + 18 + CANVAS_LINE / 2);
}

static void
draw_y_axis(struct layout *l)
{
    const struct box *f = &l->frame;

    canvas_line(&l->canvas, INK_AXIS, f->left, f->top, f->left, f->bottom);
    for (size_t i = 0; i < l->y.n_ticks; i++) {
        const double y = place_y(l, l->y.ticks[i]);
        canvas_line(&l->canvas, INK_AXIS, f->left - TICK, y, f->left, y);
        canvas_words(&l->canvas, ALIGN_RIGHT, false, f->left - TICK - 3, y, l->y.labels[i]);
    }
    draw_lines_upwards(l, &l->y_title,
                       f->left - TICK - 3 - widest_label(&l->y) - 6 -
                           CANVAS_LINE * ((double)l->y_title.lines - 0.5),
                       (f->top + f->bottom) / 2);
}

static void
draw_slopes(struct layout *l)
{
    const struct box *f = &l->frame;

    canvas_line(&l->canvas, INK_AXIS, f->right, f->top, f->right, f->bottom);
    for (size_t i = 0; i < l->slopes.n_ticks; i++) {
        const double y = slope_y(l, l->slopes.ticks[i]);
        if (!(y >= f->top - 1e-6 && y <= f->bottom + 1e-6))
            continue;
        canvas_line(&l->canvas, INK_AXIS, f->right, y, f->right + TICK, y);
        canvas_words(&l->canvas, ALIGN_LEFT, false, f->right + TICK + 3, y, l->slopes.labels[i]);
    }
    draw_lines_upwards(l, &l->slope_title,
                       f->right + TICK + 3 + widest_label(&l->slopes) + 6 + CANVAS_LINE / 2,
                       (f->top + f->bottom) / 2);
}

static void
draw_page(struct layout *l)
{
    const struct scatter *s = l->of;
    const struct box *f = &l->frame;
    const double under_title = MARGIN + lines_height(&l->title, TITLE_GAP);

    draw_lines(l, &l->title, ALIGN_LEFT, true, MARGIN, MARGIN + CANVAS_LINE / 2);
    for (size_t i = 0; i < l->n_legend; i++)
        draw_entry(l, &l->legend[i], MARGIN, under_title);
    for (size_t i = 0; i < s->n_areas; i++)
        draw_area(l, &s->areas[i]);
    for (size_t i = 0; i < s->n_lines; i++)
        draw_line(l, &s->lines[i]);
    draw_points(l);
    canvas_line(&l->canvas, INK_RULE, f->left, f->top, f->right, f->top);
    canvas_line(&l->canvas, INK_RULE, f->right, f->top, f->right, f->bottom);
    draw_x_axis(l);
    draw_y_axis(l);
    if (s->slopes)
        draw_slopes(l);
    draw_lines(l, &l->caption, ALIGN_LEFT, false, MARGIN,
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
        fill_crowd(l);
        if (label_lines(l) || l->failed)
            break;
        canvas_release(&l->canvas);
        l->canvas = (struct canvas)CANVAS_INIT;
    }
    label_points(l);
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
    legend_release(l);
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
scatter_draw(const struct scatter *s, const char *path, const char *format, struct plot_size size,
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
        st = canvas_paint(&l.canvas, &page, path, format, err);
    text_release(&description);
    layout_release(&l);
    return st;
}
