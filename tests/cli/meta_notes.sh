# What the notes say of the studies: each named once, by its own name, with its place; and that they are right.
cd "$TMPDIR" || exit
head=study,treated_events,treated_total,control_events,control_total
notes() { # ARGUMENTS: the notes about studies
    echo "\$ dyad meta $*"
    dyad meta "$@" -o out.json --quiet 2>.errors || { echo "[$?]"; sed 's/^/! /' .errors; }
    [ -e out.json ] && python3 -c '
import json
for n in json.load(open("out.json"))["notes"]:
    print("  " + n)'
    rm -f out.json
}
echo "--- limits that do not lie evenly, on either side"
printf 'study,estimate,conf_low,conf_high\nA,1.50,1.40,2.90\nB,2.80,1.40,2.90\nC,2.01,1.40,2.90\nD,1.10,0.60,2.00\n' >t.csv
notes t.csv --measure or
printf 'study,estimate,conf_low,conf_high\nA,0.10,0.09,0.50\nB,0.45,0.09,0.50\nC,0.29,0.09,0.50\n' >t.csv
notes t.csv --measure generic
echo "--- names within names; results of one study"
printf "$head\n12,0,50,4,50\n2,0,50,3,60\n1,5,50,9,50\n1 2,0,20,1,20\n" >t.csv
notes t.csv
printf "$head\n12,0,50,0,50\n2,0,50,0,60\n1,5,50,9,50\n" >t.csv
notes t.csv --double-zero drop
{ echo $head; for i in 1 2 3; do printf "S$i,0,5$i,0,50\nS$i,0,6$i,0,50\nT$i,$i,50,4,50\n"; done; } >t.csv
notes t.csv --double-zero drop
{ echo $head; for i in 1 2 3 4 5 6 7 8 9 10 11; do printf "S$i,0,5$i,$i,50\n"; done; } >t.csv
notes t.csv
echo "--- the same study in two files"
printf "$head\nTrial 1 2001,5,50,9,50\nTrial 2,9,50,9,50\n" >a.csv
printf "$head\nTrial 1 2001,5,50,9,50\nTrial 2,7,50,9,50\n" >b.csv
notes a.csv b.csv
echo "--- arms the other way round; an error that is a variance"
{ echo $head; for i in 1 2 3 4 5 6; do echo "s$i,$((10 + i)),100,$((40 + i)),100"; done; echo s7,44,100,12,100; } >t.csv
notes t.csv
printf 'study,estimate,std_error\na,0.5,0.20\nb,0.4,0.22\nc,0.6,0.25\nd,0.3,0.21\ne,0.45,0.05\nf,0.5,0.24\n' >t.csv
notes t.csv --measure generic
