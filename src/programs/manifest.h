/*
 * programs/manifest.h: what `dyad run` writes beside the results: manifest.json.
 *
 * It is the result of the run itself: inputs with their SHA-256, and the tables `plan`, `analyses`, `flow`,
 * `outputs` and `reproduction`.
 */
#ifndef DYAD_PROGRAMS_MANIFEST_H
#define DYAD_PROGRAMS_MANIFEST_H

#include "dyad/data/document.h"

#include <stdbool.h>

#define MANIFEST_FILE "manifest.json"

struct manifest {
    struct document document;
    bool exists;
};

#define MANIFEST_INIT { .document = DOCUMENT_INIT }

/**
 * manifest_read(folder, out, err):
 * DYAD_OK, also where there is none; DYAD_PARSE or DYAD_DATA if it is there and none of ours.
 */
DYAD_MUST_CHECK enum dyad_status manifest_read(const char *folder, struct manifest *out, struct dyad_error *err);

/** manifest_table(m, name): its rows, a list of maps; NULL if there is none. */
const struct node *manifest_table(const struct manifest *m, const char *name);
/** manifest_inputs(m): the same of the inputs. */
const struct node *manifest_inputs(const struct manifest *m);

/** manifest_row(rows, column, value): the first row that holds the text there; NULL if none does. */
const struct node *manifest_row(const struct node *rows, const char *column, const char *value);

/** manifest_text(row, column): "" where there is nothing. */
const char *manifest_text(const struct node *row, const char *column);
/** manifest_number(row, column): NaN where there is none. */
double manifest_number(const struct node *row, const char *column);

void manifest_release(struct manifest *m);

#endif
