# Help and version go to standard output, status 0, and fit 80 columns.
dyad --version
dyad --help
for command in rates odds model survival meta reproduce; do
    dyad $command --help
done
dyad help odds >"$TMPDIR/a" && dyad odds --help >"$TMPDIR/b" && cmp "$TMPDIR/a" "$TMPDIR/b"
dyad help >"$TMPDIR/a" && dyad --help >"$TMPDIR/b" && cmp "$TMPDIR/a" "$TMPDIR/b"
for text in --help 'rates --help' 'odds --help' 'model --help' 'survival --help' 'meta --help' 'reproduce --help'; do
    dyad $text | awk 'length > 80 { print "too wide: " $0 }'
done
try dyad rates no-such-file.csv --help --by >/dev/null
try dyad rates no-such-file.csv --by site --help | sed -n 2p
refused dyad
refused dyad help no-such-command
refused dyad no-such-command
refused dyad --by site rates
refused dyad --verbose
