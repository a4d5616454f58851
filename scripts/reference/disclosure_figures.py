"""disclosure_figures.py: what the results of a plan tell, as counts of people, for disclosure_attack_plan.py.

The people of one combination of values are a bit of a number; a region, some of these, is a number of several bits.  A
figure is a region with its value, or hidden.
"""
import collections
import itertools
import json
import os
import re

from disclosure_plans import MISSING, age_columns

COLUMNS = ['site', 'arm', 'y', 'z', 'w', 'group', 'half', 'has age', 'under 30', 'time', 'end']
LARGEST = 60000  # combinations
EARLIER = 0.001  # than any other time: who is at risk at a time has left then or later


class Figures:
    """The figures of a folder: known ones, hidden ones, and counts that follow from two of them."""

    def __init__(self, levels, records, columns, cuts, threshold):
        self.threshold, self.cuts = threshold, cuts
        self.levels = {c: (list(range(len(cuts) + 1)) if c == 'time' else levels[c]) + [MISSING] for c in columns}
        self.n_atoms, self.bits = 1, {}
        for c in columns:
            self.n_atoms *= len(self.levels[c])
        self.all = (1 << self.n_atoms) - 1
        stride, self.places = self.n_atoms, {}
        for c in columns:
            period, stride = stride, stride // len(self.levels[c])
            every = self.all // ((1 << period) - 1)
            for i, v in enumerate(self.levels[c]):
                self.bits[c, v] = (((1 << stride) - 1) << (i * stride)) * every
                self.places[c, v] = i * stride
        self.people = collections.Counter(sum(self.places[c, self.value(r, c)] for c in columns) for r in records)
        self.known_at = {}  # region -> label
        self.asked = {}  # region -> (label, is it a cell of a table)
        self.compared = []  # (label, population, whom): the same of other populations
        self.found, self.warned = [], False  # (level, what)
        self.meaningless = self.without_meaning(columns)

    def value(self, record, column):
        v = record[column]
        return v if column != 'time' or v == MISSING else sum(float(v) > c for c in self.cuts)

    def without_meaning(self, columns):
        """Combinations that nobody can have who knows what the columns mean."""
        out = 0
        if 'y' in columns and 'z' in columns:
            out |= self.region({'y': ['0'], 'z': ['1']})
        possible = 0
        for age in [MISSING] + [str(a) for a in range(10, 50)]:
            possible |= self.region({c: [v] for c, v in age_columns(age).items() if c in columns})
        return out | self.all & ~possible

    def region(self, where):
        out = self.all
        for c, values in where.items():
            some = 0
            for v in values:
                some |= self.bits.get((c, v), 0)
            out &= some
        return out

    def known(self, *columns):
        return {c: self.levels[c][:-1] for c in columns if c}

    def count(self, region):
        return sum(n for at, n in self.people.items() if region >> at & 1)

    def is_small(self, region):
        return 0 < self.count(region) < self.threshold

    def figure(self, label, region, value):
        """A figure that is printed, or hidden (None)."""
        if value is None:
            self.asked.setdefault(region, (label, True))
            return
        truth = self.count(region)
        if value != truth:
            self.found.append(('untrue', '%s: %s is printed, it is %d' % (label, value, truth)))
            return
        self.know(label, region, 'printed')

    def behind(self, label, population, whom):
        """A count that follows from a figure shown."""
        self.know(label, population & whom, 'behind a figure shown')
        self.compared.append((label, population, whom))

    def know(self, label, region, how):
        if region not in self.known_at and self.is_small(region):
            self.found.append(('worked out', '%s: %d is %s' % (label, self.count(region), how)))
        self.known_at.setdefault(region, label)

    def ask(self, label, region):
        """A count that nobody prints."""
        if self.is_small(region):
            self.asked.setdefault(region, (label, False))

    def of(self, label, population, whom, value):
        """A figure of ${whom} (a region) in a population; compared later with the same of others."""
        self.figure(label, population & whom, value)
        self.compared.append((label, population, whom))

    def ask_differences(self):
        """The same people of a population and of one or two within it."""
        same = collections.defaultdict(dict)
        for label, population, whom in self.compared:
            same[whom].setdefault(population, label)
        for whom, populations in same.items():
            for outer, label in populations.items():
                inner = [p for p in populations if p != outer and p & outer == p]
                for p in inner:
                    self.ask('%s less %s' % (label, populations[p]), whom & outer & ~p)
                for p, q in itertools.combinations(inner, 2):
                    if p & q == 0:
                        self.ask('%s less %s and %s' % (label, populations[p], populations[q]), whom & outer & ~p & ~q)

    def subtract(self):
        """Two figures shown, one's people among the other's, that differ by a few: (what, only by meaning)."""
        known = [(r, r & ~self.meaningless, self.count(r), label) for r, label in self.known_at.items()]
        for r, meant, n, label in known:
            for q, other, m, inner in known:
                if 0 < n - m < self.threshold and other and other & meant == other:
                    yield '%s less %s: %d' % (label, inner, n - m), q & r != q


# --- whom an analysis is about, and who is left out --------------------------------------------

def column_of(name):
    """Of a number it matters only who has one."""
    return 'has age' if name == 'age' else name


def both(*wheres):
    out = {}
    for w in wheres:
        for c, values in w.items():
            out[c] = [v for v in values if v in out[c]] if c in out else list(values)
    return out


class Analysis:
    """One of the plan, its results, and the figures that it adds to."""

    def __init__(self, f, plan, keys, told):
        self.f, self.keys, self.told, self.name = f, keys, told, keys['name']
        self.steps = [where for _, where in plan['populations'][keys['population']]] if 'population' in keys else []
        self.population = f.region(both(*self.steps))
        self.by, self.strata = keys.get('by', []), keys.get('stratify', [])

    def table(self, name):
        return self.told['tables'].get(name, [])

    def whom(self, *wheres):
        return self.f.region(both(*wheres))

    def figure(self, label, value, *wheres):
        self.f.of('%s %s' % (self.name, label), self.population, self.whom(*wheres), value)

    def behind(self, label, *wheres):
        self.f.behind('%s %s' % (self.name, label), self.population, self.whom(*wheres))

    def ask(self, label, *wheres):
        self.f.ask('%s %s' % (self.name, label), self.population & self.whom(*wheres))


def read_flow(a, used, needed, in_one_note):
    """Who was read, kept, used (${used}, a region) and left out for want of each of ${needed}."""
    f, name = a.f, a.name
    flow = a.table('flow')
    if len(flow) != 2 + len(a.steps):
        raise SystemExit('%s: a flow of %d steps' % (name, len(flow)))
    f.figure(name + ' read', f.all, flow[0]['n'])
    if a.told['inputs'][0]['records'] is not None:
        f.figure(name + ' records', f.all, a.told['inputs'][0]['records'])
    before = f.all
    for i, r in enumerate(flow[1:-1]):
        now = f.region(both(*a.steps[:i + 1]))
        f.figure('%s %s' % (name, r['step']), now, r['n'])
        f.ask('%s: not %s' % (name, r['step']), before & ~now)
        f.ask('%s: read, not %s' % (name, r['step']), f.all & ~now)
        before = now
    f.of(name + ' used', a.population, used, flow[-1]['n'])
    f.ask(name + ': kept, not used', a.population & ~used)
    f.ask(name + ': read, not used', f.all & ~(a.population & used))
    left = {c: a.population & f.region({c: [MISSING]}) for c in needed}
    for c in needed:
        f.ask('%s: without %s' % (name, c), left[c])
    notes = [n for n in a.told['notes'] if n.startswith('Left out: ')]
    (read_one_note if in_one_note else read_notes)(f, name, notes, left, a.population & ~used)


def read_notes(f, name, notes, left, _):
    """A note for each column of which a value was wanted; without one all have it."""
    for c, region in left.items():
        said = [re.match(r'Left out: (?:(\d+) )?records? for want of a value of %s[.;]' % c, n) for n in notes]
        said = [m.group(1) for m in said if m]
        if said != [None]:
            f.figure('%s: note of those without %s' % (name, c), region, int(said[0]) if said else 0)


def read_one_note(f, name, notes, left, out):
    """'Left out: 9 records: 5 without weeks, 6 without weaned.', or '... without a value of weeks (5), weaned (6).'"""
    if not notes:
        f.figure(name + ': none left out', out, 0)
    for note in notes:
        number = re.match(r'Left out: (\d+) records?(?: without (\w+)\.$)?', note)
        if number is None:
            continue
        f.figure(name + ': note of those left out', out, int(number.group(1)))
        parts = {c: int(n) for n, c in re.findall(r'(\d+) without (\w+)', note)}
        parts.update({c: int(n) for c, n in re.findall(r'(\w+) \((\d+)\)', note)})
        if number.group(2):
            parts[number.group(2)] = int(number.group(1))
        for c, region in left.items():
            f.figure('%s: note of those without %s' % (name, c), region, parts.get('age' if c == 'has age' else c, 0))


def read_rates(a):
    f, by = a.f, a.by
    extra = [a.keys['standardize']] if 'standardize' in a.keys else []
    complete, without_row = f.known(*by, *extra), a.whom(f.known(*by, *extra))
    for r in a.table('rates'):
        y, overall = r['outcome'], by and r[by[0]] is None
        mine = complete if overall else both(complete, {c: [str(r[c])] for c in by})
        label = 'rates[%s,%s]' % (','.join(str(r[c]) for c in by), y)
        without_row &= -1 if overall else ~a.whom(mine)
        a.figure(label + '.n', r['n'], mine, f.known(y))
        a.figure(label + '.events', r['events'], mine, {y: ['1']})
        a.figure(label + '.missing', r['missing'], mine, {y: [MISSING]})
        a.ask(label + ' without', mine, {y: ['0']})
        if r['estimate'] is not None:
            standard = f.levels[extra[0]][:-1] if r.get('kind') == 'standardized' else [None]
            for v in standard:  # a standardised rate is made of those of its strata
                stratum = {extra[0]: [v]} if v else {}
                a.behind('%s.estimate %s, events' % (label, v or ''), mine, stratum, {y: ['1']})
                a.behind('%s.estimate %s, n' % (label, v or ''), mine, stratum, f.known(y))
    if by:
        f.figure(a.name + ' groups without a row', a.population & without_row, 0)
    used = 0
    for y in a.keys['outcome']:
        used |= a.whom(complete, f.known(y))
    read_flow(a, used, by + extra, False)


def read_odds(a):
    f, x, strata = a.f, a.keys['exposure'], a.strata
    cells, reference = {}, a.keys['reference']
    for r in a.table('cells'):
        y, mine = r['outcome'], both(f.known(*strata), {x: [r['level']]})
        if r['stratum'] != 'crude':
            mine[strata[0]] = [r['stratum']]
        cell = {'events': both(mine, {y: ['1']}), 'non_events': both(mine, {y: ['0']}), 'n': both(mine, f.known(y)),
                'missing': both(mine, {y: [MISSING]})}
        for what, where in cell.items():
            a.figure('cells[%s,%s,%s].%s' % (r['stratum'], r['level'], y, what), r[what], where)
        cells[y, r['stratum'], r['level']] = cell
    for table, value in (('measures', 'estimate'), ('tests', 'p_value')):
        for r in a.table(table):
            among = f.levels[x][:-1] if table == 'tests' and not r['level'] else [r['level'], reference]
            within = f.levels[strata[0]][:-1] if r['stratum'] == 'pooled' else [r['stratum']]
            for stratum, level in itertools.product(within, among):
                cell = cells.get((r['outcome'], stratum, level))
                if cell and r[value] is not None:
                    for what in ('events', 'n'):
                        a.behind('%s[%s,%s,%s], %s' % (table, stratum, level, r['outcome'], what), cell[what])
    for r in a.table('measures'):
        stratum = 'crude' if r['stratum'] == 'pooled' else r['stratum']
        for prefix, level in (('', r['level']), ('reference_', reference)):
            cell = cells.get((r['outcome'], stratum, level))
            for what in ('events', 'n'):
                if cell and r[prefix + what] is not None:
                    a.figure('measures[%s,%s].%s%s' % (stratum, level, prefix, what), r[prefix + what], cell[what])
    used = 0
    for y in a.keys['outcome']:
        used |= a.whom(f.known(x, y, *strata))
    read_flow(a, used, [x] + strata, False)


def read_describe(a):
    f, x = a.f, a.keys.get('exposure')
    values = collections.defaultdict(dict)
    for r in a.table('characteristics'):
        c, level = column_of(r['column']), r.get('level')
        mine = {x: [level]} if level else f.known(x)
        label = 'characteristics[%s,%s,%s]' % (level, r['column'], r['value'])
        a.figure(label + '.n', r['n'], mine, f.known(c))
        a.figure(label + '.missing', r['missing'], mine, {c: [MISSING]})
        if r['value'] is None:
            continue
        values[c, level][r['value']] = both(mine, {c: [r['value']]})
        a.figure(label + '.events', r['events'], mine, {c: [r['value']]})
        if r['estimate'] is not None:
            a.behind(label + '.estimate, events', mine, {c: [r['value']]})
            a.behind(label + '.estimate, n', mine, f.known(c))
    for r in a.table('balance'):
        for level in (r['level'], r['reference']):
            for v, where in values[r['column'], level].items() if r['std_diff'] is not None else []:
                a.behind('balance[%s,%s=%s]' % (level, r['column'], v), where)
    used = 0
    for c in a.keys['columns']:
        used |= a.whom(f.known(column_of(c), x))
    read_flow(a, used, [x] if x else [], False)


def chosen_times(told):
    """Those of which something is told; of steps, they are ends."""
    rows = told['tables'].get('at', [])
    return {r['time'] for r in rows if r['n_risk'] is not None or r['estimate'] is not None}


class Steps:
    """The steps of the curves of an analysis: who leaves in one, who is at risk in it."""

    def __init__(self, a):
        self.f = a.f
        self.coarse = any(n.startswith('Times are put together') for n in a.told['notes'])
        ends = {r['time'] for r in a.table('curve') if r['time'] is not None}
        self.ends = sorted(ends | chosen_times(a.told) if self.coarse else ends)

    def after(self, time):
        return [k for k in self.f.levels['time'][:-1] if k >= sum(c <= time for c in self.f.cuts)]

    def before(self, time):
        return max([e for e in self.ends if e < time], default=-1)

    def at_risk(self, time):
        return {'time': self.after(self.before(time))}

    def step(self, time):
        return {'time': [k for k in self.after(self.before(time)) if k not in self.after(time)]}

    def at_risk_at(self, time):
        """At a time that was chosen: of steps, at risk in the one that it lies in."""
        return self.at_risk(time) if self.coarse else {'time': self.after(time - EARLIER)}


CAUSES = {'end = stop': ['stop'], 'end = dead': ['dead']}


def read_curve(a, steps, group, events, censored):
    """Each row of a curve, all that its estimate is made of, and that nobody leaves where there is no row."""
    curves = collections.defaultdict(list)
    for r in a.table('curve'):
        if r['time'] is not None:
            curves[tuple(str(r[c]) for c in a.by)].append(r)
    for of, rows in curves.items():
        mine = group(rows[0])
        for i, r in enumerate(rows):
            label, step = 'curve[%s]' % ','.join(of + (str(r['time']),)), steps.step(r['time'])
            a.figure(label + '.n_risk', r['n_risk'], mine, steps.at_risk(r['time']))
            a.figure(label + '.n_event', r['n_event'], mine, step, {'end': events})
            a.figure(label + '.n_censor', r['n_censor'], mine, step, {'end': censored})
            for q in rows[:i + 1] if r['estimate'] is not None else []:
                a.behind(label + '.estimate, n_risk', mine, steps.at_risk(q['time']))
                a.behind(label + '.estimate, n_event', mine, steps.step(q['time']), {'end': events})
        for time in set(steps.ends) - {r['time'] for r in rows}:
            a.figure('curve[%s] has no row at %s' % (','.join(of), time), 0, mine, steps.step(time))
    for r in a.table('incidence'):
        if r['time'] is not None:
            label = 'incidence[%s]' % ','.join([str(r[c]) for c in a.by] + [str(r['time']), r['cause']])
            whom = both(group(r), steps.step(r['time']), {'end': CAUSES[r['cause']]})
            a.figure(label + '.n_risk', r['n_risk'], group(r), steps.at_risk(r['time']))
            a.figure(label + '.n_event', r['n_event'], whom)
            if r['estimate'] is not None:
                a.behind(label + '.estimate, n_event', whom)


def read_chosen_times(a, steps, group, events):
    """Of a curve that is hidden the steps are not known, nor since when those at risk are."""
    told = {tuple(str(r[c]) for c in a.by) for r in a.table('curve') if r['time'] is not None}
    for table in ('at', 'incidence_at'):
        for r in a.table(table):
            label = '%s[%s]' % (table, ','.join(str(r[c]) for c in a.by + ['time']))
            cause = CAUSES.get(r.get('cause'), events)
            if r['n_risk'] is not None and (tuple(str(r[c]) for c in a.by) in told or not steps.coarse):
                a.figure(label + '.n_risk', r['n_risk'], group(r), steps.at_risk_at(r['time']))
            for time in [e for e in steps.ends if e <= r['time']] if r['estimate'] is not None else []:
                a.behind('%s until %s, n_risk' % (label, time), group(r), steps.at_risk(time))
                a.behind('%s until %s, n_event' % (label, time), group(r), steps.step(time), {'end': cause})


def read_survival(a):
    f = a.f
    complete = f.known('time', 'end', *a.by, *a.strata)
    events = ['stop', 'dead'] if 'competing' in a.keys else ['stop']
    censored = [v for v in f.levels['end'][:-1] if v not in events]
    steps, group = Steps(a), lambda r: both(complete, {c: [str(r[c])] for c in a.by})
    for r in a.table('summary'):
        label = 'summary[%s]' % ','.join(str(r[c]) for c in a.by)
        a.figure(label + '.n', r['n'], group(r))
        a.figure(label + '.events', r['events'], group(r), {'end': ['stop']})
        if 'competing' in r:
            a.figure(label + '.competing', r['competing'], group(r), {'end': ['dead']})
        a.ask(label + ' censored', group(r), {'end': censored})
    read_curve(a, steps, group, events, censored)
    read_chosen_times(a, steps, group, events)
    # A test is made of all groups, in every stratum, in every step.
    within = [{c: [v]} for c in a.strata for v in f.levels[c][:-1]] or [{}]
    for r in a.table('tests') + a.table('differences'):
        if r.get('statistic', r.get('estimate')) is None:
            continue
        for q, stratum in itertools.product(a.table('curve'), within if 'test' in r else [{}]):
            if q['time'] is not None:
                label = 'test[%s]' % ','.join([str(q[c]) for c in a.by + ['time']] + sum(stratum.values(), []))
                a.behind(label + ', n_risk', group(q), stratum, steps.at_risk(q['time']))
                for cause in events:
                    a.behind(label + ', n_event', group(q), stratum, steps.step(q['time']), {'end': [cause]})
    read_flow(a, a.whom(complete), a.by + a.strata + ['time', 'end'], True)


def read_model(a):
    """Behind it: each level of a term, or combination of an interaction, with and without the outcome; and pairs.

    With an age among the terms there are many more patterns than coefficients, and only those with and without the
    outcome are behind it.
    """
    f = a.f
    left, right = a.keys['formula'].split(' ~ ')
    outcome, yes = ('end', ['stop']) if left.startswith('Surv') else (left, ['1'])
    no = [v for v in f.levels[outcome][:-1] if v not in yes]
    terms = re.split(r' [+*] ', right)
    times = ['time'] if outcome == 'end' else []
    needed = list(dict.fromkeys([outcome] + times + [column_of(t) for t in terms] + a.strata))
    complete = f.known(*needed)
    fit = {r['name']: r['value'] for r in a.table('fit')}
    for name, whom in (('n', complete), ('events', both(complete, {outcome: yes}))):
        if name in fit:
            a.figure('fit ' + name, fit[name], whom)
    if 'dropped' in fit:
        f.figure(a.name + ' fit dropped', a.population & ~a.whom(complete), fit['dropped'])
    if any(r['estimate'] is not None for r in a.table('coefficients')):
        factors = [] if 'age' in terms else terms
        for of in [()] + [(t,) for t in factors] + [tuple(factors)] * (' * ' in right and len(factors) > 1):
            for values in itertools.product(*(f.levels[c][:-1] for c in of)):
                mine = both(complete, {c: [v] for c, v in zip(of, values)})
                for what, value in (('with', yes), ('without', no)):
                    a.behind('model[%s], %s' % (','.join(values), what), mine, {outcome: value})
        for x, z in itertools.combinations(factors, 2):
            for v, w in itertools.product(f.levels[x][:-1], f.levels[z][:-1]):
                a.behind('model[%s,%s]' % (v, w), complete, {x: [v], z: [w]})
    read_flow(a, a.whom(complete), needed, True)


READERS = {'rates': read_rates, 'odds': read_odds, 'describe': read_describe, 'survival': read_survival,
           'model': read_model}


# --- a folder ---------------------------------------------------------------------------------

def columns_of(plan, keys):
    """The columns of which an analysis tells something."""
    ours = ('outcome', 'by', 'exposure', 'stratify', 'columns', 'standardize', 'time', 'event', 'formula')
    words = {column_of(w) for w in re.findall(r'\w+', json.dumps([v for k, v in keys.items() if k in ours]))}
    for _, where in plan['populations'][keys['population']] if 'population' in keys else []:
        words |= set(where)
    return words & set(COLUMNS)


def times_told(results):
    """Times between which those who leave cannot be told apart; at the ends of steps, or just before a chosen time."""
    ends = {float(r['time']) for t in results for r in t['tables'].get('curve', []) if r['time'] is not None}
    chosen = set().union(*map(chosen_times, results))
    return sorted(ends | chosen | {time - EARLIER for time in chosen})


def read_manifest(f, told, manifest):
    """It tells the flow of each analysis once more, and the files."""
    flows = collections.defaultdict(list)
    for r in manifest['tables']['flow']:
        flows[r['analysis']].append(r['n'])
    for name, t in told.items():
        if flows[name] != [r['n'] for r in t['tables']['flow']]:
            f.found.append(('untrue', '%s: the manifest says of the flow what the result does not' % name))
    if manifest['inputs'][0]['records'] is not None:
        f.figure('manifest: records', f.all, manifest['inputs'][0]['records'])


def read_folder(plan, levels, records, folder):
    """The figures of all results, and these by analysis; None if nothing is told, or of too many combinations."""
    told = {}
    for keys in plan['analyses']:
        path = os.path.join(folder, keys['name'] + '.json')
        if os.path.exists(path):
            with open(path) as file:
                told[keys['name']] = json.load(file)
    answered = [a for a in plan['analyses'] if a['name'] in told]
    used = set().union(*(columns_of(plan, a) for a in answered))
    cuts, columns, size = times_told(told.values()), [c for c in COLUMNS if c in used], 1
    for c in columns:
        size *= (len(cuts) + 1 if c == 'time' else len(levels[c])) + 1
    if not columns or size > LARGEST:
        return None, told
    f = Figures(levels, records, columns, cuts, plan['suppress'])
    f.warned = any(n.startswith('Who knew') for t in told.values() for n in t['notes'])
    for keys in answered:
        READERS[keys['command']](Analysis(f, plan, keys, told[keys['name']]))
    with open(os.path.join(folder, 'manifest.json')) as file:
        read_manifest(f, told, json.load(file))
    return f, told
