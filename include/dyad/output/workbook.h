/*
 * output/workbook.h: tables as an XLSX workbook, for people who go on in a spreadsheet.
 *
 * A sheet for each table, its cells typed: numbers are numbers to 16 digits, shown rounded (proportions
 * as percent), words are words and never a formula.  The first sheet lists the
 * others; the last ones have the notes and the inputs.  The same results give the same bytes.
 */
#ifndef DYAD_OUTPUT_WORKBOOK_H
#define DYAD_OUTPUT_WORKBOOK_H

#include "dyad/core/result.h"
#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stddef.h>

/* One result: all its tables become sheets. */
struct workbook_part {
    const char *name, *title; /* "initiation", "Initiation by support"; title may be NULL */
    const struct result *result;
};

/**
 * workbook_make(title, parts, n, out, err):
 * Put the bytes of the workbook into ${out}, which is empty.
 *
 * Returns: DYAD_OK, DYAD_IO, DYAD_NOMEM; DYAD_DATA where a table is longer than a sheet can be.
 */
DYAD_MUST_CHECK enum dyad_status workbook_make(const char *title, const struct workbook_part *parts, size_t n,
                                               struct text *out, struct dyad_error *err);

#endif
