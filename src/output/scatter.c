#include "dyad/output/scatter.h"

#include <stdlib.h>
#include <string.h>

#include "dyad/output/csv_table.h"

static char *
copied(const char *text, struct scatter *s)
{
    char *copy = text_copy(text);

    s->failed |= text && copy == NULL;
    return copy;
}

void
scatter_set(char **which, const char *text, struct scatter *s)
{
    char *copy = copied(text, s);

    free(*which);
    *which = copy;
}

/* Room for one more behind the ${n} of ${size} bytes at ${at}; storage doubles. */
static void *
with_room(void *at, size_t n, size_t size, struct scatter *s)
{
    if (s->failed || (n & (n - 1)) != 0) /* neither 0 nor a power of two: not full */
        return s->failed ? NULL : at;
    void *more = realloc(at, (n ? 2 * n : 1) * size);
    s->failed = more == NULL;
    return more;
}

static struct scatter_spot *
copied_spots(const struct scatter_spot *spots, size_t n, struct scatter *s)
{
    struct scatter_spot *copy = malloc((n + 1) * sizeof *copy);

    if (copy == NULL)
        s->failed = true;
    else if (n)
        memcpy(copy, spots, n * sizeof *copy);
    return copy;
}

void
scatter_put(struct scatter *s, enum scatter_mark mark, double x, double y, double weight,
            double rank, const char *label)
{
    struct scatter_point *more = with_room(s->points, s->n_points, sizeof *more, s);

    if (more == NULL)
        return;
    s->points = more;
    s->points[s->n_points++] = (struct scatter_point){
        .mark = mark, .at = { x, y }, .weight = weight, .rank = rank, .label = copied(label, s)
    };
}

void
scatter_line(struct scatter *s, enum scatter_style style, const struct scatter_spot *spots,
             size_t n, const char *label, enum scatter_naming naming)
{
    struct scatter_line *more = with_room(s->lines, s->n_lines, sizeof *more, s);

    if (more == NULL)
        return;
    s->lines = more;
    s->lines[s->n_lines++] = (struct scatter_line){
        .style = style, .naming = naming, .spots = copied_spots(spots, n, s), .n = n,
        .label = copied(label, s)
    };
}

void
scatter_area(struct scatter *s, unsigned shade, const struct scatter_spot *corners, size_t n,
             const char *label)
{
    struct scatter_area *more = with_room(s->areas, s->n_areas, sizeof *more, s);

    if (more == NULL)
        return;
    s->areas = more;
    s->areas[s->n_areas++] = (struct scatter_area){
        .shade = shade < SCATTER_SHADES ? shade : SCATTER_SHADES - 1,
        .spots = copied_spots(corners, n, s), .n = n, .label = copied(label, s)
    };
}

void
scatter_upright(struct scatter *s, enum scatter_style style, double x, const char *label,
                enum scatter_naming naming)
{
    const struct scatter_spot ends[] = { { x, -INFINITY }, { x, INFINITY } };

    scatter_line(s, style, ends, 2, label, naming);
}

void
scatter_level(struct scatter *s, enum scatter_style style, double y, const char *label,
              enum scatter_naming naming)
{
    const struct scatter_spot ends[] = { { -INFINITY, y }, { INFINITY, y } };

    scatter_line(s, style, ends, 2, label, naming);
}

void
scatter_release(struct scatter *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_points; i++)
        free(s->points[i].label);
    for (size_t i = 0; i < s->n_lines; i++) {
        free(s->lines[i].spots);
        free(s->lines[i].label);
    }
    for (size_t i = 0; i < s->n_areas; i++) {
        free(s->areas[i].spots);
        free(s->areas[i].label);
    }
    for (size_t i = 0; i < SCATTER_MARKS; i++)
        free(s->marks[i]);
    void *const rest[] = { s->points, s->lines, s->areas, s->title, s->caption, s->alternative,
                           s->x.title, s->y.title, s->slopes };
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        free(rest[i]);
    *s = (struct scatter)SCATTER_INIT;
}

/* ---- the numbers ---- */

static void
add_row(struct table *t, const char *kind, const char *look, size_t part, const char *label,
        struct scatter_spot at)
{
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "kind", kind);
    table_set_text(t, "look", look);
    table_set_count(t, "part", (int64_t)part + 1);
    table_set_text(t, "label", label ? label : "");
    table_set_number(t, "x", at.x);
    table_set_number(t, "y", at.y);
}

static void
add_rows(struct table *t, const struct scatter *s)
{
    static const char *const marks[] = { "bubble", "hollow", "filled", "diamond" };
    static const char *const styles[] = { "solid", "dashed", "dotted" };
    static const char *const shades[] = { "white", "light", "medium", "dark" };

    for (size_t i = 0; i < s->n_points; i++) {
        const struct scatter_point *p = &s->points[i];
        add_row(t, "point", marks[p->mark], i, p->label, p->at);
        table_set_number(t, "weight", p->weight);
    }
    for (size_t i = 0; i < s->n_lines; i++)
        for (size_t k = 0; k < s->lines[i].n; k++)
            add_row(t, "line", styles[s->lines[i].style], i, s->lines[i].label,
                    s->lines[i].spots[k]);
    for (size_t i = 0; i < s->n_areas; i++)
        for (size_t k = 0; k < s->areas[i].n; k++)
            add_row(t, "area", shades[s->areas[i].shade], i, s->areas[i].label,
                    s->areas[i].spots[k]);
}

enum dyad_status
scatter_numbers(const struct scatter *s, struct text *out)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "plot");

    table_column(t, "kind", COLUMN_LABEL);
    table_column(t, "look", COLUMN_LABEL);
    table_column(t, "part", COLUMN_NUMBER);
    table_column(t, "label", COLUMN_LABEL);
    table_column(t, "x", COLUMN_NUMBER);
    table_column(t, "y", COLUMN_NUMBER);
    table_column(t, "weight", COLUMN_NUMBER);
    add_rows(t, s);
    const bool whole = !s->failed && result_status(&r) == DYAD_OK;
    if (whole)
        csv_table_render(t, out);
    result_release(&r);
    return whole && !out->failed ? DYAD_OK : DYAD_NOMEM;
}
