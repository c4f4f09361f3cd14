//! Programs that fetch, send, and run what was fetched.

use super::{Collect, Inner};
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::Ground;
use crate::shell::{Invocation, LayerKind, Word};
use crate::trail::names::secret_file;
use crate::trail::{Environment, host_of, is_local_host};

/// Programs that fetch something.
const FETCHERS: &[&str] = &[
    "curl",
    "wget",
    "wget2",
    "http",
    "https",
    "xh",
    "aria2c",
    "fetch",
    "lwp-request",
    "GET",
    "axel",
    "nc",
    "ncat",
    "iwr",
    "irm",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
];

/// Programs that run the text they are given on standard input or by `-c`, `-e`.
const RUNNERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "fish",
    "ash",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "pwsh",
    "powershell",
    "lua",
    "deno",
    "bun",
    "source",
    ".",
    "eval",
    "osascript",
    "Rscript",
    "tclsh",
    "iex",
    "Invoke-Expression",
    "psql",
    "mysql",
    "sqlite3",
    "ssh",
];

/// Programs that only pass on what they get, changed or not.
const FILTERS: &[&str] = &[
    "tee", "cat", "sed", "awk", "tr", "grep", "head", "tail", "gunzip", "zcat", "base64", "xxd", "rev", "gzip",
    "bunzip2", "xz", "jq", "openssl", "dos2unix", "envsubst", "pv",
];

/// Programs that send their standard input away.
const SENDERS: &[&str] =
    &["nc", "ncat", "netcat", "socat", "telnet", "mail", "mailx", "sendmail", "s-nail", "pastebinit"];

/// Programs whose words go out to somebody.
const CARRIERS: &[&str] = &[
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "dig",
    "host",
    "nslookup",
    "drill",
    "ping",
    "nc",
    "ncat",
    "mail",
    "mailx",
    "pastebinit",
];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    fetched(collect, &program);
    if CARRIERS.contains(&program.as_str()) {
        carried(collect);
    }
    stored(collect, &program);
    match program.as_str() {
        "curl" => curl(collect),
        "wget" => {
            for word in collect.invocation().options(&["-O", "--output-document"]) {
                if word.text != "-" {
                    collect.file(Deed::Write, &word, Reach::One);
                }
            }
        }
        "git" => pushed(collect),
        "scp" | "rsync" | "sftp" | "rclone" | "rcp" => copied_away(collect, &program),
        name if SENDERS.contains(&name) => piped_away(collect, true),
        _ => {}
    }
    // What a pipe hands to a command on another machine leaves this one.
    let is_remote = collect.invocation().layers.iter().any(|layer| matches!(layer.kind, LayerKind::Remote { .. }));
    if (is_remote || program == "ssh") && !SENDERS.contains(&program.as_str()) && crosses(collect) {
        piped_away(collect, true);
    }
    if matches!(program.as_str(), "curl" | "wget" | "http" | "https" | "xh") {
        piped_away(collect, true);
    }
}

/// Whether what it is given comes from another machine than its own: `ssh web 'tail log | grep x'` stays there.
fn crosses(collect: &Collect) -> bool {
    let hosts = |invocation: &Invocation| -> Vec<String> {
        let host = |layer: &crate::shell::Layer| match &layer.kind {
            LayerKind::Remote { host } => Some(host.clone()),
            _ => None,
        };
        invocation.layers.iter().filter_map(host).collect()
    };
    let own = hosts(collect.invocation());
    let sources = collect.upstream();
    sources.is_empty() || own.is_empty() || sources.into_iter().any(|source| hosts(source) != own)
}

/// Code that comes from the network and is run without anybody having seen it.
fn fetched(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let base = invocation.program();
    manifest(collect, program);
    if !RUNNERS.contains(&program) && !RUNNERS.contains(&base) {
        return;
    }
    let is_fetcher = |source: &&Invocation| FETCHERS.contains(&source.program());
    let by_word = invocation.args().iter().any(|word| {
        let direct = collect.sources(word);
        let through = direct.iter().flat_map(|source| before(collect, source)).collect::<Vec<_>>();
        direct.iter().any(is_fetcher) || through.iter().any(is_fetcher)
    });
    let is_data = matches!(program, "psql" | "mysql" | "sqlite3" | "ssh");
    // A script or a text of its own takes the pipe as data.
    let gives_text = invocation.has_any(&["-c", "-e", "-m", "-p", "-E", "-pe", "-ne", "--eval", "--print", "-r"]);
    let is_setting = |text: &str| {
        text.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    };
    let has_own = invocation.args().iter().any(|word| {
        !word.is_flag() && !matches!(word.text.as_str(), "-" | "/dev/stdin") && (gives_text || !is_setting(&word.text))
    }) && (!invocation.has("-s") || gives_text);
    let upstream: Vec<&Invocation> = collect.upstream();
    let is_relayed = upstream.iter().all(|source| {
        is_fetcher(source) || FILTERS.contains(&source.program()) || matches!(source.program(), "echo" | "printf")
    });
    let by_pipe = !has_own && upstream.iter().any(is_fetcher) && is_relayed;
    if (by_word || by_pipe) && !is_data {
        let url = upstream
            .iter()
            .flat_map(|source| source.args())
            .chain(invocation.args())
            .find(|word| word.text.contains("://"));
        let from_word = invocation
            .args()
            .iter()
            .flat_map(|word| collect.sources(word))
            .flat_map(Invocation::args)
            .find(|word| word.text.contains("://"));
        let target = url.or(from_word).map_or_else(|| base.to_owned(), |word| word.text.clone());
        collect.deed(Deed::RunFetched, &target, Ground::Unknown, invocation.span);
        return;
    }
    let is_shell = matches!(base, "sh" | "bash" | "zsh" | "dash" | "ksh" | "eval");
    let decodes = upstream.iter().any(|source| {
        source.program() == "base64" && source.has_any(&["-d", "-D", "--decode"])
            || source.program() == "xxd"
            || source.program() == "openssl"
    });
    if is_shell && decodes && !has_own {
        collect.deed(Deed::RunUnseen, base, Ground::Unknown, invocation.span);
    }
}

/// `curl URL | kubectl apply -f -`: what runs in the cluster comes as it is from the network.
fn manifest(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let takes_pipe = || invocation.options(&["-f", "--filename"]).iter().any(|word| word.text == "-");
    if !matches!(program, "kubectl" | "oc") || collect.act.is_emulated || !takes_pipe() {
        return;
    }
    let applies = invocation.args().iter().any(|word| matches!(word.text.as_str(), "apply" | "create" | "replace"));
    let fetched = collect.upstream().into_iter().find(|source| FETCHERS.contains(&source.program()));
    if let Some(fetcher) = fetched.filter(|_| applies) {
        let url = fetcher.args().iter().find(|word| word.text.contains("://"));
        let target = url.map_or_else(|| program.to_owned(), |word| word.text.clone());
        collect.deed(Deed::RunFetched, &target, Ground::Unknown, invocation.span);
    }
}

/// A file that the session fetched before and nobody looked at, now run: with whatever arguments.
pub(super) fn downloaded(collect: &mut Collect) {
    let invocation = collect.invocation();
    let base = invocation.program();
    let runs_script = RUNNERS.contains(&collect.act.program.as_str()) || RUNNERS.contains(&base);
    let word =
        if runs_script { invocation.args().iter().find(|word| !word.is_flag()) } else { invocation.words.first() };
    let Some(word) = word.filter(|word| runs_script || word.text.contains('/')) else { return };
    let Some(path) = invocation.path(word) else { return };
    let all = &collect.scene.reading.invocations;
    let is_after = |other: &Invocation| other.span.0 >= invocation.span.0 && other.span != invocation.span;
    let end = all.iter().position(is_after).unwrap_or(all.len());
    let brings =
        |other: &Invocation| crate::trail::fetched(other).contains(&path) || crate::trail::is_cloned_by(other, &path);
    let is_fetched = collect.scene.land.past.fetched(&path) || collect.scene.bringing(end).any(brings);
    if is_fetched {
        collect.deed(Deed::RunDownloaded, &path, Ground::Unknown, invocation.span);
    }
}

/// Forges where projects are at home: a remote there is somebody's fork or the project itself.
const FORGES: [&str; 7] =
    ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com", "ssh.dev.azure.com", "git.sr.ht"];

/// `git remote add mirror URL && git push mirror`: the history goes to an address that this session brought in.
fn pushed(collect: &mut Collect) {
    let invocation = collect.invocation();
    let words = invocation.operands(&["-C", "-c", "-o", "--push-option", "--receive-pack"]);
    let [verb, rest @ ..] = words.as_slice() else { return };
    if verb.text != "push" {
        return;
    }
    let name = rest.first().map_or("origin", |word| word.text.as_str());
    let here = collect
        .scene
        .before(invocation)
        .iter()
        .rev()
        .find_map(|other| crate::trail::remote(other).filter(|(given, _)| given == name).map(|(_, url)| url));
    let Some(url) = here.or_else(|| collect.scene.land.past.chosen(&format!("git remote {name}"))) else { return };
    let host = host_of(&url).or_else(|| remote_host(&url)).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let is_whole = invocation.has_any(&["--all", "--mirror", "--tags"]) && name != "origin";
    if host.is_empty() || is_local_host(&host) || (FORGES.contains(&host.as_str()) && !is_whole) {
        return;
    }
    let span = rest.first().map_or(invocation.span, |word| word.span);
    collect.deed(Deed::Send, &url, Ground::Git, span);
}

/// What a command puts into words that go out: `curl -d "$(cat .env)"`, `dig $(…).example.net`.
fn carried(collect: &mut Collect) {
    let invocation = collect.invocation();
    let is_local = invocation.args().iter().any(|word| is_local_host(host_of(&word.text).unwrap_or_default()));
    if is_local {
        return;
    }
    let mut out: Vec<(Option<Word>, crate::model::Span)> = Vec::new();
    for word in invocation.args() {
        // A credential that is shown to whom it is for.
        let lower = word.text.to_ascii_lowercase();
        if ["authorization", "token:", "key:", "bearer"].iter().any(|name| lower.contains(name)) {
            continue;
        }
        if word.is_literal() && collect.act.program == "pastebinit" && secret_file(&word.text).is_some() {
            out.push((Some(word.clone()), word.span));
        }
        let direct = collect.sources(word);
        let through: Vec<&Invocation> = direct.iter().flat_map(|source| before(collect, source)).collect();
        for source in direct.iter().chain(&through) {
            match source.program() {
                "cat" | "head" | "tail" | "base64" | "xxd" | "gzip" | "openssl" => {
                    let file = source.args().iter().find(|word| secret_file(&word.text).is_some());
                    out.extend(file.map(|file| (Some(file.clone()), word.span)));
                }
                "env" | "printenv" | "set" if source.args().is_empty() => out.push((None, word.span)),
                _ => {}
            }
        }
    }
    for (file, span) in out {
        match file {
            Some(file) => collect.file(Deed::Send, &Word { span, ..file }, Reach::One),
            None => collect.deed(Deed::SendUnseen, "all variables", Ground::Unknown, span),
        }
    }
}

/// A file of secrets that goes to a store.
fn stored(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let words: Vec<&str> = invocation.args().iter().map(|word| word.text.as_str()).collect();
    let is_copy = match (program, words.as_slice()) {
        ("aws", ["s3", "cp" | "mv" | "sync", ..]) => true,
        ("gsutil", rest) => rest.iter().any(|word| matches!(*word, "cp" | "mv" | "rsync")),
        ("gcloud", ["storage", "cp" | "mv" | "rsync", ..]) => true,
        _ => false,
    };
    let goes_out = words.last().is_some_and(|to| to.starts_with("s3://") || to.starts_with("gs://"));
    if !is_copy || !goes_out {
        return;
    }
    for word in invocation.args() {
        if !word.text.contains("://") && secret_file(&word.text).is_some() {
            collect.file(Deed::Send, word, Reach::One);
        }
    }
}

fn before<'a>(collect: &'a Collect, invocation: &Invocation) -> Vec<&'a Invocation> {
    match &invocation.stdin {
        crate::shell::Stdin::From(from) => {
            from.iter().filter_map(|at| collect.scene.reading.invocations.get(*at)).collect()
        }
        crate::shell::Stdin::Text(_) | crate::shell::Stdin::File(_) | crate::shell::Stdin::Inherited => Vec::new(),
    }
}

/// Whose credential a variable holds by its name, and a word of the hosts it is for.
const OWNERS: &[(&str, &[&str])] = &[
    ("GITHUB", &["github"]),
    ("GH", &["github"]),
    ("GITLAB", &["gitlab"]),
    ("STRIPE", &["stripe"]),
    ("OPENAI", &["openai", "azure"]),
    ("ANTHROPIC", &["anthropic", "claude"]),
    ("AWS", &["amazonaws", "aws"]),
    ("RAILWAY", &["railway"]),
    ("VERCEL", &["vercel"]),
    ("NETLIFY", &["netlify"]),
    ("HEROKU", &["heroku"]),
    ("SLACK", &["slack"]),
    ("NPM", &["npm", "registry"]),
    ("DIGITALOCEAN", &["digitalocean"]),
    ("CLOUDFLARE", &["cloudflare"]),
    ("SUPABASE", &["supabase"]),
];

/// A credential of one provider that is sent to somebody else's host.
fn strays(collect: &mut Collect) {
    let invocation = collect.invocation();
    let url = invocation.args().iter().find(|word| word.text.contains("://"));
    let Some(host) = url.and_then(|word| host_of(&word.text)).map(str::to_ascii_lowercase) else { return };
    if is_local_host(&host) || host.contains('$') {
        return;
    }
    for word in invocation.args() {
        for name in word.variables.iter().filter(|name| crate::trail::names::is_secret_variable(name)) {
            let owner = OWNERS.iter().find(|(owner, _)| name.split('_').next() == Some(owner));
            if owner.is_some_and(|(_, hosts)| !hosts.iter().any(|part| host.contains(part))) {
                collect.deed(Deed::Send, name, Ground::Secret, word.span);
            }
        }
    }
}

fn curl(collect: &mut Collect) {
    strays(collect);
    let invocation = collect.invocation();
    for word in invocation.options(&["-o", "--output"]) {
        if word.text != "-" {
            collect.file(Deed::Write, &word, Reach::One);
        }
    }
    // What a configuration file adds is judged with the words that are there.
    for word in invocation.options(&["-K", "--config"]) {
        match collect.content(&word) {
            Some(text) => {
                let words = configured(&text);
                let all = std::iter::once("curl".to_owned()).chain(words).collect();
                collect.inner.push(Inner::Words { words: all, span: word.span });
            }
            None => collect.deed(Deed::SendUnseen, &word.text, Ground::Unknown, word.span),
        }
    }
    let is_local = invocation
        .args()
        .iter()
        .any(|word| word.text.contains("://") && is_local_host(host_of(&word.text).unwrap_or_default()));
    let mut files: Vec<Word> = invocation.options(&["-T", "--upload-file"]);
    for word in invocation.options(&["-F", "--form"]) {
        if let Some((_, path)) = word.text.split_once("=@").or_else(|| word.text.split_once("=<")) {
            let path = path.split(';').next().unwrap_or_default().to_owned();
            files.push(Word { text: path, ..word.clone() });
        }
    }
    for word in invocation.options(&[
        "-d",
        "--data",
        "--data-binary",
        "--data-ascii",
        "--data-raw",
        "--json",
        "--data-urlencode",
    ]) {
        let named = |text: &str| text.chars().all(char::is_alphanumeric);
        let after_name = || word.text.split_once('@').filter(|(name, _)| named(name)).map(|(_, path)| path);
        let path = word.text.strip_prefix('@').or_else(after_name).filter(|path| secret_file(path).is_some());
        files.extend(path.map(|path| Word { text: path.to_owned(), ..word.clone() }));
    }
    for file in files.into_iter().filter(|file| !matches!(file.text.as_str(), "-" | ".")) {
        // A secret has no business on any server, not even on this machine's.
        if is_local && secret_file(&file.text).is_none() {
            continue;
        }
        collect.file(Deed::Send, &file, Reach::One);
    }
}

/// The lines of a curl configuration file as words.
fn configured(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cut = line.find([' ', '=', ':', '\t']).unwrap_or(line.len());
        let (name, value) = line.split_at(cut);
        let value = value.trim_start_matches([' ', '=', ':', '\t']).trim();
        let value = match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        words.push(if name.starts_with('-') { name.to_owned() } else { format!("--{name}") });
        if !value.is_empty() {
            words.push(value);
        }
    }
    words
}

/// `scp`, `rsync` and the like: what goes to another machine.
fn copied_away(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let valued = [
        "-e",
        "--rsh",
        "--exclude",
        "--include",
        "-P",
        "-i",
        "-F",
        "-o",
        "-J",
        "-c",
        "-l",
        "-S",
        "--filter",
        "-f",
        "--files-from",
    ];
    let valued = if program == "rsync" { &valued[..4] } else { &valued[..] };
    let mut operands: Vec<Word> = invocation.operands(valued).into_iter().cloned().collect();
    if program == "rclone" && !operands.is_empty() {
        let verb = operands.remove(0);
        if !matches!(verb.text.as_str(), "copy" | "copyto" | "sync" | "bisync" | "move" | "moveto" | "rcat" | "mount") {
            return;
        }
    }
    let Some(target) = operands.pop() else { return };
    let Some(host) = remote_host(&target.text) else { return };
    if is_local_host(host.rsplit('@').next().unwrap_or_default()) {
        return;
    }
    let is_alias = program != "rclone" && is_own_alias(host);
    for source in operands.iter().filter(|word| remote_host(&word.text).is_none()) {
        // The project's own files, on a host that the operator gave a short name.
        let is_work = || matches!(collect.placed(source, true).1, Ground::Project | Ground::Folder | Ground::File);
        if !(is_alias && is_work() && secret_file(&source.text).is_none()) {
            collect.file(Deed::Send, source, Reach::Tree);
        }
    }
}

/// Whether a host is a short name of the operator's own settings, and none of production: `devbox`, `dev@build01`.
fn is_own_alias(host: &str) -> bool {
    let name = host.rsplit('@').next().unwrap_or_default();
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let is_name = is_plain && name.bytes().any(|b| b.is_ascii_alphabetic()) && name.len() > 1;
    is_name && Environment::of_name(name) != Environment::Production
}

/// The host of `host:path`, `user@host:path` or `rsync://host/path`.
fn remote_host(text: &str) -> Option<&str> {
    if text.contains("://") {
        return host_of(text);
    }
    let (host, _) = text.split_once(':')?;
    (!host.contains('/') && !host.is_empty()).then_some(host)
}

/// What a pipe hands to a program that sends it on.
fn piped_away(collect: &mut Collect, any_program: bool) {
    let invocation = collect.invocation();
    let takes = match collect.act.program.as_str() {
        "curl" => {
            invocation.args().iter().any(|word| {
                matches!(word.text.as_str(), "@-" | "-T-" | ".") || word.text.ends_with("=@-") || word.text == "-"
            }) && invocation.has_any(&[
                "-d",
                "--data",
                "--data-binary",
                "-T",
                "--upload-file",
                "-F",
                "--data-raw",
                "--form",
                "--data-urlencode",
                "--json",
            ])
        }
        "wget" => {
            invocation.args().iter().any(|word| word.text.ends_with("-file=-") || word.text.ends_with("/dev/stdin"))
        }
        _ => any_program,
    };
    let is_local = invocation.args().iter().any(|word| is_local_host(host_of(&word.text).unwrap_or_default()));
    if !takes || is_local {
        return;
    }
    let span = invocation.span;
    if let crate::shell::Stdin::File(word) = &invocation.stdin {
        let word = word.clone();
        collect.file(Deed::Send, &word, Reach::One);
    }
    let sources: Vec<Invocation> = collect.upstream().into_iter().cloned().collect();
    for source in &sources {
        match source.program() {
            "cat" | "tar" | "zip" | "gzip" | "base64" | "head" | "tail" => {
                let files: Vec<&Word> =
                    source.args().iter().filter(|word| !word.is_flag() && word.text != "-").collect();
                let is_tree = matches!(source.program(), "tar" | "zip");
                let skip =
                    usize::from(is_tree && source.args().first().is_some_and(|word| !word.text.starts_with('-')));
                for file in files.into_iter().skip(skip) {
                    collect.file(Deed::Send, file, if is_tree { Reach::Tree } else { Reach::One });
                }
            }
            "env" | "printenv" | "set" | "history" | "pg_dump" | "mysqldump" | "mongodump" | "git" | "psql"
            | "kubectl" | "find" => {
                collect.deed(Deed::SendUnseen, source.program(), Ground::Unknown, span);
            }
            _ => {}
        }
    }
}
