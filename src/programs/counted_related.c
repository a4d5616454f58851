#include "counted_related.h"

#include "dyad/data/crosstab.h"

#include "analysis.h"
#include "counted_ties.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CELLS_MAX = 20000 };

/* A table with a further column, by the names of the run. */
struct joint {
    const char *names[CROSSTAB_FACTORS];
    size_t n;
};

struct joints {
    struct joint *at;
    struct crosstab_spec *specs;
    size_t n;
};

/* Of the columns that a table counts by: all its levels, and nobody left out for want of a value. */
static bool
is_plain(const struct people_table *t)
{
    bool plain = t->n_columns > 0 && t->n_columns < CROSSTAB_FACTORS;

    for (size_t k = 0; k < t->n_columns; k++)
        plain = plain && t->columns[k].detail == COUNTED_LEVELS;
    for (size_t i = 0; i < t->n_facts; i++)
        plain = plain && t->facts[i].filter != NO_FILTER;
    return plain;
}

static bool
is_told(const struct joints *j, const struct joint *one)
{
    for (size_t i = 0; i < j->n; i++) {
        bool same = j->at[i].n == one->n;
        for (size_t k = 0; k < one->n && same; k++) {
            bool found = false;
            for (size_t m = 0; m < one->n; m++)
                found = found || strcmp(j->at[i].names[m], one->names[k]) == 0;
            same = found;
        }
        if (same)
            return true;
    }
    return false;
}

/* ${name} beside the columns of ${t}, if it has to do with one of them and is none. */
static bool
add_joint(const struct counted *c, const struct people_table *t, const char *name, struct joints *out)
{
    struct joint j = { .n = 0 };
    bool related = false;

    for (size_t k = 0; k < t->n_columns; k++) {
        j.names[j.n++] = t->columns[k].name;
        if (strcmp(t->columns[k].name, name) == 0)
            return true;
    }
    for (size_t k = 0; k < t->n_columns && !related; k++)
        if (condition_is_related(j.names[k], name, c->o->derived, c->o->n_derived, &related) != DYAD_OK)
            return false;
    j.names[j.n++] = name;
    if (!related || is_told(out, &j))
        return true;
    struct joint *grown = realloc(out->at, (out->n + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    out->at = grown;
    grown[out->n++] = j;
    return true;
}

/* The columns of all tables that count the same records as ${c}, each once. */
static bool
find_names(struct counted *const *sets, size_t n, const struct counted *c, struct name_map *out)
{
    for (size_t k = 0; k < n; k++)
        for (size_t u = 0; strcmp(sets[k]->data.at, c->data.at) == 0 && u < sets[k]->n_tables; u++)
            for (size_t x = 0; x < sets[k]->tables[u].n_columns; x++)
                if (sets[k]->tables[u].columns[x].detail == COUNTED_LEVELS &&
                    name_map_add(out, sets[k]->tables[u].columns[x].name, 0) == NULL)
                    return false;
    return true;
}

/* Whatever column another table has of the same records; the names stay with ${names}. */
static bool
find_joints(struct counted *const *sets, size_t n, size_t of, struct name_map *names, struct joints *out)
{
    const struct counted *c = sets[of];
    bool good = find_names(sets, n, c, names);

    for (size_t i = 0; i < c->n_tables; i++)
        for (size_t k = 0; k < names->room && is_plain(&c->tables[i]) && good; k++)
            if (names->at[k].text)
                good = add_joint(c, &c->tables[i], names->at[k].text, out);
    return good;
}

static bool
can_be_read_again(const struct cohort_options *o)
{
    struct stat s;

    for (size_t i = 0; i < o->n_paths; i++)
        if (stat(o->paths[i], &s) != 0 || !S_ISREG(s.st_mode))
            return false;
    return o->n_paths > 0;
}

static void
tell_joint(struct counted *c, struct disclosure *d, const struct cohort *cohort, const struct joint *j,
           const struct crosstab_spec *spec, const struct crosstab_cell *cells, size_t n)
{
    const char *values[CROSSTAB_FACTORS];

    counted_table(c, COUNTED_RECORDS, SIZE_MAX);
    for (size_t k = 0; k < j->n; k++)
        counted_column(c, j->names[k], COUNTED_LEVELS, NULL);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < j->n; k++)
            values[k] = analysis_level(cohort, spec->factors[k], cells[i].codes[k]);
        counted_cell(c, values, disclosure_count(d, cells[i].records));
    }
}

/* Another analysis may have defined columns that this one has not. */
static void
drop_unknown(const struct cohort *cohort, struct joints *j)
{
    size_t n = 0;

    for (size_t i = 0; i < j->n; i++)
        if (cohort_has(cohort, j->at[i].names[j->at[i].n - 1]))
            j->at[n++] = j->at[i];
    j->n = n;
}

/* What cannot be read, or not be counted, is not told. */
static enum dyad_status
count_joints(struct counted *c, struct disclosure *d, struct joints *j)
{
    struct cohort_options o = *c->o;
    struct dyad_error err = DYAD_ERROR_INIT;
    struct cohort *cohort = NULL;
    void *sums = NULL;
    enum dyad_status st;

    o.member = NULL;
    o.hash = false;
    st = cohort_open(&o, &cohort, &err);
    if (st == DYAD_OK)
        drop_unknown(cohort, j);
    for (size_t i = 0; i < j->n && st == DYAD_OK; i++)
        for (size_t k = 0; k < j->at[i].n && st == DYAD_OK; k++)
            st = cohort_factor(cohort, j->at[i].names[k], LEVELS_MAX, &j->specs[i].factors[j->specs[i].n_factors++],
                               &err);
    if (st == DYAD_OK)
        st = cohort_run(cohort, &crosstab_accumulator, &(struct crosstab_set){ j->specs, j->n }, &sums, &err);
    for (size_t i = 0; i < j->n && st == DYAD_OK; i++) {
        size_t n;
        const struct crosstab_cell *cells = crosstab_cells(sums, i, &n);
        if (cells == NULL)
            st = DYAD_NOMEM;
        else if (n <= CELLS_MAX)
            tell_joint(c, d, cohort, &j->at[i], &j->specs[i], cells, n);
    }
    crosstabs_free(sums);
    cohort_close(cohort);
    return st == DYAD_NOMEM || c->failed ? DYAD_NOMEM : DYAD_OK;
}

enum dyad_status
counted_relate(struct counted *const *sets, struct disclosure *const *counts, size_t n)
{
    struct joints *joints = calloc(n + 1, sizeof *joints);
    struct name_map *names = calloc(n + 1, sizeof *names);
    enum dyad_status st = joints && names ? DYAD_OK : DYAD_NOMEM;

    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        st = sets[i]->failed ? DYAD_NOMEM : DYAD_OK;

    /* All are found before any is told, which would be a table to find more beside. */
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        if (sets[i]->o->n_derived && can_be_read_again(sets[i]->o) && !find_joints(sets, n, i, &names[i], &joints[i]))
            st = DYAD_NOMEM;
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        if (joints[i].n && (joints[i].specs = calloc(joints[i].n, sizeof *joints[i].specs)) == NULL)
            st = DYAD_NOMEM;
    for (size_t i = 0; i < n && st == DYAD_OK; i++)
        if (joints[i].n)
            st = count_joints(sets[i], counts[i], &joints[i]);
    for (size_t i = 0; joints && names && i < n; i++) {
        free(joints[i].at);
        free(joints[i].specs);
        name_map_release(&names[i]);
    }
    free(joints);
    free(names);
    return st;
}
