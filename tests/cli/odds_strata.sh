# Strata: each by itself and pooled, tests of homogeneity, trend; the data are in datasets/.
I=datasets/ille-et-vilaine/ille-et-vilaine.csv
ille="odds $I --outcome cancer --exposure alcohol --reference under_80_g --stratify age --freq n"
dyad $ille
show='stratum,measure,method,estimate,std_error,conf_low,conf_high,p_value'
for ci in exact midp score cornfield profile; do
    echo "--- $ci"
    columns $show $ille --ci $ci
done
echo "--- all measures pooled"
columns $show $ille --measure or,rr,rd,nnt,afe,paf | grep -e stratum -e pooled
dyad $ille --measure paf --format csv 2>&1 >"$TMPDIR/out" | grep -i pooled
echo "--- zero cells"
columns $show $ille --measure or | grep -e 25-34 -e pooled
columns $show $ille --measure or --zero only0:0.5 | grep -e 25-34 -e 45-54 -e pooled
columns $show $ille --measure or --zero all:0.5 | grep -e 25-34 -e 45-54 -e pooled
dyad $ille --measure or --zero only0:0.5 --format csv 2>&1 >"$TMPDIR/out" | grep added
echo "--- two columns of strata"
columns stratum,level,estimate odds "$DATA/births.csv" --outcome initiated --exposure arm --stratify 'home visit,site' --measure or
echo "--- trend"
B=$DATA/births.csv
trend='level,stratum,test,statistic,df,p_value'
columns $trend odds "$B" --outcome initiated --exposure parity --table tests | grep -e level -e '^,'
columns $trend odds "$B" --outcome initiated --exposure parity --stratify arm --table tests | grep -e level -e '^,'
columns $trend odds "$B" --outcome initiated --exposure support --order support=none,peer,ibclc --table tests | grep -e level -e '^,'
columns $trend odds "$B" --outcome initiated --exposure support --reference none --table tests | grep -e level -e '^,'
