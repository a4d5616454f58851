/*
 * programs/suppression_group.h: results that are published together, each made on a thread of its own: what is
 * hidden in them is decided of all at once.
 *
 * Each member comes once, when its counts are told, and waits for the others, or leaves; the last to do so decides.
 */
#ifndef DYAD_PROGRAMS_SUPPRESSION_GROUP_H
#define DYAD_PROGRAMS_SUPPRESSION_GROUP_H

#include "dyad/stats/disclosure.h"

#include "counted.h"

struct suppression_group;

struct suppression_member {
    struct suppression_group *group; /* NULL: it is alone */
    size_t number;                   /* which of the members, from 0: in their order all is told */
    void (*before)(void *context);   /* called before it waits; may be NULL */
    void *context;
};

/** suppression_group_new(n): of ${n} members; NULL if memory ran out. */
struct suppression_group *suppression_group_new(size_t n);
void suppression_group_free(struct suppression_group *g);

/**
 * suppression_group_decide(m, threshold, counts, people, out, first_count, first_figure):
 * Wait for all; ${out} is what was decided, the group's, in which this member's counts and figures are those from
 * ${first_count} and ${first_figure} on.  The largest threshold is that of all.  As disclosure_protect().
 */
DYAD_MUST_CHECK enum dyad_status suppression_group_decide(const struct suppression_member *m, int64_t threshold,
                                                          struct disclosure *counts, struct counted *people,
                                                          struct disclosure **out, size_t *first_count,
                                                          size_t *first_figure);

/** suppression_group_leave(m): it publishes nothing; nothing if it came or left, or has no group. */
void suppression_group_leave(const struct suppression_member *m);

/** suppression_group_lock(g), unlock: one at a time; ${g} may be NULL. */
void suppression_group_lock(struct suppression_group *g);
void suppression_group_unlock(struct suppression_group *g);

#endif
