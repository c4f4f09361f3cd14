//! What an agent does for itself: it becomes what its first line names, starts itself again, reads the environment of a
//! login shell before its first command, and runs our hook.

use std::os::unix::ffi::OsStringExt;

use crate::model::{Action, Dialect, Exec, Pid, Untrusted};
use crate::runtime::hook_inject::hook_command;
use crate::sensor::dialect::recognise;
use crate::sys::{self, ProcId};

/// How much of a process's command line is looked at, in bytes.
const CMDLINE_BYTES_MAX: usize = 256 * 1024;

/// Knows the preparations of agents, which print every variable and tell it nothing that it was not started with.
#[derive(Debug)]
pub(super) struct Noise {
    agent: Pid,
    /// The shell in which the agent reads its own environment.
    shell: Option<Pid>,
    /// Our own program, whose hook the agent runs.
    own: Option<Vec<u8>>,
    /// What a shell is given to run it, for each dialect.
    hooks: Vec<Vec<u8>>,
}

impl Noise {
    /// What `agent` does for itself.
    pub(super) fn of(agent: Pid) -> Self {
        let own = std::env::current_exe().ok();
        let hooks = own.iter().flat_map(|own| Dialect::ALL.map(|dialect| hook_command(own, dialect).into_bytes()));
        Self { agent, shell: None, hooks: hooks.collect(), own: own.map(|own| own.into_os_string().into_vec()) }
    }

    /// Whether an act is the agent's own business. What its model asks for comes in other words.
    pub(super) fn is_it(&mut self, action: &Action) -> bool {
        let Some(exec) = action.as_exec() else { return false };
        self.is_hook(exec) || self.is_itself(action, exec) || self.is_preparation(action)
    }

    /// Whether it is our hook, or a shell that is given exactly our hook's command.
    fn is_hook(&self, exec: &Exec) -> bool {
        let words: Vec<&[u8]> = exec.argv.iter().map(Untrusted::as_bytes).collect();
        let is_ours = exec.resolved.as_ref().map(Untrusted::as_bytes) == self.own.as_deref();
        if self.own.is_some() && is_ours {
            return words.get(1..3) == Some(&[b"hook".as_slice(), b"--dialect"]);
        }
        let is_shell = matches!(exec.name().as_str(), "sh" | "bash" | "zsh" | "dash");
        let Some((text, flags)) = words.get(1..).unwrap_or_default().split_last() else { return false };
        is_shell && flags.iter().all(|flag| flag.starts_with(b"-")) && self.hooks.iter().any(|hook| hook == text)
    }

    /// Whether the agent becomes what the operator's own command names, or starts itself once more.
    fn is_itself(&self, action: &Action, exec: &Exec) -> bool {
        let started = || {
            let bytes = sys::cmdline(ProcId(self.agent.0), CMDLINE_BYTES_MAX).unwrap_or_default();
            let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes).split(|byte| *byte == 0);
            words.map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>()
        };
        let words: Vec<String> = exec.argv.iter().map(|word| word.lossy().into_owned()).collect();
        if action.caller.pid == self.agent && action.caller.program.as_bytes() == b"env" {
            return started().ends_with(&words);
        }
        let own = sys::link(ProcId(self.agent.0), "exe").ok();
        let is_same_program = own.is_some() && exec.resolved.as_ref().map(Untrusted::as_bytes) == own.as_deref();
        if action.caller.parent != self.agent || !is_same_program {
            return false;
        }
        let again = recognise(&words, &|_| None);
        again.arguments_from.is_some() && again.dialect == recognise(&started(), &|_| None).dialect
    }

    /// Whether the agent itself is getting ready: by exactly these commands. A child of the agent is not the agent.
    fn is_preparation(&mut self, action: &Action) -> bool {
        let Some(exec) = action.as_exec() else { return false };
        let words: Vec<&[u8]> = exec.argv.iter().skip(1).map(Untrusted::as_bytes).collect();
        let is_shell = exec.name() == "bash" || exec.name() == "sh" || exec.name() == "zsh";
        let is_preparation = match action.caller.program.as_bytes() {
            b"claude" => words == [b"-c".as_slice(), b"env"],
            b"copilot" => {
                words.split_last().is_some_and(|(text, flags)| flags == [b"-l".as_slice(), b"-c"] && is_copilots(text))
            }
            _ => false,
        };
        if is_shell && is_preparation {
            self.shell = Some(action.caller.pid);
            return true;
        }
        let prints = words.is_empty() || words == [b"-0".as_slice()];
        exec.name() == "env"
            && prints
            && (self.shell == Some(action.caller.pid) || self.shell == Some(action.caller.parent))
    }
}

/// The text in which Copilot has a login shell print its variables, between marks that it makes up each time.
fn is_copilots(text: &[u8]) -> bool {
    const BEFORE: &[u8] = b"printf %s '__copilot_login_env_snapshot_";
    const AFTER: &[u8] = b"__'; if ! command env -0 2>/dev/null; then for __copilot_k in $(compgen -e); do \
printf '%s=%s\\0' \"$__copilot_k\" \"${!__copilot_k}\"; done; fi";
    let made_up = text.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER));
    made_up.is_some_and(|mark| mark.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'_'))
}
