//! What a session makes with the tools of providers and servers, and what it takes away again: by name, and by the id that
//! the tool gave what it made.
//!
//! Such tools have one grammar: nouns, a verb, names. What was made and what is taken away are compared by it, so that a
//! tool nobody listed is understood like any other.

use super::created::made_thing;
use super::memory::Trail;
use super::text::has_word;
use crate::model::{Text, TextKind, Tool};
use crate::shell::{self, Invocation, Place, Word};

/// How many lines of an output are looked at for the id of what was made, and how many ids are taken from it.
const LINES_MAX: usize = 64;
const IDS_MAX: usize = 4;
/// In how many of its first lines a text that is no list of fields tells the id.
const TELLING_LINES: usize = 4;
/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 128;

/// Verbs after which something new is there.
const MAKES: &[&str] = &["create", "new", "mb", "init", "make-bucket", "launch", "declare", "provision"];
/// Verbs after which it is gone.
const UNMAKES: &[&str] =
    &["delete", "del", "destroy", "rm", "remove", "drop", "terminate", "rb", "uninstall", "teardown", "unset"];
/// Options that take no value, in most tools.
const PLAIN: &[&str] = &[
    "-y",
    "--yes",
    "-f",
    "--force",
    "-q",
    "--quiet",
    "--json",
    "--wait",
    "--rm",
    "-d",
    "--detach",
    "--private",
    "--public",
    "--draft",
    "--confirm",
    "--purge",
    "--recursive",
    "-r",
    "--create-namespace",
    "--no-wait",
    "--all",
    "--create",
    "--delete",
    "--if-exists",
    "--ignore-not-found",
    "--internal",
    "-recurse",
    "-purge",
];
/// Programs whose words have a grammar of their own.
const OTHERS: &[&str] = &[
    "git",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "npx",
    "cargo",
    "mkdir",
    "rails",
    "make",
    "rm",
    "psql",
    "mysql",
    "mariadb",
    "sqlite3",
    "sqlite",
    "duckdb",
    "cockroach",
    "clickhouse-client",
];

/// What an invocation makes or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// Its kind, in the singular: `server`, `db-instance`.
    pub kind: String,
    /// Its names or ids, as the words give them; what is made may get its own only then.
    pub names: Vec<String>,
    /// All words after the verb, where there are several: `shop try-1` for a branch of a database.
    pub whole: Option<String>,
}

/// What `invocation` makes, where a verb says that it makes something.
#[must_use]
pub fn makes(invocation: &Invocation) -> Option<Handled> {
    let verbs = |word: &str| {
        MAKES.contains(&word)
            || matches!((invocation.program(), word), ("helm", "install") | ("kubectl" | "oc", "run"))
            || (invocation.program(), word) == ("vercel", "deploy") && !invocation.has_any(&["--prod", "--target"])
            || word.starts_with("run-") && invocation.program() == "aws"
    };
    handled(invocation, &verbs, "--create")
}

/// What `invocation` adds: that makes it, but only where the same tool takes the same kind away again.
#[must_use]
pub(super) fn adds(invocation: &Invocation) -> Option<Handled> {
    handled(invocation, &|word| word == "add", "--create")
}

/// What `invocation` gives a value, whatever it had before: nothing more is lost when that is taken away again.
///
/// A store of secrets keeps what was there before as an older version.
#[must_use]
pub(super) fn sets(invocation: &Invocation) -> Option<Handled> {
    if matches!(invocation.program(), "vault" | "bao") || invocation.has("--overwrite") {
        return None;
    }
    let mut set = handled(invocation, &|word| matches!(word, "put" | "set"), "--create")?;
    // `heroku config:set A=1`: the name stands before the sign.
    set.names.iter_mut().for_each(|name| name.truncate(name.find('=').unwrap_or(name.len())));
    Some(set)
}

/// What `invocation` takes away, where a verb says that it takes something away.
#[must_use]
pub fn unmakes(invocation: &Invocation) -> Option<Handled> {
    handled(invocation, &|word| UNMAKES.contains(&word), "--delete").filter(|gone| !gone.names.is_empty())
}

impl Handled {
    /// How the trail's set of made things writes one of this kind.
    #[must_use]
    pub fn thing(&self, program: &str, name: &str) -> String {
        made_thing(&format!("{program} {} {name}", self.kind))
    }
}

fn handled(invocation: &Invocation, is_verb: &dyn Fn(&str) -> bool, flag: &str) -> Option<Handled> {
    let program = invocation.program();
    if OTHERS.contains(&program) {
        return None;
    }
    let (operands, named) = parted(invocation);
    let verb = operands.iter().take(4).position(|word| {
        let last = word.text.rsplit(':').next().unwrap_or_default();
        // `create-user`, `run-instances`: an operation of one word.
        let first = last.split_once('-').filter(|_| program == "aws").map_or(last, |(first, _)| first);
        is_verb(last) || is_verb(first)
    });
    let (mut kind, mut rest) = match verb {
        Some(at) => (kind_before(&operands, at), operands.get(at + 1..).unwrap_or_default()),
        None if invocation.has(flag) => (String::new(), operands.as_slice()),
        None => return None,
    };
    // `kubectl delete ns scratch`, `kubectl create secret generic x`: the kind stands after the verb.
    let is_kube = matches!(program, "kubectl" | "oc");
    let is_run = verb.and_then(|at| operands.get(at)).is_some_and(|word| word.text == "run");
    if is_kube && is_run {
        kind = "pod".to_owned();
    } else if matches!(program, "kubectl" | "oc" | "rabbitmqadmin") {
        let (first, after) = rest.split_first()?;
        kind = kind_of(&first.text);
        rest = after;
        if rest.first().is_some_and(|word| matches!(word.text.as_str(), "generic" | "tls" | "docker-registry")) {
            rest = rest.get(1..).unwrap_or_default();
        }
        if let Some((kind_part, name)) = first.text.split_once('/') {
            return Some(Handled { kind: kind_of(kind_part), names: vec![name.to_owned()], whole: None });
        }
    }
    let takes_first = program == "helm" || is_kube && is_run;
    let mut names: Vec<String> = match rest {
        [first, ..] if takes_first => vec![first.text.clone()],
        _ => rest.iter().map(|word| word.text.strip_prefix("name=").unwrap_or(&word.text).to_owned()).collect(),
    };
    let whole = (names.len() > 1).then(|| names.join(" "));
    names.extend(named.into_iter().filter(|(option, _)| names_it(option, &kind, program)).map(|(_, name)| name));
    names.retain(|name| !name.starts_with('$') && !name.is_empty());
    Some(Handled { kind, names, whole })
}

/// The words that are no options and no values of options, and the options with their values.
fn parted(invocation: &Invocation) -> (Vec<&Word>, Vec<(&str, String)>) {
    let (mut operands, mut named) = (Vec::new(), Vec::new());
    let mut option: Option<&str> = None;
    for word in invocation.args() {
        if word.is_flag() {
            option = match word.text.split_once('=') {
                Some((name, value)) => {
                    named.push((name, value.to_owned()));
                    None
                }
                None => Some(word.text.as_str()).filter(|text| !PLAIN.contains(text)),
            };
        } else if let Some(name) = option.take() {
            named.push((name, word.text.clone()));
        } else {
            operands.push(word);
        }
    }
    (operands, named)
}

/// The kind that the words before the verb, or the verb's own, speak of.
fn kind_before(operands: &[&Word], at: usize) -> String {
    let own = operands.get(at).map_or("", |word| word.text.as_str());
    if let Some((before, _)) = own.rsplit_once(':') {
        return kind_of(before);
    }
    if let Some((_, after)) = own.split_once('-') {
        return kind_of(after);
    }
    kind_of(at.checked_sub(1).and_then(|before| operands.get(before)).map_or("", |word| word.text.as_str()))
}

fn kind_of(word: &str) -> String {
    let lower = word.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let lower = lower.strip_suffix("ches").map_or(lower.clone(), |stem| format!("{stem}ch"));
    match lower.strip_suffix('s') {
        Some(one) if one.len() > 1 && !one.ends_with('s') => one.to_owned(),
        _ if lower == "ns" => "namespace".to_owned(),
        _ => lower,
    }
}

/// Whether the value of an option names what is handled, and not what it belongs to.
fn names_it(option: &str, kind: &str, program: &str) -> bool {
    let bare = option.trim_start_matches('-').to_ascii_lowercase();
    let is_kube = matches!(program, "kubectl" | "oc" | "helm");
    match bare.as_str() {
        "n" => !is_kube,
        "name" => true,
        "a" | "app" => kind == "app" || kind.is_empty(),
        "project" => kind == bare || kind.is_empty(),
        "topic" | "queue" | "bucket" | "stack" => kind == bare || kind.is_empty() || kind == "mb",
        _ => {
            let ends = ["-names", "-name", "-identifiers", "-identifier", "-ids", "-id", "-url", "-arn"];
            let stem = ends.iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(&bare);
            !kind.is_empty() && (stem == kind || stem.ends_with(&format!("-{kind}")))
        }
    }
}

impl Trail {
    /// Remembers the ids that an output gives what the call made: whoever made it may unmake it by its id.
    pub(super) fn made_as_told(&mut self, text: &[u8], call: &Tool) {
        let Some(asked) = call.text() else { return };
        let text = String::from_utf8_lossy(text);
        if asked.kind == TextKind::Http {
            self.made_by_request(&asked, &text);
            return;
        }
        if asked.kind != TextKind::Shell {
            return;
        }
        let cwd = asked.cwd.as_ref().map(|cwd| cwd.lossy().into_owned());
        let reading = shell::read(&asked.text.lossy(), &Place { cwd, home: None });
        let acts = reading.invocations.iter().filter(|one| !super::source::READERS.contains(&one.program()));
        let [act] = acts.collect::<Vec<_>>()[..] else { return };
        let started = started_in(act);
        let invocation = started.as_ref().unwrap_or(act);
        let program = invocation.program();
        let was_there = |line: &str| line.trim_end().ends_with(" Running") && super::composed(invocation).is_some();
        if was_not_made(&text) || text.lines().take(LINES_MAX).any(was_there) {
            super::created(invocation).iter().for_each(|name| self.unmade(&made_thing(name)));
            return;
        }
        if program == "git" {
            pushed(&text).for_each(|name| self.made(made_thing(&name)));
        } else if matches!(program, "kubectl" | "oc") {
            let created = |line: &str| {
                let (kind, name) = line.trim().strip_suffix(" created")?.split_once('/')?;
                let handled = Handled { kind: kind_of(kind), names: Vec::new(), whole: None };
                Some(handled.thing(program, name))
            };
            text.lines().take(LINES_MAX).filter_map(created).for_each(|thing| self.made(thing));
            // Where nothing of it was there before, all that the file describes is the session's own.
            let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
            if lines.peek().is_some() && lines.all(|line| line.trim_end().ends_with(" created")) {
                described(invocation).into_iter().for_each(|path| self.made(made_thing(&format!("described {path}"))));
            }
        } else if matches!(program, "vault" | "bao") {
            if let Some(name) = first_version(invocation, &text) {
                ["kv", "metadata"].iter().for_each(|kind| self.made(made_thing(&format!("{program} {kind} {name}"))));
            }
        } else if program == "gh" && invocation.args().iter().any(|word| word.text == "checkout") {
            switched(&text).for_each(|name| self.made(made_thing(&name)));
        } else if let Some(url) = posted_to(invocation) {
            let ids = fields(&text, "");
            ids.iter().for_each(|id| self.made(made_thing(&format!("{}/{id}", url.trim_end_matches('/')))));
        } else if let Some(made) = makes(invocation) {
            ids(&text, &made).iter().for_each(|id| self.made(made.thing(program, id)));
        }
    }

    fn made_by_request(&mut self, asked: &Text, text: &str) {
        let request = asked.text.lossy();
        let mut words = request.split_whitespace();
        if let (Some("POST"), Some(url)) = (words.next(), words.next()) {
            let url = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
            fields(text, "").iter().for_each(|id| self.made(made_thing(&format!("{url}/{id}"))));
        }
    }
}

/// The one file that tells `kubectl` what is to be made or taken away.
#[must_use]
pub fn described(invocation: &Invocation) -> Option<String> {
    let files = invocation.options(&["-f", "--filename"]);
    let is_kube = matches!(invocation.program(), "kubectl" | "oc");
    let [file] = files.as_slice() else { return None };
    let is_local = is_kube && file.is_literal() && file.text != "-" && !file.text.contains("://");
    invocation.path(file).filter(|_| is_local)
}

/// What starts a container for an invocation that runs within it: `kubectl run x --image=y -- sleep 1`.
pub(super) fn started_in(invocation: &Invocation) -> Option<Invocation> {
    let words = invocation.layers.iter().map(|layer| &layer.words).find(|words| {
        let words: Vec<&str> = words.iter().take(3).map(|word| word.text.as_str()).collect();
        matches!(words.as_slice(), ["docker" | "podman" | "kubectl" | "oc", "run", ..])
    })?;
    Some(Invocation { words: words.clone(), ..Invocation::default() })
}

/// Whether an output says that nothing new came of it: it failed, or what was to be made was there before.
fn was_not_made(text: &str) -> bool {
    const SIGNS: [&str; 6] = ["already", "error", "failed", "denied", "invalid", "forbidden"];
    let lower = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// The address to which an invocation posts something new.
fn posted_to(invocation: &Invocation) -> Option<&str> {
    if !matches!(invocation.program(), "curl" | "http" | "https" | "xh" | "wget") {
        return None;
    }
    let method = invocation.option(&["-X", "--request", "--method"]).map(|word| word.text);
    let sends = invocation.has_any(&["-d", "--data", "--data-raw", "--json", "-F"]);
    let is_post = method.map_or(sends, |method| method == "POST") || invocation.has("POST");
    let url = invocation.args().iter().find(|word| word.is_literal() && word.text.contains("://"))?;
    is_post.then(|| url.text.split(['?', '#']).next().unwrap_or_default())
}

/// The branches and tags that a push made: `* [new branch]  a -> b`.
fn pushed(text: &str) -> impl Iterator<Item = String> + '_ {
    let new = |line: &str| {
        let line = line.trim();
        let rest = line.strip_prefix("* [new branch]").or_else(|| line.strip_prefix("* [new tag]"))?;
        Some(rest.rsplit("->").next()?.trim().to_owned())
    };
    text.lines().take(LINES_MAX).filter_map(new).filter(|name| name.len() > 1 && name.len() <= ID_BYTES_MAX)
}

/// The branch that a checkout of somebody's request made here: what it holds lies on the forge.
fn switched(text: &str) -> impl Iterator<Item = String> + '_ {
    let new = |line: &str| {
        let rest = line.trim().split_once("ranch '")?.1;
        Some(rest.split_once('\'')?.0.to_owned())
    };
    text.lines().take(TELLING_LINES).filter_map(new).filter(|name| name.len() > 1 && name.len() <= ID_BYTES_MAX)
}

/// The path of a secret of which an output says that it has but the version that was just written.
fn first_version(invocation: &Invocation, text: &str) -> Option<String> {
    let operands = invocation.operands(&[]);
    let [kv, put, path, ..] = operands.as_slice() else { return None };
    let is_first = |line: &str| line.split_whitespace().eq(["version", "1"]);
    let is_put = kv.text == "kv" && put.text == "put";
    (is_put && text.lines().take(LINES_MAX).any(is_first)).then(|| path.text.clone())
}

/// The ids that an output gives something of this kind that was just made.
fn ids(text: &str, made: &Handled) -> Vec<String> {
    let is_fields = text.trim_start().starts_with(['{', '[']);
    if is_fields {
        return fields(text, &made.kind);
    }
    let words = text.lines().filter(|line| !line.trim().is_empty()).take(TELLING_LINES).flat_map(str::split_whitespace);
    let bare = words.map(|word| word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')));
    let last = bare.map(|word| word.rsplit('/').next().unwrap_or(word));
    let is_short = |word: &&str| word.len() > 1 && word.len() <= ID_BYTES_MAX;
    let is_id = |word: &&str| is_short(word) && word.bytes().any(|b| b.is_ascii_digit());
    // `branch br-cool-cc try created`: a word with a joint, in the line that names what was made.
    let names_it = |line: &&str| made.names.iter().any(|name| has_word(line, name));
    let is_joined = |word: &&str| is_short(word) && word.contains(['-', '_']) && !word.starts_with('-');
    let beside = text.lines().take(TELLING_LINES).filter(names_it).flat_map(str::split_whitespace).filter(is_joined);
    // `https://shop-9k2x.vercel.app`: the first part is the deployment's name.
    let bare = |word: &str| word.strip_suffix(".vercel.app").unwrap_or(word).to_owned();
    last.filter(is_id).chain(beside).take(IDS_MAX).map(bare).collect()
}

/// The values of fields of an output that name what was made: its id, its name, its address.
fn fields(text: &str, kind: &str) -> Vec<String> {
    let plain: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_own = |field: &str| {
        let field: String = field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        matches!(field.as_str(), "id" | "uuid" | "name" | "number" | "arn" | "url")
            || !plain.is_empty()
                && field.strip_prefix(plain.as_str()).is_some_and(|rest| matches!(rest, "id" | "name" | "arn" | "url"))
    };
    let mut found = Vec::new();
    for part in text.split([',', '{', '}', '\n', '[', ']']).take(LINES_MAX * 4) {
        let Some((field, value)) = part.split_once([':', '=']) else { continue };
        let value = value.trim().trim_matches('"');
        let last = value.rsplit('/').next().unwrap_or(value);
        let is_value = !last.is_empty() && last.len() <= ID_BYTES_MAX && !last.contains(char::is_whitespace);
        if is_own(field.trim().trim_matches('"')) && is_value && found.len() < IDS_MAX {
            found.push(last.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::read;

    fn first(line: &str) -> Invocation {
        read(line, &Place::default()).invocations.first().cloned().unwrap()
    }

    #[test]
    fn what_is_made_and_what_is_taken_away_are_of_the_same_kind_and_name() {
        for (making, unmaking) in [
            ("hcloud server create --name try-1 --type cx22", "hcloud server delete try-1"),
            ("gcloud pubsub topics create try-1 --project shop-dev", "gcloud pubsub topics delete try-1 --project x"),
            ("az group create -n rg-try -l westeurope", "az group delete -n rg-try --yes"),
            ("railway init --name try", "railway delete --project try -y"),
            ("aws iam create-user --user-name try", "aws iam delete-user --user-name try"),
            ("aws cloudformation create-stack --stack-name t", "aws cloudformation delete-stack --stack-name t"),
            ("heroku apps:create try-app", "heroku apps:destroy -a try-app --confirm try-app"),
            ("kubectl create secret generic try -n dev", "kubectl delete secret try -n dev"),
            ("kubectl run tmp --image=x", "kubectl delete pod tmp"),
            ("helm install try charts/shop -n try", "helm uninstall try -n try"),
            ("kafka-topics.sh --bootstrap-server h:9092 --create --topic t", "kafka-topics.sh --delete --topic t"),
            ("rabbitmqadmin declare queue name=try", "rabbitmqadmin delete queue name=try"),
        ] {
            let made = makes(&first(making)).unwrap();
            let gone = unmakes(&first(unmaking)).unwrap();
            assert_eq!(made.kind, gone.kind, "{making} / {unmaking}");
            assert!(gone.names.iter().all(|name| made.names.contains(name)), "{made:?} / {gone:?}");
        }
        let made = makes(&first("aws ec2 run-instances --image-id ami-1 --instance-type t3.micro"));
        assert_eq!(made.map(|made| made.names), Some(Vec::new()));
    }

    #[test]
    fn the_id_of_what_was_made_is_read_from_what_the_tool_printed() {
        for (kind, text, expected) in [
            ("server", "Server 991 created", "991"),
            ("droplet", "ID        Name     Status\n40011223  bench-1  new", "40011223"),
            ("instance", "{\"Instances\":[{\"ImageId\":\"ami-1\",\"InstanceId\":\"i-0abc\"}]}", "i-0abc"),
            ("branch", "branch br-cool-cc try created", "br-cool-cc"),
            ("namespace", "{ binding = \"TRY\", id = \"e29b\" }", "e29b"),
            ("issue", "https://github.com/shop/web/issues/77", "77"),
            ("topic", "{\"TopicArn\": \"arn:aws:sns:eu-west-1:1:try\"}", "arn:aws:sns:eu-west-1:1:try"),
            ("customer", "{\"object\":\"customer\",\"id\":\"cus_T1\"}", "cus_T1"),
        ] {
            let made = Handled { kind: kind.to_owned(), names: vec!["try".to_owned()], whole: None };
            assert_eq!(ids(text, &made).first().map(String::as_str), Some(expected), "{text}");
        }
        assert!(!fields("{\"ImageId\":\"ami-1\"}", "instance").contains(&"ami-1".to_owned()));
        assert_eq!(pushed(" * [new branch]  HEAD -> try-1\n").collect::<Vec<_>>(), ["try-1"]);
    }
}
