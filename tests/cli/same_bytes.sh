# The same bytes for any number of threads, order of records, locale, time zone and width of the terminal.
cd "$TMPDIR" || exit
awk 'BEGIN { s = 1; print "site,arm,dose,y,n,pair"
    for (i = 0; i < 160000; i++) { s = (s * 16807) % 2147483647; r = s / 2147483647
        printf "site-%d,%s,%d,%s,%d,%d\n", int(r * 7), (r * 1000 % 1 < .5 ? "a" : "b"), int(r * 100) % 4,
            (r * 9999 % 1 < .02 ? "" : r * 777 % 1 < .3), int(r * 31) % 5, i / 2 } }' >big.csv
ls -l big.csv | awk '{ print ($5 > 3000000) }'
{ head -n 1 big.csv; tail -n +2 big.csv | sort -t , -k 6,6 -k 4,4; } >sorted.csv
{ head -n 1 big.csv; tail -n +2 big.csv | tac; } >reversed.csv
for run in 'rates --outcome y --by site,arm --overall' 'odds --outcome y --exposure arm --reference a --stratify site,dose' \
    'odds --outcome y --exposure dose --ci exact --by arm' 'odds --outcome y --exposure arm --reference a --match pair' \
    'rates --outcome y,n=2 --by dose --freq n --where n>0 --define z=n*2'; do
    run=$(echo "$run" | sed 's/n>0/n>0/')
    dyad $run big.csv --threads 1 --format json | grep -v -e arguments -e '"path"' >one
    for threads in 2 8; do
        dyad $run big.csv --threads $threads --format json | grep -v -e arguments -e '"path"' | cmp - one
    done
    for file in sorted reversed; do
        dyad $run $file.csv --format json | grep -v -e arguments -e '"path"' | cmp - one
    done
    head -n 20 one | grep -c '"n":'
done
run='odds data/births.csv --outcome initiated --exposure support --reference none --stratify site'
dyad $run --plot one.svg >one
for setting in LC_ALL=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8 LC_ALL=C LC_NUMERIC=de_DE.utf8 TZ=Asia/Tokyo COLUMNS=40 TERM=dumb GSL_RNG_SEED=7 \
    GNUTERM=x11 POSIXLY_CORRECT=1 MALLOC_PERTURB_=85; do
    env "$setting" dyad $run --plot other.svg >other 2>&1
    sed 's/--plot other/--plot one/' other | cmp - one && cmp one.svg other.svg && echo "$setting"
done
