# Reference values for tests/unit/test_{formula,basis,design}.c, by R 4.2 and its package splines.
#
#     LC_ALL=C.UTF-8 Rscript scripts/reference/design.R terms | gzip -9n > tests/values/design_terms.gz
#     ... and so  basis > tests/values/design_basis.gz  and  matrices > tests/values/design.gz
suppressMessages(library(splines))
options(warn = -1)
set.seed(20240711)

line <- function(...) cat(paste(c(...), collapse = "\t"), "\n", sep = "")
full <- function(x) formatC(as.numeric(x), digits = 17, format = "g", width = 1)

# R's factor() takes no reference.
factor <- function(x, ref) {
    f <- base::factor(x)
    if (missing(ref)) f else relevel(f, ref = as.character(ref))
}

# ---- terms: formula, intercept, then label and coding of each term ----
# The coding has a digit for each variable: 0 not in the term, 1 contrasts, 2 in full.

put_terms <- function(text) {
    t <- terms(as.formula(text))
    coding <- attr(t, "factors")
    offsets <- attr(t, "offset")
    if (length(coding)) {
        away <- c(if (attr(t, "response")) 1, offsets)
        if (length(away)) coding <- coding[-away, , drop = FALSE]
    }
    out <- c(text, attr(t, "intercept"))
    labels <- attr(t, "term.labels")
    for (i in seq_along(labels))
        out <- c(out, labels[i], paste(coding[, i], collapse = ""))
    line(out)
}

written_terms <- c(
    "y ~ 1", "y ~ x", "y ~ x - 1", "y ~ 0 + x", "y ~ x + 0", "y ~ x + 1", "y ~ -1 + x", "y ~ - 1 + x + 1",
    "y ~ x - 0", "y ~ +x", "~ x", "~ b + a:b", "y ~ a*b", "y ~ a*b - a", "y ~ a*b - a - b", "y ~ a:b",
    "y ~ a:b - 1", "y ~ a*b*c", "y ~ a*b*c - a:b:c", "y ~ a*b*c - a:b", "y ~ (a + b + c)^2",
    "y ~ (a + b + c)^3", "y ~ (a + b + c)^2 - a:b", "y ~ (a + b + c + d)^3 - a:b - 1", "y ~ a + a", "y ~ a:a",
    "y ~ a*a", "y ~ a^2", "y ~ a:b:c", "y ~ a + b:c", "y ~ b:a + a:b", "y ~ c:b + a + b", "y ~ a + b:a + c:b:a",
    "y ~ a + a:b + a:b:c", "y ~ a:b + b:c + a:b:c", "y ~ (a + b):c", "y ~ (a + b)*(c + d)", "y ~ (a + 1)*b",
    "y ~ (a - 1) + b", "y ~ a - (b - b)", "y ~ a - (1)", "y ~ a + b - (a + 1)", "y ~ a*b - (a:b)", "y ~ ((a))",
    "y ~ (a*b + c)^2", "y ~ a*b + c:d - a - b", "y ~ a:b*c", "y ~ a*b:c", "y ~ a^2:b", "y ~ (a + b)^2:c",
    "y ~ a + offset(q)", "y ~ offset(log(q)) + b:a", "y ~ a + offset(q) + b + offset(log(r))", "y ~ offset(q)",
    "y ~ log(a) + log( a )", "y ~ I(a^2)+I( a ^ 2 )", "y ~ factor(a) + a:factor(a)", "y ~ factor(a, ref=\"b\")",
    "y ~ factor(a, ref='b')*x", "y ~ factor(a,ref=2)",
    "y ~ poly(a,2)*ns(b,df=3)", "y ~ poly(a,degree=2)", "y ~ ns(a , 4)", "y ~ poly(log(a)+1,2)",
    "y ~ I(a+b)", "y ~ I((a-1)^2/b)", "y ~ I(-a^-2)", "y ~ I(2^-a^b)", "y ~ I(a*1e5+100000+123456+0.0001)",
    "y ~ I(a*.5e-3+1e15+123456.75)", "y ~ I(a+123456789012345678)", "y ~ I(1e-300*a+1e300*b+0.1+1/3)",
    "y ~ I(+a- -b)", "y ~ I(0*a)", "y ~ I(1e4*a+.001+0.00012+1200000)", "y ~ I(a*20.50)", "y ~ I(12345678901*a/3.14159265358979)",
    "y ~ exp(a)+sqrt(b)+log2(c)+log10(d)", "y ~ log(exp(a/2)-I(b))", "y ~ log(a*(b+(c-d)))",
    "y ~ `odd name` + a:`odd name`", "y ~ `1st` + `.2x` + `if` + `_u` + `a-b`", "y ~ `.hidden_`",
    "y ~ `a`*a", "y ~ log(`odd name`)", "y ~ \u00e9t\u00e9 + a_b.c1", "y ~ factor(`odd name`, ref='x y')")

random_sum <- function(depth) {
    atoms <- c("a", "b", "c", "d", "factor(e)", "log(f)", "poly(g, 2)")
    if (depth == 0) return(sample(atoms, 1))
    switch(sample(7, 1),
           sample(atoms, 1),
           paste(random_sum(depth - 1), "+", random_sum(depth - 1)),
           paste0("(", random_sum(depth - 1), "):(", random_sum(depth - 1), ")"),
           paste0("(", random_sum(depth - 1), ")*", sample(atoms, 1)),
           paste0(sample(atoms, 1), "*(", random_sum(depth - 1), ")"),
           paste0("(", random_sum(depth - 1), ")^", sample(2:3, 1)),
           paste(random_sum(depth - 1), "+", random_sum(depth - 1)))
}

put_random_terms <- function(n) {
    done <- 0
    while (done < n) {
        text <- paste("y ~", random_sum(sample(2:4, 1)))
        labels <- attr(terms(as.formula(text)), "term.labels")
        orders <- attr(terms(as.formula(text)), "order")
        if (nchar(text) > 300 || length(labels) > 90 || max(orders) > 8) next
        for (label in sample(labels, sample(0:min(2, length(labels)), 1)))
            text <- paste(text, "-", label)
        if (runif(1) < 0.3) text <- paste(text, sample(c("- 1", "+ 0", "+ 1", "- 0"), 1))
        t <- terms(as.formula(text))
        if (length(attr(t, "term.labels")) == 0) next
        put_terms(text)
        done <- done + 1
    }
}

# ---- bases: kind (0 poly, 1 ns), columns, n, x, m, new x, basis at x, basis at new x ----

put_basis <- function(kind, size, x, new) {
    b <- if (kind == 0) poly(x, size) else ns(x, df = size)
    inside <- unclass(b)
    outside <- predict(b, new)
    ok <- qr(cbind(1, inside[, seq_len(size), drop = FALSE]))$rank == size + 1
    if (!ok || !all(is.finite(inside)) || !all(is.finite(outside))) return(invisible())
    cat(c(kind, size, length(x), full(x), length(new), full(new), full(t(inside[, seq_len(size), drop = FALSE])),
          full(t(outside[, seq_len(size), drop = FALSE]))), "\n")
}

put_bases <- function() {
    sets <- list(1:10, c(0, 0, 1, 1, 1, 2, 3, 8), c(1.5, 7, 2.25, 3, 9, 11.125, 4), rnorm(50),
                 round(rexp(80), 2), 1990:2020, rpois(200, 2), c(-3, 1e3, 20, 40, 5, 6.5), runif(30) * 1e-6,
                 20150000 + round(100 * runif(25)), sample(15:49, 120, TRUE), c(1, 2), c(1, 2, 4), rpois(300, 6) / 4,
                 -exp(rnorm(60)), (1:40)^2)
    for (x in sets) {
        r <- range(x)
        new <- c(r[1] - diff(r) / 3, r, mean(x), median(x), r[2] + diff(r) / 2, runif(4, r[1], r[2]))
        for (size in 1:8) {
            if (size < length(unique(x))) put_basis(0, size, x, new)
            k <- if (size > 1) quantile(x, seq(0, 1, length.out = size + 1))[2:size]
            if (all(k > r[1] & k < r[2]) && max(0, table(k)) <= 3) put_basis(1, size, x, new)
        }
    }
}

# ---- matrices: D data, C columns; F formula, N names, A assign, X rows, O offset ----

births <- data.frame(
    y = c(1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1),
    x = c(1.5, 2, 3.25, -1, 0, 7, 2.5, 11, 4, 3, 5, 6),
    w = c(0.5, 1, 2, 4, 8, 16, 3, 5, 7, 9, 11, 13),
    z = c("b", "a", "c", "a", "b", "c", "c", "a", "b", "b", "c", "a"),
    g = c("yes", "no", "yes", "yes", "no", "no", "yes", "no", "yes", "no", "yes", "no"),
    k = c(1, 2, 3, 1, 2, 3, 2, 10, 10, 1, 3, 2),
    `mother age` = c(19, 22, 35, 41, 28, 30, 25, 33, 24, 29, 38, 27),
    `2nd site` = c("x y", "x y", "a:b", "", "a:b", "x y", "", "a:b", "x y", "a:b", "", "x y"),
    check.names = FALSE, stringsAsFactors = FALSE)

n <- 60
visits <- data.frame(
    y = rbinom(n, 1, 0.4), x = round(rnorm(n), 3), w = round(rexp(n) + 0.01, 4), year = sample(2008:2019, n, TRUE),
    parity = rpois(n, 2), z = sample(c("clinic", "home", "hospital", "other"), n, TRUE),
    g = sample(c("case", "control"), n, TRUE), k = sample(c(1, 2, 5), n, TRUE),
    t = round(rexp(n, 0.1), 2), check.names = FALSE, stringsAsFactors = FALSE)

bcg <- data.frame(
    ablat = c(44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33),
    year = c(1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976),
    alloc = c(rep("random", 4), "alternate", "alternate", "random", "random", "random", "systematic",
              "systematic", "systematic", "systematic"), stringsAsFactors = FALSE)

put_data <- function(name, d) {
    line("D", name, nrow(d))
    for (column in names(d)) {
        v <- d[[column]]
        line("C", column, if (is.numeric(v)) c("number", full(v)) else c("text", v))
    }
}

put_matrix <- function(name, text) {
    d <- get(name)
    frame <- model.frame(as.formula(text), d)
    x <- model.matrix(as.formula(text), frame)
    line("F", name, text)
    line("N", colnames(x))
    line("A", attr(x, "assign"))
    line("X", full(t(x)))
    line("O", full(if (is.null(model.offset(frame))) rep(0, nrow(d)) else model.offset(frame)))
}

matrices <- list(
    births = c(
        "y ~ 1", "y ~ x", "y ~ x - 1", "y ~ z", "y ~ z - 1", "y ~ z + g", "y ~ z + g - 1", "y ~ g + z - 1",
        "y ~ x + z - 1", "y ~ x:z", "y ~ x:z - 1", "y ~ z:x", "y ~ z + x:z", "y ~ x + x:z", "y ~ x*z",
        "y ~ x*z - 1", "y ~ x*z - x", "y ~ x*z - z", "y ~ z*g", "y ~ z:g", "y ~ z:g - 1", "y ~ z + z:g",
        "y ~ g + z:g", "y ~ z + z:g - 1", "y ~ z*g - z", "y ~ z*g - g", "y ~ z*g - 1", "y ~ x:z:g",
        "y ~ x*z*g", "y ~ x*z*g - x:z:g", "y ~ x*z*g - z:g", "y ~ (x + z + g)^2", "y ~ x + z:x:g",
        "y ~ factor(k)", "y ~ k + factor(k)", "y ~ factor(k, ref=3)", "y ~ factor(k, ref=\"10\") - 1",
        "y ~ factor(z, ref=\"b\")", "y ~ factor(z, ref=\"c\")*x", "y ~ x + factor(z, ref=\"b\") + x:z",
        "y ~ factor(z, ref=\"b\"):g - 1", "y ~ z + factor(z)", "y ~ `mother age`", "y ~ `mother age`:z",
        "y ~ `2nd site`", "y ~ factor(`2nd site`, ref=\"x y\"):x", "y ~ I(x^2)", "y ~ x + I(x^2) + I(x^2):z",
        "y ~ I((x - 1)/w)", "y ~ log(w)", "y ~ log(w)*g", "y ~ sqrt(w) + exp(x/10) + log2(w) + log10(w)",
        "y ~ I(-x^2 + 3*w - 2^-w)", "y ~ I((x + 20)^-2 + w^0.5)", "y ~ poly(x, 1)", "y ~ poly(x, 2)",
        "y ~ poly(x, 3):z", "y ~ z*poly(w, 2)", "y ~ poly(x, 2) - 1", "y ~ poly(log(w), 2) + x",
        "y ~ ns(x, df=3)", "y ~ ns(x, df=1)", "y ~ ns(x, 2)*z", "y ~ ns(`mother age`, df=4) + g",
        "y ~ poly(x, 2):ns(w, df=2)", "y ~ ns(w, df=2):poly(x, 2) - 1", "y ~ x + offset(w)",
        "y ~ offset(log(w)) + z + offset(x)", "y ~ 0 + poly(x, 2):g", "y ~ x:w + z", "y ~ x:w:z - 1"),
    visits = c(
        "y ~ x + z + g", "y ~ z*g*factor(k)", "y ~ z*g*factor(k) - 1", "y ~ (x + z + g + factor(k))^2",
        "y ~ z:g + factor(k)", "y ~ ns(year, df=3)", "y ~ ns(year, df=4)*g", "y ~ ns(parity, df=2) + z",
        "y ~ ns(parity, 5)", "y ~ poly(year, 3)", "y ~ poly(year, 2)*z", "y ~ poly(parity, 4)",
        "y ~ ns(x, df=6)", "y ~ ns(log(w), df=3):g", "y ~ factor(year)", "y ~ factor(year, ref=2012) + offset(log(t + 1))",
        "y ~ x*g + offset(log(w)) - x", "y ~ factor(k, ref=5):z + x", "y ~ log(t + 0.5):z + I(year - 2008)"),
    bcg = c(
        "~ ablat", "~ ablat + factor(alloc)", "~ ablat + factor(alloc, ref=\"random\")", "~ ablat*alloc",
        "~ alloc - 1", "~ I(ablat - 33.46)", "~ poly(ablat, 2) + year", "~ ns(year, df=2)", "~ ablat + I(ablat^2)",
        "~ I(year - 1948):alloc + ablat"))

what <- commandArgs(TRUE)[1]
if (what == "terms") {
    for (text in written_terms) put_terms(text)
    put_random_terms(1500)
} else if (what == "basis") {
    put_bases()
} else {
    for (name in names(matrices)) {
        put_data(name, get(name))
        for (text in matrices[[name]]) put_matrix(name, text)
    }
}
