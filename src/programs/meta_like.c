#include "meta_like.h"

#include <string.h>

/*
 * Later ones see earlier ones: the model before what pools it.  RevMan and R's meta fill empty
 * cells for Mantel-Haenszel too (its MH.exact = FALSE), not for Peto's method nor for arcsines.
 */
const struct like_default meta_like[] = {
    { "meta", "measure", "peto", "pool", "peto" },
    { "meta", "measure", "rr", NULL, NULL },
    { "meta", "model", "common,random", NULL, NULL },
    { "meta", "pool", "peto", "measure", "peto" },
    { "meta", "pool", "mh", NULL, NULL },
    { "meta", "zero", "none", "measure", "peto" },
    { "meta", "zero", "none", "measure", "asd" },
    { "meta", "zero", "only0:0.5", "pool", "mh" },
    { "meta", "double-zero", "drop", NULL, NULL },
    { "meta", "prediction", "veroniki", NULL, NULL },
    { "meta", "i2", "q", NULL, NULL },
    { "stata", "pool", "peto", "measure", "peto" },
    { "stata", "pool", "mh", NULL, NULL },
    { "stata", "zero", "none", "measure", "peto" },
    { "stata", "prediction", "hts", NULL, NULL },
    { "revman5", "model", "common", NULL, NULL },
    { "revman5", "pool", "peto", "measure", "peto" },
    { "revman5", "pool", "mh", NULL, NULL },
    { "revman5", "zero", "none", "measure", "peto" },
    { "revman5", "zero", "only0:0.5", "pool", "mh" },
    { "revman5", "estimator", "mh-dl", NULL, NULL },
    { "revman5", "zero", "only0:0.5", "estimator", "mh-dl" },
    { "revman5", "estimator", "dl", NULL, NULL },
    { "revman5", "double-zero", "drop", NULL, NULL },
    { "revman5", "i2", "q", NULL, NULL },
    { "revman5", "prediction", "hts", NULL, NULL },
    { "revman2025", "ci", "hksj", NULL, NULL },
    { "revman2025", "pool", "peto", "measure", "peto" },
    { "revman2025", "pool", "mh", NULL, NULL },
    { "revman2025", "zero", "none", "measure", "peto" },
    { "revman2025", "zero", "only0:0.5", "pool", "mh" },
    { "revman2025", "double-zero", "drop", NULL, NULL },
    { "sas", "ci", "t", NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

/* --- what is given, typed or assumed before --------------------------------------------------- */

static bool
is(const struct options *o, const char *option, const char *value)
{
    const char *text = option_text(o, option);
    return text && strcmp(text, value) == 0;
}

static bool
has_model(const struct options *o, const char *name, const char *other_name)
{
    size_t n;
    const char *const *models = option_list(o, "model", &n);
    bool has = false;

    for (size_t i = 0; i < n; i++)
        has = has || strcmp(models[i], name) == 0 || strcmp(models[i], other_name) == 0;
    return has;
}

static bool
pools_counts(const struct options *o)
{
    return is(o, "pool", "mh") || is(o, "pool", "peto");
}

static bool
is_common(const struct options *o)
{
    return option_given(o, "model") ? has_model(o, "common", "fixed") : pools_counts(o);
}

static bool
is_random(const struct options *o)
{
    return option_given(o, "model") ? has_model(o, "random", "random") : !pools_counts(o);
}

/* Of a ratio that empty cells spoil. */
static bool
is_of_ratio(const struct options *o)
{
    return !option_given(o, "measure") || is(o, "measure", "or") || is(o, "measure", "rr");
}

static bool
is_of_mantel_haenszel(const struct options *o)
{
    return is_of_ratio(o) || is(o, "measure", "rd");
}

/* --- what is meant, and what contradicts it ---------------------------------------------------- */

/* Of ${what} = ${value}. */
static bool
sets(const struct like_default *what, const char *option, const char *value)
{
    return strcmp(what->option, option) == 0 && (value == NULL || strcmp(what->value, value) == 0);
}

static bool
is_meant(const struct options *o, const struct like_default *what)
{
    if (sets(what, "pool", "peto"))
        return is_common(o);
    if (sets(what, "pool", "mh"))
        return is_common(o) && is_of_mantel_haenszel(o);
    if (sets(what, "estimator", "mh-dl"))
        return is_random(o) && is_of_mantel_haenszel(o) && !is(o, "pool", "iv");
    if (sets(what, "estimator", NULL) || sets(what, "ci", "hksj") || sets(what, "prediction", NULL) || sets(what, "i2", NULL))
        return is_random(o);
    if (sets(what, "ci", "t"))
        return is_random(o) || !pools_counts(o);
    if (sets(what, "double-zero", NULL) || sets(what, "zero", "only0:0.5"))
        return is_of_ratio(o); /* a difference of risks can do with them */
    return true;
}

/* Typed, and of a value that asks for it; NULL means any. */
static const char *
typed(const struct options *o, const char *option, const char *value)
{
    return option_given(o, option) && !option_assumed(o, option) && (value == NULL || is(o, option, value)) ? option : NULL;
}

static const char *
first_of(const char *a, const char *b)
{
    return a ? a : b;
}

/* What a common effect alone has nothing to do with. */
static const char *
of_random(const struct options *o)
{
    return first_of(first_of(typed(o, "estimator", NULL), typed(o, "ci", "hksj")),
                    first_of(typed(o, "prediction", NULL), typed(o, "i2", "tau2")));
}

static const char *
contradicts(const struct options *o, const struct like_default *what)
{
    const char *glmm = typed(o, "estimator", "glmm"), *cluster = typed(o, "cluster", NULL);

    if (sets(what, "measure", "rr"))
        return glmm;
    if (sets(what, "model", NULL))
        return first_of(first_of(cluster, glmm), strcmp(what->value, "common") == 0 ? of_random(o) : NULL);
    if (sets(what, "pool", NULL))
        return is_random(o) ? NULL : first_of(typed(o, "moderators", NULL), typed(o, "ci", "t"));
    if (sets(what, "estimator", NULL))
        return first_of(cluster, sets(what, "estimator", "mh-dl")
                                     ? first_of(typed(o, "moderators", NULL), typed(o, "i2", "tau2")) : NULL);
    if (sets(what, "ci", "hksj") || sets(what, "i2", NULL))
        return first_of(cluster, glmm);
    if (sets(what, "prediction", NULL))
        return cluster;
    return NULL;
}

bool
meta_like_takes(const struct options *o, const struct like_default *what, const char **to)
{
    if (!is_meant(o, what))
        return false;
    *to = contradicts(o, what);
    return *to == NULL;
}
