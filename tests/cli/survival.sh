# Durations: curves, medians, tests, life tables, competing events.  The numbers are R's survival's (reference_survival.R).
N=datasets/nlsy/nlsy.csv
show() { # ARGUMENTS: the text without what differs by machine
    try dyad survival "$@" | sed '/^Input/,$d'
}
show $N --time duration_weeks --event weaned --by race --at 4,13,26 --quantiles 0.25,0.75 --table summary,at,quantiles,tests,differences
show $N --time duration_weeks --event weaned --life-table 0,2,3,5,7,11,17,25,37,53 --table life_table
echo "--- tests: of lung as survdiff has them (sex: 10.3 on 1 df; ph.ecog: 22; rho = 1: 12.7)"
show $N --time duration_weeks --event weaned --by smoke --stratify race --fleming-harrington 1,0 --table tests
L=$DATA/lung.csv
columns test,statistic,df,p_value survival "$L" --time time --event status=2 --by sex --table tests
columns test,statistic,df,p_value survival "$L" --time time --event status=2 --by ph.ecog --table tests
columns test,statistic,df,p_value survival "$L" --time time --event status=2 --by sex --table tests \
    --tests gehan,tarone-ware,peto-1972,andersen,peto-peto,logrank --fleming-harrington 0.5,0.5
columns test,statistic,df,p_value survival $N --time duration_weeks --event weaned --by race --table tests --order race=white,black,other
echo "--- limits, chosen times, units"
for ci in log-log log plain logit arcsin; do
    columns time,estimate,std_error,conf_low,conf_high survival $N --time duration_weeks --event weaned --ci $ci --at 8 --table at
done
columns median,median_low,median_high,rmean,rmean_se survival $N --time duration_weeks --event weaned --tau 26
columns median,rmean,tau survival $N --time duration_weeks --event weaned --tau 6 --time-unit weeks:months
show $N --time duration_weeks --event weaned --time-unit weeks:days --at 28,2000 --table at
columns time,n_risk,n_event,n_censor,estimate survival $N --time duration_weeks --event weaned --table curve | head -5
echo "--- weights: as survfit's with robust = TRUE; whole numbers as often"
show $N --time duration_weeks --event weaned --weight mother_age --by smoke --at 13 --table summary,at,differences
columns time,n_risk,n_event,weight_risk,weight_event,estimate,std_error survival $N --time duration_weeks --event weaned \
    --weight mother_age --table curve | head -4
echo "--- clusters: as survfit's with cluster; differences where a cluster has records in both groups"
show $N --time duration_weeks --event weaned --cluster birth_year --by smoke --at 13 --tau 52 --table summary,at,differences
columns time,estimate,std_error,conf_low,conf_high survival $N --time duration_weeks --event weaned --cluster birth_year --at 4,8,200 --table at
columns time,estimate,std_error,conf_low,conf_high survival $N --time duration_weeks --event weaned --psu birth_year --design-strata smoke --at 4,8 --table at
columns time,estimate,std_error survival $N --time duration_weeks --event weaned --cluster birth_year --weight mother_age --at 8 --table at
columns median,median_low,median_high,rmean,rmean_se survival $N --time duration_weeks --event weaned --cluster birth_year --tau 26
awk 'NR == 1 { print $0 ",id" } NR > 1 { print $0 "," NR }' $N >"$TMPDIR/id.csv" # each its own: robust, one by one
columns time,estimate,std_error survival "$TMPDIR/id.csv" --time duration_weeks --event weaned --cluster id --at 8,26 --table at
columns time,estimate,std_error survival "$TMPDIR/id.csv" --define 'one=1' --time duration_weeks --event weaned --weight one --at 8,26 --table at
printf 't,e,n\n3,1,4\n5,0,2\n8,1,1\n9,1,0\n' >"$TMPDIR/f.csv"
printf 't,e\n3,1\n3,1\n3,1\n3,1\n5,0\n5,0\n8,1\n' >"$TMPDIR/l.csv"
columns n,events,median,rmean,rmean_se survival "$TMPDIR/f.csv" --time t --event e --freq n
columns n,events,median,rmean,rmean_se survival "$TMPDIR/l.csv" --time t --event e
echo "--- competing events, late entry"
printf 't,state,g,e\n5,1,a,0\n6,2,a,1\n6,0,a,0\n7,1,b,2\n2,2,b,0\n9,1,b,3\n4,1,a,1\n8,2,b,0\n' >"$TMPDIR/c.csv"
show "$TMPDIR/c.csv" --time t --event state=1 --competing state=2 --by g --at 6.5,20 --table summary,incidence,incidence_at,tests
show "$TMPDIR/c.csv" --time t --event state=1 --entry e --table curve
show "$TMPDIR/c.csv" --time t --event state=1 --competing state=2 --entry e --by g --table tests
printf 't,s,n\n1,1,2\n2,2,1\n3,3,3\n4,0,1\n5,2,1\n6,1,1\n7,,4\n,1,2\n,,9\n' >"$TMPDIR/k.csv"
columns cause,time,n_risk,n_event,estimate survival "$TMPDIR/k.csv" --time t --event s=1 --competing s=2 --competing s=3 --freq n \
    --table incidence
try dyad survival "$TMPDIR/k.csv" --time t --event s=1 --competing s=2 --freq n --table flow | grep -E 'read|used|Left'
echo "--- times with many digits: records one by one, the same numbers"
awk 'BEGIN { print "t,e,g"; x = 7; for (i = 0; i < 90000; i++) { x = (x * 16807) % 2147483647
    printf "%d.%05d,%d,%d\n", x % 50, i, (x % 3 > 0), x % 2 } }' >"$TMPDIR/m.csv"
for threads in 1 3; do
    columns g,n,events,median,rmean,rmean_se survival "$TMPDIR/m.csv" --time t --event e --by g --threads $threads
done
awk 'NR == 1 { print $0 ",n" } NR > 1 { print $0 "," NR % 4 }' "$TMPDIR/m.csv" >"$TMPDIR/n.csv"
awk -F, 'NR == 1 { print "t,e,g" } NR > 1 { for (i = 0; i < $4; i++) print $1 "," $2 "," $3 }' "$TMPDIR/n.csv" >"$TMPDIR/o.csv"
columns g,n,events,median,rmean,rmean_se survival "$TMPDIR/n.csv" --time t --event e --by g --freq n >"$TMPDIR/1"
columns g,n,events,median,rmean,rmean_se survival "$TMPDIR/o.csv" --time t --event e --by g | diff - "$TMPDIR/1" && sed 1d "$TMPDIR/1"
head -30001 "$TMPDIR/m.csv" >"$TMPDIR/s.csv"
columns g,n,events,median,rmean,rmean_se survival "$TMPDIR/s.csv" --time t --event e --by g >"$TMPDIR/1"
awk 'NR == 1 { print $0 ",w" } NR > 1 { print $0 ",1" }' "$TMPDIR/s.csv" >"$TMPDIR/w.csv"
columns g,n,events,median,rmean,rmean_se survival "$TMPDIR/w.csv" --time t --event e --by g --weight w >"$TMPDIR/2"
cmp "$TMPDIR/1" "$TMPDIR/2" || diff "$TMPDIR/1" "$TMPDIR/2"
