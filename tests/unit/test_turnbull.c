#include "dyad/stats/turnbull.h"

#include "dyad/stats/kaplan_meier.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_TIMES = 256 };

static struct interval_time times[MOST_TIMES];
static struct turnbull_piece pieces[MOST_TIMES];

static void
check_pieces(const struct turnbull_fit *fit)
{
    double sum = 0;

    for (size_t j = fit->pieces; j-- > 0;) {
        CHECK(pieces[j].mass > 0 && pieces[j].low <= pieces[j].high);
        CHECK_NEAR(pieces[j].survival, sum, 1, 1e-14);
        CHECK(j == 0 || pieces[j - 1].high <= pieces[j].low);
        sum += pieces[j].mass;
    }
    CHECK_REL(sum, 1, 1e-12);
}

/* EM to 1e-7 of the likelihood, which npsurv confirms; the survival where it is unique. */
static void
agrees_with_em_and_npsurv(void)
{
    struct turnbull_work work = TURNBULL_WORK_INIT;
    const double at[] = { 1, 3, 6, 10, 15 };
    struct value_lines v;
    size_t sets = 0, unique = 0;

    value_lines_open(&v, "tests/values/survival_turnbull.gz");
    for (; value_lines_next(&v); sets++) {
        const size_t n = (size_t)value_next(&v);
        struct turnbull_fit fit;

        CHECK(n <= MOST_TIMES);
        for (size_t i = 0; i < n; i++) {
            times[i].low = value_on(&v);
            times[i].high = value_on(&v);
            times[i].weight = value_on(&v);
        }
        CHECK(turnbull(times, n, &work, pieces, &fit) == DYAD_OK);
        check_pieces(&fit);
        CHECK((double)fit.pieces <= value_on(&v));
        CHECK(fit.gap <= 1e-11 * fit.weight);
        CHECK_NEAR(fit.log_likelihood, value_on(&v), fit.weight, 1e-8);
        if (value_on(&v) == 0)
            continue;
        for (size_t i = 0; i < COUNT_OF(at); i++) {
            struct estimate e;

            turnbull_at(pieces, fit.pieces, at[i], &e);
            CHECK_NEAR(e.lower, value_on(&v), 1, 1e-5);
            CHECK_NEAR(e.upper, value_on(&v), 1, 1e-5);
        }
        value_lines_end(&v);
        unique++;
    }
    turnbull_work_release(&work);
    CHECK(sets == 198 && unique == 198);
}

/* Exact and right-censored times alone: the Kaplan-Meier curve. */
static void
is_kaplan_meier_where_nothing_is_unknown(void)
{
    const double six_mp[] = { 6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23,
                              -25, -32, -32, -34, -35 };
    const struct kaplan_meier_method method = { LIMITS_LOG, 0.95, false, 0 };
    struct survival_table t = table_of(six_mp, COUNT_OF(six_mp));
    struct turnbull_work work = TURNBULL_WORK_INIT;
    struct estimate curve[32], e;
    struct turnbull_fit fit;

    for (size_t i = 0; i < COUNT_OF(six_mp); i++)
        times[i] = (struct interval_time){ fabs(six_mp[i]),
                                           six_mp[i] > 0 ? six_mp[i] : INFINITY, 1 };
    CHECK(turnbull(times, COUNT_OF(six_mp), &work, pieces, &fit) == DYAD_OK);
    CHECK(kaplan_meier(&t, &method, curve) == DYAD_OK);
    for (size_t i = 0; i + 1 < t.n; i++) {
        turnbull_at(pieces, fit.pieces, t.rows[i].time, &e);
        CHECK_REL(e.value, curve[i].value, 1e-5);
        CHECK(e.lower == e.upper);
    }
    CHECK(turnbull_quantile(pieces, fit.pieces, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 23 && e.lower == 23 && e.upper == 23);
    CHECK(turnbull_quantile(pieces, fit.pieces, 0.9, &e) == DYAD_OK);
    CHECK(isnan(e.value) && e.lower == 35 && isnan(e.upper));
    survival_table_release(&t);
    turnbull_work_release(&work);
}

static void
places_mass_where_the_data_do(void)
{
    const struct interval_time two[] = { { 0, 4, 1 }, { 2, 6, 1 } };
    const struct interval_time apart[] = { { 0, 0.3, 1 }, { 0.1 + 0.2, 6, 1 } };
    struct turnbull_work work = TURNBULL_WORK_INIT;
    struct turnbull_fit fit;
    struct estimate e;

    CHECK(turnbull(two, 2, &work, pieces, &fit) == DYAD_OK);
    CHECK(fit.pieces == 1 && pieces[0].low == 2 && pieces[0].high == 4 && pieces[0].mass == 1);
    CHECK(fit.log_likelihood == 0);
    turnbull_at(pieces, 1, 3, &e);
    CHECK(e.value == 0.5 && e.lower == 0 && e.upper == 1 && isnan(e.std_error));
    CHECK(turnbull_quantile(pieces, 1, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 3 && e.lower == 2 && e.upper == 4);

    /* What meets but for its last bits does not overlap: 0.5 is then all between the two. */
    CHECK(turnbull(apart, 2, &work, pieces, &fit) == DYAD_OK);
    CHECK(fit.pieces == 2 && pieces[1].low == 0.3);
    CHECK_REL(fit.log_likelihood, -2 * log(2), 1e-14);
    CHECK(turnbull_quantile(pieces, 2, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 0.3 && e.lower == 0.3 && e.upper == 0.3);

    /* So it is with large times, and there only. */
    const struct interval_time far[] = { { 1, 1e6, 1 }, { 1e6 - 1e-4, 2e6, 1 } };
    const struct interval_time near[] = { { 1, 10, 1 }, { 10 - 1e-4, 20, 1 } };
    CHECK(turnbull(far, 2, &work, pieces, &fit) == DYAD_OK);
    CHECK(fit.pieces == 2);
    CHECK(turnbull(near, 2, &work, pieces, &fit) == DYAD_OK);
    CHECK(fit.pieces == 1);
    turnbull_work_release(&work);
}

static void
refuses_what_are_no_intervals(void)
{
    const struct interval_time refused[] = {
        { 2, 1, 1 },   { -1, 1, 1 }, { INFINITY, INFINITY, 1 }, { NAN, 1, 1 },
        { 1, NAN, 1 }, { 1, 2, 0 },  { 1, 2, -1 },              { 1, 2, INFINITY },
    };
    struct turnbull_work work = TURNBULL_WORK_INIT;
    struct turnbull_fit fit = { .gap = -1 };
    struct estimate e = { -1, -1, -1, -1, -1 };

    for (size_t i = 0; i < COUNT_OF(refused); i++)
        CHECK(turnbull(&refused[i], 1, &work, pieces, &fit) == DYAD_DOMAIN);
    CHECK(turnbull(refused, 0, &work, pieces, &fit) == DYAD_DOMAIN);
    CHECK(turnbull_quantile(pieces, 0, 0.5, &e) == DYAD_DOMAIN);
    CHECK(turnbull_quantile(pieces, 1, 1, &e) == DYAD_DOMAIN);
    CHECK(fit.gap == -1 && e.value == -1);
    turnbull_work_release(&work);
}

int
main(void)
{
    RUN(agrees_with_em_and_npsurv);
    RUN(is_kaplan_meier_where_nothing_is_unknown);
    RUN(places_mass_where_the_data_do);
    RUN(refuses_what_are_no_intervals);
    return DONE();
}
