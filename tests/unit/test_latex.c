#include "dyad/output/latex.h"

#include "hostile_result.h"

static void
compiles_whatever_the_words(void)
{
    struct result r = RESULT_INIT;

    hostile(&r, "[\\&%$#_{}~^<>|\"--''*");
    char *got = rendered(latex_render, &r);
    CHECK(holds(got, "\n{[}\\textbackslash{}\\&\\%\\$\\#\\_\\{\\}\\textasciitilde{}"
                     "\\textasciicircum{}$<$$>$$|${''}-{}-'{}'{*} & $-$0.25 \\\\\n"));
    CHECK(holds(got, "\\begin{tabular}{lr}\n\\hline\n{[}"));
    CHECK(holds(got, "\\hline\nb & 5.00 \\\\\n"));
    CHECK(holds(got, "\\caption{Rates. Outcome: {[}"));
    CHECK(holds(got, "\\item {[}"));
    CHECK(holds(got, "\\texttt{0123456789abcdef0123456789abcdef\\allowbreak "
                     "0123456789abcdef0123456789abcdef}"));
    CHECK(strncmp(got, "% To be \\input", 14) == 0);
    free(got);
    result_release(&r);
}

/* Braces, $ and environments must pair off, or LaTeX stops. */
static void
pairs_braces_and_formulas(void)
{
    struct result r = RESULT_INIT;
    int depth = 0, dollars = 0;

    hostile(&r, "{}}}{$$$\\{\\}%\u221e\xff\n");
    char *got = rendered(latex_render, &r);
    for (const char *c = strchr(got, '\n'); *c; c++) {
        if (*c == '\\' && strchr("\\{}$%&#_", c[1])) {
            c++;
            continue;
        }
        depth += *c == '{';
        depth -= *c == '}';
        dollars += *c == '$';
        CHECK(depth >= 0);
        CHECK(*c != '%');
    }
    CHECK(depth == 0);
    CHECK(dollars % 2 == 0);
    free(got);
    result_release(&r);
}

int
main(void)
{
    RUN(compiles_whatever_the_words);
    RUN(pairs_braces_and_formulas);
    return DONE();
}
