# Times of which hardly two are alike: no codes, the same numbers and complaints for any number of threads.
make_times() { # LINE VALUE: the value of one record
    awk -v at="$1" -v value="$2" 'BEGIN {
        print "support,from,days,weaned,weight,freq"
        for (i = 1; i <= 60000; i++) {
            days = (i * 7919 % 60013) / 97 + i / 1e7
            text = sprintf("%.9f", days)
            if (i % 103 == 0) text = "\"" text "\""
            if (i % 107 == 0) text = "-9"
            if (i % 101 == 0) text = ""
            if (i + 1 == at) text = value
            printf "%d,%.9f,%s,%d,%.5f,%d\n", i % 3, days / 3, text, (i % 5 > 1), 1 + i % 13 / 7, i % 4
        }
    }'
}
make_times 0 > "$TMPDIR/times.csv"
all() {
    dyad survival "$TMPDIR/times.csv" --time days --event weaned --na -9 --quiet "$@"
}
same() {
    all "$@" --threads 1 --format csv > "$TMPDIR/one.csv"
    all "$@" --threads 3 --format csv > "$TMPDIR/three.csv"
    cmp "$TMPDIR/one.csv" "$TMPDIR/three.csv" && all "$@"
}
same --by support --table tests
same --entry from --where 'freq > 1' --table summary
same --weight weight --freq freq --table summary
all --define 'half = days / 2' --time half --by support --table summary
echo '--- refused'
for value in -3.5 1x 1e400; do
    make_times 50000 "$value" > "$TMPDIR/bad.csv"
    dyad survival "$TMPDIR/bad.csv" --time days --event weaned --na -9
done
make_times 50000 0.000000001 > "$TMPDIR/bad.csv"
dyad survival "$TMPDIR/bad.csv" --time days --entry from --event weaned --na -9
true
