#!/usr/bin/env python3
"""What gated file calls cost: CPU time (user and system) of the whole tree, supervisor included, over that of the bare run.

    cargo build --release && benches/files.py [--rounds N] [CASE]...

Bare and watched runs alternate, so that a busy machine slows both; the median of the rounds' ratios is printed.
"""
import argparse, os, resource, shutil, statistics, subprocess, sys, tempfile

WATCH = os.path.join(os.path.dirname(__file__), "..", "target", "release", "watch")
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
}


def cpu(command, cwd):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode != 0:
        sys.exit(f"{command}: {ended.returncode}: {ended.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name, rounds, where):
    ratios, bare_ms, extra = [], [], []
    for _ in range(rounds):
        times = []
        for prefix in ([], [WATCH, "--headless", "--on-hold", "approve", "--session", "session", "--"]):
            place = tempfile.mkdtemp(dir=where)
            try:
                work = os.path.join(place, "work")
                os.mkdir(work)
                command = CASES[name](work)
                prefix = [word if word != "session" else os.path.join(place, "session") for word in prefix]
                times.append(cpu(prefix + command, work))
            finally:
                shutil.rmtree(place)
        ratios.append(times[1] / times[0])
        bare_ms.append(times[0] * 1000)
        extra.append((times[1] - times[0]) * 1000)
    print(f"{name:12} {statistics.median(ratios):5.2f}  ({min(ratios):.2f} to {max(ratios):.2f})  bare {statistics.median(bare_ms):7.1f} ms  more {statistics.median(extra):7.1f} ms", flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--where", default="/var/tmp", help="a folder on the disk to be measured")
    arguments.add_argument("cases", nargs="*", default=list(CASES))
    chosen = arguments.parse_args()
    for name in chosen.cases:
        measure(name, chosen.rounds, chosen.where)


main()
