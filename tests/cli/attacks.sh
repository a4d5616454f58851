# Nothing of a file or of the options becomes a command, markup or a formula: each would make the file 'hit'.
cd "$TMPDIR" || exit
cat >evil.py <<'PY'
import csv
hit = 'touch hit'
attacks = ['`%s`' % hit, '"; system("%s"); a="' % hit, "'; system('%s'); a='" % hit, 'x\n!%s\n' % hit, 'x\nsystem("%s")\n' % hit,
           '@x', 'EOD\nsystem("%s")' % hit, 'e\n!%s' % hit, '< %s' % hit, '|%s' % hit, "load '< %s'" % hit, '\\140%s\\140' % hit,
           '%s%n%d', '_a^b{c}&@d', '{/=400 big}', '<script>alert(1)</script>', ']]><script>', 'x\\', '\u202eabc', '\U0001F476',
           'a\tb', '\x01\x02\x7f', '=cmd|\'/c calc\'!A1', '+1+1', '-2+3', '@SUM(1)', '../../etc/x', 'x' * 10000, '$(touch hit)',
           '"', "'", '&amp;', '--by', '\\input{x}', '$a$', '#', '|x|y|', '[1](javascript:x)']
with open('levels.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow(['level', 'y'])
    for i, a in enumerate(attacks):
        for y in (0, 1, i % 2):
            w.writerow([a, y])
with open('names.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow([a + '#%d' % i for i, a in enumerate(attacks)])
    w.writerow([i % 2 for i in range(len(attacks))])
    w.writerow([1] * len(attacks))
def quoted(s): return '"' + s.replace('"', '""') + '"'
import subprocess, os, sys, json, html.parser, xml.dom.minidom as xml
dyad = os.environ['DYAD']
def run(*args):
    r = subprocess.run([dyad, *args], capture_output=True)
    if os.path.exists('hit'):
        print('HIT', args); os.unlink('hit')
    return r
class Tags(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag in ('script', 'img', 'a', 'iframe', 'object') : print('tag', tag)
def outputs(*args):
    for ending in ('txt', 'csv', 'json', 'md', 'html', 'tex'):
        r = run(*args, '-o', 'out.' + ending, '--quiet')
        if r.returncode: print(ending, r.returncode, r.stderr.decode()[:200], str(args)[:200])
        data = open('out.' + ending, 'rb').read().decode('utf-8')
        if ending == 'json': json.loads(data)
        if ending == 'html': Tags().feed(data)
        if ending == 'csv':
            for row in csv.reader(data.splitlines(keepends=True)):
                for cell in row:
                    if cell[:1] in ('=', '+', '@', '\t', '\r') or cell[:1] == '-' and not cell[1:2].isdigit(): print('formula', cell[:20])
        if any(ord(c) < 32 and c not in '\n\t' or 127 <= ord(c) < 160 for c in data) and ending != 'csv': print('control character in', ending, str(args)[:100])
        os.unlink('out.' + ending)
    for ending in ('svg', 'png', 'pdf'):
        r = run(*args, '--plot', 'out.' + ending, '-o', 'out.txt')
        if r.returncode: print(ending, r.returncode, r.stderr.decode()[:200], str(args)[:200])
        elif ending == 'svg': xml.parse('out.svg')
        if os.path.exists('out.' + ending): os.unlink('out.' + ending)
outputs('rates', 'levels.csv', '--outcome', 'y', '--by', 'level')
outputs('odds', 'levels.csv', '--outcome', 'y', '--exposure', 'level', '--reference', attacks[0], '--measure', 'or')
for i, a in enumerate(attacks):
    name = a + '#%d' % i
    args = ['rates', 'names.csv', '--outcome', quoted(name), '--title', a]
    if '\n' in name: # a list is one record on one line
        args = ['rates', 'levels.csv', '--outcome', 'y', '--title', a]
    r = run(*args, '--plot', 'out.svg', '-o', 'out.txt')
    if r.returncode: print(r.returncode, r.stderr.decode()[:300])
    else: xml.parse('out.svg'); os.unlink('out.svg')
    if '\n' in a: continue
    r = run('rates', 'levels.csv', '--outcome', quoted('level=' + a), '--plot', 'out.svg', '-o', 'out.txt')
    if r.returncode: print(r.returncode, r.stderr.decode()[:300])
    else: xml.parse('out.svg'); os.unlink('out.svg')
    r = run('odds', '--cells', quoted(a + '=1') + ',2,3,4', '--plot', 'out.svg', '-o', 'out.txt')
    if r.returncode: print(r.returncode, r.stderr.decode()[:300])
    else: xml.parse('out.svg'); os.unlink('out.svg')
run('rates', '< touch hit', '--outcome', 'y')
run('rates', '|touch hit', '--outcome', 'y')
run('rates', 'levels.csv', '--outcome', 'y', '-o', '|touch hit')
run('rates', 'levels.csv', '--outcome', 'y', '--plot', "x'; system('touch hit'); '.svg", '-o', 'out.txt')
print(sorted(f for f in os.listdir('.') if f not in ('evil.py', 'levels.csv', 'names.csv', 'data', 'out.txt')))
PY
python3 evil.py
