#include "dyad/stats/gee.h"

#include "clustered_values.h"

enum { MODEL, ROBUST, KAUERMANN_CARROLL, MANCL_DEROUEN, FAY_GRAUBARD, MATRICES };

struct answer {
    struct gee_fit fit;
    double b[MOST_COLUMNS];
    double matrices[MATRICES][MOST_COLUMNS * MOST_COLUMNS];
};

static enum dyad_status
ask(const struct clustered_rows *rows, const struct gee_method *method, struct answer *out,
    struct clustered_why *why)
{
    const struct gee_output to = { out->b,
                                   out->matrices[MODEL],
                                   out->matrices[ROBUST],
                                   out->matrices[KAUERMANN_CARROLL],
                                   out->matrices[MANCL_DEROUEN],
                                   out->matrices[FAY_GRAUBARD] };

    return gee(rows, method, &out->fit, &to, why);
}

static struct answer
answer_of(const struct clustered_rows *rows, const struct gee_method *method)
{
    struct clustered_why why;
    struct answer it;

    CHECK(ask(rows, method, &it, &why) == DYAD_OK);
    CHECK(why.trouble == CLUSTERED_FINE);
    return it;
}

static double
error_of(const struct answer *it, int kind, size_t p, size_t j)
{
    return sqrt(it->matrices[kind][j * p + j]);
}

static void
read_method(struct value_lines *v, struct gee_method *method)
{
    const double family = value_next(v);

    CHECK(family >= GEE_LOGISTIC && family <= GEE_LINEAR);
    method->family = (enum gee_family)family;
    method->working = value_next(v) > 0 ? GEE_EXCHANGEABLE : GEE_INDEPENDENCE;
    method->moments = value_next(v) > 0 ? GEE_MOMENTS_LESS : GEE_MOMENTS_ALL;
    method->unit_scale = value_next(v) > 0;
}

/* Whole matrices for every cluster, rows written out. */
static void
check_ours(struct value_lines *v, const struct answer *it, size_t p)
{
    for (size_t j = 0; j < p; j++)
        CHECK_NEAR(it->b[j], value_next(v), error_of(it, ROBUST, p, j), 1e-11);
    CHECK_NEAR(it->fit.alpha, value_next(v), 1, 1e-12);
    CHECK_REL(it->fit.scale, value_next(v), 3e-12);
    for (int kind = 0; kind < MATRICES; kind++)
        for (size_t i = 0; i < p; i++)
            for (size_t j = 0; j <= i; j++) {
                const double scale = error_of(it, kind, p, i) * error_of(it, kind, p, j);

                CHECK_NEAR(it->matrices[kind][i * p + j], value_next(v), scale, 2e-11);
                CHECK(it->matrices[kind][i * p + j] == it->matrices[kind][j * p + i]);
            }
    CHECK_REL(it->fit.quasi_log_lik, value_next(v), 1e-12);
    CHECK_REL(it->fit.qic, value_next(v), 3e-12);
    CHECK_REL(it->fit.qicu, value_next(v), 1e-12);
}

static size_t
check_package(struct value_lines *v, const struct answer *it, size_t p, bool has_qic)
{
    if (value_next(v) == 0)
        return 0;
    for (size_t j = 0; j < p; j++)
        CHECK_NEAR(it->b[j], value_next(v), error_of(it, ROBUST, p, j), 1e-11);
    for (size_t j = 0; j < p; j++)
        CHECK_REL(error_of(it, ROBUST, p, j), value_next(v), 1e-11);
    for (size_t j = 0; j < p; j++)
        CHECK_REL(error_of(it, MODEL, p, j), value_next(v), 1e-11);
    CHECK_NEAR(it->fit.alpha, value_next(v), 1, 1e-12);
    CHECK_REL(it->fit.scale, value_next(v), 3e-12);
    if (has_qic)
        CHECK_REL(it->fit.qic, value_next(v), 3e-12);
    return 1;
}

static void
agrees_with_references(void)
{
    static struct row_set set;
    struct value_lines v;
    size_t by_geepack = 0, by_gee = 0;

    value_lines_open(&v, "tests/values/gee.gz");
    while (value_lines_next(&v)) {
        struct gee_method method;
        struct answer it;

        read_method(&v, &method);
        read_rows(&v, &set);
        it = answer_of(&set.rows, &method);
        check_ours(&v, &it, set.rows.p);
        by_geepack += check_package(&v, &it, set.rows.p, true);
        by_gee += check_package(&v, &it, set.rows.p, false);
        value_lines_end(&v);
    }
    CHECK(v.n == 320 && by_geepack >= 150 && by_gee >= 75);
}

static const struct gee_method exchangeable = { GEE_LOGISTIC, GEE_EXCHANGEABLE, GEE_MOMENTS_ALL,
                                                false };

/* Six children of smoking and six of other mothers, seen two to four times: x is 1, smoke, time. */
enum { CHILD_ROWS = 36, CHILDREN = 12 };

struct children {
    double x[CHILD_ROWS * 3], y[CHILD_ROWS];
    uint32_t cluster[CHILD_ROWS];
    struct clustered_rows rows;
};

static void
set_children(struct children *c)
{
    static const char outcomes[CHILDREN][5] = { "0110", "11", "000", "1011", "01", "111",
                                                "0001", "00", "010", "1100", "10", "000" };
    size_t n = 0;

    for (size_t child = 0; child < CHILDREN; child++)
        for (size_t t = 0; outcomes[child][t] != '\0'; t++, n++) {
            c->x[3 * n] = 1;
            c->x[3 * n + 1] = child < CHILDREN / 2;
            c->x[3 * n + 2] = (double)t;
            c->y[n] = outcomes[child][t] == '1';
            c->cluster[n] = (uint32_t)child;
        }
    CHECK(n == CHILD_ROWS);
    c->rows = (struct clustered_rows){ .n = n, .p = 3, .x = c->x, .y = c->y,
                                       .cluster = c->cluster, .clusters = CHILDREN };
}

static void
check_same(const struct answer *a, const struct answer *b, size_t p, double tolerance)
{
    for (size_t j = 0; j < p; j++)
        CHECK_NEAR(a->b[j], b->b[j], error_of(b, ROBUST, p, j), tolerance);
    for (int kind = 0; kind < MATRICES; kind++)
        for (size_t j = 0; j < p; j++)
            CHECK_REL(error_of(a, kind, p, j), error_of(b, kind, p, j), tolerance);
    CHECK_NEAR(a->fit.alpha, b->fit.alpha, 1, tolerance);
    CHECK_REL(a->fit.qic, b->fit.qic, tolerance);
}

/* Rows from all clusters mixed up, clusters under other numbers. */
static void
order_says_nothing(void)
{
    struct children c, mixed;
    struct answer before, after;

    set_children(&c);
    set_children(&mixed);
    for (size_t i = 0; i < CHILD_ROWS; i++) {
        const size_t from = i * 23 % CHILD_ROWS;

        memcpy(mixed.x + 3 * i, c.x + 3 * from, 3 * sizeof *c.x);
        mixed.y[i] = c.y[from];
        mixed.cluster[i] = 1000 - 3 * c.cluster[from];
    }
    mixed.rows.clusters = 1001;
    before = answer_of(&c.rows, &exchangeable);
    after = answer_of(&mixed.rows, &exchangeable);
    check_same(&after, &before, 3, 1e-12);
    CHECK(after.fit.clusters == CHILDREN && after.fit.people == CHILD_ROWS);
    CHECK(after.fit.largest == 4);
}

/* 5,000 people of two kinds in each of four clusters, and rows of their own. */
static void
equal_rows_are_counts(void)
{
    enum { CLUSTERS = 4, KINDS = 2, EACH = 2500 };
    static double x[CLUSTERS * KINDS * EACH * 2], y[CLUSTERS * KINDS * EACH];
    static uint32_t cluster[CLUSTERS * KINDS * EACH];
    double short_x[CLUSTERS * KINDS * 2], total[CLUSTERS * KINDS], events[CLUSTERS * KINDS];
    uint32_t short_cluster[CLUSTERS * KINDS];
    const struct clustered_rows few = { CLUSTERS * KINDS, 2,    short_x,       events,
                                        total,            NULL, NULL,          short_cluster,
                                        CLUSTERS };
    const struct clustered_rows many = { CLUSTERS * KINDS * EACH, 2,    x,       y, NULL, NULL,
                                         NULL,                    cluster, CLUSTERS };
    const struct gee_method methods[] = {
        exchangeable,
        { GEE_LOG_BINOMIAL, GEE_EXCHANGEABLE, GEE_MOMENTS_LESS, true },
    };
    size_t n = 0;

    for (size_t i = 0; i < CLUSTERS * KINDS; i++) {
        short_cluster[i] = (uint32_t)(i / KINDS);
        short_x[2 * i] = 1;
        short_x[2 * i + 1] = (double)(i % KINDS);
        total[i] = EACH;
        events[i] = (double)(300 + 37 * (i * i % 11) + 200 * (i % KINDS));
        for (size_t j = 0; j < EACH; j++, n++) {
            memcpy(x + 2 * n, short_x + 2 * i, 2 * sizeof *x);
            y[n] = (double)j < events[i];
            cluster[n] = short_cluster[i];
        }
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const struct answer a = answer_of(&few, &methods[i]), b = answer_of(&many, &methods[i]);

        check_same(&a, &b, 2, 1e-10);
        CHECK(a.fit.people == CLUSTERS * KINDS * EACH && a.fit.largest == KINDS * EACH);
    }
}

/* Without pairs there is no alpha, and exchangeable is independence. */
static void
clusters_of_one_have_no_alpha(void)
{
    struct children c;
    struct gee_method method = exchangeable;
    struct answer one, independent;

    set_children(&c);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.cluster[i] = (uint32_t)i;
    c.rows.clusters = CHILD_ROWS;
    one = answer_of(&c.rows, &method);
    method.working = GEE_INDEPENDENCE;
    independent = answer_of(&c.rows, &method);
    CHECK(isnan(one.fit.alpha) && isnan(independent.fit.alpha));
    check_same(&one, &independent, 3, 0);
}

/* y + 5 x is 5 more per x; and 1000 y has 1000 times the errors. */
static void
linear_follows_the_unit(void)
{
    const struct gee_method linear = { GEE_LINEAR, GEE_EXCHANGEABLE, GEE_MOMENTS_ALL, false };
    struct children c;
    struct answer before, after;

    set_children(&c);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.y[i] += (double)(i * i % 7) / 4;
    before = answer_of(&c.rows, &linear);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.y[i] = 1e3 * (c.y[i] + 5 * c.x[3 * i + 2] + 1e5);
    after = answer_of(&c.rows, &linear);
    CHECK_REL(after.b[2], 1e3 * (before.b[2] + 5), 1e-11);
    CHECK_REL(after.b[1], 1e3 * before.b[1], 1e-10);
    CHECK_REL(after.fit.scale, 1e6 * before.fit.scale, 1e-10);
    CHECK_NEAR(after.fit.alpha, before.fit.alpha, 1, 1e-10);
    for (int kind = 0; kind < MATRICES; kind++)
        CHECK_REL(error_of(&after, kind, 3, 1), 1e3 * error_of(&before, kind, 3, 1), 1e-10);
}

/* A parabola of the year is the same from year 0 as from year 2000. */
static void
columns_far_from_zero_lose_nothing(void)
{
    struct children near, far;
    struct answer a, b;

    set_children(&near);
    set_children(&far);
    for (size_t i = 0; i < CHILD_ROWS; i++) {
        const double year = (double)(i * 7 % 11) - 5;

        near.x[3 * i + 1] = year;
        near.x[3 * i + 2] = year * year;
        far.x[3 * i + 1] = 2000 + year;
        far.x[3 * i + 2] = far.x[3 * i + 1] * far.x[3 * i + 1];
    }
    a = answer_of(&near.rows, &exchangeable);
    b = answer_of(&far.rows, &exchangeable);
    CHECK_REL(b.b[2], a.b[2], 1e-9);
    CHECK_REL(b.b[1], a.b[1] - 4000 * a.b[2], 1e-9);
    for (int kind = 0; kind < MATRICES; kind++)
        if (kind != FAY_GRAUBARD)
            CHECK_REL(error_of(&b, kind, 3, 2), error_of(&a, kind, 3, 2), 1e-9);
    CHECK_NEAR(b.fit.alpha, a.fit.alpha, 1, 1e-12);
}

/* Nothing of it is touched. */
static void
check_refused(const struct clustered_rows *rows, const struct gee_method *method,
              enum dyad_status status, enum clustered_trouble trouble)
{
    struct clustered_why why;
    struct answer it;

    memset(&it, 0x55, sizeof it);

    const struct answer before = it;

    CHECK(ask(rows, method, &it, &why) == status);
    CHECK(why.trouble == trouble);
    CHECK(memcmp(&it, &before, sizeof it) == 0);
}

static void
tells_why_there_is_no_answer(void)
{
    struct gee_method method = exchangeable;
    struct children c;
    struct clustered_why why;
    struct answer it;

    set_children(&c);
    for (size_t i = 0; i < CHILD_ROWS; i++) /* quasi-separated: all who smoke */
        if (c.x[3 * i + 1] > 0)
            c.y[i] = 1;
    for (int family = GEE_LOGISTIC; family <= GEE_LOG_BINOMIAL; family++) {
        method.family = (enum gee_family)family;
        check_refused(&c.rows, &method, family == GEE_LOGISTIC ? DYAD_DOMAIN : DYAD_NOCONV,
                      family == GEE_LOGISTIC ? CLUSTERED_SEPARATED : CLUSTERED_BOUNDARY);
    }
    for (size_t i = 0; i < CHILD_ROWS; i++)
        if (c.x[3 * i + 1] > 0)
            c.y[i] = 0;
    for (int family = GEE_LOGISTIC; family <= GEE_POISSON; family++) {
        method.family = (enum gee_family)family;
        check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_SEPARATED);
    }
    for (size_t i = 0; i < CHILD_ROWS; i++) /* completely, by time */
        c.y[i] = c.x[3 * i + 2] > 1;
    method.family = GEE_LOGISTIC;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_SEPARATED);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.y[i] = 3 + 2 * c.x[3 * i + 1] - 0.7 * c.x[3 * i + 2];
    method.family = GEE_LINEAR;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_EXACT);

    set_children(&c);
    method = exchangeable;
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.x[3 * i + 2] = 4 - 0.3 * c.x[3 * i + 1];
    CHECK(ask(&c.rows, &method, &it, &why) == DYAD_DOMAIN);
    CHECK(why.trouble == CLUSTERED_COLLINEAR && why.column == 2);
    set_children(&c);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.cluster[i] = 7;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_ALONE);
}

/* Pairs that always differ, and one cluster of many: alpha is lower than that one can have. */
static void
working_correlations_have_limits(void)
{
    enum { N = 60, LARGE = 20 };
    double x[N], y[N];
    uint32_t cluster[N];
    const struct clustered_rows rows = { N, 1, x, y, NULL, NULL, NULL, cluster, N };
    struct gee_method method = { GEE_LOGISTIC, GEE_EXCHANGEABLE, GEE_MOMENTS_ALL, false };

    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        y[i] = (double)(i % 2);
        cluster[i] = (uint32_t)(i < LARGE ? 0 : i / 2);
    }
    check_refused(&rows, &method, DYAD_NOCONV, CLUSTERED_WORKING);
    for (size_t i = 0; i < N; i++) /* the large one unlike all others */
        y[i] = i < LARGE ? 0 : 1;
    check_refused(&rows, &method, DYAD_NOCONV, CLUSTERED_WORKING);
    method.working = GEE_INDEPENDENCE;
    CHECK(isfinite(answer_of(&rows, &method).b[0]));
}

/* The last cluster alone has x2: its coefficient is its own. */
static void
corrections_may_not_exist(void)
{
    struct children c;
    struct answer it;

    set_children(&c);
    for (size_t i = 0; i < CHILD_ROWS; i++)
        c.x[3 * i + 2] = c.cluster[i] == 3; /* 1011 */
    it = answer_of(&c.rows, &exchangeable);
    for (size_t k = 0; k < 9; k++) {
        CHECK(isnan(it.matrices[KAUERMANN_CARROLL][k]) && isnan(it.matrices[MANCL_DEROUEN][k]));
        CHECK(isfinite(it.matrices[FAY_GRAUBARD][k]) && isfinite(it.matrices[ROBUST][k]));
    }
}

static void
refuses_what_it_cannot_read(void)
{
    const double bad_y[] = { -1, 2, 0.5, NAN, INFINITY };
    const double bad_count[] = { 0, -1, 1.5, NAN };
    struct gee_method method = exchangeable;
    double counts[CHILD_ROWS], offset[CHILD_ROWS] = { 0 };
    struct children c;

    for (size_t i = 0; i < CHILD_ROWS; i++)
        counts[i] = 1;
    for (size_t i = 0; i < sizeof bad_y / sizeof *bad_y; i++) {
        set_children(&c);
        c.y[5] = bad_y[i];
        check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    }
    set_children(&c);
    for (size_t i = 0; i < sizeof bad_count / sizeof *bad_count; i++) {
        counts[3] = bad_count[i];
        c.rows.times = counts;
        check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
        c.rows.times = NULL;
        c.rows.total = counts;
        check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    }
    counts[3] = 2;
    method.family = GEE_POISSON; /* a count is of no total */
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    c.rows.total = NULL;
    c.y[0] = -1;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    set_children(&c);
    method = exchangeable;
    offset[2] = NAN;
    c.rows.offset = offset;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    c.rows.offset = NULL;
    c.x[4] = INFINITY;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    set_children(&c);
    c.rows.clusters = CHILDREN - 1;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
    set_children(&c);
    c.rows.n = 0;
    check_refused(&c.rows, &method, DYAD_DOMAIN, CLUSTERED_INVALID);
}

int
main(void)
{
    RUN(agrees_with_references);
    RUN(order_says_nothing);
    RUN(equal_rows_are_counts);
    RUN(clusters_of_one_have_no_alpha);
    RUN(linear_follows_the_unit);
    RUN(columns_far_from_zero_lose_nothing);
    RUN(tells_why_there_is_no_answer);
    RUN(working_correlations_have_limits);
    RUN(corrections_may_not_exist);
    RUN(refuses_what_it_cannot_read);
    return DONE();
}
