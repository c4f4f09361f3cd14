//! The agent's Screen painted into a rectangle, cell by cell. Nothing of it is obeyed, only drawn.

use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::canvas::Canvas;
use crate::term::{Attrs, Cell, Color as AgentColor, Screen, Underline};

/// How the agent's cells are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Light {
    /// As the agent wants them.
    Full,
    /// Grey, below a case.
    Dimmed,
}

/// Paints what of the Screen fits into `area`; the rest of `area` stays as it is. Rows that are not in the buffer are
/// not looked at.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, screen: &Screen, light: Light) {
    let ground = canvas.style("text");
    let dimmed = canvas.style("agent.dimmed");
    let mut symbol = String::new();
    // Most cells are blank, and most others look like the one before: what is known is not worked out again.
    let leaves_blanks = light == Light::Full && is_plain(ground);
    let mut last = None;
    let within = canvas.area();
    for row in 0..area.height.min(screen.size().1) {
        let y = area.y.saturating_add(row);
        if !(within.top()..within.bottom()).contains(&y) {
            continue;
        }
        for cell in screen.row(row) {
            if cell.column >= area.width {
                break;
            }
            if leaves_blanks && cell.is_blank() {
                continue;
            }
            let wide = u16::from(cell.width);
            let x = area.x.saturating_add(cell.column);
            let style = match light {
                Light::Full => {
                    let looks = (cell.fg, cell.bg, cell.attrs);
                    match last {
                        Some((known, style)) if known == looks => style,
                        _ => last.insert((looks, style(&cell, ground))).1,
                    }
                }
                Light::Dimmed => ground.patch(dimmed),
            };
            let fits = cell.column + wide <= area.width;
            canvas.cell(x, y, if fits { cell.symbol(&mut symbol) } else { " " }, style);
            if fits && wide == 2 {
                canvas.cell(x + 1, y, " ", style);
            }
        }
    }
}

/// Whether it is what an empty buffer has anyway.
fn is_plain(style: Style) -> bool {
    let is_reset = |color: Option<Color>| color.is_none_or(|color| color == Color::Reset);
    is_reset(style.fg) && is_reset(style.bg) && style.add_modifier.is_empty()
}

fn style(cell: &Cell<'_>, ground: Style) -> Style {
    let mut style = ground;
    if let Some(color) = color(cell.fg) {
        style = style.fg(color);
    }
    if let Some(color) = color(cell.bg) {
        style = style.bg(color);
    }
    style.add_modifier(modifier(cell.attrs))
}

fn color(color: AgentColor) -> Option<Color> {
    match color {
        AgentColor::Default => None,
        AgentColor::Indexed(index) => Some(Color::Indexed(index)),
        AgentColor::Rgb(red, green, blue) => Some(Color::Rgb(red, green, blue)),
    }
}

fn modifier(attrs: Attrs) -> Modifier {
    [
        (attrs.bold, Modifier::BOLD),
        (attrs.dim, Modifier::DIM),
        (attrs.italic, Modifier::ITALIC),
        (attrs.reverse, Modifier::REVERSED),
        (attrs.hidden, Modifier::HIDDEN),
        (attrs.strike, Modifier::CROSSED_OUT),
        (attrs.underline != Underline::None, Modifier::UNDERLINED),
    ]
    .into_iter()
    .filter(|(is_set, _)| *is_set)
    .fold(Modifier::empty(), |all, (_, modifier)| all | modifier)
}
