/*
 * bare_pass.c: what it costs at least to look at every byte of a file.
 *
 *   bare_pass FILE [THREADS]
 *
 * Reads in pieces that stay in a core's cache and counts commas, line ends and quotes, thirty-two
 * bytes at a time; each thread has its part of the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VECTOR __attribute__((target("avx2,popcnt")))
#else
#define VECTOR
#endif

enum { PIECE = 256 * 1024, THREADS_MAX = 64 };

struct part {
    int fd;
    off_t from, to;
    uint64_t count;
};

VECTOR static uint64_t
count(const char *p, size_t n)
{
    uint64_t found = 0;
    size_t i = 0;

#if defined(__x86_64__)
    const __m256i comma = _mm256_set1_epi8(','), lf = _mm256_set1_epi8('\n'), quote = _mm256_set1_epi8('"');
    for (; i + 32 <= n; i += 32) {
        const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(p + i));
        found += (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, comma)));
        found += (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, lf)));
        found += (uint64_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, quote)));
    }
#endif
    for (; i < n; i++)
        found += p[i] == ',' || p[i] == '\n' || p[i] == '"';
    return found;
}

static void *
pass(void *part)
{
    struct part *w = part;
    char *piece = aligned_alloc(64, PIECE);

    for (off_t at = w->from; piece && at < w->to;) {
        const size_t wanted = w->to - at < PIECE ? (size_t)(w->to - at) : PIECE;
        const ssize_t n = pread(w->fd, piece, wanted, at);
        if (n <= 0)
            break;
        w->count += count(piece, (size_t)n);
        at += n;
    }
    free(piece);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct part parts[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    struct stat file;
    const int n = argc > 2 ? atoi(argv[2]) : 2, fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    uint64_t total = 0;

    if (fd < 0 || fstat(fd, &file) != 0 || n < 1 || n > THREADS_MAX) {
        fprintf(stderr, "usage: bare_pass FILE [THREADS]\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        parts[i] = (struct part){ fd, file.st_size / n * i, i + 1 < n ? file.st_size / n * (i + 1) : file.st_size, 0 };
        if (pthread_create(&threads[i], NULL, pass, &parts[i]) != 0)
            return 1;
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        total += parts[i].count;
    }
    printf("%llu separators\n", (unsigned long long)total);
    return 0;
}
