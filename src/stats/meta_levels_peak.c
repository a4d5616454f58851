#include "meta_levels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- climbing ---- */

static bool
look(const struct levels *m, struct peak *at)
{
    at->height = levels_slope(m, at->variance, at->slope);
    return isfinite(at->height) && isfinite(at->slope[0]) && isfinite(at->slope[1]);
}

static bool
may_move(const struct peak *at, int i)
{
    return !at->held[i] && (at->variance[i] > 0 || at->slope[i] > 0);
}

static double
size_of(const struct levels *m, const struct peak *at, int i)
{
    return at->variance[i] + m->least[i];
}

/* How steep it still is, in units of log-likelihood. */
static double
steepness(const struct levels *m, const struct peak *at)
{
    double steepest = 0;

    for (int i = 0; i < 2; i++)
        if (may_move(at, i))
            steepest = fmax(steepest, fabs(at->slope[i]) * size_of(m, at, i));
    return steepest;
}

/* Second derivatives by differences of the slope, 1e-4 of the variance to both sides. */
static bool
curvature(const struct levels *m, const struct peak *at, double h[2][2])
{
    for (int i = 0; i < 2; i++) {
        struct peak low = *at, high = *at;
        const double step = 1e-4 * size_of(m, at, i);

        if (!may_move(at, i))
            continue;
        low.variance[i] = fmax(0, at->variance[i] - step);
        high.variance[i] += step;
        if (!look(m, &low) || !look(m, &high))
            return false;
        for (int j = 0; j < 2; j++)
            h[i][j] = (high.slope[j] - low.slope[j]) / (high.variance[i] - low.variance[i]);
    }
    h[0][1] = h[1][0] = (h[0][1] + h[1][0]) / 2;
    return true;
}

static void
limit_step(const struct levels *m, const struct peak *at, double *step)
{
    for (int i = 0; i < 2; i++)
        step[i] = fmin(step[i], 4 * size_of(m, at, i));
}

/* Uphill along each axis. */
static void
axial_step(const struct levels *m, const struct peak *at, double h[2][2], double *step)
{
    for (int i = 0; i < 2; i++) {
        const double size = size_of(m, at, i);

        step[i] = !may_move(at, i) ? 0
                  : h[i][i] != 0   ? at->slope[i] / fabs(h[i][i])
                                   : at->slope[i] * size * size;
    }
    limit_step(m, at, step);
}

/* Newton's, where the likelihood is concave. */
static bool
newton_step(const struct levels *m, const struct peak *at, double h[2][2], double *step)
{
    const double det = h[0][0] * h[1][1] - h[0][1] * h[0][1];

    if (!may_move(at, 0) || !may_move(at, 1) || !(h[0][0] < 0 && h[1][1] < 0 && det > 0))
        return false;
    step[0] = -(h[1][1] * at->slope[0] - h[0][1] * at->slope[1]) / det;
    step[1] = -(h[0][0] * at->slope[1] - h[0][1] * at->slope[0]) / det;
    limit_step(m, at, step);
    return true;
}

/* Less than the height has digits to tell is told by the slope alone. */
static double
noise_of(const struct levels *m, const struct peak *at)
{
    return 16 * DBL_EPSILON * ((double)m->k + fabs(at->height));
}

/* The step, halved until it leads up, or, where the height has no digits left to tell, to where
 * it is less steep. */
static bool
take_step(const struct levels *m, const double *step, struct peak *at)
{
    const double noise = noise_of(m, at);

    for (int halving = 0; halving < 60; halving++) {
        struct peak next = *at;

        for (int i = 0; i < 2; i++)
            next.variance[i] = fmax(0, at->variance[i] + ldexp(step[i], -halving));
        if (memcmp(next.variance, at->variance, sizeof next.variance) == 0)
            return false;
        if (look(m, &next) &&
            (next.height > at->height + noise ||
             (next.height >= at->height - noise && steepness(m, &next) < steepness(m, at)))) {
            *at = next;
            return true;
        }
    }
    return false;
}

/* False if nowhere is better.  At a boundary Newton's step may lead out and, cut there, down:
 * then along the axes. */
static bool
climb(const struct levels *m, struct peak *at)
{
    double h[2][2] = { { 0, 0 }, { 0, 0 } }, step[2];

    if (!curvature(m, at, h))
        return false;
    if (newton_step(m, at, h, step) && take_step(m, step, at))
        return true;
    axial_step(m, at, h, step);
    return take_step(m, step, at);
}

/* To the top, where the slope is 0 but for rounding: 1e-7 of the log-likelihood moves a variance by
 * some 1e-7 of its error.  (A variance held at 0 may leave a height of -1e12, and so less.) */
static enum dyad_status
ascend(const struct levels *m, struct peak *at)
{
    enum { MOST_STEPS = 300 };

    if (!look(m, at))
        return DYAD_NOCONV;
    for (int i = 0; i < MOST_STEPS && steepness(m, at) > 0; i++)
        if (!climb(m, at))
            break;
    return steepness(m, at) <= fmax(1e-7, noise_of(m, at)) ? DYAD_OK : DYAD_NOCONV;
}

/* ---- the highest peak ---- */

enum { MOST_ROWS = 40 };

/* One axis of the grid: a variance that is held, or 0 and powers of a factor of 4 or more. */
struct axis {
    double at[MOST_ROWS];
    size_t n;
};

static struct axis
axis_of(double held, double least, double beyond)
{
    struct axis axis = { { isnan(held) ? 0 : held }, 1 };
    const double factor = fmax(4, pow(beyond / least, 1.0 / (MOST_ROWS - 2)));

    for (double at = least; isnan(held) && axis.n < MOST_ROWS && at < factor * beyond; at *= factor)
        axis.at[axis.n++] = at;
    return axis;
}

/* Is it higher than its neighbours?  Of equals, the first. */
static bool
is_summit(double heights[MOST_ROWS][MOST_ROWS], const struct axis *axes, size_t i, size_t j)
{
    for (size_t a = i > 0 ? i - 1 : 0; a <= i + 1 && a < axes[BETWEEN].n; a++)
        for (size_t b = j > 0 ? j - 1 : 0; b <= j + 1 && b < axes[WITHIN].n; b++) {
            const bool before = a < i || (a == i && b < j);

            if (heights[a][b] > heights[i][j] || (before && heights[a][b] == heights[i][j]))
                return false;
        }
    return true;
}

enum dyad_status
levels_highest(const struct levels *m, const double *held, double beyond, struct peak *out)
{
    const struct axis axes[] = { axis_of(held[BETWEEN], m->least[BETWEEN], beyond),
                                 axis_of(held[WITHIN], m->least[WITHIN], beyond) };
    double heights[MOST_ROWS][MOST_ROWS];
    struct peak best = { .height = -INFINITY };
    enum dyad_status st = DYAD_NOCONV;

    for (size_t i = 0; i < axes[BETWEEN].n; i++)
        for (size_t j = 0; j < axes[WITHIN].n; j++) {
            const double variance[] = { axes[BETWEEN].at[i], axes[WITHIN].at[j] };

            heights[i][j] = levels_height(m, variance, NULL);
            if (isnan(heights[i][j]))
                return DYAD_NOCONV;
        }
    for (size_t i = 0; i < axes[BETWEEN].n; i++)
        for (size_t j = 0; j < axes[WITHIN].n; j++) {
            struct peak peak = { .variance = { axes[BETWEEN].at[i], axes[WITHIN].at[j] },
                                 .held = { !isnan(held[BETWEEN]), !isnan(held[WITHIN]) } };
            enum dyad_status reached;

            if (!is_summit(heights, axes, i, j))
                continue;
            reached = ascend(m, &peak);
            if (peak.height > best.height) {
                best = peak;
                st = reached;
            }
        }
    if (st == DYAD_OK)
        *out = best;
    return st;
}
