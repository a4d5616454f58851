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

int
main(void)
{
    RUN(agrees_with_survival);
    return DONE();
}
