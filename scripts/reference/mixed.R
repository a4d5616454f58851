# Reference values for tests/unit/test_gee.c and test_mixed_logistic.c:
#
#     for part in gee mixed; do
#         Rscript scripts/reference/mixed.R $part | gzip -9n > tests/values/$part.gz
#     done
#
# gee: a line is family (0 logistic, 1 log-binomial, 2 poisson, 3 linear), working (1 exchangeable),
# moments (1 less p), unit scale, n, p, clusters, then the rows (y total times offset cluster x ...);
# then ours, with whole matrices for each cluster: coefficients, alpha, phi, the lower triangles of
# model, robust, Kauermann-Carroll, Mancl-DeRouen and Fay-Graubard covariances, Q, QIC, QICu; then 1
# and what geepack 1.3.9 says (coefficients, robust and model errors, alpha, phi, QIC), or 0; then 1
# and what gee 4.13 says (the same without QIC), or 0.
#
# mixed: points, n, p, clusters, the rows; then ours: coefficients, sigma, log-likelihood, that of
# sigma 0, the covariance of (coefficients, sigma) or of the coefficients, profile limits of sigma;
# the same coefficients, sigma, errors and log-likelihood of exact integrals; then 1 and what lme4
# 1.1-31 says (coefficients, sigma, errors, log-likelihood, modes), or 0.
# What the packages are off by is said on standard error.
suppressMessages({ library(geepack); library(gee); library(lme4); library(MASS) })
options(digits = 17, warn = -1)
set.seed(20240921)

put <- function(..., digits = 15) {
    values <- as.numeric(c(...))
    out <- formatC(values, digits = digits, format = "g", width = 1)
    cat(ifelse(is.nan(values) | is.na(values), "nan", out), "")
}
lower <- function(a) t(a)[upper.tri(a, TRUE)] # row after row

quiet <- function(f) {
    sink(nullfile()); on.exit(sink())
    tryCatch(suppressMessages(f), error = function(e) NULL)
}

# Rows of totals and times become one row for each of their people.
spell_out <- function(r) {
    i <- rep(seq_along(r$y), r$total * r$times)
    y <- unlist(lapply(seq_along(r$y), function(j)
        if (r$total[j] == 1) rep(r$y[j], r$times[j])
        else rep(rep(1:0, c(r$y[j], r$total[j] - r$y[j])), r$times[j])))
    o <- order(r$cluster[i])
    list(y = y[o], x = r$x[i, , drop = FALSE][o, , drop = FALSE], offset = r$offset[i][o],
         cluster = r$cluster[i][o])
}

put_rows <- function(r) {
    put(length(r$y), ncol(r$x), max(r$cluster) + 1)
    put(t(cbind(r$y, r$total, r$times, r$offset, r$cluster, r$x)))
}

# ---- gee ----

families <- list(binomial(), binomial("log"), poisson(), gaussian())

# The principal one (Denman & Beavers 1976, Appl. Math. Comput. 2:63-94).
root <- function(a) {
    x <- a; y <- diag(nrow(a))
    for (i in 1:60) {
        to <- (x + solve(y)) / 2
        y <- (y + solve(x)) / 2
        done <- max(abs(to - x)) < 1e-14
        x <- to
        if (done) break
    }
    x
}

gee_fit <- function(s, kind, exchangeable, less, unit) {
    f <- families[[kind + 1]]
    p <- ncol(s$x)
    start <- if (kind == 1) c(log(mean(s$y) + 1e-3) - 0.1, rep(0, p - 1))
    g <- suppressWarnings(glm.fit(s$x, s$y, family = f, offset = s$offset, start = start,
                                  control = list(epsilon = 1e-14, maxit = 100)))
    if (max(abs(g$coefficients)) > 10 || (kind < 2 && min(g$fitted.values, 1 - g$fitted.values) < 1e-6) ||
        (kind == 2 && min(g$fitted.values) < 1e-6)) return(NULL)
    rows <- split(seq_along(s$y), s$cluster)
    sizes <- lengths(rows)
    pairs <- sum(sizes * (sizes - 1) / 2)
    n <- length(s$y)
    k <- if (less) p else 0
    if (n <= k || (exchangeable && pairs <= k)) return(NULL)
    moments <- function(b) {
        eta <- drop(s$x %*% b) + s$offset
        mu <- f$linkinv(eta)
        v <- f$variance(mu)
        e <- (s$y - mu) / sqrt(v)
        phi <- if (unit) 1 else sum(e^2) / (n - k)
        alpha <- 0
        if (exchangeable && pairs > 0) {
            products <- sum(sapply(rows, function(i) { m <- outer(e[i], e[i]); sum(m[lower.tri(m)]) }))
            alpha <- products / phi / (pairs - k)
        }
        list(mu = mu, v = v, e = e, d = f$mu.eta(eta) * s$x, phi = phi, alpha = alpha)
    }
    parts <- function(m, alpha) lapply(rows, function(i) {
        a <- diag(sqrt(m$v[i]), length(i))
        inverse <- solve(a %*% (diag(1 - alpha, length(i)) + alpha) %*% a)
        d <- m$d[i, , drop = FALSE]
        list(h = t(d) %*% inverse %*% d, u = t(d) %*% inverse %*% (s$y - m$mu)[i], d = d, w = inverse,
             r = (s$y - m$mu)[i])
    })
    b <- g$coefficients
    for (it in 1:100) { # glm stops with its deviance
        independent <- moments(b)
        all <- parts(independent, 0)
        h <- Reduce(`+`, lapply(all, `[[`, "h"))
        step <- solve(h, Reduce(`+`, lapply(all, `[[`, "u")))
        b <- b + drop(step)
        if (kind == 1 && max(s$x %*% b + s$offset) >= -1e-4) return(NULL)
        if (max(abs(step)) < 1e-14 * max(1, abs(b))) break
    }
    h0 <- h / independent$phi
    for (it in 1:300) {
        m <- moments(b)
        if (!is.finite(m$alpha) || m$alpha >= 0.99 ||
            (max(sizes) > 1 && m$alpha <= -0.98 / (max(sizes) - 1))) return(NULL)
        all <- parts(m, m$alpha)
        h <- Reduce(`+`, lapply(all, `[[`, "h"))
        step <- solve(h, Reduce(`+`, lapply(all, `[[`, "u")))
        b <- b + drop(step)
        if (kind == 1 && max(s$x %*% b + s$offset) >= -1e-4) return(NULL)
        if (!all(is.finite(b)) || max(abs(b)) > 30) return(NULL)
        if (max(abs(step)) < 1e-14 * max(1, abs(b))) break
    }
    if (max(abs(step)) > 1e-12) return(NULL)
    m <- moments(b)
    all <- parts(m, m$alpha)
    h <- Reduce(`+`, lapply(all, `[[`, "h"))
    inverse <- solve(h)
    meat <- function(adjust) {
        u <- sapply(all, function(a) adjust(a))
        u <- matrix(u, nrow = p)
        inverse %*% u %*% t(u) %*% inverse
    }
    leverage <- max(sapply(all, function(a) max(Re(eigen(a$h %*% inverse)$values))))
    if (leverage > 0.9999) return(NULL)
    less_h <- function(a) diag(length(a$r)) - a$d %*% inverse %*% t(a$d) %*% a$w
    robust <- meat(function(a) a$u)
    q <- switch(kind + 1, sum(s$y * log(m$mu) + (1 - s$y) * log(1 - m$mu)),
                sum(s$y * log(m$mu) + (1 - s$y) * log(1 - m$mu)),
                sum(s$y * log(m$mu) - m$mu), -sum((s$y - m$mu)^2) / 2)
    list(b = b, alpha = if (exchangeable && pairs > 0) m$alpha else NaN, phi = m$phi,
         model = m$phi * inverse, robust = robust,
         kc = meat(function(a) t(a$d) %*% a$w %*% solve(root(less_h(a)), a$r)),
         md = meat(function(a) t(a$d) %*% a$w %*% solve(less_h(a), a$r)),
         fg = meat(function(a) a$u / sqrt(1 - pmin(0.75, diag(a$h %*% inverse)))),
         q = q, qic = -2 * q + 2 * sum(diag(h0 %*% robust)), qicu = -2 * q + 2 * p)
}

worst <- numeric(0)
off <- function(name, x) worst[name] <<- max(worst[name], x, na.rm = TRUE)

put_geepack <- function(s, r, kind, exchangeable, unit) {
    colnames(s$x) <- paste0("x", seq_len(ncol(s$x)))
    # scale.fix keeps the scale where the search begins, which is not 1 unless gm says so.
    fit <- function(structure)
        quiet(geese.fit(s$x, s$y, s$cluster, offset = s$offset, family = families[[kind + 1]],
                        b = r$b, gm = if (unit) 1, corstr = structure, scale.fix = unit,
                        control = geese.control(epsilon = 1e-14, maxit = 200)))
    g <- fit(if (exchangeable) "exchangeable" else "independence")
    if (is.null(g) || max(abs(g$beta - r$b)) > 1e-3 || any(!is.finite(g$vbeta))) return(put(0))
    alpha <- if (exchangeable && length(unique(s$cluster)) < length(s$cluster)) g$alpha else NaN
    put(1, g$beta, sqrt(diag(g$vbeta)), sqrt(diag(g$vbeta.naiv)), alpha, if (unit) 1 else g$gamma)
    put(-2 * r$q + 2 * sum(diag(solve(fit("independence")$vbeta.naiv) %*% g$vbeta))) # QIC()
    off("geepack b", abs(g$beta - r$b) / sqrt(diag(r$robust)))
    off("geepack robust", abs(diag(g$vbeta) / diag(r$robust) - 1))
    off("geepack model", abs(diag(g$vbeta.naiv) / diag(r$model) - 1))
    off("geepack alpha", abs(alpha - r$alpha))
}

# With scale.fix gee still divides alpha by the estimated scale.
put_gee <- function(s, r, kind, exchangeable, unit) {
    if (unit || kind == 1 || any(s$offset != 0)) return(put(0))
    d <- data.frame(y = s$y, id = s$cluster)
    x <- s$x
    g <- quiet(gee(y ~ x - 1, id = id, data = d, b = r$b, tol = 1e-13, maxiter = 500, silent = TRUE,
                   family = families[[kind + 1]],
                   corstr = if (exchangeable) "exchangeable" else "independence"))
    if (is.null(g) || max(abs(g$coefficients - r$b)) > 1e-3) return(put(0))
    alpha <- if (is.nan(r$alpha)) NaN else g$working.correlation[1, 2]
    put(1, g$coefficients, sqrt(diag(g$robust.variance)), sqrt(diag(g$naive.variance)), alpha, g$scale)
    off("gee b", abs(g$coefficients - r$b) / sqrt(diag(r$robust)))
    off("gee robust", abs(diag(g$robust.variance) / diag(r$robust) - 1))
    off("gee alpha", abs(alpha - r$alpha))
}

put_gee_set <- function(r, kind, exchangeable, less, unit) {
    s <- spell_out(r)
    fit <- tryCatch(gee_fit(s, kind, exchangeable, less, unit), error = function(e) NULL)
    if (is.null(fit)) return(FALSE)
    put(kind, exchangeable, less, unit)
    put_rows(r)
    put(fit$b, fit$alpha, fit$phi, lower(fit$model), lower(fit$robust), lower(fit$kc), lower(fit$md),
        lower(fit$fg), fit$q, fit$qic, fit$qicu)
    if (less) put(0) else put_geepack(s, fit, kind, exchangeable, unit)
    if (less) put_gee(s, fit, kind, exchangeable, unit) else put(0)
    cat("\n")
    TRUE
}

rows_of <- function(formula, data, id, offset = 0) {
    x <- model.matrix(formula, data)
    n <- nrow(data)
    list(y = as.numeric(model.response(model.frame(formula, data))), x = unname(x), total = rep(1, n),
         times = rep(1, n), offset = rep(offset, length.out = n),
         cluster = as.integer(factor(id)) - 1)
}

# Equal rows of a cluster become one.
collapse <- function(r) {
    key <- do.call(paste, c(list(r$cluster, r$offset, r$total, r$y), as.data.frame(r$x)))
    i <- which(!duplicated(key))
    times <- as.numeric(tapply(r$times, factor(key, key[i]), sum))
    list(y = r$y[i], x = r$x[i, , drop = FALSE], total = r$total[i], times = times,
         offset = r$offset[i], cluster = r$cluster[i])
}

real_sets <- function() {
    bacteria$y <- as.numeric(bacteria$y == "y")
    data(ohio, respiratory, seizure, package = "geepack")
    visits <- reshape(seizure, direction = "long", varying = c("y1", "y2", "y3", "y4"), v.names = "y",
                      timevar = "visit", idvar = "id")
    respiratory$who <- paste(respiratory$center, respiratory$id)
    respiratory$sex <- respiratory$sex == "M"
    respiratory$treat <- respiratory$treat == "A"
    ohio$id2 <- ohio$id
    list(bacteria = rows_of(y ~ trt + week, bacteria, bacteria$ID),
         ohio = collapse(rows_of(resp ~ age * smoke, ohio, ohio$id)),
         respiratory = rows_of(outcome ~ center + treat + sex + age + baseline, respiratory,
                               respiratory$who),
         seizure = rows_of(y ~ trt + base + age, visits, visits$id, log(2)),
         epil = rows_of(y ~ trt + period + base, epil, epil$subject))
}

random_rows <- function(kind, clusters, most, slopes = 0.5, spread = 0.7) {
    sizes <- sample(most, clusters, replace = TRUE)
    if (runif(1) < 0.1) sizes[1] <- 60
    cluster <- rep(seq_len(clusters) - 1, sizes)
    n <- length(cluster)
    p <- sample(4, 1)
    whole <- runif(1) < 0.5 # few different rows
    x <- cbind(1, matrix(round(rnorm(n * (p - 1)), if (whole) 0 else 3), n))
    if (p > 1 && runif(1) < 0.4) x[, 2] <- sample(0:1, clusters, replace = TRUE)[cluster + 1]
    if (p > 2 && runif(1) < 0.2) x[, 3] <- x[, 3] + 2000
    eta <- drop(x[, -1, drop = FALSE] %*% rnorm(p - 1, 0, slopes))
    eta <- eta - mean(eta) + rnorm(1, 0, 0.7) + rnorm(clusters, 0, spread)[cluster + 1]
    total <- rep(1, n)
    offset <- if (runif(1) < 0.2) round(rnorm(n, 0, 0.3), 3) else rep(0, n)
    if (kind < 2 && runif(1) < 0.3) total <- sample(4, n, replace = TRUE)
    y <- switch(kind + 1, rbinom(n, total, plogis(eta)), rbinom(n, total, exp(pmin(eta / 3 - 1.3, -0.1))),
                rpois(n, exp(eta)), round(eta + rnorm(n), 3))
    if (kind == 1) offset <- offset * 0
    times <- if (runif(1) < 0.3) sample(3, n, replace = TRUE) else rep(1, n)
    o <- sample(n)
    list(y = y[o], x = x[o, , drop = FALSE], total = total[o], times = times[o], offset = offset[o],
         cluster = cluster[o])
}

put_gees <- function() {
    real <- real_sets()
    kinds <- c(bacteria = 0, ohio = 0, respiratory = 0, seizure = 2, epil = 2)
    for (name in names(real)) for (exchangeable in 0:1) for (less in 0:1)
        if (!put_gee_set(real[[name]], kinds[[name]], exchangeable, less, FALSE)) message("no ", name)
    sets <- 0
    while (sets < 300) {
        kind <- sample(0:3, 1)
        sets <- sets + put_gee_set(random_rows(kind, sample(5:30, 1), 8), kind, runif(1) < 0.75,
                                   runif(1) < 0.5, kind < 3 && runif(1) < 0.3)
    }
    for (name in names(worst)) message(name, " ", format(worst[[name]], digits = 3))
}

# ---- mixed ----

hermite <- function(n) {
    j <- diag(0, n)
    for (i in seq_len(n - 1)) j[i, i + 1] <- j[i + 1, i] <- sqrt(i)
    x <- if (n > 1) eigen(j, symmetric = TRUE)$values else 0
    before <- 0; p <- 1 # orthonormal polynomials, for small weights to have their digits
    for (i in seq_len(n - 1)) {
        to <- (x * p - sqrt(i - 1) * before) / sqrt(i)
        before <- p; p <- to
    }
    list(x = x, w = 1 / (n * p^2))
}

# y and total with times counted in, columns made orthogonal for the sake of the differences.
prepared <- function(r) {
    q <- qr(r$x)
    list(y = r$y * r$times, m = r$total * r$times, x = qr.Q(q) * sqrt(nrow(r$x)),
         r = qr.R(q) / sqrt(nrow(r$x)), offset = r$offset, g = factor(r$cluster),
         constant = sum(r$times * lchoose(r$total, r$y)))
}

loglik <- function(y, m, eta) y * plogis(eta, log.p = TRUE) + (m - y) * plogis(-eta, log.p = TRUE)

# theta = (b, sigma)
agq <- function(d, points) {
    h <- hermite(points)
    g <- as.integer(d$g)
    p <- ncol(d$x)
    z <- numeric(nlevels(d$g)) # where the modes were last
    function(theta) {
        base <- drop(d$x %*% theta[1:p]) + d$offset
        sigma <- theta[p + 1]
        low <- -Inf; high <- Inf
        for (i in 1:200) {
            mu <- plogis(base + sigma * z[g])
            sums <- rowsum(cbind(d$y - d$m * mu, d$m * mu * (1 - mu)), g)
            slope <- sigma * sums[, 1] - z # falls by 1 or more
            low <- pmax(low, pmin(z, z + slope)); high <- pmin(high, pmax(z, z + slope))
            to <- z + slope / (1 + sigma^2 * sums[, 2])
            to <- ifelse(to >= low & to <= high, to, (low + high) / 2)
            done <- max(abs(to - z)) < 1e-8 # and squared is what is left
            z <<- to
            if (done) break
        }
        mu <- plogis(base + sigma * z[g])
        s <- 1 / sqrt(1 + sigma^2 * drop(rowsum(d$m * mu * (1 - mu), g)))
        at <- z + outer(s, c(0, h$x))
        eta <- base + sigma * at[g, ]
        f <- rowsum(d$y * eta - d$m * log1p(exp(eta)), g) - at^2 / 2
        sum <- drop(exp(f[, -1, drop = FALSE] - f[, 1]) %*% (h$w * exp(h$x^2 / 2)))
        d$constant + sum(f[, 1] + log(s) + log(sum))
    }
}

c1 <- c(4/5, -1/5, 4/105, -1/280)
c2 <- c(8/5, -1/5, 8/315, -1/560)

differences <- function(f, theta, h = 0.012) {
    n <- length(theta)
    f0 <- f(theta)
    along <- function(dir) {
        v <- sapply(1:4, function(j) c(f(theta + j * h * dir), f(theta - j * h * dir)))
        c(sum(c1 * (v[1, ] - v[2, ])) / h, sum(c2 * (v[1, ] + v[2, ] - 2 * f0)) / h^2)
    }
    g <- numeric(n); H <- matrix(0, n, n)
    for (i in 1:n) { r <- along((1:n) == i); g[i] <- r[1]; H[i, i] <- r[2] }
    for (i in 1:n) for (j in 1:n) if (i < j)
        H[i, j] <- H[j, i] <- (along((1:n) %in% c(i, j))[2] - H[i, i] - H[j, j]) / 2
    list(f = f0, g = g, H = H)
}

climb <- function(f, theta) {
    for (it in 1:60) {
        l <- differences(f, theta)
        step <- tryCatch(solve(-l$H, l$g), error = function(e) NULL)
        if (is.null(step)) return(NULL)
        while (!(f(theta + step) >= l$f - 1e-9)) { step <- step / 2; if (max(abs(step)) < 1e-12) break }
        theta <- theta + step
        if (max(abs(step)) < 1e-9 && max(abs(l$g)) < 1e-4) return(list(theta = theta, f = f(theta), H = differences(f, theta)$H))
    }
    NULL
}

# Integrals by the trapezoidal rule, with the derivatives of what is under them.
exact <- function(d) {
    z <- seq(-14, 14, 0.025)
    g <- as.integer(d$g)
    p <- ncol(d$x)
    function(theta) {
        eta <- drop(d$x %*% theta[1:p]) + d$offset + outer(rep(theta[p + 1], nrow(d$x)), z)
        l <- rowsum(loglik(d$y, d$m, eta), g) + rep(dnorm(z, log = TRUE), each = nlevels(d$g))
        top <- apply(l, 1, max)
        w <- exp(l - top)
        sum <- rowSums(w)
        w <- w / sum
        mu <- plogis(eta)
        f1 <- d$y - d$m * mu; f2 <- -d$m * mu * (1 - mu)
        x <- lapply(1:(p + 1), function(i) if (i <= p) d$x[, i] else rep(z, each = nrow(d$x)))
        s <- lapply(x, function(v) rowsum(f1 * v, g))
        mean <- sapply(s, function(v) rowSums(w * v))
        H <- matrix(0, p + 1, p + 1)
        for (i in 1:(p + 1)) for (j in 1:i)
            H[i, j] <- H[j, i] <- sum(w * (rowsum(f2 * x[[i]] * x[[j]], g) + s[[i]] * s[[j]])) -
                sum(mean[, i] * mean[, j])
        list(f = d$constant + sum(top + log(sum * 0.025)), g = colSums(mean), H = H)
    }
}

climb_exact <- function(f, theta) {
    for (it in 1:100) {
        l <- f(theta)
        step <- tryCatch(solve(-l$H, l$g), error = function(e) NULL)
        if (is.null(step) || max(abs(step)) > 1e3) return(NULL)
        step <- step * min(1, 1 / max(abs(step)))
        theta <- theta + step
        if (max(abs(step)) < 1e-12) return(c(list(theta = theta), f(theta)))
    }
    NULL
}

# (b, sigma) of Q to those of X.
of_x <- function(d, theta, covariance) {
    p <- ncol(d$x)
    t <- diag(length(theta))
    t[1:p, 1:p] <- solve(d$r)
    list(theta = drop(t %*% theta), covariance = t %*% covariance %*% t(t))
}

mixed_fit <- function(r, points, limits) {
    d <- prepared(r)
    p <- ncol(d$x)
    f <- agq(d, points)
    fixed <- suppressWarnings(glm.fit(d$x, d$y / d$m, weights = d$m, offset = d$offset, family = binomial(),
                                      control = list(epsilon = 1e-15, maxit = 100)))
    if (max(abs(fixed$coefficients)) > 8 || min(fixed$fitted.values, 1 - fixed$fitted.values) < 1e-6)
        return(NULL)
    zero <- c(fixed$coefficients, 0)
    flat <- climb(function(b) f(c(b, 0)), fixed$coefficients)
    if (is.null(flat)) return(NULL)
    best <- list(theta = c(flat$theta, 0), f = flat$f, H = flat$H)
    for (sigma in c(0.3, 1.5)) {
        o <- nlminb(c(fixed$coefficients, sigma), function(t) -f(t), lower = c(rep(-Inf, p), 0))
        if (o$par[p + 1] > 15) return(NULL)
        if (-o$objective > best$f + 1e-9 && o$par[p + 1] > 0.02) {
            to <- climb(f, o$par)
            if (is.null(to) || to$theta[p + 1] <= 0) return(NULL)
            if (to$f > best$f) best <- to
        }
    }
    sigma <- best$theta[p + 1]
    if (sigma > 0 && sigma < 0.2) return(NULL) # too steep there for differences
    keep <- seq_len(if (sigma > 0) p + 1 else p)
    back <- of_x(d, best$theta[keep], solve(-best$H))
    out <- list(theta = c(back$theta[1:p], sigma), f = best$f, fixed = flat$f, covariance = back$covariance)
    out$limits <- c(NaN, NaN)
    if (limits && sigma > 0) {
        deep <- function(s) {
            l <- climb(function(b) f(c(b, s)), best$theta[1:p])
            l$f - best$f + qchisq(0.95, 1) / 2
        }
        high <- 1.5 * sigma
        while (deep(high) > 0 && high < 16) high <- 1.5 * high
        low <- if (flat$f - best$f + qchisq(0.95, 1) / 2 > 0) 0
               else uniroot(deep, c(0.001, sigma), tol = 1e-11)$root
        out$limits <- c(low, if (high < 16) uniroot(deep, c(high / 1.5, high), tol = 1e-11)$root else NaN)
    }
    out$exact <- rep(NaN, 2 * p + 3)
    if (sigma > 0) {
        e <- climb_exact(exact(d), best$theta)
        if (!is.null(e) && e$theta[p + 1] > 0.05) {
            back <- of_x(d, e$theta, solve(-e$H))
            out$exact <- c(back$theta, sqrt(diag(back$covariance)), e$f)
        }
    }
    out
}

put_lme4 <- function(r, points, fit) {
    if (points > 25) return(put(0)) # no more there
    s <- spell_out(r)
    colnames(s$x) <- paste0("x", seq_len(ncol(s$x)))
    d <- data.frame(y = s$y, s$x, offset = s$offset, id = factor(s$cluster))
    formula <- as.formula(paste("y ~", paste(colnames(s$x), collapse = "+"), "- 1 + offset(offset) + (1 | id)"))
    g <- quiet(glmer(formula, d, binomial, nAGQ = points,
                     control = glmerControl("bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-8, maxfun = 1e5),
                                            tolPwrss = 1e-13, check.conv.grad = "ignore")))
    if (is.null(g) || as.numeric(logLik(g)) + prepared(r)$constant < fit$f - 1e-4) return(put(0))
    p <- ncol(s$x)
    sigma <- sqrt(VarCorr(g)$id[1])
    errors <- sqrt(diag(as.matrix(vcov(g))))
    put(1, fixef(g), sigma, errors, as.numeric(logLik(g)) + prepared(r)$constant)
    put(ranef(g)$id[as.character(sort(unique(s$cluster))), 1])
    own <- sqrt(diag(fit$covariance))[1:p]
    off("lme4 b", abs(fixef(g) - fit$theta[1:p]) / own)
    off("lme4 sigma", abs(sigma - fit$theta[p + 1]))
    off("lme4 error", if (fit$theta[p + 1] > 0) abs(errors / own - 1))
    off("lme4 log-likelihood", abs(as.numeric(logLik(g)) + prepared(r)$constant - fit$f))
}

put_mixed_set <- function(r, points, limits = FALSE) {
    fit <- tryCatch(mixed_fit(r, points, limits), error = function(e) NULL)
    if (is.null(fit)) return(FALSE)
    put(points)
    put_rows(r)
    put(fit$theta, fit$f, fit$fixed, lower(fit$covariance), fit$limits, fit$exact)
    put_lme4(r, points, fit)
    cat("\n")
    TRUE
}

put_mixeds <- function() {
    real <- real_sets()[c("bacteria", "respiratory")]
    real$cbpp <- rows_of(incidence ~ period, cbpp, cbpp$herd)
    real$cbpp$total <- cbpp$size
    for (name in names(real)) for (points in c(1, 25))
        if (!put_mixed_set(real[[name]], points, name != "respiratory")) message("no ", name)
    sets <- 0
    while (sets < 200)
        sets <- sets + put_mixed_set(random_rows(0, sample(4:25, 1), 8, 0.5, sample(c(0, 0.3, 1, 2.5), 1)),
                                     sample(c(1, 2, 7, 25, 25, 63), 1), sets %% 10 == 0)
    for (name in names(worst)) message(name, " ", format(worst[[name]], digits = 3))
}

part <- commandArgs(TRUE)[1]
if (part == "gee") put_gees()
if (part == "mixed") put_mixeds()
