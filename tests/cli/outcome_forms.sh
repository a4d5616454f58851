# What a binary outcome may be: 0/1, no/yes, n/y, false/true in any case; COL=VALUE; EVENTS/TOTAL; a derived column.
cd "$TMPDIR" || exit
cat >forms.csv <<'CSV'
a,b,c,d,e,f,g,events,total
0,no,N,false,1,1.0,x,3,10
1,YES,y,TRUE,2,0,y,0,4
1,Yes,Y,True,1,1,x,5,5
NA,.,,NA,,.,NA,,7
CSV
short=outcome,n,events,missing
columns $short rates forms.csv --outcome a,b,c,d,f
columns $short rates forms.csv --outcome e=2,f=1,g=x,g=nobody
columns $short rates forms.csv --outcome events/total
columns $short rates forms.csv --outcome young --define 'young = e < 2'
columns $short rates forms.csv --outcome word --define 'word = if(g == "x", "yes", "no")'
dyad rates forms.csv --outcome g=x,g=nobody,a=1 --format csv 2>&1 >/dev/null
refused dyad rates forms.csv --outcome e
refused dyad rates forms.csv --outcome g
refused dyad rates forms.csv --outcome a --na a=1,0
refused dyad rates forms.csv --outcome events/a/total
refused dyad rates forms.csv --outcome g/total
refused dyad rates forms.csv --outcome total/events
refused dyad rates forms.csv --outcome word --define 'word = g'
refused dyad rates forms.csv --outcome a --define 'a = 1'
