/* The parts of programs/name_map.c, which no library holds. */
#include "../../src/programs/name_map.c"

#include "check.h"

static void
finds_what_was_added(void)
{
    struct name_map m = NAME_MAP_INIT;
    char name[16];

    CHECK(name_map_find(&m, "a") == NULL);
    for (size_t i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%zu", i * 37);
        const struct named *new = name_map_add(&m, name, i);
        CHECK(new && new->value == i && m.n == i + 1);
    }
    for (size_t i = 0; i < 37000; i++) {
        snprintf(name, sizeof name, "%zu", i);
        const struct named *found = name_map_find(&m, name);
        CHECK((found != NULL) == (i % 37 == 0));
        CHECK(!found || (found->value == i / 37 && strcmp(found->text, name) == 0));
    }
    name_map_release(&m);
    CHECK(m.n == 0 && name_map_find(&m, "37") == NULL);
    name_map_release(&m);
}

static void
keeps_the_first_of_a_name(void)
{
    struct name_map m = NAME_MAP_INIT;

    for (size_t i = 0; i < 200; i++) {
        CHECK(name_map_add(&m, "", 5 + i)->value == 5);
        CHECK(name_map_add(&m, "\xc3\xa9\n", 6 + i)->value == 6);
        CHECK(m.n == 2);
    }
    name_map_release(&m);
}

int
main(void)
{
    RUN(finds_what_was_added);
    RUN(keeps_the_first_of_a_name);
    return DONE();
}
