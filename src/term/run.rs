//! Text that stands for itself, written into the cells of a row at once.
//!
//! Most of what an agent draws are letters, blanks and frames of one column each. The parser hands them to the emulator one by
//! one; where nothing can come of that but a row of cells, they are put there together. What a terminal obeys, what is wider
//! or stands over another character, and the last column stay with the parser, and so does the last character of a run: the
//! parser has to know what a repetition would repeat.

use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::vte::ansi::StandardCharset;

use super::screen::Screen;

/// A shorter run is not worth a call of its own, in characters.
const RUN_CHARS_MIN: usize = 4;
/// In the last column the cursor stays, and the next character begins a row: so many characters are the parser's there.
const ROW_END_CHARS: usize = 2;
/// A control sequence longer than this is left to the parser with all that follows, in bytes.
const SEQUENCE_BYTES_MAX: usize = 64;

/// A run of characters that each take one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Run {
    /// How many characters it has.
    chars: usize,
    /// How many bytes they are.
    bytes: usize,
    /// How many bytes its last character is.
    last: usize,
}

impl Screen {
    /// Parses bytes; the parser stands between two sequences and between two characters.
    pub(super) fn parse_from_text(&mut self, bytes: &[u8]) {
        // What the parser is given is gathered up to the next run: `left` bytes from the beginning of `rest`.
        let (mut rest, mut left) = (bytes, 0);
        while let Some(ahead) = rest.get(left..).filter(|ahead| !ahead.is_empty()) {
            let run = Run::at(ahead);
            if run.chars >= RUN_CHARS_MIN {
                self.parse(rest.get(..left).unwrap_or_default());
                let written = self.write_run(ahead.get(..run.bytes - run.last).unwrap_or_default());
                rest = ahead.get(written..).unwrap_or_default();
                left = run.bytes - written;
                continue;
            }
            match run.bytes + passed(ahead.get(run.bytes..).unwrap_or_default()) {
                0 => left = rest.len(),
                step => left += step,
            }
        }
        self.parse(rest.get(..left).unwrap_or_default());
    }

    /// Writes a run, row by row, and leaves the rows' ends to the parser; how many bytes were used.
    fn write_run(&mut self, run: &[u8]) -> usize {
        let (mut used, mut is_stuck) = (0, false);
        while let Some(ahead) = run.get(used..).filter(|ahead| !ahead.is_empty()) {
            let written = self.write(ahead);
            used += written;
            if written == 0 && is_stuck {
                break;
            }
            is_stuck = written == 0;
            let ends = ahead.get(written..).map_or(0, |ahead| Run::of(ahead, ROW_END_CHARS).bytes);
            self.parse(run.get(used..used + ends).unwrap_or_default());
            used += ends;
        }
        used
    }

    /// Writes characters of a run into the cursor's row, as far as nothing else comes of it; how many bytes were used.
    fn write(&mut self, run: &[u8]) -> usize {
        let (columns, charset) = (self.term.columns(), self.beside.charset);
        if self.term.mode().contains(TermMode::INSERT) {
            return 0;
        }
        let grid = self.term.grid_mut();
        let (point, template) = (grid.cursor.point, &grid.cursor.template);
        if grid.cursor.input_needs_wrap || grid.cursor.charsets[charset] != StandardCharset::Ascii {
            return 0;
        }
        let template = template.clone();
        // In the last column the cursor stays where it is.
        let room = columns.saturating_sub(1).saturating_sub(point.column.0);
        let row = &mut grid[point.line][point.column..Column(point.column.0 + room)];
        let (mut used, mut written) = (0, 0);
        for cell in row {
            let Some((c, bytes)) = run.get(used..).and_then(narrow) else { break };
            if cell.flags.intersects(Flags::WIDE_CHAR | Flags::WIDE_CHAR_SPACER) {
                break;
            }
            (cell.c, cell.fg, cell.bg, cell.flags) = (c, template.fg, template.bg, template.flags);
            if cell.extra.is_some() || template.extra.is_some() {
                cell.extra.clone_from(&template.extra);
            }
            used += bytes;
            written += 1;
        }
        grid.cursor.point.column += written;
        used
    }
}

impl Run {
    /// The run that `bytes` begin with.
    fn at(bytes: &[u8]) -> Self {
        Self::of(bytes, usize::MAX)
    }

    /// At most so many characters of it.
    fn of(bytes: &[u8], chars_max: usize) -> Self {
        let mut run = Self::default();
        while run.chars < chars_max {
            let ahead = bytes.get(run.bytes..).unwrap_or_default();
            let plain = ahead.iter().take(chars_max - run.chars).take_while(|byte| is_plain(**byte)).count();
            run = match plain {
                0 => match narrow(ahead) {
                    Some((_, length)) => Self { chars: run.chars + 1, bytes: run.bytes + length, last: length },
                    None => break,
                },
                _ => Self { chars: run.chars + plain, bytes: run.bytes + plain, last: 1 },
            };
        }
        run
    }
}

/// Whether it is an ASCII character that is drawn.
#[inline]
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// The character of one column that `bytes` begin with, and its length: ASCII that is drawn, and the lines and blocks of frames.
#[inline]
fn narrow(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes {
        [c @ b' '..=b'~', ..] => Some((char::from(c), 1)),
        // U+2500 to U+257F.
        [0xe2, middle @ 0x94..=0x95, last @ 0x80..=0xbf, ..] => {
            let c = 0x2000 | u32::from(middle & 0x3f) << 6 | u32::from(last & 0x3f);
            char::from_u32(c).map(|c| (c, 3))
        }
        _ => None,
    }
}

/// How many bytes from the beginning leave the parser between two sequences and two characters; 0 where that is not plain to see.
fn passed(bytes: &[u8]) -> usize {
    match *bytes {
        [0x1b, b'[', ref after @ ..] => {
            let params = after.iter().take(SEQUENCE_BYTES_MAX).take_while(|b| matches!(b, 0x20..=0x3f)).count();
            if after.get(params).is_some_and(|last| matches!(last, 0x40..=0x7e)) { 2 + params + 1 } else { 0 }
        }
        // A window command: a title, a link.
        [0x1b, b']', ref after @ ..] => match memchr::memchr2(0x07, 0x1b, after).and_then(|end| after.get(end..)) {
            Some(&[0x07, ref rest @ ..] | &[0x1b, b'\\', ref rest @ ..]) => bytes.len() - rest.len(),
            Some(_) | None => 0,
        },
        [0x1b, b' '..=b'/', b'0'..=b'~', ..] => 3,
        // Strings of other kinds have ends of their own.
        [0x1b, b'P' | b'X' | b'^' | b'_', ..] => 0,
        [0x1b, b'0'..=b'~', ..] => 2,
        [0x1b, ..] | [] => 0,
        // A control character is carried out at once. DEL is none to the parser, but it begins nothing either.
        [..=0x7f, ..] => 1,
        // Whether a character is whole the parser knows with the next ASCII one; and where letters of other alphabets stand,
        // runs are too short to be worth looking for up to the next thing that a terminal obeys.
        [_, ref after @ ..] => match after.iter().position(|byte| *byte < b' ') {
            Some(at) if after.get(at) == Some(&0x1b) => at + 1,
            Some(at) => at + 2,
            None => 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All that can be seen of a screen, and where it goes on.
    fn seen(screen: &Screen) -> (Vec<String>, Vec<String>) {
        let rows = (0..screen.size().1).map(|row| format!("{:?}", screen.row(row).collect::<Vec<_>>()));
        let rest = format!("{:?} {:?}", screen.cursor(), screen.modes());
        (screen.lines().collect(), rows.chain([rest]).collect())
    }

    fn piece() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "the quick brown fox jumps",
            " ",
            "x",
            "──────",
            "│ ",
            "│",
            "╭──╮ a",
            "漢字",
            "漢",
            "e\u{301}",
            "👍",
            "❤\u{fe0f}",
            "\r\n",
            "\r",
            "\n",
            "\t",
            "\u{8}",
            "\u{7f}",
            "\x1b[31m",
            "\x1b[0m",
            "\x1b[4:3;58:5:3m",
            "\x1b[1;3H",
            "\x1b[2;9H",
            "\x1b[K",
            "\x1b[4h",
            "\x1b[4l",
            "\x1b[?7l",
            "\x1b[?7h",
            "\x1b(0",
            "\x1b(B",
            "\x1b)0",
            "\x0e",
            "\x0f",
            "\x1b[5b",
            "\x1b[2@",
            "\x1b[3P",
            "\x1b[2;4r",
            "\x1b7",
            "\x1b8",
            "\x1b]8;;https://x\x1b\\",
            "\x1b]8;;\x1b\\",
            "\x1b]0;title\u{7}",
            "\x1b[?1049h",
            "\x1b[?1049l",
            "\x1bM",
            "\x1b[",
            "\x1b",
            "\u{9b}3m",
            "lqqk",
        ])
    }

    proptest! {
        #[test]
        fn what_is_written_at_once_stands_as_if_each_byte_had_come_alone(
            pieces in proptest::collection::vec(prop_oneof![
                8 => piece().prop_map(|text| text.as_bytes().to_vec()),
                1 => Just(vec![0xe2, 0x94]), 1 => Just(vec![0xff]), 1 => Just(vec![0xc3]),
            ], 0..60),
            columns in 2u16..20,
            at_once in 1usize..8,
        ) {
            let bytes = pieces.concat();
            let (mut whole, mut apart) = (Screen::new(columns, 4, 50), Screen::new(columns, 4, 50));
            pieces.chunks(at_once).for_each(|pieces| whole.feed(&pieces.concat()));
            bytes.iter().for_each(|byte| apart.feed(&[*byte]));
            prop_assert_eq!(seen(&whole), seen(&apart), "{}", String::from_utf8_lossy(&bytes).escape_debug());
        }
    }
}
