# Output appears whole or not at all.
cd "$TMPDIR" || exit
run='rates data/births.csv --outcome initiated --by site'
both="$run -o out.csv --plot out.svg --plot-data out-data.csv --quiet"
left() { ls -A | sed '/^data$/d'; }
echo "--- made, and made again"
dyad $both && left
cp out.csv first.csv && dyad $both && cmp out.csv first.csv
ls -l out.csv | cut -c 1-10
chmod 600 out.csv && dyad $both && ls -l out.csv | cut -c 1-10
rm -f out* first.csv
echo "--- nothing on failure, and what was there stays"
echo old >out.csv && echo old >out.svg
refused dyad rates data/births.csv --outcome feeding -o out.csv --plot out.svg
refused dyad rates data/births.csv --outcome initiated --where 'parity > 9' -o out.csv --plot out.svg
refused dyad rates none.csv --outcome initiated -o out.csv --plot out.svg
refused dyad $run -o out.csv --plot none/out.svg
refused dyad $run -o none/out.csv --plot out.svg
refused dyad $run -o out.csv --plot out.svg --table measures
refused dyad $run -o out.csv --plot out.csv.svg/
cat out.csv out.svg
rm -f out.csv out.svg
left
echo "--- input and output, and the same output twice"
cp data/births.csv births.csv
ln births.csv hard.csv
ln -s births.csv soft.csv
for out in births.csv ./births.csv hard.csv soft.csv; do
    refused dyad rates births.csv --outcome initiated -o $out
done
refused dyad rates births.csv --outcome initiated --plot-data births.csv
refused dyad rates births.csv --outcome initiated -o out.svg --plot out.svg
refused dyad rates births.csv --outcome initiated -o a.csv --plot-data ./a.csv
mkdir tables && cp births.csv tables/rates.csv
refused dyad rates tables/rates.csv --outcome initiated -o tables/
cmp births.csv tables/rates.csv && cmp births.csv data/births.csv
rm -rf hard.csv soft.csv tables
dyad rates - --outcome initiated -o out.csv --quiet <births.csv && head -n 1 out.csv
dyad rates births.csv births.csv --outcome initiated --format csv --quiet | cut -d, -f 1-3
rm -f out.csv births.csv
echo "--- -, and o joined"
dyad $run -o - --format csv --quiet | head -n 1
dyad $run -oout.csv --quiet && left && rm -f out.csv
refused dyad $run -o ''
echo "--- devices"
refused dyad $run -o /dev/full
refused dyad $run -o /proc/out.csv
ln -s /dev/full full.svg
refused dyad $run -o out.csv --plot full.svg
refused dyad $run -o out.csv --plot-data /dev/full
refused dyad $run -o out.csv --plot /proc/out.svg
rm -f full.svg
left
for command in "$run" "$run --format csv" --help --version 'rates --help'; do
    status=$(dyad $command 2>errors >/dev/full; echo $?)
    echo "full: $(cat errors) [$status]"
    status=$(dyad $command 2>errors >&-; echo $?)
    echo "closed: $(cat errors) [$status]"
done
rm -f errors
dyad $run -o out.csv --quiet >&- && left && rm -f out.csv
# (A wrapper may want its standard error.)
if [ -n "$DYAD_WRAPPER" ]; then dyad $run -o out.csv 2>errors; else dyad $run -o out.csv 2>&-; fi && rm -f errors && left && rm -f out.csv
dyad rates - --outcome initiated 2>&1 <&-
echo "[$?]"
dyad $run -o /dev/stdout --format csv --quiet | head -n 2 | short
dyad $run -o /dev/stdout --format csv --quiet >to-file && short <to-file && rm -f to-file
dyad $run -o out.txt --plot-data /dev/stdout | head -n 2 | short
rm -f out.txt
mkfifo pipe && { cat pipe >got & }
dyad $run -o pipe --format csv --quiet && wait && head -n 1 got
rm -f pipe got
echo "--- a closed pipe"
mkfifo "$TMPDIR/pipe"
: <"$TMPDIR/pipe" &
exec 9>"$TMPDIR/pipe"
wait
{ dyad $run >&9; echo "[$?]" >status; } 2>errors
exec 9>&-
cat status errors
rm -f status errors "$TMPDIR/pipe"
left
