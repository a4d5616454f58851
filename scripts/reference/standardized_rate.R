# Directly standardised rates, for tests/unit/test_standardized_rate.c.
#   Rscript scripts/reference/standardized_rate.R | gzip -9n > tests/values/standardized_rate-R.csv.gz
# Columns: k, level, events 1 ... k, n 1 ... k, weight 1 ... k, rate, std_error, lower, upper.
# R 4.2.2, epitools 0.5-10.1 (ageadjust.direct); std_error by the formula in Fay & Feuer (1997).

set.seed(1997)
for (i in 1:400) {
    k <- sample(1:12, 1)
    n <- round(10^runif(k, 1, 7))
    events <- rbinom(k, n, 10^runif(1, -6, -0.3))
    if (sum(events) == 0) # epitools gives NaN here; standardized_rate.py has these
        events[sample(k, 1)] <- 1
    weights <- round(runif(k, 0.5, 1000), 2)
    level <- sample(c(0.8, 0.9, 0.95, 0.99), 1)
    rate <- epitools::ageadjust.direct(events, n, stdpop = weights, conf.level = level)
    se <- sqrt(sum((weights / sum(weights) / n)^2 * events))
    cat(k, sprintf("%.17g", c(level, events, n, weights, rate[["adj.rate"]], se, rate[["lci"]],
                              rate[["uci"]])), sep = ",")
    cat("\n")
}
