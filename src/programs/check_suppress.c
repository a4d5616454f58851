/* What the tables of `dyad check` count, for --suppress. */
#include "check.h"

#include "suppression.h"

#include <stdlib.h>
#include <string.h>

/* The count of all records: whatever adds up to it is told of the same one. */
static size_t
all_records(const struct checking *c, size_t sum)
{
    return suppression_name(c->o->suppression, "records", sum);
}

/* One column as a table of whom it counts; the levels that are not listed are no level of another's. */
static void
begin_column(const struct checking *c, const struct profile_column *p, enum counted_detail detail)
{
    counted_table(suppression_people(c->o->suppression), COUNTED_RECORDS, 0);
    if (detail == COUNTED_LEVELS)
        counted_need(suppression_people(c->o->suppression), p->name, p->missing);
    counted_column(suppression_people(c->o->suppression), p->name, detail, NULL);
}

static void
add_value(const struct checking *c, const char *value, size_t count)
{
    counted_cell(suppression_people(c->o->suppression), &value, count);
}

/* The rows of levels that stand for this column, from ${row}; behind them the next column's. */
static size_t
tell_levels(const struct checking *c, const struct profile_column *p, size_t n, size_t row)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const struct table *t = result_find(c->r, "levels");
    const size_t sum = disclosure_sum(d);

    begin_column(c, p, COUNTED_LEVELS);
    for (; row < t->n_rows && strcmp(table_text(t, row, "column"), p->name) == 0; row++) {
        const size_t level = disclosure_count(d, table_count(t, row, "n"));
        add_value(c, table_text(t, row, "level"), level);
        disclosure_part(d, sum, level, 1);
        suppression_cell(s, t, row, "n", level);
    }
    if (disclosure_value(d, sum) == p->n)
        disclosure_same(d, sum, n);
    return row;
}

/* Numbers among the values, and what is computed of them. */
static void
tell_quantiles(const struct checking *c, const struct profile_column *p, size_t n, size_t row)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const struct table *t = result_find(c->r, "quantiles");
    const size_t numbers = disclosure_count(d, p->n_numbers), sum = disclosure_sum(d);

    disclosure_part(d, sum, numbers, 1);
    disclosure_part(d, sum, disclosure_count(d, p->n - p->n_numbers), 1);
    disclosure_same(d, sum, n);
    suppression_cell(s, t, row, "n", numbers);
    suppression_numbers(s, t, row, &numbers, 1);
    suppression_flag(s, t, row);
}

static void
tell_columns(const struct checking *c, size_t *missing)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const struct table *t = result_find(c->r, "columns"), *quantiles = result_find(c->r, "quantiles");
    size_t level = 0, quantile = 0;

    for (size_t i = 0; i < c->profile.n_columns; i++) {
        const struct profile_column *p = &c->profile.columns[i];
        const size_t n = disclosure_count(d, p->n), all = disclosure_sum(d);
        missing[i] = disclosure_count(d, p->missing);
        disclosure_part(d, all, n, 1);
        disclosure_part(d, all, missing[i], 1);
        (void)all_records(c, all);
        begin_column(c, p, COUNTED_KNOWN);
        add_value(c, COUNTED_OTHER, n);
        add_value(c, "", missing[i]);
        suppression_cell(s, t, i, "n", n);
        suppression_cell(s, t, i, "missing", missing[i]);
        suppression_numbers(s, t, i, &n, 1);
        level = tell_levels(c, p, n, level);
        if (quantile < quantiles->n_rows && strcmp(table_text(quantiles, quantile, "column"), p->name) == 0) {
            tell_quantiles(c, p, n, quantile++);
            suppression_flag(s, t, i); /* its least and its greatest number are one person's */
        }
    }
}

/* Everybody has one pattern, and who lacks a column has one with it; those that are not listed are told, too. */
static void
tell_patterns(const struct checking *c, const size_t *missing)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const struct table *t = result_find(c->r, "missing");
    const struct profile *p = &c->profile;
    const size_t all = disclosure_sum(d);
    size_t *sums = malloc((p->n_columns + 1) * sizeof *sums);

    if (sums == NULL || t->n_rows == 0) {
        c->r->failed = c->r->failed || sums == NULL;
        free(sums);
        return;
    }
    for (size_t k = 0; k < p->n_columns; k++)
        sums[k] = disclosure_sum(d);
    for (size_t i = 0; i < p->n_patterns; i++) {
        const size_t n = disclosure_count(d, p->patterns[i].n);
        disclosure_part(d, all, n, 1);
        for (size_t k = 0; k < p->n_columns; k++)
            if (p->patterns[i].columns[k / 64] >> (k % 64) & 1)
                disclosure_part(d, sums[k], n, 1);
        if (i >= t->n_rows)
            continue;
        suppression_cell(s, t, i, "n", n);
        suppression_open(s, t, i, "columns");
    }
    (void)all_records(c, all);
    for (size_t k = 0; k < p->n_columns; k++)
        disclosure_same(d, sums[k], missing[k]);
    free(sums);
}

/* Of the problems only those of whole columns are listed and counted. */
static void
tell_problems(const struct checking *c)
{
    struct suppression *s = c->o->suppression;
    const struct table *problems = result_find(c->r, "problems"), *rules = result_find(c->r, "rules");

    for (size_t row = 0; row < problems->n_rows; row++)
        suppression_open(s, problems, row, "line");
    for (size_t row = 0; row < rules->n_rows; row++)
        if (table_cell(rules, row, table_find_column(rules, "n"))->state == CELL_COUNT)
            suppression_open(s, rules, row, "n");
        else
            suppression_flag(s, rules, row);
}

/*
 * Records that are alone without one of the columns are so with it, and so are those in small classes: who is so because
 * of that column is counted, too.
 */
static void
tell_nested(struct disclosure *d, size_t whole, size_t part)
{
    const size_t sum = disclosure_sum(d);

    disclosure_part(d, sum, part, 1);
    disclosure_part(d, sum, disclosure_count(d, disclosure_value(d, whole) - disclosure_value(d, part)), 1);
    disclosure_same(d, sum, whole);
}

static void
tell_anonymity(const struct checking *c, const struct table *t)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    size_t unique_by_all = 0, few_by_all = 0;

    for (size_t row = 0; row < t->n_rows; row++) {
        const int64_t n_unique = table_count(t, row, "unique"), n_few = table_count(t, row, "below_5");
        const size_t k = disclosure_count(d, table_count(t, row, "k")), unique = disclosure_count(d, n_unique);
        const size_t few = disclosure_sum(d), all = disclosure_sum(d);
        disclosure_part(d, few, unique, 1);
        disclosure_part(d, few, disclosure_count(d, n_few - n_unique), 1);
        disclosure_part(d, all, few, 1);
        disclosure_part(d, all, disclosure_count(d, table_count(t, row, "n") - n_few), 1);
        if (row) {
            tell_nested(d, unique_by_all, unique);
            tell_nested(d, few_by_all, few);
        } else {
            unique_by_all = unique;
            few_by_all = few;
        }
        suppression_cell(s, t, row, "k", k);
        suppression_cell(s, t, row, "unique", unique);
        suppression_cell(s, t, row, "below_5", few);
        suppression_cell(s, t, row, "n", all_records(c, all));
        suppression_numbers(s, t, row, (const size_t[]){ unique, few }, 2);
    }
}

/* Those read are those used and those with too few fields or too many; the files have those used. */
static void
tell_flow(const struct checking *c)
{
    struct suppression *s = c->o->suppression;
    struct disclosure *d = suppression_counts(s);
    const struct table *flow = result_find(c->r, "flow");
    const size_t files = disclosure_sum(d), read = disclosure_sum(d);

    for (size_t i = 0; i < reader_n_files(c->reader); i++) {
        const size_t records = disclosure_count(d, (int64_t)reader_records(c->reader, i));
        disclosure_part(d, files, records, 1);
        suppression_input(s, i, records);
    }
    const size_t used = all_records(c, files);
    counted_table(suppression_people(s), COUNTED_RECORDS, 0);
    counted_cell(suppression_people(s), NULL, used);
    disclosure_part(d, read, used, 1);
    disclosure_part(d, read, disclosure_count(d, c->profile.counts[PROBLEM_FIELDS]), 1);
    suppression_cell(s, flow, 0, "n", read);
    suppression_cell(s, flow, 1, "n", used);
}

enum dyad_status
check_suppress(struct checking *c, struct dyad_error *err)
{
    struct suppression *s = c->o->suppression;
    const struct table *anonymity = result_find(c->r, "anonymity");
    size_t *missing = s && !c->r->failed ? malloc((c->profile.n_columns + 1) * sizeof *missing) : NULL;

    if (s == NULL)
        return DYAD_OK;
    if (missing == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    tell_columns(c, missing);
    tell_patterns(c, missing);
    tell_problems(c);
    if (anonymity)
        tell_anonymity(c, anonymity);
    tell_flow(c);
    free(missing);
    return suppression_apply(s, c->r, err);
}
