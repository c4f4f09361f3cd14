//! Who besides the operator may press the operator's keys: then nothing critical is approved.

use super::State;
use crate::model::{Case, CaseState, Finding, Offer, Ruling};

/// Why a critical case cannot be approved now, if it cannot: an approval stands by which a program may press the
/// operator's keys, and a key that it pressed would look like his.
#[must_use]
pub fn shared_keyboard(state: &State, case: &Case) -> Option<String> {
    if !matches!(case.offer, Offer::TypeTarget { .. }) {
        return None;
    }
    let of_keys = |grant: &&super::GrantUse| grant.grant.rules.iter().any(Finding::is_of_keys);
    if let Some(grant) = state.standing.grants.iter().find(of_keys) {
        let id = grant.grant.id;
        return Some(format!("{id} lets a program press your keys: take it back first (Ctrl-] g)"));
    }
    let holder = state.docket.decided().find(|before| is_let(before) && holds_on(before, case))?;
    let (id, pid) = (holder.id, holder.action.caller.pid);
    Some(format!("by {id} process {pid} may press your keys: it has to end first"))
}

/// What the operator should know once this case is approved.
pub(super) fn warning(case: &Case) -> Option<String> {
    gives_keys(case).then(|| {
        let program = case.action.caller.program.shown();
        format!("{}: {program} may press your keys from now on; meanwhile nothing critical can be approved", case.id)
    })
}

fn gives_keys(case: &Case) -> bool {
    case.judgement.findings.iter().any(|finding| Finding::is_of_keys(&finding.rule))
}

fn is_let(case: &Case) -> bool {
    matches!(&case.state, CaseState::Decided(decision) if decision.ruling == Ruling::Approve) && gives_keys(case)
}

/// Whether the process that was let, or one that it started, was there when the tree was stopped for `case`.
fn holds_on(before: &Case, case: &Case) -> bool {
    let holder = before.action.caller.pid;
    case.tree.nodes.iter().any(|node| node.pid == holder || node.parent == holder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Event, OnHold, SessionInfo, Settings, update};
    use crate::journal::Gate;
    use crate::model::{
        Action, ActionId, ActionKind, Caller, CaseId, Class, Connect, Exec, Grant, GrantFrom, GrantId, Granted, HoldId,
        Judgement, Moment, NodeState, Peer, Pid, RuleId, Source, Tier, Tree, TreeNode, Untrusted, Verdict,
    };
    use crate::term::Screen;

    fn state() -> State {
        let session = SessionInfo {
            id: "s".into(),
            agent: vec!["agent".into()],
            cwd: "/".into(),
            task: None,
            host: None,
            operator: None,
            gate: Gate::Kernel,
            started: String::new(),
            midnight_secs: 0,
        };
        let settings = Settings { on_hold: OnHold::Panel, profile: "balanced".into(), is_replay: false };
        State::new(session, settings, (120, 36), Screen::new(80, 24, 10))
    }

    fn held(state: &mut State, pid: i32, alive: &[i32], rule: &str, verdict: Verdict) -> CaseId {
        let caller = Caller { pid: Pid(pid), tid: Pid(pid), parent: Pid(1), program: "xclip".into() };
        let kind = if rule.starts_with("doors/") {
            let peer = Peer::Socket { path: "/tmp/.X11-unix/X0".into() };
            ActionKind::Connect(Box::new(Connect { call: "connect".into(), peer, command: vec![], cwd: "/".into() }))
        } else {
            ActionKind::Exec(Exec { argv: vec!["drop".into()], ..Exec::default() })
        };
        let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind };
        let tier = if verdict == Verdict::Confirm { Tier::Critical } else { Tier::High };
        let finding = Finding::new(rule, Class::Tampering, tier, crate::model::Span(0, 0), "t", "w").target("x");
        let judgement = Judgement { verdict, findings: vec![finding], ..Judgement::default() };
        let node = |pid: &i32| TreeNode {
            pid: Pid(*pid),
            parent: Pid(1),
            depth: 1,
            command: "x".into(),
            state: NodeState::Stopped,
        };
        let tree = Tree { nodes: alive.iter().map(node).collect() };
        let hold = HoldId(u64::try_from(pid).unwrap());
        let _ = update(state, Moment::ZERO, Event::Held { hold, action, judgement, tree, frozen: None });
        state.docket.cases().last().unwrap().id
    }

    fn approve(state: &mut State, case: CaseId, target: Option<Untrusted>) -> bool {
        let ruling =
            crate::app::RemoteRuling { case, ruling: Ruling::Approve, shown: String::new(), target, because: None };
        let _ = update(state, Moment::ZERO, Event::RuledRemotely(ruling));
        // What is critical is let go a little later.
        let later = state.now.plus(std::time::Duration::from_secs(60));
        let _ = update(state, later, Event::Ticked);
        state.docket.get(case).is_some_and(|case| !case.is_open())
    }

    #[test]
    fn while_a_program_may_press_keys_nothing_critical_is_approved() {
        let mut state = state();
        let door = held(&mut state, 70, &[70], "doors/keys-x11", Verdict::Hold);
        assert!(approve(&mut state, door, None));
        assert!(state.warnings.iter().any(|text| text.contains("may press your keys")), "{:?}", state.warnings);
        let critical = held(&mut state, 71, &[70, 71], "files/all", Verdict::Confirm);
        assert!(!approve(&mut state, critical, Some("x".into())));
        let ordinary = held(&mut state, 72, &[70, 72], "files/some", Verdict::Hold);
        assert!(approve(&mut state, ordinary, None));
        // The program has ended.
        let later = held(&mut state, 73, &[73], "files/all", Verdict::Confirm);
        assert!(approve(&mut state, later, Some("x".into())));
    }

    #[test]
    fn a_grant_of_keys_stands_in_the_way_until_it_is_taken_back() {
        let mut state = state();
        let kind = ActionKind::Exec(Exec::default());
        let grant = Grant {
            id: GrantId(1),
            from: GrantFrom::Policy(1),
            at: Moment::ZERO,
            what: Granted::exact(&kind, &[]),
            rules: vec![RuleId("doors/keys-x11".into())],
        };
        let _ = update(&mut state, Moment::ZERO, Event::Granted(Box::new(grant)));
        let critical = held(&mut state, 71, &[71], "files/all", Verdict::Confirm);
        assert!(!approve(&mut state, critical, Some("x".into())));
        let _ = update(&mut state, Moment::ZERO, Event::Revoked(GrantId(1)));
        assert!(approve(&mut state, critical, Some("x".into())));
    }
}
