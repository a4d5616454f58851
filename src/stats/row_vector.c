#include "row_vector.h"

#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* Eight lanes whatever the width of a register, so that sums are always formed alike. */
typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t whole __attribute__((vector_size(64), aligned(8), may_alias));
typedef double quad __attribute__((vector_size(32), aligned(8), may_alias));

#define AT(array, i) (*(const lanes *)((array) + (i)))
#define PUT(array, i) (*(lanes *)((array) + (i)))

/* a where the mask is set, b where it is not. */
#define CHOOSE(mask, a, b) ((lanes)(((mask) & (whole)(a)) | (~(mask) & (whole)(b))))

/* Adding it leaves a number rounded to a whole one in the lowest bits. */
#define SHIFT 0x1.8p52

/*
 * e^x = 2^k e^r, |r| <= log(2)/2, log(2) in two parts (Cody & Waite 1980, Software Manual for the
 * Elementary Functions).  (e^r - 1 - r)/r^2 by its Chebyshev polynomial of degree 9 on +-0.3466,
 * which is within 1.1e-16 of it, that is 1.3e-17 of e^r.
 */
INLINE void
exp_lanes(const lanes *at, lanes *out)
{
    const lanes low = { -708, -708, -708, -708, -708, -708, -708, -708 };
    const lanes high = { 709, 709, 709, 709, 709, 709, 709, 709 };
    lanes x = *at;

    x = CHOOSE(x < low, low, x);
    x = CHOOSE(x > high, high, x);

    const lanes shifted = x * 0x1.71547652b82fep0 + SHIFT, k = shifted - SHIFT;
    const lanes r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    lanes q = r * 0x1.af38a71a18cb9p-26 + 0x1.2891834686c7ep-22;

    q = q * r + 0x1.71de0daf7a6ccp-19;
    q = q * r + 0x1.a019b90eefe8ep-16;
    q = q * r + 0x1.a01a01a7c3d59p-13;
    q = q * r + 0x1.6c16c1788b646p-10;
    q = q * r + 0x1.11111111109b4p-7;
    q = q * r + 0x1.5555555553d64p-5;
    q = q * r + 0x1.5555555555556p-3;
    q = q * r + 0x1.0000000000001p-1;
    *out = (lanes)((whole)(1 + (r + r * r * q)) + ((whole)shifted << 52));
}

/*
 * log(x) = k log(2) + log(1 + f), 1 + f between sqrt(1/2) and sqrt(2), by FreeBSD's e_log.c (Sun
 * Microsystems 1993, error below 1 ulp).
 */
INLINE void
log_lanes(const lanes *at, lanes *out)
{
    const whole u = (whole)*at + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    const lanes k = (lanes)((u >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
    const lanes f = (lanes)((u & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1;
    const lanes s = f / (2 + f), z = s * s, w = z * z, half = 0.5 * f * f;
    const lanes odd = w * (0x1.999999997fa04p-2 +
                           w * (0x1.c71c51d8e78afp-3 + w * 0x1.39a09d078c69fp-3));
    const lanes even = z * (0x1.5555555555593p-1 +
                            w * (0x1.2492494229359p-2 +
                                 w * (0x1.7466496cb03dep-3 + w * 0x1.2f112df3e5244p-3)));

    *out = k * 0x1.62e42feep-1 -
           ((half - (s * (half + (odd + even)) + k * 0x1.a39ef35793c76p-33)) - f);
}

INLINE double
total_of(const lanes *sum)
{
    const lanes a = *sum;

    return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
}

INLINE void
exp_loop(size_t n, const double *x, double *out)
{
    for (size_t i = 0; i < n; i += ROW_LANES)
        exp_lanes(&AT(x, i), &PUT(out, i));
}

INLINE void
predict_loop(size_t n, const double *b, const double *const *z, size_t m, const double *offset,
             double *eta)
{
    for (size_t i = 0; i < n; i += ROW_LANES) {
        lanes x = AT(offset, i) + b[0];

        for (size_t k = 1; k < m; k++)
            x += b[k] * AT(z[k], i);
        PUT(eta, i) = x;
    }
}

INLINE void
scale_loop(size_t n, double *a, const double *b)
{
    for (size_t i = 0; i < n; i += ROW_LANES)
        PUT(a, i) *= AT(b, i);
}

/* Two at once, which share the loads of a. */
INLINE void
dot_loop(size_t n, const double *a, const double *const *z, size_t m, double *out)
{
    for (size_t l = 0; l < m; l += 2) {
        const double *z0 = z[l], *z1 = z[l + 1 < m ? l + 1 : l];
        lanes s0 = { 0 }, s1 = { 0 };

        for (size_t i = 0; i < n; i += ROW_LANES) {
            s0 += AT(a, i) * AT(z0, i);
            s1 += AT(a, i) * AT(z1, i);
        }
        out[l] = total_of(&s0);
        if (l + 1 < m)
            out[l + 1] = total_of(&s1);
    }
}

INLINE void
range_loop(size_t n, const double *a, double *least, double *most)
{
    lanes low = AT(a, 0), high = low;

    for (size_t i = ROW_LANES; i < n; i += ROW_LANES) {
        low = CHOOSE(AT(a, i) < low, AT(a, i), low);
        high = CHOOSE(AT(a, i) > high, AT(a, i), high);
    }
    for (size_t j = 0; j < ROW_LANES; j++) {
        *least = low[j] < *least ? low[j] : *least;
        *most = high[j] > *most ? high[j] : *most;
    }
}

/* z_k of row i, k from ${first} on; 0 beyond the m-th. */
#define Z_OF(k) ((k) < m ? z[k][i] : 0)
#define QUAD_FROM(first)                                                                          \
    ((quad){ (first) == 0 ? 1 : Z_OF(first), Z_OF((first) + 1), Z_OF((first) + 2), Z_OF((first) + 3) })

/* m is known where this is expanded. */
INLINE void
tally_few(size_t n, const uint32_t *where, const double *a, const double *const *z, size_t m,
          double *table)
{
    for (size_t i = 0; i < n; i++) {
        const quad row = QUAD_FROM(0);
        double *at = table + (size_t)where[i] * m * ROW_QUAD;

        for (size_t k = 0; k < m; k++)
            *(quad *)(at + k * ROW_QUAD) += (k == 0 ? a[i] : a[i] * z[k][i]) * row;
    }
}

INLINE void
tally_many(size_t n, const uint32_t *where, const double *a, const double *const *z, size_t m,
           double *table)
{
    const size_t size = row_products(m);

    for (size_t first = 0; first < m; first += ROW_QUAD)
        for (size_t i = 0; i < n; i++) {
            const quad row = QUAD_FROM(first);
            double *at = table + where[i] * size;

            for (size_t k = 0; k < m && k < first + ROW_QUAD; k++)
                *(quad *)(at + row_product(m, k, first)) +=
                    (k == 0 ? a[i] : a[i] * z[k][i]) * row;
        }
}

INLINE void
tally_loop(size_t n, const uint32_t *where, const double *a, const double *const *z, size_t m,
           double *table)
{
    switch (m) {
    case 1:
        tally_few(n, where, a, z, 1, table);
        break;
    case 2:
        tally_few(n, where, a, z, 2, table);
        break;
    case 3:
        tally_few(n, where, a, z, 3, table);
        break;
    case 4:
        tally_few(n, where, a, z, 4, table);
        break;
    default:
        tally_many(n, where, a, z, m, table);
    }
}

/*
 * t = e^-|eta|;  mu = 1/(1+t) or t/(1+t);  w = t/(1+t)^2.  y - mu is formed from 1 - y where mu is
 * near 1, so that it does not cancel.  The product of at most ROW_BATCH factors 1 + t <= 2 does
 * not overflow, and one logarithm serves all.
 */
INLINE void
logistic_loop(size_t n, const double *eta, const double *y, double *w, double *r, double *linear,
              double *product)
{
    lanes sums = { 0 }, products = sums + 1;

    for (size_t i = 0; i < n; i += ROW_LANES) {
        const lanes e = AT(eta, i), zero = { 0 };
        const whole up = e > zero;
        const lanes turned = CHOOSE(up, -e, e);
        const lanes side = CHOOSE(up, AT(y, i) - 1, AT(y, i));
        lanes t;

        exp_lanes(&turned, &t);
        products *= 1 + t;
        sums += side * e;

        const lanes u = 1 / (1 + t), v = t * u;

        PUT(w, i) = u * v;
        PUT(r, i) = side + CHOOSE(up, v, -v);
    }
    *linear = total_of(&sums);
    *product = ((products[0] * products[4]) * (products[2] * products[6])) *
               ((products[1] * products[5]) * (products[3] * products[7]));
}

/* Each row's own likelihood: log(1 + t) with the part of t that 1 + t loses. */
INLINE void
likelihood_loop(size_t n, const double *eta, const double *y, double *l)
{
    for (size_t i = 0; i < n; i += ROW_LANES) {
        const lanes e = AT(eta, i), zero = { 0 };
        const whole up = e > zero;
        const lanes turned = CHOOSE(up, -e, e);
        lanes t, logarithm;

        exp_lanes(&turned, &t);

        const lanes one = 1 + t;

        log_lanes(&one, &logarithm);
        PUT(l, i) = CHOOSE(up, AT(y, i) - 1, AT(y, i)) * e - (logarithm + (t - (one - 1)) / one);
    }
}

/* One logarithm serves TIES_AT_ONCE factors l >= 1/n, whose product is not too small. */
INLINE void
ties_loop(double n, double d, struct row_ties *out)
{
    enum { TIES_AT_ONCE = 16 };
    const lanes zero = { 0 }, one = zero + 1;
    lanes k = { 0, 1, 2, 3, 4, 5, 6, 7 };
    lanes h0 = zero, h1 = zero, a = zero, b = zero, c = zero, logs = zero;

    while (k[0] < n) {
        lanes product = one, logarithm;

        for (int i = 0; i < TIES_AT_ONCE && k[0] < n; i++, k += ROW_LANES) {
            const whole here = k < zero + n;
            const lanes f = CHOOSE(here, k / n, zero), left = 1 - f * d;
            const lanes share = CHOOSE(here, one / left, zero), twice = share * share;

            h0 += share;
            h1 += share * f;
            a += twice;
            b += twice * f;
            c += twice * f * f;
            product *= left;
        }
        log_lanes(&product, &logarithm);
        logs += logarithm;
    }
    *out = (struct row_ties){ total_of(&h0), total_of(&h1), total_of(&a),
                              total_of(&b),  total_of(&c),  total_of(&logs) };
}

/* The loops once for each width. */
#define LOOPS(NAME, TARGET)                                                                       \
    TARGET static void exp_##NAME(size_t n, const double *x, double *out) { exp_loop(n, x, out); } \
    TARGET static void predict_##NAME(size_t n, const double *b, const double *const *z, size_t m, \
                                      const double *offset, double *eta)                          \
    {                                                                                             \
        predict_loop(n, b, z, m, offset, eta);                                                    \
    }                                                                                             \
    TARGET static void scale_##NAME(size_t n, double *a, const double *b) { scale_loop(n, a, b); } \
    TARGET static void dot_##NAME(size_t n, const double *a, const double *const *z, size_t m,    \
                                  double *out)                                                    \
    {                                                                                             \
        dot_loop(n, a, z, m, out);                                                                \
    }                                                                                             \
    TARGET static void range_##NAME(size_t n, const double *a, double *least, double *most)       \
    {                                                                                             \
        range_loop(n, a, least, most);                                                            \
    }                                                                                             \
    TARGET static void tally_##NAME(size_t n, const uint32_t *where, const double *a,             \
                                    const double *const *z, size_t m, double *table)              \
    {                                                                                             \
        tally_loop(n, where, a, z, m, table);                                                     \
    }                                                                                             \
    TARGET static void ties_##NAME(double n, double d, struct row_ties *out) { ties_loop(n, d, out); } \
    TARGET static void logistic_##NAME(size_t n, const double *eta, const double *y, double *w,   \
                                       double *r, double *l, double *linear, double *product)     \
    {                                                                                             \
        logistic_loop(n, eta, y, w, r, linear, product);                                          \
        if (l)                                                                                    \
            likelihood_loop(n, eta, y, l);                                                        \
    }                                                                                             \
    static const struct row_vector NAME = { exp_##NAME, predict_##NAME, logistic_##NAME,              \
                                            scale_##NAME, dot_##NAME, range_##NAME, tally_##NAME, ties_##NAME };

LOOPS(narrow, )

#if defined(__x86_64__)
LOOPS(avx2, __attribute__((target("avx2"))))
LOOPS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl"))))
#endif

const struct row_vector *
row_vector_narrow(void)
{
    return &narrow;
}

const struct row_vector *
row_vector(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &avx512;
    if (__builtin_cpu_supports("avx2"))
        return &avx2;
#endif
    return &narrow;
}
