#include "plan_inputs.h"

#include "dyad/core/text.h"
#include "dyad/core/version.h"
#include "dyad/core/workers.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- which ------------------------------------------------------------------------------- */

/* Its number; a new one if it is not known yet; SIZE_MAX if memory ran out. */
static size_t
find_input(struct plan_inputs *in, const char *path)
{
    for (size_t i = 0; i < in->n; i++)
        if (strcmp(in->at[i].path, path) == 0)
            return i;
    struct plan_input *grown = realloc(in->at, (in->n + 1) * sizeof *grown);
    if (grown == NULL)
        return SIZE_MAX;
    in->at = grown;
    grown[in->n] = (struct plan_input){ .path = text_copy(path) };
    return grown[in->n].path ? in->n++ : SIZE_MAX;
}

/* Calls ${take} for every file that the options name: the command's own, and those of options that are paths. */
static enum dyad_status
each_path(const struct plan_analysis *a, enum dyad_status (*take)(void *context, const char *path), void *context)
{
    struct options o;
    enum dyad_status st =
        options_parse(a->command, (const char *const *)a->words.at + 1, a->words.n - 1, NULL, &o, NULL);

    for (size_t i = 0; i < o.n_files && st == DYAD_OK; i++)
        st = take(context, o.files[i]);
    for (size_t i = 0; i < o.n_given && st == DYAD_OK; i++)
        for (size_t k = 0; o.given[i].spec->kind == OPTION_PATH && k < o.given[i].n && st == DYAD_OK; k++)
            st = take(context, o.given[i].values[k]);
    options_release(&o);
    return st;
}

static enum dyad_status
take_path(void *inputs, const char *path)
{
    return find_input(inputs, path) == SIZE_MAX ? DYAD_NOMEM : DYAD_OK;
}

struct marking {
    struct plan_inputs *in;
    bool *reads;
};

static enum dyad_status
mark_path(void *context, const char *path)
{
    struct marking *m = context;

    m->reads[find_input(m->in, path)] = true;
    return DYAD_OK;
}

static enum dyad_status
find_inputs(const struct plan *p, struct plan_inputs *in, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < p->n_analyses && st == DYAD_OK; i++)
        st = each_path(&p->analyses[i], take_path, in);
    in->reads = calloc(p->n_analyses, sizeof *in->reads);
    if (in->reads == NULL)
        st = DYAD_NOMEM;
    for (size_t i = 0; i < p->n_analyses && st == DYAD_OK; i++) {
        in->reads[i] = calloc(in->n + 1, sizeof **in->reads);
        st = in->reads[i] ? each_path(&p->analyses[i], mark_path, &(struct marking){ in, in->reads[i] }) : DYAD_NOMEM;
    }
    return st == DYAD_OK ? st : no_memory(err);
}

/* --- hashing ------------------------------------------------------------------------------ */

struct hasher {
    const struct plan *plan;
    struct plan_inputs *in;
    atomic_size_t *next;
    bool failed;
};

/* Where it is, from the folder that the program was started in. */
static void
put_place(const struct plan *p, const char *path, struct text *out)
{
    if (*path == '/' || strcmp(p->folder, ".") == 0)
        text_puts(out, path);
    else
        text_printf(out, "%s/%s", p->folder, path);
}

static bool
hash_one(const struct plan *p, struct plan_input *in)
{
    struct text place = TEXT_INIT;
    struct dyad_error *err = calloc(1, sizeof *err);
    struct stat st;
    enum dyad_status status = err ? DYAD_OK : DYAD_NOMEM;

    put_place(p, in->path, &place);
    if (status == DYAD_OK && !place.failed) {
        status = stat(place.at, &st) == 0 ? digest_file(place.at, NULL, &in->bytes, in->sha256, err)
                                          : dyad_fail(err, DYAD_IO, "%s: %s", place.at, strerror(errno));
        in->changed = status == DYAD_OK ? st.st_mtim : (struct timespec){ 0 };
    }
    const bool failed = status == DYAD_NOMEM || place.failed;
    text_release(&place);
    if (status == DYAD_IO)
        in->why = err;
    else
        free(err);
    return !failed;
}

static void
hash_some(void *hasher)
{
    struct hasher *h = hasher;

    for (size_t i; (i = atomic_fetch_add(h->next, 1)) < h->in->n;)
        if (!hash_one(h->plan, &h->in->at[i]))
            h->failed = true;
}

static enum dyad_status
hash_all(const struct plan *p, struct plan_inputs *in, struct dyad_error *err)
{
    const size_t n = workers_available() < in->n ? workers_available() : in->n;
    struct hasher *each = calloc(n + 1, sizeof *each);
    atomic_size_t next = 0;
    bool failed = each == NULL;

    for (size_t i = 0; each && i < n; i++)
        each[i] = (struct hasher){ p, in, &next, false };
    if (each)
        workers_run(n, hash_some, each, sizeof *each);
    for (size_t i = 0; each && i < n; i++)
        failed = failed || each[i].failed;
    free(each);
    return failed ? no_memory(err) : DYAD_OK;
}

enum dyad_status
plan_inputs_read(const struct plan *p, struct plan_inputs *out, struct dyad_error *err)
{
    struct plan_inputs in = { 0 };
    uint64_t bytes;
    enum dyad_status st = find_inputs(p, &in, err);

    if (st == DYAD_OK)
        st = hash_all(p, &in, err);
    if (st == DYAD_OK && digest_file("/proc/self/exe", NULL, &bytes, in.program, NULL) == DYAD_NOMEM)
        st = no_memory(err); /* where it cannot be read the version has to do */
    if (st == DYAD_OK)
        *out = in;
    else
        plan_inputs_release(&in, p);
    return st;
}

enum dyad_status
plan_inputs_check(const struct plan_inputs *in, struct dyad_error *err)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->at[i].why)
            return dyad_fail(err, in->at[i].why->status, "%s", in->at[i].why->text);
    return DYAD_OK;
}

enum dyad_status
plan_inputs_still(const struct plan *p, const struct plan_inputs *in, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < in->n && st == DYAD_OK; i++) {
        struct text place = TEXT_INIT;
        struct stat now;
        put_place(p, in->at[i].path, &place);
        if (place.failed)
            st = no_memory(err);
        else if (stat(place.at, &now) != 0 || now.st_mtim.tv_sec != in->at[i].changed.tv_sec ||
                 now.st_mtim.tv_nsec != in->at[i].changed.tv_nsec || (uint64_t)now.st_size != in->at[i].bytes)
            st = dyad_fail(err, DYAD_IO, "%s: changed while it was read: run again when it is at rest", place.at);
        text_release(&place);
    }
    return st;
}

/* --- what depends on them ----------------------------------------------------------------- */

static void
put_part(struct text *t, const char *part)
{
    text_put(t, part, strlen(part) + 1);
}

enum dyad_status
plan_key(const struct plan *p, const struct plan_inputs *in, size_t i, char hex[DIGEST_ROOM])
{
    const struct plan_analysis *a = &p->analyses[i];
    struct text t = TEXT_INIT;

    put_part(&t, DYAD_VERSION);
    put_part(&t, in->program);
    for (size_t k = 0; k < a->words.n; k++)
        put_part(&t, a->words.at[k]);
    for (size_t k = 0; k < p->n_formats; k++)
        put_part(&t, format_ending(p->formats[k]));
    for (size_t k = 0; k < in->n; k++)
        if (in->reads[i][k]) {
            put_part(&t, in->at[k].path);
            put_part(&t, in->at[k].sha256);
        }
    const enum dyad_status st = t.failed ? DYAD_NOMEM : DYAD_OK;
    if (st == DYAD_OK)
        digest_bytes(t.at, t.length, hex);
    text_release(&t);
    return st;
}

void
plan_inputs_sign(const struct plan_inputs *in, struct result *r)
{
    for (size_t i = 0; i < r->n_inputs; i++)
        for (size_t k = 0; k < in->n; k++)
            if (strcmp(in->at[k].path, r->inputs[i].path) == 0)
                memcpy(r->inputs[i].sha256, in->at[k].sha256, sizeof r->inputs[i].sha256);
}

void
plan_inputs_release(struct plan_inputs *in, const struct plan *p)
{
    for (size_t i = 0; i < in->n; i++) {
        free(in->at[i].path);
        free(in->at[i].why);
    }
    for (size_t i = 0; in->reads && i < p->n_analyses; i++)
        free(in->reads[i]);
    free(in->at);
    free(in->reads);
    *in = (struct plan_inputs){ 0 };
}
