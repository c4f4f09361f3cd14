//! What the agent said of an act before the kernel was asked for it.

use serde::{Deserialize, Serialize};

use super::{CaseId, Moment, Ruling, Source, Tool, Untrusted};

/// The tool call that a fact belongs to: what the agent announced, shown beside what is about to happen.
///
/// It explains. It permits nothing: what an announcement covers is a matter of the ruling on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The call as it was announced.
    pub tool: Tool,
    /// How it was heard first.
    pub source: Source,
    /// When it was heard first.
    pub at: Moment,
    /// The case that the announcement was, where it was one and was approved.
    pub case: Option<CaseId>,
    /// What the operator said to the announcement, where it was asked about.
    pub ruling: Option<Ruling>,
    /// How the fact differs from what was announced, in a sentence; `None` where it is what was announced.
    pub differs: Option<Untrusted>,
}

impl Intent {
    /// Shows every text in it to `change`, which may replace it.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut Untrusted)) {
        self.tool.each_text(change);
        self.differs.iter_mut().for_each(change);
    }
}
