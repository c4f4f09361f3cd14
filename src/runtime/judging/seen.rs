//! What a text only foretells and the kernel gate will see for itself: who saves over a file is asked about by the
//! text, because nothing keeps the old content; but the gate keeps it, and judges the call as what it is. Who types into
//! a terminal goes through the door of the program that has it, which may be the session's own. And what is removed by
//! its name is kept before it goes, so that an approval has a way back.

use crate::judge::{Account, Deed, Step, Wrapper};
use crate::model::{Finding, Judgement, Tier, Untrusted};

/// The rules that speak of nothing but content that goes for want of somebody to keep it.
const FOR_WANT_OF_KEEPING: [&str; 2] = ["files/overwrite-kept", "files/overwrite-outside"];
/// The rule that speaks of keys for a terminal that is reached through a door.
const THROUGH_A_DOOR: &str = "tampering/type-keys";
/// Programs that can write into what is there. All others, and scripts, empty it first or rename over it: calls that
/// are gated.
const IN_PLACE: [&str; 5] = ["dd", "rsync", "truncate", "fallocate", "qemu-img"];
/// Programs that put nothing of worth in the place of what was there: `tee` without input, a link.
const HOLLOW: [&str; 2] = ["tee", "ln"];
/// Programs that change a file by renaming another over it.
const EDITORS: [&str; 4] = ["sed", "perl", "ruby", "patch"];
/// Programs that destroy the content before they remove the name.
const SHREDDERS: [&str; 3] = ["shred", "wipe", "srm"];
/// What takes a command to where no call of it is gated.
const ELSEWHERE: [&str; 3] = ["remote", "container", "rights"];

/// A file that a command destroys something of, how, and who does it.
struct Loss<'a> {
    target: &'a Untrusted,
    deed: Deed,
    who: Who,
}

impl Loss<'_> {
    /// Whether a gated call does it, which finds the old content whole.
    fn is_seen(&self) -> bool {
        match self.deed {
            Deed::Change => self.who == Who::Editor,
            Deed::Overwrite => matches!(self.who, Who::Editor | Who::Other),
            Deed::Remove => matches!(self.who, Who::Editor | Who::InPlace | Who::Other),
            _ => false,
        }
    }
}

/// Whether all that a judgement is held for from `least` on is content that the gate will see overwritten, and keep, or
/// goes through a door that the gate judges by whose it is.
pub(super) fn is_left_to_the_gate(judgement: &Judgement, least: Tier, account: &Account) -> bool {
    let is_overwritten = |loss: &Loss| matches!(loss.deed, Deed::Overwrite | Deed::Change) && loss.is_seen();
    let is_typed = |loss: &Loss| loss.deed == Deed::Type && loss.who != Who::Elsewhere;
    all_held(judgement, least, account, &|finding, mut losses| match finding.rule.0.as_str() {
        THROUGH_A_DOOR => losses.all(is_typed),
        rule => FOR_WANT_OF_KEEPING.contains(&rule) && losses.all(is_overwritten),
    })
}

/// Whether all that a judgement is held for from `least` on destroys files by calls that the gate will see: what can be
/// kept of them is kept first.
pub(super) fn is_kept_first(judgement: &Judgement, least: Tier, account: &Account) -> bool {
    all_held(judgement, least, account, &|_, mut losses| losses.all(Loss::is_seen))
}

type Losses<'a> = dyn Iterator<Item = &'a Loss<'a>> + 'a;

/// Whether each finding that holds has losses of its target in the account, and this is true of it and them.
fn all_held(
    judgement: &Judgement,
    least: Tier,
    account: &Account,
    is_so: &dyn Fn(&Finding, Box<Losses>) -> bool,
) -> bool {
    let mut losses = Vec::new();
    collect(&account.steps, Who::Other, &mut losses);
    let is_so = |finding: &Finding| {
        let is_own = |loss: &&Loss| finding.target.as_ref() == Some(loss.target);
        losses.iter().any(|loss| is_own(&loss)) && is_so(finding, Box::new(losses.iter().filter(is_own)))
    };
    let mut held = judgement.findings.iter().filter(|finding| finding.tier >= least).peekable();
    held.peek().is_some() && held.all(is_so)
}

/// Who does what a step says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A program here that renames what it changed over what was there.
    Editor,
    /// A program here that may write into what is there, or saves nothing by what it does to it.
    InPlace,
    /// A program here that leaves nothing to keep.
    Shredder,
    /// Anybody else here: a script, a shell's redirection, a program that copies.
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
                    Who::Elsewhere => Who::Elsewhere,
                    _ if behind.iter().any(is_elsewhere) => Who::Elsewhere,
                    _ if EDITORS.contains(&name_of(words).as_str()) => Who::Editor,
                    _ if IN_PLACE.contains(&name_of(words).as_str()) => Who::InPlace,
                    _ if HOLLOW.contains(&name_of(words).as_str()) => Who::InPlace,
                    _ if SHREDDERS.contains(&name_of(words).as_str()) => Who::Shredder,
                    _ => Who::Other,
                };
                collect(does, who, losses);
            }
            // What a script opens to change it is changed in place.
            Step::Code { does, .. } => collect(does, if who == Who::Editor { Who::Other } else { who }, losses),
            Step::Effect { deed, target, .. } => {
                if !matches!(deed, Deed::Read | Deed::Search) {
                    losses.push(Loss { target, deed: *deed, who });
                }
            }
            Step::Request { .. } | Step::Statement { .. } | Step::Unread { .. } => {}
        }
    }
}

/// A program's name without its folder and its version.
fn name_of(words: &[Untrusted]) -> String {
    let program = words.first().map(|word| word.lossy().into_owned()).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned()
}
