//! File calls at the gate loop: what harms nothing passes, what is ours is refused, what is destroyed is kept first.

use std::time::Duration;

use super::gate_calls::Asked;
use super::gate_loop::GateLoop;
use super::gate_port::{FileKey, GateEvent, Judging, Losing, Pass};
use super::keepers::{After, Errand, Going};
use crate::gate::{FileLook, Hold, Passage, Performed, Pipe, Sight, View, tell};
use crate::model::{
    Action, ActionId, ActionKind, CaseId, Class, FileDeed, Finding, Judgement, Keep, Moment, Pid, Span, Tier,
    Untrusted, Verdict,
};
use crate::sys::{Deadline, Errno, Reply, Sent};

/// What is larger is kept on a thread of its own: it may have to be copied. In bytes.
const AT_ONCE_BYTES_MAX: u64 = 1 << 20;
/// That something could not be kept is told at most so often.
const NOT_KEPT_AGAIN: Duration = Duration::from_secs(10);
/// How often a pipe is tried that nobody reads yet.
const PIPE_AGAIN: Duration = Duration::from_millis(5);
/// Events that may wait to be told before what would add to them is refused.
const UNTOLD_MAX: usize = 1024;
/// What says that an attempt on our own files was refused.
pub(super) const PROTECTED: &str = "session/protected";
/// What is told of an attempt on our own files.
const FORBIDDEN: &str = "watch: refused: this belongs to watch itself; nobody it supervises may change it";

impl<J: Judging> GateLoop<J> {
    /// Answers a file call, or has it judged.
    pub(super) fn on_file(&mut self, hold: Hold, look: FileLook) {
        match look {
            FileLook::Passes => answer(hold, Reply::Continue),
            FileLook::Fails(errno) => answer(hold, Reply::Fail(errno)),
            FileLook::Unreadable(why) => self.refuse(hold, &format!("what it asked for is unreadable: {why}")),
            FileLook::Gone => {}
            FileLook::Forbidden(sight) => self.forbid(hold, &sight),
            FileLook::Harmless(sight) => {
                let _ = self.answer_file(hold, &sight);
            }
            FileLook::Does(doing) => {
                let _ = self.performed(hold, doing.perform());
            }
            FileLook::Sees(sight) => self.on_sight(hold, sight),
            FileLook::Moves(sight) => self.on_move(hold, &sight),
        }
    }

    /// A move destroys nothing: the names are remembered, and it goes on.
    fn on_move(&mut self, hold: Hold, sight: &Sight) {
        if self.is_launcher(sight.process) {
            return answer(hold, Reply::Continue);
        }
        if let Some(words) = &self.refusing {
            let words = words.clone();
            return self.refuse(hold, &words);
        }
        if let Some(keeper) = self.keeper.clone() {
            let program = self.program(sight.process);
            let losing = Losing { action: (self.number)(), case: None, program: &program, sight };
            let keep = keeper.keep(&losing);
            self.take_note(&keep);
        }
        let _ = self.file_on(hold, sight);
    }

    fn on_sight(&mut self, hold: Hold, mut sight: Box<Sight>) {
        match self.deed(&sight) {
            Some(deed) if !self.is_launcher(sight.process) => sight.deed = deed,
            _ => return answer(hold, Reply::Continue),
        }
        let stamp = ((self.number)(), (self.clock)());
        let key = FileKey { process: sight.process, deed: sight.deed, folder: sight.folder() };
        // What was moved is not what lies in the folder otherwise.
        let is_common = self.refusing.is_none() && sight.origin.is_none();
        let pass = if is_common { self.judge.passing(&key) } else { None };
        // Whose call it is may have changed while it was read; what passes anyhow is answered by its number.
        if pass != Some(Pass::Free) && hold.is_withdrawn() {
            return;
        }
        match pass {
            Some(Pass::Free) => self.passes(hold, &sight, stamp, Keep::Untried, None),
            Some(Pass::Kept) if self.is_spare(&sight) => self.passes(hold, &sight, stamp, Keep::Untried, None),
            Some(Pass::Kept) => self.keep_first(hold, sight, After::Passes(stamp.0, stamp.1, None)),
            Some(Pass::Covered(case)) => self.keep_first(hold, sight, After::Passes(stamp.0, stamp.1, Some(case))),
            Some(Pass::Refused) => answer(hold, Reply::Fail(Errno::ACCES)),
            None => {
                let (asked, view) = self.asked(hold, sight, stamp, Keep::Untried);
                self.on_asked(asked, &view, stamp);
            }
        }
    }

    /// Whether what goes need not be kept: git has it elsewhere too.
    fn is_spare(&mut self, sight: &Sight) -> bool {
        let keeper = self.keeper.as_ref();
        keeper.is_some_and(|keeper| !keeper.keeps_always(sight.place())) && self.files.is_packed(sight)
    }

    /// What of the call is judged: of an open that destroys nothing, what concerns somebody.
    fn deed(&self, sight: &Sight) -> Option<FileDeed> {
        let concerns = |deed| self.judge.concerns(deed, &sight.path);
        match sight.deed {
            FileDeed::Write if concerns(FileDeed::Write) => Some(FileDeed::Write),
            FileDeed::Write | FileDeed::Read => (sight.reads && concerns(FileDeed::Read)).then_some(FileDeed::Read),
            deed => Some(deed),
        }
    }

    /// The whole act, and how its caller sees the file system.
    fn asked(&mut self, hold: Hold, sight: Box<Sight>, stamp: (ActionId, Moment), keep: Keep) -> (Asked, View) {
        let command = self.commands.of(sight.process).to_vec();
        let (mut action, view) = (sight.action(stamp, command, keep), sight.view());
        if let (ActionKind::File(file), Some(keeper)) = (&mut action.kind, &self.keeper)
            && file.object.links > 1
        {
            file.object.links = file.object.links.saturating_sub(keeper.names_of(sight.facts.id)).max(1);
        }
        (Asked { hold, action, passage: Passage::File(sight) }, view)
    }

    /// Looks again at a call that is to be parked, and keeps what it would destroy, so that an approval can be taken back.
    ///
    /// Blocks as long as copying takes: the tree stands still meanwhile.
    pub(super) fn look_again(
        &mut self,
        hold: Hold,
        look: FileLook,
        stamp: (ActionId, Moment),
    ) -> Option<(Asked, View)> {
        let FileLook::Sees(mut sight) = look else {
            self.on_file(hold, look);
            return None;
        };
        if hold.is_withdrawn() {
            return None;
        }
        let Some(deed) = self.deed(&sight) else {
            answer(hold, Reply::Continue);
            return None;
        };
        sight.deed = deed;
        let program = self.program(sight.process);
        let losing = Losing { action: stamp.0, case: None, program: &program, sight: &sight };
        let keep = self.keeper.as_ref().map_or(Keep::Untried, |keeper| keeper.keep(&losing));
        self.take_note(&keep);
        Some(self.asked(hold, sight, stamp, keep))
    }

    fn program(&mut self, process: Pid) -> Untrusted {
        self.commands.of(process).first().cloned().unwrap_or_default()
    }

    /// A file call was judged and may go on: what it destroys is kept first, unless that is lost to nobody.
    pub(super) fn let_file_go(&mut self, asked: Asked, judgement: Judgement, covered_by: Option<CaseId>) {
        let Asked { hold, action, passage } = asked;
        let (Passage::File(sight), ActionKind::File(file)) = (passage, &action.kind) else { return };
        let is_free = judgement.verdict == Verdict::Allow && covered_by.is_none();
        if is_free && file.deed == FileDeed::Read {
            // Who reads what is its own has done nothing to speak of.
            return answer(hold, Reply::Continue);
        }
        // That nothing lies at the path of what is held open says nothing of its worth.
        if is_free && !sight.is_nameless || file.keep != Keep::Untried {
            return self.goes(hold, &sight, action, (judgement, covered_by));
        }
        self.keep_first(hold, sight, After::Goes(Box::new(Going { action, judgement, covered_by })));
    }

    fn keep_first(&mut self, hold: Hold, sight: Box<Sight>, after: After) {
        let program = self.program(sight.process);
        let errand = Errand { hold, sight, program, after };
        match (&self.keeper, &self.keepers) {
            (Some(_), Some(keepers)) if errand.sight.facts.bytes > AT_ONCE_BYTES_MAX => keepers.take(errand),
            (Some(keeper), _) => {
                let keep = errand.run(&**keeper);
                self.on_kept(errand, keep);
            }
            (None, _) => self.on_kept(errand, Keep::Untried),
        }
    }

    /// What a call would destroy was kept, or could not be.
    pub(super) fn on_kept(&mut self, Errand { hold, sight, after, .. }: Errand, keep: Keep) {
        self.take_note(&keep);
        if let Some(words) = &self.refusing {
            let words = words.clone();
            return self.refuse(hold, &words);
        }
        let is_lost = matches!(keep, Keep::Lost { .. });
        match after {
            After::Passes(id, at, _) if is_lost => {
                let (asked, view) = self.asked(hold, sight, (id, at), keep);
                self.on_asked(asked, &view, (id, at));
            }
            After::Passes(id, at, case) => self.passes(hold, &sight, (id, at), keep, case),
            After::Goes(going) => {
                let Going { mut action, judgement, covered_by } = *going;
                if let ActionKind::File(file) = &mut action.kind {
                    file.keep = keep;
                }
                if is_lost && covered_by.is_none() {
                    let (stamp, view) = ((action.id, action.at), sight.view());
                    let asked = Asked { hold, action, passage: Passage::File(sight) };
                    return self.on_asked(asked, &view, stamp);
                }
                self.goes(hold, &sight, action, (judgement, covered_by));
            }
        }
    }

    /// Lets a call go as others of its kind before.
    fn passes(&mut self, hold: Hold, sight: &Sight, stamp: (ActionId, Moment), keep: Keep, covered_by: Option<CaseId>) {
        let is_known = self.passed.again((sight.process, sight.deed, sight.folder()), &keep);
        if !is_known {
            let command = self.commands.of(sight.process).to_vec();
            let judgement = Judgement { verdict: Verdict::Log, ..Judgement::default() };
            self.passed.add(sight.folder(), sight.action(stamp, command, keep), judgement, covered_by);
        }
        let _ = self.file_on(hold, sight);
    }

    /// Lets a judged call go; it is told of together with others of its kind.
    fn goes(
        &mut self,
        hold: Hold,
        sight: &Sight,
        action: Action,
        (judgement, covered_by): (Judgement, Option<CaseId>),
    ) {
        if self.unreported.len() > UNTOLD_MAX {
            return self.refuse(hold, "events are not taken fast enough");
        }
        self.passed.add(sight.folder(), action, judgement, covered_by);
        let _ = self.file_on(hold, sight);
    }

    /// The call goes on, whoever let it.
    pub(super) fn file_on(&mut self, hold: Hold, sight: &Sight) -> Sent {
        self.files.lets_go(sight);
        self.answer_file(hold, sight)
    }

    fn answer_file(&mut self, hold: Hold, sight: &Sight) -> Sent {
        let performed = self.files.perform(sight);
        self.performed(hold, performed)
    }

    fn performed(&mut self, hold: Hold, performed: Performed) -> Sent {
        match performed {
            Performed::NotOurs => hold.reply(Reply::Continue),
            Performed::Done => hold.reply(Reply::Done),
            Performed::Opened(fd, closes_on_exec) => hold.give(fd, closes_on_exec),
            Performed::Waits(pipe) => self.wait_for_reader(hold, pipe),
            Performed::Failed(errno) => hold.reply(Reply::Fail(errno)),
            Performed::OtherRights => {
                self.refuse(hold, "its caller is another user than watch, which would have to do it in its place");
                Sent::Answered
            }
        }
    }

    /// Opens a pipe for its caller once somebody reads it; one that is gone is not waited for.
    fn wait_for_reader(&mut self, hold: Hold, pipe: Pipe) -> Sent {
        let wait = move || {
            while !hold.is_withdrawn() {
                match pipe.open() {
                    Ok((fd, closes_on_exec)) => {
                        let _ = hold.give(fd, closes_on_exec);
                        return;
                    }
                    Err(error) if Errno::of(&error) == Some(Errno::NXIO) => std::thread::park_timeout(PIPE_AGAIN),
                    Err(error) => return answer(hold, Reply::Fail(Errno::of(&error).unwrap_or(Errno::ACCES))),
                }
            }
        };
        if let Err(why) = self.aside.begin("pipe", wait) {
            self.count_refused(&why);
        }
        Sent::Answered
    }

    /// Something of ours would be changed.
    fn forbid(&mut self, hold: Hold, sight: &Sight) {
        if !self.passed.again((sight.process, sight.deed, sight.folder()), &Keep::Untried) {
            let stamp = ((self.number)(), (self.clock)());
            tell(sight.process, FORBIDDEN);
            let command = self.commands.of(sight.process).to_vec();
            let action = sight.action(stamp, command, Keep::Untried);
            let (title, why) = ("changes what belongs to watch", "Whoever is watched must not change the watch.");
            let finding = Finding::new(PROTECTED, Class::Tampering, Tier::High, Span(0, 0), title, why)
                .target(Untrusted::new(sight.path.clone()));
            let judgement = Judgement { verdict: Verdict::Deny, findings: vec![finding], ..Judgement::default() };
            self.passed.add(sight.folder(), action, judgement, None);
        }
        let _ = hold.reply(Reply::Fail(Errno::ACCES));
    }

    /// Tells of what could not be kept.
    fn take_note(&mut self, keep: &Keep) {
        match keep {
            Keep::Untried | Keep::Kept { .. } => {}
            Keep::Lost { why } => {
                self.not_kept += 1;
                if self.not_kept_again.is_none_or(|again| again.is_over()) {
                    self.not_kept_again = Some(Deadline::after(NOT_KEPT_AGAIN));
                    self.report(GateEvent::NotKept { count: self.not_kept, why: why.clone() });
                }
            }
        }
    }

    /// Tells what is due.
    pub(super) fn settle(&mut self) {
        for event in self.passed.due() {
            self.report(event);
        }
    }
}

/// A call that is gone needs no answer.
fn answer(hold: Hold, reply: Reply) {
    let _ = hold.reply(reply);
}
