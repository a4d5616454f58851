#include "dyad/output/outbox.h"

#include "dyad/core/deadly.h"
#include "dyad/core/text.h"
#include "dyad/core/write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what a signal handler removes ------------------------------------------------------------ */

/*
 * Names in fixed storage, so that a handler follows no pointer that is about to be freed.  Files
 * beyond the room are removed by outbox_free() only.
 */
enum { PENDING_ROOM = 512 };

static struct {
    atomic_bool is_set;
    bool is_folder;
    char path[PATH_MAX];
} pending[PENDING_ROOM];

static void
pending_add(const char *path, bool is_folder)
{
    const size_t size = strlen(path) + 1;

    for (size_t i = 0; i < PENDING_ROOM && size <= PATH_MAX; i++)
        if (!atomic_load(&pending[i].is_set)) {
            memcpy(pending[i].path, path, size);
            pending[i].is_folder = is_folder;
            atomic_store(&pending[i].is_set, true);
            return;
        }
}

static void
pending_drop(const char *path)
{
    for (size_t i = 0; i < PENDING_ROOM; i++)
        if (atomic_load(&pending[i].is_set) && strcmp(pending[i].path, path) == 0)
            atomic_store(&pending[i].is_set, false);
}

void
outbox_remove_all(void)
{
    const int saved = errno;

    for (size_t i = 0; i < PENDING_ROOM; i++)
        if (atomic_load(&pending[i].is_set) && !pending[i].is_folder)
            unlink(pending[i].path);
    /* Inner folders were made after outer ones. */
    for (size_t i = PENDING_ROOM; i-- > 0;)
        if (atomic_load(&pending[i].is_set) && pending[i].is_folder)
            rmdir(pending[i].path);
    errno = saved;
}

/* --- the box ---------------------------------------------------------------------------------- */

struct entry {
    char *path;
    char *folder;    /* that holds it */
    char *temporary; /* beside it; NULL where ${bytes} go straight to a device or pipe */
    char *backup;    /* another name of the file that stood there; NULL if there was none */
    struct text bytes;
    mode_t mode;
    dev_t device;    /* of the folder, */
    ino_t inode;     /* to know the same place under another name */
    bool is_reserved, is_renamed;
};

struct outbox {
    struct entry *entries;
    size_t n_entries;
    char **folders; /* that were made */
    size_t n_folders;
    mode_t mode; /* of a new file */
};

struct outbox *
outbox_new(void)
{
    struct outbox *box = calloc(1, sizeof *box);

    if (box) {
        const mode_t mask = umask(0);
        umask(mask);
        box->mode = 0666 & ~mask;
    }
    return box;
}

static void
entry_release(struct entry *e)
{
    if (e->temporary) {
        unlink(e->temporary);
        pending_drop(e->temporary);
    }
    free(e->path);
    free(e->folder);
    free(e->temporary);
    free(e->backup);
    text_release(&e->bytes);
}

/* Forget files and folders; ${keep} them on the disk or not. */
static void
empty(struct outbox *box, bool keep)
{
    for (size_t i = 0; i < box->n_entries; i++)
        entry_release(&box->entries[i]);
    while (box->n_folders > 0) {
        char *folder = box->folders[--box->n_folders];
        if (!keep)
            rmdir(folder);
        pending_drop(folder);
        free(folder);
    }
    box->n_entries = 0;
}

void
outbox_free(struct outbox *box)
{
    if (box == NULL)
        return;
    empty(box, false);
    free(box->entries);
    free(box->folders);
    free(box);
}

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

static const char *
base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder that holds ${path}, as a name that can be opened. */
static char *
folder_of(const char *path)
{
    const char *base = base_of(path);
    struct text folder = TEXT_INIT;

    text_put(&folder, path, (size_t)(base - path));
    if (folder.length == 0)
        text_puts(&folder, ".");
    return text_steal(&folder);
}

/* What stands at ${path}: a file to be replaced, nothing, or a device to be written through. */
static enum dyad_status
look_at(const struct outbox *box, const char *path, mode_t *mode, bool *is_device,
        struct dyad_error *err)
{
    struct stat st;

    *mode = box->mode;
    *is_device = false;
    if (*base_of(path) == '\0')
        return dyad_fail(err, DYAD_IO, "cannot write '%s': name a file, not a folder", path);
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? DYAD_OK : cannot_write(path, err);
    if (S_ISREG(st.st_mode)) {
        *mode = st.st_mode & 0777;
        return DYAD_OK;
    }
    /* A link to a device, as /dev/stdout is, replaces nothing. */
    if (S_ISLNK(st.st_mode) && (stat(path, &st) != 0 || S_ISREG(st.st_mode)))
        return dyad_fail(err, DYAD_IO,
                         "'%s' is a symbolic link: name the file that it stands for", path);
    if (S_ISDIR(st.st_mode))
        return dyad_fail(err, DYAD_IO, "'%s' is a folder: name a file in it", path);
    *is_device = true;
    return DYAD_OK;
}

/* An entry at the end of the box, that counts once its caller raises n_entries. */
static enum dyad_status
begin_entry(struct outbox *box, const char *path, bool *is_device, struct entry **out,
            struct dyad_error *err)
{
    struct stat folder;
    mode_t mode;

    enum dyad_status status = look_at(box, path, &mode, is_device, err);
    if (status != DYAD_OK)
        return status;
    struct entry *grown = realloc(box->entries, (box->n_entries + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    box->entries = grown;

    struct entry e = { .path = text_copy(path), .folder = folder_of(path), .mode = mode };
    if (e.path == NULL || e.folder == NULL) {
        entry_release(&e);
        return no_memory(err);
    }
    if (stat(e.folder, &folder) != 0) {
        status = cannot_write(path, err);
        entry_release(&e);
        return status;
    }
    e.device = folder.st_dev;
    e.inode = folder.st_ino;
    *out = &box->entries[box->n_entries];
    **out = e;
    return DYAD_OK;
}

static bool
is_same_place(const struct entry *a, const struct entry *b)
{
    return a->device == b->device && a->inode == b->inode &&
           strcmp(base_of(a->path), base_of(b->path)) == 0;
}

/* A new, empty file beside the place of ${e}. */
static enum dyad_status
open_temporary(const struct outbox *box, struct entry *e, int *fd, struct dyad_error *err)
{
    struct text name = TEXT_INIT;

    for (size_t i = 0; i < box->n_entries; i++)
        if (box->entries[i].temporary && is_same_place(&box->entries[i], e))
            return dyad_fail(err, DYAD_USAGE, "'%s' is named for two outputs", e->path);
    text_put(&name, e->path, (size_t)(base_of(e->path) - e->path));
    text_puts(&name, ".dyad.XXXXXX");
    char *temporary = text_steal(&name);
    if (temporary == NULL)
        return no_memory(err);
    sigset_t before;
    deadly_hold(&before);
    *fd = mkostemp(temporary, O_CLOEXEC);
    if (*fd >= 0)
        pending_add(temporary, false);
    deadly_release(&before);
    if (*fd < 0) {
        const enum dyad_status status = cannot_write(e->path, err);
        free(temporary);
        return status;
    }
    e->temporary = temporary;
    return DYAD_OK;
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

/* Everything on the disk, with the mode it is to have; closes ${fd} whatever happens. */
static bool
settle(int fd, mode_t mode)
{
    if (fchmod(fd, mode) == 0 && sync_file(fd))
        return close(fd) == 0;
    const int saved = errno;
    close(fd);
    errno = saved;
    return false;
}

static enum dyad_status
fill_temporary(struct outbox *box, struct entry *e, const char *bytes, size_t length,
               struct dyad_error *err)
{
    int fd;

    const enum dyad_status status = open_temporary(box, e, &fd, err);
    if (status != DYAD_OK)
        return status;
    if (!write_all(fd, bytes, length)) {
        const int saved = errno;
        close(fd);
        errno = saved;
        return cannot_write(e->path, err);
    }
    return settle(fd, e->mode) ? DYAD_OK : cannot_write(e->path, err);
}

enum dyad_status
outbox_put(struct outbox *box, const char *path, const char *bytes, size_t length,
           struct dyad_error *err)
{
    struct entry *e;
    bool is_device;

    enum dyad_status status = begin_entry(box, path, &is_device, &e, err);
    if (status != DYAD_OK)
        return status;
    if (is_device) {
        text_put(&e->bytes, bytes, length);
        if (e->bytes.failed)
            status = no_memory(err);
    } else {
        status = fill_temporary(box, e, bytes, length, err);
    }
    if (status == DYAD_OK)
        box->n_entries++;
    else
        entry_release(e);
    return status;
}

enum dyad_status
outbox_reserve(struct outbox *box, const char *path, const char **temporary,
               struct dyad_error *err)
{
    struct entry *e;
    bool is_device;
    int fd;

    enum dyad_status status = begin_entry(box, path, &is_device, &e, err);
    if (status != DYAD_OK)
        return status;
    if (is_device)
        status = dyad_fail(err, DYAD_IO, "'%s' is not a regular file", path);
    else
        status = open_temporary(box, e, &fd, err);
    if (status != DYAD_OK) {
        entry_release(e);
        return status;
    }
    close(fd);
    e->is_reserved = true;
    *temporary = e->temporary;
    box->n_entries++;
    return DYAD_OK;
}

enum dyad_status
outbox_folder(struct outbox *box, const char *path, struct dyad_error *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return DYAD_OK;
    char **grown = realloc(box->folders, (box->n_folders + 1) * sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    box->folders = grown;
    char *copy = text_copy(path);
    if (copy == NULL)
        return no_memory(err);
    for (size_t length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--)
        copy[length - 1] = '\0';
    sigset_t before;
    deadly_hold(&before);
    const bool made = mkdir(copy, 0777) == 0;
    if (made)
        pending_add(copy, true);
    deadly_release(&before);
    if (!made) {
        free(copy);
        return dyad_fail(err, DYAD_IO, "cannot make the folder '%s': %s", path, strerror(errno));
    }
    box->folders[box->n_folders++] = copy;
    return DYAD_OK;
}

/* --- the commit ------------------------------------------------------------------------------- */

/* A reserved file, now that somebody has filled it. */
static enum dyad_status
settle_reserved(const struct entry *e, struct dyad_error *err)
{
    struct stat st;

    const int fd = open(e->temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cannot_write(e->path, err);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return dyad_fail(err, DYAD_IO, "cannot write '%s': what was to become it is no file",
                         e->path);
    }
    return settle(fd, e->mode) ? DYAD_OK : cannot_write(e->path, err);
}

/* A device or pipe: nothing to rename, nothing to flush to a disk. */
static enum dyad_status
write_through(const struct entry *e, struct dyad_error *err)
{
    const int fd = open(e->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return cannot_write(e->path, err);
    const bool is_written = write_all(fd, e->bytes.at, e->bytes.length);
    const int saved = errno;
    if ((close(fd) == 0 || errno == EINTR) && is_written)
        return DYAD_OK;
    if (!is_written)
        errno = saved;
    return cannot_write(e->path, err);
}

/* Give the file that stands at the place of ${e} a second name, to be able to put it back. */
static enum dyad_status
back_up(struct entry *e, struct dyad_error *err)
{
    struct text name = TEXT_INIT;

    text_printf(&name, "%s.old", e->temporary);
    char *backup = text_steal(&name);
    if (backup == NULL)
        return no_memory(err);
    if (link(e->path, backup) == 0) {
        e->backup = backup;
        return DYAD_OK;
    }
    free(backup);
    /* Nothing to keep, or a file system without hard links. */
    if (errno == ENOENT || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS ||
        errno == EMLINK)
        return DYAD_OK;
    return cannot_write(e->path, err);
}

static enum dyad_status
sync_folder(const char *folder, const char *path, struct dyad_error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) /* a folder may be written but not read */
        return errno == EACCES ? DYAD_OK : cannot_write(path, err);
    /* Some file systems flush no folders and say so. */
    const bool is_synced = sync_file(fd) || errno == EINVAL;
    const int saved = errno;
    close(fd);
    errno = saved;
    return is_synced ? DYAD_OK : cannot_write(path, err);
}

/* The names too are on the disk, of files and of folders that were made for them. */
static enum dyad_status
sync_folders(const struct outbox *box, struct dyad_error *err)
{
    enum dyad_status status = DYAD_OK;
    const struct entry *last = NULL;

    for (size_t i = 0; i < box->n_entries && status == DYAD_OK; i++) {
        const struct entry *e = &box->entries[i];
        if (e->temporary == NULL ||
            (last && last->device == e->device && last->inode == e->inode))
            continue;
        status = sync_folder(e->folder, e->path, err);
        last = e;
    }
    for (size_t i = 0; i < box->n_folders && status == DYAD_OK; i++) {
        char *parent = folder_of(box->folders[i]);
        status = parent ? sync_folder(parent, box->folders[i], err) : no_memory(err);
        free(parent);
    }
    return status;
}

static enum dyad_status
put_in_place(struct outbox *box, struct dyad_error *err)
{
    for (size_t i = 0; i < box->n_entries; i++) {
        struct entry *e = &box->entries[i];
        if (e->temporary == NULL)
            continue;
        const enum dyad_status status = back_up(e, err);
        if (status != DYAD_OK)
            return status;
        if (rename(e->temporary, e->path) != 0)
            return cannot_write(e->path, err);
        e->is_renamed = true;
    }
    return sync_folders(box, err);
}

/* After a failure: every place as it was, as far as backups exist. */
static void
put_back(struct outbox *box)
{
    for (size_t i = 0; i < box->n_entries; i++) {
        struct entry *e = &box->entries[i];
        if (e->is_renamed && e->backup)
            rename(e->backup, e->path);
        else if (e->is_renamed)
            unlink(e->path);
        else if (e->backup)
            unlink(e->backup);
        e->is_renamed = false;
        free(e->backup);
        e->backup = NULL;
    }
}

enum dyad_status
outbox_commit(struct outbox *box, struct dyad_error *err)
{
    enum dyad_status status = DYAD_OK;

    for (size_t i = 0; i < box->n_entries && status == DYAD_OK; i++)
        if (box->entries[i].is_reserved)
            status = settle_reserved(&box->entries[i], err);
    for (size_t i = 0; i < box->n_entries && status == DYAD_OK; i++)
        if (box->entries[i].temporary == NULL)
            status = write_through(&box->entries[i], err);
    if (status != DYAD_OK)
        return status;

    /* Between the first rename and the last no signal may end the program. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = put_in_place(box, err);
    if (status != DYAD_OK)
        put_back(box);
    for (size_t i = 0; i < box->n_entries; i++)
        if (box->entries[i].backup)
            unlink(box->entries[i].backup);
    if (status == DYAD_OK)
        empty(box, true);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}
