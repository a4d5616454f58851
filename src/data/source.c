#include "dyad/data/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>
#include <zlib.h>

#include "dyad/core/text.h"

enum { RAW_BYTES = 64 * 1024, HEAD_BYTES = 8 };

struct source {
    char *path;
    int fd;
    struct stat opened;
    uint64_t bytes;
    bool hash, packed, raw_ended, member_ended;
    struct sha256_ctx sha256;
    z_stream unpacker;
    unsigned char *raw; /* packed: what was read and not yet unpacked */
    unsigned char head[HEAD_BYTES];
    size_t head_length, head_used;
};

static const struct {
    const char *bytes;
    size_t length;
    const char *what;
} foreign[] = {
    { "\xff\xfe", 2, "UTF-16 text: save it as CSV in UTF-8" },
    { "\xfe\xff", 2, "UTF-16 text: save it as CSV in UTF-8" },
    { "PK\x03\x04", 4, "a zip archive or a workbook (xlsx, ods): export the sheet as CSV" },
    { "\xd0\xcf\x11\xe0", 4, "an old Office file (xls): export the sheet as CSV" },
    { "%PDF", 4, "a PDF: export the table as CSV" },
    { "\xfd"
      "7zXZ",
      5, "xz: unpack it first" },
    { "BZh", 3, "bzip2: unpack it first" },
    { "\x28\xb5\x2f\xfd", 4, "zstd: unpack it first" },
    { "SQLite f", 8, "an SQLite database: export the table as CSV" },
};

/* One read(2), whole or to the end of file. */
static enum dyad_status
read_fd(struct source *s, unsigned char *bytes, size_t room, size_t *n, struct dyad_error *err)
{
    *n = 0;
    while (*n < room) {
        const ssize_t got = read(s->fd, bytes + *n, room - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return dyad_fail(err, DYAD_IO, "%s: cannot be read: %s", source_path(s), strerror(errno));
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    s->bytes += *n;
    if (s->hash)
        sha256_update(&s->sha256, *n, bytes);
    return DYAD_OK;
}

static enum dyad_status
open_file(struct source *s, const char *path, struct dyad_error *err)
{
    s->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                   : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0 || fstat(s->fd, &s->opened) != 0)
        return dyad_fail(err, DYAD_IO, "%s: %s", source_path(s), strerror(errno));
    if (S_ISDIR(s->opened.st_mode))
        return dyad_fail(err, DYAD_IO, "%s: is a folder: name the file in it", source_path(s));
    return DYAD_OK;
}

static enum dyad_status
start_unpacking(struct source *s)
{
    s->raw = malloc(RAW_BYTES);
    if (s->raw == NULL)
        return DYAD_NOMEM;
    memcpy(s->raw, s->head, s->head_length);
    s->unpacker.next_in = s->raw;
    s->unpacker.avail_in = (uInt)s->head_length;
    if (inflateInit2(&s->unpacker, 15 + 16) != Z_OK) {
        free(s->raw);
        s->raw = NULL;
        return DYAD_NOMEM;
    }
    s->packed = true;
    return DYAD_OK;
}

enum dyad_status
source_open(const char *path, bool hash, struct source **out, struct dyad_error *err)
{
    enum dyad_status st;
    struct source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    s->fd = -1;
    s->hash = hash;
    sha256_init(&s->sha256);
    s->path = text_copy(path);
    if (s->path == NULL) {
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
        goto done;
    }
    if ((st = open_file(s, path, err)) != DYAD_OK ||
        (st = read_fd(s, s->head, HEAD_BYTES, &s->head_length, err)) != DYAD_OK)
        goto done;

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (s->head_length >= foreign[i].length &&
            memcmp(s->head, foreign[i].bytes, foreign[i].length) == 0) {
            st = dyad_fail(err, DYAD_PARSE, "%s: is no CSV; it looks like %s", source_path(s), foreign[i].what);
            goto done;
        }
    if (s->head_length >= 2 && s->head[0] == 0x1f && s->head[1] == 0x8b &&
        (st = start_unpacking(s)) != DYAD_OK)
        dyad_fail(err, st, "out of memory");
done:
    if (st != DYAD_OK)
        source_close(s);
    else
        *out = s;
    return st;
}

static enum dyad_status
damaged(struct source *s, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_PARSE, "%s: damaged or cut-off gzip data", source_path(s));
}

static enum dyad_status
refill(struct source *s, struct dyad_error *err)
{
    size_t n;
    const enum dyad_status st = read_fd(s, s->raw, RAW_BYTES, &n, err);

    s->unpacker.next_in = s->raw;
    s->unpacker.avail_in = (uInt)n;
    s->raw_ended = n == 0;
    return st;
}

/* gzip files may be several, one behind the other. */
static enum dyad_status
unpack(struct source *s, char *bytes, size_t room, size_t *n, struct dyad_error *err)
{
    enum dyad_status st;

    s->unpacker.next_out = (unsigned char *)bytes;
    s->unpacker.avail_out = (uInt)room;
    while (s->unpacker.avail_out > 0) {
        if (s->unpacker.avail_in == 0 && !s->raw_ended && (st = refill(s, err)) != DYAD_OK)
            return st;
        if (s->raw_ended) {
            if (!s->member_ended)
                return damaged(s, err);
            break;
        }
        if (s->member_ended && inflateReset(&s->unpacker) != Z_OK)
            return damaged(s, err);
        s->member_ended = false;
        const int code = inflate(&s->unpacker, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
            return dyad_fail(err, DYAD_NOMEM, "out of memory");
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return damaged(s, err);
        s->member_ended = code == Z_STREAM_END;
    }
    *n = room - s->unpacker.avail_out;
    return DYAD_OK;
}

enum dyad_status
source_read(struct source *s, char *bytes, size_t room, size_t *n, struct dyad_error *err)
{
    size_t from_head = 0;

    *n = 0;
    if (s->packed)
        return unpack(s, bytes, room, n, err);
    if (s->head_used < s->head_length) {
        from_head = s->head_length - s->head_used;
        if (from_head > room)
            from_head = room;
        memcpy(bytes, s->head + s->head_used, from_head);
        s->head_used += from_head;
    }
    const enum dyad_status st =
        read_fd(s, (unsigned char *)bytes + from_head, room - from_head, n, err);
    *n += from_head;
    return st;
}

bool
source_is_addressed(const struct source *s)
{
    return S_ISREG(s->opened.st_mode) && !s->packed && !s->hash && strcmp(s->path, "-") != 0;
}

enum dyad_status
source_read_at(const struct source *s, uint64_t at, char *bytes, size_t room, size_t *n, struct dyad_error *err)
{
    *n = 0;
    while (*n < room) {
        const ssize_t got = pread(s->fd, bytes + *n, room - *n, (off_t)(at + *n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return dyad_fail(err, DYAD_IO, "%s: cannot be read: %s", source_path(s), strerror(errno));
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    return DYAD_OK;
}

void
source_take_all(struct source *s)
{
    s->bytes = source_size(s);
}

enum dyad_status
source_finish(struct source *s, struct dyad_error *err)
{
    struct stat now;

    if (!S_ISREG(s->opened.st_mode) || strcmp(s->path, "-") == 0)
        return DYAD_OK;
    if (fstat(s->fd, &now) != 0 || now.st_size != s->opened.st_size ||
        now.st_mtim.tv_sec != s->opened.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != s->opened.st_mtim.tv_nsec || (uint64_t)now.st_size != s->bytes)
        return dyad_fail(err, DYAD_IO, "%s: changed while it was read: run again when it is at rest",
                         source_path(s));
    return DYAD_OK;
}

const char *
source_path(const struct source *s)
{
    return s->path && strcmp(s->path, "-") == 0 ? "standard input" : s->path;
}

uint64_t
source_bytes(const struct source *s)
{
    return s->bytes;
}

uint64_t
source_size(const struct source *s)
{
    return S_ISREG(s->opened.st_mode) ? (uint64_t)s->opened.st_size : 0;
}

void
source_sha256(struct source *s, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_DIGEST_SIZE];

    hex[0] = '\0';
    if (!s->hash)
        return;
    sha256_digest(&s->sha256, sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[64] = '\0';
}

void
source_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->packed)
        inflateEnd(&s->unpacker);
    if (s->fd >= 0)
        close(s->fd);
    free(s->raw);
    free(s->path);
    free(s);
}
