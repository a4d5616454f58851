# Reference values for tests/unit/test_{effect_size,meta,meta_bias,meta_influence}.c, by metafor
# 3.8-1 with the data sets of metadat 1.2-0.
#
#     Rscript scripts/reference/meta.R effects | gzip -9n > tests/values/meta_effects.gz
#     ... and so for  studies tables regressions influence bias bias_tables
#
# A line is one set of studies; the order of its values is that of the cat() below.  "-" is left
# out.  The iterated estimates are run to 1e-14 of tau2's size.
suppressMessages(library(metafor))
options(digits = 17, scipen = 0, warn = -1)
set.seed(20240701)

# What is given is written in full, what comes out of it to 15 digits.
given <- function(..., digits = 17) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = digits, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
put <- function(...) given(..., digits = 15)
end <- function() cat("\n")

# ---- sets of studies ----

get_data <- function(name) get(data(list = name, package = "metadat", envir = environment()))

as_tables <- function(a, n1, c, n2) {
    t <- data.frame(a = a, b = n1 - a, c = c, d = n2 - c)
    t <- t[complete.cases(t), ]
    t[t$a + t$b > 0 & t$c + t$d > 0, ]
}

tables_of <- function() {
    d <- function(name) get_data(name)
    sets <- list()
    x <- d("dat.bcg"); sets$bcg <- as_tables(x$tpos, x$tpos + x$tneg, x$cpos, x$cpos + x$cneg)
    x <- d("dat.colditz1994"); sets$colditz <- as_tables(x$tpos, x$tpos + x$tneg, x$cpos, x$cpos + x$cneg)
    for (name in c("dat.collins1985a", "dat.yusuf1985", "dat.hine1989", "dat.nielweise2007",
                   "dat.collins1985b", "dat.egger2001", "dat.li2007", "dat.lau1992",
                   "dat.pritz1997", "dat.damico2009", "dat.lee2004", "dat.linde2005",
                   "dat.cannon2006", "dat.dagostino1998", "dat.laopaiboon2015",
                   "dat.hahn2001", "dat.graves2010", "dat.gurusamy2011", "dat.axfors2021",
                   "dat.hartmannboyce2018", "dat.dorn2007", "dat.michael2013",
                   "dat.franchini2012", "dat.stowe2010", "dat.fine1993")) {
        x <- tryCatch(d(name), error = function(e) NULL)
        if (is.null(x)) next
        cols <- list(c("ai", "n1i", "ci", "n2i"), c("xt", "nt", "xc", "nc"),
                     c("ah", "nh", "ac", "nc"), c("b.xti", "nti", "b.xci", "nci"),
                     c("eventh", "nh", "eventc", "nc"), c("ai", "n1", "ci", "n2"),
                     c("x1", "n1", "x2", "n2"), c("x.a", "n.a", "x.p", "n.p"),
                     c("xT", "nT", "xC", "nC"))
        for (col in cols)
            if (all(col %in% names(x))) {
                t <- as_tables(x[[col[1]]], x[[col[2]]], x[[col[3]]], x[[col[4]]])
                if (nrow(t) >= 2 && all(t >= 0) && nrow(t) <= 80) sets[[name]] <- t
                break
            }
    }
    sets
}

real_sets <- function() {
    sets <- list()
    for (name in data(package = "metadat")$results[, 3]) {
        x <- tryCatch(get_data(name), error = function(e) NULL)
        if (!is.data.frame(x)) next
        x <- as.data.frame(x)
        pair <- NULL
        if (all(c("yi", "vi") %in% names(x))) pair <- x[c("yi", "vi")]
        else if (all(c("yi", "sei") %in% names(x))) pair <- data.frame(yi = x$yi, vi = x$sei^2)
        else if (all(c("ri", "ni") %in% names(x)))
            pair <- as.data.frame(escalc("ZCOR", ri = ri, ni = ni, data = x))[c("yi", "vi")]
        else if (all(c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i") %in% names(x)))
            pair <- as.data.frame(escalc("SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i,
                                         sd2i = sd2i, n2i = n2i, data = x))[c("yi", "vi")]
        else if (all(c("xi", "ni") %in% names(x)))
            pair <- as.data.frame(escalc("PFT", xi = xi, ni = ni, data = x))[c("yi", "vi")]
        if (is.null(pair)) next
        pair <- pair[is.finite(pair$yi) & is.finite(pair$vi) & pair$vi > 0, ]
        if (nrow(pair) >= 3 && nrow(pair) <= 170) sets[[name]] <- pair
    }
    tables <- tables_of()
    for (name in names(tables))
        for (measure in c("OR", "RD")) {
            t <- tables[[name]]
            e <- as.data.frame(escalc(measure, ai = t$a, bi = t$b, ci = t$c, di = t$d))[c("yi", "vi")]
            e <- e[is.finite(e$yi) & is.finite(e$vi) & e$vi > 0, ]
            if (nrow(e) >= 3) sets[[paste(name, measure)]] <- e
        }
    sets
}

random_set <- function(i) {
    k <- if (i %% 10 == 0) 2 else sample(2:40, 1)
    vi <- switch(i %% 4 + 1, rchisq(k, 4) / 40, 10^runif(k, -4, 1), rep(0.1, k), 1 / sample(10:500, k))
    tau2 <- sample(c(0, 0, 0.02, 0.3, 5), 1)
    data.frame(yi = rnorm(k, runif(1, -1, 1), sqrt(vi + tau2)), vi = vi)
}

all_sets <- function(n) c(real_sets(), lapply(seq_len(n), random_set))

# ---- metafor, tightly ----

estimators <- c("DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")

# Where the (restricted) likelihood is highest, on a grid: from elsewhere metafor's scoring may end
# on a lower maximum, as it does from its own start for some of these sets.
start <- function(yi, vi, method, mods = NULL, ...) {
    x <- cbind(rep(1, length(yi)), mods)
    height <- function(tau2) {
        w <- 1 / (vi + tau2)
        xwx <- crossprod(x, w * x)
        r <- yi - x %*% solve(xwx, crossprod(x, w * yi))
        -sum(log(vi + tau2)) - sum(w * r^2) -
            (if (method == "REML") c(determinant(xwx)$modulus) else 0)
    }
    grid <- c(0, exp(seq(log(min(vi) / 100), log(10 * var(yi) + min(vi)), length = 400)))
    heights <- try(sapply(grid, height), silent = TRUE)
    if (inherits(heights, "try-error")) NULL else grid[which.max(heights)]
}

tight <- function(yi, vi, method, ...) {
    size <- max(1e-3, var(yi))
    init <- if (method %in% c("ML", "REML")) start(yi, vi, method, ...)
    for (step in c(1, 0.5, 0.1)) {
        fit <- try(rma(yi, vi, method = method, ..., control =
            list(threshold = 1e-14 * size, maxiter = 20000, tol = 1e-16, tau2.max = 1e4 * size,
                 stepadj = step, tau2.init = init)), silent = TRUE)
        if (!inherits(fit, "try-error")) return(fit)
    }
    NULL
}

studies <- function() {
    for (s in all_sets(300)) {
        level <- sample(c(95, 95, 90, 99), 1)
        k <- nrow(s)
        fe <- rma(s$yi, s$vi, method = "FE", level = level)
        dl <- tight(s$yi, s$vi, "DL", level = level)
        ci <- confint(dl, control = list(tol = 1e-16, maxiter = 10000,
                                         tau2.max = 1e5 * max(1e-3, var(s$yi))))$random
        given(k, level / 100, as.vector(rbind(s$yi, s$vi)))
        put(fe$beta, fe$se, fe$ci.lb, fe$ci.ub, fe$pval, fe$QE, fe$QEp, fe$I2, fe$H2)
        put(ci["tau^2", 2:3], ci["I^2(%)", 2:3], ci["H^2", 2:3])
        for (method in estimators) {
            z <- tight(s$yi, s$vi, method, level = level)
            if (is.null(z)) { put(NA); next }
            pz <- predict(z)
            h <- tight(s$yi, s$vi, method, level = level, test = "knha")
            ph <- predict(h)
            t <- tight(s$yi, s$vi, method, level = level, test = "t")
            riley <- if (k > 2) predict(t, pi.type = "riley") else list(pi.lb = NA, pi.ub = NA)
            put(z$tau2, z$beta, z$se, z$ci.lb, z$ci.ub, z$pval, pz$pi.lb, pz$pi.ub, z$I2, z$H2)
            put(h$se, h$ci.lb, h$ci.ub, h$pval, ph$pi.lb, ph$pi.ub)
            put(t$ci.lb, t$ci.ub, t$pval, riley$pi.lb, riley$pi.ub)
        }
        end()
    }
}

# The estimate of tau2 of RevMan's "Mantel-Haenszel, random": Q about the Mantel-Haenszel one.
mh_dl <- function(yi, vi, center) {
    w <- 1 / vi
    max(0, (sum(w * (yi - center)^2) - (length(yi) - 1)) / (sum(w) - sum(w^2) / sum(w)))
}

random_tables <- function(i) {
    k <- sample(2:20, 1)
    n1 <- sample(5:400, k, TRUE); n2 <- sample(5:400, k, TRUE)
    p <- runif(k)^2 * sample(c(0.02, 0.3, 0.9), 1)
    t <- data.frame(a = rbinom(k, n1, p), b = 0, c = rbinom(k, n2, p), d = 0)
    t$b <- n1 - t$a; t$d <- n2 - t$c
    if (sum(t$a) == 0 || sum(t$c) == 0) random_tables(i) else t
}

tables <- function() {
    for (t in c(tables_of(), lapply(1:150, random_tables))) {
        k <- nrow(t)
        given(k, as.vector(t(as.matrix(t))))
        for (measure in c("OR", "RR", "RD")) {
            m <- rma.mh(measure = measure, ai = t$a, bi = t$b, ci = t$c, di = t$d)
            e <- escalc(measure, ai = t$a, bi = t$b, ci = t$c, di = t$d, drop00 = measure != "RD")
            ok <- !is.na(e$yi) & e$vi > 0
            e <- e[ok, ]
            q <- sum((e$yi - m$beta)^2 / e$vi)
            given(nrow(e), as.vector(rbind(e$yi, e$vi)))
            # metafor's own Q where it has the same studies.
            same <- measure != "RD" && nrow(e) == m$k.yi && nrow(e) > 1
            put(m$beta, m$se, m$ci.lb, m$ci.ub, m$pval, if (same) m$QE else q,
                if (same) m$QEp else pchisq(q, nrow(e) - 1, lower.tail = FALSE),
                if (nrow(e) > 1) mh_dl(e$yi, e$vi, c(m$beta)) else NA)
        }
        p <- rma.peto(ai = t$a, bi = t$b, ci = t$c, di = t$d)
        put(p$beta, p$se, p$ci.lb, p$ci.ub, p$pval, p$k.pos, p$QE,
            pchisq(p$QE, p$k.pos - 1, lower.tail = FALSE))
        end()
    }
}

effects <- function() {
    for (i in 1:1000) {
        n <- sample(c(10, 100, 1e4, 1e6), 1)
        x <- if (i %% 3 == 0) sample(0:4, 4, TRUE) else floor(runif(4) * n)
        if (x[1] + x[2] == 0 || x[3] + x[4] == 0) next
        add <- sample(c(0.5, 0.5, 0.1, 1), 1)
        to <- sample(c("none", "only0", "if0all", "all"), 1)
        given(x, add, match(to, c("none", "only0", "if0all", "all")) - 1)
        for (measure in c("OR", "RR", "RD", "PETO", "AS")) {
            e <- escalc(measure, ai = x[1], bi = x[2], ci = x[3], di = x[4], add = add, to = to)
            good <- is.finite(e$yi) && is.finite(e$vi) && e$vi > 0
            put(if (good) e$yi else NA, if (good) e$vi else NA)
        }
        lo <- escalc("PLO", xi = x[1], mi = x[2], add = add, to = to)
        ft <- escalc("PFT", xi = x[1], mi = x[2], add = 0, to = "none")
        good <- is.finite(lo$yi) && is.finite(lo$vi)
        put(if (good) lo$yi else NA, if (good) lo$vi else NA, ft$yi, ft$vi)
        m <- sample(c(3, 20.5, 1000), 1)
        given(m); put(transf.ipft.hm(c(ft$yi), targs = list(ni = m)))
        end()
    }
}

regressions <- function() {
    for (s in all_sets(80)) {
        k <- nrow(s)
        p <- sample(2:4, 1)
        if (k < p + 2 || k > 40) next
        x <- cbind(1, rnorm(k, 50, 10), runif(k) < 0.5, rnorm(k))[, 1:p]
        if (qr(x)$rank < p) next
        mods <- x[, -1, drop = FALSE]
        given(k, p, as.vector(rbind(s$yi, s$vi, t(x))))
        fe <- rma(s$yi, s$vi, mods = mods, method = "FE")
        put(fe$beta, fe$se, fe$pval, fe$QE, fe$QEp, fe$QM, fe$QMp)
        for (method in estimators) {
            z <- tight(s$yi, s$vi, method, mods = mods)
            h <- tight(s$yi, s$vi, method, mods = mods, test = "knha")
            null <- tight(s$yi, s$vi, method)
            put(z$tau2, z$beta, z$se, z$ci.lb, z$ci.ub, z$pval, z$QM, z$QMp, z$I2, z$H2)
            put(if (null$tau2 > 1e-9 * min(s$vi)) 100 * max(0, 1 - z$tau2 / null$tau2) else NA)
            put(h$se, h$ci.lb, h$ci.ub, h$pval, h$QM, h$QMp, h$vb[p, 2])
        }
        end()
    }
}

influence_lines <- function() {
    for (s in all_sets(30)) {
        k <- nrow(s)
        if (k > 20) next
        for (kind in 1:3) {
            method <- c("REML", "DL", "FE")[kind]
            test <- c("z", "knha", "z")[kind]
            fit <- tight(s$yi, s$vi, method, test = test)
            i <- influence(fit)
            given(k, kind, as.vector(rbind(s$yi, s$vi)))
            put(as.vector(rbind(i$inf$rstudent, i$inf$dffits, i$inf$cook.d, i$inf$cov.r,
                                i$inf$tau2.del, i$inf$QE.del, i$inf$hat, i$inf$weight,
                                i$dfbs$intrcpt, i$is.infl & !is.na(i$is.infl))))
            one <- leave1out(fit)
            put(as.vector(rbind(one$estimate, one$se, one$pval, one$ci.lb, one$ci.ub, one$Q, one$Qp,
                                one$I2, one$H2)))
            order <- sample(k)
            put(order - 1)
            for (i in seq_len(k)) {
                some <- order[seq_len(i)]
                fit <- if (i > 1) tight(s$yi[some], s$vi[some], method, test = test)
                put(if (i > 1) c(fit$beta, fit$se) else c(s$yi[some], NA))
            }
            end()
        }
    }
}

bias <- function() {
    for (s in all_sets(300)) {
        k <- nrow(s)
        if (k < 3) next
        given(k, as.vector(rbind(s$yi, s$vi)))
        r <- ranktest(s$yi, s$vi)
        # The same p, from the tail that cor.test does not take as 1 - p.
        put(r$tau, ranktest(if (isTRUE(r$tau > 0)) -s$yi else s$yi, s$vi)$pval)
        e <- try(regtest(s$yi, s$vi, model = "lm"), silent = TRUE)
        if (inherits(e, "try-error")) put(rep(NA, 7))
        else {
            co <- coef(summary(e$fit))
            put(co[2, 1:2], e$zval, e$pval, co[1, 1:2], e$ddf)
        }
        for (alpha in c(0.05, 0.01)) put(fsn(s$yi, s$vi, alpha = alpha)$fsnum)
        for (kind in 1:3) {
            fit <- tight(s$yi, s$vi, c("REML", "DL", "FE")[kind])
            for (side in c("left", "right")) {
                t <- try(trimfill(fit, side = side, control = fit$control), silent = TRUE)
                if (inherits(t, "try-error")) put(-1, 0, 0, 0)
                else put(t$k0, t$se.k0, t$beta, t$se)
            }
            auto <- try(trimfill(fit), silent = TRUE)
            put(if (inherits(auto, "try-error")) 0 else match(auto$side, c("left", "right")))
        }
        end()
    }
}

bias_tables <- function() {
    for (t in c(tables_of(), lapply(1:100, random_tables))) {
        t <- t[t$a + t$c > 0 & t$b + t$d > 0, ]
        k <- nrow(t)
        if (k < 3) next
        e <- escalc("OR", ai = t$a, bi = t$b, ci = t$c, di = t$d)
        n <- rowSums(t)
        m1 <- t$a + t$c; m0 <- t$b + t$d
        peters <- coef(summary(lm(e$yi ~ I(1 / n), weights = 1 / (1 / m1 + 1 / m0))))[2, ]
        o <- escalc("PETO", ai = t$a, bi = t$b, ci = t$c, di = t$d, to = "none")
        harbord <- coef(summary(lm(o$yi ~ sqrt(o$vi), weights = 1 / o$vi)))[2, ]
        given(k, as.vector(t(cbind(as.matrix(t), e$yi, e$vi))))
        put(peters, harbord)
        end()
    }
}

switch(commandArgs(TRUE)[1], effects = effects(), studies = studies(), tables = tables(),
       regressions = regressions(), influence = influence_lines(), bias = bias(),
       bias_tables = bias_tables())
