/*
 * programs/sentences.h: rows of results as sentences that state contrast and uncertainty.
 *
 * A sentence says only what its row holds: where a number is not defined or not shown, there is
 * none.  Whoever the row sets first is named first, the reference second.
 */
#ifndef DYAD_PROGRAMS_SENTENCES_H
#define DYAD_PROGRAMS_SENTENCES_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

/* What a column or COL=VALUE is called: "began to breastfeed", "with a lactation consultant". */
struct word {
    const char *key, *words;
};

struct wordbook {
    const char *people; /* "mothers"; NULL: "records" */
    const struct word *words;
    size_t n;
    const struct word *labels; /* of values of groups, by the codebook: "with Education = High school" */
    size_t n_labels;
};

/** wordbook_find(w, key): what it is called there, or NULL. */
const char *wordbook_find(const struct wordbook *w, const char *key);

/** wordbook_group(w, column, level, out): "with a lactation consultant", by its label or "with support = ibclc". */
void wordbook_group(const struct wordbook *w, const char *column, const char *level, struct text *out);

/** wordbook_event(w, outcome, out): "began to breastfeed", or "had initiated". */
void wordbook_event(const struct wordbook *w, const char *outcome, struct text *out);

/*
 * Each adds one sentence, without a line's end, to ${out}; false, and nothing added, where the row
 * has nothing to say.  ${level} is of confidence.
 */

/** sentence_rate(t, row, w, level, out): of the table rates. */
bool sentence_rate(const struct table *t, size_t row, const struct wordbook *w, double level, struct text *out);

/** sentence_contrast(t, row, w, level, out): of the table measures: crude or pooled or, rr, rd. */
bool sentence_contrast(const struct table *t, size_t row, const struct wordbook *w, double level, struct text *out);

/* A coefficient, and what it is of. */
struct adjusted {
    const char *measure;  /* "or", "rr", "hr" */
    const char *outcome;  /* may be NULL */
    const char *exposure, *level, *reference;
    bool is_alone;        /* no other term is in the model */
};

/** sentence_adjusted(t, row, a, w, level, out): of the table coefficients. */
bool sentence_adjusted(const struct table *t, size_t row, const struct adjusted *a, const struct wordbook *w,
                       double level, struct text *out);

/** sentence_margin(t, row, a, w, level, out): a difference (rd) of the table margins, with both risks. */
bool sentence_margin(const struct table *t, size_t row, const struct adjusted *a, const struct wordbook *w,
                     double level, struct text *out);

/** sentence_pooled(t, row, level, out): of the table pooled. */
bool sentence_pooled(const struct table *t, size_t row, double level, struct text *out);

/** sentence_median(t, row, event, unit, w, level, out): of survival's summary; ${unit} may be NULL. A median that
    is empty was not reached, unless the table hides numbers. */
bool sentence_median(const struct table *t, size_t row, const char *event, const char *unit,
                     const struct wordbook *w, double level, struct text *out);

#endif
