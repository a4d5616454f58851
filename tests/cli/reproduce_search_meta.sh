# Which convention gives a pooled estimate that does not come back.  What is printed here came from R's metafor:
#   d <- read.csv("tests/data/search_studies.csv"); es <- escalc("OR", ai = treated_events, n1i = treated_total,
#   ci = control_events, n2i = control_total, data = d); rma(yi, vi, data = es, method = "DL"), also "REML", "PM", "EE",
#   test = "knha", level = 90, escalc's "RR", to = "all" and add = 0.25, of cells filled by Sweeting's rule (as in
#   scripts/reference/meta_command.R), I2; rma.mh() of OR and RR; rma.peto(); non-events: n1i - ai and n2i - ci
cd "$TMPDIR" || exit
cp data/search_studies.csv .
header='id,citation,command,quantity,published,published_low,published_high,expected,convention,missing'
u=reproduced-under
dl='meta search_studies.csv --measure or --model random --estimator dl' random='pooled.estimate: model=random'
common='meta search_studies.csv --model common'
{
    echo "$header"
    printf '%s\n' "reml,us,$dl,$random,0.529,0.255,1.096,$u,," "pm,us,$dl,$random,0.520,0.238,1.138,$u,," \
        "common,us,$dl,$random,0.637,0.448,0.905,$u,," "mh,us,$dl,$random,0.572,0.410,0.796,$u,," \
        "peto,us,$dl,$random,0.578,0.420,0.797,$u,," "rr,us,$dl,$random,0.571,0.299,1.090,$u,," \
        "hksj,us,$dl,$random,0.530,0.194,1.454,$u,," "zero,us,$dl,$random,0.545,0.272,1.092,$u,," \
        "quarter,us,$dl,$random,0.547,0.266,1.125,$u,," "by arm,us,$dl,$random,0.5302,0.2584,1.0881,$u,," \
        "percent,us,$dl,heterogeneity.i2,70.8%,,,$u,," \
        "tau2,us,$dl,heterogeneity.tau2,0.408,,,$u,," "rr 90,us,$dl,$random,0.571,0.332,0.982,$u,," \
        "rr common,us,$dl,$random,0.689,0.506,0.940,$u,," "rr mh,us,$dl,$random,0.608,0.453,0.818,$u,," \
        "rr common of non-events,us,$dl,$random,1.060,1.032,1.090,$u,," "same,us,$dl,$random,0.530,0.258,1.089,reproduced,," \
        "random,us,$common,pooled.estimate: model=common,0.529,0.255,1.096,$u,," \
        "random dl,us,$common,pooled.estimate: model=common,0.530,0.258,1.089,$u,," \
        "both,us,\"meta search_studies.csv --model common,random\",\"$random, measure=or\",0.637,0.448,0.905,$u,," \
        "iv,us,$common --pool mh,pooled.estimate: model=common,0.637,0.448,0.905,$u,," \
        "other columns,us,\"meta search_studies.csv --measure rr --model common --columns treated_events=control_events,control_events=treated_events,treated_total=control_total,control_total=treated_total\",pooled.estimate,0.943,0.918,0.969,$u,,"
} >r.csv
dyad reproduce r.csv --search --table search --format csv | short
dyad reproduce r.csv --search --table reproduction --format json --quiet |
    sed -n 's/.*"id": "\([^"]*\)".*"computed": \([^,]*\),.*"verdict": \("[^"]*"\),.*/\1 \3 \2/p' | short
dyad reproduce r.csv --table verdicts --format csv --quiet; echo "[$?]"

echo "--- what is printed, typed in place of what the command has, gives what was computed"
sed 's/treated_events/ai/;s/treated_total/n1i/;s/control_events/ci/;s/control_total/n2i/' search_studies.csv >other.csv
other='meta other.csv --columns ""treated_events=ai,treated_total=n1i,control_events=ci,control_total=n2i""'
{
    echo "$header"
    printf '%s\n' "non-events,us,\"$other --measure rr --define x=n1i+1\",pooled.estimate,1.055,1.006,1.106,$u,," \
        "rr common of non-events,us,\"$other --measure or --model random --estimator dl\",$random,1.060,1.032,1.090,$u,," \
        "mh,us,\"$other --estimator dl\",$random,0.572,0.410,0.796,$u,,"
} >r.csv
cat >type.py <<'END'
import csv, json, re, shlex, subprocess
rows = {r["id"]: r for r in csv.DictReader(open("r.csv"))}
found = json.loads(subprocess.run(["dyad", "reproduce", "r.csv", "--search", "--format", "json", "--quiet"],
                                  capture_output=True, text=True).stdout)["tables"]["search"]
for f in found:
    command, options = shlex.split(rows[f["id"]]["command"]), f["options"].removeprefix("... ")
    leave_out = re.findall(r"\(without --([a-z0-9-]+)\)", options)
    typed = shlex.split(re.sub(r"\(.*?without --.*?\)", "", options))
    names = {t for t in typed if t.startswith("--")} | {"--" + name for name in leave_out}
    kept, skip = [], False
    for word in command:
        if skip or word in names:
            skip = not skip
        else:
            kept.append(word)
    out = subprocess.run(["dyad", *kept, *typed, "--format", "json", "--quiet"], capture_output=True, text=True)
    print(f["id"], options)
    if out.returncode:
        print(" ", out.returncode, out.stderr.strip())
        continue
    p = json.loads(out.stdout)["tables"]["pooled"][0]
    print("  as found" if (p["estimate"], p["conf_low"], p["conf_high"]) ==
          (f["computed"], f["computed_low"], f["computed_high"]) else "  not what was found: %r" % p)
END
python3 type.py
