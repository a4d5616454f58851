# The examples of the help texts, as they stand there, on a file of that shape.
cd "$TMPDIR" || exit
awk -F, 'BEGIN { OFS = "," }
    NR == 1 { print "initiated,exclusive_6m,support,site,feeding,age_months,weeks,weaned"; next }
    { print $NF == "yes" ? 1 : 0, NR % 3 == 0 ? "yes" : "no", substr("none peer ibclc", 1 + 5 * (NR % 3), 5),
        NR % 2 ? "north" : "south", NR % 4 ? "mixed" : "exclusive", NR % 9, NR * 7 % 31, (NR % 5 > 0) }' data/births.csv |
    sed 's/none ,/none,/;s/peer ,/peer,/' >cohort.csv
printf '%s\n' study,provider,treated_events,treated_total,control_events,control_total A,ibclc,20,50,10,50 \
    B,ibclc,30,60,20,60 C,peer,12,40,9,40 D,peer,15,45,9,44 >trials.csv
printf 'id,citation,command,quantity,published,published_low,published_high,expected,convention,missing\n%s\n' \
    'table2-initiation,us,rates cohort.csv --outcome initiated,rates.n,89,,,differs,,' >ours.csv
for command in rates odds model survival meta reproduce; do
    # Lines of four blanks are commands, of eight words about them, of twelve the rest of a command.
    dyad $command --help | awk '
        /^Examples:/ { on = 1; next }
        on && /^$/ { exit }
        on && /^    dyad/ { line = $0; next }
        on && /^            / { sub(/\\$/, "", line); line = line $0; next }
        on && /^        / && line { print line; line = "" }' | sed 's/\\$//' >examples
    [ $command = reproduce ] && sed -i 's/dyad reproduce --table/dyad reproduce ours.csv --table/' examples
    while read -r line; do
        eval "$line" >printed || echo "status $?: $line"
        echo "$line: $(wc -l <printed | awk '{ print ($1 > 5) }')"
    done <examples
done
ls
