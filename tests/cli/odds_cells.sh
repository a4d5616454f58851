# Typed cells.
show='exposure,level,reference,stratum,events,n,reference_events,reference_n,measure,estimate,conf_low,conf_high,p_value'
dyad odds --cells 47,447,77,381
echo "--- as papers print them, and labelled"
columns $show odds --cells 47/494,77/458
columns $show odds --cells Boy=47/494,77/458
columns $show odds --cells Boy=47/494,77/458 --cells Girl=31/464,48/384 --measure or
columns $show odds --cells 47,447,77,381 --cells 31,433,48,336 --measure or
columns $show odds --cells 'a, b'=1/3,2/4
columns $show odds --cells '"a, b=1/3",2/4'
columns $show odds --cells ' 47 / 494 , 77 / 458 ' --measure or
dyad odds --cells Boy=47/494,77/458 --cells Girl=31/464,48/384 --measure or --ci exact
echo "--- empty cells"
for cells in 0,10,5,5 5,5,0,10 10,0,5,5 5,5,10,0 0,10,0,10 10,0,10,0 0,5,5,0 5,0,0,5 0,0,5,5 5,5,0,0 0,0,0,0 1,0,0,0; do
    for ci in wald exact score profile; do
        echo "$cells $ci"
        columns measure,estimate,std_error,conf_low,conf_high,p_value odds --cells $cells --ci $ci 2>&1 | tail -n +2
    done
done
dyad odds --cells 0,10,5,5 --zero only0:0.5 --table measures
dyad odds --cells 0,10,5,5 --zero all:1 --measure or --format csv 2>/dev/null | cut -d, -f 10-
echo "--- large"
columns measure,estimate,std_error,conf_low,conf_high odds --cells 5e9,4e9,3e9,6e9
columns measure,estimate,conf_low,conf_high odds --cells 1e15,1,1,1e15
columns measure,estimate,conf_low,conf_high odds --cells 5e9,4e9,3e9,6e9 --ci exact
columns test,statistic,df,p_value odds --cells 5e9,4e9,3e9,6e9 --table tests
columns measure,estimate,conf_low,conf_high odds --cells 500000000,400000000,300000000,600000000 --ci exact
echo "--- refused"
for cells in '' 1,2,3 1,2,3,4,5 1,2,3,x 1,2,3,-4 1,2,3,4.5 1,2,3,1e300 1,2,3,1000000000000001 1/2 1/2,3/4,5/6 3/2,1/2 1/2/3,1/2 1,2/3,1 =1,2,3,4 \
    '"1,2,3,4' 'inf,1,1,1' '0x1,1,1,1' '1,,2,3' ; do
    refused dyad odds --cells "$cells"
done
refused dyad odds --cells A=1,2,3,4 --cells A=1,2,3,4
refused dyad odds --cells 1,2,3,4 --cells 1=1,2,3,4
refused dyad odds --cells 1,2,3,4 "$DATA/births.csv"
refused dyad odds --cells 1,2,3,4 --outcome initiated
refused dyad odds --cells 1,2,3,4 --exposure arm
refused dyad odds --cells 1,2,3,4 --by site
refused dyad odds --cells 1,2,3,4 --where 'x > 1'
refused dyad odds --cells 1,2,3,4 --freq n
refused dyad odds --cells 1,2,3,4 --reference 0
refused dyad odds --cells 1,2,3,4 --stratify a
refused dyad odds --cells 1,2,3,4 --match a
refused dyad odds --cells 1,2,3,4 --na -9
