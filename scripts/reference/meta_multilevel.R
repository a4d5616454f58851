# Reference values for tests/unit/test_{meta_multilevel,meta_robust}.c, by metafor 3.8-1 with the
# data sets of metadat 1.2-0, and by clubSandwich 0.5.8.
#
#     Rscript scripts/reference/meta_multilevel.R multilevel | gzip -9n > tests/values/meta_multilevel.gz
#     ... and so for  multilevel_limits robust
#
# A line is one set of effects; the order of its values is that of the cat() below.  metafor's
# optimizer ends at some 1e-6 of the variances, so they are taken to the last digits by Fisher's
# scoring on dense matrices from the best places of a grid (which has to end where metafor does, or
# higher); rma.mv is then given them, and all else is its.  The limits are its own.
suppressMessages({ library(metafor); library(clubSandwich) })
options(digits = 17, scipen = 0, warn = 1)
set.seed(20240801)

given <- function(...) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = 15, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
end <- function() cat("\n")

# ---- sets of effects ----

get_data <- function(name) get(data(list = name, package = "metadat", envir = environment()))

set_of <- function(yi, vi, cluster, x = NULL, rho = 0) {
    ok <- is.finite(yi) & is.finite(vi) & vi > 0 & !is.na(cluster)
    if (!is.null(x)) { x <- as.matrix(x); ok <- ok & complete.cases(x) }
    list(yi = signif(yi[ok], 15), vi = signif(vi[ok], 15),
         cluster = as.integer(factor(cluster[ok])) - 1,
         x = unname(cbind(rep(1, sum(ok)), if (!is.null(x)) signif(x[ok, , drop = FALSE], 15))),
         rho = rho)
}

real_sets <- function() {
    sets <- list()
    x <- get_data("dat.konstantopoulos2011")
    sets$konstantopoulos <- set_of(x$yi, x$vi, x$district)
    sets$konstantopoulos_year <- set_of(x$yi, x$vi, x$district, x$year - 1976)
    x <- get_data("dat.assink2016")
    sets$assink <- set_of(x$yi, x$vi, x$study)
    sets$assink_rho <- set_of(x$yi, x$vi, x$study, rho = 0.6)
    sets$assink_mods <- set_of(x$yi, x$vi, x$study, cbind(x$year, x$pubstatus), rho = 0.6)
    sets$assink_type <- set_of(x$yi, x$vi, x$study, model.matrix(~ deltype, x)[, -1])
    x <- escalc("OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal,
                data = get_data("dat.bornmann2007"))
    sets$bornmann <- set_of(c(x$yi), x$vi, x$study)
    sets$bornmann_type <- set_of(c(x$yi), x$vi, x$study, x$type == "Fellowship")
    x <- escalc("PLO", xi = cases, ni = total, data = get_data("dat.obrien2003"))
    sets$obrien <- set_of(c(x$yi), x$vi, x$study, x$bmi)
    x <- escalc("ZCOR", ri = ri, ni = ni, data = get_data("dat.crede2010"))
    sets$crede <- set_of(c(x$yi), x$vi, x$studyid)
    sets$crede_mods <- set_of(c(x$yi), x$vi, x$studyid, x$criterion == "grade")
    x <- escalc("ZCOR", ri = ri, ni = ni, data = get_data("dat.moura2021")$dat)[1:300, ]
    sets$moura <- set_of(c(x$yi), x$vi, x$study.id)
    x <- escalc("ZCOR", ri = ri, ni = ni, data = get_data("dat.lim2014")$o_o_unadj)
    sets$lim <- set_of(c(x$yi), x$vi, x$article)
    x <- get_data("dat.tannersmith2016")
    sets$tannersmith <- set_of(x$yi, x$vi, x$studyid)
    sets$tannersmith_mods <- set_of(x$yi, x$vi, x$studyid, cbind(x$aget1, x$propmale), rho = 0.8)
    x <- get_data("dat.knapp2017")
    sets$knapp <- set_of(x$yi, x$vi, x$study, x$difficulty)
    x <- get_data("dat.berkey1998")
    sets$berkey <- set_of(x$yi, x$vi, x$trial, x$outcome == "PD", rho = 0.4)
    x <- get_data("dat.kalaian1996")
    sets$kalaian <- set_of(x$yi, x$vi, x$study, cbind(x$outcome == "verbal", x$hrs), rho = 0.66)
    sets
}

random_set <- function(i) {
    j <- sample(2:25, 1)
    sizes <- switch(i %% 3 + 1, sample(1:6, j, TRUE), rep(3, j), pmin(40, rgeom(j, 0.25) + 1))
    if (all(sizes == 1)) sizes[1] <- 3
    cluster <- sample(rep(seq_len(j), sizes))
    k <- length(cluster)
    vi <- signif(switch(i %% 4 + 1, rchisq(k, 4) / 40 + 1e-3, 10^runif(k, -3, 1), rep(0.1, k),
                        1 / sample(10:500, k)), 6)
    between <- sample(c(0, 0.02, 0.3, 2), 1)
    within <- sample(c(0, 0.02, 0.3), 1)
    p <- sample(1:4, 1)
    x <- NULL
    if (p > 1) x <- cbind(rnorm(j)[cluster], rnorm(k), rbinom(k, 1, 0.4))[, seq_len(p - 1)]
    if (!is.null(x)) x <- signif(x, 6)
    yi <- rnorm(1) + rnorm(j, 0, sqrt(between))[cluster] + rnorm(k, 0, sqrt(within + vi))
    set_of(signif(yi, 8), vi, cluster, x, rho = sample(c(0, 0, 0.3, 0.6, 0.95), 1))
}

is_usable <- function(s) {
    k <- length(s$yi)
    k - ncol(s$x) >= 3 && qr(s$x)$rank == ncol(s$x) &&
        qr(cbind(s$x, model.matrix(~ 0 + factor(s$cluster))))$rank > ncol(s$x)
}

all_sets <- function(n) Filter(is_usable, c(real_sets(), lapply(seq_len(n), random_set)))

sampling <- function(s) {
    v <- s$rho * outer(sqrt(s$vi), sqrt(s$vi)) * outer(s$cluster, s$cluster, "==")
    diag(v) <- s$vi
    v
}

# ---- the highest likelihood ----

# Newton's steps, for where scoring is slow and the height has no digits left to lead it.
finish <- function(theta, slope) {
    free <- theta > 0
    for (i in 1:10) {
        h <- sapply(which(free), function(j) {
            step <- 1e-4 * theta[j] * (seq_along(theta) == j)
            (slope(theta + step) - slope(theta - step))[free] / (2e-4 * theta[j])
        })
        new <- theta
        if (any(free)) new[free] <- theta[free] - solve(h, slope(theta)[free])
        if (any(new < 0) || max(abs(new - theta)) > 1e-3 * max(theta)) break
        theta <- new
    }
    theta
}

scoring <- function(s, method) {
    y <- s$yi; x <- s$x; v <- sampling(s); k <- length(y)
    cluster <- s$cluster; effect <- seq_len(k)
    parts <- list(1 * outer(s$cluster, s$cluster, "=="), diag(k))
    look <- function(theta) {
        m <- v + theta[1] * parts[[1]] + theta[2] * parts[[2]]
        w <- chol2inv(chol(m))
        xwx <- crossprod(x, w %*% x)
        p <- w - w %*% x %*% solve(xwx, crossprod(x, w))
        py <- p %*% y
        tr <- if (method == "REML") p else w
        height <- -(c(determinant(m)$modulus) + sum(y * py) +
                    (if (method == "REML") c(determinant(xwx)$modulus) else 0)) / 2
        slope <- sapply(parts, function(d) sum(py * (d %*% py)) - sum(tr * d)) / 2
        list(height = height, slope = slope, tr = tr)
    }
    height <- function(theta) look(theta)$height
    size <- c(0, 10^seq(-3, 1, length = 7)) * max(var(y), min(s$vi))
    grid <- expand.grid(size, size)
    heights <- apply(grid, 1, height)
    ends <- lapply(order(-heights)[1:3], function(g) {
        theta <- as.numeric(grid[g, ])
        for (i in 1:2000) {
            at <- look(theta)
            free <- theta > 0 | at$slope > 0
            if (!any(free)) break
            info <- matrix(0, 2, 2)
            td <- lapply(parts, function(d) at$tr %*% d)
            for (a in 1:2) for (b in 1:2) info[a, b] <- sum(td[[a]] * t(td[[b]])) / 2
            step <- c(0, 0)
            step[free] <- solve(info[free, free], at$slope[free])
            for (h in 0:30) {
                new <- pmax(0, theta + step / 2^h)
                if (height(new) >= at$height - 1e-12 * abs(at$height)) break
            }
            moved <- max(abs(new - theta))
            theta <- new
            if (moved <= 1e-15 * max(theta, s$vi)) break
        }
        finish(theta, function(theta) look(theta)$slope)
    })
    tops <- sapply(ends, height)
    own <- try(rma.mv(s$yi, v, mods = ~ s$x - 1, random = list(~ 1 | cluster, ~ 1 | effect),
                      method = method), silent = TRUE)
    if (inherits(own, "try-error")) warning("metafor's optimizer gave up")
    else {
        if (height(own$sigma2) > max(tops) + 1e-9) stop("metafor found a higher maximum")
        # Where it ends on the same one, it says the same to its precision.
        best <- ends[[which.max(tops)]]
        if (abs(height(own$sigma2) - max(tops)) < 1e-9 &&
            max(abs(own$sigma2 - best)) > 1e-3 * max(best, s$vi)) stop("metafor differs")
    }
    ends[[which.max(tops)]]
}

fit_at <- function(s, sigma2, method, test = "z", dfs = "residual", level = 95) {
    cluster <- s$cluster; effect <- seq_along(cluster)
    p <- ncol(s$x)
    rma.mv(s$yi, sampling(s), mods = ~ s$x - 1, random = list(~ 1 | cluster, ~ 1 | effect),
           method = method, sigma2 = sigma2, test = test, dfs = dfs, level = level,
           btt = if (p > 1) 2:p else 1)
}

put_set <- function(s, level) {
    given(length(s$yi), ncol(s$x), s$rho, level / 100)
    given(as.vector(rbind(s$yi, s$vi, s$cluster, t(s$x))))
}

multilevel <- function() {
    for (s in all_sets(70)) {
        level <- sample(c(95, 95, 90, 99), 1)
        k <- length(s$yi); p <- ncol(s$x)
        put_set(s, level)
        w <- solve(sampling(s))
        typical <- (k - p) / sum(diag(w - w %*% s$x %*% solve(t(s$x) %*% w %*% s$x) %*% t(s$x) %*% w))
        for (method in c("REML", "ML")) {
            sigma2 <- scoring(s, method)
            z <- fit_at(s, sigma2, method, level = level)
            t <- fit_at(s, sigma2, method, "t", level = level)
            contain <- fit_at(s, sigma2, method, "t", "contain", level)
            given(sigma2, logLik(z), z$QE, z$QEp, z$QM, z$QMp, t$QM, t$QMp, contain$QM, contain$QMp,
                  contain$QMdf[2])
            given(100 * c(sum(sigma2), sigma2) / (sum(sigma2) + typical))
            given(as.vector(rbind(c(z$beta), z$se, z$ci.lb, z$ci.ub, z$pval, t$ci.lb, t$ci.ub, t$pval,
                                  contain$ddf, contain$ci.lb, contain$ci.ub, contain$pval)))
            given(as.vector(vcov(z)))
            if (p == 1) given(predict(z)$pi.lb, predict(z)$pi.ub, predict(t)$pi.lb, predict(t)$pi.ub)
        }
        end()
    }
}

# Profile-likelihood limits, which metafor takes minutes for where there are many effects.
multilevel_limits <- function() {
    for (s in all_sets(40)) {
        if (length(s$yi) > 50) next
        v <- sampling(s)
        cluster <- s$cluster; effect <- seq_along(cluster)
        method <- sample(c("REML", "REML", "ML"), 1)
        best <- scoring(s, method)
        size <- max(1, var(s$yi))
        fit <- try(rma.mv(s$yi, v, mods = ~ s$x - 1, random = list(~ 1 | cluster, ~ 1 | effect),
                          method = method, control = list(sigma2.init = pmax(best, 1e-4 * size))),
                   silent = TRUE)
        if (inherits(fit, "try-error")) next
        limits <- c()
        for (which in 1:2) {
            ci <- try(confint(fit, sigma2 = which, control = list(tol = 1e-12, vc.max = 1e3 * size)),
                      silent = TRUE)
            limits <- c(limits, if (inherits(ci, "try-error")) c(NA, NA) else ci$random[1, 2:3])
        }
        if (anyNA(limits)) next
        put_set(s, 95)
        given(method == "REML", limits)
        end()
    }
}

# ---- clubSandwich ----

put_robust <- function(fit, s, cluster) {
    p <- ncol(s$x)
    for (type in c("CR0", "CR1", "CR2")) {
        v <- vcovCR(fit, cluster = cluster, type = type)
        given(as.vector(as.matrix(v)))
        ct <- coef_test(fit, v, test = "Satterthwaite")
        given(as.vector(rbind(ct$SE, ct$df_Satt, ct$p_Satt)))
        for (from in seq_len(p)) {
            w <- try(Wald_test(fit, diag(p)[from:p, , drop = FALSE], v, test = "HTZ"), silent = TRUE)
            if (inherits(w, "try-error")) given(NA, NA, NA)
            else given(w$Fstat, w$df_denom, w$p_val)
        }
    }
}

robust <- function() {
    for (s in all_sets(70)) {
        sigma2 <- signif(scoring(s, "REML"), 15)
        tau2 <- signif(rma(s$yi, s$vi, mods = ~ s$x - 1, method = "DL")$tau2, 15)
        put_set(s, 95)
        given(sigma2, tau2)
        fit <- fit_at(s, sigma2, "REML")
        given(c(fit$beta))
        put_robust(fit, s, s$cluster)
        fit <- rma(s$yi, s$vi, mods = ~ s$x - 1, tau2 = tau2)
        given(c(fit$beta))
        put_robust(fit, s, s$cluster)
        end()
    }
}

switch(commandArgs(TRUE)[1], multilevel = multilevel(), multilevel_limits = multilevel_limits(),
       robust = robust())
