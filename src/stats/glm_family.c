#include "glm_family.h"

#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "row_vector.h"

static size_t
padded(size_t n)
{
    return (n + ROW_LANES - 1) / ROW_LANES * ROW_LANES;
}

/* ---- likelihood, gradient and information ---- */

static double
weigh_logistic(const struct model_batch *b, double *w, double *r)
{
    const struct row_vector *v = row_vector();
    double l[ROW_BATCH], linear, product, total = 0;

    v->logistic(padded(b->n), b->eta, b->response, w, r, b->plain ? NULL : l, &linear, &product);
    if (b->plain)
        return linear - log(product);
    for (size_t i = 0; i < b->n; i++)
        total += b->prior[i] * l[i];
    return total;
}

static double
weigh_poisson(const struct model_batch *b, double *w, double *r)
{
    double total = 0;

    row_vector()->exp(padded(b->n), b->eta, w);
    for (size_t i = 0; i < b->n; i++) {
        r[i] = b->response[i] - w[i];
        total += b->prior[i] * (b->response[i] * b->eta[i] - w[i]);
    }
    return total;
}

static double
weigh_linear(const struct model_batch *b, double *w, double *r)
{
    double total = 0;

    for (size_t i = 0; i < b->n; i++) {
        w[i] = 1;
        r[i] = b->response[i] - b->eta[i];
        total -= b->prior[i] * 0.5 * r[i] * r[i];
    }
    return total;
}

/* l = y eta - (y + theta) log(1 + mu/theta), which does not cancel when theta is large. */
static double
weigh_negative_binomial(const struct model_batch *b, const struct glm_curve *c, double *w, double *r)
{
    double total = 0;

    row_vector()->exp(padded(b->n), b->eta, w);
    for (size_t i = 0; i < b->n; i++) {
        const double y = b->response[i], mu = w[i], grown = 1 + mu / c->theta;

        r[i] = (y - mu) / grown;
        w[i] = c->observed ? mu * (1 + y / c->theta) / (grown * grown) : mu / grown;
        total += b->prior[i] * (y * b->eta[i] - (y + c->theta) * log1p(mu / c->theta));
    }
    return total;
}

/* q = 1 - mu.  Where eta is not below 0 there is no likelihood. */
static double
weigh_log_binomial(const struct model_batch *b, const struct glm_curve *c, double *w, double *r)
{
    double total = 0;

    for (size_t i = 0; i < b->n; i++) {
        const double eta = b->eta[i], y = b->response[i];
        const double q = -expm1(eta), mu = exp(eta);
        const bool inside = eta < 0 || (eta == 0 && y == 1 && c->barrier == 0);

        r[i] = y == 1 ? 1 : y - (1 - y) * mu / q;
        w[i] = !c->observed ? mu / q : y == 1 ? 0 : (1 - y) * mu / (q * q);
        total += b->prior[i] * (y * eta + (y == 1 ? 0 : (1 - y) * log(q)));
        if (c->barrier > 0) {
            r[i] += c->barrier / eta;
            w[i] += c->barrier / (eta * eta);
            total += b->prior[i] * c->barrier * log(-eta);
        }
        if (!inside)
            total = -INFINITY;
    }
    return total;
}

double
glm_weigh(const struct model_batch *b, double *w, double *r, void *curve)
{
    const struct glm_curve *c = curve;

    switch (c->family) {
    case GLM_LOGISTIC:
        return weigh_logistic(b, w, r);
    case GLM_POISSON:
        return weigh_poisson(b, w, r);
    case GLM_LINEAR:
        return weigh_linear(b, w, r);
    case GLM_NEGATIVE_BINOMIAL:
        return weigh_negative_binomial(b, c, w, r);
    case GLM_LOG_BINOMIAL:
        break;
    }
    return weigh_log_binomial(b, c, w, r);
}

/* ---- the first step ---- */

/* R: mu = (weight y + 1/2)/(weight + 1);  y + 0.1;  y;  y + (y == 0)/6. */
static double
start_eta(const struct glm_curve *c, double y, double weight, double *w)
{
    double mu;

    switch (c->family) {
    case GLM_LOGISTIC:
        mu = (weight * y + 0.5) / (weight + 1);
        *w = mu * (1 - mu);
        return log(mu / (1 - mu)) + (y - mu) / *w;
    case GLM_LINEAR:
        *w = 1;
        return y;
    case GLM_POISSON:
        mu = y + 0.1;
        *w = mu;
        return log(mu) + (y - mu) / mu;
    case GLM_NEGATIVE_BINOMIAL:
        mu = y == 0 ? 1.0 / 6 : y;
        *w = c->theta > 0 ? mu / (1 + mu / c->theta) : mu;
        return log(mu) + (y - mu) / mu;
    case GLM_LOG_BINOMIAL:
        break;
    }
    *w = 1; /* the same eta for all, below 0 */
    return c->theta;
}

double
glm_weigh_start(const struct model_batch *b, double *w, double *r, void *curve)
{
    double before = NAN, weight = NAN, eta = 0, own = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (b->response[i] != before || b->weight[i] != weight)
            eta = start_eta(curve, before = b->response[i], weight = b->weight[i], &own);
        w[i] = own;
        r[i] = own * (eta - b->eta[i]);
    }
    return 0;
}

/* ---- what does not depend on eta ---- */

double
log_choose(double total, double events)
{
    return lchoose(nearbyint(total), nearbyint(events));
}

static double
constant_of(const struct glm_curve *c, double y, double weight)
{
    switch (c->family) {
    case GLM_LOGISTIC:
    case GLM_LOG_BINOMIAL:
        return y == 0 || y == 1 ? 0 : log_choose(weight, weight * y) / weight;
    case GLM_POISSON:
        return -lgammafn(y + 1);
    case GLM_NEGATIVE_BINOMIAL: /* lgamma(theta + y) - lgamma(theta) - y log(theta) */
        return (y > 0 ? -log(y) - lbeta(c->theta, y) : 0) - y * log(c->theta);
    case GLM_LINEAR:
        break;
    }
    return 0;
}

static double
saturated_of(const struct glm_curve *c, double y)
{
    const double ylogy = y > 0 ? y * log(y) : 0;

    switch (c->family) {
    case GLM_LOGISTIC:
    case GLM_LOG_BINOMIAL:
        return ylogy + (y < 1 ? (1 - y) * log1p(-y) : 0);
    case GLM_POISSON:
        return ylogy - y;
    case GLM_NEGATIVE_BINOMIAL:
        return ylogy - (y + c->theta) * log1p(y / c->theta);
    case GLM_LINEAR:
        break;
    }
    return 0;
}

static double
sum_of(const struct model_batch *b, double *w, double *r, const struct glm_curve *c, bool saturated)
{
    double before = NAN, weight = NAN, l = 0, total = 0;

    for (size_t i = 0; i < b->n; i++) {
        const double y = b->response[i];

        w[i] = r[i] = 0;
        if (y != before || b->weight[i] != weight) {
            before = y;
            weight = b->weight[i];
            l = saturated ? saturated_of(c, y) : constant_of(c, y, weight);
        }
        total += b->prior[i] * l;
    }
    return total;
}

double
glm_weigh_constant(const struct model_batch *b, double *w, double *r, void *curve)
{
    return sum_of(b, w, r, curve, false);
}

double
glm_weigh_saturated(const struct model_batch *b, double *w, double *r, void *curve)
{
    return sum_of(b, w, r, curve, true);
}

bool
glm_response_valid(enum glm_family family, double y)
{
    switch (family) {
    case GLM_LOGISTIC:
    case GLM_LOG_BINOMIAL:
        return y >= 0 && y <= 1;
    case GLM_POISSON:
    case GLM_NEGATIVE_BINOMIAL:
        return y >= 0;
    case GLM_LINEAR:
        break;
    }
    return true;
}

double
glm_least_weight(const struct glm_curve *c, double least, double most)
{
    const double size = fmax(fabs(least), fabs(most));

    switch (c->family) {
    case GLM_LOGISTIC:
        return exp(-size) / 4;
    case GLM_POISSON:
    case GLM_LOG_BINOMIAL:
        return exp(least);
    case GLM_NEGATIVE_BINOMIAL:
        return fmin(exp(least) / (1 + exp(least) / c->theta),
                    exp(most) / (1 + exp(most) / c->theta));
    case GLM_LINEAR:
        break;
    }
    return 1;
}

double
glm_mean(enum glm_family family, double eta)
{
    switch (family) {
    case GLM_LOGISTIC:
        return eta > 0 ? 1 / (1 + exp(-eta)) : exp(eta) / (1 + exp(eta));
    case GLM_LINEAR:
        return eta;
    case GLM_LOG_BINOMIAL:
    case GLM_POISSON:
    case GLM_NEGATIVE_BINOMIAL:
        break;
    }
    return exp(eta);
}

double
glm_slope(enum glm_family family, double eta)
{
    const double t = exp(-fabs(eta));

    switch (family) {
    case GLM_LOGISTIC:
        return t / ((1 + t) * (1 + t));
    case GLM_LINEAR:
        return 1;
    case GLM_LOG_BINOMIAL:
    case GLM_POISSON:
    case GLM_NEGATIVE_BINOMIAL:
        break;
    }
    return exp(eta);
}
