# Studies pooled: models, estimators, what stands around them.  The numbers are R's: tests/cli/reference_meta.R.
BCG=datasets/bcg/bcg.csv
L=datasets/lactation-support/lactation-support.csv
show() { # ARGUMENTS: the text without what differs by machine
    try dyad meta "$@" | sed '/^Input/,$d'
}
show $BCG --model common,random --estimator dl --subgroup allocation --table pooled,heterogeneity,tests
show $BCG --measure rr --moderators 'latitude + factor(allocation, ref="random")' --ci hksj --table moderators,fit,tests
show $BCG --bias --influence --table tests,trim_and_fill,influence
show $BCG --cumulative year --measure rd --table cumulative
echo "--- each estimator and interval"
for e in reml dl he hs sj ml eb pm mh-dl glmm; do
    columns estimator,estimate,conf_low,conf_high meta $BCG --estimator $e
done
for c in wald t hksj; do columns method,df,conf_low,conf_high,pred_low meta $BCG --ci $c; done
for p in interval hts veroniki; do columns pred_low,pred_high meta $BCG --prediction $p; done
for m in or rr rd peto asd; do columns measure,estimate,std_error,conf_low,conf_high meta $BCG --measure $m; done
columns model,estimator,estimate,std_error meta $BCG --pool mh
columns model,estimator,estimate,std_error meta $BCG --pool mh --model common,random
columns model,estimator,estimate,std_error meta $BCG --pool peto
columns i2,h2 meta $BCG --i2 q --table heterogeneity
columns measure,estimate,conf_low,conf_high,p_value meta $BCG --measure proportion-logit --columns events=control_events,total=control_total
columns measure,estimate,conf_low,conf_high meta $BCG --measure proportion-ft --columns events=control_events,total=control_total
echo "--- estimates"
printf 'study,estimate,conf_low,conf_high,std_error,year\nA,1.50,1.10,2.05,,2001\nB,0.80,0.50,1.28,,2003\nC,2.0,,,0.2,2002\nD,1.2,1.0,1.6,,2004\n' >"$TMPDIR/e.csv"
show "$TMPDIR/e.csv" --measure or | sed "s#$TMPDIR#TMP#g"
columns study,estimate,conf_low,conf_high meta "$TMPDIR/e.csv" --measure or --limits-level 0.9 --table studies
columns estimate,std_error meta "$TMPDIR/e.csv" --measure generic
echo "--- clusters"
printf 'study,lab,treated_events,treated_total,control_events,control_total,size\nA,x,20,100,10,100,25\nB,x,30,150,20,140,\nC,y,12,80,9,85,10\nD,y,0,40,0,42,\nE,z,5,50,0,55,\nF,z,9,60,3,55,\n' >"$TMPDIR/c.csv"
show "$TMPDIR/c.csv" --icc 0.02 --cluster-size size --table pooled,unadjusted,studies
show "$TMPDIR/c.csv" --cluster lab --rho 0.5 --table pooled,heterogeneity,levels,robust
show "$TMPDIR/c.csv" --estimator glmm --glmm cm.el --table pooled,heterogeneity,tests
for z in only0:0.5 if0all:0.5 all:0.5 none; do columns k,estimate,std_error meta "$TMPDIR/c.csv" --zero $z; done
columns k,n,estimate meta "$TMPDIR/c.csv" --double-zero drop
echo "--- as other programs"
for like in metafor meta stata revman5 revman2025 sas; do
    show "$TMPDIR/c.csv" --like $like --table pooled | sed -n '/Pooled/,/Notes/p;/As /,$p'
done
show "$TMPDIR/c.csv" --like revman5 --model random --table pooled | sed -n '/As /,$p'
show "$TMPDIR/e.csv" --like meta --measure hr --table pooled | sed -n '/As /,$p'
echo "--- published figures beside ours"
show $L --measure or --by outcome --order outcome=initiation,any,exclusive --table pooled,beside \
    --where '(outcome == "initiation" or age_weeks >= 2) and age_weeks <= 6' \
    --beside 'initiation:Patel & Patel 2016=1.35,1.10,1.67' --beside 'any:Patel & Patel 2016=1.49,1.09,2.04' \
    --beside 'exclusive:Patel & Patel 2016=1.71,1.20,2.44'
