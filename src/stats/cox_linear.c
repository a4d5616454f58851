#include "cox_newton.h"

#include <math.h>
#include <string.h>

/* A pivot below this part of its diagonal element is rounding: R's toler.chol. */
static const double pivot_least = 1.8e-12;

/* ---- the space that some vectors span ---- */

static void
reject_once(const struct span *s, double *v)
{
    for (size_t d = 0; d < s->dim; d++) {
        const double *b = s->basis + d * s->p;
        double along = 0;

        for (size_t j = 0; j < s->p; j++)
            along += b[j] * v[j];
        for (size_t j = 0; j < s->p; j++)
            v[j] -= along * b[j];
    }
}

/* Twice is enough (Kahan and Parlett; see Parlett 1980, The Symmetric Eigenvalue Problem). */
void
span_reject(const struct span *s, double *v)
{
    reject_once(s, v);
    reject_once(s, v);
}

double
newton_norm(const double *v, size_t p)
{
    double squares = 0;

    for (size_t j = 0; j < p; j++)
        squares += v[j] * v[j];
    return sqrt(squares);
}

void
span_add(struct span *s, double *v)
{
    const double before = newton_norm(v, s->p);

    if (s->dim == s->p || !(before > 1e-13))
        return;
    span_reject(s, v);

    const double left = newton_norm(v, s->p);

    if (!(left > 1e-9 * before && left > 1e-13))
        return;
    for (size_t j = 0; j < s->p; j++)
        s->basis[s->dim * s->p + j] = v[j] / left;
    s->dim++;
}

/* ---- symmetric matrices, row after row ---- */

bool
newton_factorize(double *a, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const double whole = a[j * n + j];

        for (size_t i = j; i < n; i++) {
            double x = a[i * n + j];

            for (size_t c = 0; c < j; c++)
                x -= a[i * n + c] * a[j * n + c];
            if (i > j)
                a[i * n + j] = x / a[j * n + j];
            else if (x > 0x1p-48 * whole && isfinite(x))
                a[j * n + j] = sqrt(x);
            else
                return false;
        }
    }
    return true;
}

void
newton_solve(const double *l, size_t n, double *v)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < i; c++)
            v[i] -= l[i * n + c] * v[c];
        v[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t c = i + 1; c < n; c++)
            v[i] -= l[c * n + i] * v[c];
        v[i] /= l[i * n + i];
    }
}

size_t
newton_compress(const double *a, size_t p, const enum cox_state *state, double *out)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < p; i++) {
        if (state[i] != COX_FINITE)
            continue;
        n++;
        for (size_t j = 0; j < p; j++)
            if (state[j] == COX_FINITE)
                out[at++] = a[i * p + j];
    }
    return n;
}

void
newton_compress_vector(const double *v, size_t p, const enum cox_state *state, double *out)
{
    for (size_t j = 0; j < p; j++)
        if (state[j] == COX_FINITE)
            *out++ = v[j];
}

void
newton_expand_vector(double *v, size_t n, size_t p, const enum cox_state *state)
{
    for (size_t j = p; j-- > 0;)
        v[j] = state[j] == COX_FINITE ? v[--n] : 0;
}

void
newton_find_aliased(const double *a, const double *scale, size_t p, double *room,
                    enum cox_state *state)
{
    memcpy(room, a, p * p * sizeof *room);
    for (size_t j = 0; j < p; j++) {
        const double pivot = room[j * p + j];

        if (state[j] != COX_FINITE)
            continue;
        if (!(pivot > pivot_least * fabs(a[j * p + j]) && pivot > pivot_least * scale[j])) {
            state[j] = COX_ALIASED;
            continue;
        }
        for (size_t i = j + 1; i < p; i++) {
            const double part = room[i * p + j] / pivot;

            for (size_t c = j + 1; c < p; c++)
                room[i * p + c] -= part * room[j * p + c];
        }
    }
}

bool
newton_invert(const double *a, size_t p, const enum cox_state *state, double *room,
              double *inverse)
{
    const size_t n = newton_compress(a, p, state, room);
    size_t k = 0;

    if (!newton_factorize(room, n))
        return false;
    memset(inverse, 0, p * p * sizeof *inverse);
    for (size_t j = 0; j < p; j++) {
        if (state[j] != COX_FINITE)
            continue;
        inverse[j * p + k++] = 1;
        newton_solve(room, n, inverse + j * p);
        newton_expand_vector(inverse + j * p, n, p, state);
    }
    return true;
}

double
newton_quadratic(const double *a, const double *u, size_t p, const enum cox_state *state,
                 double *room)
{
    const size_t n = newton_compress(a, p, state, room);
    double *v = room + p * p, sum = 0;

    if (!newton_factorize(room, n))
        return NAN;
    newton_compress_vector(u, p, state, v);
    newton_solve(room, n, v);
    newton_expand_vector(v, n, p, state);
    for (size_t j = 0; j < p; j++)
        sum += state[j] == COX_FINITE ? u[j] * v[j] : 0;
    return sum;
}
