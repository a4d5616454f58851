# Expected numbers of tests/cli/meta_numbers.sh: what `dyad meta` is to print, by metafor 3.8-1 and clubSandwich 0.5.8.
#
#     Rscript scripts/reference/meta_command.R | gzip -9n > tests/values/meta_command.gz
#
# From the top of the tree.  A line, by tabs: arguments, table, the row (COLUMN=VALUE;...), column, number, tolerance.
suppressMessages({ library(metafor); library(clubSandwich) })
options(warn = -1) # of studies without an effect
arguments <- ""
expect <- function(table, row, columns, values, tolerance = 1e-8) {
    values <- as.numeric(values); stopifnot(length(columns) == length(values))
    cat(paste(arguments, table, row, columns, formatC(values, digits = 17, format = "g", width = 1), tolerance, sep = "\t"), sep = "\n")
}
interval <- c("estimate", "std_error", "conf_low", "conf_high")
tight <- function(tau2 = 1) list(threshold = 1e-14, tol = 1e-15, maxiter = 20000)
go <- function(e, method, test = "z", ...) rma(e$yi, e$vi, method = method, test = test, control = tight(), ...)

# Everything of one random- or common-effect fit.
pooled <- function(f, back = exp, row = "", tolerance = 1e-8) {
    p <- predict(f)
    expect("pooled", row, c(interval, "statistic", "p_value"), c(back(f$beta), f$se, back(f$ci.lb), back(f$ci.ub), f$zval, f$pval), tolerance)
    if (grepl("model=common", row)) return(invisible()) # beside a random one, whose heterogeneity it is
    expect("heterogeneity", row, c("q", "df", "p_value", "i2", "h2"), c(f$QE, f$k - f$p, f$QEp, f$I2, f$H2), tolerance)
    if (f$method %in% c("FE", "EE")) return(invisible())
    expect("pooled", row, c("pred_low", "pred_high"), c(back(p$pi.lb), back(p$pi.ub)), tolerance)
    ci <- confint(f, control = list(tol = 1e-15, tau2.max = 1e4, maxiter = 10000))$random
    expect("heterogeneity", row, c("tau2", "tau2_low", "tau2_high", "i2_low", "i2_high", "h2_low", "h2_high"), c(ci[1, ], ci[3, 2:3], ci[4, 2:3]), tolerance)
}
study_rows <- function(d, e, f, back = exp, n = 3) for (i in seq_len(min(n, nrow(d)))) {
    z <- qnorm(.975) * sqrt(e$vi[i])
    expect("studies", paste0("study=", d$study[i]), c(interval, if (!is.null(f)) "weight"),
           c(back(e$yi[i]), sqrt(e$vi[i]), back(e$yi[i] - z), back(e$yi[i] + z), if (!is.null(f)) weights(f)[i]))
}
read <- function(name) read.csv(if (file.exists(name)) name else sprintf("datasets/%s/%s.csv", name, name))
path <- function(name) sprintf("datasets/%s/%s.csv", name, name)
effects <- function(d, measure, ...) escalc(measure, ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total, data = d, ...)

# Each estimator, measure, zero rule and interval at least once.
words <- c(DL = "dl", HE = "he", HS = "hs", SJ = "sj", ML = "ml", REML = "reml", EB = "eb", PM = "pm")
closed <- c("DL", "HE", "HS", "SJ")
bcg <- read("bcg"); e <- effects(bcg, "RR")
for (m in names(words)) { arguments <- paste(path("bcg"), "--measure rr --estimator", words[m]); pooled(go(e, m), tolerance = if (m %in% closed) 1e-8 else 1e-6) }
study_rows(bcg, e, go(e, "PM"))
arguments <- paste(path("magnesium"), "--ci hksj"); d <- read("magnesium"); e <- effects(d, "OR"); pooled(go(e, "REML", "knha"), tolerance = 1e-6)
arguments <- paste(path("azithromycin"), "--measure rd --estimator dl --ci t"); d <- read("azithromycin"); e <- effects(d, "RD"); pooled(go(e, "DL", "t"), identity); study_rows(d, e, NULL, identity)
arguments <- paste(path("catheter-infections"), "--measure asd --estimator dl"); d <- read("catheter-infections"); e <- effects(d, "AS"); pooled(go(e, "DL"), identity)
arguments <- paste(path("catheter-infections"), "--estimator dl --zero if0all:0.5 --double-zero drop"); e <- effects(d, "OR", to = "if0all", drop00 = TRUE); pooled(go(e, "DL"))
# The treatment arm correction of Sweeting and others (2004): R = n0/n1, k1 = 1/(R + 1) and k0 = R/(R + 1) to the cells.
arm <- with(d, { R <- control_total / treated_total; no <- treated_events == 0 | control_events == 0 | treated_events == treated_total | control_events == control_total
    data.frame(ai = treated_events + no / (R + 1), bi = treated_total - treated_events + no / (R + 1), ci = control_events + no * R / (R + 1), di = control_total - control_events + no * R / (R + 1)) })
for (m in c("or", "rr", "rd")) { arguments <- paste(path("catheter-infections"), "--estimator dl --zero only0:arm --measure", m); e <- escalc(toupper(m), ai = ai, bi = bi, ci = ci, di = di, data = arm, to = "none"); pooled(go(e, "DL"), back = if (m == "rd") identity else exp) }
arguments <- paste(path("catheter-infections"), "--measure rr --model common --zero all:0.25"); e <- effects(d, "RR", to = "all", add = .25); pooled(go(e, "FE"))
sparse <- read("tests/data/meta_sparse.csv"); file <- "tests/data/meta_sparse.csv"
arguments <- paste(file, "--measure peto --estimator dl --zero none"); e <- effects(sparse, "PETO", to = "none", add = 0); e <- e[is.finite(e$vi) & is.finite(e$yi), ]; pooled(go(e, "DL"))
arguments <- paste(file, "--estimator dl"); e <- effects(sparse, "OR"); pooled(go(e, "DL")); study_rows(sparse, e, go(e, "DL"), n = 10)
arguments <- paste(file, "--subgroup region --estimator dl"); parts <- list()
for (g in c("north", "south")) { parts[[g]] <- go(e[sparse$region == g, ], "DL"); pooled(parts[[g]], row = paste0("subgroup=", g)) }
b <- rma(sapply(parts, function(f) f$beta), sapply(parts, function(f) f$se)^2, method = "FE")
expect("tests", "test=subgroups", c("statistic", "df", "p_value"), c(b$QE, 1, b$QEp))
arguments <- paste(file, "--by region --estimator dl --level 90")
for (g in c("north", "south")) pooled(go(e[sparse$region == g, ], "DL", level = 90), row = paste0("region=", g))

# Counts: Mantel-Haenszel, Peto.
for (m in c("OR", "RR", "RD")) {
    d <- read("lidocaine"); f <- rma.mh(ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total, data = d, measure = m, correct = FALSE)
    arguments <- paste(path("lidocaine"), "--pool mh --measure", tolower(m)); pooled(f, if (m == "RD") identity else exp)
}
f <- rma.peto(ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total, data = sparse)
arguments <- paste(file, "--pool peto"); f$k <- sum(is.finite(f$vi) & f$vi < Inf, na.rm = TRUE); pooled(f)
# An arm pair with nothing but events says that risks are the same: metafor keeps it.
f <- rma.mh(ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total, data = sparse, measure = "RR", correct = FALSE)
arguments <- paste(file, "--pool mh --measure rr"); f$k <- f$k.yi; pooled(f)
d <- read("beta-blockers"); e <- effects(d, "OR")
mh <- rma.mh(ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total, data = d, measure = "OR", correct = FALSE)
Q <- sum((e$yi - c(mh$beta))^2 / e$vi); w <- 1 / e$vi; tau2 <- max(0, (Q - nrow(d) + 1) / (sum(w) - sum(w^2) / sum(w))); w <- 1 / (e$vi + tau2)
arguments <- paste(path("beta-blockers"), "--estimator mh-dl")
expect("pooled", "", c("estimate", "std_error"), c(exp(sum(w * e$yi) / sum(w)), 1 / sqrt(sum(w)))); expect("heterogeneity", "", c("q", "tau2"), c(Q, tau2))
arguments <- paste(path("beta-blockers"), "--model common,random --estimator dl"); pooled(go(e, "FE"), row = "model=common")

# Proportions.
d <- read("tests/data/meta_proportions.csv"); file <- "tests/data/meta_proportions.csv"
e <- escalc("PLO", xi = events, ni = total, data = d, to = "only0"); arguments <- paste(file, "--measure proportion-logit --estimator dl --columns study=site")
f <- go(e, "DL"); expect("pooled", "", interval, c(plogis(f$beta), f$se, plogis(f$ci.lb), plogis(f$ci.ub)))
e <- escalc("PFT", xi = events, ni = total, data = d, to = "none"); arguments <- paste(file, "--measure proportion-ft --estimator dl")
f <- go(e, "DL"); back <- function(y) transf.ipft.hm(y, targs = list(ni = d$total)); expect("pooled", "", interval, c(back(f$beta), f$se, back(f$ci.lb), back(f$ci.ub)))

# Estimates as they are printed.
d <- read.csv2("tests/data/meta_limits.csv")
e <- data.frame(yi = log(d$effekt), vi = ((log(d$oben) - log(d$unten)) / (2 * qnorm(.975)))^2)
arguments <- "tests/data/meta_limits.csv --delimiter ; --decimal , --columns study=trial,estimate=effekt,conf_low=unten,conf_high=oben --measure hr --estimator dl"; pooled(go(e, "DL"))
d <- read("passive-smoking"); e <- data.frame(yi = log(d$estimate), vi = ((log(d$conf_high) - log(d$conf_low)) / (2 * qnorm(.975)))^2)
arguments <- paste(path("passive-smoking"), "--measure or --estimator dl --bias"); f <- go(e, "DL"); pooled(f)
r <- regtest(f, model = "lm"); expect("tests", "test=egger", c("statistic", "p_value"), c(r$zval, r$pval))
r <- ranktest(f); expect("tests", "test=begg", c("statistic", "p_value"), c(r$tau, r$pval))
expect("tests", "test=fail-safe-n", "estimate", fsn(e$yi, e$vi)$fsnum)
t <- trimfill(f); expect("trim_and_fill", "", c("filled", "filled_std_error", interval, "tau2"), c(t$k0, t$se.k0, exp(t$beta), t$se, exp(t$ci.lb), exp(t$ci.ub), t$tau2))

# Regression, influence, one after another, clusters.
e <- effects(bcg, "RR"); X <- model.matrix(~ latitude + allocation, bcg)[, -1]
for (ci in c("wald", "hksj")) {
    f <- rma(e$yi, e$vi, mods = X, method = "DL", test = c(wald = "z", hksj = "knha")[ci])
    arguments <- paste(path("bcg"), "--measure rr --estimator dl --moderators latitude+allocation --ci", ci)
    for (i in seq_along(f$beta)) expect("moderators", paste0("term=", c("(Intercept)", colnames(X))[i]), c(interval, "p_value"), c(f$beta[i], f$se[i], f$ci.lb[i], f$ci.ub[i], f$pval[i]))
    expect("tests", "test=moderators", c("statistic", "df", "p_value"), c(f$QM, 3, f$QMp)); expect("tests", "test=residual", c("statistic", "df", "p_value"), c(f$QE, 9, f$QEp))
    a <- anova(f, btt = 3:4); expect("tests", "test=term;term=allocation", c("statistic", "df", "p_value"), c(a$QM, 2, a$QMp))
    for (name in c("tau2", "i2", "h2", "r2")) expect("fit", paste0("name=", name), "value", switch(name, tau2 = f$tau2, i2 = f$I2, h2 = f$H2, r2 = f$R2))
}
arguments <- paste(path("bcg"), "--measure rr --estimator dl --influence --cumulative year")
f <- rma(e$yi, e$vi, method = "DL"); i <- influence(f); l <- leave1out(f); u <- cumul(f, order = bcg$year)
for (s in c(1, 4, 8, 13)) expect("influence", paste0("study=", bcg$study[s]), c(interval, "q", "tau2", "i2", "hat", "rstudent", "dffits", "cook", "cov_ratio", "dfbetas"),
    c(exp(l$estimate[s]), l$se[s], exp(l$ci.lb[s]), exp(l$ci.ub[s]), l$Q[s], l$tau2[s], l$I2[s], i$inf$hat[s], i$inf$rstudent[s], i$inf$dffits[s], i$inf$cook.d[s], i$inf$cov.r[s], i$dfbs$intrcpt[s]))
for (s in 2:13) expect("cumulative", paste0("k=", s), c(interval, "q", "tau2"), c(exp(u$estimate[s]), u$se[s], exp(u$ci.lb[s]), exp(u$ci.ub[s]), u$Q[s], u$tau2[s]))
d <- read("teacher-expectancy"); names(d)[match(c("estimate", "variance"), names(d))] <- c("yi", "vi")
f <- rma(yi, vi, mods = ~ weeks_to_3, data = d, method = "REML", control = tight())
arguments <- paste(path("teacher-expectancy"), "--measure generic --moderators weeks_to_3")
expect("moderators", "term=weeks_to_3", c(interval, "p_value"), c(f$beta[2], f$se[2], f$ci.lb[2], f$ci.ub[2], f$pval[2]), 1e-6)
d <- read("tests/data/meta_schools.csv"); arguments <- "tests/data/meta_schools.csv --measure generic --cluster district"
f <- rma.mv(estimate, variance, random = ~ 1 | district / study, data = d, control = list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-16, maxit = 5000))
expect("pooled", "", c(interval, "p_value"), c(f$beta, f$se, f$ci.lb, f$ci.ub, f$pval), 1e-6)
expect("levels", "level=between clusters", "tau2", f$sigma2[1], 1e-6); expect("levels", "level=within clusters", "tau2", f$sigma2[2], 1e-6)
r <- coef_test(f, "CR2", cluster = d$district); expect("robust", "", c("std_error", "df", "p_value"), c(r$SE, r$df_Satt, r$p_Satt), 1e-6)
arguments <- paste(path("lidocaine"), "--icc 0.02 --cluster-size 12 --estimator dl"); d <- read("lidocaine")
d[2:5] <- d[2:5] / 1.22; e <- effects(d, "OR"); f <- rma(e$yi, e$vi, method = "DL"); expect("pooled", "", interval, c(exp(f$beta), f$se, exp(f$ci.lb), exp(f$ci.ub)))
