#!/usr/bin/env python3
"""Orthogonal polynomials in fifty digits, for tests/unit/test_basis.c.

    zcat tests/values/design_basis.gz | scripts/reference/design.py | gzip -9n > tests/values/design_poly.gz

Reads the lines of `design.R basis`, and writes those of polynomials with values of its own: by
Gram and Schmidt on the powers of deviations from the mean.
"""
import sys

from mpmath import mp, mpf

mp.dps = 50


def polynomials(x, new, degree):
    """The columns at x and at new: powers, less what is along the lower ones."""
    mean = sum(x) / len(x)
    here, there = [[mpf(1)] * len(x)], [[mpf(1)] * len(new)]
    for power in range(1, degree + 1):
        p, q = [(v - mean) ** power for v in x], [(v - mean) ** power for v in new]
        for _ in range(2):
            for known, other in zip(here, there):
                along = sum(a * b for a, b in zip(p, known)) / sum(a * a for a in known)
                p = [a - along * b for a, b in zip(p, known)]
                q = [a - along * b for a, b in zip(q, other)]
        here.append(p)
        there.append(q)
    sizes = [mp.sqrt(sum(a * a for a in p)) for p in here]
    rows = [[[p[i] / s for p, s in zip(columns, sizes)][1:] for i in range(len(columns[0]))]
            for columns in (here, there)]
    return [v for table in rows for row in table for v in row]


for line in sys.stdin:
    fields = line.split()
    if fields[0] != "0":
        continue
    degree, n = int(fields[1]), int(fields[2])
    x = [mpf(float(f)) for f in fields[3:3 + n]]
    m = int(fields[3 + n])
    new = [mpf(float(f)) for f in fields[4 + n:4 + n + m]]
    print(*fields[:4 + n + m], *(mp.nstr(v, 17) for v in polynomials(x, new, degree)))
