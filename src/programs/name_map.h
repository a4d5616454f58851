/* programs/name_map.h: numbers by name. */
#ifndef DYAD_PROGRAMS_NAME_MAP_H
#define DYAD_PROGRAMS_NAME_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct named {
    char *text; /* NULL: free */
    size_t value;
};

struct name_map {
    struct named *at;
    size_t n, room;
};

#define NAME_MAP_INIT                                                                                              \
    {                                                                                                              \
        .at = NULL                                                                                                 \
    }

/** name_map_find(m, text): NULL if nothing has that name. */
const struct named *name_map_find(const struct name_map *m, const char *text);

/** name_map_add(m, text, value): what there is by that name, ${value} if it is new; NULL if memory ran out. */
const struct named *name_map_add(struct name_map *m, const char *text, size_t value);

void name_map_release(struct name_map *m);

#endif
