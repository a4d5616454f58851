# The pictures of durations: whole, the same each time, with their numbers and their words.
N=$PWD/datasets/nlsy/nlsy.csv
cd "$TMPDIR" || exit
check() { # FILE: is it what its name says, and whole?
    case $1 in
    *.svg) python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$1" && echo "$1: well-formed" ;;
    *.png) tail -c 8 "$1" | od -An -c | tr -d ' \n'; echo ;;
    *.pdf) head -c 5 "$1"; tail -n 1 "$1" ;;
    esac
}
words() { # FILE: what can be read in it, from the top
    python3 - "$1" <<'END'
import html, re, sys
svg = open(sys.argv[1]).read()
words = [html.unescape(re.sub(r"<[^>]*>", "", t)).strip() for t in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]
print(" | ".join(w for w in words if w))
END
}
draw() { # NAME ARGUMENTS: NAME.svg, and what it says
    name=$1
    shift
    dyad survival "$@" --plot "$name.svg" -o out.txt && check "$name.svg" && words "$name.svg"
}
K="$N --time duration_weeks --event weaned"
echo "--- one curve, two, six; titles, units, the end of the axis"
for ending in svg png pdf; do
    dyad survival $K --by smoke --plot two.$ending --plot-data two.csv -o out.txt && check two.$ending
done
words two.svg
short <two.csv | sed -n '1,4p'
dyad survival $K --by smoke --plot again.svg -o out.txt && cmp two.svg again.svg
draw one $K --axes 'Time since birth (weeks),Still breastfeeding' --title 'Until <weaning>' --until 52
draw six $K --by race,smoke --scale probability
draw months $K --time-unit weeks:months --until 12
draw strata $K --by smoke --stratify race --tests gehan
echo "--- weights, clusters, late entry: it is said"
draw weights $K --weight mother_age --by smoke
draw clusters $K --cluster birth_year
printf 't,state,g,e\n5,1,a,0\n6,2,a,1\n6,0,a,0\n7,1,b,2\n2,2,b,0\n9,1,b,3\n4,1,a,1\n8,2,b,0\n' >c.csv
draw late c.csv --time t --event state=1 --entry e
echo "--- competing events: causes as curves; with groups as panels"
draw causes c.csv --time t --event state=1 --competing state=2 --time-unit months
draw panels c.csv --time t --event state=1 --competing state=2 --by g --plot-data panels.csv
short <panels.csv | head -4
echo "--- intervals, current status"
printf 'low,high,g\n0,3,a\n3,6,a\n2,,a\n1,4,a\n0,2,b\n2,5,b\n5,9,b\n4,,b\n' >i.csv
draw intervals i.csv --interval low,high --by g --bootstrap 0 --time-unit weeks
draw limits i.csv --interval low,high --bootstrap 100 --plot-data limits.csv
awk -F, '{ printf "%s,%.6f,%.6f,%.6f\n", $3, $4, $5, $6 }' limits.csv # ends of pieces, each once
printf 'm,w\n1,0\n1,0\n2,0\n2,1\n3,0\n3,1\n4,1\n4,1\n' >s.csv
draw status s.csv --current-status --time m --event w --bootstrap 0
echo "--- estimates at chosen times"
draw at $K --by smoke --at 4,26 --layout at --time-unit weeks --plot-data at.csv
short <at.csv
draw at_causes c.csv --time t --event state=1 --competing state=2 --by g --at 5 --layout at
draw at_status s.csv --current-status --time m --event w --at 1,2.5 --layout at --bootstrap 0 --axes 'Age,Still breastfed'
echo "--- little to draw"
printf 't,e,g\n5,0,a\n7,0,a\n6,0,b\n' >censored.csv
draw censored censored.csv --time t --event e --by g
printf 't,e\n0,1\n' >zero.csv
draw zero zero.csv --time t --event e
echo "--- refused"
rm -f ./*.svg ./*.png ./*.pdf
for o in "--layout at" "--layout at --at 5 --until 3" "--layout at --at 5 --scale percent" "--layout rows" "--axes Time" "--until 0" \
    "--until x" "--scale log"; do
    # shellcheck disable=SC2086
    refused dyad survival c.csv --time t --event state=1 $o --plot no.svg
done
refused dyad survival $K --by mother_age --plot no.svg | sed "s|$N|nlsy.csv|"
for o in "--layout at --at 5" "--until 3" "--axes a,b" "--scale percent"; do
    # shellcheck disable=SC2086
    refused dyad survival c.csv --time t --event state=1 $o
done
ls ./*.svg 2>/dev/null
true
