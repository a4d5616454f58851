#include "dyad/stats/classification.h"

#include "value_lines.h"

enum { MOST_PEOPLE = 1000 };

/* A set of scores with what R says of it. */
struct set {
    size_t n, groups;
    double level, scores[MOST_PEOPLE], outcomes[MOST_PEOPLE], weights[MOST_PEOPLE];
};

static void
read_set(struct value_lines *v, struct set *set)
{
    set->n = (size_t)value_next(v);
    CHECK(set->n <= MOST_PEOPLE);
    set->level = value_next(v);
    set->groups = (size_t)value_next(v);
    for (size_t i = 0; i < set->n; i++) {
        set->scores[i] = value_next(v);
        set->outcomes[i] = value_next(v);
        set->weights[i] = value_next(v);
    }
}

static struct scores
count_set(const struct set *set)
{
    struct scores s = SCORES_INIT;

    scores_add(&s, set->scores, set->outcomes, set->weights, set->n);
    CHECK(scores_finish(&s) == DYAD_OK);
    return s;
}

static void
check_auc(struct value_lines *v, const struct scores *s, double level)
{
    struct auc auc;

    CHECK(classification_auc(s, level, &auc) == DYAD_OK && auc.blur == 0);
    CHECK_REL(auc.area.value, value_next(v), 4e-16);
    CHECK_REL(auc.area.std_error, value_next(v), 1e-13);
    CHECK_REL(auc.area.lower, value_next(v), 1e-14);
    CHECK_REL(auc.area.upper, value_next(v), 1e-14);
    CHECK(isnan(auc.area.p_value));
}

static void
check_groups(struct value_lines *v, const struct scores *s, const struct set *set)
{
    static struct risk_groups groups;
    struct test test;

    CHECK(classification_groups(s, set->groups, set->level, &groups) == DYAD_OK);
    classification_hosmer_lemeshow(&groups, &test);
    CHECK_REL(test.statistic, value_next(v), 1e-12);
    CHECK(test.df == value_next(v));
    CHECK_REL(test.p_value, value_next(v), 1e-12);
    CHECK(groups.n == (size_t)value_next(v));
    for (size_t k = 0; k < groups.n; k++) {
        CHECK(groups.at[k].n == value_next(v));
        CHECK(groups.at[k].events == value_next(v));
        CHECK_REL(groups.at[k].expected, value_next(v), 1e-14);
        const double lower = value_next(v), upper = value_next(v);
        CHECK_REL(groups.at[k].observed.value, groups.at[k].events / groups.at[k].n, 1e-15);
        CHECK(fabs(groups.at[k].observed.lower - lower) < 1e-14 * (lower + 0.02));
        CHECK_REL(groups.at[k].observed.upper, upper, 1e-13);
    }
}

static void
check_estimate(struct value_lines *v, const struct estimate *e, double tolerance)
{
    const double value = value_next(v), error = value_next(v);

    CHECK(fabs(e->value - value) < tolerance * error); /* the value may be near 0 */
    CHECK_REL(e->std_error, error, tolerance);
}

static void
check_calibration(struct value_lines *v, const struct scores *s, double level)
{
    struct calibration c;
    double brier;

    CHECK(classification_calibration(s, level, &c) == DYAD_OK);
    check_estimate(v, &c.large, 1e-12);
    check_estimate(v, &c.intercept, 1e-12);
    check_estimate(v, &c.slope, 1e-12);
    CHECK_REL(c.large.p_value, erfc(fabs(c.large.value / c.large.std_error) / sqrt(2)), 1e-12);
    CHECK_REL(c.slope.p_value, erfc(fabs((c.slope.value - 1) / c.slope.std_error) / sqrt(2)), 1e-12);
    CHECK(classification_brier(s, &brier) == DYAD_OK);
    CHECK_REL(brier, value_next(v), 1e-14);
}

static void
check_curve(struct value_lines *v, const struct scores *s)
{
    static struct roc_point points[MOST_PEOPLE + 1];

    CHECK((size_t)value_next(v) == s->n + 1);
    CHECK(classification_roc(s, points) == DYAD_OK);
    for (size_t i = 0; i <= s->n; i++) {
        CHECK_REL(points[i].sensitivity, value_next(v), 3e-16);
        CHECK_REL(points[i].specificity, value_next(v), 3e-16);
        CHECK(i == 0 ? isinf(points[i].threshold)
                     : points[i].threshold == s->counts[s->n - i].score);
    }
}

static void
agrees_with_R(void)
{
    static struct value_lines v;
    static struct set set;

    value_lines_open(&v, "tests/values/diagnostics_scores.gz");
    while (value_lines_next(&v)) {
        read_set(&v, &set);
        struct scores s = count_set(&set);
        check_auc(&v, &s, set.level);
        check_groups(&v, &s, &set);
        check_calibration(&v, &s, set.level);
        check_curve(&v, &s);
        value_lines_end(&v);
        scores_release(&s);
    }
    CHECK(v.n == 66);
}

static const double four_scores[] = { 0.2, 0.4, 0.6, 0.8 };

/* pROC: auc(c(0, 0, 1, 1), ...) is 1, its limits 1 to 1. */
static void
gives_no_error_where_scores_separate(void)
{
    const double outcomes[][4] = { { 0, 0, 1, 1 }, { 1, 1, 0, 0 } };

    for (size_t k = 0; k < 2; k++) {
        struct scores s = SCORES_INIT;
        struct auc auc;
        struct calibration c = { .large.value = -1 };

        scores_add(&s, four_scores, outcomes[k], NULL, 4);
        CHECK(scores_finish(&s) == DYAD_OK);
        CHECK(classification_auc(&s, 0.95, &auc) == DYAD_OK);
        CHECK(auc.area.value == (k == 0 ? 1 : 0) && isnan(auc.area.std_error));
        CHECK(isnan(auc.area.lower) && isnan(auc.area.upper));
        CHECK(classification_calibration(&s, 0.95, &c) == DYAD_NOCONV && c.large.value == -1);
        scores_release(&s);
    }
}

/* pROC: the limits of c(0, 1, 0, 1) and of c(1, 0, 1, 0) by 1:4. */
static void
cuts_limits_at_0_and_1(void)
{
    const double outcomes[][4] = { { 0, 1, 0, 1 }, { 1, 0, 1, 0 } };
    const double lower[] = { 0.057048088, 0 }, upper[] = { 1, 0.942951912 };

    for (size_t k = 0; k < 2; k++) {
        struct scores s = SCORES_INIT;
        struct auc auc;

        scores_add(&s, four_scores, outcomes[k], NULL, 4);
        CHECK(scores_finish(&s) == DYAD_OK && classification_auc(&s, 0.95, &auc) == DYAD_OK);
        CHECK(fabs(auc.area.lower - lower[k]) < 1e-9 && fabs(auc.area.upper - upper[k]) < 1e-9);
        scores_release(&s);
    }
}

static double
random_unit(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-53;
}

/* Everybody with a score of their own; outcomes follow the score, as a model's do. */
static void
fill_random(double *scores, double *outcomes, size_t n)
{
    uint64_t state = 5;

    for (size_t i = 0; i < n; i++) {
        const double x = random_unit(&state), z = 4 * random_unit(&state) - 3;

        scores[i] = 1 / (1 + exp(-z));
        outcomes[i] = x < scores[i];
    }
}

enum { MANY = 20000, FEW_SLOTS = 4096 };

static void
tells_how_far_joining_scores_can_lead(void)
{
    static double scores[MANY], outcomes[MANY];
    struct scores exact = SCORES_INIT, joined = { .limit = FEW_SLOTS };
    static struct risk_groups groups[2];
    struct auc a, b;
    struct test hl[2];
    double brier[2];

    fill_random(scores, outcomes, MANY);
    scores_add(&exact, scores, outcomes, NULL, MANY);
    scores_add(&joined, scores, outcomes, NULL, MANY);
    CHECK(scores_finish(&exact) == DYAD_OK && scores_finish(&joined) == DYAD_OK);
    CHECK(exact.n > FEW_SLOTS && exact.coarse == 0);
    CHECK(joined.n <= FEW_SLOTS && joined.n > FEW_SLOTS / 4 && joined.coarse > 0);
    CHECK(classification_auc(&exact, 0.95, &a) == DYAD_OK);
    CHECK(classification_auc(&joined, 0.95, &b) == DYAD_OK);
    double pairs = 0;
    for (size_t i = 0; i < joined.n; i++)
        pairs += joined.counts[i].events * joined.counts[i].others;
    CHECK(a.blur == 0 && b.blur < 2.2e-4);
    CHECK_REL(b.blur, pairs / 2 / b.events / b.others, 1e-14);
    CHECK(fabs(a.area.value - b.area.value) < 2e-6 && a.events == b.events);
    CHECK(classification_brier(&exact, &brier[0]) == DYAD_OK);
    CHECK(classification_brier(&joined, &brier[1]) == DYAD_OK);
    CHECK_REL(brier[1], brier[0], 1e-6);
    CHECK(classification_groups(&exact, 10, 0.95, &groups[0]) == DYAD_OK);
    CHECK(classification_groups(&joined, 10, 0.95, &groups[1]) == DYAD_OK);
    for (size_t k = 0; k < 2; k++)
        classification_hosmer_lemeshow(&groups[k], &hl[k]);
    CHECK_REL(hl[1].statistic, hl[0].statistic, 0.005);
    CHECK_REL(groups[1].at[4].expected, groups[0].at[4].expected, 0.002);
    scores_release(&exact);
    scores_release(&joined);
}

static void
check_same(const struct scores *a, const struct scores *b)
{
    CHECK(a->n == b->n && a->coarse == b->coarse);
    for (size_t i = 0; i < a->n; i++)
        CHECK(a->counts[i].score == b->counts[i].score && a->counts[i].events == b->counts[i].events &&
              a->counts[i].others == b->counts[i].others);
}

/* By parts of any size, merged, backwards: the same counts, exact and joined. */
static void
counts_alike_in_any_order(void)
{
    static double scores[MANY], outcomes[MANY];
    const size_t limits[] = { SCORES_MANY, FEW_SLOTS };

    fill_random(scores, outcomes, MANY);
    for (size_t k = 0; k < 2; k++) {
        struct scores whole = { .limit = limits[k] }, parts = { .limit = limits[k] };
        struct scores backwards = { .limit = limits[k] };

        scores_add(&whole, scores, outcomes, NULL, MANY);
        for (size_t begin = 0, n = 100; begin < MANY; begin += n, n = n * 3 / 2) {
            struct scores part = { .limit = limits[k] };

            n = n < MANY - begin ? n : MANY - begin;
            scores_add(&part, scores + begin, outcomes + begin, NULL, n);
            scores_merge(&parts, &part);
            scores_release(&part);
        }
        for (size_t i = MANY; i-- > 0;)
            scores_add(&backwards, &scores[i], &outcomes[i], NULL, 1);
        CHECK(scores_finish(&whole) == DYAD_OK && scores_finish(&parts) == DYAD_OK);
        CHECK(scores_finish(&backwards) == DYAD_OK);
        check_same(&whole, &parts);
        check_same(&whole, &backwards);
        scores_release(&whole);
        scores_release(&parts);
        scores_release(&backwards);
    }
}

/* An empty one takes over the grain of what it is merged with. */
static void
merges_what_was_joined_into_nothing(void)
{
    static double scores[MANY], outcomes[MANY];
    struct scores from = { .limit = FEW_SLOTS }, into = { .limit = FEW_SLOTS }, none = SCORES_INIT;

    fill_random(scores, outcomes, MANY);
    scores_add(&from, scores, outcomes, NULL, MANY);
    scores_merge(&into, &from);
    scores_merge(&into, &none);
    CHECK(scores_finish(&from) == DYAD_OK && scores_finish(&into) == DYAD_OK);
    check_same(&into, &from);
    scores_release(&from);
    scores_release(&into);
}

static void
keeps_scores_of_any_sign_and_size_in_order(void)
{
    const double scores[] = { 3, -1e300, 0.0, -0.0, -5e-324, 1e300, -3, 5e-324 };
    const double sorted[] = { -1e300, -3, -5e-324, 0, 5e-324, 3, 1e300 };
    const double outcomes[] = { 1, 0, 0.25, 1, 0, 1, 0, 1 };
    struct scores s = SCORES_INIT;

    scores_add(&s, scores, outcomes, NULL, 8);
    CHECK(scores_finish(&s) == DYAD_OK && s.n == 7);
    for (size_t i = 0; i < 7; i++)
        CHECK(s.counts[i].score == sorted[i]);
    CHECK(s.counts[3].events == 1.25 && s.counts[3].others == 0.75 && !signbit(s.counts[3].score));
    scores_release(&s);
}

/* However few may stay, joined scores lie between the least and the most. */
static void
stays_within_the_scores_there_were(void)
{
    static double scores[MANY], outcomes[MANY];

    fill_random(scores, outcomes, MANY);
    scores[7] = 1;
    for (size_t limit = 2; limit < 200; limit += 9) {
        struct scores s = { .limit = limit };
        double brier;

        scores_add(&s, scores, outcomes, NULL, MANY);
        CHECK(scores_finish(&s) == DYAD_OK && s.n <= limit && s.counts[s.n - 1].score <= 1);
        CHECK(classification_brier(&s, &brier) == DYAD_OK);
        scores_release(&s);
    }
}

static void
check_refused(double score, double outcome, double weight)
{
    struct scores s = SCORES_INIT;
    const double other = 0.5, no = 0;

    scores_add(&s, &other, &no, NULL, 1);
    scores_add(&s, &score, &outcome, &weight, 1);
    CHECK(scores_finish(&s) == DYAD_DOMAIN);
    scores_release(&s);
}

static void
refuses_what_is_no_score(void)
{
    struct scores empty = SCORES_INIT;

    check_refused(NAN, 1, 1);
    check_refused(INFINITY, 1, 1);
    check_refused(0.5, -0.1, 1);
    check_refused(0.5, 1.1, 1);
    check_refused(0.5, NAN, 1);
    check_refused(0.5, 1, -1);
    check_refused(0.5, 1, NAN);
    check_refused(0.5, 1, INFINITY);
    CHECK(scores_finish(&empty) == DYAD_DOMAIN);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const double outcomes[] = { 1, 1, 1, 1 }, mixed[] = { 1, 0, 1, 0 };
    const double beyond[] = { 0.2, 0.4, 0.6, 1.5 }, ends[] = { 0, 0.4, 0.6, 1 };
    struct scores s = SCORES_INIT, t = SCORES_INIT, u = SCORES_INIT;
    static struct risk_groups groups = { .n = 77 };
    struct auc auc = { .events = -1 };
    struct roc_point points[5] = { { -1, -1, -1 } };
    struct calibration c = { .large.value = -1 };
    double brier = -1;

    scores_add(&s, four_scores, outcomes, NULL, 4);
    scores_add(&t, beyond, mixed, NULL, 4);
    scores_add(&u, ends, mixed, NULL, 4);
    CHECK(scores_finish(&s) == DYAD_OK && scores_finish(&t) == DYAD_OK && scores_finish(&u) == DYAD_OK);
    CHECK(classification_auc(&s, 0.95, &auc) == DYAD_DOMAIN); /* all have it */
    CHECK(classification_auc(&t, 1, &auc) == DYAD_DOMAIN && classification_auc(&t, NAN, &auc) == DYAD_DOMAIN);
    CHECK(classification_roc(&s, points) == DYAD_DOMAIN);
    CHECK(classification_calibration(&s, 0.95, &c) == DYAD_DOMAIN);
    CHECK(classification_calibration(&u, 0.95, &c) == DYAD_DOMAIN); /* a risk of 0 */
    CHECK(classification_groups(&t, 10, 0.95, &groups) == DYAD_DOMAIN); /* no risks */
    CHECK(classification_groups(&s, 1, 0.95, &groups) == DYAD_DOMAIN);
    CHECK(classification_groups(&s, 101, 0.95, &groups) == DYAD_DOMAIN);
    CHECK(classification_groups(&s, 10, 0, &groups) == DYAD_DOMAIN);
    CHECK(classification_brier(&t, &brier) == DYAD_DOMAIN);
    CHECK(auc.events == -1 && points[0].threshold == -1 && c.large.value == -1);
    CHECK(groups.n == 77 && brier == -1);
    scores_release(&s);
    scores_release(&t);
    scores_release(&u);
}

static void
has_no_test_with_too_few_groups(void)
{
    const double scores[] = { 0.3, 0.3, 0.6, 0.6 }, outcomes[] = { 0, 1, 0, 1 };
    struct scores s = SCORES_INIT, same = SCORES_INIT;
    static struct risk_groups groups;
    struct test test;
    struct calibration c;

    scores_add(&s, scores, outcomes, NULL, 4);
    scores_add(&same, scores, outcomes, NULL, 2);
    CHECK(scores_finish(&s) == DYAD_OK && scores_finish(&same) == DYAD_OK);
    CHECK(classification_groups(&s, 10, 0.95, &groups) == DYAD_OK && groups.n == 2);
    classification_hosmer_lemeshow(&groups, &test);
    CHECK(isnan(test.statistic) && isnan(test.df) && isnan(test.p_value));
    CHECK(classification_groups(&same, 10, 0.95, &groups) == DYAD_OK && groups.n == 1);
    CHECK(groups.at[0].low == 0.3 && groups.at[0].n == 2 && groups.at[0].expected == 0.6);
    CHECK(classification_calibration(&same, 0.95, &c) == DYAD_OK && isnan(c.slope.value));
    CHECK_REL(c.large.value, log(0.7 / 0.3), 1e-14); /* from 0.3 to 1/2 */
    scores_release(&s);
    scores_release(&same);
}

static void
meets_risks_of_nothing_and_all(void)
{
    struct risk_groups groups = { .n = 3,
                                  .at = { { .n = 20, .expected_others = 20 },
                                          { .n = 20, .events = 12, .expected = 10, .expected_others = 10 },
                                          { .n = 20, .events = 20, .expected = 20 } } };
    struct test test;

    classification_hosmer_lemeshow(&groups, &test);
    CHECK_REL(test.statistic, 0.8, 1e-15);
    CHECK_REL(test.p_value, 0.37109336952269756, 1e-14); /* R: pchisq(0.8, 1, lower.tail = FALSE) */
    groups.at[0].events = 1; /* whom nobody expected */
    classification_hosmer_lemeshow(&groups, &test);
    CHECK(test.statistic == INFINITY && test.p_value == 0 && test.df == 1);
}

int
main(void)
{
    RUN(agrees_with_R);
    RUN(gives_no_error_where_scores_separate);
    RUN(cuts_limits_at_0_and_1);
    RUN(tells_how_far_joining_scores_can_lead);
    RUN(counts_alike_in_any_order);
    RUN(merges_what_was_joined_into_nothing);
    RUN(keeps_scores_of_any_sign_and_size_in_order);
    RUN(stays_within_the_scores_there_were);
    RUN(refuses_what_is_no_score);
    RUN(refuses_what_it_cannot_estimate);
    RUN(has_no_test_with_too_few_groups);
    RUN(meets_risks_of_nothing_and_all);
    return DONE();
}
