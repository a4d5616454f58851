# suppress in a plan: what all analyses tell together is what is decided on.
cd "$TMPDIR" || exit
# 400 records: three in the south are 50, two in the north have no age, four no weight.
awk 'BEGIN {
    print "age,sex,site,weight,y,days,event,rare"
    for (i = 0; i < 400; i++) {
        age = i == 7 || i == 92 ? "" : i == 3 || i == 104 || i == 309 ? 50 : 18 + (i * 7) % 23
        weight = i == 11 || i == 50 || i == 160 || i == 222 ? "" : 2500 + (i * 37) % 900
        print age "," (i % 3 ? "m" : "f") "," (i % 5 < 3 ? "north" : "south") "," weight "," (i * 13 % 7 < 3) "," \
            3 + i * 37 % 211 "," (i % 4 != 0) "," (i % 100 == 30)
    }
}' >c.csv
plan() { printf 'data: c.csv\nsuppress: 5\nformats: [csv]\n'; cat; }
run() { dyad run "$@" --format csv --table analyses 2>&1; }
show() { for file; do echo "== ${file#*/}"; cut -d, -f1-5,11 "$file"; done; }

echo "--- nested: three of the south are not in the second; who subtracts must not find them"
plan >nested.yaml <<'YAML'
populations: {under-41: {where: age < 41 or age is missing}}
analyses:
  - {name: all, command: rates, outcome: y, by: [site, sex], overall: true, audit: all.audit.csv}
  - {name: most, command: rates, outcome: y, by: [site, sex], overall: true, population: under-41, audit: most.audit.csv}
YAML
run nested.yaml
show nested.results/*.csv
sed '/^suppress/d; s/, audit: [a-z.]*//' nested.yaml >open.yaml
dyad run open.yaml --quiet -o /dev/null
echo "shown in both and not the same: who is in the difference"
for folder in open nested; do
    paste -d, $folder.results/all.rates.csv $folder.results/most.rates.csv | awk -F, -v folder=$folder '
        NR > 1 { of_most = NF / 2 + 4 }
        NR > 1 && $4 != "" && $of_most != "" && $4 != $of_most { print folder ": " $1 " " $2 ": " $4 - $of_most }'
done
grep -c '"n": 397' open.results/manifest.json nested.results/manifest.json

echo "--- complementary, and without an age: two in the north"
plan >parts.yaml <<'YAML'
populations: {young: {where: age < 30}, old: {where: not age < 30}}
analyses:
  - {name: all, command: rates, outcome: y, by: site, audit: all.audit.csv}
  - {name: young, command: rates, outcome: y, by: site, population: young, audit: young.audit.csv}
  - {name: old, command: rates, outcome: y, by: site, population: old, audit: old.audit.csv}
YAML
run parts.yaml
show parts.results/*.csv

echo "--- a model of those with a weight, four fewer than all"
plan >model.yaml <<'YAML'
analyses:
  - {name: all, command: rates, outcome: y, by: site, overall: true}
  - {name: fit, command: model, formula: y ~ site + weight, audit: fit.audit.csv}
YAML
run model.yaml
show model.results/*.rates.csv model.results/fit.flow.csv model.results/fit.audit.csv
grep -E '^(n|dropped),' model.results/fit.fit.csv
grep -rlw 400 model.results || echo "all 400 nowhere"

echo "--- said of one analysis it is refused"
cp -r model.results before
sed 's/, audit: fit.audit.csv/, suppress: 3/' model.yaml >one.yaml
refused dyad run one.yaml
refused dyad report one.yaml -o one.html
sed 's/suppress: 5/suppress: 2/' model.yaml >two.yaml
refused dyad run two.yaml
ls -d one.* two.*

echo "--- kept or made anew: all or none"
state() { run "$@" --quiet | sed 1d | cut -d, -f1,4 | tr '\n' ' '; echo; }
plan >keep.yaml <<'YAML'
analyses:
  - {name: a, command: rates, outcome: y, by: site, overall: true}
  - {name: b, command: rates, outcome: y, by: sex}
  - {name: c, command: odds, outcome: y, exposure: sex=f}
YAML
state keep.yaml
state keep.yaml
cp -r keep.results keep.old
echo "one has changed:" && sed -i 's/by: sex/by: [sex, site]/' keep.yaml
state keep.yaml
state keep.yaml
echo "and back:" && sed -i 's/by: \[sex, site\]/by: sex/' keep.yaml
state keep.yaml
diff -r keep.old keep.results
echo "one is gone:" && cp keep.yaml whole.yaml && sed -i '/name: b/d' keep.yaml
state keep.yaml
state keep.yaml
cp whole.yaml keep.yaml && state keep.yaml
echo "a file is not what it was:" && echo x >>keep.results/c.measures.csv
state keep.yaml
diff -r keep.old keep.results
echo "another threshold:" && sed -i 's/suppress: 5/suppress: 6/' keep.yaml
state keep.yaml
echo "without suppress each by itself:" && sed -i '/^suppress/d' keep.yaml
state keep.yaml
sed -i 's/by: sex/by: [sex, site]/' keep.yaml
state keep.yaml

echo "--- the same bytes, however many threads, and again"
for n in 1 2 5 1 2 5; do
    dyad report parts.yaml --threads $n -o report.html --xlsx report.xlsx
    cat report.html report.xlsx | md5sum
    dyad run nested.yaml --anew --quiet --folder again -o /dev/null && diff -r nested.results again
done | sort | uniq -c | awk '{ print $1 " times the same" }'

echo "--- without an answer: nothing of it anywhere"
plan >none.yaml <<'YAML'
populations: {under-41: {where: age < 41 or age is missing}}
analyses:
  - {name: everybody, command: rates, outcome: y, by: sex}
  - {name: vanished, command: rates, outcome: y, by: event, where: age > 50}
  - {name: separated, command: model, formula: y ~ site, where: "y == 1 or site == 'south'"}
  - {name: few, command: describe, columns: weight, where: rare}
report: {summary: Of all.}
YAML
dyad run none.yaml --quiet 2>&1 | sed -n '/^Analyses/,/^Input/p'
ls none.results
dyad report none.yaml -o none.html --xlsx none.xlsx
unzip -p none.xlsx >none.xml
for word in everybody vanished separated few event age; do
    echo "$word: $(sed 's/<style.*<.style>//; s/<[^>]*>/ /g; s/[0-9a-f]\{64\}//' none.html | grep -cw "$word") lines," \
        "$(grep -ow "$word" none.xml | wc -l) times in the workbook, in $(grep -lw "$word" none.results/* | tr '\n' ' ')"
done

echo "--- more than run at a time otherwise"
{ plan </dev/null; echo 'analyses:'; for i in $(seq 70); do
    by=$([ $((i % 2)) -eq 0 ] && echo sex || echo site)
    echo "  - {name: a$i, command: rates, outcome: y, by: $by, where: age >= $((i % 9 + 10))}"
done; } >many.yaml
run many.yaml --quiet | sed 1d | cut -d, -f4 | sort | uniq -c | awk '{ print $2 ": " $1 }'
cut -d, -f1-4 many.results/a70.rates.csv
for i in 1 3 69; do cmp many.results/a1.rates.csv many.results/a$i.rates.csv; done
echo "the last has three fewer than the first:"
sed -i 's/name: a70.*/name: a70, command: rates, outcome: y, by: site, where: age >= 10 and age < 41}/' many.yaml
run many.yaml --quiet | sed 1d | cut -d, -f4 | sort | uniq -c | awk '{ print $2 ": " $1 }'
cut -d, -f1-4 many.results/a70.rates.csv many.results/a1.rates.csv

echo "--- models of an outcome that few have, a Cox model of few"
plan >models.yaml <<'YAML'
define: {seldom: rare == 1}
analyses:
  - {name: linear, command: model, formula: rare ~ sex, family: linear, audit: linear.audit.csv}
  - {name: poisson, command: model, formula: seldom ~ sex, family: poisson}
  - {name: plenty, command: model, formula: y ~ sex, family: linear}
  - {name: cox, command: model, formula: "Surv(days, event) ~ sex", family: cox, where: days <= 13}
  - {name: cox-of-all, command: model, formula: "Surv(days, event) ~ sex", family: cox}
YAML
dyad run models.yaml --quiet 2>&1 | sed -n '/^Analyses/,/^Input/p'
ls models.results

echo "--- a verification finds nothing, but what is not so"
for folder in nested parts model models none; do dyad verify $folder.results --format csv --quiet; done
echo 1 >>nested.results/all.rates.csv
try dyad verify nested.results --format csv --quiet
