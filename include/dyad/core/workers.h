/* core/workers.h: the same function on several threads. */
#ifndef DYAD_CORE_WORKERS_H
#define DYAD_CORE_WORKERS_H

#include <stddef.h>

/**
 * workers_run(n, work, each, size):
 * Call ${work} for each of the ${n} elements of ${size} bytes at ${each}, each on a thread of its
 * own, the first on this one, and wait for all.  An element for which no thread can be had is
 * left alone: the work must be such that fewer workers do all of it.
 */
void workers_run(size_t n, void (*work)(void *), void *each, size_t size);

/** workers_available(): processors this process may use; at least 1. */
size_t workers_available(void);

#endif
