#include "dyad/core/deadly.h"

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void *
hold_for_a_while(void *held)
{
    sigset_t before;

    deadly_hold(&before);
    atomic_store((atomic_int *)held, 1);
    usleep(50000);
    atomic_store((atomic_int *)held, 2);
    deadly_release(&before);
    return NULL;
}

static void *
hold_too_late(void *held)
{
    sigset_t before;

    deadly_hold(&before);
    atomic_store((atomic_int *)held, 3);
    return NULL;
}

/* In a process of its own, as nothing of it can be held any more. */
static void
ends_when_no_thread_holds(void)
{
    const pid_t child = fork();
    int status = 0;

    if (child == 0) {
        static atomic_int held;
        pthread_t thread;
        if (pthread_create(&thread, NULL, hold_for_a_while, &held) != 0)
            _exit(1);
        while (atomic_load(&held) == 0)
            usleep(100);
        deadly_end();
        if (atomic_load(&held) != 2 || pthread_create(&thread, NULL, hold_too_late, &held) != 0)
            _exit(2);
        usleep(50000);
        _exit(atomic_load(&held) == 2 ? 0 : 3);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
    RUN(waits_until_it_is_released);
    RUN(leaves_what_is_ignored);
    RUN(ends_when_no_thread_holds);
    return DONE();
}
