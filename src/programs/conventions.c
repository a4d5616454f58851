#include "conventions.h"

#include "dyad/data/number.h"

#include <math.h>
#include <string.h>

/* --- what there is ------------------------------------------------------------------------ */

static const struct choice level_choices[] = {
    { .value = "0.95", .says = "95 percent limits" },
    { .value = "0.9", .says = "90 percent limits (as of a one-sided test)" },
    { .value = "0.99", .says = "99 percent limits" },
    { .value = "0.954499736103642", .says = "limits two standard errors away" }, /* erf(2 / sqrt(2)) */
    { .value = "0.682689492137086", .says = "limits one standard error away" },  /* erf(1 / sqrt(2)) */
    { .says = NULL },
};

static const struct choice rates_intervals[] = {
    { .value = "wilson", .says = "Wilson's interval" },
    { .value = "wald", .says = "the Wald interval" },
    { .value = "exact", .says = "the exact interval (Clopper-Pearson)" },
    { .value = "wilson-cc", .says = "Wilson's interval with continuity correction" },
    { .value = "agresti-coull", .says = "the Agresti-Coull interval" },
    { .value = "jeffreys", .says = "Jeffreys' interval" },
    { .value = "midp", .says = "the mid-P interval" },
    { .value = "logit", .says = "the logit interval" },
    { .value = "arcsine", .says = "the arcsine interval" },
    { .says = NULL },
};

static const struct choice rates_kinds[] = {
    { .value = "crude", .says = "the crude rate" },
    { .value = "standardized", .says = "the standardised rate" },
    { .says = NULL },
};

static const struct choice odds_measures[] = {
    { .value = "or", .says = "odds ratio" },
    { .value = "rr", .says = "risk ratio" },
    { .value = "rd", .says = "risk difference" },
    { .value = "nnt", .says = "number needed to treat" },
    { .value = "afe", .says = "attributable fraction among the exposed" },
    { .value = "paf", .says = "population attributable fraction" },
    { .says = NULL },
};

static const struct choice odds_intervals[] = {
    { .value = "wald", .says = "the sample estimate with Wald limits" },
    { .value = "exact", .says = "conditional maximum likelihood with Fisher's exact limits" },
    { .value = "midp", .says = "the median-unbiased estimate with mid-P limits" },
    { .value = "score", .says = "score limits (Miettinen-Nurminen)" },
    { .value = "cornfield", .says = "Cornfield's limits" },
    { .value = "profile", .says = "profile likelihood limits" },
    { .says = NULL },
};

static const struct choice odds_zeros[] = {
    { .value = "none", .says = "empty cells as they are" },
    { .value = "only0:0.5", .says = "0.5 added to each cell of a table with an empty one" },
    { .value = "all:0.5", .says = "0.5 added to every cell" },
    { .says = NULL },
};

static const struct choice odds_strata[] = {
    { .value = "crude", .says = "crude" },
    { .value = "pooled", .says = "pooled over the strata" },
    { .says = NULL },
};

static const struct choice odds_matching[] = {
    { .value = NULL, .says = "matching left out of account" },
    { .says = NULL },
};

static const struct choice association_tests[] = {
    { .value = "chi2", .says = "Pearson's chi-squared test" },
    { .value = "chi2-yates", .says = "the chi-squared test with Yates' correction" },
    { .value = "fisher", .says = "Fisher's exact test" },
    { .value = "midp", .says = "the mid-P exact test" },
    { .value = "lr", .says = "the likelihood ratio test" },
    { .value = "cmh", .says = "the Mantel-Haenszel test" },
    { .value = "cmh-cc", .says = "the Mantel-Haenszel test with continuity correction" },
    { .value = "trend", .says = "the test for trend" },
    { .value = "trend-mh", .says = "the Mantel-Haenszel test for trend" },
    { .value = "mcnemar", .says = "McNemar's test" },
    { .value = "mcnemar-exact", .says = "McNemar's exact test" },
    { .says = NULL },
};

static const struct choice homogeneity_tests[] = {
    { .value = "breslow-day", .says = "the Breslow-Day test" },
    { .value = "tarone", .says = "the Breslow-Day test with Tarone's correction" },
    { .value = "woolf", .says = "Woolf's test" },
    { .says = NULL },
};

static const struct choice meta_measures[] = {
    { .value = "or", .says = "odds ratio" },
    { .value = "rr", .says = "risk ratio" },
    { .value = "rd", .says = "risk difference" },
    { .value = "peto", .says = "Peto's odds ratio" },
    { .value = "asd", .says = "difference of arcsines" },
    { .says = NULL },
};

static const struct choice proportion_measures[] = {
    { .value = "proportion-logit", .says = "logits of the proportions" },
    { .value = "proportion-ft", .says = "Freeman and Tukey's double arcsines of the proportions" },
    { .says = NULL },
};

/* Mantel-Haenszel and Peto imply the common model, which has no estimator of tau-squared. */
static const struct choice meta_pools[] = {
    { .value = "iv", .says = "inverse variance", .also = "model=common" },
    { .value = "mh", .says = "Mantel-Haenszel (a common effect)", .without = "model,estimator,glmm" },
    { .value = "peto", .says = "Peto's method (a common effect)", .without = "model,estimator,glmm" },
    { .value = "mh", .says = "Mantel-Haenszel (a common effect) with 0.5 added to each cell of a study with an empty one",
      .also = "zero=only0:0.5", .without = "model,estimator,glmm" },
    { .says = NULL },
};

static const struct choice meta_models[] = {
    { .value = "random", .says = "random effects" },
    { .value = "common", .says = "a common (fixed) effect", .without = "estimator,glmm", .alias = "fixed" },
    { .says = NULL },
};

static const struct choice meta_estimators[] = {
    { .value = "reml", .says = "REML", .without = "glmm" },
    { .value = "dl", .says = "DerSimonian and Laird's tau-squared", .without = "glmm" },
    { .value = "pm", .says = "Paule and Mandel's tau-squared", .without = "glmm" },
    { .value = "ml", .says = "the maximum likelihood tau-squared", .without = "glmm" },
    { .value = "he", .says = "Hedges' tau-squared", .without = "glmm" },
    { .value = "hs", .says = "Hunter and Schmidt's tau-squared", .without = "glmm" },
    { .value = "sj", .says = "Sidik and Jonkman's tau-squared", .without = "glmm" },
    { .value = "eb", .says = "the empirical Bayes tau-squared", .without = "glmm" },
    { .value = "mh-dl", .says = "DerSimonian and Laird's tau-squared about the Mantel-Haenszel estimate", .without = "glmm" },
    { .value = "glmm", .says = "a binomial-normal model (glmm)", .without = "glmm" },
    { .value = "glmm", .says = "a conditional, exact binomial-normal model (glmm cm.el)", .also = "glmm=cm.el" },
    { .says = NULL },
};

static const struct choice meta_intervals[] = {
    { .value = "wald", .says = "Wald limits" },
    { .value = "hksj", .says = "Hartung-Knapp limits" },
    { .value = "t", .says = "limits from Student's t" },
    { .says = NULL },
};

static const struct choice meta_zeros[] = {
    { .value = "only0:0.5", .says = "0.5 added to each cell of a study with an empty one" },
    { .value = "none", .says = "nothing added to empty cells" },
    { .value = "if0all:0.5", .says = "0.5 added to every study if one has an empty cell" },
    { .value = "all:0.5", .says = "0.5 added to each cell of every study" },
    { .value = "only0:arm", .says = "to each cell of a study with an empty one its arm's share added (Sweeting)" },
    { .value = "only0:1", .says = "1 added to each cell of a study with an empty one",
      .alone = true },
    { .value = "only0:0.25", .says = "0.25 added to each cell of a study with an empty one",
      .alone = true },
    { .value = "only0:0.1", .says = "0.1 added to each cell of a study with an empty one",
      .alone = true },
    { .value = "only0:0.01", .says = "0.01 added to each cell of a study with an empty one",
      .alone = true },
    { .says = NULL },
};

static const struct choice meta_double_zeros[] = {
    { .value = "keep", .says = "studies without events kept" },
    { .value = "drop", .says = "studies without events left out" },
    { .says = NULL },
};

static const struct choice meta_predictions[] = {
    { .value = "interval", .says = "prediction limits by the quantile of the confidence limits" },
    { .value = "hts", .says = "prediction limits from Student's t with k - 2 degrees of freedom" },
    { .value = "veroniki", .says = "prediction limits from Student's t with k - 1 degrees of freedom" },
    { .says = NULL },
};

static const struct choice meta_i2s[] = {
    { .value = "tau2", .says = "I-squared from tau-squared" },
    { .value = "q", .says = "I-squared from Q" },
    { .says = NULL },
};

static const struct choice meta_clusters[] = {
    { .value = NULL, .says = "dependence within clusters left out of account", .without = "rho" },
    { .says = NULL },
};

static const struct choice meta_designs[] = {
    { .value = NULL, .says = "randomisation by clusters left out of account", .without = "cluster-size" },
    { .says = NULL },
};

static const struct choice other_event[] = {
    { .value = NULL, .says = "non-events counted instead of events" },
    { .says = NULL },
};

static const struct choice missing_as_failure[] = {
    { .value = NULL, .says = "a missing outcome counted as a non-event" },
    { .says = NULL },
};

static const struct axis axes[] = {
    { "rates", SETS_OPTION, "ci", "method", rates_intervals, "limits" },
    { "rates", CHANGES_CONDITION, NULL, "kind", rates_kinds, "" },
    { "rates", COUNTS_MISSING, NULL, "outcome", missing_as_failure, "" },
    { "rates", COUNTS_OTHER, NULL, "outcome", other_event, "" },
    { "rates", SETS_OPTION, "level", "", level_choices, "limits" },
    { "odds", SETS_OPTION, "measure", "measure", odds_measures, "" },
    { "odds", SETS_OPTION, "ci", "method", odds_intervals, "" },
    { "odds", CHANGES_CONDITION, NULL, "stratum", odds_strata, "" },
    { "odds", CHANGES_CONDITION, NULL, "test", association_tests, "" },
    { "odds", CHANGES_CONDITION, NULL, "test", homogeneity_tests, "" },
    { "odds", SETS_OPTION, "match", "stratum,method", odds_matching, "" },
    { "odds", SETS_OPTION, "zero", "", odds_zeros, "" },
    { "odds", COUNTS_MISSING, NULL, "outcome", missing_as_failure, "" },
    { "odds", COUNTS_OTHER, NULL, "outcome", other_event, "" },
    { "odds", SETS_OPTION, "level", "", level_choices, "limits" },
    { "meta", SETS_WITHIN, "measure", "measure", meta_measures, "" },
    { "meta", SETS_NAMED, "measure", "measure", proportion_measures, "" },
    { "meta", SETS_OPTION, "pool", "model,estimator,method", meta_pools, "" },
    { "meta", SETS_OPTION, "model", "model,estimator", meta_models, "" },
    { "meta", SETS_OPTION, "estimator", "estimator", meta_estimators, "" },
    { "meta", SETS_OPTION, "ci", "method", meta_intervals, "limits" },
    { "meta", SETS_OPTION, "zero", "", meta_zeros, "" },
    { "meta", SETS_OPTION, "double-zero", "", meta_double_zeros, "" },
    { "meta", SETS_OPTION, "cluster", "estimator", meta_clusters, "" },
    { "meta", SETS_OPTION, "icc", "", meta_designs, "" },
    { "meta", SETS_OPTION, "prediction", "", meta_predictions, "pred_" },
    { "meta", SETS_OPTION, "i2", "", meta_i2s, "i2" },
    { "meta", COUNTS_OTHER, NULL, "", other_event, "" },
    { "meta", SETS_OPTION, "level", "", level_choices, "limits" },
};

/* --- what a command leaves open ----------------------------------------------------------- */

static bool
same_number(const char *a, const char *b)
{
    double x, y;

    return number_parse(a, strlen(a), '.', &x) == NUMBER_GOOD && number_parse(b, strlen(b), '.', &y) == NUMBER_GOOD &&
           (x == y || x == 100 * y);
}

/* NULL if it is none of the axis. */
static const struct choice *
find_choice(const struct axis *a, const char *value)
{
    for (const struct choice *c = a->choices; value && c->says; c++)
        if (c->value && (strcmp(c->value, value) == 0 || (c->alias && strcmp(c->alias, value) == 0) ||
                         same_number(value, c->value)))
            return c;
    return NULL;
}

/* The VALUE of the condition COL=VALUE; NULL if there is none on that column. */
static const char *
condition_on(const struct quantity *q, const char *column, size_t length)
{
    for (size_t i = 0; i < q->n; i++)
        if (strncmp(q->conditions[i], column, length) == 0 && q->conditions[i][length] == '=')
            return q->conditions[i] + length + 1;
    return NULL;
}

/* What the row itself has on an axis; NULL if it says nothing, or nothing single. */
static const char *
value_on(const struct axis *a, const struct options *o, const struct quantity *q)
{
    size_t n = 0;
    const char *const *values = a->option ? option_list(o, a->option, &n) : NULL;
    const char *condition = condition_on(q, a->columns, strcspn(a->columns, ","));

    if (n == 1 && (find_choice(a, values[0]) || find_choice(a, condition) == NULL))
        return values[0];
    return find_choice(a, condition) ? condition : NULL;
}

/* Does an axis change the figure at all? */
static bool
matters(const struct axis *a, const struct quantity *q, bool limits)
{
    const bool alone = strcmp(q->column, "estimate") == 0 || strcmp(q->column, "n") == 0 ||
                       strcmp(q->column, "events") == 0;

    return strcmp(a->only, "limits") == 0 ? limits || !alone : strncmp(q->column, a->only, strlen(a->only)) == 0;
}

static bool
is_open(const struct axis *a, const struct departures *d, const struct quantity *q, bool limits)
{
    const struct options *o = d->options;

    if (strcmp(a->command, o->command->name) != 0 || !matters(a, q, limits))
        return false;
    switch (a->kind) {
    case CHANGES_CONDITION:
    case SETS_NAMED:
        return find_choice(a, value_on(a, o, q)) != NULL;
    case SETS_WITHIN:
        return value_on(a, o, q) == NULL || find_choice(a, value_on(a, o, q)) != NULL;
    case COUNTS_MISSING:
        return d->outcome && strchr(d->outcome, '/') == NULL;
    case COUNTS_OTHER:
        return d->outcome || option_given(o, "cells") || strcmp(a->command, "meta") == 0;
    default:
        return a->choices->value || option_given(o, a->option);
    }
}

void
departures_find(const struct options *o, const struct quantity *q, bool limits, struct departures *out)
{
    size_t n;
    const char *const *outcomes = option_list(o, "outcome", &n);

    *out = (struct departures){ .options = o };
    out->outcome = n == 1 ? outcomes[0] : n ? condition_on(q, "outcome", strlen("outcome")) : NULL;
    for (const struct axis *a = axes; a < axes + sizeof axes / sizeof axes[0]; a++) {
        if (!is_open(a, out, q, limits))
            continue;
        const char *value = value_on(a, o, q);
        const struct choice *now = value ? find_choice(a, value) : a->choices->value ? a->choices : NULL;
        for (const struct choice *c = a->choices; c->says; c++)
            if (c != now && out->n < DEPARTURES_MAX)
                out->at[out->n++] = (struct departure){ a, c, c->value == NULL ? NULL : now ? now->says : value };
    }
}

/* --- reading otherwise -------------------------------------------------------------------- */

static bool
turn_round(struct figure *f)
{
    const struct figure g = *f;

    if (f->scale == SCALE_RATIO)
        *f = (struct figure){ 1 / g.value, 1 / g.high, 1 / g.low, g.scale };
    else if (f->scale == SCALE_DIFFERENCE)
        *f = (struct figure){ -g.value, -g.high, -g.low, g.scale };
    else
        return false;
    return true;
}

static bool
take_logs(struct figure *f)
{
    if (f->scale != SCALE_RATIO)
        return false;
    *f = (struct figure){ log(f->value), log(f->low), log(f->high), SCALE_NUMBER };
    return true;
}

static bool
take_percent(struct figure *f)
{
    if (f->scale != SCALE_PROPORTION && f->scale != SCALE_DIFFERENCE)
        return false;
    *f = (struct figure){ 100 * f->value, 100 * f->low, 100 * f->high, SCALE_NUMBER };
    return true;
}

/* "61%", of a number that is percent already: read as 0.61. */
static bool
take_hundredth(struct figure *f)
{
    if (f->scale != SCALE_NUMBER)
        return false;
    *f = (struct figure){ f->value / 100, f->low / 100, f->high / 100, SCALE_NUMBER };
    return true;
}

static bool
halve(struct figure *f)
{
    f->value /= 2;
    return true;
}

static bool
twice(struct figure *f)
{
    f->value = fmin(1, 2 * f->value);
    return true;
}

enum reading_axis { DIRECTION, UNIT, SIDES, DIGITS };

static const struct reading readings[] = {
    { DIRECTION, "the exposure turned round (1 / ratio, or minus the difference; limits changed over)", turn_round,
      ROUNDED, false, false },
    { UNIT, "the logarithm printed", take_logs, ROUNDED, false, false },
    { UNIT, "percent printed without its sign", take_percent, ROUNDED, false, false },
    { UNIT, "a number of percent printed with its sign", take_hundredth, ROUNDED, false, true },
    { SIDES, "a one-sided p-value", halve, ROUNDED, true, false },
    { SIDES, "a p-value doubled", twice, ROUNDED, true, false },
    { DIGITS, "digits cut off instead of rounded", NULL, CUT_OFF, false, false },
    { DIGITS, "rounded twice, first to one digit more", NULL, ROUNDED_TWICE, false, false },
};

const struct reading *
reading_at(size_t i)
{
    return i < sizeof readings / sizeof readings[0] ? &readings[i] : NULL;
}
