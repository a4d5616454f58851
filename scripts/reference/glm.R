# Reference values for tests/unit/test_glm.c, by R 4.2 with MASS, sandwich 3.0 and clubSandwich
# 0.5.8.
#
#     Rscript scripts/reference/glm.R fits 1000 | gzip -9n > tests/values/glm.gz
#     Rscript scripts/reference/glm.R robust 150 | gzip -9n > tests/values/glm_robust.gz
#     Rscript scripts/reference/glm.R profiles 60 | gzip -9n > tests/values/glm_profiles.gz
#
# A line: family (0 logistic, 1 log-binomial, 2 Poisson, 3 negative binomial, 4 linear), n, p, then
# of each row the p columns, response, weight, offset, cluster; then what is expected.
suppressMessages({ library(MASS); library(sandwich); library(clubSandwich); library(survival) })
options(digits = 17, warn = 1)
set.seed(20240901)

given <- function(...) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = 15, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
end <- function() cat("\n")

FAMILIES <- c("logistic", "log-binomial", "poisson", "negative-binomial", "linear")
tight <- glm.control(epsilon = 1e-14, maxit = 500)

family_of <- function(name, theta = NULL)
    switch(name, logistic = binomial(), `log-binomial` = binomial("log"), poisson = poisson(),
           `negative-binomial` = negative.binomial(theta), linear = gaussian())

# theta and coefficients to the last digits, from where glm.nb ends.
fit_theta <- function(s, at) {
    theta <- at
    for (i in 1:200) {
        fit <- suppressWarnings(fit_of(s, theta))
        mu <- fit$fitted.values
        score <- function(t) sum(s$w * (digamma(t + s$y) - digamma(t) + log(t) + 1 - log(t + mu) - (s$y + t) / (mu + t)))
        before <- theta
        theta <- uniroot(score, theta * c(0.5, 2), extendInt = "yes", tol = 1e-14 * theta)$root
        if (abs(theta - before) < 1e-13 * theta) break
    }
    info <- sum(s$w * (-trigamma(theta + s$y) + trigamma(theta) - 1 / theta + 2 / (mu + theta) -
                       (s$y + theta) / (mu + theta)^2))
    list(theta = theta, error = 1 / sqrt(info))
}

# glm stops when the deviance does, at half the digits of the coefficients where scoring is not
# Newton's method; so scoring goes on by hand, and glm has its end as start.
polish <- function(fit, s, x) {
    b <- coef(fit)
    f <- fit$family
    for (i in 1:500) {
        eta <- as.vector(x %*% b) + s$offset
        mu <- f$linkinv(eta); slope <- f$mu.eta(eta)
        step <- qr.coef(qr(x * sqrt(s$w * slope^2 / f$variance(mu)), tol = 1e-14),
                        sqrt(s$w * slope^2 / f$variance(mu)) * (s$y - mu) / slope)
        b <- b + step
        if (max(abs(step)) < 1e-15 * max(abs(b))) break
    }
    b
}

# Columns that do not depend on those before; glm with a small epsilon would not notice.
independent <- function(x) {
    if (ncol(x) == 0) return(integer(0))
    q <- qr(x, tol = 1e-7)
    sort(q$pivot[seq_len(q$rank)])
}

fit_of <- function(s, theta = NULL, drop = NULL) {
    x <- s$x
    if (!is.null(drop)) x <- x[, -drop, drop = FALSE]
    x <- x[, independent(x), drop = FALSE]
    d <- list(y = s$y, x = x, w = s$w, o = s$offset)
    start <- NULL
    if (s$family == "log-binomial")
        start <- c(log(mean(s$y)) - 0.1, rep(0, ncol(x) - 1))
    if (ncol(x) == 0)
        return(glm(y ~ 0 + offset(o), weights = w, data = d, family = family_of(s$family, theta), control = tight))
    fit <- glm(y ~ 0 + x + offset(o), weights = w, data = d, family = family_of(s$family, theta), control = tight,
               start = start)
    if (!fit$converged || s$family == "linear") return(fit)
    start <- polish(fit, s, x)
    glm(y ~ 0 + x + offset(o), weights = w, data = d, family = family_of(s$family, theta), start = start,
        control = glm.control(epsilon = 1e-12, maxit = 3))
}

# R's log-likelihood counts a dispersion; of negative binomials it is that of glm.nb.
likelihood <- function(fit, s, theta = NULL) {
    if (s$family == "negative-binomial")
        return(sum(s$w * dnbinom(s$y, size = theta, mu = fitted(fit), log = TRUE)))
    as.numeric(logLik(fit))
}

real_sets <- function() {
    set <- function(family, formula, data, w = NULL, offset = NULL, cluster = NULL) {
        m <- model.frame(formula, data)
        n <- nrow(m)
        list(family = family, x = unname(model.matrix(formula, m)), y = as.numeric(model.response(m)),
             w = if (is.null(w)) rep(1, n) else w, offset = if (is.null(offset)) rep(0, n) else offset,
             cluster = if (is.null(cluster)) seq_len(n) - 1 else as.integer(factor(cluster)) - 1)
    }
    es <- esoph
    list(set("logistic", low ~ age + lwt + factor(race) + smoke + ptl + ht + ui + ftv, birthwt, cluster = birthwt$race * 10 + birthwt$ftv),
         set("logistic", case ~ age + parity + education + spontaneous + induced, infert, cluster = infert$stratum),
         set("logistic", I(ncases / (ncases + ncontrols)) ~ as.numeric(agegp) + unclass(tobgp) + unclass(alcgp), es,
             w = es$ncases + es$ncontrols, cluster = es$agegp),
         set("poisson", I(smoke + ftv) ~ age + lwt + factor(race), birthwt),
         set("poisson", Days ~ Eth + Sex + Age + Lrn, quine, cluster = interaction(quine$Age, quine$Lrn, drop = TRUE)),
         set("negative-binomial", Days ~ Eth + Sex + Age + Lrn, quine, cluster = interaction(quine$Age, quine$Lrn, drop = TRUE)),
         set("negative-binomial", y ~ lbase * trt + lage + V4, epil, cluster = epil$subject),
         set("poisson", y ~ lbase * trt + lage + V4, epil, cluster = epil$subject),
         set("poisson", Claims ~ District + unclass(Group) + unclass(Age), Insurance, offset = signif(log(Insurance$Holders), 15)),
         set("logistic", (y == "y") ~ trt + I(week > 2), bacteria, cluster = bacteria$ID),
         set("log-binomial", low ~ smoke + ht + ui, birthwt, cluster = birthwt$race * 10 + birthwt$ftv),
         set("log-binomial", I(status - 1) ~ I(age / 10) + sex, lung[lung$sex == 2, ][1:60, ][-1, ] ),
         set("linear", bwt ~ age + lwt + factor(race) + smoke + ptl + ht + ui + ftv, birthwt, cluster = birthwt$race * 10 + birthwt$ftv),
         set("linear", mpg ~ wt * hp + factor(cyl), mtcars, w = mtcars$carb, cluster = mtcars$gear * 10 + mtcars$cyl))[-12]
}

random_set <- function(i) {
    n <- sample(c(15, 25, 40, 70, 110), 1)
    family <- sample(FAMILIES, 1, prob = c(5, 2, 3, 2, 3))
    p <- sample(if (n < 25) 1:3 else if (n < 70) 1:5 else 2:7, 1)
    column <- function(k) switch(sample(6, 1), rbinom(n, 1, runif(1, 0.2, 0.8)), rbinom(n, 1, 0.5),
                                 sample(0:3, n, TRUE), round(rnorm(n), 2), round(rnorm(n, 1980, 7)),
                                 round(rexp(n), 2))
    x <- cbind(rep(1, n), sapply(seq_len(p), column))
    if (family != "log-binomial" && runif(1) < 0.15 && p >= 2) # a column that depends on others
        x <- cbind(x, switch(sample(3, 1), x[, 2] + x[, 3], 2 * x[, 2] - 1, rep(3, n)))
    if (runif(1) < 0.1 && family != "log-binomial" && ncol(x) > 2) x <- x[, -1, drop = FALSE]
    x <- unname(x)
    z <- scale(x); z[is.nan(z)] <- 0
    eta <- as.vector(z %*% rnorm(ncol(x), 0, 0.4))
    offset <- if (runif(1) < 0.2 && family != "log-binomial") round(rnorm(n, 0, 0.5), 2) else rep(0, n)
    w <- if (runif(1) < 0.2) sample(1:4, n, TRUE) else rep(1, n)
    b <- runif(1, -1.5, 1)
    y <- switch(family, logistic = rbinom(n, 1, plogis(b + eta + offset)),
                `log-binomial` = rbinom(n, 1, pmin(0.9, exp(-1.5 + 0.5 * eta))),
                poisson = rpois(n, exp(b + eta + offset)),
                `negative-binomial` = rnbinom(n, size = runif(1, 0.5, 3), mu = exp(b + 1 + eta + offset)),
                linear = round(10 + eta + rnorm(n), 3))
    if (family == "logistic" && w[1] != 1 && runif(1) < 0.3) y <- signif(rbinom(n, w, plogis(b + eta)) / w, 15)
    list(family = family, x = x, y = y, w = w, offset = offset, cluster = sample(0:7, n, TRUE))
}

# Sets that R itself can be trusted with: converged, no fitted mean at an end.
usable <- function(s) {
    fit <- try(suppressWarnings(fit_of(s, 1)), silent = TRUE)
    if (s$family == "poisson" && max(s$y) > 1e4) return(FALSE)
    if (inherits(fit, "try-error") || !fit$converged) return(FALSE)
    mu <- fitted(fit)
    if (s$family == "logistic" && (min(mu) < 1e-6 || max(mu) > 1 - 1e-6)) return(FALSE)
    if (s$family == "log-binomial" && (max(mu) > 0.97 || min(mu) < 1e-5)) return(FALSE)
    if (s$family == "poisson" && min(mu) < 1e-6) return(FALSE)
    if (sum(!is.na(coef(fit))) >= nrow(s$x) - 3) return(FALSE)
    if (s$family == "negative-binomial") {
        start <- try(suppressWarnings(glm.nb(s$y ~ 0 + s$x + offset(s$offset), weights = s$w)), silent = TRUE)
        if (inherits(start, "try-error") || start$theta > 50 || min(fitted(start)) < 1e-6) return(FALSE)
        theta <- try(theta_of(s)$theta, silent = TRUE)
        if (inherits(theta, "try-error") || !suppressWarnings(fit_of(s, theta))$converged) return(FALSE)
    }
    TRUE
}

sets <- function(n) {
    out <- real_sets()
    while (length(out) < n) {
        s <- random_set()
        if (usable(s)) out[[length(out) + 1]] <- s
    }
    out
}

put_set <- function(s) {
    given(match(s$family, FAMILIES) - 1, nrow(s$x), ncol(s$x))
    given(as.vector(t(cbind(s$x, s$y, s$w, s$offset, s$cluster))))
}

full <- function(values, x) { out <- rep(NA, ncol(x)); out[independent(x)] <- values; out }

theta_of <- function(s) {
    if (s$family != "negative-binomial") return(list(theta = NA, error = NA))
    fit_theta(s, suppressWarnings(glm.nb(s$y ~ 0 + s$x + offset(s$offset), weights = s$w))$theta)
}

fits <- function(n) {
    for (s in sets(n)) {
        put_set(s)
        theta <- theta_of(s)
        fit <- suppressWarnings(fit_of(s, theta$theta))
        null <- if (all(s$x[, 1] == 1)) 1 else integer(0)
        s0 <- s; s0$x <- s$x[, null, drop = FALSE]
        fit0 <- suppressWarnings(fit_of(s0, theta$theta))
        k <- fit$rank + (s$family %in% c("negative-binomial", "linear"))
        given(full(coef(fit), s$x))
        v <- summary(fit, dispersion = if (s$family == "linear") NULL else 1)$cov.scaled
        given(full(sqrt(diag(v)), s$x))
        ll <- likelihood(fit, s, theta$theta)
        given(ll, likelihood(fit0, s0, theta$theta), deviance(fit), deviance(fit0), 2 * (k - ll),
              k * log(nrow(s$x)) - 2 * ll, theta$theta, theta$error)
        # likelihood ratios of each column but an intercept
        for (j in seq_len(ncol(s$x))) {
            less <- try(suppressWarnings(fit_of(s, theta$theta, j)), silent = TRUE)
            if (inherits(less, "try-error") || !less$converged) { given(NA, NA); next }
            given(2 * (ll - likelihood(less, s, theta$theta)), fit$rank - less$rank)
        }
        end()
    }
}

robust <- function(n) {
    for (s in sets(n)) {
        if (s$family == "negative-binomial" && qr(s$x)$rank < ncol(s$x)) next
        theta <- theta_of(s)
        s$x <- s$x[, qr(s$x)$pivot[seq_len(qr(s$x)$rank)], drop = FALSE]
        fit <- suppressWarnings(fit_of(s, theta$theta))
        if (anyNA(coef(fit)) || length(unique(s$cluster)) < 4) next
        put_set(s)
        given(theta$theta)
        for (type in c("HC0", "HC1", "HC2", "HC3")) given(sqrt(diag(vcovHC(fit, type = type))))
        for (type in c("CR0", "CR1", "CR2")) given(sqrt(diag(as.matrix(vcovCR(fit, cluster = s$cluster, type = type)))))
        ct <- coef_test(fit, vcovCR(fit, cluster = s$cluster, type = "CR2"), test = "Satterthwaite")
        given(if ("df_Satt" %in% names(ct)) ct$df_Satt else ct$df)
        v <- vcovHC(fit, type = "HC0")
        given(sum(coef(fit) * solve(v, coef(fit))))
        end()
    }
}

profiles <- function(n) {
    for (s in sets(n)) {
        if (s$family == "linear" || qr(s$x)$rank < ncol(s$x)) next
        theta <- theta_of(s)
        fit <- suppressWarnings(fit_of(s, theta$theta))
        ll <- likelihood(fit, s, theta$theta)
        level <- sample(c(0.9, 0.95, 0.99), 1)
        limits <- NULL
        for (j in seq_len(ncol(s$x))) {
            root <- function(b) {
                less <- s
                less$x <- s$x[, -j, drop = FALSE]
                less$offset <- s$offset + s$x[, j] * b
                held <- suppressWarnings(fit_of(less, theta$theta))
                2 * (ll - likelihood(held, s, theta$theta)) - qchisq(level, 1)
            }
            b <- coef(fit)[j]
            e <- sqrt(vcov(fit)[j, j])
            at <- function(side) {
                out <- try(uniroot(root, sort(b + side * c(0.2, 2) * qnorm((1 + level) / 2) * e), extendInt = "yes",
                                   tol = 1e-13 * (abs(b) + e)), silent = TRUE)
                if (inherits(out, "try-error")) NA else out$root
            }
            limits <- c(limits, at(-1), at(1))
        }
        if (anyNA(limits)) next
        put_set(s)
        given(theta$theta, level, limits)
        end()
    }
}

arguments <- commandArgs(TRUE)
switch(arguments[1], fits = fits(as.numeric(arguments[2])), robust = robust(as.numeric(arguments[2])),
       profiles = profiles(as.numeric(arguments[2])))
