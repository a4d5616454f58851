#include "dyad/stats/bootstrap.h"

#include <stdatomic.h>

#include "value_lines.h"

static void
has_the_limits_of_boot(void)
{
    static struct value_lines v;
    static double replicates[1000];

    value_lines_open(&v, "tests/values/diagnostics_bootstrap.gz");
    while (value_lines_next(&v)) {
        const size_t n = (size_t)value_next(&v);
        const double level = value_next(&v), value = value_next(&v);
        struct estimate normal, percentile;

        CHECK(n <= 1000);
        for (size_t i = 0; i < n; i++)
            replicates[i] = value_next(&v);
        CHECK(bootstrap_interval(replicates, n, value, BOOTSTRAP_NORMAL, level, &normal) == DYAD_OK);
        CHECK(bootstrap_interval(replicates, n, value, BOOTSTRAP_PERCENTILE, level, &percentile) == DYAD_OK);
        CHECK_REL(normal.std_error, value_next(&v), 1e-14);
        CHECK_REL(normal.lower, value_next(&v), 1e-13);
        CHECK_REL(normal.upper, value_next(&v), 1e-13);
        CHECK_REL(percentile.lower, value_next(&v), 1e-13);
        CHECK_REL(percentile.upper, value_next(&v), 1e-13);
        CHECK(normal.value == value && percentile.std_error == normal.std_error);
        value_lines_end(&v);
    }
    CHECK(v.n == 24);
}

/* A mean of y by x in 0 and 1, whose coefficients are (mean y at 0, difference). */
struct two_groups {
    size_t n, fail_every, fail_of_ten;
    const double *x, *y;
    enum dyad_status status;
};

static atomic_size_t calls;

static enum dyad_status
fit_two_groups(const double *weights, double *beta, const void *context)
{
    const struct two_groups *g = context;
    const size_t call = ++calls;
    double n[2] = { 0, 0 }, sum[2] = { 0, 0 };

    if ((g->fail_every && call % g->fail_every == 0) || call % 10 < g->fail_of_ten)
        return g->status;
    for (size_t i = 0; i < g->n; i++) {
        n[g->x[i] > 0] += weights[i];
        sum[g->x[i] > 0] += weights[i] * g->y[i];
    }
    if (n[0] == 0 || n[1] == 0)
        return DYAD_DOMAIN;
    beta[0] = sum[0] / n[0];
    beta[1] = sum[1] / n[1] - beta[0];
    return DYAD_OK;
}

enum { PEOPLE = 400 };

static double group[PEOPLE], outcome[PEOPLE], at_0[2 * PEOPLE], at_1[2 * PEOPLE];
static const double *const both[] = { at_0, at_1 };

/* Outcome: 30 of 200 and 60 of 200. */
static struct two_groups
two_groups(double beta[2])
{
    struct two_groups g = { .n = PEOPLE, .x = group, .y = outcome };

    for (size_t i = 0; i < PEOPLE; i++) {
        group[i] = i >= PEOPLE / 2;
        outcome[i] = i < 30 || (i >= PEOPLE / 2 && i < PEOPLE / 2 + 60);
        at_0[2 * i] = at_1[2 * i] = at_1[2 * i + 1] = 1;
    }
    beta[0] = 0.15;
    beta[1] = 0.15;
    return g;
}

/* The errors of two proportions and of their difference, within 4 Monte Carlo errors. */
static void
bootstraps_what_theory_says(void)
{
    enum { TIMES = 2000 };
    const double far = 4 / sqrt(2.0 * TIMES);
    double beta[2];
    struct two_groups g = two_groups(beta);
    const struct standard_model model = { STANDARD_IDENTITY, 2, 2, beta, NULL };
    const struct standard_rows rows = { PEOPLE, both, NULL, NULL };
    struct bootstrap how = { .seed = 20240711, .replicates = TIMES, .limits = BOOTSTRAP_PERCENTILE,
                             .refit = fit_two_groups, .context = &g };
    struct standardized a[2], b[2];
    size_t failed = 99;

    calls = 0;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, a, &failed) == DYAD_OK && failed == 0);
    CHECK(calls == TIMES);
    CHECK_REL(a[0].mean.std_error, sqrt(0.15 * 0.85 / 200), far);
    CHECK_REL(a[1].mean.std_error, sqrt(0.3 * 0.7 / 200), far);
    CHECK_REL(a[1].difference.std_error, sqrt(0.15 * 0.85 / 200 + 0.3 * 0.7 / 200), far);
    CHECK_REL(a[1].ratio.std_error, sqrt(0.85 / 0.15 / 200 + 0.7 / 0.3 / 200), 1.5 * far);
    CHECK_REL(a[1].ratio.value, 2, 1e-15);
    CHECK(a[1].ratio.lower > 1.2 && a[1].ratio.lower < 1.5 && a[1].ratio.upper > 2.6 && a[1].ratio.upper < 3.4);
    CHECK(a[0].difference.value == 0 && isnan(a[0].difference.lower) && a[0].ratio.value == 1);
    /* Again from the same seed, on three threads; with the other limits. */
    how.threads = 3;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, b, &failed) == DYAD_OK);
    CHECK(b[1].ratio.lower == a[1].ratio.lower && b[1].difference.upper == a[1].difference.upper);
    how.limits = BOOTSTRAP_NORMAL;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, b, &failed) == DYAD_OK);
    CHECK(b[1].ratio.std_error == a[1].ratio.std_error);
    CHECK_REL(log(b[1].ratio.upper) - log(b[1].ratio.lower), 2 * 1.959963984540054 * a[1].ratio.std_error, 1e-13);
}

static void
says_how_many_fits_failed(void)
{
    double beta[2];
    struct two_groups g = two_groups(beta);
    const struct standard_model model = { STANDARD_IDENTITY, 2, 2, beta, NULL };
    struct standard_rows rows = { PEOPLE, both, NULL, NULL };
    struct bootstrap how = { .seed = 1, .replicates = 30, .limits = BOOTSTRAP_NORMAL,
                             .refit = fit_two_groups, .context = &g };
    static double halves[PEOPLE] = { 0.5, 0.5 };
    struct standardized out[2] = { { .mean.value = -1 } };
    size_t failed = 99;

    g.status = DYAD_NOMEM;
    g.fail_every = 20;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_NOMEM);
    g.status = DYAD_NOCONV;
    g.fail_every = 0;
    g.fail_of_ten = 6;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_NOCONV);
    g.fail_of_ten = 0;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0, out, &failed) == DYAD_DOMAIN);
    rows.weights = halves;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_DOMAIN);
    CHECK(out[0].mean.value == -1 && failed == 99);
    rows.weights = NULL;
    calls = 0;
    g.fail_every = 3;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_OK && failed == 10);
    CHECK_REL(out[0].mean.value, 0.15, 1e-15);
    CHECK(out[0].mean.std_error > 0.01 && out[0].mean.std_error < 0.05);
}

/*
 * Clusters of 10 people who are alike have the errors of the clusters: those of a proportion of 40
 * clusters, not of 400 people.  Theory: binomial variance of 20 clusters an arm.
 */
static void
draws_whole_clusters(void)
{
    enum { TIMES = 2000, SIZE = 10 };
    static uint32_t cluster[PEOPLE];
    double beta[2];
    struct two_groups g = two_groups(beta);
    const struct standard_model model = { STANDARD_IDENTITY, 2, 2, beta, NULL };
    const struct standard_rows rows = { PEOPLE, both, NULL, NULL };
    struct bootstrap how = { .seed = 5, .replicates = TIMES, .limits = BOOTSTRAP_NORMAL, .cluster = cluster,
                             .clusters = PEOPLE / SIZE, .refit = fit_two_groups, .context = &g, .threads = 2 };
    struct standardized out[2];
    size_t failed;

    for (size_t i = 0; i < PEOPLE; i++)
        cluster[i] = (uint32_t)(i / SIZE);
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_OK && failed == 0);
    CHECK_REL(out[0].mean.std_error, sqrt(0.15 * 0.85 / 20), 0.1);
    CHECK_REL(out[1].mean.std_error, sqrt(0.3 * 0.7 / 20), 0.1);
    cluster[3] = PEOPLE / SIZE;
    CHECK(bootstrap_standardization(&model, &rows, &how, 0.95, out, &failed) == DYAD_DOMAIN);
}

static void
refuses_too_few_replicates(void)
{
    double one[] = { 1, 2 }, bad[] = { 1, INFINITY };
    struct estimate out = { .value = -1 };

    CHECK(bootstrap_interval(one, 1, 1, BOOTSTRAP_NORMAL, 0.95, &out) == DYAD_DOMAIN);
    CHECK(bootstrap_interval(one, 2, NAN, BOOTSTRAP_NORMAL, 0.95, &out) == DYAD_DOMAIN);
    CHECK(bootstrap_interval(one, 2, 1, BOOTSTRAP_NORMAL, 1, &out) == DYAD_DOMAIN);
    CHECK(bootstrap_interval(bad, 2, 1, BOOTSTRAP_NORMAL, 0.95, &out) == DYAD_DOMAIN);
    CHECK(out.value == -1);
    CHECK(bootstrap_interval(one, 2, 1.5, BOOTSTRAP_PERCENTILE, 0.95, &out) == DYAD_OK);
    CHECK(out.lower == 1 && out.upper == 2);
}

int
main(void)
{
    RUN(has_the_limits_of_boot);
    RUN(bootstraps_what_theory_says);
    RUN(draws_whole_clusters);
    RUN(says_how_many_fits_failed);
    RUN(refuses_too_few_replicates);
    return DONE();
}
