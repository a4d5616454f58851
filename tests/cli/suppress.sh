# --suppress: small counts, what is computed from them, and what would reveal them, in every output.
cd "$TMPDIR" || exit
awk 'BEGIN {
    print "site,support,y,z,days,weaned"
    for (i = 0; i < 300; i++) {
        site = i % 7 < 4 ? "A" : i % 7 < 6 ? "B" : "C"
        support = i % 2 ? "peer" : "none"
        y = i % 41 == 0 ? "" : i % 5 == 0 || (site == "A" && i % 3 == 0)
        days = (i * 37) % 211 + 3
        print site "," support "," y "," (i % 3 == 0) "," days "," (i % 4 != 0)
    }
}' >c.csv

# Six formats of one result: the count, its rate and its complement are gone; a row says so.
try dyad rates c.csv --outcome y --by site,support --overall --suppress 11 --audit audit.csv --plot-data p.csv
cat audit.csv p.csv
for format in csv json markdown html latex; do
    dyad rates c.csv --outcome y --by site,support --suppress 11 --format $format --quiet >out.$format 2>err || cat err
    echo "$format: $(grep -c -i -E 'suppressed|\*' out.$format) lines with what is hidden"
done
cat out.csv
grep -o '"site": "C".*' out.json

# Nothing is hidden where nothing is small, and the column stands there all the same.
dyad rates c.csv --outcome z --suppress 5 --format csv --quiet
dyad rates c.csv --outcome z --format csv --quiet

# Odds ratios, their tests, and what is pooled of hidden strata.
try dyad odds c.csv --outcome y --exposure support --reference none --stratify site --suppress 11 --plot-data p.csv --table measures,cells,tests
cut -d, -f1-8 p.csv
dyad odds c.csv --outcome y --exposure support --reference none --suppress 11 --plot f.svg >out && grep -c '<text' f.svg

# Who was left out, read and kept.
try dyad rates c.csv --outcome y --by site --where 'days != 40' --suppress 11 --table rates,flow

# Curves are of steps.
try dyad survival c.csv --time days --event weaned --by support --at 60,100 --suppress 11 --plot-data p.csv
cat p.csv
try dyad survival c.csv --time days --event weaned --by site,support --suppress 20 --table summary,curve
refused dyad survival c.csv --time days --event weaned --by site --suppress 30 --plot s.svg

# A model is shown if no level of a term, nor two terms together, has few people.
try dyad model c.csv --formula 'y ~ support + z' --suppress 11 --table coefficients,fit,flow
try dyad model c.csv --formula 'y ~ support' --by site --suppress 11 --table coefficients
refused dyad model c.csv --formula 'y ~ support * site' --suppress 11

printf 'study,treated_events,treated_total,control_events,control_total\na,12,40,15,40\nb,30,60,25,60\nc,4,20,6,20\n' >studies.csv
try dyad meta studies.csv --suppress 4 --table pooled
refused dyad meta studies.csv --suppress 11

# Everything hidden, and what cannot be.
refused dyad rates c.csv --outcome y --by site,support,days --suppress 11 -o out.txt
refused dyad rates c.csv --outcome y --suppress 2
refused dyad rates c.csv --outcome y --suppress ten
refused dyad rates c.csv --outcome y --audit audit.csv
refused dyad rates c.csv --outcome y --suppress 11 --audit c.csv
refused dyad odds --cells 3,4,5,6 --suppress 11
refused dyad survival c.csv --interval days,days --suppress 11
refused dyad survival c.csv --time days --event weaned --life-table 0,30 --suppress 11
refused dyad model c.csv --formula 'y ~ support' --roc roc.svg --suppress 11
refused dyad model c.csv --formula 'y ~ z' --family conditional --match site --suppress 11
refused dyad model c.csv --formula 'y ~ z' --weight days --suppress 11
refused dyad reproduce --suppress 11
ls out.txt s.svg roc.svg 2>&1 || :
