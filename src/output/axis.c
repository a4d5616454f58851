#include "dyad/output/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dyad/output/lettering.h"

/* Keeps differences of two ends finite. */
#define FARTHEST (DBL_MAX / 16)

enum { ENOUGH_TICKS = 7 };

/* Ratios are laid out by their logarithm. */
static double
laid_out(enum scale scale, double x)
{
    if (scale == SCALE_RATIO)
        return x > 0 ? log(x) : x == 0 ? -INFINITY : NAN;
    return isfinite(x) ? fmax(-FARTHEST, fmin(FARTHEST, x)) : x;
}

static double
read_back(enum scale scale, double t)
{
    return scale == SCALE_RATIO ? exp(fmax(-700, fmin(700, t))) : t;
}

bool
axis_reference(const struct axis *axis, double *x)
{
    *x = axis->scale == SCALE_RATIO ? 1 : 0;
    return axis->scale != SCALE_PROPORTION && axis->low <= *x && axis->high >= *x;
}

static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct extent {
    double low, high;
};

static void
include(struct extent *e, double t)
{
    if (isfinite(t)) {
        e->low = fmin(e->low, t);
        e->high = fmax(e->high, t);
    }
}

/* The upper median, so that of two intervals the wider one counts. */
static double
usual_half_width(enum scale scale, const struct axis_interval *of, size_t n, double *scratch)
{
    size_t have = 0;

    for (size_t i = 0; i < n; i++) {
        const double at = laid_out(scale, of[i].estimate);
        const double low = at - laid_out(scale, of[i].low);
        const double high = laid_out(scale, of[i].high) - at;
        const double half = isfinite(low) ? (isfinite(high) ? fmax(low, high) : low) : high;
        if (isfinite(half))
            scratch[have++] = half;
    }
    if (have == 0)
        return 0;
    qsort(scratch, have, sizeof *scratch, ascending);
    return scratch[have / 2];
}

/* How far beyond the estimates a limit may pull the axis. */
static double
tolerated(enum scale scale, const struct extent *estimates, double half_width)
{
    const double least = scale == SCALE_RATIO ? log(5) : scale == SCALE_NUMBER ? 0 : 0.02;

    return fmax(least, fmax(0.5 * (estimates->high - estimates->low), 1.5 * half_width));
}

/* Limits within ${room} are on the axis; one farther out gets enough of it for an arrow. */
static void
include_limits(struct extent *all, enum scale scale, const struct axis_interval *of,
               const struct extent *estimates, double room)
{
    const double low = laid_out(scale, of->low), high = laid_out(scale, of->high);
    const double least_low = estimates->low - room, most_high = estimates->high + room;

    if (isnan(of->estimate))
        return;
    include(all, low < least_low ? estimates->low - 0.3 * room : low);
    include(all, high > most_high ? estimates->high + 0.3 * room : high);
}

static struct extent
usual_extent(enum scale scale)
{
    switch (scale) {
    case SCALE_RATIO:
        return (struct extent){ log(0.5), log(2) };
    case SCALE_DIFFERENCE:
        return (struct extent){ -0.1, 0.1 };
    default:
        return (struct extent){ 0, 1 };
    }
}

/* A proportion's axis begins at 0 and ends at 1 where that costs little room. */
static void
settle_proportion(struct extent *e, double pad)
{
    const double span = e->high - e->low;

    e->low = e->low <= 0.6 * span ? 0 : fmax(0, e->low - pad);
    e->high = 1 - e->high <= 0.25 * span ? 1 : fmin(1, e->high + pad);
}

static void
settle(enum scale scale, struct extent *e)
{
    const double least = scale == SCALE_RATIO ? 0.02 : fmax(1e-9, 1e-6 * fabs(e->high));

    if (e->high - e->low < least) {
        const double more = scale == SCALE_RATIO ? log(2) :
                            scale == SCALE_NUMBER ? fmax(1, 0.1 * fabs(e->high)) : 0.05;
        e->low -= more;
        e->high += more;
    }
    const double pad = 0.03 * (e->high - e->low);
    if (scale == SCALE_PROPORTION) {
        settle_proportion(e, pad);
        return;
    }
    e->low -= pad;
    e->high += pad;
}

enum dyad_status
axis_cover(enum scale scale, const struct axis_interval *of, size_t n, struct axis *out)
{
    struct extent estimates = { INFINITY, -INFINITY };
    double *scratch = malloc((n + 1) * sizeof *scratch);

    if (scratch == NULL)
        return DYAD_NOMEM;
    for (size_t i = 0; i < n; i++)
        include(&estimates, laid_out(scale, of[i].estimate));
    if (scale == SCALE_RATIO || scale == SCALE_DIFFERENCE) {
        const bool nothing = estimates.low > estimates.high;
        include(&estimates, 0);
        for (size_t i = 0; nothing && i < n; i++)
            if (!isnan(of[i].estimate)) { /* 0 and infinity still have limits */
                include(&estimates, laid_out(scale, of[i].low));
                include(&estimates, laid_out(scale, of[i].high));
            }
    }
    struct extent all = estimates;
    if (estimates.low <= estimates.high) {
        const double room = tolerated(scale, &estimates, usual_half_width(scale, of, n, scratch));
        for (size_t i = 0; i < n; i++)
            include_limits(&all, scale, &of[i], &estimates, room);
    }
    free(scratch);

    if (all.low > all.high || ((scale == SCALE_RATIO || scale == SCALE_DIFFERENCE) &&
                               all.low == 0 && all.high == 0))
        all = usual_extent(scale);
    else
        settle(scale, &all);
    *out = (struct axis){ .scale = scale,
                          .low = read_back(scale, all.low),
                          .high = read_back(scale, all.high) };
    return DYAD_OK;
}

double
axis_place(const struct axis *axis, double x)
{
    const double low = laid_out(axis->scale, axis->low), high = laid_out(axis->scale, axis->high);

    return (laid_out(axis->scale, x) - low) / (high - low);
}

static void
write_superscript(int n, char *out, size_t room)
{
    static const char *const digits[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    char plain[16];
    size_t used = (size_t)snprintf(out, room, "10%s", n < 0 ? "⁻" : "");

    snprintf(plain, sizeof plain, "%d", abs(n));
    for (const char *d = plain; *d && used < room; d++)
        used += (size_t)snprintf(out + used, room - used, "%s", digits[*d - '0']);
}

/* A true minus sign, not a hyphen; nothing before zero. */
static void
write_number(double x, int decimals, const char *unit, char *out, size_t room)
{
    char plain[64];

    if (fabs(x) < 1e15 && decimals <= 9)
        snprintf(plain, sizeof plain, "%.*f", decimals, fabs(x));
    else
        snprintf(plain, sizeof plain, "%.6g", fabs(x));
    snprintf(out, room, "%s%s%s", x < 0 && strspn(plain, "0.") < strlen(plain) ? "−" : "", plain,
             unit);
}

/* A row of round numbers: the k-th of them, k any whole number. */
struct ladder {
    enum {
        LADDER_STEPS,
        LADDER_DOUBLES,
        LADDER_ONE_TWO_FIVE,
        LADDER_ONE_THREE,
        LADDER_DECADES
    } kind;
    double step; /* of STEPS; of DECADES how many at once */
    int decimals;
};

static double
rung(const struct ladder *l, double k)
{
    static const double of_decade[] = { 1, 2, 5 };
    const double decade = floor(k / 3), half = floor(k / 2);

    switch (l->kind) {
    case LADDER_STEPS:
        return k * l->step;
    case LADDER_DOUBLES:
        return exp2(k);
    case LADDER_ONE_TWO_FIVE:
        return of_decade[(int)(k - 3 * decade)] * pow(10, decade);
    case LADDER_ONE_THREE: /* nearly half decades */
        return (k > 2 * half ? 3 : 1) * pow(10, half);
    default:
        return pow(10, k * l->step);
    }
}

/* A rung at or below ${x}. */
static double
rung_below(const struct ladder *l, double x)
{
    switch (l->kind) {
    case LADDER_STEPS:
        return floor(x / l->step) - 1;
    case LADDER_DOUBLES:
        return floor(log2(x)) - 1;
    case LADDER_ONE_TWO_FIVE:
        return 3 * floor(log10(x)) - 3;
    case LADDER_ONE_THREE:
        return 2 * floor(log10(x)) - 2;
    default:
        return floor(log10(x) / l->step) - 1;
    }
}

static void
write_tick(const struct axis *axis, const struct ladder *l, double x, char *out)
{
    if (axis->scale != SCALE_RATIO)
        write_number(x, l->decimals, axis->scale == SCALE_PROPORTION ? "%" : "", out,
                     AXIS_LABEL);
    else if (l->kind == LADDER_STEPS)
        write_number(x, l->decimals, "", out, AXIS_LABEL);
    else if (x > 0.9e-3 && x < 1.1e4)
        snprintf(out, AXIS_LABEL, "%.6g", x);
    else if (l->kind == LADDER_DECADES)
        write_superscript((int)lround(log10(x)), out, AXIS_LABEL);
    else
        snprintf(out, AXIS_LABEL, "%.3g", x);
}

/* Do two neighbours leave half an em between their labels? */
static bool
labels_fit(const struct axis *axis, double width)
{
    double end = -INFINITY;

    for (size_t i = 0; i < axis->n_ticks; i++) {
        const char *label = axis->labels[i];
        const double half = lettering_width(label, strlen(label), false) / 2;
        const double at = axis_place(axis, axis->ticks[i]) * width;
        if (at - half < end + 0.75)
            return false;
        end = at + half;
    }
    return true;
}

/* Proportions and differences are laid out as 0 to 1 and read as percent. */
static double
reading(const struct axis *axis)
{
    return axis->scale == SCALE_PROPORTION || axis->scale == SCALE_DIFFERENCE ? 100 : 1;
}

static void
add_tick(struct axis *axis, const struct ladder *l, size_t at, double x)
{
    memmove(&axis->ticks[at + 1], &axis->ticks[at], (axis->n_ticks - at) * sizeof *axis->ticks);
    memmove(&axis->labels[at + 1], &axis->labels[at], (axis->n_ticks - at) * sizeof *axis->labels);
    axis->n_ticks++;
    axis->ticks[at] = x / reading(axis);
    write_tick(axis, l, x, axis->labels[at]);
}

/* Draw the axis out to a tick that is just outside, if everything still fits. */
static void
draw_out(struct axis *axis, const struct ladder *l, double before, double after, size_t most,
         double width)
{
    const double near = 0.35; /* of the way to the next tick */
    const double next[] = { rung(l, before), rung(l, after) };

    for (size_t side = 0; side < 2 && axis->n_ticks < most; side++) {
        const struct axis was = *axis;
        const double x = next[side] / reading(axis), place = axis_place(axis, x);
        const double last = axis_place(axis, axis->ticks[side ? axis->n_ticks - 1 : 0]);
        const double beyond = side ? place - 1 : -place, gap = fabs(place - last);
        const bool possible = axis->scale != SCALE_PROPORTION || (x >= 0 && x <= 1);
        if (!possible || !(beyond > 0 && beyond <= near * gap))
            continue;
        *(side ? &axis->high : &axis->low) = x;
        add_tick(axis, l, side ? axis->n_ticks : 0, next[side]);
        if (!labels_fit(axis, width))
            *axis = was;
    }
}

/* Set the ticks that the ladder has on the axis, if they are ${least} to ${most} and fit. */
static bool
climb(struct axis *axis, const struct ladder *l, size_t least, size_t most, double width)
{
    const double unit = reading(axis), slack = 1e-9; /* of the axis: for sums of steps */
    const double first = rung_below(l, axis->low * unit);
    double k = first, before = first;

    axis->n_ticks = 0;
    for (; axis_place(axis, rung(l, k) / unit) <= 1 + slack && k < first + 40; k++) {
        if (axis_place(axis, rung(l, k) / unit) < -slack) {
            before = k;
            continue;
        }
        if (axis->n_ticks == most)
            return false;
        add_tick(axis, l, axis->n_ticks, rung(l, k));
    }
    if (axis->n_ticks == 0 || !labels_fit(axis, width))
        return false;
    const struct axis was = *axis;
    draw_out(axis, l, before, k, most, width);
    if (axis->n_ticks >= least)
        return true;
    *axis = was;
    return false;
}

/* The finest of the steps 1, 2, 2.5 and 5 times a power of ten. */
static bool
climb_steps(struct axis *axis, size_t least, bool through_one, double width)
{
    static const double round[] = { 1, 2, 2.5, 5 };
    const double span = (axis->high - axis->low) * reading(axis);
    const double start = floor(log10(span / ENOUGH_TICKS));

    for (int i = 0; i < 16; i++) {
        const double decade = start + i / 4, step = round[i % 4] * pow(10, decade);
        const int decimals = (int)fmax(0, -decade) + (i % 4 == 2 && decade < 1);
        const struct ladder l = { LADDER_STEPS, step, decimals };
        if (through_one && fabs(rint(1 / step) * step - 1) > 1e-9)
            continue;
        if (climb(axis, &l, least, ENOUGH_TICKS, width))
            return true;
    }
    return false;
}

static bool
climb_ratio(struct axis *axis, double width)
{
    const struct ladder doubles = { LADDER_DOUBLES, 1, 0 };
    const struct ladder one_two_five = { LADDER_ONE_TWO_FIVE, 1, 0 };
    const struct ladder one_three = { LADDER_ONE_THREE, 1, 0 };
    const double fold = axis->high / axis->low;

    if (fold <= 2.5 && climb_steps(axis, 3, true, width))
        return true;
    if (axis->low > 0.11 && axis->high < 18 && climb(axis, &doubles, 3, AXIS_TICKS, width))
        return true;
    if (climb(axis, &one_two_five, 3, ENOUGH_TICKS, width))
        return true;
    if (fold <= 10 && climb_steps(axis, 3, true, width))
        return true;
    if (climb(axis, &one_three, 3, ENOUGH_TICKS, width))
        return true;
    for (double decades = 1; decades < 100; decades++) {
        const struct ladder l = { LADDER_DECADES, decades, 0 };
        if (climb(axis, &l, 3, ENOUGH_TICKS, width))
            return true;
    }
    return climb(axis, &one_two_five, 2, AXIS_TICKS, width) ||
           climb(axis, &one_three, 2, AXIS_TICKS, width);
}

void
axis_set_ticks(struct axis *axis, double width)
{
    const bool found = axis->scale == SCALE_RATIO ? climb_ratio(axis, width)
                                                  : climb_steps(axis, 3, false, width) ||
                                                        climb_steps(axis, 2, false, width);
    if (found)
        return;

    /* Too narrow for a scale: the reference, or the low end. */
    double x;
    const bool is_reference = axis_reference(axis, &x);
    const struct ladder plain = { LADDER_STEPS, 1, is_reference ? 0 : 2 };
    if (!is_reference)
        x = axis->low;
    axis->n_ticks = 1;
    axis->ticks[0] = x;
    write_tick(axis, &plain, x * reading(axis), axis->labels[0]);
}
