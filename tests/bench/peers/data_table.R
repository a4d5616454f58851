# Rscript data_table.R JOB FILE: the jobs in R's data.table.
args <- commandArgs(TRUE)
suppressPackageStartupMessages(library(data.table))
read <- function(columns) fread(args[2], select = columns, na.strings = "", showProgress = FALSE)
if (args[1] == "rates") {
    d <- read(c("support", "site", "initiated", "ebf_6m"))
    print(d[!is.na(support), .(n1 = sum(!is.na(initiated)), x1 = sum(initiated, na.rm = TRUE),
                               n2 = sum(!is.na(ebf_6m)), x2 = sum(ebf_6m, na.rm = TRUE)), keyby = .(support, site)])
} else if (args[1] == "odds") {
    d <- read(c("support", "site", "initiated"))[!is.na(support) & !is.na(initiated)]
    counts <- d[, .(N = as.numeric(.N)), by = .(s = support != "none", y = initiated == 1L, site)]
    print(mantelhaen.test(xtabs(N ~ s + y + site, counts)))
} else {
    quit(status = 2)
}
