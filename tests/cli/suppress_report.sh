# --suppress in all that tells of a whole file or study: describe, check, reproduce, a plan's folder and its report.
cd "$TMPDIR" || exit
cat >make.py <<'PY'
# 20,000 records in which what is small has three digits, so that it can be looked for in every output.
state = 7

def chance():
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
    return (state >> 33) / 2 ** 31

print('site,support,initiated,weeks,stopped,age,smoker,w')
for i in range(20000):
    site = 'north' if i % 97 < 50 else 'south' if i % 97 < 93 else 'west'
    u = chance()
    support = 'none' if u < 0.5 else 'peer' if u < 0.88 else 'ibclc'
    initiated = int(chance() < (0.6 if support == 'none' else 0.9))
    missing = [chance() < share for share in (0.03, 0.01, 0.05)]
    print(site, support, '' if missing[0] else initiated, 1 + int(52 * chance()), int(chance() < 0.6),
          '' if missing[1] else 17 + int(26 * chance()), '' if missing[2] else int(chance() < 0.21), int(chance() < 0.97), sep=',')
PY
python3 make.py >c.csv
cat >leaks.py <<'PY'
"""leaks.py OPEN HIDDEN LEAST FILE...: what the tables of the folder HIDDEN leave out of those of OPEN, in FILEs."""
import json, os, re, sys, zipfile
from xml.etree import ElementTree
opened, hidden, least = sys.argv[1], sys.argv[2], int(sys.argv[3])
small, numbers, shown = set(), set(), set()
for name in sorted(os.listdir(hidden)):
    if not name.endswith('.json') or name == 'manifest.json':
        continue
    true, told = (json.load(open(os.path.join(f, name)))['tables'] for f in (opened, hidden))
    for table, rows in told.items():
        for row, of in zip(rows, true[table]):
            for column, value in of.items():
                if type(value) in (int, float) and row[column] is None:
                    (numbers if type(value) is float else small).add(value)
                elif type(value) in (int, float):
                    shown.add(value)
small = {n for n in small - shown if 100 <= n < least} # shorter ones stand everywhere
numbers -= shown
SHEET = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}'

def words(path):
    """What a person reads, and all numbers of tables."""
    if path.endswith('.xlsx'):
        z = zipfile.ZipFile(path)
        strings = [''.join(t.itertext()) for t in ElementTree.fromstring(z.read('xl/sharedStrings.xml'))]
        cells = [c for n in z.namelist() if '/sheet' in n for c in ElementTree.fromstring(z.read(n)).iter(SHEET + 'c')]
        return '\n'.join(strings[int(c[0].text)] if c.get('t') == 's' else c[-1].text for c in cells if len(c) and c[-1].text)
    text = open(path, encoding='utf-8').read()
    if path.endswith(('.html', '.svg')):
        text = re.sub(r'<style.*?</style>|<[a-zA-Z/!?][^>]*>', ' ', text, flags=re.S)
    return re.sub(r'[0-9a-f]{64}|"bytes": \d+|[\d,]+ bytes|--suppress[ =]\d+', '', text)

leaks = 0
for path in sys.argv[4:]:
    for token in sorted(set(re.findall(r'(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,.]*\d)|(?<![\w.,])\d+(?:\.\d+)?(?!\w|[.]\d)', words(path)))):
        whole, _, digits = token.replace(',', '').partition('.')
        value = float(token.replace(',', ''))
        if value in small if not digits else len(digits) > 4 and any(abs(value - n) <= 0.51 * 10 ** -len(digits) for n in numbers):
            leaks += 1
            print(os.path.basename(path), 'tells', token)
print('hidden: %s; leaks: %d' % ('small counts and numbers' if len(small) > 9 and len(numbers) > 99 else 'too few', leaks))
PY
cat >open.yaml <<'YAML'
title: Support
pictures: svg
data: {files: c.csv}
order: {support: [none, peer, ibclc]}
populations: {kept: {where: w == 1, label: those who stayed}}
formats: [json, text, csv, markdown, latex]
analyses:
  - {name: who, command: describe, exposure: support, columns: [age, smoker, site, initiated]}
  - {name: rates, command: rates, outcome: initiated, by: support, plot: {file: rates.svg, data: rates-picture.csv}}
  - {name: sites, command: rates, outcome: [initiated, smoker], by: "site,support", overall: yes, population: kept}
  - {name: crude, command: odds, outcome: initiated, exposure: support, stratify: site, plot: {file: crude.svg, data: crude.picture.csv}}
  - {name: adjusted, command: model, formula: initiated ~ smoker, margins: smoker}
  - {name: few, command: model, formula: initiated ~ support}
  - {name: duration, command: survival, time: weeks, event: stopped, by: site, at: [13, 26], plot: {file: duration.svg, data: duration-picture.csv}}
report: {exposure: support, people: mothers, baseline_risk: 40%, absolute: [crude], sentences: [rates, sites, crude, few, duration], summary: .}
YAML
sed 's/^pictures/suppress: 500\npictures/' open.yaml >hidden.yaml
echo "--- a plan: its folder, its report, its workbook"
dyad run open.yaml --quiet >/dev/null
dyad run hidden.yaml --quiet --format csv --table analyses
dyad report hidden.yaml -o report.html --xlsx report.xlsx
python3 leaks.py open.results hidden.results 500 report.html report.xlsx hidden.results/*
echo "--- what is looked for would be found"
dyad report open.yaml -o open.html --xlsx open.xlsx
for f in open.html open.xlsx open.results/who.json open.results/crude.picture.csv; do
    python3 leaks.py open.results hidden.results 500 $f >found
    grep -q tells found && echo "found in $f"
done
echo "--- what the report says of it"
python3 - <<'PY'
import re
text = re.sub(r'<svg.*?</svg>|<style.*?</style>', '', open('report.html').read(), flags=re.S)
text = re.sub(r'[ \t]+', ' ', re.sub(r'<[^>]*>', ' ', re.sub(r'</(p|li|tr|h\d|caption)>', '\n', text)))
print('\n'.join(line.strip() for line in text.split('\n') if re.search(r'^ *(Of [0-9]|Records read|those who|who |rates |age|Not known|west|There is no|Half of)', line)))
PY
grep -o 'c.csv: [^<,]*' report.html
echo "--- describe: the numbers of small groups, and what is apart"
try dyad describe data/births.csv --columns 'mother age,feeding,site' --categories site --exposure support --reference none \
    --suppress 8 --table characteristics,balance,flow --audit ranges.csv --quiet
cat ranges.csv
echo "--- codebook: no value of few, and no range"
try dyad codebook data/births.csv --suppress 8 --format csv --quiet
refused dyad codebook data/births.csv --suppress 8 --audit ranges.csv
echo "--- check: the file as it can be handed on"
try dyad check data/births.csv --suppress 5 --quasi site,support,parity --audit ranges.csv
cat ranges.csv
sed 's/,90*[12],/,x,/; 5s/,/,,/' data/births.csv >wrong.csv
try dyad check data/births.csv wrong.csv --suppress 5 --table rules,problems,flow --quiet
try dyad check c.csv --suppress 11 --table columns,levels,quantiles,missing,flow
refused dyad check data/births.csv --suppress 200
echo "--- reproduce: by the command of a row"
cat >registry.csv <<'CSV'
id,citation,command,quantity,published,published_low,published_high,expected,convention,missing
shown,none,rates c.csv --outcome initiated --by support --suppress 500,rates.estimate: support=none,0.613,,,reproduced,,
hidden,none,rates c.csv --outcome initiated --by support --suppress 500,rates.events: support=ibclc,2000,,,failed,,
CSV
try dyad reproduce registry.csv
echo "--- model: that one record lacks two values follows from how many lack each"
awk 'BEGIN { print "y,a,b"; for (i = 0; i < 400; i++) print (i % 3 == 0) "," (i < 20 ? "" : i % 2) "," (i >= 19 && i < 60 ? "" : i % 5 > 1) }' >one.csv
awk 'BEGIN { print "y,a,b"; for (i = 0; i < 400; i++) print (i % 3 == 0) "," (i < 20 ? "" : i % 2) "," (i >= 20 && i < 60 ? "" : i % 5 > 1) }' >none.csv
for f in one none; do dyad model $f.csv --formula 'y ~ a + b' --suppress 11 --table flow | grep 'Left out'; done
