/* programs/odds_report.h: the tables of `dyad odds` turned into estimates, tests and a picture. */
#ifndef DYAD_PROGRAMS_ODDS_REPORT_H
#define DYAD_PROGRAMS_ODDS_REPORT_H

#include "dyad/core/result.h"
#include "dyad/output/plot.h"
#include "dyad/stats/effect_size.h"
#include "dyad/stats/two_by_two.h"

#include "odds_tables.h"

enum { MEASURES = 6 };

struct odds_choices {
    enum interval_method method;
    enum measure measures[MEASURES];
    size_t n_measures;
    enum zero_rule zero;
    double added;
    double level;
    struct suppression *suppression; /* NULL: nothing is hidden */
};

/** odds_report(ts, choices, r, any, err): the tables measures, cells and tests; is there ${any} estimate? */
DYAD_MUST_CHECK enum dyad_status odds_report(const struct odds_tables *ts, const struct odds_choices *choices,
                                             struct result *r, bool *any, struct dyad_error *err);

/** odds_plot(ts, choices, r, p): the forest plot of the first measure in ${r}'s table. */
void odds_plot(const struct odds_tables *ts, const struct odds_choices *choices, const struct result *r, struct plot *p);

#endif
