# Every k <= n/2, n = 1 ... 200, nine intervals of 95 %, for tests/unit/test_proportion.c.
#   Rscript scripts/reference/proportion.R | gzip -9n > tests/values/proportion-R.csv.gz
# Columns: k, n, then lower and upper of wilson, wilson-cc, wald, agresti-coull, jeffreys, exact,
# midp, logit and arcsine.  R 4.2.2: prop.test, binom.test, qbeta, and uniroot on pbinom.

level <- 0.95
z <- qnorm(1 - (1 - level) / 2)

wilson <- function(k, n) prop.test(k, n, conf.level = level, correct = FALSE)$conf.int

newcombe4 <- function(k, n) { # as printed in Newcombe (1998), p. 859
    p <- k / n
    q <- 1 - p
    c(if (k == 0) 0 else
          (2 * n * p + z^2 - 1 - z * sqrt(z^2 - 2 - 1 / n + 4 * p * (n * q + 1))) / (2 * (n + z^2)),
      if (k == n) 1 else
          (2 * n * p + z^2 + 1 + z * sqrt(z^2 + 2 - 1 / n + 4 * p * (n * q - 1))) / (2 * (n + z^2)))
}

wald <- function(k, n) pmin(pmax(k / n + c(-z, z) * sqrt(k / n * (1 - k / n) / n), 0), 1)

jeffreys <- function(k, n)
    c(if (k == 0) 0 else qbeta((1 - level) / 2, k + 0.5, n - k + 0.5),
      if (k == n) 1 else qbeta((1 - level) / 2, k + 0.5, n - k + 0.5, lower.tail = FALSE))

midp <- function(k, n) {
    tail <- function(lower) function(log_p) {
        p <- exp(log_p)
        log(pbinom(if (lower) k else k - 1, n, p, lower.tail = !lower) + dbinom(k, n, p) / 2) -
            log((1 - level) / 2)
    }
    root <- function(f) exp(uniroot(f, c(-20, -1e-9), tol = 1e-16, maxiter = 10000)$root)
    c(if (k == 0) 0 else root(tail(TRUE)), if (k == n) 1 else root(tail(FALSE)))
}

logit <- function(k, n)
    if (k == 0 || k == n) c(NaN, NaN) else
        plogis(qlogis(k / n) + c(-z, z) * sqrt(1 / k + 1 / (n - k)))

arcsine <- function(k, n)
    sin(pmin(pmax(asin(sqrt(k / n)) + c(-z, z) / (2 * sqrt(n)), 0), pi / 2))^2

for (n in 1:200)
    for (k in 0:(n %/% 2)) {
        limits <- suppressWarnings(c(wilson(k, n), newcombe4(k, n), wald(k, n),
                                     wald(k + z^2 / 2, n + z^2), jeffreys(k, n),
                                     binom.test(k, n, conf.level = level)$conf.int, midp(k, n),
                                     logit(k, n), arcsine(k, n)))
        cat(k, n, sprintf("%.17g", limits), sep = ",")
        cat("\n")
    }
