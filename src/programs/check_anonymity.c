/* k-anonymity: how many records share each combination of the columns of --quasi. */
#include "check.h"

#include "analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 5 }; /* a class smaller than that is usually called too small */

struct classes {
    int64_t k, n, unique, below;
    size_t n_classes;
};

struct combining {
    struct crosstab_cell *cells; /* a copy that is sorted again for each column left out */
    size_t n, n_columns;
};

static size_t sorted_without; /* qsort has no context; this is one thread's work */
static size_t sorted_columns;

static int
by_codes(const void *a, const void *b)
{
    const struct crosstab_cell *x = a, *y = b;

    for (size_t i = 0; i < sorted_columns; i++)
        if (i != sorted_without && x->codes[i] != y->codes[i])
            return x->codes[i] < y->codes[i] ? -1 : 1;
    return 0;
}

static void
close_class(struct classes *c, int64_t n)
{
    c->n_classes++;
    c->n += n;
    c->unique += n == 1;
    c->below += n < FEW ? n : 0;
    if (c->k == 0 || n < c->k)
        c->k = n;
}

/* Classes by all columns but one (${without} behind the last: by all). */
static struct classes
classes_without(struct combining *g, size_t without)
{
    struct classes c = { 0, 0, 0, 0, 0 };
    int64_t open = 0;

    sorted_without = without;
    sorted_columns = g->n_columns;
    qsort(g->cells, g->n, sizeof *g->cells, by_codes);
    for (size_t i = 0; i < g->n; i++) {
        if (i && by_codes(&g->cells[i - 1], &g->cells[i]) != 0) {
            close_class(&c, open);
            open = 0;
        }
        open += g->cells[i].records;
    }
    if (g->n)
        close_class(&c, open);
    return c;
}

static void
add_row(struct table *t, const char *without, const struct classes *c, size_t rank)
{
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "without", without);
    table_set_count(t, "k", c->k);
    table_set_count(t, "unique", c->unique);
    table_set_count(t, "below_5", c->below);
    table_set_count(t, "classes", (int64_t)c->n_classes);
    table_set_count(t, "n", c->n);
    if (rank)
        table_set_count(t, "coarsen", (int64_t)rank);
}

/* Which column to coarsen first: without it the fewest records are alone, or in a small class. */
static size_t
rank_of(const struct classes *all, size_t n, size_t i)
{
    size_t rank = 1;

    for (size_t k = 0; k < n; k++)
        rank += all[k].unique < all[i].unique ||
                (all[k].unique == all[i].unique && (all[k].below < all[i].below || (all[k].below == all[i].below && k < i)));
    return rank;
}

static enum dyad_status
tabulate(struct checking *c, const char *const *names, struct combining *g)
{
    struct table *t = result_table(c->r, "anonymity");
    struct classes *without = calloc(g->n_columns + 1, sizeof *without);

    if (without == NULL)
        return DYAD_NOMEM;
    table_column(t, "without", COLUMN_LABEL);
    table_column(t, "k", COLUMN_COUNT);
    table_column(t, "unique", COLUMN_COUNT);
    table_column(t, "below_5", COLUMN_COUNT);
    table_column(t, "classes", COLUMN_COUNT);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "coarsen", COLUMN_COUNT);
    for (size_t i = 0; i <= g->n_columns; i++)
        without[i] = classes_without(g, i);
    add_row(t, "", &without[g->n_columns], 0);
    for (size_t i = 0; i < g->n_columns; i++)
        add_row(t, names[i], &without[i], rank_of(without, g->n_columns, i));
    result_note(c->r, "anonymity: k is the least number of records that share their values of all of --quasi (missing is a "
                      "value), unique how many records are alone; each further row leaves one column out, and coarsen "
                      "ranks which to coarsen first.");
    free(without);
    return DYAD_OK;
}

/* What is missing by the codebook; that its other rules are broken is told by the table of problems. */
static struct missing_list *
list_missing(const struct checking *c, const char *const *names, size_t n)
{
    const size_t typed = c->o->cohort.n_missing;
    struct missing_list *all = calloc(typed + n + 1, sizeof *all);

    if (all && typed)
        memcpy(all, c->o->cohort.missing, typed * sizeof *all);
    for (size_t i = 0; all && i < n; i++) {
        const struct codebook_field *f = codebook_find(c->codebook, names[i]);
        if (f)
            all[typed + i] = (struct missing_list){ f->name, f->missing, f->n_missing };
    }
    return all;
}

enum dyad_status
check_anonymity(struct checking *c, struct dyad_error *err)
{
    size_t n = 0;
    const char *const *names = option_list(c->o, "quasi", &n);
    struct cohort_options options = c->o->cohort;
    struct crosstab_spec spec = { .n_factors = n };
    struct cohort *cohort = NULL;
    void *sums = NULL;
    struct combining g = { NULL, 0, n };
    struct missing_list *missing = list_missing(c, names, n);
    enum dyad_status st = missing ? DYAD_OK : dyad_fail(err, DYAD_NOMEM, "out of memory");

    options.codebook = NULL;
    options.missing = missing;
    options.n_missing += n;
    if (st == DYAD_OK)
        st = cohort_open(&options, &cohort, err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = cohort_factor(cohort, names[i], LEVELS_UNLIMITED, &spec.factors[i], err);
    if (st == DYAD_OK && (st = analysis_run(cohort, &(struct crosstab_set){ &spec, 1 }, &sums, err)) == DYAD_OK) {
        const struct crosstab_cell *cells = crosstab_cells(sums, 0, &g.n);
        g.cells = cells ? malloc((g.n + 1) * sizeof *cells) : NULL;
        if (g.cells)
            memcpy(g.cells, cells, g.n * sizeof *cells);
        if (g.cells == NULL || (st = tabulate(c, names, &g)) != DYAD_OK)
            st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    }
    free(g.cells);
    crosstabs_free(sums);
    cohort_close(cohort);
    free(missing);
    return st;
}
