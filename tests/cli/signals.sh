# A run that is ended from outside leaves nothing; kill -9 leaves the old or the new.
cd "$TMPDIR" || exit
mkdir fake work private
printf '#!/bin/sh\n: >%s/fake/started\nexec sleep 30\n' "$PWD" >fake/gnuplot && chmod +x fake/gnuplot
cat >signals.py <<'PY'
import os, signal, subprocess, time
dyad = os.environ['DYAD']
TMP = os.environ['TMPDIR']
env = dict(os.environ, TMPDIR=TMP + '/private')
slow = dict(env, PATH=TMP + '/fake:' + env['PATH'])
started = 'fake/started'
args = [dyad, 'rates', 'data/births.csv', '--outcome', 'initiated', '--by', 'site', '-o', 'work/o.csv', '--plot', 'work/p.svg', '--quiet']
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    open('work/o.csv', 'w').write('old\n')
    p = subprocess.Popen(args, env=slow, stderr=subprocess.PIPE)
    for i in range(3000):
        if os.path.exists(started): break
        time.sleep(.01)
    p.send_signal(s)
    _, errors = p.communicate()
    time.sleep(.2)
    print(s.name, 'ended by it' if p.returncode in (-s, 128 + s) else p.returncode, errors, os.listdir('work'), open('work/o.csv').read(), os.listdir('private'))
    os.unlink(started)
# Ended at any moment: the outputs are the old or the new ones, whole.
subprocess.run(args, env=env, check=True)
new = {f: open('work/' + f, 'rb').read() for f in os.listdir('work')}
kinds = set()
for i in range(60):
    s = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[i % 3]
    for f in new: open('work/' + f, 'wb').write(b'old')
    p = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(i * .002)
    p.send_signal(s)
    p.wait()
    for f in new:
        got = open('work/' + f, 'rb').read()
        kinds.add('old' if got == b'old' else 'new' if got == new[f] else 'partial')
    rest = [f for f in os.listdir('work') if f not in new]
    if s == signal.SIGKILL:
        for f in rest:
            if not f.startswith('.dyad.'): print('left', f)
            os.unlink('work/' + f)
    elif rest: print('left by', s.name, rest)
print('partial' in kinds and 'partial' or 'whole')
PY
python3 signals.py
