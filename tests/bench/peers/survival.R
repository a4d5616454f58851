# survival's part of the bench: Rscript survival.R FILE: curves, medians and the log-rank test of four groups.
suppressPackageStartupMessages({ library(data.table); library(survival) })
d <- fread(commandArgs(TRUE)[1], select = c("support", "bf_duration_days", "weaned"), na.strings = "", showProgress = FALSE)
print(survfit(Surv(bf_duration_days, weaned) ~ support, d))
print(survdiff(Surv(bf_duration_days, weaned) ~ support, d))
