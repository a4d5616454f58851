#include "dyad/data/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

enum { PIECE = 1 << 18 };

static void
finish(struct sha256_ctx *sum, char hex[DIGEST_ROOM])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];

    sha256_digest(sum, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[DIGEST_ROOM - 1] = '\0';
}

void
digest_bytes(const char *bytes, size_t length, char hex[DIGEST_ROOM])
{
    struct sha256_ctx sum;

    sha256_init(&sum);
    sha256_update(&sum, length, (const uint8_t *)bytes);
    finish(&sum, hex);
}

static enum dyad_status
cannot_read(const char *path, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_IO, "%s: %s", path, strerror(errno));
}

/* All of a file, a piece at a time. */
static enum dyad_status
read_all(int fd, const char *path, struct sha256_ctx *sum, struct text *keep, uint64_t *bytes, struct dyad_error *err)
{
    char *piece = malloc(PIECE);
    enum dyad_status st = piece ? DYAD_OK : dyad_fail(err, DYAD_NOMEM, "out of memory");
    ssize_t n = 1;

    *bytes = 0;
    while (st == DYAD_OK && n != 0) {
        n = read(fd, piece, PIECE);
        if (n < 0 && errno != EINTR)
            st = cannot_read(path, err);
        if (n <= 0)
            continue;
        sha256_update(sum, (size_t)n, (const uint8_t *)piece);
        *bytes += (uint64_t)n;
        if (keep)
            text_put(keep, piece, (size_t)n);
    }
    free(piece);
    return st == DYAD_OK && keep && keep->failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : st;
}

enum dyad_status
digest_file(const char *path, struct text *keep, uint64_t *bytes, char hex[DIGEST_ROOM], struct dyad_error *err)
{
    struct sha256_ctx sum;
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum dyad_status status;

    if (fd < 0)
        return cannot_read(path, err);
    sha256_init(&sum);
    if (fstat(fd, &st) != 0)
        status = cannot_read(path, err);
    else if (!S_ISREG(st.st_mode))
        status = dyad_fail(err, DYAD_IO, "%s: is no file", path);
    else
        status = read_all(fd, path, &sum, keep, bytes, err);
    close(fd);
    if (status == DYAD_OK)
        finish(&sum, hex);
    return status;
}
