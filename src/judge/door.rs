//! What is said of a connection: whose other end it is, and who may go there.

use super::doors::{Client, Door, Doors, Way, is_here};
use super::engine::Judge;
use super::orders;
use crate::model::{
    Action, Blast, Class, Connect, Finding, Judgement, Oracle, Peer, Span, Tier, Undo, Untrusted, Verdict, Whose,
};

impl Judge {
    /// The same judge with a table of doors. Without one it holds every socket that it cannot tell to be the session's.
    #[must_use]
    pub fn with_doors(mut self, doors: Doors) -> Self {
        self.doors = doors;
        self
    }

    /// The table of doors.
    #[must_use]
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// A connection: the fact, of which the client's command line may have told.
    pub(super) fn connect(&self, connect: &Connect, action: &Action, oracle: &dyn Oracle) -> Judgement {
        let client = Client { program: &action.caller.program, command: &connect.command };
        let door = self.doors().of(&connect.peer, client);
        let Some(door) = door else { return self.without_door(connect, oracle) };
        match door.way {
            Way::Allow => Judgement::default(),
            Way::Log | Way::Command => Judgement { verdict: Verdict::Log, ..Judgement::default() },
            Way::Deny => self.through(door, connect, Verdict::Deny),
            Way::Hold => match oracle.listener(&connect.peer) {
                // The kernel refuses it by itself.
                Whose::Nobody => Judgement::default(),
                Whose::Session => Judgement { verdict: Verdict::Log, ..Judgement::default() },
                Whose::New if door.class == Class::Unverified => {
                    Judgement { verdict: Verdict::Log, ..Judgement::default() }
                }
                Whose::Ours | Whose::New | Whose::Outside | Whose::Unknown => self.through(door, connect, Verdict::Log),
            },
        }
    }

    /// A connection that no door of the table speaks of. To another machine, or to a port behind which nobody is known
    /// to act for others, it passes and is journalled: a proxy of ours takes it over once there is one.
    fn without_door(&self, connect: &Connect, oracle: &dyn Oracle) -> Judgement {
        let mut findings = Vec::new();
        match &connect.peer {
            Peer::Address { host, .. } if is_here(host) => {}
            Peer::Address { .. } => {
                let shown = connect.peer.shown();
                findings = orders::of_reach(&self.policy().orders, &shown, Span(0, connect.shown().len()));
            }
            Peer::Namespace => {
                let title = "makes a user namespace of its own";
                let why = "In it the program is its own root and may put other folders under the paths that its programs use.";
                let finding =
                    Finding::new("doors/namespace", Class::Unverified, Tier::Medium, span(connect), title, why);
                findings.push(finding.target(connect.peer.shown()));
            }
            Peer::Socket { .. } | Peer::Abstract { .. } | Peer::Other { .. } => {
                if !matches!(oracle.listener(&connect.peer), Whose::Session | Whose::Nobody) {
                    let title = "speaks to a program outside the tree";
                    let why = "No rule knows what listens there: what it does for its client is seen by nobody.";
                    let finding =
                        Finding::new("doors/unlisted", Class::Unverified, Tier::Medium, span(connect), title, why);
                    findings.push(finding.target(connect.peer.shown()));
                }
            }
        }
        self.reached(connect, findings, Verdict::Log, None)
    }

    /// Through a door that is held or refused.
    fn through(&self, door: &Door, connect: &Connect, least: Verdict) -> Judgement {
        let finding = Finding {
            rule: door.id.clone(),
            class: door.class,
            tier: door.tier,
            span: span(connect),
            title: door.title.clone(),
            why: door.why.clone(),
            instead: door.instead.clone(),
            target: Some(Untrusted::from(connect.peer.shown())),
            undo: Undo::None,
        };
        self.reached(connect, vec![finding], least, door.gives.as_deref())
    }

    fn reached(&self, connect: &Connect, findings: Vec<Finding>, least: Verdict, gives: Option<&str>) -> Judgement {
        let mut blast = Blast::default();
        if !findings.is_empty() {
            let gives = gives.map(|gives| format!("gives {gives}"));
            blast.targets = [connect.peer.shown()].into_iter().chain(gives).map(Untrusted::from).collect();
            blast.undo = Undo::None;
        }
        Judgement { verdict: self.policy().verdict(&findings).max(least), findings, blast, ..Judgement::default() }
    }
}

/// All of what is shown of it.
fn span(connect: &Connect) -> Span {
    Span(0, connect.shown().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Fresh, Policy, Profile};
    use crate::model::{ActionId, ActionKind, Caller, Given, Moment, Order, Pid, Source, StandingOrder};

    /// Says the same of every listener, and nothing of files.
    struct Listens(Whose);

    impl Oracle for Listens {
        fn listener(&self, _peer: &Peer) -> Whose {
            self.0
        }
    }

    fn peer(place: &str) -> Peer {
        match place.strip_prefix('@') {
            Some(name) => Peer::Abstract { name: name.into() },
            None if place.starts_with('/') => Peer::Socket { path: place.into() },
            None => {
                let (host, port) = place.rsplit_once(':').unwrap();
                Peer::Address { host: host.trim_matches(['[', ']']).into(), port: port.parse().unwrap() }
            }
        }
    }

    fn judged(policy: Policy, command: &str, place: &str, whose: Whose) -> Judgement {
        let command: Vec<Untrusted> = command.split(' ').map(Untrusted::from).collect();
        let program = command[0].lossy().rsplit('/').next().unwrap().into();
        let caller = Caller { pid: Pid(7), tid: Pid(7), parent: Pid(1), program };
        let connect = Connect { call: "connect".into(), peer: peer(place), command, cwd: "/home/dev/shop".into() };
        let kind = ActionKind::Connect(Box::new(connect));
        let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind };
        let doors = Doors::built_in().unwrap().at_home(Some("/home/dev".into())).with_sockets("/run/user/1/watch");
        Judge::new(&[], policy).with_doors(doors).judge(&action, &Fresh, &Listens(whose))
    }

    #[track_caller]
    fn check(command: &str, place: &str, whose: Whose, verdict: Verdict) {
        let judgement = judged(Policy::default(), command, place, whose);
        assert_eq!(judgement.verdict, verdict, "{command} > {place}, {whose:?}: {:?}", judgement.findings);
    }

    #[test]
    fn what_the_session_listens_on_passes_whatever_it_is_called() {
        for (command, place) in [
            ("node worker.js", "/tmp/x.sock"),
            ("python3 x.py", "/tmp/tmux-0/default"),
            ("docker-compose up", "@docker_cli_12ab"),
            ("python3 x.py", "127.0.0.1:9229"),
            ("xclip -o", "/tmp/.X11-unix/X99"),
        ] {
            check(command, place, Whose::Session, Verdict::Log);
            check(command, place, Whose::Nobody, Verdict::Allow);
        }
        check("node worker.js", "/tmp/x.sock", Whose::New, Verdict::Log);
        check("python3 x.py", "/tmp/tmux-0/default", Whose::New, Verdict::Hold);
    }

    #[test]
    fn a_door_outside_is_held_but_for_its_own_clients() {
        for (command, place, verdict) in [
            ("ssh web1", "/tmp/ssh-ab/agent.7", Verdict::Log),
            ("python3 x.py", "/tmp/ssh-ab/agent.7", Verdict::Hold),
            ("docker ps", "/var/run/docker.sock", Verdict::Log),
            ("curl x", "/var/run/docker.sock", Verdict::Hold),
            ("git fetch", "/run/user/1/bus", Verdict::Log),
            ("systemd-run ls", "/run/user/1/bus", Verdict::Hold),
            ("xdotool key a", "@/tmp/.X11-unix/X0", Verdict::Hold),
            ("node x.js", "/opt/app/run.sock", Verdict::Hold),
            ("ls -l", "/var/run/nscd/socket", Verdict::Allow),
            ("psql", "/var/run/postgresql/.s.PGSQL.5432", Verdict::Log),
            ("watch approve c1", "/run/user/1/watch/1.sock", Verdict::Deny),
            ("watch hook", "/run/user/1/watch/1.hook", Verdict::Allow),
        ] {
            check(command, place, Whose::Outside, verdict);
        }
        check("watch approve c1", "/run/user/1/watch/1.sock", Whose::Session, Verdict::Deny);
    }

    #[test]
    fn addresses_pass_and_are_noted_but_for_ports_that_act_for_others() {
        for (place, verdict) in [
            ("127.0.0.1:5432", Verdict::Log),
            ("[::1]:3000", Verdict::Log),
            ("127.0.0.53:53", Verdict::Log),
            ("10.0.0.7:2375", Verdict::Log),
            ("[2001:db8::1]:443", Verdict::Log),
            ("127.0.0.1:2375", Verdict::Hold),
            ("[::1]:9222", Verdict::Hold),
        ] {
            check("python3 x.py", place, Whose::Outside, verdict);
        }
    }

    #[test]
    fn the_order_to_stay_off_the_network_holds_what_leaves_this_machine() {
        let order =
            StandingOrder { order: Order::NoNetwork, given: Given::Option, words: "--orders no-network".into() };
        let policy = Policy { orders: vec![order], ..Policy::default() };
        for (place, verdict) in [
            ("10.0.0.7:53", Verdict::Hold),
            ("[2001:db8::1]:443", Verdict::Hold),
            ("127.0.0.1:5432", Verdict::Log),
            ("[::1]:3000", Verdict::Log),
            ("/tmp/.s.PGSQL.5432", Verdict::Log),
        ] {
            assert_eq!(judged(policy.clone(), "python3 x.py", place, Whose::Outside).verdict, verdict, "{place}");
        }
    }

    #[test]
    fn a_case_says_what_the_door_gives_away() {
        let judgement = judged(Policy::default(), "curl x", "/run/docker.sock", Whose::Outside);
        let gives = "gives root on this machine, through a container that mounts it";
        assert_eq!(judgement.blast.targets, [Untrusted::from("/run/docker.sock"), gives.into()]);
        let observed = Policy { profile: Profile::Observe, ..Policy::default() };
        assert_eq!(judged(observed, "curl x", "/run/docker.sock", Whose::Outside).verdict, Verdict::Log);
    }

    #[test]
    fn a_judge_without_a_table_holds_what_it_does_not_know() {
        let action = |peer| {
            let connect = Connect { call: "connect".into(), peer, command: vec!["x".into()], cwd: "/".into() };
            let caller = Caller { pid: Pid(7), tid: Pid(7), parent: Pid(1), program: "x".into() };
            let kind = ActionKind::Connect(Box::new(connect));
            Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind }
        };
        let judge = Judge::new(&[], Policy::default());
        for (peer, verdict) in [
            (peer("/x"), Verdict::Hold),
            (Peer::Other { family: 40 }, Verdict::Hold),
            (Peer::Namespace, Verdict::Hold),
            (peer("127.0.0.1:80"), Verdict::Log),
        ] {
            assert_eq!(judge.judge(&action(peer), &Fresh, &Listens(Whose::Unknown)).verdict, verdict);
        }
    }
}
