//! Cases: how one opens, and the one way in which it ends.

use std::time::Duration;

use super::keyboard;
use super::state::CASE_EXPIRY;
use super::{AgentState, Effect, Effects, EventRow, OnHold, Reply, RowKind, RowNote, State, again};
use crate::journal::Body;
use crate::model::{
    Action, ActionKind, Case, CaseId, CaseKind, CaseState, Class, Cue, Decision, Dialect, Grip, HoldId, Judgement, Key,
    KeyCode, Mods, Offer, RuledBy, Ruling, Source, Term, Text, TextKind, Tree, Untrusted, Verdict,
};
use crate::model::{ActionId, Caller, Pid};
use crate::sensor::dialect::recognise;
use crate::term::encode_key;

/// The words a denial carries when the operator gave none (`UX.md`, R24).
const DENIED: &str = "Denied by the operator. Do not retry or work around it; report and wait.";
/// The words of an expiry.
const EXPIRED: &str = "Expired: nobody answered in time. Do not retry or work around it; report and wait.";
/// The words when the supervisor itself refuses.
const REFUSED: &str = "Refused: the supervisor could not hold this act safely.";
/// What is typed, before the case's name, for a critical act of which neither target nor program has a name.
const NO_NAME: &str = "approve";
/// Hold numbers of cases for which no call waits count down from here.
const SAID_HOLDS_FROM: u64 = u64::MAX;

/// Opens a case for a held act and, where the settings say so, answers it at once.
pub(super) fn open(
    state: &mut State,
    hold: HoldId,
    action: Action,
    judgement: Judgement,
    tree: Tree,
    frozen: Option<Duration>,
) -> Effects {
    let mut effects = Effects::none();
    if let Some(took) = frozen {
        let (stopped, total) = tree.standing();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        effects.append(Body::Freeze { stopped, total, micros });
        state.is_frozen = true;
    }
    state.tree.clone_from(&tree);
    let mut judgement = judgement;
    judgement.intent = judgement.intent.take().or_else(|| state.docket.intent_of(&action));
    if let Some(said) = state.pending_guess.take() {
        // Where the judge has tied the guess to this act already, once is enough.
        if !judgement.findings.iter().any(|finding| finding.class == Class::Guessing) {
            judgement.findings.extend(said.findings);
        }
    }
    let denied = again::denied_before(state, &action);
    denied.into_iter().for_each(|id| again::escalate(&mut judgement, id));
    let id = state.docket.next_id();
    let case = Case {
        id,
        hold,
        kind: CaseKind::Call,
        offer: offer(id, &action, &judgement),
        action,
        judgement,
        tree,
        grip: if frozen.is_some() { Grip::Frozen } else { Grip::CallOnly },
        opened: state.now,
        expires: state.now.plus(CASE_EXPIRY),
        state: CaseState::Open,
    };
    effects.extend(enter(state, case, if denied.is_some() { Ring::No } else { Ring::Yes }));
    effects
}

/// Opens a case for a guess about something that matters; no call waits (`UX.md`, R23).
pub(super) fn open_said(state: &mut State, cue: Cue) -> Effects {
    let id = state.docket.next_id();
    let action = Action {
        id: ActionId(0),
        at: cue.at,
        caller: Caller {
            pid: Pid(0),
            tid: Pid(0),
            parent: Pid(0),
            program: state.session.agent.first().cloned().unwrap_or_default(),
        },
        source: Source::Stream,
        kind: ActionKind::Text(Text { kind: TextKind::Prose, text: cue.text, cwd: None }),
    };
    let judgement = Judgement { verdict: Verdict::Hold, findings: cue.findings, ..Judgement::default() };
    let case = Case {
        id,
        hold: HoldId(SAID_HOLDS_FROM - u64::from(id.0)),
        kind: CaseKind::Said,
        offer: Offer::Approve,
        action,
        judgement,
        tree: state.tree.clone(),
        grip: Grip::Frozen,
        opened: state.now,
        expires: state.now.plus(CASE_EXPIRY),
        state: CaseState::Open,
    };
    let mut effects = Effects::none();
    effects.push(Effect::Freeze);
    state.is_frozen = true;
    effects.extend(enter(state, case, Ring::Yes));
    effects
}

/// Opens a case of a recorded session as the journal has it; nothing is asked of anybody.
pub(super) fn reopen(state: &mut State, case: Case) -> Effects {
    state.is_frozen |= case.kind == CaseKind::Said;
    state.tree.clone_from(&case.tree);
    enter(state, case, Ring::No)
}

/// Whether the operator is called to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ring {
    Yes,
    No,
}

/// Journals a new case, shows it, and answers it where the settings or a fault already have.
fn enter(state: &mut State, case: Case, ring: Ring) -> Effects {
    let mut effects = Effects::none();
    let id = case.id;
    effects.append(Body::Hold {
        case: id,
        id: case.hold,
        kind: case.kind,
        action: case.action.clone(),
        judgement: case.judgement.clone(),
        tree: case.tree.clone(),
        grip: case.grip.clone(),
        expires: case.expires,
        offer: case.offer.clone(),
    });
    effects.push(Effect::Sync);
    let title = case.judgement.worst().map_or_else(String::new, |finding| finding.title.clone());
    effects.push(Effect::Mark { case: id, label: format!("{id} held: {title}") });
    state.timeline.push(EventRow {
        at: state.now,
        kind: RowKind::Case,
        what: Untrusted::from(case.action.shown()),
        note: RowNote::Held,
        action: Some(case.action.id),
        case: Some(id),
        tier: case.judgement.tier(),
        source: Some(case.action.source),
    });
    let offer = case.offer.clone();
    state.docket.open(case);
    state.interaction.case_opened(id, state.now);
    if state.settings.is_replay {
        return effects;
    }
    if let Some(why) = state.journal_lost.clone() {
        effects.extend(rule(state, id, decision(Ruling::Void, RuledBy::Watch, Some(why.into()))));
        return effects;
    }
    match state.settings.on_hold {
        OnHold::Panel | OnHold::Wait => match ring {
            Ring::Yes => effects.push(Effect::Notify { open: state.docket.open_count() }),
            Ring::No => {}
        },
        OnHold::Deny => effects.extend(rule(state, id, decision(Ruling::Deny, RuledBy::Option, None))),
        OnHold::Approve => {
            let ruling = match offer {
                Offer::Approve | Offer::TypeTarget { .. } => Ruling::Approve,
                Offer::RunElsewhere { .. } => Ruling::Deny,
            };
            effects.extend(rule(state, id, decision(ruling, RuledBy::Option, None)));
        }
    }
    effects
}

/// What the operator can do about an act.
fn offer(id: CaseId, action: &Action, judgement: &Judgement) -> Offer {
    if let Some(why) = &judgement.cannot_work {
        return Offer::RunElsewhere { why: why.clone() };
    }
    match judgement.verdict {
        Verdict::Confirm => {
            let worst = judgement.worst().and_then(|finding| finding.target.as_ref());
            let named = judgement.blast.targets.first().or(worst).filter(|target| !target.is_empty());
            Offer::TypeTarget { target: named.cloned().unwrap_or_else(|| word_for(id, action)) }
        }
        Verdict::Allow | Verdict::Log | Verdict::Hold | Verdict::Deny => Offer::Approve,
    }
}

/// What is typed where the target has no name: another word for each act, so that no finger learns it (`UX.md`, R11).
fn word_for(id: CaseId, action: &Action) -> Untrusted {
    let name = match &action.kind {
        ActionKind::Exec(exec) => exec.name(),
        ActionKind::Tool(tool) => tool.name.shown(),
        ActionKind::Text(_) | ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => String::new(),
    };
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(24).collect();
    Untrusted::from(format!("{} {id}", if name.is_empty() { NO_NAME } else { &name }))
}

/// A decision without a screen behind it.
pub(super) fn decision(ruling: Ruling, by: RuledBy, because: Option<Untrusted>) -> Decision {
    Decision { ruling, by, term: Term::Once, shown: String::new(), because }
}

/// Ends an open case: append, sync, reply, thaw, in this order. Nothing happens if it is not open.
pub(super) fn rule(state: &mut State, id: CaseId, decision: Decision) -> Effects {
    let mut effects = Effects::none();
    let Some(case) = state.docket.decide(id, decision.clone()) else { return effects };
    let (hold, kind) = (case.hold, case.kind);
    let row = EventRow {
        at: state.now,
        kind: RowKind::Case,
        what: Untrusted::from(case.action.shown()),
        note: RowNote::ruled(decision.ruling),
        action: Some(case.action.id),
        case: Some(id),
        tier: case.judgement.tier(),
        source: Some(case.action.source),
    };
    let words = words(&decision, case);
    let warning = keyboard::warning(case).filter(|_| decision.ruling == Ruling::Approve);
    state.timeline.push(row);
    state.interaction.case_decided(id, &state.docket, state.now);
    effects.append(Body::Decision { case: id, decision: decision.clone() });
    if let Some(text) = warning.filter(|_| !state.settings.is_replay) {
        state.warn(&text);
        effects.append(Body::Warning { text });
    }
    effects.push(Effect::Sync);
    effects.push(Effect::Mark { case: id, label: format!("{id} {}", decision.ruling.word()) });
    if kind == CaseKind::Call && decision.ruling != Ruling::Void {
        effects.push(Effect::Reply(hold, reply(id, &decision, words)));
    } else if kind == CaseKind::Call {
        effects.push(Effect::Reply(hold, Reply::Refuse { words }));
    }
    effects.extend(thaw_if_clear(state));
    // What nobody answered goes on no more than what was denied (`UX.md`, R16).
    if kind == CaseKind::Said && decision.ruling != Ruling::Approve && state.agent == AgentState::Running {
        effects.push(Effect::Type(encode_key(turn_ender(state), state.screen.modes())));
    }
    effects
}

/// The key that ends the turn of the session's agent and leaves the agent itself running (`UX.md`, R23).
fn turn_ender(state: &State) -> Key {
    let words: Vec<String> = state.session.agent.iter().map(|word| word.lossy().into_owned()).collect();
    let mods = Mods { ctrl: true, ..Mods::default() };
    match recognise(&words, &|_| None).dialect {
        Dialect::Claude | Dialect::Codex | Dialect::Gemini | Dialect::Qwen => {
            Key { code: KeyCode::Esc, mods: Mods::default() }
        }
        Dialect::Cursor | Dialect::Opencode | Dialect::Copilot | Dialect::Aider | Dialect::Generic => {
            Key { code: KeyCode::Char('c'), mods }
        }
    }
}

fn reply(case: CaseId, decision: &Decision, words: Untrusted) -> Reply {
    match decision.ruling {
        Ruling::Approve => Reply::Continue { case, term: decision.term },
        Ruling::Deny | Ruling::Expired | Ruling::Void => Reply::Refuse { words },
    }
}

/// What the agent is told: the rule, then the operator's words or the standing ones.
fn words(decision: &Decision, case: &Case) -> Untrusted {
    let standing = match decision.ruling {
        Ruling::Approve | Ruling::Deny => DENIED,
        Ruling::Expired => EXPIRED,
        Ruling::Void => REFUSED,
    };
    let words = decision.because.as_ref().map_or_else(|| standing.to_owned(), Untrusted::shown);
    let Some(finding) = case.judgement.worst() else {
        return Untrusted::from(format!("watch: {}: {words}", case.id));
    };
    let mut text = format!("watch: {} ({}): {words}", case.id, finding.rule);
    // A hook's answer goes to the model whole; a line on a program's standard error has to be short.
    if matches!(case.action.kind, ActionKind::Tool(_)) {
        text.push_str(&format!(" Why it was held: {}", finding.why));
        if let Some(instead) = &finding.instead {
            text.push_str(&format!(" Instead: {instead}"));
        }
    }
    Untrusted::from(text)
}

/// Lets the tree go on once nothing is held, and gives the operator's kept keys back (`UX.md`, R19).
/// In replay the journal says when it went on.
pub(super) fn thaw_if_clear(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let stays = state.docket.open_count() > 0 || state.is_stopped_by_hand || state.settings.is_replay;
    if stays || !state.is_frozen {
        return effects;
    }
    state.is_frozen = false;
    effects.push(Effect::Thaw);
    effects.append(Body::Thaw {});
    let kept = std::mem::take(&mut state.interaction.kept);
    if !kept.text.is_empty() && state.agent == AgentState::Running {
        effects.push(Effect::Type(kept.text.into_bytes()));
    }
    effects
}

/// Ends every open case in the same way.
pub(super) fn rule_all(state: &mut State, ruling: Ruling, because: &str) -> Effects {
    let ids: Vec<CaseId> = state.docket.cases().iter().map(|case| case.id).collect();
    let mut effects = Effects::none();
    for id in ids {
        effects.extend(rule(state, id, decision(ruling, RuledBy::Watch, Some(Untrusted::from(because)))));
    }
    effects
}
