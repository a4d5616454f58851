# The program against R: files in, numbers out.  Rscript tests/cli/reference.R [DYAD], from the top of the tree.
# Needs survival, metafor and epitools.  Prints the largest relative difference of each comparison, and fails beyond 1e-8.
suppressMessages({ library(survival); library(metafor); library(epitools) })
dyad <- c(commandArgs(TRUE), "build/dyad")[1]
bad <- 0

run <- function(...) {
    out <- system2(dyad, shQuote(c(..., "--format", "csv", "--quiet")), stdout = TRUE)
    read.csv(text = out, check.names = FALSE, colClasses = c(level = "character", reference = "character", stratum = "character"))
}
quiet_run <- function(...) suppressWarnings(run(...))
same <- function(what, got, want, tolerance = 1e-8) {
    off <- max(ifelse(got == want | (is.na(got) & is.na(want)), 0, abs(got - want) / abs(want)))
    cat(sprintf("%-52s %8.1e%s\n", what, off, if (is.na(off) || off > tolerance) "  DIFFERS" else ""))
    if (is.na(off) || off > tolerance) bad <<- bad + 1
}

births <- read.csv("tests/data/births.csv", na.strings = c("", "NA", "."), check.names = FALSE,
                   colClasses = c(arm = "character"))
file <- "tests/data/births.csv"

# --- rates
known <- births[!is.na(births$initiated), ]
x <- sum(known$initiated); n <- nrow(known); z <- qnorm(.975); p <- x / n
limits <- function(method, level = 0.95)
    unlist(quiet_run("rates", file, "--outcome", "initiated", "--ci", method, "--level", level)[c("conf_low", "conf_high")])
same("rates wilson", limits("wilson"), as.vector(prop.test(x, n, correct = FALSE)$conf.int))
same("rates wilson-cc", limits("wilson-cc"), as.vector(prop.test(x, n)$conf.int))
same("rates exact", limits("exact", 0.9), as.vector(binom.test(x, n, conf.level = .9)$conf.int))
same("rates wald", limits("wald"), p + c(-z, z) * sqrt(p * (1 - p) / n))
nt <- n + z^2; pt <- (x + z^2 / 2) / nt
same("rates agresti-coull", limits("agresti-coull"), pt + c(-z, z) * sqrt(pt * (1 - pt) / nt))
same("rates jeffreys", limits("jeffreys"), qbeta(c(.025, .975), x + .5, n - x + .5))
same("rates logit", limits("logit"), plogis(qlogis(p) + c(-z, z) / sqrt(n * p * (1 - p))))
same("rates arcsine", limits("arcsine"), sin(asin(sqrt(p)) + c(-z, z) / (2 * sqrt(n)))^2)
midp <- function(target) uniroot(function(q) pbinom(x - 1, n, q) + dbinom(x, n, q) / 2 - target, c(1e-6, 1 - 1e-6), tol = 1e-14)$root
same("rates midp", limits("midp"), c(midp(.975), midp(.025)), 1e-7)
got <- quiet_run("rates", file, "--outcome", "initiated", "--by", "support")
t <- table(known$support, known$initiated)
same("rates by support: events, n", unlist(got[c("events", "n")]), c(t[, "1"], rowSums(t)))
strata <- table(known$parity, known$initiated)
standard <- tempfile(fileext = ".csv")
writeLines(c("parity,weight", "0,400", "1,300", "2,200", "3,100"), standard)
got <- quiet_run("rates", file, "--outcome", "initiated", "--standardize", "parity", "--standard", standard)
want <- ageadjust.direct(strata[, "1"], rowSums(strata), stdpop = c(400, 300, 200, 100))
same("rates standardised (epitools)", unlist(got[got$kind == "standardized", c("estimate", "conf_low", "conf_high")]),
     want[c("adj.rate", "lci", "uci")])

# --- odds, one table
complete <- known[!is.na(known$support) & known$support %in% c("none", "peer"), ]
t <- table(factor(complete$support, c("peer", "none")), factor(complete$initiated, c(1, 0)))
odds <- function(...) quiet_run("odds", file, "--outcome", "initiated", "--exposure", "support", "--reference", "none",
                                "--where", 'support in ("none", "peer")', ...)
got <- odds("--ci", "exact"); want <- fisher.test(t)
same("odds exact (fisher.test)", unlist(got[c("estimate", "conf_low", "conf_high")]), c(want$estimate, want$conf.int), 1e-3) # uniroot stops early
got <- odds()
for (m in c("OR", "RR", "RD")) {
    e <- escalc(m, ai = t[1, 1], bi = t[1, 2], ci = t[2, 1], di = t[2, 2])
    f <- if (m == "RD") identity else exp
    row <- got[got$measure == tolower(m), ]
    same(paste("odds wald", m, "(metafor)"), unlist(row[c("estimate", "std_error", "conf_low", "conf_high", "p_value")]),
         c(f(e$yi), sqrt(e$vi), f(e$yi - z * sqrt(e$vi)), f(e$yi + z * sqrt(e$vi)), 2 * pnorm(-abs(e$yi) / sqrt(e$vi))))
}
tests <- odds("--table", "tests")
p_of <- function(name, rows = tests) rows$p_value[rows$test == name]
same("tests chi2, chi2-yates, fisher", c(p_of("chi2"), p_of("chi2-yates"), p_of("fisher")),
     c(chisq.test(t, correct = FALSE)$p.value, chisq.test(t)$p.value, fisher.test(t)$p.value), 1e-7)

# --- strata
ille <- read.csv("datasets/ille-et-vilaine/ille-et-vilaine.csv")
cube <- xtabs(n ~ factor(alcohol, c("80_g_or_more", "under_80_g")) + factor(cancer, c("yes", "no")) + age, ille)
odds <- function(...) quiet_run("odds", "datasets/ille-et-vilaine/ille-et-vilaine.csv", "--outcome", "cancer", "--exposure", "alcohol",
                                "--reference", "under_80_g", "--stratify", "age", "--freq", "n", ...)
pooled <- function(...) { got <- odds(...); got[got$stratum == "pooled", ] }
got <- pooled()
for (m in c("OR", "RR")) {
    e <- rma.mh(ai = cube[1, 1, ], bi = cube[1, 2, ], ci = cube[2, 1, ], di = cube[2, 2, ], measure = m, correct = FALSE)
    f <- exp
    same(paste("pooled mh", m, "(metafor)"), unlist(got[got$measure == tolower(m), c("estimate", "std_error", "conf_low", "conf_high", "p_value")]),
         c(f(e$beta), e$se, f(e$ci.lb), f(e$ci.ub), e$pval))
    if (m == "OR") or <- e
}
# metafor has the variance of Sato et al. for risk differences, we of strata that of Greenland and Robins.
n1 <- apply(cube[1, , ], 2, sum); n0 <- apply(cube[2, , ], 2, sum); N <- n1 + n0
v <- sum((cube[1, 1, ] * cube[1, 2, ] * n0^3 + cube[2, 1, ] * cube[2, 2, ] * n1^3) / (n1 * n0 * N^2)) / sum(n1 * n0 / N)^2
same("pooled mh RD", unlist(got[got$measure == "rd", c("estimate", "std_error")]),
     c(sum((cube[1, 1, ] * n0 - cube[2, 1, ] * n1) / N) / sum(n1 * n0 / N), sqrt(v)))
want <- mantelhaen.test(cube, exact = TRUE)
same("pooled exact (mantelhaen.test)", unlist(pooled("--ci", "exact")[c("estimate", "conf_low", "conf_high")]), c(want$estimate, want$conf.int), 1e-3)
tests <- odds("--table", "tests")
same("cmh, cmh-cc", c(p_of("cmh"), p_of("cmh-cc")), c(mantelhaen.test(cube, correct = FALSE)$p.value, mantelhaen.test(cube)$p.value))
same("breslow-day, tarone (metafor)", c(tests$statistic[tests$test == "breslow-day"], tests$statistic[tests$test == "tarone"]), c(or$BD, or$TA), 1e-7)

# --- trend
t <- table(known$parity, known$initiated)
tests <- quiet_run("odds", file, "--outcome", "initiated", "--exposure", "parity", "--table", "tests")
same("trend (prop.trend.test)", tests$statistic[tests$test == "trend"], prop.trend.test(t[, "1"], rowSums(t), score = 0:3)$statistic)
same("chi2 of all levels", tests$p_value[tests$test == "chi2" & (is.na(tests$level) | tests$level == "")], suppressWarnings(chisq.test(t)$p.value))
with_arm <- table(known$parity, known$initiated, known$arm)
T <- V <- 0
for (k in seq_len(dim(with_arm)[3])) {
    s <- 0:3; e <- with_arm[, "1", k]; nn <- rowSums(with_arm[, , k]); N <- sum(nn); m <- sum(e)
    T <- T + sum(s * (e - nn * m / N)); V <- V + m * (N - m) / (N * (N - 1)) * (sum(nn * s^2) - sum(nn * s)^2 / N)
}
tests <- quiet_run("odds", file, "--outcome", "initiated", "--exposure", "parity", "--stratify", "arm", "--table", "tests")
same("trend-mh", tests$statistic[tests$test == "trend-mh"], T^2 / V)

# --- matched sets
sets <- read.csv("tests/data/sets.csv")
fit <- summary(clogit(case ~ exposed + strata(set), sets, method = "exact", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)))
got <- quiet_run("odds", "tests/data/sets.csv", "--outcome", "case", "--exposure", "exposed", "--match", "set", "--ci", "exact")
same("sets: conditional MLE and its error (clogit)", c(got$estimate, got$std_error), c(fit$coef[, "exp(coef)"], fit$coef[, "se(coef)"]))
got <- quiet_run("odds", "tests/data/sets.csv", "--outcome", "case", "--exposure", "exposed", "--match", "set", "--measure", "or,rd")
good <- sets[!is.na(sets$exposed), ]
cube <- table(factor(good$exposed, c(1, 0)), factor(good$case, c(1, 0)), good$set)
cube <- cube[, , apply(cube, 3, sum) > 1]
e <- rma.mh(ai = cube[1, 1, ], bi = cube[1, 2, ], ci = cube[2, 1, ], di = cube[2, 2, ], measure = "OR", drop00 = FALSE)
same("sets: mh OR (metafor)", c(got$estimate[1], got$std_error[1]), c(exp(e$beta), e$se))
complete <- cube[, , apply(cube, 3, function(t) all(rowSums(t) > 0))]
e <- rma.mh(ai = complete[1, 1, ], bi = complete[1, 2, ], ci = complete[2, 1, ], di = complete[2, 2, ], measure = "RD", drop00 = FALSE)
same("sets: mh RD (metafor)", c(got$estimate[2], got$std_error[2]), c(e$beta, e$se))
want <- mantelhaen.test(cube, exact = TRUE)
got <- quiet_run("odds", "tests/data/sets.csv", "--outcome", "case", "--exposure", "exposed", "--match", "set", "--ci", "exact")
same("sets: exact limits (mantelhaen.test)", unlist(got[c("conf_low", "conf_high")]), want$conf.int, 1e-3)
pairs <- tempfile(fileext = ".csv")
writeLines(c("pair,case,exposed", sprintf("%d,%d,%d", rep(1:30, each = 2), c(1, 0), c(rbind(c(rep(1, 14), rep(0, 16)), c(rep(0, 9), rep(1, 12), rep(0, 9)))))), pairs)
d <- read.csv(pairs)
tests <- quiet_run("odds", pairs, "--outcome", "case", "--exposure", "exposed", "--match", "pair", "--table", "tests")
w <- table(d$exposed[d$case == 1], d$exposed[d$case == 0])
same("pairs: mcnemar, exact", c(p_of("mcnemar"), p_of("mcnemar-exact")),
     c(mcnemar.test(w, correct = FALSE)$p.value, binom.test(w[2, 1], w[2, 1] + w[1, 2])$p.value))

if (bad) quit(status = 1)
