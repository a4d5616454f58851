/* programs/plan_words.h: the keys of a plan as words of a command line. */
#ifndef DYAD_PROGRAMS_PLAN_WORDS_H
#define DYAD_PROGRAMS_PLAN_WORDS_H

#include "plan.h"

/** words_add(words, fmt, ...): one more word; DYAD_NOMEM. */
DYAD_MUST_CHECK enum dyad_status words_add(struct words *words, const char *fmt, ...) DYAD_PRINTF(2, 3);

/** plan_read_definitions(plan, node, err): the key `define`: each expression behind those that it needs. */
DYAD_MUST_CHECK enum dyad_status plan_read_definitions(struct plan *plan, const struct node *node, struct dyad_error *err);

/** plan_words_of_data(plan, analysis, err): what the whole plan says of every analysis. */
DYAD_MUST_CHECK enum dyad_status plan_words_of_data(const struct plan *plan, struct plan_analysis *analysis,
                                                    struct dyad_error *err);

/** plan_words_of_analysis(plan, analysis, err): its own keys. */
DYAD_MUST_CHECK enum dyad_status plan_words_of_analysis(const struct plan *plan, struct plan_analysis *analysis,
                                                        struct dyad_error *err);

#endif
