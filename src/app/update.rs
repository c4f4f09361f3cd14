//! The pure core: an event and the state it meets give the next state and what is to be done.

use std::time::Duration;

use super::rule::{self, decision};
use super::{
    AgentState, Column, Effect, Effects, Event, EventRow, Layout, OnHold, Painting, RemoteRuling, RowKind, RowNote,
    State, clipboard, elsewhere, keys, release, shared_keyboard, spoken, standing,
};
use crate::journal::Body;
use crate::model::{
    Action, ActionKind, CaseId, Cue, CueKind, Decision, FileDeed, HoldId, Intent, Judgement, Keep, Moment, Offer,
    RuledBy, Ruling, Source, Term, TextKind, ToolDeed, Tree, Untrusted, Verdict,
};
use crate::term::ScreenEvent;

/// The profile in which a guess alone opens a case. In the others it is noted, and weighs on the acts that follow.
const ASKS_ABOUT_GUESSES: &str = "strict";
/// How long a guess waits for the act it announces before it opens a case of its own: one act, one Case.
const GUESS_GRACE: Duration = Duration::from_millis(400);

/// Takes `event`, which happened at `at`, into `state`, and says what is to be done.
pub fn update(state: &mut State, at: Moment, event: Event) -> Effects {
    state.now = state.now.max(at);
    match event {
        Event::Output(bytes) => output(state, &bytes),
        Event::Input(input) => keys::operator(state, input),
        Event::Painted(painting) => painted(state, painting),
        Event::Ticked => ticked(state),
        Event::Judged { action, judgement, covered_by } => judged(state, action, judgement, covered_by),
        Event::Held { hold, action, judgement, tree, frozen } => {
            let mut effects = guess_joins(state);
            effects.extend(rule::open(state, hold, action, judgement, tree, frozen));
            effects
        }
        Event::Withdrawn(hold) => withdrawn(state, hold),
        Event::Voided { hold, why } => voided(state, hold, &why),
        Event::Refused { count, why } => refused(state, count, &why),
        Event::Said(cue) => said(state, cue),
        Event::Froze(tree) => froze(state, tree),
        Event::Thawed => thawed(state),
        Event::TreeSeen(tree) => {
            state.tree = tree;
            Effects::none()
        }
        Event::StoreSeen(status) => {
            state.store = Some(status);
            Effects::none()
        }
        Event::RuledRemotely(ruling) => ruled_remotely(state, ruling),
        Event::AgentExited { status, signal } => agent_exited(state, status, signal),
        Event::SurvivorsSeen(tree) => survivors_seen(state, tree),
        Event::JournalLost(why) => journal_lost(state, &why),
        Event::OutputLost { bytes, why } => {
            state.warn(&format!("{bytes} bytes of output were not recorded: {why}"));
            one(Body::OutputGap { bytes, why })
        }
        Event::Warned(text) => {
            state.warn(&text);
            one(Body::Warning { text })
        }
        Event::Told(case, digest) => spoken::told(state, case, digest),
        Event::ElsewhereSeen { sessions, cases } => {
            elsewhere::seen(state, sessions, cases);
            Effects::none()
        }
        Event::FreezeAsked => elsewhere::asked_to_freeze(state),
        Event::ThawAsked => elsewhere::asked_to_thaw(state),
        Event::Written(text) => {
            keys::say(state, text);
            Effects::none()
        }
        Event::LooksRead(text) => {
            state.interaction.prefix.clear();
            keys::restart(state, "the keys were read anew");
            keys::say(state, text.clone());
            state.warn(&text);
            one(Body::Warning { text })
        }
        Event::StopAsked => stop_asked(state),
        Event::Reopened(case) => rule::reopen(state, *case),
        Event::Replayed { case, decision } => rule::rule(state, case, decision),
        Event::Releasing(case, at) => release::replayed(state, case, at),
        Event::ReleaseStopped(case) => release::stop(state, Some(case)),
        Event::Ordered(order) => standing::ordered(state, order),
        Event::OrderOver(order) => standing::order_over(state, &order),
        Event::Scoped(scope) => {
            state.standing.scope = Some(scope);
            Effects::none()
        }
        Event::Granted(grant) => standing::granted(state, *grant),
        Event::Revoked(grant) => standing::revoked(state, grant),
        Event::AgentResized(cols, rows) => {
            state.screen.resize(cols, rows);
            Effects::none()
        }
    }
}

/// The moment at which `update` next wants to hear [`Event::Ticked`], if nothing else happens before.
#[must_use]
pub fn next_deadline(state: &State) -> Option<Moment> {
    let expiry = state.docket.cases().iter().map(|case| case.expires);
    let guess = state.pending_guess.iter().map(|cue| cue.at.plus(GUESS_GRACE));
    let release = state.docket.releases().iter().map(|release| release.at);
    expiry.chain(guess).chain(release).chain(keys::next_deadline(state)).min()
}

fn one(body: Body) -> Effects {
    let mut effects = Effects::none();
    effects.append(body);
    effects
}

fn output(state: &mut State, bytes: &[u8]) -> Effects {
    state.screen.feed(bytes);
    let replies = state.screen.take_replies();
    let mut effects = Effects::none();
    for event in state.screen.take_events() {
        match event {
            ScreenEvent::Title(title) => state.title = title,
            ScreenEvent::Fault(fault) => state.warn(&format!("the agent's screen: {fault}")),
            ScreenEvent::ClipboardWrite(bytes) => effects.extend(clipboard::wanted(state, &bytes)),
            // A bell of ours means a case, and nothing else.
            ScreenEvent::Bell => {}
        }
    }
    if !replies.is_empty() && !state.settings.is_replay {
        effects.push(Effect::Type(replies));
    }
    effects
}

fn painted(state: &mut State, painting: Painting) -> Effects {
    let now = state.now;
    state.interaction.title = painting.title;
    if let Some(view) = state.interaction.case.as_mut().filter(|view| Some(view.id) == painting.case) {
        if view.painted.is_none() {
            view.painted = Some(now);
        }
        if !view.digest.is_empty() && view.digest != painting.digest {
            view.restart(now, "the case was drawn anew");
        }
        if view.digest != painting.digest {
            view.since = now;
        }
        view.digest = painting.digest;
        view.rows = painting.rows;
        view.scroll_max = painting.scroll_max;
        view.found = painting.found;
        view.beside_max = painting.beside_max;
        view.beside_scroll = view.beside_scroll.min(painting.beside_max.unwrap_or(0));
        if view.beside_max.is_none() {
            view.column = Column::Case;
        }
        view.scroll = view.scroll.min(painting.scroll_max);
        view.seen_to_end |= painting.shows_end;
    }
    Effects::none()
}

fn ticked(state: &mut State) -> Effects {
    let now = state.now;
    if state.settings.is_replay {
        return Effects::none();
    }
    let mut effects = release::ticked(state);
    let is_due = |id: CaseId| state.docket.release_of(id).is_none();
    let due = state.docket.cases().iter().filter(|case| case.expires <= now && is_due(case.id));
    let due: Vec<CaseId> = due.map(|case| case.id).collect();
    for id in due {
        effects.extend(rule::rule(state, id, decision(Ruling::Expired, RuledBy::Watch, None)));
    }
    if let Some(cue) = state.pending_guess.take_if(|cue| cue.at.plus(GUESS_GRACE) <= now)
        && state.settings.profile == ASKS_ABOUT_GUESSES
    {
        effects.extend(rule::open_said(state, cue));
    }
    effects.extend(keys::ticked(state));
    effects.extend(elsewhere::look(state));
    effects
}

fn judged(state: &mut State, action: Action, judgement: Judgement, covered_by: Option<CaseId>) -> Effects {
    let mut effects = Effects::none();
    state.timeline.push(EventRow {
        at: action.at,
        kind: row_kind(&action),
        what: Untrusted::from(match &action.kind {
            ActionKind::File(file) if judgement.verdict != Verdict::Deny => {
                file.told(&action.caller.program, &state.session.cwd)
            }
            _ => action.shown(),
        }),
        note: if covered_by.is_some() || judgement.granted.is_some() {
            RowNote::Approved
        } else if is_routine(&action, &judgement) {
            RowNote::Ok
        } else {
            RowNote::of(judgement.verdict)
        },
        action: Some(action.id),
        case: covered_by,
        tier: judgement.tier(),
        source: Some(action.source),
    });
    let id = action.id;
    let granted = judgement.granted;
    granted.into_iter().for_each(|grant| standing::used(state, grant));
    effects.append(Body::Action { action, verdict: judgement.verdict, covered_by, granted });
    for finding in judgement.findings {
        effects.append(Body::Finding { action: Some(id), finding });
    }
    effects
}

/// Whether it is a tool's ordinary work on files: there is too much of it to be noted.
fn is_routine(action: &Action, judgement: &Judgement) -> bool {
    let is_file = matches!(&action.kind, ActionKind::File(file) if !matches!(file.keep, Keep::Lost { .. }));
    is_file && judgement.verdict == Verdict::Log && judgement.findings.is_empty()
}

fn row_kind(action: &Action) -> RowKind {
    match &action.kind {
        ActionKind::Exec(_) => RowKind::Run,
        ActionKind::Text(text) => match text.kind {
            TextKind::Shell | TextKind::Sql => RowKind::Run,
            TextKind::Http => RowKind::Net,
            TextKind::FileRead => RowKind::Read,
            TextKind::Prose | TextKind::Output => RowKind::Said,
        },
        ActionKind::Tool(tool) => match &tool.deed {
            ToolDeed::Read { .. } => RowKind::Read,
            ToolDeed::Request { .. } | ToolDeed::Remote { .. } => RowKind::Net,
            ToolDeed::Shell { .. }
            | ToolDeed::Write { .. }
            | ToolDeed::Remove { .. }
            | ToolDeed::Move { .. }
            | ToolDeed::Sql { .. }
            | ToolDeed::Inner
            | ToolDeed::Unknown => RowKind::Run,
        },
        ActionKind::File(file) if file.deed == FileDeed::Read => RowKind::Read,
        ActionKind::File(_) => RowKind::File,
        ActionKind::Connect(_) => RowKind::Net,
        ActionKind::Kill(_) => RowKind::Kill,
    }
}

/// A guess that waited meets the act it announced: it explains that act's case and opens none of its own.
fn guess_joins(state: &mut State) -> Effects {
    match &state.pending_guess {
        Some(cue) => {
            let mut effects = Effects::none();
            for finding in &cue.findings {
                effects.append(Body::Finding { action: None, finding: finding.clone() });
            }
            effects
        }
        None => Effects::none(),
    }
}

fn withdrawn(state: &mut State, hold: HoldId) -> Effects {
    let case = state.docket.by_hold(hold).map(|case| case.id);
    let mut effects = one(Body::Withdrawn { case, id: hold });
    if let Some(id) = case {
        let why = Untrusted::from("the process that asked is gone");
        effects.extend(rule::rule(state, id, decision(Ruling::Void, RuledBy::Watch, Some(why))));
    }
    effects
}

fn voided(state: &mut State, hold: HoldId, why: &str) -> Effects {
    let text = format!("an approved act was not what was shown and was ended before it ran: {why}");
    state.warn(&text);
    let mut effects = one(Body::Warning { text });
    if let Some(id) = state.docket.by_hold(hold).map(|case| case.id) {
        effects.extend(rule::rule(state, id, decision(Ruling::Void, RuledBy::Watch, Some(why.into()))));
    }
    effects
}

fn refused(state: &mut State, count: u64, why: &str) -> Effects {
    state.refused = count;
    let text = format!("{count} gated calls refused so far: {why}");
    state.warn(&text);
    one(Body::Warning { text })
}

fn said(state: &mut State, cue: Cue) -> Effects {
    let worst = cue.findings.iter().map(|finding| finding.tier).max();
    if cue.kind == CueKind::Task && state.session.task.is_none() {
        state.session.task = Some(cue.text.clone());
    }
    if let Some(tool) = cue.tool.as_deref().filter(|_| cue.kind == CueKind::ToolCall) {
        let (tool, source) = (tool.clone(), Source::Stream);
        let intent = Intent { tool, source, at: cue.at, case: None, ruling: None, differs: None };
        state.docket.announced(intent);
    }
    // Announced calls have rows of their own once they happen, and what the operator asked stands above all rows.
    if !matches!(cue.kind, CueKind::ToolCall | CueKind::Result | CueKind::Task) {
        state.timeline.push(EventRow {
            at: cue.at,
            kind: RowKind::Said,
            what: cue.text.clone(),
            note: if cue.findings.is_empty() { RowNote::Ok } else { RowNote::Noted },
            action: None,
            case: None,
            tier: worst,
            source: Some(Source::Stream),
        });
    }
    let mut effects = one(Body::Cue { cue: cue.clone() });
    effects.extend(standing::heard(state, &cue));
    let asks = matches!(state.settings.on_hold, OnHold::Panel | OnHold::Wait) && !state.settings.is_replay;
    let matters = cue.kind == CueKind::Guess && worst.is_some() && state.settings.profile != "observe";
    if asks && matters && state.docket.open_count() == 0 && state.agent == AgentState::Running {
        state.pending_guess = Some(Cue { at: state.now, ..cue });
    }
    effects
}

fn froze(state: &mut State, tree: Tree) -> Effects {
    let (stopped, total) = tree.standing();
    state.is_frozen = true;
    state.docket.tree_seen(&tree);
    state.tree = tree;
    one(Body::Freeze { stopped, total, micros: 0 })
}

fn thawed(state: &mut State) -> Effects {
    state.is_frozen = false;
    Effects::none()
}

fn ruled_remotely(state: &mut State, remote: RemoteRuling) -> Effects {
    let Some(case) = state.docket.get(remote.case).filter(|case| case.is_open()) else { return Effects::none() };
    let is_free = may_approve(&case.offer, remote.target.as_ref()) && shared_keyboard(state, case).is_none();
    if remote.ruling == Ruling::Approve && !is_free {
        return Effects::none();
    }
    let decision = Decision {
        ruling: remote.ruling,
        by: RuledBy::Remote,
        term: Term::Once,
        shown: remote.shown,
        because: remote.because,
    };
    match remote.ruling {
        Ruling::Approve => release::approve(state, remote.case, decision),
        Ruling::Deny | Ruling::Expired | Ruling::Void => rule::rule(state, remote.case, decision),
    }
}

fn may_approve(offer: &Offer, typed: Option<&Untrusted>) -> bool {
    match offer {
        Offer::Approve => true,
        Offer::TypeTarget { target } => typed == Some(target),
        Offer::RunElsewhere { .. } => false,
    }
}

fn agent_exited(state: &mut State, status: i32, signal: Option<i32>) -> Effects {
    state.agent = AgentState::Ended { status, signal };
    state.pending_guess = None;
    Effects::none()
}

/// The agent has ended: with nothing left the session is over; what is left is shown, or ended when nobody looks.
fn survivors_seen(state: &mut State, tree: Tree) -> Effects {
    let AgentState::Ended { status, signal } = state.agent else { return Effects::none() };
    let mut effects = Effects::none();
    let is_over = tree.nodes.is_empty();
    state.tree = tree;
    if is_over {
        effects.extend(rule::rule_all(state, Ruling::Void, "the session ended"));
        effects.append(Body::Exit { status, signal });
        effects.push(Effect::Sync);
        effects.push(Effect::Quit);
    } else if state.settings.on_hold != OnHold::Panel {
        effects.extend(rule::rule_all(state, Ruling::Void, "the agent ended"));
        effects.push(Effect::EndSurvivors);
    }
    effects
}

fn journal_lost(state: &mut State, why: &str) -> Effects {
    if state.journal_lost.is_some() {
        return Effects::none();
    }
    state.journal_lost = Some(why.to_owned());
    state.warn(&format!("the journal cannot be written, nothing more is approved: {why}"));
    let mut effects = Effects::none();
    effects.push(Effect::RefuseAll(format!("the journal cannot be written: {why}")));
    effects.extend(rule::rule_all(state, Ruling::Void, "the journal cannot be written"));
    effects
}

fn stop_asked(state: &mut State) -> Effects {
    state.is_stopped_by_hand = false;
    let mut effects = rule::rule_all(state, Ruling::Void, "the session was asked to end");
    effects.extend(rule::thaw_if_clear(state));
    effects.push(Effect::EndAgent);
    effects
}

/// Whether a case can be approved in this window at all.
#[must_use]
pub fn is_roomy(window: (u16, u16)) -> bool {
    Layout::of(window) > Layout::Tiny
}
