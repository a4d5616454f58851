# The formats say the same; which tables are written; notes.
cd "$TMPDIR" || exit
B=data/births.csv
run="odds $B --outcome initiated --exposure support --reference none --stratify arm --measure or"
for ending in csv json md html tex txt; do
    dyad $run -o out.$ending --quiet
    echo "$ending: $(head -n 1 out.$ending)"
done
for format in csv json markdown html latex text; do
    dyad $run --format $format --quiet >out.stdout
    case $format in markdown) ending=md ;; latex) ending=tex ;; text) ending=txt ;; *) ending=$format ;; esac
    # The command line that is told differs, nothing else.
    sed 's/ *-o out[^ ]*//' out.$ending | grep -v -e arguments -e 'dyad odds data' >a
    grep -v -e arguments -e 'dyad odds data' out.stdout >b
    cmp a b && echo "$format is what the ending asks for"
done
echo "--- markdown"
dyad $run --format markdown --table measures,tests
echo "--- latex"
dyad $run --format latex --table measures
echo "--- csv has the first table, or the one that is named; a folder has all"
dyad $run --format csv --quiet | head -n 1
dyad $run --format csv --quiet --table tests | head -n 1
dyad $run --quiet -o folder/
ls folder
head -n 1 folder/*.csv
dyad $run --quiet -o folder/ --table flow
refused dyad $run -o folder/ --format json
refused dyad $run -o folder
refused dyad $run -o none/out.csv
dyad $run --format text --table flow
dyad $run --format csv 2>&1 >csv | head -n 3
dyad $run --format csv --quiet 2>&1 >csv
dyad $run --format json --quiet 2>&1 >json
cmp json out.json | head -n 1 | cut -c 1-20
echo "--- the seed is told"
dyad $run --seed 42 --format json | grep seed
dyad $run --format json | grep seed
echo "--- JSON and CSV have the same numbers"
dyad $run --format json --table measures | grep -o '"\(estimate\|conf_low\|conf_high\|p_value\)": [^,}]*' | sed 's/.*: //' >json
dyad $run --format csv --quiet | awk -F, 'NR > 1 { print $12 "\n" $14 "\n" $15 "\n" $16 }' >csv
cmp json csv && wc -l <csv
# Infinite and undefined numbers.
dyad odds --cells 5,0,5,5 --cells 0,0,5,5 --ci exact --format json --table measures | grep -o '"stratum.*"conf_high": [^,]*'
dyad odds --cells 5,0,5,5 --cells 0,0,5,5 --ci exact --format csv --quiet | cut -d, -f 5,12-15
dyad odds --cells 0,5,5,0 --cells 5,0,0,5 --format text --table measures
