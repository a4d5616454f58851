# Do the values in tests/values/ agree with what R's packages compute?  Prints the largest relative
# difference of each pair, which is R's rounding or the tolerance of its root finding: the exact
# limits are compared between 0.2 and 5 only, as that tolerance is an absolute one of the odds ratio
# or its inverse, and epitools' mid-p from 0.001 on, as it is 1 less a sum.
#
#     Rscript scripts/reference/agree.R
suppressMessages({ library(epitools); library(epiR); library(metafor) })
options(warn = -1)
worst <- list()
note <- function(what, ours, theirs, from = 1e-12, to = Inf) {
    ok <- is.finite(ours) & is.finite(theirs) & abs(ours) > from & abs(ours) < to
    far <- max(c(0, abs(theirs / ours - 1)[ok]))
    worst[[what]] <<- max(c(worst[[what]], far))
}
numbers <- function(file) lapply(strsplit(trimws(readLines(file)), " +"), function(x)
    suppressWarnings(as.numeric(x)))

for (v in head(numbers("tests/values/association.gz"), 3000)) {
    t <- matrix(v[1:4], 2, byrow = TRUE)
    if (max(v[1:4]) > 1e5) next
    note("fisher p", v[11], fisher.test(t, conf.int = FALSE)$p.value)
    if (all(rowSums(t) > 0) && all(colSums(t) > 0)) {
        note("chi2", v[5], chisq.test(t, correct = FALSE)$statistic)
        note("yates", v[7], chisq.test(t)$statistic)
        if (max(v[1:4]) < 1000) note("midp", v[12], ormidp.test(v[1], v[2], v[3], v[4])$two.sided,
                                     1e-3)
    }
    if (v[2] + v[3] > 0) {
        note("mcnemar", v[13], mcnemar.test(t, correct = FALSE)$statistic)
        note("mcnemar exact", v[15], binom.test(v[2], v[2] + v[3])$p.value)
    }
}
for (v in head(numbers("tests/values/two_by_two.gz"), 1500)) {
    t <- matrix(v[1:4], 2, byrow = TRUE)
    if (min(t) < 1 || max(t) > 1e5) next
    e <- epi.2by2(t, method = "cohort.count", conf.level = v[5])$massoc.detail
    note("or woolf", v[c(6, 8, 9)], unlist(e$OR.strata.wald))
    note("rr katz", v[c(11, 13, 14)], unlist(e$RR.strata.wald))
    note("rd wald", v[c(16, 18, 19)], unlist(e$ARisk.strata.wald[1:3]) / 100)
    note("paf", v[c(21, 23, 24)], unlist(e$PAFRisk.strata.wald[1:3]))
    if (length(v) > 40 && !is.na(v[39]) && max(t) < 1e3) {
        f <- fisher.test(t, conf.level = v[5])
        note("exact", v[39:41], c(f$estimate, f$conf.int), 0.2, 5)
    }
}
for (v in numbers("tests/values/stratified.gz")) {
    k <- v[1]
    s <- matrix(v[2 + seq_len(5 * k)], 5)
    s <- s[, rep(seq_len(k), s[5, ]), drop = FALSE]
    rest <- v[-seq_len(2 + 5 * k)]
    s <- s[, s[1, ] + s[2, ] > 0 & s[3, ] + s[4, ] > 0, drop = FALSE]
    n <- colSums(s[1:4, , drop = FALSE])
    if (ncol(s) < 2 || any(n < 2) || ncol(s) > 500) next
    x <- array(s[c(1, 3, 2, 4), ], c(2, 2, ncol(s)))
    m <- mantelhaen.test(x, correct = FALSE, conf.level = v[2])
    note("mh or", rest[c(9, 11, 12)], c(m$estimate, m$conf.int))
    note("cmh", rest[24], m$statistic)
    note("cmh-cc", rest[26], mantelhaen.test(x)$statistic)
    if (max(s) < 100) {
        m <- mantelhaen.test(x, exact = TRUE, conf.level = v[2])
        note("mh exact", rest[1:3], c(m$estimate, m$conf.int), 0.2, 5)
    }
    for (measure in c("OR", "RR")) {
        m <- try(rma.mh(ai = s[1, ], bi = s[2, ], ci = s[3, ], di = s[4, ], measure = measure,
                        level = 100 * v[2], add = 0, to = "none", drop00 = FALSE), silent = TRUE)
        if (inherits(m, "try-error")) next
        at <- if (measure == "OR") 9 else 14
        note(paste("rma.mh", measure), rest[at + c(0, 2, 3)], exp(c(m$beta, m$ci.lb, m$ci.ub)))
        if (measure == "OR") {
            note("breslow-day", rest[28], m$BD)
            note("tarone", rest[30], m$TA)
        }
    }
}
print(data.frame(largest = signif(unlist(worst), 3)))
