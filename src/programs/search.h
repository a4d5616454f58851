/* programs/search.h: `dyad reproduce --search`: which convention gives a figure that does not come back. */
#ifndef DYAD_PROGRAMS_SEARCH_H
#define DYAD_PROGRAMS_SEARCH_H

#include "reproduce.h"

/* A row that differs, as its command stands. */
struct search_row {
    const char *id, *folder;
    const struct words *words;
    const struct quantity *quantity;
    const char *published[3]; /* estimate and limits as printed, "" if not */
    int digits;
    struct figure figure;
    uint64_t bytes; /* that its command read */
};

/* The first of the conventions that agree, of those with the fewest departures. */
struct search_answer {
    char *convention; /* the caller's to free; NULL if none agrees */
    struct figure figure;
};

/** search_table(r): the table `search`, without rows. */
struct table *search_table(struct result *r);

/**
 * search_run(row, t, r, out, err):
 * Try departures from the row's command, one, then two, then three at once, until some give every
 * digit printed; list those in ${t}, and in the notes of ${r} how many were tried.
 * Returns: DYAD_OK, found or not; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status search_run(const struct search_row *row, struct table *t, struct result *r,
                                            struct search_answer *out, struct dyad_error *err);

#endif
