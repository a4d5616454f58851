# Models of many rows: what is summed by cells of factors and of numbers of two values, kept in pieces of a file.
cd "$TMPDIR" || exit
awk 'BEGIN { s = 32; print "g,d,k,x,code,entry,t,e,n"
    for (i = 0; i < 60000; i++) {
        for (j = 0; j < 9; j++) { s = (s * 16807) % 2147483647; u[j] = s / 2147483647 }
        d = u[1] < .4; k = 1 + (u[2] < .5); x = int(41 * u[3]); entry = int(3 * u[5])
        long = 1 - log(u[6]) * 5 * exp(.3 * d - .2 * k + .01 * x); t = entry + int(long < 9 ? long : 9)
        print substr("abc", 1 + int(3 * u[0]), 1) "," d "," k "," (u[8] < .02 ? "" : x / 10) "," \
            int(u[4] * (i < 20000 ? 200 : i < 40000 ? 900 : 70000)) "," entry "," t "," (long < 9) "," 1 + int(3 * u[7])
    } }' >rows.csv
{ head -n 1 rows.csv; tail -n +2 rows.csv | tac; } >turned.csv
fit() { columns term,estimate,std_error model "$@"; }
cox='--family cox --formula Surv(t,e)~g+d+k+x'
late='--family cox --formula Surv(entry,t,e)~g*d+x+k'
logistic='--formula e~g+d*k+x'
echo "--- as R has them: reference_model.R"
for model in "$cox" "$late" "$logistic" '--family poisson --formula e~d+k+d:x+offset(x)'; do
    fit rows.csv $model
done
echo "--- the same bits for any number of threads, the same numbers whatever the order of the records"
for model in "$cox" "$late" "$cox --freq n" "--family cox --formula Surv(t,e)~d+x --ties breslow --by g" \
    "$logistic --freq n" '--family linear --formula t~code+d+k+x'; do
    dyad model rows.csv $model --format csv --quiet --threads 1 >one
    for threads in 2 5; do
        dyad model rows.csv $model --format csv --quiet --threads $threads | cmp - one
    done
    fit rows.csv $model >told && fit turned.csv $model --threads 2 | cmp - told && wc -l <told
done
echo "--- numbers of two values as such, as factors, and as numbers that a formula makes"
for family in cox logistic; do
    left=e; [ $family = logistic ] || left='Surv(t,e)'
    for right in 'd+k+x' 'factor(d)+factor(k)+x' 'I(d*1)+I(k*1)+x'; do
        fit rows.csv --family $family --formula "$left~$right" | sed '/Intercept/d; s/^[^,]*//'
    done
done
