//! A session in a few numbers.

use std::io::BufRead;

use super::entry::{Body, Entry};
use super::reader::{Lost, ReadError, Reader};
use crate::model::{Moment, Ruling, Untrusted};

/// What a journal says of its session as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The session's id, if its first line is there.
    pub id: Option<String>,
    /// Wall clock at second 0, RFC 3339.
    pub started: Option<String>,
    /// The agent's command.
    pub agent: Vec<Untrusted>,
    /// Where it was started.
    pub cwd: Untrusted,
    /// When the last entry was made.
    pub until: Moment,
    /// How many cases were opened.
    pub cases: usize,
    /// How many of them were approved, denied, expired, void; the rest has no answer.
    pub decided: Decided,
    /// The exit status and signal, if the session came to its end.
    pub exit: Option<(i32, Option<i32>)>,
    /// How many lines are flawed.
    pub flaws: usize,
    /// The end of the journal, if it is no whole line.
    pub lost: Option<Lost>,
}

/// How the cases of a session were decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    /// Let happen.
    pub approved: usize,
    /// Refused.
    pub denied: usize,
    /// Refused because nobody answered.
    pub expired: usize,
    /// What was held went away.
    pub void: usize,
}

impl Summary {
    /// Reads a journal to its end.
    ///
    /// # Errors
    /// [`ReadError`] if the system refuses; flaws are only counted.
    pub fn read<R: BufRead>(journal: R) -> Result<Self, ReadError> {
        let mut reader = Reader::new(journal);
        let mut summary = Self::default();
        while let Some(line) = reader.next_line()? {
            summary.flaws += usize::from(line.flaw.is_some());
            summary.until = summary.until.max(line.content.moment().unwrap_or_default());
            if let Some(entry) = line.content.entry() {
                summary.take(entry);
            }
        }
        summary.lost = reader.lost();
        Ok(summary)
    }

    fn take(&mut self, entry: &Entry) {
        match &entry.body {
            Body::SessionStart { session, started, agent, cwd, .. } => {
                self.id = Some(session.clone());
                self.started = Some(started.clone());
                self.agent.clone_from(agent);
                self.cwd.clone_from(cwd);
            }
            Body::Hold { .. } => self.cases += 1,
            Body::Decision { decision, .. } => {
                let count = match decision.ruling {
                    Ruling::Approve => &mut self.decided.approved,
                    Ruling::Deny => &mut self.decided.denied,
                    Ruling::Expired => &mut self.decided.expired,
                    Ruling::Void => &mut self.decided.void,
                };
                *count += 1;
            }
            Body::Exit { status, signal } => self.exit = Some((*status, *signal)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::super::samples::session;
    use super::*;

    #[test]
    fn a_session_is_summed_up_and_one_without_end_has_no_exit() {
        let entries = session();
        let mut writer = Writer::new(Vec::new());
        for entry in &entries {
            writer.append(entry).unwrap();
        }
        let journal = writer.into_inner();
        let summary = Summary::read(&journal[..]).unwrap();
        let whole = Summary {
            id: Some("20261121-shop-4f2a".into()),
            started: Some("2026-11-21T07:00:00Z".into()),
            agent: vec!["bash".into()],
            cwd: "/home/dev/shop".into(),
            until: entries[entries.len() - 1].t,
            cases: 1,
            decided: Decided { denied: 1, ..Decided::default() },
            exit: Some((130, Some(2))),
            flaws: 0,
            lost: None,
        };
        assert_eq!(summary, whole);
        let cut = Summary::read(&journal[..journal.len() - 1]).unwrap();
        assert_eq!((cut.exit, cut.lost.map(|lost| lost.line)), (None, Some(entries.len() as u64)));
        assert_eq!(Summary::read(&b""[..]).unwrap(), Summary::default());
    }
}
