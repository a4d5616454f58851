/* Fay MP, Feuer EJ (1997), Stat. Med. 16:791-801: confidence intervals for directly standardised rates. */
#include "dyad/stats/standardized_rate.h"

#include "check.h"

/* Down's syndrome by birth order, standardised for mother's age: Table I. */
static void
prints_the_rates_and_gamma_limits(void)
{
    static const double births[5][6] = {
        { 230061, 329449, 114920, 39487, 14208, 3052 },
        { 72202, 326701, 208667, 83228, 28466, 5375 },
        { 15050, 175702, 207081, 117300, 45026, 8660 },
        { 2293, 68800, 132424, 98301, 46075, 9834 },
        { 327, 30666, 123419, 149919, 104088, 34392 },
    };
    static const double cases[5][6] = {
        { 107, 141, 60, 40, 39, 25 }, { 25, 150, 110, 84, 82, 39 }, { 3, 71, 114, 103, 108, 75 },
        { 1, 26, 64, 89, 137, 96 },   { 0, 8, 63, 112, 262, 295 },
    };
    static const char *const printed[5][3] = {
        { "92.3", "80.4", "105.8" }, { "91.2", "82.4", "100.9" }, { "85.1", "77.2", "94.2" },
        { "92.7", "80.0", "114.7" }, { "75.5", "67.7", "188.3" },
    };
    double standard[6] = { 0 };

    for (int order = 0; order < 5; order++)
        for (int age = 0; age < 6; age++)
            standard[age] += births[order][age];
    for (int order = 0; order < 5; order++) {
        struct estimate e;

        CHECK(standardized_rate(cases[order], births[order], standard, 6, 0.95, &e) == DYAD_OK);
        CHECK_PRINTED(1e5 * e.value, printed[order][0]);
        CHECK_PRINTED(1e5 * e.lower, printed[order][1]);
        CHECK_PRINTED(1e5 * e.upper, printed[order][2]);
    }
}

int
main(void)
{
    RUN(prints_the_rates_and_gamma_limits);
    return DONE();
}
