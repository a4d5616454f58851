#!/usr/bin/python3
"""Nine intervals of proportions to 17 digits, n to 1e15, for tests/unit/test_proportion.c:
  scripts/reference/proportion.py | gzip -9n > tests/values/proportion.csv.gz
Columns: k, n, level, then lower and upper of wilson, wilson-cc, wald, agresti-coull, jeffreys,
exact, midp, logit and arcsine.  Each formula as its paper prints it, in 50 digits, so that what
cancels does not matter; the quantiles by quantile.py.  The level is the double it is written as.
"""
import multiprocessing
import random

from mpmath import asin, erfinv, exp, log, mp, mpf, pi, sin, sqrt

from quantile import beta_quantile, check_against_mpmath, midp_quantile


def wald(k, n, z):
    p = k / n
    margin = z * sqrt(p * (1 - p) / n)
    return max(p - margin, 0), min(p + margin, 1)


def wilson(k, n, z):
    middle = (2 * k + z**2) / (2 * (n + z**2))
    margin = z * sqrt(4 * k * (1 - k / n) + z**2) / (2 * (n + z**2))
    return middle - margin, middle + margin


def newcombe4(k, n, z):
    p, q = k / n, 1 - k / n
    below = sqrt(z**2 - 2 - 1 / n + 4 * p * (n * q + 1)) if k > 0 else 0
    above = sqrt(z**2 + 2 - 1 / n + 4 * p * (n * q - 1)) if k < n else 0
    return ((2 * n * p + z**2 - 1 - z * below) / (2 * (n + z**2)) if k > 0 else mpf(0),
            (2 * n * p + z**2 + 1 + z * above) / (2 * (n + z**2)) if k < n else mpf(1))


def logit(k, n, z):
    if k == 0 or k == n:
        return mp.nan, mp.nan
    middle, margin = log(k / (n - k)), z * sqrt(1 / k + 1 / (n - k))
    return 1 / (1 + exp(margin - middle)), 1 / (1 + exp(-margin - middle))


def arcsine(k, n, z):
    angle, margin = asin(sqrt(k / n)), z / (2 * sqrt(n))
    return sin(max(angle - margin, 0)) ** 2, sin(min(angle + margin, pi / 2)) ** 2


def tails(k, n, guess, quantile):
    """Lower limit, and upper limit as the lower one of the other outcome."""
    low, high = guess
    return (quantile(k, n - k, max(low, k / n / 10**9)) if k > 0 else mpf(0),
            1 - quantile(n - k, k, max(1 - high, (n - k) / n / 10**9)) if k < n else mpf(1))


def row(case):
    k, n, level = case
    with mp.workdps(50):
        tail, z = (1 - mpf(level)) / 2, sqrt(2) * erfinv(mpf(level))
        x, m = mpf(k), mpf(n)
        limits = [wilson(x, m, z), newcombe4(x, m, z), wald(x, m, z),
                  wald(x + z**2 / 2, m + z**2, z), None, None, None, logit(x, m, z),
                  arcsine(x, m, z)]
    guess, half = limits[0], mpf(1) / 2
    limits[4] = tails(x, m, guess, lambda a, b, s: beta_quantile(tail, a + half, b + half, s))
    limits[5] = tails(x, m, guess, lambda a, b, s: beta_quantile(tail, a, b + 1, s))
    limits[6] = tails(x, m, guess, lambda a, b, s: midp_quantile(tail, a, a + b, s))
    numbers = [mp.nstr(v, 17) for pair in limits for v in pair]
    return ",".join([str(k), str(n), repr(level)] + numbers)


def cases():
    random.seed(1998)
    for n in [1, 2, 3, 5, 10, 1000, 10**4, 10**5, 10**6, 10**7, 10**8, 10**9]:
        some = {0, 1, 2, 10, n // 1000, n // 3, n // 2}
        for k in sorted(j for j in some | {n - j for j in some} if 0 <= j <= n):
            for level in [0.5, 0.95, 0.999999]:
                yield k, n, level
    for k, n in [(1, 10**12), (5 * 10**11, 10**12), (10**15 // 3, 10**15), (0, 10**15),
                 (10**15 - 1, 10**15)]:
        yield k, n, 0.95
    for _ in range(1500):
        n = int(10 ** random.uniform(0, 9))
        k = random.choice([random.randint(0, n), int(n ** random.random())])
        yield random.choice([k, n - k]), n, random.choice([0.8, 0.9, 0.99, 0.999])


if __name__ == "__main__":
    check_against_mpmath()
    with multiprocessing.Pool(2) as pool:
        for line in pool.imap(row, list(cases()), 8):
            print(line, flush=True)
