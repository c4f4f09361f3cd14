//! What the agent announced, so that a fact can be shown beside the words that it was announced with.

use std::collections::VecDeque;
use std::time::Duration;

use super::ancestry::Process;
use super::covers::{Fact, WRAPPERS_MAX, Weigh, became, goes_no_further, is_expected, is_same_call, wraps};
use crate::judge::covers;
use crate::model::{
    Action, ActionId, Announced, CaseId, Exec, Finding, Intent, Judgement, Moment, Ruling, Source, Tool, Untrusted,
};

/// How many announcements are remembered.
const INTENTS_MAX: usize = 64;
/// How far apart two sensors may hear of one call, and a call and its fact.
const TOGETHER: Duration = Duration::from_secs(60);
/// How much of a command a sentence about it quotes, in bytes.
const QUOTED_BYTES_MAX: usize = 160;

/// The announcements of a session, oldest first.
#[derive(Debug, Default)]
pub(super) struct Intents {
    all: VecDeque<Announcement>,
}

/// One call as it was announced.
#[derive(Debug)]
struct Announcement {
    tool: Tool,
    source: Source,
    at: Moment,
    /// The act as which it was judged, where a hook asked.
    action: Option<ActionId>,
    asker: Option<Process>,
    announced: Vec<Announced>,
    findings: Vec<Finding>,
    /// The processes in which it happens.
    within: Vec<Process>,
    case: Option<CaseId>,
    ruling: Option<(Ruling, Moment)>,
}

impl Intents {
    /// Whether nothing was announced yet.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A hook asks about a call.
    pub(super) fn asked(&mut self, action: &Action, tool: &Tool, judgement: &Judgement, asker: Option<Process>) {
        let known = self.all.iter_mut().rev().find(|known| {
            let is_it = known.action == Some(action.id);
            is_it || known.action.is_none() && is_near(known.at, action.at) && is_same_call(&known.tool, tool)
        });
        let announcement = Announcement {
            tool: tool.clone(),
            source: action.source,
            at: action.at,
            action: Some(action.id),
            asker,
            announced: judgement.announced.clone(),
            findings: judgement.findings.clone(),
            within: Vec::new(),
            case: None,
            ruling: None,
        };
        match known {
            Some(known) => {
                let (source, at) = (known.source, known.at);
                *known = Announcement { source, at, ..announcement };
            }
            None => self.push(announcement),
        }
    }

    /// A stream or a screen tells of a call; what it announces is not judged, it is too late for that.
    pub(super) fn heard(&mut self, tool: &Tool, at: Moment) {
        let known = self.all.iter_mut().rev().find(|known| is_near(known.at, at) && is_same_call(&known.tool, tool));
        if let Some(known) = known {
            known.tool.reason = known.tool.reason.take().or_else(|| tool.reason.clone());
            known.tool.call = known.tool.call.take().or_else(|| tool.call.clone());
            return;
        }
        self.push(Announcement {
            tool: tool.clone(),
            source: Source::Stream,
            at,
            action: None,
            asker: None,
            announced: Vec::new(),
            findings: Vec::new(),
            within: Vec::new(),
            case: None,
            ruling: None,
        });
    }

    fn push(&mut self, announcement: Announcement) {
        if self.all.len() == INTENTS_MAX {
            self.all.pop_front();
        }
        self.all.push_back(announcement);
    }

    /// The operator answered a hook's question.
    pub(super) fn ruled(&mut self, action: ActionId, case: Option<CaseId>, ruling: Ruling, now: Moment) {
        if let Some(known) = self.all.iter_mut().rev().find(|known| known.action == Some(action)) {
            known.case = case;
            known.ruling = Some((ruling, now));
        }
    }

    /// A program starts: where it runs an announced command line, what is below it belongs to that call.
    pub(super) fn started(&mut self, exec: &Exec, ancestors: &[Process], now: Moment) {
        let Some(process) = ancestors.first() else { return };
        let known = self.all.iter_mut().rev().find(|known| known.is_begun_by(exec, ancestors, now));
        if let Some(known) = known.filter(|known| !known.within.contains(process)) {
            known.within.push(*process);
        }
    }

    /// The call that this fact belongs to, with how it differs from what was announced.
    pub(super) fn of(&self, fact: &Fact, weigh: &Weigh) -> Option<Intent> {
        let known = self.find(fact)?;
        Some(Intent {
            tool: known.tool.clone(),
            source: known.source,
            at: known.at,
            case: known.case,
            ruling: known.ruling.map(|(ruling, _)| ruling),
            differs: known.differs(fact, weigh).map(Untrusted::from),
        })
    }

    /// Whether the operator denied exactly this a moment ago, and it runs all the same.
    pub(super) fn is_denied(&self, fact: &Fact, weigh: &Weigh) -> bool {
        self.find(fact).is_some_and(|known| {
            let is_denied = known
                .ruling
                .is_some_and(|(ruling, at)| matches!(ruling, Ruling::Deny | Ruling::Expired) && is_near(at, fact.now));
            is_denied && known.is_the_same(fact, weigh)
        })
    }

    fn find(&self, fact: &Fact) -> Option<&Announcement> {
        let is_within = |known: &&Announcement| known.within.iter().any(|process| fact.ancestors.contains(process));
        let is_start = |known: &&Announcement| {
            known.is_below(fact.ancestors) && is_near(known.at, fact.now) && covers(&known.announced, fact.exec)
        };
        let begins = |known: &&Announcement| known.is_begun_by(fact.exec, fact.ancestors, fact.now);
        let all = || self.all.iter().rev();
        all().find(begins).or_else(|| all().find(is_within)).or_else(|| all().find(is_start))
    }
}

impl Announcement {
    fn is_below(&self, ancestors: &[Process]) -> bool {
        self.asker.is_none_or(|asker| ancestors.contains(&asker))
    }

    /// Whether this program start is the shell, or the program, that runs the call's command line.
    fn is_begun_by(&self, exec: &Exec, ancestors: &[Process], now: Moment) -> bool {
        let last = self.ruling.map_or(self.at, |(_, at)| at);
        is_near(last, now) && self.is_below(ancestors) && self.tool.is_run_by(exec)
    }

    /// Whether the fact is what was announced, neither more nor other.
    fn is_the_same(&self, fact: &Fact, weigh: &Weigh) -> bool {
        goes_no_further(fact, &self.findings)
            && (covers(&self.announced, fact.exec) || wraps(fact, &self.announced, weigh))
    }

    fn differs(&self, fact: &Fact, weigh: &Weigh) -> Option<String> {
        if self.is_the_same(fact, weigh) {
            let is_denied = self.ruling.is_some_and(|(ruling, _)| ruling != Ruling::Approve);
            return is_denied.then(|| "it was denied, and runs all the same".to_owned());
        }
        let command = cut(&self.tool.deed.shown());
        if self.announced.is_empty() {
            // Heard from a stream, which is not judged: the words alone can be compared.
            let is_it = self.is_begun_by(fact.exec, fact.ancestors, fact.now);
            let runs_it = is_it || self.within.iter().any(|process| fact.ancestors.contains(process));
            return (!runs_it).then(|| format!("announced as `{command}`"));
        }
        let now = cut(&fact.exec.shown());
        if covers(&self.announced, fact.exec) {
            let place = fact.exec.cwd.shown();
            return Some(match &self.tool.cwd {
                Some(cwd) if *cwd != fact.exec.cwd => {
                    format!("`{command}` was announced for {}; it runs in {place}", cwd.shown())
                }
                _ => format!("`{command}` was announced; what it hits now is worse or other than it was then"),
            });
        }
        if self.is_begun_by(fact.exec, fact.ancestors, fact.now) {
            let more =
                fact.judgement.announced.iter().find(|start| !is_expected(start, &self.announced, weigh, WRAPPERS_MAX));
            return more.map(|start| format!("`{command}` was announced; it also runs `{}`", cut(&shown(start))));
        }
        Some(match became(&self.announced, fact.exec) {
            Some(_) => format!("`{command}` was announced; it became `{now}`"),
            None => format!("`{command}` was announced; `{now}` was not"),
        })
    }
}

fn is_near(one: Moment, other: Moment) -> bool {
    one.since(other) <= TOGETHER && other.since(one) <= TOGETHER
}

fn shown(start: &Announced) -> String {
    let word = |word: &crate::model::Word| match word {
        crate::model::Word::Literal(text) => text.shown(),
        crate::model::Word::Glob(pattern) => Untrusted::from(pattern.as_str()).shown(),
        crate::model::Word::Open => "…".to_owned(),
    };
    start.words.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    if text.len() <= QUOTED_BYTES_MAX {
        return text.to_owned();
    }
    let end = (0..=QUOTED_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}
