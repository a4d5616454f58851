# The report of a plan: a page for people and a workbook, read back; what is refused.
plan=datasets/support-programme/plan.yaml
page=$TMPDIR/report.html book=$TMPDIR/report.xlsx

echo "--- the cohort is what its script makes"
python3 scripts/reference/support_programme.py | cmp - datasets/support-programme/support-programme.csv
try dyad report $plan -o "$page" --xlsx "$book"

echo "--- the page: what it says, its pictures left out"
cat >"$TMPDIR/page.py" <<'PYTHON'
import sys
from html.parser import HTMLParser

class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines, self.line, self.svg, self.style = [], "", 0, 0
        self.ids, self.targets, self.faults, self.headings, self.open = [], [], [], [], []
        self.tables = self.captions = self.pictures = self.alternatives = 0

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.ids += [a["id"]] if "id" in a else []
        for name, value in attributes:
            if name in ("href", "xlink:href", "src") and value.startswith("#"):
                self.targets.append(value[1:])
            elif name in ("href", "xlink:href", "src") or name.startswith("on"):
                self.faults.append("%s=%s" % (name, value))
        if tag in ("script", "link", "iframe", "object", "img"):
            self.faults.append(tag)
        if tag == "th" and "scope" not in a:
            self.faults.append("a heading of a table without a scope")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.pictures += tag == "svg" and a.get("role") == "img"
        self.alternatives += self.svg and tag in ("title", "desc")
        self.svg += tag == "svg"
        self.style += tag == "style"
        if tag not in ("meta", "br", "rect", "path", "circle", "line", "polygon", "polyline", "use", "feflood", "fecomposite"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append("</%s> closes nothing" % tag)
        self.svg -= tag == "svg"
        self.style -= tag == "style"
        if tag in ("td", "th") and self.line:
            self.line += " |"
        elif tag in ("h1", "h2", "h3", "p", "li", "tr", "caption", "figcaption", "title", "span"):
            self.lines += [("## " if tag == "h2" else "") + self.line.strip()] if self.line.strip() else []
            self.line = ""

    def handle_data(self, data):
        if not self.svg and not self.style:
            self.line += data.replace("\n", "")

p = Page()
p.feed(open(sys.argv[1], encoding="utf-8").read())
p.close()
shown = True
for line in p.lines:
    shown = line[3:] in sys.argv[2:] if line.startswith("## ") else shown
    if shown:
        print(line)
print("---", "elements are closed" if not p.open else p.open, "-", p.tables == p.captions and "every table has a caption",
      "-", p.pictures, "pictures with", p.alternatives, "titles and descriptions")
print("names twice:", len(p.ids) - len(set(p.ids)), "- links to nowhere:", len(set(p.targets) - set(p.ids)),
      "- levels left out:", sum(b > a + 1 for a, b in zip(p.headings, p.headings[1:])), "- faults:", p.faults)
PYTHON
python3 "$TMPDIR/page.py" "$page" Summary 'Flow of records' Characteristics 'Absolute effects'

echo "--- the workbook: its sheets, and that its numbers are those of the commands"
cat >"$TMPDIR/book.py" <<'PYTHON'
import json, re, sys, zipfile
import xml.etree.ElementTree as xml
name = lambda s: "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}" + s
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
words = ["".join(t.text or "" for t in si.iter(name("t"))) for si in xml.fromstring(book.read("xl/sharedStrings.xml"))]
sheets = [s.get("name") for s in xml.fromstring(book.read("xl/workbook.xml")).find(name("sheets"))]

def rows(sheet):
    for row in xml.fromstring(book.read("xl/worksheets/sheet%d.xml" % (sheets.index(sheet) + 1))).iter(name("row")):
        cells = {}
        for c in row.iter(name("c")):
            v = c.find(name("v"))
            if v is not None:
                cells[re.match("[A-Z]+", c.get("r")).group()] = words[int(v.text)] if c.get("t") == "s" else float(v.text)
        yield cells

print(", ".join(sheets))
for sheet, table, path in zip(sys.argv[2::3], sys.argv[3::3], sys.argv[4::3]):
    head, *body = rows(sheet)
    want = json.load(open(path))["tables"][table]
    got = [{head[k]: v for k, v in row.items()} for row in body]
    alike = lambda a, b: abs(a - b) <= 1e-15 * abs(b) if isinstance(b, (int, float)) else a == b
    want = [{k: v for k, v in row.items() if v not in (None, "")} for row in want]
    same = len(got) == len(want) and all(g.keys() == w.keys() and all(alike(g[k], w[k]) for k in w)
                                         for g, w in zip(got, want))
    print(sheet, len(got), "rows", "as the command gives them" if same else "not as the command gives them")
PYTHON
c="datasets/support-programme/support-programme.csv --codebook datasets/support-programme/codebook.csv --order support=none,peer,ibclc"
dyad rates $c --order site=north,east,south,west --outcome initiated,exclusive_6w --by support -o "$TMPDIR/rates.json"
dyad describe $c --order site=north,east,south,west --exposure support --categories parity \
    --columns maternal_age,education,parity,smoker,cesarean,birthweight,site -o "$TMPDIR/who.json"
python3 "$TMPDIR/book.py" "$book" 'rates rates' rates "$TMPDIR/rates.json" 'who characteristics' characteristics \
    "$TMPDIR/who.json" 'who balance' balance "$TMPDIR/who.json"

echo "--- made again, and by one thread"
dyad report $plan -o "$TMPDIR/again.html" --xlsx "$TMPDIR/again.xlsx" --threads 1
cmp "$page" "$TMPDIR/again.html" && cmp "$book" "$TMPDIR/again.xlsx" && dyad report $plan | cmp - "$page" && echo "the same bytes"

echo "--- values without words are called by their labels"
mkdir "$TMPDIR/study" && cp -r datasets/support-programme datasets/lactation-support "$TMPDIR/study"
sed '/^    support:/,$d' $plan >"$TMPDIR/study/support-programme/plain.yaml"
dyad report "$TMPDIR/study/support-programme/plain.yaml" -o "$TMPDIR/plain.html"
python3 "$TMPDIR/page.py" "$TMPDIR/plain.html" Summary | grep -A1 'support and within'

echo "--- the truth that the cohort was made from lies in the intervals"
python3 scripts/reference/support_programme.py --truth | tail -n +2 | while IFS=, read -r level begun exclusive; do
    for outcome in "initiated $begun" "exclusive_6w $exclusive"; do
        dyad model $c --define 'parous=parity > 0' --margins support --table margins --format csv --quiet --formula \
            "${outcome% *} ~ support + maternal_age + factor(education) + parous + smoker + cesarean + site" |
            awk -F, -v level="$level" -v truth="${outcome#* }" -v what="${outcome% *}" '
                NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
                $at["level"] == level && $at["measure"] == "risk" {
                    print what, level, truth, $at["conf_low"] < truth && truth < $at["conf_high"] ? "inside" : "outside" }'
    done
done

echo "--- a plan with little to say, and names that are no HTML"
cd "$TMPDIR" || exit
cat >small.yaml <<'PLAN'
title: <script>alert("1")</script> & more
data: data/births.csv
analyses:
  - {name: nobody, command: rates, title: "<b>", outcome: initiated, where: parity > 9}
  - {name: who, command: describe, columns: [parity, feeding]}
  - {name: rates, command: rates, outcome: initiated}
PLAN
try dyad report small.yaml -o small.html
python3 page.py small.html Summary 'Flow of records' Characteristics Rates
printf 'study,treated_events,treated_total,control_events,control_total\nA,12,40,10,41\nB,30,88,20,90\n' >trials.csv
printf 'analyses: [{name: trials, command: meta, files: trials.csv, measure: or, model: [common, random]}]\nreport: {baseline_risk: 30%%}\n' >both.yaml
dyad report both.yaml -o odd.html
python3 page.py odd.html Summary 'Absolute effects' | sed -n '/^## /,/^Ratios/p'
printf 'analyses: [{name: typed, command: odds, cells: "1,2,3,4", title: A table}]\nreport: {sentences: []}\n' >typed.yaml
dyad report typed.yaml | grep -c '<h2.*\(Summary\|Flow\)'
echo "--- sentences say level, population, groups; an interaction has no effect of its own; no exposure was named"
cat >odd.yaml <<'PLAN'
data: data/births.csv
define:
  sup: if(support == "none", "no", "yes")
  supper: if(parity == 0, "late", "early")
  old: "[mother age] >= 30"
populations:
  old: {where: old, label: Thirty or older}
analyses:
  - {name: level, command: rates, outcome: initiated, by: support, level: 80, where: site == "north"}
  - {name: groups, command: odds, outcome: initiated, exposure: [old, home visit], by: site, measure: [nnt, rr], population: old,
     where: parity < 3}
  - {name: two, command: odds, outcome: initiated, exposure: [sup, old], measure: or}
  - {name: alone, command: model, formula: initiated ~ sup}
  - {name: beside, command: model, formula: initiated ~ sup + supper}
  - {name: crossed, command: model, formula: initiated ~ sup * old}
report: {baseline_risk: 30%}
PLAN
try dyad report odd.yaml -o odd.html --xlsx odd.xlsx
python3 page.py odd.html Summary 'Absolute effects'
sed 's/^report: {/&exposure: sup, /' odd.yaml >sup.yaml
dyad report sup.yaml -o odd.html
python3 page.py odd.html Summary | grep -A9 '^two'
echo "--- a workbook tells no size that --suppress is silent of, and has what it takes to be printed"
cat >sheets.py <<'PYTHON'
import re, sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
sheets = [book.read("xl/worksheets/sheet%d.xml" % (i + 1)).decode()
          for i in range(sum("worksheets/sheet" in n for n in book.namelist()))]
print("sizes of files:", len(re.findall('<c r="[CD](?!1")[0-9]+"[^>]*><v>', sheets[-1])))
print("every sheet across, as wide as the page, with its headings:",
      all('fitToHeight="0" orientation="landscape"' in s and 'fitToPage="1"' in s for s in sheets) and
      book.read("xl/workbook.xml").decode().count("_xlnm.Print_Titles") == len(sheets))
PYTHON
python3 sheets.py odd.xlsx
printf 'suppress: 11\n' | cat - odd.yaml | grep -v 'name: [lg]\|where: parity' >hidden.yaml
dyad report hidden.yaml -o hidden.html --xlsx hidden.xlsx
grep -o 'births.csv: [^,]*' hidden.html
python3 sheets.py hidden.xlsx
echo "--- refused, and nothing is left"
plan() { printf 'data: data/births.csv\nanalyses: [{name: a, command: rates, outcome: initiated}]\nreport: %s\n' "$1" >bad.yaml; }
for report in '{colour: red}' '[a]' '{summary: {a: b}}' '{words: [a]}' '{words: {initiated: [a]}}' \
    '{words: {support: {none: [a]}}}' '{people: [a]}' '{baseline_risk: high}' '{baseline_risk: [0.2, 120%]}' '{baseline_risk: 0}' \
    '{sentences: [b]}' '{absolute: {a: b}}' '{exposure: [a]}'; do
    plan "$report"
    refused dyad report bad.yaml -o bad.html --xlsx bad.xlsx
done
refused dyad report small.yaml -o bad.html --xlsx bad.xls
refused dyad report small.yaml -o both.xlsx --xlsx both.xlsx
refused dyad report small.yaml -o folder/
refused dyad report small.yaml -o small.yaml
refused dyad report small.yaml -o data/births.csv
(mkdir elsewhere && cd elsewhere && refused dyad report ../small.yaml -o ../data/births.csv --xlsx a.xlsx && ls)
refused dyad report small.yaml -o bad.html --xlsx none/bad.xlsx
refused dyad report
refused dyad report small.yaml small.yaml
refused dyad report -
refused dyad report none.yaml
refused dyad report small.yaml --format html
ls | grep -v data
