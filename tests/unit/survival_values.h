/* tests/unit/survival_values.h: sets of times from tests/values/, and their tables. */
#ifndef DYAD_TESTS_SURVIVAL_VALUES_H
#define DYAD_TESTS_SURVIVAL_VALUES_H

#include "dyad/stats/survival_table.h"

#include "value_lines.h"

enum { MOST_TABLES = 64, MOST_RECORDS = 8192 };

/* Counts of groups x strata, tables of the same. */
struct survival_set {
    size_t groups, strata, causes;
    struct survival_counts *counts[MOST_TABLES];
    struct survival_table tables[MOST_TABLES];
};

static inline void
next_line(struct value_lines *v)
{
    CHECK(value_lines_next(v));
}

/* A number of a table that goes on in the next line where this one ends. */
static inline double
value_on(struct value_lines *v)
{
    while (v->at[strspn(v->at, " \n")] == '\0')
        next_line(v);
    return value_next(v);
}

/* NaN only equals NaN; nearly 0 is measured by ${scale}. */
static inline void
check_near(double got, double want, double scale, double tolerance, const char *what,
           const char *file, int line)
{
    if (isnan(got) && isnan(want))
        return;
    if (!(fabs(got - want) <= tolerance * scale)) {
        print_error("%s is %.17g, not %.17g: off by %.3g of %.3g\n", what, got, want,
                    fabs(got - want) / scale, scale);
        _fail(file, line);
    }
}

#define CHECK_NEAR(got, want, scale, tolerance) \
    check_near((got), (want), (scale), (tolerance), #got, __FILE__, __LINE__)

/* Records as write_records() writes them. */
struct value_records {
    struct survival_time times[MOST_RECORDS];
    size_t group[MOST_RECORDS], stratum[MOST_RECORDS], n;
};

static inline void
read_records(struct value_lines *v, struct value_records *r)
{
    r->n = (size_t)value_on(v);
    CHECK(r->n <= MOST_RECORDS);
    for (size_t i = 0; i < r->n; i++) {
        struct survival_time *t = &r->times[i];

        t->entry = value_on(v);
        if (t->entry < 0)
            t->entry = SURVIVAL_FROM_START;
        t->exit = value_on(v);
        t->cause = (size_t)value_on(v);
        r->group[i] = (size_t)value_on(v);
        r->stratum[i] = (size_t)value_on(v);
        t->count = value_on(v);
        t->weight = value_on(v);
    }
}

/* One stratum: all in it. */
static inline void
make_set(const struct value_records *r, size_t groups, size_t strata, size_t causes,
         struct survival_set *s)
{
    const size_t n = groups * strata;

    *s = (struct survival_set){ .groups = groups, .strata = strata, .causes = causes };
    CHECK(n <= MOST_TABLES);
    for (size_t i = 0; i < n; i++) {
        s->counts[i] = survival_counts_new(causes);
        s->tables[i] = (struct survival_table)SURVIVAL_TABLE_INIT;
        CHECK(s->counts[i] != NULL);
    }
    for (size_t i = 0; i < r->n; i++) {
        const size_t stratum = strata == 1 ? 0 : r->stratum[i];

        CHECK(r->group[i] < groups && stratum < strata);
        CHECK(survival_counts_add(s->counts[stratum * groups + r->group[i]], &r->times[i]) ==
              DYAD_OK);
    }
    CHECK(survival_tables((const struct survival_counts *const *)s->counts, n, s->tables) ==
          DYAD_OK);
}

static inline void
read_set(struct value_lines *v, size_t groups, size_t causes, struct survival_set *s)
{
    static struct value_records records;

    read_records(v, &records);
    make_set(&records, groups, 1, causes, s);
}

static inline void
release_set(struct survival_set *s)
{
    for (size_t i = 0; i < s->groups * s->strata; i++) {
        survival_counts_free(s->counts[i]);
        survival_table_release(&s->tables[i]);
    }
}

/* Ones and zeros of a table typed in: a list of exits, negative for the censored, all from 0. */
static inline struct survival_table
table_of(const double *exits, size_t n)
{
    struct survival_counts *c = survival_counts_new(1);
    struct survival_table t = SURVIVAL_TABLE_INIT;

    CHECK(c != NULL);
    for (size_t i = 0; i < n; i++) {
        const struct survival_time time = { SURVIVAL_FROM_START, fabs(exits[i]),
                                            signbit(exits[i]) ? 0 : 1, 1, 1 };

        CHECK(survival_counts_add(c, &time) == DYAD_OK);
    }
    CHECK(survival_tables((const struct survival_counts *const *)&c, 1, &t) == DYAD_OK);
    survival_counts_free(c);
    return t;
}

#endif
