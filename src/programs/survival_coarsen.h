/*
 * programs/survival_coarsen.h: times put together into steps, for --suppress.
 *
 * A curve of everybody's own time tells when each one left.  Steps are made so long that in each of them, in every
 * group, nobody or at least as many as the threshold have each event, and nobody or as many are censored; whatever is
 * computed is computed from the steps, and what is published tells no more.
 */
#ifndef DYAD_PROGRAMS_SURVIVAL_COARSEN_H
#define DYAD_PROGRAMS_SURVIVAL_COARSEN_H

#include "dyad/stats/survival_table.h"

#include <stdbool.h>
#include <stdint.h>

/* Some who leave at one time from a table. */
struct coarse_time {
    size_t table;
    struct survival_time time;
};

struct coarse_times {
    struct coarse_time *at;
    size_t n, room;
};

DYAD_MUST_CHECK enum dyad_status coarse_times_add(struct coarse_times *c, size_t table, const struct survival_time *time);

/**
 * coarse_times_join(c, causes, threshold, chosen, n_chosen, changed, steps):
 * Move each time to the end of its step, a round time or one of those ${chosen}; where the times are coarse enough they
 * stay and ${changed} is false.  A table that in all loses somebody, but fewer than the threshold, by some cause has no
 * steps: few[table] is true, and it does not count.  Events before censorings in a step, as at one time.  DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status coarse_times_join(struct coarse_times *c, size_t causes, int64_t threshold,
                                                   const double *chosen, size_t n_chosen, bool *few, bool *changed);

void coarse_times_release(struct coarse_times *c);

#endif
