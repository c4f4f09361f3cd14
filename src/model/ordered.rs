//! Standing orders found in words: in what the operator asked, and in the name of a mode.
//!
//! What is found is offered, never enforced unasked; so a sentence that may be an order counts, and one that describes
//! something does not.

use super::{Given, Order, StandingOrder, Untrusted};

/// How much of a text is looked through, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// How much of a sentence is quoted, in characters.
const QUOTED_CHARS_MAX: usize = 160;
/// How many words may stand between a verb and what it is about.
const REACH: usize = 4;

/// How an operator forbids something.
const FORBIDS: &[&[&str]] = &[
    &["do", "not"],
    &["don't"],
    &["dont"],
    &["never"],
    &["must", "not"],
    &["mustn't"],
    &["may", "not"],
    &["shall", "not"],
    &["you", "should", "not"],
    &["you", "shouldn't"],
    &["you", "can't"],
    &["you", "cannot"],
    &["without"],
    &["avoid"],
    &["refrain", "from"],
    &["not", "to"],
    &["nor"],
];
/// Sayings that ask to be asked.
const ASK_FIRST: &[&str] = &[
    "ask me first",
    "ask me before",
    "ask first",
    "ask before",
    "ask for permission",
    "ask for approval",
    "ask for my",
    "check with me",
    "confirm with me",
    "wait for my",
    "wait for approval",
    "get my approval",
    "get my ok",
    "without asking",
    "without my approval",
    "without my permission",
    "without confirmation",
    "without confirming",
    "unless i say",
    "until i approve",
    "until i say",
    "let me approve",
    "let me confirm",
];
/// Sayings that forbid every change.
const READ_ONLY: &[&str] = &[
    "change nothing",
    "modify nothing",
    "touch nothing",
    "edit nothing",
    "no changes",
    "no edits",
    "no modifications",
    "no file changes",
    "make no change",
    "only look",
    "just look",
    "look but",
    "only read",
    "just read",
    "analysis only",
    "review only",
    "investigate only",
    "only investigate",
    "only analyze",
    "only analyse",
    "hands off the code",
];
/// Things that are read-only without anybody being ordered so.
const READ_ONLY_THINGS: &[&str] = &[
    "field",
    "fields",
    "attribute",
    "property",
    "column",
    "columns",
    "input",
    "inputs",
    "flag",
    "replica",
    "role",
    "user",
    "users",
    "connection",
    "filesystem",
    "prop",
    "view",
    "views",
    "make",
    "set",
    "component",
    "button",
    "api",
    "endpoint",
    "memory",
    "pages",
    "page",
    "bug",
    "error",
];
/// Sayings that forbid the network.
const NO_NETWORK: &[&str] = &[
    "no network",
    "no internet",
    "no web access",
    "no online",
    "stay offline",
    "work offline",
    "offline only",
    "without network",
    "without internet",
    "without the network",
    "without the internet",
    "no outside requests",
    "no external requests",
    "no downloads",
];
/// What the words "no network" and the like may be followed by when they describe something.
const DESCRIBES: &[&str] =
    &["error", "errors", "issue", "issues", "timeout", "timeouts", "connection", "problem", "problems", "found"];
/// Sayings that forbid bringing anything to others.
const FREEZE: &[&str] = &[
    "no deploy",
    "no deploys",
    "no deployment",
    "no deployments",
    "no release",
    "no releases",
    "no push",
    "no pushes",
    "no pushing",
    "no migrations",
    "no publishing",
    "code freeze",
    "change freeze",
    "hands off production",
    "hands off prod",
    "stay away from production",
    "stay away from prod",
    "keep away from production",
    "leave production alone",
    "leave prod alone",
    "stay off production",
    "stay out of production",
];

/// What may not be done, of what, and the order that says so.
const FORBIDDEN: &[(&[&str], &[&str], Order)] = &[
    (
        &["run", "running", "execute", "executing", "start", "starting", "launch", "launching"],
        &["anything", "any", "commands", "command", "code", "programs", "scripts", "things", "stuff", "shell"],
        Order::NoRun,
    ),
    (
        &[
            "change",
            "changing",
            "modify",
            "modifying",
            "edit",
            "editing",
            "write",
            "writing",
            "touch",
            "touching",
            "alter",
            "altering",
            "make",
            "making",
            "delete",
            "deleting",
            "update",
            "updating",
        ],
        &["anything", "any", "files", "changes", "edits", "code", "modifications"],
        Order::ReadOnly,
    ),
    (
        &[
            "use",
            "using",
            "access",
            "accessing",
            "touch",
            "hit",
            "reach",
            "connect",
            "connecting",
            "go",
            "download",
            "downloading",
            "fetch",
            "fetching",
        ],
        &["network", "internet", "web", "online", "anything"],
        Order::NoNetwork,
    ),
    (
        &[
            "touch",
            "touching",
            "change",
            "changing",
            "modify",
            "modifying",
            "access",
            "accessing",
            "use",
            "using",
            "break",
            "go",
            "connect",
            "affect",
        ],
        &["production", "prod", "live"],
        Order::Freeze,
    ),
];
/// What brings something to others by itself.
const SHIPPING: &[&str] = &[
    "push",
    "pushing",
    "deploy",
    "deploying",
    "release",
    "releasing",
    "publish",
    "publishing",
    "migrate",
    "migrating",
    "ship",
    "shipping",
];
/// Things that are pushed or published within a program.
const INNER_THINGS: &[&str] = &[
    "notification",
    "notifications",
    "event",
    "events",
    "state",
    "items",
    "elements",
    "array",
    "stack",
    "button",
    "onto",
    "lock",
    "memory",
    "resources",
    "handle",
];

/// The standing orders that a text gives, each once, with the sentence to be quoted.
#[must_use]
pub fn ordered_in(text: &str) -> Vec<StandingOrder> {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    let mut found: Vec<StandingOrder> = Vec::new();
    for sentence in text.split_inclusive(['.', '!', '?', '\n', ';']) {
        if sentence.ends_with('?') {
            continue;
        }
        let quoted = sentence.trim().trim_end_matches(['.', '!', ';', ',']).trim();
        for order in orders_of(quoted) {
            if !found.iter().any(|known| known.order == order) {
                let words: String = quoted.chars().take(QUOTED_CHARS_MAX).collect();
                found.push(StandingOrder { order, given: Given::Task, words: Untrusted::from(words) });
            }
        }
    }
    found
}

/// The order that comes with a mode that an agent says it is in; `None` for a mode in which it may act.
#[must_use]
pub fn ordered_by_mode(mode: &str) -> Option<Order> {
    let lower = mode.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_reading = |word: &str| {
        matches!(word, "plan" | "planning" | "ask" | "readonly" | "architect" | "chat" | "explore" | "review")
    };
    let reads = lower.contains("read-only") || lower.contains("read only") || lower.contains("read_only");
    (reads || words.any(is_reading)).then_some(Order::ReadOnly)
}

fn orders_of(sentence: &str) -> Vec<Order> {
    let lower = sentence.to_lowercase().replace('\u{2019}', "'").replace("read-only", "read only");
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let line = format!(" {} ", words.join(" "));
    let says = |list: &[&str]| list.iter().any(|saying| line.contains(&format!(" {saying} ")));
    if ASK_FIRST.iter().any(|saying| line.contains(&format!(" {saying}"))) {
        return vec![Order::AskFirst];
    }
    let mut orders = Vec::new();
    let mut add = |order: Order| {
        if !orders.contains(&order) {
            orders.push(order);
        }
    };
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if (line.contains(" read only ") || line.contains(" readonly ")) && !has(READ_ONLY_THINGS) || says(READ_ONLY) {
        add(Order::ReadOnly);
    }
    if says(NO_NETWORK) && !has(DESCRIBES) {
        add(Order::NoNetwork);
    }
    if says(FREEZE) {
        add(Order::Freeze);
    }
    for at in forbidden_at(&words) {
        let Some(verb) = words.get(at) else { continue };
        let after = words.get(at + 1..).unwrap_or_default();
        let near = after.get(..after.len().min(REACH)).unwrap_or_default();
        for (verbs, things, order) in FORBIDDEN {
            let thing = near.iter().find(|word| things.contains(word));
            // "any changes" forbids them all, "any tests" forbids only tests.
            let is_all = thing.is_some_and(|thing| {
                *thing != "any" || near.iter().any(|word| things.contains(word) && *word != "any")
            });
            if verbs.contains(verb) && is_all {
                add(*order);
            }
        }
        if SHIPPING.contains(verb) && !near.iter().any(|word| INNER_THINGS.contains(word)) {
            add(Order::Freeze);
        }
    }
    orders
}

/// The places of the verbs that are forbidden: after the words that forbid, and after `or` and `and` that join them.
fn forbidden_at(words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        let rest = words.get(at..).unwrap_or_default();
        let Some(taken) = FORBIDS.iter().find(|forbid| rest.starts_with(forbid)).map(|forbid| forbid.len()) else {
            continue;
        };
        let first = at + taken;
        found.push(first);
        let joined = words.iter().enumerate().skip(first + 1).filter(|(_, word)| matches!(**word, "or" | "nor"));
        found.extend(joined.map(|(place, _)| place + 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(text: &str) -> Vec<Order> {
        let mut orders: Vec<Order> = ordered_in(text).iter().map(|order| order.order).collect();
        orders.sort();
        orders
    }

    #[test]
    fn an_order_in_the_task_is_found() {
        use Order::{AskFirst, Freeze, NoNetwork, NoRun, ReadOnly};
        for (text, expected) in [
            ("Do not run anything.", &[NoRun][..]),
            ("Explain the build, but don't run any commands", &[NoRun]),
            ("don\u{2019}t execute code, please", &[NoRun]),
            ("Review this without running anything", &[NoRun]),
            ("Never touch production!", &[Freeze]),
            ("Fix the login. Don't touch prod.", &[Freeze]),
            ("Read only: why does it fail", &[ReadOnly]),
            ("This is a read-only task", &[ReadOnly]),
            ("Look around, but do not change anything", &[ReadOnly]),
            ("don't modify any files", &[ReadOnly]),
            ("Please make no changes", &[ReadOnly]),
            ("commit, but don't push", &[Freeze]),
            ("Do not deploy or publish", &[Freeze]),
            ("don't commit or push", &[Freeze]),
            ("No network.", &[NoNetwork]),
            ("work offline", &[NoNetwork]),
            ("do not use the internet", &[NoNetwork]),
            ("Ask me before you change something", &[AskFirst]),
            ("Don't push without asking", &[AskFirst]),
            ("do not run anything and never touch production. no network", &[NoRun, NoNetwork, Freeze]),
        ] {
            assert_eq!(orders(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_describes_something_is_no_order() {
        for text in [
            "fix the failing staging login",
            "Why can't it push to origin?",
            "make the email field read-only",
            "the app shows `no network error` when offline mode breaks",
            "add a test that the button does not deploy twice",
            "push the items onto the stack",
            "run the tests and fix what fails",
            "don't run the slow tests",
            "write a migration for users",
            "the worker never pushes events",
            "deploy to staging",
            "do not push notifications to muted users",
            "set production to false in the config",
        ] {
            assert_eq!(orders(text), [], "{text}");
        }
    }

    #[test]
    fn the_sentence_is_quoted_as_it_was_written() {
        let found = ordered_in("Fix the login.  Do NOT run anything!  Thanks");
        let quoted: Vec<String> = found.iter().map(|order| order.words.lossy().into_owned()).collect();
        assert_eq!(quoted, ["Do NOT run anything"]);
    }

    #[test]
    fn a_mode_in_which_an_agent_only_reads_comes_with_an_order() {
        for (mode, expected) in [
            ("plan", Some(Order::ReadOnly)),
            ("Plan mode on", Some(Order::ReadOnly)),
            ("read-only", Some(Order::ReadOnly)),
            ("ask", Some(Order::ReadOnly)),
            ("default", None),
            ("acceptEdits", None),
            ("auto-edit", None),
            ("build", None),
            ("", None),
        ] {
            assert_eq!(ordered_by_mode(mode), expected, "{mode}");
        }
    }
}
