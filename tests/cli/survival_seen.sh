# Durations that are not known to the point: intervals, current status, the medians of the DHS, heaping.
show() { # ARGUMENTS: the text without what differs by machine
    try dyad survival "$@" | sed '/^Input/,$d'
}
echo "--- intervals: breast cosmesis (Finkelstein & Wolfe 1985), radiotherapy alone; S is .954 behind 5, .920 behind 7, .832"
echo "    behind 8, .761 behind 12, .668 behind 25, .586 behind 34, .466 behind 40"
printf 'low,high\n45,\n6,10\n,7\n46,\n46,\n7,16\n17,\n7,14\n37,44\n,8\n4,11\n15,\n11,15\n22,\n46,\n46,\n25,37\n46,\n26,40\n46,\n27,34\n36,44\n46,\n36,48\n37,\n40,\n17,25\n46,\n11,18\n38,\n5,12\n37,\n,5\n18,\n24,\n36,\n5,11\n19,35\n17,25\n24,\n32,\n33,\n19,26\n37,\n34,\n36,\n' >"$TMPDIR/b.csv"
show "$TMPDIR/b.csv" --interval low,high --at 10,24,30,60 --quantiles 0.25 --time-unit months
echo "--- exact times: the Kaplan-Meier curve; a frequency is so many records, as a weight is for the estimate"
awk -F, 'NR == 1 { print "low,high,n" } NR > 1 { print $1 "," ($2 ? $1 : "") ",1" }' datasets/nlsy/nlsy.csv >"$TMPDIR/x.csv"
columns time,estimate survival "$TMPDIR/x.csv" --interval low,high --table curve | sed -n 2,5p
columns time,estimate survival datasets/nlsy/nlsy.csv --time duration_weeks --event weaned --table curve | sed -n 2,5p
printf 'l,h,w\n0,3,2\n3,6,1\n2,,3\n,4,0\n1,,\n' >"$TMPDIR/w.csv"
columns n,events,median,rmean survival "$TMPDIR/w.csv" --interval l,h --freq w --bootstrap 0
show "$TMPDIR/w.csv" --interval l,h --weight w --bootstrap 0 --table summary,curve
columns tau,rmean survival "$TMPDIR/b.csv" --interval low,high --bootstrap 0 --tau 39
columns tau,rmean survival "$TMPDIR/b.csv" --interval low,high --bootstrap 0 --tau 38
columns tau,rmean survival "$TMPDIR/b.csv" --interval low,high --bootstrap 0 --tau 60
echo "--- limits depend on the seed alone"
columns median_low,median_high,rmean_se survival "$TMPDIR/b.csv" --interval low,high --seed 5 --threads 1 >"$TMPDIR/1"
columns median_low,median_high,rmean_se survival "$TMPDIR/b.csv" --interval low,high --seed 5 --threads 3 | cmp - "$TMPDIR/1"
columns median_low,median_high,rmean_se survival "$TMPDIR/b.csv" --interval low,high --seed 6 | cmp -s - "$TMPDIR/1" && echo same
echo "--- current status"
awk 'BEGIN { print "months,weaned,ever,w"; x = 11
    for (i = 0; i < 720; i++) { x = (x * 16807) % 2147483647; u = (x % 1000) / 1000; m = i % 36
        gone = (u < 1 - exp(-m / 14)); print m "," gone "," (u > 0.03 || !gone) "," 1 + i % 3 } }' >"$TMPDIR/s.csv"
show "$TMPDIR/s.csv" --current-status --time months --event weaned --time-unit months --ever ever --at 6,12,24.5 --quantiles 0.25 \
    --table summary,at,quantiles,dhs,dhs_shares
show "$TMPDIR/s.csv" --current-status --time months --event weaned --weight w --bootstrap 0 --table summary,dhs
columns ages,n,median,mean,prevalence_mean survival "$TMPDIR/s.csv" --current-status --time months --event weaned \
    --define 'days=months * 30.4375' --time days --time-unit days --table dhs
columns time,n,events,observed,estimate survival "$TMPDIR/s.csv" --current-status --time months --event weaned --table curve | head -5
columns ages,n,median survival "$TMPDIR/s.csv" --current-status --time months --event weaned --where 'months > 4' --table dhs
echo "--- heaping"
show datasets/nlsy/nlsy.csv --time duration_weeks --event weaned --heaping 4,8,12,16,24,36,52,500 --time-unit weeks --table heaping,heaping_all
show "$TMPDIR/s.csv" --time months --event weaned --heaping usual --table heaping,heaping_all
awk -F, 'NR == 1 { print "t,e" } NR > 1 { print $1 + (NR % 5) / 5 "," 1 + ($2 == 0) + (NR % 7 == 0) }' "$TMPDIR/s.csv" >"$TMPDIR/h.csv"
show "$TMPDIR/h.csv" --time t --event e=1 --competing e=2 --heaping 6,12 --table heaping,heaping_all
