# dyad run: one folder of everything that a plan asks for; again only what changed; dyad verify.
cd "$TMPDIR" || exit
mkdir study && cp data/births.csv study/births.csv
printf '%s\n' study,treated_events,treated_total,control_events,control_total A,20,50,10,50 B,30,60,20,60 C,12,40,9,40 >study/trials.csv
cat >study/plan.yaml <<'YAML'
title: Support and breastfeeding
author: us
data: {files: [births.csv], na: ["-9"]}
define:
  multi: young == 0 and parity > 0   # needs the next one
  young: "[mother age] < 25"
order: {support: [none, peer, ibclc]}
populations:
  north: {where: site == "north", label: in the north}
  north-multi: {where: multi, within: north}
level: 90
formats: [json, text, csv]
analyses:
  - name: initiation
    command: rates
    title: Initiation by support
    outcome: [initiated, feeding=formula]
    by: support
    overall: yes
    level: 0.95
    plot: {file: initiation.svg, data: initiation-picture.csv, title: "Initiation", size: 6x4}
  - name: northern
    command: odds
    population: north-multi
    outcome: initiated
    exposure: support
    table: [measures, cells]
  - {name: trials, command: meta, files: trials.csv, estimator: dl, funnel: funnel.png}
published:
  - {id: t2, analysis: initiation, quantity: "rates.n: support=peer, outcome=initiated", published: 30}
YAML
show() { short | sed 's/[0-9a-f]\{64\}/SHA/g; s/"bytes": [0-9][0-9]*/"bytes": N/'; }
echo "--- the first time"
try dyad run study/plan.yaml
ls -lA study/plan.results | awk 'NR > 1 { print $1, $9 }'
show <study/plan.results/manifest.json
cat study/plan.results/northern.measures.csv | cut -d, -f 1-11
echo "--- an analysis is what the command says alone"
cd study && dyad odds --na=-9 --define 'young=[mother age] < 25' --define 'multi=young == 0 and parity > 0' \
    --order support=none,peer,ibclc --where 'site == "north"' --where multi --level 90 --outcome initiated \
    --exposure support --table measures,cells births.csv --format json >../alone.json; cd ..
grep -v '"arguments"' study/plan.results/northern.json >a && grep -v '"arguments"' alone.json | cmp - a
grep '"arguments"' study/plan.results/northern.json
echo "--- again: nothing to do, and nothing is touched"
ls -li study/plan.results >before
try dyad run study/plan.yaml --table analyses | sed -n '/Analyses/,/^$/p;/^Notes/,/^$/p'
ls -li study/plan.results | cmp - before
echo "--- verified, from anywhere"
(cd / && try dyad verify "$TMPDIR/study/plan.results" --quiet --format csv)
ls -li study/plan.results | cmp - before
changed() { dyad run study/plan.yaml --quiet --format csv --table analyses | cut -d, -f 1,4 | sed 1d | tr '\n' ' '; echo; }
differs() { try dyad verify study/plan.results --quiet --format csv; }
echo "--- a byte of a result"
cp -r study/plan.results old
sed -i 's/Initiation/initiation/' study/plan.results/initiation.svg && differs
dyad verify study/plan.results --quiet --format text 2>&1 | grep svg
changed && diff -rq old study/plan.results
echo "--- a result that is gone, one that is new"
rm study/plan.results/northern.txt && echo mine >study/plan.results/mine.txt && differs
refused dyad run study/plan.yaml
rm study/plan.results/mine.txt && changed && diff -rq old study/plan.results
echo "--- a byte of the data, and of a file of one analysis"
sed -i 's/^m002,north,peer,0/m002,north,peer,1/' study/births.csv && differs && changed && differs
sed -i 's/^C,12/C,13/' study/trials.csv && differs && changed && differs
echo "--- a definition, an option, a title of the whole, an analysis more"
sed -i 's/\[mother age\] < 25/[mother age] < 26/' study/plan.yaml && differs | cut -d, -f 1,2 && changed
sed -i 's/estimator: dl/estimator: reml/' study/plan.yaml && changed
sed -i 's/^title: .*/title: Another/' study/plan.yaml && changed && differs
sed -i 's/^published:/  - {name: more, command: rates, outcome: initiated}\n&/' study/plan.yaml && changed
sed -i '/name: more/d' study/plan.yaml && changed && ls study/plan.results | grep more
echo "--- all of it again is the same"
rm -rf old && cp -r study/plan.results old
dyad run study/plan.yaml --anew --quiet --format csv --table analyses | cut -d, -f 1,4 | sed 1d | tr '\n' ' '; echo
diff -rq old study/plan.results
echo "--- elsewhere, from another folder"
(cd study && dyad run plan.yaml --folder ../other --quiet --format csv --table analyses >/dev/null)
for f in old/[!m]*; do cmp "$f" "other/${f#old/}"; done && cmp study/plan.results/northern.txt other/northern.txt
mkdir deep && mv other deep/ && differs && try dyad verify deep/other --quiet --format csv
echo "--- a published figure that is not there any more"
sed -i 's/published: 30/published: 29/' study/plan.yaml
try dyad run study/plan.yaml --format csv --table reproduction --quiet
try dyad run study/plan.yaml --format csv --table reproduction --quiet
grep -c '"published": "29"' study/plan.results/manifest.json
echo "--- no answer of one, of all"
cat >study/none.yaml <<'YAML'
data: births.csv
analyses:
  - {name: some, command: rates, outcome: initiated}
  - {name: nobody, command: rates, outcome: initiated, where: parity > 90}
YAML
try dyad run study/none.yaml && ls study/none.results
try dyad run study/none.yaml --table analyses | grep nobody
echo "--- a picture of each, but for one"
sed -i 's/^analyses:/pictures: pdf\n&\n  - {name: plain, command: rates, outcome: initiated, plot: ~}/' study/none.yaml
dyad run study/none.yaml --quiet --format csv --table analyses | cut -d, -f 1,4 && ls study/none.results && sed -i '/plain/d' study/none.yaml
sed -i '/some/d' study/none.yaml && refused dyad run study/none.yaml --folder study/all
ls -A study
echo "--- what only such an analysis reads is not counted, nor told with --suppress"
cat >study/unread.yaml <<'YAML'
data: births.csv
analyses:
  - {name: some, command: rates, outcome: initiated}
  - {name: nobody, command: meta, files: trials.csv, where: treated_events > 90}
YAML
inputs() { dyad run study/unread.yaml "$@" --quiet; }
for i in 1 2; do inputs | sed -n '/^Inputs/,/^$/p'; done
show <study/unread.results/manifest.json | grep trials.csv
sed -i 's/> 90/> 9/' study/unread.yaml && inputs --format json | show | grep trials.csv
sed -i 's/> 9/> 90/; 1i suppress: 3' study/unread.yaml
for i in 1 2; do inputs --format json | show | grep trials.csv; done
echo "--- what is suppressed is suppressed in the manifest too"
cat >study/few.yaml <<'YAML'
data: births.csv
suppress: 5
analyses:
  - {name: few, command: rates, outcome: initiated, by: site, where: parity > 0, audit: ranges.csv}
YAML
dyad run study/few.yaml --quiet --format csv --table analyses && ls study/few.results
tables() { show <study/few.results/manifest.json | sed -n '/"inputs"/,/\]/p;/"flow"/,/\]/p'; }
tables && sed -i 's/suppress: 5/suppress: 15/' study/few.yaml
for i in 1 2; do dyad run study/few.yaml --quiet --format csv --table analyses | sed 1d; done && tables
dyad verify study/few.results --quiet --format csv
echo "--- the help"
for command in run verify; do
    dyad $command --help
    dyad $command --help | awk 'length > 80 { print "too wide: " $0 }'
done
