/* dyad report: the results of a plan as one page for people, and as a workbook. */
#include "report.h"

#include "dyad/core/version.h"
#include "dyad/output/provenance.h"
#include "dyad/output/workbook.h"

#include "options.h"
#include "plan_inputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A table with more rows is for the workbook: nobody reads it. */
enum { ROWS_SHOWN = 60 };

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

bool
report_has_answer(const struct plan_answer *a)
{
    return !a->skipped && (a->status == DYAD_OK || a->status == DYAD_DIFFERS);
}

/* --- results ------------------------------------------------------------------------------ */

/* Tables that a reader wants to see; the others are for who checks them. */
static const char *const for_readers[][2] = {
    { "rates", "rates" },       { "odds", "measures" },   { "model", "coefficients" },    { "model", "margins" },
    { "model", "e_values" },    { "survival", "summary" }, { "survival", "at" },          { "survival", "tests" },
    { "meta", "pooled" },       { "meta", "studies" },    { "meta", "heterogeneity" },    { "survival", "differences" },
    { "describe", "characteristics" },
};
enum { FOR_READERS = sizeof for_readers / sizeof for_readers[0] };

/* Those that the analysis names; else those for readers; of other commands all. */
static bool
is_chosen(const struct plan_answer *a, const char *table)
{
    bool known = false;

    for (size_t i = 0; i < a->delivery.n_tables; i++)
        if (strcmp(a->delivery.tables[i], table) == 0)
            return true;
    for (size_t i = 0; a->delivery.n_tables == 0 && i < FOR_READERS; i++) {
        if (report_is(a, for_readers[i][0]) && strcmp(for_readers[i][1], table) == 0)
            return true;
        known = known || report_is(a, for_readers[i][0]);
    }
    return a->delivery.n_tables == 0 && !known;
}

static void
show_tables(struct report *r, const struct plan_answer *a)
{
    const struct result *result = &a->outcome.result;

    for (size_t i = 0; i < result->n_tables; i++) {
        const struct table *t = result->tables[i];
        struct text title = TEXT_INIT;
        if (strcmp(t->name, "flow") == 0 || strcmp(t->name, "balance") == 0 || t->n_rows == 0 || !is_chosen(a, t->name))
            continue;
        if (strcmp(t->name, "characteristics") == 0) {
            report_characteristics(r, a);
            continue;
        }
        text_printf(&title, "%s: %s", a->analysis->title, t->name);
        if (t->n_rows <= ROWS_SHOWN) {
            page_table(&r->page, t, result->level, title.failed ? "" : title.at);
        } else {
            text_clear(&title);
            text_printf(&title, "The table %s has %zu rows, too many for this page.", t->name, t->n_rows);
            page_paragraph(&r->page, title.failed ? "" : title.at);
        }
        r->page.body.failed |= title.failed;
        text_release(&title);
    }
}

static enum dyad_status
show_picture(struct report *r, const struct plan_answer *a, const struct scatter *s, struct dyad_error *err)
{
    const struct outcome *out = &a->outcome;
    struct text svg = TEXT_INIT, title = TEXT_INIT;
    enum dyad_status st = s                 ? scatter_paint(s, "svg", a->delivery.size, &svg, err)
                          : out->has_curves ? curves_paint(&out->curves, "svg", a->delivery.size, &svg, err)
                                            : plot_paint(&out->plot, "svg", a->delivery.size, &svg, err);

    text_printf(&title, "%s%s", a->analysis->title, s && s->title ? ": " : "");
    if (s && s->title)
        text_puts(&title, s->title);
    if (st == DYAD_OK && title.failed)
        st = no_memory(err);
    if (st == DYAD_OK)
        page_figure(&r->page, svg.at, title.at);
    text_release(&svg);
    text_release(&title);
    return st;
}

static enum dyad_status
show_pictures(struct report *r, const struct plan_answer *a, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;

    if (a->outcome.has_plot || a->outcome.has_curves)
        st = show_picture(r, a, NULL, err);
    for (size_t i = 0; i < a->outcome.n_pictures && st == DYAD_OK; i++)
        if (option_given(&a->options, a->outcome.pictures[i].option))
            st = show_picture(r, a, &a->outcome.pictures[i].scatter, err);
    return st;
}

static enum dyad_status
show_answer(struct report *r, const struct plan_answer *a, struct dyad_error *err)
{
    struct text words = TEXT_INIT;
    enum dyad_status st = DYAD_OK;

    page_part(&r->page, a->analysis->title);
    report_population(a, &words);
    if (!report_has_answer(a))
        text_printf(&words, "%sThere is no answer: %s.", words.length ? " " : "", a->err.text);
    page_paragraph(&r->page, words.at);
    r->page.body.failed |= words.failed;
    text_release(&words);
    if (report_has_answer(a) && (st = show_pictures(r, a, err)) == DYAD_OK)
        show_tables(r, a);
    return st;
}

static enum dyad_status
show_results(struct report *r, struct dyad_error *err)
{
    static const struct {
        const char *command, *heading;
    } kinds[] = { { "describe", "Characteristics" },     { "rates", "Rates" },       { "odds", "Contrasts" },
                  { "model", "Models" },                 { "survival", "Duration" }, { "meta", "Pooled studies" },
                  { NULL, "Other results" } };
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    enum dyad_status st = DYAD_OK;

    for (size_t k = 0; k < KINDS; k++) {
        bool any = false;
        for (size_t i = 0; i < r->plan->n_analyses && st == DYAD_OK; i++) {
            size_t kind = 0;
            while (kinds[kind].command && !report_is(&r->answers[i], kinds[kind].command))
                kind++;
            if (kind != k)
                continue;
            if (!any)
                page_section(&r->page, kinds[k].heading);
            any = true;
            st = show_answer(r, &r->answers[i], err);
        }
    }
    return st;
}

/* --- published figures, methods, provenance ----------------------------------------------- */

static enum dyad_status
find_published(struct report *r)
{
    const struct plan *p = r->plan;
    struct table *t = p->n_published ? reproduction_table(&r->own) : NULL;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < p->n_published && st == DYAD_OK; i++) {
        const struct plan_answer *a = &r->answers[p->published[i].analysis];
        bool as_expected;
        st = reproduction_add(&p->published[i].figure, report_has_answer(a) ? &a->outcome.result : NULL, t, &r->own,
                              &as_expected);
    }
    return st;
}

static void
show_published(struct report *r)
{
    const struct table *t = result_find(&r->own, "reproduction");

    if (t == NULL || t->n_rows == 0)
        return;
    page_section(&r->page, "Published figures");
    page_table(&r->page, t, 0, "Published and computed");
    page_list(&r->page, (const char *const *)r->own.notes, r->own.n_notes, PAGE_LIST_ITEMS);
}

/* Was the note told of an earlier analysis? */
static bool
was_told(const struct report *r, size_t analysis, const char *note)
{
    for (size_t i = 0; i < analysis; i++) {
        const struct result *result = &r->answers[i].outcome.result;
        for (size_t k = 0; report_has_answer(&r->answers[i]) && k < result->n_notes; k++)
            if (strcmp(result->notes[k], note) == 0)
                return true;
    }
    return false;
}

/* The notes of each analysis that no earlier one has. */
static void
show_methods(struct report *r)
{
    page_section(&r->page, "Methods");
    for (size_t i = 0; i < r->methods.n; i++)
        page_paragraph(&r->page, r->methods.at[i]);
    page_paragraph(&r->page, "What the numbers rest on, each said where it first applies. Computed by dyad " DYAD_VERSION ".");
    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct result *result = &r->answers[i].outcome.result;
        const char **notes = calloc(result->n_notes + 1, sizeof *notes);
        size_t n = 0;
        for (size_t k = 0; notes && report_has_answer(&r->answers[i]) && k < result->n_notes; k++)
            if (!was_told(r, i, result->notes[k]))
                notes[n++] = result->notes[k];
        r->page.body.failed |= notes == NULL;
        if (n)
            page_part(&r->page, r->answers[i].analysis->title);
        page_list(&r->page, notes, n, PAGE_LIST_ITEMS);
        free(notes);
    }
}

static void
show_input(struct report *r, const struct input *in)
{
    struct text words = TEXT_INIT;

    provenance_input(&words, in);
    text_puts(&words, ", SHA-256");
    page_source(&r->page, words.failed ? "" : words.at, in->sha256);
    r->page.body.failed |= words.failed;
    text_release(&words);
}

static void
show_provenance(struct report *r, const struct result *all)
{
    struct text words = TEXT_INIT;

    page_section(&r->page, "Provenance");
    page_part(&r->page, "Files");
    text_printf(&words, "%s: the plan, %" PRIu64 " bytes, SHA-256", r->plan->document.path, r->plan->document.bytes);
    page_source(&r->page, words.failed ? "" : words.at, r->plan->document.sha256);
    for (size_t i = 1; i < all->n_inputs; i++)
        show_input(r, &all->inputs[i]);
    page_part(&r->page, "Commands");
    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct result *result = &r->answers[i].outcome.result;
        text_clear(&words);
        if (result->command)
            provenance_command(&words, result);
        page_source(&r->page, r->answers[i].analysis->name, words.at ? words.at : "");
    }
    text_clear(&words);
    provenance_version(&words, all);
    page_paragraph(&r->page, words.at);
    r->page.body.failed |= words.failed;
    text_release(&words);
}

/* --- the run ------------------------------------------------------------------------------ */

/* Each file once, whichever analyses read it, its size hidden if it is for one; the first is the plan. */
static void
list_inputs(const struct report *r, struct result *out)
{
    result_input(out, r->plan->document.path, r->plan->document.bytes, r->plan->n_analyses, r->plan->document.sha256);
    for (size_t i = 0; i < r->plan->n_analyses; i++) {
        const struct result *result = &r->answers[i].outcome.result;
        for (size_t k = 0; k < result->n_inputs; k++) {
            const struct input *in = &result->inputs[k];
            size_t j = 0;
            while (j < out->n_inputs && strcmp(out->inputs[j].path, in->path) != 0)
                j++;
            if (j == out->n_inputs)
                result_input(out, in->path, in->bytes, in->records, in->sha256);
            if (j < out->n_inputs)
                out->inputs[j].hidden |= in->hidden;
        }
    }
}

static enum dyad_status
make_workbook(const struct report *r, struct outcome *out, struct dyad_error *err)
{
    struct workbook_part *parts = calloc(r->plan->n_analyses + 1, sizeof *parts);
    size_t n = 0;
    struct enclosure *e = &out->enclosures[out->n_enclosures++];

    if (parts == NULL)
        return no_memory(err);
    *e = (struct enclosure){ "xlsx", TEXT_INIT };
    for (size_t i = 0; i < r->plan->n_analyses; i++)
        if (report_has_answer(&r->answers[i]))
            parts[n++] = (struct workbook_part){ r->answers[i].analysis->name, r->answers[i].analysis->title,
                                                 &r->answers[i].outcome.result };
    parts[n] = (struct workbook_part){ "report", "Of the whole report", &r->own };
    const enum dyad_status st = workbook_make(r->plan->title ? r->plan->title : "Report", parts, n + 1, &e->bytes, err);
    free(parts);
    return st;
}

static enum dyad_status
make_page(struct report *r, struct outcome *out, struct dyad_error *err)
{
    enum dyad_status st;

    report_summary(r);
    report_flow(r);
    if ((st = show_results(r, err)) != DYAD_OK)
        return st;
    report_absolute(r);
    show_published(r);
    show_methods(r);
    show_provenance(r, &out->result);
    return page_end(&r->page, r->plan->title ? r->plan->title : "Report", r->plan->author, &out->document) == DYAD_OK
               ? DYAD_OK
               : no_memory(err);
}

/* Is the output a file that the plan reads?  Its paths are from the plan's folder. */
static enum dyad_status
check_inputs(const struct plan *p, const struct plan_inputs *in, const char *output, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    struct stat x, y;

    if (output == NULL || stat(output, &x) != 0)
        return DYAD_OK;
    for (size_t i = 0; i < in->n && st == DYAD_OK; i++) {
        struct text path = TEXT_INIT;
        text_printf(&path, "%s%s%s", *in->at[i].path == '/' ? "" : p->folder, *in->at[i].path == '/' ? "" : "/",
                    in->at[i].path);
        if (path.failed)
            st = no_memory(err);
        else if (stat(path.at, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino)
            st = dyad_fail(err, DYAD_USAGE, "%s is an input: write the output elsewhere", output);
        text_release(&path);
    }
    return st;
}

static enum dyad_status
compute(const struct options *o, struct report *r, struct plan_inputs *in, struct dyad_error *err)
{
    struct plan_run how = { .draws_all = true };
    enum dyad_status st;

    if ((st = plan_inputs_read(r->plan, in, err)) != DYAD_OK || (st = plan_inputs_check(in, err)) != DYAD_OK ||
        (st = check_inputs(r->plan, in, option_text(o, "output"), err)) != DYAD_OK ||
        (st = check_inputs(r->plan, in, option_text(o, "xlsx"), err)) != DYAD_OK)
        return st;
    how.n_threads = o->cohort.n_threads;
    if ((st = plan_execute(r->plan, &how, &r->answers, err)) != DYAD_OK ||
        (st = plan_inputs_still(r->plan, in, err)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < r->plan->n_analyses; i++)
        plan_inputs_sign(in, &r->answers[i].outcome.result);
    return DYAD_OK;
}

static enum dyad_status
run_plan(const struct options *o, const struct plan *p, struct outcome *out, struct dyad_error *err)
{
    struct report r = { .plan = p, .own = RESULT_INIT, .page = PAGE_INIT };
    struct plan_inputs in = { 0 };
    enum dyad_status st;

    if ((st = report_read_keys(&r, err)) != DYAD_OK || (st = compute(o, &r, &in, err)) != DYAD_OK)
        goto done;
    if ((st = report_learn_labels(&r, err)) != DYAD_OK)
        goto done;
    list_inputs(&r, &out->result);
    report_find_absolute(&r);
    st = find_published(&r);
    if (st != DYAD_OK || result_status(&r.own) != DYAD_OK || result_status(&out->result) != DYAD_OK) {
        st = no_memory(err);
        goto done;
    }
    if ((st = make_page(&r, out, err)) == DYAD_OK && option_given(o, "xlsx"))
        st = make_workbook(&r, out, err);
done:
    report_release_keys(&r);
    page_release(&r.page);
    result_release(&r.own);
    plan_answers_free(r.answers, r.answers ? p->n_analyses : 0);
    plan_inputs_release(&in, p);
    return st;
}

static enum dyad_status
check_outputs(const struct options *o, struct dyad_error *err)
{
    const char *page = option_text(o, "output"), *book = option_text(o, "xlsx");
    const size_t n = book ? strlen(book) : 0;

    if (o->n_files != 1 || strcmp(o->files[0], "-") == 0)
        return dyad_fail(err, DYAD_USAGE, "name one plan, a file: dyad report PLAN");
    if (page && *page && page[strlen(page) - 1] == '/')
        return dyad_fail(err, DYAD_USAGE, "--output %s: a report is one file; dyad run fills a folder", page);
    if (book && (n < 6 || strcmp(book + n - 5, ".xlsx") != 0))
        return dyad_fail(err, DYAD_USAGE, "--xlsx %s: the file's name must end in .xlsx", book);
    if (page && book && strcmp(page, book) == 0)
        return dyad_fail(err, DYAD_USAGE, "%s is to be written twice: choose different names", page);
    return DYAD_OK;
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct plan plan = PLAN_INIT;
    enum dyad_status st;

    if ((st = check_outputs(o, err)) != DYAD_OK || (st = plan_read(o->files[0], &plan, err)) != DYAD_OK)
        return st;
    st = run_plan(o, &plan, out, err);
    plan_release(&plan);
    return st;
}

static const struct option_spec known[] = {
    { "output", OPTION_TEXT, "FILE", "write the page there (-o FILE) instead of to standard output; it appears whole or not "
                                     "at all" },
    { "xlsx", OPTION_TEXT, "FILE", "also all tables as a workbook, a sheet each, for a spreadsheet" },
    { "threads", OPTION_TEXT, "N", "default the number of processors; the result does not depend on it" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

const struct command report_command = {
    .name = "report",
    .usage = "dyad report [OPTIONS] PLAN",
    .summary = "the results of a plan as one page for people, and as a workbook",
    .about = "Runs the analyses of a plan (see dyad run --help) and writes one HTML page that loads nothing and needs no "
             "script: a summary in sentences that state contrast and uncertainty, the flow of records, the characteristics "
             "of the groups beside each other, every table and picture, absolute effects, published figures beside the "
             "computed ones, the conventions that all of it rests on, and the files with their SHA-256. It prints as it "
             "is. An analysis that has no answer is said to have none.\n"
             "\n"
             "The key report of the plan holds, each if it is wanted:\n"
             "\n"
             "  summary        a text or a list of them, above what is said of the results\n"
             "  sentences      the analyses that the summary speaks of; default all\n"
             "  people         what the records are: mothers\n"
             "  words          COLUMN: words, or COLUMN: {VALUE: words}, by which an outcome\n"
             "                 is called 'began to breastfeed', a value of the exposure\n"
             "                 'with a lactation consultant', a time by its unit; a\n"
             "                 value without words by its label in the codebook\n"
             "  exposure       the column whose coefficients in models are spoken of\n"
             "  absolute       the analyses whose ratios are made absolute; default all of\n"
             "                 odds, models and pooled studies\n"
             "  baseline_risk  risks without the exposure, besides those observed, at which\n"
             "                 that is done: [30%, 50%]\n"
             "  methods        a text or a list of them, above the conventions\n"
             "\n"
             "The command describe in a plan makes the table of characteristics. The page has the tables that an analysis "
             "names (table: [...]), else those that readers ask for; the workbook has all of them.",
    .examples = "    dyad report plan.yaml -o report.html --xlsx tables.xlsx\n"
                "        the page, and its tables for a spreadsheet\n"
                "    dyad report datasets/support-programme/plan.yaml -o evaluation.html\n"
                "        the evaluation of a programme, from the data that come with dyad\n",
    .options = known,
    .run = run,
    .runs_commands = true,
};
