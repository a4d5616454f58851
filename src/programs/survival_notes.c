/* dyad survival: the conventions that the numbers rest on. */
#include "survival.h"

#include "suppression.h"

#include "dyad/output/numeral.h"

#include <inttypes.h>
#include <math.h>

static void
note_times(struct survival_job *j)
{
    const char *unit = survival_unit_name(j->how.unit), *file = survival_unit_name(j->how.file_unit);
    struct suppression *s = j->o->suppression;
    const size_t zero = s ? disclosure_count(suppression_counts(s), j->n_zero) : 0;

    if (unit && j->how.unit == j->how.file_unit)
        result_note(j->r, "Times are in %s.", unit);
    else if (unit)
        result_note(j->r, "Times are in %s: the file's %s by %.10g (a month is 30.4375 days, a year 365.25).", unit, file,
                    j->how.factor);
    if (j->n_zero)
        suppression_note(s, j->r, &zero, s != NULL, "Records with a time of 0 are at risk at 0, and gone then.",
                         "%" PRId64 " record%s a time of 0: at risk at 0, and gone then.", j->n_zero,
                         j->n_zero == 1 ? " has" : "s have");
}

/* Which groups' curves end above 0 before tau. */
static bool
tau_is_late(const struct survival_job *j, double tau)
{
    for (size_t g = 0; g < j->n_groups; g++) {
        const struct survival_table *t = &j->groups[g].tables[0];
        if (t->rows[t->n - 1].time < tau && j->groups[g].curve[t->n - 1].value > 0)
            return true;
    }
    return false;
}

static bool
at_is_late(const struct survival_job *j)
{
    for (size_t g = 0; g < j->n_groups; g++) {
        const struct survival_table *t = &j->groups[g].tables[0];
        for (size_t i = 0; i < j->how.n_at; i++)
            if (j->how.at[i] > t->rows[t->n - 1].time)
                return true;
    }
    return false;
}

static void
note_curves(struct survival_job *j, double tau)
{
    const bool weighted = survival_has_weights(j);

    result_note(j->r, "Kaplan-Meier; the event is %s; limits: %s, level %g%%%s.%s", j->event.label,
                survival_limits_name(j->how.method.limits), 100 * j->how.method.level,
                survival_is_robust(j) ? ", with robust standard errors" : "",
                j->n_causes > 1 ? " Of the time to the first event of any kind are the table curve, medians, means and all "
                                  "tests but Gray's." : "");
    if (weighted)
        result_note(j->r, "Each record weighs as %s says (--weight); n, events and the counts of the curve are records. The "
                          "standard errors are robust (infinitesimal jackknife)%s. No log-rank tests: they are of numbers of "
                          "people, not of weights.",
                    j->weight.name, j->cluster.wanted ? "" : ", each record drawn by itself");
    if (j->cluster.wanted) {
        survey_notes(&j->cluster.survey, j->r);
        result_note(j->r, "What each unit adds to an estimate is its infinitesimal jackknife, as in R's survfit with cluster. No "
                          "log-rank tests: they take records as independent; dyad model --family cox --psu compares hazards.");
    }
    result_note(j->r, "Events at a time come before censorings at it. The median is the first time at which the curve is at "
                      "or below one half, the middle of a step that is exactly there; empty: not reached.");
    result_note(j->r, "rmean is the mean time without the event within tau = %g%s.%s", tau,
                isnan(j->how.tau) ? ", the largest time that every group reaches" : "",
                tau_is_late(j, tau) ? " Empty where the last time is earlier and some have not had the event." : "");
    if (at_is_late(j))
        result_note(j->r, "Chosen times beyond the last time of a group are empty.");
    if (j->entry.wanted)
        result_note(j->r, "Late entry: at risk only after %s, and until %s.", j->entry.name, j->time.name);
}

static void
note_tests(struct survival_job *j)
{
    const struct survival_choices *how = &j->how;

    if (j->n_groups < 2 || j->n_groups > TESTED_GROUPS_MAX || survival_is_robust(j))
        return;
    result_note(j->r, "Tests compare the groups%s.%s%s%s", j->n_strata ? " within strata" : "",
                how->tests[TEST_PETO_PETO] ? " peto-peto weighs each time by the share of all without the event just before "
                                             "it, as R's survdiff with rho = 1." : "",
                how->tests[TEST_PETO_1972] ? " peto-1972 weighs by the product of 1 - d/(n+1)." : "",
                how->tests[TEST_ANDERSEN] ? " andersen weighs by the product of 1 - d/(n+1), times n/(n+1)." : "");
    if (how->fleming_harrington)
        result_note(j->r, "fleming-harrington weighs by S^%g (1 - S)^%g, S the share of all without the event just before.",
                    how->rho, how->gamma);
    if (j->n_causes > 1)
        result_note(j->r, j->entry.wanted ? "Gray's test is not made with late entry."
                                          : "gray is Gray's test of the incidence of each kind of event.");
}

/* All that were left out, and those without each value, for --suppress; how many counts. */
static size_t
tell_missing(struct survival_job *j, const char *const *names, size_t *counts)
{
    struct disclosure *d = suppression_counts(j->o->suppression);
    size_t n = 0;

    if (d == NULL)
        return 0;
    const char *needed[CROSSTAB_FACTORS];
    int64_t without[CROSSTAB_FACTORS];
    size_t n_needed = 0;
    for (size_t i = 0; i < CROSSTAB_FACTORS; i++)
        if (names[i]) {
            without[n_needed] = j->missing_at[i];
            needed[n_needed++] = names[i];
        }
    const size_t all_left_out = disclosure_count(d, j->n_missing);
    counts[n++] = suppression_name(j->o->suppression, "left out",
                                   suppression_left_out(j->o->suppression, needed, without, n_needed, all_left_out));
    for (size_t i = 0; i < CROSSTAB_FACTORS; i++) {
        if (names[i] == NULL || j->missing_at[i] == 0)
            continue;
        const size_t all = disclosure_sum(d);
        counts[n] = suppression_left_out(j->o->suppression, &names[i], &j->missing_at[i], 1,
                                         disclosure_count(d, j->missing_at[i]));
        disclosure_part(d, all, counts[n++], 1);
        disclosure_part(d, all, disclosure_count(d, j->n_missing - j->missing_at[i]), 1);
        disclosure_same(d, all, counts[0]);
    }
    return n;
}

void
survival_needed(const struct survival_job *j, const char *names[CROSSTAB_FACTORS])
{
    size_t place = 0;

    for (size_t i = 0; i < CROSSTAB_FACTORS; i++)
        names[i] = NULL;
    for (size_t i = 0; i < j->by.n; i++)
        names[place++] = j->by.names[i];
    for (size_t i = 0; i < j->strata.n; i++)
        names[place++] = j->strata.names[i];
    if (j->time.wanted) {
        names[j->time.place] = j->time.name;
        names[j->event_place] = j->event.column;
    }
    if (j->entry.wanted)
        names[j->entry.place] = j->entry.name;
    for (size_t i = 0; i + 1 < j->n_causes; i++)
        if (j->competing[i].factor != j->event.factor && (i == 0 || j->competing[i].factor != j->competing[i - 1].factor))
            names[j->competing_places[i]] = j->competing[i].column;
    if (j->weight.wanted)
        names[j->weight.place] = j->weight.name;
    for (size_t role = SURVEY_PSU; j->cluster.wanted && role < SURVEY_ROLES; role++)
        if (survey_column(&j->cluster.survey, (enum survey_role)role))
            names[j->cluster.places[role]] = survey_column(&j->cluster.survey, (enum survey_role)role);
}

/* "Left out: 9 records: 5 without weeks, 6 without weaned." Those of one reason: "5 records without weeks." */
static void
note_missing(struct survival_job *j)
{
    struct text words = TEXT_INIT;
    size_t kinds = 0, counts[CROSSTAB_FACTORS + 1];
    const char *names[CROSSTAB_FACTORS];

    survival_needed(j, names);
    for (size_t i = 0; i < CROSSTAB_FACTORS; i++)
        kinds += names[i] && j->missing_at[i];
    for (size_t i = 0; i < CROSSTAB_FACTORS; i++)
        if (names[i] && j->missing_at[i] && kinds > 1)
            text_printf(&words, "%s%" PRId64 " without %s", words.length ? ", " : ": ", j->missing_at[i], names[i]);
        else if (names[i] && j->missing_at[i])
            text_printf(&words, " without %s", names[i]);
    if (j->n_missing)
        suppression_note(j->o->suppression, j->r, counts, tell_missing(j, names, counts),
                         "Left out: records for want of a value that is needed; how many is suppressed.",
                         "Left out: %" PRId64 " record%s%s.", j->n_missing, plural(j->n_missing),
                         words.failed || words.at == NULL ? "" : words.at);
    if (j->n_uninformative)
        result_note(j->r, "Left out: %" PRId64 " record%s with neither end of the interval.", j->n_uninformative,
                    plural(j->n_uninformative));
    if (j->n_weightless)
        result_note(j->r, "Left out: %" PRId64 " record%s of weight 0.", j->n_weightless, plural(j->n_weightless));
    j->r->failed = j->r->failed || words.failed;
    text_release(&words);
}

void
survival_notes(struct survival_job *j, double tau)
{
    if (j->how.mode == SURVIVAL_TIMES) {
        note_curves(j, tau);
        note_tests(j);
        if (j->n_causes > 1)
            result_note(j->r, "Competing events: cumulative incidence by Aalen and Johansen, its errors by %s.",
                        j->entry.wanted ? "the counting processes" : "the infinitesimal jackknife");
    } else if (survival_has_weights(j)) {
        result_note(j->r, "Each record weighs as %s says (--weight); n, events and other counts are records.", j->weight.name);
    }
    note_times(j);
    note_missing(j);
    if (j->coarse)
        result_note(j->r, "Times are put together (--suppress): each stands for all times since the one before it in any group, so "
                          "that at each time of a curve nobody or at least %" PRId64 " have the event, and as many are censored. "
                          "Where in between a median lies is not known: medians, means and chosen times that are none of these "
                          "are left empty.",
                    suppression_threshold(j->o->suppression));
}
