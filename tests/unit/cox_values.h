/* tests/unit/cox_values.h: sets of records from tests/values/, for the tests of Cox and matched sets. */
#ifndef DYAD_TESTS_COX_VALUES_H
#define DYAD_TESTS_COX_VALUES_H

#include "dyad/stats/cox.h"

#include "value_lines.h"

enum { MOST_RECORDS = 1200, MOST_COLUMNS = 12 };

struct record_set {
    size_t n, p;
    bool has_entry;
    enum cox_ties ties;
    double entry[MOST_RECORDS], time[MOST_RECORDS], weight[MOST_RECORDS], offset[MOST_RECORDS];
    double x[MOST_RECORDS * MOST_COLUMNS];
    unsigned char event[MOST_RECORDS];
    uint32_t stratum[MOST_RECORDS], cluster[MOST_RECORDS];
    double rest[8][1 + 2 * MOST_COLUMNS]; /* what stands behind the first records */
};

/* What the next line holds, n numbers. */
static inline void
read_numbers(struct value_lines *v, double *out, size_t n)
{
    CHECK(value_lines_next(v));
    for (size_t i = 0; i < n; i++)
        out[i] = value_next(v);
    value_lines_end(v);
}

static inline bool
read_records(struct value_lines *v, struct record_set *s, bool with_rest)
{
    if (!value_lines_next(v))
        return false;
    s->n = (size_t)value_next(v);
    s->p = (size_t)value_next(v);
    s->has_entry = value_next(v) != 0;
    s->ties = value_next(v) != 0 ? COX_BRESLOW : COX_EFRON;
    CHECK(s->n <= MOST_RECORDS && s->p <= MOST_COLUMNS);
    for (size_t i = 0; i < s->n; i++) {
        CHECK(value_lines_next(v));
        s->entry[i] = value_next(v);
        s->time[i] = value_next(v);
        s->event[i] = value_next(v) != 0;
        s->stratum[i] = (uint32_t)value_next(v);
        s->weight[i] = value_next(v);
        s->offset[i] = value_next(v);
        s->cluster[i] = (uint32_t)value_next(v);
        for (size_t j = 0; j < s->p; j++)
            s->x[i * s->p + j] = value_next(v);
        for (size_t k = 0; with_rest && i < 8 && k < 1 + 2 * s->p; k++)
            s->rest[i][k] = value_next(v);
        value_lines_end(v);
    }
    return true;
}

static inline struct cox_data
cox_data_of(const struct record_set *s)
{
    return (struct cox_data){ .n = s->n,
                              .entry = s->has_entry ? s->entry : NULL,
                              .time = s->time,
                              .event = s->event,
                              .stratum = s->stratum,
                              .p = s->p,
                              .x = s->x,
                              .weight = s->weight,
                              .offset = s->offset,
                              .ties = s->ties,
                              .threads = 1 };
}

/* The largest difference of numbers, in units of a scale for each. */
static inline void
check_all(const double *got, const double *want, const double *scale, size_t n, double tolerance,
          const char *what, const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        const bool same = isnan(want[i]) ? isnan(got[i])
                                         : fabs(got[i] - want[i]) <= tolerance * scale[i];

        if (!same) {
            print_error("%s[%zu] is %.17g, not %.17g: off by %.3g of %.3g\n", what, i, got[i],
                        want[i], fabs(got[i] - want[i]) / scale[i], scale[i]);
            _fail(file, line);
        }
    }
}

#define CHECK_ALL(got, want, scale, n, tolerance) \
    check_all((got), (want), (scale), (n), (tolerance), #got, __FILE__, __LINE__)

/* Elements of a covariance, by the standard errors that they belong to. */
static inline void
covariance_scale(const double *covariance, size_t p, double *scale)
{
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            scale[j * p + k] = sqrt(covariance[j * p + j] * covariance[k * p + k]);
}

#endif
