#!/usr/bin/python3
"""Beta and gamma tails to 30 digits, by quadrature, and their quantiles; mpmath 1.3.

Run by itself it writes the values of tests/unit/test_quantile.c:
  scripts/reference/quantile.py | gzip -9n > tests/values/quantile.csv.gz
Columns: family, tail, p, a, b, quantile, 1 - quantile.  The p of every row is the double that it
is written as; midp rows have events and n for a and b.
"""
import random

from mpmath import betainc, exp, gammainc, log, log1p, loggamma, mp, mpf, quad, sqrt

mp.dps = 30


def integral(h, slope, curvature):
    """The integral of e^h(u) over u > 0, h(0) = 0, h falling about as fast as said."""
    points = [mpf(0)]
    step = 1 / max(abs(slope), sqrt(abs(curvature)))
    fall = 0
    while fall > -80:
        points.append(points[-1] + step)
        last, fall = fall, h(points[-1])
        if last - fall < 4:  # panels of a fall of about 2 to 8
            step *= 2
        elif last - fall > 16:
            step /= 2
    return quad(lambda u: exp(h(u)), points, method="gauss-legendre", maxdegree=6)


def beta_series(x, a, b):
    """The integral of beta_lower as the hypergeometric series of DLMF 8.17.8, all terms > 0."""
    term = total = (1 - x) / a
    j = 0
    while term > total * mpf(10) ** -30:
        term *= x * (a + b + j) / (a + 1 + j)
        total += term
        j += 1
    return total


def beta_lower(x, a, b):
    """log I_x(a, b) and its slope against log x; t = x e^-u in Euler's integral."""
    x, a, b = mpf(x), mpf(a), mpf(b)
    with mp.workdps(50):
        front = a * log(x) + (b - 1) * log1p(-x) + loggamma(a + b) - loggamma(a) - loggamma(b)
        complement = log1p(-x)

        def h(u):
            return -a * u + (b - 1) * (log1p(-x * exp(-u)) - complement)

        if x < 0.9 and (a + b < 1e5 or x * (a + b) < 1e3):
            value = beta_series(x, a, b)
        else:
            value = integral(h, -a + (b - 1) * x / (1 - x), (b - 1) * x / (1 - x) ** 2)
    return front + log(value), 1 / value


def gamma_tail(x, a, sign):
    """log P(a, x) (sign -1) or log Q(a, x) (+1), slope against log x; t = x e^(sign u)."""
    x, a = mpf(x), mpf(a)
    with mp.workdps(60):
        front = a * log(x) - x - loggamma(a)

        def h(u):
            return sign * a * u - x * (exp(sign * u) - 1)

        value = integral(h, a - x, x)
    return front + log(value), -sign / value


def solve(p, tail, start, top=mpf("inf")):
    """Newton in log x on the log of the tail, x < top."""
    t, target = log(mpf(start)), log(mpf(p))
    for _ in range(200):
        value, slope = tail(exp(t))
        step = (target - value) / slope
        t = min(t + max(min(step, 5), -100), (t + log(top)) / 2)
        if abs(step * slope) < mpf(10) ** -11:
            return exp(t)
    raise ArithmeticError("no convergence")


def beta_quantile(p, a, b, start=None):
    """x with I_x(a, b) = p <= 1/2."""
    if start is None:
        start = mpf(a) / (mpf(a) + mpf(b)) / 2
    return solve(p, lambda x: beta_lower(x, a, b), start, 1)


def midp_quantile(p, k, n, start=None):
    """x with P(X > k | x) + P(X = k | x) / 2 = p <= 1/2, 0 < k <= n."""

    def tail(x):
        parts = [beta_lower(x, k, n - k + 1)]
        if k < n:
            parts.append(beta_lower(x, k + 1, n - k))
        whole = sum(exp(value) for value, _ in parts)
        return log(whole / 2), sum(exp(value) * slope for value, slope in parts) / whole

    return solve(p, tail, mpf(k) / n / 2 if start is None else start, 1)


def gamma_quantile(p, a, sign):
    start = mpf(a) + sign * 2 * sqrt(mpf(a)) if a > 10 or sign > 0 else exp(
        (log(mpf(p)) + loggamma(mpf(a) + 1)) / a)
    return solve(p, lambda x: gamma_tail(x, a, sign), start)


def check_against_mpmath():
    """The quadrature against mpmath's own series, and ours."""
    for x, a, b in [("0.2", 3, 5), ("0.01", 0.5, 10), ("0.24", 1000, 3000), ("0.95", 40.5, 0.5)]:
        want = log(betainc(a, b, 0, mpf(x), regularized=True))
        assert abs(beta_lower(mpf(x), a, b)[0] / want - 1) < 1e-25
    for a, b in [(10.5, 100.5), (2e4, 5e4)]:  # both ends of one distribution, both ways
        x = mpf(a) / (a + b)
        assert abs(exp(beta_lower(x, a, b)[0]) + exp(beta_lower(1 - x, b, a)[0]) - 1) < 1e-25
    for x, a in [(20, 30), (1, 1.5), (900, 1000)]:
        want = log(gammainc(a, 0, x, regularized=True))
        assert abs(gamma_tail(x, a, -1)[0] / want - 1) < 1e-25
    for x, a in [(40, 30), (3, 0.5), (1100, 1000)]:
        want = log(gammainc(a, x, regularized=True))
        assert abs(gamma_tail(x, a, 1)[0] / want - 1) < 1e-25


def row(family, tail, p, a, b, x, complement):
    print(family, tail, repr(p), repr(a), repr(b), mp.nstr(x, 18), mp.nstr(complement, 18),
          sep=",")


def main():
    check_against_mpmath()
    random.seed(1997)
    tails = [0.25, 0.025, 5e-4, 5e-7, 1e-12]
    beta_shapes = [0.5, 1.0, 1.5, 3.0, 10.5, 1e3, 1e5 + 0.5, 1e7, 1e9, 1e12, 1e15]
    for a in beta_shapes:
        for b in beta_shapes:
            p = random.choice(tails)
            x = beta_quantile(p, a, b)
            row("beta", "lower", p, a, b, x, 1 - x)
            y = beta_quantile(p, b, a)
            row("beta", "upper", p, a, b, 1 - y, y)
    for k, n in [(1, 1), (1, 2), (7, 20), (19, 20), (1, 10**4), (10**4 - 1, 10**4), (500, 10**6),
                 (4 * 10**5, 10**6), (3, 10**9), (10**9 - 2, 10**9), (10**8, 10**9),
                 (10**15 // 3, 10**15)]:
        for p in tails[:4]:
            x = midp_quantile(p, k, n)
            row("midp", "lower", p, float(k), float(n), x, 1 - x)
            row("midp", "upper", p, float(n - k), float(n), 1 - x, x)
    for a in [0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 30.0, 99.5, 1160.0, 17935.0, 1e5, 1e6, 1e7, 1e9, 1e12,
              1e15]:
        for p in tails:
            for tail, sign in (("lower", -1), ("upper", 1)):
                if sign > 0 or a >= 0.5 or p > 1e-4:
                    row("gamma", tail, p, a, 0, gamma_quantile(p, a, sign), mpf(0))


if __name__ == "__main__":
    main()
