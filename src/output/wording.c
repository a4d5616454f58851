#include "dyad/output/wording.h"

#include <ctype.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct wording {
    const char *code, *words;
};

static const char *
look_up(const struct wording *wordings, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(wordings[i].code, code) == 0)
            return wordings[i].words;
    return NULL;
}

/* Names that a rule would spoil. */
static const struct wording names[] = {
    { "n", "n" },
    { "k", "k" },
    { "df", "df" },
    { "p_value", "p" },
    { "std_error", "SE" },
    { "tau2", "tau\u00b2" },
    { "i2", "I\u00b2 (%)" },
    { "h2", "H\u00b2" },
    { "weight", "Weight (%)" },
    { "weight_common", "Common weight (%)" },
    { "aic", "AIC" },
    { "bic", "BIC" },
    { "auc", "AUC" },
    { "icc", "ICC" },
    { "id", "ID" },
    { "deff", "Design effect" },
    { "log_lik", "Log-likelihood" },
    { "null_log_lik", "Null log-likelihood" },
    { "hosmer_lemeshow", "Hosmer-Lemeshow" },
    { "hosmer_lemeshow_p", "Hosmer-Lemeshow p" },
    { "rmean", "Restricted mean" },
    { "rmean_se", "SE of the mean" },
    { "n_risk", "At risk" },
    { "n_event", "Events" },
    { "n_censor", "Censored" },
    { "non_events", "Non-events" },
    { "pred_low", "prediction interval" },
    { "r2", "R\u00b2 (%)" },
    { "r_squared", "R\u00b2" },
    { "vif", "Variance inflation" },
    { "gvif", "GVIF" },
    { "scaled", "GVIF^(1/2df)" },
    { "auc_low", "AUC, lower limit" },
    { "auc_high", "AUC, upper limit" },
    { "e_values", "E-values" },
    { "e_value", "E-value" },
    { "e_value_limit", "E-value of the limit" },
    { "lr", "Likelihood ratio" },
    { "lr_p", "Likelihood ratio p" },
    { "qic", "QIC" },
    { "df_residual", "Residual df" },
    { "q", "Q" },
    { "dfbetas", "DFBETAS" },
    { "dffits", "DFFITS" },
    { "cov_ratio", "Covariance ratio" },
    { "filled_std_error", "SE of filled" },
};

static const struct wording measures[] = {
    { "or", "Odds ratio" },
    { "rr", "Risk ratio" },
    { "rd", "Risk difference" },
    { "nnt", "Number needed to treat" },
    { "afe", "Attributable fraction (exposed)" },
    { "paf", "Attributable fraction (population)" },
    { "hr", "Hazard ratio" },
    { "peto", "Peto odds ratio" },
    { "asd", "Arcsine difference" },
    { "generic", "Estimate" },
    { "proportion-logit", "Proportion" },
    { "proportion-ft", "Proportion" },
};

/* In the rows of a table that mixes them. */
static const struct wording short_measures[] = {
    { "or", "OR" },
    { "rr", "RR" },
    { "rd", "RD" },
    { "nnt", "NNT" },
    { "afe", "AF (exposed)" },
    { "paf", "AF (population)" },
    { "hr", "HR" },
    { "peto", "Peto OR" },
    { "asd", "ASD" },
    { "generic", "Estimate" },
    { "proportion-logit", "Proportion" },
    { "proportion-ft", "Proportion" },
};

void
wording_name(struct text *out, const char *name)
{
    const char *known = look_up(names, LENGTH(names), name);

    if (known) {
        text_puts(out, known);
        return;
    }
    for (const char *c = name; *c; c++)
        text_putc(out, *c == '_' ? ' ' : c == name ? (char)toupper((unsigned char)*c) : *c);
}

void
wording_capitals(struct text *out, const char *code)
{
    for (const char *c = code; *c; c++)
        text_putc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
}

void
wording_lowered(struct text *out, const char *words)
{
    const bool lowers = words[0] && islower((unsigned char)words[1]);

    if (lowers)
        text_putc(out, (char)tolower((unsigned char)words[0]));
    text_puts(out, words + lowers);
}

const char *
wording_measure(const char *code)
{
    const char *words = look_up(measures, LENGTH(measures), code);
    return words ? words : code;
}

const char *
wording_short_measure(const char *code)
{
    const char *words = look_up(short_measures, LENGTH(short_measures), code);
    return words ? words : code;
}
