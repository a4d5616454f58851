# With a codebook every picture has its labels: each column and code begins with k_ here, each label with Label.
cd "$TMPDIR" || exit
awk 'BEGIN {
    print "k_arm,k_site,k_initiated,k_days,k_stopped,k_why,k_weight"
    for (i = 0; i < 240; i++) {
        why = i % 4 == 0 ? "none" : i % 5 < 2 ? "pain" : "work"
        print "k_" (i % 2 ? "peer" : "usual") ",k_" (i % 3 ? "n" : "s") "," (i * 7 % 5 < 2 + i % 2) "," 1 + i * 37 % 180 "," \
              (i % 4 > 0) ",k_" why "," 1 + i % 3
    }
}' >cohort.csv
cat >cohort_book.csv <<'END'
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number
k_arm,f,,radio,LabelArm,"k_usual, LabelUsual | k_peer, LabelPeer",,
k_site,f,,radio,LabelSite,"k_n, LabelNorth | k_s, LabelSouth",,
k_initiated,f,,yesno,LabelInitiation,,,
k_days,f,,text,LabelDays,,,integer
k_stopped,f,,yesno,LabelEnd,,,
k_why,f,,radio,LabelReason,"k_none, LabelNone | k_pain, LabelPain | k_work, LabelWork",,
k_weight,f,,text,LabelWeight,,,integer
END
cat >studies.csv <<'END'
k_trial,treated_events,treated_total,control_events,control_total,k_kind,k_year
k_A,45,50,10,50,k_lay,k_1999
k_B,30,60,20,60,k_peer,k_2001
k_C,12,40,9,40,k_lay,k_2001
k_D,25,45,19,48,k_peer,k_2004
END
cat >studies_book.csv <<'END'
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number
k_trial,f,,radio,LabelTrial,"k_A, LabelA | k_B, LabelB | k_C, LabelC | k_D, LabelD",,
k_kind,f,,radio,LabelKind,"k_lay, LabelLay | k_peer, LabelPeer",,
k_year,f,,radio,LabelYear,"k_1999, Label1999 | k_2001, Label2001 | k_2004, Label2004",,
treated_events,f,,text,Events,,,integer
treated_total,f,,text,Total,,,integer
control_events,f,,text,Events,,,integer
control_total,f,,text,Total,,,integer
END

# What the picture x.svg names: labels, and any code, but in the formula of a model, which is what was typed.
told() {
    grep -o '<text.*</text>' x.svg | sed 's/<[^>]*>//g; s/family [a-z]*: .* Bars:/Bars:/' |
        grep -oEi 'label[a-z0-9]+|k_[a-z0-9]+' | LC_ALL=C sort -u | tr '\n' ' '
    echo
    rm -f x.svg
}
picture() { # OPTION ARGUMENTS...
    option=$1
    shift
    echo "\$ $* --$option"
    dyad "$@" "--$option" x.svg --output x.txt --quiet && told
}
cohort() {
    command=$1
    shift
    picture plot "$command" cohort.csv --codebook cohort_book.csv "$@"
}
cohort rates --outcome k_initiated,k_why=k_pain --by k_arm,k_site
cohort odds --outcome k_initiated --exposure k_arm --stratify k_site,k_stopped
cohort odds --outcome k_initiated,k_why=k_pain --exposure k_arm,k_site=k_s
cohort odds --outcome k_initiated --exposure k_arm --by k_site
cohort model --formula 'k_initiated ~ k_arm * factor(k_site) + k_days' --by k_stopped
cohort survival --time k_days --event k_stopped --by k_arm,k_site --weight k_weight --psu k_weight
cohort survival --time k_days --event k_why=k_pain --by k_arm --at 30,60 --layout at
cohort survival --time k_days --event k_why=k_pain --competing k_why=k_work --by k_arm
cohort survival --time k_days --event k_why=k_pain --competing k_why=k_work
for option in schoenfeld log-log; do
    picture $option model cohort.csv --codebook cohort_book.csv --family cox --formula 'Surv(k_days, k_stopped) ~ k_arm + k_site' \
        --of k_arm
done
studies() {
    option=$1
    shift
    picture "$option" meta studies.csv --columns study=k_trial --codebook studies_book.csv "$@"
}
studies plot --subgroup k_kind
studies plot --by k_kind
studies plot --cumulative k_year
for option in funnel labbe baujat; do studies $option; done
studies radial --model common

echo "--- in tables for people, and codes for programs"
set -- meta studies.csv --columns study=k_trial --codebook studies_book.csv --subgroup k_kind --cumulative k_year --influence --quiet
dyad "$@" --format markdown | grep -E '^\|.*(Label|k_)' | cut -d'|' -f2-4
dyad "$@" --format csv --table cumulative | cut -d, -f1,2
dyad survival cohort.csv --codebook cohort_book.csv --time k_days --event k_why=k_pain --competing k_why=k_work --by k_arm \
    --format markdown --table tests --quiet | grep -E '^\|.*(Label|k_)' | cut -d'|' -f2,3
