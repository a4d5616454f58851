#include "dyad/core/workers.h"

#include "check.h"

#include <pthread.h>

struct element {
    int calls;
    pthread_t thread;
};

static void
call(void *element)
{
    struct element *e = element;
    e->calls++;
    e->thread = pthread_self();
}

static void
calls_each_element_once(void)
{
    static struct element elements[256];

    for (size_t n = 0; n <= 256; n = n < 8 ? n + 1 : 2 * n) {
        memset(elements, 0, sizeof elements);
        workers_run(n, call, elements, sizeof elements[0]);
        for (size_t i = 0; i < 256; i++)
            CHECK(elements[i].calls == (i < n));
    }
}

static void
works_on_the_calling_thread_too(void)
{
    struct element elements[3] = { { 0, 0 } };

    workers_run(3, call, elements, sizeof elements[0]);
    CHECK(pthread_equal(elements[0].thread, pthread_self()));
    CHECK(!pthread_equal(elements[1].thread, pthread_self()));
}

static void
knows_at_least_one_processor(void)
{
    CHECK(workers_available() >= 1 && workers_available() <= 256);
}

int
main(void)
{
    RUN(calls_each_element_once);
    RUN(works_on_the_calling_thread_too);
    RUN(knows_at_least_one_processor);
    return DONE();
}
