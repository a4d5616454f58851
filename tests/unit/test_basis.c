#include "dyad/stats/basis.h"

#include "value_lines.h"

#include "scratch.h"

enum { ROWS = 400, COLUMNS = 8 };

/* A line of R: the data of a basis, other places to evaluate it at, and its values at both. */
struct known {
    bool is_ns;
    size_t size, n, m;
    double x[ROWS], new[ROWS], at_x[ROWS * COLUMNS], at_new[ROWS * COLUMNS];
};

static void
read_vector(struct value_lines *v, double *out, size_t n)
{
    CHECK(n <= ROWS * COLUMNS);
    for (size_t i = 0; i < n; i++)
        out[i] = value_next(v);
}

static bool
next_known(struct value_lines *v, struct known *k)
{
    if (!value_lines_next(v))
        return false;
    k->is_ns = value_next(v) == 1;
    k->size = (size_t)value_next(v);
    k->n = (size_t)value_next(v);
    CHECK(k->n <= ROWS && k->size <= COLUMNS);
    read_vector(v, k->x, k->n);
    k->m = (size_t)value_next(v);
    read_vector(v, k->new, k->m);
    read_vector(v, k->at_x, k->n * k->size);
    read_vector(v, k->at_new, k->m * k->size);
    value_lines_end(v);
    return true;
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The basis of ${k}'s data at ${x}. */
static void
evaluate(const struct known *k, const double *x, size_t n, double *out)
{
    struct basis_poly poly;
    struct basis_ns ns;
    double sorted[ROWS];

    memcpy(sorted, k->x, k->n * sizeof *sorted);
    qsort(sorted, k->n, sizeof *sorted, compare);
    if (k->is_ns)
        CHECK(basis_ns_fit(sorted, NULL, k->n, k->size, &ns) == DYAD_OK);
    else
        CHECK(basis_poly_fit(k->x, NULL, k->n, k->size, &poly) == DYAD_OK);
    for (size_t i = 0; i < n; i++)
        if (k->is_ns)
            basis_ns_evaluate(&ns, x[i], out + i * k->size);
        else
            basis_poly_evaluate(&poly, x[i], out + i * k->size);
}

/* The largest difference of a column, relative to the largest value in it. */
static double
worst(const double *got, const double *want, size_t n, size_t size)
{
    double bad = 0;

    for (size_t j = 0; j < size; j++) {
        double largest = 0, off = 0;
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs(want[i * size + j]));
            off = fmax(off, fabs(got[i * size + j] - want[i * size + j]));
            if (isnan(got[i * size + j]))
                return INFINITY;
        }
        bad = fmax(bad, off / largest);
    }
    return bad;
}

/* How far from them the values in ${path} of one kind are, from ${n} to below ${n_end} data; how many lines. */
static double
worst_of(const char *path, bool is_ns, size_t n, size_t n_end, size_t *n_lines)
{
    static struct value_lines v;
    static struct known k;
    double got[ROWS * COLUMNS], bad = 0;

    for (*n_lines = 0, value_lines_open(&v, path); next_known(&v, &k);) {
        if (k.is_ns != is_ns || k.n < n || k.n >= n_end)
            continue;
        evaluate(&k, k.x, k.n, got);
        bad = fmax(bad, worst(got, k.at_x, k.n, k.size));
        evaluate(&k, k.new, k.m, got);
        bad = fmax(bad, worst(got, k.at_new, k.m, k.size));
        ++*n_lines;
    }
    return bad;
}

static const char from_r[] = "tests/values/design_basis.gz", fifty_digits[] = "tests/values/design_poly.gz";

/* The data of six values have one that is far away, and degrees to 5: digits are lost. */
static void
has_orthogonal_polynomials(void)
{
    size_t n;

    CHECK(worst_of(fifty_digits, false, 0, 6, &n) < 2e-16 && n == 3);
    CHECK(worst_of(fifty_digits, false, 7, SIZE_MAX, &n) < 2e-14 && n == 95);
    CHECK(worst_of(fifty_digits, false, 6, 7, &n) < 4e-8 && n == 5);
}

/* R subtracts the rounded mean, which costs it digits of 20150000 and a few. */
static void
has_the_polynomials_of_r(void)
{
    size_t n;

    CHECK(worst_of(from_r, false, 0, 25, &n) < 4e-8 && n == 26);
    CHECK(worst_of(from_r, false, 25, 26, &n) < 5e-11 && n == 8);
    CHECK(worst_of(from_r, false, 26, SIZE_MAX, &n) < 1e-11 && n == 69);
}

static void
has_the_natural_splines_of_r(void)
{
    size_t n;

    CHECK(worst_of(from_r, true, 0, SIZE_MAX, &n) < 1e-14 && n == 103);
}

/* R: poly(c(1, 2, 4, 8, 16), 3) and attributes; ns(c(1, 2, 4, 8, 16), df = 3). */
static void
keeps_what_it_needs_for_other_data(void)
{
    static const double x[] = { 1, 2, 4, 8, 16 };
    struct basis_poly poly;
    struct basis_ns ns;

    CHECK(basis_poly_fit(x, NULL, 5, 3, &poly) == DYAD_OK);
    CHECK_REL(poly.centre + poly.alpha[0], 6.2, 2e-16);
    CHECK_REL(poly.norm2[0], 5, 0);
    CHECK_REL(poly.norm2[1], 148.8, 4e-16);
    CHECK(basis_ns_fit(x, NULL, 5, 3, &ns) == DYAD_OK);
    CHECK(ns.low == 1 && ns.high == 16);
    CHECK_REL(ns.knots[0], 2 + 2 / 3., 4e-16);
    CHECK_REL(ns.knots[1], 4 + 4 * 2 / 3., 4e-16);
}

/* Orthogonal to each other and to 1, over the data that counts stand for. */
static void
counts_as_if_written_out(void)
{
    static const double x[] = { -2, 0, 1, 5, 6, 10 }, counts[] = { 3, 1, 4, 2, 7, 1 };
    double all[18], here[COLUMNS], there[COLUMNS];
    struct basis_poly poly, poly_all;
    struct basis_ns ns, ns_all;
    size_t n = 0;

    for (size_t i = 0; i < COUNT_OF(x); i++)
        for (double j = 0; j < counts[i]; j++)
            all[n++] = x[i];
    CHECK(basis_poly_fit(x, counts, COUNT_OF(x), 4, &poly) == DYAD_OK);
    CHECK(basis_poly_fit(all, NULL, n, 4, &poly_all) == DYAD_OK);
    for (size_t df = 1; df <= 5; df++) {
        CHECK(basis_ns_fit(x, counts, COUNT_OF(x), df, &ns) == DYAD_OK);
        CHECK(basis_ns_fit(all, NULL, n, df, &ns_all) == DYAD_OK);
        for (double at = -4; at < 12; at += 0.5) {
            basis_ns_evaluate(&ns, at, here);
            basis_ns_evaluate(&ns_all, at, there);
            for (size_t j = 0; j < df; j++)
                CHECK(here[j] == there[j]);
        }
    }
    for (double at = -4; at < 12; at += 0.5) {
        basis_poly_evaluate(&poly, at, here);
        basis_poly_evaluate(&poly_all, at, there);
        for (size_t j = 0; j < 4; j++)
            CHECK_REL(here[j], there[j], 1e-13);
    }
}

/* Beyond the data a natural spline is straight, and joins with its slope. */
static void
is_straight_outside_its_data(void)
{
    static const double x[] = { 0, 1, 1, 2, 3, 3.5, 4, 7, 9, 10 };
    double at[3][COLUMNS];
    struct basis_ns ns;

    CHECK(basis_ns_fit(x, NULL, COUNT_OF(x), 5, &ns) == DYAD_OK);
    for (double from = -8; from < 20; from += 26) {
        for (size_t i = 0; i < 3; i++)
            basis_ns_evaluate(&ns, from + 2 * (double)i, at[i]);
        for (size_t j = 0; j < 5; j++)
            CHECK(fabs(at[0][j] - 2 * at[1][j] + at[2][j]) < 1e-14 * (1 + fabs(at[1][j])));
    }
    for (double end = 0; end <= 10; end += 10) {
        const double away = end > 0 ? 1e-7 : -1e-7;
        basis_ns_evaluate(&ns, end - away, at[0]);
        basis_ns_evaluate(&ns, end, at[1]);
        basis_ns_evaluate(&ns, end + away, at[2]);
        for (size_t j = 0; j < 5; j++)
            CHECK(fabs(at[0][j] - 2 * at[1][j] + at[2][j]) < 1e-14);
    }
}

static void
refuses_what_has_no_basis(void)
{
    static const double same[] = { 3, 3, 3, 3 }, two[] = { 1, 2, 1, 2 }, down[] = { 1, 3, 2, 4 },
                        lost[] = { 1, 2, NAN, 4 }, endless[] = { 1, 2, 3, INFINITY },
                        huge[] = { -1e300, 0, 1, 1e300 }, tiny[] = { 0, 1e-200, 2e-200, 3e-200 },
                        fine[] = { 1, 2, 3, 4 }, tied[] = { 1, 1, 1, 4 }, none[] = { 1, 1, 0, 1 },
                        less[] = { 1, 1, -1, 1 }, no[] = { 1, 1, NAN, 1 }, four[] = { 0, 5, 5, 5, 5, 5, 5, 5, 9 };
    struct basis_poly poly = { .degree = 77 };
    struct basis_ns ns = { .df = 77 };

    CHECK(basis_poly_fit(same, NULL, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(two, NULL, 4, 2, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(lost, NULL, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(endless, NULL, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(huge, NULL, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(tiny, NULL, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, NULL, 4, 0, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, NULL, 4, 4, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, NULL, 4, BASIS_MAX + 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, NULL, 0, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, none, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, less, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_poly_fit(fine, no, 4, 1, &poly) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(same, NULL, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(down, NULL, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(lost, NULL, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(endless, NULL, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(huge, NULL, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(tied, NULL, 4, 2, &ns) == DYAD_DOMAIN); /* the median is the smallest */
    CHECK(basis_ns_fit(four, NULL, 9, 5, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(fine, NULL, 4, 0, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(fine, NULL, 4, BASIS_MAX + 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(fine, NULL, 0, 1, &ns) == DYAD_DOMAIN);
    CHECK(basis_ns_fit(fine, less, 4, 1, &ns) == DYAD_DOMAIN);
    CHECK(poly.degree == 77 && ns.df == 77);
    CHECK(basis_ns_fit(four, NULL, 9, 4, &ns) == DYAD_OK); /* three the same are allowed */
}

int
main(void)
{
    RUN(has_orthogonal_polynomials);
    RUN(has_the_polynomials_of_r);
    RUN(has_the_natural_splines_of_r);
    RUN(keeps_what_it_needs_for_other_data);
    RUN(counts_as_if_written_out);
    RUN(is_straight_outside_its_data);
    RUN(refuses_what_has_no_basis);
    return DONE();
}
