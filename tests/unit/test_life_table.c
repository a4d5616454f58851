#include "dyad/stats/life_table.h"

#include "survival_values.h"

#include "scratch.h"

enum { MOST_INTERVALS = 64 };

static void
check_interval(struct value_lines *v, const struct life_interval *at)
{
    CHECK(at->begin == value_on(v));
    CHECK(at->entering == value_on(v));
    CHECK(at->lost == value_on(v));
    CHECK(at->exposed == value_on(v));
    CHECK(at->events == value_on(v));
    CHECK_NEAR(at->survival, value_on(v), 1, 1e-13);
    CHECK_REL(at->survival_error, value_on(v), 1e-13);
    CHECK_REL(at->density, value_on(v), 1e-13);
    CHECK_REL(at->density_error, value_on(v), 1e-13);
    CHECK_REL(at->hazard, value_on(v), 1e-13);
    CHECK_NEAR(at->hazard_error, value_on(v), at->hazard, 1e-12);
}

static void
agrees_with_lifetab(void)
{
    struct value_lines v;
    size_t sets = 0;

    value_lines_open(&v, "tests/values/survival_life.gz");
    while (value_lines_next(&v)) {
        struct survival_set s;
        struct life_interval rows[MOST_INTERVALS];
        double begins[MOST_INTERVALS];

        read_set(&v, 1, 1, &s);
        const size_t n = (size_t)value_on(&v);
        CHECK(n <= MOST_INTERVALS);
        next_line(&v);
        char *const line = v.at;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 11; j++) {
                const double x = value_next(&v);

                if (j == 0)
                    begins[i] = x;
            }
        v.at = line;
        CHECK(life_table(&s.tables[0], begins, n, rows) == DYAD_OK);
        for (size_t i = 0; i < n; i++)
            check_interval(&v, &rows[i]);
        value_lines_end(&v);
        release_set(&s);
        sets++;
    }
    CHECK(sets == 101);
}

/* Klein & Moeschberger (2003), table 5.4: weaning of breast-fed first-borns, in weeks. */
static void
prints_as_published(void)
{
    static const double begins[] = { 0, 2, 3, 5, 7, 11, 17, 25, 37, 53 };
    static const double entering[] = { 927, 848, 774, 649, 565, 449, 296, 186, 112, 27 };
    static const double lost[] = { 2, 3, 6, 9, 7, 5, 3, 0, 0, 0 };
    static const double weaned[] = { 77, 71, 119, 75, 109, 148, 107, 74, 85, 27 };
    static const char *const survival[] = { "1.000000", "0.916847", "0.839946", "0.710305",
                                            "0.627647", "0.505806", "0.338148", "0.215290",
                                            "0.129637", "0.031252" };
    struct value_lines v;
    struct survival_set s;
    struct life_interval rows[COUNT_OF(begins)];

    value_lines_open(&v, "tests/values/survival_life.gz"); /* the first is the NLSY */
    CHECK(value_lines_next(&v));
    read_set(&v, 1, 1, &s);
    gzclose(v.file);
    CHECK(life_table(&s.tables[0], begins, COUNT_OF(begins), rows) == DYAD_OK);
    for (size_t i = 0; i < COUNT_OF(begins); i++) {
        CHECK(rows[i].entering == entering[i] && rows[i].lost == lost[i]);
        CHECK(rows[i].events == weaned[i]);
        CHECK_PRINTED(rows[i].survival, survival[i]);
    }
    release_set(&s);
}

static void
refuses_what_are_no_intervals(void)
{
    const double exits[] = { 1, 2 }, late[] = { 1.5, 3 }, falling[] = { 0, 3, 2 },
                 endless[] = { 0, INFINITY }, good[] = { 0, 2 };
    struct survival_table t = table_of(exits, 2), none = SURVIVAL_TABLE_INIT;
    struct life_interval rows[3] = { { .begin = -1 } };

    CHECK(life_table(&t, late, 2, rows) == DYAD_DOMAIN);
    CHECK(life_table(&t, falling, 3, rows) == DYAD_DOMAIN);
    CHECK(life_table(&t, endless, 2, rows) == DYAD_DOMAIN);
    CHECK(life_table(&t, good, 0, rows) == DYAD_DOMAIN);
    t.late = true;
    CHECK(life_table(&t, good, 2, rows) == DYAD_DOMAIN);
    t.late = false;
    CHECK(rows[0].begin == -1);
    CHECK(life_table(&none, good, 2, rows) == DYAD_OK);
    CHECK(rows[0].entering == 0 && rows[0].survival == 1 && isnan(rows[0].hazard));
    survival_table_release(&t);
}

int
main(void)
{
    RUN(agrees_with_lifetab);
    RUN(prints_as_published);
    RUN(refuses_what_are_no_intervals);
    return DONE();
}
