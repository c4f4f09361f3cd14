//! The rules of `UX.md`, section 2, by their numbers.

use holdpoint::app::{Effect, Event, Input, Layer, Reply, State};
use holdpoint::journal::Body;
use holdpoint::model::{CaseId, Class, Judgement, Key, KeyCode, Mode, RuledBy, Ruling, Term, Tier, Verdict};

use super::desk::Desk;
use super::{draw, samples, text};

const SIZE: (u16, u16) = (80, 24);

fn focused(make: samples::Make) -> Desk {
    let mut desk = Desk::at(make(SIZE));
    desk.wait(50).keys("Ctrl-] h");
    desk
}

#[test]
fn r01_a_case_is_painted_at_once_and_the_keyboard_stays_where_it_was() {
    let mut desk = Desk::at(samples::high(SIZE));
    assert!(desk.screen().contains("CASE c1"), "painted in the first frame");
    assert_eq!(desk.state.interaction.mode(), Mode::Agent);
    desk.wait(2_000).keys("d A K D Enter");
    assert_eq!((desk.approvals(), desk.denials()), (0, 0), "keys without the prefix do not reach it");
    desk.keys("Ctrl-] h");
    assert_eq!(desk.state.interaction.mode(), Mode::Case);
    desk.press("Esc");
    assert_eq!(desk.state.interaction.mode(), Mode::Agent);
    assert_eq!(desk.state.docket.open_count(), 1, "leaving it holds it");
    desk.keys("F12 h");
    assert_eq!(desk.state.interaction.mode(), Mode::Case, "F12 is the prefix too");
}

#[test]
fn r01_a_click_on_the_title_takes_the_keyboard_to_the_case() {
    let mut desk = Desk::at(samples::critical(SIZE));
    desk.click(10, 5);
    assert_eq!(desk.state.interaction.mode(), Mode::Agent, "a click elsewhere does not");
    desk.click(10, 1);
    assert_eq!(desk.state.interaction.mode(), Mode::Case);
}

#[test]
fn r02_approval_stays_locked_until_the_last_line_was_on_the_screen() {
    let mut desk = Desk::at(samples::long(SIZE));
    desk.wait(50).keys("Ctrl-] h").wait(5_000);
    assert_eq!(desk.why_locked(), "scroll to its end first");
    desk.press("A").wait(1_000);
    assert_eq!(desk.approvals(), 0);
    assert!(!desk.screen().contains("THE LAST WORD"));
    desk.press("End").wait(1_000);
    assert!(desk.screen().contains("THE LAST WORD"), "{}", desk.screen());
    assert_eq!(desk.why_locked(), "open");
    desk.press("A");
    assert_eq!(desk.approvals(), 1);
}

#[test]
fn r02_the_smallest_window_says_why_approval_is_locked() {
    let mut desk = Desk::at(samples::long((40, 12)));
    desk.wait(50).keys("Ctrl-] h").wait(5_000);
    assert!(desk.screen().contains("A locked: scroll to its end first"), "{}", desk.screen());
    desk.press("End").wait(2_000);
    assert!(desk.screen().contains("A approve once") && desk.screen().contains("ready"), "{}", desk.screen());
}

#[test]
fn r03_what_makes_a_command_what_it_is_is_shown() {
    let shown = text(&draw(&samples::environment((80, 40)), "terminal", (80, 40)).0);
    for part in ["psql", "runs /opt/pg/bin/psql", "in /work/shop", "input pipe:[4711]", "with PGHOST=db.prod.example"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}

#[test]
fn r03_a_case_in_plain_lines_has_all_that_the_panels_has() {
    let told = |make: samples::Make| {
        let state = make(SIZE);
        holdpoint::ui::told(&state.docket.cases()[0], state.session.task.as_ref()).join("\n")
    };
    for (make, parts) in [
        (
            samples::environment as samples::Make,
            &["argv the kernel would run, 3 words, complete", "program /opt/pg/bin/psql", "  input pipe:[4711]"][..],
        ),
        (samples::intent, &["intent Bash: rm -r $BASE/scratch", "differs from what was announced"]),
        (samples::critical, &["  read  infra/domains.env", "ASKED\n  \"fix the failing staging login\"\nANSWER"]),
    ] {
        let told = told(make);
        for part in parts {
            assert!(told.contains(part), "{part} in\n{told}");
        }
    }
}

#[test]
fn r03_what_was_announced_is_shown_beside_the_fact_and_how_they_differ() {
    let shown = text(&draw(&samples::intent((80, 40)), "terminal", (80, 40)).0);
    for part in [
        "rm -r /scratch",
        "intent Bash: rm -r $BASE/scratch (asked by its hook 1.00 s before)",
        "reason \"Remove the old scratch folder\"",
        "that was approved as c1",
        "differs from what was announced",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let shown = text(&draw(&samples::announced((80, 40)), "terminal", (80, 40)).0);
    for part in ["announced by the agent's own hook", "Write: write .git/hooks/pre-commit", "#!/bin/sh", "exit 0"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}

#[test]
fn r04_what_a_terminal_would_obey_is_never_in_a_cell() {
    for size in super::SIZES {
        let mut desk = Desk::at(samples::hostile(size));
        desk.wait(50).keys("Ctrl-] h e");
        let shown = desk.screen();
        let odd = shown.chars().find(|c| *c != '\n' && holdpoint::model::must_be_escaped(*c));
        assert_eq!(odd, None, "{size:?}");
        if size.0 >= 80 {
            for part in ["<U+202E>", "<U+001B>", "<U+000D>"] {
                assert!(shown.contains(part), "{part} at {size:?} in\n{shown}");
            }
        }
    }
}

#[test]
fn r05_a_masked_secret_has_a_style_of_its_own() {
    let (buffer, _) = draw(&samples::critical(SIZE), "terminal", SIZE);
    let secret = holdpoint::ui::Theme::shipped("terminal").expect("a theme").style("secret");
    let cells = buffer.content.iter().filter(|cell| cell.fg == secret.fg.expect("a colour"));
    let drawn: String = cells.map(ratatui::buffer::Cell::symbol).collect();
    assert!(drawn.contains("‹secret A: tok_…3f9a›"), "{drawn}");
}

#[test]
fn r05_a_secret_is_told_by_its_letter_its_place_and_its_digest() {
    let shown = text(&draw(&samples::critical((200, 50)), "terminal", (200, 50)).0);
    for part in ["A  tok_…3f9a", "first seen infra/domains.env:4", "digest 5f0c1b2a99d04e7c", "in this case only"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let mut desk = Desk::at(samples::similar((80, 24)));
    desk.press("End");
    assert!(desk.screen().contains("also in c1 c2 c3"), "{}", desk.screen());
    assert!(desk.screen().contains("3 earlier cases by these rules"), "{}", desk.screen());
}

#[test]
fn r02_what_is_left_out_names_the_key_that_shows_it() {
    let mut desk = Desk::at(samples::many((80, 24)));
    let shown = desk.screen();
    assert!(shown.contains("3 of 4   2 ") && shown.contains("e all    3 "), "{shown}");
    desk.keys("Ctrl-] h e");
    assert!(desk.screen().contains("rule number 4") && !desk.screen().contains("3 of 4"), "{}", desk.screen());
}

#[test]
fn a_rule_that_several_words_of_a_command_hit_is_told_once_with_its_number() {
    let finding = |part: &str| {
        let text = "rm -r notes src";
        samples::finding(
            "files/remove-folder",
            Tier::High,
            Class::Delete,
            "removes a folder",
            "It is gone.",
            text,
            part,
        )
    };
    let judgement = Judgement {
        verdict: Verdict::Hold,
        findings: vec![finding("notes"), finding("src")],
        ..samples::critical_judgement()
    };
    let mut state = samples::normal(SIZE);
    samples::held(&mut state, 776, 7, &["rm", "-r", "notes", "src"], judgement);
    let told = holdpoint::ui::told(&state.docket.cases()[0], None).join("\n");
    assert!(told.contains("1 removes a folder (2 times) (high") && told.matches("It is gone.").count() == 1, "{told}");
    let mut desk = Desk::at(state);
    let shown = desk.screen();
    assert!(shown.contains("removes a folder (2 times)") && shown.matches("It is gone.").count() == 1, "{shown}");
    desk.wait(50).keys("Ctrl-] h R");
    let shown = desk.screen();
    assert_eq!(shown.matches("files/remove-folder").count(), 1, "{shown}");
    assert!(shown.contains("files/remove-folder and no other"), "{shown}");
    assert!(!shown.contains("back to agent"), "a sheet's own keys are in it:\n{shown}");
}

#[test]
fn the_other_column_is_scrolled_by_itself_and_where_there_is_one_column_it_is_shown_in_it() {
    let mut desk = Desk::at(samples::column((200, 50)));
    let scroll = |desk: &Desk| desk.state.interaction.case.as_ref().map(|view| (view.scroll, view.beside_scroll));
    desk.paint();
    assert!(matches!(scroll(&desk), Some((0, 1..))), "{:?}", scroll(&desk));
    desk.press("Home").press("Tab").press("End");
    assert!(matches!(scroll(&desk), Some((_, 0))), "{:?}", scroll(&desk));
    let mut desk = Desk::at(samples::critical(SIZE));
    desk.wait(50).keys("Ctrl-] h Tab");
    assert!(!desk.screen().contains("WHY") && desk.screen().contains("CHAIN"), "{}", desk.screen());
    desk.press("Tab");
    assert!(desk.screen().contains("WHY"));
}

#[test]
fn r06_the_order_is_fixed_and_undo_none_is_printed() {
    for size in [(80, 24), (80, 40), (120, 36)] {
        let shown = text(&draw(&samples::critical(size), "terminal", size).0);
        let places: Vec<_> =
            ["COMMAND", "WHY", "CHAIN", "BLAST", "TREE", "ASKED"].into_iter().map(|label| shown.find(label)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in\n{shown}");
        assert!(shown.contains("environment unknown") && shown.contains("undo none"));
    }
}

#[test]
fn r08_a_fake_case_drawn_by_the_agent_cannot_reach_our_cells() {
    for size in super::SIZES {
        let real = samples::critical(size);
        let fake = samples::fake(size);
        let (real, _) = draw(&real, "terminal", size);
        let (fake, _) = draw(&fake, "terminal", size);
        let top = |buffer: &ratatui::buffer::Buffer| text(buffer).lines().next().unwrap_or_default().to_owned();
        assert!(top(&real).contains("FROZEN 4/4") && !top(&fake).contains("FROZEN"), "{size:?}");
        let agent = holdpoint::app::agent_size(size, false);
        let is_ours = |x: u16, y: u16| y == 0 || y > agent.1 || x >= agent.0;
        let doubles = |buffer: &ratatui::buffer::Buffer| {
            let all = (0..size.1).flat_map(|y| (0..size.0).map(move |x| (x, y)));
            all.filter(|(x, y)| is_ours(*x, *y) && "╔╗╚╝║═".contains(buffer[(*x, *y)].symbol())).count()
        };
        assert!(doubles(&real) > 0, "the case reaches our cells at {size:?}");
        assert_eq!(doubles(&fake), 0, "the fake does not at {size:?}");
    }
}

#[test]
fn r09_no_key_but_the_approval_key_approves() {
    let mut desk = focused(samples::high);
    desk.wait(5_000);
    assert_eq!(desk.why_locked(), "open");
    let mut keys: Vec<Key> = (' '..='~').map(Key::char).collect();
    keys.extend(('a'..='z').map(Key::ctrl));
    keys.extend([KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace].map(Key::plain));
    keys.extend((1..=12).map(|n| Key::plain(KeyCode::F(n))));
    for key in keys.into_iter().filter(|key| *key != Key::char('A')) {
        let mut desk = focused(samples::high);
        desk.wait(5_000).key(key, false);
        assert_eq!(desk.approvals(), 0, "{key}");
    }
    let mut pasted = focused(samples::high);
    pasted.wait(5_000).paste("A").click(5, 20).click(5, 21).wait(5_000);
    assert_eq!(pasted.approvals(), 0, "paste and clicks");
    desk.press("A");
    assert_eq!(desk.approvals(), 1);
}

#[test]
fn r09_deny_is_one_key_and_lives_at_once() {
    let mut desk = focused(samples::critical);
    desk.press("d");
    assert_eq!((desk.approvals(), desk.denials()), (0, 1));
    assert_eq!(desk.state.interaction.mode(), Mode::Agent, "the keyboard is the agent's again");
    let decision = desk.state.docket.decided().last().map(|case| case.state.clone());
    assert!(format!("{decision:?}").contains("Panel"));
}

#[test]
fn r10_the_lock_opens_only_when_all_holds() {
    let mut desk = focused(samples::high);
    desk.wait(300).press("A");
    assert_eq!(desk.approvals(), 0, "too early");
    assert!(desk.why_locked().contains("the key came too early") || desk.why_locked().contains("key"));
    desk.wait(390);
    assert_ne!(desk.why_locked(), "open", "any key starts the wait anew");
    desk.wait(20);
    assert_eq!(desk.why_locked(), "open");
    desk.event(Event::Input(Input::Focused(false)));
    assert_eq!(desk.why_locked(), "this terminal has not the focus");
    desk.event(Event::Input(Input::Focused(true))).wait(390);
    assert_ne!(desk.why_locked(), "open");
    desk.wait(20);
    assert_eq!(desk.why_locked(), "open");
    desk.event(Event::Input(Input::Resized(100, 30)));
    assert!(desk.why_locked().contains("the window changed"));
    desk.wait(700);
    assert_eq!(desk.why_locked(), "open");
    let secs = desk.now().0 / 1_000_000;
    samples::push(&mut desk.state, secs, 90);
    assert!(desk.why_locked().contains("a new case came in"), "{}", desk.why_locked());
    desk.wait(700);
    assert_eq!(desk.why_locked(), "open");
    desk.key(Key::char('A'), true);
    assert_eq!(desk.approvals(), 0, "a repeated key does not count");
    desk.wait(700).press("A");
    assert_eq!(desk.approvals(), 1);
}

#[test]
fn r15_a_grant_is_seen_before_it_is_given_and_waits_for_the_lock() {
    let mut desk = focused(samples::high);
    desk.wait(5_000).press("R");
    assert_eq!(desk.approvals(), 0, "the first key only shows it");
    desk.press("R").wait(50).press("R");
    assert_eq!((desk.approvals(), desk.state.standing.grants.len()), (0, 0), "pressed in haste");
    desk.wait(5_000).press("Enter").press("y").press("A").paste("R").click(5, 20);
    assert_eq!(desk.approvals(), 0, "no other key grants");
    desk.wait(5_000).key(Key::char('R'), true);
    assert_eq!(desk.approvals(), 0, "a repeated key does not count");
    desk.wait(5_000).press("R");
    assert_eq!((desk.approvals(), desk.state.standing.grants.len()), (1, 1));
    let order: Vec<&str> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Append(body) => match **body {
                Body::Grant { .. } => Some("grant line"),
                Body::Decision { .. } => Some("decision line"),
                _ => None,
            },
            Effect::Grant(_) => Some("grant"),
            Effect::Reply(..) => Some("reply"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["grant line", "grant", "decision line", "reply"]);
    desk.wait(50).keys("Ctrl-] g").press("u");
    assert!(desk.state.standing.grants.is_empty());
    assert!(desk.effects.iter().any(|effect| matches!(effect, Effect::Revoke(_))));
}

#[test]
fn r15_what_a_grant_would_cover_is_listed_before_it_is_given() {
    let shown = text(&draw(&samples::grant(SIZE), "terminal", SIZE).0);
    for part in [
        "▸ pattern  git push --force origin *",
        "in       /work/shop",
        "rules    git/force-push and no other",
        "1 other case of this session",
        "c1   approve  git push --force origin main",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}

#[test]
fn r15_nothing_critical_is_granted_for_the_session() {
    let mut desk = focused(samples::critical);
    desk.wait(5_000).press("R").wait(5_000).press("R").wait(5_000).press("R");
    assert_eq!((desk.approvals(), desk.state.standing.grants.len()), (0, 0));
}

#[test]
fn orders_in_the_task_bind_only_on_the_operators_key() {
    let mut desk = Desk::at(samples::ordered((80, 24)));
    assert_eq!(desk.state.standing.orders.len(), 1);
    desk.wait(60_000).keys("Ctrl-] s");
    let orders: Vec<&str> = desk.state.standing.orders.iter().map(|order| order.order.word()).collect();
    assert_eq!(orders, ["read-only", "no-run", "freeze"]);
    assert_eq!(desk.effects.iter().filter(|effect| matches!(effect, Effect::Order(_))).count(), 2);
    let mut desk = Desk::at(samples::ordered((80, 24)));
    desk.wait(50).keys("Ctrl-] S");
    assert_eq!((desk.state.standing.orders.len(), desk.state.standing.offered.len()), (1, 0));
}

#[test]
fn a_mode_that_the_agent_says_it_is_in_is_an_order_until_it_says_another() {
    use holdpoint::model::{Cue, CueKind, Given, Order};
    let mut desk = Desk::at(samples::normal((80, 24)));
    let mut say = |text: &str| {
        let now = desk.now();
        let cue = Cue { at: now, kind: CueKind::Mode, text: text.into(), findings: Vec::new(), tool: None };
        desk.event(Event::Said(cue));
        desk.state.standing.orders.iter().map(|order| (order.order, order.given)).collect::<Vec<_>>()
    };
    assert_eq!(say("plan"), [(Order::ReadOnly, Given::Mode)]);
    assert_eq!(say("read-only"), [(Order::ReadOnly, Given::Mode)]);
    assert_eq!(say("default"), []);
}

#[test]
fn r10_below_40x12_a_case_can_only_be_denied() {
    for size in [(39, 12), (40, 11), (10, 5)] {
        let mut desk = Desk::at(samples::high(size));
        desk.wait(50).keys("Ctrl-] h").press("End").wait(5_000).press("A");
        assert_eq!(desk.approvals(), 0, "{size:?}");
        desk.wait(50).press("d");
        assert_eq!(desk.denials(), 1, "{size:?}");
    }
}

#[test]
fn r11_a_critical_case_wants_its_target_typed_by_hand() {
    let open = || {
        let mut desk = focused(samples::critical);
        desk.wait(2_000).press("A");
        assert_eq!(desk.state.interaction.mode(), Mode::Confirm);
        desk
    };
    let mut desk = open();
    desk.types("vol_9f2c").press("Enter").wait(10_000);
    assert_eq!(desk.approvals(), 1, "{:?}", desk.state.interaction.message);
    let mut desk = open();
    desk.types("vol_9f2").press("Enter");
    assert_eq!(desk.approvals(), 0, "not in full");
    desk.types("c").press("Enter").wait(10_000);
    assert_eq!(desk.approvals(), 1);
    let mut desk = open();
    desk.paste("vol_9f2c").wait(500).press("Enter").wait(20_000);
    assert_eq!(desk.approvals(), 0, "pasted");
    let mut desk = open();
    for c in "vol_9f2c".chars() {
        desk.key(Key::char(c), false);
    }
    desk.press("Enter").wait(20_000);
    assert_eq!(desk.approvals(), 0, "faster than a hand");
    let mut desk = open();
    desk.types("vol_9f2").key(Key::char('c'), true).press("Enter").wait(20_000);
    assert_eq!(desk.approvals(), 0, "a repeated key is not typed");
    let mut desk = open();
    desk.types("vol_9f2c").event(Event::Input(Input::Resized(100, 30))).press("Enter");
    assert_eq!(desk.approvals(), 0, "the window changed meanwhile");
    assert_eq!(desk.state.interaction.mode(), Mode::Case);
}

#[test]
fn r12_an_approval_carries_the_digest_of_what_was_on_the_screen() {
    let mut desk = focused(samples::high);
    let digest = desk.drawn.as_ref().map(|drawn| drawn.painting.digest.clone()).expect("drawn");
    desk.wait(2_000).press("A");
    let decided = desk.state.docket.get(CaseId(1)).map(|case| case.state.clone());
    let wanted = holdpoint::model::CaseState::Decided(holdpoint::model::Decision {
        ruling: Ruling::Approve,
        by: RuledBy::Panel,
        term: Term::Once,
        shown: digest.clone(),
        because: None,
    });
    assert_eq!(decided, Some(wanted));
    assert_eq!(digest.len(), 64);
}

/// The case of high tier as one of medium tier.
fn medium(size: (u16, u16)) -> State {
    let mut judgement = samples::high(size).docket.cases()[0].judgement.clone();
    judgement.findings.iter_mut().for_each(|finding| finding.tier = Tier::Medium);
    let mut state = samples::normal(size);
    samples::held(&mut state, 776, 7, &["git", "push", "--force", "origin", "main"], judgement);
    state
}

#[test]
fn r13_severity_changes_the_shape() {
    let rows = |make: samples::Make, size| {
        // Without any colour: the shape alone has to tell.
        let shown = text(&draw(&make(size), "mono", size).0);
        shown.lines().filter(|line| line.contains(['╔', '║', '╟', '╚']) || line.starts_with('═')).count()
    };
    for size in super::SIZES {
        let all = usize::from(size.1);
        let (low, medium) = (rows(samples::low, size), rows(medium, size));
        let (high, critical) = (rows(samples::high, size), rows(samples::critical, size));
        assert_eq!(low, 1, "low is one line at {size:?}");
        assert!(medium >= 8 && high >= 8, "medium and high are a box at {size:?}: {medium}, {high} rows");
        assert!(
            critical >= high && critical >= medium,
            "{size:?}: {critical} rows, {high} of high, {medium} of medium"
        );
        if size.0 < 120 {
            assert!(critical + 2 >= all, "critical covers the screen at {size:?}: {critical} rows");
        }
        if size.1 > 23 {
            assert!(high + 4 < all, "high leaves some of the agent at {size:?}: {high} rows");
        }
        for (make, is_typed) in [(samples::high as samples::Make, false), (samples::critical, true)] {
            let mut desk = Desk::at(make(size));
            desk.wait(50).keys("Ctrl-] h").press("End").wait(2_000).press("A");
            let is_asked = matches!(desk.state.interaction.layers.last(), Some(Layer::Confirm { .. }));
            assert_eq!((is_asked, desk.approvals()), (is_typed, usize::from(!is_typed)), "{size:?}");
        }
    }
}

#[test]
fn r14_the_docket_denies_many_and_approves_none() {
    let mut desk = Desk::at(samples::docket((80, 30)));
    desk.wait(50).keys("Ctrl-] l");
    assert!(matches!(desk.state.interaction.layers.last(), Some(Layer::Docket { .. })));
    desk.wait(5_000).press("A").press("Enter").press("Ctrl-]").press("l").wait(5_000).keys("A R y");
    assert_eq!(desk.approvals(), 0);
    desk.keys("x x X");
    assert_eq!((desk.approvals(), desk.denials()), (0, 2));
}

#[test]
fn r14_cases_of_other_sessions_are_listed_and_can_be_denied_but_not_approved() {
    let mut desk = Desk::at(samples::sessions((80, 30)));
    assert!(desk.screen().contains("DOCKET  6 cases in 3 sessions"), "{}", desk.screen());
    let place = |text: &str| desk.screen().find(text).unwrap_or_else(|| panic!("{text} in\n{}", desk.screen()));
    assert!(place("api/claude") < place("docs/codex"), "the worst first");
    desk.keys("End A R y Enter").wait(5_000).keys("A R y o");
    assert!(desk.screen().contains("watch approve c2 --session 20261121-123000-01741"), "{}", desk.screen());
    let denied = |desk: &Desk| {
        let of = |effect: &Effect| match effect {
            Effect::DenyElsewhere { session, case } => Some(format!("{case} {session}")),
            _ => None,
        };
        desk.effects.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!((desk.approvals(), desk.denials(), denied(&desk).len()), (0, 0, 0));
    desk.keys("End d");
    assert_eq!(denied(&desk), ["c2 20261121-123000-01741"]);
    assert!(
        !desk.screen().contains("docs/codex  29m") && desk.screen().contains("DOCKET  5 cases"),
        "{}",
        desk.screen()
    );
    desk.keys("End x X");
    assert_eq!(denied(&desk), ["c2 20261121-123000-01741", "c1 20261121-120000-00902"]);
    assert_eq!((desk.approvals(), desk.denials()), (0, 1), "the marked one of this session");
}

#[test]
fn one_key_stops_every_session_and_lets_them_all_go_on() {
    let mut desk = Desk::at(samples::sessions((80, 30)));
    desk.keys("Home d d d d").wait(3_000);
    assert_eq!(desk.denials(), 4, "nothing of its own keeps this session from going on");
    desk.keys("S");
    assert!(desk.effects.contains(&Effect::FreezeElsewhere) && desk.effects.contains(&Effect::Freeze));
    desk.keys("S");
    assert!(desk.effects.contains(&Effect::ThawElsewhere) && desk.effects.contains(&Effect::Thaw));
}

#[test]
fn what_is_marked_in_another_session_is_not_denied_once_it_is_answered_there() {
    let mut desk = Desk::at(samples::sessions((80, 30)));
    desk.keys("End x").event(Event::ElsewhereSeen { sessions: 2, cases: Vec::new() }).keys("X");
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::DenyElsewhere { .. })));
}

#[test]
fn cases_of_other_sessions_are_found_by_their_words_too() {
    let mut desk = Desk::at(samples::sessions((80, 30)));
    desk.keys("/ c o d e x Enter");
    let screen = desk.screen();
    assert!(screen.contains("2 of 6"), "it and the marked one: {screen}");
    assert!(screen.contains("docs/codex") && !screen.contains("api/claude"), "{screen}");
}

#[test]
fn other_sessions_are_asked_when_the_docket_opens_and_every_two_seconds_while_it_is_open() {
    let mut desk = Desk::at(samples::normal((80, 30)));
    let asked = |desk: &Desk| desk.effects.iter().filter(|effect| **effect == Effect::LookElsewhere).count();
    desk.wait(5_000);
    assert_eq!(asked(&desk), 0);
    desk.keys("Ctrl-] l");
    assert_eq!(asked(&desk), 1);
    desk.wait(1_000).wait(1_000).wait(1_000);
    assert_eq!(asked(&desk), 2);
    desk.press("Esc").wait(5_000);
    assert_eq!(asked(&desk), 2);
}

#[test]
fn a_session_that_is_asked_to_freeze_stands_still_and_what_is_held_stays_held_when_it_goes_on() {
    let mut desk = Desk::at(samples::normal((80, 30)));
    desk.event(Event::FreezeAsked).event(Event::FreezeAsked);
    assert!(desk.state.is_frozen && desk.state.is_stopped_by_hand, "asking twice does not let it go on");
    desk.event(Event::ThawAsked);
    assert!(!desk.state.is_stopped_by_hand && desk.effects.contains(&Effect::Thaw));
    let mut desk = Desk::at(samples::high((80, 30)));
    desk.event(Event::FreezeAsked).event(Event::ThawAsked).event(Event::ThawAsked);
    assert!(!desk.effects.contains(&Effect::Thaw) && desk.state.is_frozen);
    assert_eq!((desk.approvals(), desk.denials()), (0, 0));
}

#[test]
fn r16_an_unanswered_case_expires_as_a_refusal_of_its_own_word() {
    let mut desk = Desk::at(samples::high(SIZE));
    // It was opened a while before the operator sat down, and is open up to its last moment.
    let expires = desk.state.docket.cases()[0].expires;
    let left = u64::try_from(expires.since(desk.now()).as_millis()).unwrap();
    desk.wait(left - 1);
    assert_eq!((desk.state.docket.open_count(), desk.approvals(), desk.denials()), (1, 0, 0));
    desk.wait(1);
    assert_eq!((desk.approvals(), desk.denials()), (0, 1));
    assert!(desk.screen().contains("expired") && !desk.screen().contains("denied"), "{}", desk.screen());
    let rulings: Vec<_> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Append(body) => match &**body {
                Body::Decision { decision, .. } => serde_json::to_value(decision).ok(),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert!(rulings.len() == 1 && rulings[0]["ruling"] == "expired", "{rulings:?}");
    let words: Vec<_> = desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Reply(_, Reply::Refuse { words }) => Some(words.shown()),
            _ => None,
        })
        .collect();
    assert!(words.len() == 1 && words[0].contains("Expired: nobody answered in time"), "{words:?}");
    assert!(!words[0].contains("enied"), "{words:?}");
}

#[test]
fn r18_no_sheet_but_a_focused_case_reaches_an_approval() {
    for (_, make) in samples::ALL.iter().filter(|(name, _)| !["hostile", "releasing"].contains(name)) {
        for keys in ["Ctrl-] :", "Ctrl-] l", "Ctrl-] t", "Ctrl-] ?", "Ctrl-] p", "Ctrl-] q", "Ctrl-] ["] {
            let mut desk = Desk::at(make(SIZE));
            desk.wait(3_000).keys(keys).wait(3_000).types("approve-once").keys("Enter A R").wait(3_000);
            if desk.state.interaction.mode() != Mode::Case {
                desk.keys("A Enter");
            }
            assert_eq!(desk.approvals(), 0, "{keys}");
        }
    }
}

#[test]
fn r19_keys_typed_while_frozen_are_kept_counted_and_given_back_without_enter() {
    let mut desk = Desk::at(samples::high(SIZE));
    desk.types("yes, go").press("Enter").press("Ctrl-c");
    assert_eq!(desk.typed(), "", "nothing goes to a frozen agent");
    assert!(desk.screen().contains("7 keys kept for you (not sent), 2 dropped"), "{}", desk.screen());
    desk.paste("and\nmore").wait(50).keys("Ctrl-] h d");
    assert_eq!(desk.typed(), "yes, goandmore");
    assert_eq!(desk.state.interaction.kept, Default::default());
}

#[test]
fn r21_no_event_of_the_interface_answers_a_case() {
    let mut desk = focused(samples::critical);
    for size in [(0, 0), (1, 1), (40, 12), (200, 50), (80, 24)] {
        desk.event(Event::Input(Input::Resized(size.0, size.1))).wait(1_000);
    }
    desk.event(Event::Input(Input::Focused(false))).event(Event::Thawed).wait(10_000);
    assert_eq!((desk.approvals(), desk.denials()), (0, 0));
    assert_eq!(desk.state.docket.open_count(), 1);
}

#[test]
fn a_storm_of_every_key_while_cases_arrive_gives_no_approval() {
    let mut desk = Desk::at(samples::normal(SIZE));
    let mut keys: Vec<Key> = (' '..='~').map(Key::char).collect();
    keys.extend(('a'..='z').map(Key::ctrl));
    keys.extend([KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Up, KeyCode::End].map(Key::plain));
    keys.extend([Key::plain(KeyCode::F(12)), Key::char('h'), Key::char('A'), Key::char('A'), Key::char('A')]);
    for round in 0u64..200 {
        if round % 20 == 0 {
            let secs = desk.now().0 / 1_000_000;
            samples::push(&mut desk.state, secs, 100 + round);
        }
        let at = usize::try_from(round * 7919 % keys.len() as u64).expect("small");
        desk.wait(50);
        desk.key(keys[at], false);
        for key in ["F12", "h", "A"] {
            desk.wait(50).press(key);
        }
    }
    assert_eq!(desk.approvals(), 0);
}

#[test]
fn a_storm_of_pastes_gives_no_approval() {
    let mut desk = Desk::at(samples::critical(SIZE));
    for text in ["A\n", "\x1d", "hA", "vol_9f2c\r", "AAAA", "\u{1b}[200~A\u{1b}[201~"] {
        for _ in 0..20 {
            desk.wait(900).paste(text);
            desk.wait(50).keys("Ctrl-] h");
        }
    }
    desk.paste("A").wait(5_000);
    assert_eq!((desk.approvals(), desk.denials()), (0, 0));
}

#[test]
fn ending_the_session_takes_the_key_twice() {
    let mut desk = focused(samples::high);
    desk.press("K");
    assert_eq!(desk.denials(), 0);
    desk.wait(4_000).press("K");
    assert_eq!(desk.denials(), 0, "too late");
    desk.wait(500).press("K");
    assert_eq!(desk.denials(), 1);
    assert!(desk.effects.contains(&Effect::EndAgent));
}

#[test]
fn a_denial_carries_the_operators_words() {
    let mut desk = focused(samples::high);
    desk.press("D").types("use a branch").press("Enter");
    let said = desk.effects.iter().find_map(|effect| match effect {
        Effect::Reply(_, holdpoint::app::Reply::Refuse { words }) => Some(words.shown()),
        _ => None,
    });
    assert_eq!(said.as_deref(), Some("watch: c1 (git/force-push): use a branch"));
}

#[test]
fn keys_of_the_agent_reach_it_unchanged_and_the_prefix_twice_sends_it() {
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.types("ls").press("Enter").keys("Ctrl-] Ctrl-]").press("Ctrl-c").press("Up");
    assert_eq!(desk.typed(), "ls\r\x1d\x03\x1b[A");
    desk.effects.clear();
    desk.keys("Ctrl-] j");
    assert_eq!(desk.typed(), "", "a sequence that means nothing sends nothing");
}

#[test]
fn a_key_pressed_twice_over_a_case_does_not_reach_the_agent() {
    let mut desk = focused(samples::high);
    desk.press("d").wait(100).press("d");
    assert_eq!((desk.denials(), desk.typed().as_str()), (1, ""));
    desk.wait(500).press("d");
    assert_eq!(desk.typed(), "d");
}

#[test]
fn a_click_where_a_title_once_was_is_the_agents_again() {
    let mut desk = Desk::at(samples::critical(SIZE));
    desk.event(Event::Output(b"\x1b[?1000h\x1b[?1006h".to_vec()));
    desk.wait(50).keys("Ctrl-] h d").wait(1_000);
    desk.effects.clear();
    desk.click(10, 1);
    assert_eq!(desk.typed(), "\x1b[<0;11;1M");
}

#[test]
fn k3_what_the_agent_asked_for_is_what_it_gets() {
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.paste("a\nb");
    assert_eq!(desk.typed(), "a\rb", "no marks unless asked for");
    desk.event(Event::Output(b"\x1b[?2004h\x1b[?1004h\x1b[?1h".to_vec()));
    desk.effects.clear();
    desk.paste("a\nb").press("Up").event(Event::Input(Input::Focused(false)));
    assert_eq!(desk.typed(), "\x1b[200~a\nb\x1b[201~\x1bOA\x1b[O");
}

#[test]
fn what_the_agent_left_running_is_ended_or_supervised_as_the_operator_says() {
    let mut desk = Desk::at(samples::survivors(SIZE));
    assert!(desk.screen().contains("agent ended with 0; 2 processes still run"));
    desk.keys("x y Enter");
    assert_eq!(desk.effects, []);
    desk.press("Esc");
    assert!(!desk.screen().contains("still run"));
    let mut desk = Desk::at(samples::survivors(SIZE));
    desk.press("q");
    assert_eq!(desk.effects, [Effect::EndSurvivors]);
}

#[test]
fn time_is_asked_for_no_oftener_than_the_clock_when_nothing_else_changes() {
    let mut desk = Desk::at(samples::normal(SIZE));
    desk.wait(300);
    let next = holdpoint::app::next_deadline(&desk.state).expect("the clock");
    assert_eq!(next.0 % 60_000_000, 0, "what is shown of it are minutes");
    assert!(next > desk.now());
    desk.keys("Ctrl-] l");
    let next = holdpoint::app::next_deadline(&desk.state).expect("how old cases are");
    assert!(next.since(desk.now()) <= std::time::Duration::from_secs(1));
    let mut desk = focused(samples::high);
    desk.wait(100);
    let next = holdpoint::app::next_deadline(&desk.state).expect("the lock counts down");
    assert!(next.since(desk.now()) <= std::time::Duration::from_millis(100));
}
