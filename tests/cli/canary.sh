# No cell of a cohort reaches a message or an output, but for the names of groups and levels that were asked for.
cd "$TMPDIR" || exit
cat >canary.py <<'PY'
import os, re, subprocess
dyad = os.environ['DYAD']
secret = re.compile(rb'CANARY\w*|9000\d\d|BAD\w*|SITE\d|ARM\d|PAIR\d')
header = 'person,site,support,y,age,n,total,pair\n'
cohort = header + ''.join('CANARY%02da,SITE%d,ARM%d,%d,9000%02d,%d,7,PAIR%d\n' % (i, i % 2, i % 3, i // 2 % 2, i, 1 + i % 3, i // 2)
                          for i in range(24))
os.mkdir('out')
here = {'canary.py', 'c.csv', 'out', 'data', '.errors'}
runs = leaks = 0

def run(data, typed, allowed='(?!)', outputs=('txt', 'csv', 'json', 'md', 'html', 'tex')):
    """Every byte that comes out, in every format; ${allowed} are the names asked for."""
    global runs, leaks
    open('c.csv', 'wb').write(data.encode('latin-1'))
    for ending in outputs:
        command = [dyad, typed[0], 'c.csv', *typed[1:], '-o', 'out/o.' + ending]
        if ending == 'txt':
            command += ['--plot', 'out/p.svg', '--plot-data', 'out/p.csv']
        r = subprocess.run(command, capture_output=True)
        runs += 1
        told = [('stdout', r.stdout), ('stderr', r.stderr)]
        for f in os.listdir('out'):
            told.append((f, open('out/' + f, 'rb').read()))
            os.unlink('out/' + f)
        for f in set(os.listdir('.')) - here: # nothing temporary is left behind
            leaks += 1
            print('left behind:', f, typed)
        for where, what in told:
            what = re.sub(rb'[0-9a-f]{64}|[0-9a-f]{32}|\d\.\d+', b'', what) # hashes, fractions
            for hit in sorted(set(secret.findall(what))):
                good = hit in ' '.join(typed).encode() or (r.returncode == 0 and re.fullmatch(allowed.encode(), hit))
                if not good:
                    leaks += 1
                    print('leak of', hit.decode(), 'in', where, typed, r.returncode)
    return r.returncode

statuses = [run(cohort, ['rates', '--outcome', 'y']),
            run(cohort, ['rates', '--outcome', 'y', '--by', 'site', '--where', 'age > 0'], r'SITE\d'),
            run(cohort, ['rates', '--outcome', 'n/total', '--define', 'z=age + 1']),
            run(cohort, ['rates', '--outcome', 'person=CANARY03a']),
            run(cohort, ['odds', '--outcome', 'y', '--exposure', 'support', '--reference', 'ARM0', '--stratify', 'site', '--freq', 'n'],
                r'ARM\d|SITE\d'),
            run(cohort, ['odds', '--outcome', 'y', '--exposure', 'site=SITE1', '--match', 'pair'])]
print('good runs:', statuses)
hidden = [['rates', '--outcome', 'y', '--by', 'site', '--overall', '--suppress', '3', '--audit', 'out/audit.csv'],
          ['odds', '--outcome', 'y', '--exposure', 'support', '--reference', 'ARM0', '--stratify', 'site', '--suppress', '4', '--audit', 'out/audit.csv'],
          ['survival', '--time', 't', '--event', 'y', '--define', 't=age+17', '--by', 'site', '--suppress', '4', '--audit', 'out/audit.csv'],
          ['survival', '--time', 't', '--event', 'y', '--define', 't=age+17', '--suppress', '5', '--at', '910000'],
          ['model', '--formula', 'y ~ site', '--suppress', '3', '--audit', 'out/audit.csv'],
          ['model', '--formula', 'y ~ site + age', '--suppress', '3'],
          ['model', '--formula', 'y ~ pair', '--suppress', '3'],
          ['rates', '--outcome', 'y', '--by', 'pair', '--suppress', '20'],
          ['rates', '--outcome', 'n/total', '--by', 'site', '--suppress', '5']]
print('with --suppress:', [run(cohort, h, r'SITE\d|ARM\d|PAIR\d') for h in hidden])
print('other commands:', [run(cohort, ['model', '--formula', 'y ~ age + site'], r'SITE\d'),
                          run(cohort, ['model', '--formula', 'Surv(age, y) ~ site', '--family', 'cox'], r'SITE\d'),
                          run(cohort, ['meta', '--measure', 'proportion-logit', '--columns', 'study=site,events=n,total=total'], r'SITE\d')])
last = 'CANARY23a,SITE1,ARM2,1,900023,3,7,PAIR11'
changes = {
    'outcome': last.replace(',1,9', ',BADy,9'), 'number': last.replace('900023', 'BAD900023'), 'decimal comma': last.replace('900023', '"900023,5"'),
    'percent': last.replace('900023', '900023%'), 'too few': last.replace('CANARY23a,', ''), 'too many': last + ',BAD', 'quote': last.replace('23a', '"23a'),
    'behind': last.replace('CANARY23a', '"CANARY23a"BAD'), 'open': '"' + last, 'nul': last.replace('23a', '23a\0'), 'latin': last.replace('23a', '23a\xe9'),
    'header': header + last, 'count': last.replace(',3,7', ',BADn,7'), 'half': last.replace(',3,7', ',1.5,7'), 'events': last.replace(',3,7', ',99,7'),
    'reference': last.replace('ARM2', 'BADarm'), 'ctrl-z': last + '\n\x1a', 'ending': last.replace(',', ';'), 'empty': ',,,,,,,',
}
commands = [['rates', '--outcome', 'y'], ['rates', '--outcome', 'y', '--where', 'age > 0', '--freq', 'n'], ['rates', '--outcome', 'n/total'],
            ['rates', '--outcome', 'person'], ['rates', '--outcome', 'y', '--define', 'z=person * 2', '--where', 'z > 1'],
            ['rates', '--outcome', 'y', '--standardize', 'site', '--standard', 'c.csv'], ['odds', '--outcome', 'y', '--exposure', 'site'],
            ['odds', '--outcome', 'y', '--exposure', 'pair', '--reference', 'none'], ['odds', '--outcome', 'age', '--exposure', 'site=SITE1'],
            ['odds', '--outcome', 'y', '--exposure', 'site=SITE1', '--match', 'person', '--delimiter', ';'],
            ['rates', '--outcome', 'y', '--suppress', '3'], ['odds', '--outcome', 'y', '--exposure', 'site', '--suppress', '3'],
            ['survival', '--time', 'age', '--event', 'y', '--suppress', '3'], ['survival', '--time', 'person', '--event', 'y'],
            ['model', '--formula', 'y ~ age', '--suppress', '3'], ['model', '--formula', 'age ~ person', '--family', 'linear'],
            ['meta', '--measure', 'proportion-logit', '--columns', 'study=y,events=n,total=total', '--suppress', '3']]
failed = set()
for name, line in changes.items():
    for command in commands:
        if run(cohort.replace(last, line), command, outputs=('txt', 'json')):
            failed.add(name)
print('never refused:', sorted(set(changes) - failed))
print(runs, 'runs,', leaks, 'leaks')
PY
python3 canary.py
