#!/usr/bin/python3
"""Risks that follow from a ratio and a risk, computed with 60 digits; mpmath 1.3.

  scripts/reference/absolute_effect.py | gzip -9n > tests/values/absolute_effect.gz
Columns: odds, risk or hazard; ratio, baseline; risk, difference, 1/difference.
"""
import random

from mpmath import mp, mpf, nstr

mp.dps = 60
draw = random.Random(15)


def risk(kind, ratio, p):
    if kind == "odds":
        return ratio * p / (1 - p + ratio * p)
    return ratio * p if kind == "risk" else 1 - (1 - p) ** ratio


def line(kind, ratio, baseline):
    ratio, baseline = float(ratio), float(baseline)
    r = risk(kind, mpf(ratio), mpf(baseline))
    d = r - mpf(baseline)
    if 0 < r < 1 and d != 0:
        print(kind, repr(ratio), repr(baseline), nstr(r, 20), nstr(d, 20), nstr(1 / d, 20))


for kind in ("odds", "risk", "hazard"):
    for ratio in (1 + 1e-9, 1 - 1e-12, 1e-6, 50, 1000):
        for baseline in (1e-9, 0.01, 0.5, 0.999, 1 - 1e-9):
            line(kind, ratio, baseline)
    for _ in range(200):
        line(kind, mp.e ** draw.gauss(0, 1), draw.random())
