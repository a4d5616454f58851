# metafor's part of the bench: Rscript metafor.R reml|forest|loop FILE.
suppressMessages(library(metafor))
arguments <- commandArgs(TRUE)
if (arguments[1] == "loop") {
    # 1,000 sets of 20 studies: a tenth of what the other program pools.
    set.seed(1)
    for (i in 1:1000) {
        v <- runif(20, 0.01, 0.5)
        try(rma(rnorm(20, 0.3, sqrt(v + 0.05)), v, method = "REML"), silent = TRUE)
    }
} else {
    d <- read.csv(arguments[2])
    fit <- rma(measure = "OR", ai = treated_events, n1i = treated_total, ci = control_events, n2i = control_total,
               data = d, slab = study, method = "REML")
    print(fit)
    print(confint(fit))
    if (arguments[1] == "forest") {
        svg(file.path(tempdir(), "forest.svg"))
        forest(fit, atransf = exp)
        dev.off()
    }
}
