//! How the window is shared out; the agent's size follows from the window's alone (`UX.md`, 3).

/// Columns from which on the panel stands beside the agent.
const SIDE_PANEL_COLS: u16 = 120;
/// Columns from which on the panel is wider, and a case shows its chain beside it.
const WIDE_COLS: u16 = 160;
/// Rows from which on there are two event rows, or a side panel.
const FULL_ROWS: u16 = 24;
/// Columns from which on there are two event rows.
const FULL_COLS: u16 = 80;
/// The smallest window in which a case can be approved.
const SMALLEST: (u16, u16) = (40, 12);

/// Which of the layouts a window gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// Below 40x12: a case can only be denied.
    Tiny,
    /// From 40x12: a top row and one event row.
    Small,
    /// From 80x24: a top row, two event rows and the key row.
    Medium,
    /// From 120x24: the panel at the right, 40 columns.
    Large,
    /// From 160x24: the panel at the right, 42 columns; the chain beside the case.
    Wide,
}

impl Layout {
    /// The layout of a window of `cols` and `rows`.
    #[must_use]
    pub fn of((cols, rows): (u16, u16)) -> Self {
        if cols < SMALLEST.0 || rows < SMALLEST.1 {
            Self::Tiny
        } else if cols < FULL_COLS || rows < FULL_ROWS {
            Self::Small
        } else if cols < SIDE_PANEL_COLS {
            Self::Medium
        } else if cols < WIDE_COLS {
            Self::Large
        } else {
            Self::Wide
        }
    }

    /// How many columns the side panel takes.
    #[must_use]
    pub fn panel_cols(self) -> u16 {
        match self {
            Self::Tiny | Self::Small | Self::Medium => 0,
            Self::Large => 40,
            Self::Wide => 42,
        }
    }

    /// How many rows above the agent are ours.
    #[must_use]
    pub fn rows_above(self) -> u16 {
        1
    }

    /// How many rows below the agent are ours.
    #[must_use]
    pub fn rows_below(self) -> u16 {
        match self {
            Self::Tiny | Self::Small | Self::Large | Self::Wide => 1,
            Self::Medium => 3,
        }
    }
}

/// The size of the agent's terminal in a window, in columns and rows.
#[must_use]
pub fn agent_size(window: (u16, u16), is_zoomed: bool) -> (u16, u16) {
    let layout = Layout::of(window);
    let panel = if is_zoomed { 0 } else { layout.panel_cols() };
    let cols = window.0.saturating_sub(panel).max(2);
    let rows = window.1.saturating_sub(layout.rows_above() + layout.rows_below()).max(1);
    (cols, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_gets_what_the_table_of_layouts_says() {
        for (window, agent) in [
            ((40, 12), (40, 10)),
            ((79, 23), (79, 21)),
            ((80, 24), (80, 20)),
            ((119, 40), (119, 36)),
            ((120, 36), (80, 34)),
            ((200, 50), (158, 48)),
            ((10, 2), (10, 1)),
            ((0, 0), (2, 1)),
        ] {
            assert_eq!(agent_size(window, false), agent, "{window:?}");
        }
        assert_eq!(agent_size((120, 36), true), (120, 34));
    }
}
