# Which convention gives a figure that does not come back: what is printed here came from R, where only one gives it.
#   m <- matrix(c(15, 22, 9, 31), 2, byrow = TRUE); s <- array(c(12, 8, 5, 15, 20, 6, 30, 40), c(2, 2, 2))
#   epiR::epi.2by2(m), of m[, 2:1] and m[2:1, ]; fisher.test(m); chisq.test(m); mantelhaen.test(s, correct = FALSE)
#   k, n = 50, 87 of data/births.csv, 3 missing: binom.test(k, n), binom.test(k, n + 3), prop.test(k, n)
cd "$TMPDIR" || exit
cp data/search_strata.csv data/births.csv .
cp births.csv ./--ci=wald
header='id,citation,command,quantity,published,published_low,published_high,expected,convention,missing'
reg() { # ROW...
    { echo "$header"; printf '%s\n' "$@"; } >r.csv
}
search() { # the conventions found, and the verdicts
    dyad reproduce r.csv --search --table search --format csv --quiet 2>.errors | short
    dyad reproduce r.csv --search --table reproduction --format json --quiet 2>.errors |
        sed -n 's/.*"id": "\([^"]*\)".*"computed": \([^,]*\),.*"verdict": \("[^"]*"\), \("convention": .*\), "expected.*/\1 \3 \2 \4/p' | short
    cat .errors
}
tried() {
    dyad reproduce r.csv --search --format csv 2>&1 >.printed | grep -v 'A figure is\|by chance'
}
cells='odds --cells 15,22,9,31' or='measures.estimate: measure=or' births='rates births.csv --outcome initiated'
strata='odds search_strata.csv --freq n --outcome ill --exposure exposed'
typed() { # what to type, of the one convention found
    dyad reproduce r.csv --search --table search --format json |
        sed -n 's/.*"options": "\.\.\. \(.*\)", "computed".*/\1/p' | sed 's/\\"/"/g'
}

echo "--- one departure"
u=reproduced-under
reg "rr,us,\"$cells\",$or,1.80,0.90,3.61,$u,," "rd,us,\"$cells\",$or,18.0%,-2.4%,38.5%,$u,," \
    "fisher,us,\"$cells\",$or,2.32,0.79,7.21,$u,," "one-sided,us,\"$cells --level 95\",$or,2.35,1.02,5.39,$u,," \
    "non-events,us,\"$cells --measure rr\",measures.estimate,0.767,0.560,1.050,$u,," \
    "fractions,us,\"odds --cells All=15/37,9/40 --measure rr\",measures.estimate: stratum=All,0.767,0.560,1.050,$u,," \
    "minus,us,\"$cells\",measures.estimate: measure=rd,-18.0%,-38.5%,2.4%,$u,," \
    "turned,us,\"$cells --measure rr\",measures.estimate,0.555,0.277,1.112,$u,," \
    "log,us,\"$cells\",$or,0.854,-0.137,1.844,$u,," "percent,us,\"$cells\",measures.estimate: measure=rd,18.0,-2.4,38.5,$u,," \
    "twice,us,\"$cells\",$or,2.4,0.9,6.3,$u,," "cut,us,\"$cells\",$or,2.34,0.87,6.32,$u,," \
    "cut to 0,us,\"odds --cells 5/12,4/12 --measure rd\",measures.estimate,0.0,,,$u,," \
    "zero,us,\"odds --cells 6/20,0/20 --measure or\",measures.estimate,18.4,0.96,352.6,$u,," \
    "pooled,us,$strata --stratify site,\"$or, stratum=crude\",4.46,1.97,10.12,$u,," \
    "yates,us,\"$cells\",tests.p_value: test=chi2,0.144,,,$u,," "half,us,\"$cells\",tests.p_value: test=chi2,0.0439,,,$u,," \
    "doubled,us,\"odds --cells 67/94,63/93\",tests.p_value: test=chi2,1.00,,,$u,," \
    "exact,us,$births,rates.estimate,57%,46.4%,68.0%,$u,," "cc,us,$births,rates.estimate,57.5%,46.42%,67.86%,$u,," \
    "missing,us,$births,rates.estimate: outcome=initiated,55.56%,45.27%,65.38%,$u,,"
search
tried
columns id,computed,computed_low,verdict reproduce r.csv --only rr

echo "--- two and three at once"
reg "non-events,us,\"$cells\",$or,0.767,0.560,1.050,$u,," "non-events 90,us,\"$cells\",$or,0.767,0.589,0.999,$u,," \
    "missing,us,$births,rates.estimate,55.6%,44.7%,66.0%,$u,," "both,us,$births,rates.estimate,44.44%,33.96%,55.30%,$u,," \
    "pooled exact,us,$strata --stratify site,\"$or, stratum=crude\",4.35,1.84,,$u,,"
search
tried

echo "--- what comes back, fails or has no data is not searched; nothing found is no convention"
reg "same,us,\"$cells\",$or,2.35,0.87,6.32,reproduced,our own," "none,us,\"$cells\",$or,9.99,8.88,11.11,differs,their own," \
    "failed,us,odds --cells 1,$or,9,,,failed,," "no-data,us,,,9,,,no-data,,records"
search
tried

echo "--- few digits agree with many by chance: fewer departures are tried, and all that agree are listed"
reg "few,us,\"$cells\",$or,0.4,,,$u,," "deep,us,\"$cells\",measures.conf_high: measure=or,0.9986,,,differs,," \
    "three,us,\"$cells\",measures.conf_high: measure=or,0.998634,,,$u,," \
    "two,us,\"$cells\",$or,0.767,,,differs,,"
search
tried

echo "--- expected, but not found; found, but not expected"
reg "a,us,\"$cells\",$or,9.99,8.88,11.11,$u,,"
dyad reproduce r.csv --search --format csv --quiet >.printed; echo "[$?]"
reg "a,us,\"$cells\",$or,1.80,0.90,3.61,differs,,"
dyad reproduce r.csv --search --format csv --quiet >.printed; echo "[$?]"
dyad reproduce r.csv --format csv --quiet >.printed; echo "[$?]"
reg "a,us,\"$cells\",$or,1.80,0.90,3.61,$u,,"
dyad reproduce r.csv --search --format csv --quiet >.printed; echo "[$?]"
dyad reproduce r.csv --format csv >.printed; echo "[$?]"

echo "--- what is to be typed is what was run"
reg "a,us,\"$cells\",$or,0.767,0.589,0.999,$u,,"
eval "columns measure,estimate,conf_low,conf_high odds $(typed)"
reg "a,us,$births,rates.estimate,44.44%,33.96%,55.30%,$u,,"
eval "columns outcome,n,estimate,conf_low,conf_high $births $(typed)"

echo "--- odd commands: quotes, --, columns with blanks, other definitions, a table of pages"
reg "defined,us,\"rates --define 'old=if([mother age] > 30, 1, 0)' --outcome old -- births.csv\",rates.estimate,55.6%,45.3%,65.4%,differs,," \
    "value,us,rates births.csv --outcome 'home visit=yes',rates.estimate,62.2%,,,$u,," \
    "counts,us,rates search_strata.csv --outcome exposed/n,rates.events,132,,,$u,," \
    "file,us,rates --outcome initiated -- --ci=wald,rates.estimate,57%,46.4%,68.0%,$u,," \
    "stdin,us,rates - --outcome initiated,rates.n,90,,,differs,,"
search <births.csv
tried <births.csv
awk 'NR == 1 { print; next } { row[NR] = $0 } END { for (i = 0; i < 2200; i++) for (k = 2; k <= NR; k++) print row[k] }' births.csv >many.csv
reg "a,us,rates many.csv --outcome initiated,rates.estimate,1%,2%,3%,differs,,"
tried
refused dyad reproduce r.csv --search=yes
