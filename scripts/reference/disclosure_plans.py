"""disclosure_plans.py: random cohorts and plans, for disclosure_attack_plan.py."""
import csv
import json
import os

MISSING = ''
COMMANDS = ['rates', 'odds', 'describe', 'survival', 'model']
FILE_COLUMNS = ['site', 'arm', 'y', 'z', 'w', 'age', 'time', 'end']
GROUPINGS = {'group': [(25, 'under25'), (35, 'under35'), (None, 'older')], 'half': [(30, 'young'), (None, 'old')]}


def group_of(age, grouping):
    if age == MISSING:
        return MISSING
    return next(name for limit, name in GROUPINGS[grouping] if limit is None or int(age) < limit)


def age_columns(age):
    """All that is asked of an age."""
    out = {g: group_of(age, g) for g in GROUPINGS}
    out['has age'] = age and 'some'
    out['under 30'] = age and ('yes' if int(age) < 30 else 'no')
    return out


# --- a cohort --------------------------------------------------------------------------------

def make_levels(rng, small):
    """The values of each column, and of what an age is asked for: its groupings, whether there is one, a filter."""
    levels = {'site': list('ABCD')[:2 if small else rng.choice([2, 3, 3, 4])],
              'arm': ['none', 'peer', 'ibclc'][:2 if small else rng.choice([2, 2, 3])],
              'y': ['1', '0'], 'z': ['1', '0'], 'w': ['1', '0'], 'end': ['stop', 'censored', 'dead'],
              'has age': ['some'], 'under 30': ['yes', 'no']}
    for grouping, of in GROUPINGS.items():
        levels[grouping] = [name for _, name in of]
    return levels


def make_record(rng, draw, lacking, longest):
    r = {c: rng.choices(*of)[0] for c, of in draw.items()}
    r['age'] = MISSING if rng.random() < lacking['age'] else str(min(44, max(15, round(rng.gauss(29, 6)))))
    r['time'] = MISSING if rng.random() < lacking['time'] else str(min(longest, 1 + int(rng.expovariate(2 / longest))))
    if r['y'] == '0' and r['z'] == '1':  # whoever has z has y
        r['z'] = '0'
    if r['y'] == MISSING or rng.random() < lacking['z']:
        r['z'] = MISSING
    r.update(age_columns(r['age']))
    return r


def make_cohort(rng, small):
    """{column: values}, records as {column: value}: skewed, so that small counts are common."""
    levels = make_levels(rng, small)
    missing = lambda: rng.choice([0, 0, 0.02, 0.1])
    draw = {c: (levels[c] + [MISSING], [rng.choice([1, 1, 2, 4, 8, 16]) for _ in levels[c]] + [10 * missing()])
            for c in ('site', 'arm', 'y', 'z')}
    draw['w'] = (['1', '0', MISSING], [rng.choice([3, 8, 20]), 1, rng.choice([0, 0, 0.2])])
    draw['end'] = (levels['end'] + [MISSING], [5, rng.choice([1, 3, 6]), rng.choice([0.2, 1, 3]), missing()])
    lacking, longest = {c: missing() for c in ('age', 'z', 'time')}, rng.choice([6, 12, 30])
    n = rng.choice([40, 60, 90] if small else [60, 120, 200, 350, 600])
    return levels, [make_record(rng, draw, lacking, longest) for _ in range(n)]


# --- a plan ----------------------------------------------------------------------------------

def make_populations(rng, levels, small):
    """{name: [(expression, {column: values})]}, the filters in turn"""
    simple = {'w-yes': ('w == 1', {'w': ['1']}), 'w-no': ('w == 0', {'w': ['0']}),
              'y-yes': ('y == 1', {'y': ['1']}), 'y-no': ('y == 0', {'y': ['0']}),
              'at-a': ('site == "A"', {'site': ['A']}), 'not-a': ('site != "A"', {'site': levels['site'][1:]}),
              'young': ('age < 30', {'under 30': ['yes']}), 'old': ('age >= 30', {'under 30': ['no']}),
              'helped': ('arm != "none"', {'arm': levels['arm'][1:]})}
    if len(levels['site']) > 2:
        simple['at-ab'] = ('site in ("A", "B")', {'site': ['A', 'B']})
    if small:
        return {n: [simple[n]] for n in ('w-yes', 'w-no')}
    names = rng.sample(sorted(simple), rng.choice([1, 2, 2, 3]))
    if rng.random() < 0.5:
        complements = ('w-yes', 'w-no'), ('young', 'old'), ('y-yes', 'y-no'), ('at-a', 'not-a')
        names += [b for a, b in complements if a in names and b not in names]
    found = {n: [simple[n]] for n in names}
    if len(names) > 1 and rng.random() < 0.6:
        found['inner'] = found[names[0]] + found[names[1]]  # as inner is within names[0]
    return found


def pick(rng, what, least, most):
    return rng.sample(what, min(len(what), rng.randint(least, most)))


def reference(levels, column):
    return levels[column][-1 if column == 'w' else 0]


def make_rates(rng, levels, groups, outcomes, small):
    a = {'outcome': pick(rng, outcomes, 1, 1 if small else 2)}
    by = pick(rng, groups, int(small), 1 if small else 2)
    if by:
        a['by'] = by
        if rng.random() < 0.6:
            a['overall'] = True
    others = [c for c in groups if c not in by and c in ('site', 'arm')]
    if others and not small and rng.random() < 0.15:
        a.update(standardize=others[0], standard=others[0] + '.csv')
    return a


def make_odds(rng, levels, groups, outcomes, small):
    exposure = rng.choice(groups)
    a = {'outcome': pick(rng, outcomes, 1, 1 if small else 2), 'exposure': exposure,
         'reference': reference(levels, exposure)}
    others = [c for c in groups if c != exposure]
    if others and rng.random() < 0.5:
        a['stratify'] = [rng.choice(others)]
    return a


def make_describe(rng, levels, groups, outcomes, small):
    columns = pick(rng, groups + outcomes + ([] if small else ['age']), 1, 2 if small else 4)
    a = {'columns': columns}
    if 'age' in columns:
        a['numbers'] = ['age']
    if columns != ['age']:
        a['categories'] = [c for c in columns if c != 'age']
    others = [c for c in groups if c not in columns]
    if others and rng.random() < 0.7:
        exposure = rng.choice(others)
        a.update(exposure=exposure, reference=reference(levels, exposure))
    return a


def make_survival(rng, levels, groups, outcomes, small):
    a = {'time': 'time', 'event': 'end=stop'}
    if groups and rng.random() < 0.7:
        a['by'] = pick(rng, groups, 1, 1 if rng.random() < 0.7 else 2)
        others = [c for c in groups if c not in a['by']]
        if others and rng.random() < 0.4:
            a['stratify'] = [rng.choice(others)]
    if 'stratify' not in a and rng.random() < 0.4:
        a['competing'] = ['end=dead']
    if rng.random() < 0.5:
        a['at'] = rng.choice([[5], [3, 6], [10, 20]])
    return a


def make_model(rng, levels, groups, outcomes, small):
    family = rng.choice(['logistic', 'logistic', 'poisson', 'modified-poisson', 'linear', 'cox'])
    terms = pick(rng, groups, 1, 2)
    formula = ' + '.join(terms + (['age'] if not small and rng.random() < 0.2 else []))
    if len(terms) == 2 and rng.random() < 0.2:
        formula = formula.replace(' + ', ' * ', 1)
    outcome = 'Surv(time, end=stop)' if family == 'cox' else rng.choice(outcomes)
    a = {'formula': outcome + ' ~ ' + formula, 'family': family}
    others = [c for c in groups if c not in terms]
    if family == 'cox' and others and rng.random() < 0.3:
        a['stratify'] = [rng.choice(others)]
    return a


MAKERS = {'rates': make_rates, 'odds': make_odds, 'describe': make_describe, 'survival': make_survival,
          'model': make_model}


def make_plan(rng, levels, kind, small):
    """Of few columns, so that the analyses touch each other; of ${kind} alone, or 'plan'."""
    populations = make_populations(rng, levels, small)
    groups = ['site', 'w'] if small else pick(rng, ['site', 'arm', 'w', 'group', 'half'], 2, 3)
    outcomes = ['y'] + ([] if small or rng.random() < 0.4 else ['z'])
    commands = COMMANDS[:4] if small else COMMANDS  # whose tables are small
    n = 1 if kind != 'plan' else 2 if small else rng.choice([2, 3, 3, 4, 5, 6, 8])
    often = rng.choice(commands) if rng.random() < 0.4 else None
    analyses = []
    for i in range(n):
        command = kind if kind != 'plan' else often if often and rng.random() < 0.7 else rng.choice(commands)
        a = dict(command=command, **MAKERS[command](rng, levels, groups, outcomes, small))
        if analyses and rng.random() < 0.4:  # the same once more, of another population
            a = {k: v for k, v in rng.choice(analyses).items() if k not in ('name', 'population', 'plot')}
        if rng.random() < 0.6:
            a['population'] = rng.choice(sorted(populations))
        if not small and a['command'] in ('rates', 'odds', 'survival') and rng.random() < 0.2:
            a['plot'] = {'file': 'a%d.svg' % (i + 1), 'data': 'a%d.plot.csv' % (i + 1)}
        analyses.append(dict(name='a%d' % (i + 1), **a))
    return {'suppress': rng.choice([3, 5, 11]), 'populations': populations, 'analyses': analyses}


# --- as files --------------------------------------------------------------------------------

def definition_of(grouping):
    *limited, (_, text) = GROUPINGS[grouping]
    text = '"%s"' % text
    for limit, value in reversed(limited):
        text = 'if(age < %d, "%s", %s)' % (limit, value, text)
    return text


def population_keys(populations, name):
    if name != 'inner':
        return {'where': populations[name][0][0]}
    outer = next(n for n in populations if populations[n] == populations['inner'][:1])
    return {'where': populations['inner'][1][0], 'within': outer}


def write_plan(plan, levels, records, folder):
    with open(os.path.join(folder, 'cohort.csv'), 'w', newline='') as f:
        out = csv.writer(f, lineterminator='\n')
        out.writerow(FILE_COLUMNS)
        out.writerows([r[c] for c in FILE_COLUMNS] for r in records)
    for column in {a['standardize'] for a in plan['analyses'] if 'standardize' in a}:
        with open(os.path.join(folder, column + '.csv'), 'w') as f:
            f.write('%s,weight\n' % column + ''.join('%s,%d\n' % (v, 100 + i) for i, v in enumerate(levels[column])))
    lines = ['data: {files: [cohort.csv]}', 'suppress: %d' % plan['suppress'], 'formats: [json]', 'define:']
    lines += ['  %s: %s' % (g, json.dumps(definition_of(g))) for g in GROUPINGS]
    lines += ['order:'] + ['  %s: [%s]' % (c, ', '.join(levels[c])) for c in ('arm', 'site', 'group', 'half')]
    lines += ['populations:'] + ['  %s: %s' % (n, json.dumps(population_keys(plan['populations'], n)))
                                 for n in plan['populations']]
    lines += ['analyses:'] + ['  - %s' % json.dumps(a) for a in plan['analyses']]
    with open(os.path.join(folder, 'plan.yaml'), 'w') as f:
        f.write('\n'.join(lines) + '\n')
