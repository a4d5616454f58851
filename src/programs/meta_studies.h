/* programs/meta_studies.h: what is shared by those who read a file of studies. */
#ifndef DYAD_PROGRAMS_META_STUDIES_H
#define DYAD_PROGRAMS_META_STUDIES_H

#include "meta.h"

/* What is being read, in one place. */
struct reading {
    const struct options *o;
    struct meta_choices *choices;
    struct meta_studies *studies;
    struct result *r;
    struct dyad_error *err;
    char decimal;
    size_t n_complaints;
    struct text complaints;
    size_t n_partial; /* studies some of whose counts are missing */
};

/* --- meta_columns.c --- */

/** meta_columns_find(job): the columns that play a role, and those that options name. */
DYAD_MUST_CHECK enum dyad_status meta_columns_find(struct reading *job);

bool meta_has_role(const struct meta_columns *c, enum meta_role role);

/** meta_has_estimate(c): are there columns of an estimate and of its error? */
bool meta_has_estimate(const struct meta_columns *c);

/* --- meta_studies.c --- */

/** reading_complain(job, place, column, what): keep the first twenty complaints, count the others. */
void reading_complain(struct reading *job, struct place place, const char *column, const char *what);

/** reading_text(job, s, factor): the cell as the file spells it. */
const char *reading_text(const struct reading *job, const struct study *s, size_t factor);

/** reading_number(job, s, role): NaN where it is missing, or is none (which is complained of). */
double reading_number(struct reading *job, const struct study *s, enum meta_role role);

/** reading_has(job, s, role): is there a column of that role, and something in its cell? */
bool reading_has(const struct reading *job, const struct study *s, enum meta_role role);

/* --- meta_estimates.c --- */

/** meta_estimate_read(job, s): its effect out of the estimate; notes on what looks wrong. */
void meta_estimate_read(struct reading *job, struct study *s);

/** meta_estimate_compare(job, s): a note where what is printed is not what its counts give. */
void meta_estimate_compare(struct reading *job, const struct study *s);

#endif
