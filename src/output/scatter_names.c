/* The names of points and lines in a scatter: where there is room for them. */
#include "scatter_layout.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MOST 170.0  /* of a point, before it is shortened */
#define LABEL_SHORT 110.0
#define LABEL_HALF 6.0    /* height of letters, halved */
#define LABEL_GAP 2.5

void
scatter_names_crowd(struct layout *l)
{
    const struct scatter *s = l->of;
    struct segment stretch;

    crowd_release(&l->crowd);
    crowd_release(&l->gaps);
    for (size_t i = 0; i < s->n_points; i++) {
        if (!scatter_axes_show(s, &s->points[i].at))
            continue;
        const struct canvas_point at = scatter_axes_place(l, &s->points[i].at);
        /* Half the corner of a disc's box is outside the disc. */
        const double r = scatter_marks_radius(l, &s->points[i]) - 0.3;
        crowd_add_box(&l->crowd, (struct box){ at.x - r, at.y - r, at.x + r, at.y + r });
    }
    for (size_t i = 0; i < s->n_lines; i++)
        for (size_t k = 0; k + 1 < s->lines[i].n; k++)
            if (scatter_marks_stretch(l, &s->lines[i], k, &stretch))
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
    const double width = scatter_words_width(words, false), slant = side->h && side->v ? 0.75 : 1;
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
    /* Letters may be narrower than was allowed for: they stay close to their mark. */
    canvas_words(&l->canvas, h < 0 ? ALIGN_RIGHT : h == 0 ? ALIGN_CENTRE : ALIGN_LEFT, false,
                 h < 0 ? x + width : h == 0 ? x + width / 2 : x, y, words);
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
    char *head = scatter_words_line(l, label, 0.45 * width);
    const char *tail = label;

    while (*tail && scatter_words_width(tail, false) > 0.55 * width) {
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
    char *words = scatter_words_line(l, p->label, width);
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
    const struct anchor anchor = { scatter_axes_place(l, &p->at),
                                   scatter_marks_radius(l, p) + LABEL_GAP, box };
    bool placed = false;

    for (size_t i = 0; i < 2 && !placed; i++) {
        char *words = shortened(l, p, widths[i]);
        placed = words == NULL || place_label(l, words, &anchor);
        free(words);
    }
}

void
scatter_names_of_points(struct layout *l)
{
    const struct scatter *s = l->of;
    struct ranked *order = calloc(s->n_points + 1, sizeof *order);
    size_t n = 0, box = 0;

    if (order == NULL) {
        l->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_points; i++)
        if (scatter_axes_show(s, &s->points[i].at)) {
            if (s->points[i].label && !isnan(s->points[i].rank))
                order[n++] = (struct ranked){ s->points[i].rank, i, box };
            box++; /* scatter_names_crowd() put it there */
        }
    qsort(order, n, sizeof *order, scatter_marks_by_rank);
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
        if (scatter_marks_stretch(l, line, i, &s))
            length += hypot(s.to.x - s.from.x, s.to.y - s.from.y);
    length *= part;
    for (size_t i = 0; i + 1 < line->n; i++) {
        if (!scatter_marks_stretch(l, line, i, &s))
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
    char *words = scatter_words_line(l, line->label, LABEL_MOST);
    bool placed = words == NULL;

    for (int i = STEPS; i >= 0 && !placed; i--) {
        const struct anchor anchor = { along(l, line, (double)i / STEPS), 3, SIZE_MAX };
        for (size_t k = 0; k < sizeof sides / sizeof sides[0] && !placed; k++)
            placed = !isnan(anchor.at.x) && place_words(l, words, &anchor, &sides[k], &rooms[0]);
    }
    free(words);
    return placed;
}

bool
scatter_names_of_lines(struct layout *l)
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
