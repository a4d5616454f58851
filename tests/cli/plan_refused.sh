# What is wrong with a plan is said with its line and column, and nothing is written.
cd "$TMPDIR" || exit
mkdir -p sub && cp data/births.csv births.csv
good='{name: a, command: rates, outcome: initiated}'
# bad WORDS: the plan on standard input is refused, nothing is left.
bad() {
    cat >plan.yaml
    printf '%s: ' "$1"
    dyad run plan.yaml >printed 2>errors
    status=$?
    sed "s/^dyad run: //; s/\('command' is one of\).*/\1 .../" errors
    [ $status -eq 3 ] || echo "[$status]"
    [ -s printed ] && echo "but printed" && cat printed
    rm -f printed errors
    left=$(ls -A | sed '/^data$/d; /^sub$/d; /^births.csv$/d; /^plan.yaml$/d')
    [ -z "$left" ] || { echo "left: $left"; rm -rf plan.results; }
}
one() { # WORDS, then keys in front of one good analysis
    printf '%s\nanalyses: [%s]\n' "$2" "$good" | bad "$1"
}
an() { # WORDS, then the only analysis
    printf 'data: births.csv\nanalyses:\n  - %s\n' "$2" | bad "$1"
}
echo "--- no YAML"
printf '' | bad 'empty'
printf '# nothing\n' | bad 'only a comment'
printf 'analyses: [\n' | bad 'not closed'
printf 'a: b: c\n' | bad 'two colons'
printf '\tdata: births.csv\n' | bad 'a tab'
printf 'data: "births\n' | bad 'an open quote'
printf 'data: \377\n' | bad 'no UTF-8'
printf 'data: a\0b\n' | bad 'a zero byte'
printf '%s\n' 'data: births.csv' '---' 'data: births.csv' | bad 'two documents'
printf 'just words\n' | bad 'no keys'
printf -- '- a\n- b\n' | bad 'a list'
printf 'data: &d births.csv\nanalyses: [*d]\n' | bad 'an anchor'
printf 'data: !!str births.csv\n' | bad 'a tag'
printf '? [a, b]\n: c\n' | bad 'a key that is a list'
awk 'BEGIN { for (i = 0; i < 40; i++) printf "["; for (i = 0; i < 40; i++) printf "]"; print "" }' | bad 'too deep'
echo "--- keys"
one 'unknown key' 'dta: births.csv'
one 'a key twice' 'data: births.csv
title: a
title: b'
one 'title is a list' 'title: [a, b]'
one 'no format' 'formats: [json, docx]'
one 'no such pictures' 'pictures: gif'
one 'a format twice' 'formats: [json, json]'
one 'files is a map' 'data: {files: {a: b}}'
one 'standard input' 'data: "-"'
one 'no such option of data' 'data: {files: births.csv, frequency: n}'
one 'no such level' 'data: births.csv
level: high'
one 'populations are a list' 'data: births.csv
populations: [a]'
one 'a population without where' 'data: births.csv
populations: {p: {label: all}}'
one 'an unknown key of a population' 'data: births.csv
populations: {p: {where: initiated, lable: all}}'
one 'within nobody' 'data: births.csv
populations: {p: {where: initiated, within: q}}'
one 'within each other' 'data: births.csv
populations: {p: {where: initiated, within: q}, q: {where: initiated, within: p}}'
one 'a definition without expression' 'data: births.csv
define: {x: }'
one 'a definition that is none' 'data: births.csv
define:
  x: initiated +'
one 'a loop' 'data: births.csv
define: {a: b + 1, b: c + 1, c: 2 * a, d: a}'
one 'a loop of one' 'data: births.csv
define: {a: a + 1}'
printf 'data: births.csv\n' | bad 'no analyses'
printf 'data: births.csv\nanalyses: []\n' | bad 'none in the list'
printf 'data: births.csv\nanalyses: {a: b}\n' | bad 'analyses are a map'
echo "--- an analysis"
an 'no map' 'rates'
an 'no name' '{command: rates, outcome: initiated}'
an 'a name that is a path' '{name: ../a, command: rates, outcome: initiated}'
an 'a hidden name' '{name: .a, command: rates, outcome: initiated}'
an 'the name of the manifest' '{name: manifest, command: rates, outcome: initiated}'
an 'no command' '{name: a, outcome: initiated}'
an 'no such command' '{name: a, command: rate, outcome: initiated}'
an 'a plan in a plan' '{name: a, command: run}'
an 'the same name' "$good
  - $good"
an 'unknown key' '{name: a, command: rates, outcom: initiated}'
an 'no such population' '{name: a, command: rates, outcome: initiated, population: p}'
an 'an option of another command' '{name: a, command: rates, outcome: initiated, tau: 3}'
an 'two values where one is' '{name: a, command: rates, outcome: initiated, ci: [wald, exact]}'
an 'no flag' '{name: a, command: rates, outcome: initiated, overall: maybe}'
an 'a list in a list' '{name: a, command: rates, outcome: [[initiated]]}'
an 'no such interval' '{name: a, command: rates, outcome: initiated, ci: walt}'
an 'where to write' '{name: a, command: rates, outcome: initiated, output: a.json}'
an 'threads' '{name: a, command: rates, outcome: initiated, threads: 1}'
an 'an unknown key of a plot' '{name: a, command: rates, outcome: initiated, plot: {fill: a.svg}}'
an 'a plot without ending' '{name: a, command: rates, outcome: initiated, plot: a}'
an 'a plot that leaves the folder' '{name: a, command: rates, outcome: initiated, plot: ../a.svg}'
an 'a plot elsewhere' '{name: a, command: rates, outcome: initiated, plot: /tmp/a.svg}'
an 'two files of one name' "{name: a, command: rates, outcome: initiated, plot: p.svg}
  - {name: b, command: rates, outcome: initiated, plot: p.svg}"
an 'a file of the name of a result' '{name: a, command: rates, outcome: initiated, plot: {file: a.svg, data: a.json}}'
an 'a population of other files' '{name: a, command: rates, outcome: initiated, files: births.csv, population: ~}
  - {name: b, command: rates, outcome: initiated, files: births.csv, population: p}'
echo "--- published"
published() { printf 'data: births.csv\nanalyses: [%s]\npublished:\n  - %s\n' "$good" "$2" | bad "$1"; }
published 'no id' '{analysis: a, quantity: rates.n, published: 1}'
published 'no analysis' '{id: x, quantity: rates.n, published: 1}'
published 'no such analysis' '{id: x, analysis: b, quantity: rates.n, published: 1}'
published 'an unknown key' '{id: x, analysis: a, quantity: rates.n, publish: 1}'
published 'no quantity' '{id: x, analysis: a, quantity: rates, published: 1}'
published 'no number' '{id: x, analysis: a, quantity: rates.n, published: many}'
published 'nothing published' '{id: x, analysis: a, quantity: rates.n}'
published 'no verdict' '{id: x, analysis: a, quantity: rates.n, published: 1, expected: good}'
published 'the same id' '{id: x, analysis: a, quantity: rates.n, published: 1}
  - {id: x, analysis: a, quantity: rates.n, published: 1}'
echo "--- of the data"
an 'no such column' '{name: a, command: rates, outcome: initiatd}'
one 'no such column in a definition' 'data: births.csv
define: {x: weight > 1}'
printf 'data: births.csv\npopulations:\n  p: weight > 1\nanalyses: [{name: a, command: rates, outcome: initiated, population: p}]\n' |
    bad 'no such column in a population'
one 'no such column in an order' 'data: births.csv
order: {colour: [a, b]}'
one 'a definition of a column' 'data: births.csv
define: {site: 1}'
an 'no coding of an outcome' '{name: a, command: rates, outcome: feeding}'
an 'two that fail, and one that would not' '{name: a, command: rates, outcome: feeding}
  - {name: b, command: rates, outcome: initiated}
  - {name: c, command: rates, outcome: site}'
printf 'id,x\n1,a\n2,b,c\n' >sub/ragged.csv
printf 'data: sub/ragged.csv\nanalyses: [{name: a, command: rates, outcome: x}, {name: b, command: rates, outcome: x=a}]\n' | bad 'ragged data'
one 'no such file' 'data: nowhere.csv'
one 'a folder' 'data: sub'
echo "--- the command line"
printf 'data: births.csv\nanalyses: [%s]\n' "$good" >plan.yaml
refused dyad run
refused dyad run plan.yaml plan.yaml
refused dyad run -
refused dyad run none.yaml
refused dyad run sub
refused dyad run plan.yaml --by site
refused dyad run plan.yaml --folder none/results
refused dyad run plan.yaml --folder births.csv
refused dyad run plan.yaml --folder sub
refused dyad run plan.yaml --folder .
ln -s sub link && refused dyad run plan.yaml --folder link
refused dyad verify
refused dyad verify sub
refused dyad verify none
ls -A | sed '/^data$/d'
