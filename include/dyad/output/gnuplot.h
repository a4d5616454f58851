/*
 * output/gnuplot.h: gnuplot as a child process that is believed only when the picture is whole.
 *
 * gnuplot runs commands that stand in its script, so no byte of a user's text may: a script is
 * constant words and numbers of ours, and all text comes from data files beside it.
 */
#ifndef DYAD_OUTPUT_GNUPLOT_H
#define DYAD_OUTPUT_GNUPLOT_H

#include "dyad/core/status.h"
#include "dyad/core/text.h"

#include <stddef.h>

/* The exit status of a script that ran to its last line, which is "exit status 7". */
enum { GNUPLOT_FINISHED = 7 };

/* Pictures that may be drawn at the same time, on as many threads. */
enum { GNUPLOT_AT_ONCE = 64 };

/* What the script has to call its output. */
#define GNUPLOT_PICTURE "picture"

struct gnuplot_file {
    const char *name; /* one letter */
    const struct text *content;
};

struct gnuplot_job {
    const struct text *script;
    const struct gnuplot_file *files;
    size_t n_files;
    const char *format; /* "svg", "png" or "pdf": how the end of the picture is known */
    double seconds;     /* wall clock; 0: as long as a child may take */
};

/**
 * gnuplot_run(job, picture, err):
 * Run the script in a private folder, which is removed again, and put the picture's bytes into
 * ${picture}.  In PNG and PDF a character that no installed font has becomes a box (U+25A1):
 * left alone it would be drawn across the whole picture.
 *
 * Returns: DYAD_OK only when gnuplot ran to the last line, complained of nothing, and the picture
 *          ends as a whole one does; DYAD_IO otherwise, DYAD_NOMEM.
 */
DYAD_MUST_CHECK enum dyad_status gnuplot_run(const struct gnuplot_job *job, struct text *picture,
                                             struct dyad_error *err);

/** gnuplot_remove_all(): remove the private folders of all runs; safe in a signal handler. */
void gnuplot_remove_all(void);

#endif
