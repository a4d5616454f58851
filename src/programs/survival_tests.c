/* dyad survival: tests between groups. */
#include "survival.h"

#include "dyad/stats/gray.h"
#include "dyad/stats/logrank.h"

#include <math.h>
#include <stdlib.h>

static const struct {
    const char *name;
    enum logrank_weight weight;
    double rho;
} kinds[SURVIVAL_TESTS] = {
    [TEST_LOGRANK] = { "logrank", LOGRANK_EQUAL, 0 },
    [TEST_PETO_PETO] = { "peto-peto", LOGRANK_FLEMING_HARRINGTON, 1 },
    [TEST_PETO_1972] = { "peto-1972", LOGRANK_PETO_PETO, 0 },
    [TEST_ANDERSEN] = { "andersen", LOGRANK_PRENTICE, 0 },
    [TEST_GEHAN] = { "gehan", LOGRANK_GEHAN, 0 },
    [TEST_TARONE_WARE] = { "tarone-ware", LOGRANK_TARONE_WARE, 0 },
};

static const struct test undefined = { NAN, NAN, NAN };

/* What the tests are made of, and where they write. */
struct testing {
    struct survival_job *j;
    struct table *t;
    struct survival_table *tables; /* strata side by side; borrowed */
    size_t strata;
    double *observed, *expected, *covariance, *scores;
    struct logrank_work work;
    struct gray_work gray;
    bool some_undefined;
};

static bool
prepare(struct testing *g)
{
    const struct survival_job *j = g->j;
    const size_t n = j->n_groups;

    g->strata = j->n_strata ? j->n_strata : 1;
    g->tables = calloc(g->strata * n + 1, sizeof *g->tables);
    g->observed = calloc(3 * n + n * n + 1, sizeof *g->observed);
    if (g->tables == NULL || g->observed == NULL)
        return false;
    g->expected = g->observed + n;
    g->scores = g->expected + n;
    g->covariance = g->scores + n;
    for (size_t h = 0; h < g->strata; h++)
        for (size_t i = 0; i < n; i++)
            g->tables[h * n + i] = j->groups[i].tables[j->n_strata ? 1 + h : 0];
    return true;
}

/* Numbers, or the order that was asked for; false where the groups have neither. */
static bool
find_scores(const struct survival_job *j, double *scores)
{
    bool all = j->by.n == 1;

    for (size_t g = 0; all && g < j->n_groups; g++) {
        size_t n;
        const struct level *levels = cohort_levels(j->cohort, j->by.factors[0], &n);
        if (cohort_is_ordered(j->cohort, j->by.factors[0]))
            scores[g] = j->groups[g].codes[0];
        else
            all = level_is_number(&levels[j->groups[g].codes[0] - 1], &scores[g]);
    }
    return all;
}

static void
test_row(struct testing *g, const char *name, const char *cause, const struct test *test)
{
    struct table *t = g->t;

    table_row(t, SCALE_NUMBER);
    table_set_text(t, "test", name);
    if (cause)
        table_set_text(t, "cause", cause);
    table_set_number(t, "statistic", test->statistic);
    table_set_number(t, "df", test->df);
    table_set_number(t, "p_value", test->p_value);
    g->some_undefined = g->some_undefined || isnan(test->statistic);
}

static enum dyad_status
weighted(struct testing *g, const char *name, const struct logrank_method *method)
{
    struct test test = undefined;
    const enum dyad_status st = logrank(g->tables, g->j->n_groups, g->strata, method, &g->work, g->observed, g->expected,
                                        g->covariance, &test); /* DYAD_DOMAIN of one group */

    if (st == DYAD_NOMEM)
        return st;
    test_row(g, name, NULL, &test);
    return DYAD_OK;
}

static enum dyad_status
weighted_tests(struct testing *g)
{
    const struct survival_choices *how = &g->j->how;
    enum dyad_status st = DYAD_OK;

    for (size_t k = 0; k < SURVIVAL_TESTS && st == DYAD_OK; k++) {
        if (!how->tests[k])
            continue;
        st = weighted(g, kinds[k].name, &(struct logrank_method){ kinds[k].weight, kinds[k].rho, 0 });
        if (st == DYAD_OK && k == TEST_LOGRANK && g->j->n_groups > 2 && find_scores(g->j, g->scores)) {
            struct test trend = undefined;
            if (logrank_trend(g->scores, g->j->n_groups, g->observed, g->expected, g->covariance, &trend) != DYAD_OK)
                trend = undefined;
            test_row(g, "trend", NULL, &trend);
        }
    }
    if (st == DYAD_OK && how->fleming_harrington)
        st = weighted(g, "fleming-harrington",
                      &(struct logrank_method){ LOGRANK_FLEMING_HARRINGTON, how->rho, how->gamma });
    return st;
}

/* Late entry has no such test: its rows stay empty. */
static enum dyad_status
gray_tests(struct testing *g)
{
    enum dyad_status st = DYAD_OK;

    for (size_t cause = 1; g->j->n_causes > 1 && cause <= g->j->n_causes && st != DYAD_NOMEM; cause++) {
        struct test test = undefined;
        st = gray(g->tables, g->j->n_groups, g->strata, cause, 0, &g->gray, g->observed, g->covariance, &test);
        if (st != DYAD_NOMEM)
            test_row(g, "gray", survival_cause(g->j, cause), &test);
    }
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

enum dyad_status
survival_tests(struct survival_job *j, struct dyad_error *err)
{
    struct testing g = { .j = j, .work = LOGRANK_WORK_INIT, .gray = GRAY_WORK_INIT };
    enum dyad_status st = DYAD_OK;

    if (j->by.n == 0)
        return DYAD_OK;
    g.t = result_table(j->r, "tests");
    table_column(g.t, "test", COLUMN_LABEL);
    if (j->n_causes > 1)
        table_column(g.t, "cause", COLUMN_LABEL);
    table_column(g.t, "statistic", COLUMN_STATISTIC);
    table_column(g.t, "df", COLUMN_DF);
    table_column(g.t, "p_value", COLUMN_P_VALUE);
    if (j->n_groups > TESTED_GROUPS_MAX)
        result_note(j->r, "No tests: there are more than %d groups.", TESTED_GROUPS_MAX);
    else if (!prepare(&g) || (st = weighted_tests(&g)) != DYAD_OK || (st = gray_tests(&g)) != DYAD_OK)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (j->n_groups == 1)
        result_note(j->r, "Tests are empty: there is one group.");
    else if (g.some_undefined && !(j->n_causes > 1 && j->entry.wanted))
        result_note(j->r, "Tests are empty where nobody has an event while others, of another group, are at risk.");
    logrank_work_release(&g.work);
    gray_work_release(&g.gray);
    free(g.tables);
    free(g.observed);
    return st;
}
