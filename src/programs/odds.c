/* dyad odds: odds ratios and other measures of two-by-two tables, crude, stratified and matched. */
#include "dyad/core/result.h"
#include "dyad/data/number.h"

#include "analysis.h"
#include "commands.h"
#include "odds_report.h"
#include "odds_tables.h"
#include "options.h"

#include <math.h>
#include <string.h>

static const struct option_spec known[] = {
    { "outcome", OPTION_LIST, "COL,...", "the events: a 0/1 or no/yes column, COL=VALUE, or EVENTS/TOTAL" },
    { "exposure", OPTION_LIST, "COL,...", "the levels compared; COL=VALUE sets that level against all others" },
    { "reference", OPTION_TEXT, "LEVEL", "the level compared with; default the first by --order, else 0, no, false or the "
                                         "least number" },
    { "stratify", OPTION_LIST, "COL,...", "strata: each by itself, and pooled" },
    { "match", OPTION_TEXT, "COL", "matched pairs or 1:m sets: the column that says which records belong together" },
    { "measure", OPTION_LIST, "M,...", "or, rr, rd, nnt, afe, paf; default those of or,rr,rd that the interval has" },
    { "ci", OPTION_TEXT, "METHOD", "wald (default), exact, midp, score, cornfield or profile" },
    { "zero", OPTION_TEXT, "RULE", "what an empty cell gets: none (default), only0:0.5 (to each cell of a table with an "
                                   "empty one), all:0.5" },
    { "cells", OPTION_REPEAT, "A,B,C,D", "instead of a file: exposed events and non-events, unexposed events and "
                                         "non-events; or A/N1,C/N0; LABEL=... names it; given again for each stratum" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* metafor, meta and RevMan add 0.5 to a table with an empty cell; Stata's cs, or prints Cornfield's limits. */
static const struct like_default like[] = {
    { "metafor", "zero", "only0:0.5", NULL, NULL },
    { "meta", "zero", "only0:0.5", NULL, NULL },
    { "revman5", "zero", "only0:0.5", NULL, NULL },
    { "revman2025", "zero", "only0:0.5", NULL, NULL },
    { "stata", "ci", "cornfield", "measure", "or" },
    { NULL, NULL, NULL, NULL, NULL },
};

/* What asks for a file's columns has nothing to ask of typed cells. */
static enum dyad_status
check_cells(const struct options *o, struct dyad_error *err)
{
    static const char *const of_files[] = { "outcome", "exposure", "reference", "stratify", "match" };
    const char *name = option_of_group(o, SHARED_COHORT | SHARED_PEOPLE | SHARED_SUPPRESS | SHARED_FREQ);

    if (o->n_files)
        return dyad_fail(err, DYAD_USAGE, "--cells stands instead of a file: leave one out");
    for (size_t i = 0; name == NULL && i < sizeof of_files / sizeof of_files[0]; i++)
        if (option_given(o, of_files[i]))
            name = of_files[i];
    return name ? dyad_fail(err, DYAD_USAGE, "--%s is for a file: it does not go with --cells", name) : DYAD_OK;
}

static enum dyad_status
check_columns(const struct options *o, struct dyad_error *err)
{
    if (!option_given(o, "outcome"))
        return dyad_fail(err, DYAD_USAGE, "no --outcome: name the column (or COL=VALUE, EVENTS/TOTAL) that is counted");
    if (!option_given(o, "exposure"))
        return dyad_fail(err, DYAD_USAGE, "no --exposure: name the column whose levels are compared");
    return DYAD_OK;
}

static enum dyad_status
read_zero(const struct options *o, struct odds_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "zero");

    if (typed && (!zero_rule_read(typed, &c->zero, &c->added) || c->zero == ZERO_IF0ALL || c->zero == ZERO_BY_ARM))
        return dyad_fail(err, DYAD_USAGE, "--zero %s: none, only0:0.5 or all:0.5 (any number above 0)", typed);
    if (option_assumed(o, "zero") &&
        (c->method == INTERVAL_EXACT || c->method == INTERVAL_MIDP || option_given(o, "match")))
        c->zero = ZERO_NONE; /* no other program's default for these */
    if (c->zero != ZERO_NONE && (c->method == INTERVAL_EXACT || c->method == INTERVAL_MIDP))
        return dyad_fail(err, DYAD_USAGE, "--zero does not go with --ci %s, which needs no filling of empty cells",
                         interval_method_name(c->method));
    return DYAD_OK;
}

static enum dyad_status
read_measures(const struct options *o, struct odds_choices *c, struct dyad_error *err)
{
    static const enum measure usual[] = { MEASURE_OR, MEASURE_RR, MEASURE_RD };
    size_t n;
    const char *const *names = option_list(o, "measure", &n);

    for (size_t i = 0; n == 0 && i < 3; i++)
        if (interval_method_has(c->method, usual[i]))
            c->measures[c->n_measures++] = usual[i];
    for (size_t i = 0; i < n; i++) {
        enum measure m;
        if (!measure_find(names[i], &m))
            return dyad_fail(err, DYAD_USAGE, "--measure %s: there are or, rr, rd, nnt, afe, paf", names[i]);
        if (!interval_method_has(c->method, m))
            return dyad_fail(err, DYAD_USAGE, "--ci %s has no interval for %s: %s", interval_method_name(c->method),
                             names[i], c->method == INTERVAL_SCORE ? "take --ci wald" : "it is for or alone");
        for (size_t k = 0; k < c->n_measures; k++)
            if (c->measures[k] == m)
                return dyad_fail(err, DYAD_USAGE, "--measure %s is named twice", names[i]);
        c->measures[c->n_measures++] = m;
    }
    return DYAD_OK;
}

static enum dyad_status
read_choices(const struct options *o, struct odds_choices *c, struct dyad_error *err)
{
    const char *ci = option_text(o, "ci");
    enum dyad_status st;

    *c = (struct odds_choices){ .method = INTERVAL_WALD, .level = o->level };
    if (ci && !interval_method_find(ci, &c->method))
        return dyad_fail(err, DYAD_USAGE, "--ci %s: there are wald, exact, midp, score, cornfield, profile", ci);
    if (option_given(o, "match") && c->method != INTERVAL_WALD && c->method != INTERVAL_EXACT &&
        c->method != INTERVAL_MIDP)
        return dyad_fail(err, DYAD_USAGE, "--ci %s has no form for matched sets: wald, exact or midp", ci);
    if ((st = read_zero(o, c, err)) != DYAD_OK)
        return st;
    if (option_given(o, "match") && c->zero != ZERO_NONE)
        return dyad_fail(err, DYAD_USAGE, "--zero does not go with --match: most cells of matched sets are empty");
    return read_measures(o, c, err);
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    const bool typed = option_given(o, "cells");
    struct odds_tables ts = { 0 };
    struct odds_choices how;
    bool any = false;
    enum dyad_status st;

    if ((st = typed ? check_cells(o, err) : check_columns(o, err)) != DYAD_OK ||
        (st = read_choices(o, &how, err)) != DYAD_OK)
        return st;
    how.suppression = o->suppression;
    st = typed ? odds_tables_typed(o, &ts, err) : odds_tables_count(o, &ts, &out->result, err);
    if (st == DYAD_OK)
        st = odds_report(&ts, &how, &out->result, &any, err);
    if (st == DYAD_OK && ts.cohort)
        analysis_report(ts.cohort, o, ts.n_used, &out->result);
    if (st == DYAD_OK && (st = result_status(&out->result)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
    if (st == DYAD_OK && !any)
        st = dyad_fail(err, DYAD_DOMAIN, "no contrast to estimate: two levels of the exposure with known outcomes are "
                                         "needed, for a ratio somebody with the outcome, for an odds ratio somebody without "
                                         "it, too (and no more people than the method takes: 1e15, exact and midp 1e12)");
    if (st == DYAD_OK)
        st = suppression_apply(o->suppression, &out->result, err);
    if (st == DYAD_OK && (option_given(o, "plot") || option_given(o, "plot-data"))) {
        odds_plot(&ts, &how, &out->result, &out->plot);
        out->has_plot = true;
    }
    odds_tables_release(&ts);
    return st;
}

const struct command odds_command = {
    .name = "odds",
    .usage = "dyad odds [OPTIONS] COHORT... --outcome COL,... --exposure COL,...\n"
             "       dyad odds [OPTIONS] --cells A,B,C,D [--cells ...]",
    .summary = "odds ratios, risk ratios, differences; strata, matched sets, tests",
    .about = "Sets each level of an exposure against a reference, for each outcome with each exposure on its own complete "
             "records, in one pass over the file. With --stratify each stratum by itself and pooled (Mantel-Haenszel; "
             "conditional under --ci exact and midp), with tests of homogeneity; with --match matched pairs or sets. The "
             "column contrast says in words which way round every estimate is.\n"
             "\n"
             "Tables: measures (outcome, exposure, level, reference, stratum, events, n, reference_events, reference_n, "
             "measure, method, estimate, std_error, conf_low, conf_high, p_value, contrast), cells (outcome, exposure, "
             "stratum, level, events, non_events, n, missing), tests (outcome, exposure, level, stratum, measure, test, "
             "statistic, df, p_value) and, of a file, flow. std_error is of the log of or and rr.",
    .examples = "    dyad odds cohort.csv --outcome initiated --exposure support \\\n"
                "            --reference none --stratify site --plot forest.svg\n"
                "        odds ratios against no support, crude, by site and pooled\n"
                "    dyad odds --cells Boy=47/494,77/458 --cells Girl=31/464,48/384\n"
                "        two strata as papers print them: events/total of both arms\n",
    .shared = SHARED_LEVEL | SHARED_LIKE | SHARED_FREQ | SHARED_COHORT | SHARED_PEOPLE | SHARED_SUPPRESS | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .like = like,
    .run = run,
};
