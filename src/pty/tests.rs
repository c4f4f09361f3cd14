use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

fn sh(script: &str) -> Command {
    Command {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        env: vec![("PATH".into(), "/usr/bin:/bin".into()), ("TERM".into(), "xterm".into())],
        cwd: "/".into(),
    }
}

/// Repeats `attempt` until it gives something.
fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    #[allow(clippy::disallowed_methods, reason = "a deadline for a process outside of us")]
    let started = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(started.elapsed() < PATIENCE, "nothing came");
        std::thread::yield_now();
    }
}

/// Reads on until `wanted` was seen, or everything if it never is.
fn read_until(pty: &Pty, wanted: &str) -> String {
    let mut seen = Vec::new();
    until(|| {
        let mut buffer = [0; 4096];
        match pty.read(&mut buffer) {
            Ok(0) if wanted.is_empty() => return Some(()),
            Ok(0) => panic!("closed before {wanted:?}"),
            Ok(n) => seen.extend_from_slice(&buffer[..n]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        (!wanted.is_empty() && String::from_utf8_lossy(&seen).contains(wanted)).then_some(())
    });
    String::from_utf8_lossy(&seen).into_owned()
}

const COLS: u16 = 61;
const ROWS: u16 = 17;

fn ended(script: &str) -> (String, Exit) {
    let mut pty = Pty::spawn(&sh(script), COLS, ROWS).unwrap();
    let output = read_until(&pty, "");
    (output, until(|| pty.try_wait().unwrap()))
}

#[test]
fn the_agent_has_a_terminal_of_our_size_as_its_own() {
    let (output, exit) =
        ended("stty size; test -t 0 && test -t 1 && test -t 2 && echo three; stty -a | grep -o ' iutf8'");
    assert_eq!(output, "17 61\r\nthree\r\n iutf8\r\n");
    assert_eq!(exit, Exit { status: Some(0), signal: None });
}

#[test]
fn an_exit_is_a_status_or_a_signal() {
    let (_, exit) = ended("exit 7");
    assert_eq!((exit.status, exit.signal, exit.shell_status()), (Some(7), None, 7));
    let (_, exit) = ended("kill -TERM $$");
    assert_eq!((exit.status, exit.signal, exit.shell_status()), (None, Some(15), 143));
}

#[test]
fn what_is_typed_arrives_and_a_new_size_is_told() {
    // A read that a signal interrupts fails in some shells; that must not end the loop.
    let script = "trap 'stty size' WINCH; echo ready; \
        while :; do if read -r line; then [ \"$line\" = quit ] && exit 0; echo \"got $line\"; fi; done";
    let mut pty = Pty::spawn(&sh(script), COLS, ROWS).unwrap();
    read_until(&pty, "ready");
    assert_eq!(pty.write("grüße\n".as_bytes()).unwrap(), 8);
    read_until(&pty, "got grüße");
    pty.resize(99, 33).unwrap();
    // The shell runs its trap once the read it waits in returns.
    pty.write(b"\n").unwrap();
    read_until(&pty, "33 99");
    assert_eq!(pty.foreground_group(), Some(pty.pid()));
    pty.write(b"quit\n").unwrap();
    assert_eq!(until(|| pty.try_wait().unwrap()).status, Some(0));
}

#[test]
fn dropping_our_end_types_nothing_and_hangs_up() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let script = format!(
        "trap 'echo hup >> {0}; exit 3' HUP; echo ready; read -r x && echo typed >> {0}; echo end >> {0}",
        log.display()
    );
    let pty = Pty::spawn(&sh(&script), COLS, ROWS).unwrap();
    read_until(&pty, "ready");
    drop(pty);
    let said = until(|| std::fs::read_to_string(&log).ok().filter(|said| said.contains("hup") || said.contains("end")));
    assert!(!said.contains("typed"), "{said}");
}

#[test]
fn what_cannot_be_started_says_why() {
    let check = |command: Command, wanted: &str| {
        let error = Pty::spawn(&command, COLS, ROWS).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    };
    check(Command { program: "/no/such".into(), ..sh("") }, "/no/such: cannot be started");
    check(Command { program: "no-such-program".into(), ..sh("") }, "no-such-program: cannot be started");
    check(Command { cwd: "/no/such/folder".into(), ..sh("") }, "/no/such/folder: not a folder");
}

#[test]
fn nothing_of_our_environment_is_inherited() {
    let (output, _) = ended("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort");
    assert_eq!(output, "PATH=/usr/bin:/bin\r\nSHELL=/bin/bash\r\nTERM=xterm\r\n".replace("/bin/bash", shell(&output)));
}

/// The library gives every program a `SHELL`; which one is the account's affair.
fn shell(output: &str) -> &str {
    output.split("SHELL=").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap_or("none")
}
