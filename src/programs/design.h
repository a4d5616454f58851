/*
 * programs/design.h: a formula and columns of values make a design matrix, its columns named as R
 * names them.
 *
 * The design describes each column of the matrix as a product of parts, so that a matrix need
 * never be formed; design_fill forms rows of it for who wants one.
 *
 * Factors: treatment contrasts.  The first level that has a record is the reference, unless
 * ref = names another, which then stands first.  A level without a record has no column.
 * factor(z, ref="b") is named as R would write that call: `factor(z, ref = "b")a`.
 */
#ifndef DYAD_PROGRAMS_DESIGN_H
#define DYAD_PROGRAMS_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dyad/data/formula.h"
#include "dyad/stats/basis.h"

/*
 * A column of the formula.  It must have numbers where the formula needs numbers, codes where it
 * needs a factor; a plain column that has numbers is a number.  A response needs neither.
 */
struct column_values {
    const char *name;
    const double *numbers;     /* NaN: missing */
    const uint32_t *codes;     /* 1 to n_levels; 0: missing */
    const char *const *levels; /* the text of code i is levels[i - 1] */
    size_t n_levels;
    const char *reference; /* of a factor whose formula names none; NULL: the first level */
};

/* What an atom of the formula is in these data. */
enum block_kind { BLOCK_UNUSED, BLOCK_NUMBER, BLOCK_LEVELS, BLOCK_POLY, BLOCK_NS };

struct design_block {
    enum block_kind kind;
    uint32_t *levels; /* codes that occur, the reference first */
    size_t n_levels;
    bool *occurs;     /* of code i, 0 to n_codes */
    size_t n_codes;
    struct basis_poly poly;
    struct basis_ns ns;
};

/* A factor of the product: 1 where the code is ${index}, or the ${index}-th column of a basis. */
struct design_part {
    size_t atom;
    uint32_t index;
};

struct design_column {
    char *name;
    size_t term; /* 0: the intercept; else term - 1 of the formula */
    struct design_part parts[FORMULA_DEGREE_MAX];
    size_t n_parts;
};

struct design {
    const struct formula *formula; /* not owned */
    struct design_block *blocks;   /* one for each atom */
    struct design_column *columns;
    size_t n_columns, room;
};

/* clang-format off */
#define DESIGN_INIT { .formula = NULL }
/* clang-format on */

/**
 * design_complete(f, values, n, complete):
 * Which of ${n} rows have all the values that the right-hand side needs: complete[i]; how many.
 * values[j] is column j of the formula.
 */
size_t design_complete(const struct formula *f, const struct column_values *values, size_t n,
                       bool *complete);

/**
 * design_columns(f, values, counts, n, out, err):
 * The columns of the design, and the bases that its data make.  Every row must be complete;
 * counts[i] tells how many records row i stands for (NULL: one each).  ${f} must outlive ${out}.
 *
 * Returns: DYAD_OK; DYAD_DATA: text where a number is needed, what is not finite, a factor of one
 *          level, too few values for a basis, too many columns; DYAD_USAGE: a reference that no
 *          record has; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status design_columns(const struct formula *f, const struct column_values *values,
                                                const double *counts, size_t n, struct design *out,
                                                struct dyad_error *err);

/**
 * design_fill(d, values, n, x, offset, err):
 * ${n} rows of the matrix, row after row, and the sum of the offsets (NULL: not wanted).  The
 * values may be others than those of design_columns, with the same codes for the same levels.
 *
 * Returns: DYAD_OK; DYAD_DATA, what is in ${x} then being of no use: a number that is not finite,
 *          a level that was not among those of design_columns; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status design_fill(const struct design *d, const struct column_values *values, size_t n,
                                             double *x, double *offset, struct dyad_error *err);

/** design_width(d, atom): how many columns the atom has: levels, or those of its basis; 1 for a number. */
size_t design_width(const struct design *d, size_t atom);

/**
 * design_numbers(d, atom, values, n, out, err):
 * The columns of an atom of numbers at ${n} rows of values, design_width() for each row.
 *
 * Returns: DYAD_OK; DYAD_DATA where one is not finite; DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status design_numbers(const struct design *d, size_t atom, const struct column_values *values,
                                                size_t n, double *out, struct dyad_error *err);

void design_release(struct design *d);

#endif
