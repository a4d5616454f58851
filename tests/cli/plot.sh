# Pictures.
cd "$TMPDIR" || exit
B=data/births.csv
check() { # FILE: is it what its name says, and whole?
    case $1 in
    *.svg) python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$1" && echo "$1: well-formed" ;;
    *.png) tail -c 8 "$1" | od -An -c | tr -d ' \n'; echo ;;
    *.pdf) head -c 5 "$1"; tail -n 1 "$1" ;;
    esac
}
for ending in svg png pdf; do
    dyad rates $B --outcome initiated --by site --overall --plot rates.$ending -o out.txt && check rates.$ending
    dyad odds $B --outcome initiated --exposure support --reference none --stratify site --by arm --plot odds.$ending -o out.txt
    check odds.$ending
done
echo "--- the same bytes each time"
dyad rates $B --outcome initiated --by site --overall --plot again.svg -o out.txt && cmp rates.svg again.svg
dyad rates $B --outcome initiated --by site --overall --plot again.png -o out.txt && cmp rates.png again.png
echo "--- the numbers of a picture, without the picture"
dyad rates $B --outcome initiated --by site --overall --plot-data numbers.csv -o out.txt && short <numbers.csv
dyad odds --cells Boy=47/494,77/458 --cells Girl=31/464,48/384 --plot-data numbers.csv -o out.txt && short <numbers.csv
dyad odds --cells 5,0,5,5 --plot-data numbers.csv --plot inf.svg -o out.txt && short <numbers.csv && check inf.svg
for measure in or rr rd nnt afe paf; do
    dyad odds $B --outcome initiated --exposure arm --measure $measure --plot $measure.svg -o out.txt && check $measure.svg
done
dyad odds data/sets.csv --outcome case --exposure dose --match set --plot sets.svg -o out.txt && check sets.svg
echo "--- title and size"
dyad rates $B --outcome initiated --plot title.svg --title 'Rates & <more>' --plot-size 7x3 -o out.txt
grep -o 'Rates &amp; &lt;more&gt;' title.svg | sort -u
grep -m 2 -e '^ width' -e '^ viewBox' title.svg
echo "--- the table comes all the same in text, and nothing when the picture fails"
rm -f *.svg *.png *.pdf *.csv out.txt
PATH=/nonexistent "$DYAD" rates $B --outcome initiated --by site --plot out.svg -o out.txt --plot-data out.csv
echo "[$?]"
mkdir fake
printf '#!/bin/sh\nexit 7\n' >fake/gnuplot && chmod +x fake/gnuplot
PATH=$PWD/fake:$PATH "$DYAD" rates $B --outcome initiated --by site --plot out.svg -o out.txt 2>errors
echo "[$?]"
printf '#!/bin/sh\nkill -9 $$\n' >fake/gnuplot
PATH=$PWD/fake:$PATH "$DYAD" rates $B --outcome initiated --by site --plot out.svg -o out.txt 2>>errors
echo "[$?]"
sed "s|$PWD|TMPDIR|g" errors | cut -c 1-60
rm -rf fake errors
ls
