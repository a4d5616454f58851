#include "dyad/output/latex.h"

#include "check.h"

static const char hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void
hostile(struct result *r, const char *word)
{
    struct table *t = result_table(r, "rates");

    r->command = text_copy("rates");
    result_argument(r, word);
    result_input(r, word, 2, 1, hash);
    result_note(r, "%s", word);
    table_column(t, word, COLUMN_GROUP);
    table_column(t, "outcome", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (int i = 0; i < 2; i++) {
        table_row(t, SCALE_RATIO);
        table_set_group(t, 0, i ? word : "b");
        table_set_text(t, "outcome", word);
        table_set_number(t, "estimate", i ? -0.25 : 5.0);
    }
}

static char *
latex_of(const struct result *r)
{
    struct text out = TEXT_INIT;

    latex_render(r, (const struct table *const *)r->tables, r->n_tables, &out);
    return text_steal(&out);
}

static bool
holds(const char *got, const char *part)
{
    if (strstr(got, part))
        return true;
    print_error("no %s in:\n%s\n", part, got);
    return false;
}

static void
compiles_whatever_the_words(void)
{
    struct result r = RESULT_INIT;

    hostile(&r, "[\\&%$#_{}~^<>|\"--''*");
    char *got = latex_of(&r);
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
    char *got = latex_of(&r);
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
