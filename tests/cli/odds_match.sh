# Matched pairs and sets: against survival::clogit in reference.R.
cd "$TMPDIR" || exit
cat >pairs.csv <<'CSV'
pair,case,exposed
1,1,1
1,0,0
2,1,1
2,0,0
3,1,0
3,0,1
4,1,1
4,0,1
5,1,0
5,0,0
6,1,1
6,0,0
7,1,1
7,0,0
8,1,1
8,0,
9,1,1
9,0,0
,1,1
CSV
show='stratum,events,n,reference_events,reference_n,measure,method,estimate,std_error,conf_low,conf_high,p_value'
dyad odds pairs.csv --outcome case --exposure exposed --match pair
columns $show odds pairs.csv --outcome case --exposure exposed --match pair --ci exact
columns $show odds pairs.csv --outcome case --exposure exposed --match pair --ci midp
S=data/sets.csv
columns $show odds $S --outcome case --exposure exposed --match set
columns $show odds $S --outcome case --exposure exposed --match set --ci exact
columns $show odds $S --outcome case --exposure exposed --match set --ci midp
columns stratum,test,statistic,df,p_value odds $S --outcome case --exposure exposed --match set --table tests
columns stratum,level,events,non_events,missing odds $S --outcome case --exposure exposed --match set --table cells
columns level,stratum,measure,estimate odds $S --outcome case --exposure dose --match set --measure or
columns level,stratum,test,statistic odds $S --outcome case --exposure dose --match set --table tests
# More sets than a category may have levels.
{ echo set,case,exposed; seq 12000 | awk '{ print $1 ",1," ($1 % 3 > 0) "\n" $1 ",0," ($1 % 2) }'; } >many.csv
columns $show odds many.csv --outcome case --exposure exposed --match set
refused dyad odds many.csv --outcome case --exposure exposed --stratify set
