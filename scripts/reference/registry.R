# Every row of datasets/registry.csv, computed from the data sets by the textbook
# formulas of base R alone, and whether the published digits come back.
#
#   Rscript scripts/reference/registry.R [datasets]
#
# Prints one line a row and the counts by verdict; exits 1 when a row has another
# verdict than the registry expects, or when a data set is not what its README says.
#
# Odds ratio: Woolf (1955), Ann Hum Genet 19:251-253.  Risk ratio: Katz et al. (1978),
# Biometrics 34:469-474.  Pooled odds ratio: Mantel & Haenszel (1959), J Natl Cancer
# Inst 22:719-748.  Homogeneity: Breslow & Day (1980), IARC Sci Publ 32, eq. 4.30.

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
    head <- regmatches(text, regexec("^([a-z]+)\\.([a-z_]+)(: *(.*))?$", text))[[1]]
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
    switch(q$column, estimate = events / sum(data$.total), events = events, n = sum(data$.total))
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

compute <- function(command, quantity) {
    o <- options_of(command)
    q <- quantity_of(quantity)
    switch(q$table, rates = compute_rates(o, q), measures = compute_measure(o, q),
           tests = compute_test(o, q), coefficients = compute_model(o, q))
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

# Life table as printed: survival at the start of each interval, half of the lost at risk.
nlsy <- read_table("nlsy/nlsy.csv")
starts <- c(0, 2, 3, 5, 7, 11, 17, 25, 37, 53)
interval <- findInterval(nlsy$duration_weeks, starts)
weaned <- tabulate(interval[nlsy$weaned == 1], 10)
lost <- tabulate(interval[nlsy$weaned == 0], 10)
entering <- rev(cumsum(rev(weaned + lost)))
survival <- cumprod(c(1, 1 - weaned / (entering - lost / 2)))[1:10]
book <- c(1, 0.916847, 0.839946, 0.710305, 0.627647, 0.505806, 0.338148, 0.215290, 0.129637,
          0.031252)
stopifnot(abs(survival - book) <= 5e-7)

quit(status = any(wrong))
