#include "meta_glmm_study.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

/* ---- values with derivatives ---- */

static struct jet
jet_variable(double v, int by)
{
    struct jet x = { .v = v };

    x.d[by] = 1;
    return x;
}

/* x + c y */
static struct jet
jet_add(const struct jet *x, double c, const struct jet *y)
{
    struct jet z = { .v = x->v + c * y->v };

    for (int i = 0; i < N_BY; i++) {
        z.d[i] = x->d[i] + c * y->d[i];
        for (int j = 0; j < N_BY; j++)
            z.dd[i][j] = x->dd[i][j] + c * y->dd[i][j];
    }
    return z;
}

static struct jet
jet_multiply(const struct jet *x, const struct jet *y)
{
    struct jet z = { .v = x->v * y->v };

    for (int i = 0; i < N_BY; i++) {
        z.d[i] = x->v * y->d[i] + y->v * x->d[i];
        for (int j = 0; j < N_BY; j++)
            z.dd[i][j] = x->v * y->dd[i][j] + y->v * x->dd[i][j] + x->d[i] * y->d[j] +
                         x->d[j] * y->d[i];
    }
    return z;
}

/* f(x), from f and its two derivatives there. */
static struct jet
jet_apply(const struct jet *x, double f, double f1, double f2)
{
    struct jet z = { .v = f };

    for (int i = 0; i < N_BY; i++) {
        z.d[i] = f1 * x->d[i];
        for (int j = 0; j < N_BY; j++)
            z.dd[i][j] = f1 * x->dd[i][j] + f2 * x->d[i] * x->d[j];
    }
    return z;
}

static struct jet
jet_log(const struct jet *x)
{
    return jet_apply(x, log(x->v), 1 / x->v, -1 / (x->v * x->v));
}

/* ---- Gauss-Hermite points ---- */

/* The orthonormal polynomial of degree ${n}, and of n - 1. */
static double
hermite_polynomial(size_t n, double x, double *before)
{
    double p = 1, last = 0;

    for (size_t j = 0; j < n; j++) {
        const double next = (x * p - sqrt((double)j) * last) / sqrt((double)j + 1);

        last = p;
        p = next;
    }
    *before = last;
    return p;
}

/* The root between two points where the polynomial has different signs. */
static double
hermite_root(size_t n, double low, double high)
{
    double unused;
    const bool rising = hermite_polynomial(n, high, &unused) > 0;

    for (;;) {
        const double middle = (low + high) / 2;

        if (!(middle > low && middle < high))
            return middle;
        if ((hermite_polynomial(n, middle, &unused) > 0) == rising)
            high = middle;
        else
            low = middle;
    }
}

void
hermite_set(struct hermite *h, size_t n)
{
    double ends[GLMM_MOST_POINTS + 2];

    /* The roots of one degree part those of the next; all lie within 2 sqrt n. */
    h->n = n;
    h->at[0] = 0;
    for (size_t degree = 2; degree <= n; degree++) {
        ends[0] = -2 * sqrt((double)degree);
        for (size_t i = 1; i < degree; i++)
            ends[i] = h->at[i - 1];
        ends[degree] = -ends[0];
        for (size_t i = 0; i < degree; i++)
            h->at[i] = 2 * i + 1 == degree ? 0 : hermite_root(degree, ends[i], ends[i + 1]);
    }
    for (size_t i = 0; i < n; i++) {
        double before;

        (void)hermite_polynomial(n, h->at[i], &before);
        h->weight[i] = 1 / ((double)n * before * before);
    }
}

/* ---- binomial arms ---- */

/* x log p + y log q and its derivatives by the logit. */
struct logistic {
    double f, f1, f2, f3, f4;
};

static double
log_logistic(double logit)
{
    return logit > 0 ? -log1p(exp(-logit)) : logit - log1p(exp(logit));
}

static struct logistic
logistic_at(const struct arm *arm, double logit)
{
    const double p = 1 / (1 + exp(-logit)), q = 1 / (1 + exp(logit));
    const double npq = (arm->x + arm->y) * p * q;

    return (struct logistic){ arm->x * log_logistic(logit) + arm->y * log_logistic(-logit),
                              arm->x * q - arm->y * p, -npq, -npq * (q - p),
                              -npq * (1 - 6 * p * q) };
}

/*
 * Where g(z) = log-likelihood at theta = mean + tau z, less z^2/2, is largest.  Its slope falls, so
 * the root lies between 0 and the slope of the likelihood at 0.
 */
static double
binomial_mode(const struct arm *arms, size_t n_arms, double intercept, double mean, double tau)
{
    double low = -INFINITY, high = INFINITY, z = 0;

    for (int n = 0; n < 200; n++) {
        double slope = 0, curvature = -1;

        for (size_t r = 0; r < n_arms; r++) {
            const double by_z = arms[r].slope * tau;
            const struct logistic l = logistic_at(
                &arms[r], arms[r].intercept * intercept + arms[r].slope * (mean + tau * z));

            slope += by_z * l.f1;
            curvature += by_z * by_z * l.f2;
        }
        if (n == 0) {
            low = fmin(0, slope);
            high = fmax(0, slope);
        }
        if (slope > z)
            low = fmax(low, z);
        else
            high = fmin(high, z);

        const double step = (z - slope) / curvature;

        if (fabs(step) <= 1e-12 * (1 + fabs(z)))
            break;
        z = z + step > low && z + step < high ? z + step : (low + high) / 2;
    }
    return z;
}

/* One study in jets: what depends on z. */
struct seen {
    const struct arm *arms;
    size_t n_arms;
    struct jet intercept, mean, tau;
};

static struct jet
seen_logit(const struct seen *s, const struct arm *arm, const struct jet *z)
{
    const struct jet none = { .v = 0 };
    const struct jet shift = jet_multiply(&s->tau, z), theta = jet_add(&s->mean, 1, &shift);
    const struct jet base = jet_add(&none, arm->intercept, &s->intercept);

    return jet_add(&base, arm->slope, &theta);
}

/* g(z) */
static struct jet
seen_value(const struct seen *s, const struct jet *z)
{
    const struct jet square = jet_multiply(z, z);
    struct jet g = { .v = 0 };

    g = jet_add(&g, -0.5, &square);
    for (size_t r = 0; r < s->n_arms; r++) {
        const struct jet logit = seen_logit(s, &s->arms[r], z);
        const struct logistic l = logistic_at(&s->arms[r], logit.v);
        const struct jet value = jet_apply(&logit, l.f, l.f1, l.f2);

        g = jet_add(&g, 1, &value);
    }
    return g;
}

/* g'(z) and -g''(z) */
static void
seen_slopes(const struct seen *s, const struct jet *z, struct jet *slope, struct jet *precision)
{
    struct jet first = { .v = 0 }, second = { .v = 0 };

    for (size_t r = 0; r < s->n_arms; r++) {
        const double by_theta = s->arms[r].slope;
        const struct jet logit = seen_logit(s, &s->arms[r], z);
        const struct logistic l = logistic_at(&s->arms[r], logit.v);
        const struct jet f1 = jet_apply(&logit, l.f1, l.f2, l.f3);
        const struct jet f2 = jet_apply(&logit, l.f2, l.f3, l.f4);

        first = jet_add(&first, by_theta, &f1);
        second = jet_add(&second, by_theta * by_theta, &f2);
    }
    first = jet_multiply(&first, &s->tau);
    second = jet_multiply(&second, &s->tau);
    second = jet_multiply(&second, &s->tau);
    *slope = jet_add(&first, -1, z);
    *precision = (struct jet){ .v = 1 };
    *precision = jet_add(precision, -1, &second);
}

/*
 * log of  s sum_j w_j exp(x_j^2/2 + g(m + s x_j)),  m the mode, s its scale.  Both move with the
 * parameters: each Newton step from the mode gives it one more derivative.
 */
struct jet
study_binomial(const struct arm *arms, size_t n_arms, const struct hermite *h, double intercept,
               double mean, double tau)
{
    const struct seen s = { arms, n_arms, jet_variable(intercept, BY_INTERCEPT),
                            jet_variable(mean, BY_MEAN), jet_variable(tau, BY_TAU) };
    struct jet mode = { .v = binomial_mode(arms, n_arms, intercept, mean, tau) };
    struct jet slope, precision, sum = { .v = 0 };

    for (int n = 0; n < 2; n++) {
        seen_slopes(&s, &mode, &slope, &precision);

        const double c = precision.v;
        const struct jet inverse = jet_apply(&precision, 1 / c, -1 / (c * c), 2 / (c * c * c));
        const struct jet step = jet_multiply(&slope, &inverse);

        mode = jet_add(&mode, 1, &step);
    }
    seen_slopes(&s, &mode, &slope, &precision);

    const double sd = 1 / sqrt(precision.v);
    const struct jet scale = jet_apply(&precision, sd, -sd / (2 * precision.v),
                                       3 * sd / (4 * precision.v * precision.v));
    const struct jet top = seen_value(&s, &mode), log_scale = jet_log(&scale);

    for (size_t j = 0; j < h->n; j++) {
        const struct jet z = jet_add(&mode, h->at[j], &scale), g = seen_value(&s, &z);
        const struct jet below = jet_add(&g, -1, &top);
        const double e = exp(h->at[j] * h->at[j] / 2 + below.v);
        const struct jet term = jet_apply(&below, e, e, e);

        sum = jet_add(&sum, h->weight[j], &term);
    }
    sum = jet_log(&sum);
    sum = jet_add(&sum, 1, &log_scale);
    return jet_add(&sum, 1, &top);
}

/* ---- conditional on the margins ---- */

/* log P(a) and its derivatives by theta. */
struct conditional {
    double f, f1, f2;
};

/* Beyond this no counts up to 1e7 are likely; and products with its exp() do not overflow. */
static const double most_theta = 300;

/* log w(to) / w(from) at theta = 0 */
static double
log_weight_ratio(const struct hypergeometric *h, double from, double to)
{
    return (lchoose(h->n1, to) - lchoose(h->n1, from)) +
           (lchoose(h->n0, h->m1 - to) - lchoose(h->n0, h->m1 - from));
}

static struct conditional
conditional_at(const struct hypergeometric *h, double a, double theta)
{
    const double at = fmin(fmax(theta, -most_theta), most_theta), psi = exp(at);
    struct hypergeometric_moments m = hypergeometric_moments(h, psi, a);

    /* Too far from the mode for products of quotients, and far enough for logarithms. */
    if (isinf(m.log_sum)) {
        const double mode = hypergeometric_mode(h, psi);

        m = hypergeometric_moments(h, psi, mode);
        m.log_sum += log_weight_ratio(h, a, mode) + at * (mode - a);
        m.mean += mode - a;
    }
    return (struct conditional){ -m.log_sum, -m.mean, -m.variance };
}

/* As binomial_mode; and -1 / curvature there. */
static double
conditional_mode(const struct hypergeometric *h, double a, double mean, double tau,
                 double *variance)
{
    double low = -INFINITY, high = INFINITY, z = 0;

    for (int n = 0; n < 200; n++) {
        const struct conditional l = conditional_at(h, a, mean + tau * z);
        const double slope = tau * l.f1;

        *variance = 1 / (1 - tau * tau * l.f2);
        if (n == 0) {
            low = fmin(0, slope);
            high = fmax(0, slope);
        }
        if (slope > z)
            low = fmax(low, z);
        else
            high = fmin(high, z);

        const double step = (slope - z) * *variance;

        /* The points lie about it; nothing depends on where exactly. */
        if (fabs(step) <= 1e-3 * sqrt(*variance))
            break;
        z = z + step > low && z + step < high ? z + step : (low + high) / 2;
    }
    return z;
}

/* Sums over points of  w = exp(g(z) - top):  w, and w times what derivatives are made of. */
struct posterior {
    double sum, f1, zf1, s, zs, zzs; /* s = f2 + f1^2 */
};

static void
posterior_add(struct posterior *p, double w, double z, const struct conditional *l)
{
    const double s = l->f2 + l->f1 * l->f1;

    p->sum += w;
    p->f1 += w * l->f1;
    p->zf1 += w * z * l->f1;
    p->s += w * s;
    p->zs += w * z * s;
    p->zzs += w * z * z * s;
}

/* Points from ${first} on until they weigh nothing; g is concave, so none will again. */
static void
posterior_walk(struct posterior *p, const struct hypergeometric *h, double a, double mean,
               double tau, double top, double first, double step)
{
    for (double j = 0;; j++) {
        const double z = first + j * step;
        const struct conditional l = conditional_at(h, a, mean + tau * z);
        const double w = exp(l.f - z * z / 2 - top);

        if (!(w > DBL_EPSILON / 64))
            return;
        posterior_add(p, w, z, &l);
    }
}

static struct jet
posterior_jet(const struct posterior *p, double log_sum)
{
    const double f1 = p->f1 / p->sum, zf1 = p->zf1 / p->sum;
    struct jet l = { .v = log_sum };

    l.d[BY_MEAN] = f1;
    l.d[BY_TAU] = zf1;
    l.dd[BY_MEAN][BY_MEAN] = p->s / p->sum - f1 * f1;
    l.dd[BY_MEAN][BY_TAU] = l.dd[BY_TAU][BY_MEAN] = p->zs / p->sum - f1 * zf1;
    l.dd[BY_TAU][BY_TAU] = p->zzs / p->sum - zf1 * zf1;
    return l;
}

/*
 * By the trapezoidal rule, whose error for a smooth bell squares with every halving of the step
 * (Trefethen & Weideman 2014, SIAM Rev. 56:385-458): a change of 1e-8 was the last.
 */
struct jet
study_conditional(const struct two_by_two *table, double mean, double tau)
{
    const struct hypergeometric h = hypergeometric_of(table);
    struct posterior p = { 0, 0, 0, 0, 0, 0 };
    struct conditional l = conditional_at(&h, table->a, mean);
    double variance, before = NAN;

    if (tau == 0) {
        posterior_add(&p, 1, 0, &l);
        p.zzs = p.s; /* of E z^2 = 1 */
        return posterior_jet(&p, l.f);
    }

    const double mode = conditional_mode(&h, table->a, mean, tau, &variance);

    l = conditional_at(&h, table->a, mean + tau * mode);

    const double top = l.f - mode * mode / 2, root_2pi = 2.50662827463100050242;
    double step = sqrt(variance);

    posterior_walk(&p, &h, table->a, mean, tau, top, mode, step);
    posterior_walk(&p, &h, table->a, mean, tau, top, mode - step, -step);
    for (int n = 0; n < 8; n++) {
        const double log_sum = top + log(p.sum * step / root_2pi);

        if (fabs(log_sum - before) < 1e-8)
            return posterior_jet(&p, log_sum);
        before = log_sum;
        posterior_walk(&p, &h, table->a, mean, tau, top, mode + step / 2, step);
        posterior_walk(&p, &h, table->a, mean, tau, top, mode - step / 2, -step);
        step /= 2;
    }
    return (struct jet){ .v = NAN };
}
