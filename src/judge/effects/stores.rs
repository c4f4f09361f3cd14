//! Stores of keys and of documents: what their clients are told to do.

use super::Collect;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::model::Span;
use crate::shell::{LayerKind, Stdin, Word};
use crate::trail::Environment;

/// Options of the key store's client that take a value.
const KEY_VALUED: &[&str] = &[
    "-h",
    "-p",
    "-s",
    "-a",
    "-u",
    "-r",
    "-i",
    "-n",
    "-d",
    "-D",
    "-X",
    "--user",
    "--pass",
    "--pattern",
    "--sni",
    "--cacert",
    "--cert",
    "--key",
    "--ldb-skip-tests",
    "--count",
];

pub(super) fn collect(collect: &mut Collect) {
    match collect.act.program.as_str() {
        "redis-cli" | "valkey-cli" | "keydb-cli" | "iredis" => keys(collect),
        "mongosh" | "mongo" => documents(collect),
        // A platform's own way to a store: what it is told stands on its input.
        "heroku" | "fly" | "flyctl" | "railway" | "upstash" | "aiven" | "avn" | "doctl" if leads_to_keys(collect) => {
            told_keys(collect);
        }
        "rails" | "manage.py" | "artisan" | "flask" | "iex" | "console" | "wp" => code(collect),
        _ => {}
    }
}

fn keys(collect: &mut Collect) {
    let words: Vec<String> = collect.invocation().operands(KEY_VALUED).iter().map(|word| word.text.clone()).collect();
    if words.is_empty() {
        return told_keys(collect);
    }
    commanded(collect, vec![words]);
}

/// Whether a platform's tool is asked to connect to a store of keys.
fn leads_to_keys(collect: &Collect) -> bool {
    let names = |word: &Word| word.text.to_ascii_lowercase().contains("redis") || word.text.contains("valkey");
    collect.invocation().args().iter().any(names)
}

/// The commands for a store that stand on the input, one a line.
fn told_keys(collect: &mut Collect) {
    let text = collect.given().unwrap_or_default();
    let split = |line: &str| line.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
    let commands: Vec<Vec<String>> = text.lines().map(split).filter(|words: &Vec<String>| !words.is_empty()).collect();
    commanded(collect, commands);
}

fn commanded(collect: &mut Collect, commands: Vec<Vec<String>>) {
    let invocation = collect.invocation();
    let is_each = invocation.layers.iter().any(|layer| layer.kind == LayerKind::PerItem);
    let of_cache = is_each && collect.upstream_text().to_ascii_lowercase().contains("cache");
    let is_spare = is_spare(collect);
    for words in commands {
        let deed = match command_deed(&words) {
            Some(Deed::StoreEmpty) if is_spare && words.first().is_some_and(|w| w.eq_ignore_ascii_case("flushdb")) => {
                Deed::StoreRemoveOne
            }
            // Whatever was found goes: nobody counted it.
            Some(Deed::StoreRemoveOne) if is_each && !of_cache => Deed::StoreRemove,
            Some(deed) => deed,
            None => continue,
        };
        let target = words.get(1).or(words.first()).cloned().unwrap_or_default();
        collect.deed(deed, &target, Ground::Outside, invocation.span);
    }
}

/// The first of the numbered databases that applications leave to test suites: 9 and 15 are what those take.
const SPARE_FROM: u32 = 9;

/// Whether one of a local server's numbered databases is chosen that applications leave alone.
fn is_spare(collect: &Collect) -> bool {
    let invocation = collect.invocation();
    let by_address = |word: Word| {
        let (_, rest) = word.text.split_once("://")?;
        rest.split_once('/')?.1.parse().ok()
    };
    let number: Option<u32> = invocation
        .option(&["-n"])
        .and_then(|word| word.text.parse().ok())
        .or_else(|| invocation.option(&["-u"]).and_then(by_address));
    collect.act.environment == Environment::Local && number.is_some_and(|number| number >= SPARE_FROM)
}

/// What a command of a key store does.
fn command_deed(words: &[String]) -> Option<Deed> {
    let word = |at: usize| words.get(at).map_or(String::new(), |word| word.to_ascii_uppercase());
    let (first, second, third) = (word(0), word(1), word(2));
    Some(match first.as_str() {
        "FLUSHALL" | "FLUSHDB" => Deed::StoreEmpty,
        "SWAPDB" | "MIGRATE" => Deed::StoreRemove,
        "DEL" | "UNLINK" => {
            let is_open = words.iter().skip(1).any(|word| word.starts_with('$') || word.starts_with('`'));
            if is_open { Deed::StoreRemove } else { Deed::StoreRemoveOne }
        }
        "GETDEL" | "HDEL" | "SREM" | "ZREM" | "LREM" | "XDEL" => Deed::StoreRemoveOne,
        "XTRIM" if word(3) == "0" || word(4) == "0" => Deed::StoreRemove,
        "XGROUP" if second == "DESTROY" => Deed::StoreRemove,
        "ZREMRANGEBYSCORE" | "ZREMRANGEBYRANK" | "ZREMRANGEBYLEX" => Deed::StoreRemove,
        "SHUTDOWN" | "FAILOVER" | "SLAVEOF" | "REPLICAOF" => Deed::StoreGuard,
        "DEBUG" if matches!(second.as_str(), "SEGFAULT" | "PANIC" | "RELOAD" | "FLUSHALL" | "RESTART") => {
            Deed::StoreGuard
        }
        "CONFIG" if second == "SET" => match third.as_str() {
            "SAVE" | "APPENDONLY" | "DIR" | "DBFILENAME" | "PROTECTED-MODE" | "REQUIREPASS" | "MASTERAUTH" => {
                Deed::StoreGuard
            }
            _ => Deed::StoreRemoveOne,
        },
        "CLUSTER" if matches!(second.as_str(), "RESET" | "FLUSHSLOTS" | "FORGET" | "DELSLOTS") => Deed::StoreGuard,
        "FUNCTION" if second == "FLUSH" || second == "DELETE" => Deed::StoreRemove,
        "EVAL" | "EVAL_RO" => {
            let text = words.get(1).map(|text| text.to_ascii_lowercase()).unwrap_or_default();
            let calls =
                |name: &str| text.contains(&format!("call('{name}'")) || text.contains(&format!("call(\"{name}\""));
            if calls("flushall") || calls("flushdb") {
                Deed::StoreEmpty
            } else if (calls("del") || calls("unlink")) && (calls("keys") || calls("scan")) {
                Deed::StoreRemove
            } else {
                return None;
            }
        }
        _ => return None,
    })
}

/// Code on standard input of a framework's own shell.
fn code(collect: &mut Collect) {
    const CALLS: [&str; 6] = [".delete()", "delete_all", "destroy_all", "truncate(", "drop_table", "->delete()"];
    let invocation = collect.invocation();
    if let Stdin::Text(text) = &invocation.stdin
        && CALLS.iter().any(|call| text.contains(call))
    {
        collect.deed(Deed::StoreRemove, collect.act.program.clone().as_str(), Ground::Outside, invocation.span);
    }
}

fn documents(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mut texts: Vec<(String, Span)> =
        invocation.options(&["--eval", "--file", "-f"]).into_iter().map(|word| (word.text, word.span)).collect();
    let files: Vec<Word> = invocation.args().iter().filter(|word| word.text.ends_with(".js")).cloned().collect();
    for word in files {
        texts.extend(collect.content(&word).map(|text| (text, word.span)));
    }
    if let Stdin::Text(text) = &invocation.stdin {
        texts.push((text.clone(), invocation.span));
    }
    // A database of this machine that its name gives to tests is made again by them.
    let is_spare =
        matches!(collect.act.environment, Environment::Local | Environment::Development) && collect.act.is_passing;
    for (text, span) in texts {
        for (deed, target) in statements(&text) {
            let deed = if is_spare && deed == Deed::StoreEmpty { Deed::StoreRemoveOne } else { deed };
            collect.deed(deed, &target, Ground::Outside, span);
        }
    }
}

/// What the calls of a document store's shell do.
fn statements(text: &str) -> Vec<(Deed, String)> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut found = Vec::new();
    let calls: &[(&str, Deed)] = &[
        (".dropDatabase(", Deed::StoreEmpty),
        ("dropDatabase:", Deed::StoreEmpty),
        (".drop(", Deed::StoreEmpty),
        (".deleteMany(", Deed::StoreRemove),
        (".remove(", Deed::StoreRemove),
        (".bulkWrite(", Deed::StoreRemoveOne),
        (".deleteOne(", Deed::StoreRemoveOne),
        (".findOneAndDelete(", Deed::StoreRemoveOne),
        (".findAndModify(", Deed::StoreRemoveOne),
        (".dropIndex(", Deed::StoreRemoveOne),
        (".dropIndexes(", Deed::StoreRemoveOne),
        (".dropUser(", Deed::StoreGuard),
        (".dropAllUsers(", Deed::StoreGuard),
        (".dropRole(", Deed::StoreGuard),
        (".shutdownServer(", Deed::StoreGuard),
        (".updateMany(", Deed::StoreRemove),
        (".update(", Deed::StoreRemove),
        (".renameCollection(", Deed::StoreRemoveOne),
    ];
    for (call, deed) in calls {
        for (at, _) in plain.match_indices(call) {
            let rest = plain.get(at + call.len()..).unwrap_or_default();
            let before = plain.get(..at).unwrap_or_default();
            let target =
                before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
            let is_every = rest.starts_with("{}") || rest.starts_with(')');
            // `{_id: …}` names one.
            let is_one = rest.starts_with("{_id:") || rest.starts_with("{\"_id\":") || rest.starts_with("{'_id':");
            let deed = match (*call, is_every, is_one) {
                (".deleteMany(" | ".remove(", true, _) => Deed::StoreEmpty,
                (".deleteMany(" | ".remove(", _, true) => Deed::StoreRemoveOne,
                (".updateMany(", false, _) => continue,
                (".update(", _, _) if !(is_every && rest.contains("multi:true")) => continue,
                (".bulkWrite(", ..) if rest.contains("deleteMany") => Deed::StoreRemove,
                (".drop(", false, _) if !rest.starts_with('{') => continue,
                _ => *deed,
            };
            found.push((deed, target.to_owned()));
        }
    }
    found
}
