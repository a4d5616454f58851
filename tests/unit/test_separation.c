#include "dyad/stats/separation.h"

#include "glm_sets.h"

static struct glm_set set;
static struct glm_rows rows;

static struct glm_spec
spec_of(void)
{
    return (struct glm_spec){ .design = rows.design, .family = set.family, .intercept = rows.intercept,
                              .threads = 1 };
}

/* The direction is right about every row, and moves as many as it says. */
static void
check_direction(const double *direction, double separated)
{
    double moved = 0;

    for (size_t i = 0; i < set.n; i++) {
        double x = 0, size = 0;

        for (size_t j = 0; j < set.p; j++) {
            x += set.x[i * set.p + j] * direction[j];
            size += fabs(set.x[i * set.p + j] * direction[j]);
        }
        if (set.family != GLM_LOGISTIC && set.y[i] > 0)
            CHECK(fabs(x) <= 1e-8 * size + 1e-300);
        else
            CHECK((set.y[i] > 0 ? x : -x) >= -1e-8 * size);
        moved += fabs(x) > 1e-8 * size;
    }
    CHECK(moved == separated);
}

static void
equals_linear_programmes(void)
{
    struct value_lines v;
    size_t kinds[3] = { 0 };

    value_lines_open(&v, "tests/values/separation.gz");
    while (value_lines_next(&v)) {
        bool independent[SET_COLUMNS], infinite[SET_COLUMNS];
        double direction[SET_COLUMNS];
        struct glm_fit fit = GLM_FIT_INIT;
        struct separation found;

        read_glm_set(&v, &set);
        make_glm_rows(&set, v.n % 3, 9, false, 1, &rows);
        struct glm_spec spec = spec_of();

        memset(independent, 1, sizeof independent);
        CHECK(separation_find(&spec, independent, infinite, direction, &found) == DYAD_OK);
        const enum separation_kind kind = (enum separation_kind)value_next(&v);

        if (found.kind != kind)
            print_error("line %zu: kind %d, not %d\n", v.n, found.kind, kind);
        CHECK(found.kind == kind);
        CHECK(found.separated == value_next(&v));
        for (size_t j = 0; j < set.p; j++)
            CHECK(infinite[j] == (value_next(&v) != 0));
        value_lines_end(&v);
        check_direction(direction, found.separated);
        CHECK((glm_estimate(&spec, &fit) == DYAD_OK) == (kind == SEPARATION_NONE));
        glm_fit_release(&fit);
        free_glm_rows(&rows);
        kinds[kind]++;
    }
    CHECK(kinds[0] > 50 && kinds[1] > 50 && kinds[2] > 50);
}

int
main(void)
{
    RUN(equals_linear_programmes);
    return DONE();
}
