# Who the people are, by group: shares, means, standardised differences; what cannot be described.
b="$DATA/birthwt.csv"
echo "--- numbers and categories, as their values look and as it is said"
try dyad describe "$b" --columns age,race,ptl --exposure smoke --format csv --quiet | short
try dyad describe "$b" --columns age,race --exposure smoke --table balance --format csv --quiet | short
try dyad describe "$b" --columns ptl,race --numbers ptl --categories race
echo "--- against another group, or one that has no 0"
try dyad describe "$b" --columns age,low --exposure race --reference 3 --table balance --format csv --quiet | short
refused dyad describe "$DATA/births.csv" --columns parity --exposure support
try dyad describe "$DATA/births.csv" --columns parity,feeding --exposure support --order support=none,peer,ibclc
echo "--- small counts"
try dyad describe "$b" --columns race,smoke --exposure low --suppress 12
echo "--- what cannot be described"
refused dyad describe "$b"
refused dyad describe "$b" --columns age,age
refused dyad describe "$b" --columns age --numbers race
refused dyad describe "$b" --columns age --numbers age --categories age
refused dyad describe "$b" --columns age --reference 0
refused dyad describe "$b" --columns age --by race
refused dyad describe "$b" --columns age --exposure race=1
refused dyad describe "$b" --columns none
refused dyad describe "$DATA/births.csv" --columns support --numbers support
refused dyad describe "$b" --columns age --where 'age > 100'
