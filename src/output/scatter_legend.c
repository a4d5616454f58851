/* The legend of a scatter: what its marks, lines and areas are. */
#include "scatter_layout.h"

#include <stdlib.h>

#define SAMPLE 18.0 /* of a line or an area */
#define SAMPLE_GAP 5.0
#define ENTRY_GAP 14.0
#define ENTRY_PITCH 16.0

static bool
is_marked(const struct scatter *s, size_t mark)
{
    for (size_t i = 0; i < s->n_points; i++)
        if (s->points[i].mark == mark && scatter_axes_show(s, &s->points[i].at))
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
    e->words = scatter_words_line(l, words, l->width - 2 * MARGIN - SAMPLE - SAMPLE_GAP);
    e->width = SAMPLE + SAMPLE_GAP + scatter_words_width(e->words, false);
    l->n_legend++;
}

void
scatter_legend_release(struct layout *l)
{
    for (size_t i = 0; i < l->n_legend; i++)
        free(l->legend[i].words);
    free(l->legend);
    l->legend = NULL;
    l->n_legend = 0;
}

/* Marks, lines and areas, side by side as far as the page goes; areas begin a row unless one holds all. */
void
scatter_legend_set(struct layout *l)
{
    const struct scatter *s = l->of;
    const double room = l->width - 2 * MARGIN;
    double x = 0, y = 0, whole = 0;

    scatter_legend_release(l);
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

static void
draw_entry(struct layout *l, const struct entry *e, double left, double top)
{
    const double x = left + e->x, y = top + e->y, middle = x + SAMPLE / 2;
    const struct canvas_point ends[] = { { x, y }, { x + SAMPLE, y } };
    const struct canvas_point box[] = { { x, y - 5 }, { x + SAMPLE, y - 5 },
                                        { x + SAMPLE, y + 5 }, { x, y + 5 } };

    if (e->kind == ENTRY_MARK)
        scatter_marks_draw(l, (enum scatter_mark)e->which, middle, y,
                           e->which == SCATTER_DIAMOND  ? DIAMOND_HALF
                           : e->which == SCATTER_BUBBLE ? 5
                                                        : RADIUS);
    else if (e->kind == ENTRY_LINE)
        canvas_path(&l->canvas, scatter_marks_style(l->of->lines[e->which].style), ends, 2);
    else {
        canvas_area(&l->canvas, scatter_marks_shade(l->of->areas[e->which].shade), box, 4);
        for (int i = 0; i < 4; i++)
            canvas_line(&l->canvas, INK_RULE, box[i].x, box[i].y, box[(i + 1) % 4].x,
                        box[(i + 1) % 4].y);
    }
    canvas_words(&l->canvas, ALIGN_LEFT, false, x + SAMPLE + SAMPLE_GAP, y, e->words);
}

void
scatter_legend_draw(struct layout *l, double top)
{
    for (size_t i = 0; i < l->n_legend; i++)
        draw_entry(l, &l->legend[i], MARGIN, top);
}
