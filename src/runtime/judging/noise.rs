//! What an agent does for itself before its first command: it reads the environment of a login shell.

use crate::model::{Action, Pid, Untrusted};

/// Knows the preparations of agents, which print every variable and tell it nothing that it was not started with.
#[derive(Debug, Default)]
pub(super) struct Noise {
    /// The shell in which the agent reads its own environment.
    shell: Option<Pid>,
}

impl Noise {
    /// Whether the agent itself is getting ready: by exactly these commands. What its model asks for comes in other
    /// words, and a child of the agent is not the agent.
    pub(super) fn is_it(&mut self, action: &Action) -> bool {
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
