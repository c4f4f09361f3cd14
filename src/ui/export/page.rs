//! A recorded session as one file that a browser plays without any network.
//!
//! The terminal is drawn here, row by row, so that the page needs no emulator: each different row is in the file once, and
//! each row of the screen has a list of moments with the row it shows from then on. All text reaches the page as data and is
//! set as text, never as markup.

use std::collections::HashMap;
use std::io::{self, Write};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::Serialize;

use super::COLOURS;
use super::picture::{Cloth, Dress, Look, Picture, Run, case_picture, escaped, plain, row};
use crate::app::{FlagKind, Player, Recorded};
use crate::model::{Evidence, Moment, Untrusted};
use crate::term::{Damage, Screen};
use crate::ui::canvas::Canvas;
use crate::ui::screen::{Light, paint};
use crate::ui::{Keymap, Theme};

/// The page without its data.
const PAGE: &str = include_str!("page.html");
/// The screen is looked at at most so often, in microseconds of the session: a browser shows no more.
const LOOK_EVERY_MICROS: u64 = 40_000;
/// The window in which cases are laid out, in columns and rows.
const WINDOW: (u16, u16) = (80, 40);

/// All that the page's program needs.
#[derive(Serialize, Default)]
struct Data {
    title: String,
    agent: String,
    started: String,
    cols: u16,
    total: f64,
    looks: Vec<[String; 4]>,
    lines: Vec<Vec<(String, u16, usize)>>,
    rows: Vec<Vec<(f64, usize)>>,
    flags: Vec<(f64, &'static str, String, String)>,
    events: Vec<(f64, &'static str, String, &'static str)>,
    cases: Vec<CaseData>,
    losses: Vec<String>,
}

/// A case as the page shows it.
#[derive(Serialize)]
struct CaseData {
    id: String,
    title: String,
    at: f64,
    ruled: Option<f64>,
    ruling: &'static str,
    lines: Vec<usize>,
    seen: Option<Seen>,
}

/// What was on the operator's screen at the ruling.
#[derive(Serialize)]
struct Seen {
    about: String,
    rows: Vec<String>,
}

/// Rows and looks, each once.
#[derive(Default)]
struct Store {
    looks: HashMap<Look, usize>,
    lines: HashMap<Vec<Run>, usize>,
    data: Data,
}

/// Writes the page.
///
/// # Errors
/// What `out` refuses.
pub fn page(mut out: impl Write, recorded: Recorded, theme: &Theme, keymap: &Keymap) -> io::Result<()> {
    let mut store = Store::default();
    store.about(&recorded);
    store.screens(&recorded, theme);
    let mut player = Player::new(recorded, WINDOW);
    store.cases(&mut player, theme, keymap);
    store.events(&player);
    let (before, after) = PAGE.split_once("DATA").unwrap_or((PAGE, ""));
    let before = before.replace("COLOURS", COLOURS).replace("TITLE", &escaped(&store.data.title));
    out.write_all(before.as_bytes())?;
    // Inside a script element nothing but `</` and `<!` means anything.
    let json = serde_json::to_string(&store.data).map_err(io::Error::from)?;
    out.write_all(json.replace('<', "\\u003c").as_bytes())?;
    out.write_all(after.as_bytes())?;
    out.flush()
}

impl Store {
    fn about(&mut self, recorded: &Recorded) {
        let session = &recorded.session;
        let words: Vec<String> = session.agent.iter().map(Untrusted::shown).collect();
        self.data.title = safe(&session.id);
        self.data.agent = words.join(" ");
        self.data.started = safe(&session.started);
        self.data.total = recorded.total().as_secs();
        self.data.losses = recorded.losses.iter().map(|loss| safe(loss)).collect();
        self.data.flags = recorded
            .flags
            .iter()
            .map(|flag| {
                let case = flag.case.map_or_else(String::new, |case| case.to_string());
                (flag.at.as_secs(), word(flag.kind), case, flag.what.shown())
            })
            .collect();
    }

    /// Every row of the agent's screen with what it shows when.
    fn screens(&mut self, recorded: &Recorded, theme: &Theme) {
        let mut shown: Vec<Option<usize>> = Vec::new();
        let mut looked: Option<Moment> = None;
        recorded.trace(|at, screen, next| {
            // What is drawn over within a moment nobody sees.
            let soon = looked.map_or(Moment::ZERO, |last| Moment(last.0.saturating_add(LOOK_EVERY_MICROS)));
            if next.is_none_or(|next| next >= soon) {
                looked = Some(at);
                self.look(at, screen, theme, &mut shown);
            }
        });
    }

    fn look(&mut self, at: Moment, screen: &mut Screen, theme: &Theme, shown: &mut Vec<Option<usize>>) {
        let (cols, rows) = screen.size();
        self.data.cols = self.data.cols.max(cols);
        let damaged: Vec<u16> = match screen.take_damage() {
            Damage::Full => (0..rows).collect(),
            Damage::Rows(ranges) => ranges.into_iter().flatten().collect(),
        };
        for y in damaged.into_iter().filter(|y| *y < rows) {
            let line = self.line(agent_row(screen, y, cols, theme));
            self.show(at, usize::from(y), line, shown);
        }
        for y in usize::from(rows)..shown.len() {
            let blank = self.line(Vec::new());
            self.show(at, y, blank, shown);
        }
    }

    fn show(&mut self, at: Moment, y: usize, line: usize, shown: &mut Vec<Option<usize>>) {
        while shown.len() <= y {
            shown.push(None);
            self.data.rows.push(Vec::new());
        }
        if let (Some(now), Some(row)) = (shown.get_mut(y), self.data.rows.get_mut(y))
            && *now != Some(line)
        {
            *now = Some(line);
            row.push((at.as_secs(), line));
        }
    }

    fn cases(&mut self, player: &mut Player, theme: &Theme, keymap: &Keymap) {
        let held: Vec<usize> = player.flags_of(FlagKind::Held).collect();
        for flag in held {
            player.show_flag(flag);
            let state = player.state();
            let Some(case) = player.flag().and_then(|(_, flag)| state.docket.get(flag.case?)) else { continue };
            let picture = case_picture(state, case, theme, keymap);
            let (id, opened) = (case.id, case.opened);
            let title = case.judgement.worst().map_or_else(String::new, |finding| safe(&finding.title));
            let ruled = player.recorded().flags.iter().find(|flag| {
                flag.case == Some(id) && flag.at >= opened && !matches!(flag.kind, FlagKind::Held | FlagKind::Noted)
            });
            let seen = player.recorded().shown.get(&id).map(Seen::of);
            let lines = self.picture(&picture);
            self.data.cases.push(CaseData {
                id: id.to_string(),
                title,
                at: opened.as_secs(),
                ruled: ruled.map(|flag| flag.at.as_secs()),
                ruling: ruled.map_or("open", |flag| word(flag.kind)),
                lines,
                seen,
            });
        }
    }

    fn events(&mut self, player: &Player) {
        let rows = player.timeline().rows();
        self.data.events = rows
            .map(|row| {
                let case = row.case.map_or_else(String::new, |case| format!("{case} "));
                (row.at.as_secs(), row.kind.word(), format!("{case}{}", row.what.shown()), row.note.word())
            })
            .collect();
    }

    fn picture(&mut self, picture: &Picture) -> Vec<usize> {
        picture.rows().iter().map(|row| self.line(row.clone())).collect()
    }

    /// The number of a row; a new one is added.
    fn line(&mut self, runs: Vec<Run>) -> usize {
        if let Some(known) = self.lines.get(&runs) {
            return *known;
        }
        let number = self.data.lines.len();
        let line = runs
            .iter()
            .map(|run| (run.text.chars().map(plain).collect(), run.column, self.look_of(run.look)))
            .collect();
        self.data.lines.push(line);
        self.lines.insert(runs, number);
        number
    }

    fn look_of(&mut self, look: Look) -> usize {
        if let Some(known) = self.looks.get(&look) {
            return *known;
        }
        let number = self.data.looks.len();
        let Dress { ink, ground } = look.dress();
        let ground = ground.unwrap_or_default();
        let text = |cloth: Cloth| [cloth.classes, cloth.color.unwrap_or_default()];
        let ([ink, ink_color], [ground, ground_color]) = (text(ink), text(ground));
        self.data.looks.push([ink, ink_color, ground, ground_color]);
        self.looks.insert(look, number);
        number
    }
}

impl Seen {
    fn of(evidence: &Evidence) -> Self {
        let (cols, lines) = evidence.window;
        let Evidence { since, keys, screen, .. } = evidence;
        let keys: Vec<String> = keys.iter().map(|at| format!("{:.2}", at.as_secs())).collect();
        let about = format!(
            "on the operator's screen of {cols}x{lines}, saying this since {since}; keys at {} s; screen {screen}",
            keys.join(", ")
        );
        Self { about, rows: evidence.rows.iter().map(|row| safe(row)).collect() }
    }
}

fn agent_row(screen: &Screen, y: u16, cols: u16, theme: &Theme) -> Vec<Run> {
    let mut buffer = Buffer::empty(Rect::new(0, y, cols, 1));
    let area = Rect::new(0, 0, cols, screen.size().1);
    paint(&mut Canvas::new(&mut buffer, theme), area, screen, Light::Full);
    row(&buffer, y)
}

fn safe(text: &str) -> String {
    Untrusted::from(text).shown()
}

fn word(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Noted => "noted",
        FlagKind::Held => "held",
        FlagKind::Approved => "approved",
        FlagKind::Denied => "denied",
        FlagKind::Expired => "expired",
        FlagKind::Void => "void",
        FlagKind::Gap => "gap",
    }
}
