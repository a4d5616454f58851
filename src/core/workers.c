#include "dyad/core/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

enum { WORKERS_MAX = 256 };

struct job {
    pthread_t thread;
    void (*work)(void *);
    void *element;
    bool started;
};

static void *
run(void *job)
{
    const struct job *j = job;
    j->work(j->element);
    return NULL;
}

void
workers_run(size_t n, void (*work)(void *), void *each, size_t size)
{
    struct job jobs[WORKERS_MAX];

    if (n == 0)
        return;
    if (n > WORKERS_MAX)
        n = WORKERS_MAX;
    for (size_t i = 1; i < n; i++) {
        jobs[i] = (struct job){ .work = work, .element = (char *)each + i * size };
        jobs[i].started = pthread_create(&jobs[i].thread, NULL, run, &jobs[i]) == 0;
    }
    work(each);
    for (size_t i = 1; i < n; i++)
        if (jobs[i].started)
            pthread_join(jobs[i].thread, NULL);
}

size_t
workers_available(void)
{
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);

    if (n < 1)
        n = 1;
    return n > WORKERS_MAX ? WORKERS_MAX : (size_t)n;
}
