#include "dyad/core/deadly.h"

#include "check.h"

static volatile sig_atomic_t caught;

static void
catch(int number)
{
    caught = number;
}

static void
waits_until_it_is_released(void)
{
    sigset_t before;

    deadly_handle(catch);
    deadly_hold(&before);
    raise(SIGTERM);
    CHECK(caught == 0);
    deadly_release(&before);
    CHECK(caught == SIGTERM);
}

static void
leaves_what_is_ignored(void)
{
    signal(SIGHUP, SIG_IGN);
    deadly_handle(catch);
    caught = 0;
    raise(SIGHUP);
    CHECK(caught == 0);
}

int
main(void)
{
    RUN(waits_until_it_is_released);
    RUN(leaves_what_is_ignored);
    return DONE();
}
