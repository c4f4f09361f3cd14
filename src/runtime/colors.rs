//! What the operator's terminal says of its colours, asked once before the first key is read and after the first frame.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::clock::Clock;
use crate::model::{Key, KeyCode, Mods, Moment};
use crate::sys::wait_readable;
use crate::term::{Colors, Rgb};

/// Text and ground (OSC 10 and 11), whether the terminal is dark (CSI ? 996 n), and last what every terminal answers: its
/// answer ends the wait.
const QUESTIONS: &[u8] = b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[?996n\x1b[c";
/// How long a terminal may take to answer.
const PATIENCE: Duration = Duration::from_millis(150);
/// The same over a network.
const PATIENCE_REMOTE: Duration = Duration::from_millis(600);
/// More than all answers together have, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// Whether what lies behind text is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Light text on it.
    Dark,
    /// Dark text on it.
    Light,
}

/// Whom to ask for the terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// The terminal of this machine.
    Terminal,
    /// A terminal at the other end of a network.
    Remote,
    /// Nobody: there is none, or it would not understand.
    Nobody,
}

/// What the terminal told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TerminalColors {
    /// Its colours for text and ground.
    pub colors: Colors,
    /// What it says it is set to.
    pub says: Option<Ground>,
}

impl TerminalColors {
    /// Whether the terminal is dark or light, by what it says of itself, else by the colour of its ground.
    #[must_use]
    pub fn ground(&self) -> Option<Ground> {
        self.says.or_else(|| self.colors.background.map(ground_of))
    }
}

/// Asks the terminal, which is in raw mode, and says what it told with the keys that were typed meanwhile. Blocks until it
/// has answered, at most `PATIENCE`; what it does not tell is not known. Call it before anything else reads keys.
///
/// # Errors
/// What the system says; there may be no terminal.
pub(super) fn ask_terminal(asks: Asks) -> io::Result<(TerminalColors, Vec<Key>)> {
    let patience = match asks {
        Asks::Terminal => PATIENCE,
        Asks::Remote => PATIENCE_REMOTE,
        Asks::Nobody => return Ok((TerminalColors::default(), Vec::new())),
    };
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let answer = exchange(&mut terminal, patience)?;
    Ok((read_answers(&answer), typed_between(&answer)))
}

fn exchange(terminal: &mut (impl Read + Write + AsFd), patience: Duration) -> io::Result<Vec<u8>> {
    terminal.write_all(QUESTIONS)?;
    terminal.flush()?;
    let clock = Clock::start();
    let until = Moment::from_duration(patience);
    let mut answer = Vec::new();
    let mut chunk = [0; 256];
    while answer.len() < ANSWER_BYTES_MAX && !is_whole(&answer) && clock.now() < until {
        let left = until.since(clock.now());
        let ready = wait_readable(&[terminal.as_fd()], Some(left))?;
        if ready.iter().any(|ready| ready.is_readable) {
            match terminal.read(&mut chunk)? {
                0 => break,
                count => answer.extend(chunk.iter().take(count)),
            }
        }
    }
    Ok(answer)
}

/// Whether the answer to the last question is there: `CSI ? … c`.
fn is_whole(answer: &[u8]) -> bool {
    sequences(answer).any(|sequence| sequence.starts_with(b"[?") && sequence.ends_with(b"c"))
}

/// The keys among the answers: characters, and what Ctrl makes of letters. What begins with an escape is no key here.
fn typed_between(answer: &[u8]) -> Vec<Key> {
    let mut typed = Vec::new();
    let mut parts = answer.split(|byte| *byte == 0x1b);
    typed.extend_from_slice(parts.next().unwrap_or_default());
    for (rest, sequence) in parts.zip(sequences(answer)) {
        typed.extend_from_slice(rest.get(sequence.len()..).unwrap_or_default());
    }
    let key = |c: char| match c {
        '\r' => Some(Key::plain(KeyCode::Enter)),
        '\t' => Some(Key::plain(KeyCode::Tab)),
        '\x7f' => Some(Key::plain(KeyCode::Backspace)),
        '\x1d' => Some(Key { code: KeyCode::Char(']'), mods: Mods { ctrl: true, ..Mods::default() } }),
        '\x01'..='\x1a' => {
            let letter = char::from_u32(u32::from(c) + 0x60)?;
            Some(Key { code: KeyCode::Char(letter), mods: Mods { ctrl: true, ..Mods::default() } })
        }
        c if c.is_control() => None,
        c => Some(Key::char(c)),
    };
    String::from_utf8_lossy(&typed).chars().filter_map(key).collect()
}

/// The escape sequences of an answer without their first byte, up to the next one or their end.
fn sequences(answer: &[u8]) -> impl Iterator<Item = &[u8]> {
    answer.split(|byte| *byte == 0x1b).skip(1).map(|rest| {
        let length = match rest.first() {
            Some(b'[') => rest.iter().skip(1).position(|byte| (0x40..=0x7e).contains(byte)).map(|end| end + 2),
            Some(b']' | b'P' | b'_' | b'^' | b'X') => rest.iter().position(|byte| *byte == 0x07).map(|end| end + 1),
            _ => Some(1),
        };
        length.and_then(|length| rest.get(..length)).unwrap_or(rest)
    })
}

fn read_answers(answer: &[u8]) -> TerminalColors {
    let mut told = TerminalColors::default();
    for sequence in sequences(answer) {
        let text = String::from_utf8_lossy(sequence);
        let text = text.trim_end_matches('\x07');
        if let Some(color) = text.strip_prefix("]10;") {
            told.colors.foreground = color_of(color);
        } else if let Some(color) = text.strip_prefix("]11;") {
            told.colors.background = color_of(color);
        } else if text == "[?997;1n" {
            told.says = Some(Ground::Dark);
        } else if text == "[?997;2n" {
            told.says = Some(Ground::Light);
        }
    }
    told
}

/// `rgb:RRRR/GGGG/BBBB`, each part of one to four digits, as terminals write a colour; `rgba:` has one more.
fn color_of(text: &str) -> Option<Rgb> {
    let (_, parts) = text.split_once(':').filter(|(kind, _)| matches!(*kind, "rgb" | "rgba"))?;
    let mut parts = parts.split('/').map(|part| {
        let most = (1_u32 << (4 * u32::try_from(part.len()).ok().filter(|len| (1..=4).contains(len))?)) - 1;
        let value = u32::from_str_radix(part, 16).ok()?;
        u8::try_from(value * 255 / most).ok()
    });
    Some(Rgb(parts.next()??, parts.next()??, parts.next()??))
}

/// Dark or light, by how bright the colour is to the eye.
fn ground_of(Rgb(red, green, blue): Rgb) -> Ground {
    let brightness = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    if brightness < 128_000 { Ground::Dark } else { Ground::Light }
}

/// `COLORFGBG`, such as `15;0`: the last number is the ground's, of the 16 colours.
#[must_use]
pub fn ground_of_variable(color_fg_bg: &str) -> Option<Ground> {
    match color_fg_bg.rsplit(';').next()?.parse::<u8>().ok()? {
        0..=6 | 8 => Some(Ground::Dark),
        7 | 9..=15 => Some(Ground::Light),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_answer_is_read_and_anything_else_is_not_known() {
        let dark =
            Colors { background: Some(Rgb(13, 17, 23)), foreground: Some(Rgb(255, 255, 255)), ..Colors::default() };
        for (answer, colors, ground) in [
            (
                &b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\\x1b]11;rgb:0d0d/1111/1717\x1b\\\x1b[?62;4c"[..],
                dark,
                Some(Ground::Dark),
            ),
            (b"\x1b]10;rgb:ff/ff/ff\x07\x1b]11;rgba:0d/11/17/ff\x07\x1b[?997;2n\x1b[?1;2c", dark, Some(Ground::Light)),
            (b"\x1b[?6c", Colors::default(), None),
            (b"q\x1b]11;#ffffff\x07\x1b]10;rgb:/x/0\x07ls\r", Colors::default(), None),
            (b"", Colors::default(), None),
        ] {
            let told = read_answers(answer);
            assert_eq!((told.colors, told.ground()), (colors, ground), "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn what_is_typed_between_the_answers_is_not_lost() {
        let answer = b"l\x1b]10;rgb:ff/ff/ff\x1b\\s\x1b[?997;2n\r\x1b[?1;2c\x1d";
        let typed: Vec<String> = typed_between(answer).iter().map(Key::to_string).collect();
        assert_eq!(typed, ["l", "s", "Enter", "Ctrl-]"]);
        assert_eq!(typed_between(b"\x1b]11;rgb:0/0/0\x07\x1b[?6c"), []);
    }

    #[test]
    fn the_answer_to_the_last_question_ends_the_wait() {
        assert!(is_whole(b"\x1b]11;rgb:0/0/0\x1b\\\x1b[?62;1;4c"));
        for part in [&b"\x1b]11;rgb:cc/cc/cc\x1b\\"[..], b"\x1b[?997;1n", b"\x1b[?62;", b"c", b""] {
            assert!(!is_whole(part), "{}", part.escape_ascii());
        }
    }

    #[test]
    fn the_variable_says_dark_or_light_by_its_last_number() {
        let all = ["15;0", "0;15", "0;default;7", "12;8", "x", ""].map(ground_of_variable);
        let (dark, light) = (Some(Ground::Dark), Some(Ground::Light));
        assert_eq!(all, [dark, light, light, dark, None, None]);
    }
}
