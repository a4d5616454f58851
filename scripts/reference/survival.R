# Reference values for tests/unit/test_{survival_table,kaplan_meier,logrank,life_table,
# aalen_johansen,turnbull,current_status,heaping}.c, by survival 3.5-3, cmprsk 2.2-11, KMsurv 0.1-5,
# survMisc 0.5.6 and npsurv 0.5-0.
#
#     Rscript scripts/reference/survival.R curves | gzip -9n > tests/values/survival_curves.gz
#     ... and so for  tests life incidence gray turnbull current heaping
#
# Run from the top of the source tree.  The order of the values is that of the cat() below.
suppressMessages({ library(survival); library(cmprsk) })
options(digits = 17, scipen = 0, warn = 1)
set.seed(20240901)

given <- function(..., digits = 14) {
    values <- as.numeric(c(...))
    out <- formatC(values, digits = digits, format = "g", width = 1)
    cat(ifelse(is.na(values), "nan", out), "")
}
exactly <- function(...) given(..., digits = 17)
end <- function() cat("\n")

# ---- sets of records ----

# entry NULL: all from the start.  status 0 censored, else the cause.
records_of <- function(exit, status, group = 1, stratum = 1, entry = NULL, weight = 1) {
    d <- data.frame(exit, status = as.integer(status), group = as.integer(factor(group)),
                    stratum = as.integer(factor(stratum)), weight)
    d$entry <- if (is.null(entry)) NA else entry
    d[complete.cases(d[, 1:5]), ]
}

real_sets <- function() {
    nlsy <- read.csv("datasets/nlsy/nlsy.csv")
    d <- list(
        lung = with(lung, records_of(time, status == 2, sex, is.na(ph.ecog) | ph.ecog > 0)),
        colon = with(subset(colon, etype == 2), records_of(time, status, rx, node4)),
        colon_all = with(colon, records_of(time, status, rx, etype)),
        ovarian = with(ovarian, records_of(futime, fustat, rx, resid.ds)),
        veteran = with(veteran, records_of(time, status, celltype, trt)),
        heart = with(heart, records_of(stop, event, transplant, surgery, start)),
        kidney = with(kidney, records_of(time, status, disease, sex)),
        diabetic = with(diabetic, records_of(time, status, trt, laser)),
        nwtco = with(nwtco, records_of(edrel, rel, histol, stage)),
        nlsy = with(nlsy, records_of(duration_weeks, weaned, race, smoke)),
        flchain = with(subset(flchain[seq(1, nrow(flchain), 7), ], futime > 0),
                       records_of(age + futime / 365.25, death, sex, flc.grp > 5, age)))
    d
}

# Times in tenths (some that are a tie but for their last bits), or whole; heavy ties.
random_set <- function(i, late = i %% 3 == 0, causes = 1) {
    n <- sample(c(1:3, 5:40, 60), 1)
    span <- sample(c(3, 10, 50), 1)
    exit <- sample(span, n, TRUE)
    group <- sample(sample(2:4, 1), n, TRUE)
    stratum <- sample(3, n, TRUE)
    status <- rbinom(n, 1, sample(c(0.1, 0.5, 0.9, 1), 1)) * sample(causes, n, TRUE)
    entry <- NULL
    if (i %% 5 == 1 && !late) exit <- exit - 1
    if (i %% 4 == 1) exit <- exit * 0.1
    if (late) { entry <- exit * sample(0:2, n, TRUE) / 4; if (i %% 2) entry <- pmin(floor(entry), exit / 2) }
    if (i %% 8 == 1 && !late) exit <- ifelse(runif(n) < 0.5, exit, exit + 0.7 - 0.7)
    records_of(exit, status, group, stratum, entry)
}

is_late <- function(d) !all(is.na(d$entry))
response <- function(d) {
    event <- d$status > 0
    if (is_late(d)) Surv(d$entry, d$exit, event) else Surv(d$exit, event)
}

write_records <- function(d) {
    key <- do.call(paste, d)
    first <- !duplicated(key)
    count <- as.vector(table(factor(key, unique(key))))
    d <- d[first, ]
    given(nrow(d)); end()
    # In pieces: a line of the file has its limit.
    for (piece in split(seq_len(nrow(d)), (seq_len(nrow(d)) - 1) %/% 500)) {
        with(d[piece, ], exactly(rbind(ifelse(is.na(entry), -1, entry), exit, status, group - 1,
                                       stratum - 1, count[piece], weight)))
        end()
    }
}

# ---- curves ----

limits <- c("log-log", "log", "plain", "logit", "arcsin")

# The restricted mean's standard error by survfit's influences of the records, which have their weights.
robust_error <- function(fit, tau) {
    u <- fit$influence.surv
    if (!is.matrix(u)) u <- matrix(u, ncol = length(fit$time))
    before <- fit$time < tau
    width <- diff(c(fit$time[before], tau))
    sqrt(sum((u[, before, drop = FALSE] %*% width)^2))
}

write_curve <- function(fit, tau) {
    # Where the curve is 0 R has limits and an error in the robust case only.
    over <- fit$surv < 1e-13
    fit$surv[over] <- 0
    fit$lower[over] <- fit$upper[over] <- NA
    s <- summary(fit, censored = TRUE, extend = TRUE)
    s$std.err[over] <- NaN
    given(length(s$time)); end()
    rows <- with(s, rbind(time, n.risk, n.event, n.censor, surv, std.err, lower, upper))
    for (piece in split(seq_along(s$time), (seq_along(s$time) - 1) %/% 250)) {
        given(rows[, piece]); end()
    }
    m <- survival:::survmean(fit, rmean = tau)$matrix
    given(m[c("median", paste0(fit$conf.int, c("LCL", "UCL")))])
    for (p in c(0.25, 0.75)) {
        q <- unname(quantile(fit, p, conf.int = FALSE))
        # A step that ends the curve: see kaplan_meier.h.
        if (abs(min(fit$surv) - (1 - p)) < 1e-7) cat("- ") else given(q)
    }
    known <- tau <= max(fit$time) || min(s$surv) == 0
    error <- if (is.null(fit$influence.surv)) m["se(rmean)"] else robust_error(fit, tau)
    given(if (known) c(m["rmean"], error) else c(NaN, NaN))
    end()
}

write_set <- function(d, i, robust = FALSE) {
    type <- limits[i %% 5 + 1]
    level <- c(0.95, 0.9, 0.99)[i %% 3 + 1]
    tau <- signif(c(1, 0.6, 1.1)[i %% 3 + 1] * max(d$exit) + (max(d$exit) == 0), 6)
    y <- response(d)
    given(length(unique(d$group)), i %% 5, level, tau, robust)
    write_records(d)
    # timefix once for all groups, as survfit does.
    y <- aeqSurv(y)
    for (g in sort(unique(d$group))) {
        keep <- d$group == g
        yg <- y[keep]
        w <- d$weight[keep]
        fit <- survfit(yg ~ 1, weights = w, robust = robust, influence = robust,
                       conf.type = type, conf.int = level, timefix = FALSE)
        write_curve(fit, tau)
    }
}

curves <- function() {
    real <- real_sets()
    for (i in seq_along(real)) {
        d <- real[[i]]
        write_set(d, i - 1)
    }
    for (i in 1:350) write_set(random_set(i), i)
    for (i in 1:100) {
        d <- random_set(i, late = FALSE)
        d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
        write_set(d, i, robust = TRUE)
    }
    for (i in 1:50) {  # frequency weights
        d <- random_set(i)
        d$weight <- sample(9, nrow(d), TRUE)
        write_set(d, i)
    }
}

# ---- tests ----

# By the definition, one time after the other: survdiff knows neither late entry nor the other
# weights.  Where it, or survMisc, knows an answer, this has to be the same.
weight_functions <- list(
    equal = function(s, peto, n) 1,
    fh_1_0 = function(s, peto, n) s,
    fh_half_half = function(s, peto, n) sqrt(s * (1 - s)),
    fh_0_2 = function(s, peto, n) (1 - s)^2,
    peto = function(s, peto, n) peto,
    prentice = function(s, peto, n) peto * n / (n + 1),
    gehan = function(s, peto, n) n,
    tarone = function(s, peto, n) sqrt(n))

score_sums <- function(d, weigh, k) {
    entry <- ifelse(is.na(d$entry), -1, d$entry)
    observed <- expected <- numeric(k)
    v <- matrix(0, k, k)
    s <- peto <- 1
    for (t in sort(unique(d$exit[d$status > 0]))) {
        there <- entry < t & t <= d$exit
        now <- d$exit == t & d$status > 0
        n <- sum(there); e <- sum(now)
        ng <- tabulate(d$group[there], k); eg <- tabulate(d$group[now], k)
        peto <- peto * (1 - e / (n + 1))
        w <- weigh(s, peto, n)
        observed <- observed + w * eg
        expected <- expected + w * e * ng / n
        if (n > 1)
            v <- v + w^2 * e * (n - e) / (n - 1) * (diag(ng / n, k) - outer(ng, ng) / n^2)
        s <- s * (1 - e / n)
    }
    list(observed = observed, expected = expected, v = v)
}

brute_test <- function(d, weigh, strata) {
    k <- max(d$group)
    parts <- lapply(if (strata) split(d, d$stratum) else list(d), score_sums, weigh, k)
    sums <- function(what) Reduce(`+`, lapply(parts, `[[`, what))
    o <- sums("observed"); e <- sums("expected"); v <- sums("v")
    values <- eigen(v, TRUE)
    use <- values$values > 1e-9 * max(values$values, 1e-300)
    df <- sum(use)
    u <- crossprod(values$vectors[, use, drop = FALSE], o - e)
    score <- seq_len(k)^2
    list(observed = o, expected = e, v = v, df = df,
         chisq = if (df > 0) sum(u^2 / values$values[use]) else NaN,
         trend = if (df > 0 && c(score %*% v %*% score) > 1e-9 * max(diag(v)))
                     sum(score * (o - e))^2 / c(score %*% v %*% score) else NaN)
}

same <- function(a, b, tolerance = 1e-9) {
    if (!isTRUE(all.equal(unname(a), unname(b), tolerance = tolerance))) { print(a); print(b); stop("differ") }
}

check_survdiff <- function(d, r, rho, strata) {
    if (is_late(d) || r$df < max(d$group) - 1 || length(unique(d$group)) < 2) return()
    d <- d[order(d$exit), ]
    f <- if (strata) survdiff(Surv(exit, status > 0) ~ group + strata(stratum), d, rho = rho)
         else survdiff(Surv(exit, status > 0) ~ group, d, rho = rho)
    total <- function(x) if (is.matrix(x)) rowSums(x) else x
    same(total(f$obs), r$observed); same(total(f$exp), r$expected)
    same(f$var, r$v); same(f$chisq, r$chisq)
}

check_survmisc <- function(d) {
    suppressMessages(library(survMisc))
    d$status <- as.integer(d$status > 0)
    x <- ten(Surv(exit, status) ~ group, data = d)
    invisible(capture.output(comp(x, p = c(1, 0.5, 0), q = c(0, 0.5, 2), scores = (1:max(d$group))^2)))
    names <- c("1", "FH_p=1_q=0", "FH_p=0.5_q=0.5", "FH_p=0_q=2", "S1", "S2", "n", "sqrtN")
    lrt <- as.data.frame(attr(x, "lrt")); tft <- as.data.frame(attr(x, "tft")$tft)
    for (i in seq_along(names)) {
        r <- brute_test(d, weight_functions[[i]], FALSE)
        same(lrt$chiSq[lrt$W == names[i]], r$chisq)
        same(tft$Z[tft$W == names[i]]^2, r$trend)
    }
}

tests <- function() {
    real <- real_sets()
    for (name in c("veteran", "colon")) check_survmisc(real[[name]])
    sets <- c(real, lapply(1:500, random_set))
    for (i in seq_along(sets)) {
        d <- sets[[i]]
        k <- max(d$group)
        if (k < 2) next
        given(k, max(d$stratum)); end()
        write_records(d)
        d$entry[!is.na(d$entry)] <- signif(d$entry[!is.na(d$entry)], 12)
        d$exit <- signif(d$exit, 12)
        for (w in if (i <= length(real)) seq_along(weight_functions) else c(1, i %% 7 + 2))
            for (strata in c(FALSE, TRUE)) {
                r <- brute_test(d, weight_functions[[w]], strata)
                if (w < 3) check_survdiff(d, r, w - 1, strata)
                given(w - 1, strata, r$observed, r$expected, r$v, r$chisq, r$df,
                      pchisq(r$chisq, r$df, lower.tail = FALSE), r$trend,
                      pchisq(r$trend, 1, lower.tail = FALSE))
                end()
            }
        cat("-\n")
    }
}

# ---- life tables ----

# Without events lifetab has 0 * Inf, and where all have them the root of a rounding, for what is 0.
write_life <- function(begins, lost, events) {
    suppressMessages(library(KMsurv))
    x <- lifetab(c(begins, NA), sum(lost + events), lost, events)
    none <- events == 0 & !is.na(x$pdf) & x$nrisk > 0
    x[none, c("se.pdf", "se.hazard")] <- 0
    x$se.hazard[is.nan(x$se.hazard)] <- 0
    dead <- x$surv == 0
    x[which(dead | !(x$nrisk > 0)), c("pdf", "hazard", "se.pdf", "se.hazard")] <- NaN
    x$se.surv[dead] <- NaN
    given(nrow(x)); end()
    given(t(cbind(begins, x[c("nsubs", "nlost", "nrisk", "nevent", "surv", "se.surv", "pdf",
                              "se.pdf", "hazard", "se.hazard")])))
    end()
}

life <- function() {
    sets <- c(real_sets()["nlsy"], lapply(1:100, function(i) random_set(3 * i + 1)))
    for (i in seq_along(sets)) {
        d <- sets[[i]]
        begins <- if (i == 1) c(0, 2, 3, 5, 7, 11, 17, 25, 37, 53)
                  else signif(cumsum(c(0, runif(sample(6, 1), 0.1, max(d$exit, 1) / 2))), 3)
        begins <- begins[begins <= max(d$exit)]
        if (anyDuplicated(begins)) next
        at <- findInterval(round(d$exit, 10), begins)
        count <- function(who) tabulate(at[who], length(begins))
        write_records(transform(d, group = 1, stratum = 1))
        write_life(begins, count(d$status == 0), count(d$status > 0))
    }
}

# ---- competing causes ----

competing_sets <- function() {
    m <- mgus2
    status <- with(m, ifelse(pstat == 1, 1, 2 * death))
    time <- with(m, ifelse(pstat == 1, ptime, futime))
    t <- transplant
    list(mgus = records_of(time, status, m$sex, m$age > 70),
         transplant = with(subset(t, futime > 0),
                           records_of(futime, as.integer(event) - 1, abo, sex)))
}

write_incidence <- function(d, causes, i, weighted) {
    type <- limits[i %% 5 + 1]
    level <- c(0.95, 0.9, 0.99)[i %% 3 + 1]
    given(causes, i %% 5, level, weighted); end()
    write_records(transform(d, group = 1, stratum = 1))
    y <- Surv(d$exit, factor(d$status, 0:causes))
    fit <- survfit(y ~ 1, weights = d$weight, id = seq_len(nrow(d)), conf.type = type,
                   conf.int = level)
    times <- fit$time
    ci <- if (!weighted) with(d, cuminc(round(exit, 10), status))
    for (j in seq_len(causes)) {
        of <- function(x) matrix(x, ncol = causes + 1)[, j + 1]
        f <- of(fit$pstate); lower <- of(fit$lower); upper <- of(fit$upper)
        lower[f == 0] <- upper[f == 0] <- NaN
        # Where F is 1 all but log and plain end in 0 / 0.
        if (!type %in% c("log", "plain")) lower[f > 1 - 1e-13] <- upper[f > 1 - 1e-13] <- NaN
        given(length(times)); end()
        x <- rbind(times, f, of(fit$std.err), lower, upper)
        for (piece in split(seq_along(times), (seq_along(times) - 1) %/% 250)) {
            given(x[, piece]); end()
        }
        name <- paste("1", j)
        counting <- if (name %in% names(ci)) timepoints(ci[name], round(times, 10))$var else 0 * times
        if (weighted) counting <- rep(NaN, length(times))
        for (piece in split(seq_along(times), (seq_along(times) - 1) %/% 1000)) {
            given(counting[piece]); end()
        }
    }
}

incidence <- function() {
    sets <- c(competing_sets(), lapply(1:300, random_set, late = FALSE, causes = 3))
    for (i in seq_along(sets)) {
        d <- sets[[i]]
        weighted <- i > 200
        if (weighted) d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
        causes <- max(d$status)
        if (causes > 1) write_incidence(d, causes, i, weighted)
    }
}

gray <- function() {
    sets <- c(competing_sets(), lapply(1:500, random_set, late = FALSE, causes = 2))
    for (i in seq_along(sets)) {
        d <- sets[[i]]
        k <- max(d$group)
        if (k < 2 || max(d$status) < 2) next
        given(k, max(d$stratum)); end()
        write_records(d)
        for (rho in c(0, 1))
            for (strata in c(FALSE, TRUE)) {
                # A stratum may have nobody to compare: cuminc ends in NaN and an error.
                g <- try(with(d, cuminc(round(exit, 10), status, group,
                                        if (strata) stratum else rep(1, nrow(d)), rho)), TRUE)
                if (inherits(g, "try-error")) next
                for (cause in sort(unique(d$status[d$status > 0]))) {
                    x <- g$Tests[as.character(cause), ]
                    # -1: singular.  The p of cuminc is a difference from 1.
                    if (x["stat"] < 0) next
                    given(rho, strata, cause, x["stat"], x["df"],
                          pchisq(x["stat"], x["df"], lower.tail = FALSE)); end()
                }
            }
        cat("-\n")
    }
}

# ---- intervals ----

# Which intervals hold which pieces, from the definition: a left end with a right end next to it.
# Ends at one place: where an exact time begins, where intervals end, where others begin behind it.
pieces_of <- function(low, high) {
    n <- length(low)
    side <- c(ifelse(low == high | low == 0, 0, 2), rep(1, n))
    left <- cbind(low, ifelse(low == high | low == 0, 0, 2))
    right <- cbind(high, 1)
    at <- c(low, high)
    o <- order(at, side)
    is_right <- side[o] == 1
    here <- which(!is_right[-length(o)] & is_right[-1])
    list(low = at[o][here], low_side = side[o][here], high = at[o][here + 1])
}
holds <- function(low, high, p) {
    side <- ifelse(low == high | low == 0, 0, 2)
    outer(seq_along(low), seq_along(p$low), Vectorize(function(i, j)
        (p$low[j] > low[i] || (p$low[j] == low[i] && p$low_side[j] >= side[i])) &&
            p$high[j] <= high[i])) * 1
}

# EM until nothing moves, then npsurv's own answer (which may know better), then both have to
# agree on the likelihood.
turnbull_by_em <- function(a, w) {
    p <- rep(1 / ncol(a), ncol(a))
    for (i in 1:200000) {
        d <- colSums(w * a / c(a %*% p)) / sum(w)
        p <- p * d
        if (max(d) - 1 < 1e-11) break
    }
    list(p = p, l = sum(w * log(c(a %*% p))), gap = (max(d) - 1) * sum(w))
}

interval_set <- function(i) {
    n <- sample(c(1:3, 10, 40, 120), 1)
    x <- round(rexp(n, 0.1), sample(0:2, 1))
    kind <- i %% 4
    if (kind == 0) {  # seen once
        at <- sample(24, n, TRUE)
        low <- ifelse(x > at, at, 0); high <- ifelse(x > at, Inf, at)
    } else if (kind == 1) {  # visits
        width <- sample(1:6, n, TRUE)
        low <- floor(x / width) * width; high <- low + width
        lost <- runif(n) < 0.2
        high[lost] <- Inf
    } else if (kind == 2) {  # some exact
        low <- floor(x * runif(n)); high <- ceiling(x + 5 * runif(n))
        exact <- runif(n) < 0.3
        low[exact] <- high[exact] <- x[exact]
        high[runif(n) < 0.1] <- Inf
    } else {
        low <- round(x * runif(n), 1); high <- round(x + runif(n) + 0.1, 1)
    }
    data.frame(low, high, weight = if (i %% 3) 1 else sample(1:9, n, TRUE))
}

turnbull <- function() {
    suppressMessages(library(npsurv))
    agreed <- 0
    for (i in 1:200) {
        d <- interval_set(i)
        p <- pieces_of(d$low, d$high)
        a <- holds(d$low, d$high, p)
        em <- turnbull_by_em(a, d$weight)
        if (em$gap > 1e-7) next
        # npsurv ends in errors where there is but one piece, or one time.
        other <- tryCatch(npsurv(as.matrix(d[, 1:2]), d$weight, maxit = 1000, tol = 1e-12),
                          error = function(e) NULL)
        # It has no times that begin at 0 and are exact there.
        if (!is.null(other) && all(d$high > 0)) { same(other$ll, em$l, 1e-9); agreed <- agreed + 1 }
        support <- em$p > 1e-7
        unique <- qr(a[, support, drop = FALSE])$rank == sum(support)
        at <- c(1, 3, 6, 10, 15)
        given(nrow(d)); end()
        exactly(t(d)); end()
        given(ncol(a), em$l, unique)
        # What is surely behind each time, and what may be.
        for (t in at) given(sum(em$p[p$low >= t & !(p$low == t & p$high == t)]),
                            1 - sum(em$p[p$high <= t]))
        end()
    }
    message(agreed, " likelihoods as npsurv's")
}

# ---- seen once ----

current <- function() {
    for (i in 1:200) {
        k <- sample(c(1:4, 12, 36), 1)
        age <- sort(sample(if (i %% 2) 0:60 else (0:600) / 10, k))
        n <- sample(30, k, TRUE) * if (i %% 3) 1 else 0.25
        still <- if (i %% 3) rbinom(k, n, plogis(2 - age / 8)) else round(n * runif(k), 3)
        # isoreg has no weights: pooled neighbours by the greatest convex minorant's definition.
        share <- sapply(seq_len(k), function(j)
            min(sapply(seq_len(j), function(a)
                max(sapply(j:k, function(b) sum(still[a:b]) / sum(n[a:b]))))))
        given(k); exactly(rbind(age, n, still)); given(share); end()
    }
}

# ---- heaps ----

heap_fit <- function(y, heaps, level) {
    n <- length(y)
    use <- !(seq_len(n) %in% heaps)
    d <- diff(diag(n), differences = 2)
    p <- crossprod(d)
    best <- NULL
    for (i in 24:-4) {
        lambda <- 10^(i / 4)
        eta <- rep(log(mean(y) + 0.1), n)
        goal <- function(e) 2 * sum((exp(e) - y * e)[use]) + lambda * sum((d %*% e)^2)
        for (round in 1:500) {
            m <- exp(eta)
            step <- solve(diag(use * m, n) + lambda * p, use * (y - m) - lambda * c(p %*% eta))
            part <- min(1, 5 / max(abs(step)))
            while (goal(eta + part * step) > goal(eta) + 1e-9 * abs(goal(eta)) && part > 1e-9)
                part <- part / 2
            eta <- eta + part * step
            if (max(abs(step)) < 1e-11) break
        }
        m <- exp(eta)
        inverse <- solve(diag(use * m, n) + lambda * p)
        df <- sum(diag(inverse) * use * m)
        deviance <- 2 * sum((ifelse(y > 0, y * log(y / m), 0) - (y - m))[use])
        if (is.null(best) || deviance + 2 * df < best$criterion)
            best <- list(criterion = deviance + 2 * df, lambda = lambda, df = df,
                         deviance = deviance, m = m, v = diag(inverse))
    }
    best
}

heaping <- function() {
    nlsy <- read.csv("datasets/nlsy/nlsy.csv")
    weeks <- with(nlsy, tabulate(duration_weeks[weaned == 1] + 1, 120))
    write_one <- function(y, heaps, level) {
        b <- heap_fit(y, heaps, level)
        z <- qnorm((1 - level) / 2, lower.tail = FALSE)
        given(length(y), length(heaps), level, y, heaps - 1, b$lambda, b$df, b$deviance,
              sum(y[heaps] - b$m[heaps]) / sum(y))
        for (h in heaps) {
            ratio <- y[h] / b$m[h]
            se <- sqrt(1 / y[h] + b$v[h])
            limits <- if (y[h] > 0) c(se, ratio * exp(c(-z, z) * se), 2 * pnorm(-abs(log(ratio)) / se))
                      else rep(NaN, 4)
            given(b$m[h], ratio, limits)
        }
        end()
    }
    write_one(weeks, c(4, 8, 12, 16, 24, 36, 52) + 1, 0.95)
    for (i in 1:60) {
        n <- sample(c(12, 25, 37), 1)
        y <- rpois(n, exp(4 - (seq_len(n) - 1) / 9 + runif(1, -2, 2)))
        heaps <- c(1, 3, 6, 12, 18, 24) + 1
        heaps <- heaps[heaps <= n]
        y[heaps] <- y[heaps] * sample(0:4, length(heaps), TRUE)
        if (sum(y[-heaps] > 0) < 4) next
        write_one(y, heaps, c(0.95, 0.9)[i %% 2 + 1])
    }
}

what <- commandArgs(TRUE)[1]

do.call(what, list())
