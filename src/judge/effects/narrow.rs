//! What gets through of lines such as `NAME=value`: the values, or only names, counts and settings that are no secret.

use crate::shell::{Invocation, Reading};
use crate::trail::names::is_secret_variable;

/// How many programs behind a pipe are looked at.
const BEHIND_MAX: usize = 64;

/// Programs that pass lines on as they are, in whatever order and however many.
const PASSING: &[&str] = &["sort", "uniq", "head", "tail", "nl", "column", "cat", "tee", "tac", "less", "more", "fmt"];

/// Whether all that `invocation` prints goes through something that keeps the values back.
pub(super) fn keeps_back_later(invocation: &Invocation, reading: &Reading) -> bool {
    let mut behind = invocation.feeds.clone();
    let mut at = 0;
    // Each is looked at once, however many ways lead to it.
    while let Some(next) = behind.get(at).copied() {
        let Some(next) = reading.invocations.get(next).filter(|_| at < BEHIND_MAX) else { return false };
        at += 1;
        if keeps_back(next) {
            continue;
        }
        let passes = PASSING.contains(&next.program()) || next.program() == "grep";
        if !passes || next.feeds.is_empty() {
            return false;
        }
        let more = next.feeds.iter().filter(|feed| !behind.contains(feed)).copied().collect::<Vec<usize>>();
        behind.extend(more);
    }
    at > 0
}

/// Whether what `invocation` prints of `NAME=value` lines holds no value.
pub(super) fn keeps_back(invocation: &Invocation) -> bool {
    let has_file_of_its_own = || !invocation.redirects.is_empty();
    match invocation.program() {
        "wc" | "true" | ":" => true,
        "grep" | "egrep" | "fgrep" | "rg" | "zgrep" => grep(invocation),
        "cut" => cut(invocation),
        "awk" | "gawk" | "mawk" => awk(invocation),
        "sed" | "gsed" => !has_file_of_its_own() && sed(invocation),
        "jq" | "yq" => jq(invocation),
        "docker" | "podman" | "helm" => invocation.has("--password-stdin"),
        _ => false,
    }
}

fn grep(invocation: &Invocation) -> bool {
    let quiet = ["-c", "-q", "-l", "-L", "--count", "--quiet", "--silent", "--files-with-matches", "--files"];
    if invocation.has_any(&quiet) {
        return true;
    }
    if invocation.has_any(&["-v", "--invert-match"]) {
        return false;
    }
    let given = invocation.options(&["-e", "--regexp"]);
    let pattern = given.first().map(|word| word.text.clone()).or_else(|| {
        let valued = ["-A", "-B", "-C", "-m", "-f", "--color"];
        invocation.operands(&valued).first().map(|word| word.text.clone())
    });
    let Some(pattern) = pattern else { return false };
    if invocation.has_any(&["-o", "--only-matching"]) && finds_names_only(&pattern) {
        return true;
    }
    is_plain(&pattern)
}

/// Whether what the pattern finds ends before a value: `^[A-Z_]*`, `^[^=]+`, `\w+=`.
fn finds_names_only(pattern: &str) -> bool {
    let plain = pattern.replace("[^=]", "N").replace("(?==)", "=");
    match plain.split_once('=') {
        None => plain.starts_with('^') && !plain.contains('.'),
        Some((before, after)) => !before.contains('.') && after.trim_end_matches(['\'', '"', ')']).is_empty(),
    }
}

/// Whether the pattern names settings in full, none of them a secret: `^PORT=`, `NODE_ENV\|LOG_LEVEL`.
fn is_plain(pattern: &str) -> bool {
    let parts = pattern.replace("\\|", "|");
    let mut count = 0;
    for part in parts.trim_matches(['(', ')', '^']).split('|') {
        let part = part.trim_matches(['^', '(', ')', '\\']);
        let (name, is_ended) = match part.find('=') {
            Some(at) => (part.get(..at).unwrap_or_default(), true),
            None => (part, false),
        };
        let name = name.trim_start_matches("export ").trim_end_matches([')', '$']);
        let is_name = name.len() > 2
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            && !name.starts_with('_')
            && !name.ends_with('_');
        let says_all = is_ended || name.contains('_') || matches!(name, "PORT" | "HOST" | "DEBUG" | "PATH" | "HOME");
        if !is_name || !says_all || is_secret_variable(name) || is_hunted(&name.to_ascii_lowercase()) {
            return false;
        }
        count += 1;
    }
    count > 0
}

/// Whether somebody who looks for this looks for a secret.
pub(super) fn is_hunted(lower: &str) -> bool {
    let hunts = [
        "token", "secret", "key", "pass", "auth", "cred", "api", "aws", "database", "_url", "dsn", "pwd", "railway",
        "github", "stripe",
    ];
    !lower.starts_with("next_public_") && !lower.starts_with("vite_") && hunts.iter().any(|word| lower.contains(word))
}

fn cut(invocation: &Invocation) -> bool {
    let delimiter = separator(invocation, &["-d", "--delimiter"]);
    let fields = invocation.option(&["-f", "--fields"]).map(|word| word.text).unwrap_or_default();
    fields == "1" && matches!(delimiter.trim_matches(['"', '\'']), "=" | ":" | " ")
}

/// The sign that parts a name from its value; `-d=` gives the sign itself.
fn separator(invocation: &Invocation, options: &[&str]) -> String {
    let is_given = invocation.args().iter().any(|word| matches!(word.text.as_str(), "-d=" | "-F=" | "-F'='"));
    if is_given {
        return "=".to_owned();
    }
    invocation.option(options).map(|word| word.text).unwrap_or_default()
}

fn awk(invocation: &Invocation) -> bool {
    let separator = separator(invocation, &["-F"]);
    let script = invocation.operands(&["-F", "-v"]).first().map(|word| word.text.clone()).unwrap_or_default();
    let others = ["$0", "$2", "$3", "$4", "$NF", "$(", "print}", "print }", "print;", "substr", "printenv"];
    matches!(separator.trim_matches(['"', '\'']), "=" | ":" | "[=]" | "=.*")
        && script.contains("$1")
        && !others.iter().any(|word| script.contains(word))
}

/// `s#//.*@#//***@#`: what stands before the host of an address goes.
pub(super) fn hides_login(invocation: &Invocation) -> bool {
    let Some(script) = invocation.operands(&["-e", "--expression"]).first().map(|word| word.text.trim().to_owned())
    else {
        return invocation.options(&["-e", "--expression"]).iter().any(|word| hides(word.text.trim()));
    };
    matches!(invocation.program(), "sed" | "gsed") && hides(&script)
}

fn hides(script: &str) -> bool {
    let Some(rest) = script.strip_prefix('s') else { return false };
    let Some(sign) = rest.chars().next() else { return false };
    let mut parts = rest.split(sign).skip(1);
    let (Some(pattern), Some(replacement)) = (parts.next(), parts.next()) else { return false };
    let takes_all =
        [".*@", "[^@]*@", "[^@]+@", "[^:@]+@", "[^:@]*@", "[^/]*@"].iter().any(|end| pattern.ends_with(end));
    takes_all && !replacement.contains(['&', '\\'])
}

/// `s/=.*/=***/`: whatever stands after the sign goes, and nothing of it comes back.
fn sed(invocation: &Invocation) -> bool {
    let given = invocation.options(&["-e", "--expression"]);
    let script = given.first().map(|word| word.text.clone()).or_else(|| {
        let first = invocation.operands(&["-e", "--expression", "-f", "-i"]).first().map(|word| word.text.clone());
        first.filter(|_| !invocation.has_any(&["-f", "--file"]))
    });
    let Some(script) = script else { return false };
    let script = script.trim();
    let Some(rest) = script.strip_prefix('s') else { return false };
    let Some(sign) = rest.chars().next() else { return false };
    let mut parts = rest.split(sign).skip(1);
    let (Some(pattern), Some(replacement)) = (parts.next(), parts.next()) else { return false };
    let ends = ["=.*", "=.*$", "=.+", "=.+$", "=\\(.*\\)", "=(.*)", "=.*\\$", "[=:].*", ":.*", ": .*"];
    let whole = ends.iter().find(|end| pattern.ends_with(*end));
    let Some(end) = whole else { return false };
    let groups = pattern.matches('(').count();
    let last = format!("\\{groups}");
    let gives_back = replacement.contains('&') || (end.contains('(') && replacement.contains(&last));
    // A pattern for one name alone leaves the others as they are.
    let is_for_all = pattern.len() == end.len()
        || pattern.starts_with(['^', '\\', '(', '[', '.'])
        || is_secret_variable(pattern.trim_end_matches(end));
    !gives_back && is_for_all
}

fn jq(invocation: &Invocation) -> bool {
    let script = invocation.operands(&["--arg", "--argjson"]).first().map(|word| word.text.clone()).unwrap_or_default();
    let script = script.trim();
    let last = script.rsplit('|').next().unwrap_or_default().trim().trim_end_matches([']', '[', ')', '}', '?']);
    matches!(last, "keys" | "keys_unsorted" | "length" | ".key" | "type" | "map(.key" | "map(.Name" | ".Name" | ".name")
        || last.ends_with("keys")
        || last.ends_with(".key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Place, read};

    fn check(text: &str, wanted: bool) {
        let reading = read(text, &Place { cwd: Some("/home/dev/shop".to_owned()), home: None });
        let first = reading.invocations.first().expect("one invocation");
        assert_eq!(keeps_back(first) || keeps_back_later(first, &reading), wanted, "{text}");
    }

    #[test]
    fn names_and_counts_are_no_values() {
        for text in [
            "cut -d= -f1 .env",
            "cut -d '=' -f 1 .env",
            "awk -F= '{print $1}' .env",
            "awk -F'=' '/^[A-Z]/{print $1}' .env",
            "sed 's/=.*//' .env",
            "sed 's/=.*/=***/' .env",
            "sed -E 's/^([A-Z_]+)=.*/\\1=<set>/' .env",
            "sed 's/\\(^[^=]*\\)=.*/\\1=xxx/' .env",
            "grep -o '^[A-Z_]*' .env",
            "grep -oE '^[A-Z_]+=' .env",
            "grep -oE '^[^=]+' .env",
            "grep -c API_KEY .env",
            "grep -q OPENAI_API_KEY .env",
            "grep '^PORT=' .env",
            "grep -E '^(NODE_ENV|LOG_LEVEL)=' .env",
            "cat .env | cut -d= -f1 | sort",
            "cat .env | grep -v '^#' | wc -l",
            "env | sort | cut -d= -f1",
            "heroku config --json | jq 'keys'",
            "cat ~/.npmrc | sed 's/_authToken=.*/_authToken=***/'",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn values_are_values() {
        for text in [
            "cat .env",
            "cat .env | head -3",
            "cut -d= -f2 .env",
            "cut -d= -f1,2 .env",
            "awk -F= '{print $2}' .env",
            "awk '{print $1}' .env",
            "awk -F= '{print $1 $2}' .env",
            "sed 's/^[^=]*=//' .env",
            "sed 's/=\\(.*\\)/: \\1/' .env",
            "sed 's/PORT=.*/PORT=1/' .env",
            "grep -o '=.*' .env",
            "grep STRIPE .env",
            "grep -i supabase .env",
            "grep DATABASE_URL .env",
            "grep -E '^[A-Z]' .env",
            "grep -v '^#' .env",
            "env | grep -i key",
            "cat .env | sort | uniq",
            "cat .env | tr a-z A-Z",
        ] {
            check(text, false);
        }
    }
}
