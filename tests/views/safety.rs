//! More rules of `UX.md`, section 2, by their numbers: what was added after the first panel, and storms.

use std::time::Duration;

use holdpoint::app::{Clipboard, Effect, Event, Input, Layer, Reply};
use holdpoint::journal::{Body, Gate};
use holdpoint::model::{
    Case, CaseId, CaseKind, CaseState, Class, Cue, CueKind, Finding, HoldId, Key, KeyCode, Mode, Offer, RuledBy,
    Ruling, Span, Tier,
};

use super::desk::Desk;
use super::{draw, samples, text};

const SIZE: (u16, u16) = (80, 24);

/// The typing of a critical case's target is over; nothing is let go yet.
fn typed() -> Desk {
    let mut desk = Desk::at(samples::critical(SIZE));
    desk.wait(50).keys("Ctrl-] h").wait(2_000).press("A").types("vol_9f2c").press("Enter");
    desk
}

fn state_of(desk: &Desk, case: u32) -> Option<(Ruling, RuledBy)> {
    match &desk.state.docket.get(CaseId(case)).map(|case| &case.state)? {
        CaseState::Open => None,
        CaseState::Decided(decision) => Some((decision.ruling, decision.by)),
    }
}

/// Journal lines of these kinds, in order.
fn lines(desk: &Desk) -> Vec<&'static str> {
    let word = |effect: &Effect| match effect {
        Effect::Append(body) => match **body {
            Body::Release { .. } => Some("release"),
            Body::ReleaseStopped { .. } => Some("release stopped"),
            Body::Decision { .. } => Some("decision"),
            _ => None,
        },
        Effect::Reply(_, Reply::Continue { .. }) => Some("continue"),
        Effect::Reply(_, Reply::Refuse { .. }) => Some("refuse"),
        Effect::Thaw => Some("thaw"),
        _ => None,
    };
    desk.effects.iter().filter_map(word).collect()
}

#[test]
fn r02_blank_lines_fold_to_a_mark_that_counts_them_and_full_text_has_them_all() {
    let mut desk = Desk::at(samples::hostile((120, 36)));
    desk.wait(50).keys("Ctrl-] h");
    desk.state.interaction.case.as_mut().expect("a case").scroll = 0;
    let all = scrolled(&mut desk);
    assert!(all.contains("blank lines"), "{all}");
    desk.press("e");
    assert!(!scrolled(&mut desk).contains("blank lines"));
}

/// What is seen from the first line on, for some pages.
fn scrolled(desk: &mut Desk) -> String {
    desk.press("Home");
    let mut all = String::new();
    for _ in 0..6 {
        all.push_str(&desk.screen());
        desk.press("PgDn");
    }
    all
}

#[test]
fn r07_a_clipboard_write_of_the_agent_is_asked_about_once_and_kept_off_until_then() {
    let copies = |desk: &Desk| desk.effects.iter().filter(|effect| matches!(effect, Effect::Copy(_))).count();
    let write = |text: &str| Event::Output(format!("\x1b]52;c;{text}\x07").into_bytes());
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.event(write("aGFybQ=="));
    assert!(desk.screen().contains("agent copies \"harm\""), "{}", desk.screen());
    assert_eq!(copies(&desk), 0);
    desk.wait(50).keys("y Y Enter");
    assert_eq!((copies(&desk), desk.typed().as_str()), (0, "yY\r"), "without the prefix they are the agent's");
    desk.keys("Ctrl-] y");
    assert_eq!(copies(&desk), 1);
    desk.event(write("bW9yZQ=="));
    assert_eq!(copies(&desk), 2, "once is enough");
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.event(write("aGFybQ==")).wait(50).keys("Ctrl-] Y").event(write("bW9yZQ=="));
    assert_eq!((copies(&desk), &desk.state.clipboard), (0, &Clipboard::Refused));
    assert!(!desk.wait(6_000).screen().contains("agent copies"), "{}", desk.screen());
}

#[test]
fn r07_the_clipboard_is_never_read_for_the_agent_and_its_title_is_clean() {
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.event(Event::Output(b"\x1b]52;c;?\x07\x1b]0;a\x1b[31m\xe2\x80\xaeb\x07".to_vec()));
    assert_eq!(desk.typed(), "", "no answer");
    assert!(desk.state.title.chars().all(|c| !holdpoint::model::must_be_escaped(c)), "{:?}", desk.state.title);
}

/// Every key there is, over and over, 20 a second for ten seconds, while cases come in: from the agent's mode, from a
/// focused case, from a sheet, and with the prefix among the keys.
#[test]
fn r09_a_typing_storm_of_ten_seconds_approves_nothing_wherever_it_begins() {
    let mut keys: Vec<Key> = (' '..='~').map(Key::char).collect();
    keys.extend(('a'..='z').map(Key::ctrl));
    keys.extend([KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace].map(Key::plain));
    keys.extend([KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::PageDown].map(Key::plain));
    keys.extend((1..=12).map(|n| Key::plain(KeyCode::F(n))));
    for (begin, seed) in [("", 7919), ("Ctrl-] h", 104_729), ("Ctrl-] l", 1_299_709), ("Ctrl-] :", 15_485_863)] {
        for make in [samples::high as samples::Make, samples::critical, samples::docket] {
            let mut desk = Desk::at(make(SIZE));
            desk.wait(50).keys(begin);
            for round in 0_u64..200 {
                if round % 20 == 10 {
                    let secs = desk.now().0 / 1_000_000;
                    samples::push(&mut desk.state, secs, 100 + round);
                }
                let at = usize::try_from((round + 1) * seed % keys.len() as u64).expect("small");
                desk.wait(50).key(keys[at], round % 7 == 0);
            }
            assert_eq!(desk.approvals(), 0, "begun with `{begin}`");
            // Nothing that was set going in the storm is let go after it.
            desk.wait(15_000);
            assert_eq!(desk.approvals(), 0, "begun with `{begin}`, later");
        }
    }
}

#[test]
fn r10_focus_that_is_lost_keeps_every_state_of_a_case_from_being_approved() {
    let lose = |desk: &mut Desk| {
        desk.event(Event::Input(Input::Focused(false))).wait(2_000);
    };
    let mut shown = Desk::at(samples::high(SIZE));
    lose(&mut shown);
    shown.keys("Ctrl-] h").wait(2_000).press("A");
    assert_eq!(shown.approvals(), 0, "shown");
    let mut armed = Desk::at(samples::high(SIZE));
    armed.wait(50).keys("Ctrl-] h").wait(2_000);
    assert_eq!(armed.why_locked(), "open");
    lose(&mut armed);
    armed.press("A");
    assert_eq!(armed.approvals(), 0, "armed");
    let mut typing = Desk::at(samples::critical(SIZE));
    typing.wait(50).keys("Ctrl-] h").wait(2_000).press("A").types("vol_9f2c");
    lose(&mut typing);
    typing.press("Enter").wait(15_000);
    assert_eq!(typing.approvals(), 0, "typing the target");
}

#[test]
fn r10_a_window_that_is_resized_in_any_state_of_a_case_approves_nothing_by_itself_and_starts_the_wait_anew() {
    let states: [(&str, &str); 4] =
        [("shown", ""), ("focused", "Ctrl-] h"), ("full text", "Ctrl-] h e"), ("words", "Ctrl-] h D")];
    for (name, keys) in states {
        let mut desk = Desk::at(samples::high(SIZE));
        desk.wait(50).keys(keys).wait(2_000);
        for size in [(40, 12), (200, 50), (1, 1), (79, 23), (80, 24)] {
            desk.event(Event::Input(Input::Resized(size.0, size.1))).press("A");
            assert_eq!(desk.approvals(), 0, "{name} at {size:?}");
            desk.wait(2_000);
        }
        assert_eq!(desk.state.docket.open_count(), 1, "{name}");
    }
    let mut desk = typed();
    desk.event(Event::Input(Input::Resized(200, 50))).wait(5_000);
    assert!(desk.screen().contains("let go in 5s"), "the countdown goes on in sight\n{}", desk.screen());
}

#[test]
fn r11_a_critical_approval_is_let_go_ten_seconds_later_in_plain_sight() {
    let mut desk = typed();
    assert_eq!(desk.state.interaction.mode(), Mode::Case, "the case keeps the keyboard, so that one key stops it");
    assert_eq!((desk.approvals(), desk.state.docket.open_count()), (0, 1));
    for (left, elapsed) in [(10, 0), (9, 1_000), (1, 8_999)] {
        desk.wait(elapsed);
        assert!(desk.screen().contains(&format!("let go in {left}s")), "{left} in\n{}", desk.screen());
    }
    assert_eq!(desk.approvals(), 0, "not a moment before");
    let next = holdpoint::app::next_deadline(&desk.state).expect("a deadline");
    assert!(next.since(desk.now()) <= Duration::from_secs(1));
    desk.wait(1);
    assert_eq!(desk.approvals(), 1);
    assert_eq!(lines(&desk), ["release", "decision", "continue", "thaw"]);
    assert_eq!(state_of(&desk, 1), Some((Ruling::Approve, RuledBy::Panel)));
}

#[test]
fn r11_one_key_stops_an_approval_that_is_not_let_go_yet() {
    let mut desk = typed();
    desk.wait(9_900).press("d").wait(20_000);
    assert_eq!((desk.approvals(), desk.denials()), (0, 1));
    assert_eq!(lines(&desk), ["release", "decision", "refuse", "thaw"]);
    // From the agent's mode it takes the two keys that the lowest row names.
    let mut desk = typed();
    desk.wait(1_000).press("Esc");
    assert!(desk.screen().contains("Ctrl-] h d stops it"), "{}", desk.screen());
    desk.keys("Ctrl-] h d").wait(20_000);
    assert_eq!((desk.approvals(), desk.denials()), (0, 1));
}

#[test]
fn r11_writing_words_or_stopping_everything_takes_an_approval_back_and_the_case_stays() {
    for keys in ["D", "Ctrl-] x"] {
        let mut desk = typed();
        desk.wait(1_000).keys(keys).wait(20_000);
        assert_eq!((desk.approvals(), desk.denials(), desk.state.docket.open_count()), (0, 0, 1), "{keys}");
        assert_eq!(lines(&desk), ["release", "release stopped"], "{keys}");
    }
}

#[test]
fn r11_an_approval_from_another_terminal_is_let_go_as_late() {
    let mut desk = Desk::at(samples::critical(SIZE));
    let ruling = holdpoint::app::RemoteRuling {
        case: CaseId(1),
        ruling: Ruling::Approve,
        shown: "00".repeat(32),
        target: Some("vol_9f2c".into()),
        because: None,
    };
    desk.event(Event::RuledRemotely(ruling)).wait(9_000);
    assert_eq!(desk.approvals(), 0);
    desk.wait(1_000);
    assert_eq!(state_of(&desk, 1), Some((Ruling::Approve, RuledBy::Remote)));
}

#[test]
fn r11_where_no_target_has_a_name_the_word_is_another_for_each_act() {
    let mut desk = Desk::at(samples::normal(SIZE));
    let offers: Vec<Offer> = [("psql", 1), ("mkfs", 2), ("psql", 3)]
        .into_iter()
        .map(|(program, id)| {
            let mut judgement = samples::critical_judgement();
            judgement.blast.targets.clear();
            judgement.findings.iter_mut().for_each(|finding| finding.target = None);
            samples::held(&mut desk.state, 780, id, &[program, "x"], judgement);
            desk.state.docket.cases().last().expect("a case").offer.clone()
        })
        .collect();
    let word = |target: &str| Offer::TypeTarget { target: target.into() };
    assert_eq!(offers, [word("psql c1"), word("mkfs c2"), word("psql c3")]);
}

#[test]
fn r12_what_is_gone_or_is_no_longer_what_was_shown_is_void_and_never_let_go() {
    for event in [Event::Withdrawn(HoldId(7)), Event::Voided { hold: HoldId(7), why: "another argument".to_owned() }] {
        let mut desk = typed();
        desk.event(event.clone()).wait(20_000);
        assert_eq!(desk.approvals(), 0, "{event:?}");
        assert_eq!(state_of(&desk, 1), Some((Ruling::Void, RuledBy::Watch)));
    }
    let mut desk = Desk::at(samples::high(SIZE));
    desk.wait(50).keys("Ctrl-] h").wait(2_000);
    let changed: Vec<Case> = desk.state.docket.cases().to_vec();
    let mut other = changed[0].clone();
    other.judgement.findings[0].title.push_str(" and more");
    assert_ne!(holdpoint::ui::digest_of(&other), holdpoint::ui::digest_of(&changed[0]));
}

#[test]
fn r17_a_session_that_holds_nothing_says_so_in_the_top_row() {
    for size in super::SIZES {
        let mut state = samples::normal(size);
        state.session.gate = Gate::Off;
        let shown = text(&draw(&state, "terminal", size).0);
        let top = shown.lines().next().expect("a top row");
        assert!(top.contains("NOT ENFORCING"), "{size:?} {top}");
    }
}

#[test]
fn r19_enter_and_control_keys_typed_while_frozen_are_dropped_on_thaw() {
    let mut desk = Desk::at(samples::high(SIZE));
    desk.types("rm x").press("Enter").press("Ctrl-c").press("Up").paste("y\r\n\x03z");
    desk.keys("Ctrl-] h d");
    assert_eq!(desk.typed(), "rm xyz");
}

fn said(kind: CueKind, tier: Tier) -> Event {
    let finding = Finding::new("guess/target", Class::Guessing, tier, Span(0, 1), "a guess", "Nobody looked.");
    Event::Said(Cue {
        at: samples::at(780),
        kind,
        text: "I assume it is staging".into(),
        findings: vec![finding],
        tool: None,
    })
}

#[test]
fn r23_a_guess_about_what_matters_stops_everything_in_strict_and_is_noted_elsewhere() {
    for (profile, opens) in [("strict", 1), ("balanced", 0), ("observe", 0)] {
        let mut state = samples::normal(SIZE);
        state.settings.profile = profile.to_owned();
        let mut desk = Desk::at(state);
        desk.wait(20_000).event(said(CueKind::Guess, Tier::High)).wait(1_000);
        assert_eq!(desk.state.docket.open_count(), opens, "{profile}");
        assert_eq!(desk.state.is_frozen, opens > 0, "{profile}");
    }
    let mut state = samples::normal(SIZE);
    state.settings.profile = "strict".to_owned();
    let mut desk = Desk::at(state);
    desk.wait(20_000).event(said(CueKind::Question, Tier::High)).wait(1_000);
    assert_eq!(desk.state.docket.open_count(), 0, "a question is no guess");
    desk.event(said(CueKind::Guess, Tier::High)).wait(1_000);
    assert_eq!(desk.state.docket.cases()[0].kind, CaseKind::Said);
    desk.keys("Ctrl-] h d");
    assert_eq!(desk.typed(), "\x03", "denied, the turn ends");
}

/// A guess that stands as a case, of an agent that was started so.
fn guessed(agent: &[&str]) -> Desk {
    let mut state = samples::normal(SIZE);
    state.settings.profile = "strict".to_owned();
    state.session.agent = agent.iter().map(|word| (*word).into()).collect();
    let mut desk = Desk::at(state);
    desk.wait(20_000).event(said(CueKind::Guess, Tier::High)).wait(1_000);
    assert_eq!(desk.state.docket.open_count(), 1, "{agent:?}");
    desk
}

#[test]
fn r23_a_denied_guess_ends_the_turn_by_the_agents_own_key_as_it_reads_keys() {
    for (agent, key) in [
        (&["claude"][..], "\x1b"),
        (&["npx", "@openai/codex", "fix it"], "\x1b"),
        (&["gemini", "--yolo"], "\x1b"),
        (&["qwen"], "\x1b"),
        (&["copilot"], "\x03"),
        (&["aider"], "\x03"),
        (&["./agent.sh"], "\x03"),
    ] {
        let mut desk = guessed(agent);
        desk.keys("Ctrl-] h d");
        assert_eq!(desk.typed(), key, "{agent:?}");
    }
    let mut desk = guessed(&["claude"]);
    desk.event(Event::Output(b"\x1b[>1u".to_vec())).keys("Ctrl-] h d");
    assert_eq!(desk.typed(), "\x1b[27u", "where keys are asked for in the longer form");
}

#[test]
fn r16_a_guess_that_nobody_answered_ends_the_turn_as_a_denied_one() {
    let mut desk = guessed(&["claude"]);
    desk.wait(30 * 60 * 1_000);
    assert_eq!(state_of(&desk, 1), Some((Ruling::Expired, RuledBy::Watch)));
    assert_eq!((desk.typed().as_str(), desk.state.is_frozen), ("\x1b", false));
    let mut desk = guessed(&["claude"]);
    desk.keys("Ctrl-] h").press("End").wait(2_000).press("A");
    assert_eq!((desk.approvals(), desk.typed().as_str()), (0, ""), "no call waits, and what was approved goes on");
    assert_eq!(state_of(&desk, 1).map(|(ruling, _)| ruling), Some(Ruling::Approve));
}

#[test]
fn r24_what_was_denied_escalates_when_it_is_tried_again_and_does_not_ring_twice() {
    let rings = |desk: &Desk| desk.effects.iter().filter(|effect| matches!(effect, Effect::Notify { .. })).count();
    let again = |desk: &mut Desk, id: u64, argv: &[&str]| {
        let state = samples::high(SIZE);
        let case = state.docket.cases()[0].clone();
        let (action, judgement) = (samples::action(id, 790, argv), case.judgement);
        let tree = samples::tree(holdpoint::model::NodeState::Stopped);
        desk.event(Event::Held { hold: HoldId(id), action, judgement, tree, frozen: Some(Duration::from_millis(1)) });
    };
    let push = ["git", "push", "--force", "origin", "main"];
    let mut desk = Desk::at(samples::high(SIZE));
    desk.wait(50).keys("Ctrl-] h d").wait(1_000);
    again(&mut desk, 8, &push);
    let case = desk.state.docket.cases()[0].clone();
    assert_eq!(case.judgement.tier(), Some(Tier::Critical));
    assert_eq!(case.offer, Offer::TypeTarget { target: "origin/main".into() });
    assert!(desk.screen().contains("denied before, as c1"), "{}", desk.screen());
    assert_eq!(rings(&desk), 0);
    again(&mut desk, 9, &["git", "push", "--force", "origin", "next"]);
    assert_eq!(desk.state.docket.cases()[1].judgement.tier(), Some(Tier::High), "another act is another case");
    assert_eq!(rings(&desk), 1);
}

#[test]
fn r24_a_denial_offers_what_the_rule_says_to_do_instead_as_the_words() {
    let words = |desk: &Desk| {
        desk.effects.iter().find_map(|effect| match effect {
            Effect::Reply(_, Reply::Refuse { words }) => Some(words.shown()),
            _ => None,
        })
    };
    let open = || {
        let mut desk = Desk::at(samples::high(SIZE));
        desk.wait(50).keys("Ctrl-] h D");
        desk
    };
    let mut desk = open();
    assert!(desk.screen().contains("Enter sends: Instead: git push --force-with-lease"), "{}", desk.screen());
    desk.press("Enter");
    assert_eq!(words(&desk).as_deref(), Some("watch: c1 (git/force-push): Instead: git push --force-with-lease"));
    let mut desk = open();
    desk.types("ask first").press("Enter");
    assert_eq!(words(&desk).as_deref(), Some("watch: c1 (git/force-push): ask first"));
    let mut desk = open();
    desk.press("Backspace").press("Enter");
    let standing = words(&desk).expect("denied");
    assert!(standing.contains("Do not retry or work around it"), "{standing}");
    assert!(!matches!(desk.state.interaction.layers.last(), Some(Layer::Words { .. })));
}

/// A session told in lines: what is said is kept, and lines are typed.
struct Listener {
    desk: Desk,
    telling: holdpoint::ui::Telling,
    said: Vec<String>,
}

impl Listener {
    fn at(state: holdpoint::app::State) -> Self {
        let mut listener = Self { desk: Desk::at(state), telling: holdpoint::ui::Telling::default(), said: Vec::new() };
        listener.hear();
        listener
    }

    fn hear(&mut self) {
        self.said.extend(self.telling.lines(&self.desk.state));
        let cases: Vec<Case> = self.desk.state.docket.cases().to_vec();
        for case in &cases {
            if self.desk.state.spoken.has_told(case.id) {
                continue;
            }
            self.said.extend(holdpoint::ui::told(case, self.desk.state.session.task.as_ref()));
            self.desk.event(Event::Told(case.id, holdpoint::ui::digest_of(case)));
        }
    }

    fn types(&mut self, text: &str) -> &mut Self {
        let at = self.desk.now();
        self.desk.event(Event::Input(Input::Line { text: text.to_owned(), at }));
        self.hear();
        self
    }

    fn wait(&mut self, millis: u64) -> &mut Self {
        self.desk.wait(millis);
        self
    }
}

#[test]
fn plain_tells_every_event_in_a_labelled_line_and_a_case_whole() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(".");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        let mut told = String::new();
        for (name, make) in [("critical", samples::critical as samples::Make), ("hostile-free low", samples::low)] {
            let mut listener = Listener::at(make((80, 24)));
            listener.wait(2_000).types("deny c1 use the trash");
            told.push_str(&format!("{name}\n{}\n\n", listener.said.join("\n")));
        }
        insta::assert_snapshot!("plain", told);
    });
}

#[test]
fn r10_in_plain_words_approve_only_what_was_told_whole_and_long_enough_ago() {
    let mut listener = Listener::at(samples::high(SIZE));
    listener.wait(600).types("approve c1");
    assert_eq!(listener.desk.approvals(), 0, "too soon after it was told");
    listener.wait(300).types("approve c1");
    assert_eq!(listener.desk.approvals(), 0, "too soon after the last line");
    for line in ["yes", "y", "", "approve", "approve c1 please", "approve c2", "APPROVE c1", "approve 1"] {
        listener.wait(1_000).types(line);
        assert_eq!(listener.desk.approvals(), 0, "{line}");
    }
    listener.wait(1_000).types("\x1b[200~approve c1\x1b[201~");
    listener.wait(1_000).types("\x1b[200~x").wait(1_000).types("approve c1").wait(1_000).types("\x1b[201~");
    assert_eq!(listener.desk.approvals(), 0, "a paste");
    listener.wait(1_000).types("approve c1");
    assert_eq!(listener.desk.approvals(), 1);
}

#[test]
fn r11_in_plain_a_critical_case_asks_for_its_target_and_is_let_go_ten_seconds_later() {
    let mut listener = Listener::at(samples::critical(SIZE));
    listener.wait(1_000).types("approve c1").wait(20).types("vol_9f2c").wait(15_000);
    assert_eq!(listener.desk.approvals(), 0, "faster than a hand");
    listener.types("approve c1").wait(2_000).types("vol_9f2").wait(15_000);
    assert_eq!(listener.desk.approvals(), 0, "another text");
    listener.types("approve c1").wait(2_000).types("vol_9f2c").wait(9_000).types("deny c1").wait(15_000);
    assert_eq!((listener.desk.approvals(), listener.desk.denials()), (0, 1), "stopped");
    let mut listener = Listener::at(samples::critical(SIZE));
    listener.wait(1_000).types("approve c1").wait(2_000).types("vol_9f2c").wait(10_000);
    assert_eq!(listener.desk.approvals(), 1);
}

#[test]
fn in_plain_other_lines_are_the_agents_and_are_kept_without_enter_while_it_stands_still() {
    let mut listener = Listener::at(samples::normal(SIZE));
    listener.types("fix the login");
    assert_eq!(listener.desk.typed(), "fix the login\r");
    let mut listener = Listener::at(samples::high(SIZE));
    listener.wait(1_000).types("go on").types("deny c1");
    assert_eq!((listener.desk.denials(), listener.desk.typed().as_str()), (1, "go on"));
}
