/* programs/plan_results.h: the folder of a plan's results, filled: made anew or kept from the last time. */
#ifndef DYAD_PROGRAMS_PLAN_RESULTS_H
#define DYAD_PROGRAMS_PLAN_RESULTS_H

#include "dyad/output/bundle.h"

#include "manifest.h"
#include "plan.h"
#include "plan_inputs.h"

/* A file of the folder. */
struct made {
    char *name;
    uint64_t bytes;
    char sha256[DIGEST_ROOM];
};

/* What there is of an analysis. */
struct plan_part {
    bool kept;            /* from the last time */
    char key[DIGEST_ROOM];
    struct made *files;
    size_t n_files;
};

struct plan_results {
    const struct plan *plan;
    struct plan_inputs inputs;
    struct plan_part *parts;
    struct plan_answer *answers;
    struct bundle *bundle;
    const struct manifest *old; /* of the last time; NULL: nothing is kept */
    const char *old_folder;
    bool tells;                 /* progress on standard error */
    size_t n_told, n_to_do;
    char manifest_sha256[DIGEST_ROOM]; /* once it is written */
};

#define PLAN_RESULTS_INIT { .plan = NULL }

/**
 * plan_results_make(plan, folder, old, old_folder, tells, out, err):
 * Everything of ${plan} in a bundle that is to appear as ${folder}, but for the manifest; what ${old} (or NULL)
 * already has is taken from ${old_folder}.
 */
DYAD_MUST_CHECK enum dyad_status plan_results_make(const struct plan *plan, const char *folder,
                                                   const struct manifest *old, const char *old_folder, bool tells,
                                                   struct plan_results *out, struct dyad_error *err);

/** plan_results_write(s, link, err): the manifest; ${link} leads from the folder to the plan. */
DYAD_MUST_CHECK enum dyad_status plan_results_write(struct plan_results *s, const char *link, struct dyad_error *err);

/** plan_results_inputs(s, r): the inputs, to be told in ${r}. */
void plan_results_inputs(const struct plan_results *s, struct result *r);

/**
 * plan_results_tables(s, whole, r, as_expected):
 * The tables `analyses` and `reproduction`; ${whole}: and those that only the manifest has.
 */
void plan_results_tables(const struct plan_results *s, bool whole, struct result *r, bool *as_expected);

void plan_results_release(struct plan_results *s);

#endif
