# Reference values for tests/unit/test_meta_glmm.c: metafor 3.8-1 (with lme4 1.1-31), and beside it
# an implementation of its own, whose derivatives are differences of eighth order and whose
# integrals are Gauss and Legendre's, because lme4 and metafor stop at 1e-3 to 1e-6 of an error.
#
#     for part in tables random proportions; do
#         Rscript scripts/reference/meta_glmm.R $part
#     done | gzip -9n > tests/values/meta_glmm.gz
#
# A line is one set: kind (0 um.fs, 1 cm.el, 2 proportions), k, the counts (a b c d, or events
# total); then ours: common mean and error, mean, error, tau2, I2, H2, the likelihood-ratio and Wald
# tests with p; then metafor's: common mean and error, mean, error, tau2, I2, H2, both tests; then
# mean, error and tau2 of lme4's own deviance where glmer stops too early, by Newton's method.
# What each of the latter is off by is said on standard error.
suppressMessages({ library(metafor); library(lme4) })
options(digits = 17, scipen = 0, warn = -1)
set.seed(20240917)

given <- function(..., digits = 17) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = digits, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
put <- function(...) given(..., digits = 15)

# ---- log-likelihoods: a vector, one element for each study ----

hermite <- function(n) {
    j <- diag(0, n)
    for (i in seq_len(n - 1)) j[i, i + 1] <- j[i + 1, i] <- sqrt(i)
    e <- eigen(j, symmetric = TRUE)
    list(x = e$values, w = e$vectors[1, ]^2)
}

# arms: lists of x, y (vectors) with the coefficients of intercept and theta.
binomial_ll <- function(arms, n = 7) {
    h <- hermite(n)
    function(a, mu, tau) {
        eta <- function(r, z) r$i * a + r$s * (mu + tau * z)
        g <- function(z) Reduce(`+`, lapply(arms, function(r)
            r$x * plogis(eta(r, z), log.p = TRUE) + r$y * plogis(-eta(r, z), log.p = TRUE))) -
            z^2 / 2
        g1 <- function(z) Reduce(`+`, lapply(arms, function(r) tau * r$s *
            (r$x * plogis(-eta(r, z)) - r$y * plogis(eta(r, z))))) - z
        g2 <- function(z) Reduce(`+`, lapply(arms, function(r) -(tau * r$s)^2 * (r$x + r$y) *
            plogis(eta(r, z)) * plogis(-eta(r, z)))) - 1
        z <- numeric(length(arms[[1]]$x))
        s <- g1(z)
        lo <- pmin(0, s); hi <- pmax(0, s)
        for (i in 1:100) {
            slope <- g1(z)
            lo <- ifelse(slope > 0, z, lo); hi <- ifelse(slope > 0, hi, z)
            to <- z - slope / g2(z)
            to <- ifelse(to >= lo & to <= hi, to, (lo + hi) / 2)
            done <- max(abs(to - z)) < 1e-13
            z <- to
            if (done) break
        }
        sd <- 1 / sqrt(-g2(z)); top <- g(z)
        sum <- 0
        for (j in 1:n) sum <- sum + h$w[j] * exp(h$x[j]^2 / 2 + g(z + sd * h$x[j]) - top)
        top + log(sd) + log(sum)
    }
}

support <- function(t) {
    lapply(seq_len(nrow(t)), function(i) {
        n1 <- t$a[i] + t$b[i]; n0 <- t$c[i] + t$d[i]; m <- t$a[i] + t$c[i]
        u <- max(0, m - n0):min(n1, m)
        list(u = u, lw = lchoose(n1, u) + lchoose(n0, m - u), a = t$a[i])
    })
}

hyper <- function(s, theta) { # log P(a), E - a, Var
    m <- outer(theta, s$u - s$a) + rep(s$lw, each = length(theta))
    top <- m[cbind(seq_along(theta), max.col(m, "first"))]
    p <- exp(m - top)
    sum <- rowSums(p)
    p <- p / sum
    mean <- drop(p %*% (s$u - s$a))
    list(f = s$lw[s$u == s$a] - top - log(sum), mean = mean,
         var = drop(p %*% (s$u - s$a)^2) - mean^2)
}

legendre <- function(n) {
    i <- seq_len(n - 1)
    j <- diag(0, n)
    j[cbind(i, i + 1)] <- j[cbind(i + 1, i)] <- i / sqrt(4 * i^2 - 1)
    e <- eigen(j, symmetric = TRUE)
    list(x = e$values, w = 2 * e$vectors[1, ]^2)
}

# In six pieces about the mode, 40 points each: the same as integrate() to 1e-15, and faster.
conditional_ll <- function(t) {
    all <- support(t)
    rule <- legendre(40)
    function(a, mu, tau) sapply(all, function(s) {
        if (tau == 0) return(hyper(s, mu)$f)
        slope <- function(z) -tau * hyper(s, mu + tau * z)$mean - z
        at0 <- slope(0)
        m <- if (at0 == 0) 0 else uniroot(slope, sort(c(0, at0)), tol = 1e-8)$root
        l <- hyper(s, mu + tau * m)
        sd <- 1 / sqrt(1 + tau^2 * l$var)
        top <- l$f - m^2 / 2
        ends <- m + c(-12, -8 * sd, -3 * sd, 0, 3 * sd, 8 * sd, 12)
        z <- c(outer(rule$x, diff(ends) / 2)) + rep((ends[-1] + ends[-7]) / 2, each = 40)
        w <- c(outer(rule$w, diff(ends) / 2))
        top - log(sqrt(2 * pi)) + log(sum(w * exp(hyper(s, mu + tau * z)$f - z^2 / 2 - top)))
    })
}

# ---- derivatives, Newton ----

c1 <- c(4/5, -1/5, 4/105, -1/280)
c2 <- c(8/5, -1/5, 8/315, -1/560)

# Gradient (k x 3) and second derivatives (k x 3 x 3) by (a, mu, tau); by: those asked for.
derivatives <- function(f, a, mu, tau, h, by) {
    k <- length(a)
    f0 <- f(a, mu, tau)
    along <- function(dir) {
        v <- lapply(1:4, function(j) list(
            f(a + j * h[1] * dir[1], mu + j * h[2] * dir[2], tau + j * h[3] * dir[3]),
            f(a - j * h[1] * dir[1], mu - j * h[2] * dir[2], tau - j * h[3] * dir[3])))
        list(d1 = Reduce(`+`, lapply(1:4, function(j) c1[j] * (v[[j]][[1]] - v[[j]][[2]]))),
             d2 = Reduce(`+`, lapply(1:4, function(j) c2[j] * (v[[j]][[1]] + v[[j]][[2]] - 2 * f0))))
    }
    g <- matrix(0, k, 3); H <- array(0, c(k, 3, 3))
    for (i in by) {
        r <- along((1:3) == i)
        g[, i] <- r$d1 / h[i]; H[, i, i] <- r$d2 / h[i]^2
    }
    for (i in by) for (j in by) if (i < j) {
        r <- along((1:3) %in% c(i, j))$d2
        H[, i, j] <- H[, j, i] <- (r - H[, i, i] * h[i]^2 - H[, j, j] * h[j]^2) / (2 * h[i] * h[j])
    }
    list(f = sum(f0), g = g, H = H)
}

# by: 2 (mean) or 2:3 (and tau), with intercepts or without.
newton <- function(f, a, mu, tau, v, intercepts, by, rounds = 60) {
    small <- min(v)
    for (n in 1:rounds) {
        h <- c(0.02, 0.02, 0.03 * sqrt(tau^2 + small))
        d <- derivatives(f, a, mu, tau, h, c(if (intercepts) 1, by))
        G <- colSums(d$g[, by, drop = FALSE]); J <- apply(d$H[, by, by, drop = FALSE], 2:3, sum)
        if (intercepts) {
            haa <- d$H[, 1, 1]
            B <- matrix(d$H[, 1, by], ncol = length(by))
            G <- G - colSums(B * (d$g[, 1] / haa))
            J <- J - t(B) %*% (B / haa)
        }
        step <- -drop(solve(J, G))
        if (length(by) == 2) { # uphill in tau, wherever the profile bends
            gt <- G[2] - J[1, 2] / J[1, 1] * G[1]
            if (J[2, 2] - J[1, 2]^2 / J[1, 1] >= 0) step[2] <- sign(gt) * tau / 2
            step[2] <- sign(step[2]) * min(abs(step[2]), tau / 2)
            step[1] <- -(G[1] + J[1, 2] * step[2]) / J[1, 1]
        }
        da <- if (intercepts) -(d$g[, 1] + drop(B %*% step)) / haa else 0 * a
        size <- max(abs(step), abs(da))
        cut <- min(1, 1 / size)
        a <- a + cut * da; mu <- mu + cut * step[1]
        if (length(by) == 2) tau <- tau + cut * step[2]
        if (length(by) == 2 && tau < 1e-3) stop("to 0")
        if (size < 1e-9) break
    }
    if (size > 1e-7) stop("no convergence")
    list(a = a, mu = mu, tau = tau, ll = d$f, J = J, se = sqrt(solve(-J)[1, 1]))
}

# Of the profile at tau = 0, by tau.
curvature_at_0 <- function(f, common, v, intercepts) {
    d <- derivatives(f, common$a, common$mu, 0, c(0.02, 0.02, 0.03 * sqrt(min(v))),
                     c(if (intercepts) 1, 2, 3))
    sum(d$H[, 3, 3]) # the rest is odd in tau
}

ours <- function(kind, t, v, starts) {
    intercepts <- kind == 0
    f <- switch(kind + 1,
                binomial_ll(list(list(x = t$a, y = t$b, i = 1, s = 1/2),
                                 list(x = t$c, y = t$d, i = 1, s = -1/2))),
                conditional_ll(t),
                binomial_ll(list(list(x = t$x, y = t$n - t$x, i = 0, s = 1))))
    k <- nrow(t)
    a <- if (intercepts) log((t$a + t$c) / (t$b + t$d)) else numeric(k)
    common <- newton(f, a, starts$mu, 0, v, intercepts, 2)
    best <- if (curvature_at_0(f, common, v, intercepts) <= 0) common else list(ll = -Inf)
    for (tau in starts$tau) {
        try <- tryCatch(newton(f, common$a, common$mu, tau, v, intercepts, 2:3),
                        error = function(e) NULL)
        if (!is.null(try) && all(eigen(-try$J)$values > 0) && try$ll > best$ll)
            best <- try
    }
    list(common = common, best = best)
}

# ---- the tests of heterogeneity in closed form ----

q <- function(y, v) if (length(y) == 0) 0 else sum((y - weighted.mean(y, 1 / v))^2 / v)

spread <- function(kind, t, mu) {
    if (kind == 1) {
        all <- support(t)
        own <- t(sapply(all, function(s) {
            if (s$a == min(s$u) || s$a == max(s$u)) return(c(NA, NA, 0))
            theta <- uniroot(function(x) hyper(s, x)$mean, c(-30, 30), tol = 1e-13)$root
            h <- hyper(s, theta)
            theta <- theta - h$mean / h$var
            h <- hyper(s, theta)
            c(theta, 1 / h$var, h$f)
        }))
        ok <- !is.na(own[, 1])
        return(c(2 * sum(own[, 3] - sapply(all, function(s) hyper(s, mu)$f)),
                 q(own[ok, 1], own[ok, 2])))
    }
    tight <- glm.control(epsilon = 1e-15, maxit = 100)
    if (kind == 0) {
        k <- nrow(t)
        study <- factor(rep(1:k, 2)); arm <- rep(1:0, each = k)
        m <- glm(cbind(c(t$a, t$c), c(t$b, t$d)) ~ study + arm, binomial, control = tight)
        w <- t[t$a > 0 & t$b > 0 & t$c > 0 & t$d > 0, ]
        return(c(m$deviance, q(log(w$a * w$d / w$b / w$c), 1 / w$a + 1 / w$b + 1 / w$c + 1 / w$d)))
    }
    m <- glm(cbind(t$x, t$n - t$x) ~ 1, binomial, control = tight)
    w <- t[t$x > 0 & t$x < t$n, ]
    c(m$deviance, q(qlogis(w$x / w$n), 1 / w$x + 1 / (w$n - w$x)))
}

# ---- one set ----

theirs <- function(kind, t, method) {
    # A smaller epsilon lets the saturated glm run to infinity, and loses the Wald test; the default
    # r of 16 loses 4 places of cm.el's errors.
    control <- list(glmCtrl = list(epsilon = 1e-10), intCtrl = list(rel.tol = 1e-10),
                    hessianCtrl = list(r = 6))
    tryCatch(suppressMessages(switch(kind + 1,
        rma.glmm(measure = "OR", ai = a, bi = b, ci = c, di = d, data = t, method = method,
                 control = control),
        rma.glmm(measure = "OR", ai = a, bi = b, ci = c, di = d, data = t, method = method,
                 model = "CM.EL", control = control),
        rma.glmm(measure = "PLO", xi = x, ni = n, data = t, method = method, control = control))),
        error = function(e) NULL)
}

# Where glmer stops, Newton's method goes on, on lme4's own deviance.
polished <- function(kind, t) {
    k <- nrow(t)
    if (kind == 0)
        x <- list(y = cbind(c(rbind(t$a, t$c)), c(rbind(t$b, t$d))), one = rep(1:0, k),
                  study = factor(rep(1:k, each = 2)), half = rep(c(0.5, -0.5), k))
    else x <- list(y = cbind(t$x, t$n - t$x), one = rep(1, k), study = factor(1:k), half = rep(1, k))
    f <- if (kind == 0) y ~ -1 + one + study + (half - 1 | study) else y ~ -1 + one + (1 | study)
    fit <- function(...) suppressMessages(glmer(f, x, family = binomial, nAGQ = 7,
                                                control = glmerControl(tolPwrss = 1e-10), ...))
    tryCatch({
        m <- fit()
        p <- c(getME(m, "theta"), fixef(m))
        if (p[1] < 0.02) stop("at 0")
        deviance <- fit(devFunOnly = TRUE)
        for (i in 1:5) {
            H <- numDeriv::hessian(deviance, p)
            step <- solve(H, numDeriv::grad(deviance, p))
            p <- p - step
            if (max(abs(step)) < 1e-6) break # the next would be its square
        }
        if (max(abs(step)) >= 1e-6) stop("no convergence")
        c(p[2], sqrt(2 * solve(H)[2, 2]), p[1]^2)
    }, error = function(e) rep(NA, 3))
}

one <- function(kind, t, name, metafor = TRUE) {
    k <- nrow(t)
    e <- if (kind == 2) escalc("PLO", xi = t$x, ni = t$n)
         else escalc("OR", ai = t$a, bi = t$b, ci = t$c, di = t$d)
    fe <- if (metafor) theirs(kind, t, "EE")
    re <- if (metafor) theirs(kind, t, "ML")
    start <- list(mu = if (is.null(fe)) 0 else c(fe$beta),
                  tau = c(0.1, 0.4, 1, if (!is.null(re)) sqrt(re$tau2)))
    if (kind == 1) start$tau <- if (is.null(re)) 0.5 else max(0.1, sqrt(re$tau2))
    o <- tryCatch(ours(kind, t, e$vi, start), error = function(e) NULL)
    if (is.null(o) || is.infinite(o$best$ll)) {
        cat(name, kind, "no reference\n", file = stderr())
        return(invisible())
    }
    w <- 1 / e$vi
    typical <- (k - 1) / (sum(w) - sum(w^2) / sum(w))
    tau2 <- o$best$tau^2
    tests <- spread(kind, t, o$common$mu)
    p <- pchisq(tests, k - 1, lower.tail = FALSE)
    given(kind, k, as.vector(t(as.matrix(t))))
    put(o$common$mu, o$common$se, o$best$mu, o$best$se, tau2, 100 * tau2 / (tau2 + typical),
        tau2 / typical + 1, tests[1], p[1], tests[2], p[2])
    if (is.null(fe)) put(NA, NA) else put(fe$beta, fe$se)
    if (is.null(re)) put(rep(NA, 7))
    else put(re$beta, re$se, re$tau2, re$I2, re$H2, re$QE.LRT, re$QE.Wld)
    end <- if (kind != 1 && k <= 15) polished(kind, t) else rep(NA, 3)
    put(end)
    cat("\n")
    if (is.null(re)) re <- list(beta = NA, se = NA, tau2 = NA, QE.LRT = NA, QE.Wld = NA)
    cat(sprintf("%-22s %d k=%2d tau2 %8.4f  off: %7.1e %7.1e %7.1e  %7.1e %7.1e  %7.1e %7.1e %7.1e\n",
                name, kind, k, tau2, abs(re$beta - o$best$mu) / o$best$se,
                abs(re$se / o$best$se - 1), abs(re$tau2 - tau2), abs(re$QE.LRT - tests[1]),
                abs(re$QE.Wld - tests[2]), abs(end[1] - o$best$mu) / o$best$se,
                abs(end[2] / o$best$se - 1), abs(end[3] - tau2)), file = stderr())
}

# ---- the sets ----

table_sets <- function() {
    d <- function(name) get(data(list = name, package = "metadat", envir = environment()))
    of <- function(a, n1, c, n2) {
        t <- data.frame(a = a, b = n1 - a, c = c, d = n2 - c)
        t <- t[complete.cases(t), ]
        t[t$a + t$b > 0 & t$c + t$d > 0 & t$a + t$c > 0 & t$b + t$d > 0, ]
    }
    sets <- list()
    x <- d("dat.bcg"); sets$bcg <- of(x$tpos, x$tpos + x$tneg, x$cpos, x$cpos + x$cneg)
    for (name in c("dat.nielweise2007", "dat.hine1989", "dat.egger2001", "dat.graves2010",
                   "dat.hahn2001", "dat.laopaiboon2015", "dat.lau1992", "dat.lee2004",
                   "dat.li2007", "dat.linde2005", "dat.anand1999")) {
        x <- d(name); sets[[name]] <- of(x$ai, x$n1i, x$ci, x$n2i)
    }
    x <- d("dat.gibson2002"); sets$gibson <- of(x$ai, x$ai + x$bi, x$ci, x$ci + x$di)
    x <- d("dat.collins1985a"); sets$collins1985a <- of(x$b.xti, x$nti, x$b.xci, x$nci)
    x <- d("dat.yusuf1985")
    for (part in unique(x$table)) {
        y <- x[x$table == part, ]
        sets[[paste0("yusuf", part)]] <- of(y$ai, y$n1i, y$ci, y$n2i)
    }
    Filter(function(t) nrow(t) >= 2, sets)
}

proportion_sets <- function() {
    d <- function(name) get(data(list = name, package = "metadat", envir = environment()))
    sets <- list()
    for (name in c("dat.pritz1997", "dat.debruin2009", "dat.hannum2020", "dat.hasselblad1998",
                   "dat.pagliaro1992")) {
        x <- d(name)
        groups <- if (is.null(x$trt)) rep("", nrow(x)) else x$trt
        for (g in unique(groups)) {
            t <- data.frame(x = x$xi, n = x$ni)[groups == g, ]
            t <- t[complete.cases(t), ]
            if (nrow(t) >= 2) sets[[paste0(name, g)]] <- t
        }
    }
    sets
}

random_table <- function() {
    k <- sample(3:15, 1)
    n1 <- sample(8:80, k, TRUE); n0 <- sample(8:80, k, TRUE)
    base <- qlogis(sample(c(0.03, 0.08, 0.9), 1)) + rnorm(k, 0, 0.5)
    theta <- rnorm(k, runif(1, -1.5, 1.5), sample(c(0, 0.5, 1.2), 1))
    t <- data.frame(a = rbinom(k, n1, plogis(base + theta / 2)), b = 0,
                    c = rbinom(k, n0, plogis(base - theta / 2)), d = 0)
    t$b <- n1 - t$a; t$d <- n0 - t$c
    t <- t[t$a + t$c > 0 & t$b + t$d > 0, ]
    if (nrow(t) < 2 || !any(t$a > 0 & t$d > 0) || !any(t$b > 0 & t$c > 0)) random_table() else t
}

random_proportion <- function() {
    k <- sample(2:20, 1)
    n <- sample(5:120, k, TRUE)
    t <- data.frame(x = rbinom(k, n, plogis(rnorm(k, runif(1, -5, 2), sample(c(0, 0.6, 1.5), 1)))),
                    n = n)
    if (sum(t$x) == 0 || all(t$x == 0 | t$x == t$n)) random_proportion() else t
}

most_support <- function(t) max(pmin(t$a + t$b, t$a + t$c) - pmax(0, t$a + t$c - t$c - t$d))

switch(commandArgs(TRUE)[1],
    tables = {
        sets <- table_sets()
        for (name in names(sets)) {
            one(0, sets[[name]], name)
            if (most_support(sets[[name]]) <= 200) one(1, sets[[name]], name)
        }
    },
    random = for (i in 1:60) {
        t <- random_table()
        one(0, t, paste("random", i))
        one(1, t, paste("random", i), metafor = FALSE) # its cm.el takes long
    },
    proportions = {
        sets <- proportion_sets()
        for (name in names(sets)) one(2, sets[[name]], name)
        for (i in 1:40) one(2, random_proportion(), paste("random", i))
    })
