# Reference values for tests/unit/test_separation.c and test_firth.c, by lpSolve 5.6 and brglm2 0.9.
#
#     Rscript scripts/reference/separation.R separation 1000 | gzip -9n > tests/values/separation.gz
#     Rscript scripts/reference/separation.R firth 100 | gzip -9n > tests/values/firth.gz
#
# A line begins as those of glm.R do.
suppressMessages({ library(lpSolve); library(brglm2) })
options(digits = 17, warn = 1)
set.seed(20240902)

given <- function(...) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = 15, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
end <- function() cat("\n")

put_set <- function(s) {
    given(s$family, nrow(s$x), ncol(s$x))
    given(as.vector(t(cbind(s$x, s$y, s$w, 0 * s$y, 0 * s$y))))
}

# Sparse designs of few rows: 0/1 columns, small scores, some numbers.
random_set <- function() {
    repeat {
        n <- sample(c(6, 10, 16, 30, 60), 1)
        p <- sample(1:5, 1)
        column <- function(k) switch(sample(5, 1), rbinom(n, 1, 0.15), rbinom(n, 1, 0.5), sample(0:3, n, TRUE),
                                     round(rnorm(n), 1), round(rnorm(n, 1980, 4)))
        x <- unname(cbind(rep(1, n), sapply(seq_len(p), column)))
        if (runif(1) < 0.15) x <- x[, -1, drop = FALSE]
        if (qr(x)$rank < ncol(x)) next
        z <- scale(x); z[is.nan(z)] <- 0
        family <- sample(c(0, 0, 2), 1)
        eta <- as.vector(z %*% rnorm(ncol(x), 0, sample(c(0.5, 2, 6), 1)))
        y <- if (family == 0) rbinom(n, 1, plogis(eta)) else rpois(n, exp(pmin(eta, 2) - 1))
        if (family == 0 && runif(1) < 0.3) y <- as.numeric(eta > median(eta))
        return(list(family = family, x = x, y = y, w = rep(1, n)))
    }
}

# Directions d with a d >= 0 or = 0, -1 <= d <= 1, as d = u - v with u, v in 0 ... 1.
programme <- function(s, objective) {
    p <- ncol(s$x)
    a <- if (s$family == 0) s$x * ifelse(s$y == 1, 1, -1) else -s$x
    equal <- s$family != 0 & s$y > 0
    a <- sweep(a, 2, apply(abs(s$x), 2, max), "/") # columns of size 1: signs do not change
    lp("max", c(objective, -objective), rbind(cbind(a, -a), diag(2 * p)),
       c(ifelse(equal, "==", ">="), rep("<=", 2 * p)), c(rep(0, nrow(a)), rep(1, 2 * p)))
}

sizes <- function(s) {
    p <- ncol(s$x)
    a <- if (s$family == 0) s$x * ifelse(s$y == 1, 1, -1) else -s$x
    a <- sweep(a, 2, apply(abs(s$x), 2, max), "/")
    equal <- s$family != 0 & s$y > 0
    infinite <- sapply(seq_len(p), function(j) {
        e <- as.numeric(seq_len(p) == j)
        max(programme(s, e)$objval, programme(s, -e)$objval)
    })
    # rows that some direction moves
    rows <- sapply(seq_len(nrow(a)), function(i) if (equal[i]) 0 else programme(s, a[i, ])$objval)
    list(infinite = infinite, rows = rows)
}

separation <- function(n) {
    i <- 0
    while (i < n) {
        s <- random_set()
        r <- sizes(s)
        unclear <- function(x) any(x > 1e-9 & x < 1e-4)
        if (unclear(r$infinite) || unclear(r$rows)) next
        moved <- sum(r$rows > 1e-5)
        put_set(s)
        given(if (moved == 0) 0 else if (moved < nrow(s$x)) 1 else 2, moved, r$infinite > 1e-5)
        end()
        i <- i + 1
    }
}

# Firth's estimates with some columns free, and the penalised likelihood with all in |X'WX|.
penalised <- function(s, b) {
    eta <- as.vector(s$x %*% b)
    if (s$family == 0) { l <- sum(s$w * (s$y * eta - log1p(exp(-abs(eta))) - pmax(eta, 0))); w <- s$w * dlogis(eta) }
    else { l <- sum(s$w * (s$y * eta - exp(eta))); w <- s$w * exp(eta) }
    l + as.numeric(determinant(crossprod(s$x * sqrt(w)))$modulus) / 2
}

firth_free <- function(s, b, free) {
    for (i in 1:2000) {
        eta <- as.vector(s$x %*% b)
        mu <- if (s$family == 0) plogis(eta) else exp(eta)
        w <- if (s$family == 0) dlogis(eta) else mu
        info <- crossprod(s$x * sqrt(s$w * w))
        h <- w * rowSums((s$x %*% solve(info, tol = 1e-30)) * s$x)
        score <- crossprod(s$x, s$w * (s$y - mu + h * (if (s$family == 0) 0.5 - mu else 0.5)))
        step <- rep(0, length(b))
        if (any(free)) step[free] <- solve(info[free, free], score[free], tol = 1e-30)
        old <- penalised(s, b)
        while (any(step != 0) && penalised(s, b + step) < old - 1e-10) step <- step / 2
        b <- b + 0.6 * step # whole steps may lead to and fro for ever
        if (max(abs(step)) < 1e-13) break
    }
    b
}

firth <- function(n) {
    i <- 0
    while (i < n) i <- i + !inherits(try(firth_line(random_set()), silent = TRUE), "try-error")
}

firth_line <- function(s) {
    p <- ncol(s$x)
    # of fewer rows the likelihood of a profile may have several maxima
    if (nrow(s$x) < 6 * p || sum(s$y) == 0 || max(abs(s$x)) > 1000) stop("not for this")
    if (runif(1) < 0.3) s$w <- sample(1:3, nrow(s$x), TRUE)
    fit <- try(glm(s$y ~ 0 + s$x, weights = s$w, family = if (s$family == 0) binomial() else poisson(),
                   method = "brglm_fit", type = "AS_mean", epsilon = 1e-13, maxit = 2000), silent = TRUE)
    if (inherits(fit, "try-error") || !fit$converged) stop("not for this")
    # weights are numbers of people, for which a row of weight 3 is 3 rows: h is then a third each
    t <- s; t$x <- s$x[rep(seq_along(s$y), s$w), , drop = FALSE]; t$y <- rep(s$y, s$w); t$w <- rep(1, length(t$y))
    b <- firth_free(t, coef(fit), rep(TRUE, p))
    if (max(abs(b - coef(fit))) > 1e-7) stop("not for this")
    ll <- penalised(t, b)
    eta <- as.vector(t$x %*% b)
    v <- solve(crossprod(t$x * sqrt(if (s$family == 0) dlogis(eta) else exp(eta))), tol = 1e-30)
    out <- NULL
    ok <- TRUE
    for (j in seq_len(p)) {
        free <- seq_len(p) != j
        at0 <- replace(b, j, 0)
        ratio <- 2 * (ll - penalised(t, firth_free(t, at0, free)))
        last <- b
        root <- function(x) {
            last <<- firth_free(t, replace(last, j, x), free) # from what is near, and from the estimate
            other <- firth_free(t, replace(b, j, x), free)
            if (max(abs(last - other)) > 1e-6) stop("more than one maximum")
            2 * (ll - penalised(t, last)) - qchisq(0.95, 1)
        }
        e <- sqrt(v[j, j])
        limit <- function(side) { # the first place outwards
            last <<- b
            for (k in 1:40)
                if (root(b[j] + side * 0.25 * k * e) > 0)
                    return(uniroot(root, sort(b[j] + side * 0.25 * c(k - 1, k) * e), tol = 1e-12 * e)$root)
            NA
        }
        limits <- c(limit(-1), limit(1))
        ok <- ok && !anyNA(limits)
        out <- c(out, ratio, limits)
    }
    if (!ok) stop("not for this")
    put_set(s)
    given(b, sqrt(diag(v)), ll, out)
    end()
}

arguments <- commandArgs(TRUE)
switch(arguments[1], separation = separation(as.numeric(arguments[2])), firth = firth(as.numeric(arguments[2])))
