# The defaults of other programs: what is meant where, what gives way to what was typed, and that it is done as said.
# Numbers are metafor's: rma.mh(correct = FALSE), rma.peto(), rma(method = "DL") of the same studies.
cd "$TMPDIR" || exit
head=study,g,treated_events,treated_total,control_events,control_total
printf "$head\nA,1,20,100,10,100\nB,1,30,150,20,140\nC,2,12,80,9,85\nD,2,0,40,0,42\nE,3,5,50,0,55\nF,3,9,60,3,55\n" >c.csv
printf 'study,estimate,conf_low,conf_high\nA,1.50,1.10,2.05\nB,0.80,0.50,1.28\nC,2.0,1.2,3.3\n' >e.csv
printf "$head,estimate,conf_low,conf_high\nA,1,20,100,10,100,,,\nB,1,30,150,20,140,,,\nC,2,,,,,1.5,0.7,3.2\n" >mixed.csv
like() { # ARGUMENTS: the rows pooled, and the sentences about --like
    echo "\$ dyad meta $*"
    dyad meta "$@" -o out.json --quiet 2>.errors || { echo "[$?]"; sed 's/^/! /' .errors; }
    [ -e out.json ] && python3 -c '
import json
r = json.load(open("out.json"))
for p in r["tables"]["pooled"]:
    print("  %(measure)s %(model)s %(estimator)s %(method)s k=%(k)g" % p, "%.6f %.6f" % (p["estimate"], p["std_error"]))
for n in r["notes"]:
    if n.startswith("As ") or "without counts" in n:
        print("  " + n)'
    rm -f out.json
}
echo "--- the model decides how it is pooled, however it is named"
like c.csv --like revman5
like c.csv --like revman5 --model common,random
like c.csv --like revman5 --model fixed
like c.csv --like revman5 --model random
like c.csv --like revman5 --model random --pool iv
like c.csv --like stata --model common,random
like c.csv --like revman2025 --model common,random
like c.csv --like revman2025 --model common
like c.csv --like meta --model random
like c.csv --like sas --pool mh
echo "--- Peto's method adds nothing to empty cells"
for program in meta stata revman5 revman2025; do
    like c.csv --like $program --measure peto --model common
done
like c.csv --like meta --pool peto
like c.csv --pool peto
echo "--- a difference of risks can do with studies without events"
for program in meta revman5 revman2025; do
    like c.csv --like $program --measure rd
done
echo "--- estimates have no counts"
like e.csv --like revman5 --measure or
like e.csv --like revman5 --measure or --model common,random
like e.csv --like revman5 --measure generic --model random
like e.csv --like meta --measure rr
like mixed.csv --like revman5 --measure or --model common,random
like mixed.csv --like revman5 --measure or --pool mh
echo "--- what was typed wins"
while read -r options; do
    like c.csv $options
done <<'END'
--like meta --cluster g
--like meta --estimator glmm
--like meta --measure or --estimator glmm
--like revman5 --moderators treated_total
--like revman5 --model random --moderators treated_total
--like revman5 --cluster g
--like revman5 --estimator glmm
--like revman5 --estimator pm
--like revman5 --ci hksj
--like revman5 --ci t
--like revman5 --prediction hts
--like revman5 --i2 tau2
--like revman5 --model common
--like revman2025 --cluster g
--like revman2025 --estimator glmm
--like stata --cluster g
--like sas --cluster g
--like metafor --cluster g
--like revman5 --pool mh --estimator dl
END
