/* Tables of a report that set groups or analyses beside each other: records, characteristics. */
#include "report.h"

#include "dyad/output/numeral.h"

#include "suppression.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- cells -------------------------------------------------------------------------------- */

/* Rows of texts under way; what fails is the page's failure. */
struct grid {
    struct page *page;
    char **cells;
    bool *is_heading;
    size_t n_columns, n_rows, room;
};

static void
grid_row(struct grid *g, bool is_heading)
{
    if (g->n_rows == g->room) {
        const size_t room = g->room ? 2 * g->room : 16;
        char **cells = realloc(g->cells, room * g->n_columns * sizeof *cells);
        if (cells)
            g->cells = cells;
        bool *headings = cells ? realloc(g->is_heading, room * sizeof *headings) : NULL;
        if (headings == NULL) {
            g->page->body.failed = true;
            return;
        }
        g->is_heading = headings;
        g->room = room;
    }
    for (size_t i = 0; i < g->n_columns; i++)
        g->cells[g->n_rows * g->n_columns + i] = NULL;
    g->is_heading[g->n_rows++] = is_heading;
}

/* Takes the words of ${t} into a cell of the last row. */
static void
grid_take(struct grid *g, size_t column, struct text *t)
{
    char *words = text_steal(t);

    g->page->body.failed |= words == NULL;
    if (g->n_rows == 0 || g->page->body.failed) {
        free(words);
        return;
    }
    free(g->cells[(g->n_rows - 1) * g->n_columns + column]);
    g->cells[(g->n_rows - 1) * g->n_columns + column] = words;
}

static void
grid_put(struct grid *g, size_t column, const char *words)
{
    struct text t = TEXT_INIT;

    text_puts(&t, words);
    grid_take(g, column, &t);
}

static void
grid_show(struct grid *g, const char *title, const char *const *headings, const char *note)
{
    bool any = false;

    for (size_t i = 0; i < g->n_rows; i++)
        any = any || g->is_heading[i];
    if (!g->page->body.failed)
        page_grid(g->page, &(struct page_grid){ .title = title, .headings = headings, .n_columns = g->n_columns,
                                                .cells = (const char *const *)g->cells, .is_heading = any ? g->is_heading : NULL,
                                                .n_rows = g->n_rows, .note = note });
    for (size_t i = 0; i < g->n_rows * g->n_columns; i++)
        free(g->cells[i]);
    free(g->cells);
    free(g->is_heading);
}

/* --- the flow of records ------------------------------------------------------------------ */

/* "where EXPR" in words, if a population of the plan is that. */
static void
put_step(const struct plan *p, const char *step, struct text *out)
{
    const char *expression = strncmp(step, "where ", 6) == 0 ? step + 6 : NULL;

    for (size_t i = 0; expression && i < p->n_populations; i++)
        if (strcmp(p->populations[i].where, expression) == 0) {
            text_puts(out, p->populations[i].label);
            return;
        }
    text_puts(out, strcmp(step, "read") == 0 ? "Records read" : strcmp(step, "used") == 0 ? "Used" : step);
}

/* The steps that are the population's are named by its label, which each of them belongs to. */
static bool
is_of_population(const struct plan_population *p, const char *step)
{
    bool found = false;

    for (; p && !found; p = p->within)
        found = strcmp(p->where, step + strlen("where ")) == 0;
    return found;
}

void
report_population(const struct plan_answer *a, struct text *out)
{
    const struct plan_population *p = a->analysis->population;
    const struct table *flow = report_has_answer(a) ? result_find(&a->outcome.result, "flow") : NULL;
    bool any = false;

    if (p)
        text_printf(out, "Population: %s.", p->label);
    for (size_t row = 0; flow && row < flow->n_rows; row++) {
        const char *step = table_text(flow, row, "step");
        if (strncmp(step, "where ", 6) != 0 || is_of_population(p, step))
            continue;
        text_printf(out, "%s%s", any ? ", " : p ? " Only records " : "Only records ", step);
        any = true;
    }
    text_puts(out, any ? "." : "");
}

/* ", 736 left out": what a step keeps less than the one before it; nothing of a number that is not shown. */
static void
put_loss(const struct table *flow, size_t row, struct text *out)
{
    const struct cell *before = row ? table_cell(flow, row - 1, table_find_column(flow, "n")) : NULL;
    const struct cell *now = table_cell(flow, row, table_find_column(flow, "n"));

    if (now->state != CELL_COUNT) {
        text_puts(out, ": not shown");
        return;
    }
    text_puts(out, ": ");
    numeral_count(out, now->is.count);
    if (before && before->state == CELL_COUNT && before->is.count > now->is.count) {
        text_puts(out, " (");
        numeral_count(out, before->is.count - now->is.count);
        text_puts(out, " left out)");
    }
}

static bool
has_flow(const struct plan_answer *a)
{
    const struct table *flow = report_has_answer(a) ? result_find(&a->outcome.result, "flow") : NULL;
    return flow && flow->n_rows > 1;
}

/* Do both begin with the same records?  What each of them uses is said apart. */
static bool
same_records(const struct plan_answer *x, const struct plan_answer *y)
{
    const struct table *a = result_find(&x->outcome.result, "flow"), *b = result_find(&y->outcome.result, "flow");
    const struct result *r = &x->outcome.result, *q = &y->outcome.result;
    bool same = a->n_rows == b->n_rows && r->n_inputs && q->n_inputs && strcmp(r->inputs[0].path, q->inputs[0].path) == 0;

    for (size_t row = 0; same && row + 1 < a->n_rows; row++)
        same = strcmp(table_text(a, row, "step"), table_text(b, row, "step")) == 0;
    return same;
}

/* All steps but the last. */
static void
show_records(struct report *r, const struct table *flow)
{
    char **steps = calloc(flow->n_rows, sizeof *steps);
    size_t n = 0;

    for (size_t row = 0; steps && row + 1 < flow->n_rows; row++) {
        struct text t = TEXT_INIT;
        put_step(r->plan, table_text(flow, row, "step"), &t);
        put_loss(flow, row, &t);
        if ((steps[n] = text_steal(&t)) != NULL)
            n++;
    }
    r->page.body.failed |= steps == NULL || n + 1 < flow->n_rows;
    page_list(&r->page, (const char *const *)steps, n, PAGE_LIST_STEPS);
    for (size_t i = 0; i < n; i++)
        free(steps[i]);
    free(steps);
}

/* A row for each analysis of the same records as ${first}. */
static void
show_used(struct report *r, size_t first)
{
    static const char *const headings[] = { "Analysis", "Records used" };
    struct grid g = { .page = &r->page, .n_columns = 2 };

    for (size_t i = first; i < r->plan->n_analyses; i++) {
        const struct plan_answer *a = &r->answers[i];
        struct text used = TEXT_INIT;
        if (!has_flow(a) || !same_records(&r->answers[first], a))
            continue;
        const struct table *flow = result_find(&a->outcome.result, "flow");
        put_loss(flow, flow->n_rows - 1, &used);
        if (used.at)
            memmove(used.at, used.at + 2, used.length - 1); /* without its colon */
        grid_row(&g, false);
        grid_put(&g, 0, a->analysis->title);
        grid_take(&g, 1, &used);
    }
    grid_show(&g, "What is used of them", headings, NULL);
}

void
report_flow(struct report *r)
{
    bool begun = false;

    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct plan_answer *a = &r->answers[i];
        size_t first = 0;
        if (!has_flow(a))
            continue;
        while (!(has_flow(&r->answers[first]) && same_records(&r->answers[first], a)))
            first++;
        if (first < i)
            continue;
        if (!begun)
            page_section(&r->page, "Flow of records");
        begun = true;
        page_part(&r->page, a->analysis->population    ? a->analysis->population->label
                            : a->analysis->shares_data ? "All records"
                                                       : a->analysis->title);
        show_records(r, result_find(&a->outcome.result, "flow"));
        show_used(r, i);
    }
}

/* --- characteristics ---------------------------------------------------------------------- */

/* The groups of the table: how many rows from the first belong to one value. */
static size_t
groups_of(const struct table *t)
{
    size_t n = 0;

    if (table_find_column(t, "level") == t->n_columns)
        return 1;
    while (n < t->n_rows && strcmp(table_text(t, n, "column"), table_text(t, 0, "column")) == 0 &&
           strcmp(table_text(t, n, "value"), table_text(t, 0, "value")) == 0)
        n++;
    return n;
}

static void
put_cell(struct grid *g, size_t column, const struct table *t, size_t row, bool is_number)
{
    const struct cell *n = table_cell(t, row, table_find_column(t, is_number ? "n" : "events"));
    const double estimate = table_number(t, row, "estimate");
    struct text words = TEXT_INIT;

    if (n->state != CELL_COUNT || (isnan(estimate) && suppression_is_row(t, row))) {
        text_puts(&words, "*");
    } else if (isnan(estimate)) {
        text_puts(&words, "\u2013");
    } else if (is_number) {
        numeral_put(&words, NUMERAL_TENTHS, estimate);
        text_puts(&words, " (");
        numeral_put(&words, NUMERAL_TENTHS, table_number(t, row, "std_dev"));
        text_putc(&words, ')');
    } else {
        numeral_count(&words, n->is.count);
        text_puts(&words, " (");
        numeral_put(&words, NUMERAL_PERCENT, estimate);
        text_putc(&words, ')');
    }
    grid_take(g, column, &words);
}

/* The standardised differences of a characteristic, in the columns behind the groups. */
static void
put_differences(struct grid *g, const struct table *balance, const char *column, size_t groups)
{
    size_t at = groups + 1;

    for (size_t row = 0; balance && row < balance->n_rows && at < g->n_columns; row++) {
        const double d = table_number(balance, row, "std_diff");
        struct text words = TEXT_INIT;
        if (strcmp(table_text(balance, row, "column"), column) != 0)
            continue;
        if (isnan(d))
            text_puts(&words, suppression_is_row(balance, row) ? "*" : "\u2013");
        else
            numeral_put(&words, NUMERAL_CENTS, d);
        grid_take(g, at++, &words);
    }
}

static void
put_missing(struct grid *g, const struct table *t, size_t first, size_t groups)
{
    bool any = false;

    for (size_t i = 0; i < groups; i++) {
        const struct cell *c = table_cell(t, first + i, table_find_column(t, "missing"));
        any = any || c->state != CELL_COUNT || c->is.count > 0;
    }
    if (!any)
        return;
    grid_row(g, false);
    grid_put(g, 0, "Not known");
    for (size_t i = 0; i < groups; i++) {
        const struct cell *c = table_cell(t, first + i, table_find_column(t, "missing"));
        struct text words = TEXT_INIT;
        if (c->state == CELL_COUNT)
            numeral_count(&words, c->is.count);
        else
            text_putc(&words, '*');
        grid_take(g, 1 + i, &words);
    }
}

/* "smoker: 1" where the values are no and yes: one row says it. */
static bool
is_truth(const struct table *t, size_t first, size_t rows, size_t groups)
{
    return rows == 2 * groups && strcmp(table_text(t, first, "value"), "0") == 0 &&
           strcmp(table_text(t, first + groups, "value"), "1") == 0;
}

/* The codebook's label, else the plan's words for ${key}, else what stands in the file. */
static const char *
label_of(const struct report *r, const struct table *t, size_t row, const char *column, const char *key)
{
    const char *shown = table_shown(t, row, column), *text = table_text(t, row, column);
    const char *known = shown == text ? wordbook_find(&r->words, key) : NULL;

    return known ? known : shown;
}

static void
put_variable(const struct report *r, struct grid *g, const struct table *t, const struct table *balance, size_t first,
             size_t rows, size_t groups)
{
    const char *name = table_text(t, first, "column");
    const bool is_number = table_cell(t, first, table_find_column(t, "value"))->state == CELL_EMPTY;
    const bool one_row = is_number || is_truth(t, first, rows, groups);
    struct text label = TEXT_INIT;

    grid_row(g, true);
    text_printf(&label, "%s%s", label_of(r, t, first, "column", name), is_number ? ", mean (SD)" : one_row ? "" : ", n (%)");
    grid_take(g, 0, &label);
    put_differences(g, balance, name, groups);
    for (size_t row = first + (one_row && !is_number ? groups : 0); row < first + rows; row += groups) {
        if (!one_row) {
            const char *value = table_text(t, row, "value");
            struct text key = TEXT_INIT;
            text_printf(&key, "%s=%s", name, value);
            grid_row(g, false);
            grid_put(g, 0, label_of(r, t, row, "value", key.failed ? value : key.at));
            g->page->body.failed |= key.failed;
            text_release(&key);
        }
        for (size_t i = 0; i < groups; i++)
            put_cell(g, 1 + i, t, row + i, is_number);
    }
    put_missing(g, t, first, groups);
}

/* A group's heading, and how many it has. */
static char *
heading_of(const struct report *r, const struct table *t, size_t row, bool is_all)
{
    struct text h = TEXT_INIT, key = TEXT_INIT;
    const struct cell *n = table_cell(t, row, table_find_column(t, "n")),
                      *missing = table_cell(t, row, table_find_column(t, "missing"));

    if (!is_all)
        text_printf(&key, "%s=%s", table_text(t, row, "exposure"), table_text(t, row, "level"));
    text_puts(&h, is_all || key.failed ? "All" : label_of(r, t, row, "level", key.at));
    if (n->state == CELL_COUNT && missing->state == CELL_COUNT) {
        text_puts(&h, " (n\u00a0=\u00a0");
        numeral_count(&h, n->is.count + missing->is.count);
        text_putc(&h, ')');
    }
    h.failed |= key.failed;
    text_release(&key);
    return text_steal(&h);
}

static char *
heading_of_difference(const struct report *r, const struct table *balance, size_t row)
{
    struct text h = TEXT_INIT, key = TEXT_INIT;

    text_printf(&key, "%s=%s", table_text(balance, row, "exposure"), table_text(balance, row, "level"));
    text_printf(&h, "Std. diff., %s", key.failed ? "" : label_of(r, balance, row, "level", key.at));
    h.failed |= key.failed;
    text_release(&key);
    return text_steal(&h);
}

void
report_characteristics(struct report *r, const struct plan_answer *a)
{
    const struct table *t = result_find(&a->outcome.result, "characteristics");
    const size_t groups = t->n_rows ? groups_of(t) : 0;
    const struct table *balance = result_find(&a->outcome.result, "balance");
    struct grid g = { .page = &r->page, .n_columns = groups > 1 ? 2 * groups - 1 : 2 };
    char **headings = groups ? calloc(g.n_columns, sizeof *headings) : NULL;
    bool good = headings != NULL;

    if (groups == 0)
        return;
    for (size_t i = 0; good && i < g.n_columns; i++) {
        headings[i] = i == 0        ? text_copy("Characteristic")
                      : i <= groups ? heading_of(r, t, i - 1, i == 1)
                                    : heading_of_difference(r, balance, i - groups - 1);
        good = headings[i] != NULL;
    }
    for (size_t first = 0, last; good && first < t->n_rows; first = last) {
        for (last = first; last < t->n_rows &&
                           strcmp(table_text(t, last, "column"), table_text(t, first, "column")) == 0;)
            last++;
        put_variable(r, &g, t, balance, first, last - first, groups);
    }
    r->page.body.failed |= !good;
    grid_show(&g, a->analysis->title, (const char *const *)headings,
              groups > 1 ? "Percentages are of those whose value is known. Std. diff.: absolute standardised difference from "
                           "the reference group, which has none; below 0.1 is usually taken for balance."
                         : "Percentages are of those whose value is known.");
    for (size_t i = 0; headings && i < g.n_columns; i++)
        free(headings[i]);
    free(headings);
}
