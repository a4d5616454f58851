#include "dyad/stats/effect_size.h"

#include "meta_values.h"

/* NaN in the file: not defined. */
static void
check_effect(struct value_lines *v, enum dyad_status st, const struct effect *e, double tolerance)
{
    const double y = value_next(v), variance = value_next(v);

    CHECK((st == DYAD_OK) == !isnan(y));
    if (st != DYAD_OK) {
        CHECK(st == DYAD_DOMAIN && e->y == -7 && e->v == -7);
        return;
    }
    /* The reference takes differences: an effect near 0 is known to it only so far. */
    CHECK_NEAR(e->y, y, fmax(fabs(y), sqrt(variance)), tolerance);
    CHECK_REL(e->v, variance, tolerance);
}

static void
check_tables(struct value_lines *v)
{
    struct two_by_two t, with;
    double add, events, n;
    enum zero_rule rule;
    struct effect e;

    read_table(v, &t);
    add = value_next(v);
    rule = (enum zero_rule)value_next(v);
    with = zero_rule_apply(&t, rule, add, table_has_zero(&t));
    for (int measure = EFFECT_LOG_OR; measure <= EFFECT_ASD; measure++) {
        e = (struct effect){ -7, -7 };

        const enum dyad_status st = effect_of_table(&with, (enum table_effect)measure, &e);

        check_effect(v, st, &e, 2e-13);
    }
    events = t.a;
    n = t.a + t.b;
    effect_add_to_proportion(&events, &n, rule, add, t.a == 0 || t.b == 0);
    e = (struct effect){ -7, -7 };
    check_effect(v, effect_of_proportion(events, n, EFFECT_LOGIT, &e), &e, 2e-13);
    check_effect(v, effect_of_proportion(t.a, t.a + t.b, EFFECT_FREEMAN_TUKEY, &e), &e, 1e-13);
    n = value_next(v);
    CHECK_NEAR(proportion_of_freeman_tukey(e.y, n), value_next(v), 1, 4e-15);
}

static void
agrees_with_metafor(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/meta_effects.gz");
    while (value_lines_next(&v)) {
        check_tables(&v);
        value_lines_end(&v);
    }
    CHECK(v.n == 969);
}

/* An effect beside 0: log(1 + x) to its last digits. */
static void
keeps_its_digits_near_no_effect(void)
{
    const struct two_by_two t = { 1e8 + 1, 1e8, 1e8, 1e8 };
    struct effect e;

    CHECK(effect_of_table(&t, EFFECT_LOG_OR, &e) == DYAD_OK);
    CHECK_REL(e.y, 1e-8 - 0.5e-16, 4e-16);
    CHECK(effect_of_table(&t, EFFECT_RD, &e) == DYAD_OK);
    CHECK_REL(e.y, 1 / (4 * (1e8 + 0.5)), 4e-16);
    CHECK(effect_of_table(&t, EFFECT_ASD, &e) == DYAD_OK);
    CHECK_REL(e.y, 2.5e-9 - 1.25e-17, 4e-16);
    CHECK(effect_of_proportion(1e8 + 1, 2e8 + 1, EFFECT_LOGIT, &e) == DYAD_OK);
    CHECK_REL(e.y, 1e-8 - 0.5e-16, 4e-16);
}

static void
changes_sign_when_the_groups_change_places(void)
{
    const struct two_by_two t = { 13, 25, 40, 7 }, turned = { 40, 7, 13, 25 };
    struct effect e, back;

    for (int measure = EFFECT_LOG_OR; measure <= EFFECT_ASD; measure++) {
        CHECK(effect_of_table(&t, (enum table_effect)measure, &e) == DYAD_OK);
        CHECK(effect_of_table(&turned, (enum table_effect)measure, &back) == DYAD_OK);
        CHECK_REL(back.y, -e.y, 4e-16);
        CHECK_REL(back.v, e.v, 4e-16);
    }
}

static void
freeman_tukey_comes_back(void)
{
    const double sizes[] = { 1, 7, 400, 1e9 };
    struct effect e;

    for (size_t i = 0; i < 4; i++)
        for (double share = 0; share <= 1; share += 0.125) {
            const double n = sizes[i], events = floor(share * n);

            CHECK(effect_of_proportion(events, n, EFFECT_FREEMAN_TUKEY, &e) == DYAD_OK);
            CHECK_NEAR(proportion_of_freeman_tukey(e.y, n), events / n, 1, 1e-13);
        }
    /* A rare event keeps its digits. */
    CHECK(effect_of_proportion(3, 1e12, EFFECT_FREEMAN_TUKEY, &e) == DYAD_OK);
    CHECK_REL(proportion_of_freeman_tukey(e.y, 1e12), 3e-12, 1e-13);
    CHECK(proportion_of_freeman_tukey(0, 10) == 0);
    CHECK(proportion_of_freeman_tukey(2, 10) == 1);
    CHECK(isnan(proportion_of_freeman_tukey(NAN, 10)));
    CHECK(isnan(proportion_of_freeman_tukey(0.3, 0)));
    CHECK_REL(proportion_of_logit(log(3)), 0.75, 1e-15);
    CHECK(proportion_of_logit(-800) == 0 && proportion_of_logit(800) == 1);
}

static void
reads_published_estimates(void)
{
    struct effect e;

    CHECK(effect_from_limits(1.5, 1.5 / 1.2, 1.5 * 1.2, 0.95, READ_AS_RATIO, &e) == DYAD_OK);
    CHECK_REL(e.y, log(1.5), 1e-15);
    CHECK_REL(sqrt(e.v), log(1.2) / 1.9599639845400545, 1e-14);
    CHECK(effect_from_limits(-0.5, -1.5, 0.5, 0.9, READ_AS_IT_STANDS, &e) == DYAD_OK);
    CHECK(e.y == -0.5);
    CHECK_REL(sqrt(e.v), 1 / 1.6448536269514722, 1e-14);
    CHECK(effect_from_std_error(2, 0.3, READ_AS_RATIO, &e) == DYAD_OK);
    CHECK(e.y == log(2) && e.v == 0.3 * 0.3);
    CHECK(effect_from_variance(-2, 0.3, READ_AS_IT_STANDS, &e) == DYAD_OK);
    CHECK(e.y == -2 && e.v == 0.3);
}

static void
sees_limits_that_do_not_lie_around_their_estimate(void)
{
    CHECK(fabs(effect_asymmetry(2, 1, 4, READ_AS_RATIO)) < 1e-15);
    CHECK_REL(effect_asymmetry(2, 1, 4, READ_AS_IT_STANDS), -1.0 / 3, 1e-15);
    CHECK_REL(effect_asymmetry(8, 1, 4, READ_AS_RATIO), 2, 1e-15);
    CHECK(isnan(effect_asymmetry(2, 0, 4, READ_AS_RATIO)));
    CHECK(isnan(effect_asymmetry(2, 4, 1, READ_AS_RATIO)));
}

static void
adds_only_where_the_rule_says(void)
{
    const struct two_by_two full = { 1, 2, 3, 4 }, empty = { 0, 2, 3, 4 };
    const struct two_by_two *const tables[] = { &full, &empty };
    const bool gets[][2][2] = { /* rule, any zero, table */
                                [ZERO_NONE] = { { false, false }, { false, false } },
                                [ZERO_ONLY0] = { { false, true }, { false, true } },
                                [ZERO_IF0ALL] = { { false, false }, { true, true } },
                                [ZERO_ALL] = { { true, true }, { true, true } } };
    const struct two_by_two double_zero = { 0, 5, 0, 3 }, all_events = { 5, 0, 3, 0 };
    const struct two_by_two by_arm = zero_rule_apply(&empty, ZERO_BY_ARM, 7, true);
    const struct two_by_two as_it_was = zero_rule_apply(&full, ZERO_BY_ARM, 7, true);

    for (int rule = ZERO_NONE; rule <= ZERO_ALL; rule++)
        for (int any = 0; any < 2; any++)
            for (int i = 0; i < 2; i++) {
                const struct two_by_two t =
                    zero_rule_apply(tables[i], (enum zero_rule)rule, 0.25, any);
                const double add = gets[rule][any][i] ? 0.25 : 0;

                CHECK(t.a == tables[i]->a + add && t.b == tables[i]->b + add);
                CHECK(t.c == tables[i]->c + add && t.d == tables[i]->d + add);
            }
    CHECK_REL(by_arm.a, 2.0 / 9, 1e-15);
    CHECK_REL(by_arm.b, 2 + 2.0 / 9, 1e-15);
    CHECK_REL(by_arm.c, 3 + 7.0 / 9, 1e-15);
    CHECK_REL(by_arm.d, 4 + 7.0 / 9, 1e-15);
    CHECK(as_it_was.a == 1 && as_it_was.b == 2 && as_it_was.c == 3 && as_it_was.d == 4);
    CHECK(!table_has_zero(&full) && table_has_zero(&empty));
    CHECK(!table_is_double_zero(&empty));
    CHECK(table_is_double_zero(&double_zero) && table_is_double_zero(&all_events));
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct two_by_two refused[] = { { 0, 0, 3, 4 },   { 3, 4, 0, 0 },        { -1, 2, 3, 4 },
                                          { NAN, 2, 3, 4 }, { INFINITY, 2, 3, 4 } };
    struct effect e = { -7, -7 };

    for (int measure = EFFECT_LOG_OR; measure <= EFFECT_ASD; measure++)
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            CHECK(effect_of_table(&refused[i], (enum table_effect)measure, &e) == DYAD_DOMAIN);
    CHECK(effect_of_proportion(5, 4, EFFECT_FREEMAN_TUKEY, &e) == DYAD_DOMAIN);
    CHECK(effect_of_proportion(0, 0, EFFECT_FREEMAN_TUKEY, &e) == DYAD_DOMAIN);
    CHECK(effect_of_proportion(-1, 4, EFFECT_FREEMAN_TUKEY, &e) == DYAD_DOMAIN);
    CHECK(effect_of_proportion(0, 4, EFFECT_LOGIT, &e) == DYAD_DOMAIN);
    CHECK(effect_of_proportion(4, 4, EFFECT_LOGIT, &e) == DYAD_DOMAIN);
    CHECK(effect_from_limits(1, 2, 2, 0.95, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_limits(1, -1, 2, 0.95, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_limits(0, 1, 2, 0.95, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_limits(1, 0.5, INFINITY, 0.95, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_limits(1, 0.5, 2, 1, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_std_error(1, 0, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_std_error(1, -1, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_std_error(1, NAN, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_variance(0, 1, READ_AS_RATIO, &e) == DYAD_DOMAIN);
    CHECK(effect_from_variance(NAN, 1, READ_AS_IT_STANDS, &e) == DYAD_DOMAIN);
    CHECK(effect_from_variance(1, INFINITY, READ_AS_IT_STANDS, &e) == DYAD_DOMAIN);
    CHECK(e.y == -7 && e.v == -7);
}

int
main(void)
{
    RUN(agrees_with_metafor);
    RUN(keeps_its_digits_near_no_effect);
    RUN(changes_sign_when_the_groups_change_places);
    RUN(freeman_tukey_comes_back);
    RUN(reads_published_estimates);
    RUN(sees_limits_that_do_not_lie_around_their_estimate);
    RUN(adds_only_where_the_rule_says);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
