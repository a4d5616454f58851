#!/usr/bin/env python3
"""disclosure_attack_plan.py DYAD SOLVER PLANS [SEED[.NUMBER] [KIND [KEEP]]]: work out what suppress hides in a plan.

Each of PLANS times: a random cohort (categories, some missing; an age in two groupings; times and how they ended; an
outcome within another) and a random plan of two to eight analyses - rates, odds, describe, survival, model - of
populations that are nested, complementary or overlap, with suppress 3, 5 or 11. The attacker has all files of the
folder at once, and the report. His unknowns are the people of every combination of the columns in use, of times that
of the pieces between all times told anywhere. Every figure shown is an equation of them; of a shown rate, ratio, test
or curve he has the counts behind it, of a shown model how many of each level of its terms have the outcome, and how
many each pair of levels. For every count of 1 to N-1 that is hidden, or that nobody prints (without the outcome, left
out, in a population and not in those within it), he asks for the least and the largest value:

  worked out     they are the same
  too narrow     there are fewer than N-1 values, or all of them are small
  by smallness   worked out by one who knows which of the hidden figures are small
  subtracted     two figures shown, one's people among the other's, differ by 1 to N-1
  untrue         a figure is not what the cohort says, or not what he takes it for; or the report fails
  by meaning     the first two, for one who knows besides that whoever has the inner outcome has the outer one, and what
                 an age tells of its groupings and of a filter by age; so, too, what is subtracted

SOLVER: highs (scipy's mixed-integer programs) or exact (small plans of two analyses; fractions, nothing to install).
KIND: plan, or rates, odds, describe, survival, model, each analysis by itself.  KEEP: a folder for the plans of which
something was found.  Every plan has its seed and number, by which it is made again: 1.17 is the 17th of seed 1; then
highs also names the figures that tell it.

With `highs 1000 12`: 1000 plans (248 more had nothing to show): 38887 figures known, 11178 small counts asked for; worked
out 0, too narrow 0, by smallness 0, subtracted 0, untrue 0, by meaning 26, subtracted by meaning 1.
"""
import collections
import csv
import html
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.dont_write_bytecode = True
from disclosure_attack import exact_extremes  # noqa: E402
from disclosure_figures import read_folder  # noqa: E402
from disclosure_plans import make_cohort, make_plan, write_plan  # noqa: E402

LEVELS = ['worked out', 'too narrow', 'by smallness', 'subtracted', 'untrue', 'by meaning', 'subtracted by meaning']
PICTURED = ('estimate', 'n', 'events', 'n_risk', 'n_censor')
MANY = 10000  # as good as without bound


# --- least and largest ------------------------------------------------------------------------

def living(f, without):
    """Combinations that somebody may have: not ${without}, nor a part of a region of nobody."""
    alive = f.all & ~without
    for region in f.known_at:
        if f.count(region) == 0:
            alive &= ~region
    return alive


class Highs:
    """By mixed-integer programs; every solution that is found speaks for all questions."""

    def __init__(self, f, asked, without=0):
        import numpy as np
        self.np, self.unsettled, self.bounds = np, 0, []
        alive = self.bits(f, living(f, without))
        rows = list(f.known_at) + asked
        matrix = np.array([self.bits(f, r)[alive] for r in rows])
        # Combinations that are in the same regions are one unknown.
        packed = np.ascontiguousarray(np.packbits(matrix, axis=0).T)
        packed = packed.view([('', packed.dtype)] * packed.shape[1]).ravel()
        _, first, kind = np.unique(packed, return_index=True, return_inverse=True)
        people = np.zeros(f.n_atoms)
        people[list(f.people)] = list(f.people.values())
        truth = np.bincount(kind, weights=people[alive], minlength=len(first))
        self.rows = dict(zip(rows, matrix[:, first].astype(float)))
        self.equations = matrix[:len(f.known_at), first].astype(float)
        self.sums = self.equations @ truth
        self.used = np.ones(len(self.sums), dtype=bool)
        self.solutions = truth[:, None]

    def bits(self, f, region):
        raw = self.np.frombuffer(region.to_bytes(f.n_atoms // 8 + 1, 'little'), dtype=self.np.uint8)
        return self.np.unpackbits(raw, bitorder='little')[:f.n_atoms].astype(bool)

    def solve(self, target, sign):
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_matrix
        np = self.np
        rows = csr_matrix(np.vstack([self.equations] + [self.rows[r] for r, _, _ in self.bounds]))
        low, high = (np.concatenate([self.sums, [b[i] for b in self.bounds]]) for i in (1, 2))
        if not self.used.all():
            rows, low, high = rows[self.used], low[self.used], high[self.used]
        r = milp(sign * target, constraints=LinearConstraint(rows, low, high), integrality=np.ones(len(target)),
                 bounds=Bounds(0, MANY), options={'time_limit': 30})
        if r.status == 2:
            raise SystemExit('what is published contradicts itself')
        if r.x is not None:
            x = np.round(r.x)
            if (np.abs(self.equations @ x - self.sums) < 0.5)[self.used].all():
                self.solutions = np.hstack([self.solutions, x[:, None]])
        return r.status == 0

    def why(self, region, enough):
        """Figures that say it between them, none of which could be spared."""
        for i in range(len(self.used)):
            self.used[i] = False
            known, self.solutions = self.solutions, self.solutions[:, :1]
            ends = self.extremes(region, enough)
            self.used[i], self.solutions = ends is None or enough(*ends), known
        said = [i for i in range(len(self.used)) if self.used[i]]
        self.used[:] = True
        return said

    def extremes(self, region, enough):
        """Least and largest, or those known as soon as they are ${enough}; None if time was too short."""
        target = self.rows[region]
        ends = lambda: (int((target @ self.solutions).min()), int((target @ self.solutions).max()))
        for sign in (-1, 1):
            if not enough(*ends()) and not self.solve(target, sign) and not enough(*ends()):
                self.unsettled += 1
                return None
        return ends()


class Exact:
    """By a simplex method in fractions; of small plans."""

    def __init__(self, f, asked, without=0):
        self.unsettled, self.bounds, alive, rows = 0, [], living(f, without), list(f.known_at) + asked
        kinds = dict.fromkeys(tuple(r >> at & 1 for r in rows) for at in range(f.n_atoms) if alive >> at & 1)
        self.rows = {r: [kind[i] for kind in kinds] for i, r in enumerate(rows)}
        self.equations = [(self.rows[r], f.count(r)) for r in f.known_at]

    def extremes(self, region, _):
        bounds = [(self.rows[r], low, high) for r, low, high in self.bounds]
        low, high = exact_extremes(self.equations, bounds, self.rows[region])
        return int(low), MANY if high is None else int(high)


# --- the attack -------------------------------------------------------------------------------

def ask_plain(f, r, wide, ends, solver, explain):
    """(level, what) of a count that is too narrow for one who knows what columns mean: is it for others, too?"""
    told = lambda ends: '%s: %d of %d to %d' % (f.asked[r][0], f.count(r), *ends)
    without = solver.extremes(r, wide)
    if without is None:
        return None, None
    if wide(*without):
        return 'by meaning', told(ends)
    said = [list(f.known_at.items())[i] for i in solver.why(r, wide)] if explain else []
    return ('worked out' if without[0] == without[1] else 'too narrow',
            told(without) + ''.join('\n    %s: %d' % (label, f.count(region)) for region, label in said))


def attack(f, solver, explain):
    """What was found: {level: [what]}; how many counts were asked for, and how many times time was too short."""
    found, n = collections.defaultdict(list), f.threshold
    for level, what in f.found:
        found[level].append(what)
    f.ask_differences()
    for what, by_meaning in f.subtract():
        found['subtracted by meaning' if by_meaning else 'subtracted'].append(what)
    asked = [r for r in f.asked if r not in f.known_at]
    small = [r for r in asked if f.is_small(r)]
    if not small:
        return found, 0, 0
    wide = lambda low, high: high >= n and high - low >= n - 2
    meaning, plain, smallness = solver(f, asked, f.meaningless), solver(f, asked), solver(f, asked)
    for r in small:
        ends = meaning.extremes(r, wide)
        if ends and not wide(*ends):
            level, what = ask_plain(f, r, wide, ends, plain, explain)
            found[level].append(what)
    cells = [] if f.warned else [r for r in small if f.asked[r][1]]
    smallness.bounds = [(r, 1, n - 1) for r in cells]
    for r in cells:
        ends = smallness.extremes(r, lambda low, high: low < high)
        if ends and ends[0] == ends[1]:
            found['by smallness'].append('%s: %d' % (f.asked[r][0], ends[0]))
    return found, len(small), sum(s.unsettled for s in (meaning, plain, smallness))


# --- what else is in the folder -----------------------------------------------------------------

def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(numbers_in, value))
    return {float(value)} if isinstance(value, (int, float)) and not isinstance(value, bool) else set()


def counts_in_page(path):
    """EVENTS/N, N (P%), N of M; and the counts above and below pictures."""
    with open(path) as page:
        text = re.sub(r'<style.*?</style>', ' ', page.read(), flags=re.S)
    text = html.unescape(re.sub(r'<[^>]+>', ' ', re.sub(r'</t[dh]>', '|', text)))
    pairs = re.findall(r'(?<![\d.,])(\d+)/(\d+)(?![\d.])', text) + re.findall(r'\b(\d+) of (\d+)[;,]', text)
    ones = re.findall(r'(?<![\d.])(\d+) \(\d+\.\d%\)', text) + re.findall(r'\bn = (\d+)|\bevents: (\d+)', text)
    return {float(n) for found in pairs + ones for n in (found if isinstance(found, tuple) else (found,)) if n}


def counts_in_workbook(path):
    """Whole numbers in the sheets of analyses, 'a1 rates' say."""
    with zipfile.ZipFile(path) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read('xl/workbook.xml').decode())
        sheets = ''.join(book.read('xl/worksheets/sheet%d.xml' % (i + 1)).decode() for i, name in enumerate(names)
                         if re.match(r'a\d+ ', name))
    cells = re.findall(r'<c ([^>]*)><v>([^<]+)</v>', sheets)
    return {float(v) for kind, v in cells if 't="s"' not in kind and re.fullmatch(r'\d+', v)}


def read_report(dyad, folder, told):
    """A count in the report that stands in no result is one too many."""
    page, book = os.path.join(folder, 'report.html'), os.path.join(folder, 'report.xlsx')
    command = [dyad, 'report', os.path.join(folder, 'plan.yaml'), '-o', page, '--xlsx', book]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        return [] if done.returncode == 5 else [done.stderr.decode().strip()]
    known = set().union({0.0}, *(numbers_in(t['tables']) for t in told.values()))
    for t in told.values():  # under a picture stand sums of groups all of which are told
        rows = t['tables'].get('summary', [])
        for of in (['n'], ['events'], ['events', 'competing']):
            parts = [r.get(what) for r in rows for what in of]
            if parts and None not in parts:
                known.add(float(sum(parts)))
    said = counts_in_page(page) | counts_in_workbook(book)
    return ['the report says %d, which stands in no result' % n for n in sorted(said - known)]


def read_pictures(plan, folder, told):
    """The numbers of a picture are those of its tables."""
    for a in plan['analyses']:
        path = os.path.join(folder, a['name'] + '.plot.csv')
        if a['name'] in told and os.path.exists(path):
            known = numbers_in(told[a['name']]['tables']) | {0.0, 1.0}
            with open(path) as data:
                cells = [c for row in csv.DictReader(data) for c in row.items() if c[0] in PICTURED]
            for name, value in cells:
                if re.fullmatch(r'-?[\d.]+(e-?\d+)?', value) and not any(math.isclose(float(value), k) for k in known):
                    yield '%s: the picture has a %s, %s, that stands in no table' % (a['name'], name, value)


def run_plan(dyad, name, kind, small, folder):
    """The figures of plan ${name}; None if it tells nothing."""
    rng = random.Random(name)
    levels, records = make_cohort(rng, small)
    plan = make_plan(rng, levels, kind, small)
    write_plan(plan, levels, records, folder)
    results = os.path.join(folder, 'results')
    command = [dyad, 'run', os.path.join(folder, 'plan.yaml'), '--folder', results, '--quiet']
    done = subprocess.run(command, capture_output=True)
    if done.returncode in (3, 5) or b'--reference' in done.stderr:  # nobody of a population is in the reference
        return None
    if done.returncode:
        raise SystemExit('%s: %s' % (name, done.stderr.decode()))
    f, told = read_folder(plan, levels, records, results)
    if f is None:
        return None
    f.found += [('untrue', what) for what in read_pictures(plan, results, told)]
    if not small and rng.random() < 0.2:
        f.found += [('untrue', what) for what in read_report(dyad, folder, told)]
    return f


def main():
    dyad, solver, plans = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    seed, _, number = (sys.argv[4] if len(sys.argv) > 4 else '1').partition('.')
    kind, keep = (sys.argv[5:] + ['plan'])[0], (sys.argv[6:] + [None])[0]
    explain = bool(number) and solver == 'highs'
    number, total, done, nothing, known, asked, unsettled = int(number or 1), collections.Counter(), 0, 0, 0, 0, 0
    while done < plans:
        name = '%s.%d' % (seed, number)
        number += 1
        with tempfile.TemporaryDirectory() as folder:
            f = run_plan(dyad, name, kind, solver == 'exact', folder)
            if f is None:
                nothing += 1
                continue
            found, small, open_ends = attack(f, Exact if solver == 'exact' else Highs, explain)
            if keep and any(found.values()):
                shutil.copytree(folder, os.path.join(keep, '%s-%s' % (kind, name)), dirs_exist_ok=True)
        done, known, asked, unsettled = done + 1, known + len(f.known_at), asked + small, unsettled + open_ends
        for level in LEVELS:
            total[level] += len(found[level])
            for what in found[level]:
                print('%s %s: %s' % (name, level, what))
        sys.stdout.flush()
    print('%d plans (%d more had nothing to show): %d figures known, %d small counts asked for; %s%s'
          % (done, nothing, known, asked, ', '.join('%s %d' % (level, total[level]) for level in LEVELS),
             '; not settled %d' % unsettled if unsettled else ''))
    return 1 if any(total[level] for level in LEVELS[:5]) else 0


if __name__ == '__main__':
    sys.exit(main())
