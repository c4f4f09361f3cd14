//! Remembered approvals: what they cover, and what no grant ever covers.

use std::borrow::Cow;
use std::sync::Arc;

use super::act::wild;
use super::engine::Judge;
use super::orders::{self, READING};
use super::past::Fresh;
use super::policy::Policy;
use super::proof::asked;
use super::rule::Rule;
use super::scope::is_scope;
use crate::model::{
    Action, ActionKind, Blind, Exec, Finding, Grant, GrantId, Granted, Judgement, RuleId, TextKind, Tier, Untrusted,
    Verdict, pattern_fits,
};
use crate::shell::{self, Invocation, LayerKind, Place, Reading, RedirectKind};

/// Variables that make a program another one.
const STEERING: &[&str] = &["PATH", "IFS", "BASH_ENV", "ENV", "SHELLOPTS", "PERL5OPT", "NODE_OPTIONS", "PYTHONPATH"];

/// The commands in a reading that do more than read, word by word. Empty where something in it is not known, runs
/// elsewhere or writes besides: no pattern speaks of that.
pub(super) fn commands(reading: &Reading) -> Vec<Vec<Untrusted>> {
    if reading.has_error || reading.limit.is_some() {
        return Vec::new();
    }
    let is_reading = |invocation: &&Invocation| {
        let program = invocation.program();
        program.is_empty() || READING.has(program)
    };
    let mut found: Vec<Vec<Untrusted>> = Vec::new();
    for invocation in &reading.invocations {
        let writes = invocation.redirects.iter().any(|redirect| {
            let writes = matches!(redirect.kind, RedirectKind::Write | RedirectKind::Append | RedirectKind::Both);
            writes && redirect.to.text != "/dev/null"
        });
        if writes {
            return Vec::new();
        }
        if is_reading(&invocation) {
            continue;
        }
        let is_plain = invocation.words.iter().all(crate::shell::Word::is_literal)
            && invocation.layers.iter().all(|layer| matches!(layer.kind, LayerKind::Shell | LayerKind::Plain))
            && !invocation.assigns.iter().any(|(name, _)| {
                STEERING.contains(&name.as_str()) || name.starts_with("LD_") || name.starts_with("GIT_")
            });
        if !is_plain {
            return Vec::new();
        }
        let words: Vec<Untrusted> = invocation.words.iter().map(|word| Untrusted::from(word.text.as_str())).collect();
        if !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

/// The grant that covers what would be held, if one does.
pub(super) fn covering(
    policy: &Policy,
    rules: &[Arc<Rule>],
    action: &Action,
    judgement: &Judgement,
) -> Option<GrantId> {
    if policy.grants.is_empty() || judgement.verdict != Verdict::Hold || judgement.cannot_work.is_some() {
        return None;
    }
    let is_never = |finding: &Finding| {
        finding.tier == Tier::Critical
            || orders::is_order(finding)
            || is_scope(finding)
            || finding.rule.0 == "session/denied"
    };
    if judgement.findings.iter().any(is_never) {
        return None;
    }
    let asking: Vec<&Finding> = judgement.findings.iter().filter(|found| policy.of(found) >= Verdict::Hold).collect();
    if asking.is_empty() {
        return None;
    }
    policy.grants.iter().find(|grant| covers(grant, rules, action, judgement, &asking)).map(|grant| grant.id)
}

fn covers(grant: &Grant, rules: &[Arc<Rule>], action: &Action, judgement: &Judgement, asking: &[&Finding]) -> bool {
    match &grant.what {
        Granted::Exact { action: known, found } => {
            is_same(known, &action.kind)
                && asking.iter().all(|finding| {
                    found.iter().any(|(rule, target)| *rule == finding.rule && *target == finding.target)
                })
        }
        Granted::Pattern { words, cwd } => {
            let is_there = cwd.as_ref().is_none_or(|cwd| action.cwd() == Some(cwd));
            let is_meant = |finding: &&Finding| match grant.rules.as_slice() {
                [] => rules.iter().any(|rule| rule.id == finding.rule),
                some => some.iter().any(|rule| wild(&rule.0, &finding.rule.0)),
            };
            is_there
                && asking.iter().all(is_meant)
                && !judgement.commands.is_empty()
                && judgement.commands.iter().all(|command| pattern_fits(words, command))
        }
    }
}

/// Whether two acts are one and the same act, done twice.
fn is_same(one: &ActionKind, other: &ActionKind) -> bool {
    match (one, other) {
        (ActionKind::Exec(one), ActionKind::Exec(other)) => is_same_start(one, other),
        (ActionKind::Text(one), ActionKind::Text(other)) => one == other,
        (ActionKind::Tool(one), ActionKind::Tool(other)) => {
            one.name == other.name && one.deed == other.deed && one.cwd == other.cwd
        }
        (ActionKind::File(one), ActionKind::File(other)) => {
            (one.deed, &one.target, &one.from) == (other.deed, &other.target, &other.from)
        }
        (ActionKind::Connect(one), ActionKind::Connect(other)) => one.peer == other.peer,
        (ActionKind::Kill(one), ActionKind::Kill(other)) => (one.signal, one.to) == (other.signal, other.to),
        (
            ActionKind::Exec(_)
            | ActionKind::Text(_)
            | ActionKind::Tool(_)
            | ActionKind::File(_)
            | ActionKind::Connect(_)
            | ActionKind::Kill(_),
            _,
        ) => false,
    }
}

/// What is only read once an act is held, such as its standard input, is not compared.
fn is_same_start(one: &Exec, other: &Exec) -> bool {
    !one.is_cut
        && !other.is_cut
        && (&one.path, &one.argv, &one.cwd, &one.resolved) == (&other.path, &other.argv, &other.cwd, &other.resolved)
}

/// The words of a grant's command; `None` where it is not one plain command.
#[must_use]
pub fn grant_words(command: &str) -> Option<Vec<String>> {
    let reading = shell::read(command, &Place::default());
    let [invocation] = reading.invocations.as_slice() else { return None };
    let is_plain = invocation.redirects.is_empty() && invocation.layers.is_empty() && invocation.assigns.is_empty();
    let is_known = invocation.words.iter().all(|word| !word.is_open());
    let words: Vec<String> = invocation.words.iter().map(|word| word.text.clone()).collect();
    let is_named = words.first().is_some_and(|program| !program.is_empty() && !program.contains('*'));
    (is_plain && is_known && is_named && !reading.has_error && reading.limit.is_none()).then_some(words)
}

/// A critical rule's example that a grant of these words would cover, if there is one.
#[must_use]
pub fn grant_too_wide(judge: &Judge, words: &[String]) -> Option<(RuleId, String)> {
    let fits = |example: &str| {
        let commands = commands(&shell::read(example, &Place::default()));
        commands.iter().any(|command| pattern_fits(words, command))
    };
    let critical = |example: &&Cow<'static, str>| {
        let judgement = judge.judge(&asked(TextKind::Shell, example, None), &Fresh, &Blind);
        judgement.tier() == Some(Tier::Critical)
    };
    judge.rules().iter().find_map(|rule| {
        let example = rule.hit.iter().filter(|example| fits(example)).find(critical)?;
        Some((rule.id.clone(), example.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use crate::judge::{Fresh, Judge, Policy, Profile, asked, built_in};
    use crate::model::{
        Blind, Given, Grant, GrantFrom, GrantId, Granted, Moment, Order, RuleId, StandingOrder, TextKind, Untrusted,
        Verdict,
    };

    fn pattern(line: &str, rules: &[&str]) -> Grant {
        let words = line.split(' ').map(str::to_owned).collect();
        let rules = rules.iter().map(|rule| RuleId((*rule).to_owned())).collect();
        let what = Granted::Pattern { words, cwd: None };
        Grant { id: GrantId(1), from: GrantFrom::Policy(1), at: Moment::ZERO, what, rules }
    }

    fn verdict(policy: Policy, text: &str) -> (Verdict, Option<GrantId>) {
        let judge = Judge::new(&built_in().unwrap(), policy);
        let judgement = judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind);
        (judgement.verdict, judgement.granted)
    }

    const COVERED: (Verdict, Option<GrantId>) = (Verdict::Log, Some(GrantId(1)));
    const HELD: (Verdict, Option<GrantId>) = (Verdict::Hold, None);

    #[test]
    fn a_pattern_covers_its_command_however_it_is_wrapped_and_nothing_beside_it() {
        let policy = || Policy { grants: vec![pattern("git push --force origin feature/*", &[])], ..Policy::default() };
        for (text, expected) in [
            ("git push --force origin feature/x", COVERED),
            ("bash -c 'git push --force origin feature/x'", COVERED),
            ("cd web && git push --force origin feature/x 2>&1 | tail -3", COVERED),
            ("git push --force origin main", HELD),
            ("git push --force origin feature/x && rm -rf src", HELD),
            ("git push --force origin feature/x > notes.txt", HELD),
            ("git push --force origin \"feature/$X\"", HELD),
            ("PATH=/tmp/x git push --force origin feature/x", HELD),
            ("ssh build-3 git push --force origin feature/x", HELD),
        ] {
            assert_eq!(verdict(policy(), text), expected, "{text}");
        }
    }

    #[test]
    fn a_grant_is_one_plain_command_and_covers_no_critical_example() {
        use super::{grant_too_wide, grant_words};
        let words = |line: &str| grant_words(line);
        assert_eq!(
            words("git push origin feature/*"),
            Some(["git", "push", "origin", "feature/*"].map(str::to_owned).to_vec())
        );
        for wrong in ["", "* x", "rm x; rm y", "rm $X", "rm x > y", "sudo rm x", "A=1 rm x", "rm 'x"] {
            assert_eq!(words(wrong), None, "{wrong}");
        }
        let judge = Judge::new(&built_in().unwrap(), Policy::default());
        let too_wide = |line: &str| grant_too_wide(&judge, &words(line).unwrap()).is_some();
        assert!(too_wide("rm -rf /"));
        assert!(!too_wide("git push origin feature/*"));
    }

    #[test]
    fn a_grant_for_a_rule_covers_that_rules_hits_alone() {
        let of = |rule: &str| Policy { grants: vec![pattern("rm -rf src", &[rule])], ..Policy::default() };
        let judge = Judge::new(&built_in().unwrap(), Policy::default());
        let judgement = judge.judge(&asked(TextKind::Shell, "rm -rf src", Some("/home/dev/shop")), &Fresh, &Blind);
        let rule = judgement.worst().unwrap().rule.0.clone();
        assert_eq!(verdict(of(&rule), "rm -rf src"), COVERED);
        assert_eq!(verdict(of("git/*"), "rm -rf src"), HELD);
    }

    #[test]
    fn r15_no_grant_covers_what_is_critical_denied_ordered_otherwise_or_out_of_scope() {
        let force = "git push --force origin main";
        let with = |policy: Policy, line: &str| Policy { grants: vec![pattern(line, &[])], ..policy };
        assert_eq!(verdict(with(Policy::default(), force), force), COVERED);
        let denied = Policy { deny: vec!["git/*".to_owned()], ..Policy::default() };
        assert_eq!(verdict(with(denied, force), force), (Verdict::Deny, None));
        let order = StandingOrder { order: Order::ReadOnly, given: Given::Option, words: Untrusted::from("x") };
        let ordered = Policy { orders: vec![order], ..Policy::default() };
        assert_eq!(verdict(with(ordered, force), force), HELD);
        let scope = Some(crate::judge::Scope { name: "production".to_owned(), known: Vec::new() });
        let text = "kubectl --context staging delete namespace shop";
        assert_eq!(verdict(with(Policy::default(), text), text).1, Some(GrantId(1)));
        assert_eq!(verdict(with(Policy { scope, ..Policy::default() }, text), text).1, None);
        for critical in ["rm -rf /home/dev", "dropdb shop_production"] {
            assert_eq!(verdict(with(Policy::default(), critical), critical), (Verdict::Confirm, None), "{critical}");
        }
        let observe = Policy { profile: Profile::Observe, ..Policy::default() };
        assert_eq!(verdict(with(observe, force), force), (Verdict::Log, None));
    }

    #[test]
    fn this_exact_act_is_covered_as_long_as_nothing_else_is_found_in_it() {
        let text = "git push --force origin main";
        let mut judge = Judge::new(&built_in().unwrap(), Policy::default());
        let act = asked(TextKind::Shell, text, Some("/home/dev/shop"));
        let judgement = judge.judge(&act, &Fresh, &Blind);
        let what = Granted::exact(&act.kind, &judgement.findings);
        let grant = Grant { id: GrantId(7), from: GrantFrom::Policy(1), at: Moment::ZERO, what, rules: Vec::new() };
        judge.grant(grant);
        let granted = |judge: &Judge, text: &str, cwd: &str| {
            judge.judge(&asked(TextKind::Shell, text, Some(cwd)), &Fresh, &Blind).granted
        };
        assert_eq!(granted(&judge, text, "/home/dev/shop"), Some(GrantId(7)));
        assert_eq!(granted(&judge, text, "/home/dev/other"), None);
        assert_eq!(granted(&judge, "git push --force origin topic", "/home/dev/shop"), None);
        judge.revoke(GrantId(7));
        assert_eq!(granted(&judge, text, "/home/dev/shop"), None);
    }
}
