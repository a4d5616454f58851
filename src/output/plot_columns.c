/* The columns of a plot: which stand where, on what their numbers are aligned, their headings. */
#include "plot_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

#define HEAD_SPARE 40.0  /* a heading may be that much wider than its column before it wraps */
#define GROUP_SPARE 24.0 /* so may one over several */
#define BRACKET_SPARE 2.0 /* besides the space before a bracket */
#define GROUP_RULE 5.0   /* below such a heading, with its rule */

/* ---- which stand where ---- */

/* The columns left of the axis in the order of their roles, then those right of it. */
struct arrangement {
    enum plot_column_role roles[PLOT_COLUMN_WEIGHT + 1];
    size_t n_left, n;
};

static const struct arrangement revman = {
    { PLOT_COLUMN_OTHER, PLOT_COLUMN_TREATED_EVENTS, PLOT_COLUMN_TREATED_TOTAL,
      PLOT_COLUMN_CONTROL_EVENTS, PLOT_COLUMN_CONTROL_TOTAL, PLOT_COLUMN_WEIGHT,
      PLOT_COLUMN_ESTIMATE_TEXT, PLOT_COLUMN_YEAR },
    8, 8
};
static const struct arrangement jama = {
    { PLOT_COLUMN_OTHER, PLOT_COLUMN_YEAR, PLOT_COLUMN_TREATED_EVENTS, PLOT_COLUMN_TREATED_TOTAL,
      PLOT_COLUMN_CONTROL_EVENTS, PLOT_COLUMN_CONTROL_TOTAL, PLOT_COLUMN_ESTIMATE_TEXT,
      PLOT_COLUMN_WEIGHT },
    7, 8
};

static bool
is_used(const struct plot *p, size_t i)
{
    if (p->columns[i].title && *p->columns[i].title)
        return true;
    for (size_t k = 0; k < p->n_panels; k++)
        for (size_t r = 0; r < p->panels[k].n_rows; r++)
            if (p->panels[k].rows[r].columns[i] && *p->panels[k].rows[r].columns[i])
                return true;
    return false;
}

static void
add_column(struct layout *l, size_t source, bool left)
{
    struct column_layout *c = &l->columns[l->n_columns++];

    *c = (struct column_layout){ .source = source, .joined = source, .left = left };
    c->words = layout_tied(l, l->plot->columns[source].title);
    c->group = layout_tied(l, l->plot->columns[source].group);
}

/* Events and their total in one column: it bears the group's name, the group both titles. */
static void
join(struct layout *l, struct column_layout *c, size_t total)
{
    const struct plot_column *columns = l->plot->columns;
    struct text both = TEXT_INIT;

    text_printf(&both, "%s/%s", columns[c->source].title ? columns[c->source].title : "",
                columns[total].title ? columns[total].title : "");
    c->joined = total;
    free(c->words);
    c->words = c->group;
    c->group = NULL;
    *(c->words ? &c->group : &c->words) = layout_tied(l, both.at);
    l->failed |= both.failed;
    text_release(&both);
}

static void
plan_by_role(struct layout *l, const struct arrangement *a, bool joining)
{
    const struct plot *p = l->plot;

    for (size_t r = 0; r < a->n; r++)
        for (size_t i = 0; i < PLOT_COLUMNS; i++) {
            if (p->columns[i].role != a->roles[r] || !is_used(p, i))
                continue;
            const bool follows = l->n_columns && (a->roles[r] == PLOT_COLUMN_TREATED_TOTAL ||
                                                  a->roles[r] == PLOT_COLUMN_CONTROL_TOTAL);
            struct column_layout *last = follows ? &l->columns[l->n_columns - 1] : NULL;
            if (joining && last && p->columns[last->source].role == a->roles[r - 1])
                join(l, last, i);
            else
                add_column(l, i, r < a->n_left);
        }
}

/* Neighbours with the same heading share it. */
static void
plan_groups(struct layout *l)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        const struct column_layout *c = &l->columns[i];
        if (c->group == NULL)
            continue;
        if (i && c[-1].group && c[-1].left == c->left && strcmp(c[-1].group, c->group) == 0)
            l->groups[l->n_groups - 1].last = i;
        else
            l->groups[l->n_groups++] = (struct group_layout){ .first = i, .last = i };
    }
}

void
layout_plan_columns(struct layout *l)
{
    const struct plot *p = l->plot;

    if (p->layout == PLOT_LAYOUT_PLAIN) {
        for (int left = 1; left >= 0; left--)
            for (size_t i = 0; i < PLOT_COLUMNS; i++)
                if (p->columns[i].left == left && is_used(p, i))
                    add_column(l, i, left);
    } else
        plan_by_role(l, p->layout == PLOT_LAYOUT_JAMA ? &jama : &revman,
                     p->layout == PLOT_LAYOUT_JAMA);
    plan_groups(l);
}

void
layout_release_columns(struct layout *l)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        free(l->columns[i].words);
        free(l->columns[i].group);
        free(l->columns[i].title.wrapped);
    }
    for (size_t i = 0; i < l->n_groups; i++)
        free(l->groups[i].title.wrapped);
}

/* ---- how wide they are ---- */

/* Where the part right of the anchor begins; the end if the cell has none. */
static const char *
anchor_in(const char *cell, enum anchor anchor)
{
    const char *at = NULL;

    if (anchor == ANCHOR_BRACKET) {
        at = strstr(cell, " (");
        if (at == NULL)
            at = strstr(cell, " [");
    } else if (anchor == ANCHOR_SLASH || anchor == ANCHOR_POINT)
        at = strchr(cell, anchor == ANCHOR_SLASH ? '/' : '.');
    return at ? at : cell + strlen(cell);
}

static bool
any_has(const struct layout *l, size_t i, enum anchor anchor)
{
    for (size_t k = 0; k < l->n_items; k++) {
        const char *cell = l->items[k].cells[i];
        if (cell && layout_is_numeric(cell) && *anchor_in(cell, anchor))
            return true;
    }
    return false;
}

static enum anchor
choose_anchor(const struct layout *l, size_t i)
{
    size_t numbers = 0, words = 0;

    for (size_t k = 0; k < l->n_items; k++) {
        const char *cell = l->items[k].cells[i];
        if (cell)
            *(layout_is_numeric(cell) ? &numbers : &words) += 1;
    }
    if (words > numbers)
        return ANCHOR_WORDS;
    for (enum anchor a = ANCHOR_BRACKET; a <= ANCHOR_POINT; a++)
        if (any_has(l, i, a))
            return a;
    return ANCHOR_RIGHT;
}

static double
widest_cell(const struct layout *l, size_t i, struct column_layout *c)
{
    double whole = 0;

    for (size_t k = 0; k < l->n_items; k++) {
        const struct item *item = &l->items[k];
        const char *cell = item->cells[i];
        if (cell == NULL)
            continue;
        const char *behind = layout_is_numeric(cell) ? anchor_in(cell, c->anchor) : NULL;
        const double width = layout_width_of(cell, item->bold_cells);
        if (behind == NULL || c->anchor == ANCHOR_WORDS || c->anchor == ANCHOR_RIGHT) {
            whole = fmax(whole, width);
            continue;
        }
        const double part = layout_width_of(behind, item->bold_cells);
        c->before = fmax(c->before, width - part);
        c->behind = fmax(c->behind, part);
    }
    if (c->anchor == ANCHOR_BRACKET)
        c->behind += BRACKET_SPARE;
    return fmax(whole, c->before + c->behind);
}

static void
measure_column(struct layout *l, size_t i)
{
    struct column_layout *c = &l->columns[i];

    c->anchor = choose_anchor(l, i);
    c->width = widest_cell(l, i, c);
    if (c->words == NULL)
        return;
    const double at_once = layout_width_of(c->words, true);
    const double least = fmin(layout_longest(c->words, " ", true), CELL_MOST);
    const double width = at_once <= c->width + HEAD_SPARE ? at_once : fmax(c->width, least);
    layout_wrap(l, &c->title, c->words, width, HEAD_LINES, true);
    c->width = fmax(c->width, layout_longest(c->title.wrapped, "\n", true));
}

/* Columns make room for the words above them. */
static void
measure_group(struct layout *l, struct group_layout *g)
{
    const char *words = l->columns[g->first].group;
    const double n = (double)(g->last - g->first + 1);
    double span = COLUMN_GAP * (n - 1);

    for (size_t i = g->first; i <= g->last; i++)
        span += l->columns[i].width;
    const double at_once = layout_width_of(words, true);
    const double least = fmin(layout_longest(words, " ", true), CELL_MOST);
    const double width = fmax(span, at_once <= span + GROUP_SPARE ? at_once : least);
    for (size_t i = g->first; i <= g->last; i++)
        l->columns[i].width += (width - span) / n;
    layout_wrap(l, &g->title, words, width, HEAD_LINES, true);
}

void
layout_measure_columns(struct layout *l)
{
    for (size_t i = 0; i < l->n_columns && !l->failed; i++)
        measure_column(l, i);
    for (size_t i = 0; i < l->n_groups && !l->failed; i++)
        measure_group(l, &l->groups[i]);
}

double
layout_side_width(const struct layout *l, bool left)
{
    double sum = 0;

    for (size_t i = 0; i < l->n_columns; i++)
        if (l->columns[i].left == left)
            sum += COLUMN_GAP + l->columns[i].width;
    return sum;
}

double
layout_place_columns(struct layout *l, bool left, double x)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        struct column_layout *c = &l->columns[i];
        if (c->left != left)
            continue;
        c->x = x + COLUMN_GAP;
        x = c->x + c->width;
    }
    return x;
}

/* ---- on the page ---- */

static size_t
title_lines(const struct layout *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->n_columns; i++)
        if (l->columns[i].title.lines > most)
            most = l->columns[i].title.lines;
    return most;
}

double
layout_head_height(const struct layout *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->n_groups; i++)
        if (l->groups[i].title.lines > most)
            most = l->groups[i].title.lines;
    return CANVAS_LINE * (double)(title_lines(l) + most) + (most ? GROUP_RULE : 0);
}

/* Titles stand on ${bottom}, the groups above the highest of them. */
void
layout_draw_heads(struct layout *l, double bottom)
{
    const double rule = bottom - CANVAS_LINE * (double)title_lines(l) - GROUP_RULE / 2;

    for (size_t i = 0; i < l->n_columns; i++) {
        const struct column_layout *c = &l->columns[i];
        const enum canvas_align align = c->anchor == ANCHOR_WORDS ? ALIGN_LEFT
                                        : c->source != c->joined  ? ALIGN_CENTRE
                                                                  : ALIGN_RIGHT;
        layout_draw_lines(l, &c->title, align, true, c->x + c->width * (double)align / ALIGN_RIGHT,
                          bottom - CANVAS_LINE * ((double)c->title.lines - 0.5));
    }
    for (size_t i = 0; i < l->n_groups; i++) {
        const struct group_layout *g = &l->groups[i];
        const double left = l->columns[g->first].x;
        const double right = l->columns[g->last].x + l->columns[g->last].width;
        canvas_line(&l->canvas, INK_RULE, left, rule, right, rule);
        layout_draw_lines(l, &g->title, ALIGN_CENTRE, true, (left + right) / 2,
                          rule - GROUP_RULE / 2 - CANVAS_LINE * ((double)g->title.lines - 0.5));
    }
}

static void
draw_cell(struct layout *l, const struct column_layout *c, const char *cell, bool bold, double y)
{
    const char *behind = anchor_in(cell, c->anchor);
    const double right = c->x + c->width;
    struct text part = TEXT_INIT;

    if (c->anchor == ANCHOR_WORDS) {
        canvas_words(&l->canvas, ALIGN_LEFT, bold, c->x, y, cell);
        return;
    }
    if (!layout_is_numeric(cell) || c->anchor == ANCHOR_RIGHT) {
        canvas_words(&l->canvas, ALIGN_RIGHT, bold, right, y, cell);
        return;
    }
    text_put(&part, cell, (size_t)(behind - cell));
    l->failed |= part.failed;
    if (!part.failed)
        canvas_words(&l->canvas, ALIGN_RIGHT, bold, right - c->behind, y, part.at);
    if (c->anchor == ANCHOR_BRACKET)
        canvas_words(&l->canvas, ALIGN_RIGHT, bold, right, y, behind + strspn(behind, " "));
    else
        canvas_words(&l->canvas, ALIGN_LEFT, bold, right - c->behind, y, behind);
    text_release(&part);
}

void
layout_draw_cells(struct layout *l, const struct item *item, double y)
{
    for (size_t i = 0; i < l->n_columns; i++)
        if (item->cells[i])
            draw_cell(l, &l->columns[i], item->cells[i], item->bold_cells, y);
}
