/* output/scatter_geometry.h: what of lines and areas is in a frame, and where there is room for words. */
#ifndef DYAD_OUTPUT_SCATTER_GEOMETRY_H
#define DYAD_OUTPUT_SCATTER_GEOMETRY_H

#include "dyad/output/canvas.h"

#include <stdbool.h>
#include <stddef.h>

struct box {
    double left, top, right, bottom;
};

struct segment {
    struct canvas_point from, to;
};

/** segment_cut(s, frame): leave of ${s} what is in ${frame}; false if that is nothing. */
bool segment_cut(struct segment *s, const struct box *frame);

/**
 * area_cut(corners, n, frame, room):
 * Leave of a polygon what is in ${frame}, in place.  ${corners} and ${room} have room for
 * AREA_ROOM(n) corners.  Returns: how many are left.
 */
#define AREA_ROOM(n) (6 * (n) + 16)
size_t area_cut(struct canvas_point *corners, size_t n, const struct box *frame,
                struct canvas_point *room);

/* What words must not cover: boxes never, segments if it can be helped. */
struct crowd {
    struct box *boxes;
    size_t n_boxes;
    struct segment *segments;
    size_t n_segments;
    bool failed; /* memory ran out */
};

void crowd_add_box(struct crowd *c, struct box box);
void crowd_add_segment(struct crowd *c, struct segment segment);
/** crowd_covers_box(c, box, except, air): does a box but the ${except}-th come within ${air} of ${box}? */
bool crowd_covers_box(const struct crowd *c, const struct box *box, size_t except, double air);
bool crowd_covers_segment(const struct crowd *c, const struct box *box);
/** crowd_first_on(c, s, covered): the first part of ${s} that a box covers; false if none does. */
bool crowd_first_on(const struct crowd *c, const struct segment *s, struct segment *covered);
void crowd_release(struct crowd *c);

#endif
