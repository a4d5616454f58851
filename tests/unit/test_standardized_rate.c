#include "dyad/stats/standardized_rate.h"

#include <zlib.h>

#include "check.h"

enum { MAX_STRATA = 12 };

struct row {
    size_t k;
    double level, events[MAX_STRATA], n[MAX_STRATA], weights[MAX_STRATA];
    double want[4]; /* rate, std_error, lower, upper */
};

static void
read_numbers(char **at, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = strtod(*at + 1, at);
}

static bool
read_row(gzFile file, struct row *out)
{
    char line[4096], *at = line;

    if (gzgets(file, line, sizeof line) == NULL)
        return false;
    out->k = strtoul(at, &at, 10);
    CHECK(out->k >= 1 && out->k <= MAX_STRATA);
    read_numbers(&at, &out->level, 1);
    read_numbers(&at, out->events, out->k);
    read_numbers(&at, out->n, out->k);
    read_numbers(&at, out->weights, out->k);
    read_numbers(&at, out->want, 4);
    CHECK(*at == '\n');
    return true;
}

static size_t
check_file(const char *path, double tolerance)
{
    gzFile file = gzopen(path, "r");
    struct row row;
    size_t rows = 0;

    CHECK(file != NULL);
    for (; read_row(file, &row); rows++) {
        struct estimate e;

        CHECK(standardized_rate(row.events, row.n, row.weights, row.k, row.level, &e) == DYAD_OK);
        CHECK_REL(e.value, row.want[0], 6e-16);
        CHECK_REL(e.std_error, row.want[1], 6e-16);
        CHECK_REL(e.lower, row.want[2], tolerance);
        CHECK_REL(e.upper, row.want[3], tolerance);
        CHECK(isnan(e.p_value));
    }
    gzclose(file);
    return rows;
}

static void
agrees_with_epitools(void)
{
    CHECK(check_file("tests/values/standardized_rate-R.csv.gz", 6e-14) == 400);
}

/* Without events, at extreme levels, to 3e9 people; a tenth has no event at all. */
static void
agrees_with_thirty_digit_arithmetic(void)
{
    CHECK(check_file("tests/values/standardized_rate.csv.gz", 3e-15) == 150);
}

static void
gives_the_exact_poisson_limits_of_one_stratum(void)
{
    const double events[] = { 10 }, n[] = { 1000 }, weights[] = { 3 };
    struct estimate e;

    CHECK(standardized_rate(events, n, weights, 1, 0.95, &e) == DYAD_OK);
    CHECK_REL(e.value, 0.01, 2e-16);
    CHECK_REL(e.lower, 4.79538869613243436e-3, 1e-15); /* Garwood's limits of 10 events */
    CHECK_REL(e.upper, 18.390356042017777e-3, 1e-15);
}

static void
keeps_the_upper_limit_without_events(void)
{
    const double events[] = { 0, 0 }, n[] = { 10, 40 }, weights[] = { 1, 1 };
    struct estimate e;

    CHECK(standardized_rate(events, n, weights, 2, 0.95, &e) == DYAD_OK);
    CHECK(e.value == 0 && e.std_error == 0 && e.lower == 0);
    CHECK_REL(e.upper, -log((1 - 0.95) / 2) * 0.05, 1e-15);
}

static void
ignores_the_scale_of_the_weights(void)
{
    const double events[] = { 3, 0, 14 }, n[] = { 100, 50, 2000 };
    const double weights[] = { 1, 5, 2 }, scaled[] = { 1024, 5 * 1024, 2 * 1024 };
    struct estimate e, same;

    CHECK(standardized_rate(events, n, weights, 3, 0.9, &e) == DYAD_OK);
    CHECK(standardized_rate(events, n, scaled, 3, 0.9, &same) == DYAD_OK);
    CHECK(e.value == same.value && e.std_error == same.std_error);
    CHECK(e.lower == same.lower && e.upper == same.upper);
}

static void
refuses_what_it_cannot_estimate(void)
{
    static const struct {
        double events, n, weight, level;
    } refused[] = {
        { 1, 0, 1, 0.95 }, /* a weight for nobody */
        { 0, 0, 1, 0.95 },
        { -1, 10, 1, 0.95 }, /* events */
        { NAN, 10, 1, 0.95 },
        { 1e15, 10, 1, 0.95 },
        { 1, -10, 1, 0.95 }, /* people */
        { 1, NAN, 1, 0.95 },
        { 1, INFINITY, 1, 0.95 },
        { 1, 10, -1, 0.95 }, /* weights */
        { 1, 10, NAN, 0.95 },
        { 1, 10, INFINITY, 0.95 },
        { 1, 10, 1, 0 }, /* levels */
        { 1, 10, 1, 1 },
        { 1, 10, 1, NAN },
    };
    const double none[] = { 0, 0 }, ten[] = { 10, 10 }, huge[] = { 1e308, 1e308 };
    struct estimate e = { -1, -1, -1, -1, -1 };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const double events[] = { 2, refused[i].events }, n[] = { 9, refused[i].n },
                     weights[] = { 1, refused[i].weight };

        CHECK(standardized_rate(events, n, weights, 2, refused[i].level, &e) == DYAD_DOMAIN);
    }
    CHECK(standardized_rate(none, ten, none, 2, 0.95, &e) == DYAD_DOMAIN);
    CHECK(standardized_rate(none, ten, huge, 2, 0.95, &e) == DYAD_DOMAIN);
    CHECK(standardized_rate(none, ten, ten, 0, 0.95, &e) == DYAD_DOMAIN);
    CHECK(e.value == -1 && e.std_error == -1 && e.lower == -1 && e.upper == -1 && e.p_value == -1);
}

int
main(void)
{
    RUN(agrees_with_epitools);
    RUN(agrees_with_thirty_digit_arithmetic);
    RUN(gives_the_exact_poisson_limits_of_one_stratum);
    RUN(keeps_the_upper_limit_without_events);
    RUN(ignores_the_scale_of_the_weights);
    RUN(refuses_what_it_cannot_estimate);
    return DONE();
}
