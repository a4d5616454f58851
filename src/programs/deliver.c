#include "deliver.h"

#include "options.h"
#include "suppression.h"

#include "dyad/core/text.h"
#include "dyad/core/write.h"
#include "dyad/data/number.h"
#include "dyad/output/curves.h"
#include "dyad/output/outbox.h"
#include "dyad/output/plot.h"
#include "dyad/output/render.h"
#include "dyad/output/scatter.h"
#include "dyad/output/utf8.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what a command makes ----------------------------------------------------------------- */

struct scatter *
outcome_picture(struct outcome *out, const char *option)
{
    assert(out->n_pictures < MOST_PICTURES);
    struct picture *p = &out->pictures[out->n_pictures++];
    *p = (struct picture){ .option = option, .scatter = SCATTER_INIT };
    return &p->scatter;
}

void
outcome_release(struct outcome *out)
{
    for (size_t i = 0; i < out->n_pictures; i++)
        scatter_release(&out->pictures[i].scatter);
    for (size_t i = 0; i < out->n_enclosures; i++)
        text_release(&out->enclosures[i].bytes);
    text_release(&out->document);
    if (out->last.release)
        out->last.release(out->last.context);
    result_release(&out->result);
    plot_release(&out->plot);
    curves_release(&out->curves);
}

/* --- the plan ----------------------------------------------------------------------------- */

static enum dyad_status
plan_format(const struct options *o, struct delivery *d, struct dyad_error *err)
{
    const char *name = option_text(o, "format");
    enum format format = FORMAT_TEXT;

    if (name && !format_find(name, &format))
        return dyad_fail(err, DYAD_USAGE, "--format %s: there are text, csv, json, markdown, html and latex", name);
    if (name == NULL && d->to == TO_FILE)
        (void)format_of_path(d->path, &format);
    if (d->to == TO_FOLDER && name == NULL)
        format = FORMAT_CSV;
    if (d->to == TO_FOLDER && format != FORMAT_CSV)
        return dyad_fail(err, DYAD_USAGE, "--output %s: a folder is for csv: name a file", d->path);
    if (format == FORMAT_CSV && d->to != TO_FOLDER && d->n_tables > 1)
        return dyad_fail(err, DYAD_USAGE, "csv holds one table: name one with --table, or give --output FOLDER/");
    d->format = (int)format;
    return DYAD_OK;
}

static enum dyad_status
plan_size(const char *text, struct plot_size *size, struct dyad_error *err)
{
    const char *x = text ? strchr(text, 'x') : NULL;

    *size = (struct plot_size){ 0, 0 };
    if (text == NULL)
        return DYAD_OK;
    if (x == NULL || number_parse(text, (size_t)(x - text), '.', &size->width_inches) != NUMBER_GOOD ||
        number_parse(x + 1, strlen(x + 1), '.', &size->height_inches) != NUMBER_GOOD || size->width_inches < 2 ||
        size->height_inches < 1 || size->width_inches > 100 || size->height_inches > 200)
        return dyad_fail(err, DYAD_USAGE, "--plot-size: WIDTHxHEIGHT in inches, from 2x1 to 100x200: 8x6");
    return DYAD_OK;
}

/* The format of a picture by its file's ending; NULL if it has none of ${formats}. */
static const char *
format_of_picture(const char *path, const char *const *formats)
{
    const char *dot = strrchr(path, '.');

    while (dot && *formats && strcmp(dot + 1, *formats) != 0)
        formats++;
    return dot ? *formats : NULL;
}

static enum dyad_status
plan_pictures(const struct options *o, struct delivery *d, struct dyad_error *err)
{
    static const char *const formats[] = { "svg", "png", "pdf", "csv", NULL };
    const char *const *option = o->command->pictures;

    for (; option && *option && d->n_pictures < MOST_PICTURES; option++) {
        const char *path = option_text(o, *option);
        if (path == NULL)
            continue;
        struct picture_plan *p = &d->pictures[d->n_pictures++];
        *p = (struct picture_plan){ *option, path, format_of_picture(path, formats) };
        if (p->format == NULL)
            return dyad_fail(err, DYAD_USAGE,
                             "--%s %s: the file's name must end in .svg, .png or .pdf, or for its numbers in .csv",
                             *option, path);
    }
    return DYAD_OK;
}

static enum dyad_status
plan_plot(const struct options *o, struct delivery *d, struct dyad_error *err)
{
    static const char *const formats[] = { "svg", "png", "pdf", NULL };
    enum dyad_status st;

    if (d->plot)
        d->plot_format = format_of_picture(d->plot, formats);
    if (d->plot && d->plot_format == NULL)
        return dyad_fail(err, DYAD_USAGE, "--plot %s: the file's name must end in .svg, .png or .pdf", d->plot);
    if ((st = plan_pictures(o, d, err)) != DYAD_OK)
        return st;
    if (d->plot == NULL && d->n_pictures == 0 && (option_given(o, "title") || option_given(o, "plot-size")))
        return dyad_fail(err, DYAD_USAGE, "--title and --plot-size go with --plot");
    return plan_size(option_text(o, "plot-size"), &d->size, err);
}

static bool
same_file(const char *a, const char *b)
{
    struct stat x, y;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
}

static enum dyad_status
refuse_input(const char *output, struct dyad_error *err)
{
    return dyad_fail(err, DYAD_USAGE, "%s is an input: write the output elsewhere", output);
}

/* An output must be no input, and no other output. */
static enum dyad_status
check_overwriting(const struct options *o, const struct delivery *d, struct dyad_error *err)
{
    const char *outputs[4 + MOST_PICTURES] = { d->to == TO_FILE ? d->path : NULL, d->plot, d->plot_data, d->audit };

    for (size_t i = 0; i < d->n_pictures; i++)
        outputs[4 + i] = d->pictures[i].path;
    for (size_t i = 0; i < 4 + d->n_pictures; i++) {
        if (outputs[i] == NULL)
            continue;
        for (size_t k = 0; k < o->n_files; k++)
            if (same_file(outputs[i], o->files[k]))
                return refuse_input(outputs[i], err);
        for (size_t k = 0; k < i; k++)
            if (outputs[k] && strcmp(outputs[i], outputs[k]) == 0)
                return dyad_fail(err, DYAD_USAGE, "%s is to be written twice: choose different names", outputs[i]);
    }
    return DYAD_OK;
}

enum dyad_status
delivery_plan(const struct options *o, struct delivery *d, struct dyad_error *err)
{
    enum dyad_status st;

    *d = (struct delivery){ .to = TO_STDOUT };
    d->path = option_text(o, "output");
    if (d->path && (strcmp(d->path, "-") == 0 || strcmp(d->path, "/dev/stdout") == 0))
        d->path = NULL;
    if (d->path && *d->path == '\0')
        return dyad_fail(err, DYAD_USAGE, "--output needs a file's name");
    if (d->path)
        d->to = d->path[strlen(d->path) - 1] == '/' ? TO_FOLDER : TO_FILE;
    d->plot = option_text(o, "plot");
    d->plot_data = option_text(o, "plot-data");
    d->audit = option_text(o, "audit");
    d->tables = option_list(o, "table", &d->n_tables);
    if ((st = plan_format(o, d, err)) == DYAD_OK && (st = plan_plot(o, d, err)) == DYAD_OK)
        st = check_overwriting(o, d, err);
    return st;
}

/* --- carrying it out ---------------------------------------------------------------------- */

enum dyad_status
write_stdout(int fd, const char *bytes, size_t length, struct dyad_error *err)
{
    if (fd < 0)
        return dyad_fail(err, DYAD_IO, "standard output is closed");
    return write_all(fd, bytes, length) ? DYAD_OK : dyad_fail(err, DYAD_IO, "standard output: %s", strerror(errno));
}

enum dyad_status
delivery_check(const struct delivery *d, const struct result *r, struct dyad_error *err)
{
    for (size_t i = 0; i < d->n_tables; i++) {
        if (result_find(r, d->tables[i]))
            continue;
        struct text names = TEXT_INIT;
        for (size_t k = 0; k < r->n_tables; k++)
            text_printf(&names, "%s%s", k ? ", " : "", r->tables[k]->name);
        dyad_fail(err, DYAD_USAGE, "--table %s: there are %s", d->tables[i], names.failed ? "" : names.at);
        text_release(&names);
        return DYAD_USAGE;
    }
    return DYAD_OK;
}

/* The same once it is known what was read: files named by options or by a registry too. */
static enum dyad_status
put(struct outbox *box, const struct result *r, const char *path, const struct text *bytes, struct dyad_error *err)
{
    if (bytes->failed)
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    for (size_t i = 0; i < r->n_inputs; i++)
        if (same_file(path, r->inputs[i].path))
            return refuse_input(path, err);
    return outbox_put(box, path, bytes->at, bytes->length, err);
}

static enum dyad_status
put_folder(const struct delivery *d, const struct result *r, struct outbox *box, struct dyad_error *err)
{
    enum dyad_status st = outbox_folder(box, d->path, err);

    for (size_t i = 0; i < r->n_tables && st == DYAD_OK; i++) {
        const struct table *t = r->tables[i];
        bool wanted = d->n_tables == 0;
        struct text path = TEXT_INIT, bytes = TEXT_INIT;

        for (size_t k = 0; k < d->n_tables; k++)
            wanted = wanted || strcmp(d->tables[k], t->name) == 0;
        if (wanted) {
            text_printf(&path, "%s%s.csv", d->path, t->name);
            render_csv_table(t, &bytes);
            st = path.failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : put(box, r, path.at, &bytes, err);
        }
        text_release(&path);
        text_release(&bytes);
    }
    return st;
}

enum dyad_status
outcome_numbers(const struct outcome *out, struct text *numbers, struct dyad_error *err)
{
    const bool failed = (out->has_curves && out->curves.failed) || (out->has_plot && out->plot.failed);
    enum dyad_status st = failed ? DYAD_NOMEM : DYAD_OK;

    if (st == DYAD_OK)
        st = out->has_curves ? curves_numbers(&out->curves, numbers) : plot_numbers(&out->plot, numbers);
    return st == DYAD_OK ? st : dyad_fail(err, st, "out of memory");
}

enum dyad_status
outcome_draw(const struct outcome *out, const char *path, const char *format, struct plot_size size,
             struct dyad_error *err)
{
    if ((out->has_curves && out->curves.failed) || (out->has_plot && out->plot.failed))
        return dyad_fail(err, DYAD_NOMEM, "out of memory");
    return out->has_curves ? curves_draw(&out->curves, path, format, size, err)
                           : plot_draw(&out->plot, path, format, size, err);
}

static enum dyad_status
put_picture(const struct delivery *d, const struct outcome *out, struct outbox *box, struct dyad_error *err)
{
    const char *temporary;
    struct text numbers = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    if (d->plot_data && (st = outcome_numbers(out, &numbers, err)) == DYAD_OK)
        st = put(box, &out->result, d->plot_data, &numbers, err);
    text_release(&numbers);
    if (st != DYAD_OK || d->plot == NULL || (st = outbox_reserve(box, d->plot, &temporary, err)) != DYAD_OK)
        return st;
    return outcome_draw(out, temporary, d->plot_format, d->size, err);
}

enum dyad_status
outcome_scatter(const struct outcome *out, const char *option, const struct scatter **scatter, struct dyad_error *err)
{
    for (size_t i = 0; i < out->n_pictures; i++)
        if (strcmp(out->pictures[i].option, option) == 0) {
            *scatter = &out->pictures[i].scatter;
            return DYAD_OK;
        }
    return dyad_fail(err, DYAD_DOMAIN, "--%s: there is nothing to draw", option);
}

static enum dyad_status
put_scatter(const struct delivery *d, const struct picture_plan *plan, const struct outcome *out, struct outbox *box,
            struct dyad_error *err)
{
    const struct scatter *s = NULL;
    const char *temporary;
    struct text numbers = TEXT_INIT;
    enum dyad_status st = outcome_scatter(out, plan->option, &s, err);

    if (st != DYAD_OK)
        return st;
    if (strcmp(plan->format, "csv") == 0) {
        st = scatter_numbers(s, &numbers);
        st = st != DYAD_OK ? dyad_fail(err, st, "out of memory") : put(box, &out->result, plan->path, &numbers, err);
        text_release(&numbers);
        return st;
    }
    if ((st = outbox_reserve(box, plan->path, &temporary, err)) == DYAD_OK)
        st = scatter_draw(s, temporary, plan->format, d->size, err);
    return st;
}

/* Notes for standard error, where the format itself has no place for them. */
static void
list_notes(const struct result *r, struct text *out)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        text_printf(out, "dyad %s: note: ", r->command);
        utf8_visible(out, r->notes[i]);
        text_putc(out, '\n');
    }
}

static enum dyad_status
deliver_into(const struct options *o, const struct delivery *d, struct outcome *out, struct outbox *box, int stdout_fd,
             struct dyad_error *err)
{
    struct text bytes = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    if (d->to == TO_FOLDER) {
        st = put_folder(d, &out->result, box, err);
    } else {
        if (out->document.length)
            text_put(&bytes, out->document.at, out->document.length);
        else
            st = render(&out->result, (enum format)d->format, d->tables, d->n_tables, &bytes);
        if (st != DYAD_OK || bytes.failed)
            st = dyad_fail(err, DYAD_NOMEM, "out of memory");
        else if (d->to == TO_FILE)
            st = put(box, &out->result, d->path, &bytes, err);
    }
    for (size_t i = 0; st == DYAD_OK && i < out->n_enclosures; i++)
        st = put(box, &out->result, option_text(o, out->enclosures[i].option), &out->enclosures[i].bytes, err);
    if (st == DYAD_OK && (out->has_plot || out->has_curves))
        st = put_picture(d, out, box, err);
    for (size_t i = 0; st == DYAD_OK && i < d->n_pictures; i++)
        st = put_scatter(d, &d->pictures[i], out, box, err);
    if (st == DYAD_OK && d->audit && suppression_audit(o->suppression))
        st = put(box, &out->result, d->audit, suppression_audit(o->suppression), err);
    if (st == DYAD_OK && d->to == TO_STDOUT)
        st = write_stdout(stdout_fd, bytes.at, bytes.length, err);
    if (st == DYAD_OK && out->last.take)
        st = out->last.take(out->last.context, err);
    if (st == DYAD_OK)
        st = outbox_commit(box, err);
    text_release(&bytes);
    return st;
}

void
outcome_title(struct outcome *out, const char *title)
{
    if (out->has_plot)
        plot_set(&out->plot.title, title, &out->plot);
    if (out->has_curves)
        curves_set(&out->curves.title, title, &out->curves);
    for (size_t i = 0; i < out->n_pictures; i++)
        scatter_set(&out->pictures[i].scatter.title, title, &out->pictures[i].scatter);
}

enum dyad_status
deliver(const struct options *o, const struct delivery *d, struct outcome *out, int stdout_fd, struct dyad_error *err)
{
    struct outbox *box = outbox_new();
    struct text notes = TEXT_INIT;
    enum dyad_status st = box ? result_status(&out->result) : DYAD_NOMEM;

    if (d->format == (int)FORMAT_CSV && !option_given(o, "quiet"))
        list_notes(&out->result, &notes);
    if (st != DYAD_OK || notes.failed)
        st = dyad_fail(err, DYAD_NOMEM, "out of memory");
    else
        st = delivery_check(d, &out->result, err);
    if (st == DYAD_OK && option_text(o, "title"))
        outcome_title(out, option_text(o, "title"));
    if (st == DYAD_OK)
        st = deliver_into(o, d, out, box, stdout_fd, err);
    outbox_free(box);
    if (st == DYAD_OK && notes.length)
        (void)write_all(STDERR_FILENO, notes.at, notes.length);
    text_release(&notes);
    return st;
}
