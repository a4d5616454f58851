/* programs/deliver.h: a result and its pictures out of the program, whole or not at all. */
#ifndef DYAD_PROGRAMS_DELIVER_H
#define DYAD_PROGRAMS_DELIVER_H

#include "commands.h"

/* A picture besides --plot: ${format} is "csv" for its numbers alone. */
struct picture_plan {
    const char *option, *path, *format;
};

/* What goes out, and where: read from the options before anything is computed. */
struct delivery {
    enum { TO_STDOUT, TO_FILE, TO_FOLDER } to;
    const char *path, *plot, *plot_data, *audit;
    const char *plot_format; /* "svg", "png", "pdf" */
    struct plot_size size;
    struct picture_plan pictures[MOST_PICTURES];
    size_t n_pictures;
    int format; /* enum format */
    const char *const *tables;
    size_t n_tables;
};

/** delivery_plan(o, d, err): DYAD_USAGE where the options contradict each other or would overwrite an input. */
DYAD_MUST_CHECK enum dyad_status delivery_plan(const struct options *o, struct delivery *d, struct dyad_error *err);

/** delivery_check(d, r, err): DYAD_USAGE where a table is asked for that ${r} has not. */
DYAD_MUST_CHECK enum dyad_status delivery_check(const struct delivery *d, const struct result *r, struct dyad_error *err);

/* The parts of what a command made, for who writes them elsewhere than options say. */

/** outcome_title(out, title): above every picture. */
void outcome_title(struct outcome *out, const char *title);

/** outcome_draw(out, path, format, size, err): its natural picture, "svg", "png" or "pdf". */
DYAD_MUST_CHECK enum dyad_status outcome_draw(const struct outcome *out, const char *path, const char *format,
                                              struct plot_size size, struct dyad_error *err);

/** outcome_numbers(out, numbers, err): those of its natural picture, as CSV. */
DYAD_MUST_CHECK enum dyad_status outcome_numbers(const struct outcome *out, struct text *numbers, struct dyad_error *err);

/** outcome_scatter(out, option, scatter, err): the picture of another option; DYAD_DOMAIN: there is none. */
DYAD_MUST_CHECK enum dyad_status outcome_scatter(const struct outcome *out, const char *option,
                                                 const struct scatter **scatter, struct dyad_error *err);

/** deliver(o, d, out, stdout_fd, err): write all of it; ${stdout_fd} is -1 if standard output is closed. */
DYAD_MUST_CHECK enum dyad_status deliver(const struct options *o, const struct delivery *d, struct outcome *out,
                                         int stdout_fd, struct dyad_error *err);

/** write_stdout(fd, bytes, length, err): DYAD_IO where it cannot be written, or was closed (${fd} -1). */
DYAD_MUST_CHECK enum dyad_status write_stdout(int fd, const char *bytes, size_t length, struct dyad_error *err);

#endif
