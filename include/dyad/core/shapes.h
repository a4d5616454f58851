/* core/shapes.h: plain values that data, stats and output exchange. */
#ifndef DYAD_CORE_SHAPES_H
#define DYAD_CORE_SHAPES_H

/* Exposed a (outcome) b (no outcome), unexposed c d. */
struct two_by_two {
    double a, b, c, d;
};

/*
 * A point estimate with its interval, on the scale it is read on.  NaN is "not defined", in each
 * member by itself; a limit may be infinite.  std_error is of the log for ratio measures.
 */
struct estimate {
    double value, std_error, lower, upper, p_value;
};

/* A test: df is NaN where the distribution has none (an exact test). */
struct test {
    double statistic, df, p_value;
};

#endif
