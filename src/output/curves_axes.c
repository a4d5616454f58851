/* The axes of a picture of curves: time in multiples that people use, and the value. */
#include "curves_layout.h"

#include <math.h>
#include <stdio.h>

#define EXTENDS 0.3  /* of a step, that the time axis may run on to its next tick */
#define TO_ONE 0.6   /* a rising axis that gets there goes on to 1 */
#define LABEL_GAP 9.0

static const double days[] = { 1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650, 7300, 0 };
static const double weeks[] = { 1, 2, 4, 8, 12, 26, 52, 104, 260, 520, 1040, 0 };
static const double months[] = { 1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 480, 0 };
static const double years[] = { 1, 2, 5, 10, 20, 50, 0 };
static const double none[] = { 0 };

static const double *
usual_steps(enum curves_unit unit)
{
    switch (unit) {
    case CURVES_DAYS:
        return days;
    case CURVES_WEEKS:
        return weeks;
    case CURVES_MONTHS:
        return months;
    case CURVES_YEARS:
        return years;
    default:
        return none;
    }
}

/* Ticks each ${step} from 0, if they are at most ${most} and no words below them touch. */
static bool
set_steps(struct axis *a, double step, double last, double width, double widest, size_t most)
{
    const double slack = 1e-9 * last;
    double n = floor((last + slack) / step);

    a->high = last;
    if (last > n * step + slack && (n + 1) * step - last <= EXTENDS * step)
        a->high = ++n * step;
    a->high = fmax(a->high, n * step);
    if (n + 1 > (double)most)
        return false;
    a->n_ticks = (size_t)n + 1;
    for (size_t i = 0; i < a->n_ticks; i++) {
        a->ticks[i] = (double)i * step;
        snprintf(a->labels[i], AXIS_LABEL, "%.7g", a->ticks[i]);
        widest = fmax(widest, scatter_words_width(a->labels[i], false));
    }
    return a->n_ticks == 1 || step / a->high * width >= widest + LABEL_GAP;
}

static void
set_time(struct curves_layout *l, double width)
{
    static const double round[] = { 1, 2, 5 };
    const double last = l->last, widest = l->of->risk ? curves_risk_widest(l) : 0;
    const double inner = width - 2 * INSET, start = floor(log10(last / AXIS_TICKS));

    l->x = (struct axis){ .scale = SCALE_NUMBER, .low = 0 };
    for (const double *s = usual_steps(l->of->unit); *s > 0 && last >= 2 * *s; s++)
        if (set_steps(&l->x, *s, last, inner, widest, AXIS_TICKS))
            return;
    for (int i = 0; i < 12; i++)
        if (set_steps(&l->x, round[i % 3] * pow(10, start + i / 3), last, inner, widest,
                      AXIS_TICKS - 2))
            return;
    l->x.high = last;
    l->x.n_ticks = 1;
}

static double
highest(const struct curves *c)
{
    double most = 0;

    for (size_t i = 0; i < c->n_panels; i++)
        for (size_t k = 0; k < c->panels[i].n; k++)
            for (size_t j = 0; j < c->panels[i].curves[k].n; j++) {
                const struct curves_point *p = &c->panels[i].curves[k].points[j];
                const double high = fmax(p->value, p->high); /* of NaN and a number the number */
                most = isfinite(high) ? fmax(most, high) : most;
            }
    return most;
}

static void
set_value(struct curves_layout *l, double height)
{
    const double high = l->of->rising ? highest(l->of) : 1;

    l->y = (struct axis){ .scale = l->of->scale, .low = 0, .high = high };
    if (high >= TO_ONE || !(high > 0))
        l->y.high = 1;
    axis_set_ticks(&l->y, 1.2 * height / CANVAS_FONT);
}

void
curves_axes_set(struct curves_layout *l, double width, double height)
{
    set_time(l, width);
    set_value(l, height);
}

struct canvas_point
curves_axes_place(const struct curves_layout *l, const struct curves_cell *cell, double time,
                  double value)
{
    const struct box *f = &cell->frame;
    const double x = axis_place(&l->x, time);
    const double y = fmax(0, fmin(1, axis_place(&l->y, value)));

    return (struct canvas_point){ f->left + INSET + x * (f->right - f->left - 2 * INSET),
                                  f->bottom - INSET - y * (f->bottom - f->top - 2 * INSET) };
}

void
curves_axes_draw(struct curves_layout *l, const struct curves_cell *cell)
{
    struct canvas *c = &l->page.canvas;
    const struct box *f = &cell->frame;

    canvas_line(c, INK_AXIS, f->left, f->bottom, f->right, f->bottom);
    for (size_t i = 0; i < l->x.n_ticks; i++) {
        const double x = curves_axes_place(l, cell, l->x.ticks[i], 0).x;
        canvas_line(c, INK_AXIS, x, f->bottom, x, f->bottom + TICK);
        canvas_words(c, ALIGN_CENTRE, false, x, f->bottom + TICK + 9, l->x.labels[i]);
    }
    scatter_words_draw(&l->page, &l->page.x_title, ALIGN_CENTRE, false, (f->left + f->right) / 2,
                       f->bottom + TICK + 18 + CANVAS_LINE / 2);
    canvas_line(c, INK_AXIS, f->left, f->top, f->left, f->bottom);
    for (size_t i = 0; i < l->y.n_ticks; i++) {
        const double y = curves_axes_place(l, cell, 0, l->y.ticks[i]).y;
        canvas_line(c, INK_AXIS, f->left - TICK, y, f->left, y);
        canvas_words(c, ALIGN_RIGHT, false, f->left - TICK - 3, y, l->y.labels[i]);
    }
    if (!l->names_once || (size_t)(cell - l->cells) % l->columns == 0)
        scatter_words_draw_upwards(&l->page, &l->page.y_title,
                               f->left - TICK - 9 - scatter_axes_widest(&l->y) -
                                   CANVAS_LINE * ((double)l->page.y_title.lines - 0.5),
                               (f->top + f->bottom) / 2);
}
