/* Names of curves: at their ends, along them, or in a legend; and the notes of panels. */
#include "curves_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

#define BESIDE 5.0         /* between the end of a curve and its name */
#define MOST_BESIDE 0.25   /* of a panel, for names right of the frame */
#define MOST_ALONG 0.45    /* of the frame, for a name in it */
#define AIR 4.5            /* around words; ticks are that high */
#define LEAST_CLEARANCE 9.0
#define ENOUGH_CLEARANCE 40.0
#define ON_BAND 15.0       /* words on a band are as if so much nearer to a curve */
#define ENTRY_GAP 16.0
#define ENTRY_PITCH 16.0

enum { PLACES = 48, SIDES = 4 };

void
curves_names_collect(struct curves_layout *l)
{
    size_t most = 1;

    for (size_t i = 0; i < l->of->n_panels; i++)
        most += l->of->panels[i].n;
    l->names = calloc(most, sizeof *l->names);
    l->labels = calloc(most, sizeof *l->labels);
    if (l->names == NULL || l->labels == NULL) {
        l->page.failed = true;
        return;
    }
    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->of->panels[i].n; k++) {
            const char *name = l->of->panels[i].curves[k].name;
            size_t j = 0;
            while (name && j < l->n_names && strcmp(l->names[j], name) != 0)
                j++;
            if (name == NULL || *name == '\0' || j < l->n_names)
                continue;
            l->names[j] = name;
            l->labels[j] = scatter_words_line(&l->page, name, 1e6);
            l->n_names++;
        }
}

/* ---- the legend ---- */

/* Is a name too long for the legend, and do all stand at the numbers at risk with samples? */
static bool
is_told_below(const struct curves_layout *l, double room)
{
    bool told = false;

    for (size_t i = 0; i < l->n_names; i++)
        told |= SAMPLE + SAMPLE_GAP + scatter_words_width(l->labels[i], false) > room;
    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->of->panels[i].n; k++)
            told &= l->of->panels[i].curves[k].row == NULL;
    return told && l->of->risk;
}

static void
set_legend(struct curves_layout *l)
{
    struct layout *page = &l->page;
    const double room = page->width - 2 * MARGIN;
    double x = 0, y = 0;

    scatter_legend_release(page);
    page->legend_height = 0;
    if (l->naming != NAMES_IN_LEGEND || l->n_names == 0 || is_told_below(l, room))
        return;
    page->legend = calloc(l->n_names, sizeof *page->legend);
    page->failed |= page->legend == NULL;
    for (size_t i = 0; i < l->n_names && page->legend; i++) {
        struct entry *e = &page->legend[i];
        e->which = i;
        e->words = scatter_words_line(page, l->names[i], room - SAMPLE - SAMPLE_GAP);
        e->width = SAMPLE + SAMPLE_GAP + scatter_words_width(e->words, false);
        if (x > 0 && x + e->width > room) {
            x = 0;
            y += ENTRY_PITCH;
        }
        e->x = x;
        e->y = y + ENTRY_PITCH / 2;
        x += e->width + ENTRY_GAP;
        page->n_legend++;
    }
    page->legend_height = y + ENTRY_PITCH + TITLE_GAP;
}

void
curves_names_fit(struct curves_layout *l)
{
    set_legend(l);
}

void
curves_names_draw_legend(struct curves_layout *l, double top)
{
    for (size_t i = 0; i < l->page.n_legend; i++) {
        const struct entry *e = &l->page.legend[i];
        curves_marks_sample(l, e->which, MARGIN + e->x, top + e->y);
        canvas_words(&l->page.canvas, ALIGN_LEFT, false, MARGIN + e->x + SAMPLE + SAMPLE_GAP,
                     top + e->y, e->words);
    }
}

/* ---- at the curves ---- */

static const char *
label_of(const struct curves_layout *l, const struct curves_cell *cell, size_t i)
{
    const size_t look = curves_marks_look(l, cell, i);

    return cell->of->curves[i].name && look < l->n_names ? l->labels[look] : NULL;
}

double
curves_names_beside(const struct curves_layout *l)
{
    double most = 0;

    for (size_t i = 0; i < l->of->n_panels && l->naming == NAMES_AT_ENDS; i++)
        for (size_t k = 0; k < l->cells[i].of->n; k++) {
            const struct curves_cell *cell = &l->cells[i];
            const struct curve *c = &cell->of->curves[k];
            const double last = c->n ? fmin(c->points[c->n - 1].time, l->last) : 0;
            const double end = curves_axes_place(l, cell, last, 0).x + BESIDE +
                               scatter_words_width(label_of(l, cell, k), false);
            most = fmax(most, end - cell->frame.right);
        }
    return fmin(most, MOST_BESIDE * l->cell_width);
}

static double
apart(double a, double b, double c, double d)
{
    return fmax(0, fmax(c - b, a - d));
}

/* How near a line comes to a box; no nearer than ${least} is of interest. */
static double
clearance(const struct curve_line *line, const struct box *b, double least)
{
    double most = INFINITY;

    for (size_t i = 0; i + 1 < line->n && most >= least; i++) {
        const struct canvas_point *p = &line->at[i], *q = p + 1;
        const double dx = apart(b->left, b->right, fmin(p->x, q->x), fmax(p->x, q->x));
        const double dy = apart(b->top, b->bottom, fmin(p->y, q->y), fmax(p->y, q->y));
        most = fmin(most, hypot(dx, dy));
    }
    return most;
}

/* Does any band reach into the box?  Looked at in five places. */
static bool
is_on_band(const struct curves_layout *l, const struct curves_cell *cell, const struct box *b)
{
    for (size_t i = 0; i < cell->of->n; i++) {
        const struct curve *c = &cell->of->curves[i];
        for (int k = 0; k <= 4; k++) {
            const double x = b->left + k * (b->right - b->left) / 4;
            size_t low = 0, high = c->n; /* the first point right of x */
            while (low < high) {
                const size_t middle = low + (high - low) / 2;
                if (curves_axes_place(l, cell, c->points[middle].time, 0).x <= x)
                    low = middle + 1;
                else
                    high = middle;
            }
            const struct curves_point *p = &c->points[low ? low - 1 : 0];
            if (low == 0 || (low == c->n && curves_axes_place(l, cell, p->time, 0).x < x))
                continue;
            if (isfinite(p->low) && isfinite(p->high) &&
                curves_axes_place(l, cell, 0, p->high).y < b->bottom &&
                curves_axes_place(l, cell, 0, p->low).y > b->top)
                return true;
        }
    }
    return false;
}

static bool
is_within(const struct box *b, const struct box *frame)
{
    return b->left >= frame->left + 3 && b->right <= frame->right && b->top >= frame->top &&
           b->bottom <= frame->bottom - 3;
}

/* How good a place is for the name of a curve; negative: it is none. */
static double
rate(struct curves_layout *l, const struct curves_cell *cell, size_t own, const struct box *b)
{
    double others = ENOUGH_CLEARANCE;

    if (!is_within(b, &cell->frame) || crowd_covers_box(&l->page.crowd, b, SIZE_MAX, AIR) ||
        clearance(&cell->lines[own], b, AIR - 1) < AIR - 1)
        return -1;
    for (size_t i = 0; i < cell->of->n; i++)
        if (i != own)
            others = fmin(others, clearance(&cell->lines[i], b, LEAST_CLEARANCE));
    if (others < LEAST_CLEARANCE)
        return -1;
    return others + ON_BAND - (is_on_band(l, cell, b) ? ON_BAND : 0);
}

/* The height of the line at ${x}. */
static double
height_at(const struct curve_line *line, double x)
{
    size_t i = 0;

    while (i + 1 < line->n && line->at[i + 1].x < x)
        i++;
    return line->n ? line->at[i].y : 0;
}

/* A box of words beside (x, y): right or left of it, above or below. */
static struct box
box_beside(double x, double y, double width, int side)
{
    const double left = side % 2 ? x - AIR - width : x + AIR;
    const double top = side / 2 ? y + AIR : y - AIR - CANVAS_LINE + 2;

    return (struct box){ left, top, left + width, top + CANVAS_LINE - 2 };
}

static bool
write_in(struct curves_layout *l, const struct box *b, const char *words)
{
    crowd_add_box(&l->page.crowd, *b);
    canvas_words(&l->page.canvas, ALIGN_LEFT, false, b->left, (b->top + b->bottom) / 2, words);
    return true;
}

static bool
put_along(struct curves_layout *l, const struct curves_cell *cell, size_t i, const char *label)
{
    const struct curve_line *line = &cell->lines[i];
    const double width = scatter_words_width(label, false);
    struct box best = { 0, 0, 0, 0 };
    double most = 0;

    if (width > MOST_ALONG * (cell->frame.right - cell->frame.left) || line->n == 0)
        return false;
    const double from = line->at[0].x, to = line->at[line->n - 1].x;
    for (int k = 0; k <= PLACES; k++)
        for (int side = 0; side < SIDES; side++) {
            const double x = from + (to - from) * k / PLACES;
            const struct box b = box_beside(x, height_at(line, x), width, side);
            const double rated = rate(l, cell, i, &b);
            if (rated > most) {
                most = rated;
                best = b;
            }
        }
    return most > 0 && write_in(l, &best, label);
}

static bool
put_at_end(struct curves_layout *l, const struct curves_cell *cell, size_t i, const char *label)
{
    static const double shifts[] = { 0, -3, 3, -6, 6, -9, 9 };
    const struct curve_line *line = &cell->lines[i];
    const double width = scatter_words_width(label, false), half = CANVAS_LINE / 2 - 1;

    if (line->n == 0)
        return false;
    const struct canvas_point end = line->at[line->n - 1];
    for (size_t k = 0; k < sizeof shifts / sizeof shifts[0]; k++) {
        const double left = end.x + BESIDE, y = end.y + shifts[k];
        const struct box b = { left, y - half, left + width, y + half };
        bool free_place = !crowd_covers_box(&l->page.crowd, &b, SIZE_MAX, 1) &&
                          b.right <= cell->right - 2 && b.top >= cell->frame.top - half &&
                          b.bottom <= cell->frame.bottom;
        for (size_t j = 0; j < cell->of->n && free_place; j++)
            free_place = clearance(&cell->lines[j], &b, LEAST_CLEARANCE) >=
                         (j == i ? 2 : LEAST_CLEARANCE);
        if (free_place)
            return write_in(l, &b, label);
    }
    return false;
}

static bool
put_names(struct curves_layout *l, const struct curves_cell *cell)
{
    bool placed = true;

    for (size_t i = 0; i < cell->of->n && placed && l->naming != NAMES_IN_LEGEND; i++) {
        const char *label = label_of(l, cell, i);
        if (label)
            placed = l->naming == NAMES_AT_ENDS ? put_at_end(l, cell, i, label)
                                                : put_along(l, cell, i, label);
    }
    return placed;
}

/* A note in a corner, or above the frame. */
static bool
put_note(struct curves_layout *l, struct curves_cell *cell)
{
    const struct box *f = &cell->frame;
    const double width = scatter_words_width(cell->note, false), high = CANVAS_LINE - 2;
    const double middle = (f->left + f->right - width) / 2;
    const double lefts[] = { f->left + 10, f->right - 6 - width, middle };
    const double tops[] = { f->bottom - 12 - high, f->top + 4 };

    if (cell->note == NULL)
        return true;
    if (cell->note_above) {
        canvas_words(&l->page.canvas, ALIGN_LEFT, false, f->left, f->top - NOTE_PITCH / 2 - 2,
                     cell->note);
        return true;
    }
    for (int bands = 0; bands < 2; bands++)
        for (size_t k = 0; k < 6; k++) {
            const double left = lefts[k / 2], top = tops[k % 2];
            const struct box b = { left, top, left + width, top + high };
            bool good = is_within(&b, f) && !crowd_covers_box(&l->page.crowd, &b, SIZE_MAX, AIR) &&
                        (bands || !is_on_band(l, cell, &b));
            for (size_t j = 0; j < cell->of->n && good; j++)
                good = clearance(&cell->lines[j], &b, AIR) >= AIR;
            if (good)
                return write_in(l, &b, cell->note);
        }
    for (size_t i = 0; i < l->of->n_panels; i++) /* all alike */
        l->cells[i].note_above = true;
    return false;
}

/* Words do not stand on the dotted lines, nor on bars. */
static void
crowd_lines(struct curves_layout *l, const struct curves_cell *cell)
{
    struct canvas_point at, low, high;

    for (size_t i = 0; i < cell->of->n; i++) {
        for (size_t k = 0; k < l->x.n_ticks; k++)
            if (curves_marks_bar(l, cell, i, k, &low, &high))
                crowd_add_box(&l->page.crowd, (struct box){ low.x, high.y, low.x, low.y });
        if (curves_marks_median(l, cell, i, &at)) {
            crowd_add_box(&l->page.crowd, (struct box){ at.x, at.y, at.x, cell->frame.bottom });
            crowd_add_box(&l->page.crowd, (struct box){ cell->frame.left, at.y, at.x, at.y });
        }
    }
}

bool
curves_names_put(struct curves_layout *l)
{
    bool placed = true;

    for (size_t i = 0; i < l->of->n_panels && placed; i++) {
        crowd_release(&l->page.crowd);
        crowd_lines(l, &l->cells[i]);
        if (!put_names(l, &l->cells[i])) {
            l->naming = l->naming == NAMES_AT_ENDS ? NAMES_ALONG : NAMES_IN_LEGEND;
            placed = false;
        } else
            placed = put_note(l, &l->cells[i]);
        l->page.failed |= l->page.crowd.failed;
    }
    return placed;
}
