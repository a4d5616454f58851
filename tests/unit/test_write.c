#include "dyad/core/write.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void
writes_all_of_it(void)
{
    int ends[2];
    char got[16] = "";

    CHECK(pipe(ends) == 0);
    CHECK(write_all(ends[1], "0123456789", 10));
    CHECK(read(ends[0], got, sizeof got) == 10 && strcmp(got, "0123456789") == 0);
    close(ends[0]);
    close(ends[1]);
}

static void
says_why_it_could_not(void)
{
    int ends[2];
    const int full = open("/dev/full", O_WRONLY);

    CHECK(full >= 0 && !write_all(full, "x", 1) && errno == ENOSPC);
    close(full);
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    CHECK(!write_all(ends[1], "x", 1) && errno == EPIPE);
    close(ends[1]);
}

int
main(void)
{
    RUN(writes_all_of_it);
    RUN(says_why_it_could_not);
    return DONE();
}
