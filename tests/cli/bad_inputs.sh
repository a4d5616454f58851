# What is refused, with its place, without repeating a cell, and with nothing written.
cd "$TMPDIR" || exit
bad() { # FILE [ARGUMENTS]
    file=$1
    shift
    refused dyad rates "$file" --outcome y -o out.txt --plot out.svg "$@"
    case $file in /* | .) ;; *) rm -f "$file" ;; esac
    [ -z "$(ls -A | grep -v '^data$')" ] || ls -A
}
make() { # FORMAT: printf into cohort.csv
    printf "$1" >cohort.csv
}
echo "--- files"
bad none.csv
bad .
: >empty.csv; bad empty.csv
bad /dev/null
printf '\n\n\n' >newlines.csv; bad newlines.csv
printf 'id,y\n' >header.csv; bad header.csv
printf '\377\376i\0d\0,\0y\0\n\0' >utf16le.csv; bad utf16le.csv
printf '\376\377\0i\0d\0,\0y\0\n' >utf16be.csv; bad utf16be.csv
printf 'PK\003\004\024\0\006\0' >book.xlsx; bad book.xlsx
printf '%%PDF-1.7\n' >paper.pdf; bad paper.pdf
printf '\037\213\010\0\0\0\0\0' >cut.csv.gz; bad cut.csv.gz
echo 'id,y' | gzip | head -c 15 >short.csv.gz; bad short.csv.gz
echo "--- bytes"
make 'id,y\n1,0\nk\351,1\n'; bad cohort.csv
make 'id,y\n1,0\n2\000,1\n'; bad cohort.csv
make 'id,y\n1,0\n2,1\n\032'; bad cohort.csv
make 'sep=;\nid;y\n1;0\n'; bad cohort.csv
echo "--- records"
make 'id,z,y\n1,2,0\n1,1\n1,2,1\n1,2,3,4\n'; bad cohort.csv
make 'id,y\n1,0\n2,1,\n'; bad cohort.csv
make 'id,y\n1,0\n"2,1\n3,0\n4,1\n'; bad cohort.csv
make 'id,y\n1,0\n2"a,1\n'; bad cohort.csv
make 'id,y\n1,0\n"2"b,1\n'; bad cohort.csv
make 'id;y\n1;0\n'; bad cohort.csv
make 'id\ty\n1\t0\n'; bad cohort.csv
make 'id,y\n1,0\nid,y\n2,1\n'; bad cohort.csv --by id
echo "--- header"
make 'id,y,id\n1,0,1\n'; bad cohort.csv
make 'id,,y\n1,0,1\n'; bad cohort.csv
make 'id,x\n1,0\n'; bad cohort.csv
make 'id,Y\n1,0\n'; bad cohort.csv
make 'id,"y\ny"\n1,0\n'; bad cohort.csv
awk 'BEGIN { for (i = 0; i < 10001; i++) printf "c%d,", i; print "y" }' >wide.csv; bad wide.csv
{ echo id,y; printf '"'; head -c 1100000 /dev/zero | tr '\0' x; printf '",1\n'; } >field.csv; bad field.csv
{ echo id,y; seq 10001 | sed 's/$/,1/'; } >levels.csv; bad levels.csv --by id
echo "--- outcomes"
make 'id,y\n1,1\n2,2\n3,1\n'; bad cohort.csv
make 'id,y\n1,0\n2,maybe\n'; bad cohort.csv
make 'id,y\n1,0\n2,NULL\n'; bad cohort.csv
make 'id,y\n1,0\n2,-9\n'; bad cohort.csv
make 'id,y\n1,0\n2,?\n'; bad cohort.csv
echo "--- numbers where numbers are needed"
for cell in 12abc 5e --1 1d3 0x1p3 inf nan 'nan(123)' 1e999 1e-400 '1 234' '1,234' '1.234,5' '<5' '5%%' '5mg' "'5" '5\302\240' \
    '\331\241\331\242' 9-May 2023-02-29 NULL '""""' TRUE; do
    make "x,y\n1,0\n\"$(printf '%s' "$cell" | sed 's/^""""$/""/')\",1\n"
    bad cohort.csv --where 'x >= 0'
done
for cell in 1e5 +5 .5 5. -0 1E+2; do
    make "x,y\n1,0\n$cell,1\n"
    echo "$cell: $(columns n rates cohort.csv --outcome y --where 'x >= 0' | tail -n 1)"
done
echo "--- counts"
for cell in 1.5 -1 1e300 x; do
    make "w,y\n1,0\n$cell,1\n"; bad cohort.csv --freq w
done
make 'w,y\n5e9,0\n3,1\n0,1\n,1\n'
columns n,events rates cohort.csv --outcome y --freq w
make 'e,t,y\n3,2,1\n'; refused dyad rates cohort.csv --outcome e/t -o out.txt
make 'e,t,y\n1.5,2,1\n'; refused dyad rates cohort.csv --outcome e/t -o out.txt
make 'e,t,y\n-1,2,1\n'; refused dyad rates cohort.csv --outcome e/t -o out.txt
make 'e,t,y\n0,0,1\n'; refused dyad rates cohort.csv --outcome e/t -o out.txt
make 'e,t,y\n5e9,6e9,1\n'; columns n,events rates cohort.csv --outcome e/t
echo "--- nothing to estimate"
make 'g,y\na,\nb,NA\n'; bad cohort.csv
make 'g,y\na,1\nb,0\n'; bad cohort.csv --where 'g == "c"'
make 'g,y\na,1\nb,0\n'; bad cohort.csv --by g --na g=a,b
make 'g,y\na,1\nb,\n'; columns n,events,estimate rates cohort.csv --outcome y --by g
echo "--- twenty complaints and no more"
{ echo x,y; seq 30 | sed 's/$/a,1/'; } >many.csv; bad many.csv --where 'x > 0'
echo "--- several files"
printf 'id,y\n1,1\n' >a.csv; printf 'id,z\n1,1\n' >b.csv; refused dyad rates a.csv b.csv --outcome y -o out.txt
printf 'id,y\n1,x\n' >b.csv; refused dyad rates a.csv b.csv --outcome y -o out.txt
ls
