#include "shift.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>

/* Enough for any table of people; the relaxed answer stands where more would be needed. */
enum { MOST_NODES = 5000 };

#define WHOLE 1e-5 /* what the solver leaves of a whole number */
#define PRICE_OF_ANY 1e-4 /* of every move by 1: few moves are nearly always whole ones, many need not be */

/*
 * A count has a column for its moves up and one for those down: both are 0 at the start, which then lacks little, where
 * a column from low to high would start at its end.  A count that must move has one column.
 */
struct work {
    const struct shift_problem *p;
    double *moves;
    glp_prob *lp;
    int *up, *down; /* columns; down 0: none */
    int *rows, *columns;
    double *values;
    int nodes;
    enum dyad_status st;
    jmp_buf failed;
};

/* The library ends the program by itself where memory runs out, unless it is stopped here. */
static void
on_error(void *info)
{
    struct work *w = info;
    longjmp(w->failed, 1);
}

/* What it has to say: turning its terminal off does not silence errors. */
static int
say_nothing(void *info, const char *words)
{
    (void)info;
    (void)words;
    return 1;
}

static void
bound(glp_prob *lp, int column, double low, double high)
{
    if (isinf(low) && isinf(high))
        glp_set_col_bnds(lp, column, GLP_FR, 0, 0);
    else if (isinf(high))
        glp_set_col_bnds(lp, column, GLP_LO, low, 0);
    else if (isinf(low))
        glp_set_col_bnds(lp, column, GLP_UP, 0, high);
    else
        glp_set_col_bnds(lp, column, low < high ? GLP_DB : GLP_FX, low, high);
}

static void
add_columns(struct work *w)
{
    const struct shift_problem *p = w->p;

    for (size_t i = 0; i < p->n; i++) {
        const bool may_stay = p->low[i] <= 0 && p->high[i] >= 0;
        w->up[i] = glp_add_cols(w->lp, may_stay ? 2 : 1);
        w->down[i] = may_stay ? w->up[i] + 1 : 0;
        for (int c = w->up[i]; c <= w->up[i] + may_stay; c++) {
            glp_set_col_kind(w->lp, c, GLP_IV);
            glp_set_obj_coef(w->lp, c, p->direction ? 0 : p->cost[i] + PRICE_OF_ANY);
        }
        bound(w->lp, w->up[i], may_stay ? 0 : p->low[i], p->high[i]);
        if (may_stay)
            bound(w->lp, w->down[i], 0, -p->low[i]);
    }
    if (p->direction) {
        glp_set_obj_dir(w->lp, p->direction > 0 ? GLP_MAX : GLP_MIN);
        glp_set_obj_coef(w->lp, w->up[p->target], 1);
        if (w->down[p->target])
            glp_set_obj_coef(w->lp, w->down[p->target], -1);
    }
}

static void
add_terms(struct work *w)
{
    const struct shift_problem *p = w->p;
    int n = 0;

    if (p->n_equations)
        glp_add_rows(w->lp, (int)p->n_equations);
    for (size_t i = 0; i < p->n_equations; i++)
        glp_set_row_bnds(w->lp, (int)i + 1, GLP_FX, 0, 0);
    for (size_t i = 0; i < p->n_terms; i++) {
        const struct shift_term *t = &p->terms[i];
        w->rows[++n] = (int)t->equation + 1;
        w->columns[n] = w->up[t->count];
        w->values[n] = t->times;
        if (w->down[t->count] == 0)
            continue;
        w->rows[++n] = (int)t->equation + 1;
        w->columns[n] = w->down[t->count];
        w->values[n] = -t->times;
    }
    glp_load_matrix(w->lp, n, w->rows, w->columns, w->values);
}

/* Looked for among whole numbers only where the first answer has fractions, and not for ever. */
static void
count_node(glp_tree *tree, void *info)
{
    struct work *w = info;
    if (++w->nodes > MOST_NODES)
        glp_ios_terminate(tree);
}

static bool
is_whole(const struct work *w)
{
    for (size_t i = 0; i < w->p->n; i++)
        if (fabs(w->moves[i] - round(w->moves[i])) > WHOLE)
            return false;
    return true;
}

static void
take(struct work *w, double (*value)(glp_prob *lp, int column))
{
    for (size_t i = 0; i < w->p->n; i++)
        w->moves[i] = value(w->lp, w->up[i]) - (w->down[i] ? value(w->lp, w->down[i]) : 0);
}

static enum dyad_status
solve_whole(struct work *w)
{
    glp_iocp whole;

    glp_init_iocp(&whole);
    whole.msg_lev = GLP_MSG_OFF;
    whole.cb_func = count_node;
    whole.cb_info = w;
    (void)glp_intopt(w->lp, &whole);
    const int found = glp_mip_status(w->lp);
    if (found == GLP_NOFEAS)
        return DYAD_DOMAIN;
    if (found == GLP_OPT || (found == GLP_FEAS && w->p->direction == 0))
        take(w, glp_mip_col_val);
    return DYAD_OK;
}

/* The target as far as whole moves might take it, and the others as little as they must. */
static bool
solve_nearest(struct work *w)
{
    const struct shift_problem *p = w->p;
    const double far = w->moves[p->target], whole = far > 0 ? floor(far + WHOLE) : ceil(far - WHOLE);
    glp_prob *const relaxed = w->lp;
    glp_smcp simplex;

    w->lp = glp_create_prob();
    glp_copy_prob(w->lp, relaxed, GLP_OFF);
    glp_init_smcp(&simplex);
    simplex.msg_lev = GLP_MSG_OFF;
    glp_set_obj_dir(w->lp, GLP_MIN);
    for (int c = 1; c <= glp_get_num_cols(w->lp); c++)
        glp_set_obj_coef(w->lp, c, PRICE_OF_ANY);
    if (w->down[p->target]) {
        bound(w->lp, w->up[p->target], fmax(whole, 0), fmax(whole, 0));
        bound(w->lp, w->down[p->target], fmax(-whole, 0), fmax(-whole, 0));
    } else {
        bound(w->lp, w->up[p->target], whole, whole);
    }
    const bool solved = glp_simplex(w->lp, &simplex) == 0 && glp_get_status(w->lp) == GLP_OPT;
    if (solved)
        take(w, glp_get_col_prim);
    const bool found = solved && is_whole(w);
    glp_delete_prob(w->lp);
    w->lp = relaxed;
    if (!found)
        take(w, glp_get_col_prim);
    return found;
}

static enum dyad_status
solve(struct work *w)
{
    glp_smcp simplex;
    int failed;

    w->lp = glp_create_prob();
    add_columns(w);
    add_terms(w);
    glp_init_smcp(&simplex);
    simplex.msg_lev = GLP_MSG_OFF;
    /* Where all stays as it is nothing is too dear, only the target does not move yet. */
    simplex.meth = w->p->direction ? GLP_PRIMAL : GLP_DUALP;
    failed = glp_simplex(w->lp, &simplex);
    if (failed) { /* a start that did not work out: another one */
        glp_adv_basis(w->lp, 0);
        simplex.meth = GLP_PRIMAL;
        failed = glp_simplex(w->lp, &simplex);
    }
    const int found = glp_get_status(w->lp);
    if (failed)
        return DYAD_NOCONV;
    if (found == GLP_UNBND) {
        w->moves[w->p->target] = w->p->direction > 0 ? INFINITY : -INFINITY;
        return DYAD_OK;
    }
    if (found == GLP_NOFEAS || found == GLP_INFEAS)
        return DYAD_DOMAIN;
    if (found != GLP_OPT)
        return DYAD_NOCONV;
    take(w, glp_get_col_prim);
    return is_whole(w) || (w->p->direction && solve_nearest(w)) ? DYAD_OK : solve_whole(w);
}

enum dyad_status
shift_solve(const struct shift_problem *p, double *moves)
{
    struct work w = { .p = p, .moves = moves, .st = DYAD_NOMEM };

    if (2 * p->n_terms >= 500000000 || 2 * p->n >= 100000000)
        return DYAD_NOCONV;
    w.up = calloc(2 * p->n + 1, sizeof *w.up);
    w.rows = calloc(4 * p->n_terms + 2, sizeof *w.rows);
    w.values = calloc(2 * p->n_terms + 1, sizeof *w.values);
    /* Its first memory by name: any other function would end the program where there is none. */
    const bool has_library = glp_init_env() <= 1;
    if (has_library && w.up && w.rows && w.values) {
        w.down = w.up + p->n;
        w.columns = w.rows + 2 * p->n_terms + 1;
        if (setjmp(w.failed) == 0) {
            glp_error_hook(on_error, &w);
            glp_term_hook(say_nothing, NULL);
            w.st = solve(&w);
            glp_delete_prob(w.lp);
        }
        glp_error_hook(NULL, NULL);
    }
    /* All that the library still holds, which after a failure nobody else knows of. */
    if (has_library)
        glp_free_env();
    free(w.up);
    free(w.rows);
    free(w.values);
    return w.st;
}
