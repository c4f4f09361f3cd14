//! Looking for something in a record, and going to it.

use super::*;

/// Everything that can be looked for has been looked for.
fn searched(player: &mut Player) {
    while player.index(usize::MAX) {}
}

fn typed(player: &mut Player, text: &str) {
    for c in text.chars() {
        assert!(player.type_key(crate::model::Key::char(c)));
    }
    assert!(player.type_key("Enter".parse().unwrap()));
}

#[test]
fn a_search_finds_what_was_drawn_and_what_happened_each_time_it_comes() {
    let mut live = Live::start();
    live.take(Moment(1_000_000), Event::Output(b"one needle here\r\n".to_vec()));
    live.take(Moment(2_000_000), Event::Output(b"nothing\r\n".to_vec()));
    live.take(Moment(3_000_000), Event::Warned("a Needle in the journal".into()));
    live.take(Moment(4_000_000), Event::Output(b"nee".to_vec()));
    live.take(Moment(5_000_000), Event::Output(b"dle again".to_vec()));
    live.take(Moment(9_000_000), Event::Output(b"\r\nend".to_vec()));
    let mut player = Player::new(live.recorded(), WINDOW);
    player.command(Command::SearchAgent);
    typed(&mut player, "NEEDLE");
    searched(&mut player);
    assert_eq!((player.position(), player.is_playing()), (Moment(1_000_000), false));
    let mut seen = Vec::new();
    for command in [Command::NextMatch, Command::NextMatch, Command::NextMatch, Command::PreviousMatch] {
        player.command(command);
        seen.push(player.position().0 / 1_000_000);
    }
    assert_eq!(seen, [3, 5, 5, 3]);
    let matches = Matches { wanted: "needle".into(), passed: 2, known: 3, percent: None };
    assert_eq!(player.matches(), Some(matches));
    player.command(Command::NextMatch);
    player.command(Command::NextMatch);
    assert_eq!(player.message(), Some("no more matches"));
}

#[test]
fn an_event_is_found_by_the_word_that_the_list_of_events_has_for_what_became_of_it() {
    let mut live = Live::start();
    for (second, verdict) in [(1, Verdict::Allow), (2, Verdict::Deny), (3, Verdict::Log)] {
        let at = Moment(second * 1_000_000);
        let judgement = Judgement { verdict, ..Judgement::default() };
        live.take(at, Event::Judged { action: action(second, at), judgement, covered_by: None });
    }
    for (word, second) in [("denied", 2), ("noted", 3)] {
        let mut player = Player::new(live.recorded(), WINDOW);
        player.command(Command::SearchAgent);
        typed(&mut player, word);
        searched(&mut player);
        assert_eq!(player.position(), Moment(second * 1_000_000), "{word}");
    }
}

#[test]
fn a_place_that_is_typed_is_gone_to_and_one_that_is_not_there_is_named() {
    let mut live = Live::start();
    live.take(Moment(1_000_000), Event::Output(b"a".to_vec()));
    live.take(Moment(2_000_000), Event::Warned("w".into()));
    live.take(Moment(90_000_000), Event::Output(b"b".to_vec()));
    let mut player = Player::new(live.recorded(), WINDOW);
    for (text, secs) in [("1:05", 65), ("#2", 2), ("end", 90), ("1", 1)] {
        player.command(Command::GoTo);
        typed(&mut player, text);
        assert_eq!((player.position().0 / 1_000_000, player.message()), (secs, None), "{text}");
    }
    player.command(Command::GoTo);
    typed(&mut player, "c9");
    assert_eq!(player.message(), Some("there is no c9 in this session"));
    player.command(Command::GoTo);
    assert!(player.type_key("Esc".parse().unwrap()));
    assert_eq!(player.prompt(), None);
    assert!(!player.type_key("x".parse().unwrap()));
}

#[test]
fn the_end_of_what_took_no_time_is_all_of_it() {
    let cast = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n[0.0,\"o\",\"at once\"]\n";
    let mut player = Player::new(Recorded::of_cast(cast.as_bytes(), "x").unwrap(), WINDOW);
    player.seek(player.total());
    assert_eq!(player.state().screen.text()[0].trim_end(), "at once");
}

#[test]
fn the_timeline_has_what_is_still_to_come_and_leads_to_its_moment() {
    let mut live = Live::start();
    for second in 1..=5_u64 {
        live.take(Moment(second * 1_000_000), Event::Warned(format!("event {second}")));
    }
    let mut player = Player::new(live.recorded(), WINDOW);
    player.seek(Moment(2_500_000));
    assert_eq!(player.state().timeline.rows().len(), 5);
    player.take(Event::Input(Input::Key {
        key: crate::model::Key::char('t'),
        resolved: crate::app::Resolved::Command(Command::OpenTimeline),
        is_repeat: false,
        at: Moment::ZERO,
    }));
    player.point_at_now();
    let Some(Layer::Timeline { from_end, .. }) = player.state().interaction.layers.last() else {
        panic!("no timeline")
    };
    assert_eq!(*from_end, 3);
    player.take(Event::Input(Input::Key {
        key: crate::model::Key::char('j'),
        resolved: crate::app::Resolved::Command(Command::MoveDown),
        is_repeat: false,
        at: Moment::ZERO,
    }));
    assert!(player.show_selected());
    assert_eq!((player.position(), player.state().interaction.layers.len()), (Moment(3_000_000), 0));
    player.seek(Moment::ZERO);
    assert_eq!(player.state().timeline.rows().len(), 5);
    assert!(!player.show_selected());
}
