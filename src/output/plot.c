#include "dyad/output/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/csv_table.h"

static char *
copied(const char *text, struct plot *p)
{
    char *copy = text_copy(text);

    p->failed |= text && copy == NULL;
    return copy;
}

void
plot_set(char **which, const char *text, struct plot *p)
{
    char *copy = copied(text, p);

    free(*which);
    *which = copy;
}

void
plot_column(struct plot *p, size_t i, enum plot_column_role role, const char *group,
            const char *title, bool left)
{
    struct plot_column *c = &p->columns[i];

    plot_set(&c->group, group, p);
    plot_set(&c->title, title, p);
    c->role = role;
    c->left = left;
}

void
plot_panel(struct plot *p, const char *title)
{
    if (p->failed)
        return;
    struct plot_panel *more = realloc(p->panels, (p->n_panels + 1) * sizeof *more);
    if (more == NULL) {
        p->failed = true;
        return;
    }
    p->panels = more;
    p->panels[p->n_panels++] = (struct plot_panel){ .title = copied(title, p) };
}

/* Room for one more row of the last panel; storage doubles. */
static struct plot_row *
next_row(struct plot *p)
{
    if (p->n_panels == 0)
        plot_panel(p, NULL);
    if (p->failed)
        return NULL;
    struct plot_panel *panel = &p->panels[p->n_panels - 1];
    const size_t n = panel->n_rows;

    if ((n & (n - 1)) == 0) { /* 0 or a power of two: full */
        struct plot_row *more = realloc(panel->rows, (n ? 2 * n : 1) * sizeof *more);
        if (more == NULL) {
            p->failed = true;
            return NULL;
        }
        panel->rows = more;
    }
    panel->n_rows++;
    return &panel->rows[n];
}

void
plot_row(struct plot *p, enum plot_mark mark, const char *label,
         const char *const columns[PLOT_COLUMNS], double estimate, double low, double high,
         double weight)
{
    struct plot_row *row = next_row(p);

    if (row == NULL)
        return;
    *row = (struct plot_row){ .mark = mark, .estimate = estimate, .low = low, .high = high,
                              .weight = weight, .pred_low = NAN, .pred_high = NAN };
    row->label = copied(label, p);
    for (size_t i = 0; columns && i < PLOT_COLUMNS; i++)
        row->columns[i] = copied(columns[i], p);
}

void
plot_words(struct plot *p, enum plot_mark mark, const char *label)
{
    plot_row(p, mark, label, NULL, NAN, NAN, NAN, NAN);
}

void
plot_prediction(struct plot *p, double low, double high)
{
    if (p->failed)
        return;
    const struct plot_panel *panel = &p->panels[p->n_panels - 1];
    panel->rows[panel->n_rows - 1].pred_low = low;
    panel->rows[panel->n_rows - 1].pred_high = high;
}

static void
row_release(struct plot_row *row)
{
    free(row->label);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        free(row->columns[i]);
}

void
plot_release(struct plot *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n_panels; i++) {
        for (size_t k = 0; k < p->panels[i].n_rows; k++)
            row_release(&p->panels[i].rows[k]);
        free(p->panels[i].rows);
        free(p->panels[i].title);
    }
    free(p->panels);
    char *const words[] = { p->title, p->axis, p->label_title, p->favours_low, p->favours_high,
                            p->caption };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        free(words[i]);
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        free(p->columns[i].title);
        free(p->columns[i].group);
    }
    *p = (struct plot)PLOT_INIT;
}

/* ---- its numbers ---- */

static bool
has_column(const struct plot *p, size_t i)
{
    if (p->columns[i].title)
        return true;
    for (size_t k = 0; k < p->n_panels; k++)
        for (size_t r = 0; r < p->panels[k].n_rows; r++)
            if (p->panels[k].rows[r].columns[i])
                return true;
    return false;
}

static bool
has_prediction(const struct plot *p)
{
    for (size_t k = 0; k < p->n_panels; k++)
        for (size_t r = 0; r < p->panels[k].n_rows; r++)
            if (!isnan(p->panels[k].rows[r].pred_low) || !isnan(p->panels[k].rows[r].pred_high))
                return true;
    return false;
}

/* A column under its headings, or with underscores behind them if that is taken. */
static void
add_title(struct table *t, const struct plot_column *c, size_t i)
{
    static const char *const ours[] = { "estimate", "conf_low", "conf_high", "weight", "pred_low",
                                        "pred_high" };
    struct text name = TEXT_INIT;

    if (c->group && *c->group)
        text_puts(&name, c->group);
    if (c->title && *c->title)
        text_printf(&name, "%s%s", name.length ? " " : "", c->title);
    if (name.length == 0)
        text_printf(&name, "column_%zu", i + 1);
    for (bool taken = !name.failed; taken;) {
        taken = table_find_column(t, name.at) < t->n_columns;
        for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++)
            taken |= strcmp(name.at, ours[k]) == 0;
        if (taken)
            text_putc(&name, '_');
        taken &= !name.failed;
    }
    if (name.failed)
        *t->failed = true;
    else
        table_column(t, name.at, COLUMN_LABEL);
    text_release(&name);
}

static void
add_row(struct table *t, const struct plot *p, const char *panel, const struct plot_row *row)
{
    static const char *const marks[] = {
        [PLOT_HEADING] = "heading",   [PLOT_SQUARE] = "square", [PLOT_DIAMOND] = "diamond",
        [PLOT_SUBTOTAL] = "subtotal", [PLOT_TOTAL] = "total",   [PLOT_HOLLOW] = "hollow"
    };
    const char *label = row->label ? row->label : "";
    size_t at = 3; /* behind panel, label and mark */

    table_row(t, p->scale);
    table_set_text(t, "panel", panel ? panel : "");
    table_set_text(t, "label", label);
    table_set_text(t, "mark", marks[row->mark]);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        if (has_column(p, i)) {
            if (row->columns[i] && at < t->n_columns)
                table_set_text(t, t->columns[at].name, row->columns[i]);
            at++;
        }
    if (row->mark == PLOT_HEADING)
        return;
    table_set_number(t, "estimate", row->estimate);
    table_set_number(t, "conf_low", row->low);
    table_set_number(t, "conf_high", row->high);
    table_set_number(t, "weight", row->weight);
    if (table_find_column(t, "pred_low") < t->n_columns) {
        table_set_number(t, "pred_low", row->pred_low);
        table_set_number(t, "pred_high", row->pred_high);
    }
}

static void
add_columns(struct table *t, const struct plot *p)
{
    static const char *const words[] = { "panel", "label", "mark" };

    for (size_t i = 0; i < 3; i++)
        table_column(t, words[i], COLUMN_LABEL);
    for (size_t i = 0; i < PLOT_COLUMNS; i++)
        if (has_column(p, i))
            add_title(t, &p->columns[i], i);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "weight", COLUMN_NUMBER);
    if (has_prediction(p)) {
        table_column(t, "pred_low", COLUMN_NUMBER);
        table_column(t, "pred_high", COLUMN_NUMBER);
    }
}

enum dyad_status
plot_numbers(const struct plot *p, struct text *out)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "plot");

    add_columns(t, p);
    for (size_t i = 0; i < p->n_panels; i++)
        for (size_t k = 0; k < p->panels[i].n_rows; k++) {
            const struct plot_row *row = &p->panels[i].rows[k];
            if (row->mark != PLOT_NOTE && row->mark != PLOT_BLANK)
                add_row(t, p, p->panels[i].title, row);
        }
    const bool whole = !p->failed && result_status(&r) == DYAD_OK;
    if (whole)
        csv_table_render(t, out);
    result_release(&r);
    return whole && !out->failed ? DYAD_OK : DYAD_NOMEM;
}
