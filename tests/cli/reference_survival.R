# `dyad survival` against R: files in, numbers out.  Rscript tests/cli/reference_survival.R [DYAD [SETS]], from the top of
# the tree.
#
# Needs survival, survey, cmprsk, KMsurv, npsurv and jsonlite.  Prints the largest difference of each comparison and how many
# numbers it is of; fails beyond 1e-9 (1e-6 where a likelihood is maximised).  A difference is relative, or absolute below 1.
# The records, and answers that R's packages have not, come from scripts/reference/survival.R.
suppressMessages({ library(survival); library(survey); library(cmprsk); library(KMsurv); library(npsurv); library(jsonlite) })
options(warn = -1, digits = 17)
parts <- parse("scripts/reference/survival.R")
for (part in head(parts, -2)) eval(part) # but for its last two lines, which write values
dyad <- c(commandArgs(TRUE)[1], "build/dyad"); dyad <- dyad[!is.na(dyad)][1]
n_random <- c(as.integer(commandArgs(TRUE)[2]), 500); n_random <- n_random[!is.na(n_random)][1]
place <- tempfile("survival"); dir.create(place)
bad <- 0; numbers <- 0; runs <- 0
set.seed(20240717)

# --- the program --------------------------------------------------------------------------------------------------------

words <- c("test", "cause", "measure", "reference", "step", "ages")
read_tables <- function(path) lapply(fromJSON(path, simplifyDataFrame = TRUE)$tables, function(t) {
    if (length(t) == 0) return(data.frame())
    for (name in setdiff(names(t), words)) t[[name]] <- suppressWarnings(as.numeric(t[[name]]))
    t
})
write_set <- function(d, name = "set.csv") {
    path <- file.path(place, name)
    for (column in names(d)) if (is.numeric(d[[column]]))
        d[[column]] <- ifelse(is.na(d[[column]]) | is.infinite(d[[column]]), "",
                              trimws(formatC(d[[column]], digits = 17, format = "g", width = 1)))
    write.table(d, path, sep = ",", row.names = FALSE, quote = FALSE)
    path
}
run <- function(...) {
    out <- file.path(place, "out.json"); unlink(out); runs <<- runs + 1
    status <- system2(dyad, shQuote(c("survival", ..., "--format", "json", "--quiet", "-o", out)))
    if (status != 0) { cat("dyad survival", ..., "->", status, "\n"); bad <<- bad + 1; return(NULL) }
    read_tables(out)
}

seen <- list()
same_as <- function(what, got, want, tolerance = 1e-9, of = "") {
    got <- as.vector(got); want <- as.vector(want)
    got[is.nan(got)] <- NA; want[is.nan(want)] <- NA
    off <- if (length(got) != length(want)) NA
           else ifelse(is.na(got) & is.na(want), 0, ifelse(got == want, 0, abs(got - want) / pmax(abs(want), 1)))
    if (length(off) == 0) return(invisible())
    off[is.na(off)] <- Inf
    before <- seen[[what]]; if (is.null(before)) before <- list(n = 0, worst = 0, tolerance = tolerance)
    seen[[what]] <<- list(n = before$n + length(want), worst = max(before$worst, off), tolerance = tolerance)
    numbers <<- numbers + length(want)
    if (max(off) > tolerance) {
        bad <<- bad + 1
        if (bad > 40) return(invisible())
        cat(what, "of", of, "DIFFERS\n")
        if (length(got) != length(want)) cat("   ", length(got), "numbers, R has", length(want), "\n")
        else for (i in head(which(off > tolerance), 4)) cat(sprintf("    %d: got %.15g, R has %.15g\n", i, got[i], want[i]))
    }
}

# --- Kaplan-Meier -------------------------------------------------------------------------------------------------------

curve_columns <- c("time", "estimate", "std_error", "conf_low", "conf_high")
# Where the curve is 0 R has limits and an error in the robust case only.
clean <- function(fit) {
    over <- fit$surv < 1e-13
    fit$surv[over] <- 0; fit$lower[over] <- fit$upper[over] <- NA
    s <- summary(fit, censored = TRUE, extend = TRUE)
    s$std.err[over] <- NA
    list(fit = fit, s = s)
}
fits_of <- function(d, type, level, robust) {
    y <- aeqSurv(response(d)) # ties of all groups together, as survfit has them
    lapply(split(seq_len(nrow(d)), d$group), function(keep) {
        yg <- y[keep]; w <- d$weight[keep]
        clean(survfit(yg ~ 1, weights = w, robust = robust, influence = robust, conf.type = type, conf.int = level,
                      timefix = FALSE))
    })
}
mean_of <- function(f, tau) {
    fit <- f$fit
    if (tau > max(fit$time) && min(f$s$surv) > 0) return(c(NA, NA))
    m <- survival:::survmean(fit, rmean = tau)$matrix
    c(m["rmean"], if (is.null(fit$influence.surv)) m["se(rmean)"] else robust_error(fit, tau))
}
median_of <- function(f, level)
    survival:::survmean(f$fit, rmean = max(f$fit$time))$matrix[c("median", paste0(level, c("LCL", "UCL")))]
at_of <- function(f, times) {
    out <- matrix(NA, length(times), 3)
    for (i in seq_along(times)) {
        k <- sum(f$s$time <= times[i])
        if (times[i] > max(f$s$time)) next
        out[i, ] <- c(if (k == 0) c(1, 0) else c(f$s$surv[k], f$s$std.err[k]), 0)
    }
    out
}

check_curves <- function(name, d, i, robust = FALSE) {
    type <- limits[i %% 5 + 1]; level <- c(0.95, 0.9, 0.99)[i %% 3 + 1]
    fits <- fits_of(d, type, level, robust)
    last <- min(sapply(fits, function(f) max(f$s$time)))
    tau <- if (i %% 2) last else signif(0.7 * max(d$exit), 6)
    chosen <- sort(unique(signif(c(0.3, 0.6, 1.2) * max(d$exit), 3)))
    late <- is_late(d)
    path <- write_set(transform(d, event = 1 * (status > 0)))
    got <- run(path, "--time", "exit", "--event", "event", "--by", "group", "--ci", type, "--level", level, "--at",
               paste(chosen, collapse = ","), "--quantiles", "0.25,0.75",
               if (i %% 2 == 0) c("--tau", format(tau, digits = 15)), if (late) c("--entry", "entry"),
               if (robust) c("--weight", "weight"))
    if (is.null(got)) return()
    rows <- do.call(rbind, lapply(names(fits), function(g) with(fits[[g]]$s, data.frame(time, surv, std.err, lower, upper,
        n.risk, n.event, n.censor, group = as.numeric(g)))))
    rows <- rows[rows$n.event > 0 | rows$n.censor > 0, ]
    same_as(if (robust) "weighted curve" else if (late) "curve, late entry" else "curve",
            as.matrix(got$curve[c("group", curve_columns)]),
            as.matrix(rows[c("group", "time", "surv", "std.err", "lower", "upper")]), of = name)
    counted <- if (robust) c("weight_risk", "weight_event", "weight_censor") else c("n_risk", "n_event", "n_censor")
    same_as(if (robust) "weights at risk" else "numbers at risk", as.matrix(got$curve[counted]),
            as.matrix(rows[c("n.risk", "n.event", "n.censor")]), of = name)
    same_as(paste(if (robust) "weighted", "medians"), as.matrix(got$summary[c("median", "median_low", "median_high")]),
            t(sapply(fits, median_of, level)), of = name)
    # R's print of a mean to a time before the first row has no rows to add up.
    means <- t(sapply(fits, mean_of, tau))
    if (tau > 0) same_as(paste(if (robust) "weighted", "restricted means"), as.matrix(got$summary[c("rmean", "rmean_se")]),
                         means, of = name)
    if (tau > 0) same_as("tau", got$summary$tau, rep(tau, length(fits)), of = name)
    at <- do.call(rbind, lapply(fits, at_of, chosen))
    same_as("at", cbind(got$at$estimate, got$at$std_error), at[, 1:2], of = name)
    for (p in c(0.25, 0.75)) {
        want <- sapply(fits, function(f) if (abs(min(f$fit$surv) - (1 - p)) < 1e-7) -1
                                         else unname(quantile(f$fit, p, conf.int = FALSE)))
        have <- got$quantiles$estimate[got$quantiles$p == p]
        keep <- is.na(want) | want >= 0 # a step that ends the curve: see kaplan_meier.h
        same_as("quantiles", have[keep], want[keep], of = name)
    }
    if (length(fits) > 1 && tau > 0) {
        d1 <- got$differences[got$differences$measure == "rmean", ]
        diff <- means[-1, 1] - means[1, 1]; se <- sqrt(means[-1, 2]^2 + means[1, 2]^2)
        ok <- !is.na(se) & se > 0
        z <- qnorm((1 - level) / 2, lower.tail = FALSE)
        same_as("differences of means", as.matrix(d1[ok, c("estimate", "std_error", "conf_low", "conf_high", "p_value")]),
                cbind(diff, se, diff - z * se, diff + z * se, 2 * pnorm(-abs(diff / se)))[ok, ], of = name)
    }
    if (robust || late) return()
    # Each kind once, with how often it is there: the same but for the last bits.
    key <- do.call(paste, d[c("exit", "status", "group")])
    few <- transform(d, event = 1 * (status > 0), times = ave(rep(1, nrow(d)), key, FUN = sum))[!duplicated(key), ]
    again <- run(write_set(few), "--time", "exit", "--event", "event", "--by", "group", "--ci", type, "--level", level, "--freq",
                 "times", if (i %% 2 == 0) c("--tau", format(tau, digits = 15)))
    for (table in c("summary", "curve", "tests"))
        if (nrow(got[[table]])) same_as("--freq", as.matrix(again[[table]][setdiff(names(got[[table]]), words)]),
                                        as.matrix(got[[table]][setdiff(names(got[[table]]), words)]), of = paste(name, table))
}

# --- clusters -----------------------------------------------------------------------------------------------------------

# Influences on S at the rows, a row for each of all clusters.
influence_of <- function(fit, clusters, all) {
    u <- fit$influence.surv
    if (!is.matrix(u)) u <- matrix(u, ncol = length(fit$time))
    out <- matrix(0, length(all), ncol(u)); out[match(clusters, all), ] <- u
    out
}
# The error of a sum over all clusters: those of a survey's units, drawn from strata.
error_of <- function(u, h) {
    apply(as.matrix(u), 2, function(x) if (anyNA(x)) NA else
        c(SE(svytotal(~x, svydesign(ids = ~1, strata = ~h, weights = ~one, data = data.frame(h = h, one = 1, x = x))))))
}
# As survfit has it, but for the units minus strata: with one stratum G/(G-1) and t, which is another level of its normal.
check_clusters <- function(name, d, i, weighted) {
    late <- is_late(d); type <- limits[i %% 5 + 1]
    d$cluster <- sample(max(2, nrow(d) %/% 6), nrow(d), TRUE)
    if (!weighted) d$weight <- 1
    strata <- i %% 3 == 0 && max(d$cluster) >= 4
    d$stratum <- if (strata) d$cluster %% 2 else 0
    chosen <- sort(unique(signif(c(0.3, 0.6) * max(d$exit), 3)))
    got <- run(write_set(transform(d, event = 1 * (status > 0))), "--time", "exit", "--event", "event", "--by", "group", "--ci", type,
               if (i %% 2) "--cluster" else "--psu", "cluster", if (strata) c("--design-strata", "stratum"), "--at", paste(chosen, collapse = ","), if (late) c("--entry", "entry"),
               if (weighted) c("--weight", "weight"))
    if (is.null(got)) return()
    y <- aeqSurv(response(d)); all <- sort(unique(d$cluster)); h <- if (strata) all %% 2 else 0 * all
    if (any(table(h) < 2)) return()
    q <- qt(0.975, length(all) - length(unique(h))) * sqrt(length(all) / (length(all) - 1)); groups <- sort(unique(d$group))
    tau <- got$summary$tau[1]; at <- list(); means <- list(); values <- list()
    for (g in groups) {
        keep <- d$group == g; yg <- y[keep]; cl <- d$cluster[keep]; w <- d$weight[keep]
        if (length(unique(cl)) < 2) return() # with one cluster survfit takes each record for one
        fit <- survfit(yg ~ 1, weights = w, cluster = cl, influence = TRUE, conf.type = type, timefix = FALSE, conf.int = 2 * pnorm(q) - 1)
        u <- influence_of(fit, sort(unique(cl)), all); f <- clean(fit)
        rows <- f$s$n.event > 0 | f$s$n.censor > 0
        mine <- got$curve[got$curve$group == g, curve_columns]; theirs <- with(f$s, cbind(time, surv, std.err, lower, upper))[rows, , drop = FALSE]
        theirs[, 3] <- (error_of(u, h) + 0 * f$s$std.err)[rows]
        if (strata || q > 4) theirs[, 4:5] <- as.matrix(mine)[, 4:5] # whose limits survfit has not, or not to the digits
        none <- which(theirs[, 3] < 1e-7 & mine$std_error < 1e-7) # where the error is 0 R has that of a rounding
        theirs[none, 3:5] <- 0; mine[none, 3:5] <- 0
        same_as(paste("by cluster: curve", if (weighted) "weighted" else if (late) "late entry" else ""), as.matrix(mine), theirs, of = paste(name, g))
        means[[g]] <- mean_of(list(fit = fit, s = f$s), tau)[1]
        before <- fit$time < tau
        values[[g]] <- c(u[, before, drop = FALSE] %*% diff(c(fit$time[before], tau)))
        at[[g]] <- sapply(chosen, function(t) { k <- sum(fit$time <= t); if (k == 0) rep(0, length(all)) else if (fit$surv[k] < 1e-13 || t > max(fit$time)) rep(NA, length(all)) else u[, k] })
        if (tau > 0 && !is.na(means[[g]]))
            same_as("by cluster: restricted means", with(got$summary[got$summary$group == g, ], c(rmean, rmean_se)), c(means[[g]], error_of(values[[g]], h)), of = name)
    }
    for (g in groups[-1]) {
        first <- groups[1]; one <- got$differences[got$differences$group == g, ]
        if (tau > 0) same_as("by cluster: differences", one$std_error[one$measure == "rmean"], zero_is_none(error_of(values[[g]] - values[[first]], h) + 0 * (means[[g]] + means[[first]])), of = name)
        same_as("by cluster: differences", one$std_error[one$measure == "at"], zero_is_none(error_of(at[[g]] - at[[first]], h)), of = name)
    }
}
zero_is_none <- function(se) ifelse(se < 1e-12, NA, se)

# --- tests --------------------------------------------------------------------------------------------------------------

kinds <- c(logrank = "equal", "peto-peto" = "fh_1_0", "peto-1972" = "peto", andersen = "prentice", gehan = "gehan",
           "tarone-ware" = "tarone")
check_tests <- function(name, d, i) {
    k <- max(d$group)
    d$entry[!is.na(d$entry)] <- signif(d$entry[!is.na(d$entry)], 12); d$exit <- signif(d$exit, 12)
    if (is_late(d) && any(d$entry >= d$exit)) return()
    path <- write_set(transform(d, event = 1 * (status > 0)))
    for (strata in c(FALSE, TRUE)) {
        got <- run(path, "--time", "exit", "--event", "event", "--by", "group", "--tests", paste(names(kinds), collapse = ","),
                   "--fleming-harrington", "0.5,0.5", "--table", "tests", if (strata) c("--stratify", "stratum"),
                   if (is_late(d)) c("--entry", "entry"))$tests
        for (kind in c(names(kinds), "fleming-harrington")) {
            weigh <- weight_functions[[if (kind %in% names(kinds)) kinds[kind] else "fh_half_half"]]
            r <- brute_test(d, weigh, strata)
            one <- got[got$test == kind, ]
            same_as(if (strata) "tests, stratified" else "tests", c(one$statistic, one$df, one$p_value),
                    c(r$chisq, r$df, pchisq(r$chisq, r$df, lower.tail = FALSE)), 1e-8, paste(name, kind))
            if (kind == "logrank" && k > 2) {
                score <- seq_len(k); v <- c(score %*% r$v %*% score)
                trend <- if (r$df > 0 && v > 1e-9 * max(diag(r$v))) sum(score * (r$observed - r$expected))^2 / v else NA
                one <- got[got$test == "trend", ]
                same_as("trend", c(one$statistic, one$p_value), c(trend, pchisq(trend, 1, lower.tail = FALSE)), 1e-8, name)
            }
            if (kind %in% c("logrank", "peto-peto")) check_survdiff(d, r, kind == "peto-peto", strata)
        }
    }
}

# --- competing events ---------------------------------------------------------------------------------------------------

check_incidence <- function(name, d, i, weighted) {
    causes <- max(d$status); type <- limits[i %% 5 + 1]; level <- c(0.95, 0.9, 0.99)[i %% 3 + 1]
    path <- write_set(d)
    got <- run(path, "--time", "exit", "--event", "status=1", unlist(lapply(2:causes, function(j) c("--competing", paste0("status=", j)))),
               "--by", "group", "--ci", type, "--level", level, if (weighted) c("--weight", "weight"))
    if (is.null(got)) return()
    y <- aeqSurv(Surv(d$exit, d$status > 0)); d$exit <- y[, 1]
    for (g in sort(unique(d$group))) {
        part <- d[d$group == g, ]
        yg <- Surv(part$exit, factor(part$status, 0:causes))
        fit <- survfit(yg ~ 1, weights = part$weight, id = seq_len(nrow(part)), conf.type = type, conf.int = level, timefix = FALSE)
        for (j in seq_len(causes)) {
            of <- function(x) matrix(x, ncol = causes + 1)[, j + 1]
            f <- of(fit$pstate); lower <- of(fit$lower); upper <- of(fit$upper)
            lower[f == 0] <- upper[f == 0] <- NA
            if (!type %in% c("log", "plain")) lower[f > 1 - 1e-13] <- upper[f > 1 - 1e-13] <- NA
            mine <- got$incidence[got$incidence$group == g & got$incidence$cause == paste("status =", j), ]
            # Where the error is 0 both have the root of a rounding.
            se <- of(fit$std.err); none <- which(se < 1e-7 & mine$std_error < 1e-7)
            se[none] <- mine$std_error[none] <- 0
            mine$conf_low[none] <- mine$conf_high[none] <- lower[none] <- upper[none] <- NA
            same_as(if (weighted) "incidence, weighted" else "incidence", as.matrix(mine[curve_columns]),
                    cbind(fit$time, f, se, lower, upper), of = paste(name, g, j))
        }
    }
    if (weighted || max(d$group) < 2) return()
    for (strata in c(FALSE, TRUE)) {
        x <- try(with(d, cuminc(round(exit, 10), status, group, if (strata) stratum else rep(1, nrow(d)))), TRUE)
        if (inherits(x, "try-error")) next
        tests <- if (!strata) got$tests else
            run(path, "--time", "exit", "--event", "status=1", unlist(lapply(2:causes, function(j) c("--competing", paste0("status=", j)))),
                "--by", "group", "--stratify", "stratum", "--table", "tests")$tests
        for (cause in sort(unique(d$status[d$status > 0]))) {
            r <- x$Tests[as.character(cause), ]
            if (r["stat"] < 0) next
            one <- tests[tests$test == "gray" & tests$cause == paste("status =", cause), ]
            same_as("Gray's test", c(one$statistic, one$df, one$p_value),
                    c(r["stat"], r["df"], pchisq(r["stat"], r["df"], lower.tail = FALSE)), 1e-8, paste(name, cause))
        }
    }
}

# --- intervals, current status ------------------------------------------------------------------------------------------

check_intervals <- function(i) {
    d <- interval_set(i)
    p <- pieces_of(d$low, d$high); a <- holds(d$low, d$high, p)
    em <- turnbull_by_em(a, d$weight)
    informative <- d$low > 0 | is.finite(d$high)
    if (em$gap > 1e-7 || !all(informative)) return()
    got <- run(write_set(d), "--interval", "low,high", "--freq", "weight", "--at", "1,3,6,10,15", "--bootstrap", "0",
               "--quantiles", "0.25")
    if (is.null(got)) return()
    # Of its masses the likelihood, of all records.
    high <- ifelse(is.na(got$curve$time), Inf, got$curve$time); mass <- got$curve$mass
    q <- list(low = got$curve$begin, low_side = ifelse(got$curve$begin == high | got$curve$begin == 0, 0, 2), high = high)
    mine <- holds(d$low, d$high, q)
    same_as("Turnbull: likelihood a record", sum(d$weight * log(c(mine %*% mass))) / sum(d$weight), em$l / sum(d$weight), 1e-9, i)
    same_as("Turnbull: masses add up", sum(mass), 1, 1e-9, i)
    support <- em$p > 1e-7
    if (qr(a[, support, drop = FALSE])$rank < sum(support) || em$gap > 1e-9) return()
    at <- c(1, 3, 6, 10, 15)
    known <- !is.na(got$at$estimate)
    same_as("Turnbull: what the data allow",
            c(got$at$least[known], got$at$most[known]),
            c(sapply(at, function(t) sum(em$p[p$low >= t & !(p$low == t & p$high == t)]))[known],
              sapply(at, function(t) 1 - sum(em$p[p$high <= t]))[known]), 1e-6, i)
    # Not survfit's own curve: its iteration ends early, with 1/3 for the 1/2 of one in (0, 6] and one behind 6.
    if (any(d$high == 0)) return()
    other <- tryCatch(npsurv(as.matrix(d[, 1:2]), d$weight, maxit = 1000, tol = 1e-12), error = function(e) NULL)
    if (!is.null(other)) same_as("Turnbull: npsurv's likelihood", sum(d$weight * log(c(mine %*% mass))) / sum(d$weight),
                                 other$ll / sum(d$weight), 1e-9, i)
}

check_status <- function(i) {
    n <- sample(c(3, 40, 400), 1)
    age <- sample(if (i %% 2) 0:40 else (0:400) / 10, n, TRUE)
    d <- data.frame(age, gone = rbinom(n, 1, 1 - exp(-age / 12)), w = if (i %% 3) 1 else signif(runif(n, 0.3, 3), 4))
    got <- run(write_set(d), "--current-status", "--time", "age", "--event", "gone", "--bootstrap", "0", if (i %% 3 == 0) c("--weight", "w"))
    if (is.null(got)) return()
    ages <- sort(unique(d$age))
    all <- tapply(d$w, factor(d$age, ages), sum); still <- tapply(d$w * (1 - d$gone), factor(d$age, ages), sum)
    k <- length(ages)
    share <- sapply(seq_len(k), function(j) min(sapply(seq_len(j), function(a) max(sapply(j:k, function(b) sum(still[a:b]) / sum(all[a:b]))))))
    same_as("current status: curve", as.matrix(got$curve[c("time", "estimate", "observed")]), cbind(ages, share, still / all), of = i)
    f <- approxfun(c(if (ages[1] > 0) 0, ages), c(if (ages[1] > 0) 1, share))
    below <- which(share < 0.5)[1]
    if (!is.na(below) && min(abs(share - 0.5)) > 1e-7) {
        x0 <- if (below > 1) ages[below - 1] else 0; y0 <- if (below > 1) share[below - 1] else 1
        same_as("current status: median", got$summary$median, x0 + (ages[below] - x0) * (y0 - 0.5) / (y0 - share[below]), of = i)
    }
    knots <- sort(unique(c(0, ages)))
    area <- sum(diff(knots) * (f(knots)[-1] + f(knots)[-length(knots)]) / 2)
    if (knots[1] < ages[1] || ages[1] == 0) if (max(ages) > 0)
        same_as("current status: mean", got$summary$rmean, area + if (ages[1] == 0) 0 else 0, of = i)
    # As in DOMAIN: the survey's own steps.
    g <- factor(floor(d$age / 2), 0:17)
    den <- tapply(d$w, g, sum); num <- tapply(d$w * (1 - d$gone), g, sum); den[is.na(den)] <- num[is.na(num)] <- 0
    smooth <- function(x) c(x[1], (head(x, -2) + x[2:17] + tail(x, -2)) , x[18])
    p <- smooth(num) / smooth(den)
    if (any(!is.finite(p))) return()
    for (rule in 1:2) {
        mid <- if (rule == 1) c(0.75, 2 * (2:18) - 1.5) else 2 * (1:18) - 1
        b <- which(p < 0.5)[1]; x0 <- if (b > 1) mid[b - 1] else 0; y0 <- if (b > 1) p[b - 1] else 1
        median <- if (is.na(b)) NA else x0 + (mid[b] - x0) * (0.5 - y0) / (p[b] - y0)
        mean <- sum(c(if (rule == 1) 1.5 else 2, rep(2, 17)) * p)
        same_as("DHS median and mean", unlist(got$dhs[rule, c("median", "mean")]), c(median, mean), of = i)
        young <- d$age < 36
        same_as("DHS prevalence mean", got$dhs$prevalence_mean[rule], sum((d$w * (1 - d$gone))[young]) / (sum(d$w[young]) / 36), of = i)
    }
}

# --- life tables, heaps, units ------------------------------------------------------------------------------------------

check_life <- function(name, d, begins) {
    at <- findInterval(round(d$exit, 10), begins)
    lost <- tabulate(at[d$status == 0], length(begins)); events <- tabulate(at[d$status > 0], length(begins))
    x <- lifetab(c(begins, NA), nrow(d), lost, events)
    got <- run(write_set(transform(d, event = 1 * (status > 0))), "--time", "exit", "--event", "event", "--life-table",
               paste(begins, collapse = ","))$life_table
    same_as("life table: numbers", as.matrix(got[c("entering", "lost", "exposed", "events")]), as.matrix(x[c("nsubs", "nlost", "nrisk", "nevent")]), of = name)
    ok <- events > 0 & x$surv > 0 & seq_along(begins) < length(begins)
    ok[ok] <- is.finite(x$se.hazard[ok])
    same_as("life table: rates", as.matrix(got[ok, c("survival", "survival_se", "density", "density_se", "hazard", "hazard_se")]),
            as.matrix(x[ok, c("surv", "se.surv", "pdf", "se.pdf", "hazard", "se.hazard")]), of = name)
}
check_heaps <- function(name, weeks, events, heaps, factor = 1, unit = NULL) {
    first <- min(weeks[events == 1]); last <- max(weeks[events == 1])
    y <- tabulate(weeks[events == 1] - first + 1, last - first + 1)
    b <- heap_fit(y, heaps - first + 1, 0.95)
    d <- data.frame(weeks = weeks * factor, event = events)
    got <- run(write_set(d), "--time", "weeks", "--event", "event", "--heaping", paste(heaps, collapse = ","), unit)
    m <- b$m[heaps - first + 1]; o <- y[heaps - first + 1]; se <- sqrt(1 / o + b$v[heaps - first + 1])
    same_as("heaps", as.matrix(got$heaping[c("observed", "expected", "estimate", "std_error", "p_value")]),
            cbind(o, m, o / m, se, 2 * pnorm(-abs(log(o / m)) / se)), 1e-6, name)
    same_as("heaps: excess", got$heaping_all$excess, sum(o - m) / sum(y), 1e-6, name)
}

# --- all of it ----------------------------------------------------------------------------------------------------------

real <- real_sets()
for (i in seq_along(real)) { check_curves(names(real)[i], real[[i]], i); check_curves(names(real)[i], real[[i]], i + 5) }
for (name in setdiff(names(real), c("heart", "flchain"))) {
    d <- real[[name]]; d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
    if (nrow(d) < 3000) check_curves(name, d, nchar(name), robust = TRUE)
}
for (i in seq_len(n_random)) check_curves(paste("random", i), random_set(i), i)
for (i in seq_len(n_random %/% 4)) {
    d <- random_set(i, late = FALSE); d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
    check_curves(paste("weighted", i), d, i, robust = TRUE)
}
for (name in setdiff(names(real), c("nwtco", "flchain"))) check_clusters(name, real[[name]], nchar(name), FALSE)
for (i in seq_len(n_random %/% 2)) {
    weighted <- i %% 3 == 1; d <- random_set(i, late = !weighted && i %% 3 == 2)
    if (weighted) d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
    if (nrow(d) > 3) check_clusters(paste("clusters", i), d, i, weighted)
}
for (name in setdiff(names(real), c("nwtco", "flchain"))) if (max(real[[name]]$group) > 1) check_tests(name, real[[name]], 0)
for (i in seq_len(n_random %/% 2)) { d <- random_set(i); d$group <- as.integer(factor(d$group)); if (max(d$group) > 1) check_tests(paste("random", i), d, i) }
competing <- competing_sets()
for (i in seq_along(competing)) check_incidence(names(competing)[i], competing[[i]], i, FALSE)
for (i in seq_len(n_random %/% 2)) {
    d <- random_set(i, late = FALSE, causes = 3); weighted <- i %% 4 == 0
    if (weighted) d$weight <- signif(runif(nrow(d), 0.2, 5), 6)
    d$group <- as.integer(factor(d$group))
    if (max(d$status) > 1) check_incidence(paste("random", i), d, i, weighted)
}
for (i in seq_len(max(20, n_random %/% 3))) { check_intervals(i); check_status(i) }
check_life("nlsy", real$nlsy, c(0, 2, 3, 5, 7, 11, 17, 25, 37, 53))
for (i in seq_len(n_random %/% 10)) {
    d <- random_set(3 * i + 1, late = FALSE)
    begins <- unique(signif(cumsum(c(0, runif(4, 0.1, max(d$exit, 1) / 2))), 3))
    begins <- begins[begins <= max(d$exit)]
    check_life(paste("random", i), d, begins)
}
nlsy <- read.csv("datasets/nlsy/nlsy.csv")
check_heaps("nlsy", nlsy$duration_weeks, nlsy$weaned, c(4, 8, 12, 16, 24, 36, 52))
check_heaps("nlsy in days", nlsy$duration_weeks, nlsy$weaned, c(4, 8, 12, 16, 24, 36, 52), 7, c("--time-unit", "days:weeks"))

for (what in names(seen)) with(seen[[what]], cat(sprintf("%-34s %8d %8.1e%s\n", what, n, worst, if (worst > tolerance) "  DIFFERS" else "")))
cat(sprintf("%d numbers of %d runs, %d comparisons differ\n", numbers, runs, bad))
unlink(place, recursive = TRUE)
quit(status = bad > 0)
