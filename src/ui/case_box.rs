//! The case's box: where it lies, what of the case is visible, and what was painted.

use std::rc::Rc;

use ratatui::layout::Rect;

use super::canvas::{Canvas, Line, Pen, Span, inside, width};
use super::case::{Body, Top};
use super::case_keys;
use super::command::Command;
use super::keymap::Keymap;
use super::scopes;
use super::sections::{Depth, Facts, Sections, beside};
use super::text::cut_end;
use crate::app::{CaseView, Column, Layer, Layout, Painting, State, TitleBar};
use crate::model::{self, Case, Mode, Tier};

/// Columns of a case that slides over the agent.
const SLIDE_COLS: u16 = 72;
/// Columns of a case with its chain beside it.
const WIDE_COLS: u16 = 70;
/// Columns of the chain beside it.
const BESIDE_COLS: u16 = 64;
/// The fewest lines in which the command scrolls by itself.
const COMMAND_ROWS_MIN: usize = 4;
/// What stands in the lower border of every case.
const NEVER: &str = " Enter, Space and Esc never approve ";

/// What was drawn of a case, and where the cursor goes.
pub(super) struct Shown {
    pub(super) painting: Painting,
    pub(super) cursor: Option<(u16, u16)>,
    /// The cells that are the case's own: around them the agent's screen can be seen.
    pub(super) area: Rect,
}

/// The case as it is laid out in a box.
struct Laid {
    top: Rc<Top>,
    digest: String,
    /// Lines that scroll.
    moving: Vec<Body>,
    /// Lines that stay, below those that scroll.
    fixed: Vec<Body>,
    rows: usize,
}

/// Whether a case is drawn as one line: one of low tier that nobody has opened (`UX.md`, R13).
pub(super) fn is_line(state: &State, case: &Case) -> bool {
    let is_open = state.interaction.layers.iter().any(|layer| matches!(layer, Layer::Case));
    case.judgement.tier() == Some(Tier::Low) && !is_open
}

/// Draws the case over what is there; the painting says how much of it can be seen.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, case: &Case, view: &CaseView, keymap: &Keymap) -> Shown {
    let window = canvas.area();
    let layout = Layout::of((window.width, window.height));
    if is_line(state, case) {
        let title = one_line(canvas, state, case, keymap);
        return Shown { painting: Painting { title: Some(title), ..unseen() }, cursor: None, area: Rect::default() };
    }
    draw_in(canvas, state, case, view, keymap, place(layout, window))
}

/// Draws the case into an area.
pub(super) fn draw_in(
    canvas: &mut Canvas<'_>,
    state: &State,
    case: &Case,
    view: &CaseView,
    keymap: &Keymap,
    area: Rect,
) -> Shown {
    let window = canvas.area();
    let layout = Layout::of((window.width, window.height));
    let main = if layout == Layout::Wide { Rect { width: WIDE_COLS.min(area.width), ..area } } else { area };
    let room = main.width.saturating_sub(4);
    let keys = case_keys::rows(state, case, room);
    let rows = usize::from(main.height).saturating_sub(2 + keys + 1);
    let facts = Facts { state, case, glyphs: canvas.glyphs(), keymap };
    let laid = lay_out(facts, view, layout, room, rows);
    let (main, rows) = shrink(layout, main, case, &laid, rows);
    border(canvas, state, case, main);
    let (mut painting, hidden) = body(canvas, case, view, main, &laid, rows);
    let keys = u16::try_from(keys + 2).unwrap_or(u16::MAX);
    let keys =
        Rect { y: (main.y + main.height).saturating_sub(keys).max(main.y), height: keys.min(main.height), ..main };
    let cursor = case_keys::draw(canvas, state, case, keymap, keys, hidden);
    if layout == Layout::Wide {
        let beside = Rect { x: main.right(), width: area.width.saturating_sub(main.width), ..area };
        painting.beside_max = chain_beside(canvas, facts, view, beside, main.height);
    }
    Shown { painting, cursor, area: Rect { y: main.y, height: main.height, ..area } }
}

/// A painting in which no case is seen.
pub(super) fn unseen() -> Painting {
    Painting {
        case: None,
        digest: String::new(),
        rows: Vec::new(),
        shows_end: false,
        scroll_max: 0,
        beside_max: None,
        found: Vec::new(),
        title: None,
    }
}

/// Where a case lies: it always reaches cells that are never the agent's (`UX.md`, R8).
pub(super) fn place(layout: Layout, window: Rect) -> Rect {
    let below = match layout {
        Layout::Tiny | Layout::Small => 0,
        Layout::Medium | Layout::Large | Layout::Wide => 1,
    };
    let cols = match layout {
        Layout::Tiny | Layout::Small | Layout::Medium => window.width,
        Layout::Large => SLIDE_COLS.min(window.width),
        Layout::Wide => (WIDE_COLS + BESIDE_COLS).min(window.width),
    };
    Rect {
        x: window.right() - cols,
        y: window.y.saturating_add(1),
        width: cols,
        height: window.height.saturating_sub(1 + below),
    }
}

fn lay_out(facts: Facts<'_>, view: &CaseView, layout: Layout, room: u16, rows: usize) -> Laid {
    let (top, digest) = Top::of(facts.state, facts.case, room);
    let lines = top.lines.clone();
    let whole = Sections::of(facts, room, Depth::Whole);
    if view.shows_chain {
        let moving = [whole.chain, whole.tree].concat();
        return Laid { top, digest, moving, fixed: Vec::new(), rows };
    }
    let mut all = match layout {
        Layout::Wide => spaced([&whole.why, &whole.blast]),
        Layout::Large => spaced([&whole.why, &whole.chain, &whole.blast, &whole.tree, &whole.asked]),
        Layout::Tiny | Layout::Small | Layout::Medium => whole.below(),
    };
    if view.is_full && layout != Layout::Wide {
        all.extend(whole.more.clone());
    }
    let scrolls_whole = |mut lines: Vec<Body>, below: Vec<Body>, top, digest| {
        lines.extend(below);
        Laid { top, digest, moving: lines, fixed: Vec::new(), rows }
    };
    if lines.len() + all.len() <= rows || view.is_full {
        return scrolls_whole(lines, all, top, digest);
    }
    for depth in [Depth::Fair, Depth::Brief, Depth::Tight] {
        let brief = Sections::of(facts, room, depth);
        let fixed = if layout == Layout::Wide { spaced([&brief.why, &brief.blast]) } else { brief.below() };
        let left = rows.saturating_sub(fixed.len());
        let is_enough = lines.len() <= left;
        if is_enough || (depth == Depth::Tight && left >= COMMAND_ROWS_MIN) {
            return Laid { top, digest, moving: lines, fixed, rows: left };
        }
    }
    scrolls_whole(lines, whole.below(), top, digest)
}

/// Sections with an empty line between them.
fn spaced<const N: usize>(sections: [&Vec<Body>; N]) -> Vec<Body> {
    let empty = || Body::Text(Line::default());
    sections.into_iter().flat_map(|section| std::iter::once(empty()).chain(section.iter().cloned())).collect()
}

/// A case that is not critical takes no more rows than it needs.
fn shrink(layout: Layout, area: Rect, case: &Case, laid: &Laid, rows: usize) -> (Rect, usize) {
    let needed = laid.moving.len() + laid.fixed.len();
    let spare = u16::try_from(rows.saturating_sub(needed)).unwrap_or(0);
    let is_critical = case.judgement.tier() == Some(Tier::Critical);
    if laid.rows + laid.fixed.len() < rows || spare == 0 || (is_critical && layout <= Layout::Medium) {
        return (area, laid.rows);
    }
    let height = area.height - spare;
    let y = if layout <= Layout::Medium { area.y + spare } else { area.y };
    (Rect { y, height, ..area }, laid.rows.saturating_sub(usize::from(spare)))
}

fn border(canvas: &mut Canvas<'_>, state: &State, case: &Case, area: Rect) {
    canvas.fill(area, "case");
    let tier = case.judgement.tier().unwrap_or(Tier::Medium);
    let style = canvas.style("case").patch(canvas.style(scopes::border(tier)));
    let frame = canvas.glyphs().double;
    canvas.frame(area, &frame, style);
    let pen = Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) };
    let open = state.docket.ranked();
    let at = open.iter().position(|other| other.id == case.id).map_or(0, |at| at + 1);
    let pen = canvas.say_right(pen, "case.title", &format!(" {at} of {} ", open.len()));
    let pen = canvas.say(pen, "case.title", &format!(" CASE {} ", case.id));
    let badge = format!(" {} {} ", canvas.glyphs().tier(tier), tier.word().to_uppercase());
    let pen = canvas.say(pen, scopes::tier(tier), &badge);
    let title = case.judgement.worst().map_or("held by the policy", |finding| finding.title.as_str());
    let cut = canvas.glyphs().cut;
    let title = cut_end(title, pen.room().saturating_sub(3), cut);
    canvas.say(pen, "case.title", &format!(" {title} "));
    let bottom = area.bottom().saturating_sub(1);
    if area.height > 1 && usize::from(area.width) > NEVER.len() + 4 {
        let pen = Pen { x: area.x.saturating_add(2), y: bottom, end: area.right().saturating_sub(2) };
        canvas.say(pen, "text.faint", NEVER);
    }
}

/// Draws the visible lines; says what was seen and how many lines are left below.
fn body(
    canvas: &mut Canvas<'_>,
    case: &Case,
    view: &CaseView,
    area: Rect,
    laid: &Laid,
    rows: usize,
) -> (Painting, (usize, usize)) {
    let inner = inside(area);
    let inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    let scroll_max = laid.moving.len().saturating_sub(rows);
    let scroll = view.scroll.min(scroll_max);
    for (row, line) in laid.moving.iter().skip(scroll).take(rows).enumerate() {
        draw_line(canvas, inner, row, line, &laid.top.command);
    }
    let drawn = rows.min(laid.moving.len());
    let found = found(canvas, view, laid, scroll_max);
    if !view.find.typed.is_empty() {
        canvas.tint_text(inner, &view.find.typed, "match");
    }
    for (row, line) in laid.fixed.iter().enumerate() {
        draw_line(canvas, inner, drawn + row, line, &laid.top.command);
    }
    let shows_end = rows > 0 && scroll >= scroll_max && !view.shows_chain && is_visible(canvas, area);
    let painting = Painting {
        case: Some(case.id),
        digest: laid.digest.clone(),
        shows_end,
        scroll_max,
        found,
        title: Some(title_bar(area)),
        ..unseen()
    };
    (painting, (scroll, scroll_max - scroll))
}

/// Where the case is scrolled to for each line that contains what is looked for.
fn found(canvas: &Canvas<'_>, view: &CaseView, laid: &Laid, scroll_max: usize) -> Vec<usize> {
    let wanted = view.find.typed.to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let text = |line: &Body| -> String {
        let spans = match line {
            Body::Text(line) => line.left.clone(),
            Body::Command(line) => laid.top.command.spans(line, canvas.glyphs()),
            Body::Marks { .. } => Vec::new(),
        };
        spans.into_iter().map(|span| span.text).collect()
    };
    let lines = laid.moving.iter().enumerate().filter(|(_, line)| text(line).to_lowercase().contains(&wanted));
    let mut places: Vec<usize> = lines.map(|(at, _)| at.min(scroll_max)).collect();
    places.dedup();
    places
}

/// Whether the box is on the screen in a size in which a case can be read at all.
fn is_visible(canvas: &Canvas<'_>, area: Rect) -> bool {
    Layout::of((canvas.area().width, canvas.area().height)) > Layout::Tiny && area.height > 4
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, row: usize, line: &Body, command: &Command) {
    let Some(pen) = Pen::row(area, row) else { return };
    match line {
        Body::Text(line) => canvas.line(pen, line),
        Body::Command(line) => {
            let glyphs = canvas.glyphs();
            let spans = command.spans(line, glyphs);
            canvas.spans(pen.skip(1), &spans);
        }
        Body::Marks { marks, is_script } => {
            let mark = canvas.glyphs().mark;
            if *is_script {
                let beside = canvas.glyphs().thin.down;
                canvas.say(pen.skip(1), "text.faint", beside);
            }
            for range in marks {
                for column in range.clone() {
                    let at = pen.skip(1 + column);
                    canvas.say(at, "case.mark", mark);
                }
            }
        }
    }
}

/// Where a click takes the keyboard to the case.
fn title_bar(area: Rect) -> TitleBar {
    TitleBar { row: area.y, columns: area.left()..area.right() }
}

/// A case of low tier as one line, across cells that are not the agent's.
fn one_line(canvas: &mut Canvas<'_>, state: &State, case: &Case, keymap: &Keymap) -> TitleBar {
    let window = canvas.area();
    let below = u16::from(Layout::of((window.width, window.height)) >= Layout::Medium);
    let y = window.bottom().saturating_sub(1 + below);
    let area = Rect { y, height: 1.min(window.height), ..window };
    canvas.fill(area, "case");
    let across = canvas.glyphs().double.across;
    let pen = canvas.say(Pen::of(area), scopes::border(Tier::Low), &across.repeat(2));
    let open = case_keys::key(keymap, Mode::Agent, model::Command::OpenCase);
    let waiting = state.docket.open_count();
    let long = format!("  {open} opens it   {waiting} held ");
    let hint = if window.width >= 60 { long } else { format!(" {open} ") };
    let pen = canvas.say_right(pen, "case.key", &hint);
    let pen = canvas.say(pen, "case.title", &format!(" CASE {} ", case.id));
    let pen = canvas.say(pen, scopes::tier(Tier::Low), &format!("{} LOW ", canvas.glyphs().tier(Tier::Low)));
    let spans = super::canvas::untrusted_spans(&case.action.shown().into(), "case.command");
    canvas.spans_cut(pen, &spans);
    title_bar(area)
}

/// What stands beside a case in a wide window, as tall as it needs; how far it can be scrolled, in lines.
fn chain_beside(canvas: &mut Canvas<'_>, facts: Facts<'_>, view: &CaseView, area: Rect, height: u16) -> Option<usize> {
    if area.width < 8 {
        return None;
    }
    let parts = beside(facts, area.width.saturating_sub(4));
    let lines = parts.iter().map(Vec::len).sum::<usize>() + parts.len().saturating_sub(1);
    let needed = u16::try_from(lines + 2).unwrap_or(u16::MAX);
    let area = Rect { height: height.max(needed).min(area.height), ..area };
    canvas.fill(area, "case");
    let is_focused = view.column == Column::Beside && view.focused.is_some();
    let border = if is_focused { "border.focus" } else { "case.border" };
    let style = canvas.style("case").patch(canvas.style(border));
    // Double as the case's own: it is this part that reaches cells no agent cell can (`UX.md`, R8).
    let frame = canvas.glyphs().double;
    canvas.frame(area, &frame, style);
    let inner = inside(area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let rows = usize::from(inner.height);
    let scroll_max = lines.saturating_sub(rows);
    let scroll = view.beside_scroll.min(scroll_max);
    // Between two parts there is a rule.
    let all = parts.iter().enumerate().flat_map(|(at, part)| {
        let rule = (at > 0).then_some(None);
        rule.into_iter().chain(part.iter().map(Some))
    });
    for (row, line) in all.skip(scroll).take(rows).enumerate() {
        let Some(pen) = Pen::row(inner, row) else { break };
        match line {
            Some(line) => canvas.line(pen, line),
            None => canvas.rule(area, pen.y, &frame, style),
        }
    }
    let pen = Pen { x: area.x.saturating_add(2), y: area.y, end: area.right().saturating_sub(2) };
    let switch = case_keys::key(facts.keymap, Mode::Case, model::Command::SwitchColumn);
    let left = scroll_max - scroll;
    let (_, down) = canvas.glyphs().more;
    let more = if left > 0 { format!(" {down} {left} more ") } else { String::new() };
    let pen = if switch.is_empty() { pen } else { canvas.say_right(pen, "case.key", &format!(" {switch} ")) };
    let pen = canvas.say_right(pen, "case.unknown", &more);
    canvas.spans(pen, &[Span::new("case.title", " CHAIN AND TREE ")]);
    Some(scroll_max)
}

/// How many cells a line's text takes.
pub(super) fn line_width(spans: &[Span]) -> usize {
    spans.iter().map(|span| usize::from(width(&span.text))).sum()
}
