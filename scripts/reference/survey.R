# Variances of totals that tests/unit/test_survey.c quotes, by R's survey: Rscript scripts/reference/survey.R
suppressMessages(library(survey))
d <- data.frame(h = c(1, 1, 1, 2, 2, 2, 2, 3), x = c(1.5, -2, 4, 0.25, 3, -1, 2, 7), y = c(-3, 1, 0.5, 2, 2, -4, 1, 0.75),
                drawn = c(3, 3, 3, 6, 6, 6, 6, 1), size = c(12, 12, 12, 10, 10, 10, 10, 1))
# Two units more of stratum 2 are outside the domain.
all <- rbind(d, data.frame(h = 2, x = NA, y = NA, drawn = 6, size = 10)[c(1, 1), ])
all$id <- seq_len(nrow(all))
for (fpc in list(NULL, ~size)) {
    part <- if (is.null(fpc)) subset(all, h < 3) else all
    design <- svydesign(ids = ~id, strata = ~h, weights = ~I(0 * h + 1), fpc = fpc, data = part)
    v <- vcov(svytotal(~x + y, subset(design, !is.na(x))))
    cat(sprintf("%.17g", v[c(1, 2, 4)]), "\n")
}
