/* dyad check: is this file what it should be? */
#include "check.h"

#include "analysis.h"
#include "commands.h"

#include <inttypes.h>
#include <string.h>

static const struct option_spec known[] = {
    { "key", OPTION_LIST, "COL,...", "what tells records apart: no two may have the same; default as the codebook says" },
    { "quasi", OPTION_LIST, "COL,...", "k-anonymity over these columns, by a second reading" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

enum { KEY_MAX = 8 };

/* The columns of the key: those typed, else the codebook's, with what REDCap adds for repeated visits. */
static size_t
find_key(const struct checking *c, const char **key)
{
    static const char *const visits[] = { "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance" };
    const struct codebook *b = c->codebook;
    size_t n_typed, n = 0;
    const char *const *typed = option_list(c->o, "key", &n_typed);

    for (; n < n_typed && n < KEY_MAX; n++)
        key[n] = typed[n];
    for (size_t i = 0; n_typed == 0 && b && i < b->n_key && n < KEY_MAX - 3; i++)
        if (reader_find(c->reader, b->key[i]) < reader_n_columns(c->reader))
            key[n++] = b->key[i];
    for (size_t i = 0; n_typed == 0 && n && i < sizeof visits / sizeof visits[0]; i++)
        if (reader_find(c->reader, visits[i]) < reader_n_columns(c->reader))
            key[n++] = visits[i];
    return n;
}

static enum dyad_status
check_options(const struct options *o, struct dyad_error *err)
{
    size_t n_key, n_quasi;

    option_list(o, "key", &n_key);
    option_list(o, "quasi", &n_quasi);
    if (o->n_files == 0)
        return dyad_fail(err, DYAD_USAGE, "no file: name the cohort's CSV, or - for standard input");
    if (n_key > KEY_MAX)
        return dyad_fail(err, DYAD_USAGE, "--key: at most %d columns", KEY_MAX);
    if (n_quasi > CROSSTAB_FACTORS)
        return dyad_fail(err, DYAD_USAGE, "--quasi: at most %d columns", CROSSTAB_FACTORS);
    for (size_t i = 0; n_quasi && i < o->n_files; i++)
        if (strcmp(o->files[i], "-") == 0)
            return dyad_fail(err, DYAD_USAGE, "--quasi reads the file twice: standard input is read but once");
    return DYAD_OK;
}

static void
report_inputs(const struct checking *c)
{
    struct table *flow = result_table(c->r, "flow");

    table_column(flow, "step", COLUMN_LABEL);
    table_column(flow, "n", COLUMN_COUNT);
    table_row(flow, SCALE_NUMBER);
    table_set_text(flow, "step", "read");
    table_set_count(flow, "n", c->profile.n_records + c->profile.counts[PROBLEM_FIELDS]);
    table_row(flow, SCALE_NUMBER);
    table_set_text(flow, "step", "used");
    table_set_count(flow, "n", c->profile.n_records);
    analysis_files(c->reader, c->codebook, c->r);
}

static enum dyad_status
verdict(const struct checking *c, struct dyad_error *err)
{
    const int64_t problems = check_n_problems(c);

    if (problems == 0 && c->n_direct == 0)
        return DYAD_OK;
    if (c->o->suppression)
        return dyad_fail(err, DYAD_DIFFERS, "%s, %zu column%s with direct identifiers",
                         problems ? "problems (how many is suppressed)" : "no problems", c->n_direct,
                         plural((int64_t)c->n_direct));
    return dyad_fail(err, DYAD_DIFFERS, "%" PRId64 " problem%s, %zu column%s with direct identifiers", problems,
                     plural(problems), c->n_direct, plural((int64_t)c->n_direct));
}

static enum dyad_status
run(const struct options *o, struct outcome *out, struct dyad_error *err)
{
    struct checking c = { .o = o, .r = &out->result };
    const struct reader_options how = { o->cohort.delimiter, o->cohort.hash };
    const char *key[KEY_MAX];
    enum dyad_status st = check_options(o, err);

    if (st == DYAD_OK && (st = reader_open(o->cohort.paths, o->cohort.n_paths, &how, &c.reader, err)) == DYAD_OK &&
        o->cohort.codebook && (st = codebook_read(o->cohort.codebook, o->cohort.hash, &c.codebook, err)) == DYAD_OK)
        st = codebook_match(c.codebook, c.reader, err);
    if (st == DYAD_OK) {
        const struct profile_options options = { c.reader, &o->cohort, c.codebook, key, find_key(&c, key) };
        st = profile_read(&options, &c.profile, err);
    }
    if (st == DYAD_OK && c.profile.n_records == 0 && c.profile.counts[PROBLEM_FIELDS] == 0)
        st = dyad_fail(err, DYAD_DATA, "%s: no records behind the header", source_path(reader_source(c.reader, 0)));
    if (st == DYAD_OK) {
        check_report(&c);
        if (option_given(o, "quasi") && c.profile.counts[PROBLEM_FIELDS])
            st = dyad_fail(err, DYAD_DATA, "--quasi: some records have more or fewer fields than the header: see dyad check "
                                           "without it");
        else if (option_given(o, "quasi"))
            st = check_anonymity(&c, err);
    }
    if (st == DYAD_OK) {
        report_inputs(&c);
        st = check_suppress(&c, err);
    }
    if (st == DYAD_OK)
        st = verdict(&c, err);
    profile_release(&c.profile);
    codebook_free(c.codebook);
    reader_close(c.reader);
    return st;
}

const struct command check_command = {
    .name = "check",
    .usage = "dyad check [OPTIONS] COHORT...",
    .summary = "is a file what it should be: problems, identifiers, anonymity",
    .about = "Reads a file once and tells what is in it: the type, missing values and distribution of each column, what is "
             "missing together, every problem with its line, and what looks as if it identified a person. With --codebook, "
             "types, choices, ranges and required values are held against it. Values are never repeated, but for the levels "
             "of columns that have at most 20 and identify nobody.\n"
             "\n"
             "Rules of the table problems (the first hundred are listed, all are counted in rules): fields (more or fewer "
             "than the header), header (again), type, choices, range, required, unique (by the codebook), number (words in "
             "a column of numbers), missing-code (-9, 99 and such, far from all other numbers and not declared), spelling "
             "(two values that differ in case or blanks), duplicate (a record as an earlier one), key (of an earlier "
             "record), sequence (exclusive breastfeeding longer than any, at a visit without any, of who never began, again "
             "after a no: by the columns' names, as the notes say), empty, not-in-codebook, no-such-column.\n"
             "\n"
             "Identifiers are of the class direct where a de-identified file must not have them (names, e-mail, telephone, "
             "record and social security numbers, addresses, full dates, postcodes beyond three digits, coordinates, ages "
             "above 89), else quasi: what identifies together with others. The other commands refuse a file with a direct "
             "one (by a column's whole name, or in a column they use), unless --allow-identifiers. The codebook's "
             "Identifier? overrules names: y, or n.\n"
             "\n"
             "Tables: columns (column, type, n, missing, distinct, min, max), levels (column, level, n), quantiles (column, "
             "n, p5, p25, median, p75, p95), missing (missing, columns, n: patterns), problems (line, column, rule, message), rules "
             "(rule, n), identifiers (column, kind, reason, class), with --quasi anonymity (without, k, unique, below_5, "
             "classes, n, coarsen), flow (step, n). The status is 1 if there is a problem or a direct identifier. Unless the "
             "key's first column (without a key the file's) ascends from record to record, each record takes 11 bytes of memory, "
             "22 with a key, to find those that repeat.\n"
             "\n"
             "--suppress makes of it what can be handed on: besides small counts min and max are left out, quantiles with fewer "
             "than N records beyond them, the lines and numbers of problems that records have, and values that fewer than N "
             "records have and no codebook names, which are one level, (rare values). Mend the file without it.",
    .examples = "    dyad check cohort.csv --codebook codebook.csv\n"
                "        everything about the file, held against its codebook\n"
                "    dyad check cohort.csv --quasi age_group,race,site,parity --table anonymity\n"
                "        how many share these four, and which to coarsen first\n",
    .shared = SHARED_FILES | SHARED_SUPPRESS | SHARED_OUTPUT,
    .options = known,
    .run = run,
};
