/* programs/plan_inputs.h: the files that a plan reads, and what makes the answer of an analysis another one. */
#ifndef DYAD_PROGRAMS_PLAN_INPUTS_H
#define DYAD_PROGRAMS_PLAN_INPUTS_H

#include "dyad/data/digest.h"

#include "plan.h"

struct plan_input {
    char *path;            /* as the plan writes it */
    uint64_t bytes;
    char sha256[DIGEST_ROOM]; /* empty: it cannot be read */
    struct dyad_error *why;   /* it cannot be read; else NULL */
    struct timespec changed;
};

struct plan_inputs {
    struct plan_input *at;
    size_t n;
    bool **reads; /* of each analysis, of each input: does it read it? */
    char program[DIGEST_ROOM]; /* of dyad itself, whatever it calls its version */
};

/** plan_inputs_read(plan, out, err): find and hash them, on all processors; a file that cannot be read is told in it. */
DYAD_MUST_CHECK enum dyad_status plan_inputs_read(const struct plan *plan, struct plan_inputs *out,
                                                  struct dyad_error *err);

/** plan_inputs_check(in, err): can all be read?  DYAD_IO with the first that cannot. */
DYAD_MUST_CHECK enum dyad_status plan_inputs_check(const struct plan_inputs *in, struct dyad_error *err);

/** plan_inputs_still(plan, in, err): DYAD_IO if one changed since it was hashed. */
DYAD_MUST_CHECK enum dyad_status plan_inputs_still(const struct plan *plan, const struct plan_inputs *in,
                                                   struct dyad_error *err);

/** plan_key(plan, in, i, hex): of everything that the answer of analysis ${i} depends on. */
DYAD_MUST_CHECK enum dyad_status plan_key(const struct plan *plan, const struct plan_inputs *in, size_t i,
                                          char hex[DIGEST_ROOM]);

/** plan_inputs_sign(in, r): give the inputs of a result their SHA-256. */
void plan_inputs_sign(const struct plan_inputs *in, struct result *r);

void plan_inputs_release(struct plan_inputs *in, const struct plan *plan);

#endif
