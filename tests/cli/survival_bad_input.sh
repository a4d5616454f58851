# What dyad survival refuses, and what it makes of little.
T=$TMPDIR
file() { # NAME LINES
    printf "$2" >"$T/$1"
}
say() { # ARGUMENTS: only the tables
    try dyad survival "$@" | sed '/^Notes/,$d'
}
echo "--- refused times"
file a.csv 't,e,b\n-5,1,0\n7,0,8\n'
refused dyad survival "$T/a.csv" --time t --event e
refused dyad survival "$T/a.csv" --time t --event e --where 't > 0' --entry b
refused dyad survival "$T/a.csv" --time b --event e --entry t
file a.csv 't,e,b\n5,1,5\n7,0,2\nx,1,1\n4,1,6\n'
refused dyad survival "$T/a.csv" --time t --event e
refused dyad survival "$T/a.csv" --time t --event e --entry b
refused dyad survival "$T/a.csv" --time e --event b
refused dyad survival "$T/a.csv" --time t --event e --where 't > 100'
file a.csv 't,e\n'
refused dyad survival "$T/a.csv" --time t --event e
echo "--- refused intervals, weights, competing events"
file a.csv 'l,h,w,e,c\n5,3,1,1,0\n,4,-1,1,1\n2,2,x,0,0\n'
refused dyad survival "$T/a.csv" --interval l,h
refused dyad survival "$T/a.csv" --interval l
refused dyad survival "$T/a.csv" --time h --event e --weight w
refused dyad survival "$T/a.csv" --time h --event e --competing c
file a.csv 'l,h,w\n,,1\nNA,.,0\n'
refused dyad survival "$T/a.csv" --interval l,h
file a.csv 't,e,w\n3,1,0\n4,0,\n'
refused dyad survival "$T/a.csv" --time t --event e --weight w
echo "--- refused options"
file a.csv 't,e,g\n3,1,a\n4,0,b\n'
for o in "--time t" "--event e" "--time t --event e/t" "--time t --event q" "--time t --event e --ci exact" \
    "--time t --event e --life-table 5,3" "--time t --event e --life-table 4,5" "--time t --event e --tau 0" \
    "--time t --event e --at -1" "--time t --event e --quantiles 1" "--time t --event e --time-unit fortnights" \
    "--time t --event e --stratify g" "--time t --event e --by g --tests cox" "--time t --event e --by g --fleming-harrington 1" \
    "--time t --event e --heaping 1.5" "--time t --event e --heaping 2,2" "--time t --event e --heaping usual --time-unit weeks" \
    "--time t --event e --bootstrap 200" "--time t --event e --ever g" "--interval t,e --time t" "--interval t,e --level 90 --ci log" \
    "--time t --event e --current-status --competing g=a" "--time t --event e --current-status --bootstrap 7" \
    "--time t --event e --weight t --by g --tests logrank" "--time t --event e --weight t --entry e" \
    "--time t --event e --entry e --life-table 0" "--time t --event e --cluster g --by g --tests gehan" \
    "--time t --event e --cluster g --competing g=a" "--time t --event e --cluster g --life-table 0" \
    "--time t --event e --cluster q" "--time t --event e --current-status --cluster g" "--interval t,e --cluster g" \
    "--time t --event e --design-strata g" "--time t --event e --fpc t" "--time t --event e --psu g --cluster g" \
    "--time t --event e --psu t --design-strata t"; do
    # shellcheck disable=SC2086
    refused dyad survival "$T/a.csv" $o
done
awk 'BEGIN { print "t,e,id"; for (i = 0; i < 110000; i++) printf "%d.%06d,1,%d\n", i % 100, i, i }' >"$T/many.csv"
refused dyad survival "$T/many.csv" --time t --event e --cluster id
echo "--- little, but it has an answer"
file a.csv 't,e\n5,1\n'
say "$T/a.csv" --time t --event e
file a.csv 't,e\n0,1\n'
say "$T/a.csv" --time t --event e
file a.csv 't,e,g\n5,0,a\n7,0,a\n6,0,b\n'
say "$T/a.csv" --time t --event e --by g --at 5,8 --tau 6.5
file a.csv 't,e,g\n5,1,a\n5,0,a\n5,1,b\n5,0,b\n'
say "$T/a.csv" --time t --event e --by g
file a.csv 't,e,g\n5,1,a\n6,1,a\n5,0,b\n9,0,b\n,1,b\n4,,b\n3,1,\n'
try dyad survival "$T/a.csv" --time t --event e --by g --tau 20 --at 9.5 --table summary,at | sed '/^Input/,$d'
file a.csv 'l,h\n5,\n7,\n'
say "$T/a.csv" --interval l,h --at 6
file a.csv 'l,h\n5,5\n'
say "$T/a.csv" --interval l,h
file a.csv 't,e\n5,0\n'
say "$T/a.csv" --time t --event e --current-status --table summary,curve,dhs
