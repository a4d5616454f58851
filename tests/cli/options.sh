# How options are written: in full, in any order, the last one counting, lists adding up.
B=$DATA/births.csv
short='outcome,n,events'
echo "--- spelling"
refused dyad rates "$B" --outcom initiated
refused dyad rates "$B" --outcome initiated --weight parity
refused dyad rates "$B" --outcome initiated --codebook no-such.csv
refused dyad rates "$B" --outcome initiated -x
refused dyad rates "$B" --outcome initiated -by site
refused dyad rates "$B" --outcome
refused dyad rates "$B" --outcome initiated -o
refused dyad rates "$B" --outcome initiated --overall=yes
refused dyad rates "$B" --outcome=
refused dyad rates "$B" --outcome 'a"b'
refused dyad rates "$B" --outcome initiated --by site,,arm
refused dyad rates "$B" --outcome initiated --by 'site
arm'
refused dyad rates "$B"
refused dyad rates --outcome initiated
refused dyad odds "$B" --exposure support
refused dyad odds "$B" --outcome initiated
echo "--- order of options and files, =, --"
columns $short rates --outcome initiated "$B"
columns $short rates --outcome=initiated -- "$B"
columns $short rates "$B" --outcome initiated --by=arm
cp "$B" "$TMPDIR/--by"
(cd "$TMPDIR" && columns $short rates --outcome initiated -- --by)
echo "--- standard input"
columns $short rates - --outcome initiated <"$B"
columns $short rates --outcome initiated <"$B" -
echo "--- the last one counts"
columns method rates "$B" --outcome initiated --ci exact --ci wald
columns conf_low rates "$B" --outcome initiated --level 0.5 --level 95
columns conf_low rates "$B" --outcome initiated
echo "--- lists add up, and so do --where and --define"
columns $short rates "$B" --outcome initiated --outcome 'home visit'
columns $short rates "$B" --by arm --outcome initiated --by 'home visit'
columns $short rates "$B" --outcome initiated --where 'parity > 0' --where 'arm == "01"'
columns $short rates "$B" --outcome young --define 'years=[mother age]' --define 'young = years < 25' --na -9
echo "--- a list is a CSV record"
columns level,reference odds "$B" --outcome initiated --exposure site --order 'site="east, old",south' --ci exact
columns $short rates "$B" --outcome '"site=east, old",initiated'
echo "--- values"
refused dyad rates "$B" --outcome initiated --level 0
refused dyad rates "$B" --outcome initiated --level 1
refused dyad rates "$B" --outcome initiated --level 100
refused dyad rates "$B" --outcome initiated --level x
refused dyad rates "$B" --outcome initiated --threads 0
refused dyad rates "$B" --outcome initiated --threads 1.5
refused dyad rates "$B" --outcome initiated --seed -1
refused dyad rates "$B" --outcome initiated --delimiter ab
refused dyad rates "$B" --outcome initiated --delimiter '"'
refused dyad rates "$B" --outcome initiated --decimal ';'
refused dyad rates "$B" --outcome initiated --decimal , --delimiter ,
refused dyad rates "$B" --outcome initiated --ci woolf
refused dyad rates "$B" --outcome initiated --format pdf
refused dyad rates "$B" --outcome initiated --table measures
refused dyad rates "$B" --outcome initiated --format csv --table rates,flow
refused dyad rates "$B" --outcome initiated --by site,site
refused dyad rates "$B" --outcome initiated --by sites
refused dyad rates "$B" --outcome initiatd=1
refused dyad rates "$B" --outcome initiated=
refused dyad rates "$B" --outcome initiated --order sites=a
refused dyad rates "$B" --outcome initiated --order a,b
refused dyad rates "$B" --outcome initiated --na sites=-9
refused dyad rates "$B" --outcome initiated --freq weight
refused dyad rates "$B" --outcome initiated --standardize parity
refused dyad rates "$B" --outcome initiated --title T
refused dyad rates "$B" --outcome initiated --plot a.gif
refused dyad rates "$B" --outcome initiated --plot a.svg --plot-size 8
refused dyad rates "$B" --outcome initiated --plot a.svg --plot-size 0x5
refused dyad rates "$B" --outcome initiated --exposure support
refused dyad odds "$B" --outcome initiated --exposure arm --overall
ls -a "$TMPDIR"
