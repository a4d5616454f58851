#include "dyad/stats/mixed_logistic.h"

#include "clustered_values.h"

struct answer {
    struct mixed_fit fit;
    double b[MOST_COLUMNS], covariance[MOST_COLUMNS * MOST_COLUMNS], modes[MOST_CLUSTERS];
};

static enum dyad_status
ask(const struct clustered_rows *rows, unsigned points, struct answer *out,
    struct clustered_why *why)
{
    const struct mixed_output to = { out->b, out->covariance, out->modes };

    return mixed_logistic(rows, points, &out->fit, &to, why);
}

static struct answer
answer_of(const struct clustered_rows *rows, unsigned points)
{
    struct clustered_why why;
    struct answer it;

    CHECK(ask(rows, points, &it, &why) == DYAD_OK);
    CHECK(why.trouble == CLUSTERED_FINE);
    return it;
}

static double
error_of(const struct answer *it, size_t p, size_t j)
{
    return j < p ? sqrt(it->covariance[j * p + j]) : it->fit.sigma_error;
}

/* The same quadrature, differentiated by differences of eighth order. */
static void
check_ours(struct value_lines *v, const struct answer *it, size_t p)
{
    double sigma;

    for (size_t j = 0; j < p; j++)
        CHECK_NEAR(it->b[j], value_next(v), error_of(it, p, j), 1e-9);
    sigma = value_next(v);
    CHECK(isnan(it->fit.sigma_error) == (sigma == 0) && (it->fit.sigma == 0) == (sigma == 0));
    if (sigma > 0)
        CHECK_NEAR(it->fit.sigma, sigma, it->fit.sigma_error, 1e-8);
    sigma = it->fit.sigma;
    CHECK_REL(it->fit.icc, sigma * sigma / (sigma * sigma + M_PI * M_PI / 3), 1e-15);
    CHECK_REL(it->fit.log_lik, value_next(v), 1e-12);
    CHECK_REL(it->fit.log_lik_fixed, value_next(v), 1e-12);
    for (size_t i = 0; i < p + (sigma > 0); i++)
        for (size_t j = 0; j <= i; j++) {
            const double want = value_next(v);

            if (i < p)
                CHECK_NEAR(it->covariance[i * p + j], want,
                           error_of(it, p, i) * error_of(it, p, j), 2e-8);
            else if (i == j)
                CHECK_REL(it->fit.sigma_error, sqrt(want), 1e-8);
        }
}

static void
check_limits(struct value_lines *v, const struct clustered_rows *rows, unsigned points)
{
    const double low = value_next(v), high = value_next(v);
    struct clustered_why why;
    double got_low, got_high;

    if (isnan(low))
        return;
    CHECK(mixed_logistic_sigma_limits(rows, points, 0.95, &got_low, &got_high, &why) == DYAD_OK);
    CHECK(why.trouble == CLUSTERED_FINE);
    CHECK_REL(got_low, low, 1e-8);
    if (!isnan(high))
        CHECK_REL(got_high, high, 1e-8);
}

/* Many points come near exact integrals. */
static void
check_exact(struct value_lines *v, const struct answer *it, size_t p, unsigned points)
{
    const double near = points < MIXED_POINTS || it->fit.sigma > 2 ? INFINITY
                        : points == MIXED_POINTS                   ? 3e-5
                                                                   : 1e-8;
    double errors[MOST_COLUMNS + 1], values[MOST_COLUMNS + 1], log_lik;

    for (size_t j = 0; j <= p; j++)
        values[j] = value_next(v);
    for (size_t j = 0; j <= p; j++)
        errors[j] = value_next(v);
    log_lik = value_next(v);
    if (isnan(log_lik) || isinf(near))
        return;
    for (size_t j = 0; j <= p; j++) {
        CHECK_NEAR(j < p ? it->b[j] : it->fit.sigma, values[j], errors[j], near);
        CHECK_REL(error_of(it, p, j), errors[j], near);
    }
    CHECK_NEAR(it->fit.log_lik, log_lik, 1, near);
}

/* As far as its search goes. */
static size_t
check_lme4(struct value_lines *v, const struct clustered_rows *rows, const struct answer *it)
{
    const size_t p = rows->p;
    const bool spread = it->fit.sigma > 0;

    if (value_next(v) == 0)
        return 0;
    for (size_t j = 0; j < p; j++)
        CHECK_NEAR(it->b[j], value_next(v), error_of(it, p, j), 1e-4);
    CHECK_NEAR(it->fit.sigma, value_next(v), 1, 3e-4);
    for (size_t j = 0; j < p; j++) {
        const double error = value_next(v);

        if (spread)
            CHECK_REL(error_of(it, p, j), error, 5e-4);
    }
    CHECK_NEAR(it->fit.log_lik, value_next(v), 1, 1e-5);
    for (size_t i = 0; i < rows->clusters; i++)
        if (!isnan(it->modes[i]))
            CHECK_NEAR(it->modes[i], value_next(v), 1, 3e-4);
    return 1;
}

static void
agrees_with_references(void)
{
    static struct row_set set;
    struct value_lines v;
    size_t by_lme4 = 0, without_spread = 0;

    value_lines_open(&v, "tests/values/mixed.gz");
    while (value_lines_next(&v)) {
        const unsigned points = (unsigned)value_next(&v);
        struct answer it;

        read_rows(&v, &set);
        it = answer_of(&set.rows, points);
        check_ours(&v, &it, set.rows.p);
        check_limits(&v, &set.rows, points);
        check_exact(&v, &it, set.rows.p, points);
        by_lme4 += check_lme4(&v, &set.rows, &it);
        value_lines_end(&v);
        without_spread += it.fit.sigma == 0;
    }
    CHECK(v.n >= 200 && by_lme4 >= 150 && without_spread >= 30);
}

/* Ten villages, five people each: x is 1, village's arm, age; of more outcomes here than there. */
enum { VILLAGES = 10, EACH = 5, PEOPLE = VILLAGES * EACH };

struct villages {
    double x[PEOPLE * 3], y[PEOPLE];
    uint32_t cluster[PEOPLE];
    struct clustered_rows rows;
};

static void
set_villages(struct villages *s)
{
    static const int outcomes[VILLAGES] = { 4, 0, 3, 1, 5, 1, 2, 0, 3, 4 };

    for (size_t i = 0; i < PEOPLE; i++) {
        const size_t village = i / EACH;

        s->x[3 * i] = 1;
        s->x[3 * i + 1] = (double)(village % 2);
        s->x[3 * i + 2] = 20 + (double)(i * 7 % 11);
        s->y[i] = (int)(i * 3 % EACH) < outcomes[village];
        s->cluster[i] = (uint32_t)village;
    }
    s->rows = (struct clustered_rows){ .n = PEOPLE, .p = 3, .x = s->x, .y = s->y,
                                       .cluster = s->cluster, .clusters = VILLAGES };
}

static void
check_same(const struct answer *a, const struct answer *b, size_t p, double tolerance)
{
    for (size_t j = 0; j < p; j++) {
        CHECK_NEAR(a->b[j], b->b[j], error_of(b, p, j), tolerance);
        CHECK_REL(error_of(a, p, j), error_of(b, p, j), tolerance);
    }
    CHECK_REL(a->fit.sigma, b->fit.sigma, tolerance);
    CHECK_REL(a->fit.sigma_error, b->fit.sigma_error, tolerance);
}

static void
order_says_nothing(void)
{
    struct villages s, mixed;
    struct answer before, after;

    set_villages(&s);
    set_villages(&mixed);
    for (size_t i = 0; i < PEOPLE; i++) {
        const size_t from = i * 23 % PEOPLE;

        memcpy(mixed.x + 3 * i, s.x + 3 * from, 3 * sizeof *s.x);
        mixed.y[i] = s.y[from];
        mixed.cluster[i] = 40 - 4 * s.cluster[from];
    }
    mixed.rows.clusters = 41;
    before = answer_of(&s.rows, 7);
    after = answer_of(&mixed.rows, 7);
    CHECK(before.fit.sigma > 0.5);
    check_same(&after, &before, 3, 1e-10);
    CHECK_REL(after.fit.log_lik, before.fit.log_lik, 1e-14);
    for (size_t i = 0; i < 41; i++)
        if (i % 4 == 0 && i > 0)
            CHECK_NEAR(after.modes[i], before.modes[10 - i / 4], 1, 1e-10);
        else
            CHECK(isnan(after.modes[i]));
    CHECK(after.fit.clusters == VILLAGES && after.fit.people == PEOPLE);
}

/* Without age, a village is a row: of people with and without, or of events of a total. */
static void
equal_rows_are_counts(void)
{
    double x[VILLAGES * 4], events[VILLAGES], total[VILLAGES], y[VILLAGES * 2], times[VILLAGES * 2];
    double constant = 0;
    uint32_t cluster[VILLAGES * 2];
    size_t n = 0;
    struct clustered_rows rows = { VILLAGES, 2, x, events, total, NULL, NULL, cluster, VILLAGES };
    struct villages s;
    struct answer single, counted, totals;

    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++)
        memmove(s.x + 2 * i, s.x + 3 * i, 2 * sizeof *s.x);
    s.rows.p = 2;
    single = answer_of(&s.rows, 11);
    for (size_t i = 0; i < VILLAGES; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = (double)(i % 2);
        events[i] = 0;
        total[i] = EACH;
        cluster[i] = (uint32_t)i;
        for (size_t j = 0; j < EACH; j++)
            events[i] += s.y[i * EACH + j];
        constant += lgamma(6) - lgamma(events[i] + 1) - lgamma(6 - events[i]);
    }
    totals = answer_of(&rows, 11);
    check_same(&totals, &single, 2, 1e-10);
    CHECK_REL(totals.fit.log_lik, single.fit.log_lik + constant, 1e-13);
    CHECK_REL(totals.fit.log_lik_fixed, single.fit.log_lik_fixed + constant, 1e-13);

    for (size_t i = 0; i < VILLAGES; i++)
        for (size_t kind = 0; kind < 2; kind++) {
            times[n] = kind == 1 ? events[i] : EACH - events[i];
            if (times[n] == 0)
                continue;
            x[2 * n] = 1;
            x[2 * n + 1] = (double)(i % 2);
            y[n] = (double)kind;
            cluster[n++] = (uint32_t)i;
        }
    rows = (struct clustered_rows){ n, 2, x, y, NULL, times, NULL, cluster, VILLAGES };
    counted = answer_of(&rows, 11);
    check_same(&counted, &single, 2, 1e-10);
    CHECK_REL(counted.fit.log_lik, single.fit.log_lik, 1e-13);
    CHECK(counted.fit.people == PEOPLE && totals.fit.people == PEOPLE);
}

/* Three villages of 4,000 rows each, and of two. */
static void
large_clusters_are_counts(void)
{
    enum { CLUSTERS = 3, MANY = 4000 };
    static double x[CLUSTERS * MANY], y[CLUSTERS * MANY];
    static uint32_t cluster[CLUSTERS * MANY];
    const double events[CLUSTERS] = { 900, 2100, 1700 }, total[CLUSTERS] = { MANY, MANY, MANY };
    const uint32_t few[CLUSTERS] = { 0, 1, 2 };
    const struct clustered_rows many = { CLUSTERS * MANY, 1, x, y, NULL, NULL, NULL, cluster, 3 };
    const struct clustered_rows totals = { CLUSTERS, 1, x, events, total, NULL, NULL, few, 3 };
    struct answer a, b;

    for (size_t i = 0; i < CLUSTERS * MANY; i++) {
        x[i] = 1;
        cluster[i] = (uint32_t)(i / MANY);
        y[i] = (double)(i % MANY) < events[i / MANY];
    }
    a = answer_of(&many, 5);
    b = answer_of(&totals, 5);
    check_same(&a, &b, 1, 1e-9);
    CHECK_REL(2 * (a.fit.log_lik - a.fit.log_lik_fixed), 2 * (b.fit.log_lik - b.fit.log_lik_fixed),
              1e-10);
}

/* Three of five everywhere is less spread than chance has. */
static void
no_spread_is_logistic_regression(void)
{
    struct clustered_why why;
    struct villages s;
    struct answer it;
    double low = -1, high = -1;

    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++) {
        s.x[i] = 1;
        s.y[i] = i % EACH < 3;
    }
    s.rows.p = 1;
    it = answer_of(&s.rows, MIXED_POINTS);
    CHECK(it.fit.sigma == 0 && it.fit.icc == 0 && isnan(it.fit.sigma_error));
    CHECK_REL(it.b[0], log(1.5), 1e-14);
    CHECK_REL(it.covariance[0], 1 / (PEOPLE * 0.24), 1e-14);
    CHECK_REL(it.fit.log_lik, 30 * log(0.6) + 20 * log(0.4), 1e-14);
    CHECK(it.fit.log_lik == it.fit.log_lik_fixed);
    for (size_t i = 0; i < VILLAGES; i++)
        CHECK(it.modes[i] == 0);
    CHECK(mixed_logistic_sigma_limits(&s.rows, 25, 0.95, &low, &high, &why) == DYAD_OK);
    CHECK(low == 0 && high > 0.1 && high < 2);
}

static void
check_refused(const struct clustered_rows *rows, enum dyad_status status,
              enum clustered_trouble trouble)
{
    struct clustered_why why;
    struct answer it;
    double low = -1, high = -1;

    memset(&it, 0x55, sizeof it);

    const struct answer before = it;

    CHECK(ask(rows, 7, &it, &why) == status);
    CHECK(why.trouble == trouble);
    CHECK(memcmp(&it, &before, sizeof it) == 0);
    CHECK(mixed_logistic_sigma_limits(rows, 7, 0.95, &low, &high, &why) == status);
    CHECK(why.trouble == trouble && low == -1 && high == -1);
}

static void
tells_why_there_is_no_answer(void)
{
    struct villages s;
    struct clustered_why why;
    struct answer it;

    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++) /* no outcome in one arm */
        if (s.x[3 * i + 1] > 0)
            s.y[i] = 0;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_SEPARATED);
    for (size_t i = 0; i < PEOPLE; i++) /* age decides */
        s.y[i] = s.x[3 * i + 2] > 25;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_SEPARATED);
    for (size_t i = 0; i < PEOPLE; i++)
        s.y[i] = 1;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_SEPARATED);
    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++) /* all of a village alike */
        s.y[i] = s.cluster[i] % 3 == 0;
    check_refused(&s.rows, DYAD_NOCONV, CLUSTERED_SIGMA);
    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++)
        s.x[3 * i + 2] = 2 - s.x[3 * i + 1] / 3;
    CHECK(ask(&s.rows, 7, &it, &why) == DYAD_DOMAIN);
    CHECK(why.trouble == CLUSTERED_COLLINEAR && why.column == 2);
    set_villages(&s);
    for (size_t i = 0; i < PEOPLE; i++)
        s.cluster[i] = 3;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_ALONE);
    for (size_t i = 0; i < PEOPLE; i++)
        s.cluster[i] = (uint32_t)i;
    s.rows.clusters = PEOPLE;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_ALONE);
}

static void
refuses_what_it_cannot_read(void)
{
    const double bad_y[] = { -1, 2, 0.5, NAN };
    const double bad_level[] = { 0, 1, -1, NAN };
    struct villages s;
    struct clustered_why why;
    struct answer it;
    double low = -1, high = -1;

    for (size_t i = 0; i < sizeof bad_y / sizeof *bad_y; i++) {
        set_villages(&s);
        s.y[5] = bad_y[i];
        check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_INVALID);
    }
    set_villages(&s);
    CHECK(ask(&s.rows, 0, &it, &why) == DYAD_DOMAIN && why.trouble == CLUSTERED_INVALID);
    CHECK(ask(&s.rows, 64, &it, &why) == DYAD_DOMAIN && why.trouble == CLUSTERED_INVALID);
    for (size_t i = 0; i < sizeof bad_level / sizeof *bad_level; i++)
        CHECK(mixed_logistic_sigma_limits(&s.rows, 7, bad_level[i], &low, &high, &why) ==
              DYAD_DOMAIN);
    CHECK(low == -1 && high == -1);
    s.x[7] = NAN;
    check_refused(&s.rows, DYAD_DOMAIN, CLUSTERED_INVALID);
}

int
main(void)
{
    RUN(agrees_with_references);
    RUN(order_says_nothing);
    RUN(equal_rows_are_counts);
    RUN(large_clusters_are_counts);
    RUN(no_spread_is_logistic_regression);
    RUN(tells_why_there_is_no_answer);
    RUN(refuses_what_it_cannot_read);
    return DONE();
}
