#include "meta_studies.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* As printed, with half a unit of the last digit of each. */
struct printed {
    double value, low, high, std_error, variance;
    double half[3];
};

static double
half_unit(const struct reading *job, const struct study *s, enum meta_role role)
{
    const char *text = reading_text(job, s, job->studies->columns.factors[role]);
    const char *point = strchr(text, job->decimal ? job->decimal : '.');

    return strpbrk(text, "eE") ? 0 : 0.5 * pow(10, point ? -(double)strlen(point + 1) : 0);
}

static void
read_printed(struct reading *job, const struct study *s, struct printed *p)
{
    static const enum meta_role roles[] = { ROLE_ESTIMATE, ROLE_CONF_LOW, ROLE_CONF_HIGH };
    double *const values[] = { &p->value, &p->low, &p->high };

    for (size_t i = 0; i < 3; i++) {
        *values[i] = reading_number(job, s, roles[i]);
        p->half[i] = reading_has(job, s, roles[i]) ? half_unit(job, s, roles[i]) : 0;
    }
    p->std_error = reading_number(job, s, ROLE_STD_ERROR);
    p->variance = reading_number(job, s, ROLE_VARIANCE);
}

static enum effect_reading
reading_of(const struct reading *job)
{
    return meta_measure_is_ratio(job->choices->measure) && !job->choices->log_scale ? READ_AS_RATIO : READ_AS_IT_STANDS;
}

/* What can be no estimate, limit or error is refused. */
static bool
check_printed(struct reading *job, const struct study *s, const struct printed *p)
{
    char *const *names = job->studies->columns.names;
    const size_t before = job->n_complaints;
    const bool ratio = reading_of(job) == READ_AS_RATIO;

    if (ratio && p->value <= 0)
        reading_complain(job, s->place, names[ROLE_ESTIMATE], "holds no ratio: it must be above 0; logs need --log-scale");
    else if (ratio && p->low <= 0)
        reading_complain(job, s->place, names[ROLE_CONF_LOW],
                 "holds no limit of a ratio: it must be above 0; logs need --log-scale");
    else if (p->low >= p->high)
        reading_complain(job, s->place, names[ROLE_CONF_LOW], "holds a lower limit that is not below the upper one");
    else if (p->low > p->value || p->high < p->value)
        reading_complain(job, s->place, names[ROLE_ESTIMATE], "holds an estimate outside its limits");
    if (p->std_error <= 0)
        reading_complain(job, s->place, names[ROLE_STD_ERROR], "holds a standard error that is not above 0");
    if (p->variance <= 0)
        reading_complain(job, s->place, names[ROLE_VARIANCE], "holds a variance that is not above 0");
    return job->n_complaints == before;
}

static void note_study(struct reading *job, const struct study *s, const char *fmt, ...) DYAD_PRINTF(3, 4);

static void
note_study(struct reading *job, const struct study *s, const char *fmt, ...)
{
    struct text t = TEXT_INIT;
    const char *path;
    uint64_t line;
    va_list args;

    va_start(args, fmt);
    text_vprintf(&t, fmt, args);
    va_end(args);
    reader_place(cohort_reader(job->studies->cohort), s->place, &path, &line);
    result_note(job->r, "%s (%s:%" PRIu64 "): %s", s->name, path, line, t.failed ? "" : t.at);
    job->r->failed = job->r->failed || t.failed;
    text_release(&t);
}

static bool
near(double a, double b, double share)
{
    return fabs(a - b) <= share * fabs(b);
}

/* Could rounding alone have moved the estimate so far from the middle of its limits? */
static void
check_symmetry(struct reading *job, const struct study *s, const struct printed *p)
{
    const enum effect_reading how = reading_of(job);
    const double off = fabs(effect_asymmetry(p->value, p->low, p->high, how));
    const double width = how == READ_AS_RATIO ? log(p->high / p->low) / 2 : (p->high - p->low) / 2;
    double rounding = 0;

    for (size_t i = 0; i < 3; i++)
        rounding += (i == 0 ? 1 : 0.5) * p->half[i] /
                    (how == READ_AS_RATIO ? (i == 0 ? p->value : i == 1 ? p->low : p->high) : 1);
    if (off > rounding / width + 0.02)
        note_study(job, s, "its limits do not lie evenly about its estimate%s (%.0f%% of half the interval off the middle), "
                           "more than rounding explains: a misprint, or an interval of another kind; the variance is taken "
                           "from the limits", how == READ_AS_RATIO ? " on the log scale" : "", 100 * off);
}

/* Two statements of one error that contradict each other. */
static void
check_errors(struct reading *job, const struct study *s, const struct printed *p, double from_limits)
{
    const double error = !isnan(p->std_error) ? p->std_error : sqrt(p->variance);

    if (isnan(error) || isnan(from_limits) || near(error, from_limits, 0.1))
        return;
    if (!isnan(p->std_error) && near(p->std_error, from_limits * from_limits, 0.1))
        note_study(job, s, "its std_error looks like a variance: the limits give a standard error of %.3g", from_limits);
    else if (!isnan(p->variance) && near(p->variance, from_limits, 0.1))
        note_study(job, s, "its variance looks like a standard error: the limits give a standard error of %.3g",
                   from_limits);
    else
        note_study(job, s, "its limits and its standard error contradict each other (the limits give %.3g); the standard "
                           "error is used", from_limits);
}

/* The square of an error may be beyond a double though the error is not. */
static bool
check_size(struct reading *job, const struct study *s, enum dyad_status st)
{
    static const enum meta_role roles[] = { [ERROR_NONE] = ROLE_ESTIMATE, [ERROR_STD_ERROR] = ROLE_STD_ERROR,
                                            [ERROR_VARIANCE] = ROLE_VARIANCE, [ERROR_LIMITS] = ROLE_CONF_LOW };
    char *const *names = job->studies->columns.names;
    const size_t before = job->n_complaints;

    if (st != DYAD_OK || !(s->given.v >= 1e-60 && s->given.v <= 1e60))
        reading_complain(job, s->place, names[roles[s->error_from]],
                 "holds an error too large or too small to be pooled: a standard error from 1e-30 to 1e30 is needed");
    else if (!(fabs(s->given.y) <= 1e60))
        reading_complain(job, s->place, names[ROLE_ESTIMATE], "holds an estimate too large to be pooled: up to 1e60 is possible");
    return job->n_complaints == before;
}

/* The effect out of the estimate: with its standard error, else its variance, else its limits. */
void
meta_estimate_read(struct reading *job, struct study *s)
{
    const enum effect_reading how = reading_of(job);
    struct effect of_limits;
    struct printed p;
    enum dyad_status st = DYAD_DOMAIN;

    read_printed(job, s, &p);
    if (!check_printed(job, s, &p))
        return;
    s->printed = p.value;
    const bool limits = effect_from_limits(p.value, p.low, p.high, job->choices->limits_level, how, &of_limits) == DYAD_OK;
    s->has_limits = limits;
    s->error_from = !isnan(p.std_error)                    ? ERROR_STD_ERROR
                    : !isnan(p.variance)                   ? ERROR_VARIANCE
                    : !isnan(p.low) && !isnan(p.high) ? ERROR_LIMITS
                                                           : ERROR_NONE;
    if (s->error_from == ERROR_STD_ERROR)
        st = effect_from_std_error(p.value, p.std_error, how, &s->given);
    else if (s->error_from == ERROR_VARIANCE)
        st = effect_from_variance(p.value, p.variance, how, &s->given);
    else if (limits) {
        s->given = of_limits;
        st = DYAD_OK;
    }
    if (s->evidence == STUDY_NOTHING && !isnan(p.value) && s->error_from != ERROR_NONE && !check_size(job, s, st))
        return;
    if (limits && s->evidence == STUDY_NOTHING) {
        check_symmetry(job, s, &p);
        check_errors(job, s, &p, sqrt(of_limits.v));
    }
    if (s->evidence == STUDY_NOTHING && st == DYAD_OK)
        s->evidence = STUDY_ESTIMATE;
}

/* --- an estimate beside counts ------------------------------------------------------------ */

/* Is what was printed, of the digits it has, this number? */
static bool
is_printed(double printed, double number, double half)
{
    return fabs(printed - number) <= half * (1 + 1e-9);
}

static void
compare_estimate(struct reading *job, const struct study *s)
{
    const enum meta_measure m = job->choices->measure;
    const bool ratio = meta_measure_is_ratio(m);
    struct effect e;

    if (s->evidence != STUDY_TABLE || isnan(s->printed) ||
        effect_of_table(&s->counts, meta_table_effect(m), &e) != DYAD_OK)
        return;
    const double half = half_unit(job, s, ROLE_ESTIMATE), printed = s->printed;
    const bool logs = ratio && job->choices->log_scale;
    const double computed = ratio && !logs ? exp(e.y) : e.y, turned = ratio && !logs ? exp(-e.y) : -e.y;
    if (is_printed(printed, computed, half))
        return;
    if (is_printed(printed, turned, half) || (near(printed, turned, 0.02) && !near(printed, computed, 0.02)))
        note_study(job, s, "its arms look swapped: the estimate beside its counts is what they give turned round; the "
                           "counts are used as they are, and give %.3g", computed);
    else
        note_study(job, s, "its estimate is not what its counts give, %.3g (adjusted, of another measure, or a misprint?); "
                           "the counts are used", computed);
}

/* Where counts, an estimate and its error stand together, the error can be judged too. */
static void
compare_error(struct reading *job, const struct study *s)
{
    struct effect e;
    struct printed p;

    if (s->evidence != STUDY_TABLE ||
        effect_of_table(&s->counts, meta_table_effect(job->choices->measure), &e) != DYAD_OK)
        return;
    read_printed(job, s, &p);
    const double error = sqrt(e.v);
    if (!isnan(p.std_error) && near(p.std_error, e.v, 0.05) && !near(p.std_error, error, 0.05))
        note_study(job, s, "its std_error looks like a variance: the counts give a standard error of %.3g", error);
    if (!isnan(p.variance) && near(p.variance, error, 0.05) && !near(p.variance, e.v, 0.05))
        note_study(job, s, "its variance looks like a standard error: the counts give a variance of %.3g", e.v);
}

void
meta_estimate_compare(struct reading *job, const struct study *s)
{
    compare_estimate(job, s);
    compare_error(job, s);
}
