//! Granting for the session: what can be granted, what it would cover, and taking it back (`UX.md`, R15).

use super::keys::{Press, restart, say};
use super::standing::{self, GRANTS_MAX};
use super::{Effects, Layer, Lock, State, rulings};
use crate::model::{
    ActionKind, Case, CaseId, CaseKind, Command, Grant, GrantFrom, GrantId, Granted, Offer, Tier, pattern_fits,
    patterns_for,
};

/// The fewest rows and columns of a window in which a grant with all that it covers can be seen.
const WINDOW_MIN: (u16, u16) = (60, 18);
/// Programs that take what they run from their standard input.
const INTERPRETERS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "fish", "python", "python3", "node", "ruby", "perl", "php"];

/// Why this act can only be approved once, if so.
#[must_use]
pub fn not_grantable(case: &Case) -> Option<&'static str> {
    let has = |start: &str| case.judgement.findings.iter().any(|finding| finding.rule.0.starts_with(start));
    if case.kind != CaseKind::Call {
        return Some("what was said cannot be granted for the session");
    }
    if case.offer != Offer::Approve || case.judgement.tier() == Some(Tier::Critical) {
        return Some("what is critical is never granted for the session; approve once");
    }
    if has("orders/") {
        return Some("an act against a standing order is never granted for the session; approve once");
    }
    if has("scope/") {
        return Some("an act outside the scope is never granted for the session; approve once");
    }
    if let ActionKind::Exec(exec) = &case.action.kind {
        let reads = exec.stdin.as_ref().is_some_and(|stdin| stdin.lossy().starts_with("pipe:"));
        let is_bare = exec.argv.iter().skip(1).all(|word| word.as_bytes().starts_with(b"-"));
        if exec.is_cut || (reads && is_bare && INTERPRETERS.contains(&exec.name().as_str())) {
            return Some("what it would run next time cannot be known; approve once");
        }
    }
    None
}

/// What can be granted over a case: this very act first, then patterns, the narrowest first.
#[must_use]
pub fn grant_choices(case: &Case) -> Vec<Granted> {
    let mut all = vec![Granted::exact(&case.action.kind, &case.judgement.findings)];
    if let [command] = case.judgement.commands.as_slice() {
        let cwd = case.action.cwd().cloned();
        all.extend(patterns_for(command).into_iter().map(|words| Granted::Pattern { words, cwd: cwd.clone() }));
    }
    all
}

/// The other cases of this session that a grant would have covered or would cover now, the newest first.
#[must_use]
pub fn grant_matches<'s>(state: &'s State, of: CaseId, granted: &Granted) -> Vec<&'s Case> {
    let is_covered = |case: &&Case| {
        case.id != of
            && not_grantable(case).is_none()
            && match granted {
                Granted::Exact { action, .. } => case.action.kind == **action,
                Granted::Pattern { words, cwd } => {
                    let commands = &case.judgement.commands;
                    case.action.cwd() == cwd.as_ref()
                        && !commands.is_empty()
                        && commands.iter().all(|command| pattern_fits(words, command))
                }
            }
    };
    let mut all: Vec<&Case> = state.docket.cases().iter().chain(state.docket.decided()).filter(is_covered).collect();
    all.sort_by_key(|case| std::cmp::Reverse(case.id));
    all
}

/// Does what a command says about grants and orders; `None` where it speaks of something else.
pub(super) fn run(state: &mut State, command: Command, press: &Press) -> Option<Effects> {
    Some(match (command, state.interaction.layers.last()) {
        (Command::ApproveSession, Some(Layer::Case)) => {
            offer(state);
            Effects::none()
        }
        (Command::ApproveSession, Some(Layer::Grant { selected })) => {
            let selected = *selected;
            grant(state, selected, press)
        }
        (Command::OpenGrants, _) | (Command::RevokeGrant, Some(Layer::Panel { .. })) => {
            state.interaction.layers.retain(|layer| !matches!(layer, Layer::Grants { .. }));
            state.interaction.layers.push(Layer::Grants { selected: 0 });
            Effects::none()
        }
        (Command::RevokeGrant, Some(Layer::Grants { selected })) if !press.is_repeat => {
            let selected = *selected;
            revoke(state, selected)
        }
        (Command::AcceptOrders, _) => standing::accept(state),
        (Command::DismissOrders, _) => {
            standing::dismiss(state);
            Effects::none()
        }
        _ => return None,
    })
}

/// Opens the sheet that shows what can be granted over the case on the screen.
fn offer(state: &mut State) {
    let Some(case) = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id)) else { return };
    let (cols, rows) = state.window;
    let why = not_grantable(case)
        .or((cols < WINDOW_MIN.0 || rows < WINDOW_MIN.1).then_some("a grant needs a window of 60x18 to be seen whole"))
        .or((state.standing.grants.len() >= GRANTS_MAX).then_some("there are too many grants; take one back first"));
    if let Some(why) = why {
        say(state, why);
        return;
    }
    state.interaction.layers.push(Layer::Grant { selected: 0 });
    restart(state, "the grant was opened");
}

/// Grants what is selected and approves the case by it. The lock of the case counts (`UX.md`, R10).
fn grant(state: &mut State, selected: usize, press: &Press) -> Effects {
    if press.is_repeat {
        return Effects::none();
    }
    if let Lock::Closed { why, .. } = &press.lock {
        let text = format!("locked: {why}");
        restart(state, "the key came too early");
        say(state, text);
        return Effects::none();
    }
    let case = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id));
    let Some(case) = case.filter(|case| not_grantable(case).is_none()) else { return Effects::none() };
    let Some(what) = grant_choices(case).into_iter().nth(selected) else { return Effects::none() };
    let rules = case.judgement.findings.iter().map(|finding| finding.rule.clone()).collect();
    let id = state.standing.next_grant();
    let grant = Grant { id, from: GrantFrom::Case(case.id), at: state.now, what, rules };
    let case = case.id;
    let mut effects = standing::granted(state, grant);
    effects.extend(rulings::granted(state, case, press));
    say(state, format!("{case} approved, and {id} from now on"));
    effects
}

fn revoke(state: &mut State, selected: usize) -> Effects {
    let Some(id) = state.standing.grants.get(selected).map(|known| known.grant.id) else {
        say(state, "no approval is remembered");
        return Effects::none();
    };
    let effects = standing::revoked(state, id);
    let left = state.standing.grants.len();
    if let Some(Layer::Grants { selected }) = state.interaction.layers.last_mut() {
        *selected = (*selected).min(left.saturating_sub(1));
    }
    say(state, format!("{id} is taken back: what it covered is asked again"));
    effects
}

/// The grants as lines for lists: `g1 exactly rm -r x (c3), used 2 times`.
#[must_use]
pub fn grant_lines(state: &State) -> Vec<(GrantId, String)> {
    let line = |known: &super::GrantUse| {
        let used = match known.used {
            0 => "not used yet".to_owned(),
            1 => "used once".to_owned(),
            times => format!("used {times} times"),
        };
        (known.grant.id, format!("{}, {used}", known.grant.shown()))
    };
    state.standing.grants.iter().map(line).collect()
}
