/* The marks, lines and areas of a scatter. */
#include "scatter_layout.h"

#include <math.h>
#include <stdlib.h>

#define RADIUS_OF_MANY 2.2
#define BUBBLE_LEAST 2.5
#define BUBBLE_MOST 12.0
#define BUBBLE_MOST_OF_MANY 9.0

enum { MANY = 60 };

static double
bubble_radius(const struct layout *l, double weight)
{
    const double most = l->of->n_points > MANY ? BUBBLE_MOST_OF_MANY : BUBBLE_MOST;

    if (!(weight > 0) || !(l->heaviest > 0))
        return BUBBLE_LEAST;
    return fmax(BUBBLE_LEAST, most * sqrt(fmin(1, weight / l->heaviest)));
}

double
scatter_marks_radius(const struct layout *l, const struct scatter_point *p)
{
    if (p->mark == SCATTER_BUBBLE)
        return bubble_radius(l, p->weight);
    if (p->mark == SCATTER_DIAMOND)
        return DIAMOND_HALF;
    return l->of->n_points > MANY ? RADIUS_OF_MANY : RADIUS;
}

void
scatter_marks_draw(struct layout *l, enum scatter_mark mark, double x, double y, double radius)
{
    static const enum canvas_ink of_mark[] = { INK_BUBBLE, INK_HOLLOW, INK_FILLED };

    if (mark == SCATTER_DIAMOND) {
        const struct canvas_point corners[] = { { x - radius, y }, { x, y - radius },
                                                { x + radius, y }, { x, y + radius } };
        canvas_area(&l->canvas, INK_SUMMARY, corners, 4);
    } else
        canvas_disc(&l->canvas, of_mark[mark], x, y, radius);
}

int
scatter_marks_by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? 1 : -1;
    return (x->which > y->which) - (x->which < y->which);
}

/* Large ones first, so that none is hidden below another. */
void
scatter_marks_draw_points(struct layout *l)
{
    const struct scatter *s = l->of;
    struct ranked *order = calloc(s->n_points + 1, sizeof *order);

    if (order == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_points; i++)
        order[i] = (struct ranked){ scatter_marks_radius(l, &s->points[i]), i, 0 };
    qsort(order, s->n_points, sizeof *order, scatter_marks_by_rank);
    for (size_t i = 0; i < s->n_points; i++) {
        const struct scatter_point *p = &s->points[order[i].which];
        if (!scatter_axes_show(s, &p->at))
            continue;
        const struct canvas_point at = scatter_axes_place(l, &p->at);
        scatter_marks_draw(l, p->mark, at.x, at.y, order[i].rank);
    }
    free(order);
}

/* ---- lines and areas ---- */

enum canvas_ink
scatter_marks_style(enum scatter_style style)
{
    return style == SCATTER_SOLID ? INK_SOLID : style == SCATTER_DASHED ? INK_DASHED : INK_DOTTED;
}

enum canvas_ink
scatter_marks_shade(unsigned shade)
{
    static const enum canvas_ink of_shade[] = { INK_SHADE_0, INK_SHADE_1, INK_SHADE_2,
                                                INK_SHADE_3 };

    return of_shade[shade];
}

bool
scatter_marks_stretch(const struct layout *l, const struct scatter_line *line, size_t i,
                      struct segment *out)
{
    *out = (struct segment){ scatter_axes_place(l, &line->spots[i]),
                             scatter_axes_place(l, &line->spots[i + 1]) };
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

void
scatter_marks_draw_line(struct layout *l, const struct scatter_line *line)
{
    struct pen pen = { &l->canvas, scatter_marks_style(line->style),
                       malloc((line->n + 1) * sizeof *pen.path), 0 };
    struct segment s;

    if (pen.path == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i + 1 < line->n; i++)
        if (scatter_marks_stretch(l, line, i, &s))
            pen_draw_around(&pen, s, &l->gaps);
    pen_lift(&pen);
    free(pen.path);
}

void
scatter_marks_draw_area(struct layout *l, const struct scatter_area *area)
{
    const size_t room = AREA_ROOM(area->n);
    struct canvas_point *corners = malloc(2 * room * sizeof *corners);
    bool whole = true;

    if (corners == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < area->n; i++) {
        corners[i] = scatter_axes_place(l, &area->spots[i]);
        whole &= isfinite(corners[i].x) && isfinite(corners[i].y);
    }
    const size_t n = whole ? area_cut(corners, area->n, &l->frame, corners + room) : 0;
    if (n >= 3)
        canvas_area(&l->canvas, scatter_marks_shade(area->shade), corners, n);
    free(corners);
}
