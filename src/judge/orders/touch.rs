//! What an act touches, as far as standing orders speak of it.

use super::habits::{AGENTS, BOOKS, CHANGING, HABITS, READING, READING_VERBS, RUNNERS, SERVICES, SHIPPING};
use super::{git, statements, whole};
use crate::judge::act::Act;
use crate::judge::effect::{Deed, Effect};
use crate::judge::effects::Inner;
use crate::judge::ground::{Ground, Land, below};
use crate::judge::http::{self, Request};
use crate::judge::verbs;
use crate::model::{Class, FileFact, Finding, Span, TextKind, Tier, Tool, ToolDeed, Untrusted};
use crate::shell::{LayerKind, Stdin, Word, base_name};
use crate::trail::{Environment, host_of, is_local_host};

/// What orders tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A program is run that does more than read.
    Runs,
    /// Something leaves this machine, or is asked of another.
    Leaves,
    /// A file, a database, the repository or something elsewhere is changed.
    Changes,
    /// An environment is changed, or something is brought to others.
    Ships,
    /// Commits are pushed, wherever to.
    Pushes,
    /// Production is looked at or changed.
    Reaches,
}

/// One thing that an act does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touch {
    /// What it is.
    pub kind: Kind,
    /// Where in the text.
    pub span: Span,
    /// What is touched; empty where that has no name.
    pub what: String,
    /// A clause that says so: `it writes src/main.rs`.
    pub says: String,
}

/// How many operands are looked at for what a service is asked to do.
const SERVICE_WORDS_MAX: usize = 4;

struct Looker<'a> {
    act: &'a Act<'a>,
    land: &'a Land<'a>,
    touches: Vec<Touch>,
}

/// What an invocation touches. `found` is what rules have found in it.
pub(super) fn of_act(
    act: &Act,
    request: Option<&Request>,
    inner: &[Inner],
    land: &Land,
    found: &[Finding],
) -> Vec<Touch> {
    if act.is_dry || is_agent(act) || only_lists(act) {
        return Vec::new();
    }
    let mut looker = Looker { act, land, touches: Vec::new() };
    looker.effects();
    looker.findings(found);
    looker.habits();
    looker.places();
    looker.services();
    looker.targets();
    looker.databases(inner);
    if let Some(request) = request {
        looker.request(request);
    }
    looker.network();
    looker.environment();
    looker.named_things();
    looker.runs();
    looker.touches
}

/// What a text touches that is no shell text.
pub(super) fn of_text(kind: TextKind, text: &str) -> Vec<Touch> {
    let touch =
        |kind, what: &str, says: &str| Touch { kind, span: whole(text), what: what.to_owned(), says: says.to_owned() };
    let mut touches = Vec::new();
    match kind {
        TextKind::Sql if statements::sql_writes(text) => {
            touches.push(touch(Kind::Changes, "", "it writes to a database"));
        }
        TextKind::Http => {
            let request = http::parse(text);
            let host = host_of(&request.url).unwrap_or_default();
            if statements::request_changes(&request) {
                let says = format!("it sends {} to {host}", request.method);
                touches.push(touch(Kind::Changes, &request.url, &says));
                if Environment::of_url(&request.url) == Environment::Production {
                    touches.push(touch(Kind::Ships, &request.url, &says));
                }
            }
            if !is_local_host(host) {
                touches.push(touch(Kind::Leaves, host, &format!("it asks {host}")));
            }
        }
        TextKind::Sql | TextKind::Shell | TextKind::FileRead | TextKind::Prose | TextKind::Output => {}
    }
    touches
}

/// What a tool call touches that has no text to be judged.
pub(super) fn of_tool(tool: &Tool, land: &Land) -> Vec<Touch> {
    let span = Span(0, 0);
    let touch = |kind, what: &str, says: String| Touch { kind, span, what: what.to_owned(), says };
    let stays = |path: &Untrusted| {
        let path = path.lossy();
        let cwd = tool.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
        let whole = crate::shell::joined_path(cwd.as_deref().or(Some(land.project)), &path).unwrap_or_default();
        !(land.is_passing(&whole) || is_book(&whole, land.home))
    };
    let mut touches = Vec::new();
    let mut changes = |path: &Untrusted, verb: &str| {
        if stays(path) {
            touches.push(touch(Kind::Changes, &path.lossy(), format!("it {verb} {}", path.shown())));
        }
    };
    match &tool.deed {
        ToolDeed::Write { path, .. } => changes(path, "writes"),
        ToolDeed::Remove { paths } => paths.iter().for_each(|path| changes(path, "removes")),
        ToolDeed::Move { from, to } => {
            changes(from, "moves");
            changes(to, "writes");
        }
        ToolDeed::Remote { tool: name, .. } => {
            let name = name.lossy();
            let words = verbs::words(&name);
            if words.iter().any(|word| has(CHANGING, word)) {
                touches.push(touch(
                    Kind::Changes,
                    &name,
                    format!("it calls {}", Untrusted::from(name.as_ref()).shown()),
                ));
            }
            if words.iter().any(|word| has(SHIPPING, word)) {
                touches.push(touch(Kind::Ships, &name, format!("it calls {}", Untrusted::from(name.as_ref()).shown())));
            }
        }
        ToolDeed::Unknown => {
            touches.push(touch(Kind::Changes, &tool.name.lossy(), "nobody can tell what it does".to_owned()));
        }
        ToolDeed::Shell { .. }
        | ToolDeed::Read { .. }
        | ToolDeed::Request { .. }
        | ToolDeed::Sql { .. }
        | ToolDeed::Inner => {}
    }
    touches
}

/// Whether a list of words separated by blanks has this one.
fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether it is an agent that starts itself anew.
fn is_agent(act: &Act) -> bool {
    let is_named = |text: &str| has(AGENTS, base_name(text));
    let is_package = |text: &str| text.contains("node_modules/") && text.split('/').any(|part| has(AGENTS, part));
    is_named(&act.program)
        || (matches!(act.program.as_str(), "node" | "bun" | "python")
            && act.args.iter().find(|word| !word.is_flag()).is_some_and(|word| is_package(&word.text)))
}

/// Whether it only says what is in an archive, or how something stands.
fn only_lists(act: &Act) -> bool {
    let first = act.args.first().map_or("", |word| word.text.as_str());
    match act.program.as_str() {
        "tar" | "bsdtar" | "ar" => {
            let cluster = if first.starts_with("--") { "" } else { first.trim_start_matches('-') };
            first == "--list" || (cluster.contains('t') && !cluster.contains(['x', 'c', 'r', 'u']))
        }
        "unzip" => matches!(first, "-l" | "-t" | "-v" | "-Z"),
        "7z" | "zipinfo" => act.program == "zipinfo" || first == "l",
        "crontab" => act.args.iter().any(|word| word.text == "-l"),
        "iptables" | "nft" | "sysctl" => matches!(first, "-L" | "list" | "-S" | "-a" | "-n"),
        "kill" => first == "-l",
        _ => false,
    }
}

/// Whether a path is one of the books that agents keep for themselves.
fn is_book(path: &str, home: &str) -> bool {
    below(path, home).is_some_and(|inside| BOOKS.iter().any(|book| inside.starts_with(book)))
}

impl Looker<'_> {
    fn add(&mut self, kind: Kind, span: Span, what: &str, says: String) {
        if !self.touches.iter().any(|touch| touch.kind == kind) {
            self.touches.push(Touch { kind, span, what: what.to_owned(), says });
        }
    }

    fn span(&self) -> Span {
        self.act.invocation.span
    }

    /// The program with its verb, as messages name it.
    fn named(&self) -> String {
        let verb =
            self.act.args.iter().find(|word| !word.is_flag()).filter(|word| !word.text.contains(['/', ':', ' ']));
        let name = Untrusted::from(self.act.program.as_str()).shown();
        verb.map_or_else(|| name.clone(), |verb| format!("{name} {}", Untrusted::from(verb.text.as_str()).shown()))
    }

    fn whole(&mut self, kinds: &[Kind]) {
        let (span, named) = (self.span(), self.named());
        for kind in kinds {
            let says = match kind {
                Kind::Changes => format!("`{named}` changes something"),
                Kind::Leaves => format!("`{named}` leaves this machine"),
                Kind::Ships => format!("`{named}` changes an environment or brings something to others"),
                Kind::Runs => format!("`{named}` is run"),
                Kind::Pushes => format!("`{named}` pushes"),
                Kind::Reaches => format!("`{named}` reaches production"),
            };
            self.add(*kind, span, "", says);
        }
    }

    /// Files that are written, removed or moved.
    fn effects(&mut self) {
        for effect in &self.act.effects {
            let shown = Untrusted::from(effect.target.as_str()).shown();
            if let Some(verb) = effect.deed.changing()
                && !self.passes(effect)
            {
                self.add(Kind::Changes, effect.span, &effect.target, format!("it {verb} {shown}"));
            }
            if matches!(effect.deed, Deed::Send | Deed::SendUnseen | Deed::RunFetched | Deed::RunPackage) {
                self.add(Kind::Leaves, effect.span, &effect.target, format!("it sends or fetches {shown}"));
            }
        }
    }

    /// Whether nobody minds what happens to this file.
    fn passes(&self, effect: &Effect) -> bool {
        let path = effect.target.as_str();
        match effect.ground {
            Ground::Build => true,
            Ground::Agent | Ground::Watch | Ground::Startup | Ground::Secret => false,
            _ => {
                path.starts_with("/dev/") && effect.ground == Ground::Nothing
                    || self.land.is_passing(path)
                    || is_book(path, self.land.home)
            }
        }
    }

    /// What the rules know: a deletion is a change, wherever it is.
    fn findings(&mut self, found: &[Finding]) {
        let changes = |finding: &&Finding| {
            matches!(finding.class, Class::Delete | Class::Tampering)
                && finding.tier > Tier::Low
                && !finding.rule.0.starts_with("files/")
                && !finding.rule.0.starts_with(super::PACK)
        };
        if let Some(finding) = found.iter().find(changes) {
            let what = finding.target.as_ref().map(|target| target.lossy().into_owned()).unwrap_or_default();
            self.add(Kind::Changes, finding.span, &what, format!("it {}", finding.title.to_lowercase()));
        }
    }

    /// What verbs of known programs do.
    fn habits(&mut self) {
        let program = self.act.program.replace(' ', "-");
        for (programs, list, kinds) in HABITS {
            if has(programs, &program) && list.split(',').any(|verb| self.is_verb(verb.trim())) {
                self.whole(kinds);
            }
        }
        let words = self.act.args.first().map_or("", |word| word.text.as_str());
        match program.as_str() {
            "git" if git::changes(self.act) => self.whole(&[Kind::Changes]),
            "yarn" if self.act.args.is_empty() => self.whole(&[Kind::Changes, Kind::Leaves]),
            "make" | "gmake" | "ninja" | "cmake" if self.is_verb("install") => self.whole(&[Kind::Changes]),
            "kubectx" | "kubens" | "nvm" | "rbenv" | "pyenv" if !words.is_empty() => self.whole(&[Kind::Changes]),
            "tar" | "bsdtar" => self.extracts(),
            "wget" if !self.act.invocation.has_any(&["-O", "--output-document", "--spider", "-qO-", "-O-"]) => {
                self.whole(&[Kind::Changes]);
            }
            "curl" if self.act.invocation.has_any(&["-O", "--remote-name"]) => self.whole(&[Kind::Changes]),
            _ => {}
        }
        if program == "git"
            && let Some(says) = git::push_ships(self.act, self.land)
        {
            self.add(Kind::Ships, self.span(), "", says);
        }
    }

    fn is_verb(&self, verb: &str) -> bool {
        if verb.is_empty() {
            return true;
        }
        if verb.starts_with('-') {
            let is = |text: &str| text == verb || text.strip_prefix(verb).is_some_and(|rest| rest.starts_with('='));
            return self.act.args.iter().any(|word| is(&word.text));
        }
        let parts: Vec<String> = verb.split_whitespace().map(str::to_owned).collect();
        self.act.after(&parts).is_some()
    }

    fn extracts(&mut self) {
        let first = self.act.args.first().map_or("", |word| word.text.as_str());
        let cluster = first.trim_start_matches('-');
        let is_cluster = !first.starts_with("--") && !cluster.contains(['/', '.']);
        let extracts = (is_cluster && cluster.contains('x')) || self.act.invocation.has_any(&["-x", "--extract"]);
        let creates = (is_cluster && cluster.contains('c')) || self.act.invocation.has_any(&["-c", "--create"]);
        if !extracts && !creates {
            return;
        }
        let to = if extracts { &["-C", "--directory"][..] } else { &["-f", "--file"][..] };
        let option = self.act.invocation.option(to);
        let named = if extracts { option } else { option.or_else(|| self.act.args.get(1).map(|word| (*word).clone())) };
        let is_output = named.as_ref().is_some_and(|word| word.text == "-");
        let path = named.as_ref().and_then(|word| self.act.invocation.path(word));
        let path = path.or_else(|| self.act.invocation.cwd.clone()).unwrap_or_default();
        if !is_output && !self.land.is_passing(&path) {
            self.whole(&[Kind::Changes]);
        }
    }

    /// Programs that make or change what their operands name: where all of it may be thrown away, nobody minds.
    fn places(&mut self) {
        let makes = "mkdir touch rmdir mkfifo ln split csplit";
        if !has(makes, &self.act.program) {
            return;
        }
        let operands = self.act.invocation.operands(&["-m", "-t", "-d", "-r"]);
        let is_passing = |word: &&Word| {
            self.act
                .invocation
                .path(word)
                .is_some_and(|path| self.land.is_passing(&path) || is_book(&path, self.land.home))
        };
        let last = operands.last().copied();
        let passes = match self.act.program.as_str() {
            "ln" => last.as_ref().is_some_and(is_passing),
            _ => operands.iter().all(is_passing),
        };
        if passes {
            self.touches.retain(|touch| touch.kind != Kind::Changes || touch.span != self.act.invocation.span);
        }
    }

    /// Somebody's service by its own client.
    fn services(&mut self) {
        let program = self.act.program.clone();
        if !has(SERVICES, &program) {
            return;
        }
        self.whole(&[Kind::Leaves]);
        // The first word of these names a service, not what it is to do.
        let skipped = usize::from(matches!(program.as_str(), "aws" | "gcloud" | "az" | "oci" | "ibmcloud"));
        let words = self.act.args.iter().filter(|word| !word.is_flag() && !word.text.contains(['/', ':', '.', '=']));
        let mut operands =
            words.skip(skipped).take(SERVICE_WORDS_MAX).filter_map(|word| verbs::words(&word.text).into_iter().next());
        let reads = "get list describe ls show logs log status whoami view info search help version head wait tail inspect \
            explain top diff plan output validate ps accounts whoami ping env current read lookup select query";
        let decided = operands.find(|word| has(CHANGING, word) || has(reads, word));
        let bare_ships = matches!(program.as_str(), "vercel") && decided.is_none();
        if bare_ships || decided.is_some_and(|word| has(CHANGING, &word)) {
            self.whole(&[Kind::Changes, Kind::Ships]);
        }
    }

    /// Named scripts and targets whose name says that they bring something to others.
    fn targets(&mut self) {
        if !has(RUNNERS, &self.act.program) {
            return;
        }
        let words = self.act.args.iter().filter(|word| !word.is_flag() && !word.text.contains('='));
        let ships = words.take(2).any(|word| verbs::words(&word.text).iter().any(|word| has(SHIPPING, word)));
        if ships {
            self.whole(&[Kind::Changes, Kind::Ships]);
        }
    }

    fn databases(&mut self, inner: &[Inner]) {
        for each in inner {
            if let Inner::Sql { text, span } = each
                && statements::sql_writes(text)
            {
                self.add(Kind::Changes, *span, "", "it writes to a database".to_owned());
            }
        }
        let operands: Vec<&str> =
            self.act.invocation.operands(&["-h", "-p", "-a", "-n", "-u"]).iter().map(|w| w.text.as_str()).collect();
        let writes = match self.act.program.as_str() {
            "redis-cli" | "valkey-cli" => {
                operands.first().is_some_and(|first| statements::redis_changes(first, operands.get(1).unwrap_or(&"")))
            }
            "mongosh" | "mongo" => {
                self.act.invocation.options(&["--eval"]).iter().any(|code| statements::mongo_writes(&code.text))
            }
            _ => false,
        };
        if writes {
            self.add(Kind::Changes, self.span(), "", "it writes to a database".to_owned());
        }
    }

    fn request(&mut self, request: &Request) {
        let host = host_of(&request.url).unwrap_or_default();
        let shown = Untrusted::from(host).shown();
        if statements::request_changes(request) {
            self.add(Kind::Changes, request.span, &request.url, format!("it sends {} to {shown}", request.method));
        }
        if !is_local_host(host) {
            self.add(Kind::Leaves, request.span, host, format!("it asks {shown}"));
        }
    }

    /// Other machines: by a shell there, by an address among the words, by a database's host.
    fn network(&mut self) {
        let far = self.act.invocation.layers.iter().find_map(|layer| match &layer.kind {
            LayerKind::Remote { host } => {
                Some(host.rsplit('@').next().unwrap_or_default()).filter(|h| !is_local_host(h))
            }
            LayerKind::Container { .. }
            | LayerKind::Privilege
            | LayerKind::PerItem
            | LayerKind::Shell
            | LayerKind::Runner
            | LayerKind::Plain => None,
        });
        if let Some(host) = far {
            let says = format!("it runs on {}", Untrusted::from(host).shown());
            self.add(Kind::Leaves, self.span(), host, says);
        }
        let fetched = self.act.invocation.layers.iter().any(|layer| layer.kind == LayerKind::Runner);
        let installed =
            [self.act.invocation.cwd.as_deref(), Some(self.land.project)].into_iter().flatten().any(|folder| {
                let path = format!("{folder}/node_modules/.bin/{}", self.act.program);
                matches!(self.land.oracle.fact(&Untrusted::from(path)), FileFact::File { .. } | FileFact::Other)
            });
        if fetched && !installed {
            self.add(Kind::Leaves, self.span(), "", format!("`{}` may be fetched first", self.named()));
        }
        self.stays_here();
        if READING.has(&self.act.program) || self.act.program == "git" {
            return;
        }
        let is_client = has(
            "psql mysql mysqladmin pg_dump pg_restore redis-cli mongosh mongo mongodump mongorestore sqlcmd cqlsh \
            cockroach clickhouse-client createdb dropdb influx",
            &self.act.program,
        );
        let hosts =
            if is_client { self.act.invocation.options(&["-h", "--host", "-u", "--uri", "-S"]) } else { Vec::new() };
        let addresses = self.act.args.iter().filter(|word| word.text.contains("://")).map(|word| (*word).clone());
        let open = self.act.args.iter().filter(|word| is_client && word.is_open()).map(|word| (*word).clone());
        for word in hosts.into_iter().chain(addresses).chain(open) {
            let host = host_of(&word.text).unwrap_or_default();
            let is_file =
                word.text.starts_with("file:") || word.text.starts_with("sqlite:") || word.text.starts_with('/');
            if !is_file && !is_local_host(host) {
                let says = format!("it asks {}", Untrusted::from(host).shown());
                self.add(Kind::Leaves, word.span, host, says);
            }
        }
    }

    /// A repository or a host on this machine is no network.
    fn stays_here(&mut self) {
        let operands =
            self.act.invocation.operands(&["-o", "-e", "-p", "-P", "-i", "-b", "--branch", "--depth", "-w", "-c"]);
        let is_far = |text: &str| {
            text.contains("://") && !text.starts_with("file:") && !is_local_host(host_of(text).unwrap_or_default())
                || text.split_once(':').is_some_and(|(host, _)| {
                    !host.contains('/')
                        && !text.contains("://")
                        && !is_local_host(host.rsplit('@').next().unwrap_or_default())
                })
        };
        let stays = match self.act.program.as_str() {
            "git"
                if self.is_verb("clone")
                    || self.is_verb("ls-remote")
                    || self.is_verb("fetch")
                    || self.is_verb("pull") =>
            {
                let source = operands.get(1).map(|word| word.text.as_str()).unwrap_or_default();
                (source.starts_with(['/', '.', '~']) || source.starts_with("file:")) && !is_far(source)
            }
            "rsync" | "scp" | "rclone" => !operands.iter().any(|word| is_far(&word.text)),
            "ping" | "nc" | "ncat" | "netcat" | "telnet" | "ssh" | "dig" | "nslookup" | "host" => {
                operands.first().is_none_or(|word| is_local_host(word.text.rsplit('@').next().unwrap_or_default()))
            }
            _ => false,
        };
        if stays {
            self.touches.retain(|touch| touch.kind != Kind::Leaves);
        }
    }

    /// What only an order that names it speaks of: a push, and production.
    fn named_things(&mut self) {
        if self.act.program == "git" && self.is_verb("push") {
            self.whole(&[Kind::Pushes]);
        }
        if self.act.environment == Environment::Production {
            self.whole(&[Kind::Reaches]);
        }
    }

    /// A change in an environment that others use; what lands on this machine or in a test ships nothing.
    fn environment(&mut self) {
        match self.act.environment {
            Environment::Production | Environment::Staging => {
                if let Some(change) = self
                    .touches
                    .iter()
                    .find(|touch| touch.kind == Kind::Changes && !touch.what.starts_with('/'))
                    .cloned()
                {
                    let says = format!("it changes {}", self.act.environment.word());
                    self.add(Kind::Ships, change.span, &change.what, says);
                }
            }
            Environment::Local | Environment::Development => {
                let is_publishing = self.touches.iter().any(|touch| touch.kind == Kind::Leaves)
                    && matches!(self.act.program.as_str(), "git" | "npm" | "cargo" | "gh" | "twine" | "docker");
                if !is_publishing {
                    self.touches.retain(|touch| touch.kind != Kind::Ships);
                }
            }
            Environment::Unknown => {}
        }
    }

    /// A program that does more than read.
    fn runs(&mut self) {
        let program = self.act.program.clone();
        if program.is_empty() || READING.has(&program) {
            return;
        }
        let dashed = program.replace(' ', "-");
        let reads = READING_VERBS
            .iter()
            .filter(|(programs, _)| has(programs, &dashed) || has(programs, &program))
            .any(|(_, list)| list.split(',').any(|verb| self.is_verb(verb.trim())));
        if reads && !self.touches.iter().any(|touch| touch.kind == Kind::Changes) {
            return;
        }
        // A shell by itself runs nothing: what it is told comes by and by, and is looked at then.
        let is_shell = has("sh bash zsh dash ksh fish ash", &program);
        let waits = is_shell
            && self.act.args.iter().all(|word| word.is_flag())
            && self.act.invocation.stdin == Stdin::Inherited;
        if !waits {
            self.add(Kind::Runs, self.span(), "", format!("`{}` is run", self.named()));
        }
    }
}
