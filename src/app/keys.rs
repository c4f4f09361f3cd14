//! What the operator's keys, pastes and clicks do: who gets them, and what a Command does where.

use std::time::Duration;

use super::find::{self, Toward};
use super::{
    AgentState, Effect, Effects, Input, Layer, Lock, OnHold, Resolved, State, agent_size, clipboard, copy, elsewhere,
    grants, layers, lock, rulings, spoken, typing,
};
use crate::journal::Body;
use crate::model::{Case, Command, Key, KeyCode, Moment, Mouse, MouseKind};
use crate::term::{encode_focus, encode_key, encode_mouse, encode_paste};

/// How long a message to the operator stays.
pub const MESSAGE_FOR: Duration = Duration::from_secs(5);
/// After how long the beginning of a key sequence shows how it can go on.
pub const WHICH_KEY_AFTER: Duration = Duration::from_millis(500);
/// How long after a ruling the same key is dropped, so that a key pressed twice does not reach the agent; and every
/// key, where a case went away under the operator's hands.
const ECHO_FOR: Duration = Duration::from_millis(400);
/// The most bytes that are kept of what was typed while the tree stood still.
const KEPT_BYTES_MAX: usize = 64 * 1024;
/// A second and a minute, in microseconds.
const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
/// How many lines one step of the wheel is.
const WHEEL_LINES: i32 = 3;

/// A key as it came in, with what a command may need of the moment before it.
pub(super) struct Press {
    pub(super) key: Key,
    pub(super) is_repeat: bool,
    /// When it arrived.
    pub(super) at: Moment,
    /// The lock as it was before this key.
    pub(super) lock: Lock,
    /// The keys of the sequence before this one.
    pub(super) before: Vec<Key>,
}

/// Takes what the operator did at the terminal.
pub(super) fn operator(state: &mut State, input: Input) -> Effects {
    match input {
        Input::Resized(cols, rows) => resized(state, (cols, rows)),
        Input::Focused(has_focus) => focused(state, has_focus),
        Input::Key { key, resolved, is_repeat, at } => {
            let press = Press { key, is_repeat, at, lock: lock::lock(state), before: Vec::new() };
            key_pressed(state, resolved, press)
        }
        Input::Line { text, at } => spoken::line(state, &text, at),
        Input::Paste(text) => pasted(state, &text),
        Input::Mouse(mouse) => mouse_used(state, mouse),
    }
}

/// Takes time passing: messages that fade. Locks open by themselves.
pub(super) fn ticked(state: &mut State) -> Effects {
    let now = state.now;
    state.interaction.message.take_if(|(_, at)| at.plus(MESSAGE_FOR) <= now);
    Effects::none()
}

/// When the interface next changes by itself: a lock, a message, the strip of keys, the clock in the top row.
pub(super) fn next_deadline(state: &State) -> Option<Moment> {
    if state.settings.on_hold != OnHold::Panel || state.settings.is_replay {
        return None;
    }
    let is_later = |at: &Moment| *at > state.now;
    let interaction = &state.interaction;
    let message = interaction.message.as_ref().map(|(_, at)| at.plus(MESSAGE_FOR));
    let which_key = interaction.prefix_since.map(|at| at.plus(WHICH_KEY_AFTER)).filter(is_later);
    let is_focused = matches!(interaction.layers.last(), Some(Layer::Case | Layer::Grant { .. }));
    let lock = if is_focused { lock::next_change(state) } else { None };
    let step = if shows_seconds(state) { SECOND } else { MINUTE };
    let clock = Moment((state.now.0 / step + 1) * step);
    [message, which_key, lock, expiry_step(state), Some(clock)].into_iter().flatten().min()
}

/// Whether anything on the screen counts seconds. Nothing does while the operator only waits: then we sleep.
fn shows_seconds(state: &State) -> bool {
    let is_docket = matches!(state.interaction.layers.last(), Some(Layer::Docket { .. }));
    let is_nearly_over = |case: &Case| case.expires.since(state.now) <= Duration::from_micros(MINUTE);
    is_docket || !state.docket.releases().is_empty() || state.docket.cases().iter().any(is_nearly_over)
}

/// When the case on the screen next has a minute less.
fn expiry_step(state: &State) -> Option<Moment> {
    let view = state.interaction.case.as_ref()?;
    let left = state.docket.get(view.id).filter(|case| case.is_open())?.expires.since(state.now);
    let left = u64::try_from(left.as_micros()).unwrap_or(u64::MAX);
    Some(state.now.plus(Duration::from_micros(left % MINUTE + 1)))
}

fn resized(state: &mut State, window: (u16, u16)) -> Effects {
    state.window = window;
    restart(state, "the window changed");
    fit_agent(state)
}

/// Gives the agent the size that the window leaves it.
pub(super) fn fit_agent(state: &mut State) -> Effects {
    let mut effects = Effects::none();
    let (cols, rows) = agent_size(state.window, state.interaction.is_zoomed);
    if state.screen.size() != (cols, rows) && !state.settings.is_replay {
        state.screen.resize(cols, rows);
        copy::resized(state, (cols, rows));
        effects.push(Effect::ResizeAgent(cols, rows));
        effects.append(Body::Resize { cols, rows });
    }
    effects
}

fn focused(state: &mut State, has_focus: bool) -> Effects {
    state.interaction.has_focus = Some((has_focus, state.now));
    to_agent(state, encode_focus(has_focus, state.screen.modes()))
}

/// Starts the lock of the case on the screen anew.
pub(super) fn restart(state: &mut State, why: &str) {
    let now = state.now;
    if let Some(view) = &mut state.interaction.case {
        view.restart(now, why);
    }
}

/// Says a short word to the operator.
pub(super) fn say(state: &mut State, text: impl Into<String>) {
    state.interaction.message = Some((text.into(), state.now));
}

fn key_pressed(state: &mut State, resolved: Resolved, press: Press) -> Effects {
    let key = press.key;
    let before = std::mem::take(&mut state.interaction.prefix);
    state.interaction.prefix_since = None;
    let is_typed = before.is_empty() && typing::takes(state, key);
    if let Some(view) = state.interaction.case.as_mut().filter(|view| view.focused.is_some()) {
        view.pressed(press.at);
    }
    let is_confirm = matches!(state.interaction.layers.last(), Some(Layer::Confirm { .. }));
    if !is_confirm && state.interaction.case.as_ref().is_some_and(|view| view.focused.is_some()) {
        restart(state, "a key was pressed");
    }
    let press = Press { before, ..press };
    let effects = match resolved {
        _ if is_typed => typing::typed(state, &press),
        Resolved::Pending => {
            state.interaction.prefix = press.before;
            state.interaction.prefix.push(key);
            state.interaction.prefix_since = Some(state.now);
            Effects::none()
        }
        Resolved::Command(command) => run(state, command, &press),
        Resolved::Unbound if !press.before.is_empty() => {
            let keys: Vec<String> = press.before.iter().chain([&key]).map(Key::to_string).collect();
            say(state, format!("{} does nothing; nothing was sent", keys.join(" ")));
            Effects::none()
        }
        Resolved::Unbound => unbound(state, &press),
    };
    state.interaction.last_key = Some(state.now);
    effects
}

/// Does what a command says, in the mode that is current.
pub(super) fn run(state: &mut State, command: Command, press: &Press) -> Effects {
    if let Some(effects) = grants::run(state, command, press) {
        return effects;
    }
    match command {
        Command::DenyCase
        | Command::DenyAndTell
        | Command::ApproveOnce
        | Command::ApproveSession
        | Command::EndSession
        | Command::DenyMarked
        | Command::SendTarget => rulings::run(state, command, press),
        Command::FreezeAll => rulings::freeze_all(state),
        Command::FreezeEverySession => elsewhere::freeze(state),
        Command::AllowClipboard => clipboard::allow(state),
        Command::RefuseClipboard => clipboard::refuse(state),
        Command::SendPrefix => {
            let prefix = press.before.first().copied().unwrap_or(press.key);
            type_key(state, prefix)
        }
        _ => layers::run(state, command, press),
    }
}

/// A key that means nothing in its mode: the agent's, where the agent has the keyboard.
fn unbound(state: &mut State, press: &Press) -> Effects {
    match state.interaction.layers.last() {
        None => agent_key(state, press),
        Some(Layer::Quit) if press.key == Key::char('q') && !press.is_repeat => {
            state.interaction.layers.pop();
            rulings::end_session(state)
        }
        // Nothing of a case answers to Enter but the text that is looked for.
        Some(Layer::Case) if press.key == Key::plain(KeyCode::Enter) && typing::takes(state, Key::char('x')) => {
            find::next(state, Toward::End);
            Effects::none()
        }
        Some(_) => Effects::none(),
    }
}

fn agent_key(state: &mut State, press: &Press) -> Effects {
    let key = press.key;
    if state.agent != AgentState::Running {
        return survivors_key(state, key);
    }
    let now = state.now;
    if state
        .interaction
        .echo
        .take()
        .is_some_and(|(echo, at)| echo.is_none_or(|echo| echo == key) && now < at.plus(ECHO_FOR))
    {
        return Effects::none();
    }
    if state.is_frozen {
        keep(state, key);
        return Effects::none();
    }
    type_key(state, key)
}

fn type_key(state: &mut State, key: Key) -> Effects {
    let bytes = encode_key(key, state.screen.modes());
    if state.agent == AgentState::Running && !bytes.is_empty() {
        state.screen.scroll_to_bottom();
    }
    to_agent(state, bytes)
}

/// Types bytes into the agent's terminal, if there is an agent and it may read them now.
fn to_agent(state: &State, bytes: Vec<u8>) -> Effects {
    let mut effects = Effects::none();
    let can_read = state.agent == AgentState::Running && !state.is_frozen && !state.settings.is_replay;
    if can_read && !bytes.is_empty() {
        effects.push(Effect::Type(bytes));
    }
    effects
}

/// The agent has ended and left processes running: end them, or go on supervising them.
fn survivors_key(state: &mut State, key: Key) -> Effects {
    let mut effects = Effects::none();
    if state.tree.nodes.is_empty() || state.interaction.keeps_survivors {
        return effects;
    }
    if key == Key::char('q') {
        effects.push(Effect::EndSurvivors);
        say(state, "what is left is asked to end");
    } else if key == Key::plain(KeyCode::Esc) {
        state.interaction.keeps_survivors = true;
    }
    effects
}

/// Keeps a key that was typed while the tree stands still (`UX.md`, R19).
fn keep(state: &mut State, key: Key) {
    let kept = &mut state.interaction.kept;
    match key.code {
        KeyCode::Char(c) if !key.mods.ctrl && !key.mods.alt && !key.mods.logo && kept.text.len() < KEPT_BYTES_MAX => {
            kept.text.push(c);
        }
        _ => kept.dropped += 1,
    }
}

fn pasted(state: &mut State, text: &str) -> Effects {
    if !matches!(state.interaction.layers.last(), Some(Layer::Confirm { .. })) {
        restart(state, "something was pasted");
    }
    state.interaction.last_key = Some(state.now);
    if state.interaction.layers.last().is_some() {
        typing::pasted(state, text);
        return Effects::none();
    }
    if state.agent != AgentState::Running || !state.is_frozen {
        return to_agent(state, encode_paste(text, state.screen.modes()));
    }
    let kept = &mut state.interaction.kept;
    for c in text.chars() {
        if c.is_control() || kept.text.len() >= KEPT_BYTES_MAX {
            kept.dropped += 1;
        } else {
            kept.text.push(c);
        }
    }
    Effects::none()
}

/// A click on a case's title gives it the keyboard; no click ever rules. The wheel scrolls what it is over.
fn mouse_used(state: &mut State, mouse: Mouse) -> Effects {
    let is_title = |title: &super::TitleBar| title.row == mouse.row && title.columns.contains(&mouse.column);
    let shown = state.interaction.case.as_ref().map(|view| view.id);
    if let (MouseKind::Down(_), Some(id)) = (mouse.kind, shown)
        && state.interaction.title.as_ref().is_some_and(is_title)
    {
        if state.interaction.layers.is_empty() {
            layers::focus_case(state, id);
        }
        return Effects::none();
    }
    let wheel = match mouse.kind {
        MouseKind::ScrollUp => WHEEL_LINES,
        MouseKind::ScrollDown => -WHEEL_LINES,
        _ => 0,
    };
    if let (Some(Layer::Copy), Some(view)) = (state.interaction.layers.last(), &mut state.copy) {
        view.scroll(-wheel);
        copy::mouse(state, mouse);
        return Effects::none();
    }
    if !state.interaction.layers.is_empty() {
        if wheel != 0 {
            restart(state, "the text was scrolled");
            layers::scroll(state, -i64::from(wheel));
        }
        return Effects::none();
    }
    let (cols, rows) = state.screen.size();
    let is_inside = mouse.column < cols && (1..=rows).contains(&mouse.row);
    let local = Mouse { row: mouse.row.saturating_sub(1), ..mouse };
    let is_agents = is_inside && !state.interaction.is_mouse_ours && !state.is_frozen && !mouse.mods.shift;
    match encode_mouse(local, state.screen.modes()).filter(|_| is_agents) {
        Some(bytes) => to_agent(state, bytes),
        None => {
            state.screen.scroll(wheel);
            Effects::none()
        }
    }
}
