#include "dyad/stats/gray.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_GROUPS = 8 };

static void
agrees_with_cuminc(void)
{
    struct gray_work work = GRAY_WORK_INIT;
    struct value_lines v;
    size_t sets = 0, tests = 0;

    value_lines_open(&v, "tests/values/survival_gray.gz");
    while (value_lines_next(&v)) {
        const size_t groups = (size_t)value_next(&v), strata = (size_t)value_next(&v);
        static struct value_records records;
        struct survival_set whole, parts;

        read_records(&v, &records);
        make_set(&records, groups, 1, 3, &whole);
        make_set(&records, groups, strata, 3, &parts);
        for (next_line(&v); !value_is_absent(&v); next_line(&v), tests++) {
            double score[MOST_GROUPS], covariance[MOST_GROUPS * MOST_GROUPS];
            struct test t;
            const double rho = value_next(&v);
            const struct survival_set *s = value_next(&v) == 1 ? &parts : &whole;

            CHECK(gray(s->tables, groups, s->strata, (size_t)value_next(&v), rho, &work, score,
                       covariance, &t) == DYAD_OK);
            CHECK_NEAR(t.statistic, value_next(&v), fmax(t.statistic, 1e-10), 1e-9);
            CHECK(t.df == value_next(&v));
            check_p(t.p_value, value_next(&v), 1e-9);
            value_lines_end(&v);
        }
        release_set(&whole);
        release_set(&parts);
        sets++;
    }
    gray_work_release(&work);
    CHECK(sets == 431 && tests == 3026);
}

static void
refuses_what_is_no_comparison(void)
{
    const double exits[] = { 1, 2, -3 };
    struct survival_table t[] = { table_of(exits, 3), table_of(exits, 2) };
    struct gray_work work = GRAY_WORK_INIT;
    double score[2] = { -1, -1 }, covariance[4] = { -1 };
    struct test out = { -1, -1, -1 };

    CHECK(gray(t, 1, 1, 1, 0, &work, score, covariance, &out) == DYAD_DOMAIN);
    CHECK(gray(t, 2, 0, 1, 0, &work, score, covariance, &out) == DYAD_DOMAIN);
    CHECK(gray(t, 2, 1, 0, 0, &work, score, covariance, &out) == DYAD_DOMAIN);
    CHECK(gray(t, 2, 1, 2, 0, &work, score, covariance, &out) == DYAD_DOMAIN);
    CHECK(gray(t, 2, 1, 1, -1, &work, score, covariance, &out) == DYAD_DOMAIN);
    t[1].late = true;
    CHECK(gray(t, 2, 1, 1, 0, &work, score, covariance, &out) == DYAD_DOMAIN);
    CHECK(out.statistic == -1 && score[0] == -1 && covariance[0] == -1);
    t[1].late = false;

    /* Nobody ever at risk together. */
    struct survival_table alone[] = { t[0], SURVIVAL_TABLE_INIT };
    alone[1].causes = 1;
    CHECK(gray(alone, 2, 1, 1, 0, &work, score, covariance, &out) == DYAD_OK);
    CHECK(out.df == 0 && isnan(out.statistic) && isnan(out.p_value));
    gray_work_release(&work);
    survival_table_release(&t[0]);
    survival_table_release(&t[1]);
}

int
main(void)
{
    RUN(agrees_with_cuminc);
    RUN(refuses_what_is_no_comparison);
    return DONE();
}
