# dyad model against R: files in, numbers out.  Rscript tests/cli/reference_model.R [DYAD], from the top of the tree.
# Needs MASS, survival, sandwich, clubSandwich, geepack, lme4, brglm2, numDeriv and survey.  Prints the largest relative difference of
# each comparison, and fails beyond 1e-7, or beyond the tolerance that stands beside a comparison with its reason.
suppressMessages({ library(MASS); library(survival); library(sandwich); library(clubSandwich); library(geepack)
                   library(lme4); library(brglm2); library(numDeriv); library(survey) })
invisible(Sys.setlocale("LC_COLLATE", "C")) # as dyad orders levels
dyad <- c(commandArgs(TRUE), "build/dyad")[1]
folder <- tempfile("model"); dir.create(folder)
bad <- 0

store <- function(data, name) {
    file <- file.path(folder, paste0(name, ".csv"))
    for (i in which(vapply(data, is.double, NA)))
        data[[i]] <- ifelse(is.na(data[[i]]), NA, sprintf("%.17g", data[[i]]))
    write.csv(data, file, row.names = FALSE, quote = which(!vapply(data, is.numeric, NA)))
    file
}
model <- function(file, formula, ..., table = "coefficients") {
    out <- suppressWarnings(system2(dyad, shQuote(c("model", file, "--formula", formula, "--format", "csv", "--quiet",
                                                    "--table", table, ...)), stdout = TRUE, stderr = TRUE))
    if (!is.null(attr(out, "status"))) return(paste(out, collapse = " "))
    suppressWarnings(read.csv(text = out, check.names = FALSE, colClasses = c(term = "character", test = "character", name = "character",
                                                             level = "character", reference = "character")))
}
apart <- function(got, want) {
    if (length(got) != length(want)) return(Inf)
    off <- ifelse((is.na(got) & is.na(want)) | (!is.na(got) & !is.na(want) & got == want), 0, abs(got - want) / abs(want))
    if (anyNA(off)) Inf else max(off, 0)
}
same <- function(what, got, want, tolerance = 1e-7) {
    off <- apart(got, want)
    cat(sprintf("%-64s %8.1e%s\n", what, off, if (off > tolerance) "  DIFFERS" else ""))
    if (off > tolerance) bad <<- bad + 1
    invisible(off)
}

# What a table of coefficients is to hold.  A fit that R cannot estimate has NA.
table_of <- function(b, v, level = .95, df = Inf, names = base::names(b)) {
    se <- sqrt(diag(v))[seq_along(b)]; q <- qt((1 - level) / 2, df, lower.tail = FALSE)
    data.frame(term = names, estimate = b, std_error = se, statistic = b / se, p_value = 2 * pt(-abs(b / se), df),
               conf_low = b - q * se, conf_high = b + q * se)
}
columns <- c("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
compare <- function(what, got, want, tolerance = 1e-7, only = columns) {
    if (is.character(got)) { cat(what, ": ", got, "  DIFFERS\n", sep = ""); bad <<- bad + 1; return(invisible(Inf)) }
    if (!identical(as.character(got$term), as.character(want$term))) {
        cat(what, "  terms: ", paste(got$term, collapse = " "), " | ", paste(want$term, collapse = " "), "  DIFFERS\n", sep = "")
        bad <<- bad + 1
        return(invisible(Inf))
    }
    got$estimate[is.na(want$std_error) & is.na(want$estimate)] <- NA
    off <- vapply(only, function(k) { # a limit near 0 is as good as its error
        far <- abs(got[[k]] - want[[k]]); scale <- if (k %in% c("conf_low", "conf_high")) want$std_error else 0
        by <- pmax(abs(want[[k]]), scale)
        if (k == "p_value") by <- by * pmax(1, want$statistic^2) # a tail magnifies what the statistic is off by
         apart(ifelse(far == 0, 0, far / by) + 1, ifelse(is.na(want[[k]]), NA, 1)) }, 0)
    if (!is.null(got$ratio) && !all(is.na(got$ratio)))
        off <- c(off, ratio = apart(got$ratio, exp(got$estimate)), ratio_high = apart(got$ratio_high, exp(got$conf_high)))
    which <- base::names(off)[which.max(off)]
    cat(sprintf("%-64s %8.1e%s\n", what, max(off, 0), if (any(off > tolerance)) paste("  DIFFERS in", which) else ""))
    if (any(off > tolerance)) bad <<- bad + 1
    invisible(max(off))
}
value <- function(fit, name) fit$value[match(name, fit$name)]
# glm takes its errors from the step before the last: on until nothing moves.
tight <- list(epsilon = 1e-300, maxit = 60)
# (Nor does it see then that columns are collinear: such a fit is polished in full().)
glm <- function(...) {
    call <- match.call(); call[[1]] <- quote(stats::glm)
    loose <- call; loose$control <- NULL
    fit <- suppressWarnings(eval(loose, parent.frame()))
    if (anyNA(coef(fit))) fit else suppressWarnings(eval(call, parent.frame()))
}
full <- function(fit) { # coefficients and covariance with NA for what is aliased
    b <- coef(fit); v <- matrix(NA_real_, length(b), length(b)); k <- !is.na(b)
    if (!inherits(fit, "glm")) v[k, k] <- vcov(fit, complete = FALSE)
    else {
        x <- model.matrix(fit)[, k, drop = FALSE]; o <- if (is.null(fit$offset)) 0 else fit$offset
        for (i in 1:200) {
            eta <- drop(x %*% b[k]) + o; mu <- fit$family$linkinv(eta); d <- fit$family$mu.eta(eta)
            w <- fit$prior.weights * d^2 / fit$family$variance(mu)
            b[k] <- b[k] + drop(solve(crossprod(x * sqrt(w)), crossprod(x, w * (fit$y - mu) / d)))
        }
        v[k, k] <- solve(crossprod(x * sqrt(w)))
        if (fit$family$family == "gaussian") v <- v * summary(fit)$dispersion
    }
    list(b = b, v = v)
}
of <- function(fit, ...) { f <- full(fit); table_of(f$b, f$v, ...) }

# --- generalised linear models, real data
bw <- birthwt; bw$site <- c("north", "south", "east")[bw$race]; bw$id <- seq_len(nrow(bw)) %% 23
bw$lwt[c(5, 50)] <- NA; bw$site[c(7, 60)] <- NA
W <- store(bw, "birthwt"); bw <- read.csv(W)
for (f in c("low ~ age + lwt + factor(race)*smoke + ptl + ht + ui", "low ~ site", "low ~ site - 1", "low ~ site:smoke + age",
            "low ~ site*factor(ui) + lwt + age - lwt", "low ~ log(lwt) + I(age^2) + sqrt(age) + exp(ptl)", "low ~ 1",
            "low ~ age + offset(log(lwt))", "low ~ site*smoke*I(age - 20)", "low ~ age:lwt + age", "low ~ 0 + factor(smoke) + site",
            "low ~ poly(age, 3) + smoke", "low ~ age + I(2*age) + lwt")) {
    fit <- glm(as.formula(f), binomial, bw, control = tight)
    compare(paste("logistic", f), model(W, f), of(fit))
}
library(splines)
compare("logistic ns", model(W, "low ~ ns(lwt, df=3) + smoke"), of(glm(low ~ ns(lwt, df = 3) + smoke, binomial, bw, control = tight)))
fit <- glm(low ~ age + lwt + site, binomial, bw, control = tight)
got <- model(W, "low ~ age + lwt + site", table = "fit")
same("logistic fit table", value(got, c("n", "parameters", "log_lik", "deviance", "null_deviance", "null_log_lik", "aic", "bic")),
     c(nobs(fit), 5, logLik(fit), deviance(fit), fit$null.deviance, -fit$null.deviance / 2, AIC(fit), BIC(fit)))
same("logistic dropped", value(got, "dropped"), nrow(bw) - nobs(fit))
p <- fitted(fit); y <- fit$y
same("logistic auc", value(got, "auc"), mean(outer(p[y == 1], p[y == 0], function(a, b) (a > b) + (a == b) / 2)))
want <- drop1(fit, test = "LRT"); got <- model(W, "low ~ age + lwt + site", table = "tests")
same("logistic lr tests", unlist(got[got$test == "lr", c("statistic", "df", "p_value")]), unlist(want[-1, c("LRT", "Df", "Pr(>Chi)")]))
k <- 4:5
same("logistic wald test of a factor", got$statistic[got$term == "site" & got$test == "wald"],
     drop(coef(fit)[k] %*% solve(vcov(fit)[k, k], coef(fit)[k])))
want <- suppressMessages(confint(fit)); got <- model(W, "low ~ age + lwt + site", "--ci", "profile")
same("logistic profile limits (confint: a spline)", unlist(got[c("conf_low", "conf_high")]), as.vector(want), 1e-2)
off <- function(i, limit) { # the deviance that the limit gives
    x <- model.matrix(fit); o <- x[, i] * limit
    glm(fit$y ~ 0 + x[, -i], binomial, offset = o, control = tight)$deviance - deviance(fit)
}
same("logistic profile limits (deviance there)", c(mapply(off, 1:5, got$conf_low), mapply(off, 1:5, got$conf_high)), rep(qchisq(.95, 1), 10))
compare("level 0.9", model(W, "low ~ age", "--level", "90"), of(glm(low ~ age, binomial, bw, control = tight), level = .9))

robust <- function(what, fit, formula, file, ..., df = Inf) {
    for (k in c("robust", "hc1", "hc2", "hc3"))
        compare(paste(what, k), model(file, formula, "--se", k, ...),
                table_of(coef(fit), vcovHC(fit, type = sub("ROBUST", "HC0", toupper(k))), df = df))
}
clustered <- function(what, fit, formula, file, cluster, id, ..., df = Inf, cr2 = TRUE) {
    for (k in c("cr0", "cluster"))
        compare(paste(what, k), model(file, formula, "--se", k, "--cluster", id, ...),
                table_of(coef(fit), as.matrix(vcovCR(fit, cluster, c(cr0 = "CR0", cluster = "CR1")[k])), df = df))
    if (!cr2) return()
    v <- vcovCR(fit, cluster, "CR2"); test <- coef_test(fit, v, test = "Satterthwaite")
    got <- model(file, formula, "--se", "cr2", "--cluster", id, ...)
    compare(paste(what, "cr2"), got, table_of(coef(fit), as.matrix(v), df = test$df_Satt), only = columns)
    same(paste(what, "cr2 df"), got$df, test$df_Satt)
    joint(what, fit, v, model(file, formula, "--se", "cr2", "--cluster", id, ..., table = "tests"))
}
joint <- function(what, fit, v, got) for (term in got$term) { # of interactions, all their coefficients
    named <- c(assign = attr(terms(fit), "term.labels"))
    which <- which(attr(model.matrix(fit), "assign") == match(term, named))
    want <- Wald_test(fit, constraints = constrain_zero(which), vcov = v, test = "HTZ")
    mine <- got[got$term == term, ]
    same(paste(what, "cr2, joint test of", term), c(mine$statistic, mine$df_residual, mine$p_value), c(want$Fstat, want$df_denom, want$p_val))
}
used <- na.omit(bw[c("low", "bwt", "ftv", "age", "lwt", "smoke", "site", "id", "race", "ht")])
families <- list(logistic = binomial, poisson = poisson, linear = gaussian)
for (k in names(families)) {
    y <- c(logistic = "low", poisson = "ftv", linear = "bwt")[k]
    f <- paste(y, "~ age + lwt + site*smoke")
    fit <- if (k == "linear") lm(as.formula(f), used) else glm(as.formula(f), families[[k]], used, control = tight)
    df <- if (k == "linear") fit$df.residual else Inf
    compare(k, model(W, f, "--family", k), of(fit, df = df))
    robust(k, fit, f, W, "--family", k, df = df)
    clustered(k, fit, f, W, used$id, "id", "--family", k, df = df)
}
fit <- lm(bwt ~ age + lwt + site, used); s <- summary(fit)
got <- model(W, "bwt ~ age + lwt + site", "--family", "linear", table = "fit")
same("linear fit table", value(got, c("n", "log_lik", "deviance", "aic", "bic", "sigma", "r_squared", "df_residual")),
     c(nobs(fit), logLik(fit), deviance(fit), AIC(fit), BIC(fit), s$sigma, s$r.squared, fit$df.residual))
got <- model(W, "bwt ~ age + lwt + site", "--family", "linear", table = "tests"); want <- drop1(fit, test = "F")
same("linear F of each term", got$statistic[got$test == "wald"], want$`F value`[-1])
same("linear F of each term, p", got$p_value[got$test == "wald"], want$`Pr(>F)`[-1])
fit <- lm(bwt ~ 0 + lwt + age, used)
same("linear without intercept: r_squared", value(model(W, "bwt ~ 0 + lwt + age", "--family", "linear", table = "fit", "--where", "site is not missing"),
     "r_squared"), summary(fit)$r.squared)
fit <- glm(low ~ smoke + age + lwt, poisson, used, control = tight)
compare("modified-poisson", model(W, "low ~ smoke + age + lwt", "--family", "modified-poisson", "--where", "site is not missing"),
        table_of(coef(fit), sandwich(fit)))
clustered("modified-poisson", fit, "low ~ smoke + age + lwt", W, used$id, "id", "--family", "modified-poisson", "--where", "site is not missing")
fit <- glm(low ~ smoke + site, binomial("log"), used, control = list(epsilon = 1e-300, maxit = 2000), start = c(-1, 0, 0, 0))
compare("log-binomial", model(W, "low ~ smoke + site", "--family", "log-binomial", "--where", "lwt is not missing"), of(fit))

# --- negative binomial
Q <- store(quine, "quine"); q <- read.csv(Q)
nb <- function(formula, data) { # glm.nb stops early: on until theta stands
    loose <- glm.nb(formula, data, control = glm.control(epsilon = 1e-10, maxit = 500)); theta <- loose$theta
    for (i in 1:30) {
        fit <- do.call(stats::glm, list(formula, negative.binomial(theta), data, control = list(epsilon = 1e-15, maxit = 100)))
        theta <- theta.ml(fit$y, fitted(fit), sum(fit$prior.weights), weights = fit$prior.weights, eps = 1e-14, limit = 100)
    }
    b <- full(fit)$b; for (i in 1:20) { # and the last digits of both
        fit$coefficients <- b; mu <- exp(drop(model.matrix(fit) %*% b) + if (is.null(fit$offset)) 0 else fit$offset)
        theta <- theta.ml(fit$y, mu, sum(fit$prior.weights), weights = fit$prior.weights, eps = 1e-15, limit = 100)
        fit$family <- negative.binomial(as.numeric(theta)); b <- full(fit)$b
    }
    fit$theta <- as.numeric(theta); fit$SE.theta <- attr(theta, "SE")
    fit$loglik <- sum(fit$prior.weights * dnbinom(fit$y, size = fit$theta, mu = fitted(fit), log = TRUE))
    fit
}
f <- "Days ~ Sex + Age + Eth*Lrn"; fit <- nb(as.formula(f), q)
compare("negative-binomial quine", model(Q, f, "--family", "negative-binomial"), of(fit))
got <- model(Q, f, "--family", "negative-binomial", table = "fit")
same("negative-binomial theta, log_lik, deviance, aic", value(got, c("theta", "theta_error", "log_lik", "deviance", "aic")),
     c(fit$theta, fit$SE.theta, fit$loglik, deviance(fit), 2 * (length(coef(fit)) + 1 - fit$loglik)))
E <- store(epil, "epil"); e <- read.csv(E)
f <- "y ~ trt + log(base) + log(age) + V4"; fit <- nb(as.formula(f), e)
compare("negative-binomial epil", model(E, f, "--family", "negative-binomial"), of(fit))
fit <- glm(as.formula(f), poisson, e, control = tight)
compare("poisson epil", model(E, f, "--family", "poisson"), of(fit))
robust("poisson epil", fit, f, E, "--family", "poisson")
clustered("poisson epil", fit, f, E, e$subject, "subject", "--family", "poisson")
compare("poisson, offset", model(E, "y ~ trt + offset(log(base)) + offset(V4)", "--family", "poisson"),
        of(glm(y ~ trt + offset(log(base)) + offset(V4), poisson, e, control = tight)))

# --- grouped outcomes, frequencies, orders, definitions, groups
es <- datasets::esoph; es <- data.frame(age = as.character(es$agegp), alc = as.character(es$alcgp), tob = as.character(es$tobgp),
                                        cases = es$ncases, total = es$ncases + es$ncontrols)
S <- store(es, "esoph"); es <- read.csv(S)
fit <- glm(cbind(cases, total - cases) ~ alc + tob + age, binomial, es, control = tight)
compare("EVENTS/TOTAL", model(S, "cases/total ~ alc + tob + age"), of(fit))
long <- es[rep(seq_len(nrow(es)), es$total), ]; long$case <- unlist(lapply(seq_len(nrow(es)), function(i) rep(1:0, c(es$cases[i], es$total[i] - es$cases[i]))))
fit <- glm(case ~ alc + age, binomial, long, control = tight)
for (k in c("robust", "hc1", "hc3"))
    compare(paste("EVENTS/TOTAL, people", k), model(S, "cases/total ~ alc + age", "--se", k),
            table_of(coef(fit), vcovHC(fit, type = c(robust = "HC0", hc1 = "HC1", hc3 = "HC3")[k])))
fit <- glm(case ~ alc + age, poisson, long, control = tight)
compare("EVENTS/TOTAL modified-poisson", model(S, "cases/total ~ alc + age", "--family", "modified-poisson"), table_of(coef(fit), sandwich(fit)))
fit <- glm(case ~ alc + tob, binomial, long, control = tight)
clustered("EVENTS/TOTAL", fit, "cases/total ~ alc + tob", S, long$age, "age")

bw$times <- (seq_len(nrow(bw)) * 7) %% 5; F <- store(bw, "freq"); many <- bw[rep(seq_len(nrow(bw)), bw$times), ]
many$person <- seq_len(nrow(many))
f <- "low ~ age + site*smoke"; fit <- glm(as.formula(f), binomial, many, control = tight)
compare("--freq logistic", model(F, f, "--freq", "times"), of(fit))
got <- model(F, f, "--freq", "times", table = "fit")
same("--freq fit", value(got, c("n", "log_lik", "bic", "deviance", "null_deviance")), c(nobs(fit), logLik(fit), BIC(fit), deviance(fit), fit$null.deviance))
p <- fitted(fit); y <- fit$y
same("--freq auc", value(got, "auc"), mean(outer(p[y == 1], p[y == 0], function(a, b) (a > b) + (a == b) / 2)))
there <- many[!is.na(many$site), ]; fit <- glm(as.formula(f), binomial, there, control = tight)
robust("--freq logistic", fit, f, F, "--freq", "times")
clustered("--freq logistic", fit, f, F, there$id, "id", "--freq", "times")
f <- "bwt ~ age + site"; fit <- lm(as.formula(f), there)
compare("--freq linear", model(F, f, "--freq", "times", "--family", "linear"), of(fit, df = fit$df.residual))
robust("--freq linear", fit, f, F, "--freq", "times", "--family", "linear", df = fit$df.residual)
f <- "ftv ~ age + site"; fit <- nb(as.formula(f), there)
compare("--freq negative-binomial", model(F, f, "--freq", "times", "--family", "negative-binomial"), of(fit))

o <- transform(bw, site = factor(site, c("south", "north", "east")))
compare("--order", model(W, "low ~ site + age", "--order", "site=south,north"), of(glm(low ~ site + age, binomial, o, control = tight)))
compare("ref=", setNames(model(W, 'low ~ factor(site, ref="south") + age'), names(model(W, "low ~ 1"))),
        transform(of(glm(low ~ factor(relevel(factor(site), "south")) + age, binomial, bw, control = tight)),
                  term = c("(Intercept)", 'factor(site, ref = "south")east', 'factor(site, ref = "south")north', "age")))
w <- subset(bw, age > 20 & site != "east")
compare("--where", model(W, "low ~ site + age", "--where", "age > 20", "--where", "site != 'east'"), of(glm(low ~ site + age, binomial, w, control = tight)))
d <- transform(bw, heavy = as.numeric(lwt >= 130), r = ifelse(race == 1, "w", "o"))
compare("--define", model(W, "low ~ heavy + r", "--define", "heavy=lwt >= 130", "--define", "r=if(race == 1, 'w', 'o')"),
        of(glm(low ~ heavy + r, binomial, d, control = tight)))
d <- subset(bw, !(age %in% c(20, 25)) & site != "east")
compare("--na", model(W, "low ~ age + site", "--na", "age=20,25", "--na", "site=east"), of(glm(low ~ age + site, binomial, d, control = tight)))
got <- model(W, "low ~ age + site", "--by", "smoke,ht")
for (s in 0:1) for (h in 0:1) {
    part <- subset(bw, smoke == s & ht == h); mine <- got[got$smoke == s & got$ht == h, ]
    if (h == 0) compare(paste("--by", s, h), mine, of(glm(low ~ age + site, binomial, part, control = tight)))
}
compare("COL=VALUE", model(W, "race=1 ~ age + lwt"), of(glm((race == 1) ~ age + lwt, binomial, bw, control = tight)))

gvif <- function(fit) { r <- cov2cor(vcov(fit)[-1, -1]); a <- attr(model.matrix(fit), "assign")[-1]
    vapply(unique(a), function(t) det(r[a == t, a == t, drop = FALSE]) * det(r[a != t, a != t, drop = FALSE]) / det(r), 0) }
fit <- glm(low ~ age + site + smoke + ht, binomial, bw, control = tight)
same("vif", model(W, "low ~ age + site + smoke + ht", table = "vif")$gvif, gvif(fit))

# --- margins and E-values
gcomp <- function(fit, data, column, levels, inverse) {
    means <- function(b) vapply(levels, function(l) { data[[column]] <- l
        mean(inverse(drop(model.matrix(delete.response(terms(fit)), data, xlev = fit$xlevels) %*% b))) }, 0)
    b <- coef(fit); v <- vcov(fit); m <- means(b)
    J <- jacobian(means, b); k <- length(m)
    D <- J[-1, , drop = FALSE] - rep(1, k - 1) %o% J[1, ]; R <- J[-1, , drop = FALSE] / m[-1] - rep(1, k - 1) %o% (J[1, ] / m[1])
    se <- function(J) sqrt(diag(J %*% v %*% t(J)))
    list(value = c(m, m[-1] - m[1], m[-1] / m[1]), se = c(se(J), se(D), se(R)))
}
fit <- glm(low ~ site*smoke + age, binomial, there <- bw[!is.na(bw$site), ], control = tight)
got <- model(W, "low ~ site*smoke + age", "--margins", "site", table = "margins")
want <- gcomp(fit, there, "site", c("east", "north", "south"), plogis)
same("margins logistic", got$estimate, want$value); same("margins logistic, errors", got$std_error, want$se)
got <- model(W, "low ~ site*smoke + age", "--margins", "smoke", table = "margins")
want <- gcomp(fit, there, "smoke", 0:1, plogis)
same("margins of a number", got$estimate, want$value); same("margins of a number, errors", got$std_error, want$se)
got <- model(F, "low ~ site*smoke + age", "--margins", "site", "--freq", "times", table = "margins")
there <- many[!is.na(many$site), ]; fit <- glm(low ~ site*smoke + age, binomial, there, control = tight)
want <- gcomp(fit, there, "site", c("east", "north", "south"), plogis)
same("margins --freq", c(got$estimate, got$std_error), c(want$value, want$se))
long <- transform(long); fit <- glm(case ~ alc + age, binomial, long, control = tight)
got <- model(S, "cases/total ~ alc + age", "--margins", "alc", table = "margins"); want <- gcomp(fit, long, "alc", sort(unique(es$alc)), plogis)
same("margins EVENTS/TOTAL", c(got$estimate, got$std_error), c(want$value, want$se))
ev <- function(rr) ifelse(rr >= 1, rr + sqrt(rr * (rr - 1)), 1 / rr + sqrt(1 / rr * (1 / rr - 1)))
evalues <- function(b, lo, hi, f) { limit <- ifelse(lo <= 0 & hi >= 0, 1, ev(f(exp(ifelse(b > 0, lo, hi))))); list(ev(f(exp(b))), limit) }
for (family in c("logistic", "modified-poisson", "gee", "mixed-logistic")) {
    extra <- if (family %in% c("gee", "mixed-logistic")) c("--cluster", "id") else NULL
    co <- do.call(model, as.list(c(W, "low ~ smoke + lwt", "--family", family, extra)))[-1, ]
    got <- do.call(model, as.list(c(W, "low ~ smoke + lwt", "--family", family, extra, "--evalue", table = "e_values")))
    want <- evalues(co$estimate, co$conf_low, co$conf_high, if (family == "modified-poisson") identity else sqrt) # 31% have the outcome
    same(paste("evalue", family), c(got$e_value, got$e_value_limit), unlist(want))
}

# --- many clusters, and one test of several coefficients of them
set.seed(5)
many <- data.frame(id = rep(1:400, each = 3), u = rnorm(1200), g = sample(letters[1:4], 1200, TRUE))
many$y <- rbinom(1200, 1, plogis(-0.5 + 0.4 * many$u + rep(rnorm(400), each = 3)))
fit <- glm(y ~ u + g, binomial, many, control = tight)
clustered("400 clusters", fit, "y ~ u + g", store(many, "many"), many$id, "id")

# --- survey designs (survey's svyglm; t with units minus strata of the whole design)
data(api); data(nhanes, package = "survey")
svy <- function(what, got, formula, design, whole, family = gaussian(), term = NULL, start = NULL) {
    fit <- suppressWarnings(do.call(svyglm, list(formula, design, family = family, start = start, control = list(epsilon = 1e-15, maxit = 100))))
    compare(what, got, table_of(coef(fit), vcov(fit), df = degf(whole)))
    if (!is.null(term)) { t <- regTermTest(fit, term, df = degf(whole)); list(F = t$Ftest[1], p = t$p[1], df = degf(whole)) }
}
P <- store(apistrat, "apistrat"); C <- store(apiclus1, "apiclus1"); H <- store(nhanes, "nhanes")
d <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
svy("survey, strata, population", model(P, "sch.wide=Yes ~ ell + meals + stype", "--design-strata", "stype", "--weight", "pw", "--fpc", "fpc"),
    I(sch.wide == "Yes") ~ ell + meals + stype, d, d, quasibinomial())
svy("survey, strata, domain", model(P, "api00 ~ ell + meals", "--design-strata", "stype", "--weight", "pw", "--where", "awards == 'Yes'", "--family", "linear"),
    api00 ~ ell + meals, subset(d2 <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = apistrat), awards == "Yes"), d2)
d <- svydesign(ids = ~1, weights = ~pw, data = apistrat)
svy("survey, weights alone", model(P, "api00 ~ ell + stype", "--weight", "pw", "--family", "linear"), api00 ~ ell + stype, d, d)
d <- svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
svy("survey, clusters, population", model(C, "api00 ~ ell + meals + mobility", "--psu", "dnum", "--weight", "pw", "--fpc", "fpc", "--family", "linear"),
    api00 ~ ell + meals + mobility, d, d)
d <- svydesign(ids = ~dnum, weights = ~pw, data = apiclus1)
for (type in c("E", "M"))
    svy(paste("survey, clusters, domain", type),
        model(C, "sch.wide=Yes ~ ell + meals", "--psu", "dnum", "--weight", "pw", "--where", sprintf("stype == '%s'", type), "--family", "modified-poisson"),
        I(sch.wide == "Yes") ~ ell + meals, subset(d, stype == type), d, quasipoisson())
d <- svydesign(ids = ~dnum, probs = ~I(0 * pw + 1), data = apiclus1)
svy("survey, equal weights", model(C, "api00 ~ ell", "--psu", "dnum", "--family", "linear"), api00 ~ ell, d, d)
d <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
design <- c("--psu", "SDMVPSU", "--weight", "WTMEC2YR", "--design-strata", "SDMVSTRA")
nh <- function(...) do.call(model, as.list(c(H, ..., design)))
test <- svy("survey, units in strata, missing values", nh("HI_CHOL ~ factor(race) + agecat + RIAGENDR"),
            HI_CHOL ~ factor(race) + agecat + RIAGENDR, d, d, quasibinomial(), term = ~agecat)
got <- subset(nh("HI_CHOL ~ factor(race) + agecat + RIAGENDR", table = "tests"), term == "agecat")
same("survey, Wald test of a factor", c(got$statistic, got$p_value, got$df_residual), c(test$F, test$p, test$df), 1e-6)
mine <- nh("HI_CHOL ~ factor(race) + agecat", "--family", "log-binomial", "--by", "RIAGENDR")
for (k in 1:2)
    svy(paste("survey, log-binomial, --by", k), subset(mine, RIAGENDR == k), HI_CHOL ~ factor(race) + agecat, subset(d, RIAGENDR == k), d,
        quasibinomial(link = "log"), start = c(-3, rep(0, 6)))

data(pbc, package = "survival"); pbc$w <- 1 + (seq_len(nrow(pbc)) * 7) %% 5 / 2; pbc$unit <- seq_len(nrow(pbc)) %% 40; pbc$h <- pbc$unit %% 4
pbc$part <- 0.25 * (1 + pbc$h %% 2); pbc$death <- as.integer(pbc$status == 2)
B <- store(pbc, "pbc")
exactly <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)
cox_survey <- function(what, got, formula, design, whole) {
    fit <- svycoxph(formula, design = design, control = exactly)
    compare(what, got, table_of(coef(fit), vcov(fit), df = degf(whole)))
}
f <- Surv(time, death) ~ age + edema + strata(stage)
d <- svydesign(ids = ~unit, strata = ~h, weights = ~w, data = pbc, nest = TRUE)
cox_survey("survey, Cox, units in strata", model(B, "Surv(time, death) ~ age + edema", "--stratify", "stage", "--family", "cox", "--psu", "unit",
    "--design-strata", "h", "--weight", "w"), f, subset(d, !is.na(stage)), d)
d <- svydesign(ids = ~1, strata = ~h, weights = ~w, fpc = ~part, data = pbc)
cox_survey("survey, Cox, records in strata, a domain", model(B, "Surv(time, death) ~ age + log(bili)", "--family", "cox", "--design-strata", "h",
    "--weight", "w", "--fpc", "part", "--where", "sex == 'f'"), Surv(time, death) ~ age + log(bili), subset(d, sex == "f"), d)

# --- penalised
firth <- function(formula, data) glm(formula, binomial, data, method = "brglm_fit", type = "AS_mean", epsilon = 1e-13, maxit = 5000)
plain <- function(fit, data) { x <- model.matrix(fit); p <- fitted(fit); v <- solve(crossprod(x * sqrt(p * (1 - p)))); dimnames(v) <- NULL; v }
fit <- firth(low ~ age + site + ht, used); got <- model(W, "low ~ age + site + ht", "--penalty", "firth", "--where", "lwt is not missing")
compare("firth logistic (brglm2)", got, table_of(coef(fit), plain(fit)))
sep <- data.frame(y = rep(c(0, 0, 0, 1, 1, 1, 1, 1), 3), x = rep(c(0, 0, 0, 0, 1, 1, 1, 1), 3), z = c(sin(1:24)))
fit <- firth(y ~ x + z, sep); compare("firth separated (brglm2)", model(store(sep, "sep"), "y ~ x + z", "--penalty", "firth"), table_of(coef(fit), plain(fit)))

# --- Cox
control <- coxph.control(eps = 1e-14, toler.chol = 1e-13, iter.max = 100)
cox <- function(formula, data, ...) suppressWarnings(do.call(coxph, c(list(formula, data = data, control = control), eval(substitute(list(...)), data, parent.frame()))))
cox_table <- function(fit, v = vcov(fit)) table_of(coef(fit), v)
survive <- function(name, file, data, ours, theirs, ..., extra = NULL) for (ties in c("efron", "breslow")) {
    fit <- cox(theirs, data, ties = ties)
    run <- function(table) do.call(model, as.list(c(file, ours, "--family", "cox", "--ties", ties, extra, table = table)))
    compare(paste("cox", name, ties), run("coefficients"), cox_table(fit))
    s <- summary(fit); got <- run("fit")
    same(paste("cox", name, ties, "fit"), value(got, c("n", "events", "log_lik", "null_log_lik", "lr", "score", "wald", "concordance", "aic", "bic")),
         c(fit$n, fit$nevent, fit$loglik[2:1], s$logtest[1], s$sctest[1], fit$wald.test, s$concordance[1], AIC(fit), BIC(fit)))
    z <- cox.zph(fit, transform = "km"); got <- run("tests"); got <- got[got$test == "ph", ]
    same(paste("cox", name, ties, "zph"), c(got$statistic, got$p_value), c(z$table[, "chisq"], z$table[, "p"]), 1e-6)
}
lung$inst[is.na(lung$inst)] <- 99; L <- store(lung, "lung"); l <- read.csv(L)
survive("lung", L, l, "Surv(time, status=2) ~ age + factor(sex) + ph.ecog", Surv(time, status == 2) ~ age + factor(sex) + ph.ecog)
survive("lung strata", L, l, "Surv(time, status=2) ~ age + ph.karno", Surv(time, status == 2) ~ age + ph.karno + strata(sex, ph.ecog),
        extra = c("--stratify", "sex,ph.ecog"))
O <- store(ovarian, "ovarian"); survive("ovarian", O, ovarian, "Surv(futime, fustat) ~ age + factor(rx) + resid.ds", Surv(futime, fustat) ~ age + factor(rx) + resid.ds)
V <- store(transform(veteran, celltype = as.character(celltype)), "veteran"); v <- read.csv(V)
survive("veteran", V, v, "Surv(time, status) ~ trt*celltype + karno + offset(age/50)", Surv(time, status) ~ trt*celltype + karno + offset(age/50))
H <- store(heart, "heart"); survive("heart", H, read.csv(H), "Surv(start, stop, event) ~ age + year + surgery + transplant",
                                    Surv(start, stop, event) ~ age + year + surgery + transplant)
C <- store(transform(subset(colon, etype == 2), rx = as.character(rx)), "colon"); co <- read.csv(C)
survive("colon", C, co, "Surv(time, status) ~ rx + sex + age + nodes + factor(extent)", Surv(time, status) ~ rx + sex + age + nodes + factor(extent))
K <- store(transform(kidney, disease = as.character(disease)), "kidney"); kd <- read.csv(K)
for (ties in c("efron", "breslow")) {
    fit <- cox(Surv(time, status) ~ age + sex + disease, kd, ties = ties, id = seq_len(nrow(kd)), robust = TRUE)
    compare(paste("cox robust", ties), model(K, "Surv(time, status) ~ age + sex + disease", "--family", "cox", "--ties", ties, "--se", "robust"), cox_table(fit))
    fit <- cox(Surv(time, status) ~ age + sex + disease, kd, ties = ties, cluster = id); G <- length(unique(kd$id))
    compare(paste("cox cr0", ties), model(K, "Surv(time, status) ~ age + sex + disease", "--family", "cox", "--ties", ties, "--se", "cr0", "--cluster", "id"), cox_table(fit))
    compare(paste("cox cluster", ties), model(K, "Surv(time, status) ~ age + sex + disease", "--family", "cox", "--ties", ties, "--cluster", "id"),
            cox_table(fit, vcov(fit) * G / (G - 1)))
}
l$times <- seq_len(nrow(l)) %% 4; LF <- store(l, "lungfreq"); ll <- l[rep(seq_len(nrow(l)), l$times), ]
for (ties in c("efron", "breslow")) {
    fit <- cox(Surv(time, status == 2) ~ age + sex, ll, ties = ties)
    compare(paste("cox --freq", ties), model(LF, "Surv(time, status=2) ~ age + sex", "--family", "cox", "--freq", "times", "--ties", ties), cox_table(fit))
    got <- model(LF, "Surv(time, status=2) ~ age + sex", "--family", "cox", "--freq", "times", "--ties", ties, table = "fit")
    same(paste("cox --freq fit", ties), value(got, c("n", "events", "log_lik", "null_log_lik", "score", "concordance")),
         c(fit$n, fit$nevent, fit$loglik[2:1], summary(fit)$sctest[1], summary(fit)$concordance[1]))
    fit <- cox(Surv(time, status == 2) ~ age + sex, ll, ties = ties, cluster = inst)
    compare(paste("cox --freq cr0", ties), model(LF, "Surv(time, status=2) ~ age + sex", "--family", "cox", "--freq", "times", "--ties", ties, "--se", "cr0",
                                                 "--cluster", "inst"), cox_table(fit))
}
got <- model(L, "Surv(time, status=2) ~ age", "--family", "cox", "--by", "sex")
for (s in 1:2) compare(paste("cox --by", s), got[got$sex == s, ], cox_table(cox(Surv(time, status == 2) ~ age, subset(l, sex == s))))
got <- model(L, "Surv(time, status=2) ~ age + sex", "--family", "cox", "--ci", "profile"); fit <- cox(Surv(time, status == 2) ~ age + sex, l)
there <- function(i, b) { o <- l[[c("age", "sex")[i]]] * b; x <- l[[c("sex", "age")[i]]]
                          2 * (fit$loglik[2] - cox(Surv(time, status == 2) ~ x + offset(o), l)$loglik[2]) }
same("cox profile limits (likelihood there)", c(mapply(there, 1:2, got$conf_low), mapply(there, 1:2, got$conf_high)), rep(qchisq(.95, 1), 4))
penalised <- function(b) { f <- suppressWarnings(coxph(Surv(time, status == 2) ~ age + sex, l, init = b, control = coxph.control(iter.max = 0)))
                           f$loglik[2] - determinant(f$var)$modulus[1] / 2 }
b <- coef(fit); for (i in 1:12) b <- b - drop(solve(hessian(penalised, b), grad(penalised, b)))
compare("cox firth (maximised here)", model(L, "Surv(time, status=2) ~ age + sex", "--family", "cox", "--penalty", "firth"),
        table_of(b, coxph(Surv(time, status == 2) ~ age + sex, l, init = b, control = coxph.control(iter.max = 0))$var, names = c("age", "sex")))

# --- matched sets
I <- store(transform(infert, education = as.character(education)), "infert"); inf <- read.csv(I)
for (f in c("case ~ spontaneous + induced", "case ~ factor(spontaneous)*induced", "case ~ factor(spontaneous) + factor(induced) + offset(0.1*induced)")) {
    fit <- suppressWarnings(clogit(update(as.formula(f), . ~ . + strata(stratum)), inf, method = "exact", control = control))
    compare(paste("conditional", f), model(I, f, "--family", "conditional", "--match", "stratum"), cox_table(fit))
}
fit <- clogit(case ~ spontaneous + induced + strata(stratum), inf, method = "exact", control = control); s <- summary(fit)
got <- model(I, "case ~ spontaneous + induced", "--family", "conditional", "--match", "stratum", table = "fit")
same("conditional fit", value(got, c("log_lik", "null_log_lik", "lr", "score", "wald")), c(fit$loglik[2:1], s$logtest[1], s$sctest[1], fit$wald.test))
inf$big <- inf$stratum %% 12; B <- store(inf, "sets"); fit <- clogit(case ~ spontaneous + induced + age + strata(big), inf, method = "exact", control = control)
compare("conditional, many cases a set", model(B, "case ~ spontaneous + induced + age", "--family", "conditional", "--match", "big"), cox_table(fit))
got <- model(B, "case ~ spontaneous + induced", "--family", "conditional", "--match", "stratum", "--ci", "profile")
fit <- clogit(case ~ spontaneous + induced + strata(stratum), inf, method = "exact", control = control)
there <- function(i, b) { o <- inf[[c("spontaneous", "induced")[i]]] * b; x <- inf[[c("induced", "spontaneous")[i]]]
    2 * (fit$loglik[2] - clogit(case ~ x + offset(o) + strata(stratum), inf, method = "exact", control = control)$loglik[2]) }
same("conditional profile limits (likelihood there)", c(mapply(there, 1:2, got$conf_low), mapply(there, 1:2, got$conf_high)), rep(qchisq(.95, 1), 4))
ones <- subset(inf, ave(case, stratum, FUN = sum) == 1); fit <- coxph(Surv(rep(1, nrow(ones)), case) ~ spontaneous + induced + strata(stratum) + cluster(stratum), ones,
                                                                      ties = "breslow", control = control)
compare("conditional robust (sets of one case)", model(store(ones, "ones"), "case ~ spontaneous + induced", "--family", "conditional", "--match", "stratum", "--se", "robust"),
        cox_table(fit))

# --- clusters
bac <- transform(bacteria, y = as.integer(y == "y"), ID = as.character(ID), trt = as.character(trt)); Y <- store(bac, "bacteria"); bac <- read.csv(Y)
bac <- bac[order(bac$ID), ]
for (working in c("independence", "exchangeable")) {
    fit <- geeglm(y ~ trt + I(week > 2), binomial, bac, id = as.integer(factor(ID)), corstr = working, control = geese.control(epsilon = 1e-13, maxit = 500))
    got <- model(Y, "y ~ trt + late", "--define", "late=week > 2", "--family", "gee", "--cluster", "ID", "--working", working)
    want <- table_of(coef(fit), fit$geese$vbeta); want$term[4] <- "late"
    compare(paste("gee", working), got, want)
    if (working == "exchangeable")
        same("gee alpha", value(model(Y, "y ~ trt + late", "--define", "late=week > 2", "--family", "gee", "--cluster", "ID", "--working", working, table = "fit"), "alpha"),
             fit$geese$alpha)
    compare(paste("gee --se model", working), model(Y, "y ~ trt + late", "--define", "late=week > 2", "--family", "gee", "--cluster", "ID", "--working", working, "--se", "model"),
            transform(table_of(coef(fit), fit$geese$vbeta.naiv), term = want$term))
}
cl <- data.frame(c = rep(1:20, each = 4), x = rep(c(.1, .7, -.4, 1.1), 20) + rep(sin(1:20), each = 4), n = rep(1:5, 16), w = rep(c(2, 1, 3, 0), 20))
cl$e <- pmin(cl$n, rep(c(0, 1, 0, 2, 4, 1, 1), length.out = 80)); cl$y <- as.integer(sin(cl$c * 5) + cos(1:80 * 2) > .1); CL <- store(cl, "clusters")
ones <- cl[rep(1:80, cl$n), ]; ones$y <- unlist(lapply(1:80, function(i) rep(1:0, c(cl$e[i], cl$n[i] - cl$e[i]))))
many <- cl[rep(1:80, cl$w), ]
for (working in c("independence", "exchangeable")) for (k in 1:2) {
    fit <- geeglm(y ~ x, binomial, list(ones, many)[[k]], id = c, corstr = working, control = geese.control(epsilon = 1e-13, maxit = 500))
    compare(paste("gee", working, c("EVENTS/TOTAL", "--freq")[k]), do.call(model, as.list(c(CL, c("e/n ~ x", "y ~ x")[k], "--family", "gee", "--cluster", "c", "--working", working,
            if (k == 2) c("--freq", "w")))), table_of(coef(fit), fit$geese$vbeta))
}
mixed <- function(what, file, formula, data, cluster, ..., points = 25, theirs = formula) {
    fit <- suppressWarnings(glmer(as.formula(paste(theirs, "+ (1|", cluster, ")")), data, binomial, nAGQ = points, control = glmerControl(optimizer = "bobyqa")))
    got <- model(file, formula, "--family", "mixed-logistic", "--cluster", cluster, "--points", points, ...)
    tab <- model(file, formula, "--family", "mixed-logistic", "--cluster", cluster, "--points", points, ..., table = "fit")
    f <- update(fit, devFunOnly = TRUE, control = glmerControl(tolPwrss = 1e-13)); at <- c(value(tab, "sigma"), got$estimate)
    same(paste(what, "estimates (glmer stops early)"), at, c(getME(fit, "theta"), fixef(fit)), 1e-3)
    same(paste(what, "log-likelihood there"), value(tab, "log_lik"), as.numeric(logLik(fit)), 1e-6)
    h <- hessian(f, at); step <- solve(h, grad(f, at))
    same(paste(what, "a Newton step moves it by"), 1 + abs(step / at), rep(1, length(at)), 1e-5) # lme4's own tolerance of a mode
    se <- sqrt(diag(solve(h / 2)))[-1]
    same(paste(what, "standard errors"), got$std_error, se, 1e-4)
    same(paste(what, "limits, p"), c(got$conf_low, got$conf_high, got$p_value), c(got$estimate - qnorm(.975) * got$std_error, got$estimate + qnorm(.975) * got$std_error,
                                                                                  2 * pnorm(-abs(got$estimate / got$std_error))))
}
mixed("mixed bacteria", Y, "y ~ trt + week", bac, "ID")
mixed("mixed bacteria, Laplace", Y, "y ~ trt + week", bac, "ID", points = 1)
mixed("mixed bacteria, 7 points", Y, "y ~ trt*week", bac, "ID", points = 7)

for (k in 1:2) {
    fit <- glmer(y ~ x + (1 | c), list(ones, many)[[k]], binomial, nAGQ = 25)
    run <- function(table) do.call(model, as.list(c(CL, c("e/n ~ x", "y ~ x")[k], "--family", "mixed-logistic", "--cluster", "c", if (k == 2) c("--freq", "w"), table = table)))
    same(paste("mixed", c("EVENTS/TOTAL", "--freq")[k], "(glmer stops early)"), run("coefficients")$estimate, fixef(fit), 1e-3)
    same(paste("mixed", c("EVENTS/TOTAL", "--freq")[k], "sigma, n"), value(run("fit"), c("sigma", "n")), c(getME(fit, "theta"), nobs(fit)), 1e-3)
}

# Clusters and sets whose codes are beyond the number of records of a group.
late <- data.frame(g = rep(c("a", "b"), c(135, 45)), c = rep(1:60, each = 3), x = sin(1:180 * 7), y = as.integer(cos(1:180 * 3 + sin(1:180)) > .2), t = 1 + (1:180 * 37) %% 53)
LA <- store(late, "late")
got <- model(LA, "y ~ x", "--family", "conditional", "--match", "c", "--by", "g")
for (k in c("a", "b")) compare(paste("conditional --by", k), got[got$g == k, ], cox_table(clogit(y ~ x + strata(c), late[late$g == k, ], method = "exact", control = control)))
got <- model(LA, "Surv(t, y) ~ x", "--family", "cox", "--cluster", "c", "--se", "cr0", "--by", "g")
for (k in c("a", "b")) compare(paste("cox --cluster --by", k), got[got$g == k, ], cox_table(cox(Surv(t, y) ~ x, late[late$g == k, ], cluster = c)))
got <- model(LA, "y ~ x", "--family", "gee", "--cluster", "c", "--by", "g")
for (k in c("a", "b")) { fit <- geeglm(y ~ x, binomial, late[late$g == k, ], id = c, control = geese.control(epsilon = 1e-13, maxit = 500))
    compare(paste("gee --by", k), got[got$g == k, ], table_of(coef(fit), fit$geese$vbeta)) }
got <- model(LA, "y ~ x", "--cluster", "c", "--by", "g")
for (k in c("a", "b")) { part <- late[late$g == k, ]; fit <- glm(y ~ x, binomial, part, control = tight)
    compare(paste("logistic --cluster --by", k), got[got$g == k, ], table_of(coef(fit), as.matrix(vcovCR(fit, part$c, "CR1")))) }
for (family in c("gee", "mixed-logistic")) { # of a rare outcome the odds ratio is taken as it is
    rare <- data.frame(y = as.integer(1:1000 %% 17 == 0 | 1:1000 %% 61 == 1), x = as.integer(1:1000 %% 3 == 0), c = 1:1000 %% 40); R <- store(rare, "rare")
    co <- model(R, "y ~ x", "--family", family, "--cluster", "c")[2, ]
    same(paste("evalue, rare,", family), unlist(model(R, "y ~ x", "--family", family, "--cluster", "c", "--evalue", table = "e_values")[c("e_value", "e_value_limit")]),
         unlist(evalues(co$estimate, co$conf_low, co$conf_high, identity)))
}
fit <- glm(low ~ age + I(2 * age) + lwt, binomial, bw, control = tight); p <- fitted(fit); y <- fit$y
same("auc beside a collinear column", value(model(W, "low ~ age + I(2 * age) + lwt", table = "fit"), "auc"),
     mean(outer(p[y == 1], p[y == 0], function(a, b) (a > b) + (a == b) / 2)))

# --- the National Longitudinal Survey of Youth
N <- "datasets/nlsy/nlsy.csv"; ny <- read.csv(N)
survive("nlsy", N, ny, "Surv(duration_weeks, weaned) ~ race + poverty + smoke + alcohol + mother_age + school_years",
        Surv(duration_weeks, weaned) ~ race + poverty + smoke + alcohol + mother_age + school_years)
f <- "late_prenatal_care ~ race*poverty + school_years + factor(birth_year)"
fit <- glm(as.formula(f), binomial, ny, control = tight); compare("nlsy logistic", model(N, f), of(fit)); robust("nlsy logistic", fit, f, N)
clustered("nlsy logistic", glm(late_prenatal_care ~ race + smoke, binomial, ny, control = tight), "late_prenatal_care ~ race + smoke", N, ny$birth_year, "birth_year")
f <- "duration_weeks ~ race + smoke + poly(mother_age, 2)"; fit <- lm(as.formula(f), ny)
compare("nlsy linear", model(N, f, "--family", "linear"), of(fit, df = fit$df.residual))
fit <- nb(duration_weeks ~ race + smoke, ny); compare("nlsy negative-binomial", model(N, "duration_weeks ~ race + smoke", "--family", "negative-binomial"), of(fit))

# --- many rows: what is summed by cells of factors and of numbers of two values; the data of model_many_rows.sh
n <- 60000; u <- numeric(9 * n); k <- 32
for (i in seq_along(u)) { k <- (k * 16807) %% 2147483647; u[i] <- k / 2147483647 }
u <- matrix(u, n, byrow = TRUE); i <- seq_len(n) - 1
m <- data.frame(g = c("a", "b", "c")[1 + floor(3 * u[, 1])], d = as.numeric(u[, 2] < .4), k = 1 + (u[, 3] < .5), x = floor(41 * u[, 4]),
                code = floor(u[, 5] * ifelse(i < 20000, 200, ifelse(i < 40000, 900, 70000))), entry = floor(3 * u[, 6]))
long <- 1 - log(u[, 7]) * 5 * exp(.3 * m$d - .2 * m$k + .01 * m$x); m$t <- m$entry + floor(pmin(long, 9)); m$e <- as.numeric(long < 9)
m$n <- 1 + floor(3 * u[, 8]); m$x <- ifelse(u[, 9] < .02, NA, m$x / 10); ML <- store(m, "many"); m <- read.csv(ML)
m <- na.omit(m) # which summary() of survival and glm leave out too, but cox.zph needs
survive("many rows", ML, m, "Surv(t, e) ~ g + d + k + x", Surv(t, e) ~ g + d + k + x)
survive("many rows products", ML, m, "Surv(t, e) ~ g*x + d*k", Surv(t, e) ~ g*x + d*k)
survive("many rows offset", ML, m, "Surv(t, e) ~ d + n + offset(x)", Surv(t, e) ~ d + n + offset(x))
survive("many rows late", ML, m, "Surv(entry, t, e) ~ g*d + x + k", Surv(entry, t, e) ~ g*d + x + k)
for (f in c("e ~ g + d*k + x", "e ~ g*d*k + d:x + k:n + log(k)")) {
    fit <- glm(as.formula(f), binomial, m, control = tight); compare(paste("many rows logistic", f), model(ML, f), of(fit))
}
for (f in c("e ~ d + k + d:x + offset(x)", "t ~ g*d*k + k:n + x")) {
    fit <- glm(as.formula(f), poisson, m, control = tight); compare(paste("many rows poisson", f), model(ML, f, "--family", "poisson"), of(fit))
}
fit <- lm(t ~ code + d + k + x, m); compare("many rows linear", model(ML, "t ~ code + d + k + x", "--family", "linear"), of(fit, df = fit$df.residual))

# --- random data sets
one <- function(seed) {
    set.seed(seed); n <- sample(c(40, 150, 600), 1)
    d <- data.frame(x = rnorm(n), z = round(rgamma(n, 2), 2), g = sample(c("Z z", "a,b", "m", "B"), n, TRUE), h = sample(c("10", "9", "100"), n, TRUE),
                    k = sample(1:(n %/% 8), n, TRUE), w = sample(0:4, n, TRUE), s = sample(c("u", "v"), n, TRUE), t = round(rexp(n), sample(1:3, 1)) + .1)
    d$eta <- .3 * d$x - .2 * d$z + c("Z z" = 0, "a,b" = .5, m = -.4, B = .2)[d$g] - 1
    d$b <- rbinom(n, 1, plogis(d$eta)); d$c <- rnbinom(n, 2, mu = exp(d$eta + 1)); d$v <- d$eta + rnorm(n); d$m <- rbinom(n, 9, .5) + 1
    d$e <- rbinom(n, d$m, plogis(d$eta)); d$q <- rbinom(n, 1, .7)
    for (i in c("x", "g", "b", "c", "v", "e", "t")) d[[i]][runif(n) < .04] <- NA
    file <- store(d, "random"); d <- read.csv(file)
    right <- sample(c("x + g", "x*g", "g:z + x", "factor(h) + x + g - 1", "x + I(x^2) + log(z + 1)", "g*s + z", "z + offset(x/3) + s", "poly(z, 2) + g",
                      "x:z + factor(h)*s", "s", "x + s:g"), 1)
    kind <- seed %% 7; freq <- runif(1) < .5; ns <- c("logistic", "poisson", "linear", "negative-binomial", "modified-poisson", "grouped", "cox")[kind + 1]
    if (kind == 6) right <- sub(" - 1", "", right, fixed = TRUE)
    y <- c("b", "c", "v", "c", "b", "e/m", "Surv(t, q)")[kind + 1]
    ours <- paste(y, "~", right); theirs <- as.formula(paste(if (kind == 5) "cbind(e, m - e)" else y, "~", right))
    r <- if (freq) d[rep(seq_len(n), d$w), ] else d
    if (grepl("poly", right)) r <- r[!is.na(r$z), ] # as the columns that are used are orthogonal among the records that are used
    r <- r[complete.cases(r[all.vars(theirs)]), ]
    fit <- tryCatch(suppressWarnings(switch(kind + 1, glm(theirs, binomial, r, control = tight), glm(theirs, poisson, r, control = tight), lm(theirs, r), nb(theirs, r),
                  glm(theirs, poisson, r, control = tight), glm(theirs, binomial, r, control = tight), cox(theirs, r))), error = function(e) NULL)
    what <- sprintf("random %d: %s %s%s", seed, ns, ours, if (freq) " --freq" else "")
    arguments <- c(file, ours, if (kind == 5) NULL else c("--family", ns), if (freq) c("--freq", "w"))
    got <- do.call(model, as.list(arguments))
    if (is.null(fit) || (kind %in% c(0, 5) && any(fitted(fit) < 1e-9 | fitted(fit) > 1 - 1e-9)) ||
        (kind < 6 && any(abs(coef(fit)) > 12, na.rm = TRUE))) { cat(what, ": R has no answer; dyad: ", if (is.character(got)) got else "rows", "\n", sep = ""); return() }
    want <- if (kind == 6) { b <- coef(fit); table_of(b, { v <- vcov(fit, complete = TRUE); v[is.na(b), ] <- NA; v }) } else if (kind == 4) {
        v <- full(fit); k <- !is.na(v$b); x <- model.matrix(fit)[, k, drop = FALSE]
        mu <- exp(drop(x %*% v$b[k]) + if (is.null(fit$offset)) 0 else fit$offset); bread <- solve(crossprod(x * sqrt(mu)))
        v$v[k, k] <- bread %*% crossprod(x * (fit$y - mu)) %*% bread; table_of(v$b, v$v) } else of(fit, df = if (kind == 2) fit$df.residual else Inf)
    compare(what, got, want)
    if (kind < 3 && !anyNA(coef(fit))) {
        se <- sample(c("robust", "hc1", "hc2", "hc3"), 1); df <- if (kind == 2) fit$df.residual else Inf
        compare(paste(what, se), do.call(model, as.list(c(arguments, "--se", se))), table_of(coef(fit), vcovHC(fit, type = sub("ROBUST", "HC0", toupper(se))), df = df))
        se <- sample(c("cr0", "cluster"), 1)
        compare(paste(what, se), do.call(model, as.list(c(arguments, "--se", se, "--cluster", "k"))),
                table_of(coef(fit), as.matrix(vcovCR(fit, r$k, c(cr0 = "CR0", cluster = "CR1")[se])), df = df))
    }
}
for (seed in 1:100) tryCatch(one(seed), error = function(e) { cat("random", seed, conditionMessage(e), " DIFFERS\n"); bad <<- bad + 1 })

unlink(folder, recursive = TRUE)
cat(if (bad) sprintf("%d comparisons differ\n", bad) else "all agree\n")
if (bad) quit(status = 1)
