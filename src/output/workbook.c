#include "dyad/output/workbook.h"

#include "dyad/output/provenance.h"
#include "dyad/output/utf8.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum {
    NAME_MAX_CHARACTERS = 31,  /* of a sheet, by Excel's rule */
    CELL_MAX_BYTES = 32000,    /* Excel takes 32,767 characters of a cell */
    ROWS_MAX = 1048575,        /* and 1,048,576 rows, the first being the headings */
    WIDEST = 60, NARROWEST = 9, /* of a column, in characters */
    WIDTH_OF_NOTES = 120, WIDTH_OF_COMMANDS = 80
};

/* Points: of a row of one line as spreadsheets have it, and the highest that they take. */
static const double line_height = 15, highest = 400;

/* 1980-01-01: a workbook is not dated, so that the same results give the same bytes. */
static const time_t no_date = 315532800;

/*
 * Loaded when a workbook is written, not linked: with what it needs itself it would double the time
 * in which every command starts.
 */
#define CALLS(X) \
    X(workbook_new) X(workbook_close) X(workbook_add_worksheet) X(workbook_add_format) X(workbook_set_properties) \
    X(workbook_get_worksheet_by_name) X(workbook_validate_sheet_name) X(worksheet_write_string) \
    X(worksheet_write_number) X(worksheet_set_column) X(worksheet_freeze_panes) X(worksheet_autofilter) \
    X(worksheet_set_landscape) X(worksheet_fit_to_pages) X(worksheet_repeat_rows) X(worksheet_set_header) \
    X(worksheet_set_footer) X(worksheet_set_row) X(format_set_bold) X(format_set_bottom) X(format_set_align) X(format_set_num_format) \
    X(format_set_text_wrap)

#define POINTER(name) __typeof__(&name) name;
static struct {
    CALLS(POINTER)
} lxw;

/* C has no cast from an object's address to a function's. */
#define FIND(name)                                            \
    if ((address = dlsym(library, #name)) == NULL)            \
        return false;                                         \
    memcpy(&lxw.name, &address, sizeof address);

static bool
load_library(void)
{
    void *library = dlopen("libxlsxwriter.so." LXW_SOVERSION, RTLD_NOW | RTLD_LOCAL), *address;

    if (library == NULL)
        return false;
    CALLS(FIND)
    return true;
}

struct book {
    lxw_workbook *book;
    lxw_worksheet *contents, *notes, *inputs;
    lxw_row_t n_contents, n_notes, n_inputs;
    lxw_format *heading, *number_heading, *words, *lines, *count, *percent, *ratio, *number, *p_value;
    bool failed;
};

/* --- cells -------------------------------------------------------------------------------- */

static void
check(struct book *b, lxw_error error)
{
    b->failed |= error != LXW_NO_ERROR;
}

static void
put_words(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const char *words, lxw_format *how)
{
    struct text visible = TEXT_INIT;

    utf8_visible(&visible, words);
    if (visible.length > CELL_MAX_BYTES) {
        size_t end = CELL_MAX_BYTES;
        while ((visible.at[end] & 0xc0) == 0x80)
            end--;
        visible.at[end] = '\0';
    }
    if (visible.failed)
        b->failed = true;
    else if (visible.length)
        check(b, lxw.worksheet_write_string(sheet, row, column, visible.at, how));
    text_release(&visible);
}

/* Broken into lines of about ${width} characters; not every spreadsheet finds the height of the row itself. */
static void
put_lines(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const char *words, size_t width)
{
    const size_t lines = (strlen(words) + width - 1) / width;

    put_words(b, sheet, row, column, words, b->lines);
    if (lines > 1)
        check(b, lxw.worksheet_set_row(sheet, row, fmin(line_height * (double)lines, highest), NULL));
}

/* A sheet's numbers are finite. */
static void
put_number(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, double x, lxw_format *how)
{
    if (isinf(x))
        put_words(b, sheet, row, column, x < 0 ? "-Inf" : "Inf", b->words);
    else
        check(b, lxw.worksheet_write_number(sheet, row, column, x, how));
}

static lxw_format *
format_of(const struct book *b, const struct table *t, size_t row, const struct column *c)
{
    const bool is_share = t->scales[row] == SCALE_PROPORTION || t->scales[row] == SCALE_DIFFERENCE;

    switch (c->role) {
    case COLUMN_ESTIMATE:
    case COLUMN_CONF_LOW:
    case COLUMN_CONF_HIGH:
        return is_share ? b->percent : b->ratio;
    case COLUMN_P_VALUE:
        return b->p_value;
    case COLUMN_COUNT:
        return b->count;
    default:
        return b->number;
    }
}

static void
put_cell(struct book *b, lxw_worksheet *sheet, const struct table *t, size_t row, size_t column, bool is_numeric)
{
    const struct cell *c = table_cell(t, row, column);
    const lxw_row_t to_row = (lxw_row_t)row + 1;
    const lxw_col_t to = (lxw_col_t)column;

    switch (c->state) {
    case CELL_EMPTY:
        break;
    case CELL_TEXT:
        if (is_numeric)
            put_number(b, sheet, to_row, to, strtod(c->is.text, NULL), b->number);
        else
            put_words(b, sheet, to_row, to, c->is.text, b->words);
        break;
    case CELL_COUNT:
        put_number(b, sheet, to_row, to, (double)c->is.count, b->count);
        break;
    case CELL_NUMBER:
        put_number(b, sheet, to_row, to, c->is.number, format_of(b, t, row, &t->columns[column]));
    }
}

/* --- sheets ------------------------------------------------------------------------------- */

static size_t
width_of(const struct table *t, size_t column)
{
    size_t widest = strlen(t->columns[column].name) + 2;

    for (size_t row = 0; row < t->n_rows; row++) {
        const struct cell *c = table_cell(t, row, column);
        const size_t n = c->state == CELL_TEXT ? strlen(c->is.text) + 1 : 0;
        widest = n > widest ? n : widest;
    }
    return widest < NARROWEST ? NARROWEST : widest > WIDEST ? WIDEST : widest;
}

/* A new sheet called "NAME TABLE", without what Excel forbids, and unlike the others. */
static lxw_worksheet *
add_sheet(struct book *b, const char *name, const char *table)
{
    struct text t = TEXT_INIT, visible = TEXT_INIT;
    char cut[4 * NAME_MAX_CHARACTERS + 16];
    lxw_worksheet *sheet = NULL;

    text_printf(&t, "%s%s%s", name, *name ? " " : "", table);
    utf8_visible(&visible, t.at ? t.at : "");
    for (unsigned again = 1; sheet == NULL && again < 1000 && !t.failed && !visible.failed; again++) {
        char number[16] = "";
        if (again > 1)
            snprintf(number, sizeof number, " %u", again);
        size_t characters = strlen(number), length = 0;
        for (const char *c = visible.at; *c; c++) {
            characters += (*c & 0xc0) != 0x80;
            if (characters > NAME_MAX_CHARACTERS)
                break;
            cut[length++] = strchr("[]:*?/\\'", *c) ? '_' : *c;
        }
        memcpy(cut + length, number, strlen(number) + 1);
        if (lxw.workbook_get_worksheet_by_name(b->book, cut) == NULL &&
            lxw.workbook_validate_sheet_name(b->book, cut) == LXW_NO_ERROR)
            sheet = lxw.workbook_add_worksheet(b->book, cut);
    }
    text_release(&t);
    text_release(&visible);
    b->failed |= sheet == NULL;
    return sheet;
}

/* On paper: across the page, as wide as it is, each page with the headings, the sheet's name and its number. */
static void
set_for_paper(struct book *b, lxw_worksheet *sheet)
{
    lxw.worksheet_freeze_panes(sheet, 1, 0);
    lxw.worksheet_set_landscape(sheet);
    lxw.worksheet_fit_to_pages(sheet, 1, 0);
    check(b, lxw.worksheet_repeat_rows(sheet, 0, 0));
    check(b, lxw.worksheet_set_header(sheet, "&L&A"));
    check(b, lxw.worksheet_set_footer(sheet, "&C&P / &N"));
}

static void
put_headings(struct book *b, lxw_worksheet *sheet, const char *const *headings, const int *widths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_words(b, sheet, 0, (lxw_col_t)i, headings[i], b->heading);
        check(b, lxw.worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL));
    }
    set_for_paper(b, sheet);
}

static void
put_table(struct book *b, const struct workbook_part *part, const struct table *t)
{
    lxw_worksheet *sheet = add_sheet(b, part->name, t->name);

    if (sheet == NULL)
        return;
    for (size_t i = 0; i < t->n_columns; i++) {
        const lxw_col_t to = (lxw_col_t)i;
        const enum column_role role = t->columns[i].role;
        const bool is_numeric = role == COLUMN_GROUP && table_group_is_numeric(t, i);
        const bool has_words = !is_numeric && (role == COLUMN_GROUP || role == COLUMN_LABEL);
        put_words(b, sheet, 0, to, t->columns[i].name, has_words ? b->heading : b->number_heading);
        check(b, lxw.worksheet_set_column(sheet, to, to, (double)width_of(t, i), NULL));
        for (size_t row = 0; row < t->n_rows && !b->failed; row++)
            put_cell(b, sheet, t, row, i, is_numeric);
    }
    set_for_paper(b, sheet);
    if (t->n_rows && t->n_columns)
        check(b, lxw.worksheet_autofilter(sheet, 0, 0, (lxw_row_t)t->n_rows, (lxw_col_t)(t->n_columns - 1)));

    const lxw_row_t row = ++b->n_contents;
    put_words(b, b->contents, row, 0, sheet->name, b->words);
    put_words(b, b->contents, row, 1, part->title ? part->title : part->name, b->words);
    put_words(b, b->contents, row, 2, t->name, b->words);
    put_number(b, b->contents, row, 3, (double)t->n_rows, b->count);
}

/* Is one of the results silent of how large the file is?  Then all are. */
static bool
is_hidden(const struct workbook_part *parts, size_t n, const char *path)
{
    bool hidden = false;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < parts[i].result->n_inputs; k++) {
            const struct input *in = &parts[i].result->inputs[k];
            hidden = hidden || (in->hidden && strcmp(in->path, path) == 0);
        }
    return hidden;
}

static void
put_provenance(struct book *b, const struct workbook_part *parts, size_t n, size_t number)
{
    const struct workbook_part *part = &parts[number];
    const struct result *r = part->result;
    struct text command = TEXT_INIT;

    for (size_t i = 0; i < r->n_notes; i++) {
        const lxw_row_t row = ++b->n_notes;
        put_words(b, b->notes, row, 0, part->name, b->words);
        put_lines(b, b->notes, row, 1, r->notes[i], WIDTH_OF_NOTES);
    }
    provenance_command(&command, r);
    for (size_t i = 0; i < r->n_inputs; i++) {
        const lxw_row_t row = ++b->n_inputs;
        put_words(b, b->inputs, row, 0, part->name, b->words);
        put_words(b, b->inputs, row, 1, r->inputs[i].path, b->words);
        if (!is_hidden(parts, n, r->inputs[i].path)) {
            if (r->inputs[i].records != RECORDS_UNKNOWN)
                put_number(b, b->inputs, row, 2, (double)r->inputs[i].records, b->count);
            put_number(b, b->inputs, row, 3, (double)r->inputs[i].bytes, b->count);
        }
        put_words(b, b->inputs, row, 4, r->inputs[i].sha256, b->words);
        put_lines(b, b->inputs, row, 5, command.at ? command.at : "", WIDTH_OF_COMMANDS);
    }
    b->failed |= command.failed;
    text_release(&command);
}

/* --- the workbook ------------------------------------------------------------------------- */

static lxw_format *
new_format(struct book *b, const char *number)
{
    lxw_format *f = lxw.workbook_add_format(b->book);

    b->failed |= f == NULL;
    if (f) {
        lxw.format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
        if (number)
            lxw.format_set_num_format(f, number);
    }
    return f;
}

static lxw_format *
new_heading(struct book *b)
{
    lxw_format *f = new_format(b, NULL);

    if (f) {
        lxw.format_set_bold(f);
        lxw.format_set_bottom(f, LXW_BORDER_THIN);
    }
    return f;
}

static void
make_formats(struct book *b)
{
    b->words = new_format(b, NULL);
    b->count = new_format(b, "#,##0");
    b->percent = new_format(b, "0.0%");
    b->ratio = new_format(b, "0.00");
    b->number = new_format(b, "0.####");
    b->p_value = new_format(b, "[<0.001]\"<0.001\";0.000");
    if ((b->lines = new_format(b, NULL)) != NULL)
        lxw.format_set_text_wrap(b->lines);
    b->heading = new_heading(b);
    if ((b->number_heading = new_heading(b)) != NULL)
        lxw.format_set_align(b->number_heading, LXW_ALIGN_RIGHT);
}

static void
begin(struct book *b, const char *title)
{
    static const char *const contents[] = { "sheet", "title", "table", "rows" };
    lxw_doc_properties about = { .title = NULL, .created = no_date };
    struct text visible = TEXT_INIT;

    make_formats(b);
    utf8_visible(&visible, title);
    about.title = visible.at;
    if (!visible.failed)
        check(b, lxw.workbook_set_properties(b->book, &about));
    b->failed |= visible.failed;
    text_release(&visible);
    if ((b->contents = add_sheet(b, "", "Contents")) != NULL)
        put_headings(b, b->contents, contents, (const int[]){ 34, 50, 16, 9 }, 4);
}

static void
begin_notes(struct book *b)
{
    static const char *const notes[] = { "analysis", "note" };
    static const char *const inputs[] = { "analysis", "path", "records", "bytes", "sha256", "command" };

    if ((b->notes = add_sheet(b, "", "Notes")) != NULL)
        put_headings(b, b->notes, notes, (const int[]){ 24, WIDTH_OF_NOTES }, 2);
    if ((b->inputs = add_sheet(b, "", "Inputs")) != NULL)
        put_headings(b, b->inputs, inputs, (const int[]){ 24, 40, 12, 14, 66, WIDTH_OF_COMMANDS }, 6);
}

/* All that is in the file behind ${fd}. */
static enum dyad_status
read_back(int fd, struct text *out, struct dyad_error *err)
{
    char bytes[65536];
    ssize_t n;

    while ((n = pread(fd, bytes, sizeof bytes, (off_t)out->length)) > 0)
        text_put(out, bytes, (size_t)n);
    if (n < 0)
        return dyad_fail(err, DYAD_IO, "the workbook cannot be read back: %s", strerror(errno));
    return out->failed ? dyad_fail(err, DYAD_NOMEM, "out of memory") : DYAD_OK;
}

static void
fill(struct book *b, const char *title, const struct workbook_part *parts, size_t n)
{
    begin(b, title);
    for (size_t i = 0; i < n && !b->failed; i++)
        for (size_t k = 0; k < parts[i].result->n_tables && !b->failed; k++)
            put_table(b, &parts[i], parts[i].result->tables[k]);
    if (!b->failed)
        begin_notes(b);
    for (size_t i = 0; i < n && !b->failed; i++)
        put_provenance(b, parts, n, i);
}

/* What the process that writes ends with; by a signal where memory ran out within the library. */
enum { WRITTEN = 0, NOT_WRITTEN = 1, NO_MEMORY = 2, NO_LIBRARY = 3 };

/* In a process of its own; the library writes to a name: that of a file in memory. */
static int
write_book(const char *title, const struct workbook_part *parts, size_t n, int fd)
{
    struct book b = { .book = NULL };
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    char path[64];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    if (nowhere >= 0) /* what the library has to say is no line of ours */
        (void)dup2(nowhere, STDERR_FILENO);
    if (!load_library())
        return NO_LIBRARY;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if ((b.book = lxw.workbook_new(path)) == NULL)
        return NO_MEMORY;
    fill(&b, title, parts, n);
    if (b.failed)
        return NO_MEMORY;
    const lxw_error error = lxw.workbook_close(b.book);
    return error == LXW_NO_ERROR ? WRITTEN : error == LXW_ERROR_MEMORY_MALLOC_FAILED ? NO_MEMORY : NOT_WRITTEN;
}

/* The library does not outlive memory that runs out: so another process does the writing. */
static enum dyad_status
write_apart(const char *title, const struct workbook_part *parts, size_t n, int fd, struct dyad_error *err)
{
    const pid_t child = fork();
    int status;

    if (child < 0)
        return dyad_fail(err, DYAD_IO, "no process to write the workbook: %s", strerror(errno));
    if (child == 0)
        _exit(write_book(title, parts, n, fd));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return dyad_fail(err, DYAD_IO, "the workbook cannot be made: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == WRITTEN)
        return DYAD_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_LIBRARY)
        return dyad_fail(err, DYAD_IO, "a workbook needs libxlsxwriter.so." LXW_SOVERSION ", which cannot be loaded: install "
                                       "Debian's libxlsxwriter" LXW_SOVERSION);
    return WIFEXITED(status) && WEXITSTATUS(status) == NOT_WRITTEN
               ? dyad_fail(err, DYAD_IO, "the workbook cannot be made: is there room for temporary files?")
               : dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
check_rows(const struct workbook_part *parts, size_t n, struct dyad_error *err)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < parts[i].result->n_tables; k++)
            if (parts[i].result->tables[k]->n_rows > ROWS_MAX)
                return dyad_fail(err, DYAD_DATA, "the table %s of %s has more rows than a sheet can have",
                                 parts[i].result->tables[k]->name, parts[i].name);
    return DYAD_OK;
}

enum dyad_status
workbook_make(const char *title, const struct workbook_part *parts, size_t n, struct text *out, struct dyad_error *err)
{
    enum dyad_status st = check_rows(parts, n, err);
    const int fd = st == DYAD_OK ? memfd_create("workbook", MFD_CLOEXEC) : -1;

    if (st == DYAD_OK && fd < 0)
        st = dyad_fail(err, DYAD_IO, "no memory for a workbook: %s", strerror(errno));
    if (st == DYAD_OK && (st = write_apart(title, parts, n, fd, err)) == DYAD_OK)
        st = read_back(fd, out, err);
    if (fd >= 0)
        close(fd);
    return st;
}
