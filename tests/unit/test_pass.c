#include "dyad/data/cohort.h"

#include "check.h"
#include "scratch.h"

#include "dyad/core/text.h"
#include "dyad/data/crosstab.h"

#include <pthread.h>

/* --- one cohort of several ----------------------------------------------------------------- */

enum { REQUESTS = 15, FACTORS_MAX = 3 };

struct request {
    struct cohort_options options;
    const char *factors[FACTORS_MAX];
    bool leaves; /* does not read */
    struct pass_member member;
    enum dyad_status st;
    struct dyad_error err;
    struct text text;
};

static void
tell_levels(struct cohort *c, size_t factor, struct text *out)
{
    size_t n;
    const struct level *levels = cohort_levels(c, factor, &n);

    for (size_t i = 0; i < n; i++)
        text_printf(out, "[%s]@%llu.%llu ", levels[i].text, (unsigned long long)levels[i].first.block,
                    (unsigned long long)levels[i].first.line);
}

static void
tell_cells(const struct crosstabs *sums, size_t n_factors, struct text *out)
{
    size_t n;
    const struct crosstab_cell *cells = crosstab_cells((void *)(uintptr_t)sums, 0, &n);

    for (size_t i = 0; i < n; i++) {
        for (size_t f = 0; f < n_factors; f++)
            text_printf(out, "%u,", cells[i].codes[f]);
        text_printf(out, "%lld ", (long long)cells[i].records);
    }
}

/* All that it finds, or the complaint. */
static void *
run(void *request)
{
    struct request *r = request;
    struct crosstab_spec spec = { .n_factors = 0 };
    struct cohort *c = NULL;
    void *sums = NULL;

    r->err = (struct dyad_error)DYAD_ERROR_INIT;
    r->st = cohort_open(&r->options, &c, &r->err);
    for (; r->st == DYAD_OK && spec.n_factors < FACTORS_MAX && r->factors[spec.n_factors]; spec.n_factors++)
        r->st = cohort_factor(c, r->factors[spec.n_factors], 100, &spec.factors[spec.n_factors], &r->err);
    if (r->st == DYAD_OK && !r->leaves &&
        (r->st = cohort_run(c, &crosstab_accumulator, &(struct crosstab_set){ &spec, 1 }, &sums, &r->err)) == DYAD_OK) {
        text_printf(&r->text, "read %lld", (long long)cohort_n_read(c));
        for (size_t i = 0; i < r->options.n_filters; i++)
            text_printf(&r->text, " kept %lld", (long long)cohort_n_kept(c, i));
        for (size_t f = 0; f < spec.n_factors; f++)
            tell_levels(c, spec.factors[f], &r->text);
        tell_cells(sums, spec.n_factors, &r->text);
        crosstabs_free(sums);
    }
    cohort_close(c);
    if (r->options.member)
        pass_leave(r->options.member);
    return NULL;
}

/* --- what they ask for --------------------------------------------------------------------- */

static char path[64];

/* Some blocks of records: quoted, padded, missing by several codes; ${bad}: a cell that is no number, now and then. */
static void
write_records(bool bad)
{
    static const char *const levels[] = { "none", "\"peer, lay\"", "ibclc", "", " ibclc ", "-9", "\"a \"\"b\"\"\"" };
    struct text t = TEXT_INIT;

    text_puts(&t, "support,age,site,name\n");
    for (size_t i = 0; i < 60000; i++)
        text_printf(&t, "%s,%s%zu,%zu,%s\n", i < 50000 ? levels[i * 7 % 5] : levels[i % 7], bad && i % 503 == 502 ? "x" : "",
                    i * 31 % 40, i % 9, i % 3 ? "a name to make the record longer" : "");
    CHECK(!t.failed);
    snprintf(path, sizeof path, "%s", scratch_file("together.csv", t.at, t.length));
    text_release(&t);
}

static void
ask(struct request *r)
{
    static char code[] = "-9", third[] = "3", site[] = "site", names[2][4] = { "old", "who" };
    static char expressions[3][32] = { "age > 30", "if(old, support, \"young\")", "age > 10" };
    static char *codes[] = { code }, *sites[] = { third };
    static const char *paths[] = { path };
    static const struct missing_list all[] = { { NULL, codes, 1 } }, one[] = { { site, sites, 1 } };
    static const struct derived_column old[] = { { names[0], expressions[0] }, { names[1], expressions[1] } },
                                       older[] = { { names[0], expressions[2] } };
    static const char *const filters[][2] = { { "old", "site < 5" }, { "site < 5", "old" }, { "support == \"peer, lay\"", "" },
                                               { "age > 20", "site < 5" } };
    static const struct {
        const char *factors[FACTORS_MAX];
        size_t n_missing, n_derived, n_filters, filter;
    } shapes[REQUESTS] = {
        { { "support", "site" }, 0, 0, 0, 0 },        { { "support", "old" }, 0, 2, 2, 0 },
        { { "site" }, 0, 2, 1, 1 },                   { { "site", "support" }, 1, 0, 0, 0 },
        { { "who", "support" }, 0, 2, 2, 1 },         { { "support" }, 0, 0, 1, 2 },
        { { "site", "site" }, 2, 0, 0, 0 },           { { "old", "who" }, 1, 2, 2, 0 },
        { { "support", "who", "site" }, 0, 2, 1, 0 }, { { "nowhere" }, 0, 0, 0, 0 },
        { { "age" }, 0, 0, 0, 0 },                    { { "support" }, 0, 2, 0, 0 },
        { { "site" }, 0, 0, 2, 3 },                   { { "support" }, 0, 0, 1, 3 },
        { { "site", "old" }, 0, 1, 1, 0 },
    };

    for (size_t i = 0; i < REQUESTS; i++) {
        r[i] = (struct request){ .text = TEXT_INIT, .leaves = i == 10 };
        r[i].options = (struct cohort_options){
            .paths = paths, .n_paths = 1, .n_threads = 1 + i % 3,
            .missing = shapes[i].n_missing == 2 ? one : all, .n_missing = shapes[i].n_missing > 0,
            .derived = shapes[i].n_derived == 1 ? older : old, .n_derived = shapes[i].n_derived,
            .filters = filters[shapes[i].filter], .n_filters = shapes[i].n_filters,
        };
        memcpy(r[i].factors, shapes[i].factors, sizeof r[i].factors);
    }
}

static void
run_together(struct request *r)
{
    struct pass *pass = pass_new(REQUESTS);
    pthread_t threads[REQUESTS];

    CHECK(pass != NULL);
    for (size_t i = 0; i < REQUESTS; i++) {
        r[i].member.pass = pass;
        r[i].options.member = &r[i].member;
        CHECK(pthread_create(&threads[i], NULL, run, &r[i]) == 0);
    }
    for (size_t i = 0; i < REQUESTS; i++)
        pthread_join(threads[i], NULL);
    pass_free(pass);
}

static void
compare(void)
{
    struct request alone[REQUESTS], together[REQUESTS];

    ask(alone);
    ask(together);
    for (size_t i = 0; i < REQUESTS; i++)
        run(&alone[i]);
    run_together(together);
    for (size_t i = 0; i < REQUESTS; i++) {
        CHECK(alone[i].st == together[i].st);
        CHECK(strcmp(alone[i].err.text, together[i].err.text) == 0);
        CHECK((alone[i].text.length > 0) == (alone[i].st == DYAD_OK && !alone[i].leaves));
        CHECK(alone[i].text.length == together[i].text.length);
        CHECK(alone[i].text.length == 0 || strcmp(alone[i].text.at, together[i].text.at) == 0);
        text_release(&alone[i].text);
        text_release(&together[i].text);
    }
}

static void
finds_together_what_each_finds_alone(void)
{
    write_records(false);
    compare();
}

static void
complains_together_as_each_alone(void)
{
    write_records(true);
    compare();
}

static void
reads_other_files_alone(void)
{
    struct pass *pass = pass_new(2);
    struct pass_member first = { .pass = pass }, second = { .pass = pass };
    const struct reader_options how = { 0 };
    struct reader *a = NULL, *b = NULL;
    char other[64];

    write_records(false);
    snprintf(other, sizeof other, "%s", scratch_file("other.csv", "x\n1\n", 4));
    CHECK(pass_reader(&first, (const char *const[]){ path }, 1, &how, &a, NULL) == DYAD_OK && a != NULL);
    CHECK(pass_reader(&second, (const char *const[]){ other }, 1, &how, &b, NULL) == DYAD_OK && b == NULL);
    CHECK(second.done && !first.done);
    CHECK(pass_reader(&second, (const char *const[]){ path }, 1, &how, &b, NULL) == DYAD_OK && b == NULL);
    pass_leave(&first);
    pass_free(pass);
}

static void
never(void *const *seats, size_t n)
{
    (void)seats;
    (void)n;
    CHECK(false);
}

static void
reads_for_nobody_once_it_is_abandoned(void)
{
    struct pass *pass = pass_new(1);
    struct pass_member m = { .pass = pass };

    pass_abandon(pass);
    CHECK(!pass_arrive(&m, NULL, never));
    CHECK(m.refused && m.done);
    pass_free(pass);
}

int
main(void)
{
    RUN(finds_together_what_each_finds_alone);
    RUN(complains_together_as_each_alone);
    RUN(reads_other_files_alone);
    RUN(reads_for_nobody_once_it_is_abandoned);
    return DONE();
}
