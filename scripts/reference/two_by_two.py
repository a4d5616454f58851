"""Measures of two-by-two tables in 90-digit arithmetic, for tests/unit/test_two_by_two.c.

    python3 scripts/reference/two_by_two.py | gzip -9n > tests/values/two_by_two.gz

Wald from the printed formulas; score limits from Miettinen and Nurminen's (1985) own statistic
with their constrained estimates; Cornfield's from his equation in A, the odds ratio after; profile
limits from the likelihood maximised over p0 by its score equation; exact and mid-p from the
conditional distribution over its whole support (supports up to 400 only).  Every root by
bisection and secant on the log odds ratio, log risk ratio or the difference itself.

A line: a b c d level, then
  or rr rd paf, wald, each: value std_error lower upper p
  score: p, or lower upper, rr lower upper, rd lower upper
  cornfield: lower upper p;  profile: lower upper p
  exact: value lower upper p;  midp: value lower upper p   (or eight "-")
"""
import random
import sys
from mpmath import mp, mpf, sqrt, log, exp, erfc, inf, nan, isnan, findroot, binomial, erfinv

mp.dps = 90


def p_normal(z):
    return erfc(abs(z) / sqrt(mpf(2)))


def quantile(level):
    tail = 1 - level
    z = findroot(lambda x: log(erfc(x / sqrt(mpf(2)))) - log(tail), mp.mpf(1.96))
    return z


def root(f, lo, hi):
    """f rising from below 0 at lo to above at hi: bisection, then the Illinois rule."""
    for _ in range(6):
        mid = (lo + hi) / 2
        if f(mid) < 0:
            lo = mid
        else:
            hi = mid
    flo, fhi, side = f(lo), f(hi), 0
    for _ in range(300):
        if abs(hi - lo) < mpf(10) ** -32 * max(1, abs(lo)):
            break
        if abs(flo) == inf or abs(fhi) == inf or hi - lo > 2:
            x = (lo + hi) / 2
        else:
            x = (lo * fhi - hi * flo) / (fhi - flo)
        fx = f(x)
        if fx == 0 or abs(fx) < mpf(10) ** -36:
            return x
        if fx < 0:
            lo, flo = x, fx
            if side < 0:
                fhi /= 2
            side = -1
        else:
            hi, fhi = x, fx
            if side > 0:
                flo /= 2
            side = 1
    return (lo + hi) / 2


def ratio_wald(value, variance, z):
    if not (0 < value < inf) or not 0 < variance < inf:
        return [value, nan, nan, nan, nan]
    se = sqrt(variance)
    return [value, se, value * exp(-z * se), value * exp(z * se), p_normal(log(value) / se)]


def divide(x, y):
    if y == 0:
        return nan if x == 0 else inf
    return x / y


def wald(a, b, c, d, z):
    n1, n0, n = a + b, c + d, a + b + c + d
    out = []
    var = inf if 0 in (a, b, c, d) else 1 / a + 1 / b + 1 / c + 1 / d
    out += ratio_wald(divide(a * d, b * c), var, z)
    var = inf if 0 in (a, c) else 1 / a - 1 / n1 + 1 / c - 1 / n0
    out += ratio_wald(divide(a / n1, c / n0), var, z)
    rd, var = a / n1 - c / n0, a * b / n1**3 + c * d / n0**3
    se = sqrt(var)
    out += [rd, se, rd - z * se, rd + z * se, p_normal(rd / se)] if var > 0 else [rd] + [nan] * 4
    if a + c == 0:
        return out + [nan] * 5
    p0, p = c / n0, (a + c) / n
    paf = 1 - p0 / p
    var = divide(b + paf * (a + d), c * n)
    if not 0 < var < inf:
        return out + [paf] + [nan] * 4
    s = sqrt(var)
    return out + [paf, (1 - paf) * s, 1 - exp(log(1 - paf) + z * s), 1 - exp(log(1 - paf) - z * s),
                  p_normal(log(1 - paf) / s)]


def or_constrained(m1, n1, n0, psi):
    """A under odds ratio psi, the margins kept."""
    if psi == 1:
        big = n1 * m1 / (n1 + n0)
    else:
        s = n0 - m1 + (n1 + m1) * psi
        r = sqrt(s * s - 4 * (psi - 1) * psi * n1 * m1)
        big = 2 * psi * n1 * m1 / (s + r) if s > 0 else (s - r) / (2 * (psi - 1))
    return big


def score_or(a, b, c, d, psi):
    n1, n0, m1, n = a + b, c + d, a + c, a + b + c + d
    big = or_constrained(m1, n1, n0, psi)
    p1, p0 = big / n1, (m1 - big) / n0
    information = 1 / (n1 * p1 * (1 - p1)) + 1 / (n0 * p0 * (1 - p0))
    return (n1 * (a / n1 - p1)) ** 2 * information * (n - 1) / n


def score_rr(a, b, c, d, phi):
    n1, n0, m1, n = a + b, c + d, a + c, a + b + c + d
    qa, qb, qc = n * phi, -(n1 * phi + a + n0 + c * phi), m1
    p0 = 2 * qc / (-qb + sqrt(qb * qb - 4 * qa * qc))
    p1 = p0 * phi
    v = (p1 * (1 - p1) / n1 + phi**2 * p0 * (1 - p0) / n0) * n / (n - 1)
    away = (a / n1 - phi * c / n0) ** 2
    return mpf(0) if away == 0 else away / v


def score_rd(a, b, c, d, delta):
    n1, n0, n = a + b, c + d, a + b + c + d
    lo, hi = max(mpf(0), -delta), min(mpf(1), 1 - delta)
    l3, l2 = n, (n1 + 2 * n0) * delta - n - (a + c)
    l1 = (n0 * delta - n - 2 * c) * delta + (a + c)
    l0 = c * delta * (1 - delta)
    g = l2**3 / (27 * l3**3) - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    u = (1 if g >= 0 else -1) * sqrt(max(mpf(0), l2**2 / (9 * l3**2) - l1 / (3 * l3)))
    if u == 0:
        p0 = -l2 / (3 * l3)
    else:
        w = (mp.pi + mp.acos(max(mpf(-1), min(mpf(1), g / u**3)))) / 3
        p0 = 2 * u * mp.cos(w) - l2 / (3 * l3)
    p0 = min(hi, max(lo, p0))
    p1 = p0 + delta
    v = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
    num = (a / n1 - c / n0 - delta) ** 2
    return num / v if v > 0 else (mpf(0) if num == 0 else inf)


def deviance_or(a, b, c, d, psi):
    n1, n0, m1 = a + b, c + d, a + c
    big = or_constrained(m1, n1, n0, psi)
    e = (big, n1 - big, m1 - big, n0 - m1 + big)
    return 2 * sum(x * log(x / y) for x, y in zip((a, b, c, d), e) if x > 0)


def log_limits(stat, value, goal):
    """Limits of a ratio where stat = goal; value may be 0 or infinite."""
    def f(y):
        x = stat(exp(y))
        return log(x / goal) if x > 0 else -inf

    middle = log(value) if 0 < value < inf else (mpf(-70) if value == 0 else mpf(70))
    far = 60 if 0 < value < inf else 140
    lower = mpf(0) if value == 0 else exp(-root(lambda y: f(-y), -middle, -middle + far))
    upper = inf if value == inf else exp(root(f, middle, middle + far))
    return [lower, upper]


def score(a, b, c, d, z):
    n1, n0, m1, n = a + b, c + d, a + c, a + b + c + d
    goal = z * z
    pearson = n * (a * d - b * c) ** 2 / (n1 * n0 * m1 * (n - m1)) if 0 < m1 < n else mpf(0)
    out = [p_normal(sqrt(pearson * (n - 1) / n))]
    if 0 < m1 < n:
        out += log_limits(lambda x: score_or(a, b, c, d, x), divide(a * d, b * c), goal)
    else:
        out += [mpf(0), inf]
    if m1 > 0:
        out += log_limits(lambda x: score_rr(a, b, c, d, x), divide(a / n1, c / n0), goal)
    else:
        out += [mpf(0), inf]
    # on -log of what is left of the way to -1, so that limits next to it are found too
    for w, x, y, v, sign in ((a, b, c, d, 1), (c, d, a, b, -1)):
        rd = w / (w + x) - y / (y + v)
        if rd == -1:
            out += [mpf(-1) * sign]
            continue
        step = lambda t: rd - (1 + rd) / (1 + exp(-t))
        f = lambda t: log(max(score_rd(w, x, y, v, step(t)), mpf(10) ** -60) / goal)
        out += [sign * step(root(f, mpf(-60), mpf(60)))]
    return out


def cornfield(a, b, c, d, z):
    m1, n = a + c, a + b + c + d
    n1, n0 = a + b, c + d
    if not 0 < m1 < n:
        return [mpf(0), inf, mpf(1)]
    pearson = n * (a * d - b * c) ** 2 / (n1 * n0 * m1 * (n - m1))

    def stat(big):
        e = (big, n1 - big, m1 - big, n0 - m1 + big)
        return (a - big) ** 2 * sum(1 / x for x in e), e[0] * e[3] / (e[1] * e[2])

    out = []
    for end, empty, limit in ((max(mpf(0), m1 - n0), mpf(0), -1), (min(n1, m1), inf, 1)):
        if a == end:
            out += [empty]
            continue
        # a + (end - a) / (1 + exp(-y))
        at = lambda y: a + (end - a) / (1 + exp(-y))
        y = root(lambda t: log(stat(at(t))[0] / (z * z)), mpf(-70), mpf(70))
        out += [stat(at(y))[1]]
    return out + [p_normal(sqrt(pearson))]


def profile(a, b, c, d, z):
    m1, n = a + c, a + b + c + d
    if not 0 < m1 < n:
        return [mpf(0), inf, mpf(1)]
    stat = lambda x: deviance_or(a, b, c, d, x)
    return (log_limits(stat, divide(a * d, b * c), z * z) +
            [p_normal(sqrt(max(mpf(0), stat(mpf(1)))))])


def conditional(a, b, c, d, level):
    n1, n0, m1 = int(a + b), int(c + d), int(a + c)
    lo, hi, a = max(0, m1 - n0), min(n1, m1), int(a)
    if hi - lo > 400:
        return ["-"] * 8
    if lo == hi:
        return [nan, mpf(0), inf, mpf(1)] * 2
    w = [mpf(1)]
    for u in range(lo, hi):
        w.append(w[-1] * ((n1 - u) * (m1 - u)) / ((u + 1) * (n0 - m1 + u + 1)))
    top = max(w)
    w = [x / top for x in w]
    s = a - lo

    def parts(psi):
        r, below, above, here, mean, tot = mpf(1), mpf(0), mpf(0), mpf(0), mpf(0), mpf(0)
        for i, x in enumerate(w):
            t = x * r
            if i < s:
                below += t
            elif i > s:
                above += t
            else:
                here = t
            mean += i * t
            r *= psi
        tot = below + above + here
        return below / tot, here / tot, above / tot, mean / tot

    # where to look: around the sample's odds ratio with halves added
    mid = log((a + mpf(0.5)) * (n0 - m1 + a + mpf(0.5)) / ((n1 - a + mpf(0.5)) * (m1 - a + mpf(0.5))))
    far = 25 + (25 if 0 in (n1 - a, m1 - a, a, n0 - m1 + a) else 0)
    alpha = (1 - level) / 2
    solve = lambda f: exp(root(f, mid - far, mid + far))
    at1 = parts(mpf(1))
    out = []
    for half in (mpf(1), mpf(0.5)):
        if a == lo or a == hi:
            value = mpf(0) if a == lo else inf
        elif half == 1:
            value = solve(lambda y: log(parts(exp(y))[3] / s))
        else:
            value = solve(lambda y: log(parts(exp(y))[2] / parts(exp(y))[0]))

        def upper(y):
            p = parts(exp(y))
            return log((p[2] + half * p[1]) / alpha)

        def lower(y):
            p = parts(exp(y))
            return -log((p[0] + half * p[1]) / alpha)

        out += [value,
                mpf(0) if a == lo else solve(upper),
                inf if a == hi else solve(lower),
                min(mpf(1), 2 * min(at1[0] + half * at1[1], at1[2] + half * at1[1]))]
    return out


def show(x):
    if isinstance(x, str):
        return x
    if isnan(x):
        return "nan"
    if abs(x) == inf:
        return "inf" if x > 0 else "-inf"
    return mp.nstr(x, 17, strip_zeros=True)


def draw(rng):
    """Small tables densely, then every size up to 1e9, rare outcomes, empty cells."""
    kind = rng.random()
    if kind < 0.35:
        return [rng.randint(0, 6) for _ in range(4)]
    if kind < 0.6:
        return [rng.randint(0, 60) for _ in range(4)]
    if kind < 0.7:
        return [rng.randint(0, 9), rng.randint(0, 10**9), rng.randint(0, 9), rng.randint(0, 10**9)]
    if kind < 0.75:
        return [rng.choice([0, 1, 2, 3, 10**9]) for _ in range(4)]
    return [int(10 ** rng.uniform(0, 9)) for _ in range(4)]


def main(n):
    rng = random.Random(20240607)
    levels = [mpf(0.95)] * 6 + [mpf(0.9), mpf(0.99), mpf(0.5), mpf(0.999)]
    done = 0
    while done < n:
        a, b, c, d = draw(rng)
        if a + b == 0 or c + d == 0:
            continue
        level = rng.choice(levels)
        z = quantile(level)
        cells = [mpf(x) for x in (a, b, c, d)]
        values = (wald(*cells, z) + score(*cells, z) + cornfield(*cells, z) + profile(*cells, z) +
                  conditional(*cells, level))
        print(a, b, c, d, repr(float(level)), *map(show, values))
        done += 1


main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
