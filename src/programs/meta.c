/* dyad meta: pool studies; reproduce pooled estimates under a stated convention. */
#include "meta.h"

#include "dyad/data/number.h"

#include "commands.h"
#include "meta_beside.h"
#include "meta_like.h"
#include "meta_picture.h"
#include "meta_report.h"
#include "suppression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec known[] = {
    { "columns", OPTION_LIST, "ROLE=COL,...", "columns that do not bear their role's name: study, treated_events, "
                                              "treated_total, control_events, control_total; estimate, conf_low, "
                                              "conf_high, std_error, variance; events, total" },
    { "measure", OPTION_TEXT, "M", "or (default for counts), rr, rd, peto, asd, hr, generic, proportion-logit or "
                                   "proportion-ft" },
    { "log-scale", OPTION_FLAG, NULL, "estimates and limits of ratios are read as logs" },
    { "limits-level", OPTION_TEXT, "L", "confidence level of the studies' own limits; default 0.95" },
    { "model", OPTION_LIST, "MODEL,...", "random (default), common (or fixed), or common,random" },
    { "estimator", OPTION_TEXT, "E", "of tau-squared: reml (default), dl, he, hs, sj, ml, eb, pm, mh-dl (RevMan's "
                                     "Mantel-Haenszel, random), or glmm (binomial-normal model)" },
    { "glmm", OPTION_TEXT, "KIND", "of --estimator glmm: um.fs (default, fixed study effects) or cm.el (exact conditional)" },
    { "pool", OPTION_TEXT, "WAY", "of the common model: iv (default), mh or peto" },
    { "ci", OPTION_TEXT, "METHOD", "wald (default), t or hksj (Hartung-Knapp-Sidik-Jonkman)" },
    { "prediction", OPTION_TEXT, "KIND", "interval (default: the quantile of --ci), hts (t, k-2) or veroniki (t, k-1)" },
    { "i2", OPTION_TEXT, "FROM", "tau2 (default) or q" },
    { "zero", OPTION_TEXT, "RULE", "what empty cells get: only0:0.5 (default), if0all:0.5, all:0.5, only0:arm (by the size "
                                   "of the other arm: Sweeting) or none" },
    { "double-zero", OPTION_TEXT, "WHAT", "studies without events, or with nothing else: keep (default) or drop" },
    { "subgroup", OPTION_TEXT, "COL", "pool each of its values too, and test whether they differ" },
    { "moderators", OPTION_TEXT, "TERMS", "meta-regression: the right-hand side of a formula, 'year + factor(provider)'" },
    { "cluster", OPTION_TEXT, "COL", "effects within these are dependent: three-level model, and CR2 errors" },
    { "rho", OPTION_TEXT, "R", "correlation of sampling errors within a cluster; default 0" },
    { "icc", OPTION_TEXT, "R|COL", "intracluster correlation of cluster-randomised studies, with --cluster-size" },
    { "cluster-size", OPTION_TEXT, "N|COL", "their mean cluster size; empty where individuals were randomised" },
    { "bias", OPTION_FLAG, NULL, "Egger, Begg, Peters, Harbord, trim-and-fill, fail-safe N" },
    { "influence", OPTION_FLAG, NULL, "each study left out; hat, Cook, DFBETAS, studentised residuals" },
    { "cumulative", OPTION_TEXT, "COL", "pool study after study in the order of this column" },
    { "beside", OPTION_REPEAT, "[GROUP:]LABEL=E,L,H", "a published pooled estimate with its limits, set beside ours in a table "
                                                     "and in the forest plot; GROUP is of --by" },
    { "arms", OPTION_LIST, "TREATED,CONTROL", "what the two arms are called; default treated, control" },
    { "layout", OPTION_TEXT, "STYLE", "of the forest plot: plain (default), revman or jama" },
    { "favours", OPTION_LIST, "LOW,HIGH", "words under the axis of the forest plot, either side of no effect" },
    { "funnel", OPTION_TEXT, "FILE", "funnel plot, as .svg, .png or .pdf" },
    { "labbe", OPTION_TEXT, "FILE", "L'Abbe plot: risks of both arms" },
    { "baujat", OPTION_TEXT, "FILE", "Baujat plot: heterogeneity against influence" },
    { "radial", OPTION_TEXT, "FILE", "radial (Galbraith) plot" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* --- choices ------------------------------------------------------------------------------ */

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static enum dyad_status
read_measure(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "measure");

    c->measure = META_OR;
    c->measure_named = typed && !option_assumed(o, "measure");
    if (typed && !meta_measure_find(typed, &c->measure))
        return dyad_fail(err, DYAD_USAGE, "--measure %s: there are or, rr, rd, peto, asd, hr, generic, proportion-logit and "
                                          "proportion-ft", typed);
    c->log_scale = option_given(o, "log-scale");
    if (c->log_scale && !meta_measure_is_ratio(c->measure))
        return dyad_fail(err, DYAD_USAGE, "--log-scale is for ratios, which --measure %s is none of",
                         meta_measure_name(c->measure));
    return DYAD_OK;
}

static enum dyad_status
read_models(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    size_t n, pool;
    const char *const *models = option_list(o, "model", &n);
    const char *typed = option_text(o, "pool");
    enum dyad_status st = option_choose(o, "pool", NAMES("iv", "mh", "peto"), &pool, err);

    if (st != DYAD_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        const bool common = strcmp(models[i], "common") == 0 || strcmp(models[i], "fixed") == 0;
        if (!common && strcmp(models[i], "random") != 0)
            return dyad_fail(err, DYAD_USAGE, "--model %s: there are random, common (or fixed), and common,random", models[i]);
        c->common = c->common || common;
        c->random = c->random || !common;
    }
    c->pool = (enum meta_pooling)pool;
    const bool fits = c->pool == POOL_INVERSE_VARIANCE ||
                      (c->pool == POOL_PETO ? c->measure == META_OR || c->measure == META_PETO
                                            : c->measure == META_OR || c->measure == META_RR || c->measure == META_RD);
    if (!fits)
        return dyad_fail(err, DYAD_USAGE, "--pool %s does not go with --measure %s: %s", typed, meta_measure_name(c->measure),
                         c->pool == POOL_PETO ? "it is for or" : "it is for or, rr and rd");
    if (n == 0) {
        c->common = c->pool != POOL_INVERSE_VARIANCE;
        c->random = !c->common;
    }
    if (c->pool != POOL_INVERSE_VARIANCE && !c->common)
        return dyad_fail(err, DYAD_USAGE, "--pool %s is of the common-effect model: --model common, or common,random "
                                          "(RevMan's \"Mantel-Haenszel, random\" is --estimator mh-dl)", typed);
    return DYAD_OK;
}

static enum dyad_status
read_estimator(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "estimator");
    const bool counts = c->measure == META_OR || c->measure == META_RR || c->measure == META_RD;
    size_t kind;
    enum dyad_status st;

    c->method.estimator = TAU2_REML;
    if ((st = option_choose(o, "glmm", NAMES("um.fs", "cm.el"), &kind, err)) != DYAD_OK)
        return st;
    c->glmm_model = kind ? GLMM_CM_EL : GLMM_UM_FS;
    c->glmm = typed && strcmp(typed, "glmm") == 0;
    if (typed && !c->glmm &&
        (!tau2_estimator_find(typed, &c->method.estimator) || c->method.estimator == TAU2_GIVEN))
        return dyad_fail(err, DYAD_USAGE, "--estimator %s: there are reml, dl, he, hs, sj, ml, eb, pm, mh-dl and glmm", typed);
    if (typed && !c->random)
        return dyad_fail(err, DYAD_USAGE, "--estimator %s is of the random-effects model: --model random, or common,random",
                         typed);
    if (c->method.estimator == TAU2_MH_DL && !counts)
        return dyad_fail(err, DYAD_USAGE, "--estimator mh-dl is for or, rr and rd");
    if (c->glmm && c->measure != META_OR && c->measure != META_LOGIT)
        return dyad_fail(err, DYAD_USAGE, "--estimator glmm is for --measure or and proportion-logit");
    if (option_given(o, "glmm") && !c->glmm)
        return dyad_fail(err, DYAD_USAGE, "--glmm goes with --estimator glmm");
    if (option_given(o, "glmm") && c->measure == META_LOGIT)
        return dyad_fail(err, DYAD_USAGE, "--glmm is for two arms: of proportions there is one model");
    return DYAD_OK;
}

/* Some models have I-squared from one of the two alone. */
static enum dyad_status
check_i2(const struct options *o, const struct meta_choices *c, bool from_q, struct dyad_error *err)
{
    const bool clustered = option_given(o, "cluster");

    if (option_given(o, "i2") && (clustered || c->glmm))
        return dyad_fail(err, DYAD_USAGE, "--i2 does not go with %s, which has it from tau-squared",
                         clustered ? "--cluster" : "--estimator glmm");
    if (option_given(o, "i2") && !from_q && (!c->random || c->method.estimator == TAU2_MH_DL))
        return dyad_fail(err, DYAD_USAGE, "--i2 tau2 does not go with %s, which has it from Q",
                         c->random ? "--estimator mh-dl" : "the common-effect model");
    return DYAD_OK;
}

static enum dyad_status
read_interval(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    size_t ci, prediction, i2;
    enum dyad_status st;

    if ((st = option_choose(o, "ci", NAMES("wald", "t", "hksj"), &ci, err)) != DYAD_OK ||
        (st = option_choose(o, "prediction", NAMES("interval", "hts", "veroniki"), &prediction, err)) != DYAD_OK ||
        (st = option_choose(o, "i2", NAMES("tau2", "q"), &i2, err)) != DYAD_OK)
        return st;
    c->method.interval = ci == 2 ? META_HKSJ : ci == 1 ? META_T : META_WALD;
    c->method.prediction = prediction == 2 ? PREDICTION_VERONIKI : prediction == 1 ? PREDICTION_HTS : PREDICTION_AS_INTERVAL;
    c->i2_from_q = i2 == 1;
    const bool fits = !(ci == 2 && (!c->random || c->glmm || option_given(o, "cluster"))) &&
                      !(ci == 1 && !c->random && c->pool != POOL_INVERSE_VARIANCE);
    if (!fits)
        return dyad_fail(err, DYAD_USAGE, "--ci %s: %s", option_text(o, "ci"),
                         ci == 2 && !c->random ? "it is of the random-effects model"
                         : ci == 2             ? "it is for effects pooled by inverse variances: wald or t"
                                               : "Mantel-Haenszel and Peto have wald alone");
    if (option_given(o, "prediction") && (!c->random || option_given(o, "cluster")))
        return dyad_fail(err, DYAD_USAGE, "--prediction is of the random-effects model%s",
                         c->random ? " of two levels: with --cluster the interval has the quantile of --ci" : "");
    return check_i2(o, c, i2 == 1, err);
}

static enum dyad_status
read_zero(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "zero");
    const bool has_cells = meta_measure_has_tables(c->measure) || c->measure == META_LOGIT;
    size_t drop;
    enum dyad_status st;

    /* The arcsine needs no filling of cells, as in metafor. */
    c->zero = c->measure == META_ASD ? ZERO_NONE : ZERO_ONLY0;
    c->added = 0.5;
    if (typed && !zero_rule_read(typed, &c->zero, &c->added))
        return dyad_fail(err, DYAD_USAGE, "--zero %s: none, or only0:0.5, if0all:0.5, all:0.5 (any number above 0), or only0:arm", typed);
    if (c->zero == ZERO_BY_ARM && !meta_measure_has_tables(c->measure))
        return dyad_fail(err, DYAD_USAGE, "--zero only0:arm is of two arms");
    if ((st = option_choose(o, "double-zero", NAMES("keep", "drop"), &drop, err)) != DYAD_OK)
        return st;
    if (option_given(o, "double-zero") && c->measure == META_LOGIT)
        return dyad_fail(err, DYAD_USAGE, "--double-zero is of two arms: a single one without events has 0.5 added");
    if (!has_cells && (typed || option_given(o, "double-zero")))
        return dyad_fail(err, DYAD_USAGE, "--%s does not go with --measure %s, which fills no cells",
                         typed ? "zero" : "double-zero", meta_measure_name(c->measure));
    c->zero_pooled = typed && c->zero != ZERO_NONE;
    c->drop_double_zero = drop == 1;
    return DYAD_OK;
}

/* A number between two bounds; the default stays where it is not given. */
static enum dyad_status
read_share(const struct options *o, const char *name, bool percent, double *out, struct dyad_error *err)
{
    const char *typed = option_text(o, name);
    double x;

    if (typed == NULL)
        return DYAD_OK;
    if (number_parse(typed, strlen(typed), '.', &x) != NUMBER_GOOD)
        return dyad_fail(err, DYAD_USAGE, "--%s: is no number", name);
    if (percent && x > 1)
        x /= 100;
    if (!(percent ? x > 0 && x < 1 : x >= 0 && x < 1))
        return dyad_fail(err, DYAD_USAGE, "--%s: must be %s", name, percent ? "between 0 and 1, or 0 and 100" : "from 0 to below 1");
    *out = x;
    return DYAD_OK;
}

/* A number where a column may stand: within its bounds. */
static enum dyad_status
check_typed_number(const struct options *o, const char *name, double least, double most, struct dyad_error *err)
{
    const char *typed = option_text(o, name);
    double x;

    if (typed && number_parse(typed, strlen(typed), '.', &x) == NUMBER_GOOD && !(x >= least && x <= most))
        return dyad_fail(err, DYAD_USAGE, "--%s %s: a number from %g to %g is needed, or a column", name, typed, least, most);
    return DYAD_OK;
}

static enum dyad_status
read_dependence(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    enum dyad_status st;

    c->clustered = option_given(o, "cluster");
    c->limits_level = 0.95;
    if ((st = read_share(o, "rho", false, &c->rho, err)) != DYAD_OK ||
        (st = read_share(o, "limits-level", true, &c->limits_level, err)) != DYAD_OK)
        return st;
    if (option_given(o, "rho") && !c->clustered)
        return dyad_fail(err, DYAD_USAGE, "--rho is of effects within a --cluster");
    if (c->clustered && (c->common || c->glmm || (c->method.estimator != TAU2_REML && c->method.estimator != TAU2_ML)))
        return dyad_fail(err, DYAD_USAGE, "--cluster is a random-effects model by reml or ml: leave out %s",
                         c->common ? "the common one" : "the other --estimator");
    if (c->clustered && option_given(o, "bias"))
        return dyad_fail(err, DYAD_USAGE, "--bias is of independent effects: with --cluster, Egger's test is --moderators "
                                          "with a column of standard errors");
    if (option_given(o, "icc") != option_given(o, "cluster-size"))
        return dyad_fail(err, DYAD_USAGE, "--icc and --cluster-size go together");
    if ((st = check_typed_number(o, "icc", 0, 1, err)) != DYAD_OK ||
        (st = check_typed_number(o, "cluster-size", 1, 1e9, err)) != DYAD_OK)
        return st;
    if (option_given(o, "icc") && c->glmm && c->glmm_model == GLMM_CM_EL)
        return dyad_fail(err, DYAD_USAGE, "--icc makes counts that are not whole, which --glmm cm.el cannot take");
    if (option_given(o, "moderators") && (c->glmm || c->method.estimator == TAU2_MH_DL))
        return dyad_fail(err, DYAD_USAGE, "--moderators need an estimator of inverse variances: not %s",
                         c->glmm ? "glmm" : "mh-dl");
    if (option_given(o, "moderators") && meta_pools_counts(c, META_COMMON) && c->common && !c->random)
        return dyad_fail(err, DYAD_USAGE, "--moderators need inverse variances: leave out --pool");
    return DYAD_OK;
}

static enum dyad_status
read_words(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    size_t n;
    const char *const *arms = option_list(o, "arms", &n);

    c->treated = n ? arms[0] : "treated";
    c->control = n > 1 ? arms[1] : "control";
    if (n && n != 2)
        return dyad_fail(err, DYAD_USAGE, "--arms: two names are needed: TREATED,CONTROL");
    if (n && meta_measure_is_proportion(c->measure))
        return dyad_fail(err, DYAD_USAGE, "--arms is of two arms, and --measure %s of one", meta_measure_name(c->measure));
    (void)option_list(o, "favours", &n);
    if (n && n != 2)
        return dyad_fail(err, DYAD_USAGE, "--favours: the words for both sides are needed: LOW,HIGH");
    if ((n || option_given(o, "layout")) && !option_given(o, "plot") && !option_given(o, "plot-data"))
        return dyad_fail(err, DYAD_USAGE, "--%s is of the forest plot: it needs --plot", n ? "favours" : "layout");
    return option_choose(o, "layout", NAMES("plain", "revman", "jama"), &n, err);
}

static enum dyad_status
read_choices(const struct options *o, struct meta_choices *c, struct dyad_error *err)
{
    enum dyad_status st;

    *c = (struct meta_choices){ .level = o->level, .method = { .model = META_RANDOM, .level = o->level } };
    if ((st = read_measure(o, c, err)) != DYAD_OK || (st = read_models(o, c, err)) != DYAD_OK ||
        (st = read_estimator(o, c, err)) != DYAD_OK || (st = read_interval(o, c, err)) != DYAD_OK ||
        (st = read_zero(o, c, err)) != DYAD_OK || (st = read_dependence(o, c, err)) != DYAD_OK)
        return st;
    return read_words(o, c, err);
}

/* --- sets --------------------------------------------------------------------------------- */

/* Everything of a run that is to be released. */
struct job {
    const struct options *o;
    struct meta_choices how;
    struct meta_studies all;
    struct study **order; /* those that are in a set, set after set */
    struct meta_analysis *sets;
    size_t n_sets;
    struct published_list published;
};

static bool
has_all_codes(const struct job *j, const struct study *s)
{
    const struct meta_columns *c = &j->all.columns;
    bool has = (!c->has_subgroup || s->codes[c->subgroup]) && (!c->has_cluster || s->codes[c->cluster]);

    for (size_t i = 0; i < c->by.n; i++)
        has = has && s->codes[c->by.factors[i]];
    return has;
}

static int
compare_codes(const struct job *j, const struct study *a, const struct study *b)
{
    const struct grouping *by = &j->all.columns.by;

    for (size_t i = 0; i < by->n; i++)
        if (a->codes[by->factors[i]] != b->codes[by->factors[i]])
            return a->codes[by->factors[i]] < b->codes[by->factors[i]] ? -1 : 1;
    return 0;
}

/* By insertion, which keeps the order of the file. */
static enum dyad_status
make_sets(struct job *j)
{
    size_t n = 0;

    j->order = calloc(j->all.n + 1, sizeof *j->order);
    j->sets = calloc(j->all.n + 1, sizeof *j->sets);
    if (j->order == NULL || j->sets == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < j->all.n; i++) {
        struct study *s = &j->all.at[i];
        size_t at = n;
        if (!has_all_codes(j, s))
            continue;
        for (; at > 0 && compare_codes(j, j->order[at - 1], s) > 0; at--)
            j->order[at] = j->order[at - 1];
        j->order[at] = s;
        n++;
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_codes(j, j->order[i - 1], j->order[i]) != 0)
            j->sets[j->n_sets++].set = (struct meta_set){ j->order[i]->codes, &j->order[i], 0 };
        j->sets[j->n_sets - 1].set.n++;
    }
    return DYAD_OK;
}

/* Does the set have a study of this subgroup? */
static bool
has_subgroup(const struct job *j, const struct meta_set *set, uint32_t code)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->studies[i]->codes[j->all.columns.subgroup] == code)
            return true;
    return false;
}

/* Each subgroup, then all together, under each model. */
static enum dyad_status
pool_set(struct job *j, struct meta_analysis *a)
{
    const struct meta_columns *c = &j->all.columns;
    struct study **some = calloc(a->set.n + 1, sizeof *some);
    const bool both = j->how.common && j->how.random;
    size_t n_codes = 0;
    enum dyad_status st = DYAD_OK;

    if (c->has_subgroup)
        cohort_levels(j->all.cohort, c->subgroup, &n_codes);
    a->pooled = calloc(2 * (n_codes + 1), sizeof *a->pooled);
    a->weights = calloc(a->set.n + 1, sizeof *a->weights);
    a->weights_common = both ? calloc(a->set.n + 1, sizeof *a->weights_common) : NULL;
    if (some == NULL || a->pooled == NULL || a->weights == NULL || (both && a->weights_common == NULL))
        st = DYAD_NOMEM;
    else
        meta_set_effects(&a->set, &j->how);
    for (size_t i = 0; i <= n_codes && st == DYAD_OK; i++) {
        const uint32_t code = i < n_codes ? (uint32_t)i + 1 : 0;
        if (code && !has_subgroup(j, &a->set, code))
            continue;
        const size_t n = meta_subset(&a->set, c->subgroup, code, some);
        for (int model = 0; model < 2 && st == DYAD_OK; model++) {
            if (model == 0 ? !j->how.common : !j->how.random)
                continue;
            struct meta_pooled *p = &a->pooled[a->n_pooled++];
            st = meta_pool_studies(some, n, &j->how, model == 0 ? META_COMMON : META_RANDOM, p);
            p->subgroup = code;
        }
    }
    if (st == DYAD_OK)
        st = meta_pool_weights(a->set.studies, a->set.n, &j->how, &a->pooled[a->n_pooled - 1], a->weights);
    if (st == DYAD_OK && both)
        st = meta_pool_weights(a->set.studies, a->set.n, &j->how, &a->pooled[a->n_pooled - 2], a->weights_common);
    free(some);
    return st;
}

static void
release(struct job *j)
{
    for (size_t i = 0; i < j->n_sets; i++) {
        free(j->sets[i].pooled);
        free(j->sets[i].weights);
        free(j->sets[i].weights_common);
    }
    free(j->sets);
    free(j->order);
    published_release(&j->published);
    meta_studies_release(&j->all);
}

/* --- the run ------------------------------------------------------------------------------ */

/* Of the first study that no model takes. */
static const char *
first_reason(const struct job *j)
{
    for (size_t i = 0; i < j->n_sets; i++)
        for (size_t k = 0; k < j->sets[i].set.n; k++)
            if (j->sets[i].set.studies[k]->left_out)
                return j->sets[i].set.studies[k]->left_out;
    return NULL;
}

static enum dyad_status
report(struct job *j, struct outcome *out, struct dyad_error *err)
{
    struct meta_report m = { .o = j->o, .how = &j->how, .all = &j->all, .r = &out->result };
    struct meta_set *sets = calloc(j->n_sets + 1, sizeof *sets);
    enum dyad_status st = sets ? DYAD_OK : dyad_fail(err, DYAD_NOMEM, "out of memory");
    int64_t used = 0;

    if (st == DYAD_OK)
        meta_report_begin(&m);
    for (size_t i = 0; i < j->n_sets && st == DYAD_OK; i++) {
        sets[i] = j->sets[i].set;
        st = meta_report_set(&m, &j->sets[i], err);
        for (size_t k = 0; k < sets[i].n; k++)
            used += sets[i].studies[k]->left_out == NULL;
    }
    if (st == DYAD_OK)
        st = published_report(&m, &j->published, j->sets, j->n_sets, err);
    if (st == DYAD_OK) {
        meta_report_notes(&m, sets, j->n_sets);
        analysis_report(j->all.cohort, j->o, used, &out->result);
        if (!m.any_answer)
            st = dyad_fail(err, DYAD_DOMAIN, "nothing to pool: %s%s%s%s",
                           j->n_sets ? meta_why_not(&j->how, &j->sets[0].pooled[j->sets[0].n_pooled - 1])
                                     : "no study is left",
                           first_reason(j) ? " (" : "", first_reason(j) ? first_reason(j) : "", first_reason(j) ? ")" : "");
    }
    if (st == DYAD_OK && m.moderators && !m.any_regression)
        st = dyad_fail(err, DYAD_DOMAIN, "no meta-regression in any of the groups: too few studies for the terms");
    if (st == DYAD_OK && (st = result_status(&out->result)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
    free(sets);
    return st;
}

/* A program that pools estimates does so by inverse variances, whatever it does with counts. */
static enum dyad_status
settle_assumptions(struct job *j, struct result *r)
{
    const struct options *o = j->o;
    size_t tables = 0, estimates = 0;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < j->all.n; i++) {
        tables += j->all.at[i].evidence == STUDY_TABLE;
        estimates += j->all.at[i].evidence == STUDY_ESTIMATE;
    }
    const bool pool = option_assumed(o, "pool") && j->how.pool != POOL_INVERSE_VARIANCE;
    const bool mh_dl = option_assumed(o, "estimator") && j->how.method.estimator == TAU2_MH_DL;
    if (estimates && pool) {
        j->how.pool = POOL_INVERSE_VARIANCE;
        st = option_settle(o, "pool", "iv");
    }
    if (estimates && mh_dl && st == DYAD_OK) {
        j->how.method.estimator = TAU2_DL;
        st = option_settle(o, "estimator", "dl");
    }
    if (estimates && (pool || mh_dl))
        result_note(r, "There are estimates without counts: what %s pools by counts is pooled by inverse variances.",
                    option_text(o, "like"));
    if (st == DYAD_OK && (tables == 0 || (estimates && pool)))
        st = option_settle(o, "zero", NULL);
    return st == DYAD_OK && tables == 0 ? option_settle(o, "double-zero", NULL) : st;
}

static bool
is_typed(const struct options *o, const char *option)
{
    return option_given(o, option) && !option_assumed(o, option);
}

/* What an option is about must be there. */
static enum dyad_status
check_use(const struct job *j, struct dyad_error *err)
{
    const struct options *o = j->o;
    bool limits = option_given(o, "beside"), estimates = j->all.n == 0, counts = j->all.n == 0;

    for (size_t i = 0; i < j->all.n; i++) {
        const struct study *s = &j->all.at[i];
        estimates = estimates || s->evidence == STUDY_ESTIMATE || !isnan(s->printed);
        limits = limits || (s->evidence == STUDY_ESTIMATE && s->has_limits);
        counts = counts || s->evidence == STUDY_TABLE || s->evidence == STUDY_ARM;
    }
    if (option_given(o, "limits-level") && !limits)
        return dyad_fail(err, DYAD_USAGE, "--limits-level is of the studies' own limits, and none enters by an estimate that "
                                          "has them");
    if (j->how.log_scale && !estimates)
        return dyad_fail(err, DYAD_USAGE, "--log-scale is of estimates, and no study has one");
    if ((is_typed(o, "zero") || is_typed(o, "double-zero")) && !counts)
        return dyad_fail(err, DYAD_USAGE, "--%s is of counts, and no study has them",
                         is_typed(o, "zero") ? "zero" : "double-zero");
    return DYAD_OK;
}

/* What is pooled of all studies tells of each: none of them may have a small count. */
static enum dyad_status
check_counts(const struct job *j, struct dyad_error *err)
{
    const double threshold = (double)suppression_threshold(j->o->suppression);

    for (size_t i = 0; i < j->all.n; i++) {
        const struct study *s = &j->all.at[i];
        const struct two_by_two *c = &s->counts;
        const double counts[] = { c->a, c->b, c->a + c->b, c->c, c->d, c->c + c->d };
        const size_t n = s->evidence == STUDY_TABLE ? 6 : s->evidence == STUDY_ARM ? 3 : 0;
        for (size_t k = 0; k < n; k++)
            if (counts[k] > 0 && counts[k] < threshold)
                return cohort_refuse_at(j->all.cohort, s->place, NULL,
                                        "has fewer people of some kind than --suppress asks for, and what is pooled would tell "
                                        "of them: leave the study out with --where", err) == DYAD_NOMEM ? DYAD_NOMEM : DYAD_DOMAIN;
    }
    return DYAD_OK;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct job j = { .o = o };
    enum dyad_status st;

    if ((st = read_choices(o, &j.how, err)) != DYAD_OK)
        return st;
    if ((st = published_read(o, meta_measure_is_ratio(j.how.measure), &j.published, err)) == DYAD_OK &&
        (st = meta_studies_read(o, &j.how, &j.all, &out->result, err)) == DYAD_OK &&
        (st = check_use(&j, err)) == DYAD_OK && (st = check_counts(&j, err)) == DYAD_OK) {
        st = settle_assumptions(&j, &out->result);
        if (st == DYAD_OK)
            st = make_sets(&j);
        for (size_t i = 0; i < j.n_sets && st == DYAD_OK; i++)
            st = pool_set(&j, &j.sets[i]);
        if (st != DYAD_OK)
            dyad_fail(err, st, "out of memory");
    }
    suppression_open_all(o->suppression);
    if (st == DYAD_OK && (st = report(&j, out, err)) == DYAD_OK &&
        (st = suppression_apply(o->suppression, &out->result, err)) == DYAD_OK)
        st = meta_pictures(o, &j.how, &j.all, &j.published, j.sets, j.n_sets, out, err);
    release(&j);
    return st;
}

const struct command meta_command = {
    .name = "meta",
    .usage = "dyad meta [OPTIONS] STUDIES...",
    .summary = "pool studies; meta-regression, heterogeneity, bias, influence",
    .about = "Pools one effect a study: from the counts of two arms (treated_events, treated_total, control_events, "
             "control_total), from an estimate with its standard error, variance or limits, or from events and total of a "
             "single arm. A study with counts is computed from them; its estimate is only compared. Ratios are read as ratios "
             "(--log-scale: as logs), pooled as logs and given as ratios; std_error is of the log. Rows that look wrong (arms "
             "swapped, a variance for a standard error, limits that do not fit, the same study twice) are named in the "
             "notes.\n"
             "\n"
             "Tables: pooled (measure, subgroup, model, estimator, k, n, estimate, std_error, statistic, df, p_value, conf_low, "
             "conf_high, pred_low, pred_high, method, contrast; subgroups, then all studies), studies (study, counts, estimate, "
             "std_error, conf_low, conf_high, weight in percent) and heterogeneity (subgroup, q, df, p_value, tau2, i2 in "
             "percent and h2 with their limits). With --subgroup, --moderators, --bias or --estimator glmm tests (model, term, "
             "test, estimate, std_error, statistic, df, df_residual, p_value), with --bias trim_and_fill, with --influence "
             "influence, with --cumulative cumulative, with --moderators moderators and fit, with --cluster levels and robust, "
             "with --cluster-size unadjusted, with --beside beside; and flow.",
    .examples = "    dyad meta trials.csv --subgroup provider --ci hksj --plot forest.svg\n"
                "        odds ratios from counts, REML, Hartung-Knapp, by provider\n"
                "    dyad meta trials.csv --measure rr --like revman5 --bias --funnel funnel.svg\n"
                "        what RevMan 5 would pool, tests of small-study effects, a funnel\n",
    .shared = SHARED_LEVEL | SHARED_LIKE | SHARED_SUPPRESS | SHARED_COHORT | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .pictures = (const char *const[]){ "funnel", "labbe", "baujat", "radial", NULL },
    .like = meta_like,
    .like_takes = meta_like_takes,
    .run = run,
};
