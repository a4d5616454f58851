/*
 * The parts of programs/counted.c, which no library holds.  That two tables are tied is seen by
 * what their published figures tell of a count that is not published: of one that they say nothing
 * of, anything from 0 to no end.
 */
#include "../../src/programs/counted.c"
#include "../../src/programs/counted_margins.c"
#include "../../src/programs/counted_populations.c"
#include "../../src/programs/counted_tie.c"
#include "../../src/programs/name_map.c"

#include "check.h"
#include "scratch.h"

enum { THRESHOLD = 3, SETS_MAX = 4, UNTOLD = -1 };

static struct disclosure *d;
static struct counted *sets[SETS_MAX];
static struct cohort_options options[SETS_MAX];
static size_t n_sets;

static const char *const one_file[] = { "a.csv" }, *const other_file[] = { "b.csv" };
static const char *asked[SETS_MAX][4];
static struct derived_column derived[2]; /* those with a name */

static void
begin(void)
{
    d = disclosure_new(THRESHOLD);
    n_sets = 0;
    CHECK(d != NULL);
}

static void
end(void)
{
    for (size_t i = 0; i < n_sets; i++)
        counted_free(sets[i]);
    disclosure_free(d);
    memset(derived, 0, sizeof derived);
}

/* A further analysis, of the records that meet these filters; NULL is none. */
static struct counted *
analysis(const char *first, const char *second)
{
    struct cohort_options *o = &options[n_sets];

    asked[n_sets][0] = first;
    asked[n_sets][1] = second;
    *o = (struct cohort_options){
        .paths = one_file, .n_paths = 1, .filters = asked[n_sets], .derived = derived
    };
    o->n_filters = second ? 2 : first ? 1 : 0;
    for (size_t i = 0; i < 2 && derived[i].name; i++)
        o->n_derived++;
    sets[n_sets] = counted_new(o);
    CHECK(sets[n_sets] != NULL);
    return sets[n_sets++];
}

static struct counted *
all_records(struct counted *c)
{
    counted_table(c, COUNTED_RECORDS, SIZE_MAX);
    return c;
}

/* A count by itself, published or not. */
static size_t
count(int64_t value, bool published)
{
    const size_t number = disclosure_count(d, value);

    if (published)
        disclosure_shows(d, disclosure_figure(d), number);
    return number;
}

/* A cell of the last table, at the values of its columns. */
static size_t
cell(struct counted *c, const char *first, const char *second, int64_t value, bool published)
{
    const size_t number = count(value, published);

    counted_cell(c, (const char *const[]){ first, second }, number);
    return number;
}

static size_t
shown(struct counted *c, const char *first, const char *second, int64_t value)
{
    return cell(c, first, second, value, true);
}

static size_t
untold(struct counted *c, const char *first, const char *second, int64_t value)
{
    return cell(c, first, second, value, false);
}

static void
settle(void)
{
    const size_t bases[SETS_MAX] = { 0 };

    CHECK(counted_tie((const struct counted *const *)sets, bases, n_sets, d) == DYAD_OK);
    CHECK(disclosure_protect(d) == DYAD_OK);
}

static bool
is_exactly(size_t number)
{
    struct disclosure_range r;

    CHECK(disclosure_range(d, number, &r) == DYAD_OK);
    CHECK(r.low <= disclosure_value(d, number) && r.high >= disclosure_value(d, number));
    return r.low == r.high;
}

static bool
is_free(size_t number)
{
    struct disclosure_range r;

    CHECK(disclosure_range(d, number, &r) == DYAD_OK);
    return r.low == 0 && r.high == INT64_MAX;
}

static size_t
n_hidden(size_t n_figures)
{
    size_t n = 0;

    for (size_t i = 0; i < n_figures; i++)
        n += disclosure_is_hidden(d, i);
    return n;
}

/* --- the same people ------------------------------------------------------------------------ */

/* Boys and girls in one, by arm in the other: what the one says of the others' sums. */
static size_t
by_sex_and_by_arm(struct counted *a, struct counted *b, const char *what)
{
    all_records(a);
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    shown(a, "f", NULL, 60);
    shown(a, "m", NULL, 40);
    counted_table(b, what, SIZE_MAX);
    counted_column(b, "arm", COUNTED_LEVELS, NULL);
    counted_column(b, "sex", COUNTED_LEVELS, NULL);
    shown(b, "x", "m", 15);
    shown(b, "x", "f", 30);
    shown(b, "y", "f", 30);
    const size_t asked_for = untold(b, "y", "m", 25);
    settle();
    return asked_for;
}

static void
ties_the_same_people_of_two_analyses(void)
{
    begin();
    CHECK(
        is_exactly(by_sex_and_by_arm(analysis(NULL, NULL), analysis(NULL, NULL), COUNTED_RECORDS)));
    end();
    begin();
    CHECK(is_exactly(by_sex_and_by_arm(analysis("age < 20", NULL), analysis("20 > [age]", NULL),
                                       COUNTED_RECORDS)));
    end();
    begin();
    CHECK(
        is_exactly(by_sex_and_by_arm(analysis("age < 20 and site == 'a'", NULL),
                                     analysis("site in ('a')", "not age >= 20"), COUNTED_RECORDS)));
    end();
    begin();
    derived[0] = (struct derived_column){ (char[]){ "young" }, (char[]){ "age < 20" } };
    CHECK(is_exactly(
        by_sex_and_by_arm(analysis("young", NULL), analysis("age<20.0", NULL), COUNTED_RECORDS)));
    end();
}

static void
ties_no_others(void)
{
    begin();
    CHECK(is_free(by_sex_and_by_arm(analysis("age < 20", NULL), analysis("weight < 20", NULL),
                                    COUNTED_RECORDS)));
    end();
    begin();
    CHECK(is_free(by_sex_and_by_arm(analysis(NULL, NULL), analysis(NULL, NULL), "visits")));
    end();
    begin();
    struct counted *a = analysis(NULL, NULL);
    options[n_sets] = options[0];
    options[n_sets].paths = other_file;
    sets[n_sets] = counted_new(&options[n_sets]);
    CHECK(is_free(by_sex_and_by_arm(a, sets[n_sets++], COUNTED_RECORDS)));
    end();
    begin();
    struct missing_list lists[] = { { NULL, (char *[]){ (char[]){ "-8" } }, 1 },
                                    { NULL, (char *[]){ (char[]){ "-9" } }, 1 } };
    for (size_t i = 0; i < 2; i++) {
        options[i] = (struct cohort_options){
            .paths = one_file, .n_paths = 1, .missing = &lists[i], .n_missing = 1
        };
        sets[n_sets++] = counted_new(&options[i]);
    }
    CHECK(is_free(by_sex_and_by_arm(sets[0], sets[1], COUNTED_RECORDS)));
    end();
}

/* Numbers of counts and figures of each begin where the group says. */
static void
knows_where_the_counts_of_each_set_begin(void)
{
    size_t bases[2] = { 0, 0 }, figures = 0;

    begin();
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL));
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    shown(a, "f", NULL, 60);
    shown(a, "m", NULL, 40);
    struct disclosure *of_b = disclosure_new(THRESHOLD);
    const size_t total = disclosure_count(of_b, 100);
    counted_cell(b, NULL, total);
    disclosure_append(d, of_b, &bases[1], &figures);
    disclosure_free(of_b);
    CHECK(bases[1] == 2 && figures == 2);
    CHECK(counted_tie((const struct counted *const *)sets, bases, 2, d) == DYAD_OK);
    CHECK(disclosure_protect(d) == DYAD_OK);
    CHECK(is_exactly(bases[1] + total));
    end();
}

/* A column that one has and the other's filter asks for. */
static void
narrows_a_table_by_what_its_cells_tell(void)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)),
                   *b = all_records(analysis("site != 'a' and site != 'b'", NULL));
    counted_column(a, "site", COUNTED_LEVELS, NULL);
    shown(a, "a", NULL, 20);
    shown(a, "b", NULL, 30);
    shown(a, "c", NULL, 40);
    shown(a, "d", NULL, 50);
    shown(a, "", NULL, 5);
    const size_t others = untold(b, NULL, NULL, 90);
    settle();
    CHECK(is_exactly(others));
    end();
    begin(); /* numbers, of which some are asked for by where they lie */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis("parity <= 1", "parity is not missing"));
    counted_column(a, "parity", COUNTED_LEVELS, NULL);
    shown(a, "0", NULL, 20);
    shown(a, "1.0", NULL, 30);
    shown(a, "2", NULL, 40);
    shown(a, "", NULL, 5);
    const size_t few = untold(b, NULL, NULL, 50);
    settle();
    CHECK(is_exactly(few));
    end();
    begin(); /* not of who is young by a limit that the groups do not have */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis("age < 25", NULL));
    derived[0] =
        (struct derived_column){ (char[]){ "ages" }, (char[]){ "if(age < 30, 'low', 'high')" } };
    counted_column(a, "ages", COUNTED_LEVELS, NULL);
    shown(a, "low", NULL, 40);
    shown(a, "high", NULL, 60);
    const size_t young = untold(b, NULL, NULL, 30);
    settle();
    struct disclosure_range r;
    CHECK(disclosure_range(d, young, &r) == DYAD_OK);
    CHECK(r.low == 0 && r.high == 100);
    end();
}

/* --- how much a column tells -------------------------------------------------------------------
 */

static void
sees_one_value_among_all_of_them(void)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL)),
                   *e = all_records(analysis(NULL, NULL));
    counted_column(a, "fed", COUNTED_IS, "breast");
    shown(a, "breast", NULL, 40);
    shown(a, COUNTED_OTHER, NULL, 50);
    shown(a, "", NULL, 10);
    counted_column(b, "fed", COUNTED_LEVELS, NULL);
    const size_t breast = untold(b, "breast", NULL, 40), bottle = untold(b, "bottle", NULL, 20);
    shown(b, "both", NULL, 30);
    const size_t none = untold(b, "", NULL, 10);
    counted_column(e, "fed", COUNTED_KNOWN, NULL);
    const size_t any = untold(e, COUNTED_OTHER, NULL, 90), missing = untold(e, "", NULL, 10);
    settle();
    CHECK(is_exactly(breast) && is_exactly(bottle) && is_exactly(none) && is_exactly(any) &&
          is_exactly(missing));
    end();
    begin(); /* two values of the same column have in common who has any */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis(NULL, NULL));
    counted_column(a, "fed", COUNTED_IS, "breast");
    shown(a, "breast", NULL, 40);
    shown(a, "bottle", NULL, 50); /* another than it */
    counted_column(b, "fed", COUNTED_IS, "bottle");
    shown(b, "bottle", NULL, 20);
    const size_t others = untold(b, COUNTED_OTHER, NULL, 70);
    settle();
    CHECK(is_exactly(others));
    end();
    begin(); /* one value is one spelling */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis("y == 1", NULL));
    counted_column(a, "y", COUNTED_LEVELS, NULL);
    shown(a, "yes", NULL, 40);
    shown(a, "no", NULL, 50);
    const size_t yes = untold(b, NULL, NULL, 40);
    settle();
    CHECK(is_exactly(yes));
    end();
}

static void
step(struct counted *c, const char *value, size_t which, size_t number)
{
    counted_cell_at(c, (const char *const[]){ value, NULL }, which, number);
}

static void
adds_up_steps_that_lie_in_longer_ones(void)
{
    static const double fine[] = { 10, 20, 30 }, coarse_ends[] = { 20 };

    begin();
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL));
    counted_column(a, "event", COUNTED_IS, "1");
    counted_steps(a, "days", fine, 3);
    for (size_t i = 0; i < 4; i++)
        step(a, "1", i, count((int64_t)(10 * (i + 1)), true));
    counted_column(b, "event", COUNTED_IS, "1");
    counted_steps(b, "days", coarse_ends, 1);
    const size_t early = count(30, false), late = count(70, false);
    step(b, "1", 0, early);
    step(b, "1", 1, late);
    settle();
    CHECK(is_exactly(early) && is_exactly(late));
    end();
    begin(); /* and all of them who has a value */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis(NULL, NULL));
    counted_steps(a, "days", coarse_ends, 1);
    step(a, NULL, 0, count(30, true));
    step(a, NULL, 1, count(70, true));
    counted_column(b, "days", COUNTED_KNOWN, NULL);
    const size_t known = untold(b, COUNTED_OTHER, NULL, 100);
    settle();
    CHECK(is_exactly(known));
    end();
    begin(); /* of which values say the same */
    a = all_records(analysis(NULL, NULL));
    b = all_records(analysis(NULL, NULL));
    counted_column(a, "days", COUNTED_LEVELS, NULL);
    shown(a, "15", NULL, 30);
    shown(a, "77", NULL, 70);
    shown(a, "", NULL, 5);
    counted_steps(b, "days", coarse_ends, 1);
    step(b, NULL, 0, count(30, true));
    const size_t behind = count(70, false);
    step(b, NULL, 1, behind);
    settle();
    CHECK(is_exactly(behind));
    end();
}

/* --- some of the people ------------------------------------------------------------------------
 */

/* 40 and, of them, as many as are given, whichever comes first: how many figures are hidden? */
static size_t
hidden_of_nested(const char *large, const char *small, int64_t n_small)
{
    size_t n[2];

    for (int turned = 0; turned < 2; turned++) {
        begin();
        shown(all_records(analysis(turned ? small : large, NULL)), NULL, NULL,
              turned ? n_small : 40);
        shown(all_records(analysis(turned ? large : small, NULL)), NULL, NULL,
              turned ? 40 : n_small);
        settle();
        n[turned] = n_hidden(2);
        end();
    }
    CHECK(n[0] == n[1]);
    return n[0];
}

static void
protects_those_whom_a_population_lacks(void)
{
    CHECK(hidden_of_nested(NULL, "age < 40", 38) == 1);
    CHECK(hidden_of_nested(NULL, "age < 40", 37) == 0);
    CHECK(hidden_of_nested(NULL, "age < 40", 40) == 0);
    CHECK(hidden_of_nested("age < 40", "age <= 30", 38) == 1);
    CHECK(hidden_of_nested("age != 3", "age in (1, 2)", 38) == 1);
    CHECK(hidden_of_nested("age is not missing", "age >= 0", 39) == 1);
    CHECK(hidden_of_nested("age < 40 or x == 1", "(age < 40 or x == 1) and y == 1", 39) == 1);
    CHECK(hidden_of_nested("age < 30", "age < 40", 38) == 0);
    CHECK(hidden_of_nested("age < 40", "weight < 40", 38) == 0);
    CHECK(hidden_of_nested("not x < 3 or y == 1", "not (x < 3 or y == 1)", 38) == 0);
}

/* The one group that both have. */
static void
protects_those_whom_a_group_lacks(void)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)),
                   *b = all_records(analysis("age < 40", NULL));
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    shown(a, "f", NULL, 30);
    shown(a, "m", NULL, 30);
    counted_column(b, "sex", COUNTED_LEVELS, NULL);
    shown(b, "f", NULL, 20);
    shown(b, "m", NULL, 29);
    settle();
    CHECK(!disclosure_is_hidden(d, 0) && !disclosure_is_hidden(d, 2));
    CHECK(disclosure_is_hidden(d, 1) != disclosure_is_hidden(d, 3));
    end();
}

/* All, the young and the old, of whom as many have no age. */
static size_t
hidden_of_complements(const char *young, const char *old, int64_t n_without)
{
    begin();
    shown(all_records(analysis(NULL, NULL)), NULL, NULL, 60 + n_without);
    shown(all_records(analysis(young, NULL)), NULL, NULL, 30);
    shown(all_records(analysis(old, NULL)), NULL, NULL, 30);
    settle();
    const size_t n = n_hidden(3);
    end();
    return n;
}

static void
protects_those_whom_several_populations_lack(void)
{
    CHECK(hidden_of_complements("age < 20", "age >= 20", 2) == 1);
    CHECK(hidden_of_complements("age < 20", "not age < 20", 2) == 1);
    CHECK(hidden_of_complements("age < 20", "age > 30", 2) == 1);
    CHECK(hidden_of_complements("age == 'a'", "age in ('b', 'c')", 2) == 1);
    CHECK(hidden_of_complements("x < y", "x >= y", 2) == 1);
    CHECK(hidden_of_complements("age < 20", "age >= 20", 3) == 0);
    CHECK(hidden_of_complements("age < 20", "age >= 20", 0) == 0);
    CHECK(hidden_of_complements("age <= 20", "age >= 20", 2) == 0); /* of whom some are in both */
    CHECK(hidden_of_complements("age < 20", "weight >= 20", 2) == 0);
}

/* All, the young, those of one place, and the young of that place: the others, if they are as many
 * as are given. */
static size_t
hidden_of_meeting(const char *both, int64_t n_others)
{
    begin();
    shown(all_records(analysis(NULL, NULL)), NULL, NULL, 98 + n_others);
    shown(all_records(analysis("age < 20", NULL)), NULL, NULL, 60);
    shown(all_records(analysis("site == 'a'", NULL)), NULL, NULL, 50);
    shown(all_records(analysis(both, "site == 'a'")), NULL, NULL, 12);
    settle();
    const size_t n = n_hidden(4);
    end();
    return n;
}

static void
protects_those_in_neither_of_two_populations(void)
{
    CHECK(hidden_of_meeting("age < 20", 2) == 1);
    CHECK(hidden_of_meeting("age < 20", 3) == 0);
    CHECK(hidden_of_meeting("age < 19", 2) == 0);
}

/* --- needs and what nobody was left out by -------------------------------------------------------
 */

static size_t
hidden_of_idle(bool idle)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)),
                   *b = all_records(analysis("age < 20", NULL));
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    shown(a, "f", NULL, 30);
    shown(a, "m", NULL, 30);
    if (idle)
        counted_idle(b, 0);
    const size_t total = untold(b, NULL, NULL, 60);
    settle();
    CHECK(is_exactly(total)); /* by its value, too: nobody is left */
    const size_t n = n_hidden(2);
    end();
    return n;
}

static void
takes_a_filter_that_left_nobody_out_for_none(void)
{
    CHECK(hidden_of_idle(true) == 0);
    CHECK(hidden_of_idle(false) == 0);
    begin(); /* neither filter is the other's, but both leave all */
    struct counted *a = all_records(analysis("age < 20", NULL)),
                   *b = all_records(analysis("weight > 5", NULL));
    counted_idle(a, 0);
    counted_idle(b, 0);
    shown(a, NULL, NULL, 60);
    const size_t total = untold(b, NULL, NULL, 60);
    settle();
    CHECK(is_exactly(total));
    end();
    begin(); /* and so has all whom another filter leaves */
    a = all_records(analysis("age < 20", NULL));
    counted_idle(a, 0);
    counted_need(a, "height", 0);
    shown(a, NULL, NULL, 60);
    shown(all_records(analysis("weight > 5", NULL)), NULL, NULL, 58);
    settle();
    CHECK(n_hidden(2) == 1);
    end();
}

/* A model of those who have all that it needs. */
static size_t
hidden_of_complete(int64_t n_without, bool in_both)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL));
    if (in_both)
        counted_need(a, "weight", n_without);
    shown(a, NULL, NULL, 40);
    counted_need(b, "weight", n_without);
    shown(b, NULL, NULL, in_both ? 40 : 40 - n_without);
    settle();
    const size_t n = n_hidden(2);
    end();
    return n;
}

static void
protects_those_without_a_value(void)
{
    CHECK(hidden_of_complete(2, false) == 1);
    CHECK(hidden_of_complete(3, false) == 0);
    CHECK(hidden_of_complete(2, true) == 0);
    begin(); /* and those of whom it is told */
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL));
    counted_column(a, "weight", COUNTED_KNOWN, NULL);
    shown(a, COUNTED_OTHER, NULL, 40);
    shown(a, "", NULL, 7);
    counted_lack(b, (const char *const[]){ "weight" }, 1);
    const size_t lacking = untold(b, NULL, NULL, 7);
    settle();
    CHECK(is_exactly(lacking));
    end();
    begin(); /* several, in whatever order and however often they are named */
    a = analysis(NULL, NULL);
    b = analysis(NULL, NULL);
    all_records(a);
    counted_lack(a, (const char *const[]){ "weight", "age" }, 2);
    shown(a, NULL, NULL, 7);
    all_records(b);
    counted_lack(b, (const char *const[]){ "age", "weight", "age" }, 3);
    const size_t the_same = untold(b, NULL, NULL, 7);
    all_records(b);
    counted_lack(b, (const char *const[]){ "age", "height" }, 2);
    const size_t others = untold(b, NULL, NULL, 8);
    settle();
    CHECK(is_exactly(the_same) && is_free(others));
    end();
}

/* A table of one group is that group's part of a table of all. */
static void
knows_who_is_of_a_group(void)
{
    begin();
    struct counted *a = all_records(analysis(NULL, NULL)), *b = all_records(analysis(NULL, NULL));
    counted_column(a, "smokes", COUNTED_LEVELS, NULL);
    shown(a, "yes", NULL, 30);
    shown(a, "no", NULL, 50);
    counted_is(b, "smokes", "1.0");
    const size_t smokers = untold(b, NULL, NULL, 30);
    settle();
    CHECK(is_exactly(smokers));
    end();
}

/* Behind the first of two filters it is those that the second has left out, too. */
static void
knows_behind_which_filter_it_counts(void)
{
    begin();
    struct counted *a = analysis("age < 20", "sex == 'm'"),
                   *b = all_records(analysis("age < 20", NULL));
    counted_table(a, COUNTED_RECORDS, 1);
    shown(a, NULL, NULL, 50);
    const size_t all = untold(b, NULL, NULL, 50);
    all_records(b);
    counted_column(b, "sex", COUNTED_LEVELS, NULL);
    shown(b, "m", NULL, 20);
    untold(b, "f", NULL, 30);
    counted_table(a, COUNTED_RECORDS, 2);
    const size_t males = untold(a, NULL, NULL, 20);
    settle();
    CHECK(is_exactly(all) && is_exactly(males));
    end();
}

/* --- what cannot be so ---------------------------------------------------------------------------
 */

/* Figures that do not agree, as of two files of one name: then they say nothing of each other, and
 * nothing breaks. */
static void
ties_nothing_that_contradicts_itself(void)
{
    begin();
    shown(all_records(analysis(NULL, NULL)), NULL, NULL, 40);
    const size_t fewer = untold(all_records(analysis(NULL, NULL)), NULL, NULL, 39);
    struct counted *a = all_records(analysis("age < 20", NULL));
    const size_t more_than_all = untold(a, NULL, NULL, 45);
    settle();
    CHECK(is_free(fewer) && is_free(more_than_all) && n_hidden(1) == 0);
    end();
    begin(); /* the parts are more than the whole */
    shown(all_records(analysis(NULL, NULL)), NULL, NULL, 50);
    shown(all_records(analysis("age < 20", NULL)), NULL, NULL, 30);
    const size_t old = untold(all_records(analysis("age >= 20", NULL)), NULL, NULL, 40);
    settle();
    CHECK(!is_exactly(old) && n_hidden(2) == 0);
    end();
    begin(); /* the same cell twice, a table of no cells, one of no analysis */
    a = all_records(analysis(NULL, NULL));
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    counted_column(a, "sex", COUNTED_LEVELS, NULL);
    shown(a, "f", "f", 30);
    shown(a, "f", "f", 10);
    all_records(analysis("x <", "))"));
    analysis(NULL, NULL);
    settle();
    CHECK(n_hidden(2) == 0);
    end();
}

/* --- random populations --------------------------------------------------------------------------
 */

enum {
    COLUMNS = 3,
    LEVELS = 3,
    ATOMS = 64
}; /* level 0 is missing; an atom is one value of each column */

static const char *const column_names[] = { "a", "b", "c" };
static const char *const level_names[] = { "", "1", "2", "3" };

static size_t
level_of(size_t atom, size_t column)
{
    return atom >> (2 * column) & 3;
}

/* One in three has a filter, of which the language is another test's. */
static const struct {
    const char *filter;
    size_t column;
    bool levels[LEVELS + 1];
} random_filters[] = {
    { NULL, 0, { true, true, true, true } },
    { "a == 1", 0, { false, true, false, false } },
    { "a != 1", 0, { false, false, true, true } },
    { "a is missing", 0, { true, false, false, false } },
    { "a >= 2", 0, { false, false, true, true } },
    { "not b < 2", 1, { false, false, true, true } },
    { "b in (1, 3)", 1, { false, true, false, true } },
    { "b is not missing", 1, { false, true, true, true } },
    { "c <= 2", 2, { false, true, true, false } },
    { "c == 3", 2, { false, false, false, true } },
};

static void
add_random_table(uint64_t *random, const int64_t *people, struct counted *c, const bool *kept)
{
    bool used[COLUMNS];
    size_t n_used = 0, columns[COLUMNS];

    all_records(c);
    for (size_t k = 0; k < COLUMNS; k++)
        if ((used[k] = scratch_below(random, 2))) {
            columns[n_used++] = k;
            counted_column(c, column_names[k], COUNTED_LEVELS, NULL);
        }
    for (size_t key = 0; key < ATOMS; key++) {
        int64_t sum = 0;
        const char *values[COLUMNS];
        bool plain = true;
        for (size_t k = 0; k < COLUMNS; k++)
            plain = plain && (used[k] || level_of(key, k) == 0);
        for (size_t atom = 0; atom < ATOMS && plain; atom++) {
            bool in = kept[atom];
            for (size_t k = 0; k < COLUMNS; k++)
                in = in && (!used[k] || level_of(atom, k) == level_of(key, k));
            sum += in ? people[atom] : 0;
        }
        if (!plain || sum == 0)
            continue;
        for (size_t k = 0; k < n_used; k++)
            values[k] = level_names[level_of(key, columns[k])];
        counted_cell(c, values, count(sum, scratch_below(random, 4) > 0));
    }
}

/*
 * Whatever is told of true tables is true: each count is among the values that are left for it, and
 * small ones, told or not, keep as many as they must.
 */
static void
says_nothing_untrue_of_random_people(void)
{
    uint64_t random = 11;

    for (int n = 0; n < 150; n++) {
        int64_t people[ATOMS];
        begin();
        for (size_t i = 0; i < ATOMS; i++)
            people[i] = scratch_below(&random, 3) ? 0 : (int64_t)scratch_below(&random, 12);
        for (size_t i = 2 + scratch_below(&random, SETS_MAX - 1); i-- > 0;) {
            bool kept[ATOMS];
            size_t f[2];
            for (size_t k = 0; k < 2; k++)
                f[k] = scratch_below(&random, 3) ? 0
                                                 : scratch_below(&random, COUNT_OF(random_filters));
            const char *x = random_filters[f[0]].filter, *y = random_filters[f[1]].filter;
            for (size_t atom = 0; atom < ATOMS; atom++)
                kept[atom] =
                    random_filters[f[0]].levels[level_of(atom, random_filters[f[0]].column)] &&
                    random_filters[f[1]].levels[level_of(atom, random_filters[f[1]].column)];
            struct counted *c = analysis(x ? x : y, x ? y : NULL);
            for (size_t k = 1 + scratch_below(&random, 2); k-- > 0;)
                add_random_table(&random, people, c, kept);
        }
        const size_t told = disclosure_count(d, 0);
        settle();
        for (size_t i = 0; i < told; i++) {
            struct disclosure_range r;
            const int64_t value = disclosure_value(d, i);
            CHECK(disclosure_range(d, i, &r) == DYAD_OK);
            CHECK(r.low <= value && value <= r.high);
            CHECK(value >= THRESHOLD || r.high >= THRESHOLD);
        }
        end();
    }
}

int
main(void)
{
    RUN(ties_the_same_people_of_two_analyses);
    RUN(ties_no_others);
    RUN(knows_where_the_counts_of_each_set_begin);
    RUN(narrows_a_table_by_what_its_cells_tell);
    RUN(sees_one_value_among_all_of_them);
    RUN(adds_up_steps_that_lie_in_longer_ones);
    RUN(protects_those_whom_a_population_lacks);
    RUN(protects_those_whom_a_group_lacks);
    RUN(protects_those_whom_several_populations_lack);
    RUN(protects_those_in_neither_of_two_populations);
    RUN(takes_a_filter_that_left_nobody_out_for_none);
    RUN(protects_those_without_a_value);
    RUN(knows_who_is_of_a_group);
    RUN(knows_behind_which_filter_it_counts);
    RUN(ties_nothing_that_contradicts_itself);
    RUN(says_nothing_untrue_of_random_people);
    return DONE();
}
