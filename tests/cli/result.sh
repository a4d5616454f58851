# What the result holds, in JSON: types, undefined and infinite numbers, provenance, flow, notes.
cd "$TMPDIR" || exit
cp data/births.csv births.csv
echo "--- strings and numbers"
dyad rates births.csv --outcome initiated --by parity,arm --overall --format json --table rates | grep '"parity"' | cut -c 1-50
dyad odds births.csv --outcome initiated --exposure parity --by arm --ci exact --format json --table measures | grep -o '"arm".*"stratum": [^,]*'
printf 'g,y\n1,1\nx,0\n' >mixed.csv
dyad rates mixed.csv --outcome y --by g --format json --table rates | grep -o '"g": [^,]*'
echo "--- infinite, undefined"
dyad odds --cells 0,10,5,5 --measure or,afe --format json --table measures | grep -o '"measure".*"p_value": [^,]*'
dyad odds --cells 0,10,5,5 --measure or,afe --format csv --quiet | cut -d, -f 10-16
echo "--- provenance"
dyad rates births.csv --outcome initiated --where 'arm == "01"' --where 'parity > 0' --format json --seed 3 | sed '/"rates": \[/,/\]/d'
printf '%s\n' "$(sha256sum births.csv | cut -c 1-64)"
dyad odds --cells 1,2,3,4 --format json | sed '/"tables"/,/^  }/d'
echo "--- flow and notes"
printf 'g,e,t\na,1,3\nb,2,5\n,1,4\na,,6\nb,1,\n' >groups.csv
dyad rates groups.csv --outcome e/t --by g --format json | grep -e step -e 'Left out' -e '"g"'
dyad odds groups.csv --outcome e/t --exposure g --reference a --format json | grep -e step -e 'Left out' -e '"crude", "level"'
dyad rates births.csv --outcome initiated --na -9,x --na parity=3 --by site --format csv 2>&1 >csv
dyad odds births.csv --outcome initiated --exposure support --reference none --stratify parity --zero only0:0.5 --level 0.9 --format csv 2>&1 >csv
dyad odds births.csv --outcome initiated --exposure arm --match study_id --format csv 2>&1 >csv
echo "[$?]"
dyad odds births.csv --outcome initiated --exposure arm --match parity --ci midp --format csv 2>&1 >csv
echo "--- tables have the columns that the options ask for"
for options in '' '--by site' '--overall' '--standardize parity --standard standard.csv'; do
    printf 'parity,weight\n0,4\n1,3\n2,2\n3,1\n' >standard.csv
    dyad rates births.csv --outcome initiated --format csv --quiet $options | head -n 1
done
for table in measures cells tests flow; do
    dyad odds births.csv --outcome initiated --exposure arm --by parity --format csv --quiet --table $table | head -n 1
done
