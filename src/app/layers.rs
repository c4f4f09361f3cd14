//! Commands that open, close and move in sheets.

use super::filter::Filter;
use super::find::{self, Toward};
use super::grants::grant_choices;
use super::keys::{Press, fit_agent, restart, run as run_command, say};
use super::{
    CaseName, CaseView, Column, Effect, Effects, EventsPrompt, FarCase, Layer, Layout, Search, State, copy, elsewhere,
    events, palette,
};
use crate::model::{Case, CaseId, Command, Noun, counted};

/// Does what a command says about the interface.
pub(super) fn run(state: &mut State, command: Command, press: &Press) -> Effects {
    match command {
        Command::FocusPanel => open(state, Layer::Panel { scroll: 0 }),
        Command::OpenCase => open_worst(state),
        Command::OpenDocket => {
            let shown = state.interaction.case.as_ref().map(|view| CaseName::Here(view.id));
            open(state, Layer::Docket { selected: shown, marked: Vec::new(), filter: Search::default() });
            repair(state);
            return elsewhere::look(state);
        }
        Command::OpenTimeline => {
            open(state, Layer::Timeline { from_end: 0, filter: String::new(), prompt: None });
        }
        Command::FilterEvents => {
            open(state, Layer::Timeline { from_end: 0, filter: String::new(), prompt: Some(EventsPrompt::Filter) });
        }
        Command::OpenPalette => open(state, Layer::Palette { typed: String::new(), selected: 0 }),
        Command::OpenHelp => open(state, Layer::Help { scroll: 0, typed: String::new() }),
        Command::QuitWatch => open(state, Layer::Quit),
        Command::ScrollAgent => look_back(state),
        Command::SearchAgent => {
            look_back(state);
            state.interaction.search.is_typing = true;
        }
        Command::FocusAgent => {
            while !state.interaction.layers.is_empty() {
                close(state);
            }
        }
        Command::CloseLayer => close(state),
        Command::ZoomAgent => return zoom(state),
        Command::ToggleMouse => toggle_mouse(state),
        Command::OpenSelected => return open_selected(state, press),
        _ if matches!(state.interaction.layers.last(), Some(Layer::Copy)) && copy::is_its(command) => {
            return copy::run(state, command);
        }
        Command::CopyText => return copy_text(state),
        Command::EditFilter => edit_filter(state),
        Command::MarkCase => mark(state),
        Command::ShowFullText | Command::ShowChain => show(state, command),
        Command::SwitchColumn => switch_column(state),
        Command::NextCase => step_case(state, 1),
        Command::PreviousCase => step_case(state, -1),
        Command::MoveUp => scroll(state, -1),
        Command::MoveDown => scroll(state, 1),
        Command::PageUp => page(state, -1),
        Command::PageDown => page(state, 1),
        Command::GoFirst => scroll(state, i64::from(i32::MIN)),
        Command::GoLast => scroll(state, i64::from(i32::MAX)),
        Command::NextMatch => find::next(state, Toward::End),
        Command::PreviousMatch => find::next(state, Toward::Beginning),
        Command::NextFlag => events::step_flag(state, 1),
        Command::PreviousFlag => events::step_flag(state, -1),
        Command::GoTo => events::ask_where(state),
        Command::WriteEvents => return events::write(state),
        _ => {}
    }
    Effects::none()
}

/// Puts a sheet on top; one of its kind that lies below goes.
fn open(state: &mut State, layer: Layer) {
    let layers = &mut state.interaction.layers;
    layers.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&layer));
    layers.retain(|other| {
        !matches!(other, Layer::Confirm { .. } | Layer::Grant { .. } | Layer::Words { .. } | Layer::Palette { .. })
    });
    layers.push(layer);
}

/// Shows the agent's lines as they are now, to look back through them.
fn look_back(state: &mut State) {
    if state.copy.is_none() {
        copy::begin(state);
    }
    open(state, Layer::Copy);
}

/// Takes the topmost sheet away. What is held stays held.
fn close(state: &mut State) {
    if let Some(Layer::Timeline { prompt, .. }) = state.interaction.layers.last_mut()
        && prompt.take().is_some()
    {
        return;
    }
    if let Some(Layer::Docket { filter, .. }) = state.interaction.layers.last_mut()
        && (filter.is_typing || !filter.typed.is_empty())
    {
        if !filter.is_typing {
            filter.typed.clear();
        }
        filter.is_typing = false;
        repair(state);
        return;
    }
    if state.interaction.search.is_typing {
        state.interaction.search.is_typing = false;
        return;
    }
    let is_case = matches!(state.interaction.layers.last(), Some(Layer::Case));
    if is_case && state.interaction.case.as_mut().is_some_and(find::close) {
        return;
    }
    match state.interaction.layers.pop() {
        Some(Layer::Copy) => copy::end(state),
        Some(Layer::Case) => {
            if let Some(view) = &mut state.interaction.case {
                view.focused = None;
                view.ending = None;
            }
        }
        _ => {}
    }
    restart(state, "a sheet lay over it");
}

/// Gives a case the keyboard. Its lock starts with it.
pub(super) fn focus_case(state: &mut State, id: CaseId) {
    let now = state.now;
    if state.interaction.case.as_ref().is_none_or(|view| view.id != id) {
        state.interaction.case = Some(CaseView::new(id, now));
    }
    if let Some(view) = &mut state.interaction.case {
        view.focused = Some(now);
    }
    if state.copy.is_some() {
        copy::end(state);
    }
    let layers = &mut state.interaction.layers;
    layers.clear();
    layers.push(Layer::Case);
}

fn open_worst(state: &mut State) {
    if let Some(release) = state.docket.releases().first() {
        let id = release.case;
        return focus_case(state, id);
    }
    let ranked = state.docket.ranked();
    let Some(worst) = ranked.first() else {
        say(state, "nothing is held");
        return;
    };
    let tier = worst.judgement.tier();
    let shown = state.interaction.case.as_ref().map(|view| view.id);
    let is_as_bad = |id: &CaseId| ranked.iter().any(|case| case.id == *id && case.judgement.tier() == tier);
    let id = shown.filter(is_as_bad).unwrap_or(worst.id);
    focus_case(state, id);
}

fn step_case(state: &mut State, step: i64) {
    let ids: Vec<CaseId> = state.docket.ranked().iter().map(|case| case.id).collect();
    let shown = state.interaction.case.as_ref().map(|view| view.id);
    let at = ids.iter().position(|id| Some(*id) == shown).unwrap_or(0);
    if ids.len() > 1 && matches!(state.interaction.layers.last(), Some(Layer::Case)) {
        let next = moved(at, step, ids.len(), Ends::Joined);
        if let Some(id) = ids.get(next) {
            focus_case(state, *id);
        }
    }
}

/// The keys for scrolling move the other column; where there is one column, what the other would have is shown in it.
fn switch_column(state: &mut State) {
    let Some(view) = &mut state.interaction.case else { return };
    match (view.beside_max, view.column) {
        (None, _) => show(state, Command::ShowChain),
        (Some(_), Column::Case) => view.column = Column::Beside,
        (Some(_), Column::Beside) => view.column = Column::Case,
    }
}

fn show(state: &mut State, command: Command) {
    if let Some(view) = &mut state.interaction.case {
        view.scroll = 0;
        if command == Command::ShowFullText {
            view.is_full = !view.is_full;
            view.shows_chain = false;
        } else {
            view.shows_chain = !view.shows_chain;
            view.is_full = false;
        }
    }
}

fn zoom(state: &mut State) -> Effects {
    if Layout::of(state.window).panel_cols() == 0 {
        say(state, "the agent has all the room there is");
        return Effects::none();
    }
    state.interaction.is_zoomed = !state.interaction.is_zoomed;
    restart(state, "the window was divided anew");
    fit_agent(state)
}

fn toggle_mouse(state: &mut State) {
    let is_ours = !state.interaction.is_mouse_ours;
    state.interaction.is_mouse_ours = is_ours;
    say(state, if is_ours { "the mouse stays here: the wheel looks back" } else { "the mouse is the agent's" });
}

fn open_selected(state: &mut State, press: &Press) -> Effects {
    match state.interaction.layers.last() {
        Some(Layer::Docket { filter: Search { is_typing: true, .. }, .. }) => close(state),
        Some(Layer::Docket { selected: Some(name), .. }) => match name.clone() {
            CaseName::Here(id) if state.docket.get(id).is_some_and(Case::is_open) => focus_case(state, id),
            CaseName::Here(_) => {}
            CaseName::There { session, case } => elsewhere::show_where(state, &session, case),
        },
        Some(Layer::Timeline { prompt: Some(EventsPrompt::Filter), .. }) => close(state),
        Some(Layer::Timeline { prompt: Some(EventsPrompt::Go(typed)), .. }) => {
            let typed = typed.clone();
            close(state);
            events::go(state, &typed);
        }
        Some(Layer::Timeline { .. }) => {
            let row = events::selected(state);
            let case = row.and_then(|row| row.case).and_then(|id| state.docket.get(id)).filter(|case| case.is_open());
            match (case.map(|case| case.id), row.cloned()) {
                (Some(id), _) => focus_case(state, id),
                (None, Some(row)) => open(state, Layer::Event { row: Box::new(row), scroll: 0 }),
                (None, None) => {}
            }
        }
        Some(Layer::Palette { typed, selected }) => {
            let command = palette::matches(typed).get(*selected).copied();
            state.interaction.layers.pop();
            return command.map_or_else(Effects::none, |command| run_command(state, command, press));
        }
        _ => {}
    }
    Effects::none()
}

fn copy_text(state: &mut State) -> Effects {
    let text = match state.interaction.layers.last() {
        Some(Layer::Case) => {
            let case = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id));
            case.map(|case| case.action.shown())
        }
        Some(Layer::Timeline { .. }) => events::selected(state).map(|row| row.what.shown()),
        Some(Layer::Event { row, .. }) => Some(row.what.shown()),
        _ => None,
    };
    let mut effects = Effects::none();
    if let Some(text) = text {
        say(state, format!("{} copied", counted(text.chars().count(), Noun::Character)));
        effects.push(Effect::Copy(text));
    }
    effects
}

fn edit_filter(state: &mut State) {
    match state.interaction.layers.last_mut() {
        Some(Layer::Timeline { prompt, .. }) => *prompt = Some(EventsPrompt::Filter),
        Some(Layer::Docket { filter, .. }) => filter.is_typing = true,
        Some(Layer::Case) => state.interaction.case.iter_mut().for_each(find::begin),
        Some(Layer::Copy) => state.interaction.search.is_typing = true,
        _ => {}
    }
}

fn mark(state: &mut State) {
    if let Some(Layer::Docket { selected: Some(name), marked, .. }) = state.interaction.layers.last_mut() {
        match marked.iter().position(|other| other == name) {
            Some(at) => drop(marked.remove(at)),
            None => marked.push(name.clone()),
        }
        scroll(state, 1);
    }
}

/// After cases were answered: the docket selects one that is open, and marks none that is not.
pub(super) fn repair(state: &mut State) {
    let here = state.docket.cases().iter().map(CaseName::from);
    let open: Vec<CaseName> = here.chain(state.elsewhere.cases.iter().map(FarCase::name)).collect();
    for layer in &mut state.interaction.layers {
        if let Layer::Docket { marked, .. } = layer {
            marked.retain(|name| open.contains(name));
        }
    }
    let names = names(state);
    for layer in &mut state.interaction.layers {
        if let Layer::Docket { selected, .. } = layer {
            *selected = selected.take().filter(|name| names.contains(name)).or_else(|| names.first().cloned());
        }
    }
}

/// What the docket lists, from its first row to its last: this session's cases, then those of the others.
fn names(state: &State) -> Vec<CaseName> {
    let here = listed(state).into_iter().map(CaseName::from);
    here.chain(listed_elsewhere(state).into_iter().map(FarCase::name)).collect()
}

/// The cases that the docket lists: those that contain what is looked for, and the marked ones whatever they contain,
/// so that none is denied unseen.
#[must_use]
pub fn listed(state: &State) -> Vec<&Case> {
    let mut cases = state.docket.ranked();
    if let Some((marked, wanted)) = looked_for(state) {
        cases.retain(|case| marked.contains(&CaseName::from(*case)) || told(case).contains(&wanted));
    }
    cases
}

/// The cases of other sessions that the docket lists, in the same way.
#[must_use]
pub fn listed_elsewhere(state: &State) -> Vec<&FarCase> {
    let mut cases: Vec<&FarCase> = state.elsewhere.cases.iter().collect();
    if let Some((marked, wanted)) = looked_for(state) {
        let told = |far: &FarCase| {
            let tier = far.tier.map_or("", |tier| tier.word());
            format!("{} {tier} {} {}", far.case, far.what, far.place).to_lowercase()
        };
        cases.retain(|far| marked.contains(&far.name()) || told(far).contains(&wanted));
    }
    cases
}

/// What is looked for in the docket, in small letters, with the cases that are marked there.
fn looked_for(state: &State) -> Option<(&[CaseName], String)> {
    let docket = state.interaction.layers.iter().rev().find_map(|layer| match layer {
        Layer::Docket { marked, filter, .. } => Some((marked.as_slice(), filter.typed.to_lowercase())),
        _ => None,
    });
    docket.filter(|(_, wanted)| !wanted.is_empty())
}

/// All by which a case is found in the docket.
fn told(case: &Case) -> String {
    let tier = case.judgement.tier().map_or("", |tier| tier.word());
    let findings = case.judgement.findings.iter().map(|finding| format!(" {} {}", finding.rule, finding.title));
    format!("{} {tier} {}{}", case.id, case.action.shown(), findings.collect::<String>()).to_lowercase()
}

/// Moves by a page, back (-1) or on (1): half a window, as a sheet rarely has all of it, and what is shown of the agent.
fn page(state: &mut State, way: i32) {
    match &mut state.copy {
        Some(view) if matches!(state.interaction.layers.last(), Some(Layer::Copy)) => view.page(way),
        _ => scroll(state, i64::from(way) * i64::from(state.window.1 / 2).max(1)),
    }
}

/// Whether the end of a list leads to its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Apart,
    Joined,
}

/// A place in a list of `count` after so many steps.
fn moved(at: usize, step: i64, count: usize, ends: Ends) -> usize {
    let last = i64::try_from(count).unwrap_or(i64::MAX) - 1;
    let to = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(step);
    let to = match ends {
        Ends::Apart => to.clamp(0, last.max(0)),
        Ends::Joined => to.rem_euclid(last.max(0) + 1),
    };
    usize::try_from(to).unwrap_or(0)
}

/// Moves in the topmost sheet by so many rows; down is positive.
pub(super) fn scroll(state: &mut State, rows: i64) {
    let names = names(state);
    let events = state.timeline.rows().len();
    let shown = state.interaction.case.as_ref().and_then(|view| state.docket.get(view.id));
    let choices = shown.map_or(0, |case| grant_choices(case).len());
    let grants = state.standing.grants.len();
    let interaction = &mut state.interaction;
    match interaction.layers.last_mut() {
        Some(Layer::Case) => {
            if let Some(view) = &mut interaction.case
                && let (Column::Beside, Some(most)) = (view.column, view.beside_max)
            {
                view.beside_scroll = moved(view.beside_scroll, rows, most + 1, Ends::Apart);
            } else if let Some(view) = &mut interaction.case {
                view.scroll = moved(view.scroll, rows, view.scroll_max + 1, Ends::Apart);
            }
        }
        Some(Layer::Docket { selected, .. }) => {
            let at = names.iter().position(|name| Some(name) == selected.as_ref()).unwrap_or(0);
            *selected = names.get(moved(at, rows, names.len(), Ends::Apart)).cloned();
        }
        Some(Layer::Timeline { from_end, filter, .. }) => {
            let filter = Filter::new(filter);
            let count = state.timeline.rows().filter(|row| filter.fits(row)).count();
            *from_end = moved(*from_end, -rows, count, Ends::Apart);
        }
        Some(Layer::Event { row, scroll }) => {
            let lines = row.what.as_bytes().len();
            *scroll = moved(*scroll, rows, lines, Ends::Apart);
        }
        Some(Layer::Panel { scroll }) => *scroll = moved(*scroll, -rows, events, Ends::Apart),
        Some(Layer::Help { scroll, .. }) => *scroll = moved(*scroll, rows, Command::ALL.len() * 4, Ends::Apart),
        Some(Layer::Palette { typed, selected }) => {
            *selected = moved(*selected, rows, palette::matches(typed).len(), Ends::Apart);
        }
        Some(Layer::Copy) => {
            if let Some(view) = &mut state.copy {
                view.step(rows);
            }
        }
        Some(Layer::Grant { selected }) => *selected = moved(*selected, rows, choices, Ends::Apart),
        Some(Layer::Grants { selected }) => *selected = moved(*selected, rows, grants, Ends::Apart),
        Some(Layer::Confirm { .. } | Layer::Words { .. } | Layer::Quit) | None => {}
    }
}
