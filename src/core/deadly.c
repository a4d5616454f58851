#include "dyad/core/deadly.h"

#include <stddef.h>

static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };

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
}

void
deadly_release(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
