/* dyad survival: how long until an event: weaning, the end of exclusive breastfeeding. */
#include "survival.h"

#include "dyad/data/number.h"

#include "commands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec known[] = {
    { "time", OPTION_TEXT, "COL", "time to the event, or to the end of observation" },
    { "event", OPTION_TEXT, "COL", "did the event happen then: a 0/1 or no/yes column, or COL=VALUE" },
    { "entry", OPTION_TEXT, "COL", "late entry: at risk only after this time" },
    { "interval", OPTION_LIST, "LOW,HIGH", "instead of --time and --event two columns: the event was after LOW (empty: after 0) "
                                           "and at or before HIGH (empty: not yet); LOW = HIGH: exactly then" },
    { "current-status", OPTION_FLAG, NULL, "--time is the age when seen, --event whether it had happened by then" },
    { "cluster", OPTION_TEXT, "COL", "the same as --psu: records of the same clinic, village or mother belong together, as in a "
                                     "cluster trial" },
    { "stratify", OPTION_LIST, "COL,...", "the tests compare the --by groups within these strata" },
    { "competing", OPTION_REPEAT, "COL=VALUE", "another event that ends observation: cumulative incidence of each, Gray's "
                                               "test; given again, several" },
    { "ci", OPTION_TEXT, "METHOD", "log-log (default), log, plain, logit or arcsin" },
    { "at", OPTION_LIST, "T,...", "the curve at these times" },
    { "quantiles", OPTION_LIST, "P,...", "times by which these shares had the event, besides the median" },
    { "tau", OPTION_TEXT, "T", "restricted mean to this time; default the largest that every group reaches" },
    { "time-unit", OPTION_TEXT, "UNIT", "what the times count: days, weeks, months or years; days:months also changes the "
                                        "file's days into months (of 30.4375 days), and every time that is typed is in months" },
    { "tests", OPTION_LIST, "NAME,...", "of logrank, peto-peto (both the default), peto-1972, andersen, gehan, tarone-ware" },
    { "fleming-harrington", OPTION_TEXT, "RHO,GAMMA", "also this weighted log-rank test" },
    { "life-table", OPTION_LIST, "T,...", "life table with intervals that begin at these times" },
    { "heaping", OPTION_LIST, "T,...", "durations reported at these whole numbers against a smooth curve through the others; "
                                       "usual: 1, 3, 6, 12, 18, 24 months" },
    { "bootstrap", OPTION_TEXT, "N", "with --interval and --current-status: limits from N samples of the records; default 200, "
                                     "0 for none" },
    { "ever", OPTION_TEXT, "COL", "with --current-status: ever breastfed, where the DHS median begins; default all were" },
    { "layout", OPTION_TEXT, "NAME", "of the picture: curves (default), or at: the estimates at the times of --at, one below the "
                                     "other" },
    { "axes", OPTION_LIST, "TIME,CURVE", "words at the axes of the picture: 'Age (weeks),Still breastfed'" },
    { "until", OPTION_TEXT, "T", "end of the picture's time axis; default the last time" },
    { "scale", OPTION_TEXT, "NAME", "of the picture: percent (default) or probability" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const char *const test_names[] = { "logrank", "peto-peto", "peto-1972", "andersen", "gehan", "tarone-ware", NULL };

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- units of time ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    double days;
} units[] = { [UNIT_NONE] = { NULL, NAN }, [UNIT_DAYS] = { "days", 1 }, [UNIT_WEEKS] = { "weeks", 7 },
              [UNIT_MONTHS] = { "months", 30.4375 }, [UNIT_YEARS] = { "years", 365.25 } };

const char *
survival_unit_name(enum time_unit unit)
{
    return units[unit].name;
}

double
survival_unit_days(enum time_unit unit)
{
    return units[unit].days;
}

static enum time_unit
find_unit(const char *typed, size_t length)
{
    for (enum time_unit u = UNIT_DAYS; u <= UNIT_YEARS; u++)
        if (length == strlen(units[u].name) && strncmp(typed, units[u].name, length) == 0)
            return u;
    return UNIT_NONE;
}

static enum dyad_status
read_unit(const char *typed, struct survival_choices *c, struct dyad_error *err)
{
    const size_t n = strcspn(typed, ":");

    c->file_unit = find_unit(typed, n);
    c->unit = typed[n] ? find_unit(typed + n + 1, strlen(typed + n + 1)) : c->file_unit;
    if (c->file_unit == UNIT_NONE || c->unit == UNIT_NONE)
        return dyad_fail(err, DYAD_USAGE, "--time-unit: days, weeks, months or years is needed, or two of them: days:months");
    if (c->unit != c->file_unit)
        c->factor = units[c->file_unit].days / units[c->unit].days;
    return DYAD_OK;
}

/* --- choices ------------------------------------------------------------------------------ */

static bool
read_number(const char *typed, double *out)
{
    return number_parse(typed, strlen(typed), '.', out) == NUMBER_GOOD;
}

/* Numbers of a list option. */
static enum dyad_status
read_numbers(const struct options *o, const char *name, bool are_shares, double **out, size_t *n, struct dyad_error *err)
{
    const char *const *typed = option_list(o, name, n);

    *out = calloc(*n + 1, sizeof **out);
    if (*out == NULL)
        return no_memory(err);
    for (size_t i = 0; i < *n; i++)
        if (!read_number(typed[i], &(*out)[i]) || !(are_shares ? (*out)[i] > 0 && (*out)[i] < 1 : (*out)[i] >= 0))
            return dyad_fail(err, DYAD_USAGE, "--%s: numbers %s are needed", name,
                             are_shares ? "between 0 and 1" : "from 0");
    return DYAD_OK;
}

static enum dyad_status
read_quantiles(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    double *quantiles = NULL;
    size_t n = 0;
    enum dyad_status st = read_numbers(o, "quantiles", true, &quantiles, &n, err);

    if (st == DYAD_OK && n > QUANTILES_MAX)
        st = dyad_fail(err, DYAD_USAGE, "--quantiles: at most %d", QUANTILES_MAX);
    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        c->quantiles[c->n_quantiles++] = quantiles[i];
    free(quantiles);
    return st;
}

static enum dyad_status
read_breaks(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    const enum dyad_status st = read_numbers(o, "life-table", false, &c->breaks, &c->n_breaks, err);

    if (st != DYAD_OK)
        return st;
    for (size_t i = 1; i < c->n_breaks; i++)
        if (!(c->breaks[i] > c->breaks[i - 1]))
            return dyad_fail(err, DYAD_USAGE, "--life-table: the times must ascend");
    return DYAD_OK;
}

static enum dyad_status
read_heaps(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    static const double usual[] = { 1, 3, 6, 12, 18, 24 };
    size_t n;
    const char *const *typed = option_list(o, "heaping", &n);
    enum dyad_status st;

    if (n == 1 && strcmp(typed[0], "usual") == 0) {
        if (c->unit != UNIT_NONE && c->unit != UNIT_MONTHS)
            return dyad_fail(err, DYAD_USAGE, "--heaping usual: is for months: name the round %s",
                             survival_unit_name(c->unit));
        c->heaps = malloc(sizeof usual);
        if (c->heaps == NULL)
            return no_memory(err);
        memcpy(c->heaps, usual, sizeof usual);
        c->n_heaps = sizeof usual / sizeof usual[0];
        return DYAD_OK;
    }
    if ((st = read_numbers(o, "heaping", false, &c->heaps, &c->n_heaps, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < c->n_heaps; i++) {
        if (c->heaps[i] != floor(c->heaps[i]))
            return dyad_fail(err, DYAD_USAGE, "--heaping: whole numbers are needed");
        for (size_t k = 0; k < i; k++)
            if (c->heaps[k] == c->heaps[i])
                return dyad_fail(err, DYAD_USAGE, "--heaping: %g twice", c->heaps[i]);
    }
    return DYAD_OK;
}

static enum dyad_status
read_tests(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    const char *test = option_text(o, "fleming-harrington");
    const char *const *typed;
    size_t n;

    typed = option_list(o, "tests", &n);
    c->tests[TEST_LOGRANK] = c->tests[TEST_PETO_PETO] = n == 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (test_names[k] && strcmp(test_names[k], typed[i]) != 0)
            k++;
        if (k == SURVIVAL_TESTS)
            return dyad_fail(err, DYAD_USAGE, "--tests %s: there are logrank, peto-peto, peto-1972, andersen, gehan and "
                                              "tarone-ware",
                             typed[i]);
        c->tests[k] = true;
    }
    if (test == NULL)
        return DYAD_OK;
    const char *comma = strchr(test, ',');
    c->fleming_harrington = comma && number_parse(test, (size_t)(comma - test), '.', &c->rho) == NUMBER_GOOD &&
                            read_number(comma + 1, &c->gamma) && c->rho >= 0 && c->gamma >= 0;
    return c->fleming_harrington
               ? DYAD_OK
               : dyad_fail(err, DYAD_USAGE, "--fleming-harrington: two numbers from 0 are needed: 1,0");
}

static enum dyad_status
read_replicates(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    const char *typed = option_text(o, "bootstrap");
    double n = 200;

    if (typed && (!read_number(typed, &n) || n != floor(n) || !(n == 0 || (n >= 100 && n <= 100000))))
        return dyad_fail(err, DYAD_USAGE, "--bootstrap: a whole number from 100 to 100000 is needed, or 0");
    c->replicates = (size_t)n;
    return DYAD_OK;
}

static enum dyad_status
refuse(const struct options *o, const char *const *names, const char *why, struct dyad_error *err)
{
    for (; *names; names++)
        if (option_given(o, *names))
            return dyad_fail(err, DYAD_USAGE, "--%s: %s", *names, why);
    return DYAD_OK;
}

static enum dyad_status
read_picture(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    static const char *const names[] = { "layout", "axes", "until", "scale" };
    const char *until = option_text(o, "until");
    size_t n, layout = 0, scale = 0;
    const char *const *words = option_list(o, "axes", &n);
    enum dyad_status st;

    c->drawn = option_given(o, "plot") || option_given(o, "plot-data");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (option_given(o, names[i]) && !c->drawn)
            return dyad_fail(err, DYAD_USAGE, "--%s is of the picture: it needs --plot", names[i]);
    if ((st = option_choose(o, "layout", NAMES("curves", "at"), &layout, err)) != DYAD_OK ||
        (st = option_choose(o, "scale", NAMES("percent", "probability"), &scale, err)) != DYAD_OK)
        return st;
    if (n && n != 2)
        return dyad_fail(err, DYAD_USAGE, "--axes: the words of both are needed: TIME,CURVE");
    if (until && (!read_number(until, &c->until) || !(c->until > 0)))
        return dyad_fail(err, DYAD_USAGE, "--until: a time above 0 is needed");
    if (layout && !option_given(o, "at"))
        return dyad_fail(err, DYAD_USAGE, "--layout at: needs the times: --at T,...");
    c->as_rows = layout == 1;
    c->scale = scale ? SCALE_NUMBER : SCALE_PROPORTION;
    for (size_t i = 0; i < n; i++)
        c->words[i] = words[i];
    return c->as_rows ? refuse(o, NAMES("until", "scale"), "not with --layout at", err) : DYAD_OK;
}

/* Options that what was chosen cannot honour. */
static enum dyad_status
refuse_options(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (c->mode == SURVIVAL_INTERVALS)
        st = refuse(o, NAMES("time", "event", "entry", "current-status", "ever", "competing", "stratify", "ci", "tests",
                             "fleming-harrington", "life-table", "heaping"),
                    "not with --interval", err);
    else if (!option_given(o, "time") || !option_given(o, "event"))
        return dyad_fail(err, DYAD_USAGE, "--time COL and --event COL are needed, or --interval LOW,HIGH");
    if (st == DYAD_OK && o->suppression)
        st = refuse(o, NAMES("interval", "current-status", "entry", "weight", "psu", "cluster", "life-table", "heaping"),
                    "not with --suppress, which has no way to keep what it shows of few people from being worked out", err);
    if (st == DYAD_OK && c->mode == SURVIVAL_STATUS)
        st = refuse(o, NAMES("entry", "competing", "stratify", "ci", "tests", "fleming-harrington", "life-table", "heaping"),
                    "not with --current-status", err);
    if (st == DYAD_OK && c->mode != SURVIVAL_STATUS)
        st = refuse(o, NAMES("ever"), "only with --current-status", err);
    if (st == DYAD_OK && c->mode == SURVIVAL_TIMES)
        st = refuse(o, NAMES("bootstrap"), "only with --interval and --current-status", err);
    if (st == DYAD_OK && option_given(o, "weight"))
        st = refuse(o, NAMES("stratify", "tests", "fleming-harrington"),
                    "not with --weight: these tests are of numbers of people; table differences compares restricted means",
                    err);
    if (st == DYAD_OK && option_given(o, "weight"))
        st = refuse(o, NAMES("entry", "life-table", "heaping"), "not with --weight", err);
    const bool by_units = option_given(o, "cluster") || option_given(o, "psu");
    if (st == DYAD_OK && !by_units)
        st = refuse(o, NAMES("design-strata", "fpc"), "of the units of a sample: it needs --psu COL", err);
    if (st == DYAD_OK && by_units)
        st = refuse(o, NAMES("interval", "current-status", "competing", "life-table", "heaping"), "not with --psu or --cluster", err);
    if (st == DYAD_OK && by_units)
        st = refuse(o, NAMES("stratify", "tests", "fleming-harrington"),
                    "not with --psu or --cluster: these tests take records as independent; table differences compares the groups",
                    err);
    if (st == DYAD_OK && !option_given(o, "by"))
        st = refuse(o, NAMES("stratify", "tests", "fleming-harrington"), "there are no groups to compare without --by", err);
    if (st == DYAD_OK && option_given(o, "entry"))
        st = refuse(o, NAMES("life-table"), "not with --entry: life tables are of people seen from the start", err);
    return st;
}

static enum dyad_status
read_choices(const struct options *o, struct survival_choices *c, struct dyad_error *err)
{
    const char *ci = option_text(o, "ci"), *tau = option_text(o, "tau"), *unit = option_text(o, "time-unit");
    enum dyad_status st;

    *c = (struct survival_choices){ .method = { LIMITS_LOG_LOG, o->level, option_given(o, "weight"), 0 }, .tau = NAN, .factor = 1 };
    c->mode = option_given(o, "interval")         ? SURVIVAL_INTERVALS
              : option_given(o, "current-status") ? SURVIVAL_STATUS
                                                  : SURVIVAL_TIMES;
    size_t n;
    (void)option_list(o, "competing", &n);
    if (n >= CAUSES_MAX)
        return dyad_fail(err, DYAD_USAGE, "--competing: at most %d", CAUSES_MAX - 1);
    if (ci && !survival_limits_find(ci, &c->method.limits))
        return dyad_fail(err, DYAD_USAGE, "--ci %s: there are log-log, log, plain, logit and arcsin", ci);
    if (tau && (!read_number(tau, &c->tau) || !(c->tau > 0)))
        return dyad_fail(err, DYAD_USAGE, "--tau: a time above 0 is needed");
    if ((unit && (st = read_unit(unit, c, err)) != DYAD_OK) || (st = refuse_options(o, c, err)) != DYAD_OK ||
        (st = read_replicates(o, c, err)) != DYAD_OK || (st = read_tests(o, c, err)) != DYAD_OK || (st = read_breaks(o, c, err)) != DYAD_OK ||
        (st = read_heaps(o, c, err)) != DYAD_OK || (st = read_quantiles(o, c, err)) != DYAD_OK ||
        (st = read_picture(o, c, err)) != DYAD_OK)
        return st;
    return read_numbers(o, "at", false, &c->at, &c->n_at, err);
}

/* --- the run ------------------------------------------------------------------------------ */

static enum dyad_status
read_design(struct survival_job *j, struct dyad_error *err)
{
    enum dyad_status st;

    if (!option_given(j->o, "cluster") && !option_given(j->o, "psu"))
        return DYAD_OK;
    j->cluster.wanted = true;
    if ((st = survey_read(j->o, &j->cluster.survey, err)) == DYAD_OK)
        j->how.method.df = survey_degrees(&j->cluster.survey.design);
    return st;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct survival_job j = { .o = o, .r = &out->result, .n_causes = 1 };
    enum dyad_status st;

    if ((st = read_choices(o, &j.how, err)) == DYAD_OK && (st = read_design(&j, err)) == DYAD_OK &&
        (st = analysis_open(o, &j.cohort, err)) == DYAD_OK && (st = survival_read(&j, err)) == DYAD_OK && (st = survival_report(&j, err)) == DYAD_OK) {
        st = survival_tell(&j);
        analysis_report(j.cohort, o, j.n_used, &out->result);
        if (st != DYAD_OK || (st = result_status(&out->result)) != DYAD_OK)
            no_memory(err);
        else if ((st = survival_suppress(&j, err)) == DYAD_OK && j.how.drawn)
            st = survival_draw(&j, out, err);
    }
    survival_release(&j);
    return st;
}

const struct command survival_command = {
    .name = "survival",
    .usage = "dyad survival [OPTIONS] COHORT... --time COL --event COL [--by COL,...]\n"
             "       dyad survival [OPTIONS] COHORT... --interval LOW,HIGH [--by COL,...]",
    .summary = "duration: Kaplan-Meier curves, medians, tests, life tables",
    .about = "How long until an event, of records some of which were only observed for a while (event no: censored then). Each "
             "group of --by has its curve, and the tests compare the groups. Who leaves at a time is at risk at it; events "
             "come before censorings. A time of 0 is a time like any other: at risk and gone at 0; negative times are "
             "refused, and so is an entry that is not before its time. Times within 1.5e-8 of each other are a tie.\n"
             "\n"
             "The median is the first time at which the curve is at or below one half; where it is exactly one half for a "
             "while, the middle of that step, as R prints it; what is not reached is empty. rmean is the mean time without "
             "the event until tau, rmean_se its standard error.\n"
             "\n"
             "Tests: logrank; peto-peto, which weighs each time by the share of all without the event just before it (R's "
             "survdiff with rho = 1; G(1, 0) of Fleming and Harrington); and trend, the log-rank test for a trend over three "
             "groups or more whose --by values are numbers or have an --order. --tests has more: peto-1972 weighs by the "
             "product of 1 - d/(n+1) (Peto and Peto as they wrote it), andersen by that times n/(n+1), gehan by n, "
             "tarone-ware by the root of n.\n"
             "\n"
             "With --competing the events of other kinds end observation, too: table incidence has the cumulative incidence "
             "of each kind (Aalen-Johansen), and tests has Gray's test of each; curve, median, rmean and the other tests "
             "are of the time to the first event of any kind.\n"
             "\n"
             "--interval is Turnbull's estimate: the shares of the pieces of time in which the events may lie. Within a piece "
             "nobody knows more: a straight line stands for it. --current-status is the likeliest curve that never rises, and "
             "beside it the median and mean of the Demographic and Health Surveys (table dhs), whose ages are in months: "
             "those of another --time-unit are changed.\n"
             "\n"
             "--plot draws the curves of the --by groups (at most 8) with bands, small ticks where somebody was censored, dotted "
             "lines to the medians and the numbers at risk; with --competing the cumulative incidences, each kind of event in a "
             "panel of its own if there are groups. --layout at draws the estimates at the times of --at with their limits.\n"
             "\n"
             "--cluster, or --psu, is for records that belong together, as in a cluster trial or a survey, whose units may have "
             "been drawn within --design-strata and from a population of --fpc: standard errors, limits and differences are by "
             "the infinitesimal jackknife of whole units, with t of units minus strata degrees of freedom. --weight alone has "
             "the jackknife of records with normal quantiles, as R's survfit has it.\n"
             "\n"
             "Tables: summary (the --by columns, n, events, median, median_low, median_high, rmean, rmean_se, rmean_low, "
             "rmean_high, tau), curve (time, n_risk, n_event, n_censor, estimate, std_error, conf_low, conf_high; std_error "
             "is of the survival probability), tests (test, statistic, df, p_value; with --competing cause), differences (of "
             "restricted means and, with --at, of the curves, between each group and the first), and flow; with --at the "
             "table at, with --quantiles quantiles, with --life-table life_table, with --heaping heaping and heaping_all, "
             "with --competing incidence and, with --at, incidence_at. With --interval curve has the pieces (begin, time, "
             "mass, estimate: the share without the event after time); with --current-status it has time, n, events, "
             "observed and estimate, and there are dhs and dhs_shares.",
    .examples = "    dyad survival cohort.csv --time weeks --event weaned --by support \\\n"
                "            --plot curves.svg\n"
                "        how long, by kind of support, with medians and the log-rank test\n"
                "    dyad survival cohort.csv --time weeks --event weaned --at 4,13,26 --tau 26\n"
                "        still breastfed at 4, 13 and 26 weeks, and the mean within 26 weeks\n"
                "    dyad survival cohort.csv --current-status --time age_months --event weaned\n"
                "        of children seen once: their ages, and who was weaned by then\n"
                "    dyad survival cohort.csv --time weeks --event weaned --by support \\\n"
                "            --cluster site --at 13,26 --layout at --plot at.svg\n"
                "        a cluster trial: still breastfed at 13 and 26 weeks, errors by site\n",
    .shared = SHARED_LEVEL | SHARED_FREQ | SHARED_SURVEY | SHARED_SUPPRESS | SHARED_COHORT | SHARED_PEOPLE | SHARED_PLOT | SHARED_OUTPUT,
    .options = known,
    .run = run,
};
