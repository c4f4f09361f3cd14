//! What the session's past adds to a judgement: findings that no single command shows, and the chain that explains them.

use super::environment::Environment;
use super::event::EventKind;
use super::memory::{Holder, Trail};
use super::outline::{RUNNERS, Shape, is_sender, undisguised, with_carriers};
use super::purpose::{Use, missing_check};
use super::secret::{Origin, Secret};
use super::source::{READERS, is_foreign};
use super::text::has_word;
use crate::model::{Action, Class, Finding, Link, LinkKind, Span, Tier, Undo, Untrusted};
use crate::shell::{self, Invocation, Word};

/// How many events a chain shows.
const CHAIN_MAX: usize = 8;
/// The shortest target that is told from others by itself, in bytes.
const TARGET_BYTES_MIN: usize = 4;
/// How many acts back an event may lie to stand in a chain.
const CHAIN_ACTS: u64 = 40;

/// What the past adds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explained {
    /// Findings to judge with the others.
    pub findings: Vec<Finding>,
    /// The earlier events that explain them all, oldest first.
    pub chain: Vec<Link>,
}

impl Trail {
    /// What the past adds to an action that leads to these invocations, and in which `found` was found already. Nothing is
    /// remembered by asking.
    #[must_use]
    pub fn explain(&self, action: &Action, invocations: &[Invocation], found: &[Finding]) -> Explained {
        let shape = Shape::of(action, invocations);
        let mut findings = Vec::new();
        self.found_token(&shape, found, &mut findings);
        self.copy_sent(&shape, &mut findings);
        self.copy_read(&shape, &mut findings);
        findings.extend(self.other_identity(invocations));
        findings.extend(self.applies_loss(invocations));
        let span = Span(0, shape.text.len());
        // A deletion with a credential from somewhere else is grave wherever the server stands.
        let is_grave = |finding: &Finding| finding.tier == Tier::Critical;
        let deletes = || deletion(found).filter(|_| findings.iter().any(is_grave));
        if let Some(worst) = irreversible(found).or_else(deletes) {
            self.guessed(worst, &mut findings);
            self.unverified(&shape, worst, span, &mut findings);
            self.two_environments(worst, &mut findings);
            self.chosen_production(&shape, worst, &mut findings);
        }
        self.refused_before(&shape, found, span, &mut findings);
        let waits = found.iter().chain(&findings).any(|finding| finding.tier >= Tier::Medium);
        let chain = if waits { self.chain_for(&shape, found, &findings) } else { Vec::new() };
        Explained { findings, chain }
    }

    /// A secret that was come across is put to use. A server on this machine is nobody else's, unless it is asked to
    /// delete with a credential from somewhere else: then it may stand for one that is.
    fn found_token(&self, shape: &Shape, found: &[Finding], findings: &mut Vec<Finding>) {
        let worst = irreversible(found).or_else(|| deletion(found));
        let is_given = || {
            shape.invocations.iter().any(|each| {
                each.assigns.iter().any(|(_, word)| !self.mask().secrets_in(word.text.as_bytes()).is_empty())
            })
        };
        let is_used = || shape.invocations.iter().any(|each| self.is_given_foreign(each, &shape.cwd));
        let is_inherited = || self.inherited(shape).is_some() || !self.files_given(shape).is_empty();
        if !shape.is_sent && !is_given() && !is_used() && !is_inherited() || shape.is_local && worst.is_none() {
            return;
        }
        let tier = |is_foreign| match (is_foreign, worst) {
            // The incident: a credential from somewhere else, for a deletion that nothing brings back.
            (true, Some(_)) => Tier::Critical,
            (true, None) => Tier::High,
            (false, _) if shape.is_local => Tier::Low,
            (false, _) => Tier::Medium,
        };
        let held = shape.words().find_map(|word| {
            word.variables.iter().find_map(|name| self.variables.get(name).map(|holder| (holder, word.span)))
        });
        let now = shape.invocations.iter().find(|invocation| is_sender(invocation.program())).and_then(Use::of);
        if let Some((holder, span)) = held {
            let names: Vec<&str> = shape.words().flat_map(|word| &word.variables).map(String::as_str).collect();
            let from = self.placed(&holder.from, &names);
            let more = self.other_purpose(&names, &from, &shape.text, now.as_ref());
            let whence = self.whence(&from, holder.is_foreign);
            findings.push(token(&from, &whence, &more, tier(holder.is_foreign), span, worst));
            return;
        }
        if let Some((name, holder)) = self.inherited(shape) {
            let from = self.placed(&holder.from, &[name]);
            let more = self.other_purpose(&[name], &from, &shape.text, now.as_ref());
            let whence = self.whence(&from, true);
            findings.push(token(&from, &whence, &more, tier(true), Span(0, shape.text.len()), worst));
            return;
        }
        findings.extend(self.value_used(shape, worst, now.as_ref(), &tier));
    }

    /// The first known value that stands in what is done, in its variables or in a file that is handed over.
    fn value_used(
        &self,
        shape: &Shape,
        worst: Option<&Finding>,
        now: Option<&Use>,
        tier: &dyn Fn(bool) -> Tier,
    ) -> Vec<Finding> {
        let is_found = |secret: &Secret| {
            secret.origin.as_ref().is_some_and(|origin| !origin.place.lossy().starts_with("environment "))
        };
        let files = self.files_given(shape);
        let values = shape.values.iter().map(|value| (value.as_bytes(), true)).chain([(shape.text.as_bytes(), false)]);
        let values = values.chain(files.iter().map(|text| (text.as_bytes(), true)));
        let mut met = values.flat_map(|(bytes, is_apart)| {
            self.mask().secrets_in(bytes).into_iter().map(move |(secret, span)| (bytes, is_apart, secret, span))
        });
        let plain = met.find(|(_, _, secret, _)| is_found(secret));
        let hidden = || Some((&[][..], true, self.disguised(shape).filter(is_found)?, Span(0, 0)));
        let Some((bytes, is_apart, secret, span)) = plain.or_else(hidden) else { return Vec::new() };
        let Some(origin) = secret.origin.as_ref() else { return Vec::new() };
        let is_foreign = is_foreign(&origin.place.lossy(), &shape.cwd);
        let span = if is_apart { Span(0, 0) } else { span };
        let letter = secret.id.to_string();
        let name = secret.name.as_ref().map(|name| name.lossy().into_owned()).unwrap_or_default();
        let more = self.other_purpose(&[&letter, &name], &origin.to_string(), &shape.text, now);
        let whence = self.whence(&origin.to_string(), is_foreign);
        let mut found = vec![token(&origin.to_string(), &whence, &more, tier(is_foreign), span, worst)];
        if bytes.is_empty() || is_hidden(bytes, span, &|found| self.mask().is_value_of(&secret, found)) {
            let why = format!("It is the credential from {origin}, written so that nobody reads it.");
            let title = "sends a credential in another form";
            found.push(Finding::new("trail/secret-hidden", Class::Exfiltration, Tier::High, span, title, &why));
        }
        found
    }

    /// A known value in what is done that only shows when it is read another way, or when what the words become is known.
    fn disguised(&self, shape: &Shape) -> Option<Secret> {
        if self.mask().is_empty() {
            return None;
        }
        let words: Vec<&str> = shape.words().map(|word| word.text.as_str()).collect();
        let mut texts = undisguised(&shape.text).into_iter().chain([words.join(" ")]);
        texts.find_map(|text| self.mask().known_in(text.as_bytes()))
    }

    /// Whether a program that does more than show text is given a credential from somewhere else as a word.
    fn is_given_foreign(&self, invocation: &Invocation, cwd: &str) -> bool {
        let program = invocation.program();
        let shows = READERS.contains(&program) || matches!(program, "echo" | "printf" | "test" | "[" | "git" | "find");
        let foreign = |word: &Word| {
            self.mask().secrets_in(word.text.as_bytes()).into_iter().any(|(secret, _)| {
                let from = secret.origin.map(|origin| origin.place.lossy().into_owned()).unwrap_or_default();
                is_foreign(&from, cwd)
            })
        };
        !shows && invocation.args().iter().any(foreign)
    }

    /// The files that this session wrote with a known credential in them, and that are handed to what sends or runs:
    /// `curl -d @body.json`, `docker run --env-file x.env`, `node call.mjs`.
    fn files_given(&self, shape: &Shape) -> Vec<String> {
        let runs = |one: &Invocation| {
            let program = one.program();
            is_sender(program)
                || matches!(program, "podman" | "bash" | "sh" | "zsh" | "source" | "." | "nerdctl")
                || RUNNERS.iter().any(|runner| program.starts_with(runner))
        };
        let all: Vec<_> = shape.invocations.iter().flat_map(with_carriers).filter(|one| runs(one)).collect();
        let words = all.iter().flat_map(|one| one.args().iter().map(move |word| (one, word)));
        let texts = words.filter_map(|(one, word)| {
            let bare = word.text.rsplit(['@', '=', '<']).next().unwrap_or_default().split(';').next()?;
            let text = self.written(&shell::joined_path(one.cwd.as_deref(), bare)?)?;
            (!self.mask().secrets_in(text.as_bytes()).is_empty()).then(|| text.to_owned())
        });
        texts.collect()
    }

    /// A variable with a credential from somewhere else that was exported, and that one of the programs takes by itself.
    fn inherited<'t>(&'t self, shape: &Shape) -> Option<(&'t str, &'t Holder)> {
        let programs = || shape.invocations.iter().map(Invocation::program);
        let is_taken = |name: &str| programs().any(|program| super::taken::is_taken_by(name, program));
        let mut exported = self.variables.iter().filter(|(_, holder)| holder.is_exported && holder.is_foreign);
        exported.find(|(name, _)| is_taken(name)).map(|(name, holder)| (name.as_str(), holder))
    }

    /// A file's place with the line its value stands on, where that is known.
    fn placed(&self, from: &str, names: &[&str]) -> String {
        let lies_there = |origin: &Origin| origin.place.lossy() == from && origin.line > 0;
        let secrets = self.mask().secrets();
        let mut there = secrets.iter().filter(|secret| secret.origin.as_ref().is_some_and(lies_there));
        let named = there.clone().find(|secret| {
            secret.name.as_ref().is_some_and(|name| names.iter().any(|other| other.eq_ignore_ascii_case(&name.lossy())))
        });
        let only = || there.next().filter(|_| there.next().is_none());
        let found = named.or_else(only).and_then(|secret| secret.origin.as_ref());
        found.map_or_else(|| from.to_owned(), ToString::to_string)
    }

    /// What makes the place of a credential a strange one.
    fn whence(&self, from: &str, is_foreign: bool) -> String {
        let is_file = from.contains('/') && !from.contains(' ');
        let part = from.rsplit('/').next().unwrap_or_default();
        let folder = from.rsplit('/').nth(1).unwrap_or_default();
        let part = part.split(':').next().unwrap_or_default();
        match (is_file, self.unasked("it", &[part, folder])) {
            (true, Some(said)) => format!(", a file this task had no reason to read.{said}"),
            (true, None) if is_foreign && self.asked().is_none() => {
                ", a file this task had no reason to read.".to_owned()
            }
            _ => ".".to_owned(),
        }
    }

    /// A file made of a secret leaves the machine.
    fn copy_sent(&self, shape: &Shape, findings: &mut Vec<Finding>) {
        if !shape.is_sent || shape.is_local {
            return;
        }
        for invocation in shape.invocations {
            for word in invocation.args() {
                let bare = word.text.rsplit(['@', '=']).next().unwrap_or_default();
                let Some(path) =
                    shell::joined_path(invocation.cwd.as_deref(), bare.split(';').next().unwrap_or_default())
                else {
                    continue;
                };
                let is_handed = word.text.starts_with("--from-file=") || word.text.starts_with("--from-env-file=");
                let is_origin = is_handed && is_foreign(&path, &shape.cwd) && self.mask().has_met_at(&path);
                let from = self.copies.get(&path).map(|holder| &holder.from).or(is_origin.then_some(&path));
                if let Some(from) = from {
                    let why = format!("It was made from {from}, which holds secrets.");
                    let title = "sends a file that holds secrets";
                    let hit = |rule, class| Finding::new(rule, class, Tier::High, word.span, title, &why).target(bare);
                    findings.push(hit("trail/secret-leaves", Class::TokenDiscovery));
                    findings.push(hit("trail/secret-sent", Class::Exfiltration));
                    return;
                }
            }
        }
    }

    /// A file made of a secret is shown.
    fn copy_read(&self, shape: &Shape, findings: &mut Vec<Finding>) {
        let is_shown = |invocation: &&Invocation| READERS.contains(&invocation.program());
        let copies = shape.invocations.iter().filter(is_shown).flat_map(|invocation| {
            invocation.args().iter().filter_map(|word| Some((word, self.copies.get(&invocation.path(word)?)?)))
        });
        for (word, holder) in copies.take(1) {
            let why = format!("It was made from {}, which holds secrets.", holder.from);
            let title = "reads a file that holds secrets";
            findings.push(Finding::new(
                "trail/secret-read",
                Class::TokenDiscovery,
                Tier::Medium,
                word.span,
                title,
                &why,
            ));
        }
    }

    /// A guess was stated shortly before.
    fn guessed(&self, worst: &Finding, findings: &mut Vec<Finding>) {
        let Some(guess) = self.guess_pending() else { return };
        let why = format!("Shortly before it said: {}", guess.what.shown());
        let tier = worst.tier.min(Tier::High);
        let finding = Finding::new(
            "trail/guessed",
            Class::Guessing,
            tier,
            worst.span,
            "hangs on a guess that was stated before",
            &why,
        );
        findings.push(finding.instead("check what was guessed first"));
    }

    /// Nothing in the session showed what is about to be destroyed.
    fn unverified(&self, shape: &Shape, worst: &Finding, span: Span, findings: &mut Vec<Finding>) {
        let Some(target) = worst.target.as_ref().filter(|_| !shape.is_files) else { return };
        let name = target.lossy();
        let is_path = name.starts_with(['/', '.', '~']) && !name.contains("://");
        let program = shape.program();
        let is_placed =
            !self.environments_of(&name).is_empty() || self.was_asked_for(&name) || self.choice(program).is_some();
        let was_seen = self.was_looked_at(&name);
        if is_path || name.trim().is_empty() || was_seen && is_placed {
            return;
        }
        let mut why = match was_seen {
            true => {
                format!("{} was seen in this session, but never with the environment it belongs to.", target.shown())
            }
            false => format!("{} was never listed or read in this session.", target.shown()),
        };
        if !self.has_read_of(program, shape.host.as_deref()) {
            why.push_str(" Neither help nor documentation nor a dry run of this act was seen.");
        }
        why.push_str(
            &self.unasked("it", &[&name, program, shape.host.as_deref().unwrap_or_default()]).unwrap_or_default(),
        );
        let finding = Finding::new(
            "trail/unverified",
            Class::Unverified,
            worst.tier.min(Tier::High),
            span,
            "acts on something it never looked at",
            &why,
        );
        findings.push(finding.instead(missing_check(program)).target(target.clone()));
    }

    /// The same name was shown under more than one environment, or under production.
    fn two_environments(&self, worst: &Finding, findings: &mut Vec<Finding>) {
        let Some(target) = worst.target.as_ref() else { return };
        let seen = self.environments_of(&target.lossy());
        let words: Vec<&str> = seen.iter().map(|environment| environment.word()).collect();
        let is_production = seen.contains(&Environment::Production);
        if !is_production && seen.len() < 2 {
            return;
        }
        let why = format!("An earlier output showed it under {}.", words.join(" and "));
        let title = if is_production {
            "acts on what was shown as production"
        } else {
            "acts on what belongs to more than one environment"
        };
        findings.push(
            Finding::new("trail/environment", Class::Production, Tier::Critical, worst.span, title, &why)
                .target(target.clone()),
        );
    }

    /// Production was chosen for this provider's tools, and nothing in the act itself names another.
    fn chosen_production(&self, shape: &Shape, worst: &Finding, findings: &mut Vec<Finding>) {
        let names_own =
            ["--context", "--profile", "--environment", "--project", "--workspace", "--kubeconfig", "--env", "-e"];
        let chosen =
            shape.invocations.iter().filter(|invocation| !invocation.has_any(&names_own)).find_map(|invocation| {
                self.choice(invocation.program()).filter(|choice| choice.environment == Environment::Production)
            });
        let Some(choice) = chosen else { return };
        if findings.iter().any(|finding| finding.rule.0 == "trail/environment") {
            return;
        }
        let why =
            format!("Production was chosen earlier in this session: {}.", Untrusted::from(choice.how.as_str()).shown());
        let title = "acts where production was chosen";
        let finding =
            Finding::new("trail/chosen-production", Class::Production, Tier::Critical, worst.span, title, &why);
        findings.push(match &worst.target {
            Some(target) => finding.target(target.clone()),
            None => finding,
        });
    }

    /// What was refused comes back in another form.
    fn refused_before(&self, shape: &Shape, found: &[Finding], span: Span, findings: &mut Vec<Finding>) {
        // What code removes is decided in the code: that it names what was refused is enough. What would be let through
        // elsewhere, such as a request to this machine, is not when it deletes what the operator kept.
        let names_refused = || {
            let mut targets = self.denied.iter().flat_map(|denied| &denied.targets);
            found.iter().any(|f| f.class == Class::Delete) && targets.any(|target| names_whole(&shape.text, target))
        };
        let counts = |worst: &&Finding| {
            worst.tier >= Tier::Medium || found.iter().any(|f| f.rule.0 == "files/code-removes") || names_refused()
        };
        let Some(worst) = found.iter().max_by_key(|finding| finding.tier).filter(counts) else { return };
        let again = self.denied.iter().rev().find(|denied| {
            let is_same_kind = found.iter().any(|finding| denied.classes.contains(&finding.class));
            let hits = |target: &String| {
                let bare = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                bare.len() >= 2
                    && (has_word(&shape.text, bare)
                        || found.iter().any(|f| f.target.as_ref().is_some_and(|t| has_word(&t.lossy(), bare))))
            };
            // The very same target, whatever is done to it.
            let is_same = |target: &String| {
                target.len() >= TARGET_BYTES_MIN
                    && found
                        .iter()
                        .filter(|f| f.tier >= Tier::Medium)
                        .filter_map(|f| f.target.as_ref())
                        .any(|t| overlaps(target, &t.lossy()))
            };
            let is_named = |target: &String| target.contains('/') && names_whole(&shape.text, target);
            is_same_kind && denied.targets.iter().any(hits)
                || denied.targets.iter().any(|target| is_same(target) || is_named(target))
        });
        let Some(denied) = again else { return };
        let raised = match worst.tier {
            Tier::Low | Tier::Medium => Tier::High,
            Tier::High | Tier::Critical => Tier::Critical,
        };
        let why = format!("At {} this was refused: {}", denied.at, denied.what.shown());
        let is_word_for_word = denied.what.lossy() == self.mask().words(&shape.text);
        let title =
            if is_word_for_word { "tries again what was refused" } else { "tries what was refused in another form" };
        let finding = Finding::new("trail/refused-before", Class::Tampering, raised, span, title, &why);
        findings.push(finding.instead("ask the operator").undo(Undo::Unknown));
    }

    /// The events that explain it, oldest first.
    fn chain_for(&self, shape: &Shape, found: &[Finding], added: &[Finding]) -> Vec<Link> {
        let speaks_of_secrets = added.iter().chain(found).any(|finding| finding.class == Class::TokenDiscovery);
        let is_irreversible = irreversible(found).is_some();
        let targets: Vec<String> =
            found.iter().filter_map(|f| f.target.as_ref()).map(|t| t.lossy().into_owned()).collect();
        let matters = |kind: EventKind, what: &str| match kind {
            EventKind::Failure => speaks_of_secrets || is_irreversible,
            EventKind::Hunt | EventKind::SecretRead => speaks_of_secrets || shape.is_sent,
            EventKind::Guess | EventKind::Environment | EventKind::Refused => true,
            EventKind::Claim => is_irreversible,
            EventKind::Wrote => shape.text.contains(shell::base_name(what)),
            EventKind::Looked => targets.iter().any(|target| target.len() > 2 && what.contains(target.as_str())),
        };
        let near = self.events.iter().rev().filter(|event| self.acts.saturating_sub(event.act) <= CHAIN_ACTS);
        let mut chain: Vec<Link> = near
            .filter(|event| matters(event.kind, &event.what.lossy()))
            .take(CHAIN_MAX)
            .map(super::event::Event::link)
            .collect();
        chain.reverse();
        if let Some(holder) = self.holder_used(shape) {
            let what = Untrusted::from(self.mask().words(&holder.from));
            if !chain.iter().any(|link| link.what == what) {
                chain.push(Link {
                    at: holder.at,
                    kind: LinkKind::Read,
                    what,
                    note: "credential taken from here".to_owned(),
                });
                chain.sort_by_key(|link| link.at);
            }
        }
        chain
    }

    fn holder_used(&self, shape: &Shape) -> Option<&Holder> {
        shape.words().flat_map(|word| &word.variables).find_map(|name| self.variables.get(name))
    }
}

/// Whether a known value stands there in a form of its own, which neither a header's own encoding nor that of an address makes.
fn is_hidden(text: &[u8], span: Span, is_plain: &dyn Fn(&[u8]) -> bool) -> bool {
    let found = text.get(span.0..span.1).unwrap_or_default();
    let before = text.get(..span.0).unwrap_or_default();
    let is_header = before.to_ascii_lowercase().windows(6).rev().take(64).any(|word| word == b"basic ");
    !found.is_empty() && !is_header && !found.contains(&b'%') && !found.contains(&b'\\') && !is_plain(found)
}

/// Whether a text names a target by all of its name, which is long enough to be told from others.
fn names_whole(text: &str, target: &str) -> bool {
    let bare = target.trim_end_matches('/');
    bare.len() >= TARGET_BYTES_MIN && has_word(text, bare)
}

/// Whether one of two places is the other, or lies in it.
fn overlaps(one: &str, other: &str) -> bool {
    let trimmed = |place: &str| place.trim_end_matches(['/', '*']).to_owned();
    let (one, other) = (trimmed(one), trimmed(other));
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    one.len() > 1 && other.len() > 1 && (within(&one, &other) || within(&other, &one))
}

fn token(from: &str, whence: &str, more: &str, tier: Tier, span: Span, worst: Option<&Finding>) -> Finding {
    let why = format!("The token is from {from}{whence}{more} What else it can do is not known.");
    let deleted = worst.and_then(|worst| worst.target.as_ref()).filter(|_| tier == Tier::Critical);
    let title = if worst.is_some() && tier == Tier::Critical {
        "deletes with a credential that it came across"
    } else {
        "uses a credential that it came across"
    };
    let found = Finding::new("trail/found-token", Class::TokenDiscovery, tier, span, title, &why)
        .instead("ask for a credential that was made for this");
    match deleted {
        // What is at stake is what is deleted; it is what the operator types.
        Some(target) => found.target(target.clone()).undo(Undo::None),
        None => found.target(from),
    }
}

/// The worst deletion, on whatever ground.
fn deletion(found: &[Finding]) -> Option<&Finding> {
    found.iter().filter(|finding| finding.class == Class::Delete).max_by_key(|finding| finding.tier)
}

/// The worst finding that cannot be taken back.
fn irreversible(found: &[Finding]) -> Option<&Finding> {
    let is_it = |finding: &&Finding| {
        let is_grave = finding.tier >= Tier::High || (finding.tier >= Tier::Medium && finding.class == Class::Delete);
        is_grave && matches!(finding.class, Class::Delete | Class::Production) && !matches!(finding.undo, Undo::By(_))
    };
    found.iter().filter(is_it).max_by_key(|finding| (finding.tier, finding.class == Class::Delete))
}
