/*
 * output/numeral.h: numbers as they are written, exactly for programs, rounded for people.
 *
 * NaN is "not defined" and is written as a dash, for people; an infinite number as its sign.
 */
#ifndef DYAD_OUTPUT_NUMERAL_H
#define DYAD_OUTPUT_NUMERAL_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

enum { NUMERAL_ROOM = 32 };

/**
 * numeral_exact(x, buffer): the shortest of 15, 16 and 17 digits that reads back as the finite
 * ${x}; -0 is 0.
 */
void numeral_exact(double x, char buffer[NUMERAL_ROOM]);

/** numeral_count(out, count): plain to 9999, then in groups: 435,256. */
void numeral_count(struct text *out, int64_t count);

enum numeral {
    NUMERAL_PLAIN,   /* four significant digits, three below 1, whole numbers whole */
    NUMERAL_MEASURE, /* three significant digits, from 0.1 to 10 two decimals */
    NUMERAL_PERCENT, /* of a proportion, one decimal: 74.1% */
    NUMERAL_POINTS,  /* of a difference of proportions, one decimal: 28.6 pp */
    NUMERAL_TENTHS,  /* one decimal */
    NUMERAL_CENTS    /* two decimals */
};

/** numeral_of(scale): how estimates of that scale are written. */
enum numeral numeral_of(enum scale scale);

void numeral_put(struct text *out, enum numeral how, double x);

/**
 * numeral_interval(out, how, estimate, low, high): "74.1% (65.4 to 81.2)"; the estimate alone
 * where neither limit is defined.  Measures whose limits would look the same get the decimals that
 * tell them apart: "0.9998 (0.9992 to 1.0004)".
 */
void numeral_interval(struct text *out, enum numeral how, double estimate, double low,
                      double high);

/** numeral_interval_digits(..., least): the same, with ${least} decimals or more. */
void numeral_interval_digits(struct text *out, enum numeral how, double estimate, double low,
                             double high, int least);

/** numeral_range(out, how, low, high): "0.43 to 2.10". */
void numeral_range(struct text *out, enum numeral how, double low, double high);

/** numeral_p_value(out, p): three decimals, "<0.001" and ">0.999" beyond them. */
void numeral_p_value(struct text *out, double p);

/** numeral_df(out, df): whole, or with one decimal. */
void numeral_df(struct text *out, double df);

#endif
