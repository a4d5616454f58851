#include "plan_results.h"

#include "dyad/core/text.h"
#include "dyad/core/write.h"

#include "suppression.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static bool
has_answer(const struct plan_answer *a)
{
    return !a->skipped && (a->status == DYAD_OK || a->status == DYAD_DIFFERS);
}

/* --- a file ------------------------------------------------------------------------------- */

static enum dyad_status
add_made(struct plan_part *part, const char *name, uint64_t bytes, const char *sha256, struct dyad_error *err)
{
    struct made *grown = realloc(part->files, (part->n_files + 1) * sizeof *grown);

    if (grown == NULL)
        return no_memory(err);
    part->files = grown;
    grown[part->n_files] = (struct made){ .name = text_copy(name), .bytes = bytes };
    memcpy(grown[part->n_files].sha256, sha256, DIGEST_ROOM);
    return grown[part->n_files++].name ? DYAD_OK : no_memory(err);
}

static enum dyad_status
put(struct plan_results *s, struct plan_part *part, const char *name, const struct text *bytes, struct dyad_error *err)
{
    char sha256[DIGEST_ROOM];
    const char *at = bytes->at ? bytes->at : "";
    enum dyad_status st;

    if (bytes->failed)
        return no_memory(err);
    digest_bytes(at, bytes->length, sha256);
    st = bundle_put(s->bundle, name, at, bytes->length, err);
    return st == DYAD_OK ? add_made(part, name, bytes->length, sha256, err) : st;
}

/* --- an answer ---------------------------------------------------------------------------- */

static bool
wants_table(const struct delivery *d, const struct table *t)
{
    bool wanted = d->n_tables == 0;

    for (size_t i = 0; i < d->n_tables; i++)
        wanted = wanted || strcmp(d->tables[i], t->name) == 0;
    return wanted;
}

static enum dyad_status
put_csv(struct plan_results *s, struct plan_part *part, const struct plan_answer *a, struct dyad_error *err)
{
    const struct result *r = &a->outcome.result;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < r->n_tables && st == DYAD_OK; i++) {
        struct text name = TEXT_INIT, bytes = TEXT_INIT;
        if (!wants_table(&a->delivery, r->tables[i]))
            continue;
        text_printf(&name, "%s.%s.csv", a->analysis->name, r->tables[i]->name);
        render_csv_table(r->tables[i], &bytes);
        st = name.failed ? no_memory(err) : put(s, part, name.at, &bytes, err);
        text_release(&name);
        text_release(&bytes);
    }
    return st;
}

static enum dyad_status
put_format(struct plan_results *s, struct plan_part *part, const struct plan_answer *a, enum format format,
           struct dyad_error *err)
{
    struct text name = TEXT_INIT, bytes = TEXT_INIT;
    enum dyad_status st;

    if (format == FORMAT_CSV)
        return put_csv(s, part, a, err);
    text_printf(&name, "%s%s", a->analysis->name, format_ending(format));
    st = render(&a->outcome.result, format, a->delivery.tables, a->delivery.n_tables, &bytes);
    st = st != DYAD_OK || name.failed ? no_memory(err) : put(s, part, name.at, &bytes, err);
    text_release(&name);
    text_release(&bytes);
    return st;
}

/* The picture that ${scatter} is, or else the natural one, into a file of the folder. */
static enum dyad_status
draw(struct plan_results *s, struct plan_part *part, const struct plan_answer *a, const struct scatter *scatter,
     const char *name, const char *format, struct dyad_error *err)
{
    struct text path = TEXT_INIT;
    char sha256[DIGEST_ROOM];
    uint64_t bytes;
    enum dyad_status st;

    bundle_path(s->bundle, name, &path);
    if (path.failed)
        st = no_memory(err);
    else
        st = scatter ? scatter_draw(scatter, path.at, format, a->delivery.size, err)
                     : outcome_draw(&a->outcome, path.at, format, a->delivery.size, err);
    if (st == DYAD_OK && (st = bundle_settle(s->bundle, name, err)) == DYAD_OK &&
        (st = digest_file(path.at, NULL, &bytes, sha256, err)) == DYAD_OK)
        st = add_made(part, name, bytes, sha256, err);
    text_release(&path);
    return st;
}

static enum dyad_status
put_numbers(struct plan_results *s, struct plan_part *part, const struct plan_answer *a, const struct scatter *scatter,
            const char *name, struct dyad_error *err)
{
    struct text numbers = TEXT_INIT;
    enum dyad_status st = scatter ? scatter_numbers(scatter, &numbers) : outcome_numbers(&a->outcome, &numbers, err);

    st = st == DYAD_OK ? put(s, part, name, &numbers, err) : no_memory(err);
    text_release(&numbers);
    return st;
}

static enum dyad_status
put_pictures(struct plan_results *s, struct plan_part *part, const struct plan_answer *a, struct dyad_error *err)
{
    const struct delivery *d = &a->delivery;
    const bool any = a->outcome.has_plot || a->outcome.has_curves;
    enum dyad_status st = DYAD_OK;

    if (any && d->plot_data)
        st = put_numbers(s, part, a, NULL, d->plot_data, err);
    if (st == DYAD_OK && any && d->plot)
        st = draw(s, part, a, NULL, d->plot, d->plot_format, err);
    for (size_t i = 0; i < d->n_pictures && st == DYAD_OK; i++) {
        const struct picture_plan *p = &d->pictures[i];
        const struct scatter *scatter;
        if ((st = outcome_scatter(&a->outcome, p->option, &scatter, err)) != DYAD_OK)
            continue;
        st = strcmp(p->format, "csv") == 0 ? put_numbers(s, part, a, scatter, p->path, err)
                                           : draw(s, part, a, scatter, p->path, p->format, err);
    }
    return st;
}

/* Who is at work now is told on one line of a terminal, which goes again. */
static void
tell(struct plan_results *s, const char *name)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct text line = TEXT_INIT;

    if (!s->tells)
        return;
    pthread_mutex_lock(&lock);
    if (name)
        text_printf(&line, "\r\033[K%zu of %zu: %s", ++s->n_told, s->n_to_do, name);
    else
        text_puts(&line, "\r\033[K");
    if (!line.failed)
        (void)write_all(STDERR_FILENO, line.at, line.length);
    pthread_mutex_unlock(&lock);
    text_release(&line);
}

static void
drop_files(struct plan_results *s, struct plan_part *part)
{
    for (size_t i = 0; i < part->n_files; i++) {
        struct text path = TEXT_INIT;
        bundle_path(s->bundle, part->files[i].name, &path);
        if (!path.failed)
            unlink(path.at);
        text_release(&path);
        free(part->files[i].name);
    }
    part->n_files = 0;
}

static enum dyad_status
take_answer(void *results, struct plan_answer *a, struct dyad_error *err)
{
    struct plan_results *s = results;
    struct plan_part *part = &s->parts[a->analysis - s->plan->analyses];
    enum dyad_status st;

    tell(s, a->analysis->name);
    if (!has_answer(a))
        return DYAD_OK;
    plan_inputs_sign(&s->inputs, &a->outcome.result);
    if ((st = delivery_check(&a->delivery, &a->outcome.result, err)) != DYAD_OK)
        return st;
    if (option_text(&a->options, "title"))
        outcome_title(&a->outcome, option_text(&a->options, "title"));
    for (size_t i = 0; i < s->plan->n_formats && st == DYAD_OK; i++)
        st = put_format(s, part, a, s->plan->formats[i], err);
    if (st == DYAD_OK)
        st = put_pictures(s, part, a, err);
    if (st == DYAD_OK && a->delivery.audit && suppression_audit(a->options.suppression))
        st = put(s, part, a->delivery.audit, suppression_audit(a->options.suppression), err);
    if (st == DYAD_DOMAIN) /* a picture that there is not: as alone, then nothing is written */
        drop_files(s, part);
    return st;
}

/* --- what is kept ------------------------------------------------------------------------- */

/* A file of the last time, if it still is what it was then. */
static enum dyad_status
keep_file(struct plan_results *s, struct plan_part *part, const struct node *row, bool *good, struct dyad_error *err)
{
    const char *name = manifest_text(row, "file");
    struct text path = TEXT_INIT;
    char sha256[DIGEST_ROOM];
    uint64_t bytes;
    enum dyad_status st = DYAD_OK;

    text_printf(&path, "%s/%s", s->old_folder, name);
    *good = !path.failed && digest_file(path.at, NULL, &bytes, sha256, NULL) == DYAD_OK &&
            strcmp(sha256, manifest_text(row, "sha256")) == 0;
    if (path.failed)
        st = no_memory(err);
    else if (*good && (st = bundle_link(s->bundle, name, path.at, err)) == DYAD_OK)
        st = add_made(part, name, bytes, sha256, err);
    text_release(&path);
    return st;
}

/* Everything of an analysis that nothing has changed for; nothing, if any file is not what it was. */
static enum dyad_status
keep_part(struct plan_results *s, size_t i, struct dyad_error *err)
{
    struct plan_part *part = &s->parts[i];
    const char *name = s->plan->analyses[i].name;
    const struct node *outputs = manifest_table(s->old, "outputs");
    const struct node *row = manifest_row(manifest_table(s->old, "analyses"), "analysis", name);
    enum dyad_status st = DYAD_OK;
    bool good = row && strcmp(manifest_text(row, "key"), part->key) == 0;

    for (size_t k = 0; good && k < outputs->n && st == DYAD_OK; k++)
        if (strcmp(manifest_text(&outputs->items[k], "analysis"), name) == 0)
            st = keep_file(s, part, &outputs->items[k], &good, err);
    if (!good)
        drop_files(s, part);
    part->kept = good;
    return st;
}

static bool
hides_together(const struct plan *p)
{
    return node_find(&p->document.root, "suppress") != NULL;
}

/* What is hidden in one depends on all. */
static bool
join_keys(struct plan_results *s)
{
    struct text all = TEXT_INIT;

    for (size_t i = 0; i < s->plan->n_analyses; i++)
        text_puts(&all, s->parts[i].key);
    for (size_t i = 0; i < s->plan->n_analyses && !all.failed; i++) {
        struct text own = TEXT_INIT;
        text_printf(&own, "%s %s", s->parts[i].key, all.at);
        all.failed = own.failed;
        if (!own.failed)
            digest_bytes(own.at, own.length, s->parts[i].key);
        text_release(&own);
    }
    const bool good = !all.failed;
    text_release(&all);
    return good;
}

static enum dyad_status
keep_parts(struct plan_results *s, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < s->plan->n_analyses; i++)
        if (plan_key(s->plan, &s->inputs, i, s->parts[i].key) != DYAD_OK)
            return no_memory(err);
    if (hides_together(s->plan) && !join_keys(s))
        return no_memory(err);
    for (size_t i = 0; i < s->plan->n_analyses && st == DYAD_OK; i++) {
        if (s->old)
            st = keep_part(s, i, err);
        s->n_to_do += !s->parts[i].kept;
    }
    return st;
}

/* --- the tables --------------------------------------------------------------------------- */

static void
set_text(struct table *t, const char *column, const char *text)
{
    if (text && *text)
        table_set_text(t, column, text);
}

static const struct node *
old_row(const struct plan_results *s, size_t i, const char *table)
{
    return s->old ? manifest_row(manifest_table(s->old, table), "analysis", s->plan->analyses[i].name) : NULL;
}

/* Why there is no answer; "" where there is one. */
static const char *
reason(const struct plan_results *s, size_t i)
{
    if (s->parts[i].kept)
        return manifest_text(old_row(s, i, "analyses"), "reason");
    return has_answer(&s->answers[i]) ? "" : s->answers[i].err.text;
}

/* What the manifest says does not tell how often it was run; what the person sees does. */
static const char *
state(const struct plan_results *s, size_t i, bool whole)
{
    if (*reason(s, i))
        return "no answer";
    if (s->parts[i].kept ? strcmp(manifest_text(old_row(s, i, "analyses"), "state"), "does not hold") == 0
                         : s->answers[i].status == DYAD_DIFFERS)
        return "does not hold";
    return whole ? "done" : s->parts[i].kept ? "kept" : "computed";
}

static void
add_analyses(const struct plan_results *s, bool whole, struct result *r)
{
    struct table *t = result_table(r, "analyses");

    table_column(t, "analysis", COLUMN_LABEL);
    table_column(t, "command", COLUMN_LABEL);
    table_column(t, "population", COLUMN_LABEL);
    table_column(t, "state", COLUMN_LABEL);
    if (whole) {
        table_column(t, "title", COLUMN_SENTENCE);
        table_column(t, "reason", COLUMN_SENTENCE);
        table_column(t, "key", COLUMN_LABEL);
    } else {
        table_column(t, "files", COLUMN_NUMBER);
    }
    for (size_t i = 0; i < s->plan->n_analyses; i++) {
        const struct plan_analysis *a = &s->plan->analyses[i];
        table_row(t, SCALE_NUMBER);
        table_set_text(t, "analysis", a->name);
        table_set_text(t, "command", a->command->name);
        if (a->population)
            table_set_text(t, "population", a->population->label);
        table_set_text(t, "state", state(s, i, whole));
        if (whole) {
            table_set_text(t, "title", a->title);
            set_text(t, "reason", reason(s, i));
            table_set_text(t, "key", s->parts[i].key);
        } else {
            table_set_number(t, "files", (double)s->parts[i].n_files);
            if (*reason(s, i))
                result_note(r, "%s: no answer: %s", a->name, reason(s, i));
        }
    }
}

static void
add_step(struct table *t, const char *analysis, const char *step, double n)
{
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "analysis", analysis);
    set_text(t, "step", step);
    if (!isnan(n))
        table_set_count(t, "n", (int64_t)n);
}

/* NaN where it is hidden. */
static double
cell_count(const struct table *t, size_t row, const char *column)
{
    const size_t c = table_find_column(t, column);

    return c < t->n_columns && table_cell(t, row, c)->state == CELL_COUNT ? (double)table_count(t, row, column) : NAN;
}

static void
add_flow(const struct plan_results *s, struct result *r)
{
    struct table *t = result_table(r, "flow");

    table_column(t, "analysis", COLUMN_LABEL);
    table_column(t, "step", COLUMN_LABEL);
    table_column(t, "n", COLUMN_COUNT);
    for (size_t i = 0; i < s->plan->n_analyses; i++) {
        const char *name = s->plan->analyses[i].name;
        const struct table *flow = has_answer(&s->answers[i]) ? result_find(&s->answers[i].outcome.result, "flow") : NULL;
        const struct node *rows = s->parts[i].kept ? manifest_table(s->old, "flow") : NULL;
        for (size_t k = 0; flow && k < flow->n_rows; k++)
            add_step(t, name, table_text(flow, k, "step"), cell_count(flow, k, "n"));
        for (size_t k = 0; rows && k < rows->n; k++)
            if (strcmp(manifest_text(&rows->items[k], "analysis"), name) == 0)
                add_step(t, name, manifest_text(&rows->items[k], "step"), manifest_number(&rows->items[k], "n"));
    }
}

static void
add_outputs(const struct plan_results *s, struct result *r)
{
    struct table *t = result_table(r, "outputs");

    table_column(t, "file", COLUMN_LABEL);
    table_column(t, "analysis", COLUMN_LABEL);
    table_column(t, "bytes", COLUMN_NUMBER);
    table_column(t, "sha256", COLUMN_LABEL);
    for (size_t i = 0; i < s->plan->n_analyses; i++)
        for (size_t k = 0; k < s->parts[i].n_files; k++) {
            const struct made *m = &s->parts[i].files[k];
            table_row(t, SCALE_NUMBER);
            table_set_text(t, "file", m->name);
            table_set_text(t, "analysis", s->plan->analyses[i].name);
            table_set_number(t, "bytes", (double)m->bytes);
            table_set_text(t, "sha256", m->sha256);
        }
}

/* --- published figures -------------------------------------------------------------------- */

/* The row of the last time, if the same figure was asked for of the same answer. */
static const struct node *
kept_figure(const struct plan_results *s, const struct plan_published *p)
{
    const struct published *f = &p->figure;
    const struct node *row = s->old && s->parts[p->analysis].kept
                                 ? manifest_row(manifest_table(s->old, "reproduction"), "id", f->id)
                                 : NULL;
    static const char *const columns[] = { "quantity", "published", "published_low", "published_high" };
    const char *const values[] = { f->quantity, f->printed[0], f->printed[1], f->printed[2] };

    for (size_t i = 0; row && i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(manifest_text(row, columns[i]), values[i]) != 0)
            return NULL;
    return row;
}

static bool
copy_figure(const struct published *f, const struct node *old, struct table *t)
{
    static const char *const numbers[] = { "computed", "computed_low", "computed_high", "digits" };

    table_row(t, SCALE_NUMBER);
    set_text(t, "id", f->id);
    set_text(t, "citation", f->citation);
    set_text(t, "quantity", f->quantity);
    set_text(t, "published", f->printed[0]);
    set_text(t, "published_low", f->printed[1]);
    set_text(t, "published_high", f->printed[2]);
    set_text(t, "expected", f->expected);
    set_text(t, "convention", f->convention);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        table_set_number(t, numbers[i], manifest_number(old, numbers[i]));
    set_text(t, "verdict", manifest_text(old, "verdict"));
    return strcmp(f->expected, manifest_text(old, "verdict")) == 0;
}

static void
add_reproduction(const struct plan_results *s, struct result *r, bool *as_expected)
{
    struct table *t = reproduction_table(r);

    for (size_t i = 0; i < s->plan->n_published; i++) {
        const struct plan_published *p = &s->plan->published[i];
        const struct node *old = kept_figure(s, p);
        const struct plan_answer *a = &s->answers[p->analysis];
        bool good = true;
        if (old)
            good = copy_figure(&p->figure, old, t);
        else if (reproduction_add(&p->figure, has_answer(a) ? &a->outcome.result : NULL, t, r, &good) != DYAD_OK)
            r->failed = true;
        *as_expected = *as_expected && good;
        /* For people as it was printed. */
        if (t->n_rows)
            t->scales[t->n_rows - 1] = strchr(p->figure.printed[0], '%') ? SCALE_PROPORTION : SCALE_NUMBER;
    }
}

void
plan_results_tables(const struct plan_results *s, bool whole, struct result *r, bool *as_expected)
{
    *as_expected = true;
    add_analyses(s, whole, r);
    if (s->plan->n_published)
        add_reproduction(s, r, as_expected);
    if (!whole)
        return;
    add_flow(s, r);
    add_outputs(s, r);
}

/* --- the whole ---------------------------------------------------------------------------- */

static bool
take_back_one(struct plan_results *s, size_t i)
{
    drop_files(s, &s->parts[i]);
    s->parts[i].kept = false;
    s->n_to_do++;
    return true;
}

/* A published figure of an analysis that is kept, but was not compared then, needs its result after all. */
static void
take_back(struct plan_results *s)
{
    bool any = false;

    for (size_t i = 0; i < s->plan->n_published; i++) {
        const size_t a = s->plan->published[i].analysis;
        if (s->parts[a].kept && !*reason(s, a) && kept_figure(s, &s->plan->published[i]) == NULL)
            any = take_back_one(s, a);
    }
    for (size_t i = 0; i < s->plan->n_analyses; i++)
        any = any || !s->parts[i].kept;
    for (size_t i = 0; any && hides_together(s->plan) && i < s->plan->n_analyses; i++)
        if (s->parts[i].kept)
            (void)take_back_one(s, i);
}

static enum dyad_status
execute(struct plan_results *s, struct dyad_error *err)
{
    bool *skip = calloc(s->plan->n_analyses, sizeof *skip);
    struct plan_run how = { .skip = skip, .each = take_answer, .context = s };
    enum dyad_status st;

    if (skip == NULL)
        return no_memory(err);
    for (size_t i = 0; i < s->plan->n_analyses; i++)
        skip[i] = s->parts[i].kept;
    st = plan_execute(s->plan, &how, &s->answers, err);
    tell(s, NULL);
    free(skip);
    return st;
}

enum dyad_status
plan_results_make(const struct plan *p, const char *folder, const struct manifest *old, const char *old_folder,
                  bool tells, struct plan_results *out, struct dyad_error *err)
{
    struct plan_results s = { .plan = p, .old_folder = old_folder, .tells = tells };
    enum dyad_status st;

    s.old = old && old->exists ? old : NULL;
    s.parts = calloc(p->n_analyses, sizeof *s.parts);
    st = s.parts ? DYAD_OK : no_memory(err);
    if (st == DYAD_OK && (st = plan_inputs_read(p, &s.inputs, err)) == DYAD_OK &&
        (st = plan_inputs_check(&s.inputs, err)) == DYAD_OK && (st = bundle_new(folder, &s.bundle, err)) == DYAD_OK &&
        (st = keep_parts(&s, err)) == DYAD_OK) {
        take_back(&s);
        if ((st = execute(&s, err)) == DYAD_OK)
            st = plan_inputs_still(p, &s.inputs, err);
    }
    if (st == DYAD_OK)
        *out = s;
    else
        plan_results_release(&s);
    return st;
}

/* What the last time's manifest says of an input that has not changed. */
static void
take_old_input(const struct plan_results *s, struct input *in)
{
    const struct node *old = s->old ? manifest_row(manifest_inputs(s->old), "path", in->path) : NULL;
    const double n = old ? manifest_number(old, "records") : NAN;

    if (n >= 0)
        in->records = (uint64_t)n;
    in->hidden = in->hidden || (old && strcmp(manifest_text(old, "suppressed"), "true") == 0);
}

static void
take_input(const struct result *from, struct input *in)
{
    for (size_t i = 0; i < from->n_inputs; i++)
        if (strcmp(from->inputs[i].path, in->path) == 0) {
            in->records = from->inputs[i].records;
            in->hidden = in->hidden || from->inputs[i].hidden;
        }
}

/*
 * As those that read it tell, now or the last time; hidden, if it is for one.  Where none of them has an answer
 * nobody has counted it, nor decided that its size may be told.
 */
static void
add_input(const struct plan_results *s, size_t input, struct result *r)
{
    const struct plan_input *from = &s->inputs.at[input];
    bool suppresses = false;

    result_input(r, from->path, from->bytes, RECORDS_UNKNOWN, from->sha256);
    if (r->failed)
        return;
    struct input *in = &r->inputs[r->n_inputs - 1];
    for (size_t i = 0; i < s->plan->n_analyses; i++) {
        const struct plan_answer *a = &s->answers[i];
        if (s->parts[i].kept && s->inputs.reads[i][input])
            take_old_input(s, in);
        else if (has_answer(a))
            take_input(&a->outcome.result, in);
        else if (s->inputs.reads[i][input])
            suppresses = suppresses || a->options.suppression;
    }
    in->hidden = in->hidden || (in->records == RECORDS_UNKNOWN && suppresses);
}

void
plan_results_inputs(const struct plan_results *s, struct result *r)
{
    for (size_t i = 0; i < s->inputs.n; i++)
        add_input(s, i, r);
}

enum dyad_status
plan_results_write(struct plan_results *s, const char *link, struct dyad_error *err)
{
    struct result r = RESULT_INIT;
    struct text bytes = TEXT_INIT;
    struct table *t = result_table(&r, "plan");
    bool as_expected;
    enum dyad_status st;

    r.command = text_copy("run");
    table_column(t, "path", COLUMN_LABEL);
    table_column(t, "title", COLUMN_LABEL);
    table_column(t, "author", COLUMN_LABEL);
    table_column(t, "sha256", COLUMN_LABEL);
    table_row(t, SCALE_NUMBER);
    table_set_text(t, "path", link);
    set_text(t, "title", s->plan->title);
    set_text(t, "author", s->plan->author);
    table_set_text(t, "sha256", s->plan->document.sha256);
    plan_results_inputs(s, &r);
    plan_results_tables(s, true, &r, &as_expected);
    result_note(&r, "Paths of inputs are from the plan's folder, that of the plan is from this one.");
    st = r.command && result_status(&r) == DYAD_OK ? render(&r, FORMAT_JSON, NULL, 0, &bytes) : DYAD_NOMEM;
    st = st == DYAD_OK && !bytes.failed ? bundle_put(s->bundle, MANIFEST_FILE, bytes.at, bytes.length, err)
                                        : no_memory(err);
    if (st == DYAD_OK)
        digest_bytes(bytes.at, bytes.length, s->manifest_sha256);
    result_release(&r);
    text_release(&bytes);
    return st;
}

void
plan_results_release(struct plan_results *s)
{
    for (size_t i = 0; s->parts && i < s->plan->n_analyses; i++) {
        for (size_t k = 0; k < s->parts[i].n_files; k++)
            free(s->parts[i].files[k].name);
        free(s->parts[i].files);
    }
    if (s->answers)
        plan_answers_free(s->answers, s->plan->n_analyses);
    plan_inputs_release(&s->inputs, s->plan);
    bundle_free(s->bundle);
    free(s->parts);
    *s = (struct plan_results)PLAN_RESULTS_INIT;
}
