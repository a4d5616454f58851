/* programs/meta_picture.h: the pictures of pooled studies: forest, funnel, L'Abbe, radial, Baujat. */
#ifndef DYAD_PROGRAMS_META_PICTURE_H
#define DYAD_PROGRAMS_META_PICTURE_H

#include "commands.h"
#include "meta_beside.h"
#include "meta_report.h"

/** meta_pictures(o, choices, all, published, sets, n, out, err): those that were asked for, into ${out}. */
DYAD_MUST_CHECK enum dyad_status meta_pictures(const struct options *o, const struct meta_choices *choices,
                                               const struct meta_studies *all, const struct published_list *published,
                                               const struct meta_analysis *sets, size_t n, struct outcome *out,
                                               struct dyad_error *err);

/** meta_study_label(all, s): what people call a study: the codebook's label, else its name. */
const char *meta_study_label(const struct meta_studies *all, const struct study *s);

/* --- meta_points.c: the pictures of points, of one set --- */

DYAD_MUST_CHECK enum dyad_status meta_point_pictures(const struct options *o, const struct meta_choices *choices,
                                                     const struct meta_studies *all, const struct meta_analysis *sets,
                                                     size_t n, struct outcome *out, struct dyad_error *err);

#endif
