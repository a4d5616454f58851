/* tests/unit/clustered_values.h: clustered rows from tests/values/. */
#ifndef DYAD_TESTS_CLUSTERED_VALUES_H
#define DYAD_TESTS_CLUSTERED_VALUES_H

#include "dyad/stats/clustered_rows.h"

#include "value_lines.h"

enum { MOST_ROWS = 2200, MOST_COLUMNS = 8, MOST_CLUSTERS = 600 };

struct row_set {
    double x[MOST_ROWS * MOST_COLUMNS], y[MOST_ROWS], total[MOST_ROWS], times[MOST_ROWS];
    double offset[MOST_ROWS];
    uint32_t cluster[MOST_ROWS];
    struct clustered_rows rows;
};

static inline void
read_rows(struct value_lines *v, struct row_set *s)
{
    s->rows.n = (size_t)value_next(v);
    s->rows.p = (size_t)value_next(v);
    s->rows.clusters = (size_t)value_next(v);
    CHECK(s->rows.n <= MOST_ROWS && s->rows.p <= MOST_COLUMNS && s->rows.clusters <= MOST_CLUSTERS);
    for (size_t i = 0; i < s->rows.n; i++) {
        s->y[i] = value_next(v);
        s->total[i] = value_next(v);
        s->times[i] = value_next(v);
        s->offset[i] = value_next(v);
        s->cluster[i] = (uint32_t)value_next(v);
        for (size_t j = 0; j < s->rows.p; j++)
            s->x[i * s->rows.p + j] = value_next(v);
    }
    s->rows.x = s->x;
    s->rows.y = s->y;
    s->rows.total = s->total;
    s->rows.times = s->times;
    s->rows.offset = s->offset;
    s->rows.cluster = s->cluster;
}

/* Around 0 a difference is measured by what it is compared with: a standard error. */
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

#endif
