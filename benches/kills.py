#!/usr/bin/env python3
"""Kills the supervisor at a random moment of a storm of file calls, again and again: what it held must not have happened, and `watch undo`
has to bring back all that was destroyed, content, mode and time.

    cargo build && benches/kills.py target/debug/watch [KILLS [SEED]]

The work lies below KILLS_DIR, or /var/tmp. Run it as root and as another user.
"""
import os, random, shutil, signal, subprocess, sys, tempfile, time
WATCH = os.path.abspath(sys.argv[1])
N, SEED = (int(word) for word in (sys.argv[2:] + ["200", "1"][len(sys.argv) - 2:]))
random.seed(SEED)
STORM = r'''
import os, shutil, sys, time
pid = os.fork()
if pid == 0:
    time.sleep(float(sys.argv[1]))
    try:
        # A name that no word of the command line has.
        shutil.rmtree("de" + "ar")
    except OSError: pass
    os._exit(0)
open("ready", "w").close()
n = 0
while True:
    k = n % 400
    try:
        if n % 4 == 0:
            with open("save/%d.new" % k, "w") as f: f.write("new %d" % n)
            os.rename("save/%d.new" % k, "save/%d" % k)
        elif n % 4 == 1:
            with open("save/%d" % k, "w") as f: f.write("short")
        elif n % 4 == 2:
            os.rename("save/%d" % k, "save/moved-%d" % k)
        else:
            os.truncate("save/%d" % k, 7)
    except OSError as e:
        if e.errno == 38: os._exit(1)
    n += 1
    if n > 4000: break
'''
def tree(root):
    found = {}
    for base, dirs, files in os.walk(root):
        for f in files:
            p = os.path.join(base, f)
            s = os.lstat(p)
            found[os.path.relpath(p, root)] = (open(p).read(), s.st_mode, s.st_mtime_ns)
    return found
bad = held_done = touched = nothing = 0
for turn in range(N):
    root = tempfile.mkdtemp(prefix="kills-", dir=os.environ.get("KILLS_DIR", "/var/tmp"))
    work = os.path.join(root, "work"); os.makedirs(work)
    for d, count in (("save", 400), ("dear", 30)):
        os.makedirs(os.path.join(work, d))
        for i in range(count):
            with open(os.path.join(work, d, str(i)), "w") as f: f.write("old %d\n" % i * (1 + i % 50))
    with open(os.path.join(work, "storm.py"), "w") as f: f.write(STORM)
    before = tree(work)
    env = dict(os.environ, HOME=root, XDG_CONFIG_HOME=root + "/c", XDG_STATE_HOME=root + "/s", XDG_RUNTIME_DIR=root + "/r")
    for d in ("c", "s", "r"): os.makedirs(os.path.join(root, d), mode=0o700)
    session = os.path.join(root, "session")
    time.sleep(0.02)
    run = subprocess.Popen([WATCH, "--headless", "--on-hold", "wait", "--session", session, "--", "python3", "storm.py", str(random.uniform(0, 0.4))],
        cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.time() + 20
    while not os.path.exists(os.path.join(work, "ready")) and time.time() < end: time.sleep(0.005)
    time.sleep(random.uniform(0, 0.7))
    os.kill(run.pid, signal.SIGKILL); run.wait()
    # What is left of the tree gets ENOSYS; wait until it is gone.
    mark = ("XDG_STATE_HOME=%s/s" % root).encode()
    def left():
        out = []
        for p in os.listdir("/proc"):
            if p.isdigit():
                try:
                    if mark in open("/proc/%s/environ" % p, "rb").read().split(b"\0"): out.append(int(p))
                except OSError: pass
        return out
    end = time.time() + 5
    while left() and time.time() < end: time.sleep(0.02)
    for p in left(): os.kill(p, signal.SIGKILL)
    after = tree(work)
    lost = [n for n in before if n.startswith("dear/") and after.get(n, ("",))[0] != before[n][0]]
    held_done += bool(lost)
    hurt = [n for n in before if after.get(n) != before[n]]
    touched += len(hurt); nothing += not hurt
    undo = subprocess.run([WATCH, "undo", session], env=env, cwd=work, capture_output=True, text=True)
    again = tree(work)
    wrong = [n for n in before if again.get(n) != before[n]]
    if wrong or lost:
        bad += bool(wrong)
        if bad <= 5:
            print("turn", turn, "wrong", len(wrong), "of", len(hurt), wrong[:4], [again.get(w, "gone") and (again.get(w, ("gone",))[0][:12]) for w in wrong[:4]], "undo", undo.returncode, undo.stdout[-300:], undo.stderr[-200:], "lost", lost[:3], flush=True)
    shutil.rmtree(root, ignore_errors=True)
print("uid", os.getuid(), "kills", N, "not all brought back", bad, "held acts done", held_done, "files hurt", touched, "runs without harm", nothing)
sys.exit(1 if bad or held_done else 0)
