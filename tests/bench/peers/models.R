# R's part of the bench for models: Rscript models.R logistic|cox|km FILE, what data.table reads.
suppressMessages({ library(data.table); library(survival) })
arguments <- commandArgs(TRUE)
covariates <- c("support", "maternal_age", "parity", "education", "smoker", "cesarean", "bmi")
wanted <- switch(arguments[1], logistic = c("ebf_3m", covariates), cox = c("bf_duration_days", "weaned", covariates),
                 km = c("bf_duration_days", "weaned", "support"))
d <- fread(arguments[2], select = wanted, na.strings = "", showProgress = FALSE)
for (column in intersect(c("support", "education"), wanted)) set(d, j = column, value = factor(d[[column]]))
if (arguments[1] == "logistic") {
    # Newton's method on cross-products, which is what the fastest of R's packages do; glm() takes several times as long.
    d <- na.omit(d)
    y <- d$ebf_3m
    x <- model.matrix(reformulate(covariates), d)
    rm(d)
    b <- numeric(ncol(x))
    last <- Inf
    repeat {
        mu <- plogis(as.vector(x %*% b))
        information <- crossprod(x * sqrt(mu * (1 - mu)))
        b <- b + as.vector(solve(information, crossprod(x, y - mu)))
        deviance <- -2 * sum(ifelse(y == 1, log(mu), log1p(-mu)))
        if (abs(deviance - last) / (0.1 + abs(deviance)) < 1e-8) break
        last <- deviance
    }
    print(cbind(b, sqrt(diag(solve(information)))), digits = 10)
} else if (arguments[1] == "cox") {
    print(summary(coxph(reformulate(covariates, quote(Surv(bf_duration_days, weaned))), d))$coefficients, digits = 10)
} else {
    print(survfit(Surv(bf_duration_days, weaned) ~ support, d))
    print(survdiff(Surv(bf_duration_days, weaned) ~ support, d))
}
