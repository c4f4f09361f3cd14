//! One session's hook: given to the agent before it starts, listened to while it runs, taken back when it has ended.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::gate_files::PROTECTED;
use super::gate_loop::{GateEvent, GateHandle};
use super::hook_cursor::put_back_all;
use super::hook_inject::{Ground, Hook, HookChoice, Left, inject, patience};
use super::hook_server::{HookServer, HookSetup, listen};
use super::judging::Note;
use crate::config::{Env, Paths};
use crate::control::HOOK_SOCKET;
use crate::journal::Gate;
use crate::model::{Dialect, Pid, Source};
use crate::sensor::dialect::Started;
use crate::sys::{self, ProcId};
use crate::trail::Mask;

/// Where it is written down what has to be put back, below the state folder.
const NOTES: &str = "changed";

/// A hook that was given to the agent's command, which has not been started yet.
pub(super) struct HookPlan {
    /// The agent's command with the hook in it.
    pub(super) command: Vec<OsString>,
    /// Variables for it.
    pub(super) env: Vec<(OsString, OsString)>,
    /// What the operator should know.
    pub(super) told: Vec<String>,
    dialect: Dialect,
    hook: Hook,
    left: Vec<Left>,
    session: String,
    socket: PathBuf,
}

/// What is known of the hook while the session runs. Dropped, it takes back what it left.
#[derive(Debug)]
pub(super) struct Hooks {
    dialect: Dialect,
    hook: Hook,
    server: Option<HookServer>,
    is_missed: bool,
    _left: Vec<Left>,
}

impl HookPlan {
    /// Gives the hook to the agent, where it can be given. Nothing of the operator's is changed but what he allowed.
    pub(super) fn make(
        (command, started): (&[OsString], &Started),
        (id, gate): (&str, Gate),
        (env, paths): (&Env, &Paths),
        (cwd, choice): (&std::path::Path, HookChoice),
    ) -> io::Result<Self> {
        let notes = paths.state.join(NOTES);
        let told = put_back_all(&notes, |pid, began| sys::stat(pid).is_ok_and(|stat| stat.started == began));
        // Without a gate nobody would answer.
        let choice = HookChoice { is_off: choice.is_off || gate == Gate::Off, ..choice };
        let program = std::env::current_exe()?;
        let folder = paths.runtime.join(format!("{id}.hook.d"));
        let ground = Ground { command, started, program: &program, folder, notes, env, cwd, choice };
        let injection = inject(&ground);
        let mut told = told;
        if let (Dialect::Codex, Hook::Not(why), Gate::Kernel) = (started.dialect, &injection.hook, gate) {
            told.push(format!(
                "Codex may let a server in the background run its commands, outside of this tree, because its hook could \
                 not be given ({why}); start it with --no-daemon"
            ));
        }
        let socket = paths.runtime.join(format!("{id}.hook"));
        let mut env = injection.env;
        if matches!(injection.hook, Hook::In(_)) {
            env.push((HOOK_SOCKET.into(), socket.clone().into_os_string()));
        }
        Ok(Self {
            command: injection.command,
            env,
            told,
            dialect: started.dialect,
            hook: injection.hook,
            left: injection.left,
            session: id.to_owned(),
            socket,
        })
    }

    /// Opens the socket, if there is a hook to use it. What is wrong with messages comes out of the receiver.
    pub(super) fn listen(
        self,
        supervisor: Pid,
        mask: Mask,
        gate: Option<&GateHandle<Note>>,
    ) -> io::Result<(Hooks, mpsc::Receiver<String>)> {
        let Self { dialect, hook, left, session, socket, .. } = self;
        let (server, complaints) = match (&hook, gate) {
            (Hook::In(_), Some(gate)) => {
                let ask = Box::new(gate.asking());
                let setup = HookSetup { socket, session, dialect, supervisor, mask, patience: patience(), ask };
                let (server, complaints) = listen(setup)?;
                (Some(server), complaints)
            }
            _ => (None, mpsc::channel(1).1),
        };
        Ok((Hooks { dialect, hook, server, is_missed: false, _left: left }, complaints))
    }
}

impl Hooks {
    /// Whether the agent was given one, and somebody listens to it.
    pub(super) fn is_live(&self) -> bool {
        matches!((&self.hook, &self.server), (Hook::In(_), Some(_)))
    }

    /// One line for `watch status`.
    pub(super) fn sensor(&self) -> String {
        match (&self.hook, &self.server) {
            (Hook::In(how), Some(server)) => {
                let refused = match server.refused() {
                    0 => String::new(),
                    count => format!(", {count} messages refused"),
                };
                let heard = match server.heard() {
                    0 => "not heard yet".to_owned(),
                    1 => "heard once".to_owned(),
                    count => format!("heard {count} times"),
                };
                format!("hook: {} by {how}, {heard}{refused}", self.dialect)
            }
            (Hook::In(_), None) => "hook: none: nothing is held".to_owned(),
            (Hook::Not(why), _) => format!("hook: none: {why}"),
        }
    }

    /// What the operator should know when the kernel saw something that the hook should have announced: said once.
    pub(super) fn missed(&mut self, event: &GateEvent) -> Option<String> {
        let server = self.server.as_ref().filter(|server| !self.is_missed && server.heard() == 0)?;
        let action = match event {
            GateEvent::Held { action, .. } => action,
            // What an agent does to its own settings, ours among them, is no tool call.
            GateEvent::Judged { action, judgement, .. }
                if judgement.findings.iter().any(|finding| finding.rule.0 != PROTECTED) =>
            {
                action
            }
            _ => return None,
        };
        if action.source != Source::Kernel || server.refused() > 0 {
            return None;
        }
        self.is_missed = true;
        Some(format!(
            "{}'s hook has not been heard, and something happened that it should have announced: the kernel's gate \
             holds it, but its intent and its file tools are not seen (hooks may be switched off or not trusted)",
            self.dialect
        ))
    }
}

/// The process that stands for us where something has to be put back.
pub(super) fn ourselves() -> (ProcId, u64) {
    let own = sys::self_id();
    (own, sys::stat(own).map_or(0, |stat| stat.started))
}
