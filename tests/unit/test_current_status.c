#include "dyad/stats/current_status.h"
#include "dyad/stats/turnbull.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_AGES = 64 };

static struct status_count counts[MOST_AGES];

static size_t
read_counts(struct value_lines *v)
{
    const size_t k = (size_t)value_next(v);

    CHECK(k <= MOST_AGES);
    for (size_t i = 0; i < k; i++) {
        counts[i].age = value_next(v);
        counts[i].n = value_next(v);
        counts[i].still = value_next(v);
    }
    return k;
}

/* The same as intervals: whoever no longer has it lost it by then, others later. */
static void
check_turnbull(size_t k, const double *survival)
{
    struct turnbull_work work = TURNBULL_WORK_INIT;
    struct interval_time times[2 * MOST_AGES];
    struct turnbull_piece pieces[2 * MOST_AGES];
    struct turnbull_fit fit;
    size_t n = 0;

    for (size_t i = 0; i < k; i++) {
        const double c = counts[i].age, lost = counts[i].n - counts[i].still;

        if (lost > 0)
            times[n++] = (struct interval_time){ 0, c, lost };
        if (counts[i].still > 0)
            times[n++] = (struct interval_time){ c, INFINITY, counts[i].still };
    }
    CHECK(turnbull(times, n, &work, pieces, &fit) == DYAD_OK);
    for (size_t i = 0; i < k; i++) {
        struct estimate e;

        turnbull_at(pieces, fit.pieces, counts[i].age, &e);
        CHECK_NEAR(e.lower, survival[i], 1, 2e-5);
        CHECK_NEAR(e.upper, survival[i], 1, 2e-5);
    }
    turnbull_work_release(&work);
}

static void
agrees_with_the_definition_and_turnbull(void)
{
    struct value_lines v;
    size_t sets = 0;

    value_lines_open(&v, "tests/values/survival_current.gz");
    for (; value_lines_next(&v); sets++) {
        double survival[MOST_AGES], scratch[2 * MOST_AGES];
        const size_t k = read_counts(&v);

        CHECK(current_status(counts, k, survival, scratch) == DYAD_OK);
        for (size_t i = 0; i < k; i++)
            CHECK_NEAR(survival[i], value_next(&v), 1, 1e-14);
        value_lines_end(&v);
        if (counts[0].age > 0)
            check_turnbull(k, survival);
    }
    CHECK(sets == 200);
}

static void
finds_the_age_of_the_fall(void)
{
    const struct status_count c[] = { { 2, 10, 9 }, { 4, 10, 5 }, { 6, 10, 5 }, { 8, 10, 2 } };
    const double survival[] = { 0.9, 0.5, 0.5, 0.2 };
    struct estimate e;

    CHECK(current_status_quantile(c, survival, 4, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 5 && e.lower == 4 && e.upper == 6);
    CHECK(current_status_quantile(c, survival, 4, 0.7, &e) == DYAD_OK);
    CHECK_REL(e.value, 6 + 2 * 2.0 / 3, 1e-15);
    CHECK(e.lower == 6 && e.upper == 8);
    CHECK(current_status_quantile(c, survival, 4, 0.05, &e) == DYAD_OK);
    CHECK_REL(e.value, 1, 1e-14);
    CHECK(e.lower == 0 && e.upper == 2);
    CHECK(current_status_quantile(c, survival, 4, 0.9, &e) == DYAD_OK);
    CHECK(isnan(e.value) && e.lower == 8 && isnan(e.upper));
    CHECK(current_status_quantile(c, survival, 3, 0.5, &e) == DYAD_OK); /* flat to the end */
    CHECK(e.value == 4 && e.lower == 2 && e.upper == 4);
    CHECK(current_status_quantile(c, survival, 1, 0.05, &e) == DYAD_OK);
    CHECK_REL(e.value, 1, 1e-14);
}

static void
refuses_what_are_no_counts(void)
{
    const struct status_count refused[][2] = {
        { { 1, 0, 0 }, { 2, 1, 1 } },   { { 1, 2, 3 }, { 2, 1, 1 } },
        { { 2, 2, 1 }, { 1, 1, 1 } },   { { 1, 2, 1 }, { 1, 1, 1 } },
        { { -1, 2, 1 }, { 1, 1, 1 } },  { { 1, 2, -1 }, { 2, 1, 1 } },
        { { 1, NAN, 1 }, { 2, 1, 1 } }, { { 1, 2, 1 }, { INFINITY, 1, 1 } },
    };
    double survival[2] = { -1, -1 }, scratch[4];
    struct estimate e = { -1, -1, -1, -1, -1 };

    for (size_t i = 0; i < COUNT_OF(refused); i++)
        CHECK(current_status(refused[i], 2, survival, scratch) == DYAD_DOMAIN);
    CHECK(current_status(refused[0], 0, survival, scratch) == DYAD_DOMAIN);
    CHECK(survival[0] == -1 && survival[1] == -1);
    CHECK(current_status_quantile(refused[0], survival, 2, 1, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1);
}

/* ---- DHS ---- */

/* Shares that fall by 5 points a group from 95 %: smoothing changes nothing. */
static void
fill_line(double *n, double *still)
{
    for (size_t i = 0; i < DHS_GROUPS; i++) {
        n[i] = 100;
        still[i] = 95 - 5 * (double)i;
    }
}

static void
interpolates_between_midpoints_as_the_guide(void)
{
    double n[DHS_GROUPS], still[DHS_GROUPS];
    struct dhs_duration d;

    fill_line(n, still);
    still[9] = 49; /* and its neighbours' means: 55, 50, 49.67 and 45 */
    CHECK(dhs_duration(n, still, DHS_MONTH_DIFFERENCE, 0.98, &d) == DYAD_OK);
    CHECK_REL(d.share[8], (60.0 + 55 + 49) / 300, 1e-15);
    CHECK_REL(d.share[9], (55.0 + 49 + 45) / 300, 1e-15);
    CHECK_REL(d.share[0], 0.95, 1e-15);
    CHECK_REL(d.share[17], 0.10, 1e-15);

    const double part = (d.share[8] - 0.5) / (d.share[8] - d.share[9]);

    CHECK_REL(d.median, 16.5 + 2 * part, 1e-15);
    double mean = -0.5 * 0.95;
    for (size_t i = 0; i < DHS_GROUPS; i++)
        mean += 2 * d.share[i];
    CHECK_REL(d.mean, mean, 1e-14);

    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 0.98, &d) == DYAD_OK);
    CHECK_REL(d.median, 17 + 2 * part, 1e-15);
    CHECK_REL(d.mean, mean + 0.5 * 0.95, 1e-14);
}

static void
begins_at_age_0_with_the_share_that_ever_had_it(void)
{
    double n[DHS_GROUPS], still[DHS_GROUPS];
    struct dhs_duration d;

    fill_line(n, still);
    still[0] = 40;
    CHECK(dhs_duration(n, still, DHS_MONTH_DIFFERENCE, 0.9, &d) == DYAD_OK);
    CHECK_REL(d.median, 0.75 * 0.4 / 0.5, 1e-15);
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 1, &d) == DYAD_OK);
    CHECK_REL(d.median, 0.5 / 0.6, 1e-15);
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 0.4, &d) == DYAD_OK);
    CHECK(d.median == 0);
}

static void
says_when_a_median_is_not_reached(void)
{
    double n[DHS_GROUPS], still[DHS_GROUPS];
    struct dhs_duration d = { .median = -1 };

    fill_line(n, still);
    for (size_t i = 0; i < DHS_GROUPS; i++)
        still[i] = 50;
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 1, &d) == DYAD_OK);
    CHECK(isnan(d.median));
    CHECK_REL(d.mean, 18, 1e-14);

    d.median = -1;
    still[3] = 101;
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 1, &d) == DYAD_DOMAIN);
    still[3] = 50;
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 1.1, &d) == DYAD_DOMAIN);
    n[0] = still[0] = 0;
    CHECK(dhs_duration(n, still, DHS_COMPLETED_MONTHS, 1, &d) == DYAD_DOMAIN);
    CHECK(d.median == -1);
    CHECK_REL(dhs_prevalence_mean(500, 900, 36), 20, 1e-15);
    CHECK(isnan(dhs_prevalence_mean(0, 0, 36)));
}

int
main(void)
{
    RUN(agrees_with_the_definition_and_turnbull);
    RUN(finds_the_age_of_the_fall);
    RUN(refuses_what_are_no_counts);
    RUN(interpolates_between_midpoints_as_the_guide);
    RUN(begins_at_age_0_with_the_share_that_ever_had_it);
    RUN(says_when_a_median_is_not_reached);
    return DONE();
}
