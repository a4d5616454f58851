#include "dyad/data/sequences.h"

#include <ctype.h>
#include <string.h>

enum { WORDS_MAX = 12, WORD_BYTES = 24 };

enum feeding { FEEDING_NONE, FEEDING_ANY, FEEDING_EXCLUSIVE, FEEDING_BEGUN };

/* What a name says. */
struct reading {
    enum feeding feeding;
    double days;      /* of a state: when; -1: no state */
    const char *unit; /* of a duration; NULL: none */
};

struct words {
    char at[WORDS_MAX][WORD_BYTES];
    size_t n;
};

static bool
is_in(const char *word, const char *const *list)
{
    while (*list && strcmp(word, *list) != 0)
        list++;
    return *list != NULL;
}

/* Letters and digits apart: "ebf_6m" is ebf 6 m. */
static void
split(const char *name, struct words *w)
{
    size_t length = 0;

    w->n = 0;
    for (const char *c = name;; c++) {
        const bool word = isalnum((unsigned char)*c);
        const bool turn = c > name && word && isalnum((unsigned char)c[-1]) &&
                          (!isdigit((unsigned char)*c) != !isdigit((unsigned char)c[-1]) ||
                           (isupper((unsigned char)*c) && islower((unsigned char)c[-1])));
        if ((turn || !word) && length) {
            w->at[w->n++][length] = '\0';
            length = 0;
        }
        if (*c == '\0' || w->n == WORDS_MAX)
            return;
        if (word && length + 1 < WORD_BYTES)
            w->at[w->n][length++] = (char)tolower((unsigned char)*c);
    }
}

/* Days of a unit; 0 if the word is none. */
static double
days_of(const char *word, const char **unit)
{
    static const struct {
        const char *word, *unit;
        double days;
    } units[] = { { "d", "days", 1 },       { "day", "days", 1 },      { "days", "days", 1 },
                  { "w", "weeks", 7 },      { "wk", "weeks", 7 },      { "wks", "weeks", 7 },
                  { "week", "weeks", 7 },   { "weeks", "weeks", 7 },   { "m", "months", 30.4375 },
                  { "mo", "months", 30.4375 }, { "mth", "months", 30.4375 }, { "month", "months", 30.4375 },
                  { "months", "months", 30.4375 }, { "duration", "duration", 1 } };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].word, word) == 0) {
            *unit = units[i].unit;
            return units[i].days;
        }
    return 0;
}

static double
number_of(const char *word)
{
    double value = 0;

    for (; isdigit((unsigned char)*word); word++)
        value = 10 * value + (*word - '0');
    return *word == '\0' ? value : -1;
}

static struct reading
read_name(const char *name)
{
    static const char *const exclusive[] = { "excl", "exclusive", "exclusively", "ebf", NULL };
    static const char *const any[] = { "any", "bf", "breastfed", "breastfeeding", "breastfeed", NULL };
    static const char *const begun[] = { "initiated", "initiation", "ever", NULL };
    static const char *const discharge[] = { "disch", "discharge", NULL };
    /* What is no state and no duration of feeding. */
    static const char *const other[] = { "event", "age", "first", "reason", "plan", "planned", "intended", "intention",
                                         "prior", "previous", "support", "wt", "weight", "stopped", "stop", "weaned", "n",
                                         "not", "no", "censored", "goal", "interval", "since", "date", "pct",
                                         "percent", "rate", "se", "ci", "est", "lo", "hi", "low", "high", "half", "halfci",
                                         "total", "events", "treated", "control", NULL };
    struct reading r = { FEEDING_NONE, -1, NULL };
    struct words w;

    split(name, &w);
    for (size_t i = 0; i < w.n; i++) {
        const char *unit;
        if (is_in(w.at[i], other))
            return (struct reading){ FEEDING_NONE, -1, NULL };
        if (is_in(w.at[i], exclusive))
            r.feeding = FEEDING_EXCLUSIVE;
        else if (is_in(w.at[i], any) && r.feeding == FEEDING_NONE)
            r.feeding = FEEDING_ANY;
        else if (is_in(w.at[i], begun))
            r.feeding = FEEDING_BEGUN;
        else if (is_in(w.at[i], discharge))
            r.days = 2;
        else if (days_of(w.at[i], &unit) > 0) {
            const double before = i ? number_of(w.at[i - 1]) : -1, behind = i + 1 < w.n ? number_of(w.at[i + 1]) : -1;
            if (before >= 0 || behind >= 0)
                r.days = days_of(w.at[i], &unit) * (before >= 0 ? before : behind);
            else
                r.unit = unit;
        }
    }
    return r;
}

static void
add(struct sequence *out, size_t *n, size_t most, struct sequence s)
{
    if (*n < most)
        out[(*n)++] = s;
}

/* Two columns, each either way round. */
static void
compare(const struct reading *a, size_t i, const struct reading *b, size_t k, struct sequence *out, size_t *n, size_t most)
{
    const bool states = a->days >= 0 && b->days >= 0, durations = a->unit && b->unit && a->days < 0 && b->days < 0;

    if (a->feeding == FEEDING_EXCLUSIVE && b->feeding == FEEDING_ANY) {
        if (durations && strcmp(a->unit, b->unit) == 0)
            add(out, n, most, (struct sequence){ SEQUENCE_LONGER, i, k, true, true });
        if (states && !(a->days < b->days) && !(a->days > b->days))
            add(out, n, most, (struct sequence){ SEQUENCE_WITHOUT, i, k, false, false });
    }
    if ((a->feeding == FEEDING_EXCLUSIVE || a->feeding == FEEDING_ANY) && b->feeding == FEEDING_BEGUN &&
        (a->days >= 0 || a->unit))
        add(out, n, most, (struct sequence){ SEQUENCE_NOT_BEGUN, i, k, a->days < 0, false });
    if (states && a->feeding == b->feeding && (a->feeding == FEEDING_EXCLUSIVE || a->feeding == FEEDING_ANY) &&
        a->days > b->days)
        add(out, n, most, (struct sequence){ SEQUENCE_AGAIN, i, k, false, false });
}

/* Is there a visit between the two? */
static bool
lies_between(const char *const *names, size_t n, const struct reading *earlier, const struct reading *later)
{
    for (size_t i = 0; i < n; i++) {
        const struct reading r = read_name(names[i]);
        if (r.feeding == later->feeding && r.days > earlier->days && r.days < later->days)
            return true;
    }
    return false;
}

size_t
sequences_find(const char *const *names, size_t n_names, struct sequence *out, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < n_names; i++) {
        const struct reading a = read_name(names[i]);
        for (size_t k = 0; a.feeding && k < n_names; k++) {
            const struct reading b = read_name(names[k]);
            const size_t before = n;
            if (i != k && b.feeding)
                compare(&a, i, &b, k, out, &n, most);
            if (n > before && out[n - 1].kind == SEQUENCE_AGAIN && lies_between(names, n_names, &b, &a))
                n--;
        }
    }
    return n;
}

/* How many are: mostly none, and without places this is done many at a time. */
static size_t
count_broken(enum sequence_kind kind, const double *first, const double *second, size_t n)
{
    size_t found = 0;

    if (kind == SEQUENCE_LONGER)
        for (size_t i = 0; i < n; i++)
            found += first[i] > second[i];
    else
        for (size_t i = 0; i < n; i++)
            found += (first[i] > 0) & (second[i] <= 0);
    return found;
}

size_t
sequences_broken(const struct sequence *s, const double *first, const double *second, size_t n, uint32_t *which)
{
    const size_t wanted = count_broken(s->kind, first, second, n);
    size_t found = 0;

    for (size_t i = 0; found < wanted; i++) {
        which[found] = (uint32_t)i;
        found += s->kind == SEQUENCE_LONGER ? first[i] > second[i] : (first[i] > 0) & (second[i] <= 0);
    }
    return found;
}

const char *
sequences_words(enum sequence_kind kind)
{
    static const char *const words[] = {
        [SEQUENCE_LONGER] = "is longer than",
        [SEQUENCE_WITHOUT] = "is yes where there is a no in",
        [SEQUENCE_NOT_BEGUN] = "is not none where there is a no in",
        [SEQUENCE_AGAIN] = "is yes after a no in",
    };
    return words[kind];
}
