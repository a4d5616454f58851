/* The parts of programs/sentences.c, which no library holds. */
#include "../src/programs/sentences.c"

#include "dyad/core/shapes.h"

#include "check.h"

static const struct word known[] = {
    { "initiated", "began to breastfeed" },
    { "support=ibclc", "with a lactation consultant" },
    { "support=none", "without programme support" },
};
static const struct word by_codebook[] = { { "support=ibclc", "with Support = Consultant" }, { "site=north", "with Site = North" } };
static const struct wordbook words = { "mothers", known, 3, by_codebook, 2 };
static const struct wordbook no_words = { NULL, NULL, 0, NULL, 0 };

static struct result r = RESULT_INIT;
static struct text said = TEXT_INIT;

static const char *
told(bool any)
{
    CHECK(any == (said.length > 0) && !said.failed);
    return any ? said.at : "";
}

#define SAYS(call, words)                                    \
    do {                                                     \
        text_clear(&said);                                   \
        const char *got = told(call);                        \
        if (strcmp(got, words) != 0)                         \
            print_error("%s\n    not\n%s\n", got, words);    \
        CHECK(strcmp(got, words) == 0);                      \
    } while (0)

#define IS_SILENT(call) SAYS(call, "")

static void
begin(void)
{
    result_release(&r);
}

/* --- rates -------------------------------------------------------------------------------- */

static struct table *
rates(bool suppressible)
{
    begin();
    struct table *t = result_table(&r, "rates");
    table_column(t, "support", COLUMN_GROUP);
    table_column(t, "outcome", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "events", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    if (suppressible)
        table_column(t, "suppressed", COLUMN_LABEL);
    return t;
}

/* ${n} below 0: not shown. */
static void
rate(struct table *t, const char *group, int64_t events, int64_t n, double low, double high)
{
    table_row(t, SCALE_PROPORTION);
    if (group)
        table_set_group(t, 0, group);
    table_set_text(t, "outcome", "initiated");
    if (n >= 0) {
        table_set_count(t, "n", n);
        table_set_count(t, "events", events);
        table_set_number(t, "estimate", (double)events / (double)n);
    }
    table_set_number(t, "conf_low", low);
    table_set_number(t, "conf_high", high);
}

static void
says_a_rate_of_so_many(void)
{
    struct table *t = rates(false);

    rate(t, "ibclc", 369, 507, 0.687, 0.765);
    SAYS(sentence_rate(t, 0, &words, 0.95, &said),
         "Of 100 mothers with a lactation consultant about 73 began to breastfeed (369 of 507; 95% CI 68.7 to 76.5%).");
    SAYS(sentence_rate(t, 0, &no_words, 0.9, &said),
         "Of 100 records with support = ibclc about 73 had initiated (369 of 507; 90% CI 68.7 to 76.5%).");
    rate(t, NULL, 1264, 2000, NAN, NAN);
    SAYS(sentence_rate(t, 1, &words, 0.95, &said), "Of 100 mothers about 63 began to breastfeed (1264 of 2000).");
}

static void
says_few_none_and_all_as_they_are(void)
{
    struct table *t = rates(false);

    rate(t, "none", 7, 9, 0.45, 0.94);
    SAYS(sentence_rate(t, 0, &words, 0.95, &said),
         "Of 9 mothers without programme support 7 began to breastfeed (7 of 9; 95% CI 45.0 to 94.0%).");
    rate(t, "none", 0, 300, 0, 0.0126);
    SAYS(sentence_rate(t, 1, &words, 0.95, &said),
         "Of 300 mothers without programme support none began to breastfeed (0 of 300; 95% CI 0.0 to 1.3%).");
    rate(t, NULL, 300, 300, 0.9874, 1);
    SAYS(sentence_rate(t, 2, &words, 0.95, &said),
         "Of 300 mothers all began to breastfeed (300 of 300; 95% CI 98.7 to 100.0%).");
    rate(t, NULL, 1, 1, 0.2, 1);
    IS_SILENT(sentence_rate(t, 3, &words, 0.95, &said));
}

/* "about 0 of 100" would be no truth, nor "about 100 of 100". */
static void
takes_a_base_in_which_nobody_is_lost(void)
{
    struct table *t = rates(false);

    rate(t, NULL, 3, 1000, NAN, NAN);
    SAYS(sentence_rate(t, 0, &words, 0.95, &said), "Of 1000 mothers about 3 began to breastfeed (3 of 1000).");
    rate(t, NULL, 19996, 20000, NAN, NAN);
    SAYS(sentence_rate(t, 1, &words, 0.95, &said),
         "Of 10,000 mothers about 9998 began to breastfeed (19,996 of 20,000).");
}

static void
says_nothing_of_what_is_not_shown(void)
{
    struct table *t = rates(true);

    rate(t, "none", 0, -1, NAN, NAN);
    table_set_text(t, "suppressed", "true");
    IS_SILENT(sentence_rate(t, 0, &words, 0.95, &said));
    rate(t, "none", 0, -1, NAN, NAN);
    IS_SILENT(sentence_rate(t, 1, &words, 0.95, &said));
    rate(t, "none", 0, 0, NAN, NAN); /* nobody: 0/0 */
    IS_SILENT(sentence_rate(t, 2, &words, 0.95, &said));
    rate(t, "none", 5, 10, 0.2, 0.8);
    table_set_text(t, "suppressed", "true");
    IS_SILENT(sentence_rate(t, 3, &words, 0.95, &said));
}

/* --- contrasts ---------------------------------------------------------------------------- */

static struct table *
measures(void)
{
    static const char *const labels[] = { "outcome", "exposure", "level", "reference", "stratum", "measure" };
    static const char *const counts[] = { "events", "n", "reference_events", "reference_n" };
    begin();
    struct table *t = result_table(&r, "measures");
    for (size_t i = 0; i < 6; i++)
        table_column(t, labels[i], COLUMN_LABEL);
    for (size_t i = 0; i < 4; i++)
        table_column(t, counts[i], COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    return t;
}

static void
contrast(struct table *t, const char *level, const char *reference, const char *stratum, const char *measure,
         const int64_t counts[4], struct estimate e)
{
    static const char *const names[] = { "events", "n", "reference_events", "reference_n" };

    table_row(t, strcmp(measure, "rd") == 0 ? SCALE_DIFFERENCE : SCALE_RATIO);
    table_set_text(t, "outcome", "initiated");
    table_set_text(t, "exposure", "support");
    table_set_text(t, "level", level);
    table_set_text(t, "reference", reference);
    table_set_text(t, "stratum", stratum);
    table_set_text(t, "measure", measure);
    for (size_t i = 0; counts && i < 4; i++)
        table_set_count(t, names[i], counts[i]);
    table_set_number(t, "estimate", e.value);
    table_set_number(t, "conf_low", e.lower);
    table_set_number(t, "conf_high", e.upper);
}

static const int64_t counts[4] = { 369, 507, 482, 854 }, turned[4] = { 482, 854, 369, 507 };

static void
says_both_groups_and_the_ratio(void)
{
    struct table *t = measures();

    contrast(t, "ibclc", "none", "crude", "or", counts, (struct estimate){ 2.0637, 0.1, 1.6276, 2.6168, 0 });
    SAYS(sentence_contrast(t, 0, &words, 0.95, &said),
         "Of 100 mothers with a lactation consultant about 73 began to breastfeed, of 100 without programme support about "
         "56; odds ratio 2.06 (95% CI 1.63 to 2.62).");
    contrast(t, "ibclc", "none", "crude", "rd", counts, (struct estimate){ 0.1634, 0.03, 0.112, 0.2147, 0 });
    SAYS(sentence_contrast(t, 1, &words, 0.95, &said),
         "Of 100 mothers with a lactation consultant about 73 began to breastfeed, of 100 without programme support about "
         "56; risk difference 16.3 percentage points (95% CI 11.2 to 21.5).");
}

static void
keeps_the_direction_of_a_turned_contrast(void)
{
    struct table *t = measures();

    contrast(t, "none", "ibclc", "crude", "rr", turned, (struct estimate){ 0.7755, 0.04, 0.7172, 0.8385, 0 });
    SAYS(sentence_contrast(t, 0, &words, 0.95, &said),
         "Of 100 mothers without programme support about 56 began to breastfeed, of 100 with a lactation consultant about "
         "73; risk ratio 0.78 (95% CI 0.72 to 0.84).");
}

static void
says_that_an_interval_includes_no_difference(void)
{
    struct table *t = measures();
    static const char doubt[] = ": no difference, or one the other way, is compatible with these data.";

    contrast(t, "ibclc", "none", "crude", "or", counts, (struct estimate){ 1.2, 0.1, 0.98, 1.5, 0 });
    contrast(t, "ibclc", "none", "crude", "rd", counts, (struct estimate){ 0.02, 0.1, 0, 0.05, 0 });
    contrast(t, "ibclc", "none", "crude", "or", counts, (struct estimate){ 2, 0.1, 1.001, 3, 0 });
    contrast(t, "ibclc", "none", "crude", "or", counts, (struct estimate){ 2, 0.1, NAN, NAN, 0 });
    text_clear(&said);
    CHECK(sentence_contrast(t, 0, &words, 0.95, &said));
    CHECK(strstr(said.at, "includes 1") && strcmp(said.at + said.length - strlen(doubt), doubt) == 0);
    text_clear(&said);
    CHECK(sentence_contrast(t, 1, &words, 0.95, &said) && strstr(said.at, "includes 0"));
    text_clear(&said);
    CHECK(sentence_contrast(t, 2, &words, 0.95, &said) && !strstr(said.at, "includes"));
    text_clear(&said);
    CHECK(sentence_contrast(t, 3, &words, 0.8, &said) && strstr(said.at, "2.00 (no 80% CI by this method)."));
}

static void
says_of_strata_what_is_pooled_alone(void)
{
    struct table *t = measures();
    const struct estimate e = { 1.95, 0.1, 1.53, 2.49, 0 };

    contrast(t, "ibclc", "none", "pooled", "or", counts, e);
    contrast(t, "ibclc", "none", "north", "or", counts, e);
    contrast(t, "ibclc", "none", "crude", "nnt", counts, e);
    SAYS(sentence_contrast(t, 0, &words, 0.95, &said),
         "Within strata, mothers with a lactation consultant against those without programme support (the event: began to "
         "breastfeed): odds ratio 1.95 (95% CI 1.53 to 2.49).");
    IS_SILENT(sentence_contrast(t, 1, &words, 0.95, &said));
    IS_SILENT(sentence_contrast(t, 2, &words, 0.95, &said));
}

/* A group that is said of both sides stands before them. */
static void
says_of_whom_a_contrast_is(void)
{
    struct table *t = measures();
    const struct estimate e = { 2.06, 0.1, 1.63, 2.62, 0 };

    table_column(t, "site", COLUMN_GROUP);
    for (size_t i = 0; i < 2; i++) {
        contrast(t, "ibclc", "none", i ? "pooled" : "crude", "or", counts, e);
        table_set_group(t, t->n_columns - 1, "north");
    }
    SAYS(sentence_contrast(t, 0, &words, 0.95, &said),
         "Among mothers with Site = North, of 100 with a lactation consultant about 73 began to breastfeed, of 100 without "
         "programme support about 56; odds ratio 2.06 (95% CI 1.63 to 2.62).");
    SAYS(sentence_contrast(t, 1, &words, 0.95, &said),
         "Among mothers with Site = North, within strata, those with a lactation consultant against those without "
         "programme support (the event: began to breastfeed): odds ratio 2.06 (95% CI 1.63 to 2.62).");
}

static void
says_no_contrast_of_what_is_missing(void)
{
    static const int64_t nobody[4] = { 0, 0, 3, 9 };
    struct table *t = measures();

    contrast(t, "ibclc", "none", "crude", "or", NULL, (struct estimate){ 2, 0.1, 1, 3, 0 });
    contrast(t, "ibclc", "none", "crude", "or", counts, (struct estimate){ NAN, NAN, NAN, NAN, NAN });
    contrast(t, "ibclc", "none", "crude", "or", nobody, (struct estimate){ 2, 0.1, 1, 3, 0 });
    for (size_t i = 0; i < 3; i++)
        IS_SILENT(sentence_contrast(t, i, &words, 0.95, &said));
}

/* --- models, studies, curves -------------------------------------------------------------- */

static void
says_what_a_model_adjusts(void)
{
    struct adjusted a = { "or", "initiated", "support", "ibclc", "none", false };
    begin();
    struct table *t = result_table(&r, "coefficients");
    table_column(t, "ratio", COLUMN_NUMBER);
    table_column(t, "ratio_low", COLUMN_NUMBER);
    table_column(t, "ratio_high", COLUMN_NUMBER);
    table_row(t, SCALE_NUMBER);
    table_set_number(t, "ratio", 2.016);
    table_set_number(t, "ratio_low", 1.568);
    table_set_number(t, "ratio_high", 2.592);
    table_row(t, SCALE_NUMBER);
    SAYS(sentence_adjusted(t, 0, &a, &words, 0.95, &said),
         "With the other terms of the model held equal, mothers with a lactation consultant against those without "
         "programme support (the event: began to breastfeed): odds ratio 2.02 (95% CI 1.57 to 2.59).");
    IS_SILENT(sentence_adjusted(t, 1, &a, &words, 0.95, &said));
    a.is_alone = true;
    SAYS(sentence_adjusted(t, 0, &a, &words, 0.95, &said),
         "In a model without other terms, mothers with a lactation consultant against those without programme support (the "
         "event: began to breastfeed): odds ratio 2.02 (95% CI 1.57 to 2.59).");
}

static void
says_both_risks_of_a_margin(void)
{
    const struct adjusted a = { "rd", "initiated", "support", "ibclc", "none", false };
    static const struct {
        const char *level, *reference, *measure;
        double estimate;
    } rows[] = { { "none", NULL, "risk", 0.5674 }, { "ibclc", NULL, "risk", 0.719 }, { "ibclc", "none", "rd", 0.1516 },
                 { "peer", "none", "rd", 0.09 } };
    begin();
    struct table *t = result_table(&r, "margins");
    table_column(t, "level", COLUMN_LABEL);
    table_column(t, "reference", COLUMN_LABEL);
    table_column(t, "measure", COLUMN_LABEL);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (size_t i = 0; i < 4; i++) {
        table_row(t, i < 2 ? SCALE_PROPORTION : SCALE_DIFFERENCE);
        table_set_text(t, "level", rows[i].level);
        if (rows[i].reference)
            table_set_text(t, "reference", rows[i].reference);
        table_set_text(t, "measure", rows[i].measure);
        table_set_number(t, "estimate", rows[i].estimate);
    }
    SAYS(sentence_margin(t, 2, &a, &words, 0.95, &said),
         "Standardised to the characteristics of all, 71.9% of mothers with a lactation consultant and 56.7% of those "
         "without programme support began to breastfeed; difference 15.2 percentage points (no 95% CI by this method).");
    IS_SILENT(sentence_margin(t, 0, &a, &words, 0.95, &said)); /* no difference */
    IS_SILENT(sentence_margin(t, 3, &a, &words, 0.95, &said)); /* its risk is not there */
}

static void
says_how_many_studies(void)
{
    begin();
    struct table *t = result_table(&r, "pooled");
    table_column(t, "measure", COLUMN_LABEL);
    table_column(t, "subgroup", COLUMN_LABEL);
    table_column(t, "model", COLUMN_LABEL);
    table_column(t, "k", COLUMN_NUMBER);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    table_column(t, "conf_low", COLUMN_CONF_LOW);
    table_column(t, "conf_high", COLUMN_CONF_HIGH);
    table_column(t, "pred_low", COLUMN_NUMBER);
    table_column(t, "pred_high", COLUMN_NUMBER);
    table_column(t, "contrast", COLUMN_LABEL);
    for (int64_t k = 16; k >= 0; k = k == 16 ? 1 : k - 1) {
        table_row(t, SCALE_RATIO);
        table_set_text(t, "measure", k == 1 ? "peto" : "or");
        table_set_text(t, "model", k == 1 ? "common" : "random");
        table_set_number(t, "k", (double)k);
        if (k == 16)
            table_set_count(t, "n", 5084);
        if (k == 16)
            table_set_text(t, "contrast", "odds of the event in Support divided by odds in Control");
        table_set_number(t, "estimate", 1.35);
        table_set_number(t, "conf_low", k == 16 ? 1.10 : 0.9);
        table_set_number(t, "conf_high", 1.67);
        table_set_number(t, "pred_low", k == 16 ? 0.7 : NAN);
        table_set_number(t, "pred_high", k == 16 ? 2.6 : NAN);
    }
    SAYS(sentence_pooled(t, 0, 0.95, &said),
         "16 studies with 5084 people (random effects; odds of the event in Support divided by odds in Control): odds ratio "
         "1.35 (95% CI 1.10 to 1.67); that of a further study is expected between 0.70 and 2.60 (95% prediction interval).");
    SAYS(sentence_pooled(t, 1, 0.95, &said),
         "1 study (common effect): Peto odds ratio 1.35 (95% CI 0.90 to 1.67); the interval includes 1: no difference, or one "
         "the other way, is compatible with these data.");
    IS_SILENT(sentence_pooled(t, 2, 0.95, &said));
}

/* Rows: a median that was reached, one that was not, one without a limit either, one of one alone. */
static struct table *
medians(bool suppressible)
{
    begin();
    struct table *t = result_table(&r, "summary");
    table_column(t, "support", COLUMN_GROUP);
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "median", COLUMN_ESTIMATE);
    table_column(t, "median_low", COLUMN_NUMBER);
    table_column(t, "median_high", COLUMN_NUMBER);
    if (suppressible)
        table_column(t, "suppressed", COLUMN_LABEL);
    for (size_t i = 0; i < 4; i++) {
        table_row(t, SCALE_NUMBER);
        table_set_group(t, 0, "ibclc");
        table_set_count(t, "n", i < 3 ? 369 : 1);
        table_set_number(t, "median", i % 3 ? NAN : 24);
        table_set_number(t, "median_low", i < 2 ? 21 : NAN);
    }
    return t;
}

static void
says_whether_a_median_was_reached(void)
{
    const struct table *t = medians(false);

    SAYS(sentence_median(t, 0, "stopped", "weeks", &words, 0.95, &said),
         "Half of the mothers with a lactation consultant had stopped by 24 weeks (95% CI 21 to not reached; n = 369).");
    SAYS(sentence_median(t, 0, "stopped", NULL, &no_words, 0.95, &said),
         "Half of the records with support = ibclc had stopped by time 24 (95% CI 21 to not reached; n = 369).");
    SAYS(sentence_median(t, 1, "stopped", "weeks", &words, 0.95, &said),
         "Fewer than half of the mothers with a lactation consultant had stopped when observation ended (median not reached, "
         "95% CI 21 to not reached; n = 369).");
    SAYS(sentence_median(t, 2, "stopped", "weeks", &words, 0.95, &said),
         "Fewer than half of the mothers with a lactation consultant had stopped when observation ended (median not reached, no "
         "95% CI by this method; n = 369).");
    IS_SILENT(sentence_median(t, 3, "stopped", "weeks", &words, 0.95, &said));


    t = medians(true); /* it may have been reached within a step */
    IS_SILENT(sentence_median(t, 1, "stopped", "weeks", &words, 0.95, &said));
}

int
main(void)
{
    RUN(says_a_rate_of_so_many);
    RUN(says_few_none_and_all_as_they_are);
    RUN(takes_a_base_in_which_nobody_is_lost);
    RUN(says_nothing_of_what_is_not_shown);
    RUN(says_both_groups_and_the_ratio);
    RUN(keeps_the_direction_of_a_turned_contrast);
    RUN(says_that_an_interval_includes_no_difference);
    RUN(says_of_strata_what_is_pooled_alone);
    RUN(says_of_whom_a_contrast_is);
    RUN(says_no_contrast_of_what_is_missing);
    RUN(says_what_a_model_adjusts);
    RUN(says_both_risks_of_a_margin);
    RUN(says_how_many_studies);
    RUN(says_whether_a_median_was_reached);
    begin();
    text_release(&said);
    return DONE();
}
