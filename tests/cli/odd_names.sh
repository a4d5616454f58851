# Columns whose names hold what means something elsewhere.
cd "$TMPDIR" || exit
cat >odd.csv <<'CSV'
a=b,x/y,"p, q",[r],`s`,and,"the ""best""",n,étage
1,0,u,1,0,1,1,4,1
0,1,u,1,1,0,0,6,2
1,1,v,0,0,1,1,3,1
1,0,v,0,1,0,0,7,2
0,0,u,1,1,1,1,9,1
CSV
short=outcome,n,events
columns $short rates odd.csv --outcome a=b
columns $short rates odd.csv --outcome a=b=1
columns $short rates odd.csv --outcome x/y
columns $short rates odd.csv --outcome x/y/n
columns $short rates odd.csv --outcome '"p, q=u"'
columns $short rates odd.csv --outcome '[r]'
columns $short rates odd.csv --outcome '`s`,and'
columns $short rates odd.csv --outcome '"the ""best"""'
columns étage,n,events rates odd.csv --outcome and --by étage
columns $short rates odd.csv --outcome and --by '"p, q"'
columns n,events rates odd.csv --outcome and --where '[a=b] == 1 and [x/y] == 0'
columns n,events rates odd.csv --outcome and --where '`[r]` == 1 and [p, q] == "u"'
columns n,events rates odd.csv --outcome and --where '[and] == 1'
columns n,events rates odd.csv --outcome and --where 'étage == 2'
columns n,events rates odd.csv --outcome and --na 'x/y=0' --where '[x/y] is missing'
columns level,reference,estimate odds odd.csv --outcome and --exposure a=b --ci exact
columns level,reference odds odd.csv --outcome and --exposure a=b=1 --ci exact
columns level,reference odds odd.csv --outcome a=b --exposure x/y=1 --ci exact
dyad rates odd.csv --outcome and --by '"the ""best""",a=b' --format json --table rates | sed -n '/"tables"/,/^  }/p'
# A --by column of a name that the table has gets an underscore.
printf 'n,method,outcome,estimate,y\n1,a,01,3,1\n1,b,2,4,0\n' >clash.csv
dyad rates clash.csv --outcome y --by n,method,outcome,estimate --format csv --quiet | cut -d, -f 1-7
dyad odds clash.csv --outcome y --exposure method=a --by n --format csv --quiet | cut -d, -f 1-9
dyad odds clash.csv --outcome y --exposure method=a --by n --format csv --quiet --table tests | head -n 1
