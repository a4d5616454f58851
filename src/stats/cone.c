#include "cone.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * There is no such direction if and only if sum lambda_i a_i = 0 with lambda_i >= 1 of each row
 * that is not `equal` (Stiemke 1915, Math. Ann. 76:340-342).  With mu = lambda - 1 >= 0 that is
 * phase 1 of the simplex method: least sum of the artificial t in A mu + S t = b, b = -sum a_i,
 * S the signs of b.  If that sum stays above 0, its multipliers y have y'a_i <= 0 and y'b > 0: the
 * direction is -y.
 *
 * A basis holds m columns: 2 i of a_i, 2 i + 1 of -a_i (of rows that are `equal`), or the number
 * 2 n + k of an artificial one.
 */
struct simplex {
    const double *a;
    const bool *equal;
    size_t n, m;
    double *sign, *inverse, *value, *y, *column;
    size_t *basis;
};

static double
element(const struct simplex *s, size_t number, size_t k)
{
    if (number >= 2 * s->n)
        return number - 2 * s->n == k ? s->sign[k] : 0;
    return number % 2 ? -s->a[number / 2 * s->m + k] : s->a[number / 2 * s->m + k];
}

static void
start(struct simplex *s)
{
    memset(s->inverse, 0, s->m * s->m * sizeof *s->inverse);
    memset(s->value, 0, s->m * sizeof *s->value);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->m && !s->equal[i]; k++)
            s->value[k] -= s->a[i * s->m + k];
    for (size_t k = 0; k < s->m; k++) {
        s->sign[k] = s->value[k] < 0 ? -1 : 1;
        s->inverse[k * s->m + k] = s->sign[k];
        s->value[k] = fabs(s->value[k]);
        s->basis[k] = 2 * s->n + k;
    }
}

static double
price(struct simplex *s)
{
    double total = 0;

    memset(s->y, 0, s->m * sizeof *s->y);
    for (size_t r = 0; r < s->m; r++)
        if (s->basis[r] >= 2 * s->n) {
            total += s->value[r];
            for (size_t k = 0; k < s->m; k++)
                s->y[k] += s->inverse[r * s->m + k];
        }
    return total;
}

/* The column that lets the sum fall fastest, or of any that does the first; 2 n: none. */
static size_t
entering(const struct simplex *s, bool first)
{
    double most = 1e-10;
    size_t best = 2 * s->n;

    for (size_t i = 0; i < s->n; i++) {
        double x = 0;

        for (size_t k = 0; k < s->m; k++)
            x += s->y[k] * s->a[i * s->m + k];
        if (x > most || (s->equal[i] && -x > most)) {
            best = 2 * i + (x > 0 ? 0 : 1);
            most = fabs(x);
            if (first)
                break;
        }
    }
    return best;
}

/* The row of the basis that the column drives out; m: none. */
static size_t
leaving(const struct simplex *s, size_t number, double *step)
{
    size_t row = s->m;

    *step = INFINITY;
    for (size_t r = 0; r < s->m; r++) {
        s->column[r] = 0;
        for (size_t k = 0; k < s->m; k++)
            s->column[r] += s->inverse[r * s->m + k] * element(s, number, k);
    }
    for (size_t r = 0; r < s->m; r++) {
        const double ratio = fmax(0, s->value[r]) / s->column[r];

        if (!(s->column[r] > 1e-9))
            continue;
        if (ratio < *step - 1e-12 || (ratio < *step + 1e-12 && s->basis[r] > s->basis[row])) {
            *step = fmin(ratio, *step);
            row = r;
        }
    }
    return row;
}

static void
pivot(struct simplex *s, size_t row, size_t number, double step)
{
    const double own = s->column[row];

    for (size_t k = 0; k < s->m; k++)
        s->inverse[row * s->m + k] /= own;
    for (size_t r = 0; r < s->m; r++) {
        if (r == row)
            continue;
        s->value[r] -= step * s->column[r];
        for (size_t k = 0; k < s->m; k++)
            s->inverse[r * s->m + k] -= s->column[r] * s->inverse[row * s->m + k];
    }
    s->value[row] = step;
    s->basis[row] = number;
}

/* Is -y such a direction?  It is judged by itself, whatever rounding led to it. */
static bool
is_direction(const struct simplex *s, double *d)
{
    double size = 0, most = 0;

    for (size_t k = 0; k < s->m; k++)
        size = fmax(size, fabs(s->y[k]));
    if (!(size > 0))
        return false;
    for (size_t k = 0; k < s->m; k++)
        d[k] = -s->y[k] / size;
    for (size_t i = 0; i < s->n; i++) {
        double x = 0;

        for (size_t k = 0; k < s->m; k++)
            x += d[k] * s->a[i * s->m + k];
        if (x < -CONE_ZERO || (s->equal[i] && x > CONE_ZERO))
            return false;
        most = fmax(most, x);
    }
    return most > CONE_ZERO;
}

static enum dyad_status
solve(struct simplex *s, bool *found, double *d)
{
    enum { STALLED = 30 };
    const size_t most_steps = 2000 + 100 * s->m;
    size_t still = 0;

    start(s);
    for (size_t i = 0; i < most_steps; i++) {
        const double left = price(s);
        size_t number, row;
        double step;

        if (left <= 1e-10 * (double)(s->n + 1)) {
            *found = false;
            return DYAD_OK;
        }
        number = entering(s, still > STALLED);
        if (number == 2 * s->n) {
            *found = is_direction(s, d);
            return *found ? DYAD_OK : DYAD_NOCONV;
        }
        if ((row = leaving(s, number, &step)) == s->m)
            return DYAD_NOCONV;
        still = step > 1e-12 ? 0 : still + 1;
        pivot(s, row, number, step);
    }
    return DYAD_NOCONV;
}

enum dyad_status
cone_find(const double *a, const bool *equal, size_t n, size_t m, bool *found, double *d)
{
    struct simplex s = { .a = a, .equal = equal, .n = n, .m = m };
    enum dyad_status st = DYAD_NOMEM;

    s.inverse = malloc((m * m + 4 * m) * sizeof *s.inverse);
    s.basis = malloc((m + 1) * sizeof *s.basis);
    if (s.inverse && s.basis) {
        s.sign = s.inverse + m * m;
        s.value = s.sign + m;
        s.y = s.value + m;
        s.column = s.y + m;
        s.basis[m] = 0;
        st = solve(&s, found, d);
    }
    free(s.inverse);
    free(s.basis);
    return st;
}
