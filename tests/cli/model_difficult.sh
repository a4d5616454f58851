# Data that leave a model little to say, and what is said then.
A=$TMPDIR/a.csv
awk 'BEGIN { print "id,t,y,x,k,g,sep,z,neg,c,n,big"
    for (i = 0; i < 100; i++) {
        y = i < 60 ? "" : (i * 7 % 10 < 5)
        print "r" i "," 1 + i * 37 % 50 "," y "," (i * 61 % 97) / 10 - 4 ",1," (i % 2 ? "b" : "a") "," (i * 3 % 7 < 3) "," \
            (i * 43 % 89) / 20 - 2 "," i % 5 - 1 "," i % 4 "," 3 + i % 3 "," (i % 2 ? "1e300" : "2e300")
    } }' >$A
W=tests/data/birthwt.csv
I=tests/data/infert.csv
values() { columns term,estimate,std_error,conf_low,conf_high model "$@"; }
echo "--- separated: Firth's estimates are brglm2's 161.71450304, 79.6253389, -0.06416384202, 0.03173368882"
values $W --formula 'low ~ bwt' --penalty firth
values $W --formula 'low ~ bwt' --penalty firth --ci profile
refused dyad model $W --formula 'low ~ bwt'
refused dyad model $W --formula 'low ~ bwt' --family log-binomial
refused dyad model $A --formula 'y ~ id'
echo "--- matched sets: groups whose sets have high numbers"
values $I --family conditional --match stratum --formula 'case ~ spontaneous + induced' --ci profile
values $I --family conditional --match stratum --formula 'case ~ spontaneous' --by parity
refused dyad model $A --formula 'c/n ~ x' --match k --family conditional
refused dyad model $A --formula 'y ~ x' --match k --family conditional --freq n
refused dyad model $A --formula 'y ~ k' --match k --family conditional
echo "--- clusters whose numbers are beyond the records; one cluster"
values $A --family cox --cluster id --formula 'Surv(t, y) ~ x'
refused dyad model $A --family cox --cluster k --formula 'Surv(t, y) ~ x'
refused dyad model $A --family cox --se cr0 --cluster k --formula 'Surv(t, y) ~ x'
refused dyad model $A --family cox --stratify id --formula 'Surv(t, y) ~ x'
refused dyad model $A --family cox --formula 'Surv(t, y) ~ 1'
refused dyad model $A --family cox --formula 'Surv(neg, y) ~ x'
echo "--- a column without an estimate takes nothing from the others"
columns name,value model $A --formula 'y ~ x + k' --table fit
columns level,measure,estimate,std_error model $A --formula 'y ~ factor(sep) + x + k' --margins sep --table margins
columns term,gvif model $A --formula 'y ~ z + x + k' --table vif
refused dyad model $A --formula 'y ~ factor(sep) + I(1 - sep)' --margins sep
echo "--- numbers that are none, or too many"
refused dyad model $A --formula 'neg ~ x' --family poisson
refused dyad model $A --formula 'big ~ x' --family linear
refused dyad model $A --formula 'k ~ x' --family linear
refused dyad model $A --formula 'y ~ log(x)'
refused dyad model $A --formula 'y ~ factor(g, ref="zz")'
refused dyad model $A --formula 'y ~ 0'
refused dyad model $A --formula 'y ~ x' --by id
refused dyad model $A --formula 'c ~ x' --family negative-binomial
echo "--- tests go with the errors"
columns term,test,statistic,df,p_value,df_residual model $A --formula 'y ~ x + g' --se cr2 --cluster sep --table tests
columns term,test,statistic,df,p_value,df_residual model $A --formula 'z ~ x + g' --family linear --table tests
columns term,test,statistic,df,p_value,df_residual model $A --formula 'y ~ x + g' --se robust --table tests
echo "--- some groups have no model"
columns g,term,estimate model $A --formula 'y ~ x' --by g --where 'g == "a" or y == 1'
columns g,name,value model $A --formula 'y ~ x' --by g --where 'g == "a" or y == 1' --table fit
echo "--- margins by drawing again: the same for any number of threads"
again() { columns level,measure,estimate,std_error,conf_low,conf_high model $W --formula 'low ~ factor(smoke) + lwt' --margins smoke \
    --table margins "$@"; }
again
again --bootstrap 500 --threads 1 >$TMPDIR/one; again --bootstrap 500 --threads 3 | tee $TMPDIR/three; cmp $TMPDIR/one $TMPDIR/three
again --bootstrap 500 --seed 2 --cluster ftv
refused dyad model $W --formula 'low ~ smoke' --bootstrap 500
refused dyad model $W --formula 'low ~ smoke' --margins smoke --bootstrap 5
refused dyad model $A --formula 'c/n ~ x' --margins x --bootstrap 500
columns level,measure,estimate,std_error model $A --formula 'c/n ~ g + x' --where 'c <= n' --margins g --table margins
echo "--- GEE of other means: geepack's geeglm"
for mean in logistic log-binomial modified-poisson; do values $W --family gee --mean $mean --cluster ftv --formula 'low ~ smoke'; done
values $W --family gee --mean poisson --cluster race --formula 'ftv ~ smoke'
values $W --family gee --mean linear --cluster ftv --formula 'bwt ~ smoke' --correction mancl-derouen
refused dyad model $W --mean poisson --formula 'ftv ~ smoke'
refused dyad model $W --family gee --mean linear --cluster ftv --formula 'bwt ~ smoke' --evalue
echo "--- pictures of Cox models"
L=tests/data/lung.csv
dyad model $L --family cox --formula 'Surv(time, status=2) ~ age + factor(sex)' --schoenfeld $TMPDIR/s.csv --log-log $TMPDIR/l.csv --quiet --table fit >/dev/null
head -4 $TMPDIR/s.csv | short
head -4 $TMPDIR/l.csv | short
printf '%s\n' 'Variable / Field Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"' \
    'sex,radio,Sex of the patient,"1, Male | 2, Female"' 'time,text,Days of follow-up,' >$TMPDIR/book.csv
dyad model $L --family cox --formula 'Surv(time, status=2) ~ age + factor(sex)' --codebook $TMPDIR/book.csv \
    --schoenfeld $TMPDIR/s.svg --log-log $TMPDIR/l.svg --quiet --table fit >/dev/null
grep -o 'Sex of the patient\(: Female\)\?\|Days of follow-up\|Male' $TMPDIR/s.svg $TMPDIR/l.svg | sort | uniq -c
refused dyad model $L --family cox --formula 'Surv(time, status=2) ~ age' --log-log $TMPDIR/l.svg
refused dyad model $L --family cox --formula 'Surv(time, status=2) ~ age' --schoenfeld $TMPDIR/l.svg --of sex
refused dyad model $L --formula 'status=2 ~ age' --schoenfeld $TMPDIR/l.svg
echo "--- numbers of the response that are out of order have a place"
printf 'y,n,x\n1,3,1\n2,4,2\n\n5,4,3\n' >"$TMPDIR/counts.csv"
refused dyad model "$TMPDIR/counts.csv" --formula 'y/n ~ x'
printf 'a,t,e,x\n0,3,1,1\n1,4,1,2\n4,4,1,3\n' >"$TMPDIR/times.csv"
refused dyad model "$TMPDIR/times.csv" --family cox --formula 'Surv(a, t, e) ~ x'
echo "--- few clusters: cr2 with its degrees of freedom, joint tests by Hotelling's approximation (clubSandwich)"
columns term,estimate,std_error,df model $W --se cr2 --cluster ftv --formula 'low ~ factor(race) + smoke'
columns term,statistic,df,p_value,df_residual model $W --se cr2 --cluster ftv --formula 'low ~ factor(race) + smoke' --table tests
