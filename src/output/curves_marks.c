/* Curves, their bands, ticks and medians. */
#include "curves_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FINEST 0.2      /* points: what is nearer on the page is one step */
#define TICK_HALF 3.4
#define TICK_APART 10.0 /* where there are too many */
#define BARS_APART 3.4
#define BAR_END 1.2
#define BARS_SHARE 0.7  /* of the way from tick to tick, at most */

size_t
curves_marks_look(const struct curves_layout *l, const struct curves_cell *cell, size_t i)
{
    const char *name = cell->of->curves[i].name;

    if (name == NULL)
        return i;
    for (size_t k = 0; k < l->n_names; k++)
        if (strcmp(l->names[k], name) == 0)
            return k;
    return i;
}

static enum canvas_ink
ink_of(enum canvas_ink first, size_t look)
{
    return first + (enum canvas_ink)(look % CANVAS_CURVES);
}

/* Dashes on a thin line, so that no step falls into a gap. */
static void
draw_line(struct curves_layout *l, size_t look, const struct canvas_point *at, size_t n)
{
    canvas_path(&l->page.canvas, ink_of(INK_CURVE, look), at, n);
    if (look % CANVAS_CURVES != 0)
        canvas_path(&l->page.canvas, ink_of(INK_CURVE_FINE, look), at, n);
}

void
curves_marks_sample(struct curves_layout *l, size_t look, double x, double y)
{
    const struct canvas_point ends[] = { { x, y }, { x + SAMPLE, y } };

    draw_line(l, look, ends, 2);
}

/* Steps and slopes on the page; what comes nearer to the last than FINEST takes its place. */
struct trace {
    struct canvas_point *at;
    size_t n;
    double fixed; /* where the last step is */
    size_t here;  /* how many corners are there; a slope begins at one and may end at another */
};

static void
step_to(struct trace *t, struct canvas_point to, bool joined)
{
    const bool is_near = t->n > 1 && to.x - t->fixed < FINEST;

    if (is_near && (!joined || t->here > 1)) {
        t->at[t->n - 1].y = to.y;
        return;
    }
    t->here = is_near ? t->here + 1 : 1;
    if (t->n && !joined) {
        t->at[t->n] = (struct canvas_point){ to.x, t->at[t->n - 1].y };
        t->n++;
    }
    t->at[t->n++] = to;
    t->fixed = is_near ? t->fixed : to.x;
}

static void
trace_curve(struct curves_layout *l, const struct curves_cell *cell, const struct curve *c,
            struct curve_line *line)
{
    struct trace t = { malloc((2 * c->n + 3) * sizeof *t.at), 0, 0, 0 };
    double until = 0, value = c->start;

    free(line->at);
    *line = (struct curve_line){ t.at, 0 };
    if (t.at == NULL) {
        l->page.failed = true;
        return;
    }
    size_t i = 0;
    step_to(&t, curves_axes_place(l, cell, 0, c->start), c->joined);
    for (; i < c->n && c->points[i].time <= l->last && !isnan(c->points[i].value); i++) {
        const struct curves_point *p = &c->points[i];
        until = p->time;
        if (p->value == value && !c->joined)
            continue;
        value = p->value;
        step_to(&t, curves_axes_place(l, cell, p->time, value), c->joined);
    }
    if (i < c->n && !isnan(c->points[i].value)) /* it goes on behind the axis */
        until = l->last;
    const struct canvas_point end = curves_axes_place(l, cell, until, value);
    if (!c->joined && end.x > t.at[t.n - 1].x)
        t.at[t.n++] = end;
    line->n = t.n;
}

void
curves_marks_trace(struct curves_layout *l, struct curves_cell *cell)
{
    for (size_t i = 0; i < cell->of->n; i++)
        trace_curve(l, cell, &cell->of->curves[i], &cell->lines[i]);
}

/* One stretch of a band: its upper edge, then back along the lower one. */
static void
draw_stretch(struct curves_layout *l, enum canvas_ink ink, struct trace *low, struct trace *high,
             double until)
{
    if (high->n == 0)
        return;
    step_to(low, (struct canvas_point){ until, low->at[low->n - 1].y }, true);
    step_to(high, (struct canvas_point){ until, high->at[high->n - 1].y }, true);
    for (size_t i = low->n; i-- > 0;)
        high->at[high->n++] = low->at[i];
    canvas_area(&l->page.canvas, ink, high->at, high->n);
    low->n = high->n = 0;
}

static void
draw_band(struct curves_layout *l, const struct curves_cell *cell, size_t i)
{
    const struct curve *c = &cell->of->curves[i];
    const enum canvas_ink ink = ink_of(INK_CURVE_BAND, curves_marks_look(l, cell, i));
    struct trace low = { malloc((2 * c->n + 3) * sizeof *low.at), 0, 0, 0 };
    struct trace high = { malloc((4 * c->n + 6) * sizeof *high.at), 0, 0, 0 };
    double until = 0;

    l->page.failed |= low.at == NULL || high.at == NULL;
    for (size_t k = 0; k < c->n && c->points[k].time <= l->last && !l->page.failed; k++) {
        const struct curves_point *p = &c->points[k];
        const bool ends = k + 1 == c->n && !c->joined; /* nothing comes behind */
        const bool known = isfinite(p->low) && isfinite(p->high) && !ends;
        until = curves_axes_place(l, cell, p->time, 0).x;
        if (known) {
            step_to(&low, curves_axes_place(l, cell, p->time, p->low), c->joined);
            step_to(&high, curves_axes_place(l, cell, p->time, p->high), c->joined);
        } else
            draw_stretch(l, ink, &low, &high, until);
    }
    if (c->n && c->points[c->n - 1].time > l->last)
        until = curves_axes_place(l, cell, l->last, 0).x;
    if (!l->page.failed)
        draw_stretch(l, ink, &low, &high, until);
    free(low.at);
    free(high.at);
}

static void
draw_upright(struct curves_layout *l, enum canvas_ink ink, double x, double from, double to)
{
    const struct canvas_point ends[] = { { x, from }, { x, to } };

    canvas_path(&l->page.canvas, ink, ends, 2);
}

/* How far bars of neighbouring curves stand apart. */
static double
bars_apart(const struct curves_layout *l, const struct curves_cell *cell)
{
    if (l->x.n_ticks < 2)
        return BARS_APART;
    const double way = curves_axes_place(l, cell, l->x.ticks[1], 0).x -
                       curves_axes_place(l, cell, l->x.ticks[0], 0).x;
    return fmin(BARS_APART, BARS_SHARE * way / (double)cell->of->n);
}

bool
curves_marks_bar(const struct curves_layout *l, const struct curves_cell *cell, size_t i, size_t k,
                 struct canvas_point *low, struct canvas_point *high)
{
    const struct curve *c = &cell->of->curves[i];
    const double time = l->x.ticks[k], slack = 1e-9 * time;
    size_t n = 0;

    if (cell->of->n <= CURVES_WITH_BANDS || k == 0)
        return false;
    while (n < c->n && c->points[n].time <= time + slack)
        n++;
    if (n == 0 || c->points[c->n - 1].time < time - slack)
        return false;
    const struct curves_point *p = &c->points[n - 1];
    const double aside = bars_apart(l, cell) * ((double)i - ((double)cell->of->n - 1) / 2);
    *low = curves_axes_place(l, cell, time, p->low);
    *high = curves_axes_place(l, cell, time, p->high);
    low->x += aside;
    high->x += aside;
    return isfinite(p->low) && isfinite(p->high);
}

/* The limits at each tick of the time axis, those of one curve beside those of another. */
static void
draw_bars(struct curves_layout *l, const struct curves_cell *cell, size_t i)
{
    const enum canvas_ink ink = ink_of(INK_CURVE_FINE, curves_marks_look(l, cell, i));
    struct canvas_point low, high;

    for (size_t k = 0; k < l->x.n_ticks; k++) {
        if (!curves_marks_bar(l, cell, i, k, &low, &high))
            continue;
        const struct canvas_point ends[] = { { low.x - BAR_END, low.y }, { low.x + BAR_END, low.y },
                                             low, high,
                                             { high.x - BAR_END, high.y },
                                             { high.x + BAR_END, high.y } };
        canvas_path(&l->page.canvas, ink, ends, 6);
    }
}

static void
draw_ticks(struct curves_layout *l, const struct curves_cell *cell, size_t i)
{
    const struct curve *c = &cell->of->curves[i];
    const enum canvas_ink ink = ink_of(INK_CURVE_FINE, curves_marks_look(l, cell, i));
    double last = -INFINITY;
    size_t n = 0;

    for (size_t k = 0; k < c->n; k++)
        n += c->points[k].n_censor > 0;
    const double apart = n > MOST_TICKS ? TICK_APART : 0;
    for (size_t k = 0; k < c->n && c->points[k].time <= l->last; k++) {
        const struct curves_point *p = &c->points[k];
        if (!(p->n_censor > 0) || isnan(p->value))
            continue;
        const struct canvas_point at = curves_axes_place(l, cell, p->time, p->value);
        if (at.x < last + apart)
            continue;
        draw_upright(l, ink, at.x, at.y - TICK_HALF, at.y + TICK_HALF);
        last = at.x;
    }
}

bool
curves_marks_median(const struct curves_layout *l, const struct curves_cell *cell, size_t i,
                    struct canvas_point *at)
{
    const double median = cell->of->curves[i].median;

    if (isnan(l->of->mark) || !(median >= 0 && median <= l->last))
        return false;
    *at = curves_axes_place(l, cell, median, l->of->mark);
    return true;
}

/* Across to the latest median, and down from each. */
static void
draw_medians(struct curves_layout *l, const struct curves_cell *cell)
{
    double latest = -INFINITY;

    for (size_t i = 0; i < cell->of->n; i++) {
        struct canvas_point down[2];
        if (!curves_marks_median(l, cell, i, &down[0]))
            continue;
        down[1] = (struct canvas_point){ down[0].x, cell->frame.bottom };
        canvas_path(&l->page.canvas, INK_FINE, down, 2);
        latest = fmax(latest, down[0].x);
    }
    const double y = curves_axes_place(l, cell, 0, l->of->mark).y;
    const struct canvas_point across[] = { { cell->frame.left, y }, { latest, y } };
    if (isfinite(latest))
        canvas_path(&l->page.canvas, INK_FINE, across, 2);
}

void
curves_marks_draw(struct curves_layout *l, const struct curves_cell *cell)
{
    for (size_t i = 0; i < cell->of->n; i++) {
        if (cell->of->n > CURVES_WITH_BANDS)
            draw_bars(l, cell, i);
        else
            draw_band(l, cell, i);
        draw_line(l, curves_marks_look(l, cell, i), cell->lines[i].at, cell->lines[i].n);
        draw_ticks(l, cell, i);
    }
    if (!isnan(l->of->mark))
        draw_medians(l, cell);
}
