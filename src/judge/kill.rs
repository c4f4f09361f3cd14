//! What is said of a signal: whose process it is for.

use super::engine::Judge;
use crate::model::{
    Blast, Class, Finding, Judgement, Kill, Oracle, Receiver, Span, Tier, Undo, Untrusted, Verdict, Whose,
};

impl Judge {
    /// A signal to another process. To the session's own it is nothing to speak of.
    pub(super) fn kill(&self, kill: &Kill, oracle: &dyn Oracle) -> Judgement {
        let (rule, tier, title, why) = match (oracle.receiver(&kill.to), kill.to) {
            (Whose::Session | Whose::Nobody, Receiver::Process { .. } | Receiver::Group { .. }) => {
                return Judgement::default();
            }
            (Whose::Ours, _) => (
                "kill/supervisor",
                Tier::Critical,
                "signals the supervisor",
                "What watches would end or stop, and with it everything it holds for you.",
            ),
            (_, Receiver::All) => (
                "kill/everything",
                Tier::High,
                "signals every process it can reach",
                "Here that is the whole session, the agent itself among it; what is outside is kept from it.",
            ),
            (Whose::New | Whose::Outside | Whose::Unknown, Receiver::Process { .. } | Receiver::Group { .. }) => (
                "kill/outside",
                Tier::High,
                "signals a process that is not the session's",
                "The session did not start it: it is yours, or another session's, and what it had in hand may be lost.",
            ),
        };
        let span = Span(0, kill.shown().len());
        let finding = Finding::new(rule, Class::Tampering, tier, span, title, why).undo(Undo::None);
        let target = match kill.to {
            Receiver::Process { pid } => format!("process {pid}"),
            Receiver::Group { pid } => format!("process group {pid}"),
            Receiver::All => "every process".to_owned(),
        };
        let program = Some(kill.program.shown()).filter(|program| !program.is_empty());
        let targets = program.into_iter().map(Untrusted::from).chain([Untrusted::from(target.as_str())]).collect();
        let findings = vec![finding.target(target)];
        let least = if tier == Tier::Critical { Verdict::Deny } else { Verdict::Log };
        let blast = Blast { targets, undo: Undo::None, ..Blast::default() };
        Judgement { verdict: self.policy().verdict(&findings).max(least), findings, blast, ..Judgement::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Fresh, Policy};
    use crate::model::{Action, ActionId, ActionKind, Caller, Moment, Pid, Source};

    /// Says the same of every receiver, and nothing of files.
    struct Receives(Whose);

    impl Oracle for Receives {
        fn receiver(&self, _to: &Receiver) -> Whose {
            self.0
        }
    }

    #[test]
    fn the_sessions_own_may_be_signalled_and_nobody_else_without_a_question() {
        let (one, group) = (Receiver::Process { pid: Pid(7) }, Receiver::Group { pid: Pid(7) });
        for (to, whose, verdict, rule) in [
            (one, Whose::Session, Verdict::Allow, None),
            (group, Whose::Session, Verdict::Allow, None),
            (one, Whose::Nobody, Verdict::Allow, None),
            (one, Whose::Outside, Verdict::Hold, Some("kill/outside")),
            (group, Whose::Outside, Verdict::Hold, Some("kill/outside")),
            (one, Whose::Unknown, Verdict::Hold, Some("kill/outside")),
            (one, Whose::Ours, Verdict::Deny, Some("kill/supervisor")),
            (group, Whose::Ours, Verdict::Deny, Some("kill/supervisor")),
            (Receiver::All, Whose::Session, Verdict::Hold, Some("kill/everything")),
            (Receiver::All, Whose::Ours, Verdict::Deny, Some("kill/supervisor")),
        ] {
            let kill = Kill {
                call: "kill".into(),
                signal: 15,
                to,
                program: "postgres".into(),
                command: vec!["python3".into()],
                cwd: "/".into(),
            };
            let caller = Caller { pid: Pid(9), tid: Pid(9), parent: Pid(1), program: "python3".into() };
            let kind = ActionKind::Kill(Box::new(kill));
            let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind };
            let judgement = Judge::new(&[], Policy::default()).judge(&action, &Fresh, &Receives(whose));
            let found = judgement.worst().map(|finding| finding.rule.0.as_str());
            assert_eq!((judgement.verdict, found), (verdict, rule), "{to:?} {whose:?}");
        }
    }
}
