/* programs/meta_beside.h: published pooled figures beside our own: --beside [GROUP:]LABEL=ESTIMATE,LOW,HIGH. */
#ifndef DYAD_PROGRAMS_META_BESIDE_H
#define DYAD_PROGRAMS_META_BESIDE_H

#include "meta_report.h"

struct published {
    char *group; /* of --by, its values joined by " / "; NULL: every one */
    char *label;
    double estimate, low, high; /* as it is read: ratios as ratios */
};

struct published_list {
    struct published *at;
    size_t n;
};

/** published_read(o, ratios, out, err): DYAD_USAGE where one is not of that form, or no ratio though ${ratios}. */
DYAD_MUST_CHECK enum dyad_status published_read(const struct options *o, bool ratios, struct published_list *out,
                                                struct dyad_error *err);

/** published_is_of(p, all, set): does it stand beside this set? */
bool published_is_of(const struct published *p, const struct meta_studies *all, const struct meta_set *set);

/** published_report(m, list, analyses, n, err): the table `beside`; DYAD_USAGE where one fits no set. */
DYAD_MUST_CHECK enum dyad_status published_report(struct meta_report *m, const struct published_list *list,
                                                  const struct meta_analysis *analyses, size_t n, struct dyad_error *err);

void published_release(struct published_list *list);

#endif
