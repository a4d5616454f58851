/* tests/unit/scratch.h: files and pipes that a test makes for itself, random bytes, small loops. */
#ifndef DYAD_TESTS_SCRATCH_H
#define DYAD_TESTS_SCRATCH_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Sanitizers keep memory of their own, and malloc is theirs. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

static char scratch_folder[64];
static char scratch_paths[64][128];
static size_t n_scratch;

static void
scratch_clean(void)
{
    for (size_t i = 0; i < n_scratch; i++)
        unlink(scratch_paths[i]);
    rmdir(scratch_folder);
}

/* The path of a file of that name in a folder of the test's own. */
static const char *
scratch_path(const char *name)
{
    if (scratch_folder[0] == '\0') {
        snprintf(scratch_folder, sizeof scratch_folder, "/tmp/dyad-test-XXXXXX");
        if (mkdtemp(scratch_folder) == NULL)
            abort();
        atexit(scratch_clean);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch_folder, name);
    for (size_t i = 0; i < n_scratch; i++)
        if (strcmp(scratch_paths[i], path) == 0)
            return scratch_paths[i];
    if (n_scratch == COUNT_OF(scratch_paths))
        abort();
    memcpy(scratch_paths[n_scratch], path, sizeof path);
    return scratch_paths[n_scratch++];
}

static inline const char *
scratch_file(const char *name, const void *bytes, size_t n)
{
    const char *path = scratch_path(name);
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
    return path;
}

static inline const char *
scratch_text(const char *name, const char *text)
{
    return scratch_file(name, text, strlen(text));
}

/* Bytes as one gzip member, into ${out}; how many. */
static inline size_t
scratch_gzip(const void *bytes, size_t n, unsigned char *out, size_t room)
{
    z_stream z = { 0 };

    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&z);
    return room - z.avail_out;
}

/* A pipe that a thread fills, ${piece} bytes at a time: the begin once, then ${repeat} times the
 * bytes. */
struct scratch_pipe {
    const char *begin;
    size_t n_begin;
    const char *bytes;
    size_t n, piece, repeat;
    int ends[2];
    char path[32];
    pthread_t thread;
};

/* False when the reader has had enough. */
static bool
scratch_write(const struct scratch_pipe *p, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        const size_t wanted = n - at < p->piece ? n - at : p->piece;
        const ssize_t done = write(p->ends[1], bytes + at, wanted);
        if (done < 0)
            return false;
        at += (size_t)done;
    }
    return true;
}

static void *
scratch_pour(void *pipe_of)
{
    struct scratch_pipe *p = pipe_of;
    bool wanted = scratch_write(p, p->begin, p->n_begin);

    for (size_t k = 0; k < p->repeat && wanted; k++)
        wanted = scratch_write(p, p->bytes, p->n);
    close(p->ends[1]);
    return NULL;
}

static inline void
scratch_pipe_open(struct scratch_pipe *p)
{
    signal(SIGPIPE, SIG_IGN);
    if (pipe(p->ends) != 0 || pthread_create(&p->thread, NULL, scratch_pour, p) != 0)
        abort();
    snprintf(p->path, sizeof p->path, "/dev/fd/%d", p->ends[0]);
}

static inline void
scratch_pipe_close(struct scratch_pipe *p)
{
    close(p->ends[0]);
    pthread_join(p->thread, NULL);
}

/* splitmix64: Steele, Lea & Flood (2014). */
static inline uint64_t
scratch_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline size_t
scratch_below(uint64_t *state, size_t n)
{
    return (size_t)(scratch_random(state) % n);
}

#endif
