# Published figures.
dyad reproduce --format csv --quiet --table verdicts
dyad reproduce datasets/registry.csv --only brent1995-initiation-consultant,dennis2002-any-12w-rr
cd "$TMPDIR" || exit
mkdir registry
cp data/births.csv registry/
header='id,citation,command,quantity,published,published_low,published_high,expected,convention,missing'
reg() { # ROW...
    { echo "$header"; printf '%s\n' "$@"; } >registry/r.csv
}
show='id,published,published_low,computed,computed_low,digits,verdict,expected'
run='rates births.csv --outcome initiated'
echo "--- verdicts"
reg "a,us,$run,rates.estimate,57%,,,reproduced,," "b,us,$run,rates.estimate,57.5%,47.0%,67.3%,reproduced,," \
    "c,us,$run,rates.estimate,0.57,0.46,0.67,differs,," "d,us,$run,rates.n,87,,,reproduced,," "e,us,$run,rates.n,88,,,differs,," \
    "f,us,,,,,,no-data,,records" "g,us,$run --where 'parity > 9',rates.n,1,,,failed,," "h,us,rates none.csv --outcome y,rates.n,1,,,failed,," \
    "i,us,\"$run --by support --where 'arm == \"\"01\"\"'\",rates.estimate: support=peer,0.625,,,reproduced,," \
    "j,us,$run,\"rates.events: outcome=initiated, n=87, method=wilson\",50,,,reproduced,," \
    "k,us,odds --cells 1/2 --cells 3,rates.n,1,,,failed,," "l,us,\"odds --cells 5,5,0,10\",measures.estimate: measure=or,1,,,differs,,"
columns $show reproduce registry/r.csv
dyad reproduce registry/r.csv --format csv 2>&1 >csv
dyad reproduce registry/r.csv --table verdicts --format csv --quiet
dyad reproduce registry/r.csv --format json | sed -n '/"inputs"/,/],/p'
(cd registry && columns id,verdict reproduce r.csv --only a,f)
columns id,verdict reproduce registry/r.csv --only f
columns id,verdict reproduce - --only f <registry/r.csv
echo "--- rounding: within half a unit of the last digit"
reg "a,us,\"odds --cells 1,8,1,1\",measures.conf_low: measure=rd,-1.1,,,reproduced,," "b,us,\"rates births.csv --outcome arm=01\",rates.estimate,0.478,,,reproduced,," \
    "c,us,\"rates births.csv --outcome arm=01\",rates.estimate,0.48,,,reproduced,," "d,us,\"rates births.csv --outcome arm=01\",rates.estimate,0.47,,,differs,," \
    "e,us,\"rates births.csv --outcome arm=01\",rates.estimate,47.8%,,,reproduced,," "f,us,\"rates births.csv --outcome arm=01\",rates.estimate,47.80%,,,differs,," \
    "g,us,\"rates births.csv --outcome arm=01\",rates.estimate,5e-1,,,failed,," "h,us,\"rates births.csv --outcome arm=01\",rates.estimate,<0.5,,,failed,,"
columns $show reproduce registry/r.csv
echo "--- a verdict that is not expected: status 1, and the result all the same"
reg "a,us,$run,rates.n,86,,,reproduced,,"
dyad reproduce registry/r.csv --format csv -o out.csv
echo "[$?]"
cut -d, -f 1,7,11 out.csv
echo "--- what a row's command must not do"
for command in reproduce "rates births.csv --outcome initiated -o x.csv" "$run --plot x.svg" "$run --format json" "rates --help" "rm -rf x" \
    "rates 'births.csv --outcome initiated" "$run --plot-data x" "$run --table rates" "$run --bad"; do
    reg "a,us,$command,rates.n,87,,,failed,,"
    dyad reproduce registry/r.csv --format text | grep 'a: failed' || dyad reproduce registry/r.csv
done
echo "--- quantities"
for quantity in rates rates.none none.n rates.n:x "rates.n: none=1" "rates.n: n=1" "rates.n: outcome=x" :; do
    reg "a,us,$run,\"$quantity\",87,,,failed,,"
    dyad reproduce registry/r.csv | grep -A 1 'a: failed'
done
echo "--- registries"
reg "a,us,$run,rates.n,87,,,good,,"; refused dyad reproduce registry/r.csv -o out.txt
reg "a,us,$run,rates.n,87,,,reproduced,," "a,us,$run,rates.n,87,,,reproduced,,"; refused dyad reproduce registry/r.csv
reg ",us,$run,rates.n,87,,,reproduced,,"; refused dyad reproduce registry/r.csv
reg "a,us,$run,rates.n,87"; refused dyad reproduce registry/r.csv
echo "$header" >registry/r.csv; refused dyad reproduce registry/r.csv
echo "${header#id,}" >registry/r.csv; refused dyad reproduce registry/r.csv
: >registry/r.csv; refused dyad reproduce registry/r.csv
refused dyad reproduce none.csv
refused dyad reproduce a.csv b.csv
reg "a,us,$run,rates.n,87,,,reproduced,,"
refused dyad reproduce registry/r.csv --only b
refused dyad reproduce registry/r.csv -o registry/r.csv
refused dyad reproduce registry/r.csv -o registry/births.csv
cmp registry/births.csv data/births.csv
refused dyad reproduce registry/r.csv --by site
refused dyad reproduce registry/r.csv --plot x.svg
ls registry
