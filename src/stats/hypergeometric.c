#include "hypergeometric.h"

#include <math.h>

struct hypergeometric
hypergeometric_of(const struct two_by_two *t)
{
    struct hypergeometric h = { .n1 = t->a + t->b, .n0 = t->c + t->d, .m1 = t->a + t->c };

    h.lo = fmax(0, h.m1 - h.n0);
    h.hi = fmin(h.n1, h.m1);
    return h;
}

double
hypergeometric_mode(const struct hypergeometric *h, double psi)
{
    /* The root of w(u) = w(u-1) (Liao & Rosen 2001, Am. Stat. 55:366-369, section 2), only a
     * guess: the two loops mend its rounding. */
    const double linear = (h->m1 + h->n1 + 2) * psi + h->n0 - h->m1;
    const double product = psi * (h->n1 + 1) * (h->m1 + 1);
    const double root = sqrt(fmax(0, linear * linear - 4 * (psi - 1) * product));
    double u = floor(2 * product / (linear + root));

    u = fmin(fmax(u, h->lo), h->hi);
    while (u < h->hi && hypergeometric_step(h, u) * psi > 1)
        u++;
    while (u > h->lo && hypergeometric_step(h, u - 1) * psi < 1)
        u--;
    return u;
}

/* log w(mode)/w(origin). */
static double
log_rise(const struct hypergeometric *h, double psi, double origin, double mode)
{
    const double enough = 2000, rescale = 0x1p900;
    double logs = 0, product = 1;

    for (double u = origin; u < mode && logs < enough; u++) {
        product *= hypergeometric_step(h, u) * psi;
        if (product > rescale) {
            logs += log(product);
            product = 1;
        }
    }
    for (double u = origin; u > mode && logs < enough; u--) {
        product /= hypergeometric_step(h, u - 1) * psi;
        if (product > rescale) {
            logs += log(product);
            product = 1;
        }
    }
    return logs < enough ? logs + log(product) : INFINITY;
}

struct hypergeometric_moments
hypergeometric_moments(const struct hypergeometric *h, double psi, double origin)
{
    const double mode = hypergeometric_mode(h, psi);
    const double rise = log_rise(h, psi, origin, mode);
    double sum = 1, first = 0, second = 0, w = 1;

    if (isinf(rise))
        return (struct hypergeometric_moments){ INFINITY, NAN, NAN };

    for (double u = mode; u < h->hi && w > HYPERGEOMETRIC_NEGLIGIBLE; u++) {
        const double away = u + 1 - mode;

        w *= hypergeometric_step(h, u) * psi;
        sum += w;
        first += away * w;
        second += away * away * w;
    }
    w = 1;
    for (double u = mode; u > h->lo && w > HYPERGEOMETRIC_NEGLIGIBLE; u--) {
        const double away = u - 1 - mode;

        w /= hypergeometric_step(h, u - 1) * psi;
        sum += w;
        first += away * w;
        second += away * away * w;
    }
    first /= sum;
    return (struct hypergeometric_moments){ rise + log(sum), mode - origin + first,
                                            second / sum - first * first };
}
