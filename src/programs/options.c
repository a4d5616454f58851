#include "options.h"

#include "commands.h"
#include "suppression.h"

#include "dyad/core/text.h"
#include "dyad/data/number.h"
#include "dyad/data/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec output_options[] = {
    { "format", OPTION_TEXT, "F", "text, csv, json, markdown, html or latex; default by the ending of --output, else text" },
    { "output", OPTION_TEXT, "FILE", "write there (-o FILE) instead of to standard output; the file appears whole or not "
                                     "at all; FOLDER/ with csv writes each table as NAME.csv" },
    { "table", OPTION_LIST, "NAME,...", "which tables to write; default all, in csv the first" },
    { "seed", OPTION_TEXT, "N", "for whatever draws random numbers; default 1, always reported" },
    { "quiet", OPTION_FLAG, NULL, "no notes on standard error" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec plot_options[] = {
    { "plot", OPTION_TEXT, "FILE", "also draw the command's picture, as .svg, .png or .pdf" },
    { "plot-data", OPTION_TEXT, "FILE", "write the numbers of the picture, as CSV" },
    { "title", OPTION_TEXT, "TEXT", "above the picture" },
    { "plot-size", OPTION_TEXT, "WxH", "of the picture, in inches; default as its rows need" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec level_options[] = {
    { "level", OPTION_TEXT, "L", "confidence level; default 0.95 (95 is the same)" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

/* How any file of records is read. */
static const struct option_spec file_options[] = {
    { "codebook", OPTION_PATH, "FILE", "what the columns are: a CSV with REDCap's headings, or a Table Schema (JSON); its types, "
                                       "labels, order and reference of levels, ranges and missing codes hold" },
    { "na", OPTION_REPEAT, "[COL=]VALUE,...", "further values that mean missing, besides an empty field, NA and a point" },
    { "delimiter", OPTION_TEXT, "C", "field separator; default a comma, for .tsv a tab" },
    { "decimal", OPTION_TEXT, "C", "decimal sign; default a point" },
    { "threads", OPTION_TEXT, "N", "default the number of processors; the result does not depend on it" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec people_options[] = {
    { "allow-identifiers", OPTION_FLAG, NULL, "read the file although it has direct identifiers (see dyad check)" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec cohort_options[] = {
    { "where", OPTION_REPEAT, "EXPR", "keep only the records for which EXPR is true; given again, all must hold" },
    { "define", OPTION_REPEAT, "NAME=EXPR", "add a derived column; later ones see earlier ones" },
    { "by", OPTION_LIST, "COL,...", "repeat the analysis for each combination of these columns" },
    { "order", OPTION_REPEAT, "COL=A,B,...", "order of a column's values everywhere, the first being the reference; "
                                             "values left out follow" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec freq_options[] = {
    { "freq", OPTION_TEXT, "COL", "each record stands for that many" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec survey_options[] = {
    { "weight", OPTION_TEXT, "COL", "sampling weight; this and the next three make a survey design" },
    { "psu", OPTION_TEXT, "COL", "primary sampling unit, within its stratum; default each record" },
    { "design-strata", OPTION_TEXT, "COL", "stratum that the units were drawn from; default one" },
    { "fpc", OPTION_TEXT, "COL", "units in the stratum's population, or the share drawn, up to 1; default endless" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec like_options[] = {
    { "like", OPTION_TEXT, "PROGRAM", "take the defaults of metafor, meta, stata, revman5, revman2025 or sas where they "
                                      "differ; options given win, and the notes say what changed" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct option_spec suppress_options[] = {
    { "suppress", OPTION_TEXT, "N", "hide counts of 1 to N-1 and whatever would reveal them (N from 3; 11 is common)" },
    { "audit", OPTION_TEXT, "FILE", "with --suppress: what range the shown figures leave for each hidden count, as CSV" },
    { NULL, OPTION_FLAG, NULL, NULL },
};

static const struct {
    unsigned group;
    const struct option_spec *options;
} shared[] = {
    { SHARED_LEVEL, level_options },
    { SHARED_LIKE, like_options },
    { SHARED_FREQ, freq_options },
    { SHARED_SURVEY, survey_options },
    { SHARED_COHORT, cohort_options },
    { SHARED_COHORT | SHARED_FILES, file_options },
    { SHARED_PEOPLE, people_options },
    { SHARED_SUPPRESS, suppress_options },
    { SHARED_PLOT, plot_options },
    { SHARED_OUTPUT, output_options },
};

static const struct refused_option *
find_refused(const struct command *command, const char *name, size_t length)
{
    for (const struct refused_option *r = command->refused; r && r->name; r++)
        if (strlen(r->name) == length && strncmp(r->name, name, length) == 0)
            return r;
    return NULL;
}

bool
options_each(size_t i, const struct command *command, const struct option_spec **spec)
{
    for (const struct option_spec *s = command->options; s->name; s++)
        if (i-- == 0) {
            *spec = s;
            return true;
        }
    for (size_t g = 0; g < sizeof shared / sizeof shared[0]; g++)
        for (const struct option_spec *s = shared[g].options; (command->shared & shared[g].group) && s->name; s++)
            if (find_refused(command, s->name, strlen(s->name)) == NULL && i-- == 0) {
                *spec = s;
                return true;
            }
    return false;
}

/* --- lists -------------------------------------------------------------------------------- */

enum dyad_status
list_split(const char *text, char ***values, size_t *n)
{
    struct record_reader rr = { 0 };
    struct problem problem;
    enum dyad_status st = record_read(&rr, text, strlen(text), ',', 0, &problem);
    char **list = NULL;
    size_t made = 0;

    if (st == DYAD_PARSE || (st == DYAD_OK && (rr.n_records != 1 || strpbrk(text, "\r\n"))))
        st = DYAD_USAGE;
    if (st == DYAD_OK && (list = calloc(rr.n_fields, sizeof *list)) == NULL)
        st = DYAD_NOMEM;
    for (; st == DYAD_OK && made < rr.n_fields; made++) {
        const size_t start = (uint32_t)(rr.ends[made] + 1);
        list[made] = strndup(rr.bytes.at + start, rr.ends[made + 1] - start);
        if (list[made] == NULL)
            st = DYAD_NOMEM;
    }
    record_reader_release(&rr);
    if (st != DYAD_OK) {
        list_free(list, made);
        return st;
    }
    *values = list;
    *n = made;
    return DYAD_OK;
}

void
list_free(char **values, size_t n)
{
    for (size_t i = 0; values && i < n; i++)
        free(values[i]);
    free(values);
}

/* --- reading the arguments ---------------------------------------------------------------- */

static enum dyad_status
no_memory(struct dyad_error *err)
{
    return dyad_fail(err, DYAD_NOMEM, "out of memory");
}

static enum dyad_status
push(char ***array, size_t *n, const char *text)
{
    char **grown = realloc(*array, (*n + 1) * sizeof *grown);

    if (grown == NULL)
        return DYAD_NOMEM;
    *array = grown;
    if ((grown[*n] = text_copy(text)) == NULL)
        return DYAD_NOMEM;
    ++*n;
    return DYAD_OK;
}

static const struct option_spec *
find_option(const struct command *command, const char *name, size_t length)
{
    const struct option_spec *spec;

    for (size_t i = 0; options_each(i, command, &spec); i++)
        if (strlen(spec->name) == length && strncmp(spec->name, name, length) == 0)
            return spec;
    return NULL;
}

static struct given *
given_for(struct options *o, const struct option_spec *spec)
{
    for (size_t i = 0; i < o->n_given; i++)
        if (o->given[i].spec == spec)
            return &o->given[i];
    struct given *grown = realloc(o->given, (o->n_given + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    o->given = grown;
    grown[o->n_given] = (struct given){ .spec = spec };
    return &grown[o->n_given++];
}

/* A path from the folder, unless it is absolute or standard input. */
static enum dyad_status
push_path(char ***array, size_t *n, const char *path, const char *folder)
{
    struct text joined = TEXT_INIT;

    if (folder == NULL || path[0] == '/' || strcmp(path, "-") == 0)
        return push(array, n, path);
    text_printf(&joined, "%s/%s", folder, path);
    const enum dyad_status st = joined.failed ? DYAD_NOMEM : push(array, n, joined.at);
    text_release(&joined);
    return st;
}

static enum dyad_status
take_value(struct options *o, const struct option_spec *spec, const char *value, const char *folder,
           struct dyad_error *err)
{
    struct given *g = given_for(o, spec);
    enum dyad_status st;
    char **values = NULL;
    size_t n = 0;

    if (g == NULL)
        return no_memory(err);
    if (spec->kind == OPTION_TEXT || spec->kind == OPTION_PATH) {
        list_free(g->values, g->n);
        g->values = NULL;
        g->n = 0;
    }
    if (spec->kind == OPTION_PATH)
        return push_path(&g->values, &g->n, value, folder) == DYAD_OK ? DYAD_OK : no_memory(err);
    if (spec->kind != OPTION_LIST)
        return push(&g->values, &g->n, value) == DYAD_OK ? DYAD_OK : no_memory(err);
    if ((st = list_split(value, &values, &n)) == DYAD_USAGE)
        return dyad_fail(err, st, "--%s: is no list: values separated by commas, those that hold a comma in quotes",
                         spec->name);
    for (size_t i = 0; st == DYAD_OK && i < n; i++)
        st = values[i][0] ? push(&g->values, &g->n, values[i])
                          : dyad_fail(err, DYAD_USAGE, "--%s: an empty value in the list", spec->name);
    list_free(values, n);
    return st == DYAD_NOMEM ? no_memory(err) : st;
}

static enum dyad_status
unknown_option(const struct command *command, const char *name, size_t length, struct dyad_error *err)
{
    const struct refused_option *refused = find_refused(command, name, length);
    const struct option_spec *spec;

    if (refused)
        return dyad_fail(err, DYAD_USAGE, "--%s does not go with %s: %s", refused->name, command->name, refused->instead);
    for (size_t i = 0; length > 1 && options_each(i, command, &spec); i++)
        if (strncmp(spec->name, name, length) == 0)
            return dyad_fail(err, DYAD_USAGE, "no option --%.*s: options are spelt in full: --%s?", (int)length, name,
                             spec->name);
    return dyad_fail(err, DYAD_USAGE, "no option --%.*s: see dyad %s --help", (int)length, name, command->name);
}

/* The long option at arguments[*i], with its value, which may be the next argument. */
static enum dyad_status
take_option(struct options *o, const char *name, const char *const *arguments, size_t n, size_t *i, const char *folder,
            struct dyad_error *err)
{
    const char *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_spec *spec = find_option(o->command, name, length);

    if (spec == NULL && length == 4 && strncmp(name, "help", 4) == 0 && equals == NULL) {
        o->help = true;
        return DYAD_OK;
    }
    if (spec == NULL)
        return unknown_option(o->command, name, length, err);
    if (spec->kind == OPTION_FLAG)
        return equals ? dyad_fail(err, DYAD_USAGE, "--%s takes no value", spec->name)
                      : (given_for(o, spec) ? DYAD_OK : no_memory(err));
    if (equals)
        return take_value(o, spec, equals + 1, folder, err);
    if (*i + 1 >= n)
        return dyad_fail(err, DYAD_USAGE, "--%s needs a value: --%s %s", spec->name, spec->name, spec->argument);
    return take_value(o, spec, arguments[++*i], folder, err);
}

static enum dyad_status
take_output(struct options *o, const char *const *arguments, size_t n, size_t *i, struct dyad_error *err)
{
    const char *joined = arguments[*i] + 2;
    const struct option_spec *spec = find_option(o->command, "output", 6);

    if (*joined == '\0' && *i + 1 >= n)
        return dyad_fail(err, DYAD_USAGE, "-o needs a value: -o FILE");
    return take_value(o, spec, *joined ? joined : arguments[++*i], NULL, err);
}

static enum dyad_status
take_arguments(struct options *o, const char *const *arguments, size_t n, const char *folder, struct dyad_error *err)
{
    enum dyad_status st = DYAD_OK;
    bool only_files = false;

    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        const char *a = arguments[i];
        if (only_files || a[0] != '-' || a[1] == '\0')
            st = push_path(&o->files, &o->n_files, a, folder) == DYAD_OK ? DYAD_OK : no_memory(err);
        else if (strcmp(a, "--") == 0)
            only_files = true;
        else if (a[1] == '-')
            st = take_option(o, a + 2, arguments, n, &i, folder, err);
        else if (a[1] == 'o' && find_option(o->command, "output", 6))
            st = take_output(o, arguments, n, &i, err);
        else
            st = dyad_fail(err, DYAD_USAGE, "no option %s: see dyad %s --help", a, o->command->name);
    }
    return st;
}

/* --- the defaults of other programs -------------------------------------------------------- */

static bool
holds(const struct options *o, const struct like_default *d)
{
    const char *text = d->when ? option_text(o, d->when) : NULL;

    return d->when == NULL || (text && strcmp(text, d->is) == 0);
}

/* Once for each option. */
static void
remember_yield(struct options *o, const struct like_default *d, const char *to)
{
    bool known = o->n_yields == LIKE_YIELDS_MAX;

    for (size_t i = 0; i < o->n_yields; i++)
        known = known || strcmp(o->yields[i].what->option, d->option) == 0;
    if (!known)
        o->yields[o->n_yields++] = (struct like_yield){ d, to };
}

static enum dyad_status
take_like(struct options *o, struct dyad_error *err)
{
    static const char *const programs[] = { "metafor", "meta", "stata", "revman5", "revman2025", "sas" };
    const char *program = o->command->shared & SHARED_LIKE ? option_text(o, "like") : NULL;
    bool known = program == NULL;
    enum dyad_status st = DYAD_OK;

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        known = known || strcmp(programs[i], program) == 0;
    if (!known)
        return dyad_fail(err, DYAD_USAGE, "--like %s: there are metafor, meta, stata, revman5, revman2025 and sas", program);
    for (const struct like_default *d = o->command->like; program && d && d->program && st == DYAD_OK; d++) {
        const struct option_spec *spec = find_option(o->command, d->option, strlen(d->option));
        const char *to = NULL;
        if (strcmp(d->program, program) != 0 || option_given(o, d->option) || !holds(o, d))
            continue;
        if (o->command->like_takes && !o->command->like_takes(o, d, &to)) {
            if (to)
                remember_yield(o, d, to);
            continue;
        }
        st = take_value(o, spec, d->value, NULL, err);
        if (st == DYAD_OK)
            given_for(o, spec)->assumed = true;
    }
    return st;
}

void
options_like(const struct options *o, struct text *out)
{
    const char *program = o->command->shared & SHARED_LIKE ? option_text(o, "like") : NULL;
    size_t n = 0;

    if (program == NULL)
        return;
    text_printf(out, "As %s: ", program);
    for (size_t i = 0; i < o->n_given; i++) {
        const struct given *g = &o->given[i];
        if (!g->assumed || g->idle)
            continue;
        text_printf(out, "%s--%s", n++ ? " " : "", g->spec->name);
        for (size_t k = 0; k < g->n; k++)
            text_printf(out, "%s%s", k ? "," : " ", g->values[k]);
    }
    text_puts(out, n              ? "."
                   : o->n_yields ? "nothing is changed."
                                 : "nothing to change, the defaults are its own or it has none for this.");
    for (size_t i = 0; i < o->n_yields; i++)
        text_printf(out, " Its --%s %s gives way to --%s.", o->yields[i].what->option, o->yields[i].what->value,
                    o->yields[i].to);
}

/* --- what the shared options mean ---------------------------------------------------------- */

static enum dyad_status
read_level(struct options *o, struct dyad_error *err)
{
    const char *text = option_text(o, "level");
    double level;

    o->level = 0.95;
    if (text == NULL)
        return DYAD_OK;
    if (number_parse(text, strlen(text), '.', &level) != NUMBER_GOOD)
        return dyad_fail(err, DYAD_USAGE, "--level: is no number: 0.95, or 95");
    if (level > 1)
        level /= 100;
    if (!(level > 0 && level < 1))
        return dyad_fail(err, DYAD_USAGE, "--level: must be between 0 and 1, or 0 and 100");
    o->level = level;
    return DYAD_OK;
}

static enum dyad_status
read_whole(const struct options *o, const char *name, double least, double most, double *out, struct dyad_error *err)
{
    const char *text = option_text(o, name);
    double value;

    if (text == NULL)
        return DYAD_OK;
    if (number_parse(text, strlen(text), '.', &value) != NUMBER_GOOD || value != floor(value) || value < least ||
        value > most)
        return dyad_fail(err, DYAD_USAGE, "--%s: a whole number from %.0f to %.0f is needed", name, least, most);
    *out = value;
    return DYAD_OK;
}

static enum dyad_status
read_characters(struct options *o, struct dyad_error *err)
{
    const char *d = option_text(o, "delimiter"), *decimal = option_text(o, "decimal");

    if (d && (strcmp(d, "\\t") == 0 || strcmp(d, "tab") == 0))
        d = "\t";
    if (d && (strlen(d) != 1 || strchr("\"\r\n.-+ ", *d) || (*d >= '0' && *d <= '9') || (*d >= 'A' && *d <= 'Z') ||
              (*d >= 'a' && *d <= 'z') || (unsigned char)*d >= 0x80))
        return dyad_fail(err, DYAD_USAGE, "--delimiter: one character that is no letter, digit, quote or blank, or \\t");
    if (decimal && strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0)
        return dyad_fail(err, DYAD_USAGE, "--decimal: a point or a comma");
    o->cohort.delimiter = d ? *d : '\0';
    o->cohort.decimal = decimal ? *decimal : '\0';
    if (o->cohort.decimal && o->cohort.decimal == o->cohort.delimiter)
        return dyad_fail(err, DYAD_USAGE, "--delimiter and --decimal are the same");
    return DYAD_OK;
}

/*
 * "COL=A,B", or all of it as one record, "\"COL=A, B\",C": the column and the list; the column may
 * be missing if ${optional}.
 */
static enum dyad_status
split_assignment(const char *option, const char *text, bool optional, char **column, char ***values, size_t *n,
                 struct dyad_error *err)
{
    const size_t length = strcspn(text, "=,\"");
    const bool bare = text[length] == '=';
    enum dyad_status st = list_split(bare ? text + length + 1 : text, values, n);

    *column = NULL;
    if (st != DYAD_OK)
        return st == DYAD_NOMEM ? no_memory(err)
                                : dyad_fail(err, st, "--%s: is no list: COL=A,B,..., values with a comma in quotes", option);
    char *equals = bare ? NULL : strchr((*values)[0], '=');
    if (!bare && equals == NULL && optional)
        return DYAD_OK;
    if (bare ? length == 0 : equals == NULL || equals == (*values)[0])
        return dyad_fail(err, DYAD_USAGE, "--%s: needs a column: COL=A,B,...", option);
    *column = strndup(bare ? text : (*values)[0], bare ? length : (size_t)(equals - (*values)[0]));
    if (equals)
        memmove((*values)[0], equals + 1, strlen(equals + 1) + 1);
    return *column ? DYAD_OK : no_memory(err);
}

static enum dyad_status
read_missing(struct options *o, struct dyad_error *err)
{
    size_t n;
    const char *const *texts = option_list(o, "na", &n);
    enum dyad_status st = DYAD_OK;

    o->missing = calloc(n ? n : 1, sizeof *o->missing);
    if (o->missing == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        struct missing_list *l = &o->missing[o->n_missing++];
        st = split_assignment("na", texts[i], true, &l->column, &l->values, &l->n, err);
    }
    return st;
}

static enum dyad_status
read_orders(struct options *o, struct dyad_error *err)
{
    size_t n;
    const char *const *texts = option_list(o, "order", &n);
    enum dyad_status st = DYAD_OK;

    o->orders = calloc(n ? n : 1, sizeof *o->orders);
    if (o->orders == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n && st == DYAD_OK; i++) {
        struct level_order *order = &o->orders[o->n_orders++];
        st = split_assignment("order", texts[i], false, &order->column, &order->values, &order->n, err);
        /* Of two orders of one column the last counts. */
        for (size_t k = 0; st == DYAD_OK && k + 1 < o->n_orders; k++)
            if (strcmp(o->orders[k].column, order->column) == 0) {
                struct level_order old = o->orders[k];
                o->orders[k] = *order;
                o->n_orders--;
                free(old.column);
                list_free(old.values, old.n);
                break;
            }
    }
    return st;
}

static enum dyad_status
read_derived(struct options *o, struct dyad_error *err)
{
    size_t n;
    const char *const *texts = option_list(o, "define", &n);

    o->derived = calloc(n ? n : 1, sizeof *o->derived);
    if (o->derived == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const char *equals = strchr(texts[i], '=');
        if (equals == NULL || equals == texts[i] || equals[1] == '=' || equals[1] == '\0')
            return dyad_fail(err, DYAD_USAGE, "--define: needs a name and an expression: NAME=EXPR");
        size_t length = (size_t)(equals - texts[i]);
        while (length && (texts[i][length - 1] == ' ' || texts[i][length - 1] == '\t'))
            length--;
        struct derived_column *d = &o->derived[o->n_derived++];
        d->name = strndup(texts[i], length);
        d->expression = text_copy(equals + 1);
        if (d->name == NULL || d->expression == NULL)
            return no_memory(err);
    }
    return DYAD_OK;
}

/* Below 3 the only small count is 1, and that it is hidden says it. */
static enum dyad_status
read_suppression(struct options *o, struct dyad_error *err)
{
    double threshold = 0;
    const enum dyad_status st = read_whole(o, "suppress", DISCLOSURE_LEAST_THRESHOLD, 1e9, &threshold, err);

    if (st != DYAD_OK)
        return st;
    if (option_given(o, "audit") && threshold == 0)
        return dyad_fail(err, DYAD_USAGE, "--audit goes with --suppress N");
    if (threshold > 0 && option_of_group(o, SHARED_SURVEY))
        return dyad_fail(err, DYAD_USAGE, "--suppress does not go with --%s: what weighted figures tell of few people cannot be "
                                          "audited", option_of_group(o, SHARED_SURVEY));
    if (threshold > 0 && (o->suppression = suppression_new((int64_t)threshold, option_given(o, "audit"), &o->cohort)) == NULL)
        return no_memory(err);
    return DYAD_OK;
}

static enum dyad_status
read_shared(struct options *o, struct dyad_error *err)
{
    enum dyad_status st;
    double threads = 0, seed = 1;

    if ((st = read_level(o, err)) != DYAD_OK || (st = read_whole(o, "threads", 1, 256, &threads, err)) != DYAD_OK ||
        (st = read_whole(o, "seed", 0, 9007199254740991.0, &seed, err)) != DYAD_OK ||
        (st = read_characters(o, err)) != DYAD_OK || (st = read_missing(o, err)) != DYAD_OK ||
        (st = read_orders(o, err)) != DYAD_OK || (st = read_derived(o, err)) != DYAD_OK)
        return st;
    o->seed = (unsigned long long)seed;
    struct cohort_options *c = &o->cohort;
    c->paths = (const char *const *)o->files;
    c->n_paths = o->n_files;
    c->missing = o->missing;
    c->n_missing = o->n_missing;
    c->orders = o->orders;
    c->n_orders = o->n_orders;
    c->derived = o->derived;
    c->n_derived = o->n_derived;
    c->filters = option_list(o, "where", &c->n_filters);
    c->frequency = option_text(o, "freq");
    c->n_threads = (size_t)threads;
    c->codebook = option_text(o, "codebook");
    c->refuse_identifiers = (o->command->shared & SHARED_PEOPLE) && !option_given(o, "allow-identifiers");
    return read_suppression(o, err);
}

enum dyad_status
options_parse(const struct command *command, const char *const *arguments, size_t n, const char *folder,
              struct options *out, struct dyad_error *err)
{
    *out = (struct options){ .command = command };
    enum dyad_status st = take_arguments(out, arguments, n, folder, err);

    if (st == DYAD_OK && !out->help && (st = take_like(out, err)) == DYAD_OK)
        st = read_shared(out, err);
    return st;
}

/* --- asking ------------------------------------------------------------------------------- */

static const struct given *
find_given(const struct options *o, const char *name)
{
    for (size_t i = 0; i < o->n_given; i++)
        if (strcmp(o->given[i].spec->name, name) == 0)
            return &o->given[i];
    return NULL;
}

bool
option_given(const struct options *o, const char *name)
{
    return find_given(o, name) != NULL;
}

bool
option_assumed(const struct options *o, const char *name)
{
    const struct given *g = find_given(o, name);
    return g && g->assumed;
}

const char *
option_text(const struct options *o, const char *name)
{
    const struct given *g = find_given(o, name);
    return g && g->n ? g->values[g->n - 1] : NULL;
}

const char *const *
option_list(const struct options *o, const char *name, size_t *n)
{
    const struct given *g = find_given(o, name);
    *n = g ? g->n : 0;
    return g ? (const char *const *)g->values : NULL;
}

enum dyad_status
option_settle(const struct options *o, const char *name, const char *value)
{
    for (size_t i = 0; i < o->n_given; i++) {
        struct given *g = &o->given[i];
        char *own;
        if (!g->assumed || strcmp(g->spec->name, name) != 0)
            continue;
        g->idle = value == NULL;
        if (value == NULL)
            continue;
        if ((own = text_copy(value)) == NULL)
            return DYAD_NOMEM;
        free(g->values[g->n - 1]);
        g->values[g->n - 1] = own;
    }
    return DYAD_OK;
}

enum dyad_status
option_choose(const struct options *o, const char *name, const char *const *choices, size_t *out, struct dyad_error *err)
{
    const char *typed = option_text(o, name);
    struct text all = TEXT_INIT;
    enum dyad_status st;

    *out = 0;
    if (typed == NULL)
        return DYAD_OK;
    for (size_t i = 0; choices[i]; i++)
        if (strcmp(choices[i], typed) == 0) {
            *out = i;
            return DYAD_OK;
        }
    for (size_t i = 0; choices[i]; i++)
        text_printf(&all, "%s%s", i ? ", " : "", choices[i]);
    st = dyad_fail(err, DYAD_USAGE, "--%s %s: there are %s", name, typed, all.failed ? "" : all.at);
    text_release(&all);
    return st;
}

bool
option_wants_table(const struct options *o, const char *name, bool first)
{
    size_t n;
    const char *const *tables = option_list(o, "table", &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(tables[i], name) == 0)
            return true;
    return n == 0 && (first || !o->only_first_table);
}

const char *
option_of_group(const struct options *o, unsigned group)
{
    for (size_t g = 0; g < sizeof shared / sizeof shared[0]; g++)
        for (const struct option_spec *s = shared[g].options; (shared[g].group & group) && s->name; s++)
            if (option_given(o, s->name))
                return s->name;
    return NULL;
}

void
options_release(struct options *o)
{
    for (size_t i = 0; i < o->n_given; i++)
        list_free(o->given[i].values, o->given[i].n);
    for (size_t i = 0; o->missing && i < o->n_missing; i++) {
        free(o->missing[i].column);
        list_free(o->missing[i].values, o->missing[i].n);
    }
    for (size_t i = 0; o->orders && i < o->n_orders; i++) {
        free(o->orders[i].column);
        list_free(o->orders[i].values, o->orders[i].n);
    }
    for (size_t i = 0; o->derived && i < o->n_derived; i++) {
        free(o->derived[i].name);
        free(o->derived[i].expression);
    }
    list_free(o->files, o->n_files);
    free(o->given);
    free(o->missing);
    free(o->orders);
    free(o->derived);
    suppression_free(o->suppression);
    *o = (struct options){ 0 };
}
