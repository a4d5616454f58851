#include "dyad/stats/collinearity.h"

#include "value_lines.h"

enum { MOST_COLUMNS = 16 };

static double scratch[4 * MOST_COLUMNS * MOST_COLUMNS];

static void
agrees_with_car(void)
{
    struct value_lines v;

    value_lines_open(&v, "tests/values/diagnostics_collinearity.gz");
    while (value_lines_next(&v)) {
        const size_t p = (size_t)value_next(&v), n_terms = (size_t)value_next(&v);
        double covariance[MOST_COLUMNS * MOST_COLUMNS];
        size_t terms[MOST_COLUMNS];
        struct inflation found[MOST_COLUMNS];

        CHECK(p <= MOST_COLUMNS && collinearity_room(p) <= sizeof scratch / sizeof scratch[0]);
        for (size_t i = 0; i < p; i++)
            terms[i] = (size_t)value_next(&v);
        for (size_t i = 0; i < p * p; i++)
            covariance[i] = value_next(&v);
        CHECK(collinearity_vif(covariance, p, terms, n_terms, scratch, found) == DYAD_OK);
        /* As rounding the correlations alone would change it. */
        const double tolerance = 1e-15 + 2e-16 * value_next(&v);
        for (size_t t = 0; t < n_terms; t++) {
            CHECK_REL(found[t].gvif, value_next(&v), tolerance);
            CHECK(found[t].df == (size_t)value_next(&v));
            CHECK_REL(found[t].scaled, value_next(&v), tolerance);
        }
        value_lines_end(&v);
    }
    CHECK(v.n == 67);
}

/* Two columns of correlation r: 1/(1 - r^2). */
static void
is_what_the_correlation_says(void)
{
    const size_t terms[] = { 0, 1, 2 };

    for (double r = -0.96875; r < 1; r += 0.03125) {
        const double covariance[] = { 4, 0.1, 0.2, 0.1, 1, r * 3, 0.2, r * 3, 9 };
        struct inflation found[2];

        CHECK(collinearity_vif(covariance, 3, terms, 2, scratch, found) == DYAD_OK);
        for (size_t t = 0; t < 2; t++) {
            CHECK_REL(found[t].gvif, 1 / ((1 - r) * (1 + r)), 1e-15);
            CHECK_REL(found[t].scaled, sqrt(found[t].gvif), 1e-15);
        }
    }
}

/* Units are of no account, however uneven. */
static void
does_not_depend_on_units(void)
{
    const size_t terms[] = { 1, 2, 2 };
    const double covariance[] = { 1, 0.5, -0.25, 0.5, 1, 0.125, -0.25, 0.125, 1 };
    const double units[] = { 0x1p-300, 1, 0x1p200 };
    double scaled[9];
    struct inflation a[2], b[2];

    for (size_t i = 0; i < 9; i++)
        scaled[i] = covariance[i] * units[i / 3] * units[i % 3];
    CHECK(collinearity_vif(covariance, 3, terms, 2, scratch, a) == DYAD_OK);
    CHECK(collinearity_vif(scaled, 3, terms, 2, scratch, b) == DYAD_OK);
    for (size_t t = 0; t < 2; t++)
        CHECK_REL(b[t].gvif, a[t].gvif, 1e-15);
    CHECK(a[0].df == 1 && a[1].df == 2);
}

static void
refuses_what_it_cannot_divide(void)
{
    const double fine[] = { 1, 0.5, 0.5, 1 };
    const double refused[][4] = {
        { 1, 1, 1, 1 },      /* one is the other */
        { 1, 2, 2, 1 },      /* no covariance */
        { 0, 0, 0, 1 },      /* a column without variance */
        { NAN, 0.5, 0.5, 1 } /* or without an estimate */
    };
    const size_t terms[] = { 1, 2 }, missing[] = { 1, 1 }, beyond[] = { 1, 2, 3 };
    const double three[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    struct inflation found[2] = { { -1, 7, -1 }, { -1, 7, -1 } };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CHECK(collinearity_vif(refused[i], 2, terms, 2, scratch, found) == DYAD_DOMAIN);
    CHECK(collinearity_vif(fine, 2, missing, 2, scratch, found) == DYAD_DOMAIN);
    CHECK(collinearity_vif(three, 3, beyond, 2, scratch, found) == DYAD_DOMAIN);
    for (size_t t = 0; t < 2; t++)
        CHECK(found[t].gvif == -1 && found[t].df == 7 && found[t].scaled == -1);
}

int
main(void)
{
    RUN(agrees_with_car);
    RUN(is_what_the_correlation_says);
    RUN(does_not_depend_on_units);
    RUN(refuses_what_it_cannot_divide);
    return DONE();
}
