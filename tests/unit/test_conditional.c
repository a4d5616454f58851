#include "dyad/stats/conditional.h"

#include "cox_values.h"

static struct record_set set;

struct fitted {
    double b[MOST_COLUMNS], v[MOST_COLUMNS * MOST_COLUMNS];
    enum cox_state state[MOST_COLUMNS];
    struct conditional_fit fit;
};

static struct conditional_data
data_of(const struct record_set *s)
{
    return (struct conditional_data){ .n = s->n,
                                      .set = s->stratum,
                                      .event = s->event,
                                      .p = s->p,
                                      .x = s->x,
                                      .offset = s->offset };
}

static void
fit_set(struct conditional_model **model, struct fitted *f)
{
    const struct conditional_data data = data_of(&set);

    CHECK(conditional_new(&data, model) == DYAD_OK);
    CHECK(conditional_fit(*model, f->b, f->v, f->state, &f->fit) == DYAD_OK);
}

/* ---- against survival ---- */

static void
check_robust(struct value_lines *v, struct conditional_model *model)
{
    const size_t p = set.p;
    double want[MOST_COLUMNS * MOST_COLUMNS], got[MOST_COLUMNS * MOST_COLUMNS];
    double scale[MOST_COLUMNS * MOST_COLUMNS], each[MOST_COLUMNS * MOST_COLUMNS];
    size_t clusters;

    CHECK(conditional_robust(model, set.stratum, got, &clusters) == DYAD_OK);
    CHECK(conditional_robust(model, NULL, each, NULL) == DYAD_OK);
    CHECK(value_lines_next(v));
    covariance_scale(got, p, scale);
    CHECK_ALL(each, got, scale, p * p, 1e-13);
    if (strchr(v->line, 'n') != NULL)
        return;
    for (size_t i = 0; i < p * p; i++)
        want[i] = value_next(v);
    CHECK_ALL(got, want, scale, p * p, 1e-9);
}

static void
check_fit(struct value_lines *v)
{
    const size_t p = set.p;
    double b[MOST_COLUMNS], cov[MOST_COLUMNS * MOST_COLUMNS], scale[MOST_COLUMNS * MOST_COLUMNS];
    double errors[MOST_COLUMNS], tests[4];
    struct conditional_model *model;
    struct fitted f;

    read_numbers(v, b, p);
    read_numbers(v, cov, p * p);
    read_numbers(v, tests, 4);
    fit_set(&model, &f);
    covariance_scale(cov, p, scale);
    for (size_t j = 0; j < p; j++) {
        errors[j] = sqrt(cov[j * p + j]);
        CHECK(f.state[j] == COX_FINITE);
    }
    CHECK(!f.fit.infinite && f.fit.rank == p);
    CHECK_ALL(f.b, b, errors, p, 1e-9);
    CHECK_ALL(f.v, cov, scale, p * p, 1e-9);
    CHECK_REL(f.fit.null_loglik, tests[0], 1e-12);
    CHECK_REL(f.fit.loglik, tests[1], 1e-12);
    CHECK(fabs(f.fit.lr.statistic - 2 * (tests[1] - tests[0])) <= 4e-12 * fabs(tests[0]));
    CHECK_REL(f.fit.score.statistic, tests[2], 1e-8);
    CHECK_REL(f.fit.wald.statistic, tests[3], 1e-7);
    check_robust(v, model);
    conditional_free(model);
}

static void
agrees_with_survival(void)
{
    struct value_lines v;
    size_t n = 0;

    value_lines_open(&v, "tests/values/conditional.gz");
    while (read_records(&v, &set, false)) {
        check_fit(&v);
        n++;
    }
    CHECK(n == 303);
}

/* ---- infinite coefficients, by a linear program ---- */

static void
knows_infinite_coefficients_for_certain(void)
{
    struct value_lines v;
    size_t n = 0, infinite = 0;

    value_lines_open(&v, "tests/values/conditional_infinite.gz");
    while (read_records(&v, &set, false)) {
        double want[2];
        struct conditional_model *model;
        struct fitted f;
        bool any = false;

        read_numbers(&v, want, 2);
        fit_set(&model, &f);
        for (size_t j = 0; j < set.p; j++)
            any = any || f.state[j] == COX_INFINITE;
        CHECK(f.fit.rank == (size_t)want[0]);
        CHECK(f.fit.infinite == any);
        if (f.fit.rank == set.p) {
            CHECK(any == (want[1] != 0));
            infinite += any;
        }
        conditional_free(model);
        n++;
    }
    CHECK(n == 1000);
    CHECK(infinite == 438);
}

/* ---- pairs with one exposure, in closed form ---- */

enum { PAIRS_MAX = 40 };

struct pairs {
    uint32_t sets[2 * PAIRS_MAX];
    unsigned char event[2 * PAIRS_MAX];
    double x[2 * PAIRS_MAX];
    struct conditional_data data;
};

/* ${a} pairs with the case alone exposed, ${b} with the control alone, one with both. */
static void
make_pairs(struct pairs *p, size_t a, size_t b)
{
    const size_t n = a + b + 1;

    for (size_t i = 0; i < 2 * n; i++) {
        p->sets[i] = (uint32_t)(i % n);
        p->event[i] = i < n;
        p->x[i] = i % n < a ? i < n : i % n < a + b ? i >= n : 1;
    }
    p->data = (struct conditional_data){ 2 * n, p->sets, p->event, 1, p->x, NULL, NULL };
}

static double
pairs_loglik(double a, double b, double beta)
{
    return -a * log1p(exp(-beta)) - b * log1p(exp(beta)) - log(2);
}

static void
knows_pairs(void)
{
    struct pairs pairs;
    struct conditional_model *model;
    struct conditional_fit fit;
    enum cox_state state;
    double b, v, robust, lower, upper;

    make_pairs(&pairs, 21, 8);
    CHECK(conditional_new(&pairs.data, &model) == DYAD_OK);
    CHECK(conditional_fit(model, &b, &v, &state, &fit) == DYAD_OK);
    CHECK_REL(b, log(21.0 / 8), 1e-14);
    CHECK_REL(v, 1 / 21.0 + 1 / 8.0, 1e-13);
    CHECK_REL(fit.score.statistic, 13.0 * 13 / 29, 1e-14);
    CHECK_REL(fit.loglik, pairs_loglik(21, 8, b), 1e-14);
    CHECK(fit.sets == 30 && fit.uninformative == 0 && fit.records == 60 && fit.events == 30);
    CHECK(conditional_robust(model, NULL, &robust, NULL) == DYAD_OK);
    CHECK_REL(robust, v, 1e-13);
    CHECK(conditional_profile(model, 0, 0.95, &lower, &upper) == DYAD_OK);
    CHECK_REL(2 * (fit.loglik - pairs_loglik(21, 8, lower)), 3.841458820694124, 1e-10);
    CHECK_REL(2 * (fit.loglik - pairs_loglik(21, 8, upper)), 3.841458820694124, 1e-10);
    CHECK(lower < b && upper > b);
    conditional_free(model);
}

/* No control alone is exposed: the odds ratio is infinite, its lower limit is not. */
static void
limits_an_infinite_odds_ratio_from_one_side(void)
{
    struct pairs pairs;
    struct conditional_model *model;
    struct conditional_fit fit;
    enum cox_state state;
    double b, v, lower, upper;

    for (int turned = 0; turned < 2; turned++) {
        make_pairs(&pairs, 7, 0);
        for (size_t i = 0; turned && i < 16; i++)
            pairs.x[i] = -pairs.x[i];
        CHECK(conditional_new(&pairs.data, &model) == DYAD_OK);
        CHECK(conditional_fit(model, &b, &v, &state, &fit) == DYAD_OK);
        CHECK(state == COX_INFINITE && b == (turned ? -INFINITY : INFINITY) && isnan(v));
        CHECK_REL(fit.loglik, -log(2), 1e-13);
        CHECK_REL(fit.lr.statistic, 14 * log(2), 1e-13);
        CHECK(conditional_profile(model, 0, 0.95, &lower, &upper) == DYAD_OK);
        CHECK(turned ? lower == -INFINITY : upper == INFINITY);
        b = turned ? -upper : lower;
        CHECK_REL(2 * (-log(2) - pairs_loglik(7, 0, b)), 3.841458820694124, 1e-10);
        conditional_free(model);
    }
}

/* ---- weights, sets that say nothing ---- */

static void
a_weight_repeats_its_set(void)
{
    enum { N = 7 };
    const uint32_t set_of[N] = { 0, 0, 0, 1, 1, 2, 2 };
    const unsigned char event[N] = { 1, 0, 1, 1, 0, 0, 0 };
    const double x[N] = { 1.5, 2, 0, 3, 4, 1, 2 }, weight[N] = { 1, 1, 1, 2, 2, 3, 3 };
    const uint32_t twice_of[] = { 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3 };
    const unsigned char twice_event[] = { 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0 };
    const double twice_x[] = { 1.5, 2, 0, 3, 4, 3, 4, 1, 2, 1, 2 };
    const struct conditional_data weighted = { N, set_of, event, 1, x, weight, NULL };
    const struct conditional_data repeated = { 11, twice_of, twice_event, 1, twice_x, NULL, NULL };
    struct conditional_model *model;
    struct conditional_fit a, b;
    enum cox_state state;
    double one[3], other[3];

    CHECK(conditional_new(&weighted, &model) == DYAD_OK);
    CHECK(conditional_fit(model, &one[0], &one[1], &state, &a) == DYAD_OK);
    CHECK(conditional_robust(model, NULL, &one[2], NULL) == DYAD_OK);
    conditional_free(model);
    CHECK(conditional_new(&repeated, &model) == DYAD_OK);
    CHECK(conditional_fit(model, &other[0], &other[1], &state, &b) == DYAD_OK);
    CHECK(conditional_robust(model, NULL, &other[2], NULL) == DYAD_OK);
    conditional_free(model);
    for (size_t i = 0; i < 3; i++)
        CHECK_REL(one[i], other[i], 1e-13);
    CHECK_REL(a.loglik, b.loglik, 1e-14);
    CHECK(a.uninformative == 1 && a.sets == 2 && a.records == 7 && a.events == 4);
    CHECK(b.uninformative == 1 && b.sets == 3 && b.records == 7 && b.events == 4);
}

/* Predictors of some hundreds, and the sum over 20 of 40 of them. */
static void
does_not_overflow(void)
{
    enum { N = 40 };
    uint32_t set_of[N];
    unsigned char event[N];
    double x[N], offset[N], b, v;
    struct conditional_model *model;
    struct conditional_fit fit;
    enum cox_state state;

    for (size_t i = 0; i < N; i++) {
        set_of[i] = 0;
        event[i] = i % 2;
        x[i] = (double)(i * i % 7);
        offset[i] = 700;
    }
    const struct conditional_data data = { N, set_of, event, 1, x, NULL, offset };
    struct conditional_data plain = data;

    plain.offset = NULL;
    CHECK(conditional_new(&plain, &model) == DYAD_OK);
    CHECK(conditional_fit(model, &b, &v, &state, &fit) == DYAD_OK);
    conditional_free(model);

    const double without = b, loglik = fit.loglik;

    CHECK(conditional_new(&data, &model) == DYAD_OK);
    CHECK(conditional_fit(model, &b, &v, &state, &fit) == DYAD_OK);
    conditional_free(model);
    CHECK_REL(b, without, 1e-9);
    CHECK_REL(fit.loglik, loglik, 1e-11);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const uint32_t set_of[] = { 0, 0, 1, 1 }, outside[] = { 0, 0, 1, 4 };
    const unsigned char event[] = { 1, 0, 0, 0 }, none[] = { 1, 1, 0, 0 }, two[] = { 1, 2, 0, 0 };
    const double x[] = { 1, 2, 3, 4 }, bad[] = { 1, NAN, 3, 4 }, weight[] = { 1, 2, 1, 1 };
    const double minus[] = { -1, -1, 1, 1 }, nothing[] = { 0, 0, 1, 1 };
    const struct conditional_data good = { 4, set_of, event, 1, x, NULL, NULL };
    struct conditional_data refused[9];
    struct conditional_model *model = NULL;

    for (size_t i = 0; i < 9; i++)
        refused[i] = good;
    refused[0].n = 0;
    refused[1].set = outside;
    refused[2].event = none; /* no set has both */
    refused[3].event = two;
    refused[4].x = bad;
    refused[5].weight = weight; /* differs within a set */
    refused[6].weight = minus;
    refused[7].offset = bad;
    refused[8].weight = nothing;
    for (size_t i = 0; i < 9; i++)
        CHECK(conditional_new(&refused[i], &model) == DYAD_DOMAIN);
    CHECK(model == NULL);

    const uint32_t split[] = { 0, 1, 1, 1 };
    double b = -1, v = -1, lower = -1, upper = -1;
    struct conditional_fit fit;
    enum cox_state state;

    CHECK(conditional_new(&good, &model) == DYAD_OK);
    CHECK(conditional_robust(model, NULL, &v, NULL) == DYAD_DOMAIN); /* no fit */
    CHECK(conditional_profile(model, 0, 0.95, &lower, &upper) == DYAD_DOMAIN);
    CHECK(v == -1 && lower == -1 && upper == -1);
    CHECK(conditional_fit(model, &b, &v, &state, &fit) == DYAD_OK);
    CHECK(b == -INFINITY);
    CHECK(conditional_robust(model, split, &v, NULL) == DYAD_DOMAIN);
    conditional_free(model);
    conditional_free(NULL);
}

int
main(void)
{
    RUN(agrees_with_survival);
    RUN(knows_infinite_coefficients_for_certain);
    RUN(knows_pairs);
    RUN(limits_an_infinite_odds_ratio_from_one_side);
    RUN(a_weight_repeats_its_set);
    RUN(does_not_overflow);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
