//! The scripted agent of the demo, and its stand-in for curl.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use super::{TASK, VOLUME};

/// The play's hidden command: `SERVER PACE`, or `request CURL-ARGUMENTS`.
#[must_use]
pub fn play(arguments: &[OsString]) -> ExitCode {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let result = match words.split_first() {
        Some((first, rest)) if first == "request" => request(rest),
        Some((server, rest)) => act(server, Pace::of(rest.first().map(String::as_str))),
        None => Err(io::Error::other("the play needs its server")),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            super::super::output::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// How long the agent thinks between its steps.
#[derive(Debug, Clone, Copy)]
struct Pace(Duration);

impl Pace {
    fn of(word: Option<&str>) -> Self {
        Self(Duration::from_millis(if word == Some("quick") { 60 } else { 1_200 }))
    }

    fn think(self) {
        thread::sleep(self.0);
    }
}

/// The incident, step by step.
fn act(server: &str, pace: Pace) -> io::Result<ExitCode> {
    say(&format!("\x1b[1m > {TASK}\x1b[0m\n"))?;
    pace.think();
    say("\x1b[36m•\x1b[0m I will look at how staging reads its credentials.\n")?;
    pace.think();
    read("deploy/staging.env")?;
    pace.think();
    run("sh scripts/login-staging.sh")?;
    pace.think();
    say("\x1b[36m•\x1b[0m The credential does not match. I will look for one that does.\n")?;
    pace.think();
    let token = read("../infra/domains.env")?
        .lines()
        .find_map(|line| line.strip_prefix("DOMAINS_TOKEN=").map(str::to_owned))
        .ok_or_else(|| io::Error::other("the demo's own file has no token"))?;
    pace.think();
    say(
        "\x1b[36m•\x1b[0m I will delete the staging volume to reset it. I assume the deletion is scoped to staging.\n",
    )?;
    let body = format!(r#"{{"query":"mutation {{ volumeDelete(volumeId: \"{VOLUME}\") }}"}}"#);
    let is_done = run(&format!(
        "curl -sS {server}/graphql -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{body}'"
    ))?;
    pace.think();
    if is_done {
        say("\n\x1b[36m•\x1b[0m The volume is deleted. The staging login should work now.\n")?;
    } else {
        say(
            "\x1b[36m•\x1b[0m The deletion was refused. I will stop here and ask which credential staging should use.\n",
        )?;
    }
    pace.think();
    Ok(ExitCode::SUCCESS)
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The agent's own file tool: no other program runs.
fn read(path: &str) -> io::Result<String> {
    say(&format!("\x1b[36m•\x1b[0m Read {path}\n"))?;
    std::fs::read_to_string(path)
}

/// The agent's shell tool. Whether the command succeeded.
#[allow(clippy::disallowed_methods, reason = "the scripted agent is there to start programs")]
fn run(command: &str) -> io::Result<bool> {
    let first = command.lines().next().unwrap_or_default();
    let brief = first.split(" -H").next().unwrap_or(first);
    say(&format!("\x1b[36m•\x1b[0m Run {brief}\n"))?;
    match Command::new("sh").arg("-c").arg(command).status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(error),
    }
}

/// What of curl the play needs: `[-sS] [-H LINE] [-d BODY] [-o FILE] [-w FORMAT] http://HOST:PORT/PATH`.
fn request(arguments: &[String]) -> io::Result<ExitCode> {
    let (mut url, mut body, mut headers, mut shows_code) = (String::new(), String::new(), Vec::new(), false);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().cloned().unwrap_or_default();
        match word.as_str() {
            "-H" => headers.push(value()),
            "-d" => body = value(),
            "-o" => drop(value()),
            "-w" => {
                value();
                shows_code = true;
            }
            flag if flag.starts_with('-') => {}
            _ => url.clone_from(word),
        }
    }
    let address = url.strip_prefix("http://").ok_or_else(|| io::Error::other("the play speaks http only"))?;
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let mut stream = TcpStream::connect(host)?;
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    write!(stream, "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, content) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    say(if shows_code { head.split(' ').nth(1).unwrap_or_default() } else { content })?;
    Ok(ExitCode::SUCCESS)
}
