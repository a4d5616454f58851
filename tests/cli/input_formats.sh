# What a cohort file may look like: line ends, a mark at the start, quotes, padding, gzip, separators, several files.
cd "$TMPDIR" || exit
short=by,n,events
cat >plain.csv <<'CSV'
id,by,y
1,a,1
2,b,0
3,a,NA
4,"b",1
5,a,0
CSV
same() { # FILE... : as plain.csv?
    dyad rates --outcome y --by by --format csv --quiet "$@" >got 2>&1
    if cmp -s got want; then echo "$* as plain.csv"; else echo "$*:"; cat got; fi
}
dyad rates --outcome y --by by --format csv --quiet plain.csv >want
cat want | short
sed 's/$/\r/' plain.csv >crlf.csv
tr '\n' '\r' <plain.csv >cr.csv
awk '{ printf "%s%s", $0, (NR % 2 ? "\r\n" : "\n") }' plain.csv >mixed.csv
printf '%s' "$(cat plain.csv)" >no-last-line-end.csv
{ printf '\357\273\277'; cat plain.csv; } >mark.csv
{ printf '\357\273\277'; sed 's/[^,]*/"&"/g;s/""\([^"]\)/"\1/g;s/\([^"]\)""/\1"/g' plain.csv; } >mark-quoted.csv
sed 's/,/ ,\t /g;s/^/ /' plain.csv >padded.csv
gzip -c plain.csv >packed.csv.gz
gzip -c plain.csv >packed-without-ending
tr ',' '\t' <plain.csv >tab.tsv
tr ',' ';' <plain.csv >semicolon.csv
tr ',' '|' <plain.csv >bar.txt
sed 's/,1$/,1.0/;s/,0$/,0.00/' plain.csv >numbers.csv
sed 's/,NA/,./' plain.csv >point.csv
sed 's/,NA/,/' plain.csv >empty.csv
sed 's/,NA/,""/' plain.csv >empty-quoted.csv
sed 's/,NA/,"NA"/' plain.csv >quoted-missing.csv
awk 'NR == 4 { print "" } { print }' plain.csv >blank-line.csv
for file in crlf.csv cr.csv mixed.csv no-last-line-end.csv mark.csv mark-quoted.csv padded.csv packed.csv.gz \
    packed-without-ending tab.tsv numbers.csv point.csv empty.csv empty-quoted.csv quoted-missing.csv blank-line.csv; do
    same $file
done
same --delimiter ';' semicolon.csv
same --delimiter '|' bar.txt
same --delimiter tab tab.tsv
same --delimiter '\t' tab.tsv
same - <plain.csv
same - <packed.csv.gz
cat plain.csv | same -
mkfifo pipe && { cat plain.csv >pipe & } && same pipe
wait
# Several files, in any order of columns.
head -n 3 plain.csv >one.csv
awk -F, -v OFS=, 'NR == 1 || NR > 3 { print $3, $1, $2 }' plain.csv >two.csv
same one.csv two.csv
same two.csv one.csv
gzip -k two.csv && same one.csv two.csv.gz
same one.csv - <two.csv
dyad rates blank-line.csv --outcome y --format csv 2>&1 >/dev/null | head -n 1
dyad rates one.csv two.csv --outcome y --format json | sed -n '/"inputs"/,/]/p'
# A newline in a quoted field; lines are counted right behind it.
printf 'note,y\n"two\nlines",1\n"a ""quoted"" word",0\nx,maybe\n' >quoted.csv
refused dyad rates quoted.csv --outcome y
columns n,events rates quoted.csv --outcome y=1
dyad rates quoted.csv --outcome y=1 --by note --format csv --quiet
# A blank line in a file of one column is a missing value.
printf 'y\n1\n\n0\n' >column.csv
columns n,events,missing rates column.csv --outcome y
# A decimal comma.
printf 'w;y\n1,5;1\n2,5;0\n3;1\n' >comma.csv
columns n,events rates comma.csv --delimiter ';' --decimal , --outcome y --where 'w > 1.7'
refused dyad rates comma.csv --delimiter ';' --outcome y --where 'w > 1.7'
# Codes keep the file's spelling.
printf 'code,y\n05,1\n5,0\n5.0,1\n' >codes.csv
dyad rates codes.csv --outcome y --by code --format csv --quiet | cut -d, -f 1-4
dyad rates codes.csv --outcome y --by code --format json | grep -o '"code": [^,]*'
dyad rates codes.csv --outcome y --by code --where 'code == 5' --format csv --quiet | cut -d, -f 1-4
dyad rates codes.csv --outcome y --by code --where 'code == "05"' --format csv --quiet | cut -d, -f 1-4
