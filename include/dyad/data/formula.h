/*
 * data/formula.h: a model formula of R, taken apart: response, terms, what they are made of.
 *
 *   y ~ x + factor(z, ref = "b") * log(dose) - 1
 *
 * Right of ~ stand columns, factor(), log() log2() log10() exp() sqrt(), I() around arithmetic,
 * poly(x, 2), ns(x, df = 3) and offset(), joined by + : * - ^ and parentheses as in R; odd names
 * in brackets or backquotes.  Terms are those of R's terms(): duplicates dropped, ordered by the
 * number of their parts; parts in the order in which they were first named.
 *
 * Nothing here knows what a column holds: a plain column is a number or a factor by its values.
 * A column that is subtracted again remains among `columns`, as in R's model frame.
 */
#ifndef DYAD_DATA_FORMULA_H
#define DYAD_DATA_FORMULA_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { FORMULA_DEGREE_MAX = 8, FORMULA_BASIS_MAX = 20 };

/* Arithmetic on columns, as steps upon a stack. */
enum formula_operation {
    FORMULA_NUMBER,
    FORMULA_COLUMN,
    FORMULA_NEGATE,
    FORMULA_ADD,
    FORMULA_SUBTRACT,
    FORMULA_MULTIPLY,
    FORMULA_DIVIDE,
    FORMULA_POWER,
    FORMULA_LOG,
    FORMULA_LOG2,
    FORMULA_LOG10,
    FORMULA_EXP,
    FORMULA_SQRT
};

struct formula_step {
    enum formula_operation operation;
    double number;
    size_t column;
};

struct formula_value {
    struct formula_step *steps;
    size_t n;
};

/* What terms are products of. */
enum formula_kind {
    FORMULA_PLAIN,  /* a column: number or factor */
    FORMULA_FACTOR, /* factor(column, ref = ) */
    FORMULA_VALUE,  /* log() ... I(): a number */
    FORMULA_POLY,   /* poly(value, size): orthogonal polynomials */
    FORMULA_NS      /* ns(value, df = size): natural cubic spline */
};

struct formula_atom {
    enum formula_kind kind;
    char *label;     /* as R writes it: `factor(z, ref = "b")` */
    size_t column;   /* of FORMULA_PLAIN and FORMULA_FACTOR */
    char *reference; /* of FORMULA_FACTOR: the text of a level; NULL: not said */
    struct formula_value value;
    size_t size; /* degree or df, 1 to FORMULA_BASIS_MAX */
};

/*
 * A factor stands as contrasts with its reference if the term without it (or one that contains
 * that) came before, else with a column for each of its levels.  As in R, of a formula without
 * intercept the first factor in the first term that has one is full in any case; which atoms are
 * factors is known only with the data, so that this is left to who knows.
 */
struct formula_part {
    size_t atom;
    bool full;
};

struct formula_term {
    char *label; /* of its atoms, with colons */
    struct formula_part parts[FORMULA_DEGREE_MAX];
    size_t n_parts;
};

struct formula_offset {
    char *label;
    struct formula_value value;
};

/* How the right-hand side uses a column; none of it for a response. */
struct formula_column {
    char *name;
    bool plain, factor, number;
};

enum response_kind {
    RESPONSE_NONE,
    RESPONSE_COLUMN,  /* y */
    RESPONSE_EQUALS,  /* y=VALUE */
    RESPONSE_COUNTS,  /* EVENTS/TOTAL */
    RESPONSE_VALUE,   /* log(y) ... I(): a number */
    RESPONSE_SURVIVAL /* Surv(time, event), Surv(entry, time, event); event=VALUE */
};

struct formula_response {
    enum response_kind kind;
    char *label;
    size_t column;      /* y, EVENTS, event */
    char *text;         /* VALUE, as it was typed; NULL: none */
    size_t total;       /* RESPONSE_COUNTS */
    size_t entry, time; /* RESPONSE_SURVIVAL */
    bool has_entry;
    struct formula_value value; /* RESPONSE_VALUE */
};

struct formula {
    struct formula_response response;
    bool intercept;
    struct formula_column *columns;
    size_t n_columns;
    struct formula_atom *atoms;
    size_t n_atoms;
    struct formula_term *terms;
    size_t n_terms;
    struct formula_offset *offsets;
    size_t n_offsets;
};

/* clang-format off */
#define FORMULA_INIT { .intercept = true }
/* clang-format on */

enum formula_sides {
    FORMULA_BOTH, /* RESPONSE ~ TERMS */
    FORMULA_RIGHT /* TERMS or ~ TERMS */
};

/**
 * formula_parse(text, sides, out, err):
 * ${out} is to be released.
 *
 * Returns: DYAD_OK; DYAD_USAGE with what is wrong at which character; DYAD_NOMEM.
 * Source:  Wilkinson & Rogers (1973), Appl. Stat. 22:392-399; R 4.2, src/library/stats/src/model.c
 *          (TermCode for the coding of factors).
 */
DYAD_MUST_CHECK enum dyad_status formula_parse(const char *text, enum formula_sides sides,
                                               struct formula *out, struct dyad_error *err);

/**
 * formula_evaluate(value, columns, row):
 * Of the numbers columns[i][${row}], i the number of a column of the formula; what the value does
 * not use may be NULL.  NaN or infinite where arithmetic has it so.
 */
double formula_evaluate(const struct formula_value *value, const double *const *columns, size_t row);

void formula_release(struct formula *f);

#endif
