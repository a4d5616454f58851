/*
 * Exact and closed-form inference in quadruple precision, for tests/unit/test_association.c,
 * test_exact_odds.c and test_stratified.c.
 *
 *     gcc -O2 -o exact scripts/reference/exact.c -lquadmath
 *     ./exact tests  | gzip -9n > tests/values/association.gz
 *     ./exact odds   | gzip -9n > tests/values/exact_odds.gz
 *     ./exact strata | gzip -9n > tests/values/stratified.gz
 *
 * Everything by definition: each stratum's weights over the whole of its support (or, for large
 * ones, to 1e-45 of the largest), strata convolved at psi = 1 or near the sample's odds ratio,
 * tails as sums over the whole window, roots by bisection on log psi.
 *
 * tests:  a b c d  chi2 p  yates p  G2 p  fisher midp  mcnemar(b,c) p  mcnemar-exact(b,c)
 * odds, strata:  k level, then k times a b c d copies, then
 *     exact value lower upper p,  midp value lower upper p
 *   strata goes on with  or rr rd: value se lower upper p each,  cmh p  cmh-cc p,
 *     breslow-day p tarone p df,  woolf or, rr, rd: left out, statistic, df, p
 */
#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __float128 quad;

struct cells {
    double a, b, c, d, copies;
};

static uint64_t state = 20240608;

static double
uniform(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

static double
whole(double below)
{
    return (double)(uint64_t)(uniform() * below);
}

static double
any_size(double digits)
{
    return (double)(uint64_t)powq(10, uniform() * digits);
}

static void
show(quad x)
{
    char text[64];

    if (isnanq(x))
        printf(" nan");
    else if (isinfq(x))
        printf(x > 0 ? " inf" : " -inf");
    else if (fabsq(x) < 1e-320Q)
        printf(" 0");
    else {
        quadmath_snprintf(text, sizeof text, "%.17Qg", x);
        printf(" %s", text);
    }
}

/* Weights of first, first + 1, ...; zero index is first. */
struct weights {
    quad *w;
    long n;
    double first;
};

static struct weights
weights_of(const struct cells *t, quad psi, quad least)
{
    const double n1 = t->a + t->b, n0 = t->c + t->d, m1 = t->a + t->c;
    const double lo = m1 > n0 ? m1 - n0 : 0, hi = n1 < m1 ? n1 : m1;
    /* psi is either 1 or near the sample's odds ratio: the mode is not far from here */
    double mode = psi == 1 ? (double)(uint64_t)(n1 * m1 / (n1 + n0 + (n1 + n0 == 0))) : t->a;
    double first, last;
    quad w;
    struct weights it;

#define STEP(u) (psi * (quad)(n1 - (u)) * (quad)(m1 - (u)) / ((quad)((u) + 1) * (quad)(n0 - m1 + (u) + 1)))
    mode = mode < lo ? lo : mode;
    while (mode < hi && STEP(mode) > 1)
        mode++;
    while (mode > lo && STEP(mode - 1) < 1)
        mode--;
    for (last = mode, w = 1; last < hi && w > least; last++)
        w *= STEP(last);
    for (first = mode, w = 1; first > lo && w > least; first--)
        w /= STEP(first - 1);
    it.n = (long)(last - first) + 1;
    it.first = first;
    it.w = calloc((size_t)it.n, sizeof *it.w);
    it.w[(long)(mode - first)] = 1;
    for (long i = (long)(mode - first); i + 1 < it.n; i++)
        it.w[i + 1] = it.w[i] * STEP(first + (double)i);
    for (long i = (long)(mode - first); i > 0; i--)
        it.w[i - 1] = it.w[i] / STEP(first + (double)i - 1);
    return it;
}

static struct weights
convolve(const struct weights *x, const struct weights *y, quad least)
{
    struct weights it = { calloc((size_t)(x->n + y->n), sizeof(quad)), x->n + y->n - 1,
                          x->first + y->first };
    quad most = 0;
    long begin = 0;

    for (long i = 0; i < x->n; i++)
        for (long j = 0; j < y->n; j++)
            it.w[i + j] += x->w[i] * y->w[j];
    for (long i = 0; i < it.n; i++)
        most = fmaxq(most, it.w[i]);
    for (long i = 0; i < it.n; i++)
        it.w[i] /= most;
    while (it.w[it.n - 1] < least)
        it.n--;
    while (it.w[begin] < least)
        begin++;
    memmove(it.w, it.w + begin, (size_t)(it.n - begin) * sizeof(quad));
    it.n -= begin;
    it.first += (double)begin;
    return it;
}

/* ---- the common odds ratio ---- */

struct tails {
    quad below, here, above, mean;
};

static struct tails
tails_at(const struct weights *w, double s, quad log_ratio)
{
    struct tails t = { 0, 0, 0, 0 };
    quad all, power, step = expq(log_ratio);
    const long at = (long)(s - w->first);

    for (long i = at, first = 1; i < w->n; i++, first = 0) {
        power = first ? 1 : power * step;
        if (i == at)
            t.here = w->w[i];
        else
            t.above += w->w[i] * power;
        t.mean += (quad)(i - at) * w->w[i] * power;
    }
    power = 1;
    for (long i = at - 1; i >= 0; i--) {
        power /= step;
        t.below += w->w[i] * power;
        t.mean += (quad)(i - at) * w->w[i] * power;
    }
    all = t.below + t.here + t.above;
    t.below /= all;
    t.here /= all;
    t.above /= all;
    t.mean /= all;
    return t;
}

enum what { MEAN, MEDIAN, LOWER, UPPER };

static quad
equation(const struct weights *w, double s, quad x, enum what what, quad half, quad target)
{
    const struct tails t = tails_at(w, s, x);

    switch (what) {
    case MEAN:
        return t.mean;
    case MEDIAN:
        return logq(t.above / t.below);
    case LOWER:
        return logq((t.above + half * t.here) / target);
    default:
        return -logq((t.below + half * t.here) / target);
    }
}

/* Illinois within [lo, hi]. */
static quad
solve(const struct weights *w, double s, quad lo, quad hi, enum what what, quad half, quad target)
{
    quad flo = equation(w, s, lo, what, half, target), fhi = equation(w, s, hi, what, half, target);
    int side = 0;

    if (!(flo < 0 && fhi > 0))
        return nanq("");
    for (int i = 0; i < 300 && hi - lo > 1e-25Q; i++) {
        quad x = (lo * fhi - hi * flo) / (fhi - flo), f;

        if (i < 6)
            x = (lo + hi) / 2;
        f = equation(w, s, x, what, half, target);
        if (fabsq(f) < 1e-27Q)
            return x;
        if (f < 0) {
            lo = x;
            flo = f;
            fhi = side < 0 ? fhi / 2 : fhi;
            side = -1;
        } else {
            hi = x;
            fhi = f;
            flo = side > 0 ? flo / 2 : flo;
            side = 1;
        }
    }
    return (lo + hi) / 2;
}

static void
odds(const struct cells *strata, int k, double level)
{
    const quad least = 1e-600Q; /* so that a p-value of 1e-290 keeps its digits */
    struct weights w = { calloc(1, sizeof(quad)), 1, 0 };
    quad base, with = 0, against = 0, far;
    double s = 0, lo = 0, hi = 0;

    for (int i = 0; i < k; i++) {
        const struct cells *t = &strata[i];
        const double n1 = t->a + t->b, n0 = t->c + t->d, m1 = t->a + t->c, n = n1 + n0;

        if (n == 0)
            continue;
        s += t->copies * t->a;
        lo += t->copies * (m1 > n0 ? m1 - n0 : 0);
        hi += t->copies * (n1 < m1 ? n1 : m1);
        with += (quad)t->copies * t->a * t->d / n;
        against += (quad)t->copies * t->b * t->c / n;
    }
    if (lo == hi) {
        for (int i = 0; i < 2; i++)
            printf(" nan 0 inf 1");
        return;
    }
    /* Where S is written down: near the sample's odds ratio; at an end, at one that makes the
     * limit an inner point. */
    base = with > 0 && against > 0 ? logq(with / against)
           : with > 0              ? logq(with + 0.5Q)
                                   : -logq(against + 0.5Q);
    w.w[0] = 1;
    for (int i = 0; i < k; i++) {
        const struct weights one = weights_of(&strata[i], expq(base), least);

        for (double j = 0; j < strata[i].copies; j++) {
            const struct weights product = convolve(&w, &one, least);

            free(w.w);
            w = product;
        }
        free(one.w);
    }
    far = 40;
    if (w.n > 250) { /* narrower, or the powers overflow */
        quad all = 0, mean = 0, variance = 0;

        for (long i = 0; i < w.n; i++) {
            all += w.w[i];
            mean += w.w[i] * i;
        }
        for (long i = 0; i < w.n; i++)
            variance += w.w[i] * (i - mean / all) * (i - mean / all);
        far = fminq(far, 12 / sqrtq(variance / all));
    }

    const struct tails at_one = tails_at(&w, s, -base);

    for (int mid = 0; mid < 2; mid++) {
        const quad half = mid ? 0.5Q : 1, target = (1 - (quad)level) / 2;

        show(s == lo ? 0 : s == hi ? HUGE_VALQ
             : expq(base + solve(&w, s, -far, far, mid ? MEDIAN : MEAN, half, target)));
        show(s == lo ? 0 : expq(base + solve(&w, s, -far, far, LOWER, half, target)));
        show(s == hi ? HUGE_VALQ : expq(base + solve(&w, s, -far, far, UPPER, half, target)));
        show(fminq(1, 2 * fminq(at_one.below + half * at_one.here,
                                at_one.above + half * at_one.here)));
    }
    free(w.w);
}

/* ---- tests of one table ---- */

static quad
p_chi2(quad x)
{
    return erfcq(sqrtq(x / 2));
}

/* Upper tail of chi-squared with any whole df, by the finite sums for even and odd df. */
static quad
p_chi2_df(quad x, int df)
{
    quad sum = 0, term;

    if (df % 2 == 0) {
        term = 1;
        for (int i = 0; i < df / 2; i++) {
            sum += term;
            term *= x / 2 / (i + 1);
        }
        return expq(-x / 2) * sum;
    }
    term = sqrtq(2 * x / M_PIq);
    for (int i = 1; i < df; i += 2) {
        sum += term;
        term *= x / (i + 2);
    }
    return erfcq(sqrtq(x / 2)) + expq(-x / 2) * sum;
}

static quad
entropy(quad x, quad e)
{
    return x > 0 ? x * logq(x / e) : 0;
}

static void
exact_p(const struct cells *t, quad *fisher, quad *midp)
{
    const struct weights w = weights_of(t, 1, 1e-700Q);
    const double at = t->a - w.first;
    quad all = 0, below = 0, above = 0, ties = 0;

    if (at < 0 || at >= (double)w.n) { /* beyond anything a double can hold */
        *fisher = *midp = 0;
        free(w.w);
        return;
    }
    const quad here = w.w[(long)at];

    for (long i = 0; i < w.n; i++) {
        all += w.w[i];
        if (w.w[i] <= here * (1 + 1e-7))
            ties += w.w[i];
        if ((double)i < at)
            below += w.w[i];
        if ((double)i > at)
            above += w.w[i];
    }
    *fisher = ties / all;
    *midp = 2 * fminq(below + here / 2, above + here / 2) / all;
    free(w.w);
}

static quad
binomial_tail(double x, double n)
{
    /* outward from n/2 for the whole, downward from x for the tail, relative to the middle */
    const double middle = (double)(uint64_t)(n / 2);
    quad w = 1, all = 1, tail = 0;

    for (double u = middle; u < n && w > 1e-60Q; u++)
        all += w *= (quad)(n - u) / (quad)(u + 1);
    w = 1;
    if (middle <= x)
        tail += w;
    for (double u = middle; u > 0 && w > 1e-700Q; u--) {
        w *= (quad)u / (quad)(n - u + 1);
        all += w;
        if (u - 1 <= x)
            tail += w;
    }
    return fminq(1, 2 * tail / all);
}

static void
tests(const struct cells *t)
{
    const quad a = t->a, b = t->b, c = t->c, d = t->d, n1 = a + b, n0 = c + d, m1 = a + c, m0 = b + d;
    const quad n = n1 + n0, away = fabsq(a * d - b * c) / n, scale = n * n * n / (n1 * n0 * m1 * m0);
    quad fisher, midp;

    printf("%.17g %.17g %.17g %.17g", t->a, t->b, t->c, t->d);
    if (n1 * n0 * m1 * m0 > 0) {
        const quad yates = away > 0.5Q ? away - 0.5Q : 0;
        const quad g2 = 2 * (entropy(a, n1 * m1 / n) + entropy(b, n1 * m0 / n) +
                             entropy(c, n0 * m1 / n) + entropy(d, n0 * m0 / n));
        show(away * away * scale);
        show(p_chi2(away * away * scale));
        show(yates * yates * scale);
        show(p_chi2(yates * yates * scale));
        show(g2 < 1e-20Q ? 0 : g2);
        show(p_chi2(g2 < 1e-20Q ? 0 : g2));
    } else {
        printf(" nan nan nan nan nan nan");
    }
    exact_p(t, &fisher, &midp);
    show(fisher);
    show(midp);
    show(b + c > 0 ? (b - c) * (b - c) / (b + c) : nanq(""));
    show(b + c > 0 ? p_chi2((b - c) * (b - c) / (b + c)) : nanq(""));
    show(binomial_tail(t->b < t->c ? t->b : t->c, t->b + t->c));
    printf("\n");
}

/* ---- stratified ---- */

static void
wald(quad value, quad variance, int is_ratio, quad z)
{
    const quad se = sqrtq(variance);

    show(value);
    if (!(variance > 0) || isinfq(variance) || isnanq(variance) ||
        (is_ratio && !(value > 0 && !isinfq(value)))) {
        printf(" nan nan nan nan");
        return;
    }
    show(se);
    show(is_ratio ? value * expq(-z * se) : value - z * se);
    show(is_ratio ? value * expq(z * se) : value + z * se);
    show(erfcq(fabsq((is_ratio ? logq(value) : value) / se) / M_SQRT2q));
}

static quad
normal_quantile(quad level)
{
    quad lo = 0, hi = 40;

    for (int i = 0; i < 200; i++) {
        const quad x = (lo + hi) / 2;
        *(erfcq(x / M_SQRT2q) > 1 - level ? &lo : &hi) = x;
    }
    return lo;
}

static void
mantel_haenszel(const struct cells *strata, int k, quad z, quad *or)
{
    quad r = 0, s = 0, pr = 0, psqr = 0, qs = 0, rr = 0, rs = 0, rv = 0, dn = 0, dd = 0, dv = 0;

    for (int i = 0; i < k; i++) {
        const quad a = strata[i].a, b = strata[i].b, c = strata[i].c, d = strata[i].d;
        const quad n1 = a + b, n0 = c + d, m1 = a + c, n = n1 + n0, f = strata[i].copies;

        if (n1 == 0 || n0 == 0)
            continue;
        r += f * a * d / n;
        s += f * b * c / n;
        pr += f * (a + d) * a * d / (n * n);
        psqr += f * ((a + d) * b * c + (b + c) * a * d) / (n * n);
        qs += f * (b + c) * b * c / (n * n);
        rr += f * a * n0 / n;
        rs += f * c * n1 / n;
        rv += f * (m1 * n1 * n0 - a * c * n) / (n * n);
        dn += f * (a * n0 - c * n1) / n;
        dd += f * n1 * n0 / n;
        dv += f * (a * b * n0 * n0 * n0 + c * d * n1 * n1 * n1) / (n1 * n0 * n * n);
    }
    *or = r / s;
    wald(r / s, pr / (2 * r * r) + psqr / (2 * r * s) + qs / (2 * s * s), 1, z);
    wald(rr / rs, rv / (rr * rs), 1, z);
    wald(dn / dd, dv / (dd * dd), 0, z);
}

static void
pooled_tests(const struct cells *strata, int k, quad or)
{
    quad away = 0, variance = 0, bd = 0, sum = 0, sum_v = 0, cc;
    int n_used = 0;

    for (int i = 0; i < k; i++) {
        const quad a = strata[i].a, b = strata[i].b, c = strata[i].c, d = strata[i].d;
        const quad n1 = a + b, n0 = c + d, m1 = a + c, m0 = b + d, n = n1 + n0, f = strata[i].copies;
        quad lo, hi, x, v;

        if (n1 * n0 * m1 * m0 == 0 || f == 0)
            continue;
        if (n > 1) {
            away += f * (a - n1 * m1 / n);
            variance += f * n1 * n0 * m1 * m0 / (n * n * (n - 1));
        }
        if (isnanq(or) || isinfq(or) || or == 0)
            continue;
        lo = m1 > n0 ? m1 - n0 : 0;
        hi = n1 < m1 ? n1 : m1;
        for (int j = 0; j < 220; j++) {
            x = (lo + hi) / 2;
            *(x * (n0 - m1 + x) < or * (n1 - x) * (m1 - x) ? &lo : &hi) = x;
        }
        v = 1 / (1 / x + 1 / (n1 - x) + 1 / (m1 - x) + 1 / (n0 - m1 + x));
        bd += f * (a - x) * (a - x) / v;
        sum += f * (a - x);
        sum_v += f * v;
        n_used += (int)f;
    }
    away = fabsq(away);
    cc = away >= 0.5Q ? away - 0.5Q : away;
    if (variance > 0) {
        show(away * away / variance);
        show(p_chi2(away * away / variance));
        show(cc * cc / variance);
        show(p_chi2(cc * cc / variance));
    } else {
        printf(" nan nan nan nan");
    }
    if (n_used > 1) {
        const quad tarone = bd - sum * sum / sum_v;

        show(bd);
        show(p_chi2_df(bd, n_used - 1));
        show(tarone);
        show(p_chi2_df(tarone, n_used - 1));
        printf(" %d", n_used - 1);
    } else {
        printf(" nan nan nan nan nan");
    }
}

static void
woolf(const struct cells *strata, int k, int measure)
{
    quad sw = 0, swy = 0, q = 0;
    double all = 0, used = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < k; i++) {
            const quad a = strata[i].a, b = strata[i].b, c = strata[i].c, d = strata[i].d;
            const quad n1 = a + b, n0 = c + d, f = strata[i].copies;
            quad y, v;

            all += pass == 0 ? strata[i].copies : 0;
            if (n1 * n0 * f == 0 || (measure == 0 && a * b * c * d == 0) ||
                (measure == 1 && a * c == 0))
                continue;
            y = measure == 0   ? logq(a * d / (b * c))
                : measure == 1 ? logq(a * n0 / (c * n1))
                               : (a * n0 - c * n1) / (n1 * n0);
            v = measure == 0   ? 1 / a + 1 / b + 1 / c + 1 / d
                : measure == 1 ? b / (a * n1) + d / (c * n0)
                               : a * b / (n1 * n1 * n1) + c * d / (n0 * n0 * n0);
            if (!(v > 0))
                continue;
            if (pass == 0) {
                sw += f / v;
                swy += f * y / v;
                used += strata[i].copies;
            } else {
                q += f * (y - swy / sw) * (y - swy / sw) / v;
            }
        }
    printf(" %g", all - used);
    if (used < 2) {
        printf(" nan nan nan");
        return;
    }
    q = q < 1e-25Q ? 0 : q;
    show(q);
    printf(" %g", used - 1);
    show(p_chi2_df(q, (int)used - 1));
}

/* ---- what is asked ---- */

static struct cells
draw(void)
{
    const double kind = uniform();

    if (kind < 0.4)
        return (struct cells){ whole(8), whole(8), whole(8), whole(8), 1 };
    if (kind < 0.7)
        return (struct cells){ whole(100), whole(100), whole(100), whole(100), 1 };
    if (kind < 0.8)
        return (struct cells){ whole(10), whole(1e9), whole(10), whole(1e9), 1 };
    if (kind < 0.85) { /* near to independence, all sizes */
        const double size = any_size(8), p = 0.5 + uniform() / 4;
        return (struct cells){ whole(size * p) + size, size, whole(size * p) + size, size, 1 };
    }
    return (struct cells){ any_size(9), any_size(9), any_size(9), any_size(9), 1 };
}

static void
print_strata(const struct cells *strata, int k, double level)
{
    printf("%d %.17g", k, level);
    for (int i = 0; i < k; i++)
        printf(" %.17g %.17g %.17g %.17g %.17g", strata[i].a, strata[i].b, strata[i].c, strata[i].d,
               strata[i].copies);
}

static double
draw_level(void)
{
    const double levels[] = { 0.95, 0.95, 0.95, 0.9, 0.99, 0.5, 0.999 };

    return levels[(int)(uniform() * 7)];
}

/* Single tables whose effect is moderate enough for a base at the sample's odds ratio. */
static void
print_odds(int n)
{
    const struct cells large[] = {
        { 1e9, 1e9, 1e9, 1e9, 1 },          { 1e9, 2e9 - 3, 1e9 + 12345, 2e9, 1 },
        { 1e9, 1e9, 1e9 + 1e5, 1e9 - 7, 1 }, { 123456789, 987654321, 234567891, 198765432, 1 },
        { 1e9, 1, 1, 1e9, 1 },               { 3, 1e9, 2e6, 1e9, 1 },
        { 5, 1e9, 3, 1e9, 1 },               { 1e9, 1e3, 1e6, 1e2, 1 },
        { 0, 1e9, 7, 1e9, 1 },               { 1e6, 0, 1e6, 3, 1 },
    };

    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        print_strata(&large[i], 1, 0.95);
        odds(&large[i], 1, 0.95);
        printf("\n");
    }
    for (int i = 0; i < n; i++) {
        struct cells t = draw();
        const double level = draw_level();

        while (t.a + t.b + t.c + t.d > 1e7)
            t = draw();
        print_strata(&t, 1, level);
        odds(&t, 1, level);
        printf("\n");
    }
}

static int
draw_strata(struct cells *strata)
{
    const double kind = uniform();
    const int k = 1 + (int)whole(kind < 0.8 ? 12 : 40);

    for (int i = 0; i < k; i++) {
        const double size = kind < 0.3 ? 6 : kind < 0.6 ? 30 : kind < 0.8 ? 300 : 3;

        strata[i] = (struct cells){ whole(size), whole(size * 2), whole(size), whole(size * 2), 1 };
        if (kind >= 0.8) /* matched sets of distinct tables */
            strata[i].copies = whole(20);
    }
    return k;
}

static void
print_one_set(const struct cells *strata, int k, double level)
{
    quad or;

    print_strata(strata, k, level);
    odds(strata, k, level);
    mantel_haenszel(strata, k, normal_quantile(level), &or);
    pooled_tests(strata, k, or);
    for (int measure = 0; measure < 3; measure++)
        woolf(strata, k, measure);
    printf("\n");
}

static void
print_sets(int n)
{
    const struct cells ille[] = { { 1, 0, 9, 106, 1 },    { 4, 5, 26, 164, 1 },
                                  { 25, 21, 29, 138, 1 }, { 42, 34, 27, 139, 1 },
                                  { 19, 36, 18, 88, 1 },  { 5, 8, 0, 31, 1 } };
    const struct cells pairs[] = { { 1, 0, 0, 1, 2100 }, { 0, 1, 1, 0, 1850 }, { 1, 0, 1, 0, 300 },
                                   { 0, 1, 0, 1, 5000 } };
    const struct cells triples[] = { { 1, 0, 0, 2, 120 }, { 1, 0, 1, 1, 60 }, { 0, 1, 1, 1, 210 },
                                     { 0, 1, 2, 0, 33 },  { 1, 0, 2, 0, 4 } };
    struct cells strata[64];

    print_one_set(ille, 6, 0.95);
    print_one_set(pairs, 4, 0.95);
    print_one_set(triples, 5, 0.95);
    for (int i = 0; i < 6; i++) /* strata of thousands */
        strata[i] = (struct cells){ 3000 + whole(900), 5000 + whole(900), 2800 + whole(900),
                                    5000 + whole(900), 1 };
    print_one_set(strata, 6, 0.95);
    for (int i = 0; i < n; i++) {
        const int k = draw_strata(strata);
        double n1 = 0;

        for (int j = 0; j < k; j++)
            n1 += (strata[j].a + strata[j].b) * (strata[j].c + strata[j].d) * strata[j].copies;
        if (n1 > 0)
            print_one_set(strata, k, draw_level());
    }
}

int
main(int argc, char **argv)
{
    const int n = argc > 2 ? atoi(argv[2]) : 0;

    if (argc > 1 && strcmp(argv[1], "tests") == 0) {
        for (int i = 0; i < (n ? n : 10000); i++) {
            const struct cells t = draw();
            tests(&t);
        }
    } else if (argc > 1 && strcmp(argv[1], "odds") == 0) {
        print_odds(n ? n : 1500);
    } else if (argc > 1 && strcmp(argv[1], "strata") == 0) {
        print_sets(n ? n : 400);
    } else {
        fprintf(stderr, "usage: exact tests|odds|strata [number]\n");
        return 2;
    }
    return 0;
}
