# Models on data sets that R brings along (MASS: birthwt; survival: lung; datasets: infert).
W=tests/data/birthwt.csv
show() { # ARGUMENTS: the text without what differs by machine
    try dyad model "$@" | sed '/^Input/,$d'
}
show $W --formula 'low ~ age + lwt + factor(race)*smoke + ptl + ht + ui'
show tests/data/lung.csv --family cox --formula 'Surv(time, status=2) ~ age + factor(sex) + ph.ecog'
show tests/data/infert.csv --family conditional --match stratum --formula 'case ~ spontaneous + induced'
show tests/data/infert.csv --family mixed-logistic --cluster stratum --formula 'case ~ spontaneous + induced' --table fit
show $W --family gee --cluster ftv --formula 'low ~ smoke + lwt' --table coefficients,fit
echo "--- families, errors and limits"
each() { columns term,estimate,std_error,conf_low,conf_high model "$@"; }
for family in log-binomial modified-poisson; do each $W --family $family --formula 'low ~ smoke + factor(race)'; done
for family in poisson negative-binomial; do each $W --family $family --formula 'ftv ~ smoke + age'; done
each $W --family linear --formula 'bwt ~ lwt + ns(age, df=3) + factor(race, ref="2")'
for se in robust hc1 hc2 hc3; do each $W --se $se --formula 'low ~ smoke + lwt'; done
for se in cluster cr0 cr2; do each $W --se $se --cluster ftv --formula 'low ~ smoke + lwt'; done
each $W --ci profile --formula 'low ~ smoke + lwt'
each tests/data/lung.csv --family cox --ties breslow --stratify sex --se robust --formula 'Surv(time, status=2) ~ age'
each $W --by ht --formula 'low ~ smoke'
echo "--- what has no answer"
refused dyad model $W --formula 'low ~ no_such'
refused dyad model $W --formula 'low ~ age +'
refused dyad model $W --formula '~ age'
refused dyad model $W --formula 'age ~ low'
refused dyad model $W --formula 'low ~ age' --family cox
refused dyad model $W --formula 'low ~ age' --family probit
refused dyad model $W --formula 'low ~ age' --se cluster
refused dyad model $W --formula 'low ~ age' --ties efron
refused dyad model $W --formula 'low ~ age' --ci profile --se robust
refused dyad model $W --formula 'low ~ age' --where 'low == 1'
refused dyad model $W --formula 'low ~ age + bwt < 2500'
refused dyad model $W --formula 'low ~ bwt'
refused dyad model $W --formula 'low ~ log(ptl)'
refused dyad model $W
echo "--- the defaults of other programs"
for p in stata sas metafor; do try dyad model $DATA/lung.csv --family cox --formula 'Surv(time, status=2) ~ age' --like $p --table flow | grep -A1 -e "- As" -e "- Ties"; done
