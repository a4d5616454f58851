/*
 * programs/survey.h: --weight, --psu, --design-strata and --fpc: the design of a sample as the whole
 * file has it.  What --where, --by and missing values leave out is a domain: no unit is dropped.
 */
#ifndef DYAD_PROGRAMS_SURVEY_H
#define DYAD_PROGRAMS_SURVEY_H

#include "dyad/core/result.h"
#include "dyad/data/cohort.h"
#include "dyad/data/columns.h"
#include "dyad/stats/survey.h"

#include "key_set.h"
#include "options.h"

enum survey_role { SURVEY_WEIGHT, SURVEY_PSU, SURVEY_STRATA, SURVEY_FPC, SURVEY_ROLES };

struct survey {
    const char *weight, *psu, *strata, *fpc; /* the columns; NULL */
    char decimal;
    bool records;                            /* without --psu each record is a unit */
    struct survey_design design;
    double *drawn, *fraction; /* the design's */
    uint32_t *stratum;
    struct cohort *cohort;    /* as it was read for the design */
    size_t factors[SURVEY_ROLES];
    struct key_set units;     /* stratum and unit, as codes of that cohort */
    size_t n_psu_codes;
};

/* The same columns in a cohort that is analysed. */
struct survey_columns {
    const struct survey *survey;
    size_t factors[SURVEY_ROLES];
    double *weights;                    /* by code; NULL: 1 each */
    uint32_t *psu_codes, *strata_codes; /* by code: that of the design's cohort */
};

/** survey_wanted(o): is any of the four options given? */
bool survey_wanted(const struct options *o);

/** survey_column(s, role): its name; NULL: there is none. */
const char *survey_column(const struct survey *s, enum survey_role role);

/**
 * survey_read(o, out, err): read the design, all records of it; --cluster, where a command has it, is another name of
 * --psu.  To be released whatever is returned.
 * DYAD_USAGE: the input can be read only once; DYAD_DATA: a weight, or a size of population, that is none.
 */
DYAD_MUST_CHECK enum dyad_status survey_read(const struct options *o, struct survey *out, struct dyad_error *err);

/** survey_request(s, cohort, spec, out, err): ask ${cohort} for the columns; ${spec} keeps and needs them. */
DYAD_MUST_CHECK enum dyad_status survey_request(const struct survey *s, struct cohort *cohort, struct columns_spec *spec,
                                                struct survey_columns *out, struct dyad_error *err);

/** survey_settle(c, cohort, err): after the run of ${cohort}: what its codes are in the design. */
DYAD_MUST_CHECK enum dyad_status survey_settle(struct survey_columns *c, const struct cohort *cohort, struct dyad_error *err);

/**
 * survey_weight(c, codes, row), survey_unit(c, codes, row):
 * Of a record, whose codes of each factor are codes[factor][row]: its weight; its unit, or with
 * records its stratum.
 */
double survey_weight(const struct survey_columns *c, uint32_t *const *codes, size_t row);
uint32_t survey_unit(const struct survey_columns *c, uint32_t *const *codes, size_t row);

/** survey_unit_of(c, psu, strata): the same by the record's codes of these two. */
uint32_t survey_unit_of(const struct survey_columns *c, uint32_t psu, uint32_t strata);

/** survey_filter(s): records without weight are in no domain: "[weight] > 0", malloc'ed; NULL: out of memory. */
char *survey_filter(const struct survey *s);

/** survey_notes(s, r): the design, in words. */
void survey_notes(const struct survey *s, struct result *r);

void survey_columns_release(struct survey_columns *c);
void survey_release(struct survey *s);

#endif
