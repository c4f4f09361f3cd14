//! Folders that are offered to whoever asks, and dumps of databases that go into a store elsewhere.

use super::Collect;
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::Ground;
use crate::shell::{Invocation, RedirectKind, Word};
use crate::trail::{host_of, is_local_host};

/// Programs that write all that a database holds.
const DUMPERS: &[&str] =
    &["pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mongodump", "pg_basebackup", "mydumper"];

/// Programs that serve a folder: their options that name it, and whether an operand does.
const SERVERS: &[(&str, &[&str], usize)] = &[
    ("http-server", &[], 0),
    ("serve", &[], 0),
    ("live-server", &[], 0),
    ("miniserve", &[], 0),
    ("dufs", &[], 0),
    ("darkhttpd", &[], 0),
    ("simple-http-server", &[], 0),
    ("httpd", &["-h"], usize::MAX),
    ("php", &["-t"], usize::MAX),
    ("caddy", &["--root", "-r"], usize::MAX),
    ("python", &["-d", "--directory"], usize::MAX),
];

/// Options of servers that take another value than the folder.
const VALUED: &[&str] = &["-p", "--port", "-l", "--listen", "-b", "--bind", "-i", "--interfaces", "-a", "--host", "-S"];

pub(super) fn collect(collect: &mut Collect) {
    served(collect);
    dumped(collect);
}

/// `python3 -m http.server -d ~`: all below the folder is there for whoever reaches this machine.
fn served(collect: &mut Collect) {
    let invocation = collect.invocation();
    let program = collect.act.program.as_str();
    let Some((_, options, operand)) = SERVERS.iter().find(|(name, ..)| *name == program) else { return };
    let has = |text: &str| invocation.args().iter().any(|word| word.text == text);
    let serves = match program {
        "python" => has("http.server") || has("SimpleHTTPServer"),
        "php" => invocation.has("-S"),
        "caddy" => has("file-server"),
        _ => true,
    };
    let bound = invocation.option(&["-b", "--bind", "-i", "--interfaces", "-a", "--host", "-S", "--addr", "-l"]);
    let is_here = |text: &str| !text.starts_with("0.0.0.0") && is_local_host(host_of(text).unwrap_or_default());
    if !serves || bound.is_some_and(|word| is_here(&word.text)) {
        return;
    }
    let named = invocation.option(options).or_else(|| invocation.operands(VALUED).get(*operand).copied().cloned());
    let here = Word::literal(".", invocation.span);
    let word = named.unwrap_or(here);
    let (target, ground) = collect.placed(&word, true);
    collect.effects.push(crate::judge::effect::Effect {
        deed: Deed::Serve,
        target,
        ground,
        reach: Reach::Tree,
        span: word.span,
    });
}

/// All that a database holds goes into a bucket: by a pipe, or by a file that the same text has just written.
fn dumped(collect: &mut Collect) {
    let invocation = collect.invocation();
    let Some((from, to)) = stored(invocation).filter(|_| !collect.act.is_emulated) else { return };
    let is_dumper = |source: &&Invocation| DUMPERS.contains(&source.program());
    let is_dump = match from.filter(|word| !matches!(word.text.as_str(), "-" | "/dev/stdin")) {
        Some(word) => {
            let path = invocation.path(&word);
            let before = collect.scene.before(collect.invocation()).iter();
            path.is_some_and(|path| before.filter(is_dumper).any(|dumper| writes(dumper, &path)))
        }
        None => collect.upstream().iter().any(is_dumper),
    };
    if is_dump {
        collect.deed(Deed::SendUnseen, &to.text, Ground::Unknown, invocation.span);
    }
}

/// What goes into which bucket; without a source it is what comes by a pipe.
fn stored(invocation: &Invocation) -> Option<(Option<Word>, Word)> {
    let words = invocation.operands(&["--profile", "--region", "--acl", "--expected-size", "--storage-class"]);
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let at = match (invocation.program(), texts.as_slice()) {
        ("aws", ["s3", "cp" | "mv" | "sync", ..]) | ("gcloud", ["storage", "cp" | "mv", ..]) => 2,
        ("gsutil" | "s5cmd", ["cp" | "mv" | "pipe", ..])
        | ("rclone", ["copy" | "copyto" | "move" | "moveto" | "sync" | "rcat", ..])
        | ("s3cmd", ["put", ..])
        | ("mc", ["pipe" | "cp" | "mv", ..]) => 1,
        _ => return None,
    };
    let is_pipe = texts.get(at - 1).is_some_and(|verb| matches!(*verb, "rcat" | "pipe"));
    let to = words.last().filter(|_| words.len() > at).copied().cloned()?;
    let is_elsewhere = to.text.contains("://") || invocation.program() == "mc" || remote_name(&to.text);
    let from = words.get(at).filter(|_| !is_pipe && words.len() > at + 1).copied().cloned();
    is_elsewhere.then_some((from, to))
}

/// `remote:path`
fn remote_name(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, _)| name.len() > 1 && !name.contains('/'))
}

/// Whether a dump is written to the file at `path`, or below it.
fn writes(dumper: &Invocation, path: &str) -> bool {
    let redirected = dumper.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Write);
    let named = dumper.options(&["-f", "--file", "-r", "--result-file", "-o", "--out", "--archive", "-D"]);
    let to = redirected.map(|redirect| redirect.to.clone()).chain(named);
    to.filter_map(|word| dumper.path(&word)).any(|to| path == to || path.starts_with(&format!("{to}/")))
}
