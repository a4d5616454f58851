#include "dyad/stats/quantile.h"

#include <gsl/gsl_cdf.h>
#include <zlib.h>

#include "check.h"

/* scripts/reference/quantile.py: family, tail, p, a, b, quantile, 1 - quantile. */
static const char thirty_digits[] = "tests/values/quantile.csv.gz";

struct row {
    char family[8];
    enum tail tail;
    double p, a, b, x, complement;
};

static bool
read_row(gzFile file, struct row *out)
{
    char line[256], tail[8];

    if (gzgets(file, line, sizeof line) == NULL)
        return false;
    CHECK(sscanf(line, "%7[^,],%7[^,],%lf,%lf,%lf,%lf,%lf", out->family, tail, &out->p, &out->a,
                 &out->b, &out->x, &out->complement) == 7);
    out->tail = strcmp(tail, "lower") == 0 ? TAIL_LOWER : TAIL_UPPER;
    return true;
}

static enum tail
other(enum tail tail)
{
    return tail == TAIL_LOWER ? TAIL_UPPER : TAIL_LOWER;
}

/* Each row from both sides: the quantile, and its complement from the mirrored distribution. */
static void
agrees_with_thirty_digit_quadrature(void)
{
    gzFile file = gzopen(thirty_digits, "r");
    struct row row;
    size_t rows = 0;

    CHECK(file != NULL);
    for (; read_row(file, &row); rows++) {
        double x, complement = row.complement;

        if (strcmp(row.family, "beta") == 0) {
            CHECK(quantile_beta(row.tail, row.p, row.a, row.b, &x) == DYAD_OK);
            CHECK(quantile_beta(other(row.tail), row.p, row.b, row.a, &complement) == DYAD_OK);
        } else if (strcmp(row.family, "midp") == 0) {
            CHECK(quantile_midp(row.tail, row.p, row.a, row.b, &x) == DYAD_OK);
            CHECK(quantile_midp(other(row.tail), row.p, row.b - row.a, row.b, &complement) ==
                  DYAD_OK);
        } else {
            CHECK(quantile_gamma(row.tail, row.p, row.a, &x) == DYAD_OK);
        }
        CHECK_REL(x, row.x, 6e-15);
        CHECK_REL(complement, row.complement, 6e-15);
    }
    gzclose(file);
    CHECK(rows == 496);
}

static void
agrees_with_closed_forms(void)
{
    for (double p = 1e-12; p < 1; p = p < 0.1 ? p * 7 : p + 0.07) {
        double x;

        CHECK(quantile_beta(TAIL_LOWER, p, 1, 7, &x) == DYAD_OK);
        CHECK_REL(x, -expm1(log1p(-p) / 7), 3e-15);
        CHECK(quantile_beta(TAIL_UPPER, p, 1, 7, &x) == DYAD_OK);
        CHECK_REL(x, -expm1(log(p) / 7), 3e-15);
        CHECK(quantile_gamma(TAIL_LOWER, p, 1, &x) == DYAD_OK);
        CHECK_REL(x, -log1p(-p), 3e-15);
        CHECK(quantile_gamma(TAIL_UPPER, p, 1, &x) == DYAD_OK);
        CHECK_REL(x, -log(p), 3e-15);
    }
}

/* Against a distribution function that is not the one that was searched. */
static void
plugs_back_into_another_library(void)
{
    for (double a = 0.5; a < 5000; a *= 3)
        for (double b = 0.5; b < 5000; b *= 4) {
            double x;

            CHECK(quantile_beta(TAIL_LOWER, 0.025, a, b, &x) == DYAD_OK);
            CHECK_REL(gsl_cdf_beta_P(x, a, b), 0.025, 1e-11);
            CHECK(quantile_gamma(TAIL_UPPER, 0.025, a, &x) == DYAD_OK);
            CHECK_REL(gsl_cdf_gamma_Q(x, a, 1), 0.025, 1e-11);
        }
}

static void
solves_the_midp_equation(void)
{
    double x;

    /* P(X > 0) + P(X = 0) / 2 of one: x + (1 - x) / 2 from above, x / 2 from below. */
    CHECK(quantile_midp(TAIL_LOWER, 0.025, 1, 1, &x) == DYAD_OK);
    CHECK_REL(x, 0.05, 1e-15);
    CHECK(quantile_midp(TAIL_UPPER, 0.025, 0, 1, &x) == DYAD_OK);
    CHECK_REL(x, 0.95, 1e-15);
    CHECK(quantile_midp(TAIL_UPPER, 0.025, 0, 1e9, &x) == DYAD_OK);
    CHECK_REL(x, -expm1(log(0.05) / 1e9), 1e-15);
}

static void
refuses_arguments_outside_its_domain(void)
{
    static const double bad_p[] = { 0, 1, -0.1, 1.5, NAN, 1e-151 };
    static const double bad_shape[] = { 0, -1, 1e-4, 2e16, INFINITY, NAN };
    double x = -1;

    for (size_t i = 0; i < 6; i++) {
        CHECK(quantile_beta(TAIL_LOWER, bad_p[i], 2, 3, &x) == DYAD_DOMAIN);
        CHECK(quantile_gamma(TAIL_LOWER, bad_p[i], 2, &x) == DYAD_DOMAIN);
        CHECK(quantile_midp(TAIL_LOWER, bad_p[i], 2, 3, &x) == DYAD_DOMAIN);
        CHECK(quantile_beta(TAIL_LOWER, 0.1, bad_shape[i], 3, &x) == DYAD_DOMAIN);
        CHECK(quantile_beta(TAIL_LOWER, 0.1, 3, bad_shape[i], &x) == DYAD_DOMAIN);
        CHECK(quantile_gamma(TAIL_LOWER, 0.1, bad_shape[i], &x) == DYAD_DOMAIN);
    }
    CHECK(quantile_midp(TAIL_LOWER, 0.6, 2, 3, &x) == DYAD_DOMAIN);
    CHECK(quantile_midp(TAIL_LOWER, 0.1, 0, 3, &x) == DYAD_DOMAIN); /* no such limit */
    CHECK(quantile_midp(TAIL_UPPER, 0.1, 3, 3, &x) == DYAD_DOMAIN);
    CHECK(quantile_midp(TAIL_LOWER, 0.1, 4, 3, &x) == DYAD_DOMAIN);
    CHECK(quantile_midp(TAIL_LOWER, 0.1, 1, 2e15, &x) == DYAD_DOMAIN);
    CHECK(quantile_midp(TAIL_LOWER, 0.1, NAN, 3, &x) == DYAD_DOMAIN);
    CHECK(x == -1); /* untouched */
}

static void
gives_up_below_the_smallest_numbers(void)
{
    double x = -1;

    CHECK(quantile_gamma(TAIL_LOWER, 1e-9, 0.01, &x) == DYAD_NOCONV); /* about 1e-900 */
    CHECK(x == -1);
}

int
main(void)
{
    RUN(agrees_with_thirty_digit_quadrature);
    RUN(agrees_with_closed_forms);
    RUN(plugs_back_into_another_library);
    RUN(solves_the_midp_equation);
    RUN(refuses_arguments_outside_its_domain);
    RUN(gives_up_below_the_smallest_numbers);
    return DONE();
}
