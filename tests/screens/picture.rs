//! A Screen as text, so that two can be compared and one can be stored.

use std::collections::BTreeMap;
use std::fmt;

use holdpoint::term::{Attrs, Cell, Color, Modes, Screen, Underline};

/// Everything that can be seen of a Screen, scrollback included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    size: (u16, u16),
    cursor: String,
    modes: Modes,
    history: usize,
    lines: Vec<String>,
}

impl Picture {
    /// Looks at `screen`; it is scrolled and put back.
    pub fn of(screen: &mut Screen) -> Self {
        let offset = screen.scroll_offset();
        let mut lines = Vec::new();
        for back in (1..=screen.history_len()).rev() {
            screen.scroll_to_bottom();
            screen.scroll(i32::try_from(back).unwrap());
            lines.push(row(screen, 0));
        }
        screen.scroll_to_bottom();
        lines.extend(rows(screen));
        let cursor = format!("{:?}", screen.cursor());
        screen.scroll(i32::try_from(offset).unwrap());
        Self { size: screen.size(), cursor, modes: screen.modes(), history: screen.history_len(), lines }
    }
}

/// The rows on show, each with its styles.
pub fn rows(screen: &Screen) -> Vec<String> {
    (0..screen.size().1).map(|at| row(screen, at)).collect()
}

/// A row's text, then its runs of styled cells: `3-7 red,bold`.
fn row(screen: &Screen, at: u16) -> String {
    let text = screen.text_row(at);
    let mut runs: BTreeMap<u16, (u16, String)> = BTreeMap::new();
    let mut start = 0;
    for cell in screen.row(at) {
        let style = style(&cell);
        let end = cell.column + u16::from(cell.width) - 1;
        match runs.get_mut(&start) {
            Some((last, same)) if *same == style && *last + 1 == cell.column => *last = end,
            _ => {
                start = cell.column;
                runs.insert(start, (end, style));
            }
        }
    }
    let styled: Vec<_> = runs
        .iter()
        .filter(|(_, (_, style))| !style.is_empty())
        .map(|(from, (to, style))| format!("{from}-{to} {style}"))
        .collect();
    if styled.is_empty() { format!("|{text}|") } else { format!("|{text}| {}", styled.join("; ")) }
}

fn style(cell: &Cell<'_>) -> String {
    let mut words = Vec::new();
    let color = |color| match color {
        Color::Default => None,
        Color::Indexed(index) => Some(index.to_string()),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    };
    words.extend(color(cell.fg).map(|fg| format!("fg {fg}")));
    words.extend(color(cell.bg).map(|bg| format!("bg {bg}")));
    let Attrs { bold, dim, italic, reverse, hidden, strike, underline } = cell.attrs;
    let flags = [
        (bold, "bold"),
        (dim, "dim"),
        (italic, "italic"),
        (reverse, "reverse"),
        (hidden, "hidden"),
        (strike, "strike"),
    ];
    words.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
    if underline != Underline::None {
        words.push(format!("{underline:?} underline").to_lowercase());
    }
    words.join(",")
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "size {} {}", self.size.0, self.size.1)?;
        writeln!(f, "cursor {}", self.cursor)?;
        writeln!(f, "modes {:?}", self.modes)?;
        writeln!(f, "history {}", self.history)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
