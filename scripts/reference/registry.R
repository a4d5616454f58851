# Every row of datasets/registry.csv, computed from the data sets by the textbook
# formulas of base R, pooled studies by metafor, and whether the published digits come back.
#
#   Rscript scripts/reference/registry.R [datasets]
#
# Prints one line a row and the counts by verdict; exits 1 when a row has another
# verdict than the registry expects, or when a data set is not what its README says.
#
# Odds ratio: Woolf (1955), Ann Hum Genet 19:251-253.  Risk ratio: Katz et al. (1978),
# Biometrics 34:469-474.  Pooled odds ratio: Mantel & Haenszel (1959), J Natl Cancer
# Inst 22:719-748.  Homogeneity: Breslow & Day (1980), IARC Sci Publ 32, eq. 4.30.
# Mantel-Haenszel, random: Deeks & Higgins (2010), Statistical algorithms in Review Manager 5.

suppressMessages(library(metafor))

args <- commandArgs(trailingOnly = TRUE)
folder <- if (length(args)) args[1] else "datasets"
read_table <- function(path) read.csv(file.path(folder, path), check.names = FALSE)

# ---- formulas --------------------------------------------------------------------

z <- qnorm(0.025, lower.tail = FALSE)

odds_ratio <- function(a, b, c, d) {
    margin <- exp(z * sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    ratio <- (a / b) / (c / d)
    c(ratio, ratio / margin, ratio * margin)
}

risk_ratio <- function(a, b, c, d) {
    margin <- exp(z * sqrt(b / (a * (a + b)) + d / (c * (c + d))))
    ratio <- (a / (a + b)) / (c / (c + d))
    c(ratio, ratio / margin, ratio * margin)
}

risk_difference <- function(a, b, c, d) {
    se <- sqrt(a * b / (a + b)^3 + c * d / (c + d)^3)
    difference <- a / (a + b) - c / (c + d)
    difference + c(0, -z, z) * se
}

# Limits where twice the log likelihood falls by the chi-squared quantile; for a given
# log odds ratio the other parameter is maximised out numerically.
odds_ratio_profile <- function(a, b, c, d) {
    log_likelihood <- function(alpha, beta) {
        a * plogis(alpha + beta, log.p = TRUE) + b * plogis(-alpha - beta, log.p = TRUE) +
            c * plogis(alpha, log.p = TRUE) + d * plogis(-alpha, log.p = TRUE)
    }
    best <- function(beta) {
        optimize(log_likelihood, c(-20, 20), beta = beta, maximum = TRUE, tol = 1e-10)$objective
    }
    top <- log((a / b) / (c / d))
    drop <- function(beta) 2 * (best(top) - best(beta)) - z^2
    exp(c(top, uniroot(drop, c(top - 5, top), tol = 1e-9)$root,
          uniroot(drop, c(top, top + 5), tol = 1e-9)$root))
}

mantel_haenszel <- function(t) {
    n <- t$a + t$b + t$c + t$d
    sum(t$a * t$d / n) / sum(t$b * t$c / n)
}

# Sum of (observed - expected)^2 / variance given the margins and a common odds ratio.
breslow_day <- function(t, ratio) {
    one <- function(a, b, c, d) {
        cases <- a + c
        gap <- function(x) x * (c + d - cases + x) - ratio * (cases - x) * (a + b - x)
        e <- uniroot(gap, c(max(0, cases - c - d), min(cases, a + b)), tol = 1e-12)$root
        (a - e)^2 * (1 / e + 1 / (cases - e) + 1 / (a + b - e) + 1 / (c + d - cases + e))
    }
    sum(mapply(one, t$a, t$b, t$c, t$d))
}

chi_squared <- function(t, yates) {
    n <- t$a + t$b + t$c + t$d
    gap <- abs(t$a * t$d - t$b * t$c)
    if (yates) gap <- max(0, gap - n / 2)
    n * gap^2 / ((t$a + t$b) * (t$c + t$d) * (t$a + t$c) * (t$b + t$d))
}

# ---- reading a command -----------------------------------------------------------

# Words as a shell splits them, quotes removed.
words_of <- function(line) {
    quoted <- regmatches(line, gregexpr("'[^']*'|\"[^\"]*\"|[^ ]+", line))[[1]]
    gsub("^(['\"])(.*)\\1$", "\\2", quoted)
}

options_of <- function(line) {
    words <- words_of(line)
    named <- which(startsWith(words, "--"))
    list(command = words[1],
         file = setdiff(words[-c(1, named, named + 1)], ""),
         values = split(words[named + 1], substring(words[named], 3)))
}

option <- function(o, name, default = NA) {
    if (is.null(o$values[[name]])) default else o$values[[name]]
}

kept <- function(data, o) {
    where <- option(o, "where")
    if (is.na(where)) return(data)
    expression <- gsub(" or ", " | ", gsub(" and ", " & ", where))
    data[eval(parse(text = expression), data), , drop = FALSE]
}

# Each record as events and total, whatever form the outcome has.
counted <- function(data, o) {
    outcome <- option(o, "outcome")
    if (grepl("/", outcome)) {
        part <- strsplit(outcome, "/")[[1]]
        return(transform(data, .events = data[[part[1]]], .total = data[[part[2]]]))
    }
    freq <- option(o, "freq")
    weight <- if (is.na(freq)) rep(1, nrow(data)) else data[[freq]]
    event <- as.character(data[[outcome]])
    stopifnot(event %in% c("no", "yes", "0", "1"))
    transform(data, .events = weight * (event %in% c("yes", "1")), .total = weight)
}

counts_of <- function(line) as.numeric(regmatches(line, gregexpr("[0-9]+", line))[[1]])

# A data frame of two-by-two tables: exposed a b, unexposed c d, events a c.
two_by_two <- function(o, level) {
    cells <- option(o, "cells")
    if (!is.na(cells)) {
        x <- counts_of(cells)
        return(data.frame(a = x[1], b = x[2] - x[1], c = x[3], d = x[4] - x[3]))
    }
    data <- counted(kept(read_table(o$file), o), o)
    reference <- option(o, "reference")
    exposure <- as.character(data[[option(o, "exposure")]])
    stopifnot(reference %in% exposure)
    if (is.na(level)) level <- setdiff(exposure, reference)
    stopifnot(length(level) == 1, level %in% exposure)
    stratify <- option(o, "stratify")
    stratum <- if (is.na(stratify)) rep("all", nrow(data)) else data[[stratify]]
    part <- function(which, column) {
        as.vector(tapply(ifelse(exposure == which, data[[column]], 0), stratum, sum))
    }
    events <- part(level, ".events")
    reference_events <- part(reference, ".events")
    data.frame(a = events, b = part(level, ".total") - events, c = reference_events,
               d = part(reference, ".total") - reference_events)
}

# "TABLE.COLUMN: COL=VALUE, ..." as a table, a column and named values.
quantity_of <- function(text) {
    head <- regmatches(text, regexec("^([a-z]+)\\.([a-z0-9_]+)(: *(.*))?$", text))[[1]]
    pairs <- strsplit(strsplit(head[5], ", *")[[1]], "=")
    list(table = head[2], column = head[3],
         rows = setNames(lapply(pairs, `[`, 2), vapply(pairs, `[`, "", 1)))
}

# ---- one row ---------------------------------------------------------------------

compute_rates <- function(o, q) {
    data <- counted(kept(read_table(o$file), o), o)
    by <- strsplit(option(o, "by", ""), ",")[[1]]
    for (column in by) data <- data[data[[column]] == q$rows[[column]], ]
    events <- sum(data$.events)
    n <- sum(data$.total)
    wald <- if (option(o, "ci", "") == "wald") c(0, -z, z) * sqrt(events * (n - events) / n^3) else 0
    switch(q$column, estimate = events / n + wald, events = events, n = n)
}

compute_measure <- function(o, q) {
    tables <- two_by_two(o, if (is.null(q$rows$level)) NA else q$rows$level)
    if (q$rows$stratum == "pooled") {
        stopifnot(q$rows$measure == "or")
        return(mantel_haenszel(tables))
    }
    t <- as.list(colSums(tables))
    method <- if (option(o, "ci", "wald") == "profile") odds_ratio_profile
              else switch(q$rows$measure, or = odds_ratio, rr = risk_ratio, rd = risk_difference)
    do.call(method, t)
}

compute_test <- function(o, q) {
    tables <- two_by_two(o, NA)
    df <- 1
    if (q$rows$test == "breslow-day") {
        statistic <- breslow_day(tables, mantel_haenszel(tables))
        df <- nrow(tables) - 1
    } else {
        statistic <- chi_squared(as.list(colSums(tables)), q$rows$test == "chi2-yates")
    }
    if (q$column == "statistic") statistic else pchisq(statistic, df, lower.tail = FALSE)
}

compute_model <- function(o, q) {
    text <- sub("([a-z_]+)/([a-z_]+) *~", "cbind(\\1, \\2 - \\1) ~", option(o, "formula"))
    fit <- summary(glm(as.formula(text), binomial, read_table(o$file)))$coefficients
    stopifnot(q$rows$term %in% rownames(fit))
    estimate <- fit[q$rows$term, "Estimate"]
    switch(q$column, estimate = estimate, ratio = exp(estimate),
           std_error = fit[q$rows$term, "Std. Error"])
}

# Life table: intervals closed on the left, half of those lost in one at risk in it.
compute_life_table <- function(o, q) {
    data <- read_table(o$file)
    starts <- as.numeric(strsplit(option(o, "life-table"), ",")[[1]])
    interval <- findInterval(data[[option(o, "time")]], starts)
    event <- tabulate(interval[data[[option(o, "event")]] == 1], length(starts))
    lost <- tabulate(interval[data[[option(o, "event")]] == 0], length(starts))
    entering <- rev(cumsum(rev(event + lost)))
    stopifnot(q$column == "survival", as.numeric(q$rows$begin) %in% starts)
    c(1, cumprod(1 - event / (entering - lost / 2)))[match(as.numeric(q$rows$begin), starts)]
}

# ---- pooled studies --------------------------------------------------------------

# The columns that play the roles: by their own names, or as --columns says.
roles_of <- function(data, o) {
    for (pair in strsplit(strsplit(option(o, "columns", ""), ",")[[1]], "="))
        data[[pair[1]]] <- data[[pair[2]]]
    data
}

# The data with each study's effect yi and variance vi, those without either left out.
effects_of <- function(data, measure) {
    if (measure == "proportion-logit") {
        data <- escalc("PLO", xi = events, ni = total, data = data)
    } else if ("treated_events" %in% names(data)) {
        data <- escalc(toupper(measure), ai = treated_events, n1i = treated_total,
                       ci = control_events, n2i = control_total, data = data)
    } else if ("variance" %in% names(data)) {
        data <- transform(data, yi = estimate, vi = variance)
    } else {
        data <- transform(data, yi = log(estimate),
                          vi = (log(conf_high / conf_low) / (2 * z))^2)
    }
    data[!is.na(data$yi), ]
}

# Q about the Mantel-Haenszel estimate in DerSimonian and Laird's formula.
tau2_mh_dl <- function(effects, centre) {
    w <- 1 / effects$vi
    q <- sum(w * (effects$yi - centre)^2)
    max(0, (q - (nrow(effects) - 1)) / (sum(w) - sum(w^2) / sum(w)))
}

# Binomial-normal models; the conditional one by exact likelihood.
fit_mixed <- function(data, o) {
    if (option(o, "measure") == "proportion-logit")
        return(rma.glmm(measure = "PLO", xi = events, ni = total, data = data))
    stopifnot(option(o, "glmm") == "cm.el")
    suppressWarnings(rma.glmm(measure = "OR", ai = treated_events, n1i = treated_total,
                              ci = control_events, n2i = control_total, data = data,
                              model = "CM.EL"))
}

fit_studies <- function(data, o) {
    if (option(o, "estimator", "") == "glmm") return(fit_mixed(data, o))
    measure <- option(o, "measure", "or")
    pool <- option(o, "pool", "iv")
    arms <- function(method, ...) {
        method(ai = treated_events, n1i = treated_total, ci = control_events,
               n2i = control_total, data = data, ...)
    }
    # Trials without events have no effect of their own, about which metafor would warn.
    if (pool == "peto") return(suppressWarnings(arms(rma.peto)))
    if (pool == "mh") return(arms(rma.mh, measure = toupper(measure)))
    effects <- effects_of(data, measure)
    estimator <- if (option(o, "model", "random") == "common") "EE"
                 else toupper(option(o, "estimator", "reml"))
    test <- switch(option(o, "ci", "wald"), wald = "z", hksj = "knha")
    tightly <- list(threshold = 1e-13, maxiter = 10000)
    if (estimator == "MH-DL") {
        centre <- c(arms(rma.mh, measure = toupper(measure))$beta)
        return(rma(yi, vi, data = effects, test = test, tau2 = tau2_mh_dl(effects, centre)))
    }
    if (estimator %in% c("DL", "HE", "HS", "SJ", "EE")) tightly <- list()
    moderators <- as.formula(paste("~", option(o, "moderators", "1")))
    rma(yi, vi, mods = moderators, data = effects, method = estimator, test = test,
        control = tightly)
}

compute_studies <- function(o, q) {
    data <- roles_of(kept(read_table(o$file), o), o)
    subgroup <- q$rows$subgroup
    if (!is.null(subgroup)) data <- data[data[[option(o, "subgroup")]] == subgroup, ]
    if (identical(q$rows$test, "subgroups")) {
        stopifnot(option(o, "model") == "common")
        o$values$moderators <- sprintf("factor(%s)", option(o, "subgroup"))
        q$rows$test <- "moderators"
    }
    fit <- fit_studies(data, o)
    if (q$table == "tests") {
        residual <- q$rows$test == "residual"
        return(switch(q$column, statistic = if (residual) fit$QE else fit$QM,
                      p_value = if (residual) fit$QEp else fit$QMp))
    }
    if (q$table == "fit") return(switch(q$rows$name, tau2 = fit$tau2, r2 = fit$R2))
    if (q$table == "heterogeneity") {
        profile <- function(column) confint(fit)$random["tau^2", column]
        return(switch(q$column, q = fit$QE, p_value = fit$QEp, tau2 = fit$tau2, i2 = fit$I2,
                      tau2_low = profile("ci.lb"), tau2_high = profile("ci.ub")))
    }
    term <- 1
    if (q$table == "moderators") {
        term <- match(q$rows$term, sub("^intrcpt$", "(Intercept)", rownames(fit$beta)))
        stopifnot(!is.na(term))
    }
    scale <- if (q$table == "moderators") "logs" else option(o, "measure", "or")
    back <- switch(scale, or = exp, rr = exp, "proportion-logit" = plogis, identity)
    switch(q$column, estimate = back(c(fit$beta[term], fit$ci.lb[term], fit$ci.ub[term])),
           std_error = fit$se[term], statistic = fit$zval[term], p_value = fit$pval[term],
           pred_low = back(predict(fit)$pi.lb), pred_high = back(predict(fit)$pi.ub))
}

compute <- function(command, quantity) {
    o <- options_of(command)
    q <- quantity_of(quantity)
    if (o$command == "meta") return(compute_studies(o, q))
    switch(q$table, rates = compute_rates(o, q), measures = compute_measure(o, q),
           tests = compute_test(o, q), coefficients = compute_model(o, q), life_table = compute_life_table(o, q))
}

# A printed figure stands for everything that rounds to it.
comes_back <- function(computed, printed) {
    if (printed == "") return(TRUE)
    scale <- if (grepl("%$", printed)) 100 else 1
    figure <- sub("%$", "", printed)
    digits <- if (grepl("\\.", figure)) nchar(sub(".*\\.", "", figure)) else 0
    abs(computed * scale - as.numeric(figure)) <= 0.5 * 10^-digits * (1 + 1e-9)
}

registry <- read.csv(file.path(folder, "registry.csv"), colClasses = "character")
stopifnot(!anyDuplicated(registry$id))
verdicts <- character(nrow(registry))
for (i in seq_len(nrow(registry))) {
    r <- registry[i, ]
    if (r$command == "") {
        verdicts[i] <- "no-data"
        stopifnot(nzchar(r$missing))
        next
    }
    value <- compute(r$command, r$quantity)
    printed <- c(r$published, r$published_low, r$published_high)
    stopifnot(nzchar(r$published), length(value) == 3 || all(printed[-1] == ""))
    ok <- mapply(comes_back, value, printed[seq_along(value)])
    verdicts[i] <- if (all(ok)) "reproduced" else "differs"
    cat(sprintf("%-48s %-10s %-22s %s\n", r$id, verdicts[i],
                paste(printed[nzchar(printed)], collapse = " "),
                paste(formatC(value, digits = 6, format = "g"), collapse = " ")))
}
wrong <- verdicts != registry$expected
if (any(wrong)) cat("unexpected:", registry$id[wrong], "\n")
print(table(registry$expected))

# ---- the data sets are what their READMEs say --------------------------------------

total <- function(path, column = "n") sum(read_table(path)[[column]])
stopifnot(total("brent1995/brent1995.csv") == 51 + 57,
          total("dennis2002/dennis2002.csv") == 4 * 256,
          total("stranak2016/stranak2016.csv") == 6 * 100,
          total("bjgp-peer-support/bjgp-peer-support.csv") == 8 * 225,
          total("scotland-baby-friendly/scotland-baby-friendly.csv") == 187342 + 247914,
          total("forster2006/forster2006.csv") == 20 * 764 + 758 + 760,
          total("infant-respiratory/infant-respiratory.csv", "infants") == 2074,
          total("ille-et-vilaine/ille-et-vilaine.csv") == 200 + 775)

# Of pooled studies, where the publication gives a total.
people <- function(data) sum(data$treated_total + data$control_total)
diuretics <- read_table("diuretics/diuretics.csv")
still <- diuretics[diuretics$outcome == "stillbirth", ]
stopifnot(people(read_table("bcg/bcg.csv")) == 357347,
          people(read_table("azithromycin/azithromycin.csv")) == 2496,
          total("passive-smoking/passive-smoking.csv", "cases") == 4626,
          sum(still$treated_events + still$control_events) == 37)

# Support for breastfeeding: a result a trial, outcome and time; odds ratios follow from counts.
support <- read_table("lactation-support/lactation-support.csv")
counted <- !is.na(support$treated_total)
arms <- support[counted, ]
stopifnot(!anyDuplicated(support[c("study", "outcome", "age_weeks")]),
          counted == (support$counts != "none"),
          arms$treated_events <= arms$treated_total, arms$control_events <= arms$control_total,
          support$measure %in% c("", "odds ratio", "adjusted odds ratio"),
          (support$measure != "") == !is.na(support$estimate),
          is.na(support$estimate) | is.na(support$printed_estimate))
both <- support[counted & !is.na(support$estimate), ]
for (i in seq_len(nrow(both))) with(both[i, ], {
    ratio <- odds_ratio(treated_events, treated_total - treated_events,
                        control_events, control_total - control_events)
    stopifnot(abs(ratio - c(estimate, conf_low, conf_high)) <= 5e-4 * (1 + 1e-9))
})

# What its README sets beside the review's odds ratios.
about_a_month <- function(what) {
    one <- support[support$outcome == what & support$age_weeks <= 6 &
                       (what == "initiation" | support$age_weeks >= 2), ]
    own <- is.na(one$treated_total)
    wanted <- c("study", "yi", "vi")
    effects <- rbind(effects_of(one[!own, ], "or")[wanted],
                     effects_of(one[own, names(one) != "treated_events"], "or")[wanted])
    stopifnot(!anyDuplicated(effects$study))
    fit <- rma(yi, vi, data = effects)
    c(fit$k, round(exp(c(fit$beta, fit$ci.lb, fit$ci.ub)), 2))
}
stopifnot(about_a_month("initiation") == c(2, 1.81, 0.58, 5.61),
          about_a_month("any") == c(7, 1.32, 0.99, 1.74),
          about_a_month("exclusive") == c(5, 1.53, 1.18, 1.98))

quit(status = any(wrong))
