//! Answers to what is asked over the decision socket.

use std::path::Path;

use crate::app::{AgentState, Event, RemoteRuling, State, grant_lines, shared_keyboard};
use crate::control::{Answer, Ask, CaseBrief, StatusReport};
use crate::journal::Gate;
use crate::model::{Case, CaseId, Offer, Ruling, Untrusted};

/// What is to be done about a request.
pub enum Outcome {
    /// It is answered.
    Answered(Answer),
    /// It stops the tree, or lets it go on.
    Stops(Box<Event>),
    /// It rules; the answer says so once it has happened.
    Rules(Box<Event>, CaseId),
}

/// Looks at a request. Nothing is changed here.
#[must_use]
pub fn look_at(ask: Ask, state: &State, sensors: &[String], folder: &Path, pid: i32) -> Outcome {
    match ask {
        Ask::Freeze => Outcome::Stops(Box::new(Event::FreezeAsked)),
        Ask::Thaw => Outcome::Stops(Box::new(Event::ThawAsked)),
        Ask::Status => Outcome::Answered(Answer::Status(Box::new(status(state, sensors, folder, pid)))),
        Ask::Pending => {
            let cases = state.docket.ranked().into_iter().map(|case| brief(case, state, folder)).collect();
            Outcome::Answered(Answer::Pending { cases })
        }
        Ask::Case { case } => Outcome::Answered(match open_case(state, case) {
            Some(found) => Answer::Case { case: Box::new(found.clone()) },
            None => Answer::NoSuchCase { case },
        }),
        Ask::Ruling { case } => Outcome::Answered(after(case, state)),
        Ask::Deny { case, because } => {
            let ruling = RemoteRuling { case, ruling: Ruling::Deny, shown: String::new(), target: None, because };
            rules(state, ruling)
        }
        Ask::Approve { case, shown, target } => {
            let ruling = RemoteRuling { case, ruling: Ruling::Approve, shown, target, because: None };
            let refused = |case| refusal(case, ruling.target.as_ref()).or_else(|| shared_keyboard(state, case));
            match open_case(state, case).and_then(refused) {
                Some(why) => Outcome::Answered(Answer::Refused { why }),
                None => rules(state, ruling),
            }
        }
    }
}

/// What became of a ruling once `update` has seen it.
#[must_use]
pub fn after(case: CaseId, state: &State) -> Answer {
    if let Some(release) = state.docket.release_of(case) {
        return Answer::Releasing { case, seconds: release.at.since(state.now).as_secs_f64() };
    }
    match state.docket.get(case).map(|case| &case.state) {
        Some(crate::model::CaseState::Decided(decision)) => Answer::Ruled { case, ruling: decision.ruling },
        Some(crate::model::CaseState::Open) => Answer::Refused { why: "the case could not be ruled on".to_owned() },
        None => Answer::NoSuchCase { case },
    }
}

fn rules(state: &State, ruling: RemoteRuling) -> Outcome {
    let case = ruling.case;
    match open_case(state, case) {
        Some(_) => Outcome::Rules(Box::new(Event::RuledRemotely(ruling)), case),
        None => Outcome::Answered(Answer::NoSuchCase { case }),
    }
}

fn open_case(state: &State, id: CaseId) -> Option<&Case> {
    state.docket.get(id).filter(|case| case.is_open())
}

/// Why a case cannot be approved this way, if it cannot.
fn refusal(case: &Case, typed: Option<&Untrusted>) -> Option<String> {
    match &case.offer {
        Offer::Approve => None,
        Offer::TypeTarget { target } if typed == Some(target) => None,
        Offer::TypeTarget { .. } => Some("what was typed is not the target of this case".to_owned()),
        Offer::RunElsewhere { why } => Some(why.clone()),
    }
}

fn status(state: &State, sensors: &[String], folder: &Path, pid: i32) -> StatusReport {
    let word = match (state.session.gate, state.agent) {
        (Gate::Off, _) => "not enforcing",
        (Gate::Kernel, AgentState::Ended { .. }) => "agent ended",
        (Gate::Kernel, AgentState::Running) if state.is_frozen => "frozen",
        (Gate::Kernel, AgentState::Running) => "watching",
    };
    StatusReport {
        session: state.session.id.clone(),
        folder: folder.to_owned(),
        agent: state.session.agent.iter().map(Untrusted::shown).collect::<Vec<_>>().join(" "),
        pid,
        seconds: state.now,
        state: word.to_owned(),
        gates: match state.session.gate {
            Gate::Kernel => vec!["kernel".to_owned()],
            Gate::Off => Vec::new(),
        },
        sensors: sensors.to_vec(),
        held: state.docket.open_count(),
        decided: state.docket.decided().count(),
        events: state.timeline.total(),
        refused: state.refused,
        grants: grant_lines(state).into_iter().map(|(_, line)| line).collect(),
        orders: state.standing.orders.iter().map(|order| order.order.word().to_owned()).collect(),
        scope: state.standing.scope.clone(),
        warnings: state.warnings.iter().cloned().collect(),
    }
}

fn brief(case: &Case, state: &State, folder: &Path) -> CaseBrief {
    CaseBrief {
        session: state.session.id.clone(),
        place: state.session.place(),
        folder: folder.to_owned(),
        case: case.id,
        tier: case.judgement.tier(),
        title: case.judgement.worst().map(|finding| finding.title.clone()).unwrap_or_default(),
        command: case.action.shown(),
        rules: case.judgement.findings.iter().map(|finding| finding.rule.to_string()).collect(),
        age: state.now.since(case.opened).as_secs_f64(),
        expires_in: case.expires.since(state.now).as_secs_f64(),
    }
}
