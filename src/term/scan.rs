//! Finds the ends of escape sequences in front of the emulator's parser.
//!
//! The parser behind buffers synchronized updates by the size of its chunks, keeps window commands of any length and
//! cannot be copied in the middle of a sequence. This scanner follows the same states byte by byte, so that all three
//! are ours: it stops after the sequences the Screen itself acts on, cuts what is too long, and remembers the beginning
//! of a sequence that has not ended.

/// The longest window command (OSC) that is passed on, in bytes; a clipboard write is the only long one.
const OSC_BYTES_MAX: usize = 128 * 1024;

/// The longest control sequence (CSI) that is passed on, in bytes.
const CSI_BYTES_MAX: usize = 256;

/// How much of a device string is remembered: its introduction. What follows does not change the parser's state.
const STRING_HEAD_BYTES: usize = 256;

const ESC: u8 = 0x1b;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const BEL: u8 = 0x07;

/// Where the parser stands, and what it has seen of the current sequence.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    state: State,
    partial: Vec<u8>,
    text_len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// After ESC, and after ESC with intermediates.
    Escape,
    Intermediate,
    Csi,
    Osc,
    Dcs,
    /// SOS, PM and APC.
    Other,
    /// The rest of a control sequence that was too long.
    SkipCsi,
    /// The rest of a window command that was too long.
    SkipOsc,
}

/// A sequence the Screen acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A synchronized update begins.
    Open,
    /// It ends.
    Close,
    /// The terminal is reset.
    Reset,
    /// The agent asks which terminal this is.
    Version,
    /// It asks for the size of a cell in pixels.
    CellSize,
    /// It asks whether the terminal is dark or light.
    Darkness,
    /// The last character is repeated so often that it has to be limited.
    Repeat,
}

/// What to do with a piece of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Pass these bytes on.
    Pass(usize),
    /// Pass these bytes on, then act.
    Act(usize, Mark),
    /// Pass these bytes on, then cancel the sequence they end in.
    Cancel(usize),
    /// Leave these bytes out.
    Skip(usize),
}

impl Scanner {
    /// The bytes that put a fresh parser where this one is.
    pub(super) fn partial(&self) -> &[u8] {
        match self.state {
            State::Ground | State::SkipCsi | State::SkipOsc => &[],
            _ => &self.partial,
        }
    }

    /// Whether the next byte is text.
    pub(super) fn is_in_text(&self) -> bool {
        self.state == State::Ground
    }

    /// How many bytes of text the last piece ended in.
    pub(super) fn text_len(&self) -> usize {
        self.text_len
    }

    /// Follows `bytes` up to the end of the next sequence that matters. `bytes` must not be empty.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Piece {
        let mut at = 0;
        self.text_len = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (used, mark) = match self.state {
                State::Ground => self.ground(rest),
                State::Osc | State::Dcs | State::Other => self.string(rest),
                State::SkipCsi | State::SkipOsc => {
                    // What is left out is a piece of its own.
                    return if at == 0 { Piece::Skip(self.skip(rest)) } else { Piece::Pass(at) };
                }
                State::Escape | State::Intermediate | State::Csi => {
                    (1, rest.first().and_then(|byte| self.sequence(*byte)))
                }
            };
            at += used;
            if let Some(mark) = mark {
                return Piece::Act(at, mark);
            }
            if self.is_too_long() {
                self.state = if self.state == State::Csi { State::SkipCsi } else { State::SkipOsc };
                self.partial.clear();
                return Piece::Cancel(at);
            }
        }
        Piece::Pass(at)
    }

    fn is_too_long(&self) -> bool {
        match self.state {
            State::Csi | State::Intermediate => self.partial.len() >= CSI_BYTES_MAX,
            State::Osc => self.partial.len() >= OSC_BYTES_MAX,
            _ => false,
        }
    }

    /// Text up to the next sequence. A control sequence that is whole is followed in one go.
    fn ground(&mut self, rest: &[u8]) -> (usize, Option<Mark>) {
        let Some(escape) = memchr::memchr(ESC, rest) else {
            self.text_len = rest.len();
            return (rest.len(), None);
        };
        if let Some((b'[', after)) = rest.get(escape + 1..).and_then(<[u8]>::split_first) {
            let params = after.iter().take(CSI_BYTES_MAX / 2).take_while(|b| matches!(b, 0x20..=0x3f)).count();
            if let (Some(body), Some(last @ 0x40..=0x7e)) = (after.get(..params), after.get(params)) {
                return (escape + 2 + params + 1, mark(body, *last));
            }
        }
        self.begin();
        (escape + 1, None)
    }

    fn begin(&mut self) {
        self.state = State::Escape;
        self.partial.clear();
        self.partial.push(ESC);
    }

    fn end(&mut self) {
        self.state = State::Ground;
        self.partial.clear();
    }

    /// One byte within a sequence that is not a string.
    fn sequence(&mut self, byte: u8) -> Option<Mark> {
        match (self.state, byte) {
            (_, CAN | SUB) => self.end(),
            (State::Escape, ESC) => {}
            (_, ESC) => self.begin(),
            // Carried out at once, not part of the sequence.
            (_, 0..0x20) => {}
            (State::Escape | State::Intermediate, 0x20..=0x2f) => self.keep(byte, State::Intermediate),
            (State::Escape, b'[') => self.keep(byte, State::Csi),
            (State::Escape, b']') => self.keep(byte, State::Osc),
            (State::Escape, b'P') => self.keep(byte, State::Dcs),
            (State::Escape, b'X' | b'^' | b'_') => self.keep(byte, State::Other),
            (State::Escape | State::Intermediate, 0x30..=0x7e) => {
                let reset = self.state == State::Escape && byte == b'c';
                self.end();
                return reset.then_some(Mark::Reset);
            }
            (State::Csi, 0x20..=0x3f) => self.keep(byte, State::Csi),
            (State::Csi, 0x40..=0x7e) => {
                let mark = self.partial.get(2..).and_then(|body| mark(body, byte));
                self.end();
                return mark;
            }
            _ => {}
        }
        None
    }

    fn keep(&mut self, byte: u8, state: State) {
        self.partial.push(byte);
        self.state = state;
    }

    /// Bytes of a string up to its end.
    fn string(&mut self, rest: &[u8]) -> (usize, Option<Mark>) {
        let state = self.state;
        let ends = |b: &u8| {
            matches!(*b, ESC | CAN | SUB) || (state == State::Osc && *b == BEL) || (state == State::Dcs && *b == 0x9c)
        };
        let room = match state {
            State::Osc => OSC_BYTES_MAX.saturating_sub(self.partial.len()),
            _ => STRING_HEAD_BYTES.saturating_sub(self.partial.len()),
        };
        match rest.iter().position(ends) {
            Some(end) if state != State::Osc || end < room => {
                if rest.get(end) == Some(&ESC) {
                    self.begin()
                } else {
                    self.end()
                }
                (end + 1, None)
            }
            _ => {
                let kept = room.min(rest.len());
                self.partial.extend_from_slice(rest.get(..kept).unwrap_or_default());
                (if state == State::Osc { kept } else { rest.len() }, None)
            }
        }
    }

    /// How many bytes belong to what is left out. The byte after them is ordinary again.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let skips_csi = self.state == State::SkipCsi;
        for (at, byte) in rest.iter().enumerate() {
            match *byte {
                ESC => {
                    self.end();
                    return at;
                }
                CAN | SUB => {}
                BEL if !skips_csi => {}
                0x40..=0x7e if skips_csi => {}
                _ => continue,
            }
            self.end();
            return at + 1;
        }
        rest.len()
    }
}

/// The sequence with parameters and intermediates `body` and final byte `last`, if the Screen acts on it.
fn mark(body: &[u8], last: u8) -> Option<Mark> {
    match (last, body.split_first()) {
        (b'h', Some((b'?', params))) if has_param(params, b"2026") => Some(Mark::Open),
        (b'l', Some((b'?', params))) if has_param(params, b"2026") => Some(Mark::Close),
        (b'n', Some((b'?', b"996"))) => Some(Mark::Darkness),
        (b'q', Some((b'>', b"" | b"0"))) => Some(Mark::Version),
        (b't', Some((b'1', b"6"))) => Some(Mark::CellSize),
        // Three digits are harmless; what is not a number at all is cut as well.
        (b'b', Some(_)) if body.len() > 3 => Some(Mark::Repeat),
        _ => None,
    }
}

fn has_param(params: &[u8], wanted: &[u8]) -> bool {
    params.len() >= wanted.len() && params.split(|b| *b == b';').any(|param| param == wanted)
}

impl Piece {
    /// How many bytes it is about.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Pass(len) | Self::Act(len, _) | Self::Cancel(len) | Self::Skip(len) => len,
        }
    }
}
