# The codebook in every command, dyad check, identifiers, and drafts of codebooks.
cd "$TMPDIR" || exit 1

cat >cohort.csv <<'END'
dyad_id,support,educ,initiated,mat_age,weeks,weaned,site
a1,ibclc,1,1,30,10,1,1
a2,none,2,0,28,0,1,1
a3,peer,3,1,99,20,0,1
a4,none,2,1,22,8,1,1
a5,ibclc,3,1,35,26,0,1
a6,peer,1,0,40,2,1,1
a7,none,1,0,19,1,1,2
a8,ibclc,2,0,29,3,1,2
a9,peer,2,1,31,12,1,2
b1,none,3,1,33,30,0,2
b2,ibclc,3,1,27,14,1,2
b3,none,1,0,24,4,1,2
END
cat >codebook.csv <<'END'
Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,Required Field?,Missing Codes,Levels Ordered,Reference,Unit
dyad_id,base,text,Study code,,,,,,y,,,,
support,base,radio,Kind of support,"ibclc, IBCLC | peer, Peer counsellor | none, No support",,,,,,,,none,
educ,base,dropdown,Mother's education,"1, Less than high school | 2, High school | 3, College",,,,,,,y,2,
initiated,base,yesno,Breastfeeding initiated,,,,,,,,,,
mat_age,base,text,Age of the mother,,integer,10,60,,,"99, Not recorded",,,years
weeks,base,text,Weeks of breastfeeding,,number,0,200,,,,,,weeks
weaned,base,yesno,Weaned,,,,,,,,,,
site,base,radio,Study site,"1, Northern clinic | 2, Southern clinic",,,,,,,,,
END
cat >schema.json <<'END'
{"fields": [
  {"name": "dyad_id", "type": "string", "title": "Study code", "constraints": {"required": true}},
  {"name": "support", "title": "Kind of support", "categories": [{"value": "ibclc", "label": "IBCLC"},
    {"value": "peer", "label": "Peer counsellor"}, {"value": "none", "label": "No support"}], "reference": "none"},
  {"name": "educ", "type": "integer", "title": "Mother's education", "categories": [{"value": 1, "label": "Less than high school"},
    {"value": 2, "label": "High school"}, {"value": 3, "label": "College"}], "categoriesOrdered": true, "reference": "2"},
  {"name": "initiated", "title": "Breastfeeding initiated", "type": "boolean"},
  {"name": "mat_age", "title": "Age of the mother", "type": "integer", "missingValues": ["", "99"],
    "constraints": {"minimum": 10, "maximum": 60}, "unit": "years"},
  {"name": "weeks", "title": "Weeks of breastfeeding", "type": "number", "constraints": {"minimum": 0, "maximum": 200}},
  {"name": "weaned", "title": "Weaned", "type": "boolean"},
  {"name": "site", "title": "Study site", "categories": [{"value": "1", "label": "Northern clinic"},
    {"value": "2", "label": "Southern clinic"}]}],
 "primaryKey": "dyad_id"}
END

echo "--- labels for people, codes for programs"
try dyad rates cohort.csv --outcome initiated --by support --codebook codebook.csv
try dyad rates cohort.csv --outcome initiated --by support --codebook codebook.csv --format csv --quiet
try dyad rates cohort.csv --outcome support=ibclc --by site --codebook codebook.csv --table rates --format markdown
try dyad odds cohort.csv --outcome initiated --exposure support --stratify site --measure or --codebook codebook.csv --table measures
try dyad odds cohort.csv --outcome initiated --exposure educ --measure or --codebook codebook.csv --format csv --quiet
echo "trend only where levels are ordered"
dyad odds cohort.csv --outcome initiated --exposure support,educ --codebook codebook.csv --table tests --format csv --quiet |
    grep trend | cut -d, -f1-6
try dyad model cohort.csv --formula 'weeks ~ educ + mat_age + support:site' --family linear --codebook codebook.csv \
    --table coefficients
echo "the order and what was typed win over the codebook"
dyad model cohort.csv --formula 'weeks ~ educ' --family linear --codebook codebook.csv --order educ=3,1,2 --format csv --quiet |
    short | cut -d, -f1-2
dyad model cohort.csv --formula 'weeks ~ factor(educ, ref="3")' --family linear --codebook codebook.csv --format csv --quiet |
    short | cut -d, -f1-3
dyad odds cohort.csv --outcome initiated --exposure support --codebook codebook.csv --reference ibclc --measure or --format csv \
    --quiet | cut -d, -f2-4
try dyad survival cohort.csv --time weeks --event weaned --by support --codebook codebook.csv --table summary
try dyad rates cohort.csv --outcome initiated --by support,site --codebook codebook.csv --table flow --plot rates.svg
grep -c "Northern clinic" rates.svg
dyad rates cohort.csv --outcome initiated --by support,site --codebook codebook.csv --quiet --table flow --plot-data rates.csv >/dev/null
cut -d, -f1-3 rates.csv
dyad odds cohort.csv --outcome initiated --exposure support --measure or --codebook codebook.csv --quiet --table flow \
    --plot-data odds.csv >/dev/null
cut -d, -f1-3 odds.csv
dyad survival cohort.csv --time weeks --event weaned --by support --codebook codebook.csv --quiet --table flow --plot-data s.csv >/dev/null
cut -d, -f1-2 s.csv | sort -u | head -4

echo "--- a Table Schema says the same"
for format in text csv json; do
    dyad odds cohort.csv --outcome initiated --exposure support,educ --codebook codebook.csv --format $format --quiet |
        sed '/codebook/d' >redcap
    dyad odds cohort.csv --outcome initiated --exposure support,educ --codebook schema.json --format $format --quiet |
        sed '/schema.json/d' >schema
    cmp redcap schema && echo "$format: the same"
done

echo "--- what the codebook does not allow is refused where it is used"
sed 's/^a5,ibclc,3,1,35/a5,lay,3,1,135/; s/^a8,ibclc,2,0,29,3/a8,ibclc,2,2,29,three/' cohort.csv >bad.csv
refused dyad rates bad.csv --outcome initiated --by support --codebook codebook.csv
refused dyad rates bad.csv --outcome weaned --where 'mat_age > 20' --codebook codebook.csv
refused dyad model bad.csv --formula 'weeks ~ mat_age' --family linear --codebook codebook.csv
try dyad rates bad.csv --outcome weaned --by site --codebook codebook.csv --format csv --quiet
refused dyad rates cohort.csv --outcome initiated --codebook nlsy.csv
cp cohort.csv other.csv && sed -i '1s/.*/a,b,c,d,e,f,g,h/' other.csv
refused dyad rates other.csv --outcome d --codebook codebook.csv --output never.csv
refused dyad check other.csv --codebook codebook.csv --output never.csv
sed 's/dropdown/wheel/' codebook.csv >wrong.csv
refused dyad rates cohort.csv --outcome initiated --codebook wrong.csv --output never.csv
refused dyad rates cohort.csv --outcome initiated --codebook cohort.csv --output never.csv
refused dyad rates cohort.csv --outcome initiated --codebook codebook.csv --output codebook.csv
ls never.csv 2>/dev/null

echo "--- a column that is made has its label, too"
sed '$a old,base,yesno,Thirty or older,,,,,,,,,,' codebook.csv >made.csv
dyad rates cohort.csv --outcome initiated --define 'old=mat_age >= 30' --by old --codebook made.csv --quiet | sed -n '/^Rates/,/^$/p;/^ *Thirty/,/^$/p'
dyad check cohort.csv --codebook made.csv --table rules --format csv --quiet

echo "--- check: nothing wrong"
try dyad check cohort.csv --codebook codebook.csv --quasi support,site
echo "--- check: everything wrong"
cat >mess.csv <<'END'
dyad_id,support,mat_age,ebf_6m,any_6m,excl_weeks,any_weeks,initiated,empty,extra
1,ibclc,30,0,1,3,10,yes,,q
2,IBCLC,28,1,0,12,10,yes,,q
3,ibclc,-9,0,1,1,2,no,,q
4,peer,31,0,0,0,0,no,,q
5,peer,x,0,1,,4,yes,,q
6,peer,33,0,1,2
7,none,25,0,1,2,4,yes,,q
7,none,25,0,1,2,4,yes,,q
8,none,26,0,1,2,4,yes,,q,more
9,none,27,2,1,2,4,yes,,q
10,none,29,1,1,2,4,yes,,q
dyad_id,support,mat_age,ebf_6m,any_6m,excl_weeks,any_weeks,initiated,empty,extra
11,none,34,0,1,2,4,yes,,q
12,none,35,0,1,2,4,yes,,q
13,none,36,0,1,2,4,yes,,q
14,none,37,0,1,2,4,yes,,q
15,none,38,0,1,2,4,yes,,q
16,none,39,0,1,2,4,yes,,q
17,none,40,0,1,2,4,yes,,q
18,none,41,0,1,2,4,yes,,q
19,none,42,0,1,2,4,yes,,q
20,none,43,0,1,2,4,yes,,q
END
try dyad check mess.csv --key dyad_id --table problems,rules,flow
cat >mess_book.csv <<'END'
Variable / Field Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Required Field?
dyad_id,text,,,integer,,,y
support,radio,,"ibclc, IBCLC | none, None",,,,
mat_age,text,,,integer,20,40,
ebf_6m,yesno,,,,,,y
excl_weeks,text,,,integer,,,y
elsewhere,text,,,,,,y
END
try dyad check mess.csv --codebook mess_book.csv --table problems,rules
echo "--- check: what is no CSV"
printf 'a,b\n1,2\n3,"4\n5,6\n' >open.csv
refused dyad check open.csv
printf 'a,b\n1,2\n1\n3,"4\n5,6\n' >open.csv
refused dyad check open.csv
printf 'a,b\n1,2\n3,\377\n' >latin.csv
refused dyad check latin.csv
printf 'a,b\n' >none.csv
refused dyad check none.csv
refused dyad check
refused dyad check cohort.csv --key nobody
refused dyad check - --quasi support <cohort.csv
refused dyad check cohort.csv --where 'site == 1'
refused dyad odds --cells 1,2,3,4 --codebook codebook.csv
refused dyad odds --cells 1,2,3,4 --allow-identifiers
try dyad check --table rules - <cohort.csv

echo "--- identifiers"
cat >people.csv <<'END'
id,last_name,phone,visit,contact,where,zip,age,sup_phone,initiated
1,Smith,555-123-4567,2021-03-04,none,"12 Main Street",02139,34,1,1
2,Jones,555-987-6543,2021-03-05,a.b@example.org,"7 Mill Road",10001,91,0,0
3,Garcia,555-222-3333,2021-03-06,none,"221 Baker St",94110,40,1,1
END
try dyad check people.csv --table levels,identifiers
refused dyad rates people.csv --outcome initiated
cut -d, -f1,4-10 people.csv >less.csv
try dyad rates less.csv --outcome initiated --by sup_phone --format csv --quiet
for column in visit contact where zip age; do
    refused dyad rates less.csv --outcome initiated --by $column
done
refused dyad rates less.csv --outcome initiated --where 'zip != 10001'
refused dyad rates less.csv --outcome initiated --define 'y=if(visit == "2021-03-04", 1, 0)' --by y
try dyad rates less.csv --outcome initiated --by zip --allow-identifiers --format csv --quiet
cat >people_book.csv <<'END'
Variable / Field Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Identifier?
id,text,,,y
phone,yesno,Support by telephone,,
email,text,Support by e-mail,,n
tel,text,,,
END
printf 'id,phone,email,tel,initiated\n1,1,3,0,1\n2,0,2,0,0\n' >coded.csv
refused dyad rates coded.csv --outcome initiated
refused dyad rates coded.csv --outcome initiated --codebook people_book.csv
sed 's/^id,text,,,y/id,text,,,n/; /^tel/s/$/n/' people_book.csv >mild.csv
try dyad rates coded.csv --outcome initiated --by phone --codebook mild.csv --format csv --quiet
refused dyad meta people.csv --allow-identifiers

echo "--- drafts"
try dyad codebook cohort.csv --format csv --quiet
refused dyad codebook mess.csv --quiet
printf 'year,Month,birth_year,age_years,month_stopped\n2021,1,1990,30,3\n2022,2,1991,31,4\n' >when.csv
echo "a unit is of how long, not of when:"
dyad codebook when.csv --format csv --quiet | cut -d, -f 1,22 | sed 1d
printf '%s\n' year,grams 2013,3287 2013,2456 2014,4012 2016,3333 2018,2914 >years.csv
echo "years keep their last digit, but for the limits of people:"
dyad codebook years.csv --format csv --quiet | cut -d, -f 1,9,10 | sed 1d
try dyad check years.csv --table columns,quantiles | short
try dyad check years.csv --table quantiles --suppress 3 --format csv --quiet
for file in "$OLDPWD"/datasets/nlsy/nlsy.csv cohort.csv people.csv; do
    dyad codebook "$file" --output draft.csv --quiet
    dyad check "$file" --codebook draft.csv --table rules --format csv --quiet 2>&1
    echo "[$?]"
done
refused dyad codebook cohort.csv --codebook codebook.csv

echo "--- the same bytes for any number of threads, and as Python counts"
python3 - <<'END'
import random
random.seed(33)
with open("large.csv", "w") as f:
    f.write("id,site,age,bmi,group,note,ebf_6m,any_6m\n")
    for i in range(60000):
        bmi = "" if random.random() < .1 else "%.4f" % random.gauss(25, 4)
        age = "" if random.random() < .05 else random.randint(15, 48)
        note = "" if random.random() < .7 else '"said ""%d"", twice"' % random.randrange(9000)
        f.write("%d,%d,%s,%s,%s,%s,%d,%d\n" % (i if i != 777 else 12, random.randrange(6), age, bmi, random.choice("abc"), note,
                                         random.random() < .2, random.random() < .97))
END
for threads in 1 2 5; do
    dyad check large.csv --key id --quasi site,age,group --format json --quiet --threads $threads 2>/dev/null |
        sed 's/"--threads",* *"[0-9]"/"--threads"/' >check.$threads
done
cmp check.1 check.2 && cmp check.1 check.5 && echo "the same"

echo "--- records that repeat behind a column that ascended until then"
sed 779d large.csv | cut -d, -f1-5 | awk '{ print $0 "," (NR == 1 ? "more" : NR * 7919 % 99991) }' >sorted.csv
{ cat sorted.csv; sed -n '5p;30000p' sorted.csv; } >late.csv
{ sed 55000q sorted.csv; sed -n 40000p sorted.csv; sed 1,55000d sorted.csv; } >middle.csv
for file in sorted late middle; do
    for key in '' '--key id' '--key group,id'; do
        for threads in 1 2 5; do
            dyad check $file.csv $key --threads $threads --table problems --format csv --quiet 2>/dev/null
        done >got.csv
        dyad check - $key --table problems --format csv --quiet <$file.csv >piped.csv 2>/dev/null
        cat piped.csv piped.csv piped.csv | cmp - got.csv
        echo "$file $key:" $(sed 1d piped.csv | cut -d, -f1-3)
    done
done
dyad check sorted.csv late.csv --key id --table rules --format csv --quiet 2>/dev/null

python3 - <<'END'
import csv, json, collections, math
got = json.load(open("check.1"))["tables"]
rows = list(csv.DictReader(open("large.csv")))
names = list(rows[0])
for name, c in zip(names, got["columns"]):
    values = [r[name] for r in rows if r[name] != ""]
    assert c["column"] == name and c["n"] == len(values) and c["missing"] == len(rows) - len(values), c
    assert c["distinct"] == len(set(values)), c
    if c["min"] is not None:
        for key, pick in (("min", min), ("max", max)):
            assert float("%.3g" % pick(map(float, values))) == c[key], (c, key)
for q in got["quantiles"]:
    x = sorted(float(r[q["column"]]) for r in rows if r[q["column"]] != "")
    for key, p in (("p5", .05), ("p25", .25), ("median", .5), ("p75", .75), ("p95", .95)):
        want = x[max(math.ceil(p * len(x)) - 1, 0)]
        assert abs(q[key] - want) <= 0.006 * abs(want) + (0 if want else 1e-9), (q, key, want)
levels = collections.Counter((n, r[n]) for r in rows for n in names if r[n] != "")
assert all(levels[l["column"], l["level"]] == l["n"] for l in got["levels"]) and len(got["levels"]) == 6 + 3 + 2 + 2
patterns = collections.Counter(", ".join(n for n in names if r[n] == "") or "nothing" for r in rows)
assert {p["missing"]: p["n"] for p in got["missing"]} == patterns
bad = [i + 2 for i, r in enumerate(rows) if r["ebf_6m"] == "1" and r["any_6m"] == "0"]
rules = {r["rule"]: r["n"] for r in got["rules"]}
assert rules == {"key": 1, "sequence": len(bad)}, rules
want = sorted([(i, "sequence") for i in bad] + [(779, "key")])[:100]
assert [(p["line"], p["rule"]) for p in got["problems"]] == want
quasi = ["site", "age", "group"]
for a in got["anonymity"]:
    classes = collections.Counter(tuple(r[q] for q in quasi if q != a["without"]) for r in rows)
    assert a["k"] == min(classes.values()) and a["classes"] == len(classes) and a["n"] == len(rows), a
    assert a["unique"] == sum(n == 1 for n in classes.values()) and a["below_5"] == sum(n for n in classes.values() if n < 5), a
print("as Python counts")
END
