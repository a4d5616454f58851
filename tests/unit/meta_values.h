/* tests/unit/meta_values.h: sets of studies from tests/values/, for the tests of meta-analysis. */
#ifndef DYAD_TESTS_META_VALUES_H
#define DYAD_TESTS_META_VALUES_H

#include "dyad/stats/meta.h"

#include "value_lines.h"

enum { MOST_STUDIES = 200 };

struct study_set {
    size_t k;
    struct effect effects[MOST_STUDIES];
};

static inline size_t
read_count(struct value_lines *v)
{
    const double k = value_next(v);

    CHECK(k >= 0 && k <= MOST_STUDIES && k == floor(k));
    return (size_t)k;
}

static inline void
read_effects(struct value_lines *v, struct effect *effects, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        effects[i].y = value_next(v);
        effects[i].v = value_next(v);
    }
}

static inline void
read_table(struct value_lines *v, struct two_by_two *t)
{
    t->a = value_next(v);
    t->b = value_next(v);
    t->c = value_next(v);
    t->d = value_next(v);
}

/* Around 0 a difference is measured by what it is compared with: a standard error, a variance. */
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

static inline struct meta_method
method_of(enum tau2_estimator estimator, enum meta_interval interval, double level)
{
    return (struct meta_method){ META_RANDOM, estimator,        0,
                                 interval,    PREDICTION_AS_INTERVAL, level };
}

static inline struct meta_method
common_method(double level)
{
    return (struct meta_method){ META_COMMON, TAU2_DL,          0,
                                 META_WALD,   PREDICTION_AS_INTERVAL, level };
}

#endif
