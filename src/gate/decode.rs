//! From a notification to an Action: reading what the caller asked for, out of its memory.

use std::collections::HashMap;
use std::io;

use super::expect::{Expected, Form};
use super::files::Performer;
use super::reach::{
    Known, Reached, Signalled, read_connect, read_limit, read_messages, read_namespace, read_signal, read_turn,
};
use super::sight::Sight;
use super::view::{Base, View};
use crate::model::{Action, ActionId, ActionKind, Caller, Exec, Moment, Pid, Source, Untrusted};
use crate::sys::{self, Call, Errno, Listener, Memory, Notification, Place, PlaceKind, ProcId};

/// The longest path, as in the kernel.
const PATH_BYTES_MAX: usize = 4096;
/// The longest single argument, as in the kernel.
const ARGUMENT_BYTES_MAX: usize = 128 * 1024;
/// The most we read of all arguments together, and of the environment.
const ARGUMENTS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most arguments, or variables, that we read.
const ARGUMENTS_MAX: usize = 256 * 1024;
/// As much of a file's beginning as the kernel looks at to tell what it is.
const HEAD_BYTES_MAX: usize = 256;

/// `AT_FDCWD`.
const CWD_FD: i32 = -100;

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What a verdict needs.
    Quick,
    /// Also the changed environment and the standard input, for the operator.
    Full,
}

/// What a notification turned out to be.
#[derive(Debug)]
pub enum Reading {
    /// An act to judge, how it goes on once it may, and how its caller sees the file system.
    Act(Box<Action>, Passage, View),
    /// Nothing to judge: it harms nothing and goes on.
    Passes,
    /// Nothing to judge: a connection that we make in its caller's place.
    Connects(Reached),
    /// Nothing to judge: the call fails by itself with this error.
    Fails(Errno),
    /// The caller's memory or view could not be read; it must not go on unread.
    Unreadable(String),
    /// The caller is gone.
    Gone,
}

/// How a call goes on once it may.
#[derive(Debug)]
pub enum Passage {
    /// A program start: it is compared with what it must look like at its exec event.
    Exec(Box<Expected>),
    /// A file call: what it destroys is kept first.
    File(Box<Sight>),
    /// The kernel goes on with it.
    Plain,
    /// A connection that the caller may not make itself, at least where it has to be approved: then we make it.
    Connect(Reached),
    /// A signal that the caller may not send itself: once approved, we send it.
    Signal(Signalled),
}

/// Reads notifications. Knows the environment that the agent was started with.
#[derive(Debug)]
pub struct Decoder {
    start_env: HashMap<Vec<u8>, Vec<u8>>,
    known: Known,
}

/// What is common to `execve` and `execveat`.
struct Ask {
    base: Base,
    path: u64,
    argv: u64,
    envp: u64,
    may_be_empty: bool,
}

impl Decoder {
    /// Takes the environment of `stage`, the launcher, as the agent's. `performer` makes connections that nothing stands
    /// against.
    #[must_use]
    pub fn with_start_of(stage: Pid, performer: Performer) -> Self {
        let bytes = sys::environ(ProcId(stage.0), ARGUMENTS_BYTES_MAX).unwrap_or_default();
        Self { start_env: bytes.split(|b| *b == 0).filter_map(variable).collect(), known: Known::new(performer) }
    }

    /// Reads the call. Costs a handful of system calls; may block on a file system that answers slowly.
    #[must_use]
    pub fn read(
        &mut self,
        listener: &Listener,
        call: &Notification,
        (id, at): (ActionId, Moment),
        depth: Depth,
    ) -> Reading {
        let reading = match call.call {
            Some(name @ (Call::Connect | Call::Sendto)) => read_connect(call, name, (id, at), &mut self.known),
            Some(name @ (Call::Sendmsg | Call::Sendmmsg)) => read_messages(call, name, (id, at), &mut self.known),
            Some(name @ (Call::Unshare | Call::Clone)) => read_namespace(call, name, (id, at), &mut self.known),
            Some(
                name @ (Call::Kill
                | Call::Tkill
                | Call::Tgkill
                | Call::RtSigqueueinfo
                | Call::RtTgsigqueueinfo
                | Call::PidfdSendSignal),
            ) => read_signal(call, name, (id, at)),
            Some(Call::Prlimit64) => read_limit(call),
            Some(
                name @ (Call::SchedSetparam
                | Call::SchedSetscheduler
                | Call::SchedSetattr
                | Call::SchedSetaffinity
                | Call::Setpriority
                | Call::IoprioSet),
            ) => read_turn(call, name),
            _ => match ask(call) {
                Some(ask) => self.read_exec(call, &ask, (id, at), depth),
                None => Err(Reading::Unreadable("a call that no rule names".into())),
            },
        };
        let reading = reading.unwrap_or_else(|error| error);
        // Only now is it certain that all of this was read from the caller and not from a later process of its number.
        if listener.is_waiting(call.id) { reading } else { Reading::Gone }
    }

    /// The act was let through: a connection need not be looked at again, a program start makes its process another.
    pub fn passed(&mut self, action: &Action) {
        match &action.kind {
            ActionKind::Connect(_) => self.known.passed(action),
            ActionKind::Exec(_) => self.known.forget(ProcId(action.caller.pid.0)),
            ActionKind::Text(_) | ActionKind::Tool(_) | ActionKind::File(_) | ActionKind::Kill(_) => {}
        }
    }

    fn read_exec(
        &self,
        call: &Notification,
        ask: &Ask,
        (id, at): (ActionId, Moment),
        depth: Depth,
    ) -> Result<Reading, Reading> {
        let thread = call.thread;
        let caller = caller(thread).map_err(|error| unreadable("its process", &error))?;
        let mut memory = Memory::of(thread);
        let (path, is_path_cut) = memory.string(ask.path, PATH_BYTES_MAX).map_err(|e| fault("the path", &e))?;
        if is_path_cut {
            return Err(Reading::Fails(Errno::NAMETOOLONG));
        }
        let view = View::of(ProcId(caller.pid.0), thread);
        let found = find(&view, ask, &path)?;
        let (words, mut is_cut) = strings(&mut memory, ask.argv).map_err(|e| fault("the arguments", &e))?;
        let head = found.place.as_ref().and_then(|place| place.head(HEAD_BYTES_MAX).ok());
        let (form, interpreter) = form(head.as_deref());
        let mut exec = Exec {
            path: Untrusted::new(found.shown),
            resolved: found.resolved.map(Untrusted::new),
            interpreter: interpreter.map(Untrusted::new),
            cwd: Untrusted::new(view.inside(sys::link(thread, "cwd").unwrap_or_default())),
            ..Exec::default()
        };
        if depth == Depth::Full {
            let (env, is_env_cut) = strings(&mut memory, ask.envp).map_err(|e| fault("the environment", &e))?;
            exec.env_changed = self.changed(env);
            exec.stdin = sys::fd_link(thread, 0).ok().map(Untrusted::new);
            is_cut |= is_env_cut;
        }
        let cmdline = if words.is_empty() {
            // The kernel gives a program without arguments one empty argument.
            vec![0]
        } else {
            words.iter().flat_map(|word| word.iter().copied().chain([0])).collect()
        };
        let expected = Expected { name: found.name, cmdline, is_cut, file: found.file, form };
        exec.argv = words.into_iter().map(Untrusted::new).collect();
        exec.is_cut = is_cut;
        let action = Action { id, at, caller, source: Source::Kernel, kind: ActionKind::Exec(exec) };
        Ok(Reading::Act(Box::new(action), Passage::Exec(Box::new(expected)), view))
    }

    /// The variables that the agent was not started with.
    fn changed(&self, env: Vec<Vec<u8>>) -> Vec<(Untrusted, Untrusted)> {
        env.iter()
            .filter_map(|pair| variable(pair))
            .filter(|(name, value)| self.start_env.get(name) != Some(value))
            .map(|(name, value)| (Untrusted::new(name), Untrusted::new(value)))
            .collect()
    }
}

fn variable(pair: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = pair.iter().position(|b| *b == b'=')?;
    Some((pair.get(..at)?.to_vec(), pair.get(at + 1..)?.to_vec()))
}

fn ask(call: &Notification) -> Option<Ask> {
    /// `AT_EMPTY_PATH`.
    const EMPTY_PATH: u64 = 0x1000;
    let [first, second, third, fourth, fifth, _] = call.args;
    match call.call? {
        Call::Execve => Some(Ask { base: Base::Cwd, path: first, argv: second, envp: third, may_be_empty: false }),
        Call::Execveat => {
            // The kernel takes the lower half of the register.
            #[allow(clippy::cast_possible_truncation, reason = "descriptors are 32 bits wide")]
            let fd = (first as u32).cast_signed();
            let base = if fd == CWD_FD { Base::Cwd } else { Base::Fd(fd) };
            Some(Ask { base, path: second, argv: third, envp: fourth, may_be_empty: fifth & EMPTY_PATH != 0 })
        }
        _ => None,
    }
}

pub(super) fn caller(thread: ProcId) -> io::Result<Caller> {
    let (process, parent) = sys::kin_of(thread)?;
    let exe = sys::link(thread, "exe").unwrap_or_default();
    let name = exe.rsplit(|b| *b == b'/').next().unwrap_or_default();
    Ok(Caller { pid: Pid(process.0), tid: Pid(thread.0), parent: Pid(parent.0), program: Untrusted::new(name) })
}

/// The file that is to be started.
struct Found {
    shown: Vec<u8>,
    name: Vec<u8>,
    resolved: Option<Vec<u8>>,
    place: Option<Place>,
    file: Option<sys::FileId>,
}

/// Follows the path as the caller would. What is not there is answered at once: a search along PATH asks often.
fn find(view: &View, ask: &Ask, path: &[u8]) -> Result<Found, Reading> {
    if path.is_empty() && !ask.may_be_empty {
        return Err(Reading::Fails(Errno::NOENT));
    }
    let name = match ask.base {
        Base::Fd(fd) if path.is_empty() => format!("/dev/fd/{fd}").into_bytes(),
        Base::Fd(fd) if !path.starts_with(b"/") => [format!("/dev/fd/{fd}/").as_bytes(), path].concat(),
        _ => path.to_vec(),
    };
    let place = match view.open(ask.base, path) {
        Ok(place) => place,
        Err(error) if view.is_ours() => {
            return Err(match Errno::of(&error) {
                Some(errno @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG)) => {
                    Reading::Fails(errno)
                }
                Some(errno @ Errno::ACCES) => Reading::Fails(errno),
                _ => unreadable("the program's path", &error),
            });
        }
        // Another root, another mount table: what we cannot follow is judged by its words alone.
        Err(_) => return Ok(Found { shown: path.to_vec(), name, resolved: None, place: None, file: None }),
    };
    let resolved = place.path().ok().map(|path| view.inside(path));
    let shown = if path.is_empty() { resolved.clone().unwrap_or_default() } else { path.to_vec() };
    let fact = place.fact().map_err(|error| unreadable("the program's file", &error))?;
    let is_file = fact.kind == PlaceKind::File;
    Ok(Found { shown, name, resolved, file: is_file.then_some(fact.id), place: is_file.then_some(place) })
}

/// A null-terminated list of strings, and whether something of it was left out.
fn strings(memory: &mut Memory, address: u64) -> io::Result<(Vec<Vec<u8>>, bool)> {
    if address == 0 {
        return Ok((Vec::new(), false));
    }
    let (pointers, mut is_cut) = memory.pointers(address, ARGUMENTS_MAX)?;
    let (mut list, mut room) = (Vec::with_capacity(pointers.len()), ARGUMENTS_BYTES_MAX);
    for pointer in pointers {
        if room == 0 {
            is_cut = true;
            break;
        }
        let (text, is_text_cut) = memory.string(pointer, ARGUMENT_BYTES_MAX.min(room))?;
        room = room.saturating_sub(text.len() + 1);
        list.push(text);
        if is_text_cut {
            // What follows a cut word would look as if it came right after it.
            is_cut = true;
            break;
        }
    }
    Ok((list, is_cut))
}

/// What kind of file begins like this, and for a script its interpreter.
fn form(head: Option<&[u8]>) -> (Form, Option<Vec<u8>>) {
    let Some(head) = head else { return (Form::Unknown, None) };
    if head.starts_with(b"\x7fELF") {
        return (Form::Binary, None);
    }
    let Some(line) = head.strip_prefix(b"#!") else { return (Form::Unknown, None) };
    let is_blank = |b: &u8| matches!(b, b' ' | b'\t');
    let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
    let word = line.iter().copied().skip_while(is_blank).take_while(|b| !is_blank(b) && *b != 0).collect();
    (Form::Script, Some(word))
}

pub(super) fn unreadable(what: &str, error: &io::Error) -> Reading {
    match Errno::of(error) {
        Some(Errno::SRCH) => Reading::Gone,
        _ if error.kind() == io::ErrorKind::NotFound => Reading::Gone,
        _ => Reading::Unreadable(format!("{what}: {error}")),
    }
}

/// The kernel would fail a bad pointer just so.
pub(super) fn fault(what: &str, error: &io::Error) -> Reading {
    match Errno::of(error) {
        Some(Errno::FAULT) => Reading::Fails(Errno::FAULT),
        _ => unreadable(what, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (head, form_of_it, interpreter) in [
            (Some(&b"\x7fELF\x02"[..]), Form::Binary, None),
            (Some(b"#!/bin/sh\necho"), Form::Script, Some("/bin/sh")),
            (Some(b"#! \t/usr/bin/env -S node x\n"), Form::Script, Some("/usr/bin/env")),
            (Some(b"#!/no/newline"), Form::Script, Some("/no/newline")),
            (Some(b"echo no format"), Form::Unknown, None),
            (Some(b""), Form::Unknown, None),
            (None, Form::Unknown, None),
        ] {
            assert_eq!(form(head), (form_of_it, interpreter.map(|i| i.as_bytes().to_vec())));
        }
    }

    #[test]
    fn lists_are_read_whole_up_to_their_limits() {
        let check = |words: &[Vec<u8>], read: usize, is_cut: bool| {
            let pointers: Vec<u64> = words.iter().map(|word| word.as_ptr() as u64).chain([0]).collect();
            let (list, cut) = strings(&mut Memory::of(sys::self_id()), pointers.as_ptr() as u64).unwrap();
            assert_eq!((list.iter().map(|w| w.len() + 1).sum::<usize>(), cut), (read, is_cut));
        };
        let word = |bytes: usize| {
            let mut word = vec![b'w'; bytes - 1];
            word.push(0);
            word
        };
        check(&[], 0, false);
        check(&[word(3), word(1), word(100)], 104, false);
        check(&vec![word(128 * 1024); 15], 15 * 128 * 1024, false);
        check(&[word(ARGUMENT_BYTES_MAX + 2), word(3)], ARGUMENT_BYTES_MAX + 1, true);
        check(&vec![word(128 * 1024); 17], ARGUMENTS_BYTES_MAX, true);
    }

    #[test]
    fn only_what_the_agent_was_not_started_with_is_changed() {
        let start = |pairs: &[&str]| pairs.iter().filter_map(|pair| variable(pair.as_bytes())).collect();
        let decoder = Decoder { known: Known::default(), start_env: start(&["HOME=/h", "PATH=/bin", "EMPTY="]) };
        let env = ["HOME=/h", "PATH=/evil:/bin", "EMPTY=", "NEW=1=2", "broken"].map(|p| p.as_bytes().to_vec());
        let changed = [("PATH", "/evil:/bin"), ("NEW", "1=2")].map(|(n, v)| (n.into(), v.into())).to_vec();
        assert_eq!(decoder.changed(env.to_vec()), changed);
    }
}
