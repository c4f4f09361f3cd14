//! Which commands the palette offers. None that answers a case or a question of the agent's: its Enter must never approve.

use crate::model::Command;

/// What can be done from everywhere.
const OFFERED: &[Command] = &[
    Command::OpenCase,
    Command::OpenDocket,
    Command::OpenTimeline,
    Command::FilterEvents,
    Command::OpenGrants,
    Command::FocusPanel,
    Command::OpenHelp,
    Command::SearchAgent,
    Command::ScrollAgent,
    Command::ZoomAgent,
    Command::ToggleMouse,
    Command::FreezeAll,
    Command::FreezeEverySession,
    Command::QuitWatch,
];

/// The commands whose name or help has the typed characters in this order, the closest first.
#[must_use]
pub fn matches(typed: &str) -> Vec<Command> {
    let wanted: Vec<char> = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let mut found: Vec<(usize, usize, Command)> = OFFERED
        .iter()
        .enumerate()
        .filter_map(|(at, command)| {
            let by_name = spread(command.name(), &wanted);
            let by_help = spread(command.help(), &wanted).map(|spread| spread + 50);
            by_name.into_iter().chain(by_help).min().map(|spread| (spread, at, *command))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, _, command)| command).collect()
}

/// How many characters lie between the first and the last of those wanted; `None` where they are not there in order.
fn spread(text: &str, wanted: &[char]) -> Option<usize> {
    let mut wanted = wanted.iter();
    let Some(mut next) = wanted.next() else { return Some(0) };
    let mut first = None;
    for (at, c) in text.to_lowercase().chars().enumerate() {
        if c == *next {
            let first = *first.get_or_insert(at);
            match wanted.next() {
                Some(other) => next = other,
                None => return Some(at - first),
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_characters_of_a_name_find_it() {
        assert_eq!(matches("tl").first(), Some(&Command::OpenTimeline));
        assert_eq!(matches("docket").first(), Some(&Command::OpenDocket));
        assert_eq!(matches("frz").first(), Some(&Command::FreezeAll));
        assert_eq!(matches("grants").first(), Some(&Command::OpenGrants));
        assert_eq!(matches("approvals").first(), Some(&Command::OpenGrants));
        assert_eq!(matches("").len(), OFFERED.len());
        assert_eq!(matches("zzzz"), []);
    }

    #[test]
    fn r09_the_palette_offers_nothing_that_approves() {
        let lets = [Command::AllowClipboard, Command::AcceptOrders];
        assert!(OFFERED.iter().all(|command| !command.approves() && !lets.contains(command)));
    }
}
