# Directly standardised rates.
B=$DATA/births.csv
cd "$TMPDIR" || exit
B=data/births.csv
printf 'parity,weight\n0,400\n1,300\n2,200\n3,100\n' >standard.csv
dyad rates $B --outcome initiated --standardize parity --standard standard.csv --by arm --overall
dyad rates $B --outcome initiated --standardize parity --standard standard.csv --format csv --quiet | short
dyad rates $B --outcome initiated --standardize parity --standard standard.csv --format json | grep -o '"path": "[^"]*"'
echo "--- a group without one of the strata has no standardised rate"
columns n,kind,estimate rates $B --outcome initiated --standardize parity --standard standard.csv --where 'parity < 3 or arm == "01"' --by arm
echo "--- what the standard must be"
bad() {
    printf "$1" >bad.csv
    refused dyad rates $B --outcome initiated --standardize parity --standard bad.csv -o out.txt
}
bad 'parity,weight\n0,400\n1,300\n2,200\n'
bad 'parity,weight\n0,400\n1,300\n2,200\n3,100\n4,9\n'
bad 'parity,weight\n0,400\n1,300\n2,200\n3,100\n0,9\n'
bad 'parity,weight\n0,400\n1,300\n2,200\n3,-1\n'
bad 'parity,weight\n0,400\n1,300\n2,200\n3,many\n'
bad 'parity,weight\n0,400\n1,300\n2,200\n3,\n'
bad 'parity,w\n0,400\n'
bad 'band,weight\n0,400\n'
bad 'parity,weight\n'
refused dyad rates $B --outcome initiated --standardize parity --standard none.csv
refused dyad rates $B --outcome initiated --standardize none --standard standard.csv
refused dyad rates $B --outcome initiated --standard standard.csv
refused dyad rates $B --outcome initiated --standardize parity --standard standard.csv -o standard.csv
cat standard.csv
