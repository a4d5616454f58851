/* dyad run, dyad verify: everything that a plan asks for, into one folder; and whether that still holds. */
#include "plan_results.h"

#include "dyad/core/text.h"
#include "dyad/core/version.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

/* --- where -------------------------------------------------------------------------------- */

/* --folder; or the plan's, from its own folder; or the plan's name, with .results for its ending. */
static char *
choose_folder(const struct options *o, const struct plan *p)
{
    const char *typed = option_text(o, "folder"), *path = o->files[0];
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    struct text t = TEXT_INIT;

    if (typed)
        text_puts(&t, typed);
    else if (p->results && *p->results == '/')
        text_puts(&t, p->results);
    else if (p->results)
        text_printf(&t, "%s/%s", p->folder, p->results);
    else
        text_printf(&t, "%.*s.results", (int)(dot && dot != path ? dot - path : (long)strlen(path)), path);
    while (t.length > 1 && t.at[t.length - 1] == '/')
        t.at[--t.length] = '\0';
    return text_steal(&t);
}

/* The way from a folder that will be in ${parent} to a file; both are absolute. */
static void
put_link(const char *parent, const char *file, struct text *out)
{
    size_t common = 0, n = strlen(parent);

    if (n == 1)
        n = 0; /* the root: its name is nothing but the slash */
    for (size_t i = 0; i <= n && file[i]; i++) {
        if (i < n && parent[i] != file[i])
            break;
        if ((i == n || parent[i] == '/') && file[i] == '/')
            common = i;
    }
    text_puts(out, "..");
    for (size_t i = common; i < n; i++)
        if (parent[i] == '/')
            text_puts(out, "/..");
    text_puts(out, file + common);
}

static enum dyad_status
find_link(const char *folder, const char *plan, struct text *out, struct dyad_error *err)
{
    struct text parent = TEXT_INIT;
    const char *slash = strrchr(folder, '/');
    char from[PATH_MAX], to[PATH_MAX];
    enum dyad_status st = DYAD_OK;

    text_put(&parent, slash ? folder : ".", slash && slash != folder ? (size_t)(slash - folder) : 1);
    if (parent.failed)
        st = no_memory(err);
    else if (realpath(parent.at, from) == NULL)
        st = dyad_fail(err, DYAD_IO, "%s: %s", folder, strerror(errno));
    else if (realpath(plan, to) == NULL)
        st = dyad_fail(err, DYAD_IO, "%s: %s", plan, strerror(errno));
    else
        put_link(from, to, out);
    text_release(&parent);
    return st == DYAD_OK && out->failed ? no_memory(err) : st;
}

/* Is everything in the folder ours to replace? */
static enum dyad_status
check_folder(const char *folder, const struct manifest *old, struct dyad_error *err)
{
    const struct node *outputs = old->exists ? manifest_table(old, "outputs") : NULL;
    DIR *d = opendir(folder);
    enum dyad_status st = DYAD_OK;

    if (d == NULL)
        return errno == ENOENT ? DYAD_OK : dyad_fail(err, DYAD_IO, "cannot write '%s': %s", folder, strerror(errno));
    for (const struct dirent *e; st == DYAD_OK && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, MANIFEST_FILE) != 0 &&
            manifest_row(outputs, "file", e->d_name) == NULL)
            st = dyad_fail(err, DYAD_USAGE, "%s/%s: was not written by dyad run, which replaces the folder: move it away, or "
                                            "name another folder with --folder", folder, e->d_name);
    closedir(d);
    return st;
}

/* --- run ---------------------------------------------------------------------------------- */

/* What is under way until the summary is delivered, behind which the folder gets its name. */
struct undertaking {
    struct plan plan;
    struct plan_results results;
    struct manifest old;
    const char **old_files; /* that go with the old folder */
    size_t n_old_files;
    char *folder;
};

static void
undertaking_free(void *undertaking)
{
    struct undertaking *u = undertaking;

    plan_results_release(&u->results);
    manifest_release(&u->old);
    plan_release(&u->plan);
    free(u->old_files);
    free(u->folder);
    free(u);
}

/* Everything is kept, and the manifest says what it said: the folder stays as it is. */
static bool
is_same(const struct undertaking *u)
{
    bool kept = u->old.exists && strcmp(u->results.manifest_sha256, u->old.document.sha256) == 0;

    for (size_t i = 0; i < u->plan.n_analyses; i++)
        kept = kept && u->results.parts[i].kept;
    return kept;
}

static enum dyad_status
list_old_files(struct undertaking *u, struct dyad_error *err)
{
    const struct node *outputs = u->old.exists ? manifest_table(&u->old, "outputs") : NULL;

    u->old_files = malloc(((outputs ? outputs->n : 0) + 1) * sizeof *u->old_files);
    if (u->old_files == NULL)
        return no_memory(err);
    for (size_t i = 0; outputs && i < outputs->n; i++)
        u->old_files[u->n_old_files++] = manifest_text(&outputs->items[i], "file");
    u->old_files[u->n_old_files++] = MANIFEST_FILE;
    return DYAD_OK;
}

static enum dyad_status
commit(void *undertaking, struct dyad_error *err)
{
    struct undertaking *u = undertaking;

    return is_same(u) ? DYAD_OK : bundle_commit(u->results.bundle, u->old_files, u->n_old_files, err);
}

static enum dyad_status
check_answers(const struct result *r, struct dyad_error *err)
{
    const struct table *t = result_find(r, "analyses");
    struct text why = TEXT_INIT;
    enum dyad_status st;

    for (size_t i = 0; i < t->n_rows; i++)
        if (strcmp(table_text(t, i, "state"), "no answer") != 0)
            return DYAD_OK;
    for (size_t i = 0; i < r->n_notes; i++)
        text_printf(&why, "\n%s", r->notes[i]);
    st = why.failed ? no_memory(err) : dyad_fail(err, DYAD_DOMAIN, "no analysis has an answer:%s", why.at ? why.at : "");
    text_release(&why);
    return st;
}

/* 1, and which of what was checked does not hold. */
static enum dyad_status
check_holds(const struct result *r, bool as_expected, struct dyad_error *err)
{
    const struct table *t = result_find(r, "analyses");

    for (size_t i = 0; i < t->n_rows; i++)
        if (strcmp(table_text(t, i, "state"), "does not hold") == 0)
            return dyad_fail(err, DYAD_DIFFERS, "what '%s' checks does not hold", table_text(t, i, "analysis"));
    return as_expected ? DYAD_OK
                       : dyad_fail(err, DYAD_DIFFERS, "a published figure without the verdict that the plan expects: see the "
                                                      "table reproduction");
}

static void
note_run(const struct plan_results *s, const char *folder, struct result *r)
{
    size_t kept = 0, files = 0;

    for (size_t i = 0; i < s->plan->n_analyses; i++) {
        kept += s->parts[i].kept;
        files += s->parts[i].n_files;
    }
    plan_results_inputs(s, r);
    result_note(r, "%s: %zu file%s and %s. Computed: %zu; kept, because nothing had changed: %zu.", folder, files,
                files == 1 ? "" : "s", MANIFEST_FILE, s->plan->n_analyses - kept, kept);
}

static enum dyad_status
make_results(const struct options *o, struct undertaking *u, struct result *r, struct dyad_error *err)
{
    struct text link = TEXT_INIT;
    bool as_expected = true;
    const bool tells = isatty(STDERR_FILENO) && !option_given(o, "quiet"), anew = option_given(o, "anew");
    enum dyad_status st;

    if ((st = manifest_read(u->folder, &u->old, err)) == DYAD_OK && (st = check_folder(u->folder, &u->old, err)) == DYAD_OK &&
        (st = find_link(u->folder, o->files[0], &link, err)) == DYAD_OK &&
        (st = plan_results_make(&u->plan, u->folder, anew ? NULL : &u->old, u->folder, tells, &u->results, err)) == DYAD_OK) {
        plan_results_tables(&u->results, false, r, &as_expected);
        st = result_status(r) == DYAD_OK ? check_answers(r, err) : no_memory(err);
    }
    if (st == DYAD_OK && (st = list_old_files(u, err)) == DYAD_OK &&
        (st = plan_results_write(&u->results, link.at, err)) == DYAD_OK) {
        note_run(&u->results, u->folder, r);
        st = check_holds(r, as_expected, err);
    }
    text_release(&link);
    return st;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct undertaking *u;
    enum dyad_status st;

    if (o->n_files != 1 || strcmp(o->files[0], "-") == 0)
        return dyad_fail(err, DYAD_USAGE, "name one plan, a file: dyad run PLAN");
    if ((u = calloc(1, sizeof *u)) == NULL)
        return no_memory(err);
    *u = (struct undertaking){ .plan = PLAN_INIT, .results = PLAN_RESULTS_INIT, .old = MANIFEST_INIT };
    out->last = (struct last_step){ u, commit, undertaking_free };
    if ((st = plan_read(o->files[0], &u->plan, err)) == DYAD_OK && (u->folder = choose_folder(o, &u->plan)) == NULL)
        st = no_memory(err);
    return st == DYAD_OK ? make_results(o, u, &out->result, err) : st;
}

/* --- verify ------------------------------------------------------------------------------- */

struct check {
    const char *folder;
    struct manifest manifest;
    struct table *t;
    size_t n; /* differences */
};

static void
tell(struct check *c, const char *what, const char *name, const char *difference)
{
    table_row(c->t, SCALE_NUMBER);
    table_set_text(c->t, "what", what);
    table_set_text(c->t, "name", name);
    if (!*c->t->failed) /* of a file: as it is spelt */
        table_show(c->t, c->t->n_rows - 1, table_find_column(c->t, "name"), name);
    table_set_text(c->t, "difference", difference);
    c->n++;
}

/* The files that are there against what the manifest says of them. */
static enum dyad_status
check_outputs(struct check *c, struct dyad_error *err)
{
    const struct node *outputs = manifest_table(&c->manifest, "outputs");
    char sha256[DIGEST_ROOM];
    uint64_t bytes;

    for (size_t i = 0; i < outputs->n; i++) {
        const char *name = manifest_text(&outputs->items[i], "file");
        struct text path = TEXT_INIT;
        text_printf(&path, "%s/%s", c->folder, name);
        if (path.failed)
            return no_memory(err);
        if (access(path.at, F_OK) != 0)
            tell(c, "file", name, "is missing");
        else if (digest_file(path.at, NULL, &bytes, sha256, NULL) != DYAD_OK ||
                 strcmp(sha256, manifest_text(&outputs->items[i], "sha256")) != 0)
            tell(c, "file", name, "is not what was written");
        text_release(&path);
    }
    return DYAD_OK;
}

static enum dyad_status
check_others(struct check *c, struct dyad_error *err)
{
    const struct node *outputs = manifest_table(&c->manifest, "outputs");
    DIR *d = opendir(c->folder);

    if (d == NULL)
        return dyad_fail(err, DYAD_IO, "%s: %s", c->folder, strerror(errno));
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, MANIFEST_FILE) != 0 &&
            manifest_row(outputs, "file", e->d_name) == NULL)
            tell(c, "file", e->d_name, "was not written by dyad run");
    closedir(d);
    return DYAD_OK;
}

static void
check_inputs(struct check *c, const struct plan *p, const struct plan_inputs *in)
{
    const struct node *inputs = manifest_inputs(&c->manifest);

    if (strcmp(manifest_text(manifest_row(manifest_table(&c->manifest, "plan"), "path",
                                          manifest_text(&manifest_table(&c->manifest, "plan")->items[0], "path")),
                             "sha256"),
               p->document.sha256) != 0)
        tell(c, "plan", p->document.path, "has changed");
    for (size_t i = 0; i < in->n; i++) {
        const struct node *row = manifest_row(inputs, "path", in->at[i].path);
        if (in->at[i].why)
            tell(c, "input", in->at[i].path, "cannot be read");
        else if (row && strcmp(manifest_text(row, "sha256"), in->at[i].sha256) != 0)
            tell(c, "input", in->at[i].path, "has changed");
    }
}

/* What the plan gives today against what is written of the last time. */
static void
check_again(struct check *c, const struct plan_results *s)
{
    const struct node *outputs = manifest_table(&c->manifest, "outputs");

    for (size_t i = 0; i < s->plan->n_analyses; i++)
        for (size_t k = 0; k < s->parts[i].n_files; k++) {
            const struct made *m = &s->parts[i].files[k];
            const struct node *row = manifest_row(outputs, "file", m->name);
            if (row == NULL)
                tell(c, "result", m->name, "is new");
            else if (strcmp(manifest_text(row, "sha256"), m->sha256) != 0)
                tell(c, "result", m->name, "comes out otherwise");
        }
    for (size_t i = 0; i < outputs->n; i++) {
        const char *name = manifest_text(&outputs->items[i], "file");
        bool made = false;
        for (size_t k = 0; k < s->plan->n_analyses; k++)
            for (size_t f = 0; f < s->parts[k].n_files; f++)
                made = made || strcmp(s->parts[k].files[f].name, name) == 0;
        if (!made)
            tell(c, "result", name, "is no longer made");
    }
}

static enum dyad_status
rerun(struct check *c, const struct options *o, const struct plan *p, struct dyad_error *err)
{
    const char *base = getenv("TMPDIR");
    struct plan_results s = PLAN_RESULTS_INIT;
    struct plan_inputs in = { 0 };
    struct text place = TEXT_INIT;
    enum dyad_status st = plan_inputs_read(p, &in, err);

    if (st != DYAD_OK)
        return st;
    check_inputs(c, p, &in);
    /* Without its inputs nothing can be computed again, which has been said. */
    const bool can = plan_inputs_check(&in, NULL) == DYAD_OK;
    plan_inputs_release(&in, p);
    if (!can)
        return DYAD_OK;
    text_printf(&place, "%s/dyad.verify", base && *base == '/' ? base : "/tmp");
    st = place.failed ? no_memory(err)
                      : plan_results_make(p, place.at, NULL, NULL, isatty(STDERR_FILENO) && !option_given(o, "quiet"), &s, err);
    if (st == DYAD_OK)
        check_again(c, &s);
    plan_results_release(&s);
    text_release(&place);
    return st;
}

static enum dyad_status
verify_folder(struct check *c, const struct options *o, struct result *r, struct dyad_error *err)
{
    const struct node *plans = manifest_table(&c->manifest, "plan");
    struct text path = TEXT_INIT;
    struct plan plan = PLAN_INIT;
    enum dyad_status st;

    c->t = result_table(r, "differences");
    table_column(c->t, "what", COLUMN_LABEL);
    table_column(c->t, "name", COLUMN_LABEL);
    table_column(c->t, "difference", COLUMN_LABEL);
    if (strcmp(manifest_text(&c->manifest.document.root, "dyad"), DYAD_VERSION) != 0)
        tell(c, "program", "dyad " DYAD_VERSION, "is of another version");
    if ((st = check_outputs(c, err)) != DYAD_OK || (st = check_others(c, err)) != DYAD_OK)
        return st;
    text_printf(&path, "%s/%s", c->folder, plans->n ? manifest_text(&plans->items[0], "path") : "");
    if (path.failed)
        st = no_memory(err);
    else if (access(path.at, F_OK) != 0)
        tell(c, "plan", path.at, "is missing");
    else if ((st = plan_read(path.at, &plan, err)) == DYAD_OK)
        st = rerun(c, o, &plan, err);
    plan_release(&plan);
    text_release(&path);
    return st;
}

static enum dyad_status
verify(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct check c = { .manifest = MANIFEST_INIT };
    enum dyad_status st;

    if (o->n_files != 1)
        return dyad_fail(err, DYAD_USAGE, "name one folder: dyad verify FOLDER");
    c.folder = o->files[0];
    if ((st = manifest_read(c.folder, &c.manifest, err)) == DYAD_OK && !c.manifest.exists)
        st = dyad_fail(err, DYAD_IO, "%s: no %s in it: name the folder that dyad run wrote", c.folder, MANIFEST_FILE);
    if (st == DYAD_OK)
        st = verify_folder(&c, o, &out->result, err);
    if (st == DYAD_OK && c.n == 0)
        result_note(&out->result, "Nothing differs: every file is there as it was written, and comes out the same again.");
    if (st == DYAD_OK && (st = result_status(&out->result)) != DYAD_OK)
        no_memory(err);
    if (st == DYAD_OK && c.n)
        st = dyad_fail(err, DYAD_DIFFERS, "%zu difference%s", c.n, c.n == 1 ? "" : "s");
    manifest_release(&c.manifest);
    return st;
}

/* --- the commands ------------------------------------------------------------------------- */

static const struct option_spec known[] = {
    { "folder", OPTION_TEXT, "FOLDER", "where the results go; default the plan's `folder`, else its name with .results" },
    { "anew", OPTION_FLAG, NULL, "compute everything again, also what has not changed" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec none[] = {
    { NULL, OPTION_FLAG, NULL, NULL },
};

const struct command run_command = {
    .name = "run",
    .usage = "dyad run [OPTIONS] PLAN",
    .summary = "everything that a plan asks for, into one folder",
    .about = "A plan is a YAML file that names data, definitions and populations once, and the analyses of them. Results, "
             "pictures and a manifest go into one folder, which appears whole or not at all. The data are read once for "
             "all analyses that share them. What nothing has changed for is kept: program, command line and inputs are "
             "compared by their SHA-256.\n"
             "\n"
             "The keys of a plan; only analyses must be there:\n"
             "\n"
             "    title: Support and breastfeeding\n"
             "    author: who answers for it\n"
             "    folder: results           # of this plan; --folder says otherwise\n"
             "    formats: [json, text]     # the default; csv, markdown, html, latex\n"
             "    pictures: svg             # of every analysis, NAME.svg; or png, pdf;\n"
             "                              # without it: those whose plot names a file\n"
             "    data:\n"
             "      files: [cohort.csv]     # and options that say how to read them,\n"
             "      na: [\"-9\", parity=99]   # each as its option without the dashes:\n"
             "      freq: n                 # na, delimiter, decimal, freq ...\n"
             "    define:                   # NAME: EXPR, in any order\n"
             "      term: weeks >= 37\n"
             "    order:\n"
             "      support: [none, peer, ibclc]\n"
             "    populations:              # WHERE, or its keys\n"
             "      born-at-term: {where: term, label: Born at term}\n"
             "      girls-at-term: {where: sex == \"f\", within: born-at-term}\n"
             "    level: 0.95               # and suppress, seed, like: of all analyses\n"
             "    analyses:\n"
             "      - name: initiation      # of its files: initiation.json ...\n"
             "        command: rates\n"
             "        title: Initiation, by support\n"
             "        population: born-at-term\n"
             "        outcome: initiated    # and every option of the command\n"
             "        by: [support, site]\n"
             "        overall: true\n"
             "        plot: {file: initiation.svg, title: Initiation, size: 8x6}\n"
             "      - name: trials\n"
             "        command: meta\n"
             "        files: trials.csv     # others than the plan's data\n"
             "        columns: {study: trial}\n"
             "    published:                # as in a registry of dyad reproduce\n"
             "      - id: table2-none\n"
             "        analysis: initiation\n"
             "        quantity: \"rates.estimate: support=none, site=north\"\n"
             "        published: 61%\n"
             "    report: ...               # see dyad report --help\n"
             "\n"
             "Paths are from the plan's folder. An option that takes a list or may be given again has a list, COL=... a "
             "map; what the plan says of the data comes before what an analysis says, which adds to it or, where only the "
             "last one counts, overrules it. A key without a value (weight: ~) takes back what the plan says. What is said "
             "of the data must be an option of every command that reads them. An analysis of other files has none of "
             "it. suppress is said once, and what is hidden is decided of all analyses together, so that no two of them tell "
             "what each of them hides. Text, numbers and "
             "dates stay as they are written; anchors, aliases and tags are refused.\n"
             "\n"
             "Files of the folder: for each analysis NAME.json and NAME.txt, or what formats asks for (in csv each table as "
             "NAME.TABLE.csv), its pictures, and manifest.json: the inputs and outputs with their SHA-256, command lines, "
             "counts at every filter, published beside computed. A folder that holds anything else is not touched. Paths in "
             "results are as the plan writes them, wherever it is run from.\n"
             "\n"
             "Tables: analyses (analysis, command, population, state, files; state is computed, kept, no answer or does not "
             "hold) and, where the plan has published figures, reproduction (as in dyad reproduce). An analysis without an "
             "answer is told in the notes; the exit status is 5 only if none has one, and 1 if what one checks does not hold "
             "or a published figure has not the verdict that is expected of it (expected: reproduced, unless the plan says "
             "otherwise). Any other failure "
             "leaves the folder as it was.",
    .examples = "    dyad run plan.yaml\n"
                "        into the folder plan.results\n"
                "    dyad run plan.yaml --folder tables --anew --format json -o run.json\n"
                "        all of it again, elsewhere; what was done goes to a file\n",
    .shared = SHARED_OUTPUT,
    .options = known,
    .runs_commands = true,
    .run = run,
};

const struct command verify_command = {
    .name = "verify",
    .usage = "dyad verify [OPTIONS] FOLDER",
    .summary = "does a folder of dyad run still hold?",
    .about = "Compares the files of the folder with its manifest, the plan and its inputs with what they were, then runs "
             "the plan again and compares what comes out, byte by byte. Nothing is written into the folder. The exit status "
             "is 1 if anything differs.\n"
             "\n"
             "Table: differences (what, name, difference; what is program, plan, input, file - as it lies there - or result "
             "- as it comes out today).",
    .examples = "    dyad verify plan.results\n"
                "        what differs, if anything does\n"
                "    dyad verify plan.results --format csv --quiet\n"
                "        the same for a script\n",
    .shared = SHARED_OUTPUT,
    .options = none,
    .runs_commands = true,
    .run = verify,
};
