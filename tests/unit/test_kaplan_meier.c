#include "dyad/stats/kaplan_meier.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_ROWS = 4096 };

static const struct kaplan_meier_method log_log_95 = { LIMITS_LOG_LOG, 0.95, false, 0 };

/* Only rows at which somebody leaves are in R's table. */
static size_t
row_that_leaves(const struct survival_table *t, size_t i)
{
    while (i < t->n && t->rows[i].n_event + t->rows[i].n_censor == 0)
        i++;
    CHECK(i < t->n);
    return i;
}

static void
check_curve(struct value_lines *v, const struct survival_table *t, const struct estimate *curve)
{
    const size_t rows = (size_t)value_on(v);
    size_t at = 0;

    for (size_t i = 0; i < rows; i++, at++) {
        at = row_that_leaves(t, at);
        const struct survival_row *row = &t->rows[at];

        CHECK_REL(row->time, value_on(v), 1e-13);
        CHECK_REL(row->n_risk, value_on(v), 1e-13);
        CHECK_REL(row->n_event, value_on(v), 1e-13);
        CHECK_REL(row->n_censor, value_on(v), 1e-13);
        CHECK_REL(curve[at].value, value_on(v), 1e-12);
        CHECK_REL(curve[at].std_error, value_on(v), 1e-12);
        CHECK_NEAR(curve[at].lower, value_on(v), curve[at].value, 1e-12);
        CHECK_NEAR(curve[at].upper, value_on(v), curve[at].value, 1e-12);
    }
    CHECK(at == t->n);
}

static void
check_summary(struct value_lines *v, const struct survival_table *t,
              const struct estimate *curve, double tau, const struct kaplan_meier_method *method)
{
    struct estimate e;

    CHECK(kaplan_meier_quantile(t, curve, 0.5, &e) == DYAD_OK);
    CHECK_REL(e.value, value_on(v), 1e-13);
    CHECK_REL(e.lower, value_on(v), 1e-13);
    CHECK_REL(e.upper, value_on(v), 1e-13);
    for (double p = 0.25; p < 1; p += 0.5) {
        CHECK(kaplan_meier_quantile(t, curve, p, &e) == DYAD_OK);
        if (value_is_absent(v))
            v->at = strchr(v->at, '-') + 1;
        else
            CHECK_REL(e.value, value_on(v), 1e-13);
    }
    CHECK(kaplan_meier_mean(t, curve, tau, method, &e) == DYAD_OK);
    CHECK_REL(e.value, value_on(v), 1e-12);
    CHECK_NEAR(e.std_error, value_on(v), e.value, 1e-12);
}

/* lung, colon, ovarian, veteran, heart, kidney, diabetic, nwtco, nlsy, flchain; 500 at random. */
static void
agrees_with_survfit(void)
{
    static struct estimate curve[MOST_ROWS];
    struct value_lines v;
    size_t sets = 0;

    value_lines_open(&v, "tests/values/survival_curves.gz");
    while (value_lines_next(&v)) {
        struct survival_set s;
        const size_t groups = (size_t)value_next(&v);
        struct kaplan_meier_method method;

        method.limits = (enum survival_limits)value_next(&v);
        method.level = value_next(&v);
        const double tau = value_next(&v);
        method.robust = value_next(&v) == 1;
        read_set(&v, groups, 1, &s);
        for (size_t g = 0; g < groups; g++) {
            CHECK(s.tables[g].n <= MOST_ROWS);
            CHECK(kaplan_meier(&s.tables[g], &method, curve) == DYAD_OK);
            check_curve(&v, &s.tables[g], curve);
            check_summary(&v, &s.tables[g], curve, tau, &method);
            value_lines_end(&v);
        }
        release_set(&s);
        sets++;
    }
    CHECK(sets == 511);
}

/* Klein & Moeschberger (2003), table 4.1: the 6-MP patients of Freireich's trial. */
static const double six_mp[] = { 6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23,
                                 -25, -32, -32, -34, -35 };

static void
prints_as_published(void)
{
    struct survival_table t = table_of(six_mp, COUNT_OF(six_mp));
    struct estimate curve[32], e;

    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK_PRINTED(curve[0].value, "0.857");
    CHECK_PRINTED(curve[0].std_error, "0.0764");
    kaplan_meier_at(&t, curve, 7, &e);
    CHECK_PRINTED(e.value, "0.807");
    CHECK_PRINTED(e.std_error, "0.0869");
    kaplan_meier_at(&t, curve, 12, &e);
    CHECK_PRINTED(e.value, "0.753");
    CHECK_PRINTED(e.std_error, "0.0963");
    kaplan_meier_at(&t, curve, 23.5, &e);
    CHECK_PRINTED(e.value, "0.448");
    CHECK_PRINTED(e.std_error, "0.1346");
    CHECK(kaplan_meier_quantile(&t, curve, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 23 && e.lower == 13 && isnan(e.upper));
    CHECK(kaplan_meier_mean(&t, curve, 35, &log_log_95, &e) == DYAD_OK);
    CHECK_PRINTED(e.value, "23.287"); /* its example 4.2 */
    CHECK_PRINTED(e.std_error, "2.827");
    survival_table_release(&t);
}

static void
knows_nothing_beyond_its_last_time(void)
{
    struct survival_table t = table_of(six_mp, COUNT_OF(six_mp));
    struct estimate curve[32], e;

    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    kaplan_meier_at(&t, curve, 35, &e);
    CHECK(e.value == curve[t.n - 1].value);
    kaplan_meier_at(&t, curve, 35.1, &e);
    CHECK(isnan(e.value) && isnan(e.std_error));
    kaplan_meier_at(&t, curve, 5.9, &e);
    CHECK(e.value == 1 && e.std_error == 0 && isnan(e.lower));
    CHECK(kaplan_meier_mean(&t, curve, 35.1, &log_log_95, &e) == DYAD_OK);
    CHECK(isnan(e.value) && isnan(e.std_error));
    survival_table_release(&t);
}

static void
takes_the_middle_of_a_flat_step(void)
{
    const double exits[] = { 1, 2, 4, 8 }, ends_flat[] = { 1, 2, -4, -8 };
    struct survival_table t = table_of(exits, 4), flat = table_of(ends_flat, 4);
    struct estimate curve[4], e;

    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(kaplan_meier_quantile(&t, curve, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 3);
    CHECK(kaplan_meier_quantile(&t, curve, 0.51, &e) == DYAD_OK);
    CHECK(e.value == 4);
    CHECK(kaplan_meier(&flat, &log_log_95, curve) == DYAD_OK);
    CHECK(kaplan_meier_quantile(&flat, curve, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 2);
    survival_table_release(&t);
    survival_table_release(&flat);
}

static void
has_a_clear_outcome_where_there_is_little(void)
{
    const double censored[] = { -1, -2, -2 }, one[] = { 5 }, tied[] = { 3, 3, 3, -3 },
                 zero[] = { 0, 0, -0.0, 1 };
    struct survival_table t;
    struct estimate curve[4], e;

    t = table_of(censored, 3);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(curve[1].value == 1 && curve[1].std_error == 0 && isnan(curve[1].lower));
    CHECK(kaplan_meier_quantile(&t, curve, 0.5, &e) == DYAD_OK);
    CHECK(isnan(e.value) && isnan(e.lower) && isnan(e.upper));
    CHECK(kaplan_meier_mean(&t, curve, 2, &log_log_95, &e) == DYAD_OK);
    CHECK(e.value == 2 && e.std_error == 0);
    survival_table_release(&t);

    t = table_of(one, 1);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(curve[0].value == 0 && isnan(curve[0].std_error) && isnan(curve[0].upper));
    CHECK(kaplan_meier_quantile(&t, curve, 0.5, &e) == DYAD_OK);
    CHECK(e.value == 5 && isnan(e.lower) && isnan(e.upper));
    CHECK(kaplan_meier_mean(&t, curve, 7, &log_log_95, &e) == DYAD_OK);
    CHECK(e.value == 5 && e.std_error == 0);
    survival_table_release(&t);

    t = table_of(tied, 4);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(t.n == 1 && curve[0].value == 0.25);
    survival_table_release(&t);

    t = table_of(zero, 4);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(t.n == 2 && curve[0].value == 0.5 && curve[1].value == 0);
    CHECK(kaplan_meier_mean(&t, curve, 1, &log_log_95, &e) == DYAD_OK);
    CHECK(e.value == 0.5);
    survival_table_release(&t);
}

/* The survival that was 0 once is not heard of again, although others came. */
static void
stays_at_0_when_all_at_risk_had_the_event(void)
{
    struct survival_counts *c = survival_counts_new(1);
    const struct survival_time times[] = { { 0, 1, 1, 1, 1 },
                                           { 2, 4, 1, 1, 1 },
                                           { 2, 5, 0, 1, 1 } };
    struct survival_table t = SURVIVAL_TABLE_INIT;
    struct estimate curve[4];

    for (size_t i = 0; i < COUNT_OF(times); i++)
        CHECK(survival_counts_add(c, &times[i]) == DYAD_OK);
    CHECK(survival_tables((const struct survival_counts *const *)&c, 1, &t) == DYAD_OK);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK(t.n == 4 && curve[0].value == 0 && curve[3].value == 0 && isnan(curve[3].std_error));
    survival_table_release(&t);
    survival_counts_free(c);
}

/* One event among 4e9: what differs from 1 by less than its last bits still has limits. */
static void
keeps_its_digits_near_1(void)
{
    struct survival_counts *c = survival_counts_new(1);
    const struct survival_time times[] = { { SURVIVAL_FROM_START, 1, 1, 1, 1 },
                                           { SURVIVAL_FROM_START, 2, 0, 4e9 - 1, 1 } };
    struct survival_table t = SURVIVAL_TABLE_INIT;
    struct estimate curve[2];

    for (size_t i = 0; i < COUNT_OF(times); i++)
        CHECK(survival_counts_add(c, &times[i]) == DYAD_OK);
    CHECK(survival_tables((const struct survival_counts *const *)&c, 1, &t) == DYAD_OK);
    CHECK(kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    CHECK_REL(curve[0].std_error, 2.5e-10, 1e-9);
    /* log -log S -+ z: the rate 1 / 4e9 by exp(1.95996...). */
    CHECK_REL(1 - curve[0].lower, 2.5e-10 * 7.0990714030718, 1e-6);
    survival_table_release(&t);
    survival_counts_free(c);
}

static void
compares_two_groups(void)
{
    const struct estimate a = { 0.75, 0.03, NAN, NAN, NAN }, b = { 0.5, 0.04, NAN, NAN, NAN };
    const struct estimate unknown = { NAN, NAN, NAN, NAN, NAN }, sure = { 1, 0, NAN, NAN, NAN };
    struct estimate e;

    CHECK(kaplan_meier_difference(&a, &b, &log_log_95, &e) == DYAD_OK);
    CHECK_REL(e.value, 0.25, 1e-15);
    CHECK_REL(e.std_error, 0.05, 1e-15);
    CHECK_REL(e.lower, 0.25 - 0.05 * 1.959963984540054, 1e-14);
    CHECK_REL(e.p_value, 5.733031437583878e-07, 1e-12); /* R: 2 * pnorm(-5) */
    CHECK(kaplan_meier_difference(&a, &unknown, &log_log_95, &e) == DYAD_OK);
    CHECK(isnan(e.value) && isnan(e.p_value));
    CHECK(kaplan_meier_difference(&sure, &sure, &log_log_95, &e) == DYAD_OK);
    CHECK(e.value == 0 && isnan(e.std_error));
    CHECK(kaplan_meier_difference(&a, &b, &(struct kaplan_meier_method){ LIMITS_LOG, 1, false, 0 }, &e) == DYAD_DOMAIN);
    CHECK(e.value == 0);
    CHECK(kaplan_meier_difference(&a, &b, &(struct kaplan_meier_method){ LIMITS_LOG, 0.95, false, 7 }, &e) == DYAD_OK);
    CHECK_REL(e.upper, 0.25 + 0.05 * 2.364624251592785, 1e-14); /* R: qt(0.975, 7) */
    CHECK_REL(e.p_value, 0.001565277953172824, 1e-12);          /* R: 2 * pt(-5, 7) */
}

/* Each of ${n} times is a cluster: the robust error, which counts each record by itself. */
static void
takes_records_as_clusters_of_their_own(void)
{
    const struct kaplan_meier_method robust = { LIMITS_LOG_LOG, 0.95, true, 0 };
    struct survival_table t = table_of(six_mp, COUNT_OF(six_mp));
    struct estimate curve[32], mean;
    double scratch[66], influence[32], squares[32] = { 0 }, mean_squares = 0;

    CHECK(t.n <= 32 && kaplan_meier(&t, &robust, curve) == DYAD_OK);
    CHECK(kaplan_meier_mean(&t, curve, 30, &robust, &mean) == DYAD_OK);
    for (size_t k = 0; k < COUNT_OF(six_mp); k++) {
        const struct survival_stay one = { SURVIVAL_FROM_START, fabs(six_mp[k]), six_mp[k] > 0, 1 };
        kaplan_meier_influence(&t, &one, 1, scratch, influence);
        for (size_t i = 0; i < t.n; i++)
            squares[i] += influence[i] * influence[i];
        const double u = kaplan_meier_mean_influence(&t, curve, 30, influence);
        mean_squares += u * u;
    }
    for (size_t i = 0; i < t.n; i++) {
        struct estimate e = { curve[i].value, NAN, NAN, NAN, NAN };
        kaplan_meier_set_error(sqrt(squares[i]), &log_log_95, &e);
        CHECK_REL(e.std_error, curve[i].std_error, 1e-13);
        CHECK_REL(e.lower, curve[i].lower, 1e-13);
        CHECK_REL(e.upper, curve[i].upper, 1e-13);
    }
    CHECK_REL(sqrt(mean_squares), mean.std_error, 1e-13);
    survival_table_release(&t);
}

/* R: survfit(Surv(entry, exit, event) ~ 1, cluster = cl); the mean by its influence.surv. */
static void
agrees_with_survfit_by_cluster(void)
{
    static const struct survival_stay stays[] = {
        { SURVIVAL_FROM_START, 2, true, 1 }, { 1, 3, false, 1 }, { 3, 6, true, 1 },
        { SURVIVAL_FROM_START, 9, false, 1 },                                           /* cluster 1 */
        { SURVIVAL_FROM_START, 3, true, 1 }, { 2, 5, true, 1 }, { 1, 7, false, 1 },     /* 2 */
        { SURVIVAL_FROM_START, 4, true, 1 }, { SURVIVAL_FROM_START, 5, false, 1 },
        { SURVIVAL_FROM_START, 7, true, 1 },                                            /* 3 */
    };
    static const size_t ends[] = { 0, 4, 7, 10 };
    static const double errors[] = { 0.09631896879639025, 0.10046735273134129, 0.00956831930774679,
                                     0.09354632824084412, 0.08261337812582976, 0.05821819750308156,
                                     0.05821819750308156 };
    struct survival_counts *c = survival_counts_new(1);
    struct survival_table t = SURVIVAL_TABLE_INIT;
    struct estimate curve[16];
    double scratch[34], influence[16], squares[16] = { 0 }, mean_squares = 0;
    size_t at = 0;

    for (size_t k = 0; k < COUNT_OF(stays); k++)
        CHECK(survival_counts_add(c, &(struct survival_time){ stays[k].entry, stays[k].exit,
                                                              stays[k].event, 1, 1 }) == DYAD_OK);
    CHECK(survival_tables((const struct survival_counts *const *)&c, 1, &t) == DYAD_OK);
    CHECK(t.n <= 16 && kaplan_meier(&t, &log_log_95, curve) == DYAD_OK);
    for (size_t k = 0; k < 3; k++) {
        kaplan_meier_influence(&t, stays + ends[k], ends[k + 1] - ends[k], scratch, influence);
        for (size_t i = 0; i < t.n; i++)
            squares[i] += influence[i] * influence[i];
        const double u = kaplan_meier_mean_influence(&t, curve, 8, influence);
        mean_squares += u * u;
    }
    for (size_t i = 0; i < COUNT_OF(errors); i++, at++) {
        at = row_that_leaves(&t, at);
        CHECK_REL(sqrt(squares[at]) * curve[at].value, errors[i], 1e-13);
    }
    CHECK_REL(sqrt(mean_squares), 0.245186237472952, 1e-13);
    survival_table_release(&t);
    survival_counts_free(c);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct kaplan_meier_method certain = { LIMITS_LOG, 1, false, 0 };
    const struct kaplan_meier_method robust = { LIMITS_LOG, 0.9, true, 0 };
    struct survival_table t = table_of(six_mp, COUNT_OF(six_mp)), none = SURVIVAL_TABLE_INIT;
    struct estimate curve[32], e = { -1, -1, -1, -1, -1 };
    enum survival_limits limits = LIMITS_PLAIN;

    curve[0] = e;
    CHECK(kaplan_meier(&none, &log_log_95, curve) == DYAD_DOMAIN);
    CHECK(kaplan_meier(&t, &certain, curve) == DYAD_DOMAIN);
    t.late = true;
    CHECK(kaplan_meier(&t, &robust, curve) == DYAD_DOMAIN);
    CHECK(kaplan_meier_mean(&t, curve, 5, &robust, &e) == DYAD_DOMAIN);
    t.late = false;
    CHECK(curve[0].value == -1);
    CHECK(kaplan_meier_quantile(&t, curve, 0, &e) == DYAD_DOMAIN);
    CHECK(kaplan_meier_quantile(&t, curve, NAN, &e) == DYAD_DOMAIN);
    CHECK(kaplan_meier_mean(&t, curve, 0, &log_log_95, &e) == DYAD_DOMAIN);
    CHECK(kaplan_meier_mean(&t, curve, INFINITY, &log_log_95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1);
    CHECK(!survival_limits_find("loglog", &limits) && limits == LIMITS_PLAIN);
    for (int i = LIMITS_LOG_LOG; i <= LIMITS_ARCSIN; i++)
        CHECK(survival_limits_find(survival_limits_name((enum survival_limits)i), &limits) &&
              limits == (enum survival_limits)i);
    survival_table_release(&t);
}

int
main(void)
{
    RUN(agrees_with_survfit);
    RUN(prints_as_published);
    RUN(knows_nothing_beyond_its_last_time);
    RUN(takes_the_middle_of_a_flat_step);
    RUN(has_a_clear_outcome_where_there_is_little);
    RUN(stays_at_0_when_all_at_risk_had_the_event);
    RUN(keeps_its_digits_near_1);
    RUN(compares_two_groups);
    RUN(takes_records_as_clusters_of_their_own);
    RUN(agrees_with_survfit_by_cluster);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
