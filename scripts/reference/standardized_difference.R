# Standardised differences by the matrices they are defined with, in R (MASS for the inverse).
#
#   Rscript scripts/reference/standardized_difference.R | gzip -9n > tests/values/standardized_difference.gz
#
# Lines: "shares k d, k counts of group 1, k of group 0", "means m1 s1 m0 s0 d".
library(MASS)

covariance <- function(p) diag(p, length(p)) - outer(p, p)

# Yang & Dalton (2012): the first level left out, S inverted.
shares <- function(x, y) {
    keep <- x + y > 0
    p <- (x / sum(x))[keep][-1]
    q <- (y / sum(y))[keep][-1]
    s <- (covariance(p) + covariance(q)) / 2
    sqrt(drop((p - q) %*% ginv(s, tol = 1e-14) %*% (p - q)))
}

digits <- function(x) paste(formatC(x, digits = 17, format = "g"), collapse = " ")
set.seed(335)
for (i in 1:400) {
    k <- sample(2:9, 1)
    largest <- sample(c(5, 40, 1000, 1e6), 1)
    repeat {
        x <- floor(largest * runif(k)^2)
        y <- floor(largest * runif(k)^2)
        if (sum(x) > 0 && sum(y) > 0 && sum(x + y > 0) > 1 && sum(x * y > 0) > 0) break
    }
    cat("shares", k, digits(shares(x, y)), digits(x), digits(y), "\n")
}
for (i in 1:100) {
    v <- c(rnorm(1, 0, 50), rexp(1), rnorm(1, 0, 50), rexp(1))
    cat("means", digits(v), digits((v[1] - v[3]) / sqrt((v[2]^2 + v[4]^2) / 2)), "\n")
}
