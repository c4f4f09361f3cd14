#!/usr/bin/env python3
"""What watching costs: CPU time (user and system) of the whole tree, supervisor included, over that of the bare run.

    cargo build --release && benches/files.py [--rounds N] [--beside WRAPPER]... [--npm FOLDER] [CASE]...

Bare and wrapped runs alternate, so that a busy machine slows both; the median of the rounds' ratios is printed. `strace`
stands beside for comparison. WATCH_BIN names another build to be measured. `npm` installs what FOLDER's lock file lists, from npm's cache.
"""
import argparse, os, resource, shutil, statistics, subprocess, sys, tempfile

WATCH = os.environ.get("WATCH_BIN") or os.path.join(os.path.dirname(__file__), "..", "target", "release", "watch")
FILES = 20_000


def tree(folder, count):
    for number in range(count):
        below = os.path.join(folder, str(number // 100))
        os.makedirs(below, exist_ok=True)
        with open(os.path.join(below, f"{number}.txt"), "w") as file:
            file.write(f"text {number}\n")


def removed(name):
    def prepare(place):
        tree(os.path.join(place, name), FILES)
        return ["rm", "-rf", name]

    return prepare


def removed_by_python(place):
    tree(os.path.join(place, "notes"), FILES)
    with open(os.path.join(place, "clean.py"), "w") as file:
        file.write("import shutil\nshutil.rmtree('notes')\n")
    return ["python3", "clean.py"]


def made_and_removed(place):
    with open(os.path.join(place, "make.py"), "w") as file:
        file.write(f"import os, shutil\nos.mkdir('m')\nfor n in range({FILES}):\n    open(f'm/{{n}}', 'w').write('x')\nshutil.rmtree('m')\n")
    return ["python3", "make.py"]


def starts(place):
    return ["sh", "-c", "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done"]


def status(place):
    git(place)
    return ["sh", "-c", "i=0; while [ $i -lt 100 ]; do git status -s; i=$((i + 1)); done"]


def npm(place):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(chosen.npm, name), place)
    return ["npm", "ci", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]


def git(place):
    run = lambda *args: subprocess.run(["git", *args], cwd=place, check=True, capture_output=True)
    run("init", "-q")
    run("config", "user.email", "a@b.c")
    run("config", "user.name", "n")
    tree(place, 600)
    run("add", "-A")
    run("commit", "-qm", "one")
    run("checkout", "-qb", "side")
    for number in range(30):
        with open(os.path.join(place, "0", f"{number}.txt"), "a") as file:
            file.write("more\n")
        if number % 10 == 9:
            run("commit", "-qam", f"side {number}")
    run("checkout", "-q", "-")
    with open(os.path.join(place, "5", "599.txt"), "a") as file:
        file.write("other\n")
    run("commit", "-qam", "other")
    run("checkout", "-q", "side")
    return ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do git status -s; done; git rebase -q -; git checkout -q -; git checkout -q -; git gc -q"]


def cargo(place):
    os.makedirs(os.path.join(place, "src"))
    with open(os.path.join(place, "Cargo.toml"), "w") as file:
        file.write('[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n')
    modules = "".join(f"mod m{number};\n" for number in range(20))
    with open(os.path.join(place, "src", "main.rs"), "w") as file:
        file.write(modules + "fn main() { println!(\"{}\", m0::f(1)); }\n")
    for number in range(20):
        with open(os.path.join(place, "src", f"m{number}.rs"), "w") as file:
            file.write("#![allow(dead_code)]\npub fn f(x: u64) -> String { format!(\"{x:?}{:?}\", vec![x; 3]) }\n")
    return ["cargo", "build", "-q", "--offline"]


CASES = {
    "rm-built": removed("node_modules"),
    "rm-kept": removed("notes"),
    "python-kept": removed_by_python,
    "made": made_and_removed,
    "git": git,
    "cargo": cargo,
    "starts": starts,
    "status": status,
    "npm": npm,
}
WRAPPERS = {
    "watch": [WATCH, "--headless", "--on-hold", "approve", "--session", "SESSION", "--"],
    "strace": ["strace", "-f", "-qq", "-o", "/dev/null"],
}


def cpu(command, cwd):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        sys.exit(f"{command}: {ended.returncode}: {ended.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def once(name, wrapper, where):
    place = tempfile.mkdtemp(dir=where)
    try:
        work = os.path.join(place, "work")
        os.mkdir(work)
        command = CASES[name](work)
        return cpu([os.path.join(place, "session") if word == "SESSION" else word for word in wrapper] + command, work)
    finally:
        shutil.rmtree(place)


def measure(name, rounds, where, beside):
    ratios, bare_ms, extra = {wrapper: [] for wrapper in beside}, [], []
    for _ in range(rounds):
        bare = once(name, [], where)
        bare_ms.append(bare * 1000)
        for wrapper in beside:
            time = once(name, WRAPPERS[wrapper], where)
            ratios[wrapper].append(time / bare)
            if wrapper == "watch":
                extra.append((time - bare) * 1000)
    told = "  ".join(
        f"{wrapper} {statistics.median(seen):5.2f} ({min(seen):.2f} to {max(seen):.2f})" for wrapper, seen in ratios.items()
    )
    print(f"{name:12} {told}  bare {statistics.median(bare_ms):7.1f} ms  more {statistics.median(extra):7.1f} ms", flush=True)


def arguments():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--where", default="/var/tmp", help="a folder on the disk to be measured")
    options.add_argument("--beside", action="append", default=[], choices=["strace"])
    options.add_argument("--npm", help="a folder with package.json and package-lock.json")
    options.add_argument("cases", nargs="*", default=[name for name in CASES if name != "npm"])
    return options.parse_args()


chosen = arguments()
for name in chosen.cases:
    measure(name, chosen.rounds, chosen.where, ["watch", *chosen.beside])
