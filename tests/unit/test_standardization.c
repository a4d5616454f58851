#include "dyad/stats/standardization.h"

#include "value_lines.h"

enum { MOST_ROWS = 400, MOST_P = 14, MOST_LEVELS = 6 };

/* A model, its rows at each level, and what R says of them. */
struct set {
    struct standard_model model;
    struct standard_rows rows;
    double level;
    double beta[MOST_P], covariance[MOST_P * MOST_P];
    double weights[MOST_ROWS], offsets[MOST_ROWS];
    double x[MOST_LEVELS][MOST_ROWS * MOST_P];
    const double *at[MOST_LEVELS];
};

static void
read_set(struct value_lines *v, struct set *s)
{
    static const enum standard_link links[] = { STANDARD_LOGIT, STANDARD_LOG, STANDARD_IDENTITY };

    s->model = (struct standard_model){ .link = links[(size_t)value_next(v)], .beta = s->beta,
                                        .covariance = s->covariance };
    s->rows = (struct standard_rows){ .x = s->at, .weights = s->weights, .offsets = s->offsets };
    s->rows.n = (size_t)value_next(v);
    s->model.p = (size_t)value_next(v);
    s->model.levels = (size_t)value_next(v);
    CHECK(s->rows.n <= MOST_ROWS && s->model.p <= MOST_P && s->model.levels <= MOST_LEVELS);
    s->level = value_next(v);
    for (size_t i = 0; i < s->model.p; i++)
        s->beta[i] = value_next(v);
    for (size_t i = 0; i < s->model.p * s->model.p; i++)
        s->covariance[i] = value_next(v);
    for (size_t i = 0; i < s->rows.n; i++)
        s->weights[i] = value_next(v);
    for (size_t i = 0; i < s->rows.n; i++)
        s->offsets[i] = value_next(v);
    for (size_t l = 0; l < s->model.levels; l++) {
        s->at[l] = s->x[l];
        for (size_t i = 0; i < s->rows.n * s->model.p; i++)
            s->x[l][i] = value_next(v);
    }
}

static void
check_estimate(struct value_lines *v, const struct estimate *e, double tolerance)
{
    const double value = value_next(v), error = value_next(v);
    const double lower = value_next(v), upper = value_next(v);

    CHECK_REL(e->value, value, tolerance);
    CHECK_REL(e->std_error, error, tolerance);
    CHECK(fabs(e->lower - lower) <= tolerance * error * fmax(1, fabs(value)));
    CHECK(fabs(e->upper - upper) <= tolerance * error * fmax(1, fabs(value)));
}

static void
check_levels(struct value_lines *v, const struct standardized *found, size_t levels)
{
    for (size_t l = 0; l < levels; l++) {
        check_estimate(v, &found[l].mean, 2e-12);
        CHECK(isnan(found[l].mean.p_value));
        if (l == 0) {
            CHECK(found[l].difference.value == 0 && isnan(found[l].difference.std_error));
            CHECK(found[l].ratio.value == 1 && isnan(found[l].ratio.lower));
            continue;
        }
        check_estimate(v, &found[l].difference, 2e-12);
        CHECK_REL(found[l].difference.p_value, value_next(v), 2e-12);
        check_estimate(v, &found[l].ratio, 2e-12);
        CHECK_REL(found[l].ratio.p_value, value_next(v), 2e-12);
    }
}

static struct set set;

static void
agrees_with_R(void)
{
    static struct value_lines v;

    value_lines_open(&v, "tests/values/diagnostics_standardization.gz");
    while (value_lines_next(&v)) {
        struct standardization s = STANDARDIZATION_INIT;
        struct standardized found[MOST_LEVELS];

        read_set(&v, &set);
        CHECK(standardization_init(&s, &set.model) == DYAD_OK);
        standardization_add(&s, &set.rows);
        CHECK(standardization_finish(&s, STANDARD_THESE, set.level, found) == DYAD_OK);
        check_levels(&v, found, set.model.levels);
        CHECK(standardization_finish(&s, STANDARD_SAMPLED, set.level, found) == DYAD_OK);
        check_levels(&v, found, set.model.levels);
        value_lines_end(&v);
        standardization_release(&s);
    }
    CHECK(v.n == 9);
}

static void
read_first(void)
{
    static struct value_lines v;

    value_lines_open(&v, "tests/values/diagnostics_standardization.gz");
    CHECK(value_lines_next(&v));
    read_set(&v, &set);
    gzclose(v.file);
}

/* Rows from begin on, at all levels. */
static struct standard_rows
part_of(size_t begin, size_t n, const double *at[MOST_LEVELS])
{
    for (size_t l = 0; l < set.model.levels; l++)
        at[l] = set.x[l] + begin * set.model.p;
    return (struct standard_rows){ n, at, set.weights + begin, set.offsets + begin };
}

static void
merges_parts(void)
{
    struct standardization whole = STANDARDIZATION_INIT, parts = STANDARDIZATION_INIT;
    struct standardized a[MOST_LEVELS], b[MOST_LEVELS];

    read_first();
    CHECK(standardization_init(&whole, &set.model) == DYAD_OK);
    CHECK(standardization_init(&parts, &set.model) == DYAD_OK);
    standardization_add(&whole, &set.rows);
    for (size_t begin = 0, n = 1; begin < set.rows.n; begin += n, n *= 2) {
        struct standardization part = STANDARDIZATION_INIT;
        const double *at[MOST_LEVELS];

        n = n < set.rows.n - begin ? n : set.rows.n - begin;
        const struct standard_rows rows = part_of(begin, n, at);
        CHECK(standardization_init(&part, &set.model) == DYAD_OK);
        standardization_add(&part, &rows);
        standardization_merge(&parts, &part);
        standardization_release(&part);
    }
    CHECK(standardization_finish(&whole, STANDARD_SAMPLED, 0.95, a) == DYAD_OK);
    CHECK(standardization_finish(&parts, STANDARD_SAMPLED, 0.95, b) == DYAD_OK);
    for (size_t l = 0; l < set.model.levels; l++) {
        CHECK_REL(b[l].mean.value, a[l].mean.value, 2e-15);
        CHECK_REL(b[l].mean.std_error, a[l].mean.std_error, 1e-14);
        CHECK_REL(b[l].ratio.std_error, a[l].ratio.std_error, 1e-14);
    }
    standardization_release(&whole);
    standardization_release(&parts);
}

/* Large means, small spread: nothing cancels. */
static void
keeps_the_digits_of_a_small_spread(void)
{
    enum { N = 300 };
    static double x[N * 2];
    const double beta[] = { 1e8, 1 }, covariance[] = { 0, 0, 0, 0 };
    const struct standard_model model = { STANDARD_IDENTITY, 2, 1, beta, covariance };
    const double *at[] = { x };
    const struct standard_rows rows = { N, at, NULL, NULL };
    struct standardization s = STANDARDIZATION_INIT;
    struct standardized found;

    for (size_t i = 0; i < N; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = (double)(i % 2); /* variance (1/4) N/(N-1) */
    }
    CHECK(standardization_init(&s, &model) == DYAD_OK);
    standardization_add(&s, &rows);
    CHECK(standardization_finish(&s, STANDARD_SAMPLED, 0.95, &found) == DYAD_OK);
    CHECK_REL(found.mean.value, 1e8 + 0.5, 1e-16);
    CHECK_REL(found.mean.std_error, sqrt(0.25 / (N - 1)), 1e-14);
    standardization_release(&s);
}

static void
check_refused(const struct standard_model *model, const struct standard_rows *rows,
              enum standard_population population, double level)
{
    struct standardization s = STANDARDIZATION_INIT;
    struct standardized found[2] = { { .mean.value = -1 } };

    CHECK(standardization_init(&s, model) == DYAD_OK);
    standardization_add(&s, rows);
    CHECK(standardization_finish(&s, population, level, found) == DYAD_DOMAIN);
    CHECK(found[0].mean.value == -1);
    standardization_release(&s);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const double beta[] = { 1 }, covariance[] = { 1 }, one[] = { 1 }, far[] = { 1e4 };
    const double negative = -1, none = 0, missing = NAN;
    struct standard_model model = { STANDARD_LOG, 1, 2, beta, covariance };
    struct standard_rows rows = { 1, (const double *const[]){ one, far }, NULL, NULL };
    struct standardization s = STANDARDIZATION_INIT;

    check_refused(&model, &rows, STANDARD_THESE, 0.95); /* exp(10000) */
    rows.x = (const double *const[]){ one, one };
    check_refused(&model, &rows, STANDARD_THESE, 1);
    check_refused(&model, &rows, STANDARD_SAMPLED, 0.95); /* of one row */
    rows.weights = &negative;
    check_refused(&model, &rows, STANDARD_THESE, 0.95);
    rows.weights = &none;
    check_refused(&model, &rows, STANDARD_THESE, 0.95);
    rows.weights = &missing;
    check_refused(&model, &rows, STANDARD_THESE, 0.95);
    rows.weights = NULL;
    rows.offsets = &missing;
    check_refused(&model, &rows, STANDARD_THESE, 0.95);
    rows.n = 0;
    check_refused(&model, &rows, STANDARD_THESE, 0.95);
    model.p = 0;
    CHECK(standardization_init(&s, &model) == DYAD_DOMAIN && s.sums == NULL);
    model.p = 1;
    model.levels = 0;
    CHECK(standardization_init(&s, &model) == DYAD_DOMAIN && s.sums == NULL);
}

/* A difference may be negative means' own; a ratio of them is nothing. */
static void
has_no_ratio_of_negative_means(void)
{
    const double beta[] = { -1 }, covariance[] = { 1 }, one[] = { 1 }, two[] = { -2 };
    const struct standard_model model = { STANDARD_IDENTITY, 1, 2, beta, covariance };
    const struct standard_rows rows = { 1, (const double *const[]){ one, two }, NULL, NULL };
    struct standardization s = STANDARDIZATION_INIT;
    struct standardized found[2];

    CHECK(standardization_init(&s, &model) == DYAD_OK);
    standardization_add(&s, &rows);
    CHECK(standardization_finish(&s, STANDARD_THESE, 0.95, found) == DYAD_OK);
    CHECK(found[1].difference.value == 3 && found[1].difference.std_error == 3);
    CHECK(isnan(found[0].ratio.value) && isnan(found[1].ratio.value) && isnan(found[1].ratio.lower));
    standardization_release(&s);
}

int
main(void)
{
    RUN(agrees_with_R);
    RUN(merges_parts);
    RUN(keeps_the_digits_of_a_small_spread);
    RUN(refuses_what_it_cannot_estimate);
    RUN(has_no_ratio_of_negative_means);
    return DONE();
}
