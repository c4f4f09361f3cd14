//! The characters borders and marks are drawn with, in two sets.

use crate::model::Tier;

/// One set of borders and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// A thin box, for everything that is not a case.
    pub thin: Frame,
    /// The double box, for cases alone.
    pub double: Frame,
    /// A thin rule.
    pub rule: &'static str,
    /// Lies under what a rule hit.
    pub mark: &'static str,
    /// Where lines were folded.
    pub fold: &'static str,
    /// Where a long name was cut.
    pub cut: &'static str,
    /// A word goes on from the line above.
    pub goes_on: &'static str,
    /// The selected row.
    pub selected: &'static str,
    /// A marked row.
    pub marked: &'static str,
    /// A row that can be marked.
    pub unmarked: &'static str,
    /// Between a process and its child, on one line.
    pub child: &'static str,
    /// Before a child, below its parent.
    pub branch: &'static str,
    /// More above, more below.
    pub more: (&'static str, &'static str),
    /// It happens now.
    pub live: &'static str,
    /// Where a text is typed.
    pub caret: &'static str,
    /// Warnings.
    pub warning: &'static str,
    /// The part of a recording that was played, its head, and the rest.
    pub track: (&'static str, &'static str, &'static str),
    /// The ends of a recording.
    pub track_ends: (&'static str, &'static str),
    /// Levels of a little chart, the lowest first.
    pub levels: &'static [&'static str],
    tiers: [&'static str; 4],
}

/// The characters of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Across.
    pub across: &'static str,
    /// Down.
    pub down: &'static str,
    /// Top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Where a thin rule meets the left and the right side.
    pub tees: [&'static str; 2],
}

impl Glyphs {
    /// Box drawing characters.
    pub const UNICODE: Self = Self {
        thin: Frame { across: "─", down: "│", corners: ["┌", "┐", "└", "┘"], tees: ["├", "┤"] },
        double: Frame { across: "═", down: "║", corners: ["╔", "╗", "╚", "╝"], tees: ["╟", "╢"] },
        rule: "─",
        mark: "▔",
        fold: "⋯",
        cut: "…",
        goes_on: "»",
        selected: "▸",
        marked: "■",
        unmarked: "□",
        child: "›",
        branch: "└",
        more: ("↑", "↓"),
        live: "●",
        caret: "▏",
        warning: "▲",
        track: ("━", "●", "─"),
        track_ends: ("├", "┤"),
        levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        tiers: ["·", "▲", "◆", "■"],
    };
    /// Nothing but ASCII.
    pub const ASCII: Self = Self {
        thin: Frame { across: "-", down: "|", corners: ["+", "+", "+", "+"], tees: ["+", "+"] },
        double: Frame { across: "=", down: "#", corners: ["#", "#", "#", "#"], tees: ["#", "#"] },
        rule: "-",
        mark: "^",
        fold: "..",
        cut: "..",
        goes_on: ">",
        selected: ">",
        marked: "x",
        unmarked: "o",
        child: ">",
        branch: "`",
        more: ("^", "v"),
        live: "*",
        caret: "_",
        warning: "!",
        track: ("=", "#", "-"),
        track_ends: ("|", "|"),
        levels: &[".", ".", ":", ":", "+", "+", "#", "#"],
        tiers: [".", "!", "*", "#"],
    };

    /// The glyph of a tier; its word always stands beside it.
    #[must_use]
    pub fn tier(&self, tier: Tier) -> &'static str {
        let [low, medium, high, critical] = self.tiers;
        match tier {
            Tier::Low => low,
            Tier::Medium => medium,
            Tier::High => high,
            Tier::Critical => critical,
        }
    }
}
