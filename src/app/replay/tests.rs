mod finding;
mod reading;

use super::super::{
    AgentState, Effect, EventRow, FlagKind, Input, OnHold, RemoteRuling, RowKind, SessionInfo, Settings, agent_size,
};
use super::*;
use crate::journal::{Body, CastHeader, Entry, Gate, Recording, Writer};
use crate::model::{
    Action, ActionId, ActionKind, Caller, Case, CaseId, Class, Cue, CueKind, Exec, Finding, HoldId, Judgement, Pid,
    RuleId, Ruling, Source, Span, Tier, Tree, TreeNode, Undo, Untrusted, Verdict,
};

const WINDOW: (u16, u16) = (100, 30);

/// A live session without terminal, kernel or clock, that writes its two files into memory.
struct Live {
    state: State,
    journal: Writer<Vec<u8>>,
    cast: Recording<Vec<u8>>,
}

fn settings(is_replay: bool) -> Settings {
    Settings { on_hold: OnHold::Wait, profile: "balanced".into(), is_replay }
}

impl Live {
    fn start() -> Self {
        let size = agent_size(WINDOW, false);
        let session = SessionInfo {
            id: "s1".into(),
            agent: vec!["bash".into()],
            cwd: "/home/dev".into(),
            task: None,
            host: None,
            operator: None,
            gate: Gate::Kernel,
            started: "2026-11-21T07:08:09Z".into(),
            midnight_secs: 7 * 3600 + 8 * 60 + 9,
        };
        let mut journal = Writer::new(Vec::new());
        let start = Body::SessionStart {
            version: 1,
            session: session.id.clone(),
            program: "holdpoint 0".into(),
            started: session.started.clone(),
            agent: session.agent.clone(),
            cwd: session.cwd.clone(),
            task: None,
            profile: "balanced".into(),
            gate: session.gate,
            on_hold: "wait".into(),
            size,
        };
        journal.append(&Entry { t: Moment::ZERO, body: start }).unwrap();
        let header = CastHeader { cols: size.0, rows: size.1, ..CastHeader::default() };
        let cast = Recording::start(Vec::new(), &header).unwrap();
        let screen = Screen::new(size.0, size.1, SCROLLBACK_LINES);
        Self { state: State::new(session, settings(false), WINDOW, screen), journal, cast }
    }

    fn take(&mut self, at: Moment, event: Event) {
        if let Event::Output(bytes) = &event {
            self.cast.output(at, bytes).unwrap();
        }
        for effect in update(&mut self.state, at, event) {
            match effect {
                Effect::Append(body) => drop(self.journal.append(&Entry { t: at, body: *body }).unwrap()),
                Effect::ResizeAgent(cols, rows) => self.cast.resize(at, cols, rows).unwrap(),
                Effect::Mark { label, .. } => self.cast.marker(at, &label).unwrap(),
                _ => {}
            }
        }
    }

    fn files(&self) -> (&[u8], &[u8]) {
        (self.journal.get_ref(), self.cast.get_ref())
    }

    fn recorded(&self) -> Recorded {
        let (journal, cast) = self.files();
        Recorded::read(journal, Some(cast)).unwrap()
    }
}

fn finding(tier: Tier) -> Finding {
    Finding {
        rule: RuleId("files/remove".into()),
        class: Class::Delete,
        tier,
        span: Span(0, 2),
        title: "removes files".into(),
        why: "they are gone".into(),
        instead: None,
        target: Some("vol-1".into()),
        undo: Undo::None,
    }
}

fn action(id: u64, at: Moment) -> Action {
    let argv = vec!["rm".into(), format!("file{id}").into()];
    Action {
        id: ActionId(id),
        at,
        caller: Caller { pid: Pid(5), tid: Pid(5), parent: Pid(4), program: "bash".into() },
        source: Source::Kernel,
        kind: ActionKind::Exec(Exec { path: "/bin/rm".into(), argv, cwd: "/".into(), ..Exec::default() }),
    }
}

fn tree(id: u64) -> Tree {
    let node = TreeNode {
        pid: Pid(5),
        parent: Pid(1),
        depth: 0,
        command: format!("bash {id}").into(),
        state: crate::model::NodeState::Stopped,
    };
    Tree { nodes: vec![node] }
}

/// Numbers from a fixed seed: the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn some_output(dice: &mut Dice, id: u64) -> Event {
    let text = match dice.below(7) {
        0 => "\x1b[?1049h\x1b[2J\x1b[5;5Hfull screen".to_owned(),
        1 => "\x1b[?1049l".to_owned(),
        2 => "\x1b[?2026h\x1b[Hheld back".to_owned(),
        3 => "\x1b[?2026l".to_owned(),
        4 => format!("\x1b[{};{}H\x1b[3{}m漢字 é", dice.below(40), dice.below(120), dice.below(8)),
        _ => format!("line {id}: {}\r\n", "text ".repeat(usize::try_from(dice.below(40)).unwrap())),
    };
    Event::Output(text.into_bytes())
}

fn some_event(dice: &mut Dice, live: &Live, id: u64, at: Moment) -> Event {
    let open = live.state.docket.cases().first().map(|case| (case.id, case.hold));
    let tier = Tier::ALL[usize::try_from(dice.below(4)).unwrap()];
    let judgement = |verdict| Judgement { verdict, findings: vec![finding(tier)], ..Judgement::default() };
    match dice.below(13) {
        0 => Event::Held {
            hold: HoldId(id),
            action: action(id, at),
            judgement: judgement(if dice.below(2) == 0 { Verdict::Hold } else { Verdict::Confirm }),
            tree: tree(id),
            frozen: (dice.below(2) == 0).then(|| Duration::from_micros(id)),
        },
        1 => Event::Judged { action: action(id, at), judgement: Judgement::default(), covered_by: None },
        2 => Event::Judged { action: action(id, at), judgement: judgement(Verdict::Log), covered_by: None },
        3 | 4 if open.is_some() => {
            let (case, _) = open.unwrap();
            let ruling = if dice.below(2) == 0 { Ruling::Approve } else { Ruling::Deny };
            let (target, because) = (Some("vol-1".into()), Some("because".into()));
            Event::RuledRemotely(RemoteRuling { case, ruling, shown: "ab".into(), target, because })
        }
        5 if open.is_some() => Event::Withdrawn(open.unwrap().1),
        6 => {
            let findings = if dice.below(2) == 0 { vec![finding(tier)] } else { Vec::new() };
            Event::Said(Cue { at, kind: CueKind::Guess, text: "I assume it is staging".into(), findings, tool: None })
        }
        7 => Event::Input(Input::Resized(
            u16::try_from(30 + dice.below(120)).unwrap(),
            u16::try_from(10 + dice.below(30)).unwrap(),
        )),
        8 => Event::OutputLost { bytes: id, why: "disk full".into() },
        9 => Event::Warned(format!("warning {id}")),
        10 => Event::Ticked,
        _ => some_output(dice, id),
    }
}

/// A run of so many random events, that ends.
fn run(seed: u64, events: u64) -> Live {
    let (mut dice, mut live) = (Dice(seed), Live::start());
    let mut at = Moment(1);
    let mut sync = Sync::default();
    for id in 1..=events {
        at = at.plus(Duration::from_millis(if dice.below(10) == 0 { 5000 } else { 1 + dice.below(300) }));
        sync.expire(&mut live.state.screen, at);
        let event = some_event(&mut dice, &live, id, at);
        live.take(at, event);
        sync.follow(&live.state.screen, at);
    }
    at = at.plus(Duration::from_secs(1));
    sync.expire(&mut live.state.screen, at);
    live.take(at, Event::AgentExited { status: 3, signal: None });
    live.take(at, Event::SurvivorsSeen(Tree::default()));
    live
}

/// All that a replay has to give again: the screen, the cases, the timeline.
#[derive(Debug, PartialEq)]
struct Seen {
    size: (u16, u16),
    text: Vec<String>,
    modes: crate::term::Modes,
    cursor: Option<(u16, u16, crate::term::CursorShape)>,
    open: Vec<Case>,
    decided: Vec<Case>,
    rows: Vec<EventRow>,
    agent: AgentState,
    is_frozen: bool,
    warnings: Vec<String>,
}

fn seen(state: &State) -> Seen {
    Seen {
        size: state.screen.size(),
        text: state.screen.text(),
        modes: state.screen.modes(),
        cursor: state.screen.cursor(),
        open: state.docket.cases().to_vec(),
        decided: state.docket.decided().cloned().collect(),
        rows: state.timeline.rows().cloned().collect(),
        agent: state.agent,
        is_frozen: state.is_frozen,
        warnings: state.warnings.iter().cloned().collect(),
    }
}

#[test]
fn the_replay_of_a_run_equals_the_run() {
    for seed in 1..=20 {
        let live = run(seed * 7919, 300);
        let recorded = live.recorded();
        assert_eq!((recorded.losses.len(), recorded.flaws, recorded.is_closed), (0, 0, true));
        let mut player = Player::new(recorded, WINDOW);
        while let Some(wait) = player.wait() {
            player.advance(wait);
        }
        assert_eq!(player.position(), player.total());
        assert_eq!(seen(player.state()), seen(&live.state), "seed {seed}");
        assert!(live.state.docket.decided().count() > 5, "the run had cases");
    }
}

#[test]
fn seeking_equals_playing_from_wherever_to_wherever() {
    let live = run(4242, 400);
    let mut player = Player::new(live.recorded(), WINDOW);
    player.index.spacing_bytes = 100;
    let mut played = Player::new(live.recorded(), WINDOW);
    played.shortens_idle = false;
    let mut moments = Vec::new();
    while played.is_playing() {
        played.advance(Duration::from_millis(733));
        moments.push((played.position(), seen(played.state())));
    }
    let mut dice = Dice(99);
    for round in 0..300 {
        player.index(300);
        let (at, expected) = &moments[usize::try_from(dice.below(moments.len() as u64)).unwrap()];
        player.seek(*at);
        assert_eq!(player.position(), *at);
        assert_eq!(seen(player.state()), *expected, "round {round}, {at:?}");
    }
    assert!(!player.index(usize::MAX));
    assert!(player.index.frames.len() > 10, "there are copies to go back to");
}

#[test]
fn copies_of_the_screen_stay_few() {
    let mut live = Live::start();
    for at in 1..2000 {
        live.take(Moment(at), Event::Output(b"0123456789".to_vec()));
    }
    let mut player = Player::new(live.recorded(), WINDOW);
    player.index.spacing_bytes = 10;
    assert!(!player.index(usize::MAX));
    assert!(player.index.frames.len() <= index::KEYFRAMES_MAX);
    assert!(player.index.frames.is_sorted_by_key(|frame| frame.step));
    assert!(player.index.frames.last().unwrap().step > 1900);
}

#[test]
fn copies_of_a_large_screen_take_no_more_memory_than_many_of_a_small_one() {
    let mut live = Live::start();
    live.take(Moment(1), Event::AgentResized(2000, 1000));
    for at in 2..50 {
        live.take(Moment(at), Event::Output(b"0123456789".to_vec()));
    }
    let mut player = Player::new(live.recorded(), WINDOW);
    player.index.spacing_bytes = 10;
    assert!(!player.index(usize::MAX));
    assert!(!player.index.frames.is_empty());
    assert!(player.index.bytes() <= index::KEYFRAMES_BYTES_MAX, "{} bytes", player.index.bytes());
}

/// A short session: output at 1, 2 and 30 seconds, a case from 10 to 20.
fn short() -> Player {
    let mut live = Live::start();
    let at = |secs: u64| Moment(secs * 1_000_000);
    live.take(at(1), Event::Output(b"one ".to_vec()));
    live.take(at(2), Event::Output(b"two ".to_vec()));
    let judgement = Judgement { verdict: Verdict::Hold, findings: vec![finding(Tier::High)], ..Judgement::default() };
    let frozen = Some(Duration::from_millis(2));
    live.take(at(10), Event::Held { hold: HoldId(1), action: action(1, at(10)), judgement, tree: tree(1), frozen });
    let ruling =
        RemoteRuling { case: CaseId(1), ruling: Ruling::Deny, shown: String::new(), target: None, because: None };
    live.take(at(20), Event::RuledRemotely(ruling));
    live.take(at(30), Event::Output(b"three ".to_vec()));
    Player::new(live.recorded(), WINDOW)
}

fn first_row(player: &Player) -> String {
    player.state().screen.text_row(0).trim_end().to_owned()
}

#[test]
fn time_passes_as_fast_as_was_asked_and_not_while_paused() {
    let mut player = short();
    player.command(Command::ToggleIdle);
    assert!(player.advance(Duration::from_millis(1500)));
    assert_eq!((player.position(), first_row(&player).as_str()), (Moment(1_500_000), "one"));
    assert_eq!(player.wait(), Some(Duration::from_micros(500_001)));
    player.command(Command::Pause);
    assert_eq!((player.advance(Duration::from_secs(9)), player.wait()), (false, None));
    player.command(Command::Pause);
    player.command(Command::Speed5);
    assert_eq!(player.speed().factor(), 16);
    player.advance(Duration::from_secs(1));
    assert_eq!(player.position(), Moment(17_500_000));
    assert_eq!(player.state().docket.open_count(), 1);
    assert!(player.state().is_frozen);
    player.advance(Duration::from_secs(1));
    assert_eq!((player.position(), player.is_playing()), (Moment(30_000_000), false));
    assert_eq!(first_row(&player), "one two three");
    assert!(!player.state().is_frozen);
    player.command(Command::Pause);
    assert_eq!((player.position(), player.is_playing()), (Moment::ZERO, true));
    assert_eq!(first_row(&player), "");
}

#[test]
fn an_idle_stretch_takes_two_seconds_or_as_long_as_it_took() {
    let mut player = short();
    let mut waited = Duration::ZERO;
    while let Some(wait) = player.wait() {
        waited += wait;
        player.advance(wait);
    }
    // 1 + 1 + 2 for 8 + 2 for 10 + 2 for 10.
    assert_eq!(waited.as_millis(), 8000);
    assert_eq!(player.position(), Moment(30_000_000));
}

#[test]
fn frames_are_what_was_drawn() {
    let mut player = short();
    let mut rows = Vec::new();
    for command in [
        Command::FrameForward,
        Command::FrameForward,
        Command::FrameForward,
        Command::FrameBack,
        Command::FrameBack,
        Command::FrameBack,
        Command::FrameBack,
    ] {
        assert!(player.command(command));
        rows.push(first_row(&player));
    }
    assert_eq!(rows, ["one", "one two", "one two three", "one two", "one", "", ""]);
    assert!(!player.is_playing());
}

#[test]
fn flags_are_jumped_to_and_numbered() {
    let mut player = short();
    player.command(Command::Pause);
    assert_eq!(player.flag(), None);
    let mut at = |command: Command| {
        player.command(command);
        let flag = player.flag().map(|(number, flag)| (number, flag.kind, flag.case));
        (player.position().0 / 1_000_000, flag)
    };
    let held = Some((1, FlagKind::Held, Some(CaseId(1))));
    let denied = Some((2, FlagKind::Denied, Some(CaseId(1))));
    assert_eq!(at(Command::NextFlag), (10, held));
    assert_eq!(at(Command::NextFlag), (20, denied));
    assert_eq!(at(Command::NextFlag), (20, denied), "there is no further one");
    assert_eq!(at(Command::PreviousFlag), (10, held));
    assert_eq!(at(Command::PreviousFlag), (0, None));
    assert_eq!(at(Command::SeekForward), (5, None));
    assert_eq!(at(Command::SeekForward), (10, held));
    assert_eq!(at(Command::SeekBack), (5, None));
    assert_eq!(at(Command::GoLast), (30, denied));
    assert_eq!(at(Command::SeekForward), (30, denied));
    assert_eq!(at(Command::GoFirst), (0, None));
    assert_eq!(at(Command::SeekBack), (0, None));
}

#[test]
fn keys_that_are_not_the_players_are_left_to_others() {
    assert!(!short().command(Command::OpenHelp));
    assert!(!short().command(Command::ApproveOnce));
}

#[test]
fn a_session_cut_off_at_any_byte_of_either_file_still_plays() {
    let live = run(31, 12);
    let (journal, cast) = live.files();
    let check = |journal: &[u8], cast: &[u8]| {
        let recorded = Recorded::read(journal, Some(cast)).unwrap();
        assert!(!recorded.losses.is_empty());
        let total = recorded.total();
        let mut player = Player::new(recorded, WINDOW);
        player.seek(total);
        assert_eq!(player.position(), total);
    };
    for at in 0..journal.len() {
        check(&journal[..at], cast);
    }
    for at in 0..cast.len() {
        // Cut at a line's end, nothing shows that there was more.
        if cast[..at].last() != Some(&b'\n') {
            check(journal, &cast[..at]);
        }
    }
    let recorded = Recorded::read(journal, None::<&[u8]>).unwrap();
    assert_eq!(recorded.losses, ["there is no recording"]);
    assert_eq!(recorded.size, agent_size(WINDOW, false));
}

#[test]
fn a_damaged_journal_plays_with_what_is_wrong_in_words() {
    let live = run(5, 20);
    let (journal, cast) = live.files();
    let mut changed = journal.to_vec();
    let second = journal.iter().position(|&b| b == b'\n').unwrap() + 1;
    changed.drain(second..second + 10);
    let recorded = Recorded::read(&changed[..], Some(cast)).unwrap();
    assert_eq!(recorded.flaws, 2);
    assert!(recorded.losses[0].starts_with("the journal's line 2 is no entry"), "{:?}", recorded.losses);
}

#[test]
fn a_recorded_session_is_announced_as_it_was() {
    let recorded = Live::start().recorded();
    assert_eq!(recorded.session.id, "s1");
    assert_eq!(recorded.session.midnight_secs, 7 * 3600 + 8 * 60 + 9);
    assert_eq!(recorded.session.agent, [Untrusted::from("bash")]);
    assert!(recorded.settings.is_replay);
    assert_eq!(recorded.settings.on_hold, OnHold::Wait);
    assert_eq!(RowKind::Case.word(), "case");
}

#[test]
fn a_replay_at_the_end_of_a_running_session_goes_on_with_it() {
    let mut live = Live::start();
    live.take(Moment(1_000_000), Event::Output(b"first".to_vec()));
    let (journal, cast) = live.files();
    let (old_journal, old_cast) = (journal.to_vec(), cast.to_vec());
    live.take(Moment(2_000_000), Event::Warned("later".into()));
    live.take(Moment(3_000_000), Event::Output(b" second".to_vec()));
    let (journal, cast) = live.files();
    // A file that grows: what is there at first, then the rest, cut in the middle of a line.
    let grown = |old: Vec<u8>, new: &[u8]| {
        let rest = new[old.len()..].to_vec();
        let middle = rest.len() / 2;
        Growing { parts: [old, rest[..middle].to_vec(), rest[middle..].to_vec()].into(), at: 0 }
    };
    let (journal, cast) = (grown(old_journal, journal), grown(old_cast, cast));
    let (mut tail, recorded) = super::super::Tail::open(journal, Some(cast)).unwrap();
    let mut player = Player::new(recorded, WINDOW);
    player.seek(player.total());
    assert_eq!((player.position(), player.is_at_end()), (Moment(1_000_000), true));
    for _ in 0..4 {
        player.grow(|recorded| tail.more(recorded).unwrap());
    }
    assert_eq!((player.position(), player.is_at_end()), (Moment(3_000_000), true));
    assert_eq!(player.state().screen.text_row(0), "first second");
    assert_eq!(player.state().timeline.rows().len(), 1);
    player.seek(Moment(1_500_000));
    player.grow(|recorded| tail.more(recorded).unwrap());
    assert_eq!(player.position(), Moment(1_500_000));
}

/// A file that somebody still writes: after each part it ends for once.
struct Growing {
    parts: std::collections::VecDeque<Vec<u8>>,
    at: usize,
}

impl std::io::Read for Growing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        unreachable!("it is read by lines")
    }
}

impl std::io::BufRead for Growing {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.parts.front().is_some_and(|part| self.at > part.len()) {
            self.parts.pop_front();
            self.at = 0;
        }
        let part = self.parts.front().map_or(&[][..], |part| &part[self.at.min(part.len())..]);
        if part.is_empty() {
            self.at += 1;
        }
        Ok(part)
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

#[test]
fn a_recording_of_another_recorder_is_played_without_a_journal() {
    let cast = "{\"version\":2,\"width\":40,\"height\":5,\"command\":\"bash\"}\n\
                [0.5,\"o\",\"hello\"]\n[1.0,\"m\",\"chapter\"]\n[2.0,\"r\",\"30x4\"]\n[2.5,\"o\",\" world\"]\n";
    let recorded = Recorded::of_cast(cast.as_bytes(), "talk").unwrap();
    assert_eq!((recorded.losses.len(), recorded.flags.len(), recorded.session.id.as_str()), (0, 1, "talk"));
    let mut player = Player::new(recorded, WINDOW);
    player.command(Command::NextFlag);
    assert_eq!((player.position(), player.state().screen.size()), (Moment(1_000_000), (40, 5)));
    player.command(Command::GoLast);
    assert_eq!(player.state().screen.size(), (30, 4));
    assert_eq!(player.state().screen.text_row(0), "hello world");
    assert!(Recorded::of_cast(&b"{}"[..], "x").is_err());
}
