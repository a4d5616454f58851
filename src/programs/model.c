/* dyad model: adjusted estimates by regression. */
#include "model.h"

#include "dyad/data/number.h"

#include "commands.h"
#include "suppression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec known[] = {
    { "formula", OPTION_TEXT, "'Y ~ TERMS'", "as in R: + : * - 1, factor(x, ref=\"a\"), log() exp() sqrt(), I(), poly(x, 2), "
                                             "ns(x, df=3), offset(); Y a 0/1 or no/yes column, COL=VALUE, EVENTS/TOTAL, a number, "
                                             "or Surv(time, event)" },
    { "family", OPTION_TEXT, "F", "logistic (default), log-binomial, poisson, modified-poisson, negative-binomial, linear, cox, "
                                  "conditional, mixed-logistic or gee" },
    { "se", OPTION_TEXT, "KIND", "model (default), robust (HC0), hc1, hc2, hc3, cluster (CR1), cr0 or cr2" },
    { "cluster", OPTION_TEXT, "COL", "records that belong together: --se cluster, or the clusters of mixed-logistic and gee" },
    { "ci", OPTION_TEXT, "METHOD", "wald (default) or profile (likelihood)" },
    { "ties", OPTION_TEXT, "METHOD", "of cox: efron (default) or breslow" },
    { "stratify", OPTION_LIST, "COL,...", "of cox: each stratum with its own baseline hazard" },
    { "match", OPTION_TEXT, "COL", "of conditional: the matched set of each record" },
    { "working", OPTION_TEXT, "R", "of gee: independence (default) or exchangeable" },
    { "mean", OPTION_TEXT, "F", "of gee: the family whose mean it models: logistic (default), log-binomial, modified-poisson, "
                                "poisson or linear" },
    { "correction", OPTION_TEXT, "KIND", "of gee with few clusters: none (default), kauermann-carroll, mancl-derouen or "
                                         "fay-graubard" },
    { "penalty", OPTION_TEXT, "firth", "Firth's penalised likelihood, of logistic and cox: finite where data are separated" },
    { "margins", OPTION_TEXT, "COL", "risks (or means) standardised over the records at each value of COL, their differences and "
                                     "ratios" },
    { "bootstrap", OPTION_TEXT, "N", "errors and limits of the margins by N fits to people (or, with --cluster, clusters) drawn "
                                     "with replacement; default the delta method" },
    { "evalue", OPTION_FLAG, NULL, "E-values: how strong a confounder that was not measured would have to be" },
    { "roc", OPTION_TEXT, "FILE", "ROC curve of predicted risks, as .svg, .png or .pdf" },
    { "calibration", OPTION_TEXT, "FILE", "observed against predicted risks, by tenths" },
    { "schoenfeld", OPTION_TEXT, "FILE", "of cox: scaled Schoenfeld residuals over time, of the coefficient that --of names, "
                                         "else of the one that seems to change most" },
    { "log-log", OPTION_TEXT, "FILE", "of cox: log(-log survival) for each level of the column that --of names, else of the "
                                      "first factor" },
    { "of", OPTION_TEXT, "NAME", "a term, coefficient or column of the formula, for these two" },
    { "points", OPTION_TEXT, "N", "of mixed-logistic: quadrature points, 1 (Laplace) to 25 (default)" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* Stata: stcox, xtgee, melogit; SAS: PHREG. */
static const struct like_default like[] = {
    { "stata", "ties", "breslow", "family", "cox" },
    { "stata", "working", "exchangeable", "family", "gee" },
    { "stata", "points", "7", "family", "mixed-logistic" },
    { "sas", "ties", "breslow", "family", "cox" },
    { NULL, NULL, NULL, NULL, NULL },
};

/* --- choices ------------------------------------------------------------------------------ */

static enum dyad_status
read_family(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "family");

    c->family = FAMILY_LOGISTIC;
    for (size_t f = 0; typed && f < MODEL_FAMILIES; f++)
        if (strcmp(model_family_name((enum model_family)f), typed) == 0) {
            c->family = (enum model_family)f;
            return DYAD_OK;
        }
    return typed ? dyad_fail(err, DYAD_USAGE, "--family %s: there are logistic, log-binomial, poisson, modified-poisson, "
                                              "negative-binomial, linear, cox, conditional, mixed-logistic and gee", typed)
                 : DYAD_OK;
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static enum dyad_status
read_errors(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    static const enum model_errors kinds[] = { ERRORS_MODEL, ERRORS_HC0, ERRORS_HC1, ERRORS_HC2,
                                               ERRORS_HC3, ERRORS_CR1, ERRORS_CR0, ERRORS_CR2 };
    const bool cluster = option_given(o, "cluster"), by_clusters = c->family == FAMILY_MIXED_LOGISTIC || c->family == FAMILY_GEE;
    size_t kind;
    enum dyad_status st = option_choose(o, "se", NAMES("model", "robust", "hc1", "hc2", "hc3", "cluster", "cr0", "cr2"), &kind, err);

    if (st != DYAD_OK)
        return st;
    c->errors = kinds[kind];
    c->errors_named = option_given(o, "se");
    if (!c->errors_named)
        c->errors = by_clusters ? ERRORS_MODEL : cluster ? ERRORS_CR1
                    : c->family == FAMILY_MODIFIED_POISSON ? ERRORS_HC0 : ERRORS_MODEL;
    const bool wants_cluster = c->errors >= ERRORS_CR0;
    if (by_clusters && !cluster)
        return dyad_fail(err, DYAD_USAGE, "--family %s needs --cluster COL", model_family_name(c->family));
    if (c->family == FAMILY_MIXED_LOGISTIC && c->errors != ERRORS_MODEL)
        return dyad_fail(err, DYAD_USAGE, "--family mixed-logistic has the model's errors alone");
    if (c->family == FAMILY_GEE && c->errors != ERRORS_MODEL && c->errors != ERRORS_HC0)
        return dyad_fail(err, DYAD_USAGE, "--family gee has robust errors (default; see --correction) or --se model");
    if (wants_cluster && !cluster)
        return dyad_fail(err, DYAD_USAGE, "--se %s needs --cluster COL", option_text(o, "se"));
    if (cluster && !wants_cluster && !by_clusters)
        return dyad_fail(err, DYAD_USAGE, "--cluster goes with --se cluster, cr0 or cr2, not %s", option_text(o, "se"));
    if ((c->family == FAMILY_COX && (c->errors == ERRORS_HC1 || c->errors == ERRORS_HC2 || c->errors == ERRORS_HC3 ||
                                     c->errors == ERRORS_CR2)) ||
        (c->family == FAMILY_CONDITIONAL && c->errors != ERRORS_MODEL && c->errors != ERRORS_HC0))
        return dyad_fail(err, DYAD_USAGE, "--family %s has no such errors: %s", model_family_name(c->family),
                         c->family == FAMILY_COX ? "model, robust, cluster or cr0" : "model or robust (by set)");
    return DYAD_OK;
}

/* An option that only one family has. */
static enum dyad_status
check_option(const struct options *o, const char *name, bool has, const char *family, struct dyad_error *err)
{
    return option_given(o, name) && !has ? dyad_fail(err, DYAD_USAGE, "--%s is of --family %s", name, family) : DYAD_OK;
}

static enum dyad_status
read_of_families(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    const char *points = option_text(o, "points");
    static const enum model_family means[] = { FAMILY_LOGISTIC, FAMILY_LOG_BINOMIAL, FAMILY_MODIFIED_POISSON, FAMILY_POISSON,
                                               FAMILY_LINEAR };
    size_t ties, working, correction, mean;
    enum dyad_status st;

    c->points = 25;
    if ((st = option_choose(o, "ties", NAMES("efron", "breslow"), &ties, err)) != DYAD_OK ||
        (st = option_choose(o, "working", NAMES("independence", "exchangeable"), &working, err)) != DYAD_OK ||
        (st = option_choose(o, "correction", NAMES("none", "kauermann-carroll", "mancl-derouen", "fay-graubard"), &correction,
                     err)) != DYAD_OK ||
        (st = check_option(o, "ties", c->family == FAMILY_COX, "cox", err)) != DYAD_OK ||
        (st = check_option(o, "stratify", c->family == FAMILY_COX, "cox", err)) != DYAD_OK ||
        (st = check_option(o, "schoenfeld", c->family == FAMILY_COX, "cox", err)) != DYAD_OK ||
        (st = check_option(o, "log-log", c->family == FAMILY_COX, "cox", err)) != DYAD_OK ||
        (st = check_option(o, "of", c->family == FAMILY_COX, "cox", err)) != DYAD_OK ||
        (st = check_option(o, "match", c->family == FAMILY_CONDITIONAL, "conditional", err)) != DYAD_OK ||
        (st = check_option(o, "working", c->family == FAMILY_GEE, "gee", err)) != DYAD_OK ||
        (st = check_option(o, "correction", c->family == FAMILY_GEE, "gee", err)) != DYAD_OK ||
        (st = check_option(o, "mean", c->family == FAMILY_GEE, "gee", err)) != DYAD_OK ||
        (st = option_choose(o, "mean", NAMES("logistic", "log-binomial", "modified-poisson", "poisson", "linear"), &mean, err)) !=
            DYAD_OK ||
        (st = check_option(o, "points", c->family == FAMILY_MIXED_LOGISTIC, "mixed-logistic", err)) != DYAD_OK)
        return st;
    c->mean = c->family == FAMILY_GEE ? means[mean] : c->family;
    c->breslow = ties == 1;
    c->exchangeable = working == 1;
    c->correction = (enum model_correction)correction;
    if (c->family == FAMILY_CONDITIONAL && !option_given(o, "match"))
        return dyad_fail(err, DYAD_USAGE, "--family conditional needs --match COL, the sets");
    if (c->correction != CORRECTION_NONE && c->errors_named)
        return dyad_fail(err, DYAD_USAGE, "--correction is of gee's robust errors: leave out --se");
    if (points && (number_parse(points, strlen(points), '.', &c->points) != NUMBER_GOOD || c->points != floor(c->points) ||
                   c->points < 1 || c->points > 25))
        return dyad_fail(err, DYAD_USAGE, "--points: a whole number from 1 to 25 is needed");
    return DYAD_OK;
}

static enum dyad_status
read_replicates(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "bootstrap");
    double n;

    if (typed == NULL)
        return DYAD_OK;
    if (number_parse(typed, strlen(typed), '.', &n) != NUMBER_GOOD || n != floor(n) || n < 100 || n > 1e6)
        return dyad_fail(err, DYAD_USAGE, "--bootstrap: a whole number from 100 to 1000000 is needed");
    if (c->margins == NULL || c->firth || c->family == FAMILY_GEE)
        return dyad_fail(err, DYAD_USAGE, c->firth ? "--bootstrap: not with --penalty firth"
                                          : c->family == FAMILY_GEE ? "--bootstrap: not with --family gee, whose errors are robust"
                                                                    : "--bootstrap is of --margins");
    c->replicates = (size_t)n;
    return DYAD_OK;
}

/* What has no design-based form, or another one, is refused. */
static enum dyad_status
check_survey(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    static const char *const others[] = { "se", "cluster", "penalty", "margins", "roc", "calibration", "schoenfeld", "log-log", "freq", NULL };

    if (!survey_wanted(o))
        return DYAD_OK;
    if (c->family > FAMILY_COX || c->family == FAMILY_NEGATIVE_BINOMIAL)
        return dyad_fail(err, DYAD_USAGE, "--family %s: not with a survey design (--weight, --psu, --design-strata, --fpc), which "
                                          "logistic, log-binomial, poisson, modified-poisson, linear and cox have",
                         model_family_name(c->family));
    for (size_t i = 0; others[i]; i++)
        if (option_given(o, others[i]))
            return dyad_fail(err, DYAD_USAGE, "--%s: not with a survey design (--weight, --psu, --design-strata, --fpc)%s", others[i],
                             i < 2 ? ", whose errors go by its units: --psu" : "");
    c->errors = ERRORS_DESIGN;
    return DYAD_OK;
}

static enum dyad_status
read_choices(const struct options *o, struct model_choices *c, struct dyad_error *err)
{
    size_t ci;
    enum dyad_status st;

    *c = (struct model_choices){ .level = o->level };
    if ((st = read_family(o, c, err)) != DYAD_OK || (st = read_errors(o, c, err)) != DYAD_OK ||
        (st = check_survey(o, c, err)) != DYAD_OK || (st = read_of_families(o, c, err)) != DYAD_OK || (st = option_choose(o, "ci", NAMES("wald", "profile"), &ci, err)) != DYAD_OK)
        return st;
    c->profile = ci == 1;
    c->e_values = option_given(o, "evalue");
    c->margins = option_text(o, "margins");
    c->firth = option_given(o, "penalty");
    const char *penalty = option_text(o, "penalty");
    const bool risks = c->family == FAMILY_LOGISTIC || c->family == FAMILY_LOG_BINOMIAL, one = c->mean <= FAMILY_LINEAR;
    if (penalty && strcmp(penalty, "firth") != 0)
        return dyad_fail(err, DYAD_USAGE, "--penalty %s: there is firth", penalty);
    if (c->firth && ((c->family != FAMILY_LOGISTIC && c->family != FAMILY_COX) || c->errors != ERRORS_MODEL))
        return dyad_fail(err, DYAD_USAGE, "--penalty firth is of --family logistic and cox, with the model's errors");
    if (c->e_values && model_ratio(c) == NULL)
        return dyad_fail(err, DYAD_USAGE, "--evalue is of ratios, which a linear model has not");
    if ((st = read_replicates(o, c, err)) != DYAD_OK)
        return st;
    if (c->margins && !one)
        return dyad_fail(err, DYAD_USAGE, "--margins: not of --family %s, which predicts no risk of everybody",
                         model_family_name(c->family));
    for (int i = 0; i < 2; i++)
        if (option_given(o, i ? "roc" : "calibration") && (!risks || option_given(o, "by")))
            return dyad_fail(err, DYAD_USAGE, "--%s is of one logistic or log-binomial model%s", i ? "roc" : "calibration",
                             risks ? ": choose a group with --where instead of --by" : "");
    for (int i = 0; i < 2; i++)
        if (option_given(o, i ? "schoenfeld" : "log-log") && option_given(o, "by"))
            return dyad_fail(err, DYAD_USAGE, "--%s is of one model: choose a group with --where instead of --by",
                             i ? "schoenfeld" : "log-log");
    static const char *const of_records[] = { "roc", "calibration", "schoenfeld", "log-log" };
    for (size_t i = 0; i < sizeof of_records / sizeof of_records[0]; i++)
        if (o->suppression && option_given(o, of_records[i]))
            return dyad_fail(err, DYAD_USAGE, "--%s shows people one by one: not with --suppress", of_records[i]);
    if (o->suppression && c->family == FAMILY_CONDITIONAL)
        return dyad_fail(err, DYAD_USAGE, "--family conditional rests on sets of a few people: not with --suppress");
    if (c->profile && (c->errors != ERRORS_MODEL || c->family == FAMILY_GEE || c->family == FAMILY_MIXED_LOGISTIC))
        return dyad_fail(err, DYAD_USAGE, "--ci profile is of a likelihood with the model's own errors: not with %s",
                         c->errors != ERRORS_MODEL ? "--se (or --cluster, modified-poisson)" : "this family");
    return DYAD_OK;
}

static enum response_use
response_of(enum model_family family)
{
    switch (family) {
    case FAMILY_POISSON:
    case FAMILY_NEGATIVE_BINOMIAL: return RESPONSE_IS_COUNT;
    case FAMILY_LINEAR: return RESPONSE_IS_NUMBER;
    case FAMILY_COX: return RESPONSE_IS_TIME;
    default: return RESPONSE_IS_EVENT;
    }
}

/* --- notes -------------------------------------------------------------------------------- */

static bool
has_factor(const struct model_frame *f)
{
    for (size_t i = 0; i < f->formula.n_columns; i++)
        if (f->at[i].is_factor)
            return true;
    return false;
}

static void
note_conventions(const struct model_report *m)
{
    static const char *const models[MODEL_FAMILIES] = {
        [FAMILY_LOGISTIC] = "Logistic regression; ratio is the odds ratio.",
        [FAMILY_LOG_BINOMIAL] = "Binomial regression with a log link; ratio is the risk ratio.",
        [FAMILY_POISSON] = "Poisson regression with a log link; ratio is the ratio of rates.",
        [FAMILY_MODIFIED_POISSON] = "Poisson regression of a yes/no outcome (modified Poisson, Zou 2004); ratio is the risk ratio.",
        [FAMILY_NEGATIVE_BINOMIAL] = ("Negative binomial regression with a log link, theta by maximum likelihood; ratio is the "
                                      "ratio of rates."),
        [FAMILY_LINEAR] = "Linear regression.",
        [FAMILY_COX] = "Cox regression; ratio is the hazard ratio.",
        [FAMILY_CONDITIONAL] = "Conditional logistic regression of matched sets, exact likelihood; ratio is the odds ratio.",
        [FAMILY_MIXED_LOGISTIC] = ("Logistic regression with a normal random intercept for each cluster, adaptive "
                                   "Gauss-Hermite quadrature; ratio is the odds ratio within a cluster."),
        [FAMILY_GEE] = "Generalised estimating equations, averages over the population of clusters.",
    };
    static const char *const errors[] = {
        [ERRORS_MODEL] = "the model's", [ERRORS_HC0] = "robust (sandwich, HC0)", [ERRORS_HC1] = "robust (HC1)",
        [ERRORS_HC2] = "robust (HC2)", [ERRORS_HC3] = "robust (HC3)", [ERRORS_CR0] = "cluster-robust (CR0)",
        [ERRORS_CR1] = "cluster-robust (CR1: CR0 times G/(G-1))",
        [ERRORS_CR2] = "cluster-robust (CR2) with Satterthwaite's degrees of freedom, terms of several columns by Hotelling's HTZ",
        [ERRORS_DESIGN] = "by the survey design",
    };

    result_note(m->r, "%s Level %.12g%%.", models[m->how->family], 100 * m->how->level);
    if (m->how->family == FAMILY_GEE)
        result_note(m->r, "Mean: %s", models[m->how->mean]);
    if (m->how->family == FAMILY_GEE)
        result_note(m->r, "Working correlation: %s; errors: %s.", m->how->exchangeable ? "exchangeable" : "independence",
                    m->how->correction == CORRECTION_KAUERMANN_CARROLL ? "robust, corrected by Kauermann and Carroll"
                    : m->how->correction == CORRECTION_MANCL_DEROUEN   ? "robust, corrected by Mancl and DeRouen"
                    : m->how->correction == CORRECTION_FAY_GRAUBARD    ? "robust, corrected by Fay and Graubard"
                    : m->how->errors_named && m->how->errors == ERRORS_MODEL ? "the working model's"
                                                                             : "robust (sandwich)");
    else
        result_note(m->r, "Errors: %s; limits: %s.", errors[m->how->errors],
                    m->how->profile ? "profile likelihood (p-values are Wald's)" : "Wald");
    if (m->frame->has_survey) {
        survey_notes(m->frame->survey.survey, m->r);
        result_note(m->r, "n counts records; weighted records have no likelihood: log_lik, aic and what else rests on it are empty.");
    } else if (m->how->family == FAMILY_LINEAR && m->how->errors != ERRORS_CR2)
        result_note(m->r, "Limits and p by t with the residual degrees of freedom.");
    if (m->how->errors != ERRORS_MODEL && m->how->errors != ERRORS_DESIGN && m->how->family <= FAMILY_LINEAR)
        result_note(m->r, "No likelihood ratio tests (lr): these errors do not take the likelihood for the data's.");
    if (m->joint_untested)
        result_note(m->r, "Some terms of several columns have no joint test under cr2: there are too few clusters for it, or very many.");
    if (m->frame->counts && m->how->family <= FAMILY_LOG_BINOMIAL)
        result_note(m->r, "Records are binomials of EVENTS out of TOTAL: log_lik holds their coefficients, deviance is against a "
                          "model of each record's own share, and bic counts records, all as R's glm of cbind().");
    if (m->how->firth)
        result_note(m->r, "Firth's penalised likelihood: estimates are finite whatever the data, and drawn towards 0.");
    if (m->how->e_values)
        result_note(m->r, "E-values: VanderWeele & Ding (2017); e_value_limit is that of the limit nearer 1. %s", m->how->family == FAMILY_CONDITIONAL
                        ? "Odds ratios are first brought to risk ratios as those of a common outcome, which matched sets cannot "
                          "tell from a rare one; of a rare one the E-values are larger."
                        : "Odds and hazard ratios of an outcome of 15% or more are first brought to risk ratios.");
    if (m->how->family == FAMILY_COX)
        result_note(m->r, "Ties: %s.%s", m->how->breslow ? "Breslow" : "Efron",
                    m->frame->has_survey ? "" : " The test ph is Schoenfeld's, with the Kaplan-Meier transform of time.");
    if (m->frame->event.label)
        result_note(m->r, "The event is %s.", m->frame->event.label);
    if (has_factor(m->frame))
        result_note(m->r, "Text columns are factors with treatment contrasts; the first level (--order, the codebook, else no before yes, else "
                      "bytewise) that a record has is the reference unless ref= names another.");
}

/* --- the run ------------------------------------------------------------------------------ */

static enum dyad_status
fit_group(struct model_report *m, struct dyad_error *err)
{
    switch (m->how->family) {
    case FAMILY_COX: return model_cox(m, err);
    case FAMILY_CONDITIONAL: return model_conditional(m, err);
    case FAMILY_MIXED_LOGISTIC: return model_mixed_logistic(m, err);
    case FAMILY_GEE: return model_gee(m, err);
    default: return model_glm(m, err);
    }
}

/* A group without an answer has rows with empty numbers. */
static void
say_no_model(const struct model_report *m, size_t rows, const char *why)
{
    const struct model_frame *f = m->frame;
    struct text name = TEXT_INIT;

    if (m->coefficients->n_rows == rows) {
        model_row(m, m->coefficients, SCALE_NUMBER);
        model_fit_row(m, "n", m->group->people);
    }
    for (size_t k = 0; k < f->by.n; k++)
        text_printf(&name, "%s%s", k ? " / " : "", analysis_level(f->cohort, f->by.factors[k], m->group->codes[k]));
    result_note(m->r, "No model for %s: %s.", name.failed ? "" : name.at, why);
    m->r->failed = m->r->failed || name.failed;
    text_release(&name);
}

/* With --suppress a model is shown only if no number of people that it rests on is small. */
static enum dyad_status
say_hidden(const struct model_report *m, const struct model_disclosure *d, struct dyad_error *err)
{
    if (d->few_orders)
        return dyad_fail(err, DYAD_DOMAIN, "--suppress %s hides it: of so few people and events the order in which they came could "
                                           "be worked out from the digits of a Cox model",
                         option_text(m->o, "suppress"));
    return dyad_fail(err, DYAD_DOMAIN, "--suppress %s hides it: with or without the outcome, fewer people have some level of a "
                                       "term, or some combination of two terms: put levels together, or leave out terms",
                     option_text(m->o, "suppress"));
}

/* Of several groups some may have no answer; if none has, the first one's reason is that of all. */
static enum dyad_status
fit_groups(struct model_report *m, struct dyad_error *err)
{
    size_t n = 0;
    struct model_group *groups = model_frame_groups(m->frame, &n);
    enum dyad_status st = groups ? DYAD_OK : dyad_fail(err, DYAD_NOMEM, "out of memory"), first = DYAD_OK;
    struct dyad_error first_why = DYAD_ERROR_INIT;

    m->disclosures = st == DYAD_OK ? calloc(n + 1, sizeof *m->disclosures) : NULL;
    if (st == DYAD_OK && m->disclosures == NULL)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    m->n_groups = n;
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        struct dyad_error why = DYAD_ERROR_INIT;
        const size_t rows = m->coefficients->n_rows;
        m->group = &groups[i];
        st = model_disclosure_count(m, &m->disclosures[i]);
        if (st == DYAD_OK)
            st = m->disclosures[i].hidden ? say_hidden(m, &m->disclosures[i], &why) : fit_group(m, &why);
        if (st == DYAD_OK)
            model_disclosure_tell(m, &m->disclosures[i]);
        if (st == DYAD_OK)
            continue;
        if (first == DYAD_OK)
            first = dyad_fail(&first_why, st, "%s", why.text);
        if (st != DYAD_NOMEM && m->frame->by.n) {
            say_no_model(m, rows, why.text);
            model_disclosure_tell(m, &m->disclosures[i]);
            st = DYAD_OK;
        }
    }
    free(groups);
    if (first != DYAD_OK && (st != DYAD_OK || !m->any_answer))
        return dyad_fail(err, first, "%s", first_why.text);
    if (st == DYAD_OK && !m->any_answer)
        st = dyad_fail(err, DYAD_DOMAIN, "no coefficient has an estimate: the terms do not vary where outcomes are compared");
    return st;
}

/* The records used are those of all groups; of counts, which are of people, it is not said. */
static void
tell_used(const struct model_report *m)
{
    struct suppression *s = m->o->suppression;
    const size_t used = s && !m->frame->counts ? disclosure_sum(suppression_counts(s)) : 0;

    for (size_t i = 0; s && !m->frame->counts && i < m->n_groups; i++)
        disclosure_part(suppression_counts(s), used, m->disclosures[i].people, 1);
    if (s && !m->frame->counts)
        (void)suppression_name(s, "used", used);
}

static enum dyad_status
run_model(const struct options *o, const struct model_choices *how, const struct survey *survey, struct outcome *out,
          struct dyad_error *err)
{
    struct model_frame frame;
    struct model_report m = { .o = o, .how = how, .frame = &frame, .r = &out->result, .out = out, .outcome_share = NAN };
    enum dyad_status st;

    if ((st = model_frame_read(o, survey, response_of(how->mean), &frame, &out->result, err)) == DYAD_OK) {
        model_report_begin(&m);
        if ((st = fit_groups(&m, err)) == DYAD_OK) {
            note_conventions(&m);
            tell_used(&m);
            analysis_report(frame.cohort, o, (int64_t)columns_people(frame.columns), &out->result);
            if ((st = result_status(&out->result)) != DYAD_OK)
                dyad_fail(err, st, "out of memory");
            else
                st = model_disclosure_apply(&m, m.disclosures, m.n_groups, err);
        }
    }
    for (size_t i = 0; m.disclosures && i < m.n_groups; i++)
        free(m.disclosures[i].counts);
    free(m.disclosures);
    model_frame_release(&frame);
    return st;
}

/* Of a sample, records without weight are in no domain. */
static enum dyad_status
run_survey(const struct options *o, const struct model_choices *how, struct outcome *out, struct dyad_error *err)
{
    struct survey survey;
    struct options weighted = *o;
    const char **filters = calloc(o->cohort.n_filters + 2, sizeof *filters);
    char *filter = NULL;
    enum dyad_status st = survey_read(o, &survey, err);

    for (size_t i = 0; filters && i < o->cohort.n_filters; i++)
        filters[i] = o->cohort.filters[i];
    if (st == DYAD_OK && (filters == NULL || (survey.weight && (filter = survey_filter(&survey)) == NULL)))
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (st == DYAD_OK) {
        weighted.cohort.filters = filters;
        if (filter)
            filters[weighted.cohort.n_filters++] = filter;
        st = run_model(&weighted, how, &survey, out, err);
    }
    survey_release(&survey);
    free(filters);
    free(filter);
    return st;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct model_choices how;
    const enum dyad_status st = read_choices(o, &how, err);

    if (st != DYAD_OK)
        return st;
    return survey_wanted(o) ? run_survey(o, &how, out, err) : run_model(o, &how, NULL, out, err);
}

const struct command model_command = {
    .name = "model",
    .usage = "dyad model [OPTIONS] COHORT... --formula 'Y ~ TERMS'",
    .summary = "adjusted odds, risk, rate and hazard ratios by regression",
    .about = "Fits a regression model by maximum likelihood to the records that have every value it needs, in one pass over "
             "the file; those left out are counted by column. Terms are named as in R. Data in which some combination of the "
             "terms separates those with the outcome from those without have no maximum: that is said (status 5), never the "
             "last numbers of a search.\n"
             "\n"
             "Errors are the model's unless --se says otherwise; --cluster alone makes them cluster-robust. Limits are Wald's, "
             "or with --ci profile those of the profile likelihood, which are better where events are few. With a survey design the errors are linearised, with units minus "
             "strata degrees of freedom. --margins turns the "
             "model's ratios into risks, differences of risks and ratios of risks of the whole group.\n"
             "\n"
             "Tables: coefficients (term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, ratio, ratio_low, "
             "ratio_high; ratio = exp(estimate)), fit (name, value: n, dropped, parameters, log_lik, null_log_lik, deviance, "
             "aic, bic, iterations and what the family has besides), tests (term, test: wald, lr, ph; statistic, df, p_value, "
             "df_residual where the statistic is F), vif (term, gvif, df, scaled: how much terms share), margins (exposure, "
             "level, reference, measure: risk or mean, rd, rr; estimate, std_error, conf_low, conf_high, p_value, contrast), "
             "e_values (term, e_value, e_value_limit, risk_ratio) and flow. --plot draws the ratios.",
    .examples = "    dyad model cohort.csv --formula 'initiated ~ support + age_months + site'\n"
                "        odds ratios of support, adjusted for age and site\n"
                "    dyad model cohort.csv --family modified-poisson --margins support \\\n"
                "            --order support=none,peer,ibclc --formula 'initiated ~ support*site'\n"
                "        risk ratios with an interaction, and the risks if all had each support\n",
    .shared = SHARED_LEVEL | SHARED_LIKE | SHARED_SUPPRESS | SHARED_FREQ | SHARED_SURVEY | SHARED_COHORT | SHARED_PEOPLE | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .like = like,
    .pictures = (const char *const[]){ "roc", "calibration", "schoenfeld", "log-log", NULL },
    .run = run,
};
