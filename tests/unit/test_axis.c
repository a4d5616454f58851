#include "dyad/output/axis.h"

#include "check.h"

#define TICKS(axis, ...) \
    check_ticks((axis), (const char *const[]){ __VA_ARGS__ }, \
                sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), __LINE__)

static void
check_ticks(const struct axis *axis, const char *const *want, size_t n, int line)
{
    bool same = axis->n_ticks == n;

    for (size_t i = 0; same && i < n; i++)
        same = strcmp(axis->labels[i], want[i]) == 0;
    if (!same) {
        print_error("line %d: axis %g to %g has", line, axis->low, axis->high);
        for (size_t i = 0; i < axis->n_ticks; i++)
            print_error(" %s", axis->labels[i]);
        print_error("\n");
        _fail(__FILE__, line);
    }
}

static struct axis
made(enum scale scale, const struct axis_interval *of, size_t n, double width)
{
    struct axis axis;

    CHECK(axis_cover(scale, of, n, &axis) == DYAD_OK);
    axis_set_ticks(&axis, width);
    return axis;
}

static struct axis
between(enum scale scale, double low, double high, double width)
{
    struct axis axis = { .scale = scale, .low = low, .high = high };

    axis_set_ticks(&axis, width);
    return axis;
}

static void
covers_estimates_reference_and_limits(void)
{
    const struct axis_interval of[] = { { 2, 1.5, 3 }, { 4, 2.5, 8 } };
    struct axis a = made(SCALE_RATIO, of, 2, 22);

    CHECK(a.low > 0.9 && a.low < 1 && a.high >= 8 && a.high < 9);
    CHECK(axis_place(&a, 1) > 0 && axis_place(&a, 8) <= 1);
    TICKS(&a, "1", "2", "4", "8");
}

static void
leaves_out_limits_far_from_the_usual(void)
{
    const struct axis_interval of[] = {
        { 1.1, 0.9, 1.4 }, { 0.8, 0.6, 1.2 }, { 1.0, 1e-6, 1e6 }, { 0.9, 0.7, INFINITY },
    };
    struct axis a = made(SCALE_RATIO, of, 4, 22);

    CHECK(a.low > 0.1 && a.high < 10);
    CHECK(axis_place(&a, 1e6) > 1 && axis_place(&a, 1e-6) < 0);
    CHECK(axis_place(&a, INFINITY) == INFINITY && axis_place(&a, 0) == -INFINITY);
    CHECK(isnan(axis_place(&a, NAN)) && isnan(axis_place(&a, -1)));
}

static void
shows_the_whole_of_a_lone_wide_interval(void)
{
    const struct axis_interval of[] = { { 1.2, 1e-4, 2e4 } };
    struct axis a = made(SCALE_RATIO, of, 1, 22);

    CHECK(axis_place(&a, 1e-4) >= 0 && axis_place(&a, 2e4) <= 1);
    TICKS(&a, "10⁻⁴", "0.01", "1", "100", "10000");
}

static void
has_an_axis_where_nothing_is_defined(void)
{
    const struct axis_interval of[] = { { NAN, NAN, NAN }, { NAN, 0.1, 900 } };

    struct axis a = made(SCALE_RATIO, of, 2, 22);
    TICKS(&a, "0.5", "1", "2");
    a = made(SCALE_PROPORTION, of, 2, 22);
    TICKS(&a, "0%", "20%", "40%", "60%", "80%", "100%");
    a = made(SCALE_DIFFERENCE, of, 0, 22);
    TICKS(&a, "−10", "−5", "0", "5", "10");
}

static void
places_ratios_of_zero_and_infinity_by_their_limits(void)
{
    const struct axis_interval of[] = { { 0, 0, 1.4 }, { INFINITY, 0.4, INFINITY } };
    struct axis a = made(SCALE_RATIO, of, 2, 22);

    CHECK(axis_place(&a, 0.4) >= 0 && axis_place(&a, 1.4) <= 1 && a.low > 0.1 && a.high < 5);
}

static void
keeps_proportions_within_0_and_1(void)
{
    const struct axis_interval high[] = { { 0.93, 0.88, 0.97 }, { 0.5, 0.4, 0.6 } };
    const struct axis_interval wald[] = { { 0.02, -0.01, 0.05 }, { 0.1, 0.05, 0.15 } };
    const struct axis_interval rare[] = { { 0.011, 0.008, 0.014 }, { 0.012, 0.009, 0.015 },
                                          { 0.01, 0.0001, 0.9 } };

    struct axis a = made(SCALE_PROPORTION, high, 2, 22);
    CHECK(a.high == 1);
    TICKS(&a, "40%", "50%", "60%", "70%", "80%", "90%", "100%");
    a = made(SCALE_PROPORTION, wald, 2, 22);
    CHECK(a.low == 0 && axis_place(&a, -0.01) < 0);
    a = made(SCALE_PROPORTION, rare, 3, 22);
    CHECK(a.low == 0 && a.high < 0.05);
    TICKS(&a, "0.0%", "0.5%", "1.0%", "1.5%", "2.0%");
}

static void
chooses_the_ladder_by_the_spread_of_ratios(void)
{
    struct axis a = between(SCALE_RATIO, 0.97, 1.04, 22);
    TICKS(&a, "0.98", "1.00", "1.02", "1.04");
    a = between(SCALE_RATIO, 0.24, 4.2, 22);
    TICKS(&a, "0.25", "0.5", "1", "2", "4");
    a = between(SCALE_RATIO, 0.06, 6.6, 22);
    TICKS(&a, "0.05", "0.1", "0.2", "0.5", "1", "2", "5");
    a = between(SCALE_RATIO, 0.01, 100, 22);
    TICKS(&a, "0.01", "0.1", "1", "10", "100");
    a = between(SCALE_RATIO, 0.001, 1e6, 22);
    TICKS(&a, "0.01", "1", "100", "10000", "10⁶");
    a = between(SCALE_RATIO, 1e-9, 1e9, 22);
    TICKS(&a, "10⁻⁹", "10⁻⁶", "0.001", "1", "1000", "10⁶", "10⁹");
}

static void
thins_out_on_a_narrow_axis(void)
{
    struct axis a = between(SCALE_RATIO, 0.06, 6.6, 11);
    TICKS(&a, "0.1", "0.3", "1", "3", "10");
    a = between(SCALE_PROPORTION, 0, 1, 14);
    TICKS(&a, "0%", "25%", "50%", "75%", "100%");
    a = between(SCALE_PROPORTION, 0, 1, 7);
    TICKS(&a, "0%", "50%", "100%");
    a = between(SCALE_RATIO, 0.06, 6.6, 1);
    TICKS(&a, "1");
}

static void
writes_steps_with_the_decimals_they_need(void)
{
    struct axis a = between(SCALE_NUMBER, -5.6, 23, 22);
    TICKS(&a, "−5", "0", "5", "10", "15", "20");
    a = between(SCALE_NUMBER, -5.6, 24, 22); /* 25 is just beyond: the axis is drawn out to it */
    TICKS(&a, "−5", "0", "5", "10", "15", "20", "25");
    CHECK(a.high == 25 && a.low == -5.6);
    a = between(SCALE_NUMBER, 0, 0.01, 22);
    TICKS(&a, "0.000", "0.002", "0.004", "0.006", "0.008", "0.010");
    a = between(SCALE_NUMBER, 0, 0.1, 14);
    TICKS(&a, "0.00", "0.05", "0.10");
}

/* Ticks lie on the axis, ascend, and their labels keep apart, whatever the axis. */
static void
never_lets_labels_touch(void)
{
    uint32_t random = 1;

    for (int i = 0; i < 20000; i++) {
        double u[3];
        for (int k = 0; k < 3; k++)
            u[k] = (double)(random = random * 1664525u + 1013904223u) / 4294967296.0;
        const enum scale scale = (enum scale)(i % 4);
        const double low = scale == SCALE_RATIO ? exp(-20 * u[0] * u[2]) :
                           scale == SCALE_PROPORTION ? u[0] / 2 : -u[0] * pow(10, 12 * u[2] - 6);
        const double high = scale == SCALE_RATIO ? exp(20 * u[1] * u[2] + 1e-3) :
                            scale == SCALE_PROPORTION ? u[0] / 2 + u[1] / 2 + 1e-6
                                                      : (u[1] + 1e-6) * pow(10, 12 * u[2] - 6);
        const struct axis a = between(scale, low, high, 8 + 30 * u[2]);
        CHECK(a.n_ticks >= 1 && a.n_ticks <= AXIS_TICKS && a.low <= low && a.high >= high);
        for (size_t t = 0; t < a.n_ticks; t++)
            CHECK(axis_place(&a, a.ticks[t]) > -1e-6 && axis_place(&a, a.ticks[t]) < 1 + 1e-6 &&
                  strlen(a.labels[t]) > 0 && (t == 0 || a.ticks[t] > a.ticks[t - 1]));
        CHECK(scale != SCALE_RATIO || a.n_ticks < 3 || fabs(a.ticks[0] - 1) < 1e-9 ||
              a.ticks[0] < 1);
    }
}

int
main(void)
{
    RUN(covers_estimates_reference_and_limits);
    RUN(leaves_out_limits_far_from_the_usual);
    RUN(shows_the_whole_of_a_lone_wide_interval);
    RUN(has_an_axis_where_nothing_is_defined);
    RUN(places_ratios_of_zero_and_infinity_by_their_limits);
    RUN(keeps_proportions_within_0_and_1);
    RUN(chooses_the_ladder_by_the_spread_of_ratios);
    RUN(thins_out_on_a_narrow_axis);
    RUN(writes_steps_with_the_decimals_they_need);
    RUN(never_lets_labels_touch);
    return DONE();
}
