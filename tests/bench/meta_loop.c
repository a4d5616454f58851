/* meta_loop: 10,000 simulated meta-analyses of 20 studies, each pooled by REML with its heterogeneity. */
#include "dyad/stats/meta.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>

enum { SETS = 10000, STUDIES = 20 };

int
main(void)
{
    const struct meta_method method = { .model = META_RANDOM, .estimator = TAU2_REML, .level = 0.95 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double sum = 0;

    if (rng == NULL)
        return 1;
    for (size_t i = 0; i < SETS; i++) {
        struct effect effects[STUDIES];
        struct meta_fit fit;
        struct heterogeneity differ;
        for (size_t k = 0; k < STUDIES; k++) {
            effects[k].v = gsl_ran_flat(rng, 0.01, 0.5);
            effects[k].y = 0.3 + gsl_ran_gaussian(rng, sqrt(effects[k].v + 0.05));
        }
        if (meta_pool(effects, STUDIES, &method, &fit) != DYAD_OK ||
            meta_heterogeneity(effects, STUDIES, &method, &differ) != DYAD_OK)
            return 1;
        sum += fit.pooled.value;
    }
    printf("%d sets of %d studies, mean %.4f\n", SETS, STUDIES, sum / SETS);
    gsl_rng_free(rng);
    return 0;
}
