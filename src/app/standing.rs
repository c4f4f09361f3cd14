//! What the operator has ordered and granted for this session, and what the task's words offer.

use super::{Effect, Effects, EventRow, OnHold, RowKind, RowNote, State};
use crate::journal::Body;
use crate::model::{
    Cue, CueKind, Given, Grant, GrantId, Moment, StandingOrder, Untrusted, ordered_by_mode, ordered_in,
};

/// The most orders that hold or are offered at once.
const ORDERS_MAX: usize = 64;
/// The most grants of one session.
pub(super) const GRANTS_MAX: usize = 200;

/// Orders, scope and grants of a session.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The orders that hold.
    pub orders: Vec<StandingOrder>,
    /// Orders that the task's words give, which nobody has made binding.
    pub offered: Vec<StandingOrder>,
    /// The environment that the session may touch, where one is declared.
    pub scope: Option<String>,
    /// The grants that hold, the oldest first.
    pub grants: Vec<GrantUse>,
    /// How many grants there have ever been: names are not given twice.
    pub granted: u32,
}

/// A grant and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantUse {
    /// The grant.
    pub grant: Grant,
    /// How many acts it has covered.
    pub used: u64,
    /// When it covered one last.
    pub last: Option<Moment>,
}

impl Standing {
    /// The grants that hold from the start.
    pub fn begin(&mut self, orders: Vec<StandingOrder>, scope: Option<String>, grants: &[Grant]) {
        self.orders = orders;
        self.scope = scope;
        grants.iter().for_each(|grant| self.add(grant.clone()));
    }

    /// What the journal says of it at the start.
    #[must_use]
    pub fn lines(&self) -> Vec<Body> {
        let orders = self.orders.iter().map(|order| Body::Order { order: order.clone() });
        let scope = self.scope.iter().map(|scope| Body::Scope { scope: scope.clone() });
        let grants = self.grants.iter().map(|used| Body::Grant { grant: used.grant.clone() });
        orders.chain(scope).chain(grants).collect()
    }

    /// The name of the next grant.
    #[must_use]
    pub fn next_grant(&self) -> GrantId {
        GrantId(self.granted + 1)
    }

    fn add(&mut self, grant: Grant) {
        self.granted = self.granted.max(grant.id.0);
        self.grants.push(GrantUse { grant, used: 0, last: None });
    }

    /// Offers the orders that the task's words give; nothing is enforced unasked. Returns a line for each that is new,
    /// which tells how to give it.
    pub fn offer(&mut self, task: &Untrusted) -> Vec<String> {
        let mut lines = Vec::new();
        for order in ordered_in(&task.lossy()) {
            let is_known = self.offered.iter().any(|known| known.order == order.order);
            if is_known || self.has(&order) || self.offered.len() >= ORDERS_MAX {
                continue;
            }
            lines.push(format!(
                "the task says \"{}\"; nothing enforces it unless you start with --orders {}",
                order.words.shown(),
                order.order
            ));
            self.offered.push(order);
        }
        lines
    }

    /// Whether this order holds already, whoever gave it.
    fn has(&self, order: &StandingOrder) -> bool {
        self.orders.iter().any(|known| known.order == order.order && known.given != Given::Mode)
    }
}

/// A standing order holds from now on.
pub(super) fn ordered(state: &mut State, order: StandingOrder) -> Effects {
    let mut effects = Effects::none();
    state.standing.offered.retain(|offered| offered.order != order.order);
    if state.standing.orders.contains(&order) || state.standing.orders.len() >= ORDERS_MAX {
        return effects;
    }
    row(state, format!("order {} holds: {}", order.order, order.words.lossy()));
    state.standing.orders.push(order.clone());
    effects.append(Body::Order { order: order.clone() });
    effects.push(Effect::Order(order));
    effects
}

/// The agent has left a mode: the order that came with it no longer holds.
pub(super) fn order_over(state: &mut State, order: &StandingOrder) -> Effects {
    let mut effects = Effects::none();
    let Some(at) = state.standing.orders.iter().position(|known| known == order) else { return effects };
    let order = state.standing.orders.remove(at);
    row(state, format!("order {} is over: {}", order.order, order.words.lossy()));
    effects.append(Body::OrderOver { order: order.clone() });
    effects.push(Effect::OrderOver(order));
    effects
}

/// What the agent said may be the task, whose orders are offered, or a mode, which it is held to.
pub(super) fn heard(state: &mut State, cue: &Cue) -> Effects {
    let mut effects = Effects::none();
    // In a recording the journal says what was ordered.
    if state.settings.is_replay {
        return effects;
    }
    match cue.kind {
        CueKind::Task => {
            for text in state.standing.offer(&cue.text) {
                if state.settings.on_hold != OnHold::Panel {
                    state.warn(&text);
                    effects.append(Body::Warning { text });
                }
            }
        }
        CueKind::Mode => effects.extend(mode(state, &cue.text)),
        CueKind::ToolCall
        | CueKind::Failure
        | CueKind::Guess
        | CueKind::Question
        | CueKind::Claim
        | CueKind::Result => {}
    }
    effects
}

/// The agent says that it is in a mode: the order that comes with it holds as long as it says so.
fn mode(state: &mut State, words: &Untrusted) -> Effects {
    let mut effects = Effects::none();
    let order = ordered_by_mode(&words.lossy()).map(|order| {
        let words = words.clone();
        StandingOrder { order, given: Given::Mode, words }
    });
    let before: Vec<StandingOrder> =
        state.standing.orders.iter().filter(|known| known.given == Given::Mode).cloned().collect();
    for over in before.iter().filter(|known| Some(*known) != order.as_ref()) {
        effects.extend(order_over(state, over));
    }
    if let Some(order) = order {
        effects.extend(ordered(state, order));
    }
    effects
}

/// The operator makes the offered orders binding.
pub(super) fn accept(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let offered = std::mem::take(&mut state.standing.offered);
    if offered.is_empty() {
        super::keys::say(state, "the task gives no order that is not binding already");
        return effects;
    }
    let words: Vec<&str> = offered.iter().map(|order| order.order.word()).collect();
    super::keys::say(state, format!("binding from now on: {}", words.join(", ")));
    for order in offered {
        effects.extend(ordered(state, order));
    }
    effects.push(Effect::Sync);
    effects
}

/// The operator does not want the offered orders.
pub(super) fn dismiss(state: &mut State) {
    if state.standing.offered.is_empty() {
        super::keys::say(state, "no order is offered");
    } else {
        state.standing.offered.clear();
        super::keys::say(state, "the task's words stay words: nothing is enforced");
    }
}

/// An approval is remembered from now on.
pub(super) fn granted(state: &mut State, grant: Grant) -> Effects {
    let mut effects = Effects::none();
    if state.standing.grants.len() >= GRANTS_MAX {
        super::keys::say(state, format!("{GRANTS_MAX} grants are the most; take one back first"));
        return effects;
    }
    row(state, format!("granted {}", grant.shown()));
    state.standing.add(grant.clone());
    effects.append(Body::Grant { grant: grant.clone() });
    effects.push(Effect::Sync);
    effects.push(Effect::Grant(Box::new(grant)));
    effects
}

/// A remembered approval is taken back.
pub(super) fn revoked(state: &mut State, id: GrantId) -> Effects {
    let mut effects = Effects::none();
    let Some(at) = state.standing.grants.iter().position(|known| known.grant.id == id) else { return effects };
    let gone = state.standing.grants.remove(at);
    row(state, format!("revoked {}", gone.grant.shown()));
    effects.append(Body::Revoke { grant: id });
    effects.push(Effect::Sync);
    effects.push(Effect::Revoke(id));
    effects
}

/// A grant has covered an act.
pub(super) fn used(state: &mut State, id: GrantId) {
    let now = state.now;
    if let Some(grant) = state.standing.grants.iter_mut().find(|known| known.grant.id == id) {
        grant.used += 1;
        grant.last = Some(now);
    }
}

fn row(state: &mut State, text: String) {
    state.timeline.push(EventRow {
        at: state.now,
        kind: RowKind::Watch,
        what: Untrusted::from(text),
        note: RowNote::Ok,
        action: None,
        case: None,
        tier: None,
        source: None,
    });
}
