//! What a text only foretells and the kernel gate will see for itself: a script that saves over a file is asked about by
//! its text, because nothing keeps the old content; but the gate keeps it, and judges the call as what it is.

use crate::judge::{Account, Deed, Step, Wrapper};
use crate::model::{Finding, Judgement, Tier, Untrusted};

/// The rules that speak of nothing but content that goes for want of somebody to keep it.
const FOR_WANT_OF_KEEPING: [&str; 2] = ["files/overwrite-kept", "files/overwrite-outside"];
/// Interpreters whose ways of writing a file anew all empty it first or rename over it: calls that are gated.
const INTERPRETERS: [&str; 7] = ["python", "node", "perl", "ruby", "php", "bun", "deno"];
/// What takes a command to where no call of it is gated.
const ELSEWHERE: [&str; 3] = ["remote", "container", "rights"];

/// A file that a command destroys something of, and whether the gate sees it done.
struct Loss<'a> {
    target: &'a Untrusted,
    is_seen: bool,
}

/// Whether all that a judgement is held for from `least` on is content that the gate will see overwritten, and keep.
pub(super) fn is_kept_by_the_gate(judgement: &Judgement, least: Tier, account: &Account) -> bool {
    let mut losses = Vec::new();
    collect(&account.steps, Who::Other, &mut losses);
    let is_seen = |finding: &Finding| {
        let Some(target) = &finding.target else { return false };
        let mut own = losses.iter().filter(|loss| loss.target == target).peekable();
        own.peek().is_some() && own.all(|loss| loss.is_seen)
    };
    let mut held = judgement.findings.iter().filter(|finding| finding.tier >= least).peekable();
    held.peek().is_some()
        && held.all(|finding| FOR_WANT_OF_KEEPING.contains(&finding.rule.0.as_str()) && is_seen(finding))
}

/// Who does what a step says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// An interpreter that runs here.
    Script,
    /// Anybody else here.
    Other,
    /// Whoever it is, it is done where nothing is gated.
    Elsewhere,
}

fn collect<'a>(steps: &'a [Step], who: Who, losses: &mut Vec<Loss<'a>>) {
    let is_elsewhere = |wrapper: &Wrapper| ELSEWHERE.contains(&wrapper.adds);
    for step in steps {
        match step {
            Step::Program { words, behind, does, .. } => {
                let who = match who {
                    Who::Script | Who::Other if behind.iter().any(is_elsewhere) => Who::Elsewhere,
                    Who::Script | Who::Other if is_interpreter(words) => Who::Script,
                    Who::Script | Who::Other => Who::Other,
                    Who::Elsewhere => Who::Elsewhere,
                };
                collect(does, who, losses);
            }
            Step::Code { does, .. } => collect(does, who, losses),
            Step::Effect { deed, target, .. } => {
                let is_seen = *deed == Deed::Overwrite && who == Who::Script;
                if is_seen || !matches!(deed, Deed::Read | Deed::Search) {
                    losses.push(Loss { target, is_seen });
                }
            }
            Step::Request { .. } | Step::Statement { .. } | Step::Unread { .. } => {}
        }
    }
}

fn is_interpreter(words: &[Untrusted]) -> bool {
    let program = words.first().map(|word| word.lossy().into_owned()).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    INTERPRETERS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}
