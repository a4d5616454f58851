/* programs/meta_like.h: the defaults of other programs that pool studies, where they differ from ours. */
#ifndef DYAD_PROGRAMS_META_LIKE_H
#define DYAD_PROGRAMS_META_LIKE_H

#include "options.h"

extern const struct like_default meta_like[];

/** meta_like_takes(o, what, to): as command.like_takes. */
bool meta_like_takes(const struct options *o, const struct like_default *what, const char **to);

#endif
