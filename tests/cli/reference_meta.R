# `dyad meta` against R: files in, numbers out.  Rscript tests/cli/reference_meta.R [DYAD], from the top of the tree.
#
# Needs metafor, metadat, lme4, clubSandwich and jsonlite.  Prints the largest difference of each comparison and how many
# numbers it is of; fails beyond 1e-8 for closed forms, 1e-6 for what is iterated, or what stands beside it.
# A difference is relative: to the number, or to `scale` (the standard error, say) where the number may be 0.
suppressMessages({ library(metafor); library(clubSandwich); library(jsonlite) })
options(warn = -1)
dyad <- c(commandArgs(TRUE), "build/dyad")[1]
place <- tempfile("meta"); dir.create(place)
bad <- 0; numbers <- 0
set.seed(20240611)

# --- the program --------------------------------------------------------------------------------------------------------

# Its tables by name; `text` columns stay text.
text <- c("set", "measure", "subgroup", "model", "estimator", "method", "contrast", "study", "term", "test", "side", "order",
          "influential", "level", "name")
read_tables <- function(path) {
    lapply(fromJSON(path, simplifyDataFrame = TRUE)$tables, function(t) {
        if (length(t) == 0) return(data.frame())
        for (name in setdiff(names(t), text)) t[[name]] <- as.numeric(t[[name]])
        t
    })
}
run <- function(...) {
    out <- file.path(place, "out.json"); unlink(out)
    status <- system2(dyad, shQuote(c("meta", ..., "--format", "json", "--quiet", "-o", out)))
    if (status != 0) { cat("dyad meta", ..., "->", status, "\n"); bad <<- bad + 1; return(NULL) }
    read_tables(out)
}

same <- function(what, got, want, tolerance = 1e-8, scale = 0, where = NULL) {
    got <- as.vector(got); want <- as.vector(want)
    scale <- rep_len(ifelse(is.na(scale), 0, scale), length(want))
    off <- if (length(got) != length(want) || length(want) == 0) NA
           else ifelse(got == want | (is.na(got) & is.na(want)), 0, abs(got - want) / pmax(abs(want), scale))
    one <- length(got) != length(want) || length(want) == 0
    worst <- if (any(is.na(off))) NA else max(off)
    no <- is.na(worst) || worst > tolerance
    numbers <<- numbers + length(want)
    cat(sprintf("%-62s %6d %8.1e%s\n", what, length(want), worst, if (no) "  DIFFERS" else ""))
    if (no) {
        bad <<- bad + 1
        at <- if (one) integer() else head(which(is.na(off) | off > tolerance), 6)
        for (i in at) cat(sprintf("      %s: got %.12g, R has %.12g\n", if (is.null(where)) i else where[i], got[i], want[i]))
        if (one) cat(sprintf("      %d numbers, R has %d\n", length(got), length(want)))
    }
}

# --- the sets -----------------------------------------------------------------------------------------------------------

get_data <- function(name) get(data(list = paste0("dat.", name), package = "metadat", envir = environment()))
counts <- list(); effects <- list(); arms <- list()
add_counts <- function(name, ai, n1i, ci, n2i) {
    d <- data.frame(ai, n1i, ci, n2i); d <- d[complete.cases(d), ]
    d <- d[d$ai <= d$n1i & d$ci <= d$n2i & d$n1i > 0 & d$n2i > 0, ] # an arm of nobody has no effect, as R adds it one
    counts[[name]] <<- d
}
add_effects <- function(name, yi, vi) {
    d <- data.frame(yi = as.vector(yi), vi = as.vector(vi)); effects[[name]] <<- d[complete.cases(d) & d$vi > 0, ]
}
add_arms <- function(name, xi, ni) { d <- data.frame(xi, ni); arms[[name]] <<- d[complete.cases(d), ] }

plain <- c("anand1999", "damico2009", "egger2001", "graves2010", "hahn2001", "hine1989", "laopaiboon2015", "lau1992",
           "lee2004", "li2007", "linde2005", "nielweise2007")
for (name in plain) with(get_data(name), add_counts(name, if (exists("ai")) ai else xt, if (exists("n1i")) n1i else nt,
                                                   if (exists("ci")) ci else xc, if (exists("n2i")) n2i else nc))
for (t in c("1", "2", "5")) with(subset(get_data("yusuf1985"), startsWith(table, t)), add_counts(paste0("yusuf1985_", t), ai, n1i, ci, n2i))
with(get_data("axfors2021"), add_counts("axfors2021", hcq_arm_event, hcq_arm_total, control_arm_event, control_arm_total))
with(get_data("bcg"), add_counts("bcg", tpos, tpos + tneg, cpos, cpos + cneg))
with(get_data("cannon2006"), add_counts("cannon2006", ep3t, nt, ep3c, nc))
with(get_data("collins1985a"), add_counts("collins1985a", b.xti, nti, b.xci, nci))
with(get_data("collins1985b"), add_counts("collins1985b", pre.xti, pre.nti, pre.xci, pre.nci))
with(get_data("collins1985b"), add_counts("collins1985b_stb", stb.xti, fup.nti, stb.xci, fup.nci))
with(get_data("dagostino1998"), add_counts("dagostino1998", xt, nt, xc, nc))
with(get_data("dorn2007"), add_counts("dorn2007", x.a, n.a, x.p, n.p))
with(get_data("fine1993"), add_counts("fine1993", e4i, nei, c4i, nci))
with(get_data("gibson2002"), add_counts("gibson2002", ai, ai + bi, ci, ci + di))
with(get_data("hartmannboyce2018"), add_counts("hartmannboyce2018", x.nrt, n.nrt, x.ctrl, n.ctrl))
with(get_data("landenberger2005"), add_counts("landenberger2005", n.cbt.rec, n.cbt.rec + n.cbt.non, n.ctrl.rec, n.ctrl.rec + n.ctrl.non))
with(get_data("linde2015"), add_counts("linde2015", resp1, n1, resp2, n2))
with(get_data("bornmann2007"), add_counts("bornmann2007", waward, wtotal, maward, mtotal))
with(get_data("frank2008"), add_counts("frank2008", bc.ins.ins, bc.ins.ins + bc.del.del, ct.ins.ins, ct.ins.ins + ct.del.del))
with(get_data("bourassa1996"), add_counts("bourassa1996", lh.le, lh.le + lh.re, rh.le, rh.le + rh.re))
with(get_data("vanhowe1999"), add_counts("vanhowe1999", non.pos, non.pos + non.neg, cir.pos, cir.pos + cir.neg))
with(get_data("viechtbauer2021"), add_counts("viechtbauer2021", xTi, nTi, xCi, nCi))
for (name in c("bangertdrowns2004", "begg1989", "berkey1998", "hackshaw1998", "kalaian1996", "knapp2017", "konstantopoulos2011",
               "michael2013", "raudenbush1985", "riley2003", "tannersmith2016", "assink2016"))
    with(get_data(name), add_effects(name, yi, vi))
with(get_data("baskerville2012"), add_effects("baskerville2012", smd, se^2))
with(get_data("linde2016"), add_effects("linde2016", lnOR, selnOR^2))
with(get_data("lopez2019"), add_effects("lopez2019", diff, se^2))
with(get_data("pignon2000"), add_effects("pignon2000", OmE / V, 1 / V))
with(get_data("ishak2007"), add_effects("ishak2007", y1i, v1i))
with(get_data("bakdash2021"), add_effects("bakdash2021", es.z, vi.z))
for (name in c("cohen1981", "mcdaniel1994", "molloy2014", "craft2003", "crede2010"))
    with(escalc("ZCOR", ri = ri, ni = ni, data = get_data(name)), add_effects(name, yi, vi))
with(escalc("MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = get_data("normand1999")), add_effects("normand1999", yi, vi))
with(escalc("ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = get_data("curtis1998")), add_effects("curtis1998", yi, vi))
for (name in c("hart1999", "nielweise2008"))
    with(escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = get_data(name)), add_effects(name, yi, vi))
for (name in c("debruin2009", "hannum2020", "hasselblad1998", "pagliaro1992", "pritz1997")) with(get_data(name), add_arms(name, xi, ni))
with(get_data("obrien2003"), add_arms("obrien2003", cases, total))
real <- length(counts) + length(effects) + length(arms)

random_k <- function(i) if (i %% 4 == 0) sample(2:4, 1) else sample(2:60, 1, prob = 1 / (5 + 2:60))
random_counts <- function(i) {
    k <- random_k(i)
    n1i <- ceiling(exp(runif(k, 2, switch(i %% 3 + 1, 5, 7, 4)))); n2i <- pmax(3, ceiling(n1i * runif(k, 0.5, 2)))
    base <- switch(i %% 5 + 1, runif(k, .2, .6), runif(k, .005, .03), runif(k, 0, .08), rbeta(k, .5, .5), runif(k, .05, .2))
    theta <- rnorm(k, rnorm(1, 0, .4), sample(c(0, .1, .4, 1), 1))
    add_counts(sprintf("r%03d", i), rbinom(k, n1i, plogis(qlogis(pmin(pmax(base, 1e-9), 1 - 1e-9)) + theta)), n1i,
               rbinom(k, n2i, base), n2i)
}
random_effects <- function(i) {
    k <- random_k(i)
    vi <- switch(i %% 4 + 1, rchisq(k, 4) / 40 + 1e-3, 10^runif(k, -4, 2), rep(.1, k), 1 / sample(10:500, k, TRUE))
    add_effects(sprintf("s%03d", i), rnorm(k, rnorm(1), sqrt(vi + sample(c(0, 0, .02, .3, 4), 1))), vi)
}
for (i in 1:300) random_counts(i)
for (i in 1:170) random_effects(i)
for (i in 1:30) { k <- random_k(i); n <- sample(5:400, k, TRUE)
    add_arms(sprintf("q%03d", i), rbinom(k, n, plogis(rnorm(k, sample(c(-5, -2, 0, 3), 1), .7))), n) }

# Each study gets a name, a moderator of numbers and one of names; counts and effects are whole to the last digit.
join <- function(sets) do.call(rbind, lapply(names(sets), function(s) {
    d <- sets[[s]]; k <- nrow(d)
    x <- signif(runif(k, 1, 10), 4); g <- sample(rep(c("a", "b", "c"), length.out = k)); name <- sprintf("%s.%d", s, seq_len(k))
    data.frame(set = rep(s, k), study = name, d, x = x, g = g)
}))
write_file <- function(d, name, sep = ",", dec = ".") {
    path <- file.path(place, name)
    for (column in names(d)) if (is.numeric(d[[column]])) {
        digits <- trimws(formatC(d[[column]], digits = 17, format = "g", width = 1))
        d[[column]] <- ifelse(is.na(d[[column]]), "", sub(".", dec, digits, fixed = TRUE))
    }
    write.table(d, path, sep = sep, row.names = FALSE, quote = FALSE, na = "")
    path
}
roles <- c(ai = "treated_events", n1i = "treated_total", ci = "control_events", n2i = "control_total", yi = "estimate",
           vi = "variance", xi = "events", ni = "total")
as_roles <- function(d) { names(d) <- ifelse(names(d) %in% names(roles), roles[names(d)], names(d)); d }
C <- join(counts); E <- join(effects); A <- join(arms)
file_counts <- write_file(as_roles(C), "counts.csv"); file_effects <- write_file(as_roles(E), "effects.csv")
file_arms <- write_file(as_roles(A), "arms.csv")
cat(sprintf("%d sets of metadat, %d random sets\n", real, length(counts) + length(effects) + length(arms) - real))
stopifnot(real >= 40, length(counts) + length(effects) + length(arms) - real >= 500)
by_set <- function(d, f) { out <- lapply(split(d, factor(d$set, unique(d$set))), f); out }

# --- effects of studies -------------------------------------------------------------------------------------------------

has_zero <- function(d) if ("xi" %in% names(d)) d$xi == 0 | d$xi == d$ni else d$ai == 0 | d$ci == 0 | d$ai == d$n1i | d$ci == d$n2i
escalc_of <- function(d, measure, to = "only0", add = if (measure == "AS") 0 else .5, drop00 = FALSE) {
    if (to == "if0all") { some <- ave(has_zero(d), d$set, FUN = any) > 0; add <- ifelse(some, add, 0); to <- "all" }
    if (measure %in% c("PLO", "PFT")) escalc(measure, xi = xi, ni = ni, data = d, to = to, add = add)
    else escalc(measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, to = to, add = add, drop00 = drop00)
}
kept <- function(e) { gone <- is.na(e$yi) | is.na(e$vi) | !is.finite(e$yi) | !is.finite(e$vi) | e$vi <= 0; e$yi[gone] <- NA; e$vi[gone] <- NA; e }
ratio <- c("OR", "RR", "PETO")
word <- c(OR = "or", RR = "rr", RD = "rd", PETO = "peto", AS = "asd", PLO = "proportion-logit", PFT = "proportion-ft")
z <- qnorm(.975)
for (measure in c("OR", "RR", "RD", "PETO", "AS")) for (zero in c("only0:0.5", "if0all:0.5", "all:0.25", "none", "drop", "default")) {
    to <- sub(":.*", "", zero); add <- if (grepl(":", zero)) as.numeric(sub(".*:", "", zero)) else if (measure == "AS") 0 else .5
    got <- run(file_counts, "--by", "set", "--measure", word[measure], "--table", "studies",
               switch(zero, drop = c("--double-zero", "drop"), default = NULL, c("--zero", zero)))$studies
    want <- if (zero %in% c("drop", "default")) escalc_of(C, measure, "only0", add, zero == "drop") else escalc_of(C, measure, to, if (to == "none") 0 else add)
    want <- kept(want)[order(C$set, method = "radix"), ]
    f <- if (measure %in% ratio) log else identity
    se <- sqrt(want$vi)
    same(paste("studies:", measure, zero), c(f(got$estimate), got$std_error, f(got$conf_low), f(got$conf_high)),
         c(want$yi, se, want$yi - z * se, want$yi + z * se), scale = se, where = rep(want$study, 4))
}
for (measure in c("PLO", "PFT")) for (zero in c("only0:0.5", "all:0.25", "none")[if (measure == "PLO") 1:3 else 1]) {
    got <- run(file_arms, "--by", "set", "--measure", word[measure], "--table", "studies", if (measure == "PLO") c("--zero", zero))$studies
    want <- kept(escalc_of(A, measure, if (measure == "PFT") "none" else sub(":.*", "", zero),
                           if (measure == "PFT" || zero == "none") 0 else as.numeric(sub(".*:", "", zero))))
    want <- want[order(A$set, method = "radix"), ]
    f <- if (measure == "PLO") plogis else function(y) transf.ipft(y, want$ni)
    same(paste("studies:", measure, zero), c(got$estimate, got$std_error, got$conf_low, got$conf_high),
         c(f(want$yi), sqrt(want$vi), f(want$yi - z * sqrt(want$vi)), f(want$yi + z * sqrt(want$vi))), scale = 1e-3, where = rep(want$study, 4))
}

# --- pooled by inverse variances ----------------------------------------------------------------------------------------

# metafor's climb may stop early, swing, or end on a lower maximum: where it ends elsewhere than at `near`, further starts,
# of which the highest end is taken.
fit <- function(yi, vi, method, test = "z", mods = NULL, near = NA) {
    ok <- !is.na(yi); yi <- yi[ok]; vi <- vi[ok]
    if (!is.null(mods)) mods <- mods[ok, , drop = FALSE]
    if (length(yi) == 0) return(NULL)
    s <- max(1, var(yi), na.rm = TRUE)
    go <- function(...) {
        control <- list(threshold = 1e-13 * s, tol = 1e-15, maxiter = 20000, ...)
        tryCatch(if (is.null(mods)) rma(yi, vi, method = method, test = test, control = control)
                 else rma(yi, vi, mods = mods, intercept = FALSE, method = method, test = test, control = control), error = function(e) NULL)
    }
    first <- go()
    if (!method %in% c("REML", "ML", "EB") || (!is.null(first) && isTRUE(abs(first$tau2 - near) < 1e-9 * (near + min(vi))))) return(first)
    ends <- Filter(Negate(is.null), c(list(first), lapply(c(0, 1e-3, 1) * s, function(t) go(tau2.init = t, stepadj = .5))))
    if (length(ends) == 0) return(NULL)
    if (method == "EB") return(ends[[length(ends)]])
    ends[[which.max(sapply(ends, function(e) round(e$fit.stats[1, method], 10)))]]
}
numbers_of <- function(f) {
    if (is.null(f)) return(rep(NA, 15))
    p <- if (f$method %in% c("FE", "EE", "CE") || f$k < 2) list(pi.lb = NA, pi.ub = NA) else predict(f)
    c(f$beta, f$se, f$zval, if (length(f$ddf) && f$test %in% c("t", "knha")) f$ddf else NA, f$pval, f$ci.lb, f$ci.ub, p$pi.lb, p$pi.ub,
      if (f$method %in% c("FE", "EE")) NA else f$tau2, f$QE, f$QEp, f$I2, f$H2, f$k)
}
compare_pooled <- function(what, tables, fits, log_of, tolerance) {
    got <- tables$pooled; h <- tables$heterogeneity
    at <- match(names(fits), got$set); got <- got[at, ]; h <- h[at, ]
    R <- t(sapply(fits, numbers_of)); se <- R[, 2]; k <- R[, 15]; one <- k == 1 | is.na(k)
    typical <- sapply(fits, function(f) if (is.null(f)) NA else min(f$vi))
    w <- names(fits)
    same(paste(what, "estimate, error"), c(log_of(got$estimate), got$std_error), R[, 1:2], tolerance, c(se, rep(0, length(se))), rep(w, 2))
    same(paste(what, "statistic, p, df"), c(got$statistic, got$p_value, got$df), R[, c(3, 5, 4)], tolerance, 1e-2, rep(w, 3))
    same(paste(what, "limits, prediction"), log_of(c(got$conf_low, got$conf_high, got$pred_low, got$pred_high)), R[, 6:9], tolerance, rep(se, 4), rep(w, 4))
    same(paste(what, "tau2"), h$tau2, R[, 10], tolerance, typical, w)
    same(paste(what, "Q, p, I2, H2"), c(h$q, h$p_value, h$i2, h$h2), ifelse(cbind(F, one, one, one), NA, R[, 11:14]), tolerance,
         rep(c(1e-6, 1e-8, 1, 1), each = length(w)), rep(w, 4))
}
Y <- rbind(kept(escalc_of(C, "OR"))[, c("set", "study", "yi", "vi", "x", "g")], E[, c("set", "study", "yi", "vi", "x", "g")])
attr(Y$yi, "measure") <- NULL
file_logs <- write_file(as_roles(Y), "logs.csv")

words <- c(DL = "dl", HE = "he", HS = "hs", SJ = "sj", ML = "ml", REML = "reml", EB = "eb", PM = "pm")
closed <- c("DL", "HE", "HS", "SJ", "FE")
split_effects <- by_set(Y, identity)
options_of <- c("--by", "set", "--measure", "or", "--log-scale", "--table", "pooled,heterogeneity")
fit_all <- function(method, test, tables, sets = split_effects) lapply(names(sets), function(s)
    fit(sets[[s]]$yi, sets[[s]]$vi, method, test, near = tables$heterogeneity$tau2[tables$heterogeneity$set == s]))
for (method in names(words)) {
    tables <- run(file_logs, options_of, "--estimator", words[method])
    fits <- setNames(fit_all(method, "z", tables), names(split_effects))
    compare_pooled(paste("pooled:", words[method]), tables, fits, log, if (method %in% closed) 1e-8 else 1e-6)
}
cat(sprintf("%.0f s\n", proc.time()[3]))
# Intervals, and the common-effect model: of counts, whose effects the program makes itself, and of estimates.
small <- function(sets, n) { k <- sapply(sets, nrow); real <- !grepl("^[rsq][0-9]", names(k)); sets[real | cumsum(!real) <= n] }
for (m in list(c("DL", "t", "rr", "RR"), c("REML", "knha", "or", "OR"), c("PM", "knha", "rd", "RD"), c("FE", "z", "peto", "PETO"),
               c("FE", "t", "asd", "AS"), c("SJ", "knha", "generic", ""))) {
    data <- if (m[4] == "") E else { e <- kept(escalc_of(C, m[4])); e$yi <- as.vector(e$yi); e }
    sets <- by_set(data, identity)
    tables <- run(if (m[4] == "") file_effects else file_counts, "--by", "set", "--measure", m[3], "--ci", c(t = "t", knha = "hksj", z = "wald")[m[2]],
                  if (m[1] == "FE") c("--model", "common") else c("--estimator", words[m[1]]), "--level", "95")
    fits <- setNames(fit_all(m[1], m[2], tables, sets), names(sets))
    compare_pooled(paste("pooled:", m[3], m[1], m[2]), tables, fits, if (m[3] %in% c("or", "rr", "peto")) log else identity,
                   if (m[1] %in% closed) 1e-8 else 1e-6)
    got <- tables$studies$weight; want <- unlist(lapply(fits[order(names(fits), method = "radix")], weights))
    same(paste("weights:", m[3], m[1]), got[!is.na(got)], want, if (m[1] %in% closed) 1e-8 else 1e-6)
}
got <- run(file_effects, "--by", "set", "--measure", "generic", "--model", "common,random", "--prediction", "hts", "--i2", "q", "--level", ".9")
got2 <- run(file_effects, "--by", "set", "--measure", "generic", "--prediction", "veroniki", "--estimator", "dl", "--level", ".9")
sets <- by_set(E, identity); at <- match(names(sets), got2$heterogeneity$set)
fits <- setNames(fit_all("REML", "z", list(heterogeneity = got$heterogeneity), sets), names(sets))
common <- lapply(sets, function(d) rma(yi, vi, data = d, method = "FE", level = 90))
se <- sapply(fits, function(f) f$se); k <- sapply(fits, function(f) f$k)
half <- qt(.95, ifelse(k > 2, k - 2, NA)) * sqrt(se^2 + sapply(fits, function(f) f$tau2)); b <- sapply(fits, function(f) f$beta)
p <- subset(got$pooled, model == "random")[at, ]
same("prediction: t of k-2 (REML)", c(p$pred_low, p$pred_high), c(b - half, b + half), 1e-6, rep(se, 2))
p <- subset(got$pooled, model == "common")[at, ]
same("common beside random", c(p$estimate, p$conf_low, p$conf_high), t(sapply(common, function(f) c(f$beta, f$ci.lb, f$ci.ub))), 1e-8, rep(sapply(common, function(f) f$se), 3))
same("I2, H2 from Q", c(got$heterogeneity$i2[at], got$heterogeneity$h2[at]), t(sapply(common, function(f) c(f$I2, f$H2))), 1e-8, 1e-2)
dl <- lapply(sets, function(d) rma(yi, vi, data = d, method = "DL", level = 90))
half <- sapply(dl, function(f) qt(.95, f$k - 1) * sqrt(f$se^2 + f$tau2)); b <- sapply(dl, function(f) f$beta)
p <- got2$pooled[at, ]
same("prediction: t of k-1 (DL)", c(p$pred_low, p$pred_high), c(b - half, b + half), 1e-8, rep(sapply(dl, function(f) f$se), 2))

# Q-profile limits.  confint() stops at 1e-4 of tau2 unless told, and looks no higher than its upper bound.
limits <- function(f) tryCatch(c(confint(f, control = list(tol = 1e-15, tau2.max = 1e4, maxiter = 10000))$random[c(1, 3, 4), 2:3]), error = function(e) rep(NA, 6))
tables <- run(file_logs, options_of); h <- tables$heterogeneity
sets <- split_effects; fits <- setNames(fit_all("REML", "z", tables, sets), names(sets)); fits <- fits[sapply(fits, function(f) f$k > 1)]
R <- t(sapply(fits, limits)); at <- match(names(fits), h$set); v <- sapply(fits, function(f) min(f$vi))
same("Q-profile: tau2", c(h$tau2_low[at], h$tau2_high[at]), R[, c(1, 4)], 1e-6, rep(v, 2), rep(names(fits), 2))
same("Q-profile: I2, H2", c(h$i2_low[at], h$h2_low[at], h$i2_high[at], h$h2_high[at]), R[, c(2, 3, 5, 6)], 1e-6, 1, rep(names(fits), 4))

# Proportions.
for (m in c("PLO", "PFT")) {
    data <- kept(escalc_of(A, m, if (m == "PFT") "none" else "only0", if (m == "PFT") 0 else .5)); sets <- by_set(data, identity)
    tables <- run(file_arms, "--by", "set", "--measure", word[m], "--ci", "hksj", "--table", "pooled,heterogeneity")
    fits <- setNames(fit_all("REML", "knha", tables, sets), names(sets)); at <- match(names(sets), tables$pooled$set)
    back <- lapply(names(sets), function(s) { p <- predict(fits[[s]])
        y <- c(p$pred, p$ci.lb, p$ci.ub, p$pi.lb, p$pi.ub)
        if (m == "PLO") plogis(y) else transf.ipft.hm(y, targs = list(ni = sets[[s]]$ni)) })
    same(paste("proportions:", m), unlist(tables$pooled[at, c("estimate", "conf_low", "conf_high", "pred_low", "pred_high")]),
         do.call(rbind, back), 1e-6, 1e-3, rep(names(sets), 5))
    same(paste("proportions: error, tau2", m), c(tables$pooled$std_error[at], tables$heterogeneity$tau2[at]),
         c(sapply(fits, function(f) f$se), sapply(fits, function(f) f$tau2)), 1e-6, 1e-4, rep(names(sets), 2))
}
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- of counts: Mantel-Haenszel, Peto, RevMan's random model, mixed models -----------------------------------------------

compare_counts <- function(what, tables, fits, f, tolerance = 1e-8) {
    at <- match(names(fits), tables$pooled$set); got <- tables$pooled[at, ]; h <- tables$heterogeneity[at, ]
    R <- t(sapply(fits, function(f) if (is.null(f) || !is.finite(f$se)) rep(NA, 10)
                  else c(f$beta, f$ci.lb, f$ci.ub, f$se, f$zval, f$pval, f$QE, f$QEp, f$I2, f$H2)))
    one <- is.na(R[, 1]) | sapply(fits, function(f) is.null(f) || f$k.yi < 2)
    w <- names(fits)
    same(what, c(f(got$estimate), f(got$conf_low), f(got$conf_high), got$std_error, got$statistic, got$p_value), R[, 1:6], tolerance,
         rep(pmax(R[, 4], 1e-9), 6), rep(w, 6))
    same(paste(what, "Q, p, I2, H2"), c(h$q, h$p_value, h$i2, h$h2), ifelse(cbind(F, one, one, one), NA, R[, 7:10]), tolerance,
         rep(c(1e-6, 1e-8, 1, 1), each = length(w)), rep(w, 4))
}
sets <- by_set(C, identity)
for (measure in c("OR", "RR", "RD")) for (drop in c(FALSE, TRUE)) {
    fits <- lapply(sets, function(d) tryCatch(rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, measure = measure, correct = FALSE,
                                                     drop00 = c(drop || measure != "RD", drop)), error = function(e) NULL))
    compare_counts(paste("mh:", measure, if (drop) "without double zeros"),
                   run(file_counts, "--by", "set", "--measure", word[measure], "--pool", "mh", if (drop) c("--double-zero", "drop")),
                   fits, if (measure == "RD") identity else log)
}
fits <- lapply(sets, function(d) tryCatch(rma.peto(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d), error = function(e) NULL))
fits <- lapply(fits, function(f) if (is.null(f)) f else { f$k.yi <- sum(f$vi < Inf & !is.na(f$vi)); f })
compare_counts("peto", run(file_counts, "--by", "set", "--pool", "peto"), fits, log)
for (measure in c("OR", "RR", "RD")) {
    tables <- run(file_counts, "--by", "set", "--measure", word[measure], "--estimator", "mh-dl",
                  "--double-zero", if (measure == "RD") "keep" else "drop")
    R <- t(sapply(names(sets), function(s) {
        d <- sets[[s]]
        e <- kept(escalc_of(d, measure, drop00 = measure != "RD")); y <- e$yi[!is.na(e$yi)]; v <- e$vi[!is.na(e$yi)]
        mh <- tryCatch(rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, measure = measure, correct = FALSE, drop00 = rep(measure != "RD", 2)), error = function(e) NULL)
        if (is.null(mh) || !is.finite(mh$se) || length(y) == 0) return(rep(NA, 4))
        Q <- sum((y - c(mh$beta))^2 / v)
        t2 <- max(0, (Q - (length(y) - 1)) / (sum(1 / v) - sum(1 / v^2) / sum(1 / v)))
        if (length(y) == 1) t2 <- 0
        c(sum(y / (v + t2)) / sum(1 / (v + t2)), sqrt(1 / sum(1 / (v + t2))), if (length(y) > 1) t2 else NA, if (length(y) > 1) Q else 0)
    }))
    f <- if (measure == "RD") identity else log; at <- match(names(sets), tables$pooled$set)
    same(paste("mh-dl:", measure), c(f(tables$pooled$estimate[at]), tables$pooled$std_error[at], tables$heterogeneity$tau2[at], tables$heterogeneity$q[at]),
         R, 1e-8, c(R[, 2], R[, 2], R[, 2]^2, rep(1e-6, nrow(R))), rep(names(sets), 4))
}
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- subgroups, meta-regression -----------------------------------------------------------------------------------------

sets <- by_set(Y, function(d) d[!is.na(d$yi), ]); sets <- small(sets[sapply(sets, nrow) >= 8], 25)
Z <- do.call(rbind, sets); file_some <- write_file(as_roles(Z), "some.csv")
got <- run(file_some, "--by", "set", "--measure", "or", "--log-scale", "--subgroup", "g", "--estimator", "dl", "--table", "pooled,tests,heterogeneity")
R <- t(sapply(sets, function(d) {
    f <- lapply(c("a", "b", "c"), function(g) rma(d$yi[d$g == g], d$vi[d$g == g], method = "DL"))
    between <- rma(sapply(f, function(x) x$beta), sapply(f, function(x) x$se)^2, method = "FE")
    c(sapply(f, function(x) c(x$beta, x$ci.ub, x$tau2, x$QE)), between$QE, between$k - 1, between$QEp)
}))
p <- function(t, g, column) { t <- t[t$subgroup %in% g, ]; t[[column]][match(names(sets), t$set)] }
tests <- got$tests[match(names(sets), got$tests$set), ]
same("subgroups (DL)", c(unlist(lapply(c("a", "b", "c"), function(g) cbind(log(p(got$pooled, g, "estimate")), log(p(got$pooled, g, "conf_high")),
     p(got$heterogeneity, g, "tau2"), p(got$heterogeneity, g, "q")))), tests$statistic, tests$df, tests$p_value), R, 1e-8, 1e-3)

regress <- function(terms, formula, method, test, data = sets, file = file_some, ci = c(z = "wald", t = "t", knha = "hksj")[test]) {
    got <- run(file, "--by", "set", "--measure", "or", "--log-scale", "--moderators", terms, "--ci", ci, "--table", "moderators,fit,tests",
               if (method == "FE") c("--model", "common") else c("--estimator", words[method]))
    what <- paste("regression:", terms, words[method], test); tolerance <- if (method %in% closed) 1e-8 else 1e-6
    out <- NULL
    for (s in names(data)) {
        d <- data[[s]]; X <- model.matrix(formula, d); d <- d[complete.cases(model.frame(formula, d, na.action = na.pass)), ]
        value <- function(name) { v <- got$fit$value[got$fit$set == s & got$fit$name == name]; if (length(v)) v else NA }
        f <- fit(d$yi, d$vi, method, test, X, value("tau2"))
        null <- if (method == "FE") NULL else fit(d$yi, d$vi, method, near = NA)
        m <- got$moderators[got$moderators$set == s, ]; tests <- got$tests[got$tests$set == s, ]
        if (nrow(m) != ncol(X) || any(m$term != gsub("relevel(factor(g), \"b\")", "factor(g, ref = \"b\")", colnames(X), fixed = TRUE))) { cat(what, "terms differ:", s, m$term, "|", colnames(X), " DIFFERS\n"); bad <<- bad + 1; next }
        test_of <- function(name, column) { v <- tests[[column]][tests$test == name & is.na(tests$term)]; if (length(v)) v else NA }
        inter <- attr(terms(formula), "intercept") == 1
        Q <- if (ncol(X) > inter) anova(f, btt = (1 + inter):ncol(X)) else NULL
        r2 <- if (is.null(null) || null$tau2 < 1e-6 * min(d$vi) || !inter) NA else max(0, 100 * (1 - f$tau2 / null$tau2))
        row <- function(got, want, scale) data.frame(set = s, got, want, scale)
        out <- rbind(out, row(c(m$estimate, m$conf_low, m$conf_high), c(f$beta, f$ci.lb, f$ci.ub), rep(f$se, 3)),
                     row(c(m$std_error, m$p_value, m$statistic), c(f$se, f$pval, f$zval), rep(c(0, 1e-4, 1e-2), each = ncol(X))),
                     row(c(test_of("residual", "statistic"), test_of("residual", "df"), test_of("residual", "p_value")),
                         c(f$QE, f$k - f$p, f$QEp), c(1e-6, 0, 1e-8)),
                     row(c(value("i2"), value("h2")), c(f$I2, f$H2), 1),
                     if (!is.null(Q)) row(c(test_of("moderators", "statistic"), test_of("moderators", "df"), test_of("moderators", "p_value")), c(Q$QM, Q$m, Q$QMp), c(1e-4, 0, 1e-8)),
                     if (method != "FE") row(c(value("tau2"), if (inter) value("r2")), c(f$tau2, if (inter) r2), c(min(d$vi), 1)))
    }
    same(what, out$got, out$want, tolerance, out$scale, out$set)
    invisible(got)
}
regress("x", ~ x, "REML", "z")
regress("x + g", ~ x + g, "DL", "knha")
regress("factor(g, ref=\"b\") + log(x)", ~ relevel(factor(g), "b") + log(x), "PM", "t")
regress("x", ~ x, "FE", "z")
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- small-study effects, influence, one after another ------------------------------------------------------------------

line_of <- function(y, x, w) { s <- summary(lm(y ~ x, weights = w)); c(s$coef[2, c(1, 2, 3, 4)], s$df[2]) }
sets <- by_set(Y, function(d) d[!is.na(d$yi), ]); sets <- small(sets[sapply(sets, nrow) >= 3], 70); sets <- sets[sapply(sets, nrow) <= 120]
sets <- sets[sapply(sets, function(d) diff(range(d$vi)) > 0)]
Z <- do.call(rbind, sets); file_some <- write_file(as_roles(Z), "some.csv")
got <- run(file_some, "--by", "set", "--measure", "or", "--log-scale", "--estimator", "dl", "--model", "common,random", "--bias", "--table", "tests,trim_and_fill")
test_of <- function(name, sets, columns) { t <- got$tests[got$tests$test == name, ]; unlist(t[match(names(sets), t$set), columns]) }
R <- t(sapply(sets, function(d) line_of(d$yi, sqrt(d$vi), 1 / d$vi)))
same("bias: egger", test_of("egger", sets, c("estimate", "std_error", "statistic", "p_value", "df")), R, 1e-8, 1e-3, rep(names(sets), 5))
R <- t(sapply(sets, function(d) { e <- regtest(d$yi, d$vi, model = "lm"); c(e$zval, e$pval) }))
same("bias: egger (metafor)", test_of("egger", sets, c("statistic", "p_value")), R, 1e-8, 1e-3, rep(names(sets), 2))
R <- t(sapply(sets, function(d) { e <- ranktest(d$yi, d$vi); c(e$tau, e$pval) }))
same("bias: begg", test_of("begg", sets, c("statistic", "p_value")), R, 1e-8, 1e-3, rep(names(sets), 2))
R <- sapply(sets, function(d) fsn(d$yi, d$vi)$fsnum)
same("bias: fail-safe N", test_of("fail-safe-n", sets, "estimate"), R)
for (model in c("common", "random")) {
    R <- t(sapply(sets, function(d) {
        f <- tryCatch(trimfill(rma(d$yi, d$vi, method = if (model == "common") "FE" else "DL"), maxiter = 1000), error = function(e) NULL)
        if (is.null(f)) rep(NA, 9) else c(f$k0, f$se.k0, f$beta, f$se, f$pval, f$ci.lb, f$ci.ub, f$k, if (model == "common") NA else f$tau2)
    }))
    t <- got$trim_and_fill; t <- t[t$model == model, ]; t <- t[match(names(sets), t$set), ]
    t$filled_std_error[t$filled == 0 & R[, 2] == 0] <- 0
    same(paste("trim and fill:", model), c(t$filled, t$filled_std_error, log(t$estimate), t$std_error, t$p_value, log(t$conf_low), log(t$conf_high), t$k, t$tau2),
         R, 1e-8, c(rep(0, length(sets)), rep(1, length(sets)), R[, 4], R[, 4], rep(1e-6, length(sets)), R[, 4], R[, 4], rep(0, length(sets)), sapply(sets, function(d) min(d$vi))), rep(names(sets), 9))
}
cat(sprintf("%.0f s\n", proc.time()[3]))
count_sets <- by_set(C, function(d) d[d$ai + d$ci > 0 & d$ai + d$ci < d$n1i + d$n2i, ])
count_sets <- small(count_sets[sapply(count_sets, nrow) >= 3], 80); W <- do.call(rbind, count_sets)
W <- W[W$set %in% names(which(sapply(by_set(W, function(d) length(unique(d$n1i + d$n2i))), identity) > 1)), ]; count_sets <- by_set(W, identity)
got <- run(write_file(as_roles(W), "some_counts.csv"), "--by", "set", "--bias", "--table", "tests")
R <- t(sapply(count_sets, function(d) {
    m1 <- d$ai + d$ci; N <- d$n1i + d$n2i; m0 <- N - m1; line_of(as.vector(escalc_of(d, "OR")$yi), 1 / N, m1 * m0 / N) }))
same("bias: peters", test_of("peters", count_sets, c("estimate", "std_error", "statistic", "p_value", "df")), R, 1e-8, 1e-3, rep(names(count_sets), 5))
R <- t(sapply(count_sets, function(d) { e <- escalc_of(d, "PETO", "none", 0); line_of(as.vector(e$yi), sqrt(e$vi), 1 / e$vi) }))
same("bias: harbord", test_of("harbord", count_sets, c("estimate", "std_error", "statistic", "p_value", "df")), R, 1e-8, 1e-3, rep(names(count_sets), 5))

sets <- sets[sapply(sets, nrow) <= 40 & sapply(sets, nrow) >= 3][seq(1, length(sets), 2)]; sets <- sets[!sapply(sets, is.null)]
Z <- do.call(rbind, sets); Z$year <- ave(Z$vi, Z$set, FUN = function(v) rank(-v, ties.method = "first")); file_some <- write_file(as_roles(Z), "some.csv")
Z <- by_set(Z, identity)
for (m in list(c("DL", "z"), c("REML", "knha"), c("FE", "z"))) {
    got <- run(file_some, "--by", "set", "--measure", "or", "--log-scale", "--ci", c(z = "wald", knha = "hksj")[m[2]], "--influence", "--cumulative", "year",
               if (m[1] == "FE") c("--model", "common") else c("--estimator", words[m[1]]), "--table", "influence,cumulative,heterogeneity")
    tolerance <- if (m[1] %in% closed) 1e-8 else 1e-6
    out <- one <- cum <- NULL
    for (s in names(Z)) {
        d <- Z[[s]]; f <- fit(d$yi, d$vi, m[1], m[2], near = got$heterogeneity$tau2[got$heterogeneity$set == s])
        i <- influence(f); g <- got$influence[got$influence$set == s, ]
        g <- g[match(d$study, g$study), ]
        row <- function(got, want, scale) data.frame(set = s, got, want, scale)
        out <- rbind(out, row(unlist(g[c("hat", "weight", "rstudent", "dffits", "cook", "cov_ratio", "dfbetas")]),
                              c(i$inf$hat, i$inf$weight, i$inf$rstudent, i$inf$dffits, i$inf$cook.d, i$inf$cov.r, i$dfbs$intrcpt), 1e-2),
                     row(g$influential == "yes", i$is.infl, 1))
        l <- leave1out(f)
        one <- rbind(one, row(c(log(g$estimate), g$std_error, g$p_value, log(g$conf_low), log(g$conf_high), g$q, g$i2),
                              c(l$estimate, l$se, l$pval, l$ci.lb, l$ci.ub, l$Q, l$I2), c(l$se, l$se, l$se * 0 + 1e-4, l$se, l$se, l$se * 0 + 1e-6, l$se * 0 + 1)),
                     if (m[1] != "FE") row(g$tau2, l$tau2, min(d$vi)))
        u <- cumul(f, order = d$year); u$pval[u$se == 0] <- NA # a test of an error of 0
        h <- got$cumulative[got$cumulative$set == s, ]
        more <- 2:nrow(d)
        cum <- rbind(cum, row(c(log(h$estimate), h$std_error, h$p_value[more], log(h$conf_low[more]), log(h$conf_high[more]), h$q[more], h$i2[more]),
                              c(u$estimate, u$se, u$pval[more], u$ci.lb[more], u$ci.ub[more], u$Q[more], u$I2[more]),
                              c(u$se, u$se, u$se[more] * 0 + 1e-4, u$se[more], u$se[more], u$se[more] * 0 + 1e-6, u$se[more] * 0 + 1)))
    }
    same(paste("influence:", m[1], m[2]), out$got, out$want, tolerance * 10, out$scale, out$set)
    same(paste("leave one out:", m[1], m[2]), one$got, one$want, tolerance, one$scale, one$set)
    same(paste("cumulative:", m[1], m[2]), cum$got, cum$want, tolerance, cum$scale, cum$set)
}
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- clusters -----------------------------------------------------------------------------------------------------------

# metafor's optimizer ends at some 1e-7 of the variances: its likelihood may not be higher.
cluster_set <- function(yi, vi, cluster, x) { d <- data.frame(yi = as.vector(yi), vi, cluster, x); d <- d[complete.cases(d) & d$vi > 0, ]; d$study <- seq_len(nrow(d)); d }
clusters <- list(
    konstantopoulos2011 = with(get_data("konstantopoulos2011"), cluster_set(yi, vi, district, year - 1976)),
    assink2016 = with(get_data("assink2016"), cluster_set(yi, vi, study, year)),
    knapp2017 = with(get_data("knapp2017"), cluster_set(yi, vi, study, difficulty)),
    tannersmith2016 = with(get_data("tannersmith2016"), cluster_set(yi, vi, studyid, aget1)),
    bornmann2007 = with(escalc("OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal, data = get_data("bornmann2007")), cluster_set(yi, vi, study, year - 2000)),
    crede2010 = with(escalc("ZCOR", ri = ri, ni = ni, data = get_data("crede2010")), cluster_set(yi, vi, studyid, year - 1990)))
for (s in names(clusters)) for (rho in c(0, 0.5)) for (estimator in c("reml", if (rho == 0) "ml")) {
    d <- clusters[[s]]
    got <- run(write_file(as_roles(d), "clusters.csv"), "--measure", "generic", "--cluster", "cluster", "--rho", rho, "--estimator", estimator,
               "--moderators", "x", "--ci", if (rho == 0) "wald" else "t")
    V <- outer(d$cluster, d$cluster, "==") * rho * sqrt(outer(d$vi, d$vi)); diag(V) <- d$vi
    go <- function(X, ...) {
        for (control in list(list(optimizer = "nlminb", rel.tol = 1e-13, iter.max = 1000, eval.max = 2000), list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-15, maxit = 5000), list())) {
            f <- tryCatch(rma.mv(yi, V, mods = X, random = list(~ 1 | cluster, ~ 1 | study), data = d, method = toupper(estimator),
                                 test = if (rho == 0) "z" else "t", control = control, ...), error = function(e) NULL)
            if (!is.null(f)) return(f)
        }
    }
    f <- go(~ 1); g <- go(~ x)
    p <- got$pooled; what <- paste("clusters:", s, "rho", rho, estimator)
    same(what, c(p$estimate, p$std_error, p$conf_low, p$conf_high, p$statistic, p$p_value), c(f$beta, f$se, f$ci.lb, f$ci.ub, f$zval, f$pval), 1e-6, c(f$se, 0, f$se, f$se, 1, 1e-4))
    same(paste(what, "tau2, Q"), c(got$levels$tau2, got$heterogeneity$q, got$heterogeneity$p_value), c(f$sigma2, f$QE, f$QEp), 1e-6, c(rep(min(d$vi), 2), 0, 1e-8))
    value <- function(name) got$fit$value[got$fit$name == name]
    t <- got$tests; q <- t[t$test == "moderators", ]
    same(paste(what, "moderator"), c(got$moderators$estimate, got$moderators$std_error, got$moderators$p_value, q$statistic, q$p_value), c(g$beta, g$se, g$pval, g$QM, g$QMp), 1e-6,
         c(g$se, 0, 0, 1e-2, 1e-2, 1e-3, 1e-4))
    same(paste(what, "likelihood not less"), min(0, value("log_lik") - c(logLik(g))), 0, 1e-9, 1)
    # Robust errors of the model with the program's own variances: no optimizer is in the way.
    g <- go(~ x, sigma2 = c(value("tau2_between"), value("tau2_within"))); f <- go(~ 1, sigma2 = got$levels$tau2)
    R <- rbind(coef_test(f, "CR2", cluster = d$cluster), coef_test(g, "CR2", cluster = d$cluster))
    same(paste(what, "robust"), c(got$robust$estimate, got$robust$std_error, got$robust$df, got$robust$p_value), c(R$beta, R$SE, R$df_Satt, R$p_Satt), 1e-8, c(rep(R$SE, 3), rep(1e-6, nrow(R))))
}
f <- rma.mv(yi, vi, random = ~ 1 | cluster / study, data = clusters$konstantopoulos2011); ci <- confint(f)
got <- run(write_file(as_roles(clusters$konstantopoulos2011), "clusters.csv"), "--measure", "generic", "--cluster", "cluster")
same("clusters: profile limits", c(got$levels$tau2_low, got$levels$tau2_high), c(ci[[1]]$random[1, 2:3], ci[[2]]$random[1, 2:3])[c(1, 3, 2, 4)], 1e-3)
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- binomial-normal models: lme4 stops at 1e-3 of an error -------------------------------------------------------------

if (requireNamespace("lme4", quietly = TRUE)) {
    for (s in c("dorn2007", "collins1985b")) for (model in c("UM.FS", "CM.EL")) {
        d <- counts[[s]]
        f <- rma.glmm(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d, model = model)
        got <- run(write_file(as_roles(data.frame(study = seq_len(nrow(d)), d)), "glmm.csv"), "--estimator", "glmm", "--glmm", tolower(model)); p <- got$pooled
        same(paste("glmm:", s, model), c(log(p$estimate), p$std_error, log(p$conf_low), log(p$conf_high), got$heterogeneity$q), c(f$beta, f$se, f$ci.lb, f$ci.ub, f$QE.LRT), 3e-3, c(f$se, f$se, f$se, f$se, 0))
    }
    d <- arms$pritz1997; f <- rma.glmm(measure = "PLO", xi = xi, ni = ni, data = d)
    p <- run(write_file(as_roles(data.frame(study = seq_len(nrow(d)), d)), "glmm.csv"), "--measure", "proportion-logit", "--estimator", "glmm")$pooled
    same("glmm: proportions", c(qlogis(p$estimate), p$std_error), c(f$beta, f$se), 3e-3)
}
cat(sprintf("%.0f s\n", proc.time()[3]))

# --- how estimates are read ---------------------------------------------------------------------------------------------

d <- effects$hackshaw1998; k <- nrow(d)
want <- rma(yi, vi, data = d, method = "DL"); want <- c(want$beta, want$se, want$ci.lb, want$ci.ub, want$pval)
read_as <- function(what, columns, ..., sep = ",", dec = ".") {
    got <- run(write_file(data.frame(study = seq_len(k), columns, check.names = FALSE), "read.csv", sep, dec), "--measure", "hr", "--estimator", "dl", ...)$pooled
    same(paste("read:", what), c(log(got$estimate), got$std_error, log(got$conf_low), log(got$conf_high), got$p_value), want, 1e-8)
}
se <- sqrt(d$vi); z90 <- qnorm(.95)
read_as("ratio and standard error", list(estimate = exp(d$yi), std_error = se))
read_as("ratio and variance", list(estimate = exp(d$yi), variance = d$vi))
read_as("ratio and limits", list(estimate = exp(d$yi), conf_low = exp(d$yi - z * se), conf_high = exp(d$yi + z * se)))
read_as("ratio and limits of 90%", list(estimate = exp(d$yi), conf_low = exp(d$yi - z90 * se), conf_high = exp(d$yi + z90 * se)), "--limits-level", "90")
read_as("log and limits", list(estimate = d$yi, conf_low = d$yi - z * se, conf_high = d$yi + z * se), "--log-scale")
read_as("log and variance, other names", list("the effect" = d$yi, V = d$vi), "--log-scale", "--columns", "estimate=the effect,variance=V")
read_as("decimal commas", list(estimate = d$yi, std_error = se), "--log-scale", "--delimiter", ";", "--decimal", ",", sep = ";", dec = ",")
read_as("standard error, else variance, else limits", list(estimate = exp(d$yi), std_error = ifelse(seq_len(k) %% 3 == 0, se, NA),
        variance = ifelse(seq_len(k) %% 3 == 1, d$vi, NA), conf_low = exp(d$yi - z * se), conf_high = exp(d$yi + z * se)))
b <- counts$bcg; e <- escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = b); some <- seq_len(nrow(b)) %% 2 == 0
f <- rma(e$yi, e$vi, method = "DL")
blank <- b; blank[some, ] <- NA
got <- run(write_file(as_roles(data.frame(study = seq_len(nrow(b)), blank, estimate = exp(as.vector(e$yi)), std_error = sqrt(e$vi))), "mixed.csv"), "--measure", "or", "--estimator", "dl")$pooled
same("read: counts of some, estimates of others", c(log(got$estimate), got$std_error), c(f$beta, f$se))

# Cluster-randomised studies: counts divided by the design effect.
size <- ifelse(some, 20, NA); de <- ifelse(some, 1 + 19 * .03, 1)
file_icc <- write_file(as_roles(data.frame(study = seq_len(nrow(b)), b, size, icc = .03)), "icc.csv")
e <- escalc("OR", ai = ai / de, n1i = n1i / de, ci = ci / de, n2i = n2i / de, data = b); f <- rma(e$yi, e$vi, method = "DL")
for (icc in c("0.03", "icc")) { got <- run(file_icc, "--icc", icc, "--cluster-size", "size", "--estimator", "dl")
    same(paste("design effect:", icc), c(log(got$pooled$estimate), got$pooled$std_error, got$studies$n_effective), c(f$beta, f$se, (b$n1i + b$n2i) / de)) }
e <- escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = b); f <- rma(e$yi, e$vi, method = "DL")
same("design effect: unadjusted", c(log(got$unadjusted$estimate), got$unadjusted$std_error), c(f$beta, f$se))

cat(sprintf("%d numbers, %d comparisons differ, %.0f s\n", numbers, bad, proc.time()[3]))
unlink(place, recursive = TRUE)
if (bad) quit(status = 1)
