#include "dyad/output/display.h"

#include "check.h"

/* A table of columns "name:role ..." and rows of cells "a|b|c", numbers where they read as such. */
struct role_letter {
    char letter;
    enum column_role role;
};

static const struct role_letter letters[] = {
    { 'g', COLUMN_GROUP },     { 'l', COLUMN_LABEL },    { 'S', COLUMN_SENTENCE },    { 'c', COLUMN_COUNT },
    { 'e', COLUMN_ESTIMATE },  { 's', COLUMN_STD_ERROR }, { '<', COLUMN_CONF_LOW },
    { '>', COLUMN_CONF_HIGH }, { 't', COLUMN_STATISTIC }, { 'd', COLUMN_DF },
    { 'p', COLUMN_P_VALUE },   { 'x', COLUMN_NUMBER },
};

static void
add_columns(struct table *t, const char *columns)
{
    char name[64], letter;
    int used;

    while (sscanf(columns, " %63[^:]:%c%n", name, &letter, &used) == 2) {
        for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
            if (letters[i].letter == letter)
                table_column(t, name, letters[i].role);
        columns += used;
    }
}

static void
add_row(struct table *t, enum scale scale, const char *cells)
{
    table_row(t, scale);
    for (size_t i = 0; i < t->n_columns; i++) {
        const size_t length = strcspn(cells, "|");
        const char *name = t->columns[i].name;
        char cell[200];
        snprintf(cell, sizeof cell, "%.*s", (int)length, cells);
        if (length == 0)
            ;
        else if (t->columns[i].role == COLUMN_GROUP)
            table_set_group(t, i, cell);
        else if (t->columns[i].role == COLUMN_LABEL || t->columns[i].role == COLUMN_SENTENCE)
            table_set_text(t, name, cell);
        else if (t->columns[i].role == COLUMN_COUNT)
            table_set_count(t, name, strtoll(cell, NULL, 10));
        else
            table_set_number(t, name, strtod(cell, NULL));
        cells += length + (cells[length] == '|');
    }
}

/* The display as text: above, headings, rows and below, each line in its form. */
static char *
flatten(const struct table *t, double level)
{
    struct display d = DISPLAY_INIT;
    struct text out = TEXT_INIT;

    CHECK(display_table(t, level, &d) == DYAD_OK);
    for (size_t i = 0; i < d.n_above; i++)
        text_printf(&out, "^ %s\n", d.above[i]);
    for (size_t i = 0; i < d.n_columns; i++)
        text_printf(&out, "%s%s%s", i ? "|" : "", d.columns[i].is_words ? "" : ">",
                    d.columns[i].heading);
    for (size_t row = 0; row < d.n_rows; row++)
        for (size_t i = 0; i < d.n_columns; i++)
            text_printf(&out, "%s%s", i ? "|" : "\n", display_cell(&d, row, i));
    text_putc(&out, '\n');
    for (size_t i = 0; i < d.n_below; i++)
        text_printf(&out, "_ %s\n", d.below[i]);
    display_release(&d);
    return text_steal(&out);
}

static void
display_is(struct result *r, double level, const char *wanted)
{
    char *got = flatten(r->tables[0], level);

    if (strcmp(got, wanted) != 0)
        print_error("got:\n%swanted:\n%s", got, wanted);
    CHECK(strcmp(got, wanted) == 0);
    free(got);
    result_release(r);
}

static void
joins_estimate_and_limits_events_and_n(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");

    add_columns(t, "site:g outcome:l n:c events:c missing:c estimate:e std_error:s conf_low:< "
                   "conf_high:> method:l");
    add_row(t, SCALE_PROPORTION, "north|init|116|86|2|0.741|0.04|0.654|0.812|wilson");
    add_row(t, SCALE_PROPORTION, "south|init|20000|12000|3|0.6|0.1|0.55|0.65|wilson");
    add_row(t, SCALE_PROPORTION, "|init|0|0|5|||||wilson");
    display_is(&r, 0.95,
               "^ Outcome: init\n"
               "^ Method: wilson\n"
               "site|>Events/n|>Missing|>Estimate (95% CI)\n"
               "north|86/116|2|74.1% (65.4 to 81.2)\n"
               "south|12,000/20,000|3|60.0% (55.0 to 65.0)\n"
               "(all)|0/0|5|\u2013\n");
}

static void
writes_each_row_on_its_scale(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "measures");

    add_columns(t, "stratum:l events:c n:c reference_events:c reference_n:c measure:l estimate:e "
                   "conf_low:< conf_high:> p_value:p contrast:S");
    add_row(t, SCALE_RATIO, "crude|8|10|4|10|or|6|0.81|44.4|0.0789|odds of A divided by odds of B");
    add_row(t, SCALE_DIFFERENCE, "crude|8|10|4|10|rd|0.4|-0.012|0.71|0.0001|risk of A minus risk of B");
    add_row(t, SCALE_RATIO, "pooled|8|10|4|10|or|6|0.81|44.4|0.0789|odds of A divided by odds of B");
    display_is(&r, 0.9,
               "Stratum|>Events/n|>Reference events/n|Measure|>Estimate (90% CI)|>p\n"
               "crude|8/10|4/10|OR [1]|6.00 (0.81 to 44.4)|0.079\n"
               "crude|8/10|4/10|RD [2]|40.0 pp (-1.2 to 71.0)|<0.001\n"
               "pooled|8/10|4/10|OR [1]|6.00 (0.81 to 44.4)|0.079\n"
               "_ [1] odds of A divided by odds of B\n"
               "_ [2] risk of A minus risk of B\n"
               "_ pp: percentage points\n");
}

static void
lets_one_measure_name_the_estimate(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "pooled");

    add_columns(t, "measure:l model:l k:c estimate:e conf_low:< conf_high:> pred_low:x "
                   "pred_high:x contrast:S");
    add_row(t, SCALE_RATIO, "or|random|12|0.7|0.5|0.98|0.3|inf|odds of A divided by odds of B");
    display_is(&r, 0.999,
               "Model|>k|>Odds ratio (99.9% CI)|>99.9% prediction interval\n"
               "random|12|0.70 (0.50 to 0.98)|0.30 to \u221e\n"
               "_ Contrast: odds of A divided by odds of B\n");
}

static void
numbers_the_sentences_of_several_columns_in_one_list(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "reproduction");

    add_columns(t, "id:l citation:S convention:S");
    add_row(t, SCALE_NUMBER, "x|a paper|by hand");
    add_row(t, SCALE_NUMBER, "y|a book|by hand, twice");
    char *shown = flatten(t, 0);
    CHECK(strstr(shown, "[1] a paper") && strstr(shown, "[2] a book"));
    CHECK(strstr(shown, "[3] by hand") && strstr(shown, "[4] by hand, twice"));
    free(shown);
    result_release(&r);
}

static void
puts_a_printed_number_with_its_limits(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "reproduction");

    add_columns(t, "id:l published:l published_low:l published_high:l");
    add_row(t, SCALE_NUMBER, "x|1.10|1.01|2.72");
    add_row(t, SCALE_NUMBER, "y|61%||");
    char *shown = flatten(t, 0);
    CHECK(strstr(shown, "1.10 (1.01 to 2.72)"));
    CHECK(strstr(shown, "61%") && !strstr(shown, "61% ("));
    free(shown);
    result_release(&r);
}

static void
lists_contrasts_in_a_column_where_no_measure_is(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "pooled");

    add_columns(t, "measure:l model:l estimate:e contrast:S");
    add_row(t, SCALE_RATIO, "or|a|2|x to y");
    add_row(t, SCALE_RATIO, "or|b|3|y to z");
    add_row(t, SCALE_RATIO, "or|c|3|");
    display_is(&r, 0,
               "Model|>Odds ratio|>Contrast\na|2.00|[1]\nb|3.00|[2]\nc|3.00|\n"
               "_ [1] x to y\n_ [2] y to z\n");
}

static void
prefers_the_ratio_to_its_log(void)
{
    struct result r = RESULT_INIT, linear = RESULT_INIT;
    const char *columns = "term:l estimate:e std_error:s statistic:t p_value:p conf_low:< "
                          "conf_high:> ratio:x ratio_low:x ratio_high:x";
    struct table *t = result_table(&r, "coefficients");

    add_columns(t, columns);
    add_row(t, SCALE_NUMBER, "x|0.5|0.2|2.5|0.0124|0.1|0.9|1.649|1.105|2.46");
    display_is(&r, 0.95,
               "Term|>Estimate|>SE|>Statistic|>p|>Ratio (95% CI)\n"
               "x|0.50|0.20|2.50|0.012|1.65 (1.10 to 2.46)\n");

    t = result_table(&linear, "coefficients");
    add_columns(t, columns);
    add_row(t, SCALE_NUMBER, "x|0.5|0.2|2.5|0.0124|0.1|0.9");
    display_is(&linear, 0.95,
               "Term|>Estimate (95% CI)|>Statistic|>p\nx|0.50 (0.10 to 0.90)|2.50|0.012\n");
}

static void
shows_as_many_decimals_as_were_printed(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "reproduction");

    add_columns(t, "published:l computed:e computed_low:< computed_high:> digits:x");
    add_row(t, SCALE_RATIO, "0.1973|0.19726|0.1|23.456|4");
    add_row(t, SCALE_RATIO, "57|57.692|12.34|111.1|0");
    add_row(t, SCALE_PROPORTION, "3.51%|0.035149|0.02|0.05|2");
    add_row(t, SCALE_PROPORTION, "0.03515|0.035149|0.02|0.05|5");
    display_is(&r, 0.95,
               "Published|>Computed (95% CI)|>Digits\n"
               "0.1973|0.1973 (0.1000 to 23.4560)|4\n"
               "57|57.7 (12.3 to 111)|0\n"
               "3.51%|3.51% (2.00 to 5.00)|2\n"
               "0.03515|3.515% (2.000 to 5.000)|5\n");
}

static void
joins_any_name_with_low_and_high(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "heterogeneity");

    add_columns(t, "q:t df:d p_value:p tau2:x tau2_low:x tau2_high:x i2:x i2_low:x i2_high:x");
    add_row(t, SCALE_NUMBER, "12.345|7|0.0897|0.0123|0|0.234|45.23|0|81.234");
    display_is(&r, 0.95,
               ">Q|>df|>p|>tau\u00b2 (95% CI)|>I\u00b2 (%) (95% CI)\n"
               "12.35|7|0.090|0.0123 (0 to 0.23)|45.2 (0 to 81.2)\n");
}

static void
marks_what_is_suppressed(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");

    add_columns(t, "site:g n:c events:c estimate:e conf_low:< conf_high:> p_value:p "
                   "suppressed:l");
    add_row(t, SCALE_PROPORTION, "a|100||||||true");
    add_row(t, SCALE_PROPORTION, "b|100|50|0.5|0.4|0.6||");
    display_is(&r, 0.95,
               "site|>Events/n|>Estimate (95% CI)|>p\n"
               "a|*/100|*|*\nb|50/100|50.0% (40.0 to 60.0)|\u2013\n"
               "_ *: suppressed\n");
}

static void
keeps_the_counts_of_a_single_row_together(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "rates");

    add_columns(t, "outcome:l n:c missing:c estimate:e method:l");
    add_row(t, SCALE_DIFFERENCE, "init|0|3||wald");
    display_is(&r, 0, "^ Method: wald\nOutcome|>n|>Missing|>Estimate\ninit|0|3|\u2013\n");
}

static void
shows_names_of_the_file_as_they_stand(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "flow");

    add_columns(t, "mother_age:g step:l n:c");
    add_row(t, SCALE_NUMBER, "30|read\x1b\xff|5");
    add_row(t, SCALE_NUMBER, "31|used|4");
    display_is(&r, 0.95, ">mother_age|Step|>n\n30|read\\u001b\uFFFD|5\n31|used|4\n");
}

static void
keeps_the_headings_of_an_empty_table(void)
{
    struct result r = RESULT_INIT;
    struct table *t = result_table(&r, "problems");

    add_columns(t, "line:c column:l message:l");
    display_is(&r, 0.95, ">Line|Column|Message\n");
}

int
main(void)
{
    RUN(joins_estimate_and_limits_events_and_n);
    RUN(writes_each_row_on_its_scale);
    RUN(lets_one_measure_name_the_estimate);
    RUN(numbers_the_sentences_of_several_columns_in_one_list);
    RUN(puts_a_printed_number_with_its_limits);
    RUN(lists_contrasts_in_a_column_where_no_measure_is);
    RUN(prefers_the_ratio_to_its_log);
    RUN(joins_any_name_with_low_and_high);
    RUN(shows_as_many_decimals_as_were_printed);
    RUN(marks_what_is_suppressed);
    RUN(keeps_the_counts_of_a_single_row_together);
    RUN(shows_names_of_the_file_as_they_stand);
    RUN(keeps_the_headings_of_an_empty_table);
    return DONE();
}
