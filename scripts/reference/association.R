# Tests of tables with several levels and strata, for tests/unit/test_association.c.
#
#     Rscript scripts/reference/association.R | gzip -9n > tests/values/association_levels.gz
#
# A line: levels strata, scores, then per stratum and level events and non-events;
#   of the first stratum: chi2 df p (chisq.test), G2 p, trend p (prop.trend.test);
#   of all: Mantel's extension and p, from the covariance matrix of the hypergeometric.
set.seed(20240609)
options(digits = 17, scipen = 0, warn = -1)

mantel_extension <- function(scores, x, y) {
    away <- 0
    variance <- 0
    for (h in seq_len(ncol(x))) {
        n <- x[, h] + y[, h]
        if (sum(n) <= 1) next
        p <- n / sum(n)
        m1 <- sum(x[, h])
        m0 <- sum(y[, h])
        covariance <- m1 * m0 / (sum(n) - 1) * (diag(p, length(p)) - p %o% p)
        away <- away + sum(scores * (x[, h] - m1 * p))
        variance <- variance + drop(t(scores) %*% covariance %*% scores)
    }
    if (variance > 0) away^2 / variance else NaN
}

for (i in 1:2000) {
    levels <- sample(2:6, 1)
    strata <- sample(1:4, 1)
    size <- sample(c(4, 30, 1000, 1e5, 1e9), 1, prob = c(3, 3, 2, 1, 1))
    scores <- if (runif(1) < 0.5) 0:(levels - 1) else round(cumsum(runif(levels, 0.5, 30)), 1)
    x <- matrix(floor(runif(levels * strata) * size), levels)
    y <- matrix(floor(runif(levels * strata) * size * 2), levels)
    n <- x[, 1] + y[, 1]
    used <- n > 0
    testable <- sum(x[, 1]) > 0 && sum(y[, 1]) > 0 && sum(used) > 1
    first <- rep(NaN, 7)
    if (testable) {
        o <- rbind(x[used, 1], y[used, 1])
        chi2 <- chisq.test(o, correct = FALSE)
        e <- outer(rowSums(o), colSums(o)) / sum(o)
        g2 <- 2 * sum(ifelse(o > 0, o * log(o / e), 0))
        trend <- prop.trend.test(x[used, 1], n[used], scores[used])
        first <- c(chi2$statistic, chi2$parameter, chi2$p.value, g2,
                   pchisq(g2, sum(used) - 1, lower.tail = FALSE), trend$statistic, trend$p.value)
    }
    mantel <- mantel_extension(scores, x, y)
    values <- c(levels, strata, scores, as.vector(rbind(as.vector(x), as.vector(y))), first, mantel,
                pchisq(mantel, 1, lower.tail = FALSE))
    cat(gsub("NaN|NA", "nan", formatC(values, digits = 17, format = "g", width = 1)), "\n")
}
