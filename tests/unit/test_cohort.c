#include "dyad/data/cohort.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/text.h"
#include "dyad/data/crosstab.h"

/* --- a run, as text ------------------------------------------------------------------------ */

enum { FACTORS_MAX = 4 };

struct request {
    struct cohort_options options;
    const char *paths[8];
    const char *filters[4];
    struct derived_column derived[4];
    const char *factors[FACTORS_MAX];
    size_t levels_max[FACTORS_MAX];
    const char *events, *totals;
};

/* All that a run finds: flow, levels with their places, cells; or the complaint. */
struct answer {
    enum dyad_status st;
    struct dyad_error err;
    struct text text;
};

static void
tell_levels(struct cohort *c, size_t factor, struct text *out)
{
    size_t n;
    const struct level *levels = cohort_levels(c, factor, &n);

    for (size_t i = 0; i < n; i++) {
        const char *path;
        uint64_t line = 0;
        CHECK(strlen(levels[i].text) == levels[i].length);
        if (levels[i].first.line != UINT64_MAX)
            reader_place(cohort_reader(c), levels[i].first, &path, &line);
        text_printf(out, "%s[%s]@%llu", i ? " " : "", levels[i].text, (unsigned long long)line);
    }
    text_puts(out, cohort_is_ordered(c, factor) ? " ordered\n" : "\n");
}

static enum dyad_status
run(const struct request *r, struct answer *a)
{
    struct crosstab_spec spec = { .events_name = r->events };
    struct cohort *c = NULL;
    void *sums = NULL;
    size_t n;

    if ((a->st = cohort_open(&r->options, &c, &a->err)) != DYAD_OK)
        return a->st;
    for (; spec.n_factors < FACTORS_MAX && r->factors[spec.n_factors] && a->st == DYAD_OK;
         spec.n_factors++)
        a->st = cohort_factor(c, r->factors[spec.n_factors], r->levels_max[spec.n_factors],
                              &spec.factors[spec.n_factors], &a->err);
    if (r->events && a->st == DYAD_OK) {
        spec.has_counts = true;
        if ((a->st = cohort_count(c, r->events, &spec.events, &a->err)) == DYAD_OK)
            a->st = cohort_count(c, r->totals, &spec.totals, &a->err);
    }
    if (a->st == DYAD_OK &&
        (a->st = cohort_run(c, &crosstab_accumulator, &(struct crosstab_set){ &spec, 1 }, &sums,
                            &a->err)) == DYAD_OK) {
        text_printf(&a->text, "read %lld", (long long)cohort_n_read(c));
        for (size_t i = 0; i < r->options.n_filters; i++)
            text_printf(&a->text, " kept %lld", (long long)cohort_n_kept(c, i));
        text_printf(&a->text, " unweighted %lld\n", (long long)cohort_n_missing_frequency(c));
        for (size_t f = 0; f < spec.n_factors; f++)
            tell_levels(c, spec.factors[f], &a->text);
        const struct crosstab_cell *cells = crosstab_cells(sums, 0, &n);
        for (size_t i = 0; i < n; i++) {
            for (size_t f = 0; f < spec.n_factors; f++)
                text_printf(&a->text, "%u,", cells[i].codes[f]);
            text_printf(&a->text, "%lld", (long long)cells[i].records);
            if (spec.has_counts)
                text_printf(&a->text, ",%lld/%lld", (long long)cells[i].events,
                            (long long)cells[i].total);
            text_putc(&a->text, ' ');
        }
        crosstabs_free(sums);
    }
    cohort_close(c);
    return a->st;
}

/* A request with its lists counted. */
static struct request
complete(struct request r)
{
    while (r.options.n_paths < COUNT_OF(r.paths) && r.paths[r.options.n_paths])
        r.options.n_paths++;
    while (r.options.n_filters < COUNT_OF(r.filters) && r.filters[r.options.n_filters])
        r.options.n_filters++;
    while (r.options.n_derived < COUNT_OF(r.derived) && r.derived[r.options.n_derived].name)
        r.options.n_derived++;
    return r;
}

static struct answer
ask(struct request asked)
{
    struct request r = complete(asked);
    struct answer a = { .text = TEXT_INIT };

    r.options.paths = r.paths;
    r.options.filters = r.filters;
    r.options.derived = r.derived;
    run(&r, &a);
    return a;
}

static void
check_answer(struct request r, const char *wanted)
{
    struct answer a = ask(r);

    if (a.st != DYAD_OK)
        print_error("%s\n", a.err.text);
    CHECK(a.st == DYAD_OK);
    assert_string_equal(a.text.at, wanted);
    text_release(&a.text);
}

static void
check_refusal(struct request r, enum dyad_status st, const char *part)
{
    struct answer a = ask(r);

    if (a.st != st || strstr(a.err.text, part) == NULL)
        print_error("%d: %s\n", (int)a.st, a.err.text);
    CHECK(a.st == st);
    CHECK(strstr(a.err.text, part) != NULL);
    text_release(&a.text);
}

#define ANSWER(wanted, ...) check_answer((struct request){ __VA_ARGS__ }, wanted)
#define REFUSAL(st, part, ...) check_refusal((struct request){ __VA_ARGS__ }, st, part)

/* --- what a run finds ---------------------------------------------------------------------- */

static const char *
small(void)
{
    return scratch_text("small.csv", "id,sex,age,site,n\n"
                                     "1,f,20,north,2\n"
                                     "2,m,35,south,0\n"
                                     "3,f,NA,north,1\n"
                                     "4,,41,\"south\",3\n"
                                     "5,f,.,north,\n"
                                     "6,m,5, north ,1\n");
}

static void
counts_and_filters(void)
{
    ANSWER("read 6 unweighted 0\n[f]@2 [m]@3\n0,1 1,3 2,2 ", .paths = { small() },
           .factors = { "sex" });
    ANSWER("read 6 kept 3 unweighted 0\n[f]@2 [m]@3\n0,1 1,1 2,1 ", .paths = { small() },
           .factors = { "sex" }, .filters = { "age > 5" });
    ANSWER("read 6 kept 4 kept 2 unweighted 0\n[f]@2 [m]@7\n1,1 2,1 ", .paths = { small() },
           .factors = { "sex" }, .filters = { "site == 'north'", "age is not missing" });
    ANSWER("read 6 kept 0 kept 0 unweighted 0\n\n", .paths = { small() }, .factors = { "sex" },
           .filters = { "0", "1" });
    ANSWER("read 6 unweighted 0\n6 ", .paths = { small() });
}

static void
derives_columns_from_columns(void)
{
    ANSWER("read 6 kept 2 unweighted 0\n[young]@0\n[n-young]@0\n1,1,2 ", .paths = { small() },
           .factors = { "group", "label" },
           .derived = { { "old", "age >= 35" },
                        { "group", "if(old, 'old', 'young')" },
                        { "label", "if(group == 'old', 'n-old', 'n-young')" } },
           .filters = { "not old" });
    /* Numbers: their levels ascending, in the shortest words. */
    ANSWER("read 6 unweighted 0\n[0.5]@7 [2]@2 [3.5]@3 [4.1]@5\n0,2 1,1 2,1 3,1 4,1 ",
           .paths = { small() }, .factors = { "tens" }, .derived = { { "tens", "age / 10" } });
    /* A column under another name is still what the file holds. */
    ANSWER("read 6 unweighted 0\n[5]@0 [20]@0 [35]@0 [41]@0\n0,2 1,1 2,1 3,1 4,1 ",
           .paths = { small() }, .factors = { "years" }, .derived = { { "years", "age" } });
    ANSWER("read 6 kept 1 unweighted 0\n1 ", .paths = { small() },
           .derived = { { "years", "age" } }, .filters = { "years < 20" });
}

/* Each such field has to be unpacked, and all of a chunk are needed at once. */
static void
keeps_texts_with_doubled_quotes_apart(void)
{
    const char *path = scratch_text(
        "quotes.csv",
        "s,t\n\"a\"\"1\",\"b\"\"1\"\n\"a\"\"2\",x\n\"a\"\"3\",\"a\"\"3\"\nplain,\"\"\"\"\n");

    ANSWER("read 4 kept 1 unweighted 0\n1 ", .paths = { path }, .filters = { "s == 'a\"1'" });
    ANSWER("read 4 kept 1 unweighted 0\n1 ", .paths = { path }, .filters = { "s == t" });
    ANSWER("read 4 unweighted 0\n[\"]@0 [a\"1]@0 [a\"2]@0 [a\"3]@0\n1,1 2,1 3,1 4,1 ",
           .paths = { path }, .factors = { "u" }, .derived = { { "u", "if(s == 'plain', t, s)" } });
}

static void
weighs_by_frequency(void)
{
    ANSWER("read 7 unweighted 1\n[f]@2 [m]@7\n0,3 1,3 2,1 ", .paths = { small() },
           .factors = { "sex" }, .options = { .frequency = "n" });
    ANSWER("read 7 kept 4 unweighted 1\n[f]@2 [m]@7\n1,3 2,1 ", .paths = { small() },
           .factors = { "sex" }, .options = { .frequency = "n" }, .filters = { "site == 'north'" });
    ANSWER("read 9000000000 unweighted 0\n[0]@2 [1]@3\n1,4000000000 2,5000000000 ",
           .factors = { "y" },
           .paths = { scratch_text("many.csv", "y,n\n0,4000000000\n1,5e9\n9,0\n") },
           .options = { .frequency = "n" });
    ANSWER("read 14 unweighted 1\n[f]@2 [m]@7\n0,6 1,6 2,2 ", .paths = { small() },
           .factors = { "sex" }, .derived = { { "twice", "2 * n" } },
           .options = { .frequency = "twice" });
    ANSWER("read 7 unweighted 1\n[f]@2 [m]@7\n0,3 1,3 2,1 ", .paths = { small() },
           .factors = { "sex" }, .derived = { { "same", "n" } },
           .options = { .frequency = "same" });
    REFUSAL(DYAD_DATA, "small.csv:2: column 'same' holds no number", .paths = { small() },
            .derived = { { "same", "sex" } }, .options = { .frequency = "same" });
}

static void
refuses_what_is_no_frequency(void)
{
    static const char *const bad[] = { "-1", "1.5", "1e300", "9007199254740993" };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct text t = TEXT_INIT;
        text_printf(&t, "y,n\n0,1\n1,%s\n", bad[i]);
        REFUSAL(DYAD_DATA, ":3:2: column 'n' holds no count: a whole number from 0",
                .factors = { "y" }, .paths = { scratch_text("freq.csv", t.at) },
                .options = { .frequency = "n" });
        text_release(&t);
    }
}

static void
counts_no_more_than_a_double_holds(void)
{
    /* 2^53 is still a whole number that is exact; one more record is one too many. */
    ANSWER("read 9007199254740992 unweighted 0\n9007199254740992 ", .options = { .frequency = "n" },
           .paths = { scratch_text("most.csv", "y,n\n0,9007199254740991\n1,1\n") });
    REFUSAL(DYAD_DATA, "column 'n' adds up to more than 2^53 records",
            .options = { .frequency = "n" },
            .paths = { scratch_text("most.csv", "y,n\n0,9007199254740991\n1,1\n1,1\n") });
    REFUSAL(DYAD_DATA, "the counts add up to more than 2^53", .events = "e", .totals = "n",
            .paths = { scratch_text("most.csv", "e,n\n0,9007199254740991\n1,1\n1,1\n") });
    /* 2^64 and more, in one thread and in several. */
    struct text t = TEXT_INIT;
    text_puts(&t, "n,filler\n");
    for (int i = 0; i < 4096; i++)
        text_printf(&t, "9007199254740991,%0700d\n", i);
    for (size_t threads = 1; threads < 4; threads++)
        REFUSAL(DYAD_DATA, "column 'n' adds up to more than 2^53 records",
                .options = { .frequency = "n", .n_threads = threads },
                .paths = { scratch_file("most.csv", t.at, t.length) });
    text_clear(&t);
    text_puts(&t, "n,filler\n");
    for (int i = 0; i < 3000; i++) /* at both ends of the file half of it and a little */
        text_printf(&t, "%s,%0700d\n", i % 2999 ? "0" : "4503599627370497", i);
    for (size_t threads = 1; threads < 4; threads++)
        REFUSAL(DYAD_DATA, "column 'n' adds up to more than 2^53 records",
                .options = { .frequency = "n", .n_threads = threads },
                .paths = { scratch_file("most.csv", t.at, t.length) });
    text_release(&t);
    REFUSAL(DYAD_DATA, "the counts add up to more than 2^53", .events = "e", .totals = "n",
            .options = { .frequency = "n" },
            .paths = { scratch_text("most.csv", "e,n\n0,900719925474099\n") });
}

static void
takes_events_and_totals(void)
{
    ANSWER("read 4 unweighted 0\n[a]@2 [b]@4\n1,1,3/10 2,0,2/2 ", .factors = { "g" }, .events = "e",
           .totals = "n",
           .paths = { scratch_text("groups.csv", "g,e,n\na,1,4\na,2,6\nb,2.0,2\na,,3\n") });
    REFUSAL(DYAD_DATA, "groups.csv:3: column 'e' counts more events than the total has",
            .events = "e", .totals = "n",
            .paths = { scratch_text("groups.csv", "g,e,n\na,1,4\na,7,6\n") });
    REFUSAL(DYAD_DATA, "groups.csv:2:2: column 'e' holds no count", .events = "e", .totals = "n",
            .paths = { scratch_text("groups.csv", "g,e,n\na,-1,4\n") });
    REFUSAL(DYAD_USAGE, "'t' is text where counts are needed", .events = "t", .totals = "n",
            .derived = { { "t", "'x'" } },
            .paths = { scratch_text("groups.csv", "g,e,n\na,1,4\n") });
}

/* --- missing values, orders, levels -------------------------------------------------------- */

static void
takes_lists_of_missing_values(void)
{
    char *nines[] = { (char[]){ "-9" }, (char[]){ "unknown" } }, *zero[] = { (char[]){ "0" } };
    const struct missing_list lists[] = { { NULL, nines, 2 }, { (char[]){ "b" }, zero, 1 } };
    const char *path =
        scratch_text("na.csv", "a,b\n0,0\n-9,1\n-9.0,0.0\nunknown,-9\n\"-9\",00\n2,UNKNOWN\n");

    ANSWER("read 6 unweighted 0\n[0]@2 [2]@7\n[1]@3 [UNKNOWN]@7\n0,0,3 0,1,1 1,0,1 2,2,1 ",
           .paths = { path }, .factors = { "a", "b" },
           .options = { .missing = lists, .n_missing = 2 });
    ANSWER("read 6 kept 2 unweighted 0\n2 ", .paths = { path }, .filters = { "a is not missing" },
           .options = { .missing = lists, .n_missing = 2 });
    ANSWER("read 6 kept 1 unweighted 0\n1 ", .paths = { path }, .filters = { "a > 0" },
           .options = { .missing = lists, .n_missing = 2 });
    const struct missing_list nowhere = { (char[]){ "bb" }, zero, 1 };
    REFUSAL(DYAD_USAGE, "no column 'bb'", .paths = { path },
            .options = { .missing = &nowhere, .n_missing = 1 });
}

static void
reads_decimal_commas(void)
{
    char *nines[] = { (char[]){ "-9" } };
    const struct missing_list list = { NULL, nines, 1 };
    const char *path = scratch_text("comma.csv", "a;b\n1,5;x\n-9,0;y\n2,5;z\n");

    ANSWER("read 3 kept 1 unweighted 0\n1 ", .paths = { path }, .filters = { "a > 2" },
           .options = { .delimiter = ';', .decimal = ',', .missing = &list, .n_missing = 1 });
    ANSWER("read 3 kept 2 unweighted 0\n2 ", .paths = { path }, .filters = { "a is not missing" },
           .options = { .delimiter = ';', .decimal = ',', .missing = &list, .n_missing = 1 });
    REFUSAL(DYAD_DATA, ":2:1: column 'a' holds no number: a decimal comma wants --decimal ','",
            .paths = { path }, .filters = { "a > 2" }, .options = { .delimiter = ';' });
}

static void
orders_levels(void)
{
    const char *path = scratch_text("levels.csv", "a,b,c\n10,Yes,q\n9,no,p\n05,YES,r\n5,n,s\n");
    char *first[] = { (char[]){ "r" }, (char[]){ "absent" }, (char[]){ "p" } };
    const struct level_order order = { (char[]){ "c" }, first, 3 };

    ANSWER("read 4 unweighted 0\n[05]@4 [5]@5 [9]@3 [10]@2\n[n]@5 [no]@3 [YES]@4 [Yes]@2\n[r]@4 "
           "[p]@3 [q]@2 [s]@5 ordered\n"
           "1,3,1,1 2,1,4,1 3,2,2,1 4,4,3,1 ",
           .paths = { path }, .factors = { "a", "b", "c" },
           .options = { .orders = &order, .n_orders = 1 });
    const struct level_order wrong = { (char[]){ "cc" }, first, 3 };
    REFUSAL(DYAD_USAGE, "no column 'cc'", .paths = { path },
            .options = { .orders = &wrong, .n_orders = 1 });
}

/* A cohort of several blocks: id, group, number, now and then a quoted line end. */
static const char *
make_large(const char *name, size_t n_records, size_t n_groups)
{
    struct text t = TEXT_INIT;
    uint64_t seed = 77;

    text_puts(&t, "id,group,note,y,e,n\n");
    for (size_t i = 0; i < n_records; i++) {
        const size_t group = scratch_below(&seed, n_groups);
        text_printf(&t, "%zu,g%zu,%s,%zu,%zu,%zu\n", i, group,
                    i % 97 == 0   ? "\"a\nb\""
                    : i % 89 == 0 ? " \"odd\""
                    : i % 31 == 0 ? "\"c\""
                                  : "",
                    scratch_below(&seed, 2), scratch_below(&seed, 5), 5 + scratch_below(&seed, 5));
    }
    const char *path = scratch_file(name, t.at, t.length);
    text_release(&t);
    return path;
}

static void
refuses_too_many_levels_whoever_meets_them(void)
{
    const char *path = make_large("large.csv", 150000, 150);

    for (size_t threads = 1; threads <= 8; threads *= 2) {
        REFUSAL(DYAD_DATA, "column 'group' has more than 149 different values", .paths = { path },
                .factors = { "group" }, .levels_max = { 149 }, .options = { .n_threads = threads });
        /* Each thread meets but some of the values: only all together are too many. */
        REFUSAL(DYAD_DATA, "column 'id' has more than 149999 different values", .paths = { path },
                .factors = { "id" }, .levels_max = { 149999 }, .options = { .n_threads = threads });
        struct answer a = ask((struct request){ .paths = { path },
                                                .factors = { "group", "id" },
                                                .levels_max = { 150, LEVELS_UNLIMITED },
                                                .options = { .n_threads = threads } });
        CHECK(a.st == DYAD_OK);
        text_release(&a.text);
    }
}

static void
refuses_the_header_in_the_middle(void)
{
    REFUSAL(DYAD_DATA, "twice.csv:4: the header again", .factors = { "a", "b" },
            .paths = { scratch_text("twice.csv", "a,b\n1,2\n3,4\na,b\n5,6\n") });
    /* Not so a value that is a name by chance. */
    ANSWER("read 2 unweighted 0\n[1]@3 [a]@2\n[2]@2 [b]@3\n1,2,1 2,1,1 ", .factors = { "a", "b" },
           .paths = { scratch_text("chance.csv", "a,b\na,2\n1,b\n") });
    REFUSAL(DYAD_DATA, "one.csv:3: the header again", .factors = { "a" },
            .paths = { scratch_text("one.csv", "a\n1\na\n") });
}

/* --- refusals ------------------------------------------------------------------------------ */

static void
says_which_name_or_expression_is_wrong(void)
{
    REFUSAL(DYAD_USAGE, "small.csv:1: no column 'sxe': is 'sex' meant?", .paths = { small() },
            .factors = { "sxe" });
    REFUSAL(DYAD_USAGE, "small.csv:1: no column 'weight' in the header", .paths = { small() },
            .factors = { "weight" });
    REFUSAL(DYAD_USAGE, "no column 'Age': is 'age' meant?", .paths = { small() },
            .options = { .frequency = "Age" });
    REFUSAL(DYAD_USAGE, "no column 'nix'", .paths = { small() }, .events = "nix", .totals = "n");
    REFUSAL(DYAD_USAGE, "--define age: there is a column of that name", .paths = { small() },
            .derived = { { "age", "1" } });
    REFUSAL(DYAD_USAGE, "--define a: there is a column of that name", .paths = { small() },
            .derived = { { "a", "1" }, { "a", "2" } });
    REFUSAL(DYAD_USAGE, "--define a: at character 1: no column 'b' here", .paths = { small() },
            .derived = { { "a", "b" },
                         { "b", "1" } }); /* later ones see earlier ones, not the other way */
    REFUSAL(DYAD_USAGE, "--define a: at character 1: no column 'a' here", .paths = { small() },
            .derived = { { "a", "a + 1" } });
    REFUSAL(DYAD_USAGE, "--where: at character 5: '=' compares nothing", .paths = { small() },
            .filters = { "age = 5" });
    REFUSAL(DYAD_USAGE, "--where: at character 1: text where true or false", .paths = { small() },
            .filters = { "'a'" });
    REFUSAL(DYAD_IO, "No such file", .paths = { "/no/such/file.csv" });
}

static void
complains_of_what_is_no_number(void)
{
    const char *path =
        scratch_text("words.csv", "x,y\n1,2\nabc,<5\n\"7\"\"\",\"a\nb\"\n4,1e999\n5,1e-400\n");

    /* A column that is used three times is complained of once. */
    REFUSAL(
        DYAD_DATA,
        "words.csv:3:1: column 'x' holds no number: if it means missing, declare it with --na\n/",
        .paths = { path }, .filters = { "x > 1 and x < 9", "x == 3" });
    struct answer a =
        ask((struct request){ .paths = { path }, .filters = { "x > 1 and x < 9 or y == 1" } });
    const char *places[] = {
        "words.csv:3:1: ",
        "words.csv:3:2: column 'y' holds no number: a suppressed or censored value",
        "words.csv:4:1: column 'x' holds no number",
        "words.csv:4:2: ",
        "words.csv:6:2: column 'y' holds a number too large",
        "words.csv:7:2: column 'y' holds a number too small"
    };
    const char *at = a.err.text;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        at = strstr(at, places[i]); /* each once, in the order of the file */
        CHECK(at != NULL);
        CHECK(strstr(at + 1, places[i]) == NULL);
    }
    CHECK(strstr(a.err.text, "abc") == NULL &&
          strstr(a.err.text, "7\"") == NULL); /* never what the cell holds */
    CHECK(strstr(a.err.text, "perhaps more") == NULL);
    text_release(&a.text);
    REFUSAL(DYAD_DATA, "words.csv:3: column 'z' holds no number", .paths = { path },
            .derived = { { "z", "if(1, x, y)" } }, .filters = { "z > 1" });
    REFUSAL(DYAD_DATA, "words.csv:3:1: column 'x' holds no number", .paths = { path },
            .derived = { { "z", "if(1, x, y) * 1" } });
}

/* --- many threads -------------------------------------------------------------------------- */

static void
check_threads(struct request r, bool again)
{
    r.options.n_threads = 1;
    struct answer alone = ask(r);

    for (size_t threads = 2; threads <= 9; threads += again ? 1 : 3) {
        r.options.n_threads = threads;
        struct answer a = ask(r);
        CHECK(a.st == alone.st);
        assert_string_equal(a.err.text, alone.err.text);
        assert_string_equal(a.text.at ? a.text.at : "", alone.text.at ? alone.text.at : "");
        text_release(&a.text);
    }
    text_release(&alone.text);
}

static void
gives_the_same_bits_for_any_number_of_threads(void)
{
    const char *path = make_large("large.csv", 250000, 300);
    struct request r = { .paths = { path, path },
                         .factors = { "group", "note", "y", "half" },
                         .levels_max = { 10000, 0, 0, 0 },
                         .derived = { { "half", "floor(id / 60000)" } },
                         .filters = { "n > 5", "note is missing or y == 1" } };

    check_threads(r, false);
    r.options.frequency = "e";
    check_threads(r, false);
    r.options.hash = true; /* read from begin to end */
    check_threads(r, false);
    r.options.frequency = NULL;
    r.events = "e";
    r.totals = "n";
    check_threads(r, false);
}

static void
packs_and_pipes_change_nothing(void)
{
    const char *path = make_large("large.csv", 60000, 30);
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(4 << 20);
    const size_t n = fread(bytes, 1, 4 << 20, f);
    fclose(f);
    unsigned char *packed = malloc(4 << 20);
    const size_t size = scratch_gzip(bytes, n, packed, 4 << 20);
    struct request r = { .factors = { "group", "note", "y" }, .options = { .n_threads = 3 } };
    struct scratch_pipe p = { .bytes = bytes, .n = n, .piece = 10007, .repeat = 1 };

    r.paths[0] = path;
    struct answer plain = ask(r);
    r.paths[0] = scratch_file("large.csv.gz", packed, size);
    struct answer unpacked = ask(r);
    scratch_pipe_open(&p);
    r.paths[0] = p.path;
    struct answer piped = ask(r);
    scratch_pipe_close(&p);
    CHECK(plain.st == DYAD_OK && unpacked.st == DYAD_OK && piped.st == DYAD_OK);
    assert_string_equal(unpacked.text.at, plain.text.at);
    assert_string_equal(piped.text.at, plain.text.at);
    text_release(&plain.text);
    text_release(&unpacked.text);
    text_release(&piped.text);

    /* Twenty complaints end the run; threads that share them read on and meet the damage, but it is
       the same run. */
    struct text bad = TEXT_INIT;
    uint64_t seed = 5;
    text_puts(&bad, "y,x\n");
    for (int i = 0; i < 320000; i++)
        text_printf(&bad, "%s,%llu\n", i % 6000 ? "1" : "word",
                    (unsigned long long)scratch_random(&seed));
    const size_t packed_bad = scratch_gzip(bad.at, bad.length, packed, 4 << 20);
    text_release(&bad);
    CHECK(packed_bad > 2 << 20); /* enough for two threads */
    check_threads((struct request){ .paths = { scratch_file("bad.csv.gz", packed, packed_bad / 2) },
                                    .filters = { "y > 0" } },
                  true);
    scratch_gzip(bytes, n, packed, 4 << 20);

    /* Half a packed file is no smaller cohort. */
    REFUSAL(DYAD_PARSE, "damaged or cut-off gzip data", .factors = { "y" },
            .options = { .n_threads = 2 },
            .paths = { scratch_file("half.csv.gz", packed, size / 2) });
    free(packed);
    free(bytes);
}

/* Records of which some are bad; which, the kind says. */
static const char *
make_bad(uint64_t seed, size_t n_records, size_t every, int kind)
{
    struct text t = TEXT_INIT;

    text_puts(&t, "x,n,g\n");
    for (size_t i = 0; i < n_records; i++) {
        const bool bad = scratch_below(&seed, every) == 0;
        if (bad && kind > 1 && scratch_below(&seed, 3) == 0)
            text_puts(&t, kind == 2 ? "1,2\n" : "1,\"2\"x,3\n");
        else
            text_printf(&t, "%s,%s,group of %zu\n", bad ? "word" : "1",
                        bad && scratch_below(&seed, 2) ? "-3" : "2", i % 5);
    }
    const char *path = scratch_file("bad.csv", t.at, t.length);
    text_release(&t);
    return path;
}

static void
complains_of_the_same_whatever_the_threads(void)
{
    static const size_t every[] = { 3, 500, 8000, 30000, 100000 };

    for (int kind = 1; kind < 4; kind++)
        for (size_t i = 0; i < COUNT_OF(every); i++) {
            struct request r = { .factors = { "g" },
                                 .derived = { { "z", "x + 1" } },
                                 .filters = { "x > 0" } };
            r.paths[0] = make_bad((uint64_t)kind * 10 + i, 200000, every[i], kind);
            r.options.frequency = "n";
            check_threads(r, true);
        }
}

static void
tells_the_first_twenty_in_the_order_of_the_file(void)
{
    struct text t = TEXT_INIT, wanted = TEXT_INIT;

    /* The frequency is looked at behind the derived column, but stands in earlier lines. */
    text_puts(&t, "x,n\n");
    for (int i = 0; i < 15; i++)
        text_puts(&t, "1,-1\n");
    for (int i = 0; i < 40; i++)
        text_puts(&t, "word,1\n");
    const char *path = scratch_file("twenty.csv", t.at, t.length);
    for (int line = 2; line < 22; line++)
        text_printf(&wanted, "%s:%d:%d: column '%c' holds no %s\n", path, line, line < 17 ? 2 : 1,
                    line < 17 ? 'n' : 'x',
                    line < 17 ? "count: a whole number from 0 to 2^53 is needed"
                              : "number: if it means missing, declare it with --na");
    text_puts(&wanted, "and perhaps more: these are the first 20");
    struct answer a = ask((struct request){
        .paths = { path }, .options = { .frequency = "n" }, .derived = { { "z", "x + 1" } } });
    CHECK(a.st == DYAD_DATA);
    assert_string_equal(a.err.text, wanted.at);
    text_release(&a.text);
    text_release(&t);
    text_release(&wanted);
}

/* --- several files ------------------------------------------------------------------------- */

static void
reads_several_files_in_any_column_order(void)
{
    const char *a = scratch_text("fa.csv", "x,g\n1,p\n2,q\n"), *b = scratch_text("fb.csv", "g,x\n"),
               *c = scratch_text("fc.csv", "\ng,x\nq,3\nr,word\n");

    ANSWER("read 4 unweighted 0\n[p]@2 [q]@3 [r]@4\n1,1 2,2 3,1 ", .paths = { a, b, c },
           .factors = { "g" });
    REFUSAL(DYAD_DATA, "fc.csv:4:2: column 'x' holds no number", .paths = { a, b, c },
            .filters = { "x > 1" });
    REFUSAL(DYAD_DATA, "fc.csv:4:2: column 'x' holds no number", .paths = { b, a, c },
            .filters = { "x > 1" });
}

static void
names_the_place_of_a_value_it_is_told_to_refuse(void)
{
    struct cohort_options o = {
        .paths = (const char *const[]){ scratch_text("fa.csv", "x,g\n1,p\n"),
                                        scratch_text("fc.csv", "g,x\nq,1\n\nr,2\n") },
        .n_paths = 2,
        .derived =
            &(struct derived_column){ (char[]){ "d" }, (char[]){ "if(x == 2, 'two', 'one')" } },
        .n_derived = 1
    };
    struct dyad_error err = DYAD_ERROR_INIT;
    struct cohort *c;
    struct crosstab_spec spec = { .n_factors = 2 };
    void *sums;
    size_t n;

    CHECK(cohort_open(&o, &c, &err) == DYAD_OK);
    CHECK(cohort_factor(c, "g", LEVELS_MAX, &spec.factors[0], &err) == DYAD_OK);
    CHECK(cohort_factor(c, "d", LEVELS_MAX, &spec.factors[1], &err) == DYAD_OK);
    CHECK(cohort_factor(c, "g", LEVELS_MAX, &n, &err) == DYAD_OK && n == spec.factors[0]);
    CHECK(cohort_has(c, "d") && cohort_has(c, "x") && !cohort_has(c, "y"));
    CHECK(cohort_run(c, &crosstab_accumulator, &(struct crosstab_set){ &spec, 1 }, &sums, &err) ==
          DYAD_OK);
    const struct level *g = cohort_levels(c, 0, &n);
    CHECK(n == 3 && cohort_refuse(c, &g[2], "g", "holds what it must not", &err) == DYAD_DATA);
    CHECK(strstr(err.text, "fc.csv:4:1: column 'g' holds what it must not") !=
          NULL); /* as that file has its columns */
    CHECK(cohort_refuse(c, &g[0], NULL, "must not be", &err) == DYAD_DATA &&
          strstr(err.text, "fa.csv:2: must not be") != NULL);
    const struct level *d = cohort_levels(c, 1, &n);
    CHECK(n == 2 && cohort_refuse(c, &d[0], "d", "is wrong", &err) == DYAD_DATA);
    assert_string_equal(err.text, "column 'd' is wrong");
    crosstabs_free(sums);
    cohort_close(c);
    cohort_close(NULL);
}

int
main(void)
{
    RUN(counts_and_filters);
    RUN(derives_columns_from_columns);
    RUN(keeps_texts_with_doubled_quotes_apart);
    RUN(weighs_by_frequency);
    RUN(refuses_what_is_no_frequency);
    RUN(counts_no_more_than_a_double_holds);
    RUN(takes_events_and_totals);
    RUN(takes_lists_of_missing_values);
    RUN(reads_decimal_commas);
    RUN(orders_levels);
    RUN(refuses_too_many_levels_whoever_meets_them);
    RUN(refuses_the_header_in_the_middle);
    RUN(says_which_name_or_expression_is_wrong);
    RUN(complains_of_what_is_no_number);
    RUN(gives_the_same_bits_for_any_number_of_threads);
    RUN(packs_and_pipes_change_nothing);
    RUN(complains_of_the_same_whatever_the_threads);
    RUN(tells_the_first_twenty_in_the_order_of_the_file);
    RUN(reads_several_files_in_any_column_order);
    RUN(names_the_place_of_a_value_it_is_told_to_refuse);
    return DONE();
}
