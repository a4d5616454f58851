#!/usr/bin/python3
"""Fay and Feuer's limits to 17 digits where R's own cancel or end, for
tests/unit/test_standardized_rate.c:
  scripts/reference/standardized_rate.py | gzip -9n > tests/values/standardized_rate.csv.gz
Columns as in standardized_rate.R.  Formulas in 30 digits, gamma quantiles by quantile.py.
"""
import random

from mpmath import mp, mpf, sqrt

from quantile import check_against_mpmath, gamma_quantile


def limits(events, n, weights, level):
    total = sum(map(mpf, weights))
    c = [mpf(w) / total / m for w, m in zip(weights, n) if w > 0]
    x = [e for e, w in zip(events, weights) if w > 0]
    rate = sum(a * e for a, e in zip(c, x))
    variance = sum(a**2 * e for a, e in zip(c, x))
    tail, most = (1 - mpf(level)) / 2, max(c)
    lower = variance / rate * gamma_quantile(tail, rate**2 / variance, -1) if rate else mpf(0)
    y, v = rate + most, variance + most**2
    return rate, sqrt(variance), lower, v / y * gamma_quantile(tail, y**2 / v, 1)


def main():
    check_against_mpmath()
    random.seed(1997)
    for case in range(150):
        k = random.randint(1, 6)
        n = [int(10 ** random.uniform(0, 9.5)) for _ in range(k)]
        events = [0 if case % 10 == 0 else int(m * 10 ** random.uniform(-9, 0)) for m in n]
        weights = [round(random.uniform(0.5, 1000), 2) for _ in range(k)]
        if k > 1 and case % 7 == 0:
            weights[0], n[0] = 0, random.choice([0, n[0]])
        level = random.choice([0.5, 0.95, 0.999, 0.999999])
        print(k, level, *events, *n, *weights,
              *(mp.nstr(v, 17) for v in limits(events, n, weights, level)), sep=",")


if __name__ == "__main__":
    main()
