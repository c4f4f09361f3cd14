#!/usr/bin/env python3
"""Eight hours of an agent, as fast as they go: does the supervisor grow?

    python3 benches/soak.py target/release/watch

An agent redraws twelve rows 345,600 times (eight hours at twelve frames a second, 450 MB) and starts 28,800 programs.
Every ten seconds a line tells what the supervisor has resident, its threads and its descriptors. With --lines one line
in sixty frames scrolls, so that the scrollback fills: 10,000 lines of 200 columns take 48 MB.
"""

import argparse
import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time

FRAMES = 345_600
ROWS = 12
FRAMES_A_START = 12
FRAMES_A_LINE = 60
COLS, LINES = 200, 50
TOLD_EVERY = 10
DEVICE_ATTRIBUTES = b"\x1b[c"


def frame(number):
    rows = (
        f"\x1b[2K\x1b[38;5;{(number + row) % 256}m● │ reading src/module_{row}/file_{number}.rs and looking for callers of it\x1b[0m\r\n"
        for row in range(ROWS)
    )
    return f"\x1b[?2026h\x1b[{ROWS}A{''.join(rows)}\x1b[?2026l".encode()


def agent(has_lines):
    for number in range(FRAMES):
        os.write(1, frame(number))
        if has_lines and number % FRAMES_A_LINE == 0:
            os.write(1, f"frame {number}: the agent goes on\r\n".encode())
        if number % FRAMES_A_START == 0:
            child = os.fork()
            if child == 0:
                os.execv("/bin/true", ["true", str(number)])
            os.waitpid(child, 0)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        kib = next((line.split()[1] for line in status if line.startswith("VmRSS")), "0")
    return int(kib) / 1024


def supervise(watch, has_lines):
    """Runs the agent under `watch` in a terminal of our own and tells how it goes."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        inner = [sys.executable, os.path.abspath(__file__), "--agent"] + ["--lines"] * has_lines
        os.execv(watch, [watch, "--", *inner])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLS, 0, 0))
    begun = told = time.monotonic()
    while True:
        readable, _, _ = select.select([terminal], [], [], 1)
        try:
            drawn = os.read(terminal, 1 << 16) if readable else None
        except OSError:
            break
        if drawn == b"":
            break
        if drawn and DEVICE_ATTRIBUTES in drawn:
            os.write(terminal, b"\x1b[?62c")
        now = time.monotonic()
        if now - told >= TOLD_EVERY:
            told = now
            threads, descriptors = (len(os.listdir(f"/proc/{pid}/{what}")) for what in ("task", "fd"))
            print(f"{now - begun:4.0f} s  {resident(pid):6.1f} MiB  {threads} threads  {descriptors} descriptors", flush=True)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("watch", nargs="?", default="target/release/watch")
    parser.add_argument("--lines", action="store_true", help="let lines scroll, too")
    parser.add_argument("--agent", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.agent:
        agent(args.lines)
        return 0
    with tempfile.TemporaryDirectory() as place:
        for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "WATCH_CONFIG_DIR"):
            folder = os.path.join(place, name.lower())
            os.mkdir(folder, mode=0o700)
            os.environ[name] = folder
        return supervise(args.watch, args.lines)


if __name__ == "__main__":
    sys.exit(main())
