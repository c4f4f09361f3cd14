//! The stage itself, step by step.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::sys::{
    self, Arch, Channel, FilterSpec, FromStage, Mishap, MishapKind, Number, Program, Scopes, Setup, Step, ToStage,
};

/// What a shell is asked to run when the kernel does not know the file's format, as `execvp` does.
const SHELL: &str = "/bin/sh";

/// The stage's arguments.
struct Order {
    socket: PathBuf,
    program: OsString,
    args: Vec<OsString>,
}

/// Runs the stage and returns its exit status; on success it is another program by then.
pub(super) fn run(args: Vec<OsString>) -> u8 {
    let Some(order) = parse(args) else {
        return MishapKind::Ours.status();
    };
    let Ok(channel) = Channel::connect(&order.socket) else {
        return MishapKind::Ours.status();
    };
    let mishap = launch(&channel, &order);
    let status = mishap.kind.status();
    // When nobody listens any more, the exit status is all there is.
    let _ = sys::send_message(&channel, &FromStage::Mishap(mishap), &[]);
    status
}

/// `SOCKET -- PROGRAM ARG…`
fn parse(args: Vec<OsString>) -> Option<Order> {
    let mut args = args.into_iter();
    let socket = PathBuf::from(args.next()?);
    (args.next()? == "--").then_some(())?;
    Some(Order { socket, program: args.next()?, args: args.collect() })
}

/// Goes through all steps; what it returns is why the agent was not started.
fn launch(channel: &Channel, order: &Order) -> Mishap {
    let steps = || -> Result<Mishap, Mishap> {
        let ours = |step| move |error: io::Error| failed(step, &error);
        let setup = match sys::receive_message(channel, None).map_err(ours(Step::HandOver))? {
            Some((ToStage::Setup(setup), _)) => setup,
            Some((ToStage::Go, _)) | None => return Err(unexpected()),
        };
        #[allow(clippy::disallowed_methods, reason = "the search path is the agent's own, as the operator gave it")]
        let path = std::env::var_os("PATH");
        let program = super::find::program(&order.program, path)?;
        let supervisor = channel.peer().map_err(ours(Step::Tie))?;
        sys::die_with_parent().map_err(ours(Step::Tie))?;
        if sys::parent_id() != supervisor {
            return Err(Mishap { what: "the supervisor is not our parent".into(), ..failed_at(Step::Tie) });
        }
        let listener = prepare(channel, setup, supervisor)?;
        match sys::receive_message(channel, None).map_err(ours(Step::HandOver))? {
            Some((ToStage::Go, fds)) => {
                if let Some(stdin) = fds.first() {
                    sys::replace_stdin(stdin.as_fd()).map_err(ours(Step::Stdin))?;
                }
            }
            Some((ToStage::Setup(_), _)) | None => return Err(unexpected()),
        }
        drop(listener);
        Ok(start(&program, order))
    };
    steps().unwrap_or_else(|mishap| mishap)
}

/// Installs what was asked for and tells the supervisor that we are ready. The listener is to be kept until it says go.
fn prepare(channel: &Channel, setup: Setup, supervisor: sys::ProcId) -> Result<Option<OwnedFd>, Mishap> {
    let ours = |step| move |error: io::Error| failed(step, &error);
    if !setup.is_gated {
        let ready = FromStage::Ready { scopes: Scopes::default(), listener: None };
        return sys::send_message(channel, &ready, &[]).map(|()| None).map_err(ours(Step::HandOver));
    }
    let arch = Arch::native()
        .ok_or_else(|| Mishap { what: "no filter is written for this machine".into(), ..failed_at(Step::Filter) })?;
    sys::forbid_new_privileges().map_err(ours(Step::NoNewPrivileges))?;
    let scopes = sys::restrict().map_err(|what| Mishap { what, ..failed_at(Step::Landlock) })?;
    let spec = FilterSpec {
        arch,
        supervisor,
        supervisor_group: sys::group_of(supervisor).map_err(ours(Step::Filter))?,
        is_trace_confined: scopes.tracing,
        is_signal_confined: scopes.signals,
        sees_reads: setup.sees_reads,
        is_strict: setup.is_strict,
    };
    let listener = sys::install(&Program::new(&spec)).map_err(ours(Step::Filter))?;
    // Where messages are held nobody is there yet to let this one go: it is fetched.
    let number = setup.is_strict.then(|| Number::of(listener.as_fd()));
    let along: &[BorrowedFd<'_>] = if setup.is_strict { &[] } else { &[listener.as_fd()] };
    let ready = FromStage::Ready { scopes, listener: number };
    sys::send_message(channel, &ready, along).map_err(ours(Step::HandOver))?;
    Ok(Some(listener))
}

/// Becomes the agent. Returns only if that did not work.
fn start(program: &Path, order: &Order) -> Mishap {
    let env: Vec<CString> = std::env::vars_os()
        .filter_map(|(name, value)| {
            let pair = [name.as_bytes(), b"=", value.as_bytes()].concat();
            CString::new(pair).ok()
        })
        .collect();
    let words = |first: &[&OsStr]| -> Option<Vec<CString>> {
        let rest = order.args.iter().map(OsString::as_os_str);
        first.iter().copied().chain(rest).map(|word| CString::new(word.as_bytes()).ok()).collect()
    };
    let (Ok(path), Ok(shell)) = (CString::new(program.as_os_str().as_bytes()), CString::new(SHELL)) else {
        return Mishap { what: "an argument contains a NUL".into(), ..failed_at(Step::Arguments) };
    };
    let (Some(argv), Some(shell_argv)) = (words(&[&order.program]), words(&[OsStr::new(SHELL), program.as_os_str()]))
    else {
        return Mishap { what: "an argument contains a NUL".into(), ..failed_at(Step::Arguments) };
    };
    sys::reset_signals();
    let mut error = sys::exec(&path, &argv, &env);
    if sys::is_unknown_format(&error) {
        error = sys::exec(&shell, &shell_argv, &env);
    }
    // The file was there a moment ago: what is missing now is its interpreter.
    let what = String::from_utf8_lossy(&program.as_os_str().to_owned().into_vec()).into_owned();
    Mishap { step: Step::Exec, kind: MishapKind::CannotRun, errno: error.raw_os_error(), what }
}

fn failed(step: Step, error: &io::Error) -> Mishap {
    let what = if error.raw_os_error().is_some() { String::new() } else { error.to_string() };
    Mishap { errno: error.raw_os_error(), what, ..failed_at(step) }
}

fn failed_at(step: Step) -> Mishap {
    Mishap { step, kind: MishapKind::Ours, errno: None, what: String::new() }
}

fn unexpected() -> Mishap {
    Mishap { what: "the supervisor left, or spoke out of turn".into(), ..failed_at(Step::HandOver) }
}
