#include "dyad/stats/meta_multilevel.h"

#include "meta_values.h"
#include "scratch.h"

enum { MOST_EFFECTS = 400, MOST_COLUMNS = 8 };

struct clustered_set {
    struct effect effects[MOST_EFFECTS];
    size_t cluster[MOST_EFFECTS];
    double x[MOST_EFFECTS * MOST_COLUMNS];
    struct clustered_effects data;
    double rho, level, least;
};

static void
read_set(struct value_lines *v, struct clustered_set *s)
{
    const size_t k = (size_t)value_next(v), p = (size_t)value_next(v);

    CHECK(k > 0 && k <= MOST_EFFECTS && p > 0 && p <= MOST_COLUMNS);
    s->data = (struct clustered_effects){ s->effects, s->cluster, k, s->x, p };
    s->rho = value_next(v);
    s->level = value_next(v);
    s->least = INFINITY;
    for (size_t i = 0; i < k; i++) {
        s->effects[i].y = value_next(v);
        s->effects[i].v = value_next(v);
        s->cluster[i] = (size_t)value_next(v);
        s->least = fmin(s->least, s->effects[i].v);
        for (size_t c = 0; c < p; c++)
            s->x[i * p + c] = value_next(v);
    }
}

static struct multilevel_method
method_like(const struct clustered_set *s, enum tau2_estimator estimator, enum multilevel_df df)
{
    return (struct multilevel_method){ estimator, s->rho, df, s->level };
}

/* The three tests of one likelihood. */
struct fitted {
    struct estimate b[MOST_COLUMNS];
    double df[MOST_COLUMNS], covariance[MOST_COLUMNS * MOST_COLUMNS];
    struct multilevel_fit fit;
};

static void
fit_all(const struct clustered_set *s, enum tau2_estimator estimator, struct cluster_work *work,
        struct fitted *fits)
{
    const enum multilevel_df kinds[] = { MULTILEVEL_NORMAL, MULTILEVEL_RESIDUAL,
                                         MULTILEVEL_CONTAIN };

    for (size_t i = 0; i < 3; i++) {
        const struct multilevel_method method = method_like(s, estimator, kinds[i]);

        CHECK(meta_multilevel(&s->data, s->data.p > 1 ? 1 : 0, &method, work, fits[i].b,
                              fits[i].df, fits[i].covariance, &fits[i].fit) == DYAD_OK);
    }
}

/* How close variances that metafor was given, and ours, make what is computed with them. */
static const double CLOSE = 1e-11;

static void
check_fit(struct value_lines *v, const struct clustered_set *s, const struct fitted *fits)
{
    const struct multilevel_fit *z = &fits[0].fit, *t = &fits[1].fit, *contain = &fits[2].fit;
    const double between = value_next(v), within = value_next(v);
    const double size = between + within + s->least;

    CHECK_NEAR(z->between, between, size, CLOSE);
    CHECK_NEAR(z->within, within, size, CLOSE);
    CHECK_NEAR(z->total, between + within, size, CLOSE);
    CHECK_NEAR(z->log_likelihood, value_next(v), (double)z->k, 1e-12);
    CHECK_REL(z->residual.statistic, value_next(v), 1e-12);
    CHECK(z->residual.df == (double)(z->k - z->p));
    check_p(z->residual.p_value, value_next(v), 1e-10);
    CHECK_REL(z->moderators.statistic, value_next(v), CLOSE);
    check_p(z->moderators.p_value, value_next(v), 100 * CLOSE);
    CHECK_REL(t->moderators.statistic, value_next(v), CLOSE);
    check_p(t->moderators.p_value, value_next(v), 100 * CLOSE);
    CHECK_REL(contain->moderators.statistic, value_next(v), CLOSE);

    const double p = value_next(v), df = value_next(v);

    if (contain->moderators_df > 0) {
        check_p(contain->moderators.p_value, p, 100 * CLOSE);
        CHECK(contain->moderators_df == df);
    } else {
        CHECK(isnan(contain->moderators.p_value) && df == 1); /* metafor raises it */
    }
    CHECK_NEAR(z->i2, value_next(v), 100, CLOSE);
    CHECK_NEAR(z->i2_between, value_next(v), 100, CLOSE);
    CHECK_NEAR(z->i2_within, value_next(v), 100, CLOSE);
}

static void
check_tested(struct value_lines *v, const struct estimate *e, double scale)
{
    const double low = value_next(v), high = value_next(v), p = value_next(v);

    CHECK_NEAR(e->lower, low, scale, CLOSE);
    CHECK_NEAR(e->upper, high, scale, CLOSE);
    check_p(e->p_value, p, 100 * CLOSE);
}

static void
check_coefficients(struct value_lines *v, const struct fitted *fits)
{
    const size_t p = fits[0].fit.p;

    for (size_t c = 0; c < p; c++) {
        const double value = value_next(v), se = value_next(v), scale = fmax(se, fabs(value));

        CHECK_NEAR(fits[0].b[c].value, value, scale, CLOSE);
        CHECK_REL(fits[0].b[c].std_error, se, CLOSE);
        check_tested(v, &fits[0].b[c], scale);
        check_tested(v, &fits[1].b[c], scale);
        CHECK(isnan(fits[0].df[c]) && fits[1].df[c] == (double)(fits[1].fit.k - p));

        const double df = value_next(v);

        if (fits[2].df[c] > 0) {
            CHECK(fits[2].df[c] == df);
            check_tested(v, &fits[2].b[c], 100 * scale);
        } else {
            CHECK(df == 1 && isnan(fits[2].b[c].p_value) && isnan(fits[2].b[c].lower));
            for (int i = 0; i < 3; i++)
                (void)value_next(v);
        }
    }
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            CHECK_NEAR(fits[0].covariance[a * p + b], value_next(v),
                       fits[0].b[a].std_error * fits[0].b[b].std_error, CLOSE);
}

static void
check_prediction(struct value_lines *v, const struct fitted *fits)
{
    for (int i = 0; i < 2; i++)
        if (fits[i].fit.p == 1) {
            const double low = value_next(v), high = value_next(v);

            CHECK_NEAR(fits[i].fit.pred_low, low, high - low, CLOSE);
            CHECK_NEAR(fits[i].fit.pred_high, high, high - low, CLOSE);
        } else {
            CHECK(isnan(fits[i].fit.pred_low) && isnan(fits[i].fit.pred_high));
        }
}

static struct clustered_set set;

static void
agrees_with_metafor(void)
{
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct value_lines v;
    struct fitted fits[3];

    value_lines_open(&v, "tests/values/meta_multilevel.gz");
    while (value_lines_next(&v)) {
        read_set(&v, &set);
        for (int i = 0; i < 2; i++) {
            fit_all(&set, i == 0 ? TAU2_REML : TAU2_ML, &work, fits);
            check_fit(&v, &set, fits);
            check_coefficients(&v, fits);
            check_prediction(&v, fits);
        }
        value_lines_end(&v);
    }
    CHECK(v.n >= 80);
    cluster_work_release(&work);
}

/* The first line of the values. */
static void
read_konstantopoulos(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/meta_multilevel.gz");
    CHECK(value_lines_next(&v));
    read_set(&v, &set);
    gzclose(v.file);
    CHECK(set.data.k == 56 && set.data.p == 1);
}

/* Konstantopoulos (2011), Res. Synth. Methods 2:61-76, analysed on metafor's website, where
 * rma.mv and its confint print this. */
static void
prints_as_published(void)
{
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_limits limits;
    struct fitted fits[3];

    read_konstantopoulos();
    fit_all(&set, TAU2_REML, &work, fits);
    CHECK(fits[0].fit.clusters == 11);
    CHECK_PRINTED(fits[0].fit.between, "0.0651");
    CHECK_PRINTED(fits[0].fit.within, "0.0327");
    CHECK_PRINTED(fits[0].b[0].value, "0.1847");
    CHECK_PRINTED(fits[0].b[0].std_error, "0.0846");
    CHECK_PRINTED(fits[0].b[0].p_value, "0.0289");
    CHECK_PRINTED(fits[0].b[0].lower, "0.0190");
    CHECK_PRINTED(fits[0].b[0].upper, "0.3504");
    CHECK_PRINTED(fits[0].fit.residual.statistic, "578.8640");
    CHECK_PRINTED(fits[0].fit.log_likelihood, "-7.9587");

    const struct multilevel_method method = method_like(&set, TAU2_REML, MULTILEVEL_NORMAL);

    CHECK(meta_multilevel_limits(&set.data, &method, &work, &limits) == DYAD_OK);
    CHECK_PRINTED(limits.between_low, "0.0222");
    CHECK_PRINTED(limits.between_high, "0.2072");
    CHECK_PRINTED(limits.within_low, "0.0163");
    CHECK_PRINTED(limits.within_high, "0.0628");
    cluster_work_release(&work);
}

/* metafor's own profile is climbed by an optimizer that stops at 1e-10 of the likelihood. */
static void
limits_agree_with_metafor(void)
{
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct value_lines v;

    value_lines_open(&v, "tests/values/meta_multilevel_limits.gz");
    while (value_lines_next(&v)) {
        struct multilevel_limits limits;
        struct multilevel_method method;

        read_set(&v, &set);
        method = method_like(&set, value_next(&v) == 1 ? TAU2_REML : TAU2_ML, MULTILEVEL_NORMAL);
        CHECK(meta_multilevel_limits(&set.data, &method, &work, &limits) == DYAD_OK);

        const double got[] = { limits.between_low, limits.between_high, limits.within_low,
                               limits.within_high };

        for (size_t i = 0; i < COUNT_OF(got); i++) {
            const double want = value_next(&v);

            CHECK_NEAR(got[i], want, want + set.least, 1e-8);
        }
        value_lines_end(&v);
    }
    CHECK(v.n >= 15);
    cluster_work_release(&work);
}

/* Other rows first, other numbers for the clusters: the same but for rounding. */
static void
knows_clusters_by_their_number_alone(void)
{
    static struct clustered_set turned;
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct fitted fits[3], other[3];

    read_konstantopoulos();
    turned = set;
    turned.data.effects = turned.effects;
    turned.data.cluster = turned.cluster;
    turned.data.x = NULL;
    for (size_t i = 0; i < 56; i++) {
        const size_t from = i * 13 % 56;

        turned.effects[i] = set.effects[from];
        turned.cluster[i] = 55 - 4 * set.cluster[from];
    }
    fit_all(&set, TAU2_REML, &work, fits);
    fit_all(&turned, TAU2_REML, &work, other);
    CHECK_REL(other[0].fit.between, fits[0].fit.between, 1e-12);
    CHECK_REL(other[0].fit.within, fits[0].fit.within, 1e-12);
    CHECK_REL(other[0].b[0].value, fits[0].b[0].value, 1e-12);
    CHECK_REL(other[0].fit.pred_low, fits[0].fit.pred_low, 1e-12);
    CHECK(other[0].fit.clusters == 11);
    cluster_work_release(&work);
}

/* One effect in each cluster is the random-effects model. */
static void
of_single_effects_only_the_total_is_defined(void)
{
    const enum tau2_estimator estimators[] = { TAU2_REML, TAU2_ML };
    struct cluster_work work = CLUSTER_WORK_INIT;

    read_konstantopoulos();
    set.rho = 0.5;
    for (size_t i = 0; i < 56; i++)
        set.cluster[i] = 55 - i;
    for (size_t i = 0; i < 2; i++) {
        const struct meta_method plain = method_of(estimators[i], META_WALD, set.level);
        const struct multilevel_method method = method_like(&set, estimators[i], MULTILEVEL_NORMAL);
        struct meta_fit pooled;
        struct heterogeneity h;
        struct multilevel_limits limits;
        struct fitted fits[3];

        CHECK(meta_pool(set.effects, 56, &plain, &pooled) == DYAD_OK);
        CHECK(meta_heterogeneity(set.effects, 56, &plain, &h) == DYAD_OK);
        fit_all(&set, estimators[i], &work, fits);
        CHECK_REL(fits[0].fit.total, pooled.tau2, 1e-12);
        CHECK_REL(fits[0].b[0].value, pooled.pooled.value, 1e-12);
        CHECK_REL(fits[0].b[0].std_error, pooled.pooled.std_error, 1e-12);
        CHECK_REL(fits[0].fit.pred_high, pooled.pred_high, 1e-12);
        CHECK_REL(fits[0].fit.residual.statistic, h.q, 1e-12);
        CHECK_REL(fits[0].fit.i2, h.i2, 1e-12);
        CHECK(isnan(fits[0].fit.between) && isnan(fits[0].fit.within));
        CHECK(isnan(fits[0].fit.i2_between) && isnan(fits[0].fit.i2_within));
        CHECK(meta_multilevel_limits(&set.data, &method, &work, &limits) == DYAD_OK);
        CHECK(isnan(limits.between_low) && isnan(limits.within_high));
    }
    cluster_work_release(&work);
}

/* Nothing differs: both variances are 0 and the mean is the effects'. */
static void
identical_effects_have_no_variances(void)
{
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_limits limits;
    struct fitted fits[3];

    read_konstantopoulos();
    for (size_t i = 0; i < 56; i++)
        set.effects[i].y = 0.3;
    fit_all(&set, TAU2_REML, &work, fits);
    CHECK(fits[0].fit.between == 0 && fits[0].fit.within == 0 && fits[0].fit.i2 == 0);
    CHECK_REL(fits[0].b[0].value, 0.3, 1e-14);

    const struct multilevel_method method = method_like(&set, TAU2_REML, MULTILEVEL_NORMAL);

    CHECK(meta_multilevel_limits(&set.data, &method, &work, &limits) == DYAD_OK);
    CHECK(limits.between_low == 0 && limits.between_high > 0 && isfinite(limits.between_high));
    CHECK(limits.within_low == 0 && limits.within_high > 0 && isfinite(limits.within_high));
    cluster_work_release(&work);
}

/* Pairs that differ within and not between: the top lies where between is 0. */
static void
finds_the_boundary(void)
{
    const struct effect effects[] = { { 3, 1 }, { -3, 1 }, { 3, 1 }, { -3, 1 }, { 3, 1 }, { -3, 1 } };
    const size_t cluster[] = { 0, 0, 1, 1, 2, 2 };
    const struct clustered_effects data = { effects, cluster, 6, NULL, 1 };
    const struct multilevel_method method = { TAU2_REML, 0, MULTILEVEL_NORMAL, 0.95 };
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    struct estimate b;
    double df;

    CHECK(meta_multilevel(&data, 0, &method, &work, &b, &df, NULL, &fit) == DYAD_OK);
    CHECK(fit.between == 0);
    CHECK_REL(fit.within, 54.0 / 5 - 1, 1e-13); /* SS/(k-1) - v */
    cluster_work_release(&work);
}

/* Climbing from variances of 0 ends at 0, where the likelihood is lower: -26.89.  The values are
 * metafor's at the top that scripts/reference/meta_multilevel.R scores. */
static void
takes_the_highest_of_several_maxima(void)
{
    const struct effect effects[] = { { 0, 100 }, { -1, 4 },    { -20, 25 }, { 0, 4 },
                                      { 2, 25 },  { -1, 0.01 }, { 6, 100 },  { 20, 100 } };
    const size_t cluster[] = { 0, 1, 2, 3, 0, 2, 0, 0 };
    const struct clustered_effects data = { effects, cluster, 8, NULL, 1 };
    const struct multilevel_method method = { TAU2_REML, 0, MULTILEVEL_NORMAL, 0.95 };
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    struct estimate b;
    double df;

    CHECK(meta_multilevel(&data, 0, &method, &work, &b, &df, NULL, &fit) == DYAD_OK);
    CHECK_REL(fit.between, 14.21640634611818, 1e-14);
    CHECK_REL(fit.within, 39.99766244539920, 1e-14);
    CHECK_PRINTED(fit.log_likelihood, "-26.01132041");
    cluster_work_release(&work);
}

/* Balanced pairs: the analysis of variance in closed form. */
static void
agrees_with_the_analysis_of_variance(void)
{
    const struct effect effects[] = { { 1, 0.5 },  { 2, 0.5 },  { 7, 0.5 }, { 9, 0.5 },
                                      { -4, 0.5 }, { -1, 0.5 }, { 3, 0.5 }, { 6, 0.5 } };
    const size_t cluster[] = { 0, 0, 1, 1, 2, 2, 3, 3 };
    const struct clustered_effects data = { effects, cluster, 8, NULL, 1 };
    const struct multilevel_method method = { TAU2_REML, 0, MULTILEVEL_CONTAIN, 0.95 };
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    struct estimate b;
    double df, between = 0, within = 0;

    for (size_t j = 0; j < 4; j++) {
        const double mean = (effects[2 * j].y + effects[2 * j + 1].y) / 2;
        const double away = effects[2 * j].y - mean;

        within += 2 * away * away / 4;
        between += 2 * (mean - 2.875) * (mean - 2.875) / 3;
    }
    CHECK(meta_multilevel(&data, 0, &method, &work, &b, &df, NULL, &fit) == DYAD_OK);
    CHECK_REL(fit.within, within - 0.5, 1e-13);
    CHECK_REL(fit.between, (between - within) / 2, 1e-13);
    CHECK_REL(b.value, 2.875, 1e-15);
    CHECK_REL(b.std_error, sqrt(between / 8), 1e-13);
    CHECK(df == 3);
    cluster_work_release(&work);
}

static void
refuses_what_it_cannot_estimate(void)
{
    enum { K = 6 };
    const struct effect good[K] = { { 1, 1 }, { 2, 1 }, { 4, 1 }, { 0, 2 }, { 3, 1 }, { 2, 2 } };
    const size_t pairs[K] = { 0, 0, 1, 1, 2, 2 }, one[K] = { 0, 0, 0, 0, 0, 0 };
    const size_t outside[K] = { 0, 0, 1, 1, 2, 6 };
    const double constant[2 * K] = { 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 };
    const double of_each[3 * K] = { 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1 };
    const double five[5 * K] = { 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0,
                                 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1 };
    const double infinite[K] = { 1, 1, 1, INFINITY, 1, 1 };
    struct effect bad[K];
    const struct clustered_effects data[] = {
        { good, one, K, NULL, 1 },        /* one cluster */
        { good, pairs, 1, NULL, 1 },      /* one effect */
        { good, pairs, 2, NULL, 1 },      /* two, of one cluster */
        { good, pairs, K, NULL, 2 },      /* two columns that are not there */
        { good, pairs, K, constant, 2 },  /* columns that depend on each other */
        { good, pairs, K, of_each, 3 },   /* an indicator for every cluster */
        { good, pairs, K, five, 5 },      /* one degree of freedom for two variances */
        { good, pairs, K, five, 0 },
        { good, pairs, K, infinite, 1 },
        { good, outside, K, NULL, 1 },
        { bad, pairs, K, NULL, 1 },
    };
    const struct clustered_effects fine = { good, pairs, K, NULL, 1 };
    const struct multilevel_method method = { TAU2_REML, 0, MULTILEVEL_NORMAL, 0.95 };
    const struct multilevel_method methods[] = {
        { TAU2_DL, 0, MULTILEVEL_NORMAL, 0.95 },    { TAU2_REML, 1, MULTILEVEL_NORMAL, 0.95 },
        { TAU2_REML, -0.1, MULTILEVEL_NORMAL, 0.95 }, { TAU2_REML, NAN, MULTILEVEL_NORMAL, 0.95 },
        { TAU2_REML, 0, MULTILEVEL_NORMAL, 1 },
    };
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit = { .k = 77 };
    struct multilevel_limits limits = { -1, -1, -1, -1 };
    struct estimate b[5] = { { -1, -1, -1, -1, -1 } };
    double df[5] = { -1 }, covariance[25] = { -1 };

    memcpy(bad, good, sizeof bad);
    bad[2].v = 0;
    for (size_t i = 0; i < COUNT_OF(data); i++) {
        CHECK(meta_multilevel(&data[i], 0, &method, &work, b, df, covariance, &fit) == DYAD_DOMAIN);
        CHECK(meta_multilevel_limits(&data[i], &method, &work, &limits) == DYAD_DOMAIN);
    }
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        CHECK(meta_multilevel(&fine, 0, &methods[i], &work, b, df, covariance, &fit) == DYAD_DOMAIN);
        CHECK(meta_multilevel_limits(&fine, &methods[i], &work, &limits) == DYAD_DOMAIN);
    }
    CHECK(meta_multilevel(&fine, 2, &method, &work, b, df, covariance, &fit) == DYAD_DOMAIN);
    CHECK(fit.k == 77 && limits.between_low == -1 && limits.within_high == -1);
    CHECK(b[0].value == -1 && df[0] == -1 && covariance[0] == -1);
    cluster_work_release(&work);
}

/* Two effects of two clusters are single ones; three of two clusters are the least for both. */
static void
fits_the_least_there_is(void)
{
    const struct effect effects[] = { { 0, 1 }, { 4, 1 }, { 1, 1 } };
    const size_t cluster[] = { 0, 1, 0 };
    const struct clustered_effects two = { effects, cluster, 2, NULL, 1 };
    const struct clustered_effects three = { effects, cluster, 3, NULL, 1 };
    const struct multilevel_method method = { TAU2_REML, 0, MULTILEVEL_CONTAIN, 0.95 };
    struct cluster_work work = CLUSTER_WORK_INIT;
    struct multilevel_fit fit;
    struct estimate b;
    double df;

    CHECK(meta_multilevel(&two, 0, &method, &work, &b, &df, NULL, &fit) == DYAD_OK);
    CHECK(isnan(fit.between) && df == 1);
    CHECK_REL(fit.total, 7, 1e-13);
    CHECK(meta_multilevel(&three, 0, &method, &work, &b, &df, NULL, &fit) == DYAD_OK);
    CHECK(fit.within == 0 && df == 1);
    /* The means 1/2 and 4, of variances between + 1/2 and between + 1: (3.5^2 - 1.5) / 2. */
    CHECK_REL(fit.between, 5.375, 1e-13);
    cluster_work_release(&work);
}

int
main(void)
{
    RUN(prints_as_published);
    RUN(agrees_with_metafor);
    RUN(limits_agree_with_metafor);
    RUN(knows_clusters_by_their_number_alone);
    RUN(of_single_effects_only_the_total_is_defined);
    RUN(identical_effects_have_no_variances);
    RUN(finds_the_boundary);
    RUN(takes_the_highest_of_several_maxima);
    RUN(agrees_with_the_analysis_of_variance);
    RUN(fits_the_least_there_is);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
