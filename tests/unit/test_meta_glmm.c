#include "dyad/stats/meta_glmm.h"

#include "dyad/stats/exact_odds.h"

#include "meta_values.h"

static struct meta_work work = META_WORK_INIT;

enum kind { TABLES_UM, TABLES_CM, PROPORTIONS };

struct counts {
    enum kind kind;
    size_t k;
    struct two_by_two tables[MOST_STUDIES];
    double events[MOST_STUDIES], totals[MOST_STUDIES];
};

struct answer {
    struct meta_fit fit;
    struct heterogeneity differ;
    struct test wald;
};

static enum dyad_status
ask(const struct counts *c, unsigned points, const struct meta_method *method, struct answer *out)
{
    if (c->kind == PROPORTIONS)
        return meta_glmm_proportion(c->events, c->totals, c->k, points, method, &work, &out->fit,
                                    &out->differ, &out->wald);
    return meta_glmm(c->tables, c->k, c->kind == TABLES_UM ? GLMM_UM_FS : GLMM_CM_EL, points,
                     method, &work, &out->fit, &out->differ, &out->wald);
}

static struct answer
answer_of(const struct counts *c, const struct meta_method *method)
{
    struct answer it;

    CHECK(ask(c, GLMM_POINTS, method, &it) == DYAD_OK);
    return it;
}

static struct meta_method
random_method(void)
{
    return method_of(TAU2_ML, META_WALD, 0.95);
}

static void
read_counts(struct value_lines *v, struct counts *c)
{
    const double kind = value_next(v);

    CHECK(kind == TABLES_UM || kind == TABLES_CM || kind == PROPORTIONS);
    c->kind = (enum kind)kind;
    c->k = read_count(v);
    for (size_t i = 0; i < c->k; i++) {
        if (c->kind != PROPORTIONS) {
            read_table(v, &c->tables[i]);
            continue;
        }
        c->events[i] = value_next(v);
        c->totals[i] = value_next(v);
    }
}

/* Integrals and maximum found by other ways. */
static void
check_ours(struct value_lines *v, const struct answer *common, const struct answer *random)
{
    const double common_mean = value_next(v), common_se = value_next(v);
    const double mean = value_next(v), se = value_next(v), tau2 = value_next(v);

    CHECK_NEAR(common->fit.pooled.value, common_mean, common_se, 1e-9);
    CHECK_REL(common->fit.pooled.std_error, common_se, 1e-9);
    CHECK_NEAR(random->fit.pooled.value, mean, se, 1e-8);
    CHECK_REL(random->fit.pooled.std_error, se, 2e-8);
    CHECK_NEAR(random->fit.tau2, tau2, tau2 + se * se, 1e-8);
    CHECK((random->fit.tau2 == 0) == (tau2 == 0));
    CHECK_NEAR(random->differ.i2, value_next(v), 100, 1e-8);
    CHECK_REL(random->differ.h2, value_next(v), 1e-8);
    CHECK_REL(random->differ.q, value_next(v), 1e-9);
    check_p(random->differ.p_value, value_next(v), 1e-8);
    CHECK_REL(random->wald.statistic, value_next(v), 1e-9);
    check_p(random->wald.p_value, value_next(v), 1e-8);
}

/* How far a search stops from where it should; of tau2 in its own unit. */
struct looseness {
    double mean, se, tau2;
};

static void
check_search(const struct answer *random, double mean, double se, double tau2,
             const struct looseness *by)
{
    const double our_se = random->fit.pooled.std_error;

    if (isnan(mean))
        return;
    CHECK_NEAR(random->fit.pooled.value, mean, our_se, by->mean);
    CHECK_NEAR(random->fit.tau2, tau2, 1, by->tau2);
    CHECK_REL(our_se, se, by->se);
}

/*
 * What metafor reports, and where Newton's method leads from there on lme4's own deviance: beside
 * that what glmer found has nothing to say (it is up to 0.05 off in tau2).
 */
static bool
check_metafor(struct value_lines *v, const struct counts *c, const struct answer *common,
              const struct answer *random)
{
    const struct looseness glmer = { 2e-3, 4e-4, 4e-4 }, nlminb = { 2e-6, 4e-6, 1e-6 };
    const struct looseness newton = { 2e-6, 1e-4, 6e-6 };
    const double common_loose = c->kind == TABLES_CM ? 2e-5 : 1e-9; /* searched; by glm */
    const double common_mean = value_next(v), common_se = value_next(v);
    const double mean = value_next(v), se = value_next(v), tau2 = value_next(v);
    const double i2 = value_next(v), h2 = value_next(v), ratio = value_next(v);
    const double wald = value_next(v);
    const double end_mean = value_next(v), end_se = value_next(v), end_tau2 = value_next(v);

    if (!isnan(common_mean)) {
        CHECK_NEAR(common->fit.pooled.value, common_mean, common->fit.pooled.std_error,
                   common_loose);
        CHECK_REL(common->fit.pooled.std_error, common_se, 1e-5);
    }
    check_search(random, end_mean, end_se, end_tau2, &newton);
    /* cm.el's error is wrong where tau2 is 0. */
    if (isnan(end_mean) && !(c->kind == TABLES_CM && random->fit.tau2 == 0))
        check_search(random, mean, se, tau2, c->kind == TABLES_CM ? &nlminb : &glmer);
    if (!isnan(mean)) {
        if (random->fit.tau2 > 0) /* both are 1 over the typical variance */
            CHECK_REL((random->differ.h2 - 1) / random->fit.tau2, (h2 - 1) / tau2, 1e-11);
        CHECK_NEAR(100 - 100 / h2, i2, 100, 1e-14);
        CHECK_NEAR(random->differ.q, ratio, fmax(1, ratio), 1e-9);
    }
    if (!isnan(wald))
        CHECK_NEAR(random->wald.statistic, wald, fmax(1, wald), 4e-4);
    return !isnan(end_mean);
}

static void
agrees_with_references(void)
{
    const struct meta_method random = random_method(), one = common_method(0.95);
    struct value_lines v;
    size_t by_lme4 = 0;

    value_lines_open(&v, "tests/values/meta_glmm.gz");
    while (value_lines_next(&v)) {
        struct counts c;
        struct answer spread, common;

        read_counts(&v, &c);
        spread = answer_of(&c, &random);
        common = answer_of(&c, &one);
        check_ours(&v, &common, &spread);
        if (check_metafor(&v, &c, &common, &spread))
            by_lme4++;
        value_lines_end(&v);
        CHECK(spread.fit.k == c.k && spread.differ.df == (double)c.k - 1);
        CHECK(spread.wald.df == spread.differ.df && spread.differ.tau2 == spread.fit.tau2);
        CHECK(common.differ.q == spread.differ.q && common.fit.tau2 == 0);
        CHECK(isnan(common.differ.i2) && isnan(common.differ.h2) && isnan(common.differ.tau2));
    }
    CHECK(v.n == 203 && by_lme4 == 44);
    meta_work_release(&work);
}

/* Niel-Weise et al. (2007), Intensive Care Med. 33:2058-2068: the last has no infection. */
static const struct two_by_two catheters[] = {
    { 0, 116, 3, 114 }, { 1, 43, 3, 32 },    { 2, 206, 9, 186 },  { 0, 130, 7, 129 },
    { 5, 146, 6, 151 }, { 1, 97, 4, 135 },   { 1, 173, 3, 174 },  { 1, 73, 2, 37 },
    { 1, 96, 19, 84 },  { 1, 112, 2, 120 },  { 0, 66, 7, 57 },    { 0, 70, 1, 57 },
    { 3, 185, 5, 170 }, { 6, 181, 11, 169 }, { 0, 252, 1, 261 },  { 1, 344, 3, 359 },
    { 4, 60, 1, 68 },   { 0, 118, 0, 105 },
};

enum { ALL_CATHETERS = sizeof catheters / sizeof *catheters };

static struct counts
catheter_tables(enum kind kind)
{
    struct counts c = { .kind = kind, .k = ALL_CATHETERS - 1 };

    memcpy(c.tables, catheters, c.k * sizeof *catheters);
    return c;
}

/* Stijnen, Hamza & Ozdemir (2010), Stat. Med. 29:3046-3067, tables II (page 3050) and III (3052). */
static void
prints_as_published(void)
{
    const struct meta_method random = random_method();
    struct counts c = catheter_tables(TABLES_CM);
    struct answer it = answer_of(&c, &random);

    CHECK_PRINTED(it.fit.pooled.value, "-1.353");
    CHECK_PRINTED(it.fit.pooled.std_error, "0.351");
    CHECK_PRINTED(sqrt(it.fit.tau2), "0.83");
    CHECK_PRINTED(exp(it.fit.pooled.lower), "0.13");
    CHECK_PRINTED(exp(it.fit.pooled.upper), "0.51");

    c = (struct counts){ .kind = PROPORTIONS, .k = ALL_CATHETERS };
    for (size_t i = 0; i < c.k; i++) {
        c.events[i] = catheters[i].c;
        c.totals[i] = catheters[i].c + catheters[i].d;
    }
    it = answer_of(&c, &random);
    CHECK_PRINTED(it.fit.pooled.value, "-3.50");
    CHECK_PRINTED(it.fit.pooled.std_error, "0.26");
    CHECK_PRINTED(it.fit.tau2, "0.81");
    CHECK_PRINTED(proportion_of_logit(it.fit.pooled.value), "0.029");
    CHECK_PRINTED(proportion_of_logit(it.fit.pooled.lower), "0.018");
    CHECK_PRINTED(proportion_of_logit(it.fit.pooled.upper), "0.048");
    for (size_t i = 0; i < c.k; i++) {
        c.events[i] = catheters[i].a;
        c.totals[i] = catheters[i].a + catheters[i].b;
    }
    it = answer_of(&c, &random);
    CHECK_PRINTED(it.fit.pooled.value, "-4.81");
    CHECK_PRINTED(it.fit.pooled.std_error, "0.36");
    CHECK_PRINTED(it.fit.tau2, "0.83");
    CHECK_PRINTED(proportion_of_logit(it.fit.pooled.upper), "0.016");
    meta_work_release(&work);
}

static void
one_study_is_itself(void)
{
    const struct meta_method random = random_method();
    const struct stratum one = { { 4, 60, 9, 68 }, 1 };
    struct counts c = { .kind = TABLES_UM, .k = 1, .tables = { { 4, 60, 9, 68 } },
                        .events = { 4 }, .totals = { 64 } };
    struct answer it = answer_of(&c, &random);
    struct estimate exact;

    CHECK_REL(it.fit.pooled.value, log(4.0 * 68 / (60 * 9)), 1e-14);
    CHECK_REL(it.fit.pooled.std_error, sqrt(1.0 / 4 + 1.0 / 60 + 1.0 / 9 + 1.0 / 68), 1e-14);
    CHECK(it.fit.tau2 == 0 && isnan(it.fit.pred_low) && isnan(it.fit.pred_high));
    CHECK(it.differ.q == 0 && it.differ.df == 0 && isnan(it.differ.p_value));
    CHECK(isnan(it.differ.tau2) && isnan(it.differ.i2) && isnan(it.wald.statistic));
    c.kind = TABLES_CM;
    it = answer_of(&c, &random);
    CHECK(exact_odds_estimate(&one, 1, false, 0.95, &exact) == DYAD_OK);
    CHECK_REL(it.fit.pooled.value, log(exact.value), 1e-13);
    CHECK_REL(it.fit.pooled.std_error, exact.std_error, 1e-13);
    c.kind = PROPORTIONS;
    it = answer_of(&c, &random);
    CHECK_REL(it.fit.pooled.value, log(4.0 / 60), 1e-14);
    CHECK_REL(it.fit.pooled.std_error, sqrt(1.0 / 4 + 1.0 / 60), 1e-14);
    meta_work_release(&work);
}

/* Of many people the counts say no more than a normal effect; tau2 is then theirs, too. */
static void
large_studies_are_normal(void)
{
    const struct meta_method random = random_method();
    struct counts c = { .kind = TABLES_UM, .k = 5 };
    struct effect effects[5];
    struct meta_fit normal;

    for (size_t i = 0; i < 5; i++) {
        const double more = (double)(i * i + 2);

        c.tables[i] = (struct two_by_two){ more * 1e10, 4e10, 3e10 + more * 5e9, 8e10 };
        c.events[i] = c.tables[i].a;
        c.totals[i] = c.tables[i].a + c.tables[i].b;
        CHECK(effect_of_table(&c.tables[i], EFFECT_LOG_OR, &effects[i]) == DYAD_OK);
    }
    CHECK(meta_pool(effects, 5, &random, &normal) == DYAD_OK);

    struct answer it = answer_of(&c, &random);

    CHECK_REL(it.fit.pooled.value, normal.pooled.value, 1e-9);
    CHECK_REL(it.fit.pooled.std_error, normal.pooled.std_error, 1e-9);
    CHECK_REL(it.fit.tau2, normal.tau2, 1e-9);
    for (size_t i = 0; i < 5; i++)
        CHECK(effect_of_proportion(c.events[i], c.totals[i], EFFECT_LOGIT, &effects[i]) == DYAD_OK);
    CHECK(meta_pool(effects, 5, &random, &normal) == DYAD_OK);
    c.kind = PROPORTIONS;
    it = answer_of(&c, &random);
    CHECK_REL(it.fit.pooled.value, normal.pooled.value, 1e-9);
    CHECK_REL(it.fit.tau2, normal.tau2, 1e-9);
    meta_work_release(&work);
}

/* Odds ratios so far apart that no study is likely at the common one. */
static void
margins_of_many_say_nothing(void)
{
    const struct meta_method random = random_method();
    struct counts c = { .kind = TABLES_UM, .k = 3,
                        .tables = { { 8e4, 4e4, 6e4, 6e4 }, { 2e4, 8e4, 4e4, 6e4 },
                                    { 6e4, 6e4, 2e4, 8e4 } } };
    const struct answer apart = answer_of(&c, &random);
    struct answer given;

    c.kind = TABLES_CM;
    given = answer_of(&c, &random);
    CHECK(apart.differ.q > 3e4);
    CHECK_REL(given.fit.pooled.value, apart.fit.pooled.value, 1e-5);
    CHECK_REL(given.fit.pooled.std_error, apart.fit.pooled.std_error, 1e-5);
    CHECK_REL(given.fit.tau2, apart.fit.tau2, 1e-5);
    CHECK_REL(given.differ.q, apart.differ.q, 1e-5);
    CHECK_REL(given.wald.statistic, apart.wald.statistic, 1e-5);
    meta_work_release(&work);
}

static void
turns_with_arms_and_outcomes(void)
{
    const struct meta_method random = random_method();

    for (enum kind kind = TABLES_UM; kind <= TABLES_CM; kind++) {
        const struct counts c = catheter_tables(kind);
        struct counts arms = c, outcomes = c;
        const struct answer it = answer_of(&c, &random);
        struct answer turned[2];

        for (size_t i = 0; i < c.k; i++) {
            const struct two_by_two *t = &c.tables[c.k - 1 - i];

            arms.tables[i] = (struct two_by_two){ t->c, t->d, t->a, t->b };
            outcomes.tables[i] = (struct two_by_two){ t->b, t->a, t->d, t->c };
        }
        turned[0] = answer_of(&arms, &random);
        turned[1] = answer_of(&outcomes, &random);
        for (size_t i = 0; i < 2; i++) {
            CHECK_REL(turned[i].fit.pooled.value, -it.fit.pooled.value, 1e-11);
            CHECK_REL(turned[i].fit.pooled.std_error, it.fit.pooled.std_error, 1e-11);
            CHECK_REL(turned[i].fit.tau2, it.fit.tau2, 1e-11);
            CHECK_REL(turned[i].differ.q, it.differ.q, 1e-11);
            CHECK_REL(turned[i].wald.statistic, it.wald.statistic, 1e-11);
        }
    }
    meta_work_release(&work);
}

static void
more_points_settle(void)
{
    const struct meta_method random = random_method();
    const struct counts c = catheter_tables(TABLES_UM);
    struct answer laplace, usual, many, most;

    CHECK(ask(&c, 1, &random, &laplace) == DYAD_OK);
    CHECK(ask(&c, GLMM_POINTS, &random, &usual) == DYAD_OK);
    CHECK(ask(&c, 40, &random, &many) == DYAD_OK);
    CHECK(ask(&c, GLMM_MOST_POINTS, &random, &most) == DYAD_OK);
    CHECK_REL(many.fit.tau2, most.fit.tau2, 1e-11);
    CHECK_REL(many.fit.pooled.std_error, most.fit.pooled.std_error, 1e-11);
    CHECK(fabs(usual.fit.tau2 - most.fit.tau2) < 1e-6 && usual.fit.tau2 != most.fit.tau2);
    CHECK(fabs(laplace.fit.tau2 - most.fit.tau2) > 1e-3);
    meta_work_release(&work);
}

static void
limits_are_as_asked_for(void)
{
    const struct counts c = catheter_tables(TABLES_UM);
    const double t16 = 2.1199052992212547, t15 = 2.1314495455597757, z90 = 1.6448536269514722;
    struct meta_method method = method_of(TAU2_ML, META_T, 0.95);
    const struct answer t = answer_of(&c, &method);
    const double se = t.fit.pooled.std_error, spread = sqrt(se * se + t.fit.tau2);

    CHECK(t.fit.df == 16 && t.fit.scale == 1);
    CHECK_REL(t.fit.pooled.upper - t.fit.pooled.value, t16 * se, 1e-14);
    CHECK_REL(t.fit.pooled.value - t.fit.pooled.lower, t16 * se, 1e-14);
    CHECK_REL(t.fit.pred_high - t.fit.pooled.value, t16 * spread, 1e-14);
    CHECK_REL(t.fit.pooled.value - t.fit.pred_low, t16 * spread, 1e-14);
    CHECK_REL(t.fit.statistic, t.fit.pooled.value / se, 1e-15);
    method = method_of(TAU2_ML, META_WALD, 0.9);
    method.prediction = PREDICTION_HTS;

    const struct answer wald = answer_of(&c, &method);

    CHECK(isnan(wald.fit.df));
    CHECK_REL(wald.fit.pooled.upper - wald.fit.pooled.value, z90 * se, 1e-14);
    method.level = 0.95;
    CHECK_REL(answer_of(&c, &method).fit.pred_high - wald.fit.pooled.value, t15 * spread, 1e-14);
    method.model = META_COMMON;
    CHECK(isnan(answer_of(&c, &method).fit.pred_high));
    meta_work_release(&work);
}

/* Large studies agree, small ones do not: tau2 is 0 to the former, and large to the latter. */
static void
takes_the_higher_of_two_peaks(void)
{
    const struct meta_method random = random_method();
    struct counts c = { .kind = PROPORTIONS, .k = 5, .events = { 1e4, 1e4, 5, 11, 10 },
                        .totals = { 1e5, 1e5, 20, 20, 20 } };
    struct answer it = answer_of(&c, &random);

    /* By scripts/reference/meta_glmm.R, whose profile is 10.5 lower at 0. */
    CHECK_REL(it.fit.pooled.value, -1.15613084924853, 1e-8);
    CHECK_REL(it.fit.tau2, 0.981557484231015, 4e-9);
    c.events[2] = 2;
    c.events[3] = 7;
    c.events[4] = 8;
    it = answer_of(&c, &random); /* another peak, near 0.4, is 1.8 lower */
    CHECK(it.fit.tau2 == 0);
    CHECK_REL(it.fit.pooled.value, log(20017.0 / (200060 - 20017)), 1e-14);
    meta_work_release(&work);
}

/* By scripts/reference/meta_glmm.R; glmer has 145.9175. */
static void
follows_tau_far(void)
{
    const struct meta_method random = random_method();
    const struct counts c = { .kind = TABLES_UM, .k = 3,
                              .tables = { { 5, 0, 0, 10 }, { 0, 10, 5, 0 }, { 3, 3, 3, 3 } } };
    const struct answer it = answer_of(&c, &random);

    CHECK_REL(it.fit.tau2, 145.913527898997, 2e-9);
    CHECK_REL(it.fit.pooled.std_error, 7.74057501485679, 2e-9);
    CHECK(fabs(it.fit.pooled.value) < 1e-10);
    meta_work_release(&work);
}

/* Studies at their own extremes fit the better, the further the effects are apart. */
static void
says_so_where_tau_has_no_end(void)
{
    const struct meta_method random = random_method(), common = common_method(0.95);
    struct counts c = { .kind = TABLES_UM, .k = 3,
                        .tables = { { 50, 0, 0, 50 }, { 0, 50, 50, 0 }, { 50, 0, 0, 50 } } };
    struct answer it = { .fit = { .k = 77 } };

    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_NOCONV);
    c.kind = TABLES_CM;
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_NOCONV);
    c = (struct counts){ .kind = PROPORTIONS, .k = 3, .events = { 0, 40, 40 },
                         .totals = { 40, 40, 40 } };
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_NOCONV);
    CHECK(it.fit.k == 77);
    CHECK(ask(&c, GLMM_POINTS, &common, &it) == DYAD_OK);
    CHECK_REL(it.fit.pooled.value, log(2), 1e-14);
    CHECK(it.wald.statistic == 0 && it.wald.df == 2 && it.wald.p_value == 1);
    meta_work_release(&work);
}

static void
equal_studies_do_not_differ(void)
{
    const struct meta_method random = random_method();

    for (enum kind kind = TABLES_UM; kind <= PROPORTIONS; kind++) {
        struct counts c = { .kind = kind, .k = 4 };

        for (size_t i = 0; i < 4; i++) {
            c.tables[i] = (struct two_by_two){ 3, 40, 8, 31 };
            c.events[i] = 3;
            c.totals[i] = 43;
        }

        const struct answer it = answer_of(&c, &random);

        CHECK(it.fit.tau2 == 0 && it.differ.i2 == 0 && it.differ.h2 == 1);
        CHECK(it.differ.q >= 0 && it.differ.q < 1e-12 && it.wald.statistic < 1e-12);
        CHECK(it.differ.p_value > 1 - 1e-15);
    }
    meta_work_release(&work);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct two_by_two refused[][2] = {
        { { 0, 10, 3, 7 }, { 0, 10, 2, 8 } },   /* nothing but outcomes less often */
        { { 3, 7, 0, 10 }, { 2, 8, 0, 10 } },   /* more often */
        { { 10, 0, 3, 7 }, { 4, 0, 2, 8 } },    /* always */
        { { 3, 7, 10, 0 }, { 2, 8, 4, 0 } },
        { { 0, 10, 0, 7 }, { 3, 10, 2, 8 } },   /* no outcome in a study */
        { { 10, 0, 7, 0 }, { 3, 10, 2, 8 } },   /* nothing else */
        { { 3, 10, 0, 0 }, { 3, 10, 2, 8 } },   /* one arm */
        { { 0, 0, 3, 10 }, { 3, 10, 2, 8 } },
        { { -1, 10, 3, 10 }, { 3, 10, 2, 8 } },
        { { NAN, 10, 3, 10 }, { 3, 10, 2, 8 } },
        { { INFINITY, 10, 3, 10 }, { 3, 10, 2, 8 } },
        { { 2e12, 10, 3, 10 }, { 3, 10, 2, 8 } },
    };
    const double levels[] = { 0, 1, NAN };
    struct meta_method random = random_method();
    struct counts c = { .k = 2 };
    struct answer it = { .fit = { .k = 77 }, .differ = { .q = -7 }, .wald = { .df = -7 } };

    for (enum kind kind = TABLES_UM; kind <= TABLES_CM; kind++)
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
            c.kind = kind;
            memcpy(c.tables, refused[i], sizeof refused[i]);
            CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
        }
    c = (struct counts){ .kind = TABLES_CM, .k = 2, .tables = { { 3.5, 10, 2, 8 }, { 3, 9, 2, 8 } } };
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    c.tables[0] = (struct two_by_two){ 3, 1e7, 2, 8 };
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    c.tables[0] = (struct two_by_two){ 3, 10, 2, 8 };
    c.kind = TABLES_UM;
    CHECK(ask(&c, 0, &random, &it) == DYAD_DOMAIN);
    CHECK(ask(&c, GLMM_MOST_POINTS + 1, &random, &it) == DYAD_DOMAIN);
    for (size_t i = 0; i < 3; i++) {
        random.level = levels[i];
        CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    }
    random = method_of(TAU2_ML, META_HKSJ, 0.95);
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    random = random_method();
    c.k = 0;
    CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    CHECK(it.fit.k == 77 && it.differ.q == -7 && it.wald.df == -7);
    meta_work_release(&work);
}

static void
refuses_proportions_it_cannot_estimate(void)
{
    const double refused[][4] = { { 0, 10, 0, 20 }, { 10, 10, 20, 20 }, { 0, 0, 3, 10 },
                                  { 11, 10, 3, 10 }, { -1, 10, 3, 10 }, { NAN, 10, 3, 10 },
                                  { 1, NAN, 3, 10 } };
    const struct meta_method random = random_method();
    struct answer it = { .fit = { .k = 77 } };

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct counts c = { .kind = PROPORTIONS, .k = 2,
                                  .events = { refused[i][0], refused[i][2] },
                                  .totals = { refused[i][1], refused[i][3] } };

        CHECK(ask(&c, GLMM_POINTS, &random, &it) == DYAD_DOMAIN);
    }
    CHECK(it.fit.k == 77);
}

static void
models_have_names(void)
{
    enum glmm_model model = GLMM_UM_FS;

    CHECK(glmm_model_find("cm.el", &model) && model == GLMM_CM_EL);
    CHECK(!glmm_model_find("um.rs", &model) && model == GLMM_CM_EL);
    CHECK(glmm_model_find(glmm_model_name(GLMM_UM_FS), &model) && model == GLMM_UM_FS);
}

int
main(void)
{
    RUN(agrees_with_references);
    RUN(prints_as_published);
    RUN(one_study_is_itself);
    RUN(large_studies_are_normal);
    RUN(margins_of_many_say_nothing);
    RUN(turns_with_arms_and_outcomes);
    RUN(more_points_settle);
    RUN(limits_are_as_asked_for);
    RUN(takes_the_higher_of_two_peaks);
    RUN(follows_tau_far);
    RUN(says_so_where_tau_has_no_end);
    RUN(equal_studies_do_not_differ);
    RUN(refuses_what_it_cannot_estimate);
    RUN(refuses_proportions_it_cannot_estimate);
    RUN(models_have_names);
    return DONE();
}
