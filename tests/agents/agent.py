#!/usr/bin/env python3
"""A stand-in for an agent that has hooks: it finds its hook where the real one would, tells it what the real one told
it (`hook.json` beside this file, captured), and takes the answer as the real one does. What is not a refusal in its
eyes lets the call run: a crash, broken output, a time-out.

AGENT        whose place it takes
CAPTURED     the folder of the captured messages
COMMAND      the command line of its tool call (default: rm -r keep)
BEFORE       a Python text that is run before the hook is
STDIN        what the hook is told instead, as a Python expression
"""
import hashlib, json, os, re, subprocess, sys, tomllib

agent = os.environ["AGENT"]
work = os.getcwd()
command = os.environ.get("COMMAND", "rm -r keep")


def codex():
    layer = {}
    for at, word in enumerate(sys.argv):
        if word == "-c":
            path, value = sys.argv[at + 1].split("=", 1)
            place = layer
            *above, last = path.split(".")
            for name in above:
                place = place.setdefault(name, {})
            place[last] = tomllib.loads("x=" + value)["x"]
    hooks = layer.get("hooks", {})
    for group, entry in enumerate(hooks.get("PreToolUse", [])):
        for number, hook in enumerate(entry["hooks"]):
            known = {"event_name": "pre_tool_use", "matcher": entry["matcher"],
                     "hooks": [{"type": "command", "command": hook["command"], "timeout": hook["timeout"], "async": False}]}
            text = json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
            state = hooks.get("state", {}).get(f"/<session-flags>/config.toml:pre_tool_use:{group}:{number}", {})
            # What is not trusted is skipped without a word.
            if state.get("trusted_hash") == digest:
                yield hook["command"], hook["timeout"]


def groups(settings, event, unit):
    for group in settings.get("hooks", {}).get(event, []):
        for hook in group.get("hooks", [group]):
            seconds = hook.get("timeout", hook.get("timeoutSec", 30)) / unit
            yield hook.get("command") or hook.get("bash"), seconds


def found():
    if agent == "claude":
        text = sys.argv[sys.argv.index("--settings") + 1] if "--settings" in sys.argv else "{}"
        return groups(json.loads(text), "PreToolUse", 1)
    if agent == "codex":
        return codex()
    if agent == "qwen":
        path = os.environ.get("QWEN_CODE_SYSTEM_SETTINGS_PATH")
        return groups(json.load(open(path)) if path else {}, "PreToolUse", 1000)
    if agent == "copilot":
        folder = sys.argv[sys.argv.index("--plugin-dir") + 1] if "--plugin-dir" in sys.argv else None
        plugin = json.load(open(folder + "/plugin.json")) if folder else {}
        return groups(json.load(open(f"{folder}/{plugin['hooks']}")) if folder else {}, "preToolUse", 1)
    if agent == "cursor":
        path = ".cursor/hooks.json"
        return groups(json.load(open(path)) if os.path.exists(path) else {}, "beforeShellExecution", 1)
    return []


def told():
    message = json.load(open(f"{os.environ['CAPTURED']}/{agent}/hook.json"))
    if agent == "cursor" or "cwd" in message:
        message["cwd"] = work
    for name in ("tool_input", "toolArgs"):
        if name in message:
            message[name]["command"] = command
    if agent == "cursor":
        message["command"] = command
    return json.dumps(message).encode()


def refused(done):
    """Whether this agent takes the hook's end for a refusal, and the words that its model gets."""
    if done.returncode == 2:
        return done.stderr.decode().strip()
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return None
    inner = answer.get("hookSpecificOutput", answer)
    if "deny" in (inner.get("permissionDecision"), inner.get("decision"), inner.get("permission")):
        return str(inner)
    return None


exec(os.environ.get("BEFORE", ""))
message = eval(os.environ["STDIN"]) if "STDIN" in os.environ else told()
words = None
heard = 0
for hook, seconds in found():
    heard += 1
    print("hook", re.sub(r"'[^']*watch'", "WATCH", hook), "within", int(seconds), flush=True)
    done = subprocess.run(["sh", "-c", hook], input=message, capture_output=True)
    print("answered", done.returncode, done.stdout.decode().strip(), flush=True)
    words = words or refused(done)
print("hooks", heard, flush=True)
if words is not None:
    print("denied:", words, flush=True)
    sys.exit(0)
try:
    print("ran", subprocess.run(["/bin/bash", "-c", command]).returncode, flush=True)
except OSError as error:
    print("refused by the kernel:", error.errno, flush=True)
