//! Programs that show what is in files, and searches for secrets.

use super::{Collect, narrow};
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::{Ground, below};
use crate::shell::{Word, joined_path};
use crate::trail::names::secret_file;

/// Programs that print the files they are given.
const READERS: &[&str] = &[
    "cat",
    "less",
    "more",
    "head",
    "tail",
    "bat",
    "batcat",
    "nl",
    "tac",
    "od",
    "xxd",
    "hexdump",
    "strings",
    "base64",
    "base32",
    "cut",
    "sort",
    "uniq",
    "diff",
    "cmp",
    "comm",
    "paste",
    "column",
    "fold",
    "view",
    "vim",
    "vi",
    "nano",
    "emacs",
    "code",
    "open",
    "xdg-open",
    "pbcopy",
    "xclip",
    "gpg",
    "jq",
    "yq",
    "tr",
    "rev",
    "zcat",
    "gzip",
    "glow",
    "most",
    "pr",
    "expand",
    "tomlq",
    "dasel",
    "hexyl",
    "split",
    "csplit",
    "zip",
    "7z",
    "dotenv-linter",
    "type",
    "cp",
    "mapfile",
    "xmllint",
    "sops",
];

/// Programs whose first operand is a pattern or a program of their own.
const PATTERN_FIRST: &[&str] =
    &["grep", "egrep", "fgrep", "rg", "ag", "ack", "awk", "gawk", "mawk", "sed", "ripgrep", "jq", "yq", "zgrep"];

/// What a search for secrets looks for.
const SECRET_WORDS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "api_key",
    "apikey",
    "api-key",
    "api[_-]",
    "api.key",
    "credential",
    "private key",
    "private_key",
    "bearer",
    "akia",
    "ghp_",
    "sk_live",
    "sk-",
    "xox",
    "_key",
    "auth",
    "aws_access",
    "database_url",
    "begin rsa",
    "begin openssh",
    "pwd=",
    "key",
];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    match program.as_str() {
        "find" => find(collect),
        name if HUNTERS.contains(&name) || FINDERS.contains(&name) => hunt(collect),
        "tar" | "bsdtar" => tar(collect),
        "git" => history(collect),
        "source" | "." => sourced(collect),
        "sqlite3" | "ln" => {
            for word in operands(collect, &[]).into_iter().take(1).filter(|word| secret_file(&word.text).is_some()) {
                collect.file(Deed::Read, &word, Reach::One);
            }
        }
        // What it prints is the cipher.
        "sops" if collect.invocation().has_any(&["-e", "--encrypt", "encrypt"]) => {}
        // What it knows of a key is not the key.
        "openssl" if invocation_shows_nothing(collect) => {}
        "openssl" => {
            for word in collect.invocation().options(&["-in", "-inkey"]) {
                collect.file(Deed::Read, &word, Reach::One);
            }
        }
        name if PATTERN_FIRST.contains(&name) => search(collect),
        name if READERS.contains(&name) && name != "cp" && !is_kept_back(collect) => {
            for word in operands(collect, &["-n", "-c", "-s", "-w", "-f", "-d", "-k"]) {
                let word = found(collect, &word).unwrap_or(word);
                collect.file(Deed::Read, &word, Reach::One);
            }
        }
        _ => {}
    }
}

fn invocation_shows_nothing(collect: &Collect) -> bool {
    let invocation = collect.invocation();
    invocation.has("-noout") && !invocation.has("-text")
}

/// Programs that look for secrets, or for files by their name, over whatever they are pointed at.
const HUNTERS: &[&str] =
    &["trufflehog", "gitleaks", "noseyparker", "ggshield", "detect-secrets", "kingfisher", "titus"];
const FINDERS: &[&str] = &["locate", "plocate", "mdfind"];

/// A scan for secrets outside the project, or a look-up of the names of key files on the whole machine.
fn hunt(collect: &mut Collect) {
    let is_index = FINDERS.contains(&collect.act.program.as_str());
    for word in operands(collect, &["-n", "-l", "-c", "--config", "--report-path", "-r", "-f"]) {
        if is_index && secret_file(&word.text).is_some() && collect.invocation().feeds.is_empty() {
            collect.deed(Deed::Search, &word.text, Ground::Root, word.span);
        }
        let path = joined_path(collect.invocation().cwd.as_deref(), &word.text).unwrap_or_default();
        let is_folder = word.text.contains(['/', '~']) && !word.text.contains("://");
        if !is_index && is_folder && below(&path, collect.scene.land.project).is_none() {
            collect.file(Deed::Search, &word, Reach::Tree);
        }
    }
}

/// Names of secrets that a pattern may find.
const FOUND_NAMES: &[&str] =
    &[".env", ".env.local", ".env.production", ".netrc", ".npmrc", ".pgpass", "credentials", "id_rsa", "id_ed25519"];

/// The file of secrets that a pattern, or an earlier search for one, leads to.
fn found(collect: &Collect, word: &Word) -> Option<Word> {
    let name = crate::shell::base_name(&word.text);
    if name.contains(['*', '?']) && name.trim_matches(['*', '?']).len() > 1 {
        let pattern = name.replace('?', "*");
        let found = FOUND_NAMES.iter().find(|known| crate::judge::act::wild(&pattern, known))?;
        let folder = word.text.strip_suffix(name).unwrap_or_default();
        return Some(Word { text: format!("{folder}{found}"), ..word.clone() });
    }
    if word.is_literal() {
        return None;
    }
    let searched = ["locate", "mdfind", "plocate", "fd", "fdfind"];
    let before = collect.scene.reading.invocations.iter().filter(|other| other.span.0 < collect.invocation().span.0);
    let sought = before.filter(|source| searched.contains(&source.program()));
    let named =
        sought.flat_map(|source| source.args()).find(|word| !word.is_flag() && secret_file(&word.text).is_some());
    named.map(|known| Word { text: known.text.clone(), ..word.clone() })
}

/// Whether no value gets out of the pipe that this starts.
fn is_kept_back(collect: &Collect) -> bool {
    let invocation = collect.invocation();
    narrow::keeps_back(invocation) || narrow::keeps_back_later(invocation, collect.scene.reading)
}

fn operands(collect: &Collect, valued: &[&str]) -> Vec<Word> {
    collect.invocation().operands(valued).into_iter().cloned().collect()
}

/// Loading a file of secrets into the shell shows nothing by itself, but another project's is another matter.
fn sourced(collect: &mut Collect) {
    for word in operands(collect, &[]).into_iter().take(1) {
        let path = collect.invocation().path(&word).unwrap_or_default();
        if below(&path, collect.scene.land.project).is_none() {
            collect.file(Deed::Read, &word, Reach::One);
        }
    }
}

fn tar(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mode = invocation.args().first().map_or("", |word| word.text.as_str());
    let creates = (mode.contains('c') && !mode.starts_with("--")) || invocation.has_any(&["--create", "-c"]);
    if !creates {
        return;
    }
    let is_clustered = !mode.starts_with("--") && mode.contains('f');
    let words = operands(collect, &["-f", "-C", "--exclude", "--file", "-T", "-X"]);
    for word in words.into_iter().skip(usize::from(is_clustered)) {
        let name = crate::shell::base_name(word.text.trim_end_matches('/'));
        let is_folder = matches!(name, ".ssh" | ".aws" | ".gnupg" | ".kube" | ".docker" | ".password-store");
        if is_folder {
            let path = format!("{}/credentials", word.text.trim_end_matches('/'));
            let (target, _) = collect.placed(&Word { text: path, ..word.clone() }, true);
            collect.deed(Deed::Read, target.trim_end_matches("/credentials"), Ground::Secret, word.span);
        } else if word.text != "-" && secret_file(&word.text).is_some() {
            collect.file(Deed::Read, &word, Reach::Tree);
        }
    }
}

/// `git show HEAD:.env` and searches of the history for values.
fn history(collect: &mut Collect) {
    let invocation = collect.invocation();
    for word in invocation.args() {
        if let Some((_, path)) = word.text.split_once(':')
            && secret_file(path).is_some()
            && invocation.args().iter().any(|word| matches!(word.text.as_str(), "show" | "cat-file"))
        {
            collect.file(Deed::Read, &Word { text: path.to_owned(), ..word.clone() }, Reach::One);
        }
    }
    let shows_changes = invocation.has_any(&["-p", "--patch", "-u", "show", "diff"])
        && invocation.args().iter().any(|word| matches!(word.text.as_str(), "log" | "show" | "diff" | "stash"));
    if shows_changes && !is_kept_back(collect) {
        for word in invocation.args().iter().skip_while(|word| word.text != "--").skip(1) {
            if secret_file(&word.text).is_some() {
                collect.file(Deed::Read, word, Reach::One);
            }
        }
    }
    let looks_for = invocation.options(&["-S", "-G"]);
    for word in looks_for {
        let text = word.text.trim_matches('\'').to_owned();
        let is_value = ["AKIA", "ghp_", "sk_live", "sk-", "xox", "BEGIN", "password", "secret", "token"]
            .iter()
            .any(|shape| text.contains(shape));
        if is_value && invocation.has_any(&["-p", "--patch", "--all"]) {
            collect.deed(Deed::Search, &text, Ground::Git, word.span);
        }
    }
}

fn search(collect: &mut Collect) {
    let invocation = collect.invocation();
    let valued = [
        "-e",
        "-f",
        "-m",
        "-A",
        "-B",
        "-C",
        "-g",
        "--glob",
        "-t",
        "--type",
        "--include",
        "--exclude",
        "--regexp",
        "-F",
        "-v",
        "--max-count",
        "--exclude-dir",
        "-T",
        "-j",
        "-E",
    ];
    let is_grep = !matches!(collect.act.program.as_str(), "awk" | "gawk" | "mawk" | "sed" | "jq" | "yq");
    let valued = if is_grep { &valued[..18] } else { &valued[..2] };
    let mut files = operands(collect, valued);
    let given = invocation.options(&["-e", "--regexp", "--expression"]);
    let mut pattern = given.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join("|");
    if given.is_empty() && !files.is_empty() {
        pattern = files.remove(0).text;
    }
    let is_in_place = collect.act.program == "sed"
        && invocation.args().iter().any(|word| word.text.starts_with("-i") || word.text.starts_with("--in-place"));
    let shows =
        !invocation.has_any(&["-q", "-c", "-l", "--quiet", "--silent", "--count", "--files-with-matches", "-L"])
            || !is_grep;
    let shows = shows && !is_kept_back(collect);
    for file in &files {
        if shows && !is_in_place {
            collect.file(Deed::Read, file, Reach::One);
        }
    }
    let is_recursive = invocation.has_any(&["-r", "-R", "--recursive"])
        || matches!(collect.act.program.as_str(), "rg" | "ag" | "ack" | "ripgrep");
    if !is_grep || !is_recursive || !shows && !invocation.has("-l") {
        return;
    }
    if speaks_of_secrets(&pattern) {
        for file in files {
            collect.file(Deed::Search, &file, Reach::Tree);
        }
    }
}

fn speaks_of_secrets(pattern: &str) -> bool {
    let lower = pattern.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// A search for the names of key files, outside the project.
fn find(collect: &mut Collect) {
    let invocation = collect.invocation();
    let names = invocation.options(&["-name", "-iname", "-path", "-ipath", "-wholename"]);
    let is_hunt = names.iter().any(|word| {
        let plain = word.text.replace('*', "");
        let name = if plain.starts_with('.') && !plain.contains("env") { format!("x{plain}") } else { plain.clone() };
        secret_file(&name).is_some()
            || secret_file(&plain).is_some()
            || matches!(
                plain.as_str(),
                "credentials" | "credential" | "secret" | "secrets" | "token" | ".env" | "password"
            )
    });
    if !is_hunt {
        return;
    }
    let roots: Vec<Word> = invocation.args().iter().take_while(|word| !word.text.starts_with('-')).cloned().collect();
    for root in roots {
        let path = joined_path(invocation.cwd.as_deref(), &root.text).unwrap_or_default();
        if below(&path, collect.scene.land.project).is_none() {
            collect.file(Deed::Search, &root, Reach::Tree);
        }
    }
}
