/* The parts of programs/meta_scatter.c, which no library holds. */
#include "../src/programs/meta_scatter.c"

#include "meta_values.h"

static struct meta_points
points_of(const struct effect *effects, size_t k, struct meta_method method)
{
    struct meta_points m = { .k = k, .effects = effects, .method = method, .scale = SCALE_RATIO,
                             .measure = "Risk ratio", .level = 0.95 };

    CHECK(meta_pool(effects, k, &method, &m.fit) == DYAD_OK);
    return m;
}

static void
check_set(struct value_lines *v, const struct study_set *set, struct meta_method method,
          double tolerance)
{
    const struct meta_points m = points_of(set->effects, set->k, method);
    struct scatter baujat = SCATTER_INIT, radial = SCATTER_INIT;

    CHECK(meta_baujat(&m, &baujat) == DYAD_OK && meta_radial(&m, &radial) == DYAD_OK);
    CHECK(baujat.n_points == set->k && radial.n_points == set->k);
    for (size_t i = 0; i < set->k; i++) {
        CHECK_NEAR(baujat.points[i].at.x, value_next(v), baujat.points[i].at.x + 1, tolerance);
        CHECK_NEAR(baujat.points[i].at.y, value_next(v), baujat.points[i].at.y + 1, tolerance);
        CHECK_REL(radial.points[i].at.x, value_next(v), tolerance);
        CHECK_REL(radial.points[i].at.y, value_next(v), tolerance);
    }
    scatter_release(&baujat);
    scatter_release(&radial);
}

static void
stands_where_metafor_puts_it(void)
{
    struct value_lines v;
    struct study_set set;

    value_lines_open(&v, "tests/values/meta_scatter.gz");
    while (value_lines_next(&v)) {
        set.k = read_count(&v);
        read_effects(&v, set.effects, set.k);
        check_set(&v, &set, common_method(0.95), 3e-13);
        check_set(&v, &set, method_of(TAU2_DL, META_WALD, 0.95), 4e-12);
        check_set(&v, &set, method_of(TAU2_DL, META_HKSJ, 0.95), 4e-12);
        if (value_is_absent(&v))
            v.at += strspn(v.at, " -");
        else
            check_set(&v, &set, method_of(TAU2_REML, META_WALD, 0.95), 1e-12);
        value_lines_end(&v);
    }
    CHECK(v.n == 34);
}

static const struct effect three[] = { { -0.9, 0.04 }, { 0.1, 0.01 }, { -0.2, 0.09 } };
static const char *const names[] = { "one", "two", "three" };

static void
check_corner(const struct scatter_spot *at, double log_ratio, double error)
{
    CHECK_REL(at->x, exp(log_ratio), 1e-14);
    CHECK(at->y == error);
}

static void
draws_the_funnel_from_its_formula(void)
{
    const struct effect added[] = { { 0.7, 0.04 } };
    struct meta_points m = points_of(three, 3, common_method(0.95));
    struct scatter s = SCATTER_INIT;
    /* Normal quantiles of 0.995, 0.975, 0.95: R's qnorm(). */
    const double z[] = { 2.57582930354890052, 1.95996398454005449, 1.64485362695147286 };

    m.names = names;
    m.filled = added;
    m.n_filled = 1;
    CHECK(meta_funnel(&m, &s) == DYAD_OK);
    CHECK(s.n_points == 4 && s.points[3].mark == SCATTER_HOLLOW && s.points[0].mark == SCATTER_FILLED);
    CHECK_REL(s.points[0].at.x, exp(-0.9), 1e-15);
    CHECK_REL(s.points[0].at.y, 0.2, 1e-15);
    CHECK(s.y.reversed && s.y.low == 0 && s.x.scale == SCALE_RATIO);
    /* mean = (25 * -0.9 + 100 * 0.1 - 0.2 / 0.09) / (125 + 1/0.09); "one" is outside, 4 errors off */
    const double mean = -14.7222222222222222 / 136.111111111111111, deep = s.areas[1].spots[0].y;
    CHECK(!isnan(s.points[0].rank) && isnan(s.points[2].rank) && isnan(s.points[3].rank));
    CHECK(s.n_areas == 4 && s.areas[0].shade == 1 && s.areas[3].shade == 0);
    for (size_t i = 0; i < 3; i++) {
        check_corner(&s.areas[i + 1].spots[0], -z[i] * deep, deep);
        check_corner(&s.areas[i + 1].spots[1], 0, 0);
        check_corner(&s.areas[i + 1].spots[2], z[i] * deep, deep);
    }
    CHECK(s.n_lines == 2);
    CHECK_REL(s.lines[0].spots[0].x, exp(mean), 1e-14);
    check_corner(&s.lines[1].spots[0], mean - z[1] * deep, deep);
    check_corner(&s.lines[1].spots[2], mean + z[1] * deep, deep);
    CHECK(deep > s.y.high);
    scatter_release(&s);
}

static void
shades_only_where_there_is_no_effect(void)
{
    static const enum scale scales[] = { SCALE_NUMBER, SCALE_PROPORTION, SCALE_DIFFERENCE };

    for (size_t i = 0; i < 3; i++) {
        struct meta_points m = points_of(three, 3, common_method(0.95));
        struct scatter s = SCATTER_INIT;
        m.scale = scales[i];
        CHECK(meta_funnel(&m, &s) == DYAD_OK);
        CHECK(s.n_areas == (scales[i] == SCALE_DIFFERENCE ? 4 : 0));
        CHECK(s.x.scale == (scales[i] == SCALE_DIFFERENCE ? SCALE_DIFFERENCE : SCALE_NUMBER));
        CHECK(s.points[0].at.x == -0.9);
        scatter_release(&s);
    }
}

static const struct two_by_two tables[] = { { 10, 90, 20, 80 }, { 30, 70, 40, 60 }, { 0, 50, 5, 45 } };

/* The treated risk at the control risk of 1/2, on the pooled line. */
static double
treated_at_half(enum table_effect measure, double pooled)
{
    struct meta_points m = points_of(three, 3, common_method(0.95));
    struct scatter s = SCATTER_INIT;
    double treated = NAN;

    m.tables = tables;
    m.table_effect = measure;
    m.fit.pooled.value = pooled;
    CHECK(meta_labbe(&m, &s) == DYAD_OK && s.n_lines == 2);
    for (size_t i = 0; i < s.lines[1].n; i++)
        if (s.lines[1].spots[i].x == 0.5)
            treated = s.lines[1].spots[i].y;
    scatter_release(&s);
    return treated;
}

static void
draws_the_risks_as_counted(void)
{
    struct meta_points m = points_of(three, 3, common_method(0.95));
    struct scatter s = SCATTER_INIT;

    CHECK(meta_labbe(&m, &s) == DYAD_DOMAIN && s.n_points == 0); /* without counts */
    m.tables = tables;
    m.table_effect = EFFECT_LOG_RR;
    CHECK(meta_labbe(&m, &s) == DYAD_OK && s.n_points == 3 && s.square);
    CHECK(s.points[0].at.x == 0.2 && s.points[0].at.y == 0.1);
    CHECK(s.points[2].at.x == 0.1 && s.points[2].at.y == 0);
    scatter_release(&s);
    CHECK_REL(treated_at_half(EFFECT_LOG_OR, log(3)), 0.75, 1e-15);
    CHECK_REL(treated_at_half(EFFECT_PETO, log(3)), 0.75, 1e-15);
    CHECK_REL(treated_at_half(EFFECT_LOG_RR, log(0.5)), 0.25, 1e-15);
    CHECK_REL(treated_at_half(EFFECT_RD, -0.1), 0.4, 1e-15);
    CHECK_REL(treated_at_half(EFFECT_ASD, asin(sqrt(0.8)) - asin(sqrt(0.5))), 0.8, 1e-14);
}

static void
names_only_the_extremes_of_many(void)
{
    struct effect many[40];
    const char *labels[40];
    struct scatter s = SCATTER_INIT;
    size_t named = 0;

    for (size_t i = 0; i < 40; i++) {
        many[i] = (struct effect){ 0.05 * (double)i * (i % 2 ? 1 : -1), 0.04 };
        labels[i] = "study";
    }
    struct meta_points m = points_of(many, 40, common_method(0.95));
    m.names = labels;
    CHECK(meta_baujat(&m, &s) == DYAD_OK);
    for (size_t i = 0; i < 40; i++) {
        named += isnan(s.points[i].rank) ? 0 : 1;
        CHECK(i < 30 || !isnan(s.points[i].rank));
    }
    CHECK(named == NAMED_OF_MANY);
    scatter_release(&s);
    m.k = 20;
    m = points_of(many, 20, common_method(0.95));
    CHECK(meta_baujat(&m, &s) == DYAD_OK);
    for (size_t i = 0; i < 20; i++)
        CHECK(!isnan(s.points[i].rank));
    scatter_release(&s);
}

static void
takes_what_was_pooled_without_each(void)
{
    struct meta_points m = points_of(three, 3, common_method(0.95));
    struct scatter s = SCATTER_INIT;
    struct meta_fit without[3];

    for (size_t i = 0; i < 3; i++) {
        without[i] = m.fit;
        without[i].pooled.value = m.fit.pooled.value + 0.5 * (double)i;
        without[i].pooled.std_error = 0.25;
    }
    m.method.estimator = TAU2_MH_DL;
    m.method.model = META_RANDOM;
    CHECK(meta_baujat(&m, &s) != DYAD_OK && s.n_points == 0);
    m.without = without;
    CHECK(meta_baujat(&m, &s) == DYAD_OK);
    CHECK_REL(s.points[2].at.y, 16, 1e-13);
    scatter_release(&s);
    m.k = 1;
    CHECK(meta_baujat(&m, &s) == DYAD_DOMAIN && s.n_points == 0);
}

int
main(void)
{
    RUN(stands_where_metafor_puts_it);
    RUN(draws_the_funnel_from_its_formula);
    RUN(shades_only_where_there_is_no_effect);
    RUN(draws_the_risks_as_counted);
    RUN(names_only_the_extremes_of_many);
    RUN(takes_what_was_pooled_without_each);
    return DONE();
}
