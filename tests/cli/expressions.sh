# EXPR, as INTERFACE's page has it: one line each, how many records --where keeps.
cd "$TMPDIR" || exit
cat >c.csv <<'CSV'
x,t,mother age,y,"it's"
1,a,20,1,1
2,b,NA,0,1
3,,40,1,0
.,a,30,0,NA
CSV
keep() {
    printf '%s\t' "$1"
    columns n,events rates c.csv --outcome y --where "$1" 2>&1 | tail -n 1
}
for e in 'x > 1' 'x >= 1' 'x < 2' 'x <= 2' 'x == 1' 'x != 1' 't == "a"' "t == 'a'" 't != "a"' '[mother age] > 25' \
    '`mother age` > 25' "[it's] == 1" 'x + 1 == 2' 'x - 1 == 2' 'x * 2 == 6' 'x / 2 == 0.5' '-x < -2' '2 + 3 * x == 5' \
    '(2 + 3) * x == 5' 'x > 1 and x < 3' 'x == 1 or x == 3' 'not x == 1' 'not (x > 1)' 't in ("a", "b")' 'x in (1, 3)' \
    'not t in ("a")' 'x is missing' 'x is not missing' 't is missing' 'if(x > 2, [mother age], x) > 1' \
    'if(x is missing, 1, 0) == 1' 'min(x, 2) == 2' 'max(x, 2) == 2' 'floor(x / 2) == 1' 'log(x) == 0' 'exp(x) > 3' \
    'x == 9 and t == "z"' 'x == 1 or [mother age] > 0' 'x > 0 or t == "a"' 'x == 2 and [mother age] > 0' '1 == 1' \
    'y == 1 == 1' 'x / 0 > 1' 'x == "1"' 'x + (t == "a") == 2' 't < "b"' '1 < x' 'x = 1' 'x ==' '(x' 'x)' '"a' 'z > 1' 't > 1' \
    't + 1 > 1' 'x and' 'foo(x)' 'log(x, 2) > 1' 'x' 't' '"a"' 'x == 1 x' 'x in ()' 'x is' "x == 1e999" ''; do
    keep "$e"
done
echo "--- define"
define() {
    printf '%s\t' "$*"
    columns n,events rates c.csv --outcome d "$@" 2>&1 | tail -n 1
}
define --define 'd=x > 1'
define --define 'd = x > 1'
define --define 'd=x'
define --define 'd=if(x > 1, "yes", "no")'
define --define 'd=x is missing'
define --define 'e=x + 1' --define 'd=e > 2' --where 'e < 4'
define --define 'd=e > 2' --define 'e=x + 1'
define --define 'd=d > 2'
define --define 'd=x > 1' --define 'd=x > 2'
define --define 'x=1'
define --define 'd'
define --define '=1'
define --define 'd='
define --define 'd==1'
