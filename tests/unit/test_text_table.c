#include "dyad/output/text_table.h"

#include "dyad/output/utf8.h"

#include "check.h"

static void
rates(struct result *r, const char *site, const char *arm)
{
    struct table *t = result_table(r, "rates");

    r->command = text_copy("rates");
    r->level = 0.95;
    table_column(t, "site", COLUMN_GROUP);
    table_column(t, "arm", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_row(t, SCALE_PROPORTION);
    table_set_group(t, 0, site);
    table_set_text(t, "arm", arm);
    table_set_count(t, "n", 116);
    table_set_number(t, "estimate", 0.741);
    table_set_number(t, "conf_low", 0.654);
    table_set_number(t, "conf_high", 0.812);
    table_row(t, SCALE_PROPORTION);
    table_set_group(t, 0, "South");
    table_set_text(t, "arm", "usual care");
    table_set_count(t, "n", 9);
}

static char *
text_of(const struct result *r)
{
    struct text out = TEXT_INIT;

    text_table_render(r, (const struct table *const *)r->tables, r->n_tables, &out);
    return text_steal(&out);
}

static void
text_is(struct result *r, const char *wanted)
{
    char *got = text_of(r);

    if (strcmp(got, wanted) != 0)
        print_error("got:\n%swanted:\n%s", got, wanted);
    CHECK(strcmp(got, wanted) == 0);
    free(got);
    result_release(r);
}

static void
sets_a_result_in_columns(void)
{
    struct result r = RESULT_INIT;

    rates(&r, "Zo\u00eb \u65e5\u672c", "peer");
    result_argument(&r, "--where");
    result_argument(&r, "age > 3");
    result_argument(&r, "a b.csv");
    result_input(&r, "a b.csv", 12345, 1, NULL);
    result_input(&r, "unread.csv", 12, RECORDS_UNKNOWN, NULL);
    result_note(&r, "limits by Wilson's method, which inverts the score test and so never leaves "
                    "the range from 0 to 1");
    text_is(&r, "dyad rates\n"
                "\n"
                "Rates\n"
                "\n"
                "  site      Arm           n     Estimate (95% CI)\n"
                "  --------  ----------  ---  --------------------\n"
                "  Zo\u00eb \u65e5\u672c  peer        116  74.1% (65.4 to 81.2)\n"
                "  South     usual care    9                     \u2013\n"
                "\n"
                "Notes\n"
                "  - limits by Wilson's method, which inverts the score test and so never leaves\n"
                "    the range from 0 to 1\n"
                "\n"
                "Inputs\n"
                "  a b.csv: 1 record, 12,345 bytes\n"
                "  unread.csv: 12 bytes\n"
                "\n"
                "dyad 0.1.0, seed 1\n"
                "  dyad rates --where 'age > 3' 'a b.csv'\n");
}

static void
wraps_words_that_do_not_fit_the_page(void)
{
    struct result r = RESULT_INIT;

    rates(&r, "North", "support by lay women trained for twenty hours who visit at home, twice");
    text_is(&r, "dyad rates\n"
                "\n"
                "Rates\n"
                "\n"
                "  site   Arm                                             n     Estimate (95% CI)\n"
                "  -----  --------------------------------------------  ---  --------------------\n"
                "  North  support by lay women trained for twenty       116  74.1% (65.4 to 81.2)\n"
                "         hours who visit at home, twice\n"
                "  South  usual care                                      9                     \u2013\n"
                "\n"
                "dyad 0.1.0, seed 1\n"
                "  dyad rates\n");
}

#define WIDE "\u65e5\u672c\u65e5\u672c\u65e5\u672c\u65e5\u672c"

/* Whatever the words: no line beyond the page, none that ends in a blank. */
static void
sets_limits_below_their_estimate_where_that_saves_the_page(void)
{
    static const char *const names[] = { "tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high" };
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "heterogeneity");

    r.command = text_copy("meta");
    r.level = 0.95;
    table_column(t, "subgroup", COLUMN_LABEL);
    table_column(t, "term", COLUMN_LABEL);
    table_column(t, "q", COLUMN_STATISTIC);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        table_column(t, names[i], COLUMN_NUMBER);
    for (int row = 0; row < 2; row++) {
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "subgroup", row ? "peer" : "support_at_home");
        table_set_text(t, "term", row ? "internationally" : "site:arm");
        table_set_number(t, "q", 1234.5);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            table_set_number(t, names[i], row ? 0.0123 : 12.3);
    }
    text_is(&r, "dyad meta\n"
                "\n"
                "Heterogeneity\n"
                "\n"
                "  Subgroup      Term                   Q       tau\u00b2 (95% CI)     I\u00b2 (%) (95% CI)\n"
                "  ------------  --------------  --------  ------------------  ------------------\n"
                "  support_at_   site:arm        1,234.50                12.3                12.3\n"
                "  home                                        (12.3 to 12.3)      (12.3 to 12.3)\n"
                "  peer          internationall  1,234.50              0.0123              0.0123\n"
                "                y                         (0.0123 to 0.0123)  (0.0123 to 0.0123)\n"
                "\n"
                "dyad 0.1.0, seed 1\n"
                "  dyad meta\n");
}

static void
keeps_to_the_page(void)
{
    static const char *const words[] = {
        "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u",
        "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
        WIDE WIDE WIDE WIDE WIDE WIDE,
        "   ",
        "",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            struct result r = RESULT_INIT;
            rates(&r, words[i], words[k]);
            result_note(&r, "%s", words[i]);
            char *text = text_of(&r);
            for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
                *end = '\0';
                CHECK(utf8_width(line) <= 80);
                CHECK(end == line || end[-1] != ' ');
            }
            free(text);
            result_release(&r);
        }
}

static void
says_when_a_table_is_empty(void)
{
    struct result r = RESULT_INIT;

    r.command = text_copy("check");
    table_column(result_table(&r, "problems"), "line", COLUMN_COUNT);
    text_is(&r, "dyad check\n\nProblems\n\n  Line\n  ----\n  (no rows)\n\n"
                "dyad 0.1.0, seed 1\n  dyad check\n");
}

int
main(void)
{
    RUN(sets_a_result_in_columns);
    RUN(wraps_words_that_do_not_fit_the_page);
    RUN(sets_limits_below_their_estimate_where_that_saves_the_page);
    RUN(keeps_to_the_page);
    RUN(says_when_a_table_is_empty);
    return DONE();
}
