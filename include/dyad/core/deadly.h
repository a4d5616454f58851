/*
 * core/deadly.h: the signals that end a program which has temporary files to remove first.
 *
 * Between making a file and noting that it is to be removed, they are held back.
 */
#ifndef DYAD_CORE_DEADLY_H
#define DYAD_CORE_DEADLY_H

#include <signal.h>

/** deadly_handle(handler): call ${handler} for each of them that is not ignored. */
void deadly_handle(void (*handler)(int));

/** deadly_hold(before): hold them back on this thread; ${before} is for deadly_release. */
void deadly_hold(sigset_t *before);

/** deadly_release(before): as it was before. */
void deadly_release(const sigset_t *before);

/**
 * deadly_end(): the handler's first step: wait until no other thread holds them back; from then on
 * none comes out of deadly_hold.  Never to be called between hold and release.
 */
void deadly_end(void);

#endif
