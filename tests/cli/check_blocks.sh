# dyad check of a file whose first records tell little of the later ones: as Python counts, for any number of threads.
cd "$TMPDIR" || exit
python3 - <<'END'
import random
random.seed(50)
yes_no = lambda: random.choice(["0", "1", "1", "0", ""])
with open("turns.csv", "w") as f:
    f.write("id,sex,parity,smoker,support,code,lab,initiated,ebf_1m,ebf_3m\n")
    for i in range(70000):
        late, later = i > 20000, i > 45000
        record = [
            i if i < 69000 else i - 500 if i % 2 else i,
            random.choice(["f", "m", "", "F"] if later else ["f", "m"]),
            random.choice([0, 1, 2, 3, 99, "many"] if later else [0, 1, 2, 3]),
            yes_no(),
            random.choice(["none", "peer", '"peer, at home"', "a helpline that is staffed at night"] if late else ["none", "peer"]),
            random.randrange(6000 if late else 30),
            random.choice([random.randrange(10**9), -9, 999, "", "%.2f" % random.gauss(0, 100), random.randrange(10**5), "1e3"]),
            yes_no(), yes_no(), yes_no(),
        ]
        f.write(",".join(map(str, record)) + ("\r\n" if later else "\n"))
with open("codebook.csv", "w") as f:
    f.write("Variable / Field Name,Field Type,\"Choices, Calculations, OR Slider Labels\","
            "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Required Field?\n")
    f.write("id,text,,integer,,,y\nsex,radio,\"f, girl | m, boy\",,,,y\nparity,text,,integer,0,20,\n"
            "smoker,yesno,,,,,y\nsupport,text,,,,,\ncode,text,,integer,0,5999,\nlab,text,,number,,100000,y\n"
            "initiated,yesno,,,,,\nebf_1m,yesno,,,,,\nebf_3m,yesno,,,,,\n")
END
for threads in 1 2 5; do
    dyad check turns.csv --codebook codebook.csv --na lab=-9,999 --format json --quiet --threads $threads 2>/dev/null |
        sed 's/"--threads",* *"[0-9]"/"--threads"/' >check.$threads
done
cmp check.1 check.2 && cmp check.1 check.5 && echo "the same"
python3 - <<'END'
import csv, json, collections
got = json.load(open("check.1"))["tables"]
rows = list(csv.DictReader(open("turns.csv", newline="")))
missing = lambda name, v: v == "" or (name == "lab" and float(v) in (-9, 999))
names = list(rows[0])
for name, c in zip(names, got["columns"]):
    values = [r[name] for r in rows if not missing(name, r[name])]
    assert c["column"] == name and c["n"] == len(values) and c["missing"] == len(rows) - len(values), c
    assert c["distinct"] == len(set(values)), (c, len(set(values)))
levels = collections.Counter((n, r[n]) for r in rows for n in names if not missing(n, r[n]))
for l in got["levels"]:
    assert l["n"] == levels[l["column"], l["level"]], l
patterns = collections.Counter(frozenset(n for n in names if missing(n, r[n])) for r in rows)
found = {frozenset(p["missing"].split(", ")) if p["columns"] else frozenset(): p["n"] for p in got["missing"]}
assert found == {p: patterns[p] for p in found} and len(found) == 20, found
rules = collections.Counter()
for r in rows:
    rules["required"] += sum(missing(n, r[n]) for n in ("id", "sex", "smoker", "lab"))
    rules["choices"] += r["sex"] == "F"
    rules["type"] += r["parity"] == "many"
    rules["range"] += r["parity"] == "99"
    rules["range"] += not missing("lab", r["lab"]) and float(r["lab"]) > 100000
    for a, b in (("ebf_1m", "initiated"), ("ebf_3m", "initiated"), ("ebf_3m", "ebf_1m")):
        rules["sequence"] += r[a] == "1" and r[b] == "0"
told = {r["rule"]: r["n"] for r in got["rules"]}
for rule in rules:
    assert told[rule] == rules[rule], (rule, told[rule], rules[rule])
print("as Python counts")
END
