/* programs/check.h: what the parts of `dyad check` share. */
#ifndef DYAD_PROGRAMS_CHECK_H
#define DYAD_PROGRAMS_CHECK_H

#include "dyad/core/result.h"
#include "dyad/data/profile.h"

#include "options.h"

struct checking {
    const struct options *o;
    struct reader *reader;
    struct codebook *codebook; /* NULL: none */
    struct profile profile;
    struct result *r;
    size_t n_direct; /* columns that are direct identifiers */
};

/* --- check_identifiers.c --- */

/** check_identifier(c, column, reason): what a column looks like, and why; ${reason} may be NULL. */
enum identifier check_identifier(const struct checking *c, size_t column, const char **reason);

/** check_identifiers(c): the table. */
void check_identifiers(struct checking *c);

/* --- check_report.c --- */

/** check_report(c): the tables of columns, levels, quantiles, what is missing, and problems. */
void check_report(struct checking *c);

/** check_n_problems(c): how many there are in all. */
int64_t check_n_problems(const struct checking *c);

/* --- check_anonymity.c --- */

/** check_anonymity(c, err): the table for --quasi, from a second reading. */
DYAD_MUST_CHECK enum dyad_status check_anonymity(struct checking *c, struct dyad_error *err);

/* --- check_suppress.c --- */

/** check_suppress(c, err): once all tables are there, what they count is told to --suppress, and hidden. */
DYAD_MUST_CHECK enum dyad_status check_suppress(struct checking *c, struct dyad_error *err);

#endif
