#include "dyad/output/curves.h"

#include <stdlib.h>
#include <string.h>

#include "dyad/output/csv_table.h"

static char *
copied(const char *text, struct curves *c)
{
    char *copy = text_copy(text);

    c->failed |= text && copy == NULL;
    return copy;
}

void
curves_set(char **which, const char *text, struct curves *c)
{
    char *copy = copied(text, c);

    free(*which);
    *which = copy;
}

/* Room for one more behind the ${n} of ${size} bytes at ${at}; storage doubles. */
static void *
with_room(void *at, size_t n, size_t size, struct curves *c)
{
    if (c->failed || (n & (n - 1)) != 0) /* neither 0 nor a power of two: not full */
        return c->failed ? NULL : at;
    void *more = realloc(at, (n ? 2 * n : 1) * size);
    c->failed = more == NULL;
    return more;
}

void
curves_panel(struct curves *c, const char *title, const char *note)
{
    struct curves_panel *more = with_room(c->panels, c->n_panels, sizeof *more, c);

    if (more == NULL)
        return;
    c->panels = more;
    c->panels[c->n_panels++] = (struct curves_panel){ .title = copied(title, c),
                                                      .note = copied(note, c) };
}

struct curve *
curves_curve(struct curves *c, const char *name, double start, const struct curves_point *points,
             size_t n)
{
    static struct curve nowhere;

    if (c->n_panels == 0)
        curves_panel(c, NULL, NULL);
    if (c->failed)
        return &nowhere;
    struct curves_panel *p = &c->panels[c->n_panels - 1];
    struct curve *more = with_room(p->curves, p->n, sizeof *more, c);
    if (more == NULL)
        return &nowhere;
    p->curves = more;
    struct curve *made = &p->curves[p->n++];
    *made = (struct curve){ .name = copied(name, c), .start = start, .median = NAN };
    made->points = malloc((n + 1) * sizeof *points);
    c->failed |= made->points == NULL;
    if (made->points && n)
        memcpy(made->points, points, n * sizeof *points);
    made->n = made->points ? n : 0;
    return made;
}

void
curves_release(struct curves *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n_panels; i++) {
        struct curves_panel *p = &c->panels[i];
        for (size_t k = 0; k < p->n; k++) {
            free(p->curves[k].name);
            free(p->curves[k].row);
            free(p->curves[k].points);
        }
        free(p->curves);
        free(p->title);
        free(p->note);
    }
    void *const rest[] = { c->panels, c->title, c->x, c->y, c->risk, c->ticks, c->caption,
                           c->alternative };
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
        free(rest[i]);
    *c = (struct curves)CURVES_INIT;
}

/* ---- the numbers ---- */

/* A number at risk as the picture has it: hidden where it is small. */
static double
shown(const struct curves *c, double n_risk)
{
    return n_risk > 0 && n_risk < c->least_shown ? NAN : n_risk;
}

static void
add_rows(struct table *t, const struct curves *c, const struct curves_panel *p,
         const struct curve *of)
{
    for (size_t i = 0; i < of->n; i++) {
        const struct curves_point *at = &of->points[i];
        table_row(t, c->scale);
        table_set_text(t, "panel", p->title ? p->title : "");
        table_set_text(t, "curve", of->name ? of->name : "");
        table_set_number(t, "time", at->time);
        table_set_number(t, "estimate", at->value);
        table_set_number(t, "conf_low", at->low);
        table_set_number(t, "conf_high", at->high);
        table_set_number(t, "n_risk", shown(c, at->n_risk));
        table_set_number(t, "n_censor", at->n_censor);
        table_set_number(t, "median", of->median);
    }
}

enum dyad_status
curves_numbers(const struct curves *c, struct text *out)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "plot");

    table_column(t, "panel", COLUMN_LABEL);
    table_column(t, "curve", COLUMN_LABEL);
    table_column(t, "time", COLUMN_NUMBER);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "n_risk", COLUMN_NUMBER);
    table_column(t, "n_censor", COLUMN_NUMBER);
    table_column(t, "median", COLUMN_NUMBER);
    for (size_t i = 0; i < c->n_panels; i++)
        for (size_t k = 0; k < c->panels[i].n; k++)
            add_rows(t, c, &c->panels[i], &c->panels[i].curves[k]);
    const bool whole = !c->failed && result_status(&r) == DYAD_OK;
    if (whole)
        csv_table_render(t, out);
    result_release(&r);
    return whole && !out->failed ? DYAD_OK : DYAD_NOMEM;
}
