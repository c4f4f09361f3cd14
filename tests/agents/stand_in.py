#!/usr/bin/python3
"""Stands in for an agent: plays what it was recorded to print, byte by byte, asks the hook that it was given as that
agent asks it, and runs its command line in that agent's own wrapper.

The name it is started under says which agent it is. CAPTURES is where the recordings are. COMMAND is what it announces
and RUNS what it runs; without them both are what was recorded. STUBBORN makes it run what its hook denied. It writes
what its model would be told to `told`, and ends with status 5.
"""
import json, os, re, subprocess, sys

name = os.path.basename(sys.argv[0])
captures = os.path.join(os.environ["CAPTURES"], name)
RECORDED = "rm -r ./scratch"
command = os.environ.get("COMMAND", RECORDED)
runs = os.environ.get("RUNS", command)


def lines(file):
    with open(os.path.join(captures, file), encoding="utf-8") as recorded:
        return [line.replace("/mnt/dev/proj", os.getcwd()) for line in recorded]


def play(some):
    for line in some:
        # As a string within JSON, where it may stand within another string.
        line = line.replace("rm -rf ./scratch", RECORDED).replace(RECORDED, json.dumps(command)[1:-1])
        for byte in line.encode():
            os.write(1, bytes([byte]))


def last_call(all_lines):
    """Up to where the call is announced, and what comes after."""
    calls = [at for at, line in enumerate(all_lines) if re.search(r"rm -rf? \./scratch", line)]
    if name == "codex" or not calls:
        calls = [at for at, line in enumerate(all_lines) if "I will remove" in line]
        return all_lines[: calls[-1] + 1], all_lines[calls[-1] + 1 :]
    if name == "opencode":
        # It tells of a call when it is over.
        return all_lines[: calls[0]], all_lines[calls[0] :]
    kinds = {"claude": '"tool_use"', "qwen": '"tool_use"', "gemini": '"tool_use"', "copilot": "tool.execution_start"}
    calls = [at for at in calls if kinds[name] in all_lines[at]]
    return all_lines[: calls[-1] + 1], all_lines[calls[-1] + 1 :]


def hook_command():
    """The hook that was given for this session, where there is one."""
    words = sys.argv
    if name == "claude" and "--settings" in words:
        return json.loads(words[words.index("--settings") + 1])["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    if name == "codex":
        for word in words:
            found = re.search(r'^hooks\.PreToolUse=.*,command=("(?:[^"\\]|\\.)*"),timeout=', word)
            if found:
                return json.loads(found.group(1))
    if name == "copilot" and "--plugin-dir" in words:
        with open(os.path.join(words[words.index("--plugin-dir") + 1], "hooks", "hooks.json")) as file:
            return json.load(file)["hooks"]["preToolUse"][0]["bash"]
    if name == "qwen" and "QWEN_CODE_SYSTEM_SETTINGS_PATH" in os.environ:
        with open(os.environ["QWEN_CODE_SYSTEM_SETTINGS_PATH"]) as file:
            return json.load(file)["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    return None


def asked(hook):
    """What the hook says: None to go on, or why not. As the real ones do, it goes on when the hook fails."""
    message = "".join(lines("hook.json")).replace(RECORDED, json.dumps(command)[1:-1])
    done = subprocess.run(["/bin/sh", "-c", hook], input=message.encode(), capture_output=True, start_new_session=True)
    if done.returncode == 2:
        return done.stderr.decode() or "denied"
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return None
    answer = answer.get("hookSpecificOutput", answer)
    denied = answer.get("permissionDecision", answer.get("decision")) in ("deny", "block")
    return answer.get("permissionDecisionReason", answer.get("reason", "denied")) if denied else None


def wrapped(line):
    quoted = "'" + line.replace("'", "'\"'\"'") + "'"
    if name == "claude":
        own = (
            "source /dev/null 2>/dev/null || true && \\builtin shopt -u extglob 2>/dev/null || true && "
            "{ \\builtin unalias -- 'which'; \\builtin unset -f -- 'which'; } >/dev/null 2>&1 || true && "
            f"eval {quoted} < /dev/null && pwd -P >| {os.environ['TMPDIR']}/claude-91ec-cwd"
        )
        return ["/bin/bash", "-c", own]
    if name == "codex":
        return ["/bin/bash", "-c", f"if . /dev/null >/dev/null 2>&1; then :; fi\n\nexec '/bin/bash' -c {quoted}"]
    if name == "gemini":
        own = (
            "shopt -u promptvars nullglob extglob nocaseglob dotglob; "
            f"_bgpids_file={os.environ['TMPDIR']}/bgpids.tmp\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{line}\n)\n"
            "__code=$?\nexit $__code"
        )
        return ["/bin/bash", "-c", own]
    if name == "copilot":
        return ["/bin/bash", "--norc", "--noprofile", "-c", line]
    return ["/bin/bash", "-c", line]


def run():
    try:
        done = subprocess.run(wrapped(runs), stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True)
    except PermissionError as error:
        return f"spawn: {error}"
    return f"exit {done.returncode}\n{done.stderr.decode()}"


before, after_denial = last_call(lines("print-hook-denied.jsonl"))
_, after_run = last_call(lines("print.jsonl"))
play(before)
hook = hook_command()
denied = asked(hook) if hook else None
told = denied
if denied is None or "STUBBORN" in os.environ:
    told = (denied or "") + run()
with open("told", "w") as file:
    file.write(told)
if denied is None:
    play(after_run)
else:
    play(line.replace("denied by the test hook", json.dumps(denied)[1:-1]) for line in after_denial)
sys.exit(5)
