# Odds: measures and intervals, references, several outcomes and exposures, groups.
B=$DATA/births.csv
show='level,reference,stratum,measure,method,estimate,std_error,conf_low,conf_high,p_value'
dyad odds "$B" --outcome initiated --exposure support --reference none
for ci in wald exact midp score cornfield profile; do
    echo "--- $ci"
    columns $show odds "$B" --outcome initiated --exposure support --reference none --ci $ci
done
echo "--- all measures"
columns $show odds "$B" --outcome initiated --exposure arm=01 --measure or,rr,rd,nnt,afe,paf
columns $show odds "$B" --outcome initiated --exposure arm=01 --measure or,rr,rd,nnt,afe --ci score
dyad odds "$B" --outcome initiated --exposure arm=01 --measure nnt,afe,paf --table measures
echo "--- the reference"
ref='level,reference'
columns $ref odds "$B" --outcome initiated --exposure parity --ci exact
columns $ref odds "$B" --outcome initiated --exposure parity --reference 2 --ci exact
columns $ref odds "$B" --outcome initiated --exposure 'home visit' --ci exact
columns $ref odds "$B" --outcome initiated --exposure arm --ci exact
columns $ref odds "$B" --outcome initiated --exposure arm --order arm=02 --ci exact
columns $ref odds "$B" --outcome initiated --exposure support --order support=peer,none --ci exact
columns $ref odds "$B" --outcome initiated --exposure support --order support=peer,none --reference none --ci exact
columns $ref odds "$B" --outcome initiated --exposure old --define 'old = [mother age] >= 30' --na -9 --ci exact
columns $ref odds "$B" --outcome initiated --exposure support=ibclc,arm --reference 02 --ci exact
refused dyad odds "$B" --outcome initiated --exposure support
refused dyad odds "$B" --outcome initiated --exposure support --reference nobody
refused dyad odds "$B" --outcome initiated --exposure support=ibclc --reference none
refused dyad odds "$B" --outcome initiated --exposure arm --reference 1
echo "--- several, each on its own complete records"
columns outcome,exposure,level,n,reference_n odds "$B" --outcome 'initiated,home visit' --exposure arm --exposure support=peer --ci exact
dyad odds "$B" --outcome initiated --exposure arm,support=peer --ci exact --table cells
dyad odds "$B" --outcome initiated --exposure arm,support=peer --ci exact --format csv 2>&1 >"$TMPDIR/out" | head -n 2
echo "--- by groups"
columns 'home visit,level,n,reference_n,estimate' odds "$B" --outcome initiated --exposure arm --by 'home visit' --ci exact
dyad odds "$B" --outcome initiated --exposure arm --by 'home visit' --format csv --table tests --quiet | short
echo "--- what a method has not"
refused dyad odds "$B" --outcome initiated --exposure arm --measure hr
refused dyad odds "$B" --outcome initiated --exposure arm --measure or,or
refused dyad odds "$B" --outcome initiated --exposure arm --measure rr --ci exact
refused dyad odds "$B" --outcome initiated --exposure arm --measure paf --ci score
refused dyad odds "$B" --outcome initiated --exposure arm --ci woolf
refused dyad odds "$B" --outcome initiated --exposure arm --zero 0.5
refused dyad odds "$B" --outcome initiated --exposure arm --zero all:0
refused dyad odds "$B" --outcome initiated --exposure arm --zero all:x
refused dyad odds "$B" --outcome initiated --exposure arm --zero only0:0.5 --ci exact
refused dyad odds "$B" --outcome initiated --exposure arm --match study_id --stratify site
refused dyad odds "$B" --outcome initiated --exposure arm --match study_id --ci profile
refused dyad odds "$B" --outcome initiated --exposure arm --match study_id --zero all:0.5
echo "--- nothing to compare"
refused dyad odds "$B" --outcome initiated --exposure arm --where 'arm == "01"' -o "$TMPDIR/none.txt"
refused dyad odds "$B" --outcome initiated --exposure arm --where 'arm == "03"' -o "$TMPDIR/none.txt"
refused dyad odds "$B" --outcome initiated --exposure arm --where 'initiated is missing' -o "$TMPDIR/none.txt"
ls "$TMPDIR"
