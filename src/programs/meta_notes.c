#include "meta_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *
plural_studies(size_t n)
{
    return n == 1 ? "study" : "studies";
}

/* Names of results: those of one study stand once. */
struct list {
    struct named {
        const char *name;
        size_t order;
    } *at;
    size_t n, room;  /* results */
    size_t distinct; /* studies; list_text counts them */
    struct text text;
    bool failed;
};

#define LIST_INIT { .text = TEXT_INIT }

enum { LISTED_MAX = 8 };

static void
list_add(struct list *l, const char *name)
{
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 16;
        struct named *grown = realloc(l->at, room * sizeof *grown);
        if (grown == NULL) {
            l->failed = true;
            return;
        }
        l->at = grown;
        l->room = room;
    }
    l->at[l->n] = (struct named){ name, l->n };
    l->n++;
}

static int
by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int
by_order(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

/* "A, B and 3 more", each name once, in the order of the first. */
static const char *
list_text(struct list *l)
{
    l->distinct = 0;
    if (l->n)
        qsort(l->at, l->n, sizeof *l->at, by_name);
    for (size_t i = 0; i < l->n; i++)
        if (l->distinct == 0 || strcmp(l->at[l->distinct - 1].name, l->at[i].name) != 0)
            l->at[l->distinct++] = l->at[i];
    if (l->distinct)
        qsort(l->at, l->distinct, sizeof *l->at, by_order);
    text_clear(&l->text);
    for (size_t i = 0; i < l->distinct && i < LISTED_MAX; i++)
        text_printf(&l->text, "%s%s", i ? ", " : "", l->at[i].name);
    if (l->distinct > LISTED_MAX)
        text_printf(&l->text, " and %zu more", l->distinct - LISTED_MAX);
    return l->text.failed || l->text.at == NULL ? "" : l->text.at;
}

static void
list_release(struct meta_report *m, struct list *l)
{
    m->r->failed = m->r->failed || l->failed || l->text.failed;
    text_release(&l->text);
    free(l->at);
}

/* --- conventions -------------------------------------------------------------------------- */

static void
note_measure(const struct meta_report *m)
{
    static const char *const sentences[META_MEASURES] = {
        [META_OR] = "Odds ratios are pooled as logs; std_error is of the log.",
        [META_RR] = "Risk ratios are pooled as logs; std_error is of the log.",
        [META_RD] = "Risk differences are pooled as they stand.",
        [META_PETO] = "Peto's one-step odds ratios are pooled as logs; std_error is of the log.",
        [META_ASD] = "Differences of the arcsine of the root of the risk are pooled as they stand.",
        [META_HR] = "Hazard ratios are pooled as logs; std_error is of the log.",
        [META_GENERIC] = "Estimates are pooled as they stand.",
        [META_LOGIT] = "Proportions are pooled as logits and turned back; std_error is of the logit.",
        [META_FREEMAN_TUKEY] = ("Proportions are pooled by Freeman and Tukey's double arcsine and turned back with the "
                                "harmonic mean of the sizes (Miller 1978); std_error is of the arcsine."),
    };

    result_note(m->r, "%s Level %g%%.", sentences[m->how->measure], 100 * m->how->level);
}

static void
note_random(const struct meta_report *m)
{
    static const char *const estimators[] = {
        [TAU2_DL] = "DerSimonian and Laird", [TAU2_HE] = "Hedges", [TAU2_HS] = "Hunter and Schmidt",
        [TAU2_SJ] = "Sidik and Jonkman", [TAU2_ML] = "maximum likelihood", [TAU2_REML] = "restricted maximum likelihood",
        [TAU2_EB] = "empirical Bayes (Morris)", [TAU2_PM] = "Paule and Mandel",
        [TAU2_MH_DL] = "DerSimonian and Laird with Q about the Mantel-Haenszel estimate, as RevMan 5", [TAU2_GIVEN] = "given",
    };
    static const char *const intervals[] = {
        [META_WALD] = "Wald intervals and tests (normal)",
        [META_T] = "Wald's error with t of k-1 degrees of freedom",
        [META_HKSJ] = ("Hartung, Knapp, Sidik and Jonkman's error with t of k-1 degrees of freedom, not raised where it "
                       "is below Wald's"),
    };
    const struct meta_choices *how = m->how;

    if (how->glmm)
        result_note(m->r, "Random-effects model: binomial-normal mixed model by maximum likelihood, %s; nothing is added to "
                          "empty cells; %s; q is the likelihood-ratio test.",
                    meta_measure_is_proportion(how->measure) ? "7 quadrature points a study"
                    : how->glmm_model == GLMM_CM_EL ? "exact conditional likelihood (CM.EL)"
                                                    : "fixed study effects (UM.FS), 7 quadrature points a study",
                    intervals[how->method.interval]);
    else if (how->clustered)
        result_note(m->r, "Random-effects model with three levels: effects within %s by %s, correlation %g of the sampling "
                          "errors within one; %s. The table robust has the same with cluster-robust errors (CR2) and "
                          "Satterthwaite's degrees of freedom.", option_text(m->o, "cluster"),
                    estimators[how->method.estimator], how->rho,
                    how->method.interval == META_T ? "t of k-1 degrees of freedom" : intervals[META_WALD]);
    else
        result_note(m->r, "Random-effects model: inverse variances, tau-squared by %s; %s.",
                    estimators[how->method.estimator], intervals[how->method.interval]);
    if (!how->clustered && m->any_prediction)
        result_note(m->r, "The prediction interval is for the effect in a new study, with %s.",
                    how->method.prediction == PREDICTION_HTS        ? "t of k-2 degrees of freedom (Higgins, Thompson & "
                                                                      "Spiegelhalter 2009)"
                    : how->method.prediction == PREDICTION_VERONIKI ? "t of k-1 degrees of freedom (Veroniki et al. 2019)"
                                                                    : "the quantile of the pooled interval (as metafor)");
}

static void
note_common(const struct meta_report *m)
{
    static const char *const ways[] = { [POOL_INVERSE_VARIANCE] = "inverse variances", [POOL_MANTEL_HAENSZEL] = "Mantel-Haenszel",
                                        [POOL_PETO] = "Peto's method" };
    const struct meta_choices *how = m->how;
    static const char *const variances[] = { [META_OR] = " (variance of Robins, Breslow & Greenland 1986)",
                                             [META_RR] = " (variance of Greenland & Robins 1985)",
                                             [META_RD] = " (variance of Sato, Greenland & Robins 1989)" };

    result_note(m->r, "Common-effect (fixed-effect) model: %s%s; %s%s.", ways[how->pool],
                how->pool == POOL_MANTEL_HAENSZEL ? variances[how->measure] : "",
                how->pool == POOL_INVERSE_VARIANCE && how->method.interval == META_T ? "t of k-1 degrees of freedom"
                                                                                      : "Wald intervals and tests (normal)",
                how->pool == POOL_INVERSE_VARIANCE ? ""
                : how->zero_pooled                 ? "; of the counts filled by --zero"
                                                   : "; of the counts as they are");
}

static void
note_heterogeneity(const struct meta_report *m)
{
    const struct meta_choices *how = m->how;
    const bool from_q = !how->random || how->i2_from_q || how->method.estimator == TAU2_MH_DL;

    if (!m->any_heterogeneity)
        return;
    if (how->random && how->clustered)
        result_note(m->r, "tau2 and i2 are of both levels together, and have no limits; those of each variance stand in the "
                          "table levels.");
    else if (how->random && how->glmm)
        result_note(m->r, "tau2, i2 and h2 have no limits under a binomial-normal model.");
    else if (how->random)
        result_note(m->r, "Tau-squared's limits are by the Q-profile method; I-squared and H-squared are from %s.",
                    from_q ? "Q, without limits" : "tau-squared, as metafor has them");
    else
        result_note(m->r, "I-squared and H-squared are from Q, without limits.");
}

/* Columns that the measure or the model leaves empty. */
static void
note_columns(const struct meta_report *m)
{
    const struct meta_choices *how = m->how;

    if (how->random && (how->clustered || how->glmm))
        result_note(m->r, "No weights of studies: under %s they are none of single studies.",
                    how->glmm ? "a binomial-normal model" : "a model with clusters");
    if (meta_measure_is_proportion(how->measure))
        result_note(m->r, "No test of a pooled proportion: no value of it is a natural null.");
}

/* --- what is in and what is not ----------------------------------------------------------- */

/* "6 results of 3 studies", and which. */
static void
note_one_reason(struct meta_report *m, const struct meta_set *sets, size_t n_sets, const char *why)
{
    struct list l = LIST_INIT;

    for (size_t s = 0; s < n_sets; s++)
        for (size_t i = 0; i < sets[s].n; i++)
            if (sets[s].studies[i]->left_out && strcmp(sets[s].studies[i]->left_out, why) == 0)
                list_add(&l, sets[s].studies[i]->name);
    const size_t results = l.n;
    const char *names = list_text(&l);
    if (results == l.distinct)
        result_note(m->r, "Left out: %zu %s, %s (%s).", results, plural_studies(results), names, why);
    else
        result_note(m->r, "Left out: %zu results of %zu %s, %s (%s).", results, l.distinct, plural_studies(l.distinct), names,
                    why);
    list_release(m, &l);
}

static void
note_left_out(struct meta_report *m, const struct meta_set *sets, size_t n_sets)
{
    enum { REASONS_MAX = 16 }; /* there are fewer sentences */
    const char *said[REASONS_MAX];
    size_t n = 0;

    for (size_t s = 0; s < n_sets; s++)
        for (size_t i = 0; i < sets[s].n; i++) {
            const char *why = sets[s].studies[i]->left_out;
            bool known = why == NULL || n == REASONS_MAX;
            for (size_t k = 0; k < n && !known; k++)
                known = strcmp(said[k], why) == 0;
            if (known)
                continue;
            said[n++] = why;
            note_one_reason(m, sets, n_sets, why);
        }
}

static bool
is_table(const struct study *s)
{
    return s->evidence == STUDY_TABLE;
}

static bool
is_empty_celled(const struct study *s)
{
    return s->evidence == STUDY_ARM ? s->counts.a == 0 || s->counts.b == 0 : is_table(s) && table_has_zero(&s->counts);
}

static void
note_zero(struct meta_report *m, const struct meta_set *sets, size_t n_sets)
{
    static const char *const rules[] = { [ZERO_NONE] = "nothing is added", [ZERO_ONLY0] = "of such a study",
                                         [ZERO_IF0ALL] = "of every study", [ZERO_ALL] = "of every study", [ZERO_BY_ARM] = "" };
    const struct meta_choices *how = m->how;
    struct list empty = LIST_INIT, twice = LIST_INIT;
    const bool has_effects = (how->random && !how->glmm) || (how->common && how->pool == POOL_INVERSE_VARIANCE);

    for (size_t s = 0; s < n_sets; s++)
        for (size_t i = 0; i < sets[s].n; i++) {
            const struct study *x = sets[s].studies[i];
            if (is_empty_celled(x) && x->left_out == NULL)
                list_add(&empty, x->name);
            if (is_table(x) && table_is_double_zero(&x->counts) && !isnan(x->effect.y) && how->measure != META_ASD &&
                how->measure != META_RD)
                list_add(&twice, x->name);
        }
    if (empty.n && how->zero == ZERO_BY_ARM)
        result_note(m->r, "Empty cells (%s): to each cell of such a study its arm's share of the people is added, for its own "
                          "effect (the treatment arm correction of Sweeting, Sutton and Lambert 2004).", list_text(&empty));
    else if (how->zero == ZERO_ALL)
        result_note(m->r, "%g is added to each cell of every study.", how->added);
    else if (empty.n && how->zero == ZERO_NONE)
        result_note(m->r, "Empty cells (%s): nothing is added.", list_text(&empty));
    else if (empty.n && how->measure != META_FREEMAN_TUKEY)
        result_note(m->r, "Empty cells (%s): %g is added to each cell %s for its own effect.", list_text(&empty), how->added,
                    rules[how->zero]);
    if (twice.n && has_effects) {
        const char *names = list_text(&twice);
        result_note(m->r, "No event in either arm, or nothing but events (%s): %s in with what is added, as in metafor; many "
                          "leave such out (--double-zero drop).", names, twice.distinct == 1 ? "it is" : "they are");
    }
    list_release(m, &empty);
    list_release(m, &twice);
}

/* "its standard error (3), its limits of 95% (2)"; how many only where there are several. */
static void
put_sources(struct text *out, const size_t from[ERROR_SOURCES], double level)
{
    static const char *const names[] = { [ERROR_STD_ERROR] = "its standard error", [ERROR_VARIANCE] = "its variance",
                                         [ERROR_LIMITS] = "its limits" };
    size_t kinds = 0;

    for (size_t i = ERROR_STD_ERROR; i < ERROR_SOURCES; i++)
        kinds += from[i] > 0;
    for (size_t i = ERROR_STD_ERROR; i < ERROR_SOURCES; i++) {
        if (from[i] == 0)
            continue;
        text_printf(out, "%s%s", out->length ? ", " : "", names[i]);
        if (i == ERROR_LIMITS)
            text_printf(out, " of %g%%", 100 * level);
        if (kinds > 1)
            text_printf(out, " (%zu)", from[i]);
    }
}

static void
note_reading(struct meta_report *m)
{
    const struct meta_studies *all = m->all;
    size_t from[ERROR_SOURCES] = { 0 }, estimates = 0, clusters = 0, no_people = 0;
    struct text errors = TEXT_INIT;

    for (size_t i = 0; i < all->n; i++) {
        estimates += all->at[i].evidence == STUDY_ESTIMATE;
        from[all->at[i].error_from] += all->at[i].evidence == STUDY_ESTIMATE;
        clusters += all->at[i].design_effect > 1;
        no_people += all->at[i].evidence == STUDY_ESTIMATE && isnan(meta_study_people(&all->at[i]));
    }
    put_sources(&errors, from, m->how->limits_level);
    if (estimates)
        result_note(m->r, "%zu %s by the estimate (%s), with %s.", estimates,
                    estimates == 1 ? "study enters" : "studies enter",
                    !meta_measure_is_ratio(m->how->measure) ? "as it stands"
                    : m->how->log_scale                     ? "read as a log"
                                                            : "read as a ratio",
                    errors.failed || errors.at == NULL ? "" : errors.at);
    m->r->failed = m->r->failed || errors.failed;
    text_release(&errors);
    if (no_people)
        result_note(m->r, "n is empty where a study does not say how many it is about.");
    if (clusters)
        result_note(m->r, "Cluster-randomised: counts of %zu %s are divided, or variances multiplied, by the design effect "
                          "1 + (cluster size - 1) x ICC; the table unadjusted is without that, and n counts people.",
                    clusters, plural_studies(clusters));
}

static void
note_missing(struct meta_report *m, const char *name, size_t factor)
{
    size_t n = 0;

    for (size_t i = 0; i < m->all->n; i++)
        n += m->all->at[i].codes[factor] == 0;
    if (n)
        result_note(m->r, "Left out: %zu %s for want of a value of %s.", n, plural_studies(n), name);
}

/* --- rows that look wrong ----------------------------------------------------------------- */

static bool
same_numbers(const struct study *a, const struct study *b)
{
    if (a->evidence != b->evidence || a->evidence == STUDY_NOTHING)
        return false;
    if (a->evidence == STUDY_ESTIMATE)
        return a->given.y == b->given.y && a->given.v == b->given.v;
    return a->counts.a == b->counts.a && a->counts.b == b->counts.b && a->counts.c == b->counts.c && a->counts.d == b->counts.d;
}

/* "FILE:LINE" */
struct spot {
    const char *path;
    uint64_t line;
};

static struct spot
place_of(const struct meta_report *m, const struct study *s)
{
    struct spot spot;

    reader_place(cohort_reader(m->all->cohort), s->place, &spot.path, &spot.line);
    return spot;
}

/* Each study with the first that is like it; the rest are only counted. */
static void
note_duplicates(struct meta_report *m, const struct meta_set *set)
{
    enum { NOTES_MAX = 8 };
    size_t found = 0;

    for (size_t i = 0; i < set->n; i++) {
        const struct study *b = set->studies[i], *same = NULL, *again = NULL;
        for (size_t k = 0; k < i && b->left_out == NULL && same == NULL; k++) {
            const struct study *a = set->studies[k];
            if (a->left_out)
                continue;
            if (same_numbers(a, b))
                same = a;
            else if (again == NULL && !m->how->clustered && strcmp(a->name, b->name) == 0)
                again = a;
        }
        if ((same == NULL && again == NULL) || ++found > NOTES_MAX)
            continue;
        const struct spot here = place_of(m, b), there = place_of(m, same ? same : again);
        if (same)
            result_note(m->r, "%s (%s:%" PRIu64 ") has the same numbers as %s (%s:%" PRIu64 "): the same study twice?",
                        b->name, here.path, here.line, same->name, there.path, there.line);
        else
            result_note(m->r, "%s stands more than once (%s:%" PRIu64 " and %s:%" PRIu64 "): its rows are pooled as if they "
                              "were independent studies; --where picks one, --cluster keeps them together.",
                        b->name, there.path, there.line, here.path, here.line);
    }
    if (found > NOTES_MAX)
        result_note(m->r, "And %zu more rows that have the numbers or the name of one before them.", found - NOTES_MAX);
}

/* What a study's effect, y with variance v, is against all others pooled: its studentised residual. */
static double
residual_of(const struct meta_fit *others, double y, double v)
{
    return (y - others->pooled.value) /
           sqrt(v + others->tau2 + others->pooled.std_error * others->pooled.std_error);
}

/* An effect far off the others that would be among them if it were turned round. */
static enum dyad_status
note_swapped(struct meta_report *m, const struct meta_set *set)
{
    struct meta_choices how = *m->how;
    const struct meta_method method = { .model = META_RANDOM, .estimator = TAU2_DL, .level = 0.95 };
    struct effect *others = calloc(set->n + 1, sizeof *others);
    struct meta_sample g;
    enum dyad_status st;

    how.glmm = false;
    st = meta_sample_take(set->studies, set->n, &how, META_RANDOM, &g);
    if (others == NULL)
        st = DYAD_NOMEM;
    for (size_t i = 0; st == DYAD_OK && g.k >= 5 && i < g.k; i++) {
        const double y = g.effects[i].y, v = g.effects[i].v;
        struct meta_fit fit;
        memcpy(others, g.effects, i * sizeof *others);
        memcpy(others + i, g.effects + i + 1, (g.k - i - 1) * sizeof *others);
        if (meta_pool(others, g.k - 1, &method, &fit) != DYAD_OK || !(fabs(residual_of(&fit, y, v)) > 3) ||
            fabs(residual_of(&fit, -y, v)) >= 1.96)
            continue;
        const struct spot here = place_of(m, g.who[i]);
        result_note(m->r, "%s (%s:%" PRIu64 "): its arms look swapped: its effect lies far off the others (studentised "
                          "residual %.1f) and would be among them the other way round.",
                    g.who[i]->name, here.path, here.line, residual_of(&fit, y, v));
    }
    meta_sample_release(&g);
    free(others);
    return st;
}

static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Among five or more estimates: an error far below all others whose root is like them. */
static void
note_variances(struct meta_report *m, const struct meta_set *set)
{
    double *errors = calloc(set->n + 1, sizeof *errors);
    size_t k = 0;

    for (size_t i = 0; errors && i < set->n; i++)
        if (set->studies[i]->evidence == STUDY_ESTIMATE)
            errors[k++] = sqrt(set->studies[i]->given.v);
    if (errors)
        qsort(errors, k, sizeof *errors, ascending);
    for (size_t i = 0; errors && k >= 5 && i < set->n; i++) {
        const struct study *s = set->studies[i];
        const double error = sqrt(s->given.v), middle = errors[k / 2];
        if (s->evidence != STUDY_ESTIMATE || error >= 1 || error != errors[0] || errors[1] < 2.5 * error ||
            sqrt(error) < errors[1] / 1.5 || sqrt(error) > middle * 2)
            continue;
        const struct spot here = place_of(m, s);
        result_note(m->r, "%s (%s:%" PRIu64 "): its standard error is far below all others and looks like a variance: its "
                          "root, %.3g, would be among them.", s->name, here.path, here.line, sqrt(error));
    }
    m->r->failed = m->r->failed || errors == NULL;
    free(errors);
}

void
meta_report_notes(struct meta_report *m, const struct meta_set *sets, size_t n)
{
    const struct meta_columns *c = &m->all->columns;

    note_measure(m);
    if (m->how->common)
        note_common(m);
    if (m->how->random)
        note_random(m);
    note_heterogeneity(m);
    note_columns(m);
    note_zero(m, sets, n);
    note_left_out(m, sets, n);
    note_reading(m);
    for (size_t i = 0; i < c->by.n; i++)
        note_missing(m, c->by.names[i], c->by.factors[i]);
    if (c->has_subgroup)
        note_missing(m, option_text(m->o, "subgroup"), c->subgroup);
    if (c->has_cluster)
        note_missing(m, option_text(m->o, "cluster"), c->cluster);
    for (size_t s = 0; s < n; s++) {
        note_duplicates(m, &sets[s]);
        note_variances(m, &sets[s]);
        if (meta_measure_is_proportion(m->how->measure))
            continue;
        if (note_swapped(m, &sets[s]) == DYAD_NOMEM)
            m->r->failed = true;
    }
}
