#include "dyad/output/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dyad/core/deadly.h"
#include "dyad/output/child.h"
#include "dyad/output/utf8.h"

#define SCRIPT "script"

enum {
    LEAST_PICTURE = 500,        /* bytes; an empty plot of any terminal has more */
    MOST_PICTURE = 256 << 20,   /* as many as the child may write */
    ERRORS_KEPT = 4096,
    COVERAGE_KEPT = 16 << 20,
    FOLDER_ROOM = 4096,
    REMOVALS = 100              /* tries of a handler, while other threads still write */
};

/* The folders of the runs in hand, where a signal handler finds them. */
static struct folder {
    atomic_bool is_taken, exists;
    char path[FOLDER_ROOM];
} folders[GNUPLOT_AT_ONCE];

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

static struct folder *
folder_take(void)
{
    for (size_t i = 0; i < GNUPLOT_AT_ONCE; i++)
        if (!atomic_exchange(&folders[i].is_taken, true))
            return &folders[i];
    return NULL;
}

static struct folder *
folder_make(struct dyad_error *err)
{
    const char *base = getenv("TMPDIR");
    struct folder *f = folder_take();

    if (f == NULL) {
        dyad_fail(err, DYAD_DEFECT, "more than %d pictures at once", GNUPLOT_AT_ONCE);
        return NULL;
    }
    if (base == NULL || base[0] != '/')
        base = "/tmp";
    const int n = snprintf(f->path, sizeof f->path, "%s/dyad.XXXXXX", base);
    const bool fits = n >= 0 && (size_t)n < sizeof f->path - 32;
    sigset_t before;
    deadly_hold(&before);
    const bool made = fits && mkdtemp(f->path) != NULL;
    atomic_store(&f->exists, made);
    deadly_release(&before);
    if (!made) {
        dyad_fail(err, DYAD_IO, "cannot make a temporary folder in '%s': %s", base,
                  strerror(fits ? errno : ENAMETOOLONG));
        atomic_store(&f->is_taken, false);
        return NULL;
    }
    return f;
}

/* Only names that a run makes itself; unlink and rmdir are safe in a handler.  False: something is left in it. */
static bool
folder_clear(const struct folder *f)
{
    static const char names[][12] = { SCRIPT, GNUPLOT_PICTURE };
    char path[FOLDER_ROOM + 16];
    size_t n = 0;

    while (f->path[n])
        path[n] = f->path[n], n++;
    path[n++] = '/';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        memcpy(path + n, names[i], sizeof names[i]);
        unlink(path);
    }
    /* Data files are called by one letter. */
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const char *c = letters; *c; c++) {
        path[n] = *c;
        path[n + 1] = '\0';
        unlink(path);
    }
    return rmdir(f->path) == 0 || errno == ENOENT;
}

void
gnuplot_remove_all(void)
{
    for (size_t i = 0; i < GNUPLOT_AT_ONCE; i++)
        for (int tries = 0; tries < REMOVALS && atomic_load(&folders[i].exists) && !folder_clear(&folders[i]);)
            tries++;
}

/* nftw() needs memory; it is asked only for what a run does not make itself, as a font cache. */
static void
folder_remove(struct folder *f)
{
    if (!folder_clear(f))
        nftw(f->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    atomic_store(&f->exists, false);
    atomic_store(&f->is_taken, false);
}

static enum dyad_status
write_file(const char *folder, const char *name, const struct text *content, struct dyad_error *err)
{
    char path[FOLDER_ROOM + 64];
    enum dyad_status st = DYAD_OK;

    if (content->failed)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
    for (size_t done = 0; done < content->length;) {
        const ssize_t n = write(fd, content->at + done, content->length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            st = dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path,
                           n < 0 ? strerror(errno) : "nothing was taken");
            break;
        }
        done += (size_t)n;
    }
    if (close(fd) != 0 && st == DYAD_OK)
        st = dyad_fail(err, DYAD_IO, "cannot write '%s': %s", path, strerror(errno));
    return st;
}

static enum dyad_status
read_picture(const char *folder, struct text *picture, struct dyad_error *err)
{
    char path[FOLDER_ROOM + 64], bytes[65536];
    ssize_t got = 0;

    snprintf(path, sizeof path, "%s/%s", folder, GNUPLOT_PICTURE);
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return dyad_fail(err, DYAD_IO, "gnuplot wrote no picture");
    while (picture->length <= MOST_PICTURE &&
           ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            text_put(picture, bytes, (size_t)got);
    const int why = errno;
    close(fd);
    if (got < 0)
        return dyad_fail(err, DYAD_IO, "cannot read the picture: %s", strerror(why));
    return picture->failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : DYAD_OK;
}

static bool
ends_with(const struct text *t, const char *tail, size_t length)
{
    size_t end = t->length;

    while (end > 0 && (t->at[end - 1] == '\n' || t->at[end - 1] == '\r'))
        end--;
    return end >= length && memcmp(t->at + end - length, tail, length) == 0;
}

static bool
is_whole(const struct text *picture, const char *format)
{
    if (picture->length <= LEAST_PICTURE)
        return false;
    if (strcmp(format, "svg") == 0)
        return ends_with(picture, "</svg>", 6);
    if (strcmp(format, "png") == 0)
        return memcmp(picture->at, "\x89PNG\r\n\x1a\n", 8) == 0 &&
               ends_with(picture, "IEND\xae\x42\x60\x82", 8);
    return memcmp(picture->at, "%PDF", 4) == 0 && ends_with(picture, "%%EOF", 5);
}

/* Lines that say nothing of the picture: the fonts' library about its caches. */
static bool
is_idle_talk(const char *line, size_t length)
{
    static const char *const known[] = { "Fontconfig ", "Pango-WARNING" };

    if (length == 0)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memmem(line, length, known[i], strlen(known[i])))
            return true;
    return false;
}

/* The first complaint in ${errors} as one harmless line; NULL if there is none. */
static const char *
first_complaint(const struct text *errors, char *out, size_t room)
{
    for (const char *line = errors->at; line && *line;) {
        const size_t length = strcspn(line, "\n");
        if (!is_idle_talk(line, length) && strspn(line, " \t\r^") < length) {
            size_t n = 0;
            for (; n < length && n + 1 < room; n++)
                out[n] = line[n] < 0x20 || line[n] > 0x7e ? '?' : line[n];
            out[n] = '\0';
            return out;
        }
        line += length + (line[length] != '\0');
    }
    return NULL;
}

static enum dyad_status
judge(const struct child_end *end, struct dyad_error *err)
{
    char line[200];
    const char *complaint = first_complaint(&end->errors, line, sizeof line);

    if (end->timed_out)
        return dyad_fail(err, DYAD_IO, "gnuplot did not finish in time and was stopped");
    if (end->exit_status < 0)
        return dyad_fail(err, DYAD_IO, "gnuplot was ended by signal %d", end->signal);
    if (complaint)
        return dyad_fail(err, DYAD_IO, "gnuplot failed (exit status %d): %s", end->exit_status,
                         complaint);
    if (end->exit_status != GNUPLOT_FINISHED)
        return dyad_fail(err, DYAD_IO,
                         "gnuplot did not come to the end of its script (exit status %d)",
                         end->exit_status);
    return DYAD_OK;
}

/* The characters that an installed font has, one bit each. */
enum { CHARACTERS = 0x110000 };
struct glyphs {
    unsigned char has[CHARACTERS / 8];
};

static bool
glyphs_have(const struct glyphs *g, uint32_t code)
{
    return g->has[code / 8] >> code % 8 & 1;
}

/* Letters of European languages are in every font that gnuplot is installed with. */
static bool
is_certain(uint32_t code)
{
    return code < 0x250;
}

/* Take over fontconfig's ranges, "20-7e a0-ff 131": hexadecimal, a font a line. */
static void
glyphs_read(struct glyphs *g, const char *at)
{
    for (uint32_t code = 0; is_certain(code); code++)
        g->has[code / 8] |= (unsigned char)(1u << code % 8);
    while (at && *at) {
        char *end;
        const unsigned long first = strtoul(at, &end, 16);
        unsigned long last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 16);
        for (unsigned long code = first; end > at && code <= last && code < CHARACTERS; code++)
            g->has[code / 8] |= (unsigned char)(1u << code % 8);
        at = end > at ? end : at + 1;
    }
}

/* Ask fontconfig, which gnuplot's own libraries need.  Without it only the certain are known. */
static enum dyad_status
glyphs_ask(struct glyphs *g, const char *folder, struct dyad_error *err)
{
    const struct child child = {
        .argv = (const char *const[]){ "fc-list", "--format", "%{charset}\n", NULL },
        .folder = folder,
        .keep_output = COVERAGE_KEPT,
    };
    struct child_end end = CHILD_END_INIT;
    const enum dyad_status st = child_run(&child, &end, err);

    glyphs_read(g, st == DYAD_OK ? end.output.at : NULL);
    child_end_release(&end);
    return st == DYAD_NOMEM ? st : DYAD_OK;
}

static bool
all_certain(const struct text *content)
{
    uint32_t code;

    for (const char *at = content->at; at && *at;) {
        at += utf8_next(at, &code);
        if (!is_certain(code))
            return false;
    }
    return true;
}

static void
put_boxes(const char *at, const struct glyphs *g, struct text *out)
{
    enum { BOX = 0x25a1 };
    const uint32_t instead = glyphs_have(g, BOX) ? BOX : '?';
    uint32_t code;

    while (*at) {
        at += utf8_next(at, &code);
        utf8_put(out, glyphs_have(g, code) ? code : instead);
    }
}

/* A data file as it is, or for the drawing terminals with boxes for what they cannot draw. */
static enum dyad_status
write_data(const char *folder, const struct gnuplot_job *job, const struct gnuplot_file *file,
           struct dyad_error *err)
{
    if (strcmp(job->format, "svg") == 0 || all_certain(file->content))
        return write_file(folder, file->name, file->content, err);

    struct text boxed = TEXT_INIT;
    struct glyphs *glyphs = calloc(1, sizeof *glyphs);
    enum dyad_status st = glyphs ? glyphs_ask(glyphs, folder, err)
                                 : dyad_fail(err, DYAD_NOMEM, "out of memory");
    if (st == DYAD_OK) {
        put_boxes(file->content->at, glyphs, &boxed);
        st = write_file(folder, file->name, &boxed, err);
    }
    free(glyphs);
    text_release(&boxed);
    return st;
}

static enum dyad_status
run_in(const char *folder, const struct gnuplot_job *job, struct text *picture,
       struct dyad_error *err)
{
    const struct child child = {
        .argv = (const char *const[]){ "gnuplot", "-d", SCRIPT, NULL },
        .folder = folder,
        .seconds = job->seconds,
        .keep_errors = ERRORS_KEPT,
    };
    struct child_end end = CHILD_END_INIT;
    enum dyad_status st = write_file(folder, SCRIPT, job->script, err);

    for (size_t i = 0; st == DYAD_OK && i < job->n_files; i++)
        st = write_data(folder, job, &job->files[i], err);
    if (st != DYAD_OK)
        return st;

    st = child_run(&child, &end, err);
    if (end.absent)
        dyad_fail(err, st, "gnuplot is not installed: install gnuplot-nox (scripts/install-deps)");
    if (st == DYAD_OK && (st = judge(&end, err)) == DYAD_OK &&
        (st = read_picture(folder, picture, err)) == DYAD_OK && !is_whole(picture, job->format))
        st = dyad_fail(err, DYAD_IO,
                       "gnuplot left an incomplete picture (%zu bytes); is '%s' full?",
                       picture->length, folder);
    child_end_release(&end);
    return st;
}

enum dyad_status
gnuplot_run(const struct gnuplot_job *job, struct text *picture, struct dyad_error *err)
{
    struct text made = TEXT_INIT;
    struct folder *folder = folder_make(err);

    if (folder == NULL)
        return DYAD_IO;
    const enum dyad_status st = run_in(folder->path, job, &made, err);
    folder_remove(folder);
    if (st == DYAD_OK) {
        text_release(picture);
        *picture = made;
    } else
        text_release(&made);
    return st;
}
