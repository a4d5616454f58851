/* tests/folder.h: a fresh folder for each test to work in. */
#ifndef DYAD_TESTS_FOLDER_H
#define DYAD_TESTS_FOLDER_H

#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dyad-test.XXXXXX";

static inline void
enter(void)
{
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    CHECK(mkdtemp(folder) != NULL);
    CHECK(chdir(folder) == 0);
    umask(022);
}

#endif
