# The pictures of pooled studies: whole, the same each time, with their numbers.
cd "$TMPDIR" || exit
BCG=$OLDPWD/datasets/bcg/bcg.csv
check() { # FILE
    case $1 in
    *.svg) python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$1" && echo "$1: well-formed" ;;
    *.png) tail -c 8 "$1" | od -An -c | tr -d ' \n'; echo ;;
    *.pdf) head -c 5 "$1"; tail -n 1 "$1" ;;
    esac
}
for layout in plain revman jama; do
    dyad meta "$BCG" --subgroup allocation --layout $layout --plot $layout.svg --plot-data $layout.csv -o out.txt && check $layout.svg
    short <$layout.csv | head -8
done
dyad meta "$BCG" --cumulative year --plot cumulative.png -o out.txt && check cumulative.png
dyad meta "$BCG" --by allocation --beside 'random:Somebody 1999=0.5,0.3,0.8' --plot by.svg --plot-data by.csv -o out.txt && check by.svg
grep -c . by.csv
dyad meta "$BCG" --bias --funnel funnel.svg --labbe labbe.pdf --baujat baujat.png --radial radial.svg -o out.txt
for f in funnel.svg labbe.pdf baujat.png radial.svg; do check $f; done
dyad meta "$BCG" --bias --funnel again.svg -o out.txt && cmp funnel.svg again.svg
echo "--- nothing where there is none"
refused dyad meta "$BCG" --by allocation --funnel no.svg -o no.txt | sed "s#$BCG#bcg.csv#"
refused dyad meta "$BCG" --measure proportion-ft --columns events=treated_events,total=treated_total --labbe no.svg -o no.txt | sed "s#$BCG#bcg.csv#"
refused dyad meta "$BCG" --layout square --plot no.svg | sed "s#$BCG#bcg.csv#"
ls no.* 2>/dev/null
true
echo "--- two models, two columns of weights"
printf 'study,g,treated_events,treated_total,control_events,control_total\nA,x,20,100,10,100\nB,x,30,150,20,140\nC,y,12,80,9,85\nD,y,0,40,0,42\nE,y,5,50,1,55\n' >w.csv
dyad meta w.csv --model common,random --pool mh --subgroup g --double-zero drop --plot w.svg --quiet >.printed && python3 - <<'END'
import re
svg = open("w.svg").read()
words = [re.sub(r"<[^>]*>", "", t).strip() for t in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]
print([w for w in words if w in ("Weight", "Common", "Random") or w.endswith("%")])
END
echo "--- words: panels, studies that say nothing, limits near 0, generic estimates, the estimator"
cat >words.py <<'END'
import re, sys
svg, wanted = open(sys.argv[1]).read(), sys.argv[2]
words = [re.sub(r"<[^>]*>", "", t).strip() for t in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]
print([w for w in words if re.search(wanted, w)])
END
printf 'study,part,year,treated_events,treated_total,control_events,control_total\nA,early,1,20,120,10,120\nB,early,1,30,150,20,150\nC,early,1,,,,\nD,late,2,52,100,40,100\nE,late,2,12,60,11,60\n' >s.csv
dyad meta s.csv --by part --measure rd --plot s.svg --quiet >.printed && python3 words.py s.svg '^(Early|Late|early|part)|No data|Not est|to '
dyad meta s.csv --by year --plot s.svg --quiet >.printed && python3 words.py s.svg '^(year|1|2) '
dyad meta s.csv --radial s.svg --quiet >.printed && python3 words.py s.svg '(?i)reml'
printf 'study,estimate,std_error\nA,1.5,0.2\nB,0.8,0.3\n' >g.csv
dyad meta g.csv --measure generic --plot g.svg --quiet >.printed && python3 words.py g.svg 'with|CI'
dyad meta g.csv --measure generic --arms support,control --plot g.svg --quiet >.printed && python3 words.py g.svg 'with '
