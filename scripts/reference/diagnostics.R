# Reference values for tests/unit/test_{classification,collinearity,standardization}.c and
# test_model_picture.c, by R 4.2 with pROC 1.18, car 3.1, emmeans 1.8, boot 1.3 and survival 3.5
# (Debian: r-cran-proc r-cran-car r-cran-emmeans).
#
#     Rscript scripts/reference/diagnostics.R scores | gzip -9n > tests/values/diagnostics_scores.gz
#     ... and so on for collinearity, standardization, bootstrap, residuals
suppressMessages({ library(pROC); library(car); library(MASS); library(emmeans); library(boot)
                   library(survival); library(splines) })
options(warn = -1)
set.seed(20240711)

given <- function(...) cat(formatC(as.numeric(c(...)), digits = 17, format = "g", width = 1), "", sep = " ")
end <- function() cat("\n")
tight <- glm.control(epsilon = 1e-14, maxit = 100)

# ---- classification ----

# glm()'s covariance is that of the step before the last.
put_line <- function(y, x, offset) {
    fit <- glm(y ~ x - 1, binomial, offset = offset, control = tight)
    v <- solve(crossprod(x * sqrt(fitted(fit) * (1 - fitted(fit)))))
    given(rbind(coef(fit), sqrt(diag(v))))
}

# As ResourceSelection's hoslem.test() groups and counts, from its documentation and source.
risk_groups <- function(y, p, g = 10) {
    limits <- unique(quantile(p, probs = seq(0, 1, 1 / g)))
    group <- droplevels(cut(p, limits, include.lowest = TRUE))
    lapply(split(seq_along(p), group), function(i) list(n = length(i), o = sum(y[i]), e = sum(p[i]),
                                                        rest = sum(1 - p[i])))
}

put_scores <- function(p, y, weight = rep(1, length(p)), level = 0.95, g = 10) {
    y <- as.numeric(y)
    given(length(p), level, g, as.vector(rbind(p, y, weight)))
    py <- rep(p, weight); yy <- rep(y, weight)
    r <- roc(yy, py, levels = c(0, 1), direction = "<", quiet = TRUE)
    given(r$auc, sqrt(pROC::var(r, method = "delong")), ci.auc(r, conf.level = level)[c(1, 3)])
    groups <- risk_groups(yy, py, g)
    x2 <- sum(sapply(groups, function(q) (q$o - q$e)^2 / q$e + (q$n - q$o - q$rest)^2 / q$rest))
    df <- length(groups) - 2
    given(x2, df, pchisq(x2, df, lower.tail = FALSE), length(groups))
    for (q in groups)
        given(q$n, q$o, q$e, prop.test(q$o, q$n, conf.level = level, correct = FALSE)$conf.int)
    put_line(yy, cbind(rep(1, length(yy))), qlogis(py))
    put_line(yy, cbind(1, qlogis(py)), rep(0, length(yy)))
    given(mean((yy - py)^2))
    points <- length(r$sensitivities)
    given(points, rbind(rev(r$sensitivities), rev(r$specificities)))
    end()
}

scores <- function() {
    half <- rep(c(TRUE, FALSE), length = nrow(birthwt))
    fit <- glm(low ~ age + lwt + factor(race) + smoke + ht + ui, binomial, birthwt, subset = half)
    put_scores(predict(fit, birthwt, type = "response"), birthwt$low)
    fit <- glm(low ~ factor(race) + smoke + ht, binomial, birthwt, subset = half)
    put_scores(predict(fit, birthwt, type = "response"), birthwt$low, level = 0.9)
    fit <- glm(case ~ spontaneous + induced + age, binomial, infert, subset = seq(1, 248, 3))
    put_scores(predict(fit, infert, type = "response"), infert$case, level = 0.99)
    put_scores(predict(fit, infert, type = "response"), infert$case, sample(1:5, 248, TRUE))
    pima <- glm(type ~ . - type, binomial, Pima.tr)
    put_scores(predict(pima, Pima.te, type = "response"), Pima.te$type == "Yes")
    put_scores(predict(pima, Pima.te, type = "response"), Pima.te$type == "Yes", g = 5)
    for (i in 1:60) {
        n <- sample(c(41, 101, 201, 301, 57, 400), 1)
        p <- plogis(rnorm(n, -1, 1.2))
        digits <- sample(c(1, 2, 3, 15), 1) # ties, or neighbours
        p <- pmin(0.999, pmax(0.001, signif(p, digits)))
        y <- rbinom(n, 1, plogis(0.3 + 0.8 * qlogis(p)))
        weight <- if (i %% 3) rep(1, n) else sample(1:4, n, TRUE)
        put_scores(p, y, weight, sample(c(0.9, 0.95, 0.99), 1), sample(c(10, 10, 5, 4), 1))
    }
}

# ---- collinearity ----

put_vif <- function(fit) {
    v <- vcov(fit)
    terms <- attr(model.matrix(fit), "assign")
    given(nrow(v), max(terms), terms, as.vector(v), kappa(cov2cor(v[-1, -1]), exact = TRUE))
    found <- vif(fit)
    if (!is.matrix(found)) found <- cbind(found, 1, sqrt(found))
    given(t(found))
    end()
}

collinearity <- function() {
    put_vif(glm(low ~ age + lwt + factor(race) + smoke + ht + ui, binomial, birthwt))
    put_vif(glm(low ~ age * smoke + factor(race), binomial, birthwt))
    put_vif(lm(prestige ~ income + education + type, Prestige))
    put_vif(lm(mpg ~ ., mtcars))
    put_vif(lm(Employed ~ ., longley))
    put_vif(glm(case ~ education + spontaneous + induced + poly(age, 3), binomial, infert))
    put_vif(lm(mpg ~ wt + I(wt^2) + factor(cyl) + factor(gear), mtcars))
    for (i in 1:60) {
        n <- 80
        x <- matrix(rnorm(n * 4), n) %*% matrix(rnorm(16), 4)
        f <- factor(sample(letters[1:sample(2:5, 1)], n, TRUE))
        y <- rnorm(n)
        x[, 2] <- x[, 2] + sample(c(0, 1, 30), 1) * x[, 1]
        put_vif(if (i %% 2) lm(y ~ x[, 1] + x[, 2] + x[, 3] + x[, 4] + f)
                else glm((y > 0) ~ x + f, family = binomial))
    }
}

# ---- standardization ----

# link: 0 logit, 1 log, 2 identity
put_standard <- function(fit, data, exposure, link, weight = rep(1, nrow(data)), level = 0.95) {
    levels <- levels(data[[exposure]])
    at <- lapply(levels, function(l) {
        data[[exposure]] <- factor(l, levels)
        list(x = model.matrix(delete.response(terms(fit)), data), m = predict(fit, data, type = "response"),
             slope = fit$family$mu.eta(predict(fit, data)))
    })
    offset <- if (is.null(model.offset(model.frame(fit)))) rep(0, nrow(data)) else
        predict(fit, data) - at[[1]]$x %*% coef(fit)
    if (!is.null(fit$offset)) offset <- fit$offset
    v <- vcov(fit)
    given(link, nrow(data), length(coef(fit)), length(levels), level, coef(fit), as.vector(v), weight, offset)
    for (a in at) given(as.vector(t(a$x)))
    w <- weight / sum(weight)
    mean <- sapply(at, function(a) sum(w * a$m))
    gradient <- t(sapply(at, function(a) colSums(w * a$slope * a$x)))
    m <- sapply(at, function(a) a$m)
    spread <- crossprod(sqrt(weight) * sweep(m, 2, mean)) / sum(weight) / (sum(weight) - 1)
    z <- qnorm((1 + level) / 2)
    for (s in list(gradient %*% v %*% t(gradient), gradient %*% v %*% t(gradient) + spread)) {
        for (l in seq_along(levels)) {
            given(mean[l], sqrt(s[l, l]), mean[l] + c(-z, z) * sqrt(s[l, l]))
            if (l == 1) next
            d <- mean[l] - mean[1]; a <- rep(0, length(levels)); a[l] <- 1; a[1] <- -1
            se <- sqrt(c(a %*% s %*% a))
            given(d, se, d + c(-z, z) * se, 2 * pnorm(-abs(d / se)))
            r <- mean[l] / mean[1]; a[l] <- 1 / mean[l]; a[1] <- -1 / mean[1]
            se <- sqrt(c(a %*% s %*% a))
            given(r, se, exp(log(r) + c(-z, z) * se), 2 * pnorm(-abs(log(r) / se)))
        }
    }
    end()
    invisible(list(mean = mean, se = sqrt(diag(gradient %*% v %*% t(gradient)))))
}

# Where the covariates are one factor, emmeans weighs its levels by how many have them: the same.
check_emmeans <- function(fit, exposure, ours) {
    theirs <- emmeans(regrid(ref_grid(fit)), exposure, weights = "proportional")
    theirs <- as.data.frame(theirs)
    stopifnot(max(abs(theirs[[2]] / ours$mean - 1)) < 1e-12, max(abs(theirs$SE / ours$se - 1)) < 1e-10)
}

standardization <- function() {
    b <- birthwt
    b$race <- factor(b$race); b$smoke <- factor(b$smoke); b$ht <- factor(b$ht)
    b$cell <- interaction(b$race, b$ui, drop = TRUE)
    fit <- glm(low ~ smoke + cell, binomial, b, control = tight)
    check_emmeans(fit, "smoke", put_standard(fit, b, "smoke", 0))
    fit <- glm(low ~ race + smoke, binomial, b, control = tight)
    check_emmeans(fit, "race", put_standard(fit, b, "race", 0, level = 0.9))
    fit <- glm(low ~ race * smoke + age + lwt + ht, binomial, b, control = tight)
    put_standard(fit, b, "race", 0)
    put_standard(fit, b, "smoke", 0, sample(1:4, nrow(b), TRUE), 0.99)
    fit <- glm(low ~ smoke + race + age, poisson, b, control = tight)
    put_standard(fit, b, "smoke", 1)
    fit <- glm(low ~ smoke + ht, binomial("log"), b, start = c(log(0.3), 0, 0), control = tight)
    put_standard(fit, b, "smoke", 1)
    fit <- glm(bwt ~ race * age + smoke, gaussian, b, control = tight)
    put_standard(fit, b, "race", 2)
    q <- quine; q$log_days <- log(rep(c(1, 2), length = nrow(q)))
    fit <- glm(Days ~ Eth * Sex + Age, poisson, q, offset = log_days, control = tight)
    put_standard(fit, q, "Age", 1)
    e <- esoph; e$agegp <- factor(e$agegp, ordered = FALSE); e$alcgp <- factor(e$alcgp, ordered = FALSE)
    e$tobgp <- factor(e$tobgp, ordered = FALSE)
    fit <- glm(cbind(ncases, ncontrols) ~ agegp + alcgp + tobgp, binomial, e, control = tight)
    put_standard(fit, e, "alcgp", 0, e$ncases + e$ncontrols)
}

bootstrap <- function() {
    for (i in 1:24) {
        times <- c(99, 199, 228, 39, 20, 999)[i %% 6 + 1]
        x <- rexp(30)
        b <- boot(x, function(d, k) mean(d[k]), R = times)
        b$t <- signif(b$t, 7)
        level <- c(0.95, 0.9, 0.93, 0.99)[i %% 4 + 1]
        ci <- boot.ci(b, conf = level, type = c("norm", "perc"))
        given(times, level, b$t0, b$t, sd(b$t), ci$normal[2:3], ci$percent[4:5])
        end()
    }
}

# ---- Schoenfeld residuals ----

put_residuals <- function(fit, transform, which, df) {
    z <- cox.zph(fit, transform = transform, terms = FALSE)
    x <- z$x; y <- z$y[, which]
    # A picture's line, as plot.cox.zph() makes it.
    steps <- seq(min(x), max(x), length.out = 40)
    basis <- ns(c(steps, x), df = df, intercept = TRUE)
    q <- qr(basis[-(1:40), ])
    smooth <- basis[1:40, ] %*% qr.coef(q, y)
    root <- backsolve(qr.R(q), diag(df))
    error <- sqrt(z$var[which, which] * rowSums((basis[1:40, ] %*% root)^2))
    raw <- as.matrix(residuals(fit, "schoenfeld"))
    given(length(x), ncol(raw), which - 1, df, transform == "log", coef(fit), vcov(fit))
    given(rbind(z$time, x, y), as.vector(t(raw)), smooth, error)
    end()
}

residuals_over_time <- function() {
    fit <- coxph(Surv(time, status) ~ age + sex + ph.karno, lung)
    for (k in 1:3) put_residuals(fit, "identity", k, 4)
    put_residuals(fit, "km", 3, 4)
    put_residuals(fit, "log", 3, 4)
    put_residuals(fit, "km", 1, 3)
    fit <- coxph(Surv(futime, fustat) ~ age + rx, ovarian)
    put_residuals(fit, "identity", 1, 4)
    put_residuals(fit, "rank", 2, 2)
}

switch(commandArgs(TRUE)[1], scores = scores(), collinearity = collinearity(),
       standardization = standardization(), bootstrap = bootstrap(), residuals = residuals_over_time())
