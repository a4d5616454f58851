/*
 * failmalloc: malloc, calloc, realloc and aligned_alloc that fail on purpose, for scripts/check-allocations.
 *
 * FAIL_AT=N fails the N-th call, FAIL_FROM=N that and all behind it; COUNT_FILE gets the number of
 * calls at the end.  glibc's own functions do the work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long calls;
static long fail_at, fail_from;

static long
setting(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void
begin(void)
{
    fail_at = setting("FAIL_AT");
    fail_from = setting("FAIL_FROM");
    atomic_store(&calls, 0);
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("COUNT_FILE");
    char text[32];
    const int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

    if (fd >= 0 && write(fd, text, (size_t)length) == length)
        close(fd);
}

static int
fails(void)
{
    const long call = atomic_fetch_add(&calls, 1) + 1;

    if (call != fail_at && (fail_from == 0 || call < fail_from))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *
realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
