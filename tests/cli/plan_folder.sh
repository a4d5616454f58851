# The folder of a plan appears whole or not at all, whatever happens to the run.
cd "$TMPDIR" || exit
mkdir work private && cp data/births.csv work/births.csv
cat >work/plan.yaml <<'YAML'
data: births.csv
formats: [json, text, csv]
analyses:
  - {name: a, command: rates, outcome: initiated, by: support, plot: a.svg}
  - {name: b, command: odds, outcome: initiated, exposure: support=none, plot: b.png}
  - {name: c, command: model, formula: initiated ~ support + parity}
YAML
left() { ls -A work | tr '\n' ' '; echo; }
echo "--- a disk that is full: the folder is not there, or as it was"
full() { (trap '' XFSZ; ulimit -f "$1"; TMPDIR=$PWD/private dyad run work/plan.yaml --anew 2>&1 >/dev/null; echo "[$?]") |
    sed "s/'[^']*\/\([^/']*'\)/'\1/"; }
full 0
full 1
left
dyad run work/plan.yaml --quiet >/dev/null && cp -r work/plan.results new
full 1
diff -rq new work/plan.results && left
echo "--- a folder that cannot be written in"
mkdir locked && cp work/births.csv work/plan.yaml locked && chmod 500 locked
[ "$(id -u)" -eq 0 ] || dyad run locked/plan.yaml 2>/dev/null
ls locked && chmod 700 locked
echo "--- the summary cannot be written: the folder is not there, or as it was"
sed -i 's/^m001,north,none,0/m001,north,none,1/' work/births.csv
dyad run work/plan.yaml 2>&1 >/dev/full
echo "[$?]" && diff -rq new work/plan.results && left
dyad run work/plan.yaml --quiet -o none/summary.txt 2>&1
echo "[$?]" && diff -rq new work/plan.results && left
dyad run work/plan.yaml --folder work/other 2>&1 >/dev/full
echo "[$?]" && left
cp data/births.csv work/births.csv
echo "--- a manifest that is none of ours, that is broken, that leads elsewhere"
for text in '{}' '{' '{"command": "run", "inputs": [], "tables": {"plan": [], "analyses": [], "flow": [], "outputs": [{"file": "../births.csv"}]}}'; do
    echo "$text" >work/plan.results/manifest.json
    refused dyad run work/plan.yaml
    refused dyad verify work/plan.results
done
rm -rf work/plan.results
cat >ended.py <<'PY'
import os, shutil, signal, subprocess, time
env = dict(os.environ, TMPDIR=os.environ['TMPDIR'] + '/private')
args = [os.environ['DYAD'], 'run', 'work/plan.yaml', '--anew', '--quiet', '--format', 'csv']
def content(folder): return {f: open(folder + '/' + f, 'rb').read() for f in os.listdir(folder)}
def old():
    shutil.rmtree('work/plan.results', ignore_errors=True)
    shutil.copytree('new', 'work/plan.results')
    data = open('work/births.csv').read()
    open('work/births.csv', 'w').write(data.replace('m001,north,none,0', 'm001,north,none,1'))
before = content('new')
old()
subprocess.run(args, env=env, stdout=subprocess.DEVNULL, check=True)
after = content('work/plan.results')
print('the data have changed, and', sum(before[f] != after[f] for f in before), 'files')
kinds = set()
for i in range(60):
    s = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[i % 3]
    old()
    p = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(i * .003)
    p.send_signal(s)
    p.wait()
    got = content('work/plan.results')
    kinds.add('whole' if got in (before, after) else 'partial')
    rest = [f for f in os.listdir('work') if f not in ('births.csv', 'plan.yaml', 'plan.results')]
    for f in rest:
        if s != signal.SIGKILL or not f.startswith('.dyad.'): print('left by', s.name, f)
        shutil.rmtree('work/' + f)
    for f in os.listdir('private'):
        if s != signal.SIGKILL: print('private', s.name, f)
        shutil.rmtree('private/' + f)
print(*kinds)
PY
python3 ended.py
left
