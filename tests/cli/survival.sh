# Durations: curves, medians, tests, life tables, competing events.  The numbers are R's survival's (see tests/unit).
N=datasets/nlsy/nlsy.csv
show() { # ARGUMENTS: the text without what differs by machine
    try dyad survival "$@" | sed '/^Input/,$d'
}
show $N --time duration_weeks --event weaned --by race --at 4,13,26 --quantiles 0.25,0.75 --table summary,at,quantiles,tests,differences
show $N --time duration_weeks --event weaned --life-table 0,2,3,5,7,11,17,25,37,53 --table life_table
show $N --time duration_weeks --event weaned --by smoke --stratify race --fleming-harrington 1,0 --table tests
for ci in log-log log plain logit arcsin; do
    columns time,estimate,std_error,conf_low,conf_high survival $N --time duration_weeks --event weaned --ci $ci --at 8 --table at
done
columns median,median_low,median_high,rmean,rmean_se survival $N --time duration_weeks --event weaned --tau 26
columns time,n_risk,n_event,n_censor,estimate survival $N --time duration_weeks --event weaned --table curve | head -5
echo "--- competing events, late entry"
printf 't,state,g,e\n5,1,a,0\n6,2,a,1\n6,0,a,0\n7,1,b,2\n2,2,b,0\n9,1,b,3\n4,1,a,1\n8,2,b,0\n' >"$TMPDIR/c.csv"
show "$TMPDIR/c.csv" --time t --event state=1 --competing state=2 --by g --table incidence,tests
show "$TMPDIR/c.csv" --time t --event state=1 --entry e --table curve
echo "--- what is not reached, and what is refused"
printf 't,e\n5,0\n7,0\n' >"$TMPDIR/n.csv"
columns n,events,median,rmean survival "$TMPDIR/n.csv" --time t --event e
printf 't,e\n0,1\n' >"$TMPDIR/n.csv"
columns n,events,median,rmean survival "$TMPDIR/n.csv" --time t --event e
printf 't,e,b\n-5,1,0\n7,0,8\n' >"$TMPDIR/n.csv"
refused dyad survival "$TMPDIR/n.csv" --time t --event e
refused dyad survival "$TMPDIR/n.csv" --time t --event e --where 't > 0' --entry b
refused dyad survival "$TMPDIR/n.csv" --time t
refused dyad survival "$TMPDIR/n.csv" --time t --event b
refused dyad survival "$TMPDIR/n.csv" --time t --event e --ci exact
refused dyad survival "$TMPDIR/n.csv" --time t --event e --where 't > 100'
refused dyad survival "$TMPDIR/n.csv" --time t --event e --life-table 5,3
