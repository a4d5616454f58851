/*
 * core/result.h: what a command found: named tables of typed columns, notes, provenance.
 *
 * A program fills a result, the output layer renders it; neither knows the other.  A column knows
 * what its numbers are (people, an estimate, a limit ...) and a row on which scale they stand, so
 * that an output can round, write percent or hide small counts without looking at names.
 *
 * Memory that runs out while a result is built is remembered in `failed` and asked for once, by
 * result_status().
 */
#ifndef DYAD_CORE_RESULT_H
#define DYAD_CORE_RESULT_H

#include "dyad/core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_role {
    COLUMN_GROUP, /* a --by column, in the file's spelling */
    COLUMN_LABEL, /* words that name a row: outcome, level, stratum, method, contrast ... */
    COLUMN_SENTENCE, /* words too many for a cell: contrast, convention */
    COLUMN_COUNT, /* people (or records): n, events, missing */
    COLUMN_ESTIMATE,
    COLUMN_STD_ERROR,
    COLUMN_CONF_LOW,
    COLUMN_CONF_HIGH,
    COLUMN_STATISTIC,
    COLUMN_DF,
    COLUMN_P_VALUE,
    COLUMN_NUMBER /* any other number */
};

/* How the estimate and limits of a row are read. */
enum scale {
    SCALE_NUMBER,     /* as it stands */
    SCALE_PROPORTION, /* 0 to 1, for people as percent */
    SCALE_DIFFERENCE, /* of two proportions, for people as percentage points */
    SCALE_RATIO       /* a ratio, its axis logarithmic */
};

enum cell_state { CELL_EMPTY, CELL_TEXT, CELL_COUNT, CELL_NUMBER };

struct cell {
    enum cell_state state;
    union {
        char *text;    /* the table's */
        int64_t count;
        double number; /* never NaN; may be infinite */
    } is;
    char *shown; /* what people read in place of a text: a label; NULL: the text; the table's */
};

struct column {
    char *name;
    enum column_role role;
    char *shown; /* what people read in place of the name; NULL: as the name says */
};

struct table {
    char *name;
    struct column *columns;
    size_t n_columns;
    struct cell *cells; /* row after row */
    enum scale *scales; /* of each row */
    size_t n_rows, room;
    bool *failed;       /* the result's */
};

/* Of an input that nothing with an answer has read. */
#define RECORDS_UNKNOWN UINT64_MAX

struct input {
    char *path;
    uint64_t bytes, records; /* records: may be RECORDS_UNKNOWN */
    char sha256[65]; /* hexadecimal; empty where it was not asked for */
    bool hidden;     /* how large it is must not be told */
};

struct result {
    char *command;
    char **arguments;
    size_t n_arguments;
    uint64_t seed;
    double level; /* of confidence; 0: the command has none */
    struct input *inputs;
    size_t n_inputs;
    struct table **tables;
    size_t n_tables;
    char **notes;
    size_t n_notes;
    bool failed;
};

#define RESULT_INIT { .seed = 1 }

/** result_table(r, name): a new, empty table at the end of ${r}; never NULL. */
struct table *result_table(struct result *r, const char *name);

/** result_find(r, name): the table of that name, or NULL. */
const struct table *result_find(const struct result *r, const char *name);

/** result_note(r, fmt, ...): add a sentence, unless the same stands there already. */
void result_note(struct result *r, const char *fmt, ...) DYAD_PRINTF(2, 3);

/** result_change_note(r, note, instead): ${instead} for the sentence ${note}; NULL: none. */
void result_change_note(struct result *r, const char *note, const char *instead);

void result_argument(struct result *r, const char *argument);
void result_input(struct result *r, const char *path, uint64_t bytes, uint64_t records,
                  const char *sha256);

/** result_status(r): DYAD_OK, or DYAD_NOMEM if memory ran out while it was built. */
enum dyad_status result_status(const struct result *r);

void result_release(struct result *r);

/**
 * table_column(t, name, role):
 * Add a column, before the first row.  A COLUMN_GROUP column whose name a later column takes is
 * renamed with an underscore behind it.
 */
void table_column(struct table *t, const char *name, enum column_role role);

/** table_row(t, scale): begin a row of empty cells; table_set_* then fill it. */
void table_row(struct table *t, enum scale scale);

void table_set_text(struct table *t, const char *column, const char *text);
void table_set_count(struct table *t, const char *column, int64_t count);
/** table_set_number(t, column, number): NaN leaves the cell empty (not defined). */
void table_set_number(struct table *t, const char *column, double number);
/** table_set_group(t, i, text): the ${i}-th column, whatever its name became. */
void table_set_group(struct table *t, size_t i, const char *text);

/** table_show(t, row, column, label): what people read in place of a text that stands there. */
void table_show(struct table *t, size_t row, size_t column, const char *label);
/** table_show_column(t, column, label): the same of its heading. */
void table_show_column(struct table *t, size_t column, const char *label);
/** table_shown(t, row, column): the label of a text, else the text; "" where there is none. */
const char *table_shown(const struct table *t, size_t row, const char *column);

const struct cell *table_cell(const struct table *t, size_t row, size_t column);

/** table_empty(t, row, column): take away what a cell holds. */
void table_empty(struct table *t, size_t row, size_t column);

/** table_flag(t, name, flags): a column behind the others, `true` or `false` in each row there is. */
void table_flag(struct table *t, const char *name, const bool *flags);

/* Read a cell back by its column's name: "" and NaN where it holds no text or no number. */
const char *table_text(const struct table *t, size_t row, const char *column);
double table_number(const struct table *t, size_t row, const char *column);
int64_t table_count(const struct table *t, size_t row, const char *column);

/** table_find_column(t, name): its number, or t->n_columns. */
size_t table_find_column(const struct table *t, const char *name);

/** table_group_is_numeric(t, i): is every value of group column ${i} a plain number? */
bool table_group_is_numeric(const struct table *t, size_t i);

/**
 * text_is_plain_number(s): a decimal number as JSON writes it, without exponent and without
 * leading zeros, of at most 15 digits, so that it reads back as the same number everywhere.
 */
bool text_is_plain_number(const char *s);

#endif
