# Reference values for tests/unit/test_cox.c and test_conditional.c, by survival 3.5-3, with a
# linear program (lpSolve 5.6.18) for infinite coefficients and numDeriv 2016.8 for Firth's
# penalty, the data sets of survival and infert.
#
#     Rscript scripts/reference/cox.R fits | gzip -9n > tests/values/cox_fits.gz
#     ... and so for cox_infinite cox_firth cox_profile conditional conditional_infinite
#
# A set is a line that says what it is, a line for each record, and lines of results, as written
# by the functions below.  Fits are made with eps = 1e-14.
suppressMessages({ library(survival); library(lpSolve); library(numDeriv) })
options(digits = 17, warn = 1)
set.seed(20241101)

line <- function(...) {
    values <- c(...)
    out <- formatC(as.numeric(values), digits = 17, format = "g", width = 1)
    cat(ifelse(is.na(values), "nan", out))
    cat("\n")
}
control <- coxph.control(eps = 1e-14, iter.max = 100, toler.inf = 1e-9)

# ---- sets of records ----

records <- function(time, event, x, entry = NULL, stratum = 0, weight = 1, offset = 0,
                    cluster = seq_along(time) - 1) {
    x <- as.matrix(x)
    d <- data.frame(entry = if (is.null(entry)) 0 else entry, time = time,
                    event = as.numeric(event), stratum = as.integer(factor(stratum)),
                    weight = weight, offset = offset, cluster = cluster)
    ok <- complete.cases(d, x)
    d <- as.data.frame(lapply(d[ok, ], signif, 15))
    d$cluster <- as.integer(factor(d$cluster)) - 1
    d$stratum <- as.integer(factor(d$stratum)) - 1
    list(d = d, x = unname(signif(x[ok, , drop = FALSE], 15)), entry = !is.null(entry))
}

real_sets <- function() {
    nlsy <- read.csv("datasets/nlsy/nlsy.csv")
    col <- subset(colon, etype == 2)
    h <- heart
    list(
        with(lung, records(time, status == 2, cbind(age, sex, ph.ecog, ph.karno, wt.loss))),
        with(lung, records(time, status == 2, cbind(age, sex, ph.ecog), stratum = inst,
                           weight = 1 + (seq_along(time) %% 3), offset = age / 50)),
        with(ovarian, records(futime, fustat, cbind(age, rx, resid.ds, ecog.ps))),
        with(veteran, records(time, status, cbind(model.matrix(~ celltype)[, -1], trt, karno,
                                                  diagtime, age, prior))),
        with(veteran, records(time, status, cbind(trt, karno, age), stratum = celltype)),
        with(col, records(time, status, cbind(model.matrix(~ rx)[, -1], sex, age, obstruct,
                                              adhere, nodes, extent))),
        with(kidney, records(time, status, cbind(age, sex, model.matrix(~ disease)[, -1]),
                             cluster = id)),
        with(h, records(stop, event, cbind(age, year, surgery, as.numeric(transplant) - 1),
                        entry = start, cluster = id)),
        with(h, records(ceiling(stop / 30) * 30 + .5, event, cbind(age, year,
                        as.numeric(transplant) - 1), entry = floor(start / 30) * 30,
                        stratum = surgery, cluster = id)),
        with(diabetic, records(time, status, cbind(trt, age, risk, as.numeric(laser)),
                               cluster = id)),
        with(subset(nwtco, seqno %% 4 == 0),
             records(edrel, rel, cbind(histol, stage == 2, stage == 3, stage == 4, age))),
        with(nlsy, records(duration_weeks, weaned, cbind(race == "black", race == "other", poverty,
                           smoke, alcohol, mother_age, birth_year, school_years,
                           late_prenatal_care))))
}

random_set <- function() {
    n <- sample(15:80, 1); p <- sample(1:4, 1)
    x <- sapply(seq_len(p), function(j) switch(sample(3, 1), rnorm(n), rbinom(n, 1, .4),
                                               round(10 * runif(n))))
    time <- ceiling(sample(c(3, 6, 40, 1000), 1) * rexp(n))
    entry <- if (runif(1) < .5) NULL else pmax(0, ceiling(time * runif(n, -1, 1)) - 1)
    records(time, rbinom(n, 1, runif(1, .3, .9)), x, entry,
            stratum = if (runif(1) < .5) 0 else sample(3, n, TRUE),
            weight = switch(sample(3, 1), 1, sample(4, n, TRUE), runif(n, .2, 3)),
            offset = if (runif(1) < .6) 0 else rnorm(n),
            cluster = sample(n %/% 2, n, TRUE))
}

survival_of <- function(s) if (s$entry) Surv(s$d$entry, s$d$time, s$d$event) else
    Surv(s$d$time, s$d$event)

fit_of <- function(s, ties, ctl = control, init = NULL) {
    d <- s$d; d$x <- s$x; d$y <- survival_of(s)
    ctl$timefix <- FALSE
    if (is.null(init)) init <- rep(0, ncol(s$x))
    f <- coxph(y ~ x + strata(stratum) + offset(offset), d, weights = weight, ties = ties,
               robust = FALSE, control = ctl, init = init, x = TRUE, y = TRUE)
    f$call$data <- d
    f
}

# A fit that has an end, in the judgement of R.
settled <- function(s, ties) {
    f <- tryCatch(fit_of(s, ties), warning = function(w) NULL, error = function(e) NULL)
    sizes <- apply(s$x, 2, sd)
    if (is.null(f) || anyNA(f$coefficients) || any(abs(f$coefficients * sizes) > 4) ||
        any(sqrt(diag(f$var)) * sizes > 8)) return(NULL)
    f
}

head_of <- function(s, ties) line(nrow(s$d), ncol(s$x), s$entry, ties == "breslow")

# ---- fits ----

zph_lines <- function(f, s) {
    p <- ncol(s$x)
    for (how in c("km", "identity", "rank", "log")) {
        z <- tryCatch(cox.zph(f, how, terms = FALSE)$table[, 1], error = function(e) NA)
        # the first two columns as one term
        g <- f; g$assign <- if (p > 1) c(list(1:2), as.list(seq_len(p)[-(1:2)])) else list(1)
        names(g$assign) <- paste0("t", seq_along(g$assign))
        t <- tryCatch(cox.zph(g, how, terms = TRUE)$table[1, 1], error = function(e) NA)
        line(z, t)
    }
}

one_fit <- function(s, f, ties) {
    head_of(s, ties)
    mart <- residuals(f, "martingale")
    score <- as.matrix(residuals(f, "score"))
    scho <- matrix(NA, nrow(s$d), ncol(s$x))
    sch <- as.matrix(residuals(f, "schoenfeld"))
    # survival sorts them by stratum and time, and within these as the records came
    event <- which(s$d$event == 1)
    scho[event[order(s$d$stratum[event], s$d$time[event])], ] <- sch
    for (i in seq_len(nrow(s$d)))
        line(unlist(s$d[i, ]), s$x[i, ], if (i <= 8) c(mart[i], score[i, ], scho[i, ]))
    line(f$coefficients)
    line(f$var)
    line(f$loglik, f$score, c(f$coefficients %*% solve(f$var, f$coefficients)))
    d <- residuals(f, "dfbeta", weighted = TRUE)
    line(crossprod(as.matrix(d)))
    line(crossprod(rowsum(as.matrix(d), s$d$cluster)), length(unique(s$d$cluster)))
    con <- f$concordance
    line(con[1:6])
    zph_lines(f, s)
    line(f$means)
    if (all(s$d$offset == 0)) {
        b <- basehaz(f, centered = TRUE)
        if (is.null(b$strata)) line(max(b$hazard)) else line(tapply(b$hazard, b$strata, max))
    } else line(NA)
}

fits <- function() {
    for (s in real_sets()) for (ties in c("efron", "breslow")) one_fit(s, fit_of(s, ties), ties)
    done <- 0
    while (done < 500) {
        s <- random_set(); ties <- sample(c("efron", "breslow"), 1)
        if (!is.null(f <- settled(s, ties))) { one_fit(s, f, ties); done <- done + 1 }
    }
}

# ---- infinite coefficients ----

# Rows d_i such that a direction along which the likelihood never falls has d_i'b >= 0.
differences <- function(s) {
    out <- NULL
    for (i in which(s$d$event == 1)) {
        at <- s$d$stratum == s$d$stratum[i] & s$d$time >= s$d$time[i] &
            (!s$entry | s$d$entry < s$d$time[i])
        out <- rbind(out, matrix(s$x[i, ], sum(at), ncol(s$x), byrow = TRUE) -
                          s$x[at, , drop = FALSE])
    }
    unique(out)
}

set_differences <- function(s) {
    out <- NULL
    for (k in unique(s$d$stratum)) {
        one <- which(s$d$stratum == k & s$d$event == 1); other <- which(s$d$stratum == k & s$d$event == 0)
        for (i in one) for (j in other) out <- rbind(out, s$x[i, ] - s$x[j, ])
    }
    unique(out)
}

# Is there b with d b >= 0, not all 0?  And which columns can have one that is not 0?
recession <- function(d) {
    p <- ncol(d)
    both <- cbind(d, -d)
    best <- lp("max", colSums(both), rbind(both, diag(2 * p)),
               c(rep(">=", nrow(both)), rep("<=", 2 * p)), c(rep(0, nrow(both)), rep(1, 2 * p)))
    stopifnot(best$status == 0)
    best$objval > 1e-7
}

sparse_set <- function(conditional = FALSE) {
    n <- sample(8:30, 1); p <- sample(1:4, 1)
    x <- sapply(seq_len(p), function(j) switch(sample(4, 1), rbinom(n, 1, .2), rbinom(n, 1, .5),
                                               sample(3, n, TRUE), rnorm(n)))
    time <- ceiling(sample(c(3, 10, 1000), 1) * rexp(n))
    records(time, rbinom(n, 1, runif(1, .1, .6)), x,
            if (runif(1) < .6) NULL else pmax(0, ceiling(time * runif(n, -1, 1)) - 1),
            stratum = if (conditional) sample(n %/% 3, n, TRUE) else if (runif(1) < .5) 0 else
                sample(2, n, TRUE))
}

one_infinite <- function(s, d, ties, rank) {
    inf <- rank == ncol(s$x) && recession(d)
    head_of(s, ties)
    for (i in seq_len(nrow(s$d))) line(unlist(s$d[i, ]), s$x[i, ])
    line(rank, inf)
}

cox_infinite <- function() {
    done <- 0
    while (done < 1000) {
        s <- sparse_set()
        if (sum(s$d$event) == 0 || is.null(d <- differences(s)) || nrow(d) < 2) next
        one_infinite(s, d, sample(c("efron", "breslow"), 1), qr(d)$rank)
        done <- done + 1
    }
}

conditional_infinite <- function() {
    done <- 0
    while (done < 1000) {
        s <- sparse_set(TRUE); s$entry <- FALSE
        if (is.null(d <- set_differences(s))) next
        # the likelihood knows differences between any two records of a set
        all <- do.call(rbind, lapply(unique(s$d$stratum), function(k) {
            i <- which(s$d$stratum == k)
            if (length(unique(s$d$event[i])) < 2) return(NULL)
            sweep(s$x[i, , drop = FALSE], 2, s$x[i[1], ])
        }))
        one_infinite(s, d, "efron", qr(all)$rank)
        done <- done + 1
    }
}

# ---- Firth's penalty, by numerical derivatives ----

penalized <- function(b, records, ties, size) {
    f <- suppressWarnings(fit_of(records, ties, coxph.control(iter.max = 0), b / size))
    f$loglik[2] - as.numeric(determinant(f$var)$modulus) / 2
}

firth_fit <- function(s, ties) {
    size <- pmax(apply(s$x, 2, sd), 1e-3); b <- 0 * size
    var <- function() suppressWarnings(fit_of(s, ties, coxph.control(iter.max = 0), b / size)$var)
    for (i in 1:100) {
        g <- grad(penalized, b, records = s, ties = ties, size = size,
                  method.args = list(eps = 1e-2, d = .01, r = 6))
        step <- drop(diag(size, length(size)) %*% var() %*% (g * size))
        b <- b + step
        if (max(abs(step)) < 1e-11) break
    }
    if (i == 100) return(NULL)
    list(b = b / size, var = var(), l = c(penalized(0 * b, s, ties, size), penalized(b, s, ties, size)))
}

cox_firth <- function() {
    sets <- real_sets()[c(1, 3, 5, 7, 8, 9)]
    for (i in 1:60) {
        s <- if (i %% 2) sparse_set() else random_set()
        if (sum(s$d$event) > 2 && qr(differences(s))$rank == ncol(s$x)) sets[[length(sets) + 1]] <- s
    }
    for (s in sets) {
        ties <- sample(c("efron", "breslow"), 1)
        f <- tryCatch(firth_fit(s, ties), error = function(e) NULL)
        if (is.null(f)) next
        head_of(s, ties)
        for (i in seq_len(nrow(s$d))) line(unlist(s$d[i, ]), s$x[i, ])
        line(f$b)
        line(f$var)
        line(f$l)
    }
}

# ---- profile limits, by root finding ----

profile_limit <- function(f, s, ties, j, sign) {
    rest <- s; rest$x <- s$x[, -j, drop = FALSE]
    target <- f$loglik[2] - qchisq(.05, 1, lower.tail = FALSE) / 2
    at <- function(b) {
        rest$d$offset <- s$d$offset + b * s$x[, j]
        g <- if (ncol(rest$x) == 0) {
            y <- survival_of(s); coxph(y ~ strata(stratum) + offset(offset), rest$d,
                weights = s$d$weight, ties = ties, robust = FALSE,
                control = coxph.control(timefix = FALSE))$loglik
        } else suppressWarnings(fit_of(rest, ties))$loglik[2]
        g[length(g)] - target
    }
    b <- f$coefficients[j]; se <- sqrt(f$var[j, j])
    uniroot(at, sort(c(b + sign * .5 * se, b + sign * 8 * se)), tol = 1e-13, extendInt = "no")$root
}

cox_profile <- function() {
    done <- 0
    sets <- real_sets()[c(1, 3, 5, 7, 8)]
    while (done < 40) {
        s <- if (done < 5) sets[[done + 1]] else random_set()
        ties <- sample(c("efron", "breslow"), 1)
        if (is.null(f <- settled(s, ties))) next
        l <- tryCatch(sapply(seq_len(ncol(s$x)), function(j)
            c(profile_limit(f, s, ties, j, -1), profile_limit(f, s, ties, j, 1))), error = function(e) NULL)
        if (is.null(l)) next
        head_of(s, ties)
        for (i in seq_len(nrow(s$d))) line(unlist(s$d[i, ]), s$x[i, ])
        line(l)
        done <- done + 1
    }
}

# ---- conditional logistic regression ----

clogit_of <- function(s) {
    d <- s$d; d$x <- s$x
    coxph(Surv(rep(1, nrow(d)), event) ~ x + strata(stratum) + offset(offset), d, ties = "exact",
          control = control)
}

matched_set <- function() {
    sets <- sample(5:25, 1); p <- sample(1:4, 1)
    size <- sample(1:sample(c(2, 5, 12), 1), sets, TRUE) + 1
    n <- sum(size); stratum <- rep(seq_len(sets), size)
    x <- sapply(seq_len(p), function(j) switch(sample(3, 1), rnorm(n), rbinom(n, 1, .4),
                                               round(10 * runif(n))))
    i <- sample(n)
    records(rep(1, n), rbinom(n, 1, runif(1, .2, .6))[i], x[i, , drop = FALSE], stratum = stratum[i],
            offset = if (runif(1) < .6) 0 else rnorm(n))
}

one_conditional <- function(s, f) {
    head_of(s, "efron")
    for (i in seq_len(nrow(s$d))) line(unlist(s$d[i, ]), s$x[i, ])
    line(f$coefficients)
    line(f$var)
    line(f$loglik, f$score, c(f$coefficients %*% solve(f$var, f$coefficients)))
    # for 1:m sets Breslow's likelihood is the exact one, and has residuals
    cases <- tapply(s$d$event, s$d$stratum, sum)
    if (all(cases == 1)) {
        y <- Surv(rep(1, nrow(s$d)), s$d$event)
        g <- coxph(y ~ s$x + strata(s$d$stratum) + offset(s$d$offset), ties = "breslow", control = control)
        line(crossprod(rowsum(as.matrix(residuals(g, "dfbeta")), s$d$stratum)))
    } else line(NA)
}

conditional <- function() {
    one <- with(infert, records(rep(1, 248), case, cbind(spontaneous, induced), stratum = stratum))
    two <- with(infert, records(rep(1, 248), case, cbind(spontaneous, induced), stratum = pooled.stratum))
    three <- with(infert, records(rep(1, 248), case, cbind(spontaneous, induced, age, parity),
                                  stratum = education))
    for (s in list(one, two, three)) one_conditional(s, clogit_of(s))
    done <- 0
    while (done < 300) {
        s <- matched_set()
        f <- tryCatch(clogit_of(s), warning = function(w) NULL, error = function(e) NULL)
        sizes <- apply(s$x, 2, sd)
        if (is.null(f) || anyNA(f$coefficients) || any(abs(f$coefficients * sizes) > 4) ||
            any(sqrt(diag(f$var)) * sizes > 8)) next
        one_conditional(s, f)
        done <- done + 1
    }
}

get(commandArgs(TRUE)[1])()
