#include "name_map.h"

#include "dyad/core/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where it is, or would be; the map has room. */
static struct named *
place_of(const struct name_map *m, const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (size_t i = hash & (m->room - 1);; i = (i + 1) & (m->room - 1))
        if (m->at[i].text == NULL || strcmp(m->at[i].text, text) == 0)
            return &m->at[i];
}

static bool
make_room(struct name_map *m)
{
    struct name_map wider = { .n = m->n, .room = m->room ? 2 * m->room : 64 };

    if (2 * m->n < m->room)
        return true;
    if ((wider.at = calloc(wider.room, sizeof *wider.at)) == NULL)
        return false;
    for (size_t i = 0; i < m->room; i++)
        if (m->at[i].text)
            *place_of(&wider, m->at[i].text) = m->at[i];
    free(m->at);
    *m = wider;
    return true;
}

const struct named *
name_map_find(const struct name_map *m, const char *text)
{
    const struct named *found = m->room ? place_of(m, text) : NULL;

    return found && found->text ? found : NULL;
}

const struct named *
name_map_add(struct name_map *m, const char *text, size_t value)
{
    if (!make_room(m))
        return NULL;
    struct named *place = place_of(m, text);
    if (place->text)
        return place;
    *place = (struct named){ text_copy(text), value };
    m->n += place->text != NULL;
    return place->text ? place : NULL;
}

void
name_map_release(struct name_map *m)
{
    for (size_t i = 0; i < m->room; i++)
        free(m->at[i].text);
    free(m->at);
    *m = (struct name_map)NAME_MAP_INIT;
}
