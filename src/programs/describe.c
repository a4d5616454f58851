/* dyad describe: who the people of each group are, and how far the groups are apart. */
#include "dyad/core/result.h"
#include "dyad/data/crosstab.h"
#include "dyad/stats/distribution.h"
#include "dyad/stats/standardized_difference.h"

#include "analysis.h"
#include "commands.h"
#include "labels.h"
#include "options.h"
#include "suppression.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column of numbers with more values than this is summed up by its mean; one of words may not have more. */
enum { NUMBERS_MANY = 10, CATEGORY_MOST = 200 };

static const struct option_spec known[] = {
    { "columns", OPTION_LIST, "COL,...", "the characteristics, in the order of the table" },
    { "exposure", OPTION_TEXT, "COL", "the groups beside each other; without it all together" },
    { "reference", OPTION_TEXT, "LEVEL", "the group that the others differ from; default the first by --order, else 0, no, "
                                         "false or the least number" },
    { "numbers", OPTION_LIST, "COL,...", "of the columns: given as mean and quartiles (default: as the codebook says, without "
                                         "one numbers with more than 10 values)" },
    { "categories", OPTION_LIST, "COL,...", "of the columns: given as the share of each value (default: all others)" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* One characteristic: how many of each group have each value. */
struct characteristic {
    const char *name;
    size_t factor;
    bool is_number;
    double *counts;  /* of value i (0: missing) in group g at [i * n_groups + g]; group 0: all */
    size_t n_values;
    size_t *told;    /* the same counts as --suppress knows them; group 0: no group */
    struct counted_value *sorted; /* room for the values of one group; only of a number */
};

struct job {
    const struct options *o;
    struct cohort *cohort;
    struct exposure exposure;
    bool has_exposure;
    struct characteristic *of;
    size_t n;
    struct crosstab_spec *specs;
    size_t n_groups; /* with that of all, which stands first */
    size_t reference;
    struct table *table, *balance;
};

/* --- what is asked for -------------------------------------------------------------------- */

static bool
is_in(const struct options *o, const char *option, const char *name)
{
    size_t n;
    const char *const *list = option_list(o, option, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static enum dyad_status
check_options(const struct options *o, struct dyad_error *err)
{
    static const char *const subsets[] = { "numbers", "categories" };
    size_t n, m;
    const char *const *columns = option_list(o, "columns", &n);

    if (n == 0)
        return dyad_fail(err, DYAD_USAGE, "no --columns: name the characteristics");
    if (option_given(o, "reference") && !option_given(o, "exposure"))
        return dyad_fail(err, DYAD_USAGE, "--reference is a level of --exposure, which is not given");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(columns[i], columns[k]) == 0)
                return dyad_fail(err, DYAD_USAGE, "--columns: '%s' twice", columns[i]);
    for (size_t s = 0; s < 2; s++) {
        const char *const *list = option_list(o, subsets[s], &m);
        for (size_t i = 0; i < m; i++)
            if (!is_in(o, "columns", list[i]) || is_in(o, subsets[!s], list[i]))
                return dyad_fail(err, DYAD_USAGE, "--%s: '%s' %s", subsets[s], list[i],
                                 is_in(o, "columns", list[i]) ? "cannot be both, a number and a category"
                                                              : "is none of --columns");
    }
    return DYAD_OK;
}

static enum dyad_status
request(struct job *j, struct dyad_error *err)
{
    const char *exposure = option_text(j->o, "exposure");
    const char *const *columns = option_list(j->o, "columns", &j->n);
    enum dyad_status st = DYAD_OK;

    j->of = calloc(j->n, sizeof *j->of);
    j->specs = calloc(j->n, sizeof *j->specs);
    if (j->of == NULL || j->specs == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    j->has_exposure = exposure != NULL;
    if (exposure && (st = exposure_request(j->cohort, exposure, &j->exposure, err)) == DYAD_OK && j->exposure.value)
        st = dyad_fail(err, DYAD_USAGE, "--exposure %s: describe takes a whole column; --define makes one", exposure);
    for (size_t i = 0; i < j->n && st == DYAD_OK; i++) {
        struct crosstab_spec *spec = &j->specs[i];
        j->of[i].name = columns[i];
        st = cohort_factor(j->cohort, columns[i], LEVELS_UNLIMITED, &j->of[i].factor, err);
        spec->factors[spec->n_factors++] = j->of[i].factor;
        if (j->has_exposure)
            spec->factors[spec->n_factors++] = j->exposure.factor;
    }
    return st;
}

/* --- the counts --------------------------------------------------------------------------- */

/* Of whom no group is known, once: every characteristic has the same. */
static enum dyad_status
note_groupless(struct job *j, const struct characteristic *c, const struct crosstab_cell *cells, size_t n,
               struct result *r)
{
    struct people_counts *counts = calloc(n + 1, sizeof *counts);

    if (counts == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++)
        counts[i] = (struct people_counts){ COUNT_OF_NOBODY, COUNT_OF_NOBODY,
                                            c->told ? c->told[cells[i].codes[0] * j->n_groups + cells[i].codes[1]] : 0 };
    analysis_note_missing(j->exposure.column, cells, counts, n, 1, j->o->suppression, r);
    free(counts);
    return DYAD_OK;
}

/* To --suppress: every count, and whom it counts. */
static enum dyad_status
tell_cells(struct job *j, struct characteristic *c, const struct crosstab_cell *cells, size_t n, bool is_first,
           struct result *r)
{
    struct suppression *s = j->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const size_t groups = j->has_exposure ? j->n_groups : 1;

    if (d) {
        counted_table(suppression_people(s), COUNTED_RECORDS, SIZE_MAX);
        counted_column(suppression_people(s), c->name, COUNTED_LEVELS, NULL);
        if (j->has_exposure)
            counted_column(suppression_people(s), j->exposure.column, COUNTED_LEVELS, NULL);
    }
    if (d && (c->told = malloc((c->n_values + 1) * groups * sizeof *c->told)) == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; d && i < (c->n_values + 1) * groups; i++)
        c->told[i] = COUNT_OF_NOBODY;
    for (size_t i = 0; d && i < n; i++)
        c->told[cells[i].codes[0] * groups + (j->has_exposure ? cells[i].codes[1] : 0)] =
            disclosure_count(d, cells[i].records);
    for (size_t i = 0; d && i < n; i++)
        counted_cell(suppression_people(s),
                     (const char *[]){ analysis_level(j->cohort, c->factor, cells[i].codes[0]),
                                       j->has_exposure ? analysis_level(j->cohort, j->exposure.factor, cells[i].codes[1]) : "" },
                     c->told[cells[i].codes[0] * groups + (j->has_exposure ? cells[i].codes[1] : 0)]);
    return is_first && j->has_exposure ? note_groupless(j, c, cells, n, r) : DYAD_OK;
}

/* The sum of the told counts from ${from} to ${to} of a group; of group 0 all groups together. */
static size_t
told_sum(const struct job *j, const struct characteristic *c, size_t from, size_t to, size_t group)
{
    struct disclosure *d = suppression_counts(j->o->suppression);
    const size_t groups = j->has_exposure ? j->n_groups : 1, sum = disclosure_sum(d);

    for (size_t i = from; i <= to; i++)
        for (size_t g = 0; g < groups; g++) {
            const size_t count = c->told[i * groups + g];
            if (count != COUNT_OF_NOBODY && (j->has_exposure ? g && (group == 0 || g == group) : true))
                disclosure_part(d, sum, count, 1);
        }
    return sum;
}

/* The row just added, of value ${value} (0: it is a number). */
static void
tell_row(const struct job *j, const struct characteristic *c, size_t group, size_t value)
{
    struct suppression *s = j->o->suppression;
    const size_t row = j->table->n_rows - 1;

    if (s == NULL || c->told == NULL || *j->table->failed)
        return;
    const size_t n = told_sum(j, c, 1, c->n_values, group);
    const size_t events = value ? told_sum(j, c, value, value, group) : n;
    suppression_cell(s, j->table, row, "n", n);
    suppression_cell(s, j->table, row, "missing", told_sum(j, c, 0, 0, group));
    if (value)
        suppression_cell(s, j->table, row, "events", events);
    suppression_numbers(s, j->table, row, (const size_t[]){ n, events }, 2);
}

/* A difference is computed from all counts of two groups. */
static void
tell_balance(const struct job *j, const struct characteristic *c, size_t group)
{
    const size_t both = 2 * c->n_values;
    size_t *counts = j->o->suppression ? malloc((both + 1) * sizeof *counts) : NULL, used = 0;

    for (size_t i = 1; counts && c->told && i <= c->n_values; i++) {
        if (c->is_number && i > 1)
            break;
        counts[used++] = told_sum(j, c, i, c->is_number ? c->n_values : i, group);
        counts[used++] = told_sum(j, c, i, c->is_number ? c->n_values : i, j->reference);
    }
    if (counts && used && !*j->balance->failed)
        suppression_numbers(j->o->suppression, j->balance, j->balance->n_rows - 1, counts, used);
    free(counts);
}

/* Used are those with a group who have some characteristic. */
static enum dyad_status
tell_used(const struct job *j, int64_t n_used)
{
    struct suppression *s = j->o->suppression;
    size_t *complete = s ? malloc(j->n * sizeof *complete) : NULL;

    if (s == NULL)
        return DYAD_OK;
    if (complete == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < j->n; i++)
        complete[i] = told_sum(j, &j->of[i], 1, j->of[i].n_values, 0);
    analysis_tell_used(s, complete, j->n, told_sum(j, &j->of[0], 0, j->of[0].n_values, 0), n_used);
    free(complete);
    return DYAD_OK;
}

static enum dyad_status
count(struct job *j, struct characteristic *c, struct crosstabs *sums, size_t i, struct result *r)
{
    size_t n;
    const struct crosstab_cell *cells = crosstab_cells(sums, i, &n);
    enum dyad_status st;

    cohort_levels(j->cohort, c->factor, &c->n_values);
    c->counts = calloc((c->n_values + 1) * j->n_groups, sizeof *c->counts);
    if (cells == NULL || c->counts == NULL)
        return DYAD_NOMEM;
    for (size_t k = 0; k < n; k++) {
        double *counts = c->counts + cells[k].codes[0] * j->n_groups;
        if (j->has_exposure && cells[k].codes[1] == 0)
            continue;
        counts[0] += (double)cells[k].records;
        if (j->has_exposure)
            counts[cells[k].codes[1]] += (double)cells[k].records;
    }
    if ((st = tell_cells(j, c, cells, n, i == 0, r)) != DYAD_OK)
        return st;
    return DYAD_OK;
}


/* Is it a number or a category: as it was said, or as its values look. */
static enum dyad_status
choose_kind(struct job *j, struct characteristic *c, struct dyad_error *err)
{
    const bool must = is_in(j->o, "numbers", c->name), may = must || !is_in(j->o, "categories", c->name);
    const struct level *levels = cohort_levels(j->cohort, c->factor, &c->n_values);
    const struct codebook_field *field = cohort_field(j->cohort, c->name);
    const bool says_number = field && (field->type == CODEBOOK_NUMBER || field->type == CODEBOOK_INTEGER);
    double number;

    c->is_number = may && (must || says_number || (field == NULL && c->n_values > NUMBERS_MANY));
    for (size_t i = 0; i < c->n_values && c->is_number; i++)
        if (!level_is_number(&levels[i], &number)) {
            if (must)
                return cohort_refuse(j->cohort, &levels[i], c->name, "holds no number: leave it out of --numbers", err);
            c->is_number = false;
        }
    if (!c->is_number && c->n_values > CATEGORY_MOST)
        return dyad_fail(err, DYAD_USAGE, "--columns: '%s' has %zu different values, too many for a category", c->name,
                         c->n_values);
    if (c->is_number && (c->sorted = calloc(c->n_values + 1, sizeof *c->sorted)) == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return DYAD_OK;
}

static double
count_of(const struct job *j, const struct characteristic *c, size_t value, size_t group)
{
    return c->counts[value * j->n_groups + group];
}

static double
known_of(const struct job *j, const struct characteristic *c, size_t group)
{
    double n = 0;

    for (size_t i = 1; i <= c->n_values; i++)
        n += count_of(j, c, i, group);
    return n;
}

static int
by_value(const void *a, const void *b)
{
    const double x = ((const struct counted_value *)a)->value, y = ((const struct counted_value *)b)->value;
    return (x > y) - (x < y);
}

/* 1 and 1.0 are one number. */
static bool
distribution_in(const struct job *j, const struct characteristic *c, size_t group, struct distribution *out)
{
    const struct level *levels = cohort_levels(j->cohort, c->factor, &(size_t){ 0 });
    size_t n = 0;

    for (size_t i = 0; i < c->n_values; i++) {
        c->sorted[i].count = count_of(j, c, i + 1, group);
        (void)level_is_number(&levels[i], &c->sorted[i].value);
    }
    qsort(c->sorted, c->n_values, sizeof *c->sorted, by_value);
    for (size_t i = 0; i < c->n_values; i++)
        if (n && !(c->sorted[i].value > c->sorted[n - 1].value))
            c->sorted[n - 1].count += c->sorted[i].count;
        else
            c->sorted[n++] = c->sorted[i];
    return distribution_of(c->sorted, n, out) == DYAD_OK;
}

/* --- the table ---------------------------------------------------------------------------- */

static void
make_table(struct job *j, struct result *r)
{
    static const char *const numbers[] = { "std_dev", "q1", "median", "q3" };
    static const char *const labels[] = { "column", "exposure", "level", "reference" };
    struct table *t = j->table = result_table(r, "characteristics");

    table_column(t, "column", COLUMN_LABEL);
    table_column(t, "value", COLUMN_LABEL);
    if (j->has_exposure) {
        table_column(t, "exposure", COLUMN_LABEL);
        table_column(t, "level", COLUMN_LABEL);
    }
    table_column(t, "n", COLUMN_COUNT);
    table_column(t, "events", COLUMN_COUNT);
    table_column(t, "missing", COLUMN_COUNT);
    table_column(t, "estimate", COLUMN_ESTIMATE);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        table_column(t, numbers[i], COLUMN_NUMBER);
    if (!j->has_exposure)
        return;
    j->balance = result_table(r, "balance");
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        table_column(j->balance, labels[i], COLUMN_LABEL);
    table_column(j->balance, "std_diff", COLUMN_NUMBER);
}

/* Absolute: of a category with many values it has no sign. */
static double
difference(const struct job *j, const struct characteristic *c, size_t group)
{
    struct distribution x, y;
    double *pairs, d = NAN;

    if (c->is_number)
        return distribution_in(j, c, group, &x) && distribution_in(j, c, j->reference, &y) &&
                       standardized_difference_means(x.mean, x.sd, y.mean, y.sd, &d) == DYAD_OK
                   ? fabs(d)
                   : NAN;
    if ((pairs = malloc(2 * c->n_values * sizeof *pairs + 1)) == NULL) {
        *j->balance->failed = true;
        return NAN;
    }
    for (size_t i = 0; i < c->n_values; i++) {
        pairs[i] = count_of(j, c, i + 1, group);
        pairs[c->n_values + i] = count_of(j, c, i + 1, j->reference);
    }
    if (standardized_difference_shares(pairs, pairs + c->n_values, c->n_values, &d) != DYAD_OK)
        d = NAN;
    free(pairs);
    return d;
}

static void
begin_row(struct job *j, const struct characteristic *c, size_t group, const char *value)
{
    table_row(j->table, c->is_number ? SCALE_NUMBER : SCALE_PROPORTION);
    table_set_text(j->table, "column", c->name);
    if (value)
        table_set_text(j->table, "value", value);
    if (j->has_exposure) {
        table_set_text(j->table, "exposure", j->exposure.column);
        table_set_text(j->table, "level", analysis_level(j->cohort, j->exposure.factor, (uint32_t)group));
    }
    table_set_count(j->table, "n", (int64_t)known_of(j, c, group));
    table_set_count(j->table, "missing", (int64_t)count_of(j, c, 0, group));
}

static const char *
group_name(const struct job *j, size_t group)
{
    return analysis_level(j->cohort, j->exposure.factor, (uint32_t)group);
}

/* The labels of the codebook for what the last row says, a number with its unit. */
static void
show_labels(const struct job *j, struct table *t, const struct characteristic *c, const char *value)
{
    const struct codebook_field *field = cohort_field(j->cohort, c->name);
    const char *label = value ? labels_value(j->cohort, c->name, value) : NULL;
    struct text name = TEXT_INIT;

    if (field == NULL || *t->failed)
        return;
    text_puts(&name, labels_column(j->cohort, c->name));
    if (c->is_number && field->unit)
        text_printf(&name, " (%s)", field->unit);
    if (name.failed)
        *t->failed = true;
    else
        table_show(t, t->n_rows - 1, 0, name.at);
    if (value && label != value)
        table_show(t, t->n_rows - 1, 1, label);
    text_release(&name);
}

static void
add_balance(struct job *j, const struct characteristic *c)
{
    struct table *t = j->balance;

    for (size_t g = 1; j->has_exposure && g < j->n_groups; g++) {
        if (g == j->reference)
            continue;
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "column", c->name);
        table_set_text(t, "exposure", j->exposure.column);
        table_set_text(t, "level", group_name(j, g));
        table_set_text(t, "reference", group_name(j, j->reference));
        table_set_number(t, "std_diff", difference(j, c, g));
        show_labels(j, t, c, NULL);
        tell_balance(j, c, g);
    }
}

/* With --suppress a quantile is shown that has enough people on either side: else it is one person's value. */
static void
set_quantile(struct job *j, const char *column, double value, double beyond)
{
    if (beyond < (double)suppression_threshold(j->o->suppression) && !*j->table->failed)
        suppression_flag(j->o->suppression, j->table, j->table->n_rows - 1);
    else
        table_set_number(j->table, column, value);
}

static void
add_number(struct job *j, const struct characteristic *c)
{
    for (size_t g = 0; g < j->n_groups; g++) {
        const double n = known_of(j, c, g);
        struct distribution d;
        begin_row(j, c, g, NULL);
        show_labels(j, j->table, c, NULL);
        tell_row(j, c, g, 0);
        if (!distribution_in(j, c, g, &d))
            continue;
        table_set_number(j->table, "estimate", d.mean);
        table_set_number(j->table, "std_dev", d.sd);
        set_quantile(j, "q1", d.q1, n / 4);
        set_quantile(j, "median", d.median, n / 2);
        set_quantile(j, "q3", d.q3, n / 4);
    }
}

static void
add_category(struct job *j, const struct characteristic *c)
{
    for (size_t i = 1; i <= c->n_values; i++)
        for (size_t g = 0; g < j->n_groups; g++) {
            const double n = known_of(j, c, g), events = count_of(j, c, i, g);
            begin_row(j, c, g, analysis_level(j->cohort, c->factor, (uint32_t)i));
            table_set_count(j->table, "events", (int64_t)events);
            show_labels(j, j->table, c, analysis_level(j->cohort, c->factor, (uint32_t)i));
            tell_row(j, c, g, i);
            if (n > 0)
                table_set_number(j->table, "estimate", events / n);
        }
}

static void
add_notes(const struct job *j, struct result *r)
{
    result_note(r, "A characteristic with a value is a category: events are the records that have it, estimate is their "
                   "share of those whose value is known (n). One without is a number: estimate is the mean, q1, median and "
                   "q3 are the quartiles (definition 7 of Hyndman and Fan 1996).");
    if (j->has_exposure)
        result_note(r, "std_diff is the absolute standardised difference from %s = %s: of means by the root of the mean "
                       "variance (Austin 2009), of categories by the mean covariance of the shares (Yang and Dalton 2012). "
                       "It does not depend on the number of records; 0.1 is a usual mark.",
                    j->exposure.column, analysis_level(j->cohort, j->exposure.factor, (uint32_t)j->reference));
}

/* --- the run ------------------------------------------------------------------------------ */

static enum dyad_status
tabulate(struct job *j, struct crosstabs *sums, struct result *r, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    j->n_groups = 1;
    if (j->has_exposure) {
        cohort_levels(j->cohort, j->exposure.factor, &j->n_groups);
        st = exposure_reference(j->cohort, &j->exposure, option_text(j->o, "reference"), &j->reference, err);
        j->n_groups++;
        j->reference++;
    }
    make_table(j, r);
    for (size_t i = 0; i < j->n && st == DYAD_OK; i++) {
        struct characteristic *c = &j->of[i];
        if ((st = count(j, c, sums, i, r)) != DYAD_OK)
            return dyad_fail(err, st, "out of memory");
        if ((st = choose_kind(j, c, err)) == DYAD_OK)
            c->is_number ? add_number(j, c) : add_category(j, c);
        if (st == DYAD_OK)
            add_balance(j, c);
    }
    if (st == DYAD_OK && tell_used(j, crosstab_n_used(sums)) != DYAD_OK)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return st;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct job j = { .o = o };
    void *sums = NULL;
    enum dyad_status st;

    if ((st = check_options(o, err)) != DYAD_OK || (st = analysis_open(o, &j.cohort, err)) != DYAD_OK ||
        (st = request(&j, err)) != DYAD_OK ||
        (st = analysis_run(j.cohort, &(struct crosstab_set){ j.specs, j.n }, &sums, err)) != DYAD_OK ||
        (st = tabulate(&j, sums, &out->result, err)) != DYAD_OK)
        goto done;
    add_notes(&j, &out->result);
    analysis_report(j.cohort, o, crosstab_n_used(sums), &out->result);
    if ((st = result_status(&out->result)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
    else if (crosstab_n_used(sums) == 0)
        st = dyad_fail(err, DYAD_DOMAIN, "nobody to describe: no record is left that has a characteristic%s",
                       j.has_exposure ? " and a group" : "");
done:
    for (size_t i = 0; j.of && i < j.n; i++) {
        free(j.of[i].counts);
        free(j.of[i].sorted);
        free(j.of[i].told);
    }
    free(j.of);
    free(j.specs);
    exposure_release(&j.exposure);
    crosstabs_free(sums);
    cohort_close(j.cohort);
    return st;
}

const struct command describe_command = {
    .name = "describe",
    .usage = "dyad describe [OPTIONS] COHORT... --columns COL,... [--exposure COL]",
    .summary = "who the people are, by group, with standardised differences: Table 1",
    .about = "Sums up each characteristic among all records and in each group of --exposure: a number by its mean, standard "
             "deviation and quartiles, a category by the share of each value, both with the records that lack it. "
             "Standardised differences say how far each group is from the reference, whatever the number of records: of "
             "numbers by Austin (2009), of categories by Yang and Dalton (2012).\n"
             "\n"
             "Tables: characteristics (column, value, with --exposure exposure and level, which is empty for all together, "
             "n, events, missing, estimate, std_dev, q1, median, q3), with --exposure balance (column, exposure, level, "
             "reference, std_diff), and flow (step, n). With --suppress N quartiles are left out, too, that have fewer than N "
             "records on a side.",
    .examples = "    dyad describe cohort.csv --exposure support --reference none \\\n"
                "            --columns maternal_age,parity,education,smoker,site\n"
                "        who takes up each kind of support, and how they differ\n"
                "    dyad describe cohort.csv --columns maternal_age,parity \\\n"
                "            --categories parity --format csv\n"
                "        everybody, parity by its values, for a spreadsheet\n",
    .shared = SHARED_FREQ | SHARED_COHORT | SHARED_PEOPLE | SHARED_SUPPRESS | SHARED_OUTPUT,
    .refused = (const struct refused_option[]){ { "by", "--exposure sets groups beside each other, --where chooses one" },
                                                { NULL, NULL } },
    .options = known,
    .run = run,
};
