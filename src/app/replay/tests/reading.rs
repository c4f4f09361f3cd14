//! A record that is read while it plays, and one that was read before.

use std::io::Cursor;

use super::super::super::Tail;
use super::*;

/// A player that has read so many bytes of what was drawn, and reads on in small pieces.
fn begun(live: &Live, bytes: usize) -> Player {
    let (journal, cast) = live.files();
    let (mut tail, recorded) =
        Tail::begin(Cursor::new(journal.to_vec()), Some(Cursor::new(cast.to_vec())), bytes).unwrap();
    let rest: Rest = Box::new(move |recorded, bytes| tail.go_on(recorded, bytes.min(40)));
    Player::opened(recorded, Some(rest), WINDOW)
}

/// All that is shown of a player.
fn shown(player: &Player) -> impl PartialEq + std::fmt::Debug {
    let flags: Vec<_> = player.recorded().flags.iter().map(|flag| (flag.at, flag.kind, flag.case)).collect();
    let flag = player.flag().map(|(number, flag)| (number, flag.at, flag.what.clone()));
    let events: Vec<EventRow> = player.timeline().rows().cloned().collect();
    let now = (player.position(), player.total(), player.is_playing(), player.is_at_end(), player.wait());
    (now, flag, flags, events, seen(player.state()))
}

#[test]
fn where_the_rest_is_read_while_it_plays_the_same_is_shown() {
    for seed in 1..=12 {
        let live = run(seed * 6007, 150);
        let mut dice = Dice(seed);
        let mut whole = Player::new(live.recorded(), WINDOW);
        let mut read = begun(&live, usize::try_from(dice.below(400)).unwrap());
        for round in 0..60 {
            assert_eq!(shown(&read), shown(&whole), "seed {seed}, round {round}");
            let to = Moment(dice.below(whole.total().0 * 5 / 4));
            let flag = usize::try_from(dice.below(1 + whole.recorded().flags.len() as u64)).unwrap();
            let does = dice.below(12);
            if does == 0 {
                read.index(100);
            }
            for player in [&mut read, &mut whole] {
                match does {
                    0 => {}
                    1 => player.seek(to),
                    2 => player.show_flag(flag),
                    3..=6 => drop(player.advance(Duration::from_millis(to.0 % 4000))),
                    7 => drop(player.command(Command::NextFlag)),
                    8 => drop(player.command(Command::PreviousFlag)),
                    9 => drop(player.command(Command::FrameForward)),
                    10 => drop(player.command(Command::FrameBack)),
                    _ => drop(player.command(Command::Pause)),
                }
            }
        }
        for player in [&mut read, &mut whole] {
            player.command(Command::GoLast);
        }
        assert_eq!(shown(&read), shown(&whole), "seed {seed}");
        assert_eq!(read.recorded().losses, whole.recorded().losses);
    }
}

#[test]
fn what_of_a_recording_is_lost_is_known_once_it_has_been_read() {
    let live = run(77, 100);
    let (journal, cast) = live.files();
    let cut = &cast[..cast.len() - 3];
    let (mut tail, mut recorded) = Tail::begin(journal, Some(cut), 10).unwrap();
    assert_eq!(recorded.losses.len(), 0, "{:?}", recorded.losses);
    assert!(recorded.total() >= live.recorded().total());
    while tail.go_on(&mut recorded, 10) {}
    assert_eq!(recorded.losses.len(), 1, "{:?}", recorded.losses);
}

#[test]
fn of_a_session_that_was_cut_off_all_is_read_at_once() {
    let live = run(78, 100);
    let (journal, cast) = live.files();
    let lines: Vec<&[u8]> = journal.split_inclusive(|byte| *byte == b'\n').collect();
    let (_, recorded) = Tail::begin(lines[..lines.len() - 1].concat().as_slice(), Some(cast), 10).unwrap();
    assert!(recorded.steps.iter().filter(|step| step.is_output()).count() > 10);
}
