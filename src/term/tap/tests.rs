use alacritty_terminal::event::VoidListener;
use alacritty_terminal::index::Point;
use alacritty_terminal::term::Config;
use alacritty_terminal::term::cell::Cell;
use alacritty_terminal::vte::ansi::Processor;

use super::super::Screen;

use super::*;

/// What a call that was not passed on would leave as it was.
#[derive(Debug, PartialEq)]
struct State {
    cells: Vec<Vec<Cell>>,
    cursor: Point,
    template: Cell,
    mode: TermMode,
    style: CursorStyle,
    colors: Vec<Option<Rgb>>,
}

impl State {
    fn of<L: EventListener>(term: &Term<L>) -> Self {
        let cursor = &term.grid().cursor;
        Self {
            cells: (term.topmost_line().0..=term.bottommost_line().0)
                .map(|line| term.grid()[Line(line)][..].to_vec())
                .collect(),
            cursor: cursor.point,
            template: cursor.template.clone(),
            mode: *term.mode(),
            style: term.cursor_style(),
            colors: (0..alacritty_terminal::term::color::COUNT).map(|index| term.colors()[index]).collect(),
        }
    }
}

const START: &str = "one\r\ntwo\r\nthree\r\nfour\x1b[2;3H";

/// A sequence for each call there is, with what makes its effect seen.
const CALLS: &[&str] = &[
    "\x1b[5 q",
    "\x1b]50;CursorShape=2\x07",
    "x",
    "\x1b[3;4H",
    "\x1b[4d",
    "\x1b[7G",
    "\x1b[2@",
    "\x1b[A",
    "\x1b[B",
    "\x1b[2C",
    "\x1b[D",
    "\x1b[2E",
    "\x1b[F",
    "\t",
    "\x08",
    "\r",
    "\x1bD",
    "\x1bE",
    "\n",
    "\x1bH\r\tx",
    "\x1b[2S",
    "\x1b[2T",
    "\x1b[L",
    "\x1b[M",
    "\x1b[2X",
    "\x1b[P",
    "\x1b[Z",
    "\x1b[2I",
    "\x1b7\x1b[H\x1b8",
    "\x1b[s\x1b[H\x1b[u",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[2K",
    "\x1b[J",
    "\x1b[3;3H\x1b[1J",
    "\x1b[2J",
    "\x1b[2J\x1b[3J",
    "\x1b[3g\t",
    "\x1bc",
    "\x1bM",
    "\x1b[H\x1bM",
    "\x1b[31;44;1m",
    "\x1b[4h",
    "\x1b[4h\x1b[4l",
    "\x1b[20h\nx",
    "\x1b[?1h",
    "\x1b[?7l",
    "\x1b[?1049h",
    "\x1b[?1049h\x1b[?1049l",
    "\x1b[?6h",
    "\x1b[?3h",
    "\x1b[2;3r\n\n\n",
    "\x1b=",
    "\x1b=\x1b>",
    "\x1b)0\x0eq",
    "\x1b(0q",
    "\x1b]4;1;#102030\x07",
    "\x1b]4;1;#102030\x07\x1b]104;1\x07",
    "\x1b#8",
    "\x1b]8;id=a;http://x/\x07x",
    "\x1b[=5u",
    "\x1b[b",
    "x\x1b[3b",
];

/// The calls among them that end where they began.
const BACK_AGAIN: &[&str] = &[
    "\x1b7\x1b[H\x1b8",
    "\x1b[s\x1b[H\x1b[u",
    "\x1b[4h\x1b[4l",
    "\x1b[?1049h\x1b[?1049l",
    "\x1b=\x1b>",
    "\x1b]4;1;#102030\x07\x1b]104;1\x07",
];

#[test]
fn every_call_reaches_the_emulator() {
    for call in CALLS {
        let mut screen = Screen::new(20, 4, 10);
        screen.feed(START.as_bytes());
        screen.feed(call.as_bytes());
        let config = Config { scrolling_history: 10, kitty_keyboard: true, ..Config::default() };
        let mut plain = Term::new(config, &screen.term, VoidListener);
        let mut processor: Processor = Processor::new();
        processor.advance(&mut plain, START.as_bytes());
        let before = State::of(&plain);
        processor.advance(&mut plain, call.as_bytes());
        let after = State::of(&plain);
        assert!(after != before || BACK_AGAIN.contains(call), "{call:?} shows nothing");
        assert_eq!(State::of(&screen.term), after, "{call:?}");
    }
}
