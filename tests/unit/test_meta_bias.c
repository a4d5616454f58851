#include "dyad/stats/meta_bias.h"

#include "meta_values.h"

static struct meta_work work = META_WORK_INIT;

static void
check_line(struct value_lines *v, const struct bias_line *line, double tolerance)
{
    const double slope = value_next(v), se = value_next(v);

    CHECK_NEAR(line->slope.value, slope, fmax(fabs(slope), se), tolerance);
    CHECK_REL(line->slope.std_error, se, tolerance);
    CHECK_NEAR(line->test.statistic, value_next(v), fmax(1, fabs(slope / se)), tolerance);
    check_p(line->test.p_value, value_next(v), tolerance);
    CHECK(line->slope.p_value == line->test.p_value);
}

static void
check_egger(struct value_lines *v, const struct study_set *s)
{
    struct bias_line line = { .intercept = -7 };
    const enum dyad_status st = meta_bias_egger(s->effects, s->k, 0.95, &line);

    if (st != DYAD_OK) {
        CHECK(st == DYAD_DOMAIN && line.intercept == -7);
        for (size_t i = 0; i < 7; i++)
            CHECK(isnan(value_next(v)));
        return;
    }
    check_line(v, &line, 4e-14);

    const double intercept = value_next(v), se = value_next(v);

    CHECK_NEAR(line.intercept, intercept, fmax(fabs(intercept), se), 1e-13);
    CHECK_REL(line.intercept_std_error, se, 1e-13);
    CHECK(line.test.df == value_next(v));
}

static void
check_filled(struct value_lines *v, const struct study_set *s, enum fill_side side,
             const struct meta_method *method)
{
    const double filled = value_next(v), count_error = value_next(v);
    const double value = value_next(v), se = value_next(v);
    struct effect mirrored[MOST_STUDIES];
    struct trim_and_fill it;
    enum dyad_status st;

    st = meta_trim_and_fill(s->effects, s->k, side, method, &work, mirrored, &it);
    if (filled < 0) {
        CHECK(st == DYAD_NOCONV);
        return;
    }
    CHECK(st == DYAD_OK);
    CHECK((double)it.filled == filled && it.side == side && it.fit.k == s->k + it.filled);
    /* One study left is its own mean, but for metafor's rounding, which ranks it above that. */
    if (s->k - it.filled > 1)
        CHECK_REL(it.filled_std_error, count_error, 1e-14);
    CHECK_NEAR(it.fit.pooled.value, value, fmax(fabs(value), se), 4e-10);
    CHECK_REL(it.fit.pooled.std_error, se, 4e-10);
}

static void
check_fill(struct value_lines *v, const struct study_set *s)
{
    const struct meta_method methods[] = { method_of(TAU2_REML, META_WALD, 0.95),
                                           method_of(TAU2_DL, META_WALD, 0.95),
                                           common_method(0.95) };

    for (size_t i = 0; i < 3; i++) {
        struct effect mirrored[MOST_STUDIES];
        struct trim_and_fill it;
        enum dyad_status st;
        double side;

        check_filled(v, s, FILL_LEFT, &methods[i]);
        check_filled(v, s, FILL_RIGHT, &methods[i]);
        st = meta_trim_and_fill(s->effects, s->k, FILL_AUTOMATIC, &methods[i], &work, mirrored,
                                &it);
        side = value_next(v);
        if (side == 0)
            CHECK(st != DYAD_OK);
        else
            CHECK(st == DYAD_OK && it.side == (side == 1 ? FILL_LEFT : FILL_RIGHT));
    }
}

static void
agrees_with_metafor(void)
{
    struct value_lines v;
    struct study_set s;

    value_lines_open(&v, "tests/values/meta_bias.gz");
    while (value_lines_next(&v)) {
        struct test begg;
        double n;

        s.k = read_count(&v);
        read_effects(&v, s.effects, s.k);
        CHECK(meta_bias_begg(s.effects, s.k, &work, &begg) == DYAD_OK);
        CHECK_NEAR(begg.statistic, value_next(&v), 1, 1e-14);
        check_p(begg.p_value, value_next(&v), 1e-13);
        check_egger(&v, &s);
        CHECK(meta_fail_safe_n(s.effects, s.k, 0.05, &n) == DYAD_OK);
        CHECK(n == value_next(&v));
        CHECK(meta_fail_safe_n(s.effects, s.k, 0.01, &n) == DYAD_OK);
        CHECK(n == value_next(&v));
        check_fill(&v, &s);
        value_lines_end(&v);
    }
    CHECK(v.n == 323);
    meta_work_release(&work);
}

static void
tests_of_tables_are_weighted_lines(void)
{
    struct value_lines v;
    struct two_by_two tables[MOST_STUDIES];
    struct effect effects[MOST_STUDIES];

    value_lines_open(&v, "tests/values/meta_bias_tables.gz");
    while (value_lines_next(&v)) {
        const size_t k = read_count(&v);
        struct bias_line line;

        for (size_t i = 0; i < k; i++) {
            read_table(&v, &tables[i]);
            read_effects(&v, &effects[i], 1);
        }
        CHECK(meta_bias_peters(tables, effects, k, 0.95, &line) == DYAD_OK);
        check_line(&v, &line, 4e-14);
        CHECK(meta_bias_harbord(tables, k, 0.95, &work, &line) == DYAD_OK);
        check_line(&v, &line, 4e-14);
        value_lines_end(&v);
    }
    CHECK(v.n == 111);
    meta_work_release(&work);
}

/* Of 5! orders 1, 4 and 9 have 10, 9 and 8 concordant pairs: Kendall (1970), Appendix table 1. */
static void
ranks_exactly_without_ties(void)
{
    const double heights[] = { 1, 3, 2, 5, 4 };
    struct effect effects[201];
    struct test t;

    for (size_t i = 0; i < 5; i++)
        effects[i] = (struct effect){ heights[i], 1 + 1e-3 * (double)i };
    CHECK(meta_bias_begg(effects, 5, &work, &t) == DYAD_OK);
    CHECK_REL(t.statistic, 0.6, 1e-15);
    CHECK_REL(t.p_value, 2 * 14.0 / 120, 1e-15);
    for (size_t i = 0; i < 201; i++)
        effects[i] = (struct effect){ (double)i, 100 + 1e-3 * (double)i };
    CHECK(meta_bias_begg(effects, 150, &work, &t) == DYAD_OK);
    CHECK(t.statistic == 1);
    CHECK_REL(t.p_value, 2 * exp(-lgamma(151)), 1e-12);
    effects[100].y = 50.5;
    CHECK(meta_bias_begg(effects, 201, &work, &t) == DYAD_OK); /* s = all - 2 * 50, normal */
    CHECK_REL(t.p_value,
              erfc((20100 - 98) / sqrt(201.0 * 200 * 407 / 18) / sqrt(2)), 1e-12);
    for (size_t i = 0; i < 5; i++)
        effects[i].v = 1;
    CHECK(meta_bias_begg(effects, 5, &work, &t) == DYAD_OK);
    CHECK(isnan(t.statistic) && isnan(t.p_value));
    meta_work_release(&work);
}

static void
a_perfect_line_has_no_test(void)
{
    struct effect effects[4] = { { .v = 0.2 }, { .v = 0.3 }, { .v = 0.7 }, { .v = 1.1 } };
    struct bias_line line;

    for (size_t i = 0; i < 4; i++)
        effects[i].y = 0.1 + 0.3 * sqrt(effects[i].v);
    CHECK(meta_bias_egger(effects, 4, 0.95, &line) == DYAD_OK);
    CHECK_REL(line.slope.value, 0.3, 1e-14);
    CHECK_REL(line.intercept, 0.1, 1e-14);
    CHECK(line.slope.std_error == 0 && isnan(line.test.statistic) && isnan(line.test.p_value));
}

static void
limits_are_of_t(void)
{
    const struct effect effects[] = { { 1, 1 }, { 2, 4 }, { 7, 9 } };
    struct bias_line line;

    CHECK(meta_bias_egger(effects, 3, 0.95, &line) == DYAD_OK);

    const double margin = line.slope.std_error / tan(acos(-1) * 0.025); /* 1 df: Cauchy's */

    CHECK_REL(line.slope.upper - line.slope.value, margin, 1e-14);
    CHECK_REL(line.slope.value - line.slope.lower, margin, 1e-14);
}

static void
fills_with_mirror_images(void)
{
    const struct meta_method common = common_method(0.95);
    const struct effect effects[] = { { 0, 0.01 },   { 0.1, 0.01 }, { -0.1, 0.01 },
                                      { 0.2, 0.01 }, { -0.2, 0.01 }, { 1, 1 },
                                      { 2, 1.1 },    { 3, 1.2 },    { 4, 1.3 } };
    struct effect turned[9], mirrored[9], other[9];
    struct trim_and_fill left, right;

    for (size_t i = 0; i < 9; i++)
        turned[i] = (struct effect){ -effects[i].y, effects[i].v };
    CHECK(meta_trim_and_fill(effects, 9, FILL_LEFT, &common, &work, mirrored, &left) == DYAD_OK);
    CHECK(meta_trim_and_fill(turned, 9, FILL_RIGHT, &common, &work, other, &right) == DYAD_OK);
    CHECK(left.filled == 3 && right.filled == 3);
    CHECK_REL(right.fit.pooled.value, -left.fit.pooled.value, 1e-14);
    for (size_t i = 0; i < 3; i++) {
        CHECK(other[i].y == -mirrored[i].y && other[i].v == mirrored[i].v);
        CHECK(mirrored[i].v == effects[6 + i].v);
        CHECK_REL(mirrored[i].y + effects[6 + i].y, mirrored[0].y + 2, 1e-14);
    }
    meta_work_release(&work);
}

static void
a_whole_fail_safe_n_is_not_rounded_up(void)
{
    const double z = 1.6448536269514722; /* of 0.05, one-sided */
    double n;

    for (double times = 2; times < 12; times++) {
        struct effect one = { times * z * (1 + 4e-16), 1 };

        CHECK(meta_fail_safe_n(&one, 1, 0.05, &n) == DYAD_OK);
        CHECK(n == times * times - 1);
        one.y *= 1.0001;
        CHECK(meta_fail_safe_n(&one, 1, 0.05, &n) == DYAD_OK);
        CHECK(n == times * times);
    }
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct meta_method common = common_method(0.95);
    const struct meta_method mh_dl = method_of(TAU2_MH_DL, META_WALD, 0.95);
    const struct effect equal[] = { { 0, 1 }, { 1, 1 }, { 2, 1 } };
    const struct effect bad[] = { { 0, 0 }, { 1, 1 }, { 2, 3 } };
    const struct two_by_two none[] = { { 0, 5, 0, 5 }, { 1, 2, 3, 4 }, { 4, 3, 2, 9 } };
    const struct two_by_two same[] = { { 4, 3, 2, 1 }, { 1, 2, 3, 4 }, { 2, 3, 3, 2 } };
    struct bias_line line = { .intercept = -7 };
    struct test t = { -7, -7, -7 };
    static struct effect many[10001];
    struct trim_and_fill it = { .filled = 77 };
    struct effect mirrored[3] = { { -7, -7 } };
    double n = -7;

    CHECK(meta_bias_egger(equal, 3, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_egger(bad, 3, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_egger(bad + 1, 2, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_egger(bad + 1, 2, 1, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_peters(none, equal, 3, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_peters(same, equal, 3, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_peters(none + 1, equal, 2, 0.95, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_harbord(none, 3, 0.95, &work, &line) == DYAD_DOMAIN);
    CHECK(meta_bias_harbord(none + 1, 2, 0.95, &work, &line) == DYAD_DOMAIN);
    CHECK(line.intercept == -7);
    CHECK(meta_bias_begg(bad, 3, &work, &t) == DYAD_DOMAIN);
    CHECK(meta_bias_begg(equal, 1, &work, &t) == DYAD_DOMAIN);
    for (size_t i = 0; i < 10001; i++)
        many[i] = (struct effect){ (double)i, 1 };
    CHECK(meta_bias_begg(many, 10001, &work, &t) == DYAD_DOMAIN);
    CHECK(t.statistic == -7);
    CHECK(meta_trim_and_fill(equal, 1, FILL_LEFT, &common, &work, mirrored, &it) == DYAD_DOMAIN);
    CHECK(meta_trim_and_fill(bad, 3, FILL_LEFT, &common, &work, mirrored, &it) == DYAD_DOMAIN);
    CHECK(meta_trim_and_fill(equal, 3, FILL_LEFT, &mh_dl, &work, mirrored, &it) == DYAD_DOMAIN);
    CHECK(meta_trim_and_fill(equal, 3, FILL_AUTOMATIC, &common, &work, mirrored, &it) ==
          DYAD_DOMAIN);
    CHECK(it.filled == 77 && mirrored[0].y == -7);
    CHECK(meta_fail_safe_n(bad, 3, 0.05, &n) == DYAD_DOMAIN);
    CHECK(meta_fail_safe_n(equal, 3, 0.5, &n) == DYAD_DOMAIN);
    CHECK(meta_fail_safe_n(equal, 0, 0.05, &n) == DYAD_DOMAIN);
    CHECK(n == -7);
    meta_work_release(&work);
}

int
main(void)
{
    RUN(agrees_with_metafor);
    RUN(tests_of_tables_are_weighted_lines);
    RUN(ranks_exactly_without_ties);
    RUN(a_perfect_line_has_no_test);
    RUN(limits_are_of_t);
    RUN(fills_with_mirror_images);
    RUN(a_whole_fail_safe_n_is_not_rounded_up);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
