#include "dyad/stats/proportion.h"

#include <zlib.h>

#include "check.h"

enum { METHODS = PROPORTION_ARCSINE + 1 };

struct row {
    double k, n, level, limits[METHODS][2];
};

/* scripts/reference/proportion.R: every k <= n/2, n to 200, 95 %; .py: n to 1e15, with levels. */
static const char from_r[] = "tests/values/proportion-R.csv.gz";
static const char fifty_digits[] = "tests/values/proportion.csv.gz";

static bool
read_row(gzFile file, bool has_level, struct row *out)
{
    char line[1024], *at = line;

    if (gzgets(file, line, sizeof line) == NULL)
        return false;
    out->k = strtod(at, &at);
    out->n = strtod(at + 1, &at);
    out->level = has_level ? strtod(at + 1, &at) : 0.95;
    for (int i = 0; i < 2 * METHODS; i++)
        out->limits[i / 2][i % 2] = strtod(at + 1, &at);
    CHECK(*at == '\n');
    return true;
}

static struct estimate
interval(double events, double n, int method, double level)
{
    struct estimate e = { 0 };

    CHECK(proportion_interval(events, n, (enum proportion_method)method, level, &e) == DYAD_OK);
    return e;
}

/* Both limits of every method, each within its own tolerance. */
static size_t
check_file(const char *path, bool has_level, const double tolerance[METHODS][2])
{
    gzFile file = gzopen(path, "r");
    struct row row;
    size_t rows = 0;

    CHECK(file != NULL);
    for (; read_row(file, has_level, &row); rows++)
        for (int m = 0; m < METHODS; m++) {
            const struct estimate e = interval(row.k, row.n, m, row.level);

            CHECK_REL(e.lower, row.limits[m][0], tolerance[m][0]);
            CHECK_REL(e.upper, row.limits[m][1], tolerance[m][1]);
        }
    gzclose(file);
    return rows;
}

/* Most of the difference at the lower limits is R's, where its formulas subtract. */
static void
agrees_with_r_for_every_count_to_200(void)
{
    static const double tolerance[METHODS][2] = {
        [PROPORTION_WILSON] = { 6e-15, 6e-16 },
        [PROPORTION_WILSON_CC] = { 1e-14, 5e-16 },
        [PROPORTION_WALD] = { 8e-15, 5e-16 },
        [PROPORTION_AGRESTI_COULL] = { 5e-14, 5e-16 },
        [PROPORTION_JEFFREYS] = { 3e-15, 5e-15 },
        [PROPORTION_EXACT] = { 2e-15, 3e-15 },
        [PROPORTION_MIDP] = { 3e-15, 2e-15 },
        [PROPORTION_LOGIT] = { 2e-15, 8e-16 },
        [PROPORTION_ARCSINE] = { 3e-14, 1e-15 },
    };

    CHECK(check_file(from_r, false, tolerance) == 10200);
}

/* Wald's, Agresti and Coull's and the arcsine's lower limits subtract by definition. */
static void
agrees_with_fifty_digit_arithmetic(void)
{
    static const double tolerance[METHODS][2] = {
        [PROPORTION_WILSON] = { 6e-16, 5e-16 },
        [PROPORTION_WILSON_CC] = { 6e-16, 5e-16 },
        [PROPORTION_WALD] = { 2e-14, 4e-16 },
        [PROPORTION_AGRESTI_COULL] = { 2e-14, 6e-16 },
        [PROPORTION_JEFFREYS] = { 6e-15, 3e-15 },
        [PROPORTION_EXACT] = { 8e-15, 2e-15 },
        [PROPORTION_MIDP] = { 5e-15, 3e-15 },
        [PROPORTION_LOGIT] = { 2e-15, 2e-15 },
        [PROPORTION_ARCSINE] = { 4e-14, 8e-16 },
    };

    CHECK(check_file(fifty_digits, true, tolerance) == 1838);
}

static void
estimates_the_plain_proportion_whatever_the_interval(void)
{
    for (int m = 0; m < METHODS; m++) {
        const struct estimate e = interval(3, 4, m, 0.9), whole = interval(4, 4, m, 0.9);

        CHECK(e.value == 0.75);
        CHECK_REL(e.std_error, 0.216506350946109662, 2e-16);
        CHECK(isnan(e.p_value));
        CHECK(whole.value == 1 && whole.std_error == 0);
    }
}

/* The other outcome has the other limits; 1 - limit is rounded once more. */
static void
mirrors_when_the_outcome_is_turned_round(void)
{
    gzFile file = gzopen(from_r, "r");
    struct row row;

    CHECK(file != NULL);
    while (read_row(file, false, &row))
        for (int m = 0; m < METHODS; m++) {
            const struct estimate e = interval(row.k, row.n, m, 0.95),
                                  other = interval(row.n - row.k, row.n, m, 0.95);

            CHECK(isnan(e.lower) == isnan(other.upper));
            CHECK(isnan(e.lower) || fabs(1 - other.upper - e.lower) <= 5e-16);
            CHECK(isnan(e.upper) || fabs(1 - other.lower - e.upper) <= 5e-16);
        }
    gzclose(file);
}

static void
ends_at_none_and_all(void)
{
    static const int at_the_end[] = { PROPORTION_WILSON, PROPORTION_WILSON_CC,
                                      PROPORTION_JEFFREYS, PROPORTION_EXACT, PROPORTION_MIDP };

    for (double n = 1; n <= 1e15; n *= 7)
        for (size_t i = 0; i < sizeof at_the_end / sizeof at_the_end[0]; i++) {
            const struct estimate none = interval(0, n, at_the_end[i], 0.95),
                                  all = interval(n, n, at_the_end[i], 0.95);

            CHECK(none.lower == 0 && none.upper > 0 && none.upper < 1);
            CHECK(all.upper == 1 && all.lower > 0 && all.lower < 1);
        }
}

static void
has_no_logit_limits_without_both_outcomes(void)
{
    const struct estimate none = interval(0, 7, PROPORTION_LOGIT, 0.95),
                          all = interval(7, 7, PROPORTION_LOGIT, 0.95);

    CHECK(isnan(none.lower) && isnan(none.upper) && none.value == 0);
    CHECK(isnan(all.lower) && isnan(all.upper) && all.value == 1);
}

/* Rare, common and middling counts of n to 1e15: no NaN, no failure, limits in their order. */
static void
orders_its_limits_at_any_size(void)
{
    static const double levels[] = { 0.5, 0.8, 0.95, 0.999, 0.999999 };

    for (double n = 1; n <= 1e15; n = floor(n * 2.7) + 1)
        for (double k = 0; k <= n; k = floor(k * 1.9) + 1)
            for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
                for (int m = 0; m < METHODS; m++) {
                    const struct estimate e = interval(k, n, m, levels[i]);

                    if (m != PROPORTION_LOGIT || (k > 0 && k < n))
                        CHECK(0 <= e.lower && e.lower <= e.value && e.value <= e.upper &&
                              e.upper <= 1);
                }
}

static void
finds_methods_by_name(void)
{
    static const char *const names[METHODS] = { "wilson",        "wilson-cc", "wald",
                                                "agresti-coull", "jeffreys",  "exact",
                                                "midp",          "logit",     "arcsine" };
    enum proportion_method found = PROPORTION_EXACT;

    CHECK(!proportion_method_find("Wilson", &found) && !proportion_method_find("", &found));
    CHECK(found == PROPORTION_EXACT);
    for (int m = 0; m < METHODS; m++) {
        CHECK(proportion_method_find(names[m], &found) && (int)found == m);
        CHECK(strcmp(proportion_method_name(found), names[m]) == 0);
    }
}

static void
takes_fractional_effective_counts(void)
{
    /* As Korn & Graubard (1998) need them: Beta(2.5, 18.75) in thirty digits. */
    const struct estimate e = interval(2.5, 20.25, PROPORTION_EXACT, 0.95);

    CHECK_REL(e.lower, 0.0211010415721876252, 1e-15);
    CHECK_REL(interval(0.25, 2, PROPORTION_WILSON_CC, 0.95).lower, 0, 0);
}

static void
refuses_what_it_cannot_estimate(void)
{
    static const struct {
        double events, n, level;
    } refused[] = {
        { 0, 0, 0.95 },        /* nobody */
        { -1, 5, 0.95 },       /* fewer than none */
        { 6, 5, 0.95 },        /* more than all */
        { NAN, 5, 0.95 },      /* missing */
        { 5, NAN, 0.95 },      /* missing */
        { 5, INFINITY, 0.95 }, /* overflown */
        { 5, 2e15, 0.95 },     /* beyond whole numbers that a double holds */
        { 1, 5, 0 },           /* levels */
        { 1, 5, 1 },
        { 1, 5, NAN },
    };
    struct estimate e = { -1, -1, -1, -1, -1 };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        for (int m = 0; m < METHODS; m++)
            CHECK(proportion_interval(refused[i].events, refused[i].n, (enum proportion_method)m,
                                      refused[i].level, &e) == DYAD_DOMAIN);
    CHECK(proportion_interval(0.2, 0.5, PROPORTION_MIDP, 0.95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1 && e.std_error == -1 && e.lower == -1 && e.upper == -1 && e.p_value == -1);
}

int
main(void)
{
    RUN(agrees_with_r_for_every_count_to_200);
    RUN(agrees_with_fifty_digit_arithmetic);
    RUN(estimates_the_plain_proportion_whatever_the_interval);
    RUN(mirrors_when_the_outcome_is_turned_round);
    RUN(ends_at_none_and_all);
    RUN(has_no_logit_limits_without_both_outcomes);
    RUN(orders_its_limits_at_any_size);
    RUN(finds_methods_by_name);
    RUN(takes_fractional_effective_counts);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
