#include "dyad/stats/meta_influence.h"

#include "meta_values.h"

static struct meta_work work = META_WORK_INIT;

/* The kinds of scripts/reference/meta.R: REML, DL with Knapp and Hartung, common. */
static struct meta_method
kind_of(double kind)
{
    if (kind == 1)
        return method_of(TAU2_REML, META_WALD, 0.95);
    if (kind == 2)
        return method_of(TAU2_DL, META_HKSJ, 0.95);
    return common_method(0.95);
}

static void
check_influence(struct value_lines *v, const struct study_set *s, const struct meta_method *method)
{
    struct influence all[MOST_STUDIES];

    CHECK(meta_influence(s->effects, s->k, method, &work, all) == DYAD_OK);
    for (size_t i = 0; i < s->k; i++) {
        const struct influence *it = &all[i];

        CHECK_NEAR(it->rstudent, value_next(v), fmax(1, fabs(it->rstudent)), 1e-10);
        CHECK_NEAR(it->dffits, value_next(v), fmax(1, fabs(it->dffits)), 1e-10);
        CHECK_NEAR(it->cook, value_next(v), fmax(1, it->cook), 1e-10);
        CHECK_REL(it->cov_ratio, value_next(v), 1e-10);
        CHECK_NEAR(it->tau2, value_next(v), it->tau2 + s->effects[i].v, 1e-10);
        CHECK_NEAR(it->q, value_next(v), it->q + 1, 1e-10);
        CHECK_REL(it->hat, value_next(v), 1e-10);
        CHECK_REL(it->weight, value_next(v), 1e-10);
        CHECK_NEAR(it->dfbetas, value_next(v), fmax(1, fabs(it->dfbetas)), 1e-10);
        CHECK(it->is_influential == (value_next(v) != 0));
    }
}

static void
check_step(struct value_lines *v, const struct meta_step *step, const struct meta_method *method)
{
    const struct estimate *e = &step->fit.pooled;
    const double value = value_next(v), se = value_next(v);

    CHECK_NEAR(e->value, value, fmax(fabs(value), se), 1e-10);
    CHECK_REL(e->std_error, se, 1e-10);
    if (step->fit.k == 1 && method->interval == META_HKSJ) {
        CHECK(isnan(e->p_value) && isnan(e->lower) && isnan(e->upper));
        for (size_t i = 0; i < 7; i++)
            (void)value_next(v);
        return;
    }
    check_p(e->p_value, value_next(v), 1e-9);
    CHECK_NEAR(e->lower, value_next(v), fmax(fabs(value), se), 1e-10);
    CHECK_NEAR(e->upper, value_next(v), fmax(fabs(value), se), 1e-10);

    const double q = value_next(v), p = value_next(v), i2 = value_next(v), h2 = value_next(v);

    if (step->fit.k == 1) {
        CHECK(step->q == 0 && isnan(step->q_p_value) && isnan(step->i2) && isnan(step->h2));
        return;
    }
    CHECK_NEAR(step->q, q, q + 1, 1e-10);
    check_p(step->q_p_value, p, 1e-10);
    CHECK_NEAR(step->i2, i2, 100, 1e-10);
    CHECK_NEAR(step->h2, h2, h2 + 1, 1e-10);
    CHECK(method->model == META_RANDOM || step->fit.tau2 == 0);
}

static void
agrees_with_metafor(void)
{
    struct value_lines v;
    struct study_set s;
    struct meta_step steps[MOST_STUDIES];
    struct effect first[MOST_STUDIES]; /* one after the other, cumulated */
    size_t order[MOST_STUDIES];

    value_lines_open(&v, "tests/values/meta_influence.gz");
    while (value_lines_next(&v)) {
        struct meta_method method;

        s.k = read_count(&v);
        method = kind_of(value_next(&v));
        read_effects(&v, s.effects, s.k);
        check_influence(&v, &s, &method);
        CHECK(meta_leave_one_out(s.effects, s.k, &method, &work, steps) == DYAD_OK);
        for (size_t i = 0; i < s.k; i++)
            check_step(&v, &steps[i], &method);
        for (size_t i = 0; i < s.k; i++)
            order[i] = read_count(&v);
        for (size_t i = 0; i < s.k; i++) {
            const double value = value_next(&v), se = value_next(&v);
            struct meta_fit fit;

            first[i] = s.effects[order[i]];
            CHECK(meta_pool(first, i + 1, &method, &fit) == DYAD_OK);
            CHECK(fit.k == i + 1);
            CHECK_NEAR(fit.pooled.value, value, fmax(fabs(value), se), 1e-10);
            CHECK_REL(fit.pooled.std_error, i ? se : sqrt(first[0].v), 1e-10);
        }
        value_lines_end(&v);
    }
    CHECK(v.n == 138);
    meta_work_release(&work);
}

/* Without the outlier the rest agree: it alone moves the estimate. */
static void
names_the_study_that_stands_apart(void)
{
    const struct effect effects[] = { { 0.1, 0.01 }, { 0.12, 0.01 }, { 0.09, 0.01 },
                                      { 0.11, 0.01 }, { 2, 0.01 },   { 0.1, 0.01 } };
    const struct meta_method method = method_of(TAU2_REML, META_WALD, 0.95);
    struct influence all[6];

    CHECK(meta_influence(effects, 6, &method, &work, all) == DYAD_OK);
    for (size_t i = 0; i < 6; i++)
        CHECK(all[i].is_influential == (i == 4));
    CHECK(all[4].tau2 == 0 && all[4].rstudent > 10);
    meta_work_release(&work);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct effect effects[] = { { 0.1, 0.2 }, { 0.7, 0.1 } }, bad[] = { { 0, 1 }, { 1, 0 } };
    const struct meta_method method = method_of(TAU2_DL, META_WALD, 0.95);
    const struct meta_method mh_dl = method_of(TAU2_MH_DL, META_WALD, 0.95);
    struct influence all[2];
    struct meta_step steps[2];

    CHECK(meta_influence(effects, 1, &method, &work, all) == DYAD_DOMAIN);
    CHECK(meta_influence(bad, 2, &method, &work, all) == DYAD_DOMAIN);
    CHECK(meta_influence(effects, 2, &mh_dl, &work, all) == DYAD_DOMAIN);
    CHECK(meta_leave_one_out(effects, 1, &method, &work, steps) == DYAD_DOMAIN);
    CHECK(meta_leave_one_out(bad, 2, &method, &work, steps) == DYAD_DOMAIN);
    CHECK(meta_leave_one_out(effects, 2, &mh_dl, &work, steps) == DYAD_DOMAIN);
    meta_work_release(&work);
}

int
main(void)
{
    RUN(agrees_with_metafor);
    RUN(names_the_study_that_stands_apart);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
