#include "scatter_geometry.h"

#include <math.h>
#include <stdlib.h>

/* Liang and Barsky (1984), ACM Trans. Graph. 3:1-22: the part [t0, t1] on the inner side. */
static bool
narrow(double towards, double distance, double *t0, double *t1)
{
    if (towards == 0)
        return distance >= 0;
    const double t = distance / towards;
    if (towards < 0)
        *t0 = fmax(*t0, t);
    else
        *t1 = fmin(*t1, t);
    return *t0 <= *t1;
}

bool
segment_cut(struct segment *s, const struct box *f)
{
    const struct canvas_point from = s->from;
    const double dx = s->to.x - from.x, dy = s->to.y - from.y;
    double t0 = 0, t1 = 1;

    if (!(isfinite(from.x + dx) && isfinite(from.y + dy)) ||
        !narrow(-dx, from.x - f->left, &t0, &t1) || !narrow(dx, f->right - from.x, &t0, &t1) ||
        !narrow(-dy, from.y - f->top, &t0, &t1) || !narrow(dy, f->bottom - from.y, &t0, &t1))
        return false;
    *s = (struct segment){ { from.x + t0 * dx, from.y + t0 * dy },
                           { from.x + t1 * dx, from.y + t1 * dy } };
    return true;
}

/* How far ${p} is on the inner side of the ${side}-th edge of the frame. */
static double
inside(const struct canvas_point *p, const struct box *f, int side)
{
    switch (side) {
    case 0:
        return p->x - f->left;
    case 1:
        return f->right - p->x;
    case 2:
        return p->y - f->top;
    default:
        return f->bottom - p->y;
    }
}

/* Sutherland and Hodgman (1974), Commun. ACM 17:32-42: one edge of the frame after the other. */
static size_t
cut_side(const struct canvas_point *in, size_t n, const struct box *f, int side,
         struct canvas_point *out)
{
    size_t left = 0;

    for (size_t i = 0; i < n; i++) {
        const struct canvas_point *a = &in[i], *b = &in[(i + 1) % n];
        const double da = inside(a, f, side), db = inside(b, f, side);
        if (da >= 0)
            out[left++] = *a;
        if ((da >= 0) != (db >= 0)) {
            const double t = da / (da - db);
            out[left++] = (struct canvas_point){ a->x + t * (b->x - a->x),
                                                 a->y + t * (b->y - a->y) };
        }
    }
    return left;
}

/* A side adds at most one corner to each two of a polygon: 1.5^4 is below the 6 of AREA_ROOM. */
size_t
area_cut(struct canvas_point *corners, size_t n, const struct box *frame,
         struct canvas_point *room)
{
    for (int side = 0; side < 4; side++) {
        struct canvas_point *const from = side % 2 ? room : corners;
        n = cut_side(from, n, frame, side, side % 2 ? corners : room);
    }
    return n;
}

void
crowd_add_box(struct crowd *c, struct box box)
{
    const size_t n = c->n_boxes;

    if ((n & (n - 1)) == 0) { /* 0 or a power of two: full */
        struct box *more = realloc(c->boxes, (n ? 2 * n : 1) * sizeof *more);
        if (more == NULL) {
            c->failed = true;
            return;
        }
        c->boxes = more;
    }
    c->boxes[c->n_boxes++] = box;
}

void
crowd_add_segment(struct crowd *c, struct segment segment)
{
    const size_t n = c->n_segments;

    if ((n & (n - 1)) == 0) {
        struct segment *more = realloc(c->segments, (n ? 2 * n : 1) * sizeof *more);
        if (more == NULL) {
            c->failed = true;
            return;
        }
        c->segments = more;
    }
    c->segments[c->n_segments++] = segment;
}

bool
crowd_covers_box(const struct crowd *c, const struct box *b, size_t except, double air)
{
    for (size_t i = 0; i < c->n_boxes; i++) {
        const struct box *o = &c->boxes[i];
        if (i != except && b->left < o->right + air && o->left < b->right + air &&
            b->top < o->bottom + air && o->top < b->bottom + air)
            return true;
    }
    return false;
}

bool
crowd_covers_segment(const struct crowd *c, const struct box *b)
{
    for (size_t i = 0; i < c->n_segments; i++) {
        struct segment s = c->segments[i];
        if (segment_cut(&s, b))
            return true;
    }
    return false;
}

bool
crowd_first_on(const struct crowd *c, const struct segment *s, struct segment *covered)
{
    double nearest = INFINITY;

    for (size_t i = 0; i < c->n_boxes; i++) {
        struct segment part = *s;
        if (!segment_cut(&part, &c->boxes[i]))
            continue;
        const double way = hypot(part.from.x - s->from.x, part.from.y - s->from.y);
        const double length = hypot(part.to.x - part.from.x, part.to.y - part.from.y);
        if (length > 1e-6 && way < nearest) { /* a box that was left behind is touched still */
            nearest = way;
            *covered = part;
        }
    }
    return isfinite(nearest);
}

void
crowd_release(struct crowd *c)
{
    free(c->boxes);
    free(c->segments);
    *c = (struct crowd){ .boxes = NULL };
}
