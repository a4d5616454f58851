/*
 * data/records.h: the records of a small file one by one, as codes of the factors that were asked
 * for: studies, the rows of a registry.  They are kept, so it is nothing for a cohort.
 */
#ifndef DYAD_DATA_RECORDS_H
#define DYAD_DATA_RECORDS_H

#include "dyad/core/status.h"
#include "dyad/data/cohort.h"

struct record {
    struct place place;
    uint32_t *codes; /* of each factor; 0 is missing */
};

struct records;

/* spec: the number of factors, a size_t; the result: a struct records. */
extern const struct accumulator records_accumulator;

/** records_list(r, &n): in the order of the files; they live as long as ${r}. */
const struct record *records_list(struct records *r, size_t *n);

void records_free(struct records *r);

#endif
