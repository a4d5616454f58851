/* The parts of programs/model_picture.c, which no library holds. */
#include "../src/programs/model_picture.c"

#include "value_lines.h"

enum { MOST_EVENTS = 200, MOST_P = 4 };

static double
next_of(struct value_lines *v, double *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = value_next(v);
    return at[0];
}

/* Residuals as plot.cox.zph() draws them: each point, and its 40 steps. */
static void
agrees_with_survival(void)
{
    static struct value_lines v;

    value_lines_open(&v, "tests/values/diagnostics_residuals.gz");
    while (value_lines_next(&v)) {
        static double times[MOST_EVENTS], g[MOST_EVENTS], y[MOST_EVENTS], raw[MOST_EVENTS * MOST_P];
        static struct trace traces[MOST_EVENTS], theirs[MOST_EVENTS];
        double b[MOST_P], covariance[MOST_P * MOST_P], smooth[SMOOTH_STEPS], error[SMOOTH_STEPS];
        struct smooth found;
        const size_t n = (size_t)value_next(&v), p = (size_t)value_next(&v), column = (size_t)value_next(&v);
        const size_t df = (size_t)value_next(&v);
        const bool log_time = value_next(&v) != 0;

        CHECK(n <= MOST_EVENTS && p <= MOST_P && df <= SMOOTH_DF);
        next_of(&v, b, p);
        next_of(&v, covariance, p * p);
        for (size_t i = 0; i < n; i++) {
            times[i] = value_next(&v);
            g[i] = value_next(&v);
            y[i] = value_next(&v);
        }
        next_of(&v, raw, n * p);
        next_of(&v, smooth, SMOOTH_STEPS);
        next_of(&v, error, SMOOTH_STEPS);
        value_lines_end(&v);

        const struct residual_picture r = { .term = "x", .n = n, .p = p, .column = column, .times = times,
                                            .transformed = g, .log_time = log_time, .schoenfeld = raw,
                                            .coefficients = b, .covariance = covariance,
                                            .test.p_value = NAN, .level = 0.95 };
        const double variance = (double)n * covariance[column * p + column];
        CHECK(fill_traces(&r, traces) == n);
        for (size_t i = 0; i < n; i++)
            theirs[i] = (struct trace){ times[i], g[i], y[i] };
        qsort(theirs, n, sizeof *theirs, by_time);
        for (size_t i = 0; i < n; i++)
            CHECK(traces[i].time == theirs[i].time && fabs(traces[i].y - theirs[i].y) < 1e-12 * sqrt(variance));
        CHECK(smooth_traces(traces, n, df, log_time, &found) && found.df == df);
        for (size_t i = 0; i < SMOOTH_STEPS; i++) {
            CHECK(fabs(found.y[i] - smooth[i]) < 1e-11 * error[i]);
            CHECK_REL(sqrt(variance * found.leverage[i]), error[i], 1e-11);
        }
        CHECK_REL(found.time[0], times[0], 1e-14);
        CHECK_REL(found.time[SMOOTH_STEPS - 1], times[n - 1], 1e-14);
    }
    CHECK(v.n == 8);
}

/* ---- ROC curve ---- */

static void
draws_the_curve_and_chance(void)
{
    const struct roc_point points[] = { { INFINITY, 0, 1 }, { 0.8, 0.5, 1 }, { 0.6, 0.5, 0.5 }, { 0.2, 1, 0 } };
    const struct roc_picture r = { .title = "who", .points = points, .n = 4,
                                   .auc = { { 0.75, 0.1, 0.55, 0.95, NAN }, 1234, 20, 0 }, .level = 0.95 };
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_roc(&r, &s) == DYAD_OK && s.square);
    CHECK(s.n_lines == 2 && s.lines[0].n == 4 && s.lines[1].style == SCATTER_DOTTED);
    for (size_t i = 0; i < 4; i++)
        CHECK(s.lines[0].spots[i].x == 1 - points[i].specificity && s.lines[0].spots[i].y == points[i].sensitivity);
    CHECK(strcmp(s.lines[0].label, "AUC 0.750 (95% CI 0.550 to 0.950)") == 0);
    CHECK(strcmp(s.caption, "1234 with the outcome, 20 without.") == 0);
    CHECK(s.x.low == 0 && s.x.high == 1 && s.x.scale == SCALE_PROPORTION);
    scatter_release(&s);
}

/* A quarter circle of many points. */
static void
leaves_out_what_cannot_be_seen(void)
{
    enum { MANY = 100000 };
    struct roc_point *points = malloc(MANY * sizeof *points);
    struct roc_picture r = { .points = points, .n = MANY, .auc.area = { NAN, NAN, NAN, NAN, NAN }, .level = 0.95 };
    struct scatter s = SCATTER_INIT;
    double farthest = 0;

    for (size_t i = 0; i < MANY; i++) {
        const double angle = asin(1) * (double)i / (MANY - 1);
        points[i] = (struct roc_point){ 0, sin(angle), cos(angle) };
    }
    CHECK(model_picture_roc(&r, &s) == DYAD_OK);
    CHECK(s.lines[0].n > 1000 && s.lines[0].n < 2001);
    for (size_t i = 1; i < s.lines[0].n; i++)
        farthest = fmax(farthest, hypot(s.lines[0].spots[i].x - s.lines[0].spots[i - 1].x,
                                        s.lines[0].spots[i].y - s.lines[0].spots[i - 1].y));
    CHECK(farthest < 2e-3);
    CHECK(s.lines[0].spots[s.lines[0].n - 1].y == points[MANY - 1].sensitivity);
    scatter_release(&s);
    r.n = 1;
    CHECK(model_picture_roc(&r, &s) == DYAD_DOMAIN && s.n_lines == 0);
    free(points);
}

/* ---- calibration ---- */

static struct risk_groups
three_groups(double last)
{
    return (struct risk_groups){ .n = 3,
                                 .at = { { 0, 0.1, 20, 1, 1, 19, { 0.05, NAN, 0.01, 0.24, NAN } },
                                         { 0.1, 0.3, 20, 6, 4, 16, { 0.3, NAN, 0.15, 0.5, NAN } },
                                         { 0.3, 0.4, last, last / 2, 7, 13, { 0.5, NAN, 0.3, 0.7, NAN } } } };
}

static void
draws_groups_with_their_limits(void)
{
    const struct risk_groups groups = three_groups(20);
    const struct calibration line = { .large = { -0.25, 0.1, -0.5, -0.125, 0.01 },
                                      .intercept = { 0.125, 1, -1, 2, 1 },
                                      .slope = { 1, 1, -1, 2, 1 } };
    const struct calibration_picture c = { .groups = &groups, .line = &line, .level = 0.9,
                                           .hosmer_lemeshow = { 3.5, 1, 0.0614 } };
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_calibration(&c, &s) == DYAD_OK && s.square);
    CHECK(s.n_points == 3 && s.n_lines == 5 && s.lines[1].style == SCATTER_DASHED);
    CHECK(s.points[1].at.x == 0.2 && s.points[1].at.y == 0.3);
    CHECK(s.lines[3].spots[0].x == 0.2 && s.lines[3].spots[0].y == 0.15 && s.lines[3].spots[1].y == 0.5);
    CHECK_REL(s.x.high, 1.08 * 0.7, 1e-15);
    for (size_t i = 0; i < s.lines[1].n; i++) {
        const double p = s.lines[1].spots[i].x, fitted = s.lines[1].spots[i].y;
        CHECK_REL(log(fitted / (1 - fitted)) - log(p / (1 - p)), 0.125, 1e-11);
    }
    CHECK(strcmp(s.caption, "Slope 1.00 (90% CI −1.00 to 2.00), intercept 0.12 (90% CI −1.00 to 2.00); "
                            "calibration in the large −0.25 (90% CI −0.50 to −0.12). "
                            "Hosmer–Lemeshow χ² = 3.50, df 1, p = 0.061. Bars: 90% CI (Wilson). "
                            "3 groups by predicted risk, each of 20.") == 0);
    scatter_release(&s);
}

static void
says_the_size_of_each_group(void)
{
    const struct risk_groups groups = three_groups(21000), none = { .n = 0 };
    struct calibration_picture c = { .groups = &groups, .level = 0.95, .hosmer_lemeshow = { NAN, NAN, NAN } };
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_calibration(&c, &s) == DYAD_OK && s.n_lines == 4);
    CHECK(strcmp(s.caption, "Bars: 95% CI (Wilson). 3 groups by predicted risk, from the lowest of 20; 20; 21,000.") == 0);
    scatter_release(&s);
    c.groups = &none;
    CHECK(model_picture_calibration(&c, &s) == DYAD_DOMAIN && s.n_lines == 0);
}

/* ---- log-log curves ---- */

static void
steps_where_survival_falls(void)
{
    const double times[] = { 0, 1, 2, 3, 4 }, survival[] = { 0.95, 0.9, 0.9, 0.5, 0 }, never[] = { 1, 1, 1, 1, 1 };
    const struct survival_steps curves[] = { { "a", times, survival, 5 }, { "b", times, never, 5 } };
    struct log_log_picture l = { .by = "group", .curves = curves, .n = 2 };
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_log_log(&l, &s) == DYAD_OK);
    CHECK(s.n_lines == 1 && s.lines[0].n == 3); /* neither at 0, nor at 2, nor where nobody is left */
    CHECK(s.lines[0].spots[0].x == 1 && s.lines[0].spots[1].x == 3 && s.lines[0].spots[2].x == 3);
    CHECK_REL(s.lines[0].spots[1].y, log(-log(0.9)), 1e-15);
    CHECK_REL(s.lines[0].spots[2].y, log(-log(0.5)), 1e-15);
    CHECK(s.x.scale == SCALE_RATIO && s.x.low < 1 && s.x.high > 3 && s.y.low < log(-log(0.9)));
    CHECK(strcmp(s.x.title, "Time (log scale)") == 0);
    scatter_release(&s);
    l.curves++;
    l.n = 1;
    CHECK(model_picture_log_log(&l, &s) == DYAD_DOMAIN && s.n_lines == 0);
}

/* ---- residuals ---- */

enum { MOST_RECORDS = 1500 };

static double record_times[MOST_RECORDS], record_residuals[MOST_RECORDS];
static const double coefficient[] = { -0.5 }, variance[] = { 0.01 };

/* Every third record is censored. */
static struct residual_picture
some_residuals(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        record_times[i] = (double)(n - i); /* not ascending */
        record_residuals[i] = i % 3 == 2 ? NAN : i % 2 ? 0.5 : -0.5;
    }
    return (struct residual_picture){ .title = "lung", .term = "age", .n = n, .p = 1, .times = record_times,
                                      .schoenfeld = record_residuals, .coefficients = coefficient,
                                      .covariance = variance, .test = { 1, 1, 0.3173 }, .level = 0.95 };
}

static void
draws_as_many_residuals_as_can_be_seen(void)
{
    struct residual_picture r = some_residuals(90);
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_residuals(&r, &s) == DYAD_OK);
    CHECK(s.n_points == 60 && s.n_areas == 1 && s.areas[0].n == 80 && s.n_lines == 2);
    CHECK(strcmp(s.title, "lung: age") == 0 && strcmp(s.lines[1].label, "coefficient −0.500") == 0);
    CHECK(strcmp(s.caption, "Scaled Schoenfeld residuals of 60 events, and a natural spline of 4 df. "
                            "Test of no change: χ² = 1.00, df 1, p = 0.317.") == 0);
    CHECK_REL(fabs(s.points[0].at.y + 0.5), 60 * 0.01 * 0.5, 1e-14);
    scatter_release(&s);
    r = some_residuals(MOST_RECORDS);
    s = (struct scatter)SCATTER_INIT;
    CHECK(model_picture_residuals(&r, &s) == DYAD_OK && s.n_points == 500);
    CHECK(strstr(s.caption, "of 1000 events, one in 2 drawn,") != NULL);
    scatter_release(&s);
}

static void
smooths_no_more_than_there_is(void)
{
    struct residual_picture r = some_residuals(12);
    struct scatter s = SCATTER_INIT;

    CHECK(model_picture_residuals(&r, &s) == DYAD_OK); /* 8 events */
    CHECK(s.n_points == 8 && s.n_areas == 0 && s.n_lines == 1);
    CHECK(s.y.low == -0.5 && s.y.high == -0.5); /* that the coefficient is there */
    scatter_release(&s);
    r = some_residuals(18);
    s = (struct scatter)SCATTER_INIT;
    CHECK(model_picture_residuals(&r, &s) == DYAD_OK && s.n_points == 12);
    CHECK(strstr(s.caption, "spline of 2 df") != NULL);
    scatter_release(&s);
    /* All at one time: nothing to be smooth over. */
    r = some_residuals(90);
    s = (struct scatter)SCATTER_INIT;
    for (size_t i = 0; i < 90; i++)
        record_times[i] = 7;
    CHECK(model_picture_residuals(&r, &s) == DYAD_OK && s.n_areas == 0 && s.n_points == 60);
    scatter_release(&s);
}

static void
refuses_a_coefficient_without_an_estimate(void)
{
    struct residual_picture r = some_residuals(90);
    const double infinite = INFINITY, missing = NAN;
    struct scatter s = SCATTER_INIT;

    r.coefficients = &infinite;
    CHECK(model_picture_residuals(&r, &s) == DYAD_DOMAIN);
    r.coefficients = coefficient;
    r.covariance = &missing;
    CHECK(model_picture_residuals(&r, &s) == DYAD_DOMAIN);
    r.covariance = variance;
    for (size_t i = 0; i < 90; i++)
        record_residuals[i] = NAN; /* no events */
    CHECK(model_picture_residuals(&r, &s) == DYAD_DOMAIN && s.n_points == 0);
}

/* ---- forest ---- */

static void
writes_the_rows_of_a_forest(void)
{
    const struct ratio_row rows[] = {
        { .kind = RATIO_HEADING, .label = "support", .events = NAN, .n = NAN },
        { RATIO_REFERENCE, "none", 120, 4350, { NAN, NAN, NAN, NAN, NAN } },
        { RATIO_LEVEL, "ibclc", 188, NAN, { 1.93, 0.1, 1.42, 2.63, 0.00002 } },
        { RATIO_TERM, "age", NAN, 12345, { 1.02, 0.1, 0.99, 1.05, 0.21 } },
    };
    struct ratio_forest f = { .panel = "girls", .measure = "Odds ratio", .symbol = "OR", .scale = SCALE_RATIO,
                              .level = 0.9, .rows = rows, .n = 4 };
    struct plot p = PLOT_INIT;

    model_picture_forest(&f, &p);
    CHECK(!p.failed && p.n_panels == 1 && p.panels[0].n_rows == 4 && strcmp(p.panels[0].title, "girls") == 0);
    const struct plot_row *r = p.panels[0].rows;
    CHECK(strcmp(r[0].label, "support") == 0 && isnan(r[0].estimate) && r[0].columns[FOREST_ESTIMATE] == NULL);
    CHECK(r[1].mark == PLOT_HOLLOW && r[1].estimate == 1 && isnan(r[1].low) && strcmp(r[1].label, "  none") == 0);
    CHECK(strcmp(r[1].columns[FOREST_COUNTS], "120/4350") == 0);
    CHECK(strcmp(r[1].columns[FOREST_ESTIMATE], "1 (reference)") == 0 && r[1].columns[FOREST_P] == NULL);
    CHECK(strcmp(r[2].columns[FOREST_ESTIMATE], "1.93 (1.42 to 2.63)") == 0 && r[2].low == 1.42);
    CHECK(strcmp(r[2].columns[FOREST_COUNTS], "188") == 0 && strcmp(r[2].columns[FOREST_P], "<0.001") == 0);
    CHECK(strcmp(r[3].label, "age") == 0 && strcmp(r[3].columns[FOREST_COUNTS], "12,345") == 0);
    CHECK(strcmp(p.axis, "Odds ratio (90% CI)") == 0);
    plot_release(&p);
    p = (struct plot)PLOT_INIT;
    f.scale = SCALE_NUMBER;
    model_picture_forest(&f, &p);
    CHECK(p.panels[0].rows[1].estimate == 0);
    CHECK(strcmp(p.panels[0].rows[1].columns[FOREST_ESTIMATE], "0 (reference)") == 0);
    plot_release(&p);
}

int
main(void)
{
    RUN(agrees_with_survival);
    RUN(draws_the_curve_and_chance);
    RUN(leaves_out_what_cannot_be_seen);
    RUN(draws_groups_with_their_limits);
    RUN(says_the_size_of_each_group);
    RUN(steps_where_survival_falls);
    RUN(draws_as_many_residuals_as_can_be_seen);
    RUN(smooths_no_more_than_there_is);
    RUN(refuses_a_coefficient_without_an_estimate);
    RUN(writes_the_rows_of_a_forest);
    return DONE();
}
