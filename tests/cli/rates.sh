# Rates: intervals by every method, groups, all groups together, standardisation, what is left out.
B=$DATA/births.csv
dyad rates "$B" --outcome initiated,feeding=exclusive --by site,arm --overall
for ci in wilson wilson-cc wald agresti-coull jeffreys exact midp logit arcsine; do
    columns method,estimate,std_error,conf_low,conf_high rates "$B" --outcome initiated --ci $ci | tail -n 1
done
echo "--- none, all, one of one"
for events in 0/10 10/10 1/1 0/1; do
    printf 'events,n\n%s\n' "$(echo $events | tr / ,)" >"$TMPDIR/few.csv"
    for ci in wilson wilson-cc wald agresti-coull jeffreys exact midp logit arcsine; do
        columns n,events,method,estimate,conf_low,conf_high rates "$TMPDIR/few.csv" --outcome events/n --ci $ci | tail -n 1
    done
done
echo "--- levels of confidence"
for level in 0.9 90 0.999 50; do
    columns conf_low,conf_high rates "$B" --outcome initiated --level $level --ci exact | tail -n 1
done
echo "--- order of groups"
columns support,n rates "$B" --outcome initiated --by support --order support=peer,none
columns parity,n rates "$B" --outcome initiated --by parity
columns parity,n rates "$B" --outcome initiated --by parity --order parity=3,2
columns home,n rates "$B" --outcome initiated --define 'home=if([home visit] == "yes", "Yes", "no")' --by home
echo "--- frequencies"
printf 'arm,y,n\na,1,3\na,0,4\nb,1,0\nb,0,2\nb,,5\n,1,7\n' >"$TMPDIR/counts.csv"
dyad rates "$TMPDIR/counts.csv" --outcome y --by arm --freq n --overall
echo "--- a group without the outcome stays, empty"
printf 'g,y\na,1\nb,\n' >"$TMPDIR/empty.csv"
dyad rates "$TMPDIR/empty.csv" --outcome y --by g
dyad rates "$TMPDIR/empty.csv" --outcome y --by g --format json | grep '"g"'
echo "--- nothing left out, one left out"
printf 'g,y\na,1\n,0\n' >"$TMPDIR/one.csv"
dyad rates "$TMPDIR/one.csv" --outcome y --by g --where 'y >= 0'
