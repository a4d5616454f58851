#include "dyad/output/bundle.h"

#include "dyad/core/deadly.h"
#include "dyad/core/write.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    AT_ONCE = 2,
    REMOVALS = 1000 /* tries, while other threads still write */
};

/* The hidden folders, in fixed storage, where a signal handler finds them. */
static struct {
    atomic_bool is_taken, exists;
    char path[PATH_MAX];
} hidden[AT_ONCE];

struct bundle {
    size_t number; /* of its hidden folder */
    char *path;    /* absolute, where it is to appear */
    char *parent;
    mode_t mode;   /* of a file */
};

/* --- removing ----------------------------------------------------------------------------- */

/* readdir() may allocate, which no signal handler may; the kernel's own call does not. */
struct entry64 {
    uint64_t inode;
    int64_t next;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* False if something is in it that was not there when it was read: another thread's. */
static bool
remove_folder(const char *path)
{
    _Alignas(struct entry64) char room[4096];
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    long n = 0;

    while (fd >= 0 && (n = syscall(SYS_getdents64, fd, room, sizeof room)) > 0)
        for (long at = 0; at < n;) {
            const struct entry64 *e = (const struct entry64 *)(const void *)(room + at);
            unlinkat(fd, e->name, 0); /* "." and ".." are no files: they stay */
            at += e->length;
        }
    if (fd >= 0)
        close(fd);
    return rmdir(path) == 0 || errno != ENOTEMPTY;
}

void
bundle_remove_all(void)
{
    const int saved = errno;

    for (size_t i = 0; i < AT_ONCE; i++)
        for (int tries = 0; tries < REMOVALS && atomic_load(&hidden[i].exists) && !remove_folder(hidden[i].path);)
            tries++;
    errno = saved;
}

void
bundle_free(struct bundle *b)
{
    if (b == NULL)
        return;
    if (b->number < AT_ONCE) {
        if (atomic_load(&hidden[b->number].exists))
            remove_folder(hidden[b->number].path);
        atomic_store(&hidden[b->number].exists, false);
        atomic_store(&hidden[b->number].is_taken, false);
    }
    free(b->path);
    free(b->parent);
    free(b);
}

/* --- making ------------------------------------------------------------------------------- */

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
cannot_write(const char *path, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
}

/* The parent's own name, that stands whatever folder is entered later, and the last part of ${path}. */
static enum dyad_status
find_place(struct bundle *b, const char *path, struct dyad_error *err)
{
    size_t length = strlen(path), from;
    struct text parent = TEXT_INIT, whole = TEXT_INIT;

    while (length > 1 && path[length - 1] == '/')
        length--;
    for (from = length; from > 0 && path[from - 1] != '/'; from--)
        ;
    const char *last = path + from;
    const size_t n = length - from;
    if (n == 0 || (n == 1 && *last == '.') || (n == 2 && strncmp(last, "..", 2) == 0))
        return dyad_fail(err, DYAD_IO, "cannot write '%s': name a folder of its own", path);
    text_put(&parent, from ? path : ".", from ? from : 1);
    b->parent = parent.failed ? NULL : realpath(parent.at, NULL);
    const bool found = b->parent != NULL || parent.failed;
    text_release(&parent);
    if (!found)
        return cannot_write(path, err);
    text_printf(&whole, "%s%s%.*s", b->parent ? b->parent : "", b->parent && b->parent[1] ? "/" : "", (int)n, last);
    b->path = text_steal(&whole);
    return b->path && b->parent ? DYAD_OK : no_memory(err);
}

static enum dyad_status
check_place(const struct bundle *b, const char *path, struct dyad_error *err)
{
    struct stat st;

    if (lstat(b->path, &st) != 0)
        return errno == ENOENT ? DYAD_OK : cannot_write(path, err);
    if (S_ISLNK(st.st_mode))
        return dyad_fail(err, DYAD_IO, "'%s' is a symbolic link: name the folder that it stands for", path);
    return S_ISDIR(st.st_mode) ? DYAD_OK : dyad_fail(err, DYAD_IO, "'%s' is no folder: name another", path);
}

static enum dyad_status
make_hidden(struct bundle *b, const char *path, struct dyad_error *err)
{
    sigset_t before;

    while (b->number < AT_ONCE && atomic_exchange(&hidden[b->number].is_taken, true))
        b->number++;
    assert(b->number < AT_ONCE);
    const int n = snprintf(hidden[b->number].path, PATH_MAX, "%s/.dyad.XXXXXX", b->parent);
    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return cannot_write(path, err);
    }
    deadly_hold(&before);
    const bool made = mkdtemp(hidden[b->number].path) != NULL;
    atomic_store(&hidden[b->number].exists, made);
    deadly_release(&before);
    return made ? DYAD_OK : cannot_write(path, err);
}

enum dyad_status
bundle_new(const char *path, struct bundle **out, struct dyad_error *err)
{
    struct bundle *b = calloc(1, sizeof *b);
    const mode_t mask = umask(0);
    enum dyad_status st;

    umask(mask);
    if (b == NULL)
        return no_memory(err);
    b->mode = 0666 & ~mask;
    if ((st = find_place(b, path, err)) == DYAD_OK && (st = check_place(b, path, err)) == DYAD_OK)
        st = make_hidden(b, path, err);
    else
        b->number = AT_ONCE;
    if (st == DYAD_OK)
        *out = b;
    else
        bundle_free(b);
    return st;
}

/* --- filling ------------------------------------------------------------------------------ */

void
bundle_path(const struct bundle *b, const char *name, struct text *out)
{
    text_printf(out, "%s/%s", hidden[b->number].path, name);
}

static bool
sync_file(int fd)
{
    int failed;

    do
        failed = fsync(fd);
    while (failed && errno == EINTR);
    return !failed;
}

/* The file as it will stand there, for messages. */
static enum dyad_status
cannot_write_file(const struct bundle *b, const char *name, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_IO, "cannot write '%s/%s': %s", b->path, name, strerror(errno));
}

/* Mode, disk, close; ${good}: all that was to be written is. */
static enum dyad_status
finish_file(const struct bundle *b, const char *name, int fd, bool good, struct dyad_error *err)
{
    if (good && fchmod(fd, b->mode) == 0 && sync_file(fd))
        return close(fd) == 0 ? DYAD_OK : cannot_write_file(b, name, err);
    const int saved = errno;
    close(fd);
    errno = saved;
    return cannot_write_file(b, name, err);
}

static enum dyad_status
open_file(const struct bundle *b, const char *name, int flags, int *fd, struct dyad_error *err)
{
    struct text path = TEXT_INIT;

    bundle_path(b, name, &path);
    if (path.failed)
        return no_memory(err);
    *fd = open(path.at, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    text_release(&path);
    return *fd >= 0 ? DYAD_OK : cannot_write_file(b, name, err);
}

enum dyad_status
bundle_put(struct bundle *b, const char *name, const char *bytes, size_t length, struct dyad_error *err)
{
    int fd = -1;
    const enum dyad_status st = open_file(b, name, O_WRONLY | O_CREAT | O_EXCL, &fd, err);

    return st == DYAD_OK ? finish_file(b, name, fd, write_all(fd, bytes, length), err) : st;
}

/* From ${in} to ${out}, all of it. */
static bool
copy_bytes(int in, int out)
{
    char piece[16384];
    ssize_t n;

    while ((n = read(in, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && !write_all(out, piece, (size_t)n))
            return false;
    return n == 0;
}

static enum dyad_status
copy_file(struct bundle *b, const char *name, const char *from, struct dyad_error *err)
{
    int fd = -1;
    const int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum dyad_status st = in >= 0 ? open_file(b, name, O_WRONLY | O_CREAT | O_EXCL, &fd, err) : cannot_write_file(b, name, err);

    if (st == DYAD_OK)
        st = finish_file(b, name, fd, copy_bytes(in, fd), err);
    if (in >= 0)
        close(in);
    return st;
}

enum dyad_status
bundle_link(struct bundle *b, const char *name, const char *from, struct dyad_error *err)
{
    struct text path = TEXT_INIT;

    bundle_path(b, name, &path);
    if (path.failed)
        return no_memory(err);
    const bool linked = link(from, path.at) == 0;
    text_release(&path);
    return linked ? DYAD_OK : copy_file(b, name, from, err);
}

enum dyad_status
bundle_settle(struct bundle *b, const char *name, struct dyad_error *err)
{
    int fd = -1;
    const enum dyad_status st = open_file(b, name, O_RDONLY, &fd, err);

    return st == DYAD_OK ? finish_file(b, name, fd, true, err) : st;
}

/* --- the commit --------------------------------------------------------------------------- */

static bool
sync_path(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems flush no folders and say so; one may be written but not read. */
    const bool good = fd < 0 ? errno == EACCES : sync_file(fd) || errno == EINVAL;
    const int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
    return good;
}

/* Where two names cannot change places in one step: three, of which the first two can be undone. */
static bool
change_places(const char *new, const char *place)
{
    char aside[PATH_MAX + 4];

    if (renameat2(AT_FDCWD, new, AT_FDCWD, place, RENAME_EXCHANGE) == 0)
        return true;
    if (errno == ENOENT)
        return rename(new, place) == 0;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    snprintf(aside, sizeof aside, "%s.old", new);
    if (rename(place, aside) != 0)
        return false;
    if (rename(new, place) == 0)
        return rename(aside, new) == 0;
    const int saved = errno;
    rename(aside, place);
    errno = saved;
    return false;
}

/* Of the folder that stood there before, what is known; what is not known keeps it there. */
static void
remove_old(const char *path, const char *const *names, size_t n)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    for (size_t i = 0; fd >= 0 && i < n; i++)
        unlinkat(fd, names[i], 0);
    if (fd >= 0)
        close(fd);
    rmdir(path);
}

enum dyad_status
bundle_commit(struct bundle *b, const char *const *old, size_t n_old, struct dyad_error *err)
{
    const char *new = hidden[b->number].path;
    sigset_t all, before;
    enum dyad_status st = DYAD_OK;

    if (chmod(new, b->mode | ((b->mode & 0444) >> 2)) != 0 || !sync_path(new))
        return cannot_write(b->path, err);
    /* From the change of names on the hidden one may be that of the old folder: it is no longer to be removed blindly. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (change_places(new, b->path)) {
        atomic_store(&hidden[b->number].exists, false);
        remove_old(new, old, n_old);
        (void)sync_path(b->parent);
    } else {
        st = cannot_write(b->path, err);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return st;
}
