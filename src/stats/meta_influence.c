#include "dyad/stats/meta_influence.h"

#include <math.h>
#include <string.h>

#define MATHLIB_STANDALONE
#include <Rmath.h>

#include "cells.h"

/* Room for k effects in storage that is made of doubles. */
static enum dyad_status
room_for_effects(struct meta_work *work, size_t k, struct effect **out)
{
    const enum dyad_status st = meta_work_reserve(work, k, 2);

    if (st == DYAD_OK)
        *out = (struct effect *)(void *)work->at;
    return st;
}

static enum dyad_status
pool_step(const struct effect *effects, size_t k, const struct meta_method *method,
          struct meta_step *out)
{
    struct meta_step step;
    struct heterogeneity h;
    enum dyad_status st;

    if ((st = meta_pool(effects, k, method, &step.fit)) != DYAD_OK ||
        (st = meta_heterogeneity(effects, k, method, &h)) != DYAD_OK)
        return st;
    step.q = h.q;
    step.q_p_value = h.p_value;
    step.i2 = h.i2;
    step.h2 = h.h2;
    *out = step;
    return DYAD_OK;
}

static bool
has_steps(const struct meta_method *method)
{
    return method->model == META_COMMON || method->estimator != TAU2_MH_DL;
}

static void
without(const struct effect *effects, size_t k, size_t left_out, struct effect *others)
{
    memcpy(others, effects, left_out * sizeof *effects);
    memcpy(others + left_out, effects + left_out + 1, (k - left_out - 1) * sizeof *effects);
}

enum dyad_status
meta_leave_one_out(const struct effect *effects, size_t k, const struct meta_method *method,
                   struct meta_work *work, struct meta_step *steps)
{
    struct effect *others;
    enum dyad_status st;

    if (k < 2 || !has_steps(method))
        return DYAD_DOMAIN;
    if ((st = room_for_effects(work, k, &others)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < k; i++) {
        without(effects, k, i, others);
        if ((st = pool_step(others, k - 1, method, &steps[i])) != DYAD_OK)
            return st;
    }
    return DYAD_OK;
}

/* The same sums as pooling makes, at another tau2. */
static double
sum_of_weights(const struct effect *effects, size_t k, double tau2)
{
    double sum = 0;

    for (size_t i = 0; i < k; i++)
        sum += 1 / (effects[i].v + tau2);
    return sum;
}

static bool
is_influential(const struct influence *it, size_t k)
{
    const double n = (double)k;

    return fabs(it->dffits) > 3 * sqrt(1 / (n - 1)) || pchisq(it->cook, 1, 1, 0) > 0.5 ||
           it->hat > 3 / n || fabs(it->dfbetas) > 1;
}

static struct influence
influence_of(const struct effect *effects, size_t k, size_t i, const struct meta_fit *all,
             const struct meta_step *others)
{
    const struct meta_fit *fit = &others->fit;
    const double se = fit->pooled.std_error, shift = all->pooled.value - fit->pooled.value;
    const double spread = effects[i].v + fit->tau2;
    struct influence it = { .tau2 = fit->tau2, .q = others->q };

    it.hat = 1 / (effects[i].v + all->tau2) / sum_of_weights(effects, k, all->tau2);
    it.weight = 100 * it.hat;
    it.rstudent = (effects[i].y - fit->pooled.value) / sqrt(fit->scale * spread + se * se);
    it.dffits = shift / sqrt(fit->scale * it.hat * spread);
    it.cook = shift / all->pooled.std_error * (shift / all->pooled.std_error);
    it.cov_ratio = se / all->pooled.std_error * (se / all->pooled.std_error);
    it.dfbetas = shift / sqrt(fit->scale / sum_of_weights(effects, k, fit->tau2));
    it.is_influential = is_influential(&it, k);
    return it;
}

enum dyad_status
meta_influence(const struct effect *effects, size_t k, const struct meta_method *method,
               struct meta_work *work, struct influence *out)
{
    struct effect *others;
    struct meta_fit all;
    enum dyad_status st;

    if (k < 2 || !has_steps(method))
        return DYAD_DOMAIN;
    if ((st = room_for_effects(work, k, &others)) != DYAD_OK ||
        (st = meta_pool(effects, k, method, &all)) != DYAD_OK)
        return st;
    for (size_t i = 0; i < k; i++) {
        struct meta_step step;

        without(effects, k, i, others);
        if ((st = pool_step(others, k - 1, method, &step)) != DYAD_OK)
            return st;
        out[i] = influence_of(effects, k, i, &all, &step);
    }
    return DYAD_OK;
}
