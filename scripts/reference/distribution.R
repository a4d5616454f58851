# Means, standard deviations and quartiles by R, of values with counts.
#
#   Rscript scripts/reference/distribution.R | gzip -9n > tests/values/distribution.gz
#
# Lines: k, n, mean, sd (or -), three quartiles, then k values and k counts.
digits <- function(x) paste(formatC(x, digits = 17, format = "g"), collapse = " ")
set.seed(7)
for (i in 1:300) {
    k <- sample(1:12, 1)
    v <- sort(unique(round(rnorm(k, sample(c(0, 30, 3400), 1), sample(c(1, 5, 480), 1)), sample(0:3, 1))))
    c <- rpois(length(v), sample(c(0.7, 3, 40), 1))
    if (sum(c) == 0) c[1] <- 1
    x <- rep(v, c)
    q <- unname(quantile(x, c(0.25, 0.5, 0.75)))
    cat(length(v), length(x), digits(mean(x)), if (length(x) > 1) digits(sd(x)) else "-", digits(q), digits(v),
        digits(c), "\n")
}
