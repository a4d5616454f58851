/* The axes of a scatter: what they cover, where a spot is on the page, their ticks and titles. */
#include "scatter_layout.h"

#include <float.h>
#include <math.h>

#define FARTHEST (DBL_MAX / 16)
#define OUT_OF_SIGHT 1e5 /* frames; finite, so that what is cut stays so */

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

bool
scatter_axes_show(const struct scatter *s, const struct scatter_spot *at)
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
        if (scatter_axes_show(s, &s->points[i].at)) {
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

struct canvas_point
scatter_axes_place(const struct layout *l, const struct scatter_spot *at)
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

double
scatter_axes_widest(const struct axis *a)
{
    double most = 0;

    for (size_t i = 0; i < a->n_ticks; i++)
        most = fmax(most, scatter_words_width(a->labels[i], false));
    return most;
}

/* Labels of the y axis stand one above the other: they need less than what is beside another. */
void
scatter_axes_set(struct layout *l)
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

static void
draw_x_axis(struct layout *l)
{
    const struct box *f = &l->frame;
    const double y = f->bottom, half = scatter_words_widest(&l->x_title) / 2;
    const double middle = fmax(MARGIN + half, fmin(l->width - MARGIN - half, (f->left + f->right) / 2));

    canvas_line(&l->canvas, INK_AXIS, f->left, y, f->right, y);
    for (size_t i = 0; i < l->x.n_ticks; i++) {
        const double x = place_x(l, l->x.ticks[i]);
        canvas_line(&l->canvas, INK_AXIS, x, y, x, y + TICK);
        canvas_words(&l->canvas, ALIGN_CENTRE, false, x, y + TICK + 9, l->x.labels[i]);
    }
    scatter_words_draw(l, &l->x_title, ALIGN_CENTRE, false, middle, y + TICK + 18 + CANVAS_LINE / 2);
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
    scatter_words_draw_upwards(l, &l->y_title,
                       f->left - TICK - 3 - scatter_axes_widest(&l->y) - 6 -
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
    scatter_words_draw_upwards(l, &l->slope_title,
                       f->right + TICK + 3 + scatter_axes_widest(&l->slopes) + 6 + CANVAS_LINE / 2,
                       (f->top + f->bottom) / 2);
}

void
scatter_axes_draw(struct layout *l)
{
    draw_x_axis(l);
    draw_y_axis(l);
    if (l->of->slopes)
        draw_slopes(l);
}
