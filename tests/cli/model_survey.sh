# Survey designs: weights, units, strata, populations; what R's survey makes of such is compared in reference_model.R.
W=tests/data/birthwt.csv
values() { columns term,estimate,std_error,df,conf_low,conf_high model "$@"; }
set -- $W --define 'w=1 + lwt / 50' --define 'unit=floor(age / 3)' --define 'all=if(race == 1, 200, 150)' --define 'some=race * 0.2'
echo "--- weights; units; strata; population, as a number and as a share"
values "$@" --formula 'low ~ smoke + lwt' --weight w
values "$@" --formula 'low ~ smoke + lwt' --weight w --psu unit
values "$@" --formula 'low ~ smoke + lwt' --weight w --design-strata race
values "$@" --formula 'low ~ smoke + lwt' --weight w --psu unit --design-strata race
values "$@" --formula 'low ~ smoke + lwt' --weight w --design-strata race --fpc all
values "$@" --formula 'low ~ smoke + lwt' --weight w --design-strata race --fpc some
values "$@" --formula 'bwt ~ smoke' --psu unit --family linear
echo "--- domains: no unit is dropped, whether left out by --where, by --by or by a missing value"
values "$@" --formula 'low ~ smoke' --psu unit --weight w --where 'age < 30'
values "$@" --formula 'low ~ smoke' --psu unit --weight w --define 'young=if(age < 30, age, 1/0)' --where 'young is not missing'
columns race,term,std_error,df model "$@" --formula 'low ~ smoke' --psu unit --weight w --by race
echo "--- the same bits for any number of threads; weights of 0 are in no domain"
values "$@" --formula 'low ~ smoke + lwt' --weight w --psu unit --threads 1 >"$TMPDIR/1"
values "$@" --formula 'low ~ smoke + lwt' --weight w --psu unit --threads 3 | cmp - "$TMPDIR/1"
values "$@" --formula 'low ~ smoke' --define 'w0=if(age < 30, w, 0)' --weight w0 --psu unit
echo "--- what is said"
try dyad model "$@" --formula 'low ~ smoke + lwt' --weight w --psu unit --design-strata race --fpc all | sed '/^Input/,$d'
echo "--- refused"
for o in '--margins smoke' '--se robust' '--cluster race' '--penalty firth' '--ci profile' '--roc r.svg' '--freq ftv' '--family negative-binomial' \
    '--family gee --cluster race' '--design-strata age' '--fpc ftv' '--fpc lwt' '--fpc ht --design-strata ht' '--weight nowhere' '--psu nowhere'; do
    refused dyad model "$@" --formula 'low ~ smoke' --weight w $o
done
refused dyad model "$@" --formula 'low/ftv ~ smoke' --weight w
refused dyad model "$@" --formula 'low ~ smoke' --define 'minus=lwt - 100' --weight minus
printf 'y,x,w\n1,2,a\n0,1,1\n' >"$TMPDIR/t.csv"
refused dyad model "$TMPDIR/t.csv" --formula 'y ~ x' --weight w
dyad model - --formula 'low ~ smoke' --weight lwt <$W 2>&1
echo "[$?]"
echo "--- Cox"
L=tests/data/lung.csv
values $L --family cox --formula 'Surv(time, status=2) ~ age + sex' --define 'w=1 + ph.ecog' --define 'unit=inst' --weight w --psu unit
values $L --family cox --formula 'Surv(time, status=2) ~ age + sex' --define 'w=1 + ph.ecog' --weight w --design-strata sex
try dyad model $L --family cox --formula 'Surv(time, status=2) ~ age' --psu inst --table fit,tests | sed '/^Input/,$d'
refused dyad model $L --family cox --formula 'Surv(time, status=2) ~ age' --psu inst --schoenfeld s.svg
