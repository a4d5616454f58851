#!/usr/bin/env python3
"""disclosure_attack.py DYAD SOLVER TABLES [SEED [describe]]: try to work out what --suppress hides.

Each of TABLES times: a random cohort, a random command (rates with --overall, or odds with --stratify; one outcome or
two, perhaps a filter; or describe), a random threshold of 3, 5 or 11.  The attacker reads the whole JSON (tables, notes, files) and
the numbers of the picture, and knows what each figure means.  His unknowns are the cells of the whole cohort, every
combination of all values, missing ones too, which dyad itself never counts; every figure that is shown is an equation of
them.  For each hidden count, and for those that stand nowhere (without the outcome, left out), he asks for its least and
largest value.  A second one also knows which of the hidden counts are small.

SOLVER: highs (scipy's mixed-integer programs; whole numbers) or exact (a simplex method in fractions, below: nothing to
install).  Printed: tables, hidden cells, and how many of them were worked out.

With `highs 1000 2`: 1000 tables (10 more had nothing to show): 23712 figures shown, 21176 hidden or small counts; worked
out 0, by one who knows which are small 0; too narrow 0.
"""
import csv
import io
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction

MISSING = ''


class Unknowns:
    """Counts of every combination of values; sums of some of them are what is published."""

    def __init__(self, columns):
        self.names = list(columns)
        self.atoms = list(itertools.product(*(columns[c] for c in self.names)))
        self.equations = []  # (row over atoms, right-hand side)

    def row(self, **where):
        """1 for the atoms in which every column named has one of the values given."""
        test = [(self.names.index(c), set(v)) for c, v in where.items()]
        return [int(all(a[i] in v for i, v in test)) for a in self.atoms]

    def know(self, row, value):
        self.equations.append((row, value))


def exact_extremes(equations, bounds, target):
    """Least and largest target.x over x >= 0, equations and bounds (row, low, high): simplex, Bland's rule, fractions."""
    n = len(target)
    rows = [([Fraction(v) for v in r], Fraction(b)) for r, b in equations]
    extra = sum(2 for _ in bounds)
    width = n + extra
    table, slack = [], n
    for r, b in rows:
        table.append(r + [Fraction(0)] * extra + [b])
    for r, low, high in bounds:
        for sign, side in ((-1, low), (1, high)):
            line = [Fraction(v) for v in r] + [Fraction(0)] * extra + [Fraction(side)]
            line[slack] = Fraction(sign)
            slack += 1
            table.append(line)
    for line in table:
        if line[-1] < 0:
            line[:] = [-v for v in line]
    m = len(table)
    for i, line in enumerate(table):
        line[-1:] = [Fraction(int(k == i)) for k in range(m)] + [line[-1]]
    basis = [width + i for i in range(m)]

    def pivot(i, j):
        p = table[i][j]
        table[i] = [v / p for v in table[i]]
        for k in range(m):
            if k != i and table[k][j]:
                f = table[k][j]
                table[k] = [a - f * b if b else a for a, b in zip(table[k], table[i])]
        basis[i] = j

    def maximise(cost, usable):
        while True:
            reduced = None
            for j in range(usable):
                if j in basis:
                    continue
                z = sum(cost[basis[i]] * table[i][j] for i in range(m) if table[i][j] and cost[basis[i]])
                if cost[j] - z > 0:
                    reduced = j
                    break
            if reduced is None:
                return sum(cost[basis[i]] * table[i][-1] for i in range(m))
            best = None
            for i in range(m):
                if table[i][reduced] > 0:
                    ratio = (table[i][-1] / table[i][reduced], basis[i])
                    if best is None or ratio < best[0]:
                        best = (ratio, i)
            if best is None:
                return None  # without bound
            pivot(best[1], reduced)

    artificial = [Fraction(0)] * width + [Fraction(-1)] * m
    if maximise(artificial, width) != 0:
        raise ValueError('what is published contradicts itself')
    for i in range(m):
        if basis[i] >= width:
            for j in range(width):
                if table[i][j]:
                    pivot(i, j)
                    break
    ends = []
    for sign in (-1, 1):
        cost = [Fraction(sign * v) for v in target] + [Fraction(0)] * (extra + m)
        end = maximise(cost, width)
        ends.append(None if end is None else sign * end)
    low, high = ends
    return -(-low // 1), None if high is None else high // 1


def highs_extremes(equations, bounds, target):
    import numpy
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix
    lines = [r for r, _ in equations] + [r for r, _, _ in bounds]
    low = [b for _, b in equations] + [x for _, x, _ in bounds]
    high = [b for _, b in equations] + [y for _, _, y in bounds]
    limits = LinearConstraint(csr_matrix(numpy.array(lines, dtype=float)), low, high)
    ends = []
    for sign in (1, -1):
        r = milp([sign * v for v in target], constraints=limits, integrality=numpy.ones(len(target)),
                 bounds=Bounds(0, numpy.inf))
        if r.status == 3 or (r.status == 4 and sign < 0):
            ends.append(None)
        elif r.x is None:
            raise ValueError('what is published contradicts itself')
        else:
            ends.append(round(sign * r.fun))
    return ends[0], ends[1]


def make_cohort(rng, two, small):
    sites, supports = ['A', 'B', 'C'][:rng.choice([2, 3] if not small else [2])], ['none', 'peer', 'ibclc'][:rng.choice([2, 3] if not small else [2])]
    columns = {'site': sites + [MISSING], 'support': supports + [MISSING], 'y': ['1', '0', MISSING]}
    if two:
        columns['z'] = ['1', '0', MISSING]
    columns['w'] = ['1', '0']
    weights = {c: [rng.choice([1, 2, 4, 8]) for _ in v[:-1]] + [rng.choice([0, 0.1, 0.5])] for c, v in columns.items()}
    weights['w'] = [8, rng.choice([0, 1])]
    records = [[rng.choices(columns[c], weights[c])[0] for c in columns] for _ in range(rng.choice([30, 60, 120, 300]))]
    return columns, records


def know_records(u, columns, records, kept, some, told_used, truth, shown, figure, targets, missing):
    """Who was read, kept, used (${some}; not told where ${told_used} is false), left out (for want of each of ${missing})."""
    steps = {r['step']: (r['n'], t['n']) for r, t in zip(shown['tables']['flow'], truth['tables']['flow'])}
    everybody, filtered = u.row(), bool(kept)
    figure(everybody, *steps['read'])
    if told_used or steps['used'][0] is not None:
        figure(some, *steps['used'])
    for step, of in steps.items():
        if step.startswith('where'):
            figure(u.row(**kept), *of)
            targets.append((u.row(w=['0']), steps['read'][1] - of[1], False))
    targets.append(([a - b for a, b in zip(u.row(**kept), some)], sum(1 for r in records if not filtered or r[-1] == '1')
                    - steps['used'][1], False))
    if shown['inputs'][0]['records'] is not None:
        u.know(everybody, shown['inputs'][0]['records'])
    for c in missing:
        row = u.row(**kept, **{c: [MISSING]})
        for note in shown['notes']:
            if note.startswith('Left out: ') and note.endswith('for want of a value of %s.' % c) and note.split()[2].isdigit():
                u.know(row, int(note.split()[2]))
        targets.append((row, sum(r[list(columns).index(c)] == MISSING and (not filtered or r[-1] == '1') for r in records), False))


def work_out(u, targets, threshold, shown, solve):
    """(hidden cells, worked out by figures alone, by one who knows which are small, narrow, shown)"""
    is_small = lambda v: 0 < v < threshold
    told_bounds = [(r, 1, threshold - 1) for r, v, cell in targets if cell and is_small(v)]
    out = [0, 0, 0, 0, len(u.equations)]
    seen = set()
    for row, value, cell in targets:
        if not cell and not is_small(value) or tuple(row) in seen:
            continue
        seen.add(tuple(row))
        out[0] += 1
        low, high = solve(u.equations, [], row)
        assert low <= value and (high is None or value <= high)
        out[1] += low == high
        if is_small(value) and high is not None:
            out[3] += high < threshold or high - low < threshold - 2
        if is_small(value) and cell:
            low, high = solve(u.equations, told_bounds, row)
            out[2] += low == high and not any(n.startswith('Who knew') for n in shown['notes'])
    return out


def attack(rng, dyad, folder, solve, small):
    """(hidden cells, worked out by figures alone, by one who knows which are small, narrow, shown)"""
    two = not small and rng.random() < 0.4
    columns, records = make_cohort(rng, two, small)
    path, threshold = os.path.join(folder, 'c.csv'), rng.choice([3, 5, 11])
    with open(path, 'w') as f:
        f.write(','.join(columns) + '\n' + ''.join(','.join(r) + '\n' for r in records))
    odds, filtered = rng.random() < 0.5, rng.random() < 0.5
    outcomes = ['y', 'z'] if two else ['y']
    command = [dyad, 'odds' if odds else 'rates', path, '--outcome', ','.join(outcomes), '--format', 'json', '--plot-data',
               os.path.join(folder, 'p.csv'), '--threads', '1']
    command += ['--exposure', 'support', '--reference', 'none', '--stratify', 'site'] if odds else ['--by', 'site,support', '--overall']
    command += ['--where', 'w == 1'] if filtered else []
    truth = subprocess.run(command, capture_output=True)
    hidden = subprocess.run(command + ['--suppress', str(threshold)], capture_output=True)
    if truth.returncode or hidden.returncode == 5:
        return None
    if hidden.returncode:
        raise SystemExit('%s: %s' % (command, hidden.stderr.decode()))
    truth, shown = json.loads(truth.stdout), json.loads(hidden.stdout)
    u = Unknowns(columns)
    kept = {'w': ['1']} if filtered else {}
    known = {c: [v for v in columns[c] if v != MISSING] for c in columns}
    complete = dict(kept, site=known['site'], support=known['support'])
    targets = []  # (row, value, is it a hidden cell of a table)

    def figure(row, value, of):
        if value is None:
            targets.append((row, of, True))
        else:
            u.know(row, value)

    # The tables of people.
    for true, told in zip(truth['tables']['cells' if odds else 'rates'], shown['tables']['cells' if odds else 'rates']):
        y, where = told['outcome'], dict(complete)
        if odds:
            where['support'] = [told['level']]
            if told['stratum'] != 'crude':
                where['site'] = [told['stratum']]
        elif told['site'] is not None:
            where.update(site=[told['site']], support=[told['support']])
        with_it, without = u.row(**where, **{y: ['1']}), u.row(**where, **{y: ['0']})
        n = [a + b for a, b in zip(with_it, without)]
        figure(with_it, told['events'], true['events'])
        figure(n, told['n'], true['n'])
        figure(u.row(**where, **{y: [MISSING]}), told['missing'], true['missing'])
        if odds:
            figure(without, told['non_events'], true['non_events'])
        else:
            targets.append((without, true['n'] - true['events'], False))
            if told['estimate'] is not None and None in (told['n'], told['events']):
                raise SystemExit('a rate is shown of a hidden count')
    # Measures are of the two rows of the table cells, or of those of all strata.
    cells = {(r['outcome'], r['stratum'], r['level']): r for r in shown['tables'].get('cells', [])}
    for r in shown['tables'].get('measures', []):
        strata = known['site'] if r['stratum'] == 'pooled' else [r['stratum']]
        used = [cells[k] for s in strata for v in (r['level'], 'none') if (k := (r['outcome'], s, v)) in cells]
        if r['estimate'] is not None and any(c['events'] is None or c['n'] is None for c in used):
            raise SystemExit('a measure is shown of a hidden count')
    for r in shown['tables'].get('tests', []):
        strata = known['site'] if r['stratum'] == 'pooled' else [r['stratum']]
        levels = [r['level'], 'none'] if r['level'] else known['support']
        used = [cells[k] for s in strata for v in levels if (k := (r['outcome'], s, v)) in cells]
        if r['p_value'] is not None and any(c['events'] is None or c['n'] is None for c in used):
            raise SystemExit('a test is shown of a hidden count')
    some = u.row(**complete, y=known['y'])
    if two:
        some = [max(a, b) for a, b in zip(some, u.row(**complete, z=known['z']))]
    # Of several outcomes the step is not told.
    know_records(u, columns, records, kept, some, not two, truth, shown, figure, targets, ['site', 'support'])
    # The picture: no number but those of rows whose counts are shown.
    rows = shown['tables']['measures' if odds else 'rates']
    estimates = {format(r['estimate'], '.12g') for r in rows if isinstance(r['estimate'], (int, float))} | {'0', '1', 'Inf', 'inf', ''}
    for line in csv.DictReader(io.StringIO(open(os.path.join(folder, 'p.csv')).read())):
        value = line.get('estimate', '')
        if value not in estimates and value != 'Inf' and format(float(value), '.12g') not in estimates:
            raise SystemExit('a picture shows what no table does')
    return work_out(u, targets, threshold, shown, solve)


def attack_describe(rng, dyad, folder, solve, small):
    """The same of dyad describe, all together or by group."""
    two = not small and rng.random() < 0.4
    columns, records = make_cohort(rng, two, small)
    path, threshold = os.path.join(folder, 'c.csv'), rng.choice([3, 5, 11])
    with open(path, 'w') as f:
        f.write(','.join(columns) + '\n' + ''.join(','.join(r) + '\n' for r in records))
    grouped, filtered, about = rng.random() < 0.7, rng.random() < 0.5, ['site', 'y'] + ['z'] * two
    command = [dyad, 'describe', path, '--columns', ','.join(about), '--categories', ','.join(about), '--format', 'json',
               '--threads', '1']
    command += ['--exposure', 'support', '--reference', 'none'] if grouped else []
    command += ['--where', 'w == 1'] if filtered else []
    truth = subprocess.run(command, capture_output=True)
    hidden = subprocess.run(command + ['--suppress', str(threshold)], capture_output=True)
    if truth.returncode or hidden.returncode == 5:
        return None
    if hidden.returncode:
        raise SystemExit('%s: %s' % (command, hidden.stderr.decode()))
    truth, shown = json.loads(truth.stdout), json.loads(hidden.stdout)
    u, targets = Unknowns(columns), []
    kept = {'w': ['1']} if filtered else {}
    known = {c: [v for v in columns[c] if v != MISSING] for c in columns}
    everybody = dict(kept, support=known['support']) if grouped else kept

    def figure(row, value, of):
        if value is None:
            targets.append((row, of, True))
        else:
            u.know(row, value)

    whole = set() # (column, level) of which every count is shown
    for true, told in zip(truth['tables']['characteristics'], shown['tables']['characteristics']):
        column, level = told['column'], told.get('level')
        where = dict(everybody, support=[level]) if level else everybody
        figure(u.row(**where, **{column: [told['value']]}), told['events'], true['events'])
        figure(u.row(**where, **{column: known[column]}), told['n'], true['n'])
        figure(u.row(**where, **{column: [MISSING]}), told['missing'], true['missing'])
        if None not in (told['events'], told['n']):
            whole.add((column, told['value'], level))
        elif told['estimate'] is not None:
            raise SystemExit('a share is shown of a hidden count')
    for r in shown['tables'].get('balance', []):
        values = {t['value'] for t in truth['tables']['characteristics'] if t['column'] == r['column']}
        if r['std_diff'] is not None and any((r['column'], v, g) not in whole for v in values for g in (r['level'], 'none')):
            raise SystemExit('a difference is shown of a hidden count')
    some = [max(a) for a in zip(*(u.row(**everybody, **{c: known[c]}) for c in about))]
    know_records(u, columns, records, kept, some, True, truth, shown, figure, targets, ['support'] if grouped else [])
    return work_out(u, targets, threshold, shown, solve)


def main():
    dyad, solver, tables = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    how = attack_describe if sys.argv[5:] == ['describe'] else attack
    solve = exact_extremes if solver == 'exact' else highs_extremes
    total, done, whole = [0] * 5, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while done < tables:
            out = how(rng, dyad, folder, solve, solver == 'exact')
            whole += out is None
            if out:
                done += 1
                total = [a + b for a, b in zip(total, out)]
    print('%d tables (%d more had nothing to show): %d figures shown, %d hidden or small counts; worked out %d, by one who '
          'knows which are small %d; too narrow %d' % (done, whole, total[4], total[0], total[1], total[2], total[3]))
    return 1 if any(total[1:4]) else 0


if __name__ == '__main__':
    sys.exit(main())
