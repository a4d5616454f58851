/*
 * output/csv_table.h: one table as CSV (RFC 4180, lines end in LF), for programs.
 *
 * A word that a spreadsheet would take for a formula gets an apostrophe before it.
 */
#ifndef DYAD_OUTPUT_CSV_TABLE_H
#define DYAD_OUTPUT_CSV_TABLE_H

#include "dyad/core/result.h"
#include "dyad/core/text.h"

void csv_table_render(const struct table *t, struct text *out);

#endif
