#include "dyad/stats/aalen_johansen.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_ROWS = 4096 };

static struct estimate jackknife[MOST_ROWS], counting[MOST_ROWS];

static void
check_jackknife(struct value_lines *v, const struct survival_table *t)
{
    const size_t n = (size_t)value_on(v);

    CHECK(n == t->n);
    for (size_t i = 0; i < n; i++) {
        const struct estimate *e = &jackknife[i];

        CHECK_REL(t->rows[i].time, value_on(v), 1e-13);
        CHECK_NEAR(e->value, value_on(v), e->value, 1e-12);
        CHECK_NEAR(e->std_error, value_on(v), e->std_error + 1e-4 * e->value, 1e-11);
        CHECK_NEAR(e->lower, value_on(v), e->value, 1e-11);
        CHECK_NEAR(e->upper, value_on(v), e->value, 1e-11);
    }
}

static void
check_counting(struct value_lines *v, const struct survival_table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const double variance = value_on(v), scale = fmax(variance, 1e-3 * counting[i].value);

        if (!isnan(variance))
            CHECK_NEAR(counting[i].std_error * counting[i].std_error, variance, scale, 1e-11);
    }
}

static void
agrees_with_survfit_and_cuminc(void)
{
    struct value_lines v;
    size_t sets = 0;

    value_lines_open(&v, "tests/values/survival_incidence.gz");
    while (value_lines_next(&v)) {
        const size_t causes = (size_t)value_next(&v);
        const enum survival_limits limits = (enum survival_limits)value_next(&v);
        const double level = value_next(&v);
        const struct incidence_method a = { INCIDENCE_JACKKNIFE, limits, level };
        const struct incidence_method b = { INCIDENCE_COUNTING, limits, level };
        struct survival_set s;

        (void)value_next(&v);
        read_set(&v, 1, causes, &s);
        for (size_t j = 1; j <= causes; j++) {
            CHECK(s.tables[0].n <= MOST_ROWS);
            CHECK(aalen_johansen(&s.tables[0], j, &a, jackknife) == DYAD_OK);
            CHECK(aalen_johansen(&s.tables[0], j, &b, counting) == DYAD_OK);
            check_jackknife(&v, &s.tables[0]);
            check_counting(&v, &s.tables[0]);
            value_lines_end(&v);
        }
        release_set(&s);
        sets++;
    }
    CHECK(sets == 275);
}

static const struct incidence_method plain = { INCIDENCE_COUNTING, LIMITS_PLAIN, 0.95 };

static struct survival_table
two_causes(void)
{
    struct survival_counts *c = survival_counts_new(2);
    const struct survival_time times[] = { { SURVIVAL_FROM_START, 1, 1, 1, 1 },
                                           { SURVIVAL_FROM_START, 2, 2, 1, 1 },
                                           { SURVIVAL_FROM_START, 3, 0, 1, 1 },
                                           { SURVIVAL_FROM_START, 4, 1, 1, 1 } };
    struct survival_table t = SURVIVAL_TABLE_INIT;

    for (size_t i = 0; i < COUNT_OF(times); i++)
        CHECK(survival_counts_add(c, &times[i]) == DYAD_OK);
    CHECK(survival_tables((const struct survival_counts *const *)&c, 1, &t) == DYAD_OK);
    survival_counts_free(c);
    return t;
}

/* All causes together are the complement of the Kaplan-Meier curve. */
static void
adds_up_to_everybody(void)
{
    struct survival_table t = two_causes();
    struct estimate one[4], two[4], e;

    CHECK(aalen_johansen(&t, 1, &plain, one) == DYAD_OK);
    CHECK(aalen_johansen(&t, 2, &plain, two) == DYAD_OK);
    CHECK(one[0].value == 0.25 && one[2].value == 0.25 && one[3].value == 0.75);
    CHECK(two[0].value == 0 && two[1].value == 0.25 && two[3].value == 0.25);
    CHECK(two[0].std_error == 0 && isnan(two[0].lower));
    aalen_johansen_at(&t, one, 0.5, &e);
    CHECK(e.value == 0 && e.std_error == 0 && isnan(e.lower));
    aalen_johansen_at(&t, one, 3.5, &e);
    CHECK(e.value == 0.25);
    aalen_johansen_at(&t, one, 4.5, &e);
    CHECK(isnan(e.value));
    survival_table_release(&t);
}

static void
refuses_what_it_cannot_estimate(void)
{
    const struct incidence_method certain = { INCIDENCE_COUNTING, LIMITS_PLAIN, 1 };
    const struct incidence_method jack = { INCIDENCE_JACKKNIFE, LIMITS_PLAIN, 0.95 };
    struct survival_table t = two_causes(), none = SURVIVAL_TABLE_INIT;
    struct estimate curve[4] = { { -1, -1, -1, -1, -1 } };

    CHECK(aalen_johansen(&t, 0, &plain, curve) == DYAD_DOMAIN);
    CHECK(aalen_johansen(&t, 3, &plain, curve) == DYAD_DOMAIN);
    CHECK(aalen_johansen(&t, 1, &certain, curve) == DYAD_DOMAIN);
    CHECK(aalen_johansen(&none, 1, &plain, curve) == DYAD_DOMAIN);
    t.late = true;
    CHECK(aalen_johansen(&t, 1, &jack, curve) == DYAD_DOMAIN);
    CHECK(curve[0].value == -1);
    survival_table_release(&t);
}

int
main(void)
{
    RUN(agrees_with_survfit_and_cuminc);
    RUN(adds_up_to_everybody);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
