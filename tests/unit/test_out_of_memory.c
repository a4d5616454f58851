/*
 * tests/unit/test_out_of_memory.c: every allocation of a run made to fail, alone and with all that
 * come behind it: DYAD_NOMEM, or the whole answer; nothing is left behind.
 *
 * This program has malloc and its relatives of its own in front of glibc's, which the sanitizers do
 * not allow; for them build with -DWRAP and -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,
 * --wrap=free,--wrap=strndup.
 */
#include "dyad/data/cohort.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/result.h"
#include "dyad/core/text.h"
#include "dyad/data/conditions.h"
#include "dyad/data/crosstab.h"

#if defined(WRAP)
#define OURS(name) __wrap_##name
#define THEIRS(name) __real_##name
#elif defined(__GLIBC__) && !defined(SANITIZED)
#define OURS(name) name
#define THEIRS(name) __libc_##name
#endif

#ifdef OURS

void *THEIRS(malloc)(size_t size);
void *THEIRS(calloc)(size_t n, size_t size);
void *THEIRS(realloc)(void *at, size_t size);
void THEIRS(free)(void *at);
void *OURS(malloc)(size_t size);
void *OURS(calloc)(size_t n, size_t size);
void *OURS(realloc)(void *at, size_t size);
void OURS(free)(void *at);
#ifdef WRAP
char *OURS(strndup)(const char *string, size_t n);
#endif

/* Volatile: a compiler knows that malloc looks at no variable of the program. */
static volatile bool counting;
static volatile long n_asked, fail_at; /* the fail_at-th fails ... */
static volatile bool and_all_behind;   /* ... alone, or with all that follow */
static volatile long n_live;

static bool
is_to_fail(void)
{
    if (!counting)
        return false;
    n_asked++;
    return n_asked == fail_at || (and_all_behind && fail_at && n_asked > fail_at);
}

static void *
kept(void *at)
{
    n_live += counting && at != NULL;
    return at;
}

void *
OURS(malloc)(size_t size)
{
    return is_to_fail() ? NULL : kept(THEIRS(malloc)(size));
}

void *
OURS(calloc)(size_t n, size_t size)
{
    return is_to_fail() ? NULL : kept(THEIRS(calloc)(n, size));
}

void *
OURS(realloc)(void *at, size_t size)
{
    if (is_to_fail())
        return NULL;
    void *grown = THEIRS(realloc)(at, size);
    return at ? grown : kept(grown);
}

void
OURS(free)(void *at)
{
    n_live -= counting && at != NULL;
    THEIRS(free)(at);
}

#ifdef WRAP
/* libc's own would not come by here. */
char *
OURS(strndup)(const char *string, size_t n)
{
    const size_t length = strnlen(string, n);
    char *copy = OURS(malloc)(length + 1);

    if (copy) {
        memcpy(copy, string, length);
        copy[length] = '\0';
    }
    return copy;
}
#endif

/* --- the runs that are made to fail -------------------------------------------------------- */

enum { FACTORS_MAX = 3 };

struct scenario {
    const char *name;
    struct cohort_options options;
    const char *factors[FACTORS_MAX];
    const char *events, *totals;
    enum dyad_status st; /* with memory enough */
};

/* What a run came to, in numbers that need no memory. */
struct outcome {
    enum dyad_status st;
    int64_t n_read, n_used, sum;
};

static struct dyad_error err;

static bool
is_same(const struct outcome *a, const struct outcome *b)
{
    return a->st == b->st && a->n_read == b->n_read && a->n_used == b->n_used && a->sum == b->sum;
}

static struct outcome
run(const struct scenario *s)
{
    struct outcome o = { .st = DYAD_OK };
    struct crosstab_spec spec = { .events_name = s->events };
    struct cohort *c = NULL;
    void *sums = NULL;
    size_t n = 0;

    err = (struct dyad_error)DYAD_ERROR_INIT;
    if ((o.st = cohort_open(&s->options, &c, &err)) != DYAD_OK)
        return o;
    while (spec.n_factors < FACTORS_MAX && s->factors[spec.n_factors] && o.st == DYAD_OK) {
        o.st = cohort_factor(c, s->factors[spec.n_factors], LEVELS_MAX,
                             &spec.factors[spec.n_factors], &err);
        spec.n_factors++;
    }
    if (s->events && o.st == DYAD_OK) {
        spec.has_counts = true;
        if ((o.st = cohort_count(c, s->events, &spec.events, &err)) == DYAD_OK)
            o.st = cohort_count(c, s->totals, &spec.totals, &err);
    }
    const struct crosstab_set set = { &spec, 1 };
    if (o.st == DYAD_OK &&
        (o.st = cohort_run(c, &crosstab_accumulator, &set, &sums, &err)) == DYAD_OK) {
        const struct crosstab_cell *cells = crosstab_cells(sums, 0, &n);
        if (cells == NULL)
            o.st = DYAD_NOMEM;
        for (size_t i = 0; cells && i < n; i++)
            o.sum +=
                (int64_t)(i + 1) * (cells[i].records + 3 * cells[i].events + 7 * cells[i].total);
        if (cells) {
            o.n_used = crosstab_n_used(sums);
            o.n_read = cohort_n_read(c);
        }
        crosstabs_free(sums);
    }
    cohort_close(c);
    return o;
}

static struct outcome
run_failing(const struct scenario *s, long at, bool all)
{
    n_asked = 0;
    fail_at = at;
    and_all_behind = all;
    n_live = 0;
    counting = true;
    const struct outcome o = run(s);
    counting = false;
    return o;
}

static long n_failures;

static void
torture(const struct scenario *s)
{
    const struct outcome wanted = run_failing(s, 0, false);
    const long n = n_asked;

    if (wanted.st != s->st)
        print_error("%s: status %d: %s\n", s->name, (int)wanted.st, err.text);
    CHECK(wanted.st == s->st && n_live == 0 && n > 20);
    for (int all = 0; all < 2; all++)
        for (long at = 1; at <= n; at++) {
            const struct outcome o = run_failing(s, at, all);
            n_failures++;
            if (o.st != DYAD_NOMEM && !is_same(&o, &wanted))
                print_error("%s: allocation %ld: status %d: %s\n", s->name, at, (int)o.st,
                            err.text);
            /* Some of libc's own calls can do without: then all is as it should be. */
            CHECK(o.st == DYAD_NOMEM || is_same(&o, &wanted));
            CHECK(o.st != DYAD_NOMEM || strstr(err.text, "out of memory") != NULL ||
                  err.text[0] == '\0');
            if (n_live != 0)
                print_error("%s: allocation %ld: %ld left behind\n", s->name, at, n_live);
            CHECK(n_live == 0);
        }
}

static const char *
make_file(const char *name, size_t n_records, bool odd)
{
    struct text t = TEXT_INIT;

    text_puts(&t, "id,\"a group\",y,e,n\n");
    for (size_t i = 0; i < n_records; i++)
        text_printf(&t, "%zu,%s%zu%s,%zu,%zu,9\n", i,
                    odd && i % 7 == 0 ? " \"\"\"g\n"
                    : i % 5           ? "g"
                                      : "\"a \"\"longer\"\" group ",
                    i % 40,
                    odd && i % 7 == 0 ? "\" "
                    : i % 5           ? ""
                                      : "\"",
                    i % 2, i % 9);
    const char *path = scratch_file(name, t.at, t.length);
    text_release(&t);
    return path;
}

static void
survives_in_regular_files(void)
{
    char *nines[] = { (char[]){ "-9" } }, *first[] = { (char[]){ "g3" } };
    const struct scenario s = {
        .name = "regular",
        .options = { .paths = (const char *const[]){ make_file("a.csv", 300, false),
                                                     make_file("b.csv", 30, false) },
                     .n_paths = 2,
                     .n_threads = 1,
                     .hash = true,
                     .frequency = "e",
                     .missing = &(struct missing_list){ NULL, nines, 1 },
                     .n_missing = 1,
                     .orders = &(struct level_order){ (char[]){ "a group" }, first, 1 },
                     .n_orders = 1,
                     .derived =
                         (const struct derived_column[]){
                             { (char[]){ "late" }, (char[]){ "if(id > 100, 'late', [a group])" } },
                             { (char[]){ "tens" }, (char[]){ "floor(id / 10)" } } },
                     .n_derived = 2,
                     .filters = (const char *const[]){ "y == 1 or [a group] in ('g2', \"g3\")",
                                                       "id >= 0" },
                     .n_filters = 2 },
        .factors = { "a group", "late", "tens" },
    };

    torture(&s);
}

static void
survives_where_libcsv_reads(void)
{
    const struct scenario s = {
        .name = "slow lane",
        .options = { .paths = (const char *const[]){ make_file("odd.csv", 400, true) },
                     .n_paths = 1,
                     .n_threads = 1 },
        .factors = { "a group", "y" },
        .events = "e",
        .totals = "n",
    };

    torture(&s);
}

static void
survives_in_pieces_and_packed(void)
{
    const char *path = make_file("long.csv", 25000, false); /* two pieces */
    char *bytes = malloc(1 << 20);
    unsigned char *packed = malloc(1 << 20);
    FILE *f = fopen(path, "rb");
    const size_t n = fread(bytes, 1, 1 << 20, f);

    fclose(f);
    CHECK(n > BLOCK_BYTES + BLOCK_BYTES / 8 && n < 1 << 20);
    const struct scenario pieces = { .name = "pieces",
                                     .options = { .paths = &path, .n_paths = 1, .n_threads = 1 },
                                     .factors = { "a group", "id" },
                                     .st = DYAD_DATA }; /* too many levels */
    const size_t size = scratch_gzip(
        bytes, (size_t)((const char *)memrchr(bytes, '\n', n / 20) + 1 - bytes), packed, 1 << 20);
    const char *gz = scratch_file("packed.csv.gz", packed, size);
    const struct scenario unpacked = { .name = "packed",
                                       .options = { .paths = &gz, .n_paths = 1, .n_threads = 1 },
                                       .factors = { "y", "a group" } };

    free(packed);
    free(bytes);
    torture(&pieces);
    torture(&unpacked);
}

static void
survives_while_it_complains(void)
{
    struct text t = TEXT_INIT;

    text_puts(&t, "x,y\n1,1\n");
    for (int i = 0; i < 30; i++)
        text_puts(&t, i % 2 ? "\"w\"\"ord\",1\n" : "1,-1\n");
    const char *path = scratch_file("bad.csv", t.at, t.length);
    text_release(&t);
    const struct scenario s = { .name = "complaints",
                                .options = { .paths = &path,
                                             .n_paths = 1,
                                             .n_threads = 1,
                                             .frequency = "y",
                                             .filters = (const char *const[]){ "x > 1" },
                                             .n_filters = 1 },
                                .st = DYAD_DATA };
    torture(&s);
    const struct scenario wrong = {
        .name = "wrong expression",
        .options = { .paths = &path,
                     .n_paths = 1,
                     .n_threads = 1,
                     .filters = (const char *const[]){ "x > 1 and (y in ('a', 'b') or" },
                     .n_filters = 1 },
        .st = DYAD_USAGE
    };
    torture(&wrong);
}

static void
takes_filters_apart_or_says_that_it_could_not(void)
{
    const char *const filters[] = { "old and site in ('a', \"b\") and x > -5", "not (x < 3 or y == 1)", "x is not missing" };
    const struct derived_column derived[] = { { (char[]){ "old" }, (char[]){ "(age - 5 > 30)" } } };

    for (long at = 0, n = 1; at <= n; at++) {
        struct conditions c = { .n = 0 };
        n_asked = 0;
        fail_at = at;
        and_all_behind = false;
        n_live = 0;
        counting = true;
        const enum dyad_status st = conditions_read(filters, 3, derived, 1, &c);
        counting = false;
        if (at == 0)
            n = n_asked;
        CHECK(st == (at ? DYAD_NOMEM : DYAD_OK) && (c.n > 0) == (at == 0));
        counting = true;
        conditions_release(&c);
        counting = false;
        CHECK(n_live == 0);
        n_failures++;
    }
}

/* A result remembers that memory ran out; what is put into it then goes nowhere. */
static void
builds_a_result_or_says_that_it_could_not(void)
{
    for (long at = 0, n = 1; at <= n; at++) {
        struct result r = RESULT_INIT;
        n_asked = 0;
        fail_at = at;
        and_all_behind = false;
        n_live = 0;
        counting = true;
        struct table *t = result_table(&r, "t");
        table_column(t, "n", COLUMN_GROUP);
        table_column(t, "n", COLUMN_COUNT);
        for (int i = 0; i < 20; i++) {
            table_row(t, SCALE_NUMBER);
            table_set_group(t, 0, "a");
            table_set_count(t, "n", i);
        }
        (void)result_find(&r, "u");
        result_note(&r, "%d notes", 1);
        result_argument(&r, "--by");
        result_input(&r, "a.csv", 1, 1, NULL);
        const enum dyad_status st = result_status(&r);
        result_release(&r);
        counting = false;
        if (at == 0)
            n = n_asked;
        CHECK(st == (at ? DYAD_NOMEM : DYAD_OK));
        CHECK(n_live == 0);
        n_failures++;
    }
}

/* Memcheck, too, puts its own in front of ours. */
static bool
is_asked(void)
{
    n_asked = 0;
    counting = true;
    char *volatile at = malloc(1);
    free(at);
    counting = false;
    return n_asked == 1;
}

int
main(void)
{
    if (!is_asked())
        return DONE();
    RUN(survives_in_regular_files);
    RUN(survives_where_libcsv_reads);
    RUN(survives_in_pieces_and_packed);
    RUN(survives_while_it_complains);
    RUN(takes_filters_apart_or_says_that_it_could_not);
    RUN(builds_a_result_or_says_that_it_could_not);
    printf("%ld failures survived\n", n_failures);
    return DONE();
}

#else

int
main(void)
{
    return DONE(); /* not under this sanitizer */
}

#endif
