//! Checks a session's journal, and its recording against it.

use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};

use super::entry::Body;
use super::hash::{Hash, ParseHashError};
use super::reader::{Flaw, Lost, ReadError, Reader};
use crate::model::{CaseId, Decision};

/// The recording is read in pieces of so many bytes.
const PIECE_BYTES: u64 = 64 << 10;

/// Faults beyond so many are counted, not kept.
const FAULTS_MAX: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many whole lines the journal has.
    pub lines: u64,
    /// The last line's hash.
    pub last: Hash,
    /// How many `screen_mark` entries there are.
    pub marks: usize,
    /// How many bytes of recording there are.
    pub recorded: u64,
    /// What is wrong, at most a hundred of them.
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more: usize,
}

/// One thing that is wrong with a session's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A line of the journal.
    #[error("journal: {0}")]
    Line(Flaw),
    /// The journal's end is no whole line.
    #[error("journal: {0}")]
    Torn(Lost),
    /// The journal has no `exit`: the session runs, was killed, or its end was cut off.
    #[error("journal: cut off after line {line}: there is no exit entry")]
    NoExit {
        /// The last whole line.
        line: u64,
    },
    /// Something follows the `exit`.
    #[error("journal: line {line} follows the exit entry")]
    AfterExit {
        /// Which line.
        line: u64,
    },
    /// The last line is another than the one that was named.
    #[error("journal: the last hash is {found}, not {expected}: the end was cut off, changed or added to")]
    OtherEnd {
        /// The hash that was named.
        expected: Hash,
        /// The hash of the last line.
        found: Hash,
    },
    /// A mark that cannot be one.
    #[error("journal: line {line} marks no place in the recording: {why}")]
    BadMark {
        /// Which line.
        line: u64,
        /// Why.
        why: String,
    },
    /// The recording is shorter than a mark says.
    #[error("recording: has {found} bytes, journal line {line} has seen {expected}")]
    TooShort {
        /// The mark's line.
        line: u64,
        /// How many bytes there were.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The recording was changed.
    #[error("recording: was changed before byte {offset}, which journal line {line} marks")]
    Changed {
        /// The first mark that does not fit.
        line: u64,
        /// How many bytes it covers.
        offset: u64,
    },
    /// What a ruling says of the screen does not fit what the journal says was on it.
    #[error("journal: line {line} tells another screen than was ruled on: {why}")]
    OtherScreen {
        /// Which line.
        line: u64,
        /// How it does not fit.
        why: &'static str,
    },
    /// The session is closed, and its last mark does not cover the whole recording, nor is a gap known after it.
    #[error("recording: {bytes} bytes at offset {offset} are covered by no mark")]
    Unmarked {
        /// Where they begin.
        offset: u64,
        /// How many they are.
        bytes: u64,
    },
}

/// Files that cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// The recording.
    #[error("the recording cannot be read")]
    Recording(#[from] io::Error),
}

/// A mark as the journal has it.
struct Marked {
    line: u64,
    offset: u64,
    hash: Hash,
}

/// Checks numbers and chain of `journal`, and `recording` against each mark in it.
///
/// With `last`, the hash that the operator was shown at the end, a change to the last line and a cut-off end are
/// found as well. A `recording` of `None` is one that is not there. Reads both to their end.
///
/// # Errors
/// [`VerifyError`] if the system refuses; what is wrong with the files is in the [`Report`].
pub fn verify<J: BufRead, C: Read>(
    journal: J,
    recording: Option<C>,
    last: Option<Hash>,
) -> Result<Report, VerifyError> {
    let mut report = Report { lines: 0, last: Hash::NONE, marks: 0, recorded: 0, faults: Vec::new(), more: 0 };
    let (marks, is_sealed) = check_journal(journal, &mut report)?;
    if let Some(expected) = last.filter(|&hash| hash != report.last) {
        report.add(Fault::OtherEnd { expected, found: report.last });
    }
    report.marks = marks.len();
    match recording {
        Some(recording) => check_recording(recording, &marks, is_sealed, &mut report)?,
        None => check_recording(io::empty(), &marks, is_sealed, &mut report)?,
    }
    Ok(report)
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn add(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }
}

/// The marks in it, and whether the last one has to cover the whole recording.
fn check_journal<J: BufRead>(journal: J, report: &mut Report) -> Result<(Vec<Marked>, bool), VerifyError> {
    let mut reader = Reader::new(journal);
    let mut marks: Vec<Marked> = Vec::new();
    let mut exit: Option<u64> = None;
    let mut has_gap = false;
    let mut shown: Option<(CaseId, String)> = None;
    while let Some(line) = reader.next_line()? {
        if let Some(flaw) = line.flaw {
            report.add(Fault::Line(flaw));
        }
        if exit.is_some() {
            report.add(Fault::AfterExit { line: line.number });
        }
        match line.content.entry().map(|entry| &entry.body) {
            Some(Body::Shown { case, evidence }) => {
                if Hash::of_rows(&evidence.rows).to_string() != evidence.screen {
                    report.add(Fault::OtherScreen { line: line.number, why: "its rows have another hash" });
                }
                shown = Some((*case, evidence.digest.clone()));
            }
            Some(Body::Decision { case, decision: Decision { shown: named, .. } })
            | Some(Body::Release { case, shown: named, .. }) => {
                let is_other = shown.take().is_some_and(|(of, digest)| of != *case || digest != *named);
                if is_other {
                    report.add(Fault::OtherScreen { line: line.number, why: "the decision names another" });
                }
            }
            Some(Body::Exit { .. }) => exit = Some(line.number),
            Some(Body::ScreenMark { offset, hash }) => {
                has_gap = false;
                match marked(line.number, *offset, hash, marks.last()) {
                    Ok(mark) => marks.push(mark),
                    Err(why) => report.add(Fault::BadMark { line: line.number, why }),
                }
            }
            // The recording broke: what was still written of it may be half an event.
            Some(Body::OutputGap { .. }) => has_gap = true,
            _ => {}
        }
    }
    (report.lines, report.last) = (reader.lines(), reader.last_hash());
    if let Some(lost) = reader.lost() {
        report.add(Fault::Torn(lost));
    }
    if exit.is_none() {
        report.add(Fault::NoExit { line: report.lines });
    }
    Ok((marks, exit.is_some() && !has_gap))
}

fn marked(line: u64, offset: u64, hash: &str, before: Option<&Marked>) -> Result<Marked, String> {
    let hash = hash.parse().map_err(|error: ParseHashError| error.to_string())?;
    match before.filter(|before| before.offset > offset) {
        Some(before) => Err(format!("it lies before that of line {}", before.line)),
        None => Ok(Marked { line, offset, hash }),
    }
}

fn check_recording<C: Read>(
    mut recording: C,
    marks: &[Marked],
    is_sealed: bool,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let mut hasher = Sha256::new();
    let mut at = 0;
    let mut is_changed = false;
    for mark in marks {
        at += feed(&mut recording, &mut hasher, mark.offset - at)?;
        if at < mark.offset {
            report.add(Fault::TooShort { line: mark.line, expected: mark.offset, found: at });
            break;
        }
        if !is_changed && Hash::finish(hasher.clone()) != mark.hash {
            report.add(Fault::Changed { line: mark.line, offset: mark.offset });
            is_changed = true;
        }
    }
    let rest = feed(&mut recording, &mut hasher, u64::MAX)?;
    if is_sealed && rest > 0 {
        report.add(Fault::Unmarked { offset: at, bytes: rest });
    }
    report.recorded = at + rest;
    Ok(())
}

/// Hashes at most `bytes` of the recording; how many there were.
fn feed<C: Read>(recording: &mut C, hasher: &mut Sha256, bytes: u64) -> io::Result<u64> {
    let mut piece = Vec::new();
    let mut done = 0;
    while done < bytes {
        piece.clear();
        let got = recording.by_ref().take(PIECE_BYTES.min(bytes - done)).read_to_end(&mut piece)?;
        if got == 0 {
            break;
        }
        hasher.update(&piece);
        done += got as u64;
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
