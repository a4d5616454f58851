/* dyad survival: medians and means of current status as in the Demographic and Health Surveys. */
#include "survival.h"

#include <math.h>

enum { MONTHS = 2 * DHS_GROUPS, RULES = 2, PREVALENCE = 4 };

static const struct {
    enum dhs_ages ages;
    const char *name;
} rules[RULES] = { { DHS_MONTH_DIFFERENCE, "month difference (to phase 6)" },
                   { DHS_COMPLETED_MONTHS, "completed months (from phase 7)" } };

/* Children by groups of two months: weights, and numbers of people. */
struct children {
    double n[DHS_GROUPS], still[DHS_GROUPS], records[DHS_GROUPS], records_still[DHS_GROUPS];
    double all, all_still, all_records, ever, ever_known;
};

static struct children
count(const struct survival_job *j, const struct survival_seen *seen, size_t n, const double *records)
{
    const double months = j->how.unit == UNIT_NONE ? 1 : survival_unit_days(j->how.unit) / survival_unit_days(UNIT_MONTHS);
    struct children c = { .all = 0 };

    for (size_t i = 0; i < n; i++) {
        const double age = seen[i].low * months, people = records ? records[i] : seen[i].records;
        const double weight = people * seen[i].weight, still = seen[i].high > 0 ? 0 : 1;
        if (!(age < MONTHS))
            continue;
        const size_t k = (size_t)(age / 2);
        c.n[k] += weight;
        c.still[k] += still * weight;
        c.records[k] += people;
        c.records_still[k] += still * people;
        c.all += weight;
        c.all_still += still * weight;
        c.all_records += people;
        c.ever += seen[i].ever == 1 ? weight : 0;
        c.ever_known += seen[i].ever >= 0 ? weight : 0;
    }
    return c;
}

void
dhs_find(const struct survival_job *j, const struct survival_seen *seen, size_t n, const double *records,
         struct dhs_results *out)
{
    const struct children c = count(j, seen, n, records);

    *out = (struct dhs_results){ .n = c.all_records, .ever = c.ever_known > 0 ? c.ever / c.ever_known : NAN };
    for (size_t i = 0; i < RULES; i++) {
        struct dhs_duration d;
        const bool found = dhs_duration(c.n, c.still, rules[i].ages, out->ever, &d) == DYAD_OK;
        out->at[2 * i] = found ? d.median : NAN;
        out->at[2 * i + 1] = found ? d.mean : NAN;
    }
    out->at[PREVALENCE] = dhs_prevalence_mean(c.all_still, c.all, MONTHS);
}

static void
set_number(struct table *t, const char *const names[3], const struct estimate *e)
{
    table_set_number(t, names[0], e->value);
    table_set_number(t, names[1], e->lower);
    table_set_number(t, names[2], e->upper);
}

static void
result_rows(struct survival_job *j, struct table *t, const struct survival_group *g, const struct estimate *e)
{
    struct dhs_results found;

    dhs_find(j, g->seen, g->n_seen, NULL, &found);
    for (size_t i = 0; i < RULES; i++) {
        survival_row(j, t, g, SCALE_NUMBER);
        table_set_text(t, "ages", rules[i].name);
        table_set_count(t, "n", (int64_t)found.n);
        table_set_number(t, "ever", found.ever);
        set_number(t, NAMES("median", "median_low", "median_high"), &e[2 * i]);
        set_number(t, NAMES("mean", "mean_low", "mean_high"), &e[2 * i + 1]);
        set_number(t, NAMES("prevalence_mean", "prevalence_mean_low", "prevalence_mean_high"), &e[PREVALENCE]);
    }
}

static void
share_rows(struct survival_job *j, struct table *t, const struct survival_group *g, double *below_36, bool *incomplete)
{
    const struct children c = count(j, g->seen, g->n_seen, NULL);
    struct dhs_duration d;
    const bool known = dhs_duration(c.n, c.still, DHS_COMPLETED_MONTHS, 1, &d) == DYAD_OK;

    *below_36 += c.all_records;
    *incomplete = *incomplete || !known;
    for (size_t k = 0; k < DHS_GROUPS; k++) {
        survival_row(j, t, g, SCALE_PROPORTION);
        table_set_number(t, "from_month", 2 * (double)k);
        table_set_number(t, "to_month", 2 * (double)k + 1);
        table_set_count(t, "n", (int64_t)c.records[k]);
        table_set_count(t, "still", (int64_t)c.records_still[k]);
        table_set_number(t, "observed", c.n[k] > 0 ? c.still[k] / c.n[k] : NAN);
        if (known)
            table_set_number(t, "estimate", d.share[k]);
    }
}

static void
notes(struct survival_job *j, double below_36, bool incomplete)
{
    const double above = (double)j->n_used - below_36;

    result_note(j->r, "Table dhs: as the Demographic and Health Surveys have it, from children of 0 to 35 months (n) by two "
                      "months, numerators and denominators smoothed over three of these (table dhs_shares). The median is by "
                      "a straight line to the first share below one half%s; empty: above 35. The mean is truncated at 36 "
                      "months; prevalence_mean is the number still breastfed by that of births a month.",
                j->has_ever ? ", before the first group from the share ever breastfed" : "; at birth all are breastfed");
    result_note(j->r, "Ages are taken as %s for table dhs; they stand in the middle of the two months: 1, 3, 5 ... where they "
                      "are completed months (phase 7 and later); 0.75, 2.5, 4.5 ... where they are the month of interview "
                      "minus that of birth (to phase 6).",
                j->how.unit == UNIT_NONE     ? "months (see --time-unit)"
                : j->how.unit == UNIT_MONTHS ? "months"
                                             : "months of 30.4375 days");
    if (above > 0)
        result_note(j->r, "Table dhs leaves out %.0f record%s of 36 months or more.", above, plural((int64_t)above));
    if (incomplete)
        result_note(j->r, "Table dhs: no median and mean where some ages below 36 months have no children.");
}

void
dhs_tables(struct survival_job *j, const struct estimate *estimates)
{
    struct table *t = survival_open(j, "dhs"), *shares = survival_open(j, "dhs_shares");
    bool incomplete = false;
    double below_36 = 0;

    table_column(t, "ages", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    survival_numbers(t, NAMES("ever", "median", "median_low", "median_high", "mean", "mean_low", "mean_high",
                              "prevalence_mean", "prevalence_mean_low", "prevalence_mean_high"));
    survival_numbers(shares, NAMES("from_month", "to_month"));
    table_column(shares, "n", COLUMN_COUNT);
    table_column(shares, "still", COLUMN_COUNT);
    survival_numbers(shares, NAMES("observed"));
    table_column(shares, "estimate", COLUMN_ESTIMATE);
    for (size_t k = 0; k < j->n_groups; k++) {
        result_rows(j, t, &j->groups[k], estimates + k * DHS_RESULTS);
        share_rows(j, shares, &j->groups[k], &below_36, &incomplete);
    }
    notes(j, below_36, incomplete);
}
