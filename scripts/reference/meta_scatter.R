# Reference values for tests/unit/test_meta_scatter.c, by metafor 3.8-1 with the data sets of
# metadat 1.2-0.
#
#     Rscript scripts/reference/meta_scatter.R | gzip -9n > tests/values/meta_scatter.gz
#
# A line is one set of studies: k, y and v of each; then under the common effect, DL, DL with the
# Hartung-Knapp error, and REML ("-" but for published sets): x and y of each study in baujat(),
# x and z of each in radial().
suppressMessages(library(metafor))
options(digits = 17, scipen = 0, warn = -1)
set.seed(20240702)
pdf(NULL)

put <- function(values, digits) cat(formatC(values, digits = digits, format = "g", width = 1), "")

put_fit <- function(s, method, test = "z") {
    control <- if (method == "REML") list(threshold = 1e-14, maxiter = 10000) else list()
    fit <- rma(yi, vi, data = s, method = method, test = test, control = control)
    b <- baujat(fit)
    r <- radial(fit)
    put(as.vector(rbind(b$x, b$y, r$x, r$y)), 15)
}

put_set <- function(yi, vi, published) {
    s <- data.frame(yi = yi, vi = vi)
    put(nrow(s), 17)
    put(as.vector(rbind(s$yi, s$vi)), 17)
    put_fit(s, "FE")
    put_fit(s, "DL")
    put_fit(s, "DL", "knha")
    if (published) put_fit(s, "REML") else cat("- ")
    cat("\n")
}

bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
put_set(bcg$yi, bcg$vi, TRUE)
collins <- escalc("OR", ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = dat.collins1985b)
put_set(collins$yi, collins$vi, TRUE)
hine <- escalc("RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.hine1989)
put_set(hine$yi, hine$vi, TRUE)
put_set(dat.raudenbush1985$yi, dat.raudenbush1985$vi, TRUE)
for (i in 1:30) {
    k <- sample(3:40, 1)
    vi <- if (i %% 2) rchisq(k, 4) / 40 else 10^runif(k, -4, 1)
    put_set(rnorm(k, runif(1, -1, 1), sqrt(vi + sample(c(0, 0.02, 0.3), 1))), vi, FALSE)
}
