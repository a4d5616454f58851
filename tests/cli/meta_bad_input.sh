# What `dyad meta` refuses or leaves empty, each with its reason: wrong cells, contradicting options, studies without an
# answer.  Nothing is left at --output or --plot, and no table ever holds a NaN.
cd "$TMPDIR" || exit
columns=study,treated_events,treated_total,control_events,control_total
make() { # ROWS: printf into t.csv, counts of two arms
    printf "$columns\n$1" >t.csv
}
bad() { # ARGUMENTS
    refused dyad meta "$@" -o out.json --plot out.svg
    [ -z "$(ls -A | grep -v '^data$' | grep -v '[.]csv$' | grep -v '^answer.py$')" ] || ls -A
}
# answer TABLES ARGUMENTS...: what is not empty of those tables (rounded), notes that matter, exit status.
cat >"$TMPDIR/answer.py" <<'END'
import json, sys
text = open("out.json").read()
assert "nan" not in text.lower().replace("nano", "")
result = json.loads(text)
for name in sys.argv[1].split(","):
    for row in result["tables"][name]:
        print(" ", name, *("%s=%s" % (k, "%.6g" % v if isinstance(v, float) else v) for k, v in row.items()
                           if v is not None and k not in ("contrast", "measure", "method")))
END
answer() {
    tables=$1
    shift
    echo "\$ dyad meta $*"
    dyad meta "$@" -o out.json --quiet && python3 answer.py "$tables"
    status=$?
    [ $status -eq 0 ] || echo "[$status]"
    rm -f out.json
}
good='a,4,119,11,128\nb,6,306,29,303\nc,5,50,9,50\nd,6,60,8,55\n'

echo "--- files"
bad none.csv
: >t.csv; bad t.csv
make ''; bad t.csv
printf 'a,b\n1,2\n' >t.csv; bad t.csv
printf 'study,estimate\na,1\n' >t.csv; bad t.csv --measure generic
printf 'study,study,estimate\na,b,1\n' >t.csv; bad t.csv --measure generic
printf 'study,events,total\na,1,10\n' >t.csv; bad t.csv
echo "--- counts"
for cell in 1.5 -1 1e300 x NaN inf '5%%' 120; do
    make "${good}e,$cell,119,5,100\n"; bad t.csv
done
for cell in 1.5 -1 x 4; do
    make "${good}e,3,100,5,$cell\n"; bad t.csv
done
make 'a,5,4,x,10\nb,-1,10,2,1.5\n'; bad t.csv
printf 'study,events,total\na,11,10\nb,-1,0\n' >t.csv; bad t.csv --measure proportion-ft
echo "--- missing cells, arms of nobody, five thousand million"
make "${good}e,,119,5,100\nf,0,0,5,100\ng,0,0,0,0\n"; answer pooled,studies t.csv
make 'a,5e9,6e9,4e9,6e9\nb,5e8,6e9,4e8,6e9\n'; answer pooled,studies t.csv --measure rr
echo "--- estimates"
estimates() { # COLUMNS ROW
    printf "study,$1\na,$2\nb,0.8,0.4,1.6\n" >t.csv
}
for row in 2.0,0.4,1.5 0.5,1.25,0.2 0.5,0.5,0.5 -0.5,-0.9,-0.1 0.5,0,0.9 x,0.4,1.5; do
    estimates estimate,conf_low,conf_high $row; bad t.csv --measure or
done
for error in 0 -1 1e-400 x; do
    printf "study,estimate,std_error\na,0.5,$error\nb,0.8,0.4\n" >t.csv; bad t.csv --measure generic
    printf "study,estimate,variance\na,0.5,$error\nb,0.8,0.4\n" >t.csv; bad t.csv --measure generic
done
printf 'study,estimate,std_error\na,0.5,\nb,,0.4\n' >t.csv; bad t.csv --measure generic
bad t.csv
printf 'study,estimate,variance\na,0.5,1e-12\nb,0.8,1\nc,0.1,1e-6\n' >t.csv
for estimator in reml dl he hs sj ml eb pm; do
    answer pooled,heterogeneity t.csv --measure generic --estimator $estimator
done
echo "--- one study"
make 'a,4,119,11,128\n'
answer pooled,heterogeneity t.csv
answer pooled t.csv --ci hksj
answer pooled,heterogeneity t.csv --pool mh
answer pooled t.csv --estimator glmm
answer tests,influence,trim_and_fill t.csv --bias --influence
bad t.csv --moderators treated_total
echo "--- two"
make 'a,4,119,11,128\nb,6,306,9,303\n'
for estimator in reml dl he hs sj ml eb pm mh-dl glmm; do
    answer pooled t.csv --estimator $estimator
done
for ci in t hksj; do
    answer pooled t.csv --ci $ci
done
answer pooled t.csv --prediction hts
answer tests,trim_and_fill,influence t.csv --bias --influence
echo "--- tau-squared at 0, identical effects"
make "${good}"; answer pooled,heterogeneity t.csv
make 'a,4,119,11,128\nb,4,119,11,128\nc,4,119,11,128\n'
for ci in wald t hksj; do
    answer pooled,heterogeneity t.csv --ci $ci
done
answer tests,trim_and_fill,influence t.csv --ci hksj --bias --influence
echo "--- no events"
make 'a,0,119,0,128\nb,0,10,0,10\n'
for measure in or rr rd peto; do
    answer pooled t.csv --measure $measure
    bad t.csv --measure $measure --double-zero drop
    bad t.csv --measure $measure --zero none
done
bad t.csv --pool mh
bad t.csv --pool peto
bad t.csv --estimator glmm
make 'a,0,119,3,128\nb,0,10,2,10\nc,0,50,4,40\n'
for measure in or rr rd; do
    answer pooled t.csv --measure $measure
done
bad t.csv --pool mh
bad t.csv --pool mh --measure rr
answer pooled t.csv --pool mh --measure rd
answer pooled t.csv --pool peto
for kind in um.fs cm.el; do
    bad t.csv --estimator glmm --glmm $kind
done
bad t.csv --estimator mh-dl
printf 'study,events,total\na,0,10\nb,0,20\n' >t.csv
answer pooled t.csv --measure proportion-logit
answer pooled t.csv --measure proportion-ft
bad t.csv --measure proportion-logit --zero none
echo "--- columns"
cat >t.csv <<'END'
study,treated_events,treated_total,control_events,control_total,year,place,one,twice,mix,cl,size,icc
a,4,119,11,128,1990,x,1,3980,1,A,10,0.05
b,6,306,29,303,1995,x,1,3990,2,A,20,0.05
c,5,50,9,50,2000,y,1,4000,x,B,,
d,6,60,8,55,2005,y,1,4010,4,B,,
e,9,90,10,80,2010,z,1,4020,5,C,5,0.02
END
for columns in study=nobody foo=year year study= study=place,study=year treated_events=year; do
    bad t.csv --columns $columns
done
for option in subgroup cluster cumulative by; do
    bad t.csv --$option nosuch
done
echo "--- moderators"
for terms in nosuch 'log(place)' mix 'log(year - 2000)' 'y ~ year' 0 'year +' 'factor(place, ref = "q")'; do
    bad t.csv --moderators "$terms"
done
for terms in one 'year + twice' 'place + cl' 'factor(mix)' study; do
    dyad meta t.csv --moderators "$terms" -o out.json 2>/dev/null
    echo "--moderators '$terms' [$?]" $(ls out.json 2>/dev/null)
done
bad t.csv --moderators year --by place
echo "--- clusters"
answer pooled,levels,robust t.csv --cluster study
answer pooled,levels t.csv --cluster cl --subgroup place
bad t.csv --icc icc --cluster-size year
bad t.csv --icc year --cluster-size size
bad t.csv --icc 0.05 --cluster-size nosuch
printf 'study,estimate,variance,cl\na,0.1,1,A\nb,0.2,1,A\n' >u.csv
dyad meta u.csv --measure generic --cluster cl -o out.json 2>/dev/null
echo "one cluster [$?]" $(ls out.json 2>/dev/null)
echo "--- options that contradict each other or say nothing"
while read -r options; do
    bad t.csv $options
done <<'END'
--estimator foo
--estimator given
--model mixed
--model common --estimator dl
--model random --pool mh
--pool mh --measure asd
--pool peto --measure rr
--ci profile
--ci hksj --model common
--ci t --pool mh
--prediction hts --model common
--zero all:0
--zero only0:-1
--zero none:1
--measure nosuch
--measure hr
--measure rd --log-scale
--measure proportion-logit
--double-zero maybe
--limits-level 0
--level 100
--rho 0.5
--cluster cl --rho 1
--cluster cl --estimator dl
--cluster cl --ci hksj
--cluster cl --model common
--icc 0.05
--cluster-size 10
--glmm um.fs
--estimator glmm --glmm x
--estimator glmm --measure rr
--estimator glmm --ci hksj
--estimator glmm --moderators year
--estimator mh-dl --moderators year
--estimator mh-dl --measure asd
--pool mh --moderators year
--arms one
--favours a
--layout odd
--limits-level 0.9
--model common --i2 tau2
--estimator mh-dl --i2 tau2
--estimator glmm --i2 q
--cluster cl --i2 q
--cluster cl --prediction hts
--cluster cl --bias
--funnel f.txt
--like nosuch
--table influence
--freq size
END
bad t.csv --where 'year > 3000'
echo "--- an option about what no study has"
refused dyad meta t.csv --log-scale
printf 'study,estimate,conf_low,conf_high\na,1.5,1.1,2.05\nb,0.8,0.5,1.28\n' >v.csv
refused dyad meta v.csv --measure or --zero none
refused dyad meta v.csv --measure or --double-zero drop
refused dyad meta v.csv --measure or --beside 'Log=-0.1,-0.3,0.2'
refused dyad meta v.csv --measure generic --zero only0:arm
printf 'study,events,total\na,0,10\nb,3,20\n' >v.csv
refused dyad meta v.csv --measure proportion-logit --zero only0:arm
refused dyad meta v.csv --measure proportion-logit --arms support,control
refused dyad odds --cells 1,2,0,4 --zero only0:arm
echo "--- an error whose square is no double, and where it stands"
for columns in std_error,0.5,1e-200 std_error,1e70,0.1 variance,0.5,1e-100; do
    printf "study,estimate,${columns%%,*}\na,${columns#*,}\nb,0.4,0.22\n" >v.csv
    refused dyad meta v.csv --measure generic
done
rm v.csv
refused dyad meta t.csv --favours less,more
refused dyad meta t.csv --layout jama
ls
echo "--- a common effect has I-squared from Q, and no tau-squared; tests of bias beside pooled counts"
columns=study,treated_events,treated_total,control_events,control_total
make "${good}e,3,100,5,90\n"
answer heterogeneity t.csv --model common
answer heterogeneity t.csv --model common --i2 q
answer tests,trim_and_fill t.csv --estimator glmm --bias
answer tests,trim_and_fill t.csv --pool mh --model common,random --bias
answer pooled t.csv --estimator glmm --zero all:0.5
answer pooled t.csv --estimator glmm
answer studies t.csv --model common,random --pool mh
