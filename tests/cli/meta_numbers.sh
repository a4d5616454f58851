# What metafor and clubSandwich compute of these files, number by number: see scripts/reference/meta_command.R.
cat >"$TMPDIR/numbers.py" <<'END'
import gzip, json, subprocess, sys

runs = {}
for line in gzip.open("tests/values/meta_command.gz", "rt"):
    arguments, table, row, column, number, tolerance = line.rstrip("\n").split("\t")
    runs.setdefault(arguments, []).append((table, row, column, float(number), float(tolerance)))

def differs(got, want, tolerance):
    return type(got) not in (int, float) or abs(got - want) > tolerance * max(abs(want), 1e-4)

for arguments, expected in runs.items():
    done = subprocess.run(["dyad", "meta", *arguments.split(), "--format", "json", "--quiet"], capture_output=True, text=True)
    if done.returncode:
        print("failed:", arguments, done.stderr)
        continue
    tables = json.loads(done.stdout)["tables"]
    bad = 0
    for table, row, column, want, tolerance in expected:
        wanted = dict(pair.split("=", 1) for pair in row.split(";") if pair)
        rows = [r for r in tables[table] if all(str(r[name]) == value for name, value in wanted.items())]
        if "subgroup" not in wanted and table in ("pooled", "heterogeneity", "levels", "robust"):
            rows = [r for r in rows if r["subgroup"] is None]
        got = rows[0][column] if len(rows) == 1 else "%d rows" % len(rows)
        if differs(got, want, tolerance):
            print("  %s.%s: %s: got %s, R has %.17g" % (table, column, row, got, want))
            bad += 1
    print("%s: %d numbers: %s" % ("differs" if bad else "ok", len(expected), arguments))
END
python3 "$TMPDIR/numbers.py"
