//! Reads recordings: asciicast versions 2 and 3.

use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde_json::Value;

use super::reader::Lost;
use super::recording::{CastHeader, HeaderLine};
use crate::model::Moment;

/// No event is longer; one read of a terminal is far shorter.
const CAST_LINE_BYTES_MAX: usize = 32 << 20;

/// Reads a recording event by event, in memory bounded by one line. At the end of the input it stops; when the input
/// has grown it goes on.
///
/// A last line that is cut off is named by [`CastReader::lost`]. Comments are passed over, and so is a line
/// that is no event; [`CastReader::skipped`] counts these.
#[derive(Debug)]
pub struct CastReader<R> {
    input: R,
    header: CastHeader,
    has_absolute_times: bool,
    clock: Moment,
    line: Vec<u8>,
    number: u64,
    offset: u64,
    skipped: u64,
}

/// One event of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct CastEvent {
    /// When, since the recording's start.
    pub at: Moment,
    /// What.
    pub kind: CastEventKind,
}

/// What a recording has events of.
#[derive(Debug, Clone, PartialEq)]
pub enum CastEventKind {
    /// The program drew this.
    Output(String),
    /// The terminal got another size.
    Resize {
        /// Its columns.
        cols: u16,
        /// Its rows.
        rows: u16,
    },
    /// A place to jump to.
    Marker(String),
    /// The program ended with this status.
    Exit(i32),
    /// Something else; players pass it over.
    Other {
        /// Its code.
        code: String,
        /// What came with it.
        data: Value,
    },
}

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The system refused.
    #[error("line {line} of the recording cannot be read: {error}")]
    Read {
        /// Which line.
        line: u64,
        /// What the system says.
        error: io::Error,
    },
    /// Its first line is cut off or is no header.
    #[error("the recording has no header: {why}")]
    NoHeader {
        /// What is there instead.
        why: String,
    },
    /// Its version is not 2 or 3.
    #[error("the recording has version {0}, this program reads 2 and 3")]
    Version(u64),
}

/// The first line as version 2 has it.
#[derive(Deserialize)]
struct HeaderV2 {
    width: u16,
    height: u16,
    /// Whole seconds, says the format; some recorders write fractions.
    timestamp: Option<f64>,
    title: Option<String>,
    command: Option<String>,
}

/// What every version's first line has.
#[derive(Deserialize)]
struct AnyHeader {
    version: u64,
}

impl<R: BufRead> CastReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CastError`] where there is none that this program knows.
    pub fn open(mut input: R) -> Result<Self, CastError> {
        let mut line = Vec::new();
        (&mut input)
            .take(CAST_LINE_BYTES_MAX as u64)
            .read_until(b'\n', &mut line)
            .map_err(|error| CastError::Read { line: 1, error })?;
        let no_header = |why: String| CastError::NoHeader { why };
        let raw = line.strip_suffix(b"\n").ok_or_else(|| no_header("its first line is cut off".to_owned()))?;
        let wrong = |error: serde_json::Error| no_header(error.to_string());
        let AnyHeader { version } = serde_json::from_slice(raw).map_err(wrong)?;
        let header = match version {
            2 => CastHeader::from(serde_json::from_slice::<HeaderV2>(raw).map_err(wrong)?),
            3 => CastHeader::from(serde_json::from_slice::<HeaderLine>(raw).map_err(wrong)?),
            _ => return Err(CastError::Version(version)),
        };
        Ok(Self {
            input,
            header,
            has_absolute_times: version == 2,
            clock: Moment::ZERO,
            offset: line.len() as u64,
            line,
            number: 1,
            skipped: 0,
        })
    }

    /// What the first line says.
    #[must_use]
    pub fn header(&self) -> &CastHeader {
        &self.header
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// [`CastError::Read`] if the system refuses.
    pub fn next_event(&mut self) -> Result<Option<CastEvent>, CastError> {
        loop {
            if self.line.last() == Some(&b'\n') {
                self.line.clear();
            }
            let line = self.number + 1;
            let room = CAST_LINE_BYTES_MAX.saturating_sub(self.line.len());
            (&mut self.input)
                .take(room as u64)
                .read_until(b'\n', &mut self.line)
                .map_err(|error| CastError::Read { line, error })?;
            if self.line.last() != Some(&b'\n') {
                return Ok(None);
            }
            self.number = line;
            self.offset += self.line.len() as u64;
            if self.line.starts_with(b"#") || self.line.trim_ascii().is_empty() {
                continue;
            }
            match parse(&self.line) {
                Some((seconds, kind)) => return Ok(Some(CastEvent { at: self.tick(seconds), kind })),
                None => self.skipped += 1,
            }
        }
    }

    /// What comes after the last whole line. Ask after [`CastReader::next_event`] gave `None`.
    #[must_use]
    pub fn lost(&self) -> Option<Lost> {
        let is_whole = self.line.is_empty() || self.line.last() == Some(&b'\n');
        let lost = Lost { line: self.number + 1, offset: self.offset, bytes: self.line.len() as u64 };
        (!is_whole).then_some(lost)
    }

    /// How many lines were no events.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Moves the clock to an event's time; it never goes back.
    fn tick(&mut self, seconds: f64) -> Moment {
        let stated = Moment::from_secs(seconds);
        self.clock = if self.has_absolute_times {
            self.clock.max(stated)
        } else {
            Moment(self.clock.0.saturating_add(stated.0))
        };
        self.clock
    }
}

fn parse(line: &[u8]) -> Option<(f64, CastEventKind)> {
    let (seconds, code, data): (f64, String, Value) = serde_json::from_slice(line).ok()?;
    let kind = match (code.as_str(), data) {
        ("o", Value::String(text)) => CastEventKind::Output(text),
        ("m", Value::String(label)) => CastEventKind::Marker(label),
        ("r", Value::String(size)) => resize(&size).unwrap_or(CastEventKind::Other { code, data: size.into() }),
        ("x", Value::String(status)) => match status.trim().parse() {
            Ok(status) => CastEventKind::Exit(status),
            Err(_) => CastEventKind::Other { code, data: status.into() },
        },
        (_, data) => CastEventKind::Other { code, data },
    };
    Some((seconds, kind))
}

fn resize(size: &str) -> Option<CastEventKind> {
    let (cols, rows) = size.split_once('x')?;
    Some(CastEventKind::Resize { cols: cols.parse().ok()?, rows: rows.parse().ok()? })
}

impl From<HeaderLine> for CastHeader {
    fn from(line: HeaderLine) -> Self {
        let HeaderLine { version: _, term, timestamp, command, title } = line;
        Self { cols: term.cols, rows: term.rows, timestamp, title, command }
    }
}

impl From<HeaderV2> for CastHeader {
    fn from(line: HeaderV2) -> Self {
        let HeaderV2 { width, height, timestamp, title, command } = line;
        let timestamp = timestamp.map(|secs| Moment::from_secs(secs.floor()).0 / 1_000_000);
        Self { cols: width, rows: height, timestamp, title, command }
    }
}

#[cfg(test)]
mod tests;
