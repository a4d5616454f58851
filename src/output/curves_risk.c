/* The table of numbers at risk, below the ticks of its panel. */
#include "curves_layout.h"

#include <math.h>
#include <string.h>

#include "dyad/output/numeral.h"

#define NAMES_SHARE 0.28 /* of a panel; longer names stand above their numbers */

enum { NAME_LINES = 2 };

/* At risk at that time: just before the first time that is not earlier. */
static double
at_risk(const struct curve *c, double time)
{
    const double slack = 1e-9 * fabs(time);

    for (size_t i = 0; i < c->n; i++)
        if (c->points[i].time >= time - slack)
            return c->points[i].n_risk;
    return c->rest;
}

static void
write_number(const struct curves *c, double n, struct text *out)
{
    if (isnan(n))
        text_puts(out, "–");
    else if (n > 0 && n < c->least_shown)
        text_printf(out, "<%.0f", c->least_shown);
    else
        numeral_count(out, llround(n));
}

static const char *
row_name(const struct curve *c)
{
    return c->row ? c->row : c->name;
}

/* Panels side by side with the same rows have their names at the first. */
static bool
has_names(const struct curves_layout *l, const struct curves_cell *cell)
{
    return !l->names_once || (size_t)(cell - l->cells) % l->columns == 0;
}

static bool
has_row(const struct curve *c)
{
    return c->row == NULL || *c->row != '\0';
}

double
curves_risk_widest(const struct curves_layout *l)
{
    struct text words = TEXT_INIT;
    double most = 0;

    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->of->panels[i].n; k++)
            for (size_t j = 0; j < l->of->panels[i].curves[k].n; j++)
                most = fmax(most, l->of->panels[i].curves[k].points[j].n_risk);
    write_number(l->of, most, &words);
    const double width = words.failed ? 0 : scatter_words_width(words.at, false);
    text_release(&words);
    return width;
}

static double
widest_name(const struct curves_layout *l)
{
    double most = 0;

    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->cells[i].of->n; k++)
            most = fmax(most, scatter_words_widest(&l->cells[i].names[k]));
    return most;
}

static void
wrap_names(struct curves_layout *l, double width, size_t max_lines)
{
    for (size_t i = 0; i < l->of->n_panels; i++)
        for (size_t k = 0; k < l->cells[i].of->n; k++)
            scatter_words_wrap(&l->page, &l->cells[i].names[k],
                               row_name(&l->cells[i].of->curves[k]), width, max_lines, false);
}

static bool
is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
are_rows_alike(const struct curves_layout *l)
{
    const struct curves_panel *first = &l->of->panels[0];
    bool alike = true;

    for (size_t i = 1; i < l->of->n_panels && alike; i++) {
        const struct curves_panel *p = &l->of->panels[i];
        alike = p->n == first->n;
        for (size_t k = 0; k < p->n && alike; k++)
            alike = is_same(row_name(&p->curves[k]), row_name(&first->curves[k]));
    }
    return alike;
}

void
curves_risk_fit(struct curves_layout *l)
{
    l->names_once = are_rows_alike(l);
    if (l->of->risk == NULL)
        return;
    wrap_names(l, 1e6, 1);
    l->names_above = widest_name(l) > NAMES_SHARE * l->cell_width;
    if (l->names_above)
        wrap_names(l, l->cell_width - 2 * MARGIN - SAMPLE - SAMPLE_GAP, NAME_LINES);
}

double
curves_risk_names(const struct curves_layout *l)
{
    return l->names_above || widest_name(l) <= 0 ? 0 : SAMPLE + SAMPLE_GAP + widest_name(l) + 8;
}

double
curves_risk_height(const struct curves_layout *l, const struct curves_cell *cell)
{
    double height = RISK_GAP + RISK_PITCH;

    if (l->of->risk == NULL)
        return 0;
    for (size_t i = 0; i < cell->of->n; i++)
        if (has_row(&cell->of->curves[i]))
            height += RISK_PITCH +
                      (l->names_above ? CANVAS_LINE * (double)cell->names[i].lines : 0);
    return height;
}

static void
draw_numbers(struct curves_layout *l, const struct curves_cell *cell, const struct curve *of,
             double y)
{
    for (size_t k = 0; k < l->x.n_ticks; k++) {
        const double x = curves_axes_place(l, cell, l->x.ticks[k], 0).x;
        struct text words = TEXT_INIT;
        write_number(l->of, at_risk(of, l->x.ticks[k]), &words);
        l->page.failed |= words.failed;
        if (!words.failed)
            canvas_words(&l->page.canvas, ALIGN_CENTRE, false, x, y, words.at);
        text_release(&words);
    }
}

void
curves_risk_draw(struct curves_layout *l, const struct curves_cell *cell, double top)
{
    const double left = cell->left + MARGIN;
    double y = top + RISK_GAP + RISK_PITCH / 2;

    if (l->of->risk == NULL)
        return;
    if (has_names(l, cell))
        canvas_words(&l->page.canvas, ALIGN_LEFT, true, left, y, l->of->risk);
    for (size_t i = 0; i < cell->of->n; i++) {
        const struct curve *of = &cell->of->curves[i];
        const struct paragraph *name = &cell->names[i];
        if (!has_row(of))
            continue;
        y += RISK_PITCH;
        if (has_names(l, cell) && name->lines && of->row == NULL)
            curves_marks_sample(l, curves_marks_look(l, cell, i), left, y);
        if (has_names(l, cell))
            scatter_words_draw(&l->page, name, ALIGN_LEFT, false,
                               left + (of->row ? 0 : SAMPLE + SAMPLE_GAP), y);
        y += l->names_above ? CANVAS_LINE * (double)name->lines : 0;
        draw_numbers(l, cell, of, y);
    }
}
