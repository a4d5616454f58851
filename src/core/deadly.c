#include "dyad/core/deadly.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };

static atomic_size_t n_holding; /* threads between hold and release */
static atomic_bool is_ending;

void
deadly_handle(void (*handler)(int))
{
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        if (signal(deadly[i], handler) == SIG_IGN)
            signal(deadly[i], SIG_IGN);
}

void
deadly_hold(sigset_t *before)
{
    sigset_t all;

    sigemptyset(&all);
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        sigaddset(&all, deadly[i]);
    pthread_sigmask(SIG_BLOCK, &all, before);
    atomic_fetch_add(&n_holding, 1);
    if (!atomic_load(&is_ending))
        return;
    atomic_fetch_sub(&n_holding, 1);
    for (;;)
        pause();
}

void
deadly_release(const sigset_t *before)
{
    atomic_fetch_sub(&n_holding, 1);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

void
deadly_end(void)
{
    atomic_store(&is_ending, true);
    while (atomic_load(&n_holding) > 0)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}
